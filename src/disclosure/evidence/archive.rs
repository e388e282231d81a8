//! An archive (zip) whose bytes depend on nothing but what is put into it: one date, one order, one way of packing.

use crate::render::csv::neutralise;
use std::io::{self, BufWriter, Cursor, Write};
use thiserror::Error;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// How hard to pack: a year of a thousand groups is a hundred megabytes of digits, and the lowest level packs them in a
/// third of the time of the usual one.
const PACKING: i64 = 1;
/// Bytes that are written at once.
const BUFFER: usize = 64 * 1024;

/// Why an archive was not written.
#[derive(Debug, Error)]
#[error("the evidence could not be written: {0}")]
pub struct EvidenceError(String);

impl From<io::Error> for EvidenceError {
    fn from(error: io::Error) -> EvidenceError {
        EvidenceError(error.to_string())
    }
}

impl From<csv::Error> for EvidenceError {
    fn from(error: csv::Error) -> EvidenceError {
        EvidenceError(error.to_string())
    }
}

impl From<zip::result::ZipError> for EvidenceError {
    fn from(error: zip::result::ZipError) -> EvidenceError {
        EvidenceError(error.to_string())
    }
}

/// An archive that is being written.
pub struct Archive(ZipWriter<Cursor<Vec<u8>>>);

impl Archive {
    pub fn new() -> Archive {
        Archive(ZipWriter::new(Cursor::new(Vec::new())))
    }

    /// Goes on with an archive; what is in it is not packed again.
    ///
    /// # Errors
    ///
    /// The bytes are no archive.
    pub fn extend(bytes: Vec<u8>) -> Result<Archive, EvidenceError> {
        Ok(Archive(ZipWriter::new_append(Cursor::new(bytes))?))
    }

    /// Adds a file that is written piece by piece.
    pub fn file(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> Result<(), EvidenceError>,
    ) -> Result<(), EvidenceError> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(PACKING))
            // The first day that the format knows.
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644);
        self.0.start_file(name, options)?;
        let mut buffered = BufWriter::with_capacity(BUFFER, &mut self.0);
        write(&mut buffered)?;
        buffered.flush()?;
        Ok(())
    }

    /// Adds a file as it stands.
    pub fn bytes(&mut self, name: &str, bytes: &[u8]) -> Result<(), EvidenceError> {
        self.file(name, |out| Ok(out.write_all(bytes)?))
    }

    /// The same of a text.
    pub fn text(&mut self, name: &str, text: &str) -> Result<(), EvidenceError> {
        self.bytes(name, text.as_bytes())
    }

    /// Adds a table as CSV (RFC 4180). Cells that a spreadsheet would run are made texts.
    pub fn table(
        &mut self,
        name: &str,
        columns: &[&str],
        rows: impl IntoIterator<Item = Vec<String>>,
    ) -> Result<(), EvidenceError> {
        self.file(name, |out| {
            let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
            table.write_record(columns)?;
            for row in rows {
                table.write_record(row.into_iter().map(neutralise))?;
            }
            Ok(table.flush()?)
        })
    }

    /// The whole archive.
    pub fn finish(self) -> Result<Vec<u8>, EvidenceError> {
        Ok(self.0.finish()?.into_inner())
    }
}

impl Default for Archive {
    fn default() -> Archive {
        Archive::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn what_is_added_later_stands_beside_what_was_there() {
        let written = || {
            let mut archive = Archive::new();
            let rows = [vec!["=1+1".to_owned(), "a,b".to_owned()], vec!["-1.5".to_owned(), String::new()]];
            archive.table("inputs/a.csv", &["one", "other"], rows).unwrap();
            let mut archive = Archive::extend(archive.finish().unwrap()).unwrap();
            archive.text("README.txt", "later\n").unwrap();
            archive.finish().unwrap()
        };
        let bytes = written();
        assert_eq!(bytes, written());
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
        assert_eq!(names, ["inputs/a.csv", "README.txt"]);
        let mut text = |name| {
            let mut text = String::new();
            archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
            text
        };
        assert_eq!(text("inputs/a.csv"), "one,other\r\n'=1+1,\"a,b\"\r\n-1.5,\r\n");
        assert_eq!(text("README.txt"), "later\n");
    }
}
