//! `/factors` and `/factors/{zone}`: what there is of grid factors, for people.

mod day;
mod matrix;
mod zone;

pub use zone::show as zone;

use super::{STYLESHEET, html_with_form};
use crate::app::App;
use crate::db::factor_list;
use crate::db::zone as db_zone;
use crate::domain::factor::SetSummary;
use crate::domain::period::day;
use crate::domain::terms::{Basis, FactorKind, Perimeter, Resolution};
use crate::http::problem::Problem;
use crate::intensity::zones::Zones;
use crate::render::number::{group, percent};
use crate::units::Decimal;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use matrix::{Group, Matrix};
use std::str::FromStr;

/// Most characters of a search that are looked at.
const MAX_SEARCH_CHARS: usize = 64;

#[derive(Template)]
#[template(path = "factors.html")]
struct FactorsPage<'a> {
    home: &'a str,
    stylesheet: &'a str,
    sets: Vec<SetRow>,
    choice: Choice,
    search: String,
    years: Vec<i32>,
    groups: Vec<Group>,
    zones: String,
    is_found: bool,
}

/// What kind of values is looked at. A disclosure uses one basis and one perimeter, so a page shows one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Choice {
    basis: Basis,
    perimeter: Perimeter,
}

impl Choice {
    /// What the address asks for; words that are not known count as not there.
    fn of(parameters: &[(String, String)]) -> Choice {
        Choice {
            basis: word(parameters, "basis").unwrap_or(Basis::Lifecycle),
            perimeter: word(parameters, "perimeter").unwrap_or(Perimeter::Production),
        }
    }

    fn bases(self) -> Vec<(&'static str, &'static str, bool)> {
        Basis::ALL.iter().map(|one| (one.as_str(), basis_words(*one), *one == self.basis)).collect()
    }

    fn perimeters(self) -> Vec<(&'static str, &'static str, bool)> {
        Perimeter::ALL
            .iter()
            .map(|one| (one.as_str(), perimeter_words(*one), *one == self.perimeter))
            .collect()
    }

    /// For headings.
    fn words(self) -> String {
        format!("{}, {}", basis_words(self.basis), perimeter_words(self.perimeter))
    }

    /// The end of an address that keeps the choice.
    fn query(self) -> String {
        format!("basis={}&perimeter={}", self.basis.as_str(), self.perimeter.as_str())
    }
}

/// The parameters of an address.
fn parameters(request: &HttpRequest) -> Vec<(String, String)> {
    form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect()
}

fn parameter<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters.iter().find(|(found, _)| found == name).map(|(_, value)| value.trim())
}

fn word<T: FromStr>(parameters: &[(String, String)], name: &str) -> Option<T> {
    parameter(parameters, name)?.parse().ok()
}

fn basis_words(basis: Basis) -> &'static str {
    match basis {
        Basis::Lifecycle => "life cycle",
        Basis::Direct => "direct emissions",
    }
}

fn perimeter_words(perimeter: Perimeter) -> &'static str {
    match perimeter {
        Perimeter::Consumption => "electricity consumed",
        Perimeter::Production => "electricity produced",
    }
}

fn resolution_words(resolution: Resolution) -> &'static str {
    match resolution {
        Resolution::QuarterHour => "quarter-hourly",
        Resolution::HalfHour => "half-hourly",
        Resolution::Hour => "hourly",
        Resolution::Month => "monthly",
        Resolution::Year => "yearly",
    }
}

fn kind_words(kind: FactorKind) -> &'static str {
    match kind {
        FactorKind::Average => "average of the grid",
        FactorKind::Residual => "residual mix, for market-based figures alone",
        FactorKind::Marginal => "marginal, used by no disclosure",
    }
}

/// A set, as the table shows it.
struct SetRow {
    key: String,
    source: String,
    attribution: String,
    licence: String,
    release: String,
    kind: &'static str,
    basis: &'static str,
    perimeter: &'static str,
    resolution: &'static str,
    covers: Option<String>,
    recorded: Option<String>,
    zones: String,
    values: String,
    estimated: Option<String>,
    /// Told where an operator gave one.
    preference: Option<i16>,
    quarantined: Option<String>,
    revisions: Option<String>,
}

impl From<SetSummary> for SetRow {
    fn from(summary: SetSummary) -> SetRow {
        let set = summary.set;
        let many = |count: i64| (count > 0).then(|| group(&count.to_string()));
        SetRow {
            key: set.key.to_string(),
            source: set.source,
            attribution: set.attribution,
            licence: set.licence,
            release: set.release,
            kind: kind_words(set.kind),
            basis: basis_words(set.basis),
            perimeter: perimeter_words(set.perimeter),
            resolution: resolution_words(set.resolution),
            covers: summary.held.map(span),
            recorded: summary.recorded.map(|(first, last)| days(first, last)),
            zones: zones_words(summary.zones),
            values: group(&summary.values.to_string()),
            preference: Some(summary.preference).filter(|rank| *rank != 0),
            estimated: share(summary.values_estimated, summary.values),
            quarantined: many(summary.values_quarantined),
            revisions: many(i64::from(summary.highest_revision) - 1),
        }
    }
}

fn zones_words(count: i64) -> String {
    if count == 1 { "1 zone".to_owned() } else { format!("{} zones", group(&count.to_string())) }
}

/// The name of a zone for people: ENTSO-E's say also what kinds of area it is (BZ / CA / MBA).
fn display_name(name: &str) -> &str {
    name.split_once(" BZ").map_or(name, |(name, _)| name)
}

/// A part of a whole as a percentage; `None` where there is nothing to divide by.
fn share(part: i64, whole: i64) -> Option<String> {
    Decimal::from_ratio(part.into(), whole.into(), 6).map(percent)
}

/// An interval by its first and last day (UTC).
fn span((from, to): (DateTime<Utc>, DateTime<Utc>)) -> String {
    days(from, to - TimeDelta::seconds(1))
}

fn days(first: DateTime<Utc>, last: DateTime<Utc>) -> String {
    let (first, last) = (first.date_naive(), last.date_naive());
    if first == last { day(first) } else { format!("{} to {}", day(first), day(last)) }
}

pub async fn show(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let parameters = parameters(&request);
    let choice = Choice::of(&parameters);
    let search: String =
        parameter(&parameters, "search").unwrap_or_default().chars().take(MAX_SEARCH_CHARS).collect();
    let now = app.clock.now();
    let zones = Zones::load(&app.pool).await?;
    let keys: Vec<String> = zones.all().iter().map(|zone| zone.key.clone()).collect();
    let parents = db_zone::parents(&app.pool, &keys).await?;
    let best = factor_list::best(&app.pool, choice.basis, choice.perimeter).await?;
    let matrix = Matrix::new(&best, &parents, now);
    let groups = matrix.groups(&zones, &search, now);
    let rows: usize = groups.iter().map(|group| group.rows.len()).sum();
    let sets = factor_list::sets(&app.pool).await?.into_iter().map(SetRow::from).collect();
    html_with_form(&FactorsPage {
        home: "",
        stylesheet: STYLESHEET,
        sets,
        choice,
        search,
        years: matrix.years().collect(),
        groups,
        zones: zones_words(rows as i64),
        is_found: rows > 0,
    })
}
