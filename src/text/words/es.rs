//! Spanish: whole millions take "de".

use super::{MILLISECONDS, Note, SECONDS, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, lo mismo que consume una bombilla LED de {power} en {time}",
    hair_dryer: "{energy}, lo mismo que consume un secador de pelo de {power} en {time}",
    laptop: "{energy}, lo mismo que consume un ordenador portátil de {power} en {time}",
    water: "{energy}, lo mismo que hace falta para hervir {litres} de agua ({per_litre} por litro)",
    lamps: "{energy}, lo mismo que consumen {lamps} de {power} en un año sin interrupción",
    household_days: "{energy}, lo mismo que consume un hogar en {days} ({yearly} al año)",
    households: "{energy}, lo mismo que {households} en un año ({yearly} por hogar)",
    milliseconds: MILLISECONDS,
    seconds: SECONDS,
    minutes: forms("{n} minutos").one("{n} minuto"),
    hours: forms("{n} horas").one("{n} hora"),
    days: forms("{n} días").one("{n} día"),
    litres: forms("{n} litros"),
    lamp_count: forms("{n} bombillas LED").many("{n} de bombillas LED"),
    household_count: forms("consumen {n} hogares").one("consume {n} hogar").many("consumen {n} de hogares"),
    note: Note {
        answer: "Esta respuesta",
        interval: "Intervalo del 95 %",
        known: "Cómo se sabe",
        metered: "contadores",
        counter: "contadores de los dispositivos",
        modelled: "modelo con coeficiente",
        declared: "cómputo o gasto",
        by_coefficient: "estimación a partir de tokens o tiempo y un coeficiente",
        by_formula: "estimación a partir de tokens y los parámetros del modelo",
        whole: "para todo el centro de datos, refrigeración incluida",
        more: "Más",
    },
};
