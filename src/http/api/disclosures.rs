//! `/v1/disclosures`: what is published, and building and publishing with a provider's key.

use super::instant;
use crate::app::App;
use crate::db::disclosure::{Listing, RegisterLine};
use crate::db::{self, registry};
use crate::disclosure::{self, Request};
use crate::domain::disclosure::{Concept, Disclosure, Reference};
use crate::domain::names::Slug;
use crate::domain::period::{Period, parse_end};
use crate::domain::problem::{Fault, ProblemCode, child};
use crate::domain::terms::{Basis, Perimeter, Scope};
use crate::http::auth::authorise;
use crate::http::body;
use crate::http::problem::Problem;
use crate::publish;
use crate::render::csv::value_text;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::Value;

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
    provider_kind: &'static str,
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
    let (service_key, period, basis, perimeter) = read_request(&body.decode()?)?;
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

/// The fields of a request to build; `basis` and `perimeter` have defaults that fit the built-in factors.
const BUILD_FIELDS: [&str; 5] = ["service", "from", "to", "basis", "perimeter"];

fn read_request(body: &[u8]) -> Result<BuildFields, Problem> {
    let Value::Object(fields) = serde_json::from_slice(body).map_err(|error| not_json(&error))? else {
        return Err(Problem::new(ProblemCode::WrongType, "send an object with service, from and to"));
    };
    let mut faults = Vec::new();
    for name in fields.keys().filter(|name| !BUILD_FIELDS.contains(&name.as_str())).take(BUILD_FIELDS.len()) {
        let name: String = name.chars().take(40).collect();
        let detail = format!("'{name}' is not a field; the fields are {}", BUILD_FIELDS.join(", "));
        faults.push(Fault::new(child("", &name), ProblemCode::UnknownField, detail));
    }
    let mut text = |name: &str, default: Option<&'static str>| match fields.get(name) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(_) => {
            faults.push(Fault::new(child("", name), ProblemCode::WrongType, "must be a string"));
            None
        }
        None if default.is_some() => default.map(str::to_owned),
        None => {
            let detail = format!("'{name}' is required");
            faults.push(Fault::new(child("", name), ProblemCode::MissingField, detail));
            None
        }
    };
    let (service, from, to) = (text("service", None), text("from", None), text("to", None));
    let basis = text("basis", Some(Basis::Lifecycle.as_str()));
    let perimeter = text("perimeter", Some(Perimeter::Production.as_str()));
    let mut fault = |name, code, detail: String| faults.push(Fault::new(child("", name), code, detail));
    let service = service.and_then(|text| {
        Slug::parse(&text).map_err(|error| fault("service", ProblemCode::InvalidName, error.to_string())).ok()
    });
    let mut end = |name, text: Option<String>| {
        let parsed = text.map(|text| parse_end(&text))?;
        parsed.map_err(|error| fault(name, ProblemCode::PeriodInvalid, error.to_string())).ok()
    };
    let (from, to) = (end("from", from), end("to", to));
    let period = from.zip(to).and_then(|(from, to)| {
        Period::new(from, to).map_err(|error| fault("to", ProblemCode::PeriodInvalid, error.to_string())).ok()
    });
    let basis = basis.and_then(|text| {
        text.parse().map_err(|detail| fault("basis", ProblemCode::UnknownWord, detail)).ok()
    });
    let perimeter = perimeter.and_then(|text| {
        text.parse().map_err(|detail| fault("perimeter", ProblemCode::UnknownWord, detail)).ok()
    });
    match (service, period, basis, perimeter) {
        (Some(service), Some(period), Some(basis), Some(perimeter)) if faults.is_empty() => {
            Ok((service, period, basis, perimeter))
        }
        _ => Err(Problem::invalid_fields(faults)),
    }
}

fn not_json(error: &serde_json::Error) -> Problem {
    let detail = format!("not JSON at line {}, column {}", error.line(), error.column());
    Problem::new(ProblemCode::InvalidJson, detail)
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
