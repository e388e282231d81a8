//! Half-open intervals of UTC time.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};
use thiserror::Error;

/// `[from, to)` in UTC, both on the hour, because totals are kept by the hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    from: DateTime<Utc>,
    to: DateTime<Utc>,
}

/// Why two instants are not a period.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PeriodError {
    #[error("the period's end must be later than its beginning")]
    Empty,
    #[error("a period begins and ends on the hour (UTC)")]
    NotOnTheHour,
    #[error("a period is at most {days} days long here")]
    TooLong { days: i64 },
    #[error("must be a date (2025-10-01) or an instant on the hour with its zone (2025-10-01T06:00:00Z)")]
    NotAnInstant,
}

/// Longest period of one disclosure: a leap year.
const MAX_DAYS: i64 = 366;

impl Period {
    /// A period of at most 366 days.
    pub fn new(from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Period, PeriodError> {
        Period::of_at_most(MAX_DAYS, from, to)
    }

    /// A period of at most so many days, where it is not that of a disclosure.
    pub fn of_at_most(days: i64, from: DateTime<Utc>, to: DateTime<Utc>) -> Result<Period, PeriodError> {
        if from >= to {
            return Err(PeriodError::Empty);
        }
        if hour_of(from) != from || hour_of(to) != to {
            return Err(PeriodError::NotOnTheHour);
        }
        if to - from > TimeDelta::days(days) {
            return Err(PeriodError::TooLong { days });
        }
        Ok(Period { from, to })
    }

    /// How many calendar months (UTC) the period is made of, where it is made of whole ones.
    pub fn whole_months(self) -> Option<i32> {
        let begins_month = |at: DateTime<Utc>| at.day() == 1 && at.hour() == 0;
        let month = |at: DateTime<Utc>| at.year() * 12 + at.month() as i32;
        (begins_month(self.from) && begins_month(self.to)).then(|| month(self.to) - month(self.from))
    }

    /// The whole calendar months (UTC) that end at or before an instant: the last so many of them, in order.
    pub fn months_until(end: DateTime<Utc>, count: u32) -> Vec<Period> {
        let first_of = |date: NaiveDate| date.with_day(1).map(|date| date.and_time(NaiveTime::MIN).and_utc());
        let Some(last) = first_of(end.date_naive()) else { return Vec::new() };
        let begin = |back: u32| last.checked_sub_months(Months::new(back));
        (0..count)
            .rev()
            .filter_map(|back| Some(Period { from: begin(back + 1)?, to: begin(back)? }))
            .collect()
    }

    /// Reads two ends, each a date (its beginning in UTC) or an instant with its zone.
    pub fn parse(from: &str, to: &str) -> Result<Period, PeriodError> {
        Period::new(parse_end(from)?, parse_end(to)?)
    }

    pub fn from(self) -> DateTime<Utc> {
        self.from
    }

    /// The first instant that is no longer inside.
    pub fn to(self) -> DateTime<Utc> {
        self.to
    }

    pub fn hours(self) -> i64 {
        (self.to - self.from).num_hours()
    }

    /// The period in parts of so many days, at least one, in order and without gap or overlap.
    pub fn parts(self, days: i64) -> Vec<Period> {
        let length = TimeDelta::days(days.max(1));
        let beginnings = std::iter::successors(Some(self.from), |from| Some(*from + length));
        beginnings
            .take_while(|from| *from < self.to)
            .map(|from| Period { from, to: self.to.min(from + length) })
            .collect()
    }

    /// For people: whole days name their last day, other periods name hours.
    pub fn describe(self) -> String {
        let last_instant = self.to - TimeDelta::hours(1);
        if self.from.hour() == 0 && self.to.hour() == 0 {
            let (first, last) = (self.from.date_naive(), last_instant.date_naive());
            if first == last {
                return format!("{} (UTC)", day(first));
            }
            return format!("{} to {} (UTC)", day(first), day(last));
        }
        if self.from.date_naive() == self.to.date_naive() {
            return format!(
                "{}, {:02}:00 to {:02}:00 (UTC)",
                day(self.from.date_naive()),
                self.from.hour(),
                self.to.hour()
            );
        }
        format!(
            "{}, {:02}:00 to {}, {:02}:00 (UTC)",
            day(self.from.date_naive()),
            self.from.hour(),
            day(self.to.date_naive()),
            self.to.hour()
        )
    }
}

/// Reads one end of a period: a date (its beginning in UTC) or an instant with its zone.
pub fn parse_end(text: &str) -> Result<DateTime<Utc>, PeriodError> {
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Ok(beginning_of(date));
    }
    let instant = DateTime::parse_from_rfc3339(text).map_err(|_| PeriodError::NotAnInstant)?.to_utc();
    if hour_of(instant) == instant { Ok(instant) } else { Err(PeriodError::NotOnTheHour) }
}

/// The first instant of a UTC day.
pub fn beginning_of(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(chrono::NaiveTime::MIN).and_utc()
}

/// The first instant of the day after.
pub fn end_of(date: NaiveDate) -> DateTime<Utc> {
    beginning_of(date.succ_opt().unwrap_or(date))
}

/// How many hours a UTC year has.
pub fn hours_of_year(year: i32) -> i32 {
    let is_leap = NaiveDate::from_ymd_opt(year, 2, 29).is_some();
    if is_leap { 366 * 24 } else { 365 * 24 }
}

/// The beginning of the UTC hour that holds an instant.
pub fn hour_of(instant: DateTime<Utc>) -> DateTime<Utc> {
    let seconds = instant.timestamp();
    DateTime::from_timestamp(seconds - seconds.rem_euclid(3600), 0).unwrap_or(instant)
}

