//! What became of a budget: reads totals and factors of one year, and computes.

use crate::db::{DbError, Pool, budget_total, registry};
use crate::domain::budget::{Allowance, Budget};
use crate::domain::ids::{ProviderId, SiteId};
use crate::domain::period::{Period, beginning_of, end_of};
use crate::domain::totals::SiteHour;
use crate::intensity::Ladder;
use crate::method::LayerTable;
use crate::method::budget::{Amount, Burn, BurnInput, LOOK_BACK_DAYS, Measure, burn};
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
/// The budget is of carbon, and grid factors are missing within its year. Days before the year that lack some are
/// left out of the forecast's basis.
pub async fn burn_of(
    pool: &Pool,
    provider: ProviderId,
    budget: &Budget,
    now: DateTime<Utc>,
) -> Result<Burn, BurnError> {
    let today = now.date_naive();
    let days = match asked(budget, today) {
        Some(period) => days_of(pool, provider, budget, period).await?,
        None => Vec::new(),
    };
    Ok(burn(&BurnInput {
        measure: Measure::of(budget.allowance),
        budget: Amount::of_allowance(budget.allowance),
        year: budget.year,
        thresholds: &budget.thresholds,
        days: &days,
        today,
    }))
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
) -> Result<Vec<(NaiveDate, Amount)>, BurnError> {
    let service = budget.service.as_ref().map(|service| service.id);
    let hours = budget_total::site_hours(pool, provider, service, period).await?;
    let sites: BTreeSet<SiteId> = hours.iter().map(|one| one.site).collect();
    let sites: Vec<SiteId> = sites.into_iter().collect();
    let layers = LayerTable::new(registry::site_factors(pool, &sites, period).await?);
    let facility = |one: &SiteHour| layers.at(one.site, one.hour).normalise(one.boundary, one.energy).facility;
    let mut days: BTreeMap<NaiveDate, Amount> = BTreeMap::new();
    let (basis, perimeter) = match budget.allowance {
        Allowance::Energy(_) => {
            for one in &hours {
                *days.entry(one.hour.date_naive()).or_default() += Amount::of_energy(facility(one));
            }
            return Ok(days.into_iter().collect());
        }
        Allowance::Carbon(_, basis, perimeter) => (basis, perimeter),
    };
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
            Some(found) => {
                let emitted = Amount::of_carbon(facility(one), found.intensity);
                *days.entry(one.hour.date_naive()).or_default() += emitted;
            }
            None => drop(missing.insert((zone, one.hour))),
        }
    }
    let new_year = NaiveDate::from_ymd_opt(budget.year, 1, 1).map_or(period.from(), beginning_of);
    let mut of_year: BTreeMap<String, usize> = BTreeMap::new();
    for (zone, hour) in &missing {
        if *hour >= new_year {
            *of_year.entry((*zone).to_owned()).or_default() += 1;
        } else {
            days.remove(&hour.date_naive());
        }
    }
    if of_year.is_empty() { Ok(days.into_iter().collect()) } else { Err(BurnError::FactorsMissing(of_year)) }
}
