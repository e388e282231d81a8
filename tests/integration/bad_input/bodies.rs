//! Bodies that are refused as a whole: broken, too large, wrongly encoded, or made to fill memory.

use super::{assert_nothing_stored, assert_own_words, check_problem, problem};
use crate::records::{gzip, zstd};
use crate::support::{Provider, TestApp, answer, database_url_of, make_schema, open_schema, record};
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

const JSON: &str = "application/json";
const NDJSON: &str = "application/x-ndjson";
/// The limit of a body, as sent and after decompression.
const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;

fn with_body(provider: &Provider<'_>, content_type: &str, body: impl Into<Vec<u8>>) -> RequestBuilder {
    provider.post("/v1/records").header("content-type", content_type).body(body.into())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_body_is_refused_as_a_whole() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let good = record("a").to_string();
    let nan = good.replace("0.25", "NaN");
    for body in [
        "",
        " \r\n\t",
        "[",
        "{",
        "[{]",
        "[}",
        &format!("[{good}"),
        &format!("[{good},]"),
        &format!("[{good}]]"),
        &format!("[{good}] x"),
        &format!("[{nan}]"),
        &format!("[{}]", good.replace("0.25", "-Infinity")),
        &format!("['{good}']"),
        &format!("[{}]", good.replace("0.25", ".25")),
        &"[".repeat(1_000_000),
        &format!("[{}]", good.replace("0.25", "025")),
        "<html>error</html>",
        "\u{feff}",
    ] {
        let what = &body[..body.len().min(200)];
        problem(what, with_body(&provider, JSON, body), 400, "invalid-json").await;
    }
    for body in [
        "42",
        "\"text\"",
        "null",
        "true",
        "{}",
        &good,
        &format!("{good}\n{good}"),
        "{\"records\": 5}",
        "{\"records\": null}",
        "{\"record\": []}",
        "{\"records\": [], \"more\": 1}",
        "{\"records\": [], \"records\": []}",
        &"{\"records\":".repeat(200_000),
    ] {
        let what = &body[..body.len().min(200)];
        problem(what, with_body(&provider, JSON, body), 422, "wrong-type").await;
    }
    for bytes in [&b"[\"\xff\xfe\"]"[..], b"\xff\xfe[\x00]\x00", b"\x1f\x8b\x08\x00", b"\x00\x00\x00\x00"] {
        problem("bytes that are no text", with_body(&provider, JSON, bytes), 400, "invalid-json").await;
    }
    for body in ["", "\n\n\r\n", "\u{feff}\n"] {
        problem("no line", with_body(&provider, NDJSON, body), 400, "invalid-json").await;
    }
    assert_nothing_stored("broken bodies", &app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_line_is_the_fault_of_that_line() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let nan = record("x").to_string().replace("0.25", "NaN");
    let mut body = format!("{}\n{nan}\n{{\"id\": \n\n", record("a")).into_bytes();
    body.extend(b"\"\xff\"\n");
    body.extend(format!("{}\n", record("b")).as_bytes());
    let problem = problem("lines", with_body(&provider, NDJSON, body), 422, "records-refused").await;
    let counts = ["accepted", "duplicates", "invalid"].map(|count| problem[count].as_i64());
    assert_eq!(counts, [Some(2), Some(0), Some(3)]);
    let pointers: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["/1", "/2", "/4"]);
    assert!(problem["errors"].as_array().unwrap().iter().all(|error| error["code"] == "invalid-json"));
    assert_eq!(app.count("task_record").await, 2);
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_content_types_and_encodings_are_refused() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let body = json!([record("a")]).to_string();
    for content_type in ["text/plain", "text/json", "application/xml", "application/jsonx", "*/*", ";"] {
        let request = with_body(&provider, content_type, body.clone());
        problem(content_type, request, 415, "unsupported-media-type").await;
    }
    let request = provider.post("/v1/records").body(body.clone());
    problem("no content type", request, 415, "unsupported-media-type").await;
    for encoding in ["br", "deflate", "gzip, gzip", "gzip;q=1", "*", "rot13"] {
        let request = with_body(&provider, JSON, body.clone()).header("content-encoding", encoding);
        problem(encoding, request, 415, "unsupported-encoding").await;
    }
    assert_nothing_stored("content types", &app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_body_that_is_not_whole_is_refused() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let (first, second) = (format!("{}\n", record("a")), format!("{}\n", record("b")));
    let packed = gzip(format!("{first}{second}").as_bytes());
    let mut wrong_sum = packed.clone();
    let end = wrong_sum.len();
    wrong_sum[end - 6] ^= 1;
    let frame = zstd(&[first.as_bytes(), second.as_bytes()]);
    let without_last_block = frame[..frame.len() - second.len() - 3].to_vec();
    for (what, encoding, body) in [
        ("half a gzip", "gzip", packed[..packed.len() / 2].to_vec()),
        ("gzip without its sum", "gzip", packed[..packed.len() - 8].to_vec()),
        ("gzip without its last byte", "gzip", packed[..packed.len() - 1].to_vec()),
        ("gzip with a wrong sum", "gzip", wrong_sum),
        ("the head of a gzip", "gzip", packed[..5].to_vec()),
        ("text as gzip", "gzip", first.clone().into_bytes()),
        ("zeros as gzip", "gzip", vec![0; 100]),
        ("nothing as gzip", "gzip", Vec::new()),
        ("gzip with text after it", "gzip", [packed.clone(), b"more".to_vec()].concat()),
        ("text as zstd", "zstd", first.clone().into_bytes()),
        ("zstd without its last block", "zstd", without_last_block),
        ("zstd within its first block", "zstd", frame[..20].to_vec()),
        ("gzip as zstd", "zstd", packed.clone()),
    ] {
        let request = with_body(&provider, NDJSON, body).header("content-encoding", encoding);
        problem(what, request, 400, "invalid-request").await;
        assert_nothing_stored(what, &app).await;
    }
}

/// Both formats may be concatenated (`cat a.gz b.gz`): what is taken must be taken whole.
#[tokio::test(flavor = "multi_thread")]
async fn of_several_compressed_parts_none_is_lost_in_silence() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    for (encoding, pack) in [
        ("gzip", (|text: &str| gzip(text.as_bytes())) as fn(&str) -> Vec<u8>),
        ("zstd", |text| zstd(&[text.as_bytes()])),
    ] {
        let line = |part: &str| pack(&format!("{}\n", record(&format!("{encoding}-{part}"))));
        let request = with_body(&provider, NDJSON, [line("a"), line("b")].concat());
        let (status, found) =
            answer(request.header("content-encoding", encoding).send().await.unwrap()).await;
        let whole = (status, &found["accepted"]) == (200, &json!(2));
        let refused = (status, &found["code"]) == (400, &json!("invalid-request"));
        assert!(whole || refused, "{encoding}: {status} {found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_records_are_refused_before_any_is_stored() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let good = record("a").to_string();
    let array = format!("[{good}{}]", ",{}".repeat(20_000));
    let object = format!("{{\"records\":{array}}}");
    let lines = format!("{good}\n{}", "{}\n".repeat(20_000));
    for (content_type, body) in [(JSON, array), (JSON, object), (NDJSON, lines)] {
        let what = body[..40].to_owned();
        problem(&what, with_body(&provider, content_type, body), 413, "too-many-records").await;
    }
    assert_nothing_stored("20,001 records", &app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_ten_megabytes_is_refused_in_few_words() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let body = json!([record(&"x".repeat(10_000_000))]).to_string();
    let problem = problem("a huge id", with_body(&provider, JSON, body), 422, "records-refused").await;
    assert_eq!(problem["errors"][0]["code"], "invalid-id");
    assert!(problem.to_string().len() < 2_000);
    assert_nothing_stored("a huge id", &app).await;
}

/// Sends bytes as they are, and reads the answer's head and body.
async fn raw(app: &TestApp, head: String, body: Vec<u8>) -> (String, String) {
    let address = app.url.strip_prefix("http://").unwrap().to_owned();
    tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream
            .write_all(format!("{head}\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())
            .unwrap();
        stream.write_all(&body).unwrap();
        let mut answer = Vec::new();
        // The server may close while a part of the body is on its way; what came before is read.
        drop(stream.read_to_end(&mut answer));
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        (head.to_owned(), body.to_owned())
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_over_the_limit_is_refused_whether_its_length_is_declared_or_not() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let head = format!(
        "POST /v1/records HTTP/1.1\r\nContent-Type: application/json\r\nAuthorization: Bearer {}",
        provider.secret
    );
    // Declared: refused before a byte of it is sent.
    let declared = format!("{head}\r\nContent-Length: {}", MAX_BODY_BYTES + 1);
    // In chunks of unknown number: refused once it is over the limit.
    let piece = [&b"10000\r\n"[..], &[b' '; 0x10000], b"\r\n"].concat();
    let mut chunks = piece.repeat(MAX_BODY_BYTES / 0x10000);
    chunks.extend(b"1\r\n \r\n0\r\n\r\n");
    for (head, body) in [(declared, Vec::new()), (format!("{head}\r\nTransfer-Encoding: chunked"), chunks)] {
        let (head, body) = raw(&app, head, body).await;
        assert!(head.starts_with("HTTP/1.1 413 "), "{head}");
        // With "Connection: close" the body may come in one piece or chunked.
        let json = &body[body.find('{').unwrap()..=body.rfind('}').unwrap()];
        check_problem("over the limit", json, 413, "body-too-large", |name| header_of(&head, name));
    }
    assert_nothing_stored("over the limit", &app).await;
}

fn header_of(head: &str, name: &str) -> Option<String> {
    let found = head.lines().filter_map(|line| line.split_once(": "));
    found.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_http_gets_no_inside_view() {
    let app = TestApp::start().await;
    for head in [
        "GARBAGE",
        "GET /v1/%zz HTTP/1.1",
        "GET /<script>alert(1)</script> HTTP/1.1",
        "GET / HTTP/9.9",
        "POST /v1/records HTTP/1.1\r\nContent-Length: -1",
        "POST /v1/records HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2",
        "GET /\u{0} HTTP/1.1",
        "GET http://elsewhere.example/ HTTP/1.1",
        "POST /v1/records HTTP/1.1\r\nTransfer-Encoding: gzip",
    ] {
        let (found, body) = raw(&app, head.to_owned(), Vec::new()).await;
        assert_own_words(head, &format!("{found}{body}"));
        assert!(!body.contains("<script"), "{head}: {body}");
        assert!(found.is_empty() || !found.contains(" 500 "), "{head}: {found}");
    }
    assert_eq!(app.get("/healthz").await.status(), 200);
}

/// The service as a process of its own, whose memory can be looked at.
struct Service {
    child: Child,
    url: String,
}

impl Service {
    /// Starts it on a free port and reads from its log which one.
    fn start(schema: &str) -> Service {
        let mut child = Command::new(env!("CARGO_BIN_EXE_taskwatt"))
            .args(["serve", "--bind", "127.0.0.1:0"])
            .env("DATABASE_URL", database_url_of(schema))
            .env_remove("RUST_LOG")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = (0..20).find_map(|_| {
            let line: Value = serde_json::from_str(&log.next()?.ok()?).ok()?;
            line["address"].as_str().map(str::to_owned)
        });
        // Reads on, so that the log never fills its pipe.
        std::thread::spawn(move || log.count());
        Service { child, url: format!("http://{}", address.expect("the log names the address")) }
    }

    /// The most memory that it has had so far, in MiB.
    fn peak_memory_mib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1024
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// 1 GiB of zeros in about 1 MB.
fn gzip_bomb() -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let zeros = vec![0; 1024 * 1024];
    for _ in 0..1024 {
        encoder.write_all(&zeros).unwrap();
    }
    encoder.finish().unwrap()
}

/// 1 GiB of blanks in 32 kB: blocks that say "this byte, 128 KiB times".
fn zstd_bomb() -> Vec<u8> {
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50];
    for block in 0..8_192 {
        let header: u32 = (128 * 1024) << 3 | 1 << 1 | u32::from(block == 8_191);
        frame.extend(&header.to_le_bytes()[..3]);
        frame.push(b' ');
    }
    frame
}

#[tokio::test(flavor = "multi_thread")]
async fn a_small_body_that_unfolds_into_gigabytes_is_refused_within_bounded_memory() {
    let schema = make_schema().await;
    let app = TestApp::serve(open_schema(&schema).await).await;
    let provider = app.provider("acme").await;
    for (encoding, bomb) in [("gzip", gzip_bomb()), ("zstd", zstd_bomb())] {
        let size = bomb.len();
        assert!(size < 8_000_000, "{encoding}: {size}");
        let schema = schema.clone();
        let service = tokio::task::spawn_blocking(move || Service::start(&schema)).await.unwrap();
        let request = app.http.post(format!("{}/v1/records", service.url)).bearer_auth(&provider.secret);
        let request = request.header("content-type", JSON).header("content-encoding", encoding);
        problem(encoding, request.body(bomb), 413, "body-too-large").await;
        if cfg!(target_os = "linux") {
            let peak = service.peak_memory_mib();
            assert!(peak < 400, "{encoding}: {size} bytes made the service use {peak} MiB");
        }
    }
    assert_nothing_stored("bombs", &app).await;
}
