//! Everything that a round runs on: the server, a database with a provider, the instances of the
//! service, and the journal of that database.

use crate::check;
use crate::client::{Lane, Progress, Tally};
use crate::faults::{Director, Kind};
use crate::journal::{Journal, Violation};
use crate::postgres::Server;
use crate::records::{Draft, MODELS, PROVIDER, SERVICES, SITES};
use crate::service::{self, Service};
use crate::shim::Struck;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sqlx::Executor;
use std::fmt;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// Rounds on one database. What an early round stored has to outlive the faults of the later ones, but
/// reading everything must not come to take longer than the faults.
const ROUNDS_PER_DATABASE: u64 = 12;
/// A round that takes longer hangs.
const ROUND_TIMEOUT: Duration = Duration::from_mins(5);

pub struct World {
    pub server: Server,
    pub services: Vec<Service>,
    dir: PathBuf,
    rounds: u64,
    database: String,
    key: String,
    addresses: watch::Sender<Vec<String>>,
    journal: Arc<Mutex<Journal>>,
}

/// What a round did.
pub struct Report {
    pub round: u64,
    pub kind: Kind,
    pub instances: usize,
    pub tally: Tally,
    pub recoveries: Vec<Duration>,
    pub struck: Struck,
    /// Records in the database afterwards, of all rounds on it.
    pub stored: usize,
    pub took: Duration,
}

impl World {
    pub async fn new(dir: &Path) -> World {
        World {
            server: Server::start(dir).await,
            services: Vec::new(),
            dir: dir.to_path_buf(),
            rounds: 0,
            database: String::new(),
            key: String::new(),
            addresses: watch::Sender::new(Vec::new()),
            journal: Arc::default(),
        }
    }

    /// Runs the load of one round under faults of one kind, then checks everything. What happens is
    /// drawn from the seed and the round's number alone.
    pub async fn round(&mut self, seed: u64, round: u64, kind: Kind) -> Result<Report, Violation> {
        if self.rounds.is_multiple_of(ROUNDS_PER_DATABASE) {
            self.renew_database().await;
        }
        self.rounds += 1;
        let began = Instant::now();
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(round);
        let instances = kind.instances(&mut random);
        self.start_services(instances).await;
        let before = self.server.shim.struck();
        let progress = Arc::new(watch::Sender::new(Progress::default()));
        let (mut lanes, requests) = self.start_lanes(round, kind, &progress, &mut random);
        let watched = progress.subscribe();
        let mut director = Director { world: self, kind, requests, progress: watched, random };
        let load = async {
            let mut tally = Tally::default();
            while let Some(done) = lanes.join_next().await {
                tally.add(done.map_err(|error| format!("a lane ended: {error}"))??);
            }
            Ok::<Tally, Violation>(tally)
        };
        let faults = async { Ok(director.run().await) };
        let done = timeout(ROUND_TIMEOUT, async { tokio::try_join!(load, faults) }).await;
        let (tally, recoveries) =
            done.map_err(|_| format!("the round does not end: {:?}", *progress.borrow()))??;
        let stored = self.check().await?;
        let struck = self.server.shim.struck() - before;
        let took = began.elapsed();
        Ok(Report { round, kind, instances, tally, recoveries, struck, stored, took })
    }

    /// Starts the lanes; answers them, and how many requests they will send together.
    fn start_lanes(
        &self,
        round: u64,
        kind: Kind,
        progress: &Arc<watch::Sender<Progress>>,
        random: &mut ChaCha8Rng,
    ) -> (JoinSet<Result<Tally, Violation>>, usize) {
        let shared: Vec<Arc<Draft>> = (0..random.random_range(10..100))
            .map(|index| Arc::new(Draft::new(&format!("r{round}-shared-{index}"), random)))
            .collect();
        let shared = Arc::new(shared);
        let lanes = random.random_range(4..=7);
        let requests = random.random_range(12..=24);
        let (one_cut_in, max_records) = (kind.one_cut_in(random), random.random_range(20..=300));
        let mut running = JoinSet::new();
        for lane in 0..lanes {
            let lane = Lane {
                name: format!("r{round}-{lane}"),
                requests,
                max_records,
                one_cut_in,
                key: self.key.clone(),
                shared: Arc::clone(&shared),
                addresses: self.addresses.subscribe(),
                progress: Arc::clone(progress),
                journal: Arc::clone(&self.journal),
                random: ChaCha8Rng::from_rng(random),
            };
            running.spawn(lane.run());
        }
        (running, lanes * requests)
    }

