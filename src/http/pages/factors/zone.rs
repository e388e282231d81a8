//! `/factors/{zone}`: one zone, its names, what there is of it, and one of its days hour by hour.

use super::day::{Columns, HourRow, columns, rows, same, title};
use super::{Choice, STYLESHEET, display_name, html_with_form, parameter, parameters, share};
use super::{basis_words, perimeter_words, resolution_words};
use crate::app::App;
use crate::db::factor_list;
use crate::db::zone::{self as db_zone, ZoneCode, ZoneParent};
use crate::domain::factor::Coverage;
use crate::domain::period::{Period, beginning_of, day, end_of, hours_of_year, parse_date};
use crate::domain::terms::{CodeKind, FactorKind};
use crate::http::problem::Problem;
use crate::intensity::hours::hours;
use crate::intensity::time_zones::{hours_of_day, time_zone_of};
use crate::intensity::zones::Zones;
use crate::render::number::group;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;

#[derive(Template)]
#[template(path = "factor_zone.html")]
struct ZonePage<'a> {
    home: &'a str,
    stylesheet: &'a str,
    key: String,
    name: String,
    time_zone: Option<&'static str>,
    around: Vec<Around>,
    inside: Vec<(String, String)>,
    codes: Vec<CodeRow>,
    coverage: Vec<CoverageRow>,
    choice: Choice,
    date: String,
    day: Result<DayView, String>,
}

/// A zone around this one.
struct Around {
    key: String,
    name: String,
    valid: String,
}

struct CodeRow {
    kind: &'static str,
    code: String,
    valid: String,
}

struct CoverageRow {
    set: String,
    kind: &'static str,
    basis: &'static str,
    perimeter: &'static str,
    resolution: &'static str,
    year: i32,
    covered: String,
    covered_hours: String,
    estimated: String,
    revision: i32,
    recorded: String,
}

struct DayView {
    title: String,
    rows: Vec<HourRow>,
    columns: Option<Columns>,
    /// Said instead of a drawing where all hours have one value.
    same: Option<String>,
    has_local: bool,
    before: Option<NaiveDate>,
    after: Option<NaiveDate>,
    /// The end of an address of the API that gives the same hours.
    query: String,
    credits: Vec<String>,
}

/// When something holds that may have had a beginning and may have an end.
fn valid(from: DateTime<Utc>, to: Option<DateTime<Utc>>) -> String {
    // What was never otherwise begins with the year 2000 in our tables.
    let since = (from.year() > 2000).then(|| format!("from {}", moment(from)));
    let until = to.map(|to| format!("until {}", moment(to)));
    let parts: Vec<String> = since.into_iter().chain(until).collect();
    if parts.is_empty() { "always".to_owned() } else { parts.join(" ") }
}

fn moment(at: DateTime<Utc>) -> String {
    format!("{}, {} UTC", day(at.date_naive()), at.format("%H:%M"))
}

fn code_row(code: &ZoneCode) -> CodeRow {
    let kind = match code.kind {
        CodeKind::Eic => "EIC of ENTSO-E",
        CodeKind::Iso3 => "ISO 3166, three letters",
        CodeKind::Eurostat => "Eurostat",
        CodeKind::Entsoe => "Name of ENTSO-E",
        CodeKind::CloudRegion => "Region of a cloud",
    };
    CodeRow { kind, code: code.code.clone(), valid: valid(code.valid_from, code.valid_to) }
}

fn coverage_row(coverage: &Coverage) -> CoverageRow {
    let hours = hours_of_year(coverage.year);
    CoverageRow {
        set: coverage.set.to_string(),
        kind: match coverage.kind {
            FactorKind::Average => "",
            FactorKind::Residual => "residual mix, ",
            FactorKind::Marginal => "marginal, ",
        },
        basis: basis_words(coverage.basis),
        perimeter: perimeter_words(coverage.perimeter),
        resolution: resolution_words(coverage.resolution),
        year: coverage.year,
        covered: share(coverage.covered_hours.into(), hours.into()).unwrap_or_default(),
        covered_hours: format!(
            "{} of {} hours",
            group(&coverage.covered_hours.to_string()),
            group(&hours.to_string())
        ),
        estimated: share(coverage.values_estimated.into(), coverage.values.into()).unwrap_or_default(),
        revision: coverage.highest_revision,
        recorded: day(coverage.recorded.1.date_naive()),
    }
}

