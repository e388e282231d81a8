//! Packs of months that are over: making them in the background, and comparing them with the rows they are made of.

use super::pack::{PACKING, Pack, pack};
use super::rows::{self, Slice, Wanted};
use super::{KnownGroup, groups};
use crate::db::error::known;
use crate::db::{DbError, Pool};
use crate::domain::ids::ProviderId;
use crate::domain::period::Month;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::{Postgres, Transaction};

/// Time after the end of a month from which on it is packed: most of what is late has come by then.
const OVER_FOR: TimeDelta = TimeDelta::days(1);
/// Groups and months that are packed in one transaction. Records of their provider wait for it, and others that are
/// stored together with some of it.
const AT_ONCE: usize = 20;
/// Most groups and months that are looked for at once.
const FOUND_AT_ONCE: usize = 10_000;
/// SQLSTATE of a lock that was not had in time.
const LOCK_NOT_AVAILABLE: &str = "55P03";

const EVERYTHING: Wanted = Wanted { days: true, beside: true, squares: true, unmeasured: true };

/// Makes the packs that are missing of months that are over; answers of how many.
///
/// Whoever adds to totals of a provider holds its lock shared or alone until the addition can be seen, and deletes the
/// pack in the same transaction. This holds the lock alone: what it reads then is all there is, and what comes later
/// deletes what it made. It waits for a short time only, because records wait behind it; then the rest is for the next
/// time.
///
/// # Errors
///
/// The first that there was; the other providers' months are packed all the same.
pub async fn pack_months(pool: &Pool, now: DateTime<Utc>) -> Result<u64, DbError> {
    let mut packed = 0;
    loop {
        let found = unpacked(pool, now).await?;
        let mut is_all = true;
        let mut failed = None;
        for of_provider in found.chunk_by(|one, next| one.0 == next.0) {
            let provider = ProviderId::from_db(of_provider[0].0);
            for some in of_provider.chunks(AT_ONCE) {
                match pack_some(pool, provider, some).await {
                    Ok(Some(made)) => {
                        packed += made;
                        continue;
                    }
                    Ok(None) => is_all = false,
                    Err(error) => failed = failed.or(Some(error)),
                }
                break;
            }
        }
        if let Some(error) = failed {
            return Err(error);
        }
        if !is_all || found.len() < FOUND_AT_ONCE {
            return Ok(packed);
        }
    }
}

/// Provider, month and group of what has totals of a month that is over, and no pack.
async fn unpacked(pool: &Pool, now: DateTime<Utc>) -> Result<Vec<(i32, NaiveDate, i32)>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT record_group.provider_id, first::date AS "month!", record_group.group_id
        FROM record_group
        CROSS JOIN LATERAL (
            SELECT min(hour) AS first_hour, max(hour) AS last_hour FROM total_hour
            WHERE provider_id = record_group.provider_id AND total_hour.group_id = record_group.group_id
        ) AS time
        CROSS JOIN LATERAL generate_series(date_trunc('month', first_hour AT TIME ZONE 'UTC'),
            last_hour AT TIME ZONE 'UTC', interval '1 month') AS first
        WHERE (first + interval '1 month') AT TIME ZONE 'UTC' <= $1
          AND NOT EXISTS (
            SELECT FROM total_month
            WHERE provider_id = record_group.provider_id AND month = first::date
              AND group_id = record_group.group_id AND packing >= $2)
          -- One look into the index for each; EXISTS would be planned as one join over all totals.
          AND (
            SELECT true FROM total_hour
            WHERE provider_id = record_group.provider_id AND group_id = record_group.group_id
              AND hour >= first AT TIME ZONE 'UTC' AND hour < (first + interval '1 month') AT TIME ZONE 'UTC'
            LIMIT 1)
        ORDER BY provider_id, 2, group_id LIMIT $3"#,
        now - OVER_FOR,
        PACKING,
        FOUND_AT_ONCE as i64,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.provider_id, row.month, row.group_id)).collect())
}

