//! The reference data that ships with the program (`data/`, attribution in `data/README.md`): zones with their
//! codes, and the yearly intensities of Ember and of Electricity Maps, each a set under its own licence.

use super::gb;
use crate::db::zone::{self, Zone, ZoneCode, ZoneParent};
use crate::db::{DbError, Pool, factor};
use crate::domain::factor::{FactorSet, FactorValue};
use crate::domain::names::Slug;
use crate::domain::period::beginning_of;
use crate::domain::terms::{Basis, CodeKind, FactorKind, Perimeter, Resolution};
use crate::units::Intensity;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

const COUNTRIES: &str = include_str!("../../data/zones/iso3166_countries.csv");
const ENTSOE_AREAS: &str = include_str!("../../data/zones/entsoe_areas.csv");
const GB_REGIONS: &str = include_str!("../../data/zones/gb_regions.csv");
const CLOUD_REGIONS: &str = include_str!("../../data/zones/cloud_regions.csv");
const ELECTRICITY_MAPS: &str = include_str!("../../data/intensity/electricity_maps_annual_2021-2025.csv");
const EMBER: &str = include_str!("../../data/intensity/ember_annual_2023-2025.csv");

/// A zone of those that came last: a database without it was filled by an earlier version.
const NEWEST_ZONE: &str = "GB-REGION-17";

/// Reads the values of a built-in set.
type Values = fn() -> Vec<FactorValue>;

/// Loads what is built in, where it is not loaded yet.
pub async fn load(pool: &Pool, now: DateTime<Utc>) -> Result<(), DbError> {
    // The values are read only where they are missing: this runs at every start.
    let sets: [(FactorSet, Values); 2] =
        [(ember_set(), ember_values), (electricity_maps_set(), electricity_maps_values)];
    let mut missing = Vec::new();
    for (set, values) in &sets {
        if !factor::has_release(pool, &set.key, &set.release).await? {
            missing.push((set, values));
        }
    }
    if missing.is_empty() && zone::has(pool, NEWEST_ZONE).await? {
        return Ok(());
    }
    let zones = zones();
    zone::insert(pool, &zones, &parents(&zones), &codes()).await?;
    for (set, values) in missing {
        factor::import(pool, set, &values(), &[], now, &|_| ()).await?;
    }
    Ok(())
}

#[derive(Deserialize)]
struct CountryRow {
    alpha2: String,
    alpha3: String,
    name_en: String,
    eu27: bool,
    eea: bool,
}

#[derive(Deserialize)]
struct AreaRow {
    key: String,
    eic: String,
    meaning: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "a test compares it with the table of time zones"))]
    timezone: String,
    is_bidding_zone: bool,
    country_alpha2: String,
    electricity_maps_zone: String,
}

#[derive(Deserialize)]
struct EmberRow {
    iso3: String,
    area_type: String,
    year: i32,
    lifecycle_gco2e_per_kwh: String,
}

#[derive(Deserialize)]
struct RegionRow {
    cloud: String,
    region: String,
    zone: String,
}

#[derive(Deserialize)]
struct GbRegionRow {
    region: u8,
    name: String,
}

#[derive(Deserialize)]
struct ElectricityMapsRow {
    zone: String,
    year: i32,
    carbon_intensity_gco2e_per_kwh: String,
}

/// From when parents and codes hold that were never otherwise: before any record.
fn ever() -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(2000, 1, 1).map(beginning_of).expect("a date")
}

/// When Austria left the bidding zone that it shared with Germany and Luxembourg: midnight in Berlin.
fn split_of_austria() -> DateTime<Utc> {
    "2018-09-30T22:00:00Z".parse().expect("an instant")
}

/// Countries, the bidding zones within one country, the zones that Electricity Maps has besides, and the regions
/// of Great Britain.
pub fn zones() -> Vec<Zone> {
    let mut names: BTreeMap<String, String> =
        rows::<CountryRow>(COUNTRIES).map(|row| (row.alpha2, row.name_en)).collect();
    for area in rows::<AreaRow>(ENTSOE_AREAS) {
        let key = area.electricity_maps_zone;
        let is_within_one_country = key.starts_with(&format!("{}-", area.country_alpha2));
        if area.is_bidding_zone && is_within_one_country {
            names.entry(key).or_insert(area.meaning);
        }
    }
    for row in rows::<ElectricityMapsRow>(ELECTRICITY_MAPS) {
        let country = names.get(&row.zone[..2]).cloned().unwrap_or_else(|| row.zone[..2].to_owned());
        let region = row.zone.get(3..).unwrap_or_default();
        names.entry(row.zone.clone()).or_insert(format!("{country}, {region}"));
    }
    for row in rows::<GbRegionRow>(GB_REGIONS) {
        names.insert(gb::Area::Region(row.region).zone(), format!("Great Britain, {}", row.name));
    }
    names.into_iter().map(|(key, name)| Zone { key, name }).collect()
}

