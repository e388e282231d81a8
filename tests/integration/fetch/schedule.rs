//! The job of a service that fetches what its plan names.

use super::SECRET;
use super::services::{Program, asked, electricity_maps, parts};
use crate::cli::Ended;
use crate::send::dir::Dir;
use crate::send::stand_in::{Reply, StandIn};
use crate::support::{TestApp, make_schema, now, open_schema};
use chrono::{DateTime, TimeDelta, Utc};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use taskwatt::app::{App, Clock};
use taskwatt::cli::fetch::schedule::Schedule;
use taskwatt::cli::fetch::{Client, Limits, Token, TokenPlace, plan};
use taskwatt::db::Pool;
use taskwatt::db::factor_fetch::{self, FetchState, MAX_ERROR};
use taskwatt::domain::names::Slug;

/// An entry of hours of Electricity Maps, every six hours.
fn entry(name: &str, zones: &[&str]) -> Value {
    json!({"name": name, "source": "electricity-maps", "zones": zones, "set": name, "release": "v3",
        "basis": "lifecycle", "look_back_days": 2, "every_hours": 6})
}

fn plan_of(entries: &[Value]) -> String {
    json!({"entries": entries}).to_string()
}

/// What a process makes of a plan at its start, with clients that do not wait.
fn schedule(stand_in: &StandIn, entries: &[Value]) -> Schedule {
    let entries = plan::parse(plan_of(entries).as_bytes()).unwrap();
    let client = |_: &plan::Entry| {
        let token = Token { secret: SECRET.parse().unwrap(), place: TokenPlace::Header("auth-token") };
        let limits = Limits { attempts: 2, ..Limits::default() };
        let client = Client::new(&stand_in.url, Some(token), limits)?;
        Ok(client.with_sleep(|_| Box::pin(std::future::ready(()))))
    };
    Schedule::new(entries, client).unwrap()
}

/// An instance of the service at a time.
fn instance(pool: &Pool, at: DateTime<Utc>) -> App {
    App::new(pool.clone(), Clock::Fixed(at), "http://localhost")
}

async fn state(pool: &Pool, name: &str) -> Option<FetchState> {
    factor_fetch::state(pool, &Slug::parse(name).unwrap()).await.unwrap()
}

