//! Numbers for batches, and the batches in which small requests are gathered.

use crate::db::{DbError, Pool, batch};
use crate::domain::batch::Content;
use crate::domain::ids::{ApiKeyId, BatchId, ProviderId};
use chrono::{DateTime, Utc};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Numbers taken from the database at a time.
const TAKEN: i32 = 100;
/// Most gathered batches that are known; beyond, those of earlier minutes are forgotten.
const MAX_GATHERED: usize = 10_000;

/// Hands out numbers, shared by all requests.
#[derive(Clone, Debug, Default)]
pub struct BatchIds(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    free: VecDeque<BatchId>,
    gathered: HashMap<(ProviderId, Option<ApiKeyId>, Content), (i64, BatchId)>,
}

impl BatchIds {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number of its own.
    pub async fn next(&self, pool: &Pool) -> Result<BatchId, DbError> {
        if let Some(batch) = self.state().free.pop_front() {
            return Ok(batch);
        }
        let taken = batch::take_ids(pool, TAKEN).await?;
        let mut state = self.state();
        state.free.extend(taken);
        let first = state.free.pop_front();
        first.ok_or_else(|| DbError::Unreadable("the database gave no number for a batch".to_owned()))
    }

    /// The number under which small requests of this key and minute are gathered; records and windows
    /// apart, because a batch says which it holds.
    pub async fn gathered(
        &self,
        pool: &Pool,
        provider: ProviderId,
        api_key: Option<ApiKeyId>,
        content: Content,
        now: DateTime<Utc>,
    ) -> Result<BatchId, DbError> {
        let minute = now.timestamp() / 60;
        let key = (provider, api_key, content);
        if let Some((known, batch)) = self.state().gathered.get(&key)
            && *known == minute
        {
            return Ok(*batch);
        }
        let batch = self.next(pool).await?;
        let mut state = self.state();
        if state.gathered.len() >= MAX_GATHERED {
            state.gathered.retain(|_, (known, _)| *known == minute);
        }
        // Another request may have come first; then its batch is the one.
        let known = state.gathered.entry(key).or_insert((minute, batch));
        if known.0 != minute {
            *known = (minute, batch);
        }
        Ok(known.1)
    }
}
