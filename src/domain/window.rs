//! A window: sums over the tasks of one group within a time, sent instead of the tasks.

use super::ids::{GroupId, ProviderId};
use super::record::Tokens;
use super::totals::{Bucket, TaskCounts};
use crate::units::Energy;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Sums over the tasks that started within `[from, to)`, which lies within one UTC hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    pub window_key: Uuid,
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    pub tasks: TaskCounts,
    /// Of all tasks, also failed and cancelled ones.
    pub energy: Energy,
    /// Sum of the squares of each task's energy, in µJ².
    pub energy_squared_uj2: Option<i128>,
    pub tokens: Tokens,
    /// Completed tasks by bucket of their own energy, in the order of the buckets.
    pub histogram: Option<Vec<(Bucket, i64)>>,
}

/// Most tasks of one window, by outcome.
pub const MAX_WINDOW_TASKS: i64 = 1_000_000_000_000;
/// Most tokens of one window; the largest services together answer with fewer in an hour.
pub const MAX_WINDOW_TOKENS: i64 = 100_000_000_000_000;
/// Most entries of a histogram.
pub const MAX_HISTOGRAM: usize = 1_000;

/// A window together with whose it is and what it is counted under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedWindow {
    pub provider: ProviderId,
    pub group: GroupId,
    pub window: Window,
}
