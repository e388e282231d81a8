//! The one place where a decimal becomes a double: cells of a spreadsheet hold nothing else. Nothing is computed with it.

use crate::units::Decimal;
use rust_xlsxwriter::{Format, Worksheet, XlsxError};

/// Whether a cell holds the value to its last digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::render) enum Kept {
    Exactly,
    /// It has more digits than a double keeps (15 to 17).
    Nearly,
}

/// Writes the double that is next to a value.
pub(super) fn write(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    value: Decimal,
    format: &Format,
) -> Result<Kept, XlsxError> {
    let double = nearest(value);
    sheet.write_number_with_format(row, column, double, format)?;
    Ok(kept(value))
}

/// Whether the double next to a value reads as the same decimal.
pub(super) fn kept(value: Decimal) -> Kept {
    let read_back = Decimal::parse(&nearest(value).to_string());
    let is_same = read_back.is_ok_and(|read| read.without_trailing_zeros() == value.without_trailing_zeros());
    if is_same { Kept::Exactly } else { Kept::Nearly }
}

fn nearest(value: Decimal) -> f64 {
    // The digits of a decimal always read as a number; the parser rounds correctly.
    value.to_string().parse().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_kept_where_the_double_reads_as_the_same_digits() {
        for (text, expected) in [
            ("0", Kept::Exactly),
            ("0.000000000000", Kept::Exactly),
            ("0.246813579246", Kept::Exactly),
            ("-12.50", Kept::Exactly),
            ("0.000000000001", Kept::Exactly),
            ("9007199254740993", Kept::Nearly),
            ("1234567.123456789012", Kept::Nearly),
            ("123.123456789012", Kept::Exactly),
        ] {
            assert_eq!(kept(Decimal::parse(text).unwrap()), expected, "{text}");
        }
    }
}
