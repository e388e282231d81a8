//! `/v1/models`: the models of the key's provider, and their measured energy per token. Names may hold
//! `/`, `:` and `@`; in an address they are percent-encoded.

use super::instant;
use crate::app::App;
use crate::db::declared;
use crate::db::register::{self, ModelPut, Put, Wanted};
use crate::domain::ids::{ModelId, ProviderId};
use crate::domain::names::Name;
use crate::domain::problem::{Fault, ProblemCode};
use crate::domain::registry::{
    Coefficient, MAX_BATCH_SIZE, MAX_INSTANCE_ACCELERATORS, MAX_LICENCE_CHARS, MAX_PARAMETERS,
    MAX_PRECISION_BITS, MAX_SOURCE_CHARS, ModelFacts, Telling,
};
use crate::domain::terms::{Boundary, Scope};
use crate::http::auth::authorise;
use crate::http::etag;
use crate::http::fields::{MAX_NAME_CHARS, MAX_NOTE_CHARS, PageQuery, new_name, nothing_named, read};
use crate::http::openapi::vocabulary;
use crate::http::problem::Problem;
use crate::ingest::fields::{Fields, date, line, name, number, prose, whole, word};
use crate::units::{Power, TokenEnergy};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

/// A model as its provider registered it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Model)]
pub struct WireModel {
    /// Its name in records.
    model: String,
    /// Its name for people.
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// As `2025-09-18`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    released_on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters_total: Option<i64>,
    /// Parameters that work on one token.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameters_active: Option<i64>,
    /// Requests that are computed together.
    #[serde(skip_serializing_if = "Option::is_none")]
    batch_size: Option<i32>,
    /// Bits of a parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    precision_bits: Option<i16>,
    /// Accelerators of one instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    accelerators: Option<i32>,
    /// The model of the same provider that a change is told against.
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<String>,
    /// A remark for the provider's own use; it is not published.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// Models by name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ModelList)]
pub struct WireModels {
    models: Vec<WireModel>,
    /// Send it as `cursor` to go on; missing at the end of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Measured energy per token, for one way of running a model. Energy is decimal text in joules.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Coefficient)]
pub struct WireCoefficient {
    /// The first UTC day for which it holds.
    #[schema(format = Date)]
    from: String,
    /// The first UTC day for which it no longer holds.
    #[schema(format = Date)]
    to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_token_j: Option<String>,
    /// Alone, it is of tasks that write no tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    input_token_j: Option<String>,
    /// Mean power of one accelerator while it works on the model, in watts.
    #[serde(skip_serializing_if = "Option::is_none")]
    accelerator_w: Option<String>,
    /// Which layers the energy includes: accelerator, server, it or facility.
    #[schema(value_type = vocabulary::Boundary)]
    boundary: &'static str,
    hardware: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    batch_size: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    precision_bits: Option<i16>,
    /// Where it was measured or published.
    source: String,
    licence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date)]
    published_on: Option<String>,
    /// Later revisions count where two hold for the same day and way of running.
    revision: i32,
    #[schema(format = DateTime)]
    recorded_at: String,
}

