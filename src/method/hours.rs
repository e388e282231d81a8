//! Location-based carbon by the hour of the day (UTC): when tasks ran decides which hours of the grid they drew from.

use super::figures::FIGURE_DECIMALS;
use super::normalise::ScaledCarbon;
use crate::domain::fact::HourOfDay;
use crate::units::Decimal;
use ethnum::I256;
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
pub(super) struct CarbonHours {
    hours: BTreeMap<HourOfDay, (ScaledCarbon, i128)>,
    /// Microjoules × intensity by hour that one factor still has to bring to the facility: days that follow each other
    /// mostly have it in common.
    weighted: [I256; 24],
    factor: I256,
}

impl CarbonHours {
    /// Adds completed tasks, and microjoules × micrograms per kilowatt-hour whose energy is multiplied by `factor` on
    /// its way to the facility.
    pub(super) fn add(&mut self, hour: HourOfDay, completed: i64, weighted: I256, factor: I256) {
        if self.factor != factor {
            self.settle();
            self.factor = factor;
        }
        self.weighted[usize::from(hour.get())] += weighted;
        self.hours.entry(hour).or_default().1 += i128::from(completed);
    }

    fn settle(&mut self) {
        for (hour, weighted) in HourOfDay::all().zip(&mut self.weighted) {
            if let Some((carbon, _)) = self.hours.get_mut(&hour) {
                carbon.add_weighted(*weighted, self.factor);
            }
            *weighted = I256::ZERO;
        }
    }

    /// The hours in which anything ran; their carbon adds up to `all`.
    pub(super) fn finish(mut self, all: ScaledCarbon) -> BTreeMap<HourOfDay, HourCarbon> {
        self.settle();
        let hour = |(carbon, completed): (ScaledCarbon, i128)| HourCarbon {
            completed,
            share: carbon.share_of(all),
            per_task_g: carbon.grams_per(completed, FIGURE_DECIMALS),
        };
        self.hours.into_iter().map(|(of, sum)| (of, hour(sum))).collect()
    }
}
