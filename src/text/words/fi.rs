//! Finnish: times stand in the inessive, seconds in full because a symbol would have to be inflected.

use super::{Note, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, yhtä paljon kuin {power}:n LED-lamppu kuluttaa {time}",
    hair_dryer: "{energy}, yhtä paljon kuin {power}:n hiustenkuivaaja kuluttaa {time}",
    laptop: "{energy}, yhtä paljon kuin {power}:n kannettava tietokone kuluttaa {time}",
    water: "{energy}, yhtä paljon kuin tarvitaan {litres} vesimäärän kiehauttamiseen ({per_litre} litraa kohti)",
    lamps: "{energy}, yhtä paljon kuin {lamps} ({power}) kuluttaa vuodessa keskeytyksettä palaessaan",
    household_days: "{energy}, yhtä paljon kuin yksi kotitalous kuluttaa {days} ({yearly} vuodessa)",
    households: "{energy}, yhtä paljon kuin {households} kuluttaa vuodessa ({yearly} kotitaloutta kohti)",
    milliseconds: "{n} millisekunnissa",
    seconds: "{n} sekunnissa",
    minutes: forms("{n} minuutissa").one("{n} minuutissa"),
    hours: forms("{n} tunnissa").one("{n} tunnissa"),
    days: forms("{n} päivässä").one("{n} päivässä"),
    litres: forms("{n} litran"),
    lamp_count: forms("{n} LED-lamppua"),
    household_count: forms("{n} kotitaloutta").one("{n} kotitalous"),
    note: Note {
        answer: "Tämä vastaus",
        interval: "95 prosentin väli",
        known: "Mistä tämä tiedetään",
        metered: "mittarit",
        counter: "laitteiden laskurit",
        modelled: "malli ja kerroin",
        declared: "laskentateho tai menot",
        by_coefficient: "arvio tokeneista tai ajasta ja kertoimesta",
        by_formula: "arvio tokeneista ja mallin parametreista",
        whole: "koko datakeskukselle jäähdytys mukaan lukien",
        more: "Lisää",
    },
};
