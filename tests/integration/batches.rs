//! `/v1/batches`: what became of what was sent, in pages, and every fault in its order.

use crate::support::{Provider, TestApp, answer, assert_same_rows, record, record_with, stored_gzip};
use serde_json::{Value, json};

/// A body of so many records, of which every third is refused.
fn lines(from: usize, count: usize) -> String {
    let one = |number: usize| {
        let energy = if number.is_multiple_of(3) { json!(-1) } else { json!(0.5) };
        record_with(&format!("r-{number}"), "energy_wh", energy).to_string() + "\n"
    };
    (from..from + count).map(one).collect()
}

async fn post(provider: &Provider<'_>, body: String) -> (u16, Value) {
    provider.post_ndjson(body).await
}

async fn faults(provider: &Provider<'_>, path: &str) -> Vec<Value> {
    let response = provider.get(path).await;
    assert_eq!(response.status(), 200, "{path}");
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    response.text().await.unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_says_what_became_of_its_request() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let (status, receipt) = post(&provider, lines(0, 600)).await;
    assert_eq!(status, 422);
    let (status, batch) = provider.get_json(&format!("/v1/batches/{}", receipt["batch"])).await;
    assert_eq!(status, 200);
    for field in ["batch", "records", "accepted", "duplicates", "conflicts", "invalid", "digest"] {
        assert_eq!(batch[field], receipt[field], "{field}");
    }
    assert_eq!(batch["key_start"], provider.secret[..batch["key_start"].as_str().unwrap().len()]);
    let expected = json!(["request", "complete", "records", 1, 600, 400, 200, 400, "2026-01-15T00:00:00Z"]);
    let members =
        ["kind", "state", "content", "requests", "records", "accepted", "invalid", "late", "received_at"];
    assert_eq!(json!(members.map(|member| &batch[member])), expected);
    assert_eq!(batch["first_started_at"], "2025-10-01T12:00:00Z");
    let csv = provider.get_csv(&format!("/v1/batches/{}?format=csv", receipt["batch"])).await;
    assert_same_rows(&[batch], &csv);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_batches_hold_each_once_the_latest_first() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let mut numbers = Vec::new();
    for from in 0..7 {
        let (_, receipt) = post(&provider, lines(from * 200, 200)).await;
        numbers.push(receipt["batch"].as_u64().unwrap());
    }
    // Two small requests of one minute share a batch.
    for id in ["a", "b"] {
        let (_, receipt) = provider.post_records(&json!([record(id)])).await;
        numbers.push(receipt["batch"].as_u64().unwrap());
    }
    numbers.dedup();
    assert_eq!(numbers.len(), 8);
    numbers.sort_unstable_by(|one, other| other.cmp(one));
    let (mut path, mut seen, mut all) = (Some("/v1/batches?limit=3".to_owned()), Vec::new(), Vec::new());
    while let Some(next) = path {
        let response = provider.get(&next).await;
        let link = response.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
        let (status, body) = answer(response).await;
        assert_eq!(status, 200, "{body}");
        let page = body["batches"].as_array().unwrap();
        seen.extend(page.iter().map(|batch| batch["batch"].as_u64().unwrap()));
        all.extend(page.clone());
        // What comes in between pages is not in them.
        post(&provider, lines(10_000 + seen.len() * 200, 200)).await;
        path = link.map(|link| link[1..link.find('>').unwrap()].to_owned());
    }
    assert_eq!(seen, numbers);
    let gathered = all.iter().find(|batch| batch["kind"] == "gathered").unwrap();
    assert_eq!(json!([gathered["requests"], gathered["accepted"], gathered["digest"]]), json!([2, 2, null]));
    let (_, body) = provider.get_json("/v1/batches").await;
    let csv = provider.get_csv("/v1/batches?format=csv").await;
    assert_same_rows(body["batches"].as_array().unwrap(), &csv);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_can_be_fetched_in_its_order_and_from_any_line() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    // More than are read at a time, and several chunks of records.
    let (status, problem) = post(&provider, lines(0, 12_000)).await;
    assert_eq!((status, &problem["errors_total"]), (422, &json!(4_000)));
    let path = problem["errors_address"].as_str().unwrap();
    let all = faults(&provider, path).await;
    let expected: Vec<String> = (0..12_000).step_by(3).map(|number| format!("/{number}/energy_wh")).collect();
    let pointers: Vec<&str> = all.iter().map(|fault| fault["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, expected);
    assert_eq!(json!(all[..100]), problem["errors"]);
    assert!(all.iter().all(|fault| fault["code"] == "out-of-range" && fault["detail"].is_string()));
    for from in [0, 1, 1_000, 2_999, 3_999] {
        assert_eq!(faults(&provider, &format!("{path}?from={from}")).await, all[from..], "{from}");
    }
    for from in ["4000", "4294967295"] {
        assert_eq!(faults(&provider, &format!("{path}?from={from}")).await, [] as [Value; 0]);
    }
    // A batch without faults has none.
    let (_, receipt) =
        post(&provider, (1..200).map(|number| record(&format!("x-{number}")).to_string() + "\n").collect())
            .await;
    assert_eq!(
        faults(&provider, &format!("/v1/batches/{}/faults", receipt["batch"])).await,
        [] as [Value; 0]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_that_are_not_kept_are_said_to_be_gone() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let (_, problem) = post(&provider, lines(0, 3)).await;
    let path = format!("/v1/batches/{}/faults", problem["batch"]);
    let (status, body) = provider.get_json(&path).await;
    assert_eq!((status, &body["code"]), (404, &json!("not-found")), "{body}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_broke_off_is_a_broken_batch() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let packed = stored_gzip(lines(1, 30_000).as_bytes());
    let request = provider.post("/v1/records").header("content-type", "application/x-ndjson");
    let cut = packed[..packed.len() / 2].to_vec();
    let (status, problem) =
        answer(request.header("content-encoding", "gzip").body(cut).send().await.unwrap()).await;
    assert_eq!(status, 400, "{problem}");
    let (_, batch) = provider.get_json(&format!("/v1/batches/{}", problem["batch"])).await;
    assert_eq!((&batch["state"], &batch["accepted"]), (&json!("broken"), &problem["accepted"]), "{batch}");
    assert!(batch["accepted"].as_u64().unwrap() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_of_others_and_faulty_questions_are_refused() {
    let app = TestApp::start().await;
    let (acme, rival) = (app.provider("acme").await, app.provider("rival").await);
    let (_, problem) = post(&acme, lines(0, 300)).await;
    let (_, body) = rival.get_json("/v1/batches").await;
    assert_eq!(body["batches"], json!([]));
    for path in
        [format!("/v1/batches/{}", problem["batch"]), format!("/v1/batches/{}/faults", problem["batch"])]
    {
        assert_eq!(rival.get_json(&path).await.0, 404, "{path}");
        assert_eq!(acme.get(&path).await.status(), 200, "{path}");
    }
    for path in ["/v1/batches/0", "/v1/batches/x", "/v1/batches/99999999999", "/v1/batches/-1/faults"] {
        assert_eq!(acme.get_json(path).await.0, 404, "{path}");
    }
    for (query, pointer) in [
        ("/v1/batches?limit=1001", "/limit"),
        ("/v1/batches?cursor=x", "/cursor"),
        ("/v1/batches?state=open", "/state"),
        ("/v1/batches/1?x=", "/x"),
        ("/v1/batches/1/faults?from=-1", "/from"),
        ("/v1/batches/1/faults?cursor=1", "/cursor"),
    ] {
        let (status, body) = acme.get_json(query).await;
        assert_eq!((status, &body["errors"][0]["pointer"]), (422, &json!(pointer)), "{query}: {body}");
    }
}
