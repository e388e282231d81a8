//! Jobs: the queue, who works at what, and what came of it.
//!
//! Leases and waits are told by the clock of the database, which all processes share; the times that are shown come
//! from the caller, as everywhere.

use super::error::known;
use super::{DbError, Pool};
use crate::domain::disclosure::Reference;
use crate::domain::ids::{JobId, ProviderId};
use crate::domain::job::{Job, JobKind, JobProblem, JobResult, JobState, Progress};
use crate::domain::names::Slug;
use crate::domain::problem::{Fault, ProblemCode};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::{Postgres, Transaction};
use uuid::Uuid;

/// Seconds after which a process that was not heard of has lost its job.
pub const LEASE_S: i32 = 15;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct NewJob<'a> {
    pub provider: ProviderId,
    pub kind: JobKind,
    /// The whole request, as JSON.
    pub request: &'a str,
    /// The address under which the public reaches the service that took it.
    pub public_url: &'a str,
}

/// One attempt at a job: a process that lost it to another holds a claim that settles nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    pub job: JobId,
    pub attempt: i32,
}

/// A job that the caller is to do.
#[derive(Clone, Debug)]
pub struct Claimed {
    pub claim: Claim,
    pub kind: JobKind,
    pub provider: ProviderId,
    pub provider_key: Slug,
    pub request: String,
    pub public_url: String,
}

/// What became of a wish to cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cancelled {
    Yes,
    /// It had come to its end before.
    Finished,
    NotThere,
}

/// Puts a job into the queue.
pub async fn enqueue(pool: &Pool, new: NewJob<'_>, now: DateTime<Utc>) -> Result<JobId, DbError> {
    let id = sqlx::query_scalar!(
        "INSERT INTO job (provider_id, job_kind, request, public_url, job_state, created_at)
         VALUES ($1, $2, $3, $4, 'queued', $5) RETURNING job_id",
        new.provider.get(),
        new.kind.as_str(),
        new.request,
        new.public_url,
        now,
    )
    .fetch_one(pool)
    .await?;
    Ok(JobId::from_db(id))
}

/// Takes the job of a kind that has waited longest: one of the queue, or one whose process was not heard of.
pub async fn claim(
    pool: &Pool,
    kind: JobKind,
    by: Uuid,
    now: DateTime<Utc>,
) -> Result<Option<Claimed>, DbError> {
    let row = sqlx::query!(
        r#"UPDATE job SET job_state = 'running', attempts = attempts + 1, claimed_by = $2, step = 0,
            lease_until = clock_timestamp() + $3::integer * interval '1 second', started_at = coalesce(started_at, $4)
        WHERE job_id = (
            SELECT job_id FROM job
            WHERE job_kind = $1
              AND (job_state = 'queued' AND run_after <= clock_timestamp()
                OR job_state = 'running' AND lease_until < clock_timestamp())
            ORDER BY job_id LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING job_id, provider_id, request, public_url, attempts,
            (SELECT provider_key FROM provider WHERE provider.provider_id = job.provider_id) AS "provider_key!""#,
        kind.as_str(),
        by,
        LEASE_S,
        now,
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        Ok(Claimed {
            claim: Claim { job: JobId::from_db(row.job_id), attempt: row.attempts },
            kind,
            provider: ProviderId::from_db(row.provider_id),
            provider_key: known(Slug::parse(&row.provider_key).ok(), &row.provider_key)?,
            request: row.request,
            public_url: row.public_url,
        })
    })
    .transpose()
}

/// Says that an attempt goes on and how far it is. `false`: it was cancelled, or lost to another process.
pub async fn beat(pool: &Pool, claim: Claim, progress: Progress) -> Result<bool, DbError> {
    let beaten = sqlx::query!(
        "UPDATE job SET lease_until = clock_timestamp() + $3::integer * interval '1 second', step = $4, steps = $5
         WHERE job_id = $1 AND attempts = $2 AND job_state = 'running'",
        claim.job.get(),
        claim.attempt,
        LEASE_S,
        progress.step.clamp(0, progress.of.max(1)),
        progress.of.max(1),
    )
    .execute(pool)
    .await?;
    Ok(beaten.rows_affected() == 1)
}

/// Puts a job back into the queue for another attempt after so many seconds.
pub async fn postpone(pool: &Pool, claim: Claim, wait_s: i32) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE job SET job_state = 'queued', lease_until = NULL, claimed_by = NULL, step = 0,
            run_after = clock_timestamp() + $3::integer * interval '1 second'
         WHERE job_id = $1 AND attempts = $2 AND job_state = 'running'",
        claim.job.get(),
        claim.attempt,
        wait_s,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Puts back what a process that ends was working at.
pub async fn release(pool: &Pool, by: Uuid) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE job SET job_state = 'queued', lease_until = NULL, claimed_by = NULL, step = 0
         WHERE claimed_by = $1 AND job_state = 'running'",
        by,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Ends a job with its problem.
