//! Carbon of a service: the energy of every hour at the intensity of that hour, summed before any division.

use super::figures::{CarbonInputs, MethodError};
use super::hours::CarbonHours;
use super::normalise::{Layers, ScaledEnergy};
use super::parts::{Parts, Sums, add_part};
use super::small_cells::PartsBehind;
use crate::domain::factor::Rung;
use crate::domain::terms::{Boundary, MarketPart};
use crate::domain::totals::HourTotal;

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
        for total in hours {
            let (site, hour, completed) = (total.group.site, total.hour, total.tasks.completed);
            let facility = layers.normalise(boundary, total.energy).facility;
            let found =
                carbon.intensities.get(&(site, hour)).ok_or(MethodError::IntensityMissing { site, hour })?;
            let location = found.intensity.micrograms_per_kwh();
            sums.carbon.add(facility, location);
            self.hours.add(total, facility, location);
            add_part(&mut self.rungs, found.rung, facility);
            behind.rungs.entry(found.rung).or_default().add(site, completed);
            let split = carbon.market.split(site, hour, facility, found.intensity);
            sums.carbon_market.add(split.rest, split.rest_intensity.micrograms_per_kwh());
            if split.rest != ScaledEnergy::ZERO {
                add_part(&mut self.market, split.rest_part, split.rest);
                behind.market.entry(split.rest_part).or_default().add(site, completed);
            }
            if !split.contracts.is_empty() {
                behind.market.entry(MarketPart::Contract).or_default().add(site, completed);
            }
            for (index, part) in split.contracts {
                let intensity = carbon.market.claims[index].intensity;
                sums.carbon_market.add(part, intensity.micrograms_per_kwh());
                add_part(&mut self.market, MarketPart::Contract, part);
                add_part(&mut self.contract_energy, index, part);
                behind.contracts.entry(index).or_default().add(site, completed);
            }
        }
        Ok(())
    }
}
