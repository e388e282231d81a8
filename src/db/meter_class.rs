//! Classes of meters, as providers declare them of their sites.

use super::declared::Told;
use super::error::known;
use super::{DbError, Pool};
use crate::domain::ids::SiteId;
use crate::domain::meter::{MeterClass, SiteMeterClass};
use crate::domain::period::{Days, Period};
use crate::domain::terms::MeterClassKind;
use chrono::{DateTime, Utc};

/// Tells the class of a site's meters or of the counters in its devices.
pub(super) async fn tell_site_class(
    pool: &Pool,
    site: SiteId,
    kind: MeterClassKind,
    class: MeterClass,
    valid: Days,
    now: DateTime<Utc>,
) -> Result<Told, DbError> {
    let mut transaction = pool.begin().await?;
    super::declared::lock_site(&mut transaction, site).await?;
    let latest = sqlx::query!(
        "SELECT revision, recorded_at, valid_from, valid_to, class_ppm FROM site_meter_class
         WHERE site_id = $1 AND class_kind = $2 AND valid_from < $4 AND valid_to > $3
         ORDER BY revision DESC LIMIT 1",
        site.get(),
        kind.as_str(),
        valid.from(),
        valid.to(),
    )
    .fetch_optional(&mut *transaction)
    .await?;
    if let Some(row) = latest
        && (row.valid_from, row.valid_to, row.class_ppm) == (valid.from(), valid.to(), class.ppm())
    {
        return Ok(Told { is_new: false, revision: row.revision, recorded_at: row.recorded_at });
    }
    let revision = sqlx::query_scalar!(
        "INSERT INTO site_meter_class (site_id, class_kind, revision, valid_from, valid_to, class_ppm, recorded_at)
         SELECT $1, $2, coalesce(max(revision), 0) + 1, $3, $4, $5, $6
         FROM site_meter_class WHERE site_id = $1 AND class_kind = $2
         RETURNING revision",
        site.get(),
        kind.as_str(),
        valid.from(),
        valid.to(),
        class.ppm(),
        now,
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Told { is_new: true, revision, recorded_at: now })
}

/// Every telling of the classes of these sites that touches the period.
pub async fn site_classes(
    pool: &Pool,
    sites: &[SiteId],
    period: Period,
) -> Result<Vec<SiteMeterClass>, DbError> {
    let ids: Vec<i32> = sites.iter().map(|site| site.get()).collect();
    let rows = sqlx::query!(
        "SELECT site_id, class_kind, revision, valid_from, valid_to, class_ppm FROM site_meter_class
         WHERE site_id = ANY ($1) AND valid_from < ($3::timestamptz AT TIME ZONE 'UTC')
           AND valid_to > ($2::timestamptz AT TIME ZONE 'UTC')
         ORDER BY site_id, class_kind, revision",
        &ids,
        period.from(),
        period.to(),
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(SiteMeterClass {
                site: SiteId::from_db(row.site_id),
                kind: known(MeterClassKind::parse(&row.class_kind), &row.class_kind)?,
                valid: known(Days::new(row.valid_from, row.valid_to), "valid_from and valid_to")?,
                revision: row.revision,
                class: known(MeterClass::from_ppm(row.class_ppm), "class_ppm")?,
            })
        })
        .collect()
}
