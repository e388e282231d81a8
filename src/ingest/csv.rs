//! `text/csv` (RFC 4180): a header with the names of fields, then one record or window a row. An empty cell
//! is a missing field; `steps` and `histogram` hold the same JSON as elsewhere.

use super::ndjson::MAX_LINE_BYTES;
use super::object::{At, Context, Object};
use super::value::shorten;
use super::{BodyFault, Kind, Parsed};
use crate::domain::problem::{Fault, ProblemCode};
use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// Reads row by row; memory does not grow with the body.
pub struct Rows<R: Read> {
    reader: csv::Reader<Bounded<R>>,
    /// Bytes read since the last row ended.
    unended: Rc<Cell<usize>>,
    /// The place of each column among the fields; empty before the header was read.
    columns: Vec<Option<usize>>,
    row: csv::ByteRecord,
    /// The first row that was read ahead, to know whether the body ends.
    ahead: bool,
    /// Number of the row in `row`, counted from 0 after the header.
    index: usize,
    /// Why the body cannot be read further; told after the rows that came before.
    broken: Option<BodyFault>,
}

/// Most columns; no more fields are known.
const MAX_COLUMNS: usize = 64;

impl<R: Read> Rows<R> {
    pub fn new(body: R) -> Rows<R> {
        let unended = Rc::new(Cell::new(0));
        let bounded = Bounded { body, unended: Rc::clone(&unended) };
        let reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(bounded);
        Rows {
            reader,
            unended,
            columns: Vec::new(),
            row: csv::ByteRecord::new(),
            ahead: false,
            index: 0,
            broken: None,
        }
    }

    /// Up to `most` records, and whether the body ended with them. Where the body breaks, the rows before
    /// that are a chunk, and the next call tells the fault.
    pub fn chunk<T>(
        &mut self,
        most: usize,
        kind: &Kind<T>,
        context: &Context,
    ) -> Result<(Vec<Parsed<T>>, bool), BodyFault> {
        if let Some(fault) = self.broken.take() {
            return Err(fault);
        }
        if self.columns.is_empty() {
            self.read_header(kind)?;
            self.ahead = self.read_row()?;
            if !self.ahead {
                let detail = format!("the table holds no {} below its header", kind.name);
                return Err(BodyFault { code: ProblemCode::InvalidCsv, detail });
            }
        }
        let mut parsed = Vec::new();
        while self.ahead && parsed.len() < most {
            parsed.push(self.parse_row(kind, context));
            self.index += 1;
            match self.read_row() {
                Ok(ahead) => self.ahead = ahead,
                Err(fault) => {
                    self.broken = Some(fault);
                    return Ok((parsed, false));
                }
            }
        }
        Ok((parsed, !self.ahead))
    }

    fn read_row(&mut self) -> Result<bool, BodyFault> {
        self.unended.set(0);
        self.reader.read_byte_record(&mut self.row).map_err(fault_of)
    }

    fn read_header<T>(&mut self, kind: &Kind<T>) -> Result<(), BodyFault> {
        let fault = |detail: String| BodyFault { code: ProblemCode::InvalidCsv, detail };
        if !self.read_row()? {
            return Err(fault(format!(
                "the body is empty; begin with a header such as {}",
                kind.fields.0[0]
            )));
        }
        if self.row.len() > MAX_COLUMNS {
            return Err(fault(format!(
                "the header has {} columns; no more than {MAX_COLUMNS} are known",
                self.row.len()
            )));
        }
        for (place, cell) in self.row.iter().enumerate() {
            // Spreadsheets put a byte-order mark before the header.
            let cell =
                if place == 0 { cell.strip_prefix("\u{feff}".as_bytes()).unwrap_or(cell) } else { cell };
            let name = std::str::from_utf8(cell.trim_ascii()).unwrap_or("?");
            let Some(index) = kind.fields.index_of(name) else {
                let hint = if name.contains(';') { "; divide columns by commas" } else { "" };
                return Err(fault(format!(
                    "column {} is called '{}', which is no field{hint}",
                    place + 1,
                    shorten(name)
                )));
            };
            if self.columns.contains(&Some(index)) {
                return Err(fault(format!("the column '{name}' stands twice")));
            }
            self.columns.push(Some(index));
        }
        Ok(())
    }

    fn parse_row<T>(&self, kind: &Kind<T>, context: &Context) -> Parsed<T> {
        let at = At { root: "", index: self.index };
        let fault = |detail: String| Err(vec![Fault::new(at.pointer(), ProblemCode::InvalidCsv, detail)]);
        if self.row.len() != self.columns.len() {
            return fault(format!("the row has {} cells, the header {}", self.row.len(), self.columns.len()));
        }
        let mut cells = Vec::with_capacity(self.row.len());
        for cell in &self.row {
            match std::str::from_utf8(cell) {
                Ok(cell) => cells.push(cell.trim()),
                Err(_) => return fault("the row is not UTF-8".to_owned()),
            }
        }
        (kind.read)(Object::of_row(kind.fields, &self.columns, cells.into_iter()), at, context)
    }
}

fn fault_of(error: csv::Error) -> BodyFault {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error.into(),
        _ => BodyFault { code: ProblemCode::InvalidCsv, detail: "the table cannot be read".to_owned() },
    }
}

/// A reader that ends with an error where a row does not end: an open quote would hold the rest of
/// the body.
struct Bounded<R> {
    body: R,
    unended: Rc<Cell<usize>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.unended.get() > MAX_LINE_BYTES {
            let detail = format!("a row is longer than {MAX_LINE_BYTES} bytes; is a quote not closed?");
            return Err(io::Error::other(BodyFault { code: ProblemCode::BodyTooLarge, detail }));
        }
        let read = self.body.read(buffer)?;
        self.unended.set(self.unended.get() + read);
        Ok(read)
    }
}
