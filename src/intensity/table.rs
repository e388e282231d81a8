//! A CSV file of a source: its columns by the names in the header, its rows with their lines.

use super::read_error::{Place, ReadError};
use super::wire;
use crate::units::Decimal;
use csv::StringRecord;

pub(super) struct Table {
    /// As they stand in the file.
    header: Vec<String>,
    pub rows: Vec<Row>,
}

pub(super) struct Row {
    pub place: Place,
    cells: StringRecord,
}

impl Table {
    pub fn read(bytes: &[u8]) -> Result<Table, ReadError> {
        let bytes = wire::without_mark(bytes);
        wire::not_a_page(bytes)?;
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let header: Vec<String> = reader.headers()?.iter().map(|name| name.trim().to_owned()).collect();
        for found in [";", "\t"] {
            if header.first().is_some_and(|name| name.contains(found)) {
                return Err(ReadError::Delimiter { found });
            }
        }
        // The reader leaves the line feed of CRLF unread until the next row, and counts lines by line feeds.
        let unread_line_feed = u64::from(reader.position().line() == 1);
        let mut rows = Vec::new();
        for cells in reader.records() {
            let cells = cells?;
            let line = cells.position().map_or(0, csv::Position::line) + unread_line_feed;
            if cells.len() != header.len() {
                return Err(ReadError::Width { line, found: cells.len(), expected: header.len() });
            }
            rows.push(Row { place: Place::Line(line), cells });
        }
        if rows.is_empty() {
            return Err(ReadError::Empty);
        }
        Ok(Table { header, rows })
    }

    /// The column of one of these names, in lower case and with a plain 2.
    pub fn find(&self, names: &[&str]) -> Option<usize> {
        self.header.iter().position(|found| names.contains(&plain(found).as_str()))
    }

    /// The same where there must be one; the first name is that of messages.
    pub fn column(&self, names: &[&str]) -> Result<usize, ReadError> {
        self.find(names).ok_or_else(|| ReadError::NoColumn {
            column: names.first().copied().unwrap_or_default().to_owned(),
            found: self.header.clone(),
        })
    }
}

impl Row {
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).unwrap_or_default().trim()
    }

    /// The number of a column; `None` where it is empty.
    pub fn number(&self, column: usize) -> Result<Option<Decimal>, ReadError> {
        match self.cell(column) {
            "" => Ok(None),
            text => wire::decimal(self.place, text).map(Some),
        }
    }
}

/// A name without what differs between editions of the same file: case, the subscript 2, spaces.
pub(super) fn plain(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    words.join(" ").to_lowercase().replace('₂', "2")
}
