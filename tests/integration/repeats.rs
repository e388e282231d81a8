//! Idempotency-Key: a request that is repeated gets the first answer again, to the byte.

use crate::records::gzip;
use crate::support::{
    NOW, Provider, TestApp, answer, counts, make_schema, ndjson_of, open_schema, record, record_with,
    window_with,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// Status, whether it was given before, and the bytes.
type Answer = (u16, bool, String);

async fn post_with_key(
    provider: &Provider<'_>,
    key: &str,
    path: &str,
    content_type: &str,
    body: impl Into<Vec<u8>>,
) -> Answer {
    let request = provider.post_body(path, content_type, body).header("idempotency-key", key);
    let response = request.send().await.unwrap();
    let is_replayed = response.headers().contains_key("idempotency-replayed");
    (response.status().as_u16(), is_replayed, response.text().await.unwrap())
}

async fn post(provider: &Provider<'_>, key: &str, records: &Value) -> Answer {
    post_with_key(provider, key, "/v1/records", "application/json", records.to_string()).await
}

fn code((status, _, body): &Answer) -> (u16, String) {
    let body: Value = serde_json::from_str(body).unwrap();
    (*status, body["code"].as_str().unwrap_or_default().to_owned())
}

async fn kept(app: &TestApp) -> i64 {
    app.count("idempotent_answer").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_gets_the_first_answer_again() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let good = json!([record("a"), record("b")]);
    let first = post(&provider, "k-1", &good).await;
    assert_eq!((first.0, first.1), (200, false), "{}", first.2);
    let again = post(&provider, "k-1", &good).await;
    assert_eq!((again.0, again.1, &again.2), (200, true, &first.2), "not as duplicates");
    // A refusal is an answer too, with the request's first id.
    let mixed = json!([record("c"), record_with("d", "site", Value::Null)]);
    let first = post(&provider, "k-2", &mixed).await;
    assert_eq!(code(&first), (422, "records-refused".to_owned()));
    let again = post(&provider, "k-2", &mixed).await;
    assert_eq!((again.0, again.1, &again.2), (422, true, &first.2));
    // So is the answer to a long body and to one that is stored whole.
    let lines = ndjson_of(&(0..1_000).map(|n| record(&format!("n{n}"))).collect::<Vec<_>>());
    for (key, path) in [("k-3", "/v1/records"), ("k-4", "/v1/records?atomic=true")] {
        let first = post_with_key(&provider, key, path, "application/x-ndjson", lines.clone()).await;
        let again = post_with_key(&provider, key, path, "application/x-ndjson", lines.clone()).await;
        assert_eq!((first.0, first.1, again.0, again.1), (200, false, 200, true), "{}", first.2);
        assert_eq!(first.2, again.2);
    }
    let windows = json!([window_with("w", &json!({"task_type": "code"}))]).to_string();
    let first = post_with_key(&provider, "k-5", "/v1/windows", "application/json", windows.clone()).await;
    assert_eq!(post_with_key(&provider, "k-5", "/v1/windows", "application/json", windows).await.2, first.2);
    assert_eq!(app.count("task_record").await, 1_003);
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_request_with_the_same_key_is_refused_and_stores_nothing() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let body = json!([record("a")]).to_string();
    let (path, json_type) = ("/v1/records", "application/json");
    let first = post_with_key(&provider, "k", path, json_type, body.clone()).await;
    assert_eq!(first.0, 200);
    let other = json!([record("b")]).to_string();
    for (path, content_type, sent) in [
        (path, json_type, other),
        (path, json_type, format!("{body} ")),
        (path, json_type, String::new()),
        ("/v1/records?atomic=true", json_type, body.clone()),
        ("/v1/records?atomic=false", json_type, body.clone()),
        ("/v1/windows", json_type, body.clone()),
        (path, "application/json; charset=utf-8", body.clone()),
        (path, "application/x-ndjson", body.clone()),
    ] {
        let refused = post_with_key(&provider, "k", path, content_type, sent).await;
        let expected = (422, "idempotency-mismatch".to_owned());
        assert_eq!(code(&refused), expected, "{path} {content_type}: {}", refused.2);
    }
    let packed =
        provider.post_body(path, json_type, gzip(body.as_bytes())).header("content-encoding", "gzip");
    let (status, _) = answer(packed.header("idempotency-key", "k").send().await.unwrap()).await;
    assert_eq!(status, 422);
    assert_eq!(app.count("task_record").await, 1);
    // Keys belong to a provider.
    let other = app.provider("other").await;
    assert_eq!(post_with_key(&other, "k", path, json_type, "[]").await.0, 200);
    assert_eq!(post_with_key(&provider, "k", path, json_type, body).await, (200, true, first.2));
    assert_eq!(kept(&app).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_cannot_be_a_key_is_refused() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let long = "k".repeat(256);
    for key in [&b""[..], b"a\tb", b"caf\xc3\xa9", long.as_bytes()] {
        let request = provider.post("/v1/records").json(&json!([record("a")]));
        let (status, problem) = answer(request.header("idempotency-key", key).send().await.unwrap()).await;
        assert_eq!((status, &problem["code"]), (400, &json!("invalid-request")), "{key:?}: {problem}");
    }
    let twice = provider.post("/v1/records").json(&json!([record("a")]));
    let twice = twice.header("idempotency-key", "a").header("idempotency-key", "a");
    assert_eq!(answer(twice.send().await.unwrap()).await.0, 400);
    assert_eq!(post(&provider, &"k".repeat(255), &json!([record("a")])).await.0, 200);
}

/// Claims a key as another process does that was last heard of at this time.
async fn claim_elsewhere(provider: &Provider<'_>, key: &str, at: &str) {
    sqlx::query(
        "INSERT INTO idempotent_answer (provider_id, idempotency_key, claimed_by, claimed_at)
         VALUES ($1, $2, $3, $4::timestamptz)",
    )
    .bind(provider.id.get())
    .bind(key)
    .bind(Uuid::from_u128(7))
    .bind(at.parse::<chrono::DateTime<chrono::Utc>>().unwrap())
    .execute(&provider.app.pool)
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_request_is_waited_for_until_its_process_is_silent_for_a_minute() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    // The clock of the test stands still at 00:00.
    claim_elsewhere(&provider, "alive", "2026-01-14T23:59:00Z").await;
    claim_elsewhere(&provider, "dead", "2026-01-14T23:58:59.999999Z").await;
    let records = json!([record("a")]);
    let request = provider.post("/v1/records").json(&records).header("idempotency-key", "alive");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["retry-after"], "2");
    let (status, problem) = answer(response).await;
    assert_eq!((status, &problem["code"]), (409, &json!("idempotency-running")), "{problem}");
    assert_eq!(app.count("task_record").await, 0);
    let taken_over = post(&provider, "dead", &records).await;
    assert_eq!((taken_over.0, taken_over.1), (200, false), "{}", taken_over.2);
    assert_eq!(post(&provider, "dead", &records).await, (200, true, taken_over.2));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_requests_at_the_same_moment_one_runs() {
    let schema = make_schema().await;
    let one = TestApp::serve(open_schema(&schema).await).await;
    let two = TestApp::serve(open_schema(&schema).await).await;
    let provider = one.provider("acme").await;
    let elsewhere = Provider { app: &two, id: provider.id, secret: provider.secret.clone() };
    for round in 0..20 {
        let (key, records) = (format!("k{round}"), json!([record(&format!("r{round}"))]));
        let both = tokio::join!(post(&provider, &key, &records), post(&elsewhere, &key, &records));
        for answer in [&both.0, &both.1] {
            match code(answer) {
                (200, _) => {
                    let receipt: Value = serde_json::from_str(&answer.2).unwrap();
                    assert_eq!(counts(&receipt), [1, 0, 0, 0], "never as a duplicate: {}", answer.2);
                }
                other => assert_eq!(other, (409, "idempotency-running".to_owned())),
            }
        }
        assert!(both.0.0 == 200 || both.1.0 == 200, "one of them ran");
        assert_eq!(post(&provider, &key, &records).await.0, 200);
    }
    assert_eq!(one.count("task_record").await, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_given_up_where_nothing_final_was_said() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let good = ndjson_of(&(0..2_000).map(|n| record(&format!("r{n}"))).collect::<Vec<_>>());
    let ndjson = "application/x-ndjson";
    let line = "x".repeat(1_100_000);
    // In mid-stream, and at the very end, when the whole body had arrived.
    for (key, broken) in
        [("a", format!("{good}{line}\n{good}")), ("b", format!("{good}{line}\n")), ("c", "[".to_owned())]
    {
        let content_type = if key == "c" { "application/json" } else { ndjson };
        let refused = post_with_key(&provider, key, "/v1/records", content_type, broken).await;
        assert!(matches!(refused.0, 400 | 413), "{}", refused.2);
        assert_eq!(kept(&app).await, 0, "{key}");
        let corrected = post_with_key(&provider, key, "/v1/records", ndjson, good.clone()).await;
        assert_eq!((corrected.0, corrected.1), (200, false), "{}", corrected.2);
        sqlx::query("DELETE FROM idempotent_answer").execute(&app.pool).await.unwrap();
    }
    assert_eq!(app.count("task_record").await, 2_000);
    // The disk is full for a while: 503 is said, and not kept.
    for statement in [
        "CREATE FUNCTION fill_disk() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = 'disk_full'; END $$",
        "CREATE TRIGGER full_disk BEFORE INSERT ON task_record FOR EACH ROW EXECUTE FUNCTION fill_disk()",
    ] {
        sqlx::query(statement).execute(&app.pool).await.unwrap();
    }
    let failed = post(&provider, "d", &json!([record("new")])).await;
    assert_eq!((code(&failed), kept(&app).await), ((503, "unavailable".to_owned()), 0), "{}", failed.2);
    sqlx::query("DROP TRIGGER full_disk ON task_record").execute(&app.pool).await.unwrap();
    let retried = post(&provider, "d", &json!([record("new")])).await;
    assert_eq!((retried.0, retried.1), (200, false), "{}", retried.2);
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_kept_for_two_days() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    for (key, at) in [("old", "2026-01-12T23:59:59Z"), ("young", "2026-01-13T00:00:00Z")] {
        claim_elsewhere(&provider, key, at).await;
    }
    taskwatt::db::maintenance::run(&app.pool, NOW.parse().unwrap()).await.unwrap();
    let keys: Vec<String> = sqlx::query_scalar("SELECT idempotency_key FROM idempotent_answer")
        .fetch_all(&app.pool)
        .await
        .unwrap();
    assert_eq!(keys, ["young"]);
}
