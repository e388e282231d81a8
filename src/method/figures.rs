//! The figures of a disclosure: sums over groups and hours, divided at the end.

use super::carbon::{CarbonSums, CarbonTable};
use super::estimate::{Estimate, EstimatedBy};
use super::hours::HourCarbon;
use super::market::Market;
use super::normalise::{LayerTable, ScaledEnergy, Settlement};
use super::parts::{
    Parts, StageShares, Sums, add_buckets, add_intervals, add_part, add_squares, add_units, place_saving,
    place_shares, shares, stage_shares,
};
use super::percentile::percentiles;
use super::runs::{Gathered, Run, SiteDays, Terms};
use super::small_cells::PartsBehind;
use super::uncertainty::{EnergyError, sampling};
use super::water::SiteDay;
use crate::domain::days::{DayHistogram, DayTotal};
use crate::domain::fact::HourOfDay;
use crate::domain::factor::{HourIntensity, Rung};
use crate::domain::group::Group;
use crate::domain::ids::{ModelId, SiteId};
use crate::domain::period::beginning_of;
use crate::domain::terms::{
    Boundary, EstimatedFrom, Evidence, IntervalSource, MarketPart, Matching, NaturalUnit, Place,
    SiteFactorKind, StepKind, TaskType,
};
use crate::domain::totals::{IntervalTotal, SquareTotal, StageTotal, UnitTotal};
use crate::units::{Decimal, EnergyTotal, PPM};
use chrono::{DateTime, NaiveDate, Utc};
use ethnum::I256;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use thiserror::Error;

/// Decimals of a published energy or carbon figure. 10⁻¹² Wh are 3.6 nJ, far below any task.
pub const FIGURE_DECIMALS: u32 = 12;

/// Everything that figures are made from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// Those of one group follow each other, by time.
    pub totals: &'a [DayTotal],
    pub stages: &'a [StageTotal],
    /// In the order of the totals.
    pub buckets: &'a [DayHistogram],
    pub layers: &'a LayerTable,
    /// Tasks that the provider declares as served in the period.
    pub served: Option<i128>,
    /// What carbon is counted with; `None` leaves carbon out, where only energy is asked for.
    pub carbon: Option<CarbonInputs<'a>>,
    /// What energy that came as `it_or_facility` includes.
    pub settlement: &'a Settlement,
    /// Tasks that came without energy; their hours are not among the totals.
    pub estimates: &'a [Estimate],
    pub units: &'a [UnitTotal],
    /// Of records that state their own intervals.
    pub intervals: &'a [IntervalTotal],
    /// Sums of squares, where the tasks are a sample of those that were served.
    pub squares: &'a [SquareTotal],
}

/// What carbon is counted with.
#[derive(Clone, Copy, Debug)]
pub struct CarbonInputs<'a> {
    /// The intensity of a site's zone in every hour in which the site has a total.
    pub intensities: &'a HashMap<(SiteId, DateTime<Utc>), HourIntensity>,
    pub market: &'a Market,
}

/// Why no figures can be made.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum MethodError {
    #[error("no task was completed in the period, so there is no energy per task")]
    NoCompletedTask,
    #[error("the total of {hour} at site {} has no grid intensity", site.get())]
    IntensityMissing { site: SiteId, hour: DateTime<Utc> },
    #[error("it is not settled what the energy of site {site:?} on {day} includes")]
    PueUnknown { site: SiteId, day: NaiveDate },
    #[error("the histograms do not belong to the totals")]
    HistogramWithoutTotal,
    #[error("the buckets of a histogram do not add up to its tasks")]
    HistogramNotTheDay,
    #[error("the hours of a day do not add up to its total")]
    HoursNotTheDay,
    #[error("the steps of the period add up to more energy than the tasks")]
    StepsExceedTasks,
}

