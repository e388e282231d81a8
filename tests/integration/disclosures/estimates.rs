//! Tasks without energy, energy of which nobody knows whether the PUE is inside, intervals, places and units.

use super::{built, fact, october};
use crate::support::{Provider, TestApp, answer, record_with_all};
use serde_json::{Value, json};
use taskwatt::domain::terms::{Scope, SiteFactorKind};

/// A provider whose site is the facility itself: every layer is declared as 1.
async fn plain(app: &TestApp) -> Provider<'_> {
    let provider = app.provider("acme").await;
    for kind in [SiteFactorKind::Pue, SiteFactorKind::ItPerServer, SiteFactorKind::ServerPerAccelerator] {
        provider.declare("s-1", kind, "1", "2025-01-01", "2026-01-01").await;
    }
    provider
}

async fn send(provider: &Provider<'_>, id: &str, fields: Value) {
    let mut record = record_with_all(id, &fields);
    // What is null is not there.
    record.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let (status, counts) = provider.post_records(&json!([record])).await;
    assert_eq!((status, &counts["accepted"]), (200, &json!(1)), "{counts}");
}

fn without_energy() -> Value {
    json!({"energy_wh": null, "boundary": null, "evidence": null})
}

fn with(mut fields: Value, more: Value) -> Value {
    let (fields_of, more) = (fields.as_object_mut().unwrap(), more.as_object().unwrap().clone());
    fields_of.extend(more);
    fields
}

