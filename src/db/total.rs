//! Totals of a service and period, read back for figures.

use super::error::known;
use super::{DbError, Pool, batch};
use crate::domain::batch::BatchSums;
use crate::domain::group::Group;
use crate::domain::ids::{ModelId, ProviderId, ServiceId, SiteId};
use crate::domain::period::Period;
use crate::domain::terms::{CountedFrom, EnergyTerms, NaturalUnit, Place, StepKind, TaskType};
use crate::domain::totals::{
    Bucket, DayBucket, HourTotal, IntervalHour, SiteHour, SquareTotal, StageTotal, TaskCounts, UnitTotal,
    UnmeasuredHour,
};
use crate::units::EnergyTotal;
use chrono::{DateTime, Utc};
use sqlx::{Postgres, Transaction};

/// Everything counted for one service and period.
#[derive(Clone, Debug, Default)]
pub struct PeriodTotals {
    pub hours: Vec<HourTotal>,
    pub stages: Vec<StageTotal>,
    pub buckets: Vec<DayBucket>,
    pub units: Vec<UnitTotal>,
    pub intervals: Vec<IntervalHour>,
    /// Tasks without energy; of all services of the provider, where that was asked for.
    pub unmeasured: Vec<UnmeasuredHour>,
    /// Energy of all services of the provider, where it was asked for.
    pub provider: Vec<SiteHour>,
    /// What became of what was sent, where it was asked for.
    pub batches: Vec<BatchSums>,
}

impl PeriodTotals {
    /// The part of one service that lies within a month of the period that was read.
    pub fn of_month(&self, service: ServiceId, month: Period) -> PeriodTotals {
        let is_within = |hour: DateTime<Utc>| month.from() <= hour && hour < month.to();
        let days = month.from().date_naive()..month.to().date_naive();
        let unmeasured = self.unmeasured.iter().filter(|one| one.group.service == service);
        PeriodTotals {
            hours: self.hours.iter().filter(|one| is_within(one.hour)).cloned().collect(),
            stages: self.stages.iter().filter(|one| is_within(one.hour)).cloned().collect(),
            buckets: self.buckets.iter().filter(|one| days.contains(&one.day)).cloned().collect(),
            units: self.units.iter().filter(|one| is_within(one.hour)).cloned().collect(),
            intervals: self.intervals.iter().filter(|one| is_within(one.hour)).cloned().collect(),
            unmeasured: unmeasured.filter(|one| is_within(one.hour)).cloned().collect(),
            provider: Vec::new(),
            batches: Vec::new(),
        }
    }
}

/// Whether the period's histograms can be read: they are kept by day, so a period that begins or ends
/// within a day must hold all of that day's tasks of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayCoverage {
    Whole,
    /// Tasks of the first or last day lie outside the period.
    Partial,
}

/// Whether what all services of the provider consumed is read too: contracts are allocated to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfProvider {
    Read,
    Left,
}

/// Whether it is read too what became of what was sent: evidence tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfBatches {
    Read,
    Left,
}

