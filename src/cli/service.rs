//! `taskwatt service …`.

use super::provider_of;
use super::registry::{added, line, prose, said};
use crate::db::register::{self, Wanted};
use crate::db::{DbError, Pool, registry, served, service_text};
use crate::domain::disclosure::{Included, TextField};
use crate::domain::ids::{ProviderId, ServiceId};
use crate::domain::names::Slug;
use crate::domain::period::{Month, beginning_of};
use crate::domain::registry::{
    DeclaredInside, Exclusion, MAX_EXCLUSION_CHARS, MAX_EXCLUSIONS, MAX_METHOD_CHARS, MAX_NAME_CHARS,
    MAX_SERVED_TASKS, Served, ServiceFacts, ServiceText,
};
use crate::text::Language;
use anyhow::{Context, bail, ensure};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum ServiceCommand {
    /// Add a service.
    Add(ServiceAdd),
    /// Change what is registered of a service.
    Set(ServiceSet),
    /// Declare how many tasks a service served in a month; the latest declaration counts.
    Served(ServiceServed),
    /// Tell what disclosures print of a service in the provider's own words, in one language.
    Text(ServiceTextArgs),
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
    /// Whether the energy holds retrieval and tool calls: yes, no or unknown.
    #[arg(long, default_value = "unknown")]
    retrieval_and_tools: Included,
    /// Whether the energy holds that of the user's device: yes, no or unknown.
    #[arg(long, default_value = "unknown")]
    user_device: Included,
}

#[derive(Args, Debug)]
pub struct ServiceSet {
    /// The service.
    key: Slug,
    #[arg(long)]
    provider: Slug,
    /// Its name for people.
    #[arg(long)]
    name: Option<String>,
    /// How the provider comes by its energy figures, in about 100 words; printed in disclosures.
    #[arg(long)]
    energy_method: Option<String>,
    /// Whether the energy holds retrieval and tool calls: yes, no or unknown.
    #[arg(long)]
    retrieval_and_tools: Option<Included>,
    /// Whether the energy holds that of the user's device: yes, no or unknown.
    #[arg(long)]
    user_device: Option<Included>,
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
    /// Tasks that the figures of the month do not describe, and how many they are where that is known: "1200=Tasks of a
    /// pilot", or "Tasks of a pilot". May be given several times.
    #[arg(long, value_name = "[TASKS=]WHAT")]
    exclude: Vec<String>,
}

#[derive(Args, Debug)]
pub struct ServiceTextArgs {
    /// The service.
    key: Slug,
    #[arg(long)]
    provider: Slug,
    /// What it is about: method, allocation_rule, exclusions, hardware or remarks.
    #[arg(long)]
    field: TextField,
    /// Its language, as a BCP 47 tag of an official language of the EU or of Chinese.
    #[arg(long, default_value = "en", value_parser = Language::from_tag)]
    language: Language,
    /// The text, in about 100 words.
    #[arg(long, required_unless_present = "withdraw", conflicts_with = "withdraw")]
    text: Option<String>,
    /// Take the text back.
    #[arg(long)]
    withdraw: bool,
}

pub async fn run(pool: &Pool, command: ServiceCommand, now: DateTime<Utc>) -> anyhow::Result<()> {
    match command {
        ServiceCommand::Add(add) => self::add(pool, add, now).await,
        ServiceCommand::Set(args) => set(pool, args, now).await,
        ServiceCommand::Served(args) => {
            let (_, service, _) = find(pool, &args.provider, &args.key).await?;
            let month = args.month;
            ensure!(beginning_of(month.first_day()) <= now, "{month} has not begun");
            ensure!(args.exclude.len() <= MAX_EXCLUSIONS, "--exclude may be given {MAX_EXCLUSIONS} times");
            let exclusions = args.exclude.into_iter().map(exclusion).collect::<anyhow::Result<_>>()?;
            let served = Served { month, tasks: args.tasks, exclusions };
            let told = served::tell(pool, service, &served, now).await;
            said(told, &format!("tasks of service '{}' in {month}", args.key))
        }
        ServiceCommand::Text(args) => tell_text(pool, args, now).await,
    }
}

