//! What is done beside the requests.

use super::record::ensure_partition;
use super::{DbError, Pool};
use chrono::{DateTime, Months, TimeDelta, Utc};

/// Parts of a day's histogram from which on they are put together.
const PARTS: i64 = 8;
/// Groups and days that are put together in one transaction.
const DAYS: i64 = 500;
/// Months that get their partition ahead.
const MONTHS_AHEAD: u32 = 2;
/// How long faults of a batch can be fetched.
const FAULTS_KEPT: TimeDelta = TimeDelta::days(30);
/// How long the answer to an Idempotency-Key can be had again.
const ANSWERS_KEPT: TimeDelta = TimeDelta::days(2);
/// How long it can be asked what became of a job.
pub const JOBS_KEPT: TimeDelta = TimeDelta::days(7);

/// One round of everything.
pub async fn run(pool: &Pool, now: DateTime<Utc>) -> Result<(), DbError> {
    for ahead in 0..=MONTHS_AHEAD {
        ensure_partition(pool, now.checked_add_months(Months::new(ahead)).unwrap_or(now)).await?;
    }
    // Parts come and go at every transaction: without this the table grows between two rounds of
    // autovacuum to many times what it holds. It is small, and whoever is at it already does it alone. It
    // comes before the merge, because what the last round deleted is out of every transaction's sight now.
    sqlx::query!("VACUUM (SKIP_LOCKED) histogram_day").execute(pool).await?;
    while merge_histograms(pool).await? == DAYS as u64 {}
    sqlx::query!("DELETE FROM idempotent_answer WHERE claimed_at < $1", now - ANSWERS_KEPT)
        .execute(pool)
        .await?;
    sqlx::query!(
        "DELETE FROM batch_fault USING ingest_batch
         WHERE (batch_fault.provider_id, batch_fault.batch_id)
             = (ingest_batch.provider_id, ingest_batch.batch_id) AND received_at < $1",
        now - FAULTS_KEPT,
    )
    .execute(pool)
    .await?;
    sqlx::query!("DELETE FROM job WHERE finished_at < $1", now - JOBS_KEPT).execute(pool).await?;
    Ok(())
}

/// Puts together the parts of some days' histograms; answers of how many days. Nobody waits for it: only one
/// does so at a time, and new parts may come in meanwhile.
pub async fn merge_histograms(pool: &Pool) -> Result<u64, DbError> {
    let mut transaction = pool.begin().await?;
    let merged = sqlx::query!(
        "WITH days AS (
            SELECT provider_id, group_id, day FROM histogram_day
            WHERE pg_try_advisory_xact_lock(hashtext('taskwatt.' || current_schema() || '.histogram_day'))
            GROUP BY provider_id, group_id, day HAVING count(*) >= $1 LIMIT $2
        ), gone AS (
            DELETE FROM histogram_day USING days
            WHERE histogram_day.provider_id = days.provider_id AND histogram_day.group_id = days.group_id
              AND histogram_day.day = days.day
            RETURNING histogram_day.*
        ), sums AS (
            SELECT provider_id, group_id, day, bucket, sum(counted)::bigint AS tasks
            FROM gone, unnest(buckets, tasks) AS part (bucket, counted)
            GROUP BY provider_id, group_id, day, bucket
        )
        INSERT INTO histogram_day (provider_id, group_id, day, buckets, tasks)
        SELECT provider_id, group_id, day, array_agg(bucket ORDER BY bucket), array_agg(tasks ORDER BY bucket)
        FROM sums GROUP BY provider_id, group_id, day",
        PARTS,
        DAYS,
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(merged.rows_affected())
}
