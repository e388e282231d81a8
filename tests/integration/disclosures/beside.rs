//! What stands beside the figures of a period: models, changes against a baseline, months, small cells, and what is
//! declared of water, making and training.

use super::{built, document, fact, october, send};
use crate::registry::{post, put, registrar};
use crate::support::{Provider, TestApp, window_with};
use serde_json::{Value, json};

/// Energy of a whole facility, by its meter: no factor comes in.
async fn metered(provider: &Provider<'_>, id: &str, day: &str, wh: &str, fields: Value) {
    let mut all = json!({"energy_wh": wh, "boundary": "facility", "evidence": "metered",
        "started_at": format!("{day}T12:00:00Z")});
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    send(provider, id, all).await;
}

/// The values of a figure of one model or month.
fn values<'a>(document: &'a Value, concept: &str, of: &Value) -> Vec<&'a str> {
    let facts = document["facts"].as_array().unwrap().iter();
    let is_it = |fact: &&Value| {
        let same = |name: &str| fact[name] == of[name];
        fact["concept"] == concept
            && same("task_type")
            && same("model")
            && fact["month"]["from"] == of["month"]
    };
    facts.filter(is_it).map(|fact| fact["value"].as_str().unwrap()).collect()
}

fn against(baseline: (&str, &str)) -> Value {
    let mut request = october();
    request["baseline_from"] = json!(baseline.0);
    request["baseline_to"] = json!(baseline.1);
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn twice_the_energy_of_the_baseline_is_a_ratio_of_two_with_its_interval() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    metered(&provider, "a", "2025-09-03", "1", json!({})).await;
    metered(&provider, "b", "2025-10-03", "3", json!({})).await;
    metered(&provider, "c", "2025-10-04", "1", json!({})).await;
    let document = built(&provider, &against(("2025-09-01", "2025-10-01"))).await;
    // (4 Wh ÷ 2) ÷ (1 Wh ÷ 1); 1.9 ÷ 1.05 and 2.1 ÷ 0.95.
    assert_eq!(fact(&document, "energy_change_ratio", "chat", None), "2.000000");
    assert_eq!(fact(&document, "energy_change_low", "chat", None), "1.809524");
    assert_eq!(fact(&document, "energy_change_high", "chat", None), "2.210526");
    let of_model = json!({"task_type": "chat", "model": "m-1"});
    assert_eq!(values(&document, "energy_change_ratio", &of_model), ["2.000000"]);
    assert_eq!(document["changes"].as_array().unwrap().len(), 2);
    assert_eq!(document["changes"][0]["not_compared"], json!([]));
    let page = page_of(&provider, &against(("2025-09-01", "2025-10-01"))).await;
    assert!(page.contains("2.00 times (1.81 to 2.21)"), "{page}");
}

