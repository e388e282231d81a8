//! The words of each language.

mod bg;
mod cs;
mod da;
mod de;
mod el;
mod en;
mod es;
mod et;
mod fi;
mod fr;
mod ga;
mod hr;
mod hu;
mod it;
mod lt;
mod lv;
mod mt;
mod nl;
mod pl;
mod pt;
mod ro;
mod sk;
mod sl;
mod sv;
mod zh_hans;
mod zh_hant;

use super::language::Language;
use icu_plurals::PluralCategory;

/// The sentences and counted things of a language.
///
/// Sentences hold the names of what is put in, in braces. They state what energy is as much as and with which
/// assumption; they do not praise, play down or call to anything.
pub(super) struct Words {
    /// With `{energy}`, `{power}` and `{time}`, as the next two.
    pub lamp: &'static str,
    pub hair_dryer: &'static str,
    pub laptop: &'static str,
    /// With `{energy}`, `{litres}` and `{per_litre}`.
    pub water: &'static str,
    /// With `{energy}`, `{lamps}` and `{power}`, which may stand in [`Words::lamp_count`].
    pub lamps: &'static str,
    /// With `{energy}`, `{days}` and `{yearly}`.
    pub household_days: &'static str,
    /// With `{energy}`, `{households}` and `{yearly}`.
    pub households: &'static str,
    /// What is counted, in the case that the sentence asks for, with `{n}` for the number.
    pub milliseconds: &'static str,
    pub seconds: &'static str,
    pub minutes: Forms,
    pub hours: Forms,
    pub days: Forms,
    pub litres: Forms,
    pub lamp_count: Forms,
    pub household_count: Forms,
    pub note: Note,
}

/// The words of the note under an answer. They stand before a colon or behind one, so that no language has to bend
/// them.
pub(super) struct Note {
    /// "This answer".
    pub answer: &'static str,
    /// "95 % interval".
    pub interval: &'static str,
    /// "How it is known".
    pub known: &'static str,
    pub metered: &'static str,
    pub counter: &'static str,
    pub modelled: &'static str,
    pub declared: &'static str,
    /// That it is an estimate, from tokens or time and a coefficient.
    pub by_coefficient: &'static str,
    /// That it is an estimate, from tokens and the parameters of the model.
    pub by_formula: &'static str,
    /// That the whole data centre is counted.
    pub whole: &'static str,
    /// Before the address of the disclosure.
    pub more: &'static str,
}

/// The symbols of the SI, which need no plural.
const MILLISECONDS: &str = "{n} ms";
const SECONDS: &str = "{n} s";

/// One counted thing in the plural categories that the numbers printed with it have in the language.
#[derive(Clone, Copy)]
pub(super) struct Forms {
    zero: Option<&'static str>,
    one: Option<&'static str>,
    two: Option<&'static str>,
    few: Option<&'static str>,
    many: Option<&'static str>,
    other: &'static str,
}

/// The form that every language has; further ones are added to it.
const fn forms(other: &'static str) -> Forms {
    Forms { zero: None, one: None, two: None, few: None, many: None, other }
}

impl Forms {
    const fn zero(self, form: &'static str) -> Forms {
        Forms { zero: Some(form), ..self }
    }

    const fn one(self, form: &'static str) -> Forms {
        Forms { one: Some(form), ..self }
    }

    const fn two(self, form: &'static str) -> Forms {
        Forms { two: Some(form), ..self }
    }

    const fn few(self, form: &'static str) -> Forms {
        Forms { few: Some(form), ..self }
    }

    const fn many(self, form: &'static str) -> Forms {
        Forms { many: Some(form), ..self }
    }

    /// The form that was written for this category itself.
    pub fn written(&self, category: PluralCategory) -> Option<&'static str> {
        match category {
            PluralCategory::Zero => self.zero,
            PluralCategory::One => self.one,
            PluralCategory::Two => self.two,
            PluralCategory::Few => self.few,
            PluralCategory::Many => self.many,
            PluralCategory::Other => Some(self.other),
        }
    }

    /// The form for a number of this category.
    pub fn of(&self, category: PluralCategory) -> &'static str {
        self.written(category).unwrap_or(self.other)
    }
}

/// The words of a language.
pub(super) fn words(language: Language) -> &'static Words {
    match language {
        Language::Bulgarian => &bg::WORDS,
        Language::Czech => &cs::WORDS,
        Language::Danish => &da::WORDS,
        Language::German => &de::WORDS,
        Language::Greek => &el::WORDS,
        Language::English => &en::WORDS,
        Language::Spanish => &es::WORDS,
        Language::Estonian => &et::WORDS,
        Language::Finnish => &fi::WORDS,
        Language::French => &fr::WORDS,
        Language::Irish => &ga::WORDS,
        Language::Croatian => &hr::WORDS,
        Language::Hungarian => &hu::WORDS,
        Language::Italian => &it::WORDS,
        Language::Lithuanian => &lt::WORDS,
        Language::Latvian => &lv::WORDS,
        Language::Maltese => &mt::WORDS,
        Language::Dutch => &nl::WORDS,
        Language::Polish => &pl::WORDS,
        Language::Portuguese => &pt::WORDS,
        Language::Romanian => &ro::WORDS,
        Language::Slovak => &sk::WORDS,
        Language::Slovene => &sl::WORDS,
        Language::Swedish => &sv::WORDS,
        Language::ChineseSimplified => &zh_hans::WORDS,
        Language::ChineseTraditional => &zh_hant::WORDS,
    }
}
