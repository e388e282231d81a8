//! The report package (`.xbri`): a ZIP archive whose bytes depend on its contents alone.

use super::names::{BASE, ENTRY_FILE};
use crate::domain::disclosure::Reference;
use askama::Template;
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, System, ZipWriter};

/// What says that this is an inline report package.
const REPORT_PACKAGE: &str =
    r#"{"documentInfo":{"documentType":"https://xbrl.org/report-package/2023/xbri"}}"#;

#[derive(Template)]
#[template(path = "xbrl/taxonomy_package.xml")]
struct TaxonomyPackage {
    base: &'static str,
    entry: &'static str,
}

#[derive(Template)]
#[template(path = "xbrl/catalog.xml")]
struct Catalog {
    base: &'static str,
}

/// The archive with the page and the files of the taxonomy, in one directory as the specification wants it.
///
/// # Errors
///
/// A template could not be filled.
pub(super) fn render(
    reference: Reference,
    page: &[u8],
    taxonomy: &[(String, Vec<u8>)],
) -> Result<Vec<u8>, askama::Error> {
    let directory = format!("disclosure-{}-v{}", reference.number, reference.version);
    let package = TaxonomyPackage { base: BASE, entry: ENTRY_FILE }.render()?;
    let catalog = Catalog { base: BASE }.render()?;
    let mut files: Vec<(String, &[u8])> = vec![
        ("META-INF/reportPackage.json".to_owned(), REPORT_PACKAGE.as_bytes()),
        ("META-INF/taxonomyPackage.xml".to_owned(), package.as_bytes()),
        ("META-INF/catalog.xml".to_owned(), catalog.as_bytes()),
        ("reports/disclosure.xhtml".to_owned(), page),
    ];
    files.extend(taxonomy.iter().map(|(name, bytes)| (format!("taxonomy/{name}"), bytes.as_slice())));
    // The date is the first that ZIP knows, and the system the same on every machine.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .system(System::Unix)
        .unix_permissions(0o644);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        // Writing to memory does not fail, and every file is far below the 4 GiB of a plain archive.
        archive.start_file(format!("{directory}/{name}"), options).expect("a file in memory");
        archive.write_all(bytes).expect("bytes in memory");
    }
    Ok(archive.finish().expect("an archive in memory").into_inner())
}
