//! From totals and factors to one document. The registry of templates says which fields and words it
//! holds; [`build()`] reads, computes and stores a draft; [`assemble`] is the pure middle part. [`findings`] says
//! what is odd about the data before anybody builds from it; [`impact`], which published figures would differ today.

pub mod apart;
pub mod assemble;
pub mod budget;
pub mod build;
mod energy;
mod facts;
mod few_sites;
pub mod findings;
pub mod impact;
mod left_out;
mod limits;
mod market;
pub mod model_energy;
pub mod note;
pub mod series;
pub mod template;

pub use build::{BuildError, Built, Request, build};
