//! Grid carbon intensity factors.

use super::error::known;
use super::{DbError, Pool, factor_list, quarantine};
use crate::domain::factor::{FactorSeries, FactorSet, FactorValue, Quarantine, SeriesValue};
use crate::domain::ids::FactorSetId;
use crate::domain::names::Slug;
use crate::domain::period::Period;
use crate::domain::terms::{Basis, FactorKind, Perimeter, Resolution};
use crate::units::Intensity;
use chrono::{DateTime, Datelike, Utc};
use sqlx::{Postgres, Transaction};
use std::collections::HashMap;

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Values that were new, or differed from the latest telling and became the next revision.
    pub written: u64,
    pub unchanged: u64,
    /// Values that were set apart now; those that stood apart before are unchanged.
    pub quarantined: u64,
}

/// Rows sent to the database at a time.
const CHUNK: usize = 20_000;

/// Stores the values of a set, and those that are set apart, in one transaction: all or nothing. A value that
/// differs from its latest telling becomes the next revision; an unchanged one makes none. Every zone must be
/// known. `progress` is told the number of values done.
pub async fn import(
    pool: &Pool,
    set: &FactorSet,
    values: &[FactorValue],
    quarantined: &[Quarantine],
    now: DateTime<Utc>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Imported, DbError> {
    let mut transaction = pool.begin().await?;
    let id = find_or_insert_set(&mut transaction, set, now).await?;
    check_zones(&mut transaction, values).await?;
    let mut imported = Imported::default();
    for chunk in values.chunks(CHUNK) {
        let written = insert_values(&mut transaction, id, chunk, now).await?;
        imported.written += written;
        imported.unchanged += chunk.len() as u64 - written;
        progress(imported.written + imported.unchanged);
    }
    if imported.written > 0 {
        factor_list::renew_coverage(&mut transaction, id, values).await?;
    }
    for one in quarantined {
        let new = quarantine::insert(&mut transaction, id, one, now).await?;
        imported.quarantined += new;
        imported.unchanged += one.values.len() as u64 - new;
    }
    transaction.commit().await?;
    Ok(imported)
}

/// Values are not bound to their zones by the schema, because that would cost a look a value.
async fn check_zones(
    transaction: &mut Transaction<'_, Postgres>,
    values: &[FactorValue],
) -> Result<(), DbError> {
    let mut zones: Vec<&str> = values.iter().map(|value| value.zone.as_str()).collect();
    zones.sort_unstable();
    zones.dedup();
    let unknown = sqlx::query_scalar!(
        r#"SELECT zone_key AS "zone_key!" FROM unnest($1::text[]) AS wanted (zone_key)
        WHERE NOT EXISTS (SELECT FROM zone WHERE zone.zone_key = wanted.zone_key) LIMIT 1"#,
        &zones as _,
    )
    .fetch_optional(&mut **transaction)
    .await?;
    unknown.map_or(Ok(()), |zone| Err(DbError::Unreadable(format!("a value of the unknown zone {zone}"))))
}

/// The set with this key; made where it is new. A set that is there under other terms is refused as
/// taken, because a licence or a basis does not change in silence.
async fn find_or_insert_set(
    transaction: &mut Transaction<'_, Postgres>,
    set: &FactorSet,
    now: DateTime<Utc>,
) -> Result<FactorSetId, DbError> {
    sqlx::query!(
        "INSERT INTO factor_set (set_key, source, licence, attribution, release, basis, perimeter,
            resolution, created_at, factor_kind)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (set_key) DO NOTHING",
        set.key.as_str(),
        set.source,
        set.licence,
        set.attribution,
        set.release,
        set.basis.as_str(),
        set.perimeter.as_str(),
        set.resolution.as_str(),
        now,
        set.kind.as_str(),
    )
    .execute(&mut **transaction)
    .await?;
    let id = sqlx::query_scalar!(
        "SELECT factor_set_id FROM factor_set
         WHERE set_key = $1 AND source = $2 AND licence = $3 AND attribution = $4 AND release = $5
           AND basis = $6 AND perimeter = $7 AND resolution = $8 AND factor_kind = $9",
        set.key.as_str(),
        set.source,
        set.licence,
        set.attribution,
        set.release,
        set.basis.as_str(),
        set.perimeter.as_str(),
        set.resolution.as_str(),
        set.kind.as_str(),
    )
    .fetch_optional(&mut **transaction)
    .await?;
    match id {
        Some(id) => Ok(FactorSetId::from_db(id)),
        None => Err(DbError::Taken { constraint: "factor_set_set_key_key".to_owned() }),
    }
}

