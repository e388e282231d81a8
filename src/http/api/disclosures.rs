//! `/v1/disclosures`: what is published, and building and publishing with a provider's key.

use super::instant;
use crate::app::App;
use crate::db::disclosure::{Listing, RegisterLine};
use crate::db::{self, registry};
use crate::disclosure::stated::{MAX_REASON_CHARS, MAX_VERIFICATION_CHARS, Stated, ToldVerification};
use crate::disclosure::{self, Request};
use crate::domain::disclosure::{Disclosure, Reference, VerificationKind};
use crate::domain::fact::Concept;
use crate::domain::names::Slug;
use crate::domain::period::{Period, parse_end};
use crate::domain::problem::{Fault, ProblemCode};
use crate::domain::terms::{Basis, Perimeter, Scope, SmallCells};
use crate::http::auth::authorise;
use crate::http::fields;
use crate::http::openapi::vocabulary;
use crate::http::problem::Problem;
use crate::ingest::fields::{Fields, date, line, prose, slug, string, word};
use crate::publish;
use crate::render::csv::value_text;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
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
    let now = app.clock.now();
    let read = |fields: &mut Fields<'_>| read_request(fields, now.date_naive());
    let wanted = fields::read(&request, payload, BUILD_FIELDS, read).await?;
    let NewDisclosure { service: service_key, period, basis, perimeter, baseline, small_cells, stated } =
        wanted;
    let provider = registry::find_provider(&app.pool, &key.provider_key).await?;
    let Some(provider) = provider else {
        return Err(Problem::not_found("the provider of this key is not there"));
    };
    let Some(service) = registry::find_service(&app.pool, provider.id, &service_key).await? else {
        let detail = format!("provider '{}' has no service '{service_key}'", provider.key);
        let fault = Fault::new("/service", ProblemCode::UnknownService, detail);
        return Err(Problem::invalid_fields(vec![fault]));
    };
    let request = Request {
        provider: &provider,
        service: &service,
        period,
        basis,
        perimeter,
        baseline,
        small_cells,
        stated: &stated,
        household: app.household.as_deref(),
    };
    let built = disclosure::build(&app.pool, request, &app.public_url, now).await?;
    let answer = wire_version(&built.disclosure, "draft", Some(built.document_sha256));
    Ok(HttpResponse::Created().json(answer))
}

/// What a request to build asks for.
struct NewDisclosure {
    service: Slug,
    period: Period,
    basis: Basis,
    perimeter: Perimeter,
    baseline: Option<Period>,
    small_cells: SmallCells,
    stated: Stated,
}

/// The fields of a request to build; `basis` and `perimeter` have defaults that fit the built-in factors.
pub const BUILD_FIELDS: &[&str] = &[
    "service",
    "from",
    "to",
    "basis",
    "perimeter",
    "baseline_from",
    "baseline_to",
    "small_cells",
    "verification",
    "verification_standard",
    "verifier",
    "verified_on",
    "reason",
];

fn read_request(fields: &mut Fields<'_>, today: NaiveDate) -> Option<NewDisclosure> {
    let service = fields.required("service", slug);
    let end =
        |raw: &str| parse_end(&string(raw)?).map_err(|error| (ProblemCode::PeriodInvalid, error.to_string()));
    let (from, to) = (fields.required("from", end), fields.required("to", end));
    let basis = fields.optional("basis", |raw| word(raw, Basis::CHOICES, Basis::parse));
    let perimeter = fields.optional("perimeter", |raw| word(raw, Perimeter::CHOICES, Perimeter::parse));
    let small_cells = fields.optional("small_cells", |raw| word(raw, SmallCells::CHOICES, SmallCells::parse));
    let baseline = match (fields.optional("baseline_from", end), fields.optional("baseline_to", end)) {
        (Some(from), Some(to)) => Some(whole_period(fields, "baseline_to", from, to)?),
        (None, None) => None,
        (Some(_), None) => {
            fields.fault("baseline_to", ProblemCode::MissingField, "a baseline has both ends");
            return None;
        }
        (None, Some(_)) => {
            fields.fault("baseline_from", ProblemCode::MissingField, "a baseline has both ends");
            return None;
        }
    };
    let period = from.zip(to).and_then(|(from, to)| whole_period(fields, "to", from, to));
    let stated = read_stated(fields, period, today);
    let period = period?;
    Some(NewDisclosure {
        service: service?,
        period,
        basis: basis.unwrap_or(Basis::Lifecycle),
        perimeter: perimeter.unwrap_or(Perimeter::Production),
        baseline,
        small_cells: small_cells.unwrap_or(SmallCells::Sites),
        stated: stated?,
    })
}

/// What the provider states of the version. Whether a verification fits is known with its period alone.
fn read_stated(fields: &mut Fields<'_>, period: Option<Period>, today: NaiveDate) -> Option<Stated> {
    let short = |raw: &str| line(raw, MAX_VERIFICATION_CHARS);
    let told = ToldVerification {
        kind: fields
            .optional("verification", |raw| word(raw, VerificationKind::CHOICES, VerificationKind::parse)),
        standard: fields.optional("verification_standard", short),
        verifier: fields.optional("verifier", short),
        verified_on: fields.optional("verified_on", date),
    };
    let reason = fields.optional("reason", |raw| prose(raw, MAX_REASON_CHARS));
    if fields.has_faults() {
        // A part that could not be read would be told to be missing too.
        return None;
    }
    match told.check(period?, today) {
        Ok(verification) => Some(Stated { verification, reason }),
        Err(faults) => {
            fields.faults(faults);
            None
        }
    }
}

fn whole_period(
    fields: &mut Fields<'_>,
    name: &str,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Option<Period> {
    Period::new(from, to)
        .map_err(|error| fields.fault(name, ProblemCode::PeriodInvalid, error.to_string()))
        .ok()
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