async fn add(pool: &Pool, add: ServiceAdd, now: DateTime<Utc>) -> anyhow::Result<()> {
    let provider = provider_of(pool, &add.provider).await?;
    let method = add.energy_method.as_deref();
    let inserted = registry::insert_service(pool, provider.id, &add.key, &add.name, method, now).await;
    added(inserted, "service", &add.key)?;
    let facts = ServiceFacts {
        name: add.name,
        energy_method: add.energy_method,
        inside: DeclaredInside { retrieval_and_tools: add.retrieval_and_tools, user_device: add.user_device },
        note: None,
    };
    if facts.inside != DeclaredInside::UNKNOWN {
        register::put_service(pool, provider.id, &add.key, &facts, now).await?;
    }
    Ok(())
}

async fn set(pool: &Pool, args: ServiceSet, now: DateTime<Utc>) -> anyhow::Result<()> {
    let (provider, _, mut facts) = find(pool, &args.provider, &args.key).await?;
    if let Some(name) = args.name {
        facts.name = line("--name", name, MAX_NAME_CHARS)?;
    }
    if let Some(method) = args.energy_method {
        facts.energy_method = Some(prose("--energy-method", method, MAX_METHOD_CHARS)?);
    }
    let inside = &mut facts.inside;
    inside.retrieval_and_tools = args.retrieval_and_tools.unwrap_or(inside.retrieval_and_tools);
    inside.user_device = args.user_device.unwrap_or(inside.user_device);
    register::put_service(pool, provider, &args.key, &facts, now).await?;
    println!("service '{}' changed", args.key);
    Ok(())
}

async fn tell_text(pool: &Pool, args: ServiceTextArgs, now: DateTime<Utc>) -> anyhow::Result<()> {
    let (_, service, _) = find(pool, &args.provider, &args.key).await?;
    let text = args.text.map(|text| prose("--text", text, MAX_METHOD_CHARS)).transpose()?;
    let (field, language) = (args.field, args.language.as_str());
    let told = ServiceText { field, language: language.to_owned(), text };
    let what = format!("text '{}' of service '{}' in {language}", field.as_str(), args.key);
    match service_text::tell(pool, service, &told, now).await? {
        Some(_) if told.text.is_none() => println!("{what} withdrawn"),
        Some(telling) => return said(Ok::<_, DbError>(telling), &what),
        None => bail!("{what}: there is none to withdraw"),
    }
    Ok(())
}

/// Reads `1200=Tasks of a pilot`, or the same without a number.
fn exclusion(text: String) -> anyhow::Result<Exclusion> {
    let number = text.split_once('=').and_then(|(tasks, what)| Some((tasks.parse::<i64>().ok()?, what)));
    let (tasks, what) = match number {
        Some((tasks, what)) => (Some(tasks), what.to_owned()),
        None => (None, text),
    };
    ensure!(
        tasks.is_none_or(|tasks| (0..=MAX_SERVED_TASKS).contains(&tasks)),
        "--exclude: the number of tasks must be from 0 to {MAX_SERVED_TASKS}"
    );
    Ok(Exclusion { what: line("--exclude", what, MAX_EXCLUSION_CHARS)?, tasks })
}

async fn find(
    pool: &Pool,
    provider: &Slug,
    key: &Slug,
) -> anyhow::Result<(ProviderId, ServiceId, ServiceFacts)> {
    let provider = provider_of(pool, provider).await?;
    let found = register::services(pool, provider.id, Wanted::one(key.as_str())).await?;
    let (service, _, facts) =
        found.into_iter().next().with_context(|| format!("there is no service '{key}'"))?;
    Ok((provider.id, service, facts))
}
