//! The registry as its provider keeps it: services, models and sites are put under their names, read
//! singly, and listed by name.

use super::error::known;
use super::registry::inside;
use super::{DbError, Pool};
use crate::domain::ids::{ModelId, ProviderId, ServiceId, SiteId};
use crate::domain::names::{Name, Slug};
use crate::domain::registry::{ModelFacts, ServiceFacts, SiteFacts};
use chrono::{DateTime, Utc};

/// What became of something that was put under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    Created,
    /// It was there, and is now as it was put.
    Updated,
}

pub async fn put_service(
    pool: &Pool,
    provider: ProviderId,
    key: &Slug,
    facts: &ServiceFacts,
    now: DateTime<Utc>,
) -> Result<Put, DbError> {
    // The system column xmax is zero in a row that was just inserted, and not in one that was updated.
    let is_new = sqlx::query_scalar!(
        r#"INSERT INTO service (provider_id, service_key, name, energy_method, note, created_at,
            retrieval_and_tools, user_device)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (provider_id, service_key) DO UPDATE
            SET name = excluded.name, energy_method = excluded.energy_method, note = excluded.note,
                retrieval_and_tools = excluded.retrieval_and_tools, user_device = excluded.user_device
         RETURNING xmax = 0 AS "is_new!""#,
        provider.get(),
        key.as_str(),
        facts.name,
        facts.energy_method,
        facts.note,
        now,
        facts.inside.retrieval_and_tools.as_str(),
        facts.inside.user_device.as_str(),
    )
    .fetch_one(pool)
    .await?;
    Ok(if is_new { Put::Created } else { Put::Updated })
}

/// Services of a provider after a name, by name. To read one, ask for its name alone.
pub async fn services(
    pool: &Pool,
    provider: ProviderId,
    wanted: Wanted<'_>,
) -> Result<Vec<(ServiceId, Slug, ServiceFacts)>, DbError> {
    let rows = sqlx::query!(
        "SELECT service_id, service_key, name, energy_method, note, retrieval_and_tools, user_device
         FROM service
         WHERE provider_id = $1 AND ($2::text IS NULL OR service_key = $2)
           AND ($3::text IS NULL OR service_key > $3)
         ORDER BY service_key LIMIT $4",
        provider.get(),
        wanted.key,
        wanted.after,
        wanted.limit,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let facts = ServiceFacts {
                name: row.name,
                energy_method: row.energy_method,
                inside: inside(&row.retrieval_and_tools, &row.user_device)?,
                note: row.note,
            };
            let key = known(Slug::parse(&row.service_key).ok(), "service_key")?;
            Ok((ServiceId::from_db(row.service_id), key, facts))
        })
        .collect()
}

/// Which of a provider's things are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// This one alone.
    key: Option<&'a str>,
    after: Option<&'a str>,
    limit: i64,
}

