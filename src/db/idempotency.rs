//! Answers that can be given again (the table `idempotent_answer`).

use super::error::known;
use super::{DbError, Pool};
use crate::domain::ids::ProviderId;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// After this long without a word, the process that claimed a key is taken for dead.
const SILENCE: TimeDelta = TimeDelta::seconds(60);

/// A request that carries an Idempotency-Key, as one process knows it.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    pub provider: ProviderId,
    pub key: &'a str,
    /// The process.
    pub by: Uuid,
}

/// What is known of an Idempotency-Key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// It is new, or its first request came to nothing: the caller answers.
    Yes,
    /// Its first request is running.
    Running,
    /// Its first request was answered.
    Answered { request_sha256: [u8; 32], status: u16, answer: Vec<u8> },
}

/// Claims a key for a request.
pub async fn claim(pool: &Pool, claim: Claim<'_>, now: DateTime<Utc>) -> Result<Claimed, DbError> {
    let claimed = sqlx::query!(
        "INSERT INTO idempotent_answer AS known (provider_id, idempotency_key, claimed_by, claimed_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (provider_id, idempotency_key) DO UPDATE SET claimed_by = $3, claimed_at = $4
         WHERE known.status IS NULL AND known.claimed_at < $5",
        claim.provider.get(),
        claim.key,
        claim.by,
        now,
        now - SILENCE,
    )
    .execute(pool)
    .await?;
    if claimed.rows_affected() == 1 {
        return Ok(Claimed::Yes);
    }
    let row = sqlx::query!(
        "SELECT request_sha256, status, answer FROM idempotent_answer
         WHERE provider_id = $1 AND idempotency_key = $2",
        claim.provider.get(),
        claim.key,
    )
    .fetch_optional(pool)
    .await?;
    // It may have been given up between the two statements; then the client comes again.
    let Some(row) = row else { return Ok(Claimed::Running) };
    let (Some(sha256), Some(status), Some(answer)) = (row.request_sha256, row.status, row.answer) else {
        return Ok(Claimed::Running);
    };
    Ok(Claimed::Answered {
        request_sha256: known(sha256.try_into().ok(), "request_sha256")?,
        status: known(u16::try_from(status).ok(), "status")?,
        answer,
    })
}

/// Says that the request is still running.
pub async fn keep(pool: &Pool, claim: Claim<'_>, now: DateTime<Utc>) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE idempotent_answer SET claimed_at = $4
         WHERE provider_id = $1 AND idempotency_key = $2 AND claimed_by = $3 AND status IS NULL",
        claim.provider.get(),
        claim.key,
        claim.by,
        now,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Keeps the answer.
pub async fn settle(
    pool: &Pool,
    claim: Claim<'_>,
    request_sha256: &[u8; 32],
    status: u16,
    answer: &[u8],
) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE idempotent_answer SET request_sha256 = $4, status = $5, answer = $6
         WHERE provider_id = $1 AND idempotency_key = $2 AND claimed_by = $3 AND status IS NULL",
        claim.provider.get(),
        claim.key,
        claim.by,
        request_sha256.as_slice(),
        known(i16::try_from(status).ok(), "status")?,
        answer,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Gives a key up, so that the next request with it is the first.
pub async fn give_up(pool: &Pool, claim: Claim<'_>) -> Result<(), DbError> {
    sqlx::query!(
        "DELETE FROM idempotent_answer
         WHERE provider_id = $1 AND idempotency_key = $2 AND claimed_by = $3 AND status IS NULL",
        claim.provider.get(),
        claim.key,
        claim.by,
    )
    .execute(pool)
    .await?;
    Ok(())
}
