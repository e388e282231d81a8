//! English.

use super::{MILLISECONDS, Note, SECONDS, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, as much as an LED lamp of {power} uses in {time}",
    hair_dryer: "{energy}, as much as a {power} hair dryer uses in {time}",
    laptop: "{energy}, as much as a {power} laptop uses in {time}",
    water: "{energy}, as much as it takes to boil {litres} of water ({per_litre} per litre)",
    lamps: "{energy}, as much as {lamps} of {power} use in a year without a break",
    household_days: "{energy}, as much as a household uses in {days} ({yearly} a year)",
    households: "{energy}, as much as {households} in a year ({yearly} each)",
    milliseconds: MILLISECONDS,
    seconds: SECONDS,
    minutes: forms("{n} minutes").one("{n} minute"),
    hours: forms("{n} hours").one("{n} hour"),
    days: forms("{n} days").one("{n} day"),
    litres: forms("{n} litres"),
    lamp_count: forms("{n} LED lamps"),
    household_count: forms("{n} households use").one("{n} household uses"),
    note: Note {
        answer: "This answer",
        interval: "95 % interval",
        known: "How it is known",
        metered: "meters",
        counter: "device counters",
        modelled: "a model with a coefficient",
        declared: "compute or spending",
        by_coefficient: "an estimate from tokens or time and a coefficient",
        by_formula: "an estimate from tokens and the parameters of the model",
        whole: "for the whole data centre, cooling included",
        more: "More",
    },
};
