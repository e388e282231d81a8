//! A record: one task of a user, and what it used.

use super::ids::{GroupId, ProviderId};
use super::names::Slug;
use super::terms::{NaturalUnit, Outcome, StepKind};
use crate::units::{Energy, EnergyTotal, Span};
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// One task: a request of a user up to its answer, with every model call, retrieval, tool call,
/// check and retry that it triggered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub record_key: Uuid,
    pub started_at: DateTime<Utc>,
    pub duration: Option<Span>,
    /// `None` where the task came without: the method estimates it.
    pub energy: Option<Energy>,
    /// Lower and upper end that the provider states for this record; low ≤ energy ≤ high.
    pub energy_interval: Option<(Energy, Energy)>,
    pub outcome: Outcome,
    pub tokens: Tokens,
    /// Time of all accelerators together.
    pub accelerator_time: Option<Span>,
    /// Work in natural units, each unit at most once, in the order of [`NaturalUnit::ALL`].
    pub units: Vec<(NaturalUnit, i64)>,
    pub steps: Vec<Step>,
}

/// Tokens of a task. Cached tokens are a subset of the input, reasoning tokens of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    pub input: Option<i64>,
    pub cached: Option<i64>,
    pub output: Option<i64>,
    pub reasoning: Option<i64>,
}

/// A part of a task. Steps explain the task and are never tasks of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub kind: StepKind,
    /// Within the same boundary as the task's energy.
    pub energy: Energy,
    /// Whether it is a call made again, because an earlier try failed or its answer was discarded.
    pub is_retry: bool,
}

/// What the database says of one record of a batch, after the commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// New, and counted in the totals.
    Accepted,
    /// The same id with the same content was there already: counted once.
    Duplicate,
    /// The same id at the same time was there with other content: refused, nothing changed.
    Conflict,
    /// A window that is stored counts the tasks of this time already: refused.
    Covered,
    /// The database refused this one; nothing else was lost with it.
    Refused,
    /// Nothing is wrong with this one, but its batch is stored whole or not at all.
    Withheld,
}

/// The earliest start that is taken; before it, no service of this kind was open to the public, and
/// an earlier date is a slip. 2020-01-01T00:00:00Z in seconds since the epoch.
pub const EARLIEST_START_UNIX_S: i64 = 1_577_836_800;
/// How far a client's clock may run ahead of ours.
pub const MAX_CLOCK_SKEW: TimeDelta = TimeDelta::minutes(5);
/// Longest id a client may give.
pub const MAX_ID_BYTES: usize = 200;
/// Most steps in one record.
pub const MAX_STEPS: usize = 256;
/// Longest task: a week.
pub const MAX_DURATION_US: i64 = 7 * 24 * 3600 * 1_000_000;
/// Most tokens of one task; more is a slip (a period's sum, a byte count).
pub const MAX_TOKENS: i64 = 1_000_000_000;
/// Most accelerator time of one task: 100,000 hours.
pub const MAX_ACCELERATOR_US: i64 = 100_000 * 3_600 * 1_000_000;
/// Most images or pages of one task.
pub const MAX_PIECES: i64 = 1_000_000;

impl Step {
    /// Energy of all steps together.
    pub fn sum(steps: &[Step]) -> EnergyTotal {
        let mut sum = EnergyTotal::ZERO;
        for step in steps {
            sum.add(step.energy.into());
        }
        sum
    }
}

/// Makes the keys of one provider's records and windows: the client's id itself when that is a UUID,
/// else a name-based UUID (RFC 9562, version 5) that anyone can recompute. The name is the id, the
/// namespace is the version 5 UUID of `taskwatt:provider:{provider_key}` within the URL namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeySpace(Uuid);

impl KeySpace {
    pub fn of(provider_key: &Slug) -> KeySpace {
        let provider = format!("taskwatt:provider:{provider_key}");
        KeySpace(Uuid::new_v5(&Uuid::NAMESPACE_URL, provider.as_bytes()))
    }

    pub fn key(self, id: &str) -> Uuid {
        Uuid::try_parse(id).unwrap_or_else(|_| Uuid::new_v5(&self.0, id.as_bytes()))
    }
}

/// A record together with whose it is and what it is counted under, as the writer stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedRecord {
    pub provider: ProviderId,
    pub group: GroupId,
    pub record: Record,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(provider: &str, id: &str) -> Uuid {
        KeySpace::of(&Slug::parse(provider).unwrap()).key(id)
    }

    #[test]
    fn a_uuid_is_its_own_key_in_every_spelling() {
        let plain = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        assert_eq!(key("acme", plain).to_string(), plain);
        assert_eq!(key("acme", &plain.to_uppercase()), key("acme", plain));
    }

    #[test]
    fn another_id_is_named_within_its_provider() {
        // Python: uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_URL, "taskwatt:provider:acme"), "req-1")
        assert_eq!(key("acme", "req-1").to_string(), "3c90b850-7c26-5b24-9c59-e138f9719bae");
        assert_ne!(key("acme", "req-1"), key("other", "req-1"));
    }
}
