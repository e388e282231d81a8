//! Totals of one group and month as a few byte strings: what `total_month` keeps of months that are over.
//!
//! The bytes are integers of variable length, one value after the other (postcard). Whoever changes what stands in them
//! raises [`PACKING`]; packs of another number are not read, and made anew.

use super::rows::Parts;
use crate::db::DbError;
use crate::db::error::known;
use crate::domain::days::{DayHistogram, DayHours, DayTotal};
use crate::domain::group::Group;
use crate::domain::period::{Month, beginning_of};
use crate::domain::terms::{NaturalUnit, StepKind};
use crate::domain::totals::{IntervalTotal, SquareTotal, StageTotal, TaskCounts, UnitTotal, UnmeasuredHour};
use crate::units::EnergyTotal;
use bytes::Bytes;
use chrono::{Datelike, NaiveDate, TimeDelta};
use ethnum::I256;
use serde::{Deserialize, Serialize};

/// What bytes of a pack mean.
pub(super) const PACKING: i16 = 1;

/// The byte strings of one group and month; empty where there is nothing of a kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pack {
    pub(super) days: Vec<u8>,
    pub(super) histograms: Vec<u8>,
    pub(super) squares: Vec<u8>,
    pub(super) stages: Vec<u8>,
    pub(super) units: Vec<u8>,
    pub(super) intervals: Vec<u8>,
    pub(super) unmeasured: Vec<u8>,
}

/// Energy in microjoules; days are days of the month.
#[derive(Serialize, Deserialize)]
struct Day<'a> {
    day: u8,
    completed: i64,
    failed: i64,
    cancelled: i64,
    without_histogram: i64,
    energy: i128,
    unfinished_energy: i128,
    output_tokens: i128,
    output_tokens_energy: i128,
    hours: &'a [u8],
}

#[derive(Serialize, Deserialize)]
struct Histogram<'a> {
    day: u8,
    tasks: i64,
    buckets: &'a [u8],
}

#[derive(Serialize, Deserialize)]
struct Square<'a> {
    day: u8,
    /// As decimal text: it has up to 256 bits.
    squared: &'a str,
    without: i64,
}

#[derive(Serialize, Deserialize)]
struct Stage<'a> {
    day: u8,
    kind: &'a str,
    energy: i128,
    retry_energy: i128,
}

#[derive(Serialize, Deserialize)]
struct Unit<'a> {
    day: u8,
    unit: &'a str,
    amount: i128,
    energy: i128,
}

#[derive(Serialize, Deserialize)]
struct Interval {
    day: u8,
    energy: i128,
    low: i128,
    high: i128,
}

#[derive(Serialize, Deserialize)]
struct Unmeasured {
    /// From the beginning of the month.
    hour: u16,
    completed: i64,
    failed: i64,
    cancelled: i64,
    input_tokens: i128,
    output_tokens: i128,
    accelerator_us: i128,
}

/// Packs what one group has in a month.
pub(super) fn pack(parts: &Parts, month: Month) -> Result<Pack, DbError> {
    // A day of a month always fits.
    let of_month = |day: NaiveDate| u8::try_from(day.day()).unwrap_or(u8::MAX);
    let uj = EnergyTotal::microjoules;
    let mut pack = Pack::default();
    for one in &parts.days {
        let day = Day {
            day: of_month(one.day),
            completed: one.tasks.completed,
            failed: one.tasks.failed,
            cancelled: one.tasks.cancelled,
            without_histogram: one.tasks_without_histogram,
            energy: uj(one.energy),
            unfinished_energy: uj(one.unfinished_energy),
            output_tokens: one.output_tokens,
            output_tokens_energy: uj(one.output_tokens_energy),
            hours: one.hours.packed(),
        };
        push(&mut pack.days, &day)?;
    }
    for one in &parts.histograms {
        let histogram = Histogram { day: of_month(one.day), tasks: one.tasks, buckets: one.packed() };
        push(&mut pack.histograms, &histogram)?;
    }
    for one in &parts.squares {
        let squared = one.energy_squared_uj2.to_string();
        let without = one.tasks_without_squares;
        push(&mut pack.squares, &Square { day: of_month(one.day), squared: &squared, without })?;
    }
    for one in &parts.stages {
        let [energy, retry_energy] = [one.energy, one.retry_energy].map(uj);
        let (day, kind) = (of_month(one.day), one.kind.as_str());
        push(&mut pack.stages, &Stage { day, kind, energy, retry_energy })?;
    }
    for one in &parts.units {
        let (day, unit) = (of_month(one.day), one.unit.as_str());
        push(&mut pack.units, &Unit { day, unit, amount: one.amount, energy: uj(one.energy) })?;
    }
    for one in &parts.intervals {
        let [energy, low, high] = [one.energy, one.low, one.high].map(uj);
        push(&mut pack.intervals, &Interval { day: of_month(one.day), energy, low, high })?;
    }
    for one in &parts.unmeasured {
        let hours = (one.hour - month.ends().0).num_hours();
        let hour = Unmeasured {
            hour: known(u16::try_from(hours).ok(), "an hour of another month")?,
            completed: one.tasks.completed,
            failed: one.tasks.failed,
            cancelled: one.tasks.cancelled,
            input_tokens: one.input_tokens,
            output_tokens: one.output_tokens,
            accelerator_us: one.accelerator_us,
        };
        push(&mut pack.unmeasured, &hour)?;
    }
    Ok(pack)
}

