//! Hourly and daily rows of totals, read by group and time.

use super::KnownGroup;
use crate::db::DbError;
use crate::db::error::known;
use crate::domain::days::{DayHistogram, DayTotal};
use crate::domain::ids::ProviderId;
use crate::domain::terms::{NaturalUnit, StepKind};
use crate::domain::totals::{
    Bucket, HourTotal, IntervalTotal, SquareTotal, StageTotal, TaskCounts, UnitTotal, UnmeasuredHour,
};
use crate::units::EnergyTotal;
use chrono::{DateTime, Utc};
use sqlx::{Postgres, Transaction};

/// Which totals are read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wanted {
    pub(super) days: bool,
    /// Histograms, stages, natural units and intervals.
    pub(super) beside: bool,
    pub(super) squares: bool,
    /// Tasks without energy.
    pub(super) unmeasured: bool,
}

/// Totals of one group and time, or of several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) days: Vec<DayTotal>,
    pub(super) histograms: Vec<DayHistogram>,
    pub(super) squares: Vec<SquareTotal>,
    pub(super) stages: Vec<StageTotal>,
    pub(super) units: Vec<UnitTotal>,
    pub(super) intervals: Vec<IntervalTotal>,
    pub(super) unmeasured: Vec<UnmeasuredHour>,
}

impl Parts {
    pub(super) fn append(&mut self, mut other: Parts) {
        self.days.append(&mut other.days);
        self.histograms.append(&mut other.histograms);
        self.squares.append(&mut other.squares);
        self.stages.append(&mut other.stages);
        self.units.append(&mut other.units);
        self.intervals.append(&mut other.intervals);
        self.unmeasured.append(&mut other.unmeasured);
    }

    /// Puts what is of one group together, by time.
    pub(super) fn sort(&mut self) {
        self.days.sort_by_key(|one| (one.group, one.day));
        self.histograms.sort_by_key(|one| (one.group, one.day));
        self.squares.sort_by_key(|one| (one.group, one.day));
        self.stages.sort_by_key(|one| (one.group, one.day));
        self.units.sort_by_key(|one| (one.group, one.day));
        self.intervals.sort_by_key(|one| (one.group, one.day));
        self.unmeasured.sort_by_key(|one| (one.group, one.hour));
    }
}

/// A time of one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slice<'a> {
    pub(super) group: &'a KnownGroup,
    pub(super) from: DateTime<Utc>,
    pub(super) to: DateTime<Utc>,
}

/// Slices as the arrays that statements take.
#[derive(Debug, Default)]
pub(super) struct SliceColumns {
    /// Their places in what they were made of.
    at: Vec<usize>,
    pub(super) group_ids: Vec<i32>,
    pub(super) from: Vec<DateTime<Utc>>,
    pub(super) to: Vec<DateTime<Utc>>,
}

impl SliceColumns {
    pub(super) fn new<'a>(slices: impl IntoIterator<Item = (usize, &'a Slice<'a>)>) -> SliceColumns {
        let mut columns = SliceColumns::default();
        for (at, slice) in slices {
            columns.at.push(at);
            columns.group_ids.push(slice.group.id);
            columns.from.push(slice.from);
            columns.to.push(slice.to);
        }
        columns
    }

    /// The place of a slice that a statement numbered from 1.
    fn place(&self, number: i64) -> Result<usize, DbError> {
        let number = usize::try_from(number - 1).ok();
        known(number.and_then(|number| self.at.get(number)).copied(), "the number of a slice")
    }
}

