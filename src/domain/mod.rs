//! What the business talks of: types and their rules, no input or output.

pub mod batch;
pub mod breakdown;
pub mod budget;
pub mod contract;
pub mod disclosure;
pub mod embodied;
pub mod equivalent;
pub mod fact;
pub mod factor;
pub mod finding;
pub mod group;
pub mod ids;
pub mod impact;
pub mod key;
pub mod lei;
pub mod names;
pub mod period;
pub mod problem;
pub mod record;
pub mod registry;
pub mod template;
pub mod terms;
pub mod totals;
pub mod training;
pub mod water;
pub mod window;
