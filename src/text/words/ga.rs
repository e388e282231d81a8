//! Irish: from 2 to 6 a noun is lenited, from 7 to 10 eclipsed; "uair" has a plural of its own after 3 to 10.

use super::{MILLISECONDS, Note, SECONDS, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, an méid a úsáideann lampa LED {power} ar feadh {time}",
    hair_dryer: "{energy}, an méid a úsáideann triomadóir gruaige {power} ar feadh {time}",
    laptop: "{energy}, an méid a úsáideann ríomhaire glúine {power} ar feadh {time}",
    water: "{energy}, an méid a theastaíonn chun {litres} uisce a bheiriú ({per_litre} in aghaidh an lítir)",
    lamps: "{energy}, an méid a úsáideann {lamps} {power} ar feadh bliana gan stad",
    household_days: "{energy}, an méid a úsáideann teaghlach amháin ar feadh {days} ({yearly} in aghaidh na bliana)",
    households: "{energy}, an méid a úsáideann {households} ar feadh bliana ({yearly} in aghaidh an teaghlaigh)",
    milliseconds: MILLISECONDS,
    seconds: SECONDS,
    minutes: forms("{n} nóiméad").one("{n} nóiméad").two("{n} nóiméad").few("{n} nóiméad"),
    hours: forms("{n} uair an chloig")
        .two("{n} uair an chloig")
        .few("{n} huaire an chloig")
        .many("{n} n-uaire an chloig"),
    days: forms("{n} lá").one("{n} lá").two("{n} lá").few("{n} lá").many("{n} lá"),
    litres: forms("{n} lítear"),
    lamp_count: forms("{n} lampa LED"),
    household_count: forms("{n} teaghlach")
        .one("{n} teaghlach")
        .two("{n} theaghlach")
        .few("{n} theaghlach")
        .many("{n} dteaghlach"),
    note: Note {
        answer: "An freagra seo",
        interval: "Eatramh 95 %",
        known: "Conas is eol é",
        metered: "méadair",
        counter: "áiritheoirí gléasanna",
        modelled: "samhail le comhéifeacht",
        declared: "ríomh nó caiteachas",
        by_coefficient: "meastachán ó cheadchomharthaí nó ó am agus ó chomhéifeacht",
        by_formula: "meastachán ó cheadchomharthaí agus ó pharaiméadair na samhla",
        whole: "don ionad sonraí ar fad, fuarú san áireamh",
        more: "Tuilleadh",
    },
};
