//! Intervals: how far the figures may be from the truth, and what makes them so.
//!
//! The one room with floats: roots and powers, whose results are whole parts per million. Energy itself stays
//! exact: sums of one kind of error are multiplied by whole parts per million at the end.

#![expect(
    clippy::float_arithmetic,
    reason = "roots and powers; the results are rounded to whole parts per million"
)]

use super::normalise::ScaledEnergy;
use crate::domain::meter::MeterClass;
use crate::domain::terms::{Evidence, IntervalSource, MeterClassKind};
use ethnum::I256;
use std::collections::BTreeMap;

const PPM: i64 = 1_000_000;
/// The share of cases, in per cent, in which an interval is meant to hold the true value.
pub const INTERVAL_PERCENT: u32 = 95;
/// Half of the width of a 95 % interval in standard deviations, in hundredths.
pub const Z_95_HUNDREDTHS: u32 = 196;
const Z_95: f64 = Z_95_HUNDREDTHS as f64 / 100.0;

/// Meters at node, rack or site whose class is not declared: ± 5 %.
pub const METERED_PPM: i64 = 50_000;
/// Counters of devices whose class is not declared: ± 10 %.
pub const COUNTER_PPM: i64 = 100_000;
/// A factor of a layer that the provider did not declare: ± 25 %.
pub const DEFAULT_LAYER_PPM: i64 = 250_000;
/// A declared PUE: ± 2 %.
pub const DECLARED_PUE_PPM: i64 = 20_000;
/// The default PUE: ± 15 %.
pub const DEFAULT_PUE_PPM: i64 = 150_000;
/// Geometric standard deviation of estimates against measured configurations of one accelerator, in hundredths:
/// with a measured coefficient, or with batch and number of accelerators declared.
pub const GSD_DECLARED: u32 = 190;
/// With the defaults of the formula.
pub const GSD_DEFAULTS: u32 = 220;
/// Outside what was measured: more than 200·10⁹ parameters, batches above 512, other accelerators.
pub const GSD_OUTSIDE: u32 = 300;

/// How the energy of a task is known, as far as its error goes. Errors of one kind are taken as fully correlated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EnergyError {
    Metered,
    Counter,
    /// Read from instruments of a class that the provider declares.
    Class(MeterClassKind, MeterClass),
    /// Stated by the provider as modelled, or estimated here from a measured coefficient.
    Coefficient,
    /// From the formula, with batch and number of accelerators declared.
    Formula,
    /// Derived from compute or spending, or from the formula with its defaults.
    Defaults,
    /// From the formula, outside of what was measured; or from a coefficient of another accelerator.
    Outside,
}

impl EnergyError {
    pub fn of(evidence: Evidence) -> EnergyError {
        match evidence {
            Evidence::Metered => EnergyError::Metered,
            Evidence::Counter => EnergyError::Counter,
            Evidence::Modelled => EnergyError::Coefficient,
            Evidence::Declared => EnergyError::Defaults,
        }
    }

    fn source(self) -> IntervalSource {
        match self {
            EnergyError::Metered | EnergyError::Class(MeterClassKind::Metered, _) => IntervalSource::Metered,
            EnergyError::Counter | EnergyError::Class(MeterClassKind::Counter, _) => IntervalSource::Counter,
            EnergyError::Coefficient => IntervalSource::Coefficient,
            EnergyError::Formula => IntervalSource::Formula,
            EnergyError::Defaults => IntervalSource::Defaults,
            EnergyError::Outside => IntervalSource::Outside,
        }
    }

    /// Lower and upper end of a value of 1, in parts per million.
    pub fn ends_ppm(self) -> (i64, i64) {
        match self {
            EnergyError::Metered => (PPM - METERED_PPM, PPM + METERED_PPM),
            EnergyError::Counter => (PPM - COUNTER_PPM, PPM + COUNTER_PPM),
            EnergyError::Class(_, class) => (PPM - class.ppm(), PPM + class.ppm()),
            EnergyError::Coefficient | EnergyError::Formula => geometric_ppm(GSD_DECLARED),
            EnergyError::Defaults => geometric_ppm(GSD_DEFAULTS),
            EnergyError::Outside => geometric_ppm(GSD_OUTSIDE),
        }
    }
}

/// The 95 % interval of a value of 1 with a geometric standard deviation in hundredths: divided and multiplied by
/// its power of 1.96.
fn geometric_ppm(gsd_hundredths: u32) -> (i64, i64) {
    let factor = (f64::from(gsd_hundredths) / 100.0).powf(Z_95);
    (whole_ppm(1.0 / factor), whole_ppm(factor))
}

