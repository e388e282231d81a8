//! `GET /v1/services/{service}/models/{model}/energy`: the energy of a task of one model, as a term for evaluating models
//! and routing requests. Without a key it answers what is published; with one also what is not.

use super::instant;
use crate::app::App;
use crate::db::registry;
use crate::disclosure::model_energy::{ModelEnergy, current_energy, published_energy};
use crate::domain::names::{Name, Slug};
use crate::domain::problem::ProblemCode;
use crate::domain::registry::Provider;
use crate::domain::terms::{Scope, TaskType};
use crate::http::auth::authorise;
use crate::http::etag;
use crate::http::openapi::vocabulary;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::render::csv::value_text;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

/// The parameters of the query.
pub const PARAMETERS: &[&str] = &["provider", "task_type", "from", "to"];
/// Longest period that is computed.
const MAX_DAYS: i64 = 366;

/// What a task of a model takes on average, at the boundary of the data centre. Energy is decimal text in watt-hours.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ModelEnergy)]
pub struct WireModelEnergy {
    provider: String,
    service: String,
    model: String,
    /// `all`, or one task type.
    task_type: &'static str,
    /// Always `facility`: cooling and power distribution are counted.
    #[schema(value_type = vocabulary::Boundary)]
    boundary: &'static str,
    /// All energy of these tasks ÷ completed tasks. Here and below `N/A` where there can be none, and `not included`
    /// where it is left out because little is behind it.
    energy_per_task_wh: String,
    /// Lower end of the 95 % interval of the mean.
    energy_per_task_low_wh: String,
    /// Upper end.
    energy_per_task_high_wh: String,
    energy_per_1000_output_tokens_wh: String,
    tasks_completed: String,
    /// How most of the energy is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<vocabulary::Evidence>)]
    evidence: Option<&'static str>,
    /// The largest share first.
    evidence_shares: Vec<WireShare>,
    /// The figures hold for tasks from here, in UTC.
    #[schema(format = DateTime)]
    period_from: String,
    /// The first instant for which they no longer hold.
    #[schema(format = DateTime)]
    period_to: String,
    method_version: String,
    /// Whether the figures stand in a published disclosure. Those that do not may change.
    signed_off: bool,
    /// The disclosure that they stand in.
    #[serde(skip_serializing_if = "Option::is_none")]
    disclosure: Option<String>,
}

/// A share of the energy, by how it is known.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = EvidenceShare)]
pub struct WireShare {
    #[schema(value_type = vocabulary::Evidence)]
    evidence: &'static str,
    share: String,
}

/// Answers what is published, or what the totals of a period say.
pub async fn read(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let mut query = Query::read(&request, PARAMETERS);
    let task_type = query.optional("task_type", ProblemCode::UnknownWord, |text| text.parse::<TaskType>());
    let is_current = query.has("from") || query.has("to");
    let names_provider = query.has("provider");
    let key = match request.headers().contains_key(header::AUTHORIZATION) || is_current {
        true => Some(authorise(&app, &request, Scope::Read).await?),
        false => None,
    };
    let provider = match &key {
        None => query.required("provider", ProblemCode::InvalidName, Slug::parse),
        Some(key) => {
            let named = query.optional("provider", ProblemCode::InvalidName, Slug::parse);
            if is_current && named.as_ref().is_some_and(|named| *named != key.provider_key) {
                query.fault(
                    "provider",
                    ProblemCode::InvalidName,
                    "what is not published is told to its provider alone",
                );
            }
            Some(named.unwrap_or_else(|| key.provider_key.clone()))
        }
    };
    let period = if is_current { query.period(MAX_DAYS) } else { None };
    let provider = query.finish(provider)?;
    let (service, model) = path.into_inner();
    let nothing = || Problem::not_found("there is no such provider, service or model");
    let found = registry::find_provider(&app.pool, &provider).await?;
    let (provider, service_key) = found.zip(Slug::parse(&service).ok()).ok_or_else(nothing)?;
    let service = registry::find_service(&app.pool, provider.id, &service_key).await?.ok_or_else(nothing)?;
    let model = Name::parse(&model).map_err(|_| nothing())?;
    let found = match period {
        Some(period) => current_energy(&app.pool, &provider, &service, &model, task_type, period).await?,
        None => published_energy(&app.pool, service.id, &model, task_type).await?,
    };
    let Some(energy) = found else {
        let detail = if is_current {
            "no such task of this model was recorded in the period"
        } else {
            "no disclosure in force of this service has figures of such tasks; with a key of its provider, \
             'from' and 'to' ask for the figures of a period that are not published"
        };
        return Err(Problem::not_found(detail));
    };
    let mut answer = etag::json(&request, &wire(&provider, &service_key, &model, task_type, energy))?;
    // What is published stands until the next disclosure; anything else is asked for again each time. Where the key tells
    // the provider, the same address has another answer for another key, which no shared cache may mix up.
    let cached = match (is_current, names_provider) {
        (true, _) => "private, no-cache",
        (false, true) => "public, max-age=300",
        (false, false) => "private, max-age=300",
    };
    answer.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static(cached));
    Ok(answer)
}

fn wire(
    provider: &Provider,
    service: &Slug,
    model: &Name,
    task_type: Option<TaskType>,
    energy: ModelEnergy,
) -> WireModelEnergy {
    WireModelEnergy {
        provider: provider.key.to_string(),
        service: service.to_string(),
        model: model.to_string(),
        task_type: task_type.map_or("all", TaskType::as_str),
        boundary: "facility",
        energy_per_task_wh: value_text(energy.mean_wh),
        energy_per_task_low_wh: value_text(energy.low_wh),
        energy_per_task_high_wh: value_text(energy.high_wh),
        energy_per_1000_output_tokens_wh: value_text(energy.per_1000_output_tokens_wh),
        tasks_completed: value_text(energy.completed),
        evidence: energy.evidence.first().map(|(tier, _)| tier.as_str()),
        evidence_shares: energy
            .evidence
            .iter()
            .map(|(tier, share)| WireShare { evidence: tier.as_str(), share: share.to_string() })
            .collect(),
        period_from: instant(energy.period.from()),
        period_to: instant(energy.period.to()),
        method_version: energy.method_version,
        signed_off: energy.published.is_some(),
        disclosure: energy.published.map(|(_, address)| address),
    }
}
