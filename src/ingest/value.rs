//! Single values of a record, read from the text of their JSON or of their cell.

use super::object::Field;
use crate::domain::names::Name;
use crate::domain::problem::ProblemCode;
use crate::domain::record::MAX_DURATION_US;
use crate::units::{Decimal, DecimalError, Span};
use chrono::{DateTime, NaiveDateTime, SubsecRound, Utc};
use std::borrow::Cow;

/// What is wrong with one value.
pub(super) type ValueFault = (ProblemCode, String);

pub(super) fn text_of(value: Field<'_>) -> Result<Cow<'_, str>, ValueFault> {
    let raw = match value {
        Field::Text(text) => return Ok(Cow::Borrowed(text)),
        Field::Json(raw) => raw,
    };
    // Most strings hold no escape and are what stands between the quotes.
    if let Some(inner) = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'))
        && !inner.contains('\\')
    {
        return Ok(Cow::Borrowed(inner));
    }
    serde_json::from_str(raw)
        .map(Cow::Owned)
        .map_err(|_| (ProblemCode::WrongType, "must be a string".to_owned()))
}

/// The digits of a JSON number, or of a string or cell that holds one.
pub(super) fn number_text(value: Field<'_>) -> Result<Cow<'_, str>, ValueFault> {
    match value {
        Field::Json(raw) if matches!(raw.as_bytes().first(), Some(b'-' | b'0'..=b'9')) => {
            Ok(Cow::Borrowed(raw))
        }
        Field::Json(raw) if !raw.starts_with('"') => {
            Err((ProblemCode::WrongType, "must be a number, or a string that holds one".to_owned()))
        }
        _ => text_of(value),
    }
}

pub(super) fn number_fault(error: DecimalError) -> ValueFault {
    let code = match error {
        DecimalError::NotANumber => ProblemCode::NotANumber,
        DecimalError::TooManyDecimals { .. } => ProblemCode::TooManyDecimals,
        DecimalError::OutOfRange => ProblemCode::OutOfRange,
    };
    (code, error.to_string())
}

pub(super) fn parse_name(value: Field<'_>) -> Result<Name, ValueFault> {
    Name::parse(&text_of(value)?).map_err(|error| (ProblemCode::InvalidName, error.to_string()))
}

/// `true` or `false`.
pub(super) fn parse_boolean(value: Field<'_>) -> Result<bool, ValueFault> {
    let (Field::Json(text) | Field::Text(text)) = value;
    text.parse().map_err(|_| (ProblemCode::WrongType, "must be true or false".to_owned()))
}

/// A whole number from 0 to `most`.
pub(super) fn parse_whole(value: Field<'_>, most: i64) -> Result<i64, ValueFault> {
    let count =
        Decimal::parse(&number_text(value)?).and_then(|number| number.to_scaled(0)).map_err(number_fault)?;
    i64::try_from(count)
        .ok()
        .filter(|count| (0..=most).contains(count))
        .ok_or_else(|| (ProblemCode::OutOfRange, format!("must be a whole number from 0 to {most}")))
}

pub(super) fn parse_duration(value: Field<'_>) -> Result<Span, ValueFault> {
    let span = Span::parse_milliseconds(&number_text(value)?).map_err(number_fault)?;
    if span.microseconds() > MAX_DURATION_US {
        return Err((ProblemCode::OutOfRange, "a task lasts at most a week".to_owned()));
    }
    Ok(span)
}

/// Seconds with at most 6 decimals, up to `most_us` microseconds.
pub(super) fn parse_seconds(value: Field<'_>, most_us: i64) -> Result<Span, ValueFault> {
    let span = Span::parse_seconds(&number_text(value)?).map_err(number_fault)?;
    if span.microseconds() > most_us {
        let detail = format!("must be at most {} seconds", most_us / 1_000_000);
        return Err((ProblemCode::OutOfRange, detail));
    }
    Ok(span)
}

/// An instant with its zone. Postgres keeps microseconds; further digits are cut, not rounded, so that
/// a task never moves into the next hour.
pub(super) fn parse_instant(text: &str) -> Result<DateTime<Utc>, ValueFault> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        // A leap second is 1,000 ms and more in chrono and the next second in Postgres: one instant
        // under two keys.
        if instant.timestamp_subsec_nanos() >= 1_000_000_000 {
            let detail = format!("'{}' is a leap second; send the second before or after it", shorten(text));
            return Err((ProblemCode::TimeInvalid, detail));
        }
        return Ok(instant.to_utc().trunc_subsecs(6));
    }
    let local = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"];
    if local.iter().any(|format| NaiveDateTime::parse_from_str(text, format).is_ok()) {
        let detail = format!("'{}' has no zone; add Z for UTC or an offset", shorten(text));
        return Err((ProblemCode::TimeWithoutZone, detail));
    }
    let detail = format!("'{}' is not an RFC 3339 time such as 2025-10-01T12:00:00Z", shorten(text));
    Err((ProblemCode::TimeInvalid, detail))
}

/// The beginning of a text, so that an answer does not repeat a huge one.
pub(super) fn shorten(text: &str) -> &str {
    let end = text.char_indices().nth(40).map_or(text.len(), |(index, _)| index);
    &text[..end]
}
