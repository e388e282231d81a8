//! The canonical JSON of a disclosure (RFC 8785): the source of its digest, and the one form in which
//! it is stored. Exact values are strings beside their unit. Reading it back gives the same document.

use super::csv::value_text;
use crate::domain::disclosure::{
    BoundaryLine, ContractUse, Disclosure, EstimateLine, FactorUse, ModelLine, SiteLine,
};
use crate::domain::fact::{Fact, FactValue};
use crate::domain::terms::{SmallCells, TaskType};
use crate::method::uncertainty::INTERVAL_PERCENT;
use crate::units::Decimal;
use apart::{
    WireChange, WireEmbodied, WireGap, WireTraining, WireWaterDefinition, WireWaterFactor, WireZone,
    change_to_wire, embodied_to_wire, gap_to_wire, training_to_wire, water_definition_to_wire,
    water_factor_to_wire, zone_to_wire,
};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use around::{
    WireBudget, WireEquivalent, WireExclusion, WireHardware, WireHistory, WireText, WireVerification,
    budget_to_wire, equivalent_to_wire, exclusion_to_wire, hardware_to_wire, history_to_wire, not_verified,
    text_to_wire, verification_to_wire,
};

mod apart;
mod around;
mod read;

pub(super) use read::{decimal, known};

pub const MEDIA_TYPE: &str = "application/json";

/// The layout of this file, apart from the template's version.
const FORMAT: &str = "taskwatt-disclosure/2";
/// The layout before it, which lacks what the second adds; published documents of it are read for ever.
const FIRST_FORMAT: &str = "taskwatt-disclosure/1";
/// The share of cases in which an interval is meant to hold the true value.
fn interval_level() -> String {
    Decimal::new(i128::from(INTERVAL_PERCENT), 2).to_string()
}

#[derive(Deserialize, Serialize)]
struct Wire {
    format: String,
    number: i32,
    version: i32,
    address: String,
    built_on: NaiveDate,
    template: WireTemplate,
    method_version: String,
    provider: WireProvider,
    service: WireService,
    period: WirePeriod,
    carbon_basis: String,
    carbon_perimeter: String,
    models: Vec<WireModel>,
    sites: Vec<WireSite>,
    /// What is left out because little is behind it; documents of method 0.3 and earlier leave out nothing.
    #[serde(default = "all_shown")]
    small_cells: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    zones: Vec<WireZone>,
    boundary: Vec<WireBoundary>,
    facts: Vec<WireFact>,
    factors: Vec<WireFactorUse>,
    // Documents of method 0.1 have neither.
    #[serde(default)]
    contracts: Vec<WireContractUse>,
    #[serde(default)]
    residual_mixes: Vec<WireFactorUse>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    interval: Option<WireInterval>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    estimates: Vec<WireEstimate>,
    defaults: Vec<WireDefault>,
    // Documents of method 0.3 and earlier have none of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    changes: Vec<WireChange>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    series_gaps: Vec<WireGap>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    training: Vec<WireTraining>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    water_definitions: Vec<WireWaterDefinition>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    water_factors: Vec<WireWaterFactor>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    embodied_carbon: Vec<WireEmbodied>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hardware: Vec<WireHardware>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    texts: Vec<WireText>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    exclusions: Vec<WireExclusion>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    equivalents: Vec<WireEquivalent>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    budgets: Vec<WireBudget>,
    #[serde(default = "not_verified")]
    verification: WireVerification,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    history: Vec<WireHistory>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    limits: Vec<String>,
}

fn all_shown() -> String {
    SmallCells::Shown.as_str().to_owned()
}

#[derive(Deserialize, Serialize)]
struct WireTemplate {
    id: String,
    version: String,
    legal_status: String,
    status_line: String,
}

