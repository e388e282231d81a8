//! What a service is asked for, page by page, and what it answered. Nothing here does I/O: paths go out, and
//! bytes come in.

use super::entsoe::{self, EntsoeError, GenerationFactors};
use super::feed::Feed;
use super::gb::{self, Area};
use super::import::ImportError;
use super::read_error::{Place, ReadError};
use super::source::{Readings, Wanted};
use super::zones::{NoCode, UnknownZone, Zones};
use super::{electricity_maps, ember, energy_charts};
use crate::domain::period::Period;
use crate::domain::terms::{Basis, CodeKind};
use chrono::{DateTime, TimeDelta, Utc};
use thiserror::Error;

/// Most days asked for in one request: limits of the services, and for Energy-Charts, which names none, ours.
const ELECTRICITY_MAPS_DAYS: i64 = 10;
const GB_DAYS: i64 = 14;
const ENERGY_CHARTS_DAYS: i64 = 31;

/// Why a feed cannot be asked for a zone.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum RequestError {
    #[error(transparent)]
    Zone(#[from] UnknownZone),
    #[error("{}: {code}", feed.as_str())]
    NoCode { feed: Feed, code: NoCode },
    #[error("energy-charts: it knows countries, and the zone '{0}' is none")]
    NoCountry(String),
    #[error(
        "gb: the zone '{0}' is neither Great Britain (GB) nor one of its regions (GB-REGION-1 to GB-REGION-17)"
    )]
    NotGreatBritain(String),
    #[error("{} is asked for a period: say its beginning and its end", .0.as_str())]
    PeriodNeeded(Feed),
    #[error("{} answers for the time that has just passed: a period cannot be asked for", .0.as_str())]
    NoPeriod(Feed),
}

/// One zone of a feed, and the requests that answer for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub feed: Feed,
    /// The key of the zone.
    pub zone: String,
    pub basis: Basis,
    pub pages: Vec<Page>,
}

/// One page, which is one request to the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// What follows the address of the service, with the query and without a token.
    pub path: String,
    /// What is taken of the answer; the pages of a request do not overlap.
    window: Option<Period>,
    /// The code of the zone that stands in the path of ENTSO-E.
    eic: Option<String>,
}

impl Request {
    /// The requests for one zone, by any of its names. Some feeds are asked for a period; others answer for the
    /// time that has just passed, and zones are then what they are `now`.
    ///
    /// # Errors
    ///
    /// The zone is not known, or the feed has none of it; a period is needed, or cannot be asked for.
    pub fn new(
        zones: &Zones,
        feed: Feed,
        asked: &str,
        basis: Basis,
        period: Option<Period>,
        now: DateTime<Utc>,
    ) -> Result<Request, RequestError> {
        let zone = zones.resolve(asked, period.map_or(now, Period::from))?;
        let pages = match (feed.takes_period(), period) {
            (true, Some(period)) => pages(zones, feed, (asked, &zone), basis, period)?,
            (false, None) => {
                let name = if feed == Feed::ElectricityMapsLatest { "latest" } else { "history" };
                let query = [("zone", zone.as_str()), ("emissionFactorType", basis.as_str())];
                vec![Page {
                    path: path(&format!("/carbon-intensity/{name}"), &query),
                    window: None,
                    eic: None,
                }]
            }
            (true, None) => return Err(RequestError::PeriodNeeded(feed)),
            (false, Some(_)) => return Err(RequestError::NoPeriod(feed)),
        };
        Ok(Request { feed, zone, basis, pages })
    }

    /// Reads the answer to a page; `None` where the service says that it has no data for it.
    ///
    /// # Errors
    ///
    /// The answer is of another zone or basis, or is not as answers of the service are.
    pub fn read(&self, page: &Page, body: &[u8]) -> Result<Option<Readings>, ImportError> {
        let Request { feed, zone, basis, .. } = self;
        let read: Result<Readings, ImportError> = match feed {
            Feed::ElectricityMaps | Feed::ElectricityMapsHistory | Feed::ElectricityMapsLatest => {
                electricity_maps::read_json(body, Some(zone), *basis).map_err(Into::into)
            }
            Feed::EmberMonthly | Feed::EmberYearly => {
                let read = ember::read_json(body, *basis, feed.calendar_step())?;
                of_zone(read, zone).map_err(Into::into)
            }
            Feed::Entsoe => {
                let factors = GenerationFactors::built_in();
                entsoe::read(body, zone, page.eic.as_slice(), &factors, *basis).map_err(Into::into)
            }
            Feed::Gb => {
                let period = page.window.ok_or(ImportError::Empty)?;
                let wanted = Wanted { zone: zone.clone(), period };
                let area = Area::of_zone(zone).ok_or_else(|| ImportError::NotGreatBritain(zone.clone()))?;
                gb::read(body, &wanted, area, *basis).map_err(Into::into)
            }
            Feed::EnergyCharts => energy_charts::read(body, zone).map_err(Into::into),
        };
        let mut readings = match read {
            Err(
                ImportError::Read(ReadError::NoData { .. }) | ImportError::Entsoe(EntsoeError::NoData { .. }),
            ) => return Ok(None),
            read => read?,
        };
        if let Some(window) = page.window {
            // Services round a period outwards, and then two pages hold the same interval.
            let before = readings.values.len();
            readings
                .values
                .retain(|value| window.from() <= value.valid_from && value.valid_to <= window.to());
            readings.left_out += before - readings.values.len();
        }
        Ok(Some(readings))
    }
}

