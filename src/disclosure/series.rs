//! Energy per task over months, and against a baseline: figures of other periods beside those of a disclosure.

use super::build::BuildError;
use super::energy::EnergyRead;
use crate::db::total::{OfBatches, OfProvider, PeriodTotals};
use crate::db::{DbError, Pool};
use crate::domain::disclosure::{ChangeLine, GapReason, Incomparable};
use crate::domain::ids::ModelId;
use crate::domain::period::Period;
use crate::domain::registry::{Model, Provider, Service};
use crate::domain::terms::TaskType;
use crate::method::change::{Change, Side, change};
use crate::method::{Figures, METHOD_VERSION, ScopeFigures};
use std::sync::Arc;

/// Months of a series.
pub const SERIES_MONTHS: u32 = 12;

/// Energy figures of a period, with the models that they are of; or why there are none.
#[derive(Clone, Debug)]
pub struct EnergyOf {
    pub period: Period,
    pub energy: Result<(Vec<Model>, Figures), GapReason>,
}

impl EnergyOf {
    /// Computes from what is stored at this moment.
    pub async fn read(
        pool: &Pool,
        provider: &Provider,
        service: &Service,
        period: Period,
    ) -> Result<EnergyOf, DbError> {
        EnergyOf::new(period, energy_figures(pool, provider, service, period).await)
    }

    /// Nothing of ours failing, there are figures or there is a reason why not.
    fn new(period: Period, energy: Result<(Vec<Model>, Figures), BuildError>) -> Result<EnergyOf, DbError> {
        let energy = match energy {
            Ok(energy) => Ok(energy),
            Err(BuildError::Db(error)) => return Err(error),
            Err(error) => Err(gap(&error)),
        };
        Ok(EnergyOf { period, energy })
    }

    fn side(&self, model: Option<ModelId>, task_type: TaskType) -> Result<Side, Incomparable> {
        let (_, figures) = self.energy.as_ref().map_err(|_| Incomparable::NoFigures)?;
        let found = match model {
            Some(model) => figures.by_model_task_type.get(&(model, task_type)),
            None => figures.by_task_type.get(&task_type),
        };
        found.map(|scope| side(scope, task_type)).ok_or(Incomparable::NoCompletedTask)
    }
}

/// Figures of energy alone, with the models that they are of.
pub async fn energy_figures(
    pool: &Pool,
    provider: &Provider,
    service: &Service,
    period: Period,
) -> Result<(Vec<Model>, Figures), BuildError> {
    figures_of(EnergyRead::read(pool, provider, service, period, OfProvider::Left, OfBatches::Left).await?)
}

fn figures_of(read: EnergyRead) -> Result<(Vec<Model>, Figures), BuildError> {
    let figures = read.figures(None)?;
    Ok((read.models, figures))
}

fn gap(error: &BuildError) -> GapReason {
    match error {
        BuildError::NothingToDisclose => GapReason::NoTask,
        BuildError::PueUnknown(_) => GapReason::PueUnknown,
        BuildError::NoEstimate(_) => GapReason::NoEstimate,
        _ => GapReason::Contradiction,
    }
}

fn side(scope: &ScopeFigures, task_type: TaskType) -> Side {
    Side::of(scope, Some(task_type), METHOD_VERSION)
}

/// The whole months up to the end of a period, from the first to the last that has tasks. Months within the period are
/// made from the totals that were read of it; earlier ones are read.
pub async fn months(
    pool: &Pool,
    provider: &Provider,
    service: &Service,
    period: Period,
    totals: &PeriodTotals,
) -> Result<Vec<EnergyOf>, DbError> {
    let mut months = Vec::new();
    for month in Period::months_until(period.to(), SERIES_MONTHS) {
        months.push(if period.from() <= month.from() {
            let read = EnergyRead::of_month(pool, provider, service, month, totals).await;
            EnergyOf::new(month, read.and_then(figures_of))?
        } else {
            EnergyOf::read(pool, provider, service, month).await?
        });
    }
    let has_tasks = |month: &EnergyOf| !matches!(month.energy, Err(GapReason::NoTask));
    let first = months.iter().position(has_tasks).unwrap_or(months.len());
    let end = months.iter().rposition(has_tasks).map_or(first, |last| last + 1);
    Ok(months[first..end].to_vec())
}

/// One comparison: of what with what, and its outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    pub line: ChangeLine,
    pub change: Option<Change>,
    /// The model and its baseline; `None` is all models together.
    pub model: Option<ModelId>,
    pub baseline_model: Option<ModelId>,
    /// Whether the baseline is of another period.
    pub is_of_other_period: bool,
}

/// Compares each task type, and each model and task type, with the baseline.
///
/// All models together are compared with the baseline period. A model is compared with the model that is registered as
/// its baseline, else with itself; in the baseline period where one is asked for, else in the same period.
pub fn compare(now: (&[Model], &Figures), period: Period, baseline: Option<&EnergyOf>) -> Vec<Compared> {
    let (models, figures) = now;
    let mut all = Vec::new();
    if let Some(baseline) = baseline {
        for (task_type, scope) in &figures.by_task_type {
            let other = baseline.side(None, *task_type);
            let line = change_line(*task_type, None, None, baseline.period);
            all.push(compared(scope, other, line, [None, None], true));
        }
    }
    for model in models {
        let other_model = model.baseline.as_ref();
        let other_id = other_model.map_or(model.id, |(id, _)| *id);
        if baseline.is_none() && other_model.is_none() {
            continue;
        }
        let of_model = figures.by_model_task_type.iter().filter(|((id, _), _)| *id == model.id);
        for ((_, task_type), scope) in of_model {
            let other = match baseline {
                Some(baseline) => baseline.side(Some(other_id), *task_type),
                None => figures
                    .by_model_task_type
                    .get(&(other_id, *task_type))
                    .map(|scope| side(scope, *task_type))
                    .ok_or(Incomparable::NoCompletedTask),
            };
            let name = other_model.map_or(&model.key, |(_, key)| key).to_string();
            let at = baseline.map_or(period, |baseline| baseline.period);
            let line = change_line(*task_type, Some(model), Some(name), at);
            all.push(compared(scope, other, line, [Some(model.id), Some(other_id)], baseline.is_some()));
        }
    }
    all
}

fn change_line(
    task_type: TaskType,
    model: Option<&Model>,
    baseline_model: Option<String>,
    baseline_period: Period,
) -> ChangeLine {
    let model = model.map(|model| Arc::from(model.key.as_str()));
    ChangeLine { task_type, model, baseline_model, baseline_period, reasons: Vec::new() }
}

fn compared(
    scope: &ScopeFigures,
    other: Result<Side, Incomparable>,
    line: ChangeLine,
    [model, baseline_model]: [Option<ModelId>; 2],
    is_of_other_period: bool,
) -> Compared {
    let outcome = match other {
        Ok(other) => change(&side(scope, line.task_type), &other),
        Err(reason) => Err(vec![reason]),
    };
    let (change, reasons) = match outcome {
        Ok(change) => (Some(change), Vec::new()),
        Err(reasons) => (None, reasons),
    };
    Compared { line: ChangeLine { reasons, ..line }, change, model, baseline_model, is_of_other_period }
}
