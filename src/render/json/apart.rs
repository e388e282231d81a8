//! The wire form of comparisons, of gaps in the series, and of what stands apart from the energy of a task.

use super::UnreadableDocument;
use super::read::{decimal, known};
use super::{WirePeriod, instant};
use crate::domain::disclosure::{
    ChangeLine, EmbodiedLine, GapReason, Incomparable, SeriesGap, TrainingLine, WaterDefinitionLine,
    WaterFactorLine, ZoneLine,
};
use crate::domain::embodied::Embodied;
use crate::domain::names::Name;
use crate::domain::period::{Days, Period};
use crate::domain::terms::{TaskType, TrainingEvidence, WaterDefinition};
use crate::domain::training::{Emissions, Stated, Training, parse_compute_flops, parse_energy_mwh};
use crate::domain::water::{WaterFactor, WueDefinition};
use crate::units::{CarbonMass, WaterUse};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Serialize)]
pub(super) struct WireZone {
    key: String,
    name: String,
    sites: usize,
}

#[derive(Deserialize, Serialize)]
pub(super) struct WireChange {
    task_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    baseline_model: Option<String>,
    baseline_period: WirePeriod,
    /// Why there is no ratio; empty where there is one.
    not_compared: Vec<WireReason>,
}

#[derive(Deserialize, Serialize)]
pub(super) struct WireReason {
    reason: String,
    sentence: String,
}

#[derive(Deserialize, Serialize)]
pub(super) struct WireGap {
    month: WirePeriod,
    reason: String,
}

#[derive(Deserialize, Serialize)]
pub(super) struct WireTraining {
    model: String,
    revision: i32,
    energy_mwh: WireStated,
    compute_flops: WireStated,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    emissions: Option<WireEmissions>,
    from: NaiveDate,
    to: NaiveDate,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    zone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    evidence: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    compute_method: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lifetime_tasks: Option<String>,
    is_public: bool,
}

