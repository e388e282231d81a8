//! Records as a client would write them: the text that is sent, and the exact content that it means.

use chrono::{DateTime, SecondsFormat, Utc};
use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use taskwatt::domain::names::Slug;
use taskwatt::domain::record::KeySpace;
use uuid::Uuid;

pub const PROVIDER: &str = "acme";
pub const SERVICES: &[&str] = &["chat", "agent"];
pub const MODELS: &[&str] = &["m-1", "m-2"];
pub const SITES: &[&str] = &["fra-1", "sto-1"];

/// 10⁻⁸ Wh in microjoules: the step in which Wh and kWh are exact.
const WH_STEP_UJ: i64 = 36;
/// 2025-01-01T00:00:00Z in seconds, from where half a year of records begins.
const FIRST_START_UNIX_S: i64 = 1_735_689_600;
const DAY_S: i64 = 24 * 3600;

/// One record.
#[derive(Debug)]
pub struct Draft {
    pub key: Uuid,
    pub started_at: DateTime<Utc>,
    pub energy_uj: i64,
    pub outcome: &'static str,
    /// The object as it is sent.
    pub json: String,
    /// All members but the energy.
    members: String,
}

impl Draft {
    /// A record under this id, valid in every field.
    pub fn new(id: &str, random: &mut ChaCha8Rng) -> Draft {
        let started_at = start(random);
        let outcome = *["completed", "completed", "completed", "failed", "cancelled"].choose(random).unwrap();
        let energy_uj = match random.random_range(0..10) {
            0 => random.random_range(0..1_000),
            1..=7 => WH_STEP_UJ * random.random_range(1..100_000_000),
            _ => random.random_range(1..4_000_000_000),
        };
        let mut members = format!(
            r#""id":"{id}","service":"{}","model":"{}","site":"{}","task_type":"{}","boundary":"{}","#,
            SERVICES.choose(random).unwrap(),
            MODELS.choose(random).unwrap(),
            SITES.choose(random).unwrap(),
            ["chat", "code"].choose(random).unwrap(),
            ["server", "facility"].choose(random).unwrap(),
        );
        let instant = started_at.to_rfc3339_opts(SecondsFormat::Micros, true);
        members += &format!(r#""evidence":"metered","started_at":"{instant}","outcome":"{outcome}""#);
        if random.random_range(0..2) == 0 {
            let (input, output) = (random.random_range(0..9_000), random.random_range(0..3_000));
            members += &format!(r#","input_tokens":{input},"output_tokens":{output}"#);
        }
        if random.random_range(0..4) == 0 {
            members += &format!(
                r#","duration_ms":{},"steps":[{{"kind":"tool",{}}},{{"kind":"generation",{}}}]"#,
                random.random_range(1..60_000),
                spell_joules(energy_uj / 4),
                spell_joules(energy_uj / 3),
            );
        }
        let json = format!("{{{members},{}}}", spell(energy_uj, random));
        let key = KeySpace::of(&Slug::parse(PROVIDER).unwrap()).key(id);
        Draft { key, started_at, energy_uj, outcome, json, members }
    }

    /// The same record with other energy, which must never replace it.
    pub fn conflicting(&self, random: &mut ChaCha8Rng) -> String {
        let energy_uj = self.energy_uj + WH_STEP_UJ * random.random_range(1..1_000);
        format!("{{{},{}}}", self.members, spell(energy_uj, random))
    }
}

/// A record under this id that must be refused. `lines`: each record is a line of its own, so that one
/// may be broken.
pub fn invalid(id: &str, lines: bool, random: &mut ChaCha8Rng) -> String {
    let right = Draft::new(id, random);
    let members = &right.members;
    match random.random_range(0..if lines { 7 } else { 6 }) {
        0 => format!("{{{members},\"energy_j\":-1}}"),
        1 => format!("{{{members},\"energy_j\":1.0000001}}"),
        2 => format!("{{{members},\"energy_j\":1,\"colour\":\"green\"}}"),
        3 => format!("{{{members},\"energy_j\":1,\"energy_wh\":1}}"),
        4 => right.json.replace("\"model\":\"", "\"model\":\"no-"),
        5 => right.json.replace("\"started_at\":\"2025-", "\"started_at\":\"2125-"),
        _ => right.json[..right.json.len() - 1].to_owned(),
    }
}

/// An instant of half a year; every other one in the same few hours, so that totals are contended.
fn start(random: &mut ChaCha8Rng) -> DateTime<Utc> {
    let second = match random.random_range(0..2) {
        0 => 30 * DAY_S * random.random_range(0..6) + random.random_range(0..7_200),
        _ => random.random_range(0..180 * DAY_S),
    };
    let micros = 1_000_000 * (FIRST_START_UNIX_S + second) + random.random_range(0..1_000_000);
    DateTime::from_timestamp_micros(micros).unwrap()
}

/// The member that states this energy, in one of the ways that are exact.
fn spell(energy_uj: i64, random: &mut ChaCha8Rng) -> String {
    let (unit, number) = match random.random_range(0..4) {
        0 | 1 if energy_uj % WH_STEP_UJ == 0 => ("energy_wh", decimal(energy_uj / WH_STEP_UJ, 8)),
        2 if energy_uj % WH_STEP_UJ == 0 => ("energy_kwh", decimal(energy_uj / WH_STEP_UJ, 11)),
        _ => ("energy_j", decimal(energy_uj, 6)),
    };
    match random.random_range(0..3) {
        0 => format!(r#""{unit}":"{number}""#),
        _ => format!(r#""{unit}":{number}"#),
    }
}

fn spell_joules(energy_uj: i64) -> String {
    format!(r#""energy_j":{}"#, decimal(energy_uj, 6))
}

/// The digits of `scaled` ÷ 10^`decimals`.
fn decimal(scaled: i64, decimals: usize) -> String {
    let digits = format!("{scaled:0width$}", width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    format!("{whole}.{fraction}")
}

#[test]
fn decimals_are_written_exactly() {
    assert_eq!(decimal(36, 8), "0.00000036");
    assert_eq!(decimal(123_456_789_012, 11), "1.23456789012");
    assert_eq!(decimal(0, 6), "0.000000");
}
