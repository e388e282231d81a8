//! `/v1/services`: the services of the key's provider, and how many tasks they served.

use super::instant;
use crate::app::App;
use crate::db::register::{self, Put, Wanted};
use crate::db::served;
use crate::domain::disclosure::Included;
use crate::domain::ids::{ProviderId, ServiceId};
use crate::domain::names::Slug;
use crate::domain::period::{Month, beginning_of};
use crate::domain::problem::ProblemCode;
use crate::domain::registry::{
    DeclaredInside, Exclusion, MAX_EXCLUSION_CHARS, MAX_EXCLUSIONS, MAX_METHOD_CHARS, MAX_SERVED_TASKS,
    Served, ServiceFacts, Telling,
};
use crate::domain::terms::Scope;
use crate::http::auth::authorise;
use crate::http::etag;
use crate::http::fields::{MAX_NAME_CHARS, MAX_NOTE_CHARS, PageQuery, new_slug, nothing_named, read};
use crate::http::openapi::vocabulary;
use crate::http::problem::Problem;
use crate::ingest::fields::{Fields, line, prose, whole, word};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

/// A service as its provider registered it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Service)]
pub struct WireService {
    /// Its name in addresses and records.
    service: String,
    /// Its name for people.
    name: String,
    /// How the provider comes by its energy figures; printed in disclosures.
    #[serde(skip_serializing_if = "Option::is_none")]
    energy_method: Option<String>,
    /// Whether the energy holds retrieval and tool calls, as the provider declares.
    #[schema(value_type = vocabulary::Included)]
    retrieval_and_tools: &'static str,
    /// Whether it holds that of the user's device.
    #[schema(value_type = vocabulary::Included)]
    user_device: &'static str,
    /// A remark for the provider's own use; it is not published.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// Services by name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServiceList)]
pub struct WireServices {
    services: Vec<WireService>,
    /// Send it as `cursor` to go on; missing at the end of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Tasks that a service served in a UTC month, as one telling declares.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Served)]
pub struct WireServed {
    /// As `2025-10`.
    month: String,
    tasks: i64,
    /// Tasks that the figures of the month do not describe.
    exclusions: Vec<WireExclusion>,
    /// The highest revision of a month counts.
    revision: i32,
    #[schema(format = DateTime)]
    recorded_at: String,
}

/// Tasks that figures do not describe.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Exclusion)]
pub struct WireExclusion {
    /// Which tasks, and why.
    what: String,
    /// How many they are; missing where that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    tasks: Option<i64>,
}

/// Every telling, in the order of telling.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ServedList)]
pub struct WireServedList {
    served: Vec<WireServed>,
    /// Send it as `cursor` to go on; missing at the end of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

fn wire(service: Slug, facts: ServiceFacts) -> WireService {
    let ServiceFacts { name, energy_method, inside, note } = facts;
    WireService {
        service: service.to_string(),
        name,
        energy_method,
        retrieval_and_tools: inside.retrieval_and_tools.as_str(),
        user_device: inside.user_device.as_str(),
        note,
    }
}

fn wire_served(telling: &Telling<Served>) -> WireServed {
    WireServed {
        month: telling.what.month.to_string(),
        tasks: telling.what.tasks,
        exclusions: telling.what.exclusions.iter().map(wire_exclusion).collect(),
        revision: telling.revision,
        recorded_at: instant(telling.recorded_at),
    }
}

fn wire_exclusion(exclusion: &Exclusion) -> WireExclusion {
    WireExclusion { what: exclusion.what.clone(), tasks: exclusion.tasks }
}

/// The services of the key's provider.
pub async fn list(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let page = PageQuery::of(&request)?;
    let wanted = Wanted::page(page.after()?, page.rows());
    let mut found = register::services(&app.pool, key.provider, wanted).await?;
    let next_cursor = page.cut_by_name(&mut found, |(_, service, _)| service.as_str());
    let services = found.into_iter().map(|(_, service, facts)| wire(service, facts)).collect();
    Ok(HttpResponse::Ok().json(WireServices { services, next_cursor }))
}

/// One service.
pub async fn show(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let (_, service, facts) = find(&app, key.provider, &path).await?;
    etag::json(&request, &wire(service, facts))
}

/// The service that an address names.
pub(super) async fn find(
    app: &App,
    provider: ProviderId,
    name: &str,
) -> Result<(ServiceId, Slug, ServiceFacts), Problem> {
    let not_there = || nothing_named("service", name);
    let service = Slug::parse(name).map_err(|_| not_there())?;
    let found = register::services(&app.pool, provider, Wanted::one(service.as_str())).await?;
    found.into_iter().next().ok_or_else(not_there)
}

/// The fields of a service that is put.
pub const SERVICE_FIELDS: &[&str] = &["name", "energy_method", "retrieval_and_tools", "user_device", "note"];

/// Registers a service, or changes what is registered of it.
pub async fn put(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::RegistryWrite).await?;
    let service = new_slug(&path)?;
    let facts = read(&request, payload, SERVICE_FIELDS, |fields| {
        let name = fields.required("name", |raw| line(raw, MAX_NAME_CHARS));
        let energy_method = fields.optional("energy_method", |raw| prose(raw, MAX_METHOD_CHARS));
        let note = fields.optional("note", |raw| prose(raw, MAX_NOTE_CHARS));
        let mut included =
            |field| fields.optional(field, |raw| word(raw, Included::CHOICES, Included::parse));
        let inside = DeclaredInside {
            retrieval_and_tools: included("retrieval_and_tools").unwrap_or(Included::Unknown),
            user_device: included("user_device").unwrap_or(Included::Unknown),
        };
        Some(ServiceFacts { name: name?, energy_method, inside, note })
    })
    .await?;
    let put = register::put_service(&app.pool, key.provider, &service, &facts, app.clock.now()).await?;
    let mut response = match put {
        Put::Created => HttpResponse::Created(),
        Put::Updated => HttpResponse::Ok(),
    };
    Ok(response.json(wire(service, facts)))
}

/// The fields of a month's count.
pub const SERVED_FIELDS: &[&str] = &["tasks", "exclusions"];

/// The fields of one exclusion.
pub const EXCLUSION_FIELDS: &[&str] = &["what", "tasks"];

/// Declares how many tasks a service served in a month that has begun.
pub async fn put_served(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::RegistryWrite).await?;
    let (service, month) = path.into_inner();
    let (service, ..) = find(&app, key.provider, &service).await?;
    let now = app.clock.now();
    let Some(month) = Month::parse(&month) else {
        let detail = "the address names no month such as 2025-10";
        return Err(Problem::new(ProblemCode::DateInvalid, detail));
    };
    if beginning_of(month.first_day()) > now {
        let detail = format!("{month} begins later than now");
        return Err(Problem::new(ProblemCode::MonthNotBegun, detail));
    }
    let (tasks, exclusions) = read(&request, payload, SERVED_FIELDS, |fields| {
        let tasks = fields.required("tasks", |raw| whole(raw, 0..=MAX_SERVED_TASKS));
        let exclusions = fields.objects("exclusions", MAX_EXCLUSIONS, EXCLUSION_FIELDS, read_exclusion);
        Some((tasks?, exclusions.unwrap_or_default()))
    })
    .await?;
    let served = Served { month, tasks, exclusions };
    let told = served::tell(&app.pool, service, &served, now).await?;
    Ok(super::told(told, served, wire_served))
}

fn read_exclusion(fields: &mut Fields<'_>) -> Option<Exclusion> {
    let what = fields.required("what", |raw| line(raw, MAX_EXCLUSION_CHARS));
    let tasks = fields.optional("tasks", |raw| whole(raw, 0..=MAX_SERVED_TASKS));
    Some(Exclusion { what: what?, tasks })
}

/// Every telling of what a service served.
pub async fn list_served(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let page = PageQuery::of(&request)?;
    let (service, ..) = find(&app, key.provider, &path).await?;
    let mut found = served::list(&app.pool, service, page.tellings()?).await?;
    let next_cursor = page.cut_tellings(&mut found)?;
    let served = found.iter().map(wire_served).collect();
    Ok(HttpResponse::Ok().json(WireServedList { served, next_cursor }))
}
