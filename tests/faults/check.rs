//! What is stored against what was sent and acknowledged.

use crate::journal::{Journal, Violation};
use chrono::{DateTime, Utc};
use sqlx::{Connection, PgConnection};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Violations that are told of one round.
const MAX_TOLD: usize = 10;

type Row = (Uuid, DateTime<Utc>, i64);

/// Tasks completed, failed and cancelled, and their energy in microjoules.
type HourSums = (i128, i128, i128, i128);

/// Everything in the database that is checked, as of one instant.
pub struct Stored {
    rows: Vec<Row>,
    hours: BTreeMap<DateTime<Utc>, HourSums>,
}

/// Compares the database with the journal. Answers the number of records that are stored.
pub fn check(stored: &Stored, journal: &Journal) -> Result<usize, Violation> {
    let mut violations = Vec::new();
    let counts = check_rows(&stored.rows, journal, &mut violations);
    check_hours(&stored.hours, &counts, journal, &mut violations);
    if journal.accepted > stored.rows.len() {
        violations.push(format!(
            "{} records were answered as accepted in all, and {} are stored",
            journal.accepted,
            stored.rows.len()
        ));
    }
    if violations.is_empty() {
        return Ok(stored.rows.len());
    }
    let more = violations.len().saturating_sub(MAX_TOLD);
    violations.truncate(MAX_TOLD);
    Err(format!("{}\n({more} more)", violations.join("\n")))
}

/// One snapshot: what a request that was given up does meanwhile is seen whole or not at all.
pub async fn read(connection: &mut PgConnection) -> sqlx::Result<Stored> {
    let mut snapshot = connection.begin().await?;
    sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY").execute(&mut *snapshot).await?;
    let rows = sqlx::query_as("SELECT record_key, started_at, energy_uj FROM task_record")
        .fetch_all(&mut *snapshot)
        .await?;
    let hours: Vec<(DateTime<Utc>, String, String, String, String)> = sqlx::query_as(
        "SELECT hour, sum(tasks_completed)::text, sum(tasks_failed)::text, sum(tasks_cancelled)::text,
            sum(energy_uj)::text FROM total_hour GROUP BY hour",
    )
    .fetch_all(&mut *snapshot)
    .await?;
    snapshot.commit().await?;
    let exact = |digits: &str| digits.parse().expect("a sum of whole numbers");
    let hours = hours.iter().map(|(hour, completed, failed, cancelled, energy)| {
        (*hour, (exact(completed), exact(failed), exact(cancelled), exact(energy)))
    });
    Ok(Stored { rows, hours: hours.collect() })
}

/// Each row is a record that was sent, as it was sent, once; each record acknowledged has its row.
/// Answers how often each key is stored.
fn check_rows(rows: &[Row], journal: &Journal, violations: &mut Vec<Violation>) -> HashMap<Uuid, usize> {
    let mut counts = HashMap::new();
    for (key, started_at, energy_uj) in rows {
        *counts.entry(*key).or_insert(0) += 1;
        let row = format!("stored: {key} at {started_at} with {energy_uj} µJ");
        match (journal.sent.get(key), journal.invalid.get(key)) {
            (Some(sent), _) => {
                let draft = &sent.draft;
                if (draft.started_at, draft.energy_uj) != (*started_at, *energy_uj) {
                    violations
                        .push(format!("a record is stored with other content; {row}, sent: {}", draft.json));
                }
            }
            (None, Some(sent)) => {
                violations.push(format!("an invalid record is stored; {row}, sent: {sent}"))
            }
            (None, None) => violations.push(format!("a record that was never sent is stored; {row}")),
        }
    }
    for (key, count) in counts.iter().filter(|(_, count)| **count > 1) {
        violations.push(format!("the record {key} is stored {count} times"));
    }
    let lost = journal.sent.iter().filter(|(key, sent)| sent.acknowledged && !counts.contains_key(*key));
    for (key, sent) in lost {
        violations.push(format!("an acknowledged record is not stored: {key}, sent: {}", sent.draft.json));
    }
    counts
}

/// The totals are the sums of what was sent, for the records that are stored.
fn check_hours(
    hours: &BTreeMap<DateTime<Utc>, HourSums>,
    counts: &HashMap<Uuid, usize>,
    journal: &Journal,
    violations: &mut Vec<Violation>,
) {
    let mut expected: BTreeMap<DateTime<Utc>, HourSums> = BTreeMap::new();
    for sent in journal.sent.values().filter(|sent| counts.contains_key(&sent.draft.key)) {
        let draft = &sent.draft;
        let second = draft.started_at.timestamp();
        let hour = DateTime::from_timestamp(second - second % 3600, 0).expect("an hour");
        let (completed, failed, cancelled, energy) = expected.entry(hour).or_default();
        match draft.outcome {
            "completed" => *completed += 1,
            "failed" => *failed += 1,
            _ => *cancelled += 1,
        }
        *energy += i128::from(draft.energy_uj);
    }
    for hour in hours.keys().chain(expected.keys().filter(|hour| !hours.contains_key(*hour))) {
        let (sums, right) = (hours.get(hour), expected.get(hour));
        if sums != right {
            violations.push(format!("the totals of {hour} are {sums:?} and should be {right:?}"));
        }
    }
}
