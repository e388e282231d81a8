//! The writer: requests that arrive together are stored together, one transaction a batch, and each
//! is answered after the commit.
//!
//! The queue is bounded by records, not by requests; when it is full, a request is told at once to
//! come again, instead of waiting without end.

use crate::db::record::{ensure_partition, months_of, store_batch};
use crate::db::{DbError, Pool};
use crate::domain::record::{OwnedRecord, Stored};
use chrono::{DateTime, Utc};
use std::collections::HashSet;
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// Records that may wait to be written.
const QUEUE_RECORDS: usize = 200_000;
/// Records at which a batch takes no further request.
const BATCH_RECORDS: usize = 5_000;
/// Batches that are written at the same time, each on its own connection.
const WRITERS: usize = 2;

/// Takes records to be stored; cheap to clone.
#[derive(Clone, Debug)]
pub struct Writer {
    queue: mpsc::UnboundedSender<Submission>,
    room: Arc<Semaphore>,
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

/// The records of one request, and who waits for the answer.
struct Submission {
    records: Vec<OwnedRecord>,
    received_at: DateTime<Utc>,
    reply: oneshot::Sender<Result<Vec<Stored>, WriteError>>,
    /// Given back when the submission is dropped, which makes room in the queue.
    _room: OwnedSemaphorePermit,
}

impl std::fmt::Debug for Submission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Submission({} records)", self.records.len())
    }
}

impl Writer {
    /// Starts the writing tasks on the current runtime. They end when the last writer is dropped and
    /// the queue is empty.
    pub fn spawn(pool: &Pool) -> Writer {
        let (queue, waiting) = mpsc::unbounded_channel();
        let waiting = Arc::new(Mutex::new(waiting));
        let partitions = Arc::new(Mutex::new(HashSet::new()));
        for _ in 0..WRITERS {
            let task = WritingTask {
                pool: pool.clone(),
                waiting: Arc::clone(&waiting),
                partitions: Arc::clone(&partitions),
            };
            tokio::spawn(task.run());
        }
        Writer { queue, room: Arc::new(Semaphore::new(QUEUE_RECORDS)) }
    }

    /// Stores records, and answers for each in its place after the commit.
    pub async fn write(
        &self,
        records: Vec<OwnedRecord>,
        received_at: DateTime<Utc>,
    ) -> Result<Vec<Stored>, WriteError> {
        let wanted = u32::try_from(records.len()).map_err(|_| WriteError::Busy)?;
        let room = Arc::clone(&self.room).try_acquire_many_owned(wanted).map_err(|_| WriteError::Busy)?;
        let (reply, answer) = oneshot::channel();
        let submission = Submission { records, received_at, reply, _room: room };
        self.queue.send(submission).map_err(|_| WriteError::Unavailable)?;
        answer.await.map_err(|_| WriteError::Unavailable)?
    }
}

struct WritingTask {
    pool: Pool,
    waiting: Arc<Mutex<mpsc::UnboundedReceiver<Submission>>>,
    /// Months whose partition is there.
    partitions: Arc<Mutex<HashSet<(i32, u32)>>>,
}

impl WritingTask {
    async fn run(self) {
        while let Some(submissions) = self.next_batch().await {
            self.write(submissions).await;
        }
    }

    /// Waits for a request and takes what else is waiting, up to a full batch.
    async fn next_batch(&self) -> Option<Vec<Submission>> {
        let mut waiting = self.waiting.lock().await;
        let first = waiting.recv().await?;
        let mut records = first.records.len();
        let mut submissions = vec![first];
        while records < BATCH_RECORDS {
            let Ok(next) = waiting.try_recv() else { break };
            records += next.records.len();
            submissions.push(next);
        }
        Some(submissions)
    }

    async fn write(&self, submissions: Vec<Submission>) {
        let batch: Vec<&OwnedRecord> =
            submissions.iter().flat_map(|submission| &submission.records).collect();
        // The batch shares the time of its first request; later ones waited at most one transaction.
        let received_at = submissions[0].received_at;
        match self.store(&batch, received_at).await {
            Ok(stored) => {
                let mut stored = stored.into_iter();
                for submission in submissions {
                    let own = stored.by_ref().take(submission.records.len()).collect();
                    answer(submission, Ok(own));
                }
            }
            // What one request's records do to the transaction must not cost its batch mates.
            Err(error) if submissions.len() > 1 && !matches!(error, DbError::Unavailable(_)) => {
                tracing::warn!(%error, requests = submissions.len(), "batch failed; storing each request alone");
                for submission in submissions {
                    let own: Vec<&OwnedRecord> = submission.records.iter().collect();
                    let stored = self.store(&own, submission.received_at).await;
                    answer(submission, stored.map_err(to_write_error));
                }
            }
            Err(error) => {
                let error = to_write_error(error);
                for submission in submissions {
                    answer(submission, Err(error.clone()));
                }
            }
        }
    }

    async fn store(
        &self,
        batch: &[&OwnedRecord],
        received_at: DateTime<Utc>,
    ) -> Result<Vec<Stored>, DbError> {
        for (month, at) in months_of(batch) {
            let mut partitions = self.partitions.lock().await;
            if !partitions.contains(&month) {
                ensure_partition(&self.pool, at).await?;
                partitions.insert(month);
            }
        }
        store_batch(&self.pool, batch, received_at).await
    }
}

/// A client that went away needs no answer; its records are stored all the same.
fn answer(submission: Submission, stored: Result<Vec<Stored>, WriteError>) {
    drop(submission.reply.send(stored));
}

fn to_write_error(error: DbError) -> WriteError {
    match error {
        DbError::Unavailable(source) => {
            tracing::warn!(error = %source, "records not stored: database unavailable");
            WriteError::Unavailable
        }
        other => {
            let source = std::error::Error::source(&other).map(ToString::to_string);
            WriteError::Failed(format!("{other}: {}", source.unwrap_or_default()))
        }
    }
}
