//! Exact decimals: reading them from text, dividing once, and rounding for display.

use ethnum::I256;
use std::fmt;
use thiserror::Error;

/// An exact decimal: `mantissa × 10^-decimals`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    mantissa: i128,
    decimals: u32,
}

/// Why a text is not an acceptable decimal.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum DecimalError {
    /// Not a JSON number: letters, NaN, an empty text, two points.
    #[error("is not a decimal number")]
    NotANumber,
    /// More decimals than the unit holds exactly; refused rather than rounded.
    #[error("has more than {allowed} decimals; send at most {allowed}, nothing is rounded")]
    TooManyDecimals { allowed: u32 },
    /// Larger than the unit can hold.
    #[error("is out of range")]
    OutOfRange,
}

/// Longest text read as a number; an `i128` has 39 digits, so nothing sensible is longer.
const MAX_TEXT: usize = 80;

impl Decimal {
    /// Most decimals kept, which bounds 10^decimals within `i128`.
    pub const MAX_DECIMALS: u32 = 38;

    /// `mantissa × 10^-decimals`; `decimals` is at most 38.
    pub fn new(mantissa: i128, decimals: u32) -> Decimal {
        assert!(decimals <= Decimal::MAX_DECIMALS, "a decimal holds at most 38 decimals");
        Decimal { mantissa, decimals }
    }

