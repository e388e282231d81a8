use super::*;
use crate::domain::contract::{Contract, ContractVolume};
use crate::domain::days::DayTotal;
use crate::domain::factor::{FactorIndex, HourIntensity, Rung};
use crate::domain::ids::ServiceId;
use crate::domain::period::{Days, Period};
use crate::domain::registry::SiteFactor;
use crate::domain::terms::{CountedFrom, EnergyTerms, Instrument, IntervalSource, MarketPart};
use crate::domain::totals::{
    Bucket, HourTotal, IntervalTotal, SquareTotal, StageTotal, TaskCounts, UnitTotal,
};
use crate::method::estimate::{Estimate, EstimatedBy};
use crate::method::figures::{CarbonInputs, Figures, figures};
use crate::method::market::{Claim, Market, allocate};
use crate::method::normalise::{LayerTable, Settlement};
use crate::method::uncertainty::EnergyError;
use crate::units::{EnergyVolume, Intensity, Ratio};
use chrono::{DateTime, TimeDelta, Utc};

/// What the figures of a test are made from; mostly nothing.
#[derive(Default)]
struct Told {
    served: Option<i128>,
    totals: Vec<HourTotal>,
    stages: Vec<StageTotal>,
    buckets: Vec<DayHistogram>,
    estimates: Vec<Estimate>,
    units: Vec<UnitTotal>,
    intervals: Vec<IntervalTotal>,
    squares: Vec<SquareTotal>,
    market: Market,
}

impl Told {
    fn of(totals: impl IntoIterator<Item = HourTotal>) -> Told {
        Told { totals: totals.into_iter().collect(), ..Told::default() }
    }

    /// Site 1 declares a PUE of 1.25, site 2 none. 400 g/kWh, measured at noon and annual an hour later.
    fn figures(&self) -> Figures {
        let layers = LayerTable::new(vec![SiteFactor {
            site: SiteId::from_db(1),
            kind: SiteFactorKind::Pue,
            valid_from: "2025-01-01T00:00:00Z".parse().unwrap(),
            valid_to: "2026-01-01T00:00:00Z".parse().unwrap(),
            revision: 1,
            value: Ratio::from_ppm(1_250_000),
        }]);
        let factor = FactorIndex { series: 0, value: 0 };
        let at = |rung| HourIntensity { intensity: grams("400"), rung, factor };
        let rungs = [(0, Rung::HourlyMeasured), (1, Rung::Annual)];
        let intensities = [1, 2]
            .into_iter()
            .flat_map(|site| rungs.map(|(after, rung)| ((SiteId::from_db(site), noon(after)), at(rung))))
            .collect();
        figures(&Inputs {
            totals: &DayTotal::of_hours(&self.totals),
            stages: &self.stages,
            buckets: &self.buckets,
            layers: &layers,
            served: self.served,
            carbon: Some(CarbonInputs { intensities: &intensities, market: &self.market }),
            settlement: &Settlement::default(),
            estimates: &self.estimates,
            units: &self.units,
            intervals: &self.intervals,
            squares: &self.squares,
        })
        .unwrap()
    }
}

/// So many hours after noon.
fn noon(hours: i64) -> DateTime<Utc> {
    "2025-10-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hours)
}

fn grams(text: &str) -> Intensity {
    Intensity::parse_grams_per_kwh(text).unwrap()
}

fn wh(amount: i128) -> EnergyTotal {
    EnergyTotal::from_microjoules(amount * 3_600_000_000)
}

fn scaled_wh(amount: i128) -> ScaledEnergy {
    ScaledEnergy::from_raw(I256::new(wh(amount).microjoules()) * I256::new(ScaledEnergy::PER_MICROJOULE))
}

fn group(task_type: TaskType, boundary: Boundary, evidence: Evidence) -> Group {
    Group {
        service: ServiceId::from_db(1),
        model: ModelId::from_db(1),
        site: SiteId::from_db(1),
        task_type,
        terms: EnergyTerms::Stated(boundary, evidence),
        place: None,
        counted_from: CountedFrom::Records,
    }
}

fn chat() -> Group {
    group(TaskType::Chat, Boundary::It, Evidence::Counter)
}

