//! The API for machines.

pub mod batches;
pub mod disclosures;
pub mod findings;
pub mod health;
pub mod ingest;
pub mod totals;

use chrono::{DateTime, SecondsFormat, Utc};

/// An instant to the second, as `2025-10-01T12:00:00Z`.
fn instant(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// An instant with the decimals that it has.
fn exact_instant(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
