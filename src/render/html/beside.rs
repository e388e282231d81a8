//! What the page shows beside the figures of all tasks: models, changes, months, zones, and what stands apart.

use super::{plain, share_text, with_unit};
use crate::domain::disclosure::{ChangeLine, Disclosure};
use crate::domain::fact::{Concept, Fact, FactValue, HourOfDay, Member, Of};
use crate::domain::period::{Period, day};
use crate::domain::terms::{TaskType, TrainingEvidence, WaterDefinition};
use crate::domain::training::Stated;
use crate::domain::water::WueDefinition;
use crate::render::number::{TABLE, count, figure, group, is_whole, percent};
use crate::units::Decimal;

/// Energy per task of one model, or of one of its task types.
pub(super) struct ModelFigures {
    pub(super) model: String,
    pub(super) task_type: &'static str,
    pub(super) completed: String,
    pub(super) mean: String,
    pub(super) low: String,
    pub(super) high: String,
    pub(super) per_1000_output_tokens: String,
}

/// One comparison with a baseline.
pub(super) struct ChangeRow {
    pub(super) what: String,
    pub(super) baseline: String,
    pub(super) ratio: String,
    /// Why there is no ratio.
    pub(super) reasons: Vec<&'static str>,
}

/// One month of the series.
pub(super) struct MonthRow {
    pub(super) month: String,
    pub(super) completed: String,
    pub(super) mean: String,
    pub(super) low: String,
    pub(super) high: String,
    /// Why there is no figure.
    pub(super) gap: Option<&'static str>,
}

pub(super) struct ZoneRow {
    pub(super) name: String,
    pub(super) share: String,
}

/// Carbon of one hour of the day.
pub(super) struct HourRow {
    pub(super) hour: String,
    pub(super) per_task: String,
    pub(super) share: String,
}

pub(super) struct Water {
    pub(super) on_site_per_task: String,
    pub(super) on_site_total: String,
    pub(super) on_site_covered: Option<String>,
    pub(super) indirect_per_task: String,
    pub(super) indirect_total: String,
    pub(super) indirect_covered: Option<String>,
    pub(super) definitions: Vec<String>,
    pub(super) factors: Vec<String>,
}

pub(super) struct EmbodiedRow {
    pub(super) accelerator: String,
    pub(super) site: String,
    pub(super) kg: String,
    pub(super) lifetime_hours: String,
    pub(super) includes: String,
    pub(super) source: String,
}

pub(super) struct Embodied {
    pub(super) per_task: String,
    pub(super) total: String,
    pub(super) covered: Option<String>,
    pub(super) rows: Vec<EmbodiedRow>,
}

pub(super) struct TrainingRow {
    pub(super) model: String,
    pub(super) energy: String,
    pub(super) compute: String,
    pub(super) emissions: String,
    pub(super) trained: String,
    pub(super) how: String,
    pub(super) per_task: Option<String>,
}

/// Each model, and below it each of its task types where there are several.
pub(super) fn model_figures(d: &Disclosure) -> Vec<ModelFigures> {
    let of_models = d.facts.iter().filter(|fact| {
        fact.concept == Concept::TasksCompleted && fact.of.model.is_some() && fact.of.month.is_none()
    });
    let mut rows: Vec<(&Of, String)> = of_models
        .map(|fact| (&fact.of, model_name(d, fact.of.model.as_deref().unwrap_or_default())))
        .collect();
    rows.sort_by(|(one, name), (other, other_name)| (name, one).cmp(&(other_name, other)));
    let task_types = |of: &Of| rows.iter().filter(|(other, _)| other.model == of.model).count() - 1;
    rows.iter()
        // Of one task type, both rows are the same.
        .filter(|(of, _)| task_types(of) > 1 || of.task_type.is_some())
        .map(|(of, name)| {
            let cell = |concept| figure(d.value_of(concept, of), TABLE);
            ModelFigures {
                model: name.clone(),
                task_type: of.task_type.map_or("All of its tasks", TaskType::label),
                completed: count(d.value_of(Concept::TasksCompleted, of)),
                mean: cell(Concept::EnergyPerTaskMean),
                low: cell(Concept::EnergyPerTaskLow),
                high: cell(Concept::EnergyPerTaskHigh),
                per_1000_output_tokens: cell(Concept::EnergyPer1000OutputTokens),
            }
        })
        .collect()
}

