//! The registry: services, models and sites, and what is declared of them over time.

use crate::domain::names::Name;
use crate::domain::problem::ProblemCode as Code;
use crate::http::api::budgets::{WireBudget, WireBudgets, WireBurn, WireEvents};
use crate::http::api::contracts::{WireContract, WireContracts};
use crate::http::api::embodied::{WireEmbodied, WireEmbodiedList};
use crate::http::api::models::{WireCoefficient, WireCoefficients, WireModel, WireModels};
use crate::http::api::service_texts::{WireServiceText, WireServiceTexts};
use crate::http::api::services::{WireServed, WireServedList, WireService, WireServices};
use crate::http::api::site_boundary::{WireBoundaries, WireBoundary};
use crate::http::api::sites::{WireFactor, WireFactors, WireHardware, WireHardwareList};
use crate::http::api::sites::{WireSite, WireSites};
use crate::http::api::training::{
    WireInferenceCompute, WireInferenceComputeList, WireTraining, WireTrainingList,
};
use crate::http::api::water_factors::{WireWaterFactor, WireWaterFactors};
use crate::http::fields::{DEFAULT_LIMIT, MAX_LIMIT};
use crate::http::openapi::fields::{integer, pattern};
use crate::http::openapi::operation::Op;
use serde_json::json;

/// What a telling means; the same for everything that is declared over time.
const TELLING: &str = "A telling is never changed: one that differs becomes a later revision, which counts where the \
                       two overlap, and one that repeats what holds makes none.";

/// A page of a list by name.
fn by_name(op: Op) -> Op {
    let cursor = pattern(Name::PATTERN, "The `next_cursor` of the answer before.");
    limited(op).query("cursor", cursor)
}

/// A page of a list of tellings.
fn by_telling(op: Op) -> Op {
    let cursor = pattern("^[0-9]{1,9}$", "The `next_cursor` of the answer before.");
    limited(op).query("cursor", cursor).says("Every telling, in the order of telling.")
}

fn limited(op: Op) -> Op {
    let meaning = format!("Entries of the answer; {DEFAULT_LIMIT} where missing.");
    op.query("limit", integer(1..=MAX_LIMIT as i64, &meaning)).refuses(&[Code::InvalidRequest])
}

pub(super) fn services() -> Vec<Op> {
    vec![
        by_name(Op::get("/v1/services", "list-services", "List services"))
            .answers_json::<WireServices>(200, "Services by name."),
        Op::get("/v1/services/{service}", "show-service", "Read a service")
            .answers_tagged::<WireService>("The service."),
        Op::put("/v1/services/{service}", "put-service", "Register or change a service")
            .takes_object(
                "NewService",
                json!({
                    "name": "Example Chat",
                    "energy_method": "Counters of the accelerators, allocated to requests by time.",
                    "retrieval_and_tools": "yes", "user_device": "no",
                }),
            )
            .answers_json::<WireService>(200, "It was changed.")
            .answers_json::<WireService>(201, "It is registered.")
            .refuses(&[Code::InvalidName]),
        by_telling(Op::get(
            "/v1/services/{service}/served",
            "list-served",
            "List how many tasks a service served",
        ))
        .answers_json::<WireServedList>(200, "Tellings."),
        Op::put("/v1/services/{service}/served/{month}", "put-served", "Declare the tasks of a month")
            .says(TELLING)
            .takes_object(
                "NewServed",
                json!({
                    "tasks": 1_250_000,
                    "exclusions": [{"what": "Tasks of a pilot without meters", "tasks": 1_200}],
                }),
            )
            .answers_json::<WireServed>(200, "It was told before.")
            .answers_json::<WireServed>(201, "It is a new revision.")
            .refuses(&[Code::DateInvalid, Code::MonthNotBegun]),
        by_telling(Op::get("/v1/services/{service}/texts", "list-texts", "List the texts of a service"))
            .answers_json::<WireServiceTexts>(200, "Tellings."),
        Op::get("/v1/services/{service}/texts/{field}/{language}", "show-text", "Read a text of a service")
            .answers_tagged::<WireServiceText>("The text."),
        Op::put(
            "/v1/services/{service}/texts/{field}/{language}",
            "put-text",
            "Tell a text of a service in a language",
        )
        .says(
            "In about 100 words; printed in disclosures. A telling is never changed: a text that differs becomes a \
             later revision, and the same again makes none.",
        )
        .takes_object("NewServiceText", json!({"text": "Zähler je Rack, nach Rechenzeit auf Anfragen verteilt."}))
        .answers_json::<WireServiceText>(200, "It was told before.")
        .answers_json::<WireServiceText>(201, "It is a new revision."),
        Op::delete(
            "/v1/services/{service}/texts/{field}/{language}",
            "delete-text",
            "Take a text of a service back",
        )
        .says("Disclosures that are built from now on do not hold it; what was told stays in the list.")
        .answers_with(204, "It is taken back.", |response| response),
    ]
}