/// Metered at the facility, so that nothing is multiplied.
fn metered() -> Group {
    group(TaskType::Chat, Boundary::Facility, Evidence::Metered)
}

fn at(place: Place, task_type: TaskType) -> Group {
    Group { place: Some(place), ..group(task_type, Boundary::Facility, Evidence::Metered) }
}

/// At noon, without tokens.
fn total(group: Group, [completed, failed, cancelled]: [i64; 3], energy_wh: i128) -> HourTotal {
    HourTotal {
        group,
        hour: noon(0),
        tasks: TaskCounts { completed, failed, cancelled },
        tasks_without_histogram: 0,
        energy: wh(energy_wh),
        unfinished_energy: EnergyTotal::ZERO,
        output_tokens: 0,
        output_tokens_energy: EnergyTotal::ZERO,
    }
}

/// Two hours of chat (8 and 16 Wh of IT) and one of another model's code (10 Wh of the facility).
fn three_totals() -> [HourTotal; 3] {
    let first = total(chat(), [3, 2, 1], 8);
    let second = total(chat(), [5, 1, 4], 16);
    let code =
        Group { model: ModelId::from_db(2), ..group(TaskType::Code, Boundary::Facility, Evidence::Metered) };
    let third = total(code, [2, 3, 5], 10);
    [
        HourTotal {
            tasks_without_histogram: 2,
            unfinished_energy: wh(2),
            output_tokens: 1_000,
            output_tokens_energy: wh(8),
            ..first
        },
        HourTotal {
            hour: noon(1),
            tasks_without_histogram: 1,
            unfinished_energy: wh(4),
            output_tokens: 2_000,
            output_tokens_energy: wh(16),
            ..second
        },
        HourTotal {
            tasks_without_histogram: 1,
            unfinished_energy: wh(1),
            output_tokens: 1_000,
            output_tokens_energy: wh(10),
            ..third
        },
    ]
}

fn text(value: Option<Decimal>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}

fn texts<K: Ord + Copy>(shares: &BTreeMap<K, Decimal>) -> Vec<(K, String)> {
    shares.iter().map(|(key, share)| (*key, share.to_string())).collect()
}

#[test]
fn hours_task_types_and_models_add_up() {
    let figures = Told { served: Some(52), ..Told::of(three_totals()) }.figures();
    let all = &figures.total;
    assert_eq!((all.completed, all.failed, all.cancelled), (10, 6, 10));
    assert_eq!(
        (all.completed_without_histogram, text(all.percentile_left_out_share)),
        (4, "0.400000000000".to_owned())
    );
    assert_eq!(all.energy_reported, wh(34));
    // IT: 8 + 16 + 10 ÷ 1.25. Facility: 10 + 20 + 10.
    assert_eq!(text(all.energy_it_wh), "32.000000000000");
    assert_eq!(text(all.energy_facility_wh), "40.000000000000");
    // 40 Wh over 4,000 tokens; 40 Wh at 400 g/kWh.
    assert_eq!(text(all.per_1000_output_tokens_wh), "10.000000000000");
    assert_eq!(text(all.carbon_g), "16.000000000000");
    assert_eq!(text(all.carbon_market_per_task_g), "1.600000000000");
    assert_eq!(
        texts(&all.evidence_shares),
        [(Evidence::Metered, "0.250000".to_owned()), (Evidence::Counter, "0.750000".to_owned())]
    );
    assert_eq!(
        texts(&all.boundary_shares),
        [(Boundary::It, "0.750000".to_owned()), (Boundary::Facility, "0.250000".to_owned())]
    );
    // (2 + 4) · 1.25 + 1 of 40 Wh.
    assert_eq!(text(figures.unfinished_share), "0.212500");
    assert_eq!(
        texts(&figures.rung_shares),
        [(Rung::HourlyMeasured, "0.500000".to_owned()), (Rung::Annual, "0.500000".to_owned())]
    );
    // 26 of 52 tasks.
    assert_eq!(text(figures.coverage), "0.500000000000");
    assert_eq!(text(figures.estimated_share), "0.000000");
}

