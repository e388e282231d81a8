//! What energy figures are made from, read at one moment: totals, layers, what sites settled, and estimates of
//! tasks that came without energy. A draft, the figures of a model and a series over months begin here.

use super::build::{BuildError, UnsettledSite, UnsupportedModel};
use crate::db::meter_class::site_classes;
use crate::db::total::{DayCoverage, OfBatches, OfProvider, PeriodTotals, period_squares, period_totals};
use crate::db::{Pool, declared, registry, served};
use crate::domain::ids::{ModelId, ProviderId, ServiceId, SiteId};
use crate::domain::period::Period;
use crate::domain::registry::{Model, Provider, Service, Site};
use crate::domain::totals::{SquareTotal, TaskCounts, UnmeasuredHour};
use crate::method::estimate::{Coefficients, Estimate, Unsupported, estimate};
use crate::method::{CarbonInputs, Figures, Inputs, LayerTable, Settlement, figures};
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};

/// What the energy of a service and period is computed from, read at one moment.
pub(super) struct EnergyRead {
    pub(super) totals: PeriodTotals,
    /// Of the service's own totals.
    pub(super) models: Vec<Model>,
    /// Of the service's own totals first; others only where contracts are shared with them.
    pub(super) sites: Vec<Site>,
    pub(super) own_sites: BTreeSet<SiteId>,
    pub(super) layers: LayerTable,
    pub(super) settlement: Settlement,
    /// Tasks without energy, of all services that were read.
    pub(super) all_estimates: Vec<Estimate>,
    /// Those of the service.
    pub(super) estimates: Vec<Estimate>,
    /// What is registered that estimates can be made from; empty where no task came without energy.
    pub(super) coefficients: Coefficients,
    pub(super) served: Option<i128>,
    squares: Vec<SquareTotal>,
}

impl EnergyRead {
    /// Reads what figures of a service and period are made of, and refuses what cannot be made into figures.
    pub(super) async fn read(
        pool: &Pool,
        provider: &Provider,
        service: &Service,
        period: Period,
        of_provider: OfProvider,
        of_batches: OfBatches,
    ) -> Result<EnergyRead, BuildError> {
        let (totals, coverage) =
            period_totals(pool, provider.id, service.id, period, of_provider, of_batches).await?;
        check_completed(&totals, service.id)?;
        if coverage == DayCoverage::Partial {
            return Err(BuildError::PeriodCutsDay);
        }
        EnergyRead::of_totals(pool, provider.id, service.id, period, totals).await
    }

    /// The same of a whole month of a service that lies within a period that was read: of the same moment, and what is
    /// large is not read again.
    pub(super) async fn of_month(
        pool: &Pool,
        provider: &Provider,
        service: &Service,
        month: Period,
        read: &PeriodTotals,
    ) -> Result<EnergyRead, BuildError> {
        let totals = read.of_month(service.id, month);
        check_completed(&totals, service.id)?;
        EnergyRead::of_totals(pool, provider.id, service.id, month, totals).await
    }

    /// The same of totals that are there already.
    pub(super) async fn of_totals(
        pool: &Pool,
        provider: ProviderId,
        service: ServiceId,
        period: Period,
        totals: PeriodTotals,
    ) -> Result<EnergyRead, BuildError> {
        let own_unmeasured = || totals.unmeasured.iter().filter(|hour| hour.group.service == service);
        let groups =
            || totals.days.iter().map(|total| total.group).chain(own_unmeasured().map(|hour| hour.group));
        let model_ids: BTreeSet<ModelId> = groups().map(|group| group.model).collect();
        let own_sites: BTreeSet<SiteId> = groups().map(|group| group.site).collect();
        let others = totals.provider.iter().map(|one| one.site);
        let others = others.chain(totals.unmeasured.iter().map(|hour| hour.group.site));
        let all_ids: BTreeSet<SiteId> = others.chain(own_sites.clone()).collect();
        let all_ids: Vec<SiteId> = all_ids.into_iter().collect();
        let models = registry::models(pool, &model_ids.into_iter().collect::<Vec<_>>()).await?;
        let sites = registry::sites(pool, &all_ids).await?;
        let layers = LayerTable::new(registry::site_factors(pool, &all_ids, period).await?)
            .with_classes(site_classes(pool, &all_ids, period).await?);
        let told = declared::boundaries(pool, &all_ids).await?;
        let settlement = Settlement::new(told.into_iter().map(|telling| telling.what).collect());
        check_settled(&totals, &settlement, &sites)?;
        let (all_estimates, coefficients) = estimates(pool, &totals.unmeasured, service, period).await?;
        let is_own = |estimate: &&Estimate| estimate.total.group.service == service;
        let estimates: Vec<Estimate> = all_estimates.iter().filter(is_own).cloned().collect();
        let served = served::tasks_in(pool, service, period).await?;
        let counts = totals.days.iter().map(|total| total.tasks);
        let counts = counts.chain(estimates.iter().map(|estimate| estimate.total.tasks));
        let reported: i128 = counts.map(TaskCounts::all).sum();
        // A sample has to be judged only where it is one.
        let squares = match served {
            Some(served) if reported < served => period_squares(pool, provider, service, period).await?,
            _ => Vec::new(),
        };
        Ok(EnergyRead {
            totals,
            models,
            sites,
            own_sites,
            layers,
            settlement,
            all_estimates,
            estimates,
            coefficients,
            served,
            squares,
        })
    }

