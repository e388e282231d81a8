//! What a budget is burnt of: energy by site, terms and hour.

use super::error::known;
use super::{DbError, Pool};
use crate::domain::ids::{ProviderId, ServiceId, SiteId};
use crate::domain::period::Period;
use crate::domain::terms::EnergyTerms;
use crate::domain::totals::SiteHour;
use crate::units::EnergyTotal;

/// The energy of a service, or of all services of a provider. One row a site and terms, with its hours as arrays:
/// a row an hour takes several times as long to send and read.
pub async fn site_hours(
    pool: &Pool,
    provider: ProviderId,
    service: Option<ServiceId>,
    period: Period,
) -> Result<Vec<SiteHour>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT site_id AS "site_id!", boundary AS "boundary!", evidence AS "evidence!",
            array_agg(hour) AS "hours!", array_agg(energy_uj::text) AS "energy_uj!"
        FROM (
            SELECT site_id, boundary, evidence, hour, sum(energy_uj) AS energy_uj
            FROM total_hour JOIN record_group USING (provider_id, group_id)
            WHERE provider_id = $1 AND ($2::integer IS NULL OR service_id = $2) AND hour >= $3 AND hour < $4
              AND boundary <> 'estimated'
            GROUP BY site_id, boundary, evidence, hour
        ) AS of_hour
        GROUP BY site_id, boundary, evidence ORDER BY site_id, boundary, evidence"#,
        provider.get(),
        service.map(ServiceId::get),
        period.from(),
        period.to(),
    )
    .fetch_all(pool)
    .await?;
    let mut found = Vec::new();
    for row in rows {
        let terms = known(EnergyTerms::parse(&row.boundary, &row.evidence), &row.boundary)?;
        for (hour, energy_uj) in row.hours.into_iter().zip(&row.energy_uj) {
            let energy = known(energy_uj.parse().ok().map(EnergyTotal::from_microjoules), "energy_uj")?;
            found.push(SiteHour { site: SiteId::from_db(row.site_id), terms, hour, energy });
        }
    }
    Ok(found)
}
