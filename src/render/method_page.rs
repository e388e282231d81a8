//! The public page on the method. Every number in it is a constant of the code that computes with it, and its worked
//! example is computed by the same functions as a disclosure.

use super::number::percent;
use crate::domain::days::DayTotal;
use crate::domain::factor::{FactorIndex, HourIntensity, Rung};
use crate::domain::group::Group;
use crate::domain::ids::{ModelId, ServiceId, SiteId};
use crate::domain::registry::SiteFactor;
use crate::domain::terms::{
    Boundary, CountedFrom, EnergyTerms, Evidence, SiteFactorKind, StepKind, TaskType,
};
use crate::domain::totals::{HourTotal, TaskCounts};
use crate::method::budget::{LEVEL_WEEKS, MAX_SILENT_DAYS, MAX_WEEKS, STUDENT_THOUSANDTHS};
use crate::method::change::MAX_MIX_DIFFERENCE_PPM;
use crate::method::equivalent::{DAYS_PER_YEAR, equivalent, steps};
use crate::method::normalise::{DEFAULT_IT_PER_SERVER, DEFAULT_PUE, DEFAULT_SERVER_PER_ACCELERATOR};
use crate::method::percentile::{MAX_ERROR_PPM, PERCENTILES};
use crate::method::regression::{
    ACCELERATOR_BYTES, ACCELERATORS_A_SERVER, DEFAULT_BATCH, DEFAULT_BITS, MAX_MEASURED_BATCH,
    MAX_MEASURED_PARAMETERS, MEASURED_ACCELERATOR, MEMORY_TENTHS, Run, SERVER_WATTS, formula_constants,
};
use crate::method::small_cells::{MIN_SITES, MIN_TASKS};
use crate::method::uncertainty::{
    COUNTER_PPM, DECLARED_PUE_PPM, DEFAULT_LAYER_PPM, DEFAULT_PUE_PPM, GSD_DECLARED, GSD_DEFAULTS,
    GSD_OUTSIDE, INTERVAL_PERCENT, METERED_PPM, Z_95_HUNDREDTHS,
};
use crate::method::{
    CarbonInputs, Figures, Inputs, LOW_COVERAGE_PPM, LayerTable, METHOD_VERSION, Market, Settlement,
    VERIFYING, figures,
};
use crate::text::{self, Language};
use crate::units::{Decimal, Energy, EnergyTotal, Intensity, Ratio};
use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;

/// What the page is filled with.
#[derive(Template)]
#[template(path = "method.html")]
pub struct MethodPage<'a> {
    home: &'a str,
    stylesheet: &'a str,
    version: &'static str,
    server_per_accelerator: String,
    it_per_server: String,
    pue: String,
    metered: String,
    counter: String,
    default_layer: String,
    declared_pue: String,
    default_pue: String,
    z: String,
    gsd_declared: String,
    gsd_defaults: String,
    gsd_outside: String,
    percentiles: String,
    max_error: String,
    interval: u32,
    low_coverage: String,
    most_mix: String,
    min_sites: usize,
    min_tasks: i128,
    batch: i64,
    bits: i64,
    most_batch: i64,
    most_parameters: i64,
    measured_accelerator: String,
    formula: Vec<(&'static str, String)>,
    server_watts: i64,
    accelerators_a_server: i64,
    accelerator_gb: i128,
    memory: String,
    estimate: EstimateExample,
    verifying: String,
    budget: BudgetNumbers,
    equivalents: Vec<(String, String)>,
    days_per_year: i128,
    tiers: Vec<(&'static str, &'static str)>,
    steps: Vec<&'static str>,
    oldest_year: i32,
    example: Example,
}