/// `None` where the lock was not had.
async fn pack_some(
    pool: &Pool,
    provider: ProviderId,
    some: &[(i32, NaiveDate, i32)],
) -> Result<Option<u64>, DbError> {
    let mut transaction = pool.begin().await?;
    sqlx::query!("SET LOCAL lock_timeout = '200ms'").execute(&mut *transaction).await?;
    let lock = sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtext('taskwatt.windows.' || current_schema()), $1)",
        provider.get(),
    );
    if let Err(error) = lock.execute(&mut *transaction).await {
        let code = error.as_database_error().and_then(|inner| inner.code());
        return if code.as_deref() == Some(LOCK_NOT_AVAILABLE) { Ok(None) } else { Err(error.into()) };
    }
    let wanted = still_unpacked(&mut transaction, provider, some).await?;
    if wanted.is_empty() {
        return Ok(Some(0));
    }
    let groups = groups(&mut transaction, provider, None).await?;
    let made = make(&mut transaction, provider, &groups, &wanted).await?;
    let columns = Columns::new(&wanted, made);
    let done = sqlx::query!(
        "INSERT INTO total_month AS pack (provider_id, month, group_id, packing, tasks, energy_uj, accelerator_us,
            tasks_with_time, tasks_without_time, hours_with_tasks, days, histograms, squares, stages, units, intervals,
            unmeasured)
        SELECT $1, new.month, new.group_id, $2, tasks, energy_uj, accelerator_us, tasks_with_time, tasks_without_time,
            hours_with_tasks, days, histograms, squares, stages, units, intervals, unmeasured
        FROM unnest($3::date[], $4::integer[], $5::bytea[], $6::bytea[], $7::bytea[], $8::bytea[], $9::bytea[],
                $10::bytea[], $11::bytea[])
            AS new (month, group_id, days, histograms, squares, stages, units, intervals, unmeasured)
        CROSS JOIN LATERAL month_sums($1, new.group_id, new.month)
        ON CONFLICT (provider_id, month, group_id) DO UPDATE SET
            packing = excluded.packing, tasks = excluded.tasks, energy_uj = excluded.energy_uj,
            accelerator_us = excluded.accelerator_us, tasks_with_time = excluded.tasks_with_time,
            tasks_without_time = excluded.tasks_without_time, hours_with_tasks = excluded.hours_with_tasks,
            days = excluded.days, histograms = excluded.histograms, squares = excluded.squares,
            stages = excluded.stages, units = excluded.units, intervals = excluded.intervals,
            unmeasured = excluded.unmeasured
        WHERE pack.packing < excluded.packing",
        provider.get(),
        PACKING,
        &columns.month,
        &columns.group_id,
        &columns.days,
        &columns.histograms,
        &columns.squares,
        &columns.stages,
        &columns.units,
        &columns.intervals,
        &columns.unmeasured,
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Some(done.rows_affected()))
}

/// Those that nobody packed while the lock was waited for: several instances find the same.
async fn still_unpacked(
    transaction: &mut Transaction<'_, Postgres>,
    provider: ProviderId,
    some: &[(i32, NaiveDate, i32)],
) -> Result<Vec<(NaiveDate, i32)>, DbError> {
    let (months, groups): (Vec<NaiveDate>, Vec<i32>) =
        some.iter().map(|(_, month, group)| (*month, *group)).unzip();
    let rows = sqlx::query!(
        r#"SELECT month AS "month!", group_id AS "group_id!" FROM unnest($2::date[], $3::integer[]) AS wanted (month, group_id)
        WHERE NOT EXISTS (
            SELECT FROM total_month
            WHERE provider_id = $1 AND month = wanted.month AND group_id = wanted.group_id AND packing >= $4)"#,
        provider.get(),
        &months,
        &groups,
        PACKING,
    )
    .fetch_all(&mut **transaction)
    .await?;
    Ok(rows.into_iter().map(|row| (row.month, row.group_id)).collect())
}

/// The packs of months and groups as rows make them now.
async fn make(
    transaction: &mut Transaction<'_, Postgres>,
    provider: ProviderId,
    groups: &[KnownGroup],
    wanted: &[(NaiveDate, i32)],
) -> Result<Vec<Pack>, DbError> {
    let mut slices = Vec::new();
    let mut months = Vec::new();
    for (first_day, group_id) in wanted {
        let place = groups.binary_search_by_key(group_id, |group| group.id).ok();
        let group = known(place.map(|place| &groups[place]), "a group")?;
        let month = known(Month::beginning_on(*first_day), "a month")?;
        let (from, to) = month.ends();
        slices.push(Slice { group, from, to });
        months.push(month);
    }
    let parts = rows::read(transaction, provider, &slices, EVERYTHING).await?;
    parts.iter().zip(months).map(|(parts, month)| pack(parts, month)).collect()
}