async fn tell(provider: &Provider<'_>, path: &str, body: Value) {
    let secret = provider.key(&[Scope::RegistryWrite]).await;
    let request =
        provider.app.http.post(format!("{}{path}", provider.app.url)).bearer_auth(secret).json(&body);
    let (status, told) = answer(request.send().await.unwrap()).await;
    assert_eq!(status, 201, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_without_energy_are_estimated_from_the_coefficient_of_the_day() {
    let app = TestApp::start().await;
    let provider = plain(&app).await;
    send(&provider, "a", with(without_energy(), json!({"input_tokens": 1000, "output_tokens": 300}))).await;
    send(&provider, "b", json!({"boundary": "facility", "evidence": "metered", "energy_wh": 1})).await;
    let (status, problem) = provider.build(&october()).await;
    assert_eq!((status, &problem["code"]), (422, &json!("no-estimate")), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("model m-1"), "{problem}");

    let coefficient = json!({"from": "2025-01-01", "to": "2026-01-01", "output_token_j": "2.4", "boundary": "it",
        "hardware": "H100", "source": "Our bench", "licence": "CC0-1.0"});
    tell(&provider, "/v1/models/m-1/coefficients", coefficient).await;
    let document = built(&provider, &october()).await;
    // 300 · 2.4 J = 0.2 Wh beside 1 Wh.
    assert_eq!(fact(&document, "energy_facility_total", "all", None), "1.200000000000");
    assert_eq!(fact(&document, "energy_per_task_mean", "all", None), "0.600000000000");
    assert_eq!(fact(&document, "estimated_share", "all", None), "0.166667");
    assert_eq!(fact(&document, "evidence_share", "all", Some("modelled")), "0.166667");
    // A task without energy of its own is in no histogram.
    assert_eq!(fact(&document, "percentile_left_out_share", "all", None), "0.500000000000");
    assert_eq!(
        document["estimates"],
        json!([{"model": "m-1", "coefficient_revision": 1, "energy_wh": "0.200000000000"}])
    );
    // Metered ± 5 %, estimated ÷ and × 1.9^1.96 = 3.518, and the declared PUE ± 2 %, over two tasks.
    let end = |concept| fact(&document, concept, "all", None).parse::<f64>().unwrap();
    assert!((end("energy_per_task_low") - (0.95 + 0.2 / 3.5185 * 0.98) / 2.0).abs() < 1e-5, "{document}");
    assert!((end("energy_per_task_high") - (1.05 + 0.2 * 3.5185 * 1.02) / 2.0).abs() < 1e-4, "{document}");
    assert_eq!(document["interval"]["largest_source"], "coefficient");
    assert_eq!(document["interval"]["includes_sampling"], false);
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn time_on_accelerators_is_estimated_from_their_power() {
    let app = TestApp::start().await;
    let provider = plain(&app).await;
    let time = json!({"output_tokens": null, "input_tokens": null, "accelerator_seconds": 6});
    send(&provider, "a", with(without_energy(), time)).await;
    let coefficient = json!({"from": "2025-01-01", "to": "2026-01-01", "accelerator_w": "600", "boundary": "accelerator",
        "hardware": "H100", "source": "Our bench", "licence": "CC0-1.0"});
    tell(&provider, "/v1/models/m-1/coefficients", coefficient).await;
    let document = built(&provider, &october()).await;
    assert_eq!(fact(&document, "energy_facility_total", "all", None), "1.000000000000");
    let limits = document["limits"].to_string();
    assert!(limits.contains("of the energy is estimated here"), "{limits}");
}

#[tokio::test(flavor = "multi_thread")]
async fn energy_of_unknown_pue_blocks_a_disclosure_until_it_is_settled() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    provider.declare("s-1", SiteFactorKind::Pue, "1.5", "2025-01-01", "2026-01-01").await;
    send(&provider, "a", json!({"boundary": "it_or_facility", "evidence": "metered", "energy_wh": 3})).await;
    let (status, problem) = provider.build(&october()).await;
    assert_eq!((status, &problem["code"]), (422, &json!("pue-unknown")), "{problem}");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("site s-1") && detail.contains("2025-10-01"), "{detail}");

    let days = |boundary| json!({"boundary": boundary, "from": "2025-10-01", "to": "2025-10-02"});
    tell(&provider, "/v1/sites/s-1/boundary", days("it")).await;
    let document = built(&provider, &october()).await;
    assert_eq!(fact(&document, "energy_facility_total", "all", None), "4.500000000000");
    tell(&provider, "/v1/sites/s-1/boundary", days("facility")).await;
    let document = built(&provider, &october()).await;
    assert_eq!(fact(&document, "energy_facility_total", "all", None), "3.000000000000");
    assert_eq!(fact(&document, "energy_it_total", "all", None), "2.000000000000");
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interval_that_records_state_takes_the_place_of_their_tier() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let stated = json!({"boundary": "facility", "evidence": "metered", "energy_wh": 10, "energy_low_wh": 9,
        "energy_high_wh": 12});
    send(&provider, "a", stated).await;
    let document = built(&provider, &october()).await;
    assert_eq!(fact(&document, "energy_per_task_low", "all", None), "9.000000000000");
    assert_eq!(fact(&document, "energy_per_task_high", "all", None), "12.000000000000");
    assert_eq!(document["interval"]["largest_source"], "stated_intervals");
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unfinished_tasks_places_and_units_are_told_apart() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let at = |place: &str, energy: f64| json!({"boundary": "facility", "evidence": "metered", "energy_wh": energy, "place": place});
    send(&provider, "a", at("cloud", 2.0)).await;
    send(&provider, "b", at("device", 0.5)).await;
    send(&provider, "c", with(at("cloud", 1.5), json!({"outcome": "failed"}))).await;
    send(&provider, "d", with(at("cloud", 1.0), json!({"task_type": "image_generation", "images": 4}))).await;
    let document = built(&provider, &october()).await;
    assert_eq!(fact(&document, "unfinished_share", "all", None), "0.300000");
    assert_eq!(fact(&document, "place_task_share", "all", Some("device")), "0.250000");
    assert_eq!(fact(&document, "place_energy_share", "all", Some("cloud")), "0.900000");
    // Chat in the cloud: 3.5 Wh over 1 completed; on the device 0.5 Wh for one.
    assert_eq!(fact(&document, "place_saving_modelled", "all", None), "3.000000000000");
    assert_eq!(fact(&document, "energy_per_image", "image_generation", None), "0.250000000000");
    assert_eq!(fact(&document, "place_saving_left_out_share", "all", None), "0.000000");
    // Code at the edge has no mean in the cloud to be held against.
    send(&provider, "e", with(at("edge", 0.5), json!({"task_type": "code"}))).await;
    let document = built(&provider, &october()).await;
    assert_eq!(fact(&document, "place_saving_modelled", "all", None), "3.000000000000");
    assert_eq!(fact(&document, "place_saving_left_out_share", "all", None), "0.500000");
    let said = "The modelled saving leaves out 50\u{a0}% of the tasks at the edge and on devices";
    assert!(document["limits"].to_string().contains(said), "{}", document["limits"]);
    let page = app.text(&provider.publish(&october()).await).await;
    assert!(page.contains("50\u{a0}% of those tasks are left out"), "{page}");
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_verification_overhead_is_the_least_where_some_energy_has_no_step() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let steps = json!({"boundary": "facility", "evidence": "metered", "energy_wh": 1, "steps": [
        {"kind": "verification", "energy_wh": 0.3}, {"kind": "retrieval", "energy_wh": 0.2},
        {"kind": "generation", "energy_wh": 0.5}]});
    send(&provider, "a", steps).await;
    let document = built(&provider, &october()).await;
    assert_eq!(fact(&document, "verification_overhead", "all", None), "0.500000");
    assert!(!document["limits"].to_string().contains("not attributed to a step"));
    // A task without steps: nobody knows what it spent on checks.
    send(&provider, "b", json!({"boundary": "facility", "evidence": "metered", "energy_wh": 1})).await;
    let document = built(&provider, &october()).await;
    assert_eq!(fact(&document, "verification_overhead", "all", None), "0.250000");
    let said = "50\u{a0}% of the energy is not attributed to a step; the shares of steps and the verification overhead are \
                the least that they can be.";
    assert!(document["limits"].as_array().unwrap().contains(&json!(said)), "{}", document["limits"]);
    let page = app.text(&provider.publish(&october()).await).await;
    assert!(
        page.contains("at least 25\u{a0}% of the energy. 50\u{a0}% is not attributed to a step"),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_has_a_wider_interval_and_says_so() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    for (id, energy) in [("a", 1), ("b", 3), ("c", 1), ("d", 3)] {
        send(&provider, id, json!({"boundary": "facility", "evidence": "metered", "energy_wh": energy}))
            .await;
    }
    let whole = built(&provider, &october()).await;
    assert_eq!(fact(&whole, "energy_per_task_low", "all", None), "1.900000000000");
    let secret = provider.key(&[Scope::RegistryWrite]).await;
    let served = app.http.put(format!("{}/v1/services/chat/served/2025-10", app.url)).bearer_auth(secret);
    let response = served.json(&json!({"tasks": 16})).send().await.unwrap();
    assert!(response.status().is_success());
    let sample = built(&provider, &october()).await;
    // s = √(4/3) Wh; 1.96 · s · √4 · √0.75 = 3.92 Wh of 8, so 0.98 Wh a task.
    let low: f64 = fact(&sample, "energy_per_task_low", "all", None).parse().unwrap();
    assert!((low - (1.9 - 0.98)).abs() < 1e-5, "{low}");
    assert_eq!(
        (&sample["interval"]["includes_sampling"], &sample["interval"]["largest_source"]),
        (&json!(true), &json!("sampling"))
    );
    // What part of the chats was not reported nobody declared, though all that was reported is chat.
    assert_eq!(fact(&sample, "energy_per_task_low", "chat", None), "1.900000000000");
    let said = "counted in that of all tasks, and in no other";
    assert!(sample["limits"].to_string().contains(said), "{}", sample["limits"]);
    let page = app.text(&provider.publish(&october()).await).await;
    assert!(
        page.contains(
            "Tasks that were not reported are counted in the interval of all tasks, and in no other"
        )
    );
}

fn coefficient(more: Value) -> Value {
    let day = json!({"from": "2025-01-01", "to": "2026-01-01", "boundary": "it", "hardware": "H100",
        "source": "Our bench", "licence": "CC0-1.0"});
    with(day, more)
}

/// Registers what may be registered of the model.
async fn put_model(provider: &Provider<'_>, more: Value) {
    let body = with(json!({"name": "M", "version": "1.0"}), more);
    let (status, told) = put(provider, "/v1/models/m-1", &body).await;
    assert_eq!(status, 200, "{told}");
}

async fn put(provider: &Provider<'_>, path: &str, body: &Value) -> (u16, Value) {
    let secret = provider.key(&[Scope::RegistryWrite]).await;
    let request = provider.app.http.put(format!("{}{path}", provider.app.url)).bearer_auth(secret).json(body);
    answer(request.send().await.unwrap()).await
}

/// Why no document is built.
async fn refused(provider: &Provider<'_>) -> String {
    let (status, problem) = provider.build(&october()).await;
    assert_eq!((status, &problem["code"]), (422, &json!("no-estimate")), "{problem}");
    problem["detail"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_task_of_zero_tokens_and_no_energy_is_refused_with_what_to_do() {
    let app = TestApp::start().await;
    let provider = plain(&app).await;
    let mut record =
        record_with_all("a", &with(without_energy(), json!({"input_tokens": 0, "output_tokens": 0})));
    record.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    let (status, problem) = provider.post_records(&json!([record])).await;
    assert_eq!((status, &problem["errors"][0]["code"]), (422, &json!("energy-missing")), "{problem}");
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("are 0, which supports no estimate: send exactly one of energy_wh"), "{detail}");
    assert_eq!(app.count("task_record").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_that_only_read_are_estimated_from_a_coefficient_of_input_tokens_alone() {
    let app = TestApp::start().await;
    let provider = plain(&app).await;
    let fields = json!({"task_type": "embedding", "input_tokens": 1000, "output_tokens": null});
    send(&provider, "a", with(without_energy(), fields)).await;
    let fields = json!({"task_type": "classification", "input_tokens": 3000, "output_tokens": 0});
    send(&provider, "b", with(without_energy(), fields)).await;
    tell(&provider, "/v1/models/m-1/coefficients", coefficient(json!({"output_token_j": "2.4"}))).await;
    // A coefficient of what they write, and parameters, say nothing of them.
    put_model(
        &provider,
        json!({"parameters_total": 7_000_000_000_i64, "parameters_active": 7_000_000_000_i64}),
    )
    .await;
    let why = refused(&provider).await;
    assert!(why.contains("state input tokens alone") && why.contains("input_token_j; declare one"), "{why}");
    tell(&provider, "/v1/models/m-1/coefficients", coefficient(json!({"input_token_j": "0.36"}))).await;
    let document = built(&provider, &october()).await;
    // 1,000 and 3,000 · 0.36 J.
    assert_eq!(fact(&document, "energy_facility_total", "embedding", None), "0.100000000000");
    assert_eq!(fact(&document, "energy_facility_total", "classification", None), "0.300000000000");
    assert_eq!(fact(&document, "evidence_share", "all", Some("modelled")), "1.000000");
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_with_tokens_and_time_are_estimated_from_time_where_tokens_have_no_coefficient() {
    let app = TestApp::start().await;
    let provider = plain(&app).await;
    send(&provider, "a", with(without_energy(), json!({"output_tokens": 300, "accelerator_seconds": 6})))
        .await;
    // Beside it in the same hour one that states no time: it is not taken for one of zero seconds.
    send(&provider, "b", with(without_energy(), json!({"output_tokens": 300}))).await;
    let power = json!({"accelerator_w": "600", "boundary": "accelerator"});
    tell(&provider, "/v1/models/m-1/coefficients", coefficient(power)).await;
    let why = refused(&provider).await;
    assert!(
        why.contains("output_token_j") && why.contains("parameters_total and parameters_active"),
        "{why}"
    );
    put_model(
        &provider,
        json!({"parameters_total": 7_300_000_000_i64, "parameters_active": 7_300_000_000_i64}),
    )
    .await;
    let document = built(&provider, &october()).await;
    assert_eq!(document["estimates"].as_array().unwrap().len(), 2);
    assert_eq!(
        document["estimates"][0],
        json!({"model": "m-1", "coefficient_revision": 1, "energy_wh": "1.000000000000"})
    );
    let by_formula: f64 = document["estimates"][1]["energy_wh"].as_str().unwrap().parse().unwrap();
    let limits = document["limits"].to_string();
    let share = format!("{:.1}", 100.0 * by_formula / (1.0 + by_formula));
    assert!(limits.contains(&format!("{share}\u{a0}% of the energy is estimated here")), "{share}: {limits}");
    assert!(limits.contains("a coefficient that the provider registered"), "{limits}");
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_coefficients_of_one_accelerator_the_registered_batch_decides_or_the_refusal_says_how() {
    let app = TestApp::start().await;
    let provider = plain(&app).await;
    send(&provider, "a", with(without_energy(), json!({"output_tokens": 300, "accelerator": "H100"}))).await;
    for (batch, joules) in [(8, "12"), (64, "2.4")] {
        let body =
            coefficient(json!({"output_token_j": joules, "batch_size": batch, "hardware": "NVIDIA H100"}));
        tell(&provider, "/v1/models/m-1/coefficients", body).await;
    }
    let why = refused(&provider).await;
    for said in [
        "several of its coefficients hold for them",
        "NVIDIA H100, batch 8, boundary it; NVIDIA H100, batch 64, boundary it",
        "register the batch_size and precision_bits of the model",
    ] {
        assert!(why.contains(said), "{said}: {why}");
    }
    // The batch of a model whose parameters are not known.
    put_model(&provider, json!({"batch_size": 64})).await;
    let document = built(&provider, &october()).await;
    assert_eq!(fact(&document, "energy_facility_total", "all", None), "0.200000000000");
    assert_eq!(document["interval"]["largest_source"], "coefficient");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_estimate_by_the_formula_says_so_and_not_that_it_is_from_spending() {
    let app = TestApp::start().await;
    let provider = plain(&app).await;
    send(&provider, "a", with(without_energy(), json!({"output_tokens": 300}))).await;
    put_model(
        &provider,
        json!({"parameters_total": 7_300_000_000_i64, "parameters_active": 7_300_000_000_i64}),
    )
    .await;
    let document = built(&provider, &october()).await;
    let limits = document["limits"].to_string();
    for said in [
        "100\u{a0}% of the energy is estimated here, because the tasks came without: from their output tokens and the \
         parameters of the model, by a published formula",
        "100\u{a0}% of the completed tasks came without energy, which is estimated in sums; median and percentiles are \
         of the others.",
    ] {
        assert!(limits.contains(said), "{said}: {limits}");
    }
    for untrue in ["compute or spending", "came as sums over many tasks without a histogram"] {
        assert!(!limits.contains(untrue), "{untrue}: {limits}");
    }
    let body = json!({"id": "a", "started_at": "2025-10-01T12:00:00Z"});
    let (status, note) = answer(provider.post("/v1/notes").json(&body).send().await.unwrap()).await;
    assert_eq!((status, &note["estimated"], &note["evidence"]), (200, &json!(true), &json!("declared")));
    let text = note["text"].as_str().unwrap();
    let known =
        "How it is known: an estimate from tokens and the parameters of the model, for the whole data centre";
    assert!(text.contains(known) && !text.contains("spending"), "{text}");

    // What the provider derived from spending is told beside it, with what is left.
    let stated =
        json!({"boundary": "facility", "evidence": "declared", "energy_wh": 1, "output_tokens": null});
    send(&provider, "b", stated).await;
    let window = json!([{"id": "w", "service": "chat", "model": "m-1", "task_type": "chat", "site": "s-1",
        "from": "2025-10-01T13:00:00Z", "to": "2025-10-01T14:00:00Z", "boundary": "facility", "evidence": "metered",
        "tasks_completed": 2, "energy_wh": 1}]);
    let (status, counts) = answer(provider.post("/v1/windows").json(&window).send().await.unwrap()).await;
    assert_eq!(status, 200, "{counts}");
    let limits = built(&provider, &october()).await["limits"].to_string();
    for said in [
        "% of the energy is derived from compute or spending.",
        "50\u{a0}% of the completed tasks came as sums over many tasks without a histogram, and 25\u{a0}% without energy",
    ] {
        assert!(limits.contains(said), "{said}: {limits}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declared_class_of_meters_narrows_the_interval_and_stands_in_the_document() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    send(&provider, "a", json!({"boundary": "facility", "evidence": "metered", "energy_wh": 1})).await;
    send(&provider, "b", json!({"boundary": "facility", "evidence": "counter", "energy_wh": 1})).await;
    let class = |kind: &str, value: &str| json!({"kind": kind, "value": value, "from": "2025-10-01", "to": "2025-10-02"});
    let document = built(&provider, &october()).await;
    assert_eq!(document["sites"][0].get("meter_classes"), None);
    assert_eq!(fact(&document, "energy_per_task_low", "all", None), "0.925000000000");
    tell(&provider, "/v1/sites/s-1/factors", class("metered_class", "0.5")).await;
    tell(&provider, "/v1/sites/s-1/factors", class("counter_class", "2.5")).await;
    let document = built(&provider, &october()).await;
    // 0.995 + 0.975 and 1.005 + 1.025, over two tasks.
    assert_eq!(fact(&document, "energy_per_task_low", "all", None), "0.985000000000");
    assert_eq!(fact(&document, "energy_per_task_high", "all", None), "1.015000000000");
    assert_eq!(document["interval"]["largest_source"], "counter");
    let line = |kind: &str, percent: &str| {
        json!({"kind": kind, "percent": percent, "valid_from": "2025-10-01",
        "valid_to": "2025-10-02", "revision": 1})
    };
    assert_eq!(
        document["sites"][0]["meter_classes"],
        json!([line("metered_class", "0.5"), line("counter_class", "2.5")])
    );
    let address = provider.publish(&october()).await;
    let page = app.get(&address).await.text().await.unwrap();
    for said in [
        "meters: ±&nbsp;0.5&nbsp;%",
        "device counters: ±&nbsp;2.5&nbsp;%",
        "in place of ±&nbsp;5&nbsp;% for meters",
    ] {
        assert!(page.contains(said), "{said}");
    }
}
