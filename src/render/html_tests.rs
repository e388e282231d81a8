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
fn an_overhead_is_the_least_where_energy_has_no_step_and_a_share_that_is_left_out_stands_in_its_place() {
    use crate::domain::fact::Fact;
    use crate::domain::terms::MarketPart;
    let mut document = sample();
    let fact = |concept, member, value| Fact { concept, of: Of::ALL, member, value };
    let half = FactValue::Known(Decimal::new(500_000, 6));
    document.facts.push(fact(Concept::VerificationOverhead, None, half));
    let residual = Some(Member::Market(MarketPart::ResidualMix));
    document.facts.push(fact(Concept::MarketShare, residual, FactValue::NotIncluded));
    document.contract_uses[0].covered_wh = FactValue::NotIncluded;
    document.factor_uses[0].hours = None;
    let page = String::from_utf8(render(&document)).unwrap();
    assert!(page.contains("at least 50\u{a0}% of the energy. 100\u{a0}% is not attributed"), "{page}");
    let shares = shares(&document, Concept::MarketShare);
    assert_eq!((shares.len(), shares[0].share.as_str(), shares[0].width.as_str()), (1, "not included", "0"));
    assert!(page.matches("not included").count() >= 3, "{page}");
    let is_steps = |fact: &&Fact| fact.member == Some(Member::Unattributed);
    let place = document.facts.iter().position(|fact| is_steps(&fact)).unwrap();
    document.facts.remove(place);
    assert_eq!(counts(&document).unattributed, None);
}

#[test]
fn a_coverage_that_is_no_whole_number_of_millionths_is_told_as_it_is() {
    let with = |served: &str| {
        let mut document = sample();
        let coverage = document.facts.iter_mut().find(|fact| fact.concept == Concept::Coverage).unwrap();
        coverage.value = FactValue::Known(Decimal::parse(served).unwrap());
        (headline(&document).coverage.replace('\u{a0}', " "), beside::low_coverage(&document))
    };
    assert_eq!(with("0.966666666667"), ("96.7 %".to_owned(), None));
    let low = "These figures rest on 66.7\u{a0}% of the tasks that the provider declares as served.";
    assert_eq!(with("0.666666666667"), ("66.7 %".to_owned(), Some(low.to_owned())));
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