fn whole_ppm(value: f64) -> i64 {
    // Far below 2⁵³, so that the nearest whole number is exact.
    (value * PPM as f64).round_ties_even() as i64
}

/// What lies between the energy that was told and that of the facility, as far as its error goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayerErrors {
    pub server_default: bool,
    pub it_default: bool,
    pub pue: PueError,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PueError {
    /// The PUE was inside what was told.
    #[default]
    Inside,
    Declared,
    Default,
}

impl LayerErrors {
    fn parts(self) -> impl Iterator<Item = (IntervalSource, i64)> {
        [
            self.server_default.then_some((IntervalSource::ServerPerAcceleratorDefault, DEFAULT_LAYER_PPM)),
            self.it_default.then_some((IntervalSource::ItPerServerDefault, DEFAULT_LAYER_PPM)),
            match self.pue {
                PueError::Inside => None,
                PueError::Declared => Some((IntervalSource::DeclaredPue, DECLARED_PUE_PPM)),
                PueError::Default => Some((IntervalSource::DefaultPue, DEFAULT_PUE_PPM)),
            },
        ]
        .into_iter()
        .flatten()
    }

    /// Lower and upper end of an energy after its own ends are widened by the layers.
    fn widen(self, low: ScaledEnergy, high: ScaledEnergy) -> (ScaledEnergy, ScaledEnergy) {
        self.parts()
            .fold((low, high), |(low, high), (_, ppm)| (times(low, PPM - ppm), times(high, PPM + ppm)))
    }
}

fn times(energy: ScaledEnergy, ppm: i64) -> ScaledEnergy {
    let product = energy.raw() * I256::from(ppm);
    ScaledEnergy::from_raw(crate::units::divide_half_even(product, I256::from(PPM)).unwrap_or_default())
}

/// Facility energy by what is uncertain about it.
#[derive(Clone, Debug, Default)]
pub struct Uncertainty {
    energy: BTreeMap<(EnergyError, LayerErrors), ScaledEnergy>,
    /// Of records that state an interval: energy, lower and upper end.
    stated: BTreeMap<LayerErrors, [ScaledEnergy; 3]>,
}

/// A 95 % interval of an amount of energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnergyInterval {
    pub low: ScaledEnergy,
    pub high: ScaledEnergy,
    /// What widens it most.
    pub largest: IntervalSource,
}

impl Uncertainty {
    pub fn add(&mut self, error: EnergyError, layers: LayerErrors, facility: ScaledEnergy) {
        *self.energy.entry((error, layers)).or_insert(ScaledEnergy::ZERO) += facility;
    }

    /// Adds what is uncertain about other energy.
    pub(super) fn merge(&mut self, other: &Uncertainty) {
        for ((error, layers), energy) in &other.energy {
            self.add(*error, *layers, *energy);
        }
        for (layers, ends) in &other.stated {
            let stated = self.stated.entry(*layers).or_insert([ScaledEnergy::ZERO; 3]);
            for (sum, part) in stated.iter_mut().zip(ends) {
                *sum += *part;
            }
        }
    }

    /// Replaces the error of a kind by the ends that records state, for the part of the energy that they are of.
    pub fn state(&mut self, error: EnergyError, layers: LayerErrors, [energy, low, high]: [ScaledEnergy; 3]) {
        let whole = self.energy.entry((error, layers)).or_insert(ScaledEnergy::ZERO);
        *whole = whole.minus(energy);
        let stated = self.stated.entry(layers).or_insert([ScaledEnergy::ZERO; 3]);
        for (sum, part) in stated.iter_mut().zip([energy, low, high]) {
            *sum += part;
        }
    }

    /// The interval of all of it: the sum of the lower and of the upper ends, because errors of one kind do not
    /// shrink with the number of tasks. `sampling` is the half width for tasks that were not reported, where
    /// it is known. `None` where there is no energy.
    pub fn interval(&self, sampling: Option<ScaledEnergy>) -> Option<EnergyInterval> {
        let (mut low, mut high) = (ScaledEnergy::ZERO, ScaledEnergy::ZERO);
        let mut widths: BTreeMap<IntervalSource, ScaledEnergy> = BTreeMap::new();
        let mut widen =
            |contributor, width| *widths.entry(contributor).or_insert(ScaledEnergy::ZERO) += width;
        for ((error, layers), energy) in &self.energy {
            let (low_ppm, high_ppm) = error.ends_ppm();
            let ends = layers.widen(times(*energy, low_ppm), times(*energy, high_ppm));
            low += ends.0;
            high += ends.1;
            widen(error.source(), times(*energy, high_ppm - low_ppm));
            layers.parts().for_each(|(contributor, ppm)| widen(contributor, times(*energy, 2 * ppm)));
        }
        for (layers, [energy, stated_low, stated_high]) in &self.stated {
            let ends = layers.widen(*stated_low, *stated_high);
            low += ends.0;
            high += ends.1;
            widen(IntervalSource::StatedIntervals, stated_high.minus(*stated_low));
            layers.parts().for_each(|(contributor, ppm)| widen(contributor, times(*energy, 2 * ppm)));
        }
        if let Some(half) = sampling {
            low = ScaledEnergy::from_raw((low.raw() - half.raw()).max(I256::ZERO));
            high += half;
            widen(IntervalSource::Sampling, half + half);
        }
        // Of equal ones the first in the order of the list.
        let largest = widths.into_iter().rev().max_by_key(|(_, width)| *width)?.0;
        Some(EnergyInterval { low, high, largest })
    }
}

