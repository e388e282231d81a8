//! The writer: requests that arrive together are stored together, one transaction a batch, and each
//! is answered after the commit.
//!
//! The queue is bounded by records, not by requests; when it is full, a request is told at once to
//! come again, or waits where a part of it is stored already. Providers take turns, and none may fill
//! the queue alone.

use crate::db::record::{Mode, Part, ensure_partition, store};
use crate::db::{DbError, Pool};
use crate::domain::batch::BatchEntry;
use crate::domain::ids::ProviderId;
use crate::domain::record::{OwnedRecord, Stored};
use chrono::{DateTime, Datelike, Utc};
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Mutex as AsyncMutex, Notify, oneshot};

/// Records that may wait to be written, or are being written.
const QUEUE_RECORDS: usize = 100_000;
/// Of these, records of one provider.
const PROVIDER_RECORDS: usize = 60_000;
/// Records at which a batch takes no further request.
const BATCH_RECORDS: usize = 10_000;
/// Batches that are written at the same time, each on its own connection.
const WRITERS: usize = 2;
/// Records that must wait for a second batch to be begun beside the first. Small batches one after the
/// other are faster than side by side: they grow while they wait, and share the cost of a transaction.
const BESIDE_RECORDS: usize = 32;
/// How often a batch is tried that stands in another's way.
const ATTEMPTS: usize = 5;

/// Takes records to be stored; cheap to clone.
#[derive(Clone, Debug)]
pub struct Writer(Arc<Handle>);

/// Ends the writing tasks when the last writer is dropped and the queue is empty.
#[derive(Debug)]
struct Handle(Arc<Shared>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.state().closed = true;
        self.0.arrived.notify_waiters();
    }
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    arrived: Notify,
    room: Notify,
}

/// What waits, by provider.
#[derive(Debug, Default)]
struct State {
    waiting: HashMap<ProviderId, VecDeque<Submission>>,
    /// Providers with something waiting, in the order of their turns.
    turns: VecDeque<ProviderId>,
    /// Records that wait.
    waiting_records: usize,
    /// Batches that are being written.
    batches: usize,
    /// Records that wait or are being written, in all and by provider.
    records: usize,
    provider_records: HashMap<ProviderId, usize>,
    closed: bool,
}

/// Why records were not stored.
#[derive(Clone, Debug, thiserror::Error)]
pub enum WriteError {
    /// The queue is full; nothing was stored.
    #[error("the queue is full")]
    Busy,
    /// The database was away. Whether the batch was committed is unknown only where it went away
    /// during the commit; sending the records again is safe either way.
    #[error("the database cannot be reached")]
    Unavailable,
    /// A fault of ours, with its cause.
    #[error("the records could not be stored: {0}")]
    Failed(String),
}

/// Whether a request waits for room in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    Wait,
    Refuse,
}

/// The records of one request, and who waits for the answer.
#[derive(Debug)]
struct Submission {
    records: Vec<OwnedRecord>,
    entry: BatchEntry,
    mode: Mode,
    reply: oneshot::Sender<Result<Vec<Stored>, WriteError>>,
    /// Its place in the queue, from the moment in which it has one.
    place: Option<Place>,
}

/// Room in the queue for the records of a request; given back where it is dropped, so also by a panic.
#[derive(Debug)]
struct Place {
    shared: Arc<Shared>,
    provider: ProviderId,
    records: usize,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.shared.state().give_back(self.provider, self.records);
        self.shared.room.notify_waiters();
    }
}

impl Submission {
    fn part(&self) -> Part<'_> {
        Part { records: &self.records, entry: &self.entry }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether so many records of a provider find room. A request that is larger than a share is taken
    /// when nothing of its provider waits.
    fn has_room(&self, provider: ProviderId, records: usize) -> bool {
        let own = self.provider_records.get(&provider).copied().unwrap_or(0);
        self.records + records <= QUEUE_RECORDS && (own == 0 || own + records <= PROVIDER_RECORDS)
    }

    fn push(&mut self, submission: Submission) {
        let provider = submission.entry.provider;
        self.waiting_records += submission.records.len();
        self.records += submission.records.len();
        *self.provider_records.entry(provider).or_default() += submission.records.len();
        let waiting = self.waiting.entry(provider).or_default();
        if waiting.is_empty() {
            self.turns.push_back(provider);
        }
        waiting.push_back(submission);
    }

