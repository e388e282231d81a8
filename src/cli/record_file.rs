//! Files of records: decompressed, and cut into batches of whole records. A file is read once from its
//! beginning to its end and never held in memory.

use flate2::read::MultiGzDecoder;
use std::io::{self, BufRead, Read};
use std::mem;
use std::ops::Range;
use std::path::Path;

/// Longest record; none is nearly as long.
const MAX_RECORD_BYTES: usize = 1024 * 1024;
/// Bytes after which a batch takes no further record; a body of the API holds twice as many.
const MAX_BATCH_BYTES: usize = 16 * 1024 * 1024;
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Ndjson,
    /// With a header; a line break between quotation marks belongs to its record (RFC 4180).
    Csv,
}

impl Format {
    /// CSV where the name ends in .csv, before the ending of a compressed file; else NDJSON.
    pub fn of(path: &Path) -> Format {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_lowercase();
        let name = [".gz", ".zst"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(&name);
        if name.ends_with(".csv") { Format::Csv } else { Format::Ndjson }
    }

    pub fn content_type(self) -> &'static str {
        match self {
            Format::Ndjson => "application/x-ndjson",
            Format::Csv => "text/csv",
        }
    }
}

/// A reader that decompresses where the name ends in .gz or .zst.
pub fn decompressed<'a>(path: &Path, file: impl Read + Send + 'a) -> io::Result<Box<dyn Read + Send + 'a>> {
    Ok(match path.extension().and_then(|extension| extension.to_str()) {
        Some("gz") => Box::new(MultiGzDecoder::new(file)),
        Some("zst") => Box::new(zstd::stream::read::Decoder::new(file)?),
        _ => Box::new(file),
    })
}

/// Whole records of a file, in the form of a body.
#[derive(Debug, PartialEq, Eq)]
pub struct Batch {
    /// The records without the empty lines between them; CSV begins with the header of the file.
    pub body: Vec<u8>,
    /// The line of the file in which each record begins, counted from 1.
    pub lines: Vec<u64>,
    /// Where the records stand in the decompressed file.
    pub range: Range<u64>,
}

impl Batch {
    /// The line of the file, and the pointer within its record, that a pointer into the body means:
    /// `/3/energy_wh` is `/energy_wh` of the record with index 3.
    pub fn place<'a>(&self, pointer: &'a str) -> (u64, &'a str) {
        let tokens = pointer.strip_prefix('/').unwrap_or(pointer);
        let end = tokens.find('/').unwrap_or(tokens.len());
        let line = tokens[..end].parse::<usize>().ok().and_then(|index| self.lines.get(index));
        match (line, self.lines.first()) {
            (Some(line), _) => (*line, &tokens[end..]),
            // No pointer to a record: it is told with the batch.
            (None, first) => (first.copied().unwrap_or(1), pointer),
        }
    }
}

/// The field that a pointer within a record means, as it follows the number of a line: `, energy_wh`.
pub fn field_of(pointer: &str) -> String {
    pointer.strip_prefix('/').map_or_else(String::new, |field| format!(", {field}"))
}

/// Cuts a file into batches.
#[derive(Debug)]
pub struct Cutter<R> {
    reader: R,
    format: Format,
    max_records: usize,
    /// What is passed over, in ascending order; what lies behind is taken out. Each begins and ends
    /// where an earlier batch did.
    passed: Vec<Range<u64>>,
    /// Bytes and lines read so far.
    offset: u64,
    line: u64,
    header: Vec<u8>,
    record: Vec<u8>,
}

impl<R: BufRead> Cutter<R> {
    /// Batches hold at most `max_records` and nothing of the ranges in `passed`.
    pub fn new(reader: R, format: Format, max_records: usize, passed: Vec<Range<u64>>) -> Cutter<R> {
        let (header, record) = (Vec::new(), Vec::new());
        Cutter { reader, format, max_records, passed, offset: 0, line: 0, header, record }
    }

    /// The next batch, which holds a record; `None` at the end.
    pub fn next_batch(&mut self) -> io::Result<Option<Batch>> {
        if self.offset == 0 && self.format == Format::Csv {
            self.read_header()?;
        }
        loop {
            self.pass()?;
            let mut batch =
                Batch { body: self.header.clone(), lines: Vec::new(), range: self.offset..self.offset };
            let end = self.passed.first().map_or(u64::MAX, |range| range.start);
            let mut is_over = false;
            while batch.lines.len() < self.max_records
                && batch.body.len() < MAX_BATCH_BYTES
                && self.offset < end
                && !is_over
            {
                let line = self.line + 1;
                is_over = !self.read_record()?;
                if !self.record.trim_ascii().is_empty() {
                    batch.lines.push(line);
                    batch.body.extend_from_slice(&self.record);
                }
            }
            batch.range.end = self.offset;
            if !batch.lines.is_empty() {
                self.check_beginning(&batch)?;
                return Ok(Some(batch));
            }
            if is_over {
                return Ok(None);
            }
        }
    }

