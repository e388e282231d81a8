//! Contracts for electricity: what a provider bought, and what the market-based figure may count.

use super::names::Slug;
use super::period::{Days, beginning_of};
use super::terms::{Basis, Instrument, Matching};
use crate::units::{EnergyVolume, Intensity};
use chrono::{DateTime, Utc};

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
