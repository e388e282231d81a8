//! Equivalents: from an amount of energy to how long an appliance runs on it, how much water it boils, or how
//! many households use it in a year.
//!
//! Appliances come from `data/factors/appliances.csv`. Which one is taken depends on the energy alone (`LADDER`
//! and the household that was declared), so that the number stays readable. Every number printed is rounded once,
//! half to even, from the exact energy: to two significant figures, but to tenths of a second from 0.1 s to 1 s. A
//! year has 365 days.

use crate::domain::equivalent::{Appliance, EnergyUnit, Equivalent, Household, TimeUnit, Yardstick};
use crate::units::{
    Decimal, EnergyTotal, EnergyVolume, MICROJOULES_PER_KWH, MICROJOULES_PER_WH, Power, divide_half_even,
};
use serde::Deserialize;
use std::sync::LazyLock;
use thiserror::Error;

const APPLIANCES: &str = include_str!("../../data/factors/appliances.csv");

const MICROJOULES_PER_JOULE: i128 = 1_000_000;
const WH: i128 = MICROJOULES_PER_WH as i128;
const KWH: i128 = MICROJOULES_PER_KWH as i128;

/// The least energy that has an equivalent: 1 mJ.
const LEAST: i128 = MICROJOULES_PER_JOULE / 1_000;
/// The most energy that has one: 1 TWh.
const MOST: i128 = 1_000_000_000 * KWH;

/// Days of a year of a lamp or household.
pub const DAYS_PER_YEAR: i128 = 365;
const MS_PER_SECOND: i128 = 1_000;
const MS_PER_MINUTE: i128 = 60 * MS_PER_SECOND;
const MS_PER_HOUR: i128 = 60 * MS_PER_MINUTE;

/// What energy is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rung {
    Running(Appliance),
    Litres,
    LampYears,
}

/// From which energy on (µJ) what is taken, smallest first: a lamp from 0.12 ms to 44 s, a hair dryer from 0.3 s
/// to 4 minutes, a laptop from 2 to 24 hours, 11 to 9,100 litres of water, and from 13 lamps of a year.
const LADDER: [(i128, Rung); 5] = [
    (LEAST, Rung::Running(Appliance::LedLamp)),
    (375 * MICROJOULES_PER_JOULE, Rung::Running(Appliance::HairDryer)),
    (100 * WH, Rung::Running(Appliance::Laptop)),
    (1_200 * WH, Rung::Litres),
    (1_000 * KWH, Rung::LampYears),
];

/// A number of the table with its source.
type Sourced<T> = (T, String);

/// What the table says of that which is compared with.
#[derive(Debug)]
struct Appliances {
    powers: Vec<(Appliance, Sourced<Power>)>,
    per_litre: Sourced<EnergyVolume>,
}

static TABLE: LazyLock<Appliances> = LazyLock::new(|| {
    // A test reads the table, so one that lacks something cannot ship.
    read(APPLIANCES).expect("the built-in table of appliances is whole")
});

#[derive(Deserialize)]
struct Row {
    key: String,
    quantity: String,
    value: String,
    unit: String,
    source: String,
}

