//! Requests that are stored whole or not at all (`?atomic=true`).

use crate::records::{gzip, stored_text};
use crate::support::{Provider, TestApp, answer, counts, csv_of, ndjson_of, record, record_with, window};
use serde_json::{Value, json};

async fn post_whole(provider: &Provider<'_>, content_type: &str, body: impl Into<Vec<u8>>) -> (u16, Value) {
    let sent = provider.post_body("/v1/records?atomic=true", content_type, body).send().await.unwrap();
    answer(sent).await
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_stored_where_one_record_is_refused() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    provider.post_records(&json!([record("known")])).await;
    provider.post_windows(&json!([crate::support::window_with("w", &json!({"task_type": "code"}))])).await;
    let before = stored_text(&provider).await;
    let covered = record_with("covered", "task_type", json!("code"));
    let conflict = record_with("known", "outcome", json!("failed"));
    let many: Vec<Value> = (0..800).map(|n| record(&format!("n{n}"))).collect();
    for (what, wrong, counted, code) in [
        ("a missing field", record_with("x", "site", Value::Null), [0, 0, 0, 1], "missing-field"),
        ("an unknown name", record_with("x", "model", json!("m-9")), [0, 0, 0, 1], "unknown-model"),
        ("a conflict", conflict, [0, 0, 1, 0], "record-conflict"),
        ("a covered record", covered, [0, 0, 0, 1], "counted-by-window"),
        (
            "a conflict within the body",
            record_with("n0", "energy_wh", json!(9)),
            [0, 0, 1, 0],
            "record-conflict",
        ),
    ] {
        // A few records, and more than are gathered and written one by one.
        for count in [5, 800] {
            let mut records = vec![record("known")];
            records.extend_from_slice(&many[..count]);
            records.push(wrong.clone());
            for (content_type, body) in [
                ("application/json", json!(records).to_string()),
                ("application/x-ndjson", ndjson_of(&records)),
                ("text/csv", csv_of(&records)),
            ] {
                let (status, problem) = post_whole(&provider, content_type, body).await;
                let what = format!("{what} among {count} as {content_type}: {problem}");
                assert_eq!((status, &problem["code"]), (422, &json!("nothing-stored")), "{what}");
                assert_eq!(counts(&problem), counted, "{what}");
                assert_eq!(problem["withheld"], count + 1, "{what}");
                assert_eq!(problem["records"], count + 2, "{what}");
                assert_eq!(problem["errors"][0]["code"], code, "{what}");
                assert_eq!(problem["errors"].as_array().unwrap().len(), 1, "{what}");
                let nothing = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
                assert_eq!(problem["digest"], nothing, "{what}");
                let batch = provider.batch(&problem).await;
                // Small requests share theirs with what was stored before.
                assert_eq!(batch.counts.accepted, u64::from(count == 5), "{what}");
                assert_eq!(stored_text(&provider).await, before, "{what}");
            }
        }
    }
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn duplicates_are_no_reason_to_store_nothing() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let records: Vec<Value> = (0..600).map(|n| record(&format!("n{n}"))).collect();
    provider.post_records(&json!(records[..10])).await;
    let twice: Vec<Value> = records.iter().chain(&records[..20]).cloned().collect();
    let (status, receipt) = post_whole(&provider, "application/json", json!(twice).to_string()).await;
    assert_eq!((status, counts(&receipt), &receipt["withheld"]), (200, [590, 30, 0, 0], &Value::Null));
    let (_, again) = post_whole(&provider, "application/x-ndjson", ndjson_of(&twice)).await;
    assert_eq!((counts(&again), &again["digest"]), ([0, 620, 0, 0], &receipt["digest"]));
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_stored_whole_has_a_limit() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let one = record("same").to_string();
    let lines = |count: usize, end: &str| format!("{}{end}", format!("{one}\n").repeat(count));
    let (status, problem) = post_whole(&provider, "application/x-ndjson", lines(20_001, "")).await;
    assert_eq!((status, &problem["code"]), (413, &json!("too-many-records")), "{problem}");
    let table = csv_of(&[record("same")]);
    let (head, row) = table.split_once("\r\n").unwrap();
    let table = format!("{head}\n{}", format!("{row}\n").repeat(20_001));
    let (status, problem) = post_whole(&provider, "text/csv", table).await;
    assert_eq!((status, &problem["code"]), (413, &json!("too-many-records")), "{problem}");
    let json = format!("[{}]", vec![one.as_str(); 20_001].join(","));
    let (status, problem) = post_whole(&provider, "application/json", json).await;
    assert_eq!((status, &problem["code"]), (413, &json!("too-many-records")), "{problem}");
    assert_eq!(app.count("task_record").await, 0);
    assert_eq!(app.count("ingest_batch").await, 0);
    // At the limit, and empty lines are no records.
    let (status, receipt) = post_whole(&provider, "application/x-ndjson", lines(20_000, "\n \r\n")).await;
    assert_eq!((status, counts(&receipt)), (200, [1, 19_999, 0, 0]));
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_whole_request_whose_body_breaks_nothing_is_stored() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let good = ndjson_of(&(0..50).map(|n| record(&format!("r{n}"))).collect::<Vec<_>>());
    let broken = format!("{good}{}\n{good}", "x".repeat(1_100_000));
    let (status, problem) = post_whole(&provider, "application/x-ndjson", broken).await;
    assert_eq!((status, &problem["code"], &problem["batch"]), (413, &json!("body-too-large"), &Value::Null));
    let mut cut = gzip(good.as_bytes());
    cut.truncate(cut.len() - 9);
    let request = provider.post_body("/v1/records?atomic=true", "application/x-ndjson", cut);
    let (status, problem) = answer(request.header("content-encoding", "gzip").send().await.unwrap()).await;
    assert_eq!((status, &problem["code"]), (400, &json!("invalid-request")));
    assert_eq!(app.count("task_record").await + app.count("ingest_batch").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_query_that_is_understood_is_taken() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    for path in ["records", "windows"] {
        for query in ["atomic", "atomic=1", "atomic=TRUE", "atomic=true&atomic=true", "dry_run=true", "a"] {
            let path = format!("/v1/{path}?{query}");
            let sent = provider.post(&path).json(&json!([record("a")])).send().await.unwrap();
            let (status, problem) = answer(sent).await;
            assert_eq!((status, &problem["code"]), (422, &json!("invalid-fields")), "{path}: {problem}");
        }
    }
    assert_eq!(app.count("ingest_batch").await, 0);
    let sent = provider.post("/v1/windows?atomic=false").json(&json!([window("a")])).send().await.unwrap();
    assert_eq!(answer(sent).await.0, 200);
}