/// Figures of all tasks together, of each task type, of each model, and of each model's task types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    pub total: ScopeFigures,
    pub by_task_type: BTreeMap<TaskType, ScopeFigures>,
    pub by_model: BTreeMap<ModelId, ScopeFigures>,
    pub by_model_task_type: BTreeMap<(ModelId, TaskType), ScopeFigures>,
    /// Energy and tasks by site and UTC day, for what is declared of sites: water.
    pub site_days: Vec<SiteDay>,
    /// Share of facility energy by rung of the factor ladder.
    pub rung_shares: BTreeMap<Rung, Decimal>,
    /// Location-based carbon by hour of the day, of the hours in which anything ran; empty where carbon is left out.
    pub carbon_by_hour: BTreeMap<HourOfDay, HourCarbon>,
    /// Share of facility energy by how the market-based figure counts it.
    pub market_shares: BTreeMap<MarketPart, Decimal>,
    /// Share of facility energy that contracts cover hour by hour.
    pub hourly_matched_share: Option<Decimal>,
    /// Facility energy that each contract covers, by its place in [`Market::claims`].
    pub contract_energy: BTreeMap<usize, ScaledEnergy>,
    /// Share of facility energy that failed and cancelled tasks used; `None` where windows or estimates hold such
    /// tasks, whose part is not known.
    pub unfinished_share: Option<Decimal>,
    /// Where tasks ran: share of all tasks and of facility energy; `None` is not stated. Empty where no task says.
    pub places: BTreeMap<Option<Place>, PlaceShares>,
    /// Modelled: what the tasks at the edge and on devices would have used more at the mean of the tasks of their type
    /// in the cloud, in watt-hours; `None` where there are none of either.
    pub place_saving_wh: Option<Decimal>,
    /// Tasks at the edge and on devices that it leaves out ÷ all of them; `None` where there are none.
    pub place_saving_left_out: Option<Decimal>,
    /// Facility energy that is estimated here, by what from.
    pub estimated: BTreeMap<EstimatedBy, ScaledEnergy>,
    /// All of it as a share of facility energy.
    pub estimated_share: Option<Decimal>,
    /// The same by what it is estimated from.
    pub estimated_shares: BTreeMap<EstimatedFrom, Decimal>,
    /// Completed tasks whose energy is estimated: they are in no histogram.
    pub estimated_completed: i128,
    /// Retrieval, reranking and verification: share of facility energy.
    pub verification_overhead: Option<Decimal>,
    /// Facility energy of calls that were made again ÷ facility energy; `None` where no record has steps.
    pub retry_share: Option<Decimal>,
    /// Share of facility energy by kind of step; empty where no record has steps.
    pub stage_shares: BTreeMap<StepKind, Decimal>,
    /// Share of facility energy that no step explains; `None` where no record has steps.
    pub unattributed_share: Option<Decimal>,
    /// Share of facility energy computed with a default, by kind of factor.
    pub default_shares: BTreeMap<SiteFactorKind, Decimal>,
    /// Share of facility energy computed with at least one default.
    pub default_share: Option<Decimal>,
    /// Tasks reported ÷ tasks served; `None` where the provider does not declare how many it served.
    pub coverage: Option<Decimal>,
    /// Indices of the site factors that were applied, into [`LayerTable::factors`].
    pub site_factors_used: BTreeSet<usize>,
    /// The same of classes of meters, into [`LayerTable::classes`].
    pub meter_classes_used: BTreeSet<usize>,
    /// Sites and tasks behind the shares of rungs, of the market-based figure and of defaults.
    pub behind: PartsBehind,
}

