//! `taskwatt site …`.

use super::provider_of;
use super::registry::{added, days, line, said, zone_of};
use crate::db::{Pool, declared, embodied, registry};
use crate::domain::embodied::{Embodied, MAX_EMBODIED_MG, MAX_INCLUDES_CHARS, MAX_LIFETIME_HOURS};
use crate::domain::ids::SiteId;
use crate::domain::names::{Name, Slug};
use crate::domain::registry::{Hardware, MAX_SOURCE_CHARS, SiteDeclaration, SiteValue};
use crate::domain::terms::{SiteSeries, WaterDefinition};
use crate::domain::water::{DefinitionError, MAX_DEFINITION_CHARS, WueDefinition};
use crate::units::{CarbonMass, DecimalError};
use anyhow::{Context, anyhow, ensure};
use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum SiteCommand {
    /// Add a site.
    Add(SiteAdd),
    /// Declare a factor, the class of meters or the water use of a site for a time; a later declaration counts
    /// where two overlap.
    Declare(SiteDeclare),
    /// Declare how many accelerators of one kind stand in a site for a time.
    Hardware(SiteHardware),
    /// Declare what it took to make one accelerator of a kind; the latest declaration of a kind counts.
    Embodied(SiteEmbodied),
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
    /// pue (facility ÷ IT), server_per_accelerator, it_per_server, metered_class or counter_class (within how many
    /// per cent its meters, or the counters in its devices, tell energy), or wue (litres of water per kilowatt-hour of
    /// IT energy).
    #[arg(long)]
    factor: SiteSeries,
    /// Its value, such as 1.15.
    #[arg(long)]
    value: String,
    /// Of wue: by whose definition it was measured: eu_2024_1364, eu_c_2026_3472, iso_iec_30134_9, other or
    /// not_stated.
    #[arg(long)]
    definition: Option<WaterDefinition>,
    /// Names the definition where it is 'other'.
    #[arg(long)]
    definition_text: Option<String>,
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

#[derive(Args, Debug)]
pub struct SiteEmbodied {
    /// The site.
    key: Name,
    #[arg(long)]
    provider: Slug,
    /// The kind of accelerator, as records name it.
    #[arg(long)]
    accelerator: Name,
    /// Kilograms of CO2e of one accelerator with its part of the server, such as 164.5.
    #[arg(long)]
    embodied_kg: String,
    /// Hours of its work over which that is spread.
    #[arg(long, value_parser = clap::value_parser!(i32).range(1..=MAX_LIFETIME_HOURS))]
    lifetime_hours: i32,
    /// What beside the accelerator itself is in it, such as "an eighth of the server".
    #[arg(long)]
    includes: String,
    /// Where it was found.
    #[arg(long)]
    source: String,
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
            let value = value.defined_by(definition(&args)?);
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
        SiteCommand::Embodied(args) => {
            let site = site_of(pool, &args.provider, &args.key).await?;
            let carbon = CarbonMass::parse_kilograms(&args.embodied_kg)
                .map_err(|error| anyhow!("--embodied-kg {error}"))?;
            ensure!(
                (1..=MAX_EMBODIED_MG).contains(&carbon.milligrams()),
                "--embodied-kg must be above 0 and at most 100000 kilograms for one accelerator"
            );
            let what = Embodied {
                accelerator: args.accelerator,
                carbon,
                lifetime_hours: args.lifetime_hours,
                includes: line("--includes", args.includes, MAX_INCLUDES_CHARS)?,
                source: line("--source", args.source, MAX_SOURCE_CHARS)?,
            };
            let told = embodied::tell(pool, site, &what, now).await;
            said(told, &format!("embodied carbon of {} at site '{}'", what.accelerator, args.key))
        }
    }
}

/// By whose definition water use was measured; the other numbers have none.
fn definition(args: &SiteDeclare) -> anyhow::Result<WueDefinition> {
    if args.factor != SiteSeries::Wue {
        ensure!(
            args.definition.is_none() && args.definition_text.is_none(),
            "--definition and --definition-text belong to --factor wue alone"
        );
    }
    let named = args.definition_text.clone();
    let named = named.map(|name| line("--definition-text", name, MAX_DEFINITION_CHARS)).transpose()?;
    let word = args.definition.unwrap_or(WaterDefinition::NotStated);
    WueDefinition::new(word, named).map_err(|error| match error {
        DefinitionError::Unnamed => anyhow!("--definition other needs --definition-text, its name"),
        DefinitionError::Misnamed => anyhow!("--definition-text belongs to --definition other alone"),
    })
}

async fn site_of(pool: &Pool, provider: &Slug, key: &Name) -> anyhow::Result<SiteId> {
    let provider = provider_of(pool, provider).await?;
    let site = registry::find_site(pool, provider.id, key).await?;
    site.with_context(|| format!("there is no site '{key}'"))
}
