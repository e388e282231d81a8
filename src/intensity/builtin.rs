//! The reference data that ships with the program (`data/`, attribution in `data/README.md`): zones,
//! and the yearly intensities of Ember.

use crate::db::registry::Zone;
use crate::db::{DbError, Pool, factor, registry};
use crate::domain::factor::{FactorSet, FactorValue};
use crate::domain::names::Slug;
use crate::domain::period::beginning_of;
use crate::domain::terms::{Basis, Perimeter, Resolution};
use crate::units::Intensity;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::sync::LazyLock;

const COUNTRIES: &str = include_str!("../../data/zones/iso3166_countries.csv");
const ENTSOE_AREAS: &str = include_str!("../../data/zones/entsoe_areas.csv");
const EMBER: &str = include_str!("../../data/intensity/ember_annual_2023-2025.csv");

/// Loads what is built in, where it is not loaded yet.
pub async fn load(pool: &Pool, now: DateTime<Utc>) -> Result<(), DbError> {
    let set = ember_set();
    if factor::has_release(pool, &set.key, &set.release).await? {
        return Ok(());
    }
    registry::insert_zones(pool, &zones()).await?;
    factor::import(pool, &set, &ember_values(), now, &|_| ()).await?;
    Ok(())
}

#[derive(Deserialize)]
struct CountryRow {
    alpha2: String,
    alpha3: String,
    name_en: String,
}

#[derive(Deserialize)]
struct AreaRow {
    meaning: String,
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

/// Countries, then the bidding zones within one country, which have it as their parent.
pub fn zones() -> Vec<Zone> {
    let mut zones: Vec<Zone> = rows::<CountryRow>(COUNTRIES)
        .map(|row| Zone { key: row.alpha2, name: row.name_en, parent: None })
        .collect();
    for area in rows::<AreaRow>(ENTSOE_AREAS) {
        let key = area.electricity_maps_zone;
        let is_within_one_country = key.starts_with(&format!("{}-", area.country_alpha2));
        if area.is_bidding_zone && is_within_one_country && zones.iter().all(|zone| zone.key != key) {
            zones.push(Zone { key, name: area.meaning, parent: Some(area.country_alpha2) });
        }
    }
    zones
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
        basis: Basis::Lifecycle,
        perimeter: Perimeter::Production,
        resolution: Resolution::Year,
    }
}

/// Values by country. Left out, with the reason in `data/README.md`: the world's average, which is no
/// zone, and negative values, which cannot be true.
pub fn ember_values() -> Vec<FactorValue> {
    let first_day = |year| NaiveDate::from_ymd_opt(year, 1, 1).map(beginning_of).expect("a year of the file");
    rows::<EmberRow>(EMBER)
        .filter(|row| row.area_type == "country" && !row.lifecycle_gco2e_per_kwh.starts_with('-'))
        .map(|row| FactorValue {
            zone: zone_of_alpha3(&row.iso3).expect("a built-in country").to_owned(),
            valid_from: first_day(row.year),
            valid_to: first_day(row.year + 1),
            intensity: Intensity::parse_grams_per_kwh(&row.lifecycle_gco2e_per_kwh)
                .expect("a built-in intensity"),
            is_estimated: false,
        })
        .collect()
}

/// The rows of a built-in file; a test reads every file, so a row that does not fit cannot ship.
fn rows<T: DeserializeOwned>(text: &'static str) -> impl Iterator<Item = T> {
    csv::Reader::from_reader(text.as_bytes())
        .into_deserialize()
        .map(|row| row.expect("a built-in row fits its columns"))
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
    fn every_value_has_a_zone_and_every_parent_comes_first() {
        let zones = zones();
        let keys: HashSet<&str> = zones.iter().map(|zone| zone.key.as_str()).collect();
        assert_eq!(keys.len(), zones.len());
        assert!(ember_values().iter().all(|value| keys.contains(value.zone.as_str())));
        for (index, zone) in zones.iter().enumerate() {
            if let Some(parent) = &zone.parent {
                assert!(zones[..index].iter().any(|earlier| earlier.key == *parent), "{zone:?}");
            }
        }
        assert!(keys.contains("SE-SE3"));
    }
}