#[test]
fn each_scope_has_its_own_sums() {
    let figures = Told::of(three_totals()).figures();
    let (first, second) = (ModelId::from_db(1), ModelId::from_db(2));
    let chats = [
        &figures.by_task_type[&TaskType::Chat],
        &figures.by_model[&first],
        &figures.by_model_task_type[&(first, TaskType::Chat)],
    ];
    for chat in chats {
        assert_eq!((chat.completed, chat.failed, chat.cancelled), (8, 3, 5));
        assert_eq!((chat.completed_without_histogram, chat.energy_reported), (3, wh(24)));
        assert_eq!(text(chat.mean_wh), "3.750000000000");
        assert_eq!(text(chat.it_mean_wh), "3.000000000000");
    }
    let codes = [&figures.by_task_type[&TaskType::Code], &figures.by_model[&second]];
    assert!(codes.iter().all(|code| text(code.mean_wh) == "5.000000000000"));
    assert_eq!(figures.by_model_task_type.len(), 2);
    assert_eq!(figures.coverage, None);
}

#[test]
fn a_day_of_a_site_is_the_sum_of_its_hours() {
    let elsewhere = Group { site: SiteId::from_db(2), ..metered() };
    let totals = three_totals().into_iter().chain([total(elsewhere, [1, 0, 0], 7)]);
    let days = Told::of(totals).figures().site_days;
    assert_eq!(days.len(), 2);
    assert_eq!((days[0].it, days[0].facility, days[0].completed), (Some(scaled_wh(32)), scaled_wh(40), 10));
    // Site 2 declares no PUE that the IT part could be told with.
    assert_eq!((days[1].it, days[1].facility, days[1].completed), (None, scaled_wh(7), 1));
}

#[test]
fn what_failed_tasks_used_is_not_known_of_windows_and_estimates() {
    let windows = Group { counted_from: CountedFrom::Windows, ..metered() };
    let share = |told: Told| text(told.figures().unfinished_share);
    assert_eq!(share(Told::of([total(windows, [1, 0, 0], 1)])), "0.000000");
    for tasks in [[1, 1, 1], [1, 0, 1], [1, 1, 0]] {
        assert_eq!(share(Told::of([total(windows, tasks, 1)])), "none", "{tasks:?}");
        let of_records = Told::of([total(metered(), tasks, 1)]);
        assert_eq!(
            share(Told { estimates: vec![estimate(total(chat(), [1, 0, 0], 4))], ..of_records }),
            "0.000000"
        );
        assert_eq!(
            share(Told { estimates: vec![estimate(total(chat(), tasks, 4))], ..Told::default() }),
            "none"
        );
    }
}

fn by_coefficient() -> EstimatedBy {
    EstimatedBy::Coefficient { model: ModelId::from_db(1), revision: 1 }
}

fn estimate(total: HourTotal) -> Estimate {
    Estimate { total, error: EnergyError::Coefficient, by: by_coefficient() }
}

#[test]
fn estimated_energy_is_told_by_what_from() {
    let estimates = vec![estimate(total(chat(), [1, 0, 0], 4)), estimate(total(chat(), [1, 0, 0], 8))];
    let figures = Told { estimates, ..Told::of([total(metered(), [3, 0, 0], 5)]) }.figures();
    // 12 · 1.25 of 20 Wh.
    assert_eq!(figures.estimated, BTreeMap::from([(by_coefficient(), scaled_wh(15))]));
    assert_eq!(text(figures.estimated_share), "0.750000");
    assert_eq!(text(figures.total.mean_wh), "4.000000000000");
    // The part estimated with a coefficient is the widest.
    assert_eq!(figures.total.interval.unwrap().largest, IntervalSource::Coefficient);
}

fn claim(volume: ContractVolume, intensity: &str) -> Claim {
    Claim {
        contract: Contract {
            key: "ppa".parse().unwrap(),
            instrument: Instrument::PowerPurchaseAgreement,
            zone: "DE".to_owned(),
            valid: Days::new("2025-10-01".parse().unwrap(), "2025-10-02".parse().unwrap()).unwrap(),
            volume,
            lifecycle: Some(grams(intensity)),
            direct: None,
            reference: "test".to_owned(),
        },
        revision: 1,
        intensity: grams(intensity),
        zones: BTreeSet::from(["DE".to_owned()]),
    }
}

