//! A record as its row holds it.

use crate::domain::ids::ProviderId;
use crate::domain::record::{EARLIEST_START_UNIX_S, OwnedRecord, Record};
use crate::domain::terms::Outcome;
use crate::units::{Energy, Span};
use chrono::{DateTime, Datelike, Utc};
use std::collections::BTreeSet;
use uuid::Uuid;

/// What a record is known by: the provider, the second of its start since 2020 (`second_of` in
/// migration 0005) and its key.
pub(super) type Key = (ProviderId, i32, Uuid);

pub(super) fn key_of(owned: &OwnedRecord) -> Key {
    let second = owned.record.started_at.timestamp() - EARLIEST_START_UNIX_S;
    // No record starts before 2020 or after now, and 32 bits reach to 2088.
    (owned.provider, i32::try_from(second).unwrap_or(i32::MAX), owned.record.record_key)
}

/// A record as its row holds it; two records are the same where their rows are, batches aside.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) started_at: DateTime<Utc>,
    pub(super) energy_uj: i64,
    pub(super) duration_us: i64,
    pub(super) group_id: i32,
    pub(super) batch_id: i32,
    pub(super) input_tokens: i32,
    pub(super) output_tokens: i32,
    pub(super) cached_tokens: i32,
    pub(super) reasoning_tokens: i32,
    pub(super) outcome: &'static str,
    pub(super) details: String,
}

/// Stands in a number's column where the client did not state it.
const UNSTATED: i32 = -1;

impl Row {
    pub(super) fn of(owned: &OwnedRecord, batch_id: i32) -> Row {
        let record = &owned.record;
        // At most 10⁹, which `ingest` checked and the database checks again.
        let tokens =
            |count: Option<i64>| count.map_or(UNSTATED, |count| i32::try_from(count).unwrap_or(i32::MAX));
        Row {
            started_at: record.started_at,
            // The group says that the energy of a task is not stated.
            energy_uj: record.energy.map_or(0, Energy::microjoules),
            duration_us: record.duration.map_or(UNSTATED.into(), Span::microseconds),
            group_id: owned.group.get(),
            batch_id,
            input_tokens: tokens(record.tokens.input),
            output_tokens: tokens(record.tokens.output),
            cached_tokens: tokens(record.tokens.cached),
            reasoning_tokens: tokens(record.tokens.reasoning),
            outcome: match record.outcome {
                Outcome::Completed => "c",
                Outcome::Failed => "f",
                Outcome::Cancelled => "x",
            },
            details: details(record),
        }
    }

    pub(super) fn is_same(&self, other: &Row) -> bool {
        let Row { started_at, energy_uj, duration_us, group_id, batch_id: _, .. } = self;
        let numbers =
            |row: &Row| (row.input_tokens, row.output_tokens, row.cached_tokens, row.reasoning_tokens);
        (started_at, energy_uj, duration_us, group_id)
            == (&other.started_at, &other.energy_uj, &other.duration_us, &other.group_id)
            && numbers(self) == numbers(other)
            && self.outcome == other.outcome
            && self.details == other.details
    }
}

/// What few records have, always written in the same order, because rows are compared by it.
fn details(record: &Record) -> String {
    if record.energy_interval.is_none()
        && record.accelerator_time.is_none()
        && record.units.is_empty()
        && record.steps.is_empty()
    {
        return "{}".to_owned();
    }
    let mut fields: Vec<String> = Vec::new();
    if let Some((low, high)) = record.energy_interval {
        fields.push(format!("\"energy_low_uj\":{}", low.microjoules()));
        fields.push(format!("\"energy_high_uj\":{}", high.microjoules()));
    }
    if let Some(time) = record.accelerator_time {
        fields.push(format!("\"accelerator_us\":{}", time.microseconds()));
    }
    if !record.units.is_empty() {
        let units: Vec<String> =
            record.units.iter().map(|(unit, amount)| format!("\"{}\":{amount}", unit.as_str())).collect();
        fields.push(format!("\"units\":{{{}}}", units.join(",")));
    }
    if !record.steps.is_empty() {
        let steps: Vec<String> = record
            .steps
            .iter()
            .map(|step| {
                let retry = if step.is_retry { ",true" } else { "" };
                format!("[\"{}\",{}{retry}]", step.kind.as_str(), step.energy.microjoules())
            })
            .collect();
        fields.push(format!("\"steps\":[{}]", steps.join(",")));
    }
    format!("{{{}}}", fields.join(","))
}

/// The order in which records are written, so that two transactions cannot wait for each other in a circle:
/// months first, because COPY gathers rows by partition before it writes them; then as the index has them.
pub(super) type Order = (i32, ProviderId, i32, i64, Uuid);

pub(super) fn order_of(((provider, second, record_key), row): &(Key, Row)) -> Order {
    let month = row.started_at.year() * 12 + row.started_at.month0() as i32;
    (month, *provider, *second, hash_of(*record_key), *record_key)
}

