//! Swedish.

use super::{MILLISECONDS, Note, SECONDS, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, lika mycket som en LED-lampa på {power} förbrukar på {time}",
    hair_dryer: "{energy}, lika mycket som en hårtork på {power} förbrukar på {time}",
    laptop: "{energy}, lika mycket som en bärbar dator på {power} förbrukar på {time}",
    water: "{energy}, lika mycket som går åt för att koka upp {litres} vatten ({per_litre} per liter)",
    lamps: "{energy}, lika mycket som {lamps} på {power} förbrukar på ett år utan avbrott",
    household_days: "{energy}, lika mycket som ett hushåll förbrukar på {days} ({yearly} per år)",
    households: "{energy}, lika mycket som {households} förbrukar på ett år ({yearly} per hushåll)",
    milliseconds: MILLISECONDS,
    seconds: SECONDS,
    minutes: forms("{n} minuter").one("{n} minut"),
    hours: forms("{n} timmar").one("{n} timme"),
    days: forms("{n} dagar").one("{n} dag"),
    litres: forms("{n} liter"),
    lamp_count: forms("{n} LED-lampor"),
    household_count: forms("{n} hushåll").one("{n} hushåll"),
    note: Note {
        answer: "Detta svar",
        interval: "95 %-intervall",
        known: "Så är det känt",
        metered: "mätare",
        counter: "enheternas räknare",
        modelled: "modell med koefficient",
        declared: "beräkning eller utgifter",
        by_coefficient: "uppskattning utifrån tokens eller tid och en koefficient",
        by_formula: "uppskattning utifrån tokens och modellens parametrar",
        whole: "för hela datacentret med kylning",
        more: "Mer",
    },
};
