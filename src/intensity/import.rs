//! From the file of a source to stored factors: which source it is, what it holds, what of it can be true.

use super::detect::{DetectError, Format, detect};
use super::entsoe::{self, EntsoeError, GenerationFactors};
use super::gb::Area;
use super::plausible::{Known, judge};
use super::read_error::ReadError;
use super::source::{Reading, Readings, Wanted};
use super::zones::{UnknownZone, Zones};
use super::{electricity_maps, ember, energy_charts, gb, watttime};
use crate::db::factor::{self, Imported};
use crate::db::{DbError, Pool};
use crate::domain::factor::{FactorSet, FactorValue};
use crate::domain::period::Period;
use crate::domain::terms::{Basis, CodeKind, FactorKind, Perimeter, Resolution};
use crate::units::Decimal;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashSet;
use thiserror::Error;

/// Why nothing of a file was imported.
#[derive(Debug, Error)]
pub enum ImportError {
    #[error(transparent)]
    Detect(#[from] DetectError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Entsoe(#[from] EntsoeError),
    #[error(transparent)]
    Zone(#[from] UnknownZone),
    #[error("a file of {0} does not say which zone it is of; name it")]
    ZoneNeeded(&'static str),
    #[error(
        "the zone '{0}' is neither Great Britain (GB) nor one of its regions (GB-REGION-1 to GB-REGION-17)"
    )]
    NotGreatBritain(String),
    #[error("this is a CSV file of no known source: say which columns hold the time and the value")]
    OtherCsv,
    #[error("the file holds no value")]
    Empty,
    #[error(
        "values hold for {0}; a set holds for quarter hours, half hours, hours, months or years, all alike"
    )]
    Resolution(String),
    #[error(
        "a set named '{0}' is there with another source, licence, attribution, release, kind, basis, perimeter or \
         resolution"
    )]
    OtherSet(String),
    #[error(
        "marginal intensities say what one kilowatt-hour more would cause; a disclosure counts what was caused, and \
         needs the average, or the residual mix for its market-based figure"
    )]
    Marginal,
    #[error("the zone {zone} has two values that begin at {}: its codes mean the same", .at.format("%Y-%m-%dT%H:%MZ"))]
    Twice { zone: String, at: DateTime<Utc> },
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What a source is, for the set that its values are stored under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceTerms {
    pub source: &'static str,
    pub licence: &'static str,
    pub attribution: &'static str,
    pub perimeter: Perimeter,
}

/// The terms of a format's source; `None` where the file may be of anybody.
pub fn terms_of(format: Format) -> Option<SourceTerms> {
    let terms = |source, licence, attribution, perimeter| {
        Some(SourceTerms { source, licence, attribution, perimeter })
    };
    match format {
        Format::ElectricityMapsPortal | Format::ElectricityMapsAnnual => terms(
            "Electricity Maps",
            "ODbL 1.0",
            "Carbon intensity, Electricity Maps (electricitymaps.com), ODbL 1.0",
            Perimeter::Consumption,
        ),
        Format::ElectricityMapsApi => terms(
            "Electricity Maps",
            "terms of the contract with Electricity Maps",
            "Carbon intensity, Electricity Maps (electricitymaps.com)",
            Perimeter::Consumption,
        ),
        Format::EmberRelease | Format::EmberApi => terms(
            "Ember",
            "CC BY 4.0",
            "Carbon intensity, Ember (ember-energy.org), CC BY 4.0",
            Perimeter::Production,
        ),
        Format::Gb => terms(
            "GB Carbon Intensity API",
            "CC BY 4.0",
            "Carbon Intensity API, National Energy System Operator, CC BY 4.0",
            Perimeter::Consumption,
        ),
        Format::EnergyCharts => terms(
            "Energy-Charts",
            "CC BY 4.0",
            "Energy-Charts (energy-charts.info), Fraunhofer ISE, CC BY 4.0",
            Perimeter::Production,
        ),
        Format::Entsoe => terms(
            "ENTSO-E Transparency Platform, generation per type, factors ipcc-ar5-1",
            "CC BY 4.0 for listed items, else terms of use",
            "Computed from generation data of the ENTSO-E Transparency Platform",
            Perimeter::Production,
        ),
        Format::WattTime | Format::OtherCsv => None,
    }
}

/// Reads a file (decompressed) of a known source. A zone that is named is a key.
///
/// # Errors
///
/// The file is of no known source, is not whole, is of another zone, or needs a zone to be named.
pub fn read(
    bytes: &[u8],
    zone: Option<&str>,
    basis: Basis,
    zones: &Zones,
) -> Result<(Format, Readings), ImportError> {
    let format = detect(bytes)?;
    let named = |source| zone.ok_or(ImportError::ZoneNeeded(source));
    let readings = match format {
        Format::ElectricityMapsPortal => electricity_maps::read_csv(bytes, zone, basis, None)?,
        Format::ElectricityMapsAnnual => electricity_maps::read_annual(bytes, basis)?,
        Format::ElectricityMapsApi => electricity_maps::read_json(bytes, zone, basis)?,
        Format::EmberRelease => ember::read_csv(bytes, basis)?,
        Format::EmberApi => ember::read_json(bytes, basis, None)?,
        Format::Gb => {
            let zone = zone.unwrap_or("GB");
            let area = Area::of_zone(zone).ok_or_else(|| ImportError::NotGreatBritain(zone.to_owned()))?;
            gb::read(bytes, &always(zone)?, area, basis)?
        }
        Format::EnergyCharts => energy_charts::read(bytes, named("Energy-Charts")?)?,
        Format::WattTime => watttime::read(bytes, named("WattTime")?, named("WattTime")?, basis)?,
        Format::Entsoe => {
            let zone = named("ENTSO-E")?;
            let mut areas = zones.codes_of(zone);
            areas.retain(|code| code.kind == CodeKind::Eic);
            let areas: Vec<String> = areas.into_iter().map(|code| code.code.clone()).collect();
            entsoe::read(bytes, zone, &areas, &GenerationFactors::built_in(), basis)?
        }
        Format::OtherCsv => return Err(ImportError::OtherCsv),
    };
    Ok((format, readings))
}