/// The totals of each slice.
pub(super) async fn read(
    transaction: &mut Transaction<'_, Postgres>,
    provider: ProviderId,
    slices: &[Slice<'_>],
    wanted: Wanted,
) -> Result<Vec<Parts>, DbError> {
    let mut parts = vec![Parts::default(); slices.len()];
    let of_terms = |is_estimated: bool| {
        let all = slices.iter().enumerate();
        SliceColumns::new(all.filter(|(_, slice)| slice.group.group.terms.is_estimated() == is_estimated))
    };
    let (told, untold) = (of_terms(false), of_terms(true));
    if !told.at.is_empty() {
        if wanted.days {
            days(transaction, provider, slices, &told, &mut parts).await?;
        }
        if wanted.beside {
            histograms(transaction, provider, slices, &told, &mut parts).await?;
            stages(transaction, provider, slices, &told, &mut parts).await?;
            units(transaction, provider, slices, &told, &mut parts).await?;
            intervals(transaction, provider, slices, &told, &mut parts).await?;
        }
        if wanted.squares {
            squares(transaction, provider, slices, &told, &mut parts).await?;
        }
    }
    if wanted.unmeasured && !untold.at.is_empty() {
        unmeasured(transaction, provider, slices, &untold, &mut parts).await?;
    }
    Ok(parts)
}

/// One row a slice, with its hours as arrays: a row an hour took four times as long to send and read. What fits 64
/// bits is sent so; a sum that does not comes as text.
async fn days(
    transaction: &mut Transaction<'_, Postgres>,
    provider: ProviderId,
    slices: &[Slice<'_>],
    columns: &SliceColumns,
    parts: &mut [Parts],
) -> Result<(), DbError> {
    let rows = sqlx::query!(
        r#"SELECT number AS "number!", hour AS "hour!",
            tasks_completed AS "tasks_completed!", tasks_failed AS "tasks_failed!",
            tasks_cancelled AS "tasks_cancelled!", tasks_without_histogram AS "tasks_without_histogram!",
            energy_uj AS "energy_uj!: Vec<Option<i64>>",
            unfinished_energy_uj AS "unfinished_energy_uj!: Vec<Option<i64>>", output_tokens AS "output_tokens!: Vec<Option<i64>>",
            output_tokens_energy_uj AS "output_tokens_energy_uj!: Vec<Option<i64>>", large
        FROM unnest($2::integer[], $3::timestamptz[], $4::timestamptz[]) WITH ORDINALITY
            AS slice (group_id, slice_from, slice_to, number)
        CROSS JOIN LATERAL (
            SELECT array_agg(hour) AS hour, array_agg(tasks_completed) AS tasks_completed,
                array_agg(tasks_failed) AS tasks_failed, array_agg(tasks_cancelled) AS tasks_cancelled,
                array_agg(tasks_without_histogram) AS tasks_without_histogram,
                array_agg(CASE WHEN energy_uj < 9e18 THEN energy_uj::bigint END) AS energy_uj,
                array_agg(CASE WHEN unfinished_energy_uj < 9e18 THEN unfinished_energy_uj::bigint END)
                    AS unfinished_energy_uj,
                array_agg(CASE WHEN output_tokens < 9e18 THEN output_tokens::bigint END) AS output_tokens,
                array_agg(CASE WHEN output_tokens_energy_uj < 9e18 THEN output_tokens_energy_uj::bigint END)
                    AS output_tokens_energy_uj,
                array_agg(concat_ws(' ', energy_uj, unfinished_energy_uj, output_tokens, output_tokens_energy_uj))
                    FILTER (WHERE greatest(energy_uj, output_tokens) >= 9e18) AS large
            FROM (
                SELECT * FROM total_hour
                WHERE provider_id = $1 AND group_id = slice.group_id AND hour >= slice_from AND hour < slice_to
                ORDER BY hour
            ) AS of_slice
        ) AS total
        WHERE hour IS NOT NULL ORDER BY number"#,
        provider.get(),
        &columns.group_ids,
        &columns.from,
        &columns.to,
    )
    .fetch_all(&mut **transaction)
    .await?;
    for row in rows {
        let place = columns.place(row.number)?;
        let mut large = row.large.unwrap_or_default().into_iter();
        let mut hours = Vec::with_capacity(row.hour.len());
        for (at, hour) in row.hour.iter().enumerate() {
            let small = [
                row.energy_uj[at],
                row.unfinished_energy_uj[at],
                row.output_tokens[at],
                row.output_tokens_energy_uj[at],
            ];
            let [energy_uj, unfinished_uj, output_tokens, output_tokens_energy_uj] = match small {
                [Some(energy), Some(unfinished), Some(tokens), Some(of_tokens)] => {
                    [energy, unfinished, tokens, of_tokens].map(i128::from)
                }
                _ => known(large.next().as_deref().and_then(four), "energy_uj")?,
            };
            hours.push(HourTotal {
                group: slices[place].group.group,
                hour: *hour,
                tasks: TaskCounts {
                    completed: row.tasks_completed[at],
                    failed: row.tasks_failed[at],
                    cancelled: row.tasks_cancelled[at],
                },
                tasks_without_histogram: row.tasks_without_histogram[at],
                energy: EnergyTotal::from_microjoules(energy_uj),
                unfinished_energy: EnergyTotal::from_microjoules(unfinished_uj),
                output_tokens,
                output_tokens_energy: EnergyTotal::from_microjoules(output_tokens_energy_uj),
            });
        }
        parts[place].days = DayTotal::of_hours(&hours);
    }
    Ok(())
}

fn four(text: &str) -> Option<[i128; 4]> {
    let parts: Vec<i128> = text.split(' ').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    parts.try_into().ok()
}

async fn histograms(
    transaction: &mut Transaction<'_, Postgres>,
    provider: ProviderId,
    slices: &[Slice<'_>],
    columns: &SliceColumns,
    parts: &mut [Parts],
) -> Result<(), DbError> {
    let rows = sqlx::query!(
        r#"SELECT number AS "number!", day AS "day!", array_agg(bucket ORDER BY bucket) AS "buckets!",
            array_agg(tasks ORDER BY bucket) AS "tasks!"
        FROM (
            SELECT number, day, bucket, sum(counted)::bigint AS tasks
            FROM unnest($2::integer[], $3::timestamptz[], $4::timestamptz[]) WITH ORDINALITY
                AS slice (group_id, slice_from, slice_to, number)
            JOIN histogram_day ON provider_id = $1 AND histogram_day.group_id = slice.group_id
                AND day >= (slice_from AT TIME ZONE 'UTC')::date
                AND day <= ((slice_to - interval '1 microsecond') AT TIME ZONE 'UTC')::date
            CROSS JOIN unnest(buckets, tasks) AS part (bucket, counted)
            GROUP BY number, day, bucket
        ) AS of_bucket
        GROUP BY number, day ORDER BY number, day"#,
        provider.get(),
        &columns.group_ids,
        &columns.from,
        &columns.to,
    )
    .fetch_all(&mut **transaction)
    .await?;
    for row in rows {
        let place = columns.place(row.number)?;
        let buckets = row.buckets.iter().zip(row.tasks).map(|(number, tasks)| {
            let bucket = known(Bucket::from_db(*number), "bucket")?;
            Ok((bucket, tasks))
        });
        let buckets = buckets.collect::<Result<Vec<_>, DbError>>()?;
        parts[place].histograms.push(DayHistogram::new(slices[place].group.group, row.day, buckets));
    }
    Ok(())
}

async fn stages(
    transaction: &mut Transaction<'_, Postgres>,
    provider: ProviderId,
    slices: &[Slice<'_>],
    columns: &SliceColumns,
    parts: &mut [Parts],
) -> Result<(), DbError> {
    let rows = sqlx::query!(
        r#"SELECT number AS "number!", (hour AT TIME ZONE 'UTC')::date AS "day!", step_kind::text AS "step_kind!",
            sum(energy_uj)::text AS "energy_uj!", sum(retry_energy_uj)::text AS "retry_energy_uj!"
        FROM unnest($2::integer[], $3::timestamptz[], $4::timestamptz[]) WITH ORDINALITY
            AS slice (group_id, slice_from, slice_to, number)
        JOIN stage_hour ON provider_id = $1 AND stage_hour.group_id = slice.group_id
            AND hour >= slice_from AND hour < slice_to
        GROUP BY number, 2, stage_hour.step_kind ORDER BY number, 2, stage_hour.step_kind"#,
        provider.get(),
        &columns.group_ids,
        &columns.from,
        &columns.to,
    )
    .fetch_all(&mut **transaction)
    .await?;
    for row in rows {
        let place = columns.place(row.number)?;
        parts[place].stages.push(StageTotal {
            group: slices[place].group.group,
            day: row.day,
            kind: known(StepKind::parse(&row.step_kind), &row.step_kind)?,
            energy: energy(&row.energy_uj)?,
            retry_energy: energy(&row.retry_energy_uj)?,
        });
    }
    Ok(())
}

async fn units(
    transaction: &mut Transaction<'_, Postgres>,
    provider: ProviderId,
    slices: &[Slice<'_>],
    columns: &SliceColumns,
    parts: &mut [Parts],
) -> Result<(), DbError> {
    let rows = sqlx::query!(
        r#"SELECT number AS "number!", (hour AT TIME ZONE 'UTC')::date AS "day!",
            natural_unit::text AS "natural_unit!", sum(amount)::text AS "amount!", sum(energy_uj)::text AS "energy_uj!"
        FROM unnest($2::integer[], $3::timestamptz[], $4::timestamptz[]) WITH ORDINALITY
            AS slice (group_id, slice_from, slice_to, number)
        JOIN unit_hour ON provider_id = $1 AND unit_hour.group_id = slice.group_id
            AND hour >= slice_from AND hour < slice_to
        GROUP BY number, 2, unit_hour.natural_unit ORDER BY number, 2, unit_hour.natural_unit"#,
        provider.get(),
        &columns.group_ids,
        &columns.from,
        &columns.to,
    )
    .fetch_all(&mut **transaction)
    .await?;
    for row in rows {
        let place = columns.place(row.number)?;
        parts[place].units.push(UnitTotal {
            group: slices[place].group.group,
            day: row.day,
            unit: known(NaturalUnit::parse(&row.natural_unit), &row.natural_unit)?,
            amount: known(row.amount.parse().ok(), "amount")?,
            energy: energy(&row.energy_uj)?,
        });
    }
    Ok(())
}

async fn intervals(
    transaction: &mut Transaction<'_, Postgres>,
    provider: ProviderId,
    slices: &[Slice<'_>],
    columns: &SliceColumns,
    parts: &mut [Parts],
) -> Result<(), DbError> {
    let rows = sqlx::query!(
        r#"SELECT number AS "number!", (hour AT TIME ZONE 'UTC')::date AS "day!",
            sum(interval_energy_uj)::text AS "energy!", sum(interval_low_uj)::text AS "low!",
            sum(interval_high_uj)::text AS "high!"
        FROM unnest($2::integer[], $3::timestamptz[], $4::timestamptz[]) WITH ORDINALITY
            AS slice (group_id, slice_from, slice_to, number)
        JOIN total_hour ON provider_id = $1 AND total_hour.group_id = slice.group_id
            AND hour >= slice_from AND hour < slice_to AND interval_energy_uj > 0
        GROUP BY number, 2 ORDER BY number, 2"#,
        provider.get(),
        &columns.group_ids,
        &columns.from,
        &columns.to,
    )
    .fetch_all(&mut **transaction)
    .await?;
    for row in rows {
        let place = columns.place(row.number)?;
        parts[place].intervals.push(IntervalTotal {
            group: slices[place].group.group,
            day: row.day,
            energy: energy(&row.energy)?,
            low: energy(&row.low)?,
            high: energy(&row.high)?,
        });
    }
    Ok(())
}

async fn squares(
    transaction: &mut Transaction<'_, Postgres>,
    provider: ProviderId,
    slices: &[Slice<'_>],
    columns: &SliceColumns,
    parts: &mut [Parts],
) -> Result<(), DbError> {
    let rows = sqlx::query!(
        r#"SELECT number AS "number!", (hour AT TIME ZONE 'UTC')::date AS "day!",
            sum(energy_sq_uj2)::text AS "squared!", sum(tasks_without_squares)::bigint AS "without!"
        FROM unnest($2::integer[], $3::timestamptz[], $4::timestamptz[]) WITH ORDINALITY
            AS slice (group_id, slice_from, slice_to, number)
        JOIN total_hour ON provider_id = $1 AND total_hour.group_id = slice.group_id
            AND hour >= slice_from AND hour < slice_to
        GROUP BY number, 2 ORDER BY number, 2"#,
        provider.get(),
        &columns.group_ids,
        &columns.from,
        &columns.to,
    )
    .fetch_all(&mut **transaction)
    .await?;
    for row in rows {
        let place = columns.place(row.number)?;
        parts[place].squares.push(SquareTotal {
            group: slices[place].group.group,
            day: row.day,
            energy_squared_uj2: known(row.squared.parse().ok(), "energy_sq_uj2")?,
            tasks_without_squares: row.without,
        });
    }
    Ok(())
}

async fn unmeasured(
    transaction: &mut Transaction<'_, Postgres>,
    provider: ProviderId,
    slices: &[Slice<'_>],
    columns: &SliceColumns,
    parts: &mut [Parts],
) -> Result<(), DbError> {
    let rows = sqlx::query!(
        r#"SELECT number AS "number!", hour, tasks_completed, tasks_failed, tasks_cancelled,
            input_tokens::text AS "input_tokens!", output_tokens::text AS "output_tokens!",
            accelerator_us::text AS "accelerator_us!"
        FROM unnest($2::integer[], $3::timestamptz[], $4::timestamptz[]) WITH ORDINALITY
            AS slice (group_id, slice_from, slice_to, number)
        JOIN total_hour ON provider_id = $1 AND total_hour.group_id = slice.group_id
            AND hour >= slice_from AND hour < slice_to
        ORDER BY number, hour"#,
        provider.get(),
        &columns.group_ids,
        &columns.from,
        &columns.to,
    )
    .fetch_all(&mut **transaction)
    .await?;
    for row in rows {
        let place = columns.place(row.number)?;
        let KnownGroup { group, accelerator, .. } = slices[place].group;
        parts[place].unmeasured.push(UnmeasuredHour {
            group: *group,
            accelerator: accelerator.clone(),
            hour: row.hour,
            tasks: TaskCounts {
                completed: row.tasks_completed,
                failed: row.tasks_failed,
                cancelled: row.tasks_cancelled,
            },
            input_tokens: known(row.input_tokens.parse().ok(), "input_tokens")?,
            output_tokens: known(row.output_tokens.parse().ok(), "output_tokens")?,
            accelerator_us: known(row.accelerator_us.parse().ok(), "accelerator_us")?,
        });
    }
    Ok(())
}

pub(super) fn energy(text: &str) -> Result<EnergyTotal, DbError> {
    known(text.parse().ok().map(EnergyTotal::from_microjoules), "energy_uj")
}
