//! The API for machines.

pub mod authority_packs;
pub mod batches;
pub mod budgets;
pub mod contracts;
pub mod difference;
pub mod disclosures;
pub mod embodied;
pub mod equivalents;
pub mod factor_hours;
pub mod factors;
pub mod findings;
pub mod health;
pub mod impacts;
pub mod ingest;
pub mod jobs;
pub mod model_energy;
pub mod models;
pub mod notes;
pub mod service_texts;
pub mod services;
pub mod site_boundary;
pub mod sites;
pub mod totals;
pub mod training;
pub mod water_factors;

use crate::db::declared::Told;
use crate::domain::registry::Telling;
use actix_web::HttpResponse;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

/// An instant to the second, as `2025-10-01T12:00:00Z`.
fn instant(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// An instant with the decimals that it has.
fn exact_instant(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// The answer to a telling: 201 where it made a revision, 200 where it repeats one.
fn told<T, W: Serialize>(told: Told, what: T, wire: impl FnOnce(&Telling<T>) -> W) -> HttpResponse {
    let mut response = if told.is_new { HttpResponse::Created() } else { HttpResponse::Ok() };
    response.json(wire(&Telling { what, revision: told.revision, recorded_at: told.recorded_at }))
}
