//! `/v1/sites/{site}/boundary`: what energy that came as `it_or_facility` includes.

use super::{instant, sites};
use crate::app::App;
use crate::db::declared;
use crate::domain::ids::SiteId;
use crate::domain::period::Days;
use crate::domain::registry::{SiteBoundary, Telling};
use crate::domain::terms::{Boundary, Scope};
use crate::http::auth::authorise;
use crate::http::fields::read;
use crate::http::problem::Problem;
use crate::ingest::fields::word;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

/// What such energy includes, as one telling settles it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SiteBoundary)]
pub struct WireBoundary {
    /// `it`, or `facility` where the PUE is inside.
    boundary: &'static str,
    /// The first UTC day for which it holds.
    #[schema(format = Date)]
    from: String,
    /// The first UTC day for which it no longer holds.
    #[schema(format = Date)]
    to: String,
    /// The highest revision of a day counts.
    revision: i32,
    #[schema(format = DateTime)]
    recorded_at: String,
}

/// Every telling, in the order of telling.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SiteBoundaryList)]
pub struct WireBoundaries {
    boundaries: Vec<WireBoundary>,
}

fn wire(telling: &Telling<SiteBoundary>) -> WireBoundary {
    let what = &telling.what;
    WireBoundary {
        boundary: what.boundary.as_str(),
        from: what.valid.from().to_string(),
        to: what.valid.to().to_string(),
        revision: telling.revision,
        recorded_at: instant(telling.recorded_at),
    }
}

/// The fields of a telling.
pub const BOUNDARY_FIELDS: &[&str] = &["boundary", "from", "to"];
/// What may be settled: whether the PUE is inside.
pub const BOUNDARY_WORDS: &[&str] = &["it", "facility"];

/// Settles what such energy includes.
pub async fn post(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::RegistryWrite).await?;
    let (site, ..) = sites::find(&app, key.provider, &path).await?;
    let (valid, boundary): (Days, Boundary) = read(&request, payload, BOUNDARY_FIELDS, |fields| {
        let valid = fields.days();
        let boundary = fields.required("boundary", |raw| {
            word(raw, BOUNDARY_WORDS, |text| Boundary::parse(text).filter(|_| BOUNDARY_WORDS.contains(&text)))
        });
        Some((valid?, boundary?))
    })
    .await?;
    let told = declared::tell_boundary(&app.pool, site, valid, boundary, app.clock.now()).await?;
    let what = SiteBoundary { site, valid, revision: told.revision, boundary };
    Ok(super::told(told, what, wire))
}

/// Every telling of a site.
pub async fn list(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let (site, ..): (SiteId, _, _) = sites::find(&app, key.provider, &path).await?;
    let found = declared::boundaries(&app.pool, &[site]).await?;
    Ok(HttpResponse::Ok().json(WireBoundaries { boundaries: found.iter().map(wire).collect() }))
}
