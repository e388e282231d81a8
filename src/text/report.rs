//! The words of the written report on a disclosure (PDF) and of its charts: one struct a language, so that a missing
//! sentence does not compile. What figures and their parts are called stands in [`super::labels`].

mod de;
mod en;
mod fr;

use super::date::DateWords;
use super::language::Language;
use crate::domain::disclosure::{GapReason, Included, Incomparable, TextField, VerificationKind};
use crate::domain::registry::{ProviderKind, ProviderRole};
use crate::domain::terms::{
    Basis, Evidence, Instrument, IntervalSource, Matching, Perimeter, SiteFactorKind, SmallCells,
    TrainingEvidence,
};

/// The words in a language; `None` where no report is written in it.
pub fn report(language: Language) -> Option<&'static Report> {
    match language {
        Language::English => Some(&en::REPORT),
        Language::German => Some(&de::REPORT),
        Language::French => Some(&fr::REPORT),
        _ => None,
    }
}

/// All words of one language. `{}` stands where a number or a name is put in.
#[derive(Debug)]
pub struct Report {
    pub dates: DateWords,
    pub page: PageWords,
    pub headline: HeadlineWords,
    pub identity: IdentityWords,
    pub energy: EnergyWords,
    pub inside: InsideWords,
    pub quality: QualityWords,
    pub carbon: CarbonWords,
    pub apart: ApartWords,
    pub scale: ScaleWords,
    pub assurance: AssuranceWords,
    pub chart: ChartWords,
    pub terms: TermWords,
}

/// What stands around the text.
#[derive(Debug)]
pub struct PageWords {
    /// The service.
    pub title: &'static str,
    pub subject: &'static str,
    pub keywords: &'static [&'static str],
    /// Number and version.
    pub disclosure: &'static str,
    /// This page and the number of pages.
    pub page: &'static str,
    pub contents: &'static str,
    pub legal_status: &'static str,
    /// The status line of the public draft template, by its id and version; `None` where that of the document, which is
    /// English, is in the language of the report.
    pub status: Option<&'static str>,
    pub reading_title: &'static str,
    pub reading: &'static [&'static str],
    pub not_stated: &'static str,
    /// Two numbers of a range.
    pub range: &'static str,
    pub all_tasks: &'static str,
    pub yes: &'static str,
}

#[derive(Debug)]
pub struct HeadlineWords {
    pub mean: &'static str,
    pub mean_note: &'static str,
    pub interval: &'static str,
    pub median: &'static str,
    pub it_mean: &'static str,
    pub carbon: &'static str,
    pub completed: &'static str,
    pub coverage: &'static str,
    pub evidence: &'static str,
    /// The coverage.
    pub low_coverage: &'static str,
    pub modelled: &'static str,
    /// The modelled share.
    pub modelled_note: &'static str,
    pub public_note: &'static str,
}

#[derive(Debug)]
pub struct IdentityWords {
    pub title: &'static str,
    pub provider: &'static str,
    pub legal_name: &'static str,
    pub lei: &'static str,
    pub role: &'static str,
    pub kind: &'static str,
    pub contact: &'static str,
    pub service: &'static str,
    pub period: &'static str,
    pub template: &'static str,
    pub method: &'static str,
    pub built_on: &'static str,
    pub address: &'static str,
    pub number: &'static str,
    pub supersedes: &'static str,
    pub reason: &'static str,
    pub models: &'static str,
    pub model: &'static str,
    pub key: &'static str,
    pub version: &'static str,
    pub released: &'static str,
    pub sites: &'static str,
    pub site: &'static str,
    pub zone: &'static str,
    pub hardware: &'static str,
    pub hardware_note: &'static str,
    pub accelerator: &'static str,
    pub accelerators: &'static str,
    pub valid: &'static str,
}

