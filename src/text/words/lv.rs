//! Latvian: times stand in the genitive before "laikā", litres in the accusative; after 10 to 20 and tens the genitive follows.

use super::{MILLISECONDS, Note, SECONDS, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, tikpat, cik LED lampa ar jaudu {power} patērē {time} laikā",
    hair_dryer: "{energy}, tikpat, cik matu fēns ar jaudu {power} patērē {time} laikā",
    laptop: "{energy}, tikpat, cik klēpjdators ar jaudu {power} patērē {time} laikā",
    water: "{energy}, tikpat, cik nepieciešams, lai uzvārītu {litres} ūdens ({per_litre} uz litru)",
    lamps: "{energy}, tikpat, cik {lamps} ar jaudu {power} patērē gada laikā bez pārtraukuma",
    household_days: "{energy}, tikpat, cik viena mājsaimniecība patērē {days} laikā ({yearly} gadā)",
    households: "{energy}, tikpat, cik {households} patērē gada laikā ({yearly} uz mājsaimniecību)",
    milliseconds: MILLISECONDS,
    seconds: SECONDS,
    minutes: forms("{n} minūšu").one("{n} minūtes"),
    hours: forms("{n} stundu").zero("{n} stundu").one("{n} stundas"),
    days: forms("{n} dienu").zero("{n} dienu").one("{n} dienas"),
    litres: forms("{n} litrus").zero("{n} litru").one("{n} litru"),
    lamp_count: forms("{n} LED lampas").zero("{n} LED lampu").one("{n} LED lampa"),
    household_count: forms("{n} mājsaimniecības").zero("{n} mājsaimniecību").one("{n} mājsaimniecība"),
    note: Note {
        answer: "Šī atbilde",
        interval: "95 % intervāls",
        known: "Kā tas ir zināms",
        metered: "skaitītāji",
        counter: "ierīču skaitītāji",
        modelled: "modelis ar koeficientu",
        declared: "skaitļošana vai izdevumi",
        by_coefficient: "aplēse no tekstvienībām vai laika un koeficienta",
        by_formula: "aplēse no tekstvienībām un modeļa parametriem",
        whole: "visam datu centram ar dzesēšanu",
        more: "Vairāk",
    },
};