/// A date as people in the EU write it: 1 October 2025.
pub fn day(date: NaiveDate) -> String {
    format!("{} {} {}", date.day(), date.format("%B"), date.year())
}

/// Whole UTC days `[from, to)`, as many as one likes: when a declared value held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Days {
    from: NaiveDate,
    to: NaiveDate,
}

impl Days {
    /// `None` where the first day that is no longer inside does not follow the first that is.
    pub fn new(from: NaiveDate, to: NaiveDate) -> Option<Days> {
        (from < to).then_some(Days { from, to })
    }

    pub fn from(self) -> NaiveDate {
        self.from
    }

    /// The first day that is no longer inside.
    pub fn to(self) -> NaiveDate {
        self.to
    }

    /// How many days they are.
    pub fn count(self) -> i64 {
        (self.to - self.from).num_days()
    }
}

/// A UTC month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(NaiveDate);

impl Month {
    /// Reads `2025-10`.
    pub fn parse(text: &str) -> Option<Month> {
        let first = (text.len() == 7).then(|| format!("{text}-01"))?;
        parse_date(&first).map(Month)
    }

    /// The month that begins with this day; `None` where the day is another.
    pub fn beginning_on(first_day: NaiveDate) -> Option<Month> {
        (first_day.day() == 1).then_some(Month(first_day))
    }

    pub fn first_day(self) -> NaiveDate {
        self.0
    }

    /// The first instant of it and of the month after it.
    pub fn ends(self) -> (DateTime<Utc>, DateTime<Utc>) {
        let next = self.0.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX);
        (beginning_of(self.0), beginning_of(next))
    }

    /// The months that lie within a period as a whole, in order.
    pub fn within(period: Period) -> Vec<Month> {
        let first = period.from.date_naive().with_day(1).map(Month);
        let next = |month: &Month| month.0.checked_add_months(Months::new(1)).map(Month);
        let months = std::iter::successors(first, next).take_while(|month| month.ends().1 <= period.to);
        months.filter(|month| month.ends().0 >= period.from).collect()
    }
}

impl std::str::FromStr for Month {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Month, &'static str> {
        Month::parse(text).ok_or("must be a month such as 2025-10")
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

/// Reads a date as `2025-10-01`, with all its digits and none more.
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    // The parser takes more: a sign, and fewer digits.
    let is_plain = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    is_plain.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_four_and_two_digits() {
        assert_eq!(Month::parse("2025-10").unwrap().to_string(), "2025-10");
        for bad in ["2025-13", "2025-1", "25-10", "2025-10-01", "+025-10", "2025/10", "", "२०२५-१०"]
        {
            assert_eq!(Month::parse(bad), None, "{bad}");
        }
        assert_eq!(Month::beginning_on("2025-10-02".parse().unwrap()), None);
    }

    #[test]
    fn a_date_is_read_whole_or_not_at_all() {
        assert!(parse_date("2024-02-29").is_some());
        for bad in ["2025-02-29", "2025-2-01", "2025-02-01T", "2025-02-01 ", "20250-2-01", "-025-10-18"] {
            assert_eq!(parse_date(bad), None, "{bad}");
        }
        let day = |text| parse_date(text).unwrap();
        assert!(Days::new(day("2025-01-01"), day("2030-01-01")).is_some());
        assert_eq!(Days::new(day("2025-01-01"), day("2025-01-01")), None);
    }

    #[test]
    fn whole_days_name_their_last_day() {
        let october = Period::parse("2025-10-01", "2025-11-01").unwrap();
        assert_eq!(october.describe(), "1 October 2025 to 31 October 2025 (UTC)");
        assert_eq!(october.hours(), 744);
    }

    #[test]
    fn hours_are_named_where_the_period_is_not_of_whole_days() {
        let evening = Period::parse("2023-11-16T18:00:00Z", "2023-11-16T20:00:00Z").unwrap();
        assert_eq!(evening.describe(), "16 November 2023, 18:00 to 20:00 (UTC)");
    }

    #[test]
    fn a_leap_year_has_8784_hours_and_is_the_longest_period() {
        assert_eq!(Period::parse("2024-01-01", "2025-01-01").unwrap().hours(), 8784);
        assert_eq!(Period::parse("2023-12-31", "2025-01-01"), Err(PeriodError::TooLong { days: 366 }));
    }

    #[test]
    fn a_long_period_is_cut_without_gap_or_overlap() {
        let (from, to) = ("2022-12-31T23:00:00Z".parse().unwrap(), "2025-03-01T05:00:00Z".parse().unwrap());
        let parts = Period::of_at_most(1000, from, to).unwrap().parts(92);
        assert_eq!((parts[0].from(), parts.last().unwrap().to()), (from, to));
        assert!(parts.windows(2).all(|pair| pair[0].to() == pair[1].from()));
        assert!(parts.iter().all(|part| part.hours() <= 24 * 92));
        assert_eq!(parts.len(), 9);
        let quarter = Period::parse("2023-01-01", "2023-04-03").unwrap();
        assert_eq!(quarter.parts(92), [quarter]);
        assert_eq!(Period::parse("2023-01-01", "2023-04-03T01:00:00Z").unwrap().parts(92).len(), 2);
    }

    #[test]
    fn refuses_what_is_not_a_period() {
        assert_eq!(Period::parse("2025-10-01", "2025-10-01"), Err(PeriodError::Empty));
        assert_eq!(Period::parse("2025-10-01T00:30:00Z", "2025-10-02"), Err(PeriodError::NotOnTheHour));
        assert_eq!(Period::parse("2025-10-01T00:00:00", "2025-10-02"), Err(PeriodError::NotAnInstant));
    }
}
