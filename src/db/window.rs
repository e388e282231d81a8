//! Windows and their totals: one transaction a batch.

use super::error::known;
use super::record::{Mode, counts_of, is_refused};
use super::sums::{Sums, array, histogram};
use super::{DbError, Pool};
use crate::domain::batch::{BatchEntry, StartTimes};
use crate::domain::ids::ProviderId;
use crate::domain::record::Stored;
use crate::domain::window::{OwnedWindow, Window};
use chrono::{DateTime, Utc};
use sqlx::{Postgres, Transaction};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Stores the windows of one request: windows, totals and batch, all in one transaction. Answers for each
/// window in its place, after the commit.
///
/// The records of the provider are held off meanwhile, so that no record and window of the same tasks
/// can be stored at the same moment.
pub async fn store(
    pool: &Pool,
    windows: &[OwnedWindow],
    entry: &BatchEntry,
    mode: Mode,
) -> Result<Vec<Stored>, DbError> {
    let provider = entry.provider;
    let mut transaction = pool.begin().await?;
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtext('taskwatt.windows.' || current_schema()), $1)",
        provider.get(),
    )
    .execute(&mut *transaction)
    .await?;
    let covered = covered(&mut transaction, provider, windows).await?;
    // The first window of each key stands for the key; a later one in the same batch meets it.
    let mut first_of: HashMap<Uuid, usize> = HashMap::new();
    for index in (0..windows.len()).filter(|index| !covered.contains(index)) {
        first_of.entry(windows[index].window.window_key).or_insert(index);
    }
    let mut firsts: Vec<usize> = first_of.values().copied().collect();
    firsts.sort_unstable_by_key(|index| windows[*index].window.window_key);
    let firsts: Vec<&OwnedWindow> = firsts.into_iter().map(|index| &windows[index]).collect();
    let new = insert(&mut transaction, &firsts, entry).await?;
    let mut same: HashSet<Uuid> = same_as_stored(&mut transaction, &firsts).await?;
    same.retain(|key| !new.contains(key));
    let mut stored: Vec<Stored> = Vec::with_capacity(windows.len());
    for (index, owned) in windows.iter().enumerate() {
        let key = owned.window.window_key;
        stored.push(match first_of.get(&key) {
            _ if covered.contains(&index) => Stored::Covered,
            Some(first) if new.contains(&key) && *first == index => Stored::Accepted,
            Some(first) if windows[*first] == *owned && (new.contains(&key) || same.contains(&key)) => {
                Stored::Duplicate
            }
            _ => Stored::Conflict,
        });
    }
    if mode == Mode::AllOrNothing && stored.iter().any(|stored| is_refused(*stored)) {
        transaction.rollback().await?;
        for stored in stored.iter_mut().filter(|stored| !is_refused(**stored)) {
            *stored = Stored::Withheld;
        }
        return Ok(stored);
    }
    let accepted = || windows.iter().zip(&stored).filter(|(_, stored)| **stored == Stored::Accepted);
    let mut entry = entry.clone();
    let mut times = StartTimes::default();
    for (owned, _) in accepted() {
        times.add(owned.window.from, entry.received_at);
    }
    entry.counts.add(counts_of(&stored));
    entry.faults += stored.iter().filter(|stored| is_refused(**stored)).count() as u64;
    entry.times = times;
    Sums::of_windows(accepted().map(|(owned, _)| owned)).add(&mut transaction, &[entry]).await?;
    transaction.commit().await?;
    Ok(stored)
}

