//! Polish: times and litres stand in the genitive after "w ciągu" and "zagotowania".

use super::{MILLISECONDS, Note, SECONDS, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, tyle, ile żarówka LED o mocy {power} zużywa w ciągu {time}",
    hair_dryer: "{energy}, tyle, ile suszarka do włosów o mocy {power} zużywa w ciągu {time}",
    laptop: "{energy}, tyle, ile laptop o mocy {power} zużywa w ciągu {time}",
    water: "{energy}, tyle, ile potrzeba do zagotowania {litres} wody ({per_litre} na litr)",
    lamps: "{energy}, tyle, ile {lamps} w ciągu roku nieprzerwanego świecenia",
    household_days: "{energy}, tyle, ile jedno gospodarstwo domowe zużywa w ciągu {days} ({yearly} rocznie)",
    households: "{energy}, tyle, ile {households} w ciągu roku ({yearly} na gospodarstwo)",
    milliseconds: MILLISECONDS,
    seconds: SECONDS,
    minutes: forms("{n} minuty").one("{n} minuty").few("{n} minut").many("{n} minut"),
    hours: forms("{n} godziny").one("{n} godziny").few("{n} godzin").many("{n} godzin"),
    days: forms("{n} dnia").one("{n} dnia").few("{n} dni").many("{n} dni"),
    litres: forms("{n} litra").few("{n} litrów").many("{n} litrów"),
    lamp_count: forms("{n} żarówki LED o mocy {power} zużywa")
        .few("{n} żarówki LED o mocy {power} zużywają")
        .many("{n} żarówek LED o mocy {power} zużywa"),
    household_count: forms("{n} gospodarstwa domowego zużywa")
        .one("{n} gospodarstwo domowe zużywa")
        .few("{n} gospodarstwa domowe zużywają")
        .many("{n} gospodarstw domowych zużywa"),
    note: Note {
        answer: "Ta odpowiedź",
        interval: "Przedział 95%",
        known: "Skąd to wiadomo",
        metered: "liczniki",
        counter: "liczniki urządzeń",
        modelled: "model ze współczynnikiem",
        declared: "obliczenia lub wydatki",
        by_coefficient: "szacunek z tokenów lub czasu i współczynnika",
        by_formula: "szacunek z tokenów i parametrów modelu",
        whole: "dla całego centrum danych wraz z chłodzeniem",
        more: "Więcej",
    },
};
