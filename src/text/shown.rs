//! Figures as people read them in a language: so many significant figures, shares in per cent.

use super::language::Language;
use super::number::number;
use crate::units::Decimal;

/// A number with so many significant figures, half to even.
pub fn significant(language: Language, value: Decimal, digits: u32) -> String {
    number(language, &value.round_significant(digits))
}

/// A share in per cent with at most one decimal. A share that is not zero never reads as zero, and one that is not whole
/// never reads as 100. The space before the sign does not break.
pub fn percent(language: Language, share: Decimal) -> String {
    let space = if language == Language::French { '\u{202f}' } else { '\u{a0}' };
    let parts =
        share.to_scaled(6).unwrap_or_else(|_| share.round_decimals(6).to_scaled(6).unwrap_or_default());
    let told = |value: Decimal| format!("{}{space}%", number(language, &value));
    match parts {
        1..=500 => format!("<\u{a0}{}", told(Decimal::new(1, 1))),
        999_500..1_000_000 => format!(">\u{a0}{}", told(Decimal::new(999, 1))),
        _ => told(Decimal::new(parts, 4).round_decimals(1).without_trailing_zeros()),
    }
}

/// Digits with a power of ten, such as `3.10e23`, as people write them: 3.10 · 10²³. Digits without one are a number.
pub fn scientific(language: Language, text: &str) -> String {
    let told = |digits: &str| {
        Decimal::parse(digits).map_or(digits.to_owned(), |value| written(language, value, digits))
    };
    let Some((digits, exponent)) = text.split_once('e') else { return told(text) };
    let raised = |digit: char| match digit {
        '0'..='9' => "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(digit as usize - '0' as usize).unwrap_or(digit),
        '-' => '⁻',
        other => other,
    };
    format!("{}\u{a0}·\u{a0}10{}", told(digits), exponent.chars().map(raised).collect::<String>())
}

/// A number with as many decimals as were told, zeros at the end included.
fn written(language: Language, value: Decimal, digits: &str) -> String {
    let decimals = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let decimals = u32::try_from(decimals).unwrap_or(u32::MAX);
    value
        .to_scaled(decimals)
        .map_or(digits.to_owned(), |scaled| number(language, &Decimal::new(scaled, decimals)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_never_rounds_to_none_or_all() {
        for (share, english, french) in [
            ("0", "0\u{a0}%", "0\u{202f}%"),
            ("0.000001", "<\u{a0}0.1\u{a0}%", "<\u{a0}0,1\u{202f}%"),
            ("0.000501", "0.1\u{a0}%", "0,1\u{202f}%"),
            ("0.123456", "12.3\u{a0}%", "12,3\u{202f}%"),
            ("0.999999", ">\u{a0}99.9\u{a0}%", ">\u{a0}99,9\u{202f}%"),
            ("1", "100\u{a0}%", "100\u{202f}%"),
            ("12.5", "1,250\u{a0}%", "1\u{202f}250\u{202f}%"),
        ] {
            let share = Decimal::parse(share).unwrap();
            assert_eq!(percent(Language::English, share), english);
            assert_eq!(percent(Language::French, share), french);
        }
    }

    #[test]
    fn powers_of_ten_keep_the_digits_that_were_told() {
        for (language, text, told) in [
            (Language::German, "3.80e25", "3,80\u{a0}·\u{a0}10²⁵"),
            (Language::English, "1200.0", "1,200.0"),
            (Language::French, "12", "12"),
        ] {
            assert_eq!(scientific(language, text), told);
        }
    }

    #[test]
    fn figures_have_the_digits_asked_for() {
        let value = Decimal::parse("1234567.8").unwrap();
        assert_eq!(significant(Language::English, value, 3), "1,230,000");
        assert_eq!(significant(Language::German, value, 2), "1.200.000");
        assert_eq!(significant(Language::German, Decimal::parse("0.10004").unwrap(), 3), "0,100");
    }
}
