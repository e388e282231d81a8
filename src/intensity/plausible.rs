//! Whether a value can be true. What cannot, or needs a person to say so, is kept apart with the reason;
//! nothing is dropped and nothing is corrected.

use super::source::Reading;
use crate::domain::factor::{FactorValue, Quarantine, QuarantinedValue};
use crate::domain::terms::{Basis, FactorKind, QuarantineReason};
use crate::units::{Decimal, Intensity};
use chrono::{DateTime, Datelike, Utc};
use std::collections::{BTreeMap, HashMap};

/// Above this, a person says whether a grid can emit so much: 2,000 g/kWh.
const ABSURD_UG_PER_KWH: i64 = 2_000_000_000;
/// A year's mean this many times above or below the yearly value is asked about: 1.3 as tenths.
const FAR_TENTHS: i128 = 13;
/// A mean is compared with the yearly value where its values fill this share of the year, in percent: a
/// winter is not a year.
const SHARE_OF_YEAR_PERCENT: i64 = 80;
const SECONDS_OF_YEAR: i64 = 365 * 86_400;

/// What is stored of the same zones already, to compare with; nothing where the readings are no averages.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Direct intensities of the same source, by zone and beginning.
    pub direct: HashMap<(String, DateTime<Utc>), Intensity>,
    /// Yearly intensities of the same basis and perimeter, by zone and year.
    pub annual: HashMap<(String, i32), Intensity>,
}

/// Readings, sorted into those that are used and those that wait.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judged {
    pub values: Vec<FactorValue>,
    pub quarantined: Vec<Quarantine>,
}

/// Judges readings of one kind and basis. Grams beyond the sixth decimal are rounded half to even: they are the
/// arithmetic of the source, not its knowledge.
pub fn judge(
    readings: Vec<Reading>,
    kind: FactorKind,
    basis: Basis,
    is_yearly: bool,
    known: &Known,
) -> Judged {
    let mut judged = Judged::default();
    let mut apart: BTreeMap<(String, QuarantineReason), Vec<QuarantinedValue>> = BTreeMap::new();
    for reading in readings {
        let micrograms_per_kwh = micrograms(reading.grams_per_kwh);
        let direct = known.direct.get(&(reading.zone.clone(), reading.valid_from));
        let reason = reason(micrograms_per_kwh, kind, basis, direct.copied());
        let value = QuarantinedValue {
            valid_from: reading.valid_from,
            valid_to: reading.valid_to,
            micrograms_per_kwh,
            is_estimated: reading.is_estimated,
            estimation_method: reading.estimation_method.unwrap_or_default(),
        };
        match (reason, Intensity::from_micrograms_per_kwh(micrograms_per_kwh)) {
            (None, Some(intensity)) => judged.values.push(FactorValue {
                zone: reading.zone,
                valid_from: value.valid_from,
                valid_to: value.valid_to,
                intensity,
                is_estimated: value.is_estimated,
                estimation_method: value.estimation_method,
            }),
            (reason, _) => {
                let reason = reason.unwrap_or(QuarantineReason::Absurd);
                apart.entry((reading.zone, reason)).or_default().push(value);
            }
        }
    }
    judged.quarantined =
        apart.into_iter().map(|((zone, reason), values)| told(zone, kind, reason, values)).collect();
    if !is_yearly {
        set_far_years_apart(&mut judged, known);
    }
    judged
}

fn micrograms(grams: Decimal) -> i64 {
    let rounded = grams.round_decimals(6).to_scaled(6).unwrap_or(i128::MAX);
    // What does not fit is far beyond absurd either way.
    i64::try_from(rounded).unwrap_or(if rounded < 0 { i64::MIN } else { i64::MAX })
}

