//! `/v1/disclosures`: what is published, and building and publishing with a provider's key.

use crate::app::App;
use crate::db::disclosure::{Listing, RegisterLine};
use crate::db::{self, registry};
use crate::disclosure::{self, Request};
use crate::domain::disclosure::{Concept, Disclosure, Reference};
use crate::domain::names::Slug;
use crate::domain::period::{Period, PeriodError, parse_end};
use crate::domain::problem::{Fault, ProblemCode};
use crate::domain::terms::{Basis, Perimeter, Scope};
use crate::http::auth::authorise;
use crate::http::body;
use crate::http::problem::Problem;
use crate::publish;
use crate::render::csv::value_text;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

/// Most disclosures in one list.
const LIST_LIMIT: i64 = 500;

#[derive(Serialize)]
struct WireList {
    disclosures: Vec<WireLine>,
}

#[derive(Serialize)]
struct WireLine {
    number: i32,
    version: i32,
    provider: String,
    provider_name: String,
    fictitious: bool,
    service: String,
    service_name: String,
    period_from: String,
    period_to: String,
    mean_energy_wh: String,
    evidence: String,
    published_at: String,
    address: String,
}

/// The published disclosures that are in force, the latest first.
pub async fn list(app: web::Data<App>) -> Result<HttpResponse, Problem> {
    let lines = db::disclosure::list(&app.pool, Listing::Register { limit: LIST_LIMIT }).await?;
    let disclosures = lines.into_iter().map(|line| wire_line(&app, line)).collect();
    Ok(HttpResponse::Ok().json(WireList { disclosures }))
}

fn instant(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn wire_line(app: &App, line: RegisterLine) -> WireLine {
    let Reference { number, version } = line.reference;
    WireLine {
        number,
        version,
        provider: line.provider_key,
        provider_name: line.provider_name,
        fictitious: line.is_fictitious,
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

/// What to build; `basis` and `perimeter` have defaults that fit the built-in factors.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireRequest {
    service: String,
    from: String,
    to: String,
    basis: Option<String>,
    perimeter: Option<String>,
}

/// A built or published version.
#[derive(Serialize)]
struct WireVersion {
    number: i32,
    version: i32,
    state: &'static str,
    mean_energy_wh: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    document_sha256: Option<String>,
    address: String,
}

fn wire_version(disclosure: &Disclosure, state: &'static str, sha256: Option<[u8; 32]>) -> WireVersion {
    WireVersion {
        number: disclosure.reference.number,
        version: disclosure.reference.version,
        state,
        mean_energy_wh: value_text(disclosure.value(Concept::EnergyPerTaskMean, None)),
        document_sha256: sha256.map(hex::encode),
        address: disclosure.address.clone(),
    }
}

/// Builds a draft of one of the key's provider's services.
pub async fn build(
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::DisclosuresWrite).await?;
    if body::media_type(&request) != "application/json" {
        let detail = "send Content-Type application/json";
        return Err(Problem::new(ProblemCode::UnsupportedMediaType, detail));
    }
    let body = body::read(&request, payload).await?;
    let wire: WireRequest = serde_json::from_slice(&body).map_err(|error| {
        let detail = format!("send an object with service, from, to, basis and perimeter: {error}");
        Problem::new(ProblemCode::InvalidJson, detail)
    })?;
    let (service_key, period, basis, perimeter) = read_request(&wire).map_err(Problem::invalid_fields)?;
    let provider = registry::find_provider(&app.pool, &key.provider_key).await?;
    let Some(provider) = provider else {
        return Err(Problem::not_found("the provider of this key is not there"));
    };
    let Some(service) = registry::find_service(&app.pool, provider.id, &service_key).await? else {
        let detail = format!("provider '{}' has no service '{service_key}'", provider.key);
        let fault = Fault::new("/service", ProblemCode::UnknownService, detail);
        return Err(Problem::invalid_fields(vec![fault]));
    };
    let request = Request { provider: &provider, service: &service, period, basis, perimeter };
    let built = disclosure::build(&app.pool, request, &app.public_url, app.clock.now()).await?;
    let answer = wire_version(&built.disclosure, "draft", Some(built.document_sha256));
    Ok(HttpResponse::Created().json(answer))
}

type BuildFields = (Slug, Period, Basis, Perimeter);

fn read_request(wire: &WireRequest) -> Result<BuildFields, Vec<Fault>> {
    let mut faults = Vec::new();
    let service = Slug::parse(&wire.service)
        .map_err(|error| faults.push(Fault::new("/service", ProblemCode::InvalidName, error.to_string())));
    let mut period_fault = |pointer, error: PeriodError| {
        faults.push(Fault::new(pointer, ProblemCode::PeriodInvalid, error.to_string()));
    };
    let from = parse_end(&wire.from).map_err(|error| period_fault("/from", error));
    let to = parse_end(&wire.to).map_err(|error| period_fault("/to", error));
    let period = match (from, to) {
        (Ok(from), Ok(to)) => Period::new(from, to).map_err(|error| period_fault("/from", error)),
        _ => Err(()),
    };
    let basis = wire.basis.as_deref().unwrap_or(Basis::Lifecycle.as_str());
    let basis = basis
        .parse::<Basis>()
        .map_err(|detail| faults.push(Fault::new("/basis", ProblemCode::UnknownWord, detail)));
    let perimeter = wire.perimeter.as_deref().unwrap_or(Perimeter::Production.as_str());
    let perimeter = perimeter
        .parse::<Perimeter>()
        .map_err(|detail| faults.push(Fault::new("/perimeter", ProblemCode::UnknownWord, detail)));
    match (service, period, basis, perimeter) {
        (Ok(service), Ok(period), Ok(basis), Ok(perimeter)) => Ok((service, period, basis, perimeter)),
        _ => Err(faults),
    }
}

/// Publishes a draft of the key's provider.
pub async fn publish(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::DisclosuresWrite).await?;
    let (number, version) = path.into_inner();
    let (Ok(number), Ok(version)) = (number.parse(), version.parse()) else {
        return Err(Problem::not_found(format!("there is no disclosure {number}, version {version}")));
    };
    let reference = Reference { number, version };
    let published = publish::publish(&app.pool, key.provider, reference, app.clock.now()).await?;
    Ok(HttpResponse::Ok().json(wire_version(&published, "published", None)))
}
