//! Training of a model, and the compute of one task: what is told to authorities, apart from the energy of tasks.

use super::period::Days;
use super::terms::{TaskType, TrainingEvidence};
use crate::units::{CarbonMass, Significant, SignificantError};

/// Significant figures that the documentation form of the Code of Practice asks for.
pub const MIN_DIGITS: u32 = 2;
/// Energy of training is below 10⁹ MWh; more is a slip of units.
const MAX_ENERGY_ORDER: i32 = 9;
/// Decimals of a megawatt-hour that are kept.
pub const MAX_ENERGY_DECIMALS: i32 = 9;
/// Compute is below 10³⁶ operations.
pub const MAX_COMPUTE_ORDER: i32 = 36;
/// Most tasks of a model's whole life.
pub const MAX_LIFETIME_TASKS: i64 = 1_000_000_000_000_000_000;
/// Most characters of a reason, and of how emissions were found.
pub const MAX_REASON_CHARS: usize = 1000;
pub const MAX_BASIS_CHARS: usize = 500;
/// Most characters of the task that was run.
pub const MAX_TASK_CHARS: usize = 500;

/// A value, or why there is none: "N/A" is an answer, an empty place is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stated {
    Known(Significant),
    NotAvailable(String),
}

impl Stated {
    pub fn known(&self) -> Option<Significant> {
        match self {
            Stated::Known(value) => Some(*value),
            Stated::NotAvailable(_) => None,
        }
    }

    pub fn reason(&self) -> Option<&str> {
        match self {
            Stated::Known(_) => None,
            Stated::NotAvailable(reason) => Some(reason),
        }
    }
}

/// What training a model took, as its provider tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Training {
    /// In megawatt-hours.
    pub energy: Stated,
    /// In floating-point operations.
    pub compute: Stated,
    pub emissions: Option<Emissions>,
    /// The days on which it was trained.
    pub trained: Days,
    /// Where: a grid zone.
    pub zone: Option<String>,
    /// How the energy is known, and by which method; both are there where the energy is.
    pub evidence: Option<TrainingEvidence>,
    pub method: Option<String>,
    /// By which method the compute is known.
    pub compute_method: Option<String>,
    /// Tasks that the model is expected to serve in its whole life.
    pub lifetime_tasks: Option<i64>,
    /// Whether the public may see it; otherwise authorities alone.
    pub is_public: bool,
}

/// Emissions of training with how they were accounted for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emissions {
    pub carbon: CarbonMass,
    /// Such as "location-based, 2024 national average".
    pub basis: String,
}

/// Operations that one task takes, for one task type and hardware.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InferenceCompute {
    pub task_type: TaskType,
    pub hardware: String,
    /// The task that was run, where its type does not say enough.
    pub task: Option<String>,
    /// In floating-point operations for one task.
    pub compute: Stated,
    /// By which method it is known.
    pub method: Option<String>,
}

/// Megawatt-hours in plain digits, of which all that are told are kept.
///
/// # Errors
///
/// It is no plain decimal, is zero, out of range, or has fewer than two significant figures.
pub fn parse_energy_mwh(text: &str) -> Result<Significant, SignificantError> {
    let energy = Significant::parse_plain(text)?;
    if -energy.exponent() > MAX_ENERGY_DECIMALS {
        return Err(SignificantError::TooManyDecimals { allowed: MAX_ENERGY_DECIMALS });
    }
    if energy.order() > MAX_ENERGY_ORDER {
        return Err(SignificantError::OutOfRange);
    }
    energy.of_at_least(MIN_DIGITS)
}

/// Floating-point operations in plain digits or with a power of ten (`3.8e25`), of which all digits told are kept.
///
/// # Errors
///
/// It is no decimal, less than one operation, out of range, or has fewer than two significant figures.
pub fn parse_compute_flops(text: &str) -> Result<Significant, SignificantError> {
    let compute = Significant::parse(text)?;
    if !(1..=MAX_COMPUTE_ORDER).contains(&compute.order()) {
        return Err(SignificantError::OutOfRange);
    }
    compute.of_at_least(MIN_DIGITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn energy_keeps_the_digits_told_and_needs_two_of_them() {
        for (told, kept) in [
            ("12", "12"),
            ("5.0", "5.0"),
            ("0.050", "0.050"),
            ("1200", "1200"),
            ("51773.00", "51773.00"),
            ("999999999.999999999", "999999999.999999999"),
            ("0.000000012", "0.000000012"),
        ] {
            assert_eq!(parse_energy_mwh(told).unwrap().to_string(), kept);
        }
        for (told, error) in [
            ("5", SignificantError::TooFewDigits { least: 2 }),
            ("0.05", SignificantError::TooFewDigits { least: 2 }),
            ("0", SignificantError::Zero),
            ("0.00", SignificantError::Zero),
            ("-12", SignificantError::NotANumber),
            ("1.2e3", SignificantError::NotANumber),
            ("N/A", SignificantError::NotANumber),
            ("1000000000", SignificantError::OutOfRange),
            ("1.0000000001", SignificantError::TooManyDecimals { allowed: 9 }),
        ] {
            assert_eq!(parse_energy_mwh(told), Err(error), "{told}");
        }
    }

    #[test]
    fn compute_is_read_with_its_power_of_ten_and_never_through_a_float() {
        let compute = parse_compute_flops("3.8e25").unwrap();
        assert_eq!((compute.digits(), compute.exponent()), (38, 24));
        assert_eq!(compute.to_string(), "3.8e25");
        assert_eq!(parse_compute_flops("38E+24"), Ok(compute));
        // The same amount with more digits told is told more precisely.
        let precise = parse_compute_flops("3.80e25").unwrap();
        assert_ne!(precise, compute);
        assert_eq!(precise.to_string(), "3.80e25");
        let long = "123456789012345678901234567890123456";
        assert_eq!(parse_compute_flops(long).unwrap().to_string(), long);
        for (told, error) in [
            ("4e25", SignificantError::TooFewDigits { least: 2 }),
            ("1.2e36", SignificantError::OutOfRange),
            ("1.2e-1", SignificantError::OutOfRange),
            ("1.2e99999999999999999999", SignificantError::OutOfRange),
            ("10^25", SignificantError::NotANumber),
            ("1234567890123456789012345678901234567", SignificantError::OutOfRange),
        ] {
            assert_eq!(parse_compute_flops(told), Err(error), "{told}");
        }
    }
}
