//! Proves that the totals are the sum of the records and windows: everything is added up once more, in SQL and
//! not by the code that wrote the totals, and compared row by row. What is packed of months is compared with the rows.

use super::total::differences;
use super::{DbError, Pool};
use chrono::{DateTime, Months, Utc};
use sqlx::{Postgres, Transaction};

/// One total that is not the sum of its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The table, the group and the hour or day.
    pub row: String,
    pub total: String,
    pub records: String,
}

/// The outcome of a check.
#[derive(Clone, Debug, Default)]
pub struct Checked {
    pub months: usize,
    pub records: i64,
    pub windows: i64,
    pub total_rows: i64,
    /// Packs of groups and months.
    pub packs: i64,
    /// At most [`MAX_DIFFERENCES`] of them.
    pub differences: Vec<Difference>,
}

/// Most differences that are listed; more would say nothing new.
pub const MAX_DIFFERENCES: usize = 100;

/// Compares totals and records month by month, all as of one moment. `progress` is told the number
/// of months done and to do.
pub async fn check_totals(pool: &Pool, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<Checked, DbError> {
    let mut transaction = pool.begin().await?;
    sqlx::query!("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .execute(&mut *transaction)
        .await?;
    sqlx::query!("SET LOCAL statement_timeout = 0").execute(&mut *transaction).await?;
    let months = months(&mut transaction).await?;
    let mut checked = Checked { months: months.len(), ..Checked::default() };
    for (done, from) in months.iter().enumerate() {
        let to = from.checked_add_months(Months::new(1)).unwrap_or(*from);
        let counts = sqlx::query!(
            r#"SELECT (SELECT count(*) FROM task_record WHERE started_at >= $1 AND started_at < $2) AS "records!",
                (SELECT count(*) FROM usage_window WHERE window_from >= $1 AND window_from < $2) AS "windows!",
                (SELECT count(*) FROM total_hour WHERE hour >= $1 AND hour < $2) AS "total_rows!""#,
            from,
            to,
        )
        .fetch_one(&mut *transaction)
        .await?;
        checked.records += counts.records;
        checked.windows += counts.windows;
        checked.total_rows += counts.total_rows;
        checked.differences.extend(hour_differences(&mut transaction, *from, to).await?);
        checked.differences.extend(stage_differences(&mut transaction, *from, to).await?);
        checked.differences.extend(unit_differences(&mut transaction, *from, to).await?);
        checked.differences.extend(bucket_differences(&mut transaction, *from, to).await?);
        let month = from.date_naive();
        let (packs, differences) = differences(&mut transaction, month).await?;
        checked.packs += packs;
        checked.differences.extend(differences.into_iter().map(|one| Difference {
            row: format!("total_month provider {} group {} month {month}", one.provider_id, one.group_id),
            total: format!("other {}", one.parts.join(", ")),
            records: "what its rows make".to_owned(),
        }));
        checked.differences.truncate(MAX_DIFFERENCES);
        progress(done as u64 + 1, months.len() as u64);
    }
    Ok(checked)
}

/// Every month in which there is a record or a total.
async fn months(transaction: &mut Transaction<'_, Postgres>) -> Result<Vec<DateTime<Utc>>, DbError> {
    let months = sqlx::query_scalar!(
        r#"SELECT month AS "month!" FROM (
            SELECT date_trunc('month', started_at, 'UTC') FROM task_record
            UNION SELECT date_trunc('month', window_from, 'UTC') FROM usage_window
            UNION SELECT date_trunc('month', hour, 'UTC') FROM total_hour
            UNION SELECT date_trunc('month', hour, 'UTC') FROM stage_hour
            UNION SELECT date_trunc('month', hour, 'UTC') FROM unit_hour
            UNION SELECT month::timestamp AT TIME ZONE 'UTC' FROM total_month
            UNION SELECT date_trunc('month', day::timestamp AT TIME ZONE 'UTC', 'UTC') FROM histogram_day
        ) AS months (month) ORDER BY month"#
    )
    .fetch_all(&mut **transaction)
    .await?;
    Ok(months)
}

async fn hour_differences(
    transaction: &mut Transaction<'_, Postgres>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<Difference>, DbError> {
    let differences = sqlx::query_as!(
        Difference,
        r#"SELECT format('total_hour provider %s group %s hour %s', provider_id, group_id, hour) AS "row!",
            coalesce(total.sums::text, 'no row') AS "total!", coalesce(records.sums::text, 'no record') AS "records!"
        FROM (
            SELECT provider_id, group_id, hour, (tasks_completed, tasks_failed, tasks_cancelled, energy_uj,
                energy_sq_uj2, input_tokens, output_tokens, output_tokens_energy_uj, cached_tokens,
                reasoning_tokens, accelerator_us, tasks_without_squares, tasks_without_histogram,
                unfinished_energy_uj, interval_energy_uj, interval_low_uj, interval_high_uj) AS sums
            FROM total_hour WHERE hour >= $1 AND hour < $2
        ) AS total
        FULL JOIN (
            SELECT provider_id, group_id, date_trunc('hour', started_at, 'UTC') AS hour,
                (count(*) FILTER (WHERE outcome = 'c'), count(*) FILTER (WHERE outcome = 'f'),
                count(*) FILTER (WHERE outcome = 'x'), sum(energy_uj), sum(energy_uj::numeric * energy_uj),
                sum(greatest(input_tokens, 0))::numeric, sum(greatest(output_tokens, 0))::numeric,
                coalesce(sum(energy_uj) FILTER (WHERE output_tokens >= 0), 0),
                sum(greatest(cached_tokens, 0))::numeric, sum(greatest(reasoning_tokens, 0))::numeric,
                coalesce(sum((details->>'accelerator_us')::numeric), 0),
                -- Tasks that came without energy have no place in squares and histograms.
                count(*) FILTER (WHERE boundary = 'estimated'),
                count(*) FILTER (WHERE boundary = 'estimated' AND outcome = 'c'),
                coalesce(sum(energy_uj) FILTER (WHERE outcome <> 'c'), 0),
                coalesce(sum(energy_uj) FILTER (WHERE details->>'energy_low_uj' IS NOT NULL), 0),
                coalesce(sum((details->>'energy_low_uj')::numeric), 0),
                coalesce(sum((details->>'energy_high_uj')::numeric), 0)) AS sums
            FROM task_record JOIN record_group USING (provider_id, group_id)
            WHERE started_at >= $1 AND started_at < $2 GROUP BY 1, 2, 3
            UNION ALL
            SELECT provider_id, group_id, date_trunc('hour', window_from, 'UTC'),
                (sum(tasks_completed)::bigint, sum(tasks_failed)::bigint, sum(tasks_cancelled)::bigint,
                sum(energy_uj), coalesce(sum(energy_sq_uj2), 0), coalesce(sum(input_tokens), 0),
                coalesce(sum(output_tokens), 0),
                coalesce(sum(energy_uj) FILTER (WHERE output_tokens IS NOT NULL), 0),
                coalesce(sum(cached_tokens), 0), coalesce(sum(reasoning_tokens), 0), 0::numeric,
                coalesce(sum(tasks_completed + tasks_failed + tasks_cancelled)
                    FILTER (WHERE energy_sq_uj2 IS NULL), 0)::bigint,
                coalesce(sum(tasks_completed) FILTER (WHERE buckets IS NULL), 0)::bigint, 0::numeric, 0::numeric,
                0::numeric, 0::numeric)
            FROM usage_window WHERE window_from >= $1 AND window_from < $2 GROUP BY 1, 2, 3
        ) AS records USING (provider_id, group_id, hour)
        WHERE total.sums IS DISTINCT FROM records.sums ORDER BY 1 LIMIT $3"#,
        from,
        to,
        MAX_DIFFERENCES as i64,
    )
    .fetch_all(&mut **transaction)
    .await?;
    Ok(differences)
}

async fn stage_differences(
    transaction: &mut Transaction<'_, Postgres>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<Difference>, DbError> {
    let differences = sqlx::query_as!(
        Difference,
        r#"SELECT format('stage_hour provider %s group %s hour %s step %s', provider_id, group_id, hour,
                step_kind) AS "row!",
            coalesce(total.sums::text, 'no row') AS "total!", coalesce(records.sums::text, 'no record') AS "records!"
        FROM (
            SELECT provider_id, group_id, hour, step_kind, (steps, energy_uj, retry_energy_uj) AS sums
            FROM stage_hour WHERE hour >= $1 AND hour < $2
        ) AS total
        FULL JOIN (
            SELECT provider_id, group_id, date_trunc('hour', started_at, 'UTC') AS hour,
                (step->>0)::step_kind AS step_kind, (count(*), sum((step->>1)::numeric),
                    coalesce(sum((step->>1)::numeric) FILTER (WHERE step->>2 = 'true'), 0)) AS sums
            FROM task_record, json_array_elements(details->'steps') AS step
            WHERE started_at >= $1 AND started_at < $2 GROUP BY 1, 2, 3, 4
        ) AS records USING (provider_id, group_id, hour, step_kind)
        WHERE total.sums IS DISTINCT FROM records.sums ORDER BY 1 LIMIT $3"#,
        from,
        to,
        MAX_DIFFERENCES as i64,
    )
    .fetch_all(&mut **transaction)
    .await?;
    Ok(differences)
}