/// Reads the totals of one moment: records that arrive meanwhile are in all of them or in none.
pub async fn period_totals(
    pool: &Pool,
    provider: ProviderId,
    service: ServiceId,
    period: Period,
    of_provider: OfProvider,
    of_batches: OfBatches,
) -> Result<(PeriodTotals, DayCoverage), DbError> {
    let mut transaction = pool.begin().await?;
    sqlx::query!("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .execute(&mut *transaction)
        .await?;
    let hours = hours(&mut transaction, provider, service, period).await?;
    let stages = stages(&mut transaction, provider, service, period).await?;
    let buckets = buckets(&mut transaction, provider, service, period).await?;
    let units = units(&mut transaction, provider, service, period).await?;
    let intervals = intervals(&mut transaction, provider, service, period).await?;
    let (of_provider, only) = match of_provider {
        OfProvider::Read => (provider_hours(&mut transaction, provider, period).await?, None),
        OfProvider::Left => (Vec::new(), Some(service)),
    };
    let unmeasured = unmeasured(&mut transaction, provider, only, period).await?;
    let batches = match of_batches {
        OfBatches::Read => batch::sums_in(&mut transaction, provider, period).await?,
        OfBatches::Left => Vec::new(),
    };
    let completed_by_hour: i64 =
        hours.iter().map(|total| total.tasks.completed - total.tasks_without_histogram).sum();
    let completed_by_day: i64 = buckets.iter().map(|bucket| bucket.tasks).sum();
    let coverage =
        if completed_by_hour == completed_by_day { DayCoverage::Whole } else { DayCoverage::Partial };
    let totals =
        PeriodTotals { hours, stages, buckets, units, intervals, unmeasured, provider: of_provider, batches };
    Ok((totals, coverage))
}

/// Tasks and energy of a service and period at this moment.
pub async fn period_sums(
    pool: &Pool,
    provider: ProviderId,
    service: ServiceId,
    period: Period,
) -> Result<(i128, EnergyTotal), DbError> {
    let mut transaction = pool.begin().await?;
    period_sums_in(&mut transaction, provider, service, period).await
}

/// The same within a transaction.
pub(super) async fn period_sums_in(
    transaction: &mut Transaction<'_, Postgres>,
    provider: ProviderId,
    service: ServiceId,
    period: Period,
) -> Result<(i128, EnergyTotal), DbError> {
    let row = sqlx::query!(
        r#"SELECT coalesce(sum(tasks_completed + tasks_failed + tasks_cancelled), 0)::text AS "tasks!",
            coalesce(sum(energy_uj), 0)::text AS "energy_uj!"
        FROM total_hour JOIN record_group USING (provider_id, group_id)
        WHERE provider_id = $1 AND service_id = $2 AND hour >= $3 AND hour < $4"#,
        provider.get(),
        service.get(),
        period.from(),
        period.to(),
    )
    .fetch_one(&mut **transaction)
    .await?;
    Ok((known(row.tasks.parse().ok(), "tasks")?, energy(&row.energy_uj)?))
}

/// Reads the group columns that every statement here selects.
macro_rules! group_of {
    ($row:ident) => {
        Group {
            service: ServiceId::from_db($row.service_id),
            model: ModelId::from_db($row.model_id),
            site: SiteId::from_db($row.site_id),
            task_type: known(TaskType::parse(&$row.task_type), &$row.task_type)?,
            terms: known(EnergyTerms::parse(&$row.boundary, &$row.evidence), &$row.evidence)?,
            place: Place::parse(&$row.place),
            counted_from: known(CountedFrom::parse(&$row.counted_from), &$row.counted_from)?,
        }
    };
}

/// One row a group, with its hours as arrays: a year of 1,000 groups has a million hours and more, and a row
/// each took four times as long to send and read. What fits 64 bits is sent so; a sum that does not comes as text.
async fn hours(
    transaction: &mut Transaction<'_, Postgres>,
    provider: ProviderId,
    service: ServiceId,
    period: Period,
) -> Result<Vec<HourTotal>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT service_id, model_id, site_id, task_type, boundary, evidence, place, counted_from, hour AS "hour!",
            tasks_completed AS "tasks_completed!", tasks_failed AS "tasks_failed!",
            tasks_cancelled AS "tasks_cancelled!", tasks_without_histogram AS "tasks_without_histogram!",
            energy_uj AS "energy_uj!: Vec<Option<i64>>",
            unfinished_energy_uj AS "unfinished_energy_uj!: Vec<Option<i64>>", output_tokens AS "output_tokens!: Vec<Option<i64>>",
            output_tokens_energy_uj AS "output_tokens_energy_uj!: Vec<Option<i64>>", large
        FROM record_group CROSS JOIN LATERAL (
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
                WHERE provider_id = $1 AND group_id = record_group.group_id AND hour >= $3 AND hour < $4
                ORDER BY hour
            ) AS of_group
        ) AS total
        WHERE provider_id = $1 AND service_id = $2 AND boundary <> 'estimated' AND hour IS NOT NULL
        ORDER BY group_id"#,
        provider.get(),
        service.get(),
        period.from(),
        period.to(),
    )
    .fetch_all(&mut **transaction)
    .await?;
    let mut totals = Vec::new();
    for row in rows {
        let group = group_of!(row);
        let mut large = row.large.unwrap_or_default().into_iter();
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
            totals.push(HourTotal {
                group,
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
    }
    Ok(totals)
}

fn four(text: &str) -> Option<[i128; 4]> {
    let parts: Vec<i128> = text.split(' ').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    parts.try_into().ok()
}

/// Tasks without energy of one service, or of all services of a provider.
pub async fn unmeasured_hours(
    pool: &Pool,
    provider: ProviderId,
    service: Option<ServiceId>,
    period: Period,
) -> Result<Vec<UnmeasuredHour>, DbError> {
    let mut transaction = pool.begin().await?;
    unmeasured(&mut transaction, provider, service, period).await
}

/// The same within a transaction.
async fn unmeasured(
    transaction: &mut Transaction<'_, Postgres>,
    provider: ProviderId,
    service: Option<ServiceId>,
    period: Period,
) -> Result<Vec<UnmeasuredHour>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT service_id, model_id, site_id, task_type, boundary, evidence, place, counted_from, accelerator,
            hour, tasks_completed, tasks_failed, tasks_cancelled, input_tokens::text AS "input_tokens!",
            output_tokens::text AS "output_tokens!", accelerator_us::text AS "accelerator_us!"
        FROM total_hour JOIN record_group USING (provider_id, group_id)
        WHERE provider_id = $1 AND ($2::integer IS NULL OR service_id = $2) AND boundary = 'estimated'
          AND hour >= $3 AND hour < $4
        ORDER BY group_id, hour"#,
        provider.get(),
        service.map(ServiceId::get),
        period.from(),
        period.to(),
    )
    .fetch_all(&mut **transaction)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(UnmeasuredHour {
                group: group_of!(row),
                accelerator: row.accelerator,
                hour: row.hour,
                tasks: TaskCounts {
                    completed: row.tasks_completed,
                    failed: row.tasks_failed,
                    cancelled: row.tasks_cancelled,
                },
                input_tokens: known(row.input_tokens.parse().ok(), "input_tokens")?,
                output_tokens: known(row.output_tokens.parse().ok(), "output_tokens")?,
                accelerator_us: known(row.accelerator_us.parse().ok(), "accelerator_us")?,
            })
        })
        .collect()
}

