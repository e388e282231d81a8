//! Records and their totals: one transaction a batch.

use super::error::known;
use super::{DbError, Pool};
use crate::domain::ids::{GroupId, ProviderId};
use crate::domain::period::hour_of;
use crate::domain::record::{OwnedRecord, Record, Step, Stored, Tokens};
use crate::domain::terms::{Outcome, StepKind};
use crate::domain::totals::Bucket;
use crate::units::{Energy, EnergyTotal, Span};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use ethnum::I256;
use sqlx::{Postgres, Transaction};
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// What a record is known by, in the order of the table's primary key.
type Key = (ProviderId, DateTime<Utc>, Uuid);

fn key_of(owned: &OwnedRecord) -> Key {
    (owned.provider, owned.record.started_at, owned.record.record_key)
}

/// Stores a batch: records, hourly totals, stages and histograms, all or nothing. Answers in the
/// order of the batch, after the commit.
///
/// Keys are written in order, so that two batches that share some cannot wait for each other in a
/// circle. Only what is new is counted: a record that was there already is compared with what is
/// stored, field by field.
pub async fn store_batch(
    pool: &Pool,
    batch: &[&OwnedRecord],
    received_at: DateTime<Utc>,
) -> Result<Vec<Stored>, DbError> {
    // The first record of each key stands for the key; a later one in the same batch meets it.
    let mut first_of: BTreeMap<Key, &OwnedRecord> = BTreeMap::new();
    for &owned in batch {
        first_of.entry(key_of(owned)).or_insert(owned);
    }
    let in_order: Vec<&OwnedRecord> = first_of.values().copied().collect();

    let mut transaction = pool.begin().await?;
    let inserted = insert_records(&mut transaction, &in_order, received_at).await?;
    let known: Vec<&OwnedRecord> =
        in_order.iter().copied().filter(|owned| !inserted.contains(&key_of(owned))).collect();
    let stored = read_records(&mut transaction, &known).await?;
    let new: Vec<&OwnedRecord> =
        in_order.iter().copied().filter(|owned| inserted.contains(&key_of(owned))).collect();
    // Every record is either new or stored before. Anything else would be stored and not counted, so the
    // batch is rolled back.
    if new.len() != inserted.len() || stored.len() != known.len() {
        return Err(DbError::Unreadable("a record came back under another key".to_owned()));
    }
    add_totals(&mut transaction, &new).await?;
    transaction.commit().await?;

    let mut accepted: HashSet<Key> = inserted;
    Ok(batch
        .iter()
        .map(|owned| {
            let key = key_of(owned);
            let same = match stored.get(&key) {
                Some((group, record)) => *group == owned.group && *record == owned.record,
                None => first_of
                    .get(&key)
                    .is_some_and(|first| first.group == owned.group && first.record == owned.record),
            };
            match (accepted.remove(&key), same) {
                (true, _) => Stored::Accepted,
                (false, true) => Stored::Duplicate,
                (false, false) => Stored::Conflict,
            }
        })
        .collect())
}

/// Makes the partition of the month that holds `at`, where there is none.
pub async fn ensure_partition(pool: &Pool, at: DateTime<Utc>) -> Result<(), DbError> {
    sqlx::query!("SELECT ensure_task_record_partition($1)", at).execute(pool).await?;
    Ok(())
}

/// One array for each column, as `UNNEST` takes them.
#[derive(Default)]
struct Columns {
    started_at: Vec<DateTime<Utc>>,
    record_key: Vec<Uuid>,
    energy_uj: Vec<i64>,
    provider_id: Vec<i32>,
    group_id: Vec<i32>,
    outcome: Vec<&'static str>,
    duration_us: Vec<Option<i64>>,
    energy_low_uj: Vec<Option<i64>>,
    energy_high_uj: Vec<Option<i64>>,
    input_tokens: Vec<Option<i64>>,
    output_tokens: Vec<Option<i64>>,
    cached_tokens: Vec<Option<i64>>,
    reasoning_tokens: Vec<Option<i64>>,
    step_kinds: Vec<Option<String>>,
    step_energies_uj: Vec<Option<String>>,
}

