//! A batch: what one request brought, or what small requests of one key and minute brought together.

use super::ids::{ApiKeyId, BatchId, ProviderId};
use chrono::{DateTime, TimeDelta, Utc};

super::terms::terms! {
    /// Whether a batch is one request.
    BatchKind {
        Request = "request",
        /// Small requests of one key and minute, counted together.
        Gathered = "gathered",
    }
}

super::terms::terms! {
    /// How far a batch has come.
    BatchState {
        /// Its body is still arriving, or the service ended before it had arrived.
        Open = "open",
        Complete = "complete",
        /// Its body broke off; what had arrived is stored.
        Broken = "broken",
    }
}

super::terms::terms! {
    /// What a batch holds.
    Content { Records = "records", Windows = "windows" }
}

/// How often each result stands in a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// New, and counted in the totals.
    pub accepted: u64,
    /// There already with the same content.
    pub duplicates: u64,
    /// There already with other content; refused.
    pub conflicts: u64,
    /// Refused for what they hold, or because a window counts their tasks already.
    pub invalid: u64,
}

impl Counts {
    pub fn add(&mut self, other: Counts) {
        self.accepted += other.accepted;
        self.duplicates += other.duplicates;
        self.conflicts += other.conflicts;
        self.invalid += other.invalid;
    }

    pub fn all(self) -> u64 {
        self.accepted + self.duplicates + self.conflicts + self.invalid
    }
}

/// What batches of one content brought together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchSums {
    pub content: Content,
    pub batches: u64,
    pub counts: Counts,
}

/// A task that starts longer than this before it is received is late: a period may have been disclosed.
pub const LATE_AFTER: TimeDelta = TimeDelta::days(7);

/// What one transaction adds to a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchEntry {
    pub provider: ProviderId,
    pub batch: BatchId,
    /// `None` for an import by command.
    pub api_key: Option<ApiKeyId>,
    pub kind: BatchKind,
    pub state: BatchState,
    pub content: Content,
    pub received_at: DateTime<Utc>,
    /// Requests that end with this entry.
    pub requests: u64,
    pub counts: Counts,
    pub faults: u64,
    /// Of the request as a whole, where this entry ends it.
    pub stored_sha256: Option<[u8; 32]>,
    pub times: StartTimes,
}

/// When accepted tasks started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StartTimes {
    pub late: u64,
    /// After they were received: the client's clock runs ahead.
    pub future: u64,
    pub range: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

impl StartTimes {
    pub fn add(&mut self, started_at: DateTime<Utc>, received_at: DateTime<Utc>) {
        self.late += u64::from(started_at < received_at - LATE_AFTER);
        self.future += u64::from(started_at > received_at);
        self.range = Some(match self.range {
            None => (started_at, started_at),
            Some((first, last)) => (first.min(started_at), last.max(started_at)),
        });
    }
}

/// A batch as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    pub batch: BatchId,
    /// The first characters of the key that sent it; `None` for an import by command.
    pub key_start: Option<String>,
    pub kind: BatchKind,
    pub state: BatchState,
    pub content: Content,
    pub received_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    pub requests: u64,
    pub counts: Counts,
    pub faults: u64,
    pub times: StartTimes,
    pub stored_sha256: Option<[u8; 32]>,
}
