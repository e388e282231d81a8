//! The clocks of a zone: its time zone, and which UTC hours one of its days has.

use crate::domain::period::{Period, hour_of};
use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;

const TIME_ZONES: &str = include_str!("../../data/zones/time_zones.csv");

/// Years for which the rules of clocks are known here. Later days would have no clock changes.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2099;
/// Clocks skip less than this at once, but for islands that changed sides of the date line, which lost a day.
const LONGEST_GAP_HOURS: usize = 24;

#[derive(Deserialize)]
struct Row {
    zone: String,
    time_zone: String,
}

static OF_ZONES: LazyLock<HashMap<String, Tz>> = LazyLock::new(|| {
    let rows = csv::Reader::from_reader(TIME_ZONES.as_bytes()).into_deserialize();
    // A test reads the file, so a row that does not fit cannot ship.
    rows.map(|row| {
        let Row { zone, time_zone } = row.expect("a built-in row fits its columns");
        (zone, time_zone.parse().expect("a built-in time zone"))
    })
    .collect()
});

/// The time zone of a zone. `None` where the zone has several, or where no reference says which it has: it is
/// not guessed.
pub fn time_zone_of(zone: &str) -> Option<Tz> {
    OF_ZONES.get(zone).copied()
}

/// The UTC hours that begin within a day of a time zone: 24, but 23 or 25 where its clocks change. Every UTC
/// hour is of exactly one day. `None` for a day that there was not, and for years that are not known here.
pub fn hours_of_day(time_zone: Tz, date: NaiveDate) -> Option<Period> {
    if !YEARS.contains(&date.year()) {
        return None;
    }
    let next = beginning_of(time_zone, date.succ_opt()?)?;
    Period::new(hour_from(beginning_of(time_zone, date)?), hour_from(next)).ok()
}

/// The first instant of a day. Where clocks are put forward at midnight, the day begins later.
fn beginning_of(time_zone: Tz, date: NaiveDate) -> Option<DateTime<Utc>> {
    const QUARTER: TimeDelta = TimeDelta::minutes(15);
    let midnight = date.and_time(NaiveTime::MIN);
    (0..=4 * LONGEST_GAP_HOURS)
        .scan(midnight, |local, _| {
            let tried = *local;
            *local += QUARTER;
            Some(tried)
        })
        .find_map(|local| time_zone.from_local_datetime(&local).earliest())
        .map(|instant| instant.to_utc())
}

