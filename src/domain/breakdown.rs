//! Totals as anyone may ask for them: by windows of time and by what tasks are grouped by.

use super::ids::ProviderId;
use super::names::{Name, Slug};
use super::period::{Period, beginning_of, hour_of};
use super::terms::TaskType;
use super::totals::TaskCounts;
use crate::units::EnergyTotal;
use chrono::{DateTime, Datelike, Days, Months, TimeDelta, Utc};
use ethnum::I256;

super::terms::terms! {
    /// How long one window is; windows begin with the hour, day or month in UTC.
    WindowLength { Hour = "hour", Day = "day", Month = "month" }
}

impl WindowLength {
    /// The beginning of the window that holds an instant.
    pub fn beginning(self, at: DateTime<Utc>) -> DateTime<Utc> {
        let day = at.date_naive();
        match self {
            WindowLength::Hour => hour_of(at),
            WindowLength::Day => beginning_of(day),
            WindowLength::Month => beginning_of(day - Days::new(day.day0().into())),
        }
    }

    /// The beginning of the window that comes so many windows after the one that holds an instant.
    pub fn later(self, at: DateTime<Utc>, windows: u32) -> DateTime<Utc> {
        let first = self.beginning(at);
        let later = match self {
            WindowLength::Hour => first.checked_add_signed(TimeDelta::hours(windows.into())),
            WindowLength::Day => first.checked_add_signed(TimeDelta::days(windows.into())),
            WindowLength::Month => first.checked_add_months(Months::new(windows)),
        };
        later.unwrap_or(DateTime::<Utc>::MAX_UTC)
    }
}

super::terms::terms! {
    /// What totals may be grouped by, in the order in which rows are sorted.
    GroupColumn {
        Service = "service",
        Model = "model",
        Site = "site",
        TaskType = "task_type",
        Boundary = "boundary",
        Evidence = "evidence",
        /// Empty where not stated.
        Accelerator = "accelerator",
        /// `unstated` where not stated.
        Place = "place",
        CountedFrom = "counted_from",
    }
}

/// Which totals are wanted. Names that are `None` leave everything in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    pub provider: ProviderId,
    pub period: Period,
    pub window: WindowLength,
    /// Each column at most once, in the order of [`GroupColumn::ALL`].
    pub group_by: Vec<GroupColumn>,
    pub service: Option<Slug>,
    pub model: Option<Name>,
    pub site: Option<Name>,
    pub task_type: Option<TaskType>,
}

/// Where a row stands; rows are sorted by it, and no two are the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowKey {
    /// The beginning of the whole window, which may lie before that of the period.
    pub window_from: DateTime<Utc>,
    /// One for each of [`GroupColumn::ALL`], empty where it is not grouped by; then the kind of step or
    /// unit, or nothing.
    pub columns: Vec<String>,
}

/// Texts of a [`RowKey`].
pub const KEY_COLUMNS: usize = GroupColumn::ALL.len() + 1;

/// What is added up of the tasks of one row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskSums {
    pub tasks: TaskCounts,
    pub energy: EnergyTotal,
    /// Σ of the squares of each task's energy, in µJ².
    pub energy_squared_uj2: I256,
    pub input_tokens: i128,
    pub output_tokens: i128,
    pub cached_tokens: i128,
    pub reasoning_tokens: i128,
    pub accelerator_us: i128,
    /// Energy of the records that state their output tokens.
    pub output_tokens_energy: EnergyTotal,
    /// Tasks of windows that state no sum of squares, and completed tasks of those without a histogram.
    pub tasks_without_squares: i64,
    pub tasks_without_histogram: i64,
}

/// What is added up of one kind of step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageSums {
    pub steps: i128,
    pub energy: EnergyTotal,
    /// The part of it that calls used which were made again.
    pub retry_energy: EnergyTotal,
}

/// What is added up of one natural unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartSums {
    /// The amount in the unit.
    pub amount: i128,
    pub energy: EnergyTotal,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_begin_and_end_in_utc() {
        let at: DateTime<Utc> = "2024-02-29T13:45:10Z".parse().unwrap();
        for (window, from, to) in [
            (WindowLength::Hour, "2024-02-29T13:00:00Z", "2024-02-29T14:00:00Z"),
            (WindowLength::Day, "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"),
            (WindowLength::Month, "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"),
        ] {
            assert_eq!(window.beginning(at), from.parse::<DateTime<Utc>>().unwrap());
            assert_eq!(window.later(at, 1), to.parse::<DateTime<Utc>>().unwrap());
        }
    }
}