    /// Takes a batch: one request of each provider in turn, until it is full. A request that is stored
    /// whole or not at all is a batch of its own.
    fn take_batch(&mut self) -> Vec<Submission> {
        let (mut batch, mut records) = (Vec::new(), 0);
        if self.batches > 0 && self.waiting_records < BESIDE_RECORDS {
            return batch;
        }
        while records < BATCH_RECORDS
            && let Some(provider) = self.turns.pop_front()
        {
            let waiting = self.waiting.entry(provider).or_default();
            let stands_alone =
                waiting.front().is_some_and(|submission| submission.mode == Mode::AllOrNothing);
            if stands_alone && !batch.is_empty() {
                self.turns.push_front(provider);
                break;
            }
            let Some(submission) = waiting.pop_front() else { continue };
            if waiting.is_empty() {
                self.waiting.remove(&provider);
            } else {
                self.turns.push_back(provider);
            }
            records += submission.records.len();
            batch.push(submission);
            if stands_alone {
                break;
            }
        }
        self.waiting_records -= records;
        self.batches += usize::from(!batch.is_empty());
        batch
    }

    fn give_back(&mut self, provider: ProviderId, records: usize) {
        self.records -= records;
        if let Some(own) = self.provider_records.get_mut(&provider) {
            *own -= records;
            if *own == 0 {
                self.provider_records.remove(&provider);
            }
        }
    }
}

impl Writer {
    /// Starts the writing tasks on the current runtime.
    pub fn spawn(pool: &Pool) -> Writer {
        let shared = Arc::new(Shared::default());
        let partitions = Arc::new(AsyncMutex::new(HashSet::new()));
        for _ in 0..WRITERS {
            let task = WritingTask {
                pool: pool.clone(),
                shared: Arc::clone(&shared),
                partitions: Arc::clone(&partitions),
            };
            tokio::spawn(task.run());
        }
        Writer(Arc::new(Handle(shared)))
    }

    /// Stores records under their batch, and answers for each in its place after the commit.
    pub async fn write(
        &self,
        records: Vec<OwnedRecord>,
        entry: BatchEntry,
        mode: Mode,
        patience: Patience,
    ) -> Result<Vec<Stored>, WriteError> {
        let shared = &self.0.0;
        let (reply, answer) = oneshot::channel();
        let mut submission = Some(Submission { records, entry, mode, reply, place: None });
        loop {
            let mut room = std::pin::pin!(shared.room.notified());
            // From here on no room is missed that others give back.
            room.as_mut().enable();
            {
                let mut state = shared.state();
                if let Some(mut waiting) =
                    submission.take_if(|one| state.has_room(one.entry.provider, one.records.len()))
                {
                    waiting.place = Some(Place {
                        shared: Arc::clone(shared),
                        provider: waiting.entry.provider,
                        records: waiting.records.len(),
                    });
                    state.push(waiting);
                    break;
                }
            }
            if patience == Patience::Refuse {
                return Err(WriteError::Busy);
            }
            room.await;
        }
        shared.arrived.notify_one();
        answer.await.map_err(|_| WriteError::Unavailable)?
    }
}

#[derive(Clone)]
struct WritingTask {
    pool: Pool,
    shared: Arc<Shared>,
    /// Months whose partition is there.
    partitions: Arc<AsyncMutex<HashSet<(i32, u32)>>>,
}

impl WritingTask {
    async fn run(self) {
        while let Some(batch) = self.next_batch().await {
            // In a task of its own, because a panic must cost this batch alone: its clients are told that
            // nothing is sure, and the next batch is written.
            let task = self.clone();
            if let Err(panic) = tokio::spawn(async move { task.write(batch).await }).await {
                tracing::error!(%panic, "a batch was not written");
            }
            self.shared.state().batches -= 1;
            // What was too little to be written beside this batch is written now.
            self.shared.arrived.notify_one();
        }
    }

    /// Waits for a request and takes what else is waiting, up to a full batch.
    async fn next_batch(&self) -> Option<Vec<Submission>> {
        loop {
            let mut arrived = std::pin::pin!(self.shared.arrived.notified());
            arrived.as_mut().enable();
            {
                let mut state = self.shared.state();
                let batch = state.take_batch();
                if !batch.is_empty() {
                    // Another task takes what is left.
                    if !state.turns.is_empty() {
                        self.shared.arrived.notify_one();
                    }
                    return Some(batch);
                }
                if state.closed {
                    return None;
                }
            }
            arrived.await;
        }
    }

