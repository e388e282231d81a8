//! The fields of one record or window as they arrive, and a reader that collects every fault.
//!
//! A field is the text of its JSON, or a cell of a CSV row; numbers are read from that text and never
//! pass through a float.

use super::value::{
    ValueFault, number_fault, number_text, parse_instant, parse_name, parse_whole, shorten, text_of,
};
use crate::domain::group::GroupNames;
use crate::domain::names::{Name, Slug};
use crate::domain::problem::{Fault, ProblemCode, child};
use crate::domain::record::{EARLIEST_START_UNIX_S, KeySpace, MAX_CLOCK_SKEW, MAX_ID_BYTES, Tokens};
use crate::domain::terms::{Boundary, CountedFrom, EnergyTerms, Evidence, Place, TaskType};
use crate::units::{DecimalError, Energy};
use chrono::{DateTime, Utc};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use uuid::Uuid;

/// The names that an object may hold.
#[derive(Debug)]
pub struct Fields(pub &'static [&'static str]);

impl Fields {
    /// Where a name stands among them.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.0.iter().position(|known| *known == name)
    }
}

/// One field.
#[derive(Clone, Copy, Debug)]
pub enum Field<'a> {
    /// The text of a JSON value.
    Json(&'a str),
    /// A cell of a CSV row, without its quotes.
    Text(&'a str),
}

impl Field<'_> {
    /// `null` and an empty cell are the same as a missing field.
    fn is_given(self) -> bool {
        !matches!(self, Field::Json("null") | Field::Text(""))
    }
}

/// What does not change from record to record of a request.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    pub keys: KeySpace,
    pub now: DateTime<Utc>,
}

/// Where in the body a record stands: in an array, a line or a row, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// What holds the records: the whole body, or `/records`.
    pub root: &'static str,
    pub index: usize,
}

impl At {
    /// As a JSON pointer (RFC 6901).
    pub fn pointer(self) -> String {
        format!("{}/{}", self.root, self.index)
    }
}

/// An object whose fields were told apart by name.
#[derive(Debug)]
pub struct Object<'a> {
    fields: &'static Fields,
    values: Vec<Option<Field<'a>>>,
    /// Names that are not known or stand twice, shortened; at most [`MAX_STRAY`].
    stray: Vec<(String, ProblemCode)>,
    /// Stray names beyond.
    unread: usize,
}

/// Stray names that are listed.
const MAX_STRAY: usize = 40;

impl<'a> Object<'a> {
    fn new(fields: &'static Fields) -> Object<'a> {
        Object { fields, values: vec![None; fields.0.len()], stray: Vec::new(), unread: 0 }
    }

    /// Reads a JSON object. What is no object is a fault of its own.
    pub fn parse(text: &'a str, fields: &'static Fields) -> Result<Object<'a>, (ProblemCode, String)> {
        if !text.trim_start().starts_with('{') {
            // A line may also be no JSON at all, which is another mistake.
            return Err(match serde_json::from_str::<&RawValue>(text) {
                Ok(_) => (ProblemCode::NotAnObject, "must be an object".to_owned()),
                Err(error) => not_json(&error),
            });
        }
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let object = Members(fields).deserialize(&mut deserializer).map_err(|error| not_json(&error))?;
        deserializer.end().map_err(|error| not_json(&error))?;
        Ok(object)
    }

    /// A row of a table, by the place of each column among the fields.
    pub fn of_row(
        fields: &'static Fields,
        columns: &[Option<usize>],
        cells: impl Iterator<Item = &'a str>,
    ) -> Object<'a> {
        let mut object = Object::new(fields);
        for (column, cell) in columns.iter().zip(cells) {
            if let Some(index) = column {
                object.values[*index] = Some(Field::Text(cell));
            }
        }
        object
    }

    fn insert(&mut self, name: &str, value: &'a RawValue) {
        let code = match self.fields.index_of(name) {
            Some(index) if self.values[index].is_none() => {
                self.values[index] = Some(Field::Json(value.get()));
                return;
            }
            Some(_) => ProblemCode::DuplicateField,
            None => ProblemCode::UnknownField,
        };
        if self.stray.len() < MAX_STRAY {
            self.stray.push((shorten(name).to_owned(), code));
        } else {
            self.unread += 1;
        }
    }

    fn get(&self, field: &str) -> Option<Field<'a>> {
        let value = self.fields.index_of(field).and_then(|index| self.values[index]);
        value.filter(|value| value.is_given())
    }
}

fn not_json(error: &serde_json::Error) -> (ProblemCode, String) {
    let detail = if error.is_eof() {
        "the JSON ends early".to_owned()
    } else {
        format!("not JSON at column {}", error.column())
    };
    (ProblemCode::InvalidJson, detail)
}

/// A member's name, copied only where it holds escapes.
struct MemberName<'a>(Cow<'a, str>);