/// The windows of whose tasks single records are stored already: of the same service, model, site, task type,
/// boundary and evidence within its time.
async fn covered(
    transaction: &mut Transaction<'_, Postgres>,
    provider: ProviderId,
    windows: &[OwnedWindow],
) -> Result<HashSet<usize>, DbError> {
    let groups: Vec<i32> = windows.iter().map(|owned| owned.group.get()).collect();
    let from: Vec<DateTime<Utc>> = windows.iter().map(|owned| owned.window.from).collect();
    let to: Vec<DateTime<Utc>> = windows.iter().map(|owned| owned.window.to).collect();
    let ordinals = sqlx::query_scalar!(
        r#"SELECT ordinal AS "ordinal!"
        FROM unnest($2::integer[], $3::timestamptz[], $4::timestamptz[]) WITH ORDINALITY
            AS new (group_id, window_from, window_to, ordinal)
        JOIN record_group AS own ON own.group_id = new.group_id
        JOIN record_group AS other ON other.provider_id = own.provider_id AND other.counted_from = 'records'
            AND (other.service_id, other.model_id, other.site_id, other.task_type, other.boundary, other.evidence)
              = (own.service_id, own.model_id, own.site_id, own.task_type, own.boundary, own.evidence)
        -- The hour's total says at once where there is no record at all.
        JOIN total_hour AS total ON total.provider_id = $1 AND total.group_id = other.group_id
            AND total.hour = date_trunc('hour', new.window_from, 'UTC')
        WHERE EXISTS (
            SELECT FROM task_record AS record
            WHERE record.provider_id = $1 AND record.group_id = other.group_id
              AND second_of(record.started_at) BETWEEN second_of(new.window_from) AND second_of(new.window_to)
              AND record.started_at >= new.window_from AND record.started_at < new.window_to)"#,
        provider.get(),
        &groups,
        &from,
        &to,
    )
    .fetch_all(&mut **transaction)
    .await?;
    ordinals.into_iter().map(|ordinal| known(usize::try_from(ordinal - 1).ok(), "an ordinal")).collect()
}

/// One array for each column, as `UNNEST` takes them.
#[derive(Default)]
struct Columns {
    window_key: Vec<Uuid>,
    group_id: Vec<i32>,
    window_from: Vec<DateTime<Utc>>,
    window_to: Vec<DateTime<Utc>>,
    completed: Vec<i64>,
    failed: Vec<i64>,
    cancelled: Vec<i64>,
    energy_uj: Vec<i64>,
    energy_sq_uj2: Vec<Option<String>>,
    input_tokens: Vec<Option<i64>>,
    output_tokens: Vec<Option<i64>>,
    cached_tokens: Vec<Option<i64>>,
    reasoning_tokens: Vec<Option<i64>>,
    buckets: Vec<Option<String>>,
    bucket_tasks: Vec<Option<String>>,
}

impl Columns {
    fn of(windows: &[&OwnedWindow]) -> Columns {
        let mut columns = Columns::default();
        for OwnedWindow { provider: _, group, window } in windows {
            let Window {
                window_key,
                from,
                to,
                tasks,
                energy,
                energy_squared_uj2,
                tokens,
                histogram: counted,
            } = window;
            columns.window_key.push(*window_key);
            columns.group_id.push(group.get());
            columns.window_from.push(*from);
            columns.window_to.push(*to);
            columns.completed.push(tasks.completed);
            columns.failed.push(tasks.failed);
            columns.cancelled.push(tasks.cancelled);
            columns.energy_uj.push(energy.microjoules());
            columns.energy_sq_uj2.push(energy_squared_uj2.map(|squared| squared.to_string()));
            columns.input_tokens.push(tokens.input);
            columns.output_tokens.push(tokens.output);
            columns.cached_tokens.push(tokens.cached);
            columns.reasoning_tokens.push(tokens.reasoning);
            let counted = counted.as_deref().map(histogram);
            columns.buckets.push(counted.as_ref().map(|(buckets, _)| array(buckets)));
            columns.bucket_tasks.push(counted.as_ref().map(|(_, tasks)| array(tasks)));
        }
        columns
    }
}

