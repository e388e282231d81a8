//! The note under an answer.

use super::equivalent::equivalent;
use super::language::Language;
use super::number::number;
use super::words::words;
use crate::domain::equivalent::{EnergyUnit, Equivalent};
use crate::domain::terms::{EstimatedFrom, Evidence};
use crate::units::{Decimal, MICROJOULES_PER_WH};
use ethnum::I256;

/// Significant figures of energy in a note.
pub const NOTE_FIGURES: u32 = 2;
const NO_BREAK: char = '\u{a0}';

/// What a note says.
#[derive(Clone, Copy, Debug)]
pub struct NoteFacts<'a> {
    /// In watt-hours at the facility.
    pub energy_wh: Decimal,
    /// Both ends of the 95 % interval.
    pub interval_wh: Option<(Decimal, Decimal)>,
    pub evidence: Evidence,
    /// What it is estimated from, where the task came without energy.
    pub estimated: Option<EstimatedFrom>,
    /// What it is as much as; `None` for energy too small or too large to compare.
    pub equivalent: Option<&'a Equivalent>,
    /// Where the disclosure of the service stands.
    pub disclosure: Option<&'a str>,
}

/// The note: what the answer used and what that is as much as, how far it may be off, how it is known, and where there is
/// more.
pub fn note(language: Language, facts: &NoteFacts<'_>) -> String {
    let words = &words(language).note;
    let is_chinese = matches!(language, Language::ChineseSimplified | Language::ChineseTraditional);
    let (colon, stop) = if is_chinese { ("：", "。") } else { (": ", ". ") };
    let unit = facts.equivalent.map_or(EnergyUnit::WattHour, |equivalent| equivalent.energy_unit);
    let energy = |wh: Decimal| format!("{}{NO_BREAK}{}", number(language, &in_unit(wh, unit)), unit.as_str());
    let used = match facts.equivalent {
        Some(one) => equivalent(language, &one.clone().with_figures(NOTE_FIGURES)),
        None => energy(facts.energy_wh),
    };
    let known = match (facts.estimated, facts.evidence) {
        (Some(EstimatedFrom::Coefficient), _) => words.by_coefficient,
        (Some(EstimatedFrom::Formula), _) => words.by_formula,
        (None, Evidence::Metered) => words.metered,
        (None, Evidence::Counter) => words.counter,
        (None, Evidence::Modelled) => words.modelled,
        (None, Evidence::Declared) => words.declared,
    };
    let mut note = format!("{}{colon}{used}{stop}", words.answer);
    if let Some((low, high)) = facts.interval_wh {
        let low = number(language, &in_unit(low, unit));
        note.push_str(&format!("{}{colon}{low}–{}{stop}", words.interval, energy(high)));
    }
    let comma = if is_chinese { "，" } else { ", " };
    note.push_str(&format!("{}{colon}{known}{comma}{}{stop}", words.known, words.whole));
    if let Some(address) = facts.disclosure {
        note.push_str(&format!("{}{colon}{address}", words.more));
    }
    note.trim_end().to_owned()
}

