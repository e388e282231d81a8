//! All SQL, one file per family of tables. Each function holds one statement or one transaction and
//! returns domain types; nothing above this module knows `sqlx`.

pub mod authority_pack;
pub mod batch;
pub mod breakdown;
pub mod budget;
pub mod budget_event;
pub mod check;
pub mod contract;
pub mod declared;
pub mod disclosure;
pub mod embodied;
mod error;
pub mod evidence;
pub mod factor;
pub mod factor_fetch;
pub mod factor_list;
pub mod finding;
pub mod group;
pub mod idempotency;
pub mod impact;
pub mod job;
pub mod key;
pub mod maintenance;
pub mod meter_class;
pub mod private_postgres;
pub mod quarantine;
pub mod record;
pub mod register;
pub mod registry;
pub mod served;
pub mod service_text;
mod sums;
pub mod total;
pub mod training;
pub mod water;
pub mod window;
pub mod zone;

pub use error::DbError;

use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

/// The pool of connections to the one database.
pub type Pool = sqlx::PgPool;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// How long a request waits for a connection before it is told to come again.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(3);
/// A statement that runs longer than this is ended by the database: a limit on everything.
const STATEMENT_TIMEOUT: &str = "120s";

/// Where the database is.
#[derive(Clone, Copy, Debug)]
pub enum Address<'a> {
    /// A connection URL, as in `DATABASE_URL`.
    Url(&'a str),
    /// The private Postgres of this process.
    Socket { directory: &'a Path, port: u16, user: &'a str, database: &'a str },
}

/// Opens the pool. All connections are opened at once and kept: a connection opened later, inside an
/// actix worker, would stay tied to that worker's runtime.
///
/// `schema` puts every table into a schema of its own, which tests use; `None` is the default schema.
pub async fn connect(address: Address<'_>, connections: u32, schema: Option<&str>) -> Result<Pool, DbError> {
    let mut options = match address {
        Address::Url(url) => PgConnectOptions::from_str(url)?,
        Address::Socket { directory, port, user, database } => PgConnectOptions::new_without_pgpass()
            .socket(directory)
            .port(port)
            .username(user)
            .database(database),
    };
    options = options.application_name("taskwatt").options([
        ("statement_timeout", STATEMENT_TIMEOUT),
        ("timezone", "UTC"),
        // Whoever waits for a lock must see what those did who held it, whatever the server's default is: windows and
        // packed totals depend on it.
        ("default_transaction_isolation", "read committed"),
        // Statements are the same again and again with other values. Planning one anew for arrays of
        // records costs more than storing a small batch of them.
        ("plan_cache_mode", "force_generic_plan"),
    ]);
    if let Some(schema) = schema {
        options = options.options([("search_path", schema)]);
    }
    let pool = PgPoolOptions::new()
        .min_connections(connections)
        .max_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await?;
    Ok(pool)
}

/// Brings the schema up to date, forward only. Returns the number of the newest migration.
pub async fn migrate(pool: &Pool) -> Result<i64, DbError> {
    MIGRATIONS.run(pool).await?;
    Ok(MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0))
}

/// Whether the database answers.
pub async fn ping(pool: &Pool) -> Result<(), DbError> {
    sqlx::query_scalar!(r#"SELECT 1 AS "one!""#).fetch_one(pool).await?;
    Ok(())
}
