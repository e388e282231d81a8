//! Percentiles of single tasks from histograms, by nearest rank.

use super::ScaledEnergy;
use crate::domain::totals::Bucket;
use crate::units::divide_half_even;
use ethnum::I256;
use std::collections::BTreeMap;

/// Completed tasks by what their energy is multiplied by on its way to the facility (in 10⁻¹⁸) and by the bucket of
/// their energy within their own boundary: days and groups that have the factor in common are counted together.
#[derive(Clone, Debug, Default)]
pub(super) struct Histogram(BTreeMap<I256, BTreeMap<Bucket, i128>>);

impl Histogram {
    pub(super) fn add(&mut self, factor: I256, bucket: Bucket, tasks: i128) {
        *self.0.entry(factor).or_default().entry(bucket).or_default() += tasks;
    }

    /// Adds what was counted for one factor.
    pub(super) fn add_counted(&mut self, factor: I256, counted: &mut Counted) {
        let buckets = self.0.entry(factor).or_default();
        for (bucket, tasks) in counted.take() {
            *buckets.entry(bucket).or_default() += tasks;
        }
    }

    pub(super) fn merge(&mut self, other: &Histogram) {
        for (factor, buckets) in &other.0 {
            for (bucket, tasks) in buckets {
                self.add(*factor, *bucket, *tasks);
            }
        }
    }

    /// The middle of every bucket at the facility, rounded half to even at 10⁻¹⁸ µJ.
    pub(super) fn values(&self) -> Vec<WeightedValue> {
        let value = |factor: &I256, bucket: &Bucket, tasks: &i128| {
            // Half of a number is always there.
            let middle = divide_half_even(I256::new(bucket.twice_middle_uj()) * factor, I256::new(2));
            WeightedValue { energy: ScaledEnergy::from_raw(middle.unwrap_or_default()), tasks: *tasks }
        };
        let all = self.0.iter();
        all.flat_map(|(factor, buckets)| {
            buckets.iter().map(move |(bucket, tasks)| value(factor, bucket, tasks))
        })
        .collect()
    }
}

/// Tasks by bucket, with a place for every bucket that there is: many days are counted in it before what they come to is
/// put into a histogram.
#[derive(Debug)]
pub(super) struct Counted {
    tasks: Vec<i128>,
    /// The places that are in use.
    used: Option<(usize, usize)>,
}

impl Counted {
    pub(super) fn new() -> Counted {
        Counted { tasks: vec![0; Bucket::COUNT], used: None }
    }

    pub(super) fn add(&mut self, bucket: Bucket, tasks: i64) {
        // Numbers of buckets are never negative.
        let place = usize::try_from(bucket.get()).unwrap_or_default();
        self.tasks[place] += i128::from(tasks);
        let (first, last) = self.used.unwrap_or((place, place));
        self.used = Some((first.min(place), last.max(place)));
    }

    /// What was counted, in order; nothing is left.
    fn take(&mut self) -> impl Iterator<Item = (Bucket, i128)> + '_ {
        let (first, end) = self.used.take().map_or((0, 0), |(first, last)| (first, last + 1));
        self.tasks[first..end].iter_mut().zip(first..).filter_map(|(tasks, place)| {
            let bucket = Bucket::from_db(i16::try_from(place).ok()?)?;
            Some((bucket, std::mem::take(tasks))).filter(|(_, tasks)| *tasks != 0)
        })
    }
}

/// Tasks whose facility energy is taken as one value: the middle of a bucket, normalised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeightedValue {
    pub energy: ScaledEnergy,
    pub tasks: i128,
}

/// The percentiles that a disclosure states, in per cent.
pub const PERCENTILES: [i64; 5] = [10, 50, 90, 95, 99];

/// The most that a percentile may be off from what sorting every task would give, as a share of it. The buckets of
/// [`crate::domain::totals::Bucket`] keep it, which a test holds against this.
pub const MAX_ERROR_PPM: i64 = 10_000;

/// The nearest-rank percentiles of [`PERCENTILES`]: the smallest value with at least p % of the tasks
/// at or below it. `None` where there are no tasks.
///
/// The relative error is that of the buckets, below [`MAX_ERROR_PPM`].
pub fn percentiles(mut values: Vec<WeightedValue>) -> Option<[ScaledEnergy; 5]> {
    values.sort_unstable_by_key(|value| value.energy);
    let count: i128 = values.iter().map(|value| value.tasks).sum();
    if count == 0 {
        return None;
    }
    let largest = values.last()?.energy;
    let nearest = |percent: i64| {
        let rank = (i128::from(percent) * count + 99) / 100;
        let mut reached = 0;
        let found = values.iter().find(|value| {
            reached += value.tasks;
            reached >= rank
        });
        found.map_or(largest, |value| value.energy)
    };
    Some(PERCENTILES.map(nearest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn weighted(value: i128, tasks: i128) -> WeightedValue {
        WeightedValue { energy: ScaledEnergy::from_raw(I256::new(value)), tasks }
    }

    fn raw(values: Vec<WeightedValue>) -> Option<[i128; 5]> {
        percentiles(values).map(|all| all.map(|energy| i128::try_from(energy.raw()).unwrap()))
    }

    #[test]
    fn nearest_rank_of_one_to_a_hundred_is_the_percentage() {
        let values = (1..=100).rev().map(|value| weighted(value, 1)).collect();
        assert_eq!(raw(values), Some([10, 50, 90, 95, 99]));
    }

    #[test]
    fn no_tasks_have_no_percentiles() {
        assert_eq!(raw(vec![]), None);
        assert_eq!(raw(vec![weighted(5, 0)]), None);
    }

    #[test]
    fn one_task_is_every_percentile() {
        assert_eq!(raw(vec![weighted(7, 1)]), Some([7; 5]));
    }

    #[test]
    fn buckets_of_one_factor_are_counted_together_and_brought_to_the_facility() {
        let (factor, other) = (I256::new(3), I256::new(5));
        let mut histogram = Histogram::default();
        histogram.add(factor, Bucket::of(7), 2);
        let mut more = Histogram::default();
        more.add(factor, Bucket::of(7), 4);
        more.add(other, Bucket::of(7), 1);
        more.add(factor, Bucket::of(128), 1);
        histogram.merge(&more);
        // The bucket of 128 and 129 has its middle at 128.5: times three it is 385.5, and the even neighbour is 386.
        assert_eq!(histogram.values(), [weighted(21, 6), weighted(386, 1), weighted(35, 1)]);
    }

    proptest! {
        #[test]
        fn a_percentile_from_buckets_is_within_one_percent_of_the_sorted_tasks(
            mut energies in prop::collection::vec(1i64..1_000_000_000_000, 1..400)
        ) {
            let values = energies
                .iter()
                .map(|energy| weighted(Bucket::of(*energy).twice_middle_uj(), 1))
                .collect();
            let estimated = raw(values).unwrap();
            energies.sort_unstable();
            for (percent, estimate) in PERCENTILES.iter().zip(estimated) {
                let rank = (*percent as usize * energies.len()).div_ceil(100);
                let exact = 2 * i128::from(energies[rank - 1]);
                prop_assert!((estimate - exact).abs() * 1_000_000 <= exact * i128::from(MAX_ERROR_PPM));
            }
        }
    }
}
