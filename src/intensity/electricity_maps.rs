//! Electricity Maps: files of the portal (any vintage), the file of yearly values, and answers of the API
//! (v3 and v4).

use super::collector::Collector;
use super::read_error::{Place, ReadError};
use super::source::{Reading, Readings};
use super::step::Step;
use super::table::{Row, Table};
use super::wire::{self, end_of, instant};
use crate::domain::terms::Basis;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;

const SOURCE: &str = "Electricity Maps";

/// Header names of a portal file, as `table::plain` writes them, and those of editions before.
pub(super) const TIME: &[&str] = &["datetime (utc)"];
pub(super) const ZONE: &[&str] = &["zone id"];
const DIRECT: &[&str] = &["carbon intensity gco2eq/kwh (direct)"];
const LIFECYCLE: &[&str] = &[
    "carbon intensity gco2eq/kwh (life cycle)",
    "carbon intensity gco2eq/kwh (lifecycle)",
    "carbon intensity gco2eq/kwh (lca)",
];
const ESTIMATED: &[&str] = &["data estimated"];
const METHOD: &[&str] = &["data estimation method"];
pub(super) const ANNUAL_VALUE: &[&str] = &["carbon_intensity_gco2e_per_kwh"];

/// Reads a file of the portal. Its times are UTC, as the header says.
///
/// `zone`, where given, is the only one that the file may hold. The values hold for `step`, and where that
/// is not given for the smallest distance of two times of a zone.
///
/// # Errors
///
/// Anything that is not as in a file of the portal; see [`ReadError`].
pub fn read_csv(
    bytes: &[u8],
    zone: Option<&str>,
    basis: Basis,
    step: Option<Step>,
) -> Result<Readings, ReadError> {
    let table = Table::read(bytes)?;
    let (time, zone_column) = (table.column(TIME)?, table.column(ZONE)?);
    let value = table.column(match basis {
        Basis::Direct => DIRECT,
        Basis::Lifecycle => LIFECYCLE,
    })?;
    let (estimated, method) = (table.find(ESTIMATED), table.find(METHOD));

    let mut starts: Vec<(&str, DateTime<Utc>)> = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        let found = row.cell(zone_column);
        check_zone(row.place, Some(found), zone)?;
        starts.push((found, time_of(row, time)?));
    }
    let step = step.map_or_else(|| guess_step(&starts), Ok)?;

    let mut collector = Collector::default();
    for (row, (zone, valid_from)) in table.rows.iter().zip(starts) {
        let valid_to = end_of(row.place, step, valid_from)?;
        let Some(grams_per_kwh) = row.number(value)? else {
            collector.without_value();
            continue;
        };
        let is_estimated = match estimated.map_or("", |column| row.cell(column)) {
            "" | "false" | "False" | "FALSE" => false,
            "true" | "True" | "TRUE" => true,
            found => {
                let (what, found) = ("'Data estimated'", wire::start_of(found));
                return Err(ReadError::Word { place: row.place, what, found, known: "true, false" });
            }
        };
        let estimation_method = method.map(|column| row.cell(column)).filter(|text| !text.is_empty());
        let reading = Reading {
            zone: zone.to_owned(),
            valid_from,
            valid_to,
            grams_per_kwh,
            is_estimated,
            estimation_method: estimation_method.map(str::to_owned),
        };
        collector.push(row.place, reading)?;
    }
    Ok(collector.finish())
}

fn time_of(row: &Row, column: usize) -> Result<DateTime<Utc>, ReadError> {
    let text = row.cell(column);
    let naive = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .or_else(|| {
            crate::domain::period::parse_date(text).map(|date| date.and_time(chrono::NaiveTime::MIN))
        });
    match naive {
        Some(naive) => Ok(naive.and_utc()),
        None => instant(row.place, text),
    }
}