    /// The first line that is not empty, with its end.
    fn read_header(&mut self) -> io::Result<()> {
        while self.header.is_empty() && self.read_record()? {
            if !self.record.trim_ascii().is_empty() {
                self.header = mem::take(&mut self.record);
            }
        }
        if !self.header.is_empty() && !self.header.ends_with(b"\n") {
            self.header.push(b'\n');
        }
        Ok(())
    }

    /// A JSON array is a likely mistake, and its lines would each be refused.
    fn check_beginning(&self, batch: &Batch) -> io::Result<()> {
        if self.format == Format::Ndjson
            && batch.range.start == 0
            && batch.body.trim_ascii_start().starts_with(b"[")
        {
            return Err(io::Error::other(
                "it holds a JSON array; write one record a line, for example with: jq -c '.[]'",
            ));
        }
        Ok(())
    }

    /// Reads over the ranges that begin here.
    fn pass(&mut self) -> io::Result<()> {
        while let Some(range) = self.passed.first()
            && range.start <= self.offset
        {
            let end = range.end;
            self.passed.remove(0);
            while self.offset < end {
                let bytes = self.reader.fill_buf()?;
                let taken = bytes.len().min(usize::try_from(end - self.offset).unwrap_or(usize::MAX));
                if taken == 0 {
                    return Ok(());
                }
                self.line += bytes[..taken].iter().filter(|byte| **byte == b'\n').count() as u64;
                self.offset += taken as u64;
                self.reader.consume(taken);
            }
        }
        Ok(())
    }

    /// Reads one record, or an empty line, into `record`; false at the end of the file.
    fn read_record(&mut self) -> io::Result<bool> {
        self.record.clear();
        let first_line = self.line + 1;
        let mut quoting = Quoting::default();
        loop {
            let before = self.record.len();
            let room = (MAX_RECORD_BYTES - before) as u64;
            let read = self.reader.by_ref().take(room).read_until(b'\n', &mut self.record)?;
            self.line += u64::from(read > 0);
            if self.record.len() == MAX_RECORD_BYTES {
                return Err(unreadable(first_line, "the record is longer than 1 MiB", quoting));
            }
            if self.format == Format::Csv {
                quoting.read(&self.record[before..]);
            }
            if quoting != Quoting::Quoted {
                break;
            }
            if read == 0 {
                return Err(unreadable(first_line, "the record does not end", quoting));
            }
        }
        let is_one = !self.record.is_empty();
        if self.offset == 0 && self.record.starts_with(BYTE_ORDER_MARK) {
            self.offset += BYTE_ORDER_MARK.len() as u64;
            self.record.drain(..BYTE_ORDER_MARK.len());
        }
        self.offset += self.record.len() as u64;
        Ok(is_one)
    }
}

fn unreadable(line: u64, what: &str, quoting: Quoting) -> io::Error {
    let hint = if quoting == Quoting::Quoted { "; is a quotation mark missing?" } else { "" };
    io::Error::other(format!("line {line}: {what}{hint}"))
}

/// Where within a CSV record a byte stands. A quotation mark opens only at the beginning of a field,
/// as the reader of the service takes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Quoting {
    #[default]
    FieldStart,
    Plain,
    Quoted,
    /// After a quotation mark within quotation marks: the end, or the first of two that mean one.
    MaybeClosed,
}

