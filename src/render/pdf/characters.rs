//! Whether every character of a document can be set. A character that no font has would be a hole in the text, and one
//! that turns the direction of text could make a number read as another.

use crate::render::files::RenderError;
use serde_json::Value;
use typst::text::Font;

/// Looks at every string of the document, as its canonical JSON holds it.
///
/// # Errors
///
/// The first character that cannot be set, and where it stands in the JSON of the document.
pub(super) fn check(json: &[u8], fonts: &[Font]) -> Result<(), RenderError> {
    // It was written a moment ago.
    let document: Value = serde_json::from_slice(json).expect("canonical JSON");
    find(&document, &mut String::new(), &|text| text.chars().find(|letter| !can_be_set(*letter, fonts)))
}

fn find(value: &Value, pointer: &mut String, bad: &impl Fn(&str) -> Option<char>) -> Result<(), RenderError> {
    let length = pointer.len();
    let mut within = |name: &str, value: &Value| {
        pointer.push('/');
        pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
        let found = find(value, pointer, bad);
        pointer.truncate(length);
        found
    };
    match value {
        Value::Array(items) => {
            items.iter().enumerate().try_for_each(|(index, item)| within(&index.to_string(), item))
        }
        Value::Object(fields) => fields.iter().try_for_each(|(name, field)| within(name, field)),
        Value::String(text) => match bad(text) {
            Some(character) => Err(RenderError::Character { character, pointer: pointer.clone() }),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}

fn can_be_set(letter: char, fonts: &[Font]) -> bool {
    match letter {
        ' '..='~' | '\n' | '\r' | '\t' => true,
        _ if letter.is_control() || turns_text(letter) || letter == BYTE_ORDER_MARK => false,
        _ => fonts.iter().any(|font| font.info().coverage.contains(u32::from(letter))),
    }
}

/// No text of an archive may hold it, though fonts have it.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// Marks that change the direction of what follows.
fn turns_text(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::disclosure::sample;
    use crate::render::json;
    use crate::render::pdf::world::fonts;

    fn refused(text: &str) -> Option<String> {
        let mut document = sample();
        document.provider.public_note = Some(text.to_owned());
        check(&json::render(&document), fonts()).err().map(|error| error.to_string())
    }

    #[test]
    fn the_letters_of_all_languages_and_the_usual_signs_can_be_set() {
        for text in [
            "Ħaġġ Żgħir, Zażółć gęślą jaźń, Þðß, Ērgļi, Őrült űr, İŞĞ, Țară ș, 1 234\u{a0}567\u{202f}%",
            "Ξεσκεπάζω τὴν ψυχοφθόρα, ЩЪЮЯ ёъѝ",
            "每个节点的计数器，每個節點的計數器「」《》、。！？",
            "≤ ≥ ≠ ≈ → ← − × ÷ ± · • … – — ‰ € £ ¥ CO₂ m³ ½ №",
            "#eval(1) $x$ @ref <label> `raw` \\ \" ' [ ] { } * _ ~",
            "line\r\nbreak\tand tab",
        ] {
            assert_eq!(refused(text), None, "{text}");
        }
    }

    #[test]
    fn what_no_font_has_is_refused_with_its_code_and_place() {
        for (text, code) in [
            ("smile 😀", "U+1F600"),
            ("שלום", "U+05E9"),
            ("bell\u{7}", "U+0007"),
            ("turned \u{202e}321", "U+202E"),
            ("marked \u{feff}", "U+FEFF"),
        ] {
            let told = refused(text).unwrap();
            assert!(told.contains(code) && told.contains("/provider/public_note"), "{told}");
        }
    }

    /// Fonts have characters that archives do not take, so that what fonts have is not enough.
    #[test]
    fn every_character_that_is_let_through_is_set() {
        let all: Vec<char> = ('\0'..=char::MAX).filter(|letter| can_be_set(*letter, fonts())).collect();
        assert!(all.len() > 5_000, "{}", all.len());
        let lines: Vec<String> = all.chunks(40).map(|part| part.iter().collect()).collect();
        let mut document = sample();
        document.provider.public_note = Some(lines.join("\n"));
        let set = crate::render::pdf::render(&document, crate::text::Language::English, &[]);
        assert_eq!(set.err().map(|error| error.to_string()), None);
    }
}