async fn unit_differences(
    transaction: &mut Transaction<'_, Postgres>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<Difference>, DbError> {
    let differences = sqlx::query_as!(
        Difference,
        r#"SELECT format('unit_hour provider %s group %s hour %s unit %s', provider_id, group_id, hour,
                natural_unit) AS "row!",
            coalesce(total.sums::text, 'no row') AS "total!", coalesce(records.sums::text, 'no record') AS "records!"
        FROM (
            SELECT provider_id, group_id, hour, natural_unit, (amount, energy_uj) AS sums
            FROM unit_hour WHERE hour >= $1 AND hour < $2
        ) AS total
        FULL JOIN (
            SELECT provider_id, group_id, date_trunc('hour', started_at, 'UTC') AS hour,
                unit.key::natural_unit AS natural_unit, (sum(unit.value::numeric), sum(energy_uj)) AS sums
            FROM task_record, json_each_text(details->'units') AS unit
            WHERE started_at >= $1 AND started_at < $2 GROUP BY 1, 2, 3, 4
        ) AS records USING (provider_id, group_id, hour, natural_unit)
        WHERE total.sums IS DISTINCT FROM records.sums ORDER BY 1 LIMIT $3"#,
        from,
        to,
        MAX_DIFFERENCES as i64,
    )
    .fetch_all(&mut **transaction)
    .await?;
    Ok(differences)
}

