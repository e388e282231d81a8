//! `taskwatt model …`.

use super::provider_of;
use super::registry::{added, days, said};
use super::training::{self, InferenceComputeArgs, TrainingArgs};
use crate::db::register::{ModelPut, Wanted, models, put_model};
use crate::db::{Pool, declared};
use crate::domain::ids::ModelId;
use crate::domain::names::{Name, Slug};
use crate::domain::registry::{
    Coefficient, MAX_BATCH_SIZE, MAX_INSTANCE_ACCELERATORS, MAX_PARAMETERS, MAX_PRECISION_BITS, ModelFacts,
};
use crate::domain::terms::Boundary;
use crate::units::{Power, TokenEnergy};
use anyhow::{Context, anyhow, bail, ensure};
use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum ModelCommand {
    /// Add a model.
    Add(ModelAdd),
    /// Declare the measured energy per token of a model for a time; a later declaration of the same
    /// boundary, hardware, batch size and precision counts where two overlap.
    Coefficient(ModelCoefficient),
    /// Declare what training a model took, all of it at once; the latest declaration counts.
    Training(Box<TrainingArgs>),
    /// Declare the compute of one task of a model; the latest declaration of a task type and hardware counts.
    InferenceCompute(InferenceComputeArgs),
}

#[derive(Args, Debug)]
pub struct ModelAdd {
    /// Its name in records.
    key: Name,
    #[arg(long)]
    provider: Slug,
    /// Its name for people.
    #[arg(long)]
    name: String,
    #[arg(long)]
    version: Option<String>,
    /// The day of its release, as 2025-09-18.
    #[arg(long)]
    released_on: Option<NaiveDate>,
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..=MAX_PARAMETERS))]
    parameters_total: Option<i64>,
    /// Parameters that work on one token, at most all of them.
    #[arg(long, value_parser = clap::value_parser!(i64).range(1..=MAX_PARAMETERS))]
    parameters_active: Option<i64>,
    /// Requests that are computed together, for estimates from parameters.
    #[arg(long, value_parser = clap::value_parser!(i32).range(1..=MAX_BATCH_SIZE))]
    batch_size: Option<i32>,
    /// Bits of a parameter, for estimates from parameters.
    #[arg(long, value_parser = clap::value_parser!(i16).range(1..=MAX_PRECISION_BITS))]
    precision_bits: Option<i16>,
    /// Accelerators of one instance, for estimates from parameters.
    #[arg(long, value_parser = clap::value_parser!(i32).range(1..=MAX_INSTANCE_ACCELERATORS))]
    accelerators: Option<i32>,
    /// The model of the same provider that a change is told against.
    #[arg(long)]
    baseline: Option<Name>,
    /// A remark for the provider's own use; it is not published.
    #[arg(long)]
    note: Option<String>,
}

#[derive(Args, Debug)]
pub struct ModelCoefficient {
    /// The model.
    key: Name,
    #[arg(long)]
    provider: Slug,
    /// Energy per output token in joules, such as 3.91.
    #[arg(long, required_unless_present_any = ["input_token_j", "accelerator_w"])]
    output_token_j: Option<String>,
    /// Energy per input token in joules; alone, of tasks that write no tokens.
    #[arg(long)]
    input_token_j: Option<String>,
    /// Mean power of one accelerator while it works on the model, in watts: for tasks that state their time on
    /// accelerators.
    #[arg(long)]
    accelerator_w: Option<String>,
    /// What the energy includes: accelerator, server, it or facility.
    #[arg(long)]
    boundary: Boundary,
    /// What it was measured on, such as "NVIDIA H100 SXM".
    #[arg(long)]
    hardware: String,
    #[arg(long, value_parser = clap::value_parser!(i32).range(1..=MAX_BATCH_SIZE))]
    batch_size: Option<i32>,
    #[arg(long, value_parser = clap::value_parser!(i16).range(1..=MAX_PRECISION_BITS))]
    precision_bits: Option<i16>,
    /// Where it was measured or published.
    #[arg(long)]
    source: String,
    #[arg(long)]
    licence: String,
    #[arg(long)]
    published_on: Option<NaiveDate>,
    /// The first day on which it holds (UTC), as 2025-01-01.
    #[arg(long)]
    from: NaiveDate,
    /// The first day on which it no longer holds (UTC).
    #[arg(long)]
    to: NaiveDate,
}

