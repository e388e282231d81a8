//! The objects that are sent of what stands apart from the energy of a task: training, compute, water and embodied
//! carbon.

use super::bodies::{Body, OneOf, days};
use super::fields::{
    Field, boolean, date, decimal, line, name, optional, pattern, prose, required, whole, word,
};
use super::vocabulary;
use crate::domain::embodied::{MAX_EMBODIED_MG, MAX_INCLUDES_CHARS, MAX_LIFETIME_HOURS};
use crate::domain::registry::{MAX_LICENCE_CHARS, MAX_METHOD_CHARS, MAX_SOURCE_CHARS};
use crate::domain::training::{MAX_BASIS_CHARS, MAX_LIFETIME_TASKS, MAX_REASON_CHARS, MAX_TASK_CHARS};
use crate::http::api::sites::MAX_ZONE_CHARS;
use crate::http::fields::MAX_NAME_CHARS;
use crate::units::{CarbonMass, WaterUse};
use utoipa::openapi::schema::Type;

/// The types of text.
const TEXT: &[Type] = &[Type::String];

/// Energy of training, or why there is none.
const ENERGY: OneOf = &[("energy_mwh", TEXT), ("energy_not_available_reason", TEXT)];

/// Compute, or why there is none.
const COMPUTE: OneOf = &[("compute_flops", TEXT), ("compute_not_available_reason", TEXT)];

/// Two significant figures and more, from 10⁻⁹ to below 10⁹, with at most nine decimals.
const ENERGY_MWH: &str = r"^(0\.0{0,7}[1-9][0-9]{1,8}|[1-9]\.[0-9]{1,9}|[1-9][0-9]{1,8}(\.[0-9]{1,9})?)$";

/// The same from 1 to below 10³⁶, in plain digits or with a power of ten.
const COMPUTE_FLOPS: &str = r"^([1-9][0-9]{1,35}|[1-9]\.[0-9]{1,35}([eE]\+?([0-9]|[12][0-9]|3[0-5]))?)$";

/// The bodies of this part.
pub(super) fn all() -> Vec<Body> {
    let body = |name, meaning, fields| Body { name, meaning, fields, one_of: &[] };
    vec![
        Body {
            name: "NewTraining",
            meaning: "What training a model took. All of it is told each time: what is left out is no longer told.",
            fields: training(),
            one_of: &[ENERGY, COMPUTE],
        },
        Body {
            name: "NewInferenceCompute",
            meaning: "The compute of one task of a model, for one task type and hardware.",
            fields: inference_compute(),
            one_of: &[COMPUTE],
        },
        body(
            "NewWaterFactor",
            "Water that the power plants of a zone use for each kilowatt-hour, from a source of your choice.",
            water_factor(),
        ),
        body(
            "NewEmbodied",
            "What it took to make one accelerator of a kind with its part of the server.",
            embodied(),
        ),
    ]
}

fn compute() -> [Field; 2] {
    [
        optional(
            "compute_flops",
            pattern(
                COMPUTE_FLOPS,
                "Floating-point operations as text, with at least two significant figures, such as `3.8e25`; the \
                 digits told are kept. Send this or `compute_not_available_reason`.",
            ),
        ),
        optional(
            "compute_not_available_reason",
            prose(MAX_REASON_CHARS, "Why there is no compute. Send this or `compute_flops`."),
        ),
    ]
}

fn training() -> Vec<Field> {
    let most_kg = Some(CarbonMass::MAX_MG / 1_000_000);
    let mut fields = vec![
        optional(
            "energy_mwh",
            pattern(
                ENERGY_MWH,
                "Megawatt-hours as text, with at least two significant figures: `5.0` and not `5`; the digits told \
                 are kept. Send this or `energy_not_available_reason`.",
            ),
        ),
        optional(
            "energy_not_available_reason",
            prose(MAX_REASON_CHARS, "Why there is no energy. Send this or `energy_mwh`."),
        ),
    ];
    fields.extend(compute());
    fields.extend([
        optional("emissions_kg", decimal(most_kg, 6, "Kilograms of CO2e; needs `emissions_basis`.")),
        optional(
            "emissions_basis",
            line(MAX_BASIS_CHARS, "How the emissions were accounted for, such as `location-based`."),
        ),
        required("from", date("The first UTC day of training.")),
        required("to", date("The first UTC day after it; later than `from`.")),
        optional(
            "zone",
            line(
                MAX_ZONE_CHARS,
                "The grid zone where it was trained: a country (`DE`), a bidding zone (`SE-SE3`) or another of its \
                 codes.",
            ),
        ),
        optional(
            "evidence",
            word::<vocabulary::TrainingEvidence>("How the energy is known; required with `energy_mwh`."),
        ),
        optional(
            "method",
            prose(MAX_METHOD_CHARS, "By which method, in about 100 words; required with `energy_mwh`."),
        ),
        optional(
            "compute_method",
            prose(MAX_METHOD_CHARS, "By which method the compute is known, in about 100 words."),
        ),
        optional(
            "lifetime_tasks",
            whole(
                1..=MAX_LIFETIME_TASKS,
                "Tasks that the model is expected to serve in its whole life: the denominator of a share per task, \
                 which is shown apart and never added to the energy of a task.",
            ),
        ),
        optional(
            "public",
            boolean("Whether the public may see it; where it is missing or `false`, authorities alone."),
        ),
    ]);
    fields
}

fn inference_compute() -> Vec<Field> {
    let mut fields = vec![
        required("task_type", word::<vocabulary::TaskType>("The kind of the task.")),
        required("hardware", line(MAX_NAME_CHARS, "What it was run on, such as \"NVIDIA H100 SXM\".")),
        optional("task", line(MAX_TASK_CHARS, "The task that was run, where its type does not say enough.")),
    ];
    fields.extend(compute());
    fields.push(optional(
        "method",
        prose(MAX_METHOD_CHARS, "By which method the compute is known, in about 100 words."),
    ));
    fields
}

fn water_factor() -> Vec<Field> {
    let mut fields = vec![
        required(
            "zone",
            line(
                MAX_ZONE_CHARS,
                "The grid zone: a country (`DE`), a bidding zone (`SE-SE3`) or another of its codes. It holds for \
                 sites of this very zone.",
            ),
        ),
        required(
            "litres_per_kwh",
            decimal(
                Some(WaterUse::MAX_UL_PER_KWH / 1_000_000),
                6,
                "Litres for each kilowatt-hour that is consumed.",
            ),
        ),
    ];
    fields.extend(days());
    fields.extend([
        required("source", line(MAX_SOURCE_CHARS, "Where it was published.")),
        required("licence", line(MAX_LICENCE_CHARS, "The licence of the source.")),
    ]);
    fields
}

fn embodied() -> Vec<Field> {
    vec![
        required("accelerator", name("The kind of accelerator, as records name it.")),
        required(
            "embodied_kg",
            decimal(
                Some(MAX_EMBODIED_MG / 1_000_000),
                6,
                "Kilograms of CO2e of one accelerator with its part of the server; not zero.",
            ),
        ),
        required(
            "lifetime_hours",
            whole(1..=MAX_LIFETIME_HOURS, "Hours of its work over which that is spread."),
        ),
        required(
            "includes",
            line(
                MAX_INCLUDES_CHARS,
                "What beside the accelerator itself is in it, such as \"an eighth of the server\".",
            ),
        ),
        required("source", line(MAX_SOURCE_CHARS, "Where it was found.")),
    ]
}
