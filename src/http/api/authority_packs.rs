//! `/v1/authority-packs`: what goes to authorities by Annex XI of the AI Act. Only keys of the provider that may build
//! disclosures see anything of it, and no page does.

use super::instant;
use crate::app::App;
use crate::db::{authority_pack as table, registry};
use crate::domain::authority_pack::MAX_PACK_MODELS;
use crate::domain::disclosure::Reference;
use crate::domain::names::Name;
use crate::domain::problem::ProblemCode;
use crate::domain::terms::Scope;
use crate::http::auth::authorise;
use crate::http::etag;
use crate::http::fields;
use crate::http::problem::Problem;
use crate::ingest::fields::{Fields, name};
use crate::publish::pack::{BuiltPack, PackState, build};
use crate::render::pack::download_name;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

/// Most packs in one list.
const LIST_LIMIT: i64 = 500;
/// No proxy keeps what is confidential.
const PRIVATE: &str = "private, no-store";

/// A version of a pack.
#[derive(Serialize, ToSchema)]
#[schema(as = AuthorityPack)]
pub struct WirePack {
    /// Counted by provider; a pack about the same models has the same number and the next version.
    number: i32,
    version: i32,
    /// The keys of its models, sorted.
    models: Vec<String>,
    template: String,
    template_version: String,
    #[schema(format = DateTime)]
    built_at: String,
    /// SHA-256 of `pack.json`, in hexadecimal.
    document_sha256: String,
}

/// The packs of the key's provider, the latest first.
#[derive(Serialize, ToSchema)]
#[schema(as = AuthorityPackList)]
pub struct WirePacks {
    authority_packs: Vec<WirePack>,
}

/// What a built pack is called.
#[derive(Serialize, ToSchema)]
#[schema(as = BuiltAuthorityPack)]
pub struct WireBuilt {
    number: i32,
    version: i32,
    /// SHA-256 of `pack.json`, in hexadecimal.
    document_sha256: String,
    /// Where its files are read with a key, without the name of a file.
    address: String,
}

/// The fields of a request to build.
pub const PACK_FIELDS: &[&str] = &["models"];

fn read_models(fields: &mut Fields<'_>) -> Option<Vec<Name>> {
    let Some((models, length)) = fields.list("models", MAX_PACK_MODELS, name) else {
        if !fields.has("models") {
            fields.fault("models", ProblemCode::MissingField, "'models' is required: the names of models");
        }
        return None;
    };
    if !(1..=MAX_PACK_MODELS).contains(&length) {
        let detail = format!("send the names of 1 to {MAX_PACK_MODELS} models");
        fields.fault("models", ProblemCode::OutOfRange, detail);
        return None;
    }
    Some(models)
}

/// Builds a pack about models of the key's provider.
pub async fn post(
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::DisclosuresWrite).await?;
    let models = fields::read(&request, payload, PACK_FIELDS, read_models).await?;
    let provider = registry::find_provider(&app.pool, &key.provider_key).await?;
    let Some(provider) = provider else {
        return Err(Problem::not_found("the provider of this key is not there"));
    };
    let BuiltPack { pack, document_sha256, state } =
        build(&app.pool, &app.renderer, &provider, &models, app.clock.now()).await?;
    let Reference { number, version } = pack.reference;
    let mut response = match state {
        PackState::New => HttpResponse::Created(),
        PackState::Unchanged => HttpResponse::Ok(),
    };
    Ok(response.insert_header((header::CACHE_CONTROL, PRIVATE)).json(WireBuilt {
        number,
        version,
        document_sha256: hex::encode(document_sha256),
        address: format!("{}/v1/authority-packs/{number}/v{version}", app.public_url),
    }))
}

/// The packs of the key's provider.
pub async fn list(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::DisclosuresWrite).await?;
    let lines = table::list(&app.pool, key.provider, LIST_LIMIT).await?;
    let packs = lines.into_iter().map(|line| WirePack {
        number: line.reference.number,
        version: line.reference.version,
        models: line.models,
        template: line.template_id,
        template_version: line.template_version,
        built_at: instant(line.built_at),
        document_sha256: hex::encode(line.document_sha256),
    });
    let answer = WirePacks { authority_packs: packs.collect() };
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, PRIVATE)).json(answer))
}

/// A file of a pack.
pub async fn file(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<(String, String, String)>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::DisclosuresWrite).await?;
    let (number, version, name) = path.into_inner();
    let nothing = || Problem::not_found("there is no such file of an authority pack of this provider");
    let parsed = (number.parse(), version.strip_prefix('v').map(str::parse), name.strip_prefix("pack."));
    let (Ok(number), Some(Ok(version)), Some(format)) = parsed else { return Err(nothing()) };
    let reference = Reference { number, version };
    let found = table::file(&app.pool, key.provider, reference, format).await?.ok_or_else(nothing)?;
    let etag = format!("\"{}\"", hex::encode(&found.sha256));
    if etag::is_known(&request, &etag) {
        return Ok(HttpResponse::NotModified().insert_header((header::ETAG, etag)).finish());
    }
    let disposition = format!("attachment; filename=\"{}\"", download_name(reference, format));
    Ok(HttpResponse::Ok()
        .content_type(found.media_type)
        .insert_header((header::ETAG, etag))
        .insert_header((header::CACHE_CONTROL, PRIVATE))
        .insert_header((header::CONTENT_DISPOSITION, disposition))
        .body(found.bytes))
}
