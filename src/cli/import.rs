//! `taskwatt import …`: files, by the same functions as the API.

use super::progress::bar;
use super::{provider_of, registry::check_zone};
use crate::app::{App, Clock};
use crate::db::record::Mode;
use crate::db::{DbError, Pool, factor};
use crate::domain::batch::{Content, Counts};
use crate::domain::factor::FactorSet;
use crate::domain::key::{ApiKey, KeyLimits};
use crate::domain::names::Slug;
use crate::domain::record::KeySpace;
use crate::domain::terms::{Basis, Perimeter, Resolution, Scope};
use crate::ingest::intake::Intake;
use crate::ingest::ndjson::Lines;
use crate::ingest::object::Context;
use crate::ingest::{CHUNK_RECORDS as CHUNK, RECORDS};
use crate::intensity::csv_series::{self, Columns, LocalTimes};
use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Import records from an NDJSON file, plain or gzip. It can be repeated: records are known by
    /// their ids and counted once.
    Records(ImportRecords),
    /// Import an hourly series of grid carbon intensity from a CSV file, plain or gzip: all of it or
    /// nothing. A value that changed becomes a new revision.
    Factors(ImportFactors),
}

#[derive(Args, Debug)]
pub struct ImportRecords {
    /// The file, one record a line.
    file: PathBuf,
    #[arg(long)]
    provider: Slug,
}

#[derive(Args, Debug)]
pub struct ImportFactors {
    /// The file, with a header.
    file: PathBuf,
    /// The zone that the series is of.
    #[arg(long)]
    zone: String,
    /// The name of the factor set; a set has one source, licence, release, basis and perimeter.
    #[arg(long)]
    set: Slug,
    #[arg(long)]
    source: String,
    #[arg(long)]
    licence: String,
    /// The credit that the licence asks for.
    #[arg(long)]
    attribution: String,
    /// The edition of the source, such as 2024-01.
    #[arg(long)]
    release: String,
    #[arg(long)]
    basis: Basis,
    #[arg(long)]
    perimeter: Perimeter,
    /// The column that holds the beginning of each hour.
    #[arg(long, default_value = "datetime_utc")]
    time_column: String,
    /// The column that holds grams of CO2e per kilowatt-hour.
    #[arg(long)]
    value_column: String,
    /// The column that says true where the source estimated the value.
    #[arg(long)]
    estimated_column: Option<String>,
    /// Times without a zone are UTC; without this they are refused.
    #[arg(long)]
    times_are_utc: bool,
}

pub async fn run(pool: &Pool, command: ImportCommand) -> anyhow::Result<ExitCode> {
    match command {
        ImportCommand::Records(args) => records(pool, &args).await,
        ImportCommand::Factors(args) => factors(pool, &args).await,
    }
}

/// Faults that are printed; the total is always told.
const MAX_PRINTED: usize = 50;

