//! From a body to stored records. One file per wire format reads a body into drafts and faults; what
//! is left is the same for all: names are resolved to groups, the writer stores, and every record
//! gets its answer.

pub mod fields;
pub mod json;
pub mod ndjson;
pub mod resolve;
mod value;
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
    records: Vec<Result<RecordDraft, Vec<Fault>>>,
    /// Faults found, also those beyond [`MAX_FAULTS`] that are not kept.
    faults: usize,
}

/// Most faults that are kept and listed for one batch; the total is always told.
pub const MAX_FAULTS: usize = 10_000;

impl Batch {
    fn push(&mut self, parsed: Result<RecordDraft, Vec<Fault>>) {
        self.records.push(parsed.map_err(|mut faults| {
            let room = MAX_FAULTS.saturating_sub(self.faults);
            self.faults += faults.len();
            faults.truncate(room);
            faults
        }));
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
    /// Number of all faults.
    pub faults_total: usize,
    /// The faults in the order of the body; at most [`MAX_FAULTS`] of those found on parsing.
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
    // Each record's faults, in the place of the record, so that the answer follows the body.
    let mut faults: Vec<Vec<Fault>> = Vec::with_capacity(batch.records.len());
    let mut faults_total = batch.faults;
    let mut sent = Vec::with_capacity(batch.records.len());
    let mut records = Vec::with_capacity(batch.records.len());
    let mut resolver = groups.resolver(pool, key.provider);
    for (index, parsed) in batch.records.into_iter().enumerate() {
        faults.push(match parsed {
            Err(faults) => faults,
            Ok(draft) => match resolver.group(&draft.names).await? {
                Err(unknown) => {
                    let unknown = unknown.faults(&draft, &key.provider_key);
                    faults_total += unknown.len();
                    unknown
                }
                Ok(group) => {
                    sent.push((index, draft.pointer));
                    records.push(OwnedRecord { provider: key.provider, group, record: draft.record });
                    Vec::new()
                }
            },
        });
    }
    let mut receipt = Receipt { invalid: faults.len() - sent.len(), ..Receipt::default() };
    if !records.is_empty() {
        let stored = writer.write(records, now).await?;
        for ((index, pointer), stored) in sent.into_iter().zip(stored) {
            match stored {
                Stored::Accepted => receipt.accepted += 1,
                Stored::Duplicate => receipt.duplicates += 1,
                Stored::Conflict => {
                    receipt.conflicts += 1;
                    faults_total += 1;
                    faults[index].push(Fault::new(
                        pointer,
                        ProblemCode::RecordConflict,
                        "a record with this id and start is stored with other content; nothing was changed",
                    ));
                }
            }
        }
    }
    receipt.faults_total = faults_total;
    receipt.faults = faults.into_iter().flatten().collect();
    Ok(receipt)
}
