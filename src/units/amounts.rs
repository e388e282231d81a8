//! The named amounts. Each has constructors that name their unit, checked arithmetic where sums
//! happen, and a `Display` that always prints the unit.

use super::{Decimal, DecimalError, MICROJOULES_PER_WH, PPM};
use ethnum::I256;
use std::fmt;

/// Energy of one record or step, in microjoules; from 0 to 2^63 − 1 µJ (about 2.5 GWh).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Energy(i64);

impl Energy {
    pub const ZERO: Energy = Energy(0);

    /// Refuses negative energy.
    pub fn from_microjoules(microjoules: i64) -> Option<Energy> {
        (microjoules >= 0).then_some(Energy(microjoules))
    }

    pub fn microjoules(self) -> i64 {
        self.0
    }

    /// Joules with at most 6 decimals are exact.
    pub fn parse_joules(text: &str) -> Result<Energy, DecimalError> {
        EnergyTotal::parse_joules(text)?.try_into()
    }

    /// Watt-hours with at most 8 decimals are exact: 10⁻⁸ Wh are 36 µJ.
    pub fn parse_wh(text: &str) -> Result<Energy, DecimalError> {
        EnergyTotal::parse_wh(text)?.try_into()
    }

    /// Kilowatt-hours with at most 11 decimals are exact.
    pub fn parse_kwh(text: &str) -> Result<Energy, DecimalError> {
        EnergyTotal::parse_kwh(text)?.try_into()
    }
}

impl TryFrom<EnergyTotal> for Energy {
    type Error = DecimalError;

    /// Refuses what is below zero or more than 64 bits hold.
    fn try_from(total: EnergyTotal) -> Result<Energy, DecimalError> {
        i64::try_from(total.0).ok().and_then(Energy::from_microjoules).ok_or(DecimalError::OutOfRange)
    }
}

impl fmt::Display for Energy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} µJ", self.0)
    }
}

/// A sum of energies, in microjoules. `i128` holds more than 10¹⁹ of the largest records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct EnergyTotal(i128);

impl EnergyTotal {
    pub const ZERO: EnergyTotal = EnergyTotal(0);

    pub fn from_microjoules(microjoules: i128) -> EnergyTotal {
        EnergyTotal(microjoules)
    }

    pub fn microjoules(self) -> i128 {
        self.0
    }

    /// Watt-hours, rounded to microjoules half to even; `None` where they do not fit.
    pub fn from_watt_hours(watt_hours: Decimal) -> Option<EnergyTotal> {
        let scaled = I256::new(watt_hours.mantissa()).checked_mul(I256::from(MICROJOULES_PER_WH))?;
        let whole = Decimal::from_ratio(scaled, I256::from(10).pow(watt_hours.decimals()), 0)?;
        Some(EnergyTotal(whole.mantissa()))
    }

    pub fn add(&mut self, energy: EnergyTotal) {
        self.0 += energy.0;
    }

    /// Joules with at most 6 decimals are exact.
    pub fn parse_joules(text: &str) -> Result<EnergyTotal, DecimalError> {
        EnergyTotal::parse(text, 6, 1)
    }

    /// Watt-hours with at most 8 decimals are exact: 10⁻⁸ Wh are 36 µJ.
    pub fn parse_wh(text: &str) -> Result<EnergyTotal, DecimalError> {
        EnergyTotal::parse(text, 8, i128::from(MICROJOULES_PER_WH) / 100_000_000)
    }

    /// Kilowatt-hours with at most 11 decimals are exact.
    pub fn parse_kwh(text: &str) -> Result<EnergyTotal, DecimalError> {
        EnergyTotal::parse(text, 11, i128::from(MICROJOULES_PER_WH) / 100_000_000)
    }

    fn parse(text: &str, decimals: u32, microjoules_per_step: i128) -> Result<EnergyTotal, DecimalError> {
        let scaled = Decimal::parse(text)?.to_scaled(decimals)?;
        scaled.checked_mul(microjoules_per_step).map(EnergyTotal).ok_or(DecimalError::OutOfRange)
    }
}

impl From<Energy> for EnergyTotal {
    fn from(energy: Energy) -> EnergyTotal {
        EnergyTotal(energy.0.into())
    }
}

impl fmt::Display for EnergyTotal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} µJ", self.0)
    }
}

/// Carbon intensity of electricity, in micrograms CO2e per kilowatt-hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Intensity(i64);

impl Intensity {
    /// A larger value is of another unit (10,000 g/kWh, as the database also checks). Values above 2,000 g/kWh
    /// are asked about before: see `intensity::plausible`.
    pub const MAX_UG_PER_KWH: i64 = 10_000_000_000;

