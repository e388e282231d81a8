//! `taskwatt water-factor …`.

use super::provider_of;
use super::registry::{days, line, said, zone_of};
use crate::db::{Pool, declared::Page, water};
use crate::domain::names::Slug;
use crate::domain::period::beginning_of;
use crate::domain::registry::{MAX_LICENCE_CHARS, MAX_SOURCE_CHARS};
use crate::domain::water::WaterFactor;
use crate::units::WaterUse;
use anyhow::anyhow;
use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum WaterFactorCommand {
    /// Load the water factor of a zone for a time; a later one counts where two overlap.
    Tell(WaterFactorTell),
    /// List every telling of the water factors of a provider.
    List(WaterFactorList),
}

#[derive(Args, Debug)]
pub struct WaterFactorTell {
    /// The zone: a country (DE), a bidding zone (SE-SE3) or another of its codes. It holds for sites of this very
    /// zone.
    zone: String,
    #[arg(long)]
    provider: Slug,
    /// Litres for each kilowatt-hour that is consumed in the zone, such as 1.9.
    #[arg(long)]
    litres_per_kwh: String,
    /// The first day on which it holds (UTC), as 2025-01-01.
    #[arg(long)]
    from: NaiveDate,
    /// The first day on which it no longer holds (UTC).
    #[arg(long)]
    to: NaiveDate,
    /// Where it was published.
    #[arg(long)]
    source: String,
    #[arg(long)]
    licence: String,
}

#[derive(Args, Debug)]
pub struct WaterFactorList {
    #[arg(long)]
    provider: Slug,
}

pub async fn run(pool: &Pool, command: WaterFactorCommand, now: DateTime<Utc>) -> anyhow::Result<()> {
    match command {
        WaterFactorCommand::Tell(args) => tell(pool, args, now).await,
        WaterFactorCommand::List(args) => list(pool, &args.provider).await,
    }
}

async fn tell(pool: &Pool, args: WaterFactorTell, now: DateTime<Utc>) -> anyhow::Result<()> {
    let provider = provider_of(pool, &args.provider).await?;
    let valid = days(args.from, args.to)?;
    let value = WaterUse::parse_litres_per_kwh(&args.litres_per_kwh);
    let factor = WaterFactor {
        // A code of a zone means what it meant when the power was made.
        zone: zone_of(pool, &args.zone, beginning_of(valid.from())).await?,
        valid,
        value: value.map_err(|error| anyhow!("--litres-per-kwh {error}"))?,
        source: line("--source", args.source, MAX_SOURCE_CHARS)?,
        licence: line("--licence", args.licence, MAX_LICENCE_CHARS)?,
    };
    let told = water::tell_factor(pool, provider.id, &factor, now).await;
    said(told, &format!("water factor of zone {}", factor.zone))
}

/// Tellings that are asked for at a time.
const PAGE: i64 = 500;

async fn list(pool: &Pool, provider: &Slug) -> anyhow::Result<()> {
    let provider = provider_of(pool, provider).await?;
    println!("zone\trevision\tfrom\tto\tL/kWh\tsource\tlicence");
    let mut skip = 0;
    loop {
        let found = water::factors(pool, provider.id, Page { skip, limit: PAGE }).await?;
        for telling in &found {
            let what = &telling.what;
            println!(
                "{}\t{}\t{}\t{}\t{}\t{}\t{}",
                what.zone,
                telling.revision,
                what.valid.from(),
                what.valid.to(),
                what.value.litres_per_kwh(),
                // A person's text: what is no plain character must not steer a terminal.
                what.source.escape_debug(),
                what.licence.escape_debug(),
            );
        }
        if (found.len() as i64) < PAGE {
            return Ok(());
        }
        skip += PAGE;
    }
}
