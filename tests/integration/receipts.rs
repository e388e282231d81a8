//! Receipts: what batches count, and the digest that anyone can compute from what was sent.

use crate::support::{
    Provider, TestApp, counts, ndjson_of, now, record, record_with, record_with_all, window, window_with,
};
use crate::tables::records_with_everything;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;
use taskwatt::app::Clock;
use taskwatt::domain::batch::{BatchKind, Content};

/// What the program of `docs/receipts.md` says of an NDJSON file.
fn digest(provider: &str, lines: &str) -> String {
    let document = include_str!("../../docs/receipts.md");
    let program = document.split("```python\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let dir = std::env::temp_dir().join(format!("taskwatt-receipts-{}-{}", std::process::id(), lines.len()));
    std::fs::create_dir_all(&dir).unwrap();
    let write = |name: &str, text: &str| -> PathBuf {
        let path = dir.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let (program, file) = (write("digest.py", program), write("sent.ndjson", lines));
    let run = Command::new("python3").arg(program).arg(provider).arg(file).output().unwrap();
    std::fs::remove_dir_all(&dir).unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_in_the_document_computes_the_digest_of_a_receipt() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let mut records = records_with_everything();
    for (index, id) in [
        "request 7",
        "ünïcode/→",
        "67E55044-10B1-426F-9247-BB680E5FE0C8",
        "67e5504410b1426f9247bb680e5fe0c9",
        "urn:uuid:67e55044-10b1-426f-9247-bb680e5fe0ca",
        "{67e55044-10b1-426f-9247-bb680e5fe0cb}",
        // No UUID to the service, though some libraries would read one.
        "67e5-504410b1426f9247bb680e5fe0cc",
        "urn:uuid:67e5504410b1426f9247bb680e5fe0cd",
        "\"quoted\", 'both' \\",
    ]
    .into_iter()
    .enumerate()
    {
        let fields = json!({
            "started_at": (["2025-10-01t12:00:00.123456789z", "2025-10-01 02:30:00-09:30"][index % 2]),
            "energy_wh": null, "energy_kwh": (["1E-7", "0.000000250000"][index % 2]), "input_tokens": "1e2",
        });
        records.push(record_with_all(id, &fields));
    }
    let lines = ndjson_of(&records);
    let (status, receipt) = provider.post_ndjson(lines.clone()).await;
    assert_eq!((status, counts(&receipt)), (200, [15, 0, 0, 0]), "{receipt}");
    assert_eq!(receipt["digest"], digest("acme", &lines));
    // Other bytes for the same, mixed with what is refused: the digest is of what is stored.
    let mixed = ndjson_of(&[
        record_with("wrong", "model", json!("m-9")),
        record_with("request 8", "energy_wh", json!(9)),
        records[0].clone(),
        record("new"),
    ]);
    let (status, problem) = provider.post_ndjson(mixed).await;
    assert_eq!((status, counts(&problem)), (422, [2, 1, 0, 1]), "{problem}");
    assert_ne!(problem["digest"], receipt["digest"]);
    let stored =
        ndjson_of(&[record_with("request 8", "energy_wh", json!(9)), records[0].clone(), record("new")]);
    assert_eq!(problem["digest"], digest("acme", &stored));
    let windows = [
        window("w"),
        window_with(
            "9e107d9d-372b-4b68-a1d2-000000000001",
            &json!({
                "accelerator": "B200", "place": "cloud", "tasks_cancelled": 1, "reasoning_tokens": 9,
                "from": "2025-10-02T00:00:00+00:00", "to": "2025-10-02T00:59:59.9999999Z",
                "histogram": [
                    {"energy_j": "0.000127", "tasks": 1}, {"energy_j": 0.000128, "tasks": 1},
                    {"energy_wh": "0.002", "tasks": 1}, {"energy_kwh": "0.000002", "tasks": 0},
                ],
            }),
        ),
        window_with(
            "bare",
            &json!({
                "histogram": null, "energy_sq_j2": null, "cached_tokens": null, "tasks_failed": null,
                "task_type": "ocr",
            }),
        ),
    ];
    let lines = ndjson_of(&windows);
    let (status, receipt) = provider.post_windows(&json!(windows)).await;
    // The records above are of another time than these windows, but for the first and the last.
    assert_eq!((status, counts(&receipt)[3]), (422, 1), "{receipt}");
    assert_eq!(receipt["digest"], digest("acme", &lines[lines.find('\n').unwrap() + 1..]));
    assert_eq!(digest("acme", ""), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

#[tokio::test(flavor = "multi_thread")]
async fn small_requests_of_a_key_and_minute_share_a_batch_and_larger_ones_have_their_own() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let second_key = provider.key(&[taskwatt::domain::terms::Scope::RecordsWrite]).await;
    let other_key = Provider { app: &app, id: provider.id, secret: second_key };
    let records = |prefix: &str, count: usize| -> Value {
        (0..count).map(|n| record(&format!("{prefix}{n}"))).collect::<Vec<_>>().into()
    };
    let (_, first) = provider.post_records(&records("a", 3)).await;
    let (_, second) = provider.post_records(&records("a", 100)).await;
    let (_, third) =
        provider.post_records(&json!([record("b"), record_with("a0", "energy_wh", json!(7)), {}])).await;
    for receipt in [&second, &third] {
        assert_eq!(receipt["batch"], first["batch"]);
    }
    let batch = provider.batch(&first).await;
    assert_eq!(
        (batch.kind, batch.content, batch.requests, batch.faults),
        (BatchKind::Gathered, Content::Records, 3, 9)
    );
    let stored = batch.counts;
    assert_eq!([stored.accepted, stored.duplicates, stored.conflicts, stored.invalid], [101, 3, 1, 1]);
    assert_eq!((batch.stored_sha256, batch.times.late, batch.received_at), (None, 101, now()));
    // Records and windows are not gathered together, nor the requests of two keys.
    let windows = json!([window_with("w", &json!({"task_type": "code"}))]);
    let (_, gathered) = provider.post_windows(&windows).await;
    assert_ne!(gathered["batch"], first["batch"]);
    assert_eq!(provider.batch(&gathered).await.content, Content::Windows);
    let (_, by_other) = other_key.post_records(&records("c", 1)).await;
    assert_ne!(by_other["batch"], first["batch"]);
    assert_ne!(provider.batch(&by_other).await.key_start, batch.key_start);
    // One record more, and more faults than an answer lists.
    let (_, large) = provider.post_records(&records("d", 101)).await;
    let batch = provider.batch(&large).await;
    assert_eq!((batch.kind, batch.requests, batch.counts.accepted), (BatchKind::Request, 1, 101));
    assert_eq!(large["digest"], format!("sha256:{}", hex::encode(batch.stored_sha256.unwrap())));
    let (_, faulty) = provider.post_records(&json!(vec![json!({}); 20])).await;
    let batch = provider.batch(&faulty).await;
    assert_eq!(
        (batch.kind, batch.faults, provider.faults(&faulty).await.len()),
        (BatchKind::Request, 160, 160)
    );
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_minute_has_a_batch_of_its_own() {
    let schema = crate::support::make_schema().await;
    let first = TestApp::serve(crate::support::open_schema(&schema).await).await;
    let provider = first.provider("acme").await;
    let (_, one) = provider.post_records(&json!([record("a")])).await;
    // The same store, a minute later by the clock.
    let pool = crate::support::open_schema(&schema).await;
    let store = std::sync::OnceLock::new();
    let later = TestApp::serve_with(pool, |app| {
        store.set(app.store.clone()).unwrap();
        app.clock = Clock::Fixed(now() + chrono::TimeDelta::seconds(60));
    })
    .await;
    let elsewhere = Provider { app: &later, id: provider.id, secret: provider.secret.clone() };
    let early = TestApp::serve_with(crate::support::open_schema(&schema).await, |app| {
        app.store = store.get().unwrap().clone();
        app.clock = Clock::Fixed(now() + chrono::TimeDelta::milliseconds(59_999));
    })
    .await;
    let sooner = Provider { app: &early, id: provider.id, secret: provider.secret.clone() };
    let (_, two) = sooner.post_records(&json!([record("b")])).await;
    let (_, three) = elsewhere.post_records(&json!([record("c")])).await;
    assert_ne!(two["batch"], three["batch"]);
    assert_ne!(one["batch"], two["batch"], "another process has batches of its own");
    assert_eq!(provider.batch(&three).await.received_at.to_rfc3339(), "2026-01-15T00:01:00+00:00");
}
