//! `/v1/models/{model}/training` and `/v1/models/{model}/inference-compute`: what training a model took, and the
//! compute of one task. Both are for authorities, unless their provider makes training public.

use super::instant;
use super::models::find;
use crate::app::App;
use crate::db::training;
use crate::domain::period::beginning_of;
use crate::domain::problem::ProblemCode;
use crate::domain::registry::{MAX_METHOD_CHARS, Telling};
use crate::domain::terms::{Scope, TaskType, TrainingEvidence};
use crate::domain::training::{
    Emissions, InferenceCompute, MAX_BASIS_CHARS, MAX_LIFETIME_TASKS, MAX_REASON_CHARS, MAX_TASK_CHARS,
    Stated, Training, parse_compute_flops, parse_energy_mwh,
};
use crate::http::api::sites::MAX_ZONE_CHARS;
use crate::http::auth::authorise;
use crate::http::fields::{MAX_NAME_CHARS, PageQuery, read};
use crate::http::openapi::vocabulary;
use crate::http::problem::Problem;
use crate::ingest::fields::{Fields, ValueFault, boolean, line, number, prose, string, whole, word};
use crate::intensity::zones::Zones;
use crate::method::training::task_share;
use crate::units::{CarbonMass, Significant, SignificantError};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

/// What training a model took. Numbers are decimal text with the digits that were told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Training)]
pub struct WireTraining {
    /// In megawatt-hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    energy_mwh: Option<String>,
    /// Why there is no energy.
    #[serde(skip_serializing_if = "Option::is_none")]
    energy_not_available_reason: Option<String>,
    /// In floating-point operations; `3.8e25` is 3.8 · 10²⁵.
    #[serde(skip_serializing_if = "Option::is_none")]
    compute_flops: Option<String>,
    /// Why there is no compute.
    #[serde(skip_serializing_if = "Option::is_none")]
    compute_not_available_reason: Option<String>,
    /// In kilograms of CO2e.
    #[serde(skip_serializing_if = "Option::is_none")]
    emissions_kg: Option<String>,
    /// How the emissions were accounted for.
    #[serde(skip_serializing_if = "Option::is_none")]
    emissions_basis: Option<String>,
    /// The first UTC day of training.
    #[schema(format = Date)]
    from: String,
    /// The first UTC day after it.
    #[schema(format = Date)]
    to: String,
    /// The grid zone where it was trained.
    #[serde(skip_serializing_if = "Option::is_none")]
    zone: Option<String>,
    /// How the energy is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<vocabulary::TrainingEvidence>)]
    evidence: Option<&'static str>,
    /// By which method, in about 100 words.
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// By which method the compute is known, in about 100 words.
    #[serde(skip_serializing_if = "Option::is_none")]
    compute_method: Option<String>,
    /// Tasks that the model is expected to serve in its whole life.
    #[serde(skip_serializing_if = "Option::is_none")]
    lifetime_tasks: Option<i64>,
    /// The energy divided by `lifetime_tasks`, in watt-hours. It is never added to the energy of a task.
    #[serde(skip_serializing_if = "Option::is_none")]
    energy_per_lifetime_task_wh: Option<String>,
    /// Whether the public may see it; otherwise authorities alone.
    public: bool,
    /// The highest revision counts.
    revision: i32,
    #[schema(format = DateTime)]
    recorded_at: String,
}