/// The first UTC hour that begins at an instant or after it.
fn hour_from(instant: DateTime<Utc>) -> DateTime<Utc> {
    match hour_of(instant) {
        hour if hour == instant => hour,
        hour => hour + TimeDelta::hours(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intensity::builtin;
    use chrono::Month;

    /// What EU law says, written down apart from any time zone data: Directive 2000/84/EC puts clocks forward
    /// at 01:00 UTC on the last Sunday of March, and back at 01:00 UTC on the last Sunday of October.
    fn last_sunday(year: i32, month: Month) -> NaiveDate {
        let last = NaiveDate::from_ymd_opt(year, month.number_from_month(), 31).unwrap();
        last - TimeDelta::days(last.weekday().num_days_from_sunday().into())
    }

    fn switch(year: i32, month: Month) -> DateTime<Utc> {
        last_sunday(year, month).and_hms_opt(1, 0, 0).unwrap().and_utc()
    }

    /// Midnight by the rule: hours before UTC in winter, one more in summer.
    fn midnight(date: NaiveDate, winter_hours: i64) -> DateTime<Utc> {
        let winter = date.and_time(NaiveTime::MIN).and_utc() - TimeDelta::hours(winter_hours);
        let summer = winter - TimeDelta::hours(1);
        let is_summer =
            summer >= switch(date.year(), Month::March) && summer < switch(date.year(), Month::October);
        if is_summer { summer } else { winter }
    }

    /// The members of the EU and the EEA, with the hours before UTC of their winter time, as their laws state.
    const WINTER_HOURS: &[(i64, &[&str])] = &[
        (0, &["IE", "PT"]),
        (
            1,
            &[
                "AT", "BE", "CZ", "DE", "DK", "ES", "FR", "HR", "HU", "IT", "LI", "LU", "MT", "NL", "NO",
                "PL", "SE", "SI", "SK",
            ],
        ),
        (2, &["BG", "CY", "EE", "FI", "GR", "LT", "LV", "RO"]),
    ];
    /// Parts of members with clocks of their own: Atlantic islands, and those off the coast of Africa.
    const ELSEWHERE: &[(&str, i64)] = &[("ES-CN", 0), ("PT-MA", 0)];

    /// Every zone of the EU and the EEA whose clocks follow the rule, with its winter time.
    fn zones_of_the_rule() -> Vec<(String, i64)> {
        let country = |zone: &str| {
            let found = WINTER_HOURS.iter().find(|(_, countries)| countries.contains(&zone));
            found.map(|(hours, _)| *hours)
        };
        let zones = builtin::zones().into_iter().map(|zone| zone.key);
        zones
            .filter_map(|key| {
                let elsewhere = ELSEWHERE.iter().find(|(prefix, _)| key.starts_with(prefix));
                let hours = elsewhere.map(|(_, hours)| *hours).or_else(|| country(&key[..2]))?;
                Some((key, hours))
            })
            .collect()
    }

    #[test]
    fn the_days_of_every_zone_of_the_eu_have_the_hours_that_the_law_gives_them_and_tile_the_years() {
        let zones = zones_of_the_rule();
        assert!(zones.len() > 50, "{}", zones.len());
        for (zone, winter_hours) in zones {
            let time_zone = time_zone_of(&zone).unwrap_or_else(|| panic!("{zone} has no time zone"));
            let mut date = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
            let mut end = midnight(date, winter_hours);
            while date.year() <= 2030 {
                let day = hours_of_day(time_zone, date).unwrap();
                assert_eq!((day.from(), day.to() > day.from()), (end, true), "{zone} {date}");
                let hours = if date == last_sunday(date.year(), Month::March) {
                    23
                } else if date == last_sunday(date.year(), Month::October) {
                    25
                } else {
                    24
                };
                assert_eq!(day.hours(), hours, "{zone} {date}");
                assert_eq!(day.from(), midnight(date, winter_hours), "{zone} {date}");
                end = day.to();
                date = date.succ_opt().unwrap();
            }
            assert_eq!(end, midnight(date, winter_hours), "{zone}");
        }
    }

    #[test]
    fn iceland_and_turkey_never_change_their_clocks() {
        for (zone, hours) in [("IS", 0), ("TR", 3)] {
            let mut date = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
            while date.year() <= 2030 {
                let day = hours_of_day(time_zone_of(zone).unwrap(), date).unwrap();
                let midnight = date.and_time(NaiveTime::MIN).and_utc() - TimeDelta::hours(hours);
                assert_eq!((day.from(), day.hours()), (midnight, 24), "{zone} {date}");
                date = date.succ_opt().unwrap();
            }
        }
    }

    #[test]
    fn the_time_zones_are_those_of_the_areas_of_entso_e() {
        for area in builtin::areas_of_entsoe() {
            // The name that IANA gave it in 2022; the clocks are the same.
            let expected = area.time_zone.replace("Europe/Kiev", "Europe/Kyiv");
            if !area.zone.is_empty() {
                assert_eq!(time_zone_of(&area.zone).unwrap().name(), expected, "{}", area.zone);
            }
        }
        assert_eq!(time_zone_of("UA").unwrap().name(), "Europe/Kyiv");
    }

    #[test]
    fn every_row_is_of_a_zone_and_zones_with_several_clocks_have_none() {
        let zones = builtin::zones();
        for zone in OF_ZONES.keys() {
            assert!(zones.iter().any(|known| known.key == *zone), "{zone}");
        }
        for zone in ["US", "CA", "RU", "AU", "US-CAL-CISO", "BR", "GL"] {
            assert_eq!(time_zone_of(zone), None, "{zone}");
        }
        for (zone, name) in [
            ("ES", "Europe/Madrid"),
            ("ES-CN-TE", "Atlantic/Canary"),
            ("ES-IB-MA", "Europe/Madrid"),
            ("PT", "Europe/Lisbon"),
            ("PT-MA", "Atlantic/Madeira"),
            ("SE-SE3", "Europe/Stockholm"),
        ] {
            assert_eq!(time_zone_of(zone).unwrap().name(), name, "{zone}");
        }
    }

    #[test]
    fn days_that_begin_late_half_past_or_not_at_all_are_told_as_they_were() {
        let day = |time_zone: Tz, date: &str| {
            hours_of_day(time_zone, date.parse().unwrap()).map(|day| {
                let hours = day.hours();
                format!("{} {hours}", day.from().format("%Y-%m-%dT%H:%MZ"))
            })
        };
        // Clocks go forward at midnight: the day begins at one o'clock.
        assert_eq!(day(Tz::Asia__Beirut, "2025-03-30").as_deref(), Some("2025-03-29T22:00Z 23"));
        // Clocks go back at midnight: the day before has 25 hours.
        assert_eq!(day(Tz::Asia__Beirut, "2025-10-25").as_deref(), Some("2025-10-24T21:00Z 25"));
        // UTC hours that begin half past.
        assert_eq!(day(Tz::Asia__Kolkata, "2025-03-30").as_deref(), Some("2025-03-29T19:00Z 24"));
        // Samoa went over the date line.
        assert_eq!(day(Tz::Pacific__Apia, "2011-12-30"), None);
        assert_eq!(day(Tz::Pacific__Apia, "2011-12-31").as_deref(), Some("2011-12-30T10:00Z 24"));
        assert_eq!(day(Tz::Europe__Berlin, "1999-12-31"), None);
        assert_eq!(day(Tz::Europe__Berlin, "2099-03-29").as_deref(), Some("2099-03-28T23:00Z 23"));
        assert_eq!(day(Tz::Europe__Berlin, "2100-01-01"), None);
    }
}
