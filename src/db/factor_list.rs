//! What there is of grid factors: sets, and how much of which year they cover in which zone.

use super::error::known;
use super::{DbError, Pool};
use crate::domain::factor::{Coverage, FactorSet, FactorValue, SetSummary};
use crate::domain::ids::FactorSetId;
use crate::domain::names::Slug;
use crate::domain::terms::{Basis, FactorKind, Perimeter, Resolution};
use chrono::{DateTime, Datelike, Utc};
use sqlx::{Postgres, Transaction};
use std::collections::BTreeSet;

/// Counts a set's values of these zones and years again, in the transaction that wrote them.
pub(super) async fn renew_coverage(
    transaction: &mut Transaction<'_, Postgres>,
    set: FactorSetId,
    written: &[FactorValue],
) -> Result<(), DbError> {
    let zones: BTreeSet<&str> = written.iter().map(|value| value.zone.as_str()).collect();
    let years: BTreeSet<i32> = written.iter().map(|value| value.valid_from.year()).collect();
    sqlx::query!(
        "SELECT renew_factor_coverage($1, $2, $3)",
        set.get(),
        &zones.into_iter().collect::<Vec<_>>() as _,
        &years.into_iter().collect::<Vec<_>>(),
    )
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// All sets, in the order in which they were registered.
pub async fn sets(pool: &Pool) -> Result<Vec<SetSummary>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT set_key, source, licence, attribution, release, factor_kind, basis, perimeter, resolution,
            preference, coalesce(zones, 0) AS "zones!", coalesce(values_total, 0) AS "values_total!",
            coalesce(values_estimated, 0) AS "values_estimated!", coalesce(quarantined, 0) AS "quarantined!",
            coalesce(highest_revision, 0) AS "highest_revision!",
            first_at AS "first_at?", last_at AS "last_at?",
            first_recorded_at AS "first_recorded_at?", last_recorded_at AS "last_recorded_at?"
        FROM factor_set
        LEFT JOIN (
            SELECT factor_set_id, count(DISTINCT zone_key) AS zones, sum(values_total)::bigint AS values_total,
                sum(values_estimated)::bigint AS values_estimated, max(highest_revision) AS highest_revision,
                min(first_at) AS first_at, max(last_at) AS last_at,
                min(first_recorded_at) AS first_recorded_at, max(last_recorded_at) AS last_recorded_at
            FROM factor_coverage GROUP BY factor_set_id
        ) AS covered USING (factor_set_id)
        LEFT JOIN (
            SELECT factor_set_id, count(*) AS quarantined
            FROM factor_quarantine JOIN quarantined_factor USING (quarantine_id)
            WHERE released_at IS NULL GROUP BY factor_set_id
        ) AS apart USING (factor_set_id)
        ORDER BY factor_set_id"#,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(SetSummary {
                set: FactorSet {
                    key: known(Slug::parse(&row.set_key).ok(), "set_key")?,
                    source: row.source,
                    licence: row.licence,
                    attribution: row.attribution,
                    release: row.release,
                    kind: known(FactorKind::parse(&row.factor_kind), &row.factor_kind)?,
                    basis: known(Basis::parse(&row.basis), &row.basis)?,
                    perimeter: known(Perimeter::parse(&row.perimeter), &row.perimeter)?,
                    resolution: known(Resolution::parse(&row.resolution), &row.resolution)?,
                },
                preference: row.preference,
                zones: row.zones,
                values: row.values_total,
                values_estimated: row.values_estimated,
                values_quarantined: row.quarantined,
                highest_revision: row.highest_revision,
                held: row.first_at.zip(row.last_at),
                recorded: row.first_recorded_at.zip(row.last_recorded_at),
            })
        })
        .collect()
}

/// Gives a set another preference; answers the one that it had, `None` where there is no such set.
pub async fn prefer(
    pool: &Pool,
    set: &Slug,
    preference: i16,
    now: DateTime<Utc>,
) -> Result<Option<i16>, DbError> {
    let before = sqlx::query_scalar!(
        "UPDATE factor_set SET preference = $2,
            preferred_at = CASE WHEN before.preference = $2 THEN factor_set.preferred_at ELSE $3 END
         FROM (SELECT factor_set_id, preference FROM factor_set WHERE set_key = $1 FOR UPDATE) AS before
         WHERE factor_set.factor_set_id = before.factor_set_id RETURNING before.preference",
        set.as_str(),
        preference,
        now,
    )
    .fetch_optional(pool)
    .await?;
    Ok(before)
}

/// What all sets hold of one zone, by set in the order of registering, then by year.
pub async fn coverage_of_zone(pool: &Pool, zone: &str) -> Result<Vec<Coverage>, DbError> {
    let rows = sqlx::query!(
        "SELECT set_key, factor_kind, basis, perimeter, resolution, year, covered_hours, values_total,
            values_estimated, highest_revision, first_at, last_at, first_recorded_at, last_recorded_at
         FROM factor_coverage JOIN factor_set USING (factor_set_id)
         WHERE zone_key = $1 ORDER BY factor_set_id, year",
        zone,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Coverage {
                set: known(Slug::parse(&row.set_key).ok(), "set_key")?,
                kind: known(FactorKind::parse(&row.factor_kind), &row.factor_kind)?,
                basis: known(Basis::parse(&row.basis), &row.basis)?,
                perimeter: known(Perimeter::parse(&row.perimeter), &row.perimeter)?,
                resolution: known(Resolution::parse(&row.resolution), &row.resolution)?,
                year: row.year,
                covered_hours: row.covered_hours,
                values: row.values_total,
                values_estimated: row.values_estimated,
                highest_revision: row.highest_revision,
                held: (row.first_at, row.last_at),
                recorded: (row.first_recorded_at, row.last_recorded_at),
            })
        })
        .collect()
}

/// How much of a year the best set of a resolution covers in a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Best {
    pub zone: String,
    pub year: i32,
    pub resolution: Resolution,
    pub covered_hours: i32,
}

/// The best of every resolution, zone and year, of average factors of one basis and perimeter: what the ladder
/// can use.
pub async fn best(pool: &Pool, basis: Basis, perimeter: Perimeter) -> Result<Vec<Best>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT zone_key, year, resolution, max(covered_hours) AS "covered_hours!"
        FROM factor_coverage JOIN factor_set USING (factor_set_id)
        WHERE factor_kind = 'average' AND basis = $1 AND perimeter = $2
        GROUP BY zone_key, year, resolution ORDER BY zone_key, year"#,
        basis.as_str(),
        perimeter.as_str(),
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Best {
                zone: row.zone_key,
                year: row.year,
                resolution: known(Resolution::parse(&row.resolution), &row.resolution)?,
                covered_hours: row.covered_hours,
            })
        })
        .collect()
}
