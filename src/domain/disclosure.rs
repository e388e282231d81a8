//! The format-neutral document of a disclosure: one list of facts, and the words around them. Every
//! format is rendered from this and from nothing else.

use super::embodied::Embodied;
use super::fact::{Concept, Fact, FactValue, Member, Of};
use super::factor::Rung;
use super::meter::MeterClass;
use super::period::{Days, Month, Period};
use super::registry::{ProviderKind, ProviderRole};
use super::terms::{
    Basis, Instrument, IntervalSource, Matching, MeterClassKind, Perimeter, Resolution, SiteFactorKind,
    SmallCells, TaskType,
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
    /// Accelerators of the sites in the period, as the provider declares them.
    pub hardware: Vec<HardwareLine>,
    /// What the provider says in its own words, in one or more languages.
    pub texts: Vec<ProviderText>,
    /// Tasks that the provider declares not to be described, by month.
    pub exclusions: Vec<ExclusionLine>,
    /// What amounts of energy of this document are as much as.
    pub equivalents: Vec<EquivalentLine>,
    /// What of the budgets for the year of the period was used by its end.
    pub budgets: Vec<BudgetLine>,
    /// Who looked at the figures beside their provider.
    pub verification: Verification,
    /// Earlier published versions of this disclosure, the oldest first.
    pub history: Vec<HistoryLine>,
    /// Why this version takes the place of the last of them, as its provider says.
    pub reason: Option<String>,
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
    /// Its Legal Entity Identifier (ISO 17442).
    pub lei: Option<String>,
    /// What it is to the models behind the service.
    pub role: Option<ProviderRole>,
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

/// Accelerators of one kind in a site of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HardwareLine {
    /// The key of the site.
    pub site: String,
    pub accelerator: String,
    pub accelerators: i32,
    pub valid: Days,
    pub revision: i32,
}

super::terms::terms! {
    /// What a text of a provider is about.
    TextField {
        /// How it comes by its energy figures, in about 100 words.
        Method = "method",
        /// By which rule shared batches and idle capacity are allocated to tasks.
        AllocationRule = "allocation_rule",
        /// Which tasks of the service are not in the figures.
        Exclusions = "exclusions",
        /// What runs the tasks, beyond the list of accelerators.
        Hardware = "hardware",
        /// What else a reader should know.
        Remarks = "remarks",
    }
}

/// A text of the provider in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderText {
    pub field: TextField,
    /// A BCP 47 tag of one of the languages of files.
    pub language: String,
    pub text: String,
}

/// Tasks of a month that the figures do not describe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExclusionLine {
    pub month: Month,
    /// Which tasks, and why.
    pub what: String,
    /// How many they are; `None` where that is not known.
    pub tasks: Option<i64>,
}

/// What an amount of energy is as much as, with its assumption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EquivalentLine {
    /// The figure of all tasks that it is of.
    pub concept: Concept,
    /// One sentence in English, with the assumption.
    pub sentence: String,
    /// Where the power or the use that it assumes was published.
    pub source: String,
}

/// A budget for the year in which the period ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetLine {
    pub key: String,
    pub revision: i32,
    pub year: i32,
    /// `None` where it is of all services of the provider.
    pub service: Option<String>,
    /// `kWh` or `kgCO2e`.
    pub unit: &'static str,
    pub allowance: Decimal,
    /// From the beginning of the year to the end of the period.
    pub used: Decimal,
    /// `None` for an allowance of zero.
    pub share: Option<Decimal>,
}

impl BudgetLine {
    pub const UNITS: [&'static str; 2] = ["kWh", "kgCO2e"];
}

super::terms::terms! {
    /// Who verified the figures.
    VerificationKind {
        None = "none",
        /// Another part of the provider.
        Internal = "internal",
        ThirdParty = "third_party",
    }
}

/// What is declared of a verification; for `none` all else is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    pub kind: VerificationKind,
    /// By which standard, such as "ISO 14064-3".
    pub standard: Option<String>,
    pub verifier: Option<String>,
    pub verified_on: Option<NaiveDate>,
}

impl Verification {
    pub const NONE: Verification =
        Verification { kind: VerificationKind::None, standard: None, verifier: None, verified_on: None };
}

/// An earlier published version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryLine {
    pub version: i32,
    pub published_on: NaiveDate,
    /// SHA-256 of its canonical JSON, in hexadecimal.
    pub document_sha256: String,
    /// Why it took the place of the version before; `None` for the first, or where its provider gave no reason.
    pub reason: Option<String>,
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
    /// Declared classes of the instruments that measured energy.
    pub meter_classes: Vec<MeterClassLine>,
}

/// Within what a site's meters, or the counters in its devices, tell energy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeterClassLine {
    pub kind: MeterClassKind,
    pub class: MeterClass,
    pub valid: Days,
    pub revision: i32,
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
