//! The fault harness of ingestion: clients with retries post to a real service on a durable Postgres,
//! while services and servers are killed, the disk fills up, commits are slow and connections break. After
//! each round, every record that was acknowledged must be stored once, exactly as it was sent, and
//! every total must be the sum of its records.
//!
//! `cargo test` runs each kind of fault once; `scripts/faults` runs for as long as one likes. What is
//! done and when is drawn from a seed, which is printed; how the processes interleave is not.
#![cfg(target_os = "linux")]

mod check;
mod client;
mod faults;
mod journal;
mod postgres;
mod records;
mod request;
mod service;
mod shim;
mod world;

use client::Tally;
use faults::Kind;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use world::{Report, World};

/// What to run; `scripts/faults` sets it.
struct Settings {
    seed: u64,
    first_round: u64,
    rounds: u64,
    /// Run until this much time is over, whatever `rounds` says.
    minutes: Option<u64>,
}

impl Settings {
    fn read() -> Settings {
        #[expect(clippy::disallowed_methods, reason = "tests have no configuration but this")]
        let number = |name: &str| {
            let text = std::env::var(name).ok()?;
            Some(text.parse::<u64>().unwrap_or_else(|_| panic!("{name}={text} is not a whole number")))
        };
        let drawn = || {
            let mut random = [0; 4];
            getrandom::fill(&mut random).unwrap();
            u32::from_ne_bytes(random).into()
        };
        Settings {
            seed: number("FAULTS_SEED").unwrap_or_else(drawn),
            first_round: number("FAULTS_FIRST").unwrap_or(0),
            rounds: number("FAULTS_ROUNDS").unwrap_or(Kind::ALL.len() as u64),
            minutes: number("FAULTS_MINUTES"),
        }
    }

    fn is_over(&self, done: u64, began: Instant) -> bool {
        match self.minutes {
            Some(minutes) => began.elapsed() >= Duration::from_mins(minutes),
            None => done >= self.rounds,
        }
    }
}

/// The kind of a round: every run of as many rounds as there are kinds has each once, in an order of
/// its own.
fn kind_of(seed: u64, round: u64) -> Kind {
    let kinds = Kind::ALL.len() as u64;
    let mut order = Kind::ALL.to_vec();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed ^ (round / kinds).rotate_left(32)));
    order[(round % kinds) as usize]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_stored_once_and_counted_once_whatever_fails() {
    let settings = Settings::read();
    let seed = settings.seed;
    let dir = std::env::temp_dir().join(format!("taskwatt-faults-{}", std::process::id()));
    fs::create_dir(&dir).unwrap();
    let dir: PathBuf = fs::canonicalize(dir).unwrap();
    println!("seed {seed}; repeat with: scripts/faults --seed {seed}. The logs are in {}", dir.display());

    let began = Instant::now();
    let mut world = World::new(&dir).await;
    let mut reports = Vec::new();
    // A fault may fall between two writes; the order then goes on until each kind struck, at most twice more.
    let goes_on = |reports: &[Report]| {
        let done = reports.len() as u64;
        !settings.is_over(done, began)
            || settings.minutes.is_none() && done < 3 * settings.rounds && without_effect(reports).is_some()
    };
    while goes_on(&reports) {
        let round = settings.first_round + reports.len() as u64;
        let kind = kind_of(seed, round);
        match world.round(seed, round, kind).await {
            Ok(report) => {
                println!("{report}");
                reports.push(report);
            }
            Err(violation) => panic!(
                "seed {seed}, round {round} ({kind:?}): {violation}\n\
                 Repeat it with: scripts/faults --seed {seed} --first {round} --rounds 1\n\
                 or from the beginning: scripts/faults --seed {seed} --rounds {}",
                round + 1
            ),
        }
    }
    world.start_services(0).await;
    world.server.kill().await;
    println!("{}", summary(&reports, seed, began.elapsed()));
    assert_faults_struck(&reports);
    fs::remove_dir_all(&dir).unwrap();
}

/// A harness whose faults do nothing would prove nothing. That a process was killed, its end has told.
fn assert_faults_struck(reports: &[Report]) {
    let missed = without_effect(reports);
    assert!(missed.is_none(), "no fault {missed:?} had any effect");
}

/// A kind of which no round had any effect.
fn without_effect(reports: &[Report]) -> Option<Kind> {
    [Kind::DiskFull, Kind::CommitsDelayed, Kind::ConnectionsCut].into_iter().find(|kind| {
        let mut of_kind = reports.iter().filter(|report| report.kind == *kind).peekable();
        let struck = |report: &Report| match kind {
            Kind::DiskFull => report.struck.refused() > 0,
            Kind::CommitsDelayed => report.struck.delayed > 0,
            _ => report.tally.cuts > 0,
        };
        of_kind.peek().is_some() && !of_kind.any(struck)
    })
}

fn summary(reports: &[Report], seed: u64, took: Duration) -> String {
    let mut kinds: BTreeMap<Kind, (usize, Tally, Duration)> = BTreeMap::new();
    let mut internal = Vec::new();
    for report in reports {
        let (rounds, tally, longest) = kinds.entry(report.kind).or_default();
        *rounds += 1;
        tally.add(report.tally.clone());
        *longest = report.recoveries.iter().copied().fold(*longest, Duration::max);
        internal.extend(&report.tally.internal);
    }
    let mut text = format!("seed {seed}: {} rounds in {} s, nothing lost", reports.len(), took.as_secs());
    for (kind, (rounds, tally, longest)) in kinds {
        text += &format!(
            "\n{kind:?}: {rounds} rounds, {} requests, {} records, {} retries, {} cut, back after at most {} ms",
            tally.requests,
            tally.records,
            tally.retries,
            tally.cuts,
            longest.as_millis()
        );
    }
    internal.sort();
    internal.dedup();
    for answer in internal.iter().take(3) {
        text += &format!("\nanswered instead of 503: {answer}");
    }
    text
}