impl Columns {
    fn push(&mut self, owned: &OwnedRecord) {
        let record = &owned.record;
        self.started_at.push(record.started_at);
        self.record_key.push(record.record_key);
        self.energy_uj.push(record.energy.microjoules());
        self.provider_id.push(owned.provider.get());
        self.group_id.push(owned.group.get());
        self.outcome.push(record.outcome.as_str());
        self.duration_us.push(record.duration.map(Span::microseconds));
        self.energy_low_uj.push(record.energy_interval.map(|(low, _)| low.microjoules()));
        self.energy_high_uj.push(record.energy_interval.map(|(_, high)| high.microjoules()));
        self.input_tokens.push(record.tokens.input);
        self.output_tokens.push(record.tokens.output);
        self.cached_tokens.push(record.tokens.cached);
        self.reasoning_tokens.push(record.tokens.reasoning);
        // UNNEST would flatten an array of arrays, so each record's steps travel as one array literal.
        self.step_kinds.push(array_literal(&record.steps, |step| step.kind.as_str().to_owned()));
        self.step_energies_uj
            .push(array_literal(&record.steps, |step| step.energy.microjoules().to_string()));
    }
}

fn array_literal(steps: &[Step], element: impl Fn(&Step) -> String) -> Option<String> {
    if steps.is_empty() {
        return None;
    }
    let elements: Vec<String> = steps.iter().map(element).collect();
    Some(format!("{{{}}}", elements.join(",")))
}

async fn insert_records(
    transaction: &mut Transaction<'_, Postgres>,
    in_order: &[&OwnedRecord],
    received_at: DateTime<Utc>,
) -> Result<HashSet<Key>, DbError> {
    let mut columns = Columns::default();
    for owned in in_order {
        columns.push(owned);
    }
    let rows = sqlx::query!(
        r#"INSERT INTO task_record (
            started_at, record_key, energy_uj, provider_id, group_id, outcome, received_at, duration_us,
            energy_low_uj, energy_high_uj, input_tokens, output_tokens, cached_tokens, reasoning_tokens,
            step_kinds, step_energies_uj)
        SELECT started_at, record_key, energy_uj, provider_id, group_id, outcome::task_outcome, $16,
            duration_us, energy_low_uj, energy_high_uj, input_tokens, output_tokens, cached_tokens,
            reasoning_tokens, step_kinds::step_kind[], step_energies_uj::bigint[]
        FROM unnest(
            $1::timestamptz[], $2::uuid[], $3::bigint[], $4::integer[], $5::integer[], $6::text[],
            $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[],
            $13::bigint[], $14::text[], $15::text[]
        ) AS new (started_at, record_key, energy_uj, provider_id, group_id, outcome, duration_us,
            energy_low_uj, energy_high_uj, input_tokens, output_tokens, cached_tokens,
            reasoning_tokens, step_kinds, step_energies_uj)
        ON CONFLICT (provider_id, started_at, record_key) DO NOTHING
        RETURNING provider_id, started_at, record_key"#,
        &columns.started_at,
        &columns.record_key,
        &columns.energy_uj,
        &columns.provider_id,
        &columns.group_id,
        &columns.outcome as _,
        &columns.duration_us as _,
        &columns.energy_low_uj as _,
        &columns.energy_high_uj as _,
        &columns.input_tokens as _,
        &columns.output_tokens as _,
        &columns.cached_tokens as _,
        &columns.reasoning_tokens as _,
        &columns.step_kinds as _,
        &columns.step_energies_uj as _,
        received_at,
    )
    .fetch_all(&mut **transaction)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (ProviderId::from_db(row.provider_id), row.started_at, row.record_key))
        .collect())
}

/// What is stored under the keys of these records.
async fn read_records(
    transaction: &mut Transaction<'_, Postgres>,
    keys: &[&OwnedRecord],
) -> Result<HashMap<Key, (GroupId, Record)>, DbError> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let mut columns = Columns::default();
    for owned in keys {
        columns.push(owned);
    }
    let rows = sqlx::query!(
        r#"SELECT provider_id, started_at, record_key, energy_uj, group_id,
            outcome::text AS "outcome!", duration_us, energy_low_uj, energy_high_uj, input_tokens,
            output_tokens, cached_tokens, reasoning_tokens,
            coalesce(step_kinds::text[], '{}') AS "step_kinds!",
            coalesce(step_energies_uj, '{}') AS "step_energies_uj!"
        FROM task_record JOIN unnest($1::integer[], $2::timestamptz[], $3::uuid[])
            AS wanted (provider_id, started_at, record_key) USING (provider_id, started_at, record_key)"#,
        &columns.provider_id,
        &columns.started_at,
        &columns.record_key,
    )
    .fetch_all(&mut **transaction)
    .await?;
    let energy = |uj| known(Energy::from_microjoules(uj), "energy_uj");
    rows.into_iter()
        .map(|row| {
            let steps = row
                .step_kinds
                .iter()
                .zip(&row.step_energies_uj)
                .map(|(kind, uj)| {
                    Ok(Step { kind: known(StepKind::parse(kind), kind)?, energy: energy(*uj)? })
                })
                .collect::<Result<Vec<Step>, DbError>>()?;
            let record = Record {
                record_key: row.record_key,
                started_at: row.started_at,
                duration: row.duration_us.and_then(Span::from_microseconds),
                energy: energy(row.energy_uj)?,
                energy_interval: match (row.energy_low_uj, row.energy_high_uj) {
                    (Some(low), Some(high)) => Some((energy(low)?, energy(high)?)),
                    _ => None,
                },
                outcome: known(Outcome::parse(&row.outcome), &row.outcome)?,
                tokens: Tokens {
                    input: row.input_tokens,
                    cached: row.cached_tokens,
                    output: row.output_tokens,
                    reasoning: row.reasoning_tokens,
                },
                steps,
            };
            let key = (ProviderId::from_db(row.provider_id), row.started_at, row.record_key);
            Ok((key, (GroupId::from_db(row.group_id), record)))
        })
        .collect()
}

