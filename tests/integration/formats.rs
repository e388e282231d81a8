//! All formats of one rich document, made twice and read back.

#[path = "../support/rich.rs"]
pub mod rich;

use rich::{TASK_TYPES, rich};
use std::collections::BTreeSet;
use taskwatt::domain::fact::{Concept, FactValue, Of};
use taskwatt::render::files::{Format, files};
use taskwatt::render::json;

#[test]
fn the_rich_document_holds_every_concept_and_every_kind_of_value() {
    let document = rich(20);
    let concepts: BTreeSet<&str> = document.facts.iter().map(|fact| fact.concept.as_str()).collect();
    let missing: Vec<&&str> =
        Concept::CHOICES.iter().filter(|concept| !concepts.contains(**concept)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    assert_eq!(document.task_types().count(), TASK_TYPES.len());
    assert_eq!(document.models.len(), 20);
    for kind in [FactValue::Unknown, FactValue::NotApplicable, FactValue::NotIncluded] {
        assert!(document.facts.iter().any(|fact| fact.value == kind), "{kind:?}");
    }
    let zero = |value| matches!(value, FactValue::Known(decimal) if decimal.is_zero());
    assert!(document.facts.iter().any(|fact| zero(fact.value)));
}

#[test]
fn no_two_facts_of_the_rich_document_are_of_the_same() {
    let document = rich(40);
    for (index, fact) in document.facts.iter().enumerate() {
        let same = |other: &&taskwatt::domain::fact::Fact| {
            other.concept == fact.concept && other.of == fact.of && other.member == fact.member
        };
        assert_eq!(document.facts[index + 1..].iter().find(same), None);
    }
    assert!(matches!(document.value_of(Concept::EnergyPerTaskMean, &Of::ALL), FactValue::Known(_)));
}

#[test]
fn the_json_holds_all_of_the_rich_document() {
    let document = rich(20);
    assert_eq!(json::read(&json::render(&document)), Ok(document));
}

#[test]
fn every_format_is_made_and_made_again_the_same() {
    let document = rich(20);
    let (first, second) = (files(&document, |_| ()).unwrap(), files(&document, |_| ()).unwrap());
    let formats: Vec<Format> = first.iter().map(|file| file.format).collect();
    assert_eq!(formats, Format::ALL);
    assert_eq!(first, second);
}