/// The zone around a zone: the longest part of its key that is a zone too. A zone of two countries has none.
pub fn parents(zones: &[Zone]) -> Vec<ZoneParent> {
    let keys: BTreeSet<&str> = zones.iter().map(|zone| zone.key.as_str()).collect();
    let parent_of = |key: &str| {
        let mut part = key;
        while let Some((shorter, _)) = part.rsplit_once('-') {
            if keys.contains(shorter) {
                return Some(shorter.to_owned());
            }
            part = shorter;
        }
        None
    };
    keys.iter()
        .filter_map(|key| {
            let parent = parent_of(key)?;
            Some(ZoneParent { zone: (*key).to_owned(), parent, valid_from: ever(), valid_to: None })
        })
        .collect()
}

/// What others call the zones: EIC and ENTSO-E names of bidding zones, ISO 3166 letters, Eurostat's own codes,
/// and the regions of three clouds.
pub fn codes() -> Vec<ZoneCode> {
    let code = |kind, code: &str, zone: &str| ZoneCode {
        kind,
        code: code.to_owned(),
        zone: zone.to_owned(),
        valid_from: ever(),
        valid_to: None,
    };
    let mut codes: Vec<ZoneCode> =
        rows::<CountryRow>(COUNTRIES).map(|row| code(CodeKind::Iso3, &row.alpha3, &row.alpha2)).collect();
    // Kosovo has no ISO 3166 code; Ember's is XKX. Eurostat writes Greece and the United Kingdom its own way.
    codes.push(code(CodeKind::Iso3, "XKX", "XK"));
    codes.push(code(CodeKind::Eurostat, "EL", "GR"));
    codes.push(code(CodeKind::Eurostat, "UK", "GB"));
    for area in rows::<AreaRow>(ENTSOE_AREAS).filter(|area| !area.electricity_maps_zone.is_empty()) {
        let valid_from = if area.key == "DE_LU" { split_of_austria() } else { ever() };
        for (kind, text) in [(CodeKind::Eic, &area.eic), (CodeKind::Entsoe, &area.key)] {
            codes.push(ZoneCode { valid_from, ..code(kind, text, &area.electricity_maps_zone) });
        }
    }
    for (kind, text) in [(CodeKind::Eic, "10Y1001A1001A63L"), (CodeKind::Entsoe, "DE_AT_LU")] {
        codes.push(ZoneCode { valid_to: Some(split_of_austria()), ..code(kind, text, "DE") });
    }
    for row in rows::<RegionRow>(CLOUD_REGIONS) {
        codes.push(code(CodeKind::CloudRegion, &format!("{}:{}", row.cloud, row.region), &row.zone));
    }
    codes
}

/// Electricity Maps' yearly data: life-cycle intensity of the electricity consumed in a zone. Its licence
/// asks that what is made of it be shared alike, so it stays a set of its own.
pub fn electricity_maps_set() -> FactorSet {
    FactorSet {
        key: Slug::parse("electricity-maps-annual-2021-2025").expect("a constant slug"),
        source: "Electricity Maps, yearly data".to_owned(),
        licence: "ODbL 1.0".to_owned(),
        attribution: "Yearly carbon intensity, Electricity Maps (electricitymaps.com), ODbL 1.0".to_owned(),
        release: "2021 to 2025".to_owned(),
        kind: FactorKind::Average,
        basis: Basis::Lifecycle,
        perimeter: Perimeter::Consumption,
        resolution: Resolution::Year,
    }
}

pub fn electricity_maps_values() -> Vec<FactorValue> {
    rows::<ElectricityMapsRow>(ELECTRICITY_MAPS)
        .map(|row| yearly(row.zone, row.year, &row.carbon_intensity_gco2e_per_kwh))
        .collect()
}

/// A built-in value of a year.
fn yearly(zone: String, year: i32, grams_per_kwh: &str) -> FactorValue {
    let first_day = |year| NaiveDate::from_ymd_opt(year, 1, 1).map(beginning_of).expect("a year of the file");
    FactorValue {
        zone,
        valid_from: first_day(year),
        valid_to: first_day(year + 1),
        intensity: Intensity::parse_grams_per_kwh(grams_per_kwh).expect("a built-in intensity"),
        is_estimated: false,
        estimation_method: String::new(),
    }
}

/// Whether a country, by its zone, is a member of the EU or of the European Economic Area.
pub fn is_in_eea(country: &str) -> bool {
    static MEMBERS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        rows::<CountryRow>(COUNTRIES).filter(|row| row.eu27 || row.eea).map(|row| row.alpha2).collect()
    });
    MEMBERS.contains(country)
}

