use super::*;
use crate::domain::difference::ChangeKind;
use crate::domain::disclosure::{HardwareLine, ProviderText, TextField, sample};
use crate::domain::period::Days;
use crate::units::Decimal;
use chrono::NaiveDate;

fn member(pointer: &str, old: Option<&str>, new: Option<&str>) -> MemberChange {
    MemberChange { pointer: pointer.to_owned(), old: old.map(str::to_owned), new: new.map(str::to_owned) }
}

#[test]
fn a_version_does_not_differ_from_itself_but_for_its_number() {
    let mut later = sample();
    later.reference.version += 1;
    later.address.push('x');
    let found = difference(&sample(), &later);
    assert_eq!((found.facts.len(), found.members.len()), (0, 0));
    assert_eq!(found.facts_unchanged, sample().facts.len());
    assert_eq!((found.from.version, found.to.version), (2, 3));
}

#[test]
fn figures_are_told_as_changed_gone_and_added() {
    let (mut old, mut new) = (sample(), sample());
    let mean = old.facts.iter().position(|fact| fact.concept == Concept::EnergyPerTaskMean).unwrap();
    new.facts[mean].value = FactValue::Known(Decimal::parse("0.5").unwrap());
    let gone = new.facts.pop().unwrap();
    let added = old.facts.remove(0);
    // The order of the rest does not matter.
    new.facts.reverse();
    let found = difference(&old, &new).facts;
    let kinds: Vec<(ChangeKind, Concept)> =
        found.iter().map(|change| (change.kind(), change.concept)).collect();
    assert_eq!(
        kinds,
        [
            (ChangeKind::Changed, Concept::EnergyPerTaskMean),
            (ChangeKind::Gone, gone.concept),
            (ChangeKind::Added, added.concept),
        ]
    );
    assert_eq!(found[0].new, Some(FactValue::Known(Decimal::parse("0.5").unwrap())));
    assert_eq!((found[1].old, found[2].new), (Some(gone.value), Some(added.value)));
}

#[test]
fn a_fact_of_a_model_or_part_is_not_taken_for_that_of_all() {
    let old = sample();
    let mut new = sample();
    let all = old.facts.iter().find(|fact| fact.concept == Concept::EnergyPerTaskMean).unwrap().clone();
    new.facts.push(Fact { of: Of::model(&"another".into()), ..all });
    let found = difference(&old, &new).facts;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].kind(), found[0].of.model.as_deref()), (ChangeKind::Added, Some("another")));
}

#[test]
fn elements_of_lists_are_known_by_their_names_and_not_by_their_places() {
    let (mut old, mut new) = (sample(), sample());
    for document in [&mut old, &mut new] {
        document.hardware.clear();
        document.texts.clear();
        document.limits = vec!["One.".to_owned(), "Two.".to_owned()];
    }
    new.models.reverse();
    new.models[0].name = "Renamed".to_owned();
    let key = new.models[0].key.clone();
    let before = old.models.iter().find(|model| model.key == key).unwrap().name.clone();
    new.limits = vec!["Two.".to_owned(), "Three.".to_owned()];
    let day = |day| NaiveDate::from_ymd_opt(2025, 1, day).unwrap();
    new.hardware.push(HardwareLine {
        site: "s/1".to_owned(),
        accelerator: "H100".to_owned(),
        accelerators: 8,
        valid: Days::new(day(1), day(9)).unwrap(),
        revision: 1,
    });
    old.texts.push(ProviderText {
        field: TextField::Method,
        language: "de".to_owned(),
        text: "Zähler.".to_owned(),
    });
    new.texts = old.texts.clone();
    new.texts[0].text = "Zähler der Knoten.".to_owned();
    new.provider.lei = None;
    old.provider.lei = Some("506700GE1G29325QX363".to_owned());
    let found = difference(&old, &new).members;
    let escaped = key.replace('/', "~1");
    let hardware = r#"{"accelerator":"H100","accelerators":8,"from":"2025-01-01","revision":1,"site":"s/1","to":"2025-01-09"}"#;
    assert_eq!(
        found,
        [
            member("/hardware/s~11,H100,2025-01-01", None, Some(hardware)),
            member("/limits/One.", Some("One."), None),
            member("/limits/Three.", None, Some("Three.")),
            member(&format!("/models/{escaped}/name"), Some(&before), Some("Renamed")),
            member("/provider/lei", Some("506700GE1G29325QX363"), None),
            member("/texts/method,de/text", Some("Zähler."), Some("Zähler der Knoten.")),
        ]
    );
}
