use super::*;
use crate::domain::authority_pack::{PackConcept, PackTextField};
use crate::domain::disclosure::{TextField, sample};
use crate::domain::fact::{Concept, Provenance};
use crate::domain::terms::{Evidence, TaskType};
use crate::render::json;
use crate::render::number::{HEADLINE, TABLE};
use crate::text::{Language, labels};

#[test]
fn every_file_is_read_and_is_the_one_that_its_address_names() {
    assert_eq!(templates().len(), FILES.len());
    for (index, one) in templates().iter().enumerate() {
        let Template { id, version, .. } = &one.template;
        assert!(
            find(id, version).is_some_and(|found| std::ptr::eq(found, &templates()[index])),
            "{id} {version}"
        );
        let ids: BTreeSet<&str> = one.template.fields.iter().map(|field| field.id.as_str()).collect();
        assert_eq!(ids.len(), one.template.fields.len(), "a field of {id} {version} stands twice");
        let schema: Value = serde_json::from_str(one.schema).unwrap();
        assert_eq!(schema["$id"], format!("urn:taskwatt:schema:{id}:{version}"));
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert!(!one.template.status_line().contains('{'));
    }
    assert_eq!((public().id.as_str(), authority_pack().id.as_str()), (PUBLIC.0, AUTHORITY_PACK.0));
    assert_eq!(find("eu-draft-average-energy-per-task", "9.9").map(|one| one.file), None);
}

#[test]
fn the_status_line_is_the_one_that_the_first_version_had() {
    assert_eq!(
        template_use().status_line,
        "As of 23 November 2026, no EU act prescribes a method or format for the energy of AI tasks. This page \
         follows the draft template eu-draft-average-energy-per-task 0.2. It is not an EU label, certification or \
         conformity assessment."
    );
    assert_eq!(template_use().legal_status, "draft");
}

#[test]
fn figures_are_rounded_as_the_templates_say() {
    for one in templates() {
        let Rounding { headline_significant, table_significant } = one.template.rounding;
        assert_eq!((headline_significant, table_significant), (HEADLINE, TABLE), "{}", one.template.id);
    }
}

#[test]
fn the_public_template_lists_every_figure_with_its_unit_and_name() {
    let english = labels(Language::English).unwrap();
    for concept in Concept::ALL {
        let field = public().fact(concept.as_str()).unwrap_or_else(|| panic!("{concept:?} is not listed"));
        let of = FieldOf::Fact { concept: concept.as_str().to_owned(), unit: concept.unit().to_owned() };
        assert_eq!(field.of, of);
        assert_eq!(field.label, (english.concept)(*concept));
        assert_eq!(field.confidentiality, Confidentiality::Public);
    }
    for text in TextField::ALL {
        assert!(public().text(text.as_str()).is_some(), "{text:?}");
    }
    assert_eq!(public().sections.len(), 8);
    assert!(public().sections.iter().all(|own| public().fields.iter().any(|field| field.section == own.id)));
}

#[test]
fn the_template_of_packs_lists_every_figure_and_text_for_authorities_alone() {
    for concept in PackConcept::ALL {
        let of = FieldOf::Fact { concept: concept.as_str().to_owned(), unit: concept.unit().to_owned() };
        assert_eq!(authority_pack().fact(concept.as_str()).map(|field| &field.of), Some(&of));
    }
    for text in PackTextField::ALL {
        assert!(authority_pack().text(text.as_str()).is_some(), "{text:?}");
    }
    for field in &authority_pack().fields {
        assert_eq!(field.confidentiality, Confidentiality::Authority, "{}", field.id);
        assert_eq!(field.recipients, [Recipient::AiOffice, Recipient::NationalAuthorities], "{}", field.id);
    }
    assert_eq!(authority_pack().legal_status, LegalStatus::Law);
}

/// Pointers of all leaves, with `*` for the elements of lists.
fn leaves(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| leaves(member, &format!("{at}/{name}"), found));
        }
        Value::Array(elements) => elements.iter().for_each(|one| leaves(one, &format!("{at}/*"), found)),
        _ => drop(found.insert(at.to_owned())),
    }
}

