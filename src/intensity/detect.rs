//! Says of which source a file is, by what stands in it and not by its name.

use super::table::{Table, plain};
use super::{electricity_maps, ember, wire};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use thiserror::Error;

/// The formats of files that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// [`electricity_maps::read_csv`]
    ElectricityMapsPortal,
    /// [`electricity_maps::read_annual`]
    ElectricityMapsAnnual,
    /// [`electricity_maps::read_json`]
    ElectricityMapsApi,
    /// [`ember::read_csv`]
    EmberRelease,
    /// [`ember::read_json`]
    EmberApi,
    /// [`super::gb::read`]
    Gb,
    /// [`super::energy_charts::read`]
    EnergyCharts,
    /// [`super::watttime::read`]
    WattTime,
    /// XML of ENTSO-E: generation, or the word that there is none.
    Entsoe,
    /// A CSV file of no known source, for [`super::csv_series::read`].
    OtherCsv,
}

/// Why a file is of none of them.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum DetectError {
    #[error(
        "this is a web page, and no data; is it what the service shows to those who are not signed in? {start}"
    )]
    Page { start: String },
    #[error("the file is empty")]
    Empty,
    #[error("this is no format that is known; it begins with: {start}")]
    Unknown { start: String },
}

/// The members by which answers are told apart.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    history: Option<&'a RawValue>,
    meta: Option<IgnoredAny>,
    status: Option<IgnoredAny>,
    carbon_intensity: Option<IgnoredAny>,
    temporal_granularity: Option<IgnoredAny>,
    zone: Option<IgnoredAny>,
    #[serde(rename = "unix_seconds")]
    unix_seconds: Option<IgnoredAny>,
    #[serde(rename = "co2eq")]
    co2eq: Option<IgnoredAny>,
}

/// Those of an item of `data`, or of `data` itself.
#[derive(Deserialize)]
struct DataMembers {
    #[serde(rename = "carbonIntensity")]
    carbon_intensity: Option<IgnoredAny>,
    emissions_intensity_gco2_per_kwh: Option<IgnoredAny>,
    entity_code: Option<IgnoredAny>,
    intensity: Option<IgnoredAny>,
    regionid: Option<IgnoredAny>,
    regions: Option<IgnoredAny>,
}

/// The format of a file, from its text (decompressed).
///
/// # Errors
///
/// It is a web page, is empty, or is of no format that is known; the first characters are quoted.
pub fn detect(bytes: &[u8]) -> Result<Format, DetectError> {
    let bytes = wire::without_mark(bytes).trim_ascii_start();
    let start = || wire::start_of_bytes(bytes);
    match bytes.first() {
        None => Err(DetectError::Empty),
        Some(b'<') => of_markup(bytes).ok_or_else(|| DetectError::Page { start: start() }),
        Some(b'{' | b'[') => of_json(bytes).ok_or_else(|| DetectError::Unknown { start: start() }),
        Some(_) => of_csv(bytes).ok_or_else(|| DetectError::Unknown { start: start() }),
    }
}

fn of_markup(bytes: &[u8]) -> Option<Format> {
    // The root stands behind a declaration and a comment at most.
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(2_000)]);
    let roots = ["<GL_MarketDocument", "<Acknowledgement_MarketDocument"];
    roots.iter().any(|root| head.contains(root)).then_some(Format::Entsoe)
}

fn of_json(bytes: &[u8]) -> Option<Format> {
    let answer: Members = serde_json::from_slice(bytes).ok()?;
    if answer.unix_seconds.is_some() && answer.co2eq.is_some() {
        return Some(Format::EnergyCharts);
    }
    if answer.meta.is_some() && answer.data.is_some() {
        return Some(Format::WattTime);
    }
    let is_electricity_maps = answer.history.is_some()
        || answer.status.is_some()
        || answer.carbon_intensity.is_some()
        || (answer.zone.is_some() && answer.temporal_granularity.is_some());
    if is_electricity_maps {
        return Some(Format::ElectricityMapsApi);
    }
    let data = answer.data?.get();
    let first = match data.starts_with('{') {
        true => data,
        false => serde_json::from_str::<Vec<&RawValue>>(data).ok()?.first()?.get(),
    };
    let first: DataMembers = serde_json::from_str(first).ok()?;
    if first.carbon_intensity.is_some() {
        Some(Format::ElectricityMapsApi)
    } else if first.entity_code.is_some() || first.emissions_intensity_gco2_per_kwh.is_some() {
        Some(Format::EmberApi)
    } else if first.intensity.is_some() || first.regionid.is_some() || first.regions.is_some() {
        Some(Format::Gb)
    } else {
        None
    }
}

fn of_csv(bytes: &[u8]) -> Option<Format> {
    let head = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let head = std::str::from_utf8(head).ok()?;
    // A semicolon is found out by the reader, which says so.
    let separator = if head.contains(';') { ';' } else { ',' };
    let names: Vec<String> = head.split(separator).map(|name| plain(name.trim().trim_matches('"'))).collect();
    let has = |any: &[&str]| names.iter().any(|name| any.contains(&name.as_str()));
    if has(electricity_maps::TIME) && has(electricity_maps::ZONE) {
        Some(Format::ElectricityMapsPortal)
    } else if has(&["zone"]) && has(electricity_maps::ANNUAL_VALUE) {
        Some(Format::ElectricityMapsAnnual)
    } else if has(ember::CODE) && has(ember::VARIABLE) {
        Some(Format::EmberRelease)
    } else {
        (names.len() > 1 && Table::read(bytes).is_ok()).then_some(Format::OtherCsv)
    }
}
