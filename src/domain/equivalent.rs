//! What an amount of energy is as much as, for people who do not think in watt-hours.

use super::terms::terms;
use crate::units::{Decimal, EnergyVolume, MICROJOULES_PER_WH, Power};
use thiserror::Error;

terms! {
    /// An appliance that runs for a time.
    Appliance {
        LedLamp = "led_lamp",
        HairDryer = "hair_dryer",
        Laptop = "laptop",
    }
}

terms! {
    /// The unit in which energy is printed beside its equivalent.
    EnergyUnit {
        Millijoule = "mJ",
        Joule = "J",
        WattHour = "Wh",
        KilowattHour = "kWh",
        MegawattHour = "MWh",
        GigawattHour = "GWh",
        TerawattHour = "TWh",
    }
}

impl EnergyUnit {
    /// How much one of it is.
    pub fn microjoules(self) -> i128 {
        let watt_hour = i128::from(MICROJOULES_PER_WH);
        match self {
            EnergyUnit::Millijoule => 1_000,
            EnergyUnit::Joule => 1_000_000,
            EnergyUnit::WattHour => watt_hour,
            EnergyUnit::KilowattHour => 1_000 * watt_hour,
            EnergyUnit::MegawattHour => 1_000_000 * watt_hour,
            EnergyUnit::GigawattHour => 1_000_000_000 * watt_hour,
            EnergyUnit::TerawattHour => 1_000_000_000_000 * watt_hour,
        }
    }
}

terms! {
    /// A unit of the time for which an appliance runs.
    TimeUnit {
        Millisecond = "ms",
        Second = "s",
        Minute = "min",
        Hour = "h",
    }
}

/// What a household uses in a year, as whoever runs the service declares it. Countries differ by more than three
/// times, so there is no default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Household {
    per_year: EnergyVolume,
    source: String,
}

/// Why something is no figure of a household.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum HouseholdError {
    #[error("a household uses from 500 to 50,000 kWh a year; check the unit")]
    OutOfRange,
    #[error("the source must be one line of 1 to 500 characters")]
    SourceInvalid,
}

impl Household {
    const LEAST_WH: i64 = 500_000;
    const MOST_WH: i64 = 50_000_000;
    const MAX_SOURCE_CHARS: usize = 500;

    /// # Errors
    ///
    /// No household uses so much or so little, or the source is not one line of text.
    pub fn new(per_year: EnergyVolume, source: &str) -> Result<Household, HouseholdError> {
        if !(Household::LEAST_WH..=Household::MOST_WH).contains(&per_year.watt_hours()) {
            return Err(HouseholdError::OutOfRange);
        }
        let is_line = !source.trim().is_empty()
            && source.chars().count() <= Household::MAX_SOURCE_CHARS
            && !source.chars().any(char::is_control);
        if !is_line {
            return Err(HouseholdError::SourceInvalid);
        }
        Ok(Household { per_year, source: source.trim().to_owned() })
    }

    pub fn per_year(&self) -> EnergyVolume {
        self.per_year
    }

    pub fn source(&self) -> &str {
        &self.source
    }
}

/// What is counted in an equivalent, with the assumption that goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Yardstick {
    /// How long an appliance of this power runs.
    Running { appliance: Appliance, power: Power, unit: TimeUnit },
    /// Litres of water brought to the boil.
    LitresBoiled { per_litre: EnergyVolume },
    /// LED lamps of this power that are lit for 365 days without a break.
    LampYears { power: Power },
    /// Days of one household.
    HouseholdDays { per_year: EnergyVolume },
    /// Households in a year.
    HouseholdYears { per_year: EnergyVolume },
}

impl Yardstick {
    /// The words of [`Yardstick::key`].
    pub const KEYS: &'static [&'static str] =
        &["led_lamp", "hair_dryer", "laptop", "boiled_water", "household"];
    /// The words of [`Yardstick::unit`].
    pub const UNITS: &'static [&'static str] =
        &["ms", "s", "min", "h", "litre", "lamp_year", "household_day", "household_year"];

    /// What the comparison is with, as a word for machines.
    pub fn key(self) -> &'static str {
        match self {
            Yardstick::Running { appliance, .. } => appliance.as_str(),
            Yardstick::LitresBoiled { .. } => "boiled_water",
            Yardstick::LampYears { .. } => Appliance::LedLamp.as_str(),
            Yardstick::HouseholdDays { .. } | Yardstick::HouseholdYears { .. } => "household",
        }
    }

    /// What the quantity counts, as a word for machines.
    pub fn unit(self) -> &'static str {
        match self {
            Yardstick::Running { unit, .. } => unit.as_str(),
            Yardstick::LitresBoiled { .. } => "litre",
            Yardstick::LampYears { .. } => "lamp_year",
            Yardstick::HouseholdDays { .. } => "household_day",
            Yardstick::HouseholdYears { .. } => "household_year",
        }
    }
}

/// An amount of energy and what it is as much as. Both numbers are rounded for people, each from the exact energy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Equivalent {
    pub energy: Decimal,
    pub energy_unit: EnergyUnit,
    pub quantity: Decimal,
    pub yardstick: Yardstick,
    /// Where the assumption of the yardstick comes from.
    pub source: String,
}

impl Equivalent {
    /// The same with its energy written to so many significant figures, zeros at the end included: 0.6 as 0.60.
    pub fn with_figures(mut self, figures: u32) -> Equivalent {
        self.energy = self.energy.round_significant(figures);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn household(kwh: &str, source: &str) -> Result<Household, HouseholdError> {
        Household::new(EnergyVolume::parse_kwh(kwh).unwrap(), source)
    }

    #[test]
    fn a_household_is_plausible_and_says_where_its_figure_is_from() {
        assert_eq!(household("3500", " Statistics 2024 ").unwrap().source(), "Statistics 2024");
        for kwh in ["0", "3.5", "499.999", "50000.001", "3500000"] {
            assert_eq!(household(kwh, "Statistics"), Err(HouseholdError::OutOfRange), "{kwh}");
        }
        for source in ["", "  ", "two\nlines", &"x".repeat(501)] {
            assert_eq!(household("3500", source), Err(HouseholdError::SourceInvalid), "{source:?}");
        }
    }
}