/// The page, linking to pages under `home` and styled by the sheet at `stylesheet`. `oldest_year` is how many years old a
/// yearly grid value may be.
pub fn method_page<'a>(home: &'a str, stylesheet: &'a str, oldest_year: i32) -> MethodPage<'a> {
    let ppm = |ppm: i64| percent(Decimal::new(i128::from(ppm), 6));
    let gsd = |hundredths: u32| plain(Decimal::new(i128::from(hundredths), 2));
    let ratio = |ratio: Ratio| plain(ratio.decimal());
    let percentiles: Vec<String> = PERCENTILES.iter().map(|rank| format!("p{rank}")).collect();
    MethodPage {
        home,
        stylesheet,
        version: METHOD_VERSION,
        server_per_accelerator: ratio(DEFAULT_SERVER_PER_ACCELERATOR),
        it_per_server: ratio(DEFAULT_IT_PER_SERVER),
        pue: ratio(DEFAULT_PUE),
        metered: ppm(METERED_PPM),
        counter: ppm(COUNTER_PPM),
        default_layer: ppm(DEFAULT_LAYER_PPM),
        declared_pue: ppm(DECLARED_PUE_PPM),
        default_pue: ppm(DEFAULT_PUE_PPM),
        z: gsd(Z_95_HUNDREDTHS),
        gsd_declared: gsd(GSD_DECLARED),
        gsd_defaults: gsd(GSD_DEFAULTS),
        gsd_outside: gsd(GSD_OUTSIDE),
        percentiles: percentiles.join(", "),
        max_error: ppm(MAX_ERROR_PPM),
        interval: INTERVAL_PERCENT,
        low_coverage: percent(Decimal::new(LOW_COVERAGE_PPM, 6)),
        most_mix: plain(Decimal::new(MAX_MIX_DIFFERENCE_PPM, 4)),
        min_sites: MIN_SITES,
        min_tasks: MIN_TASKS,
        batch: DEFAULT_BATCH,
        bits: DEFAULT_BITS,
        most_batch: MAX_MEASURED_BATCH,
        most_parameters: MAX_MEASURED_PARAMETERS / 1_000_000_000,
        measured_accelerator: MEASURED_ACCELERATOR.to_uppercase(),
        formula: formula_constants(),
        server_watts: SERVER_WATTS,
        accelerators_a_server: ACCELERATORS_A_SERVER,
        accelerator_gb: ACCELERATOR_BYTES / 1_000_000_000,
        memory: plain(Decimal::new(MEMORY_TENTHS, 1)),
        estimate: estimate_example(),
        verifying: VERIFYING.map(|kind| kind.label().to_lowercase()).join(", "),
        budget: budget_numbers(),
        equivalents: equivalents(),
        days_per_year: DAYS_PER_YEAR,
        tiers: Evidence::ALL.iter().map(|tier| (tier.label(), tier.explanation())).collect(),
        steps: StepKind::ALL.iter().map(|kind| kind.label()).collect(),
        oldest_year,
        example: example(),
    }
}