/// The zone of a country by its ISO 3166 code of three letters; `None` for any other text.
pub fn zone_of_alpha3(code: &str) -> Option<&'static str> {
    static ZONES: LazyLock<HashMap<String, String>> =
        LazyLock::new(|| rows::<CountryRow>(COUNTRIES).map(|row| (row.alpha3, row.alpha2)).collect());
    // Kosovo has no ISO 3166 code; these are its usual ones.
    if code == "XKX" { Some("XK") } else { ZONES.get(code).map(String::as_str) }
}

/// Ember's yearly data: life-cycle intensity of the electricity produced in a country.
pub fn ember_set() -> FactorSet {
    FactorSet {
        key: Slug::parse("ember-annual-2026-10").expect("a constant slug"),
        source: "Ember, Yearly Electricity Data".to_owned(),
        licence: "CC BY 4.0".to_owned(),
        attribution: "Yearly Electricity Data, Ember (ember-energy.org), CC BY 4.0".to_owned(),
        release: "October 2026".to_owned(),
        kind: FactorKind::Average,
        basis: Basis::Lifecycle,
        perimeter: Perimeter::Production,
        resolution: Resolution::Year,
    }
}

/// Values by country. Left out, with the reason in `data/README.md`: the world's average, which is no
/// zone, and negative values, which cannot be true.
pub fn ember_values() -> Vec<FactorValue> {
    rows::<EmberRow>(EMBER)
        .filter(|row| row.area_type == "country" && !row.lifecycle_gco2e_per_kwh.starts_with('-'))
        .map(|row| {
            let zone = zone_of_alpha3(&row.iso3).expect("a built-in country");
            yearly(zone.to_owned(), row.year, &row.lifecycle_gco2e_per_kwh)
        })
        .collect()
}

/// The rows of a built-in file; a test reads every file, so a row that does not fit cannot ship.
fn rows<T: DeserializeOwned>(text: &'static str) -> impl Iterator<Item = T> {
    csv::Reader::from_reader(text.as_bytes())
        .into_deserialize()
        .map(|row| row.expect("a built-in row fits its columns"))
}

/// An area of ENTSO-E, for tests of what is made of its table.
#[cfg(test)]
pub(super) struct Area {
    /// Empty where there is none of the same extent.
    pub(super) zone: String,
    pub(super) time_zone: String,
}

#[cfg(test)]
pub(super) fn areas_of_entsoe() -> impl Iterator<Item = Area> {
    rows::<AreaRow>(ENTSOE_AREAS).map(|row| Area { zone: row.electricity_maps_zone, time_zone: row.timezone })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Datelike;
    use std::collections::HashSet;

    #[test]
    fn every_country_value_of_ember_is_built_in() {
        let values = ember_values();
        // All rows but the header, three of the world and one negative value (Costa Rica, 2025).
        assert_eq!(values.len(), EMBER.lines().count() - 1 - 3 - 1);
        assert!(values.iter().all(|value| value.zone != "CR" || value.valid_from.year() < 2025));
        assert_eq!(values.iter().filter(|value| value.zone == "XK").count(), 3);
        assert!(values.iter().all(|value| value.intensity.micrograms_per_kwh() > 0));
        let germany = values
            .iter()
            .find(|value| value.zone == "DE" && value.valid_from.to_rfc3339().starts_with("2025"));
        assert_eq!(germany.unwrap().intensity.micrograms_per_kwh(), 334_100_000);
    }

    #[test]
    fn every_value_parent_and_code_is_of_a_zone() {
        let zones = zones();
        let keys: HashSet<&str> = zones.iter().map(|zone| zone.key.as_str()).collect();
        assert_eq!(keys.len(), zones.len());
        assert!(ember_values().iter().all(|value| keys.contains(value.zone.as_str())));
        assert!(electricity_maps_values().iter().all(|value| keys.contains(value.zone.as_str())));
        for code in codes() {
            assert!(keys.contains(code.zone.as_str()), "{code:?}");
        }
        let parents = parents(&zones);
        let parent = |zone: &str| parents.iter().find(|one| one.zone == zone).map(|one| one.parent.as_str());
        assert_eq!(parent("SE-SE3"), Some("SE"));
        assert_eq!(parent("US-AK-SEAPA"), Some("US-AK"));
        assert_eq!(parent("DE"), None);
        assert_eq!(parent("GB-REGION-11"), Some("GB"));
        assert!(keys.contains(NEWEST_ZONE));
    }

    #[test]
    fn the_yearly_values_of_electricity_maps_are_as_in_the_file() {
        let values = electricity_maps_values();
        assert_eq!(values.len(), ELECTRICITY_MAPS.lines().count() - 1);
        assert!(values.iter().all(|value| value.intensity.micrograms_per_kwh() > 0));
        let found = values.iter().find(|value| value.zone == "AE" && value.valid_from.year() == 2021);
        assert_eq!(found.unwrap().intensity.micrograms_per_kwh(), 447_000_000);
    }
}
