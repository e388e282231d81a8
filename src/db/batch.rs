//! Batches: what requests brought, their faults, and answers that can be given again.

use super::error::known;
use super::{DbError, Pool};
use crate::domain::batch::{
    Batch, BatchEntry, BatchKind, BatchState, BatchSums, Content, Counts, StartTimes,
};
use crate::domain::ids::{BatchId, ProviderId};
use crate::domain::period::Period;
use crate::domain::problem::{Fault, ProblemCode};
use chrono::{DateTime, Utc};
use sqlx::{Postgres, Transaction};

/// Takes some numbers for batches; they are never given again.
pub async fn take_ids(pool: &Pool, count: i32) -> Result<Vec<BatchId>, DbError> {
    let ids = sqlx::query_scalar!(
        r#"SELECT nextval('ingest_batch_id')::integer AS "id!" FROM generate_series(1, $1)"#,
        count,
    )
    .fetch_all(pool)
    .await?;
    Ok(ids.into_iter().map(BatchId::from_db).collect())
}

/// The arguments of `add_batches` (migration 0005).
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub provider: Vec<i32>,
    pub batch: Vec<i32>,
    pub api_key: Vec<Option<i32>>,
    pub kind: Vec<&'static str>,
    pub state: Vec<&'static str>,
    pub content: Vec<&'static str>,
    pub received_at: Vec<DateTime<Utc>>,
    pub requests: Vec<i64>,
    pub accepted: Vec<i64>,
    pub duplicates: Vec<i64>,
    pub conflicts: Vec<i64>,
    pub invalid: Vec<i64>,
    pub faults: Vec<i64>,
    pub late: Vec<i64>,
    pub future: Vec<i64>,
    pub first_started_at: Vec<Option<DateTime<Utc>>>,
    pub last_started_at: Vec<Option<DateTime<Utc>>>,
    pub stored_sha256: Vec<Option<Vec<u8>>>,
}

impl Columns {
    /// The entries in the order of their batches; those of one batch become one, because one statement
    /// cannot change a row twice.
    pub(super) fn of(entries: &[BatchEntry]) -> Columns {
        let mut entries: Vec<&BatchEntry> = entries.iter().collect();
        entries.sort_by_key(|entry| (entry.provider, entry.batch));
        let mut columns = Columns::default();
        for same in entries.chunk_by(|one, other| (one.provider, one.batch) == (other.provider, other.batch))
        {
            columns.push(same);
        }
        columns
    }

    fn push(&mut self, same: &[&BatchEntry]) {
        let last = same[same.len() - 1];
        let sum = |count: &dyn Fn(&BatchEntry) -> u64| {
            i64::try_from(same.iter().map(|entry| count(entry)).sum::<u64>()).unwrap_or(i64::MAX)
        };
        self.provider.push(last.provider.get());
        self.batch.push(last.batch.get());
        self.api_key.push(last.api_key.map(|key| key.get()));
        self.kind.push(last.kind.as_str());
        self.state.push(last.state.as_str());
        self.content.push(last.content.as_str());
        self.received_at.push(same[0].received_at);
        self.requests.push(sum(&|entry| entry.requests));
        self.accepted.push(sum(&|entry| entry.counts.accepted));
        self.duplicates.push(sum(&|entry| entry.counts.duplicates));
        self.conflicts.push(sum(&|entry| entry.counts.conflicts));
        self.invalid.push(sum(&|entry| entry.counts.invalid));
        self.faults.push(sum(&|entry| entry.faults));
        self.late.push(sum(&|entry| entry.times.late));
        self.future.push(sum(&|entry| entry.times.future));
        let ranges = || same.iter().filter_map(|entry| entry.times.range);
        self.first_started_at.push(ranges().map(|(first, _)| first).min());
        self.last_started_at.push(ranges().map(|(_, last)| last).max());
        self.stored_sha256.push(last.stored_sha256.map(|sha256| sha256.to_vec()));
    }
}

/// Adds to a batch without storing records: its end, or what was refused.
pub async fn add(pool: &Pool, entry: &BatchEntry) -> Result<(), DbError> {
    let mut transaction = pool.begin().await?;
    super::sums::Sums::default().add(&mut transaction, std::slice::from_ref(entry)).await?;
    transaction.commit().await?;
    Ok(())
}

