//! Dutch: "uur" and "liter" have no plural after a number.

use super::{MILLISECONDS, Note, SECONDS, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, evenveel als een ledlamp van {power} in {time} verbruikt",
    hair_dryer: "{energy}, evenveel als een haardroger van {power} in {time} verbruikt",
    laptop: "{energy}, evenveel als een laptop van {power} in {time} verbruikt",
    water: "{energy}, evenveel als nodig is om {litres} water aan de kook te brengen ({per_litre} per liter)",
    lamps: "{energy}, evenveel als {lamps} van {power} in een jaar zonder onderbreking verbruiken",
    household_days: "{energy}, evenveel als een huishouden in {days} verbruikt ({yearly} per jaar)",
    households: "{energy}, evenveel als {households} ({yearly} per huishouden)",
    milliseconds: MILLISECONDS,
    seconds: SECONDS,
    minutes: forms("{n} minuten").one("{n} minuut"),
    hours: forms("{n} uur").one("{n} uur"),
    days: forms("{n} dagen").one("{n} dag"),
    litres: forms("{n} liter"),
    lamp_count: forms("{n} ledlampen"),
    household_count: forms("{n} huishoudens in een jaar verbruiken")
        .one("{n} huishouden in een jaar verbruikt"),
    note: Note {
        answer: "Dit antwoord",
        interval: "95%-interval",
        known: "Hoe dit bekend is",
        metered: "meters",
        counter: "tellers van de apparaten",
        modelled: "model met coëfficiënt",
        declared: "rekenwerk of uitgaven",
        by_coefficient: "schatting uit tokens of tijd en een coëfficiënt",
        by_formula: "schatting uit tokens en de parameters van het model",
        whole: "voor het hele datacentrum, inclusief koeling",
        more: "Meer",
    },
};
