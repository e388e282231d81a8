//! `taskwatt import …`: files, by the same functions as the API.

use super::progress::bar;
use super::provider_of;
use super::record_file::{Cutter, Format, decompressed, field_of};
use crate::app::{App, Clock};
use crate::db::Pool;
use crate::db::record::Mode;
use crate::domain::batch::{Content, Counts};
use crate::domain::factor::FactorSet;
use crate::domain::key::{ApiKey, KeyLimits};
use crate::domain::names::Slug;
use crate::domain::record::KeySpace;
use crate::domain::terms::{Basis, FactorKind, Perimeter, Scope};
use crate::ingest::intake::Intake;
use crate::ingest::object::Context;
use crate::ingest::{self, CHUNK_RECORDS as CHUNK, Chunks, RECORDS};
use crate::intensity::csv_series::{self, Columns, DoubledHour, LocalTimes};
use crate::intensity::import::{self, readings_of, resolution_of, terms_of};
use crate::intensity::source::Readings;
use crate::intensity::zones::Zones;
use anyhow::{Context as _, bail};
use chrono_tz::Tz;
use clap::{ArgGroup, Args, Subcommand};
use indicatif::ProgressBar;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Import records from an NDJSON file, plain, .gz or .zst. It can be interrupted and repeated: records
    /// are known by their ids and counted once.
    Records(ImportRecords),
    /// Import grid carbon intensity from a file, plain, .gz or .zst: all of it or nothing. A value that
    /// changed becomes a new revision; one that cannot be true is kept apart.
    Factors(Box<ImportFactors>),
}

#[derive(Args, Debug)]
pub struct ImportRecords {
    /// The file, one record a line.
    file: PathBuf,
    #[arg(long)]
    provider: Slug,
}

#[derive(Args, Debug)]
#[command(group(ArgGroup::new("place").args(["zone", "zone_column"])))]
pub struct ImportFactors {
    /// The file: of Electricity Maps, Ember, ENTSO-E, the GB Carbon Intensity API or Energy-Charts, which are
    /// known by what they hold; or any CSV with a header, whose columns you name.
    file: PathBuf,
    /// The zone that the series is of, where the file does not say it: DE, SE-SE3, an EIC, a region of a cloud
    /// such as aws:eu-central-1.
    #[arg(long)]
    zone: Option<String>,
    /// The name of the factor set; a set has one source, licence, release, basis and perimeter.
    #[arg(long)]
    set: Slug,
    /// The edition of the source, such as 2024-01.
    #[arg(long)]
    release: String,
    #[arg(long)]
    basis: Basis,
    /// What the values are of: average, or residual, the mix that is left for market-based figures when
    /// certificates are taken out. Residual mixes come in a CSV file whose columns you name; a value of 0 is kept
    /// apart, because sources write it for no data. Marginal intensities are refused.
    #[arg(long, default_value = "average")]
    kind: FactorKind,
    /// Whose data it is; known for files of known sources, as are licence, attribution and perimeter.
    #[arg(long, requires = "value_column")]
    source: Option<String>,
    #[arg(long)]
    licence: Option<String>,
    /// The credit that the licence asks for.
    #[arg(long)]
    attribution: Option<String>,
    #[arg(long)]
    perimeter: Option<Perimeter>,
    /// The column that holds the beginning of each hour, half hour or quarter, or the month (2024-05) or the year
    /// (2024).
    #[arg(long, default_value = "datetime_utc")]
    time_column: String,
    /// The column that holds grams of CO2e per kilowatt-hour, in a CSV file of another source.
    #[arg(long, requires_all = ["place", "source", "licence", "attribution", "perimeter"])]
    value_column: Option<String>,
    /// The column that holds the zone of each row, in a CSV file of several.
    #[arg(long, requires = "value_column")]
    zone_column: Option<String>,
    /// The column that says true where the source estimated the value.
    #[arg(long, requires = "value_column")]
    estimated_column: Option<String>,
    /// Times without an offset are UTC; without this or --time-zone they are refused.
    #[arg(long, requires = "value_column")]
    times_are_utc: bool,
    /// Times without an offset stood on the clocks of this time zone, such as Europe/Berlin.
    #[arg(long, requires = "value_column", conflicts_with = "times_are_utc", value_parser = time_zone)]
    time_zone: Option<Tz>,
    /// Which is meant where a time stood on the clocks twice, because they were put back: in-order (the first
    /// row of the two is summer time, the next one winter time), or first or second, where the file holds one
    /// of the two alone. Without this such a time is refused.
    #[arg(long, requires = "time_zone")]
    doubled_hour: Option<DoubledHour>,
}

fn time_zone(name: &str) -> Result<Tz, String> {
    name.parse().map_err(|_| "not a time zone of IANA; there are such as Europe/Berlin".to_owned())
}

impl ImportFactors {
    /// What times without an offset mean.
    fn local_times(&self) -> LocalTimes {
        match (self.time_zone, self.times_are_utc) {
            (Some(time_zone), _) => {
                LocalTimes::In { time_zone, doubled: self.doubled_hour.unwrap_or_default() }
            }
            (None, true) => LocalTimes::Utc,
            (None, false) => LocalTimes::Refused,
        }
    }
}

pub async fn run(pool: &Pool, command: ImportCommand) -> anyhow::Result<ExitCode> {
    match command {
        ImportCommand::Records(args) => records(pool, &args).await,
        ImportCommand::Factors(args) => factors(pool, &args).await,
    }
}

