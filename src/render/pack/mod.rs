//! Renderings of an authority pack. They are never public: only a key of the provider reads them.

mod csv;
mod html;
mod json;
mod xlsx;

use super::files::RenderError;
use crate::domain::authority_pack::AuthorityPack;
use crate::domain::terms::terms;

pub use json::render as canonical;

terms! {
    /// A format of a pack, by the ending of its file. Another one, such as a PDF, is one more entry here.
    PackFormat {
        Json = "json",
        Csv = "csv",
        Xlsx = "xlsx",
        Html = "html",
    }
}

impl PackFormat {
    pub fn media_type(self) -> &'static str {
        match self {
            PackFormat::Json => super::json::MEDIA_TYPE,
            PackFormat::Csv => super::csv::MEDIA_TYPE,
            PackFormat::Xlsx => super::xlsx::MEDIA_TYPE,
            PackFormat::Html => super::html::MEDIA_TYPE,
        }
    }
}

/// One rendered file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackFile {
    pub format: PackFormat,
    pub bytes: Vec<u8>,
}

/// Renders every format; the same pack gives the same bytes.
///
/// # Errors
///
/// A template cannot be filled, or a workbook not be written.
pub fn files(pack: &AuthorityPack) -> Result<Vec<PackFile>, RenderError> {
    let file = |format: &PackFormat| {
        let bytes = match format {
            PackFormat::Json => json::render(pack),
            PackFormat::Csv => csv::render(pack),
            PackFormat::Xlsx => xlsx::render(pack)?,
            PackFormat::Html => html::render(pack)?,
        };
        Ok(PackFile { format: *format, bytes })
    };
    PackFormat::ALL.iter().map(file).collect()
}
