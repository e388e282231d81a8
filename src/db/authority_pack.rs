//! Authority packs: frozen documents and files, for their provider alone.

use super::disclosure::{FrozenFile, ServedFile};
use super::{DbError, Pool};
use crate::domain::disclosure::Reference;
use crate::domain::ids::ProviderId;
use chrono::{DateTime, Utc};

/// A pack to be stored.
#[derive(Clone, Copy, Debug)]
pub struct NewPack<'a> {
    pub provider: ProviderId,
    pub reference: Reference,
    /// The keys of its models, sorted.
    pub models: &'a [String],
    pub template_id: &'a str,
    pub template_version: &'a str,
    pub built_at: DateTime<Utc>,
    pub document: &'a [u8],
    pub document_sha256: &'a [u8; 32],
}

/// The latest version of a pack.
#[derive(Clone, Debug)]
pub struct StoredPack {
    pub reference: Reference,
    pub built_at: DateTime<Utc>,
    pub document: Vec<u8>,
}

/// The latest pack of a provider about these models, whose keys are sorted.
pub async fn latest(
    pool: &Pool,
    provider: ProviderId,
    models: &[String],
) -> Result<Option<StoredPack>, DbError> {
    let row = sqlx::query!(
        "SELECT number, version, built_at, document FROM authority_pack
         WHERE provider_id = $1 AND models = $2 ORDER BY version DESC LIMIT 1",
        provider.get(),
        models,
    )
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| StoredPack {
        reference: Reference { number: row.number, version: row.version },
        built_at: row.built_at,
        document: row.document,
    }))
}

/// The number of the next pack of a provider about other models.
pub async fn next_number(pool: &Pool, provider: ProviderId) -> Result<i32, DbError> {
    let number = sqlx::query_scalar!(
        r#"SELECT coalesce(max(number), 0) + 1 AS "number!" FROM authority_pack WHERE provider_id = $1"#,
        provider.get(),
    )
    .fetch_one(pool)
    .await?;
    Ok(number)
}

/// Stores a pack and its files, in one transaction; nothing of it changes afterwards. Answers [`DbError::Taken`] where
/// somebody else took the number and version meanwhile.
pub async fn insert(pool: &Pool, pack: NewPack<'_>, files: &[FrozenFile]) -> Result<(), DbError> {
    let mut transaction = pool.begin().await?;
    let id = sqlx::query_scalar!(
        "INSERT INTO authority_pack (provider_id, number, version, models, template_id, template_version, built_at,
            document, document_sha256)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING pack_id",
        pack.provider.get(),
        pack.reference.number,
        pack.reference.version,
        pack.models,
        pack.template_id,
        pack.template_version,
        pack.built_at,
        pack.document,
        pack.document_sha256.as_slice(),
    )
    .fetch_one(&mut *transaction)
    .await?;
    for file in files {
        sqlx::query!(
            "INSERT INTO authority_pack_file (pack_id, format, media_type, bytes, sha256)
             VALUES ($1, $2, $3, $4, $5)",
            id,
            file.format,
            file.media_type,
            file.bytes,
            file.sha256.as_slice(),
        )
        .execute(&mut *transaction)
        .await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// A line of the list of packs.
#[derive(Clone, Debug)]
pub struct PackLine {
    pub reference: Reference,
    pub models: Vec<String>,
    pub template_id: String,
    pub template_version: String,
    pub built_at: DateTime<Utc>,
    pub document_sha256: Vec<u8>,
}

/// The packs of a provider, the latest first.
pub async fn list(pool: &Pool, provider: ProviderId, limit: i64) -> Result<Vec<PackLine>, DbError> {
    let rows = sqlx::query!(
        "SELECT number, version, models, template_id, template_version, built_at, document_sha256
         FROM authority_pack WHERE provider_id = $1 ORDER BY built_at DESC, number DESC, version DESC LIMIT $2",
        provider.get(),
        limit,
    )
    .fetch_all(pool)
    .await?;
    let lines = rows.into_iter().map(|row| PackLine {
        reference: Reference { number: row.number, version: row.version },
        models: row.models,
        template_id: row.template_id,
        template_version: row.template_version,
        built_at: row.built_at,
        document_sha256: row.document_sha256,
    });
    Ok(lines.collect())
}

/// The frozen bytes of one format of a provider's pack.
pub async fn file(
    pool: &Pool,
    provider: ProviderId,
    reference: Reference,
    format: &str,
) -> Result<Option<ServedFile>, DbError> {
    let file = sqlx::query_as!(
        ServedFile,
        "SELECT media_type, bytes, sha256 FROM authority_pack_file JOIN authority_pack USING (pack_id)
         WHERE provider_id = $1 AND number = $2 AND version = $3 AND format = $4",
        provider.get(),
        reference.number,
        reference.version,
        format,
    )
    .fetch_optional(pool)
    .await?;
    Ok(file)
}