    /// Reads the grammar of a JSON number (`-12.5e-3`), exactly.
    pub fn parse(text: &str) -> Result<Decimal, DecimalError> {
        if text.len() > MAX_TEXT {
            return Err(DecimalError::OutOfRange);
        }
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (significand, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((significand, exponent)) => (significand, parse_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = match significand.split_once('.') {
            Some((_, "")) => return Err(DecimalError::NotANumber),
            Some(parts) => parts,
            None => (significand, ""),
        };
        let digits_only = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let has_leading_zero = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || has_leading_zero || !digits_only(whole) || !digits_only(fraction) {
            return Err(DecimalError::NotANumber);
        }
        let digits = format!("{whole}{fraction}");
        let trimmed = digits.trim_end_matches('0');
        if trimmed.is_empty() {
            return Ok(Decimal::new(0, 0));
        }
        let mut mantissa: i128 = trimmed.parse().map_err(|_| DecimalError::OutOfRange)?;
        if negative {
            mantissa = -mantissa;
        }
        let dropped = (digits.len() - trimmed.len()) as i64;
        let decimals = fraction.len() as i64 - dropped - exponent;
        if decimals >= 0 {
            match u32::try_from(decimals) {
                Ok(decimals) if decimals <= Decimal::MAX_DECIMALS => Ok(Decimal { mantissa, decimals }),
                _ => Err(DecimalError::TooManyDecimals { allowed: Decimal::MAX_DECIMALS }),
            }
        } else {
            let scale = u32::try_from(-decimals)
                .ok()
                .and_then(|power| 10i128.checked_pow(power))
                .ok_or(DecimalError::OutOfRange)?;
            let mantissa = mantissa.checked_mul(scale).ok_or(DecimalError::OutOfRange)?;
            Ok(Decimal { mantissa, decimals: 0 })
        }
    }

    /// The value times `10^decimals` as an integer; refuses to lose a digit.
    pub fn to_scaled(self, decimals: u32) -> Result<i128, DecimalError> {
        let reduced = self.without_trailing_zeros();
        let Some(missing) = decimals.checked_sub(reduced.decimals) else {
            return Err(DecimalError::TooManyDecimals { allowed: decimals });
        };
        10i128
            .checked_pow(missing)
            .and_then(|scale| reduced.mantissa.checked_mul(scale))
            .ok_or(DecimalError::OutOfRange)
    }

    /// `numerator ÷ denominator` with the given number of decimals, rounded half to even: the one
    /// division at the end of a figure.
    ///
    /// Returns `None` where the denominator is zero or the quotient does not fit.
    pub fn from_ratio(numerator: I256, denominator: I256, decimals: u32) -> Option<Decimal> {
        let scaled = numerator.checked_mul(I256::new(10).checked_pow(decimals)?)?;
        let quotient = divide_half_even(scaled, denominator)?;
        Some(Decimal::new(i128::try_from(quotient).ok()?, decimals))
    }

    /// Rounded half to even to `digits` significant figures; a value with fewer is filled with zeros,
    /// so that 0.5 at two figures reads 0.50. Zero stays `0`.
    pub fn round_significant(self, digits: u32) -> Decimal {
        let reduced = self.without_trailing_zeros();
        if reduced.mantissa == 0 {
            return Decimal::new(0, 0);
        }
        let length = reduced.mantissa.unsigned_abs().ilog10() + 1;
        // The place of the last digit kept, counted in decimals; negative stands left of the point.
        let place = i64::from(reduced.decimals) - i64::from(length) + i64::from(digits);
        let rounded = reduced.rounded_at(place);
        // 9.96 at two figures rounds to 10, which is one digit too long: round once more, exactly.
        if rounded.unsigned_abs().checked_ilog10().is_some_and(|log| log + 1 > digits) {
            return from_place(rounded / 10, place - 1);
        }
        from_place(rounded, place)
    }

    /// Rounded half to even to at most `decimals` decimals.
    pub fn round_decimals(self, decimals: u32) -> Decimal {
        if self.decimals <= decimals {
            return self;
        }
        Decimal::new(self.rounded_at(i64::from(decimals)), decimals)
    }

    /// The integer `value × 10^place`, rounded half to even.
    fn rounded_at(self, place: i64) -> i128 {
        let shift = i64::from(self.decimals) - place;
        let power = u32::try_from(shift.unsigned_abs()).unwrap_or(u32::MAX);
        if shift <= 0 {
            return self.mantissa * 10i128.pow(power);
        }
        match 10i128.checked_pow(power) {
            Some(divisor) => divide_half_even(self.mantissa.into(), divisor.into())
                .and_then(|quotient| i128::try_from(quotient).ok())
                .unwrap_or(0),
            None => 0,
        }
    }

    /// The same value with as few decimals as hold it.
    pub fn without_trailing_zeros(self) -> Decimal {
        let Decimal { mut mantissa, mut decimals } = self;
        while decimals > 0 && mantissa % 10 == 0 {
            mantissa /= 10;
            decimals -= 1;
        }
        Decimal { mantissa, decimals }
    }

    /// The number of decimals it is written with.
    pub fn decimals(self) -> u32 {
        self.decimals
    }

    /// The digits without the point.
    pub fn mantissa(self) -> i128 {
        self.mantissa
    }

    pub fn is_negative(self) -> bool {
        self.mantissa < 0
    }

    /// Without its sign.
    pub fn abs(self) -> Decimal {
        Decimal { mantissa: self.mantissa.abs(), ..self }
    }

    pub fn is_zero(self) -> bool {
        self.mantissa == 0
    }
}

fn parse_exponent(text: &str) -> Result<i64, DecimalError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DecimalError::NotANumber);
    }
    // Beyond three digits no value but zero is in range, and zero needs no exponent.
    if digits.len() > 3 {
        return Err(DecimalError::OutOfRange);
    }
    let exponent: i64 = digits.parse().map_err(|_| DecimalError::NotANumber)?;
    Ok(if text.starts_with('-') { -exponent } else { exponent })
}

fn from_place(mantissa: i128, place: i64) -> Decimal {
    match u32::try_from(place) {
        Ok(decimals) => Decimal::new(mantissa, decimals),
        Err(_) => Decimal::new(mantissa * 10i128.pow(u32::try_from(-place).unwrap_or(0)), 0),
    }
}

