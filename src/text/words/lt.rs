//! Lithuanian: times stand in the accusative after "per", as litres do; from 10 to 20 the genitive follows.

use super::{MILLISECONDS, Note, SECONDS, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, tiek, kiek {power} galios LED lempa suvartoja per {time}",
    hair_dryer: "{energy}, tiek, kiek {power} galios plaukų džiovintuvas suvartoja per {time}",
    laptop: "{energy}, tiek, kiek {power} galios nešiojamasis kompiuteris suvartoja per {time}",
    water: "{energy}, tiek, kiek reikia norint užvirinti {litres} vandens ({per_litre} vienam litrui)",
    lamps: "{energy}, tiek, kiek {lamps} ({power}) suvartoja per metus be pertraukos",
    household_days: "{energy}, tiek, kiek vienas namų ūkis suvartoja per {days} ({yearly} per metus)",
    households: "{energy}, tiek, kiek {households} suvartoja per metus ({yearly} vienam namų ūkiui)",
    milliseconds: MILLISECONDS,
    seconds: SECONDS,
    minutes: forms("{n} minučių").one("{n} minutę").few("{n} minutes").many("{n} minutės"),
    hours: forms("{n} valandų").one("{n} valandą").few("{n} valandas").many("{n} valandos"),
    days: forms("{n} dienų").one("{n} dieną").few("{n} dienas").many("{n} dienos"),
    litres: forms("{n} litrų").one("{n} litrą").few("{n} litrus"),
    lamp_count: forms("{n} LED lempų").one("{n} LED lempa").few("{n} LED lempos"),
    household_count: forms("{n} namų ūkių").one("{n} namų ūkis").few("{n} namų ūkiai").many("{n} namų ūkio"),
    note: Note {
        answer: "Šis atsakymas",
        interval: "95 % intervalas",
        known: "Kaip tai žinoma",
        metered: "skaitikliai",
        counter: "įrenginių skaitikliai",
        modelled: "modelis su koeficientu",
        declared: "skaičiavimas arba išlaidos",
        by_coefficient: "įvertis pagal žetonus arba laiką ir koeficientą",
        by_formula: "įvertis pagal žetonus ir modelio parametrus",
        whole: "visam duomenų centrui su aušinimu",
        more: "Daugiau",
    },
};
