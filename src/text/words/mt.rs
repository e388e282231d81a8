//! Maltese: the plural follows 2 to 10, "-il" and the singular 11 to 19, the singular what is above.

use super::{MILLISECONDS, Note, SECONDS, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, daqskemm tikkunsma lampa LED ta’ {power} matul {time}",
    hair_dryer: "{energy}, daqskemm tikkunsma nixxiefa tax-xagħar ta’ {power} matul {time}",
    laptop: "{energy}, daqskemm jikkunsma laptop ta’ {power} matul {time}",
    water: "{energy}, daqskemm hemm bżonn biex tgħalli {litres} ilma ({per_litre} għal kull litru)",
    lamps: "{energy}, daqskemm jikkunsmaw {lamps} ta’ {power} matul sena mingħajr waqfien",
    household_days: "{energy}, daqskemm tikkunsma dar waħda matul {days} ({yearly} fis-sena)",
    households: "{energy}, daqskemm {households} matul sena ({yearly} kull dar)",
    milliseconds: MILLISECONDS,
    seconds: SECONDS,
    minutes: forms("{n} minuta").one("{n} minuta").two("{n} minuti").few("{n} minuti"),
    hours: forms("{n} siegħa").two("{n} sigħat").few("{n} sigħat").many("{n}-il siegħa"),
    days: forms("{n} jum").one("{n} jum").two("{n} ijiem").few("{n} ijiem").many("{n}-il jum"),
    litres: forms("{n} litru").few("{n} litri").many("{n}-il litru"),
    lamp_count: forms("{n} lampa LED").few("{n} lampi LED").many("{n}-il lampa LED"),
    household_count: forms("jikkunsmaw {n} dar")
        .one("tikkunsma {n} dar")
        .two("jikkunsmaw {n} djar")
        .few("jikkunsmaw {n} djar")
        .many("jikkunsmaw {n}-il dar"),
    note: Note {
        answer: "Din it-tweġiba",
        interval: "Intervall ta’ 95 %",
        known: "Kif inhu magħruf",
        metered: "arloġġi",
        counter: "kontaturi tal-apparati",
        modelled: "mudell b’koeffiċjent",
        declared: "komputazzjoni jew infiq",
        by_coefficient: "stima minn tokens jew ħin u koeffiċjent",
        by_formula: "stima minn tokens u l-parametri tal-mudell",
        whole: "għaċ-ċentru tad-data kollu, bit-tkessiħ",
        more: "Aktar",
    },
};
