use super::*;
use crate::method::figures::MeanInterval;
use crate::method::uncertainty::facility_squares;

/// Two sets of two tasks of 1 and 3 Wh at the facility, of which one failed and one was cancelled.
fn four_tasks() -> Told {
    let cloud = at(Place::Cloud, TaskType::Chat);
    let squares = |group, tasks_without_squares| SquareTotal {
        group,
        day: noon(0).date_naive(),
        energy_squared_uj2: square_wh(1 + 9),
        tasks_without_squares,
    };
    let mut told = Told::of([total(metered(), [1, 1, 0], 4), total(cloud, [1, 0, 1], 4)]);
    told.squares = vec![squares(metered(), 0), squares(cloud, 0)];
    // Of a day without a total, which no figure is made of.
    told.squares.push(SquareTotal { day: "2025-10-02".parse().unwrap(), ..squares(cloud, 0) });
    told
}

fn square_wh(amount: i64) -> I256 {
    I256::from(amount) * I256::new(wh(1).microjoules()) * I256::new(wh(1).microjoules())
}

fn interval(told: &Told) -> MeanInterval {
    told.figures().total.interval.unwrap()
}

fn ends(told: &Told) -> (String, String) {
    let interval = interval(told);
    (interval.low_wh.to_string(), interval.high_wh.to_string())
}

fn pair(low: &str, high: &str) -> (String, String) {
    (low.to_owned(), high.to_owned())
}

#[test]
fn tasks_that_were_not_reported_widen_the_interval() {
    // s² = (20 − 8² ÷ 4) ÷ 3 = 4/3. With 4 of 16 tasks: 1.96 · √(4/3 · 4 · 0.75) = 3.92 Wh beside 8 Wh ± 5 %, all of
    // it over the 2 tasks that were completed.
    let told = Told { served: Some(16), ..four_tasks() };
    assert_eq!(ends(&told), pair("1.840000000000", "6.160000000000"));
    let found = interval(&told);
    assert_eq!((found.largest, found.has_sampling), (IntervalSource::Sampling, true));
    // The coverage is declared of the service: of the model nobody knows it, even where it is all there is.
    let of_model = told.figures().by_model[&ModelId::from_db(1)].interval.unwrap();
    let ends = (of_model.low_wh.to_string(), of_model.high_wh.to_string());
    assert_eq!(ends, pair("3.800000000000", "4.200000000000"));
    assert_eq!((of_model.largest, of_model.has_sampling), (IntervalSource::Metered, false));
}

#[test]
fn nothing_is_said_of_unreported_tasks_where_their_spread_is_not_known() {
    let meters = pair("3.800000000000", "4.200000000000");
    let unknown_coverage = four_tasks();
    assert_eq!((ends(&unknown_coverage), interval(&unknown_coverage).has_sampling), (meters.clone(), false));
    let mut some_without = Told { served: Some(16), ..four_tasks() };
    some_without.squares[1].tasks_without_squares = 1;
    assert_eq!((ends(&some_without), interval(&some_without).has_sampling), (meters.clone(), false));
    // Where all tasks were reported, there are none that it would have to say something of.
    let all_reported = Told { served: Some(4), ..four_tasks() };
    assert_eq!((ends(&all_reported), interval(&all_reported).has_sampling), (meters, true));
    let mut with_estimate = Told { served: Some(16), ..four_tasks() };
    with_estimate.estimates = vec![estimate(total(chat(), [1, 0, 0], 1))];
    assert!(!interval(&with_estimate).has_sampling);
}

#[test]
fn spreads_of_models_add_up() {
    let other = Group { model: ModelId::from_db(2), ..metered() };
    let mut told = Told { served: Some(16), ..four_tasks() };
    told.totals[1].group = other;
    told.squares[1].group = other;
    assert_eq!(ends(&told), pair("1.840000000000", "6.160000000000"));
    told.squares[0].tasks_without_squares = 1;
    assert!(!interval(&told).has_sampling, "the spread of one model is not known");
    told.squares[0].tasks_without_squares = 0;
    told.squares[1].tasks_without_squares = 1;
    assert!(!interval(&told).has_sampling, "the spread of the other is not known");
}

#[test]
fn each_layer_outside_the_boundary_widens_the_interval_by_its_own_error() {
    let of = |site, boundary| {
        let group =
            Group { site: SiteId::from_db(site), ..group(TaskType::Chat, boundary, Evidence::Metered) };
        ends(&Told::of([total(group, [1, 0, 0], 10)]))
    };
    // 10 Wh · 1.25, ± 5 %, ± 2 % for a declared PUE.
    assert_eq!(of(1, Boundary::It), pair("11.637500000000", "13.387500000000"));
    // 10 Wh · 1.36, ± 5 %, ± 15 % for the default PUE.
    assert_eq!(of(2, Boundary::It), pair("10.982000000000", "16.422000000000"));
    // 14 Wh, and ± 25 % for the layer from servers to IT.
    assert_eq!(of(1, Boundary::Server), pair("9.775500000000", "18.742500000000"));
    // 20.02 Wh, and ± 25 % for each of two layers.
    assert_eq!(of(1, Boundary::Accelerator), pair("10.484223750000", "33.502218750000"));
    assert_eq!(of(1, Boundary::Facility), pair("9.500000000000", "10.500000000000"));
}

#[test]
fn ends_that_records_state_count_for_their_part_of_the_energy() {
    let stated = |group, [energy, low, high]: [i128; 3]| IntervalTotal {
        group,
        day: noon(0).date_naive(),
        energy: wh(energy),
        low: wh(low),
        high: wh(high),
    };
    let mut told = Told::of([total(chat(), [2, 0, 0], 20)]);
    told.intervals = vec![stated(chat(), [10, 8, 16])];
    // Stated: 8 · 1.25 · 0.98 and 16 · 1.25 · 1.02. The rest: 12.5 · 0.9 · 0.98 and 12.5 · 1.1 · 1.02. Over 2 tasks.
    assert_eq!(ends(&told), pair("10.412500000000", "17.212500000000"));
    assert_eq!(interval(&told).largest, IntervalSource::StatedIntervals);
    // Of two models, each with 10 Wh between 9 and 12.
    let other = Group { model: ModelId::from_db(2), ..metered() };
    let mut told = Told::of([total(metered(), [1, 0, 0], 10), total(other, [1, 0, 0], 10)]);
    told.intervals = vec![stated(metered(), [10, 9, 12]), stated(other, [10, 9, 12])];
    assert_eq!(ends(&told), pair("9.000000000000", "12.000000000000"));
}

#[test]
fn squares_are_brought_to_the_facility_by_the_square_of_the_factor() {
    // Tasks of 4 µJ in all that are 10 µJ at the facility: 16 · 2.5².
    let facility = ScaledEnergy::from_raw(I256::new(10 * ScaledEnergy::PER_MICROJOULE));
    assert_eq!(facility_squares(I256::from(16), 4, facility), I256::from(100));
    // By a third: 9 · (1/3)², with a factor of nine decimals rounded down.
    let third = ScaledEnergy::from_raw(I256::new(ScaledEnergy::PER_MICROJOULE));
    assert_eq!(facility_squares(I256::from(900), 3, third), I256::from(99));
    assert_eq!(facility_squares(I256::from(16), 0, facility), I256::ZERO);
}
