use super::*;
use crate::domain::days::DayHistogram;
use crate::domain::factor::{FactorIndex, HourIntensity, Rung};
use crate::domain::ids::{ModelId, ServiceId};
use crate::domain::registry::SiteFactor;
use crate::domain::terms::EnergyTerms;
use crate::domain::totals::{Bucket, HourTotal, TaskCounts};
use crate::method::figures::{CarbonInputs, Figures, Inputs, MethodError, figures};
use crate::method::market::Market;
use crate::method::normalise::{LayerTable, Settlement, default_of};
use crate::units::{Intensity, Ratio};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;

fn group(boundary: Boundary) -> Group {
    Group {
        service: ServiceId::from_db(1),
        model: ModelId::from_db(1),
        site: SiteId::from_db(1),
        task_type: TaskType::Chat,
        terms: EnergyTerms::Stated(boundary, Evidence::Counter),
        place: None,
        counted_from: CountedFrom::Records,
    }
}

fn noon(days: i64) -> DateTime<Utc> {
    "2025-10-01T12:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(days)
}

fn total(boundary: Boundary, days: i64, energy_uj: i128) -> HourTotal {
    HourTotal {
        group: group(boundary),
        hour: noon(days),
        tasks: TaskCounts { completed: 1, failed: 0, cancelled: 0 },
        tasks_without_histogram: 0,
        energy: EnergyTotal::from_microjoules(energy_uj),
        unfinished_energy: EnergyTotal::ZERO,
        output_tokens: 0,
        output_tokens_energy: EnergyTotal::ZERO,
    }
}

/// A PUE of 1.3, and 400 g/kWh in every hour.
fn compute(days: &[DayTotal], histograms: &[DayHistogram]) -> Result<Figures, MethodError> {
    let layers = LayerTable::new(vec![SiteFactor {
        site: SiteId::from_db(1),
        kind: SiteFactorKind::Pue,
        valid_from: "2025-01-01T00:00:00Z".parse().unwrap(),
        valid_to: "2026-01-01T00:00:00Z".parse().unwrap(),
        revision: 1,
        value: Ratio::from_ppm(1_300_000),
    }]);
    let intensity = Intensity::parse_grams_per_kwh("400").unwrap();
    let found = HourIntensity { intensity, rung: Rung::Annual, factor: FactorIndex { series: 0, value: 0 } };
    let intensities: HashMap<_, _> = (0..3).map(|days| ((SiteId::from_db(1), noon(days)), found)).collect();
    figures(&Inputs {
        served: None,
        totals: days,
        stages: &[],
        buckets: histograms,
        layers: &layers,
        carbon: Some(CarbonInputs { intensities: &intensities, market: &Market::default() }),
        settlement: &Settlement::default(),
        estimates: &[],
        units: &[],
        intervals: &[],
        squares: &[],
    })
}

#[test]
fn the_it_part_of_facility_energy_is_rounded_once_for_days_with_the_same_factors() {
    let layers = Layers {
        server_per_accelerator: Layer::Default(default_of(SiteFactorKind::ServerPerAccelerator)),
        it_per_server: Layer::Default(default_of(SiteFactorKind::ItPerServer)),
        pue: Layer::Declared(Ratio::from_ppm(1_300_000), 0),
    };
    let (boundary, tier) = (Boundary::Facility, Evidence::Counter);
    let terms = Terms {
        group: group(boundary),
        boundary,
        tier,
        layers,
        error: EnergyError::of(tier),
        estimated: None,
    };
    let mut run = Run::new(terms);
    for days in 0..3 {
        run.add(&DayTotal::from(&total(boundary, days, 1)));
    }
    let mut gathered = Gathered::new();
    gathered.add(run);
    let it: Vec<String> = gathered.leaves.values().map(|sums| sums.it.to_string()).collect();
    // 3 µJ ÷ 1.3 are 2307692307692307692.3·10⁻¹⁸ µJ; three days of 769230769230769230.8 would be one more.
    assert_eq!(it, ["2307692307692307692"]);
}

#[test]
fn site_days_are_sums_of_all_groups_of_a_day_and_of_all_boundaries() {
    let days = DayTotal::of_hours(&[
        total(Boundary::It, 0, 10),
        total(Boundary::It, 1, 100),
        total(Boundary::Facility, 0, 13),
    ]);
    let figures = compute(&days, &[]).unwrap();
    let said: Vec<(i64, i128, i128)> = figures
        .site_days
        .iter()
        .map(|day| (day.completed, day.facility.microjoules(), day.it.unwrap().microjoules()))
        .collect();
    // 10 · 1.3 + 13 at the facility, 10 + 13 ÷ 1.3 of IT.
    assert_eq!(said, [(2, 26, 20), (1, 130, 100)]);
}

#[test]
fn hours_and_buckets_that_do_not_add_up_are_refused() {
    let good = DayTotal::from(&total(Boundary::It, 0, 10));
    let other_energy = DayTotal { energy: EnergyTotal::from_microjoules(11), ..good.clone() };
    assert_eq!(compute(&[other_energy], &[]).unwrap_err(), MethodError::HoursNotTheDay);
    let mut other_tasks = good.clone();
    other_tasks.tasks.completed = 2;
    assert_eq!(compute(&[other_tasks], &[]).unwrap_err(), MethodError::HoursNotTheDay);

    let histogram = DayHistogram::new(good.group, good.day, [(Bucket::of(10), 1)]);
    let days = std::slice::from_ref(&good);
    assert!(compute(days, std::slice::from_ref(&histogram)).is_ok());
    let packed = bytes::Bytes::copy_from_slice(histogram.packed());
    let of_two = DayHistogram::from_packed(good.group, good.day, 2, packed);
    assert_eq!(compute(days, &[of_two]).unwrap_err(), MethodError::HistogramNotTheDay);
}
