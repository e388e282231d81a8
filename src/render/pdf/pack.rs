//! An authority pack: a page that says what it is and whom it goes to, and every field of every model as a block of its
//! own, because reasons and methods are long and a reader looks for one field of one model.

use super::content::{Attachment, Block, Cell, Column, Content, Notice, Pair, Row, Section, Table, Words};
use super::say::{breakable, kilobytes, name_or_key};
use super::sections::{assurance, heading, paragraph};
use super::{bare, chart::In};
use crate::domain::authority_pack::{
    AuthorityPack, PackConcept, PackFact, PackSource, PackTask, PackText, PackTextField, PackValue, Release,
};
use crate::domain::disclosure::{ModelLine, Reference};
use crate::render::number::TABLE;
use crate::render::pack::{PackFormat, recipients, recipients_of_all};
use crate::text::{Language, fill, number, scientific, significant};

const KEYWORDS: &[&str] = &["general-purpose AI model", "energy of training", "compute", "AI Act, Annex XI"];
const READING: &[&str] = &[
    "Figures that the provider told stand with exactly the digits that were told, and with the number of these significant \
     figures. The same digits stand in the attached file pack.json.",
    "“N/A” is an answer and stands with its reason. “not stated”: the provider told nothing, and need not.",
    "Energy is “known” where all of it was measured, and “estimated” elsewhere.",
    "“Confidentiality” names who may see a field, and whom it goes to: “authority” is for authorities alone.",
];
const OVERVIEW: &str = "Overview of the models";
const OVERVIEW_NOTE: &str =
    "As it stands under each model. The energy in use is rounded to three significant figures here.";
const DIGEST_NOTE: &str = "The figures and texts of this pack have one digest. Whoever has the file pack.json, which is inside \
                           this document, can compute it again.";
const FILES_NOTE: &str = "This file is inside this document, as it was frozen.";

/// The canonical JSON as a file inside the document.
pub(super) fn attachment(bytes: usize) -> Attachment {
    Attachment {
        name: format!("pack.{}", PackFormat::Json.as_str()),
        media_type: bare(PackFormat::Json.media_type()),
        description: "Every figure and text of the pack, canonical JSON",
        relationship: "source",
        size: kilobytes(Language::English, bytes),
    }
}

/// Everything that is set.
pub(super) fn content<'a>(
    pack: &AuthorityPack,
    at: In,
    attached: &'a [(Attachment, &[u8])],
    digest: String,
) -> Content<'a> {
    let page = &at.words.page;
    let attachments: Vec<&Attachment> = attached.iter().map(|(attachment, _)| attachment).collect();
    let [before, after] = ["Authority pack of ", ": energy and compute of models"];
    Content {
        lang: at.language.as_str(),
        title: vec![Words::new(before), Words::new(breakable(&pack.provider.legal_name)), Words::new(after)],
        plain_title: format!("{before}{}{after}", pack.provider.legal_name),
        author: pack.provider.legal_name.clone(),
        subject: "Energy and compute of general-purpose AI models by Annex XI of the AI Act, for authorities",
        keywords: KEYWORDS,
        reference: number_and_version(pack),
        mark: Some(format!("Confidential. For the {}.", recipients_of_all(pack))),
        page: page.page,
        contents: page.contents,
        legal_status: page.legal_status,
        status: vec![Words::new(breakable(&pack.template.status_line))],
        identity: vec![
            Pair::new(at.words.identity.provider, breakable(&pack.provider.legal_name)),
            Pair::new("Models", whole(pack.models.len())),
            Pair::new("Pack", number_and_version(pack)),
            Pair::new(at.words.identity.built_on, at.words.dates.day(pack.built_on)),
        ],
        notices: notices(pack),
        headline: None,
        reading_title: page.reading_title,
        reading: READING,
        sections: sections(pack, at, &attachments, &digest),
        attachments,
        digest,
    }
}

fn number_and_version(pack: &AuthorityPack) -> String {
    let Reference { number, version } = pack.reference;
    format!("Authority pack No. {number}, version {version}")
}

fn whole(count: usize) -> String {
    // Packs and models are few.
    number(Language::English, &crate::units::Decimal::new(count as i128, 0))
}