/// Watt-hours in another unit, at two significant figures: a zero at the end tells as much as another digit.
fn in_unit(wh: Decimal, unit: EnergyUnit) -> Decimal {
    let microjoules = I256::new(wh.mantissa()) * I256::from(MICROJOULES_PER_WH);
    let one = I256::new(unit.microjoules()) * I256::from(10).pow(wh.decimals());
    let value = Decimal::from_ratio(microjoules, one, 12).unwrap_or(wh);
    value.round_significant(NOTE_FIGURES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::method::equivalent::equivalent as equivalent_of;
    use crate::units::EnergyTotal;

    fn note_of(language: Language, wh: &str, evidence: Evidence) -> String {
        note_with(language, wh, ("0.279", "0.341"), evidence, None)
    }

    fn note_with(
        language: Language,
        wh: &str,
        (low, high): (&str, &str),
        evidence: Evidence,
        estimated: Option<EstimatedFrom>,
    ) -> String {
        let decimal = |text: &str| Decimal::parse(text).unwrap();
        let equivalent = equivalent_of(EnergyTotal::parse_wh(wh).unwrap(), None);
        note(
            language,
            &NoteFacts {
                energy_wh: decimal(wh),
                interval_wh: Some((decimal(low), decimal(high))),
                evidence,
                estimated,
                equivalent: equivalent.as_ref(),
                disclosure: Some("https://t.example/disclosures/7/v1"),
            },
        )
    }

    #[test]
    fn a_note_says_what_was_used_how_far_it_may_be_off_and_how_it_is_known() {
        assert_eq!(
            note_of(Language::English, "0.31", Evidence::Counter).replace('\u{a0}', " "),
            "This answer: 0.31 Wh, as much as a 1,500 W hair dryer uses in 0.7 s. 95 % interval: 0.28–0.34 Wh. How it is \
             known: device counters, for the whole data centre, cooling included. More: \
             https://t.example/disclosures/7/v1"
        );
        assert_eq!(
            note_of(Language::German, "0.31", Evidence::Modelled).replace('\u{a0}', " "),
            "Diese Antwort: 0,31 Wh, so viel, wie ein Haartrockner mit 1.500 W in 0,7 s verbraucht. 95-%-Intervall: \
             0,28–0,34 Wh. Woher das bekannt ist: Modell mit Koeffizient, für das ganze Rechenzentrum mit Kühlung. Mehr: \
             https://t.example/disclosures/7/v1"
        );
    }

    #[test]
    fn every_language_has_a_note_of_every_tier_without_a_word_that_the_law_forbids() {
        for language in Language::ALL {
            let mut notes = std::collections::BTreeSet::new();
            for evidence in Evidence::ALL {
                let note = note_of(*language, "0.31", *evidence);
                assert!(!note.contains('{'), "{note}");
                assert!(note.contains("https://t.example/disclosures/7/v1"), "{note}");
                for word in [
                    "green",
                    "sustainable",
                    "climate neutral",
                    "energy efficient",
                    "certified",
                    "vert",
                    "grün",
                ] {
                    assert!(!note.to_lowercase().split([' ', '.', ',']).any(|part| part == word), "{note}");
                }
                notes.insert(note);
            }
            assert_eq!(notes.len(), Evidence::ALL.len(), "{language:?}");
        }
    }

    /// The word for an estimate in each language, in the order of the languages.
    const ESTIMATE: &[(&str, &str)] = &[
        ("bg", "оценка"),
        ("cs", "odhad"),
        ("da", "skøn"),
        ("de", "Schätzung"),
        ("el", "εκτίμηση"),
        ("en", "estimate"),
        ("es", "estimación"),
        ("et", "hinnang"),
        ("fi", "arvio"),
        ("fr", "estimation"),
        ("ga", "meastachán"),
        ("hr", "procjena"),
        ("hu", "becslés"),
        ("it", "stima"),
        ("lt", "įvertis"),
        ("lv", "aplēse"),
        ("mt", "stima"),
        ("nl", "schatting"),
        ("pl", "szacunek"),
        ("pt", "estimativa"),
        ("ro", "estimare"),
        ("sk", "odhad"),
        ("sl", "ocena"),
        ("sv", "uppskattning"),
        ("zh-Hans", "估算"),
        ("zh-Hant", "估算"),
    ];

    #[test]
    fn an_estimate_says_in_every_language_that_it_is_one_and_from_what() {
        assert_eq!(ESTIMATE.len(), Language::ALL.len());
        for (tag, word) in ESTIMATE {
            let language = Language::from_tag(tag).unwrap();
            let of = |evidence, from| note_with(language, "0.31", ("0.279", "0.341"), evidence, from);
            let told: Vec<String> = Evidence::ALL.iter().map(|evidence| of(*evidence, None)).collect();
            let coefficient = of(Evidence::Modelled, Some(EstimatedFrom::Coefficient));
            let formula = of(Evidence::Declared, Some(EstimatedFrom::Formula));
            assert_ne!(coefficient, formula);
            for note in [&coefficient, &formula] {
                assert!(note.contains(word) && !told.contains(note), "{note}");
            }
            assert!(told.iter().all(|note| !note.contains(word)), "{told:?}");
        }
    }

    #[test]
    fn an_estimate_from_parameters_is_not_said_to_come_from_spending() {
        let formula = Some(EstimatedFrom::Formula);
        let note = note_with(Language::English, "0.31", ("0.279", "0.341"), Evidence::Declared, formula);
        let known = "How it is known: an estimate from tokens and the parameters of the model, for the whole data centre";
        assert!(note.contains(known) && !note.contains("spending"), "{note}");
    }

    #[test]
    fn both_significant_figures_are_written_also_where_the_second_is_zero() {
        let note = note_with(Language::English, "0.4", ("0.2249", "0.5999"), Evidence::Metered, None);
        let note = note.replace('\u{a0}', " ");
        assert!(note.starts_with("This answer: 0.40 Wh, as much as"), "{note}");
        assert!(note.contains("95 % interval: 0.22–0.60 Wh"), "{note}");
        let note = note_with(Language::German, "0.9", ("0.3999", "11.96"), Evidence::Metered, None);
        let note = note.replace('\u{a0}', " ");
        assert!(note.contains("95-%-Intervall: 0,40–12 Wh"), "{note}");
    }

    #[test]
    fn energy_without_an_equivalent_is_told_in_watt_hours() {
        let facts = NoteFacts {
            energy_wh: Decimal::new(0, 12),
            interval_wh: None,
            evidence: Evidence::Metered,
            estimated: None,
            equivalent: None,
            disclosure: None,
        };
        assert_eq!(
            note(Language::English, &facts).replace('\u{a0}', " "),
            "This answer: 0 Wh. How it is known: meters, for the whole data centre, cooling included."
        );
    }
}