#[test]
fn what_was_bought_is_counted_at_the_factor_of_its_contract() {
    let [first, second, third] = three_totals();
    let third = HourTotal { group: Group { site: SiteId::from_db(2), ..third.group }, ..third };
    let volume = |watt_hours| EnergyVolume::from_watt_hours(watt_hours).unwrap();
    let mut hours = vec![volume(0); 24];
    hours[12] = volume(10);
    let claims =
        vec![claim(ContractVolume::Hourly(hours), "10"), claim(ContractVolume::Annual(volume(5)), "20")];
    let place = |hour| ("DE".to_owned(), noon(hour));
    let consumed = BTreeMap::from([(place(0), scaled_wh(10)), (place(1), scaled_wh(20))]);
    let covered = allocate(&consumed, &claims, Period::parse("2025-10-01", "2025-10-02").unwrap());
    let zones = HashMap::from([(SiteId::from_db(1), "DE".to_owned()), (SiteId::from_db(2), "FR".to_owned())]);
    let market = Market { claims, covered, zones, residual: HashMap::new() };
    let figures = Told { market, ..Told::of([first.clone(), second, third]) }.figures();
    // The first hour whole, 5 Wh of the second; 15 Wh of it and 10 Wh in France are left, of 40 Wh.
    assert_eq!(figures.contract_energy, BTreeMap::from([(0, scaled_wh(10)), (1, scaled_wh(5))]));
    assert_eq!(
        texts(&figures.market_shares),
        [(MarketPart::Contract, "0.375000".to_owned()), (MarketPart::LocationBased, "0.625000".to_owned())]
    );
    assert_eq!(text(figures.hourly_matched_share), "0.250000");
    // 10 Wh · 10 + 5 Wh · 20 + 25 Wh · 400 g/kWh.
    assert_eq!(text(figures.total.carbon_market_g), "10.200000000000");
    assert_eq!(text(figures.total.carbon_g), "16.000000000000");
    // Where contracts cover all, nothing is left that could be counted otherwise.
    let consumed = BTreeMap::from([(place(0), scaled_wh(10))]);
    let claims = vec![claim(ContractVolume::Annual(volume(10)), "10")];
    let covered = allocate(&consumed, &claims, Period::parse("2025-10-01", "2025-10-02").unwrap());
    let zones = HashMap::from([(SiteId::from_db(1), "DE".to_owned())]);
    let market = Market { claims, covered, zones, residual: HashMap::new() };
    let figures = Told { market, ..Told::of([first]) }.figures();
    assert_eq!(texts(&figures.market_shares), [(MarketPart::Contract, "1.000000".to_owned())]);
    assert_eq!(text(figures.hourly_matched_share), "0.000000");
}

#[test]
fn places_share_tasks_and_energy_and_are_compared_within_a_task_type() {
    let used = |place, task_type, tasks, energy_wh| total(at(place, task_type), tasks, energy_wh);
    let figures = Told::of([
        used(Place::Cloud, TaskType::Chat, [1, 1, 2], 3),
        HourTotal { hour: noon(1), ..used(Place::Cloud, TaskType::Chat, [3, 0, 0], 5) },
        used(Place::Edge, TaskType::Chat, [3, 2, 1], 3),
        used(Place::Device, TaskType::Chat, [2, 0, 0], 1),
        // Nothing was completed in the cloud that these could be compared with.
        used(Place::Cloud, TaskType::Code, [0, 1, 0], 2),
        used(Place::Edge, TaskType::Code, [4, 0, 0], 6),
    ])
    .figures();
    // A chat in the cloud is 8 Wh ÷ 4: (3 · 2 − 3) + (2 · 2 − 1).
    assert_eq!(text(figures.place_saving_wh), "6.000000000000");
    let shares: Vec<_> = figures
        .places
        .iter()
        .map(|(place, shares)| (*place, shares.tasks.to_string(), shares.energy.to_string()))
        .collect();
    let expected = |place, tasks: &str, energy: &str| (Some(place), tasks.to_owned(), energy.to_owned());
    // 8, 10 and 2 of 20 tasks; 10, 9 and 1 of 20 Wh.
    assert_eq!(
        shares,
        [
            expected(Place::Cloud, "0.400000", "0.500000"),
            expected(Place::Edge, "0.500000", "0.450000"),
            expected(Place::Device, "0.100000", "0.050000"),
        ]
    );
    let nowhere = Told::of([total(metered(), [1, 0, 0], 1)]).figures();
    assert_eq!((nowhere.places, nowhere.place_saving_wh), (BTreeMap::new(), None));
}

