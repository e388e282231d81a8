//! Evidence for auditors: everything that a disclosure was computed from, as tables in an archive.
//!
//! It is gathered from what the figures were computed with, in the same place and moment, and not read again. Totals
//! are written row by row and packed as they are written: beside the totals that a build holds anyway, memory takes
//! only what they pack to, about a tenth of them.

mod archive;
mod sources;
mod totals;

pub use archive::{Archive, EvidenceError};

use super::build::{Computed, Request};
use crate::domain::ids::{ModelId, SiteId};
use crate::method::METHOD_VERSION;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::json;
use std::collections::HashMap;

/// The method in words, as it stands in this version of the program.
const METHOD_TEXT: &str = include_str!("../../../docs/method.md");

/// The archive of what a disclosure was computed from. The same inputs make the same bytes.
///
/// # Errors
///
/// A table is larger than an archive holds.
pub(super) fn inputs(request: Request<'_>, computed: &Computed) -> Result<Vec<u8>, EvidenceError> {
    let names = Names::of(request, computed);
    let mut archive = Archive::new();
    archive.text("method.md", METHOD_TEXT)?;
    archive.text("inputs/request.json", &request_json(request, computed))?;
    totals::write(&mut archive, &names, computed)?;
    sources::write(&mut archive, &names, computed)?;
    archive.finish()
}

/// What was asked for, and what was declared as served.
fn request_json(request: Request<'_>, computed: &Computed) -> String {
    let period = |period: crate::domain::period::Period| json!({"from": instant(period.from()), "to": instant(period.to())});
    let asked = json!({
        "provider": request.provider.key.to_string(),
        "service": request.service.key.to_string(),
        "period": period(request.period),
        "basis": request.basis.as_str(),
        "perimeter": request.perimeter.as_str(),
        "baseline": request.baseline.map(period),
        "small_cells": request.small_cells.as_str(),
        "method_version": METHOD_VERSION,
        "tasks_served": computed.counted.served.map(|served| served.to_string()),
    });
    format!("{asked:#}\n")
}

fn instant(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The names of what totals know by number.
struct Names<'a> {
    service: String,
    models: HashMap<ModelId, String>,
    sites: HashMap<SiteId, (String, &'a str)>,
}

impl<'a> Names<'a> {
    fn of(request: Request<'_>, computed: &'a Computed) -> Names<'a> {
        Names {
            service: request.service.key.to_string(),
            models: computed.models.iter().map(|model| (model.id, model.key.to_string())).collect(),
            sites: computed
                .sites
                .iter()
                .map(|site| (site.id, (site.key.to_string(), site.zone.as_str())))
                .collect(),
        }
    }

    fn model(&self, id: ModelId) -> &str {
        self.models.get(&id).map_or("", String::as_str)
    }

    fn site(&self, id: SiteId) -> &str {
        self.sites.get(&id).map_or("", |(name, _)| name.as_str())
    }

    fn zone(&self, id: SiteId) -> &'a str {
        self.sites.get(&id).map_or("", |(_, zone)| zone)
    }
}
