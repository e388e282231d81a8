//! `/v1/water-factors`: the water that power plants of a zone use, as the key's provider loads it.

use super::instant;
use crate::app::App;
use crate::db::water;
use crate::domain::period::beginning_of;
use crate::domain::problem::ProblemCode;
use crate::domain::registry::{MAX_LICENCE_CHARS, MAX_SOURCE_CHARS, Telling};
use crate::domain::terms::Scope;
use crate::domain::water::WaterFactor;
use crate::http::api::sites::MAX_ZONE_CHARS;
use crate::http::auth::authorise;
use crate::http::fields::{PageQuery, read};
use crate::http::problem::Problem;
use crate::ingest::fields::{Fields, line, number};
use crate::intensity::zones::Zones;
use crate::units::WaterUse;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// Water for each kilowatt-hour of a zone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WaterFactor)]
pub struct WireWaterFactor {
    zone: String,
    /// Decimal text: litres for each kilowatt-hour that is consumed in the zone.
    litres_per_kwh: String,
    /// The first UTC day for which it holds.
    #[schema(format = Date)]
    from: String,
    /// The first UTC day for which it no longer holds.
    #[schema(format = Date)]
    to: String,
    /// Where it was published.
    source: String,
    licence: String,
    /// Counted for each zone; later revisions count where two overlap.
    revision: i32,
    #[schema(format = DateTime)]
    recorded_at: String,
}

/// Every telling, in the order of telling.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WaterFactorList)]
pub struct WireWaterFactors {
    water_factors: Vec<WireWaterFactor>,
    /// Send it as `cursor` to go on; missing at the end of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

fn wire(telling: &Telling<WaterFactor>) -> WireWaterFactor {
    let what = &telling.what;
    WireWaterFactor {
        zone: what.zone.clone(),
        litres_per_kwh: what.value.litres_per_kwh().to_string(),
        from: what.valid.from().to_string(),
        to: what.valid.to().to_string(),
        source: what.source.clone(),
        licence: what.licence.clone(),
        revision: telling.revision,
        recorded_at: instant(telling.recorded_at),
    }
}

/// Every telling of the water factors of the key's provider.
pub async fn list(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let page = PageQuery::of(&request)?;
    let mut found = water::factors(&app.pool, key.provider, page.tellings()?).await?;
    let next_cursor = page.cut_tellings(&mut found)?;
    let water_factors = found.iter().map(wire).collect();
    Ok(HttpResponse::Ok().json(WireWaterFactors { water_factors, next_cursor }))
}

/// The fields of a water factor.
pub const WATER_FACTOR_FIELDS: &[&str] = &["zone", "litres_per_kwh", "from", "to", "source", "licence"];

fn read_factor(fields: &mut Fields<'_>, zones: &Zones, now: DateTime<Utc>) -> Option<WaterFactor> {
    let valid = fields.days();
    // A code of a zone means what it meant when the power was made.
    let at = valid.map_or(now, |valid| beginning_of(valid.from()));
    let zone = fields.required("zone", |raw| {
        let asked = line(raw, MAX_ZONE_CHARS)?;
        zones.resolve(&asked, at).map_err(|unknown| (ProblemCode::UnknownZone, unknown.to_string()))
    });
    let value = fields.required("litres_per_kwh", |raw| number(raw, WaterUse::parse_litres_per_kwh));
    let source = fields.required("source", |raw| line(raw, MAX_SOURCE_CHARS));
    let licence = fields.required("licence", |raw| line(raw, MAX_LICENCE_CHARS));
    Some(WaterFactor { zone: zone?, valid: valid?, value: value?, source: source?, licence: licence? })
}

/// Tells the water factor of a zone.
pub async fn post(
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::RegistryWrite).await?;
    let (zones, now) = (Zones::load(&app.pool).await?, app.clock.now());
    let factor =
        read(&request, payload, WATER_FACTOR_FIELDS, |fields| read_factor(fields, &zones, now)).await?;
    let told = water::tell_factor(&app.pool, key.provider, &factor, now).await?;
    Ok(super::told(told, factor, wire))
}
