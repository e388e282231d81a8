//! The list of facts of a disclosure, from its figures: all tasks together, then task types, models, shares, what
//! stands apart, changes and months.

use super::apart::Apart;
use super::around::Quality;
use super::assemble::Parts;
use super::series::EnergyOf;
use crate::domain::disclosure::ZoneLine;
use crate::domain::fact::{Concept, Fact, FactValue, Member, Of};
use crate::domain::ids::ModelId;
use crate::domain::registry::{Model, Site};
use crate::domain::terms::{NaturalUnit, SmallCells, TaskType};
use crate::method::small_cells::{Cell, MIN_SITES, left_out};
use crate::method::water::WaterFigure;
use crate::method::{Figures, ItEnergy, ScaledEnergy, ScopeFigures};
use crate::units::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The list of facts.
pub(super) fn facts(parts: &Parts<'_>) -> Vec<Fact> {
    let computed = parts.computed;
    let figures = &computed.figures;
    let names = Names::of(&computed.models);
    let hidden = Hidden::of(figures, parts.request.small_cells);
    let mut facts = scope_facts(Of::ALL, &figures.total);
    for (task_type, scope) in &figures.by_task_type {
        let shown = scope_facts(Of::task_type(*task_type), scope);
        facts.extend(hide(shown, hidden.task_types.contains(task_type)));
    }
    for (model, scope) in &figures.by_model {
        let of = Of::model(names.of_id(*model));
        facts.extend(hide(model_facts(of, scope), hidden.models.contains(model)));
    }
    for ((model, task_type), scope) in &figures.by_model_task_type {
        let of = Of::task_type(*task_type).of_model(names.of_id(*model));
        facts.extend(hide(model_facts(of, scope), hidden.both.contains(&(*model, *task_type))));
    }
    share_facts(&mut facts, figures);
    quality_facts(&mut facts, parts.around.quality);
    zone_facts(&mut facts, figures, &computed.sites, parts.request.small_cells);
    apart_facts(&mut facts, &computed.apart, &names);
    for compared in &computed.compared {
        let line = &compared.line;
        let of = Of { task_type: Some(line.task_type), model: line.model.clone(), month: None };
        let Some(change) = compared.change.filter(|_| !hidden.hides(&of, &names)) else { continue };
        facts.push(known(Concept::EnergyChangeRatio, &of, Some(change.ratio)));
        let (low, high) = change.interval.unzip();
        facts.push(known(Concept::EnergyChangeLow, &of, low));
        facts.push(known(Concept::EnergyChangeHigh, &of, high));
    }
    for month in &computed.months {
        month_facts(&mut facts, month, parts.request.small_cells);
    }
    facts
}

/// Names of models, shared by all facts that are of them.
struct Names(BTreeMap<ModelId, Arc<str>>);

impl Names {
    fn of(models: &[Model]) -> Names {
        Names(models.iter().map(|model| (model.id, Arc::from(model.key.as_str()))).collect())
    }

    /// Every model of the totals was read.
    fn of_id(&self, id: ModelId) -> &Arc<str> {
        &self.0[&id]
    }
}

/// Cells that are left out because little is behind them.
struct Hidden {
    task_types: BTreeSet<TaskType>,
    models: BTreeSet<ModelId>,
    both: BTreeSet<(ModelId, TaskType)>,
}

impl Hidden {
    fn of(figures: &Figures, small_cells: SmallCells) -> Hidden {
        let mut hidden =
            Hidden { task_types: BTreeSet::new(), models: BTreeSet::new(), both: BTreeSet::new() };
        if small_cells != SmallCells::All {
            return hidden;
        }
        let cell = |scope: &ScopeFigures| Cell { sites: 0, tasks: scope.completed };
        let cells = figures.by_task_type.iter().map(|(task_type, scope)| (*task_type, cell(scope)));
        hidden.task_types = left_out(&cells.collect(), 0);
        let cells = figures.by_model.iter().map(|(model, scope)| (*model, cell(scope)));
        hidden.models = left_out(&cells.collect(), 0);
        // Rows and columns of one table: what is left out of either is left out.
        for task_type in figures.by_task_type.keys() {
            let row = figures.by_model_task_type.iter().filter(|((_, other), _)| other == task_type);
            hidden.both.extend(left_out(&row.map(|(key, scope)| (*key, cell(scope))).collect(), 0));
        }
        for model in figures.by_model.keys() {
            let column = figures.by_model_task_type.iter().filter(|((other, _), _)| other == model);
            hidden.both.extend(left_out(&column.map(|(key, scope)| (*key, cell(scope))).collect(), 0));
        }
        let of_hidden = figures.by_model_task_type.keys().filter(|(model, task_type)| {
            hidden.models.contains(model) || hidden.task_types.contains(task_type)
        });
        hidden.both.extend(of_hidden.copied().collect::<Vec<_>>());
        hidden
    }

