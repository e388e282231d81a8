//! `GET /v1/factors` and `/v1/factors/coverage`: what there is of grid factors. Public, because whoever checks a
//! disclosure must be able to look its factors up.

use super::instant;
use crate::app::App;
use crate::db::factor_list;
use crate::db::zone::{self, ZoneParent};
use crate::domain::factor::{Coverage, SetSummary};
use crate::domain::period::hours_of_year;
use crate::domain::problem::ProblemCode;
use crate::http::openapi::vocabulary;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::table::{form, public_answer};
use crate::intensity::time_zones::time_zone_of;
use crate::intensity::zones::Zones;
use crate::units::Decimal;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// Most characters of any name of a zone.
pub const MAX_ZONE_NAME_CHARS: usize = 64;

/// The sets of grid factors that are loaded.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FactorSetList)]
pub struct WireSets {
    /// In the order in which they were registered.
    sets: Vec<WireSet>,
}

/// A set of grid factors: one publication of one source under one licence.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FactorSet)]
pub struct WireSet {
    set: String,
    source: String,
    licence: String,
    /// The credit that the licence asks for.
    attribution: String,
    /// The edition of the source.
    release: String,
    #[schema(value_type = vocabulary::FactorKind)]
    kind: &'static str,
    #[schema(value_type = vocabulary::Basis)]
    basis: &'static str,
    #[schema(value_type = vocabulary::Perimeter)]
    perimeter: &'static str,
    #[schema(value_type = vocabulary::Resolution)]
    resolution: &'static str,
    /// Of two sets with the same kind of value for a zone and hour, the one with the higher number is taken.
    preference: i16,
    zones: i64,
    /// Values in their latest revision.
    values: i64,
    /// Those of them that the source estimated.
    values_estimated: i64,
    /// The same as a share of the values, from 0 to 1 with at most 6 decimals; missing where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    share_estimated: Option<String>,
    /// Values that stand apart because they cannot be true, or need a person to say that they are. No figure
    /// uses them.
    values_quarantined: i64,
    /// Of any value; 0 where there are none.
    highest_revision: i32,
    /// The first instant for which a value holds; missing where there are none, as the three that follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    from: Option<String>,
    /// The end of the last value, no longer inside.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    to: Option<String>,
    /// When the first of its values was recorded here, and the last, in any revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    first_recorded_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    last_recorded_at: Option<String>,
}

const SET_COLUMNS: &[&str] = &[
    "set",
    "source",
    "licence",
    "attribution",
    "release",
    "kind",
    "basis",
    "perimeter",
    "resolution",
    "preference",
    "zones",
    "values",
    "values_estimated",
    "share_estimated",
    "values_quarantined",
    "highest_revision",
    "from",
    "to",
    "first_recorded_at",
    "last_recorded_at",
];

fn wire_set(summary: SetSummary) -> WireSet {
    let SetSummary { set, held, recorded, values, values_estimated, .. } = summary;
    let share = Decimal::from_ratio(values_estimated.into(), values.into(), 6);
    WireSet {
        set: set.key.to_string(),
        source: set.source,
        licence: set.licence,
        attribution: set.attribution,
        release: set.release,
        kind: set.kind.as_str(),
        basis: set.basis.as_str(),
        perimeter: set.perimeter.as_str(),
        resolution: set.resolution.as_str(),
        preference: summary.preference,
        zones: summary.zones,
        values,
        values_estimated,
        share_estimated: share.map(|share| share.without_trailing_zeros().to_string()),
        values_quarantined: summary.values_quarantined,
        highest_revision: summary.highest_revision,
        from: held.map(|(from, _)| instant(from)),
        to: held.map(|(_, to)| instant(to)),
        first_recorded_at: recorded.map(|(first, _)| instant(first)),
        last_recorded_at: recorded.map(|(_, last)| instant(last)),
    }
}

/// The sets that are loaded.
pub async fn sets(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut query = Query::read(&request, &["format"]);
    let form = form(&request, &mut query);
    query.finish(Some(()))?;
    let sets = factor_list::sets(&app.pool).await?.into_iter().map(wire_set).collect();
    let answer = WireSets { sets };
    public_answer(&request, form, &answer, &answer.sets, SET_COLUMNS)
}

/// What there is of one zone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ZoneCoverage)]
pub struct WireZone {
    /// The key under which the zone is known here.
    zone: String,
    name: String,
    /// The IANA name of its time zone; missing where it has several, or where none is known for certain.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<String>,
    /// The zones around it, where the ladder looks for what it lacks itself.
    parents: Vec<WireParent>,
    /// By set, then by year. Years without a value have no row.
    coverage: Vec<WireCoverage>,
}

