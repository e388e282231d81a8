//! The change of the mean against a baseline: an earlier period or an earlier model. A change between unequal things
//! is refused, with every reason.

use super::figures::ScopeFigures;
use crate::domain::disclosure::Incomparable;
use crate::domain::terms::{Boundary, Evidence, TaskType};
use crate::units::Decimal;
use ethnum::I256;
use std::collections::BTreeMap;

/// How far the share of one tier of evidence, or of one boundary, may differ: 10 percentage points.
pub const MAX_MIX_DIFFERENCE_PPM: i128 = 100_000;
/// Decimals of a ratio.
const DECIMALS: u32 = 6;

/// One of the two things that are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// `None` where tasks of several types are summed up.
    pub task_type: Option<TaskType>,
    pub method_version: String,
    pub completed: i128,
    pub energy_facility_wh: Option<Decimal>,
    /// Ends of the 95 % interval of the mean.
    pub interval_wh: Option<(Decimal, Decimal)>,
    /// Shares of facility energy.
    pub evidence_shares: BTreeMap<Evidence, Decimal>,
    pub boundary_shares: BTreeMap<Boundary, Decimal>,
}

impl Side {
    pub fn of(figures: &ScopeFigures, task_type: Option<TaskType>, method_version: &str) -> Side {
        Side {
            task_type,
            method_version: method_version.to_owned(),
            completed: figures.completed,
            energy_facility_wh: figures.energy_facility_wh,
            interval_wh: figures.interval.map(|interval| (interval.low_wh, interval.high_wh)),
            evidence_shares: figures.evidence_shares.clone(),
            boundary_shares: figures.boundary_shares.clone(),
        }
    }
}

/// A mean divided by the mean of the baseline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// With six decimals: 2 is twice as much as the baseline.
    pub ratio: Decimal,
    /// Both ends: the lower end of one divided by the upper end of the other. It holds whether or not the errors of
    /// both have the same causes. `None` where an end of the baseline is zero.
    pub interval: Option<(Decimal, Decimal)>,
}

/// Compares a mean with that of its baseline.
///
/// # Errors
///
/// They are not of one kind; every reason is named.
pub fn change(now: &Side, baseline: &Side) -> Result<Change, Vec<Incomparable>> {
    let mut reasons = Vec::new();
    if now.task_type.is_none() || now.task_type != baseline.task_type {
        reasons.push(Incomparable::TaskType);
    }
    if now.completed == 0 || baseline.completed == 0 {
        reasons.push(Incomparable::NoCompletedTask);
    }
    if mix_differs(&now.boundary_shares, &baseline.boundary_shares) {
        reasons.push(Incomparable::Boundary);
    }
    if digits_differ(&now.method_version, &baseline.method_version) {
        reasons.push(Incomparable::Method);
    }
    if mix_differs(&now.evidence_shares, &baseline.evidence_shares) {
        reasons.push(Incomparable::Evidence);
    }
    let ratio = ratio_of_means(now, baseline);
    if reasons.is_empty() && ratio.is_none() {
        reasons.push(Incomparable::NoEnergy);
    }
    match ratio {
        Some(ratio) if reasons.is_empty() => Ok(Change { ratio, interval: interval(now, baseline) }),
        _ => Err(reasons),
    }
}

/// (Σ energy ÷ tasks) ÷ (Σ energy of the baseline ÷ its tasks), divided once.
fn ratio_of_means(now: &Side, baseline: &Side) -> Option<Decimal> {
    let (energy, of_baseline) = at_one_scale(now.energy_facility_wh?, baseline.energy_facility_wh?)?;
    let numerator = energy.checked_mul(I256::new(baseline.completed))?;
    let denominator = of_baseline.checked_mul(I256::new(now.completed))?;
    Decimal::from_ratio(numerator, denominator, DECIMALS)
}

fn interval(now: &Side, baseline: &Side) -> Option<(Decimal, Decimal)> {
    let ((low, high), (low_of_baseline, high_of_baseline)) = (now.interval_wh?, baseline.interval_wh?);
    let divide = |of: Decimal, by: Decimal| {
        let (of, by) = at_one_scale(of, by)?;
        Decimal::from_ratio(of, by, DECIMALS)
    };
    Some((divide(low, high_of_baseline)?, divide(high, low_of_baseline)?))
}

/// Both as whole numbers of the same power of ten.
fn at_one_scale(one: Decimal, other: Decimal) -> Option<(I256, I256)> {
    let decimals = one.decimals().max(other.decimals());
    let raise = |value: Decimal| {
        I256::new(value.mantissa()).checked_mul(I256::from(10).checked_pow(decimals - value.decimals())?)
    };
    Some((raise(one)?, raise(other)?))
}

fn mix_differs<K: Ord>(now: &BTreeMap<K, Decimal>, baseline: &BTreeMap<K, Decimal>) -> bool {
    let ppm = |shares: &BTreeMap<K, Decimal>, key: &K| {
        shares.get(key).and_then(|share| share.to_scaled(6).ok()).unwrap_or_default()
    };
    now.keys()
        .chain(baseline.keys())
        .any(|key| (ppm(now, key) - ppm(baseline, key)).abs() > MAX_MIX_DIFFERENCE_PPM)
}

