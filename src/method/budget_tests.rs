use super::*;
use crate::domain::terms::{Basis, Perimeter};
use crate::units::{CarbonMass, EnergyVolume};
use proptest::prelude::*;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn kwh(text: &str) -> Amount {
    Amount::of_allowance(Allowance::Energy(EnergyVolume::parse_kwh(text).unwrap()))
}

fn text(amount: Amount) -> String {
    Measure::Energy.decimal(amount, 3).unwrap().without_trailing_zeros().to_string()
}

/// Days one after the other with these kilowatt-hours.
fn days(from: &str, amounts: &[i64]) -> Vec<(NaiveDate, Amount)> {
    date(from).iter_days().zip(amounts).map(|(day, one)| (day, kwh(&one.to_string()))).collect()
}

fn burn_of(days: &[(NaiveDate, Amount)], budget: &str, today: &str) -> Burn {
    burn_with(days, &[], budget, today)
}

fn burn_with(days: &[(NaiveDate, Amount)], gaps: &[(&str, Gap)], budget: &str, today: &str) -> Burn {
    let gaps = gaps.iter().map(|(day, gap)| (date(day), *gap)).collect();
    burn(&BurnInput {
        measure: Measure::Energy,
        budget: kwh(budget),
        year: date(today).year(),
        thresholds: &[50, 80, 100],
        days,
        gaps: &gaps,
        today: date(today),
    })
}

#[test]
fn use_is_summed_by_month_and_shares_are_passed_on_the_day_that_reaches_them() {
    let mut input = days("2025-12-30", &[7, 7, 10, 20, 30]);
    input.extend(days("2026-02-01", &[20, 19]));
    let burn = burn_of(&input, "100", "2026-02-03");
    assert_eq!(text(burn.used), "99", "the year before counts for nothing");
    assert_eq!(burn.months.map(text)[..3], ["60", "39", "0"]);
    assert_eq!((burn.days_with_data, burn.last_day_with_data), (5, Some(date("2026-02-02"))));
    let passed: Vec<_> = burn.thresholds.iter().map(|one| one.passed_on).collect();
    assert_eq!(passed, [Some(date("2026-01-03")), Some(date("2026-02-01")), None]);
    assert_eq!(burn.used.share_of(kwh("100")).unwrap().to_string(), "0.990000");
}

#[test]
fn a_share_is_passed_where_it_is_met_to_the_last_digit_and_not_before() {
    let exact = days("2026-01-01", &[50]);
    assert_eq!(burn_of(&exact, "100", "2026-01-02").thresholds[0].passed_on, Some(date("2026-01-01")));
    let less = [(date("2026-01-01"), kwh("50") - Amount(I256::from(1)))];
    assert_eq!(burn_of(&less, "100", "2026-01-02").thresholds[0].passed_on, None);
}

#[test]
fn a_budget_of_nothing_is_passed_with_the_first_use_and_has_no_share() {
    let burn = burn_of(&[], "0", "2026-01-02");
    assert!(burn.thresholds.iter().all(|one| one.passed_on.is_none()));
    assert_eq!(burn.used.share_of(kwh("0")), None);
    let burn = burn_of(&days("2026-01-01", &[0, 1]), "0", "2026-01-02");
    assert!(burn.thresholds.iter().all(|one| one.passed_on == Some(date("2026-01-02"))));
}

/// Five weeks from Monday 2 November 2026 on: 10 kWh a working day, 0 at weekends, 14 in all on the last two Mondays.
fn five_weeks() -> Vec<(NaiveDate, Amount)> {
    let week = |monday: i64| [monday, 10, 10, 10, 10, 0, 0];
    let weeks: Vec<i64> = [10, 10, 10, 14, 14].into_iter().flat_map(week).collect();
    days("2026-11-02", &weeks)
}

