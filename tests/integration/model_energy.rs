//! The energy of a task of one model, for evaluation and routing.

use crate::disclosures::october;
use crate::support::{Provider, TestApp, answer, record_with_all};
use reqwest::header;
use serde_json::{Value, json};

const PATH: &str = "/v1/services/chat/models/m-1/energy";

async fn metered(provider: &Provider<'_>, id: &str, day: &str, wh: &str) {
    let fields = json!({"energy_wh": wh, "boundary": "facility", "evidence": "metered",
        "started_at": format!("{day}T12:00:00Z"), "output_tokens": 500});
    let (status, told) = provider.post_records(&json!([record_with_all(id, &fields)])).await;
    assert_eq!(status, 200, "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_published_is_read_without_a_key_and_says_that_it_is_signed_off() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    metered(&provider, "a", "2025-10-03", "1").await;
    metered(&provider, "b", "2025-10-04", "2").await;
    let path = format!("{PATH}?provider=acme");
    let (status, problem) = answer(app.get(&path).await).await;
    assert_eq!((status, &problem["code"]), (404, &json!("not-found")), "nothing is published yet");
    let address = provider.publish(&october()).await;
    let response = app.get(&path).await;
    assert_eq!(response.headers()[header::CACHE_CONTROL], "public, max-age=300");
    let etag = response.headers()[header::ETAG].clone();
    let (status, energy) = answer(response).await;
    let expected = json!({
        "provider": "acme", "service": "chat", "model": "m-1", "task_type": "all", "boundary": "facility",
        "energy_per_task_wh": "1.500000000000", "energy_per_task_low_wh": "1.425000000000",
        "energy_per_task_high_wh": "1.575000000000", "energy_per_1000_output_tokens_wh": "3.000000000000",
        "tasks_completed": "2", "evidence": "metered",
        "evidence_shares": [{"evidence": "metered", "share": "1.000000"}],
        "period_from": "2025-10-01T00:00:00Z", "period_to": "2025-11-01T00:00:00Z", "method_version": "0.7.0",
        "signed_off": true, "disclosure": format!("{}{address}", app.url),
    });
    assert_eq!((status, &energy), (200, &expected));
    let known = app.http.get(format!("{}{path}", app.url)).header(header::IF_NONE_MATCH, etag);
    assert_eq!(known.send().await.unwrap().status(), 304);
    // With a key the address need not name the provider; then the answer is for that key alone.
    let response = provider.get(PATH).await;
    assert_eq!(response.headers()[header::CACHE_CONTROL], "private, max-age=300");
    assert_eq!(answer(response).await, (200, expected.clone()));
    let rival = app.provider("rival").await;
    assert_eq!(answer(rival.get(PATH).await).await.0, 404, "the same address, with the key of another");
    let response = rival.get(&path).await;
    assert_eq!(response.headers()[header::CACHE_CONTROL], "public, max-age=300");
    assert_eq!(answer(response).await, (200, expected.clone()));
    // A later period is in force from the moment when it is published.
    metered(&provider, "c", "2025-11-04", "9").await;
    let (_, energy) = answer(app.get(&path).await).await;
    assert_eq!(energy, expected, "records alone change nothing that is published");
    provider.publish(&json!({"service": "chat", "from": "2025-11-01", "to": "2025-12-01"})).await;
    let (_, energy) = answer(app.get(&format!("{path}&task_type=chat")).await).await;
    assert_eq!(
        (&energy["energy_per_task_wh"], &energy["task_type"]),
        (&json!("9.000000000000"), &json!("chat"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_that_is_not_published_is_told_to_its_provider_alone_and_is_not_signed_off() {
    let app = TestApp::start().await;
    let (provider, rival) = (app.provider("acme").await, app.provider("rival").await);
    metered(&provider, "a", "2025-10-03", "1").await;
    let current = format!("{PATH}?from=2025-10-01&to=2025-11-01");
    let response = provider.get(&current).await;
    assert_eq!(response.headers()[header::CACHE_CONTROL], "private, no-cache");
    let (status, energy) = answer(response).await;
    assert_eq!(status, 200, "{energy}");
    assert_eq!((&energy["signed_off"], &energy["disclosure"]), (&json!(false), &Value::Null));
    assert_eq!(energy["energy_per_task_wh"], "1.000000000000");
    let refused = [
        (answer(app.get(&format!("{current}&provider=acme")).await).await, 401, "key-missing"),
        (answer(rival.get(&current).await).await, 422, "nothing-to-disclose"),
        (answer(rival.get(&format!("{current}&provider=acme")).await).await, 422, "invalid-fields"),
        (answer(provider.get(&format!("{PATH}?from=2025-10-01")).await).await, 422, "invalid-fields"),
        (answer(provider.get(&format!("{current}&task_type=code")).await).await, 404, "not-found"),
        (answer(app.get(PATH).await).await, 422, "invalid-fields"),
        (answer(app.get(&format!("{PATH}?provider=nobody")).await).await, 404, "not-found"),
    ];
    for (index, ((status, problem), expected, code)) in refused.into_iter().enumerate() {
        assert_eq!((status, &problem["code"]), (expected, &json!(code)), "{index}: {problem}");
    }
}

fn note_of(fields: &Value) -> Value {
    let mut body = json!({"service": "chat", "model": "m-1", "task_type": "chat", "site": "s-1", "energy_wh": "1",
        "boundary": "facility", "evidence": "metered", "started_at": "2025-10-03T12:00:00Z"});
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    body.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn the_note_of_a_record_is_what_a_disclosure_of_it_alone_would_say() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let fields = json!({"energy_wh": 0.25, "boundary": "server", "evidence": "counter",
        "started_at": "2025-10-03T12:34:56.789Z"});
    assert_eq!(provider.post_records(&json!([record_with_all("a", &fields)])).await.0, 200);
    let note = async |body: Value| answer(provider.post("/v1/notes").json(&body).send().await.unwrap()).await;
    let (status, told) = note(json!({"id": "a", "started_at": "2025-10-03T12:34:56.789Z"})).await;
    // 0.25 · 1.12 · 1.36, both defaults: ± 10 %, ± 25 % and ± 15 %.
    let expected = json!({"energy_wh": "0.380800000000", "energy_low_wh": "0.218484000000",
        "energy_high_wh": "0.602140000000", "evidence": "counter", "estimated": false, "boundary": "facility",
        "method_version": "0.7.0", "language": "en",
        "equivalent": "0.38\u{a0}Wh, as much as a 1,500\u{a0}W hair dryer uses in 0.9\u{a0}s",
        "text": "This answer: 0.38\u{a0}Wh, as much as a 1,500\u{a0}W hair dryer uses in 0.9\u{a0}s. 95 % interval: \
            0.22–0.60\u{a0}Wh. How it is known: device counters, for the whole data centre, cooling included."});
    assert_eq!((status, &told), (200, &expected));
    let of_energy =
        note_of(&json!({"energy_wh": null, "energy_j": "900", "boundary": "server", "evidence": "counter"}));
    assert_eq!(note(of_energy).await, (200, expected.clone()));
    let address = provider.publish(&october()).await;
    let german = json!({"id": "a", "started_at": "2025-10-03T12:34:56.789Z", "language": "de-AT"});
    let (_, told) = note(german).await;
    let text = told["text"].as_str().unwrap();
    assert!(
        text.starts_with("Diese Antwort: 0,38") && text.ends_with(&format!("Mehr: {}{address}", app.url)),
        "{text}"
    );
    assert_eq!(told["disclosure"], format!("{}{address}", app.url));
    let (_, energy) = answer(app.get(&format!("{PATH}?provider=acme")).await).await;
    assert_eq!(energy["energy_per_task_wh"], told["energy_wh"], "one task is its own mean");
    assert_eq!(energy["energy_per_task_high_wh"], told["energy_high_wh"]);
    assert_eq!(app.count("task_record").await, 1, "a note stores nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_of_an_answer_without_energy_is_estimated_and_says_so() {
    let app = TestApp::start().await;
    let provider = crate::registry::registrar(&app, "acme").await;
    let mut record = record_with_all("a", &json!({"output_tokens": 1500}));
    record
        .as_object_mut()
        .unwrap()
        .retain(|name, _| !["energy_wh", "boundary", "evidence"].contains(&name.as_str()));
    assert_eq!(provider.post_records(&json!([record])).await.0, 200);
    let note = async || {
        let body = json!({"id": "a", "started_at": "2025-10-01T12:00:00Z"});
        answer(provider.post("/v1/notes").json(&body).send().await.unwrap()).await
    };
    let (status, problem) = note().await;
    assert_eq!((status, &problem["code"]), (422, &json!("no-estimate")), "{problem}");
    let coefficient = json!({"from": "2025-01-01", "to": "2026-01-01", "output_token_j": "2.4", "boundary": "it",
        "hardware": "H100", "source": "Our bench", "licence": "CC0-1.0"});
    assert_eq!(crate::registry::post(&provider, "/v1/models/m-1/coefficients", &coefficient).await.0, 201);
    let (status, told) = note().await;
    // 3,600 J of IT at the default PUE of 1.36.
    assert_eq!((status, &told["energy_wh"]), (200, &json!("1.360000000000")), "{told}");
    assert_eq!((&told["estimated"], &told["evidence"]), (&json!(true), &json!("modelled")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_refused_with_every_fault_and_never_of_a_foreign_record() {
    let app = TestApp::start().await;
    let (provider, rival) = (app.provider("acme").await, app.provider("rival").await);
    metered(&provider, "a", "2025-10-03", "1").await;
    let failed = json!({"outcome": "failed", "started_at": "2025-10-04T12:00:00Z"});
    assert_eq!(provider.post_records(&json!([record_with_all("b", &failed)])).await.0, 200);
    let at = "2025-10-03T12:00:00Z";
    let foreign = json!({"id": "a", "started_at": at});
    let (status, _) = answer(rival.post("/v1/notes").json(&foreign).send().await.unwrap()).await;
    assert_eq!(status, 404);
    for (body, status, faults) in [
        (json!({"id": "a", "started_at": "2025-10-03T12:00:01Z"}), 404, ""),
        (json!({"id": "a"}), 422, "/started_at missing-field"),
        (json!({"id": "", "started_at": at}), 422, "/id invalid-id"),
        (json!({"id": "a", "started_at": at, "language": "tlh"}), 422, "/language unknown-word"),
        (json!({"id": "a", "started_at": "2019-12-31T23:59:59Z"}), 422, "/started_at time-too-early"),
        (json!({"id": "a", "started_at": at, "energy_wh": 1}), 422, "/energy_wh field-misplaced"),
        (json!({"id": "b", "started_at": "2025-10-04T12:00:00Z"}), 422, "/id nothing-to-disclose"),
        (note_of(&json!({"energy_wh": null})), 422, "/energy_wh energy-missing"),
        (note_of(&json!({"energy_j": 1})), 422, "/energy_j energy-twice"),
        (
            note_of(&json!({"service": "x", "model": "x", "site": "x"})),
            422,
            "/service unknown-service /model unknown-model /site unknown-site",
        ),
    ] {
        let (found, problem) = answer(provider.post("/v1/notes").json(&body).send().await.unwrap()).await;
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        let errors: Vec<String> = errors
            .iter()
            .map(|fault| format!("{} {}", fault["pointer"], fault["code"]).replace('"', ""))
            .collect();
        assert_eq!((found, errors.join(" ").as_str()), (status, faults), "{body}: {problem}");
    }
}
