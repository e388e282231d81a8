//! `application/x-ndjson`: one record a line, ended by LF or CRLF; the last line may lack its end.

use super::{Batch, BodyFault, MAX_RECORDS, json, wire};
use crate::domain::names::Slug;
use crate::domain::problem::{Fault, ProblemCode};
use chrono::{DateTime, Utc};

/// Reads a body line by line. A line that is no JSON is the fault of that line alone. Empty lines are
/// passed over, and counted in the pointers.
pub fn parse(body: &[u8], provider: &Slug, now: DateTime<Utc>) -> Result<Batch, BodyFault> {
    // Some editors put a byte-order mark before the first line.
    let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body);
    let mut batch = Batch::default();
    let mut records = 0;
    for (index, line) in body.split(|byte| *byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        records += 1;
        if records > MAX_RECORDS {
            return Err(json::too_many());
        }
        let pointer = format!("/{index}");
        batch.push(match std::str::from_utf8(line) {
            Ok(text) => wire::parse(text, pointer, provider, now),
            Err(_) => Err(vec![Fault::new(pointer, ProblemCode::InvalidJson, "the line is not UTF-8")]),
        });
    }
    if records == 0 {
        return Err(BodyFault {
            code: ProblemCode::InvalidJson,
            detail: "the body holds no record; send one JSON object a line".to_owned(),
        });
    }
    Ok(batch)
}
