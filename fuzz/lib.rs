//! What must hold for any bytes that come in. The fuzz targets call these functions with bytes that
//! libFuzzer makes up, and `tests/integration/corpus.rs` with the files of `fuzz/corpus`. They panic where
//! something does not hold.

mod report;

use chrono::{DateTime, SecondsFormat, Utc};
use flate2::read::MultiGzDecoder;
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::fmt::Debug;
use std::io::{BufReader, Read, Write};
use taskwatt::domain::group::GroupNames;
use taskwatt::domain::names::Slug;
use taskwatt::domain::problem::Fault;
use taskwatt::domain::record::{KeySpace, Record, Tokens};
use taskwatt::domain::terms::{Basis, FactorKind, NaturalUnit};
use taskwatt::domain::window::Window;
use taskwatt::ingest::object::Context;
use taskwatt::ingest::{BodyFault, Chunks, Draft, Format, Kind, Parsed, RECORDS, WINDOWS, fields};
use taskwatt::intensity::csv_series::{self, Columns, LocalTimes};
use taskwatt::render;
use taskwatt::units::{Decimal, DecimalError, Energy, Intensity, Ratio, Span, TokenEnergy, WaterUse};

pub use report::report;

/// Panics where something does not hold for these bytes.
pub type Check = fn(&[u8]);

/// Every check by its name, which is also that of its target and of its part of the corpus.
pub const CHECKS: &[(&str, Check)] = &[
    ("json", json),
    ("ndjson", ndjson),
    ("csv", csv),
    ("amounts", amounts),
    ("instants", instants),
    ("packed", packed),
    ("disclosure", disclosure),
    ("series", series),
    ("report", report),
];

/// Most faults of one record: 32 fields, and 256 steps with 40 unknown names and the rest each.
const MAX_FAULTS: usize = 100 + 256 * 50;
/// What a client is told of one fault is short, whatever was sent.
const MAX_DETAIL: usize = 600;
/// Bytes that a packed body may unfold to here.
const MAX_UNPACKED: u64 = 1 << 20;

fn context() -> Context {
    Context {
        keys: KeySpace::of(&Slug::parse("acme").expect("a slug")),
        now: "2026-01-15T00:00:00Z".parse().expect("an instant"),
    }
}

/// What is read of a body, and why it cannot be read further.
type Outcome<T> = (Vec<Parsed<T>>, Option<BodyFault>);

/// Reads a whole body in chunks of so many.
fn read<T>(format: Format, body: impl Read, kind: &Kind<T>, most: usize) -> Outcome<T> {
    let mut chunks = Chunks::new(format, BufReader::with_capacity(64, body));
    let mut all = Vec::new();
    loop {
        match chunks.next(most, kind, &context()) {
            Ok((parsed, is_last)) => {
                assert!(format == Format::Json || parsed.len() <= most, "a chunk is too large");
                assert!(is_last || !parsed.is_empty(), "a chunk is empty, and the body goes on");
                all.extend(parsed);
                if is_last {
                    return (all, None);
                }
            }
            Err(fault) => return (all, Some(fault)),
        }
    }
}

fn check_faults(faults: &[Fault]) {
    assert!(!faults.is_empty(), "refused without a reason");
    assert!(faults.len() <= MAX_FAULTS, "{} faults of one record", faults.len());
    for fault in faults {
        assert!(fault.pointer.starts_with('/'), "{fault:?}");
        assert!(fault.pointer.len() + fault.detail.len() <= MAX_DETAIL, "{fault:?}");
    }
}

/// A record or window that can be written down again.
trait Item: Clone + Debug + PartialEq {
    fn to_json(&self, names: &GroupNames) -> Value;
}

