//! `taskwatt service …`.

use super::provider_of;
use super::registry::{added, said};
use crate::db::{Pool, declared, registry};
use crate::domain::names::Slug;
use crate::domain::period::{Month, beginning_of};
use crate::domain::registry::{MAX_SERVED_TASKS, Served};
use anyhow::{Context, ensure};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum ServiceCommand {
    /// Add a service.
    Add(ServiceAdd),
    /// Declare how many tasks a service served in a month; the latest declaration counts.
    Served(ServiceServed),
}

#[derive(Args, Debug)]
pub struct ServiceAdd {
    /// Its name in addresses and records: a-z, 0-9 and -.
    key: Slug,
    #[arg(long)]
    provider: Slug,
    /// Its name for people.
    #[arg(long)]
    name: String,
    /// How the provider comes by its energy figures, in about 100 words; printed in disclosures.
    #[arg(long)]
    energy_method: Option<String>,
}

#[derive(Args, Debug)]
pub struct ServiceServed {
    /// The service.
    key: Slug,
    #[arg(long)]
    provider: Slug,
    /// A UTC month that has begun, as 2025-10.
    #[arg(long)]
    month: Month,
    #[arg(long, value_parser = clap::value_parser!(i64).range(0..=MAX_SERVED_TASKS))]
    tasks: i64,
}

pub async fn run(pool: &Pool, command: ServiceCommand, now: DateTime<Utc>) -> anyhow::Result<()> {
    match command {
        ServiceCommand::Add(add) => {
            let provider = provider_of(pool, &add.provider).await?;
            let method = add.energy_method.as_deref();
            let inserted =
                registry::insert_service(pool, provider.id, &add.key, &add.name, method, now).await;
            added(inserted, "service", &add.key)
        }
        ServiceCommand::Served(args) => {
            let provider = provider_of(pool, &args.provider).await?;
            let service = registry::find_service(pool, provider.id, &args.key).await?;
            let service = service.with_context(|| format!("there is no service '{}'", args.key))?;
            let month = args.month;
            ensure!(beginning_of(month.first_day()) <= now, "{month} has not begun");
            let told =
                declared::tell_served(pool, service.id, Served { month, tasks: args.tasks }, now).await;
            said(told, &format!("tasks of service '{}' in {month}", args.key))
        }
    }
}
