//! All files of a disclosure, made in one order: what holds or lists other files comes after them.

use super::{csv, html, pdf, xbrl, xlsx};
use crate::domain::disclosure::{Disclosure, Reference};
use crate::domain::terms::terms;
use crate::text::Language;
use std::fmt::Debug;
use thiserror::Error;
use typst::diag::SourceDiagnostic;

terms! {
    /// A format of a disclosure, by the ending of its file.
    Format {
        Json = "json",
        Csv = "csv",
        Xlsx = "xlsx",
        XbrlJson = "xbrl.json",
        Xbri = "xbri",
        Pdf = "pdf",
        PdfDe = "de.pdf",
        PdfFr = "fr.pdf",
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
            Format::Pdf | Format::PdfDe | Format::PdfFr => pdf::MEDIA_TYPE,
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
            Format::Pdf => "Report (PDF), English",
            Format::PdfDe => "Bericht (PDF), Deutsch",
            Format::PdfFr => "Rapport (PDF), français",
            Format::Html => "This page (HTML)",
        }
    }
}

/// The formats of one kind of document.
pub trait FileFormat: Copy + Debug + 'static {
    /// All of them, in the order in which their files are made.
    fn all() -> &'static [Self];

    /// The word for it, which is the ending of its file.
    fn word(self) -> &'static str;

    fn media_type(self) -> &'static str;

    /// The name of its file of a document.
    fn file_name(self, reference: Reference) -> String;
}

impl FileFormat for Format {
    fn all() -> &'static [Format] {
        Format::ALL
    }

    fn word(self) -> &'static str {
        self.as_str()
    }

    fn media_type(self) -> &'static str {
        Format::media_type(self)
    }

    fn file_name(self, reference: Reference) -> String {
        download_name(reference, self.as_str())
    }
}

/// The name that a download of a format gets, by the ending of its file.
pub fn download_name(reference: Reference, format: &str) -> String {
    let Reference { number, version } = reference;
    format!("taskwatt-{number}-v{version}-disclosure.{format}")
}

/// One rendered file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File<F = Format> {
    pub format: F,
    pub bytes: Vec<u8>,
}

/// Why a document was not rendered.
#[derive(Debug, Error)]
pub enum RenderError {
    #[error("a page could not be filled: {0}")]
    Page(#[from] askama::Error),
    #[error("the workbook could not be written: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    #[error(
        "the character {character:?} (U+{code:04X}) at {pointer} of the document cannot be set in the PDF: no font has \
         it, or it controls how text runs; replace it",
        code = u32::from(*character)
    )]
    Character { character: char, pointer: String },
    #[error("no report is written in {}", .0.own_name())]
    Language(Language),
    #[error("the PDF could not be set: {0}")]
    Pdf(String),
}

impl RenderError {
    /// What the setter says, in one line.
    pub(super) fn of_typst(told: impl IntoIterator<Item = SourceDiagnostic>) -> RenderError {
        let messages: Vec<String> = told.into_iter().map(|one| one.message.to_string()).collect();
        RenderError::Pdf(messages.join("; "))
    }
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
            Format::Pdf => pdf::render(d, Language::English, &files)?,
            Format::PdfDe => pdf::render(d, Language::German, &files)?,
            Format::PdfFr => pdf::render(d, Language::French, &files)?,
            Format::Html => html::render(d, &files)?,
        };
        files.push(File { format: *format, bytes });
    }
    Ok(files)
}
