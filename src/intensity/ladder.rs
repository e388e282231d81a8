//! The ladder: for a zone and an hour, the most exact value there is. The hour itself, then the
//! month, the year, an earlier year; then the same of the zone's parent. Nothing found is nothing:
//! missing is never zero.

use crate::db::zone::{self, ZoneParent};
use crate::db::{DbError, Pool, factor};
use crate::domain::factor::{FactorIndex, FactorSeries, HourIntensity, Rung, SeriesValue};
use crate::domain::period::{Period, beginning_of, hour_of};
use crate::domain::terms::{Basis, FactorKind, Perimeter, Resolution};
use crate::units::{Decimal, Intensity};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use std::cmp::Reverse;
use std::collections::HashMap;

/// How many years old a yearly value may be.
pub const MAX_AGE_YEARS: i32 = 3;

/// The beginning of the earliest year whose value may be used in a period.
pub fn earliest_year(period: Period) -> DateTime<Utc> {
    let first_year = period.from().year() - MAX_AGE_YEARS;
    NaiveDate::from_ymd_opt(first_year, 1, 1).map_or(period.from(), beginning_of)
}

/// The factors of some zones and their parents, ready to be asked.
#[derive(Clone, Debug, Default)]
pub struct Ladder {
    series: Vec<FactorSeries>,
    by_zone: HashMap<String, ZoneFactors>,
    parents: HashMap<String, Vec<ZoneParent>>,
}

/// A zone's values by resolution: where each begins, once, and which it is.
#[derive(Clone, Debug, Default)]
struct ZoneFactors {
    hours: Vec<Step>,
    months: Vec<Step>,
    years: Vec<Step>,
}

type Step = (DateTime<Utc>, FactorIndex);

impl Ladder {
    /// Reads the average intensities that the ladder needs for these zones and this period.
    pub async fn load(
        pool: &Pool,
        zones: &[String],
        basis: Basis,
        perimeter: Perimeter,
        period: Period,
    ) -> Result<Ladder, DbError> {
        Ladder::load_kind(pool, zones, FactorKind::Average, basis, Some(perimeter), period).await
    }

    /// The same of residual mixes. A residual mix is of what is consumed without a certificate, so that no
    /// perimeter is asked for.
    pub async fn load_residual(
        pool: &Pool,
        zones: &[String],
        basis: Basis,
        period: Period,
    ) -> Result<Ladder, DbError> {
        Ladder::load_kind(pool, zones, FactorKind::Residual, basis, None, period).await
    }

    async fn load_kind(
        pool: &Pool,
        zones: &[String],
        kind: FactorKind,
        basis: Basis,
        perimeter: Option<Perimeter>,
        period: Period,
    ) -> Result<Ladder, DbError> {
        let parents = zone::parents(pool, zones).await?;
        let mut wanted: Vec<String> = zones.to_vec();
        wanted.extend(parents.iter().map(|around| around.parent.clone()));
        wanted.sort_unstable();
        wanted.dedup();
        let earliest = earliest_year(period);
        // The database reads many zones on two cores in half the time.
        let (first, second) = wanted.split_at(if wanted.len() < 8 { 0 } else { wanted.len() / 2 });
        let read = |zones| factor::series(pool, zones, kind, basis, perimeter, period, earliest);
        let (mut series, more) = if first.is_empty() {
            (read(second).await?, Vec::new())
        } else {
            tokio::try_join!(read(first), read(second))?
        };
        series.extend(more);
        Ok(Ladder::new(series, parents))
    }