fn notices(pack: &AuthorityPack) -> Vec<Notice> {
    let confidential = Notice {
        heading: "Confidential",
        text: format!("This pack is for the {} alone, and not for the public.", recipients_of_all(pack)),
    };
    let of_kind = pack.provider.kind.notice();
    let of_kind = of_kind.map(|(heading, text)| Notice { heading, text: text.to_owned() });
    std::iter::once(confidential).chain(of_kind).collect()
}

fn sections(pack: &AuthorityPack, at: In, attachments: &[&Attachment], digest: &str) -> Vec<Section> {
    let section = |title: &str, blocks| Section { title: Words::new(title), blocks };
    let identity = vec![fields(identity(pack, at))];
    let mut all = vec![section(at.words.identity.title, identity)];
    // Of one model, its own section says as much.
    if pack.models.len() > 1 {
        all.push(section(OVERVIEW, vec![Block::Table(overview(pack))]));
    }
    all.extend(
        pack.models.iter().map(|model| section(&breakable(name_of(model)), blocks_of(pack, model, at))),
    );
    let words = &at.words.assurance;
    let mut files = vec![heading(words.digests), paragraph(DIGEST_NOTE)];
    files.push(Block::Pairs { pairs: vec![Pair::code("SHA-256 of pack.json", breakable(digest))] });
    files.extend(assurance::files(words, FILES_NOTE, attachments).map(Block::Table));
    all.push(section("Digest and attached file", files));
    all
}

fn name_of(model: &ModelLine) -> &str {
    name_or_key(&model.name, &model.key)
}

fn fields(pairs: Vec<Pair>) -> Block {
    Block::Fields { text: None, pairs }
}

fn identity(pack: &AuthorityPack, at: In) -> Vec<Pair> {
    let (provider, words) = (&pack.provider, &at.words.identity);
    let stated = |text: Option<&str>| text.map_or_else(|| at.words.page.not_stated.to_owned(), breakable);
    let template = &pack.template;
    vec![
        Pair::new(words.legal_name, breakable(&provider.legal_name)),
        Pair::code("Key of the provider", breakable(&provider.key)),
        Pair::new(words.lei, stated(provider.lei.as_deref())),
        Pair::new(words.role, provider.role.map_or(at.words.page.not_stated, at.words.terms.role)),
        Pair::new(words.kind, (at.words.terms.provider_kind)(provider.kind)),
        Pair::new(words.contact, stated(provider.contact.as_deref())),
        Pair::new("Pack", number_and_version(pack)),
        Pair::new(words.built_on, at.words.dates.day(pack.built_on)),
        Pair::new(words.template, format!("{} {}", breakable(&template.id), breakable(&template.version))),
        Pair::new("Legal status of what it follows", breakable(&template.legal_status)),
        Pair::new("Confidentiality", format!("authority: for the {}", recipients_of_all(pack))),
    ]
}

/// The figures of all models beside each other.
fn overview(pack: &AuthorityPack) -> Table {
    let columns = vec![
        Column::words("Model", 3),
        Column::number(PackConcept::TrainingEnergy.label(), 2),
        Column::number(PackConcept::TrainingCompute.label(), 2),
        Column::number(PackConcept::InferenceCompute.label(), 2),
        Column::number(PackConcept::EnergyInUse.label(), 2),
    ];
    let rows = pack.models.iter().map(|model| {
        let figures = PackConcept::ALL.iter().map(|concept| {
            let of_it = pack.facts.iter().filter(|fact| fact.model == model.key && fact.concept == *concept);
            let values = of_it.map(|fact| match &fact.value {
                PackValue::Disclosed(value) => {
                    with_unit(fact.concept, &significant(Language::English, *value, TABLE))
                }
                _ => value(fact),
            });
            Cell::new(values.collect::<Vec<_>>().join("\n"))
        });
        let name = Cell::new(breakable(name_of(model))).below(Words::new(breakable(&model.key)));
        Row::plain(std::iter::once(name).chain(figures).collect())
    });
    Table::new("Figures of all models", columns, rows.collect()).note(OVERVIEW_NOTE)
}