/// The smallest distance within a zone: rows of several zones have the same times.
fn guess_step(starts: &[(&str, DateTime<Utc>)]) -> Result<Step, ReadError> {
    let mut sorted = starts.to_vec();
    sorted.sort_unstable();
    let zones = sorted.chunk_by(|one, other| one.0 == other.0);
    let distance =
        zones.filter_map(|rows| Step::smallest_distance(rows.iter().map(|(_, start)| *start))).min();
    distance.and_then(Step::of_length).ok_or_else(|| ReadError::NoStep {
        found: match distance {
            Some(distance) => format!("{} minutes", distance.num_minutes()),
            None => "each zone has one only".to_owned(),
        },
    })
}

fn check_zone(place: Place, found: Option<&str>, asked: Option<&str>) -> Result<(), ReadError> {
    match (found, asked) {
        (None | Some(""), _) => Err(ReadError::Missing { place, what: "the zone" }),
        (Some(found), Some(asked)) if found != asked => {
            Err(ReadError::OtherZone { place, found: wire::start_of(found), asked: asked.to_owned() })
        }
        _ => Ok(()),
    }
}

/// Reads the file of yearly life-cycle values of all zones (`zone,year,carbon_intensity_gco2e_per_kwh,…`).
///
/// # Errors
///
/// The basis asked for is another; anything that is not as in that file.
pub fn read_annual(bytes: &[u8], basis: Basis) -> Result<Readings, ReadError> {
    let table = Table::read(bytes)?;
    let (zone, year) = (table.column(&["zone"])?, table.column(&["year"])?);
    let value = table.column(ANNUAL_VALUE)?;
    if basis != Basis::Lifecycle {
        return Err(ReadError::OtherBasis {
            place: Place::Line(1),
            found: "lifecycle".to_owned(),
            asked: basis,
        });
    }
    let mut collector = Collector::default();
    for row in &table.rows {
        check_zone(row.place, Some(row.cell(zone)), None)?;
        let valid_from = year_of(row.place, row.cell(year))?;
        let Some(grams_per_kwh) = row.number(value)? else {
            collector.without_value();
            continue;
        };
        let reading = Reading {
            zone: row.cell(zone).to_owned(),
            valid_from,
            valid_to: end_of(row.place, Step::Year, valid_from)?,
            grams_per_kwh,
            is_estimated: false,
            estimation_method: None,
        };
        collector.push(row.place, reading)?;
    }
    Ok(collector.finish())
}

/// The first instant of a year of four digits.
pub(super) fn year_of(place: Place, text: &str) -> Result<DateTime<Utc>, ReadError> {
    let is_year = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit());
    let first = is_year.then(|| NaiveDate::from_ymd_opt(text.parse().ok()?, 1, 1)).flatten();
    first.map(crate::domain::period::beginning_of).ok_or_else(|| ReadError::Time {
        place,
        text: wire::start_of(text),
        expected: "a year, such as 2025",
    })
}

/// What an answer is: a list, an error, or where neither is there an [`Item`].
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    status: Option<String>,
    country_code: Option<String>,
    #[serde(borrow)]
    history: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    forecast: Option<&'a RawValue>,
}

/// One value. Zone, basis and granularity may stand in the answer around a list instead.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    zone: Option<String>,
    #[serde(borrow, default, deserialize_with = "wire::present")]
    carbon_intensity: Option<&'a RawValue>,
    datetime: Option<String>,
    emission_factor_type: Option<String>,
    is_estimated: Option<bool>,
    estimation_method: Option<String>,
    temporal_granularity: Option<String>,
}

