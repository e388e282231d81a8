//! Days of one group that follow each other and differ in nothing but their sums: what they have in common is brought to
//! the facility once, and handed to the sums of scopes once.

use super::carbon::{CarbonSums, RunCarbon};
use super::estimate::EstimatedBy;
use super::figures::ItEnergy;
use super::normalise::{Layer, Layers, Normalised, ScaledEnergy};
use super::parts::{AtPlace, Leaves, Parts, add_part, layer_errors};
use super::small_cells::PartsBehind;
use super::uncertainty::EnergyError;
use super::water::SiteDay;
use crate::domain::days::DayTotal;
use crate::domain::group::Group;
use crate::domain::ids::SiteId;
use crate::domain::terms::{Boundary, CountedFrom, Evidence, Place, SiteFactorKind, TaskType};
use crate::units::EnergyTotal;
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};

/// What days of a run have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) group: Group,
    pub(super) boundary: Boundary,
    pub(super) tier: Evidence,
    pub(super) layers: Layers,
    pub(super) error: EnergyError,
    pub(super) estimated: Option<EstimatedBy>,
}

/// The sums of a run; energy within its boundary.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) terms: Terms,
    completed: i64,
    failed: i64,
    cancelled: i64,
    without_histogram: i64,
    energy: EnergyTotal,
    unfinished_energy: EnergyTotal,
    output_tokens: i128,
    output_tokens_energy: EnergyTotal,
    pub(super) carbon: RunCarbon,
}

impl Run {
    pub(super) fn new(terms: Terms) -> Run {
        let carbon = RunCarbon::new(terms.group.site, terms.layers.factor(terms.boundary));
        Run {
            terms,
            completed: 0,
            failed: 0,
            cancelled: 0,
            without_histogram: 0,
            energy: EnergyTotal::ZERO,
            unfinished_energy: EnergyTotal::ZERO,
            output_tokens: 0,
            output_tokens_energy: EnergyTotal::ZERO,
            carbon,
        }
    }

    pub(super) fn add(&mut self, total: &DayTotal) {
        self.completed += total.tasks.completed;
        self.failed += total.tasks.failed;
        self.cancelled += total.tasks.cancelled;
        self.without_histogram += total.tasks_without_histogram;
        self.energy.add(total.energy);
        self.unfinished_energy.add(total.unfinished_energy);
        self.output_tokens += total.output_tokens;
        self.output_tokens_energy.add(total.output_tokens_energy);
    }
}

/// Everything that runs are added up to, before any division.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) leaves: Leaves,
    pub(super) defaults: Parts<SiteFactorKind>,
    pub(super) any_default: ScaledEnergy,
    pub(super) carbon: CarbonSums,
    pub(super) site_factors_used: BTreeSet<usize>,
    /// `None` where what unfinished tasks used is not known.
    pub(super) unfinished: Option<ScaledEnergy>,
    pub(super) places: BTreeMap<(TaskType, Option<Place>), AtPlace>,
    pub(super) estimated: Parts<EstimatedBy>,
    pub(super) behind: PartsBehind,
}

impl Gathered {
    pub(super) fn new() -> Gathered {
        Gathered {
            leaves: Leaves::new(),
            defaults: Parts::new(),
            any_default: ScaledEnergy::ZERO,
            carbon: CarbonSums::default(),
            site_factors_used: BTreeSet::new(),
            unfinished: Some(ScaledEnergy::ZERO),
            places: BTreeMap::new(),
            estimated: Parts::new(),
            behind: PartsBehind::default(),
        }
    }

