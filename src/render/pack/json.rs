//! The canonical JSON (RFC 8785) of a pack: the source of its digest, and the one form in which it is kept. Reading it
//! back gives the same pack.

use crate::domain::authority_pack::{
    AuthorityPack, Knowledge, PackConcept, PackFact, PackSource, PackTask, PackText, PackTextField,
    PackValue, Release,
};
use crate::domain::disclosure::{ModelLine, ProviderLine, Reference, TemplateUse};
use crate::domain::period::Days;
use crate::domain::registry::{ProviderKind, ProviderRole};
use crate::domain::template::{Confidentiality, Recipient};
use crate::domain::terms::TaskType;
use crate::render::json::{UnreadableDocument, decimal, known};
use crate::units::Significant;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// The layout of this file, apart from the template's version.
const FORMAT: &str = "taskwatt-authority-pack/1";

#[derive(Deserialize, Serialize)]
struct Wire {
    format: String,
    number: i32,
    version: i32,
    built_on: NaiveDate,
    /// The class of the document as a whole.
    confidentiality: String,
    template: WireTemplate,
    provider: WireProvider,
    models: Vec<WireModel>,
    facts: Vec<WireFact>,
    texts: Vec<WireText>,
}

#[derive(Deserialize, Serialize)]
struct WireTemplate {
    id: String,
    version: String,
    legal_status: String,
    status_line: String,
}

#[derive(Deserialize, Serialize)]
struct WireProvider {
    key: String,
    legal_name: String,
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contact: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lei: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    role: Option<String>,
}

#[derive(Deserialize, Serialize)]
struct WireModel {
    key: String,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    released_on: Option<NaiveDate>,
}

#[derive(Deserialize, Serialize)]
struct WireFact {
    concept: String,
    model: String,
    /// The digits that were told, or `N/A` with the reason.
    value: String,
    unit: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    significant_figures: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    knowledge: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<NaiveDate>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<NaiveDate>,
    #[serde(flatten)]
    task: Option<WireTask>,
    source: WireSource,
    #[serde(flatten)]
    release: WireRelease,
}

