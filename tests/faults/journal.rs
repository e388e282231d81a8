//! What was sent and what was acknowledged, kept in memory: the truth that the database is held against.

use crate::records::Draft;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;
use std::sync::Arc;
use uuid::Uuid;

/// A broken promise, in words.
pub type Violation = String;

/// What is known about one record that was sent, at least once, valid.
#[derive(Debug)]
pub struct Sent {
    pub draft: Arc<Draft>,
    /// Whether the service answered that it is stored. Otherwise it may be, or not.
    pub acknowledged: bool,
}

#[derive(Debug, Default)]
pub struct Journal {
    pub sent: HashMap<Uuid, Sent>,
    /// Records that are invalid, and what was sent; none of them may be stored.
    pub invalid: HashMap<Uuid, String>,
    /// Sum of `accepted` over all answers.
    pub accepted: usize,
    /// Keys of `sent`, to draw from.
    acknowledged: Vec<Uuid>,
    unsure: Vec<Uuid>,
}

/// What a batch holds, by what the service may say of it.
#[derive(Clone, Debug, Default)]
pub struct Composition {
    /// Never sent before: accepted, unless an earlier try of the same request got through.
    pub new: usize,
    /// Sent before without an answer, or by another lane at the same time: accepted or duplicate.
    pub unsure: usize,
    /// Acknowledged before, or repeated within the batch: duplicate.
    pub stored: usize,
    /// The id and time of an acknowledged record, other energy.
    pub conflicts: usize,
    pub invalid: usize,
}

/// The counts of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    pub status: u16,
    pub accepted: usize,
    pub duplicates: usize,
    pub conflicts: usize,
    pub invalid: usize,
}

impl Journal {
    pub fn is_acknowledged(&self, key: &Uuid) -> bool {
        self.sent.get(key).is_some_and(|sent| sent.acknowledged)
    }

    /// Any record that was acknowledged, of any lane and round.
    pub fn an_acknowledged(&self, random: &mut ChaCha8Rng) -> Option<Arc<Draft>> {
        self.draw(&self.acknowledged, random)
    }

    /// Any record that was sent and never acknowledged; it may have been acknowledged since.
    pub fn an_unsure(&self, random: &mut ChaCha8Rng) -> Option<Arc<Draft>> {
        self.draw(&self.unsure, random)
    }

    fn draw(&self, keys: &[Uuid], random: &mut ChaCha8Rng) -> Option<Arc<Draft>> {
        let key = keys.get(random.random_range(0..keys.len().max(1)))?;
        Some(Arc::clone(&self.sent[key].draft))
    }

    /// Notes records before they leave for the first time.
    pub fn note_sent(&mut self, drafts: &[Arc<Draft>]) {
        for draft in drafts {
            let sent = Sent { draft: Arc::clone(draft), acknowledged: false };
            self.sent.entry(draft.key).or_insert(sent);
        }
    }

    /// Notes that nobody will send these again for now; whether they are stored stays unknown.
    pub fn note_abandoned(&mut self, drafts: &[Arc<Draft>]) {
        self.unsure.extend(drafts.iter().map(|draft| draft.key));
    }

    /// Notes a final answer. Answers how many records it was the first to acknowledge.
    pub fn note_answer(&mut self, drafts: &[Arc<Draft>], counts: Counts) -> usize {
        self.accepted += counts.accepted;
        let before = self.acknowledged.len();
        for draft in drafts {
            let sent = self.sent.get_mut(&draft.key).expect("it was noted when it was sent");
            if !sent.acknowledged {
                sent.acknowledged = true;
                self.acknowledged.push(draft.key);
            }
        }
        self.acknowledged.len() - before
    }
}

impl Composition {
    /// Checks the answer to the `tries`-th sending of this batch.
    pub fn check(&self, counts: Counts, tries: usize) -> Result<(), Violation> {
        let valid = self.new + self.unsure + self.stored;
        let least = if tries == 1 { self.new } else { 0 };
        let status = match (self.invalid, self.conflicts) {
            (0, 0) => 200,
            (0, _) => 409,
            _ => 422,
        };
        let is_right = counts.status == status
            && counts.conflicts == self.conflicts
            && counts.invalid == self.invalid
            && counts.accepted + counts.duplicates == valid
            && (least..=self.new + self.unsure).contains(&counts.accepted);
        if is_right {
            return Ok(());
        }
        Err(format!(
            "the answer {counts:?} to try {tries} of a batch of {self:?}; expected status {status}, \
             {least} to {} accepted, {valid} accepted and duplicates, {} conflicts, {} invalid",
            self.new + self.unsure,
            self.conflicts,
            self.invalid
        ))
    }
}
