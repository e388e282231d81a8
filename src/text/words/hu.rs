//! Hungarian: a noun after a number is singular.

use super::{MILLISECONDS, Note, SECONDS, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, annyi, amennyit egy {power}-os LED-lámpa {time} alatt fogyaszt",
    hair_dryer: "{energy}, annyi, amennyit egy {power}-os hajszárító {time} alatt fogyaszt",
    laptop: "{energy}, annyi, amennyit egy {power}-os laptop {time} alatt fogyaszt",
    water: "{energy}, annyi, amennyi {litres} víz felforralásához kell (literenként {per_litre})",
    lamps: "{energy}, annyi, amennyit {lamps} egy év alatt megszakítás nélkül fogyaszt",
    household_days: "{energy}, annyi, amennyit egy háztartás {days} alatt fogyaszt (évente {yearly})",
    households: "{energy}, annyi, amennyit {households} egy év alatt fogyaszt (háztartásonként {yearly})",
    milliseconds: MILLISECONDS,
    seconds: SECONDS,
    minutes: forms("{n} perc").one("{n} perc"),
    hours: forms("{n} óra").one("{n} óra"),
    days: forms("{n} nap").one("{n} nap"),
    litres: forms("{n} liter"),
    lamp_count: forms("{n} darab {power}-os LED-lámpa"),
    household_count: forms("{n} háztartás").one("{n} háztartás"),
    note: Note {
        answer: "Ez a válasz",
        interval: "95%-os intervallum",
        known: "Honnan ismert",
        metered: "mérőórák",
        counter: "az eszközök számlálói",
        modelled: "modell együtthatóval",
        declared: "számítás vagy kiadás",
        by_coefficient: "becslés tokenekből vagy időből és együtthatóból",
        by_formula: "becslés tokenekből és a modell paramétereiből",
        whole: "az egész adatközpontra, hűtéssel együtt",
        more: "Bővebben",
    },
};
