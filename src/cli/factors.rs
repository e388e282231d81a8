//! `taskwatt factors …`: fetching them from their sources; what is kept apart, and letting it be used.

use super::fetch::{self, FetchArgs, schedule};
use crate::db::quarantine::{self, Release};
use crate::db::{Pool, factor_list};
use crate::domain::names::Slug;
use anyhow::bail;
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub enum FactorsCommand {
    /// Fetch grid carbon intensity from a service. Of each zone all pages are stored or none; run again, it
    /// goes on with what is missing, and a value that is stored already makes no revision. Tokens come from
    /// TASKWATT_ELECTRICITY_MAPS_TOKEN, TASKWATT_EMBER_TOKEN and TASKWATT_ENTSOE_TOKEN, or from a file that the
    /// same name with _FILE at its end names.
    Fetch(FetchArgs),
    /// List what a plan fetches, how that went and when it is due next. 'taskwatt serve' fetches it.
    Schedule {
        /// The plan (JSON): {"entries": [{"name": …, "source": …, "zones": […], "set": …, "release": …,
        /// "basis": …, "look_back_days": …, "every_hours": …}]}, and "per_minute" if you like.
        #[arg(long, env = "TASKWATT_FACTOR_PLAN", value_name = "FILE")]
        factor_plan: PathBuf,
    },
    /// List the values that are kept apart because they cannot be true, or need a person to say so.
    Quarantine {
        /// Also those that were released, with by whom and why.
        #[arg(long)]
        all: bool,
    },
    /// Let values that are kept apart be used: they become the next revision of their hours. What is published
    /// does not move.
    Release(ReleaseArgs),
    /// Say which of two sets is taken where both have the same kind of value for a zone and hour: the one with the
    /// higher rank; of equal ones the one registered first. What is published does not move.
    Prefer(PreferArgs),
}

#[derive(Args, Debug)]
pub struct PreferArgs {
    set: Slug,
    #[arg(long, allow_negative_numbers = true, value_parser = clap::value_parser!(i16).range(-1000..=1000))]
    rank: i16,
}

#[derive(Args, Debug)]
pub struct ReleaseArgs {
    /// The number that the list shows.
    number: i32,
    /// Who decides it.
    #[arg(long)]
    by: String,
    /// Why these values are true; it is kept with them.
    #[arg(long)]
    note: String,
}

pub async fn run(pool: &Pool, command: FactorsCommand, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    match command {
        FactorsCommand::Fetch(args) => return fetch::run(pool, &args, now).await,
        FactorsCommand::Schedule { factor_plan } => schedule::list(pool, &factor_plan, now).await?,
        FactorsCommand::Quarantine { all } => list(pool, all).await?,
        FactorsCommand::Release(args) => release(pool, &args, now).await?,
        FactorsCommand::Prefer(args) => prefer(pool, &args, now).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(pool: &Pool, all: bool) -> anyhow::Result<()> {
    let items = quarantine::list(pool, all).await?;
    if items.is_empty() {
        println!("no values are kept apart");
    }
    for item in items {
        println!(
            "{} {} {} {}: {} values from {} to {}; {}",
            item.number,
            item.set_key,
            item.zone,
            item.reason.as_str(),
            item.values,
            item.first_at.format("%Y-%m-%dT%H:%MZ"),
            item.last_at.format("%Y-%m-%dT%H:%MZ"),
            item.detail,
        );
        if let Some((at, by, note)) = item.released {
            println!("    released on {} by {by}: {note}", at.format("%Y-%m-%d"));
        }
    }
    Ok(())
}

async fn release(pool: &Pool, args: &ReleaseArgs, now: DateTime<Utc>) -> anyhow::Result<()> {
    if args.by.trim().is_empty() || args.note.trim().is_empty() {
        bail!("say who decides and why: --by and --note must not be empty");
    }
    match quarantine::release(pool, args.number, args.by.trim(), args.note.trim(), now).await? {
        Release::Released(values) => println!("{values} values are used from now on"),
        Release::Unknown => bail!("nothing is kept apart under the number {}", args.number),
        Release::AlreadyReleased => bail!("these values were released before"),
        Release::Impossible => bail!(
            "a negative intensity, one above 10,000 g/kWh, or the zero of a residual mix, which is no data, is never \
             released"
        ),
    }
    Ok(())
}

async fn prefer(pool: &Pool, args: &PreferArgs, now: DateTime<Utc>) -> anyhow::Result<()> {
    let PreferArgs { set, rank } = args;
    match factor_list::prefer(pool, set, *rank, now).await? {
        Some(before) if before == *rank => println!("{set} had rank {rank} already"),
        Some(before) => {
            println!("{set} has rank {rank}; it had {before}");
            println!(
                "published disclosures do not move; 'taskwatt disclosure impacts' lists those that would differ"
            );
        }
        None => {
            let sets = factor_list::sets(pool).await?;
            let keys: Vec<&str> = sets.iter().map(|summary| summary.set.key.as_str()).collect();
            bail!("there is no set '{set}'; there are {}", keys.join(", "))
        }
    }
    Ok(())
}
