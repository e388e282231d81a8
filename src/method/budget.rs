//! What became of a budget: what was used of a UTC year, and what is forecast for the rest of it.
//!
//! What was used is exact. The forecast is simple on purpose, so that a person can follow it:
//!
//! - Weeks are counted backwards, seven days each, from the last whole day with data, up to twelve, and no further
//!   than the first day with data. A week without any data is left out; it says nothing. So is one of which something
//!   is not counted, because it would say too little.
//! - A coming day is forecast as the mean of its weekday over the last four of those weeks. A day without data in them
//!   counts as one on which nothing was used, so that a service that rests at weekends is forecast to rest.
//! - Forecast are the days after the last whole day with data: records of later days may still come. Today is forecast
//!   as what it used up to now, where that is more.
//! - The 95 % interval takes the sums of the weeks as independent draws around one level, with the sample variance s²
//!   of all n weeks. The sum of R days has the variance s²·(R/7) for what those days will be, and s²·(R/7)²/4 for the
//!   level, which is a mean of four weeks; together s²·R·(R + 28)/196. Half of the interval is the root of it, times
//!   Student's t for n − 1 degrees of freedom. It does not go below what is used already, and knows of no change of
//!   level: growth, a new model or a holiday is not in it.
//!
//! Roots are of integers, so no float takes part.

use super::normalise::ScaledEnergy;
use crate::domain::budget::Allowance;
use crate::units::{Decimal, Intensity, MICROJOULES_PER_KWH, divide_half_even};
use chrono::{Datelike, Days, NaiveDate, TimeDelta};
use ethnum::I256;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::{Add, AddAssign, Sub};

#[path = "budget_gaps.rs"]
mod gaps;

pub use gaps::{Gap, LeftOutWeeks};

/// Weeks that the level is a mean of; with fewer nothing is forecast.
pub const LEVEL_WEEKS: usize = 4;
/// Most weeks that the spread is taken of.
pub const MAX_WEEKS: usize = 12;
/// Without data for longer than this many days nothing is forecast.
pub const MAX_SILENT_DAYS: i64 = 28;
/// How many days before the year's beginning the daily amounts are asked for: a forecast early in a year rests on
/// the weeks before it.
pub const LOOK_BACK_DAYS: u64 = 7 * MAX_WEEKS as u64 + MAX_SILENT_DAYS as u64;

/// Student's t for 95 %, two-sided, in thousandths, by n − 1 from 3 to 11.
pub const STUDENT_THOUSANDTHS: [i32; MAX_WEEKS - LEVEL_WEEKS + 1] =
    [3182, 2776, 2571, 2447, 2365, 2306, 2262, 2228, 2201];

/// 10⁻¹⁸ µJ in a microjoule, and 10⁻¹⁸ µJ · µg/kWh in a microgram.
const PER_MICROJOULE: i128 = 1_000_000_000_000_000_000;
const PER_MICROGRAM: i128 = PER_MICROJOULE * MICROJOULES_PER_KWH as i128;

/// What an amount is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    Energy,
    Carbon,
}

/// An exact amount: of energy in 10⁻¹⁸ µJ, of carbon in 10⁻¹⁸ µJ · µg/kWh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount(I256);

impl Measure {
    pub fn of(allowance: Allowance) -> Measure {
        match allowance {
            Allowance::Energy(_) => Measure::Energy,
            Allowance::Carbon(..) => Measure::Carbon,
        }
    }

    /// A microjoule or a microgram: finer than anything that is forecast.
    fn grain(self) -> I256 {
        match self {
            Measure::Energy => I256::new(PER_MICROJOULE),
            Measure::Carbon => I256::new(PER_MICROGRAM),
        }
    }

    /// Kilowatt-hours or kilograms with the given decimals, rounded half to even; `None` where it does not fit.
    pub fn decimal(self, amount: Amount, decimals: u32) -> Option<Decimal> {
        let grains = match self {
            Measure::Energy => MICROJOULES_PER_KWH,
            Measure::Carbon => 1_000_000_000,
        };
        Decimal::from_ratio(amount.0, self.grain() * I256::from(grains), decimals)
    }
}

