//! `taskwatt site …`.

use super::provider_of;
use super::registry::{added, days, said, zone_of};
use crate::db::{Pool, declared, registry};
use crate::domain::ids::SiteId;
use crate::domain::names::{Name, Slug};
use crate::domain::registry::{Hardware, SiteDeclaration, SiteValue};
use crate::domain::terms::SiteSeries;
use crate::units::DecimalError;
use anyhow::{Context, anyhow};
use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum SiteCommand {
    /// Add a site.
    Add(SiteAdd),
    /// Declare a factor or the water use of a site for a time; a later declaration counts where two
    /// overlap.
    Declare(SiteDeclare),
    /// Declare how many accelerators of one kind stand in a site for a time.
    Hardware(SiteHardware),
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
    /// pue (facility ÷ IT), server_per_accelerator, it_per_server or wue (litres of water per
    /// kilowatt-hour of IT energy).
    #[arg(long)]
    factor: SiteSeries,
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

#[derive(Args, Debug)]
pub struct SiteHardware {
    /// The site.
    key: Name,
    #[arg(long)]
    provider: Slug,
    /// The kind, such as "NVIDIA H100 SXM".
    #[arg(long)]
    accelerator: String,
    /// How many; 0 says that there are none any more.
    #[arg(long, value_parser = clap::value_parser!(i32).range(0..))]
    accelerators: i32,
    #[arg(long)]
    note: Option<String>,
    /// The first day on which it holds (UTC), as 2025-01-01.
    #[arg(long)]
    from: NaiveDate,
    /// The first day on which it no longer holds (UTC).
    #[arg(long)]
    to: NaiveDate,
}

pub async fn run(pool: &Pool, command: SiteCommand, now: DateTime<Utc>) -> anyhow::Result<()> {
    match command {
        SiteCommand::Add(add) => {
            let provider = provider_of(pool, &add.provider).await?;
            let zone = zone_of(pool, &add.zone, now).await?;
            let inserted = registry::insert_site(pool, provider.id, &add.key, &add.name, &zone, now).await;
            added(inserted, "site", &add.key)?;
            Ok(())
        }
        SiteCommand::Declare(args) => {
            let site = site_of(pool, &args.provider, &args.key).await?;
            let value = SiteValue::parse(args.factor, &args.value).map_err(|error| match error {
                DecimalError::OutOfRange => anyhow!("--value {}", SiteValue::range(args.factor)),
                error => anyhow!("--value {error}"),
            })?;
            let declaration = SiteDeclaration { value, valid: days(args.from, args.to)? };
            let told = declared::tell_site(pool, site, declaration, now).await;
            said(told, &format!("{} of site '{}'", args.factor.as_str(), args.key))
        }
        SiteCommand::Hardware(args) => {
            let site = site_of(pool, &args.provider, &args.key).await?;
            let hardware = Hardware {
                valid: days(args.from, args.to)?,
                accelerator: args.accelerator,
                accelerators: args.accelerators,
                note: args.note,
            };
            let told = declared::tell_hardware(pool, site, &hardware, now).await;
            said(told, &format!("{} of site '{}'", hardware.accelerator, args.key))
        }
    }
}

async fn site_of(pool: &Pool, provider: &Slug, key: &Name) -> anyhow::Result<SiteId> {
    let provider = provider_of(pool, provider).await?;
    let site = registry::find_site(pool, provider.id, key).await?;
    site.with_context(|| format!("there is no site '{key}'"))
}
