//! A JSON object read field by field: every fault is collected, unknown and repeated fields are refused
//! by name, and numbers are read from their text, never through a float.

use super::BodyFault;
use super::object::Field;
use super::value::{number_fault, number_text, parse_instant, parse_name, shorten, text_of};
use crate::domain::names::{Name, Slug};
use crate::domain::period::{Days, parse_date};
use crate::domain::problem::{Fault, ProblemCode, child};
use crate::domain::record::EARLIEST_START_UNIX_S;
use crate::units::{Decimal, DecimalError};
use chrono::{DateTime, NaiveDate, Utc};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;

/// What is wrong with one value.
pub type ValueFault = (ProblemCode, String);

/// The fields of one object and the faults found so far.
#[derive(Debug)]
pub struct Fields<'a> {
    members: Vec<(String, &'a RawValue)>,
    faults: Vec<Fault>,
}

/// Members that are looked at; no object of ours has as many, so the rest are not known anyway.
const MAX_MEMBERS: usize = 64;

impl<'a> Fields<'a> {
    /// Reads a body that is one object with some of these fields.
    pub fn read(body: &'a [u8], known: &[&str]) -> Result<Fields<'a>, BodyFault> {
        let whole: &RawValue = serde_json::from_slice(body).map_err(|error| {
            let detail = format!("not JSON at line {}, column {}", error.line(), error.column());
            BodyFault { code: ProblemCode::InvalidJson, detail }
        })?;
        let Ok(Members { members, unread }) = serde_json::from_str(whole.get()) else {
            let detail = format!("send an object with the fields {}", known.join(", "));
            return Err(BodyFault { code: ProblemCode::WrongType, detail });
        };
        let mut fields = Fields { members, faults: Vec::new() };
        fields.check_names(known, unread);
        Ok(fields)
    }

    /// Refuses fields that are not known, and fields that stand twice.
    fn check_names(&mut self, known: &[&str], unread: usize) {
        for (index, (name, _)) in self.members.iter().enumerate() {
            let shown = shorten(name);
            let (code, detail) = if self.members[..index].iter().any(|(earlier, _)| earlier == name) {
                (ProblemCode::DuplicateField, format!("'{shown}' stands twice"))
            } else if !known.contains(&name.as_str()) {
                let detail = format!("'{shown}' is not a field; the fields are {}", known.join(", "));
                (ProblemCode::UnknownField, detail)
            } else {
                continue;
            };
            self.faults.push(Fault::new(child("", shown), code, detail));
        }
        if unread > 0 {
            let detail = format!("the object has {unread} fields too many");
            self.faults.push(Fault::new("", ProblemCode::UnknownField, detail));
        }
    }

    fn get(&self, field: &str) -> Option<&'a RawValue> {
        self.members.iter().find(|(name, _)| name == field).map(|(_, value)| *value)
    }

    /// Notes a fault of a field.
    pub fn fault(&mut self, field: &str, code: ProblemCode, detail: impl Into<String>) {
        self.faults.push(Fault::new(child("", field), code, detail));
    }

    /// Notes faults that were found in several fields together.
    pub fn faults(&mut self, faults: Vec<Fault>) {
        self.faults.extend(faults);
    }

    /// Whether something is wrong already.
    pub fn has_faults(&self) -> bool {
        !self.faults.is_empty()
    }

