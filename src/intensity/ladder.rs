//! The ladder: for a zone and an hour, the most exact value there is. The hour itself, then the
//! month, the year, an earlier year; then the same of the zone's parent. Nothing found is nothing:
//! missing is never zero.

use crate::db::zone::{self, ZoneParent};
use crate::db::{DbError, Pool, factor};
use crate::domain::factor::{GridFactor, HourIntensity, Rung};
use crate::domain::period::{Period, beginning_of, hour_of};
use crate::domain::terms::{Basis, Perimeter, Resolution};
use crate::units::{Decimal, Intensity};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use std::collections::{BTreeMap, HashMap};

/// How many years old a yearly value may be.
const MAX_AGE_YEARS: i32 = 3;

/// The factors of some zones and their parents, ready to be asked.
#[derive(Clone, Debug, Default)]
pub struct Ladder {
    factors: Vec<GridFactor>,
    by_zone: HashMap<String, ZoneFactors>,
    parents: HashMap<String, Vec<ZoneParent>>,
}

/// Indices of a zone's factors by resolution and beginning.
#[derive(Clone, Debug, Default)]
struct ZoneFactors {
    hours: BTreeMap<DateTime<Utc>, usize>,
    months: BTreeMap<DateTime<Utc>, usize>,
    years: BTreeMap<DateTime<Utc>, usize>,
}

impl Ladder {
    /// Reads what the ladder needs for these zones and this period.
    pub async fn load(
        pool: &Pool,
        zones: &[String],
        basis: Basis,
        perimeter: Perimeter,
        period: Period,
    ) -> Result<Ladder, DbError> {
        let parents = zone::parents(pool, zones).await?;
        let mut wanted: Vec<String> = zones.to_vec();
        wanted.extend(parents.iter().map(|around| around.parent.clone()));
        wanted.sort_unstable();
        wanted.dedup();
        let first_year = period.from().year() - MAX_AGE_YEARS;
        let earliest = NaiveDate::from_ymd_opt(first_year, 1, 1).map_or(period.from(), beginning_of);
        let factors = factor::candidates(pool, &wanted, basis, perimeter, period, earliest).await?;
        Ok(Ladder::new(factors, parents))
    }

    /// Of two values for the same zone and interval at the same resolution, the measured one is taken;
    /// of two alike, the one whose set was registered first, so that a later import does not change
    /// figures in silence.
    pub fn new(factors: Vec<GridFactor>, parents: Vec<ZoneParent>) -> Ladder {
        let mut factors = by_hour(factors);
        factors.sort_by_key(|factor| (factor.value.is_estimated, factor.set, factor.value.valid_from));
        let mut by_zone: HashMap<String, ZoneFactors> = HashMap::new();
        for (index, factor) in factors.iter().enumerate() {
            let zone = by_zone.entry(factor.value.zone.clone()).or_default();
            let series = match factor.resolution {
                Resolution::QuarterHour | Resolution::HalfHour | Resolution::Hour => &mut zone.hours,
                Resolution::Month => &mut zone.months,
                Resolution::Year => &mut zone.years,
            };
            series.entry(factor.value.valid_from).or_insert(index);
        }
        let mut around: HashMap<String, Vec<ZoneParent>> = HashMap::new();
        for parent in parents {
            around.entry(parent.zone.clone()).or_default().push(parent);
        }
        Ladder { factors, by_zone, parents: around }
    }

    /// The factor that an answer's index points at.
    pub fn factor(&self, index: usize) -> &GridFactor {
        &self.factors[index]
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
        let covering = |series: &BTreeMap<DateTime<Utc>, usize>| {
            let (_, index) = series.range(..=hour).next_back()?;
            (hour < self.factors[*index].value.valid_to).then_some(*index)
        };
        let hourly_rung = |index: &usize| {
            if self.factors[*index].value.is_estimated { Rung::HourlyEstimated } else { Rung::HourlyMeasured }
        };
        let (index, rung) = covering(&zone.hours)
            .map(|index| (index, hourly_rung(&index)))
            .or_else(|| Some((covering(&zone.months)?, Rung::Monthly)))
            .or_else(|| Some((covering(&zone.years)?, Rung::Annual)))
            .or_else(|| Some((self.earlier_year(zone, hour)?, Rung::EarlierAnnual)))?;
        Some(HourIntensity { intensity: self.factors[index].value.intensity, rung, factor: index })
    }

