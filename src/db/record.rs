//! Records and their totals: one transaction a batch.
//!
//! Nearly every record is new, so a batch is first stored as if all were: with COPY where it is large,
//! with one call where it is small. The unique index says when one was there before; then nothing is
//! stored yet, and the batch takes the long way, which compares what comes with what is there.

use super::record_copy::copy_in;
use super::sums::{Sums, add_query};
use super::{DbError, Pool, batch};
use crate::domain::batch::{BatchEntry, Counts, StartTimes};
use crate::domain::ids::ProviderId;
use crate::domain::record::{EARLIEST_START_UNIX_S, OwnedRecord, Record, Stored};
use crate::domain::terms::Outcome;
use crate::units::Span;
use chrono::{DateTime, Utc};
use sqlx::{Postgres, Transaction};
use std::collections::{BTreeSet, HashMap, HashSet};
use uuid::Uuid;

/// What a record is known by: the provider, the second of its start since 2020 (`second_of` in
/// migration 0005) and its key. Records are written in this order by month, so that two
/// transactions cannot wait for each other in a circle.
pub(super) type Key = (ProviderId, i32, Uuid);

fn key_of(owned: &OwnedRecord) -> Key {
    let second = owned.record.started_at.timestamp() - EARLIEST_START_UNIX_S;
    // No record starts before 2020 or after now, and 32 bits reach to 2088.
    (owned.provider, i32::try_from(second).unwrap_or(i32::MAX), owned.record.record_key)
}

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

/// A record as its row holds it; two records are the same where their rows are, batches aside.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub started_at: DateTime<Utc>,
    pub energy_uj: i64,
    pub duration_us: i64,
    pub group_id: i32,
    pub batch_id: i32,
    pub input_tokens: i32,
    pub output_tokens: i32,
    pub cached_tokens: i32,
    pub reasoning_tokens: i32,
    pub outcome: &'static str,
    pub details: String,
}

/// Stands in a number's column where the client did not state it.
const UNSTATED: i32 = -1;

impl Row {
    fn of(owned: &OwnedRecord, batch_id: i32) -> Row {
        let record = &owned.record;
        // At most 10⁹, which `ingest` checked and the database checks again.
        let tokens =
            |count: Option<i64>| count.map_or(UNSTATED, |count| i32::try_from(count).unwrap_or(i32::MAX));
        Row {
            started_at: record.started_at,
            energy_uj: record.energy.microjoules(),
            duration_us: record.duration.map_or(UNSTATED.into(), Span::microseconds),
            group_id: owned.group.get(),
            batch_id,
            input_tokens: tokens(record.tokens.input),
            output_tokens: tokens(record.tokens.output),
            cached_tokens: tokens(record.tokens.cached),
            reasoning_tokens: tokens(record.tokens.reasoning),
            outcome: match record.outcome {
                Outcome::Completed => "c",
                Outcome::Failed => "f",
                Outcome::Cancelled => "x",
            },
            details: details(record),
        }
    }

    fn is_same(&self, other: &Row) -> bool {
        let Row { started_at, energy_uj, duration_us, group_id, batch_id: _, .. } = self;
        let numbers =
            |row: &Row| (row.input_tokens, row.output_tokens, row.cached_tokens, row.reasoning_tokens);
        (started_at, energy_uj, duration_us, group_id)
            == (&other.started_at, &other.energy_uj, &other.duration_us, &other.group_id)
            && numbers(self) == numbers(other)
            && self.outcome == other.outcome
            && self.details == other.details
    }
}

