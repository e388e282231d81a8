//! What is looked at for findings about energy: sums by group, and coefficients.

use crate::db::error::known;
use crate::db::{DbError, Pool};
use crate::domain::finding::{FindingScope, GroupDay};
use crate::domain::ids::{ModelId, ProviderId, ServiceId};
use crate::domain::names::{Name, Slug};
use crate::domain::period::Period;
use crate::domain::terms::TaskType;
use chrono::{DateTime, NaiveDate, Utc};

/// Reads the names that a statement selects.
macro_rules! scope_of {
    ($row:ident) => {
        FindingScope {
            service: Some(known(Slug::parse(&$row.service_key).ok(), "service_key")?),
            model: Some(known(Name::parse(&$row.model_key).ok(), "model_key")?),
            site: Some(known(Name::parse(&$row.site_key).ok(), "site_key")?),
            task_type: Some(known(TaskType::parse(&$row.task_type), &$row.task_type)?),
        }
    };
}

/// Sums by service, model, site and task type, and by UTC day from `first_day` to the period's end.
pub async fn group_days(
    pool: &Pool,
    provider: ProviderId,
    service: Option<ServiceId>,
    first_day: DateTime<Utc>,
    period: Period,
) -> Result<Vec<GroupDay>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT service_key, model_key, model_id, site_key, task_type, (hour AT TIME ZONE 'UTC')::date AS "day!",
            sum(tasks_completed + tasks_failed + tasks_cancelled)::bigint AS "tasks!",
            sum(tasks_completed)::bigint AS "completed!", sum(energy_uj)::text AS "energy_uj!",
            sum(input_tokens)::text AS "input_tokens!", sum(output_tokens)::text AS "output_tokens!",
            sum(output_tokens_energy_uj)::text AS "output_tokens_energy_uj!"
        FROM total_hour JOIN record_group USING (provider_id, group_id)
            JOIN service USING (provider_id, service_id) JOIN model USING (provider_id, model_id)
            JOIN site USING (provider_id, site_id)
        WHERE provider_id = $1 AND hour >= $2 AND hour < $3 AND ($4::integer IS NULL OR service_id = $4)
          -- Tasks that came without energy are estimated later.
          AND boundary <> 'estimated'
        GROUP BY service_key, model_key, model_id, site_key, task_type, 6
        ORDER BY service_key, model_key, site_key, task_type, 6"#,
        provider.get(),
        first_day,
        period.to(),
        service.map(ServiceId::get),
    )
    .fetch_all(pool)
    .await?;
    let number = |text: &str| known(text.parse::<i128>().ok(), "a sum");
    rows.into_iter()
        .map(|row| {
            Ok(GroupDay {
                scope: scope_of!(row),
                model: ModelId::from_db(row.model_id),
                day: row.day,
                tasks: row.tasks,
                completed: row.completed,
                energy_uj: number(&row.energy_uj)?,
                input_tokens: number(&row.input_tokens)?,
                output_tokens: number(&row.output_tokens)?,
                output_tokens_energy_uj: number(&row.output_tokens_energy_uj)?,
            })
        })
        .collect()
}

/// A coefficient whose energy of an output token is beyond some bounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OddCoefficient {
    pub model: Name,
    pub revision: i32,
    pub output_token_nj: i64,
    pub valid_from: NaiveDate,
    pub valid_to: NaiveDate,
}

/// Coefficients of models that have tasks, which hold on some day of a period and are below or above the bounds in
/// nanojoules. One that was told anew for all its days counts no longer.
pub async fn odd_coefficients(
    pool: &Pool,
    provider: ProviderId,
    service: Option<ServiceId>,
    period: Period,
    (least_nj, most_nj): (i64, i64),
) -> Result<Vec<OddCoefficient>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT model_key, revision, output_token_nj AS "output_token_nj!", valid_from, valid_to
        FROM model_coefficient AS told JOIN model USING (model_id)
        WHERE provider_id = $1 AND valid_from < ($3::timestamptz AT TIME ZONE 'UTC')
          AND valid_to > ($2::timestamptz AT TIME ZONE 'UTC')
          AND (output_token_nj < $5::bigint OR output_token_nj > $6::bigint)
          AND EXISTS (SELECT FROM record_group WHERE record_group.provider_id = $1
              AND record_group.model_id = told.model_id AND ($4::integer IS NULL OR service_id = $4))
          AND NOT EXISTS (SELECT FROM model_coefficient AS later
              WHERE later.model_id = told.model_id AND later.revision > told.revision
                AND (later.boundary, later.hardware) = (told.boundary, told.hardware)
                AND later.batch_size IS NOT DISTINCT FROM told.batch_size
                AND later.precision_bits IS NOT DISTINCT FROM told.precision_bits
                AND later.valid_from <= told.valid_from AND later.valid_to >= told.valid_to)
        ORDER BY model_key, revision"#,
        provider.get(),
        period.from(),
        period.to(),
        service.map(ServiceId::get),
        least_nj,
        most_nj,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(OddCoefficient {
                model: known(Name::parse(&row.model_key).ok(), "model_key")?,
                revision: row.revision,
                output_token_nj: row.output_token_nj,
                valid_from: row.valid_from,
                valid_to: row.valid_to,
            })
        })
        .collect()
}

