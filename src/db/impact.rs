//! What was told since a disclosure was built.

use super::error::known;
use super::evidence::{RecordSums, sums};
use super::{DbError, Pool};
use crate::domain::disclosure::Reference;
use crate::domain::ids::{ProviderId, ServiceId};
use crate::domain::impact::{Cause, CauseKind};
use crate::domain::period::Period;
use crate::domain::terms::{Basis, Perimeter};
use chrono::{DateTime, Utc};

/// A published version that is in force, with its canonical document.
#[derive(Clone, Debug)]
pub struct InForce {
    pub reference: Reference,
    pub service: ServiceId,
    pub built_at: DateTime<Utc>,
    pub published_at: DateTime<Utc>,
    pub document: Vec<u8>,
    /// The records that it was computed from; `None` where that was not noted.
    pub counted: Option<RecordSums>,
}

/// The disclosures in force of a provider whose number comes after this one, by number.
pub async fn in_force(
    pool: &Pool,
    provider: ProviderId,
    after: i32,
    limit: i64,
) -> Result<Vec<InForce>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT number, version, service_id, built_at, published_at AS "published_at!", document,
            tasks::text AS "tasks?", energy_uj::text AS "energy_uj?"
        FROM disclosure LEFT JOIN disclosure_evidence USING (disclosure_id)
        WHERE provider_id = $1 AND state = 'published' AND number > $2
        ORDER BY number LIMIT $3"#,
        provider.get(),
        after,
        limit,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let counted = row.tasks.zip(row.energy_uj);
            Ok(InForce {
                reference: Reference { number: row.number, version: row.version },
                service: ServiceId::from_db(row.service_id),
                built_at: row.built_at,
                published_at: row.published_at,
                document: row.document,
                counted: counted.map(|(tasks, energy_uj)| sums(&tasks, &energy_uj)).transpose()?,
            })
        })
        .collect()
}

/// What a disclosure was computed from.
#[derive(Clone, Copy, Debug)]
pub struct BuiltFrom<'a> {
    pub provider: ProviderId,
    pub service: ServiceId,
    pub period: Period,
    pub basis: Basis,
    pub perimeter: Perimeter,
    /// Zones whose factors it may use.
    pub zones: &'a [String],
    /// From when on yearly values may be used.
    pub earliest: DateTime<Utc>,
    /// Sites by key; `None` for all of the provider.
    pub sites: Option<&'a [String]>,
    /// Models by key.
    pub models: &'a [String],
}