/// Without zeros at the end.
fn plain(value: Decimal) -> String {
    let text = value.to_string();
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The numbers of a budget's forecast.
struct BudgetNumbers {
    level_weeks: usize,
    level_days: usize,
    most_weeks: usize,
    silent_days: i64,
    /// 7 · 7 · the weeks of the level, by which the variance is divided.
    divisor: usize,
    /// Student's t by n − 1, in a row.
    student: String,
}

fn budget_numbers() -> BudgetNumbers {
    let student = STUDENT_THOUSANDTHS.iter().zip(LEVEL_WEEKS - 1..);
    let student =
        student.map(|(t, freedom)| format!("{freedom}: {}", plain(Decimal::new(i128::from(*t), 3))));
    BudgetNumbers {
        level_weeks: LEVEL_WEEKS,
        level_days: 7 * LEVEL_WEEKS,
        most_weeks: MAX_WEEKS,
        silent_days: MAX_SILENT_DAYS,
        divisor: 49 * LEVEL_WEEKS,
        student: student.collect::<Vec<_>>().join("; "),
    }
}

/// What energy is compared with: at the beginning of each yardstick the sentence, and the source of its assumption.
fn equivalents() -> Vec<(String, String)> {
    let found = steps().filter_map(|energy| equivalent(energy, None));
    found.map(|found| (text::equivalent(Language::English, &found), found.source)).collect()
}

/// A model of which only its size is known, and what the regression makes of an answer.
struct EstimateExample {
    billions: i64,
    tokens: i128,
    accelerators: i64,
    it_wh: String,
}

fn estimate_example() -> EstimateExample {
    let (billions, tokens) = (70, 200);
    let run = Run::with_defaults(billions * 1_000_000_000, billions * 1_000_000_000);
    let it_wh = run.energy(tokens, None).wh_per(1, 9).map_or(String::new(), plain);
    EstimateExample { billions, tokens, accelerators: run.accelerators(), it_wh }
}

/// Three tasks, and what the method makes of them.
struct Example {
    declared_pue: String,
    intensity: String,
    tasks: Vec<ExampleTask>,
    sum_wh: String,
    completed: i128,
    mean_wh: String,
    low_wh: String,
    high_wh: String,
    largest: &'static str,
    it_mean_wh: String,
    carbon_g: String,
}

struct ExampleTask {
    outcome: &'static str,
    told_wh: String,
    boundary: &'static str,
    /// The multiplication that brings it to the facility.
    steps: String,
    facility_wh: String,
}

/// The tasks of the example: whether they were completed, what was told, and within which boundary.
const EXAMPLE: [(bool, &str, Boundary); 3] =
    [(true, "0.30", Boundary::Server), (true, "0.42", Boundary::Accelerator), (false, "0.10", Boundary::It)];
/// The declared PUE of its site.
const EXAMPLE_PUE: Ratio = Ratio::from_ppm(1_200_000);
/// The intensity of its hour.
const EXAMPLE_G_PER_KWH: &str = "250";

fn example() -> Example {
    let hour = DateTime::<Utc>::UNIX_EPOCH;
    let site = SiteId::from_db(1);
    let layers = LayerTable::new(vec![SiteFactor {
        site,
        kind: SiteFactorKind::Pue,
        value: EXAMPLE_PUE,
        valid_from: hour,
        valid_to: hour + TimeDelta::hours(1),
        revision: 1,
    }]);
    let totals: Vec<HourTotal> = EXAMPLE.iter().map(|task| total(site, hour, task)).collect();
    let tasks = EXAMPLE.iter().zip(&totals).map(|((is_completed, told, boundary), total)| {
        let at = layers.at(site, hour);
        let factors = at.applied(*boundary).map(|(_, layer)| plain(layer.ratio().decimal()));
        let steps: Vec<String> = std::iter::once((*told).to_owned()).chain(factors).collect();
        let facility = at.normalise(*boundary, total.energy).facility;
        ExampleTask {
            outcome: if *is_completed { "completed" } else { "failed" },
            told_wh: (*told).to_owned(),
            boundary: boundary.as_str(),
            steps: steps.join(" × "),
            facility_wh: facility.wh_per(1, 9).map_or(String::new(), plain),
        }
    });
    let tasks = tasks.collect();
    let intensity = Intensity::parse_grams_per_kwh(EXAMPLE_G_PER_KWH).expect("a constant");
    let found =
        HourIntensity { intensity, rung: Rung::HourlyMeasured, factor: FactorIndex { series: 0, value: 0 } };
    let intensities = HashMap::from([((site, hour), found)]);
    let market = Market::default();
    let made = figures(&Inputs {
        totals: &DayTotal::of_hours(&totals),
        stages: &[],
        buckets: &[],
        layers: &layers,
        served: None,
        carbon: Some(CarbonInputs { intensities: &intensities, market: &market }),
        settlement: &Settlement::default(),
        estimates: &[],
        units: &[],
        intervals: &[],
        squares: &[],
    });
    finish(tasks, made.ok())
}

fn finish(tasks: Vec<ExampleTask>, figures: Option<Figures>) -> Example {
    let total = figures.map(|figures| figures.total);
    let text = |value: Option<Decimal>| value.map_or(String::new(), |value| plain(value.round_decimals(9)));
    let of = |pick: fn(&crate::method::ScopeFigures) -> Option<Decimal>| text(total.as_ref().and_then(pick));
    Example {
        declared_pue: plain(EXAMPLE_PUE.decimal()),
        intensity: EXAMPLE_G_PER_KWH.to_owned(),
        tasks,
        sum_wh: of(|total| total.energy_facility_wh),
        completed: total.as_ref().map_or(0, |total| total.completed),
        mean_wh: of(|total| total.mean_wh),
        low_wh: of(|total| total.interval.map(|interval| interval.low_wh)),
        high_wh: of(|total| total.interval.map(|interval| interval.high_wh)),
        largest: total
            .as_ref()
            .and_then(|total| total.interval)
            .map_or("", |interval| interval.largest.label()),
        it_mean_wh: of(|total| total.it_mean_wh),
        carbon_g: of(|total| total.carbon_per_task_g),
    }
}

fn total(site: SiteId, hour: DateTime<Utc>, task: &(bool, &str, Boundary)) -> HourTotal {
    let (is_completed, told, boundary) = *task;
    let energy = Energy::parse_wh(told).expect("a constant").microjoules();
    let energy = EnergyTotal::from_microjoules(i128::from(energy));
    let [completed, failed] = if is_completed { [1, 0] } else { [0, 1] };
    HourTotal {
        group: Group {
            service: ServiceId::from_db(1),
            model: ModelId::from_db(1),
            site,
            task_type: TaskType::Chat,
            terms: EnergyTerms::Stated(boundary, Evidence::Counter),
            place: None,
            counted_from: CountedFrom::Records,
        },
        hour,
        tasks: TaskCounts { completed, failed, cancelled: 0 },
        tasks_without_histogram: completed,
        energy,
        unfinished_energy: if is_completed { EnergyTotal::ZERO } else { energy },
        output_tokens: 0,
        output_tokens_energy: EnergyTotal::ZERO,
    }
}

#[cfg(test)]
#[path = "method_page_tests.rs"]
mod tests;