/// Hours of a group on one UTC day whose tasks used far less than the mean of that day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LowHours {
    pub scope: FindingScope,
    pub hours: i64,
    pub completed: i64,
    pub first_hour: DateTime<Utc>,
    pub last_hour: DateTime<Utc>,
}

/// Hours with at least `least_tasks` completed tasks that used more than `factor` times less than the mean of their
/// day, and more than nothing. The day's mean hides them: half a day of a thousandth halves it.
pub async fn low_hours(
    pool: &Pool,
    provider: ProviderId,
    service: Option<ServiceId>,
    period: Period,
    (factor, least_tasks): (i32, i64),
) -> Result<Vec<LowHours>, DbError> {
    let rows = sqlx::query!(
        r#"WITH by_hour AS (
            SELECT service_id, model_id, site_id, task_type, hour, (hour AT TIME ZONE 'UTC')::date AS day,
                sum(tasks_completed) AS completed, sum(energy_uj) AS energy_uj,
                sum(sum(energy_uj)) OVER of_day AS day_energy_uj, sum(sum(tasks_completed)) OVER of_day AS day_completed
            FROM total_hour JOIN record_group USING (provider_id, group_id)
            WHERE provider_id = $1 AND hour >= $2 AND hour < $3 AND ($4::integer IS NULL OR service_id = $4)
              AND boundary <> 'estimated'
            GROUP BY service_id, model_id, site_id, task_type, hour
            WINDOW of_day AS
                (PARTITION BY service_id, model_id, site_id, task_type, (hour AT TIME ZONE 'UTC')::date)
        )
        SELECT service_key, model_key, site_key, task_type, count(*) AS "hours!",
            sum(completed)::bigint AS "completed!", min(hour) AS "first_hour!", max(hour) AS "last_hour!"
        FROM by_hour JOIN service USING (service_id) JOIN model USING (model_id) JOIN site USING (site_id)
        WHERE completed >= $6::bigint AND energy_uj > 0 AND energy_uj * day_completed * $5::integer < day_energy_uj * completed
        GROUP BY service_key, model_key, site_key, task_type, day
        ORDER BY service_key, model_key, site_key, task_type, day"#,
        provider.get(),
        period.from(),
        period.to(),
        service.map(ServiceId::get),
        factor,
        least_tasks,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(LowHours {
                scope: scope_of!(row),
                hours: row.hours,
                completed: row.completed,
                first_hour: row.first_hour,
                last_hour: row.last_hour,
            })
        })
        .collect()
}

/// Hours of a group in which tasks were completed and nothing used any energy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZeroEnergy {
    pub scope: FindingScope,
    pub hours: i64,
    pub completed: i64,
    pub first_hour: DateTime<Utc>,
    pub last_hour: DateTime<Utc>,
}

/// The groups that have such hours. Boundary, evidence and the like are looked at apart.
pub async fn zero_energy(
    pool: &Pool,
    provider: ProviderId,
    service: Option<ServiceId>,
    period: Period,
) -> Result<Vec<ZeroEnergy>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT service_key, model_key, site_key, task_type, count(DISTINCT hour) AS "hours!",
            sum(tasks_completed)::bigint AS "completed!", min(hour) AS "first_hour!", max(hour) AS "last_hour!"
        FROM total_hour JOIN record_group USING (provider_id, group_id)
            JOIN service USING (provider_id, service_id) JOIN model USING (provider_id, model_id)
            JOIN site USING (provider_id, site_id)
        WHERE provider_id = $1 AND hour >= $2 AND hour < $3 AND ($4::integer IS NULL OR service_id = $4)
          AND energy_uj = 0 AND tasks_completed > 0 AND boundary <> 'estimated'
        GROUP BY service_key, model_key, site_key, task_type
        ORDER BY service_key, model_key, site_key, task_type"#,
        provider.get(),
        period.from(),
        period.to(),
        service.map(ServiceId::get),
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(ZeroEnergy {
                scope: scope_of!(row),
                hours: row.hours,
                completed: row.completed,
                first_hour: row.first_hour,
                last_hour: row.last_hour,
            })
        })
        .collect()
}
