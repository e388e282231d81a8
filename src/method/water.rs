//! Water, apart from energy and in two figures that are never merged: on site, from the IT energy and the site's
//! WUE, and indirect, from the facility energy and the water that power plants of the zone use.
//!
//! What nothing was declared of is left out of a figure, out of its litres and of its tasks, and the share of energy
//! that the figure is made of stands beside it. Litres are summed as whole numbers of 10⁻¹⁸ µJ · µL/kWh and divided
//! once.

use super::normalise::ScaledEnergy;
use super::small_cells::{Behind, Parted};
use crate::domain::ids::SiteId;
use crate::domain::period::Days;
use crate::domain::registry::Telling;
use crate::domain::water::{SiteWater, SiteWue, WaterFactor, WueDefinition};
use crate::units::{Decimal, MICROJOULES_PER_KWH, WaterUse};
use chrono::NaiveDate;
use ethnum::I256;
use std::collections::{BTreeMap, HashMap};

/// What [`ScaledEnergy`] counts: parts of a microjoule.
const PER_MICROJOULE: i128 = 1_000_000_000_000_000_000;
const MICROLITRES_PER_L: i128 = 1_000_000;
/// Decimals of litres per task, and of litres.
const DECIMALS_PER_TASK: u32 = 12;
const DECIMALS: u32 = 6;

/// Energy of a service at one site on one UTC day. A site and day may stand in several, such as its hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteDay {
    pub site: SiteId,
    pub day: NaiveDate,
    /// `None` where the IT energy is not known: that of a whole facility whose PUE is not declared.
    pub it: Option<ScaledEnergy>,
    pub facility: ScaledEnergy,
    /// Completed tasks.
    pub completed: i64,
}

/// What is declared of water for the sites and zones of a disclosure.
#[derive(Clone, Debug, Default)]
pub struct WaterTable {
    wue: HashMap<SiteId, Vec<SiteWue>>,
    factors: HashMap<String, Vec<Telling<WaterFactor>>>,
}

impl WaterTable {
    /// Where several tellings cover one day, the latest revision counts.
    pub fn new(mut wue: Vec<SiteWue>, mut factors: Vec<Telling<WaterFactor>>) -> WaterTable {
        wue.sort_by_key(|told| std::cmp::Reverse(told.revision));
        factors.sort_by_key(|told| std::cmp::Reverse(told.revision));
        let mut table = WaterTable::default();
        for told in wue {
            table.wue.entry(told.site).or_default().push(told);
        }
        for told in factors {
            table.factors.entry(told.what.zone.clone()).or_default().push(told);
        }
        table
    }

    fn wue_at(&self, site: SiteId, day: NaiveDate) -> Option<&SiteWater> {
        let told = self.wue.get(&site)?.iter().find(|told| holds(told.valid, day))?;
        Some(&told.water)
    }

    fn factor_at(&self, zone: &str, day: NaiveDate) -> Option<&Telling<WaterFactor>> {
        self.factors.get(zone)?.iter().find(|told| holds(told.what.valid, day))
    }
}

fn holds(valid: Days, day: NaiveDate) -> bool {
    valid.from() <= day && day < valid.to()
}

/// The two figures. Adding them would count water of different kinds and places as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaterFigures {
    pub on_site: WaterFigure,
    pub indirect: WaterFigure,
    /// By whose definitions the water on site was measured, with the share of its IT energy. Litres of several
    /// definitions are not of one kind.
    pub definitions: Vec<(WueDefinition, Option<Decimal>)>,
    /// The factors that the indirect water was counted with, by zone and revision.
    pub factors: Vec<Telling<WaterFactor>>,
    /// Sites and tasks behind each figure.
    pub on_site_behind: Parted,
    pub indirect_behind: Parted,
    /// In the order of the definitions.
    pub definitions_behind: Vec<Behind>,
}

/// Litres of water, of that part of the energy of which water was declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaterFigure {
    /// Nothing was declared of any of it. Unknown is not zero.
    Unknown,
    Known(KnownWater),
}

