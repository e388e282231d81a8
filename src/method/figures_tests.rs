use super::*;
use crate::domain::factor::FactorIndex;
use crate::domain::ids::{ModelId, ServiceId};
use crate::domain::registry::SiteFactor;
use crate::domain::terms::{CountedFrom, EnergyTerms};
use crate::domain::totals::{Bucket, HourTotal, TaskCounts};
use crate::units::{Intensity, Ratio};

fn hour() -> DateTime<Utc> {
    "2025-10-01T12:00:00Z".parse().unwrap()
}

fn group(task_type: TaskType, boundary: Boundary) -> Group {
    Group {
        service: ServiceId::from_db(1),
        model: ModelId::from_db(1),
        site: SiteId::from_db(1),
        task_type,
        terms: EnergyTerms::Stated(boundary, Evidence::Counter),
        place: None,
        counted_from: CountedFrom::Records,
    }
}

fn total(group: Group, completed: i64, failed: i64, wh: i128, tokens: i128) -> HourTotal {
    let energy = EnergyTotal::from_microjoules(wh * 3_600_000_000);
    let tasks = TaskCounts { completed, failed, cancelled: 0 };
    HourTotal {
        group,
        hour: hour(),
        tasks,
        tasks_without_histogram: 0,
        energy,
        unfinished_energy: EnergyTotal::ZERO,
        output_tokens: tokens,
        output_tokens_energy: energy,
    }
}

fn stage(group: Group, wh: i128) -> StageTotal {
    let energy = EnergyTotal::from_microjoules(wh * 3_600_000_000);
    let day = hour().date_naive();
    StageTotal { group, day, kind: StepKind::Retrieval, energy, retry_energy: EnergyTotal::ZERO }
}

/// PUE 1.25 declared, the inner layers by default; 400 g/kWh.
fn compute(
    totals: &[HourTotal],
    stages: &[StageTotal],
    buckets: &[DayHistogram],
) -> Result<Figures, MethodError> {
    compute_at(hour(), totals, stages, buckets)
}

fn compute_at(
    hour: DateTime<Utc>,
    totals: &[HourTotal],
    stages: &[StageTotal],
    buckets: &[DayHistogram],
) -> Result<Figures, MethodError> {
    let layers = LayerTable::new(vec![SiteFactor {
        site: SiteId::from_db(1),
        kind: SiteFactorKind::Pue,
        valid_from: "2025-01-01T00:00:00Z".parse().unwrap(),
        valid_to: "2026-01-01T00:00:00Z".parse().unwrap(),
        revision: 1,
        value: Ratio::from_ppm(1_250_000),
    }]);
    let intensity = Intensity::parse_grams_per_kwh("400").unwrap();
    let found = HourIntensity { intensity, rung: Rung::Annual, factor: FactorIndex { series: 0, value: 0 } };
    let intensities = HashMap::from([((SiteId::from_db(1), hour), found)]);
    let market = Market::default();
    figures(&Inputs {
        served: None,
        totals: &DayTotal::of_hours(totals),
        stages,
        buckets,
        layers: &layers,
        carbon: Some(CarbonInputs { intensities: &intensities, market: &market }),
        settlement: &Settlement::default(),
        estimates: &[],
        units: &[],
        intervals: &[],
        squares: &[],
    })
}

fn text(value: Option<Decimal>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}

#[test]
fn energy_of_failed_tasks_is_in_the_mean_and_their_count_is_not() {
    // Chat at the facility: 10 Wh over 4 completed and 1 failed. Code within IT: 8 Wh · 1.25 = 10 Wh over 1.
    let chat = total(group(TaskType::Chat, Boundary::Facility), 4, 1, 10, 2_000);
    let code = total(group(TaskType::Code, Boundary::It), 1, 0, 8, 500);
    let figures = compute(&[chat, code], &[], &[]).unwrap();
    assert_eq!(text(figures.total.mean_wh), "4.000000000000");
    assert_eq!(text(figures.by_task_type[&TaskType::Chat].mean_wh), "2.500000000000");
    assert_eq!(text(figures.by_task_type[&TaskType::Code].mean_wh), "10.000000000000");
    // IT: 10 ÷ 1.25 + 8 = 16 Wh over 5.
    assert_eq!(text(figures.total.it_mean_wh), "3.200000000000");
    // 20 Wh over 2,500 tokens; 20 Wh · 400 g/kWh = 8 g.
    assert_eq!(text(figures.total.per_1000_output_tokens_wh), "8.000000000000");
    assert_eq!(text(figures.total.carbon_g), "8.000000000000");
    assert_eq!(text(figures.total.carbon_per_task_g), "1.600000000000");
    assert_eq!(text(figures.default_share), "0.000000");
    assert_eq!((figures.total.completed, figures.total.failed), (5, 1));
}

