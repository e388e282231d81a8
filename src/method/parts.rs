//! What figures are put together from: sums of a scope, and what stands beside the mean (steps, places, units,
//! intervals and the spread of single tasks).

use super::figures::{FIGURE_DECIMALS, Inputs, ItEnergy, MethodError, PlaceShares};
use super::normalise::{Layer, Layers, ScaledCarbon, ScaledEnergy};
use super::percentile::{Counted, Histogram};
use super::uncertainty::{LayerErrors, PueError, Uncertainty, facility_squares};
use crate::domain::days::DayHistogram;
use crate::domain::group::Group;
use crate::domain::ids::{ModelId, SiteId};
use crate::domain::period::beginning_of;
use crate::domain::terms::{Boundary, Evidence, NaturalUnit, Place, SiteFactorKind, StepKind, TaskType};
use crate::units::{Decimal, EnergyTotal, divide_half_even};
use chrono::NaiveDate;
use ethnum::I256;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Facility energy by something it is shared out over.
pub(super) type Parts<K> = BTreeMap<K, ScaledEnergy>;

/// The sums of each model and task type; everything wider is made by merging them.
pub(super) type Leaves = BTreeMap<(ModelId, TaskType), Sums>;

/// Sums of one scope, before any division.
#[derive(Debug, Default)]
pub(super) struct Sums {
    pub(super) it_energy: ItEnergy,
    pub(super) completed: i128,
    pub(super) failed: i128,
    pub(super) cancelled: i128,
    pub(super) completed_without_histogram: i128,
    pub(super) reported: EnergyTotal,
    pub(super) it: I256,
    pub(super) facility: I256,
    pub(super) output_tokens: i128,
    pub(super) output_tokens_facility: I256,
    pub(super) carbon: ScaledCarbon,
    pub(super) carbon_market: ScaledCarbon,
    pub(super) tasks: Histogram,
    pub(super) uncertainty: Uncertainty,
    pub(super) squares: Squares,
    pub(super) units: BTreeMap<NaturalUnit, (ScaledEnergy, i128)>,
    pub(super) evidence: Parts<Evidence>,
    pub(super) boundaries: Parts<Boundary>,
    pub(super) sites: BTreeSet<SiteId>,
}

impl Sums {
    /// Adds what another scope has.
    pub(super) fn merge(&mut self, other: &Sums) {
        self.it_energy = self.it_energy.and(other.it_energy);
        self.completed += other.completed;
        self.failed += other.failed;
        self.cancelled += other.cancelled;
        self.completed_without_histogram += other.completed_without_histogram;
        self.reported.add(other.reported);
        self.it += other.it;
        self.facility += other.facility;
        self.output_tokens += other.output_tokens;
        self.output_tokens_facility += other.output_tokens_facility;
        self.carbon.merge(other.carbon);
        self.carbon_market.merge(other.carbon_market);
        self.tasks.merge(&other.tasks);
        self.uncertainty.merge(&other.uncertainty);
        self.squares.uj2 += other.squares.uj2;
        self.squares.is_incomplete |= other.squares.is_incomplete;
        for (unit, (energy, amount)) in &other.units {
            let sum = self.units.entry(*unit).or_default();
            sum.0 += *energy;
            sum.1 += amount;
        }
        merge_parts(&mut self.evidence, &other.evidence);
        merge_parts(&mut self.boundaries, &other.boundaries);
        self.sites.extend(&other.sites);
    }
}

fn merge_parts<K: Ord + Copy>(parts: &mut Parts<K>, other: &Parts<K>) {
    for (key, part) in other {
        add_part(parts, *key, *part);
    }
}

pub(super) fn add_part<K: Ord>(parts: &mut Parts<K>, key: K, energy: ScaledEnergy) {
    *parts.entry(key).or_default() += energy;
}

/// Sums of squares of single tasks; not known where some came without.
#[derive(Debug, Default)]
pub(super) struct Squares {
    pub(super) uj2: I256,
    pub(super) is_incomplete: bool,
}

/// Tasks and energy by where they ran, within one task type.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct AtPlace {
    pub(super) completed: i128,
    pub(super) all: i128,
    pub(super) facility: ScaledEnergy,
}

fn leaf<'a>(leaves: &'a mut Leaves, group: &Group) -> &'a mut Sums {
    leaves.entry((group.model, group.task_type)).or_default()
}