    fn earlier_year(&self, zone: &ZoneFactors, hour: DateTime<Utc>) -> Option<usize> {
        let (from, index) = zone.years.range(..=hour).next_back()?;
        (from.year() >= hour.year() - MAX_AGE_YEARS).then_some(*index)
    }
}

/// Values of quarter and half hours as one value an hour, because energy is counted by the hour: their mean
/// by time, rounded half to even to a microgram. An hour of which a part is missing has no value. It is
/// estimated where a part is, and its revision is the highest of its parts.
fn by_hour(factors: Vec<GridFactor>) -> Vec<GridFactor> {
    let is_part =
        |factor: &GridFactor| matches!(factor.resolution, Resolution::QuarterHour | Resolution::HalfHour);
    let (parts, mut whole): (Vec<GridFactor>, Vec<GridFactor>) = factors.into_iter().partition(is_part);
    let mut hours: BTreeMap<_, Vec<GridFactor>> = BTreeMap::new();
    for part in parts {
        let hour = hour_of(part.value.valid_from);
        hours.entry((part.set, part.value.zone.clone(), hour)).or_default().push(part);
    }
    whole.extend(hours.into_iter().filter_map(|((_, _, hour), parts)| hour_from(hour, &parts)));
    whole
}

fn hour_from(hour: DateTime<Utc>, parts: &[GridFactor]) -> Option<GridFactor> {
    let seconds = |part: &GridFactor| i128::from((part.value.valid_to - part.value.valid_from).num_seconds());
    let end = hour + TimeDelta::hours(1);
    let within = parts.iter().all(|part| part.value.valid_to <= end);
    // Parts of one set begin at different instants, so that together they fill the hour only without overlap.
    let covered: i128 = parts.iter().map(seconds).sum();
    if !within || covered != 3_600 {
        return None;
    }
    let sum: i128 =
        parts.iter().map(|part| i128::from(part.value.intensity.micrograms_per_kwh()) * seconds(part)).sum();
    let mean = Decimal::from_ratio(sum.into(), 3_600.into(), 0)?;
    let mut factor = parts.iter().max_by_key(|part| part.revision)?.clone();
    factor.value.valid_from = hour;
    factor.value.valid_to = end;
    factor.value.is_estimated = parts.iter().any(|part| part.value.is_estimated);
    factor.value.intensity = Intensity::from_micrograms_per_kwh(i64::try_from(mean.mantissa()).ok()?)?;
    Some(factor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::factor::FactorValue;
    use crate::domain::ids::FactorSetId;
    use crate::units::Intensity;

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn factor(set: i32, resolution: Resolution, zone: &str, from: &str, to: &str, grams: &str) -> GridFactor {
        GridFactor {
            set: FactorSetId::from_db(set),
            resolution,
            value: FactorValue {
                zone: zone.to_owned(),
                valid_from: instant(from),
                valid_to: instant(to),
                intensity: Intensity::parse_grams_per_kwh(grams).unwrap(),
                is_estimated: grams.ends_with('5'),
                estimation_method: String::new(),
            },
            revision: 1,
        }
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
    fn parts_of_an_hour_are_one_value_where_none_is_missing() {
        let quarter = |minute: u32, grams: &str| {
            let from = format!("2024-06-01T00:{minute:02}:00Z");
            let to = if minute == 45 {
                "2024-06-01T01:00:00Z".to_owned()
            } else {
                format!("2024-06-01T00:{:02}:00Z", minute + 15)
            };
            factor(1, Resolution::QuarterHour, "ES", &from, &to, grams)
        };
        let year = factor(2, Resolution::Year, "ES", "2024-01-01T00:00:00Z", "2025-01-01T00:00:00Z", "7");
        let mut parts =
            vec![quarter(0, "100.000001"), quarter(15, "100"), quarter(30, "102"), quarter(45, "102")];
        parts.push(year);
        let hour = instant("2024-06-01T00:00:00Z");
        let at = |parts: &[GridFactor]| {
            let ladder = Ladder::new(parts.to_vec(), Vec::new());
            ladder.at("ES", hour).map(|found| (found.intensity.micrograms_per_kwh(), found.rung))
        };
        assert_eq!(
            at(&parts),
            Some((101_000_000, Rung::HourlyMeasured)),
            "101.00000025 is rounded half to even"
        );
        parts[1].value.is_estimated = true;
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
