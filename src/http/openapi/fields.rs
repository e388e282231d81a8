//! Schemas of the fields that are sent: each says what the parser of the same kind of value takes.

use super::vocabulary::reference;
use crate::domain::names::{Name, Slug};
use crate::domain::record::MAX_ID_BYTES;
use std::ops::RangeInclusive;
use utoipa::ToSchema;
use utoipa::openapi::schema::{
    ArrayBuilder, KnownFormat, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, Type,
};
use utoipa::openapi::{Ref, RefOr};

/// Control characters, as a part of a class.
const CONTROL: &str = r"\u0000-\u001f\u007f-\u009f";

/// What a field may hold: one of some schemas, and what it means.
pub(super) struct Value {
    alternatives: Vec<RefOr<Schema>>,
    meaning: String,
}

/// A field of an object that is sent.
pub(super) struct Field {
    pub name: &'static str,
    pub is_required: bool,
    pub schema: RefOr<Schema>,
}

impl Field {
    /// The same field where it may be left out; `null` is none.
    pub fn or_missing(mut self) -> Field {
        self.is_required = false;
        self
    }
}

pub(super) fn required(name: &'static str, value: Value) -> Field {
    Field { name, is_required: true, schema: value.schema() }
}

/// A field that may be missing; `null` is the same as missing.
pub(super) fn optional(name: &'static str, mut value: Value) -> Field {
    value.alternatives.push(ObjectBuilder::new().schema_type(Type::Null).into());
    Field { name, is_required: false, schema: value.schema() }
}

impl Value {
    /// Any text.
    pub fn text(meaning: &str) -> Value {
        Value::one(string(), meaning)
    }

    fn one(schema: impl Into<RefOr<Schema>>, meaning: &str) -> Value {
        Value { alternatives: vec![schema.into()], meaning: meaning.to_owned() }
    }

    pub fn schema(mut self) -> RefOr<Schema> {
        if self.alternatives.len() > 1 {
            let schema = OneOfBuilder::new().description(Some(self.meaning));
            return self.alternatives.into_iter().fold(schema, OneOfBuilder::item).into();
        }
        match self.alternatives.pop() {
            Some(RefOr::Ref(mut reference)) => {
                reference.description = self.meaning;
                RefOr::Ref(reference)
            }
            Some(RefOr::T(Schema::Object(mut object))) => {
                object.description = Some(self.meaning);
                RefOr::T(Schema::Object(object))
            }
            Some(RefOr::T(Schema::Array(mut array))) => {
                array.description = Some(self.meaning);
                RefOr::T(Schema::Array(array))
            }
            other => other.unwrap_or_else(|| ObjectBuilder::new().into()),
        }
    }
}

fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn format(format: KnownFormat) -> ObjectBuilder {
    string().format(Some(SchemaFormat::KnownFormat(format)))
}

/// The id of a record or window.
pub(super) fn id(meaning: &str) -> Value {
    let schema = string().min_length(Some(1)).max_length(Some(MAX_ID_BYTES));
    Value::one(schema.pattern(Some(format!("^[^{CONTROL}]+$"))), meaning)
}

pub(super) fn slug(meaning: &str) -> Value {
    let schema = string().min_length(Some(1)).max_length(Some(Slug::MAX_BYTES));
    Value::one(schema.pattern(Some(Slug::PATTERN)), meaning)
}

pub(super) fn name(meaning: &str) -> Value {
    let schema = string().min_length(Some(1)).max_length(Some(Name::MAX_BYTES));
    Value::one(schema.pattern(Some(Name::PATTERN)), meaning)
}

/// A text of one line.
pub(super) fn line(most: usize, meaning: &str) -> Value {
    let plain = format!("[^{CONTROL}]");
    let schema = string().min_length(Some(1)).max_length(Some(most));
    Value::one(schema.pattern(Some(format!(r"^{plain}*[^\s{CONTROL}]{plain}*$"))), meaning)
}

/// A text that may have several lines.
pub(super) fn prose(most: usize, meaning: &str) -> Value {
    let plain = format!(r"(?:\n|[^{CONTROL}])");
    let schema = string().min_length(Some(1)).max_length(Some(most));
    Value::one(schema.pattern(Some(format!(r"^{plain}*[^\s{CONTROL}]{plain}*$"))), meaning)
}

/// A word of a vocabulary.
pub(super) fn word<T: ToSchema>(meaning: &str) -> Value {
    Value::one(reference::<T>(), meaning)
}

pub(super) fn instant(meaning: &str) -> Value {
    Value::one(format(KnownFormat::DateTime), meaning)
}

pub(super) fn date(meaning: &str) -> Value {
    Value::one(format(KnownFormat::Date), meaning)
}

/// A month of a year with four digits.
pub(super) fn month(meaning: &str) -> Value {
    Value::one(string().pattern(Some("^[0-9]{4}-(0[1-9]|1[0-2])$")), meaning)
}

