//! Dates and periods as a language writes them, for the languages that files are written in.

use crate::domain::period::{Days, Period};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc};

/// How one language writes dates.
#[derive(Debug)]
pub struct DateWords {
    /// The names of the months, as they stand within a date.
    pub months: [&'static str; 12],
    /// The same for narrow places.
    pub months_short: [&'static str; 12],
    /// What follows the number of the first day of a month, and of the others.
    pub after_day: [&'static str; 2],
    /// Between the two ends of a period, both of which are in it.
    pub to: &'static str,
    /// Before the first day that is no longer in a range of days.
    pub until_before: &'static str,
}

impl DateWords {
    /// 1 October 2025.
    pub fn day(&self, date: NaiveDate) -> String {
        let after = self.after_day[usize::from(date.day() != 1)];
        format!("{}{after} {} {}", date.day(), self.month_name(date), date.year())
    }

    /// October 2025.
    pub fn month(&self, date: NaiveDate) -> String {
        format!("{} {}", self.month_name(date), date.year())
    }

    /// The short name of a month.
    pub fn month_short(&self, date: NaiveDate) -> &'static str {
        self.months_short[date.month0() as usize]
    }

    /// Whole days name their last day, other periods name hours.
    pub fn period(&self, period: Period) -> String {
        let (from, to) = (period.from(), period.to());
        if from.hour() == 0 && to.hour() == 0 {
            let (first, last) = (from.date_naive(), (to - TimeDelta::hours(1)).date_naive());
            if first == last {
                return format!("{} (UTC)", self.day(first));
            }
            return format!("{} {} {} (UTC)", self.day(first), self.to, self.day(last));
        }
        format!("{} {} {} (UTC)", self.instant(from), self.to, self.instant(to))
    }

    /// The days of something declared.
    pub fn days(&self, days: Days) -> String {
        self.range(days.from(), days.to())
    }

    /// From a day until before another.
    pub fn range(&self, from: NaiveDate, before: NaiveDate) -> String {
        format!("{} {} {}", self.day(from), self.until_before, self.day(before))
    }

    fn instant(&self, at: DateTime<Utc>) -> String {
        format!("{}, {:02}:00", self.day(at.date_naive()), at.hour())
    }

    fn month_name(&self, date: NaiveDate) -> &'static str {
        self.months[date.month0() as usize]
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::period::Period;
    use crate::text::{Language, report};
    use chrono::NaiveDate;

    #[test]
    fn dates_are_written_as_each_language_writes_them() {
        for (language, first, second) in [
            (Language::English, "1 March 2025", "21 October 2025"),
            (Language::German, "1. März 2025", "21. Oktober 2025"),
            (Language::French, "1er mars 2025", "21 octobre 2025"),
        ] {
            let dates = &report(language).unwrap().dates;
            let day = |month, day| dates.day(NaiveDate::from_ymd_opt(2025, month, day).unwrap());
            assert_eq!([day(3, 1), day(10, 21)], [first, second]);
        }
    }

    #[test]
    fn a_period_names_its_last_day_and_hours_where_it_cuts_days() {
        let dates = &report(Language::German).unwrap().dates;
        let period = |from, to| dates.period(Period::parse(from, to).unwrap());
        assert_eq!(period("2025-01-01", "2026-01-01"), "1. Januar 2025 bis 31. Dezember 2025 (UTC)");
        assert_eq!(period("2025-01-01", "2025-01-02"), "1. Januar 2025 (UTC)");
        assert_eq!(
            period("2025-01-01T06:00:00Z", "2025-01-01T08:00:00Z"),
            "1. Januar 2025, 06:00 bis 1. Januar 2025, 08:00 (UTC)"
        );
    }
}