/// Integer division rounded half to even; `None` for a zero denominator.
pub(crate) fn divide_half_even(numerator: I256, denominator: I256) -> Option<I256> {
    let quotient = numerator.checked_div(denominator)?;
    let remainder = numerator.checked_rem(denominator)?;
    let twice = remainder.checked_abs()?.checked_mul(I256::new(2))?;
    let away = match twice.cmp(&denominator.checked_abs()?) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => quotient % 2 != 0,
    };
    if !away {
        return Some(quotient);
    }
    let direction = if (numerator < 0) == (denominator < 0) { 1 } else { -1 };
    quotient.checked_add(I256::new(direction))
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.mantissa < 0 { "-" } else { "" };
        let digits = self.mantissa.unsigned_abs().to_string();
        let decimals = self.decimals as usize;
        if decimals == 0 {
            return write!(f, "{sign}{digits}");
        }
        let padded = format!("{digits:0>width$}", width = decimals + 1);
        let (whole, fraction) = padded.split_at(padded.len() - decimals);
        write!(f, "{sign}{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text(value: Decimal) -> String {
        value.to_string()
    }

    #[test]
    fn reads_json_numbers_exactly() {
        for (input, expected) in [
            ("0", "0"),
            ("-0.0", "0"),
            ("1.50", "1.5"),
            ("12e2", "1200"),
            ("1.3127", "1.3127"),
            ("-2.5E-3", "-0.0025"),
            ("0.00000000000000000000000000000000000001", "0.00000000000000000000000000000000000001"),
        ] {
            assert_eq!(text(Decimal::parse(input).unwrap()), expected, "{input}");
        }
    }

    #[test]
    fn refuses_what_is_not_a_json_number() {
        for input in [
            "", "NaN", "Infinity", "1,5", "1.", ".5", "1.2.3", "007", "0x10", "--1", "+1", "1e", "1e+", " 1",
            "१",
        ] {
            assert_eq!(Decimal::parse(input), Err(DecimalError::NotANumber), "{input}");
        }
    }

    #[test]
    fn refuses_what_no_unit_can_hold() {
        assert_eq!(Decimal::parse("1e400"), Err(DecimalError::OutOfRange));
        assert_eq!(Decimal::parse("1e99999999999999999999"), Err(DecimalError::OutOfRange));
        assert_eq!(Decimal::parse(&"9".repeat(60)), Err(DecimalError::OutOfRange));
        assert_eq!(Decimal::parse(&"1".repeat(10_000_000)), Err(DecimalError::OutOfRange));
        assert_eq!(Decimal::parse("1e-400"), Err(DecimalError::TooManyDecimals { allowed: 38 }));
    }

    #[test]
    fn scaling_never_loses_a_digit() {
        assert_eq!(Decimal::parse("1.25").unwrap().to_scaled(6), Ok(1_250_000));
        assert_eq!(Decimal::parse("1.2500000000").unwrap().to_scaled(2), Ok(125));
        assert_eq!(
            Decimal::parse("1.255").unwrap().to_scaled(2),
            Err(DecimalError::TooManyDecimals { allowed: 2 })
        );
    }

    #[test]
    fn significant_figures_round_half_to_even() {
        for (input, digits, expected) in [
            ("0.24681", 2, "0.25"),
            ("0.125", 2, "0.12"),
            ("0.135", 2, "0.14"),
            ("9.96", 2, "10"),
            ("0.0996", 2, "0.10"),
            ("99.6", 2, "100"),
            ("1234.5", 2, "1200"),
            ("0.5", 2, "0.50"),
            ("7", 3, "7.00"),
            ("0", 2, "0"),
            ("-0.0149", 2, "-0.015"),
        ] {
            let rounded = Decimal::parse(input).unwrap().round_significant(digits);
            assert_eq!(text(rounded), expected, "{input} at {digits}");
        }
    }

    #[test]
    fn one_third_is_divided_once_at_the_end() {
        let third = Decimal::from_ratio(I256::new(1), I256::new(3), 12).unwrap();
        assert_eq!(text(third), "0.333333333333");
        assert!(Decimal::from_ratio(I256::new(1), I256::new(0), 12).is_none());
    }

    proptest! {
        #[test]
        fn text_survives_a_round_trip(mantissa in any::<i64>(), decimals in 0u32..20) {
            let value = Decimal::new(mantissa.into(), decimals);
            let back = Decimal::parse(&text(value)).unwrap();
            prop_assert_eq!(back.to_scaled(20), value.to_scaled(20));
        }

        #[test]
        fn a_quotient_is_at_most_half_a_step_away(numerator in any::<i64>(), denominator in 1i64..) {
            let quotient = divide_half_even(numerator.into(), denominator.into()).unwrap();
            let error = quotient * I256::from(denominator) - I256::from(numerator);
            prop_assert!(error.abs() * 2 <= I256::from(denominator));
        }
    }
}