    pub(super) fn add(&mut self, run: Run) {
        let Terms { group, boundary, tier, layers, error, estimated } = run.terms;
        let at_facility = |energy| layers.normalise(boundary, energy).facility;
        let Normalised { it, facility } = layers.normalise(boundary, run.energy);
        let it_energy = it_energy_of(boundary, layers.pue);
        if let (Boundary::Facility, Layer::Declared(_, index)) = (boundary, layers.pue) {
            self.site_factors_used.insert(index);
        }
        self.behind.all.insert(group.site);
        let sums = self.leaves.entry((group.model, group.task_type)).or_default();
        sums.completed += i128::from(run.completed);
        sums.failed += i128::from(run.failed);
        sums.cancelled += i128::from(run.cancelled);
        sums.completed_without_histogram += i128::from(run.without_histogram);
        sums.reported.add(run.energy);
        sums.it += it.raw();
        sums.it_energy = sums.it_energy.and(it_energy);
        sums.facility += facility.raw();
        sums.uncertainty.add(error, layer_errors(&layers, boundary), facility);
        sums.squares.is_incomplete |= estimated.is_some();
        sums.output_tokens += run.output_tokens;
        sums.output_tokens_facility += at_facility(run.output_tokens_energy).raw();
        add_part(&mut sums.evidence, tier, facility);
        add_part(&mut sums.boundaries, boundary, facility);
        sums.sites.insert(group.site);
        self.carbon.add(run.carbon, sums, &mut self.behind);
        let mut by_default = BTreeSet::new();
        for (kind, layer) in layers.applied(boundary) {
            match layer {
                Layer::Declared(_, index) => drop(self.site_factors_used.insert(index)),
                Layer::Default(_) => {
                    by_default.insert(kind);
                    add_part(&mut self.defaults, kind, facility);
                }
            }
        }
        if !by_default.is_empty() {
            self.any_default += facility;
        }
        self.behind.defaults.entry(by_default).or_default().add(group.site, run.completed);
        if let Some(by) = estimated {
            add_part(&mut self.estimated, by, facility);
        }
        let has_unfinished = run.failed + run.cancelled > 0;
        if has_unfinished && (estimated.is_some() || group.counted_from == CountedFrom::Windows) {
            self.unfinished = None;
        }
        self.unfinished = self.unfinished.map(|sum| sum + at_facility(run.unfinished_energy));
        let place = self.places.entry((group.task_type, group.place)).or_default();
        place.completed += i128::from(run.completed);
        place.all += i128::from(run.completed) + i128::from(run.failed) + i128::from(run.cancelled);
        place.facility += facility;
    }
}

/// The IT part of energy that was reported for the facility is the amount divided by the site's PUE.
fn it_energy_of(boundary: Boundary, pue: Layer) -> ItEnergy {
    match (boundary, pue) {
        (Boundary::Facility, Layer::Default(_)) => ItEnergy::Unknown,
        _ => ItEnergy::Known,
    }
}

/// Energy and completed tasks by site, UTC day and boundary.
#[derive(Debug, Default)]
pub(super) struct SiteDays(BTreeMap<(SiteId, NaiveDate, Boundary), (EnergyTotal, i64)>);

impl SiteDays {
    pub(super) fn add(&mut self, total: &DayTotal, boundary: Boundary) {
        let sum = self.0.entry((total.group.site, total.day, boundary)).or_insert((EnergyTotal::ZERO, 0));
        sum.0.add(total.energy);
        sum.1 += total.tasks.completed;
    }

    /// Brings each to the facility; those of one site and day become one.
    pub(super) fn finish(self, layers_at: impl Fn(SiteId, NaiveDate) -> Layers) -> Vec<SiteDay> {
        let mut days: Vec<SiteDay> = Vec::new();
        for ((site, day, boundary), (energy, completed)) in self.0 {
            let layers = layers_at(site, day);
            let Normalised { it, facility } = layers.normalise(boundary, energy);
            let it = Some(it).filter(|_| it_energy_of(boundary, layers.pue) == ItEnergy::Known);
            match days.last_mut() {
                Some(sum) if (sum.site, sum.day) == (site, day) => {
                    sum.it = sum.it.zip(it).map(|(one, other)| one + other);
                    sum.facility += facility;
                    sum.completed += completed;
                }
                _ => days.push(SiteDay { site, day, it, facility, completed }),
            }
        }
        days
    }
}

#[cfg(test)]
#[path = "runs_tests.rs"]
mod tests;
