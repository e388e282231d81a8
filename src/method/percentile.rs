//! Percentiles of single tasks from histograms, by nearest rank.

use super::ScaledEnergy;

/// Tasks whose facility energy is taken as one value: the middle of a bucket, normalised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeightedValue {
    pub energy: ScaledEnergy,
    pub tasks: i64,
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
    let count: i128 = values.iter().map(|value| i128::from(value.tasks)).sum();
    if count == 0 {
        return None;
    }
    let largest = values.last()?.energy;
    let nearest = |percent: i64| {
        let rank = (i128::from(percent) * count + 99) / 100;
        let mut reached = 0;
        let found = values.iter().find(|value| {
            reached += i128::from(value.tasks);
            reached >= rank
        });
        found.map_or(largest, |value| value.energy)
    };
    Some(PERCENTILES.map(nearest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::totals::Bucket;
    use ethnum::I256;
    use proptest::prelude::*;

    fn weighted(value: i128, tasks: i64) -> WeightedValue {
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