pub async fn show(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let asked: String = path.chars().filter(|letter| !letter.is_control()).take(64).collect();
    let zones = Zones::load(&app.pool).await?;
    let now = app.clock.now();
    let key = zones.resolve(&asked, now).map_err(|unknown| Problem::not_found(unknown.to_string()))?;
    if key != *path {
        // One address for a zone, whatever it was called.
        let address = format!("/factors/{key}");
        return Ok(HttpResponse::Found().insert_header((header::LOCATION, address)).finish());
    }
    let parameters = parameters(&request);
    let choice = Choice::of(&parameters);
    let time_zone = time_zone_of(&key);
    let keys: Vec<String> = zones.all().iter().map(|zone| zone.key.clone()).collect();
    let parents = db_zone::parents(&app.pool, &keys).await?;
    let coverage = factor_list::coverage_of_zone(&app.pool, &key).await?;
    let name = |key: &str| display_name(zones.name_of(key).unwrap_or_default()).to_owned();
    let wanted = match parameter(&parameters, "date").filter(|text| !text.is_empty()) {
        Some(text) => parse_date(text).ok_or_else(|| {
            let text: String = text.chars().take(40).collect();
            format!("'{text}' is not a day such as 2025-10-26.")
        }),
        None => Ok(last_day(&coverage, choice, time_zone, now)),
    };
    let date = wanted.as_ref().map_or_else(|_| String::new(), NaiveDate::to_string);
    let day = match wanted {
        Ok(date) => day_view(&app, &key, time_zone, choice, date).await?,
        Err(problem) => Err(problem),
    };
    let mut codes = zones.codes_of(&key);
    codes.sort_by_key(|code| code.kind);
    let is_inside = |one: &&ZoneParent| one.parent == key && one.valid_to.is_none_or(|to| now < to);
    html_with_form(&ZonePage {
        home: "",
        stylesheet: STYLESHEET,
        name: name(&key),
        time_zone: time_zone.map(|time_zone| time_zone.name()),
        around: parents
            .iter()
            .filter(|one| one.zone == key)
            .map(|one| Around {
                key: one.parent.clone(),
                name: name(&one.parent),
                valid: valid(one.valid_from, one.valid_to),
            })
            .collect(),
        inside: parents.iter().filter(is_inside).map(|one| (one.zone.clone(), name(&one.zone))).collect(),
        codes: codes.into_iter().map(code_row).collect(),
        coverage: coverage.iter().map(coverage_row).collect(),
        choice,
        date,
        day,
        key,
    })
}

/// The last day for which there is a value of its own in the finest resolution, else yesterday: what is most
/// likely wanted.
fn last_day(coverage: &[Coverage], choice: Choice, time_zone: Option<Tz>, now: DateTime<Utc>) -> NaiveDate {
    let is_meant = |one: &&Coverage| {
        one.kind == FactorKind::Average && one.basis == choice.basis && one.perimeter == choice.perimeter
    };
    let finest = coverage.iter().filter(is_meant).map(|one| one.resolution).min();
    let last = coverage.iter().filter(is_meant).filter(|one| Some(one.resolution) == finest);
    let last = last.map(|one| one.held.1).max().unwrap_or(now);
    let date = last.with_timezone(&time_zone.unwrap_or(Tz::UTC)).date_naive();
    // The day that holds the end is not whole, unless the day begins with it.
    date - TimeDelta::days(1)
}

/// The hours of a day, or why there are none to show.
async fn day_view(
    app: &App,
    zone: &str,
    time_zone: Option<Tz>,
    choice: Choice,
    date: NaiveDate,
) -> Result<Result<DayView, String>, Problem> {
    let period = match time_zone {
        Some(time_zone) => hours_of_day(time_zone, date),
        None => {
            Period::new(beginning_of(date), end_of(date)).ok().filter(|_| (2000..2100).contains(&date.year()))
        }
    };
    let Some(period) = period else {
        return Ok(Err(format!(
            "There was no {} on the clocks of this zone, or its clocks are not known: choose a day from 2000 to 2099.",
            day(date)
        )));
    };
    let found = hours(&app.pool, zone, choice.basis, choice.perimeter, period).await?;
    let query = match time_zone {
        Some(_) => format!("zone={zone}&date={date}&{}", choice.query()),
        None => {
            let (from, to) = (period.from().date_naive(), period.to().date_naive());
            format!("zone={zone}&from={from}&to={to}&{}", choice.query())
        }
    };
    Ok(Ok(DayView {
        title: title(date, found.hours.len(), time_zone),
        rows: rows(&found, zone, time_zone),
        columns: columns(&found.hours, time_zone),
        same: same(&found.hours, zone),
        has_local: time_zone.is_some(),
        before: date.pred_opt(),
        after: date.succ_opt(),
        query,
        credits: found.sets.values().map(|set| format!("{}: {}", set.key, set.attribution)).collect(),
    }))
}
