use super::*;
use crate::domain::disclosure::sample;
use crate::text::LABEL_LANGUAGES;

fn rendered(d: &Disclosure) -> Result<Vec<u8>, RenderError> {
    render(d, Language::English, &[])
}

#[test]
fn a_report_is_set_in_every_language() {
    for language in LABEL_LANGUAGES {
        let bytes = render(&sample(), language, &[]).unwrap();
        assert!(bytes.starts_with(b"%PDF-1.7"), "{language:?}");
    }
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    assert_eq!(rendered(&sample()).unwrap(), rendered(&sample()).unwrap());
}
