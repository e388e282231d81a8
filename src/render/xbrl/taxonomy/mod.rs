//! The taxonomy: the same files for every disclosure, made of the vocabularies of the domain and of the labels.

mod cubes;
mod elements;
mod formulas;
mod linkbases;

use super::names::{BASE, ENTRY_FILE, NAMESPACE, Names};
use askama::Template;
use elements::{Element, elements};

/// The files by their names, the schema first.
///
/// # Errors
///
/// A template could not be filled.
pub(super) fn files() -> Result<Vec<(String, Vec<u8>)>, askama::Error> {
    let elements = elements();
    let roles = cubes::roles();
    let schema = Schema { namespace: NAMESPACE, elements: &elements, roles: &roles }.render()?;
    let mut files = vec![(ENTRY_FILE.to_owned(), schema)];
    files.extend(linkbases::labels(&elements)?);
    files.push(("role-label.xml".to_owned(), linkbases::role_labels(&roles)?));
    files.push(("presentation.xml".to_owned(), linkbases::presentation()?));
    files.push(("definition.xml".to_owned(), linkbases::definition()?));
    files.push(("formula.xml".to_owned(), formulas::render()?));
    Ok(files.into_iter().map(|(name, text)| (name, text.into_bytes())).collect())
}

#[derive(Template)]
#[template(path = "xbrl/schema.xml")]
struct Schema<'a> {
    namespace: &'a str,
    elements: &'a [Element],
    roles: &'a [Role],
}

/// A set of relations of its own.
pub(super) struct Role {
    /// The last part of its address.
    word: String,
    /// Its number and English name, by which tools sort.
    definition: String,
    labels: Names,
    documentation: [String; 2],
    is_presented: bool,
}

impl Role {
    fn address(&self) -> String {
        role_address(&self.word)
    }
}

/// The address of a role.
fn role_address(word: &str) -> String {
    format!("{BASE}role/{word}")
}