fn model_name(d: &Disclosure, key: &str) -> String {
    let line = d.models.iter().find(|model| model.key == key);
    line.map_or_else(|| key.to_owned(), |model| model.name.clone())
}

pub(super) fn changes(d: &Disclosure) -> Vec<ChangeRow> {
    d.changes.iter().map(|line| change_row(d, line)).collect()
}

fn change_row(d: &Disclosure, line: &ChangeLine) -> ChangeRow {
    let of = Of { task_type: Some(line.task_type), model: line.model.clone(), month: None };
    let value = |concept| d.value_of(concept, &of);
    let ratio = match (value(Concept::EnergyChangeRatio), line.reasons.is_empty()) {
        (ratio @ FactValue::Known(_), true) => {
            let times = format!("{} times", figure(ratio, TABLE));
            match (value(Concept::EnergyChangeLow), value(Concept::EnergyChangeHigh)) {
                (low @ FactValue::Known(_), high @ FactValue::Known(_)) => {
                    format!("{times} ({} to {})", figure(low, TABLE), figure(high, TABLE))
                }
                _ => times,
            }
        }
        (_, true) => "not included".to_owned(),
        _ => "not compared".to_owned(),
    };
    let baseline = match &line.baseline_model {
        Some(model) if line.baseline_period != d.period => {
            format!("{}, {}", model_name(d, model), line.baseline_period.describe())
        }
        Some(model) => model_name(d, model),
        None => line.baseline_period.describe(),
    };
    let task_type = line.task_type.label();
    ChangeRow {
        what: match &line.model {
            Some(model) => format!("{}, {task_type}", model_name(d, model)),
            None => format!("All models, {task_type}"),
        },
        baseline,
        ratio,
        reasons: line.reasons.iter().map(|reason| reason.sentence()).collect(),
    }
}