impl<'a> Wanted<'a> {
    pub fn one(key: &'a str) -> Wanted<'a> {
        Wanted { key: Some(key), after: None, limit: 1 }
    }

    /// Those whose names follow this one.
    pub fn page(after: Option<&'a str>, limit: i64) -> Wanted<'a> {
        Wanted { key: None, after, limit }
    }
}

/// What became of a model that was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModelPut {
    Done(Put),
    /// The provider has no such model.
    UnknownBaseline,
    /// The baseline leads back to this model.
    BaselineCycle,
    /// Records name the model, and its version would change.
    VersionFixed,
}

pub async fn put_model(
    pool: &Pool,
    provider: ProviderId,
    key: &Name,
    facts: &ModelFacts,
    now: DateTime<Utc>,
) -> Result<ModelPut, DbError> {
    let mut transaction = pool.begin().await?;
    // The models of one provider are put one after the other: two baselines that are set together could
    // close a cycle that neither of them sees.
    sqlx::query!("SELECT provider_id FROM provider WHERE provider_id = $1 FOR NO KEY UPDATE", provider.get())
        .fetch_one(&mut *transaction)
        .await?;
    if facts.baseline.as_ref() == Some(key) {
        return Ok(ModelPut::BaselineCycle);
    }
    let baseline = match &facts.baseline {
        None => None,
        Some(baseline) => {
            let found = sqlx::query_scalar!(
                "SELECT model_id FROM model WHERE provider_id = $1 AND model_key = $2",
                provider.get(),
                baseline.as_str(),
            )
            .fetch_optional(&mut *transaction)
            .await?;
            if found.is_none() {
                return Ok(ModelPut::UnknownBaseline);
            }
            found
        }
    };
    // Locked against a first record of this model that comes in meanwhile.
    let earlier = sqlx::query!(
        "SELECT model_id, version FROM model WHERE provider_id = $1 AND model_key = $2 FOR UPDATE",
        provider.get(),
        key.as_str(),
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(earlier) = earlier else {
        sqlx::query!(
            "INSERT INTO model (provider_id, model_key, name, version, released_on, parameters_total,
                parameters_active, batch_size, precision_bits, accelerators, baseline_model_id, note, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            provider.get(),
            key.as_str(),
            facts.name,
            facts.version,
            facts.released_on,
            facts.parameters_total,
            facts.parameters_active,
            facts.batch_size,
            facts.precision_bits,
            facts.accelerators,
            baseline,
            facts.note,
            now,
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        return Ok(ModelPut::Done(Put::Created));
    };
    let leads_back = sqlx::query_scalar!(
        r#"WITH RECURSIVE line (model_id) AS (
            SELECT $1::integer
            UNION
            SELECT baseline_model_id FROM model JOIN line USING (model_id) WHERE baseline_model_id IS NOT NULL
         )
         SELECT EXISTS (SELECT FROM line WHERE model_id = $2) AS "leads_back!""#,
        baseline,
        earlier.model_id,
    )
    .fetch_one(&mut *transaction)
    .await?;
    if leads_back {
        return Ok(ModelPut::BaselineCycle);
    }
    // A version that was not told before may be added at any time.
    if earlier.version.is_some() && earlier.version != facts.version {
        let has_records = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM record_group WHERE provider_id = $1 AND model_id = $2) AS "found!""#,
            provider.get(),
            earlier.model_id,
        )
        .fetch_one(&mut *transaction)
        .await?;
        if has_records {
            return Ok(ModelPut::VersionFixed);
        }
    }
    sqlx::query!(
        "UPDATE model SET name = $2, version = $3, released_on = $4, parameters_total = $5,
            parameters_active = $6, batch_size = $7, precision_bits = $8, accelerators = $9,
            baseline_model_id = $10, note = $11
         WHERE model_id = $1",
        earlier.model_id,
        facts.name,
        facts.version,
        facts.released_on,
        facts.parameters_total,
        facts.parameters_active,
        facts.batch_size,
        facts.precision_bits,
        facts.accelerators,
        baseline,
        facts.note,
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(ModelPut::Done(Put::Updated))
}

/// Models of a provider after a name, by name.
pub async fn models(
    pool: &Pool,
    provider: ProviderId,
    wanted: Wanted<'_>,
) -> Result<Vec<(ModelId, Name, ModelFacts)>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT model.model_id, model.model_key, model.name, model.version, model.released_on,
            model.parameters_total, model.parameters_active, model.batch_size, model.precision_bits,
            model.accelerators, model.note, baseline.model_key AS "baseline?"
         FROM model LEFT JOIN model AS baseline ON baseline.model_id = model.baseline_model_id
         WHERE model.provider_id = $1 AND ($2::text IS NULL OR model.model_key = $2)
           AND ($3::text IS NULL OR model.model_key > $3)
         ORDER BY model.model_key LIMIT $4"#,
        provider.get(),
        wanted.key,
        wanted.after,
        wanted.limit,
    )
    .fetch_all(pool)
    .await?;
    let name = |text: &str| known(Name::parse(text).ok(), "model_key");
    rows.into_iter()
        .map(|row| {
            let facts = ModelFacts {
                name: row.name,
                version: row.version,
                released_on: row.released_on,
                parameters_total: row.parameters_total,
                parameters_active: row.parameters_active,
                batch_size: row.batch_size,
                precision_bits: row.precision_bits,
                accelerators: row.accelerators,
                baseline: row.baseline.as_deref().map(name).transpose()?,
                note: row.note,
            };
            Ok((ModelId::from_db(row.model_id), name(&row.model_key)?, facts))
        })
        .collect()
}

/// What became of a site that was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SitePut {
    Done(Put),
    /// Records name the site, and its zone would change.
    ZoneFixed,
}

/// Adds or changes a site; its zone must be known.
pub async fn put_site(
    pool: &Pool,
    provider: ProviderId,
    key: &Name,
    facts: &SiteFacts,
    now: DateTime<Utc>,
) -> Result<SitePut, DbError> {
    let mut transaction = pool.begin().await?;
    let inserted = sqlx::query!(
        "INSERT INTO site (provider_id, site_key, name, zone_key, note, created_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (provider_id, site_key) DO NOTHING",
        provider.get(),
        key.as_str(),
        facts.name,
        facts.zone,
        facts.note,
        now,
    )
    .execute(&mut *transaction)
    .await?;
    if inserted.rows_affected() == 1 {
        transaction.commit().await?;
        return Ok(SitePut::Done(Put::Created));
    }
    // Locked against a first record of this site that comes in meanwhile.
    let earlier = sqlx::query!(
        "SELECT site_id, zone_key FROM site WHERE provider_id = $1 AND site_key = $2 FOR UPDATE",
        provider.get(),
        key.as_str(),
    )
    .fetch_one(&mut *transaction)
    .await?;
    if earlier.zone_key != facts.zone {
        let has_records = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT FROM record_group WHERE provider_id = $1 AND site_id = $2) AS "found!""#,
            provider.get(),
            earlier.site_id,
        )
        .fetch_one(&mut *transaction)
        .await?;
        if has_records {
            return Ok(SitePut::ZoneFixed);
        }
    }
    sqlx::query!(
        "UPDATE site SET name = $2, zone_key = $3, note = $4 WHERE site_id = $1",
        earlier.site_id,
        facts.name,
        facts.zone,
        facts.note,
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(SitePut::Done(Put::Updated))
}

/// Sites of a provider after a name, by name.
pub async fn sites(
    pool: &Pool,
    provider: ProviderId,
    wanted: Wanted<'_>,
) -> Result<Vec<(SiteId, Name, SiteFacts)>, DbError> {
    let rows = sqlx::query!(
        "SELECT site_id, site_key, name, zone_key, note FROM site
         WHERE provider_id = $1 AND ($2::text IS NULL OR site_key = $2)
           AND ($3::text IS NULL OR site_key > $3)
         ORDER BY site_key LIMIT $4",
        provider.get(),
        wanted.key,
        wanted.after,
        wanted.limit,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let facts = SiteFacts { name: row.name, zone: row.zone_key, note: row.note };
            let key = known(Name::parse(&row.site_key).ok(), "site_key")?;
            Ok((SiteId::from_db(row.site_id), key, facts))
        })
        .collect()
}
