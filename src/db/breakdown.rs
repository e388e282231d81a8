//! Sums of the totals by window and group, a page at a time.

use super::error::known;
use super::{DbError, Pool};
use crate::domain::breakdown::{PartSums, Question, RowKey, StageSums, TaskSums};
use crate::domain::totals::TaskCounts;
use crate::units::EnergyTotal;
use chrono::{DateTime, Utc};
use ethnum::I256;
use sqlx::{Postgres, Transaction};
use std::str::FromStr;

/// A part of what is asked: rows after a key, of windows that begin in `[from, to)`.
struct Slice<'a> {
    question: &'a Question,
    group_by: &'a [String],
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    after: Option<&'a RowKey>,
    limit: i64,
}

struct Row {
    window_from: DateTime<Utc>,
    key: Vec<String>,
    sums: Vec<String>,
}

/// Reads a slice of one table. Texts are compared byte by byte, so that the order of rows is the same in
/// every database.
macro_rules! rows {
    ($transaction:expr, $slice:expr, $table:tt, $kind:tt, $sums:tt) => {
        sqlx::query_as!(
            Row,
            r#"SELECT window_from AS "window_from!", key AS "key!", sums AS "sums!" FROM (
                SELECT date_trunc($2, hour, 'UTC') AS window_from,
                    ARRAY[
                        CASE WHEN 'service' = ANY ($3::text[]) THEN service_key ELSE '' END,
                        CASE WHEN 'model' = ANY ($3) THEN model_key ELSE '' END,
                        CASE WHEN 'site' = ANY ($3) THEN site_key ELSE '' END,
                        CASE WHEN 'task_type' = ANY ($3) THEN task_type ELSE '' END,
                        CASE WHEN 'boundary' = ANY ($3) THEN boundary ELSE '' END,
                        CASE WHEN 'evidence' = ANY ($3) THEN evidence ELSE '' END,
                        CASE WHEN 'accelerator' = ANY ($3) THEN accelerator ELSE '' END,
                        CASE WHEN 'place' = ANY ($3) THEN place ELSE '' END,
                        CASE WHEN 'counted_from' = ANY ($3) THEN counted_from ELSE '' END,
                        "#
                + $kind
                + r#"
                    ] COLLATE "C" AS key,
                    ARRAY["#
                + $sums
                + r#"]::text[] AS sums
                FROM "#
                + $table
                + r#" JOIN record_group USING (provider_id, group_id)
                    JOIN service USING (provider_id, service_id)
                    JOIN model USING (provider_id, model_id)
                    JOIN site USING (provider_id, site_id)
                WHERE provider_id = $1 AND hour >= $4 AND hour < $5
                  AND ($6::text IS NULL OR service_key = $6) AND ($7::text IS NULL OR model_key = $7)
                  AND ($8::text IS NULL OR site_key = $8) AND ($9::text IS NULL OR task_type = $9)
                GROUP BY 1, 2
            ) AS rows
            WHERE $10::timestamptz IS NULL OR (window_from, key) > ($10, $11::text[])
            ORDER BY window_from, key LIMIT $12"#,
            $slice.question.provider.get(),
            $slice.question.window.as_str(),
            $slice.group_by,
            $slice.from,
            $slice.to,
            $slice.question.service.as_ref().map(|name| name.as_str()),
            $slice.question.model.as_ref().map(|name| name.as_str()),
            $slice.question.site.as_ref().map(|name| name.as_str()),
            $slice.question.task_type.map(|task_type| task_type.as_str()),
            $slice.after.map(|key| key.window_from),
            $slice.after.map_or(&[][..], |key| &key.columns),
            $slice.limit,
        )
        .fetch_all(&mut **$transaction)
        .await
    };
}

/// Which table is read.
#[derive(Clone, Copy)]
enum Table {
    Tasks,
    Stages,
    Units,
}

/// Sums over tasks, at most `limit` rows after a key.
pub async fn tasks(
    pool: &Pool,
    question: &Question,
    after: Option<&RowKey>,
    limit: usize,
) -> Result<Vec<(RowKey, TaskSums)>, DbError> {
    read(page(pool, question, after, limit, Table::Tasks).await?, task_sums)
}

/// Sums over the steps of tasks, by kind of step.
pub async fn stages(
    pool: &Pool,
    question: &Question,
    after: Option<&RowKey>,
    limit: usize,
) -> Result<Vec<(RowKey, StageSums)>, DbError> {
    read(page(pool, question, after, limit, Table::Stages).await?, stage_sums)
}

/// Sums over the natural units of the records that state them, by unit.
pub async fn units(
    pool: &Pool,
    question: &Question,
    after: Option<&RowKey>,
    limit: usize,
) -> Result<Vec<(RowKey, PartSums)>, DbError> {
    read(page(pool, question, after, limit, Table::Units).await?, part_sums)
}

