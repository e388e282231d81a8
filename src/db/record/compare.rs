//! The long way: every record of a batch is compared with what is there.

use super::row::{Columns, Hold, Key, Row, key_of, order_of};
use super::{Mode, Part, entry_of, is_refused};
use crate::db::sums::Sums;
use crate::db::{DbError, Pool};
use crate::domain::batch::BatchEntry;
use crate::domain::ids::ProviderId;
use crate::domain::record::{OwnedRecord, Stored};
use sqlx::{Postgres, Transaction};
use std::collections::{HashMap, HashSet};

/// A record of a batch in the order of writing, with its place in the batch.
struct Placed<'a> {
    keyed: (Key, Row),
    owned: &'a OwnedRecord,
    place: (usize, usize),
}

/// The long way: every record is compared with what is there. Only what is new is counted.
pub(super) async fn store_any(
    pool: &Pool,
    parts: &[Part<'_>],
    mode: Mode,
) -> Result<Vec<Vec<Stored>>, DbError> {
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
    for (index, record) in placed.iter().enumerate() {
        let key = &record.keyed.0;
        let first = first_of[key];
        let (is_new, known) = (new.contains(key), stored.get(key));
        answers[record.place.0][record.place.1] = match known {
            _ if is_new && index == first => Stored::Accepted,
            Some(row) if !is_new => same_or_conflict(row, &record.keyed.1),
            None if is_new => same_or_conflict(&placed[first].keyed.1, &record.keyed.1),
            // Another record of its second has the same hash (migration 0005).
            _ => {
                tracing::error!(record_key = %key.2, "a record is neither new nor stored");
                Stored::Refused
            }
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

fn same_or_conflict(stored: &Row, sent: &Row) -> Stored {
    if stored.is_same(sent) { Stored::Duplicate } else { Stored::Conflict }
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
    placed.sort_by_cached_key(|record| order_of(&record.keyed));
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
            AND uuid_hash_extended(known.record_key, 0) = uuid_hash_extended(wanted.record_key, 0)
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
