//! Gathers the values of a source, each interval once.

use super::read_error::{Conflict, Place, ReadError, shown};
use super::source::{Reading, Readings};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

#[derive(Default)]
pub(super) struct Collector {
    readings: Readings,
    /// Where the value of a zone from an instant stands, and which one it is.
    seen: HashMap<(String, DateTime<Utc>), (Place, usize)>,
}

impl Collector {
    /// The same value again is counted; another one for the same interval is refused.
    pub fn push(&mut self, place: Place, reading: Reading) -> Result<(), ReadError> {
        match self.seen.entry((reading.zone.clone(), reading.valid_from)) {
            Entry::Vacant(entry) => {
                entry.insert((place, self.readings.values.len()));
                self.readings.values.push(reading);
                Ok(())
            }
            Entry::Occupied(entry) => {
                let (first_place, index) = *entry.get();
                let first = &self.readings.values[index];
                let is_same = first.grams_per_kwh.without_trailing_zeros()
                    == reading.grams_per_kwh.without_trailing_zeros()
                    && first.is_estimated == reading.is_estimated
                    && first.valid_to == reading.valid_to;
                if is_same {
                    self.readings.repeated += 1;
                    return Ok(());
                }
                Err(ReadError::Conflict(Box::new(Conflict {
                    place,
                    first: first_place,
                    from: reading.valid_from,
                    value: shown(reading.grams_per_kwh, reading.is_estimated),
                    first_value: shown(first.grams_per_kwh, first.is_estimated),
                    zone: reading.zone,
                })))
            }
        }
    }

    pub fn without_value(&mut self) {
        self.readings.without_value += 1;
    }

    pub fn left_out(&mut self) {
        self.readings.left_out += 1;
    }

    pub fn finish(self) -> Readings {
        self.readings
    }
}
