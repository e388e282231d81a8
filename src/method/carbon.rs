//! Carbon of a service: the energy of every hour at the intensity of that hour, summed before any division.

use super::figures::{CarbonInputs, MethodError};
use super::hours::CarbonHours;
use super::normalise::{Layers, ScaledEnergy};
use super::parts::{Parts, Sums};
use super::small_cells::PartsBehind;
use crate::domain::factor::Rung;
use crate::domain::ids::SiteId;
use crate::domain::terms::{Boundary, MarketPart};
use crate::domain::totals::HourTotal;
use std::collections::BTreeMap;

/// Facility energy by what its carbon is counted with, before any division.
#[derive(Debug, Default)]
pub(super) struct CarbonSums {
    pub(super) hours: CarbonHours,
    pub(super) rungs: Parts<Rung>,
    pub(super) market: Parts<MarketPart>,
    /// By the place of the contract in [`super::Market::claims`].
    pub(super) contract_energy: Parts<usize>,
}

impl CarbonSums {
    /// Adds hours of one group that have boundary and layers in common, to the group's sums too.
    ///
    /// # Errors
    ///
    /// An hour has no intensity.
    pub(super) fn add(
        &mut self,
        carbon: CarbonInputs<'_>,
        hours: &[HourTotal],
        (boundary, layers): (Boundary, &Layers),
        sums: &mut Sums,
        behind: &mut PartsBehind,
    ) -> Result<(), MethodError> {
        // Hours that follow each other mostly have the same rung.
        let mut rung: Option<(Rung, ScaledEnergy, i64)> = None;
        for total in hours {
            let (site, hour, completed) = (total.group.site, total.hour, total.tasks.completed);
            let facility = layers.normalise(boundary, total.energy).facility;
            let found =
                carbon.intensities.get(&(site, hour)).ok_or(MethodError::IntensityMissing { site, hour })?;
            let location = found.intensity.micrograms_per_kwh();
            sums.carbon.add(facility, location);
            self.hours.add(total, facility, location);
            rung = match rung {
                Some((same, energy, tasks)) if same == found.rung => {
                    Some((same, energy + facility, tasks + completed))
                }
                before => {
                    self.add_rung(before, site, behind);
                    Some((found.rung, facility, completed))
                }
            };
            let split = carbon.market.split(site, hour, facility, found.intensity);
            sums.carbon_market.add(split.rest, split.rest_intensity.micrograms_per_kwh());
            if split.rest != ScaledEnergy::ZERO {
                add(&mut self.market, split.rest_part, split.rest);
                behind.market.entry(split.rest_part).or_default().add(site, completed);
            }
            if !split.contracts.is_empty() {
                behind.market.entry(MarketPart::Contract).or_default().add(site, completed);
            }
            for (index, part) in split.contracts {
                let intensity = carbon.market.claims[index].intensity;
                sums.carbon_market.add(part, intensity.micrograms_per_kwh());
                add(&mut self.market, MarketPart::Contract, part);
                add(&mut self.contract_energy, index, part);
                behind.contracts.entry(index).or_default().add(site, completed);
            }
        }
        if let Some(last) = hours.last() {
            self.add_rung(rung, last.group.site, behind);
        }
        Ok(())
    }

    fn add_rung(&mut self, rung: Option<(Rung, ScaledEnergy, i64)>, site: SiteId, behind: &mut PartsBehind) {
        if let Some((rung, energy, completed)) = rung {
            add(&mut self.rungs, rung, energy);
            behind.rungs.entry(rung).or_default().add(site, completed);
        }
    }
}

fn add<K: Ord>(parts: &mut BTreeMap<K, ScaledEnergy>, key: K, energy: ScaledEnergy) {
    *parts.entry(key).or_insert(ScaledEnergy::ZERO) += energy;
}