#[test]
fn the_forecast_is_the_one_made_by_hand() {
    // The last whole day is Sunday 6 December. 7 to 31 December are 25 days: three whole weeks and Monday to
    // Thursday. Mondays are (10 + 10 + 14 + 14) ÷ 4 = 12, the other working days 10, so that a week is 52:
    // 3 × 52 + 12 + 30 = 198. Used are 50 + 50 + 50 + 54 + 54 = 258.
    let burn = burn_of(&five_weeks(), "400", "2026-12-07");
    let forecast = burn.forecast.unwrap();
    assert_eq!((text(burn.used), text(forecast.total)), ("258".to_owned(), "456".to_owned()));
    assert_eq!((forecast.days, forecast.weeks, forecast.level_days_with_data), (25, 5, 28));
    assert_eq!((forecast.level_from, forecast.level_to), (date("2026-11-09"), date("2026-12-06")));
    // Sums of weeks 50, 50, 50, 54, 54: mean 51.6, s² = (3 · 1.6² + 2 · 2.4²) ÷ 4 = 4.8.
    // Variance 4.8 · 25 · 53 ÷ 196 = 32.448980, root 5.696401, times 2.776 makes 15.813.
    assert_eq!((text(forecast.low), text(forecast.high)), ("440.187".to_owned(), "471.813".to_owned()));
    // 50 % are passed with 208 on Monday 30 November + … : 50, 100, 150, 204, then 218.
    let thresholds: Vec<_> = burn.thresholds.iter().map(|one| (one.passed_on, one.forecast_on)).collect();
    assert_eq!(thresholds[0], (Some(date("2026-11-27")), None));
    // 80 % are 320: 258 + 52 = 310, and Monday 14 December makes 322.
    assert_eq!(thresholds[1], (None, Some(date("2026-12-14"))));
    // 100 % are 400: 258 + 104 = 362, 374, 384, 394, 404 on Thursday 24 December.
    assert_eq!(thresholds[2], (None, Some(date("2026-12-24"))));
}

#[test]
fn today_counts_as_used_and_does_not_lower_its_forecast() {
    let whole = burn_of(&five_weeks(), "400", "2026-12-07").forecast.unwrap();
    let with_today = |used: &str| {
        let mut input = five_weeks();
        input.push((date("2026-12-07"), kwh(used)));
        burn_of(&input, "400", "2026-12-07")
    };
    let little = with_today("3");
    assert_eq!(text(little.used), "261");
    assert_eq!(little.forecast.unwrap().total, whole.total);
    let much = with_today("20").forecast.unwrap();
    assert_eq!(much.total, whole.total + kwh("8"));
}

#[test]
fn days_that_may_still_be_reported_are_forecast_and_not_taken_as_zero() {
    let at_once = burn_of(&five_weeks(), "319", "2026-12-07");
    let later = burn_of(&five_weeks(), "319", "2026-12-20");
    assert_eq!(at_once.forecast.unwrap().total, later.forecast.unwrap().total);
    // What would have been passed on the 14th is passed by now.
    assert_eq!(at_once.thresholds[2].forecast_on, Some(date("2026-12-14")));
    assert_eq!(later.thresholds[2].forecast_on, Some(date("2026-12-20")));
}

#[test]
fn without_four_weeks_of_fresh_data_nothing_is_forecast() {
    let of = |days: &[(NaiveDate, Amount)], today| burn_of(days, "400", today).forecast.unwrap_err();
    assert_eq!(of(&[], "2026-03-01"), NoForecast::TooLittleData { weeks: 0 });
    assert_eq!(of(&days("2026-01-01", &[1; 27]), "2026-01-28"), NoForecast::TooLittleData { weeks: 3 });
    assert!(burn_of(&days("2026-01-01", &[1; 28]), "400", "2026-01-29").forecast.is_ok());
    // The day that is not over makes no week.
    assert_eq!(of(&days("2026-01-01", &[1; 28]), "2026-01-28"), NoForecast::TooLittleData { weeks: 3 });
    let january = days("2026-01-01", &[1; 31]);
    assert!(burn_of(&january, "400", "2026-02-28").forecast.is_ok());
    assert_eq!(of(&january, "2026-03-01"), NoForecast::Silent { since: date("2026-01-31") });
    let of_year = |year, today: &str| {
        let (measure, gaps) = (Measure::Energy, BTreeSet::new());
        let (budget, today) = (kwh("400"), date(today));
        let input = BurnInput { measure, budget, year, thresholds: &[], days: &january, gaps: &gaps, today };
        burn(&input).forecast.unwrap_err()
    };
    assert_eq!(of_year(2026, "2025-12-31"), NoForecast::YearNotBegun);
    assert_eq!(of_year(2026, "2027-01-01"), NoForecast::YearOver);
}