impl Amount {
    pub const ZERO: Amount = Amount(I256::ZERO);

    pub fn of_allowance(allowance: Allowance) -> Amount {
        match allowance {
            Allowance::Energy(volume) => Amount(I256::new(volume.microjoules()) * Measure::Energy.grain()),
            Allowance::Carbon(mass, _, _) => {
                Amount(I256::from(mass.milligrams()) * I256::from(1_000) * Measure::Carbon.grain())
            }
        }
    }

    pub fn of_energy(energy: ScaledEnergy) -> Amount {
        Amount(energy.raw())
    }

    /// What energy emits at an intensity.
    pub fn of_carbon(energy: ScaledEnergy, intensity: Intensity) -> Amount {
        Amount(energy.raw() * I256::from(intensity.micrograms_per_kwh()))
    }

    /// Its share in a whole with six decimals; `None` where the whole is zero.
    pub fn share_of(self, whole: Amount) -> Option<Decimal> {
        Decimal::from_ratio(self.0, whole.0, 6)
    }

    /// Whether so many percent of a budget are used. Of a budget of 0 nothing may be used.
    fn reaches(self, percent: i32, budget: Amount) -> bool {
        self.0 > I256::ZERO && self.0 * I256::from(100) >= budget.0 * I256::from(percent)
    }
}

impl Add for Amount {
    type Output = Amount;
    fn add(self, other: Amount) -> Amount {
        Amount(self.0 + other.0)
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Amount) {
        self.0 += other.0;
    }
}

impl Sub for Amount {
    type Output = Amount;
    fn sub(self, other: Amount) -> Amount {
        Amount(self.0 - other.0)
    }
}

/// What burn is computed of.
#[derive(Clone, Copy, Debug)]
pub struct BurnInput<'a> {
    pub measure: Measure,
    pub budget: Amount,
    pub year: i32,
    pub thresholds: &'a [i32],
    /// What was used on a UTC day, in any order; a day may stand several times, as with several sites. Days of the
    /// weeks before the year stand among them, and count for the forecast alone.
    pub days: &'a [(NaiveDate, Amount)],
    /// Days of which something is not counted.
    pub gaps: &'a BTreeSet<(NaiveDate, Gap)>,
    /// The UTC day that is not over.
    pub today: NaiveDate,
}

/// What became of a budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Burn {
    /// In the year up to now, with what today used so far.
    pub used: Amount,
    /// The same by month, January first.
    pub months: [Amount; 12],
    /// Days of the year with data.
    pub days_with_data: usize,
    pub last_day_with_data: Option<NaiveDate>,
    pub thresholds: Vec<Threshold>,
    pub forecast: Result<Forecast, NoForecast>,
    /// What the forecast does not rest on, or what it lacks.
    pub left_out: LeftOutWeeks,
}

/// A share of the budget, and when it was or will be used; neither where it will not be in this year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threshold {
    pub percent: i32,
    pub passed_on: Option<NaiveDate>,
    pub forecast_on: Option<NaiveDate>,
}

/// What the whole year will have used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forecast {
    pub total: Amount,
    /// The 95 % interval.
    pub low: Amount,
    pub high: Amount,
    /// Days that are forecast, the last of them 31 December.
    pub days: usize,
    /// The first and last day that the level is a mean of, and how many days between had data.
    pub level_from: NaiveDate,
    pub level_to: NaiveDate,
    pub level_days_with_data: usize,
    /// Weeks that the spread was taken of.
    pub weeks: usize,
}

/// Why nothing is forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoForecast {
    YearNotBegun,
    YearOver,
    /// How many whole weeks with data there are of which everything is counted.
    TooLittleData {
        weeks: usize,
    },
    /// The last whole day with data.
    Silent {
        since: NaiveDate,
    },
}

impl NoForecast {
    /// The reason for people.
    pub fn describe(self) -> String {
        match self {
            NoForecast::YearNotBegun => "the year has not begun".to_owned(),
            NoForecast::YearOver => "the year is over".to_owned(),
            NoForecast::TooLittleData { weeks } => {
                format!(
                    "a forecast needs {LEVEL_WEEKS} whole weeks with data, all of it counted; there are {weeks}"
                )
            }
            NoForecast::Silent { since } => {
                format!("there are no data since {since}, which is more than {MAX_SILENT_DAYS} days")
            }
        }
    }
}

