//! Providers, services, models, sites and zones.

use super::error::known;
use super::{DbError, Pool};
use crate::domain::disclosure::Included;
use crate::domain::ids::{ModelId, ProviderId, ServiceId, SiteId};
use crate::domain::lei::Lei;
use crate::domain::names::{Name, Slug};
use crate::domain::period::Period;
use crate::domain::registry::{
    DeclaredInside, Model, Provider, ProviderKind, ProviderRole, Service, Site, SiteFactor,
};
use crate::domain::terms::SiteFactorKind;
use crate::units::Ratio;
use chrono::{DateTime, NaiveDate, Utc};

/// A provider to be added.
#[derive(Clone, Copy, Debug)]
pub struct NewProvider<'a> {
    pub key: &'a Slug,
    pub legal_name: &'a str,
    pub contact: Option<&'a str>,
    pub public_note: Option<&'a str>,
    pub kind: ProviderKind,
    pub lei: Option<&'a Lei>,
    pub role: Option<ProviderRole>,
}

pub async fn insert_provider(
    pool: &Pool,
    new: NewProvider<'_>,
    now: DateTime<Utc>,
) -> Result<ProviderId, DbError> {
    let id = sqlx::query_scalar!(
        "INSERT INTO provider (provider_key, legal_name, contact, public_note, provider_kind, created_at, lei,
            provider_role)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING provider_id",
        new.key.as_str(),
        new.legal_name,
        new.contact,
        new.public_note,
        new.kind.as_str(),
        now,
        new.lei.map(Lei::as_str),
        new.role.map(ProviderRole::as_str),
    )
    .fetch_one(pool)
    .await?;
    Ok(ProviderId::from_db(id))
}

/// Writes what may change of a provider: all but its key and its kind. Disclosures that are published keep what
/// they say.
pub async fn update_provider(pool: &Pool, provider: &Provider) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE provider SET legal_name = $2, contact = $3, public_note = $4, lei = $5, provider_role = $6
         WHERE provider_id = $1",
        provider.id.get(),
        provider.legal_name,
        provider.contact,
        provider.public_note,
        provider.lei.as_ref().map(Lei::as_str),
        provider.role.map(ProviderRole::as_str),
    )
    .execute(pool)
    .await?;
    Ok(())
}

pub async fn find_provider(pool: &Pool, key: &Slug) -> Result<Option<Provider>, DbError> {
    let row = sqlx::query!(
        "SELECT provider_id, legal_name, contact, public_note, provider_kind, lei, provider_role
         FROM provider WHERE provider_key = $1",
        key.as_str(),
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        Ok(Provider {
            id: ProviderId::from_db(row.provider_id),
            key: key.clone(),
            legal_name: row.legal_name,
            contact: row.contact,
            public_note: row.public_note,
            kind: known(ProviderKind::parse(&row.provider_kind), &row.provider_kind)?,
            lei: row.lei.map(|lei| known(Lei::parse(&lei).ok(), &lei)).transpose()?,
            role: row.provider_role.map(|role| known(ProviderRole::parse(&role), &role)).transpose()?,
        })
    })
    .transpose()
}

/// The keys of all providers.
pub async fn provider_keys(pool: &Pool) -> Result<Vec<String>, DbError> {
    let keys = sqlx::query_scalar!("SELECT provider_key FROM provider ORDER BY provider_key")
        .fetch_all(pool)
        .await?;
    Ok(keys)
}

pub async fn insert_service(
    pool: &Pool,
    provider: ProviderId,
    key: &Slug,
    name: &str,
    energy_method: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    sqlx::query!(
        "INSERT INTO service (provider_id, service_key, name, energy_method, created_at)
         VALUES ($1, $2, $3, $4, $5)",
        provider.get(),
        key.as_str(),
        name,
        energy_method,
        now,
    )
    .execute(pool)
    .await?;
    Ok(())
}

pub async fn find_service(pool: &Pool, provider: ProviderId, key: &Slug) -> Result<Option<Service>, DbError> {
    let row = sqlx::query!(
        "SELECT service_id, name, energy_method, retrieval_and_tools, user_device FROM service
         WHERE provider_id = $1 AND service_key = $2",
        provider.get(),
        key.as_str(),
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        Ok(Service {
            id: ServiceId::from_db(row.service_id),
            key: key.clone(),
            name: row.name,
            energy_method: row.energy_method,
            inside: inside(&row.retrieval_and_tools, &row.user_device)?,
        })
    })
    .transpose()
}

/// What a service declares to be inside, from its columns.
pub(super) fn inside(retrieval_and_tools: &str, user_device: &str) -> Result<DeclaredInside, DbError> {
    Ok(DeclaredInside {
        retrieval_and_tools: known(Included::parse(retrieval_and_tools), retrieval_and_tools)?,
        user_device: known(Included::parse(user_device), user_device)?,
    })
}

/// The services of a provider by name.
pub async fn services(pool: &Pool, provider: ProviderId) -> Result<Vec<Service>, DbError> {
    let rows = sqlx::query!(
        "SELECT service_id, service_key, name, energy_method, retrieval_and_tools, user_device FROM service
         WHERE provider_id = $1 ORDER BY name, service_key",
        provider.get(),
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Service {
                id: ServiceId::from_db(row.service_id),
                key: known(Slug::parse(&row.service_key).ok(), "service_key")?,
                name: row.name,
                energy_method: row.energy_method,
                inside: inside(&row.retrieval_and_tools, &row.user_device)?,
            })
        })
        .collect()
}

