//! `/disclosures/…`: the frozen page of a published version, and its files.
//!
//! The bytes that were frozen are served as they are. Only the page gets one line more, in the place
//! that the frozen page holds free for it: what became of the version since.

use super::CONTENT_SECURITY_POLICY;
use super::changes::before;
use crate::app::App;
use crate::db;
use crate::db::disclosure::{Listing, RegisterLine, ServedFile, State};
use crate::domain::disclosure::Reference;
use crate::domain::period::day;
use crate::http::etag;
use crate::http::problem::Problem;
use crate::render::files::download_name;
use crate::render::html::STATE_MARKER;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

/// A frozen file never changes.
const FROZEN: &str = "public, max-age=31536000, immutable";

/// `/disclosures/{number}`: leads to the version in force.
pub async fn latest(app: web::Data<App>, path: web::Path<String>) -> Result<HttpResponse, Problem> {
    let number: i32 = path.parse().map_err(|_| no_disclosure(&path))?;
    let versions = db::disclosure::list(&app.pool, Listing::Number(number)).await?;
    let in_force = versions.iter().find(|line| line.state == State::Published);
    let line = in_force.ok_or_else(|| no_disclosure(&path))?;
    let address = format!("/disclosures/{number}/v{}", line.reference.version);
    Ok(HttpResponse::Found().insert_header((header::LOCATION, address)).finish())
}

/// `/disclosures/{number}/v{version}`: the page.
pub async fn show(app: web::Data<App>, path: web::Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let reference = reference(&path.0, &path.1)?;
    let versions = db::disclosure::list(&app.pool, Listing::Number(reference.number)).await?;
    let this = versions.iter().find(|line| line.reference == reference);
    let (Some(this), Some(file)) = (this, db::disclosure::file(&app.pool, reference, "html").await?) else {
        return Err(no_disclosure(&path.0));
    };
    let in_force = versions.iter().find(|line| line.state == State::Published);
    let policy = frozen_policy(&file.bytes);
    let page = String::from_utf8(file.bytes).map_err(|error| Problem::internal(&error))?;
    let page = page.replacen(STATE_MARKER, &state_line(this, in_force, before(&versions, reference)), 1);
    Ok(HttpResponse::Ok()
        .content_type(file.media_type)
        .insert_header((header::CONTENT_SECURITY_POLICY, policy))
        .body(page))
}

/// `/disclosures/{number}/v{version}/{file}`: a download.
pub async fn file(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<(String, String, String)>,
) -> Result<HttpResponse, Problem> {
    let (number, version, name) = path.into_inner();
    let reference = reference(&number, &version)?;
    let Reference { number, version } = reference;
    if name == "SHA256SUMS" {
        return checksums(&app, reference).await;
    }
    let file = match name.strip_prefix("disclosure.") {
        Some(format) => db::disclosure::file(&app.pool, reference, format).await?,
        None => None,
    };
    let Some(file) = file else {
        return Err(Problem::not_found(format!("disclosure {number} has no file '{name}'")));
    };
    Ok(frozen_answer(&request, file, &format!("taskwatt-{number}-v{version}-{name}")))
}

fn frozen_answer(request: &HttpRequest, file: ServedFile, name: &str) -> HttpResponse {
    let etag = format!("\"{}\"", hex::encode(&file.sha256));
    let is_known = etag::is_known(request, &etag);
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::ETAG, etag))
        .insert_header((header::CACHE_CONTROL, FROZEN))
        .insert_header((header::CONTENT_SECURITY_POLICY, frozen_policy(&file.bytes)));
    if is_known {
        return response.finish();
    }
    response
        .content_type(file.media_type)
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(file.bytes)
}

/// The digests of all files, under the names that their downloads get.
async fn checksums(app: &App, reference: Reference) -> Result<HttpResponse, Problem> {
    let digests = db::disclosure::digests(&app.pool, reference).await?;
    if digests.is_empty() {
        return Err(no_disclosure(&reference.number.to_string()));
    }
    let lines: String = digests
        .into_iter()
        .map(|(format, sha256)| format!("{}  {}\n", hex::encode(sha256), download_name(reference, &format)))
        .collect();
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, FROZEN))
        .insert_header((header::CONTENT_DISPOSITION, "attachment; filename=\"SHA256SUMS\""))
        .body(lines))
}

pub(super) fn reference(number: &str, version: &str) -> Result<Reference, Problem> {
    let parsed = (number.parse(), version.strip_prefix('v').map(str::parse));
    let (Ok(number), Some(Ok(version))) = parsed else { return Err(no_disclosure(number)) };
    Ok(Reference { number, version })
}

pub(super) fn no_disclosure(number: &str) -> Problem {
    Problem::not_found(format!("no disclosure {number} of this version has been published"))
}

/// When it was published, and whether it still stands. Only our own words and numbers go in, so there
/// is nothing to escape.
fn state_line(this: &RegisterLine, in_force: Option<&RegisterLine>, before: Option<Reference>) -> String {
    let changes = before.map_or_else(String::new, |before| {
        let Reference { number, version } = this.reference;
        format!(
            " <a href=\"/disclosures/{number}/v{version}/changes\">What changed since version {}</a>.",
            before.version
        )
    });
    let published = day(this.published_at.date_naive());
    match in_force.filter(|current| current.reference != this.reference) {
        None => {
            format!("<p class=\"small\">Published on {published}. This version is in force.{changes}</p>")
        }
        Some(current) => format!(
            "<div class=\"notices\"><section class=\"notice\"><h2>Superseded</h2><p>This version was published \
             on {published}. <a href=\"/disclosures/{}/v{}\">Version {}</a> of {} has taken its place.{changes}</p>\
             </section></div>",
            current.reference.number,
            current.reference.version,
            current.reference.version,
            day(current.published_at.date_naive()),
        ),
    }
}

/// A frozen page carries its style sheet, whose digest is allowed by name: later style sheets differ.
fn frozen_policy(page: &[u8]) -> HeaderValue {
    let page = String::from_utf8_lossy(page);
    let style = page.split_once("<style>").and_then(|(_, rest)| rest.split_once("</style>"));
    let digest = style.map(|(style, _)| BASE64_STANDARD.encode(Sha256::digest(style)));
    let allowed = digest.map_or_else(|| "'none'".to_owned(), |digest| format!("'sha256-{digest}'"));
    let policy = CONTENT_SECURITY_POLICY.replace("'self'", &allowed);
    HeaderValue::from_str(&policy).unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
}
