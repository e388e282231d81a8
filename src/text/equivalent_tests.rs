use super::*;
use crate::domain::equivalent::Household;
use crate::method::equivalent::equivalent as equivalent_of;
use crate::text::words::Forms;
use crate::units::EnergyTotal;

/// Sentences of every kind in every language, for people to read; `~` is a space that does not break, `^` a
/// narrow one.
const GOLDEN: &str = include_str!("equivalents.txt");

/// Energies in Wh that lead to every kind of sentence, and whether a household is declared.
const SIZES: [(&str, bool); 8] = [
    ("0.0002", false),
    ("2", false),
    ("60", false),
    ("370", false),
    ("5000", false),
    ("2300000000", false),
    ("230000", true),
    ("11200000000", true),
];

fn sentence(language: Language, wh: &str, with_household: bool) -> String {
    sentence_of(language, wh, with_household.then_some("3500"))
}

/// The sentence where a household is declared to use so many kilowatt-hours a year.
fn sentence_of(language: Language, wh: &str, household_kwh: Option<&str>) -> String {
    let household =
        household_kwh.map(|kwh| Household::new(EnergyVolume::parse_kwh(kwh).unwrap(), "Statistics").unwrap());
    equivalent(language, &equivalent_of(EnergyTotal::parse_wh(wh).unwrap(), household.as_ref()).unwrap())
}

#[test]
fn the_sentence_of_the_method_reads_as_written_there() {
    let told = sentence(Language::English, "2", false);
    assert_eq!(told.replace('\u{a0}', " "), "0.002 kWh, as much as a 1,500 W hair dryer uses in 4.8 s");
    assert_eq!(told.matches('\u{a0}').count(), 3);
}

#[test]
fn every_language_says_every_kind_of_sentence_as_it_was_read_and_approved() {
    let mut told = String::new();
    for language in Language::ALL {
        told += &format!("{}\n", language.as_str());
        for (wh, with_household) in SIZES {
            let sentence =
                sentence(*language, wh, with_household).replace('\u{a0}', "~").replace('\u{202f}', "^");
            told += &format!("  {sentence}\n");
        }
    }
    assert_eq!(told, GOLDEN);
}

/// Numbers of two significant figures from one to another.
fn two_figures(least: &str, most: &str) -> Vec<Decimal> {
    let bound = |text: &str| Decimal::parse(text).unwrap().to_scaled(1).unwrap();
    let (least, most) = (bound(least), bound(most));
    let all = (0..8).flat_map(|power| (10..100).map(move |figures| figures * 10i128.pow(power)));
    let within = all.filter(|tenths| (least..=most).contains(tenths));
    within.map(|tenths| Decimal::new(tenths, 1).without_trailing_zeros()).collect()
}

