//! One record as it arrives: every field is checked, and every fault is collected.

use super::Draft;
use super::digest::record_sha256;
use super::object::{At, Context, Field, Fields, Object, Reader};
use super::value::{parse_boolean, parse_duration, parse_instant, parse_seconds, parse_whole, text_of};
use crate::domain::problem::{Fault, ProblemCode};
use crate::domain::record::{
    MAX_ACCELERATOR_US, MAX_DURATION_US, MAX_PIECES, MAX_STEPS, MAX_TOKENS, Record, Step,
};
use crate::domain::terms::{CountedFrom, EnergyTerms, NaturalUnit, Outcome, StepKind};
use crate::units::{Energy, Span};
use chrono::{DateTime, Utc};
use serde_json::value::RawValue;

/// The fields of a record.
pub static RECORD_FIELDS: Fields = Fields(&[
    "id",
    "service",
    "model",
    "task_type",
    "site",
    "started_at",
    "ended_at",
    "duration_ms",
    "outcome",
    "boundary",
    "evidence",
    "energy_wh",
    "energy_kwh",
    "energy_j",
    "energy_low_wh",
    "energy_low_kwh",
    "energy_low_j",
    "energy_high_wh",
    "energy_high_kwh",
    "energy_high_j",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "reasoning_tokens",
    "images",
    "pages",
    "audio_seconds",
    "video_seconds",
    "accelerator",
    "accelerator_seconds",
    "place",
    "steps",
]);

/// The fields of a step.
pub static STEP_FIELDS: Fields = Fields(&["kind", "energy_wh", "energy_kwh", "energy_j", "retry"]);

/// Reads one record. Every fault is found in one pass, so that a client can mend them together.
pub fn read(object: Object<'_>, at: At, context: &Context) -> Result<Draft<Record>, Vec<Fault>> {
    let mut reader = Reader::new(object, at, String::new());
    let record_key = reader.key(context.keys);
    let (energy, terms) = energy(&mut reader);
    let names = reader.group_names(CountedFrom::Records, terms);
    let started_at = reader.instant("started_at", context.now);
    let duration = duration(&mut reader, started_at);
    let outcome = reader.word("outcome", Outcome::CHOICES, Outcome::parse);
    let energy_interval = interval(&mut reader, energy);
    let tokens = reader.tokens(MAX_TOKENS);
    let units = units(&mut reader);
    let accelerator_time =
        reader.optional("accelerator_seconds", |value| parse_seconds(value, MAX_ACCELERATOR_US));
    let steps = steps(&mut reader, energy);
    match (record_key, names, started_at, outcome) {
        (Some(record_key), Some(names), Some(started_at), Some(outcome)) if reader.faults.is_empty() => {
            let record = Record {
                record_key,
                started_at,
                duration,
                energy,
                energy_interval,
                outcome,
                tokens,
                accelerator_time,
                units,
                steps,
            };
            let sha256 = record_sha256(&names, &record);
            Ok(Draft { at, names, sha256, item: record })
        }
        _ => Err(reader.faults),
    }
}

/// The energy and what is known of it. A task without energy states what its energy can be estimated from, and
/// neither a boundary nor evidence: those are the estimate's.
fn energy(reader: &mut Reader<'_>) -> (Option<Energy>, Option<EnergyTerms>) {
    let is_given = |reader: &Reader<'_>, field| reader.field(field).is_some();
    if ["energy_wh", "energy_kwh", "energy_j"].into_iter().any(|field| is_given(reader, field)) {
        return (reader.energy("energy"), reader.energy_terms());
    }
    for field in ["boundary", "evidence"] {
        if is_given(reader, field) {
            let detail = "send exactly one of energy_wh, energy_kwh and energy_j; or, to have the energy estimated, \
                          neither boundary nor evidence";
            reader.fault_here(ProblemCode::EnergyMissing, detail);
            return (None, None);
        }
    }
    let of_energy = [
        "energy_low_wh",
        "energy_low_kwh",
        "energy_low_j",
        "energy_high_wh",
        "energy_high_kwh",
        "energy_high_j",
    ];
    if let Some(field) = of_energy.into_iter().chain(["steps"]).find(|field| is_given(reader, field)) {
        reader.fault(
            field,
            ProblemCode::EnergyMissing,
            format!("{field} is of an energy, and there is none"),
        );
        return (None, None);
    }
    (None, support(reader))
}

/// What an estimate can be made from: of tokens and time, what is stated above zero.
fn support(reader: &mut Reader<'_>) -> Option<EnergyTerms> {
    let tokens = |field| reader.field(field).map(|value| parse_whole(value, MAX_TOKENS));
    let time = |value| parse_seconds(value, MAX_ACCELERATOR_US).map(Span::microseconds);
    let stated =
        [tokens("input_tokens"), tokens("output_tokens"), reader.field("accelerator_seconds").map(time)];
    if stated.iter().flatten().any(Result::is_err) {
        // Told where the field is read; what it would have supported is not known.
        return None;
    }
    let is_stated = stated.iter().any(Option::is_some);
    let [input, output, accelerator_us] = stated.map(|amount| amount.and_then(Result::ok).unwrap_or(0));
    let terms = EnergyTerms::supported_by(input, output, accelerator_us);
    if terms.is_none() {
        let detail = if is_stated {
            "the task has no energy, and the tokens and accelerator_seconds that it states are 0, which supports no \
             estimate: send exactly one of energy_wh, energy_kwh and energy_j with boundary and evidence, or \
             output_tokens, input_tokens or accelerator_seconds above 0"
        } else {
            "send exactly one of energy_wh, energy_kwh and energy_j; without energy it can be estimated from \
             output_tokens, input_tokens or accelerator_seconds alone"
        };
        reader.fault_here(ProblemCode::EnergyMissing, detail);
    }
    terms
}