/// A patch of the method changes no digit; any other version may.
fn digits_differ(now: &str, baseline: &str) -> bool {
    let minor = |version: &str| version.rsplit_once('.').map(|(minor, _)| minor.to_owned());
    minor(now) != minor(baseline)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    fn side(energy_wh: &str, completed: i128) -> Side {
        Side {
            task_type: Some(TaskType::Chat),
            method_version: "0.4.0".to_owned(),
            completed,
            energy_facility_wh: Some(decimal(energy_wh)),
            interval_wh: Some((decimal("0.9"), decimal("1.2"))),
            evidence_shares: BTreeMap::from([(Evidence::Metered, decimal("1"))]),
            boundary_shares: BTreeMap::from([(Boundary::It, decimal("1"))]),
        }
    }

    #[test]
    fn twenty_times_as_much_is_a_ratio_of_twenty() {
        let change = change(&side("6000", 1000), &side("900.0", 3000)).unwrap();
        // (6000 ÷ 1000) ÷ (900 ÷ 3000) = 20; 0.9 ÷ 1.2 and 1.2 ÷ 0.9.
        assert_eq!(change.ratio.to_string(), "20.000000");
        let (low, high) = change.interval.unwrap();
        assert_eq!((low.to_string(), high.to_string()), ("0.750000".to_owned(), "1.333333".to_owned()));
    }

    #[test]
    fn energies_with_different_decimals_are_brought_to_one_scale() {
        // (6000.5 ÷ 1000) ÷ (900.25 ÷ 3000) = 18,001,500 ÷ 900,250, and the other way round.
        let (now, baseline) = (side("6000.5", 1000), side("900.25", 3000));
        assert_eq!(change(&now, &baseline).unwrap().ratio.to_string(), "19.996112");
        assert_eq!(change(&baseline, &now).unwrap().ratio.to_string(), "0.050010");
    }

    #[test]
    fn every_reason_against_a_comparison_is_named() {
        let mut other = side("900", 0);
        other.task_type = Some(TaskType::Code);
        other.method_version = "0.3.9".to_owned();
        other.evidence_shares = BTreeMap::from([(Evidence::Modelled, decimal("1"))]);
        other.boundary_shares = BTreeMap::from([(Boundary::Facility, decimal("1"))]);
        assert_eq!(
            change(&side("1", 1), &other),
            Err(vec![
                Incomparable::TaskType,
                Incomparable::NoCompletedTask,
                Incomparable::Boundary,
                Incomparable::Method,
                Incomparable::Evidence
            ])
        );
    }

    #[test]
    fn sums_over_task_types_are_not_compared() {
        let mut all = side("1", 1);
        all.task_type = None;
        assert_eq!(change(&all, &all), Err(vec![Incomparable::TaskType]));
    }

    #[test]
    fn a_baseline_without_energy_has_no_ratio() {
        assert_eq!(change(&side("1", 1), &side("0", 1)), Err(vec![Incomparable::NoEnergy]));
        assert_eq!(change(&side("0", 1), &side("1", 1)).unwrap().ratio.to_string(), "0.000000");
    }

    #[test]
    fn a_mix_may_differ_by_ten_points_and_no_more() {
        let mixed = |metered: &str, counter: &str| {
            let mut side = side("1", 1);
            side.evidence_shares = BTreeMap::from([
                (Evidence::Metered, decimal(metered)),
                (Evidence::Counter, decimal(counter)),
            ]);
            side
        };
        assert!(change(&side("1", 1), &mixed("0.9", "0.1")).is_ok());
        assert_eq!(change(&side("1", 1), &mixed("0.899999", "0.100001")), Err(vec![Incomparable::Evidence]));
    }

    #[test]
    fn the_sentences_say_how_much_a_mix_may_differ() {
        let points = Decimal::new(MAX_MIX_DIFFERENCE_PPM, 4).without_trailing_zeros();
        for reason in [Incomparable::Boundary, Incomparable::Evidence] {
            assert!(
                reason.sentence().contains(&format!("more than {points} percentage points")),
                "{reason:?}"
            );
        }
    }

    #[test]
    fn a_patch_of_the_method_is_comparable() {
        let mut patched = side("1", 1);
        patched.method_version = "0.4.7".to_owned();
        assert!(change(&side("1", 1), &patched).is_ok());
    }

    proptest! {
        #[test]
        fn a_thing_against_itself_has_not_changed(energy in 1i64..i64::MAX, completed in 1i64..i64::MAX) {
            let mut one = side("1", i128::from(completed));
            one.energy_facility_wh = Some(Decimal::new(i128::from(energy), 12));
            prop_assert_eq!(change(&one, &one).unwrap().ratio.to_string(), "1.000000");
        }
    }
}
