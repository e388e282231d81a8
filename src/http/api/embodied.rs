//! `/v1/sites/{site}/embodied`: what it took to make the accelerators of a site.

use super::instant;
use super::sites::find;
use crate::app::App;
use crate::db::embodied;
use crate::domain::embodied::{Embodied, MAX_EMBODIED_MG, MAX_INCLUDES_CHARS, MAX_LIFETIME_HOURS};
use crate::domain::problem::ProblemCode;
use crate::domain::registry::{MAX_SOURCE_CHARS, Telling};
use crate::domain::terms::Scope;
use crate::http::auth::authorise;
use crate::http::fields::{PageQuery, read};
use crate::http::problem::Problem;
use crate::ingest::fields::{Fields, line, name, number, whole};
use crate::units::CarbonMass;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

/// What it took to make one accelerator of a kind with its part of the server.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Embodied)]
pub struct WireEmbodied {
    /// The kind, as records name it.
    accelerator: String,
    /// Decimal text: kilograms of CO2e of one accelerator.
    embodied_kg: String,
    /// Hours of its work over which it is spread.
    lifetime_hours: i32,
    /// What beside the accelerator itself is in it.
    includes: String,
    source: String,
    /// The highest revision of an accelerator counts.
    revision: i32,
    #[schema(format = DateTime)]
    recorded_at: String,
}

/// Every telling, in the order of telling.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EmbodiedList)]
pub struct WireEmbodiedList {
    embodied: Vec<WireEmbodied>,
    /// Send it as `cursor` to go on; missing at the end of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

fn wire(telling: &Telling<Embodied>) -> WireEmbodied {
    let what = &telling.what;
    WireEmbodied {
        accelerator: what.accelerator.to_string(),
        embodied_kg: what.carbon.kilograms().to_string(),
        lifetime_hours: what.lifetime_hours,
        includes: what.includes.clone(),
        source: what.source.clone(),
        revision: telling.revision,
        recorded_at: instant(telling.recorded_at),
    }
}

/// The fields of embodied carbon.
pub const EMBODIED_FIELDS: &[&str] = &["accelerator", "embodied_kg", "lifetime_hours", "includes", "source"];

fn read_embodied(fields: &mut Fields<'_>) -> Option<Embodied> {
    let accelerator = fields.required("accelerator", name);
    let carbon = fields.required("embodied_kg", |raw| {
        let carbon = number(raw, CarbonMass::parse_kilograms)?;
        if (1..=MAX_EMBODIED_MG).contains(&carbon.milligrams()) {
            return Ok(carbon);
        }
        let detail = "must be above 0 and at most 100000 kilograms for one accelerator";
        Err((ProblemCode::OutOfRange, detail.to_owned()))
    });
    let lifetime_hours = fields.required("lifetime_hours", |raw| whole(raw, 1..=MAX_LIFETIME_HOURS));
    let includes = fields.required("includes", |raw| line(raw, MAX_INCLUDES_CHARS));
    let source = fields.required("source", |raw| line(raw, MAX_SOURCE_CHARS));
    Some(Embodied {
        accelerator: accelerator?,
        carbon: carbon?,
        // The range above fits.
        lifetime_hours: i32::try_from(lifetime_hours?).ok()?,
        includes: includes?,
        source: source?,
    })
}

/// Tells the embodied carbon of one kind of accelerator.
pub async fn post(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::RegistryWrite).await?;
    let (site, ..) = find(&app, key.provider, &path).await?;
    let what = read(&request, payload, EMBODIED_FIELDS, read_embodied).await?;
    let told = embodied::tell(&app.pool, site, &what, app.clock.now()).await?;
    Ok(super::told(told, what, wire))
}

/// Every telling of the embodied carbon of a site.
pub async fn list(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let page = PageQuery::of(&request)?;
    let (site, ..) = find(&app, key.provider, &path).await?;
    let mut found = embodied::list(&app.pool, site, page.tellings()?).await?;
    let next_cursor = page.cut_tellings(&mut found)?;
    let embodied = found.iter().map(wire).collect();
    Ok(HttpResponse::Ok().json(WireEmbodiedList { embodied, next_cursor }))
}