pub(super) fn models() -> Vec<Op> {
    vec![
        by_name(Op::get("/v1/models", "list-models", "List models"))
            .answers_json::<WireModels>(200, "Models by name."),
        Op::get("/v1/models/{model}", "show-model", "Read a model").answers_tagged::<WireModel>("The model."),
        Op::put("/v1/models/{model}", "put-model", "Register or change a model")
            .says("The version cannot change once records name the model.")
            .takes_object(
                "NewModel",
                json!({
                    "name": "Example Model", "version": "1.0", "released_on": "2025-09-18",
                    "parameters_total": 70_000_000_000_i64, "parameters_active": 8_000_000_000_i64,
                }),
            )
            .answers_json::<WireModel>(200, "It was changed.")
            .answers_json::<WireModel>(201, "It is registered.")
            .refuses(&[Code::InvalidName, Code::MeaningFixed]),
        by_telling(Op::get(
            "/v1/models/{model}/coefficients",
            "list-coefficients",
            "List the measured energy per token of a model",
        ))
        .answers_json::<WireCoefficients>(200, "Tellings."),
        Op::post("/v1/models/{model}/coefficients", "add-coefficient", "Declare measured energy per token")
            .says(TELLING)
            .takes_object(
                "NewCoefficient",
                json!({
                    "from": "2025-01-01", "to": "2026-01-01", "output_token_j": "0.39", "input_token_j": "0.02",
                    "boundary": "server", "hardware": "NVIDIA H100 SXM", "batch_size": 32, "precision_bits": 8,
                    "source": "Own measurement, report 7", "licence": "CC BY 4.0", "published_on": "2025-02-01",
                }),
            )
            .answers_json::<WireCoefficient>(200, "It was told before.")
            .answers_json::<WireCoefficient>(201, "It is a new revision."),
        by_telling(Op::get("/v1/models/{model}/training", "list-training", "List what training a model took"))
            .answers_json::<WireTrainingList>(200, "Tellings."),
        Op::post("/v1/models/{model}/training", "add-training", "Declare what training a model took")
            .says(
                "All of it is told at once: a telling that differs from the latest becomes the next revision, which \
                 counts instead, and the same one makes none. It stands apart from the energy of tasks, and goes to \
                 authorities alone unless `public` is true.",
            )
            .takes_object(
                "NewTraining",
                json!({
                    "energy_mwh": "1287.0", "compute_flops": "3.1e23", "emissions_kg": "552100",
                    "emissions_basis": "Location-based, hourly factors of the grid", "from": "2024-03-01",
                    "to": "2024-06-01", "zone": "DE", "evidence": "measured",
                    "method": "Meters of the racks, with the PUE of the site; failed runs are in it.",
                    "lifetime_tasks": 40_000_000_000_i64, "public": false,
                }),
            )
            .answers_json::<WireTraining>(200, "It was told before.")
            .answers_json::<WireTraining>(201, "It is a new revision."),
        by_telling(Op::get(
            "/v1/models/{model}/inference-compute",
            "list-inference-compute",
            "List the compute of tasks of a model",
        ))
        .answers_json::<WireInferenceComputeList>(200, "Tellings."),
        Op::post("/v1/models/{model}/inference-compute", "add-inference-compute", "Declare the compute of a task")
            .says(
                "For one task type and hardware: a telling that differs from the latest of the two becomes a later \
                 revision, which counts instead, and the same one makes none. It goes to authorities alone.",
            )
            .takes_object(
                "NewInferenceCompute",
                json!({
                    "task_type": "chat", "hardware": "NVIDIA H100 SXM", "compute_flops": "1.4e15",
                    "task": "1,000 tokens read, 100,000 tokens written",
                }),
            )
            .answers_json::<WireInferenceCompute>(200, "It was told before.")
            .answers_json::<WireInferenceCompute>(201, "It is a new revision."),
    ]
}