#[test]
fn no_default_is_divided_out_of_a_facility_figure() {
    let mut total = total(group(TaskType::Chat, Boundary::Facility), 1, 0, 1, 0);
    let leaf = |figures: &Figures| figures.by_model_task_type.values().next().unwrap().it_energy;
    let figures = compute(&[total.clone()], &[], &[]).unwrap();
    assert_eq!((figures.total.it_energy, leaf(&figures)), (ItEnergy::Known, ItEnergy::Known));
    assert_eq!(figures.site_factors_used.len(), 1, "the declared PUE was divided out");
    // In 2026 the site has declared no PUE.
    total.hour = "2026-10-01T12:00:00Z".parse().unwrap();
    let figures = compute_at(total.hour, &[total], &[], &[]).unwrap();
    assert_eq!((figures.total.it_energy, leaf(&figures)), (ItEnergy::Unknown, ItEnergy::Unknown));
    assert_eq!(text(figures.total.mean_wh), "1.000000000000");
}

#[test]
fn defaults_are_counted_by_the_energy_they_touch() {
    // 1 Wh at the accelerators: · 1.43 · 1.12 · 1.25 = 2.002 Wh, beside 2.002 Wh at the facility.
    let defaulted = total(group(TaskType::Chat, Boundary::Accelerator), 1, 0, 1, 0);
    let mut whole = total(group(TaskType::Chat, Boundary::Facility), 1, 0, 0, 0);
    whole.energy = EnergyTotal::from_microjoules(7_207_200_000);
    let figures = compute(&[defaulted, whole], &[], &[]).unwrap();
    assert_eq!(text(figures.default_share), "0.500000");
    assert_eq!(figures.default_shares.len(), 2);
    assert!(!figures.default_shares.contains_key(&SiteFactorKind::Pue));
    assert_eq!(figures.site_factors_used.len(), 1);
    assert_eq!(text(figures.total.per_1000_output_tokens_wh), "none");
}

#[test]
fn percentiles_are_shifted_to_the_facility() {
    let group = group(TaskType::Chat, Boundary::It);
    let totals = [total(group, 100, 0, 1, 0)];
    // All in one bucket below 128 µJ, which is exact: 100 µJ · 1.25 = 125 µJ.
    let bucket = DayHistogram::new(group, hour().date_naive(), [(Bucket::of(100), 100)]);
    let figures = compute(&totals, &[], &[bucket]).unwrap();
    let median = figures.total.percentiles_wh.unwrap()[1];
    assert_eq!(text(median), "0.000000034722");
}

#[test]
fn steps_are_shares_and_the_rest_is_unattributed() {
    let group = group(TaskType::Agent, Boundary::It);
    let figures = compute(&[total(group, 1, 0, 4, 0)], &[stage(group, 1)], &[]).unwrap();
    assert_eq!(text(figures.stage_shares.get(&StepKind::Retrieval).copied()), "0.250000");
    assert_eq!(text(figures.unattributed_share), "0.750000");
    let exceeding = compute(&[total(group, 1, 0, 4, 0)], &[stage(group, 5)], &[]);
    assert_eq!(exceeding.unwrap_err(), MethodError::StepsExceedTasks);
}

