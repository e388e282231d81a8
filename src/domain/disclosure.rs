//! The format-neutral document of a disclosure: one list of facts, and the words around them. Every
//! format is rendered from this and from nothing else.

use super::embodied::Embodied;
use super::fact::{Concept, Fact, FactValue, Member, Of};
use super::factor::Rung;
use super::period::{Days, Period};
use super::registry::ProviderKind;
use super::terms::{
    Basis, Instrument, IntervalSource, Matching, Perimeter, Resolution, SiteFactorKind, SmallCells, TaskType,
};
use super::training::Training;
use super::water::{WaterFactor, WueDefinition};
use crate::units::{Decimal, EnergyVolume, Intensity, Ratio};
use chrono::{DateTime, NaiveDate, Utc};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosure {
    pub reference: Reference,
    pub template: TemplateUse,
    pub method_version: String,
    /// The UTC day on which the document was built.
    pub built_on: NaiveDate,
    pub provider: ProviderLine,
    pub service: ServiceLine,
    pub period: Period,
    pub basis: Basis,
    pub perimeter: Perimeter,
    pub models: Vec<ModelLine>,
    pub sites: Vec<SiteLine>,
    /// What is left out because little is behind it.
    pub small_cells: SmallCells,
    /// Grid zones of the sites.
    pub zones: Vec<ZoneLine>,
    pub boundary: Vec<BoundaryLine>,
    pub facts: Vec<Fact>,
    pub factor_uses: Vec<FactorUse>,
    /// Contracts that the market-based figure counts.
    pub contract_uses: Vec<ContractUse>,
    /// Residual mixes that the market-based figure counts.
    pub residual_uses: Vec<FactorUse>,
    /// What the intervals of the means come from; `None` in documents of methods without intervals.
    pub interval: Option<IntervalLine>,
    /// What tasks that came without energy were estimated from.
    pub estimates: Vec<EstimateLine>,
    /// Multipliers taken from the method because the provider declared none.
    pub defaults: Vec<DefaultUse>,
    /// What is compared with what; the ratios are facts.
    pub changes: Vec<ChangeLine>,
    /// Months of the series without a figure, and why.
    pub gaps: Vec<SeriesGap>,
    /// Training of the models, as far as their provider made it public.
    pub training: Vec<TrainingLine>,
    /// By whose definitions water on site was measured.
    pub water_definitions: Vec<WaterDefinitionLine>,
    /// Water factors of zones that the indirect water was counted with.
    pub water_factors: Vec<WaterFactorLine>,
    /// What was declared of making accelerators.
    pub embodied: Vec<EmbodiedLine>,
    /// What the figures do not say, one sentence each.
    pub limits: Vec<String>,
    /// Where the published disclosure stands.
    pub address: String,
}

/// Which disclosure this is; a correction has the same number and the next version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    pub number: i32,
    pub version: i32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateUse {
    pub id: String,
    pub version: String,
    pub legal_status: String,
    pub status_line: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderLine {
    pub key: String,
    pub legal_name: String,
    pub contact: Option<String>,
    pub public_note: Option<String>,
    pub kind: ProviderKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceLine {
    pub key: String,
    pub name: String,
    pub energy_method: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelLine {
    pub key: String,
    pub name: String,
    pub version: Option<String>,
    pub released_on: Option<NaiveDate>,
    /// The model that a change is told against.
    pub baseline: Option<String>,
}

/// A grid zone with sites of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneLine {
    pub key: String,
    pub name: String,
    /// Sites of the service in it.
    pub sites: usize,
}

/// One comparison with a baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeLine {
    pub task_type: TaskType,
    /// The name of the model; `None` is all models together.
    pub model: Option<Arc<str>>,
    /// The baseline: the name of a model of the same provider, where it is one model that is compared.
    pub baseline_model: Option<String>,
    pub baseline_period: Period,
    /// Why there is no ratio; empty where there is one.
    pub reasons: Vec<Incomparable>,
}

super::terms::terms! {
    /// Why two means are not compared.
    Incomparable {
        TaskType = "task_type",
        Boundary = "boundary",
        Method = "method",
        Evidence = "evidence",
        NoCompletedTask = "no_completed_task",
        NoEnergy = "no_energy",
        NoFigures = "no_figures",
    }
}

impl Incomparable {
    /// One sentence for people.
    pub fn sentence(self) -> &'static str {
        match self {
            Incomparable::TaskType => "The tasks are of different types.",
            Incomparable::Boundary => {
                "The energy was told within different boundaries: a share differs by more than 10 percentage points."
            }
            Incomparable::Method => "The figures were made by different versions of the method.",
            Incomparable::Evidence => {
                "The energy is known in different ways: the share of a tier differs by more than 10 percentage points."
            }
            Incomparable::NoCompletedTask => "One side has no completed task of this type.",
            Incomparable::NoEnergy => "The energy of the baseline is zero.",
            Incomparable::NoFigures => "No figures can be made of the baseline.",
        }
    }
}

/// A month of the series without figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesGap {
    pub month: Period,
    pub why: GapReason,
}

super::terms::terms! {
    /// Why a month has no figure.
    GapReason {
        NoTask = "no_task",
        PueUnknown = "pue_unknown",
        NoEstimate = "no_estimate",
        Contradiction = "contradiction",
    }
}

