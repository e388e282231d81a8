//! WattTime v3: average operating emissions are read, marginal ones refused.

use super::collector::Collector;
use super::read_error::{Place, ReadError};
use super::source::{Reading, Readings};
use super::step::Step;
use super::wire::{self, end_of, instant};
use crate::domain::terms::Basis;
use crate::units::{Decimal, DecimalError};
use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::value::RawValue;

const SOURCE: &str = "WattTime";
const UNIT: &str = "lbs_co2_per_mwh";
/// Grams per kilowatt-hour of one pound per megawatt-hour, as an integer with eight decimals: a pound is
/// exactly 0.45359237 kg.
const GRAMS_PER_POUND: i128 = 45_359_237;

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
    meta: Option<Meta>,
    #[serde(borrow)]
    data: Option<Vec<Item<'a>>>,
}

#[derive(Deserialize)]
struct Meta {
    region: Option<String>,
    signal_type: Option<String>,
    units: Option<String>,
    data_point_period_seconds: Option<u32>,
}

#[derive(Deserialize)]
struct Item<'a> {
    point_time: String,
    #[serde(borrow)]
    value: &'a RawValue,
}

/// Reads an answer of `historical` with `signal_type=co2_aoer`, of a region in the names of WattTime. The
/// values are of the zone given, and exact, which takes up to eight decimals more than the source has.
///
/// # Errors
///
/// Marginal factors (`co2_moer`); the life cycle is asked for, which operating emissions leave out; another
/// region; anything that is not as in such an answer.
pub fn read(bytes: &[u8], region: &str, zone: &str, basis: Basis) -> Result<Readings, ReadError> {
    let answer: Answer = wire::json(SOURCE, bytes)?;
    if let Some(refusal) = wire::refusal(answer.error, answer.message) {
        return Err(refusal);
    }
    let place = Place::Answer;
    let missing = |what| ReadError::Missing { place, what };
    let meta = answer.meta.ok_or_else(|| missing("meta"))?;
    let unit = meta.units.as_deref().unwrap_or_default();
    match meta.signal_type.as_deref() {
        Some("co2_aoer") => {}
        Some(found @ "co2_moer") => return Err(ReadError::Marginal { found: found.to_owned() }),
        // The unit of marginal factors; only average ones say that they are none.
        None if unit == UNIT => return Err(ReadError::Marginal { found: UNIT.to_owned() }),
        None => return Err(missing("meta.signal_type")),
        Some(found) => {
            let (what, found) = ("meta.signal_type", wire::start_of(found));
            return Err(ReadError::Word { place, what, found, known: "co2_aoer" });
        }
    }
    if unit != UNIT {
        return Err(ReadError::Unit { place, found: wire::start_of(unit), expected: UNIT });
    }
    if basis != Basis::Direct {
        return Err(ReadError::OtherBasis { place, found: "direct (operating)".to_owned(), asked: basis });
    }
    let found = meta.region.ok_or_else(|| missing("meta.region"))?;
    if found != region {
        return Err(ReadError::OtherZone { place, found: wire::start_of(&found), asked: region.to_owned() });
    }
    let seconds = meta.data_point_period_seconds.ok_or_else(|| missing("meta.data_point_period_seconds"))?;
    let step = Step::of_length(TimeDelta::seconds(seconds.into()))
        .ok_or_else(|| ReadError::NoStep { found: format!("{seconds} seconds") })?;
    let mut collector = Collector::default();
    for (index, item) in answer.data.ok_or_else(|| missing("data"))?.iter().enumerate() {
        let place = Place::Item("data", index);
        let valid_from = instant(place, &item.point_time)?;
        let valid_to = end_of(place, step, valid_from)?;
        let Some(pounds_per_mwh) = wire::number(place, item.value)? else {
            collector.without_value();
            continue;
        };
        let grams_per_kwh = grams_per_kwh(pounds_per_mwh).ok_or_else(|| ReadError::Value {
            place,
            text: wire::start_of(item.value.get()),
            error: DecimalError::OutOfRange,
        })?;
        let (zone, is_estimated, estimation_method) = (zone.to_owned(), false, None);
        let reading = Reading { zone, valid_from, valid_to, grams_per_kwh, is_estimated, estimation_method };
        collector.push(place, reading)?;
    }
    Ok(collector.finish())
}

/// Pounds per megawatt-hour in grams per kilowatt-hour, exactly; `None` where that does not fit.
fn grams_per_kwh(pounds_per_mwh: Decimal) -> Option<Decimal> {
    let pounds = pounds_per_mwh.without_trailing_zeros();
    let mantissa = pounds.mantissa().checked_mul(GRAMS_PER_POUND)?;
    let decimals = pounds.decimals() + 8;
    (decimals <= Decimal::MAX_DECIMALS).then(|| Decimal::new(mantissa, decimals).without_trailing_zeros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pounds_become_grams_exactly() {
        let grams = |text| grams_per_kwh(Decimal::parse(text).unwrap()).map(|grams| grams.to_string());
        assert_eq!(grams("1000").unwrap(), "453.59237");
        assert_eq!(grams("870.5").unwrap(), "394.852158085");
        assert_eq!(grams("0").unwrap(), "0");
        assert_eq!(grams("-2.5").unwrap(), "-1.133980925");
        assert_eq!(grams("1e-31"), None);
        assert_eq!(grams("1e37"), None);
    }
}
