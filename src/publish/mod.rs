//! Publishing: the bytes of every format are made once, from the stored document, and frozen.
//!
//! It goes in three parts, so that what takes long holds nothing: [`look`] refuses what cannot be published,
//! [`Ready::render`] makes the files in a process of its own, and [`Ready::freeze`] is one short transaction, which
//! looks once more at what may have changed meanwhile.

mod evidence;
pub mod pack;
pub mod room;
pub mod worker;

use crate::db::disclosure::{
    Ending, Freeze, FrozenFile, Publication, State, StoredDocument, earlier_versions, find,
    publish as freeze, version_before,
};
use crate::db::evidence::{RecordSums, counted, load};
use crate::db::job::Claim;
use crate::db::total::period_sums;
use crate::db::{DbError, Pool};
use crate::disclosure::evidence::EvidenceError;
use crate::domain::disclosure::{Disclosure, Reference};
use crate::domain::fact::Concept;
use crate::domain::ids::ProviderId;
use crate::domain::job::JobResult;
use crate::domain::problem::ProblemCode;
use crate::method::METHOD_VERSION;
use crate::render::csv::value_text;
use crate::render::files::{FileFormat, Format};
use crate::render::json;
use crate::render::json::UnreadableDocument;
use chrono::{DateTime, Utc};
use thiserror::Error;
use worker::{MadeFile, Renderer, WorkerError};