/// The figures of one set of tasks. `None` is "cannot exist", such as a mean over no tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeFigures {
    pub completed: i128,
    pub failed: i128,
    pub cancelled: i128,
    /// Completed tasks that percentiles know nothing of, because only sums over them were sent.
    pub completed_without_histogram: i128,
    /// Their share of completed tasks.
    pub percentile_left_out_share: Option<Decimal>,
    /// As reported, each record within its own boundary.
    pub energy_reported: EnergyTotal,
    /// Whether the IT energy is known: not where the energy of a whole facility was reported whose PUE
    /// is not declared, because a default would then be divided out of a measured figure.
    pub it_energy: ItEnergy,
    pub energy_it_wh: Option<Decimal>,
    pub energy_facility_wh: Option<Decimal>,
    pub mean_wh: Option<Decimal>,
    pub it_mean_wh: Option<Decimal>,
    /// In the order of [`super::percentile::PERCENTILES`].
    pub percentiles_wh: Option<[Option<Decimal>; 5]>,
    pub per_1000_output_tokens_wh: Option<Decimal>,
    pub carbon_g: Option<Decimal>,
    pub carbon_per_task_g: Option<Decimal>,
    pub carbon_market_g: Option<Decimal>,
    pub carbon_market_per_task_g: Option<Decimal>,
    /// Share of facility energy by tier of evidence.
    pub evidence_shares: BTreeMap<Evidence, Decimal>,
    /// Share of facility energy by the boundary in which it was told or estimated.
    pub boundary_shares: BTreeMap<Boundary, Decimal>,
    /// Sites at which the tasks ran.
    pub sites: BTreeSet<SiteId>,
    /// 95 % interval of the mean in watt-hours, and what widens it most.
    pub interval: Option<MeanInterval>,
    /// Watt-hours per image, page, and second of sound and video, of the tasks that state them.
    pub per_unit_wh: BTreeMap<NaturalUnit, Decimal>,
}

/// A 95 % interval of a mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeanInterval {
    pub low_wh: Decimal,
    pub high_wh: Decimal,
    pub largest: IntervalSource,
    /// Whether it says something of tasks that were not reported.
    pub has_sampling: bool,
}

/// Shares of tasks and of facility energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlaceShares {
    pub tasks: Decimal,
    pub energy: Decimal,
}

/// Whether the IT energy of a scope can be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ItEnergy {
    #[default]
    Known,
    Unknown,
}