#[test]
fn a_sample_is_judged_for_all_tasks_and_not_for_parts_of_unknown_coverage() {
    // Two chats of 1 and 3 Wh, half of what was served: s² = 2 Wh², 1.96 · √(2 · 2 · 0.5) = 2.772 Wh beside ± 10 %.
    let group = group(TaskType::Chat, Boundary::Facility);
    let totals = [total(group, 2, 0, 4, 0)];
    let uj2 = I256::from(3_600_000_000_i64) * I256::from(3_600_000_000_i64);
    let day = hour().date_naive();
    let squares =
        [SquareTotal { group, day, energy_squared_uj2: uj2 * I256::from(10), tasks_without_squares: 0 }];
    let layers = LayerTable::new(Vec::new());
    let of = |served| {
        let inputs = Inputs {
            served: Some(served),
            totals: &DayTotal::of_hours(&totals),
            stages: &[],
            buckets: &[],
            layers: &layers,
            carbon: None,
            settlement: &Settlement::default(),
            estimates: &[],
            units: &[],
            intervals: &[],
            squares: &squares,
        };
        figures(&inputs).unwrap()
    };
    let sample = of(4);
    let interval = sample.total.interval.unwrap();
    assert!(interval.has_sampling && text(Some(interval.low_wh)).starts_with("0.414"), "{interval:?}");
    let chat = sample.by_task_type[&TaskType::Chat].interval.unwrap();
    assert_eq!((text(Some(chat.low_wh)).as_str(), chat.has_sampling), ("1.800000000000", false));
    assert_eq!(sample.by_model[&ModelId::from_db(1)].interval, Some(chat));
    assert!(of(2).total.interval.unwrap().has_sampling, "all were reported");
}

#[test]
fn a_saving_says_what_it_leaves_out() {
    let at = |task_type, place, completed, wh| {
        let mut group = group(task_type, Boundary::Facility);
        group.place = Some(place);
        total(group, completed, 0, wh, 0)
    };
    // Chats: 4 Wh a task in the cloud, three on devices with 2 Wh together. Code at the edge has no cloud.
    let totals = [
        at(TaskType::Chat, Place::Cloud, 2, 8),
        at(TaskType::Chat, Place::Device, 3, 2),
        at(TaskType::Code, Place::Edge, 1, 5),
    ];
    let figures = compute(&totals, &[], &[]).unwrap();
    assert_eq!(text(figures.place_saving_wh), "10.000000000000");
    assert_eq!(text(figures.place_saving_left_out), "0.250000");
    let alone = compute(&totals[2..], &[], &[]).unwrap();
    assert_eq!(
        (text(alone.place_saving_wh), text(alone.place_saving_left_out)),
        ("none".into(), "1.000000".into())
    );
    let cloud = compute(&totals[..1], &[], &[]).unwrap();
    assert_eq!(cloud.place_saving_left_out, None);
}

#[test]
fn sites_and_tasks_behind_a_share_are_counted() {
    let mut elsewhere = total(group(TaskType::Chat, Boundary::Facility), 7, 0, 1, 0);
    elsewhere.group.site = SiteId::from_db(2);
    let totals = [total(group(TaskType::Chat, Boundary::It), 4, 1, 1, 0), elsewhere];
    let layers = LayerTable::new(Vec::new());
    let inputs = Inputs {
        served: None,
        totals: &DayTotal::of_hours(&totals),
        stages: &[],
        buckets: &[],
        layers: &layers,
        carbon: None,
        settlement: &Settlement::default(),
        estimates: &[],
        units: &[],
        intervals: &[],
        squares: &[],
    };
    let behind = figures(&inputs).unwrap().behind;
    assert_eq!(behind.all.len(), 2);
    let tasks: Vec<(usize, i128)> =
        behind.defaults.iter().map(|(kinds, behind)| (kinds.len(), behind.tasks)).collect();
    assert_eq!(tasks, [(0, 7), (1, 4)]);
}