/// Sums of one group and hour within a batch.
#[derive(Default)]
struct HourSums {
    completed: i64,
    failed: i64,
    cancelled: i64,
    energy: EnergyTotal,
    energy_squared: I256,
    input_tokens: i128,
    output_tokens: i128,
    output_tokens_energy: EnergyTotal,
}

type GroupKey = (ProviderId, GroupId);

/// Sums of a batch, in the order in which their rows are written.
#[derive(Default)]
struct BatchSums {
    hours: BTreeMap<(GroupKey, DateTime<Utc>), HourSums>,
    stages: BTreeMap<(GroupKey, DateTime<Utc>, StepKind), (i64, EnergyTotal)>,
    buckets: BTreeMap<(GroupKey, NaiveDate, Bucket), i64>,
}

impl BatchSums {
    fn add(&mut self, owned: &OwnedRecord) {
        let record = &owned.record;
        let group = (owned.provider, owned.group);
        let hour = hour_of(record.started_at);
        let sums = self.hours.entry((group, hour)).or_default();
        match record.outcome {
            Outcome::Completed => sums.completed += 1,
            Outcome::Failed => sums.failed += 1,
            Outcome::Cancelled => sums.cancelled += 1,
        }
        let microjoules = I256::from(record.energy.microjoules());
        sums.energy.add(record.energy.into());
        sums.energy_squared += microjoules * microjoules;
        sums.input_tokens += i128::from(record.tokens.input.unwrap_or(0));
        if let Some(output) = record.tokens.output {
            sums.output_tokens += i128::from(output);
            sums.output_tokens_energy.add(record.energy.into());
        }
        for step in &record.steps {
            let stage = self.stages.entry((group, hour, step.kind)).or_default();
            stage.0 += 1;
            stage.1.add(step.energy.into());
        }
        if record.outcome == Outcome::Completed {
            let bucket = Bucket::of(record.energy.microjoules());
            *self.buckets.entry((group, hour.date_naive(), bucket)).or_default() += 1;
        }
    }
}

async fn add_totals(
    transaction: &mut Transaction<'_, Postgres>,
    new: &[&OwnedRecord],
) -> Result<(), DbError> {
    let mut sums = BatchSums::default();
    for owned in new {
        sums.add(owned);
    }
    add_hours(transaction, &sums).await?;
    add_stages(transaction, &sums).await?;
    add_buckets(transaction, &sums).await
}

