//! Slovak: times stand in the accusative after "za", litres in the genitive.

use super::{MILLISECONDS, Note, SECONDS, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, teda toľko, koľko spotrebuje LED žiarovka s príkonom {power} za {time}",
    hair_dryer: "{energy}, teda toľko, koľko spotrebuje sušič vlasov s príkonom {power} za {time}",
    laptop: "{energy}, teda toľko, koľko spotrebuje notebook s príkonom {power} za {time}",
    water: "{energy}, teda toľko, koľko treba na privedenie {litres} vody do varu ({per_litre} na liter)",
    lamps: "{energy}, teda toľko, koľko spotrebuje {lamps} s príkonom {power} za rok nepretržitého svietenia",
    household_days: "{energy}, teda toľko, koľko spotrebuje jedna domácnosť za {days} ({yearly} za rok)",
    households: "{energy}, teda toľko, koľko {households} za rok ({yearly} na domácnosť)",
    milliseconds: MILLISECONDS,
    seconds: SECONDS,
    minutes: forms("{n} minút").one("{n} minútu").few("{n} minúty").many("{n} minúty"),
    hours: forms("{n} hodín").one("{n} hodinu").few("{n} hodiny").many("{n} hodiny"),
    days: forms("{n} dní").one("{n} deň").few("{n} dni").many("{n} dňa"),
    litres: forms("{n} litrov"),
    lamp_count: forms("{n} LED žiaroviek"),
    household_count: forms("spotrebuje {n} domácností")
        .one("spotrebuje {n} domácnosť")
        .few("spotrebujú {n} domácnosti")
        .many("spotrebuje {n} domácnosti"),
    note: Note {
        answer: "Táto odpoveď",
        interval: "95 % interval",
        known: "Ako sa to vie",
        metered: "merače",
        counter: "počítadlá zariadení",
        modelled: "model s koeficientom",
        declared: "výpočtový výkon alebo výdavky",
        by_coefficient: "odhad z tokenov alebo času a koeficientu",
        by_formula: "odhad z tokenov a parametrov modelu",
        whole: "za celé dátové centrum vrátane chladenia",
        more: "Viac",
    },
};
