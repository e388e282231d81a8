//! The fictitious part: usage generated from a seed. Integers only, so that the same seed makes the
//! same records everywhere.

use crate::domain::terms::{StepKind, TaskType};
use crate::units::Decimal;
use chrono::{DateTime, Datelike, SecondsFormat, TimeDelta, Utc};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use uuid::Builder;

/// The first day of generated usage, and the number of days: October 2025.
pub const FROM: &str = "2025-10-01";
pub const TO: &str = "2025-11-01";
const FIRST: &str = "2025-10-01T00:00:00Z";
const DAYS: u32 = 31;

/// Relative load by hour of the day (UTC) in Europe: night, morning rise, two humps, evening.
const HOURS: [u32; 24] =
    [12, 8, 6, 5, 6, 12, 28, 55, 84, 98, 100, 92, 78, 86, 97, 96, 88, 74, 62, 58, 55, 46, 32, 20];
/// Relative load by day of the week, Monday first.
const WEEKDAYS: [u32; 7] = [100, 104, 103, 98, 84, 42, 38];
/// 2^(k/8) in thousandths.
const EIGHTHS: [i64; 8] = [1000, 1091, 1189, 1297, 1414, 1542, 1682, 1834];

/// Where a share of the tasks runs, and how its energy is known.
#[derive(Clone, Copy)]
pub struct Place {
    pub site: &'static str,
    /// Relative share of the tasks.
    pub weight: u32,
    pub boundary: &'static str,
    pub evidence: &'static str,
}

/// A stream of tasks of one kind.
#[derive(Clone, Copy)]
pub struct Workload {
    pub seed: u64,
    pub tasks: u32,
    pub service: &'static str,
    pub model: &'static str,
    pub task_type: TaskType,
    pub places: &'static [Place],
    /// Medians; single tasks spread over a factor of eight either way.
    pub input_tokens: i64,
    pub output_tokens: i64,
    pub uj_per_output_token: i64,
    pub uj_per_input_token: i64,
    /// Kinds of steps with the lowest and highest share of the task's energy, in thousandths.
    pub steps: &'static [(StepKind, i64, i64)],
}

/// The records of some workloads, one JSON object each.
pub fn records(workloads: &[Workload]) -> Vec<String> {
    workloads.iter().flat_map(generate).collect()
}

fn generate(workload: &Workload) -> impl Iterator<Item = String> {
    let mut random = ChaCha8Rng::seed_from_u64(workload.seed);
    let workload = *workload;
    (0..workload.tasks).map(move |_| task(&workload, &mut random).to_string())
}

fn task(workload: &Workload, random: &mut ChaCha8Rng) -> Value {
    let started_at = start(random);
    let place = pick(workload.places, |place| place.weight, random);
    let outcome = match random.random_range(0..1000) {
        0..12 => "failed",
        12..20 => "cancelled",
        _ => "completed",
    };
    let input_tokens = spread(workload.input_tokens, random);
    let full_answer = spread(workload.output_tokens, random);
    // A task that broke off had written part of its answer.
    let output_tokens =
        if outcome == "completed" { full_answer } else { full_answer * random.random_range(0..100) / 100 };
    let noise = random.random_range(900..=1100);
    let energy_uj =
        (output_tokens * workload.uj_per_output_token + input_tokens * workload.uj_per_input_token) * noise
            / 1000;
    let steps: Vec<Value> = workload
        .steps
        .iter()
        .map(|(kind, least, most)| {
            let share = random.random_range(*least..=*most);
            json!({"kind": kind.as_str(), "energy_j": joules(energy_uj * share / 1000)})
        })
        .collect();
    let mut record = json!({
        "id": Builder::from_random_bytes(random.random()).into_uuid().to_string(),
        "service": workload.service,
        "model": workload.model,
        "task_type": workload.task_type.as_str(),
        "site": place.site,
        "started_at": started_at.to_rfc3339_opts(SecondsFormat::Micros, true),
        "duration_ms": 200 + output_tokens * 14,
        "outcome": outcome,
        "boundary": place.boundary,
        "evidence": place.evidence,
        "energy_j": joules(energy_uj),
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
    });
    if !steps.is_empty() {
        record["steps"] = Value::Array(steps);
    }
    record
}

fn joules(microjoules: i64) -> String {
    Decimal::new(microjoules.into(), 6).to_string()
}

/// An instant of the month, more likely by day and on working days.
fn start(random: &mut ChaCha8Rng) -> DateTime<Utc> {
    let first: DateTime<Utc> = FIRST.parse().unwrap_or_default();
    let days: Vec<DateTime<Utc>> = (0..DAYS).map(|day| first + TimeDelta::days(day.into())).collect();
    let weekday = |day: &DateTime<Utc>| WEEKDAYS[day.weekday().num_days_from_monday() as usize];
    let day = *pick(&days, weekday, random);
    let hours: [i64; 24] = std::array::from_fn(|hour| hour as i64);
    let hour = *pick(&hours, |hour| HOURS[*hour as usize], random);
    day + TimeDelta::hours(hour) + TimeDelta::microseconds(random.random_range(0..3_600_000_000))
}

/// One of several, as likely as its weight.
fn pick<'a, T>(choices: &'a [T], weight: impl Fn(&T) -> u32, random: &mut ChaCha8Rng) -> &'a T {
    let total: u32 = choices.iter().map(&weight).sum();
    let mut drawn = random.random_range(0..total);
    for choice in choices {
        let own = weight(choice);
        if drawn < own {
            return choice;
        }
        drawn -= own;
    }
    &choices[choices.len() - 1]
}

/// A value around a median, skewed like real token counts: the exponent of two is the sum of four
/// dice, so that most values lie within a factor of two and few reach a factor of eight.
fn spread(median: i64, random: &mut ChaCha8Rng) -> i64 {
    let eighths: i64 = (0..4).map(|_| random.random_range(0..=12)).sum();
    let grown = (median * EIGHTHS[(eighths % 8) as usize]) << (eighths / 8);
    (grown / 8 / 1000).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::names::Slug;
    use crate::domain::record::KeySpace;
    use crate::ingest::RECORDS;
    use crate::ingest::ndjson::Lines;
    use crate::ingest::object::Context;

    const WORKLOAD: Workload = Workload {
        seed: 7,
        tasks: 2_000,
        service: "s",
        model: "m",
        task_type: TaskType::Agent,
        places: &[Place { site: "p", weight: 1, boundary: "it", evidence: "metered" }],
        input_tokens: 1_000,
        output_tokens: 500,
        uj_per_output_token: 1_000_000,
        uj_per_input_token: 10_000,
        steps: &[(StepKind::Generation, 500, 700), (StepKind::Tool, 100, 300)],
    };

    #[test]
    fn the_same_seed_makes_the_same_records() {
        assert_eq!(records(&[WORKLOAD]), records(&[WORKLOAD]));
        assert_ne!(records(&[WORKLOAD]), records(&[Workload { seed: 8, ..WORKLOAD }]));
    }

    #[test]
    fn every_generated_record_is_accepted() {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let context = Context { keys: KeySpace::of(&Slug::parse("demo").unwrap()), now };
        let mut outputs = Vec::new();
        for text in records(&[WORKLOAD]) {
            let (parsed, _) = Lines::new(text.as_bytes()).chunk(1, &RECORDS, &context).unwrap();
            outputs.extend(parsed[0].as_ref().unwrap().item.tokens.output);
        }
        outputs.sort_unstable();
        let median = outputs[outputs.len() / 2];
        assert!((400..600).contains(&median), "{median}");
    }
}
