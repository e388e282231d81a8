//! The printable page of a pack: one self-contained HTML file, without a script and without links to other files.

use super::{recipients, recipients_of_all};
use crate::domain::authority_pack::{AuthorityPack, PackFact, PackSource, PackTask, PackValue, Release};
use crate::domain::period::day;
use crate::render::html::STYLESHEET;
use crate::text::{Language, scientific};
use askama::Template;

/// What this page has beside the style sheet of all pages.
const OWN_STYLESHEET: &str = include_str!("../../../templates/pack.css");

pub(super) fn render(pack: &AuthorityPack) -> Result<Vec<u8>, askama::Error> {
    let models = pack.models.iter().map(|model| {
        let of_model = pack.facts.iter().filter(|fact| fact.model == model.key);
        let texts = pack.texts.iter().filter(|text| text.model == model.key);
        Model {
            key: &model.key,
            name: &model.name,
            version: model.version.clone().unwrap_or_else(|| "not stated".to_owned()),
            released_on: model.released_on.map_or_else(|| "not stated".to_owned(), day),
            rows: of_model.map(row).collect(),
            texts: texts
                .map(|text| Text {
                    label: match &text.task {
                        Some(task) => format!("{}: {}", text.field.label(), describe(task)),
                        None => text.field.label().to_owned(),
                    },
                    text: &text.text,
                    confidentiality: text.release.confidentiality.as_str(),
                    recipients: recipients(&text.release),
                })
                .collect(),
        }
    });
    let page = Page {
        pack,
        css: STYLESHEET,
        own_css: OWN_STYLESHEET,
        built_on: day(pack.built_on),
        recipients: recipients_of_all(pack),
        mark: pack.provider.kind.mark(),
        models: models.collect(),
    };
    Ok(page.render()?.into_bytes())
}

#[derive(Template)]
#[template(path = "pack.html")]
struct Page<'a> {
    pack: &'a AuthorityPack,
    css: &'static str,
    own_css: &'static str,
    built_on: String,
    recipients: String,
    mark: Option<&'static str>,
    models: Vec<Model<'a>>,
}

struct Model<'a> {
    key: &'a str,
    name: &'a str,
    version: String,
    released_on: String,
    rows: Vec<Row<'a>>,
    texts: Vec<Text<'a>>,
}

struct Row<'a> {
    label: &'static str,
    /// Of which task, and of which days.
    of: Vec<String>,
    value: String,
    /// Why there is no value.
    reason: Option<&'a str>,
    knowledge: &'static str,
    source: String,
    /// Of the document that it comes from.
    digest: Option<&'a str>,
    release: &'a Release,
    recipients: String,
}

struct Text<'a> {
    label: String,
    text: &'a str,
    confidentiality: &'static str,
    recipients: String,
}

fn row(fact: &PackFact) -> Row<'_> {
    let days = fact.days.map(|days| format!("{} until before {}", day(days.from()), day(days.to())));
    let told =
        |digits: &str| format!("{}\u{a0}{}", scientific(Language::English, digits), fact.concept.unit());
    let (source, digest) = match &fact.source {
        PackSource::Declared { revision } => (format!("declared, revision {revision}"), None),
        PackSource::Disclosure { address, document_sha256, .. } => {
            (address.clone(), Some(document_sha256.as_str()))
        }
        PackSource::None => (String::new(), None),
    };
    Row {
        label: fact.concept.label(),
        of: fact.task.as_ref().map(describe).into_iter().chain(days).collect(),
        value: match &fact.value {
            PackValue::NotAvailable(_) => fact.value.text(),
            known => told(&known.text()),
        },
        reason: fact.value.reason(),
        knowledge: fact.knowledge.map_or("", |knowledge| knowledge.as_str()),
        source,
        digest,
        release: &fact.release,
        recipients: recipients(&fact.release),
    }
}

fn describe(task: &PackTask) -> String {
    match &task.task {
        Some(text) => format!("{} ({text}) on {}", task.task_type.label(), task.hardware),
        None => format!("{} on {}", task.task_type.label(), task.hardware),
    }
}