/// A file is taken whole, so every instant is wanted.
fn always(zone: &str) -> Result<Wanted, ImportError> {
    let period = Period::new(DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH + TimeDelta::days(365 * 200));
    Ok(Wanted { zone: zone.to_owned(), period: period.map_err(|_| ImportError::Empty)? })
}

/// The resolution that all values have.
pub fn resolution_of(values: &[Reading]) -> Result<Resolution, ImportError> {
    let of = |value: &Reading| {
        let length = value.valid_to - value.valid_from;
        match (length.num_minutes(), length.num_days()) {
            (15, _) => Ok(Resolution::QuarterHour),
            (30, _) => Ok(Resolution::HalfHour),
            (60, _) => Ok(Resolution::Hour),
            (_, 28..=31) => Ok(Resolution::Month),
            (_, 365 | 366) => Ok(Resolution::Year),
            (minutes, _) => Err(ImportError::Resolution(format!("{minutes} minutes"))),
        }
    };
    let first = of(values.first().ok_or(ImportError::Empty)?)?;
    for value in values {
        if of(value)? != first {
            return Err(ImportError::Resolution("intervals of several lengths".to_owned()));
        }
    }
    Ok(first)
}

/// Whether sets of a kind are of use.
///
/// # Errors
///
/// Marginal values have no place in an inventory.
pub fn check_kind(kind: FactorKind) -> Result<(), ImportError> {
    match kind {
        FactorKind::Average | FactorKind::Residual => Ok(()),
        FactorKind::Marginal => Err(ImportError::Marginal),
    }
}

/// Judges readings and stores them, those that wait for a person apart: all of it or nothing.
pub async fn store(
    pool: &Pool,
    set: &FactorSet,
    mut readings: Vec<Reading>,
    now: DateTime<Utc>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Imported, ImportError> {
    check_kind(set.kind)?;
    let all = Zones::load(pool).await?;
    let mut zones: Vec<String> = Vec::new();
    let mut has_codes = false;
    for reading in &mut readings {
        // A file has long runs of one zone.
        if zones.last() != Some(&reading.zone) {
            let key = all.resolve(&reading.zone, reading.valid_from)?;
            has_codes |= key != reading.zone;
            reading.zone = key;
            zones.push(reading.zone.clone());
        }
    }
    zones.sort_unstable();
    zones.dedup();
    if has_codes {
        // A reader finds what stands in a file twice under one name, but not under two.
        let mut seen = HashSet::with_capacity(readings.len());
        let again = readings.iter().find(|reading| !seen.insert((reading.zone.as_str(), reading.valid_from)));
        if let Some(Reading { zone, valid_from, .. }) = again {
            return Err(ImportError::Twice { zone: zone.clone(), at: *valid_from });
        }
    }
    let times = || readings.iter().map(|reading| reading.valid_from);
    let (Some(first), Some(last)) = (times().min(), times().max()) else { return Err(ImportError::Empty) };
    let end = last + TimeDelta::microseconds(1);
    let known = match set.kind {
        FactorKind::Average => Known {
            direct: factor::direct_of(pool, &set.source, set.perimeter, &zones, first, end).await?,
            annual: factor::annual_of(pool, set.basis, set.perimeter, &zones).await?,
        },
        // What is left when certificates are taken out may be far from the average, and says nothing of it.
        FactorKind::Residual | FactorKind::Marginal => Known::default(),
    };
    let judged = judge(readings, set.kind, set.basis, set.resolution == Resolution::Year, &known);
    match factor::import(pool, set, &judged.values, &judged.quarantined, now, progress).await {
        Err(DbError::Taken { .. }) => Err(ImportError::OtherSet(set.key.to_string())),
        other => Ok(other?),
    }
}

/// Values that were read from columns of the caller's choice, to be judged as those of known sources.
pub fn readings_of(values: Vec<FactorValue>) -> Vec<Reading> {
    values
        .into_iter()
        .map(|value| Reading {
            zone: value.zone,
            valid_from: value.valid_from,
            valid_to: value.valid_to,
            grams_per_kwh: Decimal::new(value.intensity.micrograms_per_kwh().into(), 6),
            is_estimated: value.is_estimated,
            estimation_method: Some(value.estimation_method).filter(|method| !method.is_empty()),
        })
        .collect()
}
