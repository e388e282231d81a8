//! Disclosures: drafts, published versions and their frozen files.

use super::error::known;
use super::evidence::RecordSums;
use super::job::{self, Claim};
use super::total::period_sums;
use super::{DbError, Pool, evidence};
use crate::domain::disclosure::{HistoryLine, Reference};
use crate::domain::ids::{DisclosureId, ProviderId, ServiceId};
use crate::domain::job::JobResult;
use crate::domain::period::Period;
use crate::domain::registry::ProviderKind;
use chrono::{DateTime, Utc};

/// What one number stands for: a service, a period and a template.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub provider: ProviderId,
    pub service: ServiceId,
    pub template_id: &'a str,
    pub template_version: &'a str,
    pub period: Period,
}

/// A built document that is not yet published.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    pub reference: Reference,
    pub document: &'a [u8],
    pub document_sha256: &'a [u8; 32],
    pub mean_energy_wh: &'a str,
    pub evidence_summary: &'a str,
    /// The archive of what it was computed from.
    pub evidence: &'a [u8],
    /// The records that it was computed from.
    pub counted: RecordSums,
    pub built_at: DateTime<Utc>,
}

/// The job that a transaction ends, with what it came to.
#[derive(Clone, Copy, Debug)]
pub struct Ending<'a> {
    pub claim: Claim,
    pub result: &'a JobResult,
}

/// Whether something was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    Yes,
    /// The job was cancelled, or another process has it; nothing was stored.
    JobLost,
}

/// The number and version that the next draft of a subject carries: the number of its earlier
/// versions, or a new one; the version of its open draft, or the next.
pub async fn next_reference(pool: &Pool, subject: Subject<'_>) -> Result<Reference, DbError> {
    let row = sqlx::query!(
        r#"SELECT number, version, state FROM disclosure
        WHERE provider_id = $1 AND service_id = $2 AND template_id = $3
          AND period_from = $4 AND period_to = $5
        ORDER BY version DESC LIMIT 1"#,
        subject.provider.get(),
        subject.service.get(),
        subject.template_id,
        subject.period.from(),
        subject.period.to(),
    )
    .fetch_optional(pool)
    .await?;
    if let Some(row) = row {
        let version = if row.state == "draft" { row.version } else { row.version + 1 };
        return Ok(Reference { number: row.number, version });
    }
    let number = sqlx::query_scalar!(r#"SELECT coalesce(max(number), 0) + 1 AS "number!" FROM disclosure"#)
        .fetch_one(pool)
        .await?;
    Ok(Reference { number, version: 1 })
}

/// Stores a draft in place of an earlier draft of the same number and version. Answers
/// [`DbError::Taken`] where somebody else took the number or published that version meanwhile.
pub async fn save_draft(
    pool: &Pool,
    subject: Subject<'_>,
    draft: Draft<'_>,
    ending: Option<Ending<'_>>,
) -> Result<Saved, DbError> {
    let mut transaction = pool.begin().await?;
    sqlx::query!(
        "DELETE FROM disclosure WHERE number = $1 AND version = $2 AND state = 'draft'
            AND provider_id = $3 AND service_id = $4 AND period_from = $5 AND period_to = $6",
        draft.reference.number,
        draft.reference.version,
        subject.provider.get(),
        subject.service.get(),
        subject.period.from(),
        subject.period.to(),
    )
    .execute(&mut *transaction)
    .await?;
    let id = sqlx::query_scalar!(
        "INSERT INTO disclosure (number, version, provider_id, service_id, template_id, template_version,
            period_from, period_to, state, built_at, document, document_sha256, mean_energy_wh,
            evidence_summary)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'draft', $9, $10, $11, $12, $13) RETURNING disclosure_id",
        draft.reference.number,
        draft.reference.version,
        subject.provider.get(),
        subject.service.get(),
        subject.template_id,
        subject.template_version,
        subject.period.from(),
        subject.period.to(),
        draft.built_at,
        draft.document,
        draft.document_sha256.as_slice(),
        draft.mean_energy_wh,
        draft.evidence_summary,
    )
    .fetch_one(&mut *transaction)
    .await?;
    evidence::save(&mut transaction, DisclosureId::from_db(id), draft.evidence, draft.counted).await?;
    if let Some(Ending { claim, result }) = ending
        && !job::finish(&mut transaction, claim, result, draft.built_at).await?
    {
        return Ok(Saved::JobLost);
    }
    transaction.commit().await?;
    Ok(Saved::Yes)
}

