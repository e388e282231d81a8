//! Danish.

use super::{MILLISECONDS, Note, SECONDS, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, lige så meget som en LED-pære på {power} bruger på {time}",
    hair_dryer: "{energy}, lige så meget som en hårtørrer på {power} bruger på {time}",
    laptop: "{energy}, lige så meget som en bærbar computer på {power} bruger på {time}",
    water: "{energy}, lige så meget som der skal til for at bringe {litres} vand i kog ({per_litre} pr. liter)",
    lamps: "{energy}, lige så meget som {lamps} på {power} bruger på et år uden afbrydelse",
    household_days: "{energy}, lige så meget som en husstand bruger på {days} ({yearly} om året)",
    households: "{energy}, lige så meget som {households} bruger på et år ({yearly} pr. husstand)",
    milliseconds: MILLISECONDS,
    seconds: SECONDS,
    minutes: forms("{n} minutter").one("{n} minut"),
    hours: forms("{n} timer").one("{n} time"),
    days: forms("{n} dage").one("{n} dag"),
    litres: forms("{n} liter"),
    lamp_count: forms("{n} LED-pærer"),
    household_count: forms("{n} husstande").one("{n} husstand"),
    note: Note {
        answer: "Dette svar",
        interval: "95 %-interval",
        known: "Sådan vides det",
        metered: "målere",
        counter: "enhedernes tællere",
        modelled: "model med koefficient",
        declared: "beregning eller forbrug af penge",
        by_coefficient: "skøn ud fra tokens eller tid og en koefficient",
        by_formula: "skøn ud fra tokens og modellens parametre",
        whole: "for hele datacentret med køling",
        more: "Mere",
    },
};