#[derive(Debug)]
pub struct EnergyWords {
    pub title: &'static str,
    pub by_type: &'static str,
    pub by_type_note: &'static str,
    pub task_type: &'static str,
    pub completed: &'static str,
    pub mean: &'static str,
    pub low: &'static str,
    pub high: &'static str,
    pub it_mean: &'static str,
    pub per_tokens: &'static str,
    pub spread: &'static str,
    pub spread_note: &'static str,
    pub median: &'static str,
    pub left_out: &'static str,
    pub units: &'static str,
    pub units_note: &'static str,
    pub per: &'static str,
    pub energy_wh: &'static str,
    /// Image, page, second of sound, second of video.
    pub pieces: [&'static str; 4],
    pub by_month: &'static str,
    pub by_month_note: &'static str,
    pub month: &'static str,
    pub by_model: &'static str,
    pub by_model_note: &'static str,
    pub all_of_model: &'static str,
    pub carbon: &'static str,
    pub boundary: &'static str,
    pub boundary_note: &'static str,
    pub part: &'static str,
    pub included: &'static str,
    /// In the order of [`crate::domain::disclosure::BoundaryLine::ITEMS`].
    pub boundary_items: [&'static str; 8],
    pub factors: &'static str,
    pub factors_note: &'static str,
    pub no_factors: &'static str,
    pub factor: &'static str,
    pub value: &'static str,
    pub origin: &'static str,
    pub declared: &'static str,
    pub default: &'static str,
    /// The share.
    pub of_energy: &'static str,
    pub without_declared: &'static str,
    pub revision: &'static str,
}

#[derive(Debug)]
pub struct InsideWords {
    pub title: &'static str,
    pub stages: &'static str,
    pub no_stages: &'static str,
    pub step: &'static str,
    pub share: &'static str,
    /// The share.
    pub overhead: &'static str,
    pub places: &'static str,
    pub place: &'static str,
    pub share_of_tasks: &'static str,
    pub share_of_energy: &'static str,
    /// An amount more, and an amount less.
    pub saving: [&'static str; 2],
    pub changes: &'static str,
    pub changes_note: &'static str,
    pub what: &'static str,
    pub baseline: &'static str,
    pub times: &'static str,
    /// The ratio, and its two ends.
    pub ratio: [&'static str; 2],
    pub all_models: &'static str,
    pub not_compared: &'static str,
}

#[derive(Debug)]
pub struct QualityWords {
    pub title: &'static str,
    pub evidence: &'static str,
    pub kind: &'static str,
    pub meaning: &'static str,
    pub figures: &'static str,
    pub estimates: &'static str,
    pub estimates_note: &'static str,
    pub estimated_from: &'static str,
    /// The revision.
    pub coefficient: &'static str,
    pub formula: &'static str,
    pub interval: &'static str,
    /// What widens it most.
    pub interval_note: &'static str,
    pub sampling: &'static str,
    pub no_sampling: &'static str,
    pub small_cells: &'static str,
    pub provider_says: &'static str,
    pub exclusions: &'static str,
    pub which_tasks: &'static str,
    pub tasks: &'static str,
    pub meters: &'static str,
    pub meters_note: &'static str,
    pub instrument: &'static str,
    /// Meters, and counters in devices.
    pub instruments: [&'static str; 2],
    pub class: &'static str,
    pub service_method: &'static str,
    pub method: &'static str,
    pub method_text: &'static str,
}

#[derive(Debug)]
pub struct CarbonWords {
    pub title: &'static str,
    pub carbon: &'static str,
    pub carbon_note: &'static str,
    pub basis: &'static str,
    pub per_task: &'static str,
    pub total: &'static str,
    pub location: &'static str,
    pub market: &'static str,
    pub hours: &'static str,
    pub hours_note: &'static str,
    pub hour: &'static str,
    pub hour_per_task: &'static str,
    pub share: &'static str,
    pub factors: &'static str,
    pub value_taken: &'static str,
    /// The zone whose value was taken.
    pub value_of: &'static str,
    pub source: &'static str,
    pub licence: &'static str,
    pub hours_used: &'static str,
    pub revision: &'static str,
    /// The release.
    pub release: &'static str,
    pub ladder: &'static str,
    pub zones: &'static str,
    pub market_title: &'static str,
    pub market_note: &'static str,
    pub counted_at: &'static str,
    pub contracts: &'static str,
    pub contract: &'static str,
    pub valid: &'static str,
    pub matched: &'static str,
    pub bought: &'static str,
    pub counted: &'static str,
    pub residuals: &'static str,
}

/// Water, embodied carbon and training.
#[derive(Debug)]
pub struct ApartWords {
    pub water: &'static str,
    pub water_note: &'static str,
    pub definitions: &'static str,
    pub definition: &'static str,
    /// The two regulations' definitions, and that of ISO/IEC.
    pub known_definitions: [&'static str; 3],
    pub other_definition: &'static str,
    pub water_factors: &'static str,
    pub litres_per_kwh: &'static str,
    pub embodied: &'static str,
    pub embodied_note: &'static str,
    pub embodied_table: &'static str,
    pub lifetime: &'static str,
    pub includes: &'static str,
    pub training: &'static str,
    pub training_note: &'static str,
    pub no_training: &'static str,
    pub energy: &'static str,
    pub compute: &'static str,
    pub operations: &'static str,
    pub emissions: &'static str,
    pub trained: &'static str,
    pub zone: &'static str,
    pub how: &'static str,
    pub method: &'static str,
    pub share_of_task: &'static str,
    /// The energy, and the number of tasks.
    pub share_sentence: &'static str,
}

#[derive(Debug)]
pub struct ScaleWords {
    pub title: &'static str,
    pub totals: &'static str,
    pub totals_note: &'static str,
    pub failed: &'static str,
    pub cancelled: &'static str,
    pub facility: &'static str,
    pub it: &'static str,
    pub equivalents: &'static str,
    pub equivalents_note: &'static str,
    pub of_what: &'static str,
    pub as_much_as: &'static str,
    pub budgets: &'static str,
    pub budgets_note: &'static str,
    pub budget: &'static str,
    pub year: &'static str,
    pub all_services: &'static str,
    pub allowance: &'static str,
    pub used: &'static str,
}

#[derive(Debug)]
pub struct AssuranceWords {
    pub title: &'static str,
    pub verification: &'static str,
    pub kind: &'static str,
    pub standard: &'static str,
    pub verifier: &'static str,
    pub date: &'static str,
    pub digests: &'static str,
    pub digests_note: &'static str,
    pub digest: &'static str,
    pub history: &'static str,
    pub no_history: &'static str,
    pub published: &'static str,
    pub reason: &'static str,
    pub limits: &'static str,
    pub files: &'static str,
    pub files_note: &'static str,
    pub file: &'static str,
    pub holds: &'static str,
    pub size: &'static str,
    /// What the attached files are: the JSON, and the report package of the XBRL facts.
    pub attached_json: &'static str,
    pub attached_xbri: &'static str,
}

#[derive(Debug)]
pub struct ChartWords {
    pub types: &'static str,
    pub types_caption: &'static str,
    pub months: &'static str,
    pub months_caption: &'static str,
    pub stages: &'static str,
    pub stages_caption: &'static str,
    pub evidence: &'static str,
    pub evidence_caption: &'static str,
    pub hours: &'static str,
    pub hours_caption: &'static str,
    /// A name and its value, in a description.
    pub item: &'static str,
    /// A name, its value and the two ends of its interval.
    pub item_interval: &'static str,
    pub same_in_table: &'static str,
    pub hour_axis: &'static str,
}

/// Words of the vocabularies that the labels of figures do not hold.
#[derive(Debug)]
pub struct TermWords {
    pub included: fn(Included) -> &'static str,
    pub evidence: fn(Evidence) -> &'static str,
    pub interval: fn(IntervalSource) -> &'static str,
    pub site_factor: fn(SiteFactorKind) -> &'static str,
    pub basis: fn(Basis) -> &'static str,
    pub perimeter: fn(Perimeter) -> &'static str,
    pub instrument: fn(Instrument) -> &'static str,
    pub matching: fn(Matching) -> &'static str,
    pub role: fn(ProviderRole) -> &'static str,
    pub provider_kind: fn(ProviderKind) -> &'static str,
    /// A heading and a sentence for those that are no operators.
    pub provider_notice: fn(ProviderKind) -> Option<[&'static str; 2]>,
    pub small_cells: fn(SmallCells) -> &'static str,
    pub verification: fn(VerificationKind) -> &'static str,
    pub text_field: fn(TextField) -> &'static str,
    pub incomparable: fn(Incomparable) -> &'static str,
    pub gap: fn(GapReason) -> &'static str,
    pub training: fn(TrainingEvidence) -> &'static str,
}

/// A sentence with its places filled in order.
pub fn fill(sentence: &str, values: &[&str]) -> String {
    let mut values = values.iter();
    let mut filled = String::new();
    for (index, part) in sentence.split("{}").enumerate() {
        if index > 0 {
            filled.push_str(values.next().copied().unwrap_or_default());
        }
        filled.push_str(part);
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{LABEL_LANGUAGES, labels};

    #[test]
    fn a_report_is_written_in_every_language_that_names_figures() {
        for language in Language::ALL {
            assert_eq!(report(*language).is_some(), LABEL_LANGUAGES.contains(language), "{language:?}");
        }
    }

    #[test]
    fn every_report_explains_the_words_for_no_value() {
        for language in LABEL_LANGUAGES {
            let reading = report(language).unwrap().page.reading.join(" ");
            for word in labels(language).unwrap().no_value {
                assert!(reading.contains(word), "{language:?}: {word}");
            }
        }
    }

    #[test]
    fn translations_have_the_places_of_the_english_words() {
        let places = |language| {
            // All words stand in what is printed for developers.
            let all = format!("{:?}", report(language).unwrap());
            all.matches("{}").count()
        };
        let french = places(Language::French);
        assert_eq!(places(Language::German), french);
        // The English report needs no status line of its own, which has two.
        assert_eq!(places(Language::English) + 2, french);
    }

    #[test]
    fn places_are_filled_in_order() {
        assert_eq!(fill("{} to {} Wh", &["1", "2"]), "1 to 2 Wh");
        assert_eq!(fill("none", &["1"]), "none");
    }

    #[test]
    fn no_report_uses_words_that_are_not_allowed() {
        for language in LABEL_LANGUAGES {
            let all = format!("{:?}", report(language).unwrap()).to_lowercase();
            for banned in [
                "energy efficient",
                "energieeffizient",
                "sustainable",
                "nachhaltig",
                "climate neutral",
                "klimaneutral",
            ] {
                assert!(!all.contains(banned), "{language:?}: {banned}");
            }
        }
    }
}