impl Quoting {
    fn read(&mut self, bytes: &[u8]) {
        for byte in bytes {
            *self = match (*self, byte) {
                (Quoting::FieldStart | Quoting::MaybeClosed, b'"') => Quoting::Quoted,
                (Quoting::Quoted, b'"') => Quoting::MaybeClosed,
                (Quoting::Quoted, _) => Quoting::Quoted,
                (_, b',' | b'\n') => Quoting::FieldStart,
                _ => Quoting::Plain,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    /// All batches; a small buffer splits lines between reads.
    fn cut(text: &[u8], format: Format, max: usize, passed: Vec<Range<u64>>) -> io::Result<Vec<Batch>> {
        let mut cutter = Cutter::new(BufReader::with_capacity(5, text), format, max, passed);
        std::iter::from_fn(|| cutter.next_batch().transpose()).collect()
    }

    fn bodies(batches: &[Batch]) -> Vec<&str> {
        batches.iter().map(|batch| std::str::from_utf8(&batch.body).unwrap()).collect()
    }

    #[test]
    fn ndjson_is_cut_at_lines_and_empty_lines_are_left_out() {
        let text = "\u{feff}{1}\r\n\n \t\r\n{2}\n{3}\n\n{4}";
        let batches = cut(text.as_bytes(), Format::Ndjson, 2, vec![]).unwrap();
        assert_eq!(bodies(&batches), ["{1}\r\n{2}\n", "{3}\n{4}"]);
        assert_eq!(batches[0].lines, [1, 4]);
        assert_eq!(batches[1].lines, [5, 7]);
        assert_eq!(batches[0].range, 0..17);
        assert_eq!(batches[1].range, 17..text.len() as u64);
        assert_eq!(batches[1].place("/1/energy_wh"), (7, "/energy_wh"));
        assert_eq!(batches[1].place("/0"), (5, ""));
        assert_eq!(batches[1].place("/9/x"), (5, "/9/x"));
        for empty in ["", "\n", "\u{feff}", "\u{feff}\r\n\r\n"] {
            assert_eq!(cut(empty.as_bytes(), Format::Ndjson, 2, vec![]).unwrap(), [], "{empty:?}");
        }
    }

    #[test]
    fn csv_keeps_quoted_line_breaks_together_and_repeats_its_header() {
        let text =
            "\u{feff}id,note\r\na,\"one\r\ntwo, \"\"three\"\"\n\"\r\n\r\nb,5\" disk\r\n\"c\",\"\"\r\nd,x";
        let batches = cut(text.as_bytes(), Format::Csv, 2, vec![]).unwrap();
        assert_eq!(
            bodies(&batches),
            [
                "id,note\r\na,\"one\r\ntwo, \"\"three\"\"\n\"\r\nb,5\" disk\r\n",
                "id,note\r\n\"c\",\"\"\r\nd,x"
            ]
        );
        assert_eq!((&batches[0].lines[..], &batches[1].lines[..]), (&[2, 6][..], &[7, 8][..]));
        // The crate that reads CSV elsewhere finds the same records.
        for batch in &batches {
            let mut reader = csv::Reader::from_reader(batch.body.as_slice());
            assert_eq!(reader.records().map(Result::unwrap).count(), batch.lines.len());
        }
        assert_eq!(cut(b"id,note", Format::Csv, 2, vec![]).unwrap(), []);
    }

    #[test]
    fn what_was_sent_is_passed_over_and_lines_are_still_counted() {
        let text = b"id\n1\n2\n\n3\n4\n5\n6\n";
        let whole = cut(text, Format::Csv, 1, vec![]).unwrap();
        let passed = vec![whole[0].range.clone(), whole[2].range.start..whole[3].range.end];
        let rest = cut(text, Format::Csv, 5, passed).unwrap();
        assert_eq!(bodies(&rest), ["id\n2\n", "id\n5\n6\n"]);
        assert_eq!((&rest[0].lines[..], &rest[1].lines[..]), (&[3][..], &[7, 8][..]));
        let all = cut(text, Format::Csv, 5, vec![3..5, 5..text.len() as u64]).unwrap();
        assert_eq!(all, []);
    }

    #[test]
    fn what_cannot_be_a_record_is_told_with_its_line() {
        let told = |text: &[u8], format| cut(text, format, 2, vec![]).unwrap_err().to_string();
        let open = told(b"id,note\n1,\"a\n2,b\n3,c\n", Format::Csv);
        assert_eq!(open, "line 2: the record does not end; is a quotation mark missing?");
        let mut long = b"{}\n".to_vec();
        long.resize(MAX_RECORD_BYTES + 3, b'x');
        assert_eq!(told(&long, Format::Ndjson), "line 2: the record is longer than 1 MiB");
        long.pop();
        assert_eq!(cut(&long, Format::Ndjson, 2, vec![]).unwrap().len(), 1);
        assert!(told(b" \n[\n{}]", Format::Ndjson).contains("JSON array"));
    }

    #[test]
    fn a_batch_is_bounded_in_bytes() {
        let line = [&[b'x'; 999_999][..], b"\n"].concat();
        let batches = cut(&line.repeat(20), Format::Ndjson, 100, vec![]).unwrap();
        assert_eq!(batches.iter().map(|batch| batch.lines.len()).collect::<Vec<_>>(), [17, 3]);
    }

    #[test]
    fn the_name_tells_the_format() {
        for (name, format) in [
            ("a.csv", Format::Csv),
            ("/x.csv/a.CSV.gz", Format::Csv),
            ("a.csv.zst", Format::Csv),
            ("a.ndjson.gz", Format::Ndjson),
            ("a.csv.jsonl", Format::Ndjson),
            ("a", Format::Ndjson),
        ] {
            assert_eq!(Format::of(Path::new(name)), format, "{name}");
        }
    }

    #[test]
    fn a_compressed_file_that_was_cut_off_is_an_error() {
        let text = b"{\"id\": \"a\"}\n".repeat(1000);
        let zst = zstd::encode_all(text.as_slice(), 0).unwrap();
        let read = |bytes: &[u8]| {
            let mut whole = Vec::new();
            decompressed(Path::new("a.zst"), bytes).unwrap().read_to_end(&mut whole).map(|_| whole)
        };
        assert_eq!(read(&[zst.clone(), zst.clone()].concat()).unwrap(), text.repeat(2), "frames in a row");
        assert!(read(&zst[..zst.len() - 5]).is_err());
    }
}