async fn add_hours(transaction: &mut Transaction<'_, Postgres>, sums: &BatchSums) -> Result<(), DbError> {
    if sums.hours.is_empty() {
        return Ok(());
    }
    let rows = || sums.hours.iter();
    let text = |value: &dyn Fn(&HourSums) -> String| rows().map(|(_, sum)| value(sum)).collect::<Vec<_>>();
    let count = |value: &dyn Fn(&HourSums) -> i64| rows().map(|(_, sum)| value(sum)).collect::<Vec<_>>();
    sqlx::query!(
        r#"INSERT INTO total_hour AS total (provider_id, group_id, hour, tasks_completed, tasks_failed,
            tasks_cancelled, energy_uj, energy_sq_uj2, input_tokens, output_tokens, output_tokens_energy_uj)
        SELECT provider_id, group_id, hour, completed, failed, cancelled, energy::numeric,
            squared::numeric, input::numeric, output::numeric, output_energy::numeric
        FROM unnest($1::integer[], $2::integer[], $3::timestamptz[], $4::bigint[], $5::bigint[],
            $6::bigint[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[])
            AS new (provider_id, group_id, hour, completed, failed, cancelled, energy, squared, input,
                output, output_energy)
        ON CONFLICT (provider_id, group_id, hour) DO UPDATE SET
            tasks_completed = total.tasks_completed + excluded.tasks_completed,
            tasks_failed = total.tasks_failed + excluded.tasks_failed,
            tasks_cancelled = total.tasks_cancelled + excluded.tasks_cancelled,
            energy_uj = total.energy_uj + excluded.energy_uj,
            energy_sq_uj2 = total.energy_sq_uj2 + excluded.energy_sq_uj2,
            input_tokens = total.input_tokens + excluded.input_tokens,
            output_tokens = total.output_tokens + excluded.output_tokens,
            output_tokens_energy_uj = total.output_tokens_energy_uj + excluded.output_tokens_energy_uj"#,
        &rows().map(|((group, _), _)| group.0.get()).collect::<Vec<_>>(),
        &rows().map(|((group, _), _)| group.1.get()).collect::<Vec<_>>(),
        &rows().map(|((_, hour), _)| *hour).collect::<Vec<_>>(),
        &count(&|sum| sum.completed),
        &count(&|sum| sum.failed),
        &count(&|sum| sum.cancelled),
        &text(&|sum| sum.energy.microjoules().to_string()),
        &text(&|sum| sum.energy_squared.to_string()),
        &text(&|sum| sum.input_tokens.to_string()),
        &text(&|sum| sum.output_tokens.to_string()),
        &text(&|sum| sum.output_tokens_energy.microjoules().to_string()),
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn add_stages(transaction: &mut Transaction<'_, Postgres>, sums: &BatchSums) -> Result<(), DbError> {
    if sums.stages.is_empty() {
        return Ok(());
    }
    let rows = || sums.stages.iter();
    sqlx::query!(
        r#"INSERT INTO stage_hour AS total (provider_id, group_id, hour, step_kind, steps, energy_uj)
        SELECT provider_id, group_id, hour, step_kind::step_kind, steps, energy::numeric
        FROM unnest($1::integer[], $2::integer[], $3::timestamptz[], $4::text[], $5::bigint[], $6::text[])
            AS new (provider_id, group_id, hour, step_kind, steps, energy)
        ON CONFLICT (provider_id, group_id, hour, step_kind) DO UPDATE SET
            steps = total.steps + excluded.steps,
            energy_uj = total.energy_uj + excluded.energy_uj"#,
        &rows().map(|((group, _, _), _)| group.0.get()).collect::<Vec<_>>(),
        &rows().map(|((group, _, _), _)| group.1.get()).collect::<Vec<_>>(),
        &rows().map(|((_, hour, _), _)| *hour).collect::<Vec<_>>(),
        &rows().map(|((_, _, kind), _)| kind.as_str()).collect::<Vec<_>>() as _,
        &rows().map(|(_, (steps, _))| *steps).collect::<Vec<_>>(),
        &rows().map(|(_, (_, energy))| energy.microjoules().to_string()).collect::<Vec<_>>(),
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn add_buckets(transaction: &mut Transaction<'_, Postgres>, sums: &BatchSums) -> Result<(), DbError> {
    if sums.buckets.is_empty() {
        return Ok(());
    }
    let rows = || sums.buckets.iter();
    sqlx::query!(
        r#"INSERT INTO histogram_day AS total (provider_id, group_id, day, bucket, tasks)
        SELECT * FROM unnest($1::integer[], $2::integer[], $3::date[], $4::smallint[], $5::bigint[])
        ON CONFLICT (provider_id, group_id, day, bucket) DO UPDATE SET tasks = total.tasks + excluded.tasks"#,
        &rows().map(|((group, _, _), _)| group.0.get()).collect::<Vec<_>>(),
        &rows().map(|((group, _, _), _)| group.1.get()).collect::<Vec<_>>(),
        &rows().map(|((_, day, _), _)| *day).collect::<Vec<_>>(),
        &rows().map(|((_, _, bucket), _)| bucket.get()).collect::<Vec<_>>(),
        &rows().map(|(_, tasks)| *tasks).collect::<Vec<_>>(),
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// The months that the batch touches, as their partitions are named by.
pub fn months_of(batch: &[&OwnedRecord]) -> BTreeMap<(i32, u32), DateTime<Utc>> {
    batch.iter().map(|owned| owned.record.started_at).map(|at| ((at.year(), at.month()), at)).collect()
}