    /// Refuses values below 0 or above [`Intensity::MAX_UG_PER_KWH`].
    pub fn from_micrograms_per_kwh(micrograms: i64) -> Option<Intensity> {
        (0..=Intensity::MAX_UG_PER_KWH).contains(&micrograms).then_some(Intensity(micrograms))
    }

    /// Grams per kilowatt-hour with at most 6 decimals are exact.
    pub fn parse_grams_per_kwh(text: &str) -> Result<Intensity, DecimalError> {
        i64::try_from(Decimal::parse(text)?.to_scaled(6)?)
            .ok()
            .and_then(Intensity::from_micrograms_per_kwh)
            .ok_or(DecimalError::OutOfRange)
    }

    pub fn micrograms_per_kwh(self) -> i64 {
        self.0
    }

    /// Grams per kilowatt-hour, exact.
    pub fn grams_per_kwh(self) -> Decimal {
        Decimal::new(self.0.into(), 6).without_trailing_zeros()
    }
}

impl fmt::Display for Intensity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} g/kWh", Decimal::new(self.0.into(), 6))
    }
}

/// A multiplier or a share, in parts per million: a PUE of 1.15 is 1,150,000 ppm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ratio(i64);

impl Ratio {
    pub const ONE: Ratio = Ratio(PPM);

    pub const fn from_ppm(ppm: i64) -> Ratio {
        Ratio(ppm)
    }

    /// A plain number (`1.15`) with at most 6 decimals.
    pub fn parse(text: &str) -> Result<Ratio, DecimalError> {
        i64::try_from(Decimal::parse(text)?.to_scaled(6)?).map(Ratio).map_err(|_| DecimalError::OutOfRange)
    }

    pub fn ppm(self) -> i64 {
        self.0
    }

    /// The same value as a plain number.
    pub fn decimal(self) -> Decimal {
        Decimal::new(self.0.into(), 6)
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ppm", self.0)
    }
}

/// A length of time, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(i64);

impl Span {
    /// Refuses negative spans.
    pub fn from_microseconds(microseconds: i64) -> Option<Span> {
        (microseconds >= 0).then_some(Span(microseconds))
    }

    /// Milliseconds with at most 3 decimals are exact.
    pub fn parse_milliseconds(text: &str) -> Result<Span, DecimalError> {
        i64::try_from(Decimal::parse(text)?.to_scaled(3)?)
            .ok()
            .and_then(Span::from_microseconds)
            .ok_or(DecimalError::OutOfRange)
    }

    /// Seconds with at most 6 decimals are exact.
    pub fn parse_seconds(text: &str) -> Result<Span, DecimalError> {
        i64::try_from(Decimal::parse(text)?.to_scaled(6)?)
            .ok()
            .and_then(Span::from_microseconds)
            .ok_or(DecimalError::OutOfRange)
    }

    pub fn microseconds(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} µs", self.0)
    }
}

/// Energy that one token takes, in nanojoules; from 1 nJ to 1 MJ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenEnergy(i64);

impl TokenEnergy {
    /// No model takes more; a larger value is a unit slip (1 MJ, as the database also checks).
    pub const MAX_NJ: i64 = 1_000_000_000_000_000;

    /// Refuses zero, which is no measurement, and values above [`TokenEnergy::MAX_NJ`].
    pub fn from_nanojoules(nanojoules: i64) -> Option<TokenEnergy> {
        (1..=TokenEnergy::MAX_NJ).contains(&nanojoules).then_some(TokenEnergy(nanojoules))
    }

    /// Joules with at most 9 decimals are exact.
    pub fn parse_joules(text: &str) -> Result<TokenEnergy, DecimalError> {
        i64::try_from(Decimal::parse(text)?.to_scaled(9)?)
            .ok()
            .and_then(TokenEnergy::from_nanojoules)
            .ok_or(DecimalError::OutOfRange)
    }

    pub fn nanojoules(self) -> i64 {
        self.0
    }

    /// The same value in joules.
    pub fn joules(self) -> Decimal {
        Decimal::new(self.0.into(), 9).without_trailing_zeros()
    }
}

impl fmt::Display for TokenEnergy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} nJ", self.0)
    }
}

/// Water used on site for the IT energy (WUE), in microlitres per kilowatt-hour; from 0 to 100 L/kWh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WaterUse(i64);

impl WaterUse {
    /// No site uses more; a larger value is a unit slip (100 L/kWh, as the database also checks).
    pub const MAX_UL_PER_KWH: i64 = 100_000_000;

    /// Refuses values below 0 or above [`WaterUse::MAX_UL_PER_KWH`].
    pub fn from_microlitres_per_kwh(microlitres: i64) -> Option<WaterUse> {
        (0..=WaterUse::MAX_UL_PER_KWH).contains(&microlitres).then_some(WaterUse(microlitres))
    }