/// One array for each column, as `unnest` takes them.
#[derive(Default)]
struct Columns {
    month: Vec<NaiveDate>,
    group_id: Vec<i32>,
    days: Vec<Vec<u8>>,
    histograms: Vec<Vec<u8>>,
    squares: Vec<Vec<u8>>,
    stages: Vec<Vec<u8>>,
    units: Vec<Vec<u8>>,
    intervals: Vec<Vec<u8>>,
    unmeasured: Vec<Vec<u8>>,
}

impl Columns {
    fn new(wanted: &[(NaiveDate, i32)], packs: Vec<Pack>) -> Columns {
        let mut columns = Columns::default();
        for ((month, group_id), pack) in wanted.iter().zip(packs) {
            columns.month.push(*month);
            columns.group_id.push(*group_id);
            columns.days.push(pack.days);
            columns.histograms.push(pack.histograms);
            columns.squares.push(pack.squares);
            columns.stages.push(pack.stages);
            columns.units.push(pack.units);
            columns.intervals.push(pack.intervals);
            columns.unmeasured.push(pack.unmeasured);
        }
        columns
    }
}

/// A pack that is not what its rows make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::db) struct PackDifference {
    pub(in crate::db) provider_id: i32,
    pub(in crate::db) group_id: i32,
    /// Its parts that differ.
    pub(in crate::db) parts: Vec<&'static str>,
}

/// Compares the packs of a month with what its rows make now; answers of how many there are, too. All within one
/// transaction whose statements see the same totals.
pub(in crate::db) async fn differences(
    transaction: &mut Transaction<'_, Postgres>,
    month: NaiveDate,
) -> Result<(i64, Vec<PackDifference>), DbError> {
    let rows = sqlx::query!(
        r#"SELECT provider_id, pack.group_id, days, histograms, squares, stages, units, intervals, unmeasured,
            (pack.tasks, pack.energy_uj, pack.accelerator_us, pack.tasks_with_time, pack.tasks_without_time,
                pack.hours_with_tasks)
            IS DISTINCT FROM (sums.tasks, sums.energy_uj, sums.accelerator_us, sums.tasks_with_time,
                sums.tasks_without_time, sums.hours_with_tasks) AS "has_other_sums!"
        FROM total_month AS pack CROSS JOIN LATERAL month_sums(provider_id, pack.group_id, month) AS sums
        WHERE month = $1 AND packing = $2 ORDER BY provider_id, pack.group_id"#,
        month,
        PACKING,
    )
    .fetch_all(&mut **transaction)
    .await?;
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    let mut found = Vec::new();
    for of_provider in rows.chunk_by(|one, next| one.provider_id == next.provider_id) {
        let provider = ProviderId::from_db(of_provider[0].provider_id);
        let groups = groups(transaction, provider, None).await?;
        for some in of_provider.chunks(AT_ONCE) {
            let wanted: Vec<(NaiveDate, i32)> = some.iter().map(|row| (month, row.group_id)).collect();
            let made = make(transaction, provider, &groups, &wanted).await?;
            for (row, made) in some.iter().zip(made) {
                let parts = [
                    ("days", made.days == row.days),
                    ("histograms", made.histograms == row.histograms),
                    ("squares", made.squares == row.squares),
                    ("stages", made.stages == row.stages),
                    ("units", made.units == row.units),
                    ("intervals", made.intervals == row.intervals),
                    ("unmeasured", made.unmeasured == row.unmeasured),
                    ("sums", !row.has_other_sums),
                ];
                let parts: Vec<&str> =
                    parts.into_iter().filter(|(_, is_same)| !is_same).map(|(name, _)| name).collect();
                if !parts.is_empty() {
                    let (provider_id, group_id) = (row.provider_id, row.group_id);
                    found.push(PackDifference { provider_id, group_id, parts });
                }
            }
        }
    }
    Ok((count, found))
}