fn reason(
    micrograms_per_kwh: i64,
    kind: FactorKind,
    basis: Basis,
    direct: Option<Intensity>,
) -> Option<QuarantineReason> {
    match micrograms_per_kwh {
        ..0 => Some(QuarantineReason::Negative),
        // Building any plant emits something; a direct emission of zero is genuine, but in tables of residual mixes
        // it stands for no data.
        0 if basis == Basis::Lifecycle || kind == FactorKind::Residual => {
            Some(QuarantineReason::ZeroForNoData)
        }
        amount if amount > ABSURD_UG_PER_KWH => Some(QuarantineReason::Absurd),
        amount
            if basis == Basis::Lifecycle
                && direct.is_some_and(|direct| amount < direct.micrograms_per_kwh()) =>
        {
            Some(QuarantineReason::BelowDirect)
        }
        _ => None,
    }
}

fn told(
    zone: String,
    kind: FactorKind,
    reason: QuarantineReason,
    values: Vec<QuarantinedValue>,
) -> Quarantine {
    let amounts = || values.iter().map(|value| i128::from(value.micrograms_per_kwh));
    let grams = |amount: Option<i128>| Decimal::new(amount.unwrap_or_default(), 6).without_trailing_zeros();
    let range = match (amounts().min(), amounts().max()) {
        (low, high) if low == high => format!("{} g/kWh", grams(low)),
        (low, high) => format!("{} to {} g/kWh", grams(low), grams(high)),
    };
    let why = match reason {
        QuarantineReason::Negative => "an intensity below zero cannot be true",
        QuarantineReason::Absurd => {
            "no grid is known that emits more than 2,000 g/kWh; it may be another unit"
        }
        QuarantineReason::ZeroForNoData if kind == FactorKind::Residual => {
            "sources of residual mixes write zero for no data"
        }
        QuarantineReason::ZeroForNoData => {
            "a life cycle of zero cannot be true; sources write it for no data"
        }
        QuarantineReason::BelowDirect => "the life cycle includes what is emitted directly, which is more",
        QuarantineReason::FarFromAnnual => "the mean is far from the yearly value",
    };
    Quarantine { detail: format!("{range}: {why}"), zone, reason, values }
}

/// Sets apart the years of a zone whose mean is more than 1.3 times above or below the yearly value.
fn set_far_years_apart(judged: &mut Judged, known: &Known) {
    let mut years: BTreeMap<(String, i32), (i128, i64)> = BTreeMap::new();
    for value in &judged.values {
        let seconds = (value.valid_to - value.valid_from).num_seconds();
        let year = years.entry((value.zone.clone(), value.valid_from.year())).or_default();
        year.0 += i128::from(value.intensity.micrograms_per_kwh()) * i128::from(seconds);
        year.1 += seconds;
    }
    for ((zone, year), (sum, seconds)) in years {
        let Some(annual) = known.annual.get(&(zone.clone(), year)) else { continue };
        let annual = i128::from(annual.micrograms_per_kwh());
        if seconds * 100 < SECONDS_OF_YEAR * SHARE_OF_YEAR_PERCENT {
            continue;
        }
        // mean > 1.3 × annual, or annual > 1.3 × mean, without a division.
        let yearly = annual * i128::from(seconds);
        if sum * 10 <= yearly * FAR_TENTHS && yearly * 10 <= sum * FAR_TENTHS {
            continue;
        }
        let is_of_year = |value: &FactorValue| value.zone == zone && value.valid_from.year() == year;
        let (apart, kept): (Vec<FactorValue>, _) =
            std::mem::take(&mut judged.values).into_iter().partition(is_of_year);
        judged.values = kept;
        let values = apart.into_iter().map(|value| QuarantinedValue {
            valid_from: value.valid_from,
            valid_to: value.valid_to,
            micrograms_per_kwh: value.intensity.micrograms_per_kwh(),
            is_estimated: value.is_estimated,
            estimation_method: value.estimation_method,
        });
        let mean = Decimal::new(sum / i128::from(seconds), 6).round_decimals(1);
        let detail = format!(
            "the mean of {year} is {mean} g/kWh, more than 1.3 times away from the yearly value of {} g/kWh",
            Decimal::new(annual, 6).round_decimals(1),
        );
        judged.quarantined.push(Quarantine {
            zone,
            reason: QuarantineReason::FarFromAnnual,
            detail,
            values: values.collect(),
        });
    }
}

#[cfg(test)]
#[path = "plausible_tests.rs"]
mod tests;
