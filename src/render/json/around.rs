//! The wire form of what stands around the figures: hardware, the provider's texts, equivalents, budgets, verification
//! and history.

use super::UnreadableDocument;
use super::read::{decimal, known};
use crate::domain::disclosure::{
    BudgetLine, EquivalentLine, ExclusionLine, HardwareLine, HistoryLine, ProviderText, TextField,
    Verification, VerificationKind,
};
use crate::domain::fact::Concept;
use crate::domain::period::{Days, Month};
use crate::text::Language;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Serialize)]
pub(super) struct WireHardware {
    site: String,
    accelerator: String,
    accelerators: i32,
    from: NaiveDate,
    to: NaiveDate,
    revision: i32,
}

#[derive(Deserialize, Serialize)]
pub(super) struct WireText {
    field: String,
    language: String,
    text: String,
}

#[derive(Deserialize, Serialize)]
pub(super) struct WireExclusion {
    /// As `2025-10`.
    month: String,
    what: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tasks: Option<i64>,
}

#[derive(Deserialize, Serialize)]
pub(super) struct WireEquivalent {
    concept: String,
    sentence: String,
    source: String,
}

#[derive(Deserialize, Serialize)]
pub(super) struct WireBudget {
    budget: String,
    revision: i32,
    year: i32,
    /// Missing for all services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    unit: String,
    allowance: String,
    used: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    share: Option<String>,
}

#[derive(Deserialize, Serialize)]
pub(super) struct WireVerification {
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    standard: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verifier: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    verified_on: Option<NaiveDate>,
}

#[derive(Deserialize, Serialize)]
pub(super) struct WireHistory {
    version: i32,
    published_on: NaiveDate,
    document_sha256: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

pub(super) fn hardware_to_wire(line: &HardwareLine) -> WireHardware {
    WireHardware {
        site: line.site.clone(),
        accelerator: line.accelerator.clone(),
        accelerators: line.accelerators,
        from: line.valid.from(),
        to: line.valid.to(),
        revision: line.revision,
    }
}

pub(super) fn hardware_from_wire(wire: WireHardware) -> Result<HardwareLine, UnreadableDocument> {
    Ok(HardwareLine {
        valid: known(Days::new(wire.from, wire.to), &wire.from.to_string())?,
        site: wire.site,
        accelerator: wire.accelerator,
        accelerators: wire.accelerators,
        revision: wire.revision,
    })
}

pub(super) fn text_to_wire(text: &ProviderText) -> WireText {
    WireText {
        field: text.field.as_str().to_owned(),
        language: text.language.clone(),
        text: text.text.clone(),
    }
}

pub(super) fn text_from_wire(wire: WireText) -> Result<ProviderText, UnreadableDocument> {
    known(Language::parse(&wire.language), &wire.language)?;
    Ok(ProviderText {
        field: known(TextField::parse(&wire.field), &wire.field)?,
        language: wire.language,
        text: wire.text,
    })
}

pub(super) fn exclusion_to_wire(line: &ExclusionLine) -> WireExclusion {
    WireExclusion { month: line.month.to_string(), what: line.what.clone(), tasks: line.tasks }
}

pub(super) fn exclusion_from_wire(wire: WireExclusion) -> Result<ExclusionLine, UnreadableDocument> {
    let month = known(Month::parse(&wire.month), &wire.month)?;
    Ok(ExclusionLine { month, what: wire.what, tasks: wire.tasks })
}

pub(super) fn equivalent_to_wire(line: &EquivalentLine) -> WireEquivalent {
    WireEquivalent {
        concept: line.concept.as_str().to_owned(),
        sentence: line.sentence.clone(),
        source: line.source.clone(),
    }
}

pub(super) fn equivalent_from_wire(wire: WireEquivalent) -> Result<EquivalentLine, UnreadableDocument> {
    Ok(EquivalentLine {
        concept: known(Concept::parse(&wire.concept), &wire.concept)?,
        sentence: wire.sentence,
        source: wire.source,
    })
}

pub(super) fn budget_to_wire(line: &BudgetLine) -> WireBudget {
    WireBudget {
        budget: line.key.clone(),
        revision: line.revision,
        year: line.year,
        service: line.service.clone(),
        unit: line.unit.to_owned(),
        allowance: line.allowance.to_string(),
        used: line.used.to_string(),
        share: line.share.map(|share| share.to_string()),
    }
}

pub(super) fn budget_from_wire(wire: WireBudget) -> Result<BudgetLine, UnreadableDocument> {
    Ok(BudgetLine {
        unit: known(BudgetLine::UNITS.into_iter().find(|unit| *unit == wire.unit), &wire.unit)?,
        key: wire.budget,
        revision: wire.revision,
        year: wire.year,
        service: wire.service,
        allowance: decimal(&wire.allowance)?,
        used: decimal(&wire.used)?,
        share: wire.share.as_deref().map(decimal).transpose()?,
    })
}

/// Documents of the first layout say nothing of a verification, and there was none.
pub(super) fn not_verified() -> WireVerification {
    verification_to_wire(&Verification::NONE)
}

pub(super) fn verification_to_wire(verification: &Verification) -> WireVerification {
    WireVerification {
        kind: verification.kind.as_str().to_owned(),
        standard: verification.standard.clone(),
        verifier: verification.verifier.clone(),
        verified_on: verification.verified_on,
    }
}

pub(super) fn verification_from_wire(wire: WireVerification) -> Result<Verification, UnreadableDocument> {
    Ok(Verification {
        kind: known(VerificationKind::parse(&wire.kind), &wire.kind)?,
        standard: wire.standard,
        verifier: wire.verifier,
        verified_on: wire.verified_on,
    })
}

pub(super) fn history_to_wire(line: &HistoryLine) -> WireHistory {
    WireHistory {
        version: line.version,
        published_on: line.published_on,
        document_sha256: line.document_sha256.clone(),
        reason: line.reason.clone(),
    }
}

pub(super) fn history_from_wire(wire: WireHistory) -> HistoryLine {
    HistoryLine {
        version: wire.version,
        published_on: wire.published_on,
        document_sha256: wire.document_sha256,
        reason: wire.reason,
    }
}
