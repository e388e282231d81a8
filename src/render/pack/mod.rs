//! Renderings of an authority pack. They are never public: only a key of the provider reads them.

mod csv;
mod html;
mod json;
mod xlsx;

use super::files::{File, FileFormat, RenderError};
use super::pdf;
use crate::domain::authority_pack::{AuthorityPack, Release};
use crate::domain::disclosure::Reference;
use crate::domain::template::Recipient;
use crate::domain::terms::terms;

pub use json::{is_pack, read, render as canonical};

terms! {
    /// A format of a pack, by the ending of its file.
    PackFormat {
        Json = "json",
        Csv = "csv",
        Xlsx = "xlsx",
        Pdf = "pdf",
        Html = "html",
    }
}

impl PackFormat {
    pub fn media_type(self) -> &'static str {
        match self {
            PackFormat::Json => super::json::MEDIA_TYPE,
            PackFormat::Csv => super::csv::MEDIA_TYPE,
            PackFormat::Xlsx => super::xlsx::MEDIA_TYPE,
            PackFormat::Pdf => pdf::MEDIA_TYPE,
            PackFormat::Html => super::html::MEDIA_TYPE,
        }
    }
}

impl FileFormat for PackFormat {
    fn all() -> &'static [PackFormat] {
        PackFormat::ALL
    }

    fn word(self) -> &'static str {
        self.as_str()
    }

    fn media_type(self) -> &'static str {
        PackFormat::media_type(self)
    }

    fn file_name(self, reference: Reference) -> String {
        download_name(reference, self.as_str())
    }
}

/// The name that a download of a format gets, by the ending of its file.
pub fn download_name(reference: Reference, format: &str) -> String {
    let Reference { number, version } = reference;
    format!("taskwatt-authority-pack-{number}-v{version}.{format}")
}

/// Renders every format, in the order of [`PackFormat::ALL`], and says before each which it is. The same pack gives the
/// same bytes.
///
/// # Errors
///
/// A template cannot be filled, a workbook not be written, or a character not be set.
pub fn files(
    pack: &AuthorityPack,
    mut begin: impl FnMut(PackFormat),
) -> Result<Vec<File<PackFormat>>, RenderError> {
    let mut files: Vec<File<PackFormat>> = Vec::with_capacity(PackFormat::ALL.len());
    for format in PackFormat::ALL {
        begin(*format);
        let bytes = match format {
            PackFormat::Json => json::render(pack),
            PackFormat::Csv => csv::render(pack),
            PackFormat::Xlsx => xlsx::render(pack)?,
            PackFormat::Pdf => pdf::render_pack(pack, &files)?,
            PackFormat::Html => html::render(pack)?,
        };
        files.push(File { format: *format, bytes });
    }
    Ok(files)
}

/// To whom the fields of a pack go, in plain words; each recipient once.
pub(super) fn recipients_of_all(pack: &AuthorityPack) -> String {
    let of_all =
        pack.facts.iter().map(|fact| &fact.release).chain(pack.texts.iter().map(|text| &text.release));
    let mut all: Vec<Recipient> = of_all.flat_map(|release| release.recipients.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    listed(&all)
}

/// To whom one field goes.
pub(super) fn recipients(release: &Release) -> String {
    listed(&release.recipients)
}

fn listed(recipients: &[Recipient]) -> String {
    recipients.iter().map(|one| one.label()).collect::<Vec<_>>().join(" and ")
}
