//! Limits that protect the service from a client with a valid key.

use crate::support::{TestApp, answer, brief, record};
use serde_json::json;

/// A zstd frame of blocks that each repeat one byte 128 KiB times: 4 bytes unfold to 131,072.
fn zstd_bomb(blocks: usize) -> Vec<u8> {
    // Magic number; frame header: no content size, no checksum, window of 128 KiB (2^(10 + 7)).
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 7 << 3];
    for block in 0..blocks {
        let is_last = u32::from(block + 1 == blocks);
        // Block header: last, type 1 (repeat), size 131,072.
        let header = is_last | (1 << 1) | (131_072 << 3);
        frame.extend_from_slice(&header.to_le_bytes()[..3]);
        frame.push(b' ');
    }
    frame
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zstd_bomb_is_refused_at_the_limit() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    // 64 kB that unfold to 2 GiB.
    let bomb = zstd_bomb(16_384);
    assert!(bomb.len() < 70_000);
    let request = provider.post("/v1/records").header("content-type", "application/json");
    let sent = request.header("content-encoding", "zstd").body(bomb).send().await.unwrap();
    let (status, problem) = answer(sent).await;
    assert_eq!((status, &problem["code"]), (413, &json!("body-too-large")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zstd_body_is_taken() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let body = zstd::encode_all(json!([record("r-1")]).to_string().as_bytes(), 0).unwrap();
    let request = provider.post("/v1/records").header("content-type", "application/json");
    let sent = request.header("content-encoding", "zstd").body(body.clone()).send().await.unwrap();
    assert_eq!(brief(answer(sent).await), (200, json!({"accepted": 1, "duplicates": 0})));
    let request = provider.post("/v1/records").header("content-type", "application/json");
    let cut = body[..body.len() - 5].to_vec();
    let sent = request.header("content-encoding", "zstd").body(cut).send().await.unwrap();
    let (status, problem) = answer(sent).await;
    assert_eq!((status, &problem["code"]), (400, &json!("invalid-request")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_faults_are_listed_and_all_are_counted() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let (status, problem) = provider.post_ndjson("{}\n".repeat(2_000)).await;
    assert_eq!(status, 422);
    assert_eq!(problem["invalid"], 2_000);
    // Seven required fields and the energy are missing in each.
    assert_eq!(problem["errors_total"], 16_000);
    assert_eq!(problem["errors"].as_array().unwrap().len(), 100);
}
