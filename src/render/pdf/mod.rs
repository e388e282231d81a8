//! Reports as PDF, on a disclosure and on an authority pack: tagged (PDF/UA-1), for archives (PDF/A-3a), with the exact values attached. The
//! words and numbers are put together here, in one of the languages that figures are named in; `templates/report.typ`
//! sets them. The setter gets data, never code, so that nothing a provider wrote can run.

mod characters;
mod content;
mod head;
mod pack;
mod say;
mod sections;
mod world;

use super::chart::{self, In};
use super::files::{File, Format, RenderError};
use super::pack::{PackFormat, canonical};
use crate::domain::authority_pack::AuthorityPack;
use crate::domain::disclosure::Disclosure;
use crate::text::Language;
use chrono::{Datelike, NaiveDate};
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
    set(&content, d.built_on, &charts.all().collect::<Vec<_>>(), &attached)
}

/// The bytes of the report on an authority pack, in English as the pack is, with its canonical JSON attached where that
/// was made before. The same pack and files give the same bytes.
///
/// # Errors
///
/// The pack holds a character that no font has, or something that cannot be set.
pub fn render_pack(pack: &AuthorityPack, files: &[File<PackFormat>]) -> Result<Vec<u8>, RenderError> {
    let at = In::of(Language::English).ok_or(RenderError::Language(Language::English))?;
    let made = files.iter().find(|file| file.format == PackFormat::Json).map(|file| file.bytes.as_slice());
    let json = made.map_or_else(|| Cow::Owned(canonical(pack)), Cow::Borrowed);
    characters::check(&json, world::fonts())?;
    let attached: Vec<(Attachment, &[u8])> =
        made.map(|bytes| (pack::attachment(bytes.len()), bytes)).into_iter().collect();
    let content = pack::content(pack, at, &attached, hex::encode(Sha256::digest(&json)));
    set(&content, pack.built_on, &[], &attached)
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
            media_type: bare(file.format.media_type()),
            description,
            relationship,
            size: say::kilobytes(say.at.language, file.bytes.len()),
        };
        Some((attachment, file.bytes.as_slice()))
    };
    files.iter().filter_map(told).collect()
}

/// A media type without parameters.
fn bare(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().to_owned()
}

/// PDF/A-3a holds attachments of any kind, PDF/UA-1 is for those who do not see it.
static STANDARDS: LazyLock<PdfStandards> = LazyLock::new(|| {
    // A test renders with them.
    PdfStandards::new(&[PdfStandard::A_3a, PdfStandard::Ua_1]).expect("the standards go together")
});

/// Sets what was put together, as of the beginning of the day on which the document was built.
fn set(
    content: &Content<'_>,
    built_on: NaiveDate,
    charts: &[&chart::Chart],
    attached: &[(Attachment, &[u8])],
) -> Result<Vec<u8>, RenderError> {
    let bytes = set_pages(content, built_on, charts, attached);
    // What a render remembers would stay for ever.
    comemo::evict(0);
    bytes
}

fn set_pages(
    content: &Content<'_>,
    built_on: NaiveDate,
    charts: &[&chart::Chart],
    attached: &[(Attachment, &[u8])],
) -> Result<Vec<u8>, RenderError> {
    // Strings, numbers and lists have a form in JSON.
    let data = serde_json::to_vec(content).expect("content of strings and lists");
    let mut files = Files::new();
    files.add("data.json", data);
    for chart in charts {
        files.add(&content::chart_file(chart), chart.svg.clone().into_bytes());
    }
    for (attachment, bytes) in attached {
        files.add(&attachment.name, bytes.to_vec());
    }
    let desk = Desk::new(files);
    let document: PagedDocument = typst::compile(&desk).output.map_err(RenderError::of_typst)?;
    let options = PdfOptions {
        ident: Smart::Custom(format!("{}.{}", content.digest, content.lang)),
        creator: Smart::Custom(Some(format!("Taskwatt {}", env!("CARGO_PKG_VERSION")))),
        timestamp: timestamp(built_on),
        standards: STANDARDS.clone(),
        ..PdfOptions::default()
    };
    typst_pdf::pdf(&document, &options).map_err(RenderError::of_typst)
}

/// The beginning of a day.
fn timestamp(day: NaiveDate) -> Option<Timestamp> {
    let (month, of_month) = (u8::try_from(day.month()).ok()?, u8::try_from(day.day()).ok()?);
    Datetime::from_ymd_hms(day.year(), month, of_month, 0, 0, 0).map(Timestamp::new_utc)
}

#[cfg(test)]
#[path = "pdf_tests.rs"]
mod tests;
