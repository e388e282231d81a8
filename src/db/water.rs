//! Water: what providers declare of their sites, and the factors of zones that they load.

use super::declared::{Page, Told};
use super::error::known;
use super::{DbError, Pool};
use crate::domain::ids::{ProviderId, SiteId};
use crate::domain::period::{Days, Period};
use crate::domain::registry::Telling;
use crate::domain::terms::WaterDefinition;
use crate::domain::water::{SiteWater, SiteWue, WaterFactor, WueDefinition};
use crate::units::WaterUse;
use chrono::{DateTime, NaiveDate, Utc};

/// Tells the water use of a site.
pub(super) async fn tell_site_wue(
    pool: &Pool,
    site: SiteId,
    water: &SiteWater,
    valid: Days,
    now: DateTime<Utc>,
) -> Result<Told, DbError> {
    let mut transaction = pool.begin().await?;
    super::declared::lock_site(&mut transaction, site).await?;
    let latest = sqlx::query!(
        r#"SELECT revision, recorded_at,
            (valid_from, valid_to, wue_ul_per_kwh, definition)
                = ($2::date, $3::date, $4::bigint, $5::text)
            AND definition_text IS NOT DISTINCT FROM $6 AS "is_same!"
         FROM site_wue WHERE site_id = $1 AND valid_from < $3 AND valid_to > $2
         ORDER BY revision DESC LIMIT 1"#,
        site.get(),
        valid.from(),
        valid.to(),
        water.value.microlitres_per_kwh(),
        water.definition.word().as_str(),
        water.definition.text(),
    )
    .fetch_optional(&mut *transaction)
    .await?;
    if let Some(row) = latest.filter(|row| row.is_same) {
        return Ok(Told { is_new: false, revision: row.revision, recorded_at: row.recorded_at });
    }
    let revision = sqlx::query_scalar!(
        "INSERT INTO site_wue (site_id, revision, valid_from, valid_to, wue_ul_per_kwh, definition,
            definition_text, recorded_at)
         SELECT $1, coalesce(max(revision), 0) + 1, $2, $3, $4, $5, $6, $7 FROM site_wue WHERE site_id = $1
         RETURNING revision",
        site.get(),
        valid.from(),
        valid.to(),
        water.value.microlitres_per_kwh(),
        water.definition.word().as_str(),
        water.definition.text(),
        now,
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Told { is_new: true, revision, recorded_at: now })
}

/// A stored water use of a site.
pub(super) fn site_water(
    ul_per_kwh: i64,
    definition: &str,
    text: Option<String>,
) -> Result<SiteWater, DbError> {
    let value = known(WaterUse::from_microlitres_per_kwh(ul_per_kwh), "wue_ul_per_kwh")?;
    let word = known(WaterDefinition::parse(definition), definition)?;
    Ok(SiteWater { value, definition: known(WueDefinition::new(word, text).ok(), "definition_text")? })
}

/// Every telling of the water use of these sites that touches the period.
pub async fn site_wue(pool: &Pool, sites: &[SiteId], period: Period) -> Result<Vec<SiteWue>, DbError> {
    let ids: Vec<i32> = sites.iter().map(|site| site.get()).collect();
    let rows = sqlx::query!(
        "SELECT site_id, revision, valid_from, valid_to, wue_ul_per_kwh, definition, definition_text
         FROM site_wue
         WHERE site_id = ANY ($1) AND valid_from < ($3::timestamptz AT TIME ZONE 'UTC')
           AND valid_to > ($2::timestamptz AT TIME ZONE 'UTC')
         ORDER BY site_id, revision",
        &ids,
        period.from(),
        period.to(),
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(SiteWue {
                site: SiteId::from_db(row.site_id),
                valid: days(row.valid_from, row.valid_to)?,
                revision: row.revision,
                water: site_water(row.wue_ul_per_kwh, &row.definition, row.definition_text)?,
            })
        })
        .collect()
}

fn days(from: NaiveDate, to: NaiveDate) -> Result<Days, DbError> {
    known(Days::new(from, to), "valid_from and valid_to")
}