/// The digits told, or `N/A` with the reason.
#[derive(Deserialize, Serialize)]
struct WireStated {
    value: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct WireEmissions {
    kg: String,
    basis: String,
}

#[derive(Deserialize, Serialize)]
pub(super) struct WireWaterDefinition {
    definition: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    share: Option<String>,
}

#[derive(Deserialize, Serialize)]
pub(super) struct WireWaterFactor {
    zone: String,
    from: NaiveDate,
    to: NaiveDate,
    l_per_kwh: String,
    revision: i32,
    source: String,
    licence: String,
}

#[derive(Deserialize, Serialize)]
pub(super) struct WireEmbodied {
    site: String,
    accelerator: String,
    kg: String,
    lifetime_hours: i32,
    includes: String,
    source: String,
    revision: i32,
}

const NOT_AVAILABLE: &str = "N/A";

fn period_to_wire(period: Period) -> WirePeriod {
    WirePeriod { from: instant(period.from()), to: instant(period.to()) }
}

pub(super) fn zone_to_wire(zone: &ZoneLine) -> WireZone {
    WireZone { key: zone.key.clone(), name: zone.name.clone(), sites: zone.sites }
}

pub(super) fn zone_from_wire(zone: WireZone) -> ZoneLine {
    ZoneLine { key: zone.key, name: zone.name, sites: zone.sites }
}

pub(super) fn change_to_wire(line: &ChangeLine) -> WireChange {
    let reason = |reason: &Incomparable| WireReason {
        reason: reason.as_str().to_owned(),
        sentence: reason.sentence().to_owned(),
    };
    WireChange {
        task_type: line.task_type.as_str().to_owned(),
        model: line.model.as_deref().map(str::to_owned),
        baseline_model: line.baseline_model.clone(),
        baseline_period: period_to_wire(line.baseline_period),
        not_compared: line.reasons.iter().map(reason).collect(),
    }
}

pub(super) fn change_from_wire(line: WireChange) -> Result<ChangeLine, UnreadableDocument> {
    let reason = |reason: &WireReason| known(Incomparable::parse(&reason.reason), &reason.reason);
    Ok(ChangeLine {
        task_type: known(TaskType::parse(&line.task_type), &line.task_type)?,
        model: line.model.map(Into::into),
        baseline_model: line.baseline_model,
        baseline_period: line.baseline_period.read()?,
        reasons: line.not_compared.iter().map(reason).collect::<Result<_, _>>()?,
    })
}

pub(super) fn gap_to_wire(gap: &SeriesGap) -> WireGap {
    WireGap { month: period_to_wire(gap.month), reason: gap.why.as_str().to_owned() }
}

pub(super) fn gap_from_wire(gap: &WireGap) -> Result<SeriesGap, UnreadableDocument> {
    Ok(SeriesGap { month: gap.month.read()?, why: known(GapReason::parse(&gap.reason), &gap.reason)? })
}

fn stated_to_wire(stated: &Stated) -> WireStated {
    match stated {
        Stated::Known(value) => WireStated { value: value.to_string(), reason: None },
        Stated::NotAvailable(reason) => {
            WireStated { value: NOT_AVAILABLE.to_owned(), reason: Some(reason.clone()) }
        }
    }
}

pub(super) fn training_to_wire(line: &TrainingLine) -> WireTraining {
    let training = &line.training;
    WireTraining {
        model: line.model.clone(),
        revision: line.revision,
        energy_mwh: stated_to_wire(&training.energy),
        compute_flops: stated_to_wire(&training.compute),
        emissions: training.emissions.as_ref().map(|emissions| WireEmissions {
            kg: emissions.carbon.kilograms().to_string(),
            basis: emissions.basis.clone(),
        }),
        from: training.trained.from(),
        to: training.trained.to(),
        zone: training.zone.clone(),
        evidence: training.evidence.map(|evidence| evidence.as_str().to_owned()),
        method: training.method.clone(),
        compute_method: training.compute_method.clone(),
        lifetime_tasks: training.lifetime_tasks.map(|tasks| tasks.to_string()),
        is_public: training.is_public,
    }
}

pub(super) fn training_from_wire(line: WireTraining) -> Result<TrainingLine, UnreadableDocument> {
    let stated = |stated: WireStated, parse: fn(&str) -> _| match (stated.reason, stated.value.as_str()) {
        (Some(reason), NOT_AVAILABLE) => Ok(Stated::NotAvailable(reason)),
        (_, value) => known(Result::ok(parse(value)), value).map(Stated::Known),
    };
    let emissions = |emissions: WireEmissions| {
        Ok(Emissions {
            carbon: known(CarbonMass::parse_kilograms(&emissions.kg).ok(), &emissions.kg)?,
            basis: emissions.basis,
        })
    };
    let evidence = |text: String| known(TrainingEvidence::parse(&text), &text);
    Ok(TrainingLine {
        model: line.model,
        revision: line.revision,
        training: Training {
            energy: stated(line.energy_mwh, parse_energy_mwh)?,
            compute: stated(line.compute_flops, parse_compute_flops)?,
            emissions: line.emissions.map(emissions).transpose()?,
            trained: known(Days::new(line.from, line.to), "from and to")?,
            zone: line.zone,
            evidence: line.evidence.map(evidence).transpose()?,
            method: line.method,
            compute_method: line.compute_method,
            lifetime_tasks: line.lifetime_tasks.map(|tasks| known(tasks.parse().ok(), &tasks)).transpose()?,
            is_public: line.is_public,
        },
    })
}

pub(super) fn water_definition_to_wire(line: &WaterDefinitionLine) -> WireWaterDefinition {
    WireWaterDefinition {
        definition: line.definition.word().as_str().to_owned(),
        name: line.definition.text().map(str::to_owned),
        share: line.share.map(|share| share.to_string()),
    }
}

pub(super) fn water_definition_from_wire(
    line: WireWaterDefinition,
) -> Result<WaterDefinitionLine, UnreadableDocument> {
    let word = known(WaterDefinition::parse(&line.definition), &line.definition)?;
    Ok(WaterDefinitionLine {
        definition: known(WueDefinition::new(word, line.name).ok(), &line.definition)?,
        share: line.share.as_deref().map(decimal).transpose()?,
    })
}

pub(super) fn water_factor_to_wire(line: &WaterFactorLine) -> WireWaterFactor {
    WireWaterFactor {
        zone: line.factor.zone.clone(),
        from: line.factor.valid.from(),
        to: line.factor.valid.to(),
        l_per_kwh: line.factor.value.litres_per_kwh().to_string(),
        revision: line.revision,
        source: line.factor.source.clone(),
        licence: line.factor.licence.clone(),
    }
}

pub(super) fn water_factor_from_wire(line: WireWaterFactor) -> Result<WaterFactorLine, UnreadableDocument> {
    Ok(WaterFactorLine {
        revision: line.revision,
        factor: WaterFactor {
            valid: known(Days::new(line.from, line.to), "from and to")?,
            value: known(WaterUse::parse_litres_per_kwh(&line.l_per_kwh).ok(), &line.l_per_kwh)?,
            zone: line.zone,
            source: line.source,
            licence: line.licence,
        },
    })
}

pub(super) fn embodied_to_wire(line: &EmbodiedLine) -> WireEmbodied {
    WireEmbodied {
        site: line.site.clone(),
        accelerator: line.embodied.accelerator.to_string(),
        kg: line.embodied.carbon.kilograms().to_string(),
        lifetime_hours: line.embodied.lifetime_hours,
        includes: line.embodied.includes.clone(),
        source: line.embodied.source.clone(),
        revision: line.revision,
    }
}

pub(super) fn embodied_from_wire(line: WireEmbodied) -> Result<EmbodiedLine, UnreadableDocument> {
    Ok(EmbodiedLine {
        embodied: Embodied {
            accelerator: known(Name::parse(&line.accelerator).ok(), &line.accelerator)?,
            carbon: known(CarbonMass::parse_kilograms(&line.kg).ok(), &line.kg)?,
            lifetime_hours: line.lifetime_hours,
            includes: line.includes,
            source: line.source,
        },
        site: line.site,
        revision: line.revision,
    })
}
