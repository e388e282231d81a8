//! The PDF files of a disclosure and of an authority pack in which every text of the provider is the bytes that came in.

use std::collections::BTreeMap;
use taskwatt::domain::authority_pack::{AuthorityPack, PackValue};
use taskwatt::domain::disclosure::Disclosure;
use taskwatt::render::files::RenderError;
use taskwatt::render::pdf;
use taskwatt::text::Language;

#[allow(dead_code, clippy::duplicate_mod, reason = "tests that include this file as well read all of it")]
#[path = "../tests/support/rich.rs"]
mod rich;
#[allow(dead_code, clippy::duplicate_mod, reason = "tests that include this file as well read all of it")]
#[path = "../tests/support/pack.rs"]
mod rich_pack;

/// Most characters of a name and of a text, as the API takes them.
const MAX_NAME: usize = 200;
const MAX_TEXT: usize = 2_000;

/// The first byte chooses the document and its language; the rest is the text. There is a file, or an error that names a
/// character of the text and its place. The structure of the file is that which letters alone give: a text is never
/// taken for markup.
pub fn report(data: &[u8]) {
    let Some((choice, rest)) = data.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let bytes = match render(*choice, &text) {
        Ok(bytes) => bytes,
        Err(RenderError::Character { character, pointer }) => {
            assert!(text.contains(character) && pointer.starts_with('/'), "{character:?} at {pointer}");
            return;
        }
        Err(other) => panic!("{other}"),
    };
    assert!(bytes.starts_with(b"%PDF-1.7"));
    // What could be a sign of the setter's language becomes a letter.
    let letters = text.replace(|sign: char| sign.is_ascii_punctuation(), "x");
    if letters != text {
        let plain = render(*choice, &letters).expect("letters can be set where signs can");
        assert_eq!(shape(&bytes), shape(&plain), "a sign changes the structure");
    }
}

fn render(choice: u8, text: &str) -> Result<Vec<u8>, RenderError> {
    match choice % 4 {
        0 => pdf::render_pack(&pack(text), &[]),
        1 => pdf::render(&disclosure(text), Language::German, &[]),
        2 => pdf::render(&disclosure(text), Language::French, &[]),
        _ => pdf::render(&disclosure(text), Language::English, &[]),
    }
}

/// How many elements of each kind the structure has. A block that goes on on another page is divided, which wide signs
/// may make of it.
fn shape(file: &[u8]) -> BTreeMap<&[u8], usize> {
    const ELEMENT: &[u8] = b"/Type/StructElem/S/";
    let mut kinds = BTreeMap::new();
    // Its objects are not packed.
    for (at, found) in file.windows(ELEMENT.len()).enumerate() {
        if found == ELEMENT {
            let rest = &file[at + ELEMENT.len()..];
            let kind = rest.split(|byte| *byte == b'/').next().unwrap_or_default();
            if kind != b"Div" {
                *kinds.entry(kind).or_default() += 1;
            }
        }
    }
    assert!(kinds.len() > 5, "the structure is not where this looks for it");
    kinds
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// A small one.
fn disclosure(text: &str) -> Disclosure {
    let (name, long) = (cut(text, MAX_NAME), cut(text, MAX_TEXT));
    let mut d = rich::rich(2);
    d.facts.truncate(40);
    d.sites.truncate(1);
    d.texts.truncate(2);
    d.provider.legal_name.clone_from(&name);
    d.provider.contact = Some(name.clone());
    d.provider.public_note = Some(long.clone());
    d.service.name.clone_from(&name);
    d.service.energy_method = Some(long.clone());
    d.reason = Some(long.clone());
    d.verification.standard = Some(name.clone());
    d.verification.verifier = Some(name.clone());
    for model in &mut d.models {
        model.name.clone_from(&name);
        model.version = Some(name.clone());
    }
    d.sites.iter_mut().for_each(|site| site.name.clone_from(&name));
    d.texts.iter_mut().for_each(|one| one.text.clone_from(&long));
    d.hardware.iter_mut().for_each(|one| one.accelerator.clone_from(&name));
    d.exclusions.iter_mut().for_each(|one| one.what.clone_from(&name));
    d.history.iter_mut().for_each(|one| one.reason = Some(long.clone()));
    d.contract_uses.iter_mut().for_each(|one| one.reference.clone_from(&name));
    d.embodied.iter_mut().for_each(|one| one.embodied.includes.clone_from(&name));
    d.training.iter_mut().for_each(|one| one.training.method = Some(long.clone()));
    d
}

fn pack(text: &str) -> AuthorityPack {
    let (name, long) = (cut(text, MAX_NAME), cut(text, MAX_TEXT));
    let mut pack = rich_pack::rich_pack(2);
    pack.provider.legal_name.clone_from(&name);
    pack.provider.contact = Some(name.clone());
    for model in &mut pack.models {
        model.name.clone_from(&name);
        model.version = Some(name.clone());
    }
    pack.texts.iter_mut().for_each(|one| one.text.clone_from(&long));
    for fact in &mut pack.facts {
        if let PackValue::NotAvailable(reason) = &mut fact.value {
            reason.clone_from(&long);
        }
        if let Some(task) = &mut fact.task {
            task.hardware.clone_from(&name);
            task.task = Some(name.clone());
        }
    }
    pack
}
