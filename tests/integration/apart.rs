//! What stands apart from the energy of a task: told by the API, and collected for a disclosure.

mod figures;

use crate::registry::{faults, get, post, registrar};
use crate::support::TestApp;
use futures_util::future::join_all;
use serde_json::{Value, json};

const TRAINING: &str = "/v1/models/m-1/training";
const COMPUTE: &str = "/v1/models/m-1/inference-compute";
const WATER: &str = "/v1/water-factors";
const EMBODIED: &str = "/v1/sites/s-1/embodied";

/// A body with some fields another; `null` takes one away.
fn with(mut body: Value, changes: &Value) -> Value {
    for (field, value) in changes.as_object().unwrap() {
        body[field.as_str()] = value.clone();
    }
    body
}

fn training() -> Value {
    json!({
        "energy_mwh": "1287.0", "compute_flops": "3.10e23", "emissions_kg": "552100.5",
        "emissions_basis": "Location-based", "from": "2024-03-01", "to": "2024-06-01", "zone": "DEU",
        "evidence": "measured", "method": "Meters of the racks.\nFailed runs are in it.",
        "lifetime_tasks": 1_000_000_000_000_i64,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn training_keeps_the_digits_told_and_is_for_authorities_unless_it_says_otherwise() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let (status, told) = post(&acme, TRAINING, &training()).await;
    // 1,287 MWh = 1.287·10⁹ Wh over 10¹² tasks.
    let expected = json!({
        "energy_mwh": "1287.0", "compute_flops": "3.10e23", "emissions_kg": "552100.5",
        "emissions_basis": "Location-based", "from": "2024-03-01", "to": "2024-06-01", "zone": "DE",
        "evidence": "measured", "method": "Meters of the racks.\nFailed runs are in it.",
        "lifetime_tasks": 1_000_000_000_000_i64, "energy_per_lifetime_task_wh": "0.001287000000",
        "public": false, "revision": 1, "recorded_at": "2026-01-15T00:00:00Z",
    });
    assert_eq!((status, &told), (201, &expected));
    let same =
        with(training(), &json!({"emissions_kg": 552100.50, "public": false, "compute_flops": "310e21"}));
    assert_eq!(post(&acme, TRAINING, &same).await, (200, expected));
    for (revision, change) in [
        (2, json!({"energy_mwh": "1287"})),
        (3, json!({"energy_mwh": "1287.00"})),
        (4, json!({"public": true})),
        (5, json!({"compute_flops": null, "compute_not_available_reason": "Not counted."})),
        (6, json!({"lifetime_tasks": null})),
        (
            7,
            json!({
                "energy_mwh": null, "evidence": null, "method": null, "emissions_kg": null, "emissions_basis": null,
                "energy_not_available_reason": "The supplier\ndoes not say.",
            }),
        ),
    ] {
        let (status, told) = post(&acme, TRAINING, &with(training(), &change)).await;
        assert_eq!((status, &told["revision"]), (201, &json!(revision)), "{change}: {told}");
        assert_eq!(post(&acme, TRAINING, &with(training(), &change)).await.0, 200, "{change}");
    }
    let (_, list) = get(&acme, TRAINING).await;
    let energies: Vec<&Value> =
        list["training"].as_array().unwrap().iter().map(|one| &one["energy_mwh"]).collect();
    assert_eq!(
        json!(energies),
        json!(["1287.0", "1287", "1287.00", "1287.0", "1287.0", "1287.0", null]),
        "the digits are what was told"
    );
    let last = &list["training"][6];
    assert_eq!(last["energy_not_available_reason"], "The supplier\ndoes not say.");
    assert_eq!(last["energy_per_lifetime_task_wh"], Value::Null);
    let (_, page) = get(&acme, &format!("{TRAINING}?limit=5&cursor=5")).await;
    assert_eq!(page["training"].as_array().unwrap()[..], list["training"].as_array().unwrap()[5..]);
}

#[tokio::test(flavor = "multi_thread")]
async fn training_that_cannot_be_is_refused_with_what_to_do() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    for (change, expected) in [
        (json!({"energy_mwh": "5"}), "/energy_mwh too-few-digits"),
        (json!({"energy_mwh": "0.05"}), "/energy_mwh too-few-digits"),
        (json!({"energy_mwh": "0"}), "/energy_mwh out-of-range"),
        (json!({"energy_mwh": 12}), "/energy_mwh wrong-type"),
        (json!({"energy_mwh": "-12"}), "/energy_mwh not-a-number"),
        (json!({"energy_mwh": "N/A"}), "/energy_mwh not-a-number"),
        (json!({"energy_mwh": "1e3"}), "/energy_mwh not-a-number"),
        (json!({"energy_mwh": "1000000000.0"}), "/energy_mwh out-of-range"),
        (json!({"energy_mwh": "0.0000000012"}), "/energy_mwh too-many-decimals"),
        (json!({"energy_mwh": null}), "/energy_mwh reason-missing"),
        (json!({"energy_not_available_reason": "Secret."}), "/energy_mwh reason-twice"),
        (
            json!({"energy_mwh": null, "energy_not_available_reason": " "}),
            "/energy_not_available_reason invalid-text",
        ),
        (json!({"compute_flops": "4e25"}), "/compute_flops too-few-digits"),
        (json!({"compute_flops": "1.5e36"}), "/compute_flops out-of-range"),
        (json!({"compute_flops": 3.8e25}), "/compute_flops wrong-type"),
        (json!({"compute_flops": null}), "/compute_flops reason-missing"),
        (json!({"compute_not_available_reason": "Secret."}), "/compute_flops reason-twice"),
        (json!({"emissions_basis": null}), "/emissions_basis missing-field"),
        (json!({"emissions_kg": null}), "/emissions_basis field-misplaced"),
        (json!({"emissions_kg": "0.0000001"}), "/emissions_kg too-many-decimals"),
        (json!({"to": "2024-03-01"}), "/to date-invalid"),
        (json!({"from": null}), "/from missing-field"),
        (json!({"zone": "SE-SE7"}), "/zone unknown-zone"),
        (json!({"evidence": null}), "/evidence missing-field"),
        (json!({"evidence": "guessed"}), "/evidence unknown-word"),
        (json!({"method": null}), "/method missing-field"),
        (json!({"method": "x".repeat(2001)}), "/method invalid-text"),
        (json!({"lifetime_tasks": 0}), "/lifetime_tasks out-of-range"),
        (json!({"public": "yes"}), "/public wrong-type"),
        (json!({"licence": "CC0"}), "/licence unknown-field"),
    ] {
        let (status, problem) = post(&acme, TRAINING, &with(training(), &change)).await;
        assert_eq!((status, faults(&problem).as_str()), (422, expected), "{change}");
    }
    let (_, problem) = post(&acme, TRAINING, &with(training(), &json!({"energy_mwh": "5"}))).await;
    assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("send \"5.0\""), "{problem}");
    let (_, problem) = post(&acme, TRAINING, &with(training(), &json!({"zone": "SE-SE7"}))).await;
    assert!(problem.to_string().contains("SE-SE1"), "what is near is told: {problem}");
    let (_, problem) = post(&acme, TRAINING, &json!({})).await;
    assert_eq!(
        faults(&problem),
        "/compute_flops reason-missing, /energy_mwh reason-missing, /from missing-field, /to missing-field"
    );
    assert_eq!(post(&acme, "/v1/models/nothing/training", &training()).await.0, 404);
    assert_eq!(app.count("model_training").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn training_that_is_told_together_gets_revisions_in_a_row() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let bodies: Vec<Value> =
        (10..16).map(|mwh| with(training(), &json!({"energy_mwh": mwh.to_string()}))).collect();
    let told = join_all(bodies.iter().map(|body| post(&acme, TRAINING, body))).await;
    let mut revisions: Vec<i64> = told.iter().map(|(_, told)| told["revision"].as_i64().unwrap()).collect();
    revisions.sort_unstable();
    assert_eq!(revisions, [1, 2, 3, 4, 5, 6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_compute_of_a_task_is_told_for_each_task_type_and_hardware() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let chat = json!({
        "task_type": "chat", "hardware": "NVIDIA H100 SXM", "task": "100,000 tokens", "compute_flops": "1.4e15",
    });
    let (status, told) = post(&acme, COMPUTE, &chat).await;
    let mut expected = chat.clone();
    expected["revision"] = json!(1);
    expected["recorded_at"] = json!("2026-01-15T00:00:00Z");
    assert_eq!((status, &told), (201, &expected));
    assert_eq!(
        post(&acme, COMPUTE, &with(chat.clone(), &json!({"task_type": "code"}))).await.1["revision"],
        2
    );
    assert_eq!(post(&acme, COMPUTE, &chat).await, (200, told), "another task type came between");
    let secret = json!({"compute_flops": null, "compute_not_available_reason": "Not counted."});
    assert_eq!(post(&acme, COMPUTE, &with(chat.clone(), &secret)).await.1["revision"], 3);
    let (_, list) = get(&acme, COMPUTE).await;
    let listed: Vec<Value> = list["inference_compute"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| json!([one["task_type"], one["compute_flops"], one["compute_not_available_reason"]]))
        .collect();
    assert_eq!(
        json!(listed),
        json!([["chat", "1.4e15", null], ["code", "1.4e15", null], ["chat", null, "Not counted."]])
    );
    for (change, expected) in [
        (json!({"compute_flops": "1e15"}), "/compute_flops too-few-digits"),
        (json!({"compute_not_available_reason": "x"}), "/compute_flops reason-twice"),
        (json!({"hardware": null}), "/hardware missing-field"),
        (json!({"hardware": "a\nb"}), "/hardware invalid-text"),
        (json!({"task_type": "talk"}), "/task_type unknown-word"),
        (json!({"public": true}), "/public unknown-field"),
    ] {
        let (status, problem) = post(&acme, COMPUTE, &with(chat.clone(), &change)).await;
        assert_eq!((status, faults(&problem).as_str()), (422, expected), "{change}");
    }
    assert_eq!(app.count("model_inference_compute").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn water_use_says_by_whose_definition_it_was_measured() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let path = "/v1/sites/s-1/factors";
    let wue = json!({"kind": "wue", "value": "1.8", "from": "2025-01-01", "to": "2026-01-01"});
    let (status, told) = post(&acme, path, &wue).await;
    assert_eq!((status, &told["definition"]), (201, &json!("not_stated")));
    for (revision, change) in [
        (2, json!({"definition": "eu_2024_1364"})),
        (3, json!({"definition": "other", "definition_text": "Handbook, 3rd edition"})),
        (4, json!({"definition": "other", "definition_text": "Handbook, 4th edition"})),
    ] {
        let (status, told) = post(&acme, path, &with(wue.clone(), &change)).await;
        assert_eq!((status, &told["revision"]), (201, &json!(revision)), "{change}: {told}");
        assert_eq!(post(&acme, path, &with(wue.clone(), &change)).await.0, 200, "{change}");
    }
    for (change, expected) in [
        (json!({"definition": "other"}), "/definition_text missing-field"),
        (
            json!({"definition": "iso_iec_30134_9", "definition_text": "x"}),
            "/definition_text field-misplaced",
        ),
        (json!({"definition_text": "x"}), "/definition_text field-misplaced"),
        (json!({"definition": "iso"}), "/definition unknown-word"),
        (json!({"definition": "other", "definition_text": " "}), "/definition_text invalid-text"),
        (json!({"kind": "pue", "definition": "eu_2024_1364"}), "/definition field-misplaced"),
    ] {
        let (status, problem) = post(&acme, path, &with(wue.clone(), &change)).await;
        assert_eq!((status, faults(&problem).as_str()), (422, expected), "{change}");
    }
    let (_, list) = get(&acme, path).await;
    let listed: Vec<Value> = list["factors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| json!([one["definition"], one["definition_text"]]))
        .collect();
    assert_eq!(
        json!(listed),
        json!([
            ["not_stated", null],
            ["eu_2024_1364", null],
            ["other", "Handbook, 3rd edition"],
            ["other", "Handbook, 4th edition"]
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_water_factor_is_a_providers_own_and_the_latest_of_a_day_counts() {
    let app = TestApp::start().await;
    let (acme, rival) = (registrar(&app, "acme").await, registrar(&app, "rival").await);
    let factor = json!({
        "zone": "DEU", "litres_per_kwh": "1.900", "from": "2025-01-01", "to": "2026-01-01",
        "source": "Study of 2024, table 3", "licence": "CC-BY-4.0",
    });
    let (status, told) = post(&acme, WATER, &factor).await;
    let expected = json!({
        "zone": "DE", "litres_per_kwh": "1.9", "from": "2025-01-01", "to": "2026-01-01",
        "source": "Study of 2024, table 3", "licence": "CC-BY-4.0", "revision": 1,
        "recorded_at": "2026-01-15T00:00:00Z",
    });
    assert_eq!((status, &told), (201, &expected));
    assert_eq!(post(&acme, WATER, &with(factor.clone(), &json!({"zone": "FR"}))).await.1["revision"], 1);
    assert_eq!(post(&acme, WATER, &with(factor.clone(), &json!({"litres_per_kwh": 1.9}))).await, (200, told));
    // A month is told otherwise, and then the year again: for the month that is a change.
    let october = json!({"from": "2025-10-01", "to": "2025-11-01", "litres_per_kwh": 2});
    assert_eq!(post(&acme, WATER, &with(factor.clone(), &october)).await.1["revision"], 2);
    assert_eq!(post(&acme, WATER, &factor).await.1["revision"], 3);
    assert_eq!(get(&rival, WATER).await, (200, json!({"water_factors": []})));
    assert_eq!(get(&acme, WATER).await.1["water_factors"].as_array().unwrap().len(), 4);
    for (change, expected) in [
        (json!({"litres_per_kwh": -1}), "/litres_per_kwh out-of-range"),
        (json!({"litres_per_kwh": "100.1"}), "/litres_per_kwh out-of-range"),
        (json!({"litres_per_kwh": "0.0000001"}), "/litres_per_kwh too-many-decimals"),
        (json!({"zone": "SE-SE7"}), "/zone unknown-zone"),
        (json!({"to": "2025-01-01"}), "/to date-invalid"),
        (json!({"source": ""}), "/source invalid-text"),
        (json!({"licence": null}), "/licence missing-field"),
        (json!({"kind": "consumption"}), "/kind unknown-field"),
    ] {
        let (status, problem) = post(&acme, WATER, &with(factor.clone(), &change)).await;
        assert_eq!((status, faults(&problem).as_str()), (422, expected), "{change}");
    }
    assert_eq!(app.count("water_factor").await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn embodied_carbon_is_told_for_each_kind_of_accelerator() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let h100 = json!({
        "accelerator": "H100", "embodied_kg": "164.50", "lifetime_hours": "43800",
        "includes": "An eighth of the server", "source": "Manufacturer, 2025",
    });
    let (status, told) = post(&acme, EMBODIED, &h100).await;
    let expected = json!({
        "accelerator": "H100", "embodied_kg": "164.5", "lifetime_hours": 43_800,
        "includes": "An eighth of the server", "source": "Manufacturer, 2025", "revision": 1,
        "recorded_at": "2026-01-15T00:00:00Z",
    });
    assert_eq!((status, &told), (201, &expected));
    assert_eq!(
        post(&acme, EMBODIED, &with(h100.clone(), &json!({"accelerator": "B200"}))).await.1["revision"],
        1
    );
    assert_eq!(post(&acme, EMBODIED, &h100).await, (200, told));
    let longer = with(h100.clone(), &json!({"lifetime_hours": 52_560}));
    assert_eq!(post(&acme, EMBODIED, &longer).await.1["revision"], 2);
    assert_eq!(get(&acme, EMBODIED).await.1["embodied"].as_array().unwrap().len(), 3);
    for (change, expected) in [
        (json!({"embodied_kg": 0}), "/embodied_kg out-of-range"),
        (json!({"embodied_kg": "100000.000001"}), "/embodied_kg out-of-range"),
        (json!({"embodied_kg": "1.0000001"}), "/embodied_kg too-many-decimals"),
        (json!({"lifetime_hours": 0}), "/lifetime_hours out-of-range"),
        (json!({"lifetime_hours": 876_001}), "/lifetime_hours out-of-range"),
        (json!({"accelerator": "NVIDIA H100"}), "/accelerator invalid-name"),
        (json!({"includes": null}), "/includes missing-field"),
        (json!({"from": "2025-01-01"}), "/from unknown-field"),
    ] {
        let (status, problem) = post(&acme, EMBODIED, &with(h100.clone(), &change)).await;
        assert_eq!((status, faults(&problem).as_str()), (422, expected), "{change}");
    }
    assert_eq!(app.count("site_embodied").await, 3);
}
