//! How many tasks services served by the month, and which of them figures do not describe, as providers declare it.
//! Nothing is overwritten: the latest telling of a month counts.

use super::declared::{Page, Told};
use super::error::known;
use super::{DbError, Pool};
use crate::domain::ids::ServiceId;
use crate::domain::period::{Month, Period};
use crate::domain::registry::{Exclusion, Served, Telling};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// An exclusion as the column holds it.
#[derive(Deserialize, PartialEq, Serialize)]
struct StoredExclusion {
    what: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tasks: Option<i64>,
}

fn stored_exclusions(exclusions: &[Exclusion]) -> serde_json::Value {
    let stored = exclusions.iter().map(|one| StoredExclusion { what: one.what.clone(), tasks: one.tasks });
    // Strings and whole numbers can always be written.
    serde_json::to_value(stored.collect::<Vec<_>>()).unwrap_or_default()
}

fn exclusions(stored: serde_json::Value) -> Result<Vec<Exclusion>, DbError> {
    let stored: Vec<StoredExclusion> = known(serde_json::from_value(stored).ok(), "exclusions")?;
    Ok(stored.into_iter().map(|one| Exclusion { what: one.what, tasks: one.tasks }).collect())
}

/// Tells how many tasks a service served in a month, and which the figures do not describe.
pub async fn tell(
    pool: &Pool,
    service: ServiceId,
    told: &Served,
    now: DateTime<Utc>,
) -> Result<Told, DbError> {
    let mut transaction = pool.begin().await?;
    sqlx::query!("SELECT service_id FROM service WHERE service_id = $1 FOR NO KEY UPDATE", service.get())
        .fetch_one(&mut *transaction)
        .await?;
    let latest = sqlx::query!(
        "SELECT revision, recorded_at, tasks, exclusions FROM service_served
         WHERE service_id = $1 AND month = $2 ORDER BY revision DESC LIMIT 1",
        service.get(),
        told.month.first_day(),
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let earlier = latest.as_ref().map_or(0, |row| row.revision);
    let stored = stored_exclusions(&told.exclusions);
    if let Some(row) = latest.filter(|row| (row.tasks, &row.exclusions) == (told.tasks, &stored)) {
        return Ok(Told { is_new: false, revision: row.revision, recorded_at: row.recorded_at });
    }
    let revision = earlier + 1;
    sqlx::query!(
        "INSERT INTO service_served (service_id, month, revision, tasks, recorded_at, exclusions)
         VALUES ($1, $2, $3, $4, $5, $6)",
        service.get(),
        told.month.first_day(),
        revision,
        told.tasks,
        now,
        stored,
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Told { is_new: true, revision, recorded_at: now })
}

/// Every telling of what a service served, in the order of telling.
pub async fn list(pool: &Pool, service: ServiceId, page: Page) -> Result<Vec<Telling<Served>>, DbError> {
    let rows = sqlx::query!(
        "SELECT month, revision, tasks, recorded_at, exclusions FROM service_served
         WHERE service_id = $1 ORDER BY recorded_at, month, revision OFFSET $2 LIMIT $3",
        service.get(),
        page.skip,
        page.limit,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Telling {
                what: Served {
                    month: known(Month::beginning_on(row.month), "month")?,
                    tasks: row.tasks,
                    exclusions: exclusions(row.exclusions)?,
                },
                revision: row.revision,
                recorded_at: row.recorded_at,
            })
        })
        .collect()
}

/// What the latest tellings of the months of a period exclude, by month. A month that the period cuts counts.
pub async fn exclusions_in(
    pool: &Pool,
    service: ServiceId,
    period: Period,
) -> Result<Vec<(Month, Vec<Exclusion>)>, DbError> {
    let rows = sqlx::query!(
        "SELECT DISTINCT ON (month) month, exclusions FROM service_served
         WHERE service_id = $1 AND month >= date_trunc('month', $2::timestamptz AT TIME ZONE 'UTC')
           AND month < ($3::timestamptz AT TIME ZONE 'UTC')
         ORDER BY month, revision DESC",
        service.get(),
        period.from(),
        period.to(),
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| Ok((known(Month::beginning_on(row.month), "month")?, exclusions(row.exclusions)?)))
        .collect()
}

/// Tasks that a service served in a period, as its provider declares by the month; `None` where the period is
/// not made of whole months, or where a month of it is not declared.
pub async fn tasks_in(pool: &Pool, service: ServiceId, period: Period) -> Result<Option<i128>, DbError> {
    let Some(months) = period.whole_months() else { return Ok(None) };
    let row = sqlx::query!(
        r#"SELECT count(*) AS "months!", coalesce(sum(tasks), 0)::text AS "tasks!" FROM (
            SELECT DISTINCT ON (month) tasks FROM service_served
            WHERE service_id = $1 AND month >= ($2::timestamptz AT TIME ZONE 'UTC')::date
              AND month < ($3::timestamptz AT TIME ZONE 'UTC')::date
            ORDER BY month, revision DESC
        ) AS latest"#,
        service.get(),
        period.from(),
        period.to(),
    )
    .fetch_one(pool)
    .await?;
    if row.months != i64::from(months) {
        return Ok(None);
    }
    Ok(Some(known(row.tasks.parse().ok(), "tasks")?))
}
