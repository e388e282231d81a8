//! What is looked at for findings. Everything is of one provider and period, and of one service where that is
//! known and wanted.

mod energy;

pub use energy::{
    LowHours, OddCoefficient, ZeroEnergy, group_days, low_hours, odd_coefficients, zero_energy,
};

use super::{DbError, Pool};
use crate::domain::batch::LATE_AFTER;
use crate::domain::finding::RepeatedKey;
use crate::domain::ids::{ProviderId, ServiceId};
use crate::domain::period::Period;
use crate::domain::record::MAX_CLOCK_SKEW;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// Tasks whose time is odd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OddTimes {
    pub tasks: i64,
    pub batches: i64,
    pub first_started_at: DateTime<Utc>,
    pub last_started_at: DateTime<Utc>,
}

/// Tasks that were received long after they started, by the batches that may hold tasks of a period.
pub async fn late(pool: &Pool, provider: ProviderId, period: Period) -> Result<Option<OddTimes>, DbError> {
    let found = sqlx::query_as!(
        OddTimes,
        r#"SELECT sum(late)::bigint AS "tasks!", count(*) AS "batches!",
            min(first_started_at) AS "first_started_at!", max(last_started_at) AS "last_started_at!"
        FROM ingest_batch
        WHERE provider_id = $1 AND late > 0 AND first_started_at < $3 AND last_started_at >= $2
          AND received_at >= $4
        HAVING count(*) > 0"#,
        provider.get(),
        period.from(),
        period.to(),
        // Otherwise they would not be late.
        period.from() + LATE_AFTER,
    )
    .fetch_optional(pool)
    .await?;
    Ok(found)
}

/// Tasks that started after they were received, likewise.
pub async fn future(pool: &Pool, provider: ProviderId, period: Period) -> Result<Option<OddTimes>, DbError> {
    let found = sqlx::query_as!(
        OddTimes,
        r#"SELECT sum(future)::bigint AS "tasks!", count(*) AS "batches!",
            min(first_started_at) AS "first_started_at!", max(last_started_at) AS "last_started_at!"
        FROM ingest_batch
        WHERE provider_id = $1 AND future > 0 AND first_started_at < $3 AND last_started_at >= $2
          AND received_at >= $4 AND received_at < $3
        HAVING count(*) > 0"#,
        provider.get(),
        period.from(),
        period.to(),
        period.from() - MAX_CLOCK_SKEW,
    )
    .fetch_optional(pool)
    .await?;
    Ok(found)
}

/// Batches in one state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    pub batches: i64,
    /// Records or windows that are stored of them.
    pub stored: i64,
    /// The latest of them, at most ten.
    pub latest: Vec<i32>,
    pub first_received_at: DateTime<Utc>,
    pub last_received_at: DateTime<Utc>,
}

/// Time after the end of a period in which its tasks are usually received.
const RECEIVED_WITHIN: TimeDelta = LATE_AFTER;

/// Batches that broke off, or that are open, that were received before an instant and may hold tasks of a
/// period: they were received within it or soon after, or hold some.
pub async fn unfinished(
    pool: &Pool,
    provider: ProviderId,
    period: Period,
    is_broken: bool,
    received_before: DateTime<Utc>,
) -> Result<Option<Unfinished>, DbError> {
    let found = sqlx::query_as!(
        Unfinished,
        r#"SELECT count(*) AS "batches!", sum(accepted + duplicates)::bigint AS "stored!",
            (array_agg(batch_id ORDER BY received_at DESC, batch_id DESC))[1:10] AS "latest!",
            min(received_at) AS "first_received_at!", max(received_at) AS "last_received_at!"
        FROM ingest_batch
        WHERE provider_id = $1 AND batch_state = CASE WHEN $2 THEN 'broken' ELSE 'open' END
          AND received_at < $3 AND received_at >= $4
          AND (received_at < $6 OR (first_started_at < $5 AND last_started_at >= $4))
        HAVING count(*) > 0"#,
        provider.get(),
        is_broken,
        received_before,
        period.from() - MAX_CLOCK_SKEW,
        period.to(),
        period.to() + RECEIVED_WITHIN,
    )
    .fetch_optional(pool)
    .await?;
    Ok(found)
}

