//! Everything that must be refused: with the right status and code, in words of our own, and without
//! a trace in the database.

mod bodies;

use crate::support::{TestApp, now, record, record_with, record_with_all};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use taskwatt::db::key::{self, Named};
use taskwatt::domain::terms::Scope;

/// Words that only the inside of the program knows.
const INTERNAL_WORDS: [&str; 9] =
    ["sqlx", "postgres", "src/", "panicked", "select ", "insert ", "actix", "serde", "rustc"];

fn assert_own_words(what: &str, body: &str) {
    let lower = body.to_lowercase();
    for word in INTERNAL_WORDS {
        assert!(!lower.contains(word), "{what}: '{word}' stands in {body}");
    }
}

/// Sends a request that is refused, checks the form of the refusal, and answers its problem document.
async fn problem(what: &str, request: RequestBuilder, status: u16, code: &str) -> Value {
    let response = request.send().await.unwrap_or_else(|error| panic!("{what}: {error}"));
    let headers = response.headers().clone();
    let found = response.status().as_u16();
    let body = response.text().await.unwrap();
    assert_eq!(found, status, "{what}: {body}");
    check_problem(what, &body, status, code, |name| {
        headers.get(name).map(|value| value.to_str().unwrap().to_owned())
    })
}

fn check_problem(
    what: &str,
    body: &str,
    status: u16,
    code: &str,
    header: impl Fn(&str) -> Option<String>,
) -> Value {
    assert_own_words(what, body);
    assert_eq!(header("content-type").as_deref(), Some("application/problem+json"), "{what}");
    assert_eq!(header("x-content-type-options").as_deref(), Some("nosniff"), "{what}");
    assert_eq!(header("cache-control").as_deref(), Some("no-cache"), "{what}");
    let problem: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("{what}: not JSON: {body}"));
    assert_eq!(problem["code"], code, "{what}: {problem}");
    assert_eq!(problem["status"], status, "{what}");
    assert_eq!(problem["type"], format!("/problems#{code}"), "{what}");
    assert_eq!(header("x-request-id").as_deref(), problem["request_id"].as_str(), "{what}");
    assert_eq!(problem["request_id"].as_str().unwrap().len(), 36, "{what}");
    for text in ["title", "detail", "advice"] {
        assert!(problem[text].as_str().is_some_and(|text| !text.is_empty()), "{what}: no {text}");
    }
    problem
}

async fn assert_nothing_stored(what: &str, app: &TestApp) {
    for table in ["task_record", "total_hour", "stage_hour", "histogram_day"] {
        assert_eq!(app.count(table).await, 0, "{what}: {table}");
    }
}

/// The text of a right record with one field's value replaced, or a field added, as it stands.
fn raw_record(field: &str, value: &str) -> String {
    record_with("a", field, json!("TO BE REPLACED")).to_string().replace("\"TO BE REPLACED\"", value)
}

