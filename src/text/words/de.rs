//! German: times stand in the dative after "in".

use super::{MILLISECONDS, Note, SECONDS, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, so viel, wie eine LED-Lampe mit {power} in {time} verbraucht",
    hair_dryer: "{energy}, so viel, wie ein Haartrockner mit {power} in {time} verbraucht",
    laptop: "{energy}, so viel, wie ein Laptop mit {power} in {time} verbraucht",
    water: "{energy}, so viel, wie nötig ist, um {litres} Wasser zum Kochen zu bringen ({per_litre} je Liter)",
    lamps: "{energy}, so viel, wie {lamps} mit {power} in einem Jahr ohne Unterbrechung verbrauchen",
    household_days: "{energy}, so viel, wie ein Haushalt in {days} verbraucht ({yearly} im Jahr)",
    households: "{energy}, so viel, wie {households} ({yearly} je Haushalt)",
    milliseconds: MILLISECONDS,
    seconds: SECONDS,
    minutes: forms("{n} Minuten").one("{n} Minute"),
    hours: forms("{n} Stunden").one("{n} Stunde"),
    days: forms("{n} Tagen").one("{n} Tag"),
    litres: forms("{n} Liter"),
    lamp_count: forms("{n} LED-Lampen"),
    household_count: forms("{n} Haushalte in einem Jahr verbrauchen")
        .one("{n} Haushalt in einem Jahr verbraucht"),
    note: Note {
        answer: "Diese Antwort",
        interval: "95-%-Intervall",
        known: "Woher das bekannt ist",
        metered: "Zähler",
        counter: "Zähler der Geräte",
        modelled: "Modell mit Koeffizient",
        declared: "Rechenleistung oder Ausgaben",
        by_coefficient: "Schätzung aus Tokens oder Zeit und einem Koeffizienten",
        by_formula: "Schätzung aus Tokens und den Parametern des Modells",
        whole: "für das ganze Rechenzentrum mit Kühlung",
        more: "Mehr",
    },
};