/// Each counted thing with the numbers that are printed with it.
fn counts(words: &Words) -> [(&'static str, Forms, Vec<Decimal>); 6] {
    [
        ("minutes", words.minutes, two_figures("1", "4")),
        ("hours", words.hours, two_figures("2", "24")),
        ("days", words.days, two_figures("1", "360")),
        ("litres", words.litres, two_figures("11", "9100")),
        ("lamps", words.lamp_count, two_figures("13", "13000000")),
        ("households", words.household_count, two_figures("1", "2000000")),
    ]
}

#[test]
fn every_number_that_is_printed_has_a_form_written_for_its_plural_category() {
    for language in Language::ALL {
        for (what, forms, numbers) in counts(words(*language)) {
            assert!(numbers.len() > 30, "{what}");
            for number in numbers {
                let category = plural(*language, &number);
                assert!(forms.written(category).is_some(), "{language:?}: {number} {what} is {category:?}");
            }
        }
    }
}

#[test]
fn no_form_is_written_for_a_category_that_the_language_lacks() {
    for language in Language::ALL {
        let rules = icu_plurals::PluralRules::try_new_cardinal(language.locale().into()).unwrap();
        let has: Vec<_> = rules.categories().collect();
        for (what, forms, _) in counts(words(*language)) {
            for category in icu_plurals::PluralCategory::all() {
                assert!(
                    forms.written(category).is_none() || has.contains(&category),
                    "{language:?} {what} {category:?}"
                );
            }
        }
    }
}

/// The names in braces within a text, in the order of the alphabet.
fn names(text: &str) -> Vec<&str> {
    let mut names: Vec<_> =
        text.split('{').skip(1).map(|rest| rest.split_once('}').expect("a brace is closed").0).collect();
    names.sort_unstable();
    names
}

#[test]
fn every_sentence_takes_what_it_needs_once() {
    for language in Language::ALL {
        let words = words(*language);
        for sentence in [words.lamp, words.hair_dryer, words.laptop] {
            assert_eq!(names(sentence), ["energy", "power", "time"], "{language:?}");
        }
        assert_eq!(names(words.water), ["energy", "litres", "per_litre"], "{language:?}");
        assert_eq!(names(words.household_days), ["days", "energy", "yearly"], "{language:?}");
        assert_eq!(names(words.households), ["energy", "households", "yearly"], "{language:?}");
        for form in [words.milliseconds, words.seconds] {
            assert_eq!(names(form), ["n"], "{language:?}");
        }
        for (what, forms, _) in counts(words) {
            for form in icu_plurals::PluralCategory::all().filter_map(|category| forms.written(category)) {
                let named = names(form);
                if what == "lamps" {
                    let with_form = words.lamps.replace("{lamps}", form);
                    assert_eq!(names(&with_form), ["energy", "n", "power"], "{language:?}");
                } else {
                    assert_eq!(named, ["n"], "{language:?} {form}");
                }
            }
        }
    }
}

#[test]
fn numbers_do_not_part_from_their_units() {
    for language in Language::ALL {
        for (wh, with_household) in SIZES {
            let told = sentence(*language, wh, with_household);
            let parted = told.split(' ').any(|word| word.ends_with(|letter: char| letter.is_ascii_digit()));
            assert!(!parted, "{told}");
            assert!(!told.contains(['{', '}']) && !told.ends_with('.'), "{told}");
        }
    }
}

#[test]
fn forms_follow_the_number() {
    for (language, wh, expected) in [
        (Language::English, "25", "in 1 minute"),
        (Language::English, "110", "in 2.2 hours"),
        (Language::Polish, "100", "w ciągu 2 godzin"),
        (Language::Polish, "115", "w ciągu 2,3 godziny"),
        (Language::Czech, "100", "za 2 hodiny"),
        (Language::Czech, "125", "za 2,5 hodiny"),
        (Language::Czech, "600", "za 12 hodin"),
        (Language::Slovene, "100", "v 2 urah"),
        (Language::Lithuanian, "1050", "per 21 valandą"),
        (Language::Lithuanian, "600", "per 12 valandų"),
        (Language::Lithuanian, "1100", "per 22 valandas"),
        (Language::Latvian, "1050", "21 stundas laikā"),
        (Language::Latvian, "2310", "uzvārītu 21 litru ūdens"),
        (Language::Latvian, "2420", "uzvārītu 22 litrus ūdens"),
        (Language::Romanian, "500", "în 10 ore"),
        (Language::Romanian, "1000", "în 20 de ore"),
        (Language::Romanian, "12100", "a fierbe 110 litri de apă"),
        (Language::Irish, "300", "6 huaire an chloig"),
        (Language::Irish, "400", "8 n-uaire an chloig"),
        (Language::Maltese, "600", "12-il siegħa"),
        (Language::Maltese, "1000", "20 siegħa"),
        (Language::Maltese, "12100", "tgħalli 110 litri ilma"),
        (Language::Croatian, "1050", "za 21 sat"),
        (Language::Croatian, "2310", "zakuhavanje 21 litre vode"),
        (Language::Hungarian, "600", "12 óra alatt"),
        (Language::Finnish, "600", "12 tunnissa"),
    ] {
        let told = sentence(language, wh, false).replace('\u{a0}', " ");
        assert!(told.contains(expected), "{expected}: {told}");
    }
    for (language, kwh, expected) in [
        (Language::French, "5250", "consomme 1,5 ménage en un an"),
        (
            Language::German,
            "3500",
            "so viel, wie 1 Haushalt in einem Jahr verbraucht (3.500 kWh je Haushalt)",
        ),
        (Language::German, "20", "so viel, wie ein Haushalt in 2,1 Tagen verbraucht"),
        (Language::Polish, "77000", "22 gospodarstwa domowe zużywają"),
        (Language::Slovene, "7000", "zadostuje za 2 gospodinjstvi"),
        (Language::Irish, "28000", "8 dteaghlach"),
        (Language::Danish, "5250", "1,5 husstand bruger"),
    ] {
        let wh = format!("{kwh}000");
        let told = sentence(language, &wh, true).replace(['\u{a0}', '\u{202f}'], " ");
        assert!(told.contains(expected), "{expected}: {told}");
    }
}

#[test]
fn whole_millions_take_a_preposition_in_romance_languages() {
    let terawatt_hour = "1000000000000";
    for (language, household_kwh, expected) in [
        (Language::French, Some("1000"), "consomment 1 000 000 de ménages en un an"),
        (Language::French, None, "consomment 13 000 000 de lampes LED de 8,5 W"),
        (Language::Spanish, Some("1000"), "consumen 1.000.000 de hogares en un año"),
        (Language::Italian, Some("1000"), "consumano 1.000.000 di famiglie in un anno"),
        (Language::Portuguese, Some("500"), "2 000 000 de agregados familiares consomem"),
        (Language::Portuguese, Some("2000"), "500 000 agregados familiares consomem"),
    ] {
        let told = sentence_of(language, terawatt_hour, household_kwh).replace(['\u{a0}', '\u{202f}'], " ");
        assert!(told.contains(expected), "{expected}: {told}");
    }
}

/// Beginnings of words that the law forbids on such pages, or that praise or play down.
const FORBIDDEN: &[&str] = &[
    "green",
    "sustainab",
    "efficien",
    "neutral",
    "certif",
    "eco-",
    "only",
    "just ",
    "merely",
    "label",
    "class",
    "зелен",
    "устойчив",
    "ефектив",
    "само ",
    "zelen",
    "udržiteln",
    "úsporn",
    "pouze",
    "jen ",
    "grøn",
    "bæredygtig",
    "kun ",
    "grün",
    "nachhaltig",
    "effizien",
    "klima",
    "nur ",
    "πράσιν",
    "βιώσιμ",
    "αποδοτικ",
    "μόνο",
    "verde",
    "sostenib",
    "eficien",
    "solo ",
    "roheli",
    "jätkusuutlik",
    "tõhus",
    "ainult",
    "vihre",
    "kestäv",
    "tehok",
    "vain ",
    "vert ",
    "durable",
    "efficac",
    "seulement",
    "glas ",
    "inbhuanaithe",
    "éifeacht",
    "održiv",
    "učinkovit",
    "zöld",
    "fenntarthat",
    "hatékony",
    "csak ",
    "efficient",
    "žali",
    "tvar",
    "efektyv",
    "tik ",
    "zaļ",
    "ilgtsp",
    "efektīv",
    "tikai",
    "aħdar",
    "sostenibb",
    "effiċjen",
    "groen",
    "duurza",
    "efficiënt",
    "slechts",
    "zielon",
    "zrównoważ",
    "efektywn",
    "tylko",
    "sustentáve",
    "eficaz",
    "apenas",
    "durabil",
    "eficien",
    "doar",
    "udržateľn",
    "len ",
    "trajnost",
    "grön",
    "hållbar",
    "effektiv",
    "bara ",
    "endast",
    "绿",
    "可持续",
    "高效",
    "节能",
    "仅",
    "綠",
    "永續",
    "節能",
    "僅",
];

#[test]
fn no_sentence_holds_a_word_that_the_law_forbids_or_that_praises() {
    let sentences = GOLDEN.to_lowercase();
    for word in FORBIDDEN {
        // At the beginning of a word: "vert" is none of "invert".
        let found = sentences.match_indices(word).any(|(at, _)| {
            let before = sentences[..at].chars().next_back();
            !before.is_some_and(|letter| letter.is_alphabetic() && letter.is_lowercase())
        });
        assert!(!found, "{word}");
    }
}