fn check<T: Item>(format: Format, body: &[u8], kind: &Kind<T>) -> Outcome<T> {
    let (parsed, fault) = read(format, body, kind, 20_000);
    if format != Format::Json {
        for most in [1, 3] {
            let (again, other) = read(format, body, kind, most);
            assert_eq!((&parsed, &fault), (&again, &other), "the size of chunks changes what is read");
        }
    }
    if let Some(fault) = &fault {
        assert!(fault.detail.len() <= MAX_DETAIL, "{fault:?}");
    }
    for one in &parsed {
        match one {
            Err(faults) => check_faults(faults),
            Ok(draft) => check_again(draft, kind),
        }
    }
    (parsed, fault)
}

/// What was accepted is the same when it is written down and read again.
fn check_again<T: Item>(draft: &Draft<T>, kind: &Kind<T>) {
    let text = json!([draft.item.to_json(&draft.names)]).to_string();
    let (again, fault) = read(Format::Json, text.as_bytes(), kind, 1);
    assert_eq!(fault, None, "{text}");
    let again = again.into_iter().next().expect("one was sent").expect("what was accepted is accepted");
    assert_eq!((&again.names, &again.item), (&draft.names, &draft.item), "{text}");
    assert_eq!(again.sha256, draft.sha256, "{text}");
}