#[test]
fn a_forecast_at_the_beginning_of_a_year_rests_on_the_weeks_before() {
    let december = days("2025-12-04", &[2; 28]);
    let forecast = burn_of(&december, "400", "2026-01-01").forecast.unwrap();
    assert_eq!((text(forecast.total), forecast.days), ("730".to_owned(), 365));
    assert_eq!((forecast.low, forecast.high), (forecast.total, forecast.total));
}

#[test]
fn a_leap_year_is_forecast_with_its_29_february() {
    // Up to Friday 25 February 2028: four weeks of 1 kWh a day. 26 February to 31 December are 4 + 306 days.
    let burn = burn_of(&days("2028-01-29", &[1; 28]), "400", "2028-02-26");
    let forecast = burn.forecast.unwrap();
    assert_eq!((text(forecast.total), forecast.days), ("338".to_owned(), 310));
    // The same days of 2026, which has one less.
    let burn = burn_of(&days("2026-01-29", &[1; 28]), "400", "2026-02-26");
    assert_eq!(
        (text(burn.forecast.clone().unwrap().total), burn.forecast.unwrap().days),
        ("337".to_owned(), 309)
    );
    // 29 February itself is a day like others: used, passed, and in its month.
    let burn = burn_of(&days("2028-01-01", &[1; 60]), "120", "2028-03-01");
    assert_eq!((text(burn.used), text(burn.months[1])), ("60".to_owned(), "29".to_owned()));
    assert_eq!(burn.thresholds[0].passed_on, Some(date("2028-02-29")));
    assert_eq!(text(burn.forecast.unwrap().total), "366");
}

#[test]
fn weeks_of_which_something_is_not_counted_are_no_basis_and_are_named() {
    // Eight weeks up to Sunday 1 March: the last two lack half of what was used on a day.
    let mut amounts = vec![10; 56];
    amounts[45] = 5;
    amounts[52] = 5;
    let input = days("2026-01-05", &amounts);
    let gaps = [("2026-02-19", Gap::NoFactor), ("2026-02-26", Gap::NoEstimate)];
    let burn = burn_with(&input, &gaps, "5000", "2026-03-02");
    let forecast = burn.forecast.unwrap();
    assert_eq!((forecast.level_from, forecast.level_to), (date("2026-01-19"), date("2026-02-15")));
    // 550 are used; 305 days at 10 follow.
    assert_eq!((text(forecast.total), forecast.weeks), ("3600".to_owned(), 6));
    assert_eq!(
        burn.left_out.describe().unwrap(),
        "2 week(s) between 2026-02-16 and 2026-03-01 are left out of what a forecast rests on, because not all of it is \
         counted: nothing supports an estimate of tasks without energy, grid factors are missing."
    );
    let lower = burn_of(&input, "5000", "2026-03-02").forecast.unwrap();
    assert_eq!(
        text(lower.total),
        "3490",
        "with them each Thursday would be forecast as (10 + 10 + 5 + 5) ÷ 4"
    );
}