/// A page as of one moment. It is read in slices of time that grow: a page of hours out of a year must not
/// add up the whole year, and a year with few rows must not take thousands of statements.
async fn page(
    pool: &Pool,
    question: &Question,
    after: Option<&RowKey>,
    limit: usize,
    table: Table,
) -> Result<Vec<Row>, DbError> {
    const FIRST_WINDOWS: u32 = 4;
    const GROWTH: u32 = 4;
    let mut transaction = pool.begin().await?;
    sqlx::query!("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .execute(&mut *transaction)
        .await?;
    let period = question.period;
    let group_by: Vec<String> = question.group_by.iter().map(|column| column.as_str().to_owned()).collect();
    let mut from = after.map_or(period.from(), |key| key.window_from.max(period.from()));
    let mut windows = FIRST_WINDOWS;
    let mut found = Vec::new();
    while from < period.to() && found.len() < limit {
        let to = question.window.later(from, windows).min(period.to());
        let limit = i64::try_from(limit - found.len()).unwrap_or(i64::MAX);
        let slice = Slice { question, group_by: &group_by, from, to, after, limit };
        found.extend(rows(&mut transaction, table, &slice).await?);
        from = to;
        windows = windows.saturating_mul(GROWTH);
    }
    Ok(found)
}

async fn rows(
    transaction: &mut Transaction<'_, Postgres>,
    table: Table,
    slice: &Slice<'_>,
) -> Result<Vec<Row>, DbError> {
    let found = match table {
        Table::Tasks => rows!(
            transaction,
            slice,
            "total_hour",
            "''",
            "sum(tasks_completed), sum(tasks_failed), sum(tasks_cancelled), sum(tasks_without_squares),
             sum(tasks_without_histogram), sum(energy_uj), sum(output_tokens_energy_uj), sum(input_tokens),
             sum(output_tokens), sum(cached_tokens), sum(reasoning_tokens), sum(accelerator_us),
             sum(energy_sq_uj2)"
        ),
        Table::Stages => {
            rows!(
                transaction,
                slice,
                "stage_hour",
                "step_kind::text",
                "sum(steps), sum(energy_uj), sum(retry_energy_uj)"
            )
        }
        Table::Units => {
            rows!(transaction, slice, "unit_hour", "natural_unit::text", "sum(amount), sum(energy_uj)")
        }
    };
    Ok(found?)
}

fn read<T>(rows: Vec<Row>, sums: fn(&[String]) -> Result<T, DbError>) -> Result<Vec<(RowKey, T)>, DbError> {
    rows.into_iter()
        .map(|row| Ok((RowKey { window_from: row.window_from, columns: row.key }, sums(&row.sums)?)))
        .collect()
}

fn number<T: FromStr>(text: &str) -> Result<T, DbError> {
    known(text.parse().ok(), "a sum")
}

fn energy(text: &str) -> Result<EnergyTotal, DbError> {
    number(text).map(EnergyTotal::from_microjoules)
}

fn task_sums(sums: &[String]) -> Result<TaskSums, DbError> {
    let [
        completed,
        failed,
        cancelled,
        without_squares,
        without_histogram,
        energy_uj,
        output_energy,
        input,
        output,
        cached,
        reasoning,
        accelerator,
        squared,
    ] = sums
    else {
        return Err(DbError::Unreadable("sums of tasks".to_owned()));
    };
    Ok(TaskSums {
        tasks: TaskCounts {
            completed: number(completed)?,
            failed: number(failed)?,
            cancelled: number(cancelled)?,
        },
        energy: energy(energy_uj)?,
        energy_squared_uj2: number::<I256>(squared)?,
        input_tokens: number(input)?,
        output_tokens: number(output)?,
        cached_tokens: number(cached)?,
        reasoning_tokens: number(reasoning)?,
        accelerator_us: number(accelerator)?,
        output_tokens_energy: energy(output_energy)?,
        tasks_without_squares: number(without_squares)?,
        tasks_without_histogram: number(without_histogram)?,
    })
}

fn stage_sums(sums: &[String]) -> Result<StageSums, DbError> {
    let [steps, energy_uj, retry_energy_uj] = sums else {
        return Err(DbError::Unreadable("sums of steps".to_owned()));
    };
    Ok(StageSums {
        steps: number(steps)?,
        energy: energy(energy_uj)?,
        retry_energy: energy(retry_energy_uj)?,
    })
}

fn part_sums(sums: &[String]) -> Result<PartSums, DbError> {
    let [amount, energy_uj] = sums else {
        return Err(DbError::Unreadable("sums of parts".to_owned()));
    };
    Ok(PartSums { amount: number(amount)?, energy: energy(energy_uj)? })
}
