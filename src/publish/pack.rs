//! Freezing authority packs: there are no drafts of them, so one is built, its files made in a process of their own, and
//! all of it stored at once. Nothing of it is public.

use super::frozen;
use super::worker::{Renderer, WorkerError};
use crate::db::authority_pack::{NewPack, insert, latest, next_number};
use crate::db::{DbError, Pool};
use crate::disclosure::authority_pack::{PackError, assemble};
use crate::domain::authority_pack::AuthorityPack;
use crate::domain::names::Name;
use crate::domain::registry::Provider;
use crate::render::pack::{PackFormat, canonical};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// A stored pack.
#[derive(Clone, Debug)]
pub struct BuiltPack {
    pub pack: AuthorityPack,
    pub document_sha256: [u8; 32],
    pub state: PackState,
}

/// Whether building made a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackState {
    New,
    /// Nothing was told since the latest version, which stands.
    Unchanged,
}

/// Why no pack was frozen.
#[derive(Debug, Error)]
pub enum FreezeError {
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error("somebody else built a pack at the same moment")]
    BuiltMeanwhile,
    #[error("the pack does not render to its own bytes, so its digest would not hold")]
    NotReproducible,
    #[error(transparent)]
    Render(#[from] WorkerError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// How often a number is sought before the caller is told to look again.
const MAX_ATTEMPTS: usize = 5;

/// Builds and stores a pack about these models; what is the same as the latest version makes none.
///
/// # Errors
///
/// A model is not known, or lacks what Annex XI asks: each is a fault that points at `/models/{index}`. Or a file of it
/// cannot be made.
pub async fn build(
    pool: &Pool,
    renderer: &Renderer,
    provider: &Provider,
    keys: &[Name],
    now: DateTime<Utc>,
) -> Result<BuiltPack, FreezeError> {
    let mut pack = assemble(pool, provider, keys, now.date_naive()).await?;
    let models: Vec<String> = pack.models.iter().map(|model| model.key.clone()).collect();
    for _ in 0..MAX_ATTEMPTS {
        let before = latest(pool, provider.id, &models).await?;
        if let Some(before) = &before {
            pack.reference = before.reference;
            pack.built_on = before.built_at.date_naive();
            if canonical(&pack) == before.document {
                let document_sha256 = Sha256::digest(&before.document).into();
                return Ok(BuiltPack { pack, document_sha256, state: PackState::Unchanged });
            }
            pack.reference.version += 1;
            pack.built_on = now.date_naive();
        } else {
            pack.reference.number = next_number(pool, provider.id).await?;
        }
        match store(pool, renderer, provider, &pack, &models, now).await {
            Err(FreezeError::Db(DbError::Taken { .. })) => {}
            stored => {
                let document_sha256 = stored?;
                return Ok(BuiltPack { pack, document_sha256, state: PackState::New });
            }
        }
    }
    Err(FreezeError::BuiltMeanwhile)
}

async fn store(
    pool: &Pool,
    renderer: &Renderer,
    provider: &Provider,
    pack: &AuthorityPack,
    models: &[String],
    now: DateTime<Utc>,
) -> Result<[u8; 32], FreezeError> {
    let document = canonical(pack);
    let made = renderer.render::<PackFormat>(&document, pack.reference, |_| ()).await?;
    let own = made.iter().find(|file| file.format == PackFormat::Json);
    if own.is_none_or(|file| file.bytes != document) {
        return Err(FreezeError::NotReproducible);
    }
    let files = frozen(made);
    let document_sha256: [u8; 32] = Sha256::digest(&document).into();
    let new = NewPack {
        provider: provider.id,
        reference: pack.reference,
        models,
        template_id: &pack.template.id,
        template_version: &pack.template.version,
        built_at: now,
        document: &document,
        document_sha256: &document_sha256,
    };
    insert(pool, new, &files).await?;
    Ok(document_sha256)
}
