//! The sentence that says what energy is as much as.

use super::language::Language;
use super::number::{number, plural};
use super::words::{Forms, Words, words};
use crate::domain::equivalent::{Appliance, Equivalent, TimeUnit, Yardstick};
use crate::units::{Decimal, EnergyVolume};

/// Between a number and what it counts: a number is not torn from its unit at the end of a line.
const NO_BREAK: char = '\u{a0}';

/// The energy and its equivalent in one sentence without a full stop, with the assumption: "0.002 kWh, as much as
/// a 1,500 W hair dryer uses in 4.8 s".
pub fn equivalent(language: Language, equivalent: &Equivalent) -> String {
    let words = words(language);
    let quantity = &equivalent.quantity;
    let counted = |forms: &Forms| counted(language, forms, quantity);
    let measured = |value: Decimal, unit: &str| format!("{}{NO_BREAK}{unit}", number(language, &value));
    let yearly = |volume: EnergyVolume| measured(volume.kilowatt_hours(), "kWh");
    let energy = measured(equivalent.energy, equivalent.energy_unit.as_str());
    let sentence = match equivalent.yardstick {
        Yardstick::Running { appliance, power, unit } => {
            let time = match unit {
                TimeUnit::Millisecond => put(language, words.milliseconds, quantity),
                TimeUnit::Second => put(language, words.seconds, quantity),
                TimeUnit::Minute => counted(&words.minutes),
                TimeUnit::Hour => counted(&words.hours),
            };
            running(words, appliance)
                .replace("{time}", &time)
                .replace("{power}", &measured(power.watts(), "W"))
        }
        Yardstick::LitresBoiled { per_litre } => words
            .water
            .replace("{litres}", &counted(&words.litres))
            .replace("{per_litre}", &measured(Decimal::new(per_litre.watt_hours().into(), 0), "Wh")),
        // The count may name the power.
        Yardstick::LampYears { power } => words
            .lamps
            .replace("{lamps}", &counted(&words.lamp_count))
            .replace("{power}", &measured(power.watts(), "W")),
        Yardstick::HouseholdDays { per_year } => words
            .household_days
            .replace("{days}", &counted(&words.days))
            .replace("{yearly}", &yearly(per_year)),
        Yardstick::HouseholdYears { per_year } => words
            .households
            .replace("{households}", &counted(&words.household_count))
            .replace("{yearly}", &yearly(per_year)),
    };
    sentence.replace("{energy}", &energy)
}

fn running(words: &Words, appliance: Appliance) -> &'static str {
    match appliance {
        Appliance::LedLamp => words.lamp,
        Appliance::HairDryer => words.hair_dryer,
        Appliance::Laptop => words.laptop,
    }
}

/// A number with what it counts in the form that goes with it.
fn counted(language: Language, forms: &Forms, value: &Decimal) -> String {
    put(language, forms.of(plural(language, value)), value)
}

fn put(language: Language, form: &str, value: &Decimal) -> String {
    let number = number(language, value);
    form.replace("{n} ", &format!("{number}{NO_BREAK}")).replace("{n}", &number)
}

#[cfg(test)]
#[path = "equivalent_tests.rs"]
mod tests;
