//! Greek.

use super::{MILLISECONDS, Note, SECONDS, Words, forms};

pub(super) const WORDS: Words = Words {
    lamp: "{energy}, όσο καταναλώνει ένας λαμπτήρας LED ισχύος {power} σε {time}",
    hair_dryer: "{energy}, όσο καταναλώνει ένας στεγνωτήρας μαλλιών ισχύος {power} σε {time}",
    laptop: "{energy}, όσο καταναλώνει ένας φορητός υπολογιστής ισχύος {power} σε {time}",
    water: "{energy}, όσο χρειάζεται για να βράσουν {litres} νερό ({per_litre} ανά λίτρο)",
    lamps: "{energy}, όσο καταναλώνουν {lamps} ισχύος {power} σε έναν χρόνο αδιάκοπης λειτουργίας",
    household_days: "{energy}, όσο καταναλώνει ένα νοικοκυριό σε {days} ({yearly} τον χρόνο)",
    households: "{energy}, όσο {households} σε έναν χρόνο ({yearly} ανά νοικοκυριό)",
    milliseconds: MILLISECONDS,
    seconds: SECONDS,
    minutes: forms("{n} λεπτά").one("{n} λεπτό"),
    hours: forms("{n} ώρες").one("{n} ώρα"),
    days: forms("{n} ημέρες").one("{n} ημέρα"),
    litres: forms("{n} λίτρα"),
    lamp_count: forms("{n} λαμπτήρες LED"),
    household_count: forms("καταναλώνουν {n} νοικοκυριά").one("καταναλώνει {n} νοικοκυριό"),
    note: Note {
        answer: "Αυτή η απάντηση",
        interval: "Διάστημα 95 %",
        known: "Πώς είναι γνωστό",
        metered: "μετρητές",
        counter: "απαριθμητές των συσκευών",
        modelled: "μοντέλο με συντελεστή",
        declared: "υπολογιστική ισχύς ή δαπάνες",
        by_coefficient: "εκτίμηση από tokens ή χρόνο και συντελεστή",
        by_formula: "εκτίμηση από tokens και τις παραμέτρους του μοντέλου",
        whole: "για ολόκληρο το κέντρο δεδομένων, με την ψύξη",
        more: "Περισσότερα",
    },
};
