//! Romanian: from 20 on "de" stands between a number and its noun, unless it ends in 1 to 19.

use super::{MILLISECONDS, Note, SECONDS, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, cât consumă un bec LED de {power} în {time}",
    hair_dryer: "{energy}, cât consumă un uscător de păr de {power} în {time}",
    laptop: "{energy}, cât consumă un laptop de {power} în {time}",
    water: "{energy}, cât este necesar pentru a fierbe {litres} de apă ({per_litre} pe litru)",
    lamps: "{energy}, cât consumă {lamps} de {power} într-un an fără întrerupere",
    household_days: "{energy}, cât consumă o gospodărie în {days} ({yearly} pe an)",
    households: "{energy}, cât consumă {households} într-un an ({yearly} pe gospodărie)",
    milliseconds: MILLISECONDS,
    seconds: SECONDS,
    minutes: forms("{n} de minute").one("{n} minut").few("{n} minute"),
    hours: forms("{n} de ore").one("{n} oră").few("{n} ore"),
    days: forms("{n} de zile").one("{n} zi").few("{n} zile"),
    litres: forms("{n} de litri").few("{n} litri"),
    lamp_count: forms("{n} de becuri LED").few("{n} becuri LED"),
    household_count: forms("{n} de gospodării").one("{n} gospodărie").few("{n} gospodării"),
    note: Note {
        answer: "Acest răspuns",
        interval: "Interval de 95 %",
        known: "Cum se știe",
        metered: "contoare",
        counter: "contoarele dispozitivelor",
        modelled: "model cu coeficient",
        declared: "calcul sau cheltuieli",
        by_coefficient: "estimare din tokenuri sau timp și un coeficient",
        by_formula: "estimare din tokenuri și parametrii modelului",
        whole: "pentru întregul centru de date, inclusiv răcirea",
        more: "Mai multe",
    },
};
