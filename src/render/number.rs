//! Figures for people: two significant figures in a headline, three in tables.

use crate::domain::fact::FactValue;
use crate::units::Decimal;

/// Significant figures of a headline.
pub const HEADLINE: u32 = 2;
/// Significant figures in a table.
pub const TABLE: u32 = 3;

/// A figure with its digits grouped; the four kinds of "no figure" stay apart.
pub fn figure(value: FactValue, significant: u32) -> String {
    match value {
        FactValue::Known(decimal) => group(&decimal.round_significant(significant).to_string()),
        FactValue::Unknown => "unknown".to_owned(),
        FactValue::NotApplicable => "N/A".to_owned(),
        FactValue::NotIncluded => "not included".to_owned(),
    }
}

/// A count, in full.
pub fn count(value: FactValue) -> String {
    match value {
        FactValue::Known(decimal) => group(&decimal.to_string()),
        other => figure(other, TABLE),
    }
}

/// A share as a percentage with at most one decimal. A share that is not zero never reads as zero,
/// and one that is not whole never reads as 100. The space does not break, so that a figure keeps its
/// sign.
pub fn percent(share: Decimal) -> String {
    // Some shares have more decimals than a percentage needs.
    let parts = share.round_decimals(6).to_scaled(6).unwrap_or_default();
    match parts {
        _ if share.is_zero() => "0\u{a0}%".to_owned(),
        0..=500 => "<\u{a0}0.1\u{a0}%".to_owned(),
        999_500..=1_000_000 if !is_whole(share) => ">\u{a0}99.9\u{a0}%".to_owned(),
        _ => {
            let rounded = Decimal::new(parts, 4).round_decimals(1).to_string();
            format!("{}\u{a0}%", rounded.strip_suffix(".0").unwrap_or(&rounded))
        }
    }
}

/// Whether a share is all of its whole, or more.
pub fn is_whole(share: Decimal) -> bool {
    share.mantissa() >= 10i128.pow(share.decimals())
}

/// Commas between groups of three digits left of the point.
pub fn group(digits: &str) -> String {
    let (sign, unsigned) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let (whole, fraction) = unsigned.split_once('.').map_or((unsigned, None), |(w, f)| (w, Some(f)));
    let mut grouped = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if let Some(fraction) = fraction {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(text: &str) -> FactValue {
        FactValue::Known(Decimal::parse(text).unwrap())
    }

    #[test]
    fn figures_are_grouped_and_rounded() {
        assert_eq!(figure(known("0.123456"), HEADLINE), "0.12");
        assert_eq!(figure(known("1234567.8"), TABLE), "1,230,000");
        assert_eq!(count(known("28185")), "28,185");
        assert_eq!(group("-1234.5678"), "-1,234.5678");
    }

    #[test]
    fn the_kinds_of_no_figure_stay_apart() {
        assert_eq!(figure(FactValue::Unknown, TABLE), "unknown");
        assert_eq!(figure(FactValue::NotApplicable, TABLE), "N/A");
        assert_eq!(figure(known("0"), TABLE), "0");
    }

    #[test]
    fn a_percentage_never_rounds_to_none_or_all() {
        for (share, expected) in [
            ("0", "0 %"),
            ("0.000001", "< 0.1 %"),
            ("0.0005", "< 0.1 %"),
            ("0.000501", "0.1 %"),
            ("0.9995", "> 99.9 %"),
            ("0.5", "50 %"),
            ("0.123456", "12.3 %"),
            ("0.999999", "> 99.9 %"),
            ("1", "100 %"),
            ("1.000000000001", "100 %"),
            ("1.333333333333", "133.3 %"),
            // More decimals than are looked at.
            ("0.666666666667", "66.7 %"),
            ("0.000000000001", "< 0.1 %"),
            ("0.999999999999", "> 99.9 %"),
        ] {
            assert_eq!(percent(Decimal::parse(share).unwrap()).replace('\u{a0}', " "), expected, "{share}");
        }
    }
}