async fn intervals(
    transaction: &mut Transaction<'_, Postgres>,
    provider: ProviderId,
    service: ServiceId,
    period: Period,
) -> Result<Vec<IntervalHour>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT service_id, model_id, site_id, task_type, boundary, evidence, place, counted_from, hour,
            interval_energy_uj::text AS "energy!", interval_low_uj::text AS "low!",
            interval_high_uj::text AS "high!"
        FROM total_hour JOIN record_group USING (provider_id, group_id)
        WHERE provider_id = $1 AND service_id = $2 AND hour >= $3 AND hour < $4 AND interval_energy_uj > 0
        ORDER BY group_id, hour"#,
        provider.get(),
        service.get(),
        period.from(),
        period.to(),
    )
    .fetch_all(&mut **transaction)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(IntervalHour {
                group: group_of!(row),
                hour: row.hour,
                energy: energy(&row.energy)?,
                low: energy(&row.low)?,
                high: energy(&row.high)?,
            })
        })
        .collect()
}

async fn units(
    transaction: &mut Transaction<'_, Postgres>,
    provider: ProviderId,
    service: ServiceId,
    period: Period,
) -> Result<Vec<UnitTotal>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT service_id, model_id, site_id, task_type, boundary, evidence, place, counted_from, hour,
            natural_unit::text AS "natural_unit!", amount::text AS "amount!", energy_uj::text AS "energy_uj!"
        FROM unit_hour JOIN record_group USING (provider_id, group_id)
        WHERE provider_id = $1 AND service_id = $2 AND boundary <> 'estimated' AND hour >= $3 AND hour < $4
        ORDER BY group_id, hour, natural_unit"#,
        provider.get(),
        service.get(),
        period.from(),
        period.to(),
    )
    .fetch_all(&mut **transaction)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(UnitTotal {
                group: group_of!(row),
                hour: row.hour,
                unit: known(NaturalUnit::parse(&row.natural_unit), &row.natural_unit)?,
                amount: known(row.amount.parse().ok(), "amount")?,
                energy: energy(&row.energy_uj)?,
            })
        })
        .collect()
}