/// How far a disclosure has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Draft,
    Published,
    Superseded,
}

impl State {
    fn parse(text: &str) -> Option<State> {
        match text {
            "draft" => Some(State::Draft),
            "published" => Some(State::Published),
            "superseded" => Some(State::Superseded),
            _ => None,
        }
    }
}

/// A stored disclosure and its canonical document.
#[derive(Clone, Debug)]
pub struct StoredDocument {
    pub id: DisclosureId,
    pub provider: ProviderId,
    pub service: ServiceId,
    pub state: State,
    pub built_at: DateTime<Utc>,
    pub document: Vec<u8>,
}

pub async fn find(pool: &Pool, reference: Reference) -> Result<Option<StoredDocument>, DbError> {
    let row = sqlx::query!(
        "SELECT disclosure_id, provider_id, service_id, state, built_at, document FROM disclosure
         WHERE number = $1 AND version = $2",
        reference.number,
        reference.version,
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        Ok(StoredDocument {
            id: DisclosureId::from_db(row.disclosure_id),
            provider: ProviderId::from_db(row.provider_id),
            state: known(State::parse(&row.state), &row.state)?,
            service: ServiceId::from_db(row.service_id),
            built_at: row.built_at,
            document: row.document,
        })
    })
    .transpose()
}

/// The bytes of one format, to be frozen.
#[derive(Clone, Debug)]
pub struct FrozenFile {
    pub format: &'static str,
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
    pub sha256: [u8; 32],
}

/// Whether a publication took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publication {
    Done,
    /// It was no draft any more, or the draft was built again meanwhile.
    Overtaken,
    /// Records of the period came in meanwhile.
    Outdated,
    /// The job was cancelled, or another process has it; nothing was published.
    JobLost,
}

/// What is frozen: the files of a draft, and what belongs to them.
#[derive(Clone, Copy, Debug)]
pub struct Freeze<'a> {
    pub reference: Reference,
    pub draft: &'a StoredDocument,
    pub period: Period,
    /// The records that the draft was computed from.
    pub counted: RecordSums,
    pub files: &'a [FrozenFile],
    /// The whole archive for auditors.
    pub evidence: &'a [u8],
}

