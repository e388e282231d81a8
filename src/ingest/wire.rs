//! One record as it arrives: a JSON object whose every field is checked, and whose every fault is
//! collected. Numbers are read from their text, never through a float.

use super::value::{
    ValueFault, number_fault, number_text, parse_duration, parse_instant, parse_name, parse_tokens, shorten,
    text_of,
};
use crate::domain::group::GroupNames;
use crate::domain::names::Slug;
use crate::domain::problem::{Fault, ProblemCode, child};
use crate::domain::record::{
    EARLIEST_START_UNIX_S, MAX_CLOCK_SKEW, MAX_ID_BYTES, MAX_STEPS, Record, Step, Tokens, record_key,
};
use crate::domain::terms::{Boundary, Evidence, Outcome, StepKind, TaskType};
use crate::units::{DecimalError, Energy};
use chrono::{DateTime, Utc};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// A record that is whole in itself; whether its names are registered is not known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordDraft {
    /// Where in the body it stands.
    pub pointer: String,
    pub names: GroupNames,
    pub record: Record,
}

/// The fields of a record.
pub const RECORD_FIELDS: &[&str] = &[
    "id",
    "service",
    "model",
    "task_type",
    "site",
    "started_at",
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
    "steps",
];

/// The fields of a step.
pub const STEP_FIELDS: &[&str] = &["kind", "energy_wh", "energy_kwh", "energy_j"];

/// Reads one record. Every fault is found in one pass, so that a client can mend them together.
pub fn parse(
    text: &str,
    pointer: String,
    provider: &Slug,
    now: DateTime<Utc>,
) -> Result<RecordDraft, Vec<Fault>> {
    let object = match Object::parse(text, &pointer) {
        Ok(object) => object,
        Err(fault) => return Err(vec![fault]),
    };
    let mut reader = Reader { object, pointer: &pointer, faults: Vec::new() };
    reader.check_names(RECORD_FIELDS);

    let record_key = reader.id().map(|id| record_key(provider, &id));
    let names = reader.group_names();
    let started_at = reader.started_at(now);
    let duration = reader.optional("duration_ms", parse_duration);
    let outcome = reader.word("outcome", Outcome::CHOICES, Outcome::parse);
    let energy = reader.required_energy();
    let energy_interval = reader.interval(energy);
    let tokens = reader.tokens();
    let steps = reader.steps(energy);

    let Reader { faults, .. } = reader;
    match (record_key, names, started_at, outcome, energy) {
        (Some(record_key), Some(names), Some(started_at), Some(outcome), Some(energy))
            if faults.is_empty() =>
        {
            let record =
                Record { record_key, started_at, duration, energy, energy_interval, outcome, tokens, steps };
            Ok(RecordDraft { pointer, names, record })
        }
        _ => Err(faults),
    }
}

/// The members of a JSON object, each value as its text.
struct Object<'a> {
    members: Vec<(String, &'a RawValue)>,
    /// Members beyond [`MAX_MEMBERS`], which were not looked at.
    unread: usize,
}

/// Members that are looked at; a record has fewer, so the rest are not known anyway.
const MAX_MEMBERS: usize = 64;

impl<'a> Object<'a> {
    fn parse(text: &'a str, pointer: &str) -> Result<Object<'a>, Fault> {
        if !text.trim_start().starts_with('{') {
            // A line may also be no JSON at all, which is another mistake.
            return Err(match serde_json::from_str::<&RawValue>(text) {
                Ok(_) => Fault::new(pointer, ProblemCode::NotAnObject, "a record is an object"),
                Err(error) => not_json(pointer, &error),
            });
        }
        serde_json::from_str(text).map_err(|error| not_json(pointer, &error))
    }

    fn get(&self, field: &str) -> Option<&'a RawValue> {
        self.members.iter().find(|(name, _)| name == field).map(|(_, value)| *value)
    }

    /// Whether a field is there; `null` is the same as missing.
    fn is_given(&self, field: &str) -> bool {
        self.get(field).is_some_and(|value| value.get() != "null")
    }
}

fn not_json(pointer: &str, error: &serde_json::Error) -> Fault {
    let detail = if error.is_eof() {
        "the JSON ends early".to_owned()
    } else {
        format!("not JSON at column {}", error.column())
    };
    Fault::new(pointer, ProblemCode::InvalidJson, detail)
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Object<'de>, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut members = Vec::with_capacity(RECORD_FIELDS.len());
                while members.len() < MAX_MEMBERS {
                    match map.next_entry()? {
                        Some(member) => members.push(member),
                        None => return Ok(Object { members, unread: 0 }),
                    }
                }
                let mut unread = 0;
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    unread += 1;
                }
                Ok(Object { members, unread })
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// Reads fields of one object and collects their faults.
struct Reader<'a> {
    object: Object<'a>,
    pointer: &'a str,
    faults: Vec<Fault>,
}