/// Stores those that are new; answers their keys.
async fn insert(
    transaction: &mut Transaction<'_, Postgres>,
    windows: &[&OwnedWindow],
    entry: &BatchEntry,
) -> Result<HashSet<Uuid>, DbError> {
    let columns = Columns::of(windows);
    let keys = sqlx::query_scalar!(
        "INSERT INTO usage_window (provider_id, batch_id, window_key, group_id, window_from, window_to,
            tasks_completed, tasks_failed, tasks_cancelled, energy_uj, energy_sq_uj2, input_tokens,
            output_tokens, cached_tokens, reasoning_tokens, buckets, bucket_tasks)
        SELECT $1, $2, window_key, group_id, window_from, window_to, completed, failed, cancelled, energy,
            squared::numeric, input, output, cached, reasoning, buckets::smallint[], bucket_tasks::bigint[]
        FROM unnest($3::uuid[], $4::integer[], $5::timestamptz[], $6::timestamptz[], $7::bigint[],
            $8::bigint[], $9::bigint[], $10::bigint[], $11::text[], $12::bigint[], $13::bigint[],
            $14::bigint[], $15::bigint[], $16::text[], $17::text[])
            AS new (window_key, group_id, window_from, window_to, completed, failed, cancelled, energy,
                squared, input, output, cached, reasoning, buckets, bucket_tasks)
        ON CONFLICT (provider_id, window_key) DO NOTHING
        RETURNING window_key",
        entry.provider.get(),
        entry.batch.get(),
        &columns.window_key,
        &columns.group_id,
        &columns.window_from,
        &columns.window_to,
        &columns.completed,
        &columns.failed,
        &columns.cancelled,
        &columns.energy_uj,
        &columns.energy_sq_uj2 as _,
        &columns.input_tokens as _,
        &columns.output_tokens as _,
        &columns.cached_tokens as _,
        &columns.reasoning_tokens as _,
        &columns.buckets as _,
        &columns.bucket_tasks as _,
    )
    .fetch_all(&mut **transaction)
    .await?;
    Ok(keys.into_iter().collect())
}

/// The keys of those that stand in the database with every column the same.
async fn same_as_stored(
    transaction: &mut Transaction<'_, Postgres>,
    windows: &[&OwnedWindow],
) -> Result<HashSet<Uuid>, DbError> {
    let Some(first) = windows.first() else { return Ok(HashSet::new()) };
    let columns = Columns::of(windows);
    let keys = sqlx::query_scalar!(
        "SELECT window_key
        FROM usage_window AS stored JOIN unnest($2::uuid[], $3::integer[], $4::timestamptz[],
            $5::timestamptz[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::text[],
            $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::text[], $16::text[])
            AS new (window_key, group_id, window_from, window_to, completed, failed, cancelled, energy,
                squared, input, output, cached, reasoning, buckets, bucket_tasks) USING (window_key)
        WHERE provider_id = $1
          AND (stored.group_id, stored.window_from, stored.window_to, tasks_completed, tasks_failed,
            tasks_cancelled, energy_uj, energy_sq_uj2, input_tokens, output_tokens, cached_tokens,
            reasoning_tokens, stored.buckets, stored.bucket_tasks)
          IS NOT DISTINCT FROM (new.group_id, new.window_from, new.window_to, completed, failed, cancelled,
            energy, squared::numeric, input, output, cached, reasoning, new.buckets::smallint[],
            new.bucket_tasks::bigint[])",
        first.provider.get(),
        &columns.window_key,
        &columns.group_id,
        &columns.window_from,
        &columns.window_to,
        &columns.completed,
        &columns.failed,
        &columns.cancelled,
        &columns.energy_uj,
        &columns.energy_sq_uj2 as _,
        &columns.input_tokens as _,
        &columns.output_tokens as _,
        &columns.cached_tokens as _,
        &columns.reasoning_tokens as _,
        &columns.buckets as _,
        &columns.bucket_tasks as _,
    )
    .fetch_all(&mut **transaction)
    .await?;
    Ok(keys.into_iter().collect())
}
