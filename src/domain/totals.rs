//! Rows of the totals, as figures are computed from them.

use super::group::Group;
use super::ids::SiteId;
use super::terms::{EnergyTerms, NaturalUnit, StepKind};
use crate::units::EnergyTotal;
use chrono::{DateTime, NaiveDate, Utc};
use ethnum::I256;

/// Sums over the records of one group that started within one UTC hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HourTotal {
    pub group: Group,
    pub hour: DateTime<Utc>,
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
}

/// Tasks by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaskCounts {
    pub completed: i64,
    pub failed: i64,
    pub cancelled: i64,
}

impl TaskCounts {
    /// Of whatever outcome.
    pub fn all(self) -> i128 {
        i128::from(self.completed) + i128::from(self.failed) + i128::from(self.cancelled)
    }
}

/// Energy of one kind of step within one group and UTC day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageTotal {
    pub group: Group,
    pub day: NaiveDate,
    pub kind: StepKind,
    pub energy: EnergyTotal,
    /// The part of it that calls used which were made again.
    pub retry_energy: EnergyTotal,
}

/// Tasks of one group and UTC hour that were sent without energy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnmeasuredHour {
    pub group: Group,
    /// The kind of accelerator as the provider calls it; empty where not stated.
    pub accelerator: String,
    pub hour: DateTime<Utc>,
    pub tasks: TaskCounts,
    pub input_tokens: i128,
    pub output_tokens: i128,
    pub accelerator_us: i128,
}

/// Energy of the records of one group and UTC day that state an interval, and the sums of its ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntervalTotal {
    pub group: Group,
    pub day: NaiveDate,
    pub energy: EnergyTotal,
    pub low: EnergyTotal,
    pub high: EnergyTotal,
}

/// Work in one natural unit of the records of one group and UTC day that state it, and their energy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitTotal {
    pub group: Group,
    pub day: NaiveDate,
    pub unit: NaturalUnit,
    /// Pieces, or microseconds of sound or video.
    pub amount: i128,
    pub energy: EnergyTotal,
}

/// Sums of squares of one group and UTC day, over the tasks of which they are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SquareTotal {
    pub group: Group,
    pub day: NaiveDate,
    pub energy_squared_uj2: I256,
    pub tasks_without_squares: i64,
}

/// Energy of all services of a provider at one site, of one kind of terms, in one UTC hour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteHour {
    pub site: SiteId,
    pub terms: EnergyTerms,
    pub hour: DateTime<Utc>,
    pub energy: EnergyTotal,
}

/// A bucket of the energy histogram. Buckets below 128 µJ hold one value each; above, every octave is
/// cut into 64 equal parts, so that the middle of a bucket is within 1/129 of everything in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bucket(i16);

/// Parts of an octave, as a power of two: 2^6 = 64.
const PARTS_LOG2: u32 = 6;

impl Bucket {
    /// The bucket of an amount in microjoules; negative amounts do not occur and count as zero.
    pub fn of(microjoules: i64) -> Bucket {
        let value = microjoules.max(0);
        let octave = value.checked_ilog2().unwrap_or(0);
        if octave <= PARTS_LOG2 {
            // The value itself: at most 127, so it fits.
            return Bucket(value as i16);
        }
        let shift = octave - PARTS_LOG2;
        // The octave's number above the leading seven bits: at most 56 · 64 + 127.
        Bucket(((i64::from(shift) << PARTS_LOG2) + (value >> shift)) as i16)
    }

    /// Buckets that there are.
    pub const COUNT: usize = 58 * 64;

    /// Wraps a number read from the database; `None` where no amount has that bucket.
    pub fn from_db(number: i16) -> Option<Bucket> {
        (0..=Bucket::of(i64::MAX).0).contains(&number).then_some(Bucket(number))
    }

    pub fn get(self) -> i16 {
        self.0
    }

    /// Twice the middle of the bucket in microjoules (twice, so that it is an integer).
    pub fn twice_middle_uj(self) -> i128 {
        let number = i128::from(self.0);
        if number < 2 << PARTS_LOG2 {
            return 2 * number;
        }
        let shift = (number >> PARTS_LOG2) - 1;
        let leading = number - (shift << PARTS_LOG2);
        // The bucket is [leading · 2^shift, (leading + 1) · 2^shift), whole microjoules.
        ((leading << shift) << 1) + (1 << shift) - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_amounts_have_a_bucket_of_their_own() {
        for value in 0..128 {
            assert_eq!(Bucket::of(value).twice_middle_uj(), i128::from(value) * 2);
        }
        assert_eq!(Bucket::of(128), Bucket::of(129));
        assert_ne!(Bucket::of(127), Bucket::of(128));
    }

    #[test]
    fn the_largest_amount_has_the_last_bucket() {
        let last = Bucket::of(i64::MAX);
        assert_eq!(Bucket::from_db(last.get()), Some(last));
        assert_eq!(usize::try_from(last.get()).unwrap() + 1, Bucket::COUNT);
        assert_eq!(Bucket::from_db(last.get() + 1), None);
        assert_eq!(Bucket::from_db(-1), None);
    }

    proptest! {
        #[test]
        fn the_middle_is_within_one_percent(value in 1i64..) {
            let middle = Bucket::of(value).twice_middle_uj();
            let error = (middle - 2 * i128::from(value)).abs();
            prop_assert!(error * 100 <= 2 * i128::from(value), "{value}: {middle}/2");
        }

        #[test]
        fn buckets_keep_the_order_of_amounts(one in 0i64.., other in 0i64..) {
            prop_assert_eq!(Bucket::of(one.min(other)) <= Bucket::of(one.max(other)), true);
        }
    }
}
