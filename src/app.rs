//! What every request and command works with: built once, cheap to clone.

use crate::config::{CONNECTIONS, DatabaseConfig};
use crate::db::private_postgres::{PrivatePostgres, PrivatePostgresError};
use crate::db::{self, Address, DbError, Pool, maintenance, total};
use crate::domain::equivalent::Household;
use crate::ingest::batches::BatchIds;
use crate::ingest::intake::Store;
use crate::ingest::resolve::GroupCache;
use crate::ingest::writer::Writer;
use crate::intensity::builtin;
use crate::jobs::Jobs;
use crate::publish::worker::{DEFAULT_AT_ONCE, Renderer};
use chrono::{DateTime, Utc};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior};
use uuid::Uuid;

/// The parts that a request needs.
#[derive(Clone, Debug)]
pub struct App {
    pub pool: Pool,
    pub clock: Clock,
    /// The address under which the public reaches the service, without a slash at its end.
    pub public_url: Arc<str>,
    pub store: Store,
    /// Names this process among those that share the database.
    pub instance: Uuid,
    /// How long an API key that was found is trusted without asking the database again.
    pub key_life: Duration,
    /// The household of equivalents, where one is declared.
    pub household: Option<Arc<Household>>,
    /// What makes the files of disclosures.
    pub renderer: Renderer,
    /// Jobs of this process.
    pub jobs: Jobs,
    /// How long a request that starts a job waits for it, unless it asks for another time.
    pub job_patience: Duration,
}

/// As long as most jobs take, and shorter than what clients and what stands between usually allow an answer.
const JOB_PATIENCE: Duration = Duration::from_secs(20);

/// Half a second, so that a revocation holds within one.
const KEY_LIFE: Duration = Duration::from_millis(500);

impl App {
    /// Starts the writer on the current runtime.
    pub fn new(pool: Pool, clock: Clock, public_url: &str) -> App {
        let writer = Writer::spawn(&pool);
        let (groups, batches) = (GroupCache::default(), BatchIds::default());
        let store = Store { pool: pool.clone(), writer, groups, batches };
        App {
            pool,
            clock,
            public_url: public_url.into(),
            store,
            instance: Uuid::new_v4(),
            key_life: KEY_LIFE,
            household: None,
            renderer: Renderer::new(DEFAULT_AT_ONCE),
            jobs: Jobs::new(),
            job_patience: JOB_PATIENCE,
        }
    }

    /// Does again and again what is done beside the requests. It never ends; a service runs it.
    ///
    /// Parts of histograms are put together, months get their partitions ahead of their first record, months that
    /// are over are packed, and answers and faults that were kept for a while are dropped. Several instances may do
    /// so at once.
    pub async fn maintain(self) {
        // Packing may take minutes when many months were imported, and the rest must not wait for it, nor end with it.
        // Both end when this does.
        let mut both = JoinSet::new();
        both.spawn(self.clone().keep_house());
        both.spawn(self.pack());
        while let Some(ended) = both.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a part of maintenance has ended");
            }
        }
    }

    async fn keep_house(self) {
        let mut rounds = rounds(MAINTENANCE);
        loop {
            rounds.tick().await;
            if let Err(error) = maintenance::run(&self.pool, self.clock.now()).await {
                tracing::warn!(%error, "maintenance will be tried again");
            }
        }
    }

    async fn pack(self) {
        let mut rounds = rounds(PACKING);
        loop {
            rounds.tick().await;
            if let Err(error) = total::pack_months(&self.pool, self.clock.now()).await {
                tracing::warn!(%error, "months that are over will be packed later");
            }
        }
    }
}

/// Time from one round of maintenance to the next.
const MAINTENANCE: Duration = Duration::from_secs(5);
/// Time from one look for months that can be packed to the next: every group is looked at, and months are long.
const PACKING: Duration = Duration::from_mins(1);

/// One at once, then one each time after a while; one that takes longer is followed by a whole while.
fn rounds(every: Duration) -> Interval {
    let mut rounds = tokio::time::interval(every);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    rounds
}

/// Where the time comes from; everything below this module is handed the time it needs.
#[derive(Clone, Copy, Debug)]
pub enum Clock {
    System,
    /// Always this instant, for tests.
    Fixed(DateTime<Utc>),
}

impl Clock {
    pub fn now(self) -> DateTime<Utc> {
        match self {
            #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
            Clock::System => Utc::now(),
            Clock::Fixed(instant) => instant,
        }
    }
}

/// An open database, with the private server where there is one.
#[derive(Debug)]
pub struct Database {
    pub pool: Pool,
    private: Option<PrivatePostgres>,
}

/// Why the database could not be opened.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error(transparent)]
    Private(#[from] PrivatePostgresError),
    #[error("the database cannot be opened; check DATABASE_URL and that the server runs")]
    Db(#[from] DbError),
}

impl Database {
    /// Opens the database, starting the private server where that is meant, and brings schema and
    /// built-in data up to date.
    pub async fn open(config: &DatabaseConfig, clock: Clock) -> Result<Database, OpenError> {
        let database = match config {
            DatabaseConfig::Url(url) => {
                let pool = db::connect(Address::Url(url.reveal()), CONNECTIONS, None).await?;
                Database { pool, private: None }
            }
            DatabaseConfig::Private { data_dir } => {
                let data_dir = data_dir.clone();
                let private = blocking(move || PrivatePostgres::start(&data_dir)).await?;
                let address = Address::Socket {
                    directory: private.socket_dir(),
                    port: private.port(),
                    user: private.user(),
                    database: private.database(),
                };
                let pool = db::connect(address, CONNECTIONS, None).await?;
                Database { pool, private: Some(private) }
            }
        };
        db::migrate(&database.pool).await?;
        builtin::load(&database.pool, clock.now()).await?;
        Ok(database)
    }

    /// Closes every connection, and stops the private server where nobody else uses it.
    pub async fn close(self) -> Result<(), OpenError> {
        self.pool.close().await;
        if let Some(private) = self.private {
            blocking(move || private.release()).await?;
        }
        Ok(())
    }
}

/// Runs work that blocks beside the runtime.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        // A panic goes on in the task that waited for it; nothing is cancelled here.
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
