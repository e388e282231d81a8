//! Names that people and clients give to things.

use std::fmt;
use thiserror::Error;

/// The name of a provider, a service or a factor set: it stands in public addresses, so it is short
/// and plain (`a-z`, `0-9`, `-`; 1 to 63 characters, no hyphen first).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

/// The name of a model or a site as the provider's own systems write it: `A-Z a-z 0-9 . _ : / @ + -`,
/// 1 to 128 characters, beginning with a letter or digit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(String);

/// Why a text is not a name.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NameError {
    #[error("must be 1 to 63 characters of a-z, 0-9 and -, and not begin with -")]
    NotASlug,
    #[error(
        "must be 1 to 128 characters of A-Z, a-z, 0-9 and . _ : / @ + -, and begin with a letter or digit"
    )]
    NotAName,
}

impl Slug {
    pub const MAX_BYTES: usize = 63;
    /// What [`Slug::parse`] takes, for documents.
    pub const PATTERN: &str = "^[a-z0-9][a-z0-9-]{0,62}$";

    pub fn parse(text: &str) -> Result<Slug, NameError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let fits =
            (1..=Slug::MAX_BYTES).contains(&text.len()) && text.bytes().all(plain) && !text.starts_with('-');
        fits.then(|| Slug(text.to_owned())).ok_or(NameError::NotASlug)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Name {
    pub const MAX_BYTES: usize = 128;
    /// What [`Name::parse`] takes, for documents.
    pub const PATTERN: &str = "^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$";

    pub fn parse(text: &str) -> Result<Name, NameError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._:/@+-".contains(&byte);
        let fits = (1..=Name::MAX_BYTES).contains(&text.len())
            && text.bytes().all(plain)
            && text.as_bytes()[0].is_ascii_alphanumeric();
        fits.then(|| Name(text.to_owned())).ok_or(NameError::NotAName)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Slug {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Slug, NameError> {
        Slug::parse(text)
    }
}

impl std::str::FromStr for Name {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Name, NameError> {
        Name::parse(text)
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slug_is_fit_for_an_address() {
        assert!(Slug::parse("acme-2").is_ok());
        for bad in ["", "-a", "Acme", "a b", "a/b", "é", &"a".repeat(64)] {
            assert_eq!(Slug::parse(bad), Err(NameError::NotASlug), "{bad}");
        }
    }

    #[test]
    fn a_name_is_what_model_registries_write() {
        assert!(Name::parse("meta-llama/Llama-3.1-70B:fp8@v2").is_ok());
        for bad in ["", "/x", "a b", "a\n", &"a".repeat(129)] {
            assert_eq!(Name::parse(bad), Err(NameError::NotAName), "{bad}");
        }
    }
}