/// Every telling, in the order of telling.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CoefficientList)]
pub struct WireCoefficients {
    coefficients: Vec<WireCoefficient>,
    /// Send it as `cursor` to go on; missing at the end of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

fn wire(model: Name, facts: ModelFacts) -> WireModel {
    WireModel {
        model: model.to_string(),
        name: facts.name,
        version: facts.version,
        released_on: facts.released_on.map(|day| day.to_string()),
        parameters_total: facts.parameters_total,
        parameters_active: facts.parameters_active,
        batch_size: facts.batch_size,
        precision_bits: facts.precision_bits,
        accelerators: facts.accelerators,
        baseline: facts.baseline.map(|baseline| baseline.to_string()),
        note: facts.note,
    }
}

fn wire_coefficient(telling: &Telling<Coefficient>) -> WireCoefficient {
    let what = &telling.what;
    WireCoefficient {
        from: what.valid.from().to_string(),
        to: what.valid.to().to_string(),
        output_token_j: what.output_token.map(|energy| energy.joules().to_string()),
        input_token_j: what.input_token.map(|energy| energy.joules().to_string()),
        accelerator_w: what.accelerator_power.map(|power| power.watts().to_string()),
        boundary: what.boundary.as_str(),
        hardware: what.hardware.clone(),
        batch_size: what.batch_size,
        precision_bits: what.precision_bits,
        source: what.source.clone(),
        licence: what.licence.clone(),
        published_on: what.published_on.map(|day| day.to_string()),
        revision: telling.revision,
        recorded_at: instant(telling.recorded_at),
    }
}

/// The models of the key's provider.
pub async fn list(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let page = PageQuery::of(&request)?;
    let wanted = Wanted::page(page.after()?, page.rows());
    let mut found = register::models(&app.pool, key.provider, wanted).await?;
    let next_cursor = page.cut_by_name(&mut found, |(_, model, _)| model.as_str());
    let models = found.into_iter().map(|(_, model, facts)| wire(model, facts)).collect();
    Ok(HttpResponse::Ok().json(WireModels { models, next_cursor }))
}

/// One model.
pub async fn show(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let (_, model, facts) = find(&app, key.provider, &path).await?;
    etag::json(&request, &wire(model, facts))
}

pub(super) async fn find(
    app: &App,
    provider: ProviderId,
    name: &str,
) -> Result<(ModelId, Name, ModelFacts), Problem> {
    let not_there = || nothing_named("model", name);
    let model = Name::parse(name).map_err(|_| not_there())?;
    let found = register::models(&app.pool, provider, Wanted::one(model.as_str())).await?;
    found.into_iter().next().ok_or_else(not_there)
}

/// Most characters of a version.
pub const MAX_VERSION_CHARS: usize = 100;

/// The fields of a model that is put.
pub const MODEL_FIELDS: &[&str] = &[
    "name",
    "version",
    "released_on",
    "parameters_total",
    "parameters_active",
    "batch_size",
    "precision_bits",
    "accelerators",
    "baseline",
    "note",
];

fn read_facts(fields: &mut Fields<'_>) -> Option<ModelFacts> {
    let title = fields.required("name", |raw| line(raw, MAX_NAME_CHARS));
    let version = fields.optional("version", |raw| line(raw, MAX_VERSION_CHARS));
    let released_on = fields.optional("released_on", date);
    let parameters_total = fields.optional("parameters_total", |raw| whole(raw, 1..=MAX_PARAMETERS));
    let parameters_active = fields.optional("parameters_active", |raw| whole(raw, 1..=MAX_PARAMETERS));
    let batch_size = fields.optional("batch_size", |raw| whole(raw, 1..=MAX_BATCH_SIZE));
    let precision_bits = fields.optional("precision_bits", |raw| whole(raw, 1..=MAX_PRECISION_BITS));
    let accelerators = fields.optional("accelerators", |raw| whole(raw, 1..=MAX_INSTANCE_ACCELERATORS));
    let baseline = fields.optional("baseline", name);
    let note = fields.optional("note", |raw| prose(raw, MAX_NOTE_CHARS));
    if let (Some(total), Some(active)) = (parameters_total, parameters_active)
        && active > total
    {
        let detail = "active parameters are a subset of all and cannot exceed them";
        fields.fault("parameters_active", ProblemCode::SubsetExceedsWhole, detail);
    }
    Some(ModelFacts {
        name: title?,
        version,
        released_on,
        parameters_total,
        parameters_active,
        batch_size: batch_size.and_then(|whole| i32::try_from(whole).ok()),
        precision_bits: precision_bits.and_then(|whole| i16::try_from(whole).ok()),
        accelerators: accelerators.and_then(|whole| i32::try_from(whole).ok()),
        baseline,
        note,
    })
}

/// Registers a model, or changes what may change of it.
pub async fn put(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::RegistryWrite).await?;
    let model = new_name(&path)?;
    let facts = read(&request, payload, MODEL_FIELDS, read_facts).await?;
    let fault = |code, detail: String| Problem::invalid_fields(vec![Fault::new("/baseline", code, detail)]);
    let mut response =
        match register::put_model(&app.pool, key.provider, &model, &facts, app.clock.now()).await? {
            ModelPut::Done(Put::Created) => HttpResponse::Created(),
            ModelPut::Done(Put::Updated) => HttpResponse::Ok(),
            ModelPut::UnknownBaseline => {
                let detail = "the provider of this key has no model of this name".to_owned();
                return Err(fault(ProblemCode::UnknownModel, detail));
            }
            ModelPut::BaselineCycle => {
                return Err(fault(ProblemCode::BaselineCycle, format!("it leads back to '{model}'")));
            }
            ModelPut::VersionFixed => {
                let detail = format!("records name '{model}', so its version cannot change");
                return Err(Problem::new(ProblemCode::MeaningFixed, detail));
            }
        };
    Ok(response.json(wire(model, facts)))
}