pub(super) async fn insert_values(
    transaction: &mut Transaction<'_, Postgres>,
    set: FactorSetId,
    values: &[FactorValue],
    now: DateTime<Utc>,
) -> Result<u64, DbError> {
    let written = sqlx::query!(
        r#"INSERT INTO grid_factor (factor_set_id, zone_key, valid_from, valid_to, revision,
            intensity_ug_per_kwh, is_estimated, estimation_method, recorded_at)
        SELECT $1, new.zone_key, new.valid_from, new.valid_to, coalesce(latest.revision, 0) + 1,
            new.intensity, new.is_estimated, new.estimation_method, $8
        FROM unnest($2::text[], $3::timestamptz[], $4::timestamptz[], $5::bigint[], $6::boolean[], $7::text[])
            AS new (zone_key, valid_from, valid_to, intensity, is_estimated, estimation_method)
        LEFT JOIN LATERAL (
            SELECT revision, valid_to, intensity_ug_per_kwh, is_estimated, estimation_method FROM grid_factor
            WHERE factor_set_id = $1 AND zone_key = new.zone_key AND valid_from = new.valid_from
            ORDER BY revision DESC LIMIT 1
        ) AS latest ON true
        WHERE (latest.valid_to, latest.intensity_ug_per_kwh, latest.is_estimated, latest.estimation_method)
            IS DISTINCT FROM (new.valid_to, new.intensity, new.is_estimated, new.estimation_method)"#,
        set.get(),
        &values.iter().map(|value| value.zone.as_str()).collect::<Vec<_>>() as _,
        &values.iter().map(|value| value.valid_from).collect::<Vec<_>>(),
        &values.iter().map(|value| value.valid_to).collect::<Vec<_>>(),
        &values.iter().map(|value| value.intensity.micrograms_per_kwh()).collect::<Vec<_>>(),
        &values.iter().map(|value| value.is_estimated).collect::<Vec<_>>(),
        &values.iter().map(|value| value.estimation_method.as_str()).collect::<Vec<_>>() as _,
        now,
    )
    .execute(&mut **transaction)
    .await?;
    Ok(written.rows_affected())
}

/// The latest tellings of all sets of one kind, basis and perimeter (any, where none is named) that the ladder
/// may need of these zones: whatever touches the period, and yearly values from `earliest` on. The latest telling is chosen before it
/// is asked whether it touches the period, so that an earlier one cannot come back where it no longer does.
///
/// A year of hours of 40 zones are 351,360 values, so a series is one row: its values come as arrays, in the
/// order of the primary key, and nothing is sorted.
pub async fn series(
    pool: &Pool,
    zones: &[String],
    kind: FactorKind,
    basis: Basis,
    perimeter: Option<Perimeter>,
    period: Period,
    earliest: DateTime<Utc>,
) -> Result<Vec<FactorSeries>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT factor_set_id, resolution, preference, wanted.zone_key AS "zone!",
            series.valid_from AS "valid_from!", series.valid_to AS "valid_to!",
            intensity_ug_per_kwh AS "intensity_ug_per_kwh!", revision AS "revision!",
            is_estimated AS "is_estimated!"
        FROM factor_set CROSS JOIN unnest($1::text[]) AS wanted (zone_key)
        CROSS JOIN LATERAL (
            SELECT array_agg(valid_from) AS valid_from, array_agg(valid_to) AS valid_to,
                array_agg(intensity_ug_per_kwh) AS intensity_ug_per_kwh, array_agg(revision) AS revision,
                array_agg(is_estimated) AS is_estimated
            FROM (
                SELECT valid_from, valid_to, intensity_ug_per_kwh, revision, is_estimated FROM grid_factor
                WHERE factor_set_id = factor_set.factor_set_id AND zone_key = wanted.zone_key
                  AND valid_from < $5 AND valid_from >= CASE resolution
                      WHEN 'year' THEN $6
                      WHEN 'month' THEN $4::timestamptz - interval '31 days'
                      ELSE $4::timestamptz - interval '1 hour' END
                ORDER BY valid_from, revision
            ) AS told
        ) AS series
        WHERE factor_kind = $7 AND basis = $2 AND ($3::text IS NULL OR perimeter = $3)
          AND series.revision IS NOT NULL
        ORDER BY factor_set_id, wanted.zone_key"#,
        zones,
        basis.as_str(),
        perimeter.map(Perimeter::as_str),
        period.from(),
        period.to(),
        earliest,
        kind.as_str(),
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let resolution = known(Resolution::parse(&row.resolution), &row.resolution)?;
            let mut values: Vec<SeriesValue> = Vec::with_capacity(row.revision.len());
            for (at, revision) in row.revision.into_iter().enumerate() {
                let value = SeriesValue {
                    valid_from: row.valid_from[at],
                    valid_to: row.valid_to[at],
                    intensity: intensity(row.intensity_ug_per_kwh[at])?,
                    revision,
                    is_estimated: row.is_estimated[at],
                };
                match values.last_mut() {
                    Some(earlier) if earlier.valid_from == value.valid_from => *earlier = value,
                    _ => values.push(value),
                }
            }
            values.retain(|value| value.valid_to > period.from() || resolution == Resolution::Year);
            Ok(FactorSeries {
                set: FactorSetId::from_db(row.factor_set_id),
                resolution,
                preference: row.preference,
                zone: row.zone,
                values,
            })
        })
        .collect()
}