/// Reads an amount in one unit.
type ParseEnergy = fn(&str) -> Result<Energy, DecimalError>;

impl<'a> Reader<'a> {
    fn fault(&mut self, field: &str, code: ProblemCode, detail: impl Into<String>) {
        self.faults.push(Fault::new(child(self.pointer, field), code, detail));
    }

    /// Refuses fields that are not known, and fields that stand twice.
    fn check_names(&mut self, known: &[&str]) {
        let members = &self.object.members;
        for (index, (name, _)) in members.iter().enumerate() {
            let (code, what) = if members[..index].iter().any(|(earlier, _)| earlier == name) {
                (ProblemCode::DuplicateField, "stands twice")
            } else if !known.contains(&name.as_str()) {
                (ProblemCode::UnknownField, "is not a field here")
            } else {
                continue;
            };
            let name = shorten(name);
            self.faults.push(Fault::new(child(self.pointer, name), code, format!("'{name}' {what}")));
        }
        if self.object.unread > 0 {
            let detail = format!("the object has {} fields too many", self.object.unread);
            self.faults.push(Fault::new(self.pointer, ProblemCode::UnknownField, detail));
        }
    }

    /// A field that may be missing; `null` is the same as missing.
    fn optional<T>(&mut self, field: &str, read: impl Fn(&str) -> Result<T, ValueFault>) -> Option<T> {
        let value = self.object.get(field)?;
        if value.get() == "null" {
            return None;
        }
        match read(value.get()) {
            Ok(value) => Some(value),
            Err((code, detail)) => {
                self.fault(field, code, detail);
                None
            }
        }
    }

    fn required<T>(&mut self, field: &str, read: impl Fn(&str) -> Result<T, ValueFault>) -> Option<T> {
        if !self.object.is_given(field) {
            self.fault(field, ProblemCode::MissingField, format!("'{field}' is required"));
            return None;
        }
        self.optional(field, read)
    }

    fn word<T: Copy>(
        &mut self,
        field: &str,
        choices: &[&str],
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        self.required(field, |raw| {
            let word = text_of(raw)?;
            parse(&word).ok_or_else(|| {
                let detail = format!("'{}' is not one of {}", shorten(&word), choices.join(", "));
                (ProblemCode::UnknownWord, detail)
            })
        })
    }

    fn id(&mut self) -> Option<String> {
        self.required("id", |raw| {
            // The length is looked at first, so that a huge id costs no copy.
            if raw.len() > 6 * MAX_ID_BYTES + 2 {
                return Err((ProblemCode::InvalidId, format!("an id has at most {MAX_ID_BYTES} bytes")));
            }
            let id = text_of(raw)?;
            if id.is_empty() || id.len() > MAX_ID_BYTES || id.chars().any(char::is_control) {
                let detail = format!("an id is 1 to {MAX_ID_BYTES} bytes of text without control characters");
                return Err((ProblemCode::InvalidId, detail));
            }
            Ok(id)
        })
    }

    fn group_names(&mut self) -> Option<GroupNames> {
        let service = self.required("service", |raw| {
            Slug::parse(&text_of(raw)?).map_err(|error| (ProblemCode::InvalidName, error.to_string()))
        });
        let model = self.required("model", parse_name);
        let site = self.required("site", parse_name);
        let task_type = self.word("task_type", TaskType::CHOICES, TaskType::parse);
        let boundary = self.word("boundary", Boundary::CHOICES, Boundary::parse);
        let evidence = self.word("evidence", Evidence::CHOICES, Evidence::parse);
        Some(GroupNames {
            service: service?,
            model: model?,
            site: site?,
            task_type: task_type?,
            boundary: boundary?,
            evidence: evidence?,
        })
    }

    fn started_at(&mut self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.required("started_at", |raw| {
            let text = text_of(raw)?;
            let started_at = parse_instant(&text)?;
            if started_at > now + MAX_CLOCK_SKEW {
                let detail = format!("'{}' is later than now", shorten(&text));
                return Err((ProblemCode::TimeInFuture, detail));
            }
            if started_at.timestamp() < EARLIEST_START_UNIX_S {
                let detail = format!("'{}' is before 2020", shorten(&text));
                return Err((ProblemCode::TimeTooEarly, detail));
            }
            Ok(started_at)
        })
    }

