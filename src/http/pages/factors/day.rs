//! One day of a zone, hour by hour: the table, and columns drawn from it.

use crate::domain::fact::FactValue;
use crate::domain::factor::Rung;
use crate::domain::period::day;
use crate::intensity::hours::{Hour, HourValue, Hours};
use crate::render::number::{TABLE, figure};
use crate::units::{Decimal, Intensity};
use chrono::{DateTime, Utc};
use chrono_tz::Tz;

/// One hour of the table.
pub(super) struct HourRow {
    /// On the clocks of the zone, with their offset.
    pub(super) local: String,
    pub(super) utc: String,
    pub(super) value: Option<ValueCells>,
}

/// What the ladder has for an hour.
pub(super) struct ValueCells {
    pub(super) grams: String,
    pub(super) rung: String,
    pub(super) set: String,
    pub(super) revision: i32,
}

/// The rows of a day; without a time zone the clocks are those of UTC.
pub(super) fn rows(day: &Hours, zone: &str, time_zone: Option<Tz>) -> Vec<HourRow> {
    let clock = time_zone.unwrap_or(Tz::UTC);
    let row = |hour: &Hour| HourRow {
        local: hour.from.with_timezone(&clock).format("%H:%M %:z").to_string(),
        utc: hour.from.format("%-d %b, %H:%M").to_string(),
        value: hour.found.as_ref().map(|found| ValueCells {
            grams: grams(found.intensity),
            rung: rung(found, zone),
            set: day.sets.get(&found.set).map(|set| set.key.to_string()).unwrap_or_default(),
            revision: found.revision,
        }),
    };
    day.hours.iter().map(row).collect()
}

fn grams(intensity: Intensity) -> String {
    figure(FactValue::Known(intensity.grams_per_kwh()), TABLE)
}

/// Where on the ladder a value was found, with the year that it is of and the zone around, where that is another.
fn rung(found: &HourValue, zone: &str) -> String {
    let year = found.valid_from.format("%Y");
    let what = match found.rung {
        Rung::HourlyMeasured => "the hour, from measured generation".to_owned(),
        Rung::HourlyEstimated => "the hour, estimated by the source".to_owned(),
        Rung::Monthly => format!("average of {}", found.valid_from.format("%B %Y")),
        Rung::Annual => format!("average of the year {year}"),
        Rung::EarlierAnnual => format!("average of an earlier year, {year}"),
        Rung::ParentZone => format!("{} of the zone around, {}", length(found), found.zone),
    };
    if found.zone == zone || found.rung == Rung::ParentZone {
        return what;
    }
    format!("{what}, of {}", found.zone)
}

/// For how long a value holds, in words.
fn length(found: &HourValue) -> String {
    match (found.valid_to - found.valid_from).num_days() {
        0 => "value of the hour".to_owned(),
        ..=31 => format!("average of {}", found.valid_from.format("%B %Y")),
        _ => format!("average of the year {}", found.valid_from.format("%Y")),
    }
}

/// A sentence for a day whose hours all have the same value of a longer time.
pub(super) fn same(hours: &[Hour], zone: &str) -> Option<String> {
    let first = hours.first()?.found.as_ref()?;
    let is_same = |hour: &Hour| {
        let found = hour.found.as_ref();
        found.is_some_and(|found| (found.set, found.valid_from) == (first.set, first.valid_from))
    };
    hours.iter().all(is_same).then(|| {
        format!("All hours have one value, {} g/kWh: {}.", grams(first.intensity), rung(first, zone))
    })
}

/// Columns of the hours, and the same in words for those who do not see them.
pub(super) struct Columns {
    pub(super) description: String,
    /// The highest value with its time, written above.
    pub(super) highest: String,
    pub(super) columns: Vec<Column>,
    pub(super) labels: Vec<Label>,
}

/// Positions in the drawing's own units: 640 wide, 300 high, with the ground at 250.
pub(super) struct Column {
    pub(super) x: usize,
    pub(super) y: String,
    pub(super) width: usize,
    pub(super) height: String,
}

pub(super) struct Label {
    pub(super) x: usize,
    pub(super) text: String,
}

const WIDTH: usize = 640;
const GROUND_TENTHS: i128 = 2_500;
const TALLEST_TENTHS: i128 = 2_000;

/// Columns of a day; `None` where all its hours have the same value, or none has any: nothing would be seen.
pub(super) fn columns(hours: &[Hour], time_zone: Option<Tz>) -> Option<Columns> {
    let values: Vec<(DateTime<Utc>, Option<Intensity>)> =
        hours.iter().map(|hour| (hour.from, hour.found.as_ref().map(|found| found.intensity))).collect();
    let known = || values.iter().filter_map(|(at, value)| Some(((*value)?, *at)));
    let (lowest, lowest_at) = known().min()?;
    let (highest, highest_at) = known().max_by_key(|(value, at)| (*value, std::cmp::Reverse(*at)))?;
    if lowest == highest {
        return None;
    }
    let clock = |at: DateTime<Utc>| at.with_timezone(&time_zone.unwrap_or(Tz::UTC));
    let slot = WIDTH / values.len().max(1);
    let mut drawn = Columns {
        description: format!(
            "Lowest {} g/kWh at {}, highest {} g/kWh at {}; {} of {} hours have a value.",
            grams(lowest),
            clock(lowest_at).format("%H:%M"),
            grams(highest),
            clock(highest_at).format("%H:%M"),
            known().count(),
            values.len(),
        ),
        highest: format!("{} g/kWh at {}", grams(highest), clock(highest_at).format("%H:%M")),
        columns: Vec::new(),
        labels: Vec::new(),
    };
    let tenths = |tenths: i128| Decimal::new(tenths, 1).to_string();
    for (index, (at, value)) in values.iter().enumerate() {
        let x = index * slot;
        if let Some(value) = value {
            let micrograms = |value: Intensity| i128::from(value.micrograms_per_kwh());
            let height = micrograms(*value) * TALLEST_TENTHS / micrograms(highest);
            drawn.columns.push(Column {
                x: x + 2,
                y: tenths(GROUND_TENTHS - height),
                width: slot - 4,
                height: tenths(height),
            });
        }
        let hour = clock(*at).format("%H").to_string();
        if ["00", "06", "12", "18"].contains(&hour.as_str()) {
            drawn.labels.push(Label { x, text: format!("{hour} h") });
        }
    }
    Some(drawn)
}

/// The heading of a day.
pub(super) fn title(date: chrono::NaiveDate, hours: usize, time_zone: Option<Tz>) -> String {
    let clock = time_zone.map_or("UTC", |time_zone| time_zone.name());
    let change = match hours {
        23 => ", on which clocks were put forward",
        25 => ", on which clocks were put back",
        _ => "",
    };
    format!("{}{change}: {hours} hours, {clock}", day(date))
}
