//! `application/x-ndjson`: one record or window a line, ended by LF or CRLF; the last line may lack its end.

use super::object::{At, Context};
use super::{BodyFault, Kind, Parsed, json};
use crate::domain::problem::{Fault, ProblemCode};
use std::io::{BufRead, Read};

/// Longest line; no record is nearly as long.
pub const MAX_LINE_BYTES: usize = 1024 * 1024;

/// Reads line by line; memory does not grow with the body.
pub struct Lines<R> {
    body: R,
    line: Vec<u8>,
    /// Number of the next line, counted from 0.
    next: usize,
    records: usize,
    /// Why the body cannot be read further; told after the lines that came before.
    broken: Option<BodyFault>,
}

impl<R: BufRead> Lines<R> {
    pub fn new(body: R) -> Lines<R> {
        Lines { body, line: Vec::new(), next: 0, records: 0, broken: None }
    }

    /// Up to `most` records, and whether the body ended with them. A line that is no JSON is the fault of
    /// that line alone. Empty lines are passed over, and counted in the pointers. Where the body breaks,
    /// the lines before that are a chunk, and the next call tells the fault.
    pub fn chunk<T>(
        &mut self,
        most: usize,
        kind: &Kind<T>,
        context: &Context,
    ) -> Result<(Vec<Parsed<T>>, bool), BodyFault> {
        if let Some(fault) = self.broken.take() {
            return Err(fault);
        }
        let mut parsed = Vec::new();
        while parsed.len() < most {
            let is_empty_so_far = self.records == 0;
            let (index, line) = match self.next_line() {
                Ok(Some(line)) => line,
                Ok(None) if is_empty_so_far => {
                    let detail = "the body holds nothing; send one JSON object a line".to_owned();
                    return Err(BodyFault { code: ProblemCode::InvalidJson, detail });
                }
                Ok(None) => return Ok((parsed, true)),
                Err(fault) if parsed.is_empty() => return Err(fault),
                Err(fault) => {
                    self.broken = Some(fault);
                    return Ok((parsed, false));
                }
            };
            if line.is_empty() {
                continue;
            }
            let at = At { root: "", index };
            parsed.push(match std::str::from_utf8(line) {
                Ok(text) => json::read_text(text, at, kind, context),
                Err(_) => {
                    Err(vec![Fault::new(at.pointer(), ProblemCode::InvalidJson, "the line is not UTF-8")])
                }
            });
            self.records += 1;
        }
        let has_ended = match self.body.fill_buf() {
            Ok(rest) => rest.is_empty(),
            Err(error) => {
                self.broken = Some(error.into());
                false
            }
        };
        Ok((parsed, has_ended))
    }

    /// The next line and its number, without its end.
    fn next_line(&mut self) -> Result<Option<(usize, &[u8])>, BodyFault> {
        self.line.clear();
        let limit = MAX_LINE_BYTES as u64 + 1;
        let read = self.body.by_ref().take(limit).read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(None);
        }
        if read > MAX_LINE_BYTES {
            let detail = format!("line {} is longer than {MAX_LINE_BYTES} bytes", self.next);
            return Err(BodyFault { code: ProblemCode::BodyTooLarge, detail });
        }
        let index = self.next;
        self.next += 1;
        let line = self.line.trim_ascii();
        // Some editors put a byte-order mark before the first line.
        let line = if index == 0 { line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line) } else { line };
        Ok(Some((index, line)))
    }
}
