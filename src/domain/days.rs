//! Totals by UTC day, as figures are computed from them. What is known of a site holds for whole days, so a day is all
//! that most figures need; carbon needs the hours of it, and percentiles the histogram.
//!
//! A year of a thousand groups has millions of hours and of buckets, so they are kept as variable-length integers
//! (postcard), a few bytes each, and read one after the other.

use super::fact::HourOfDay;
use super::group::Group;
use super::ids::SiteId;
use super::period::beginning_of;
use super::totals::{Bucket, HourTotal, TaskCounts};
use crate::units::EnergyTotal;
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeMap;

/// Sums over the records of one group that started on one UTC day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayTotal {
    pub group: Group,
    pub day: NaiveDate,
    pub tasks: TaskCounts,
    /// Completed tasks of windows that state no histogram: percentiles know nothing of them.
    pub tasks_without_histogram: i64,
    /// Within the group's boundary.
    pub energy: EnergyTotal,
    /// The part of it that records of failed and cancelled tasks used; within windows it is not known.
    pub unfinished_energy: EnergyTotal,
    pub output_tokens: i128,
    /// Energy of the records that state their output tokens.
    pub output_tokens_energy: EnergyTotal,
    /// Completed tasks and energy by hour.
    pub hours: DayHours,
}

impl DayTotal {
    /// The days of hours that stand in order; hours that follow each other and are of one group and day become one.
    pub fn of_hours(hours: &[HourTotal]) -> Vec<DayTotal> {
        let is_same = |one: &HourTotal, next: &HourTotal| {
            one.group == next.group && one.hour.date_naive() == next.hour.date_naive()
        };
        let days = hours.chunk_by(is_same).filter_map(<[HourTotal]>::split_first);
        days.map(|(first, others)| DayTotal::sum(first, others)).collect()
    }

    /// The sums of hours of one group and day, in order.
    fn sum(first: &HourTotal, others: &[HourTotal]) -> DayTotal {
        let parts = std::iter::once(first).chain(others).map(|total| HourPart {
            hour: HourOfDay::of(total.hour),
            completed: total.tasks.completed,
            energy: total.energy,
        });
        let mut sum = DayTotal {
            group: first.group,
            day: first.hour.date_naive(),
            tasks: first.tasks,
            tasks_without_histogram: first.tasks_without_histogram,
            energy: first.energy,
            unfinished_energy: first.unfinished_energy,
            output_tokens: first.output_tokens,
            output_tokens_energy: first.output_tokens_energy,
            hours: DayHours::new(parts),
        };
        for hour in others {
            sum.tasks.completed += hour.tasks.completed;
            sum.tasks.failed += hour.tasks.failed;
            sum.tasks.cancelled += hour.tasks.cancelled;
            sum.tasks_without_histogram += hour.tasks_without_histogram;
            sum.energy.add(hour.energy);
            sum.unfinished_energy.add(hour.unfinished_energy);
            sum.output_tokens += hour.output_tokens;
            sum.output_tokens_energy.add(hour.output_tokens_energy);
        }
        sum
    }

    pub fn midnight(&self) -> DateTime<Utc> {
        beginning_of(self.day)
    }
}

/// A day of which one hour is known.
impl From<&HourTotal> for DayTotal {
    fn from(hour: &HourTotal) -> DayTotal {
        DayTotal::sum(hour, &[])
    }
}

/// Completed tasks and energy of one hour of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HourPart {
    pub hour: HourOfDay,
    pub completed: i64,
    pub energy: EnergyTotal,
}

/// The hours of a day that have a total, packed: which hours there are as the bits of a number (bit 0 is midnight),
/// then completed tasks and microjoules of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayHours(Bytes);

impl DayHours {
    /// Packs hours that stand in order, none twice.
    pub fn new(parts: impl IntoIterator<Item = HourPart> + Clone) -> DayHours {
        let bits = parts.clone().into_iter().fold(0_u32, |bits, part| bits | 1 << part.hour.get());
        let mut packed = postcard::to_extend(&bits, Vec::new()).unwrap_or_default();
        for part in parts {
            let hour = (part.completed, part.energy.microjoules());
            // A vector takes all that there is, and numbers can always be written.
            packed = postcard::to_extend(&hour, packed).unwrap_or_default();
        }
        DayHours(packed.into())
    }

