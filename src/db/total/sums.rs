//! Sums over many totals that need none of them one by one: from the columns of packs, and from rows for the rest.
//!
//! `OFFSET 0` keeps the planner from reading all rows and sorting out those it needs: it cannot know how few times have
//! no pack.

use super::PACKING;
use super::rows::energy;
use crate::db::error::known;
use crate::db::{DbError, Pool};
use crate::domain::embodied::AcceleratorTime;
use crate::domain::ids::{ProviderId, ServiceId, SiteId};
use crate::domain::names::{Name, Slug};
use crate::domain::period::Period;
use crate::units::EnergyTotal;
use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

/// Tasks and energy of a service and period at this moment.
pub async fn period_sums(
    executor: impl PgExecutor<'_>,
    provider: ProviderId,
    service: ServiceId,
    period: Period,
) -> Result<(i128, EnergyTotal), DbError> {
    let row = sqlx::query!(
        r#"WITH piece AS (SELECT * FROM total_pieces($1, $2, $3, $4, $5))
        SELECT coalesce(sum(tasks), 0)::text AS "tasks!", coalesce(sum(energy_uj), 0)::text AS "energy_uj!"
        FROM (
            SELECT tasks, energy_uj FROM piece
            JOIN total_month ON provider_id = $1 AND month = packed_month AND total_month.group_id = piece.group_id
            UNION ALL
            SELECT tasks_completed + tasks_failed + tasks_cancelled, energy_uj FROM piece
            CROSS JOIN LATERAL (
                SELECT * FROM total_hour
                WHERE provider_id = $1 AND total_hour.group_id = piece.group_id AND hour >= piece_from AND hour < piece_to
                OFFSET 0
            ) AS total
            WHERE packed_month IS NULL
        ) AS sums"#,
        provider.get(),
        service.get(),
        period.from(),
        period.to(),
        PACKING,
    )
    .fetch_one(executor)
    .await?;
    Ok((known(row.tasks.parse().ok(), "tasks")?, energy(&row.energy_uj)?))
}

/// Accelerator time and completed tasks of a service in a period, by site and kind of accelerator.
///
/// Totals are kept by group and hour, so a task counts as one with accelerator time where any task of its group and
/// hour states some.
pub async fn accelerator_times(
    pool: &Pool,
    provider: ProviderId,
    service: ServiceId,
    period: Period,
) -> Result<Vec<AcceleratorTime>, DbError> {
    let rows = sqlx::query!(
        r#"WITH piece AS (SELECT * FROM total_pieces($1, $2, $3, $4, $5))
        SELECT site_id, accelerator, sum(time_us)::text AS "time_us!", sum(with_time)::bigint AS "with_time!",
            sum(without_time)::bigint AS "without_time!"
        FROM (
            SELECT piece.group_id, accelerator_us AS time_us, tasks_with_time AS with_time,
                tasks_without_time AS without_time
            FROM piece
            JOIN total_month ON provider_id = $1 AND month = packed_month AND total_month.group_id = piece.group_id
            UNION ALL
            SELECT piece.group_id, sum(accelerator_us),
                coalesce(sum(tasks_completed) FILTER (WHERE accelerator_us > 0), 0)::bigint,
                coalesce(sum(tasks_completed) FILTER (WHERE accelerator_us = 0), 0)::bigint
            FROM piece
            CROSS JOIN LATERAL (
                SELECT * FROM total_hour
                WHERE provider_id = $1 AND total_hour.group_id = piece.group_id AND hour >= piece_from AND hour < piece_to
                OFFSET 0
            ) AS total
            WHERE packed_month IS NULL GROUP BY piece.group_id
        ) AS sums JOIN record_group USING (group_id)
        GROUP BY site_id, accelerator ORDER BY site_id, accelerator"#,
        provider.get(),
        service.get(),
        period.from(),
        period.to(),
        PACKING,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            // Empty where records do not name it.
            let accelerator = match row.accelerator.as_str() {
                "" => None,
                name => Some(known(Name::parse(name).ok(), "accelerator")?),
            };
            Ok(AcceleratorTime {
                site: SiteId::from_db(row.site_id),
                accelerator,
                time_us: known(row.time_us.parse().ok(), "accelerator_us")?,
                tasks_with_time: row.with_time,
                tasks_without_time: row.without_time,
            })
        })
        .collect()
}

