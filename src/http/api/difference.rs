//! `GET /v1/disclosures/{number}/difference`: what a version of a disclosure says otherwise than another.

use crate::app::App;
use crate::db;
use crate::db::disclosure::{State, StoredDocument};
use crate::disclosure::difference::difference;
use crate::domain::disclosure::{Disclosure, Reference};
use crate::domain::ids::ProviderId;
use crate::domain::problem::ProblemCode;
use crate::domain::terms::Scope;
use crate::http::auth::authorise;
use crate::http::etag;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::render::{difference as rendered, json};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};

/// The parameters of the query.
pub const PARAMETERS: &[&str] = &["from", "to"];

/// Compares two published versions; with a key, also drafts of its provider.
pub async fn show(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = match request.headers().contains_key(header::AUTHORIZATION) {
        true => Some(authorise(&app, &request, Scope::Read).await?),
        false => None,
    };
    let mut query = Query::read(&request, PARAMETERS);
    let version = |text: &str| match text.parse::<i32>() {
        Ok(version) if version > 0 => Ok(version),
        _ => Err("must be the number of a version, such as 1"),
    };
    let from = query.required("from", ProblemCode::OutOfRange, version);
    let to = query.required("to", ProblemCode::OutOfRange, version);
    let (from, to) = query.finish(from.zip(to))?;
    let number = path.parse().map_err(|_| nothing(&path, from))?;
    let provider = key.map(|key| key.provider);
    let old = document(&app, Reference { number, version: from }, provider).await?;
    let new = document(&app, Reference { number, version: to }, provider).await?;
    etag::json(&request, &rendered::wire(&difference(&old, &new)))
}

/// A version that is published, or is a draft of this provider.
async fn document(
    app: &App,
    reference: Reference,
    provider: Option<ProviderId>,
) -> Result<Disclosure, Problem> {
    let may_see = |stored: &StoredDocument| stored.state != State::Draft || provider == Some(stored.provider);
    let found = db::disclosure::find(&app.pool, reference).await?.filter(may_see);
    let Some(found) = found else { return Err(nothing(&reference.number.to_string(), reference.version)) };
    json::read(&found.document).map_err(|error| Problem::internal(&error))
}

fn nothing(number: &str, version: i32) -> Problem {
    let number: String = number.chars().take(20).collect();
    Problem::not_found(format!("there is no disclosure {number} with a version {version} that you may see"))
}