/// What few records have, always written in the same order, because rows are compared by it.
fn details(record: &Record) -> String {
    if record.energy_interval.is_none()
        && record.accelerator_time.is_none()
        && record.units.is_empty()
        && record.steps.is_empty()
    {
        return "{}".to_owned();
    }
    let mut fields: Vec<String> = Vec::new();
    if let Some((low, high)) = record.energy_interval {
        fields.push(format!("\"energy_low_uj\":{}", low.microjoules()));
        fields.push(format!("\"energy_high_uj\":{}", high.microjoules()));
    }
    if let Some(time) = record.accelerator_time {
        fields.push(format!("\"accelerator_us\":{}", time.microseconds()));
    }
    if !record.units.is_empty() {
        let units: Vec<String> =
            record.units.iter().map(|(unit, amount)| format!("\"{}\":{amount}", unit.as_str())).collect();
        fields.push(format!("\"units\":{{{}}}", units.join(",")));
    }
    if !record.steps.is_empty() {
        let steps: Vec<String> = record
            .steps
            .iter()
            .map(|step| format!("[\"{}\",{}]", step.kind.as_str(), step.energy.microjoules()))
            .collect();
        fields.push(format!("\"steps\":[{}]", steps.join(",")));
    }
    format!("{{{}}}", fields.join(","))
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
    rows.sort_unstable_by_key(order_of);
    let twice = rows.windows(2).any(|pair| pair[0].0 == pair[1].0);
    if !twice && store_new(pool, parts, &rows).await? == Outlook::Stored {
        return Ok(parts.iter().map(|part| vec![Stored::Accepted; part.records.len()]).collect());
    }
    store_any(pool, parts, mode).await
}

/// Months first: COPY gathers rows by partition before it writes them.
fn order_of((key, row): &(Key, Row)) -> (i32, Key) {
    use chrono::Datelike;
    (row.started_at.year() * 12 + row.started_at.month0() as i32, *key)
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

/// What `hold_off_windows` asks for.
struct Hold {
    providers: Vec<i32>,
    first_at: DateTime<Utc>,
    last_at: DateTime<Utc>,
}

impl Hold {
    fn of<'a>(rows: impl Iterator<Item = &'a (Key, Row)> + Clone) -> Hold {
        let providers: BTreeSet<i32> = rows.clone().map(|((provider, ..), _)| provider.get()).collect();
        let times = || rows.clone().map(|(_, row)| row.started_at);
        Hold {
            providers: providers.into_iter().collect(),
            first_at: times().min().unwrap_or_default(),
            last_at: times().max().unwrap_or_default(),
        }
    }
}

/// One array for each column, as `UNNEST` takes them.
#[derive(Default)]
struct Columns<'a> {
    started_at: Vec<DateTime<Utc>>,
    record_key: Vec<Uuid>,
    energy_uj: Vec<i64>,
    duration_us: Vec<i64>,
    provider_id: Vec<i32>,
    group_id: Vec<i32>,
    batch_id: Vec<i32>,
    input_tokens: Vec<i32>,
    output_tokens: Vec<i32>,
    cached_tokens: Vec<i32>,
    reasoning_tokens: Vec<i32>,
    outcome: Vec<&'a str>,
    details: Vec<&'a str>,
}

