//! The canonical JSON (RFC 8785) of a pack: the source of its digest.

use crate::domain::authority_pack::{AuthorityPack, PackFact, PackSource, PackTask, PackText, Release};
use crate::domain::template::Confidentiality;
use chrono::NaiveDate;
use serde::Serialize;

/// The layout of this file, apart from the template's version.
const FORMAT: &str = "taskwatt-authority-pack/1";

#[derive(Serialize)]
struct Wire<'a> {
    format: &'static str,
    number: i32,
    version: i32,
    built_on: NaiveDate,
    /// The class of the document as a whole.
    confidentiality: &'static str,
    template: WireTemplate<'a>,
    provider: WireProvider<'a>,
    models: Vec<WireModel<'a>>,
    facts: Vec<WireFact<'a>>,
    texts: Vec<WireText<'a>>,
}

#[derive(Serialize)]
struct WireTemplate<'a> {
    id: &'a str,
    version: &'a str,
    legal_status: &'a str,
    status_line: &'a str,
}

#[derive(Serialize)]
struct WireProvider<'a> {
    key: &'a str,
    legal_name: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lei: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
}

#[derive(Serialize)]
struct WireModel<'a> {
    key: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    released_on: Option<NaiveDate>,
}

#[derive(Serialize)]
struct WireFact<'a> {
    concept: &'static str,
    model: &'a str,
    /// The digits that were told, or `N/A` with the reason.
    value: String,
    unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    significant_figures: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    knowledge: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<NaiveDate>,
    #[serde(flatten)]
    task: Option<WireTask<'a>>,
    source: WireSource<'a>,
    #[serde(flatten)]
    release: WireRelease,
}

#[derive(Serialize)]
struct WireTask<'a> {
    task_type: &'static str,
    hardware: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum WireSource<'a> {
    Declared { revision: i32 },
    Disclosure { number: i32, version: i32, address: &'a str, document_sha256: &'a str },
    None {},
}

#[derive(Serialize)]
struct WireRelease {
    confidentiality: &'static str,
    recipients: Vec<&'static str>,
}

#[derive(Serialize)]
struct WireText<'a> {
    field: &'static str,
    model: &'a str,
    #[serde(flatten)]
    task: Option<WireTask<'a>>,
    text: &'a str,
    #[serde(flatten)]
    release: WireRelease,
}

/// The canonical bytes.
pub fn render(pack: &AuthorityPack) -> Vec<u8> {
    let AuthorityPack { template, provider, .. } = pack;
    let wire = Wire {
        format: FORMAT,
        number: pack.reference.number,
        version: pack.reference.version,
        built_on: pack.built_on,
        confidentiality: Confidentiality::Authority.as_str(),
        template: WireTemplate {
            id: &template.id,
            version: &template.version,
            legal_status: &template.legal_status,
            status_line: &template.status_line,
        },
        provider: WireProvider {
            key: &provider.key,
            legal_name: &provider.legal_name,
            kind: provider.kind.as_str(),
            contact: provider.contact.as_deref(),
            lei: provider.lei.as_deref(),
            role: provider.role.map(|role| role.as_str()),
        },
        models: pack
            .models
            .iter()
            .map(|model| WireModel {
                key: &model.key,
                name: &model.name,
                version: model.version.as_deref(),
                released_on: model.released_on,
            })
            .collect(),
        facts: pack.facts.iter().map(fact).collect(),
        texts: pack.texts.iter().map(text).collect(),
    };
    // Strings, integers and lists have a canonical form.
    serde_json_canonicalizer::to_vec(&wire).expect("a document of strings and integers")
}

fn fact(fact: &PackFact) -> WireFact<'_> {
    WireFact {
        concept: fact.concept.as_str(),
        model: &fact.model,
        value: fact.value.text(),
        unit: fact.concept.unit(),
        reason: fact.value.reason(),
        significant_figures: fact.value.significant_figures(),
        knowledge: fact.knowledge.map(|knowledge| knowledge.as_str()),
        from: fact.days.map(|days| days.from()),
        to: fact.days.map(|days| days.to()),
        task: fact.task.as_ref().map(task),
        source: match &fact.source {
            PackSource::Declared { revision } => WireSource::Declared { revision: *revision },
            PackSource::Disclosure { reference, address, document_sha256 } => WireSource::Disclosure {
                number: reference.number,
                version: reference.version,
                address,
                document_sha256,
            },
            PackSource::None => WireSource::None {},
        },
        release: release(&fact.release),
    }
}

fn task(task: &PackTask) -> WireTask<'_> {
    WireTask { task_type: task.task_type.as_str(), hardware: &task.hardware, task: task.task.as_deref() }
}

fn release(release: &Release) -> WireRelease {
    WireRelease {
        confidentiality: release.confidentiality.as_str(),
        recipients: release.recipients.iter().map(|recipient| recipient.as_str()).collect(),
    }
}

fn text(text: &PackText) -> WireText<'_> {
    WireText {
        field: text.field.as_str(),
        model: &text.model,
        task: text.task.as_ref().map(task),
        text: &text.text,
        release: release(&text.release),
    }
}
