//! Publishing: the bytes of every format are made once, from the stored document, and frozen.

use crate::db::disclosure::{FrozenFile, Publication, State, find, publish as freeze};
use crate::db::total::period_sums;
use crate::db::{DbError, Pool};
use crate::domain::disclosure::{Disclosure, Reference};
use crate::domain::fact::{Concept, FactValue};
use crate::domain::ids::ProviderId;
use crate::render::files as render;
use crate::render::files::RenderError;
use crate::render::json;
use crate::render::json::UnreadableDocument;
use crate::units::EnergyTotal;
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use thiserror::Error;

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
    #[error("the stored document does not render to its own bytes, so its digest would not hold")]
    NotReproducible,
    #[error("the draft was built or published by somebody else at the same moment")]
    Overtaken,
    #[error(transparent)]
    Unreadable(#[from] UnreadableDocument),
    #[error("a file could not be rendered: {0}")]
    Render(#[from] RenderError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Publishes a provider's draft. The version that was in force before is superseded and stays
/// readable.
pub async fn publish(
    pool: &Pool,
    provider: ProviderId,
    reference: Reference,
    now: DateTime<Utc>,
) -> Result<Disclosure, PublishError> {
    let draft = find(pool, reference).await?;
    let Some(draft) = draft.filter(|draft| draft.provider == provider) else {
        return Err(PublishError::NotFound);
    };
    if draft.state != State::Draft {
        return Err(PublishError::AlreadyPublished);
    }
    let disclosure = json::read(&draft.document)?;
    let period = disclosure.period;
    if period.to() > now {
        return Err(PublishError::PeriodNotOver(period.to()));
    }
    let sums = period_sums(pool, provider, draft.service, period).await?;
    if draft.built_at < period.to() || document_sums(&disclosure) != Some(sums) {
        return Err(PublishError::Outdated);
    }
    // The page prints the digest of the document as it renders, and the file holds it as it is stored.
    if json::render(&disclosure) != draft.document {
        return Err(PublishError::NotReproducible);
    }
    let files = files(&disclosure)?;
    match freeze(pool, reference, &draft, &files, now).await? {
        Publication::Done => Ok(disclosure),
        Publication::Overtaken => Err(PublishError::Overtaken),
    }
}

/// Tasks and energy of the period as the document states them.
fn document_sums(disclosure: &Disclosure) -> Option<(i128, EnergyTotal)> {
    let whole = |concept| match disclosure.value(concept, None) {
        FactValue::Known(value) => value.to_scaled(0).ok(),
        _ => None,
    };
    let counts = [Concept::TasksCompleted, Concept::TasksFailed, Concept::TasksCancelled];
    let tasks = counts.into_iter().map(whole).sum::<Option<i128>>()?;
    Some((tasks, EnergyTotal::from_microjoules(whole(Concept::EnergyReportedTotal)?)))
}

fn files(disclosure: &Disclosure) -> Result<Vec<FrozenFile>, PublishError> {
    let rendered = render::files(disclosure, |_| ())?;
    let frozen = rendered.into_iter().map(|file| FrozenFile {
        format: file.format.as_str(),
        media_type: file.format.media_type(),
        sha256: Sha256::digest(&file.bytes).into(),
        bytes: file.bytes,
    });
    Ok(frozen.collect())
}