#[derive(Deserialize, Serialize)]
struct WireProvider {
    key: String,
    legal_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_note: Option<String>,
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lei: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct WireService {
    key: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    energy_method: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct WirePeriod {
    from: String,
    to: String,
}

#[derive(Deserialize, Serialize)]
struct WireModel {
    key: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    released_on: Option<NaiveDate>,
    /// The model that a change is told against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    baseline: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct WireSite {
    key: String,
    name: String,
    zone: String,
    zone_name: String,
    declared_factors: Vec<WireSiteFactor>,
    /// Missing where none is declared, as in documents of before there were any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    meter_classes: Vec<WireMeterClass>,
}

#[derive(Deserialize, Serialize)]
struct WireMeterClass {
    kind: String,
    /// Per cent either way.
    percent: String,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
    revision: i32,
}

#[derive(Deserialize, Serialize)]
struct WireSiteFactor {
    kind: String,
    value: String,
    valid_from: String,
    valid_to: String,
    revision: i32,
}

#[derive(Deserialize, Serialize)]
struct WireBoundary {
    item: String,
    included: String,
}

#[derive(Deserialize, Serialize)]
struct WireFact {
    concept: String,
    /// `all`, or one task type.
    task_type: String,
    /// One model; missing for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// A month of the series; missing for the period of the disclosure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    month: Option<WirePeriod>,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<WireMember>,
    /// The exact value, `unknown`, `N/A` or `not included`.
    value: String,
    unit: String,
    /// `exact`, or after how many decimals the value was rounded, half to even; missing where there is none. Documents
    /// of the first layout do not say it, nor the provenance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    decimals: Option<String>,
    #[serde(default)]
    provenance: String,
}

#[derive(Deserialize, Serialize)]
struct WireMember {
    dimension: String,
    name: String,
}

#[derive(Deserialize, Serialize)]
struct WireFactorUse {
    set: String,
    source: String,
    licence: String,
    attribution: String,
    release: String,
    resolution: String,
    zone: String,
    value_zone: String,
    rung: String,
    /// Missing where it is not included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    site_hours: Option<i64>,
    lowest_revision: i32,
    highest_revision: i32,
}

#[derive(Deserialize, Serialize)]
struct WireContractUse {
    contract: String,
    revision: i32,
    instrument: String,
    matching: String,
    zone: String,
    from: NaiveDate,
    to: NaiveDate,
    volume_kwh: String,
    g_per_kwh: String,
    covered_wh: String,
    reference: String,
}

#[derive(Deserialize, Serialize)]
struct WireInterval {
    /// That of the method.
    level: String,
    largest_source: String,
    includes_sampling: bool,
}

#[derive(Deserialize, Serialize)]
struct WireEstimate {
    model: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    coefficient_revision: Option<i32>,
    energy_wh: String,
}

#[derive(Deserialize, Serialize)]
struct WireDefault {
    kind: String,
    value: String,
    share: String,
}

/// A document that this version of the program cannot read.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("the stored document cannot be read: {0}")]
pub struct UnreadableDocument(String);

impl UnreadableDocument {
    pub(super) fn new(why: String) -> UnreadableDocument {
        UnreadableDocument(why)
    }
}

/// The canonical bytes.
pub fn render(disclosure: &Disclosure) -> Vec<u8> {
    // Strings, integers and lists have a canonical form; only a float or a map key could fail.
    serde_json_canonicalizer::to_vec(&to_wire(disclosure)).expect("a document of strings and integers")
}

/// Reads canonical bytes back into the document.
pub fn read(bytes: &[u8]) -> Result<Disclosure, UnreadableDocument> {
    let wire: Wire = serde_json::from_slice(bytes).map_err(|error| UnreadableDocument(error.to_string()))?;
    read::from_wire(wire)
}

fn instant(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn to_wire(disclosure: &Disclosure) -> Wire {
    Wire {
        format: FORMAT.to_owned(),
        number: disclosure.reference.number,
        version: disclosure.reference.version,
        address: disclosure.address.clone(),
        built_on: disclosure.built_on,
        template: WireTemplate {
            id: disclosure.template.id.clone(),
            version: disclosure.template.version.clone(),
            legal_status: disclosure.template.legal_status.clone(),
            status_line: disclosure.template.status_line.clone(),
        },
        method_version: disclosure.method_version.clone(),
        provider: WireProvider {
            key: disclosure.provider.key.clone(),
            legal_name: disclosure.provider.legal_name.clone(),
            contact: disclosure.provider.contact.clone(),
            public_note: disclosure.provider.public_note.clone(),
            kind: disclosure.provider.kind.as_str().to_owned(),
            lei: disclosure.provider.lei.clone(),
            role: disclosure.provider.role.map(|role| role.as_str().to_owned()),
        },
        service: WireService {
            key: disclosure.service.key.clone(),
            name: disclosure.service.name.clone(),
            energy_method: disclosure.service.energy_method.clone(),
        },
        period: WirePeriod { from: instant(disclosure.period.from()), to: instant(disclosure.period.to()) },
        carbon_basis: disclosure.basis.as_str().to_owned(),
        carbon_perimeter: disclosure.perimeter.as_str().to_owned(),
        models: disclosure.models.iter().map(model_to_wire).collect(),
        sites: disclosure.sites.iter().map(site_to_wire).collect(),
        small_cells: disclosure.small_cells.as_str().to_owned(),
        zones: disclosure.zones.iter().map(zone_to_wire).collect(),
        boundary: disclosure.boundary.iter().map(boundary_to_wire).collect(),
        facts: disclosure.facts.iter().map(fact_to_wire).collect(),
        factors: disclosure.factor_uses.iter().map(factor_to_wire).collect(),
        contracts: disclosure.contract_uses.iter().map(contract_to_wire).collect(),
        residual_mixes: disclosure.residual_uses.iter().map(factor_to_wire).collect(),
        interval: disclosure.interval.map(|interval| WireInterval {
            level: interval_level(),
            largest_source: interval.largest.as_str().to_owned(),
            includes_sampling: interval.has_sampling,
        }),
        estimates: disclosure.estimates.iter().map(estimate_to_wire).collect(),
        defaults: disclosure
            .defaults
            .iter()
            .map(|used| WireDefault {
                kind: used.kind.as_str().to_owned(),
                value: used.value.decimal().to_string(),
                share: value_text(used.share),
            })
            .collect(),
        changes: disclosure.changes.iter().map(change_to_wire).collect(),
        series_gaps: disclosure.gaps.iter().map(gap_to_wire).collect(),
        training: disclosure.training.iter().map(training_to_wire).collect(),
        water_definitions: disclosure.water_definitions.iter().map(water_definition_to_wire).collect(),
        water_factors: disclosure.water_factors.iter().map(water_factor_to_wire).collect(),
        embodied_carbon: disclosure.embodied.iter().map(embodied_to_wire).collect(),
        hardware: disclosure.hardware.iter().map(hardware_to_wire).collect(),
        texts: disclosure.texts.iter().map(text_to_wire).collect(),
        exclusions: disclosure.exclusions.iter().map(exclusion_to_wire).collect(),
        equivalents: disclosure.equivalents.iter().map(equivalent_to_wire).collect(),
        budgets: disclosure.budgets.iter().map(budget_to_wire).collect(),
        verification: verification_to_wire(&disclosure.verification),
        history: disclosure.history.iter().map(history_to_wire).collect(),
        reason: disclosure.reason.clone(),
        limits: disclosure.limits.clone(),
    }
}

fn model_to_wire(model: &ModelLine) -> WireModel {
    WireModel {
        key: model.key.clone(),
        name: model.name.clone(),
        version: model.version.clone(),
        released_on: model.released_on,
        baseline: model.baseline.clone(),
    }
}

fn site_to_wire(site: &SiteLine) -> WireSite {
    WireSite {
        key: site.key.clone(),
        name: site.name.clone(),
        zone: site.zone.clone(),
        zone_name: site.zone_name.clone(),
        declared_factors: site
            .factors
            .iter()
            .map(|factor| WireSiteFactor {
                kind: factor.kind.as_str().to_owned(),
                value: factor.value.decimal().to_string(),
                valid_from: instant(factor.valid_from),
                valid_to: instant(factor.valid_to),
                revision: factor.revision,
            })
            .collect(),
        meter_classes: site
            .meter_classes
            .iter()
            .map(|line| WireMeterClass {
                kind: line.kind.as_str().to_owned(),
                percent: line.class.percent().to_string(),
                valid_from: line.valid.from(),
                valid_to: line.valid.to(),
                revision: line.revision,
            })
            .collect(),
    }
}

fn boundary_to_wire(line: &BoundaryLine) -> WireBoundary {
    WireBoundary { item: line.item.to_owned(), included: line.included.as_str().to_owned() }
}

fn fact_to_wire(fact: &Fact) -> WireFact {
    WireFact {
        concept: fact.concept.as_str().to_owned(),
        task_type: fact.of.task_type.map_or("all", TaskType::as_str).to_owned(),
        model: fact.of.model.as_deref().map(str::to_owned),
        month: fact.of.month.map(|month| WirePeriod { from: instant(month.from()), to: instant(month.to()) }),
        member: fact.member.as_ref().map(|member| {
            let (dimension, name) = member.as_pair();
            WireMember { dimension: dimension.to_owned(), name: name.to_owned() }
        }),
        value: value_text(fact.value),
        unit: fact.concept.unit().to_owned(),
        decimals: decimals_text(fact),
        provenance: fact.concept.provenance().as_str().to_owned(),
    }
}

/// `exact`, or the number of decimals at which a value was rounded; `None` where there is no value.
pub fn decimals_text(fact: &Fact) -> Option<String> {
    match fact.value {
        FactValue::Known(_) if fact.concept.is_exact() => Some("exact".to_owned()),
        FactValue::Known(value) => Some(value.decimals().to_string()),
        _ => None,
    }
}

fn factor_to_wire(used: &FactorUse) -> WireFactorUse {
    WireFactorUse {
        set: used.set_key.clone(),
        source: used.source.clone(),
        licence: used.licence.clone(),
        attribution: used.attribution.clone(),
        release: used.release.clone(),
        resolution: used.resolution.as_str().to_owned(),
        zone: used.zone.clone(),
        value_zone: used.value_zone.clone(),
        rung: used.rung.as_str().to_owned(),
        site_hours: used.hours,
        lowest_revision: used.lowest_revision,
        highest_revision: used.highest_revision,
    }
}

fn estimate_to_wire(line: &EstimateLine) -> WireEstimate {
    WireEstimate {
        model: line.model.clone(),
        coefficient_revision: line.coefficient,
        energy_wh: value_text(line.energy_wh),
    }
}

fn contract_to_wire(used: &ContractUse) -> WireContractUse {
    WireContractUse {
        contract: used.key.clone(),
        revision: used.revision,
        instrument: used.instrument.as_str().to_owned(),
        matching: used.matching.as_str().to_owned(),
        zone: used.zone.clone(),
        from: used.valid.from(),
        to: used.valid.to(),
        volume_kwh: used.volume.kilowatt_hours().to_string(),
        g_per_kwh: used.intensity.grams_per_kwh().to_string(),
        covered_wh: value_text(used.covered_wh),
        reference: used.reference.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::disclosure::sample;

    #[test]
    fn the_json_holds_the_whole_document() {
        assert_eq!(read(&render(&sample())), Ok(sample()));
    }

    #[test]
    fn the_json_is_canonical() {
        let bytes = render(&sample());
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(serde_json_canonicalizer::to_vec(&value).unwrap(), bytes);
        assert!(bytes.starts_with(br#"{"address":"https://taskwatt.example/disclosures/7/v2","boundary":"#));
    }

    #[test]
    fn a_document_from_before_classes_of_meters_keeps_its_bytes() {
        let mut document = sample();
        document.sites[0].meter_classes.clear();
        let bytes = render(&document);
        assert!(!String::from_utf8_lossy(&bytes).contains("meter_classes"));
        assert_eq!(read(&bytes).unwrap(), document);
        let text = String::from_utf8(render(&sample())).unwrap();
        assert!(text.contains(r#""meter_classes":[{"kind":"counter_class","percent":"2.3456","#), "{text}");
        assert!(read(text.replace(r#""percent":"2.3456""#, r#""percent":"0""#).as_bytes()).is_err());
    }

    #[test]
    fn a_document_of_another_layout_is_refused() {
        let text = String::from_utf8(render(&sample())).unwrap();
        assert!(read(text.replace("taskwatt-disclosure/2", "taskwatt-disclosure/9").as_bytes()).is_err());
        assert!(read(text.replace("evidence_share", "evidence_hare").as_bytes()).is_err());
        assert!(read(text.replace("0.246813579246", "a lot").as_bytes()).is_err());
    }
}
