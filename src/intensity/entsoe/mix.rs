//! From generation per type to intensity: one grid for all types, and one division a value.

use super::{EntsoeError, Generation, GenerationFactors, Slot, factors};
use crate::domain::period::hour_of;
use crate::domain::terms::Basis;
use crate::intensity::source::{Reading, Readings};
use crate::units::Decimal;
use chrono::{DateTime, TimeDelta, Utc};
use ethnum::I256;

/// Slots of one type in one hour, with its factor in micrograms per kilowatt-hour.
struct TypeInHour<'a> {
    slots: Vec<(DateTime<Utc>, &'a Slot)>,
    factor_ug_per_kwh: i64,
}

/// The intensity in every interval between the first and the last that the document names. An hour in
/// between that no type names is without value as well, in intervals of the document's coarsest resolution.
pub fn intensities(
    generation: &Generation,
    zone: &str,
    factors: &GenerationFactors,
    basis: Basis,
) -> Result<Readings, EntsoeError> {
    let mut types = Vec::new();
    for (psr_type, slots) in &generation.types {
        let factor = factors.of(psr_type, basis).ok_or_else(|| EntsoeError::NoFactor {
            psr_type: psr_type.clone(),
            name: factors::name_of(psr_type).unwrap_or("unknown"),
            version: factors.version(),
        })?;
        types.push((slots, factor.micrograms_per_kwh()));
    }
    let coarsest = types.iter().flat_map(|(slots, _)| slots.values()).map(|slot| slot.minutes).max();
    let coarsest = coarsest.ok_or(EntsoeError::NoGeneration)?;

    let mut readings = Readings::default();
    let mut hour = hour_of(generation.from);
    while hour < generation.to {
        let next_hour = hour + TimeDelta::hours(1);
        let in_hour: Vec<TypeInHour<'_>> = types
            .iter()
            .map(|(slots, factor_ug_per_kwh)| TypeInHour {
                slots: slots.range(hour..next_hour).map(|(at, slot)| (*at, slot)).collect(),
                factor_ug_per_kwh: *factor_ug_per_kwh,
            })
            .collect();
        let minutes = in_hour.iter().flat_map(|one| &one.slots).map(|(_, slot)| slot.minutes).max();
        let step = TimeDelta::minutes(minutes.unwrap_or(coarsest));
        let mut valid_from = hour;
        while valid_from < next_hour {
            let valid_to = valid_from + step;
            // The first and the last hour may not be named as a whole.
            if generation.from < valid_to && valid_from < generation.to {
                match intensity(&in_hour, valid_from, valid_to) {
                    Some(grams_per_kwh) => readings.values.push(Reading {
                        zone: zone.to_owned(),
                        valid_from,
                        valid_to,
                        grams_per_kwh,
                        is_estimated: false,
                        estimation_method: None,
                    }),
                    None => readings.without_value += 1,
                }
            }
            valid_from = valid_to;
        }
        hour = next_hour;
    }
    Ok(readings)
}

/// `None` where a type has no value for a part of the interval, or where nothing was generated.
fn intensity(types: &[TypeInHour<'_>], from: DateTime<Utc>, to: DateTime<Utc>) -> Option<Decimal> {
    let (mut energy_wmin, mut emissions) = (0i128, 0i128);
    for one in types {
        let mut minutes = 0;
        let mut of_type_wmin = 0i128;
        for (_, slot) in one.slots.iter().filter(|(at, _)| from <= *at && *at < to) {
            minutes += slot.minutes;
            of_type_wmin += i128::from(slot.power_w?) * i128::from(slot.minutes);
        }
        if minutes != (to - from).num_minutes() {
            return None;
        }
        energy_wmin += of_type_wmin;
        emissions += of_type_wmin * i128::from(one.factor_ug_per_kwh);
    }
    // Watt-minutes cancel out; what is left is micrograms per kilowatt-hour, a million to the gram.
    Decimal::from_ratio(I256::from(emissions), I256::from(energy_wmin) * I256::new(1_000_000), 6)
}