/// `uuid_hash_extended(key, 0)` of Postgres: the final form of Bob Jenkins' lookup3, as `hash_bytes_extended`
/// in its `hashfn.c` has it on a little-endian machine. Only the order of writing depends on it: were it
/// another hash, pages of the index would be less full.
fn hash_of(key: Uuid) -> i64 {
    let word = |at: usize| u32::from_le_bytes(key.as_bytes()[at..at + 4].try_into().unwrap_or_default());
    let start = 0x9e37_79b9_u32.wrapping_add(16).wrapping_add(3_923_095);
    let (mut a, mut b, mut c) =
        (start.wrapping_add(word(0)), start.wrapping_add(word(4)), start.wrapping_add(word(8)));
    a = a.wrapping_sub(c) ^ c.rotate_left(4);
    c = c.wrapping_add(b);
    b = b.wrapping_sub(a) ^ a.rotate_left(6);
    a = a.wrapping_add(c);
    c = c.wrapping_sub(b) ^ b.rotate_left(8);
    b = b.wrapping_add(a);
    a = a.wrapping_sub(c) ^ c.rotate_left(16);
    c = c.wrapping_add(b);
    b = b.wrapping_sub(a) ^ a.rotate_left(19);
    a = a.wrapping_add(c);
    c = c.wrapping_sub(b) ^ b.rotate_left(4);
    b = b.wrapping_add(a);
    a = a.wrapping_add(word(12));
    c = (c ^ b).wrapping_sub(b.rotate_left(14));
    a = (a ^ c).wrapping_sub(c.rotate_left(11));
    b = (b ^ a).wrapping_sub(a.rotate_left(25));
    c = (c ^ b).wrapping_sub(b.rotate_left(16));
    a = (a ^ c).wrapping_sub(c.rotate_left(4));
    b = (b ^ a).wrapping_sub(a.rotate_left(14));
    c = (c ^ b).wrapping_sub(b.rotate_left(24));
    (u64::from(b) << 32 | u64::from(c)).cast_signed()
}

/// What `hold_off_windows` asks for.
pub(super) struct Hold {
    pub(super) providers: Vec<i32>,
    pub(super) first_at: DateTime<Utc>,
    pub(super) last_at: DateTime<Utc>,
}

impl Hold {
    pub(super) fn of<'a>(rows: impl Iterator<Item = &'a (Key, Row)> + Clone) -> Hold {
        let providers: BTreeSet<i32> = rows.clone().map(|((provider, ..), _)| provider.get()).collect();
        let times = || rows.clone().map(|(_, row)| row.started_at);
        Hold {
            providers: providers.into_iter().collect(),
            first_at: times().min().unwrap_or_default(),
            last_at: times().max().unwrap_or_default(),
        }
    }
}

/// One array for each column, as `UNNEST` takes them.
#[derive(Default)]
pub(super) struct Columns<'a> {
    pub(super) started_at: Vec<DateTime<Utc>>,
    pub(super) record_key: Vec<Uuid>,
    pub(super) energy_uj: Vec<i64>,
    pub(super) duration_us: Vec<i64>,
    pub(super) provider_id: Vec<i32>,
    pub(super) group_id: Vec<i32>,
    pub(super) batch_id: Vec<i32>,
    pub(super) input_tokens: Vec<i32>,
    pub(super) output_tokens: Vec<i32>,
    pub(super) cached_tokens: Vec<i32>,
    pub(super) reasoning_tokens: Vec<i32>,
    pub(super) outcome: Vec<&'a str>,
    pub(super) details: Vec<&'a str>,
}

impl<'a> Columns<'a> {
    pub(super) fn of(rows: impl Iterator<Item = &'a (Key, Row)>) -> Columns<'a> {
        let mut columns = Columns::default();
        for ((provider, _, record_key), row) in rows {
            columns.started_at.push(row.started_at);
            columns.record_key.push(*record_key);
            columns.energy_uj.push(row.energy_uj);
            columns.duration_us.push(row.duration_us);
            columns.provider_id.push(provider.get());
            columns.group_id.push(row.group_id);
            columns.batch_id.push(row.batch_id);
            columns.input_tokens.push(row.input_tokens);
            columns.output_tokens.push(row.output_tokens);
            columns.cached_tokens.push(row.cached_tokens);
            columns.reasoning_tokens.push(row.reasoning_tokens);
            columns.outcome.push(row.outcome);
            columns.details.push(&row.details);
        }
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::hash_of;

    #[test]
    fn the_hash_of_a_key_is_that_of_postgres() {
        for (key, hash) in [
            ("00000000-0000-0000-0000-000000000000", -6_859_010_066_814_654_381),
            ("0196f3a2-7c1d-7e55-8a3b-5d0c44a1b2c3", -9_001_506_803_610_521_708),
            ("ffffffff-ffff-ffff-ffff-ffffffffffff", 293_445_543_803_463_785),
        ] {
            assert_eq!(hash_of(key.parse().unwrap()), hash, "{key}");
        }
    }
}
