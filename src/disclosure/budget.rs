//! What became of a budget: reads totals and factors of one year, and computes.

use crate::db::total::energy_by_hour;
use crate::db::{DbError, Pool, declared, registry};
use crate::domain::budget::{Allowance, Budget};
use crate::domain::ids::{ModelId, ProviderId, SiteId};
use crate::domain::period::{Period, beginning_of, end_of};
use crate::domain::totals::SiteHour;
use crate::intensity::Ladder;
use crate::method::budget::{Amount, Burn, BurnInput, Gap, LOOK_BACK_DAYS, Measure, burn};
use crate::method::estimate::{Coefficients, Estimate, estimate};
use crate::method::{LayerTable, ScaledEnergy, Settlement};
use chrono::{DateTime, Datelike, Days, NaiveDate, Utc};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use thiserror::Error;

/// Why it cannot be said what became of a budget.
#[derive(Debug, Error)]
pub enum BurnError {
    /// Hours of the year with energy for which no rung of the ladder has a value, by zone. They are not zero.
    #[error("{}", describe_missing(.0))]
    FactorsMissing(BTreeMap<String, usize>),
    #[error(transparent)]
    Db(#[from] DbError),
}

fn describe_missing(missing: &BTreeMap<String, usize>) -> String {
    let zones = missing.iter().map(|(zone, hours)| format!("zone {zone} has no value for {hours} hour(s)"));
    zones.collect::<Vec<_>>().join("; ")
}

/// Computes what became of a budget of a provider up to now.
///
/// # Errors
///
/// The budget is of carbon, and grid factors are missing within its year. Weeks before the year that lack some are
/// left out of the forecast's basis.
pub async fn burn_of(
    pool: &Pool,
    provider: ProviderId,
    budget: &Budget,
    now: DateTime<Utc>,
) -> Result<(Burn, Counted), BurnError> {
    let today = now.date_naive();
    let (days, counted) = match asked(budget, today) {
        Some(period) => days_of(pool, provider, budget, period).await?,
        None => (Vec::new(), Counted::default()),
    };
    let burn = burn(&BurnInput {
        measure: Measure::of(budget.allowance),
        budget: Amount::of_allowance(budget.allowance),
        year: budget.year,
        thresholds: &budget.thresholds,
        days: &days,
        gaps: &counted.gaps,
        today,
    });
    Ok((burn, counted))
}

/// What was used of a budget from the beginning of its year until an instant, which is on the hour and in that year.
///
/// # Errors
///
/// As those of [`burn_of`].
pub(super) async fn used_until(
    pool: &Pool,
    provider: ProviderId,
    budget: &Budget,
    until: DateTime<Utc>,
) -> Result<(Amount, Counted), BurnError> {
    let period = budget.period().and_then(|year| Period::new(year.from(), until.min(year.to())).ok());
    let Some(period) = period else { return Ok((Amount::ZERO, Counted::default())) };
    let (days, counted) = days_of(pool, provider, budget, period).await?;
    Ok((days.into_iter().fold(Amount::ZERO, |sum, (_, amount)| sum + amount), counted))
}

/// What is in the burn, and what of the year is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// The part of what the year used that is estimated, because tasks came without energy.
    pub estimated: Amount,
    /// Days on which a site has energy of which it is not settled whether the PUE is inside; it is not counted.
    pub unsettled_days: usize,
    /// Tasks without energy that nothing supports an estimate of.
    pub tasks_without_estimate: i64,
    /// Days of which something is not counted, those of the weeks before the year among them.
    pub gaps: BTreeSet<(NaiveDate, Gap)>,
}

impl Counted {
    /// What a burn of this leaves out, and its forecast, one sentence each; empty where both are whole.
    pub fn left_out(&self, burn: &Burn) -> Vec<String> {
        let mut sentences = self.not_counted();
        sentences.extend(burn.left_out.describe());
        sentences
    }

    /// What is not counted, one sentence each.
    pub(super) fn not_counted(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        if self.unsettled_days > 0 {
            sentences.push(format!(
                "Energy of {} site day(s) is not counted, because it is not settled whether it includes the PUE.",
                self.unsettled_days
            ));
        }
        if self.tasks_without_estimate > 0 {
            sentences.push(format!(
                "{} task(s) without energy are not counted, because nothing supports an estimate.",
                self.tasks_without_estimate
            ));
        }
        sentences
    }
}

/// Energy of one site and hour at the facility, and whether it is estimated.
struct FacilityHour {
    site: SiteId,
    hour: DateTime<Utc>,
    facility: ScaledEnergy,
    is_estimated: bool,
}

/// The time whose totals are needed: the year up to today, and the weeks before it that a forecast may rest on;
/// `None` where the year has not begun.
fn asked(budget: &Budget, today: NaiveDate) -> Option<Period> {
    let year = budget.period()?;
    let from = year.from().checked_sub_days(Days::new(LOOK_BACK_DAYS))?;
    let to = year.to().min(end_of(today));
    if today.year() < budget.year {
        return None;
    }
    Period::of_at_most(LOOK_BACK_DAYS.cast_signed() + 366, from, to).ok()
}