/// What was refused of what was received on one UTC day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub day: NaiveDate,
    pub conflicts: i64,
    pub invalid: i64,
    pub batches: i64,
}

/// Days on which something was refused, of batches that may hold tasks of a period.
pub async fn refused(pool: &Pool, provider: ProviderId, period: Period) -> Result<Vec<Refused>, DbError> {
    let found = sqlx::query_as!(
        Refused,
        r#"SELECT (received_at AT TIME ZONE 'UTC')::date AS "day!", sum(conflicts)::bigint AS "conflicts!",
            sum(invalid)::bigint AS "invalid!", count(*) AS "batches!"
        FROM ingest_batch
        WHERE provider_id = $1 AND conflicts + invalid > 0 AND received_at >= $2
          AND (received_at < $4 OR (first_started_at < $3 AND last_started_at >= $2))
        GROUP BY 1 ORDER BY 1"#,
        provider.get(),
        period.from() - MAX_CLOCK_SKEW,
        period.to(),
        period.to() + RECEIVED_WITHIN,
    )
    .fetch_all(pool)
    .await?;
    Ok(found)
}

/// Ids that stand in several records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repeated {
    pub ids: i64,
    /// Records beyond the first of each id.
    pub surplus: i64,
    /// Some of them.
    pub examples: Vec<RepeatedKey>,
}

/// Most examples of ids that stand in several records.
const MAX_EXAMPLES: i64 = 10;
/// SQLSTATE of a statement that took longer than it may.
const QUERY_CANCELED: &str = "57014";

/// Looks through all records of a period for keys at different starts. `None` where that would take longer
/// than half a minute.
///
/// Keys are sorted rather than hashed: nearly all are different, so a table of them would be as large as
/// the data, and sorting needs half the time and little memory (10⁷ records: about 8 s).
pub async fn repeated_keys(
    pool: &Pool,
    provider: ProviderId,
    service: Option<ServiceId>,
    period: Period,
) -> Result<Option<Repeated>, DbError> {
    let mut transaction = pool.begin().await?;
    sqlx::query!("SET TRANSACTION READ ONLY").execute(&mut *transaction).await?;
    sqlx::query!("SET LOCAL statement_timeout = '30s'").execute(&mut *transaction).await?;
    sqlx::query!("SET LOCAL enable_hashagg = off").execute(&mut *transaction).await?;
    sqlx::query!("SET LOCAL work_mem = '64MB'").execute(&mut *transaction).await?;
    let found = sqlx::query!(
        r#"SELECT record_key, count(*) AS "records!", min(started_at) AS "first_started_at!",
            max(started_at) AS "last_started_at!", count(*) OVER () AS "ids!",
            (sum(count(*)) OVER () - count(*) OVER ())::bigint AS "surplus!"
        FROM task_record
        WHERE provider_id = $1 AND started_at >= $2 AND started_at < $3
          AND ($4::integer IS NULL
              OR group_id IN (SELECT group_id FROM record_group WHERE provider_id = $1 AND service_id = $4))
        GROUP BY record_key HAVING count(*) > 1
        ORDER BY record_key LIMIT $5"#,
        provider.get(),
        period.from(),
        period.to(),
        service.map(ServiceId::get),
        MAX_EXAMPLES,
    )
    .fetch_all(&mut *transaction)
    .await;
    let rows = match found {
        Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some(QUERY_CANCELED) => {
            return Ok(None);
        }
        found => found?,
    };
    let (ids, surplus) = rows.first().map_or((0, 0), |row| (row.ids, row.surplus));
    let examples = rows
        .into_iter()
        .map(|row| RepeatedKey {
            record_key: row.record_key,
            records: row.records,
            first_started_at: row.first_started_at,
            last_started_at: row.last_started_at,
        })
        .collect();
    Ok(Some(Repeated { ids, surplus, examples }))
}
