//! How figures are made: pure functions from totals and factors to figures. Same totals, same
//! factors, same [`METHOD_VERSION`]: same digits.
//!
//! Sums come first and every figure is divided once, at its end; see [`normalise`] for the integer
//! that carries a sum without rounding.

pub mod figures;
pub mod normalise;
pub mod percentile;

pub use figures::{Figures, Inputs, MethodError, ScopeFigures, figures};
pub use normalise::{LayerTable, ScaledEnergy};

/// Version of the method (semver); named in every disclosure. A change of any digit is at least a new
/// minor version.
pub const METHOD_VERSION: &str = "0.1.0";
