//! What the setter may read: the template, the data of one document, and the fonts. There is no disk, no clock and no
//! network.

use std::collections::HashMap;
use std::sync::LazyLock;
use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Feature, Library, LibraryExt, World};

/// The template: one source for all documents and languages.
const TEMPLATE: &str = include_str!("../../../templates/report.typ");
const TEMPLATE_NAME: &str = "report.typ";

/// Latin, Greek and Cyrillic in two weights, keys and digests, signs, and Chinese of both scripts (`data/fonts/`).
static FONT_FILES: [&[u8]; 6] = [
    include_bytes!("../../../data/fonts/NotoSans-Regular.ttf"),
    include_bytes!("../../../data/fonts/NotoSans-Bold.ttf"),
    include_bytes!("../../../data/fonts/NotoSansMono-Subset.ttf"),
    include_bytes!("../../../data/fonts/NotoSansMath-Subset.ttf"),
    include_bytes!("../../../data/fonts/NotoSansSymbols2-Subset.ttf"),
    include_bytes!("../../../data/fonts/NotoSansCJKsc-Subset.otf"),
];

/// What is the same for every document.
struct Shelf {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
    template: Source,
}

static SHELF: LazyLock<Shelf> = LazyLock::new(|| {
    let fonts: Vec<Font> = FONT_FILES.iter().flat_map(|file| Font::iter(Bytes::new(*file))).collect();
    let features = [Feature::A11yExtras].into_iter().collect();
    Shelf {
        library: LazyHash::new(Library::builder().with_features(features).build()),
        book: LazyHash::new(FontBook::from_fonts(&fonts)),
        fonts,
        template: Source::new(file_id(TEMPLATE_NAME), TEMPLATE.to_owned()),
    }
});

/// The fonts that texts are set in.
pub(super) fn fonts() -> &'static [Font] {
    &SHELF.fonts
}

fn file_id(name: &str) -> FileId {
    // Names are constants of this room.
    let path = VirtualPath::new(name).expect("a plain name of a file");
    RootedPath::new(VirtualRoot::Project, path).intern()
}

/// The files of one document, by name.
pub(super) struct Files(HashMap<FileId, Bytes>);

impl Files {
    pub(super) fn new() -> Files {
        Files(HashMap::new())
    }

    pub(super) fn add(&mut self, name: &str, bytes: Vec<u8>) {
        self.0.insert(file_id(name), Bytes::new(bytes));
    }
}

/// One document being set.
pub(super) struct Desk {
    files: Files,
}

impl Desk {
    pub(super) fn new(files: Files) -> Desk {
        Desk { files }
    }
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &SHELF.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &SHELF.book
    }

    fn main(&self) -> FileId {
        SHELF.template.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == SHELF.template.id() { Ok(SHELF.template.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files.0.get(&id).cloned().ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        SHELF.fonts.get(index).cloned()
    }

    /// The same document is the same on every day.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