async fn page_of(provider: &Provider<'_>, request: &Value) -> String {
    let address = provider.publish(request).await;
    provider.app.text(&address).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_between_unequal_things_is_refused_with_every_reason() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    metered(&provider, "a", "2025-09-03", "1", json!({"boundary": "it", "evidence": "counter"})).await;
    metered(&provider, "b", "2025-10-03", "2", json!({})).await;
    metered(&provider, "c", "2025-10-03", "2", json!({"task_type": "code"})).await;
    let document = built(&provider, &against(("2025-09-01", "2025-10-01"))).await;
    let reasons = |task_type: &str| -> Vec<Vec<String>> {
        let lines = document["changes"].as_array().unwrap().iter();
        let lines = lines.filter(|line| line["task_type"] == task_type);
        let reason = |reason: &Value| reason["reason"].as_str().unwrap().to_owned();
        lines.map(|line| line["not_compared"].as_array().unwrap().iter().map(reason).collect()).collect()
    };
    assert_eq!(reasons("chat"), [["boundary", "evidence"], ["boundary", "evidence"]]);
    assert_eq!(reasons("code"), [["no_completed_task"], ["no_completed_task"]]);
    assert!(!document["facts"].to_string().contains("energy_change_ratio"));
    let page = page_of(&provider, &against(("2025-09-01", "2025-10-01"))).await;
    assert!(page.contains("The energy was told within different boundaries"), "{page}");
    let document = built(&provider, &against(("2025-05-01", "2025-06-01"))).await;
    assert_eq!(document["changes"][0]["not_compared"][0]["reason"], "no_figures");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_compared_with_the_model_that_is_registered_as_its_baseline() {
    let app = TestApp::start().await;
    let provider = registrar(&app, "acme").await;
    let (status, _) =
        put(&provider, "/v1/models/m-2", &json!({"name": "Model Two", "baseline": "m-1"})).await;
    assert_eq!(status, 201);
    metered(&provider, "a", "2025-10-03", "2", json!({})).await;
    metered(&provider, "b", "2025-10-03", "0.1", json!({"model": "m-2"})).await;
    let document = built(&provider, &october()).await;
    let of = |model: &str| json!({"task_type": "chat", "model": model});
    assert_eq!(values(&document, "energy_change_ratio", &of("m-2")), ["0.050000"]);
    assert_eq!(values(&document, "energy_change_ratio", &of("m-1")), [] as [&str; 0]);
    assert_eq!(values(&document, "energy_per_task_mean", &of("m-2")), ["0.100000000000"]);
    let all_types = json!({"task_type": "all", "model": "m-1"});
    assert_eq!(values(&document, "energy_per_task_mean", &all_types), ["2.000000000000"]);
    assert_eq!(document["changes"][0]["baseline_model"], "m-1");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_series_holds_whole_months_and_says_why_one_has_no_figure() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    metered(&provider, "a", "2025-08-31", "1", json!({})).await;
    metered(&provider, "b", "2025-10-03", "2", json!({})).await;
    // After the period: no part of the series.
    metered(&provider, "c", "2025-11-03", "9", json!({})).await;
    let document = built(&provider, &october()).await;
    let of = |month: &str| json!({"task_type": "all", "month": format!("{month}-01T00:00:00Z")});
    let mean = |month: &str| values(&document, "energy_per_task_mean", &of(month));
    assert_eq!((mean("2025-08"), mean("2025-09")), (vec!["1.000000000000"], vec![]));
    assert_eq!((mean("2025-10"), mean("2025-11")), (vec!["2.000000000000"], vec![]));
    assert_eq!(
        document["series_gaps"],
        json!([{"reason": "no_task",
        "month": {"from": "2025-09-01T00:00:00Z", "to": "2025-10-01T00:00:00Z"}}])
    );
    // Months of a longer period are made from what was read of it, and say the same as those that are read alone.
    let longer =
        built(&provider, &json!({"service": "chat", "from": "2025-08-01", "to": "2025-11-01"})).await;
    let of_months = |document: &Value| -> Vec<Value> {
        let facts = document["facts"].as_array().unwrap().iter();
        facts.filter(|fact| !fact["month"].is_null()).cloned().collect()
    };
    assert!(!of_months(&document).is_empty());
    assert_eq!(of_months(&longer), of_months(&document));
    assert_eq!(longer["series_gaps"], document["series_gaps"]);
    let page = page_of(&provider, &october()).await;
    assert!(page.contains("August 2025") && page.contains("No task was completed."), "{page}");
    assert!(!page.contains("July 2025"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_baseline_has_both_ends() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let mut request = october();
    request["baseline_from"] = json!("2025-09-01");
    let (status, problem) = provider.build(&request).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (422, &json!("/baseline_to")), "{problem}");
    request["baseline_to"] = json!("2025-08-01");
    let (status, problem) = provider.build(&request).await;
    assert_eq!((status, &problem["errors"][0]["code"]), (422, &json!("period-invalid")), "{problem}");
}

/// Windows of so many tasks of 1 Wh each.
async fn tasks(provider: &Provider<'_>, id: &str, completed: i64, fields: Value) {
    let mut all = json!({"tasks_completed": completed, "tasks_failed": 0, "energy_j": null, "energy_sq_j2": null,
        "energy_wh": completed, "histogram": null, "boundary": "facility", "evidence": "metered"});
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let (status, answer) = provider.post_windows(&json!([window_with(id, &all)])).await;
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn small_cells_are_left_out_on_demand_and_totals_stay_complete() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    tasks(&provider, "a", 500, json!({})).await;
    tasks(&provider, "b", 99, json!({"task_type": "code"})).await;
    tasks(&provider, "c", 100, json!({"task_type": "agent"})).await;
    let shown = built(&provider, &october()).await;
    assert_eq!(fact(&shown, "tasks_completed", "code", None), "99");
    let mut request = october();
    request["small_cells"] = json!("all");
    let document = built(&provider, &request).await;
    let mean = |task_type| fact(&document, "energy_per_task_mean", task_type, None);
    // The next in size goes with it, or the whole would tell it by subtraction.
    assert_eq!((mean("code"), mean("agent")), ("not included", "not included"));
    assert_eq!((mean("chat"), mean("all")), ("1.000000000000", "1.000000000000"));
    assert_eq!(fact(&document, "tasks_completed", "code", None), "not included");
    assert_eq!(fact(&document, "tasks_completed", "all", None), "699");
    let of_model = json!({"task_type": "code", "model": "m-1"});
    assert_eq!(values(&document, "tasks_completed", &of_model), ["not included"]);
    assert!(
        document["limits"].to_string().contains("fewer than 100 completed tasks"),
        "{}",
        document["limits"]
    );
    let page = page_of(&provider, &request).await;
    assert!(page.contains("not included"));
}

#[tokio::test(flavor = "multi_thread")]
async fn zones_of_few_sites_are_added_up() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    for (site, zone) in [("s-2", "DE"), ("s-3", "DE"), ("s-4", "SE"), ("s-5", "FR"), ("s-6", "PL")] {
        provider.site(site, zone).await;
    }
    for (id, site, completed) in [
        ("a", "s-1", 200),
        ("b", "s-2", 200),
        ("c", "s-3", 200),
        ("d", "s-4", 200),
        ("e", "s-5", 100),
        ("f", "s-6", 100),
    ] {
        tasks(&provider, id, completed, json!({"site": site})).await;
    }
    let document = built(&provider, &october()).await;
    assert_eq!(fact(&document, "zone_energy_share", "all", Some("DE")), "0.600000");
    assert_eq!(fact(&document, "zone_energy_share", "all", Some("other")), "0.400000");
    assert!(!document["facts"].to_string().contains(r#""name":"SE""#));
    let mut request = october();
    request["small_cells"] = json!("shown");
    let document = built(&provider, &request).await;
    assert_eq!(fact(&document, "zone_energy_share", "all", Some("SE")), "0.200000");
}

#[tokio::test(flavor = "multi_thread")]
async fn water_making_and_public_training_stand_apart_from_the_mean() {
    let app = TestApp::start().await;
    let provider = registrar(&app, "acme").await;
    let wue = json!({"kind": "wue", "value": "1.5", "from": "2025-01-01", "to": "2026-01-01",
        "definition": "iso_iec_30134_9"});
    assert_eq!(post(&provider, "/v1/sites/s-1/factors", &wue).await.0, 201);
    let embodied = json!({"accelerator": "H100", "embodied_kg": "150", "lifetime_hours": 30_000,
        "includes": "the card", "source": "a study"});
    assert_eq!(post(&provider, "/v1/sites/s-1/embodied", &embodied).await.0, 201);
    let training = |public| {
        json!({"energy_mwh": "1200.0", "compute_not_available_reason": "not counted", "evidence": "measured",
            "method": "Meters.", "from": "2024-03-01", "to": "2024-06-01", "lifetime_tasks": 1_000_000_000,
            "public": public})
    };
    assert_eq!(post(&provider, "/v1/models/m-1/training", &training(false)).await.0, 201);
    let it = json!({"boundary": "it", "accelerator": "H100", "accelerator_seconds": "36"});
    metered(&provider, "a", "2025-10-03", "1000", it).await;
    let document = built(&provider, &october()).await;
    // 1 kWh of IT; 36 s of 30,000 h, of 150 kg.
    assert_eq!(fact(&document, "water_on_site_total", "all", None), "1.500000");
    assert_eq!(fact(&document, "water_indirect_total", "all", None), "unknown");
    assert_eq!(fact(&document, "embodied_carbon_total", "all", None), "0.050");
    assert_eq!(document["water_definitions"][0]["definition"], "iso_iec_30134_9");
    assert_eq!(document["embodied_carbon"][0]["accelerator"], "H100");
    assert!(document["training"].is_null(), "what is for authorities is not in a public document");
    assert_eq!(fact(&document, "energy_per_task_it_mean", "all", None), "1000.000000000000");
    assert_eq!(post(&provider, "/v1/models/m-1/training", &training(true)).await.0, 201);
    let (_, answer) = provider.build(&october()).await;
    let document = self::document(&app, &answer).await;
    assert_eq!(document["training"][0]["energy_mwh"], json!({"value": "1200.0"}));
    assert_eq!(document["training"][0]["compute_flops"], json!({"value": "N/A", "reason": "not counted"}));
    let share = json!({"task_type": "all", "model": "m-1"});
    assert_eq!(values(&document, "training_energy_per_task", &share), ["1.200000000000"]);
    let page = page_of(&provider, &october()).await;
    for part in ["1200.0\u{a0}MWh", "N/A: not counted", "ISO/IEC 30134-9", "H100", "1.50\u{a0}L"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn less_than_95_percent_of_the_tasks_is_said_in_the_headline() {
    let app = TestApp::start().await;
    let provider = registrar(&app, "acme").await;
    tasks(&provider, "a", 940, json!({})).await;
    let told = json!({"tasks": 1000});
    let (status, answer) = put(&provider, "/v1/services/chat/served/2025-10", &told).await;
    assert_eq!(status, 201, "{answer}");
    let page = page_of(&provider, &october()).await;
    assert!(page.contains("These figures rest on 94\u{a0}% of the tasks"), "{page}");
}
