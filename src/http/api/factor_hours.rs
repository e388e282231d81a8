//! `GET /v1/factors/hours`: the intensity of every hour of a day, as a disclosure would take it.

use super::factors::{find_zone, zone_name};
use super::instant;
use crate::app::App;
use crate::domain::factor::FactorSet;
use crate::domain::ids::FactorSetId;
use crate::domain::period::{Period, beginning_of, parse_date};
use crate::domain::problem::ProblemCode;
use crate::domain::terms::{Basis, Perimeter};
use crate::http::openapi::vocabulary;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::table::{form, public_answer};
use crate::intensity::hours::{self, Hour, Hours};
use crate::intensity::time_zones::{hours_of_day, time_zone_of};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use chrono_tz::Tz;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Most days of one answer.
pub const MAX_DAYS: i64 = 31;

/// The hours of a day or a period in one zone, each with what the ladder has for it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FactorHours)]
pub struct WireHours {
    zone: String,
    name: String,
    /// The IANA name of its time zone; missing where it has several, or where none is known for certain.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
    /// The local day, where one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    date: Option<String>,
    #[schema(format = DateTime)]
    from: String,
    /// The first instant that is no longer inside.
    #[schema(format = DateTime)]
    to: String,
    #[schema(value_type = vocabulary::Basis)]
    basis: &'static str,
    #[schema(value_type = vocabulary::Perimeter)]
    perimeter: &'static str,
    /// Hours for which there is no value on any rung. A disclosure that needs one of them cannot be built.
    hours_without_value: usize,
    hours: Vec<WireHour>,
    /// The sets that the values are of, with the credit that their licences ask for.
    sets: Vec<WireCredit>,
}

/// One hour. Where there is no value, everything after its times is `null`; missing is never zero.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FactorHour)]
pub struct WireHour {
    #[schema(format = DateTime)]
    from: String,
    /// The same on the clocks of the zone, with their offset from UTC; `null` where its time zone is not known.
    #[schema(format = DateTime)]
    local_from: Option<String>,
    /// Grams CO2e per kilowatt-hour, exact, as the text of a decimal number.
    intensity_g_per_kwh: Option<String>,
    #[schema(value_type = Option<vocabulary::Rung>)]
    rung: Option<&'static str>,
    set: Option<String>,
    /// Of which zone the value is: this one, or one around it.
    value_zone: Option<String>,
    /// For which time the value holds: the hour, or the month or year around it.
    #[schema(format = DateTime)]
    value_from: Option<String>,
    #[schema(format = DateTime)]
    value_to: Option<String>,
    revision: Option<i32>,
    /// Whether the source says that it estimated the value.
    is_estimated: Option<bool>,
}

const HOUR_COLUMNS: &[&str] = &[
    "from",
    "local_from",
    "intensity_g_per_kwh",
    "rung",
    "set",
    "value_zone",
    "value_from",
    "value_to",
    "revision",
    "is_estimated",
];

/// A set that values are of.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FactorCredit)]
pub struct WireCredit {
    set: String,
    source: String,
    licence: String,
    attribution: String,
    release: String,
}

/// The parameters of the hours.
pub const HOUR_PARAMETERS: &[&str] = &["zone", "date", "from", "to", "basis", "perimeter", "format"];

/// The hours of a local day, or of a period in UTC.
pub async fn hours(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut query = Query::read(&request, HOUR_PARAMETERS);
    let zone = query.required("zone", ProblemCode::InvalidText, zone_name);
    let basis = query.optional("basis", ProblemCode::UnknownWord, str::parse::<Basis>);
    let perimeter = query.optional("perimeter", ProblemCode::UnknownWord, str::parse::<Perimeter>);
    let form = form(&request, &mut query);
    let asked = asked_time(&mut query);
    let (zone, asked) = query.finish(zone.zip(asked))?;
    let (basis, perimeter) = (basis.unwrap_or(Basis::Lifecycle), perimeter.unwrap_or(Perimeter::Production));
    let (zone, name) = find_zone(&app, &mut query, &zone, asked.beginning()).await?;
    let time_zone = time_zone_of(&zone);
    let period = period_of(&mut query, &zone, time_zone, asked)?;
    let found = hours::hours(&app.pool, &zone, basis, perimeter, period).await?;
    let Hours { hours: found, sets } = found;
    let hours: Vec<WireHour> = found.into_iter().map(|hour| wire_hour(hour, time_zone, &sets)).collect();
    let answer = WireHours {
        zone,
        name,
        time_zone: time_zone.map(|time_zone| time_zone.name().to_owned()),
        date: asked.date().map(|date| date.to_string()),
        from: instant(period.from()),
        to: instant(period.to()),
        basis: basis.as_str(),
        perimeter: perimeter.as_str(),
        hours_without_value: hours.iter().filter(|hour| hour.rung.is_none()).count(),
        hours,
        sets: sets.into_values().map(wire_credit).collect(),
    };
    public_answer(&request, form, &answer, &answer.hours, HOUR_COLUMNS)
}

