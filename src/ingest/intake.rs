//! One request on its way in: chunks are resolved and stored as they come, and every record is answered
//! for.

use super::batches::BatchIds;
use super::object::At;
use super::resolve::GroupCache;
use super::writer::{Patience, WriteError, Writer};
use super::{Draft, Parsed};
use crate::db::record::{Mode, counts_of};
use crate::db::{DbError, Pool, batch, window};
use crate::domain::batch::{BatchEntry, BatchKind, BatchState, Content, Counts, StartTimes};
use crate::domain::ids::{BatchId, GroupId};
use crate::domain::key::ApiKey;
use crate::domain::problem::{Fault, ProblemCode};
use crate::domain::record::{OwnedRecord, Record, Stored};
use crate::domain::window::{OwnedWindow, Window};
use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

/// Faults that an answer lists.
pub const LISTED_FAULTS: usize = 100;
/// Faults of a batch that are kept to be fetched; all are counted.
pub const KEPT_FAULTS: usize = 100_000;
/// Records up to which a request is gathered with others of its key and minute.
const GATHERED_RECORDS: usize = 100;

/// What storing needs; shared by all requests, cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    pub pool: Pool,
    pub writer: Writer,
    pub groups: GroupCache,
    pub batches: BatchIds,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// `None` where nothing of the request reached the database.
    pub batch: Option<BatchId>,
    pub counts: Counts,
    /// Records that nothing is wrong with and that were not stored, because the request is stored whole
    /// or not at all.
    pub withheld: u64,
    /// SHA-256 over the digests ([`super::digest`]) of what is stored of the request, in its order:
    /// accepted and duplicates.
    pub stored_sha256: [u8; 32],
    /// Number of all faults.
    pub faults_total: u64,
    /// The first of them, in the order of the body; at most [`LISTED_FAULTS`].
    pub faults: Vec<Fault>,
    /// Whether all faults, up to [`KEPT_FAULTS`], can be fetched by the batch's number.
    pub faults_are_kept: bool,
}

/// Why a request came to no end. What was stored before stays stored; sending all again is safe.
#[derive(Debug, thiserror::Error)]
pub enum IngestError {
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// One request.
#[derive(Debug)]
pub struct Intake<'a> {
    store: &'a Store,
    key: &'a ApiKey,
    content: Content,
    mode: Mode,
    received_at: DateTime<Utc>,
    batch: Option<(BatchId, BatchKind)>,
    counts: Counts,
    withheld: u64,
    faults_total: u64,
    /// Faults that are in the database.
    kept: usize,
    listed: Vec<Fault>,
    digest: Sha256,
}

/// Where a record that is sent to be stored stands: in its chunk and in the body.
struct Sent {
    place: usize,
    at: At,
    sha256: [u8; 32],
}

/// A chunk whose names are resolved.
struct Chunk<T> {
    items: Vec<(Sent, GroupId, T)>,
    /// By the place in the chunk of the record that they are of.
    faults: Vec<(usize, Fault)>,
    /// What its transaction adds to the batch.
    entry: BatchEntry,
}