/// Hands the buckets of each group and day to its model and task type, with the factor that brings their energy to the
/// facility. It is one for the whole day, and mostly for many days.
pub(super) fn add_buckets(inputs: &Inputs<'_>, leaves: &mut Leaves) -> Result<(), MethodError> {
    let mut totals = inputs.totals.iter();
    let mut last = None;
    let mut counted = Counted::new();
    let mut of: Option<(Group, Boundary, Layers)> = None;
    let hand_over = |of: Option<(Group, Boundary, Layers)>, counted: &mut Counted, leaves: &mut Leaves| {
        if let Some((group, boundary, layers)) = of {
            leaf(leaves, &group).tasks.add_counted(layers.factor(boundary).raw(), counted);
        }
    };
    for histogram in inputs.buckets {
        let DayHistogram { group, day, .. } = histogram;
        // Both stand in one order; several groups that differ in nothing that is known here may have one day.
        if last != Some((*group, *day)) && !totals.any(|total| (total.group, total.day) == (*group, *day)) {
            return Err(MethodError::HistogramWithoutTotal);
        }
        last = Some((*group, *day));
        let (boundary, _) = inputs.terms(group, *day)?;
        let common = (*group, boundary, inputs.layers.at(group.site, beginning_of(*day)));
        if of != Some(common) {
            hand_over(of, &mut counted, leaves);
            of = Some(common);
        }
        let mut left = histogram.tasks;
        for (bucket, tasks) in histogram.iter() {
            counted.add(bucket, tasks);
            left = left.wrapping_sub(tasks);
        }
        if left != 0 {
            return Err(MethodError::HistogramNotTheDay);
        }
    }
    hand_over(of, &mut counted, leaves);
    Ok(())
}

/// Steps that keep an answer true; what they use together is the verification overhead.
pub const VERIFYING: [StepKind; 3] = [StepKind::Retrieval, StepKind::Reranking, StepKind::Verification];

#[derive(Default)]
pub(super) struct StageShares {
    pub(super) by_kind: BTreeMap<StepKind, Decimal>,
    pub(super) unattributed: Option<Decimal>,
    pub(super) verification: Option<Decimal>,
    pub(super) retry: Option<Decimal>,
}

pub(super) fn stage_shares(inputs: &Inputs<'_>, facility: ScaledEnergy) -> Result<StageShares, MethodError> {
    let mut stages: Parts<StepKind> = Parts::new();
    let mut retried = ScaledEnergy::ZERO;
    for stage in inputs.stages {
        let (boundary, _) = inputs.terms(&stage.group, stage.day)?;
        let layers = inputs.layers.at(stage.group.site, beginning_of(stage.day));
        let at_facility = |energy| layers.normalise(boundary, energy).facility;
        add_part(&mut stages, stage.kind, at_facility(stage.energy));
        retried += at_facility(stage.retry_energy);
    }
    if stages.is_empty() {
        return Ok(StageShares::default());
    }
    let attributed: ScaledEnergy = stages.values().copied().sum();
    if attributed > facility {
        return Err(MethodError::StepsExceedTasks);
    }
    let checking: ScaledEnergy = VERIFYING.iter().filter_map(|kind| stages.get(kind).copied()).sum();
    Ok(StageShares {
        by_kind: shares(&stages, facility),
        unattributed: facility.minus(attributed).share_of(facility),
        verification: checking.share_of(facility),
        retry: retried.share_of(facility),
    })
}

pub(super) fn layer_errors(layers: &Layers, boundary: Boundary) -> LayerErrors {
    let mut errors = LayerErrors::default();
    for (kind, layer) in layers.applied(boundary) {
        let is_default = matches!(layer, Layer::Default(_));
        match kind {
            SiteFactorKind::ServerPerAccelerator => errors.server_default = is_default,
            SiteFactorKind::ItPerServer => errors.it_default = is_default,
            SiteFactorKind::Pue if is_default => errors.pue = PueError::Default,
            SiteFactorKind::Pue => errors.pue = PueError::Declared,
        }
    }
    errors
}

/// Puts the ends that records state in the place of the error of their tier.
pub(super) fn add_intervals(inputs: &Inputs<'_>, leaves: &mut Leaves) -> Result<(), MethodError> {
    for one in inputs.intervals {
        let (boundary, tier) = inputs.terms(&one.group, one.day)?;
        let layers = inputs.layers.at(one.group.site, beginning_of(one.day));
        let ends = [one.energy, one.low, one.high].map(|energy| layers.normalise(boundary, energy).facility);
        let uncertainty = &mut leaf(leaves, &one.group).uncertainty;
        // Under the error with which the same energy was added.
        let error = inputs.error(&one.group, one.day, tier, &mut BTreeSet::new());
        uncertainty.state(error, layer_errors(&layers, boundary), ends);
    }
    Ok(())
}

