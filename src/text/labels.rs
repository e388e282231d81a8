//! What figures and their parts are called in the files of a disclosure, for people. One table a language; a name that is
//! missing does not compile.

mod de;
mod en;
mod fr;

use super::language::Language;
use crate::domain::fact::{Concept, FactValue, Member};
use crate::domain::factor::Rung;
use crate::domain::terms::{Evidence, MarketPart, Place, StepKind, TaskType};

/// The languages in which figures are named.
pub const LABEL_LANGUAGES: [Language; 3] = [Language::English, Language::German, Language::French];

/// The names of one language.
#[derive(Debug)]
pub struct Labels {
    pub language: Language,
    /// The name of a figure, with "per task" where it is that, and without its unit.
    pub concept: fn(Concept) -> &'static str,
    pub task_type: fn(TaskType) -> &'static str,
    pub evidence: fn(Evidence) -> &'static str,
    pub rung: fn(Rung) -> &'static str,
    pub market_part: fn(MarketPart) -> &'static str,
    pub step_kind: fn(StepKind) -> &'static str,
    pub place: fn(Place) -> &'static str,
    /// The rest of a task that no step explains.
    pub unattributed: &'static str,
    /// A place that no record states.
    pub unstated: &'static str,
    pub other_zones: &'static str,
    pub all_task_types: &'static str,
    pub all_models: &'static str,
    /// The words for values that are none, in the order unknown, not applicable, not included.
    pub no_value: [&'static str; 3],
}

/// The names in a language; `None` where figures are not named in it.
pub fn labels(language: Language) -> Option<&'static Labels> {
    match language {
        Language::English => Some(&en::LABELS),
        Language::German => Some(&de::LABELS),
        Language::French => Some(&fr::LABELS),
        _ => None,
    }
}

impl Labels {
    /// The name of a part; of a grid zone, its key; of an hour, its two digits.
    pub fn member<'a>(&self, member: &'a Member) -> &'a str {
        match member {
            Member::Evidence(evidence) => (self.evidence)(*evidence),
            Member::Rung(rung) => (self.rung)(*rung),
            Member::Market(part) => (self.market_part)(*part),
            Member::Step(kind) => (self.step_kind)(*kind),
            Member::Place(Some(place)) => (self.place)(*place),
            Member::Place(None) => self.unstated,
            Member::Unattributed => self.unattributed,
            Member::Zone(Some(zone)) => zone,
            Member::Zone(None) => self.other_zones,
            Member::HourOfDay(hour) => hour.as_str(),
        }
    }

    /// The word for a value that is none; `None` for one that is known.
    pub fn no_value(&self, value: FactValue) -> Option<&'static str> {
        match value {
            FactValue::Known(_) => None,
            FactValue::Unknown => Some(self.no_value[0]),
            FactValue::NotApplicable => Some(self.no_value[1]),
            FactValue::NotIncluded => Some(self.no_value[2]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_figures_of_a_language_have_the_same_name() {
        for language in LABEL_LANGUAGES {
            let labels = labels(language).unwrap();
            assert_eq!(labels.language, language);
            let names: BTreeSet<&str> =
                Concept::ALL.iter().map(|concept| (labels.concept)(*concept)).collect();
            assert_eq!(names.len(), Concept::ALL.len(), "{language:?}");
            let types: BTreeSet<&str> = TaskType::ALL.iter().map(|one| (labels.task_type)(*one)).collect();
            assert_eq!(types.len(), TaskType::ALL.len(), "{language:?}");
        }
    }

    #[test]
    fn the_kinds_of_no_value_have_words_of_their_own() {
        for language in LABEL_LANGUAGES {
            let words: BTreeSet<&str> = labels(language).unwrap().no_value.into_iter().collect();
            assert_eq!(words.len(), 3, "{language:?}");
        }
    }
}
