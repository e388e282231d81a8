//! Grid carbon intensity: the factors that are built in, the files they are imported from, and the
//! ladder that finds the one value for a zone and hour.

pub mod builtin;
pub mod csv_series;
pub mod entsoe;
pub mod ladder;
pub mod source;

pub use ladder::Ladder;