/// Longest file of a source, decompressed: a year of quarter hours of all zones is about 200 MB.
const MAX_FILE_BYTES: u64 = 512 << 20;
/// Faults that are printed; the total is always told.
const MAX_PRINTED: usize = 50;

/// What became of the records so far. It is told when the import ends, however it ends: also when it is
/// interrupted, which drops it.
struct Tally {
    progress: ProgressBar,
    total: Counts,
    faults: usize,
}

impl Drop for Tally {
    fn drop(&mut self) {
        self.progress.finish_and_clear();
        let Counts { accepted, duplicates, conflicts, invalid } = self.total;
        let counts =
            format!("{accepted} accepted, {duplicates} duplicates, {conflicts} conflicts, {invalid} invalid");
        // Nobody may be reading any more.
        drop(writeln!(io::stdout(), "{counts}"));
    }
}

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
    let file = File::open(&args.file).with_context(|| format!("cannot open {}", args.file.display()))?;
    let mut tally = Tally { progress: bar(size, "Importing", "bytes"), total: Counts::default(), faults: 0 };
    let reader = BufReader::new(decompressed(&args.file, tally.progress.wrap_read(file))?);
    let format = Format::of(&args.file);
    let wire = match format {
        Format::Csv => ingest::Format::Csv,
        Format::Ndjson => ingest::Format::Ndjson,
    };
    let mut cutter = Cutter::new(reader, format, CHUNK, Vec::new());
    while let Some(chunk) = cutter.next_batch().context("cannot read the file")? {
        let now = app.clock.now();
        let (parsed, _) = Chunks::new(wire, &*chunk.body).next(CHUNK, &RECORDS, &Context { keys, now })?;
        let mut intake = Intake::new(&app.store, &key, Content::Records, Mode::WhatCan, now);
        intake.push_records(parsed, true).await?;
        let receipt = intake.finish();
        for fault in receipt.faults.iter().take(MAX_PRINTED.saturating_sub(tally.faults)) {
            let (line, pointer) = chunk.place(&fault.pointer);
            let field = field_of(pointer);
            tally.progress.suspend(|| eprintln!("line {line}{field}: {}", fault.detail));
        }
        tally.faults += usize::try_from(receipt.faults_total).unwrap_or(usize::MAX);
        tally.total.add(receipt.counts);
    }
    Ok(if tally.faults == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn factors(pool: &Pool, args: &ImportFactors) -> anyhow::Result<ExitCode> {
    import::check_kind(args.kind)?;
    if args.kind == FactorKind::Residual && args.value_column.is_none() {
        bail!(
            "files of known sources hold averages: name the column of the residual mix with --value-column"
        );
    }
    let now = Clock::System.now();
    let zones = Zones::load(pool).await?;
    let zone = args.zone.as_deref().map(|zone| zones.resolve(zone, now)).transpose()?;
    let refused = || format!("{} was refused, and nothing of it is imported", args.file.display());
    let file = File::open(&args.file).with_context(|| format!("cannot open {}", args.file.display()))?;
    let reader = decompressed(&args.file, file)?;
    let (readings, terms) = match &args.value_column {
        Some(value) => {
            let columns = Columns {
                time: args.time_column.clone(),
                value: value.clone(),
                estimated: args.estimated_column.clone(),
                zone: args.zone_column.clone(),
                local_times: args.local_times(),
                kind: args.kind,
                basis: args.basis,
            };
            let series = csv_series::read(reader, zone.as_deref().unwrap_or_default(), &columns)
                .with_context(refused)?;
            let values = readings_of(series.values);
            (Readings { values, without_value: series.rows_without_value, ..Readings::default() }, None)
        }
        None => {
            let mut bytes = Vec::new();
            reader.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).with_context(refused)?;
            if bytes.len() as u64 > MAX_FILE_BYTES {
                bail!("{}: it is longer than {MAX_FILE_BYTES} bytes", refused());
            }
            let (format, readings) =
                import::read(&bytes, zone.as_deref(), args.basis, &zones).with_context(refused)?;
            (readings, terms_of(format))
        }
    };
    let text = |given: &Option<String>, known: Option<&str>, name: &str| {
        let known = known.map(str::to_owned);
        given.clone().or(known).with_context(|| format!("name the {name} of the set"))
    };
    let set = FactorSet {
        key: args.set.clone(),
        source: text(&args.source, terms.map(|terms| terms.source), "source")?,
        licence: text(&args.licence, terms.map(|terms| terms.licence), "licence")?,
        attribution: text(&args.attribution, terms.map(|terms| terms.attribution), "attribution")?,
        release: args.release.clone(),
        kind: args.kind,
        basis: args.basis,
        perimeter: args
            .perimeter
            .or(terms.map(|terms| terms.perimeter))
            .context("name the perimeter of the set")?,
        resolution: resolution_of(&readings.values).with_context(refused)?,
    };
    let progress = bar(readings.values.len() as u64, "Importing", "values");
    let stored = |done| progress.set_position(done);
    let imported = import::store(pool, &set, readings.values, now, &stored).await.with_context(refused)?;
    progress.finish_and_clear();
    println!(
        "{} values written, {} unchanged, {} rows without a value",
        imported.written, imported.unchanged, readings.without_value
    );
    if imported.quarantined > 0 {
        println!(
            "{} values cannot be true, or need a person to say so: 'taskwatt factors quarantine' lists them",
            imported.quarantined
        );
    }
    Ok(ExitCode::SUCCESS)
}
