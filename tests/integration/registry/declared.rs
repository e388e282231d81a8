//! What is declared over time: nothing is overwritten, and the latest telling counts.

use super::{faults, get, post, put, registrar};
use crate::support::{TestApp, record};
use futures_util::future::join_all;
use serde_json::{Value, json};

fn factor(kind: &str, value: &str, from: &str, to: &str) -> Value {
    json!({"kind": kind, "value": value, "from": from, "to": to})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_factor_told_again_makes_no_revision_and_a_changed_one_does() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let path = "/v1/sites/s-1/factors";
    let year = |value: &str| factor("pue", value, "2025-01-01", "2026-01-01");
    let (status, first) = post(&acme, path, &year("1.20")).await;
    assert_eq!(status, 201, "{first}");
    assert_eq!(
        first,
        json!({
            "kind": "pue", "value": "1.2", "from": "2025-01-01", "to": "2026-01-01", "revision": 1,
            "recorded_at": "2026-01-15T00:00:00Z",
        })
    );
    assert_eq!(post(&acme, path, &year("1.2")).await, (200, first.clone()));
    assert_eq!(post(&acme, path, &year("1.25")).await.1["revision"], 2);
    // A month is told otherwise, and then the year again: for the month that is a change.
    assert_eq!(post(&acme, path, &factor("pue", "1.3", "2025-03-01", "2025-04-01")).await.0, 201);
    let (status, again) = post(&acme, path, &year("1.25")).await;
    assert_eq!((status, &again["revision"]), (201, &json!(4)));
    let wue = factor("wue", "0", "2025-01-01", "2030-01-01");
    assert_eq!(post(&acme, path, &wue).await.0, 201);
    assert_eq!(post(&acme, path, &wue).await.0, 200);
    let class = |kind: &str, value: &str| factor(kind, value, "2025-01-01", "2026-01-01");
    let (status, told) = post(&acme, path, &class("metered_class", "0.50")).await;
    assert_eq!((status, &told["value"], &told["revision"]), (201, &json!("0.5"), &json!(1)), "{told}");
    assert_eq!(post(&acme, path, &class("metered_class", "0.5")).await, (200, told));
    assert_eq!(post(&acme, path, &class("metered_class", "1")).await.1["revision"], 2);
    assert_eq!(post(&acme, path, &class("counter_class", "2.3456")).await.1["revision"], 1);

    let (status, list) = get(&acme, path).await;
    assert_eq!(status, 200);
    let told: Vec<Value> = list["factors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|factor| json!([factor["kind"], factor["value"], factor["revision"]]))
        .collect();
    assert_eq!(
        json!(told),
        json!([
            ["counter_class", "2.3456", 1],
            ["metered_class", "0.5", 1],
            ["metered_class", "1", 2],
            ["pue", "1.2", 1],
            ["pue", "1.25", 2],
            ["pue", "1.3", 3],
            ["pue", "1.25", 4],
            ["wue", "0", 1]
        ])
    );
    let (_, page) = get(&acme, &format!("{path}?limit=5")).await;
    let cursor = page["next_cursor"].as_str().unwrap();
    let (_, rest) = get(&acme, &format!("{path}?limit=5&cursor={cursor}")).await;
    assert_eq!(rest["factors"].as_array().unwrap()[..], list["factors"].as_array().unwrap()[5..]);
    assert_eq!(rest["next_cursor"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_declared_factor_reaches_the_figures() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    post(&acme, "/v1/sites/s-1/factors", &factor("pue", "1.2", "2025-01-01", "2026-01-01")).await;
    post(&acme, "/v1/sites/s-1/factors", &factor("wue", "1.8", "2025-01-01", "2026-01-01")).await;
    assert_eq!(acme.post_records(&json!([record("r-1")])).await.0, 200);
    let (status, built) =
        acme.build(&json!({"service": "chat", "from": "2025-10-01", "to": "2025-11-01"})).await;
    assert_eq!(status, 201, "{built}");
    // 0.25 Wh · 1.12 · 1.2; water is in no energy.
    assert_eq!(built["mean_energy_wh"], "0.336000000000");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_factor_is_in_range_and_of_whole_days() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    for (kind, value, from, to, expected) in [
        ("pue", "0.99", "2025-01-01", "2026-01-01", "/value out-of-range"),
        ("pue", "10.000001", "2025-01-01", "2026-01-01", "/value out-of-range"),
        ("pue", "1.0000001", "2025-01-01", "2026-01-01", "/value too-many-decimals"),
        ("pue", "1,2", "2025-01-01", "2026-01-01", "/value not-a-number"),
        ("wue", "-0.1", "2025-01-01", "2026-01-01", "/value out-of-range"),
        ("wue", "1800", "2025-01-01", "2026-01-01", "/value out-of-range"),
        ("metered_class", "0.0999", "2025-01-01", "2026-01-01", "/value out-of-range"),
        ("metered_class", "50.0001", "2025-01-01", "2026-01-01", "/value out-of-range"),
        ("counter_class", "0.50001", "2025-01-01", "2026-01-01", "/value too-many-decimals"),
        ("eer", "1.2", "2025-01-01", "2026-01-01", "/kind unknown-word"),
        ("pue", "1.2", "2025-01-01", "2025-01-01", "/to date-invalid"),
        ("pue", "1.2", "2025-01-01T00:00:00Z", "2026-01-01", "/from date-invalid"),
    ] {
        let (status, problem) = post(&acme, "/v1/sites/s-1/factors", &factor(kind, value, from, to)).await;
        assert_eq!((status, faults(&problem).as_str()), (422, expected), "{kind} {value} {from} {to}");
    }
    let (_, problem) = post(&acme, "/v1/sites/s-1/factors", &json!({"value": "x", "unit": "1"})).await;
    assert_eq!(
        faults(&problem),
        "/from missing-field, /kind missing-field, /to missing-field, /unit unknown-field, /value not-a-number"
    );
    assert_eq!(get(&acme, "/v1/sites/s-1/factors").await.1, json!({"factors": []}));
}

#[tokio::test(flavor = "multi_thread")]
async fn tellings_that_come_together_get_revisions_in_a_row() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let bodies: Vec<Value> =
        (1..=8).map(|step| factor("pue", &format!("1.{step}"), "2025-01-01", "2026-01-01")).collect();
    let told = join_all(bodies.iter().map(|body| post(&acme, "/v1/sites/s-1/factors", body))).await;
    let mut revisions: Vec<i64> = told
        .iter()
        .map(|(status, told)| {
            assert_eq!(*status, 201, "{told}");
            told["revision"].as_i64().unwrap()
        })
        .collect();
    revisions.sort_unstable();
    assert_eq!(revisions, [1, 2, 3, 4, 5, 6, 7, 8]);
}

fn coefficient(output_token_j: Value, hardware: &str) -> Value {
    json!({
        "from": "2025-01-01", "to": "2027-01-01", "output_token_j": output_token_j, "boundary": "server",
        "hardware": hardware, "batch_size": 64, "precision_bits": 8, "source": "Bench of March",
        "licence": "CC-BY-4.0", "published_on": "2025-03-02",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coefficient_is_exact_and_stands_beside_those_of_other_hardware() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let path = "/v1/models/m-1/coefficients";
    let mut first = coefficient(json!("0.123456789"), "H100");
    first["input_token_j"] = json!(0.000000001);
    let (status, told) = post(&acme, path, &first).await;
    assert_eq!(status, 201, "{told}");
    assert_eq!(
        (&told["output_token_j"], &told["input_token_j"]),
        (&json!("0.123456789"), &json!("0.000000001"))
    );
    let stored: (i64, i64) = sqlx::query_as("SELECT output_token_nj, input_token_nj FROM model_coefficient")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert_eq!(stored, (123_456_789, 1));
    assert_eq!(post(&acme, path, &coefficient(json!("0.3"), "B200")).await.1["revision"], 2);
    assert_eq!(post(&acme, path, &first).await, (200, told), "the other hardware came between");
    let without_input = coefficient(json!("0.123456789"), "H100");
    assert_eq!(post(&acme, path, &without_input).await.1["revision"], 3);
    // Of a model that writes no tokens.
    let mut read_alone = coefficient(Value::Null, "H200");
    read_alone["input_token_j"] = json!("0.002");
    let (status, told) = post(&acme, path, &read_alone).await;
    assert_eq!((status, &told["input_token_j"]), (201, &json!("0.002")), "{told}");
    assert_eq!(told.get("output_token_j"), None);
    let (_, list) = get(&acme, path).await;
    let hardware: Vec<&Value> =
        list["coefficients"].as_array().unwrap().iter().map(|line| &line["hardware"]).collect();
    assert_eq!(json!(hardware), json!(["H100", "B200", "H100", "H200"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coefficient_that_cannot_be_is_refused() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    for (field, value, code) in [
        ("output_token_j", json!(0), "out-of-range"),
        ("output_token_j", json!("0.0000000001"), "too-many-decimals"),
        ("output_token_j", json!("1000001"), "out-of-range"),
        ("output_token_j", json!(true), "wrong-type"),
        ("output_token_j", Value::Null, "missing-field"),
        ("boundary", json!("rack"), "unknown-word"),
        ("batch_size", json!(0), "out-of-range"),
        ("precision_bits", json!(65), "out-of-range"),
        ("source", json!(" "), "invalid-text"),
        ("licence", json!("x".repeat(101)), "invalid-text"),
        ("published_on", json!("March"), "date-invalid"),
        ("valid_from", json!("2025-01-01"), "unknown-field"),
    ] {
        let mut body = coefficient(json!("1"), "H100");
        body[field] = value.clone();
        let (status, problem) = post(&acme, "/v1/models/m-1/coefficients", &body).await;
        assert_eq!((status, faults(&problem)), (422, format!("/{field} {code}")), "{value}");
    }
    assert_eq!(app.count("model_coefficient").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn hardware_is_told_for_each_kind() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let path = "/v1/sites/s-1/hardware";
    let told = |accelerator: &str, accelerators: i64, note: Option<&str>| {
        json!({
            "accelerator": accelerator, "accelerators": accelerators, "from": "2025-01-01",
            "to": "2026-01-01", "note": note,
        })
    };
    assert_eq!(post(&acme, path, &told("H100", 512, None)).await.0, 201);
    assert_eq!(post(&acme, path, &told("B200", 72, Some("Hall 2"))).await.0, 201);
    assert_eq!(post(&acme, path, &told("H100", 512, None)).await.0, 200);
    assert_eq!(post(&acme, path, &told("H100", 512, Some("Hall 1"))).await.0, 201, "a remark is a change");
    assert_eq!(post(&acme, path, &told("H100", 0, None)).await.1["revision"], 4);
    assert_eq!(get(&acme, path).await.1["hardware"].as_array().unwrap().len(), 4);
    let (_, problem) = post(&acme, path, &told("H100", -1, None)).await;
    assert_eq!(faults(&problem), "/accelerators out-of-range");
}

#[tokio::test(flavor = "multi_thread")]
async fn served_tasks_are_declared_by_month_and_the_latest_count_is_kept_beside_the_earlier() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let path = "/v1/services/chat/served";
    let month = async |month: &str, tasks: Value| {
        put(&acme, &format!("{path}/{month}"), &json!({"tasks": tasks})).await
    };
    // Beyond what a float holds exactly.
    assert_eq!(month("2025-10", json!(900_719_925_474_099_i64)).await.0, 201);
    assert_eq!(month("2025-10", json!("900719925474099")).await.0, 200);
    assert_eq!(month("2025-10", json!(0)).await.1["revision"], 2);
    assert_eq!(month("2026-01", json!(5)).await.0, 201, "the month of today has begun");
    let (status, problem) = month("2026-02", json!(5)).await;
    assert_eq!((status, &problem["code"]), (422, &json!("month-not-begun")));
    for bad in ["2025-13", "2025", "2025-1", "2025-10-01", "october"] {
        let (status, problem) = month(bad, json!(5)).await;
        assert_eq!((status, &problem["code"]), (422, &json!("date-invalid")), "{bad}");
    }
    for (tasks, code) in [
        (json!(-1), "out-of-range"),
        (json!(1.5), "too-many-decimals"),
        (json!("many"), "not-a-number"),
        (json!(1_000_000_000_000_001_i64), "out-of-range"),
        (json!([]), "wrong-type"),
    ] {
        let (status, problem) = month("2025-10", tasks.clone()).await;
        assert_eq!((status, faults(&problem)), (422, format!("/tasks {code}")), "{tasks}");
    }
    let (_, list) = get(&acme, path).await;
    let told: Vec<Value> = list["served"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| json!([line["month"], line["tasks"], line["revision"]]))
        .collect();
    assert_eq!(
        json!(told),
        json!([["2025-10", 900_719_925_474_099_i64, 1], ["2025-10", 0, 2], ["2026-01", 5, 1]])
    );
}
