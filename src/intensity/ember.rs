//! Ember: answers of the API (yearly and monthly), and the long-format files of a release. The values are
//! life-cycle intensities of what is produced in a country.

use super::builtin::zone_of_alpha3;
use super::collector::Collector;
use super::electricity_maps::year_of;
use super::read_error::{Place, ReadError};
use super::source::{Reading, Readings};
use super::step::Step;
use super::table::{Table, plain};
use super::wire::{self, end_of};
use crate::domain::period::{Month, beginning_of, parse_date};
use crate::domain::terms::Basis;
use crate::units::Decimal;
use chrono::{DateTime, Datelike, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;

const SOURCE: &str = "Ember";
pub(super) const CODE: &[&str] = &["iso 3 code", "country code"];
pub(super) const VARIABLE: &[&str] = &["variable"];

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<Vec<Item<'a>>>,
}

#[derive(Deserialize)]
struct Item<'a> {
    entity: Option<String>,
    entity_code: Option<String>,
    is_aggregate_entity: bool,
    date: String,
    #[serde(borrow, default, deserialize_with = "wire::present")]
    emissions_intensity_gco2_per_kwh: Option<&'a RawValue>,
}

/// Reads an answer of `carbon-intensity/yearly` or `/monthly`; the list may be empty. Groups of countries
/// are left out and counted.
///
/// `step` is a month or a year, as asked for. Without it the dates tell: `2025` is a year and `2025-03` a
/// month, but whole dates that all begin a year may be either.
///
/// # Errors
///
/// A basis other than life-cycle; a code that is of no country; anything that is not as in such an answer.
pub fn read_json(bytes: &[u8], basis: Basis, step: Option<Step>) -> Result<Readings, ReadError> {
    let answer: Answer = wire::json(SOURCE, bytes)?;
    if let Some(refusal) = wire::refusal(answer.error, answer.message) {
        return Err(refusal);
    }
    check_basis(basis)?;
    let Some(items) = answer.data else {
        return Err(ReadError::Missing { place: Place::Answer, what: "data" });
    };
    let dates: Vec<&str> = items.iter().map(|item| item.date.as_str()).collect();
    let step = step.map_or_else(|| guess_step(&dates), Ok)?;
    let mut collector = Collector::default();
    for (index, item) in items.iter().enumerate() {
        let place = Place::Item("data", index);
        if item.is_aggregate_entity {
            collector.left_out();
            continue;
        }
        let raw = item.emissions_intensity_gco2_per_kwh;
        let raw = raw.ok_or(ReadError::Missing { place, what: "emissions_intensity_gco2_per_kwh" })?;
        let (code, name) = (item.entity_code.as_deref(), item.entity.as_deref());
        let country = country(place, code.unwrap_or_default(), name.unwrap_or_default())?;
        push(&mut collector, place, country, (&item.date, step), wire::number(place, raw)?)?;
    }
    Ok(collector.finish())
}

/// Reads a file of a release in long format; of its rows those of the variable "CO2 intensity". Groups of
/// countries are left out and counted.
///
/// # Errors
///
/// A basis other than life-cycle; another unit; a code that is of no country; no row of an intensity;
/// anything that is not as in such a file.
pub fn read_csv(bytes: &[u8], basis: Basis) -> Result<Readings, ReadError> {
    let table = Table::read(bytes)?;
    let (area, code, area_type) =
        (table.column(&["area"])?, table.column(CODE)?, table.column(&["area type"])?);
    let (variable, unit, value) =
        (table.column(VARIABLE)?, table.column(&["unit"])?, table.column(&["value"])?);
    let (date, step) = match table.find(&["year"]) {
        Some(year) => (year, Step::Year),
        None => (table.column(&["date"])?, Step::Month),
    };
    check_basis(basis)?;
    let mut collector = Collector::default();
    let mut intensities = 0_usize;
    for row in table.rows.iter().filter(|row| plain(row.cell(variable)) == "co2 intensity") {
        let place = row.place;
        intensities += 1;
        if !matches!(plain(row.cell(unit)).as_str(), "gco2/kwh" | "gco2e/kwh" | "gco2eq/kwh") {
            let found = wire::start_of(row.cell(unit));
            return Err(ReadError::Unit { place, found, expected: "gCO2/kWh" });
        }
        match plain(row.cell(area_type)).as_str() {
            "country" | "country or economy" => {}
            "region" | "world" | "aggregate" => {
                collector.left_out();
                continue;
            }
            found => {
                let (found, known) = (wire::start_of(found), "Country, Country or economy, Region, World");
                return Err(ReadError::Word { place, what: "'Area type'", found, known });
            }
        }
        let country = country(place, row.cell(code), row.cell(area))?;
        push(&mut collector, place, country, (row.cell(date), step), row.number(value)?)?;
    }
    if intensities == 0 {
        return Err(ReadError::Empty);
    }
    Ok(collector.finish())
}

fn check_basis(asked: Basis) -> Result<(), ReadError> {
    if asked == Basis::Lifecycle {
        return Ok(());
    }
    Err(ReadError::OtherBasis { place: Place::Answer, found: "lifecycle".to_owned(), asked })
}

fn country(place: Place, code: &str, name: &str) -> Result<&'static str, ReadError> {
    zone_of_alpha3(code).ok_or_else(|| ReadError::UnknownCountry {
        place,
        code: wire::start_of(code),
        name: wire::start_of(name),
    })
}

fn push(
    collector: &mut Collector,
    place: Place,
    zone: &str,
    (date, step): (&str, Step),
    value: Option<Decimal>,
) -> Result<(), ReadError> {
    let valid_from = beginning(place, date, step)?;
    let valid_to = end_of(place, step, valid_from)?;
    let Some(grams_per_kwh) = value else {
        collector.without_value();
        return Ok(());
    };
    let (zone, is_estimated, estimation_method) = (zone.to_owned(), false, None);
    let reading = Reading { zone, valid_from, valid_to, grams_per_kwh, is_estimated, estimation_method };
    collector.push(place, reading)
}

/// `2025`, `2025-03` or `2025-03-01`: which of them fits the step.
fn beginning(place: Place, text: &str, step: Step) -> Result<DateTime<Utc>, ReadError> {
    let month = || Month::parse(text).map(Month::first_day).or_else(|| parse_date(text)).map(beginning_of);
    match step {
        Step::Year if text.len() == 4 => year_of(place, text),
        _ => month().ok_or_else(|| ReadError::Time {
            place,
            text: wire::start_of(text),
            expected: match step {
                Step::Year => "a year, such as 2025",
                _ => "a month, such as 2025-03 or 2025-03-01",
            },
        }),
    }
}

/// Whether the dates are of years or months.
fn guess_step(dates: &[&str]) -> Result<Step, ReadError> {
    let whole: Vec<_> = dates.iter().filter_map(|date| parse_date(date)).collect();
    let is_either = !whole.is_empty() && whole.iter().all(|date| date.month() == 1);
    if is_either {
        return Err(ReadError::NoStep { found: "every date begins a year".to_owned() });
    }
    Ok(if dates.iter().all(|date| date.len() == 4) { Step::Year } else { Step::Month })
}
