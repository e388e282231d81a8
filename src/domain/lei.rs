//! Legal Entity Identifiers.

use std::fmt;
use thiserror::Error;

/// A Legal Entity Identifier by ISO 17442: 18 letters and digits, and two check digits by ISO 7064 (MOD 97-10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lei(String);

/// Why a text is no LEI.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum LeiError {
    #[error("an LEI has 18 capital letters or digits and two check digits")]
    Form,
    #[error("the check digits do not fit; a character was mistyped")]
    CheckDigits,
}

impl Lei {
    /// # Errors
    ///
    /// The text has another form, or its check digits do not fit.
    pub fn parse(text: &str) -> Result<Lei, LeiError> {
        let has_form = text.len() == 20
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            && text.bytes().skip(18).all(|byte| byte.is_ascii_digit());
        if !has_form {
            return Err(LeiError::Form);
        }
        // A letter stands for two digits, A for 10 to Z for 35; the number must leave 1.
        let rest = text.chars().filter_map(|letter| letter.to_digit(36)).fold(0, |rest, value| {
            let shift = if value < 10 { 10 } else { 100 };
            (rest * shift + value) % 97
        });
        if rest == 1 { Ok(Lei(text.to_owned())) } else { Err(LeiError::CheckDigits) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Lei {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_identifiers_are_read() {
        // GLEIF's own, and that of Bloomberg Finance L.P.
        for text in ["506700GE1G29325QX363", "5493001KJTIIGC8Y1R12"] {
            assert_eq!(Lei::parse(text).map(|lei| lei.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn a_mistyped_one_is_refused_and_told_apart_from_another_form() {
        assert_eq!(Lei::parse("506700GE1G29325QX364"), Err(LeiError::CheckDigits));
        assert_eq!(Lei::parse("506700GE1G29352QX363"), Err(LeiError::CheckDigits));
        for text in
            ["", "506700ge1g29325qx363", "506700GE1G29325QX36", "506700GE1G29325QX36A", "506700GE1G29325QÄ63"]
        {
            assert_eq!(Lei::parse(text), Err(LeiError::Form), "{text}");
        }
    }
}
