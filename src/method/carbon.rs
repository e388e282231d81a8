//! Carbon of a service: the energy of every hour at the intensity of that hour, summed before any division.
//!
//! There are millions of hours, so that what is done for each is integers of 128 bits: energy within its boundary times
//! intensity. What brings energy to the facility is one factor for all days of a run, and comes in once, at its end.

use super::figures::{CarbonInputs, MethodError};
use super::hours::CarbonHours;
use super::market::HourMarket;
use super::normalise::{FacilityFactor, ScaledCarbon, ScaledEnergy};
use super::parts::{Parts, Sums, add_part};
use super::small_cells::PartsBehind;
use crate::domain::days::{DayTotal, HourPart};
use crate::domain::fact::HourOfDay;
use crate::domain::factor::Rung;
use crate::domain::ids::SiteId;
use crate::domain::terms::MarketPart;
use chrono::NaiveDate;
use ethnum::I256;
use std::collections::HashMap;

/// What the energy of one site and hour is counted with.
#[derive(Clone, Copy, Debug)]
struct SiteHour<'a> {
    /// Micrograms per kilowatt-hour.
    location: i64,
    rung: Rung,
    market: HourMarket<'a>,
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
            let at = usize::from(HourOfDay::of(*hour).get());
            days.entry((*site, hour.date_naive())).or_default()[at] = Some(SiteHour {
                location: found.intensity.micrograms_per_kwh(),
                rung: found.rung,
                market: inputs.market.at(*site, *hour, found.intensity),
            });
        }
        CarbonTable { inputs, days }
    }
}

/// A sum of energy (in microjoules or in 10⁻¹⁸ of them) × micrograms per kilowatt-hour. It is kept in 128 bits as long as it fits.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Weighted {
    sum: i128,
    /// What did not fit.
    large: I256,
}

impl Weighted {
    fn add(&mut self, energy_uj: i128, micrograms_per_kwh: i64) {
        let product = energy_uj.checked_mul(i128::from(micrograms_per_kwh));
        match product.map(|product| (product, self.sum.checked_add(product))) {
            Some((_, Some(sum))) => self.sum = sum,
            Some((product, None)) => self.large += I256::new(std::mem::replace(&mut self.sum, product)),
            None => self.large += I256::new(energy_uj) * I256::from(micrograms_per_kwh),
        }
    }

    fn add_scaled(&mut self, energy: ScaledEnergy, micrograms_per_kwh: i64) {
        match i128::try_from(energy.raw()) {
            Ok(energy) => self.add(energy, micrograms_per_kwh),
            Err(_) => self.large += energy.raw() * I256::from(micrograms_per_kwh),
        }
    }

    pub(super) fn total(self) -> I256 {
        self.large + I256::new(self.sum)
    }
}

/// Microjoules and completed tasks by something of which there are few.
#[derive(Debug)]
struct Few<K>(Vec<(K, i128, i64)>);

impl<K: Copy + PartialEq> Few<K> {
    fn add(&mut self, key: K, part: &HourPart) {
        let energy_uj = part.energy.microjoules();
        // Mostly it is that of the hour before.
        match self.0.iter_mut().rev().find(|(known, ..)| *known == key) {
            Some((_, energy, completed)) => {
                *energy += energy_uj;
                *completed += part.completed;
            }
            None => self.0.push((key, energy_uj, part.completed)),
        }
    }
}

/// The carbon of a run of days.
#[derive(Debug)]
pub(super) struct RunCarbon {
    site: SiteId,
    factor: FacilityFactor,
    hours: [Option<(Weighted, i64)>; 24],
    rungs: Few<Rung>,
    /// What contracts leave.
    rest: Few<MarketPart>,
    rest_weighted: Weighted,
    /// What contracts leave of hours of which they cover a part, at the facility.
    covered_rest: Weighted,
    /// The energy of such hours by how it is counted.
    covered_parts: Vec<Covered>,
}

/// Facility energy and completed tasks of hours that are counted alike, where contracts cover any of it.
#[derive(Clone, Copy, Debug)]
struct Covered {
    by: CoveredBy,
    energy: ScaledEnergy,
    completed: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum CoveredBy {
    /// Any contract.
    Any,
    /// The contract at this place of [`super::Market::claims`], with its micrograms per kilowatt-hour.
    Contract(usize, i64),
    Rest(MarketPart),
}

impl RunCarbon {
    pub(super) fn new(site: SiteId, factor: FacilityFactor) -> RunCarbon {
        RunCarbon {
            site,
            factor,
            hours: [None; 24],
            rungs: Few(Vec::new()),
            rest: Few(Vec::new()),
            rest_weighted: Weighted::default(),
            covered_rest: Weighted::default(),
            covered_parts: Vec::new(),
        }
    }

