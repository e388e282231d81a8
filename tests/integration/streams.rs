//! Bodies of any length: stored as they arrive, told of with counts and every fault, and safe to send again
//! after they broke.

use crate::records::gzip;
use crate::support::{Provider, TestApp, answer, counts, ndjson_of, record, record_with, record_with_all};
use serde_json::{Value, json};
use taskwatt::domain::batch::{BatchKind, BatchState, Content};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use uuid::Uuid;

const NDJSON: &str = "application/x-ndjson";

/// Sends the head and some chunks of a body without a declared length.
async fn send_chunked(provider: &Provider<'_>, parts: &[&[u8]]) -> TcpStream {
    let host = provider.app.url.strip_prefix("http://").unwrap();
    let mut socket = TcpStream::connect(host).await.unwrap();
    let head = format!(
        "POST /v1/records HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {}\r\ncontent-type: {NDJSON}\r\n\
         transfer-encoding: chunked\r\nconnection: close\r\n\r\n",
        provider.secret
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    for part in parts {
        socket.write_all(format!("{:x}\r\n", part.len()).as_bytes()).await.unwrap();
        socket.write_all(part).await.unwrap();
        socket.write_all(b"\r\n").await.unwrap();
    }
    socket
}

async fn post_chunked(provider: &Provider<'_>, parts: &[&[u8]]) -> (u16, Value) {
    let mut socket = send_chunked(provider, parts).await;
    socket.write_all(b"0\r\n\r\n").await.unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), serde_json::from_str(body).unwrap_or_else(|_| panic!("{text}")))
}

async fn post_packed(provider: &Provider<'_>, encoding: &str, body: Vec<u8>) -> (u16, Value) {
    let request = provider.post_body("/v1/records", NDJSON, body).header("content-encoding", encoding);
    answer(request.send().await.unwrap()).await
}

