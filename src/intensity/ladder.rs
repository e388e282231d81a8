//! The ladder: for a zone and an hour, the most exact value there is. The hour itself, then the
//! month, the year, an earlier year; then the same of the zone's parent. Nothing found is nothing:
//! missing is never zero.

use crate::db::registry::Zone;
use crate::db::{DbError, Pool, factor, registry};
use crate::domain::factor::{GridFactor, HourIntensity, Rung};
use crate::domain::period::{Period, beginning_of};
use crate::domain::terms::{Basis, Perimeter, Resolution};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use std::collections::{BTreeMap, HashMap};

/// How many years old a yearly value may be.
const MAX_AGE_YEARS: i32 = 3;

/// The factors of some zones and their parents, ready to be asked.
#[derive(Clone, Debug, Default)]
pub struct Ladder {
    factors: Vec<GridFactor>,
    by_zone: HashMap<String, ZoneFactors>,
    parents: HashMap<String, String>,
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
        let all = registry::zones(pool).await?;
        let mut wanted: Vec<String> = zones.to_vec();
        // A zone's parent may have a parent of its own; the list grows until all are in it.
        let mut next = 0;
        while let Some(zone) = wanted.get(next) {
            let parent = all.iter().find(|known| known.key == *zone).and_then(|known| known.parent.clone());
            if let Some(parent) = parent.filter(|parent| !wanted.contains(parent)) {
                wanted.push(parent);
            }
            next += 1;
        }
        let first_year = period.from().year() - MAX_AGE_YEARS;
        let earliest = NaiveDate::from_ymd_opt(first_year, 1, 1).map_or(period.from(), beginning_of);
        let factors = factor::candidates(pool, &wanted, basis, perimeter, period, earliest).await?;
        Ok(Ladder::new(factors, &all))
    }

    /// Of two values for the same zone and interval at the same resolution, the measured one is taken;
    /// of two alike, the one whose set was registered first, so that a later import does not change
    /// figures in silence.
    pub fn new(mut factors: Vec<GridFactor>, zones: &[Zone]) -> Ladder {
        factors.sort_by_key(|factor| (factor.value.is_estimated, factor.set, factor.value.valid_from));
        let mut by_zone: HashMap<String, ZoneFactors> = HashMap::new();
        for (index, factor) in factors.iter().enumerate() {
            let zone = by_zone.entry(factor.value.zone.clone()).or_default();
            let series = match factor.resolution {
                Resolution::Hour => &mut zone.hours,
                Resolution::Month => &mut zone.months,
                Resolution::Year => &mut zone.years,
            };
            series.entry(factor.value.valid_from).or_insert(index);
        }
        let parents =
            zones.iter().filter_map(|zone| Some((zone.key.clone(), zone.parent.clone()?))).collect();
        Ladder { factors, by_zone, parents }
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
        let parent = self.parents.get(zone)?;
        let found = self.at(parent, hour)?;
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
            },
            revision: 1,
        }
    }

    fn ladder() -> Ladder {
        let zone = |key: &str, parent: Option<&str>| Zone {
            key: key.to_owned(),
            name: key.to_owned(),
            parent: parent.map(str::to_owned),
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
            &[zone("SE", None), zone("SE-SE1", Some("SE")), zone("FR", None)],
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
    fn missing_is_never_zero() {
        assert_eq!(found("FR", "2024-06-01T00:00:00Z"), None);
        assert_eq!(found("XX", "2024-06-01T00:00:00Z"), None);
    }
}