    /// Adds a day of the run.
    ///
    /// # Errors
    ///
    /// An hour has no intensity, or the hours do not add up to the day.
    pub(super) fn add(&mut self, table: &CarbonTable<'_>, total: &DayTotal) -> Result<(), MethodError> {
        let (site, day) = (total.group.site, total.day);
        let found = table.days.get(&(site, day)).unwrap_or(&[None; 24]);
        let (mut energy_left, mut completed_left) = (total.energy.microjoules(), total.tasks.completed);
        for part in total.hours.iter() {
            let at = usize::from(part.hour.get());
            let Some(hour) = &found[at] else {
                return Err(MethodError::IntensityMissing { site, hour: part.hour.on(day) });
            };
            let energy_uj = part.energy.microjoules();
            energy_left = energy_left.wrapping_sub(energy_uj);
            completed_left = completed_left.wrapping_sub(part.completed);
            let (weighted, completed) = self.hours[at].get_or_insert_default();
            weighted.add(energy_uj, hour.location);
            *completed += part.completed;
            self.rungs.add(hour.rung, &part);
            if hour.market.covered.is_some() {
                self.add_covered(table, hour, &part);
            } else if energy_uj != 0 {
                self.rest_weighted.add(energy_uj, hour.market.rest_intensity.micrograms_per_kwh());
                self.rest.add(hour.market.rest_part, &part);
            }
        }
        if (energy_left, completed_left) == (0, 0) { Ok(()) } else { Err(MethodError::HoursNotTheDay) }
    }

    fn add_covered(&mut self, table: &CarbonTable<'_>, hour: &SiteHour<'_>, part: &HourPart) {
        let (energy_uj, completed) = (part.energy.microjoules(), part.completed);
        let mut of_contracts = ScaledEnergy::ZERO;
        let rest = hour.market.split(energy_uj, self.factor, |index, energy| {
            of_contracts += energy;
            let intensity = table.inputs.market.claims[index].intensity.micrograms_per_kwh();
            add_to(&mut self.covered_parts, CoveredBy::Contract(index, intensity), energy, completed);
        });
        add_to(&mut self.covered_parts, CoveredBy::Any, of_contracts, completed);
        if rest != ScaledEnergy::ZERO {
            self.covered_rest.add_scaled(rest, hour.market.rest_intensity.micrograms_per_kwh());
            add_to(&mut self.covered_parts, CoveredBy::Rest(hour.market.rest_part), rest, completed);
        }
    }
}

fn add_to(parts: &mut Vec<Covered>, by: CoveredBy, energy: ScaledEnergy, completed: i64) {
    match parts.iter_mut().find(|part| part.by == by) {
        Some(part) => {
            part.energy += energy;
            part.completed += completed;
        }
        None => parts.push(Covered { by, energy, completed }),
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

impl CarbonSums {
    /// Adds a run, to the sums of its model and task type too.
    pub(super) fn add(&mut self, run: RunCarbon, sums: &mut Sums, behind: &mut PartsBehind) {
        let (site, factor) = (run.site, run.factor.raw());
        for (hour, of_hour) in HourOfDay::all().zip(run.hours) {
            if let Some((weighted, completed)) = of_hour {
                let mut carbon = ScaledCarbon::default();
                carbon.add_weighted(weighted.total(), factor);
                sums.carbon.merge(carbon);
                self.hours.add(hour, carbon, completed);
            }
        }
        for (rung, energy_uj, completed) in run.rungs.0 {
            add_part(&mut self.rungs, rung, run.factor.of(energy_uj));
            behind.rungs.entry(rung).or_default().add(site, completed);
        }
        for (part, energy_uj, completed) in run.rest.0 {
            add_part(&mut self.market, part, run.factor.of(energy_uj));
            behind.market.entry(part).or_default().add(site, completed);
        }
        sums.carbon_market.add_weighted(run.rest_weighted.total(), factor);
        sums.carbon_market.merge(ScaledCarbon::from_raw(run.covered_rest.total()));
        for Covered { by, energy, completed } in run.covered_parts {
            match by {
                CoveredBy::Any => {
                    add_part(&mut self.market, MarketPart::Contract, energy);
                    behind.market.entry(MarketPart::Contract).or_default().add(site, completed);
                }
                CoveredBy::Contract(index, intensity) => {
                    sums.carbon_market.add(energy, intensity);
                    add_part(&mut self.contract_energy, index, energy);
                    behind.contracts.entry(index).or_default().add(site, completed);
                }
                CoveredBy::Rest(part) => {
                    add_part(&mut self.market, part, energy);
                    behind.market.entry(part).or_default().add(site, completed);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_weighted_sum_is_exact_beyond_128_bits(
            parts in prop::collection::vec((0..=i128::MAX, 0..=i64::MAX), 0..20),
            small in prop::collection::vec((0..=i128::from(i64::MAX), 0..=1_000_000_000_i64), 0..20),
        ) {
            let mut weighted = Weighted::default();
            let mut exact = I256::ZERO;
            for (energy_uj, intensity) in parts.into_iter().chain(small) {
                weighted.add(energy_uj, intensity);
                exact += I256::new(energy_uj) * I256::from(intensity);
            }
            prop_assert_eq!(weighted.total(), exact);
        }
    }
}
