//! A disclosure as XBRL: facts that any XBRL processor reads, checks and compares, in two files. `report` says once
//! which facts there are; the inline page and the JSON only write them down.
//!
//! Specifications: XBRL 2.1, Dimensions 1.0, Inline XBRL 1.1, OIM and xBRL-JSON 1.0, Report Packages 1.0, Taxonomy
//! Packages 1.0, Formula 1.0.

mod documentation;
mod inline;
mod json;
mod names;
mod package;
mod report;
mod taxonomy;
mod words;

use crate::domain::disclosure::Disclosure;
use report::report;

/// xBRL-JSON has no media type of its own.
pub const JSON_MEDIA_TYPE: &str = "application/json";
/// Nor have report packages: they are archives.
pub const XBRI_MEDIA_TYPE: &str = "application/zip";

/// The facts as xBRL-JSON. It names the taxonomy that the report package holds.
pub fn json(d: &Disclosure) -> Vec<u8> {
    json::render(&report(d))
}

/// A report package: the facts as an inline page, and the taxonomy that says what they mean.
///
/// # Errors
///
/// A template could not be filled.
pub fn xbri(d: &Disclosure) -> Result<Vec<u8>, askama::Error> {
    let page = inline::render(d, &report(d))?;
    package::render(d.reference, &page, &taxonomy::files()?)
}

#[cfg(test)]
mod tests;