#[derive(Deserialize, Serialize)]
struct WireTask {
    task_type: String,
    hardware: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    task: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum WireSource {
    Declared { revision: i32 },
    Disclosure { number: i32, version: i32, address: String, document_sha256: String },
    None {},
}

#[derive(Deserialize, Serialize)]
struct WireRelease {
    confidentiality: String,
    recipients: Vec<String>,
}

#[derive(Deserialize, Serialize)]
struct WireText {
    field: String,
    model: String,
    #[serde(flatten)]
    task: Option<WireTask>,
    text: String,
    #[serde(flatten)]
    release: WireRelease,
}

/// The canonical bytes.
pub fn render(pack: &AuthorityPack) -> Vec<u8> {
    // Strings, integers and lists have a canonical form.
    serde_json_canonicalizer::to_vec(&to_wire(pack)).expect("a document of strings and integers")
}

/// Reads canonical bytes back into the pack.
///
/// # Errors
///
/// They are not those of a pack, or of a version of its layout that this program does not know.
pub fn read(bytes: &[u8]) -> Result<AuthorityPack, UnreadableDocument> {
    let wire: Wire =
        serde_json::from_slice(bytes).map_err(|error| UnreadableDocument::new(error.to_string()))?;
    from_wire(wire)
}

/// Whether a document says that it is a pack.
pub fn is_pack(bytes: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Layout {
        format: String,
    }
    serde_json::from_slice(bytes).is_ok_and(|layout: Layout| layout.format == FORMAT)
}

fn to_wire(pack: &AuthorityPack) -> Wire {
    let AuthorityPack { template, provider, .. } = pack.clone();
    Wire {
        format: FORMAT.to_owned(),
        number: pack.reference.number,
        version: pack.reference.version,
        built_on: pack.built_on,
        confidentiality: Confidentiality::Authority.as_str().to_owned(),
        template: WireTemplate {
            id: template.id,
            version: template.version,
            legal_status: template.legal_status,
            status_line: template.status_line,
        },
        provider: WireProvider {
            key: provider.key,
            legal_name: provider.legal_name,
            kind: provider.kind.as_str().to_owned(),
            contact: provider.contact,
            lei: provider.lei,
            role: provider.role.map(|role| role.as_str().to_owned()),
        },
        models: pack.models.iter().cloned().map(model).collect(),
        facts: pack.facts.iter().map(fact).collect(),
        texts: pack.texts.iter().map(text).collect(),
    }
}

fn model(model: ModelLine) -> WireModel {
    let ModelLine { key, name, version, released_on, .. } = model;
    WireModel { key, name, version, released_on }
}

fn fact(fact: &PackFact) -> WireFact {
    WireFact {
        concept: fact.concept.as_str().to_owned(),
        model: fact.model.clone(),
        value: fact.value.text(),
        unit: fact.concept.unit().to_owned(),
        reason: fact.value.reason().map(str::to_owned),
        significant_figures: fact.value.significant_figures(),
        knowledge: fact.knowledge.map(|knowledge| knowledge.as_str().to_owned()),
        from: fact.days.map(|days| days.from()),
        to: fact.days.map(|days| days.to()),
        task: fact.task.as_ref().map(task),
        source: match fact.source.clone() {
            PackSource::Declared { revision } => WireSource::Declared { revision },
            PackSource::Disclosure { reference: Reference { number, version }, address, document_sha256 } => {
                WireSource::Disclosure { number, version, address, document_sha256 }
            }
            PackSource::None => WireSource::None {},
        },
        release: release(&fact.release),
    }
}

fn task(task: &PackTask) -> WireTask {
    let PackTask { task_type, hardware, task } = task.clone();
    WireTask { task_type: task_type.as_str().to_owned(), hardware, task }
}

fn release(release: &Release) -> WireRelease {
    WireRelease {
        confidentiality: release.confidentiality.as_str().to_owned(),
        recipients: release.recipients.iter().map(|recipient| recipient.as_str().to_owned()).collect(),
    }
}

fn text(text: &PackText) -> WireText {
    WireText {
        field: text.field.as_str().to_owned(),
        model: text.model.clone(),
        task: text.task.as_ref().map(task),
        text: text.text.clone(),
        release: release(&text.release),
    }
}

fn from_wire(wire: Wire) -> Result<AuthorityPack, UnreadableDocument> {
    known((wire.format == FORMAT).then_some(()), &wire.format)?;
    let (template, provider) = (wire.template, wire.provider);
    Ok(AuthorityPack {
        reference: Reference { number: wire.number, version: wire.version },
        template: TemplateUse {
            id: template.id,
            version: template.version,
            legal_status: template.legal_status,
            status_line: template.status_line,
        },
        built_on: wire.built_on,
        provider: ProviderLine {
            key: provider.key,
            legal_name: provider.legal_name,
            contact: provider.contact,
            public_note: None,
            kind: known(ProviderKind::parse(&provider.kind), &provider.kind)?,
            lei: provider.lei,
            role: provider.role.map(|role| known(ProviderRole::parse(&role), &role)).transpose()?,
        },
        models: wire
            .models
            .into_iter()
            .map(|WireModel { key, name, version, released_on }| ModelLine {
                key,
                name,
                version,
                released_on,
                baseline: None,
            })
            .collect(),
        facts: wire.facts.into_iter().map(read_fact).collect::<Result<_, _>>()?,
        texts: wire.texts.into_iter().map(read_text).collect::<Result<_, _>>()?,
    })
}

fn read_fact(wire: WireFact) -> Result<PackFact, UnreadableDocument> {
    let concept = known(PackConcept::parse(&wire.concept), &wire.concept)?;
    let value = match (wire.reason, concept) {
        (Some(reason), _) => PackValue::NotAvailable(reason),
        (None, PackConcept::EnergyInUse) => PackValue::Disclosed(decimal(&wire.value)?),
        (None, _) => PackValue::Told(known(Significant::parse(&wire.value).ok(), &wire.value)?),
    };
    let days = match (wire.from, wire.to) {
        (Some(from), Some(to)) => Some(known(Days::new(from, to), &from.to_string())?),
        _ => None,
    };
    Ok(PackFact {
        concept,
        model: wire.model,
        value,
        knowledge: wire.knowledge.map(|word| known(Knowledge::parse(&word), &word)).transpose()?,
        days,
        task: wire.task.map(read_task).transpose()?,
        source: match wire.source {
            WireSource::Declared { revision } => PackSource::Declared { revision },
            WireSource::Disclosure { number, version, address, document_sha256 } => {
                PackSource::Disclosure { reference: Reference { number, version }, address, document_sha256 }
            }
            WireSource::None {} => PackSource::None,
        },
        release: read_release(&wire.release)?,
    })
}

fn read_task(wire: WireTask) -> Result<PackTask, UnreadableDocument> {
    let WireTask { task_type, hardware, task } = wire;
    Ok(PackTask { task_type: known(TaskType::parse(&task_type), &task_type)?, hardware, task })
}

fn read_release(wire: &WireRelease) -> Result<Release, UnreadableDocument> {
    Ok(Release {
        confidentiality: known(Confidentiality::parse(&wire.confidentiality), &wire.confidentiality)?,
        recipients: wire
            .recipients
            .iter()
            .map(|recipient| known(Recipient::parse(recipient), recipient))
            .collect::<Result<_, _>>()?,
    })
}

fn read_text(wire: WireText) -> Result<PackText, UnreadableDocument> {
    Ok(PackText {
        field: known(PackTextField::parse(&wire.field), &wire.field)?,
        model: wire.model,
        task: wire.task.map(read_task).transpose()?,
        text: wire.text,
        release: read_release(&wire.release)?,
    })
}