/// Hours of a service without tasks, between hours with tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    pub service: Slug,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// Hours with tasks among the 168 before the gap.
    pub hours_with_tasks_before: i64,
    /// Hours with tasks in the period, and the hours from its first to its last one with tasks.
    pub hours_with_tasks: i64,
    pub hours: i64,
}

/// The gaps that reach into a period. Two weeks before it are read too, and one after it, so that a gap that
/// begins up to a week before it, or ends up to a week after it, is seen with the week before the gap.
pub async fn gaps(
    pool: &Pool,
    provider: ProviderId,
    service: Option<ServiceId>,
    period: Period,
) -> Result<Vec<Gap>, DbError> {
    let rows = sqlx::query!(
        r#"WITH piece AS (
            SELECT * FROM total_pieces($1, $4, $2::timestamptz - interval '336 hours',
                $3::timestamptz + interval '168 hours', $5)
        ), packed AS (
            SELECT service_id, month, bit_or(hours_with_tasks) AS bits FROM piece
            JOIN total_month ON provider_id = $1 AND month = packed_month AND total_month.group_id = piece.group_id
            GROUP BY service_id, month
        ), hours AS (
            SELECT service_id, month::timestamp AT TIME ZONE 'UTC' + interval '1 hour' * number AS hour
            FROM packed, generate_series(0, 743) AS number WHERE get_bit(bits, number) = 1
            UNION
            SELECT service_id, hour FROM piece
            CROSS JOIN LATERAL (
                SELECT * FROM total_hour
                WHERE provider_id = $1 AND total_hour.group_id = piece.group_id AND hour >= piece_from AND hour < piece_to
                OFFSET 0
            ) AS total
            WHERE packed_month IS NULL AND tasks_completed + tasks_failed + tasks_cancelled > 0
        ), marked AS (
            SELECT service_id, hour, lead(hour) OVER (PARTITION BY service_id ORDER BY hour) AS next_hour,
                count(*) OVER (PARTITION BY service_id ORDER BY hour
                    RANGE BETWEEN interval '167 hours' PRECEDING AND CURRENT ROW) AS hours_before,
                count(*) FILTER (WHERE hour >= $2 AND hour < $3) OVER service AS hours_in_period,
                max(hour) FILTER (WHERE hour < $3) OVER service AS last_hour,
                min(hour) FILTER (WHERE hour >= $2) OVER service AS first_hour
            FROM hours WINDOW service AS (PARTITION BY service_id)
        )
        SELECT service_key, greatest(hour + interval '1 hour', $2) AS "gap_from!",
            least(next_hour, $3) AS "gap_to!", hours_before AS "hours_before!",
            hours_in_period AS "hours_in_period!",
            (extract(epoch FROM last_hour - first_hour) / 3600 + 1)::bigint AS "hours!"
        FROM marked JOIN service USING (service_id)
        WHERE next_hour > hour + interval '1 hour' AND hour + interval '1 hour' < $3 AND next_hour > $2
        ORDER BY service_key, hour"#,
        provider.get(),
        period.from(),
        period.to(),
        service.map(ServiceId::get) as _,
        PACKING,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Gap {
                service: known(Slug::parse(&row.service_key).ok(), "service_key")?,
                from: row.gap_from,
                to: row.gap_to,
                hours_with_tasks_before: row.hours_before,
                hours_with_tasks: row.hours_in_period,
                hours: row.hours,
            })
        })
        .collect()
}
