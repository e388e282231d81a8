//! API keys.

use super::error::known;
use super::{DbError, Pool};
use crate::domain::ids::{ApiKeyId, ProviderId};
use crate::domain::key::ApiKey;
use crate::domain::names::Slug;
use crate::domain::terms::Scope;
use chrono::{DateTime, Utc};

/// A key to be stored: never the key itself.
#[derive(Clone, Copy, Debug)]
pub struct NewKey<'a> {
    pub provider: ProviderId,
    pub sha256: &'a [u8; 32],
    pub start: &'a str,
    pub label: &'a str,
    pub scopes: &'a [Scope],
}

pub async fn insert(pool: &Pool, key: NewKey<'_>, now: DateTime<Utc>) -> Result<(), DbError> {
    let scopes: Vec<String> = key.scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
    sqlx::query!(
        "INSERT INTO api_key (provider_id, key_sha256, key_start, label, scopes, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        key.provider.get(),
        key.sha256.as_slice(),
        key.start,
        key.label,
        &scopes,
        now,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// The key with this digest, unless it is unknown or revoked.
pub async fn find(pool: &Pool, sha256: &[u8; 32]) -> Result<Option<ApiKey>, DbError> {
    let row = sqlx::query!(
        "SELECT api_key_id, provider_id, provider_key, scopes
         FROM api_key JOIN provider USING (provider_id)
         WHERE key_sha256 = $1 AND revoked_at IS NULL",
        sha256.as_slice(),
    )
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let scopes = row.scopes.iter().map(|scope| known(Scope::parse(scope), scope));
    Ok(Some(ApiKey {
        id: Some(ApiKeyId::from_db(row.api_key_id)),
        provider: ProviderId::from_db(row.provider_id),
        provider_key: known(Slug::parse(&row.provider_key).ok(), "provider_key")?,
        scopes: scopes.collect::<Result<_, _>>()?,
    }))
}

/// How a person names the key to be revoked.
#[derive(Clone, Copy, Debug)]
pub enum Named<'a> {
    /// The digest of the whole key.
    Sha256(&'a [u8; 32]),
    /// Its first 12 characters.
    Start(&'a str),
}

/// Revokes a key of a provider; says how many were revoked now.
pub async fn revoke(
    pool: &Pool,
    provider: ProviderId,
    named: Named<'_>,
    now: DateTime<Utc>,
) -> Result<u64, DbError> {
    let (sha256, start) = match named {
        Named::Sha256(sha256) => (Some(sha256.as_slice()), None),
        Named::Start(start) => (None, Some(start)),
    };
    let revoked = sqlx::query!(
        "UPDATE api_key SET revoked_at = $4
         WHERE provider_id = $1 AND (key_sha256 = $2 OR key_start = $3) AND revoked_at IS NULL",
        provider.get(),
        sha256,
        start,
        now,
    )
    .execute(pool)
    .await?;
    Ok(revoked.rows_affected())
}