fn push(bytes: &mut Vec<u8>, value: &impl Serialize) -> Result<(), DbError> {
    let failed = |error: postcard::Error| DbError::Unreadable(error.to_string());
    *bytes = postcard::to_extend(value, std::mem::take(bytes)).map_err(failed)?;
    Ok(())
}

/// What one group has in a month. Days and histograms share the bytes they came in.
pub(super) fn unpack(group: Group, accelerator: &str, month: Month, pack: Pack) -> Result<Parts, DbError> {
    let date = |day: u8| known(month.first_day().with_day(day.into()), "a day of a month");
    let uj = EnergyTotal::from_microjoules;
    let mut parts = Parts::default();
    let days = Bytes::from(pack.days);
    each(&days, |one: Day<'_>| {
        parts.days.push(DayTotal {
            group,
            day: date(one.day)?,
            tasks: TaskCounts { completed: one.completed, failed: one.failed, cancelled: one.cancelled },
            tasks_without_histogram: one.without_histogram,
            energy: uj(one.energy),
            unfinished_energy: uj(one.unfinished_energy),
            output_tokens: one.output_tokens,
            output_tokens_energy: uj(one.output_tokens_energy),
            hours: DayHours::from_packed(days.slice_ref(one.hours)),
        });
        Ok(())
    })?;
    let histograms = Bytes::from(pack.histograms);
    each(&histograms, |one: Histogram<'_>| {
        let buckets = histograms.slice_ref(one.buckets);
        parts.histograms.push(DayHistogram::from_packed(group, date(one.day)?, one.tasks, buckets));
        Ok(())
    })?;
    each(&pack.squares, |one: Square<'_>| {
        parts.squares.push(SquareTotal {
            group,
            day: date(one.day)?,
            energy_squared_uj2: known(one.squared.parse::<I256>().ok(), "a sum of squares")?,
            tasks_without_squares: one.without,
        });
        Ok(())
    })?;
    each(&pack.stages, |one: Stage<'_>| {
        let [energy, retry_energy] = [one.energy, one.retry_energy].map(uj);
        let (day, kind) = (date(one.day)?, known(StepKind::parse(one.kind), one.kind)?);
        parts.stages.push(StageTotal { group, day, kind, energy, retry_energy });
        Ok(())
    })?;
    each(&pack.units, |one: Unit<'_>| {
        let (day, unit) = (date(one.day)?, known(NaturalUnit::parse(one.unit), one.unit)?);
        parts.units.push(UnitTotal { group, day, unit, amount: one.amount, energy: uj(one.energy) });
        Ok(())
    })?;
    each(&pack.intervals, |one: Interval| {
        let [energy, low, high] = [one.energy, one.low, one.high].map(uj);
        parts.intervals.push(IntervalTotal { group, day: date(one.day)?, energy, low, high });
        Ok(())
    })?;
    each(&pack.unmeasured, |one: Unmeasured| {
        parts.unmeasured.push(UnmeasuredHour {
            group,
            accelerator: accelerator.to_owned(),
            hour: beginning_of(month.first_day()) + TimeDelta::hours(one.hour.into()),
            tasks: TaskCounts { completed: one.completed, failed: one.failed, cancelled: one.cancelled },
            input_tokens: one.input_tokens,
            output_tokens: one.output_tokens,
            accelerator_us: one.accelerator_us,
        });
        Ok(())
    })?;
    Ok(parts)
}

/// Reads one value after the other.
fn each<'a, T: Deserialize<'a>>(
    mut bytes: &'a [u8],
    mut take: impl FnMut(T) -> Result<(), DbError>,
) -> Result<(), DbError> {
    while !bytes.is_empty() {
        let (value, rest) = known(postcard::take_from_bytes(bytes).ok(), "a pack of a month's totals")?;
        bytes = rest;
        take(value)?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "pack_tests.rs"]
mod tests;
