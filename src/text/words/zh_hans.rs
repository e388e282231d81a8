//! Chinese in simplified characters: no plurals, and no space before a word.

use super::{Note, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}，相当于一盏{power}的LED灯使用{time}的用电量",
    hair_dryer: "{energy}，相当于一台{power}的吹风机使用{time}的用电量",
    laptop: "{energy}，相当于一台{power}的笔记本电脑使用{time}的用电量",
    water: "{energy}，相当于将{litres}水烧开所需的电量（每升{per_litre}）",
    lamps: "{energy}，相当于{lamps}不间断点亮一年的用电量",
    household_days: "{energy}，相当于一户家庭{days}的用电量（每年{yearly}）",
    households: "{energy}，相当于{households}一年的用电量（每户{yearly}）",
    milliseconds: "{n}毫秒",
    seconds: "{n}秒",
    minutes: forms("{n}分钟"),
    hours: forms("{n}小时"),
    days: forms("{n}天"),
    litres: forms("{n}升"),
    lamp_count: forms("{n}盏{power}的LED灯"),
    household_count: forms("{n}户家庭"),
    note: Note {
        answer: "此回答",
        interval: "95% 区间",
        known: "数据来源",
        metered: "电表",
        counter: "设备计数器",
        modelled: "带系数的模型",
        declared: "算力或支出",
        by_coefficient: "根据词元或时间以及系数估算",
        by_formula: "根据词元和模型参数估算",
        whole: "整个数据中心，含冷却",
        more: "更多",
    },
};
