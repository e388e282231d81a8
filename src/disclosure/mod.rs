//! From totals and factors to one document. The registry of templates says which fields and words it
//! holds; [`build()`] reads, computes and stores a draft; [`assemble`] is the pure middle part. [`findings`] says
//! what is odd about the data before anybody builds from it; [`impact`], which published figures would differ today.

pub mod apart;
mod around;
pub mod assemble;
pub mod authority_pack;
pub mod budget;
pub mod build;
pub mod difference;
mod energy;
pub mod evidence;
mod facts;
mod few_sites;
pub mod findings;
mod hardware;
pub mod impact;
mod inside;
mod left_out;
mod limits;
mod market;
pub mod model_energy;
pub mod note;
pub mod request;
pub mod series;
pub mod stated;
pub mod template;

pub use build::{BuildError, Built, Prepared, Request, build, prepare};
pub use template::template_use;
