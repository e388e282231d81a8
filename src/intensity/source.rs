//! What the files and answers of the sources hold, before it is asked whether it can be true. One module a
//! source turns bytes into [`Readings`]; none of them does I/O.

use crate::domain::period::Period;
use crate::units::Decimal;
use chrono::{DateTime, Utc};

/// One value as its source tells it. It may be negative or absurd: that is for the plausibility check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// An Electricity Maps style key, as `zone` holds them.
    pub zone: String,
    pub valid_from: DateTime<Utc>,
    pub valid_to: DateTime<Utc>,
    /// Grams CO2e per kilowatt-hour, exact from the text of the source.
    pub grams_per_kwh: Decimal,
    pub is_estimated: bool,
    /// How the source estimated it, in its own words.
    pub estimation_method: Option<String>,
}

/// A file or an answer, read whole: what it holds, and what it holds no value for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readings {
    pub values: Vec<Reading>,
    /// Intervals that the source names and gives no value for. Missing is never zero.
    pub without_value: usize,
    /// Values that stand in it more than once, and are the same each time.
    pub repeated: usize,
    /// Rows that are not of a zone or of the period asked for: the world's average, the half hour before.
    pub left_out: usize,
}

/// What is asked of a source that answers by request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub zone: String,
    pub period: Period,
}
