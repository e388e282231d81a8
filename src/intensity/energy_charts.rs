//! Energy-Charts (Fraunhofer ISE): answers of `co2eq`.

use super::collector::Collector;
use super::read_error::{Place, ReadError};
use super::source::{Reading, Readings};
use super::step::Step;
use super::wire::{self, end_of};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;

const SOURCE: &str = "Energy-Charts";

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    /// What the service says of a request that it does not understand.
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
    unix_seconds: Option<Vec<i64>>,
    #[serde(borrow)]
    co2eq: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    co2eq_forecast: Option<Vec<&'a RawValue>>,
}

/// Reads an answer; the values are of the zone that was asked for, which the answer does not name. Each
/// holds for the smallest distance of two times. Forecasts are not taken in the place of values.
///
/// # Errors
///
/// Lists of different lengths; a distance that is no step; anything that is not as in such an answer.
pub fn read(bytes: &[u8], zone: &str) -> Result<Readings, ReadError> {
    let answer: Answer = wire::json(SOURCE, bytes)?;
    if let Some(refusal) = wire::refusal(answer.error.or(answer.detail), answer.message) {
        return Err(refusal);
    }
    let missing = |what| ReadError::Missing { place: Place::Answer, what };
    let seconds = answer.unix_seconds.ok_or_else(|| missing("unix_seconds"))?;
    let values = answer.co2eq.ok_or_else(|| missing("co2eq"))?;
    let lengths = [Some(values.len()), answer.co2eq_forecast.as_ref().map(Vec::len)];
    if let Some(length) = lengths.into_iter().flatten().find(|length| *length != seconds.len()) {
        let found = format!("it has {} times and {length} values", seconds.len());
        return Err(ReadError::Shape { source_name: SOURCE, found });
    }
    let mut starts = Vec::with_capacity(seconds.len());
    for (index, second) in seconds.iter().enumerate() {
        starts.push(DateTime::<Utc>::from_timestamp(*second, 0).ok_or_else(|| ReadError::Time {
            place: Place::Item("unix_seconds", index),
            text: second.to_string(),
            expected: "a time in seconds since 1970",
        })?);
    }
    let mut collector = Collector::default();
    if starts.is_empty() {
        return Ok(collector.finish());
    }
    let step = step_of(&starts)?;
    for (index, (valid_from, raw)) in starts.into_iter().zip(values).enumerate() {
        let place = Place::Item("co2eq", index);
        let valid_to = end_of(place, step, valid_from)?;
        let Some(grams_per_kwh) = wire::number(place, raw)? else {
            collector.without_value();
            continue;
        };
        let (zone, is_estimated, estimation_method) = (zone.to_owned(), false, None);
        let reading = Reading { zone, valid_from, valid_to, grams_per_kwh, is_estimated, estimation_method };
        collector.push(place, reading)?;
    }
    Ok(collector.finish())
}

fn step_of(starts: &[DateTime<Utc>]) -> Result<Step, ReadError> {
    let distance = Step::smallest_distance(starts.iter().copied());
    let step = distance.and_then(Step::of_length).filter(|step| matches!(step, Step::Minutes(_)));
    step.ok_or_else(|| ReadError::NoStep {
        found: match distance {
            Some(distance) => format!("{} seconds", distance.num_seconds()),
            None => "there is one only".to_owned(),
        },
    })
}
