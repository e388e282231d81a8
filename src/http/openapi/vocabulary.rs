//! The closed vocabularies as schemas: their words come from the terms themselves.

use crate::domain::problem::ProblemCode as Code;
use crate::domain::{
    breakdown, budget, disclosure, equivalent, factor, finding, impact, job, registry, terms,
};
use crate::text;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

/// A schema of some words.
fn words<'a>(meaning: &str, choices: impl IntoIterator<Item = &'a str>) -> RefOr<Schema> {
    let schema = ObjectBuilder::new().schema_type(Type::String).description(Some(meaning));
    schema.enum_values(Some(choices)).into()
}

/// Makes a schema of each vocabulary, and the list of them all.
macro_rules! vocabularies {
    ($($name:ident($choices:expr) $meaning:literal;)*) => {
        $(
            #[doc = $meaning]
            #[derive(Debug)]
            pub enum $name {}

            impl PartialSchema for $name {
                fn schema() -> RefOr<Schema> {
                    words($meaning, $choices)
                }
            }

            impl ToSchema for $name {}
        )*

        /// Every vocabulary under its name.
        pub(super) fn all() -> Vec<(String, RefOr<Schema>)> {
            vec![$(($name::name().into_owned(), $name::schema())),*]
        }
    };
}

vocabularies! {
    TaskType(terms::TaskType::CHOICES.iter().copied())
        "What a user asked for. `other` is a type of its own, never a default.";
    Boundary(terms::Boundary::CHOICES.iter().copied())
        "Which layers of the data centre an energy value includes; each holds the one before.";
    Evidence(terms::Evidence::CHOICES.iter().copied())
        "How an energy value is known, best first.";
    Outcome(terms::Outcome::CHOICES.iter().copied())
        "How a task ended. Failed and cancelled tasks used energy too.";
    Place(terms::Place::CHOICES.iter().copied()) "Where a task was computed.";
    StepKind(terms::StepKind::CHOICES.iter().copied()) "What a step inside a task does.";
    SiteSeries(terms::SiteSeries::CHOICES.iter().copied())
        "What is declared of a site as one number: factors from one layer to the next; `metered_class` and \
         `counter_class`, within how many per cent its meters and the counters in its devices tell energy; and `wue`, its \
         water.";
    WaterDefinition(terms::WaterDefinition::CHOICES.iter().copied())
        "By whose definition water use was measured: they differ in which water they count. `eu_2024_1364` is Delegated \
         Regulation (EU) 2024/1364, `eu_c_2026_3472` the rating scheme C(2026) 3472.";
    TrainingEvidence(terms::TrainingEvidence::CHOICES.iter().copied())
        "How the energy of training is known.";
    Language(text::Language::CHOICES.iter().copied())
        "The official languages of the EU, and Chinese in simplified and traditional characters.";
    Included(disclosure::Included::CHOICES.iter().copied()) "Whether something is inside a figure.";
    TextField(disclosure::TextField::CHOICES.iter().copied())
        "What a text of a provider is about: how it comes by its figures, by which rule shared batches and idle capacity \
         are allocated to tasks, which tasks are left out, what runs the tasks, and what else a reader should know.";
    Verification(disclosure::VerificationKind::CHOICES.iter().copied())
        "Who verified the figures: nobody, another part of the provider, or a third party.";
    EnergyUnit(equivalent::EnergyUnit::CHOICES.iter().copied()) "A unit of energy.";
    EquivalentAppliance(equivalent::Yardstick::KEYS.iter().copied()) "What an amount of energy is compared with.";
    EquivalentUnit(equivalent::Yardstick::UNITS.iter().copied())
        "What is counted: a time for which the appliance runs, litres of water that are brought to the boil, lamps that \
         are lit for a year without a break, days of one household, or households in a year.";
    Basis(terms::Basis::CHOICES.iter().copied())
        "Whether an intensity counts the whole life cycle of power plants or what they emit directly.";
    Perimeter(terms::Perimeter::CHOICES.iter().copied())
        "Whether an intensity is of the electricity consumed in a zone or of that produced in it.";
    SmallCells(terms::SmallCells::CHOICES.iter().copied())
        "Which figures a disclosure leaves out: those of grid zones with fewer than 3 sites or 100 tasks (`sites`), also \
         those of task types and models with fewer than 100 completed tasks (`all`), or none (`shown`).";
    Resolution(terms::Resolution::CHOICES.iter().copied()) "How long one value of a set of grid factors holds.";
    FactorKind(terms::FactorKind::CHOICES.iter().copied())
        "What the values of a set are of. Disclosures use averages alone.";
    Instrument(terms::Instrument::CHOICES.iter().copied())
        "What a provider bought to say where its power comes from.";
    Matching(terms::Matching::CHOICES.iter().copied())
        "How the volume of a contract meets what is consumed: `annual` is spread over the time of the contract, \
         `hourly` counts what was made in an hour for that hour alone.";
    Rung(factor::Rung::ALL.iter().map(|rung| rung.as_str()))
        "Where on the ladder the value of an hour was found, best first; `parent_zone` is any of the others, of \
         the zone around the zone.";
    WindowLength(breakdown::WindowLength::CHOICES.iter().copied())
        "How long one window is; windows begin with the hour, day or month in UTC.";
    GroupColumn(breakdown::GroupColumn::CHOICES.iter().copied()) "What totals may be grouped by.";
    BudgetEventKind(budget::BudgetEventKind::CHOICES.iter().copied())
        "What became of a share of a budget: it is used, or will be before the year is over if use goes on as in the \
         last weeks.";
    Delivery(budget::Delivery::CHOICES.iter().copied())
        "What became of the message about an event. `none`: the budget names no address; `given_up`: every attempt \
         failed; `dropped`: the budget was withdrawn, or names no address any more.";
    FindingKind(finding::FindingKind::CHOICES.iter().copied()) "What was found.";
    Severity(finding::Severity::CHOICES.iter().copied())
        "How much a finding weighs: one that blocks should be clear before anything is published.";
    CauseKind(impact::CauseKind::CHOICES.iter().copied())
        "What a published disclosure was computed from and has been told anew.";
    JobKind(job::JobKind::CHOICES.iter().copied()) "What a job does: `build` a draft, or `publish` one.";
    JobState(job::JobState::CHOICES.iter().copied())
        "How far a job has come. `queued` and `running` go on; `done`, `failed` and `cancelled` stay.";
    ProviderKind(registry::ProviderKind::CHOICES.iter().copied()) "Whose figures they are.";
    ProblemCode(Code::ALL.iter().map(|code| code.as_str()))
        "Why something was refused; the table at `/problems` says what each means and what to do.";
}

/// Where a schema stands in the document.
pub(super) fn reference<T: ToSchema>() -> RefOr<Schema> {
    Ref::from_schema_name(T::name()).into()
}
