//! Values of grid factors that are kept apart until a person releases them.

use super::error::known;
use super::{DbError, Pool, factor, factor_list};
use crate::domain::factor::{FactorValue, Quarantine};
use crate::domain::ids::FactorSetId;
use crate::domain::terms::{FactorKind, QuarantineReason};
use crate::units::Intensity;
use chrono::{DateTime, Utc};
use sqlx::{Postgres, Transaction};

/// Keeps values apart, but for those that stand apart already; answers how many are new.
pub(super) async fn insert(
    transaction: &mut Transaction<'_, Postgres>,
    set: FactorSetId,
    new: &Quarantine,
    now: DateTime<Utc>,
) -> Result<u64, DbError> {
    let inserted = sqlx::query_scalar!(
        r#"WITH new AS (
            SELECT * FROM unnest($6::timestamptz[], $7::timestamptz[], $8::bigint[], $9::boolean[], $10::text[])
                AS value (valid_from, valid_to, intensity, is_estimated, estimation_method)
            WHERE NOT EXISTS (
                SELECT FROM factor_quarantine JOIN quarantined_factor AS known USING (quarantine_id)
                WHERE factor_set_id = $1 AND zone_key = $2 AND reason = $3
                  AND (known.valid_from, known.valid_to, known.intensity_ug_per_kwh, known.is_estimated)
                    = (value.valid_from, value.valid_to, value.intensity, value.is_estimated))
        ), item AS (
            INSERT INTO factor_quarantine (factor_set_id, zone_key, reason, detail, recorded_at)
            SELECT $1, $2, $3, $4, $5 WHERE EXISTS (SELECT FROM new)
            RETURNING quarantine_id
        ), stored AS (
            INSERT INTO quarantined_factor (quarantine_id, valid_from, valid_to, intensity_ug_per_kwh,
                is_estimated, estimation_method)
            SELECT quarantine_id, new.* FROM item, new RETURNING 1
        )
        SELECT count(*) AS "count!" FROM stored"#,
        set.get(),
        new.zone,
        new.reason.as_str(),
        new.detail,
        now,
        &new.values.iter().map(|value| value.valid_from).collect::<Vec<_>>(),
        &new.values.iter().map(|value| value.valid_to).collect::<Vec<_>>(),
        &new.values.iter().map(|value| value.micrograms_per_kwh).collect::<Vec<_>>(),
        &new.values.iter().map(|value| value.is_estimated).collect::<Vec<_>>(),
        &new.values.iter().map(|value| value.estimation_method.as_str()).collect::<Vec<_>>() as _,
    )
    .fetch_one(&mut **transaction)
    .await?;
    Ok(inserted.unsigned_abs())
}

/// Values that stand apart for one reason, as a list shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    pub number: i32,
    pub set_key: String,
    pub zone: String,
    pub reason: QuarantineReason,
    pub detail: String,
    pub values: i64,
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
    /// When, by whom and why they were released.
    pub released: Option<(DateTime<Utc>, String, String)>,
}

/// What stands apart, the latest first; with what was released where that is asked for.
pub async fn list(pool: &Pool, with_released: bool) -> Result<Vec<Item>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT quarantine_id, set_key, zone_key, reason, detail, factor_quarantine.recorded_at, released_at,
            released_by, note, count(*) AS "values!", min(valid_from) AS "first_at!", max(valid_to) AS "last_at!"
        FROM factor_quarantine JOIN factor_set USING (factor_set_id)
        JOIN quarantined_factor USING (quarantine_id)
        WHERE $1 OR released_at IS NULL
        GROUP BY quarantine_id, set_key ORDER BY quarantine_id DESC LIMIT 1000"#,
        with_released,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Item {
                number: row.quarantine_id,
                set_key: row.set_key,
                zone: row.zone_key,
                reason: known(QuarantineReason::parse(&row.reason), &row.reason)?,
                detail: row.detail,
                values: row.values,
                first_at: row.first_at,
                last_at: row.last_at,
                recorded_at: row.recorded_at,
                released: row
                    .released_at
                    .zip(row.released_by)
                    .zip(row.note)
                    .map(|((at, by), why)| (at, by, why)),
            })
        })
        .collect()
}

/// What came of asking for a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Release {
    /// So many values are used from now on.
    Released(u64),
    Unknown,
    AlreadyReleased,
    /// A negative value, one that no intensity can hold, or the zero of a residual mix, which is no data, is
    /// never released.
    Impossible,
}

/// Lets values be used as if they had not been set apart: they become the next revision of their hours.
/// The person and the reason stay with them.
pub async fn release(
    pool: &Pool,
    number: i32,
    by: &str,
    note: &str,
    now: DateTime<Utc>,
) -> Result<Release, DbError> {
    let mut transaction = pool.begin().await?;
    let Some(item) = sqlx::query!(
        "SELECT factor_set_id, zone_key, reason, released_at, factor_kind
         FROM factor_quarantine JOIN factor_set USING (factor_set_id)
         WHERE quarantine_id = $1 FOR UPDATE OF factor_quarantine",
        number,
    )
    .fetch_optional(&mut *transaction)
    .await?
    else {
        return Ok(Release::Unknown);
    };
    if item.released_at.is_some() {
        return Ok(Release::AlreadyReleased);
    }
    let rows = sqlx::query!(
        "SELECT valid_from, valid_to, intensity_ug_per_kwh, is_estimated, estimation_method
         FROM quarantined_factor WHERE quarantine_id = $1 ORDER BY valid_from",
        number,
    )
    .fetch_all(&mut *transaction)
    .await?;
    let values: Option<Vec<FactorValue>> = rows
        .into_iter()
        .map(|row| {
            Some(FactorValue {
                zone: item.zone_key.clone(),
                valid_from: row.valid_from,
                valid_to: row.valid_to,
                intensity: Intensity::from_micrograms_per_kwh(row.intensity_ug_per_kwh)?,
                is_estimated: row.is_estimated,
                estimation_method: row.estimation_method,
            })
        })
        .collect();
    let is_never = item.reason == QuarantineReason::Negative.as_str()
        || item.factor_kind == FactorKind::Residual.as_str()
            && item.reason == QuarantineReason::ZeroForNoData.as_str();
    let Some(values) = values.filter(|_| !is_never) else {
        return Ok(Release::Impossible);
    };
    let set = FactorSetId::from_db(item.factor_set_id);
    let written = factor::insert_values(&mut transaction, set, &values, now).await?;
    factor_list::renew_coverage(&mut transaction, set, &values).await?;
    sqlx::query!(
        "UPDATE factor_quarantine SET released_at = $2, released_by = $3, note = $4 WHERE quarantine_id = $1",
        number,
        now,
        by,
        note,
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Release::Released(written))
}
