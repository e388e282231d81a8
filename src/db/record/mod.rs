//! Records and their totals: one transaction a batch.
//!
//! Nearly every record is new, so a batch is first stored as if all were: with COPY where it is large,
//! with one call where it is small. The unique index says when one was there before; then nothing is
//! stored yet, and the batch takes the long way, which compares what comes with what is there.

mod compare;
mod copy;
mod find;
mod row;

use super::sums::{Sums, add_query};
use super::{DbError, Pool, batch};
use crate::domain::batch::{BatchEntry, Counts, StartTimes};
use crate::domain::record::{OwnedRecord, Stored};
use chrono::{DateTime, Utc};
use compare::store_any;
use copy::copy_in;
pub use find::{FoundEnergy, FoundRecord, find};
use row::{Columns, Hold, Key, Row, key_of, order_of};

/// The records of one request, and the batch that they are counted under.
#[derive(Clone, Debug)]
pub struct Part<'a> {
    pub records: &'a [OwnedRecord],
    /// Its counts are those of the body; what becomes of the records is added here.
    pub entry: &'a BatchEntry,
}

/// Whether a batch is stored also where some of its records are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    WhatCan,
    AllOrNothing,
}

/// Stores the parts: records, totals and batches, all in one transaction. Answers for each record of
/// each part, after the commit.
///
/// [`Mode::AllOrNothing`] takes one part and stores nothing of it where a record is refused; the others are
/// then [`Stored::Withheld`].
pub async fn store(pool: &Pool, parts: &[Part<'_>], mode: Mode) -> Result<Vec<Vec<Stored>>, DbError> {
    let mut rows: Vec<(Key, Row)> = Vec::with_capacity(parts.iter().map(|part| part.records.len()).sum());
    for part in parts {
        let batch = part.entry.batch.get();
        rows.extend(part.records.iter().map(|owned| (key_of(owned), Row::of(owned, batch))));
    }
    // The month is worked out once a record, not at each comparison.
    rows.sort_by_cached_key(order_of);
    let twice = rows.windows(2).any(|pair| pair[0].0 == pair[1].0);
    if !twice && store_new(pool, parts, &rows).await? == Outlook::Stored {
        return Ok(parts.iter().map(|part| vec![Stored::Accepted; part.records.len()]).collect());
    }
    store_any(pool, parts, mode).await
}

/// What came of taking all records for new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outlook {
    Stored,
    /// Nothing is stored yet.
    NotAllNew,
}

/// Records from which on COPY is faster than arrays.
const COPY_FROM: usize = 300;
/// Records that are looked for before a COPY: a batch that is sent again is found out without leaving
/// dead rows behind.
const SAMPLES: usize = 8;

async fn store_new(pool: &Pool, parts: &[Part<'_>], rows: &[(Key, Row)]) -> Result<Outlook, DbError> {
    let sums = Sums::of_records(parts.iter().flat_map(|part| part.records));
    let entries: Vec<BatchEntry> =
        parts.iter().map(|part| entry_of(part, &vec![Stored::Accepted; part.records.len()])).collect();
    let held = Hold::of(rows.iter());
    let stored = if rows.len() < COPY_FROM {
        insert_new(pool, rows, &held, &sums, &entries).await
    } else {
        copy_new(pool, rows, &held, &sums, &entries).await
    };
    match stored {
        Err(DbError::Taken { .. } | DbError::Covered) => Ok(Outlook::NotAllNew),
        other => other,
    }
}

async fn insert_new(
    pool: &Pool,
    rows: &[(Key, Row)],
    held: &Hold,
    sums: &Sums,
    entries: &[BatchEntry],
) -> Result<Outlook, DbError> {
    let (totals, batches) = (sums.columns(), batch::Columns::of(entries));
    let columns = Columns::of(rows.iter());
    add_query!(
        "insert_new_records($57, $58, $59, $60, $61, $62, $63, $64, $65, $66, $67, $68, $69, $70, $71, $72), ",
        totals,
        batches,
        &held.providers,
        held.first_at,
        held.last_at,
        &columns.started_at,
        &columns.record_key,
        &columns.energy_uj,
        &columns.duration_us,
        &columns.provider_id,
        &columns.group_id,
        &columns.batch_id,
        &columns.input_tokens,
        &columns.output_tokens,
        &columns.cached_tokens,
        &columns.reasoning_tokens,
        &columns.outcome as _,
        &columns.details as _,
    )
    .execute(pool)
    .await?;
    Ok(Outlook::Stored)
}

async fn copy_new(
    pool: &Pool,
    rows: &[(Key, Row)],
    held: &Hold,
    sums: &Sums,
    entries: &[BatchEntry],
) -> Result<Outlook, DbError> {
    let mut transaction = pool.begin().await?;
    let samples = Columns::of(rows.iter().step_by(rows.len() / SAMPLES));
    let not_all_new = sqlx::query_scalar!(
        r#"SELECT hold_off_windows($1, $2, $3) OR EXISTS (
            SELECT FROM unnest($4::integer[], $5::timestamptz[], $6::uuid[])
                AS sample (provider_id, started_at, record_key)
            JOIN task_record AS known ON known.provider_id = sample.provider_id
                AND second_of(known.started_at) = second_of(sample.started_at)
                AND uuid_hash_extended(known.record_key, 0) = uuid_hash_extended(sample.record_key, 0)
                AND known.record_key = sample.record_key
                AND known.started_at >= date_trunc('second', $2::timestamptz)
                AND known.started_at < date_trunc('second', $3::timestamptz) + interval '1 second') AS "not_all_new!""#,
        &held.providers,
        held.first_at,
        held.last_at,
        &samples.provider_id,
        &samples.started_at,
        &samples.record_key,
    )
    .fetch_one(&mut *transaction)
    .await?;
    if not_all_new {
        return Ok(Outlook::NotAllNew);
    }
    copy_in(&mut transaction, rows).await?;
    sums.add(&mut transaction, entries).await?;
    transaction.commit().await?;
    Ok(Outlook::Stored)
}

/// A part's entry with what became of its records.
fn entry_of(part: &Part<'_>, stored: &[Stored]) -> BatchEntry {
    let mut entry = part.entry.clone();
    let mut times = StartTimes::default();
    for (owned, stored) in part.records.iter().zip(stored) {
        if *stored == Stored::Accepted {
            times.add(owned.record.started_at, entry.received_at);
        }
    }
    entry.counts.add(counts_of(stored));
    entry.faults += stored.iter().filter(|stored| is_refused(**stored)).count() as u64;
    entry.times = times;
    entry
}

/// Whether a record is refused, which is one fault.
pub(super) fn is_refused(stored: Stored) -> bool {
    matches!(stored, Stored::Conflict | Stored::Covered | Stored::Refused)
}

/// How often each answer was given. What is withheld is counted nowhere.
pub fn counts_of(stored: &[Stored]) -> Counts {
    let mut counts = Counts::default();
    for stored in stored {
        match stored {
            Stored::Accepted => counts.accepted += 1,
            Stored::Duplicate => counts.duplicates += 1,
            Stored::Conflict => counts.conflicts += 1,
            Stored::Covered | Stored::Refused => counts.invalid += 1,
            Stored::Withheld => {}
        }
    }
    counts
}

/// Makes the partition of the month that holds `at`; whether there was none.
pub async fn ensure_partition(pool: &Pool, at: DateTime<Utc>) -> Result<bool, DbError> {
    let is_new = sqlx::query_scalar!(r#"SELECT ensure_task_record_partition($1) AS "is_new!""#, at)
        .fetch_one(pool)
        .await?;
    Ok(is_new)
}
