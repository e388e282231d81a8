//! The report on a disclosure as PDF: tagged (PDF/UA-1), for archives (PDF/A-3a), with the exact values attached. The
//! words and numbers are put together here, in one of the languages that figures are named in; `templates/disclosure.typ`
//! sets them. The setter gets data, never code, so that nothing a provider wrote can run.

mod characters;
mod content;
mod head;
mod say;
mod sections;
mod world;

use super::chart::{self, In};
use super::files::{File, Format, RenderError};
use crate::domain::disclosure::Disclosure;
use crate::text::Language;
use content::{Attachment, Content};
use say::Say;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::sync::LazyLock;
use typst::foundations::{Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};
use world::{Desk, Files};

pub const MEDIA_TYPE: &str = "application/pdf";

/// The bytes of the report in a language, with those of the files made before it attached that hold exact values. The
/// same document, language and files give the same bytes.
///
/// # Errors
///
/// The document holds a character that no font has, or something that cannot be set.
pub fn render(d: &Disclosure, language: Language, files: &[File]) -> Result<Vec<u8>, RenderError> {
    let at = In::of(language).ok_or(RenderError::Language(language))?;
    let json = json(d, files);
    characters::check(&json, world::fonts())?;
    let charts = chart::charts(d, at)?;
    let say = Say::new(d, at);
    let attached = attachments(files, &say);
    let content = head::content(&say, &charts, &attached, hex::encode(Sha256::digest(&json)));
    let bytes = set(d, language, &content, &charts, &attached);
    // What a render remembers would stay for ever.
    comemo::evict(0);
    bytes
}

/// The canonical JSON: the file of it, where that was made before.
fn json<'f>(d: &Disclosure, files: &'f [File]) -> Cow<'f, [u8]> {
    let made = files.iter().find(|file| file.format == Format::Json);
    made.map_or_else(|| Cow::Owned(super::json::render(d)), |file| Cow::Borrowed(file.bytes.as_slice()))
}

/// Files with exact values, in the order in which they were made.
fn attachments<'f>(files: &'f [File], say: &Say<'_>) -> Vec<(Attachment, &'f [u8])> {
    let words = &say.at.words.assurance;
    let told = |file: &'f File| {
        let (description, relationship) = match file.format {
            Format::Json => (words.attached_json, "source"),
            Format::Xbri => (words.attached_xbri, "alternative"),
            _ => return None,
        };
        let attachment = Attachment {
            name: format!("disclosure.{}", file.format.as_str()),
            // A media type without parameters.
            media_type: file.format.media_type().split(';').next().unwrap_or_default().to_owned(),
            description,
            relationship,
            size: say.kilobytes(file.bytes.len()),
        };
        Some((attachment, file.bytes.as_slice()))
    };
    files.iter().filter_map(told).collect()
}

/// PDF/A-3a holds attachments of any kind, PDF/UA-1 is for those who do not see it.
static STANDARDS: LazyLock<PdfStandards> = LazyLock::new(|| {
    // A test renders with them.
    PdfStandards::new(&[PdfStandard::A_3a, PdfStandard::Ua_1]).expect("the standards go together")
});

fn set(
    d: &Disclosure,
    language: Language,
    content: &Content<'_>,
    charts: &chart::Charts,
    attached: &[(Attachment, &[u8])],
) -> Result<Vec<u8>, RenderError> {
    // Strings, numbers and lists have a form in JSON.
    let data = serde_json::to_vec(content).expect("content of strings and lists");
    let mut files = Files::new();
    files.add("data.json", data);
    for chart in charts.all() {
        files.add(&content::chart_file(chart), chart.svg.clone().into_bytes());
    }
    for (attachment, bytes) in attached {
        files.add(&attachment.name, bytes.to_vec());
    }
    let desk = Desk::new(files);
    let document: PagedDocument = typst::compile(&desk).output.map_err(RenderError::of_typst)?;
    let options = PdfOptions {
        ident: Smart::Custom(format!("{}.{}", content.digest, language.as_str())),
        creator: Smart::Custom(Some(format!("Taskwatt {}", env!("CARGO_PKG_VERSION")))),
        timestamp: timestamp(d),
        standards: STANDARDS.clone(),
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&document, &options).map_err(RenderError::of_typst)
}

/// The beginning of the day on which the document was built.
fn timestamp(d: &Disclosure) -> Option<Timestamp> {
    use chrono::Datelike;
    let day = d.built_on;
    let (month, of_month) = (u8::try_from(day.month()).ok()?, u8::try_from(day.day()).ok()?);
    Datetime::from_ymd_hms(day.year(), month, of_month, 0, 0, 0).map(Timestamp::new_utc)
}

#[cfg(test)]
#[path = "pdf_tests.rs"]
mod tests;
