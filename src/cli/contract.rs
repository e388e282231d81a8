//! `taskwatt contract …`.

use super::provider_of;
use super::record_file::decompressed;
use super::registry::{days, said, zone_of};
use crate::db::{Pool, contract, declared::Page};
use crate::domain::contract::{
    Contract, ContractSummary, ContractVolume, MAX_CONTRACT_HOURS, MAX_REFERENCE_CHARS, check_days,
};
use crate::domain::names::Slug;
use crate::domain::period::{Days, beginning_of};
use crate::domain::registry::Telling;
use crate::domain::terms::Instrument;
use crate::units::{EnergyVolume, Intensity};
use anyhow::{Context, anyhow, ensure};
use chrono::{DateTime, NaiveDate, Utc};
use clap::{ArgGroup, Args, Subcommand};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

const BYTE_ORDER_MARK: char = '\u{feff}';

#[derive(Debug, Subcommand)]
pub enum ContractCommand {
    /// Tell what power was bought, or new terms of a contract; its latest terms count. A volume of 0 withdraws
    /// it.
    Tell(Box<ContractTell>),
    /// List every telling of the contracts of a provider.
    List(ContractList),
}

#[derive(Args, Debug)]
#[command(group(ArgGroup::new("volume").required(true).args(["volume_kwh", "hours"])))]
#[command(group(
    ArgGroup::new("factor").required(true).multiple(true).args(["lifecycle_g_per_kwh", "direct_g_per_kwh"])
))]
pub struct ContractTell {
    /// Its name: a-z, 0-9 and -.
    key: Slug,
    #[arg(long)]
    provider: Slug,
    /// guarantee_of_origin, power_purchase_agreement or other_certificate.
    #[arg(long)]
    instrument: Instrument,
    /// The zone whose consumption it may cover, with the zones inside it: a country (DE), a bidding zone
    /// (SE-SE3) or another of its codes.
    #[arg(long)]
    zone: String,
    /// The first day on which its power is made (UTC), as 2025-01-01.
    #[arg(long)]
    from: NaiveDate,
    /// The first day on which it no longer is (UTC), at most 366 days later.
    #[arg(long)]
    to: NaiveDate,
    /// The volume in kilowatt-hours, matched over the time of the contract.
    #[arg(long)]
    volume_kwh: Option<String>,
    /// A file, plain, .gz or .zst, with the volume of each UTC hour in kilowatt-hours, 24 for each day, one a line;
    /// each is matched to its hour.
    #[arg(long, value_name = "FILE")]
    hours: Option<PathBuf>,
    /// The column that holds them, where the file is CSV with a header.
    #[arg(long, requires = "hours", conflicts_with = "volume_kwh", value_name = "COLUMN")]
    hours_column: Option<String>,
    /// Grams of CO2e per kilowatt-hour over the life cycle.
    #[arg(long)]
    lifecycle_g_per_kwh: Option<String>,
    /// Grams of CO2e per kilowatt-hour that are emitted directly.
    #[arg(long)]
    direct_g_per_kwh: Option<String>,
    /// Where it can be looked up: the registry and numbers of certificates, or the name of the agreement.
    #[arg(long)]
    reference: String,
}

#[derive(Args, Debug)]
pub struct ContractList {
    #[arg(long)]
    provider: Slug,
}

pub async fn run(pool: &Pool, command: ContractCommand, now: DateTime<Utc>) -> anyhow::Result<()> {
    match command {
        ContractCommand::Tell(args) => tell(pool, *args, now).await,
        ContractCommand::List(args) => list(pool, &args.provider).await,
    }
}

async fn tell(pool: &Pool, args: ContractTell, now: DateTime<Utc>) -> anyhow::Result<()> {
    let provider = provider_of(pool, &args.provider).await?;
    let valid = days(args.from, args.to)?;
    check_days(valid)?;
    let volume = volume(&args, valid)?;
    let intensity = |text: &Option<String>, argument: &str| {
        let text = text.as_deref();
        let read = text.map(Intensity::parse_grams_per_kwh).transpose();
        read.map_err(|error| anyhow!("{argument} {error}"))
    };
    let reference = args.reference;
    let length = reference.chars().count();
    ensure!(
        !reference.trim().is_empty()
            && length <= MAX_REFERENCE_CHARS
            && !reference.chars().any(char::is_control),
        "--reference must be a text of 1 to {MAX_REFERENCE_CHARS} characters without control characters"
    );
    let contract = Contract {
        key: args.key,
        instrument: args.instrument,
        // A code of a zone means what it meant when the power was made.
        zone: zone_of(pool, &args.zone, beginning_of(valid.from())).await?,
        valid,
        volume,
        lifecycle: intensity(&args.lifecycle_g_per_kwh, "--lifecycle-g-per-kwh")?,
        direct: intensity(&args.direct_g_per_kwh, "--direct-g-per-kwh")?,
        reference,
    };
    let told = contract::tell(pool, provider.id, &contract, now).await;
    said(told, &format!("contract '{}'", contract.key))
}