/// Why a draft was not published.
#[derive(Debug, Error)]
pub enum PublishError {
    #[error("there is no such disclosure of this provider")]
    NotFound,
    #[error("this version is published already")]
    AlreadyPublished,
    #[error("the period ends on {0}, which is not over")]
    PeriodNotOver(DateTime<Utc>),
    #[error("the draft was built before its period was over, or records of the period came in since")]
    Outdated,
    #[error(
        "the draft was built by method {0}, and this program publishes what method {METHOD_VERSION} says; build it again"
    )]
    OtherMethod(String),
    #[error("the draft was built by an earlier version of the service, which kept no evidence for auditors")]
    WithoutEvidence,
    #[error("the stored document does not render to its own bytes, so its digest would not hold")]
    NotReproducible,
    #[error("the draft was built or published by somebody else at the same moment")]
    Overtaken,
    #[error("the job was cancelled, or another process has it")]
    JobLost,
    #[error(transparent)]
    Unreadable(#[from] UnreadableDocument),
    #[error(transparent)]
    Render(#[from] WorkerError),
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl PublishError {
    /// The code of a refusal; `None` where something of ours failed.
    pub fn code(&self) -> Option<ProblemCode> {
        Some(match self {
            PublishError::NotFound => ProblemCode::NotFound,
            PublishError::AlreadyPublished => ProblemCode::DisclosurePublished,
            PublishError::PeriodNotOver(_) => ProblemCode::PeriodNotOver,
            PublishError::Outdated | PublishError::OtherMethod(_) | PublishError::WithoutEvidence => {
                ProblemCode::DraftOutdated
            }
            PublishError::Overtaken => ProblemCode::BuiltMeanwhile,
            PublishError::Render(error) => return error.code(),
            PublishError::NotReproducible
            | PublishError::JobLost
            | PublishError::Unreadable(_)
            | PublishError::Evidence(_)
            | PublishError::Db(_) => return None,
        })
    }
}

/// Publishes a provider's draft. The version that was in force before is superseded and stays
/// readable.
pub async fn publish(
    pool: &Pool,
    renderer: &Renderer,
    provider: ProviderId,
    reference: Reference,
    now: DateTime<Utc>,
) -> Result<Disclosure, PublishError> {
    let ready = look(pool, provider, reference, now).await?;
    let files = ready.render(renderer, |_| ()).await?;
    ready.freeze(pool, &files, None, now).await
}

/// A draft that nothing stands in the way of.
#[derive(Debug)]
pub struct Ready {
    reference: Reference,
    draft: StoredDocument,
    disclosure: Disclosure,
    counted: RecordSums,
}

/// Finds a provider's draft.
///
/// # Errors
///
/// There is none, or it is published.
pub async fn find_draft(
    pool: &Pool,
    provider: ProviderId,
    reference: Reference,
) -> Result<StoredDocument, PublishError> {
    let draft = find(pool, reference).await?;
    let Some(draft) = draft.filter(|draft| draft.provider == provider) else {
        return Err(PublishError::NotFound);
    };
    if draft.state != State::Draft {
        return Err(PublishError::AlreadyPublished);
    }
    Ok(draft)
}

/// Refuses what cannot be published.
pub async fn look(
    pool: &Pool,
    provider: ProviderId,
    reference: Reference,
    now: DateTime<Utc>,
) -> Result<Ready, PublishError> {
    let draft = find_draft(pool, provider, reference).await?;
    let disclosure = json::read(&draft.document)?;
    let period = disclosure.period;
    if period.to() > now {
        return Err(PublishError::PeriodNotOver(period.to()));
    }
    // Evidence is what its method writes, and the files that go with it say how to read it.
    if disclosure.method_version != METHOD_VERSION {
        return Err(PublishError::OtherMethod(disclosure.method_version));
    }
    let sums = period_sums(pool, provider, draft.service, period).await?;
    let counted = counted(pool, draft.id).await?.ok_or(PublishError::WithoutEvidence)?;
    if draft.built_at < period.to() || counted != sums {
        return Err(PublishError::Outdated);
    }
    // The page prints the digest of the document as it renders, and the file holds it as it is stored.
    if json::render(&disclosure) != draft.document {
        return Err(PublishError::NotReproducible);
    }
    Ok(Ready { reference, draft, disclosure, counted })
}

impl Ready {
    /// Makes every file. `begins` is told the place of each format when it begins.
    pub async fn render(
        &self,
        renderer: &Renderer,
        begins: impl FnMut(usize),
    ) -> Result<Vec<FrozenFile>, PublishError> {
        let made = renderer.render::<Format>(&self.draft.document, self.reference, begins).await?;
        let document = made.iter().find(|file| file.format == Format::Json);
        if document.is_none_or(|file| file.bytes != self.draft.document) {
            return Err(PublishError::NotReproducible);
        }
        Ok(frozen(made))
    }

    /// Freezes the files and the evidence, and ends the job that they were made for: all or nothing.
    pub async fn freeze(
        self,
        pool: &Pool,
        files: &[FrozenFile],
        job: Option<Claim>,
        now: DateTime<Utc>,
    ) -> Result<Disclosure, PublishError> {
        let Ready { reference, draft, disclosure, counted } = self;
        let Some(inputs) = load(pool, draft.id).await? else {
            let same =
                find(pool, reference).await?.filter(|now| now.id == draft.id && now.state == State::Draft);
            return Err(same.map_or(PublishError::Overtaken, |_| PublishError::WithoutEvidence));
        };
        let before = match version_before(pool, reference).await? {
            Some(document) => Some(json::read(&document)?),
            None => None,
        };
        let log = earlier_versions(pool, reference).await?;
        let parts = evidence::Parts {
            disclosure: &disclosure,
            document: &draft.document,
            files,
            before: before.as_ref(),
            log: &log,
        };
        let evidence = evidence::complete(inputs, &parts)?;
        let result = JobResult {
            reference,
            mean_energy_wh: value_text(disclosure.value(Concept::EnergyPerTaskMean, None)),
            document_sha256: None,
            address: disclosure.address.clone(),
        };
        let ending = job.map(|claim| Ending { claim, result: &result });
        let period = disclosure.period;
        let frozen = Freeze { reference, draft: &draft, period, counted, files, evidence: &evidence };
        match freeze(pool, frozen, ending, now).await? {
            Publication::Done => Ok(disclosure),
            Publication::Overtaken => Err(PublishError::Overtaken),
            Publication::Outdated => Err(PublishError::Outdated),
            Publication::JobLost => Err(PublishError::JobLost),
        }
    }
}

/// Files as they are stored.
fn frozen<F: FileFormat>(made: Vec<MadeFile<F>>) -> Vec<FrozenFile> {
    let frozen = made.into_iter().map(|file| FrozenFile {
        format: file.format.word(),
        media_type: file.format.media_type(),
        bytes: file.bytes,
        sha256: file.sha256,
    });
    frozen.collect()
}