/// Every telling, in the order of telling.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TrainingList)]
pub struct WireTrainingList {
    training: Vec<WireTraining>,
    /// Send it as `cursor` to go on; missing at the end of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// The compute of one task of a model, for one task type and hardware.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InferenceCompute)]
pub struct WireInferenceCompute {
    #[schema(value_type = vocabulary::TaskType)]
    task_type: &'static str,
    hardware: String,
    /// The task that was run, where its type does not say enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<String>,
    /// Floating-point operations of one task, as decimal text with the digits that were told.
    #[serde(skip_serializing_if = "Option::is_none")]
    compute_flops: Option<String>,
    /// Why there is no compute.
    #[serde(skip_serializing_if = "Option::is_none")]
    compute_not_available_reason: Option<String>,
    /// By which method it is known, in about 100 words.
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    /// Later revisions of one task type and hardware count.
    revision: i32,
    #[schema(format = DateTime)]
    recorded_at: String,
}

/// Every telling, in the order of telling.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InferenceComputeList)]
pub struct WireInferenceComputeList {
    inference_compute: Vec<WireInferenceCompute>,
    /// Send it as `cursor` to go on; missing at the end of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// A value and the reason why there is none, of which one is there.
fn wire_stated(stated: &Stated) -> (Option<String>, Option<String>) {
    (stated.known().map(|value| value.to_string()), stated.reason().map(str::to_owned))
}

fn wire(telling: &Telling<Training>) -> WireTraining {
    let what = &telling.what;
    let (energy_mwh, energy_not_available_reason) = wire_stated(&what.energy);
    let (compute_flops, compute_not_available_reason) = wire_stated(&what.compute);
    let emissions = what.emissions.as_ref();
    WireTraining {
        energy_mwh,
        energy_not_available_reason,
        compute_flops,
        compute_not_available_reason,
        emissions_kg: emissions.map(|emissions| emissions.carbon.kilograms().to_string()),
        emissions_basis: emissions.map(|emissions| emissions.basis.clone()),
        from: what.trained.from().to_string(),
        to: what.trained.to().to_string(),
        zone: what.zone.clone(),
        evidence: what.evidence.map(TrainingEvidence::as_str),
        method: what.method.clone(),
        compute_method: what.compute_method.clone(),
        lifetime_tasks: what.lifetime_tasks,
        energy_per_lifetime_task_wh: task_share(what).map(|share| share.energy_wh.to_string()),
        public: what.is_public,
        revision: telling.revision,
        recorded_at: instant(telling.recorded_at),
    }
}

fn wire_compute(telling: &Telling<InferenceCompute>) -> WireInferenceCompute {
    let what = &telling.what;
    let (compute_flops, compute_not_available_reason) = wire_stated(&what.compute);
    WireInferenceCompute {
        task_type: what.task_type.as_str(),
        hardware: what.hardware.clone(),
        task: what.task.clone(),
        compute_flops,
        compute_not_available_reason,
        method: what.method.clone(),
        revision: telling.revision,
        recorded_at: instant(telling.recorded_at),
    }
}

/// A number whose digits count. It is told as text, because a JSON number loses zeros on its way.
fn significant(
    raw: &str,
    parse: fn(&str) -> Result<Significant, SignificantError>,
) -> Result<Significant, ValueFault> {
    let text = string(raw).map_err(|(code, _)| (code, "must be a string: its digits are kept".to_owned()))?;
    parse(&text).map_err(|error| {
        let code = match error {
            SignificantError::NotANumber => ProblemCode::NotANumber,
            SignificantError::TooFewDigits { .. } => ProblemCode::TooFewDigits,
            SignificantError::TooManyDecimals { .. } => ProblemCode::TooManyDecimals,
            SignificantError::Zero | SignificantError::OutOfRange => ProblemCode::OutOfRange,
        };
        (code, error.to_string())
    })
}

/// Exactly one of a value and the reason why there is none.
fn read_stated(
    fields: &mut Fields<'_>,
    value: &str,
    reason: &str,
    parse: fn(&str) -> Result<Significant, SignificantError>,
) -> Option<Stated> {
    match (fields.has(value), fields.has(reason)) {
        (true, true) => {
            fields.fault(value, ProblemCode::ReasonTwice, format!("send {value} or {reason}, not both"));
        }
        (false, false) => {
            let detail = format!("send {value}, or {reason} with the reason why there is none");
            fields.fault(value, ProblemCode::ReasonMissing, detail);
        }
        _ => {}
    }
    let known = fields.optional(value, |raw| significant(raw, parse)).map(Stated::Known);
    let not_available = fields.optional(reason, |raw| prose(raw, MAX_REASON_CHARS)).map(Stated::NotAvailable);
    known.or(not_available)
}

fn read_emissions(fields: &mut Fields<'_>) -> Option<Emissions> {
    match (fields.has("emissions_kg"), fields.has("emissions_basis")) {
        (true, false) => {
            let detail = "emissions_basis is required with emissions_kg: how they were accounted for";
            fields.fault("emissions_basis", ProblemCode::MissingField, detail);
        }
        (false, true) => {
            let detail = "emissions_basis belongs to emissions_kg, which is missing";
            fields.fault("emissions_basis", ProblemCode::FieldMisplaced, detail);
        }
        _ => {}
    }
    let carbon = fields.optional("emissions_kg", |raw| number(raw, CarbonMass::parse_kilograms));
    let basis = fields.optional("emissions_basis", |raw| line(raw, MAX_BASIS_CHARS));
    Some(Emissions { carbon: carbon?, basis: basis? })
}

/// The fields of what training took.
pub const TRAINING_FIELDS: &[&str] = &[
    "energy_mwh",
    "energy_not_available_reason",
    "compute_flops",
    "compute_not_available_reason",
    "emissions_kg",
    "emissions_basis",
    "from",
    "to",
    "zone",
    "evidence",
    "method",
    "compute_method",
    "lifetime_tasks",
    "public",
];

fn read_training(fields: &mut Fields<'_>, zones: &Zones) -> Option<Training> {
    let energy = read_stated(fields, "energy_mwh", "energy_not_available_reason", parse_energy_mwh);
    let compute = read_stated(fields, "compute_flops", "compute_not_available_reason", parse_compute_flops);
    let emissions = read_emissions(fields);
    let trained = fields.days();
    for field in ["evidence", "method"] {
        if fields.has("energy_mwh") && !fields.has(field) {
            let detail = format!("'{field}' is required with energy_mwh: how the energy is known");
            fields.fault(field, ProblemCode::MissingField, detail);
        }
    }
    let zone = fields.optional("zone", |raw| {
        let asked = line(raw, MAX_ZONE_CHARS)?;
        // A code of a zone means what it meant when the model was trained; without the days nothing is looked up.
        let Some(trained) = trained else { return Ok(asked) };
        let found = zones.resolve(&asked, beginning_of(trained.from()));
        found.map_err(|unknown| (ProblemCode::UnknownZone, unknown.to_string()))
    });
    let evidence =
        fields.optional("evidence", |raw| word(raw, TrainingEvidence::CHOICES, TrainingEvidence::parse));
    let method = fields.optional("method", |raw| prose(raw, MAX_METHOD_CHARS));
    let compute_method = fields.optional("compute_method", |raw| prose(raw, MAX_METHOD_CHARS));
    let lifetime_tasks = fields.optional("lifetime_tasks", |raw| whole(raw, 1..=MAX_LIFETIME_TASKS));
    let is_public = fields.optional("public", boolean).unwrap_or(false);
    Some(Training {
        energy: energy?,
        compute: compute?,
        emissions,
        trained: trained?,
        zone,
        evidence,
        method,
        compute_method,
        lifetime_tasks,
        is_public,
    })
}

/// Tells what training a model took.
pub async fn post_training(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::RegistryWrite).await?;
    let (model, ..) = find(&app, key.provider, &path).await?;
    let zones = Zones::load(&app.pool).await?;
    let told_of = read(&request, payload, TRAINING_FIELDS, |fields| read_training(fields, &zones)).await?;
    let told = training::tell(&app.pool, model, &told_of, app.clock.now()).await?;
    Ok(super::told(told, told_of, wire))
}

/// Every telling of the training of a model.
pub async fn list_training(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let page = PageQuery::of(&request)?;
    let (model, ..) = find(&app, key.provider, &path).await?;
    let mut found = training::list(&app.pool, model, page.tellings()?).await?;
    let next_cursor = page.cut_tellings(&mut found)?;
    let training = found.iter().map(wire).collect();
    Ok(HttpResponse::Ok().json(WireTrainingList { training, next_cursor }))
}

/// The fields of the compute of a task.
pub const INFERENCE_COMPUTE_FIELDS: &[&str] =
    &["task_type", "hardware", "task", "compute_flops", "compute_not_available_reason", "method"];

fn read_inference_compute(fields: &mut Fields<'_>) -> Option<InferenceCompute> {
    let task_type = fields.required("task_type", |raw| word(raw, TaskType::CHOICES, TaskType::parse));
    let hardware = fields.required("hardware", |raw| line(raw, MAX_NAME_CHARS));
    let task = fields.optional("task", |raw| line(raw, MAX_TASK_CHARS));
    let compute = read_stated(fields, "compute_flops", "compute_not_available_reason", parse_compute_flops);
    let method = fields.optional("method", |raw| prose(raw, MAX_METHOD_CHARS));
    Some(InferenceCompute { task_type: task_type?, hardware: hardware?, task, compute: compute?, method })
}

/// Tells the compute of one task of a model.
pub async fn post_inference_compute(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::RegistryWrite).await?;
    let (model, ..) = find(&app, key.provider, &path).await?;
    let compute = read(&request, payload, INFERENCE_COMPUTE_FIELDS, read_inference_compute).await?;
    let told = training::tell_inference_compute(&app.pool, model, &compute, app.clock.now()).await?;
    Ok(super::told(told, compute, wire_compute))
}

/// Every telling of the compute of tasks of a model.
pub async fn list_inference_compute(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let page = PageQuery::of(&request)?;
    let (model, ..) = find(&app, key.provider, &path).await?;
    let mut found = training::list_inference_compute(&app.pool, model, page.tellings()?).await?;
    let next_cursor = page.cut_tellings(&mut found)?;
    let inference_compute = found.iter().map(wire_compute).collect();
    Ok(HttpResponse::Ok().json(WireInferenceComputeList { inference_compute, next_cursor }))
}
