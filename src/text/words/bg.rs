//! Bulgarian: a noun after a number stands in the plural or the counting form.

use super::{MILLISECONDS, Note, SECONDS, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, колкото изразходва LED лампа с мощност {power} за {time}",
    hair_dryer: "{energy}, колкото изразходва сешоар с мощност {power} за {time}",
    laptop: "{energy}, колкото изразходва лаптоп с мощност {power} за {time}",
    water: "{energy}, колкото е необходимо за завирането на {litres} вода ({per_litre} на литър)",
    lamps: "{energy}, колкото изразходват {lamps} с мощност {power} при непрекъснато светене за една година",
    household_days: "{energy}, колкото изразходва едно домакинство за {days} ({yearly} годишно)",
    households: "{energy}, колкото {households} за една година ({yearly} на домакинство)",
    milliseconds: MILLISECONDS,
    seconds: SECONDS,
    minutes: forms("{n} минути").one("{n} минута"),
    hours: forms("{n} часа").one("{n} час"),
    days: forms("{n} дни").one("{n} ден"),
    litres: forms("{n} литра"),
    lamp_count: forms("{n} LED лампи"),
    household_count: forms("изразходват {n} домакинства").one("изразходва {n} домакинство"),
    note: Note {
        answer: "Този отговор",
        interval: "95-процентен интервал",
        known: "Как е установено",
        metered: "измервателни уреди",
        counter: "броячи на устройствата",
        modelled: "модел с коефициент",
        declared: "изчисления или разходи",
        by_coefficient: "оценка по токени или време и коефициент",
        by_formula: "оценка по токени и параметрите на модела",
        whole: "за целия център за данни, с охлаждането",
        more: "Повече",
    },
};