/// A model to be added.
#[derive(Clone, Copy, Debug)]
pub struct NewModel<'a> {
    pub key: &'a Name,
    pub name: &'a str,
    pub version: Option<&'a str>,
    pub released_on: Option<NaiveDate>,
}

pub async fn insert_model(
    pool: &Pool,
    provider: ProviderId,
    new: NewModel<'_>,
    now: DateTime<Utc>,
) -> Result<(), DbError> {
    sqlx::query!(
        "INSERT INTO model (provider_id, model_key, name, version, released_on, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        provider.get(),
        new.key.as_str(),
        new.name,
        new.version,
        new.released_on,
        now,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// The model that a provider registered under a name.
pub async fn find_model(pool: &Pool, provider: ProviderId, key: &Name) -> Result<Option<ModelId>, DbError> {
    let id = sqlx::query_scalar!(
        "SELECT model_id FROM model WHERE provider_id = $1 AND model_key = $2",
        provider.get(),
        key.as_str(),
    )
    .fetch_optional(pool)
    .await?;
    Ok(id.map(ModelId::from_db))
}

/// Some models, by name.
pub async fn models(pool: &Pool, ids: &[ModelId]) -> Result<Vec<Model>, DbError> {
    let ids: Vec<i32> = ids.iter().map(|id| id.get()).collect();
    let rows = sqlx::query!(
        r#"SELECT model.model_id, model.model_key, model.name, model.version, model.released_on,
            baseline.model_id AS "baseline_id?", baseline.model_key AS "baseline_key?"
         FROM model LEFT JOIN model AS baseline ON baseline.model_id = model.baseline_model_id
         WHERE model.model_id = ANY ($1) ORDER BY model.name, model.model_key"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Model {
                id: ModelId::from_db(row.model_id),
                key: known(Name::parse(&row.model_key).ok(), "model_key")?,
                name: row.name,
                version: row.version,
                released_on: row.released_on,
                baseline: match (row.baseline_id, row.baseline_key) {
                    (Some(id), Some(key)) => {
                        Some((ModelId::from_db(id), known(Name::parse(&key).ok(), "model_key")?))
                    }
                    _ => None,
                },
            })
        })
        .collect()
}

pub async fn insert_site(
    pool: &Pool,
    provider: ProviderId,
    key: &Name,
    name: &str,
    zone: &str,
    now: DateTime<Utc>,
) -> Result<SiteId, DbError> {
    let id = sqlx::query_scalar!(
        "INSERT INTO site (provider_id, site_key, name, zone_key, created_at)
         VALUES ($1, $2, $3, $4, $5) RETURNING site_id",
        provider.get(),
        key.as_str(),
        name,
        zone,
        now,
    )
    .fetch_one(pool)
    .await?;
    Ok(SiteId::from_db(id))
}

pub async fn find_site(pool: &Pool, provider: ProviderId, key: &Name) -> Result<Option<SiteId>, DbError> {
    let id = sqlx::query_scalar!(
        "SELECT site_id FROM site WHERE provider_id = $1 AND site_key = $2",
        provider.get(),
        key.as_str(),
    )
    .fetch_optional(pool)
    .await?;
    Ok(id.map(SiteId::from_db))
}

/// Some sites with their zones, by name.
pub async fn sites(pool: &Pool, ids: &[SiteId]) -> Result<Vec<Site>, DbError> {
    let ids: Vec<i32> = ids.iter().map(|id| id.get()).collect();
    let rows = sqlx::query!(
        "SELECT site_id, site_key, site.name, zone_key, zone.name AS zone_name
         FROM site JOIN zone USING (zone_key)
         WHERE site_id = ANY ($1) ORDER BY site.name, site_key",
        &ids,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Site {
                id: SiteId::from_db(row.site_id),
                key: known(Name::parse(&row.site_key).ok(), "site_key")?,
                name: row.name,
                zone: row.zone_key,
                zone_name: row.zone_name,
            })
        })
        .collect()
}

/// Every telling of the factors of these sites that touches the period.
pub async fn site_factors(pool: &Pool, sites: &[SiteId], period: Period) -> Result<Vec<SiteFactor>, DbError> {
    let ids: Vec<i32> = sites.iter().map(|site| site.get()).collect();
    let rows = sqlx::query!(
        "SELECT site_id, factor_kind, valid_from, valid_to, revision, value_ppm
         FROM site_factor
         WHERE site_id = ANY ($1) AND valid_from < $3 AND valid_to > $2
         ORDER BY site_id, factor_kind, revision",
        &ids,
        period.from(),
        period.to(),
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(SiteFactor {
                site: SiteId::from_db(row.site_id),
                kind: known(SiteFactorKind::parse(&row.factor_kind), &row.factor_kind)?,
                valid_from: row.valid_from,
                valid_to: row.valid_to,
                revision: row.revision,
                value: Ratio::from_ppm(row.value_ppm),
            })
        })
        .collect()
}
