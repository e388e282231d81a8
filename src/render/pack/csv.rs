//! CSV: one figure or text a row.

use crate::domain::authority_pack::{AuthorityPack, PackFact, PackSource, PackTask, Release};
use crate::render::csv::neutralise;

/// The columns.
pub(super) const HEADER: [&str; 20] = [
    "pack",
    "version",
    "template",
    "template_version",
    "provider",
    "field",
    "model",
    "task_type",
    "hardware",
    "task",
    "value",
    "unit",
    "significant_figures",
    "knowledge",
    "reason",
    "from",
    "to",
    "source",
    "confidentiality",
    "recipients",
];

pub(super) fn render(pack: &AuthorityPack) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory does not fail.
    writer.write_record(HEADER).expect("a row in memory");
    for row in rows(pack) {
        writer.write_record(row.map(neutralise)).expect("a row in memory");
    }
    writer.into_inner().expect("a buffer in memory")
}

/// The cells of each figure and then of each text, as they are.
pub(super) fn rows(pack: &AuthorityPack) -> impl Iterator<Item = [String; HEADER.len()]> + '_ {
    let head = || {
        [
            pack.reference.number.to_string(),
            pack.reference.version.to_string(),
            pack.template.id.clone(),
            pack.template.version.clone(),
            pack.provider.key.clone(),
        ]
    };
    let facts = pack.facts.iter().map(move |fact| {
        let [number, version, template, template_version, provider] = head();
        let [task_type, hardware, task] = task_cells(fact.task.as_ref());
        let [confidentiality, recipients] = release_cells(&fact.release);
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        [
            number,
            version,
            template,
            template_version,
            provider,
            fact.concept.as_str().to_owned(),
            fact.model.clone(),
            task_type,
            hardware,
            task,
            fact.value.text(),
            fact.concept.unit().to_owned(),
            fact.value.significant_figures().map_or(String::new(), |figures| figures.to_string()),
            text(fact.knowledge.map(|knowledge| knowledge.as_str())),
            text(fact.value.reason()),
            fact.days.map_or(String::new(), |days| days.from().to_string()),
            fact.days.map_or(String::new(), |days| days.to().to_string()),
            source(fact),
            confidentiality,
            recipients,
        ]
    });
    let texts = pack.texts.iter().map(move |text| {
        let [number, version, template, template_version, provider] = head();
        let [task_type, hardware, task] = task_cells(text.task.as_ref());
        let [confidentiality, recipients] = release_cells(&text.release);
        let empty = String::new;
        [
            number,
            version,
            template,
            template_version,
            provider,
            text.field.as_str().to_owned(),
            text.model.clone(),
            task_type,
            hardware,
            task,
            text.text.clone(),
            empty(),
            empty(),
            empty(),
            empty(),
            empty(),
            empty(),
            "declared".to_owned(),
            confidentiality,
            recipients,
        ]
    });
    facts.chain(texts)
}

/// Where a figure comes from, in one phrase.
fn source(fact: &PackFact) -> String {
    match &fact.source {
        PackSource::Declared { revision } => format!("declared, revision {revision}"),
        PackSource::Disclosure { address, document_sha256, .. } => {
            format!("{address}, SHA-256 {document_sha256}")
        }
        PackSource::None => String::new(),
    }
}

fn task_cells(task: Option<&PackTask>) -> [String; 3] {
    task.map_or_else(Default::default, |task| {
        [task.task_type.as_str().to_owned(), task.hardware.clone(), task.task.clone().unwrap_or_default()]
    })
}

fn release_cells(release: &Release) -> [String; 2] {
    let recipients: Vec<&str> = release.recipients.iter().map(|recipient| recipient.as_str()).collect();
    [release.confidentiality.as_str().to_owned(), recipients.join(" ")]
}
