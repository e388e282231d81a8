//! XLSX: a workbook with every figure as a row, the main figures side by side with formulas, the factors and the notes.
//!
//! The bytes depend on the document alone: the creation date is the day on which it was built, and the archive holds no
//! time of its own.

mod data;
mod factors;
mod figures;
mod notes;
mod number;
mod sheet;

use crate::domain::disclosure::Disclosure;
use rust_xlsxwriter::XlsxError;

pub(super) use sheet::{Book, Column, Sheet};

pub const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The bytes of the workbook.
///
/// # Errors
///
/// A sheet would have more rows than the format holds (1,048,576), or a text more characters (32,767).
pub fn render(d: &Disclosure) -> Result<Vec<u8>, XlsxError> {
    let title = format!("Disclosure {}, version {}", d.reference.number, d.reference.version);
    let mut book = Book::new(&title, d.built_on)?;
    data::fill(&mut book, d)?;
    figures::fill(&mut book, d)?;
    factors::fill(&mut book, d)?;
    notes::fill(&mut book, d)?;
    book.finish()
}
