//! Grid carbon intensity: the factors that are built in, the files they are imported from, and the
//! ladder that finds the one value for a zone and hour.

pub mod builtin;
pub mod csv_series;
pub mod entsoe;
pub mod ladder;
pub mod plausible;
pub mod source;
pub mod zones;

pub use ladder::Ladder;
