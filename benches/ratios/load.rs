//! A realistic mix of records: 500 groups of which few have most of the traffic, in the order of time with
//! some jitter, most with tokens, some with cached and reasoning tokens, few with steps.

use std::fmt::Write;

pub const MODELS: usize = 10;
pub const SITES: usize = 5;
const TASK_TYPES: [&str; 10] = [
    "chat",
    "reasoning",
    "code",
    "agent",
    "summarisation",
    "translation",
    "question_answering",
    "classification",
    "retrieval",
    "other",
];
/// Records of one day: the first ten million are those of five days.
const RECORDS_A_DAY: u64 = 2_000_000;
/// 2025-10-01T00:00:00Z in microseconds since the epoch.
const START_UNIX_US: u64 = 1_759_276_800_000_000;

/// Makes records, each once.
#[derive(Default)]
pub struct Load {
    next: usize,
}

impl Load {
    /// How many were made.
    pub fn taken(&self) -> usize {
        self.next
    }

    /// The next records, one a line.
    pub fn ndjson(&mut self, count: usize) -> Vec<u8> {
        let mut body = String::with_capacity(count * 400);
        for _ in 0..count {
            write_record(&mut body, self.next as u64);
            self.next += 1;
        }
        body.into_bytes()
    }
}

/// A number that looks random and depends on nothing else (SplitMix64).
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn write_record(body: &mut String, number: u64) {
    let random = mixed(number);
    // The product of two uniform numbers favours the small ones.
    let group = (random % 500) * (random / 500 % 500) / 500;
    let (model, site, task) = (group % 10, group / 10 % 5, group / 50);
    let jitter_us = random >> 43;
    let at = START_UNIX_US + number * (86_400_000_000 / RECORDS_A_DAY) + jitter_us;
    let started_at = chrono::DateTime::from_timestamp_micros(at as i64).unwrap_or_default();
    let output = 20 + random % 900;
    let energy_uj = 40_000_000 + output * (500_000 + random % 300_000);
    let id = uuid::Uuid::from_u64_pair(random, mixed(random));
    let _ = write!(
        body,
        r#"{{"id":"{id}","service":"chat","model":"m-{model}","task_type":"{}","site":"s-{site}","started_at":"{}","duration_ms":{},"outcome":"{}","boundary":"server","evidence":"counter","energy_j":{}.{:06},"input_tokens":{},"output_tokens":{output}"#,
        TASK_TYPES[task as usize],
        started_at.format("%Y-%m-%dT%H:%M:%S%.6fZ"),
        output * 12 + random % 300,
        if random.is_multiple_of(97) { "failed" } else { "completed" },
        energy_uj / 1_000_000,
        energy_uj % 1_000_000,
        200 + random % 4_000,
    );
    if random.is_multiple_of(3) {
        let _ = write!(body, r#","cached_tokens":{}"#, random % 200);
    }
    if random.is_multiple_of(7) {
        let _ = write!(body, r#","reasoning_tokens":{}"#, random % 20);
    }
    if random.is_multiple_of(100) {
        let _ = write!(
            body,
            r#","steps":[{{"kind":"retrieval","energy_j":2}},{{"kind":"generation","energy_j":30}}]"#
        );
    }
    body.push_str("}\n");
}
