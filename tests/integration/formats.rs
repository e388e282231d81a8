//! All formats of one rich document, made twice and read back.

#[path = "../support/rich.rs"]
pub mod rich;
#[path = "../support/pack.rs"]
pub mod rich_pack;
mod xbrl;

pub mod readers;

use rich::{TASK_TYPES, rich};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::process::Command;
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
    let bytes = json::render(&document);
    let read = json::read(&bytes).unwrap();
    // Read back, it makes the same bytes: without that nothing is published.
    assert!(json::render(&read) == bytes);
    // The whole of both would fill pages.
    for (one, other) in document.facts.iter().zip(&read.facts) {
        assert_eq!(one, other);
    }
    // Read back, it makes the same bytes: without that nothing is published.
    assert!(json::render(&read) == bytes);
    let (wanted, read) = (format!("{document:?}"), format!("{read:?}"));
    let same = wanted.bytes().zip(read.bytes()).take_while(|(one, other)| one == other).count();
    let around = |text: &str| text.chars().skip(same.saturating_sub(100)).take(200).collect::<String>();
    assert!(wanted == read, "{}\n{}", around(&wanted), around(&read));
}

#[test]
fn every_format_is_made_and_made_again_the_same() {
    let document = rich(20);
    let (first, second) = (files(&document, |_| ()).unwrap(), files(&document, |_| ()).unwrap());
    let formats: Vec<Format> = first.iter().map(|file| file.format).collect();
    assert_eq!(formats, Format::ALL);
    assert_eq!(first, second);
}

/// What the other process prints before the digests of its files.
const DIGESTS: &str = "digests of all files: ";

#[test]
#[ignore = "the test below starts it, in another process"]
fn digests_of_all_files() {
    println!("{DIGESTS}{}", digests());
}

fn digests() -> String {
    let files = files(&rich(20), |_| ()).unwrap();
    files
        .iter()
        .map(|file| format!("{}:{} ", file.format.as_str(), hex::encode(Sha256::digest(&file.bytes))))
        .collect()
}

#[test]
fn every_format_is_the_same_in_another_process_time_zone_and_locale() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "formats::digests_of_all_files", "--ignored", "--nocapture"])
        .envs([("TZ", "Pacific/Kiritimati"), ("LC_ALL", "de_DE.UTF-8"), ("LANG", "de_DE.UTF-8")])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    let theirs = told.split_once(DIGESTS).unwrap().1.lines().next().unwrap();
    assert_eq!(theirs.trim_end(), digests().trim_end());
}
