//! `POST /v1/notes`: what one answer used, for the note that a chat shows under it. Nothing is stored.

use crate::app::App;
use crate::db::record::{FoundEnergy, FoundRecord, find};
use crate::db::registry;
use crate::disclosure::note::{Note, note};
use crate::domain::disclosure::Reference;
use crate::domain::group::Group;
use crate::domain::ids::{ModelId, ProviderId, ServiceId, SiteId};
use crate::domain::key::ApiKey;
use crate::domain::names::{Name, Slug};
use crate::domain::period::hour_of;
use crate::domain::problem::{Fault, ProblemCode};
use crate::domain::record::{KeySpace, MAX_ID_BYTES};
use crate::domain::terms::{Boundary, CountedFrom, EnergyTerms, Evidence, Outcome, Scope, TaskType};
use crate::domain::totals::{HourTotal, TaskCounts};
use crate::http::auth::authorise;
use crate::http::fields;
use crate::http::openapi::vocabulary;
use crate::http::problem::Problem;
use crate::ingest::fields::{Fields, ValueFault, instant, name, number, slug, string, word};
use crate::method::METHOD_VERSION;
use crate::method::equivalent::equivalent;
use crate::text::{self, Language, NOTE_FIGURES, NoteFacts};
use crate::units::{Decimal, DecimalError, Energy, EnergyTotal};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

/// The fields of a body: those of a record that was sent, or what is known of an answer that was not.
pub const NOTE_FIELDS: &[&str] = &[
    "id",
    "started_at",
    "service",
    "model",
    "task_type",
    "site",
    "boundary",
    "evidence",
    "energy_wh",
    "energy_kwh",
    "energy_j",
    "language",
];

/// What one answer used, at the boundary of the data centre. Energy is decimal text in watt-hours.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Note)]
pub struct WireNote {
    /// The note in the language that was asked for, English where none was.
    text: String,
    language: &'static str,
    /// What the energy is as much as, in one sentence without a full stop; missing for energy too small or too large.
    #[serde(skip_serializing_if = "Option::is_none")]
    equivalent: Option<String>,
    energy_wh: String,
    /// Lower and upper end of the 95 % interval; missing where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    energy_low_wh: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    energy_high_wh: Option<String>,
    /// How it is known.
    #[schema(value_type = vocabulary::Evidence)]
    evidence: &'static str,
    /// Whether it was estimated here, because the task came without energy.
    estimated: bool,
    /// Always `facility`: cooling and power distribution are counted.
    #[schema(value_type = vocabulary::Boundary)]
    boundary: &'static str,
    method_version: &'static str,
    /// The disclosure in force of the service whose period ends last; missing where none is published.
    #[serde(skip_serializing_if = "Option::is_none")]
    disclosure: Option<String>,
}

/// Which answer a note is of.
enum Answer {
    Record { id: String, started_at: DateTime<Utc> },
    Energy(Box<Told>),
}

/// An answer that was not sent as a record.
struct Told {
    service: Slug,
    model: Name,
    site: Name,
    task_type: TaskType,
    boundary: Boundary,
    evidence: Evidence,
    energy: Energy,
    started_at: Option<DateTime<Utc>>,
}

pub async fn create(
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let (answer, language) = fields::read(&request, payload, NOTE_FIELDS, |fields| {
        let language = fields.optional("language", language);
        Some((read_answer(fields)?, language.unwrap_or(Language::English)))
    })
    .await?;
    let energy = match answer {
        Answer::Record { id, started_at } => of_record(&app, &key, &id, started_at).await?,
        Answer::Energy(told) => of_told(&app, key.provider, *told).await?,
    };
    let note = note(&app.pool, key.provider, energy).await?;
    Ok(HttpResponse::Ok().json(wire(&app, &note, language)))
}

fn read_answer(fields: &mut Fields<'_>) -> Option<Answer> {
    if fields.has("id") {
        let id = fields.required("id", id);
        let started_at = fields.required("started_at", instant);
        for other in NOTE_FIELDS.iter().filter(|name| !["id", "started_at", "language"].contains(name)) {
            if fields.has(other) {
                fields.fault(other, ProblemCode::FieldMisplaced, "with an id, the record says this itself");
            }
        }
        return Some(Answer::Record { id: id?, started_at: started_at? });
    }
    let service = fields.required("service", slug);
    let model = fields.required("model", name);
    let site = fields.required("site", name);
    let task_type = fields.required("task_type", |raw| word(raw, TaskType::CHOICES, TaskType::parse));
    let boundary = fields.required("boundary", |raw| word(raw, Boundary::CHOICES, Boundary::parse));
    let evidence = fields.required("evidence", |raw| word(raw, Evidence::CHOICES, Evidence::parse));
    let started_at = fields.optional("started_at", instant);
    let energy = read_energy(fields);
    Some(Answer::Energy(Box::new(Told {
        service: service?,
        model: model?,
        site: site?,
        task_type: task_type?,
        boundary: boundary?,
        evidence: evidence?,
        energy: energy?,
        started_at,
    })))
}

fn id(raw: &str) -> Result<String, ValueFault> {
    let id = string(raw)?;
    if id.is_empty() || id.len() > MAX_ID_BYTES {
        return Err((ProblemCode::InvalidId, format!("an id is 1 to {MAX_ID_BYTES} bytes of text")));
    }
    Ok(id)
}

