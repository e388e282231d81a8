//! What is odd about data: the rules that need no database. All of them compare products of integers instead of
//! quotients, so nothing is rounded.

use super::regression::Run as ModelRun;
use crate::domain::finding::{FindingScope, GroupDay};
use crate::domain::registry::{Coefficient, Parameters, Telling};
use chrono::NaiveDate;
use ethnum::I256;

/// Energy per output token below this is implausible: 1 µWh (3.6 mJ). The least that ML.ENERGY measured for a
/// configuration is 38 mJ (a model of 2·10⁹ parameters in the largest batch, accelerators alone): ten times
/// as much.
pub const LEAST_UJ_PER_OUTPUT_TOKEN: i64 = 3_600;
/// Energy per token, read or written, above this is implausible: 10 mWh (36 J). The most that ML.ENERGY measured
/// is 7.5 J per output token (405·10⁹ parameters, accelerators alone); an outer boundary at most doubles
/// that. Tokens that are read count too, because long inputs with short answers are no fault.
pub const MOST_UJ_PER_TOKEN: i64 = 36_000_000;

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
    let mean = |day: &GroupDay| {
        (day.completed >= JUMP_LEAST_TASKS).then(|| (I256::from(day.energy_uj), I256::from(day.completed)))
    };
    far_from_median(days, JUMP_DAYS_BEFORE, JUMP_FACTOR, mean)
}

/// Days before that energy per output token is compared with: it hardly moves with the length of answers, so that a
/// longer history and fewer tasks tell as much.
pub const HISTORY_DAYS: i64 = 92;
/// A day counts in that history, and is compared with it, with at least so many completed tasks.
pub const HISTORY_LEAST_TASKS: i64 = 10;

/// The same of the energy per output token. A slip of 3.6 lies within the interval of every estimate, so that only a
/// group's own history can show it; in energy per task, shorter answers of the same day can hide it.
pub fn token_jump(days: &[GroupDay]) -> Option<Jump> {
    far_from_median(days, HISTORY_DAYS, JUMP_FACTOR, per_output_token)
}

/// Beyond this factor nothing but a slip of units moves a group's own mean: a slip of 1,000, and what load and the
/// length of answers move besides ([`JUMP_FACTOR`]).
pub const SLIP_FACTOR: i32 = 300;

/// Whether a day is as far from its own history as only a slip of units takes it: by output token where tokens are
/// stated, else by completed task.
pub fn slip(days: &[GroupDay]) -> Option<Jump> {
    let per_task = |day: &GroupDay| {
        let energy_and_tasks = (I256::from(day.energy_uj), I256::from(day.completed));
        (day.completed >= HISTORY_LEAST_TASKS).then_some(energy_and_tasks)
    };
    far_from_median(days, HISTORY_DAYS, SLIP_FACTOR, per_output_token)
        .or_else(|| far_from_median(days, HISTORY_DAYS, SLIP_FACTOR, per_task))
}

fn per_output_token(day: &GroupDay) -> Option<(I256, I256)> {
    let counts = day.completed >= HISTORY_LEAST_TASKS && day.output_tokens > 0;
    counts.then(|| (I256::from(day.output_tokens_energy_uj), I256::from(day.output_tokens)))
}

/// Whether the quotient of the last day is more than `factor` times above or below the median of those of the days
/// before it. Days without a quotient do not count.
fn far_from_median(
    days: &[GroupDay],
    days_before: i64,
    factor: i32,
    quotient: impl Fn(&GroupDay) -> Option<(I256, I256)>,
) -> Option<Jump> {
    let (today, before) = days.split_last()?;
    let (energy, count) = quotient(today)?;
    let mut quotients: Vec<(I256, I256)> = before
        .iter()
        .filter(|day| (today.day - day.day).num_days() <= days_before)
        .filter_map(quotient)
        .collect();
    // a/b < c/d where a·d < c·b, since both denominators are positive.
    quotients.sort_by(|(a, b), (c, d)| (a * d).cmp(&(c * b)));
    let middle = quotients.len().checked_sub(1)? / 2;
    let (low, high) = (quotients.get(middle)?, quotients.get(quotients.len() / 2)?);
    // The median is the middle of the two in the middle, which are the same one where the number is odd:
    // (a/b + c/d) / 2 = (a·d + c·b) / 2·b·d.
    let (median, parts) = (low.0 * high.1 + high.0 * low.1, I256::new(2) * low.1 * high.1);
    let factor = I256::from(factor);
    if energy * parts > factor * median * count {
        Some(Jump::Up)
    } else if factor * energy * parts < median * count {
        Some(Jump::Down)
    } else {
        None
    }
}

