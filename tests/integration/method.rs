//! The proof of the method: golden vectors, the traps of its list, and properties that no way of sending changes.

mod golden;
mod properties;
mod traps;

pub(crate) use crate::disclosures::{built as document, fact, october};
use crate::support::{Provider, answer};
use serde_json::Value;

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