/// The fields of a coefficient.
pub const COEFFICIENT_FIELDS: &[&str] = &[
    "from",
    "to",
    "output_token_j",
    "input_token_j",
    "accelerator_w",
    "boundary",
    "hardware",
    "batch_size",
    "precision_bits",
    "source",
    "licence",
    "published_on",
];

fn read_coefficient(fields: &mut Fields<'_>) -> Option<Coefficient> {
    let valid = fields.days();
    let energy = |raw: &str| number(raw, TokenEnergy::parse_joules);
    let output_token = fields.optional("output_token_j", energy);
    let input_token = fields.optional("input_token_j", energy);
    let accelerator_power = fields.optional("accelerator_w", |raw| number(raw, Power::parse_watts));
    if !["output_token_j", "input_token_j", "accelerator_w"].into_iter().any(|field| fields.has(field)) {
        let detail = "state output_token_j; or input_token_j alone for tasks that write no tokens, or accelerator_w for \
                      tasks that state their time on accelerators";
        fields.fault("output_token_j", ProblemCode::MissingField, detail);
    }
    let boundary = fields.required("boundary", |raw| word(raw, Boundary::CHOICES, Boundary::parse));
    let hardware = fields.required("hardware", |raw| line(raw, MAX_NAME_CHARS));
    let batch_size = fields.optional("batch_size", |raw| whole(raw, 1..=MAX_BATCH_SIZE));
    let precision_bits = fields.optional("precision_bits", |raw| whole(raw, 1..=MAX_PRECISION_BITS));
    let source = fields.required("source", |raw| line(raw, MAX_SOURCE_CHARS));
    let licence = fields.required("licence", |raw| line(raw, MAX_LICENCE_CHARS));
    let published_on = fields.optional("published_on", date);
    Some(Coefficient {
        valid: valid?,
        output_token,
        input_token,
        accelerator_power,
        boundary: boundary?,
        hardware: hardware?,
        // The ranges above fit.
        batch_size: batch_size.and_then(|size| i32::try_from(size).ok()),
        precision_bits: precision_bits.and_then(|bits| i16::try_from(bits).ok()),
        source: source?,
        licence: licence?,
        published_on,
    })
}

/// Declares the measured energy per token of a model.
pub async fn post_coefficient(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::RegistryWrite).await?;
    let (model, ..) = find(&app, key.provider, &path).await?;
    let coefficient = read(&request, payload, COEFFICIENT_FIELDS, read_coefficient).await?;
    let told = declared::tell_coefficient(&app.pool, model, &coefficient, app.clock.now()).await?;
    Ok(super::told(told, coefficient, wire_coefficient))
}

/// Every telling of the coefficients of a model.
pub async fn list_coefficients(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let page = PageQuery::of(&request)?;
    let (model, ..) = find(&app, key.provider, &path).await?;
    let mut found = declared::coefficients(&app.pool, model, page.tellings()?).await?;
    let next_cursor = page.cut_tellings(&mut found)?;
    let coefficients = found.iter().map(wire_coefficient).collect();
    Ok(HttpResponse::Ok().json(WireCoefficients { coefficients, next_cursor }))
}
