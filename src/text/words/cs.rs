//! Czech: times stand in the accusative after "za", litres in the genitive.

use super::{MILLISECONDS, Note, SECONDS, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, tedy tolik, kolik spotřebuje LED žárovka s příkonem {power} za {time}",
    hair_dryer: "{energy}, tedy tolik, kolik spotřebuje vysoušeč vlasů s příkonem {power} za {time}",
    laptop: "{energy}, tedy tolik, kolik spotřebuje notebook s příkonem {power} za {time}",
    water: "{energy}, tedy tolik, kolik je třeba k uvedení {litres} vody do varu ({per_litre} na litr)",
    lamps: "{energy}, tedy tolik, kolik spotřebuje {lamps} s příkonem {power} za rok nepřetržitého svícení",
    household_days: "{energy}, tedy tolik, kolik spotřebuje jedna domácnost za {days} ({yearly} za rok)",
    households: "{energy}, tedy tolik, kolik {households} za rok ({yearly} na domácnost)",
    milliseconds: MILLISECONDS,
    seconds: SECONDS,
    minutes: forms("{n} minut").one("{n} minutu").few("{n} minuty").many("{n} minuty"),
    hours: forms("{n} hodin").one("{n} hodinu").few("{n} hodiny").many("{n} hodiny"),
    days: forms("{n} dní").one("{n} den").few("{n} dny").many("{n} dne"),
    litres: forms("{n} litrů"),
    lamp_count: forms("{n} LED žárovek"),
    household_count: forms("spotřebuje {n} domácností")
        .one("spotřebuje {n} domácnost")
        .few("spotřebují {n} domácnosti")
        .many("spotřebuje {n} domácnosti"),
    note: Note {
        answer: "Tato odpověď",
        interval: "95% interval",
        known: "Jak se to ví",
        metered: "měřidla",
        counter: "čítače zařízení",
        modelled: "model s koeficientem",
        declared: "výpočetní výkon nebo výdaje",
        by_coefficient: "odhad z tokenů nebo času a koeficientu",
        by_formula: "odhad z tokenů a parametrů modelu",
        whole: "za celé datové centrum včetně chlazení",
        more: "Více",
    },
};
