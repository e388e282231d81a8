//! The printable page of a pack: one self-contained HTML file, without a script and without links to other files.

use super::csv::source;
use crate::domain::authority_pack::{AuthorityPack, PackFact, PackTask, PackValue};
use crate::domain::period::day;
use crate::domain::template::Recipient;
use crate::render::html::STYLESHEET;
use crate::render::number::group;
use askama::Template;

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
                })
                .collect(),
        }
    });
    let page = Page {
        pack,
        css: STYLESHEET,
        built_on: day(pack.built_on),
        recipients: recipients(pack),
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
    rows: Vec<Row>,
    texts: Vec<Text<'a>>,
}

struct Row {
    label: &'static str,
    of: String,
    value: String,
    knowledge: &'static str,
    source: String,
    confidentiality: &'static str,
}

struct Text<'a> {
    label: String,
    text: &'a str,
}

/// To whom the fields go; all of this template go to the same.
fn recipients(pack: &AuthorityPack) -> String {
    let of_all =
        pack.facts.iter().map(|fact| &fact.release).chain(pack.texts.iter().map(|text| &text.release));
    let mut all: Vec<Recipient> = of_all.flat_map(|release| release.recipients.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter().map(Recipient::label).collect::<Vec<_>>().join(" and ")
}

fn row(fact: &PackFact) -> Row {
    let days = fact.days.map(|days| format!("{} until before {}", day(days.from()), day(days.to())));
    let parts = [fact.task.as_ref().map(describe), days];
    Row {
        label: fact.concept.label(),
        of: parts.into_iter().flatten().collect::<Vec<_>>().join("; "),
        value: match &fact.value {
            PackValue::NotAvailable(reason) => format!("N/A: {reason}"),
            // A power of ten has no groups of digits.
            PackValue::Told(value) if value.exponent() > 0 => format!("{value}\u{a0}{}", fact.concept.unit()),
            other => format!("{}\u{a0}{}", group(&other.text()), fact.concept.unit()),
        },
        knowledge: fact.knowledge.map_or("", |knowledge| knowledge.as_str()),
        source: source(fact),
        confidentiality: fact.release.confidentiality.as_str(),
    }
}

fn describe(task: &PackTask) -> String {
    match &task.task {
        Some(text) => format!("{} ({text}) on {}", task.task_type.label(), task.hardware),
        None => format!("{} on {}", task.task_type.label(), task.hardware),
    }
}
