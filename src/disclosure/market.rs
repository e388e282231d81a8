//! What the market-based figure is made of: the provider's contracts, what all its services consumed, and the
//! residual mixes of those zones.

use super::build::Request;
use crate::db::total::PeriodTotals;
use crate::db::zone::{self, ZoneParent};
use crate::db::{DbError, Pool, factor};
use crate::domain::contract::Contract;
use crate::domain::days::SiteHours;
use crate::domain::factor::{FactorSet, HourIntensity};
use crate::domain::ids::{FactorSetId, SiteId};
use crate::domain::registry::{Site, Telling};
use crate::intensity::Ladder;
use crate::method::estimate::Estimate;
use crate::method::market::{Claim, Market, Place, allocate};
use crate::method::{LayerTable, ScaledEnergy, Settlement};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The market with the sources of what it says.
#[derive(Debug, Default)]
pub struct MarketSources {
    pub market: Market,
    /// Contracts of the period that state no factor of the basis, by key; they are not counted.
    pub without_factor: Vec<String>,
    pub residual: Ladder,
    /// The residual mix of each zone and hour of which contracts do not cover all.
    pub residual_found: HashMap<Place, HourIntensity>,
    pub residual_sets: Vec<(FactorSetId, FactorSet)>,
}

/// What brings energy to the facility.
#[derive(Clone, Copy, Debug)]
pub struct Facility<'a> {
    pub layers: &'a LayerTable,
    pub settlement: &'a Settlement,
    /// Of all services whose totals are there.
    pub estimates: &'a [Estimate],
}

/// Allocates contracts and finds the residual mix of what they leave.
///
/// `sites` are all sites of the totals, the provider's among them where contracts are allocated. Energy of another service of which it is not
/// settled what it includes is left out.
pub async fn market_sources(
    pool: &Pool,
    request: Request<'_>,
    contracts: Vec<Telling<Contract>>,
    totals: &PeriodTotals,
    sites: &[Site],
    Facility { layers, settlement, estimates }: Facility<'_>,
) -> Result<MarketSources, DbError> {
    let zones: HashMap<SiteId, String> = sites.iter().map(|site| (site.id, site.zone.clone())).collect();
    let zone_of = |site: SiteId| zones.get(&site).cloned().unwrap_or_default();
    let mut consumed: BTreeMap<Place, ScaledEnergy> = BTreeMap::new();
    for one in &totals.provider {
        let terms = settlement.terms(one.terms, one.site, one.hour.date_naive());
        let Some((boundary, _)) = terms else { continue };
        let facility = layers.at(one.site, one.hour).normalise(boundary, one.energy).facility;
        *consumed.entry((zone_of(one.site), one.hour)).or_insert(ScaledEnergy::ZERO) += facility;
    }
    for Estimate { total, .. } in estimates {
        let (site, day) = (total.group.site, total.hour.date_naive());
        let Some((boundary, _)) = settlement.terms(total.group.terms, site, day) else { continue };
        let facility = layers.at(site, total.hour).normalise(boundary, total.energy).facility;
        *consumed.entry((zone_of(site), total.hour)).or_insert(ScaledEnergy::ZERO) += facility;
    }
    let mut keys: Vec<String> = zones.values().cloned().collect();
    keys.sort_unstable();
    keys.dedup();
    let parents = zone::parents(pool, &keys).await?;
    let mut without_factor = Vec::new();
    let mut claims = Vec::new();
    for telling in contracts {
        let contract = telling.what;
        match contract.intensity(request.basis) {
            None => without_factor.push(contract.key.to_string()),
            Some(intensity) => {
                let zones = inside(&contract, &keys, &parents);
                claims.push(Claim { revision: telling.revision, intensity, zones, contract });
            }
        }
    }
    let covered = allocate(&consumed, &claims, request.period);
    let mut market = Market { claims, covered, zones, residual: HashMap::new() };

    let residual = Ladder::load_residual(pool, &keys, request.basis, request.period).await?;
    let hours = site_hours(totals, estimates);
    let places = hours.iter().map(|(site, hour)| (market.zone_of(site), hour));
    let left: BTreeSet<Place> = places.filter(|place| !market.is_covered(place)).collect();
    let found = left.into_iter().filter_map(|place| Some((residual.at(&place.0, place.1)?, place)));
    let residual_found: HashMap<Place, HourIntensity> = found.map(|(found, place)| (place, found)).collect();
    market.residual = residual_found.iter().map(|(place, found)| (place.clone(), found.intensity)).collect();
    let used: BTreeSet<FactorSetId> =
        residual_found.values().map(|found| residual.factor(found.factor).0.set).collect();
    let residual_sets = factor::sets(pool, &used.into_iter().collect::<Vec<_>>()).await?;
    Ok(MarketSources { market, without_factor, residual, residual_found, residual_sets })
}