async fn count(pool: &Pool, set: &str) -> i64 {
    sqlx::query_scalar(
        "SELECT count(*) FROM grid_factor JOIN factor_set USING (factor_set_id) WHERE set_key = $1",
    )
    .bind(set)
    .fetch_one(pool)
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_is_fetched_when_it_is_due_and_a_restart_does_not_hurry_it() {
    let app = TestApp::start().await;
    let stand_in = StandIn::start(|_, request| electricity_maps(request, |hour| json!(hour + 1))).await;
    let entries = [entry("a", &["DE", "FR"])];
    let round = async |hours: i64| {
        let instance = instance(&app.pool, now() + TimeDelta::hours(hours));
        schedule(&stand_in, &entries).round(&instance).await;
        stand_in.seen().len()
    };
    assert_eq!(round(0).await, 2);
    let query = parts(&stand_in.seen()[0]).1;
    assert_eq!((&*query["start"], &*query["end"]), ("2026-01-13T00:00Z", "2026-01-15T00:00Z"));
    assert_eq!(count(&app.pool, "a").await, 2 * 48);
    let success =
        FetchState { last_attempt_at: now(), last_success_at: Some(now()), failures: 0, last_error: None };
    assert_eq!(state(&app.pool, "a").await, Some(success));

    assert_eq!(round(0).await, 2);
    assert_eq!(round(5).await, 2);
    assert_eq!(round(6).await, 4);
    // What was there before made no revisions.
    assert_eq!(count(&app.pool, "a").await, 2 * 54);
    assert_eq!(state(&app.pool, "a").await.unwrap().last_success_at, Some(now() + TimeDelta::hours(6)));
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_that_share_a_database_fetch_an_entry_once() {
    let schema = make_schema().await;
    let app = TestApp::serve(open_schema(&schema).await).await;
    let other_pool = open_schema(&schema).await;
    // Both look at the plan at the same time.
    let stand_in = StandIn::start(|_, request| electricity_maps(request, |_| json!(7))).await;
    let entries = [entry("a", &["DE"]), entry("b", &["DE"]), entry("c", &["DE"])];
    let schedules = [schedule(&stand_in, &entries), schedule(&stand_in, &entries)];
    let instances = [instance(&app.pool, now()), instance(&other_pool, now())];
    tokio::join!(schedules[0].round(&instances[0]), schedules[1].round(&instances[1]));
    // Either may be a step ahead and find an entry locked; what is left is fetched in the next round.
    assert_eq!(stand_in.seen().len(), 3, "{:?}", asked(&stand_in));

    // While one is at it, the other leaves it alone, and goes on with the next.
    let stand_in = StandIn::start(|_, request| match request.line.contains("zone=FR") {
        true => Reply::Hold,
        false => electricity_maps(request, |_| json!(7)),
    })
    .await;
    let entries = [entry("held", &["FR"]), entry("next", &["DE"])];
    let (first, second) = (schedule(&stand_in, &entries), schedule(&stand_in, &entries));
    let busy = instances[0].clone();
    let running = tokio::spawn(async move { first.round(&busy).await });
    stand_in.held(1).await;
    let later = instance(&other_pool, now() + TimeDelta::days(1));
    second.round(&later).await;
    let zones: Vec<String> = stand_in.seen().iter().map(|request| parts(request).1["zone"].clone()).collect();
    assert_eq!(zones, ["FR", "DE"]);
    running.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_fails_is_noted_without_the_token_and_the_others_have_their_turn() {
    let app = TestApp::start().await;
    let is_ill = Arc::new(AtomicBool::new(true));
    let ill = Arc::clone(&is_ill);
    let stand_in = StandIn::start(move |_, request| match request.line.contains("zone=FR") {
        true if ill.load(Ordering::SeqCst) => {
            Reply::Answer(503, "", format!("{SECRET} {} {SECRET}", "é\u{0}\n".repeat(300)))
        }
        _ => electricity_maps(request, |_| json!(7)),
    })
    .await;
    // The entry has a zone before the one that fails, which stays.
    let entries = [entry("bad", &["ES", "FR", "PT"]), entry("good", &["DE"])];
    let round = async |minutes: i64| {
        let instance = instance(&app.pool, now() + TimeDelta::minutes(minutes));
        let before = stand_in.seen().len();
        schedule(&stand_in, &entries).round(&instance).await;
        stand_in.seen().len() - before
    };
    // Spain, twice France, and Germany.
    assert_eq!(round(0).await, 4);
    assert_eq!((count(&app.pool, "bad").await, count(&app.pool, "good").await), (48, 48));
    let noted = state(&app.pool, "bad").await.unwrap();
    let error = noted.last_error.unwrap();
    assert!(error.starts_with("FR: page 1 of 1 (/carbon-intensity/past-range?zone=FR"), "{error}");
    assert!(error.len() <= MAX_ERROR && !error.contains("hunter2"), "{error}");
    assert_eq!((noted.failures, noted.last_success_at), (1, None));

    // Ten minutes to the next attempt, and twenty to the one after.
    assert_eq!(round(9).await, 0);
    assert_eq!(round(10).await, 3);
    assert_eq!(round(29).await, 0);
    is_ill.store(false, Ordering::SeqCst);
    assert_eq!(round(30).await, 3);
    let noted = state(&app.pool, "bad").await.unwrap();
    assert_eq!((noted.failures, noted.last_error), (0, None));
    assert_eq!(noted.last_success_at, Some(now() + TimeDelta::minutes(30)));
    assert_eq!(count(&app.pool, "bad").await, 3 * 48);
    let everything: String = sqlx::query_scalar(
        "SELECT coalesce(string_agg(row::text, ''), '') FROM (SELECT * FROM factor_fetch) AS row",
    )
    .fetch_one(&app.pool)
    .await
    .unwrap();
    assert!(everything.contains("good") && !everything.contains("hunter2"), "{everything}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_whose_process_died_is_not_repeated_at_once() {
    let app = TestApp::start().await;
    let stand_in = StandIn::start(|_, request| electricity_maps(request, |_| json!(7))).await;
    factor_fetch::begin(&app.pool, &Slug::parse("a").unwrap(), now()).await.unwrap();
    let round = async |minutes: i64| {
        let instance = instance(&app.pool, now() + TimeDelta::minutes(minutes));
        schedule(&stand_in, &[entry("a", &["DE"])]).round(&instance).await;
        stand_in.seen().len()
    };
    assert_eq!(round(9).await, 0);
    assert_eq!(round(10).await, 1);
}

/// Runs a command that ends by itself, with a plan.
async fn with_plan(program: &Program, stand_in: &StandIn, plan: &str, line: &str) -> Ended {
    let dir = Dir::new();
    dir.write("plan.json", plan);
    let mut command = program.command(&stand_in.url);
    command.args(line.split_whitespace()).env("TASKWATT_FACTOR_PLAN", "plan.json").current_dir(&dir.0);
    Ended::from(command.output().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_refuses_to_start_with_a_plan_that_is_wrong() {
    let stand_in = StandIn::start(|_, _| Reply::Cut).await;
    let program = Program::new().await;
    let with = |field: &str, value: Value| {
        let mut entry = entry("b", &["DE"]);
        entry[field] = value;
        plan_of(&[super::schedule::entry("a", &["DE"]), entry])
    };
    for (plan, expected) in [
        ("{\"entries\": [".to_owned(), "not JSON at line 1"),
        (with("every_hours", json!("soon")), "/entries/1/every_hours: "),
        (with("every_hour", json!(1)), "/entries/1/every_hour: 'every_hour' is not a field"),
        (with("source", json!("watttime")), "/entries/1/source: WattTime answers with marginal factors"),
        (with("zones", json!(["FR", "SE-SE9"])), "/entries/1/zones/1: there is no zone 'SE-SE9'"),
        (with("name", json!("a")), "/entries/1/name: the entry /entries/0 has this name already"),
    ] {
        let ended = with_plan(&program, &stand_in, &plan, "serve --bind 127.0.0.1:0").await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.err.contains("is refused:") && ended.err.contains(expected), "{expected}: {ended:?}");
    }
    let dir = Dir::new();
    dir.write("plan.json", plan_of(&[entry("a", &["DE"])]));
    let mut command = program.command(&stand_in.url);
    command.args(["serve", "--bind", "127.0.0.1:0", "--factor-plan", "plan.json"]).current_dir(&dir.0);
    command.env_remove("TASKWATT_ELECTRICITY_MAPS_TOKEN");
    let ended = Ended::from(command.output().await.unwrap());
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("/entries/0/source: electricity-maps needs a token"), "{ended:?}");
    assert_eq!(stand_in.seen().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_fetches_what_its_plan_names_and_ends_while_it_is_at_it() {
    let stand_in = StandIn::start(|_, request| match request.line.contains("zone=FR") {
        true => Reply::Hold,
        false => electricity_maps(request, |_| json!(7)),
    })
    .await;
    let program = Program::new().await;
    let dir = Dir::new();
    dir.write("plan.json", plan_of(&[entry("done", &["DE"]), entry("held", &["FR"])]));
    let mut command = program.command(&stand_in.url);
    command.args(["--log", "trace", "serve", "--bind", "127.0.0.1:0", "--factor-plan", "plan.json"]);
    // A pipe that nobody reads would hold up what is logged.
    command.stderr(File::create(dir.0.join("log")).unwrap());
    let mut child = command.current_dir(&dir.0).spawn().unwrap();
    tokio::select! {
        () = stand_in.held(1) => {}
        ended = child.wait() => panic!("{ended:?}: {}", dir.text("log")),
    }
    kill(Pid::from_raw(child.id().unwrap().try_into().unwrap()), Signal::SIGTERM).unwrap();
    let ended = Ended::from(child.wait_with_output().await.unwrap());
    let log = dir.text("log");
    assert_eq!(ended.code, Some(0), "{log}");
    assert!(log.contains("grid factors: 48 values written") && !log.contains("hunter2"), "{log}");
    assert_eq!(program.values("done").await, [("DE".to_owned(), 48)]);
    assert_eq!(program.values("held").await, []);

    let plan = plan_of(&[entry("done", &["DE"]), entry("held", &["FR"]), entry("new", &["ES"])]);
    let ended = with_plan(&program, &stand_in, &plan, "factors schedule").await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let lines: Vec<&str> = ended.out.lines().collect();
    assert_eq!(lines.len(), 4, "{ended:?}");
    assert!(lines[0].starts_with("done (electricity-maps: DE): last success 20"), "{ended:?}");
    assert!(
        lines[1].starts_with("held (electricity-maps: FR): last success never, last attempt 20"),
        "{ended:?}"
    );
    assert_eq!(lines[2], "    failed 1 times: the last attempt did not end");
    assert_eq!(lines[3], "new (electricity-maps: ES): last success never, last attempt never, next due now");
}
