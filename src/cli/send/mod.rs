//! `taskwatt send`: files of records to a running service, over HTTP, in batches over a few connections.
//! A file is read once and never held in memory; whatever is interrupted goes on where it stopped.

mod client;
mod ledger;
mod refusals;

use super::progress::bar;
use super::record_file::{Batch, Cutter, Format, decompressed};
use super::{INTERRUPTED, interrupted};
use crate::config::{PublicUrl, Secret, key_from_environment};
use anyhow::{Context, ensure};
use clap::{Args, value_parser};
use client::{Client, Outcome};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::{StreamExt, stream};
use indicatif::ProgressBar;
use ledger::{Beginning, Counts, Ledger, Subject};
use refusals::Refusals;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};
use std::process::ExitCode;
use std::time::Duration;
use tokio::sync::oneshot;

/// Send files of records to a running service. The API key comes from the environment variable
/// TASKWATT_KEY or from --key-file; there is no option for the key itself, because the command line
/// stands in the list of processes and in the history of the shell.
///
/// What was stored is kept in FILE.taskwatt-sent, and sending the file again goes on from there. That
/// only saves time: records are known by their ids and counted once. Refused records are listed in
/// FILE.refused.ndjson, with their lines; correct them and send the file again.
#[derive(Args, Debug)]
pub struct SendArgs {
    /// Files: NDJSON (one record a line), or CSV with a header where the name ends in .csv; each plain,
    /// .gz or .zst. A single - is standard input as plain NDJSON, which cannot be resumed.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The service.
    #[arg(long, env = "TASKWATT_URL", default_value = "http://127.0.0.1:8080", value_name = "URL")]
    url: PublicUrl,
    /// A file that holds the API key, instead of TASKWATT_KEY.
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Requests at the same time; also how many batches are held in memory.
    #[arg(long, default_value_t = 4, value_name = "NUMBER", value_parser = value_parser!(u8).range(1..=32))]
    connections: u8,
    /// Records in one request.
    #[arg(long, default_value_t = 5_000, value_name = "NUMBER", value_parser = value_parser!(u16).range(1..=20_000))]
    batch: u16,
    /// How long to try again while nothing is answered, such as 30s, 10m or 2h.
    #[arg(long, default_value = "10m", value_parser = duration, value_name = "TIME")]
    retry_for: Duration,
    /// Send everything, also what was stored before.
    #[arg(long)]
    restart: bool,
}

/// What a key begins with, by which `taskwatt key revoke` tells keys apart as well.
const KEY_START: usize = 12;

/// One run over all files.
struct Run<'a> {
    args: &'a SendArgs,
    client: Client,
    key_start: String,
    counts: Counts,
    /// Faults that were printed.
    printed: u64,
}

pub async fn run(args: &SendArgs) -> anyhow::Result<ExitCode> {
    let key = key(args)?;
    let key_start = key.reveal().chars().take(KEY_START).collect();
    let client = Client::new(args.url.as_str(), key, args.retry_for)?;
    let mut run = Run { args, client, key_start, counts: Counts::default(), printed: 0 };
    let mut signal = pin!(interrupted());
    let mut ended = Ok(Ended::Over);
    for file in &args.files {
        ended = run.send(file, signal.as_mut()).await;
        if !matches!(ended, Ok(Ended::Over)) {
            break;
        }
    }
    let Counts { accepted, duplicates, conflicts, invalid, requests, retries } = run.counts;
    println!(
        "{accepted} accepted, {duplicates} duplicates, {conflicts} conflicts, {invalid} invalid; \
         {requests} requests, {retries} retries"
    );
    Ok(match ended? {
        Ended::Interrupted => {
            eprintln!("interrupted; the same command goes on where this one stopped");
            ExitCode::from(INTERRUPTED)
        }
        Ended::Over if conflicts + invalid > 0 => ExitCode::FAILURE,
        Ended::Over => ExitCode::SUCCESS,
    })
}

enum Ended {
    Over,
    Interrupted,
}

/// Where the bytes of a file come from.
struct Source {
    reader: Box<dyn BufRead + Send>,
    format: Format,
    bar: ProgressBar,
}