pub(super) fn boolean(meaning: &str) -> Value {
    Value::one(ObjectBuilder::new().schema_type(Type::Boolean), meaning)
}

/// One end of a period.
pub(super) fn end(meaning: &str) -> Value {
    pattern(
        r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:00:00(\.0+)?(Z|[+-][0-9]{2}:[0-9]{2}))?$",
        &format!("{meaning} A date (its beginning in UTC), or an instant on the hour with its zone."),
    )
}

/// A string of a pattern.
pub(super) fn pattern(pattern: &str, meaning: &str) -> Value {
    Value::one(string().pattern(Some(pattern)), meaning)
}

/// A string that is one of some words of this place alone.
pub(super) fn choice(choices: &[&str], meaning: &str) -> Value {
    Value::one(string().enum_values(Some(choices.iter().copied())), meaning)
}

/// A whole number as a JSON number.
pub(super) fn integer(range: RangeInclusive<i64>, meaning: &str) -> Value {
    let schema = ObjectBuilder::new().schema_type(Type::Integer);
    Value::one(schema.minimum(Some(*range.start())).maximum(Some(*range.end())), meaning)
}

/// A whole number: a JSON number, or its digits as a string.
pub(super) fn whole(range: RangeInclusive<i64>, meaning: &str) -> Value {
    let text = string().pattern(Some(digits(&range)));
    let mut value = integer(range, meaning);
    value.alternatives.push(text.into());
    value
}

/// An exact decimal from 0 to `most`, or with no such bound: a JSON number, or its digits as a string.
pub(super) fn decimal(most: Option<i64>, decimals: u32, meaning: &str) -> Value {
    let number = ObjectBuilder::new().schema_type(Type::Number).minimum(Some(0)).maximum(most);
    let text = string().pattern(Some(format!(r"^(0|[1-9][0-9]{{0,37}})(\.[0-9]{{1,{decimals}}})?$")));
    let meaning = format!("{meaning} At most {decimals} decimals.");
    Value { alternatives: vec![number.into(), text.into()], meaning }
}

/// A list of exact decimals, each as [`decimal`] takes it.
pub(super) fn decimals(most: usize, most_of_one: Option<i64>, places: u32, meaning: &str) -> Value {
    let one = decimal(most_of_one, places, "One of them.");
    let list = ArrayBuilder::new().items(one.schema()).min_items(Some(1)).max_items(Some(most));
    Value::one(list, meaning)
}

/// A list of whole numbers, each as [`whole`] takes it.
pub(super) fn wholes(most: usize, range: RangeInclusive<i64>, meaning: &str) -> Value {
    let one = whole(range, "One of them.");
    let list = ArrayBuilder::new().items(one.schema()).min_items(Some(1)).max_items(Some(most));
    Value::one(list, meaning)
}

/// A list of names.
pub(super) fn names(most: usize, meaning: &str) -> Value {
    let list =
        ArrayBuilder::new().items(name("One of them.").schema()).min_items(Some(1)).max_items(Some(most));
    Value::one(list, meaning)
}

/// A list of objects.
pub(super) fn list(of: &str, most: usize, meaning: &str) -> Value {
    Value::one(array(of, most), meaning)
}

/// The schema of a list of objects of one name.
pub(super) fn array(of: &str, most: usize) -> ArrayBuilder {
    ArrayBuilder::new().items(Ref::from_schema_name(of)).max_items(Some(most))
}

/// A pattern of the digits of exactly the whole numbers within a range from 0 or 1.
fn digits(range: &RangeInclusive<i64>) -> String {
    let most = range.end().to_string();
    let mut parts = Vec::new();
    if *range.start() == 0 {
        parts.push("0".to_owned());
    }
    if most.len() > 1 {
        parts.push(format!("[1-9][0-9]{{0,{}}}", most.len() - 2));
    }
    // As many digits as the largest: the same up to some place, less there, anything behind.
    for (place, digit) in most.char_indices() {
        let least = if place == 0 { '1' } else { '0' };
        if digit > least {
            let below = char::from(digit as u8 - 1);
            let rest = most.len() - place - 1;
            parts.push(format!("{}[{least}-{below}][0-9]{{{rest}}}", &most[..place]));
        }
    }
    parts.push(most);
    format!("^({})$", parts.join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_the_range() {
        assert_eq!(digits(&(0..=1000)), "^(0|[1-9][0-9]{0,2}|1000)$");
        assert_eq!(digits(&(1..=64)), "^([1-9][0-9]{0,0}|[1-5][0-9]{1}|6[0-3][0-9]{0}|64)$");
        assert_eq!(digits(&(0..=7)), "^(0|[1-6][0-9]{0}|7)$");
    }

    #[test]
    fn patterns_of_names_hold_their_lengths() {
        assert!(Slug::PATTERN.contains(&format!("{{0,{}}}", Slug::MAX_BYTES - 1)));
        assert!(Name::PATTERN.contains(&format!("{{0,{}}}", Name::MAX_BYTES - 1)));
    }
}
