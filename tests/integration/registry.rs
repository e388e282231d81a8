//! The registry: services, models and sites under their names, and what may change of them.

mod declared;

use crate::support::{Provider, TestApp, answer, record};
use reqwest::Method;
use serde_json::{Value, json};
use taskwatt::domain::terms::Scope;

/// A provider with a key that may read and register.
pub(crate) async fn registrar<'a>(app: &'a TestApp, key: &str) -> Provider<'a> {
    let provider = app.provider(key).await;
    let secret =
        provider.key(&[Scope::Read, Scope::RegistryWrite, Scope::RecordsWrite, Scope::DisclosuresWrite]);
    Provider { secret: secret.await, ..provider }
}

/// Sends a request with the provider's key.
pub(crate) async fn send(
    provider: &Provider<'_>,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> (u16, Value) {
    let request = provider.app.http.request(method, format!("{}{path}", provider.app.url));
    let request = request.bearer_auth(&provider.secret);
    let request = match body {
        Some(body) => request.json(body),
        None => request,
    };
    answer(request.send().await.unwrap()).await
}

pub(crate) async fn get(provider: &Provider<'_>, path: &str) -> (u16, Value) {
    send(provider, Method::GET, path, None).await
}

pub(crate) async fn put(provider: &Provider<'_>, path: &str, body: &Value) -> (u16, Value) {
    send(provider, Method::PUT, path, Some(body)).await
}

pub(crate) async fn post(provider: &Provider<'_>, path: &str, body: &Value) -> (u16, Value) {
    send(provider, Method::POST, path, Some(body)).await
}

