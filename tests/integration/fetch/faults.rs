//! `taskwatt factors fetch` where a source fails or something was asked wrongly.

use super::SECRET;
use super::services::{Program, electricity_maps};
use crate::cli::Ended;
use crate::send::dir::Dir;
use crate::send::stand_in::{Reply, StandIn};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const FETCH: &str = "fetch electricity-maps --zone DE --from 2025-10-01 --to 2025-10-02 --set s --release v3 \
                     --basis lifecycle --attempts 1";

#[tokio::test(flavor = "multi_thread")]
async fn a_time_out_in_page_7_of_12_imports_nothing_of_its_zone_and_the_next_run_goes_on() {
    let is_ill = Arc::new(AtomicBool::new(true));
    let ill = Arc::clone(&is_ill);
    let stand_in = StandIn::start(move |_, request| {
        let is_page = request.line.contains("zone=DE&start=2025-03-02");
        if is_page && ill.load(Ordering::SeqCst) {
            return Reply::Hold;
        }
        electricity_maps(request, |hour| json!(50 + hour))
    })
    .await;
    let program = Program::new().await;
    let line = "fetch electricity-maps --zone FR DE ES --from 2025-01-01 --to 2025-05-01 --set s --release v3 \
                --basis lifecycle --attempts 1 --timeout 1 --per-minute 6000";
    let said = program.fails(&stand_in, line).await;
    assert!(said.starts_with("FR: 2880 values written, 0 unchanged\n"), "{said}");
    assert!(
        said.contains("DE: page 7 of 12 (/carbon-intensity/past-range?zone=DE&start=2025-03-02"),
        "{said}"
    );
    assert!(
        said.contains("gave up after 1 attempts") && said.contains("nothing of it is imported"),
        "{said}"
    );
    // A source that does not answer is not asked for the next zone.
    assert!(said.contains("not fetched: DE, ES; what is finished is stored"), "{said}");
    assert_eq!(stand_in.seen().len(), 19);
    assert_eq!(program.values("s").await, [("FR".to_owned(), 2_880)]);

    is_ill.store(false, Ordering::SeqCst);
    let out = program.ok(&stand_in, line).await;
    assert_eq!(
        out,
        "FR: 0 values written, 2880 unchanged\nDE: 2880 values written, 0 unchanged\n\
         ES: 2880 values written, 0 unchanged\n"
    );
    let zones = ["DE", "ES", "FR"].map(|zone| (zone.to_owned(), 2_880));
    assert_eq!(program.values("s").await, zones);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_source_refuses_is_told_in_plain_words_and_without_the_token() {
    let page = "<!doctype html><title>Sign in</title>";
    for (reply, expected) in [
        (Reply::Answer(401, "", format!("bad {SECRET}")), "the token was refused or has expired (401"),
        (Reply::Answer(429, "Retry-After: 86400\r\n", String::new()), "gave up after 1 attempts"),
        (Reply::Answer(200, "Content-Type: text/html\r\n", format!("{page}{SECRET}")), "a web page instead"),
        (
            Reply::Answer(200, "", format!("{{\"error\": \"no access for {SECRET}\"}}")),
            "answered with an error",
        ),
        (Reply::Answer(200, "", "{\"data\": [{".to_owned()), "not an answer of Electricity Maps"),
        (Reply::Answer(404, "", "no such zone".to_owned()), "answered 404 Not Found: no such zone"),
        (Reply::Cut, "no answer: "),
    ] {
        let stand_in = StandIn::start(move |_, _| reply.clone()).await;
        let program = Program::new().await;
        let said = program.fails(&stand_in, FETCH).await;
        assert!(said.starts_with("DE: page 1 of 1 (/carbon") && said.contains(expected), "{said}");
        assert_eq!(stand_in.seen().len(), 1);
        assert_eq!(program.values("s").await, []);
    }
    // With more attempts, a wait of a day is too long.
    let stand_in = StandIn::start(|_, _| Reply::Answer(429, "Retry-After: 86400\r\n", String::new())).await;
    let said = Program::new().await.fails(&stand_in, &FETCH.replace("attempts 1", "attempts 2")).await;
    assert!(said.contains("the source asks to wait 86400 s"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_of_one_zone_does_not_keep_the_others_from_being_asked() {
    let stand_in = StandIn::start(|_, request| match request.line.contains("zone=FR") {
        true => Reply::Answer(403, "", "your plan has no such zone".to_owned()),
        false => electricity_maps(request, |_| json!(1)),
    })
    .await;
    let program = Program::new().await;
    let line = FETCH.replace("--zone DE", "--zone FR DE --per-minute 6000");
    let said = program.fails(&stand_in, &line).await;
    assert!(said.contains("DE: 24 values written") && said.contains("not fetched: FR;"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_wrongly_is_refused_before_any_source_is_asked() {
    let stand_in = StandIn::start(|_, _| Reply::Cut).await;
    let program = Program::new().await;
    for (from, to, expected) in [
        ("--zone DE", "--zone DE SE-SE9", "there is no zone 'SE-SE9'"),
        ("2025-10-02", "9999-01-01", "--to is later than now"),
        ("2025-10-02", "2025-09-01", "must be later than its beginning"),
        ("--from 2025-10-01 --to 2025-10-02", "", "say its beginning and its end"),
        ("--attempts 1", "--address ftp://x", "begins with https://"),
        ("--attempts 1", "--address https://u:hunter2@x", "begins with https://"),
    ] {
        let said = program.fails(&stand_in, &FETCH.replacen(from, to, 1)).await;
        assert!(said.contains(expected), "{said}");
    }
    let ended = program.factors(&stand_in, &FETCH.replacen("electricity-maps", "watttime", 1)).await;
    assert_eq!(ended.code, Some(2));
    assert!(
        ended.err.contains("marginal factors have no place in it, and WattTime is not asked"),
        "{ended:?}"
    );
    let ended = program.factors(&stand_in, &FETCH.replacen("electricity-maps", "iea", 1)).await;
    assert!(ended.err.contains("must be one of electricity-maps, "), "{ended:?}");
    assert_eq!(stand_in.seen().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_comes_from_the_environment_or_from_a_file_that_it_names() {
    let stand_in = StandIn::start(|_, request| electricity_maps(request, |_| json!(1))).await;
    let program = Program::new().await;
    let dir = Dir::new();
    dir.write("token", format!("{SECRET}\n"));
    dir.write("empty", "\n");
    let (variable, file) = ("TASKWATT_ELECTRICITY_MAPS_TOKEN", "TASKWATT_ELECTRICITY_MAPS_TOKEN_FILE");
    let run = async |token: Option<&str>, path: Option<&str>| {
        let mut command = program.command(&stand_in.url);
        command.arg("factors").args(FETCH.split_whitespace()).env_remove(variable).current_dir(&dir.0);
        token.map(|token| command.env(variable, token));
        path.map(|path| command.env(file, path));
        let ended = Ended::from(command.output().await.unwrap());
        assert!(!ended.err.contains("hunter2"), "{ended:?}");
        ended
    };
    assert_eq!(run(None, Some("token")).await.code, Some(0));
    for (token, path, expected) in [
        (None, None, "electricity-maps needs a token: set TASKWATT_ELECTRICITY_MAPS_TOKEN, or"),
        (Some(SECRET), Some("token"), "are both set"),
        (None, Some("nowhere"), "cannot read TASKWATT_ELECTRICITY_MAPS_TOKEN_FILE (nowhere)"),
        (None, Some("empty"), "the token is empty"),
        (Some(""), None, "the token is empty"),
    ] {
        let ended = run(token, path).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.err.contains(expected), "{ended:?}");
    }
    assert_eq!(stand_in.seen().len(), 1);
}
