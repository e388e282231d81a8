//! Tasks that were sent without energy: estimated from their tokens or their time on accelerators.
//!
//! What an estimate is made from, best first: a coefficient that was measured (T3), with tokens or else with time on
//! accelerators; or the published formula over the model's parameters (T4). Where nothing supports one, or it would come
//! to nothing, there is none: the service never invents energy.

use super::regression::{MEASURED_ACCELERATOR, Run};
use super::uncertainty::EnergyError;
use crate::domain::ids::ModelId;
use crate::domain::registry::{Coefficient, Parameters, Running, Telling};
use crate::domain::terms::{Boundary, EnergyTerms, EstimatedFrom, Evidence};
use crate::domain::totals::{HourTotal, UnmeasuredHour};
use crate::units::{EnergyTotal, TokenEnergy};
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is registered of models that an estimate can be made from.
#[derive(Clone, Debug, Default)]
pub struct Coefficients {
    pub told: HashMap<ModelId, Vec<Telling<Coefficient>>>,
    pub parameters: HashMap<ModelId, Parameters>,
    /// How models run, also those whose parameters are not registered: of several coefficients it singles one out.
    pub running: HashMap<ModelId, Running>,
}

/// What estimates were made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EstimatedBy {
    Coefficient { model: ModelId, revision: i32 },
    Formula { model: ModelId },
}

impl EstimatedBy {
    pub fn from(self) -> EstimatedFrom {
        match self {
            EstimatedBy::Coefficient { .. } => EstimatedFrom::Coefficient,
            EstimatedBy::Formula { .. } => EstimatedFrom::Formula,
        }
    }
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
    /// Neither a coefficient of the day for what the tasks state, nor, for output tokens, parameters.
    Nothing,
    /// What they state comes to less than half a microjoule.
    Zero,
    /// Several coefficients hold, and neither the accelerator of the records nor how the model runs singles one out.
    Several { ways: Vec<Way> },
}

/// A way of running a model for which a coefficient is told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    pub hardware: String,
    pub batch_size: Option<i32>,
    pub precision_bits: Option<i16>,
    pub boundary: Boundary,
}

impl Way {
    fn of(told: &Telling<Coefficient>) -> Way {
        let Coefficient { boundary, hardware, batch_size, precision_bits, .. } = &told.what;
        Way {
            hardware: hardware.clone(),
            batch_size: *batch_size,
            precision_bits: *precision_bits,
            boundary: *boundary,
        }
    }
}

/// Days of a model that cannot be estimated, with why, and what the tasks state.
pub type Unsupported = BTreeMap<(ModelId, NoEstimate, EnergyTerms), BTreeSet<NaiveDate>>;

/// Estimates every hour, or says what is missing.
pub fn estimate(hours: &[UnmeasuredHour], coefficients: &Coefficients) -> Result<Vec<Estimate>, Unsupported> {
    let mut unsupported = Unsupported::new();
    let mut estimates = Vec::with_capacity(hours.len());
    for hour in hours {
        match one(hour, coefficients) {
            Ok(estimate) => estimates.push(estimate),
            Err(why) => {
                let days = unsupported.entry((hour.group.model, why, hour.group.terms)).or_default();
                days.insert(hour.hour.date_naive());
            }
        }
    }
    if unsupported.is_empty() { Ok(estimates) } else { Err(unsupported) }
}

/// What a coefficient is multiplied by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Amount {
    /// Output tokens, and input tokens where the coefficient tells of them.
    Output,
    /// Input tokens of tasks that write none.
    Input,
    Time,
}