#[test]
fn too_few_weeks_that_are_counted_whole_are_too_few() {
    let input = days("2026-01-01", &[10; 35]);
    assert_eq!(burn_of(&input, "5000", "2026-02-05").left_out, LeftOutWeeks::default());
    let gaps = [("2026-01-08", Gap::Unsettled), ("2026-01-15", Gap::Unsettled)];
    let burn = burn_with(&input, &gaps, "5000", "2026-02-05");
    assert_eq!(burn.forecast.unwrap_err(), NoForecast::TooLittleData { weeks: 3 });
    assert_eq!(
        burn.left_out.weeks,
        [(date("2026-01-15"), date("2026-01-21")), (date("2026-01-08"), date("2026-01-14"))]
    );
}

#[test]
fn weeks_of_which_nothing_is_counted_are_named_too() {
    // In January all was counted; of the four weeks before nothing, for want of factors.
    let input = days("2026-01-01", &[10; 28]);
    let before: Vec<String> = (4..32).map(|day| format!("2025-12-{day:02}")).collect();
    let gaps: Vec<(&str, Gap)> = before.iter().map(|day| (day.as_str(), Gap::NoFactor)).collect();
    let burn = burn_with(&input, &gaps, "5000", "2026-01-29");
    assert_eq!((text(burn.forecast.unwrap().total), burn.left_out.weeks.len()), ("3650".to_owned(), 4));
    let burn = burn_with(&[], &gaps, "5000", "2026-01-01");
    assert_eq!(burn.forecast.unwrap_err(), NoForecast::TooLittleData { weeks: 0 });
    assert_eq!(burn.left_out.weeks.len(), 4);
}

#[test]
fn a_week_of_silence_says_nothing_about_the_spread() {
    let mut input = days("2026-01-01", &[5; 14]);
    input.extend(days("2026-01-22", &[5; 14]));
    let forecast = burn_of(&input, "400", "2026-02-05").forecast.unwrap();
    assert_eq!((forecast.weeks, forecast.level_from), (4, date("2026-01-01")));
    assert_eq!(forecast.low, forecast.high);
}

#[test]
fn carbon_is_counted_in_its_own_unit() {
    let mass = CarbonMass::parse_kilograms("2.5").unwrap();
    let budget = Amount::of_allowance(Allowance::Carbon(mass, Basis::Direct, Perimeter::Production));
    assert_eq!(Measure::Carbon.decimal(budget, 6).unwrap().to_string(), "2.500000");
    let kwh = ScaledEnergy::from_raw(kwh("5").0);
    let emitted = Amount::of_carbon(kwh, Intensity::parse_grams_per_kwh("250").unwrap());
    assert_eq!(Measure::Carbon.decimal(emitted, 6).unwrap().to_string(), "1.250000");
    assert_eq!(emitted.share_of(budget).unwrap().to_string(), "0.500000");
    assert_eq!(text(Amount::of_energy(kwh)), "5");
}

#[test]
fn the_days_before_a_year_hold_the_most_weeks_and_the_longest_silence() {
    // 12 · 7 + 28.
    assert_eq!(LOOK_BACK_DAYS, 112);
}

#[test]
fn why_nothing_is_forecast_is_told_in_words() {
    for (why, words) in [
        (NoForecast::YearNotBegun, "the year has not begun"),
        (NoForecast::YearOver, "the year is over"),
        (
            NoForecast::TooLittleData { weeks: 3 },
            "a forecast needs 4 whole weeks with data, all of it counted; there are 3",
        ),
        (
            NoForecast::Silent { since: date("2026-01-31") },
            "there are no data since 2026-01-31, which is more than 28 days",
        ),
    ] {
        assert_eq!(why.describe(), words);
    }
}

#[test]
fn a_forecast_tells_what_it_was_made_of() {
    let forecast = burn_of(&five_weeks(), "400", "2026-12-07").forecast.unwrap();
    assert_eq!(
        forecast.describe(),
        "Each of the 25 day(s) to 31 December that have no whole day of data yet is forecast as the mean of its \
         weekday over 4 weeks, 2026-11-09 to 2026-12-06; 28 of their 28 days had data, the others count as days on \
         which nothing was used. The 95 % interval rests on the spread of the sums of 5 weeks, taken as independent \
         draws around one level (Student's t). A lasting change of level is not in it."
    );
}