impl GapReason {
    /// One sentence for people.
    pub fn sentence(self) -> &'static str {
        match self {
            GapReason::NoTask => "No task was completed.",
            GapReason::PueUnknown => "It is not settled whether energy includes the PUE.",
            GapReason::NoEstimate => "Tasks came without energy, and nothing supports an estimate.",
            GapReason::Contradiction => "Its totals contradict each other.",
        }
    }
}

/// Training of one model, apart from the energy of its tasks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrainingLine {
    /// The name of the model.
    pub model: String,
    pub revision: i32,
    pub training: Training,
}

/// A definition of the water use of sites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaterDefinitionLine {
    pub definition: WueDefinition,
    /// Share of the IT energy of which water on site is known; `None` where that is not shown, or of no energy.
    pub share: Option<Decimal>,
}

/// A water factor of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaterFactorLine {
    pub revision: i32,
    pub factor: WaterFactor,
}

/// What making one accelerator took, as declared for a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbodiedLine {
    pub site: String,
    pub revision: i32,
    pub embodied: Embodied,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteLine {
    pub key: String,
    pub name: String,
    pub zone: String,
    pub zone_name: String,
    /// Declared multipliers that were applied, or that told the IT part of facility energy.
    pub factors: Vec<SiteFactorLine>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteFactorLine {
    pub kind: SiteFactorKind,
    pub value: Ratio,
    pub valid_from: DateTime<Utc>,
    pub valid_to: DateTime<Utc>,
    pub revision: i32,
}

/// One line of the boundary checklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BoundaryLine {
    /// One of [`BoundaryLine::ITEMS`].
    pub item: &'static str,
    pub included: Included,
}

impl BoundaryLine {
    /// What the template asks about, in its order.
    pub const ITEMS: [&'static str; 8] = [
        "Accelerators",
        "Host processors and memory",
        "Network",
        "Storage",
        "Idle and reserved capacity",
        "Cooling and power distribution",
        "Retrieval and tools",
        "The user\u{2019}s device",
    ];
}

super::terms::terms! {
    /// Whether something is inside the published mean.
    Included { Yes = "yes", No = "no", Unknown = "unknown" }
}

/// Which values of which factor set were used for a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorUse {
    pub set_key: String,
    pub source: String,
    pub licence: String,
    pub attribution: String,
    pub release: String,
    pub resolution: Resolution,
    /// The site's zone.
    pub zone: String,
    /// The zone whose value was taken: the same, or its parent.
    pub value_zone: String,
    pub rung: Rung,
    /// Hours of use that took such a value; `None` where that would tell about few sites.
    pub hours: Option<i64>,
    pub lowest_revision: i32,
    pub highest_revision: i32,
}

/// What a market-based figure counts of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractUse {
    pub key: String,
    pub revision: i32,
    pub instrument: Instrument,
    pub matching: Matching,
    pub zone: String,
    pub valid: Days,
    /// All that was bought.
    pub volume: EnergyVolume,
    /// Its factor on the basis of the disclosure.
    pub intensity: Intensity,
    /// Facility energy of this service and period that it covers, in watt-hours.
    pub covered_wh: FactValue,
    /// Where it can be looked up.
    pub reference: String,
}

/// What widens the interval of the mean of all tasks most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntervalLine {
    pub largest: IntervalSource,
    /// Whether tasks that were not reported are counted in.
    pub has_sampling: bool,
}

/// What some tasks were estimated from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EstimateLine {
    pub model: String,
    /// The revision of a coefficient; `None` is the formula over the model's parameters.
    pub coefficient: Option<i32>,
    /// Facility energy, in watt-hours.
    pub energy_wh: FactValue,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DefaultUse {
    pub kind: SiteFactorKind,
    pub value: Ratio,
    /// Share of the facility energy that was computed with this default.
    pub share: FactValue,
}

impl Disclosure {
    /// The value of a figure that the template holds once per task type (`None`: all together).
    pub fn value(&self, concept: Concept, task_type: Option<TaskType>) -> FactValue {
        self.value_of(concept, &Of { task_type, ..Of::ALL })
    }

    /// The value of a figure of some tasks.
    pub fn value_of(&self, concept: Concept, of: &Of) -> FactValue {
        self.facts
            .iter()
            .find(|fact| fact.concept == concept && fact.of == *of && fact.member.is_none())
            .map_or(FactValue::Unknown, |fact| fact.value)
    }

    /// The shares of one concept over all task types, in the order of the document.
    pub fn shares(&self, concept: Concept) -> impl Iterator<Item = (&Member, Decimal)> + '_ {
        self.facts.iter().filter_map(move |fact| match (&fact.member, fact.value) {
            (Some(member), FactValue::Known(share)) if fact.concept == concept && fact.of == Of::ALL => {
                Some((member, share))
            }
            _ => None,
        })
    }

    /// The task types that the document has figures for, in the order of the document.
    pub fn task_types(&self) -> impl Iterator<Item = TaskType> + '_ {
        self.facts
            .iter()
            .filter(|fact| fact.concept == Concept::TasksCompleted)
            .filter(|fact| fact.of.model.is_none() && fact.of.month.is_none())
            .filter_map(|fact| fact.of.task_type)
    }
}

#[cfg(test)]
#[path = "disclosure_sample.rs"]
mod sample;
#[cfg(test)]
pub(crate) use sample::sample;