impl Amount {
    /// What every task of these terms states, best first.
    fn stated(terms: EnergyTerms) -> &'static [Amount] {
        match terms {
            EnergyTerms::FromTokens => &[Amount::Output],
            EnergyTerms::FromInputTokens => &[Amount::Input],
            EnergyTerms::FromTime => &[Amount::Time],
            EnergyTerms::FromTokensOrTime => &[Amount::Output, Amount::Time],
            EnergyTerms::FromInputTokensOrTime => &[Amount::Input, Amount::Time],
            EnergyTerms::Stated(..) | EnergyTerms::PueUnknown(_) => &[],
        }
    }

    fn is_told(self, coefficient: &Coefficient) -> bool {
        match self {
            Amount::Output => coefficient.output_token.is_some(),
            Amount::Input => coefficient.input_token.is_some(),
            Amount::Time => coefficient.accelerator_power.is_some(),
        }
    }
}

fn one(hour: &UnmeasuredHour, coefficients: &Coefficients) -> Result<Estimate, NoEstimate> {
    let model = hour.group.model;
    let day = hour.hour.date_naive();
    let told = coefficients.told.get(&model).map_or(&[][..], Vec::as_slice);
    let running = coefficients.running.get(&model).copied().unwrap_or_default();
    let stated = Amount::stated(hour.group.terms);
    for amount in stated {
        let holds = |one: &&Telling<Coefficient>| {
            amount.is_told(&one.what) && one.what.valid.from() <= day && day < one.what.valid.to()
        };
        let Some(telling) = choose(told.iter().filter(holds), &hour.accelerator, running)? else { continue };
        let energy_nj = of_coefficient(hour, &telling.what, *amount);
        let is_elsewhere =
            !hour.accelerator.is_empty() && !is_same_accelerator(&telling.what.hardware, &hour.accelerator);
        let error = if is_elsewhere { EnergyError::Outside } else { EnergyError::Coefficient };
        let by = EstimatedBy::Coefficient { model, revision: telling.revision };
        let terms = EnergyTerms::Stated(telling.what.boundary, Evidence::Modelled);
        return estimated(hour, terms, half_even(energy_nj, 1_000), error, by);
    }
    let with_output = stated.contains(&Amount::Output);
    let parameters =
        *coefficients.parameters.get(&model).filter(|_| with_output).ok_or(NoEstimate::Nothing)?;
    let run = Run::of(parameters);
    let energy_uj = run.energy(hour.output_tokens, None).microjoules();
    let is_declared = parameters.batch_size.is_some() && parameters.accelerators.is_some();
    let error = match (run.is_measured() && is_measured_on(&hour.accelerator), is_declared) {
        (false, _) => EnergyError::Outside,
        (true, true) => EnergyError::Formula,
        (true, false) => EnergyError::Defaults,
    };
    let terms = EnergyTerms::Stated(Boundary::It, Evidence::Declared);
    estimated(hour, terms, energy_uj, error, EstimatedBy::Formula { model })
}

/// Whether the formula was measured on an accelerator: by its name, in whatever way that is written. Records that name
/// none are not known to be on another.
fn is_measured_on(accelerator: &str) -> bool {
    accelerator.is_empty() || accelerator.to_ascii_lowercase().contains(MEASURED_ACCELERATOR)
}

/// Words of a name that say who made an accelerator and not which one it is.
const MAKERS: [&str; 4] = ["nvidia", "amd", "intel", "google"];

/// Whether two names are of one accelerator in different writing: all words of one are among those of the other,
/// whatever stands between them, and makers are left out. Neither name is empty.
fn is_same_name(one: &str, other: &str) -> bool {
    let words = |name: &str| -> BTreeSet<String> {
        let lower = name.to_ascii_lowercase();
        let words = lower.split(|letter: char| !letter.is_alphanumeric());
        words.filter(|word| !word.is_empty() && !MAKERS.contains(word)).map(str::to_owned).collect()
    };
    let (one, other) = (words(one), words(other));
    !one.is_empty() && !other.is_empty() && (one.is_subset(&other) || other.is_subset(&one))
}

/// The same, and names of which both are of the accelerator that the formula was measured on.
fn is_same_accelerator(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
        || is_same_name(one, other)
        || (is_measured_on(one) && is_measured_on(other))
}

