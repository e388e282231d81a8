//! Embodied carbon: what providers tell of the accelerators of their sites, and how long those worked.

use super::declared::{Page, Told};
use super::error::known;
use super::{DbError, Pool};
use crate::domain::embodied::{Embodied, SiteEmbodied};
use crate::domain::ids::SiteId;
use crate::domain::names::Name;
use crate::domain::registry::Telling;
use crate::units::CarbonMass;
use chrono::{DateTime, Utc};

/// A row of `site_embodied`, as every query here selects it.
struct Row {
    site_id: i32,
    accelerator: String,
    revision: i32,
    embodied_mg: i64,
    lifetime_hours: i32,
    includes: String,
    source: String,
    recorded_at: DateTime<Utc>,
}

impl Row {
    fn telling(self) -> Result<(SiteId, Telling<Embodied>), DbError> {
        let what = Embodied {
            accelerator: known(Name::parse(&self.accelerator).ok(), "accelerator")?,
            carbon: known(CarbonMass::from_milligrams(self.embodied_mg), "embodied_mg")?,
            lifetime_hours: self.lifetime_hours,
            includes: self.includes,
            source: self.source,
        };
        let telling = Telling { what, revision: self.revision, recorded_at: self.recorded_at };
        Ok((SiteId::from_db(self.site_id), telling))
    }
}

/// Tells the embodied carbon of one kind of accelerator of a site. The same again makes no revision.
pub async fn tell(
    pool: &Pool,
    site: SiteId,
    embodied: &Embodied,
    now: DateTime<Utc>,
) -> Result<Told, DbError> {
    let mut transaction = pool.begin().await?;
    super::declared::lock_site(&mut transaction, site).await?;
    let latest = sqlx::query_as!(
        Row,
        "SELECT site_id, accelerator, revision, embodied_mg, lifetime_hours, includes, source, recorded_at
         FROM site_embodied WHERE site_id = $1 AND accelerator = $2 ORDER BY revision DESC LIMIT 1",
        site.get(),
        embodied.accelerator.as_str(),
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let latest = latest.map(Row::telling).transpose()?.map(|(_, latest)| latest);
    if let Some(latest) = latest.as_ref().filter(|latest| latest.what == *embodied) {
        return Ok(Told { is_new: false, revision: latest.revision, recorded_at: latest.recorded_at });
    }
    let revision = latest.map_or(0, |latest| latest.revision) + 1;
    sqlx::query!(
        "INSERT INTO site_embodied (site_id, accelerator, revision, embodied_mg, lifetime_hours, includes, source,
            recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        site.get(),
        embodied.accelerator.as_str(),
        revision,
        embodied.carbon.milligrams(),
        embodied.lifetime_hours,
        embodied.includes,
        embodied.source,
        now,
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Told { is_new: true, revision, recorded_at: now })
}

/// Every telling of the embodied carbon of a site, in the order of telling.
pub async fn list(pool: &Pool, site: SiteId, page: Page) -> Result<Vec<Telling<Embodied>>, DbError> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT site_id, accelerator, revision, embodied_mg, lifetime_hours, includes, source, recorded_at
         FROM site_embodied WHERE site_id = $1
         ORDER BY recorded_at, accelerator, revision OFFSET $2 LIMIT $3",
        site.get(),
        page.skip,
        page.limit,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(|row| row.telling().map(|(_, telling)| telling)).collect()
}

/// What counts for these sites: the latest telling of each accelerator.
pub async fn latest(pool: &Pool, sites: &[SiteId]) -> Result<Vec<SiteEmbodied>, DbError> {
    let ids: Vec<i32> = sites.iter().map(|site| site.get()).collect();
    let rows = sqlx::query_as!(
        Row,
        "SELECT DISTINCT ON (site_id, accelerator) site_id, accelerator, revision, embodied_mg, lifetime_hours,
            includes, source, recorded_at
         FROM site_embodied WHERE site_id = ANY ($1) ORDER BY site_id, accelerator, revision DESC",
        &ids,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let (site, Telling { what, revision, .. }) = row.telling()?;
            Ok(SiteEmbodied { site, revision, embodied: what })
        })
        .collect()
}