/// The bucket is computed here from the binary digits of the energy, independently of
/// [`crate::domain::totals::Bucket`].
async fn bucket_differences(
    transaction: &mut Transaction<'_, Postgres>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<Difference>, DbError> {
    let differences = sqlx::query_as!(
        Difference,
        r#"SELECT format('histogram_day provider %s group %s day %s bucket %s', provider_id, group_id, day,
                bucket) AS "row!",
            coalesce(total.tasks::text, 'no row') AS "total!", coalesce(records.tasks::text, 'no record') AS "records!"
        FROM (
            SELECT provider_id, group_id, day, bucket, sum(counted)::bigint AS tasks
            FROM histogram_day, unnest(buckets, tasks) AS part (bucket, counted)
            WHERE day >= ($1::timestamptz AT TIME ZONE 'UTC')::date
              AND day < ($2::timestamptz AT TIME ZONE 'UTC')::date
            GROUP BY 1, 2, 3, 4
        ) AS total
        FULL JOIN (
            SELECT provider_id, group_id, (started_at AT TIME ZONE 'UTC')::date AS day,
                (CASE WHEN digits <= 7 THEN energy_uj
                    ELSE (digits - 7) * 64 + (energy_uj >> (digits - 7)) END)::smallint AS bucket,
                count(*) AS tasks
            FROM (
                SELECT provider_id, group_id, started_at, energy_uj,
                    length(ltrim(energy_uj::bit(64)::text, '0')) AS digits
                FROM task_record JOIN record_group USING (provider_id, group_id)
                WHERE outcome = 'c' AND started_at >= $1 AND started_at < $2 AND boundary <> 'estimated'
            ) AS completed GROUP BY 1, 2, 3, 4
            UNION ALL
            SELECT provider_id, group_id, (window_from AT TIME ZONE 'UTC')::date, bucket, sum(counted)::bigint
            FROM usage_window, unnest(buckets, bucket_tasks) AS part (bucket, counted)
            WHERE window_from >= $1 AND window_from < $2 GROUP BY 1, 2, 3, 4
        ) AS records USING (provider_id, group_id, day, bucket)
        WHERE total.tasks IS DISTINCT FROM records.tasks ORDER BY 1 LIMIT $3"#,
        from,
        to,
        MAX_DIFFERENCES as i64,
    )
    .fetch_all(&mut **transaction)
    .await?;
    Ok(differences)
}