/// Pointer and code of every fault, in the order of the pointers.
pub(crate) fn faults(problem: &Value) -> String {
    let errors = problem["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut faults: Vec<String> =
        errors.iter().map(|error| format!("{} {}", text(&error["pointer"]), text(&error["code"]))).collect();
    faults.sort_unstable();
    faults.join(", ")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_made_changed_and_read() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let first =
        json!({"name": "Search", "energy_method": "Meters.\nShared out by time.", "note": "Ask Kim."});
    let stored = json!({
        "service": "search", "name": "Search", "energy_method": "Meters.\nShared out by time.",
        "retrieval_and_tools": "unknown", "user_device": "unknown", "note": "Ask Kim.",
    });
    assert_eq!(put(&acme, "/v1/services/search", &first).await, (201, stored.clone()));
    assert_eq!(put(&acme, "/v1/services/search", &first).await, (200, stored.clone()));
    assert_eq!(get(&acme, "/v1/services/search").await, (200, stored));
    let (status, changed) = put(&acme, "/v1/services/search", &json!({"name": "Suche", "note": null})).await;
    let expected = json!({
        "service": "search", "name": "Suche", "retrieval_and_tools": "unknown", "user_device": "unknown",
    });
    assert_eq!((status, &changed), (200, &expected));
    assert_eq!(get(&acme, "/v1/services/search").await, (200, changed));
    let (status, problem) = get(&acme, "/v1/services/nothing").await;
    assert_eq!((status, &problem["code"]), (404, &json!("not-found")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_client_holds_already_is_not_sent_again() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let ask = async |etag: Option<&str>| {
        let request = app.http.get(format!("{}/v1/models/m-1", app.url)).bearer_auth(&acme.secret);
        let request = match etag {
            Some(etag) => request.header("if-none-match", etag),
            None => request,
        };
        request.send().await.unwrap()
    };
    let etag = ask(None).await.headers()["etag"].to_str().unwrap().to_owned();
    for held in [etag.clone(), format!("W/{etag}"), format!("\"other\", {etag}"), "*".to_owned()] {
        let response = ask(Some(&held)).await;
        assert_eq!(response.status(), 304, "{held}");
        assert_eq!(response.headers()["etag"], etag.as_str());
        assert_eq!(response.text().await.unwrap(), "");
    }
    assert_eq!(ask(Some("\"other\"")).await.status(), 200);
    put(&acme, "/v1/models/m-1", &json!({"name": "Renamed", "version": "1.0"})).await;
    assert_eq!(ask(Some(&etag)).await.status(), 200, "it changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn names_with_slashes_colons_and_ats_are_percent_encoded_in_addresses() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let path = "/v1/models/meta-llama%2FLlama-3.1-70B%3Afp8%40v2";
    let (status, made) = put(&acme, path, &json!({"name": "Llama"})).await;
    assert_eq!((status, &made["model"]), (201, &json!("meta-llama/Llama-3.1-70B:fp8@v2")));
    // What need not be encoded may stay, and a plus is a plus.
    assert_eq!(get(&acme, "/v1/models/meta-llama%2fLlama-3.1-70B:fp8@v2").await.0, 200);
    assert_eq!(
        put(&acme, "/v1/sites/a+b%2B%2e", &json!({"name": "S", "zone": "DE"})).await.1["site"],
        "a+b+."
    );
    assert_eq!(get(&acme, &format!("{path}/coefficients")).await, (200, json!({"coefficients": []})));
    assert_eq!(get(&acme, "/v1/models/meta-llama/Llama-3.1-70B:fp8@v2").await.0, 404);
    // What was decoded once is not decoded again.
    assert_eq!(get(&acme, "/v1/models/meta-llama%252FLlama-3.1-70B%3Afp8%40v2").await.0, 404);
    for bad in ["%00", "%2Fa", "a%20b", "%FF", "a%0Ab"] {
        assert_eq!(get(&acme, &format!("/v1/models/{bad}")).await.0, 404, "{bad}");
        let (status, problem) = put(&acme, &format!("/v1/models/{bad}"), &json!({"name": "M"})).await;
        assert_eq!((status, &problem["code"]), (422, &json!("invalid-name")), "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_go_on_from_their_cursor() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    for name in ["b", "a", "c%2Fd", "z"] {
        put(&acme, &format!("/v1/models/{name}"), &json!({"name": "M"})).await;
    }
    let mut names = Vec::new();
    let mut path = "/v1/models?limit=2".to_owned();
    let mut pages = 0;
    loop {
        let (status, page) = get(&acme, &path).await;
        assert_eq!(status, 200, "{page}");
        pages += 1;
        names.extend(page["models"].as_array().unwrap().iter().map(|model| model["model"].clone()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/models?limit=2&cursor={}", cursor.replace('/', "%2F"));
    }
    assert_eq!((pages, json!(names)), (3, json!(["a", "b", "c/d", "m-1", "z"])));
    for bad in ["limit=0", "limit=501", "cursor=%00", "offset=3", "limit=1&limit=2"] {
        let (status, problem) = get(&acme, &format!("/v1/models?{bad}")).await;
        assert_eq!((status, &problem["code"]), (400, &json!("invalid-request")), "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zone_and_a_version_are_fixed_by_the_first_record() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    assert_eq!(put(&acme, "/v1/sites/s-1", &json!({"name": "Hall", "zone": "FR"})).await.0, 200);
    assert_eq!(put(&acme, "/v1/models/m-1", &json!({"name": "M", "version": "1.1"})).await.0, 200);
    assert_eq!(put(&acme, "/v1/models/m-2", &json!({"name": "M"})).await.0, 201);
    let mut second = record("r-2");
    second["model"] = json!("m-2");
    assert_eq!(acme.post_records(&json!([record("r-1"), second])).await.0, 200);

    let (status, problem) = put(&acme, "/v1/sites/s-1", &json!({"name": "Hall", "zone": "DE"})).await;
    assert_eq!((status, &problem["code"]), (409, &json!("meaning-fixed")));
    assert_eq!(problem["detail"], "records name 's-1', so its zone cannot change");
    for version in [json!("1.2"), Value::Null] {
        let (status, problem) = put(&acme, "/v1/models/m-1", &json!({"name": "M", "version": version})).await;
        assert_eq!((status, &problem["code"]), (409, &json!("meaning-fixed")), "{version}");
    }
    assert_eq!(get(&acme, "/v1/sites/s-1").await.1["zone"], "FR");
    assert_eq!(get(&acme, "/v1/models/m-1").await.1["version"], "1.1");
    // Names and remarks may change, and what was not told may be added.
    let kept = json!({"name": "Hall 2", "zone": "FR", "note": "Moved."});
    assert_eq!(put(&acme, "/v1/sites/s-1", &kept).await.0, 200);
    assert_eq!(put(&acme, "/v1/models/m-1", &json!({"name": "N", "version": "1.1"})).await.0, 200);
    assert_eq!(put(&acme, "/v1/models/m-2", &json!({"name": "M", "version": "2.0"})).await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_has_parameters_and_a_baseline_that_does_not_lead_back() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let mixture = json!({
        "name": "Mixture", "version": "2", "released_on": "2024-02-29", "parameters_total": "46700000000",
        "parameters_active": 12_900_000_000_i64, "batch_size": 32, "precision_bits": 8, "accelerators": 2,
        "baseline": "m-1",
    });
    let (status, made) = put(&acme, "/v1/models/m-2", &mixture).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!(made["parameters_total"], 46_700_000_000_i64);
    assert_eq!((&made["baseline"], &made["released_on"]), (&json!("m-1"), &json!("2024-02-29")));
    let run = ["batch_size", "precision_bits", "accelerators"].map(|field| made[field].as_i64());
    assert_eq!(run, [Some(32), Some(8), Some(2)]);
    assert_eq!(get(&acme, "/v1/models/m-2").await, (200, made));
    assert_eq!(put(&acme, "/v1/models/m-3", &json!({"name": "M", "baseline": "m-2"})).await.0, 201);

    let one = async |model: &str, baseline: &str| {
        let body = json!({"name": "M", "version": "1.0", "baseline": baseline});
        let (status, problem) = put(&acme, &format!("/v1/models/{model}"), &body).await;
        assert_eq!(status, 422, "{problem}");
        faults(&problem)
    };
    assert_eq!(one("m-1", "m-3").await, "/baseline baseline-cycle");
    assert_eq!(one("m-1", "m-1").await, "/baseline baseline-cycle");
    assert_eq!(one("new", "new").await, "/baseline baseline-cycle");
    assert_eq!(one("m-1", "nothing").await, "/baseline unknown-model");
    let rival = registrar(&app, "rival").await;
    put(&rival, "/v1/models/theirs", &json!({"name": "M"})).await;
    assert_eq!(one("m-1", "theirs").await, "/baseline unknown-model");
    assert_eq!(get(&acme, "/v1/models/m-1").await.1["baseline"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_baselines_that_are_set_together_do_not_close_a_cycle() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    for round in 0..8 {
        let (a, b) = (format!("/v1/models/a{round}"), format!("/v1/models/b{round}"));
        put(&acme, &a, &json!({"name": "A"})).await;
        put(&acme, &b, &json!({"name": "B"})).await;
        let (to_b, to_a) = (format!("b{round}"), format!("a{round}"));
        let (first, second) =
            (json!({"name": "A", "baseline": to_b}), json!({"name": "B", "baseline": to_a}));
        let both = tokio::join!(put(&acme, &a, &first), put(&acme, &b, &second));
        let mut statuses = [both.0.0, both.1.0];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 422]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_field_is_told_and_nothing_is_stored() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let (status, problem) = put(
        &acme,
        "/v1/models/m-9",
        &json!({
            "name": "", "version": 3, "released_on": "2025-02-29", "parameters_total": 7.5,
            "parameters_active": 0, "baseline": "a b", "note": "a\u{0}b", "colour": "red",
            "batch_size": 0, "precision_bits": 65, "accelerators": 100_001,
        }),
    )
    .await;
    assert_eq!(status, 422);
    assert_eq!(
        faults(&problem),
        "/accelerators out-of-range, /baseline invalid-name, /batch_size out-of-range, /colour unknown-field, /name invalid-text, /note invalid-text, \
         /parameters_active out-of-range, /parameters_total too-many-decimals, /precision_bits out-of-range, \
         /released_on date-invalid, /version wrong-type"
    );
    assert_eq!(get(&acme, "/v1/models/m-9").await.0, 404);
    let more = json!({"name": "M", "parameters_total": 5, "parameters_active": 6});
    let (_, problem) = put(&acme, "/v1/models/m-9", &more).await;
    assert_eq!(faults(&problem), "/parameters_active subset-exceeds-whole");
    let (_, problem) = put(&acme, "/v1/sites/s-9", &json!({"name": "S", "zone": "XX"})).await;
    assert_eq!(faults(&problem), "/zone unknown-zone");
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_no_object_or_name_a_field_twice_are_refused() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let send = async |media: &str, body: &'static str| {
        let request = app.http.put(format!("{}/v1/services/chat", app.url)).bearer_auth(&acme.secret);
        let (status, problem) =
            answer(request.header("content-type", media).body(body).send().await.unwrap()).await;
        format!("{status} {} {}", problem["code"].as_str().unwrap_or_default(), faults(&problem))
    };
    let json = "application/json";
    assert_eq!(send(json, "[]").await, "422 wrong-type ");
    assert_eq!(send(json, "{\"name\": \"C\"").await, "400 invalid-json ");
    assert_eq!(send("text/plain", "{}").await, "415 unsupported-media-type ");
    let twice = send(json, "{\"name\": \"C\", \"name\": \"D\"}").await;
    assert_eq!(twice, "422 invalid-fields /name duplicate-field");
    assert_eq!(get(&acme, "/v1/services/chat").await.1["name"], "Service chat");
}
