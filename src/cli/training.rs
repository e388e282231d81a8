//! `taskwatt model training` and `taskwatt model inference-compute`.

use super::registry::{days, line, prose, said, zone_of};
use crate::db::{Pool, training as table};
use crate::domain::ids::ModelId;
use crate::domain::names::{Name, Slug};
use crate::domain::period::beginning_of;
use crate::domain::registry::{MAX_METHOD_CHARS, MAX_NAME_CHARS};
use crate::domain::terms::{TaskType, TrainingEvidence};
use crate::domain::training::{
    Emissions, InferenceCompute, MAX_BASIS_CHARS, MAX_LIFETIME_TASKS, MAX_REASON_CHARS, MAX_TASK_CHARS,
    Stated, Training, parse_compute_flops, parse_energy_mwh,
};
use crate::units::{CarbonMass, Significant, SignificantError};
use anyhow::anyhow;
use chrono::{DateTime, NaiveDate, Utc};
use clap::{ArgGroup, Args};

#[derive(Args, Debug)]
#[command(group(
    ArgGroup::new("energy").required(true).args(["energy_mwh", "energy_not_available_reason"])
))]
#[command(group(
    ArgGroup::new("compute").required(true).args(["compute_flops", "compute_not_available_reason"])
))]
pub struct TrainingArgs {
    /// The model.
    pub key: Name,
    #[arg(long)]
    pub provider: Slug,
    /// Energy in megawatt-hours with at least two significant figures: 5.0 and not 5. The digits are kept.
    #[arg(long, requires_all = ["evidence", "method"])]
    energy_mwh: Option<String>,
    /// Why there is no energy.
    #[arg(long)]
    energy_not_available_reason: Option<String>,
    /// Compute in floating-point operations with at least two significant figures, such as 3.8e25.
    #[arg(long)]
    compute_flops: Option<String>,
    /// Why there is no compute.
    #[arg(long)]
    compute_not_available_reason: Option<String>,
    /// Emissions in kilograms of CO2e.
    #[arg(long, requires = "emissions_basis")]
    emissions_kg: Option<String>,
    /// How the emissions were accounted for, such as "location-based".
    #[arg(long, requires = "emissions_kg")]
    emissions_basis: Option<String>,
    /// The first day of training (UTC), as 2024-03-01.
    #[arg(long)]
    from: NaiveDate,
    /// The first day after it (UTC).
    #[arg(long)]
    to: NaiveDate,
    /// The grid zone where it was trained.
    #[arg(long)]
    zone: Option<String>,
    /// How the energy is known: measured or estimated.
    #[arg(long)]
    evidence: Option<TrainingEvidence>,
    /// By which method, in about 100 words.
    #[arg(long)]
    method: Option<String>,
    /// By which method the compute is known, in about 100 words.
    #[arg(long)]
    compute_method: Option<String>,
    /// Tasks that the model is expected to serve in its whole life, for a share per task.
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..=MAX_LIFETIME_TASKS))]
    lifetime_tasks: Option<i64>,
    /// Show it to the public too; without this, authorities alone see it.
    #[arg(long)]
    public: bool,
}

#[derive(Args, Debug)]
#[command(group(
    ArgGroup::new("compute").required(true).args(["compute_flops", "compute_not_available_reason"])
))]
pub struct InferenceComputeArgs {
    /// The model.
    pub key: Name,
    #[arg(long)]
    pub provider: Slug,
    /// The kind of the task, such as chat.
    #[arg(long)]
    task_type: TaskType,
    /// What it was run on, such as "NVIDIA H100 SXM".
    #[arg(long)]
    hardware: String,
    /// The task that was run, where its type does not say enough.
    #[arg(long)]
    task: Option<String>,
    /// Floating-point operations of one task with at least two significant figures, such as 1.4e15.
    #[arg(long)]
    compute_flops: Option<String>,
    /// Why there is no compute.
    #[arg(long)]
    compute_not_available_reason: Option<String>,
    /// By which method it is known, in about 100 words.
    #[arg(long)]
    method: Option<String>,
}

/// A value, or the reason why there is none; the command line asks for one of them.
fn stated(
    (argument, value): (&str, Option<String>),
    (reason_argument, reason): (&str, Option<String>),
    parse: fn(&str) -> Result<Significant, SignificantError>,
) -> anyhow::Result<Stated> {
    match value {
        Some(value) => parse(&value).map(Stated::Known).map_err(|error| anyhow!("{argument} {error}")),
        None => {
            prose(reason_argument, reason.unwrap_or_default(), MAX_REASON_CHARS).map(Stated::NotAvailable)
        }
    }
}

fn compute(value: Option<String>, reason: Option<String>) -> anyhow::Result<Stated> {
    let reason = ("--compute-not-available-reason", reason);
    stated(("--compute-flops", value), reason, parse_compute_flops)
}

pub async fn training(
    pool: &Pool,
    model: ModelId,
    args: TrainingArgs,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let trained = days(args.from, args.to)?;
    let emissions = match (args.emissions_kg, args.emissions_basis) {
        (Some(kg), Some(basis)) => Some(Emissions {
            carbon: CarbonMass::parse_kilograms(&kg).map_err(|error| anyhow!("--emissions-kg {error}"))?,
            basis: line("--emissions-basis", basis, MAX_BASIS_CHARS)?,
        }),
        _ => None,
    };
    let zone = match &args.zone {
        // A code of a zone means what it meant when the model was trained.
        Some(zone) => Some(zone_of(pool, zone, beginning_of(trained.from())).await?),
        None => None,
    };
    let reason = ("--energy-not-available-reason", args.energy_not_available_reason);
    let what = Training {
        energy: stated(("--energy-mwh", args.energy_mwh), reason, parse_energy_mwh)?,
        compute: compute(args.compute_flops, args.compute_not_available_reason)?,
        emissions,
        trained,
        zone,
        evidence: args.evidence,
        method: args.method.map(|method| prose("--method", method, MAX_METHOD_CHARS)).transpose()?,
        compute_method: args
            .compute_method
            .map(|method| prose("--compute-method", method, MAX_METHOD_CHARS))
            .transpose()?,
        lifetime_tasks: args.lifetime_tasks,
        is_public: args.public,
    };
    said(table::tell(pool, model, &what, now).await, &format!("training of model '{}'", args.key))
}

pub async fn inference_compute(
    pool: &Pool,
    model: ModelId,
    args: InferenceComputeArgs,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let what = InferenceCompute {
        task_type: args.task_type,
        hardware: line("--hardware", args.hardware, MAX_NAME_CHARS)?,
        task: args.task.map(|task| line("--task", task, MAX_TASK_CHARS)).transpose()?,
        compute: compute(args.compute_flops, args.compute_not_available_reason)?,
        method: args.method.map(|method| prose("--method", method, MAX_METHOD_CHARS)).transpose()?,
    };
    let told = table::tell_inference_compute(pool, model, &what, now).await;
    said(told, &format!("compute of a {} task of model '{}'", what.task_type.as_str(), args.key))
}
