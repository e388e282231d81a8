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
        "period_from": "2025-10-01T00:00:00Z", "period_to": "2025-11-01T00:00:00Z", "method_version": "0.4.0",
        "signed_off": true, "disclosure": format!("{}{address}", app.url),
    });
    assert_eq!((status, &energy), (200, &expected));
    let known = app.http.get(format!("{}{path}", app.url)).header(header::IF_NONE_MATCH, etag);
    assert_eq!(known.send().await.unwrap().status(), 304);
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
