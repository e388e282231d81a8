//! All files of a disclosure, made in one order: what holds or lists other files comes after them.

use super::{csv, html, xbrl, xlsx};
use crate::domain::disclosure::Disclosure;
use crate::domain::terms::terms;
use thiserror::Error;

terms! {
    /// A format of a disclosure, by the ending of its file.
    Format {
        Json = "json",
        Csv = "csv",
        Xlsx = "xlsx",
        XbrlJson = "xbrl.json",
        Xbri = "xbri",
        Html = "html",
    }
}

impl Format {
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Json => super::json::MEDIA_TYPE,
            Format::Csv => csv::MEDIA_TYPE,
            Format::Xlsx => xlsx::MEDIA_TYPE,
            Format::XbrlJson => xbrl::JSON_MEDIA_TYPE,
            Format::Xbri => xbrl::XBRI_MEDIA_TYPE,
            Format::Html => html::MEDIA_TYPE,
        }
    }

    /// What a reader gets, for a list of downloads.
    pub fn title(self) -> &'static str {
        match self {
            Format::Json => "Exact values (JSON)",
            Format::Csv => "One figure per row (CSV)",
            Format::Xlsx => "Workbook with formulas (XLSX)",
            Format::XbrlJson => "Facts for XBRL software (xBRL-JSON)",
            Format::Xbri => "Tagged page with its taxonomy (XBRL report package)",
            Format::Html => "This page (HTML)",
        }
    }
}

/// One rendered file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub format: Format,
    pub bytes: Vec<u8>,
}

/// Why a document was not rendered.
#[derive(Debug, Error)]
pub enum RenderError {
    #[error("a page could not be filled: {0}")]
    Page(#[from] askama::Error),
    #[error("the workbook could not be written: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
}

/// Renders every format, in the order of [`Format::ALL`], and says before each which it is. The same document gives the
/// same bytes.
///
/// # Errors
///
/// A template cannot be filled; nothing is rendered then.
pub fn files(d: &Disclosure, mut begin: impl FnMut(Format)) -> Result<Vec<File>, RenderError> {
    let mut files: Vec<File> = Vec::with_capacity(Format::ALL.len());
    for format in Format::ALL {
        begin(*format);
        let bytes = match format {
            Format::Json => super::json::render(d),
            Format::Csv => csv::render(d),
            Format::Xlsx => xlsx::render(d)?,
            Format::XbrlJson => xbrl::json(d),
            Format::Xbri => xbrl::xbri(d)?,
            Format::Html => html::render(d, &files)?,
        };
        files.push(File { format: *format, bytes });
    }
    Ok(files)
}
