//! The authority pack: what Annex XI of the AI Act asks of the models of a provider, for the AI Office and national
//! authorities. It is a list of facts and texts like a disclosure, is confidential, and is never mixed with one.

use super::disclosure::{ModelLine, ProviderLine, Reference, TemplateUse};
use super::period::Days;
use super::template::{Confidentiality, Recipient};
use super::terms::{TaskType, terms};
use crate::units::{Decimal, Significant};
use chrono::NaiveDate;

/// The most words of a text of a method: the documentation form asks for about 100.
pub const MAX_METHOD_WORDS: usize = 120;
/// The most models of one pack.
pub const MAX_PACK_MODELS: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityPack {
    /// Counted by provider; a pack about the same models has the same number and the next version.
    pub reference: Reference,
    pub template: TemplateUse,
    /// The UTC day on which it was built.
    pub built_on: NaiveDate,
    pub provider: ProviderLine,
    /// Sorted by key.
    pub models: Vec<ModelLine>,
    pub facts: Vec<PackFact>,
    pub texts: Vec<PackText>,
}

terms! {
    /// What a figure of a pack measures.
    PackConcept {
        /// Energy of training, as declared.
        TrainingEnergy = "training_energy",
        /// Operations of training, as declared.
        TrainingCompute = "training_compute",
        /// Operations of one task on some hardware, as declared.
        InferenceCompute = "inference_compute",
        /// Facility energy of the tasks that the model served in the period of a published disclosure.
        EnergyInUse = "energy_in_use",
    }
}

impl PackConcept {
    /// The unit of every value of this concept.
    pub fn unit(self) -> &'static str {
        match self {
            PackConcept::TrainingEnergy => "MWh",
            PackConcept::TrainingCompute | PackConcept::InferenceCompute => "FLOP",
            PackConcept::EnergyInUse => "Wh",
        }
    }

    /// Plain words for people.
    pub fn label(self) -> &'static str {
        match self {
            PackConcept::TrainingEnergy => "Energy of training",
            PackConcept::TrainingCompute => "Compute of training",
            PackConcept::InferenceCompute => "Compute of one task",
            PackConcept::EnergyInUse => "Energy of the model in use",
        }
    }
}

terms! {
    /// Whether an energy consumption is known or estimated, in the words of the Act.
    Knowledge { Known = "known", Estimated = "estimated" }
}

terms! {
    /// What a text of a pack is about: by which method a figure is known, in about 100 words.
    PackTextField {
        TrainingEnergyMethod = "training_energy_method",
        TrainingComputeMethod = "training_compute_method",
        InferenceComputeMethod = "inference_compute_method",
    }
}

impl PackTextField {
    /// Plain words for people.
    pub fn label(self) -> &'static str {
        match self {
            PackTextField::TrainingEnergyMethod => "Method of the energy of training",
            PackTextField::TrainingComputeMethod => "Method of the compute of training",
            PackTextField::InferenceComputeMethod => "Method of the compute of one task",
        }
    }
}

/// One figure of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackFact {
    pub concept: PackConcept,
    /// The key of the model.
    pub model: String,
    pub value: PackValue,
    /// Of energy alone.
    pub knowledge: Option<Knowledge>,
    /// The days of training, or those of the period of the disclosure.
    pub days: Option<Days>,
    pub task: Option<PackTask>,
    pub source: PackSource,
    pub release: Release,
}

/// A value, or why there is none: "N/A" is an answer, an empty place is not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackValue {
    /// With the digits that the provider told.
    Told(Significant),
    /// A figure of a disclosure.
    Disclosed(Decimal),
    NotAvailable(String),
}

/// Of which task and hardware a compute is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackTask {
    pub task_type: TaskType,
    pub hardware: String,
    /// The task that was run, where its type does not say enough.
    pub task: Option<String>,
}

/// Where a figure comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PackSource {
    /// A telling of the provider.
    Declared { revision: i32 },
    /// A published disclosure, with the SHA-256 of its canonical JSON in hexadecimal.
    Disclosure { reference: Reference, address: String, document_sha256: String },
    /// Nothing that could be named.
    None,
}

/// Who may see a field, and to whom it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    pub confidentiality: Confidentiality,
    pub recipients: Vec<Recipient>,
}

/// One text about a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackText {
    pub field: PackTextField,
    /// The key of the model.
    pub model: String,
    /// Of the method of the compute of a task: of which.
    pub task: Option<PackTask>,
    pub text: String,
    pub release: Release,
}

impl PackValue {
    /// The digits, or "N/A".
    pub fn text(&self) -> String {
        match self {
            PackValue::Told(value) => value.to_string(),
            PackValue::Disclosed(value) => value.to_string(),
            PackValue::NotAvailable(_) => "N/A".to_owned(),
        }
    }

    pub fn reason(&self) -> Option<&str> {
        match self {
            PackValue::NotAvailable(reason) => Some(reason),
            PackValue::Told(_) | PackValue::Disclosed(_) => None,
        }
    }

    /// How many significant figures the provider told.
    pub fn significant_figures(&self) -> Option<u32> {
        match self {
            PackValue::Told(value) => Some(value.figures()),
            PackValue::Disclosed(_) | PackValue::NotAvailable(_) => None,
        }
    }
}

/// How many words a text has: runs of characters that are no blank.
pub fn words(text: &str) -> usize {
    text.split_whitespace().count()
}
