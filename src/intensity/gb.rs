//! Great Britain's Carbon Intensity API (carbonintensity.org.uk): national and regional half hours.

use super::collector::Collector;
use super::read_error::{Place, ReadError};
use super::source::{Reading, Readings, Wanted};
use super::step::Step;
use super::wire::{self, end_of};
use crate::domain::terms::Basis;
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

const SOURCE: &str = "the Carbon Intensity API of Great Britain";
/// How a value is known that nobody measured afterwards; regional ones are never measured.
pub const FORECAST: &str = "forecast by the source";

/// Of what the half hours are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    National,
    /// A region by its number, 1 to 17.
    Region(u8),
}

/// What the zones of the regions begin with.
const REGION: &str = "GB-REGION-";

impl Area {
    /// The area that is this zone.
    pub fn of_zone(zone: &str) -> Option<Area> {
        if zone == "GB" {
            return Some(Area::National);
        }
        let number = zone.strip_prefix(REGION)?.parse().ok()?;
        Some(Area::Region(number)).filter(|area| (1..=17).contains(&number) && area.zone() == zone)
    }

    /// The zone that the area is.
    pub fn zone(self) -> String {
        match self {
            Area::National => "GB".to_owned(),
            Area::Region(number) => format!("{REGION}{number}"),
        }
    }
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Region {
    regionid: u8,
    shortname: Option<String>,
}

#[derive(Deserialize)]
struct RegionData<'a> {
    #[serde(borrow)]
    data: Vec<Item<'a>>,
}

/// By which the lists of the different answers are told apart.
#[derive(Deserialize)]
struct Probe {
    regionid: Option<IgnoredAny>,
    regions: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Item<'a> {
    from: String,
    to: String,
    #[serde(borrow)]
    intensity: Intensity<'a>,
}

#[derive(Deserialize)]
struct Intensity<'a> {
    #[serde(borrow)]
    forecast: &'a RawValue,
    /// Regional answers have none.
    #[serde(borrow)]
    actual: Option<&'a RawValue>,
}

/// Reads an answer of half hours; the values are of the zone wanted. Half hours outside the period wanted
/// are left out and counted: the service also answers the one that ends where the period begins.
///
/// # Errors
///
/// The life cycle is asked for, which this source does not count; the answer is of another area; anything
/// that is not as in such an answer.
pub fn read(bytes: &[u8], wanted: &Wanted, area: Area, basis: Basis) -> Result<Readings, ReadError> {
    let answer: Answer = wire::json(SOURCE, bytes)?;
    if let Some(refusal) = wire::refusal(answer.error, None) {
        return Err(refusal);
    }
    if basis != Basis::Direct {
        let found = "direct (operational: what power plants emit while they run, not their life cycle)";
        return Err(ReadError::OtherBasis { place: Place::Answer, found: found.to_owned(), asked: basis });
    }
    let data = answer.data.ok_or(ReadError::Missing { place: Place::Answer, what: "data" })?.get();
    let mut collector = Collector::default();
    for (index, item) in items_of(data, area)?.iter().enumerate() {
        push(&mut collector, Place::Item("data", index), item, wanted)?;
    }
    Ok(collector.finish())
}

/// The half hours of an answer, which must be of the area.
fn items_of(data: &str, area: Area) -> Result<Vec<Item<'_>>, ReadError> {
    if data.starts_with('{') {
        return items_of_region(data, area);
    }
    let list: Vec<&RawValue> = wire::json(SOURCE, data.as_bytes())?;
    let probe = list.first().map(|first| wire::json::<Probe>(SOURCE, first.get().as_bytes())).transpose()?;
    match probe {
        Some(Probe { regions: Some(_), .. }) => Err(ReadError::Shape {
            source_name: SOURCE,
            found: "it holds all regions; ask for one of them".to_owned(),
        }),
        // Without a period the service puts the one region in a list.
        Some(Probe { regionid: Some(_), .. }) => match list.as_slice() {
            [region] => items_of_region(region.get(), area),
            _ => Err(ReadError::Shape {
                source_name: SOURCE,
                found: format!("it holds {} regions", list.len()),
            }),
        },
        _ if area != Area::National => Err(ReadError::OtherZone {
            place: Place::Answer,
            found: "Great Britain".to_owned(),
            asked: area.to_string(),
        }),
        _ => wire::json(SOURCE, data.as_bytes()),
    }
}

fn items_of_region(data: &str, area: Area) -> Result<Vec<Item<'_>>, ReadError> {
    let region: Region = wire::json(SOURCE, data.as_bytes())?;
    if area != Area::Region(region.regionid) {
        let name = wire::start_of(region.shortname.as_deref().unwrap_or_default());
        let found = format!("region {} ({name})", region.regionid);
        return Err(ReadError::OtherZone { place: Place::Answer, found, asked: area.to_string() });
    }
    wire::json::<RegionData>(SOURCE, data.as_bytes()).map(|region| region.data)
}

fn push(collector: &mut Collector, place: Place, item: &Item, wanted: &Wanted) -> Result<(), ReadError> {
    let valid_from = instant(place, &item.from)?;
    let valid_to = end_of(place, Step::Minutes(30), valid_from)?;
    if instant(place, &item.to)? != valid_to {
        let (text, expected) = (wire::start_of(&item.to), "the end of the half hour");
        return Err(ReadError::Time { place, text, expected });
    }
    if valid_from < wanted.period.from() || valid_to > wanted.period.to() {
        collector.left_out();
        return Ok(());
    }
    let actual = item.intensity.actual.map(|raw| wire::number(place, raw)).transpose()?.flatten();
    let forecast = wire::number(place, item.intensity.forecast)?;
    let Some(grams_per_kwh) = actual.or(forecast) else {
        collector.without_value();
        return Ok(());
    };
    let is_estimated = actual.is_none();
    let reading = Reading {
        zone: wanted.zone.clone(),
        valid_from,
        valid_to,
        grams_per_kwh,
        is_estimated,
        estimation_method: is_estimated.then(|| FORECAST.to_owned()),
    };
    collector.push(place, reading)
}

/// Times have no seconds: `2018-01-20T12:00Z`.
fn instant(place: Place, text: &str) -> Result<DateTime<Utc>, ReadError> {
    match NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%MZ") {
        Ok(naive) => Ok(naive.and_utc()),
        Err(_) => wire::instant(place, text),
    }
}

impl std::fmt::Display for Area {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Area::National => f.write_str("Great Britain"),
            Area::Region(number) => write!(f, "region {number}"),
        }
    }
}