/// How long the task took: stated, or from its end.
fn duration(reader: &mut Reader<'_>, started_at: Option<DateTime<Utc>>) -> Option<Span> {
    let duration = reader.optional("duration_ms", parse_duration);
    let ended_at = reader.optional("ended_at", |value| parse_instant(&text_of(value)?));
    if reader.field("duration_ms").is_some() && reader.field("ended_at").is_some() {
        reader.fault("ended_at", ProblemCode::DurationTwice, "duration_ms and ended_at are both given");
        return None;
    }
    let (Some(started_at), Some(ended_at)) = (started_at, ended_at) else { return duration };
    let lasted = (ended_at - started_at).num_microseconds().and_then(Span::from_microseconds);
    match lasted.filter(|span| span.microseconds() <= MAX_DURATION_US) {
        Some(lasted) => Some(lasted),
        None => {
            let detail = "a task ends after it started, and at most a week later";
            reader.fault("ended_at", ProblemCode::OutOfRange, detail);
            None
        }
    }
}

fn interval(reader: &mut Reader<'_>, energy: Option<Energy>) -> Option<(Energy, Energy)> {
    let faults_before = reader.faults.len();
    let low = reader.energy("energy_low");
    let high = reader.energy("energy_high");
    if reader.faults.len() > faults_before {
        return None;
    }
    match (low, high) {
        (None, None) => None,
        (Some(low), Some(high)) => {
            if energy.is_some_and(|energy| low > energy || energy > high) {
                let detail = format!("the interval {low} to {high} does not contain the energy");
                reader.fault_here(ProblemCode::IntervalDisordered, detail);
            }
            Some((low, high))
        }
        _ => {
            let detail = "give energy_low_… and energy_high_…, or neither";
            reader.fault_here(ProblemCode::IntervalIncomplete, detail);
            None
        }
    }
}

fn units(reader: &mut Reader<'_>) -> Vec<(NaturalUnit, i64)> {
    let pieces = |value| parse_whole(value, MAX_PIECES);
    let time = |value| parse_seconds(value, MAX_DURATION_US).map(Span::microseconds);
    [
        (NaturalUnit::Images, reader.optional("images", pieces)),
        (NaturalUnit::Pages, reader.optional("pages", pieces)),
        (NaturalUnit::AudioUs, reader.optional("audio_seconds", time)),
        (NaturalUnit::VideoUs, reader.optional("video_seconds", time)),
    ]
    .into_iter()
    .filter_map(|(unit, amount)| Some((unit, amount?)))
    .collect()
}

fn steps(reader: &mut Reader<'_>, energy: Option<Energy>) -> Vec<Step> {
    let text = match reader.field("steps") {
        None => return Vec::new(),
        // A cell of a table holds the same JSON.
        Some(Field::Json(text) | Field::Text(text)) => text,
    };
    let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(text) else {
        reader.fault("steps", ProblemCode::WrongType, "steps is an array of objects");
        return Vec::new();
    };
    if elements.len() > MAX_STEPS {
        reader.fault("steps", ProblemCode::OutOfRange, format!("a record has at most {MAX_STEPS} steps"));
        return Vec::new();
    }
    let mut steps = Vec::with_capacity(elements.len());
    for (index, element) in elements.into_iter().enumerate() {
        match read_step(element.get(), reader.at(), format!("{}/{index}", reader.path_of("steps"))) {
            Ok(step) => steps.push(step),
            Err(faults) => reader.faults.extend(faults),
        }
    }
    if energy.is_some_and(|energy| Step::sum(&steps) > energy.into()) {
        let detail = format!("the steps add up to {}, more than the task", Step::sum(&steps));
        reader.fault("steps", ProblemCode::StepsExceedTask, detail);
    }
    steps
}

fn read_step(text: &str, at: At, path: String) -> Result<Step, Vec<Fault>> {
    let object = Object::parse(text, &STEP_FIELDS)
        .map_err(|(code, detail)| vec![Fault::new(format!("{}{path}", at.pointer()), code, detail)])?;
    let mut reader = Reader::new(object, at, path);
    let kind = reader.word("kind", StepKind::CHOICES, StepKind::parse);
    let energy = reader.required_energy();
    let is_retry = reader.optional("retry", parse_boolean).unwrap_or(false);
    match (kind, energy) {
        (Some(kind), Some(energy)) if reader.faults.is_empty() => Ok(Step { kind, energy, is_retry }),
        _ => Err(reader.faults),
    }
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