    /// Compares what is stored with what was sent, and the totals with the records.
    async fn check(&mut self) -> Result<usize, Violation> {
        if !self.services.iter_mut().all(Service::lives) {
            return Err("the service ended by itself; see service.log".to_owned());
        }
        let mut connection = self.server.connect(&self.database).await.map_err(|error| error.to_string())?;
        let stored = check::read(&mut connection).await.map_err(|error| error.to_string())?;
        let stored = check::check(&stored, &self.journal.lock().unwrap())?;
        let output = service::run(&self.server.url(&self.database), &["totals", "check"]).await;
        if !output.status.success() {
            let told = [output.stdout, output.stderr].concat();
            return Err(format!("taskwatt totals check: {}", String::from_utf8_lossy(&told)));
        }
        Ok(stored)
    }

    /// Ends the services, and goes on with a new database and a new journal.
    async fn renew_database(&mut self) {
        self.start_services(0).await;
        let old = mem::replace(&mut self.database, format!("faults_{}", self.rounds));
        let mut connection = self.server.connect("postgres").await.unwrap();
        let mut sql = format!("CREATE DATABASE {}", self.database);
        connection.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        if !old.is_empty() {
            sql = format!("DROP DATABASE {old} WITH (FORCE)");
            connection.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
        }
        let url = self.server.url(&self.database);
        service::run_well(&url, &["provider", "add", PROVIDER, "--name", "Acme"]).await;
        for (what, keys) in [("service", SERVICES), ("model", MODELS)] {
            for key in keys {
                service::run_well(&url, &[what, "add", key, "--provider", PROVIDER, "--name", key]).await;
            }
        }
        for (key, zone) in SITES.iter().zip(["DE", "SE"]) {
            let site = ["site", "add", key, "--provider", PROVIDER, "--name", key, "--zone", zone];
            service::run_well(&url, &site).await;
        }
        self.key = service::run_well(&url, &["key", "create", "--provider", PROVIDER]).await;
        self.journal = Arc::default();
    }

    /// Starts or stops services until there are so many.
    pub async fn start_services(&mut self, instances: usize) {
        while self.services.len() > instances {
            self.services.pop().unwrap().stop().await;
        }
        let url = self.server.url(&self.database);
        while self.services.len() < instances {
            self.services.push(Service::start(&url, &self.dir.join("service.log")).await);
        }
        let addresses = self.services.iter().map(|service| service.address.clone()).collect();
        self.addresses.send_replace(addresses);
    }

    /// SIGKILL for every instance. Clients go on trying where they listened.
    pub async fn kill_services(&mut self) {
        for service in self.services.drain(..) {
            service.kill().await;
        }
    }
}

impl Tally {
    pub fn add(&mut self, other: Tally) {
        self.requests += other.requests;
        self.records += other.records;
        self.retries += other.retries;
        self.cuts += other.cuts;
        self.internal.extend(other.internal);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { requests, records, retries, cuts, internal } = &self.tally;
        let recoveries: Vec<String> =
            self.recoveries.iter().map(|recovery| format!("{} ms", recovery.as_millis())).collect();
        write!(f, "round {} {:?}, {} instance(s): ", self.round, self.kind, self.instances)?;
        write!(f, "{requests} requests, {records} records acknowledged, {retries} retries, {cuts} cut; ")?;
        if !recoveries.is_empty() {
            write!(f, "back after {}; ", recoveries.join(", "))?;
        }
        let Struck { refused_wal, refused_heap, refused_other, delayed } = self.struck;
        if self.struck.refused() > 0 {
            write!(
                f,
                "no space for WAL {refused_wal}, tables {refused_heap}, other {refused_other} times; "
            )?;
        }
        if delayed > 0 {
            write!(f, "{delayed} syncs delayed; ")?;
        }
        if !internal.is_empty() {
            write!(f, "{} answers 5xx other than 503; ", internal.len())?;
        }
        write!(f, "{} stored and right, {:.1} s", self.stored, self.took.as_secs_f64())
    }
}