pub async fn fail(
    pool: &Pool,
    claim: Claim,
    problem: &JobProblem,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    let faults: Vec<StoredFault> = problem.faults.iter().map(StoredFault::of).collect();
    sqlx::query!(
        "UPDATE job SET job_state = 'failed', lease_until = NULL, claimed_by = NULL, finished_at = $3,
            problem_code = $4, problem_detail = $5, problem_faults = $6::text::jsonb
         WHERE job_id = $1 AND attempts = $2 AND job_state = 'running'",
        claim.job.get(),
        claim.attempt,
        now,
        problem.code.as_str(),
        problem.detail,
        json(&faults),
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Ends a job with its result, in the transaction that stores what it made: both are there or neither is. `false`:
/// it was cancelled, or lost to another process, and the caller must not commit.
pub(super) async fn finish(
    transaction: &mut Transaction<'_, Postgres>,
    claim: Claim,
    result: &JobResult,
    now: DateTime<Utc>,
) -> Result<bool, DbError> {
    let finished = sqlx::query!(
        "UPDATE job SET job_state = 'done', lease_until = NULL, claimed_by = NULL, finished_at = $3, result = $4::text::jsonb,
            step = steps
         WHERE job_id = $1 AND attempts = $2 AND job_state = 'running'",
        claim.job.get(),
        claim.attempt,
        now,
        json(&StoredResult::of(result)),
    )
    .execute(&mut **transaction)
    .await?;
    Ok(finished.rows_affected() == 1)
}

/// Ends a provider's job that has not come to its end.
pub async fn cancel(
    pool: &Pool,
    provider: ProviderId,
    job: JobId,
    now: DateTime<Utc>,
) -> Result<Cancelled, DbError> {
    let cancelled = sqlx::query!(
        "UPDATE job SET job_state = 'cancelled', lease_until = NULL, claimed_by = NULL, finished_at = $3
         WHERE provider_id = $1 AND job_id = $2 AND job_state IN ('queued', 'running')",
        provider.get(),
        job.get(),
        now,
    )
    .execute(pool)
    .await?;
    if cancelled.rows_affected() == 1 {
        return Ok(Cancelled::Yes);
    }
    Ok(if find(pool, provider, job).await?.is_some() { Cancelled::Finished } else { Cancelled::NotThere })
}

/// One job of a provider.
pub async fn find(pool: &Pool, provider: ProviderId, job: JobId) -> Result<Option<Job>, DbError> {
    Ok(select(pool, provider, Some(job), None, 1).await?.pop())
}

/// Jobs of a provider, the latest first: those with a lower number than `before`.
pub async fn list(
    pool: &Pool,
    provider: ProviderId,
    before: Option<JobId>,
    limit: i64,
) -> Result<Vec<Job>, DbError> {
    select(pool, provider, None, before, limit).await
}

async fn select(
    pool: &Pool,
    provider: ProviderId,
    only: Option<JobId>,
    before: Option<JobId>,
    limit: i64,
) -> Result<Vec<Job>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT job_id, job_kind, job_state, step, steps, attempts, created_at, started_at, finished_at,
            result::text, problem_code, problem_detail, problem_faults::text
        FROM job
        WHERE provider_id = $1 AND ($2::integer IS NULL OR job_id = $2) AND ($3::integer IS NULL OR job_id < $3)
        ORDER BY job_id DESC LIMIT $4"#,
        provider.get(),
        only.map(JobId::get),
        before.map(JobId::get),
        limit,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let problem = match (row.problem_code, row.problem_detail, row.problem_faults) {
                (Some(code), Some(detail), Some(faults)) => Some(JobProblem {
                    code: known(ProblemCode::parse(&code), &code)?,
                    detail,
                    faults: read_json::<Vec<StoredFault>>(&faults)?
                        .into_iter()
                        .map(StoredFault::read)
                        .collect::<Result<_, _>>()?,
                }),
                _ => None,
            };
            Ok(Job {
                id: JobId::from_db(row.job_id),
                provider,
                kind: known(JobKind::parse(&row.job_kind), &row.job_kind)?,
                state: known(JobState::parse(&row.job_state), &row.job_state)?,
                progress: Progress { step: row.step, of: row.steps },
                attempts: row.attempts,
                created_at: row.created_at,
                started_at: row.started_at,
                finished_at: row.finished_at,
                result: row.result.map(|text| read_json::<StoredResult>(&text)?.read()).transpose()?,
                problem,
            })
        })
        .collect()
}

/// Texts and numbers always have a JSON form.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn read_json<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|error| DbError::Unreadable(error.to_string()))
}

/// A result as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredResult {
    number: i32,
    version: i32,
    mean_energy_wh: String,
    document_sha256: Option<String>,
    address: String,
}

impl StoredResult {
    fn of(result: &JobResult) -> StoredResult {
        StoredResult {
            number: result.reference.number,
            version: result.reference.version,
            mean_energy_wh: result.mean_energy_wh.clone(),
            document_sha256: result.document_sha256.map(hex::encode),
            address: result.address.clone(),
        }
    }

    fn read(self) -> Result<JobResult, DbError> {
        let sha256 = |text: String| {
            let bytes = hex::decode(&text).ok().and_then(|bytes| bytes.try_into().ok());
            known(bytes, "document_sha256")
        };
        Ok(JobResult {
            reference: Reference { number: self.number, version: self.version },
            mean_energy_wh: self.mean_energy_wh,
            document_sha256: self.document_sha256.map(sha256).transpose()?,
            address: self.address,
        })
    }
}

/// A fault as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredFault {
    pointer: String,
    code: String,
    detail: String,
}

impl StoredFault {
    fn of(fault: &Fault) -> StoredFault {
        StoredFault {
            pointer: fault.pointer.clone(),
            code: fault.code.as_str().to_owned(),
            detail: fault.detail.clone(),
        }
    }

    fn read(self) -> Result<Fault, DbError> {
        let code = known(ProblemCode::parse(&self.code), &self.code)?;
        Ok(Fault { pointer: self.pointer, code, detail: self.detail })
    }
}
