//! French: up to 1.9 is singular, and whole millions take "de".

use super::{MILLISECONDS, Note, SECONDS, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, soit ce que consomme une lampe LED de {power} en {time}",
    hair_dryer: "{energy}, soit ce que consomme un sèche-cheveux de {power} en {time}",
    laptop: "{energy}, soit ce que consomme un ordinateur portable de {power} en {time}",
    water: "{energy}, soit ce qu’il faut pour porter {litres} d’eau à ébullition ({per_litre} par litre)",
    lamps: "{energy}, soit ce que consomment {lamps} de {power} en un an sans interruption",
    household_days: "{energy}, soit ce que consomme un ménage en {days} ({yearly} par an)",
    households: "{energy}, soit ce que {households} en un an ({yearly} par ménage)",
    milliseconds: MILLISECONDS,
    seconds: SECONDS,
    minutes: forms("{n} minutes").one("{n} minute"),
    hours: forms("{n} heures").one("{n} heure"),
    days: forms("{n} jours").one("{n} jour"),
    litres: forms("{n} litres"),
    lamp_count: forms("{n} lampes LED").many("{n} de lampes LED"),
    household_count: forms("consomment {n} ménages")
        .one("consomme {n} ménage")
        .many("consomment {n} de ménages"),
    note: Note {
        answer: "Cette réponse",
        interval: "Intervalle à 95 %",
        known: "Comment on le sait",
        metered: "compteurs",
        counter: "compteurs des appareils",
        modelled: "modèle avec coefficient",
        declared: "calcul ou dépenses",
        by_coefficient: "estimation à partir des jetons ou du temps et d’un coefficient",
        by_formula: "estimation à partir des jetons et des paramètres du modèle",
        whole: "pour tout le centre de données, refroidissement compris",
        more: "En savoir plus",
    },
};