/// The sets with these numbers.
pub async fn sets(pool: &Pool, ids: &[FactorSetId]) -> Result<Vec<(FactorSetId, FactorSet)>, DbError> {
    let ids: Vec<i32> = ids.iter().map(|id| id.get()).collect();
    let rows = sqlx::query!(
        "SELECT factor_set_id, set_key, source, licence, attribution, release, factor_kind, basis, perimeter,
            resolution
         FROM factor_set WHERE factor_set_id = ANY ($1) ORDER BY factor_set_id",
        &ids,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let set = FactorSet {
                key: known(Slug::parse(&row.set_key).ok(), "set_key")?,
                source: row.source,
                licence: row.licence,
                attribution: row.attribution,
                release: row.release,
                kind: known(FactorKind::parse(&row.factor_kind), &row.factor_kind)?,
                basis: known(Basis::parse(&row.basis), &row.basis)?,
                perimeter: known(Perimeter::parse(&row.perimeter), &row.perimeter)?,
                resolution: known(Resolution::parse(&row.resolution), &row.resolution)?,
            };
            Ok((FactorSetId::from_db(row.factor_set_id), set))
        })
        .collect()
}

/// Whether a set of this key and release is loaded.
pub async fn has_release(pool: &Pool, key: &Slug, release: &str) -> Result<bool, DbError> {
    let found = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM factor_set WHERE set_key = $1 AND release = $2) AS "found!""#,
        key.as_str(),
        release,
    )
    .fetch_one(pool)
    .await?;
    Ok(found)
}

/// The latest telling of what a source says of the direct emissions of these zones in this time, to compare
/// its life-cycle values with.
pub async fn direct_of(
    pool: &Pool,
    source: &str,
    perimeter: Perimeter,
    zones: &[String],
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<HashMap<(String, DateTime<Utc>), Intensity>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT DISTINCT ON (zone_key, valid_from) zone_key, valid_from, intensity_ug_per_kwh
        FROM grid_factor JOIN factor_set USING (factor_set_id)
        WHERE source = $1 AND perimeter = $2 AND basis = 'direct' AND factor_kind = 'average'
          AND zone_key = ANY ($3) AND valid_from >= $4 AND valid_from < $5
        ORDER BY zone_key, valid_from, factor_set_id DESC, revision DESC"#,
        source,
        perimeter.as_str(),
        zones,
        from,
        to,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| Ok(((row.zone_key, row.valid_from), intensity(row.intensity_ug_per_kwh)?)))
        .collect()
}

/// The latest telling of the yearly values of these zones, of the set registered first.
pub async fn annual_of(
    pool: &Pool,
    basis: Basis,
    perimeter: Perimeter,
    zones: &[String],
) -> Result<HashMap<(String, i32), Intensity>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT DISTINCT ON (zone_key, valid_from) zone_key, valid_from, intensity_ug_per_kwh
        FROM grid_factor JOIN factor_set USING (factor_set_id)
        WHERE basis = $1 AND perimeter = $2 AND factor_kind = 'average' AND resolution = 'year'
          AND zone_key = ANY ($3)
        ORDER BY zone_key, valid_from, factor_set_id, revision DESC"#,
        basis.as_str(),
        perimeter.as_str(),
        zones,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| Ok(((row.zone_key, row.valid_from.year()), intensity(row.intensity_ug_per_kwh)?)))
        .collect()
}

fn intensity(micrograms: i64) -> Result<Intensity, DbError> {
    known(Intensity::from_micrograms_per_kwh(micrograms), "intensity_ug_per_kwh")
}