    /// Puts series in order. Where several sets hold a value of one resolution for the same time, a measured
    /// one comes before an estimated one, then the set with the higher preference, then the one registered
    /// first.
    pub fn new(mut series: Vec<FactorSeries>, parents: Vec<ZoneParent>) -> Ladder {
        for one in &mut series {
            if matches!(one.resolution, Resolution::QuarterHour | Resolution::HalfHour) {
                one.values = by_hour(&one.values);
            }
        }
        let mut by_zone: HashMap<String, ZoneFactors> = HashMap::new();
        for (number, one) in series.iter().enumerate() {
            let zone = by_zone.entry(one.zone.clone()).or_default();
            let steps = match one.resolution {
                Resolution::QuarterHour | Resolution::HalfHour | Resolution::Hour => &mut zone.hours,
                Resolution::Month => &mut zone.months,
                Resolution::Year => &mut zone.years,
            };
            let indices = (0..one.values.len()).map(|value| FactorIndex { series: number, value });
            steps.extend(one.values.iter().map(|value| value.valid_from).zip(indices));
        }
        for zone in by_zone.values_mut() {
            for steps in [&mut zone.hours, &mut zone.months, &mut zone.years] {
                steps.sort_by_key(|(from, index)| {
                    let one = &series[index.series];
                    (*from, one.values[index.value].is_estimated, Reverse(one.preference), one.set)
                });
                steps.dedup_by_key(|(from, _)| *from);
            }
        }
        let mut around: HashMap<String, Vec<ZoneParent>> = HashMap::new();
        for parent in parents {
            around.entry(parent.zone.clone()).or_default().push(parent);
        }
        Ladder { series, by_zone, parents: around }
    }

    /// The value that an answer points at, and the series in which it stands.
    pub fn factor(&self, index: FactorIndex) -> (&FactorSeries, &SeriesValue) {
        let series = &self.series[index.series];
        (series, &series.values[index.value])
    }

    /// The value for one zone and hour; `None` where no rung has one.
    pub fn at(&self, zone: &str, hour: DateTime<Utc>) -> Option<HourIntensity> {
        let own = self.by_zone.get(zone).and_then(|factors| self.search(factors, hour));
        if own.is_some() {
            return own;
        }
        let around = self.parents.get(zone)?.iter();
        let parent = around.into_iter().find(|around| {
            around.valid_from <= hour && around.valid_to.is_none_or(|valid_to| hour < valid_to)
        })?;
        let found = self.at(&parent.parent, hour)?;
        Some(HourIntensity { rung: Rung::ParentZone, ..found })
    }

    fn search(&self, zone: &ZoneFactors, hour: DateTime<Utc>) -> Option<HourIntensity> {
        let value = |index: FactorIndex| &self.series[index.series].values[index.value];
        let covering = |steps: &[Step]| {
            let (_, index) = last_until(steps, hour)?;
            (hour < value(index).valid_to).then_some(index)
        };
        let hourly_rung = |index: FactorIndex| {
            if value(index).is_estimated { Rung::HourlyEstimated } else { Rung::HourlyMeasured }
        };
        let (factor, rung) = covering(&zone.hours)
            .map(|index| (index, hourly_rung(index)))
            .or_else(|| Some((covering(&zone.months)?, Rung::Monthly)))
            .or_else(|| Some((covering(&zone.years)?, Rung::Annual)))
            .or_else(|| Some((earlier_year(&zone.years, hour)?, Rung::EarlierAnnual)))?;
        Some(HourIntensity { intensity: value(factor).intensity, rung, factor })
    }
}

fn last_until(steps: &[Step], hour: DateTime<Utc>) -> Option<Step> {
    let until = steps.partition_point(|(from, _)| *from <= hour);
    steps[..until].last().copied()
}

fn earlier_year(years: &[Step], hour: DateTime<Utc>) -> Option<FactorIndex> {
    let (from, index) = last_until(years, hour)?;
    (from.year() >= hour.year() - MAX_AGE_YEARS).then_some(index)
}

/// Values of quarter and half hours as one value an hour, because energy is counted by the hour: their mean
/// by time, rounded half to even to a microgram. An hour of which a part is missing has no value. It is
/// estimated where a part is, and its revision is the highest of its parts.
fn by_hour(parts: &[SeriesValue]) -> Vec<SeriesValue> {
    let hours = parts.chunk_by(|one, next| hour_of(one.valid_from) == hour_of(next.valid_from));
    hours.filter_map(hour_from).collect()
}

