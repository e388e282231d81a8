//! Location-based carbon by the hour of the day (UTC): when tasks ran decides which hours of the grid they drew from.

use super::figures::FIGURE_DECIMALS;
use super::normalise::ScaledCarbon;
use crate::domain::fact::HourOfDay;
use crate::units::Decimal;
use std::collections::BTreeMap;

/// What tasks of one hour of the day emitted, over all days and sites of the period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HourCarbon {
    pub completed: i128,
    /// Share of the location-based carbon of all tasks, with six decimals; `None` where all of it is zero.
    pub share: Option<Decimal>,
    /// Grams, divided by the tasks completed in the hour; `None` where none was.
    pub per_task_g: Option<Decimal>,
}

/// Sums by hour of the day, before any division.
#[derive(Debug, Default)]
pub(super) struct CarbonHours(BTreeMap<HourOfDay, (ScaledCarbon, i128)>);

impl CarbonHours {
    pub(super) fn add(&mut self, hour: HourOfDay, carbon: ScaledCarbon, completed: i64) {
        let sum = self.0.entry(hour).or_default();
        sum.0.merge(carbon);
        sum.1 += i128::from(completed);
    }

    /// The hours in which anything ran; their carbon adds up to `all`.
    pub(super) fn finish(self, all: ScaledCarbon) -> BTreeMap<HourOfDay, HourCarbon> {
        let hour = |(carbon, completed): (ScaledCarbon, i128)| HourCarbon {
            completed,
            share: carbon.share_of(all),
            per_task_g: carbon.grams_per(completed, FIGURE_DECIMALS),
        };
        self.0.into_iter().map(|(of, sum)| (of, hour(sum))).collect()
    }
}
