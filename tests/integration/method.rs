//! The proof of the method: golden vectors, the traps of its list, and properties that no way of sending changes.

mod golden;
mod properties;
mod traps;

use crate::support::{Provider, answer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// October 2025 of the service `chat`.
fn october() -> Value {
    json!({"service": "chat", "from": "2025-10-01", "to": "2025-11-01"})
}

/// Builds a draft and answers its stored document.
pub(crate) async fn document(provider: &Provider<'_>, request: &Value) -> Value {
    let (status, built) = provider.build(request).await;
    assert_eq!(status, 201, "{built}");
    let number = |member: &str| i32::try_from(built[member].as_i64().unwrap()).unwrap();
    let bytes: Vec<u8> =
        sqlx::query_scalar("SELECT document FROM disclosure WHERE number = $1 AND version = $2")
            .bind(number("number"))
            .bind(number("version"))
            .fetch_one(&provider.app.pool)
            .await
            .unwrap();
    assert_eq!(built["document_sha256"], hex::encode(Sha256::digest(&bytes)));
    serde_json::from_slice(&bytes).unwrap()
}

/// The value of one figure; `member` names the part that a share is of.
pub(crate) fn fact<'a>(document: &'a Value, concept: &str, task_type: &str, member: Option<&str>) -> &'a str {
    let facts = document["facts"].as_array().unwrap();
    let found: Vec<&Value> = facts
        .iter()
        .filter(|fact| fact["concept"] == concept && fact["task_type"] == task_type)
        .filter(|fact| fact["member"]["name"].as_str() == member)
        .collect();
    assert_eq!(found.len(), 1, "{concept} of {task_type}, {member:?}");
    found[0]["value"].as_str().unwrap()
}

/// Sends one record, and asserts that it is stored.
async fn send(provider: &Provider<'_>, records: &Value) {
    let (status, receipt) = provider.post_records(records).await;
    assert_eq!(status, 200, "{receipt}");
    assert_eq!(receipt["accepted"], records.as_array().unwrap().len(), "{receipt}");
}

/// Everything odd that is found of a provider in a period.
async fn findings(provider: &Provider<'_>, query: &str) -> Vec<Value> {
    let (status, body) = answer(provider.get(&format!("/v1/findings?{query}")).await).await;
    assert_eq!(status, 200, "{body}");
    body["findings"].as_array().unwrap().clone()
}