async fn days_of(
    pool: &Pool,
    provider: ProviderId,
    budget: &Budget,
    period: Period,
) -> Result<(Vec<(NaiveDate, Amount)>, Counted), BurnError> {
    let (hours, mut counted) = facility_hours(pool, provider, budget, period).await?;
    let mut days: BTreeMap<NaiveDate, Amount> = BTreeMap::new();
    let new_year = NaiveDate::from_ymd_opt(budget.year, 1, 1).map_or(period.from(), beginning_of);
    let mut add = |days: &mut BTreeMap<NaiveDate, Amount>, one: &FacilityHour, amount: Amount| {
        *days.entry(one.hour.date_naive()).or_default() += amount;
        if one.is_estimated && one.hour >= new_year {
            counted.estimated += amount;
        }
    };
    let (basis, perimeter) = match budget.allowance {
        Allowance::Energy(_) => {
            hours.iter().for_each(|one| add(&mut days, one, Amount::of_energy(one.facility)));
            return Ok((days.into_iter().collect(), counted));
        }
        Allowance::Carbon(_, basis, perimeter) => (basis, perimeter),
    };
    let sites: BTreeSet<SiteId> = hours.iter().map(|one| one.site).collect();
    let sites: Vec<SiteId> = sites.into_iter().collect();
    let zone_of: HashMap<SiteId, String> =
        registry::sites(pool, &sites).await?.into_iter().map(|site| (site.id, site.zone)).collect();
    let mut zones: Vec<String> = zone_of.values().cloned().collect();
    zones.sort_unstable();
    zones.dedup();
    let ladder = Ladder::load(pool, &zones, basis, perimeter, period).await?;
    let mut missing: BTreeSet<(&str, DateTime<Utc>)> = BTreeSet::new();
    for one in &hours {
        let zone = zone_of.get(&one.site).map_or("", String::as_str);
        match ladder.at(zone, one.hour) {
            Some(found) => add(&mut days, one, Amount::of_carbon(one.facility, found.intensity)),
            None => drop(missing.insert((zone, one.hour))),
        }
    }
    let mut of_year: BTreeMap<String, usize> = BTreeMap::new();
    for (zone, hour) in &missing {
        if *hour >= new_year {
            *of_year.entry((*zone).to_owned()).or_default() += 1;
        } else {
            counted.gaps.insert((hour.date_naive(), Gap::NoFactor));
        }
    }
    if of_year.is_empty() {
        Ok((days.into_iter().collect(), counted))
    } else {
        Err(BurnError::FactorsMissing(of_year))
    }
}

/// The energy of a period at the facility, as a disclosure counts it: layers, settled boundaries and estimates.
async fn facility_hours(
    pool: &Pool,
    provider: ProviderId,
    budget: &Budget,
    period: Period,
) -> Result<(Vec<FacilityHour>, Counted), BurnError> {
    let service = budget.service.as_ref().map(|service| service.id);
    let (told, untold) = energy_by_hour(pool, provider, service, period).await?;
    let sites: BTreeSet<SiteId> =
        told.iter().map(|one| one.site).chain(untold.iter().map(|one| one.group.site)).collect();
    let sites: Vec<SiteId> = sites.into_iter().collect();
    let layers = LayerTable::new(registry::site_factors(pool, &sites, period).await?);
    let settled = declared::boundaries(pool, &sites).await?;
    let settlement = Settlement::new(settled.into_iter().map(|telling| telling.what).collect());
    let mut counted = Counted::default();
    let mut hours = Vec::with_capacity(told.len());
    let new_year = NaiveDate::from_ymd_opt(budget.year, 1, 1).map_or(period.from(), beginning_of);
    let mut unsettled: BTreeSet<(SiteId, NaiveDate)> = BTreeSet::new();
    let at = |site, hour, boundary, energy| layers.at(site, hour).normalise(boundary, energy).facility;
    for one in &told {
        let SiteHour { site, terms, hour, energy } = one.clone();
        match settlement.terms(terms, site, hour.date_naive()) {
            Some((boundary, _)) => {
                let facility = at(site, hour, boundary, energy);
                hours.push(FacilityHour { site, hour, facility, is_estimated: false });
            }
            None => {
                counted.gaps.insert((hour.date_naive(), Gap::Unsettled));
                if hour >= new_year {
                    unsettled.insert((site, hour.date_naive()));
                }
            }
        }
    }
    counted.unsettled_days = unsettled.len();
    let models: BTreeSet<ModelId> = untold.iter().map(|one| one.group.model).collect();
    let models: Vec<ModelId> = models.into_iter().collect();
    let coefficients = Coefficients {
        told: declared::coefficients_in(pool, &models, period).await?,
        parameters: declared::parameters(pool, &models).await?,
        running: declared::running(pool, &models).await?,
    };
    for one in &untold {
        let Ok(found) = estimate(std::slice::from_ref(one), &coefficients) else {
            counted.gaps.insert((one.hour.date_naive(), Gap::NoEstimate));
            if one.hour >= new_year {
                let tasks = one.tasks;
                counted.tasks_without_estimate += tasks.completed + tasks.failed + tasks.cancelled;
            }
            continue;
        };
        for Estimate { total, .. } in found {
            let (site, hour) = (total.group.site, total.hour);
            let Some((boundary, _)) = settlement.terms(total.group.terms, site, hour.date_naive()) else {
                continue;
            };
            let facility = at(site, hour, boundary, total.energy);
            hours.push(FacilityHour { site, hour, facility, is_estimated: true });
        }
    }
    Ok((hours, counted))
}
