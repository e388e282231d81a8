//! Exact quantities. Every amount is an integer of a named unit; decimals are read from text, and no
//! constructor takes a bare number without saying its unit.
//!
//! | type | unit |
//! | --- | --- |
//! | [`CarbonMass`] | milligrams CO2e (mg) |
//! | [`Energy`], [`EnergyTotal`] | microjoules (µJ) |
//! | [`Power`] | milliwatts (mW) |
//! | [`EnergyVolume`] | watt-hours (Wh), of electricity that is traded |
//! | [`Intensity`] | micrograms CO2e per kilowatt-hour (µg/kWh) |
//! | [`Ratio`] | parts per million (ppm) |
//! | [`Span`] | microseconds (µs) |
//! | [`TokenEnergy`] | nanojoules per token (nJ) |
//! | [`WaterUse`] | microlitres per kilowatt-hour (µL/kWh) |

mod amounts;
mod decimal;
mod significant;

pub use amounts::{
    CarbonMass, Energy, EnergyTotal, EnergyVolume, Intensity, Power, Ratio, Span, TokenEnergy, WaterUse,
};
pub(crate) use decimal::divide_half_even;
pub use decimal::{Decimal, DecimalError};
pub use significant::{Significant, SignificantError};

/// Microjoules in one watt-hour: 3,600 J of 10⁶ µJ each.
pub const MICROJOULES_PER_WH: i64 = 3_600_000_000;
/// Microjoules in one kilowatt-hour.
pub const MICROJOULES_PER_KWH: i64 = 1_000 * MICROJOULES_PER_WH;
/// Parts per million in one whole.
pub const PPM: i64 = 1_000_000;