/// Sums of squares by group and day of a service and period; read only where a sample has to be judged.
pub async fn period_squares(
    pool: &Pool,
    provider: ProviderId,
    service: ServiceId,
    period: Period,
) -> Result<Vec<SquareTotal>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT service_id, model_id, site_id, task_type, boundary, evidence, place, counted_from,
            (hour AT TIME ZONE 'UTC')::date AS "day!", sum(energy_sq_uj2)::text AS "squared!",
            sum(tasks_without_squares)::bigint AS "without!"
        FROM total_hour JOIN record_group USING (provider_id, group_id)
        WHERE provider_id = $1 AND service_id = $2 AND hour >= $3 AND hour < $4
        GROUP BY record_group.group_id, 9 ORDER BY record_group.group_id, 9"#,
        provider.get(),
        service.get(),
        period.from(),
        period.to(),
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(SquareTotal {
                group: group_of!(row),
                day: row.day,
                energy_squared_uj2: known(row.squared.parse().ok(), "energy_sq_uj2")?,
                tasks_without_squares: row.without,
            })
        })
        .collect()
}

async fn provider_hours(
    transaction: &mut Transaction<'_, Postgres>,
    provider: ProviderId,
    period: Period,
) -> Result<Vec<SiteHour>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT site_id, boundary, evidence, hour, sum(energy_uj)::text AS "energy_uj!"
        FROM total_hour JOIN record_group USING (provider_id, group_id)
        WHERE provider_id = $1 AND hour >= $2 AND hour < $3 AND boundary <> 'estimated'
        GROUP BY site_id, boundary, evidence, hour ORDER BY site_id, boundary, evidence, hour"#,
        provider.get(),
        period.from(),
        period.to(),
    )
    .fetch_all(&mut **transaction)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(SiteHour {
                site: SiteId::from_db(row.site_id),
                terms: known(EnergyTerms::parse(&row.boundary, &row.evidence), &row.evidence)?,
                hour: row.hour,
                energy: energy(&row.energy_uj)?,
            })
        })
        .collect()
}

async fn stages(
    transaction: &mut Transaction<'_, Postgres>,
    provider: ProviderId,
    service: ServiceId,
    period: Period,
) -> Result<Vec<StageTotal>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT service_id, model_id, site_id, task_type, boundary, evidence, place, counted_from, hour,
            step_kind::text AS "step_kind!", energy_uj::text AS "energy_uj!",
            retry_energy_uj::text AS "retry_energy_uj!"
        FROM stage_hour JOIN record_group USING (provider_id, group_id)
        WHERE provider_id = $1 AND service_id = $2 AND hour >= $3 AND hour < $4
        ORDER BY group_id, hour, step_kind"#,
        provider.get(),
        service.get(),
        period.from(),
        period.to(),
    )
    .fetch_all(&mut **transaction)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(StageTotal {
                group: group_of!(row),
                hour: row.hour,
                kind: known(StepKind::parse(&row.step_kind), &row.step_kind)?,
                energy: energy(&row.energy_uj)?,
                retry_energy: energy(&row.retry_energy_uj)?,
            })
        })
        .collect()
}

async fn buckets(
    transaction: &mut Transaction<'_, Postgres>,
    provider: ProviderId,
    service: ServiceId,
    period: Period,
) -> Result<Vec<DayBucket>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT service_id, model_id, site_id, task_type, boundary, evidence, place, counted_from, day, bucket AS "bucket!",
            sum(counted)::bigint AS "tasks!"
        FROM histogram_day JOIN record_group USING (provider_id, group_id),
            unnest(buckets, tasks) AS part (bucket, counted)
        WHERE provider_id = $1 AND service_id = $2
          AND day >= ($3::timestamptz AT TIME ZONE 'UTC')::date
          AND day <= (($4::timestamptz - interval '1 microsecond') AT TIME ZONE 'UTC')::date
        GROUP BY record_group.group_id, day, bucket
        ORDER BY record_group.group_id, day, bucket"#,
        provider.get(),
        service.get(),
        period.from(),
        period.to(),
    )
    .fetch_all(&mut **transaction)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(DayBucket {
                group: group_of!(row),
                day: row.day,
                bucket: known(Bucket::from_db(row.bucket), "bucket")?,
                tasks: row.tasks,
            })
        })
        .collect()
}

fn energy(text: &str) -> Result<EnergyTotal, DbError> {
    known(text.parse().ok().map(EnergyTotal::from_microjoules), "energy_uj")
}