/// A body of 60,000 lines of which some are wrong, and its faults.
fn long_body() -> (String, Vec<(String, &'static str)>) {
    let template = record("ID").to_string();
    let (mut body, mut faults) = (String::new(), Vec::new());
    let mut line = 0;
    for number in 0..60_000 {
        let good = template.replace("ID", &format!("r{number}"));
        let (text, fault) = match number % 500 {
            7 => (good.replace("\"m-1\"", "\"m-9\""), Some(("/model", "unknown-model"))),
            99 => (good[..good.len() - 1].to_owned(), Some(("", "invalid-json"))),
            250 => (good.replace("0.25", "-1"), Some(("/energy_wh", "out-of-range"))),
            // The one before, with other content.
            401 => {
                let before = template.replace("ID", &format!("r{}", number - 1));
                (before.replace("0.25", "0.5"), Some(("", "record-conflict")))
            }
            _ => (good, None),
        };
        if number % 10_000 == 5_000 {
            body.push_str("\r\n \n");
            line += 2;
        }
        faults.extend(fault.map(|(field, code)| (format!("/{line}{field}"), code)));
        body.push_str(&text);
        body.push('\n');
        line += 1;
    }
    (body, faults)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_body_is_stored_as_it_comes_and_every_fault_of_it_can_be_fetched() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let (body, faults) = long_body();
    assert_eq!(faults.len(), 480);
    // Pieces that end in the middle of lines.
    let parts: Vec<&[u8]> = body.as_bytes().chunks(77_777).collect();
    let (status, problem) = post_chunked(&provider, &parts).await;
    assert_eq!((status, &problem["code"]), (422, &json!("records-refused")), "{problem}");
    assert_eq!(counts(&problem), [59_520, 0, 120, 360]);
    assert_eq!((&problem["records"], &problem["errors_total"]), (&json!(60_000), &json!(480)));
    let listed: Vec<(String, String)> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["pointer"].as_str().unwrap().into(), error["code"].as_str().unwrap().into()))
        .collect();
    let expected: Vec<(String, String)> =
        faults.iter().take(100).map(|(pointer, code)| (pointer.clone(), (*code).to_owned())).collect();
    assert_eq!(listed, expected);
    assert_eq!(provider.faults(&problem).await, faults);
    let batch = provider.batch(&problem).await;
    assert_eq!(problem["errors_address"], format!("/v1/batches/{}/faults", batch.batch.get()));
    assert_eq!(
        (batch.kind, batch.state, batch.content),
        (BatchKind::Request, BatchState::Complete, Content::Records)
    );
    assert_eq!((batch.requests, batch.faults, batch.times.late, batch.times.future), (1, 480, 59_520, 0));
    let stored = batch.counts;
    assert_eq!([stored.accepted, stored.duplicates, stored.conflicts, stored.invalid], counts(&problem));
    assert_eq!(problem["digest"], format!("sha256:{}", hex::encode(batch.stored_sha256.unwrap())));
    // Packed, the same body says the same of itself, and nothing is counted twice.
    for (encoding, packed) in
        [("gzip", gzip(body.as_bytes())), ("zstd", zstd::encode_all(body.as_bytes(), 1).unwrap())]
    {
        let (status, again) = post_packed(&provider, encoding, packed).await;
        assert_eq!((status, counts(&again)), (422, [0, 59_520, 120, 360]), "{encoding}");
        assert_eq!(
            (&again["digest"], &again["errors"]),
            (&problem["digest"], &problem["errors"]),
            "{encoding}"
        );
        assert_eq!(provider.faults(&again).await, faults, "{encoding}");
    }
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_body_that_breaks_everything_before_is_stored_and_the_answer_says_so() {
    let app = TestApp::start().await;
    // Ids without a pattern: packed into little, a body would be read whole before any of it is stored.
    let id = |n: u32| Uuid::new_v5(&Uuid::NAMESPACE_OID, &n.to_be_bytes()).to_string();
    let lines: Vec<String> = (0..7_123).map(|n| format!("{}\n", record(&id(n)))).collect();
    let (whole, half) = (lines.concat(), lines[..6_100].concat());
    let long_line = format!("{half}{}\n{}", "x".repeat(1_100_000), lines[6_100..].concat());
    let mut broken_gzip = gzip(half.as_bytes());
    broken_gzip.extend(b"\x1f\x8b\x08\x00 this is not what gzip writes, and there is more of it");
    let mut cut_zstd = zstd::encode_all(half.as_bytes(), 0).unwrap();
    cut_zstd.extend(b"\x28\xb5\x2f\xfd\x04\x00 nor is this a frame");
    for (index, (encoding, body, code)) in [
        (None, long_line.into_bytes(), "body-too-large"),
        (Some("gzip"), broken_gzip, "invalid-request"),
        (Some("zstd"), cut_zstd, "invalid-request"),
    ]
    .into_iter()
    .enumerate()
    {
        assert!(body.len() > 64 * 1024);
        let provider = app.provider(&format!("p{index}")).await;
        let mut request = provider.post_body("/v1/records", NDJSON, body);
        if let Some(encoding) = encoding {
            request = request.header("content-encoding", encoding);
        }
        let (_, problem) = answer(request.send().await.unwrap()).await;
        assert_eq!((&problem["code"], counts(&problem)), (&json!(code), [6_100, 0, 0, 0]), "{problem}");
        assert!(
            problem["detail"].as_str().unwrap().contains("6100 that came before are stored"),
            "{problem}"
        );
        let batch = provider.batch(&problem).await;
        assert_eq!((batch.state, batch.requests, batch.counts.accepted), (BatchState::Broken, 1, 6_100));
        assert_eq!(problem["digest"], format!("sha256:{}", hex::encode(batch.stored_sha256.unwrap())));
        let (status, receipt) = provider.post_ndjson(whole.clone()).await;
        assert_eq!((status, counts(&receipt)), (200, [1_023, 6_100, 0, 0]), "{receipt}");
    }
    assert_eq!(app.count("task_record").await, 3 * 7_123);
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_before_the_first_chunk_is_full_are_stored_too_where_the_body_breaks() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let body = format!("{}\n{}\n{}", record("a"), record("b"), "x".repeat(2_000_000));
    let (status, problem) = provider.post_ndjson(body).await;
    assert_eq!((status, &problem["code"]), (413, &json!("body-too-large")));
    assert_eq!(counts(&problem), [2, 0, 0, 0], "{problem}");
    assert!(problem["detail"].as_str().unwrap().starts_with("line 2 is longer"), "{problem}");
    assert_eq!(provider.batch(&problem).await.state, BatchState::Broken);
    // Where nothing came before, there is no batch to tell of.
    let (status, problem) = provider.post_ndjson("x".repeat(2_000_000)).await;
    assert_eq!((status, &problem["batch"]), (413, &Value::Null));
    // A body that is packed into little is read whole, and says what that means.
    let many = ndjson_of(&vec![record_with("same", "energy_wh", json!(7)); 20_001]);
    let packed = zstd::encode_all(many.as_bytes(), 3).unwrap();
    assert!(packed.len() < 64 * 1024);
    let (status, problem) = post_packed(&provider, "zstd", packed).await;
    assert_eq!((status, &problem["code"]), (413, &json!("too-many-records")), "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("because it is short"), "{problem}");
    let (_, receipt) = provider.post_ndjson(many).await;
    assert_eq!(counts(&receipt), [1, 20_000, 0, 0], "{receipt}");
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_in_mid_body_may_send_all_again() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let lines: Vec<String> = (0..12_000)
        .map(|n| {
            let at = format!("2025-10-01T{:02}:00:00Z", n % 24);
            format!("{}\n", record_with_all(&format!("r{n}"), &json!({ "started_at": at })))
        })
        .collect();
    let (whole, part) = (lines.concat(), lines[..9_000].concat());
    for round in 0..4 {
        let socket = send_chunked(&provider, &[&part.as_bytes()[..part.len() / 4 * (round + 1)]]).await;
        drop(socket);
    }
    let (status, receipt) = provider.post_ndjson(whole.clone()).await;
    assert_eq!(status, 200, "{receipt}");
    let [accepted, duplicates, ..] = counts(&receipt);
    assert_eq!(accepted + duplicates, 12_000);
    let (_, receipt) = provider.post_ndjson(whole).await;
    assert_eq!(counts(&receipt), [0, 12_000, 0, 0]);
    assert_eq!(app.count("task_record").await, 12_000);
    app.assert_totals().await;
}