type ParseEnergy = fn(&str) -> Result<Energy, DecimalError>;
const ENERGY: [(&str, ParseEnergy); 3] =
    [("energy_wh", Energy::parse_wh), ("energy_kwh", Energy::parse_kwh), ("energy_j", Energy::parse_joules)];

fn read_energy(fields: &mut Fields<'_>) -> Option<Energy> {
    let mut given = ENERGY.into_iter().filter(|(field, _)| fields.has(field)).collect::<Vec<_>>().into_iter();
    let Some((field, parse)) = given.next() else {
        fields.fault("energy_wh", ProblemCode::EnergyMissing, "send an id, or the energy of the answer");
        return None;
    };
    if let Some((other, _)) = given.next() {
        fields.fault(other, ProblemCode::EnergyTwice, format!("{field} and {other} are both given"));
        return None;
    }
    fields.required(field, |raw| number(raw, parse))
}

/// The energy of a record that was sent, as it is counted.
async fn of_record(
    app: &App,
    key: &ApiKey,
    id: &str,
    started_at: DateTime<Utc>,
) -> Result<FoundEnergy, Problem> {
    let record_key = KeySpace::of(&key.provider_key).key(id);
    let found = find(&app.pool, key.provider, record_key, started_at).await?;
    let Some(FoundRecord { outcome, energy }) = found else {
        return Err(Problem::not_found("there is no record with this id and start"));
    };
    if outcome != Outcome::Completed {
        let detail = "the task was not completed, so there is no answer to put a note under";
        return Err(Problem::invalid_fields(vec![Fault::new("/id", ProblemCode::NothingToDisclose, detail)]));
    }
    Ok(energy)
}

async fn of_told(app: &App, provider: ProviderId, told: Told) -> Result<FoundEnergy, Problem> {
    let names = ids(app, provider, &told).await?;
    let (service, model, site) = names;
    let total = HourTotal {
        group: Group {
            service,
            model,
            site,
            task_type: told.task_type,
            terms: EnergyTerms::Stated(told.boundary, told.evidence),
            place: None,
            counted_from: CountedFrom::Records,
        },
        hour: hour_of(told.started_at.unwrap_or_else(|| app.clock.now())),
        tasks: TaskCounts { completed: 1, failed: 0, cancelled: 0 },
        tasks_without_histogram: 1,
        energy: EnergyTotal::from_microjoules(i128::from(told.energy.microjoules())),
        unfinished_energy: EnergyTotal::ZERO,
        output_tokens: 0,
        output_tokens_energy: EnergyTotal::ZERO,
    };
    Ok(FoundEnergy::Told(total, None))
}

/// The registered service, model and site; every name that is not is a fault.
async fn ids(app: &App, provider: ProviderId, told: &Told) -> Result<(ServiceId, ModelId, SiteId), Problem> {
    let service = registry::find_service(&app.pool, provider, &told.service).await?;
    let model = registry::find_model(&app.pool, provider, &told.model).await?;
    let site = registry::find_site(&app.pool, provider, &told.site).await?;
    let mut faults = Vec::new();
    let mut unknown = |field: &str, code, name: String| {
        faults.push(Fault::new(field, code, format!("'{name}' is not registered")));
    };
    if service.is_none() {
        unknown("/service", ProblemCode::UnknownService, told.service.to_string());
    }
    if model.is_none() {
        unknown("/model", ProblemCode::UnknownModel, told.model.to_string());
    }
    if site.is_none() {
        unknown("/site", ProblemCode::UnknownSite, told.site.to_string());
    }
    match (service, model, site) {
        (Some(service), Some(model), Some(site)) => Ok((service.id, model, site)),
        _ => Err(Problem::invalid_fields(faults)),
    }
}

fn language(raw: &str) -> Result<Language, ValueFault> {
    let tag = string(raw)?;
    Language::from_tag(&tag).map_err(|error| (ProblemCode::UnknownWord, error))
}

fn wire(app: &App, note: &Note, language: Language) -> WireNote {
    let disclosure = note
        .disclosure
        .map(|Reference { number, version }| format!("{}/disclosures/{number}/v{version}", app.public_url));
    let energy = EnergyTotal::from_watt_hours(note.energy_wh);
    let equivalent = energy.and_then(|energy| equivalent(energy, app.household.as_deref()));
    let equivalent = equivalent.map(|one| one.with_figures(NOTE_FIGURES));
    let facts = NoteFacts {
        energy_wh: note.energy_wh,
        interval_wh: note.interval_wh,
        evidence: note.evidence,
        estimated: note.estimated,
        equivalent: equivalent.as_ref(),
        disclosure: disclosure.as_deref(),
    };
    let (low, high) = note.interval_wh.unzip();
    let exact = |value: Decimal| value.to_string();
    WireNote {
        text: text::note(language, &facts),
        language: language.as_str(),
        equivalent: equivalent.as_ref().map(|equivalent| text::equivalent(language, equivalent)),
        energy_wh: note.energy_wh.to_string(),
        energy_low_wh: low.map(exact),
        energy_high_wh: high.map(exact),
        evidence: note.evidence.as_str(),
        estimated: note.estimated.is_some(),
        boundary: Boundary::Facility.as_str(),
        method_version: METHOD_VERSION,
        disclosure,
    }
}
