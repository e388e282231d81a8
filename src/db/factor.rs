//! Grid carbon intensity factors.

use super::error::known;
use super::{DbError, Pool};
use crate::domain::factor::{FactorSet, FactorValue, GridFactor};
use crate::domain::ids::FactorSetId;
use crate::domain::names::Slug;
use crate::domain::period::Period;
use crate::domain::terms::{Basis, Perimeter, Resolution};
use crate::units::Intensity;
use chrono::{DateTime, Utc};
use sqlx::{Postgres, Transaction};

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Values that were new, or differed from the latest telling and became the next revision.
    pub written: u64,
    pub unchanged: u64,
}

/// Rows sent to the database at a time.
const CHUNK: usize = 20_000;

/// Stores the values of a set in one transaction: all or nothing. A value that differs from its
/// latest telling becomes the next revision; an unchanged one makes none. `progress` is told the
/// number of values done.
pub async fn import(
    pool: &Pool,
    set: &FactorSet,
    values: &[FactorValue],
    now: DateTime<Utc>,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Imported, DbError> {
    let mut transaction = pool.begin().await?;
    let id = find_or_insert_set(&mut transaction, set, now).await?;
    let mut imported = Imported::default();
    for chunk in values.chunks(CHUNK) {
        let written = insert_values(&mut transaction, id, chunk, now).await?;
        imported.written += written;
        imported.unchanged += chunk.len() as u64 - written;
        progress(imported.written + imported.unchanged);
    }
    transaction.commit().await?;
    Ok(imported)
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
            resolution, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (set_key) DO NOTHING",
        set.key.as_str(),
        set.source,
        set.licence,
        set.attribution,
        set.release,
        set.basis.as_str(),
        set.perimeter.as_str(),
        set.resolution.as_str(),
        now,
    )
    .execute(&mut **transaction)
    .await?;
    let id = sqlx::query_scalar!(
        "SELECT factor_set_id FROM factor_set
         WHERE set_key = $1 AND source = $2 AND licence = $3 AND attribution = $4 AND release = $5
           AND basis = $6 AND perimeter = $7 AND resolution = $8",
        set.key.as_str(),
        set.source,
        set.licence,
        set.attribution,
        set.release,
        set.basis.as_str(),
        set.perimeter.as_str(),
        set.resolution.as_str(),
    )
    .fetch_optional(&mut **transaction)
    .await?;
    match id {
        Some(id) => Ok(FactorSetId::from_db(id)),
        None => Err(DbError::Taken { constraint: "factor_set_set_key_key".to_owned() }),
    }
}

async fn insert_values(
    transaction: &mut Transaction<'_, Postgres>,
    set: FactorSetId,
    values: &[FactorValue],
    now: DateTime<Utc>,
) -> Result<u64, DbError> {
    let written = sqlx::query!(
        r#"INSERT INTO grid_factor (factor_set_id, zone_key, valid_from, valid_to, revision,
            intensity_ug_per_kwh, is_estimated, recorded_at)
        SELECT $1, new.zone_key, new.valid_from, new.valid_to, coalesce(latest.revision, 0) + 1,
            new.intensity, new.is_estimated, $7
        FROM unnest($2::text[], $3::timestamptz[], $4::timestamptz[], $5::bigint[], $6::boolean[])
            AS new (zone_key, valid_from, valid_to, intensity, is_estimated)
        LEFT JOIN LATERAL (
            SELECT revision, valid_to, intensity_ug_per_kwh, is_estimated FROM grid_factor
            WHERE factor_set_id = $1 AND zone_key = new.zone_key AND valid_from = new.valid_from
            ORDER BY revision DESC LIMIT 1
        ) AS latest ON true
        WHERE (latest.valid_to, latest.intensity_ug_per_kwh, latest.is_estimated)
            IS DISTINCT FROM (new.valid_to, new.intensity, new.is_estimated)"#,
        set.get(),
        &values.iter().map(|value| value.zone.as_str()).collect::<Vec<_>>() as _,
        &values.iter().map(|value| value.valid_from).collect::<Vec<_>>(),
        &values.iter().map(|value| value.valid_to).collect::<Vec<_>>(),
        &values.iter().map(|value| value.intensity.micrograms_per_kwh()).collect::<Vec<_>>(),
        &values.iter().map(|value| value.is_estimated).collect::<Vec<_>>(),
        now,
    )
    .execute(&mut **transaction)
    .await?;
    Ok(written.rows_affected())
}

/// The latest telling of every value of one basis and perimeter that the ladder may need: any that
/// touches the period, and yearly ones from the years before it. The latest telling is chosen first, so
/// that an earlier one cannot come back where the latest no longer touches the period.
pub async fn candidates(
    pool: &Pool,
    zones: &[String],
    basis: Basis,
    perimeter: Perimeter,
    period: Period,
    earliest: DateTime<Utc>,
) -> Result<Vec<GridFactor>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT * FROM (
            SELECT DISTINCT ON (factor_set_id, zone_key, valid_from)
                factor_set_id, resolution, zone_key, valid_from, valid_to, revision,
                intensity_ug_per_kwh, is_estimated
            FROM grid_factor JOIN factor_set USING (factor_set_id)
            WHERE zone_key = ANY ($1) AND basis = $2 AND perimeter = $3 AND valid_from < $5
              AND valid_from >= CASE resolution
                  WHEN 'year' THEN $6 ELSE $4::timestamptz - interval '1 month' END
            ORDER BY factor_set_id, zone_key, valid_from, revision DESC
        ) AS latest
        WHERE valid_to > $4 OR resolution = 'year'"#,
        zones,
        basis.as_str(),
        perimeter.as_str(),
        period.from(),
        period.to(),
        earliest,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(GridFactor {
                set: FactorSetId::from_db(row.factor_set_id),
                resolution: known(Resolution::parse(&row.resolution), &row.resolution)?,
                value: FactorValue {
                    zone: row.zone_key,
                    valid_from: row.valid_from,
                    valid_to: row.valid_to,
                    intensity: known(
                        Intensity::from_micrograms_per_kwh(row.intensity_ug_per_kwh),
                        "intensity_ug_per_kwh",
                    )?,
                    is_estimated: row.is_estimated,
                },
                revision: row.revision,
            })
        })
        .collect()
}

/// The sets with these numbers.
pub async fn sets(pool: &Pool, ids: &[FactorSetId]) -> Result<Vec<(FactorSetId, FactorSet)>, DbError> {
    let ids: Vec<i32> = ids.iter().map(|id| id.get()).collect();
    let rows = sqlx::query!(
        "SELECT factor_set_id, set_key, source, licence, attribution, release, basis, perimeter, resolution
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
