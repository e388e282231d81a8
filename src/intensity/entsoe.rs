//! ENTSO-E's documents of generation per production type (document A75, process A16), turned into the
//! intensity of the electricity produced in a zone.
//!
//! ```text
//! intensity = Σ energy of a type × factor of the type ÷ Σ energy of all types
//! ```
//!
//! The rules, each kept by a test:
//!
//! - **What counts.** A series with `inBiddingZone_Domain` is generation; one with
//!   `outBiddingZone_Domain` is consumption (pumping) and is left out: neither added nor subtracted.
//! - **Storage.** The figure is production-based: what pumped storage (B10) gives back counts as generation
//!   at the factor of its plant, not of the electricity it was filled with, which was counted when it was
//!   generated. Energy storage (B25) has no factor in the table, so a document with it is refused.
//! - **Curves.** A position that is missing is a gap (A01), or repeats the last one (A03), to the end of the
//!   period. A03 that begins with a gap has nothing to repeat: it stays a gap.
//! - **Grid.** Types of one document may have different resolutions. Each UTC hour is cut into intervals of
//!   the coarsest resolution that any type has in it, and the finer energies in it are summed exactly. All
//!   resolutions divide the hour, so no value is ever split.
//! - **Gaps.** An interval has a value only where every type that the document names as generation has one
//!   for all of it. Otherwise, and where nothing was generated at all, it is without value: a gap is never 0.
//!   A type that the document never names does not count: it may not exist in that zone.
//! - **Exactness.** Powers are whole watts, factors whole micrograms per kilowatt-hour; there is one division,
//!   at the end, rounded half to even to 6 decimals of g/kWh.

mod document;
mod factors;
mod mix;
mod request;

pub use document::{Generation, SeriesFault, Slot, generation};
pub use factors::GenerationFactors;
pub use request::{MAX_DAYS_PER_REQUEST, path};

use super::source::Readings;
use crate::domain::terms::Basis;
use thiserror::Error;

/// Largest document read, in bytes. A request of [`MAX_DAYS_PER_REQUEST`] is answered with much less.
pub const MAX_BYTES: usize = 64 << 20;

/// Why a document was refused; nothing of it is used.
#[derive(Debug, Error)]
pub enum EntsoeError {
    /// The platform has nothing for the area and period: no fault, and no value.
    #[error("ENTSO-E has no data: {reason}")]
    NoData { reason: String },
    /// The platform refused the request.
    #[error("ENTSO-E refused the request with code {code}: {reason}")]
    Refused { code: String, reason: String },
    #[error("the document has {bytes} bytes and at most {MAX_BYTES} are read; ask for a shorter period")]
    TooLarge { bytes: usize },
    #[error("the document is not UTF-8 text; it begins with '{beginning}'")]
    NotText { beginning: String },
    #[error("the document cannot be read as XML ({error}); it begins with '{beginning}'")]
    Xml { error: roxmltree::Error, beginning: String },
    #[error("the document is a '{root}', not a GL_MarketDocument; it begins with '{beginning}'")]
    Unexpected { root: String, beginning: String },
    #[error("the document's {element} is '{found}', not {wanted}: it is no generation per type")]
    OtherDocument { element: &'static str, wanted: &'static str, found: String },
    #[error("the document names no generation, only consumption or nothing")]
    NoGeneration,
    #[error("the document is of two areas, {first} and {other}; ask for one at a time")]
    SeveralAreas { first: String, other: String },
    #[error("the document is of the area {found}, and {} was asked for", asked.join(" or "))]
    OtherArea { found: String, asked: Vec<String> },
    #[error("the document holds more than {limit} values; ask for a shorter period")]
    TooManyValues { limit: usize },
    #[error("the document spans more than {days} days; ask for a shorter period")]
    TooLong { days: i64 },
    /// `series` names the production type, the series' own number and its line.
    #[error("{series}: {fault}")]
    Series { series: String, fault: SeriesFault },
    #[error(
        "production type {psr_type} ({name}) generates here and has no emission factor in table {version}"
    )]
    NoFactor { psr_type: String, name: &'static str, version: &'static str },
}

/// Reads a document of one zone. `zone` is the key that the values get; `areas` are the EIC codes of it that
/// were asked for, and the document must be of one of them.
pub fn read(
    document: &[u8],
    zone: &str,
    areas: &[String],
    factors: &GenerationFactors,
    basis: Basis,
) -> Result<Readings, EntsoeError> {
    let generation = generation(document)?;
    if !areas.contains(&generation.area) {
        return Err(EntsoeError::OtherArea { found: generation.area, asked: areas.to_vec() });
    }
    mix::intensities(&generation, zone, factors, basis)
}

#[cfg(test)]
mod tests;
