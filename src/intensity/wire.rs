//! What the readers of sources share: numbers and times from their texts, never through a float.

use super::read_error::{Place, ReadError};
use super::step::Step;
use crate::units::{Decimal, DecimalError};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Longest part of a text of a source that a message repeats.
const MAX_SHOWN: usize = 60;

/// The beginning of a text, for messages.
pub(super) fn start_of(text: &str) -> String {
    let mut start: String =
        text.chars().take(MAX_SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(MAX_SHOWN).is_some() {
        start.push('…');
    }
    start
}

/// A decimal from its text.
pub(super) fn decimal(place: Place, text: &str) -> Result<Decimal, ReadError> {
    Decimal::parse(text).map_err(|error| {
        let has_comma =
            error == DecimalError::NotANumber && Decimal::parse(&text.replacen(',', ".", 1)).is_ok();
        let text = start_of(text);
        if has_comma {
            ReadError::DecimalComma { place, text }
        } else {
            ReadError::Value { place, text, error }
        }
    })
}

/// A number of an answer; `None` for null. A number in quotation marks is none.
pub(super) fn number(place: Place, raw: &RawValue) -> Result<Option<Decimal>, ReadError> {
    match raw.get() {
        "null" => Ok(None),
        text => decimal(place, text).map(Some),
    }
}

/// For a member that must be there and may be null: `None` where it is absent, `null` where it is null.
pub(super) fn present<'de, D: Deserializer<'de>>(value: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(value).map(Some)
}

/// An instant that names its offset.
pub(super) fn instant(place: Place, text: &str) -> Result<DateTime<Utc>, ReadError> {
    let instant = DateTime::parse_from_rfc3339(text).map_err(|_| ReadError::Time {
        place,
        text: start_of(text),
        expected: "a time with its offset, such as 2025-10-01T06:00:00Z",
    })?;
    Ok(instant.to_utc())
}

/// The end of the interval that begins here.
pub(super) fn end_of(place: Place, step: Step, from: DateTime<Utc>) -> Result<DateTime<Utc>, ReadError> {
    step.end(from).ok_or_else(|| ReadError::NotABeginning { place, from, step: step.name() })
}

/// Without the mark that some editors put in front of UTF-8.
pub(super) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Refuses what begins as a web page or XML does.
pub(super) fn not_a_page(bytes: &[u8]) -> Result<(), ReadError> {
    match bytes.trim_ascii_start().first() {
        Some(b'<') => Err(ReadError::Page { start: start_of_bytes(bytes) }),
        _ => Ok(()),
    }
}

/// The beginning of a file, for messages.
pub(super) fn start_of_bytes(bytes: &[u8]) -> String {
    let bytes = bytes.trim_ascii_start();
    // A character has at most four bytes, and one more shows that there is more.
    start_of(&String::from_utf8_lossy(&bytes[..bytes.len().min(4 * (MAX_SHOWN + 1))]))
}

/// Reads JSON, which is no web page.
pub(super) fn json<'a, T: Deserialize<'a>>(
    source_name: &'static str,
    bytes: &'a [u8],
) -> Result<T, ReadError> {
    let bytes = without_mark(bytes);
    not_a_page(bytes)?;
    serde_json::from_slice(bytes).map_err(|error| ReadError::Json { source_name, error })
}

/// What an answer says where it is an error of the service: its `error` or `message`.
pub(super) fn refusal(error: Option<&RawValue>, message: Option<&RawValue>) -> Option<ReadError> {
    let said = message.or(error).filter(|raw| raw.get() != "null")?;
    Some(ReadError::Refused(start_of(said.get())))
}