pub(super) fn sites() -> Vec<Op> {
    vec![
        by_name(Op::get("/v1/sites", "list-sites", "List sites"))
            .answers_json::<WireSites>(200, "Sites by name."),
        Op::get("/v1/sites/{site}", "show-site", "Read a site").answers_tagged::<WireSite>("The site."),
        Op::put("/v1/sites/{site}", "put-site", "Register or change a site")
            .says("The zone cannot change once records name the site.")
            .takes_object("NewSite", json!({"name": "Frankfurt 1", "zone": "DE"}))
            .answers_json::<WireSite>(200, "It was changed.")
            .answers_json::<WireSite>(201, "It is registered.")
            .refuses(&[Code::InvalidName, Code::MeaningFixed]),
        by_telling(Op::get(
            "/v1/sites/{site}/factors",
            "list-site-factors",
            "List the factors and the water use of a site",
        ))
        .answers_json::<WireFactors>(200, "Tellings."),
        Op::post(
            "/v1/sites/{site}/factors",
            "add-site-factor",
            "Declare a factor or the water use of a site",
        )
        .says(TELLING)
        .takes_object(
            "NewSiteFactor",
            json!({"kind": "pue", "value": "1.18", "from": "2025-01-01", "to": "2026-01-01"}),
        )
        .answers_json::<WireFactor>(200, "It was told before.")
        .answers_json::<WireFactor>(201, "It is a new revision."),
        Op::get("/v1/sites/{site}/boundary", "list-site-boundary", "List what energy of a site was settled to include")
            .answers_json::<WireBoundaries>(200, "Tellings.")
            .refuses(&[Code::NotFound]),
        Op::post("/v1/sites/{site}/boundary", "add-site-boundary", "Settle what energy of a site includes")
            .says(
                "Says of energy that came with the boundary `it_or_facility` whether the PUE is inside. Until it is \
                 settled, no disclosure is built of such energy.",
            )
            .takes_object("NewSiteBoundary", json!({"boundary": "facility", "from": "2025-01-01", "to": "2026-01-01"}))
            .answers_json::<WireBoundary>(200, "It was told before.")
            .answers_json::<WireBoundary>(201, "It is a new revision."),
        by_telling(Op::get("/v1/sites/{site}/hardware", "list-hardware", "List the hardware of a site"))
            .answers_json::<WireHardwareList>(200, "Tellings."),
        Op::post("/v1/sites/{site}/hardware", "add-hardware", "Declare the hardware of a site")
            .says(TELLING)
            .takes_object(
                "NewHardware",
                json!({
                    "accelerator": "NVIDIA H100 SXM", "accelerators": 512, "from": "2025-01-01",
                    "to": "2026-01-01",
                }),
            )
            .answers_json::<WireHardware>(200, "It was told before.")
            .answers_json::<WireHardware>(201, "It is a new revision."),
        by_telling(Op::get("/v1/sites/{site}/embodied", "list-embodied", "List the embodied carbon of a site"))
            .answers_json::<WireEmbodiedList>(200, "Tellings."),
        Op::post("/v1/sites/{site}/embodied", "add-embodied", "Declare what it took to make an accelerator")
            .says(
                "For one kind of accelerator, under the name that records give it: a telling that differs from the \
                 latest becomes the next revision, which counts instead, and the same one makes none. It is shown \
                 apart and never added to the energy or the carbon of a task.",
            )
            .takes_object(
                "NewEmbodied",
                json!({
                    "accelerator": "H100", "embodied_kg": "164.5", "lifetime_hours": 43_800,
                    "includes": "An eighth of the server: board, processors, memory, chassis",
                    "source": "Product carbon footprint of the manufacturer, 2025",
                }),
            )
            .answers_json::<WireEmbodied>(200, "It was told before.")
            .answers_json::<WireEmbodied>(201, "It is a new revision."),
    ]
}