impl<'de> serde::Deserialize<'de> for MemberName<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<MemberName<'de>, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = MemberName<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<MemberName<'de>, E> {
                Ok(MemberName(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<MemberName<'de>, E> {
                Ok(MemberName(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(Text)
    }
}

struct Members(&'static Fields);

impl<'de> DeserializeSeed<'de> for Members {
    type Value = Object<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Object<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Members {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut object = Object::new(self.0);
        while object.unread == 0 {
            let Some(name) = map.next_key::<MemberName<'de>>()? else { return Ok(object) };
            object.insert(&name.0, map.next_value()?);
        }
        // A flood of names costs no more than its reading.
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            object.unread += 1;
        }
        Ok(object)
    }
}

/// Reads fields of one object and collects their faults.
pub(super) struct Reader<'a> {
    object: Object<'a>,
    at: At,
    /// The way from the record to this object, as the end of a pointer.
    path: String,
    pub faults: Vec<Fault>,
}

/// Reads an amount in one unit.
type ParseEnergy = fn(&str) -> Result<Energy, DecimalError>;

/// The words for a boundary in records and windows.
pub const BOUNDARY_CHOICES: &[&str] =
    &["accelerator", "server", "it", "facility", EnergyTerms::IT_OR_FACILITY];

/// The units of energy, as the ends of their fields' names.
const ENERGY_UNITS: [(&str, ParseEnergy); 3] =
    [("wh", Energy::parse_wh), ("kwh", Energy::parse_kwh), ("j", Energy::parse_joules)];

/// The fields of each amount of energy, in the order of the units.
const ENERGY_FIELDS: &[(&str, [&str; 3])] = &[
    ("energy", ["energy_wh", "energy_kwh", "energy_j"]),
    ("energy_low", ["energy_low_wh", "energy_low_kwh", "energy_low_j"]),
    ("energy_high", ["energy_high_wh", "energy_high_kwh", "energy_high_j"]),
];

impl<'a> Reader<'a> {
    /// A reader that has refused unknown names, and names that stand twice.
    pub fn new(mut object: Object<'a>, at: At, path: String) -> Reader<'a> {
        let stray = std::mem::take(&mut object.stray);
        let unread = object.unread;
        let mut reader = Reader { object, at, path, faults: Vec::new() };
        for (name, code) in stray {
            let what =
                if code == ProblemCode::DuplicateField { "stands twice" } else { "is not a field here" };
            reader.fault(&name, code, format!("'{name}' {what}"));
        }
        if unread > 0 {
            reader.fault_here(
                ProblemCode::UnknownField,
                format!("the object has {unread} unknown or repeated fields more"),
            );
        }
        reader
    }

    /// The pointer of the object itself.
    fn pointer(&self) -> String {
        format!("{}{}", self.at.pointer(), self.path)
    }

    /// The pointer's end of a field of this object, for an object within it.
    pub fn path_of(&self, field: &str) -> String {
        child(&self.path, field)
    }

    pub fn at(&self) -> At {
        self.at
    }

    pub fn fault(&mut self, field: &str, code: ProblemCode, detail: impl Into<String>) {
        self.faults.push(Fault::new(child(&self.pointer(), field), code, detail));
    }

    pub fn fault_here(&mut self, code: ProblemCode, detail: impl Into<String>) {
        self.faults.push(Fault::new(self.pointer(), code, detail));
    }

    pub fn field(&self, field: &str) -> Option<Field<'a>> {
        self.object.get(field)
    }

    /// A field that may be missing.
    pub fn optional<T>(
        &mut self,
        field: &str,
        read: impl FnOnce(Field<'a>) -> Result<T, ValueFault>,
    ) -> Option<T> {
        match read(self.object.get(field)?) {
            Ok(value) => Some(value),
            Err((code, detail)) => {
                self.fault(field, code, detail);
                None
            }
        }
    }

    pub fn required<T>(
        &mut self,
        field: &str,
        read: impl FnOnce(Field<'a>) -> Result<T, ValueFault>,
    ) -> Option<T> {
        if self.object.get(field).is_none() {
            self.fault(field, ProblemCode::MissingField, format!("'{field}' is required"));
            return None;
        }
        self.optional(field, read)
    }

    pub fn word<T>(
        &mut self,
        field: &str,
        choices: &[&str],
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        self.required(field, |value| parse_word(value, choices, parse))
    }

    /// The key of the record or window, from its `id`.
    pub fn key(&mut self, keys: KeySpace) -> Option<Uuid> {
        self.required("id", |value| {
            let raw_len = match value {
                Field::Json(text) | Field::Text(text) => text.len(),
            };
            // The length is looked at first, so that a huge id costs no copy.
            if raw_len > 6 * MAX_ID_BYTES + 2 {
                return Err((ProblemCode::InvalidId, format!("an id has at most {MAX_ID_BYTES} bytes")));
            }
            let id = text_of(value)?;
            if id.is_empty() || id.len() > MAX_ID_BYTES || id.chars().any(char::is_control) {
                let detail = format!("an id is 1 to {MAX_ID_BYTES} bytes of text without control characters");
                return Err((ProblemCode::InvalidId, detail));
            }
            Ok(keys.key(&id))
        })
    }

    /// The names under which it is counted; `terms` are read apart, because they hang on the energy.
    pub fn group_names(
        &mut self,
        counted_from: CountedFrom,
        terms: Option<EnergyTerms>,
    ) -> Option<GroupNames> {
        let service = self.required("service", |value| {
            Slug::parse(&text_of(value)?).map_err(|error| (ProblemCode::InvalidName, error.to_string()))
        });
        let model = self.required("model", parse_name);
        let site = self.required("site", parse_name);
        let task_type = self.word("task_type", TaskType::CHOICES, TaskType::parse);
        let accelerator: Option<Name> = self.optional("accelerator", parse_name);
        let place = self.optional("place", |value| parse_word(value, Place::CHOICES, Place::parse));
        Some(GroupNames {
            service: service?,
            model: model?,
            site: site?,
            task_type: task_type?,
            terms: terms?,
            accelerator,
            place,
            counted_from,
        })
    }

    /// What energy that is stated includes, and how it is known.
    pub fn energy_terms(&mut self) -> Option<EnergyTerms> {
        let boundary = self.word("boundary", BOUNDARY_CHOICES, |text| match text {
            EnergyTerms::IT_OR_FACILITY => Some(None),
            _ => Boundary::parse(text).map(Some),
        });
        let evidence = self.word("evidence", Evidence::CHOICES, Evidence::parse);
        match boundary? {
            Some(boundary) => Some(EnergyTerms::Stated(boundary, evidence?)),
            None => Some(EnergyTerms::PueUnknown(evidence?)),
        }
    }

    /// An instant between 2020 and now.
    pub fn instant(&mut self, field: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.required(field, |value| {
            let text = text_of(value)?;
            let instant = parse_instant(&text)?;
            if instant > now + MAX_CLOCK_SKEW {
                return Err((ProblemCode::TimeInFuture, format!("'{}' is later than now", shorten(&text))));
            }
            if instant.timestamp() < EARLIEST_START_UNIX_S {
                return Err((ProblemCode::TimeTooEarly, format!("'{}' is before 2020", shorten(&text))));
            }
            Ok(instant)
        })
    }

    /// Exactly one of the fields that begin so and end with a unit; `None` where there is none.
    pub fn energy(&mut self, beginning: &str) -> Option<Energy> {
        let (_, names) = ENERGY_FIELDS.iter().find(|(name, _)| *name == beginning)?;
        let mut given = names.iter().zip(ENERGY_UNITS).filter(|(name, _)| self.object.get(name).is_some());
        let (field, (_, parse)) = given.next()?;
        if let Some((other, _)) = given.next() {
            self.fault(other, ProblemCode::EnergyTwice, format!("{field} and {other} are both given"));
            return None;
        }
        self.optional(field, |value| parse(&number_text(value)?).map_err(number_fault))
    }

    pub fn required_energy(&mut self) -> Option<Energy> {
        let faults_before = self.faults.len();
        let energy = self.energy("energy");
        if energy.is_none() && self.faults.len() == faults_before {
            self.fault_here(
                ProblemCode::EnergyMissing,
                "send exactly one of energy_wh, energy_kwh and energy_j",
            );
        }
        energy
    }

    /// Token counts up to `most`; a part never exceeds its whole.
    pub fn tokens(&mut self, most: i64) -> Tokens {
        let tokens = Tokens {
            input: self.optional("input_tokens", |value| parse_whole(value, most)),
            cached: self.optional("cached_tokens", |value| parse_whole(value, most)),
            output: self.optional("output_tokens", |value| parse_whole(value, most)),
            reasoning: self.optional("reasoning_tokens", |value| parse_whole(value, most)),
        };
        for (part_field, part, whole_field, whole) in [
            ("cached_tokens", tokens.cached, "input_tokens", tokens.input),
            ("reasoning_tokens", tokens.reasoning, "output_tokens", tokens.output),
        ] {
            // A whole that is itself faulty was reported already.
            let whole_is_faulty = whole.is_none() && self.object.get(whole_field).is_some();
            if part.is_some_and(|part| part > whole.unwrap_or(-1)) && !whole_is_faulty {
                let detail = format!("{part_field} is a subset of {whole_field} and cannot exceed it");
                self.fault(part_field, ProblemCode::SubsetExceedsWhole, detail);
            }
        }
        tokens
    }
}

pub(super) fn parse_word<T>(
    value: Field<'_>,
    choices: &[&str],
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, ValueFault> {
    let word = text_of(value)?;
    parse(&word).ok_or_else(|| {
        (ProblemCode::UnknownWord, format!("'{}' is not one of {}", shorten(&word), choices.join(", ")))
    })
}
