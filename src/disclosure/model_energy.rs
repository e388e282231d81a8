//! The energy of a task of one model, for those who weigh it while they evaluate models or route requests: from what
//! is published, or from the totals of a period that nobody signed off.

use super::build::BuildError;
use super::series::energy_figures;
use crate::db::disclosure::newest;
use crate::db::{DbError, Pool};
use crate::domain::disclosure::{Disclosure, Reference};
use crate::domain::fact::{Concept, FactValue, Member, Of};
use crate::domain::ids::ServiceId;
use crate::domain::names::Name;
use crate::domain::period::Period;
use crate::domain::registry::{Provider, Service};
use crate::domain::terms::{Evidence, TaskType};
use crate::method::{METHOD_VERSION, ScopeFigures};
use crate::render::json;
use crate::units::Decimal;

/// What a task of a model took, on average, in watt-hours at the facility.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelEnergy {
    pub period: Period,
    pub method_version: String,
    pub completed: FactValue,
    pub mean_wh: FactValue,
    /// Both ends of the 95 % interval.
    pub low_wh: FactValue,
    pub high_wh: FactValue,
    pub per_1000_output_tokens_wh: FactValue,
    /// Shares of facility energy, the largest first.
    pub evidence: Vec<(Evidence, Decimal)>,
    /// The published disclosure that it stands in, with its address; `None` where it is computed from totals.
    pub published: Option<(Reference, String)>,
}

/// From the disclosure in force whose period ends last; `None` where none is published, or it has no figures of such
/// tasks.
pub async fn published_energy(
    pool: &Pool,
    service: ServiceId,
    model: &Name,
    task_type: Option<TaskType>,
) -> Result<Option<ModelEnergy>, DbError> {
    let Some(document) = newest(pool, service).await? else { return Ok(None) };
    let document = json::read(&document).map_err(|error| DbError::Unreadable(error.to_string()))?;
    Ok(of_document(&document, model, task_type))
}

fn of_document(document: &Disclosure, model: &Name, task_type: Option<TaskType>) -> Option<ModelEnergy> {
    let of = Of { task_type, ..Of::model(&model.as_str().into()) };
    let of_model = || document.facts.iter().filter(|fact| fact.of == of);
    of_model().next()?;
    let tiers = of_model().filter_map(|fact| match (&fact.member, fact.value) {
        (Some(Member::Evidence(tier)), FactValue::Known(share)) => Some((*tier, share)),
        _ => None,
    });
    let value = |concept| document.value_of(concept, &of);
    Some(ModelEnergy {
        period: document.period,
        method_version: document.method_version.clone(),
        completed: value(Concept::TasksCompleted),
        mean_wh: value(Concept::EnergyPerTaskMean),
        low_wh: value(Concept::EnergyPerTaskLow),
        high_wh: value(Concept::EnergyPerTaskHigh),
        per_1000_output_tokens_wh: value(Concept::EnergyPer1000OutputTokens),
        evidence: largest_first(tiers),
        published: Some((document.reference, document.address.clone())),
    })
}

/// From the totals of a period, at this moment.
pub async fn current_energy(
    pool: &Pool,
    provider: &Provider,
    service: &Service,
    model: &Name,
    task_type: Option<TaskType>,
    period: Period,
) -> Result<Option<ModelEnergy>, BuildError> {
    let (models, figures) = energy_figures(pool, provider, service, period).await?;
    let Some(model) = models.iter().find(|one| one.key == *model) else { return Ok(None) };
    let scope = match task_type {
        None => figures.by_model.get(&model.id),
        Some(task_type) => figures.by_model_task_type.get(&(model.id, task_type)),
    };
    Ok(scope.map(|scope| of_figures(scope, period)))
}

fn of_figures(scope: &ScopeFigures, period: Period) -> ModelEnergy {
    let value = |value: Option<Decimal>| value.map_or(FactValue::NotApplicable, FactValue::Known);
    ModelEnergy {
        period,
        method_version: METHOD_VERSION.to_owned(),
        completed: FactValue::Known(Decimal::new(scope.completed, 0)),
        mean_wh: value(scope.mean_wh),
        low_wh: value(scope.interval.map(|interval| interval.low_wh)),
        high_wh: value(scope.interval.map(|interval| interval.high_wh)),
        per_1000_output_tokens_wh: value(scope.per_1000_output_tokens_wh),
        evidence: largest_first(scope.evidence_shares.iter().map(|(tier, share)| (*tier, *share))),
        published: None,
    }
}

fn largest_first(tiers: impl Iterator<Item = (Evidence, Decimal)>) -> Vec<(Evidence, Decimal)> {
    let parts = |share: Decimal| share.to_scaled(6).unwrap_or_default();
    let mut tiers: Vec<(Evidence, Decimal)> = tiers.filter(|(_, share)| !share.is_zero()).collect();
    tiers.sort_by_key(|(tier, share)| (std::cmp::Reverse(parts(*share)), *tier));
    tiers
}
