//! API keys, and what they used.

use super::error::known;
use super::{DbError, Pool};
use crate::domain::ids::{ApiKeyId, ProviderId};
use crate::domain::key::{ApiKey, KeyLimits};
use crate::domain::names::Slug;
use crate::domain::terms::Scope;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

/// A key to be stored: never the key itself.
#[derive(Clone, Copy, Debug)]
pub struct NewKey<'a> {
    pub provider: ProviderId,
    pub sha256: &'a [u8; 32],
    pub start: &'a str,
    pub label: &'a str,
    pub scopes: &'a [Scope],
    pub expires_at: Option<DateTime<Utc>>,
    pub limits: KeyLimits,
}

pub async fn insert(pool: &Pool, key: NewKey<'_>, now: DateTime<Utc>) -> Result<(), DbError> {
    let scopes: Vec<String> = key.scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
    sqlx::query!(
        "INSERT INTO api_key (provider_id, key_sha256, key_start, label, scopes, created_at, expires_at,
            requests_per_minute, records_per_day)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        key.provider.get(),
        key.sha256.as_slice(),
        key.start,
        key.label,
        &scopes,
        now,
        key.expires_at,
        key.limits.requests_per_minute,
        key.limits.records_per_day,
    )
    .execute(pool)
    .await?;
    Ok(())
}

fn scopes_of(words: &[String]) -> Result<Vec<Scope>, DbError> {
    words.iter().map(|scope| known(Scope::parse(scope), scope)).collect()
}

/// The key with this digest, unless it is unknown or revoked; it may have expired. Notes, at most once a
/// minute, that a key which is still taken was used.
pub async fn find_and_note_use(
    pool: &Pool,
    sha256: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<ApiKey>, DbError> {
    let row = sqlx::query!(
        "WITH used AS (
            UPDATE api_key SET last_used_at = $2
            WHERE key_sha256 = $1 AND revoked_at IS NULL
              AND (expires_at IS NULL OR expires_at > $2)
              AND (last_used_at IS NULL OR last_used_at <= $2::timestamptz - interval '1 minute')
         )
         SELECT api_key_id, provider_id, provider_key, scopes, expires_at, requests_per_minute, records_per_day
         FROM api_key JOIN provider USING (provider_id)
         WHERE key_sha256 = $1 AND revoked_at IS NULL",
        sha256.as_slice(),
        now,
    )
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(ApiKey {
        id: Some(ApiKeyId::from_db(row.api_key_id)),
        provider: ProviderId::from_db(row.provider_id),
        provider_key: known(Slug::parse(&row.provider_key).ok(), "provider_key")?,
        scopes: scopes_of(&row.scopes)?,
        expires_at: row.expires_at,
        limits: KeyLimits {
            requests_per_minute: row.requests_per_minute,
            records_per_day: row.records_per_day,
        },
    }))
}

/// One line of the list of a provider's keys: what a person may see of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLine {
    /// Its first 12 characters.
    pub start: String,
    pub label: String,
    pub scopes: Vec<Scope>,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    /// To the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

/// The keys of a provider, also those that are no longer taken, in the order in which they were made.
pub async fn list(pool: &Pool, provider: ProviderId) -> Result<Vec<KeyLine>, DbError> {
    let rows = sqlx::query!(
        "SELECT key_start, label, scopes, created_at, expires_at, last_used_at, revoked_at
         FROM api_key WHERE provider_id = $1 ORDER BY api_key_id",
        provider.get(),
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(KeyLine {
                start: row.key_start,
                label: row.label,
                scopes: scopes_of(&row.scopes)?,
                created_at: row.created_at,
                expires_at: row.expires_at,
                last_used_at: row.last_used_at,
                revoked_at: row.revoked_at,
            })
        })
        .collect()
}