pub(super) fn add_units(inputs: &Inputs<'_>, leaves: &mut Leaves) -> Result<(), MethodError> {
    for one in inputs.units {
        let (boundary, _) = inputs.terms(&one.group, one.day)?;
        let layers = inputs.layers.at(one.group.site, beginning_of(one.day));
        let facility = layers.normalise(boundary, one.energy).facility;
        let work = leaf(leaves, &one.group).units.entry(one.unit).or_default();
        work.0 += facility;
        work.1 += one.amount;
    }
    Ok(())
}

/// Brings sums of squares to the facility: by the factor of their group and day.
pub(super) fn add_squares(inputs: &Inputs<'_>, leaves: &mut Leaves) {
    if inputs.squares.is_empty() {
        return;
    }
    let by_day = factors_of_days(inputs);
    for one in inputs.squares {
        let Some((own, facility)) = by_day.get(&(one.group, one.day)) else { continue };
        let squares = facility_squares(one.energy_squared_uj2, own.microjoules(), *facility);
        let sums = &mut leaf(leaves, &one.group).squares;
        sums.uj2 += squares;
        sums.is_incomplete |= one.tasks_without_squares > 0;
    }
}

/// Shares of all tasks and of all facility energy.
pub(super) fn place_shares(
    places: &BTreeMap<(TaskType, Option<Place>), AtPlace>,
    tasks: I256,
    facility: ScaledEnergy,
) -> BTreeMap<Option<Place>, PlaceShares> {
    if places.keys().all(|(_, place)| place.is_none()) {
        return BTreeMap::new();
    }
    let mut sums: BTreeMap<Option<Place>, AtPlace> = BTreeMap::new();
    for ((_, place), part) in places {
        let sum = sums.entry(*place).or_default();
        sum.all += part.all;
        sum.facility += part.facility;
    }
    let share = |sum: &AtPlace| {
        let tasks = Decimal::from_ratio(I256::new(sum.all), tasks, 6)?;
        Some(PlaceShares { tasks, energy: sum.facility.share_of(facility)? })
    };
    sums.iter().filter_map(|(place, sum)| Some((*place, share(sum)?))).collect()
}

/// What tasks at the edge and on devices saved, as a model says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Saving {
    /// Σ over task types of (mean of the cloud × tasks elsewhere − what those used), in watt-hours; negative where they
    /// used more.
    pub(super) wh: Option<Decimal>,
    /// Tasks elsewhere of types that have no mean in the cloud ÷ all tasks elsewhere; nothing is said of them.
    pub(super) left_out: Option<Decimal>,
}

pub(super) fn place_saving(places: &BTreeMap<(TaskType, Option<Place>), AtPlace>) -> Saving {
    let mut saving: Option<I256> = None;
    let (mut left_out, mut elsewhere) = (0, 0);
    for ((task_type, place), part) in places {
        let Some(Place::Edge | Place::Device) = place else { continue };
        elsewhere += part.all;
        let cloud = places.get(&(*task_type, Some(Place::Cloud)));
        let at_mean = cloud.and_then(|cloud| {
            divide_half_even(cloud.facility.raw() * I256::new(part.completed), I256::new(cloud.completed))
        });
        match at_mean {
            Some(at_mean) => *saving.get_or_insert(I256::ZERO) += at_mean - part.facility.raw(),
            None => left_out += part.all,
        }
    }
    Saving {
        wh: saving.and_then(|saving| ScaledEnergy::from_raw(saving).wh_per(1, FIGURE_DECIMALS)),
        left_out: Decimal::from_ratio(I256::new(left_out), I256::new(elsewhere), 6),
    }
}

/// Of each group and day: energy within its own boundary, and the same at the facility.
pub(super) fn factors_of_days(
    inputs: &Inputs<'_>,
) -> HashMap<(Group, NaiveDate), (EnergyTotal, ScaledEnergy)> {
    let mut by_day: HashMap<(Group, NaiveDate), (EnergyTotal, ScaledEnergy)> = HashMap::new();
    for total in inputs.totals {
        // Every total was settled before.
        let Ok((boundary, _)) = inputs.terms(&total.group, total.day) else { continue };
        let layers = inputs.layers.at(total.group.site, total.midnight());
        let normalised = layers.normalise(boundary, total.energy);
        let day = by_day.entry((total.group, total.day)).or_insert((EnergyTotal::ZERO, ScaledEnergy::ZERO));
        day.0.add(total.energy);
        day.1 += normalised.facility;
    }
    by_day
}

/// Each part as a share of the whole.
pub(super) fn shares<K: Ord + Copy>(parts: &Parts<K>, whole: ScaledEnergy) -> BTreeMap<K, Decimal> {
    parts.iter().filter_map(|(key, part)| Some((*key, part.share_of(whole)?))).collect()
}

#[cfg(test)]
#[path = "parts_tests.rs"]
mod tests;
