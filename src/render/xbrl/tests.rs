//! What is checked without a processor; `tests/formats/xbrl` has Arelle read the files.

use super::names::BASE;
use super::*;
use crate::domain::disclosure::{ProviderText, TextField, sample};
use crate::domain::fact::{Concept, FactValue};
use crate::units::Decimal;
use roxmltree::{Document, Node};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::io::{Cursor, Read};
use zip::ZipArchive;

const IX: &str = "http://www.xbrl.org/2013/inlineXBRL";
const LEGAL_NAME: &str = "=Polyglot <AI> & \"Söhne\" Ö.A.";

fn page(d: &Disclosure) -> String {
    String::from_utf8(inline::render(d, &report(d)).unwrap()).unwrap()
}

fn tagged<'a>(page: &'a Document, name: &str) -> Vec<Node<'a, 'a>> {
    let name = format!("tw:{name}");
    page.descendants().filter(|node| node.attribute("name") == Some(name.as_str())).collect()
}

fn json_of(d: &Disclosure) -> Value {
    serde_json::from_slice(&json(d)).unwrap()
}

fn json_facts<'a>(report: &'a Value, name: &str) -> Vec<&'a Value> {
    let name = format!("tw:{name}");
    let facts = report["facts"].as_object().unwrap().values();
    facts.filter(|fact| fact["dimensions"]["concept"] == name.as_str()).collect()
}

#[test]
fn signs_that_xml_keeps_for_itself_arrive_as_they_were_written() {
    let mut d = sample();
    d.provider.legal_name = LEGAL_NAME.to_owned();
    let page = page(&d);
    let page = Document::parse(&page).unwrap();
    assert_eq!(tagged(&page, "LegalName")[0].text(), Some(LEGAL_NAME));
    assert_eq!(json_facts(&json_of(&d), "LegalName")[0]["value"], LEGAL_NAME);
}

#[test]
fn what_xml_cannot_hold_is_marked_as_lost_and_lines_end_in_one_way() {
    let mut d = sample();
    d.reason = Some(" one\r\ntwo\u{1}\tthree\r".to_owned());
    let text = page(&d);
    let page = Document::parse(&text).unwrap();
    let expected = "one\ntwo\u{fffd}\tthree";
    assert_eq!(tagged(&page, "ReasonForVersion")[0].text(), Some(expected));
    assert_eq!(json_facts(&json_of(&d), "ReasonForVersion")[0]["value"], expected);
}

#[test]
fn texts_of_providers_keep_their_language() {
    let mut d = sample();
    let text = |language: &str, text: &str| ProviderText {
        field: TextField::Method,
        language: language.to_owned(),
        text: text.to_owned(),
    };
    d.texts = vec![text("de", "Zähler."), text("zh-Hans", "计数器。")];
    let page = page(&d);
    let page = Document::parse(&page).unwrap();
    let languages: Vec<_> = tagged(&page, "MethodText")
        .iter()
        .map(|node| {
            (node.attribute(("http://www.w3.org/XML/1998/namespace", "lang")).unwrap(), node.text().unwrap())
        })
        .collect();
    assert_eq!(languages, [("de", "Zähler."), ("zh-Hans", "计数器。")]);
    let report = json_of(&d);
    let languages: BTreeSet<&str> = json_facts(&report, "MethodText")
        .into_iter()
        .map(|fact| fact["dimensions"]["language"].as_str().unwrap())
        .collect();
    assert_eq!(languages, BTreeSet::from(["de", "zh-hans"]));
}

#[test]
fn every_fact_is_tagged_once_on_the_page_and_stands_once_in_the_json() {
    let d = sample();
    let page = page(&d);
    let page = Document::parse(&page).unwrap();
    let count = |tag: &str| page.descendants().filter(|node| node.has_tag_name((IX, tag))).count();
    assert_eq!(count("nonFraction"), d.facts.len());
    let report = json_of(&d);
    assert_eq!(report["facts"].as_object().unwrap().len(), count("nonFraction") + count("nonNumeric"));
    let ids: BTreeSet<&str> = page
        .descendants()
        .filter(|node| node.tag_name().namespace() == Some(IX))
        .filter_map(|node| node.attribute("id"))
        .collect();
    assert_eq!(ids, report["facts"].as_object().unwrap().keys().map(String::as_str).collect());
}