impl Run<'_> {
    /// Sends one file and adds what became of it to the counts, also where it fails.
    async fn send(
        &mut self,
        file: &Path,
        signal: Pin<&mut impl Future<Output = ()>>,
    ) -> anyhow::Result<Ended> {
        let is_input = file == Path::new("-");
        let name = if is_input { "standard input".to_owned() } else { file.display().to_string() };
        let source = if is_input { Source::input() } else { Source::open(file) };
        let source = source.with_context(|| format!("cannot open {name}"))?;
        // A pipe can be read once only.
        let is_kept = !is_input && fs::metadata(file).is_ok_and(|metadata| metadata.is_file());
        let mut ledger = if is_kept { self.open_ledger(file, &name)? } else { Ledger::unkept() };
        if ledger.is_complete() {
            self.counts += ledger.counts;
            return Ok(Ended::Over);
        }
        let list = if is_input { Path::new("standard-input") } else { file };
        let mut refusals = Refusals::new(list, &name);
        let mut refused = Counts::default();
        let ended = self
            .send_batches(source, &mut ledger, &mut refusals, &mut refused, signal)
            .await
            .with_context(|| format!("{name} was not sent whole"));
        if matches!(ended, Ok(Ended::Over)) && refused == Counts::default() {
            ledger.complete();
            refusals.clear();
        }
        ledger.save();
        refusals.sum_up();
        self.counts += ledger.counts;
        self.counts += refused;
        ended
    }

    fn open_ledger(&self, file: &Path, name: &str) -> anyhow::Result<Ledger> {
        let subject = Subject::of(file, self.args.url.as_str(), &self.key_start)
            .with_context(|| format!("cannot read {name}"))?;
        let (ledger, beginning) = Ledger::open(file, subject, self.args.restart)?;
        let records = ledger.counts.records();
        match beginning {
            Beginning::First => {}
            Beginning::Changed => eprintln!(
                "{name}: the file, the service or the key changed since the last run; sending from the start"
            ),
            Beginning::Resumed => {
                eprintln!(
                    "{name}: going on where the last run stopped; {records} records were stored before"
                );
            }
            Beginning::Complete => eprintln!(
                "{name}: there is nothing to do, all {records} records were stored before; --restart sends \
                 them again"
            ),
        }
        Ok(ledger)
    }

    async fn send_batches(
        &mut self,
        source: Source,
        ledger: &mut Ledger,
        refusals: &mut Refusals,
        refused: &mut Counts,
        mut signal: Pin<&mut impl Future<Output = ()>>,
    ) -> anyhow::Result<Ended> {
        let Source { reader, format, bar } = source;
        let client = &self.client;
        let tell = |text: &str| bar.suspend(|| eprintln!("{text}"));
        let cutter = Cutter::new(reader, format, self.args.batch.into(), ledger.finished().to_vec());
        // A batch is cut when a connection is free, so that memory holds one for each connection.
        let batches = stream::try_unfold(cutter, |mut cutter| {
            on_thread(move || {
                Ok(cutter.next_batch()?.map(compress).transpose()?.map(|batch| (batch, cutter)))
            })
        });
        let answers = batches.map(|batch| async {
            let mut batch = batch?;
            let body = std::mem::take(&mut batch.body);
            let outcome = client.post(body, batch.lines.len() as u64, format, &tell).await?;
            anyhow::Ok((batch, outcome))
        });
        let mut answers = pin!(answers.buffer_unordered(self.args.connections.into()));
        let ended = loop {
            let answer = tokio::select! {
                // First, so that signals are heeded before anything is sent.
                biased;
                () = signal.as_mut() => break Ended::Interrupted,
                answer = answers.next() => answer,
            };
            let Some(answer) = answer else { break Ended::Over };
            let (batch, outcome) = answer?;
            let Outcome { counts, .. } = outcome;
            if counts.conflicts + counts.invalid == 0 {
                ledger.finish(batch.range, counts);
                ledger.save_now_and_then();
            } else {
                // It is not finished: after a correction, sending the file again sends it again.
                *refused += counts;
                refusals.add(&batch, &outcome, &mut self.printed, &bar)?;
            }
        };
        bar.finish_and_clear();
        Ok(ended)
    }
}

impl Source {
    fn open(file: &Path) -> io::Result<Source> {
        let opened = File::open(file)?;
        let metadata = opened.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let bar =
            if metadata.is_file() { bar(metadata.len(), "Sending", "bytes") } else { ProgressBar::hidden() };
        let reader = decompressed(file, bar.wrap_read(opened))?;
        Ok(Source { reader: Box::new(BufReader::new(reader)), format: Format::of(file), bar })
    }

    fn input() -> io::Result<Source> {
        let reader = BufReader::new(io::stdin());
        Ok(Source { reader: Box::new(reader), format: Format::Ndjson, bar: ProgressBar::hidden() })
    }
}

/// Puts the compressed body in the place of the plain one.
fn compress(batch: Batch) -> io::Result<Batch> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&batch.body)?;
    Ok(Batch { body: encoder.finish()?, ..batch })
}

/// Runs work that blocks on a thread of its own. The runtime's threads would not do: standard input may
/// never end, and the runtime waits for its threads when the process is to stop.
async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    let (done, result) = oneshot::channel();
    std::thread::Builder::new().spawn(move || drop(done.send(work())))?;
    Ok(result.await.context("the thread that reads the file broke off")??)
}

fn key(args: &SendArgs) -> anyhow::Result<Secret> {
    let (key, place) = match &args.key_file {
        Some(file) => {
            let mut text = String::new();
            File::open(file)
                .and_then(|mut opened| opened.read_to_string(&mut text))
                .with_context(|| format!("cannot read the key in {}", file.display()))?;
            (text, file.display().to_string())
        }
        None => {
            let key = key_from_environment().context(
                "an API key is needed: set TASKWATT_KEY, or name a file that holds it with --key-file",
            )?;
            (key.reveal().to_owned(), "TASKWATT_KEY".to_owned())
        }
    };
    let key = key.trim();
    ensure!(
        !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic()),
        "{place} does not hold an API key, which is one word such as twk_…"
    );
    Ok(key.parse()?)
}

/// A time such as 30s, 10m or 2h.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|letter: char| !letter.is_ascii_digit());
    let unit = match &text[digits.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        _ => 0,
    };
    match digits.parse::<u32>() {
        Ok(count) if unit > 0 => Ok(Duration::from_secs(u64::from(count) * unit)),
        _ => Err("must be a whole number of seconds, minutes or hours, such as 30s, 10m or 2h".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_with_its_unit() {
        for (text, seconds) in [("0s", 0), ("30s", 30), ("10m", 600), ("2h", 7200)] {
            assert_eq!(duration(text).unwrap().as_secs(), seconds, "{text}");
        }
        for bad in ["", "10", "m", "1.5m", "-1s", "10 m", "10min", "99999999999s"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