/// Why a table of appliances cannot be used.
#[derive(Debug, Error)]
enum TableError {
    #[error(transparent)]
    Csv(#[from] csv::Error),
    #[error("'{0}' does not stand exactly once with a value of its unit")]
    Unusable(&'static str),
}

fn read(table: &str) -> Result<Appliances, TableError> {
    let rows: Vec<Row> =
        csv::Reader::from_reader(table.as_bytes()).into_deserialize().collect::<Result<_, _>>()?;
    let find = |key: &'static str, quantity: &str, unit: &str| {
        let mut found = rows.iter().filter(|row| row.key == key);
        match (found.next(), found.next()) {
            (Some(row), None) if row.quantity == quantity && row.unit == unit => Ok(row),
            _ => Err(TableError::Unusable(key)),
        }
    };
    let mut powers = Vec::new();
    for appliance in Appliance::ALL.iter().copied() {
        let row = find(appliance.as_str(), "power", "W")?;
        let power = Power::parse_watts(&row.value).map_err(|_| TableError::Unusable(appliance.as_str()))?;
        powers.push((appliance, (power, row.source.clone())));
    }
    let row = find("boiled_water", "energy_per_use", "Wh")?;
    let watt_hours = Decimal::parse(&row.value).and_then(|value| value.to_scaled(0)).ok();
    let per_litre = watt_hours
        .and_then(|value| i64::try_from(value).ok())
        .filter(|value| *value > 0)
        .and_then(EnergyVolume::from_watt_hours)
        .ok_or(TableError::Unusable("boiled_water"))?;
    Ok(Appliances { powers, per_litre: (per_litre, row.source.clone()) })
}

impl Appliances {
    fn power(&self, wanted: Appliance) -> Option<&Sourced<Power>> {
        self.powers.iter().find(|(appliance, _)| *appliance == wanted).map(|(_, power)| power)
    }
}

/// The least energy with each yardstick of the table, smallest first, and the most that has one.
pub fn steps() -> impl Iterator<Item = EnergyTotal> {
    LADDER.iter().map(|(from, _)| *from).chain([MOST]).map(EnergyTotal::from_microjoules)
}

/// What an amount of energy is as much as. From the use of one day on it is the household, where one was declared.
///
/// `None` for less than 1 mJ and more than 1 TWh.
pub fn equivalent(energy: EnergyTotal, household: Option<&Household>) -> Option<Equivalent> {
    let microjoules = energy.microjoules();
    if !(LEAST..=MOST).contains(&microjoules) {
        return None;
    }
    let (yardstick, source) = match household.and_then(|household| of_household(microjoules, household)) {
        Some(found) => found,
        None => of_appliance(microjoules)?,
    };
    let quantity = quantity(microjoules, yardstick)?;
    let (energy, energy_unit) = shown(microjoules)?;
    Some(Equivalent { energy, energy_unit, quantity, yardstick, source })
}

/// `None` for less than a household uses in a day.
fn of_household(microjoules: i128, household: &Household) -> Option<(Yardstick, String)> {
    let per_year = household.per_year();
    let yardstick = if microjoules >= per_year.microjoules() {
        Yardstick::HouseholdYears { per_year }
    } else if microjoules * DAYS_PER_YEAR >= per_year.microjoules() {
        Yardstick::HouseholdDays { per_year }
    } else {
        return None;
    };
    Some((yardstick, household.source().to_owned()))
}

fn of_appliance(microjoules: i128) -> Option<(Yardstick, String)> {
    let (_, rung) = LADDER.iter().rev().find(|(from, _)| microjoules >= *from)?;
    let (yardstick, source) = match *rung {
        Rung::Running(appliance) => {
            let (power, source) = TABLE.power(appliance)?;
            (Yardstick::Running { appliance, power: *power, unit: time_unit(microjoules, *power) }, source)
        }
        Rung::Litres => {
            let (per_litre, source) = &TABLE.per_litre;
            (Yardstick::LitresBoiled { per_litre: *per_litre }, source)
        }
        Rung::LampYears => {
            let (power, source) = TABLE.power(Appliance::LedLamp)?;
            (Yardstick::LampYears { power: *power }, source)
        }
    };
    Some((yardstick, source.clone()))
}

/// The unit in which the time is read best: milliseconds below 0.1 s.
fn time_unit(microjoules: i128, power: Power) -> TimeUnit {
    // A milliwatt for a millisecond is a microjoule.
    let lasts = |milliseconds: i128| microjoules >= milliseconds * i128::from(power.milliwatts());
    if lasts(MS_PER_HOUR) {
        TimeUnit::Hour
    } else if lasts(MS_PER_MINUTE) {
        TimeUnit::Minute
    } else if lasts(MS_PER_SECOND / 10) {
        TimeUnit::Second
    } else {
        TimeUnit::Millisecond
    }
}

/// How many of the yardstick the energy is, rounded.
fn quantity(microjoules: i128, yardstick: Yardstick) -> Option<Decimal> {
    let milliwatts = |power: Power| i128::from(power.milliwatts());
    match yardstick {
        Yardstick::Running { power, unit, .. } => {
            let milliseconds = match unit {
                TimeUnit::Millisecond => 1,
                TimeUnit::Second => MS_PER_SECOND,
                TimeUnit::Minute => MS_PER_MINUTE,
                TimeUnit::Hour => MS_PER_HOUR,
            };
            let one = milliwatts(power) * milliseconds;
            // Less than a second.
            if unit == TimeUnit::Second && microjoules / one == 0 {
                return tenths(microjoules, one);
            }
            two_figures(microjoules, one)
        }
        Yardstick::LitresBoiled { per_litre } => two_figures(microjoules, per_litre.microjoules()),
        Yardstick::LampYears { power } => {
            two_figures(microjoules, milliwatts(power) * MS_PER_HOUR * 24 * DAYS_PER_YEAR)
        }
        Yardstick::HouseholdDays { per_year } => {
            two_figures(microjoules * DAYS_PER_YEAR, per_year.microjoules())
        }
        Yardstick::HouseholdYears { per_year } => two_figures(microjoules, per_year.microjoules()),
    }
}

/// The energy itself: joules below 1 mWh, watt-hours below 1 Wh, then as an electricity bill counts.
fn shown(microjoules: i128) -> Option<(Decimal, EnergyUnit)> {
    let units = [
        (1_000_000_000 * KWH, EnergyUnit::TerawattHour),
        (1_000_000 * KWH, EnergyUnit::GigawattHour),
        (1_000 * KWH, EnergyUnit::MegawattHour),
        (WH, EnergyUnit::KilowattHour),
        (WH / 1_000, EnergyUnit::WattHour),
        (MICROJOULES_PER_JOULE, EnergyUnit::Joule),
        (LEAST, EnergyUnit::Millijoule),
    ];
    let (_, unit) = units.into_iter().find(|(from, _)| microjoules >= *from)?;
    Some((two_figures(microjoules, unit.microjoules())?, unit))
}

/// A quotient above zero at two significant figures, without zeros behind the point that say nothing.
fn two_figures(numerator: i128, denominator: i128) -> Option<Decimal> {
    let (mut scaled, mut decimals) = (numerator, 0);
    // Less than ten.
    while scaled / (10 * denominator) == 0 {
        scaled *= 10;
        decimals += 1;
    }
    let mut step = 1;
    while scaled >= 100 * denominator * step {
        step *= 10;
    }
    let figures = i128::try_from(divide_half_even(scaled.into(), (denominator * step).into())?).ok()?;
    Some(Decimal::new(figures * step, decimals).without_trailing_zeros())
}

fn tenths(numerator: i128, denominator: i128) -> Option<Decimal> {
    let tenths = i128::try_from(divide_half_even((numerator * 10).into(), denominator.into())?).ok()?;
    Some(Decimal::new(tenths, 1).without_trailing_zeros())
}

#[cfg(test)]
#[path = "equivalent_tests.rs"]
mod tests;
