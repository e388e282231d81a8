//! Tasks that were sent without energy: estimated from their tokens or their time on accelerators.
//!
//! What an estimate is made from, best first: a coefficient that was measured (T3), or the published formula over
//! the model's parameters (T4). Where nothing supports one there is none: the service never invents energy.

use super::regression::{MEASURED_ACCELERATOR, Run};
use super::uncertainty::EnergyError;
use crate::domain::ids::ModelId;
use crate::domain::registry::{Coefficient, Parameters, Telling};
use crate::domain::terms::{Boundary, EnergyTerms, Evidence};
use crate::domain::totals::{HourTotal, UnmeasuredHour};
use crate::units::EnergyTotal;
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is registered of models that an estimate can be made from.
#[derive(Clone, Debug, Default)]
pub struct Coefficients {
    pub told: HashMap<ModelId, Vec<Telling<Coefficient>>>,
    pub parameters: HashMap<ModelId, Parameters>,
}

/// What estimates were made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EstimatedBy {
    Coefficient { model: ModelId, revision: i32 },
    Formula { model: ModelId },
}

impl EstimatedBy {
    /// Of which tasks.
    pub fn model(self) -> ModelId {
        match self {
            EstimatedBy::Coefficient { model, .. } | EstimatedBy::Formula { model } => model,
        }
    }
}

/// One hour whose energy is estimated.
#[derive(Clone, Debug)]
pub struct Estimate {
    pub total: HourTotal,
    pub error: EnergyError,
    pub by: EstimatedBy,
}

/// Why tasks of a model cannot be estimated.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoEstimate {
    /// Neither a coefficient of the day nor parameters.
    Nothing,
    /// Several coefficients hold, and the records name no accelerator that is the hardware of one.
    Several { hardware: Vec<String> },
}

/// Days of a model that cannot be estimated, with why.
pub type Unsupported = BTreeMap<(ModelId, NoEstimate), BTreeSet<NaiveDate>>;

/// Estimates every hour, or says what is missing.
pub fn estimate(hours: &[UnmeasuredHour], coefficients: &Coefficients) -> Result<Vec<Estimate>, Unsupported> {
    let mut unsupported = Unsupported::new();
    let mut estimates = Vec::with_capacity(hours.len());
    for hour in hours {
        match one(hour, coefficients) {
            Ok(estimate) => estimates.push(estimate),
            Err(why) => {
                let days = unsupported.entry((hour.group.model, why)).or_default();
                days.insert(hour.hour.date_naive());
            }
        }
    }
    if unsupported.is_empty() { Ok(estimates) } else { Err(unsupported) }
}

fn one(hour: &UnmeasuredHour, coefficients: &Coefficients) -> Result<Estimate, NoEstimate> {
    let model = hour.group.model;
    let day = hour.hour.date_naive();
    let told = coefficients.told.get(&model).map_or(&[][..], Vec::as_slice);
    let from_tokens = hour.group.terms == EnergyTerms::FromTokens;
    let fits = |one: &&Telling<Coefficient>| {
        let stated =
            if from_tokens { one.what.output_token.is_some() } else { one.what.accelerator_power.is_some() };
        stated && one.what.valid.from() <= day && day < one.what.valid.to()
    };
    match choose(told.iter().filter(fits), &hour.accelerator)? {
        Some(telling) => {
            let energy_nj = of_coefficient(hour, &telling.what);
            let by = EstimatedBy::Coefficient { model, revision: telling.revision };
            let terms = EnergyTerms::Stated(telling.what.boundary, Evidence::Modelled);
            Ok(estimated(hour, terms, half_even(energy_nj, 1_000), EnergyError::Coefficient, by))
        }
        None => {
            let parameters =
                *coefficients.parameters.get(&model).filter(|_| from_tokens).ok_or(NoEstimate::Nothing)?;
            let run = Run::of(parameters);
            let energy_uj = run.energy(hour.output_tokens, None).microjoules();
            let is_declared = parameters.batch_size.is_some() && parameters.accelerators.is_some();
            let error = match (run.is_measured() && is_measured_on(&hour.accelerator), is_declared) {
                (false, _) => EnergyError::Outside,
                (true, true) => EnergyError::Formula,
                (true, false) => EnergyError::Defaults,
            };
            let terms = EnergyTerms::Stated(Boundary::It, Evidence::Declared);
            Ok(estimated(hour, terms, energy_uj, error, EstimatedBy::Formula { model }))
        }
    }
}