/// Makes the figures of one service and period.
pub fn figures(inputs: &Inputs<'_>) -> Result<Figures, MethodError> {
    let mut gathered = Gathered::new();
    let mut site_days = SiteDays::default();
    let mut meter_classes_used = BTreeSet::new();
    let table = inputs.carbon.map(CarbonTable::new);
    let stated = inputs.totals.iter().map(|total| (total, None));
    let of_estimates: Vec<DayTotal> = inputs.estimates.iter().map(|one| DayTotal::from(&one.total)).collect();
    let estimates = of_estimates.iter().zip(inputs.estimates.iter().map(Some));
    let mut run: Option<Run> = None;
    for (total, estimate) in stated.chain(estimates) {
        let group = total.group;
        let (boundary, tier) = inputs.terms(&group, total.day)?;
        let layers = inputs.layers.at(group.site, total.midnight());
        let error = match estimate {
            Some(estimate) => estimate.error,
            None => inputs.error(&group, total.day, tier, &mut meter_classes_used),
        };
        let terms =
            Terms { group, boundary, tier, layers, error, estimated: estimate.map(|estimate| estimate.by) };
        if let Some(done) = run.take_if(|run| run.terms != terms) {
            gathered.add(done);
        }
        let run = run.get_or_insert_with(|| Run::new(terms));
        run.add(total);
        if let Some(table) = &table {
            run.carbon.add(table, total)?;
        }
        site_days.add(total, boundary);
    }
    run.into_iter().for_each(|run| gathered.add(run));
    let site_days = site_days.finish(|site, day| inputs.layers.at(site, beginning_of(day)));
    let Gathered {
        mut leaves,
        defaults,
        any_default,
        carbon: carbon_sums,
        site_factors_used,
        unfinished,
        places,
        estimated,
        behind,
    } = gathered;
    add_buckets(inputs, &mut leaves)?;
    add_intervals(inputs, &mut leaves)?;
    add_units(inputs, &mut leaves)?;
    add_squares(inputs, &mut leaves);

    let mut total = Sums::default();
    let mut by_task_type: BTreeMap<TaskType, Sums> = BTreeMap::new();
    let mut by_model: BTreeMap<ModelId, Sums> = BTreeMap::new();
    for ((model, task_type), leaf) in &leaves {
        total.merge(leaf);
        by_task_type.entry(*task_type).or_default().merge(leaf);
        by_model.entry(*model).or_default().merge(leaf);
    }
    if total.completed == 0 {
        return Err(MethodError::NoCompletedTask);
    }
    let CarbonSums { hours: carbon_hours, rungs, market, contract_energy } = carbon_sums;
    let facility = ScaledEnergy::from_raw(total.facility);
    let reported = I256::new(total.completed + total.failed + total.cancelled);
    let served = inputs.served.map(I256::new);
    let StageShares {
        by_kind: stage_shares,
        unattributed: unattributed_share,
        verification: verification_overhead,
        retry: retry_share,
    } = stage_shares(inputs, facility)?;
    let is_hourly = |index: usize| {
        let claim = inputs.carbon.map(|carbon| &carbon.market.claims[index]);
        claim.is_some_and(|claim| claim.contract.volume.matching() == Matching::Hourly)
    };
    let hourly_matched: ScaledEnergy =
        contract_energy.iter().filter(|(index, _)| is_hourly(**index)).map(|(_, part)| *part).sum();
    let coverage_ppm = served.and_then(|served| Decimal::from_ratio(reported, served, 6));
    let coverage_ppm = coverage_ppm.and_then(|share| i64::try_from(share.mantissa()).ok());
    let saving = place_saving(&places);
    Ok(Figures {
        carbon_by_hour: carbon_hours.finish(total.carbon),
        total: total.finish(coverage_ppm),
        by_task_type: finish_all(by_task_type),
        by_model: finish_all(by_model),
        by_model_task_type: finish_all(leaves),
        site_days,
        unfinished_share: unfinished.and_then(|energy| energy.share_of(facility)),
        place_saving_wh: saving.wh,
        place_saving_left_out: saving.left_out,
        places: place_shares(&places, reported, facility),
        estimated_shares: shares(&estimated_from(&estimated), facility),
        estimated_completed: inputs.estimates.iter().map(|one| i128::from(one.total.tasks.completed)).sum(),
        estimated_share: estimated.values().copied().sum::<ScaledEnergy>().share_of(facility),
        estimated,
        rung_shares: shares(&rungs, facility),
        market_shares: shares(&market, facility),
        hourly_matched_share: hourly_matched.share_of(facility),
        contract_energy,
        stage_shares,
        unattributed_share,
        verification_overhead,
        retry_share,
        default_shares: shares(&defaults, facility),
        default_share: any_default.share_of(facility),
        coverage: served.and_then(|served| Decimal::from_ratio(reported, served, FIGURE_DECIMALS)),
        site_factors_used,
        behind,
        meter_classes_used,
    })
}

fn estimated_from(estimated: &Parts<EstimatedBy>) -> Parts<EstimatedFrom> {
    let mut parts = Parts::new();
    for (by, energy) in estimated {
        add_part(&mut parts, by.from(), *energy);
    }
    parts
}

/// The coverage is declared of the service; of its task types and models nobody knows it.
fn finish_all<K: Ord>(sums: BTreeMap<K, Sums>) -> BTreeMap<K, ScopeFigures> {
    sums.into_iter().map(|(key, sums)| (key, sums.finish(None))).collect()
}

impl ItEnergy {
    /// Of both together.
    pub(super) fn and(self, other: ItEnergy) -> ItEnergy {
        if self == other { self } else { ItEnergy::Unknown }
    }
}

impl Inputs<'_> {
    /// Boundary and evidence of a group on a day.
    pub(super) fn terms(&self, group: &Group, day: NaiveDate) -> Result<(Boundary, Evidence), MethodError> {
        let site = group.site;
        self.settlement.terms(group.terms, site, day).ok_or(MethodError::PueUnknown { site, day })
    }

    /// The error of energy that was told, by its tier or by the class that is declared of the site's instruments, which is
    /// then noted as used.
    pub(super) fn error(
        &self,
        group: &Group,
        day: NaiveDate,
        tier: Evidence,
        used: &mut BTreeSet<usize>,
    ) -> EnergyError {
        match self.layers.class_at(group.site, day, tier) {
            Some((index, class)) => {
                used.insert(index);
                EnergyError::Class(class.kind, class.class)
            }
            None => EnergyError::of(tier),
        }
    }
}

