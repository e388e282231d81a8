//! Carbon of a service: the energy of every hour at the intensity of that hour, summed before any division.

use super::figures::{CarbonInputs, MethodError};
use super::hours::CarbonHours;
use super::market::HourMarket;
use super::normalise::{Layers, ScaledEnergy};
use super::parts::{Parts, Sums, add_part};
use super::small_cells::PartsBehind;
use crate::domain::days::{DayTotal, HourPart};
use crate::domain::fact::HourOfDay;
use crate::domain::factor::Rung;
use crate::domain::ids::SiteId;
use crate::domain::terms::{Boundary, MarketPart};
use crate::units::EnergyTotal;
use chrono::NaiveDate;
use ethnum::I256;
use std::collections::HashMap;

/// What the energy of one site and hour is counted with.
#[derive(Clone, Copy, Debug)]
struct SiteHour<'a> {
    /// Micrograms per kilowatt-hour.
    location: I256,
    rung: Rung,
    market: HourMarket<'a>,
    /// Micrograms per kilowatt-hour of what contracts leave.
    rest: I256,
}

/// The same of the hours of a day.
type SiteDay<'a> = [Option<SiteHour<'a>>; 24];

/// What every site and hour is counted with, found once for all groups.
#[derive(Debug)]
pub(super) struct CarbonTable<'a> {
    inputs: CarbonInputs<'a>,
    days: HashMap<(SiteId, NaiveDate), SiteDay<'a>>,
}

impl<'a> CarbonTable<'a> {
    pub(super) fn new(inputs: CarbonInputs<'a>) -> CarbonTable<'a> {
        let mut days: HashMap<(SiteId, NaiveDate), SiteDay<'a>> = HashMap::new();
        for ((site, hour), found) in inputs.intensities {
            let market = inputs.market.at(*site, *hour, found.intensity);
            let at = usize::from(HourOfDay::of(*hour).get());
            days.entry((*site, hour.date_naive())).or_default()[at] = Some(SiteHour {
                location: I256::from(found.intensity.micrograms_per_kwh()),
                rung: found.rung,
                market,
                rest: I256::from(market.rest_intensity.micrograms_per_kwh()),
            });
        }
        CarbonTable { inputs, days }
    }
}

/// Facility energy by what its carbon is counted with, before any division.
#[derive(Debug, Default)]
pub(super) struct CarbonSums {
    pub(super) hours: CarbonHours,
    pub(super) rungs: Parts<Rung>,
    pub(super) market: Parts<MarketPart>,
    /// By the place of the contract in [`super::Market::claims`].
    pub(super) contract_energy: Parts<usize>,
}

/// Microjoules and completed tasks of hours of a day that have something in common and follow each other.
struct Run<K> {
    key: K,
    energy_uj: i128,
    completed: i64,
}

impl<K: PartialEq> Run<K> {
    /// Adds an hour; answers the run before, where this one is another.
    fn add(run: &mut Option<Run<K>>, key: K, part: &HourPart) -> Option<Run<K>> {
        let energy_uj = part.energy.microjoules();
        match run {
            Some(run) if run.key == key => {
                run.energy_uj += energy_uj;
                run.completed += part.completed;
                None
            }
            _ => run.replace(Run { key, energy_uj, completed: part.completed }),
        }
    }
}

impl CarbonSums {
    /// Adds a day of one group, to the group's sums too.
    ///
    /// # Errors
    ///
    /// An hour has no intensity, or the hours do not add up to the day.
    pub(super) fn add(
        &mut self,
        table: &CarbonTable<'_>,
        total: &DayTotal,
        (boundary, layers): (Boundary, &Layers),
        sums: &mut Sums,
        behind: &mut PartsBehind,
    ) -> Result<(), MethodError> {
        let (site, day) = (total.group.site, total.day);
        let factor = layers.factor(boundary);
        let found = table.days.get(&(site, day)).unwrap_or(&[None; 24]);
        let (mut energy_left, mut completed_left) = (total.energy.microjoules(), total.tasks.completed);
        let (mut weighted, mut weighted_market) = (I256::ZERO, I256::ZERO);
        let (mut rung, mut rest) = (None, None);
        for part in total.hours.iter() {
            let Some(at) = &found[usize::from(part.hour.get())] else {
                return Err(MethodError::IntensityMissing { site, hour: part.hour.on(day) });
            };
            energy_left -= part.energy.microjoules();
            completed_left -= part.completed;
            let energy = I256::new(part.energy.microjoules());
            weighted += energy * at.location;
            self.hours.add(part.hour, part.completed, energy * at.location, factor);
            if let Some(run) = Run::add(&mut rung, at.rung, &part) {
                self.add_rung(site, run, factor, behind);
            }
            if at.market.covered.is_some() {
                self.add_covered(table, site, (at, &part), factor, sums, behind);
                continue;
            }
            weighted_market += energy * at.rest;
            if part.energy != EnergyTotal::ZERO
                && let Some(run) = Run::add(&mut rest, at.market.rest_part, &part)
            {
                self.add_rest(site, run, factor, behind);
            }
        }
        if (energy_left, completed_left) != (0, 0) {
            return Err(MethodError::HoursNotTheDay);
        }
        if let Some(run) = rung {
            self.add_rung(site, run, factor, behind);
        }
        if let Some(run) = rest {
            self.add_rest(site, run, factor, behind);
        }
        sums.carbon.add_weighted(weighted, factor);
        sums.carbon_market.add_weighted(weighted_market, factor);
        Ok(())
    }

    fn add_rung(&mut self, site: SiteId, run: Run<Rung>, factor: I256, behind: &mut PartsBehind) {
        add_part(&mut self.rungs, run.key, scaled(run.energy_uj, factor));
        behind.rungs.entry(run.key).or_default().add(site, run.completed);
    }

    fn add_rest(&mut self, site: SiteId, run: Run<MarketPart>, factor: I256, behind: &mut PartsBehind) {
        add_part(&mut self.market, run.key, scaled(run.energy_uj, factor));
        behind.market.entry(run.key).or_default().add(site, run.completed);
    }

    /// An hour of which contracts cover a part.
    fn add_covered(
        &mut self,
        table: &CarbonTable<'_>,
        site: SiteId,
        (at, part): (&SiteHour<'_>, &HourPart),
        factor: I256,
        sums: &mut Sums,
        behind: &mut PartsBehind,
    ) {
        let split = at.market.split(scaled(part.energy.microjoules(), factor));
        sums.carbon_market.add(split.rest, split.rest_intensity.micrograms_per_kwh());
        if split.rest != ScaledEnergy::ZERO {
            add_part(&mut self.market, split.rest_part, split.rest);
            behind.market.entry(split.rest_part).or_default().add(site, part.completed);
        }
        if !split.contracts.is_empty() {
            behind.market.entry(MarketPart::Contract).or_default().add(site, part.completed);
        }
        for (index, energy) in split.contracts {
            let intensity = table.inputs.market.claims[index].intensity;
            sums.carbon_market.add(energy, intensity.micrograms_per_kwh());
            add_part(&mut self.market, MarketPart::Contract, energy);
            add_part(&mut self.contract_energy, index, energy);
            behind.contracts.entry(index).or_default().add(site, part.completed);
        }
    }
}

fn scaled(energy_uj: i128, factor: I256) -> ScaledEnergy {
    ScaledEnergy::from_raw(I256::new(energy_uj) * factor)
}
