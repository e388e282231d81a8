//! Figures, names and texts of a document in the language of the report.

use super::content::{Block, MAY_BREAK, Words, chart_file};
use crate::domain::disclosure::Disclosure;
use crate::domain::fact::{Concept, FactValue, Of};
use crate::domain::terms::TaskType;
use crate::render::chart::{Chart, In};
use crate::render::number::TABLE;
use crate::text::{Language, number, percent, significant};
use crate::units::Decimal;

/// Letters of a word, after which it may have to be broken.
const LONG: usize = 18;
/// Letters between two places to break in a part of a long word without signs.
const PART: usize = 10;

pub(super) struct Say<'a> {
    pub(super) d: &'a Disclosure,
    pub(super) at: In,
}

impl<'a> Say<'a> {
    pub(super) fn new(d: &'a Disclosure, at: In) -> Say<'a> {
        Say { d, at }
    }

    /// A value with so many significant figures, or the word for there being none.
    pub(super) fn figure(&self, value: FactValue, digits: u32) -> String {
        self.told(value, |known| significant(self.at.language, known, digits))
    }

    /// A value in tables.
    pub(super) fn cell(&self, value: FactValue) -> String {
        self.figure(value, TABLE)
    }

    /// The same with its unit.
    pub(super) fn with_unit(&self, value: FactValue, digits: u32, unit: &str) -> String {
        self.told(value, |known| format!("{}\u{a0}{unit}", significant(self.at.language, known, digits)))
    }

    /// A count, in full.
    pub(super) fn count(&self, value: FactValue) -> String {
        self.told(value, |known| number(self.at.language, &known))
    }

    pub(super) fn share(&self, value: FactValue) -> String {
        self.told(value, |known| percent(self.at.language, known))
    }

    pub(super) fn percent(&self, share: Decimal) -> String {
        percent(self.at.language, share)
    }

    /// A number with all its digits, without zeros at the end.
    pub(super) fn exact(&self, value: Decimal) -> String {
        number(self.at.language, &value.without_trailing_zeros())
    }

    pub(super) fn whole(&self, value: impl Into<i128>) -> String {
        number(self.at.language, &Decimal::new(value.into(), 0))
    }

    fn told(&self, value: FactValue, known: impl FnOnce(Decimal) -> String) -> String {
        match value {
            FactValue::Known(value) => known(value),
            other => self.at.labels.no_value(other).unwrap_or_default().to_owned(),
        }
    }

    pub(super) fn task_type(&self, task_type: Option<TaskType>) -> &'static str {
        task_type.map_or(self.at.words.page.all_tasks, self.at.labels.task_type)
    }

    pub(super) fn label(&self, concept: Concept) -> &'static str {
        (self.at.labels.concept)(concept)
    }

    /// A figure of all tasks.
    pub(super) fn of_all(&self, concept: Concept) -> FactValue {
        self.d.value(concept, None)
    }

    pub(super) fn has(&self, concept: Concept) -> bool {
        self.d.facts.iter().any(|fact| fact.concept == concept && fact.of == Of::ALL)
    }

    /// The name of a model by its key.
    pub(super) fn model_name(&self, key: &str) -> String {
        let line = self.d.models.iter().find(|model| model.key == key);
        breakable(line.map_or(key, |model| name_or_key(&model.name, key)))
    }

    pub(super) fn or_not_stated(&self, text: Option<&str>) -> String {
        text.map_or_else(|| self.at.words.page.not_stated.to_owned(), breakable)
    }

    /// What is English in every document.
    pub(super) fn english(&self, text: &str) -> Words {
        let text = breakable(text);
        if self.at.language == Language::English { Words::new(text) } else { Words::english(text) }
    }

    pub(super) fn chart(&self, chart: &Chart, width_mm: u32) -> Block {
        Block::Chart {
            file: chart_file(chart),
            alt: format!("{}. {}", chart.title, chart.description),
            caption: chart.caption,
            width_mm,
        }
    }
}

/// The name of a model, or its key where nothing of the name is seen: a heading needs words.
pub(super) fn name_or_key<'t>(name: &'t str, key: &'t str) -> &'t str {
    let is_blank = |letter: char| letter.is_whitespace() || letter == MAY_BREAK;
    if name.chars().all(is_blank) { key } else { name }
}