/// What a pack says of one model: its figures, each with its method after it.
fn blocks_of(pack: &AuthorityPack, model: &ModelLine, at: In) -> Vec<Block> {
    let words = &at.words.identity;
    let not_stated = at.words.page.not_stated;
    let released = model.released_on.map_or_else(|| not_stated.to_owned(), |day| at.words.dates.day(day));
    let mut blocks = vec![fields(vec![
        Pair::code(words.key, breakable(&model.key)),
        Pair::new(words.version, model.version.as_deref().map_or(not_stated.to_owned(), breakable)),
        Pair::new(words.released, released),
    ])];
    let mut texts: Vec<&PackText> = pack.texts.iter().filter(|text| text.model == model.key).collect();
    for fact in pack.facts.iter().filter(|fact| fact.model == model.key) {
        blocks.push(heading(fact.concept.label()));
        let method = method_of(fact.concept);
        let own = texts.iter().position(|text| Some(text.field) == method && text.task == fact.task);
        let mut pairs = pairs_of(fact, at);
        if method.is_some() && own.is_none() {
            pairs.push(Pair::new("Method", not_stated));
        }
        pairs.push(release(&fact.release));
        blocks.push(fields(pairs));
        blocks.extend(own.into_iter().flat_map(|index| blocks_of_text(texts.remove(index))));
    }
    // None is lost, whatever it is about.
    blocks.extend(texts.into_iter().flat_map(blocks_of_text));
    blocks
}

/// The text that says by which method a figure is known.
fn method_of(concept: PackConcept) -> Option<PackTextField> {
    match concept {
        PackConcept::TrainingEnergy => Some(PackTextField::TrainingEnergyMethod),
        PackConcept::TrainingCompute => Some(PackTextField::TrainingComputeMethod),
        PackConcept::InferenceCompute => Some(PackTextField::InferenceComputeMethod),
        PackConcept::EnergyInUse => None,
    }
}

/// The whole width is the text's, which is the longest of all fields.
fn blocks_of_text(text: &PackText) -> [Block; 2] {
    let mut pairs: Vec<Pair> = text.task.iter().flat_map(pairs_of_task).collect();
    pairs.push(release(&text.release));
    [heading(text.field.label()), Block::Fields { text: Some(Words::new(breakable(&text.text))), pairs }]
}

fn pairs_of(fact: &PackFact, at: In) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = fact.task.iter().flat_map(pairs_of_task).collect();
    pairs.push(Pair::new("Value", value(fact)));
    pairs.extend(fact.value.reason().map(|reason| Pair::new("Why there is none", breakable(reason))));
    let figures = fact.value.significant_figures();
    pairs.extend(figures.map(|figures| Pair::new("Significant figures", whole(figures as usize))));
    pairs.extend(fact.knowledge.map(|knowledge| Pair::new("Known or estimated", knowledge.as_str())));
    let days = match fact.concept {
        PackConcept::EnergyInUse => "Period of the disclosure",
        _ => "Days of training",
    };
    pairs.extend(fact.days.map(|told| Pair::new(days, at.words.dates.days(told))));
    match &fact.source {
        PackSource::Declared { revision } => {
            pairs.push(Pair::new("Source", format!("declared by the provider, revision {revision}")));
        }
        PackSource::Disclosure { reference, address, document_sha256 } => {
            let told = [reference.number.to_string(), reference.version.to_string()];
            pairs.push(Pair::new("Source", fill(at.words.page.disclosure, &[&told[0], &told[1]])));
            pairs.push(Pair::code("Its address", breakable(address)));
            pairs.push(Pair::code("Its SHA-256", breakable(document_sha256)));
        }
        PackSource::None => {}
    }
    pairs
}

fn pairs_of_task(task: &PackTask) -> Vec<Pair> {
    let mut pairs = vec![Pair::new("Task type", task.task_type.label())];
    pairs.extend(task.task.as_deref().map(|told| Pair::new("Task", breakable(told))));
    pairs.push(Pair::new("Hardware", breakable(&task.hardware)));
    pairs
}

fn release(release: &Release) -> Pair {
    let class = release.confidentiality.as_str();
    let told = match recipients(release) {
        nobody if nobody.is_empty() => class.to_owned(),
        recipients => format!("{class}: for the {recipients}"),
    };
    Pair::new("Confidentiality", told)
}

/// A value with its unit, or "N/A".
fn value(fact: &PackFact) -> String {
    match &fact.value {
        PackValue::Told(told) => with_unit(fact.concept, &scientific(Language::English, &told.to_string())),
        PackValue::Disclosed(value) => with_unit(fact.concept, &number(Language::English, value)),
        PackValue::NotAvailable(_) => fact.value.text(),
    }
}

fn with_unit(concept: PackConcept, value: &str) -> String {
    format!("{value}\u{a0}{}", concept.unit())
}