#[test]
fn the_public_template_lists_every_member_of_the_document() {
    let document: Value = serde_json::from_slice(&json::render(&sample())).unwrap();
    let mut all = BTreeSet::new();
    leaves(&document, "", &mut all);
    // Facts and texts are fields of their own.
    all.retain(|leaf| !leaf.starts_with("/facts/") && !leaf.starts_with("/texts/"));
    let is_listed = |leaf: &String| {
        public().fields.iter().any(|field| match &field.of {
            FieldOf::Member(pointer) => leaf == pointer || leaf.starts_with(&format!("{pointer}/")),
            _ => false,
        })
    };
    let missing: Vec<&String> = all.iter().filter(|leaf| !is_listed(leaf)).collect();
    assert_eq!(missing, [] as [&String; 0]);
    assert!(all.len() > 50);
}

#[test]
fn a_schema_knows_the_units_and_words_of_the_program() {
    let schema: Value = serde_json::from_str(find(PUBLIC.0, PUBLIC.1).unwrap().schema).unwrap();
    let defs = &schema["$defs"];
    let list = |value: &Value| -> Vec<String> { serde_json::from_value(value["enum"].clone()).unwrap() };
    assert_eq!(list(&defs["concept"]), Concept::CHOICES);
    assert_eq!(list(&defs["task_type"]), TaskType::CHOICES);
    let groups = defs["fact"]["allOf"][0]["oneOf"].as_array().unwrap();
    for concept in Concept::ALL {
        let of: Vec<&Value> = groups
            .iter()
            .map(|group| &group["properties"])
            .filter(|group| list(&group["concept"]).iter().any(|word| word == concept.as_str()))
            .collect();
        assert_eq!(of.len(), 1, "{concept:?}");
        assert_eq!(of[0]["unit"]["const"], concept.unit(), "{concept:?}");
        assert_eq!(of[0]["provenance"]["const"], concept.provenance().as_str(), "{concept:?}");
        let is_exact = of[0]["decimals"]["const"] == "exact";
        assert_eq!(is_exact, concept.provenance() == Provenance::Reported, "{concept:?}");
    }
    assert_eq!(list(&schema["properties"]["texts"]["items"]["properties"]["field"]), TextField::CHOICES);
    assert_eq!(list(&schema["properties"]["texts"]["items"]["properties"]["language"]), Language::CHOICES);
    let evidence = &defs["fact"]["allOf"][1]["then"]["properties"]["member"]["properties"]["name"];
    assert_eq!(list(evidence), Evidence::CHOICES);
}

fn deviations_of(template: &Template, disclosure: &Disclosure) -> Vec<String> {
    deviations(template, disclosure, &json::render(disclosure))
}

#[test]
fn a_figure_that_the_template_does_not_list_is_a_deviation() {
    let mut template = public().clone();
    template.fields.retain(|field| field.id != "energy_per_task_mean" && field.need == Need::Optional);
    let found = deviations_of(&template, &sample());
    assert!(found.iter().any(|one| one.contains("'energy_per_task_mean'")), "{found:?}");
    assert!(found.iter().all(|one| one.ends_with("which the template does not list")), "{found:?}");
}

#[test]
fn a_required_field_that_is_missing_is_a_deviation_and_an_optional_one_is_not() {
    let mut template = public().clone();
    let own: BTreeSet<&str> = sample().facts.iter().map(|fact| fact.concept.as_str()).collect();
    // The sample holds only some figures.
    template.fields.retain(|field| match &field.of {
        FieldOf::Fact { concept, .. } => own.contains(concept.as_str()),
        _ => true,
    });
    assert_eq!(deviations_of(&template, &sample()), [] as [&str; 0]);
    let mut without = sample();
    without.facts.retain(|fact| fact.concept != Concept::EnergyPerTaskMean);
    without.models[0].version = None;
    assert_eq!(deviations_of(&template, &without), ["the required field 'energy_per_task_mean' is missing"]);
    without.models.clear();
    assert_eq!(deviations_of(&template, &without).len(), 3);
}

#[test]
fn a_member_of_a_list_is_there_where_every_element_has_it() {
    let document = serde_json::json!({"a": [{"b": 1}, {"b": 2, "c": null}], "d": [], "e": {"f": "x"}});
    for (pointer, expected) in [
        ("/a", true),
        ("/a/*/b", true),
        ("/a/*/c", false),
        ("/d", true),
        ("/d/*/b", false),
        ("/e/f", true),
        ("/g", false),
    ] {
        assert_eq!(is_there(&document, pointer), expected, "{pointer}");
    }
}