/// The size of a file.
pub(super) fn kilobytes(language: Language, bytes: usize) -> String {
    let kilobytes = Decimal::new(bytes.div_ceil(1000) as i128, 0);
    format!("{}\u{a0}kB", number(language, &kilobytes))
}

/// A thousandth: watt-hours as kilowatt-hours, grams as kilograms. No digit changes.
pub(super) fn thousandth(value: FactValue) -> FactValue {
    match value {
        FactValue::Known(value) => FactValue::Known(Decimal::new(value.mantissa(), value.decimals() + 3)),
        other => other,
    }
}

/// A text in one of the 26 languages, by its tag.
pub(super) fn in_language(text: &str, tag: &str) -> Words {
    let (lang, region) = match Language::parse(tag) {
        // The setter tells the two scripts of Chinese apart by regions.
        Some(Language::ChineseSimplified) => (Some("zh"), Some("CN")),
        Some(Language::ChineseTraditional) => (Some("zh"), Some("TW")),
        Some(other) => (Some(other.as_str()), None),
        None => (None, None),
    };
    Words { text: breakable(text), lang, region }
}

/// Marks places to break in words that are too long for a narrow column: keys, addresses, digests. Other words are left
/// as they are.
pub(super) fn breakable(text: &str) -> String {
    let mut marked = String::with_capacity(text.len());
    let text = text.replace('\t', " ").replace('\r', "");
    for word in text.split_inclusive([' ', '\n']) {
        if word.chars().count() <= LONG
            || !word.contains(|letter: char| is_sign(letter) || letter.is_numeric())
        {
            // A word of letters alone is broken where nothing else can be done.
            push_word(&mut marked, word, 2 * LONG);
        } else {
            push_word(&mut marked, word, PART);
        }
    }
    marked
}

fn push_word(marked: &mut String, word: &str, part: usize) {
    let mut since = 0;
    let mut letters = word.chars().peekable();
    while let Some(letter) = letters.next() {
        marked.push(letter);
        since += 1;
        let ends = letters.peek().is_none_or(|next| next.is_whitespace());
        if !ends && part < LONG && is_sign(letter) || !ends && since >= part {
            marked.push(MAY_BREAK);
            since = 0;
        }
    }
}

fn is_sign(letter: char) -> bool {
    matches!(letter, '-' | '_' | '/' | '@' | '.' | ':' | '+' | '=' | '&' | '?' | ',' | ';')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_keys_may_break_after_signs_and_words_stay_whole() {
        let marked = |text| breakable(text).replace(MAY_BREAK, "|");
        assert_eq!(marked("A plain sentence, with words."), "A plain sentence, with words.");
        assert_eq!(marked("Datenschutzgrundverordnung"), "Datenschutzgrundverordnung");
        assert_eq!(marked("meta-llama/Llama-4-Maverick-17B"), "meta-|llama/|Llama-|4-|Maverick-|17B");
        assert_eq!(marked("0123456789abcdef0123"), "0123456789|abcdef0123");
        assert_eq!(marked(&"x".repeat(80)), format!("{0}|{0}|xxxxxxxx", "x".repeat(36)));
        assert_eq!(
            breakable("a-very-long-name/of-something").replace(MAY_BREAK, ""),
            "a-very-long-name/of-something"
        );
    }

    #[test]
    fn a_model_whose_name_is_not_seen_is_called_by_its_key() {
        for name in ["", " ", "\u{a0}\n", "\u{200b}", " \u{200b}\u{200b} "] {
            assert_eq!(name_or_key(name, "m-1"), "m-1", "{name:?}");
        }
        assert_eq!(name_or_key(" a ", "m-1"), " a ");
    }

    #[test]
    fn a_thousandth_changes_no_digit() {
        let value = FactValue::Known(Decimal::parse("1234.5").unwrap());
        assert_eq!(thousandth(value), FactValue::Known(Decimal::parse("1.2345").unwrap()));
        assert_eq!(thousandth(FactValue::Unknown), FactValue::Unknown);
    }
}
