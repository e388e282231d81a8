//! Estonian: times stand in the genitive before "jooksul", which is the same after every number.

use super::{MILLISECONDS, Note, SECONDS, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, sama palju, kui LED-lamp võimsusega {power} tarbib {time} jooksul",
    hair_dryer: "{energy}, sama palju, kui föön võimsusega {power} tarbib {time} jooksul",
    laptop: "{energy}, sama palju, kui sülearvuti võimsusega {power} tarbib {time} jooksul",
    water: "{energy}, sama palju, kui kulub {litres} vee keemaajamiseks ({per_litre} liitri kohta)",
    lamps: "{energy}, sama palju, kui {lamps} võimsusega {power} tarbib aasta jooksul katkematult põledes",
    household_days: "{energy}, sama palju, kui üks leibkond tarbib {days} jooksul ({yearly} aastas)",
    households: "{energy}, sama palju, kui {households} tarbib aasta jooksul ({yearly} leibkonna kohta)",
    milliseconds: MILLISECONDS,
    seconds: SECONDS,
    minutes: forms("{n} minuti").one("{n} minuti"),
    hours: forms("{n} tunni").one("{n} tunni"),
    days: forms("{n} päeva").one("{n} päeva"),
    litres: forms("{n} liitri"),
    lamp_count: forms("{n} LED-lampi"),
    household_count: forms("{n} leibkonda").one("{n} leibkond"),
    note: Note {
        answer: "See vastus",
        interval: "95% vahemik",
        known: "Kuidas see on teada",
        metered: "arvestid",
        counter: "seadmete loendurid",
        modelled: "koefitsiendiga mudel",
        declared: "arvutusmaht või kulutused",
        by_coefficient: "hinnang tokenite või aja ja koefitsiendi põhjal",
        by_formula: "hinnang tokenite ja mudeli parameetrite põhjal",
        whole: "kogu andmekeskuse kohta koos jahutusega",
        more: "Lisateave",
    },
};
