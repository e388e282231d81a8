//! What a transaction adds to the totals: summed up in memory, written with one call.

use super::{DbError, batch};
use crate::domain::batch::BatchEntry;
use crate::domain::ids::{GroupId, ProviderId};
use crate::domain::period::hour_of;
use crate::domain::record::OwnedRecord;
use crate::domain::terms::{NaturalUnit, Outcome, StepKind};
use crate::domain::totals::Bucket;
use crate::domain::window::OwnedWindow;
use crate::units::{Energy, EnergyTotal, Span};
use chrono::{DateTime, NaiveDate, Utc};
use ethnum::I256;
use sqlx::{Postgres, Transaction};
use std::collections::HashMap;

/// One call that adds to totals and batches; the given part of the statement comes before, with its own
/// arguments from number 57 on.
macro_rules! add_query {
    ($before:tt, $totals:ident, $batches:ident $(, $argument:expr)* $(,)?) => {
        sqlx::query!(
            "SELECT " + $before + "add_totals(
                $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38),
            add_batches($39, $40, $41, $42, $43, $44, $45, $46, $47, $48, $49, $50,
                $51, $52, $53, $54, $55, $56)",
            &$totals.hours.provider,
            &$totals.hours.group,
            &$totals.hours.hour,
            &$totals.completed,
            &$totals.failed,
            &$totals.cancelled,
            &$totals.energy,
            &$totals.squared,
            &$totals.input,
            &$totals.output,
            &$totals.output_energy,
            &$totals.cached,
            &$totals.reasoning,
            &$totals.accelerator,
            &$totals.no_squares,
            &$totals.no_histogram,
            &$totals.unfinished,
            &$totals.interval,
            &$totals.interval_low,
            &$totals.interval_high,
            &$totals.stages.provider,
            &$totals.stages.group,
            &$totals.stages.hour,
            &$totals.stage_kind as _,
            &$totals.stage_steps,
            &$totals.stage_energy,
            &$totals.stage_retry,
            &$totals.units.provider,
            &$totals.units.group,
            &$totals.units.hour,
            &$totals.unit_kind as _,
            &$totals.unit_amount,
            &$totals.unit_energy,
            &$totals.day_provider,
            &$totals.day_group,
            &$totals.day,
            &$totals.day_buckets,
            &$totals.day_tasks,
            &$batches.provider,
            &$batches.batch,
            &$batches.api_key as _,
            &$batches.kind as _,
            &$batches.state as _,
            &$batches.content as _,
            &$batches.received_at,
            &$batches.requests,
            &$batches.accepted,
            &$batches.duplicates,
            &$batches.conflicts,
            &$batches.invalid,
            &$batches.faults,
            &$batches.late,
            &$batches.future,
            &$batches.first_started_at as _,
            &$batches.last_started_at as _,
            &$batches.stored_sha256 as _,
            $($argument,)*
        )
    };
}
pub(super) use add_query;

/// Whose totals, of which group, in which hour.
type HourKey = (ProviderId, GroupId, DateTime<Utc>);

/// Sums of one group and hour.
#[derive(Debug, Default)]
struct HourSums {
    completed: i64,
    failed: i64,
    cancelled: i64,
    energy: EnergyTotal,
    energy_squared_uj2: I256,
    input_tokens: i64,
    output_tokens: i64,
    output_tokens_energy: EnergyTotal,
    cached_tokens: i64,
    reasoning_tokens: i64,
    accelerator_us: i64,
    tasks_without_squares: i64,
    tasks_without_histogram: i64,
    unfinished_energy: EnergyTotal,
    interval_energy: EnergyTotal,
    interval_low: EnergyTotal,
    interval_high: EnergyTotal,
}

/// Sums of the steps of one kind.
#[derive(Debug, Default)]
struct StageSums {
    steps: i64,
    energy: EnergyTotal,
    /// Of calls that were made again.
    retry: EnergyTotal,
}

/// Sums of a transaction.
#[derive(Debug, Default)]
pub(super) struct Sums {
    hours: HashMap<HourKey, HourSums>,
    stages: HashMap<(HourKey, StepKind), StageSums>,
    units: HashMap<(HourKey, NaturalUnit), (i64, EnergyTotal)>,
    days: HashMap<(ProviderId, GroupId, NaiveDate), Vec<(Bucket, i64)>>,
}