impl Sums {
    /// The interval of the mean. Where the coverage is not known, or some tasks came without squares, it says nothing
    /// of tasks that were not reported.
    fn interval(&self, facility: ScaledEnergy, coverage_ppm: Option<i64>) -> Option<MeanInterval> {
        let all = self.completed + self.failed + self.cancelled;
        let sampling_of = |coverage| sampling(facility, self.squares.uj2, all, coverage);
        let is_whole = coverage_ppm.is_some_and(|coverage| coverage >= PPM);
        let half = coverage_ppm.filter(|_| !self.squares.is_incomplete).and_then(sampling_of);
        let interval = self.uncertainty.interval(half)?;
        Some(MeanInterval {
            low_wh: interval.low.wh_per(self.completed, FIGURE_DECIMALS)?,
            high_wh: interval.high.wh_per(self.completed, FIGURE_DECIMALS)?,
            largest: interval.largest,
            has_sampling: is_whole || half.is_some(),
        })
    }

    fn finish(self, coverage_ppm: Option<i64>) -> ScopeFigures {
        let facility = ScaledEnergy::from_raw(self.facility);
        let it = ScaledEnergy::from_raw(self.it);
        let with_tokens = ScaledEnergy::from_raw(self.output_tokens_facility * I256::new(1000));
        let interval = self.interval(facility, coverage_ppm);
        let per_unit = |unit: NaturalUnit, energy: ScaledEnergy, amount: i128| {
            // Sound and video are kept in microseconds and told by the second.
            let scale =
                if matches!(unit, NaturalUnit::AudioUs | NaturalUnit::VideoUs) { 1_000_000 } else { 1 };
            ScaledEnergy::from_raw(energy.raw() * I256::from(scale)).wh_per(amount, FIGURE_DECIMALS)
        };
        ScopeFigures {
            interval,
            evidence_shares: shares(&self.evidence, facility),
            boundary_shares: shares(&self.boundaries, facility),
            sites: self.sites,
            per_unit_wh: self
                .units
                .iter()
                .filter_map(|(unit, (energy, amount))| Some((*unit, per_unit(*unit, *energy, *amount)?)))
                .collect(),
            completed: self.completed,
            failed: self.failed,
            cancelled: self.cancelled,
            completed_without_histogram: self.completed_without_histogram,
            percentile_left_out_share: Decimal::from_ratio(
                I256::new(self.completed_without_histogram),
                I256::new(self.completed),
                FIGURE_DECIMALS,
            ),
            energy_reported: self.reported,
            it_energy: self.it_energy,
            energy_it_wh: it.wh_per(1, FIGURE_DECIMALS),
            energy_facility_wh: facility.wh_per(1, FIGURE_DECIMALS),
            mean_wh: facility.wh_per(self.completed, FIGURE_DECIMALS),
            it_mean_wh: it.wh_per(self.completed, FIGURE_DECIMALS),
            percentiles_wh: percentiles(self.tasks.values())
                .map(|all| all.map(|energy| energy.wh_per(1, FIGURE_DECIMALS))),
            per_1000_output_tokens_wh: with_tokens.wh_per(self.output_tokens, FIGURE_DECIMALS),
            carbon_g: self.carbon.grams_per(1, FIGURE_DECIMALS),
            carbon_per_task_g: self.carbon.grams_per(self.completed, FIGURE_DECIMALS),
            carbon_market_g: self.carbon_market.grams_per(1, FIGURE_DECIMALS),
            carbon_market_per_task_g: self.carbon_market.grams_per(self.completed, FIGURE_DECIMALS),
        }
    }
}

#[cfg(test)]
#[path = "figures_tests.rs"]
mod tests;
