//! The query of an address: every fault is told at once and names its parameter.

use super::problem::Problem;
use crate::domain::breakdown::KEY_COLUMNS;
use crate::domain::period::{Period, PeriodError, parse_end};
use crate::domain::problem::{Fault, ProblemCode, child};
use actix_web::HttpRequest;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::Datelike;
use form_urlencoded::Serializer;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Display;

/// Parameters that say which part of an answer is wanted and in what form, but not of what.
const OF_THE_PAGE: [&str; 3] = ["limit", "cursor", "format"];

/// The parameters of a request, and what is wrong with them.
#[derive(Debug)]
pub struct Query {
    path: String,
    values: BTreeMap<String, String>,
    faults: Vec<Fault>,
}

impl Query {
    /// Reads the query; parameters that are not known or stand twice are faults.
    pub fn read(request: &HttpRequest, known: &[&str]) -> Query {
        let mut query =
            Query { path: request.path().to_owned(), values: BTreeMap::new(), faults: Vec::new() };
        for (name, value) in form_urlencoded::parse(request.query_string().as_bytes()) {
            let name: String = name.chars().take(40).collect();
            if !known.contains(&name.as_str()) {
                let detail = format!("'{name}' is not a parameter; there are {}", known.join(", "));
                query.fault(&name, ProblemCode::UnknownField, detail);
            } else if query.values.insert(name.clone(), value.into_owned()).is_some() {
                query.fault(&name, ProblemCode::DuplicateField, format!("'{name}' stands twice"));
            }
        }
        query
    }

    /// Notes what is wrong with a parameter.
    pub fn fault(&mut self, name: &str, code: ProblemCode, detail: impl Into<String>) {
        self.faults.push(Fault::new(child("", name), code, detail));
    }

    /// Whether a parameter is there, whatever it holds.
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Reads a parameter that may be left out. `None` also where it is faulty, which is noted.
    pub fn optional<T, E: Display>(
        &mut self,
        name: &str,
        code: ProblemCode,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match parse(self.values.get(name)?) {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(name, code, format!("'{name}' {error}"));
                None
            }
        }
    }

    /// The same for a parameter that must be there.
    pub fn required<T, E: Display>(
        &mut self,
        name: &str,
        code: ProblemCode,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        if !self.values.contains_key(name) {
            self.fault(name, ProblemCode::MissingField, format!("'{name}' is required"));
        }
        self.optional(name, code, parse)
    }

    /// `from` and `to`, at most so many days apart.
    pub fn period(&mut self, most_days: i64) -> Option<Period> {
        let from = self.required("from", ProblemCode::PeriodInvalid, parse_end);
        let to = self.required("to", ProblemCode::PeriodInvalid, parse_end);
        match Period::of_at_most(most_days, from?, to?) {
            Ok(period) if (2000..=2200).contains(&period.from().year()) => Some(period),
            Ok(_) => {
                self.fault("from", ProblemCode::OutOfRange, "must lie between the years 2000 and 2200");
                None
            }
            Err(error) => {
                let pointer = if error == PeriodError::NotOnTheHour { "from" } else { "to" };
                self.fault(pointer, ProblemCode::PeriodInvalid, error.to_string());
                None
            }
        }
    }

    /// `limit`, from 1 to the most that is given at once.
    pub fn limit(&mut self, default: usize, most: usize) -> usize {
        let parse = |text: &str| {
            let limit = text.parse().ok().filter(|limit| (1..=most).contains(limit));
            limit.ok_or_else(|| format!("must be a whole number from 1 to {most}"))
        };
        self.optional("limit", ProblemCode::OutOfRange, parse).unwrap_or(default)
    }

    /// The parts of `cursor`, where it is one of [`Query::cursor_after`] for the same question.
    pub fn cursor<T>(&mut self, read: impl FnOnce(&[&str]) -> Option<T>) -> Option<T> {
        let digest = self.digest();
        let parse = |text: &str| {
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
            let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
            // The database takes no NUL in a text.
            let text = text.replace('\0', "");
            let parts: Vec<&str> = text.split('\n').take(KEY_COLUMNS + 3).collect();
            let known = parts.split_first().filter(|(first, _)| **first == digest);
            known.and_then(|(_, parts)| read(parts)).ok_or(
                "is none that was given for this question: send the one of the answer before, with the same \
                 other parameters, or none",
            )
        };
        self.optional("cursor", ProblemCode::InvalidCursor, parse)
    }

    /// A cursor that names a place within the answer to this question. Parts hold no line breaks.
    pub fn cursor_after<'a>(&self, parts: impl IntoIterator<Item = &'a str>) -> String {
        let mut text = self.digest();
        for part in parts {
            text.push('\n');
            text += part;
        }
        BASE64_URL_SAFE_NO_PAD.encode(text)
    }

    /// Names the question: everything but what is of the page.
    fn digest(&self) -> String {
        let mut digest = Sha256::new();
        for (name, value) in self.values.iter().filter(|(name, _)| !OF_THE_PAGE.contains(&name.as_str())) {
            for text in [name, value] {
                digest.update((text.len() as u64).to_be_bytes());
                digest.update(text);
            }
        }
        hex::encode(&digest.finalize()[..8])
    }

    /// The address of the page that a cursor begins.
    pub fn address_of(&self, cursor: &str) -> String {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(self.values.iter().filter(|(name, _)| *name != "cursor"));
        query.append_pair("cursor", cursor);
        format!("{}?{}", self.path, query.finish())
    }

    /// What was read, unless something is wrong.
    pub fn finish<T>(&mut self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.faults.is_empty() => Ok(value),
            _ => Err(Problem::invalid_fields(std::mem::take(&mut self.faults))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn query(text: &str) -> Query {
        let request = TestRequest::with_uri(&format!("/v1/totals{text}")).to_http_request();
        Query::read(&request, &["from", "to", "limit", "cursor", "service", "format"])
    }

    #[test]
    fn unknown_and_repeated_parameters_are_named() {
        let mut query = query("?page=2&limit=1&limit=2&a%2Fb=1");
        assert_eq!(query.limit(10, 100), 2);
        let pointers: Vec<_> = query.faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/page", "/limit", "/a~1b"]);
    }

    #[test]
    fn a_cursor_belongs_to_one_question_and_any_page_of_it() {
        let cursor = query("?service=chat&limit=5").cursor_after(["a", "", "b"]);
        let read = |text: &str| {
            let mut query = query(&format!("{text}&cursor={cursor}"));
            query.cursor(|parts| Some(parts.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>()))
        };
        assert_eq!(read("?limit=7&service=chat&format=csv").unwrap(), ["a", "", "b"]);
        assert_eq!(read("?service=other"), None);
        assert_eq!(query("?cursor=%21").cursor(|_| Some(())), None);
    }

    #[test]
    fn the_address_of_a_page_keeps_the_other_parameters() {
        let query = query("?service=a%26b&cursor=old&limit=3");
        assert_eq!(query.address_of("new"), "/v1/totals?limit=3&service=a%26b&cursor=new");
    }
}