/// Two hours before and two after a midnight, at which the PUE changes from 1.25 to 1.5; at another intensity each.
fn around_midnight(totals: &[HourTotal]) -> Figures {
    let site = SiteId::from_db(1);
    let pue = |from: &str, to: &str, ppm| SiteFactor {
        site,
        kind: SiteFactorKind::Pue,
        valid_from: from.parse().unwrap(),
        valid_to: to.parse().unwrap(),
        revision: 1,
        value: Ratio::from_ppm(ppm),
    };
    let layers = LayerTable::new(vec![
        pue("2025-10-01T00:00:00Z", "2025-10-02T00:00:00Z", 1_250_000),
        pue("2025-10-02T00:00:00Z", "2025-10-03T00:00:00Z", 1_500_000),
    ]);
    let rungs = [
        ("100", Rung::HourlyMeasured),
        ("200", Rung::Annual),
        ("300", Rung::HourlyMeasured),
        ("400", Rung::HourlyMeasured),
    ];
    let found = |(grams, rung)| HourIntensity {
        intensity: Intensity::parse_grams_per_kwh(grams).unwrap(),
        rung,
        factor: FactorIndex { series: 0, value: 0 },
    };
    let intensities =
        night().into_iter().zip(rungs).map(|(hour, rung)| ((site, hour), found(rung))).collect();
    figures(&Inputs {
        served: None,
        totals: &DayTotal::of_hours(totals),
        stages: &[],
        buckets: &[],
        layers: &layers,
        carbon: Some(CarbonInputs { intensities: &intensities, market: &Market::default() }),
        settlement: &Settlement::default(),
        estimates: &[],
        units: &[],
        intervals: &[],
        squares: &[],
    })
    .unwrap()
}

fn night() -> [DateTime<Utc>; 4] {
    ["2025-10-01T22:00:00Z", "2025-10-01T23:00:00Z", "2025-10-02T00:00:00Z", "2025-10-02T01:00:00Z"]
        .map(|hour| hour.parse().unwrap())
}

#[test]
fn hours_of_a_day_share_its_layers_and_keep_their_own_intensities() {
    let chat =
        night().map(|hour| HourTotal { hour, ..total(group(TaskType::Chat, Boundary::It), 1, 0, 8, 0) });
    let figures = around_midnight(&chat);
    // 8 Wh each: 10 and 10 before midnight, 12 and 12 after.
    assert_eq!(text(figures.total.energy_facility_wh), "44.000000000000");
    // 10 · 0.1 + 10 · 0.2 + 12 · 0.3 + 12 · 0.4 g.
    assert_eq!(text(figures.total.carbon_g), "11.400000000000");
    assert_eq!(figures.rung_shares[&Rung::Annual].to_string(), "0.227273");
    assert_eq!(figures.rung_shares[&Rung::HourlyMeasured].to_string(), "0.772727");
    assert_eq!(figures.behind.rungs[&Rung::HourlyMeasured].tasks, 3);
    assert_eq!(figures.site_factors_used.len(), 2);
}

#[test]
fn the_order_of_totals_changes_no_figure() {
    let of = |task_type, wh| {
        night().map(|hour| HourTotal { hour, ..total(group(task_type, Boundary::It), 1, 0, wh, 0) })
    };
    let (chat, code) = (of(TaskType::Chat, 8), of(TaskType::Code, 3));
    let by_group = [chat.clone(), code.clone()].concat();
    let mut by_hour: Vec<HourTotal> =
        chat.into_iter().zip(code).flat_map(|(chat, code)| [chat, code]).collect();
    assert_eq!(around_midnight(&by_group), around_midnight(&by_hour));
    by_hour.reverse();
    assert_eq!(around_midnight(&by_group), around_midnight(&by_hour));
}

#[test]
fn what_cannot_be_computed_is_refused() {
    let group = group(TaskType::Chat, Boundary::It);
    assert_eq!(compute(&[], &[], &[]).unwrap_err(), MethodError::NoCompletedTask);
    assert_eq!(compute(&[total(group, 0, 3, 1, 0)], &[], &[]).unwrap_err(), MethodError::NoCompletedTask);
    let next_day = hour().date_naive().succ_opt().unwrap();
    let other_day = DayHistogram::new(group, next_day, [(Bucket::of(1), 1)]);
    let lonely = compute(&[total(group, 1, 0, 1, 0)], &[], &[other_day]);
    assert_eq!(lonely.unwrap_err(), MethodError::HistogramWithoutTotal);
    let mut elsewhere = total(group, 1, 0, 1, 0);
    elsewhere.group.site = SiteId::from_db(2);
    assert!(matches!(compute(&[elsewhere], &[], &[]), Err(MethodError::IntensityMissing { .. })));
}