/// The sites and hours of totals of the service, and of estimates.
pub(super) fn site_hours(totals: &PeriodTotals, estimates: &[Estimate]) -> SiteHours {
    let mut hours = SiteHours::default();
    totals.days.iter().for_each(|total| hours.add_day(total));
    estimates.iter().for_each(|estimate| hours.add_hour(estimate.total.group.site, estimate.total.hour));
    hours
}

/// Those of the zones that lie within a contract's zone while the contract holds.
fn inside(contract: &Contract, zones: &[String], parents: &[ZoneParent]) -> BTreeSet<String> {
    let (from, to): (DateTime<Utc>, DateTime<Utc>) = contract.ends();
    let holds = |around: &&ZoneParent| {
        around.valid_from < to && around.valid_to.is_none_or(|valid_to| from < valid_to)
    };
    let mut found = BTreeSet::from([contract.zone.clone()]);
    loop {
        let wider = parents.iter().filter(holds).filter(|around| found.contains(&around.parent));
        let more: Vec<String> =
            wider.map(|around| around.zone.clone()).filter(|zone| !found.contains(zone)).collect();
        if more.is_empty() {
            found.retain(|zone| zones.contains(zone));
            return found;
        }
        found.extend(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::contract::ContractVolume;
    use crate::domain::period::Days;
    use crate::domain::terms::Instrument;
    use crate::units::EnergyVolume;

    fn contract(zone: &str, from: &str, to: &str) -> Contract {
        Contract {
            key: "wind".parse().unwrap(),
            instrument: Instrument::GuaranteeOfOrigin,
            zone: zone.to_owned(),
            valid: Days::new(from.parse().unwrap(), to.parse().unwrap()).unwrap(),
            volume: ContractVolume::Annual(EnergyVolume::ZERO),
            lifecycle: None,
            direct: None,
            reference: "test".to_owned(),
        }
    }

    #[test]
    fn a_contract_covers_its_zone_and_those_inside_it_while_they_are() {
        let within = |zone: &str, parent: &str, to: Option<&str>| ZoneParent {
            zone: zone.to_owned(),
            parent: parent.to_owned(),
            valid_from: "2015-01-01T00:00:00Z".parse().unwrap(),
            valid_to: to.map(|to| to.parse().unwrap()),
        };
        let parents = [
            within("SE-SE1", "SE", None),
            within("SE-SE2", "SE", Some("2025-01-01T00:00:00Z")),
            within("SE", "NORDIC", None),
        ];
        let zones = ["SE-SE1", "SE-SE2", "DE"].map(str::to_owned);
        let inside =
            |zone, from, to| inside(&contract(zone, from, to), &zones, &parents).into_iter().collect();
        let none: Vec<String> = inside("SE", "2024-01-01", "2025-01-01");
        assert_eq!(none, ["SE-SE1", "SE-SE2"]);
        let later: Vec<String> = inside("NORDIC", "2025-01-01", "2026-01-01");
        assert_eq!(later, ["SE-SE1"]);
        let own: Vec<String> = inside("DE", "2025-01-01", "2026-01-01");
        assert_eq!(own, ["DE"]);
        let other: Vec<String> = inside("FR", "2025-01-01", "2026-01-01");
        assert!(other.is_empty());
    }
}
