//! The languages of public pages and files.

use crate::domain::terms::terms;
use icu_locale_core::Locale;

terms! {
    /// The 24 official languages of the EU and Chinese in both scripts, by their BCP 47 tags.
    Language {
        Bulgarian = "bg",
        Czech = "cs",
        Danish = "da",
        German = "de",
        Greek = "el",
        English = "en",
        Spanish = "es",
        Estonian = "et",
        Finnish = "fi",
        French = "fr",
        Irish = "ga",
        Croatian = "hr",
        Hungarian = "hu",
        Italian = "it",
        Lithuanian = "lt",
        Latvian = "lv",
        Maltese = "mt",
        Dutch = "nl",
        Polish = "pl",
        Portuguese = "pt",
        Romanian = "ro",
        Slovak = "sk",
        Slovene = "sl",
        Swedish = "sv",
        ChineseSimplified = "zh-Hans",
        ChineseTraditional = "zh-Hant",
    }
}

/// Regions that write Chinese in traditional characters.
const TRADITIONAL: [&str; 3] = ["HK", "MO", "TW"];

impl Language {
    /// Reads a BCP 47 tag in any case; what it says beyond the language (`de-AT`) is accepted and not used, but for
    /// the script of Chinese (`zh-TW` is traditional).
    ///
    /// # Errors
    ///
    /// A sentence that lists the languages, where the tag names none of them.
    pub fn from_tag(tag: &str) -> Result<Language, String> {
        let id = Locale::try_from_str(tag).map(|locale| locale.id).ok();
        let language = id.and_then(|id| match (id.language.as_str(), id.script) {
            ("zh", Some(script)) => Language::parse(&format!("zh-{}", script.as_str())),
            ("zh", None) => {
                let is_traditional = id.region.is_some_and(|region| TRADITIONAL.contains(&region.as_str()));
                Some(if is_traditional { Language::ChineseTraditional } else { Language::ChineseSimplified })
            }
            (other, _) => Language::parse(other),
        });
        language.ok_or_else(|| format!("must be one of the languages {}", Language::CHOICES.join(", ")))
    }

    /// What its speakers call it.
    pub fn own_name(self) -> &'static str {
        match self {
            Language::Bulgarian => "български",
            Language::Czech => "čeština",
            Language::Danish => "dansk",
            Language::German => "Deutsch",
            Language::Greek => "ελληνικά",
            Language::English => "English",
            Language::Spanish => "español",
            Language::Estonian => "eesti",
            Language::Finnish => "suomi",
            Language::French => "français",
            Language::Irish => "Gaeilge",
            Language::Croatian => "hrvatski",
            Language::Hungarian => "magyar",
            Language::Italian => "italiano",
            Language::Lithuanian => "lietuvių",
            Language::Latvian => "latviešu",
            Language::Maltese => "Malti",
            Language::Dutch => "Nederlands",
            Language::Polish => "polski",
            Language::Portuguese => "português",
            Language::Romanian => "română",
            Language::Slovak => "slovenčina",
            Language::Slovene => "slovenščina",
            Language::Swedish => "svenska",
            Language::ChineseSimplified => "简体中文",
            Language::ChineseTraditional => "繁體中文",
        }
    }

    /// The locale of its numbers and plurals: that of the EU, where the language alone would mean another.
    pub(super) fn locale(self) -> Locale {
        let tag = match self {
            Language::Portuguese => "pt-PT",
            other => other.as_str(),
        };
        // A test reads every tag.
        Locale::try_from_str(tag).expect("the tag of a language is well formed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_is_read_from_its_own_tag() {
        assert_eq!(Language::ALL.len(), 26);
        for language in Language::ALL {
            assert_eq!(Language::from_tag(language.as_str()), Ok(*language));
            assert!(language.locale().to_string().starts_with(language.as_str()));
        }
    }

    #[test]
    fn regions_and_cases_are_taken_and_chinese_is_told_apart_by_its_script() {
        for (tag, language) in [
            ("DE", Language::German),
            ("de-AT", Language::German),
            ("pt-BR", Language::Portuguese),
            ("en-u-nu-latn", Language::English),
            ("zh", Language::ChineseSimplified),
            ("zh-SG", Language::ChineseSimplified),
            ("zh-TW", Language::ChineseTraditional),
            ("ZH-hant-hk", Language::ChineseTraditional),
            ("zh-Hans-HK", Language::ChineseSimplified),
        ] {
            assert_eq!(Language::from_tag(tag), Ok(language), "{tag}");
        }
    }

    #[test]
    fn what_is_no_language_of_ours_is_refused_with_the_list() {
        for tag in ["", "nb", "tlh", "german", "de_DE_x", "zh-Latn", "und", "*", "de,en", "дe"] {
            let told = Language::from_tag(tag).unwrap_err();
            assert!(told.contains("bg, cs, da") && told.contains("zh-Hant"), "{tag}: {told}");
        }
    }
}