    /// The figures; without carbon where no factors are given.
    pub(super) fn figures(&self, carbon: Option<CarbonInputs<'_>>) -> Result<Figures, BuildError> {
        figures(&Inputs {
            served: self.served,
            totals: &self.totals.days,
            stages: &self.totals.stages,
            buckets: &self.totals.buckets,
            layers: &self.layers,
            carbon,
            settlement: &self.settlement,
            estimates: &self.estimates,
            units: &self.totals.units,
            intervals: &self.totals.intervals,
            squares: &self.squares,
        })
        .map_err(BuildError::Method)
    }
}

fn check_completed(totals: &PeriodTotals, service: ServiceId) -> Result<(), BuildError> {
    let unmeasured = totals.unmeasured.iter().filter(|hour| hour.group.service == service);
    let mut completed = totals.days.iter().map(|total| total.tasks.completed);
    let mut without_energy = unmeasured.map(|hour| hour.tasks.completed);
    let is_any = completed.any(|completed| completed > 0) || without_energy.any(|completed| completed > 0);
    if is_any { Ok(()) } else { Err(BuildError::NothingToDisclose) }
}

/// Energy of which nobody knows whether the PUE is inside blocks a disclosure.
fn check_settled(totals: &PeriodTotals, settlement: &Settlement, sites: &[Site]) -> Result<(), BuildError> {
    let mut open: BTreeMap<SiteId, BTreeSet<NaiveDate>> = BTreeMap::new();
    for total in &totals.days {
        let (site, day) = (total.group.site, total.day);
        if settlement.terms(total.group.terms, site, day).is_none() {
            open.entry(site).or_default().insert(day);
        }
    }
    let named = |site: SiteId| {
        sites.iter().find(|one| one.id == site).map_or(String::new(), |one| one.key.to_string())
    };
    let open: Vec<UnsettledSite> = open
        .into_iter()
        .filter_map(|(site, days)| {
            let (first, last) = (*days.first()?, *days.last()?);
            Some(UnsettledSite { site: named(site), days: days.len(), first, last })
        })
        .collect();
    if open.is_empty() { Ok(()) } else { Err(BuildError::PueUnknown(open)) }
}

/// Estimates tasks that came without energy. Those of other services that cannot be estimated are left out; they
/// are asked for only where contracts are shared with them. Answers also what estimates can be made from.
async fn estimates(
    pool: &Pool,
    unmeasured: &[UnmeasuredHour],
    service: ServiceId,
    period: Period,
) -> Result<(Vec<Estimate>, Coefficients), BuildError> {
    if unmeasured.is_empty() {
        return Ok((Vec::new(), Coefficients::default()));
    }
    let models: BTreeSet<ModelId> = unmeasured.iter().map(|hour| hour.group.model).collect();
    let models: Vec<ModelId> = models.into_iter().collect();
    let coefficients = Coefficients {
        told: declared::coefficients_in(pool, &models, period).await?,
        parameters: declared::parameters(pool, &models).await?,
        running: declared::running(pool, &models).await?,
    };
    let (own, others): (Vec<_>, Vec<_>) =
        unmeasured.iter().cloned().partition(|hour| hour.group.service == service);
    let mut found = match estimate(&own, &coefficients) {
        Ok(found) => found,
        Err(unsupported) => {
            let names = registry::models(pool, &models).await?;
            return Err(BuildError::NoEstimate(unsupported_models(unsupported, &names)));
        }
    };
    for hour in &others {
        found.extend(estimate(std::slice::from_ref(hour), &coefficients).unwrap_or_default());
    }
    Ok((found, coefficients))
}

fn unsupported_models(unsupported: Unsupported, names: &[Model]) -> Vec<UnsupportedModel> {
    let named =
        |id: ModelId| names.iter().find(|one| one.id == id).map_or(String::new(), |one| one.key.to_string());
    unsupported
        .into_iter()
        .filter_map(|((model, why, terms), days)| {
            let (first, last) = (*days.first()?, *days.last()?);
            Some(UnsupportedModel { model: named(model), days: days.len(), first, last, terms, why })
        })
        .collect()
}