/// How a person names a key.
#[derive(Clone, Copy, Debug)]
pub enum Named<'a> {
    /// The digest of the whole key.
    Sha256(&'a [u8; 32]),
    /// Its first 12 characters.
    Start(&'a str),
}

impl<'a> Named<'a> {
    /// The two ways as columns of which one is given.
    fn columns(self) -> (Option<&'a [u8]>, Option<&'a str>) {
        match self {
            Named::Sha256(sha256) => (Some(sha256.as_slice()), None),
            Named::Start(start) => (None, Some(start)),
        }
    }
}

/// Revokes a key of a provider; says how many were revoked now.
pub async fn revoke(
    pool: &Pool,
    provider: ProviderId,
    named: Named<'_>,
    now: DateTime<Utc>,
) -> Result<u64, DbError> {
    let (sha256, start) = named.columns();
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

/// What became of a wish to replace a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotated {
    /// The new key is stored; the earlier one is taken until this instant.
    Done { earlier_expires_at: DateTime<Utc> },
    /// No key that is still taken and was not replaced before has this name.
    NotFound,
    /// The beginning is that of several keys.
    Ambiguous,
}

/// Stores a key in the place of another: with its provider, label, scopes and limits, and with as long a
/// life from now on where the earlier one had an end. The earlier one expires after the overlap.
pub async fn rotate(
    pool: &Pool,
    named: Named<'_>,
    new_sha256: &[u8; 32],
    new_start: &str,
    overlap: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Rotated, DbError> {
    let (sha256, start) = named.columns();
    let mut transaction = pool.begin().await?;
    let found = sqlx::query_scalar!(
        "SELECT api_key_id FROM api_key
         WHERE (key_sha256 = $1 OR key_start = $2) AND revoked_at IS NULL AND replaced_by IS NULL
           AND (expires_at IS NULL OR expires_at > $3)
         LIMIT 2 FOR UPDATE",
        sha256,
        start,
        now,
    )
    .fetch_all(&mut *transaction)
    .await?;
    let earlier = match found[..] {
        [] => return Ok(Rotated::NotFound),
        [earlier] => earlier,
        _ => return Ok(Rotated::Ambiguous),
    };
    let new = sqlx::query_scalar!(
        "INSERT INTO api_key (provider_id, key_sha256, key_start, label, scopes, created_at, expires_at,
            requests_per_minute, records_per_day)
         SELECT provider_id, $2, $3, label, scopes, $4, $4::timestamptz + (expires_at - created_at),
            requests_per_minute, records_per_day
         FROM api_key WHERE api_key_id = $1
         RETURNING api_key_id",
        earlier,
        new_sha256.as_slice(),
        new_start,
        now,
    )
    .fetch_one(&mut *transaction)
    .await?;
    let expires_at = sqlx::query_scalar!(
        r#"UPDATE api_key SET replaced_by = $2, expires_at = least(expires_at, $3)
         WHERE api_key_id = $1 RETURNING expires_at AS "expires_at!""#,
        earlier,
        new,
        now + overlap,
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Rotated::Done { earlier_expires_at: expires_at })
}

/// Records that a key sent on a UTC day, as far as they were written down.
pub async fn records_of_day(pool: &Pool, key: ApiKeyId, day: NaiveDate) -> Result<i64, DbError> {
    let records = sqlx::query_scalar!(
        "SELECT records FROM key_usage_day WHERE api_key_id = $1 AND day = $2",
        key.get(),
        day,
    )
    .fetch_optional(pool)
    .await?;
    Ok(records.unwrap_or(0))
}

/// Records sent with one key on one UTC day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayRecords {
    pub key: ApiKeyId,
    pub day: NaiveDate,
    pub records: i64,
}

/// Adds to what keys sent; each key and day stands at most once among `sent`.
pub async fn add_records_of_day(pool: &Pool, sent: &[DayRecords]) -> Result<(), DbError> {
    sqlx::query!(
        "INSERT INTO key_usage_day AS sum (api_key_id, day, records)
         SELECT * FROM unnest($1::integer[], $2::date[], $3::bigint[])
         ON CONFLICT (api_key_id, day) DO UPDATE SET records = sum.records + excluded.records",
        &sent.iter().map(|line| line.key.get()).collect::<Vec<_>>(),
        &sent.iter().map(|line| line.day).collect::<Vec<_>>(),
        &sent.iter().map(|line| line.records).collect::<Vec<_>>(),
    )
    .execute(pool)
    .await?;
    Ok(())
}