    fn hides(&self, of: &Of, names: &Names) -> bool {
        let model = of.model.as_ref().and_then(|name| names.0.iter().find(|(_, other)| *other == name));
        match (model, of.task_type) {
            (Some((model, _)), Some(task_type)) => self.both.contains(&(*model, task_type)),
            (Some((model, _)), None) => self.models.contains(model),
            (None, Some(task_type)) => self.task_types.contains(&task_type),
            (None, None) => false,
        }
    }
}

fn hide(mut facts: Vec<Fact>, is_hidden: bool) -> Vec<Fact> {
    if is_hidden {
        facts.iter_mut().for_each(|fact| fact.value = FactValue::NotIncluded);
    }
    facts
}

/// `None` is a value that cannot exist.
fn known(concept: Concept, of: &Of, value: Option<Decimal>) -> Fact {
    let value = value.map_or(FactValue::NotApplicable, FactValue::Known);
    Fact { concept, of: of.clone(), member: None, value }
}

/// `None` is a value that nobody told.
fn told(concept: Concept, of: &Of, value: Option<Decimal>) -> Fact {
    let value = value.map_or(FactValue::Unknown, FactValue::Known);
    Fact { concept, of: of.clone(), member: None, value }
}

fn share(concept: Concept, member: Member, share: Decimal) -> Fact {
    Fact { concept, of: Of::ALL, member: Some(member), value: FactValue::Known(share) }
}

fn share_facts(facts: &mut Vec<Fact>, figures: &Figures) {
    let evidence = figures.total.evidence_shares.iter();
    facts.extend(evidence.map(|(tier, part)| share(Concept::EvidenceShare, Member::Evidence(*tier), *part)));
    let stages = figures.stage_shares.iter();
    facts.extend(stages.map(|(kind, part)| share(Concept::StageShare, Member::Step(*kind), *part)));
    let rest = figures.unattributed_share;
    facts.extend(rest.map(|part| share(Concept::StageShare, Member::Unattributed, part)));
    let overhead = figures.verification_overhead;
    facts.extend(overhead.map(|part| known(Concept::VerificationOverhead, &Of::ALL, Some(part))));
    facts.push(told(Concept::UnfinishedShare, &Of::ALL, figures.unfinished_share));
    // Without steps nobody knows which calls were made again.
    facts.push(told(Concept::RetryShare, &Of::ALL, figures.retry_share));
    for (place, part) in &figures.places {
        facts.push(share(Concept::PlaceTaskShare, Member::Place(*place), part.tasks));
        facts.push(share(Concept::PlaceEnergyShare, Member::Place(*place), part.energy));
    }
    let saving = figures.place_saving_wh;
    facts.extend(saving.map(|saving| known(Concept::PlaceSavingModelled, &Of::ALL, Some(saving))));
    facts.push(known(Concept::EstimatedShare, &Of::ALL, figures.estimated_share));
    let rungs = figures.rung_shares.iter();
    facts.extend(rungs.map(|(rung, part)| share(Concept::FactorRungShare, Member::Rung(*rung), *part)));
    let market = figures.market_shares.iter();
    facts.extend(market.map(|(part, whole)| share(Concept::MarketShare, Member::Market(*part), *whole)));
    facts.push(known(Concept::HourlyMatchedShare, &Of::ALL, figures.hourly_matched_share));
    facts.push(known(Concept::DefaultFactorShare, &Of::ALL, figures.default_share));
    // Without a declared number of served tasks it is not known what share was reported.
    facts.push(told(Concept::Coverage, &Of::ALL, figures.coverage));
}

/// What is odd about the records; not told where nobody looked.
fn quality_facts(facts: &mut Vec<Fact>, quality: Option<Quality>) {
    let Some(Quality { records_in_conflict, hours_without_records }) = quality else { return };
    let count = |number: i64| Decimal::new(number.into(), 0);
    facts.push(told(Concept::RecordsInConflict, &Of::ALL, records_in_conflict.map(count)));
    facts.push(known(Concept::HoursWithoutRecords, &Of::ALL, Some(count(hours_without_records))));
}

/// What a model tells of a set of its tasks: fewer figures than all models together.
fn model_facts(of: Of, scope: &ScopeFigures) -> Vec<Fact> {
    let wanted = [
        Concept::TasksCompleted,
        Concept::EnergyFacilityTotal,
        Concept::EnergyPerTaskMean,
        Concept::EnergyPerTaskLow,
        Concept::EnergyPerTaskHigh,
        Concept::EnergyPerTaskItMean,
        Concept::EnergyPerTaskMedian,
        Concept::EnergyPer1000OutputTokens,
        Concept::CarbonLocationPerTask,
    ];
    let mut facts = scope_facts(of.clone(), scope);
    facts.retain(|fact| wanted.contains(&fact.concept));
    let tiers = scope.evidence_shares.iter().map(|(tier, part)| Fact {
        concept: Concept::EvidenceShare,
        of: of.clone(),
        member: Some(Member::Evidence(*tier)),
        value: FactValue::Known(*part),
    });
    facts.extend(tiers);
    facts
}