#[test]
fn a_number_has_its_decimals_its_sign_and_the_unit_of_the_registry() {
    let mut d = sample();
    d.facts.truncate(3);
    let known = |mantissa, decimals| FactValue::Known(Decimal::new(mantissa, decimals));
    let facts = [
        (Concept::PlaceSavingModelled, known(-1_234_567_800, 4)),
        (Concept::EnergyReportedTotal, known(1_234_567, 0)),
        (Concept::CarbonLocationPerTask, known(120, 3)),
    ];
    for (fact, (concept, value)) in d.facts.iter_mut().zip(facts) {
        (fact.concept, fact.value, fact.member) = (concept, value, None);
    }
    let text = page(&d);
    let page = Document::parse(&text).unwrap();
    let told = |name: &str| {
        let node = tagged(&page, name)[0];
        let attributes =
            ["unitRef", "decimals", "scale", "sign"].map(|name| node.attribute(name).unwrap_or(""));
        (node.text().unwrap(), attributes)
    };
    assert_eq!(told("PlaceSavingModelled"), ("123,456.7800", ["Wh", "4", "", "-"]));
    assert_eq!(told("EnergyReportedTotal"), ("1,234,567", ["J", "INF", "-6", ""]));
    assert_eq!(told("CarbonLocationPerTask"), ("0.120", ["tCO2e", "9", "-6", ""]));
    let report = json_of(&d);
    let told = |name: &str| {
        let fact = json_facts(&report, name)[0];
        (
            fact["value"].as_str().unwrap(),
            fact["decimals"].as_u64(),
            fact["dimensions"]["unit"].as_str().unwrap(),
        )
    };
    assert_eq!(told("PlaceSavingModelled"), ("-123456.7800", Some(4), "utr:Wh"));
    assert_eq!(told("EnergyReportedTotal"), ("1.234567", None, "utr:J"));
    assert_eq!(told("CarbonLocationPerTask"), ("0.000000120", Some(9), "utr:tCO2e"));
}

#[test]
fn figures_without_a_value_say_which_of_three_reasons_they_have() {
    let mut d = sample();
    d.facts.truncate(3);
    let kinds = [
        (Concept::EnergyItTotal, FactValue::Unknown, "unknown"),
        (Concept::EnergyPerTaskMean, FactValue::NotApplicable, "N/A"),
        (Concept::CarbonMarketTotal, FactValue::NotIncluded, "not included"),
    ];
    for (fact, (concept, value, _)) in d.facts.iter_mut().zip(kinds) {
        (fact.concept, fact.value, fact.member) = (concept, value, None);
    }
    let text = page(&d);
    let page = Document::parse(&text).unwrap();
    let report = json_of(&d);
    for (concept, _, word) in kinds {
        let name = names::figure_name(concept);
        let why = format!("{name}WhyNoValue");
        let nil = ("http://www.w3.org/2001/XMLSchema-instance", "nil");
        assert_eq!(tagged(&page, &name)[0].attribute(nil), Some("true"));
        assert_eq!(tagged(&page, &why)[0].text(), Some(word));
        assert_eq!(json_facts(&report, &name)[0]["value"], Value::Null);
        assert_eq!(json_facts(&report, &why)[0]["value"], word);
    }
}

#[test]
fn the_page_has_no_sign_of_html_5_and_no_narrow_blank() {
    let page = page(&sample());
    for banned in
        ["<svg", "<section", "<main", "<header", "<figure", "aria-", "role=", "<!DOCTYPE", "\u{202f}"]
    {
        assert!(!page.contains(banned), "{banned}");
    }
    assert!(page.contains("This provider does not exist."), "whose figures these are is said");
}

#[test]
fn the_package_is_one_directory_of_files_without_dates_of_their_own() {
    let bytes = xbri(&sample()).unwrap();
    assert_eq!(bytes, xbri(&sample()).unwrap());
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut names = Vec::new();
    for index in 0..archive.len() {
        let file = archive.by_index(index).unwrap();
        assert_eq!(file.last_modified(), Some(zip::DateTime::default()));
        assert!(file.extra_data().is_none_or(|data| data.is_empty()));
        assert_eq!(file.unix_mode().map(|mode| mode & 0o777), Some(0o644));
        names.push(file.name().unwrap().strip_prefix("disclosure-7-v2/").unwrap().to_owned());
    }
    let expected = [
        "META-INF/reportPackage.json",
        "META-INF/taxonomyPackage.xml",
        "META-INF/catalog.xml",
        "reports/disclosure.xhtml",
        "taxonomy/energy-per-task.xsd",
        "taxonomy/label-en.xml",
        "taxonomy/label-de.xml",
        "taxonomy/label-fr.xml",
        "taxonomy/role-label.xml",
        "taxonomy/presentation.xml",
        "taxonomy/definition.xml",
        "taxonomy/formula.xml",
    ];
    assert_eq!(names, expected);
    let mut catalog = String::new();
    archive.by_name("disclosure-7-v2/META-INF/catalog.xml").unwrap().read_to_string(&mut catalog).unwrap();
    assert!(catalog.contains(BASE), "{catalog}");
}

#[test]
fn what_an_address_of_the_taxonomy_means_never_changes() {
    let files = taxonomy::files().unwrap();
    // Names and messages may be worded better; elements, types, cubes and formulas may not change under one address.
    let fixed = ["energy-per-task.xsd", "definition.xml", "formula.xml"];
    let mut digest = Sha256::new();
    for (name, bytes) in files.iter().filter(|(name, _)| fixed.contains(&name.as_str())) {
        digest.update(name);
        let lines = std::str::from_utf8(bytes).unwrap().lines();
        lines
            .filter(|line| !line.contains("<msg:message") && !line.contains("<link:definition>"))
            .for_each(|line| digest.update(line));
    }
    assert_eq!(
        hex::encode(digest.finalize()),
        "4e47e9f9950e11ad50d364d34714ce069603e8e16c7b032c5d3fedf49050863c",
        "the taxonomy has changed: give it another address in names.rs and in taxonomy_package.xml, then renew this"
    );
}
