//! `application/json`: an array of records, or an object `{"records": […]}`.

use super::{Batch, BodyFault, MAX_RECORDS, wire};
use crate::domain::names::Slug;
use crate::domain::problem::ProblemCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    #[serde(borrow)]
    records: Vec<&'a RawValue>,
}

/// Reads a body. Faults of records are collected; a body that is no JSON is refused as a whole.
pub fn parse(body: &[u8], provider: &Slug, now: DateTime<Utc>) -> Result<Batch, BodyFault> {
    let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
    let parsed: Result<(Vec<&RawValue>, &str), serde_json::Error> = match first {
        Some(b'{') => serde_json::from_slice(body).map(|envelope: Envelope| (envelope.records, "/records")),
        _ => serde_json::from_slice(body).map(|records| (records, "")),
    };
    let (records, root) = parsed.map_err(|error| not_json(body, &error))?;
    if records.len() > MAX_RECORDS {
        return Err(too_many());
    }
    let mut batch = Batch::default();
    for (index, record) in records.into_iter().enumerate() {
        batch.push(wire::parse(record.get(), format!("{root}/{index}"), provider, now));
    }
    Ok(batch)
}

fn not_json(body: &[u8], error: &serde_json::Error) -> BodyFault {
    let detail = match error.classify() {
        serde_json::error::Category::Eof if body.iter().all(u8::is_ascii_whitespace) => {
            "the body is empty; send an array of records or {\"records\": […]}".to_owned()
        }
        serde_json::error::Category::Eof => format!("the body ends early, at line {}", error.line()),
        serde_json::error::Category::Data => {
            "send an array of records, or an object with the one field \"records\" that holds one".to_owned()
        }
        _ => format!("not JSON at line {}, column {}", error.line(), error.column()),
    };
    let code = if error.is_data() { ProblemCode::WrongType } else { ProblemCode::InvalidJson };
    BodyFault { code, detail }
}

pub(super) fn too_many() -> BodyFault {
    BodyFault {
        code: ProblemCode::TooManyRecords,
        detail: format!("a request holds at most {MAX_RECORDS} records"),
    }
}
