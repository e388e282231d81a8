//! `taskwatt provider|service|site|model …`.

use super::provider_of;
use crate::db::registry::{self, NewModel, NewProvider};
use crate::db::{DbError, Pool};
use crate::domain::names::{Name, Slug};
use crate::domain::period::{Period, beginning_of};
use crate::domain::registry::ProviderKind;
use crate::domain::terms::SiteFactorKind;
use crate::units::{PPM, Ratio};
use anyhow::{Context, anyhow, bail, ensure};
use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum ProviderCommand {
    /// Add a provider.
    Add(ProviderAdd),
}

#[derive(Args, Debug)]
pub struct ProviderAdd {
    /// Its name in addresses and keys: a-z, 0-9 and -.
    key: Slug,
    /// Its legal name.
    #[arg(long)]
    name: String,
    /// How the public reaches it about its figures.
    #[arg(long)]
    contact: Option<String>,
    /// A plain sentence shown on every page of this provider.
    #[arg(long)]
    note: Option<String>,
    /// Whose figures they are: operator, public_data or fictitious. All but the first are said to be so
    /// on every page.
    #[arg(long, default_value = "operator")]
    kind: ProviderKind,
}

#[derive(Debug, Subcommand)]
pub enum ServiceCommand {
    /// Add a service.
    Add(ServiceAdd),
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

#[derive(Debug, Subcommand)]
pub enum ModelCommand {
    /// Add a model.
    Add(ModelAdd),
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
}

#[derive(Debug, Subcommand)]
pub enum SiteCommand {
    /// Add a site.
    Add(SiteAdd),
    /// Declare a factor of a site for a time; a later declaration counts where two overlap.
    Declare(SiteDeclare),
}

#[derive(Args, Debug)]
pub struct SiteAdd {
    /// Its name in records.
    key: Name,
    #[arg(long)]
    provider: Slug,
    /// Its name for people.
    #[arg(long)]
    name: String,
    /// The grid zone of the data centre: a country (DE) or a bidding zone (SE-SE3).
    #[arg(long)]
    zone: String,
}

#[derive(Args, Debug)]
pub struct SiteDeclare {
    /// The site.
    key: Name,
    #[arg(long)]
    provider: Slug,
    /// pue (facility ÷ IT), server_per_accelerator or it_per_server.
    #[arg(long)]
    factor: SiteFactorKind,
    /// Its value, such as 1.15.
    #[arg(long)]
    value: String,
    /// The first day on which it holds (UTC), as 2025-01-01.
    #[arg(long)]
    from: NaiveDate,
    /// The first day on which it no longer holds (UTC).
    #[arg(long)]
    to: NaiveDate,
}

/// Tells "it is there already" from other errors.
fn added<T>(result: Result<T, DbError>, what: &str, key: &dyn std::fmt::Display) -> anyhow::Result<T> {
    match result {
        Ok(done) => {
            println!("{what} '{key}' added");
            Ok(done)
        }
        Err(DbError::Taken { .. }) => bail!("{what} '{key}' is there already"),
        Err(DbError::Refused(_)) => bail!("{what} '{key}': a text is empty or too long"),
        Err(error) => Err(error.into()),
    }
}

pub async fn provider(pool: &Pool, command: ProviderCommand, now: DateTime<Utc>) -> anyhow::Result<()> {
    let ProviderCommand::Add(add) = command;
    let new = NewProvider {
        key: &add.key,
        legal_name: &add.name,
        contact: add.contact.as_deref(),
        public_note: add.note.as_deref(),
        kind: add.kind,
    };
    added(registry::insert_provider(pool, new, now).await, "provider", &add.key)?;
    Ok(())
}

pub async fn service(pool: &Pool, command: ServiceCommand, now: DateTime<Utc>) -> anyhow::Result<()> {
    let ServiceCommand::Add(add) = command;
    let provider = provider_of(pool, &add.provider).await?;
    let method = add.energy_method.as_deref();
    let inserted = registry::insert_service(pool, provider.id, &add.key, &add.name, method, now).await;
    added(inserted, "service", &add.key)
}

pub async fn model(pool: &Pool, command: ModelCommand, now: DateTime<Utc>) -> anyhow::Result<()> {
    let ModelCommand::Add(add) = command;
    let provider = provider_of(pool, &add.provider).await?;
    let new = NewModel {
        key: &add.key,
        name: &add.name,
        version: add.version.as_deref(),
        released_on: add.released_on,
    };
    added(registry::insert_model(pool, provider.id, new, now).await, "model", &add.key)
}

pub async fn site(pool: &Pool, command: SiteCommand, now: DateTime<Utc>) -> anyhow::Result<()> {
    match command {
        SiteCommand::Add(add) => {
            let provider = provider_of(pool, &add.provider).await?;
            check_zone(pool, &add.zone).await?;
            let inserted =
                registry::insert_site(pool, provider.id, &add.key, &add.name, &add.zone, now).await;
            added(inserted, "site", &add.key)?;
        }
        SiteCommand::Declare(declare) => {
            let provider = provider_of(pool, &declare.provider).await?;
            let site = registry::find_site(pool, provider.id, &declare.key).await?;
            let site = site.with_context(|| format!("there is no site '{}'", declare.key))?;
            let value = Ratio::parse(&declare.value).map_err(|error| anyhow!("--value {error}"))?;
            let plausible = Ratio::ONE..=Ratio::from_ppm(10 * PPM);
            ensure!(
                plausible.contains(&value),
                "--value must be from 1 to 10; an outer layer holds the inner"
            );
            // Whole days: percentiles are kept by day and shifted by the day's factor.
            let valid = Period::new(beginning_of(declare.from), beginning_of(declare.to))?;
            registry::insert_site_factor(pool, site, declare.factor, valid, value, now).await?;
            println!("{} of site '{}' declared", declare.factor.as_str(), declare.key);
        }
    }
    Ok(())
}

/// Refuses an unknown zone, and names those of the same country.
pub async fn check_zone(pool: &Pool, zone: &str) -> anyhow::Result<()> {
    let zones = registry::zones(pool).await?;
    if zones.iter().any(|known| known.key == zone) {
        return Ok(());
    }
    let country = zone.get(..2).unwrap_or_default().to_ascii_uppercase();
    let near: Vec<&str> =
        zones.iter().map(|known| known.key.as_str()).filter(|key| key.starts_with(&country)).collect();
    if country.is_empty() || near.is_empty() {
        bail!("there is no zone '{zone}'; a zone is a country such as DE or a bidding zone such as SE-SE3");
    }
    bail!("there is no zone '{zone}'; near it are {}", near.join(", "))
}
