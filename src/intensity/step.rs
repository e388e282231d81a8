//! How long one value of a series holds.

use chrono::{DateTime, Datelike, Months, TimeDelta, Timelike, Utc};

/// The length of the intervals of a series; months and years are of the calendar (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// 5, 15, 30 or 60.
    Minutes(u8),
    Day,
    Month,
    Year,
}

impl Step {
    pub const HOUR: Step = Step::Minutes(60);

    /// The end of the interval that begins here; `None` where none does.
    pub fn end(self, from: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let is_whole = |seconds: i64| from.timestamp() % seconds == 0 && from.nanosecond() == 0;
        let begins_day = is_whole(86_400);
        match self {
            Step::Minutes(minutes) => {
                let length = i64::from(minutes) * 60;
                is_whole(length).then(|| from.checked_add_signed(TimeDelta::seconds(length)))?
            }
            Step::Day => begins_day.then(|| from.checked_add_signed(TimeDelta::days(1)))?,
            Step::Month => {
                (begins_day && from.day() == 1).then(|| from.checked_add_months(Months::new(1)))?
            }
            Step::Year => {
                (begins_day && from.ordinal() == 1).then(|| from.checked_add_months(Months::new(12)))?
            }
        }
    }

    /// The step of a length of time.
    pub fn of_length(length: TimeDelta) -> Option<Step> {
        match (length.num_seconds(), length.num_days()) {
            (300, _) => Some(Step::Minutes(5)),
            (900, _) => Some(Step::Minutes(15)),
            (1_800, _) => Some(Step::Minutes(30)),
            (3_600, _) => Some(Step::HOUR),
            (86_400, _) => Some(Step::Day),
            (seconds, 28..=31) if seconds % 86_400 == 0 => Some(Step::Month),
            (seconds, 365 | 366) if seconds % 86_400 == 0 => Some(Step::Year),
            _ => None,
        }
    }

    /// The smallest distance of two times that are not the same; gaps make distances larger, never smaller.
    pub fn smallest_distance(times: impl IntoIterator<Item = DateTime<Utc>>) -> Option<TimeDelta> {
        let mut times: Vec<DateTime<Utc>> = times.into_iter().collect();
        times.sort_unstable();
        times.dedup();
        times.windows(2).map(|pair| pair[1] - pair[0]).min()
    }

    /// For messages: what an interval begins.
    pub fn name(self) -> &'static str {
        match self {
            Step::Minutes(5) => "five minutes",
            Step::Minutes(15) => "a quarter of an hour",
            Step::Minutes(30) => "half an hour",
            Step::Minutes(_) => "an hour",
            Step::Day => "a day (UTC)",
            Step::Month => "a month (UTC)",
            Step::Year => "a year (UTC)",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn months_and_years_are_of_the_calendar() {
        for (step, from, to) in [
            (Step::Minutes(15), "2025-01-01T00:15:00Z", Some("2025-01-01T00:30:00Z")),
            (Step::Minutes(30), "2025-01-01T00:15:00Z", None),
            (Step::HOUR, "2025-03-30T01:00:00Z", Some("2025-03-30T02:00:00Z")),
            (Step::HOUR, "2025-03-30T01:00:00.5Z", None),
            (Step::Day, "2025-03-30T00:00:00Z", Some("2025-03-31T00:00:00Z")),
            (Step::Day, "2025-03-29T23:00:00Z", None),
            (Step::Month, "2024-02-01T00:00:00Z", Some("2024-03-01T00:00:00Z")),
            (Step::Month, "2024-02-02T00:00:00Z", None),
            (Step::Year, "2024-01-01T00:00:00Z", Some("2025-01-01T00:00:00Z")),
            (Step::Year, "2024-02-01T00:00:00Z", None),
        ] {
            assert_eq!(step.end(at(from)), to.map(at), "{step:?} {from}");
        }
    }

    #[test]
    fn gaps_do_not_hide_the_step() {
        let times = ["2025-01-01T05:00:00Z", "2025-01-01T00:00:00Z", "2025-01-01T04:00:00Z"].map(at);
        let distance = Step::smallest_distance(times).unwrap();
        assert_eq!(Step::of_length(distance), Some(Step::HOUR));
        assert_eq!(Step::smallest_distance([times[0], times[0]]), None);
        assert_eq!(Step::of_length(TimeDelta::hours(7)), None);
        assert_eq!(Step::of_length(TimeDelta::days(31)), Some(Step::Month));
        assert_eq!(Step::of_length(TimeDelta::days(366)), Some(Step::Year));
        assert_eq!(Step::of_length(TimeDelta::days(30) + TimeDelta::hours(1)), None);
    }
}