/// The coefficient of an hour: of each way of running a model the latest telling; of several ways the one whose hardware
/// is the accelerator that the records name, and that runs as the model is registered to run. Of ways that differ in
/// nothing but their boundary the outermost is taken, which leaves the least to factors.
fn choose<'a>(
    told: impl Iterator<Item = &'a Telling<Coefficient>>,
    accelerator: &str,
    running: Running,
) -> Result<Option<&'a Telling<Coefficient>>, NoEstimate> {
    let mut latest: BTreeMap<Way, &Telling<Coefficient>> = BTreeMap::new();
    for one in told {
        let kept = latest.entry(Way::of(one)).or_insert(one);
        if kept.revision < one.revision {
            *kept = one;
        }
    }
    let mut left: Vec<(Way, &Telling<Coefficient>)> = latest.into_iter().collect();
    if !accelerator.is_empty() {
        narrow(&mut left, |way| way.hardware.eq_ignore_ascii_case(accelerator));
        narrow(&mut left, |way| is_same_name(&way.hardware, accelerator));
        narrow(&mut left, |way| is_same_accelerator(&way.hardware, accelerator));
    }
    narrow(&mut left, |way| way.batch_size.is_some() && way.batch_size == running.batch_size);
    narrow(&mut left, |way| way.precision_bits.is_some() && way.precision_bits == running.precision_bits);
    let inside = |way: &Way| (way.hardware.clone(), way.batch_size, way.precision_bits);
    let inner: BTreeSet<_> = left.iter().map(|(way, _)| inside(way)).collect();
    let outermost = left.iter().map(|(way, _)| way.boundary).max();
    if inner.len() == 1 {
        narrow(&mut left, |way| Some(way.boundary) == outermost);
    }
    match &left[..] {
        [] => Ok(None),
        [(_, one)] => Ok(Some(one)),
        _ => Err(NoEstimate::Several { ways: left.into_iter().map(|(way, _)| way).collect() }),
    }
}

/// Keeps those of which something is true, where it is true of any.
fn narrow<T>(left: &mut Vec<(Way, T)>, is_meant: impl Fn(&Way) -> bool) {
    if left.iter().any(|(way, _)| is_meant(way)) {
        left.retain(|(way, _)| is_meant(way));
    }
}

/// Nanojoules: tokens by the energy of a token, or time by power.
fn of_coefficient(hour: &UnmeasuredHour, coefficient: &Coefficient, amount: Amount) -> i128 {
    if amount == Amount::Time {
        // Milliwatts by microseconds are nanojoules.
        let milliwatts = coefficient.accelerator_power.map_or(0, |power| power.milliwatts());
        return hour.accelerator_us * i128::from(milliwatts);
    }
    let nj = |token: Option<TokenEnergy>| token.map_or(0, |token| i128::from(token.nanojoules()));
    hour.output_tokens * nj(coefficient.output_token) + hour.input_tokens * nj(coefficient.input_token)
}

fn half_even(numerator: i128, denominator: i128) -> i128 {
    let (whole, rest) = (numerator.div_euclid(denominator), numerator.rem_euclid(denominator));
    whole + i128::from(2 * rest > denominator || (2 * rest == denominator && whole % 2 != 0))
}

/// The hour as one that has energy; energy of zero is none. Its tasks are in no histogram, and what unfinished ones used
/// is not known.
fn estimated(
    hour: &UnmeasuredHour,
    terms: EnergyTerms,
    energy_uj: i128,
    error: EnergyError,
    by: EstimatedBy,
) -> Result<Estimate, NoEstimate> {
    if energy_uj == 0 {
        return Err(NoEstimate::Zero);
    }
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
    Ok(Estimate { total, error, by })
}

#[cfg(test)]
#[path = "estimate_tests.rs"]
mod tests;