/// Which hours are wanted.
#[derive(Clone, Copy, Debug)]
enum Asked {
    Day(NaiveDate),
    Period(Period),
}

impl Asked {
    /// The instant for which the name of a zone is taken.
    fn beginning(self) -> DateTime<Utc> {
        match self {
            Asked::Day(date) => beginning_of(date),
            Asked::Period(period) => period.from(),
        }
    }

    fn date(self) -> Option<NaiveDate> {
        match self {
            Asked::Day(date) => Some(date),
            Asked::Period(_) => None,
        }
    }
}

/// `date`, or `from` and `to`.
fn asked_time(query: &mut Query) -> Option<Asked> {
    if !query.has("date") {
        if !query.has("from") && !query.has("to") {
            query.fault("date", ProblemCode::MissingField, "send 'date', or 'from' and 'to'");
            return None;
        }
        return query.period(MAX_DAYS).map(Asked::Period);
    }
    for end in ["from", "to"] {
        if query.has(end) {
            query.fault(end, ProblemCode::UnknownField, format!("send 'date' or '{end}', not both"));
        }
    }
    let day = |text: &str| parse_date(text).ok_or("must be a day such as 2025-10-26");
    query.required("date", ProblemCode::DateInvalid, day).map(Asked::Day)
}

/// The hours of the local day, or the period as it was asked for.
fn period_of(query: &mut Query, zone: &str, time_zone: Option<Tz>, asked: Asked) -> Result<Period, Problem> {
    let found = match (asked, time_zone) {
        (Asked::Period(period), _) => Some(period),
        (Asked::Day(_), None) => {
            let detail = format!(
                "{zone} has several time zones, or none is known for certain, so its days are not known either; \
                 ask for hours in UTC with 'from' and 'to'"
            );
            query.fault("date", ProblemCode::TimeZoneUnknown, detail);
            None
        }
        (Asked::Day(date), Some(time_zone)) => {
            let period = hours_of_day(time_zone, date);
            if period.is_none() {
                let detail = format!(
                    "there was no {date} in {time_zone}, or its clocks are not known: ask for a day from 2000 to \
                     2099"
                );
                query.fault("date", ProblemCode::DateInvalid, detail);
            }
            period
        }
    };
    query.finish(found)
}

fn wire_hour(hour: Hour, time_zone: Option<Tz>, sets: &BTreeMap<FactorSetId, FactorSet>) -> WireHour {
    let local =
        |time_zone: Tz| hour.from.with_timezone(&time_zone).to_rfc3339_opts(SecondsFormat::Secs, false);
    let found = hour.found.as_ref();
    WireHour {
        from: instant(hour.from),
        local_from: time_zone.map(local),
        intensity_g_per_kwh: found.map(|found| found.intensity.grams_per_kwh().to_string()),
        rung: found.map(|found| found.rung.as_str()),
        set: found.and_then(|found| sets.get(&found.set)).map(|set| set.key.to_string()),
        value_zone: found.map(|found| found.zone.clone()),
        value_from: found.map(|found| instant(found.valid_from)),
        value_to: found.map(|found| instant(found.valid_to)),
        revision: found.map(|found| found.revision),
        is_estimated: found.map(|found| found.is_estimated),
    }
}

fn wire_credit(set: FactorSet) -> WireCredit {
    WireCredit {
        set: set.key.to_string(),
        source: set.source,
        licence: set.licence,
        attribution: set.attribution,
        release: set.release,
    }
}