    /// A field that may be missing; `null` is the same as missing.
    pub fn optional<T>(
        &mut self,
        field: &str,
        read: impl FnOnce(&str) -> Result<T, ValueFault>,
    ) -> Option<T> {
        let value = self.get(field).filter(|value| value.get() != "null")?;
        match read(value.get()) {
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
        read: impl FnOnce(&str) -> Result<T, ValueFault>,
    ) -> Option<T> {
        if self.get(field).is_none_or(|value| value.get() == "null") {
            self.fault(field, ProblemCode::MissingField, format!("'{field}' is required"));
            return None;
        }
        self.optional(field, read)
    }

    /// Whether a field is there and not `null`, whatever it holds.
    pub fn has(&self, field: &str) -> bool {
        self.get(field).is_some_and(|value| value.get() != "null")
    }

    /// A list that may be missing: its values, and how many the list has. Each wrong value has a fault of its
    /// own and is not among the values; those beyond `most` are counted and not looked at.
    pub fn list<T>(
        &mut self,
        field: &str,
        most: usize,
        read: impl Fn(&str) -> Result<T, ValueFault>,
    ) -> Option<(Vec<T>, usize)> {
        let value = self.get(field).filter(|value| value.get() != "null")?;
        let Ok(elements) =
            Elements { most }.deserialize(&mut serde_json::Deserializer::from_str(value.get()))
        else {
            self.fault(field, ProblemCode::WrongType, "must be a list");
            return None;
        };
        let (elements, length) = elements;
        let mut values = Vec::with_capacity(elements.len());
        for (index, element) in elements.into_iter().enumerate() {
            match read(element.get()) {
                Ok(value) => values.push(value),
                Err((code, detail)) => {
                    let pointer = child(&child("", field), &index.to_string());
                    self.faults.push(Fault::new(pointer, code, detail));
                }
            }
        }
        Some((values, length))
    }

    /// A list of objects that may be missing, at most so many, each read field by field: faults point into it.
    pub fn objects<T>(
        &mut self,
        field: &str,
        most: usize,
        known: &[&str],
        read: impl Fn(&mut Fields<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let (elements, length) = self.list(field, most, |raw| Ok(raw.to_owned()))?;
        if length > most {
            self.fault(field, ProblemCode::OutOfRange, format!("must be a list of at most {most}"));
            return None;
        }
        let mut values = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            let pointer = child(&child("", field), &index.to_string());
            let mut fields = match Fields::read(element.as_bytes(), known) {
                Ok(fields) => fields,
                Err(fault) => {
                    self.faults.push(Fault::new(pointer, fault.code, fault.detail));
                    continue;
                }
            };
            let value = read(&mut fields);
            match fields.finish(value) {
                Ok(value) => values.push(value),
                Err(faults) => self.faults.extend(
                    faults
                        .into_iter()
                        .map(|fault| Fault { pointer: format!("{pointer}{}", fault.pointer), ..fault }),
                ),
            }
        }
        Some(values)
    }

    /// The required fields `from` and `to`: whole days.
    pub fn days(&mut self) -> Option<Days> {
        let (from, to) = (self.required("from", date), self.required("to", date));
        let (from, to) = (from?, to?);
        let days = Days::new(from, to);
        if days.is_none() {
            let detail = "'to' is the first day that is no longer inside, so it must be later than 'from'";
            self.fault("to", ProblemCode::DateInvalid, detail);
        }
        days
    }

    /// What was read, where nothing is wrong: every fault, or the value that all required fields make.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Vec<Fault>> {
        match value {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ => Err(self.faults),
        }
    }
}

/// The members of an object in their order.
struct Members<'a> {
    members: Vec<(String, &'a RawValue)>,
    /// Members beyond [`MAX_MEMBERS`], which were not looked at.
    unread: usize,
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Members<'de>, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while members.len() < MAX_MEMBERS {
                    match map.next_entry()? {
                        Some(member) => members.push(member),
                        None => return Ok(Members { members, unread: 0 }),
                    }
                }
                let mut unread = 0;
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    unread += 1;
                }
                Ok(Members { members, unread })
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// Reads the first elements of a list, and how many it has.
struct Elements {
    most: usize,
}