/// A figure of water and what it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownWater {
    /// With 6 decimals.
    pub litres: Decimal,
    /// With 12 decimals, of the completed tasks of the same sites and days; `None` where none was completed.
    pub litres_per_task: Option<Decimal>,
    /// The share of the facility energy that the figure is made of, with 6 decimals: 1 where all of it is. `None`
    /// where there was no energy.
    pub covered: Option<Decimal>,
    /// Completed tasks of the sites and days that the figure is made of.
    pub tasks: i128,
}

/// Sums of one figure.
#[derive(Clone, Copy, Debug)]
struct Sums {
    /// In 10⁻¹⁸ µJ · µL/kWh.
    water: I256,
    facility: ScaledEnergy,
    completed: i128,
    /// Sites and days that anything was declared of.
    parts: usize,
}

impl Sums {
    const ZERO: Sums = Sums { water: I256::ZERO, facility: ScaledEnergy::ZERO, completed: 0, parts: 0 };

    fn add(&mut self, energy: ScaledEnergy, water: WaterUse, day: &SiteDay) {
        self.water += energy.raw() * I256::from(water.microlitres_per_kwh());
        self.facility += day.facility;
        self.completed += i128::from(day.completed);
        self.parts += 1;
    }

    /// `None` where the litres do not fit, which no energy of ours reaches.
    fn figure(self, whole: ScaledEnergy) -> Option<WaterFigure> {
        if self.parts == 0 {
            return Some(WaterFigure::Unknown);
        }
        Some(WaterFigure::Known(KnownWater {
            litres: litres_per(self.water, 1, DECIMALS)?,
            litres_per_task: litres_per(self.water, self.completed, DECIMALS_PER_TASK),
            covered: self.facility.share_of(whole),
            tasks: self.completed,
        }))
    }
}

/// Litres ÷ a count, half to even; `None` for a count of zero.
fn litres_per(water: I256, count: i128, decimals: u32) -> Option<Decimal> {
    let microlitre = I256::new(PER_MICROJOULE) * I256::from(MICROJOULES_PER_KWH);
    Decimal::from_ratio(water, microlitre * I256::new(MICROLITRES_PER_L) * I256::new(count), decimals)
}

/// The water of a service; `zones` are those of its sites.
///
/// `None` where the litres do not fit a decimal.
pub fn water(
    days: impl IntoIterator<Item = SiteDay>,
    zones: &HashMap<SiteId, &str>,
    table: &WaterTable,
) -> Option<WaterFigures> {
    let (mut on_site, mut indirect, mut whole) = (Sums::ZERO, Sums::ZERO, ScaledEnergy::ZERO);
    let mut it_whole = ScaledEnergy::ZERO;
    let mut definitions: BTreeMap<&WueDefinition, (ScaledEnergy, Behind)> = BTreeMap::new();
    let (mut on_site_behind, mut indirect_behind) = (Parted::default(), Parted::default());
    let mut factors: BTreeMap<(&str, i32), &Telling<WaterFactor>> = BTreeMap::new();
    for day in days {
        whole += day.facility;
        if let (Some(it), Some(wue)) = (day.it, table.wue_at(day.site, day.day)) {
            on_site.add(it, wue.value, &day);
            on_site_behind.known.add(day.site, day.completed);
            it_whole += it;
            let definition = definitions.entry(&wue.definition).or_default();
            definition.0 += it;
            definition.1.add(day.site, day.completed);
        } else {
            on_site_behind.unknown.add(day.site, day.completed);
        }
        let zone = zones.get(&day.site).copied();
        if let Some(factor) = zone.and_then(|zone| table.factor_at(zone, day.day)) {
            indirect.add(day.facility, factor.what.value, &day);
            indirect_behind.known.add(day.site, day.completed);
            factors.insert((&factor.what.zone, factor.revision), factor);
        } else {
            indirect_behind.unknown.add(day.site, day.completed);
        }
    }
    Some(WaterFigures {
        on_site: on_site.figure(whole)?,
        indirect: indirect.figure(whole)?,
        definitions: definitions
            .iter()
            .map(|(definition, (it, _))| ((*definition).clone(), it.share_of(it_whole)))
            .collect(),
        factors: factors.into_values().cloned().collect(),
        on_site_behind,
        indirect_behind,
        definitions_behind: definitions.into_values().map(|(_, behind)| behind).collect(),
    })
}

#[cfg(test)]
#[path = "water_tests.rs"]
mod tests;