impl<'a> Columns<'a> {
    fn of(rows: impl Iterator<Item = &'a (Key, Row)>) -> Columns<'a> {
        let mut columns = Columns::default();
        for ((provider, _, record_key), row) in rows {
            columns.started_at.push(row.started_at);
            columns.record_key.push(*record_key);
            columns.energy_uj.push(row.energy_uj);
            columns.duration_us.push(row.duration_us);
            columns.provider_id.push(provider.get());
            columns.group_id.push(row.group_id);
            columns.batch_id.push(row.batch_id);
            columns.input_tokens.push(row.input_tokens);
            columns.output_tokens.push(row.output_tokens);
            columns.cached_tokens.push(row.cached_tokens);
            columns.reasoning_tokens.push(row.reasoning_tokens);
            columns.outcome.push(row.outcome);
            columns.details.push(&row.details);
        }
        columns
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
        "insert_new_records($52, $53, $54, $55, $56, $57, $58, $59, $60, $61, $62, $63, $64, $65, $66, $67), ",
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

/// A record of a batch in the order of writing, with its place in the batch.
struct Placed<'a> {
    keyed: (Key, Row),
    owned: &'a OwnedRecord,
    place: (usize, usize),
}

/// The long way: every record is compared with what is there. Only what is new is counted.
async fn store_any(pool: &Pool, parts: &[Part<'_>], mode: Mode) -> Result<Vec<Vec<Stored>>, DbError> {
    let mut answers: Vec<Vec<Stored>> =
        parts.iter().map(|part| vec![Stored::Accepted; part.records.len()]).collect();
    let mut placed = placed(parts);
    let mut transaction = pool.begin().await?;
    let covered = covered(&mut transaction, &placed).await?;
    for index in covered.iter().rev() {
        let (part, record) = placed.remove(*index).place;
        answers[part][record] = Stored::Covered;
    }
    // The first record of each key stands for the key; a later one in the same batch meets it.
    let mut first_of: HashMap<Key, usize> = HashMap::new();
    for (index, record) in placed.iter().enumerate() {
        first_of.entry(record.keyed.0).or_insert(index);
    }
    let mut firsts: Vec<usize> = first_of.values().copied().collect();
    firsts.sort_unstable();
    let new = insert_any(&mut transaction, firsts.iter().map(|index| &placed[*index])).await?;
    let known: Vec<&Placed<'_>> =
        firsts.iter().map(|index| &placed[*index]).filter(|record| !new.contains(&record.keyed.0)).collect();
    let stored = read_rows(&mut transaction, &known).await?;
    // Every record is either new or was there. Anything else would be stored and not counted.
    if new.len() + stored.len() != firsts.len() {
        return Err(DbError::Unreadable("a record came back under another key".to_owned()));
    }
    for (index, record) in placed.iter().enumerate() {
        let first = first_of[&record.keyed.0];
        let same = match stored.get(&record.keyed.0) {
            Some(row) => row.is_same(&record.keyed.1),
            None => placed[first].keyed.1.is_same(&record.keyed.1),
        };
        answers[record.place.0][record.place.1] =
            match (new.contains(&record.keyed.0) && index == first, same) {
                (true, _) => Stored::Accepted,
                (false, true) => Stored::Duplicate,
                (false, false) => Stored::Conflict,
            };
    }
    if mode == Mode::AllOrNothing && answers.iter().flatten().any(|answer| is_refused(*answer)) {
        transaction.rollback().await?;
        for answer in answers.iter_mut().flatten().filter(|answer| !is_refused(**answer)) {
            *answer = Stored::Withheld;
        }
        return Ok(answers);
    }
    let accepted = placed.iter().filter(|record| answers[record.place.0][record.place.1] == Stored::Accepted);
    let sums = Sums::of_records(accepted.map(|record| record.owned));
    let entries: Vec<BatchEntry> =
        parts.iter().zip(&answers).map(|(part, answers)| entry_of(part, answers)).collect();
    sums.add(&mut transaction, &entries).await?;
    transaction.commit().await?;
    Ok(answers)
}

/// All records in the order of writing; of one key, in the order in which they were sent.
fn placed<'a>(parts: &[Part<'a>]) -> Vec<Placed<'a>> {
    let mut placed: Vec<Placed<'a>> = Vec::new();
    for (part_index, part) in parts.iter().enumerate() {
        placed.extend(part.records.iter().enumerate().map(|(index, owned)| Placed {
            keyed: (key_of(owned), Row::of(owned, part.entry.batch.get())),
            owned,
            place: (part_index, index),
        }));
    }
    placed.sort_by_key(|record| order_of(&record.keyed));
    placed
}