pub(super) fn water_factors() -> Vec<Op> {
    vec![
        by_telling(Op::get("/v1/water-factors", "list-water-factors", "List water factors"))
            .answers_json::<WireWaterFactors>(200, "Tellings."),
        Op::post("/v1/water-factors", "add-water-factor", "Load the water factor of a zone")
            .says(TELLING)
            .takes_object(
                "NewWaterFactor",
                json!({
                    "zone": "DE", "litres_per_kwh": "1.9", "from": "2025-01-01", "to": "2026-01-01",
                    "source": "Example study of 2024, table 3", "licence": "CC BY 4.0",
                }),
            )
            .answers_json::<WireWaterFactor>(200, "It was told before.")
            .answers_json::<WireWaterFactor>(201, "It is a new revision."),
    ]
}

pub(super) fn contracts() -> Vec<Op> {
    vec![
        by_telling(Op::get("/v1/contracts", "list-contracts", "List contracts"))
            .answers_json::<WireContracts>(200, "Tellings, without the hours."),
        Op::post("/v1/contracts", "add-contract", "Tell what power was bought")
            .says(
                "Names the contract and all its terms: terms that differ from the latest become the next \
                 revision, which counts instead, and the same ones make none. A volume of 0 withdraws the \
                 contract.",
            )
            .takes_object(
                "NewContract",
                json!({
                    "contract": "wind-2025", "instrument": "power_purchase_agreement", "zone": "DE",
                    "from": "2025-01-01", "to": "2026-01-01", "volume_kwh": "1250000",
                    "lifecycle_g_per_kwh": "11.5", "direct_g_per_kwh": 0,
                    "reference": "Agreement with Example Wind, 2024-11-02",
                }),
            )
            .answers_json::<WireContract>(200, "It was told before.")
            .answers_json::<WireContract>(201, "It is a new revision."),
        Op::get("/v1/contracts/{contract}", "show-contract", "Read a contract")
            .says("Its latest terms, with the volume of each hour where it is matched by the hour.")
            .answers_tagged::<WireContract>("The contract."),
    ]
}

pub(super) fn budgets() -> Vec<Op> {
    vec![
        by_telling(Op::get("/v1/budgets", "list-budgets", "List budgets"))
            .answers_json::<WireBudgets>(200, "Tellings."),
        Op::post("/v1/budgets", "add-budget", "Tell a budget of energy or carbon")
            .says(
                "Names the budget and all its terms: terms that differ from the latest become the next revision, \
                 which counts instead, and the same ones make none. The first telling with a webhook is answered \
                 with the secret of its messages, once. A budget that is told without a webhook loses its secret, \
                 and gets a new one with the next webhook.",
            )
            .takes_object(
                "NewBudget",
                json!({
                    "budget": "energy-2026", "service": "chat", "year": 2026, "energy_kwh": "1250000",
                    "thresholds_percent": [50, 80, 100], "webhook": "https://alerts.example.org/taskwatt",
                }),
            )
            .answers_json::<WireBudget>(200, "It was told before.")
            .answers_json::<WireBudget>(201, "It is a new revision."),
        Op::get("/v1/budgets/{budget}", "show-budget", "Read a budget")
            .says("Its latest terms, without the secret of its messages.")
            .answers_tagged::<WireBudget>("The budget."),
        Op::get("/v1/budgets/{budget}/burn", "show-burn", "Read what became of a budget")
            .says(
                "What was used in its year up to now, by month, and what is forecast for the year. Energy is that of \
                 whole facilities; carbon is location-based, with the same factors as a disclosure. Hours without a \
                 factor are never taken as zero: the answer is refused, and names their zones.",
            )
            .answers_json::<WireBurn>(200, "What became of it.")
            .refuses(&[Code::FactorsMissing]),
        limited(Op::get("/v1/budgets/{budget}/events", "list-budget-events", "List the events of a budget"))
            .query("cursor", pattern("^[0-9]{1,9}$", "The `next_cursor` of the answer before."))
            .says(
                "That shares of the budget were used, or are forecast to be, once for each revision and share; and \
                 what became of the messages.",
            )
            .answers_json::<WireEvents>(200, "Events."),
    ]
}