/// The sum of squares of single tasks at the facility, in µJ², where all tasks of a group and day are brought there by
/// one factor. Whole µJ², rounded down.
pub fn facility_squares(own_squared_uj2: I256, own_uj: i128, facility: ScaledEnergy) -> I256 {
    // The factor with nine decimals: at most about 10³ · 10⁹, squared 10²⁴; squares of a day are below 10⁵⁰.
    let own = I256::new(own_uj) * I256::new(ScaledEnergy::PER_MICROJOULE);
    if own == I256::ZERO {
        return I256::ZERO;
    }
    let factor = facility.raw() * I256::from(1_000_000_000_i64) / own;
    own_squared_uj2 * factor / I256::from(1_000_000_000_i64) * factor / I256::from(1_000_000_000_i64)
}

/// Half the width of the 95 % interval of a sum that is drawn from single tasks of which a part was not reported:
/// 1.96 · s · √n · √(1 − coverage), with s the standard deviation of single tasks and n their number. `None` where
/// fewer than two tasks are known, or none is missing. Rounded to whole parts per million of the energy.
pub fn sampling(
    energy: ScaledEnergy,
    squares_uj2: I256,
    tasks: i128,
    coverage_ppm: i64,
) -> Option<ScaledEnergy> {
    if tasks < 2 || coverage_ppm >= PPM || energy == ScaledEnergy::ZERO {
        return None;
    }
    let (tasks, energy_uj) = (tasks as f64, energy.microjoules() as f64);
    let variance = (squares_uj2.as_f64() - energy_uj * energy_uj / tasks).max(0.0) / (tasks - 1.0);
    let missing = (PPM - coverage_ppm.max(0)) as f64 / PPM as f64;
    let half = Z_95 * (variance * tasks * missing).sqrt();
    Some(times(energy, whole_ppm((half / energy_uj).min(1e6))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn wh(amount: i128) -> ScaledEnergy {
        ScaledEnergy::from_raw(I256::new(amount * 3_600_000_000) * I256::new(ScaledEnergy::PER_MICROJOULE))
    }

    fn text(energy: ScaledEnergy) -> String {
        energy.wh_per(1, 6).unwrap().to_string()
    }

    #[test]
    fn geometric_ends_are_the_power_of_the_deviation() {
        // e^(1.96·ln 1.9) = 3.5185, e^(1.96·ln 2.2) = 4.6897, e^(1.96·ln 3) = 8.6130.
        assert_eq!(EnergyError::Coefficient.ends_ppm().1 / 1000, 3_518);
        assert_eq!(EnergyError::Defaults.ends_ppm().1 / 1000, 4_689);
        assert_eq!(EnergyError::Outside.ends_ppm().1 / 1000, 8_613);
        assert_eq!(EnergyError::Formula.ends_ppm(), EnergyError::Coefficient.ends_ppm());
        for error in [EnergyError::Coefficient, EnergyError::Defaults, EnergyError::Outside] {
            let (low, high) = error.ends_ppm();
            let product = i128::from(low) * i128::from(high);
            assert!((product - 1_000_000_000_000).abs() < 10_000_000, "{error:?}: {low} and {high}");
        }
    }

    #[test]
    fn a_declared_class_takes_the_place_of_what_is_assumed_of_meters() {
        let class = MeterClass::parse_percent("0.5").unwrap();
        let error = EnergyError::Class(MeterClassKind::Metered, class);
        assert_eq!(error.ends_ppm(), (995_000, 1_005_000));
        let mut uncertainty = Uncertainty::default();
        uncertainty.add(error, LayerErrors::default(), wh(100));
        uncertainty.add(EnergyError::Metered, LayerErrors::default(), wh(100));
        uncertainty.add(EnergyError::Counter, LayerErrors::default(), wh(54));
        let interval = uncertainty.interval(None).unwrap();
        // 99.5 + 95 + 48.6 and 100.5 + 105 + 59.4.
        assert_eq!((text(interval.low), text(interval.high)), ("243.100000".into(), "264.900000".into()));
        // 1 + 10 Wh of meters, whether their class is declared or not, beside 10.8 of counters.
        assert_eq!(interval.largest, IntervalSource::Metered);
    }

    #[test]
    fn ends_are_told_in_whole_parts_per_million() {
        let tiers = [Evidence::Metered, Evidence::Counter, Evidence::Modelled, Evidence::Declared];
        let ends = tiers.map(|tier| EnergyError::of(tier).ends_ppm());
        assert_eq!(
            ends,
            [(950_000, 1_050_000), (900_000, 1_100_000), (284_212, 3_518_496), (213_232, 4_689_737)]
        );
        assert_eq!(EnergyError::Outside.ends_ppm(), (116_103, 8_613_064));
    }

    #[test]
    fn every_kind_of_error_is_a_source_of_its_own() {
        for (error, source) in [
            (EnergyError::Metered, IntervalSource::Metered),
            (EnergyError::Counter, IntervalSource::Counter),
            (EnergyError::Coefficient, IntervalSource::Coefficient),
            (EnergyError::Formula, IntervalSource::Formula),
            (EnergyError::Defaults, IntervalSource::Defaults),
            (EnergyError::Outside, IntervalSource::Outside),
        ] {
            let mut uncertainty = Uncertainty::default();
            uncertainty.add(error, LayerErrors::default(), wh(1));
            assert_eq!(uncertainty.interval(None).unwrap().largest, source);
        }
    }

    #[test]
    fn a_mix_is_the_sum_of_the_ends_of_its_tiers() {
        let mut uncertainty = Uncertainty::default();
        let declared = LayerErrors { pue: PueError::Declared, ..LayerErrors::default() };
        uncertainty.add(EnergyError::Metered, declared, wh(100));
        uncertainty.add(EnergyError::Counter, LayerErrors::default(), wh(50));
        let interval = uncertainty.interval(None).unwrap();
        // 100 · 0.95 · 0.98 + 50 · 0.9 and 100 · 1.05 · 1.02 + 50 · 1.1.
        assert_eq!((text(interval.low), text(interval.high)), ("138.100000".into(), "162.100000".into()));
        // Both are 10 Wh wide by their tier; the first of the list is named.
        assert_eq!(interval.largest, IntervalSource::Metered);
    }

    #[test]
    fn the_largest_contributor_may_be_a_default() {
        let mut uncertainty = Uncertainty::default();
        let layers = LayerErrors { server_default: true, it_default: false, pue: PueError::Default };
        uncertainty.add(EnergyError::Counter, layers, wh(10));
        assert_eq!(uncertainty.interval(None).unwrap().largest, IntervalSource::ServerPerAcceleratorDefault);
        assert_eq!(uncertainty.interval(Some(wh(9))).unwrap().largest, IntervalSource::Sampling);
        assert_eq!(Uncertainty::default().interval(None), None);
    }

    #[test]
    fn both_ends_of_a_contributor_count_as_its_width() {
        // 10 Wh: 2 Wh by counters, 3 Wh by the default PUE; from 1.5 Wh either way on, sampling is wider.
        let layers = LayerErrors { pue: PueError::Default, ..LayerErrors::default() };
        let mut counted = Uncertainty::default();
        counted.add(EnergyError::Counter, layers, wh(10));
        let mut stated = counted.clone();
        stated.state(EnergyError::Counter, layers, [wh(10), wh(9), wh(11)]);
        for uncertainty in [counted, stated] {
            let largest = |half| uncertainty.interval(half).unwrap().largest;
            assert_eq!(largest(None), IntervalSource::DefaultPue);
            assert_eq!(largest(Some(wh(1))), IntervalSource::DefaultPue);
            assert_eq!(largest(Some(wh(2))), IntervalSource::Sampling);
        }
    }

    #[test]
    fn widths_of_one_contributor_add_up() {
        // Metered: 10 Wh with and 10 Wh without a PUE to apply; 16 Wh by counters.
        let declared = LayerErrors { pue: PueError::Declared, ..LayerErrors::default() };
        let mut uncertainty = Uncertainty::default();
        uncertainty.add(EnergyError::Counter, LayerErrors::default(), wh(80));
        assert_eq!(uncertainty.interval(None).unwrap().largest, IntervalSource::Counter);
        uncertainty.add(EnergyError::Metered, declared, wh(100));
        assert_eq!(uncertainty.interval(None).unwrap().largest, IntervalSource::Counter);
        uncertainty.add(EnergyError::Metered, LayerErrors::default(), wh(60));
        uncertainty.add(EnergyError::Metered, LayerErrors::default(), wh(40));
        assert_eq!(uncertainty.interval(None).unwrap().largest, IntervalSource::Metered);
    }

    #[test]
    fn an_interval_does_not_go_below_zero() {
        let mut uncertainty = Uncertainty::default();
        uncertainty.add(EnergyError::Metered, LayerErrors::default(), wh(10));
        let interval = uncertainty.interval(Some(wh(20))).unwrap();
        assert_eq!((text(interval.low), text(interval.high)), ("0.000000".into(), "30.500000".into()));
    }

    #[test]
    fn what_records_state_adds_up() {
        let mut uncertainty = Uncertainty::default();
        uncertainty.add(EnergyError::Metered, LayerErrors::default(), wh(30));
        uncertainty.state(EnergyError::Metered, LayerErrors::default(), [wh(10), wh(9), wh(12)]);
        uncertainty.state(EnergyError::Metered, LayerErrors::default(), [wh(10), wh(7), wh(18)]);
        let interval = uncertainty.interval(None).unwrap();
        // 9 + 7 + 10 · 0.95 and 12 + 18 + 10 · 1.05.
        assert_eq!((text(interval.low), text(interval.high)), ("25.500000".into(), "40.500000".into()));
    }

    #[test]
    fn stated_intervals_take_the_place_of_the_tier() {
        let mut uncertainty = Uncertainty::default();
        uncertainty.add(EnergyError::Metered, LayerErrors::default(), wh(10));
        uncertainty.state(EnergyError::Metered, LayerErrors::default(), [wh(10), wh(9), wh(12)]);
        let interval = uncertainty.interval(None).unwrap();
        assert_eq!((text(interval.low), text(interval.high)), ("9.000000".into(), "12.000000".into()));
        assert_eq!(interval.largest, IntervalSource::StatedIntervals);
    }

    #[test]
    fn sampling_widens_by_what_was_not_reported() {
        // 100 tasks, half of 1 Wh and half of 3 Wh: s² = 100/99 Wh². With 75 % coverage: 1.96 · √(100/99 · 100 · 0.25).
        let squares = I256::from(500) * I256::from(3_600_000_000_i64) * I256::from(3_600_000_000_i64);
        let half = sampling(wh(200), squares, 100, 750_000).unwrap();
        assert!(text(half).starts_with("9.849"), "{}", text(half));
        assert_eq!(sampling(wh(200), squares, 100, 1_000_000), None);
        assert_eq!(sampling(wh(200), squares, 1, 500_000), None);
        assert_eq!(sampling(ScaledEnergy::ZERO, I256::ZERO, 100, 500_000), None);
    }

    #[test]
    fn two_tasks_have_a_spread() {
        // 1 and 3 Wh: s² = 2 Wh². With 75 % coverage: 1.96 · √(2 · 2 · 0.25); with none 1.96 · √(2 · 2).
        let squares = I256::from(10) * I256::from(3_600_000_000_i64) * I256::from(3_600_000_000_i64);
        let half = |coverage| sampling(wh(4), squares, 2, coverage).map(text);
        assert_eq!(half(750_000).unwrap(), "1.960000");
        assert_eq!(half(0).unwrap(), "3.920000");
        assert_eq!(half(-1).unwrap(), "3.920000");
        // √0.000001 = 0.001: 1.96 · 2 · 0.001 Wh.
        assert_eq!(half(999_999).unwrap(), "0.003920");
    }

    proptest! {
        #[test]
        fn an_interval_holds_its_energy(amounts in prop::collection::vec((0usize..5, 0usize..3, 0i128..1_000_000), 1..20)) {
            let errors = [EnergyError::Metered, EnergyError::Counter, EnergyError::Coefficient, EnergyError::Defaults, EnergyError::Outside];
            let pues = [PueError::Inside, PueError::Declared, PueError::Default];
            let mut uncertainty = Uncertainty::default();
            let mut sum = ScaledEnergy::ZERO;
            for (error, pue, amount) in amounts {
                uncertainty.add(errors[error], LayerErrors { pue: pues[pue], ..LayerErrors::default() }, wh(amount));
                sum += wh(amount);
            }
            let interval = uncertainty.interval(None).unwrap();
            prop_assert!(interval.low <= sum && sum <= interval.high);
        }
    }
}
