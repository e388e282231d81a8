//! Italian: whole millions take "di".

use super::{MILLISECONDS, Note, SECONDS, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, quanto consuma una lampada LED da {power} in {time}",
    hair_dryer: "{energy}, quanto consuma un asciugacapelli da {power} in {time}",
    laptop: "{energy}, quanto consuma un computer portatile da {power} in {time}",
    water: "{energy}, quanto serve per portare a ebollizione {litres} d’acqua ({per_litre} al litro)",
    lamps: "{energy}, quanto consumano {lamps} da {power} in un anno senza interruzioni",
    household_days: "{energy}, quanto consuma una famiglia in {days} ({yearly} all’anno)",
    households: "{energy}, quanto {households} in un anno ({yearly} per famiglia)",
    milliseconds: MILLISECONDS,
    seconds: SECONDS,
    minutes: forms("{n} minuti").one("{n} minuto"),
    hours: forms("{n} ore").one("{n} ora"),
    days: forms("{n} giorni").one("{n} giorno"),
    litres: forms("{n} litri"),
    lamp_count: forms("{n} lampade LED").many("{n} di lampade LED"),
    household_count: forms("consumano {n} famiglie")
        .one("consuma {n} famiglia")
        .many("consumano {n} di famiglie"),
    note: Note {
        answer: "Questa risposta",
        interval: "Intervallo al 95 %",
        known: "Come si sa",
        metered: "contatori",
        counter: "contatori dei dispositivi",
        modelled: "modello con coefficiente",
        declared: "calcolo o spesa",
        by_coefficient: "stima da token o tempo e da un coefficiente",
        by_formula: "stima da token e dai parametri del modello",
        whole: "per l’intero centro dati, raffreddamento compreso",
        more: "Altre informazioni",
    },
};