impl Sums {
    pub(super) fn of_records<'a>(records: impl Iterator<Item = &'a OwnedRecord>) -> Sums {
        let mut sums = Sums::default();
        for owned in records {
            sums.add_record(owned);
        }
        sums
    }

    fn add_record(&mut self, owned: &OwnedRecord) {
        let record = &owned.record;
        let key = (owned.provider, owned.group, hour_of(record.started_at));
        let sums = self.hours.entry(key).or_default();
        match record.outcome {
            Outcome::Completed => sums.completed += 1,
            Outcome::Failed => sums.failed += 1,
            Outcome::Cancelled => sums.cancelled += 1,
        }
        let energy = record.energy.unwrap_or(Energy::ZERO);
        let microjoules = I256::from(energy.microjoules());
        sums.energy.add(energy.into());
        sums.energy_squared_uj2 += microjoules * microjoules;
        if record.outcome != Outcome::Completed {
            sums.unfinished_energy.add(energy.into());
        }
        if record.energy.is_none() {
            sums.tasks_without_squares += 1;
            sums.tasks_without_histogram += i64::from(record.outcome == Outcome::Completed);
        }
        if let Some((low, high)) = record.energy_interval {
            sums.interval_energy.add(energy.into());
            sums.interval_low.add(low.into());
            sums.interval_high.add(high.into());
        }
        sums.input_tokens += record.tokens.input.unwrap_or(0);
        sums.cached_tokens += record.tokens.cached.unwrap_or(0);
        sums.reasoning_tokens += record.tokens.reasoning.unwrap_or(0);
        if let Some(output) = record.tokens.output {
            sums.output_tokens += output;
            sums.output_tokens_energy.add(energy.into());
        }
        sums.accelerator_us += record.accelerator_time.map_or(0, Span::microseconds);
        for step in &record.steps {
            let stage = self.stages.entry((key, step.kind)).or_default();
            stage.steps += 1;
            stage.energy.add(step.energy.into());
            if step.is_retry {
                stage.retry.add(step.energy.into());
            }
        }
        for (unit, amount) in &record.units {
            let work = self.units.entry((key, *unit)).or_default();
            work.0 += amount;
            work.1.add(energy.into());
        }
        if let Some(energy) = record.energy.filter(|_| record.outcome == Outcome::Completed) {
            let day = (key.0, key.1, key.2.date_naive());
            self.days.entry(day).or_default().push((Bucket::of(energy.microjoules()), 1));
        }
    }

    pub(super) fn of_windows<'a>(windows: impl Iterator<Item = &'a OwnedWindow>) -> Sums {
        let mut sums = Sums::default();
        for owned in windows {
            sums.add_window(owned);
        }
        sums
    }

    fn add_window(&mut self, owned: &OwnedWindow) {
        let window = &owned.window;
        let key = (owned.provider, owned.group, hour_of(window.from));
        let sums = self.hours.entry(key).or_default();
        sums.completed += window.tasks.completed;
        sums.failed += window.tasks.failed;
        sums.cancelled += window.tasks.cancelled;
        sums.energy.add(window.energy.into());
        match window.energy_squared_uj2 {
            Some(squared) => sums.energy_squared_uj2 += I256::from(squared),
            None => {
                sums.tasks_without_squares +=
                    window.tasks.completed + window.tasks.failed + window.tasks.cancelled;
            }
        }
        sums.input_tokens += window.tokens.input.unwrap_or(0);
        sums.cached_tokens += window.tokens.cached.unwrap_or(0);
        sums.reasoning_tokens += window.tokens.reasoning.unwrap_or(0);
        if let Some(output) = window.tokens.output {
            sums.output_tokens += output;
            sums.output_tokens_energy.add(window.energy.into());
        }
        match &window.histogram {
            Some(histogram) => {
                let day = (key.0, key.1, key.2.date_naive());
                self.days.entry(day).or_default().extend(histogram);
            }
            None => sums.tasks_without_histogram += window.tasks.completed,
        }
    }

    /// Adds the sums to the totals and the entries to their batches, within a transaction of the
    /// caller's.
    pub(super) async fn add(
        &self,
        transaction: &mut Transaction<'_, Postgres>,
        entries: &[BatchEntry],
    ) -> Result<(), DbError> {
        let (totals, batches) = (self.columns(), batch::Columns::of(entries));
        add_query!("", totals, batches).execute(&mut **transaction).await?;
        Ok(())
    }

    /// The sums as columns, in the order in which their rows are written.
    pub(super) fn columns(&self) -> Columns {
        let mut columns = Columns::default();
        for (key, sums) in sorted(&self.hours) {
            columns.hours.push(key);
            columns.completed.push(sums.completed);
            columns.failed.push(sums.failed);
            columns.cancelled.push(sums.cancelled);
            columns.energy.push(sums.energy.microjoules().to_string());
            columns.squared.push(sums.energy_squared_uj2.to_string());
            columns.input.push(sums.input_tokens);
            columns.output.push(sums.output_tokens);
            columns.output_energy.push(sums.output_tokens_energy.microjoules().to_string());
            columns.cached.push(sums.cached_tokens);
            columns.reasoning.push(sums.reasoning_tokens);
            columns.accelerator.push(sums.accelerator_us);
            columns.no_squares.push(sums.tasks_without_squares);
            columns.no_histogram.push(sums.tasks_without_histogram);
            columns.unfinished.push(sums.unfinished_energy.microjoules().to_string());
            columns.interval.push(sums.interval_energy.microjoules().to_string());
            columns.interval_low.push(sums.interval_low.microjoules().to_string());
            columns.interval_high.push(sums.interval_high.microjoules().to_string());
        }
        for ((key, kind), sums) in sorted(&self.stages) {
            columns.stages.push(key);
            columns.stage_kind.push(kind.as_str());
            columns.stage_steps.push(sums.steps);
            columns.stage_energy.push(sums.energy.microjoules().to_string());
            columns.stage_retry.push(sums.retry.microjoules().to_string());
        }
        for ((key, unit), (amount, energy)) in sorted(&self.units) {
            columns.units.push(key);
            columns.unit_kind.push(unit.as_str());
            columns.unit_amount.push(*amount);
            columns.unit_energy.push(energy.microjoules().to_string());
        }
        for ((provider, group, day), tasks) in sorted(&self.days) {
            let (buckets, tasks) = histogram(tasks);
            columns.day_provider.push(provider.get());
            columns.day_group.push(group.get());
            columns.day.push(*day);
            columns.day_buckets.push(array(&buckets));
            columns.day_tasks.push(array(&tasks));
        }
        columns
    }
}

