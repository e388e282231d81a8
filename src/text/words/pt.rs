//! Portuguese of Portugal: whole millions take "de".

use super::{MILLISECONDS, Note, SECONDS, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, o mesmo que uma lâmpada LED de {power} consome em {time}",
    hair_dryer: "{energy}, o mesmo que um secador de cabelo de {power} consome em {time}",
    laptop: "{energy}, o mesmo que um computador portátil de {power} consome em {time}",
    water: "{energy}, o mesmo que é necessário para ferver {litres} de água ({per_litre} por litro)",
    lamps: "{energy}, o mesmo que {lamps} de {power} consomem num ano sem interrupção",
    household_days: "{energy}, o mesmo que um agregado familiar consome em {days} ({yearly} por ano)",
    households: "{energy}, o mesmo que {households} num ano ({yearly} por agregado)",
    milliseconds: MILLISECONDS,
    seconds: SECONDS,
    minutes: forms("{n} minutos").one("{n} minuto"),
    hours: forms("{n} horas").one("{n} hora"),
    days: forms("{n} dias").one("{n} dia"),
    litres: forms("{n} litros"),
    lamp_count: forms("{n} lâmpadas LED").many("{n} de lâmpadas LED"),
    household_count: forms("{n} agregados familiares consomem")
        .one("{n} agregado familiar consome")
        .many("{n} de agregados familiares consomem"),
    note: Note {
        answer: "Esta resposta",
        interval: "Intervalo de 95 %",
        known: "Como se sabe",
        metered: "contadores",
        counter: "contadores dos dispositivos",
        modelled: "modelo com coeficiente",
        declared: "cálculo ou despesa",
        by_coefficient: "estimativa a partir de tokens ou tempo e de um coeficiente",
        by_formula: "estimativa a partir de tokens e dos parâmetros do modelo",
        whole: "para todo o centro de dados, com refrigeração",
        more: "Mais",
    },
};