/// What was told after `since` of anything that a disclosure was computed from, but records; by kind and name.
pub async fn told_since(
    pool: &Pool,
    from: BuiltFrom<'_>,
    since: DateTime<Utc>,
) -> Result<Vec<Cause>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT kind AS "kind!", name AS "name!", part, tellings AS "tellings!", revision, valid_from,
            valid_to, recorded_at
        FROM (
            SELECT CASE factor_kind WHEN 'residual' THEN 'residual_mix' ELSE 'grid_factor' END AS kind,
                set_key AS name, wanted.zone_key AS part, told.*
            FROM factor_set CROSS JOIN unnest($4::text[]) AS wanted (zone_key)
            JOIN LATERAL (
                SELECT count(*) AS tellings, max(revision) AS revision, min(valid_from) AS valid_from,
                    max(valid_to) AS valid_to, max(recorded_at) AS recorded_at
                FROM grid_factor
                WHERE factor_set_id = factor_set.factor_set_id AND zone_key = wanted.zone_key
                  AND recorded_at > $3 AND valid_from < $6 AND valid_from >= CASE resolution
                      WHEN 'year' THEN $7
                      WHEN 'month' THEN $5::timestamptz - interval '31 days'
                      ELSE $5::timestamptz - interval '1 hour' END
            ) AS told ON told.tellings > 0
            WHERE basis = $8 AND (factor_kind = 'residual' OR factor_kind = 'average' AND perimeter = $9)
              -- Most sets were told nothing new, and their values need not be read.
              AND EXISTS (
                  SELECT FROM factor_coverage
                  WHERE factor_coverage.factor_set_id = factor_set.factor_set_id
                    AND factor_coverage.zone_key = wanted.zone_key AND last_recorded_at > $3
              )
            UNION ALL
            SELECT 'factor_preference', set_key, NULL, 1, NULL, NULL, NULL, preferred_at
            FROM factor_set
            WHERE preferred_at > $3 AND basis = $8 AND (factor_kind = 'residual' OR perimeter = $9)
              AND EXISTS (
                  SELECT FROM factor_coverage
                  WHERE factor_coverage.factor_set_id = factor_set.factor_set_id AND zone_key = ANY ($4)
              )
            UNION ALL
            SELECT 'site_factor', site_key, factor_kind, count(*), max(revision), min(valid_from), max(valid_to),
                max(recorded_at)
            FROM site_factor JOIN site USING (site_id)
            WHERE provider_id = $1 AND ($10::text[] IS NULL OR site_key = ANY ($10)) AND recorded_at > $3
              AND valid_from < $6 AND valid_to > $5
            GROUP BY site_key, factor_kind
            UNION ALL
            SELECT 'site_factor', site_key, class_kind, count(*), max(revision), min(valid_from AT TIME ZONE 'UTC'),
                max(valid_to AT TIME ZONE 'UTC'), max(recorded_at)
            FROM site_meter_class JOIN site USING (site_id)
            WHERE provider_id = $1 AND ($10::text[] IS NULL OR site_key = ANY ($10)) AND recorded_at > $3
              AND valid_from AT TIME ZONE 'UTC' < $6 AND valid_to AT TIME ZONE 'UTC' > $5
            GROUP BY site_key, class_kind
            UNION ALL
            -- Of a contract whose days were moved out of the period, an earlier revision lies within.
            SELECT 'contract', contract_key, NULL, count(*) FILTER (WHERE recorded_at > $3), max(revision),
                min(valid_from AT TIME ZONE 'UTC'), max(valid_to AT TIME ZONE 'UTC'), max(recorded_at)
            FROM contract WHERE provider_id = $1
            GROUP BY contract_key
            HAVING max(recorded_at) > $3
               AND bool_or(valid_from AT TIME ZONE 'UTC' < $6 AND valid_to AT TIME ZONE 'UTC' > $5)
            UNION ALL
            SELECT 'coefficient', model_key, NULL, count(*), max(revision), min(valid_from AT TIME ZONE 'UTC'),
                max(valid_to AT TIME ZONE 'UTC'), max(recorded_at)
            FROM model_coefficient JOIN model USING (model_id)
            WHERE provider_id = $1 AND model_key = ANY ($11) AND recorded_at > $3
              AND valid_from AT TIME ZONE 'UTC' < $6 AND valid_to AT TIME ZONE 'UTC' > $5
            GROUP BY model_key
            UNION ALL
            SELECT 'served_tasks', service_key, NULL, count(*), max(revision), min(month AT TIME ZONE 'UTC'),
                max((month + interval '1 month') AT TIME ZONE 'UTC'), max(recorded_at)
            FROM service_served JOIN service USING (service_id)
            WHERE service_id = $2 AND recorded_at > $3 AND month AT TIME ZONE 'UTC' < $6
              AND (month + interval '1 month') AT TIME ZONE 'UTC' > $5
            GROUP BY service_key
        ) AS cause
        ORDER BY kind, name, part"#,
        from.provider.get(),
        from.service.get(),
        since,
        from.zones,
        from.period.from(),
        from.period.to(),
        from.earliest,
        from.basis.as_str(),
        from.perimeter.as_str(),
        from.sites,
        from.models,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Cause {
                kind: known(CauseKind::parse(&row.kind), &row.kind)?,
                name: row.name,
                part: row.part,
                tellings: row.tellings,
                revision: row.revision,
                valid: row.valid_from.zip(row.valid_to),
                recorded_at: row.recorded_at,
            })
        })
        .collect()
}
