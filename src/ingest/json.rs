//! `application/json`: an array of records or windows, or an object that holds one under their name. It is
//! read whole, because a body that is no JSON is refused as a whole.

use super::object::At;
use super::{BodyFault, Kind, MAX_RECORDS, Parsed};
use crate::domain::problem::{Fault, ProblemCode};
use crate::ingest::object::{Context, Object};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Records<'a> {
    #[serde(borrow)]
    records: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Windows<'a> {
    #[serde(borrow)]
    windows: Vec<&'a RawValue>,
}

/// Reads a body. Faults of single records are collected.
pub fn parse<T>(body: &[u8], kind: &Kind<T>, context: &Context) -> Result<Vec<Parsed<T>>, BodyFault> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    let parsed: Result<(Vec<&RawValue>, &'static str), serde_json::Error> = match (first, kind.name) {
        (Some(b'{'), "windows") => {
            serde_json::from_slice(body).map(|envelope: Windows| (envelope.windows, "/windows"))
        }
        (Some(b'{'), _) => {
            serde_json::from_slice(body).map(|envelope: Records| (envelope.records, "/records"))
        }
        _ => serde_json::from_slice(body).map(|records| (records, "")),
    };
    let (elements, root) = parsed.map_err(|error| not_json(body, kind.name, &error))?;
    if elements.len() > MAX_RECORDS {
        return Err(BodyFault {
            code: ProblemCode::TooManyRecords,
            detail: format!("a JSON body holds at most {MAX_RECORDS}; NDJSON and CSV may hold any number"),
        });
    }
    let parsed = elements.into_iter().enumerate().map(|(index, element)| {
        let at = At { root, index };
        read_text(element.get(), at, kind, context)
    });
    Ok(parsed.collect())
}

/// Reads one record or window from the text of its object.
pub(super) fn read_text<T>(text: &str, at: At, kind: &Kind<T>, context: &Context) -> Parsed<T> {
    match Object::parse(text, kind.fields) {
        Ok(object) => (kind.read)(object, at, context),
        Err((code, detail)) => Err(vec![Fault::new(at.pointer(), code, detail)]),
    }
}

fn not_json(body: &[u8], name: &str, error: &serde_json::Error) -> BodyFault {
    let detail = match error.classify() {
        serde_json::error::Category::Eof if body.iter().all(u8::is_ascii_whitespace) => {
            format!("the body is empty; send an array of {name} or {{\"{name}\": […]}}")
        }
        serde_json::error::Category::Eof => format!("the body ends early, at line {}", error.line()),
        serde_json::error::Category::Data => {
            format!("send an array of {name}, or an object with the one field \"{name}\" that holds one")
        }
        _ => format!("not JSON at line {}, column {}", error.line(), error.column()),
    };
    let code = if error.is_data() { ProblemCode::WrongType } else { ProblemCode::InvalidJson };
    BodyFault { code, detail }
}