/// Holds off windows, and finds the records whose tasks a stored window counts already: those of the same
/// service, model, site, task type, boundary and evidence within its time.
async fn covered(
    transaction: &mut Transaction<'_, Postgres>,
    placed: &[Placed<'_>],
) -> Result<Vec<usize>, DbError> {
    let rows = || placed.iter().map(|record| &record.keyed);
    let held = Hold::of(rows());
    let maybe = sqlx::query_scalar!(
        r#"SELECT hold_off_windows($1, $2, $3) AS "maybe!""#,
        &held.providers,
        held.first_at,
        held.last_at,
    )
    .fetch_one(&mut **transaction)
    .await?;
    if !maybe {
        return Ok(Vec::new());
    }
    let columns = Columns::of(rows());
    let covered = sqlx::query_scalar!(
        r#"SELECT ordinal AS "ordinal!"
        FROM unnest($1::integer[], $2::timestamptz[]) WITH ORDINALITY AS new (group_id, started_at, ordinal)
        JOIN record_group AS own ON own.group_id = new.group_id
        WHERE EXISTS (
            SELECT FROM usage_window AS stored JOIN record_group AS other USING (group_id)
            WHERE stored.provider_id = own.provider_id
              AND stored.window_from <= new.started_at AND stored.window_to > new.started_at
              AND stored.window_from > new.started_at - interval '1 hour'
              AND (other.service_id, other.model_id, other.site_id, other.task_type, other.boundary, other.evidence)
                = (own.service_id, own.model_id, own.site_id, own.task_type, own.boundary, own.evidence))
        ORDER BY ordinal"#,
        &columns.group_id,
        &columns.started_at,
    )
    .fetch_all(&mut **transaction)
    .await?;
    covered
        .into_iter()
        .map(|ordinal| usize::try_from(ordinal - 1).map_err(|_| DbError::Unreadable("an ordinal".to_owned())))
        .collect()
}

/// Stores those that are new; answers their keys.
async fn insert_any<'a>(
    transaction: &mut Transaction<'_, Postgres>,
    records: impl Iterator<Item = &'a Placed<'a>>,
) -> Result<HashSet<Key>, DbError> {
    let columns = Columns::of(records.map(|record| &record.keyed));
    let inserted = sqlx::query!(
        r#"INSERT INTO task_record (started_at, record_key, energy_uj, duration_us, provider_id, group_id,
            batch_id, input_tokens, output_tokens, cached_tokens, reasoning_tokens, outcome, details)
        SELECT started_at, record_key, energy_uj, duration_us, provider_id, group_id, batch_id, input_tokens,
            output_tokens, cached_tokens, reasoning_tokens, outcome::"char", details::json
        FROM unnest($1::timestamptz[], $2::uuid[], $3::bigint[], $4::bigint[], $5::integer[], $6::integer[],
            $7::integer[], $8::integer[], $9::integer[], $10::integer[], $11::integer[], $12::text[],
            $13::text[])
            AS new (started_at, record_key, energy_uj, duration_us, provider_id, group_id, batch_id,
                input_tokens, output_tokens, cached_tokens, reasoning_tokens, outcome, details)
        ON CONFLICT DO NOTHING
        RETURNING provider_id, second_of(started_at) AS "second!", record_key"#,
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
    .fetch_all(&mut **transaction)
    .await?;
    Ok(inserted
        .into_iter()
        .map(|row| (ProviderId::from_db(row.provider_id), row.second, row.record_key))
        .collect())
}

/// What is stored under the keys of these records.
async fn read_rows(
    transaction: &mut Transaction<'_, Postgres>,
    records: &[&Placed<'_>],
) -> Result<HashMap<Key, Row>, DbError> {
    if records.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = || records.iter().map(|record| &record.keyed);
    let (columns, held) = (Columns::of(rows()), Hold::of(rows()));
    let stored = sqlx::query!(
        r#"SELECT known.provider_id, second_of(known.started_at) AS "second!", known.record_key,
            known.started_at, energy_uj, duration_us, group_id, batch_id, input_tokens, output_tokens,
            cached_tokens, reasoning_tokens, outcome::text AS "outcome!", details::text AS "details!"
        FROM unnest($1::integer[], $2::timestamptz[], $3::uuid[])
            AS wanted (provider_id, started_at, record_key)
        JOIN task_record AS known ON known.provider_id = wanted.provider_id
            AND second_of(known.started_at) = second_of(wanted.started_at)
            AND known.record_key = wanted.record_key
            -- The same second: this leaves the partitions of other months out.
            AND known.started_at >= date_trunc('second', $4::timestamptz)
            AND known.started_at < date_trunc('second', $5::timestamptz) + interval '1 second'"#,
        &columns.provider_id,
        &columns.started_at,
        &columns.record_key,
        held.first_at,
        held.last_at,
    )
    .fetch_all(&mut **transaction)
    .await?;
    Ok(stored
        .into_iter()
        .map(|row| {
            let key = (ProviderId::from_db(row.provider_id), row.second, row.record_key);
            let stored = Row {
                started_at: row.started_at,
                energy_uj: row.energy_uj,
                duration_us: row.duration_us,
                group_id: row.group_id,
                batch_id: row.batch_id,
                input_tokens: row.input_tokens,
                output_tokens: row.output_tokens,
                cached_tokens: row.cached_tokens,
                reasoning_tokens: row.reasoning_tokens,
                outcome: match row.outcome.as_str() {
                    "c" => "c",
                    "f" => "f",
                    _ => "x",
                },
                details: row.details,
            };
            (key, stored)
        })
        .collect())
}

/// Makes the partition of the month that holds `at`; whether there was none.
pub async fn ensure_partition(pool: &Pool, at: DateTime<Utc>) -> Result<bool, DbError> {
    let is_new = sqlx::query_scalar!(r#"SELECT ensure_task_record_partition($1) AS "is_new!""#, at)
        .fetch_one(pool)
        .await?;
    Ok(is_new)
}
