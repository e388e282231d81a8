//! Grid carbon intensity: the factors that are built in, the sources they are imported from, what of them can
//! be true, and the ladder that finds the one value for a zone and hour.

pub mod builtin;
mod collector;
pub mod csv_series;
pub mod detect;
pub mod electricity_maps;
pub mod ember;
pub mod energy_charts;
pub mod entsoe;
pub mod feed;
pub mod gb;
pub mod hours;
pub mod import;
pub mod ladder;
pub mod plausible;
pub mod read_error;
pub mod request;
pub mod source;
pub mod step;
mod table;
pub mod time_zones;
pub mod watttime;
mod wire;
pub mod zones;

pub use ladder::Ladder;
