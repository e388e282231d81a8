//! What is odd about data: the rules that need no database. All of them compare products of integers instead of
//! quotients, so nothing is rounded.

use crate::domain::finding::{FindingScope, GroupDay};
use chrono::NaiveDate;
use ethnum::I256;

/// Energy per output token below this is implausible: 1 µWh (3.6 mJ). The least that ML.ENERGY measured for a
/// configuration is 38 mJ (a model of 2·10⁹ parameters in the largest batch, accelerators alone): ten times
/// as much.
pub const LEAST_UJ_PER_OUTPUT_TOKEN: i128 = 3_600;
/// Energy per token, read or written, above this is implausible: 10 mWh (36 J). The most that ML.ENERGY measured
/// is 7.5 J per output token (405·10⁹ parameters, accelerators alone); an outer boundary at most doubles
/// that. Tokens that are read count too, because long inputs with short answers are no fault.
pub const MOST_UJ_PER_TOKEN: i128 = 36_000_000;

/// How energy per token is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Off {
    TooLittle,
    TooMuch,
}

/// Whether the energy per token of a day is implausible. Where no output tokens are stated nothing is known.
pub fn token_energy(day: &GroupDay) -> Option<Off> {
    let (energy, output) = (I256::from(day.output_tokens_energy_uj), I256::from(day.output_tokens));
    if output <= 0 {
        return None;
    }
    let tokens = output + I256::from(day.input_tokens);
    if energy > tokens * I256::from(MOST_UJ_PER_TOKEN) {
        Some(Off::TooMuch)
    } else if energy < output * I256::from(LEAST_UJ_PER_OUTPUT_TOKEN) {
        Some(Off::TooLittle)
    } else {
        None
    }
}

/// A mean that is more than this many times above or below the days before is a jump. Load, batch sizes and the
/// length of answers move a mean by less from day to day; a slip of units moves it by more.
pub const JUMP_FACTOR: i32 = 3;
/// A day counts with at least so many completed tasks: below that one long task moves the mean.
pub const JUMP_LEAST_TASKS: i64 = 100;
/// Days before, so that two whole weeks with their weekends are compared with.
pub const JUMP_DAYS_BEFORE: i64 = 14;

/// Which way a mean jumped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    Up,
    Down,
}

/// Whether the mean energy per completed task of a day is far from the median of the days before it.
/// `days` are those of one group in their order; the answer is about the last one.
pub fn jump(days: &[GroupDay]) -> Option<Jump> {
    let (today, before) = days.split_last()?;
    let counts = |day: &&GroupDay| day.completed >= JUMP_LEAST_TASKS;
    let mean = |day: &GroupDay| (I256::from(day.energy_uj), I256::from(day.completed));
    let (energy, tasks) = Some(today).filter(counts).map(mean)?;
    let mut means: Vec<(I256, I256)> = before
        .iter()
        .filter(|day| (today.day - day.day).num_days() <= JUMP_DAYS_BEFORE)
        .filter(counts)
        .map(mean)
        .collect();
    // a/b < c/d where a·d < c·b, since both denominators are positive.
    means.sort_by(|(a, b), (c, d)| (a * d).cmp(&(c * b)));
    let (low, high) = (means.get((means.len().checked_sub(1)?) / 2)?, means.get(means.len() / 2)?);
    // The median is the middle of the two in the middle, which are the same one where the number is odd:
    // (a/b + c/d) / 2 = (a·d + c·b) / 2·b·d.
    let (median, parts) = (low.0 * high.1 + high.0 * low.1, I256::new(2) * low.1 * high.1);
    let factor = I256::from(JUMP_FACTOR);
    if energy * parts > factor * median * tasks {
        Some(Jump::Up)
    } else if factor * energy * parts < median * tasks {
        Some(Jump::Down)
    } else {
        None
    }
}

/// A service is steady where it had tasks in at least this share of the hours, in per cent. Only then is an
/// hour without tasks odd.
const STEADY_PERCENT: i64 = 95;
/// Hours before a gap that say whether a service is steady: seven days.
pub const STEADY_HOURS: i64 = 168;

/// Whether a service that had tasks in some of these hours is steady.
pub fn is_steady(hours_with_tasks: i64, hours: i64) -> bool {
    hours > 0 && hours_with_tasks * 100 >= hours * STEADY_PERCENT
}

/// Days of one group that follow each other with the same thing wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run<T> {
    pub scope: FindingScope,
    pub first: NaiveDate,
    pub last: NaiveDate,
    pub tasks: i64,
    pub wrong: T,
}

