//! From a body to stored records. One file per wire format reads a body into drafts and faults, chunk by
//! chunk; what is left is the same for all: names are resolved to groups, the writer stores, and every
//! record gets its answer (`intake`).

pub mod batches;
pub mod csv;
pub mod digest;
pub mod fields;
pub mod intake;
pub mod json;
pub mod ndjson;
pub mod object;
pub mod record;
pub mod resolve;
pub mod value;
pub mod window;
pub mod writer;

use crate::domain::group::GroupNames;
use crate::domain::problem::{Fault, ProblemCode};
use crate::domain::record::{MAX_ACCELERATOR_US, MAX_DURATION_US, MAX_TOKENS, Record};
use crate::domain::window::{MAX_WINDOW_TASKS, MAX_WINDOW_TOKENS, Window};
use object::{At, Context, Fields, Object};
use std::io::{self, BufRead};

/// Most records in a JSON body, and in a request that is stored whole or not at all.
pub const MAX_RECORDS: usize = 20_000;
/// Records that are read and stored together.
pub const CHUNK_RECORDS: usize = 5_000;

/// Most records or windows of one transaction: a batch that is not quite full takes one more request.
const MAX_TOGETHER: i64 = (MAX_RECORDS + CHUNK_RECORDS) as i64;

// What one transaction adds to a total is summed up in 64 bits.
const _: () = {
    let largest = [MAX_ACCELERATOR_US, MAX_DURATION_US, MAX_TOKENS, MAX_WINDOW_TOKENS, MAX_WINDOW_TASKS * 3];
    let mut index = 0;
    while index < largest.len() {
        assert!(largest[index].checked_mul(MAX_TOGETHER).is_some());
        index += 1;
    }
};

/// A record or window that is whole in itself; whether its names are registered is not known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft<T> {
    pub at: At,
    pub names: GroupNames,
    /// See [`digest`].
    pub sha256: [u8; 32],
    pub item: T,
}

/// A draft, or all its faults.
pub type Parsed<T> = Result<Draft<T>, Vec<Fault>>;

/// What a body holds, and how one of it is read.
#[derive(Debug)]
pub struct Kind<T> {
    /// As bodies and messages call it.
    pub name: &'static str,
    pub fields: &'static Fields,
    pub read: fn(Object<'_>, At, &Context) -> Parsed<T>,
}

pub static RECORDS: Kind<Record> =
    Kind { name: "records", fields: &record::RECORD_FIELDS, read: record::read };
pub static WINDOWS: Kind<Window> =
    Kind { name: "windows", fields: &window::WINDOW_FIELDS, read: window::read };

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Json,
    Ndjson,
    Csv,
}

/// A body that is refused as a whole, or from some point on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct BodyFault {
    pub code: ProblemCode,
    pub detail: String,
}

impl From<io::Error> for BodyFault {
    /// A reader's error: the fault that it carries, or that of a body that cannot be read.
    fn from(error: io::Error) -> BodyFault {
        match error.downcast::<BodyFault>() {
            Ok(fault) => fault,
            Err(_) => BodyFault {
                code: ProblemCode::InvalidRequest,
                detail: "the body cannot be read; was it sent whole, and as Content-Encoding says?"
                    .to_owned(),
            },
        }
    }
}

/// A body that is read chunk by chunk.
pub enum Chunks<R: BufRead> {
    Json(R),
    Ndjson(ndjson::Lines<R>),
    Csv(Box<csv::Rows<R>>),
}

impl<R: BufRead> Chunks<R> {
    pub fn new(format: Format, body: R) -> Chunks<R> {
        match format {
            Format::Json => Chunks::Json(body),
            Format::Ndjson => Chunks::Ndjson(ndjson::Lines::new(body)),
            Format::Csv => Chunks::Csv(Box::new(csv::Rows::new(body))),
        }
    }

    /// Up to `most` records, and whether the body ended with them. A JSON body is one chunk.
    pub fn next<T>(
        &mut self,
        most: usize,
        kind: &Kind<T>,
        context: &Context,
    ) -> Result<(Vec<Parsed<T>>, bool), BodyFault> {
        match self {
            Chunks::Json(body) => {
                let mut bytes = Vec::new();
                body.read_to_end(&mut bytes)?;
                Ok((json::parse(&bytes, kind, context)?, true))
            }
            Chunks::Ndjson(lines) => lines.chunk(most, kind, context),
            Chunks::Csv(rows) => rows.chunk(most, kind, context),
        }
    }
}
