//! What can go wrong between us and the database, sorted by what the caller can do about it.

use thiserror::Error;

#[derive(Debug, Error)]
pub enum DbError {
    /// The database is away, starting, stopping or out of connections: the same call may work later.
    #[error("the database cannot be reached")]
    Unavailable(#[source] Box<sqlx::Error>),
    /// A unique constraint refused a row; the constraint's name says which.
    #[error("a row with the same {constraint} is there already")]
    Taken { constraint: String },
    /// Records that a stored window may count already (`TW001` of migration 0005).
    #[error("a window may cover these records")]
    Covered,
    /// Two transactions stood in each other's way; the same call will work when it is repeated.
    #[error("two transactions stood in each other's way")]
    Contended(#[source] Box<sqlx::Error>),
    /// A row breaks a rule of the database that the caller's types should have kept.
    #[error("the database refused a value")]
    Refused(#[source] Box<sqlx::Error>),
    /// The schema could not be brought up to date.
    #[error("the database could not be migrated")]
    Migration(#[source] Box<sqlx::migrate::MigrateError>),
    /// A stored value that no version of this program writes.
    #[error("the database holds a value that cannot be read: {0}")]
    Unreadable(String),
    #[error("a statement failed")]
    Internal(#[source] Box<sqlx::Error>),
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> DbError {
        let Some(code) = error.as_database_error().and_then(|inner| inner.code()) else {
            return match error {
                sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed => DbError::Unavailable(error.into()),
                other => DbError::Internal(other.into()),
            };
        };
        // Classes of SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
        match (&code[..2], code.as_ref()) {
            // A server that became a standby takes no writes; the next connection may reach the primary.
            (_, "25006") => DbError::Unavailable(error.into()),
            (_, "23505") => DbError::Taken {
                constraint: error
                    .as_database_error()
                    .and_then(|inner| inner.constraint())
                    .unwrap_or_default()
                    .to_owned(),
            },
            (_, "TW001") => DbError::Covered,
            // A deadlock, or a serialization failure.
            ("40", _) => DbError::Contended(error.into()),
            ("22" | "23", _) => DbError::Refused(error.into()),
            // Connections, resources (disk full), an operator's intervention or a lock not had.
            ("08" | "53" | "57" | "55" | "58", _) => DbError::Unavailable(error.into()),
            _ => DbError::Internal(error.into()),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for DbError {
    fn from(error: sqlx::migrate::MigrateError) -> DbError {
        DbError::Migration(error.into())
    }
}

/// Reads a stored word of a closed vocabulary.
pub(super) fn known<T>(value: Option<T>, what: &str) -> Result<T, DbError> {
    value.ok_or_else(|| DbError::Unreadable(what.to_owned()))
}
