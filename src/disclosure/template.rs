//! The registry of templates: one file for each version, read once. A new version is a new file; documents that were
//! built keep theirs.

use crate::domain::disclosure::{Disclosure, TemplateUse};
use crate::domain::template::{
    Confidentiality, Field, FieldOf, LegalStatus, Need, Recipient, Rounding, Section, Template,
};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A version of a template with its files.
#[derive(Clone, Debug)]
pub struct Registered {
    pub template: Template,
    /// The file that it was read from.
    pub file: &'static str,
    /// The JSON Schema of its documents.
    pub schema: &'static str,
}

/// Makes the entry of one version from the names of its files.
macro_rules! files {
    ($($id:literal $version:literal;)+) => {
        &[$((
            include_str!(concat!("../../data/templates/", $id, "/", $version, ".json")),
            include_str!(concat!("../../data/templates/", $id, "/", $version, ".schema.json")),
        )),+]
    };
}

/// Every version, the earliest of each template first.
const FILES: &[(&str, &str)] = files! {
    "eu-draft-average-energy-per-task" "0.1";
    "eu-draft-average-energy-per-task" "0.2";
    "ai-act-annex-xi" "0.1";
};

static REGISTRY: LazyLock<Vec<Registered>> = LazyLock::new(|| {
    let read = |(file, schema): &(&'static str, &'static str)| Registered {
        // A test reads every file.
        template: parse(file).expect("a template that a test has read"),
        file,
        schema,
    };
    FILES.iter().map(read).collect()
});

/// The template of public disclosures.
const PUBLIC: (&str, &str) = ("eu-draft-average-energy-per-task", "0.2");
/// The template of authority packs.
const AUTHORITY_PACK: (&str, &str) = ("ai-act-annex-xi", "0.1");

/// Every version of every template.
pub fn templates() -> &'static [Registered] {
    &REGISTRY
}

/// One version of a template.
pub fn find(id: &str, version: &str) -> Option<&'static Registered> {
    templates().iter().find(|one| one.template.id == id && one.template.version == version)
}

/// The template that public disclosures are built by: the average energy per task.
pub fn public() -> &'static Template {
    of(PUBLIC)
}

/// The template that authority packs are built by: what Annex XI of the AI Act asks.
pub fn authority_pack() -> &'static Template {
    of(AUTHORITY_PACK)
}

fn of((id, version): (&str, &str)) -> &'static Template {
    // A test finds both.
    &find(id, version).expect("a template of the registry").template
}

/// The public template as a document names it.
pub fn template_use() -> TemplateUse {
    public().to_use()
}

/// Where a document does not follow its template, in plain words: fields that are required and missing, and facts and
/// texts that the template does not list. `canonical` is its canonical JSON.
pub fn deviations(template: &Template, disclosure: &Disclosure, canonical: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let concepts: BTreeSet<&str> = disclosure.facts.iter().map(|fact| fact.concept.as_str()).collect();
    for concept in concepts.iter().filter(|concept| template.fact(concept).is_none()) {
        found.push(format!("it holds the figure '{concept}', which the template does not list"));
    }
    let texts: BTreeSet<&str> = disclosure.texts.iter().map(|text| text.field.as_str()).collect();
    for text in texts.iter().filter(|text| template.text(text).is_none()) {
        found.push(format!("it holds the text '{text}', which the template does not list"));
    }
    let document: Value = serde_json::from_slice(canonical).unwrap_or_default();
    for field in template.fields.iter().filter(|field| field.need == Need::Required) {
        let is_there = match &field.of {
            FieldOf::Fact { concept, .. } => concepts.contains(concept.as_str()),
            FieldOf::Member(pointer) => is_there(&document, pointer),
            FieldOf::Text(text) => texts.contains(text.as_str()),
        };
        if !is_there {
            found.push(format!("the required field '{}' is missing", field.id));
        }
    }
    found
}

/// Whether a member is there; every element of a list has to have it, and the list one element.
pub(super) fn is_there(value: &Value, pointer: &str) -> bool {
    match pointer.split_once("/*") {
        Some((list, rest)) => match value.pointer(list) {
            Some(Value::Array(elements)) => {
                !elements.is_empty() && elements.iter().all(|element| is_there(element, rest))
            }
            _ => false,
        },
        None => !matches!(value.pointer(pointer), None | Some(Value::Null)),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireTemplate {
    id: String,
    version: String,
    title: String,
    valid_from: NaiveDate,
    legal_status: String,
    law_as_of: NaiveDate,
    status_line: String,
    document_format: String,
    rounding: WireRounding,
    sections: Vec<WireSection>,
    fields: Vec<WireField>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireRounding {
    headline_significant_figures: u32,
    table_significant_figures: u32,
    /// Always `exact`.
    json_and_csv: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSection {
    id: String,
    title: String,
}

/// A field is of exactly one of a concept, a member and a text.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireField {
    id: String,
    concept: Option<String>,
    unit: Option<String>,
    member: Option<String>,
    text: Option<String>,
    section: String,
    required: bool,
    confidentiality: String,
    #[serde(default)]
    recipients: Vec<String>,
    label: String,
}

/// Reads the file of a template.
fn parse(file: &str) -> Result<Template, String> {
    let wire: WireTemplate = serde_json::from_str(file).map_err(|error| error.to_string())?;
    if wire.rounding.json_and_csv != "exact" {
        return Err("files for machines hold exact values".to_owned());
    }
    let sections: Vec<Section> =
        wire.sections.into_iter().map(|section| Section { id: section.id, title: section.title }).collect();
    let field = |field: WireField| -> Result<Field, String> {
        let is_of_section = sections.iter().any(|section| section.id == field.section);
        let of = match (field.concept, field.unit, field.member, field.text) {
            (Some(concept), Some(unit), None, None) => FieldOf::Fact { concept, unit },
            (None, None, Some(member), None) => FieldOf::Member(member),
            (None, None, None, Some(text)) => FieldOf::Text(text),
            _ => return Err(format!("'{}' is of none or of several things", field.id)),
        };
        if !is_of_section {
            return Err(format!("'{}' is of no section", field.id));
        }
        Ok(Field {
            id: field.id,
            of,
            section: field.section,
            need: if field.required { Need::Required } else { Need::Optional },
            confidentiality: field.confidentiality.parse::<Confidentiality>()?,
            recipients: field
                .recipients
                .iter()
                .map(|word| word.parse::<Recipient>())
                .collect::<Result<_, _>>()?,
            label: field.label,
        })
    };
    let fields = wire.fields.into_iter().map(field).collect::<Result<_, _>>()?;
    Ok(Template {
        id: wire.id,
        version: wire.version,
        title: wire.title,
        valid_from: wire.valid_from,
        legal_status: wire.legal_status.parse::<LegalStatus>()?,
        law_as_of: wire.law_as_of,
        status_form: wire.status_line,
        document_format: wire.document_format,
        rounding: Rounding {
            headline_significant: wire.rounding.headline_significant_figures,
            table_significant: wire.rounding.table_significant_figures,
        },
        sections,
        fields,
    })
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