/// A row of `water_factor`, as every query here selects it.
struct Row {
    zone_key: String,
    revision: i32,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
    water_ul_per_kwh: i64,
    source: String,
    licence: String,
    recorded_at: DateTime<Utc>,
}

impl Row {
    fn telling(self) -> Result<Telling<WaterFactor>, DbError> {
        let what = WaterFactor {
            zone: self.zone_key,
            valid: days(self.valid_from, self.valid_to)?,
            value: known(WaterUse::from_microlitres_per_kwh(self.water_ul_per_kwh), "water_ul_per_kwh")?,
            source: self.source,
            licence: self.licence,
        };
        Ok(Telling { what, revision: self.revision, recorded_at: self.recorded_at })
    }
}

/// Tells the water factor of a zone. The same again, for the same days, makes no revision.
pub async fn tell_factor(
    pool: &Pool,
    provider: ProviderId,
    factor: &WaterFactor,
    now: DateTime<Utc>,
) -> Result<Told, DbError> {
    let mut transaction = pool.begin().await?;
    // Those who tell of one provider wait for each other, so that revisions follow each other.
    sqlx::query!("SELECT provider_id FROM provider WHERE provider_id = $1 FOR NO KEY UPDATE", provider.get())
        .fetch_one(&mut *transaction)
        .await?;
    let latest = sqlx::query_as!(
        Row,
        "SELECT zone_key, revision, valid_from, valid_to, water_ul_per_kwh, source, licence, recorded_at
         FROM water_factor WHERE provider_id = $1 AND zone_key = $2 AND valid_from < $4 AND valid_to > $3
         ORDER BY revision DESC LIMIT 1",
        provider.get(),
        factor.zone,
        factor.valid.from(),
        factor.valid.to(),
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let latest = latest.map(Row::telling).transpose()?;
    if let Some(latest) = latest.filter(|latest| latest.what == *factor) {
        return Ok(Told { is_new: false, revision: latest.revision, recorded_at: latest.recorded_at });
    }
    let revision = sqlx::query_scalar!(
        "INSERT INTO water_factor (provider_id, zone_key, revision, valid_from, valid_to, water_ul_per_kwh, source,
            licence, recorded_at)
         SELECT $1, $2, coalesce(max(revision), 0) + 1, $3, $4, $5, $6, $7, $8
         FROM water_factor WHERE provider_id = $1 AND zone_key = $2
         RETURNING revision",
        provider.get(),
        factor.zone,
        factor.valid.from(),
        factor.valid.to(),
        factor.value.microlitres_per_kwh(),
        factor.source,
        factor.licence,
        now,
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Told { is_new: true, revision, recorded_at: now })
}

/// Every telling of the water factors of a provider, in the order of telling.
pub async fn factors(
    pool: &Pool,
    provider: ProviderId,
    page: Page,
) -> Result<Vec<Telling<WaterFactor>>, DbError> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT zone_key, revision, valid_from, valid_to, water_ul_per_kwh, source, licence, recorded_at
         FROM water_factor WHERE provider_id = $1
         ORDER BY recorded_at, zone_key, revision OFFSET $2 LIMIT $3",
        provider.get(),
        page.skip,
        page.limit,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(Row::telling).collect()
}

/// Every telling of the water factors of these zones that touches the period.
pub async fn factors_in(
    pool: &Pool,
    provider: ProviderId,
    zones: &[String],
    period: Period,
) -> Result<Vec<Telling<WaterFactor>>, DbError> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT zone_key, revision, valid_from, valid_to, water_ul_per_kwh, source, licence, recorded_at
         FROM water_factor
         WHERE provider_id = $1 AND zone_key = ANY ($2)
           AND valid_from < ($4::timestamptz AT TIME ZONE 'UTC')
           AND valid_to > ($3::timestamptz AT TIME ZONE 'UTC')
         ORDER BY zone_key, revision",
        provider.get(),
        zones,
        period.from(),
        period.to(),
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(Row::telling).collect()
}
