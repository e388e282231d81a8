//! Why a file or an answer of a source was refused. Nothing of it is taken then.

use crate::domain::terms::Basis;
use crate::units::{Decimal, DecimalError};
use chrono::{DateTime, Utc};
use std::fmt;
use thiserror::Error;

/// Where in a file or an answer something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Of a CSV file, counted from 1.
    Line(u64),
    /// Of an array of an answer, counted from 0.
    Item(&'static str, usize),
    /// A member of the answer itself.
    Answer,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line(line) => write!(f, "line {line}"),
            Place::Item(array, index) => write!(f, "{array}[{index}]"),
            Place::Answer => f.write_str("the answer"),
        }
    }
}

/// Why the readers of sources refuse.
#[derive(Debug, Error)]
pub enum ReadError {
    #[error("this is a web page or XML, and no data of the kind that was expected: {start}")]
    Page { start: String },
    #[error("this is not an answer of {source_name} as it is known: {error}")]
    Json { source_name: &'static str, error: serde_json::Error },
    #[error("this is not an answer of {source_name} as it is known: {found}")]
    Shape { source_name: &'static str, found: String },
    #[error("the file cannot be read as CSV: {0}")]
    Csv(#[from] csv::Error),
    #[error("the file has no column '{column}'; its columns are {}", found.join(", "))]
    NoColumn { column: String, found: Vec<String> },
    #[error("line 1: the columns are separated by '{found}', and must be by ','")]
    Delimiter { found: &'static str },
    #[error(
        "line {line} has {found} columns where the header has {expected}; a decimal comma without quotation \
         marks does that"
    )]
    Width { line: u64, found: usize, expected: usize },
    #[error("{place}: '{text}' has a decimal comma; write it with a point")]
    DecimalComma { place: Place, text: String },
    #[error("{place}: the value {text} {error}")]
    Value { place: Place, text: String, error: DecimalError },
    #[error("{place}: '{text}' is not {expected}")]
    Time { place: Place, text: String, expected: &'static str },
    #[error("{place}: {from} does not begin {step}")]
    NotABeginning { place: Place, from: DateTime<Utc>, step: &'static str },
    #[error(
        "how long a value holds cannot be told from the distance of the times ({found}); say the resolution"
    )]
    NoStep { found: String },
    #[error("{place}: {what} is '{found}', which is not known; known: {known}")]
    Word { place: Place, what: &'static str, found: String, known: &'static str },
    #[error("{place}: {what} is missing")]
    Missing { place: Place, what: &'static str },
    #[error(transparent)]
    Conflict(Box<Conflict>),
    #[error("{place} is of '{found}', and '{asked}' was asked for")]
    OtherZone { place: Place, found: String, asked: String },
    #[error("{place}: the values count {found} emissions, and {} was asked for", asked.as_str())]
    OtherBasis { place: Place, found: String, asked: Basis },
    #[error("{place}: '{code}' ({name}) is no ISO 3166 code of a country")]
    UnknownCountry { place: Place, code: String, name: String },
    #[error("{place}: the unit is '{found}', and must be {expected}")]
    Unit { place: Place, found: String, expected: &'static str },
    #[error("the source has no data for {zone}")]
    NoData { zone: String },
    #[error("the source answered with an error: {0}")]
    Refused(String),
    #[error("these are forecasts; a disclosure is made of what was, so ask for the history")]
    Forecast,
    #[error(
        "these are marginal factors ({found}): what one more kilowatt-hour would cause. An inventory counts \
         what all of them caused, so marginal factors have no place in it; take average ones (co2_aoer)"
    )]
    Marginal { found: String },
    #[error("the file holds no value")]
    Empty,
}

/// Two values of one interval.
#[derive(Debug, Error)]
#[error(
    "{place}: the value of {zone} from {from} is {value}, and {first_value} in {first}; one of them is wrong"
)]
pub struct Conflict {
    pub place: Place,
    pub first: Place,
    pub zone: String,
    pub from: DateTime<Utc>,
    /// With the word that says whether it is estimated.
    pub value: String,
    pub first_value: String,
}

/// A value as a conflict names it.
pub(super) fn shown(value: Decimal, is_estimated: bool) -> String {
    format!("{value} g/kWh{}", if is_estimated { " (estimated)" } else { "" })
}