/// Joins days that follow each other. Days come by group and in their order.
pub fn runs<'a, T: PartialEq>(days: impl Iterator<Item = (&'a GroupDay, T)>) -> Vec<Run<T>> {
    let mut runs: Vec<Run<T>> = Vec::new();
    for (day, wrong) in days {
        match runs.last_mut() {
            Some(run)
                if run.scope == day.scope && run.wrong == wrong && run.last.succ_opt() == Some(day.day) =>
            {
                run.last = day.day;
                run.tasks += day.tasks;
            }
            _ => runs.push(Run {
                scope: day.scope.clone(),
                first: day.day,
                last: day.day,
                tasks: day.tasks,
                wrong,
            }),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(number: u32, completed: i64, energy_uj: i128) -> GroupDay {
        GroupDay {
            scope: FindingScope::default(),
            day: NaiveDate::from_ymd_opt(2025, 10, number).unwrap(),
            tasks: completed,
            completed,
            energy_uj,
            input_tokens: 0,
            output_tokens: 0,
            output_tokens_energy_uj: energy_uj,
        }
    }

    fn tokens(energy_uj: i128, input_tokens: i128, output_tokens: i128) -> Option<Off> {
        token_energy(&GroupDay { input_tokens, output_tokens, ..day(1, 1, energy_uj) })
    }

    #[test]
    fn energy_per_token_is_implausible_beyond_either_bound_and_not_at_it() {
        assert_eq!(tokens(36_000_000 * 3, 2, 1), None);
        assert_eq!(tokens(36_000_000 * 3 + 1, 2, 1), Some(Off::TooMuch));
        assert_eq!(tokens(3_600 * 7, 1_000_000, 7), None);
        assert_eq!(tokens(3_600 * 7 - 1, 0, 7), Some(Off::TooLittle));
        assert_eq!(tokens(i128::MAX, 0, 0), None, "nothing is known without output tokens");
    }

    #[test]
    fn a_mean_jumps_where_it_is_more_than_three_times_the_median() {
        let before = [day(1, 100, 100), day(2, 100, 900), day(3, 100, 200), day(4, 100, 400)];
        let with = |today: GroupDay| {
            let mut days = before.to_vec();
            days.push(today);
            jump(&days)
        };
        // The median of 1, 2, 4 and 9 is 3.
        assert_eq!(with(day(5, 1_000, 9_000)), None);
        assert_eq!(with(day(5, 1_000, 9_001)), Some(Jump::Up));
        assert_eq!(with(day(5, 1_000, 1_000)), None);
        assert_eq!(with(day(5, 1_000, 999)), Some(Jump::Down));
        assert_eq!(with(day(5, 99, 1_000_000)), None, "too few tasks");
        assert_eq!(
            with(day(18, 100, 1_201)),
            Some(Jump::Up),
            "the fourth is 14 days before, with a mean of 4"
        );
        assert_eq!(with(day(19, 100, 1_000_000)), None, "nothing within 14 days");
    }

    #[test]
    fn one_day_before_is_its_own_median_and_none_is_no_jump() {
        assert_eq!(jump(&[day(1, 100, 100), day(2, 100, 301)]), Some(Jump::Up));
        assert_eq!(jump(&[day(1, 99, 100), day(2, 100, 301)]), None);
        assert_eq!(jump(&[day(1, 100, 0), day(2, 100, 1)]), Some(Jump::Up));
        assert_eq!(jump(&[day(1, 100, 0), day(2, 100, 0)]), None);
        assert_eq!(jump(&[]), None);
    }

    #[test]
    fn sums_of_years_do_not_overflow() {
        let huge = |number| day(number, 1_000_000_000_000_000, i128::from(i64::MAX) * 1_000_000_000_000);
        assert_eq!(jump(&[huge(1), huge(2), huge(3)]), None);
    }

    #[test]
    fn a_service_is_steady_from_95_percent_on() {
        assert!(is_steady(95, 100));
        assert!(!is_steady(94, 100));
        assert!(is_steady(160, STEADY_HOURS) && !is_steady(159, STEADY_HOURS));
        assert!(!is_steady(0, 0));
    }

    #[test]
    fn days_that_follow_each_other_are_one_run() {
        let days = [day(1, 2, 0), day(2, 3, 0), day(4, 5, 0), day(5, 7, 0)];
        let wrong = [Jump::Up, Jump::Up, Jump::Up, Jump::Down];
        let found = runs(days.iter().zip(wrong));
        let brief: Vec<_> = found.iter().map(|run| (run.first, run.last, run.tasks)).collect();
        assert_eq!(
            brief,
            [(days[0].day, days[1].day, 5), (days[2].day, days[2].day, 5), (days[3].day, days[3].day, 7)]
        );
    }
}
