//! Chinese in traditional characters: no plurals, and no space before a word.

use super::{Note, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}，相當於一盞{power}的LED燈使用{time}的用電量",
    hair_dryer: "{energy}，相當於一台{power}的吹風機使用{time}的用電量",
    laptop: "{energy}，相當於一台{power}的筆記型電腦使用{time}的用電量",
    water: "{energy}，相當於將{litres}水煮沸所需的電量（每公升{per_litre}）",
    lamps: "{energy}，相當於{lamps}不間斷點亮一年的用電量",
    household_days: "{energy}，相當於一戶家庭{days}的用電量（每年{yearly}）",
    households: "{energy}，相當於{households}一年的用電量（每戶{yearly}）",
    milliseconds: "{n}毫秒",
    seconds: "{n}秒",
    minutes: forms("{n}分鐘"),
    hours: forms("{n}小時"),
    days: forms("{n}天"),
    litres: forms("{n}公升"),
    lamp_count: forms("{n}盞{power}的LED燈"),
    household_count: forms("{n}戶家庭"),
    note: Note {
        answer: "此回答",
        interval: "95% 區間",
        known: "資料來源",
        metered: "電表",
        counter: "裝置計數器",
        modelled: "帶係數的模型",
        declared: "算力或支出",
        by_coefficient: "依據詞元或時間以及係數估算",
        by_formula: "依據詞元與模型參數估算",
        whole: "整個資料中心，含冷卻",
        more: "更多",
    },
};