    async fn write(&self, batch: Vec<Submission>) {
        let parts: Vec<Part<'_>> = batch.iter().map(Submission::part).collect();
        let mode = batch[0].mode;
        match self.store(&parts, mode).await {
            Ok(stored) => {
                for (submission, stored) in batch.into_iter().zip(stored) {
                    answer(submission, Ok(stored));
                }
            }
            // What one request's records do to the transaction must not cost its batch mates.
            Err(DbError::Refused(error)) => {
                tracing::warn!(%error, requests = batch.len(), "a batch was refused; storing each request alone");
                for submission in batch {
                    let stored = self.store_alone(&submission).await;
                    answer(submission, stored);
                }
            }
            Err(error) => {
                let error = to_write_error(error);
                for submission in batch {
                    answer(submission, Err(error.clone()));
                }
            }
        }
    }

    /// Stores one request. Where the database refuses it, halves are tried, down to the record that is
    /// refused; the others are stored.
    async fn store_alone(&self, submission: &Submission) -> Result<Vec<Stored>, WriteError> {
        let count = submission.records.len();
        let mut stored = vec![Stored::Withheld; count];
        // The request's end, its faults and its digest are told with the first part that is stored.
        let mut entry = submission.entry.clone();
        let mut halves = vec![(0, count)];
        while let Some((from, to)) = halves.pop() {
            let range = from..to;
            let part = Part { records: &submission.records[range.clone()], entry: &entry };
            match self.store(&[part], submission.mode).await {
                Ok(answers) => {
                    for (place, answer) in range.zip(answers.into_iter().flatten()) {
                        stored[place] = answer;
                    }
                    entry.requests = 0;
                    entry.faults = 0;
                    entry.counts = Default::default();
                }
                Err(DbError::Refused(error)) if range.len() == 1 => {
                    tracing::error!(%error, record_key = %submission.records[range.start].record.record_key,
                        "the database refused a record");
                    stored[range.start] = Stored::Refused;
                }
                Err(DbError::Refused(_)) if submission.mode == Mode::WhatCan => {
                    let middle = range.start + range.len() / 2;
                    halves.push((middle, range.end));
                    halves.push((range.start, middle));
                }
                Err(error) => return Err(to_write_error(error)),
            }
        }
        Ok(stored)
    }

    async fn store(&self, parts: &[Part<'_>], mode: Mode) -> Result<Vec<Vec<Stored>>, DbError> {
        for (month, at) in months_of(parts) {
            let mut partitions = self.partitions.lock().await;
            if !partitions.contains(&month) {
                ensure_partition(&self.pool, at).await?;
                partitions.insert(month);
            }
        }
        let mut attempt = 1;
        loop {
            match store(&self.pool, parts, mode).await {
                Err(DbError::Contended(error)) if attempt < ATTEMPTS => {
                    tracing::warn!(%error, attempt, "a batch stood in another's way; trying again");
                    attempt += 1;
                }
                other => return other,
            }
        }
    }
}

/// A client that went away needs no answer; its records are stored all the same. Room comes before the
/// answer: a client that sends again at once must find what it gave back.
fn answer(submission: Submission, stored: Result<Vec<Stored>, WriteError>) {
    let Submission { reply, place, .. } = submission;
    drop(place);
    drop(reply.send(stored));
}

/// The months that the parts touch, as their partitions are named by.
fn months_of(parts: &[Part<'_>]) -> BTreeMap<(i32, u32), DateTime<Utc>> {
    let starts = parts.iter().flat_map(|part| part.records).map(|owned| owned.record.started_at);
    starts.map(|at| ((at.year(), at.month()), at)).collect()
}

fn to_write_error(error: DbError) -> WriteError {
    match error {
        DbError::Unavailable(source) | DbError::Contended(source) => {
            tracing::warn!(error = %source, "records not stored: database unavailable");
            WriteError::Unavailable
        }
        other => {
            let source = std::error::Error::source(&other).map(ToString::to_string);
            WriteError::Failed(format!("{other}: {}", source.unwrap_or_default()))
        }
    }
}

#[cfg(test)]
#[path = "writer_tests.rs"]
mod tests;