impl<'a> Intake<'a> {
    pub fn new(
        store: &'a Store,
        key: &'a ApiKey,
        content: Content,
        mode: Mode,
        received_at: DateTime<Utc>,
    ) -> Intake<'a> {
        Intake {
            store,
            key,
            content,
            mode,
            received_at,
            batch: None,
            counts: Counts::default(),
            withheld: 0,
            faults_total: 0,
            kept: 0,
            listed: Vec::new(),
            digest: Sha256::new(),
        }
    }

    /// Stores a chunk of records; `is_last` says that the body ended with it.
    pub async fn push_records(
        &mut self,
        chunk: Vec<Parsed<Record>>,
        is_last: bool,
    ) -> Result<(), IngestError> {
        // Once a part is stored the client waits: it could not tell what is left to send.
        let patience = if self.counts.all() == 0 { Patience::Refuse } else { Patience::Wait };
        let Chunk { items, faults, entry } = self.resolve(chunk, is_last).await?;
        let mut sent = Vec::with_capacity(items.len());
        let mut records = Vec::with_capacity(items.len());
        for (place, group, record) in items {
            sent.push(place);
            records.push(OwnedRecord { provider: self.key.provider, group, record });
        }
        let stored = match records.is_empty() {
            true => Vec::new(),
            false => self.store.writer.write(records, entry.clone(), self.mode, patience).await?,
        };
        self.account(&sent, &stored, faults, entry).await
    }

    /// Stores a chunk of windows.
    pub async fn push_windows(
        &mut self,
        chunk: Vec<Parsed<Window>>,
        is_last: bool,
    ) -> Result<(), IngestError> {
        let Chunk { items, faults, entry } = self.resolve(chunk, is_last).await?;
        let mut sent = Vec::with_capacity(items.len());
        let mut windows = Vec::with_capacity(items.len());
        for (place, group, window) in items {
            sent.push(place);
            windows.push(OwnedWindow { provider: self.key.provider, group, window });
        }
        let stored = match windows.is_empty() {
            true => Vec::new(),
            false => window::store(&self.store.pool, &windows, &entry, self.mode).await?,
        };
        self.account(&sent, &stored, faults, entry).await
    }

    async fn resolve<T>(&mut self, chunk: Vec<Parsed<T>>, is_last: bool) -> Result<Chunk<T>, IngestError> {
        let count = chunk.len();
        let mut items = Vec::with_capacity(count);
        let mut faults: Vec<(usize, Fault)> = Vec::new();
        let mut found = 0;
        let mut resolver = self.store.groups.resolver(&self.store.pool, self.key.provider);
        for (place, parsed) in chunk.into_iter().enumerate() {
            let refused = match parsed {
                Err(refused) => refused,
                Ok(Draft { at, names, sha256, item }) => match resolver.group(&names).await? {
                    Ok(group) => {
                        items.push((Sent { place, at, sha256 }, group, item));
                        continue;
                    }
                    Err(unknown) => unknown.faults(&names, at, &self.key.provider_key),
                },
            };
            found += refused.len() as u64;
            let room = KEPT_FAULTS.saturating_sub(self.kept + faults.len());
            faults.extend(refused.into_iter().take(room).map(|fault| (place, fault)));
        }
        let invalid = (count - items.len()) as u64;
        if self.mode == Mode::AllOrNothing && invalid > 0 {
            self.withheld += items.len() as u64;
            items.clear();
        }
        // A request that is small and has no more faults than its answer lists needs no batch of its own.
        let is_small = count <= GATHERED_RECORDS && faults.len() + items.len() <= LISTED_FAULTS;
        let (batch, kind) = self.begin_batch(is_last && is_small).await?;
        self.counts.invalid += invalid;
        self.faults_total += found;
        let is_whole = is_last && kind == BatchKind::Request;
        let entry = BatchEntry {
            provider: self.key.provider,
            batch,
            api_key: self.key.id,
            kind,
            state: if is_last { BatchState::Complete } else { BatchState::Open },
            content: self.content,
            received_at: self.received_at,
            requests: u64::from(is_last),
            counts: Counts { invalid, ..Counts::default() },
            faults: found,
            // As it is if nothing of this chunk is refused.
            stored_sha256: is_whole.then(|| {
                let digest =
                    items.iter().fold(self.digest.clone(), |digest, item| digest.chain_update(item.0.sha256));
                digest.finalize().into()
            }),
            times: StartTimes::default(),
        };
        Ok(Chunk { items, faults, entry })
    }

    /// The request's batch.
    async fn begin_batch(&mut self, is_gathered: bool) -> Result<(BatchId, BatchKind), DbError> {
        if let Some(batch) = self.batch {
            return Ok(batch);
        }
        let (batches, pool) = (&self.store.batches, &self.store.pool);
        let batch = if is_gathered {
            let batch = batches
                .gathered(pool, self.key.provider, self.key.id, self.content, self.received_at)
                .await?;
            (batch, BatchKind::Gathered)
        } else {
            (batches.next(pool).await?, BatchKind::Request)
        };
        self.batch = Some(batch);
        Ok(batch)
    }

    /// Takes up the answers of a chunk, and writes what its transaction could not know.
    async fn account(
        &mut self,
        sent: &[Sent],
        stored: &[Stored],
        mut faults: Vec<(usize, Fault)>,
        mut entry: BatchEntry,
    ) -> Result<(), IngestError> {
        let mut refused = 0;
        for (sent, stored) in sent.iter().zip(stored) {
            match fault_of(*stored, self.content) {
                Some((code, detail)) => {
                    refused += 1;
                    if self.kept + faults.len() < KEPT_FAULTS {
                        faults.push((sent.place, Fault::new(sent.at.pointer(), code, detail)));
                    }
                }
                None if *stored != Stored::Withheld => self.digest.update(sent.sha256),
                None => self.withheld += 1,
            }
        }
        let counts = counts_of(stored);
        self.counts.add(counts);
        self.faults_total += refused;
        // Those that the database refused are in no transaction that was committed.
        let unstorable = stored.iter().filter(|stored| **stored == Stored::Refused).count() as u64;
        let is_rolled_back = stored.contains(&Stored::Withheld) || unstorable == stored.len() as u64;
        if is_rolled_back {
            // No transaction told of this chunk; it may also hold nothing that could be stored.
            entry.counts.add(counts);
            entry.faults += refused;
            entry.stored_sha256 = entry.stored_sha256.map(|_| self.digest.clone().finalize().into());
            batch::add(&self.store.pool, &entry).await?;
        } else if unstorable > 0 || (refused > 0 && entry.stored_sha256.is_some()) {
            // It was told with a digest of more than is stored, and without what could not be.
            let corrected = BatchEntry {
                requests: 0,
                counts: Counts { invalid: unstorable, ..Counts::default() },
                faults: unstorable,
                stored_sha256: entry.stored_sha256.map(|_| self.digest.clone().finalize().into()),
                ..entry.clone()
            };
            batch::add(&self.store.pool, &corrected).await?;
        }
        faults.sort_by_key(|(place, _)| *place);
        let faults: Vec<Fault> = faults.into_iter().map(|(_, fault)| fault).collect();
        let room = LISTED_FAULTS.saturating_sub(self.listed.len());
        self.listed.extend(faults.iter().take(room).cloned());
        if entry.kind == BatchKind::Request && !faults.is_empty() {
            let (provider, batch) = (self.key.provider, entry.batch);
            batch::insert_faults(&self.store.pool, provider, batch, self.kept, &faults).await?;
            self.kept += faults.len();
        }
        Ok(())
    }

    /// Says how often each answer was given so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Ends a request whose body came to its end: the receipt.
    pub fn finish(self) -> Receipt {
        Receipt {
            batch: self.batch.map(|(batch, _)| batch),
            counts: self.counts,
            withheld: self.withheld,
            stored_sha256: self.digest.finalize().into(),
            faults_total: self.faults_total,
            faults: self.listed,
            faults_are_kept: self.kept > 0,
        }
    }

    /// Ends a request whose body broke off: what is stored of it stays, and its batch says so.
    pub async fn break_off(self) -> Result<Receipt, IngestError> {
        if let Some((batch, kind @ BatchKind::Request)) = self.batch {
            let entry = BatchEntry {
                provider: self.key.provider,
                batch,
                api_key: self.key.id,
                kind,
                state: BatchState::Broken,
                content: self.content,
                received_at: self.received_at,
                requests: 1,
                counts: Counts::default(),
                faults: 0,
                stored_sha256: Some(self.digest.clone().finalize().into()),
                times: StartTimes::default(),
            };
            batch::add(&self.store.pool, &entry).await?;
        }
        Ok(self.finish())
    }
}

/// Why the database's answer is a refusal.
fn fault_of(stored: Stored, content: Content) -> Option<(ProblemCode, &'static str)> {
    match (stored, content) {
        (Stored::Accepted | Stored::Duplicate | Stored::Withheld, _) => None,
        (Stored::Conflict, Content::Records) => Some((
            ProblemCode::RecordConflict,
            "a record with this id is stored at this time with other content; nothing was changed",
        )),
        (Stored::Conflict, Content::Windows) => Some((
            ProblemCode::RecordConflict,
            "a window with this id is stored with other content; nothing was changed",
        )),
        (Stored::Covered, Content::Records) => {
            Some((ProblemCode::CountedByWindow, "a stored window counts the tasks of this time already"))
        }
        (Stored::Covered, Content::Windows) => {
            Some((ProblemCode::CountedByRecords, "stored records count tasks of this window already"))
        }
        (Stored::Refused, _) => {
            Some((ProblemCode::RecordUnstorable, "the database refused this one; the others are stored"))
        }
    }
}