fn sorted<K: Ord, V>(rows: &HashMap<K, V>) -> Vec<(&K, &V)> {
    let mut rows: Vec<_> = rows.iter().collect();
    rows.sort_unstable_by(|one, other| one.0.cmp(other.0));
    rows
}

/// Tasks by bucket, each bucket once and in order.
pub(super) fn histogram(tasks: &[(Bucket, i64)]) -> (Vec<i16>, Vec<i64>) {
    let mut tasks = tasks.to_vec();
    tasks.sort_unstable();
    let (mut buckets, mut counts): (Vec<i16>, Vec<i64>) = (Vec::new(), Vec::new());
    for (bucket, count) in tasks {
        match (buckets.last(), counts.last_mut()) {
            (Some(last), Some(sum)) if *last == bucket.get() => *sum += count,
            _ => {
                buckets.push(bucket.get());
                counts.push(count);
            }
        }
    }
    (buckets, counts)
}

/// An array as its literal: `UNNEST` would flatten an array of arrays.
pub(super) fn array<T: ToString>(elements: &[T]) -> String {
    let elements: Vec<String> = elements.iter().map(T::to_string).collect();
    format!("{{{}}}", elements.join(","))
}

/// Groups and hours, a column each.
#[derive(Debug, Default)]
pub(super) struct HourKeys {
    pub provider: Vec<i32>,
    pub group: Vec<i32>,
    pub hour: Vec<DateTime<Utc>>,
}

impl HourKeys {
    fn push(&mut self, (provider, group, hour): &HourKey) {
        self.provider.push(provider.get());
        self.group.push(group.get());
        self.hour.push(*hour);
    }
}

/// The arguments of `add_totals` (migration 0020).
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub hours: HourKeys,
    pub completed: Vec<i64>,
    pub failed: Vec<i64>,
    pub cancelled: Vec<i64>,
    pub energy: Vec<String>,
    pub squared: Vec<String>,
    pub input: Vec<i64>,
    pub output: Vec<i64>,
    pub output_energy: Vec<String>,
    pub cached: Vec<i64>,
    pub reasoning: Vec<i64>,
    pub accelerator: Vec<i64>,
    pub no_squares: Vec<i64>,
    pub no_histogram: Vec<i64>,
    pub unfinished: Vec<String>,
    pub interval: Vec<String>,
    pub interval_low: Vec<String>,
    pub interval_high: Vec<String>,
    pub stages: HourKeys,
    pub stage_kind: Vec<&'static str>,
    pub stage_steps: Vec<i64>,
    pub stage_energy: Vec<String>,
    pub stage_retry: Vec<String>,
    pub units: HourKeys,
    pub unit_kind: Vec<&'static str>,
    pub unit_amount: Vec<i64>,
    pub unit_energy: Vec<String>,
    pub day_provider: Vec<i32>,
    pub day_group: Vec<i32>,
    pub day: Vec<NaiveDate>,
    pub day_buckets: Vec<String>,
    pub day_tasks: Vec<String>,
}