/// Energy per output token that is more than this many times above or below what is registered of the model is odd:
/// the batch size alone moves it 10 to 15 times, and the layers between accelerators and facility 2.2 times. A slip
/// of 1,000 is beyond it, one of 3.6 is not: that is for a group's own history to show.
pub const UNLIKE_FACTOR: i32 = 35;

/// Whether the energy of a day is far from what the model's coefficients say of its tokens, or the formula over its
/// parameters where no coefficient of the day is registered. Of several coefficients the nearest counts.
pub fn unlike_model(
    day: &GroupDay,
    coefficients: &[Telling<Coefficient>],
    parameters: Option<Parameters>,
) -> Option<Off> {
    if day.completed < HISTORY_LEAST_TASKS || day.output_tokens <= 0 {
        return None;
    }
    let of_coefficient = |told: &Telling<Coefficient>| {
        let Coefficient { valid, output_token, input_token, .. } = &told.what;
        let output_nj =
            output_token.filter(|_| valid.from() <= day.day && day.day < valid.to())?.nanojoules();
        let input_nj = input_token.map_or(0, |token| token.nanojoules());
        Some(
            I256::from(day.output_tokens) * I256::from(output_nj)
                + I256::from(day.input_tokens) * I256::from(input_nj),
        )
    };
    let mut expected_nj: Vec<I256> = coefficients.iter().filter_map(of_coefficient).collect();
    if let (true, Some(parameters)) = (expected_nj.is_empty(), parameters) {
        let energy = ModelRun::of(parameters).energy(day.output_tokens, None);
        expected_nj.push(I256::from(energy.microjoules()) * I256::from(1_000));
    }
    let (least, most) = (expected_nj.iter().min()?, expected_nj.iter().max()?);
    let energy_nj = I256::from(day.output_tokens_energy_uj) * I256::from(1_000);
    let factor = I256::from(UNLIKE_FACTOR);
    if energy_nj > factor * most {
        Some(Off::TooMuch)
    } else if factor * energy_nj < *least {
        Some(Off::TooLittle)
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
    use crate::domain::ids::ModelId;
    use crate::domain::names::Name;
    use crate::domain::period::Days;
    use crate::domain::terms::Boundary;
    use crate::units::TokenEnergy;

    fn day(number: u32, completed: i64, energy_uj: i128) -> GroupDay {
        GroupDay {
            scope: FindingScope::default(),
            model: ModelId::from_db(1),
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
    fn the_median_of_an_odd_number_is_the_one_in_the_middle() {
        let with =
            |today| jump(&[day(1, 100, 300), day(2, 100, 10_000), day(3, 100, 100), day(4, 100, today)]);
        // 1, 3 and 100.
        assert_eq!((with(900), with(901)), (None, Some(Jump::Up)));
        assert_eq!((with(100), with(99)), (None, Some(Jump::Down)));
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
    fn energy_per_token_shows_what_shorter_answers_hide() {
        let answered =
            |number, energy_uj, output_tokens| GroupDay { output_tokens, ..day(number, 10, energy_uj) };
        // Four times the energy of a token and half the tokens: twice the energy of a task.
        let days = [answered(1, 1_000, 100), answered(2, 2_000, 50)];
        assert_eq!((jump(&days), token_jump(&days)), (None, Some(Jump::Up)));
        assert_eq!(token_jump(&[answered(1, 1_000, 100), answered(2, 3_000, 100)]), None);
        assert_eq!(token_jump(&[answered(1, 3_001, 100), answered(2, 1_000, 100)]), Some(Jump::Down));
        assert_eq!(
            token_jump(&[answered(1, 1_000, 0), answered(2, 9_000, 100)]),
            None,
            "no history of tokens"
        );
        assert_eq!(token_jump(&[day(1, 10, 1_000), day(2, 10, 9_000)]), None, "no tokens");
        assert_eq!(token_jump(&[answered(1, 1_000, 100), answered(2, 9_000, 0)]), None, "none today");
        let few = GroupDay { completed: 9, ..answered(2, 9_000, 100) };
        assert_eq!(token_jump(&[answered(1, 1_000, 100), few]), None, "too few tasks");
    }

    #[test]
    fn a_slip_is_beyond_anything_but_units() {
        let one = |number, energy_uj| day(number, 10, energy_uj);
        assert_eq!(slip(&[one(1, 10), one(2, 3_000)]), None);
        assert_eq!(slip(&[one(1, 10), one(2, 3_001)]), Some(Jump::Up));
        assert_eq!(slip(&[one(1, 3_001), one(2, 10)]), Some(Jump::Down));
        assert_eq!(slip(&[day(1, 9, 10), one(2, 3_001)]), None, "too few tasks to compare with");
        let answered =
            |number, energy_uj, output_tokens| GroupDay { output_tokens, ..one(number, energy_uj) };
        // A thousand times the energy of a token, in answers of a tenth of the tokens.
        assert_eq!(slip(&[answered(1, 1_000, 1_000), answered(2, 100_000, 100)]), Some(Jump::Up));
    }

    fn told(joules: &str) -> Telling<Coefficient> {
        Telling {
            what: Coefficient {
                valid: Days::new("2025-10-01".parse().unwrap(), "2025-11-01".parse().unwrap()).unwrap(),
                output_token: Some(TokenEnergy::parse_joules(joules).unwrap()),
                input_token: None,
                accelerator_power: None,
                boundary: Boundary::Accelerator,
                hardware: joules.to_owned(),
                batch_size: None,
                precision_bits: None,
                source: "A bench".to_owned(),
                licence: "CC0-1.0".to_owned(),
                published_on: None,
            },
            revision: 1,
            recorded_at: "2025-11-01T00:00:00Z".parse().unwrap(),
        }
    }

    /// A day of 1,000 output tokens.
    fn used(joules: i128) -> GroupDay {
        GroupDay { output_tokens: 1_000, ..day(5, 10, joules * 1_000_000) }
    }

    #[test]
    fn energy_far_from_what_is_registered_of_the_model_is_odd() {
        // 1,000 tokens of 1 J.
        let one = [told("1")];
        assert_eq!(unlike_model(&used(35_000), &one, None), None);
        assert_eq!(unlike_model(&used(35_001), &one, None), Some(Off::TooMuch));
        assert_eq!(unlike_model(&used(28), &one, None), Some(Off::TooLittle));
        assert_eq!(unlike_model(&used(29), &one, None), None);
        assert_eq!(unlike_model(&used(35_001), &[told("1"), told("2")], None), None, "the nearest counts");
        assert_eq!(unlike_model(&used(35_001), &[], None), None, "nothing is registered");
        let later = GroupDay { day: "2025-11-01".parse().unwrap(), ..used(35_001) };
        assert_eq!(unlike_model(&later, &one, None), None, "the coefficient held until the day before");
        let earlier = GroupDay { day: "2025-09-30".parse().unwrap(), ..used(35_001) };
        assert_eq!(unlike_model(&earlier, &one, None), None, "the coefficient holds from the day after");
        let silent = GroupDay { output_tokens: 0, ..used(35_001) };
        assert_eq!(unlike_model(&silent, &one, None), None, "no tokens");
        assert_eq!(unlike_model(&GroupDay { completed: 9, ..used(35_001) }, &one, None), None);
        // The formula gives about 0.265 J a token of 7.3·10⁹ parameters.
        let parameters = Some(Parameters {
            total: 7_300_000_000,
            active: 7_300_000_000,
            batch_size: None,
            precision_bits: None,
            accelerators: None,
        });
        assert_eq!(unlike_model(&used(265), &[], parameters), None);
        assert_eq!(unlike_model(&used(265 * 36), &[], parameters), Some(Off::TooMuch));
        assert_eq!(unlike_model(&used(6), &[], parameters), Some(Off::TooLittle));
    }

    #[test]
    fn energy_is_odd_beyond_the_factor_and_not_at_it() {
        // 1,000 tokens of 35 J: a 35th is 1,000 J.
        assert_eq!(unlike_model(&used(1_000), &[told("35")], None), None);
        assert_eq!(unlike_model(&used(999), &[told("35")], None), Some(Off::TooLittle));
    }

    #[test]
    fn tokens_that_are_read_are_expected_to_take_energy_too() {
        // 1,000 tokens of 1 J and 500 that were read, of 2 J each: 2,000 J, and 35 times as much is 70,000 J.
        let mut both = told("1");
        both.what.input_token = Some(TokenEnergy::parse_joules("2").unwrap());
        let read = |joules| GroupDay { input_tokens: 500, ..used(joules) };
        assert_eq!(unlike_model(&read(70_000), std::slice::from_ref(&both), None), None);
        assert_eq!(unlike_model(&read(70_001), &[both], None), Some(Off::TooMuch));
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
    fn each_group_has_runs_of_its_own() {
        let scope = |model: &str| FindingScope { model: Name::parse(model).ok(), ..FindingScope::default() };
        let of = |model, number| GroupDay { scope: scope(model), ..day(number, 1, 0) };
        let days = [of("a", 1), of("a", 2), of("b", 3), of("b", 3)];
        let found = runs(days.iter().map(|day| (day, Jump::Up)));
        let brief: Vec<_> = found.iter().map(|run| (run.scope.clone(), run.tasks)).collect();
        assert_eq!(brief, [(scope("a"), 2), (scope("b"), 1), (scope("b"), 1)]);
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