fn hour_from(parts: &[SeriesValue]) -> Option<SeriesValue> {
    let seconds = |part: &SeriesValue| i128::from((part.valid_to - part.valid_from).num_seconds());
    let valid_from = hour_of(parts.first()?.valid_from);
    let valid_to = valid_from + TimeDelta::hours(1);
    let within = parts.iter().all(|part| part.valid_to <= valid_to);
    // Parts of one set begin at different instants, so that together they fill the hour only without overlap.
    let covered: i128 = parts.iter().map(seconds).sum();
    if !within || covered != 3_600 {
        return None;
    }
    let sum: i128 =
        parts.iter().map(|part| i128::from(part.intensity.micrograms_per_kwh()) * seconds(part)).sum();
    let mean = Decimal::from_ratio(sum.into(), 3_600.into(), 0)?;
    Some(SeriesValue {
        valid_from,
        valid_to,
        intensity: Intensity::from_micrograms_per_kwh(i64::try_from(mean.mantissa()).ok()?)?,
        revision: parts.iter().map(|part| part.revision).max()?,
        is_estimated: parts.iter().any(|part| part.is_estimated),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::FactorSetId;

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn factor(
        set: i32,
        resolution: Resolution,
        zone: &str,
        from: &str,
        to: &str,
        grams: &str,
    ) -> FactorSeries {
        let value = SeriesValue {
            valid_from: instant(from),
            valid_to: instant(to),
            intensity: Intensity::parse_grams_per_kwh(grams).unwrap(),
            revision: 1,
            is_estimated: grams.ends_with('5'),
        };
        let set = FactorSetId::from_db(set);
        FactorSeries { set, resolution, preference: 0, zone: zone.to_owned(), values: vec![value] }
    }

    fn ladder() -> Ladder {
        let parent = |zone: &str, parent: &str, from: &str, to: Option<&str>| ZoneParent {
            zone: zone.to_owned(),
            parent: parent.to_owned(),
            valid_from: instant(from),
            valid_to: to.map(instant),
        };
        Ladder::new(
            vec![
                factor(1, Resolution::Year, "SE", "2022-01-01T00:00:00Z", "2023-01-01T00:00:00Z", "22"),
                factor(1, Resolution::Year, "SE", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z", "24"),
                factor(2, Resolution::Month, "SE", "2024-06-01T00:00:00Z", "2024-07-01T00:00:00Z", "20"),
                factor(3, Resolution::Hour, "SE", "2024-06-01T00:00:00Z", "2024-06-01T01:00:00Z", "0"),
                factor(3, Resolution::Hour, "SE", "2024-06-01T01:00:00Z", "2024-06-01T02:00:00Z", "15"),
                factor(4, Resolution::Hour, "SE", "2024-06-01T02:00:00Z", "2024-06-01T03:00:00Z", "25"),
                factor(5, Resolution::Hour, "SE", "2024-06-01T02:00:00Z", "2024-06-01T03:00:00Z", "99"),
                factor(6, Resolution::Hour, "SE", "2024-06-01T02:00:00Z", "2024-06-01T03:00:00Z", "98"),
            ],
            vec![
                parent("SE-SE1", "SE", "2000-01-01T00:00:00Z", None),
                parent("SE-SE9", "FR", "2000-01-01T00:00:00Z", Some("2024-07-01T00:00:00Z")),
                parent("SE-SE9", "SE", "2024-07-01T00:00:00Z", None),
            ],
        )
    }

    fn found(zone: &str, hour: &str) -> Option<(i64, Rung)> {
        ladder()
            .at(zone, instant(hour))
            .map(|found| (found.intensity.micrograms_per_kwh() / 1_000_000, found.rung))
    }

    #[test]
    fn the_first_rung_with_a_value_wins() {
        // A genuine zero is a value.
        assert_eq!(found("SE", "2024-06-01T00:00:00Z"), Some((0, Rung::HourlyMeasured)));
        assert_eq!(found("SE", "2024-06-01T01:00:00Z"), Some((15, Rung::HourlyEstimated)));
        // Measured before estimated, whichever set came first; of two measured, the earlier set.
        assert_eq!(found("SE", "2024-06-01T02:00:00Z"), Some((99, Rung::HourlyMeasured)));
        assert_eq!(found("SE", "2024-06-01T03:00:00Z"), Some((20, Rung::Monthly)));
        assert_eq!(found("SE", "2024-07-01T00:00:00Z"), Some((24, Rung::Annual)));
    }

    #[test]
    fn an_earlier_year_is_at_most_three_years_old() {
        assert_eq!(found("SE", "2023-05-01T00:00:00Z"), Some((22, Rung::EarlierAnnual)));
        assert_eq!(found("SE", "2027-12-31T23:00:00Z"), Some((24, Rung::EarlierAnnual)));
        assert_eq!(found("SE", "2028-01-01T00:00:00Z"), None);
        // A later year says nothing about an earlier one.
        assert_eq!(found("SE", "2021-12-31T23:00:00Z"), None);
    }

    #[test]
    fn a_bidding_zone_falls_back_to_its_country_and_says_so() {
        assert_eq!(found("SE-SE1", "2024-07-01T00:00:00Z"), Some((24, Rung::ParentZone)));
        assert_eq!(found("SE-SE1", "2028-01-01T00:00:00Z"), None);
    }

    #[test]
    fn a_zone_that_moved_falls_back_to_what_was_around_it_at_that_hour() {
        assert_eq!(found("SE-SE9", "2024-06-30T23:00:00Z"), None);
        assert_eq!(found("SE-SE9", "2024-07-01T00:00:00Z"), Some((24, Rung::ParentZone)));
    }

    #[test]
    fn of_sets_with_a_value_of_one_rung_the_preferred_one_wins() {
        let hour = "2024-06-01T00:00:00Z";
        let set = |set: i32, preference: i16, grams: &str| FactorSeries {
            preference,
            ..factor(set, Resolution::Hour, "SE", hour, "2024-06-01T01:00:00Z", grams)
        };
        let grams = |series: Vec<FactorSeries>| {
            let found = Ladder::new(series, Vec::new()).at("SE", instant(hour)).unwrap();
            found.intensity.micrograms_per_kwh() / 1_000_000
        };
        assert_eq!(grams(vec![set(1, 0, "1"), set(2, 0, "2"), set(3, 0, "3")]), 1);
        assert_eq!(grams(vec![set(1, -1, "1"), set(2, 7, "2"), set(3, 0, "3")]), 2);
        // An estimate is never preferred to a measured value.
        assert_eq!(grams(vec![set(1, 0, "1"), set(2, 7, "25"), set(3, 1, "3")]), 3);
    }

    #[test]
    fn parts_of_an_hour_are_one_value_where_none_is_missing() {
        let quarter = |minute: i64, grams: &str| SeriesValue {
            valid_from: instant("2024-06-01T00:00:00Z") + TimeDelta::minutes(minute),
            valid_to: instant("2024-06-01T00:15:00Z") + TimeDelta::minutes(minute),
            intensity: Intensity::parse_grams_per_kwh(grams).unwrap(),
            revision: 1,
            is_estimated: false,
        };
        let year = factor(2, Resolution::Year, "ES", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z", "7");
        let mut parts =
            vec![quarter(0, "100.000001"), quarter(15, "100"), quarter(30, "102"), quarter(45, "102")];
        let hour = instant("2024-06-01T00:00:00Z");
        let at = |parts: &[SeriesValue]| {
            let quarters =
                FactorSeries { resolution: Resolution::QuarterHour, values: parts.to_vec(), ..year.clone() };
            let ladder = Ladder::new(vec![quarters, year.clone()], Vec::new());
            ladder.at("ES", hour).map(|found| (found.intensity.micrograms_per_kwh(), found.rung))
        };
        assert_eq!(
            at(&parts),
            Some((101_000_000, Rung::HourlyMeasured)),
            "101.00000025 is rounded half to even"
        );
        parts[1].is_estimated = true;
        assert_eq!(at(&parts), Some((101_000_000, Rung::HourlyEstimated)));
        parts.remove(2);
        assert_eq!(at(&parts), Some((7_000_000, Rung::Annual)));
    }

    #[test]
    fn missing_is_never_zero() {
        assert_eq!(found("FR", "2024-06-01T00:00:00Z"), None);
        assert_eq!(found("XX", "2024-06-01T00:00:00Z"), None);
    }
}
