use super::*;
use crate::domain::disclosure::sample;
use crate::domain::fact::{Concept, Fact, FactValue, HourOfDay, Member, Of};
use crate::text::{LABEL_LANGUAGES, labels, report};

fn all(d: &Disclosure, language: Language) -> Vec<Chart> {
    let at = In { language, labels: labels(language).unwrap(), words: report(language).unwrap() };
    charts(d, at).unwrap().all().cloned().collect()
}

fn with_hours() -> Disclosure {
    let mut document = sample();
    document.facts.retain(|fact| !matches!(fact.member, Some(Member::HourOfDay(_))));
    for (hour, value) in [
        ("00", FactValue::Known(Decimal::new(5, 1))),
        ("01", FactValue::NotIncluded),
        ("02", FactValue::Known(Decimal::new(1, 0))),
    ] {
        let member = Some(Member::HourOfDay(HourOfDay::parse(hour).unwrap()));
        document.facts.push(Fact { concept: Concept::CarbonHourPerTask, of: Of::ALL, member, value });
    }
    document
}

#[test]
fn every_chart_has_a_title_a_description_and_an_identifier_of_its_own() {
    for language in LABEL_LANGUAGES {
        let charts = all(&with_hours(), language);
        assert!(charts.len() >= 4, "{}", charts.len());
        for chart in &charts {
            assert!(roxmltree::Document::parse(&chart.svg).is_ok(), "{}", chart.svg);
            assert!(chart.svg.contains(&format!("<title id=\"{}-title\">", chart.id)));
            assert!(chart.svg.contains(&format!("<desc id=\"{}-desc\">", chart.id)));
            assert!(chart.description.contains(at(language).chart.same_in_table));
            assert_eq!(charts.iter().filter(|other| other.id == chart.id).count(), 1);
        }
    }
}

fn at(language: Language) -> &'static Report {
    report(language).unwrap()
}

#[test]
fn charts_load_nothing_and_carry_no_style() {
    for chart in all(&with_hours(), Language::German) {
        for foreign in [" style=", "url(", "<script", "href", "<image"] {
            assert!(!chart.svg.contains(foreign), "{foreign}");
        }
    }
}

#[test]
fn values_are_printed_as_the_language_writes_them() {
    let charts = all(&with_hours(), Language::German);
    assert!(charts[0].svg.contains(">0,247</text>"), "{}", charts[0].svg);
    assert!(charts[0].description.starts_with("Chat 0,247\u{a0}Wh"), "{}", charts[0].description);
}

#[test]
fn an_hour_that_is_left_out_is_no_zero() {
    let charts = all(&with_hours(), Language::English);
    let hours = charts.last().unwrap();
    assert_eq!(hours.id, "chart-hours");
    assert!(hours.description.starts_with("00:00 0.500\u{a0}g; 01:00 not included; 02:00 1.00\u{a0}g."));
    assert_eq!(hours.svg.matches("<rect").count(), 2);
    // 21 hours without a figure, and one that is left out.
    assert_eq!(hours.svg.matches(">–</text>").count(), 22);
}

#[test]
fn an_interval_is_drawn_over_its_bar() {
    let mut document = sample();
    let of = document.facts.iter().find(|fact| fact.of.task_type.is_some()).unwrap().of.clone();
    for (concept, mantissa) in [(Concept::EnergyPerTaskLow, 2), (Concept::EnergyPerTaskHigh, 5)] {
        let value = FactValue::Known(Decimal::new(mantissa, 1));
        document.facts.push(Fact { concept, of: of.clone(), member: None, value });
    }
    let charts = all(&document, Language::English);
    // 0.2 of 0.5 is 200 of 500 units.
    assert!(charts[0].svg.contains("d=\"M200 32V40M200 36H500M500 32V40\""), "{}", charts[0].svg);
    assert!(charts[0].description.contains("Chat 0.247\u{a0}Wh (0.200 to 0.500)"));
}