pub async fn run(pool: &Pool, command: ModelCommand, now: DateTime<Utc>) -> anyhow::Result<()> {
    match command {
        ModelCommand::Add(args) => add(pool, args, now).await,
        ModelCommand::Coefficient(args) => coefficient(pool, args, now).await,
        ModelCommand::Training(args) => {
            let model = model_of(pool, &args.provider, &args.key).await?;
            training::training(pool, model, *args, now).await
        }
        ModelCommand::InferenceCompute(args) => {
            let model = model_of(pool, &args.provider, &args.key).await?;
            training::inference_compute(pool, model, args, now).await
        }
    }
}

async fn add(pool: &Pool, args: ModelAdd, now: DateTime<Utc>) -> anyhow::Result<()> {
    let provider = provider_of(pool, &args.provider).await?;
    if let (Some(total), Some(active)) = (args.parameters_total, args.parameters_active) {
        ensure!(active <= total, "--parameters-active cannot exceed --parameters-total");
    }
    if !models(pool, provider.id, Wanted::one(args.key.as_str())).await?.is_empty() {
        bail!("model '{}' is there already", args.key);
    }
    let facts = ModelFacts {
        name: args.name,
        version: args.version,
        released_on: args.released_on,
        parameters_total: args.parameters_total,
        parameters_active: args.parameters_active,
        batch_size: args.batch_size,
        precision_bits: args.precision_bits,
        accelerators: args.accelerators,
        baseline: args.baseline,
        note: args.note,
    };
    match put_model(pool, provider.id, &args.key, &facts, now).await {
        Ok(ModelPut::UnknownBaseline) => bail!("there is no model of the name that --baseline gives"),
        Ok(ModelPut::BaselineCycle) => bail!("a model cannot be its own baseline"),
        Ok(ModelPut::VersionFixed) => bail!("model '{}' was added by somebody else meanwhile", args.key),
        put => added(put.map(drop), "model", &args.key),
    }
}

async fn model_of(pool: &Pool, provider: &Slug, key: &Name) -> anyhow::Result<ModelId> {
    let provider = provider_of(pool, provider).await?;
    let found = models(pool, provider.id, Wanted::one(key.as_str())).await?;
    let (model, ..) = found.into_iter().next().with_context(|| format!("there is no model '{key}'"))?;
    Ok(model)
}

async fn coefficient(pool: &Pool, args: ModelCoefficient, now: DateTime<Utc>) -> anyhow::Result<()> {
    let model = model_of(pool, &args.provider, &args.key).await?;
    let energy = |text: &str, argument: &str| {
        TokenEnergy::parse_joules(text).map_err(|error| anyhow!("{argument} {error}"))
    };
    let input_token = args.input_token_j.as_deref().map(|text| energy(text, "--input-token-j"));
    let output_token = args.output_token_j.as_deref().map(|text| energy(text, "--output-token-j"));
    let power = |text: &str| Power::parse_watts(text).map_err(|error| anyhow!("--accelerator-w {error}"));
    let coefficient = Coefficient {
        valid: days(args.from, args.to)?,
        output_token: output_token.transpose()?,
        input_token: input_token.transpose()?,
        accelerator_power: args.accelerator_w.as_deref().map(power).transpose()?,
        boundary: args.boundary,
        hardware: args.hardware,
        batch_size: args.batch_size,
        precision_bits: args.precision_bits,
        source: args.source,
        licence: args.licence,
        published_on: args.published_on,
    };
    let told = declared::tell_coefficient(pool, model, &coefficient, now).await;
    said(told, &format!("energy per token of model '{}'", args.key))
}