    /// Exactly one of `{prefix}wh`, `{prefix}kwh` and `{prefix}j`; `None` where there is none.
    fn energy(&mut self, prefix: &str) -> Option<Energy> {
        let units: [(&str, ParseEnergy); 3] =
            [("wh", Energy::parse_wh), ("kwh", Energy::parse_kwh), ("j", Energy::parse_joules)];
        let given: Vec<_> = units
            .into_iter()
            .map(|(unit, parse)| (format!("{prefix}{unit}"), parse))
            .filter(|(field, _)| self.object.is_given(field))
            .collect();
        if given.len() > 1 {
            let fields: Vec<&str> = given.iter().map(|(field, _)| field.as_str()).collect();
            let detail = format!("{} are both given", fields.join(" and "));
            self.fault(&given[1].0, ProblemCode::EnergyTwice, detail);
            return None;
        }
        let (field, parse) = given.into_iter().next()?;
        self.optional(&field, |raw| parse(&number_text(raw)?).map_err(number_fault))
    }

    fn required_energy(&mut self) -> Option<Energy> {
        let faults_before = self.faults.len();
        let energy = self.energy("energy_");
        if energy.is_none() && self.faults.len() == faults_before {
            let detail = "send exactly one of energy_wh, energy_kwh and energy_j";
            self.faults.push(Fault::new(self.pointer, ProblemCode::EnergyMissing, detail));
        }
        energy
    }

    fn interval(&mut self, energy: Option<Energy>) -> Option<(Energy, Energy)> {
        let faults_before = self.faults.len();
        let low = self.energy("energy_low_");
        let high = self.energy("energy_high_");
        if self.faults.len() > faults_before {
            return None;
        }
        match (low, high) {
            (None, None) => None,
            (Some(low), Some(high)) => {
                if energy.is_some_and(|energy| low > energy || energy > high) {
                    let detail = format!("the interval {low} to {high} does not contain the energy");
                    self.faults.push(Fault::new(self.pointer, ProblemCode::IntervalDisordered, detail));
                }
                Some((low, high))
            }
            _ => {
                let detail = "give energy_low_… and energy_high_…, or neither";
                self.faults.push(Fault::new(self.pointer, ProblemCode::IntervalIncomplete, detail));
                None
            }
        }
    }

    fn tokens(&mut self) -> Tokens {
        let tokens = Tokens {
            input: self.optional("input_tokens", parse_tokens),
            cached: self.optional("cached_tokens", parse_tokens),
            output: self.optional("output_tokens", parse_tokens),
            reasoning: self.optional("reasoning_tokens", parse_tokens),
        };
        for (part_field, part, whole_field, whole) in [
            ("cached_tokens", tokens.cached, "input_tokens", tokens.input),
            ("reasoning_tokens", tokens.reasoning, "output_tokens", tokens.output),
        ] {
            // A whole that is itself faulty was reported already.
            let whole_is_faulty = whole.is_none() && self.object.is_given(whole_field);
            if part.is_some_and(|part| part > whole.unwrap_or(-1)) && !whole_is_faulty {
                let detail = format!("{part_field} is a subset of {whole_field} and cannot exceed it");
                self.fault(part_field, ProblemCode::SubsetExceedsWhole, detail);
            }
        }
        tokens
    }

    fn steps(&mut self, energy: Option<Energy>) -> Vec<Step> {
        let Some(raw) = self.object.get("steps").filter(|value| value.get() != "null") else {
            return Vec::new();
        };
        let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(raw.get()) else {
            self.fault("steps", ProblemCode::WrongType, "steps is an array of objects");
            return Vec::new();
        };
        if elements.len() > MAX_STEPS {
            self.fault("steps", ProblemCode::OutOfRange, format!("a record has at most {MAX_STEPS} steps"));
            return Vec::new();
        }
        let pointer = child(self.pointer, "steps");
        let mut steps = Vec::with_capacity(elements.len());
        for (index, element) in elements.into_iter().enumerate() {
            match parse_step(element.get(), &format!("{pointer}/{index}")) {
                Ok(step) => steps.push(step),
                Err(faults) => self.faults.extend(faults),
            }
        }
        if energy.is_some_and(|energy| Step::sum(&steps) > energy.into()) {
            let detail = format!("the steps add up to {}, more than the task", Step::sum(&steps));
            self.fault("steps", ProblemCode::StepsExceedTask, detail);
        }
        steps
    }
}

fn parse_step(text: &str, pointer: &str) -> Result<Step, Vec<Fault>> {
    let object = Object::parse(text, pointer).map_err(|fault| vec![fault])?;
    let mut reader = Reader { object, pointer, faults: Vec::new() };
    reader.check_names(STEP_FIELDS);
    let kind = reader.word("kind", StepKind::CHOICES, StepKind::parse);
    let energy = reader.required_energy();
    match (kind, energy) {
        (Some(kind), Some(energy)) if reader.faults.is_empty() => Ok(Step { kind, energy }),
        _ => Err(reader.faults),
    }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