    /// Litres per kilowatt-hour with at most 6 decimals are exact.
    pub fn parse_litres_per_kwh(text: &str) -> Result<WaterUse, DecimalError> {
        i64::try_from(Decimal::parse(text)?.to_scaled(6)?)
            .ok()
            .and_then(WaterUse::from_microlitres_per_kwh)
            .ok_or(DecimalError::OutOfRange)
    }

    pub fn microlitres_per_kwh(self) -> i64 {
        self.0
    }

    /// The same value in litres per kilowatt-hour.
    pub fn litres_per_kwh(self) -> Decimal {
        Decimal::new(self.0.into(), 6).without_trailing_zeros()
    }
}

impl fmt::Display for WaterUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} µL/kWh", self.0)
    }
}

/// An amount of CO2e that is told as a whole, in milligrams; from 0 to 10¹² kg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CarbonMass(i64);

impl CarbonMass {
    /// A larger value is a unit slip: the world emits less than a hundred times as much in a year.
    pub const MAX_MG: i64 = 1_000_000_000_000_000_000;

    /// Refuses values below 0 or above [`CarbonMass::MAX_MG`].
    pub fn from_milligrams(milligrams: i64) -> Option<CarbonMass> {
        (0..=CarbonMass::MAX_MG).contains(&milligrams).then_some(CarbonMass(milligrams))
    }

    /// Kilograms with at most 6 decimals are exact.
    pub fn parse_kilograms(text: &str) -> Result<CarbonMass, DecimalError> {
        i64::try_from(Decimal::parse(text)?.to_scaled(6)?)
            .ok()
            .and_then(CarbonMass::from_milligrams)
            .ok_or(DecimalError::OutOfRange)
    }

    pub fn milligrams(self) -> i64 {
        self.0
    }

    /// The same in kilograms.
    pub fn kilograms(self) -> Decimal {
        Decimal::new(self.0.into(), 6).without_trailing_zeros()
    }
}

impl fmt::Display for CarbonMass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} mg", self.0)
    }
}

/// A volume of electricity as it is traded, in whole watt-hours: a certificate is a megawatt-hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EnergyVolume(i64);

impl EnergyVolume {
    pub const ZERO: EnergyVolume = EnergyVolume(0);

    /// Refuses what is below zero.
    pub fn from_watt_hours(watt_hours: i64) -> Option<EnergyVolume> {
        (watt_hours >= 0).then_some(EnergyVolume(watt_hours))
    }

    /// Kilowatt-hours with at most 3 decimals are exact.
    pub fn parse_kwh(text: &str) -> Result<EnergyVolume, DecimalError> {
        i64::try_from(Decimal::parse(text)?.to_scaled(3)?)
            .ok()
            .and_then(EnergyVolume::from_watt_hours)
            .ok_or(DecimalError::OutOfRange)
    }

    pub fn watt_hours(self) -> i64 {
        self.0
    }

    pub fn kilowatt_hours(self) -> Decimal {
        Decimal::new(self.0.into(), 3).without_trailing_zeros()
    }

    /// The same in microjoules, which need more than 64 bits.
    pub fn microjoules(self) -> i128 {
        i128::from(self.0) * i128::from(MICROJOULES_PER_WH)
    }

    /// `None` where the sum does not fit.
    pub fn checked_add(self, other: EnergyVolume) -> Option<EnergyVolume> {
        self.0.checked_add(other.0).map(EnergyVolume)
    }
}

impl fmt::Display for EnergyVolume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} kWh", self.kilowatt_hours())
    }
}

/// Power in whole milliwatts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Power(i64);

impl Power {
    /// The most that one accelerator may be said to take: 100 kW.
    pub const MAX_MILLIWATTS: i64 = 100_000_000;

    pub fn from_milliwatts(milliwatts: i64) -> Option<Power> {
        (1..=Power::MAX_MILLIWATTS).contains(&milliwatts).then_some(Power(milliwatts))
    }

    /// Watts with at most three decimals.
    pub fn parse_watts(text: &str) -> Result<Power, DecimalError> {
        let milliwatts = Decimal::parse(text)?.to_scaled(3)?;
        i64::try_from(milliwatts).ok().and_then(Power::from_milliwatts).ok_or(DecimalError::OutOfRange)
    }

    pub fn milliwatts(self) -> i64 {
        self.0
    }