/// A zone around a zone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ZoneParent)]
pub struct WireParent {
    zone: String,
    parent: String,
    #[schema(format = DateTime)]
    from: String,
    /// Missing where it holds until further notice.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    to: Option<String>,
}

/// What a set holds of a zone in one UTC year.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Coverage)]
pub struct WireCoverage {
    set: String,
    #[schema(value_type = vocabulary::FactorKind)]
    kind: &'static str,
    #[schema(value_type = vocabulary::Basis)]
    basis: &'static str,
    #[schema(value_type = vocabulary::Perimeter)]
    perimeter: &'static str,
    #[schema(value_type = vocabulary::Resolution)]
    resolution: &'static str,
    year: i32,
    /// UTC hours of the year for all of which there is a value.
    covered_hours: i32,
    /// 8,760, or 8,784 in a leap year.
    hours_of_year: i32,
    values: i32,
    values_estimated: i32,
    highest_revision: i32,
    #[schema(format = DateTime)]
    from: String,
    #[schema(format = DateTime)]
    to: String,
    #[schema(format = DateTime)]
    first_recorded_at: String,
    #[schema(format = DateTime)]
    last_recorded_at: String,
}

const COVERAGE_COLUMNS: &[&str] = &[
    "set",
    "kind",
    "basis",
    "perimeter",
    "resolution",
    "year",
    "covered_hours",
    "hours_of_year",
    "values",
    "values_estimated",
    "highest_revision",
    "from",
    "to",
    "first_recorded_at",
    "last_recorded_at",
];

fn wire_coverage(coverage: Coverage) -> WireCoverage {
    WireCoverage {
        set: coverage.set.to_string(),
        kind: coverage.kind.as_str(),
        basis: coverage.basis.as_str(),
        perimeter: coverage.perimeter.as_str(),
        resolution: coverage.resolution.as_str(),
        year: coverage.year,
        covered_hours: coverage.covered_hours,
        hours_of_year: hours_of_year(coverage.year),
        values: coverage.values,
        values_estimated: coverage.values_estimated,
        highest_revision: coverage.highest_revision,
        from: instant(coverage.held.0),
        to: instant(coverage.held.1),
        first_recorded_at: instant(coverage.recorded.0),
        last_recorded_at: instant(coverage.recorded.1),
    }
}

fn wire_parent(parent: ZoneParent) -> WireParent {
    WireParent {
        zone: parent.zone,
        parent: parent.parent,
        from: instant(parent.valid_from),
        to: parent.valid_to.map(instant),
    }
}

/// What all sets hold of one zone.
pub async fn coverage(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let mut query = Query::read(&request, &["zone", "format"]);
    let zone = query.required("zone", ProblemCode::InvalidText, zone_name);
    let form = form(&request, &mut query);
    let zone = query.finish(zone)?;
    let (zone, name) = find_zone(&app, &mut query, &zone, app.clock.now()).await?;
    let parents = zone::parents(&app.pool, std::slice::from_ref(&zone)).await?;
    let coverage = factor_list::coverage_of_zone(&app.pool, &zone).await?;
    let answer = WireZone {
        name,
        time_zone: time_zone_of(&zone).map(|time_zone| time_zone.name().to_owned()),
        parents: parents.into_iter().map(wire_parent).collect(),
        coverage: coverage.into_iter().map(wire_coverage).collect(),
        zone,
    };
    public_answer(&request, form, &answer, &answer.coverage, COVERAGE_COLUMNS)
}

/// A name of a zone, of any kind.
pub(super) fn zone_name(text: &str) -> Result<String, String> {
    let is_name = !text.trim().is_empty()
        && text.chars().count() <= MAX_ZONE_NAME_CHARS
        && !text.chars().any(char::is_control);
    is_name.then(|| text.to_owned()).ok_or_else(|| {
        format!(
            "must be 1 to {MAX_ZONE_NAME_CHARS} characters, such as DE, SE-SE3, an EIC or aws:eu-central-1"
        )
    })
}

/// The key and the name of the zone that is meant at an instant.
pub(super) async fn find_zone(
    app: &App,
    query: &mut Query,
    asked: &str,
    at: DateTime<Utc>,
) -> Result<(String, String), Problem> {
    let zones = Zones::load(&app.pool).await?;
    let found = match zones.resolve(asked, at) {
        Ok(key) => zones.name_of(&key).map(|name| (key.clone(), name.to_owned())),
        Err(unknown) => {
            query.fault("zone", ProblemCode::UnknownZone, unknown.to_string());
            None
        }
    };
    query.finish(found)
}