/// Keeps faults of a batch, so that they can be fetched. The first has the number `first`.
pub async fn insert_faults(
    pool: &Pool,
    provider: ProviderId,
    batch: BatchId,
    first: usize,
    faults: &[Fault],
) -> Result<(), DbError> {
    let ordinals: Vec<i32> =
        (first..first + faults.len()).map(|ordinal| i32::try_from(ordinal).unwrap_or(i32::MAX)).collect();
    sqlx::query!(
        "INSERT INTO batch_fault (provider_id, batch_id, ordinal, pointer, code, detail)
         SELECT $1, $2, * FROM unnest($3::integer[], $4::text[], $5::text[], $6::text[])",
        provider.get(),
        batch.get(),
        &ordinals,
        &faults.iter().map(|fault| fault.pointer.as_str()).collect::<Vec<_>>() as _,
        &faults.iter().map(|fault| fault.code.as_str()).collect::<Vec<_>>() as _,
        &faults.iter().map(|fault| fault.detail.as_str()).collect::<Vec<_>>() as _,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Some faults of a batch in their order, from the number `first` on.
pub async fn faults(
    pool: &Pool,
    provider: ProviderId,
    batch: BatchId,
    first: usize,
    limit: usize,
) -> Result<Vec<Fault>, DbError> {
    let rows = sqlx::query!(
        "SELECT pointer, code, detail FROM batch_fault
         WHERE provider_id = $1 AND batch_id = $2 AND ordinal >= $3 ORDER BY ordinal LIMIT $4",
        provider.get(),
        batch.get(),
        i32::try_from(first).unwrap_or(i32::MAX),
        i64::try_from(limit).unwrap_or(i64::MAX),
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let code = known(ProblemCode::parse(&row.code), &row.code)?;
            Ok(Fault { pointer: row.pointer, code, detail: row.detail })
        })
        .collect()
}

/// Batches of a provider, the latest first: those received before `before`, or at that moment with a lower
/// number.
pub async fn list(
    pool: &Pool,
    provider: ProviderId,
    before: Option<(DateTime<Utc>, BatchId)>,
    limit: usize,
) -> Result<Vec<Batch>, DbError> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT batch_id, key_start AS \"key_start?\", batch_kind, batch_state, content, received_at, finished_at,
            requests, accepted, duplicates, conflicts, invalid, faults, late, future, first_started_at,
            last_started_at, stored_sha256
         FROM ingest_batch LEFT JOIN api_key USING (provider_id, api_key_id)
         WHERE provider_id = $1
           AND ($2::timestamptz IS NULL OR (received_at, batch_id) < ($2, $3::integer))
         ORDER BY received_at DESC, batch_id DESC LIMIT $4",
        provider.get(),
        before.map(|(received_at, _)| received_at),
        before.map(|(_, batch)| batch.get()),
        i64::try_from(limit).unwrap_or(i64::MAX),
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// One batch of a provider.
pub async fn find(pool: &Pool, provider: ProviderId, batch: BatchId) -> Result<Option<Batch>, DbError> {
    let row = sqlx::query_as!(
        Row,
        "SELECT batch_id, key_start AS \"key_start?\", batch_kind, batch_state, content, received_at, finished_at,
            requests, accepted, duplicates, conflicts, invalid, faults, late, future, first_started_at,
            last_started_at, stored_sha256
         FROM ingest_batch LEFT JOIN api_key USING (provider_id, api_key_id)
         WHERE provider_id = $1 AND batch_id = $2",
        provider.get(),
        batch.get(),
    )
    .fetch_optional(pool)
    .await?;
    row.map(Row::read).transpose()
}

/// A batch as it stands in the database.
struct Row {
    batch_id: i32,
    key_start: Option<String>,
    batch_kind: String,
    batch_state: String,
    content: String,
    received_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    requests: i64,
    accepted: i64,
    duplicates: i64,
    conflicts: i64,
    invalid: i64,
    faults: i64,
    late: i64,
    future: i64,
    first_started_at: Option<DateTime<Utc>>,
    last_started_at: Option<DateTime<Utc>>,
    stored_sha256: Option<Vec<u8>>,
}

impl Row {
    fn read(self) -> Result<Batch, DbError> {
        let count = |count: i64| known(u64::try_from(count).ok(), "a count of a batch");
        Ok(Batch {
            batch: BatchId::from_db(self.batch_id),
            key_start: self.key_start,
            kind: known(BatchKind::parse(&self.batch_kind), "batch_kind")?,
            state: known(BatchState::parse(&self.batch_state), "batch_state")?,
            content: known(Content::parse(&self.content), "content")?,
            received_at: self.received_at,
            finished_at: self.finished_at,
            requests: count(self.requests)?,
            counts: Counts {
                accepted: count(self.accepted)?,
                duplicates: count(self.duplicates)?,
                conflicts: count(self.conflicts)?,
                invalid: count(self.invalid)?,
            },
            faults: count(self.faults)?,
            times: StartTimes {
                late: count(self.late)?,
                future: count(self.future)?,
                range: self.first_started_at.zip(self.last_started_at),
            },
            stored_sha256: self.stored_sha256.and_then(|sha256| sha256.try_into().ok()),
        })
    }
}

/// What became of what a provider sent of a period: of batches with a task that started in it, and of those of which
/// nothing was accepted and that were received in it. Batches hold records of all its services, and of other times too.
pub(super) async fn sums_in(
    transaction: &mut Transaction<'_, Postgres>,
    provider: ProviderId,
    period: Period,
) -> Result<Vec<BatchSums>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT content, count(*) AS "batches!", sum(accepted)::bigint AS "accepted!",
            sum(duplicates)::bigint AS "duplicates!", sum(conflicts)::bigint AS "conflicts!",
            sum(invalid)::bigint AS "invalid!"
        FROM ingest_batch
        WHERE provider_id = $1 AND (first_started_at < $3 AND last_started_at >= $2
            OR first_started_at IS NULL AND received_at >= $2 AND received_at < $3)
        GROUP BY content ORDER BY content"#,
        provider.get(),
        period.from(),
        period.to(),
    )
    .fetch_all(&mut **transaction)
    .await?;
    rows.into_iter()
        .map(|row| {
            let count = |number: i64| known(u64::try_from(number).ok(), "a count of a batch");
            Ok(BatchSums {
                content: known(Content::parse(&row.content), &row.content)?,
                batches: count(row.batches)?,
                counts: Counts {
                    accepted: count(row.accepted)?,
                    duplicates: count(row.duplicates)?,
                    conflicts: count(row.conflicts)?,
                    invalid: count(row.invalid)?,
                },
            })
        })
        .collect()
}
