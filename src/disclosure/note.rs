//! The note under an answer: what one task used, brought to the facility by the method of disclosures.

use super::build::BuildError;
use super::energy::EnergyRead;
use crate::db::Pool;
use crate::db::disclosure::newest_reference;
use crate::db::record::FoundEnergy;
use crate::db::total::PeriodTotals;
use crate::domain::days::DayTotal;
use crate::domain::disclosure::Reference;
use crate::domain::ids::ProviderId;
use crate::domain::period::Period;
use crate::domain::terms::{EnergyTerms, EstimatedFrom, Evidence};
use crate::units::Decimal;
use chrono::TimeDelta;

/// What one task used, in watt-hours at the facility.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub energy_wh: Decimal,
    /// Both ends of the 95 % interval.
    pub interval_wh: Option<(Decimal, Decimal)>,
    pub evidence: Evidence,
    /// What Taskwatt estimated it from, where the task came without energy.
    pub estimated: Option<EstimatedFrom>,
    /// The disclosure in force of the service whose period ends last.
    pub disclosure: Option<Reference>,
}

/// The note of one completed task.
///
/// # Errors
///
/// It is not settled whether its energy includes the PUE, or nothing supports an estimate.
pub async fn note(pool: &Pool, provider: ProviderId, energy: FoundEnergy) -> Result<Note, BuildError> {
    let mut totals = PeriodTotals::default();
    let (group, hour) = match &energy {
        FoundEnergy::Told(total, _) => (total.group, total.hour),
        FoundEnergy::Untold(total) => (total.group, total.hour),
    };
    match energy {
        FoundEnergy::Told(total, interval) => {
            totals.days.push(DayTotal::from(&total));
            totals.intervals.extend(interval);
        }
        FoundEnergy::Untold(total) => totals.unmeasured.push(total),
    }
    let period = Period::new(hour, hour + TimeDelta::hours(1)).map_err(|_| BuildError::PeriodCutsDay)?;
    let read = EnergyRead::of_totals(pool, provider, group.service, period, totals).await?;
    let figures = read.figures(None)?;
    let estimated = read.estimates.first().map(|estimate| estimate.total.group.terms);
    let evidence = match estimated.unwrap_or(group.terms) {
        EnergyTerms::Stated(_, evidence) | EnergyTerms::PueUnknown(evidence) => evidence,
        // Without an estimate there are no figures.
        _ => return Err(BuildError::NothingToDisclose),
    };
    Ok(Note {
        energy_wh: figures.total.mean_wh.ok_or(BuildError::NothingToDisclose)?,
        interval_wh: figures.total.interval.map(|interval| (interval.low_wh, interval.high_wh)),
        evidence,
        estimated: read.estimates.first().map(|estimate| estimate.by.from()),
        disclosure: newest_reference(pool, group.service).await?,
    })
}