impl Forecast {
    /// How it was made, for people.
    pub fn describe(&self) -> String {
        format!(
            "Each of the {} day(s) to 31 December that have no whole day of data yet is forecast as the mean of its \
             weekday over {LEVEL_WEEKS} weeks, {} to {}; {} of their {} days had data, the others count as days on \
             which nothing was used. The 95 % interval rests on the spread of the sums of {} weeks, taken as \
             independent draws around one level (Student's t). A lasting change of level is not in it.",
            self.days,
            self.level_from,
            self.level_to,
            self.level_days_with_data,
            7 * LEVEL_WEEKS,
            self.weeks,
        )
    }
}

/// Computes what became of a budget.
pub fn burn(input: &BurnInput<'_>) -> Burn {
    let mut by_day: BTreeMap<NaiveDate, Amount> = BTreeMap::new();
    for (day, amount) in input.days {
        *by_day.entry(*day).or_default() += *amount;
    }
    let of_year = || by_day.iter().filter(|(day, _)| day.year() == input.year && **day <= input.today);
    let mut months = [Amount::ZERO; 12];
    let mut used = Amount::ZERO;
    let mut thresholds: Vec<Threshold> = input
        .thresholds
        .iter()
        .map(|percent| Threshold { percent: *percent, passed_on: None, forecast_on: None })
        .collect();
    for (day, amount) in of_year() {
        used += *amount;
        months[day.month0() as usize] += *amount;
        let reached =
            |one: &&mut Threshold| one.passed_on.is_none() && used.reaches(one.percent, input.budget);
        thresholds.iter_mut().filter(reached).for_each(|one| one.passed_on = Some(*day));
    }
    let days_with_data = of_year().count();
    let last_day_with_data = of_year().next_back().map(|(day, _)| *day);
    let mut left_out = LeftOutWeeks::default();
    let forecast = forecast(input, &by_day, used, &mut thresholds, &mut left_out);
    Burn { used, months, days_with_data, last_day_with_data, thresholds, forecast, left_out }
}

/// Days before the beginning of which a week lies: the last day of a week, counted backwards from 0.
fn week(last_day: NaiveDate, index: usize) -> (NaiveDate, NaiveDate) {
    let to = last_day - TimeDelta::days(7 * index as i64);
    (to - TimeDelta::days(6), to)
}

fn gaps_of(input: &BurnInput<'_>, (from, to): &(NaiveDate, NaiveDate)) -> impl Iterator<Item = Gap> {
    input.gaps.iter().filter(move |(day, _)| from <= day && day <= to).map(|(_, gap)| *gap)
}

