//! Contracts for electricity: what a provider bought, and what the market-based figure may count.

use super::names::Slug;
use super::period::{Days, beginning_of};
use super::terms::{Basis, Instrument, Matching};
use crate::units::{EnergyVolume, Intensity};
use chrono::{DateTime, Utc};
use thiserror::Error;

/// Longest time of one contract: a leap year.
pub const MAX_CONTRACT_DAYS: i64 = 366;
/// The UTC hours of that time.
pub const MAX_CONTRACT_HOURS: usize = 24 * MAX_CONTRACT_DAYS as usize;
/// Most characters of where a contract can be looked up.
pub const MAX_REFERENCE_CHARS: usize = 500;

/// One contract as its provider told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    pub key: Slug,
    pub instrument: Instrument,
    /// The zone whose consumption it may cover, with the zones inside it.
    pub zone: String,
    /// The days on which its power is made.
    pub valid: Days,
    pub volume: ContractVolume,
    pub lifecycle: Option<Intensity>,
    pub direct: Option<Intensity>,
    /// Where it can be looked up.
    pub reference: String,
}

/// A contract without its hours, as lists show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractSummary {
    pub key: Slug,
    pub instrument: Instrument,
    pub zone: String,
    pub valid: Days,
    pub matching: Matching,
    /// The whole volume; zero withdraws the contract.
    pub volume: EnergyVolume,
    pub lifecycle: Option<Intensity>,
    pub direct: Option<Intensity>,
    pub reference: String,
}

/// Why the terms of a contract do not fit together.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ContractError {
    #[error("a contract lasts at most {MAX_CONTRACT_DAYS} days; tell a longer one as one contract a year")]
    TooLong,
    #[error(
        "{given} volumes are given for {wanted} hours: each day from 'from' to before 'to' has 24 UTC hours"
    )]
    Hours { given: usize, wanted: i64 },
    #[error("the hours add up to more than can be counted; check the unit")]
    TooMuch,
}

/// The days of a contract.
///
/// # Errors
///
/// They are more than [`MAX_CONTRACT_DAYS`].
pub fn check_days(valid: Days) -> Result<(), ContractError> {
    if valid.count() > MAX_CONTRACT_DAYS { Err(ContractError::TooLong) } else { Ok(()) }
}

/// Whether so many volumes are one for each UTC hour of the days.
pub fn check_hours(given: usize, valid: Days) -> Result<(), ContractError> {
    let wanted = 24 * valid.count();
    if i64::try_from(given) == Ok(wanted) { Ok(()) } else { Err(ContractError::Hours { given, wanted }) }
}

/// How much power was bought, and how it is matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContractVolume {
    Annual(EnergyVolume),
    /// One volume for each UTC hour of the contract's days.
    Hourly(Vec<EnergyVolume>),
}

impl ContractVolume {
    pub fn matching(&self) -> Matching {
        match self {
            ContractVolume::Annual(_) => Matching::Annual,
            ContractVolume::Hourly(_) => Matching::Hourly,
        }
    }

    /// One volume for each UTC hour of some days.
    ///
    /// # Errors
    ///
    /// The days have another number of hours, or the volumes do not fit a sum.
    pub fn hourly(hours: Vec<EnergyVolume>, valid: Days) -> Result<ContractVolume, ContractError> {
        check_hours(hours.len(), valid)?;
        let volume = ContractVolume::Hourly(hours);
        if volume.total().is_none() { Err(ContractError::TooMuch) } else { Ok(volume) }
    }

    /// The whole volume; `None` where the hours do not fit a sum.
    pub fn total(&self) -> Option<EnergyVolume> {
        match self {
            ContractVolume::Annual(volume) => Some(*volume),
            ContractVolume::Hourly(hours) => {
                hours.iter().try_fold(EnergyVolume::ZERO, |sum, hour| sum.checked_add(*hour))
            }
        }
    }
}

impl Contract {
    /// The contract without its hours; `None` where they do not fit a sum.
    pub fn summary(&self) -> Option<ContractSummary> {
        Some(ContractSummary {
            key: self.key.clone(),
            instrument: self.instrument,
            zone: self.zone.clone(),
            valid: self.valid,
            matching: self.volume.matching(),
            volume: self.volume.total()?,
            lifecycle: self.lifecycle,
            direct: self.direct,
            reference: self.reference.clone(),
        })
    }

    /// Its factor on a basis, where it states one.
    pub fn intensity(&self, basis: Basis) -> Option<Intensity> {
        match basis {
            Basis::Lifecycle => self.lifecycle,
            Basis::Direct => self.direct,
        }
    }

    /// The instants between which its power is made.
    pub fn ends(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        (beginning_of(self.valid.from()), beginning_of(self.valid.to()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(from: &str, to: &str) -> Days {
        Days::new(from.parse().unwrap(), to.parse().unwrap()).unwrap()
    }

    #[test]
    fn a_leap_year_is_the_longest_contract() {
        assert_eq!(check_days(days("2024-01-01", "2025-01-01")), Ok(()));
        assert_eq!(check_days(days("2024-01-01", "2025-01-02")), Err(ContractError::TooLong));
        assert_eq!(check_hours(MAX_CONTRACT_HOURS, days("2024-01-01", "2025-01-01")), Ok(()));
    }

    #[test]
    fn hours_are_as_many_as_the_days_have_in_utc_and_have_a_sum() {
        // The clocks of Europe were put back on the first of these days; UTC has 24 hours all the same.
        let two_days = days("2025-10-26", "2025-10-28");
        let hour = EnergyVolume::parse_kwh("1.5").unwrap();
        let volume = ContractVolume::hourly(vec![hour; 48], two_days).unwrap();
        assert_eq!(
            (volume.matching(), volume.total()),
            (Matching::Hourly, EnergyVolume::parse_kwh("72").ok())
        );
        for given in [0, 47, 49, 50] {
            let refused = ContractVolume::hourly(vec![hour; given], two_days);
            assert_eq!(refused, Err(ContractError::Hours { given, wanted: 48 }));
        }
        let most = EnergyVolume::from_watt_hours(i64::MAX).unwrap();
        assert_eq!(ContractVolume::hourly(vec![most; 48], two_days), Err(ContractError::TooMuch));
    }
}
