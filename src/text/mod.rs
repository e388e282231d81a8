//! What people read in their own language: numbers, and sentences about them. Pure: it knows no request, and
//! which language is wanted is told to it.
//!
//! Numbers and plurals come from CLDR through ICU4X with data compiled in; the words stand in `words/`, one file a
//! language.

mod date;
mod equivalent;
mod labels;
mod language;
mod note;
mod number;
mod report;
mod shown;
mod words;

pub use equivalent::equivalent;
pub use labels::{LABEL_LANGUAGES, Labels, labels};
pub use language::Language;
pub use note::{NOTE_FIGURES, NoteFacts, note};
pub use number::number;
pub use report::{AssuranceWords, Report, fill, report};
pub use shown::{percent, scientific, significant};