fn forecast(
    input: &BurnInput<'_>,
    by_day: &BTreeMap<NaiveDate, Amount>,
    used: Amount,
    thresholds: &mut [Threshold],
    left_out: &mut LeftOutWeeks,
) -> Result<Forecast, NoForecast> {
    match input.today.year() {
        year if year < input.year => return Err(NoForecast::YearNotBegun),
        year if year > input.year => return Err(NoForecast::YearOver),
        _ => {}
    }
    let grain = input.measure.grain();
    let grains: BTreeMap<NaiveDate, I256> =
        by_day.range(..input.today).map(|(day, amount)| (*day, amount.0 / grain)).collect();
    let past_gaps = || input.gaps.iter().map(|(day, _)| *day).filter(|day| *day < input.today);
    let first_day = grains.keys().next().copied().into_iter().chain(past_gaps()).min();
    let last_day = grains.keys().next_back().copied().or_else(|| past_gaps().max());
    let Some((first_day, last_day)) = first_day.zip(last_day) else {
        return Err(NoForecast::TooLittleData { weeks: 0 });
    };
    if (input.today - last_day).num_days() > MAX_SILENT_DAYS {
        return Err(NoForecast::Silent { since: last_day });
    }
    let (weeks, uncounted): (Vec<(NaiveDate, NaiveDate)>, _) = (0..MAX_WEEKS)
        .map(|index| week(last_day, index))
        .take_while(|(from, _)| *from >= first_day)
        .filter(|week| {
            grains.range(week.0..=week.1).next().is_some() || gaps_of(input, week).next().is_some()
        })
        .partition(|week| gaps_of(input, week).next().is_none());
    left_out.why = uncounted.iter().flat_map(|week| gaps_of(input, week)).collect();
    left_out.weeks = uncounted;
    if weeks.len() < LEVEL_WEEKS {
        return Err(NoForecast::TooLittleData { weeks: weeks.len() });
    }
    let sum = |(from, to): &(NaiveDate, NaiveDate)| {
        grains.range(*from..=*to).map(|(_, amount)| *amount).fold(I256::ZERO, Add::add)
    };
    let sums: Vec<I256> = weeks.iter().map(sum).collect();

    let level = &weeks[..LEVEL_WEEKS];
    let mut weekdays = [I256::ZERO; 7];
    let mut level_days_with_data = 0;
    for (day, amount) in level.iter().flat_map(|(from, to)| grains.range(*from..=*to)) {
        weekdays[day.weekday().num_days_from_monday() as usize] += *amount;
        level_days_with_data += 1;
    }
    let mean_of = |day: NaiveDate| {
        let sum = weekdays[day.weekday().num_days_from_monday() as usize];
        Amount(divide_half_even(sum, I256::from(LEVEL_WEEKS as i64)).unwrap_or(sum) * grain)
    };

    let used_today = by_day.get(&input.today).copied().unwrap_or_default();
    let mut total = used - used_today;
    let mut days = 0;
    let new_year = NaiveDate::from_ymd_opt(input.year, 1, 1).unwrap_or(last_day);
    let coming = (last_day + Days::new(1)).max(new_year);
    for day in coming.iter_days().take_while(|day| day.year() == input.year) {
        let mean = mean_of(day);
        total += if day == input.today { mean.max(used_today) } else { mean };
        days += 1;
        for one in thresholds.iter_mut() {
            if one.passed_on.or(one.forecast_on).is_none() && total.reaches(one.percent, input.budget) {
                // What has not been reported of days that are over is used up to today.
                one.forecast_on = Some(day.max(input.today));
            }
        }
    }
    let half = Amount(half_of_interval(&sums, days) * grain);
    Ok(Forecast {
        total,
        low: used.max(total - half),
        high: total + half,
        days,
        level_from: level[LEVEL_WEEKS - 1].0,
        level_to: level[0].1,
        level_days_with_data,
        weeks: weeks.len(),
    })
}

/// Half of the 95 % interval of the sum of so many days, of the sums of past weeks: at least [`LEVEL_WEEKS`] and at most
/// [`MAX_WEEKS`].
fn half_of_interval(sums: &[I256], days: usize) -> I256 {
    let n = I256::from(sums.len() as i64);
    let days = I256::from(days as i64);
    let sum: I256 = sums.iter().copied().fold(I256::ZERO, Add::add);
    let squares: I256 = sums.iter().map(|one| *one * *one).fold(I256::ZERO, Add::add);
    // n·Σx² − (Σx)² is s²·n·(n − 1).
    let spread = n * squares - sum * sum;
    let level_days = I256::from(7 * LEVEL_WEEKS as i64);
    let variance =
        spread * days * (days + level_days) / (I256::from(7) * level_days * n * (n - I256::from(1)));
    let student = STUDENT_THOUSANDTHS[sums.len() - LEVEL_WEEKS];
    root(variance) * I256::from(student) / I256::from(1_000)
}

/// The whole square root, rounded down, by Newton's method.
fn root(square: I256) -> I256 {
    if square < I256::from(2) {
        return square.max(I256::ZERO);
    }
    // A power of two that is not below the root: from there the steps only fall.
    let bits = 256 - square.leading_zeros();
    let mut guess = I256::from(1) << bits.div_ceil(2);
    loop {
        let next = (guess + square / guess) >> 1u32;
        if next >= guess {
            return guess;
        }
        guess = next;
    }
}

#[cfg(test)]
#[path = "budget_tests.rs"]
mod tests;