fn pages(
    zones: &Zones,
    feed: Feed,
    (asked, zone): (&str, &str),
    basis: Basis,
    period: Period,
) -> Result<Vec<Page>, RequestError> {
    let codes = |kind| {
        zones.codes_during(asked, zone, kind, period).map_err(|code| RequestError::NoCode { feed, code })
    };
    let cut = |days, path: &dyn Fn(&str, &str) -> String| {
        let page = |part: Period| {
            let ends = [part.from(), part.to()].map(|at| at.format("%Y-%m-%dT%H:%MZ").to_string());
            Page { path: path(&ends[0], &ends[1]), window: Some(part), eic: None }
        };
        period.parts(days).into_iter().map(page).collect()
    };
    Ok(match feed {
        Feed::ElectricityMaps | Feed::ElectricityMapsHistory | Feed::ElectricityMapsLatest => {
            cut(ELECTRICITY_MAPS_DAYS, &|from, to| {
                let query = [
                    ("zone", zone),
                    ("start", from),
                    ("end", to),
                    ("temporalGranularity", "hourly"),
                    ("emissionFactorType", basis.as_str()),
                ];
                path("/carbon-intensity/past-range", &query)
            })
        }
        Feed::EmberMonthly | Feed::EmberYearly => {
            let (name, format) = match feed {
                Feed::EmberYearly => ("yearly", "%Y"),
                _ => ("monthly", "%Y-%m"),
            };
            // Both ends are inside.
            let last = period.to() - TimeDelta::hours(1);
            let ends = [period.from(), last].map(|at| at.format(format).to_string());
            let page = |(code, _): &(String, Period)| {
                let query = [
                    ("entity_code", code.as_str()),
                    ("is_aggregate_entity", "false"),
                    ("start_date", ends[0].as_str()),
                    ("end_date", ends[1].as_str()),
                ];
                let path = path(&format!("/carbon-intensity/{name}"), &query);
                Page { path, window: Some(period), eic: None }
            };
            codes(CodeKind::Iso3)?.iter().take(1).map(page).collect()
        }
        Feed::Entsoe => {
            let mut pages = Vec::new();
            for (eic, held) in codes(CodeKind::Eic)? {
                pages.extend(held.parts(entsoe::MAX_DAYS_PER_REQUEST).into_iter().map(|part| Page {
                    path: entsoe::path(&eic, part),
                    window: Some(part),
                    eic: Some(eic.clone()),
                }));
            }
            pages
        }
        Feed::Gb => match Area::of_zone(zone) {
            Some(Area::National) => cut(GB_DAYS, &|from, to| format!("/intensity/{from}/{to}")),
            Some(Area::Region(number)) => {
                cut(GB_DAYS, &|from, to| format!("/regional/intensity/{from}/{to}/regionid/{number}"))
            }
            None => return Err(RequestError::NotGreatBritain(zone.to_owned())),
        },
        Feed::EnergyCharts => {
            if zone.len() != 2 {
                return Err(RequestError::NoCountry(zone.to_owned()));
            }
            // Its word for the United Kingdom is not the one of ISO 3166.
            let country = if zone == "GB" { "uk".to_owned() } else { zone.to_ascii_lowercase() };
            cut(ENERGY_CHARTS_DAYS, &|from, to| {
                path("/co2eq", &[("country", &country), ("start", from), ("end", to)])
            })
        }
    })
}

fn path(name: &str, query: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
    format!("{name}?{query}")
}

/// Refuses an answer of another zone.
fn of_zone(readings: Readings, zone: &str) -> Result<Readings, ReadError> {
    match readings.values.iter().position(|value| value.zone != zone) {
        Some(index) => Err(ReadError::OtherZone {
            place: Place::Item("data", index),
            found: readings.values[index].zone.clone(),
            asked: zone.to_owned(),
        }),
        None => Ok(readings),
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
