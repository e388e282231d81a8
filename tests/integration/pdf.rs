//! The PDF files of one rich document: read back by independent readers, and true to what providers write.

use crate::examples::skip;
use crate::formats::rich::rich;
use crate::formats::rich_pack::rich_pack;
use crate::send::dir::Dir;
use proptest::prelude::*;
use proptest::test_runner::Config;
use std::path::{Path, PathBuf};
use std::process::Command;
use taskwatt::domain::authority_pack::PackValue;
use taskwatt::domain::disclosure::Disclosure;
use taskwatt::render::files::{File, Format, RenderError, files};
use taskwatt::render::{json, pack, pdf};
use taskwatt::text::Language;

/// The Python that has what `tests/pdf/requirements.txt` names.
#[expect(clippy::disallowed_methods, reason = "set by scripts/test, which installs it")]
pub fn python() -> Option<PathBuf> {
    let python = std::env::var_os("TEST_PDF_PYTHON").map(PathBuf::from);
    if python.is_none() {
        skip("TEST_PDF_PYTHON is not set, so nobody reads the PDF files back; scripts/test installs it");
    }
    python
}

#[test]
fn independent_readers_find_every_figure_and_no_fault() {
    let Some(python) = python() else { return };
    let dir = Dir::new();
    let mut document = rich(20);
    // Higher than a page.
    document.history[0].reason = Some("why\n".repeat(200));
    document.training[0].training.method = Some("how\n".repeat(200));
    for file in files(&document, |_| ()).unwrap() {
        let name = format!("disclosure.{}", file.format.as_str());
        std::fs::write(dir.0.join(name), file.bytes).unwrap();
    }
    read_back(&python, &dir);
}

/// Has the readers look at the PDF files of a directory, and at the JSON beside them.
pub fn read_back(python: &Path, dir: &Dir) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pdf/check.py");
    let output = Command::new(python).arg("-B").arg(script).arg(&dir.0).output().unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn independent_readers_find_every_field_of_a_pack_and_no_fault() {
    let Some(python) = python() else { return };
    let mut long = rich_pack(2);
    for fact in &mut long.facts {
        if let PackValue::NotAvailable(reason) = &mut fact.value {
            // Higher than a page.
            *reason = "why\n".repeat(200);
        }
    }
    for document in [rich_pack(1), rich_pack(4), long] {
        let dir = Dir::new();
        for file in pack::files(&document, |_| ()).unwrap() {
            dir.write(&format!("pack.{}", file.format.as_str()), file.bytes);
        }
        read_back(&python, &dir);
    }
}

#[test]
fn a_pack_of_40_models_is_set_and_a_character_without_a_font_is_named() {
    let mut document = rich_pack(40);
    assert!(pdf::render_pack(&document, &[]).unwrap().starts_with(b"%PDF-"));
    document.texts[1].text.push('\u{202e}');
    let refused = pdf::render_pack(&document, &[]).unwrap_err().to_string();
    assert!(refused.contains("U+202E") && refused.contains("/texts/1/text"), "{refused}");
}

fn attached(document: &Disclosure) -> Vec<File> {
    vec![File { format: Format::Json, bytes: json::render(document) }]
}

/// A small document in which every text of the provider is this one.
fn saying(text: &str) -> Disclosure {
    let mut document = rich(1);
    document.facts.truncate(40);
    text.clone_into(&mut document.service.name);
    text.clone_into(&mut document.provider.legal_name);
    document.provider.public_note = Some(text.to_owned());
    document.models.iter_mut().for_each(|model| text.clone_into(&mut model.name));
    document.sites.iter_mut().for_each(|site| text.clone_into(&mut site.name));
    document.texts.truncate(2);
    document.texts.iter_mut().for_each(|one| text.clone_into(&mut one.text));
    document
}

/// A PDF, or an error that names a character and its place.
fn check(text: &str) -> Result<(), String> {
    match pdf::render(&saying(text), Language::English, &[]) {
        Ok(bytes) if bytes.starts_with(b"%PDF-") => Ok(()),
        Ok(_) => Err("no PDF".to_owned()),
        Err(RenderError::Character { character, pointer }) => {
            let is_there = text.contains(character) && pointer.starts_with('/');
            is_there.then_some(()).ok_or_else(|| format!("{character:?} at {pointer}"))
        }
        Err(other) => Err(other.to_string()),
    }
}

#[test]
fn what_looks_like_code_is_set_as_text() {
    for text in [
        "#eval(\"1 + 1\") #panic(\"x\") #import \"@preview/x:1.0.0\": *",
        "#{ while true {} } #read(\"/etc/passwd\") #json(\"data.json\")",
        "$ x^2 $ @reference <label> `raw` ```rust fn``` *bold* _it_ = Heading - list + enum / term: x",
        "\\ \\u{41} \\n // comment /* comment */ [content] {block} ~ -- --- ... \"quoted\" 'single'",
        "{} {} %s ${x} {{ d }} {% if %} <script>alert(1)</script> &amp; ]]> --> \u{200b}\u{ad}\u{a0}",
        "",
        " ",
        "\n\n",
    ] {
        assert_eq!(check(text), Ok(()), "{text}");
    }
}

#[test]
fn a_disclosure_of_40_models_with_long_names_is_set() {
    let mut document = rich(40);
    document.service.name = "An-unbroken-name-of-a-service/".repeat(6);
    document.models[0].name = "Ä".repeat(200);
    document.models[1].name = "wide words of a name ".repeat(9);
    document.provider.contact = Some(format!("https://provider.example/{}", "a".repeat(300)));
    let bytes = pdf::render(&document, Language::German, &attached(&document)).unwrap();
    assert!(bytes.starts_with(b"%PDF-"));
}

proptest! {
    // Each case sets a document of some pages.
    #![proptest_config(Config { cases: 24, failure_persistence: None, ..Config::default() })]

    #[test]
    fn any_text_gives_a_pdf_or_names_the_character(text in "\\PC{0,60}|.{0,20}|[#$@<>\\\\`*_=\\[\\]{}\"'/ a-z0-9\n]{0,60}") {
        prop_assert_eq!(check(&text), Ok(()));
    }
}