fn micros(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Millionths, exactly.
fn millionths(number: i64) -> String {
    format!("{}.{:06}", number / 1_000_000, number % 1_000_000)
}

fn names_to_json(names: &GroupNames) -> Value {
    // Tasks without energy state neither a boundary nor evidence.
    let (boundary, evidence) = names.terms.words();
    let stated = |word: &'static str| (!names.terms.is_estimated()).then_some(word);
    json!({
        "service": names.service.as_str(), "model": names.model.as_str(), "site": names.site.as_str(),
        "task_type": names.task_type.as_str(), "boundary": stated(boundary),
        "evidence": stated(evidence), "place": names.place.map(|place| place.as_str()),
        "accelerator": names.accelerator.as_ref().map(|name| name.as_str()),
    })
}

fn add_tokens(value: &mut Value, tokens: Tokens) {
    value["input_tokens"] = json!(tokens.input);
    value["cached_tokens"] = json!(tokens.cached);
    value["output_tokens"] = json!(tokens.output);
    value["reasoning_tokens"] = json!(tokens.reasoning);
}

impl Item for Record {
    fn to_json(&self, names: &GroupNames) -> Value {
        let mut value = names_to_json(names);
        value["id"] = json!(self.record_key.to_string());
        value["started_at"] = json!(micros(self.started_at));
        value["ended_at"] =
            json!(self.duration.map(|span| {
                micros(self.started_at + chrono::TimeDelta::microseconds(span.microseconds()))
            }));
        value["outcome"] = json!(self.outcome.as_str());
        value["energy_j"] = json!(self.energy.map(|energy| millionths(energy.microjoules())));
        if let Some((low, high)) = self.energy_interval {
            value["energy_low_j"] = json!(millionths(low.microjoules()));
            value["energy_high_j"] = json!(millionths(high.microjoules()));
        }
        add_tokens(&mut value, self.tokens);
        for (unit, amount) in &self.units {
            let (field, amount) = match unit {
                NaturalUnit::Images => ("images", amount.to_string()),
                NaturalUnit::Pages => ("pages", amount.to_string()),
                NaturalUnit::AudioUs => ("audio_seconds", millionths(*amount)),
                NaturalUnit::VideoUs => ("video_seconds", millionths(*amount)),
            };
            value[field] = json!(amount);
        }
        value["accelerator_seconds"] =
            json!(self.accelerator_time.map(|time| millionths(time.microseconds())));
        let step = |step: &taskwatt::domain::record::Step| json!({"kind": step.kind.as_str(), "energy_j": millionths(step.energy.microjoules()), "retry": step.is_retry});
        if self.energy.is_some() {
            value["steps"] = json!(self.steps.iter().map(step).collect::<Vec<_>>());
        }
        value
    }
}

impl Item for Window {
    fn to_json(&self, names: &GroupNames) -> Value {
        let mut value = names_to_json(names);
        value["id"] = json!(self.window_key.to_string());
        value["from"] = json!(micros(self.from));
        value["to"] = json!(micros(self.to));
        value["tasks_completed"] = json!(self.tasks.completed);
        value["tasks_failed"] = json!(self.tasks.failed);
        value["tasks_cancelled"] = json!(self.tasks.cancelled);
        value["energy_j"] = json!(millionths(self.energy.microjoules()));
        value["energy_sq_j2"] = json!(self.energy_squared_uj2.map(|squared| {
            format!("{}.{:012}", squared / 1_000_000_000_000, squared % 1_000_000_000_000)
        }));
        add_tokens(&mut value, self.tokens);
        value["histogram"] = json!(self.histogram.as_ref().map(|histogram| {
            histogram
                .iter()
                .map(|(bucket, tasks)| {
                    json!({"energy_j": millionths(lowest_of(bucket.get())), "tasks": tasks})
                })
                .collect::<Vec<_>>()
        }));
        value
    }
}

/// The lowest energy of a bucket, in microjoules.
fn lowest_of(bucket: i16) -> i64 {
    match i64::from(bucket) {
        low @ 0..128 => low,
        high => (high - (high / 64 - 1) * 64) << (high / 64 - 1),
    }
}

pub fn json(data: &[u8]) {
    check(Format::Json, data, &RECORDS);
    check(Format::Json, data, &WINDOWS);
    // The other bodies of the API are read by this.
    if let Ok(mut body) = fields::Fields::read(data, &["from", "to", "name", "note", "number"]) {
        let days = body.days();
        let name = body.optional("name", |raw| fields::line(raw, 200));
        let note = body.optional("note", |raw| fields::prose(raw, 2_000));
        let number = body.optional("number", |raw| fields::whole(raw, 0..=100));
        match body.finish(days) {
            Ok(_) => assert!(number.is_none_or(|number| (0..=100).contains(&number))),
            Err(faults) => assert!(faults.iter().all(|fault| fault.detail.len() <= MAX_DETAIL), "{faults:?}"),
        }
        drop((name, note));
    }
}

pub fn ndjson(data: &[u8]) {
    check(Format::Ndjson, data, &RECORDS);
    check(Format::Ndjson, data, &WINDOWS);
}

pub fn csv(data: &[u8]) {
    check(Format::Csv, data, &RECORDS);
    check(Format::Csv, data, &WINDOWS);
}

/// Every amount that is read from text.
pub fn amounts(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(decimal) = Decimal::parse(text) {
        let again = Decimal::parse(&decimal.to_string()).map(Decimal::without_trailing_zeros);
        // With its point, a decimal may be longer than what is read as one.
        if decimal.to_string().len() <= 80 {
            assert_eq!(again, Ok(decimal.without_trailing_zeros()), "{text}");
        }
    }
    if let Ok(energy) = Energy::parse_joules(text) {
        assert_eq!(Energy::parse_joules(&millionths(energy.microjoules())), Ok(energy), "{text}");
    }
    if text.len() < 70 && !text.contains(['e', 'E']) {
        let (wh, kwh) = (Energy::parse_wh(&format!("{text}e3")), Energy::parse_kwh(text));
        assert_eq!(plain(wh), plain(kwh), "{text}");
    }
    if let Ok(span) = Span::parse_seconds(text) {
        assert_eq!(Span::parse_seconds(&millionths(span.microseconds())), Ok(span), "{text}");
    }
    if let Ok(ratio) = Ratio::parse(text) {
        assert_eq!(Ratio::parse(&ratio.decimal().to_string()), Ok(ratio), "{text}");
    }
    Span::parse_milliseconds(text).ok();
    Intensity::parse_grams_per_kwh(text).ok();
    TokenEnergy::parse_joules(text).ok();
    WaterUse::parse_litres_per_kwh(text).ok();
    let raw = json!(text).to_string();
    fields::whole(&raw, i64::MIN..=i64::MAX).ok();
}

/// A refusal for too many decimals names how many its unit takes, which is another number for each.
fn plain(energy: Result<Energy, DecimalError>) -> Result<Energy, DecimalError> {
    energy.map_err(|error| match error {
        DecimalError::TooManyDecimals { .. } => DecimalError::TooManyDecimals { allowed: 0 },
        other => other,
    })
}

/// The text as the start and the end of a task, and as a date.
pub fn instants(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let record = |from: &str, to: &str| {
        json!([{
            "id": "a", "service": "chat", "model": "m-1", "task_type": "chat", "site": "s-1",
            "started_at": from, "ended_at": to, "outcome": "completed", "boundary": "server",
            "evidence": "counter", "energy_wh": 0.25,
        }])
    };
    for body in [record(text, text), record("2025-10-01T12:00:00Z", text)] {
        let (parsed, fault) = check(Format::Json, body.to_string().as_bytes(), &RECORDS);
        assert_eq!(fault, None);
        for draft in parsed.iter().flatten() {
            let at = draft.item.started_at;
            assert!(at.timestamp_subsec_nanos() % 1_000 == 0 && at.timestamp_subsec_nanos() < 1_000_000_000);
        }
    }
    if let Ok(date) = fields::date(&json!(text).to_string()) {
        assert_eq!(date.to_string(), text);
    }
}

/// The first byte chooses how the rest is packed and written.
pub fn packed(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    let format = [Format::Json, Format::Ndjson, Format::Csv][usize::from(choice / 2 % 3)];
    // Bytes that need not be a packed body at all: as the service reads them.
    if choice % 2 == 0 {
        read(format, MultiGzDecoder::new(rest).take(MAX_UNPACKED), &RECORDS, 50);
    } else if let Ok(mut decoder) = zstd::stream::read::Decoder::new(rest) {
        decoder.window_log_max(23).expect("a window as the service sets it");
        read(format, decoder.take(MAX_UNPACKED), &RECORDS, 50);
    }
    // A body that is packed whole reads as it does unpacked.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(rest).expect("memory takes everything");
    let gzip = encoder.finish().expect("memory takes everything");
    let plain = read(format, rest, &RECORDS, 50);
    assert_eq!(plain, read(format, MultiGzDecoder::new(gzip.as_slice()), &RECORDS, 50));
    let frame = zstd::encode_all(rest, 1).expect("memory takes everything");
    let decoder = zstd::stream::read::Decoder::new(frame.as_slice()).expect("a frame");
    assert_eq!(plain, read(format, decoder, &RECORDS, 50));
}

/// What is read as a disclosure, or as an authority pack, is the same when it is written and read again.
pub fn disclosure(data: &[u8]) {
    if let Ok(pack) = render::pack::read(data) {
        let canonical = render::pack::canonical(&pack);
        let again = render::pack::read(&canonical).expect("what was written can be read");
        assert_eq!(again, pack);
        assert_eq!(render::pack::canonical(&again), canonical);
    }
    let Ok(document) = render::json::read(data) else { return };
    let canonical = render::json::render(&document);
    let again = render::json::read(&canonical).expect("what was written can be read");
    assert_eq!(again, document);
    assert_eq!(render::json::render(&again), canonical);
}

pub fn series(data: &[u8]) {
    for (local_times, basis) in [(LocalTimes::Utc, Basis::Lifecycle), (LocalTimes::Refused, Basis::Direct)] {
        let columns = Columns {
            time: "time".to_owned(),
            value: "value".to_owned(),
            estimated: Some("estimated".to_owned()),
            zone: None,
            local_times,
            kind: FactorKind::Average,
            basis,
        };
        if let Ok(series) = csv_series::read(data, "DE", &columns) {
            let mut hours: Vec<DateTime<Utc>> = series.values.iter().map(|value| value.valid_from).collect();
            assert!(hours.iter().all(|hour| hour.timestamp() % 3600 == 0));
            hours.sort_unstable();
            assert!(hours.windows(2).all(|pair| pair[0] < pair[1]), "an hour has two values");
        }
    }
}
