//! How figures are made: pure functions from totals and factors to figures. Same totals, same
//! factors, same [`METHOD_VERSION`]: same digits.
//!
//! Sums come first and a figure is divided at its end. What is divided on the way, the IT part of
//! facility energy and the middle of a bucket, is rounded to 10⁻¹⁸ µJ; see [`normalise`].

pub mod budget;
mod carbon;
pub mod change;
pub mod embodied;
pub mod equivalent;
pub mod estimate;
pub mod few_sites;
pub mod figures;
pub mod hours;
pub mod market;
pub mod normalise;
mod parts;
pub mod percentile;
pub mod quality;
pub mod regression;
mod runs;
pub mod small_cells;
pub mod suppression;
pub mod training;
pub mod uncertainty;
pub mod water;

pub use figures::{CarbonInputs, Figures, Inputs, ItEnergy, MethodError, ScopeFigures, figures};
pub use market::Market;
pub use normalise::{LayerTable, ScaledEnergy, Settlement};
pub use parts::VERIFYING;

/// Coverage below 95 % is told in the headline.
pub const LOW_COVERAGE_PPM: i128 = 950_000;

/// Version of the method (semver); named in every disclosure. A change of any digit is at least a new
/// minor version.
pub const METHOD_VERSION: &str = "0.7.0";
