//! `/v1/services/{service}/texts`: what the key's provider says of a service in its own words, in one or more languages.

use super::instant;
use super::services::find;
use crate::app::App;
use crate::db::service_text;
use crate::domain::disclosure::TextField;
use crate::domain::registry::{MAX_METHOD_CHARS, ServiceText, Telling};
use crate::domain::terms::Scope;
use crate::http::auth::authorise;
use crate::http::etag;
use crate::http::fields::{PageQuery, read};
use crate::http::openapi::vocabulary;
use crate::http::problem::Problem;
use crate::ingest::fields::prose;
use crate::text::Language;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

/// A text of a service in one language, as one telling says it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServiceText)]
pub struct WireServiceText {
    #[schema(value_type = vocabulary::TextField)]
    field: &'static str,
    #[schema(value_type = vocabulary::Language)]
    language: String,
    /// Missing where the telling takes the text back.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    /// The highest revision of a field and language counts.
    revision: i32,
    #[schema(format = DateTime)]
    recorded_at: String,
}

/// Every telling, in the order of telling.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServiceTextList)]
pub struct WireServiceTexts {
    texts: Vec<WireServiceText>,
    /// Send it as `cursor` to go on; missing at the end of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

fn wire(telling: &Telling<ServiceText>) -> WireServiceText {
    let ServiceText { field, language, text } = &telling.what;
    WireServiceText {
        field: field.as_str(),
        language: language.clone(),
        text: text.clone(),
        revision: telling.revision,
        recorded_at: instant(telling.recorded_at),
    }
}

/// Every telling of the texts of a service.
pub async fn list(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let page = PageQuery::of(&request)?;
    let (service, ..) = find(&app, key.provider, &path).await?;
    let mut found = service_text::list(&app.pool, service, page.tellings()?).await?;
    let next_cursor = page.cut_tellings(&mut found)?;
    Ok(HttpResponse::Ok().json(WireServiceTexts { texts: found.iter().map(wire).collect(), next_cursor }))
}

/// Service, field and language of an address.
type TextPath = web::Path<(String, String, String)>;

/// What an address names within its service; each name in its one spelling, so that a text has one address.
fn named(field: &str, language: &str) -> Result<(TextField, Language), Problem> {
    let Some(field) = TextField::parse(field) else {
        let detail = format!("there is no such text; there are {}", TextField::CHOICES.join(", "));
        return Err(Problem::not_found(detail));
    };
    let Some(language) = Language::parse(language) else {
        let detail = format!("texts are in one of the languages {}", Language::CHOICES.join(", "));
        return Err(Problem::not_found(detail));
    };
    Ok((field, language))
}

fn none_told() -> Problem {
    Problem::not_found("no such text of the service holds in this language")
}

/// The text that holds in a language.
pub async fn show(
    app: web::Data<App>,
    request: HttpRequest,
    path: TextPath,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let (service, field, language) = path.into_inner();
    let (service, ..) = find(&app, key.provider, &service).await?;
    let (field, language) = named(&field, &language)?;
    let held = service_text::latest(&app.pool, service).await?;
    let is_asked = |telling: &&Telling<ServiceText>| {
        telling.what.field == field && telling.what.language == language.as_str()
    };
    etag::json(&request, &wire(held.iter().find(is_asked).ok_or_else(none_told)?))
}

/// The fields of a text that is put.
pub const TEXT_FIELDS: &[&str] = &["text"];

/// Tells a text in a language.
pub async fn put(
    app: web::Data<App>,
    request: HttpRequest,
    path: TextPath,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::RegistryWrite).await?;
    let (service, field, language) = path.into_inner();
    let (service, ..) = find(&app, key.provider, &service).await?;
    let (field, language) = named(&field, &language)?;
    let text = read(&request, payload, TEXT_FIELDS, |fields| {
        fields.required("text", |raw| prose(raw, MAX_METHOD_CHARS))
    })
    .await?;
    let text = ServiceText { field, language: language.as_str().to_owned(), text: Some(text) };
    let told = service_text::tell(&app.pool, service, &text, app.clock.now()).await?;
    Ok(super::told(told.ok_or_else(none_told)?, text, wire))
}

/// Takes a text back: disclosures that are built from now on do not hold it.
pub async fn delete(
    app: web::Data<App>,
    request: HttpRequest,
    path: TextPath,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::RegistryWrite).await?;
    let (service, field, language) = path.into_inner();
    let (service, ..) = find(&app, key.provider, &service).await?;
    let (field, language) = named(&field, &language)?;
    let text = ServiceText { field, language: language.as_str().to_owned(), text: None };
    let told = service_text::tell(&app.pool, service, &text, app.clock.now()).await?;
    told.ok_or_else(none_told)?;
    Ok(HttpResponse::NoContent().finish())
}
