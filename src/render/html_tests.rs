use super::*;
use crate::domain::disclosure::sample;
use crate::render::files::files;
use crate::render::{csv, json};

fn render(disclosure: &Disclosure) -> Vec<u8> {
    files(disclosure, |_| ()).unwrap().pop().unwrap().bytes
}

fn page_text() -> String {
    String::from_utf8(render(&sample())).unwrap()
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    assert_eq!(render(&sample()), render(&sample()));
}

#[test]
fn the_page_loads_nothing_and_runs_nothing() {
    let page = page_text();
    for foreign in ["<script", "<link rel=\"stylesheet", "<img", "url(", "@import", " style="] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    assert_eq!(page.matches(STATE_MARKER).count(), 1);
}

#[test]
fn what_a_provider_wrote_is_text_and_not_markup() {
    let page = page_text();
    assert!(page.contains("=Acme &#60;b&#62;&#38;&#34;Co&#34;&#60;/b&#62;"));
    assert!(!page.contains("<b>"));
}

#[test]
fn figures_words_and_digests_stand_on_the_page() {
    let page = page_text();
    for text in [
        "0.25<span class=\"unit\"> Wh</span>",
        ">0.247<",
        ">1,234<",
        "N/A",
        "Coverage: unknown",
        "Fictitious provider, generated data",
        "The energy is modelled, not measured",
        "SE-SE1 (value of SE)",
        "1 to 2",
        &sample().template.status_line,
        &hex::encode(Sha256::digest(json::render(&sample()))),
        &hex::encode(Sha256::digest(csv::render(&sample()))),
    ] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn a_saving_below_zero_is_told_as_less() {
    use crate::domain::fact::{Fact, Of};
    let with_saving = |mantissa| {
        let mut document = sample();
        document.facts.push(Fact {
            concept: Concept::PlaceSavingModelled,
            of: Of::ALL,
            member: None,
            value: FactValue::Known(Decimal::new(mantissa, 2)),
        });
        counts(&document).saving.unwrap().replace('\u{a0}', " ")
    };
    assert_eq!(with_saving(1234), "12.3 Wh more");
    assert_eq!(with_saving(-1234), "12.3 Wh less");
}
