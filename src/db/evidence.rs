//! The evidence of disclosures: an archive in parts, kept with a draft and frozen with its files.

use super::error::known;
use super::{DbError, Pool};
use crate::domain::disclosure::Reference;
use crate::domain::ids::{DisclosureId, ProviderId};
use crate::units::EnergyTotal;
use sha2::{Digest, Sha256};
use sqlx::{Postgres, Transaction};

/// Bytes of one part: what a process holds of an archive while it sends it.
const PART_BYTES: usize = 1024 * 1024;

/// Tasks and energy of records.
pub type RecordSums = (i128, EnergyTotal);

/// Puts an archive in the place of the one that a draft has. `counted` are the records that the draft is of.
pub(super) async fn save(
    transaction: &mut Transaction<'_, Postgres>,
    disclosure: DisclosureId,
    archive: &[u8],
    counted: RecordSums,
) -> Result<(), DbError> {
    sqlx::query!("DELETE FROM disclosure_evidence WHERE disclosure_id = $1", disclosure.get())
        .execute(&mut **transaction)
        .await?;
    let sha256 = Sha256::digest(archive);
    sqlx::query!(
        "INSERT INTO disclosure_evidence (disclosure_id, size, sha256, tasks, energy_uj)
         VALUES ($1, $2, $3, $4::text::numeric, $5::text::numeric)",
        disclosure.get(),
        i64::try_from(archive.len()).unwrap_or(i64::MAX),
        sha256.as_slice(),
        counted.0.to_string(),
        counted.1.microjoules().to_string(),
    )
    .execute(&mut **transaction)
    .await?;
    for (part, bytes) in archive.chunks(PART_BYTES).enumerate() {
        sqlx::query!(
            "INSERT INTO disclosure_evidence_part (disclosure_id, part, bytes) VALUES ($1, $2, $3)",
            disclosure.get(),
            i32::try_from(part).unwrap_or(i32::MAX),
            bytes,
        )
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

/// The records that a disclosure was computed from; `None` where it was built by a version of the program that did not
/// note it.
pub async fn counted(pool: &Pool, disclosure: DisclosureId) -> Result<Option<RecordSums>, DbError> {
    let row = sqlx::query!(
        r#"SELECT tasks::text AS "tasks!", energy_uj::text AS "energy_uj!" FROM disclosure_evidence
        WHERE disclosure_id = $1"#,
        disclosure.get(),
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| sums(&row.tasks, &row.energy_uj)).transpose()
}

pub(super) fn sums(tasks: &str, energy_uj: &str) -> Result<RecordSums, DbError> {
    let energy = known(energy_uj.parse().ok(), energy_uj)?;
    Ok((known(tasks.parse().ok(), tasks)?, EnergyTotal::from_microjoules(energy)))
}

/// The archive of a draft, read at one moment; `None` where it is no draft any more, or was built by a version of the
/// program that kept none.
pub async fn load(pool: &Pool, draft: DisclosureId) -> Result<Option<Vec<u8>>, DbError> {
    let mut transaction = pool.begin().await?;
    sqlx::query!("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .execute(&mut *transaction)
        .await?;
    let size = sqlx::query_scalar!(
        "SELECT size FROM disclosure_evidence JOIN disclosure USING (disclosure_id)
         WHERE disclosure_id = $1 AND state = 'draft'",
        draft.get(),
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(size) = size else { return Ok(None) };
    let mut archive = Vec::with_capacity(known(usize::try_from(size).ok(), "size")?);
    let mut next = 0;
    while let Some(bytes) = part_in(&mut transaction, draft, next).await? {
        archive.extend_from_slice(&bytes);
        next += 1;
    }
    Ok(Some(archive))
}

/// One part of an archive, counted from 0.
pub async fn part(pool: &Pool, disclosure: DisclosureId, part: i32) -> Result<Option<Vec<u8>>, DbError> {
    part_in(&mut pool.begin().await?, disclosure, part).await
}

async fn part_in(
    transaction: &mut Transaction<'_, Postgres>,
    disclosure: DisclosureId,
    part: i32,
) -> Result<Option<Vec<u8>>, DbError> {
    let bytes = sqlx::query_scalar!(
        "SELECT bytes FROM disclosure_evidence_part WHERE disclosure_id = $1 AND part = $2",
        disclosure.get(),
        part,
    )
    .fetch_optional(&mut **transaction)
    .await?;
    Ok(bytes)
}

/// A frozen archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrozenEvidence {
    pub disclosure: DisclosureId,
    pub size: u64,
    pub sha256: Vec<u8>,
}

/// The archive of a provider's published version; `None` where there is no such version, or it was published before
/// archives were kept.
pub async fn frozen(
    pool: &Pool,
    provider: ProviderId,
    reference: Reference,
) -> Result<Option<FrozenEvidence>, DbError> {
    let row = sqlx::query!(
        "SELECT disclosure_id, size, sha256 FROM disclosure_evidence JOIN disclosure USING (disclosure_id)
         WHERE provider_id = $1 AND number = $2 AND version = $3 AND state <> 'draft'",
        provider.get(),
        reference.number,
        reference.version,
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        Ok(FrozenEvidence {
            disclosure: DisclosureId::from_db(row.disclosure_id),
            size: known(u64::try_from(row.size).ok(), "size")?,
            sha256: row.sha256,
        })
    })
    .transpose()
}