    /// What [`DayHours::packed`] gave. Bytes that are something else have hours that do not add up to the day, which
    /// those who use them look at.
    pub fn from_packed(packed: Bytes) -> DayHours {
        DayHours(packed)
    }

    pub fn packed(&self) -> &[u8] {
        &self.0
    }

    /// Which hours there are, bit by bit: bit 0 is the hour from midnight.
    pub fn bits(&self) -> u32 {
        postcard::take_from_bytes(&self.0).map_or(0, |(bits, _)| bits)
    }

    /// The hours in order.
    pub fn iter(&self) -> impl Iterator<Item = HourPart> + '_ {
        let (bits, mut rest) = postcard::take_from_bytes::<u32>(&self.0).unwrap_or((0, &[]));
        let of_bits = HourOfDay::all().filter(move |hour| bits & 1 << hour.get() != 0);
        of_bits.map_while(move |hour| {
            let ((completed, energy), after) = postcard::take_from_bytes::<(i64, i128)>(rest).ok()?;
            rest = after;
            Some(HourPart { hour, completed, energy: EnergyTotal::from_microjoules(energy) })
        })
    }
}

/// Completed tasks of one group and UTC day by their own energy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayHistogram {
    pub group: Group,
    pub day: NaiveDate,
    /// In all buckets.
    pub tasks: i64,
    /// Packed: how far each bucket is from the one before, and its tasks.
    packed: Bytes,
}

impl DayHistogram {
    /// Packs buckets that stand in order, none twice.
    pub fn new(
        group: Group,
        day: NaiveDate,
        buckets: impl IntoIterator<Item = (Bucket, i64)>,
    ) -> DayHistogram {
        let mut packed = Vec::new();
        let (mut tasks, mut before) = (0, 0);
        for (bucket, counted) in buckets {
            packed = postcard::to_extend(&(bucket.get() - before, counted), packed).unwrap_or_default();
            before = bucket.get();
            tasks += counted;
        }
        DayHistogram { group, day, tasks, packed: packed.into() }
    }

    /// What [`DayHistogram::packed`] gave. Bytes that are something else do not add up to the tasks.
    pub fn from_packed(group: Group, day: NaiveDate, tasks: i64, packed: Bytes) -> DayHistogram {
        DayHistogram { group, day, tasks, packed }
    }

    pub fn packed(&self) -> &[u8] {
        &self.packed
    }

    /// The buckets in order, with their tasks.
    pub fn iter(&self) -> impl Iterator<Item = (Bucket, i64)> + '_ {
        let mut rest: &[u8] = &self.packed;
        let mut before = 0_i16;
        std::iter::from_fn(move || {
            let ((after_it, tasks), left) = postcard::take_from_bytes::<(i16, i64)>(rest).ok()?;
            rest = left;
            before = before.checked_add(after_it)?;
            Some((Bucket::from_db(before)?, tasks))
        })
    }
}

/// The hours in which each site has a total, day by day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SiteHours(BTreeMap<(SiteId, NaiveDate), u32>);

impl SiteHours {
    pub fn add_day(&mut self, total: &DayTotal) {
        *self.0.entry((total.group.site, total.day)).or_default() |= total.hours.bits();
    }

    pub fn add_hour(&mut self, site: SiteId, hour: DateTime<Utc>) {
        *self.0.entry((site, hour.date_naive())).or_default() |= 1 << HourOfDay::of(hour).get();
    }

    /// Sites and hours, in order.
    pub fn iter(&self) -> impl Iterator<Item = (SiteId, DateTime<Utc>)> + '_ {
        self.0.iter().flat_map(|((site, day), bits)| {
            let hours = HourOfDay::all().filter(move |hour| bits & 1 << hour.get() != 0);
            hours.map(|hour| (*site, hour.on(*day)))
        })
    }
}

#[cfg(test)]
#[path = "days_tests.rs"]
mod tests;