/// The months of all tasks, in order, with the ones that have no figure.
pub(super) fn months(d: &Disclosure) -> Vec<MonthRow> {
    let point = |fact: &Fact| match (fact.concept, &fact.of) {
        (Concept::EnergyPerTaskMean, Of { task_type: None, model: None, month: Some(month) }) => Some(*month),
        _ => None,
    };
    let mut months: Vec<(Period, Option<&'static str>)> =
        d.facts.iter().filter_map(point).map(|month| (month, None)).collect();
    months.extend(d.gaps.iter().map(|gap| (gap.month, Some(gap.why.sentence()))));
    months.sort_unstable();
    months
        .into_iter()
        .map(|(month, gap)| {
            let of = Of::ALL.in_month(month);
            let cell = |concept| figure(d.value_of(concept, &of), TABLE);
            MonthRow {
                month: month.from().format("%B %Y").to_string(),
                completed: count(d.value_of(Concept::TasksCompleted, &of)),
                mean: cell(Concept::EnergyPerTaskMean),
                low: cell(Concept::EnergyPerTaskLow),
                high: cell(Concept::EnergyPerTaskHigh),
                gap,
            }
        })
        .collect()
}

pub(super) fn zones(d: &Disclosure) -> Vec<ZoneRow> {
    let name = |member: &Member| match member {
        Member::Zone(Some(key)) => d
            .zones
            .iter()
            .find(|zone| zone.key == **key)
            .map_or_else(|| key.to_string(), |zone| format!("{} ({})", zone.name, zone.key)),
        _ => "Zones that are not shown apart".to_owned(),
    };
    d.shares(Concept::ZoneEnergyShare)
        .map(|(member, share)| ZoneRow { name: name(member), share: percent(share) })
        .collect()
}

/// The hours of the day in order, of those that the document tells of.
pub(super) fn hours(d: &Disclosure) -> Vec<HourRow> {
    let value = |concept, hour| {
        let member = Some(Member::HourOfDay(hour));
        let found = d.facts.iter().find(|fact| fact.concept == concept && fact.member == member);
        found.map_or(FactValue::Unknown, |fact| fact.value)
    };
    let told = |hour: &HourOfDay| {
        let member = Some(Member::HourOfDay(*hour));
        d.facts.iter().any(|fact| fact.concept == Concept::CarbonHourPerTask && fact.member == member)
    };
    HourOfDay::all()
        .filter(told)
        .map(|hour| HourRow {
            hour: format!("{}:00", hour.as_str()),
            per_task: figure(value(Concept::CarbonHourPerTask, hour), TABLE),
            share: share_text(value(Concept::CarbonHourShare, hour)),
        })
        .collect()
}

/// Documents of earlier methods say nothing of water.
pub(super) fn water(d: &Disclosure) -> Option<Water> {
    let has = |concept| d.facts.iter().any(|fact| fact.concept == concept);
    if !has(Concept::WaterOnSiteTotal) {
        return None;
    }
    let litres = |concept| with_unit(d.value(concept, None), TABLE, "L");
    let covered = |concept| has(concept).then(|| d.value(concept, None)).filter(is_partial).map(share_text);
    Some(Water {
        on_site_per_task: litres(Concept::WaterOnSitePerTask),
        on_site_total: litres(Concept::WaterOnSiteTotal),
        on_site_covered: covered(Concept::WaterOnSiteCovered),
        indirect_per_task: litres(Concept::WaterIndirectPerTask),
        indirect_total: litres(Concept::WaterIndirectTotal),
        indirect_covered: covered(Concept::WaterIndirectCovered),
        definitions: d
            .water_definitions
            .iter()
            .map(|line| match line.share {
                Some(share) => format!("{} ({})", definition_label(&line.definition), percent(share)),
                None => definition_label(&line.definition),
            })
            .collect(),
        factors: d
            .water_factors
            .iter()
            .map(|line| {
                let factor = &line.factor;
                let value = plain(factor.value.litres_per_kwh());
                format!("{}: {value} L/kWh; {}; {}", factor.zone, factor.source, factor.licence)
            })
            .collect(),
    })
}

fn is_partial(value: &FactValue) -> bool {
    match value {
        FactValue::Known(share) => share.to_scaled(6).is_ok_and(|parts| parts < 1_000_000),
        _ => true,
    }
}

fn definition_label(definition: &WueDefinition) -> String {
    match definition.word() {
        WaterDefinition::Eu20241364 => "Delegated Regulation (EU) 2024/1364".to_owned(),
        WaterDefinition::EuC20263472 => "data-centre rating scheme C(2026) 3472".to_owned(),
        WaterDefinition::IsoIec301349 => "ISO/IEC 30134-9".to_owned(),
        WaterDefinition::Other => definition.text().unwrap_or("another").to_owned(),
        WaterDefinition::NotStated => "not stated".to_owned(),
    }
}

pub(super) fn embodied(d: &Disclosure) -> Option<Embodied> {
    let has = |concept| d.facts.iter().any(|fact| fact.concept == concept);
    if !has(Concept::EmbodiedCarbonTotal) {
        return None;
    }
    let grams = |concept| with_unit(d.value(concept, None), TABLE, "g");
    let covered = has(Concept::EmbodiedCarbonCovered)
        .then(|| d.value(Concept::EmbodiedCarbonCovered, None))
        .filter(is_partial)
        .map(share_text);
    Some(Embodied {
        per_task: grams(Concept::EmbodiedCarbonPerTask),
        total: grams(Concept::EmbodiedCarbonTotal),
        covered,
        rows: d
            .embodied
            .iter()
            .map(|line| EmbodiedRow {
                accelerator: line.embodied.accelerator.to_string(),
                site: line.site.clone(),
                kg: plain(line.embodied.carbon.kilograms()),
                lifetime_hours: group(&line.embodied.lifetime_hours.to_string()),
                includes: line.embodied.includes.clone(),
                source: line.embodied.source.clone(),
            })
            .collect(),
    })
}

/// `3.10e23` as people write it: 3.10 · 10²³.
fn powers(text: &str) -> String {
    let Some((digits, exponent)) = text.split_once('e') else { return text.to_owned() };
    let raised = |digit: char| match digit {
        '0'..='9' => "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(digit as usize - '0' as usize).unwrap_or(digit),
        '-' => '⁻',
        other => other,
    };
    format!("{digits}\u{a0}·\u{a0}10{}", exponent.chars().map(raised).collect::<String>())
}

pub(super) fn training(d: &Disclosure) -> Vec<TrainingRow> {
    let stated = |stated: &Stated, unit: &str| match stated {
        Stated::Known(value) => format!("{}\u{a0}{unit}", powers(&value.to_string())),
        Stated::NotAvailable(reason) => format!("N/A: {reason}"),
    };
    d.training
        .iter()
        .map(|line| {
            let training = &line.training;
            let share = d.value_of(Concept::TrainingEnergyPerTask, &Of::model(&line.model.as_str().into()));
            let how = match training.evidence {
                Some(TrainingEvidence::Measured) => "measured",
                Some(TrainingEvidence::Estimated) => "estimated",
                None => "not stated",
            };
            TrainingRow {
                model: model_name(d, &line.model),
                energy: stated(&training.energy, "MWh"),
                compute: stated(&training.compute, "operations"),
                emissions: training.emissions.as_ref().map_or("not stated".to_owned(), |emissions| {
                    let kg = group(&plain(emissions.carbon.kilograms()));
                    format!("{kg}\u{a0}kg CO₂e, {}", emissions.basis)
                }),
                trained: format!(
                    "{} until before {}",
                    day(training.trained.from()),
                    day(training.trained.to())
                ),
                how: match &training.method {
                    Some(method) => format!("{how}. {method}"),
                    None => how.to_owned(),
                },
                per_task: training.lifetime_tasks.filter(|_| matches!(share, FactValue::Known(_))).map(
                    |tasks| {
                        format!(
                            "{} Wh for each of {} tasks that the model is expected to serve in its life",
                            figure(share, TABLE),
                            group(&tasks.to_string())
                        )
                    },
                ),
            }
        })
        .collect()
}

/// A sentence for the headline where less was reported than the method wants.
pub(super) fn low_coverage(d: &Disclosure) -> Option<String> {
    let FactValue::Known(share) = d.value(Concept::Coverage, None) else { return None };
    is_low(share).then(|| {
        format!("These figures rest on {} of the tasks that the provider declares as served.", percent(share))
    })
}

/// What the intervals say of tasks that were not reported. The coverage is known of the whole service alone.
pub(super) fn sampling(d: &Disclosure) -> &'static str {
    let is_whole = match d.value(Concept::Coverage, None) {
        FactValue::Known(share) => is_whole(share),
        _ => false,
    };
    match d.interval {
        Some(interval) if interval.has_sampling && is_whole => "All tasks that were served were reported.",
        Some(interval) if interval.has_sampling => {
            "Tasks that were not reported are counted in the interval of all tasks, and in no other: of single task types \
             nobody knows what part was reported."
        }
        _ => "They say nothing of tasks that were not reported.",
    }
}

fn is_low(coverage: Decimal) -> bool {
    let parts = coverage.round_decimals(6).to_scaled(6);
    parts.map_or(true, |parts| parts < crate::method::LOW_COVERAGE_PPM)
}
