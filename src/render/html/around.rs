//! What the page shows around the figures: who the provider is, its own words, hardware, exclusions, what the energy is
//! as much as, budgets, verification and versions.

use super::{figure, plain};
use crate::domain::disclosure::{Disclosure, ProviderText, TextField, VerificationKind};
use crate::domain::fact::{Concept, FactValue};
use crate::domain::period::day;
use crate::render::number::{TABLE, count, group, percent};

/// A text of the provider with the tag of its language.
pub(super) struct Words {
    pub(super) language: String,
    /// Paragraphs.
    pub(super) paragraphs: Vec<String>,
}

/// Texts about one thing.
pub(super) struct WordsOf {
    pub(super) heading: &'static str,
    pub(super) words: Vec<Words>,
}

pub(super) struct HardwareRow {
    pub(super) accelerator: String,
    pub(super) site: String,
    pub(super) accelerators: String,
    pub(super) validity: String,
}

pub(super) struct ExclusionRow {
    pub(super) what: String,
    pub(super) month: String,
    pub(super) tasks: String,
}

pub(super) struct EquivalentRow {
    pub(super) of: &'static str,
    pub(super) sentence: String,
    pub(super) source: String,
}

pub(super) struct BudgetRow {
    pub(super) key: String,
    pub(super) of: String,
    pub(super) year: i32,
    pub(super) unit: &'static str,
    pub(super) allowance: String,
    pub(super) used: String,
    pub(super) share: String,
}

pub(super) struct HistoryRow {
    pub(super) version: i32,
    pub(super) published_on: String,
    pub(super) sha256: String,
    pub(super) reason: String,
}

/// What is odd about the records; `None` in documents that say nothing of it.
pub(super) struct Quality {
    pub(super) records_in_conflict: String,
    pub(super) hours_without_records: String,
}

/// The page's own parts of what stands around the figures.
pub(super) struct Around {
    pub(super) words: Vec<WordsOf>,
    pub(super) exclusion_words: Vec<Words>,
    pub(super) exclusions: Vec<ExclusionRow>,
    pub(super) hardware: Vec<HardwareRow>,
    pub(super) quality: Option<Quality>,
    pub(super) equivalents: Vec<EquivalentRow>,
    pub(super) budgets: Vec<BudgetRow>,
    pub(super) verification: String,
    pub(super) history: Vec<HistoryRow>,
}

pub(super) fn around(d: &Disclosure) -> Around {
    Around {
        words: words(d),
        exclusion_words: words_on(d, TextField::Exclusions),
        exclusions: exclusions(d),
        hardware: hardware(d),
        quality: quality(d),
        equivalents: equivalents(d),
        budgets: budgets(d),
        verification: verification(d),
        history: d
            .history
            .iter()
            .map(|line| HistoryRow {
                version: line.version,
                published_on: day(line.published_on),
                sha256: line.document_sha256.clone(),
                reason: line.reason.clone().unwrap_or_else(|| "no reason stated".to_owned()),
            })
            .collect(),
    }
}

fn words_of(language: &str, text: &str) -> Words {
    let paragraphs = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Words { language: language.to_owned(), paragraphs: paragraphs.map(str::to_owned).collect() }
}

fn words_on(d: &Disclosure, field: TextField) -> Vec<Words> {
    let texts = d.texts.iter().filter(|text| text.field == field);
    texts.map(|ProviderText { language, text, .. }| words_of(language, text)).collect()
}

/// All but exclusions, which stand with the coverage. Earlier documents hold the method beside their service alone.
fn words(d: &Disclosure) -> Vec<WordsOf> {
    let heading = |field| match field {
        TextField::Method => Some("How the provider comes by its figures"),
        TextField::AllocationRule => Some("How shared batches and idle capacity are allocated"),
        TextField::Hardware => Some("What runs the tasks"),
        TextField::Remarks => Some("Remarks"),
        TextField::Exclusions => None,
    };
    let mut words: Vec<WordsOf> = TextField::ALL
        .iter()
        .filter_map(|field| Some(WordsOf { heading: heading(*field)?, words: words_on(d, *field) }))
        .collect();
    if let (Some(method), Some(text)) = (words.first_mut(), &d.service.energy_method)
        && method.words.is_empty()
    {
        method.words.push(words_of("en", text));
    }
    words.retain(|of| !of.words.is_empty());
    words
}

fn exclusions(d: &Disclosure) -> Vec<ExclusionRow> {
    d.exclusions
        .iter()
        .map(|line| ExclusionRow {
            what: line.what.clone(),
            month: line.month.first_day().format("%B %Y").to_string(),
            tasks: line.tasks.map_or("unknown".to_owned(), |tasks| group(&tasks.to_string())),
        })
        .collect()
}

fn hardware(d: &Disclosure) -> Vec<HardwareRow> {
    let name = |key: &str| {
        let site = d.sites.iter().find(|site| site.key == key);
        site.map_or_else(|| key.to_owned(), |site| site.name.clone())
    };
    d.hardware
        .iter()
        .map(|line| HardwareRow {
            accelerator: line.accelerator.clone(),
            site: name(&line.site),
            accelerators: group(&line.accelerators.to_string()),
            validity: format!("{} until before {}", day(line.valid.from()), day(line.valid.to())),
        })
        .collect()
}

fn quality(d: &Disclosure) -> Option<Quality> {
    let has = |concept| d.facts.iter().any(|fact| fact.concept == concept);
    has(Concept::RecordsInConflict).then(|| Quality {
        records_in_conflict: count(d.value(Concept::RecordsInConflict, None)),
        hours_without_records: count(d.value(Concept::HoursWithoutRecords, None)),
    })
}

fn equivalents(d: &Disclosure) -> Vec<EquivalentRow> {
    d.equivalents
        .iter()
        .map(|line| EquivalentRow {
            of: match line.concept {
                Concept::EnergyFacilityTotal => "All tasks of the period",
                _ => "One task, at the mean",
            },
            sentence: line.sentence.clone(),
            source: line.source.clone(),
        })
        .collect()
}

fn budgets(d: &Disclosure) -> Vec<BudgetRow> {
    d.budgets
        .iter()
        .map(|line| BudgetRow {
            key: line.key.clone(),
            of: match &line.service {
                Some(_) => "this service".to_owned(),
                None => "all services of the provider".to_owned(),
            },
            year: line.year,
            unit: if line.unit == "kWh" { "kWh" } else { "kg CO₂e" },
            allowance: group(&plain(line.allowance)),
            used: figure(FactValue::Known(line.used), TABLE),
            share: line.share.map_or("N/A".to_owned(), percent),
        })
        .collect()
}

fn verification(d: &Disclosure) -> String {
    let verification = &d.verification;
    let who = match verification.kind {
        VerificationKind::None => return "Nobody has verified these figures beside the provider.".to_owned(),
        VerificationKind::Internal => "another part of the provider",
        VerificationKind::ThirdParty => "a third party",
    };
    let mut sentence = format!("The provider states that {who} verified these figures");
    if let Some(verifier) = &verification.verifier {
        sentence.push_str(&format!(": {verifier}"));
    }
    if let Some(standard) = &verification.standard {
        sentence.push_str(&format!(", by {standard}"));
    }
    if let Some(verified_on) = verification.verified_on {
        sentence.push_str(&format!(", on {}", day(verified_on)));
    }
    sentence.push('.');
    sentence
}