fn scope_facts(of: Of, scope: &ScopeFigures) -> Vec<Fact> {
    let count = |number| Some(Decimal::new(number, 0));
    let percentile = |index: usize| scope.percentiles_wh.and_then(|all| all[index]);
    let mut facts: Vec<Fact> = [
        (Concept::TasksCompleted, count(scope.completed)),
        (Concept::TasksFailed, count(scope.failed)),
        (Concept::TasksCancelled, count(scope.cancelled)),
        (Concept::EnergyReportedTotal, count(scope.energy_reported.microjoules())),
        (Concept::EnergyItTotal, scope.energy_it_wh),
        (Concept::EnergyFacilityTotal, scope.energy_facility_wh),
        (Concept::EnergyPerTaskMean, scope.mean_wh),
        (Concept::EnergyPerTaskLow, scope.interval.map(|interval| interval.low_wh)),
        (Concept::EnergyPerTaskHigh, scope.interval.map(|interval| interval.high_wh)),
        (Concept::EnergyPerTaskItMean, scope.it_mean_wh),
        (Concept::EnergyPerTaskP10, percentile(0)),
        (Concept::EnergyPerTaskMedian, percentile(1)),
        (Concept::EnergyPerTaskP90, percentile(2)),
        (Concept::EnergyPerTaskP95, percentile(3)),
        (Concept::EnergyPerTaskP99, percentile(4)),
        (Concept::EnergyPer1000OutputTokens, scope.per_1000_output_tokens_wh),
        (Concept::CarbonLocationTotal, scope.carbon_g),
        (Concept::CarbonLocationPerTask, scope.carbon_per_task_g),
        (Concept::CarbonMarketTotal, scope.carbon_market_g),
        (Concept::CarbonMarketPerTask, scope.carbon_market_per_task_g),
    ]
    .into_iter()
    .map(|(concept, value)| match (concept, scope.it_energy) {
        (Concept::EnergyItTotal | Concept::EnergyPerTaskItMean, ItEnergy::Unknown) => {
            told(concept, &of, None)
        }
        // Tasks were completed, but only sums over them were sent.
        (
            Concept::EnergyPerTaskMedian
            | Concept::EnergyPerTaskP10
            | Concept::EnergyPerTaskP90
            | Concept::EnergyPerTaskP95
            | Concept::EnergyPerTaskP99,
            _,
        ) if value.is_none() && scope.completed_without_histogram > 0 => told(concept, &of, None),
        _ => known(concept, &of, value),
    })
    .collect();
    let per_unit = [
        (Concept::EnergyPerImage, NaturalUnit::Images),
        (Concept::EnergyPerPage, NaturalUnit::Pages),
        (Concept::EnergyPerAudioSecond, NaturalUnit::AudioUs),
        (Concept::EnergyPerVideoSecond, NaturalUnit::VideoUs),
    ];
    // Told where tasks state such work.
    let per_unit = per_unit.into_iter().filter_map(|(concept, unit)| {
        let energy = scope.per_unit_wh.get(&unit)?;
        Some(known(concept, &of, Some(*energy)))
    });
    facts.extend(per_unit);
    // Told where tasks came as sums without a histogram; elsewhere percentiles are of all tasks.
    if scope.completed_without_histogram > 0 {
        facts.push(known(Concept::PercentileLeftOutShare, &of, scope.percentile_left_out_share));
    }
    facts
}

/// The grid zones of the sites, in the order of their names.
pub(super) fn zones(sites: &[Site]) -> Vec<ZoneLine> {
    let mut zones: BTreeMap<&str, ZoneLine> = BTreeMap::new();
    for site in sites {
        let new = ZoneLine { key: site.zone.clone(), name: site.zone_name.clone(), sites: 0 };
        zones.entry(site.zone.as_str()).or_insert(new).sites += 1;
    }
    zones.into_values().collect()
}