/// Reads an answer of the API: `history`, `past-range`, `past` and `latest` alike. The values hold for the
/// granularity that the answer names, an hour where it names none. A list may be empty.
///
/// # Errors
///
/// Another zone or basis than asked for; a forecast; no data; anything that is not as in those answers.
pub fn read_json(bytes: &[u8], zone: Option<&str>, basis: Basis) -> Result<Readings, ReadError> {
    let answer: Answer = wire::json(SOURCE, bytes)?;
    if answer.status.as_deref() == Some("no-data") {
        let zone = answer.country_code.as_deref().or(zone).unwrap_or("the zone").to_owned();
        return Err(ReadError::NoData { zone });
    }
    if let Some(refusal) = wire::refusal(answer.error, answer.message) {
        return Err(refusal);
    }
    let (array, list) = match (answer.history, answer.data, answer.forecast) {
        (_, _, Some(_)) => return Err(ReadError::Forecast),
        (Some(history), None, None) => ("history", Some(history)),
        (None, Some(data), None) => ("data", Some(data)),
        (None, None, None) => ("", None),
        _ => {
            let found = "it has both 'history' and 'data'".to_owned();
            return Err(ReadError::Shape { source_name: SOURCE, found });
        }
    };
    let common: Item = wire::json(SOURCE, bytes)?;
    let mut collector = Collector::default();
    let Some(list) = list else {
        let step = step_of(Place::Answer, common.temporal_granularity.as_deref())?;
        push(&mut collector, Place::Answer, &common, zone, basis, step)?;
        return Ok(collector.finish());
    };
    let items: Vec<Item> = wire::json(SOURCE, list.get().as_bytes())?;
    // Items without a granularity of their own have that of the answer, and all must have the same.
    let named = items.first().and_then(|item| item.temporal_granularity.as_deref());
    let granularity = common.temporal_granularity.as_deref().or(named).map(str::to_owned);
    let step = step_of(Place::Answer, granularity.as_deref())?;
    let asked = zone.or(common.zone.as_deref());
    if let Some(found) = common.zone.as_deref() {
        check_zone(Place::Answer, Some(found), zone)?;
    }
    for (index, mut item) in items.into_iter().enumerate() {
        let place = Place::Item(array, index);
        let own = item.temporal_granularity.as_deref();
        if let Some(own) = own.filter(|own| granularity.as_deref() != Some(*own)) {
            let (what, found) = ("temporalGranularity", wire::start_of(own));
            return Err(ReadError::Word { place, what, found, known: "that of the whole answer" });
        }
        item.zone = item.zone.or_else(|| common.zone.clone());
        item.emission_factor_type = item.emission_factor_type.or_else(|| common.emission_factor_type.clone());
        push(&mut collector, place, &item, asked, basis, step)?;
    }
    Ok(collector.finish())
}

fn step_of(place: Place, granularity: Option<&str>) -> Result<Step, ReadError> {
    Ok(match granularity {
        None | Some("hourly") => Step::HOUR,
        Some("5_minutes") => Step::Minutes(5),
        Some("15_minutes") => Step::Minutes(15),
        Some("daily") => Step::Day,
        Some("monthly") => Step::Month,
        Some("yearly") => Step::Year,
        Some(found) => {
            let known = "5_minutes, 15_minutes, hourly, daily, monthly, yearly";
            let (what, found) = ("temporalGranularity", wire::start_of(found));
            return Err(ReadError::Word { place, what, found, known });
        }
    })
}

fn push(
    collector: &mut Collector,
    place: Place,
    item: &Item,
    zone: Option<&str>,
    basis: Basis,
    step: Step,
) -> Result<(), ReadError> {
    let missing = |what| ReadError::Missing { place, what };
    let raw = item.carbon_intensity.ok_or_else(|| missing("carbonIntensity"))?;
    let datetime = item.datetime.as_deref().ok_or_else(|| missing("datetime"))?;
    check_zone(place, item.zone.as_deref(), zone)?;
    let found = item.emission_factor_type.as_deref().ok_or_else(|| missing("emissionFactorType"))?;
    if found != basis.as_str() {
        return Err(ReadError::OtherBasis { place, found: wire::start_of(found), asked: basis });
    }
    let valid_from = instant(place, datetime)?;
    let valid_to = end_of(place, step, valid_from)?;
    let Some(grams_per_kwh) = wire::number(place, raw)? else {
        collector.without_value();
        return Ok(());
    };
    let reading = Reading {
        zone: item.zone.clone().unwrap_or_default(),
        valid_from,
        valid_to,
        grams_per_kwh,
        is_estimated: item.is_estimated.ok_or_else(|| missing("isEstimated"))?,
        estimation_method: item.estimation_method.clone(),
    };
    collector.push(place, reading)
}
