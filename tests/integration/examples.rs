//! The examples of clients in `docs/examples` do what they say, against the real service.

use crate::cli::Ended;
use crate::send::dir::Dir;
use crate::send::stand_in::{Reply, StandIn};
use crate::support::{TestApp, record, record_with};
use serde_json::json;
use std::path::{Path, PathBuf};
use tokio::process::Command;

/// A program and its first arguments.
type Example = Vec<PathBuf>;

pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether a test whose tools are missing may pass; it says so loudly.
#[expect(clippy::disallowed_methods, reason = "set by systems that run tests, which must run them all")]
pub fn skip(what: &str) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{what}");
    eprintln!("SKIPPED: {what}");
}

async fn has(program: &str) -> bool {
    let output = Command::new(program).arg("--version").output().await;
    output.is_ok_and(|output| output.status.success())
}

async fn run(example: &[PathBuf], url: &str, key: &str, dir: &Dir, file: &str) -> Ended {
    let mut command = Command::new(&example[0]);
    command.args(&example[1..]).arg(file).current_dir(&dir.0);
    for variable in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(variable);
    }
    let output = command.env("TASKWATT_URL", url).env("TASKWATT_KEY", key).output().await;
    output.unwrap().into()
}

async fn python() -> Option<Example> {
    if !has("python3").await {
        skip("python3 is not there to run docs/examples/send.py");
        return None;
    }
    Some(vec!["python3".into(), repository().join("docs/examples/send.py")])
}

/// Checks the types, compiles, and answers the program.
async fn typescript(dir: &Dir) -> Option<Example> {
    let modules = repository().join("tests/examples/node_modules");
    let compiler = modules.join("typescript/bin/tsc");
    if !has("node").await || !compiler.exists() {
        skip("Node.js or tests/examples/node_modules is not there; scripts/test installs them");
        return None;
    }
    let output = Command::new("node")
        .arg(compiler)
        .args(["--strict", "--noUncheckedIndexedAccess", "--noPropertyAccessFromIndexSignature"])
        .args(["--target", "es2022", "--module", "nodenext", "--types", "node", "--typeRoots"])
        .arg(modules.join("@types"))
        .arg("--outDir")
        .arg(&dir.0)
        .arg(repository().join("docs/examples/send.ts"))
        .output()
        .await;
    let compiled = Ended::from(output.unwrap());
    assert_eq!(compiled.code, Some(0), "{compiled:?}");
    Some(vec!["node".into(), dir.0.join("send.js")])
}

/// More than one batch is sent, sent again, and refused in part.
async fn sends_everything_once(example: &[PathBuf], dir: &Dir) {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let energy = |n: u32| json!(format!("0.0000000{}", n % 10));
    let lines: String =
        (0..5_200).map(|n| format!("{}\n", record_with(&format!("r{n}"), "energy_wh", energy(n)))).collect();
    dir.write("a.ndjson", format!("\u{feff}{lines}"));
    let sent = run(example, &app.url, &provider.secret, dir, "a.ndjson").await;
    assert_eq!(sent.code, Some(0), "{sent:?}");
    assert!(sent.out.contains("5000 accepted, 0 duplicates, 0 conflicts, 0 invalid\n"), "{sent:?}");
    assert!(sent.out.contains("200 accepted, 0 duplicates, 0 conflicts, 0 invalid\n"), "{sent:?}");
    let again = run(example, &app.url, &provider.secret, dir, "a.ndjson").await;
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(again.out.contains("0 accepted, 5000 duplicates, 0 conflicts, 0 invalid\n"), "{again:?}");
    let sum = "SELECT sum(energy_uj)::bigint FROM task_record";
    let sum: i64 = sqlx::query_scalar(sum).fetch_one(&app.pool).await.unwrap();
    // 0 to 9 hundred-millionths of a watt-hour, which are 36 µJ each.
    assert_eq!(sum, 520 * 45 * 36);

    let bad = record_with("bad", "energy_wh", json!(-1));
    dir.write("b.ndjson", format!("{}\n\n{bad}\nnonsense\n", record("good")));
    let refused = run(example, &app.url, &provider.secret, dir, "b.ndjson").await;
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.out.contains("1 accepted, 0 duplicates, 0 conflicts, 2 invalid\n"), "{refused:?}");
    assert!(refused.out.contains("\n/1/energy_wh: out-of-range: is out of range"), "{refused:?}");
    assert!(refused.out.contains("\n/2: invalid-json: "), "{refused:?}");
    assert_eq!(app.count("task_record").await, 5_201);
    let wrong = run(example, &app.url, "twk_wrong", dir, "a.ndjson").await;
    assert_eq!(wrong.code, Some(1), "{wrong:?}");
    assert!(wrong.err.contains("401: The API key is not valid"), "{wrong:?}");
    app.assert_totals().await;
}

async fn tries_again(example: &[PathBuf], dir: &Dir) {
    let busy = json!({"title": "Busy", "detail": "the database cannot be reached"}).to_string();
    let stand_in = StandIn::scripted(vec![
        Reply::Answer(503, "Content-Type: application/problem+json\r\nRetry-After: 0\r\n", busy),
        Reply::StoredAndCut,
        Reply::Answer(502, "Content-Type: text/html\r\n", "<html>".to_owned()),
        Reply::Answer(
            200,
            "Content-Type: application/json\r\n",
            r#"{"accepted":0,"duplicates":2}"#.to_owned(),
        ),
    ])
    .await;
    dir.write("a.ndjson", "{\"id\":\"a\"}\n{\"id\":\"b\"}");
    let ended = run(example, &stand_in.url, "twk_1", dir, "a.ndjson").await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.out.contains("0 accepted, 2 duplicates, 0 conflicts, 0 invalid\n"), "{ended:?}");
    assert_eq!(ended.err.matches("trying again").count(), 3, "{ended:?}");
    assert!(ended.err.contains("503: ") && ended.err.contains("the database cannot be reached"), "{ended:?}");
    assert_eq!(stand_in.records(), ["{\"id\":\"a\"}", "{\"id\":\"b\"}"]);
    assert_eq!(stand_in.seen()[0].headers["authorization"], "Bearer twk_1");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_example_sends_everything_once() {
    let Some(example) = python().await else { return };
    let dir = Dir::new();
    sends_everything_once(&example, &dir).await;
    tries_again(&example, &dir).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_example_is_strictly_typed_and_sends_everything_once() {
    let dir = Dir::new();
    let Some(example) = typescript(&dir).await else { return };
    sends_everything_once(&example, &dir).await;
    tries_again(&example, &dir).await;
}
