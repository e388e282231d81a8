//! Numbers as a language writes them, and which plural they take.

use super::language::Language;
use crate::units::Decimal;
use icu_decimal::DecimalFormatter;
use icu_plurals::{PluralCategory, PluralRules};

/// A number with all its digits, grouped and with the decimal sign of the language. Spaces in it do not break; in
/// French they are narrow (U+202F), which the number formats of iXBRL do not take.
pub fn number(language: Language, value: &Decimal) -> String {
    // A test formats a number in every language: the data is compiled in.
    let formatter = DecimalFormatter::try_new(language.locale().into(), Default::default())
        .expect("there is number data for every language");
    formatter.format(&exact(value)).to_string()
}

/// The plural category of a number that is printed with these digits.
pub(super) fn plural(language: Language, value: &Decimal) -> PluralCategory {
    let rules = PluralRules::try_new_cardinal(language.locale().into())
        .expect("there are plural rules for every language");
    rules.category_for(&exact(value))
}

/// The same number as ICU holds it, digit by digit.
fn exact(value: &Decimal) -> icu_decimal::input::Decimal {
    value.to_string().parse().expect("a decimal is written with digits, a sign and a point")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(language: Language, text: &str) -> String {
        number(language, &Decimal::parse(text).unwrap())
    }

    #[test]
    fn every_language_writes_every_digit() {
        for language in Language::ALL {
            for value in
                [Decimal::new(-1_234_567_890_123, 4), Decimal::new(i128::MAX, 38), Decimal::new(50, 2)]
            {
                let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
                assert_eq!(digits(&number(*language, &value)), digits(&value.to_string()), "{language:?}");
            }
            plural(*language, &Decimal::new(15, 1));
        }
    }

    #[test]
    fn groups_and_signs_are_those_of_the_language() {
        for (language, expected) in [
            (Language::English, "1,234,567.5"),
            (Language::German, "1.234.567,5"),
            (Language::French, "1\u{202f}234\u{202f}567,5"),
            (Language::Polish, "1\u{a0}234\u{a0}567,5"),
            (Language::Portuguese, "1\u{a0}234\u{a0}567,5"),
            (Language::Irish, "1,234,567.5"),
            (Language::ChineseTraditional, "1,234,567.5"),
        ] {
            assert_eq!(told(language, "1234567.5"), expected);
        }
    }

    #[test]
    fn four_digits_are_grouped_only_where_the_language_does_so() {
        assert_eq!(told(Language::English, "1500"), "1,500");
        assert_eq!(told(Language::Spanish, "1500"), "1500");
        assert_eq!(told(Language::Spanish, "15000"), "15.000");
        assert_eq!(told(Language::Polish, "1500"), "1500");
        assert_eq!(told(Language::Portuguese, "1500"), "1500");
    }

    #[test]
    fn plurals_are_those_of_the_european_variant() {
        let category = |language, text: &str| plural(language, &Decimal::parse(text).unwrap());
        assert_eq!(category(Language::Portuguese, "1.5"), PluralCategory::Other);
        assert_eq!(category(Language::French, "1.5"), PluralCategory::One);
        assert_eq!(category(Language::Slovene, "102"), PluralCategory::Two);
        assert_eq!(category(Language::Polish, "22"), PluralCategory::Few);
    }
}