/// Whether the formula was measured on an accelerator: by its name, in whatever way that is written. Records that name
/// none are not known to be on another.
fn is_measured_on(accelerator: &str) -> bool {
    accelerator.is_empty() || accelerator.to_ascii_lowercase().contains(MEASURED_ACCELERATOR)
}

/// The coefficient of an hour: of each way of running a model the latest telling; of several ways the one
/// whose hardware is the accelerator that the records name.
fn choose<'a>(
    told: impl Iterator<Item = &'a Telling<Coefficient>>,
    accelerator: &str,
) -> Result<Option<&'a Telling<Coefficient>>, NoEstimate> {
    let mut latest: BTreeMap<_, &Telling<Coefficient>> = BTreeMap::new();
    for one in told {
        let Coefficient { boundary, hardware, batch_size, precision_bits, .. } = &one.what;
        let kept = latest.entry((*boundary, hardware, *batch_size, *precision_bits)).or_insert(one);
        if kept.revision < one.revision {
            *kept = one;
        }
    }
    let all: Vec<&Telling<Coefficient>> = latest.into_values().collect();
    let is_named = |one: &&&Telling<Coefficient>| one.what.hardware.eq_ignore_ascii_case(accelerator);
    let named: Vec<&&Telling<Coefficient>> = all.iter().filter(is_named).collect();
    match (&all[..], &named[..]) {
        ([], _) => Ok(None),
        ([one], _) => Ok(Some(one)),
        (_, [one]) => Ok(Some(one)),
        _ => Err(NoEstimate::Several { hardware: all.iter().map(|one| one.what.hardware.clone()).collect() }),
    }
}

/// Nanojoules: tokens by the energy of a token, or time by power.
fn of_coefficient(hour: &UnmeasuredHour, coefficient: &Coefficient) -> i128 {
    if hour.group.terms == EnergyTerms::FromTime {
        // Milliwatts by microseconds are nanojoules.
        let milliwatts = coefficient.accelerator_power.map_or(0, |power| power.milliwatts());
        return hour.accelerator_us * i128::from(milliwatts);
    }
    let nj =
        |token: Option<crate::units::TokenEnergy>| token.map_or(0, |token| i128::from(token.nanojoules()));
    hour.output_tokens * nj(coefficient.output_token) + hour.input_tokens * nj(coefficient.input_token)
}

fn half_even(numerator: i128, denominator: i128) -> i128 {
    let (whole, rest) = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator));
    whole + i128::from(2 * rest > denominator || (2 * rest == denominator && whole % 2 != 0))
}

/// The hour as one that has energy. Its tasks are in no histogram, and what unfinished ones used is not known.
fn estimated(
    hour: &UnmeasuredHour,
    terms: EnergyTerms,
    energy_uj: i128,
    error: EnergyError,
    by: EstimatedBy,
) -> Estimate {
    let mut group = hour.group;
    group.terms = terms;
    let energy = EnergyTotal::from_microjoules(energy_uj);
    let total = HourTotal {
        group,
        hour: hour.hour,
        tasks: hour.tasks,
        tasks_without_histogram: hour.tasks.completed,
        energy,
        unfinished_energy: EnergyTotal::ZERO,
        output_tokens: hour.output_tokens,
        output_tokens_energy: if hour.output_tokens > 0 { energy } else { EnergyTotal::ZERO },
    };
    Estimate { total, error, by }
}

#[cfg(test)]
#[path = "estimate_tests.rs"]
mod tests;