#[test]
fn the_interval_takes_the_t_of_as_many_weeks() {
    // One week of 7,000 and the others of nothing: s² = 7,000² ÷ n. Of 36 days: s² · 36 · 64 ÷ 196 = 576·10⁶ ÷ n.
    let half = |weeks: usize| {
        let mut sums = vec![I256::ZERO; weeks];
        sums[0] = I256::from(7_000);
        half_of_interval(&sums, 36)
    };
    // 12,000 · 3.182, 8,000 · 2.306, and 6,928 · 2.201, each rounded down.
    assert_eq!([half(4), half(9), half(12)], [38_184, 18_448, 15_248].map(I256::from));
}

#[test]
fn roots_of_small_numbers_are_rounded_down() {
    let roots: Vec<I256> = (0..=17).map(|square| root(I256::from(square))).collect();
    let expected = [0, 1, 1, 1, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 4, 4];
    assert_eq!(roots, expected.map(I256::from));
}

#[test]
fn the_largest_sums_fit() {
    let most = Amount(I256::new(i128::MAX / 1_000) * Measure::Energy.grain() / I256::new(100_000));
    let input: Vec<_> = date("2026-01-01").iter_days().take(84).map(|day| (day, most)).collect();
    assert!(burn_of(&input, "1", "2026-03-26").forecast.is_ok());
}

proptest! {
    #[test]
    fn a_root_is_the_largest_whose_square_is_not_larger(high in any::<i64>(), low in any::<i128>()) {
        let square = I256::from(high).abs() * I256::new(low).abs();
        let found = root(square);
        prop_assert!(found * found <= square);
        let next = found + I256::from(1);
        prop_assert!(next * next > square);
    }

    #[test]
    fn the_order_of_the_days_does_not_matter(
        amounts in prop::collection::vec(0i64..1_000, 40),
        seed in prop::collection::vec(any::<u32>(), 40),
    ) {
        let input = days("2026-01-05", &amounts);
        let mut shuffled: Vec<_> = input.iter().copied().zip(seed).collect();
        shuffled.sort_by_key(|(_, seed)| *seed);
        let shuffled: Vec<_> = shuffled.into_iter().map(|(day, _)| day).collect();
        prop_assert_eq!(burn_of(&input, "9000", "2026-02-14"), burn_of(&shuffled, "9000", "2026-02-14"));
    }

    #[test]
    fn more_weeks_of_the_same_level_do_not_widen_the_interval(
        weeks in prop::collection::vec(prop::collection::vec(0i64..1_000, 7), 4..=6),
    ) {
        let once: Vec<i64> = weeks.concat();
        let twice = [once.clone(), once.clone()].concat();
        let from = |length: usize| (date("2026-03-02") - TimeDelta::days(length as i64)).to_string();
        let width = |amounts: &[i64]| {
            let sums: Vec<I256> = amounts.chunks(7).map(|week| I256::from(week.iter().sum::<i64>())).collect();
            half_of_interval(&sums, 100)
        };
        prop_assert!(width(&twice) <= width(&once));
        let total = |amounts: &[i64]| {
            let input = days(&from(amounts.len()), amounts);
            let burn = burn_of(&input, "9000", "2026-03-02");
            burn.forecast.unwrap().total - burn.used
        };
        prop_assert_eq!(total(&once), total(&twice));
    }

    #[test]
    fn the_interval_holds_the_forecast_and_is_not_below_what_is_used(
        amounts in prop::collection::vec(0i64..1_000_000, 28..120),
    ) {
        let input = days("2026-01-01", &amounts);
        let today = (date("2026-01-01") + Days::new(amounts.len() as u64)).to_string();
        let burn = burn_of(&input, "9000", &today);
        let forecast = burn.forecast.unwrap();
        prop_assert!(burn.used <= forecast.low && forecast.low <= forecast.total);
        prop_assert!(forecast.total <= forecast.high);
    }
}