impl<'de> DeserializeSeed<'de> for Elements {
    type Value = (Vec<&'de RawValue>, usize);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Elements {
    type Value = (Vec<&'de RawValue>, usize);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut elements: Vec<&RawValue> = Vec::new();
        while elements.len() < self.most {
            let Some(element) = sequence.next_element()? else {
                let length = elements.len();
                return Ok((elements, length));
            };
            elements.push(element);
        }
        let mut length = elements.len();
        while sequence.next_element::<IgnoredAny>()?.is_some() {
            length += 1;
        }
        Ok((elements, length))
    }
}

/// A string.
pub fn string(raw: &str) -> Result<String, ValueFault> {
    text_of(Field::Json(raw)).map(Cow::into_owned)
}

/// A text of one line, of 1 to `max` characters.
pub fn line(raw: &str, max: usize) -> Result<String, ValueFault> {
    text(raw, max, |character| character.is_control())
}

/// A text of 1 to `max` characters that may have several lines.
pub fn prose(raw: &str, max: usize) -> Result<String, ValueFault> {
    text(raw, max, |character| character.is_control() && character != '\n')
}

fn text(raw: &str, max: usize, is_refused: fn(char) -> bool) -> Result<String, ValueFault> {
    let text = text_of(Field::Json(raw))?;
    let length = text.chars().take(max + 1).count();
    if text.trim().is_empty() || length > max || text.contains(is_refused) {
        let detail = format!("must be a text of 1 to {max} characters without control characters");
        return Err((ProblemCode::InvalidText, detail));
    }
    Ok(text.into_owned())
}

pub fn slug(raw: &str) -> Result<Slug, ValueFault> {
    Slug::parse(&text_of(Field::Json(raw))?).map_err(|error| (ProblemCode::InvalidName, error.to_string()))
}

pub fn name(raw: &str) -> Result<Name, ValueFault> {
    parse_name(Field::Json(raw))
}

/// An instant with its zone, not before 2020.
pub fn instant(raw: &str) -> Result<DateTime<Utc>, ValueFault> {
    let text = string(raw)?;
    let instant = parse_instant(&text)?;
    if instant.timestamp() < EARLIEST_START_UNIX_S {
        return Err((ProblemCode::TimeTooEarly, format!("'{}' is before 2020", shorten(&text))));
    }
    Ok(instant)
}

/// A date as `2025-10-01`.
pub fn date(raw: &str) -> Result<NaiveDate, ValueFault> {
    let text = text_of(Field::Json(raw))?;
    parse_date(&text).ok_or_else(|| {
        (ProblemCode::DateInvalid, format!("'{}' is not a date such as 2025-10-01", shorten(&text)))
    })
}

/// A word of a closed vocabulary.
pub fn word<T>(raw: &str, choices: &[&str], parse: impl FnOnce(&str) -> Option<T>) -> Result<T, ValueFault> {
    let word = text_of(Field::Json(raw))?;
    parse(&word).ok_or_else(|| {
        let detail = format!("'{}' is not one of {}", shorten(&word), choices.join(", "));
        (ProblemCode::UnknownWord, detail)
    })
}

/// `true` or `false`.
pub fn boolean(raw: &str) -> Result<bool, ValueFault> {
    raw.parse().map_err(|_| (ProblemCode::WrongType, "must be true or false".to_owned()))
}

/// A whole number within bounds.
pub fn whole(raw: &str, range: RangeInclusive<i64>) -> Result<i64, ValueFault> {
    let number = number(raw, |text| Decimal::parse(text)?.to_scaled(0))?;
    i64::try_from(number).ok().filter(|number| range.contains(number)).ok_or_else(|| {
        let detail = format!("must be a whole number from {} to {}", range.start(), range.end());
        (ProblemCode::OutOfRange, detail)
    })
}

/// A number as a unit reads it from its digits.
pub fn number<T>(raw: &str, parse: impl FnOnce(&str) -> Result<T, DecimalError>) -> Result<T, ValueFault> {
    parse(&number_text(Field::Json(raw))?).map_err(number_fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(faults: &[Fault]) -> Vec<(&str, &str)> {
        faults.iter().map(|fault| (fault.pointer.as_str(), fault.code.as_str())).collect()
    }

    #[test]
    fn every_wrong_field_has_its_fault_and_all_are_told_together() {
        let body = br#"{"a": 1, "b": "", "c": 1.5, "b": 2, "d/e": 0, "g": null}"#;
        let mut fields = Fields::read(body, &["a", "b", "c", "f", "g"]).unwrap();
        assert_eq!(fields.optional("a", |raw| line(raw, 3)), None);
        assert_eq!(fields.optional("b", |raw| line(raw, 3)), None);
        assert_eq!(fields.optional("c", |raw| whole(raw, 0..=9)), None);
        assert_eq!(fields.required("f", name), None);
        assert_eq!(fields.required("g", name), None);
        let faults = fields.finish(Some(())).unwrap_err();
        assert_eq!(
            codes(&faults),
            [
                ("/b", "duplicate-field"),
                ("/d~1e", "unknown-field"),
                ("/a", "wrong-type"),
                ("/b", "invalid-text"),
                ("/c", "too-many-decimals"),
                ("/f", "missing-field"),
                ("/g", "missing-field"),
            ]
        );
    }

    #[test]
    fn a_body_that_is_no_object_is_refused_as_a_whole() {
        let code = |body: &[u8]| Fields::read(body, &["a"]).unwrap_err().code;
        assert_eq!(code(b"[1]"), ProblemCode::WrongType);
        assert_eq!(code(b"{\"a\": 1"), ProblemCode::InvalidJson);
        assert_eq!(code(b"{\"a\": \"\xff\"}"), ProblemCode::InvalidJson);
        assert_eq!(code(b""), ProblemCode::InvalidJson);
    }

    #[test]
    fn a_thousand_fields_are_not_told_one_by_one() {
        let many: Vec<String> = (0..1000).map(|number| format!("\"x{number}\": 0")).collect();
        let body = format!("{{{}}}", many.join(","));
        let faults = Fields::read(body.as_bytes(), &["a"]).unwrap().finish(Some(())).unwrap_err();
        assert_eq!(faults.len(), MAX_MEMBERS + 1);
        assert!(faults[MAX_MEMBERS].detail.contains("936"));
    }

    #[test]
    fn each_wrong_value_of_a_list_has_its_fault_and_those_beyond_the_most_are_counted() {
        let body = br#"{"a": [1, "2", 1.5, null, [3]], "b": 7, "c": null, "d": []}"#;
        let mut fields = Fields::read(body, &["a", "b", "c", "d"]).unwrap();
        let mut list = |name, most| fields.list(name, most, |raw| whole(raw, 0..=9));
        assert_eq!(list("a", 2), Some((vec![1, 2], 5)));
        assert_eq!(list("a", 5), Some((vec![1, 2], 5)));
        assert_eq!(list("b", 5), None);
        assert_eq!(list("c", 5), None);
        assert_eq!(list("d", 5), Some((vec![], 0)));
        assert!(fields.has("d") && !fields.has("c") && !fields.has("e"));
        assert_eq!(
            codes(&fields.finish(Some(())).unwrap_err()),
            [
                ("/a/2", "too-many-decimals"),
                ("/a/3", "wrong-type"),
                ("/a/4", "wrong-type"),
                ("/b", "wrong-type")
            ]
        );
    }

    #[test]
    fn faults_of_objects_in_a_list_point_into_it() {
        let body = br#"{"a": [{"n": 1}, {"n": "x", "m": 2}, [], {}], "b": [{}, {}]}"#;
        let mut fields = Fields::read(body, &["a", "b"]).unwrap();
        let read = |fields: &mut Fields<'_>| fields.required("n", |raw| whole(raw, 0..=9));
        assert_eq!(fields.objects("a", 4, &["n"], read), Some(vec![1]));
        assert_eq!(fields.objects("b", 1, &["n"], read), None);
        assert_eq!(
            codes(&fields.finish(Some(())).unwrap_err()),
            [
                ("/a/1/m", "unknown-field"),
                ("/a/1/n", "not-a-number"),
                ("/a/2", "wrong-type"),
                ("/a/3/n", "missing-field"),
                ("/b", "out-of-range"),
            ]
        );
    }

    #[test]
    fn numbers_are_read_from_their_text() {
        assert_eq!(whole("\"12\"", 0..=20), Ok(12));
        assert_eq!(whole("1.2e1", 0..=20), Ok(12));
        assert_eq!(whole("9007199254740993", 0..=i64::MAX), Ok(9_007_199_254_740_993));
        assert_eq!(whole("21", 0..=20).unwrap_err().0, ProblemCode::OutOfRange);
        assert_eq!(whole("true", 0..=20).unwrap_err().0, ProblemCode::WrongType);
        assert_eq!(whole("\"abc\"", 0..=20).unwrap_err().0, ProblemCode::NotANumber);
    }

    #[test]
    fn a_boolean_is_none_of_the_other_words() {
        assert_eq!((boolean("true"), boolean("false")), (Ok(true), Ok(false)));
        for bad in ["\"true\"", "1", "null", "True"] {
            assert_eq!(boolean(bad).unwrap_err().0, ProblemCode::WrongType, "{bad}");
        }
    }

    #[test]
    fn a_text_is_neither_blank_nor_steers_a_terminal() {
        assert_eq!(line("\"Chat\"", 4), Ok("Chat".to_owned()));
        for bad in ["\"\"", "\"  \"", "\"Chats\"", "\"a\\nb\"", "\"a\\u0000\"", "\"\\u001b[2J\""] {
            assert_eq!(line(bad, 4).unwrap_err().0, ProblemCode::InvalidText, "{bad}");
        }
        assert_eq!(prose("\"a\\nb\"", 4), Ok("a\nb".to_owned()));
    }
}
