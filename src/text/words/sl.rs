//! Slovene: times stand in the locative after "v", litres in the genitive, households in the accusative after "za".

use super::{MILLISECONDS, Note, SECONDS, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, toliko, kot sijalka LED z močjo {power} porabi v {time}",
    hair_dryer: "{energy}, toliko, kot sušilnik za lase z močjo {power} porabi v {time}",
    laptop: "{energy}, toliko, kot prenosni računalnik z močjo {power} porabi v {time}",
    water: "{energy}, toliko, kot je potrebno za zavretje {litres} vode ({per_litre} na liter)",
    lamps: "{energy}, toliko, kot {lamps} z močjo {power} porabi v letu neprekinjenega delovanja",
    household_days: "{energy}, toliko, kot eno gospodinjstvo porabi v {days} ({yearly} na leto)",
    households: "{energy}, kar za eno leto zadostuje za {households} ({yearly} na gospodinjstvo)",
    milliseconds: MILLISECONDS,
    seconds: SECONDS,
    minutes: forms("{n} minutah").one("{n} minuti").two("{n} minutah").few("{n} minutah"),
    hours: forms("{n} urah").one("{n} uri").two("{n} urah").few("{n} urah"),
    days: forms("{n} dneh").one("{n} dnevu").two("{n} dneh").few("{n} dneh"),
    litres: forms("{n} litrov"),
    lamp_count: forms("{n} sijalk LED"),
    household_count: forms("{n} gospodinjstev")
        .one("{n} gospodinjstvo")
        .two("{n} gospodinjstvi")
        .few("{n} gospodinjstva"),
    note: Note {
        answer: "Ta odgovor",
        interval: "95-odstotni interval",
        known: "Kako je znano",
        metered: "merilniki",
        counter: "števci naprav",
        modelled: "model s koeficientom",
        declared: "računanje ali izdatki",
        by_coefficient: "ocena iz žetonov ali časa in koeficienta",
        by_formula: "ocena iz žetonov in parametrov modela",
        whole: "za celotni podatkovni center s hlajenjem",
        more: "Več",
    },
};