    pub fn watts(self) -> Decimal {
        Decimal::new(self.0.into(), 3).without_trailing_zeros()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_watt_hour_is_the_same_in_every_unit_of_entry() {
        let expected = Energy::from_microjoules(3_600_000_000).unwrap();
        assert_eq!(Energy::parse_wh("1"), Ok(expected));
        assert_eq!(Energy::parse_kwh("0.001"), Ok(expected));
        assert_eq!(Energy::parse_joules("3600"), Ok(expected));
        assert_eq!(Energy::parse_wh("1.0e0"), Ok(expected));
    }

    #[test]
    fn the_smallest_steps_are_exact_and_smaller_ones_are_refused() {
        assert_eq!(Energy::parse_wh("0.00000001").unwrap().microjoules(), 36);
        assert_eq!(Energy::parse_joules("0.000001").unwrap().microjoules(), 1);
        assert_eq!(Energy::parse_kwh("0.00000000001").unwrap().microjoules(), 36);
        assert_eq!(Energy::parse_wh("0.000000001"), Err(DecimalError::TooManyDecimals { allowed: 8 }));
        assert_eq!(Energy::parse_joules("0.0000001"), Err(DecimalError::TooManyDecimals { allowed: 6 }));
    }

    #[test]
    fn energy_that_no_task_can_have_is_refused() {
        assert_eq!(Energy::parse_joules("-1"), Err(DecimalError::OutOfRange));
        assert_eq!(Energy::parse_joules("9223372036854.775807"), Ok(Energy(i64::MAX)));
        assert_eq!(Energy::parse_joules("9223372036854.775808"), Err(DecimalError::OutOfRange));
    }

    #[test]
    fn amounts_print_their_unit() {
        assert_eq!(Energy::ZERO.to_string(), "0 µJ");
        assert_eq!(Intensity::parse_grams_per_kwh("412.345678").unwrap().to_string(), "412.345678 g/kWh");
        assert_eq!(Ratio::parse("1.15").unwrap().to_string(), "1150000 ppm");
        assert_eq!(Span::parse_milliseconds("1.5").unwrap().to_string(), "1500 µs");
    }

    #[test]
    fn token_energy_and_water_are_exact_within_what_is_plausible() {
        let tiny = TokenEnergy::parse_joules("0.000000001").unwrap();
        assert_eq!((tiny.nanojoules(), tiny.to_string()), (1, "1 nJ".to_owned()));
        assert_eq!(TokenEnergy::parse_joules("3.910").unwrap().joules().to_string(), "3.91");
        assert_eq!(TokenEnergy::parse_joules("0"), Err(DecimalError::OutOfRange));
        assert_eq!(TokenEnergy::parse_joules("1000000.000000001"), Err(DecimalError::OutOfRange));
        assert_eq!(
            TokenEnergy::parse_joules("0.0000000001"),
            Err(DecimalError::TooManyDecimals { allowed: 9 })
        );
        let dry = WaterUse::parse_litres_per_kwh("0").unwrap();
        assert_eq!((dry.microlitres_per_kwh(), dry.litres_per_kwh().to_string()), (0, "0".to_owned()));
        assert_eq!(WaterUse::parse_litres_per_kwh("1.8").unwrap().to_string(), "1800000 µL/kWh");
        assert_eq!(WaterUse::parse_litres_per_kwh("100.000001"), Err(DecimalError::OutOfRange));
    }

    #[test]
    fn masses_of_carbon_are_whole_milligrams() {
        let server = CarbonMass::parse_kilograms("143.0625").unwrap();
        assert_eq!(
            (server.milligrams(), server.kilograms().to_string()),
            (143_062_500, "143.0625".to_owned())
        );
        let small = CarbonMass::parse_kilograms("0.0000001");
        assert_eq!(small, Err(DecimalError::TooManyDecimals { allowed: 6 }));
        assert_eq!(CarbonMass::parse_kilograms("-1"), Err(DecimalError::OutOfRange));
        assert_eq!(CarbonMass::parse_kilograms("1000000000000.000001"), Err(DecimalError::OutOfRange));
    }

    #[test]
    fn volumes_are_whole_watt_hours() {
        let certificate = EnergyVolume::parse_kwh("1000").unwrap();
        assert_eq!((certificate.watt_hours(), certificate.microjoules()), (1_000_000, 3_600_000_000_000_000));
        assert_eq!(EnergyVolume::parse_kwh("0.125").unwrap().to_string(), "0.125 kWh");
        assert_eq!(EnergyVolume::parse_kwh("0.0001"), Err(DecimalError::TooManyDecimals { allowed: 3 }));
        assert_eq!(EnergyVolume::parse_kwh("-1"), Err(DecimalError::OutOfRange));
        let most = EnergyVolume::from_watt_hours(i64::MAX).unwrap();
        assert_eq!(most.checked_add(certificate), None);
    }

    #[test]
    fn intensity_beyond_any_grid_is_a_unit_slip() {
        assert_eq!(Intensity::parse_grams_per_kwh("10000.000001"), Err(DecimalError::OutOfRange));
        assert_eq!(Intensity::parse_grams_per_kwh("-1"), Err(DecimalError::OutOfRange));
    }
}
