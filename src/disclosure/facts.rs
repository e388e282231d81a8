//! The list of facts of a disclosure, from its figures: all tasks together, then task types, models, shares, what
//! stands apart, changes and months.

use super::apart::Apart;
use super::around::Quality;
use super::assemble::Parts;
use super::build::Computed;
use super::few_sites::{zone_cells, zone_of};
use super::left_out::{LeftOut, Time};
use super::series::{Compared, EnergyOf};
use crate::domain::disclosure::ZoneLine;
use crate::domain::fact::{Concept, Fact, FactValue, HourOfDay, Member, Of};
use crate::domain::ids::ModelId;
use crate::domain::registry::{Model, Site};
use crate::domain::terms::{NaturalUnit, SmallCells};
use crate::method::hours::HourCarbon;
use crate::method::small_cells::{self, Cell};
use crate::method::water::WaterFigure;
use crate::method::{Figures, ItEnergy, ScaledEnergy, ScopeFigures};
use crate::units::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The list of facts.
pub(super) fn facts(parts: &Parts<'_>, left_out: &LeftOut) -> Vec<Fact> {
    let computed = parts.computed;
    let figures = &computed.figures;
    let names = Names::of(&computed.models);
    let mut facts = hide_some(scope_facts(Of::ALL, &figures.total), &left_out.of_total(figures));
    for (task_type, scope) in &figures.by_task_type {
        let shown = scope_facts(Of::task_type(*task_type), scope);
        let shown = hide_some(shown, &left_out.of_part(figures, |_, other| other == *task_type));
        facts.extend(hide(shown, left_out.task_type(Time::Period, *task_type)));
    }
    for (model, scope) in &figures.by_model {
        let shown = model_facts(Of::model(names.of_id(*model)), scope);
        let shown = hide_some(shown, &left_out.of_part(figures, |other, _| other == *model));
        facts.extend(hide(shown, left_out.model(*model)));
    }
    for ((model, task_type), scope) in &figures.by_model_task_type {
        let of = Of::task_type(*task_type).of_model(names.of_id(*model));
        facts.extend(hide(model_facts(of, scope), left_out.both(Time::Period, *model, *task_type)));
    }
    share_facts(&mut facts, figures, left_out);
    quality_facts(&mut facts, parts.around.quality);
    hour_facts(&mut facts, figures, parts.request.small_cells);
    zone_facts(&mut facts, computed, left_out);
    apart_facts(&mut facts, &computed.apart, &names, left_out);
    computed.compared.iter().for_each(|compared| change_facts(&mut facts, compared, left_out));
    for (index, month) in computed.months.iter().enumerate() {
        month_facts(&mut facts, (Time::Month(index), month), left_out);
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

fn hide(mut facts: Vec<Fact>, is_hidden: bool) -> Vec<Fact> {
    if is_hidden {
        facts.iter_mut().for_each(|fact| fact.value = FactValue::NotIncluded);
    }
    facts
}

fn hide_some(mut facts: Vec<Fact>, concepts: &[Concept]) -> Vec<Fact> {
    let hidden = facts.iter_mut().filter(|fact| concepts.contains(&fact.concept));
    hidden.for_each(|fact| fact.value = FactValue::NotIncluded);
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

fn share_facts(facts: &mut Vec<Fact>, figures: &Figures, left_out: &LeftOut) {
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
    let without = figures.place_saving_left_out;
    facts.extend(without.map(|part| known(Concept::PlaceSavingLeftOutShare, &Of::ALL, Some(part))));
    facts.push(known(Concept::EstimatedShare, &Of::ALL, figures.estimated_share));
    for (rung, part) in &figures.rung_shares {
        let fact = share(Concept::FactorRungShare, Member::Rung(*rung), *part);
        facts.extend(hide(vec![fact], left_out.sites.rungs.contains(rung)));
    }
    for (part, whole) in &figures.market_shares {
        let fact = share(Concept::MarketShare, Member::Market(*part), *whole);
        facts.extend(hide(vec![fact], left_out.sites.market.contains(part)));
    }
    let hourly = known(Concept::HourlyMatchedShare, &Of::ALL, figures.hourly_matched_share);
    facts.extend(hide(vec![hourly], left_out.sites.hourly_matched));
    let defaults = known(Concept::DefaultFactorShare, &Of::ALL, figures.default_share);
    facts.extend(hide(vec![defaults], left_out.sites.defaults));
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

fn change_facts(facts: &mut Vec<Fact>, compared: &Compared, left_out: &LeftOut) {
    let line = &compared.line;
    let of = Of { task_type: Some(line.task_type), model: line.model.clone(), month: None };
    let is_hidden = left_out.change(compared);
    if compared.change.is_none() && !is_hidden {
        return;
    }
    let ratio = compared.change.map(|change| change.ratio);
    let (low, high) = compared.change.and_then(|change| change.interval).unzip();
    let change = vec![
        known(Concept::EnergyChangeRatio, &of, ratio),
        known(Concept::EnergyChangeLow, &of, low),
        known(Concept::EnergyChangeHigh, &of, high),
    ];
    facts.extend(hide(change, is_hidden));
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

/// Carbon by hour of the day, where anything ran in it. Hours with few tasks are left out where small cells are.
fn hour_facts(facts: &mut Vec<Fact>, figures: &Figures, shown: SmallCells) {
    let cells: BTreeMap<HourOfDay, Cell> = figures
        .carbon_by_hour
        .iter()
        .map(|(hour, carbon)| (*hour, Cell { sites: 0, tasks: carbon.completed }))
        .collect();
    let hidden = if shown == SmallCells::All { small_cells::left_out(&cells, 0) } else { BTreeSet::new() };
    for (concept, pick) in [
        (Concept::CarbonHourShare, (|carbon| carbon.share) as fn(&HourCarbon) -> Option<Decimal>),
        (Concept::CarbonHourPerTask, |carbon| carbon.per_task_g),
    ] {
        for (hour, carbon) in &figures.carbon_by_hour {
            let fact =
                Fact { member: Some(Member::HourOfDay(*hour)), ..known(concept, &Of::ALL, pick(carbon)) };
            facts.extend(hide(vec![fact], hidden.contains(hour)));
        }
    }
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
fn zone_facts(facts: &mut Vec<Fact>, computed: &Computed, left_out: &LeftOut) {
    let zone_of = zone_of(&computed.sites);
    let mut energy: BTreeMap<&str, ScaledEnergy> = BTreeMap::new();
    for day in &computed.figures.site_days {
        let Some(zone) = zone_of.get(&day.site) else { continue };
        *energy.entry(zone).or_insert(ScaledEnergy::ZERO) += day.facility;
    }
    let whole: ScaledEnergy = energy.values().copied().sum();
    if left_out.sites.zones.len() == zone_cells(computed).len() {
        return;
    }
    let mut other: Option<ScaledEnergy> = None;
    for (zone, energy) in energy {
        if left_out.sites.zones.contains(zone) {
            *other.get_or_insert(ScaledEnergy::ZERO) += energy;
        } else if let Some(part) = energy.share_of(whole) {
            facts.push(share(Concept::ZoneEnergyShare, Member::Zone(Some(zone.into())), part));
        }
    }
    let other = other.and_then(|energy| energy.share_of(whole));
    facts.extend(other.map(|part| share(Concept::ZoneEnergyShare, Member::Zone(None), part)));
}

fn apart_facts(facts: &mut Vec<Fact>, apart: &Apart, names: &Names, left_out: &LeftOut) {
    let water = [
        (
            apart.water.on_site,
            left_out.sites.water_on_site,
            [Concept::WaterOnSiteTotal, Concept::WaterOnSitePerTask, Concept::WaterOnSiteCovered],
        ),
        (
            apart.water.indirect,
            left_out.sites.water_indirect,
            [Concept::WaterIndirectTotal, Concept::WaterIndirectPerTask, Concept::WaterIndirectCovered],
        ),
    ];
    for (figure, is_hidden, [total, per_task, covered]) in water {
        match figure {
            WaterFigure::Unknown => {
                facts.push(told(total, &Of::ALL, None));
                facts.push(told(per_task, &Of::ALL, None));
            }
            WaterFigure::Known(water) => {
                let figure = vec![
                    known(total, &Of::ALL, Some(water.litres)),
                    known(per_task, &Of::ALL, water.litres_per_task),
                    known(covered, &Of::ALL, water.covered),
                ];
                facts.extend(hide(figure, is_hidden));
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
            let figure = vec![
                known(Concept::EmbodiedCarbonTotal, &Of::ALL, Some(grams)),
                known(Concept::EmbodiedCarbonPerTask, &Of::ALL, carbon.g_per_task),
                known(Concept::EmbodiedCarbonCovered, &Of::ALL, apart.embodied.covered()),
            ];
            facts.extend(hide(figure, left_out.sites.embodied));
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
fn month_facts(facts: &mut Vec<Fact>, (time, month): (Time, &EnergyOf), left_out: &LeftOut) {
    let Ok((models, figures)) = &month.energy else { return };
    let names = Names::of(models);
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
        point(Of::task_type(*task_type), scope, left_out.task_type(time, *task_type));
    }
    for ((model, task_type), scope) in &figures.by_model_task_type {
        let of = Of::task_type(*task_type).of_model(names.of_id(*model));
        point(of, scope, left_out.both(time, *model, *task_type));
    }
}