/// Shares of energy by grid zone. Zones with little behind them are added up; where none is left, nothing is told.
fn zone_facts(facts: &mut Vec<Fact>, figures: &Figures, sites: &[Site], small_cells: SmallCells) {
    let mut cells: BTreeMap<&str, Cell> = BTreeMap::new();
    for site in sites {
        cells.entry(site.zone.as_str()).or_default().sites += 1;
    }
    let zone_of: BTreeMap<_, _> = sites.iter().map(|site| (site.id, site.zone.as_str())).collect();
    let mut energy: BTreeMap<&str, ScaledEnergy> = BTreeMap::new();
    for day in &figures.site_days {
        let Some(zone) = zone_of.get(&day.site) else { continue };
        *energy.entry(zone).or_insert(ScaledEnergy::ZERO) += day.facility;
        cells.entry(zone).or_default().tasks += i128::from(day.completed);
    }
    let whole: ScaledEnergy = energy.values().copied().sum();
    let hidden = match small_cells {
        SmallCells::Shown => BTreeSet::new(),
        SmallCells::Sites | SmallCells::All => left_out(&cells, MIN_SITES),
    };
    if hidden.len() == cells.len() {
        return;
    }
    let mut other: Option<ScaledEnergy> = None;
    for (zone, energy) in energy {
        if hidden.contains(zone) {
            *other.get_or_insert(ScaledEnergy::ZERO) += energy;
        } else if let Some(part) = energy.share_of(whole) {
            facts.push(share(Concept::ZoneEnergyShare, Member::Zone(Some(zone.into())), part));
        }
    }
    let other = other.and_then(|energy| energy.share_of(whole));
    facts.extend(other.map(|part| share(Concept::ZoneEnergyShare, Member::Zone(None), part)));
}

fn apart_facts(facts: &mut Vec<Fact>, apart: &Apart, names: &Names) {
    let water = [
        (
            apart.water.on_site,
            [Concept::WaterOnSiteTotal, Concept::WaterOnSitePerTask, Concept::WaterOnSiteCovered],
        ),
        (
            apart.water.indirect,
            [Concept::WaterIndirectTotal, Concept::WaterIndirectPerTask, Concept::WaterIndirectCovered],
        ),
    ];
    for (figure, [total, per_task, covered]) in water {
        match figure {
            WaterFigure::Unknown => {
                facts.push(told(total, &Of::ALL, None));
                facts.push(told(per_task, &Of::ALL, None));
            }
            WaterFigure::Known(water) => {
                facts.push(known(total, &Of::ALL, Some(water.litres)));
                facts.push(known(per_task, &Of::ALL, water.litres_per_task));
                facts.push(known(covered, &Of::ALL, water.covered));
            }
        }
    }
    match apart.embodied.carbon {
        None => {
            facts.push(told(Concept::EmbodiedCarbonTotal, &Of::ALL, None));
            facts.push(told(Concept::EmbodiedCarbonPerTask, &Of::ALL, None));
        }
        Some(carbon) => {
            // Kilograms with six decimals are grams with three.
            let grams = Decimal::new(carbon.kg.mantissa(), carbon.kg.decimals().saturating_sub(3));
            facts.push(known(Concept::EmbodiedCarbonTotal, &Of::ALL, Some(grams)));
            facts.push(known(Concept::EmbodiedCarbonPerTask, &Of::ALL, carbon.g_per_task));
            facts.push(known(Concept::EmbodiedCarbonCovered, &Of::ALL, apart.embodied.covered()));
        }
    }
    for figure in apart.public_training() {
        let share = figure.share.map(|share| share.energy_wh);
        facts.extend(share.map(|energy| {
            known(Concept::TrainingEnergyPerTask, &Of::model(names.of_id(figure.model)), Some(energy))
        }));
    }
}

/// Means of a month: of all tasks, of each task type, and of each model and task type.
fn month_facts(facts: &mut Vec<Fact>, month: &EnergyOf, small_cells: SmallCells) {
    let Ok((models, figures)) = &month.energy else { return };
    let names = Names::of(models);
    let hidden = Hidden::of(figures, small_cells);
    let mut point = |of: Of, scope: &ScopeFigures, is_hidden: bool| {
        let of = of.in_month(month.period);
        let interval = scope.interval;
        let point = vec![
            known(Concept::TasksCompleted, &of, Some(Decimal::new(scope.completed, 0))),
            known(Concept::EnergyPerTaskMean, &of, scope.mean_wh),
            known(Concept::EnergyPerTaskLow, &of, interval.map(|interval| interval.low_wh)),
            known(Concept::EnergyPerTaskHigh, &of, interval.map(|interval| interval.high_wh)),
        ];
        facts.extend(hide(point, is_hidden));
    };
    point(Of::ALL, &figures.total, false);
    for (task_type, scope) in &figures.by_task_type {
        point(Of::task_type(*task_type), scope, hidden.task_types.contains(task_type));
    }
    for ((model, task_type), scope) in &figures.by_model_task_type {
        let of = Of::task_type(*task_type).of_model(names.of_id(*model));
        point(of, scope, hidden.both.contains(&(*model, *task_type)));
    }
}