fn quoted(text: &str) -> String {
    json!(text).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_field_is_refused_with_a_pointer_to_it() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    app.provider("other").await.service("theirs").await;
    let low_without_high = raw_record("energy_low_wh", "0.1");
    let disordered = record_with_all("a", &json!({"energy_low_wh": 0.3, "energy_high_wh": 0.4})).to_string();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (raw, pointer, code) in [
        (raw_record("colour", "1"), "/0/colour", "unknown-field"),
        (record_with("a", "id", Value::Null).to_string(), "/0/id", "missing-field"),
        (record_with("a", "started_at", Value::Null).to_string(), "/0/started_at", "missing-field"),
        (raw_record("energy_kwh", "0.00025"), "/0/energy_kwh", "energy-twice"),
        (record_with("a", "energy_wh", Value::Null).to_string(), "/0", "energy-missing"),
        (raw_record("energy_wh", "-0.1"), "/0/energy_wh", "out-of-range"),
        (raw_record("energy_wh", "\"NaN\""), "/0/energy_wh", "not-a-number"),
        (raw_record("energy_wh", "\"Infinity\""), "/0/energy_wh", "not-a-number"),
        (raw_record("energy_wh", "\"0x10\""), "/0/energy_wh", "not-a-number"),
        (raw_record("energy_wh", "\"1,5\""), "/0/energy_wh", "not-a-number"),
        (raw_record("energy_wh", "\"\""), "/0/energy_wh", "not-a-number"),
        (raw_record("energy_wh", "true"), "/0/energy_wh", "wrong-type"),
        (raw_record("energy_wh", "[1]"), "/0/energy_wh", "wrong-type"),
        (raw_record("energy_wh", "1e400"), "/0/energy_wh", "out-of-range"),
        (raw_record("energy_wh", "1e99999999999999999999"), "/0/energy_wh", "out-of-range"),
        (raw_record("energy_wh", "1e-400"), "/0/energy_wh", "too-many-decimals"),
        (raw_record("energy_wh", &format!("1{}", "0".repeat(500))), "/0/energy_wh", "out-of-range"),
        (raw_record("energy_wh", "0.12345678901234567"), "/0/energy_wh", "too-many-decimals"),
        (raw_record("energy_wh", "3e9"), "/0/energy_wh", "out-of-range"),
        (low_without_high, "/0", "interval-incomplete"),
        (disordered, "/0", "interval-disordered"),
        (raw_record("started_at", "\"2025-10-01T12:00:00\""), "/0/started_at", "time-without-zone"),
        (raw_record("started_at", "\"2025-10-01\""), "/0/started_at", "time-invalid"),
        (raw_record("started_at", "\"yesterday\""), "/0/started_at", "time-invalid"),
        (raw_record("started_at", "\"2025-02-29T12:00:00Z\""), "/0/started_at", "time-invalid"),
        (raw_record("started_at", "1759320000"), "/0/started_at", "wrong-type"),
        (raw_record("started_at", "\"9999-12-31T23:59:59Z\""), "/0/started_at", "time-in-future"),
        (raw_record("started_at", "\"2026-01-15T01:00:00Z\""), "/0/started_at", "time-in-future"),
        (raw_record("started_at", "\"2019-12-31T23:59:59Z\""), "/0/started_at", "time-too-early"),
        (raw_record("started_at", "\"0000-01-01T00:00:00Z\""), "/0/started_at", "time-too-early"),
        (raw_record("id", "\"\""), "/0/id", "invalid-id"),
        (raw_record("id", "\"a\\u0000b\""), "/0/id", "invalid-id"),
        (raw_record("id", &quoted(&"é".repeat(101))), "/0/id", "invalid-id"),
        (raw_record("id", "7"), "/0/id", "wrong-type"),
        (raw_record("id", "\"\\ud800\""), "/0/id", "wrong-type"),
        (raw_record("id", &deep), "/0/id", "invalid-id"),
        (raw_record("service", "\"theirs\""), "/0/service", "unknown-service"),
        (raw_record("service", "\"Chat'; DROP TABLE task_record; --\""), "/0/service", "invalid-name"),
        (raw_record("model", "\"m-2\""), "/0/model", "unknown-model"),
        (raw_record("site", "\"s-9\""), "/0/site", "unknown-site"),
        (raw_record("site", &deep), "/0/site", "wrong-type"),
        (raw_record("outcome", "\"done\""), "/0/outcome", "unknown-word"),
        (raw_record("boundary", "\"Server\""), "/0/boundary", "unknown-word"),
        (raw_record("input_tokens", "1.5"), "/0/input_tokens", "too-many-decimals"),
        (raw_record("input_tokens", "-1"), "/0/input_tokens", "out-of-range"),
        (raw_record("input_tokens", "9223372036854775808"), "/0/input_tokens", "out-of-range"),
        (raw_record("cached_tokens", "101"), "/0/cached_tokens", "subset-exceeds-whole"),
        (raw_record("reasoning_tokens", "51"), "/0/reasoning_tokens", "subset-exceeds-whole"),
        (raw_record("duration_ms", "1e12"), "/0/duration_ms", "out-of-range"),
        (raw_record("steps", "{}"), "/0/steps", "wrong-type"),
        (raw_record("steps", &deep), "/0/steps/0", "not-an-object"),
        (raw_record("steps", "[{\"kind\":\"tool\"}]"), "/0/steps/0", "energy-missing"),
        (raw_record("steps", "[{\"kind\":\"tool\",\"energy_wh\":1}]"), "/0/steps", "steps-exceed-task"),
        (raw_record("id", "\"a\",\"id\":\"b\""), "/0/id", "duplicate-field"),
        (raw_record("energy_wh", "0.25,\"energy_wh\":0.25"), "/0/energy_wh", "duplicate-field"),
        ("[]".to_owned(), "/0", "not-an-object"),
        ("null".to_owned(), "/0", "not-an-object"),
    ] {
        let what = &raw[..raw.len().min(300)];
        for (content_type, body) in
            [("application/json", format!("[{raw}]")), ("application/x-ndjson", format!("{raw}\n"))]
        {
            let request = provider.post("/v1/records").header("content-type", content_type).body(body);
            let problem = problem(what, request, 422, "records-refused").await;
            assert_eq!(problem["invalid"], 1, "{what}");
            let errors = problem["errors"].as_array().unwrap();
            let found = errors.iter().any(|error| error["pointer"] == pointer && error["code"] == code);
            assert!(found, "{what}: {pointer} {code} is not in {problem}");
            assert!(problem.to_string().len() < 4_000, "an answer does not repeat what was sent");
        }
    }
    assert_nothing_stored("wrong fields", &app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_lists_at_most_so_many_faults_and_counts_them_all() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let request = provider.post("/v1/records").json(&vec![json!({}); 2_000]);
    let problem = problem("2,000 empty records", request, 422, "records-refused").await;
    assert_eq!(problem["invalid"], 2_000);
    assert_eq!(problem["errors_total"], 16_000);
    assert_eq!(problem["errors"].as_array().unwrap().len(), 100);
    assert_nothing_stored("empty records", &app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_without_a_fitting_key_is_refused() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let disclose_only = provider.key(&[Scope::DisclosuresWrite]).await;
    let revoked = provider.key(&[Scope::RecordsWrite]).await;
    let others = app.provider("other").await.secret;
    key::revoke(&app.pool, provider.id, Named::Start(&revoked[..12]), now()).await.unwrap();
    let long = format!("Bearer twk_{}", "a".repeat(8_000));
    for (what, header, status, code) in [
        ("no key", None, 401, "key-missing"),
        ("another scheme", Some("Basic dXNlcjpwYXNz".to_owned()), 401, "key-missing"),
        ("the key alone", Some(provider.secret.clone()), 401, "key-missing"),
        ("an empty key", Some("Bearer ".to_owned()), 401, "key-missing"),
        ("an unknown key", Some(format!("Bearer twk_{}", "0".repeat(64))), 401, "key-invalid"),
        ("a key cut short", Some(format!("Bearer {}", &provider.secret[..40])), 401, "key-invalid"),
        ("a long key", Some(long), 401, "key-invalid"),
        ("a quote", Some("Bearer ' OR 1=1 --".to_owned()), 401, "key-invalid"),
        ("a revoked key", Some(format!("Bearer {revoked}")), 401, "key-invalid"),
        ("a key for something else", Some(format!("Bearer {disclose_only}")), 403, "scope-missing"),
    ] {
        let mut request = app.http.post(format!("{}/v1/records", app.url)).json(&json!([record("a")]));
        if let Some(header) = &header {
            request = request.header("authorization", header);
        }
        let again = request.try_clone().unwrap();
        let problem = problem(what, request, status, code).await;
        let secrets = [&provider.secret, &revoked, &disclose_only, &others];
        assert!(secrets.iter().all(|secret| !problem.to_string().contains(*secret)), "{what}");
        let challenge = again.send().await.unwrap().headers().get("www-authenticate").cloned();
        assert_eq!(challenge.is_some(), status == 401, "{what}");
    }
    let request = app.http.post(format!("{}/v1/records", app.url)).bearer_auth(&others);
    let request = request.json(&json!([record_with("a", "service", json!("acme-only"))]));
    provider.service("acme-only").await;
    problem("another provider's service", request, 422, "records-refused").await;
    assert_nothing_stored("keys", &app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_absurd_address_is_not_found() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let long = format!("/v1/{}", "a/".repeat(4_000));
    for path in [
        "/v1/",
        "/v1/nothing",
        "/v1/records/",
        "/v1/records/1",
        "/v1//records",
        "/v1/records%2F",
        "/v1/%00",
        "/v1/%ff%fe",
        "/v1/records%0d%0aSet-Cookie:%20a=b",
        "/v1/RECORDS",
        long.as_str(),
    ] {
        problem(path, provider.post(path).json(&json!([record("a")])), 404, "not-found").await;
    }
    for path in [
        "/v1/disclosures/1/versions/1/publish",
        "/v1/disclosures/x/versions/1/publish",
        "/v1/disclosures/99999999999999999999/versions/-1/publish",
        "/v1/disclosures/%00/versions/%ff/publish",
    ] {
        problem(path, provider.post(path), 404, "not-found").await;
    }
    assert_nothing_stored("addresses", &app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_method_is_answered_with_the_right_ones() {
    let app = TestApp::start().await;
    app.provider("acme").await;
    let publish = "/v1/disclosures/1/versions/1/publish";
    for (method, path, allow) in [
        (Method::GET, "/v1/records", "POST"),
        (Method::DELETE, "/v1/records", "POST"),
        (Method::from_bytes(b"BREW").unwrap(), "/v1/records", "POST"),
        (Method::PUT, "/v1/disclosures", "GET, HEAD, POST"),
        (Method::GET, publish, "POST"),
    ] {
        let what = format!("{method} {path}");
        let request = app.http.request(method, format!("{}{path}", app.url));
        let again = request.try_clone().unwrap().send().await.unwrap();
        assert_eq!(again.headers()["allow"], allow, "{what}");
        problem(&what, request, 405, "method-not-allowed").await;
    }
    let page = app.http.post(format!("{}/", app.url)).send().await.unwrap();
    assert_eq!((page.status().as_u16(), &page.headers()["allow"]), (405, &"GET, HEAD".parse().unwrap()));
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_get_a_page_that_says_what_happened_and_leads_on() {
    let app = TestApp::start().await;
    for path in [
        "/nothing",
        "/v1",
        "/v2/records",
        "/providers/nobody",
        "/providers/..%2f",
        "/providers/%ff",
        "/disclosures/1",
        "/disclosures/x",
        "/disclosures/99999999999",
        "/disclosures/1/v1",
        "/disclosures/1/v1/disclosure.json",
        "/disclosures/1/v1/SHA256SUMS",
        "/disclosures/1/v1/..%2f..%2fetc%2fpasswd",
        "/assets/../Cargo.toml",
        "/.env",
        "/%3Cscript%3Ealert(1)%3C/script%3E",
        "/?q=<script>x</script>&x=/nothing&",
        "/index.php",
    ] {
        let response = app.get(path).await;
        let status = response.status().as_u16();
        if path.starts_with("/?") {
            assert_eq!(status, 200, "{path}");
        } else {
            assert_eq!(status, 404, "{path}");
        }
        let headers = response.headers().clone();
        assert_eq!(headers["content-type"], "text/html; charset=utf-8", "{path}");
        assert!(
            headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"),
            "{path}"
        );
        let page = response.text().await.unwrap();
        assert_own_words(path, &page);
        assert!(page.contains("href=\"/\""), "{path}: {page}");
        assert!(!page.contains("<script"), "{path}: {page}");
        if status == 404 {
            assert!(page.contains(headers["x-request-id"].to_str().unwrap()), "{path}: {page}");
        }
    }
}
