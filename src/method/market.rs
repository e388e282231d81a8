//! Market-based carbon: what a provider bought is counted at the factor of its contract, never more than was
//! consumed; the rest at the residual mix, and where none is loaded at the location-based factor.
//!
//! Contracts are the provider's, not a service's, so they are allocated to what all its services consumed in the
//! contract's zone, and each service has its part of every hour. Amounts are whole microjoules, rounded down:
//! no rounding allocates more than was bought or consumed.

use super::normalise::{FacilityFactor, ScaledEnergy};
use crate::domain::contract::{Contract, ContractVolume};
use crate::domain::ids::SiteId;
use crate::domain::period::Period;
use crate::domain::terms::MarketPart;
use crate::units::Intensity;
use chrono::{DateTime, TimeDelta, Utc};
use ethnum::I256;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A contract that a disclosure may use.
#[derive(Clone, Debug)]
pub struct Claim {
    pub contract: Contract,
    pub revision: i32,
    /// Its factor on the basis of the disclosure.
    pub intensity: Intensity,
    /// The zones whose consumption it may cover: its own, and those inside it.
    pub zones: BTreeSet<String>,
}

/// A zone and an hour in which something was consumed there.
pub type Place = (String, DateTime<Utc>);

/// What was consumed in one zone and hour, and what of it contracts cover.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Covered {
    consumed_uj: i128,
    /// By contract, as an index; none twice.
    parts: Vec<(usize, i128)>,
}

impl Covered {
    /// What all services of the provider consumed, in whole microjoules.
    pub fn consumed_uj(&self) -> i128 {
        self.consumed_uj
    }

    /// What contracts cover of it, in microjoules, each as an index into [`Market::claims`].
    pub fn parts(&self) -> &[(usize, i128)] {
        &self.parts
    }

    fn rest_uj(&self) -> i128 {
        self.consumed_uj - self.parts.iter().map(|(_, part)| part).sum::<i128>()
    }
}

/// Allocates contracts to what a provider consumed in the zones and hours of a period.
///
/// Contracts that are matched by the hour come first, each hour's volume to that hour. A contract that is matched
/// over its time gives the period as much of its volume as the period has of its time, and spreads it over what
/// is left in proportion. Within a kind, contracts come in the order given. What is not needed is not used.
pub fn allocate(
    consumed: &BTreeMap<Place, ScaledEnergy>,
    claims: &[Claim],
    period: Period,
) -> BTreeMap<Place, Covered> {
    let whole = |energy: &ScaledEnergy| Covered { consumed_uj: energy.microjoules(), parts: Vec::new() };
    let mut places: BTreeMap<Place, Covered> =
        consumed.iter().map(|(place, energy)| (place.clone(), whole(energy))).collect();
    for (index, claim) in claims.iter().enumerate() {
        if let ContractVolume::Hourly(hours) = &claim.contract.volume {
            let (from, _) = claim.contract.ends();
            for (at, volume) in hours.iter().enumerate() {
                let hour = from + TimeDelta::hours(at as i64);
                let of_hour: Vec<Place> = claim.zones.iter().map(|zone| (zone.clone(), hour)).collect();
                share_out(&mut places, &of_hour, index, volume.microjoules());
            }
        }
    }
    for (index, claim) in claims.iter().enumerate() {
        if let ContractVolume::Annual(volume) = &claim.contract.volume {
            let (from, to) = claim.contract.ends();
            let seconds = (to.min(period.to()) - from.max(period.from())).num_seconds().max(0);
            let of_period =
                I256::new(volume.microjoules()) * I256::from(seconds) / I256::from((to - from).num_seconds());
            let of_period = i128::try_from(of_period).unwrap_or(i128::MAX);
            let is_meant = |place: &&Place| claim.zones.contains(&place.0) && from <= place.1 && place.1 < to;
            let meant: Vec<Place> = places.keys().filter(is_meant).cloned().collect();
            share_out(&mut places, &meant, index, of_period);
        }
    }
    places
}

/// Spreads a volume over what is left of these places, in proportion, rounded down.
fn share_out(places: &mut BTreeMap<Place, Covered>, meant: &[Place], index: usize, volume_uj: i128) {
    let left_uj: i128 = meant.iter().filter_map(|place| places.get(place)).map(Covered::rest_uj).sum();
    if left_uj == 0 {
        return;
    }
    let used_uj = volume_uj.min(left_uj);
    for place in meant {
        let Some(covered) = places.get_mut(place) else { continue };
        let part = I256::new(covered.rest_uj()) * I256::new(used_uj) / I256::new(left_uj);
        // A part of what is left, so that it fits.
        let part = i128::try_from(part).unwrap_or_default();
        if part > 0 {
            covered.parts.push((index, part));
        }
    }
}

/// By which factors the energy of a service is counted in a market-based figure.
#[derive(Clone, Debug, Default)]
pub struct Market {
    pub claims: Vec<Claim>,
    pub covered: BTreeMap<Place, Covered>,
    pub zones: HashMap<SiteId, String>,
    /// The residual mix of a zone and hour, where one is loaded.
    pub residual: HashMap<Place, Intensity>,
}

impl Market {
    /// The zone of a site.
    pub fn zone_of(&self, site: SiteId) -> String {
        self.zones.get(&site).cloned().unwrap_or_default()
    }

    /// Whether contracts cover all that was consumed in a zone and hour.
    pub fn is_covered(&self, place: &Place) -> bool {
        self.covered.get(place).is_some_and(|covered| covered.consumed_uj > 0 && covered.rest_uj() == 0)
    }

    /// How energy of a site and hour is counted; `location` is the factor of the location-based figure.
    pub fn at(&self, site: SiteId, hour: DateTime<Utc>, location: Intensity) -> HourMarket<'_> {
        let place: Place = (self.zone_of(site), hour);
        let (rest_part, rest_intensity) = match self.residual.get(&place) {
            Some(intensity) => (MarketPart::ResidualMix, *intensity),
            None => (MarketPart::LocationBased, location),
        };
        // Where nothing was consumed there are no parts.
        let covered = self.covered.get(&place).filter(|covered| !covered.parts.is_empty());
        let is_whole = covered.is_some_and(|covered| covered.rest_uj() == 0);
        HourMarket { covered, is_whole, rest_part, rest_intensity }
    }
}

/// How energy of one site and hour is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HourMarket<'a> {
    /// Where contracts cover any of it.
    pub covered: Option<&'a Covered>,
    /// Whether they cover all of it.
    is_whole: bool,
    pub rest_part: MarketPart,
    pub rest_intensity: Intensity,
}

impl HourMarket<'_> {
    /// Hands over what each contract covers of an amount of energy, as an index into [`Market::claims`], and answers what
    /// is left; all of them add up to the amount.
    pub(super) fn split(
        &self,
        energy_uj: i128,
        factor: FacilityFactor,
        mut each: impl FnMut(usize, ScaledEnergy),
    ) -> ScaledEnergy {
        let mut rest = factor.of(energy_uj);
        let Some(covered) = self.covered else { return rest };
        for (place, (index, part_uj)) in covered.parts.iter().enumerate() {
            let is_last = place + 1 == covered.parts.len();
            // Where all is covered nothing is left, not even what the parts were rounded by.
            let part = match self.is_whole && is_last {
                true => rest,
                false => factor.part_of(energy_uj, *part_uj, covered.consumed_uj),
            };
            rest = rest.minus(part);
            each(*index, part);
        }
        rest
    }
}

#[cfg(test)]
#[path = "market_tests.rs"]
mod tests;
