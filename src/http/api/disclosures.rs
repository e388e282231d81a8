//! `/v1/disclosures`: what is published, and building and publishing with a provider's key.

use super::instant;
use super::jobs::start;
use crate::app::App;
use crate::db::disclosure::{Listing, RegisterLine};
use crate::db::job::NewJob;
use crate::db::{self, DbError};
use crate::disclosure::request::{BUILD_FIELDS, NewDisclosure};
use crate::domain::disclosure::Reference;
use crate::domain::job::{JobKind, JobResult};
use crate::domain::terms::Scope;
use crate::http::auth::authorise;
use crate::http::openapi::vocabulary;
use crate::http::problem::Problem;
use crate::http::{etag, fields};
use crate::ingest::fields::Fields;
use crate::jobs;
use crate::publish;
use actix_web::body::SizedStream;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

/// Most disclosures in one list.
const LIST_LIMIT: i64 = 500;

#[derive(Serialize, ToSchema)]
#[schema(as = DisclosureList)]
pub struct WireList {
    disclosures: Vec<WireLine>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = DisclosureLine)]
pub struct WireLine {
    number: i32,
    version: i32,
    provider: String,
    provider_name: String,
    #[schema(value_type = vocabulary::ProviderKind)]
    provider_kind: &'static str,
    service: String,
    service_name: String,
    #[schema(format = DateTime)]
    period_from: String,
    #[schema(format = DateTime)]
    period_to: String,
    mean_energy_wh: String,
    evidence: String,
    #[schema(format = DateTime)]
    published_at: String,
    address: String,
}

/// The published disclosures that are in force, the latest first.
pub async fn list(app: web::Data<App>) -> Result<HttpResponse, Problem> {
    let lines = db::disclosure::list(&app.pool, Listing::Register { limit: LIST_LIMIT }).await?;
    let disclosures = lines.into_iter().map(|line| wire_line(&app, line)).collect();
    Ok(HttpResponse::Ok().json(WireList { disclosures }))
}

fn wire_line(app: &App, line: RegisterLine) -> WireLine {
    let Reference { number, version } = line.reference;
    WireLine {
        number,
        version,
        provider: line.provider_key,
        provider_name: line.provider_name,
        provider_kind: line.provider_kind.as_str(),
        service: line.service_key,
        service_name: line.service_name,
        period_from: instant(line.period.from()),
        period_to: instant(line.period.to()),
        mean_energy_wh: line.mean_energy_wh,
        evidence: line.evidence_summary,
        published_at: instant(line.published_at),
        address: format!("{}/disclosures/{number}/v{version}", app.public_url),
    }
}

/// A built or published version.
#[derive(Serialize, ToSchema)]
#[schema(as = DisclosureVersion)]
pub struct WireVersion {
    number: i32,
    version: i32,
    /// `draft` or `published`.
    state: &'static str,
    mean_energy_wh: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    document_sha256: Option<String>,
    address: String,
}

impl WireVersion {
    /// What a job of a kind came to.
    pub(super) fn of(kind: JobKind, result: &JobResult) -> WireVersion {
        WireVersion {
            number: result.reference.number,
            version: result.reference.version,
            state: match kind {
                JobKind::Build => "draft",
                JobKind::Publish => "published",
            },
            mean_energy_wh: result.mean_energy_wh.clone(),
            document_sha256: result.document_sha256.map(hex::encode),
            address: result.address.clone(),
        }
    }
}

/// Builds a draft of one of the key's provider's services, in the background; the request waits for it.
pub async fn build(
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::DisclosuresWrite).await?;
    let today = app.clock.now().date_naive();
    let read = |fields: &mut Fields<'_>| NewDisclosure::read(fields, today);
    let (wanted, body) = fields::read_whole(&request, payload, BUILD_FIELDS, read).await?;
    // What can be told at once is told at once.
    jobs::find_service(&app.pool, &key.provider_key, &wanted.service).await??;
    let kind = JobKind::Build;
    let new = NewJob { provider: key.provider, kind, request: &body, public_url: &app.public_url };
    start(&app, &request, new).await
}

/// Publishes a draft of the key's provider, in the background; the request waits for it.
pub async fn publish(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::DisclosuresWrite).await?;
    let reference = reference(&path)?;
    publish::find_draft(&app.pool, key.provider, reference).await?;
    let Reference { number, version } = reference;
    let body = json!({"number": number, "version": version}).to_string();
    let kind = JobKind::Publish;
    let new = NewJob { provider: key.provider, kind, request: &body, public_url: &app.public_url };
    start(&app, &request, new).await
}

fn reference((number, version): &(String, String)) -> Result<Reference, Problem> {
    let (Ok(number), Ok(version)) = (number.parse(), version.parse()) else {
        return Err(Problem::not_found("there is no such version of a disclosure"));
    };
    Ok(Reference { number, version })
}

/// The archive for auditors of a published version of the key's provider. It is sent as it is read.
pub async fn evidence(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let reference = reference(&path)?;
    let Reference { number, version } = reference;
    let Some(found) = db::evidence::frozen(&app.pool, key.provider, reference).await? else {
        let detail = format!(
            "there is no evidence of disclosure {number}, version {version}: it is kept of versions that this provider \
             published with this version of the service"
        );
        return Err(Problem::not_found(detail));
    };
    let etag = format!("\"{}\"", hex::encode(&found.sha256));
    let is_known = etag::is_known(&request, &etag);
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((header::ETAG, etag)).insert_header((header::CACHE_CONTROL, FROZEN_PRIVATE));
    if is_known {
        return Ok(response.finish());
    }
    let pool = app.pool.clone();
    let parts = stream::try_unfold(0, move |next| {
        let pool = pool.clone();
        async move {
            let part = db::evidence::part(&pool, found.disclosure, next).await?;
            Ok::<_, DbError>(part.map(|bytes| (web::Bytes::from(bytes), next + 1)))
        }
    });
    let name = format!("taskwatt-{number}-v{version}-evidence.zip");
    Ok(response
        .content_type("application/zip")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(SizedStream::new(found.size, parts)))
}

/// It never changes, and is for its provider alone.
const FROZEN_PRIVATE: &str = "private, max-age=31536000, immutable";