fn volume(args: &ContractTell, valid: Days) -> anyhow::Result<ContractVolume> {
    if let Some(file) = &args.hours {
        let refused = || format!("the hours of {} were refused", file.display());
        let hours = read_hours(file, args.hours_column.as_deref()).with_context(refused)?;
        return ContractVolume::hourly(hours, valid).with_context(refused);
    }
    let text = args.volume_kwh.as_deref().unwrap_or_default();
    let volume = EnergyVolume::parse_kwh(text).map_err(|error| anyhow!("--volume-kwh {error}"))?;
    Ok(ContractVolume::Annual(volume))
}

/// Volumes, one a line, or of the named column of CSV. Those beyond the longest contract are not kept: one too
/// many is enough to refuse them.
fn read_hours(path: &Path, column: Option<&str>) -> anyhow::Result<Vec<EnergyVolume>> {
    let file = File::open(path).context("it cannot be opened")?;
    let file = BufReader::new(decompressed(path, file)?);
    match column {
        Some(column) => hours_of_column(file, column),
        None => hours_of_lines(file),
    }
}

fn hours_of_lines(file: impl BufRead) -> anyhow::Result<Vec<EnergyVolume>> {
    let mut hours = Vec::new();
    let mut empty: Option<usize> = None;
    for (index, line) in file.lines().take(MAX_CONTRACT_HOURS + 1).enumerate() {
        let (line, number) = (line?, index + 1);
        let text = line.trim_start_matches(BYTE_ORDER_MARK).trim();
        // At the end of a file an empty line is none; between volumes it is one that is missing, and not 0.
        if text.is_empty() {
            empty = empty.or(Some(number));
            continue;
        }
        ensure!(empty.is_none(), "line {} is empty", empty.unwrap_or_default());
        hours.push(volume_of(text, number as u64).map_err(|error| match hours.is_empty() {
            true => anyhow!("{error}; where the file is CSV, name the column with --hours-column"),
            false => error,
        })?);
    }
    Ok(hours)
}

fn hours_of_column(file: impl Read, column: &str) -> anyhow::Result<Vec<EnergyVolume>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
    let found: Vec<String> =
        reader.headers()?.iter().map(|name| name.trim_start_matches(BYTE_ORDER_MARK).to_owned()).collect();
    let index = found
        .iter()
        .position(|name| name == column)
        .with_context(|| format!("it has no column '{column}'; its columns are {}", found.join(", ")))?;
    // The reader leaves the line feed of CRLF unread until the next row, and counts lines by line feeds.
    let unread_line_feed = u64::from(reader.position().line() == 1);
    let rows = reader.records().take(MAX_CONTRACT_HOURS + 1);
    rows.map(|row| {
        let row = row?;
        let line = row.position().map_or(0, csv::Position::line) + unread_line_feed;
        volume_of(row.get(index).unwrap_or_default(), line)
    })
    .collect()
}

fn volume_of(text: &str, line: u64) -> anyhow::Result<EnergyVolume> {
    EnergyVolume::parse_kwh(text).map_err(|error| {
        let shown: String = text.chars().take(40).collect();
        anyhow!("line {line}: '{}' {error}", shown.escape_debug())
    })
}

/// Tellings that are asked for at a time.
const PAGE: i64 = 500;

async fn list(pool: &Pool, provider: &Slug) -> anyhow::Result<()> {
    let provider = provider_of(pool, provider).await?;
    println!(
        "contract\trevision\tinstrument\tzone\tfrom\tto\tmatching\tkWh\tlifecycle g/kWh\tdirect g/kWh\treference"
    );
    let mut skip = 0;
    loop {
        let found = contract::list(pool, provider.id, Page { skip, limit: PAGE }).await?;
        found.iter().for_each(print);
        if (found.len() as i64) < PAGE {
            return Ok(());
        }
        skip += PAGE;
    }
}

fn print(telling: &Telling<ContractSummary>) {
    let what = &telling.what;
    let grams = |intensity: Option<Intensity>| {
        intensity.map_or_else(|| "-".to_owned(), |value| value.grams_per_kwh().to_string())
    };
    println!(
        "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
        what.key,
        telling.revision,
        what.instrument.as_str(),
        what.zone,
        what.valid.from(),
        what.valid.to(),
        what.matching.as_str(),
        what.volume.kilowatt_hours(),
        grams(what.lifecycle),
        grams(what.direct),
        // A person's text: what is no plain character must not steer a terminal.
        what.reference.escape_debug(),
    );
}
