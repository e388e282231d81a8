//! `/templates`: the templates that documents follow, their files, and the JSON Schemas of their documents.

use super::{STYLESHEET, html};
use crate::disclosure::template::{self, Registered};
use crate::domain::period::day;
use crate::domain::template::{Confidentiality, Need, Template as Form};
use crate::http::etag;
use crate::http::problem::Problem;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use sha2::{Digest, Sha256};

#[derive(Template)]
#[template(path = "templates.html")]
struct TemplatesPage<'a> {
    home: &'a str,
    stylesheet: &'a str,
    templates: Vec<Entry>,
}

struct Entry {
    id: &'static str,
    version: &'static str,
    title: &'static str,
    legal_status: &'static str,
    status_line: String,
    valid_from: String,
    fields: usize,
    required: usize,
    is_public: bool,
}

/// The page: every version, the latest first.
pub async fn show() -> Result<HttpResponse, Problem> {
    let templates = template::templates().iter().rev().map(|one| entry(&one.template)).collect();
    html(&TemplatesPage { home: "", stylesheet: STYLESHEET, templates })
}

fn entry(form: &'static Form) -> Entry {
    Entry {
        id: &form.id,
        version: &form.version,
        title: &form.title,
        legal_status: form.legal_status.as_str(),
        status_line: form.status_line(),
        valid_from: day(form.valid_from),
        fields: form.fields.len(),
        required: form.fields.iter().filter(|field| field.need == Need::Required).count(),
        is_public: form.fields.iter().all(|field| field.confidentiality == Confidentiality::Public),
    }
}

/// `/templates/{template}/{version}.json`: the file of one version.
pub async fn file(request: HttpRequest, path: web::Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let (id, file) = path.into_inner();
    let version = file.strip_suffix(".json").unwrap_or_default();
    let found = find(&id, version)?;
    Ok(answer(&request, found.file, "application/json"))
}

/// `/templates/{template}/{version}/schema.json`: the JSON Schema of its documents.
pub async fn schema(
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let found = find(&path.0, &path.1)?;
    Ok(answer(&request, found.schema, "application/schema+json"))
}

fn find(id: &str, version: &str) -> Result<&'static Registered, Problem> {
    template::find(id, version).ok_or_else(|| Problem::not_found("there is no such version of a template"))
}

fn answer(request: &HttpRequest, body: &'static str, media_type: &str) -> HttpResponse {
    let etag = format!("\"{}\"", hex::encode(Sha256::digest(body)));
    if etag::is_known(request, &etag) {
        return HttpResponse::NotModified().insert_header((header::ETAG, etag)).finish();
    }
    HttpResponse::Ok().content_type(media_type).insert_header((header::ETAG, etag)).body(body)
}