/// Publishes a draft: freezes its files, and supersedes the version in force, in one transaction.
///
/// The files were made before, which takes its time; so it is looked at once more whether the draft still holds all
/// records of its period.
pub async fn publish(
    pool: &Pool,
    freeze: Freeze<'_>,
    ending: Option<Ending<'_>>,
    now: DateTime<Utc>,
) -> Result<Publication, DbError> {
    let Freeze { reference, draft, files, .. } = freeze;
    let mut transaction = pool.begin().await?;
    sqlx::query!(
        "UPDATE disclosure SET state = 'superseded' WHERE number = $1 AND state = 'published'",
        reference.number,
    )
    .execute(&mut *transaction)
    .await?;
    let is_draft = sqlx::query_scalar!(
        "SELECT disclosure_id FROM disclosure
         WHERE disclosure_id = $1 AND state = 'draft' AND document = $2 FOR UPDATE",
        draft.id.get(),
        &draft.document,
    )
    .fetch_optional(&mut *transaction)
    .await?;
    if is_draft.is_none() {
        return Ok(Publication::Overtaken);
    }
    for file in files {
        sqlx::query!(
            "INSERT INTO disclosure_file (disclosure_id, format, media_type, bytes, sha256)
             VALUES ($1, $2, $3, $4, $5)",
            draft.id.get(),
            file.format,
            file.media_type,
            file.bytes,
            file.sha256.as_slice(),
        )
        .execute(&mut *transaction)
        .await?;
    }
    evidence::save(&mut transaction, draft.id, freeze.evidence, freeze.counted).await?;
    sqlx::query!(
        "UPDATE disclosure SET state = 'published', published_at = $2 WHERE disclosure_id = $1",
        draft.id.get(),
        now,
    )
    .execute(&mut *transaction)
    .await?;
    let sums = period_sums(&mut *transaction, draft.provider, draft.service, freeze.period).await?;
    if sums != freeze.counted {
        return Ok(Publication::Outdated);
    }
    if let Some(Ending { claim, result }) = ending
        && !job::finish(&mut transaction, claim, result, now).await?
    {
        return Ok(Publication::JobLost);
    }
    transaction.commit().await?;
    Ok(Publication::Done)
}

/// The document of the version that was published before this one of the same number.
pub async fn version_before(pool: &Pool, reference: Reference) -> Result<Option<Vec<u8>>, DbError> {
    let document = sqlx::query_scalar!(
        "SELECT document FROM disclosure WHERE number = $1 AND version < $2 AND state <> 'draft'
         ORDER BY version DESC LIMIT 1",
        reference.number,
        reference.version,
    )
    .fetch_optional(pool)
    .await?;
    Ok(document)
}

/// A published version in the change log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedVersion {
    pub version: i32,
    pub published_at: DateTime<Utc>,
    pub document_sha256: Vec<u8>,
}

/// The versions of the same number that were published before this one, the oldest first.
pub async fn earlier_versions(pool: &Pool, reference: Reference) -> Result<Vec<LoggedVersion>, DbError> {
    let versions = sqlx::query_as!(
        LoggedVersion,
        r#"SELECT version, published_at AS "published_at!", document_sha256 FROM disclosure
        WHERE number = $1 AND version < $2 AND state <> 'draft' ORDER BY version"#,
        reference.number,
        reference.version,
    )
    .fetch_all(pool)
    .await?;
    Ok(versions)
}

/// A line of the register.
#[derive(Clone, Debug)]
pub struct RegisterLine {
    pub reference: Reference,
    pub state: State,
    pub provider_key: String,
    pub provider_name: String,
    pub provider_kind: ProviderKind,
    pub service_key: String,
    pub service_name: String,
    pub period: Period,
    pub mean_energy_wh: String,
    pub evidence_summary: String,
    pub published_at: DateTime<Utc>,
}

/// Which disclosures a list holds.
#[derive(Clone, Copy, Debug)]
pub enum Listing {
    /// The versions in force of every provider.
    Register { limit: i64 },
    /// Every version ever published by one provider.
    Provider(ProviderId),
    /// Every version ever published under one number.
    Number(i32),
}

