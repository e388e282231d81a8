//! Croatian: times stand in the accusative after "za", litres in the genitive.

use super::{MILLISECONDS, Note, SECONDS, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, onoliko koliko LED žarulja snage {power} potroši za {time}",
    hair_dryer: "{energy}, onoliko koliko sušilo za kosu snage {power} potroši za {time}",
    laptop: "{energy}, onoliko koliko prijenosno računalo snage {power} potroši za {time}",
    water: "{energy}, onoliko koliko je potrebno za zakuhavanje {litres} vode ({per_litre} po litri)",
    lamps: "{energy}, onoliko koliko {lamps} za godinu dana neprekidnog rada",
    household_days: "{energy}, onoliko koliko jedno kućanstvo potroši za {days} ({yearly} godišnje)",
    households: "{energy}, onoliko koliko {households} za godinu dana ({yearly} po kućanstvu)",
    milliseconds: MILLISECONDS,
    seconds: SECONDS,
    minutes: forms("{n} minuta").one("{n} minutu").few("{n} minute"),
    hours: forms("{n} sati").one("{n} sat").few("{n} sata"),
    days: forms("{n} dana").one("{n} dan").few("{n} dana"),
    litres: forms("{n} litara").one("{n} litre").few("{n} litre"),
    lamp_count: forms("{n} LED žarulja snage {power} potroši")
        .one("{n} LED žarulja snage {power} potroši")
        .few("{n} LED žarulje snage {power} potroše"),
    household_count: forms("{n} kućanstava potroši")
        .one("{n} kućanstvo potroši")
        .few("{n} kućanstva potroše"),
    note: Note {
        answer: "Ovaj odgovor",
        interval: "95-postotni interval",
        known: "Kako se zna",
        metered: "brojila",
        counter: "brojači uređaja",
        modelled: "model s koeficijentom",
        declared: "računanje ili potrošnja novca",
        by_coefficient: "procjena iz tokena ili vremena i koeficijenta",
        by_formula: "procjena iz tokena i parametara modela",
        whole: "za cijeli podatkovni centar s hlađenjem",
        more: "Više",
    },
};
