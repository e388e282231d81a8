//! A number of which the digits told are a part: 5.0 is not 5.

use super::Decimal;
use std::fmt;
use thiserror::Error;

/// A number above zero with the digits that were told: `digits × 10^exponent`. Two that are equal in amount and
/// told with different precision are different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Significant {
    digits: i128,
    exponent: i16,
}

/// Why a text is no such number.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum SignificantError {
    #[error("is not a decimal number above zero such as 12.5")]
    NotANumber,
    #[error("is zero, which is no measurement; say why there is no value instead")]
    Zero,
    #[error("has fewer than {least} significant figures; send \"5.0\" instead of \"5\"")]
    TooFewDigits { least: u32 },
    #[error("has more than {allowed} decimals; send at most {allowed}, nothing is rounded")]
    TooManyDecimals { allowed: i32 },
    #[error("is out of range")]
    OutOfRange,
}

/// Longest text read as a number.
const MAX_TEXT: usize = 80;

impl Significant {
    /// Most digits kept.
    pub const MAX_DIGITS: u32 = 36;
    /// Largest power of ten, either way.
    pub const MAX_EXPONENT: i16 = 36;

    /// `digits × 10^exponent`; `None` where it is not above zero or more than is kept.
    pub fn new(digits: i128, exponent: i16) -> Option<Significant> {
        let fits = digits > 0
            && digits.ilog10() < Significant::MAX_DIGITS
            && exponent.unsigned_abs() <= Significant::MAX_EXPONENT.unsigned_abs();
        fits.then_some(Significant { digits, exponent })
    }

    /// Reads a decimal without a sign, with or without a power of ten (`3.8e25`).
    pub fn parse(text: &str) -> Result<Significant, SignificantError> {
        if text.len() > MAX_TEXT {
            return Err(SignificantError::OutOfRange);
        }
        let Some((significand, power)) = text.split_once(['e', 'E']) else {
            return Significant::parse_plain(text);
        };
        let told = Significant::parse_plain(significand)?;
        let digits = power.strip_prefix(['+', '-']).unwrap_or(power);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(SignificantError::NotANumber);
        }
        let power = power.strip_prefix('+').unwrap_or(power);
        let power: i16 = power.parse().map_err(|_| SignificantError::OutOfRange)?;
        let exponent = told.exponent.checked_add(power).ok_or(SignificantError::OutOfRange)?;
        Significant::new(told.digits, exponent).ok_or(SignificantError::OutOfRange)
    }

    /// Reads plain digits with or without a point.
    pub fn parse_plain(text: &str) -> Result<Significant, SignificantError> {
        let (whole, fraction) = match text.split_once('.') {
            Some((_, "")) => return Err(SignificantError::NotANumber),
            Some(parts) => parts,
            None => (text, ""),
        };
        let digits_only = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let has_leading_zero = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || has_leading_zero || !digits_only(whole) || !digits_only(fraction) {
            return Err(SignificantError::NotANumber);
        }
        let digits = format!("{whole}{fraction}");
        let digits = digits.trim_start_matches('0');
        if digits.is_empty() {
            return Err(SignificantError::Zero);
        }
        let digits: i128 = digits.parse().map_err(|_| SignificantError::OutOfRange)?;
        let decimals = i16::try_from(fraction.len()).map_err(|_| SignificantError::OutOfRange)?;
        Significant::new(digits, -decimals).ok_or(SignificantError::OutOfRange)
    }

    /// The same where it has so many significant figures.
    pub fn of_at_least(self, least: u32) -> Result<Significant, SignificantError> {
        let enough = self.figures() >= least;
        enough.then_some(self).ok_or(SignificantError::TooFewDigits { least })
    }

    /// The digits told, as a whole number.
    pub fn digits(self) -> i128 {
        self.digits
    }

    pub fn exponent(self) -> i32 {
        self.exponent.into()
    }

    /// How many significant figures were told. Zeros at the end of a whole number count: whoever means fewer
    /// writes a power of ten.
    pub fn figures(self) -> u32 {
        self.digits.ilog10() + 1
    }

    /// The power of ten above it: 1 for 1 to below 10, 2 for 10 to below 100.
    pub fn order(self) -> i32 {
        // At most 36 digits.
        self.figures() as i32 + self.exponent()
    }
}

impl fmt::Display for Significant {
    /// As it was told: plain digits, or with a power of ten where plain digits would claim more figures.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.exponent <= 0 {
            return Decimal::new(self.digits, u32::from(self.exponent.unsigned_abs())).fmt(f);
        }
        let digits = self.digits.to_string();
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        write!(f, "{first}{point}{rest}e{}", self.order() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_number_above_zero_is_refused() {
        for text in
            ["", ".", "1.", ".5", "01", "1,5", "+1", "-1", "1e", "1e+", "e5", "1e1.5", " 1", "NaN", "१"]
        {
            assert_eq!(Significant::parse(text), Err(SignificantError::NotANumber), "{text}");
        }
        for text in ["0", "0.000", "0e7"] {
            assert_eq!(Significant::parse(text), Err(SignificantError::Zero), "{text}");
        }
        for text in ["1e37", "1.5e-36", "1e40000", &"9".repeat(37), &"1".repeat(1_000_000)] {
            assert_eq!(Significant::parse(text), Err(SignificantError::OutOfRange), "{text:.50}");
        }
    }

    #[test]
    fn figures_are_counted_from_the_first_that_is_not_zero() {
        for (text, figures, order) in
            [("5", 1, 1), ("5.0", 2, 1), ("0.050", 2, -1), ("1200", 4, 4), ("1.2e3", 2, 4), ("10", 2, 2)]
        {
            let value = Significant::parse(text).unwrap();
            assert_eq!((value.figures(), value.order(), value.to_string().as_str()), (figures, order, text));
        }
    }

    proptest! {
        #[test]
        fn text_survives_a_round_trip(digits in 1i64.., exponent in -18i16..=18) {
            let value = Significant::new(digits.into(), exponent).unwrap();
            prop_assert_eq!(Significant::parse(&value.to_string()), Ok(value));
        }
    }
}
