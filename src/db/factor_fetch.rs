//! When the entries of the plan of grid factors were last fetched, and the lock under which one process at a
//! time fetches one.

use super::{DbError, Pool};
use crate::domain::names::Slug;
use chrono::{DateTime, Utc};
use sqlx::Postgres;
use sqlx::pool::PoolConnection;

/// What became of an entry so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchState {
    pub last_attempt_at: DateTime<Utc>,
    pub last_success_at: Option<DateTime<Utc>>,
    /// Attempts since the last success, with the one that runs.
    pub failures: i32,
    /// Why the last attempt failed; `None` where it succeeded or did not end.
    pub last_error: Option<String>,
}

/// Longest text of an error that is kept, in bytes: some servers count letters so.
pub const MAX_ERROR: usize = 500;

/// The state of an entry; `None` where nobody ever tried.
pub async fn state(pool: &Pool, entry: &Slug) -> Result<Option<FetchState>, DbError> {
    let state = sqlx::query_as!(
        FetchState,
        "SELECT last_attempt_at, last_success_at, failures, last_error FROM factor_fetch WHERE entry_key = $1",
        entry.as_str(),
    )
    .fetch_optional(pool)
    .await?;
    Ok(state)
}

/// Notes that an attempt begins.
pub async fn begin(pool: &Pool, entry: &Slug, now: DateTime<Utc>) -> Result<(), DbError> {
    sqlx::query!(
        "INSERT INTO factor_fetch (entry_key, last_attempt_at, failures) VALUES ($1, $2, 1)
         ON CONFLICT (entry_key) DO UPDATE
         SET last_attempt_at = $2, failures = factor_fetch.failures + 1, last_error = NULL",
        entry.as_str(),
        now,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Notes that the attempt that began succeeded.
pub async fn succeeded(pool: &Pool, entry: &Slug, now: DateTime<Utc>) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE factor_fetch SET last_success_at = $2, failures = 0, last_error = NULL WHERE entry_key = $1",
        entry.as_str(),
        now,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Notes why the attempt that began failed; a long text is cut.
pub async fn failed(pool: &Pool, entry: &Slug, error: &str) -> Result<(), DbError> {
    // Postgres takes no NUL in a text, and a list has one line for each error.
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    let error: String = error.chars().map(plain).collect();
    let error = &error[..error.floor_char_boundary(MAX_ERROR)];
    sqlx::query!("UPDATE factor_fetch SET last_error = $2 WHERE entry_key = $1", entry.as_str(), error)
        .execute(pool)
        .await?;
    Ok(())
}

/// The right to fetch an entry. It is a lock of a session, not of a transaction: a fetch takes minutes, and a
/// transaction that is open so long keeps Postgres from cleaning up. The database lets go of it when the
/// process dies.
#[derive(Debug)]
pub struct FetchLock {
    /// `None` once it was let go.
    connection: Option<PoolConnection<Postgres>>,
    entry: Slug,
}

impl FetchLock {
    /// `None` where another has it.
    pub async fn try_get(pool: &Pool, entry: &Slug) -> Result<Option<FetchLock>, DbError> {
        // From here on the connection is closed wherever this future is dropped.
        let mut lock = FetchLock { connection: Some(pool.acquire().await?), entry: entry.clone() };
        let Some(connection) = lock.connection.as_deref_mut() else { return Ok(None) };
        let is_ours = sqlx::query_scalar!(
            r#"SELECT pg_try_advisory_lock(
                hashtext('taskwatt.' || current_schema() || '.factor_fetch'), hashtext($1)) AS "is_ours!""#,
            entry.as_str(),
        )
        .fetch_one(connection)
        .await?;
        if !is_ours {
            // There is nothing to let go, so the connection may be used again.
            lock.connection = None;
            return Ok(None);
        }
        Ok(Some(lock))
    }

    /// Lets go of it.
    pub async fn release(mut self) -> Result<(), DbError> {
        let Some(connection) = self.connection.as_deref_mut() else { return Ok(()) };
        sqlx::query_scalar!(
            r#"SELECT pg_advisory_unlock(
                hashtext('taskwatt.' || current_schema() || '.factor_fetch'), hashtext($1)) AS "unlocked!""#,
            self.entry.as_str(),
        )
        .fetch_one(connection)
        .await?;
        self.connection = None;
        Ok(())
    }
}

impl Drop for FetchLock {
    /// A connection that may still hold the lock is closed, not used again.
    fn drop(&mut self) {
        if let Some(connection) = &mut self.connection {
            connection.close_on_drop();
        }
    }
}
