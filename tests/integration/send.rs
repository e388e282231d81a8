//! `taskwatt send`: the real program, to the real service over HTTP, and to a stand-in that fails.

pub mod dir;
pub mod stand_in;

use crate::cli::Ended;
use crate::records::{gzip, zstd};
use crate::support::{TestApp, record, record_with};
use dir::Dir;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use stand_in::{Reply, StandIn};
use std::fs;
use std::process::Stdio;
use tokio::io::AsyncWriteExt;

/// Lines that the stand-in takes for records.
fn plain(count: u32) -> Vec<String> {
    (0..count).map(|number| format!("{{\"id\":\"r{number:04}\"}}")).collect()
}

fn counts(out: &str) -> &str {
    out.split(';').next().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_file_arrives_once_and_exactly_however_it_is_packed() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let dir = Dir::new();
    let lines: String =
        (1..=3_000).map(|n| format!("{}\n", record_with(&format!("r{n}"), "energy_wh", json!(n)))).collect();
    dir.write("a.ndjson", format!("\u{feff}{lines}"));
    dir.write("a.ndjson.gz", gzip(lines.as_bytes()));
    dir.write("a.ndjson.zst", zstd(&[&lines.as_bytes()[..100_000], &lines.as_bytes()[100_000..200_000]]));
    let ended = dir.send_with_key(&app.url, &provider.secret, "a.ndjson --batch 250").await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.out, "3000 accepted, 0 duplicates, 0 conflicts, 0 invalid; 12 requests, 0 retries\n");
    assert_eq!(ended.err, "");
    let sum = "SELECT sum(energy_uj)::bigint FROM task_record";
    let sum: i64 = sqlx::query_scalar(sum).fetch_one(&app.pool).await.unwrap();
    assert_eq!(sum, 3_000 * 3_001 / 2 * 3_600_000_000);
    app.assert_totals().await;

    let state: Value = serde_json::from_str(&dir.text("a.ndjson.taskwatt-sent")).unwrap();
    assert_eq!(state["complete"], true, "{state}");
    assert!(!state.to_string().contains(&provider.secret[12..]), "{state}");
    let ended = dir.send_with_key(&app.url, &provider.secret, "a.ndjson").await;
    assert_eq!(
        (ended.code, counts(&ended.out)),
        (Some(0), "3000 accepted, 0 duplicates, 0 conflicts, 0 invalid")
    );
    assert!(ended.err.contains("a.ndjson: there is nothing to do"), "{ended:?}");

    let ended = dir.send_with_key(&app.url, &provider.secret, "a.ndjson a.ndjson.gz --restart").await;
    assert_eq!(ended.out, "0 accepted, 6000 duplicates, 0 conflicts, 0 invalid; 2 requests, 0 retries\n");
    // The last frame is cut within a record.
    let ended = dir.send_with_key(&app.url, &provider.secret, "a.ndjson.zst").await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("a.ndjson.zst line "), "{ended:?}");
    assert_eq!(app.count("task_record").await, 3_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_pass_is_tried_again_until_each_record_is_stored_once() {
    let busy = || json!({"title": "Busy", "detail": "wait", "accepted": 0}).to_string();
    let stand_in = StandIn::scripted(vec![
        Reply::Stored,
        Reply::Answer(503, "Retry-After: 0\r\n", busy()),
        Reply::Answer(429, "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n", busy()),
        Reply::StoredAndCut,
        Reply::Answer(502, "", "<html>".to_owned()),
        Reply::Cut,
        Reply::Answer(504, "", String::new()),
    ])
    .await;
    let dir = Dir::new();
    dir.write("a.ndjson", plain(50).join("\n"));
    let ended = dir.send(&stand_in.url, "a.ndjson --batch 10 --connections 3").await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.out, "40 accepted, 10 duplicates, 0 conflicts, 0 invalid; 11 requests, 6 retries\n");
    assert!(ended.err.contains("503 Service Unavailable: Busy: wait; trying again"), "{ended:?}");
    assert_eq!(stand_in.records(), plain(50));
    for request in stand_in.seen() {
        assert_eq!(request.line, "POST /v1/records");
        assert_eq!(request.headers["authorization"], "Bearer twk_0123456789");
        assert_eq!(request.headers["content-type"], "application/x-ndjson");
        assert_eq!(request.headers["content-encoding"], "gzip");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_run_goes_on_and_sends_nothing_again() {
    for signal in [Signal::SIGINT, Signal::SIGTERM] {
        // The first and the last batch are not answered; those between finish before the first does.
        let stand_in = StandIn::start(|number, request| {
            let is_held = number < 6 && (request.body.contains("r0000") || request.body.contains("r0005"));
            if is_held { Reply::Hold } else { Reply::Stored }
        })
        .await;
        let dir = Dir::new();
        dir.write("a.ndjson.gz", gzip(plain(6).join("\r\n\r\n").as_bytes()));
        let line = "a.ndjson.gz --batch 1 --connections 2";
        let child = dir.command(&stand_in.url, line).spawn().unwrap();
        stand_in.held(2).await;
        kill(Pid::from_raw(child.id().unwrap().try_into().unwrap()), signal).unwrap();
        let ended = Ended::from(child.wait_with_output().await.unwrap());
        assert_eq!(ended.code, Some(130), "{ended:?}");
        assert_eq!(counts(&ended.out), "4 accepted, 0 duplicates, 0 conflicts, 0 invalid");
        assert!(ended.err.contains("interrupted; the same command goes on"), "{ended:?}");
        assert_eq!(stand_in.records(), plain(6)[1..5]);
        let state: Value = serde_json::from_str(&dir.text("a.ndjson.gz.taskwatt-sent")).unwrap();
        assert_eq!(state["finished"].as_array().unwrap().len(), 1, "{state}");

        let ended = dir.send(&stand_in.url, line).await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.err.contains("going on where the last run stopped; 4 records"), "{ended:?}");
        assert_eq!(ended.out, "6 accepted, 0 duplicates, 0 conflicts, 0 invalid; 6 requests, 0 retries\n");
        let mut again: Vec<String> =
            stand_in.seen()[6..].iter().map(|request| request.body.trim_end().to_owned()).collect();
        again.sort();
        assert_eq!(again, [&plain(6)[0][..], &plain(6)[5][..]]);
        assert_eq!(stand_in.records(), plain(6));
        let files: Vec<_> = fs::read_dir(&dir.0).unwrap().collect();
        assert_eq!(files.len(), 2, "the file and what was sent of it: {files:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_or_service_or_key_that_changed_is_sent_from_the_start() {
    let stand_in = StandIn::scripted(vec![]).await;
    let dir = Dir::new();
    let sent = async |url: &str, key: &str| {
        let ended = dir.send_with_key(url, key, "a.ndjson").await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended.err
    };
    dir.write("a.ndjson", plain(3).join("\n"));
    assert_eq!(sent(&stand_in.url, "twk_1").await, "");
    assert!(sent(&stand_in.url, "twk_1").await.contains("nothing to do"));
    // As long as before.
    dir.write("a.ndjson", plain(3).join("\n").replace("r0001", "r0009"));
    assert!(sent(&stand_in.url, "twk_1").await.contains("changed since the last run"));
    assert_eq!(stand_in.records().len(), 4);
    assert!(sent(&stand_in.url, "twk_2").await.contains("changed since the last run"));
    let other = StandIn::scripted(vec![]).await;
    assert!(sent(&other.url, "twk_2").await.contains("changed since the last run"));
    assert_eq!(other.records().len(), 3);
    // What an outage of the machine left of it.
    dir.write("a.ndjson.taskwatt-sent", "{\"version\": 1, \"si");
    assert!(sent(&other.url, "twk_2").await.contains("changed since the last run"));
    assert_eq!(other.seen().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_record_is_told_by_its_line_and_everything_else_is_stored() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let dir = Dir::new();
    let mut lines: Vec<String> = (0..40).map(|n| record(&n.to_string()).to_string()).collect();
    lines[3] = String::new();
    lines[5] = record_with("5", "energy_wh", json!(-1)).to_string();
    lines[17] = "nonsense".to_owned();
    lines[38] = record_with("38", "site", json!("s-9")).to_string();
    dir.write("a.ndjson", lines.join("\r\n"));
    let line = "a.ndjson --batch 7 --connections 2";
    let ended = dir.send_with_key(&app.url, &provider.secret, line).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(counts(&ended.out), "36 accepted, 0 duplicates, 0 conflicts, 3 invalid");
    assert!(ended.err.contains("a.ndjson line 6, energy_wh: is out of range"), "{ended:?}");
    assert!(ended.err.contains("a.ndjson line 18: not JSON"), "{ended:?}");
    assert!(ended.err.contains("a.ndjson line 39, site: provider 'acme' has no site 's-9'"), "{ended:?}");
    assert!(ended.err.contains("3 fault(s) are listed in a.ndjson.refused.ndjson"), "{ended:?}");
    let listed = |text: &str| {
        let mut places: Vec<(u64, String, String)> = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap())
            .map(|fault| {
                assert!(!fault["detail"].as_str().unwrap().is_empty());
                let word = |name: &str| fault[name].as_str().unwrap().to_owned();
                (fault["line"].as_u64().unwrap(), word("pointer"), word("code"))
            })
            .collect();
        places.sort();
        places
    };
    let fault = |line, pointer: &str, code: &str| (line, pointer.to_owned(), code.to_owned());
    let expected = [
        fault(6, "/energy_wh", "out-of-range"),
        fault(18, "", "invalid-json"),
        fault(39, "/site", "unknown-site"),
    ];
    assert_eq!(listed(&dir.text("a.ndjson.refused.ndjson")), expected);

    // Without a correction, only the batches that hold them are sent again.
    let ended = dir.send_with_key(&app.url, &provider.secret, line).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("going on"), "{ended:?}");
    assert_eq!(listed(&dir.text("a.ndjson.refused.ndjson")), expected);
    assert_eq!(app.count("task_record").await, 36);

    for index in [5, 17, 38] {
        lines[index] = record(&index.to_string()).to_string();
    }
    dir.write("a.ndjson", lines.join("\n"));
    let ended = dir.send_with_key(&app.url, &provider.secret, line).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(counts(&ended.out), "3 accepted, 36 duplicates, 0 conflicts, 0 invalid");
    assert!(!dir.0.join("a.ndjson.refused.ndjson").exists());

    // The same ids with other content.
    dir.write("b.ndjson", record_with("5", "energy_wh", json!(7)).to_string());
    let ended = dir.send_with_key(&app.url, &provider.secret, "b.ndjson").await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(counts(&ended.out), "0 accepted, 0 duplicates, 1 conflicts, 0 invalid");
    assert_eq!(listed(&dir.text("b.ndjson.refused.ndjson")), [fault(1, "", "record-conflict")]);
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_beyond_those_listed_are_fetched() {
    let fault = |n: u32| json!({"pointer": format!("/{n}/site"), "code": "unknown-site", "detail": "d"});
    let problem = |address: &str| {
        json!({"batch": 17, "records": 50, "accepted": 20, "duplicates": 0, "conflicts": 0, "invalid": 30,
               "digest": "sha256:0", "errors_total": 30, "errors": [fault(0), fault(1)],
               "errors_address": address, "title": "T", "detail": "d"})
    };
    let rest: String = (0..30).map(|n| format!("{}\n", fault(n))).collect();
    let here = problem("/v1/batches/17/faults").to_string();
    let stand_in = StandIn::start(move |_, request| {
        if request.line == "GET /v1/batches/17/faults" && request.headers.contains_key("authorization") {
            Reply::Answer(200, "", rest.clone())
        } else {
            Reply::Answer(422, "", here.clone())
        }
    })
    .await;
    let dir = Dir::new();
    dir.write("a.ndjson", plain(50).join("\n"));
    let ended = dir.send(&stand_in.url, "a.ndjson").await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(ended.out, "20 accepted, 0 duplicates, 0 conflicts, 30 invalid; 1 requests, 0 retries\n");
    assert_eq!(ended.err.matches("a.ndjson line ").count(), 20, "{ended:?}");
    let listed = dir.text("a.ndjson.refused.ndjson");
    assert_eq!(listed.lines().count(), 30);
    assert_eq!(
        listed.lines().last().unwrap(),
        r#"{"line":30,"pointer":"/site","code":"unknown-site","detail":"d"}"#
    );

    // The key must not follow an address to another host.
    let other = StandIn::scripted(vec![]).await;
    let there = problem(&format!("{}/faults", other.url)).to_string();
    let stand_in = StandIn::scripted(vec![Reply::Answer(422, "", there)]).await;
    let ended = dir.send(&stand_in.url, "a.ndjson").await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("28 further fault(s) were found"), "{ended:?}");
    assert_eq!((other.seen().len(), dir.text("a.ndjson.refused.ndjson").lines().count()), (0, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_will_not_pass_ends_the_run_at_once_in_the_words_of_the_service() {
    let problem = json!({"title": "The title", "detail": "the detail", "advice": "Do this."}).to_string();
    let text = |text: &str| text.to_owned();
    for (reply, expected) in [
        (Reply::Answer(400, "", problem.clone()), "400 Bad Request: The title: the detail. Do this."),
        (Reply::Answer(401, "", problem.clone()), "401 Unauthorized: The title"),
        (Reply::Answer(403, "", problem.clone()), "403 Forbidden: The title"),
        (Reply::Answer(413, "", problem.clone()), "413 Payload Too Large: The title"),
        (Reply::Answer(415, "", problem.clone()), "415 Unsupported Media Type: The title"),
        (Reply::Answer(500, "", problem.clone()), "500 Internal Server Error: The title"),
        (Reply::Answer(422, "", problem.clone()), "422 Unprocessable Entity: The title"),
        (Reply::Answer(404, "", text("<h1>")), "404 Not Found, which is not an answer of Taskwatt: <h1>"),
        (Reply::Answer(200, "", text("hello")), "200 OK, which is not an answer of Taskwatt: hello"),
        (Reply::Answer(308, "Location: https://x.example/\r\n", text("")), "leads to https://x.example/"),
        (
            Reply::Answer(200, "", text("{\"accepted\": 1, \"duplicates\": 0}")),
            "2 records were sent, and the service speaks of 1",
        ),
    ] {
        let stand_in = StandIn::scripted(vec![Reply::Stored, reply]).await;
        let dir = Dir::new();
        dir.write("a.ndjson", plain(6).join("\n"));
        let ended = dir.send(&stand_in.url, "a.ndjson --batch 2 --connections 1").await;
        assert_eq!((ended.code, stand_in.seen().len()), (Some(1), 2), "{ended:?}");
        assert!(
            ended.err.contains("error: a.ndjson was not sent whole: ") && ended.err.contains(expected),
            "{ended:?}"
        );
        assert!(ended.out.starts_with("2 accepted, "), "{ended:?}");
        assert!(dir.text("a.ndjson.taskwatt-sent").contains("\"complete\": false"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_gives_up_after_the_time_it_was_given_or_without_certificates() {
    let dir = Dir::new();
    dir.write("a.ndjson", plain(1).join("\n"));
    let hour = Reply::Answer(503, "Retry-After: 3600\r\n", "{}".to_owned());
    let stand_in = StandIn::scripted(vec![hour]).await;
    let ended = dir.send(&stand_in.url, "a.ndjson").await;
    assert_eq!((ended.code, stand_in.seen().len()), (Some(1), 1), "{ended:?}");
    assert!(ended.err.contains("503") && ended.err.contains("--retry-for"), "{ended:?}");
    let ended = dir.send("http://127.0.0.1:1", "a.ndjson --retry-for 0s").await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("no answer from http://127.0.0.1:1: "), "{ended:?}");
    assert!(ended.err.to_lowercase().contains("connect"), "{ended:?}");
    let ended = dir.send("https://127.0.0.1:1", "a.ndjson").await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("certificates of the system (package ca-certificates)"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_comes_from_the_environment_or_a_file_and_never_from_the_command_line() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let dir = Dir::new();
    dir.write("a.ndjson", record("a").to_string());
    let ended: Ended =
        dir.command(&app.url, "a.ndjson").env_remove("TASKWATT_KEY").output().await.unwrap().into();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("TASKWATT_KEY") && ended.err.contains("--key-file"), "{ended:?}");
    for (key, expected) in [
        ("twk_wrong", "401 Unauthorized: The API key is not valid"),
        ("two words", "does not hold an API key"),
        (" ", "does not hold"),
    ] {
        let ended = dir.send_with_key(&app.url, key, "a.ndjson").await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.err.contains(expected) && !ended.err.contains("twk_wrong"), "{ended:?}");
    }
    let ended = dir.send_with_key(&app.url, "twk_wrong", "a.ndjson --key-file nowhere").await;
    assert!(ended.err.contains("cannot read the key in nowhere"), "{ended:?}");
    dir.write("key", format!("{}\n", provider.secret));
    let ended = dir.send_with_key(&app.url, "twk_wrong", "a.ndjson --key-file key").await;
    assert_eq!(
        (ended.code, counts(&ended.out)),
        (Some(0), "1 accepted, 0 duplicates, 0 conflicts, 0 invalid")
    );
    assert_eq!(dir.send(&app.url, "a.ndjson --key twk_1").await.code, Some(2));
    for line in
        ["a.ndjson --connections 33", "a.ndjson --connections 0", "a.ndjson --batch 20001", "--batch 5"]
    {
        assert_eq!(dir.send(&app.url, line).await.code, Some(2), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_is_cut_between_records_and_each_part_has_the_header() {
    let text = "\u{feff}id,note\r\na,\"one\r\ntwo\"\r\n\r\nb,\"say \"\"x\"\"\r\n\"\r\nc,5\" disk\r\nd,\"\"";
    let stand_in = StandIn::start(|_, request| {
        let records = csv::Reader::from_reader(request.body.as_bytes()).into_records().count();
        Reply::Answer(200, "", json!({"accepted": records, "duplicates": 0}).to_string())
    })
    .await;
    let dir = Dir::new();
    dir.write("a.csv.gz", gzip(text.as_bytes()));
    let ended = dir.send(&stand_in.url, "a.csv.gz --batch 3 --connections 1").await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.out, "4 accepted, 0 duplicates, 0 conflicts, 0 invalid; 2 requests, 0 retries\n");
    let mut rows = Vec::new();
    for request in stand_in.seen() {
        assert_eq!(request.headers["content-type"], "text/csv");
        let mut reader = csv::Reader::from_reader(request.body.as_bytes());
        assert_eq!(reader.headers().unwrap(), ["id", "note"].as_slice());
        rows.extend(reader.into_records().map(Result::unwrap));
    }
    let whole = csv::Reader::from_reader(text.as_bytes()).into_records().map(Result::unwrap);
    assert_eq!(rows, whole.collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn standard_input_is_sent_and_leaves_no_file() {
    let stand_in = StandIn::scripted(vec![Reply::Answer(503, "", "{}".to_owned())]).await;
    let dir = Dir::new();
    let mut child = dir.command(&stand_in.url, "- --batch 2").stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(plain(5).join("\n").as_bytes()).await.unwrap();
    drop(input);
    let ended = Ended::from(child.wait_with_output().await.unwrap());
    assert_eq!((ended.code, stand_in.records()), (Some(0), plain(5)), "{ended:?}");
    assert_eq!(fs::read_dir(&dir.0).unwrap().count(), 0);

    // Input that never ends does not hold up the end of the program.
    let stand_in = StandIn::start(|_, _| Reply::Hold).await;
    let mut child =
        dir.command(&stand_in.url, "- --batch 1 --connections 2").stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(format!("{}\n", plain(1)[0]).as_bytes()).await.unwrap();
    stand_in.held(1).await;
    kill(Pid::from_raw(child.id().unwrap().try_into().unwrap()), Signal::SIGINT).unwrap();
    let ended = Ended::from(child.wait_with_output().await.unwrap());
    assert_eq!(ended.code, Some(130), "{ended:?}");
    drop(input);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_cannot_be_read_is_told() {
    let stand_in = StandIn::scripted(vec![]).await;
    let dir = Dir::new();
    dir.write("cut.ndjson.gz", &gzip(plain(5).join("\n").as_bytes())[..30]);
    dir.write("array.ndjson", "[\n{}]\n");
    dir.write("open.csv", "id,note\na,\"b\nc,d\n");
    for (line, expected) in [
        ("nowhere.ndjson", "cannot open nowhere.ndjson"),
        (".", "cannot open ."),
        ("cut.ndjson.gz", "cut.ndjson.gz was not sent whole"),
        ("array.ndjson", "it holds a JSON array"),
        ("open.csv", "line 2: the record does not end; is a quotation mark missing?"),
    ] {
        let ended = dir.send(&stand_in.url, line).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.err.contains(expected), "{ended:?}");
    }
    assert_eq!(stand_in.seen().len(), 0);
    dir.write("empty.ndjson", "\n");
    let ended = dir.send(&stand_in.url, "empty.ndjson").await;
    assert_eq!(ended.out, "0 accepted, 0 duplicates, 0 conflicts, 0 invalid; 0 requests, 0 retries\n");
}