async fn records(pool: &Pool, args: &ImportRecords) -> anyhow::Result<ExitCode> {
    let provider = provider_of(pool, &args.provider).await?;
    let key = ApiKey {
        id: None,
        provider: provider.id,
        provider_key: provider.key,
        scopes: vec![Scope::RecordsWrite],
        expires_at: None,
        limits: KeyLimits::default(),
    };
    let keys = KeySpace::of(&key.provider_key);
    let app = App::new(pool.clone(), Clock::System, "");
    let size = args.file.metadata().map(|metadata| metadata.len()).unwrap_or(0);
    let progress = bar(size, "Importing", "bytes");
    let file = File::open(&args.file).with_context(|| format!("cannot open {}", args.file.display()))?;
    let mut lines = BufReader::new(decompressed(&args.file, progress.wrap_read(file))?);
    let (mut total, mut faults_total) = (Counts::default(), 0);
    let mut first_line = 1;
    loop {
        let (chunk, count) = read_lines(&mut lines).context("cannot read the file")?;
        if count == 0 {
            break;
        }
        let now = app.clock.now();
        if !chunk.trim_ascii().is_empty() {
            let context = Context { keys, now };
            let (parsed, _) = Lines::new(&*chunk).chunk(CHUNK, &RECORDS, &context)?;
            let mut intake = Intake::new(&app.store, &key, Content::Records, Mode::WhatCan, now);
            intake.push_records(parsed, true).await?;
            let receipt = intake.finish();
            for fault in receipt.faults.iter().take(MAX_PRINTED.saturating_sub(faults_total)) {
                let (line, field) = file_position(&fault.pointer, first_line);
                progress.suspend(|| eprintln!("line {line}{field}: {}", fault.detail));
            }
            faults_total += usize::try_from(receipt.faults_total).unwrap_or(usize::MAX);
            total.add(receipt.counts);
        }
        first_line += count;
    }
    progress.finish_and_clear();
    println!(
        "{} accepted, {} duplicates, {} conflicts, {} invalid",
        total.accepted, total.duplicates, total.conflicts, total.invalid
    );
    Ok(if faults_total == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Longest line of a file; no record is nearly as long.
const MAX_LINE_BYTES: u64 = 1024 * 1024;
/// Bytes after which a chunk takes no further line.
const MAX_CHUNK_BYTES: usize = 32 * 1024 * 1024;

/// Up to a chunk of whole lines, and their number.
fn read_lines(lines: &mut impl BufRead) -> std::io::Result<(Vec<u8>, usize)> {
    let mut chunk = Vec::new();
    let mut count = 0;
    while count < CHUNK && chunk.len() < MAX_CHUNK_BYTES {
        let read = lines.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut chunk)?;
        if read == 0 {
            break;
        }
        if read as u64 == MAX_LINE_BYTES {
            return Err(std::io::Error::other(format!("a line is longer than {MAX_LINE_BYTES} bytes")));
        }
        count += 1;
    }
    Ok((chunk, count))
}

/// The line of the file and the field that a pointer into a chunk means: `/3/energy_wh`.
fn file_position(pointer: &str, first_line: usize) -> (usize, String) {
    let mut tokens = pointer.splitn(3, '/').skip(1);
    let index: usize = tokens.next().and_then(|index| index.parse().ok()).unwrap_or(0);
    let field = tokens.next().map_or_else(String::new, |field| format!(", {field}"));
    (first_line + index, field)
}

/// A reader that decompresses where the name ends in .gz.
fn decompressed<'a>(path: &Path, file: impl Read + 'a) -> anyhow::Result<Box<dyn Read + 'a>> {
    Ok(match path.extension().and_then(|extension| extension.to_str()) {
        Some("gz") => Box::new(MultiGzDecoder::new(file)),
        _ => Box::new(file),
    })
}

async fn factors(pool: &Pool, args: &ImportFactors) -> anyhow::Result<ExitCode> {
    check_zone(pool, &args.zone).await?;
    let columns = Columns {
        time: args.time_column.clone(),
        value: args.value_column.clone(),
        estimated: args.estimated_column.clone(),
        local_times: if args.times_are_utc { LocalTimes::Utc } else { LocalTimes::Refused },
        basis: args.basis,
    };
    let file = File::open(&args.file).with_context(|| format!("cannot open {}", args.file.display()))?;
    let series = csv_series::read(decompressed(&args.file, file)?, &args.zone, &columns)
        .with_context(|| format!("{} was refused, and nothing of it is imported", args.file.display()))?;
    let set = FactorSet {
        key: args.set.clone(),
        source: args.source.clone(),
        licence: args.licence.clone(),
        attribution: args.attribution.clone(),
        release: args.release.clone(),
        basis: args.basis,
        perimeter: args.perimeter,
        resolution: Resolution::Hour,
    };
    let progress = bar(series.values.len() as u64, "Importing", "values");
    let stored = |done| progress.set_position(done);
    let imported = match factor::import(pool, &set, &series.values, Clock::System.now(), &stored).await {
        Ok(imported) => imported,
        Err(DbError::Taken { .. }) => bail!(
            "the set '{}' is there with another source, licence, attribution, release, basis or perimeter; \
             choose another name with --set",
            args.set
        ),
        Err(error) => return Err(error.into()),
    };
    progress.finish_and_clear();
    println!(
        "{} values written, {} unchanged, {} rows without a value",
        imported.written, imported.unchanged, series.rows_without_value
    );
    Ok(ExitCode::SUCCESS)
}