#[test]
fn work_is_told_by_the_piece_and_by_the_second() {
    let unit = |unit, amount, energy_wh| UnitTotal {
        group: chat(),
        day: noon(0).date_naive(),
        unit,
        amount,
        energy: wh(energy_wh),
    };
    let mut told = Told::of([total(chat(), [1, 0, 0], 40)]);
    told.units = vec![
        unit(NaturalUnit::Images, 1, 4),
        unit(NaturalUnit::Images, 3, 4),
        unit(NaturalUnit::Pages, 5, 2),
        unit(NaturalUnit::AudioUs, 2_000_000, 4),
        unit(NaturalUnit::VideoUs, 500_000, 4),
    ];
    let figures = told.figures();
    for scope in [&figures.total, &figures.by_task_type[&TaskType::Chat]] {
        assert_eq!(
            texts(&scope.per_unit_wh),
            [
                // 8 · 1.25 over 4 images, 2 · 1.25 over 5 pages, 4 · 1.25 over 2 s and over half a second.
                (NaturalUnit::Images, "2.500000000000".to_owned()),
                (NaturalUnit::Pages, "0.500000000000".to_owned()),
                (NaturalUnit::AudioUs, "2.500000000000".to_owned()),
                (NaturalUnit::VideoUs, "10.000000000000".to_owned()),
            ]
        );
    }
    told.totals.push(total(Group { model: ModelId::from_db(2), ..chat() }, [1, 0, 0], 40));
    let other = Group { model: ModelId::from_db(2), ..chat() };
    told.units.push(UnitTotal { group: other, ..unit(NaturalUnit::Images, 6, 4) });
    // 12 · 1.25 over 10 images of both models.
    assert_eq!(text(told.figures().total.per_unit_wh.get(&NaturalUnit::Images).copied()), "1.500000000000");
}

#[test]
fn steps_that_check_others_are_told_together() {
    let stage = |kind, energy_wh| StageTotal {
        group: chat(),
        day: noon(0).date_naive(),
        kind,
        energy: wh(energy_wh),
        retry_energy: EnergyTotal::ZERO,
    };
    let mut told = Told::of([total(chat(), [1, 0, 0], 20)]);
    told.stages = vec![
        stage(StepKind::Generation, 10),
        stage(StepKind::Retrieval, 2),
        stage(StepKind::Retrieval, 3),
        stage(StepKind::Reranking, 1),
        stage(StepKind::Verification, 4),
    ];
    let figures = told.figures();
    assert_eq!(text(figures.stage_shares.get(&StepKind::Retrieval).copied()), "0.250000");
    assert_eq!(text(figures.verification_overhead), "0.500000");
    // The steps explain all of it, which is not more than there is.
    assert_eq!(text(figures.unattributed_share), "0.000000");
}

#[test]
fn a_bucket_is_shifted_by_what_its_group_used_in_the_whole_day() {
    // 1 Wh with a PUE of 1.25 in each of two hours.
    let first = total(chat(), [1, 0, 0], 1);
    let second = HourTotal { hour: noon(1), ..first.clone() };
    let mut told = Told::of([first, second]);
    let buckets = [(Bucket::of(72), 1), (Bucket::of(100), 1)];
    told.buckets = vec![DayHistogram::new(chat(), noon(0).date_naive(), buckets)];
    let percentiles = told.figures().total.percentiles_wh.unwrap();
    // 72 µJ · 1.25 = 90 µJ = 2.5·10⁻⁸ Wh; 100 µJ · 1.25 = 125 µJ.
    assert_eq!(text(percentiles[1]), "0.000000025000");
    assert_eq!(text(percentiles[4]), "0.000000034722");
}

#[path = "intervals_tests.rs"]
mod intervals;
