//! From a body to stored records. One file per wire format reads a body into drafts and faults; what
//! is left is the same for all: names are resolved to groups, the writer stores, and every record
//! gets its answer.

pub mod json;
pub mod ndjson;
pub mod resolve;
pub mod wire;
pub mod writer;

use crate::db::{DbError, Pool};
use crate::domain::key::ApiKey;
use crate::domain::problem::{Fault, ProblemCode};
use crate::domain::record::{OwnedRecord, Stored};
use chrono::{DateTime, Utc};
use resolve::GroupCache;
use wire::RecordDraft;
use writer::{WriteError, Writer};

/// Most records in one request.
pub const MAX_RECORDS: usize = 20_000;

/// What a format read from a body: a draft or its faults, for each record in its place.
#[derive(Debug, Default)]
pub struct Batch {
    pub drafts: Vec<RecordDraft>,
    pub faults: Vec<Fault>,
    /// Records that have faults.
    pub invalid: usize,
}

impl Batch {
    /// Takes in one parsed record.
    fn push(&mut self, parsed: Result<RecordDraft, Vec<Fault>>) {
        match parsed {
            Ok(draft) => self.drafts.push(draft),
            Err(faults) => {
                self.invalid += 1;
                self.faults.extend(faults);
            }
        }
    }
}

/// A body that is refused as a whole; nothing of it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyFault {
    pub code: ProblemCode,
    pub detail: String,
}

/// What became of a batch, after the commit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    pub accepted: usize,
    pub duplicates: usize,
    pub conflicts: usize,
    pub invalid: usize,
    pub faults: Vec<Fault>,
}

/// Why a batch got no receipt. Nothing was stored, unless the database went away during the commit:
/// then sending the batch again is safe and settles the question.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Stores what can be stored of a batch and answers for every record.
pub async fn store(
    pool: &Pool,
    groups: &GroupCache,
    writer: &Writer,
    key: &ApiKey,
    batch: Batch,
    now: DateTime<Utc>,
) -> Result<Receipt, IngestError> {
    let Batch { drafts, mut faults, mut invalid } = batch;
    let mut pointers = Vec::with_capacity(drafts.len());
    let mut records = Vec::with_capacity(drafts.len());
    let mut resolver = groups.resolver(pool, key.provider);
    for draft in drafts {
        match resolver.group(&draft.names).await? {
            Ok(group) => {
                pointers.push(draft.pointer);
                records.push(OwnedRecord { provider: key.provider, group, record: draft.record });
            }
            Err(unknown) => {
                invalid += 1;
                faults.extend(unknown.faults(&draft, &key.provider_key));
            }
        }
    }
    let mut receipt = Receipt { invalid, ..Receipt::default() };
    if !records.is_empty() {
        let stored = writer.write(records, now).await?;
        for (pointer, stored) in pointers.into_iter().zip(stored) {
            match stored {
                Stored::Accepted => receipt.accepted += 1,
                Stored::Duplicate => receipt.duplicates += 1,
                Stored::Conflict => {
                    receipt.conflicts += 1;
                    faults.push(Fault::new(
                        pointer,
                        ProblemCode::RecordConflict,
                        "a record with this id and start is stored with other content; nothing was changed",
                    ));
                }
            }
        }
    }
    receipt.faults = faults;
    Ok(receipt)
}