/// Published disclosures, the latest first.
pub async fn list(pool: &Pool, listing: Listing) -> Result<Vec<RegisterLine>, DbError> {
    let (provider, number, limit) = match listing {
        Listing::Register { limit } => (None, None, limit),
        Listing::Provider(provider) => (Some(provider.get()), None, 1000),
        Listing::Number(number) => (None, Some(number), 1000),
    };
    let rows = sqlx::query!(
        r#"SELECT number, version, state, provider_key, legal_name, provider_kind, service_key,
            service.name AS service_name, period_from, period_to, mean_energy_wh, evidence_summary,
            published_at AS "published_at!"
        FROM disclosure JOIN provider USING (provider_id) JOIN service USING (service_id)
        WHERE state <> 'draft' AND (state = 'published' OR $1::integer IS NOT NULL OR $2::integer IS NOT NULL)
          AND ($1::integer IS NULL OR disclosure.provider_id = $1)
          AND ($2::integer IS NULL OR number = $2)
        ORDER BY published_at DESC, number DESC, version DESC LIMIT $3"#,
        provider,
        number,
        limit,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(RegisterLine {
                reference: Reference { number: row.number, version: row.version },
                state: known(State::parse(&row.state), &row.state)?,
                provider_key: row.provider_key,
                provider_name: row.legal_name,
                provider_kind: known(ProviderKind::parse(&row.provider_kind), &row.provider_kind)?,
                service_key: row.service_key,
                service_name: row.service_name,
                period: known(Period::new(row.period_from, row.period_to).ok(), "period")?,
                mean_energy_wh: row.mean_energy_wh,
                evidence_summary: row.evidence_summary,
                published_at: row.published_at,
            })
        })
        .collect()
}

/// The document in force of a service whose period ends last.
pub async fn newest(pool: &Pool, service: ServiceId) -> Result<Option<Vec<u8>>, DbError> {
    let document = sqlx::query_scalar!(
        "SELECT document FROM disclosure WHERE service_id = $1 AND state = 'published'
         ORDER BY period_to DESC, period_from DESC, number DESC LIMIT 1",
        service.get(),
    )
    .fetch_optional(pool)
    .await?;
    Ok(document)
}

/// Published versions of a disclosure that come before a version, the oldest first.
pub async fn history(pool: &Pool, reference: Reference) -> Result<Vec<HistoryLine>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT version, published_at AS "published_at!", document_sha256,
            convert_from(document, 'UTF8')::jsonb ->> 'reason' AS reason
        FROM disclosure WHERE number = $1 AND version < $2 AND state <> 'draft' ORDER BY version"#,
        reference.number,
        reference.version,
    )
    .fetch_all(pool)
    .await?;
    let line = rows.into_iter().map(|row| HistoryLine {
        version: row.version,
        published_on: row.published_at.date_naive(),
        document_sha256: hex::encode(row.document_sha256),
        reason: row.reason,
    });
    Ok(line.collect())
}

/// Which one that is.
pub async fn newest_reference(pool: &Pool, service: ServiceId) -> Result<Option<Reference>, DbError> {
    let row = sqlx::query_as!(
        Reference,
        "SELECT number, version FROM disclosure WHERE service_id = $1 AND state = 'published'
         ORDER BY period_to DESC, period_from DESC, number DESC LIMIT 1",
        service.get(),
    )
    .fetch_optional(pool)
    .await?;
    Ok(row)
}

/// A frozen file as it is served.
#[derive(Clone, Debug)]
pub struct ServedFile {
    pub media_type: String,
    pub bytes: Vec<u8>,
    pub sha256: Vec<u8>,
}

/// The frozen bytes of one format; `None` where that version is not published or has no such format.
pub async fn file(pool: &Pool, reference: Reference, format: &str) -> Result<Option<ServedFile>, DbError> {
    let file = sqlx::query_as!(
        ServedFile,
        "SELECT media_type, bytes, sha256 FROM disclosure_file JOIN disclosure USING (disclosure_id)
         WHERE number = $1 AND version = $2 AND format = $3 AND state <> 'draft'",
        reference.number,
        reference.version,
        format,
    )
    .fetch_optional(pool)
    .await?;
    Ok(file)
}

/// The formats of a published version with the digests of their files, by name; empty where it is not published.
pub async fn digests(pool: &Pool, reference: Reference) -> Result<Vec<(String, Vec<u8>)>, DbError> {
    let rows = sqlx::query!(
        "SELECT format, sha256 FROM disclosure_file JOIN disclosure USING (disclosure_id)
         WHERE number = $1 AND version = $2 AND state <> 'draft' ORDER BY format",
        reference.number,
        reference.version,
    )
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|row| (row.format, row.sha256)).collect())
}
