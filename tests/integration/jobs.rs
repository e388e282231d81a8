//! Jobs: building and publishing in the background, waiting, cancelling, trying again, and what outlives a process.

mod rooms;
mod stage;

use crate::disclosures::october;
use crate::support::{
    PROGRAM, Provider, TestApp, answer, database_url_of, make_schema, now, open_schema, record, record_with,
};
use chrono::TimeDelta;
use reqwest::Response;
use serde_json::{Value, json};
use stage::{Service, Stage};
use std::time::Duration;
use taskwatt::db::job::{self, NewJob};
use taskwatt::db::{maintenance, registry};
use taskwatt::disclosure::stated::Stated;
use taskwatt::disclosure::{BuildError, Request, prepare};
use taskwatt::domain::job::{JobKind, JobProblem, Progress};
use taskwatt::domain::period::Period;
use taskwatt::domain::problem::ProblemCode;
use taskwatt::domain::terms::{Basis, Perimeter, SmallCells};
use taskwatt::publish::worker::Renderer;
use uuid::Uuid;

/// An application with a provider that has one record, and its renderer changed.
async fn app_with(adjust: impl FnOnce(&mut Renderer)) -> TestApp {
    let pool = open_schema(&make_schema().await).await;
    TestApp::serve_with(pool, |app| adjust(&mut app.renderer)).await
}

/// A provider with one record in October 2025.
async fn acme(app: &TestApp) -> Provider<'_> {
    let provider = app.provider("acme").await;
    assert_eq!(provider.post_records(&json!([record("r-1")])).await.0, 200);
    provider
}

/// Asks for something and not to wait for it; answers the job's address.
async fn begin(provider: &Provider<'_>, path: &str, body: &Value) -> String {
    let request = provider.post(path).header("prefer", "respond-async").json(body);
    location(request.send().await.unwrap())
}

fn location(response: Response) -> String {
    assert_eq!(response.status(), 202);
    response.headers()["location"].to_str().unwrap().to_owned()
}

async fn begin_publishing(provider: &Provider<'_>, built: &Value) -> String {
    let path = format!("/v1/disclosures/{}/versions/{}/publish", built["number"], built["version"]);
    begin(provider, &path, &json!(null)).await
}

/// The job when it came to its end.
async fn ended(provider: &Provider<'_>, job: &str) -> Value {
    loop {
        let request =
            provider.app.http.get(format!("{}{job}", provider.app.url)).bearer_auth(&provider.secret);
        let (status, found) = answer(request.header("prefer", "wait=30").send().await.unwrap()).await;
        assert_eq!(status, 200, "{found}");
        if !["queued", "running"].contains(&found["state"].as_str().unwrap()) {
            return found;
        }
    }
}

/// The job as it is at this moment.
async fn job_now(provider: &Provider<'_>, job: &str) -> Value {
    provider.get_json(job).await.1
}

async fn cancel(provider: &Provider<'_>, job: &str) -> (u16, Value) {
    let request = provider.app.http.delete(format!("{}{job}", provider.app.url));
    answer(request.bearer_auth(&provider.secret).send().await.unwrap()).await
}

async fn published(app: &TestApp) -> i64 {
    app.count("disclosure WHERE state = 'published'").await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_prefers_not_to_wait_is_told_where_to_ask() {
    let app = TestApp::start().await;
    let provider = acme(&app).await;
    let request = provider.post("/v1/disclosures").header("prefer", "respond-async").json(&october());
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["preference-applied"], "respond-async");
    let job = location(response);
    assert_eq!(job, "/v1/jobs/1");
    let built = ended(&provider, &job).await;
    assert_eq!(
        (&built["job"], &built["kind"], &built["state"]),
        (&json!(1), &json!("build"), &json!("done"))
    );
    assert_eq!(built["progress"], json!({"step": 2, "of": 2}));
    assert_eq!((&built["attempts"], built.get("problem")), (&json!(1), None));
    // The same as a request that waits is answered with.
    assert_eq!(provider.build(&october()).await, (201, built["result"].clone()));

    let job = begin_publishing(&provider, &built["result"]).await;
    let done = ended(&provider, &job).await;
    assert_eq!((&done["kind"], &done["state"]), (&json!("publish"), &json!("done")), "{done}");
    assert_eq!(done["progress"]["step"], done["progress"]["of"]);
    assert_eq!(done["result"]["state"], "published");
    assert_eq!(done["result"]["address"], format!("{}/disclosures/1/v1", app.url));
    assert_eq!(app.get("/disclosures/1/v1").await.status(), 200);
    let (status, refused) = cancel(&provider, &job).await;
    assert_eq!((status, &refused["code"]), (409, &json!("job-finished")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_lost_patience_gets_its_job_and_the_job_goes_on() {
    let stage = Stage::new();
    let app = app_with(|renderer| renderer.program = stage.program()).await;
    let provider = acme(&app).await;
    let (_, built) = provider.build(&october()).await;
    let path = format!("/v1/disclosures/{}/versions/{}/publish", built["number"], built["version"]);
    let response = provider.post(&path).header("prefer", "wait=0").send().await.unwrap();
    assert_eq!(response.headers()["retry-after"], "1");
    let job = location(response);
    stage.actor().await.go_on();
    assert_eq!(ended(&provider, &job).await["state"], "done");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_holds_the_problem_that_the_request_would_have_been_refused_with() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let (status, refused) = provider.build(&october()).await;
    assert_eq!((status, &refused["code"]), (422, &json!("nothing-to-disclose")));
    let job = begin(&provider, "/v1/disclosures", &october()).await;
    let failed = ended(&provider, &job).await;
    assert_eq!((&failed["state"], &failed["attempts"]), (&json!("failed"), &json!(1)), "{failed}");
    let problem = &failed["problem"];
    for member in ["type", "title", "status", "code", "detail", "advice"] {
        assert_eq!(problem[member], refused[member], "{member}");
    }
    assert_eq!(failed.get("result"), None);
    // What can be told at once makes no job.
    let jobs = app.count("job").await;
    let request = provider.post("/v1/disclosures").header("prefer", "respond-async");
    let body = json!({"service": "nobody", "from": "2025-10-01", "to": "2025-11-01"});
    let (status, refused) = answer(request.json(&body).send().await.unwrap()).await;
    assert_eq!((status, &refused["errors"][0]["pointer"]), (422, &json!("/service")));
    let path = "/v1/disclosures/7/versions/1/publish";
    assert_eq!(provider.post(path).header("prefer", "respond-async").send().await.unwrap().status(), 404);
    assert_eq!(app.count("job").await, jobs);
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_are_listed_by_pages_the_latest_first_and_for_their_provider_alone() {
    let app = TestApp::start().await;
    let provider = acme(&app).await;
    for _ in 0..3 {
        provider.build(&october()).await;
    }
    let rival = app.provider("rival").await;
    rival.build(&october()).await;
    let numbers = |list: &Value| -> Vec<i64> {
        list["jobs"].as_array().unwrap().iter().map(|job| job["job"].as_i64().unwrap()).collect()
    };
    let (_, first) = provider.get_json("/v1/jobs?limit=2").await;
    assert_eq!(numbers(&first), [3, 2]);
    let (_, second) =
        provider.get_json(&format!("/v1/jobs?limit=2&cursor={}", first["next"].as_str().unwrap())).await;
    assert_eq!((numbers(&second), second.get("next")), (vec![1], None));
    assert_eq!(numbers(&rival.get_json("/v1/jobs").await.1), [4]);
    assert_eq!(rival.get_json("/v1/jobs/1").await.0, 404);
    assert_eq!(cancel(&rival, "/v1/jobs/1").await.0, 404);
    for bad in ["/v1/jobs?cursor=x", "/v1/jobs?limit=0", "/v1/jobs?state=done"] {
        assert_eq!(provider.get_json(bad).await.0, 422, "{bad}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_ends_the_process_that_makes_files_and_nothing_is_stored() {
    let stage = Stage::new();
    let app = app_with(|renderer| renderer.program = stage.program()).await;
    let provider = acme(&app).await;
    let (_, built) = provider.build(&october()).await;
    let job = begin_publishing(&provider, &built).await;
    let actor = stage.actor().await;
    assert_eq!(job_now(&provider, &job).await["state"], "running");
    let (status, cancelled) = cancel(&provider, &job).await;
    assert_eq!((status, &cancelled["state"]), (200, &json!("cancelled")));
    assert!(cancelled["finished_at"].is_string());
    actor.exit().await;
    assert_eq!(published(&app).await, 0);
    assert_eq!(app.count("disclosure_file").await, 0);
    assert_eq!(ended(&provider, &job).await, cancelled);
    // Another attempt finds everything as it was.
    let again = begin_publishing(&provider, &built).await;
    stage.actor().await.go_on();
    assert_eq!(ended(&provider, &again).await["state"], "done");
    assert_eq!(published(&app).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_waits_for_a_cancelled_job_is_refused() {
    let stage = Stage::new();
    let app = app_with(|renderer| renderer.program = stage.program()).await;
    let provider = acme(&app).await;
    let (_, built) = provider.build(&october()).await;
    let canceller = async {
        let actor = stage.actor().await;
        assert_eq!(cancel(&provider, "/v1/jobs/2").await.0, 200);
        actor.exit().await;
    };
    let ((status, refused), ()) = tokio::join!(provider.publish_version(&built), canceller);
    assert_eq!((status, &refused["code"]), (409, &json!("job-cancelled")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_in_the_queue_is_cancelled_before_it_begins() {
    let app = TestApp::start().await;
    let provider = acme(&app).await;
    let body = october().to_string();
    app.worker.abort();
    let new = NewJob {
        provider: provider.id,
        kind: JobKind::Build,
        request: &body,
        public_url: "http://a.example",
    };
    let id = job::enqueue(&app.pool, new, now()).await.unwrap();
    let path = format!("/v1/jobs/{}", id.get());
    assert_eq!(cancel(&provider, &path).await.1["state"], "cancelled");
    assert_eq!(
        job::claim(&app.pool, JobKind::Build, Uuid::new_v4(), now()).await.unwrap().map(|one| one.claim),
        None
    );
}

/// SIGKILL in the middle of publishing: the next process takes the job up, and publishes once.
#[tokio::test(flavor = "multi_thread")]
async fn a_job_of_a_killed_process_is_finished_by_the_next_one_once() {
    let stage = Stage::new();
    let schema = make_schema().await;
    let app = TestApp::serve(open_schema(&schema).await).await;
    let provider = acme(&app).await;
    let (_, built) = provider.build(&october()).await;
    app.worker.abort();

    let database = database_url_of(&schema);
    let first = Service::start(&database, Some(stage.program())).await;
    let at = |service: &Service, path: &str| format!("http://{}{path}", service.address);
    let path = "/v1/disclosures/1/versions/1/publish";
    let request =
        app.http.post(at(&first, path)).bearer_auth(&provider.secret).header("prefer", "respond-async");
    let job = location(request.send().await.unwrap());
    let actor = stage.actor().await;
    first.kill().await;
    actor.kill();
    let left = job_now(&provider, &job).await;
    assert_eq!((&left["state"], &left["attempts"]), (&json!("running"), &json!(1)));
    assert_eq!(published(&app).await, 0);

    let second = Service::start(&database, None).await;
    // The time of its lease goes by.
    let lapse =
        "UPDATE job SET lease_until = clock_timestamp() - interval '1 second' WHERE job_state = 'running'";
    sqlx::query(lapse).execute(&app.pool).await.unwrap();
    let done = ended(&provider, &job).await;
    assert_eq!((&done["state"], &done["attempts"]), (&json!("done"), &json!(2)), "{done}");
    assert_eq!(done["result"]["address"], built["address"]);
    assert_eq!(published(&app).await, 1);
    assert_eq!(app.count("disclosure").await, 1);
    assert_eq!(app.get("/disclosures/1/v1").await.status(), 200);
    // Nothing of the first attempt can come after.
    let (status, again) = provider.publish_version(&built).await;
    assert_eq!((status, &again["code"]), (409, &json!("disclosure-published")));
    second.stop().await;
}

/// SIGTERM: what was going on goes back into the queue at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_stops_gives_its_jobs_back() {
    let stage = Stage::new();
    let schema = make_schema().await;
    let app = TestApp::serve(open_schema(&schema).await).await;
    let provider = acme(&app).await;
    provider.build(&october()).await;
    app.worker.abort();
    let database = database_url_of(&schema);
    let service = Service::start(&database, Some(stage.program())).await;
    let url = format!("http://{}/v1/disclosures/1/versions/1/publish", service.address);
    let request = app.http.post(url).bearer_auth(&provider.secret).header("prefer", "respond-async");
    let job = location(request.send().await.unwrap());
    let actor = stage.actor().await;
    service.stop().await;
    actor.exit().await;
    assert_eq!(job_now(&provider, &job).await["state"], "queued");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_come_in_while_files_are_made_stop_the_publication() {
    let stage = Stage::new();
    let app = app_with(|renderer| renderer.program = stage.program()).await;
    let provider = acme(&app).await;
    let (_, built) = provider.build(&october()).await;
    let job = begin_publishing(&provider, &built).await;
    let actor = stage.actor().await;
    provider.post_records(&json!([record("late")])).await;
    actor.go_on();
    let failed = ended(&provider, &job).await;
    assert_eq!((&failed["state"], &failed["problem"]["code"]), (&json!("failed"), &json!("draft-outdated")));
    assert_eq!((published(&app).await, app.count("disclosure_file").await), (0, 0));
    // The same where the draft is built again meanwhile.
    let (_, built) = provider.build(&october()).await;
    let job = begin_publishing(&provider, &built).await;
    let actor = stage.actor().await;
    provider
        .build(&json!({"service": "chat", "from": "2025-10-01", "to": "2025-11-01", "small_cells": "all"}))
        .await;
    actor.go_on();
    let failed = ended(&provider, &job).await;
    assert_eq!(failed["problem"]["code"], "built-meanwhile", "{failed}");
    assert_eq!(published(&app).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_documents_are_made_at_a_time_than_allowed() {
    const DOCUMENTS: usize = 5;
    let stage = Stage::new();
    let app = app_with(|renderer| {
        *renderer = Renderer::new(2);
        renderer.program = stage.program();
    })
    .await;
    let provider = app.provider("acme").await;
    let mut jobs = Vec::new();
    for day in 1..=DOCUMENTS {
        let at = format!("2025-10-0{day}T12:00:00Z");
        provider.post_records(&json!([record_with(&format!("r-{day}"), "started_at", json!(at))])).await;
        let (from, to) = (format!("2025-10-0{day}"), format!("2025-10-0{}", day + 1));
        let (status, built) = provider.build(&json!({"service": "chat", "from": from, "to": to})).await;
        assert_eq!(status, 201, "{built}");
        jobs.push(begin_publishing(&provider, &built).await);
    }
    // Two at a time, until all are made: whenever one ends, one begins.
    let mut actors = vec![stage.actor().await, stage.actor().await];
    for round in 0..DOCUMENTS {
        let (_, list) = provider.get_json("/v1/jobs").await;
        let states: Vec<&str> =
            list["jobs"].as_array().unwrap().iter().filter_map(|job| job["state"].as_str()).collect();
        let running = states.iter().filter(|state| **state == "running").count();
        assert!(running <= 2, "{states:?}");
        assert_eq!(stage.waiting(), 0, "a third process began");
        actors.remove(0).go_on_to_the_end().await;
        if round + 2 < DOCUMENTS {
            actors.push(stage.actor().await);
        }
    }
    for job in &jobs {
        assert_eq!(ended(&provider, job).await["state"], "done");
    }
    assert_eq!(published(&app).await, DOCUMENTS as i64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_takes_too_much_memory_fails_and_the_service_goes_on() {
    let app = app_with(|renderer| renderer.memory_bytes = 1).await;
    let provider = acme(&app).await;
    let (_, built) = provider.build(&october()).await;
    let (status, refused) = provider.publish_version(&built).await;
    assert_eq!((status, &refused["code"]), (422, &json!("render-too-large")), "{refused}");
    assert!(refused["detail"].as_str().unwrap().contains("memory"), "{refused}");
    let (_, failed) = provider.get_json("/v1/jobs/2").await;
    assert_eq!(
        (&failed["state"], &failed["attempts"]),
        (&json!("failed"), &json!(1)),
        "it is not tried again"
    );
    assert_eq!(app.get("/readyz").await.status(), 200);
    assert_eq!(provider.build(&october()).await.0, 201);
    assert_eq!(published(&app).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_takes_too_long_refuses_or_breaks_is_the_jobs_problem_alone() {
    let stage = Stage::new();
    for (program, time, status, code, detail) in [
        (stage.program(), Duration::from_millis(1), 503, "render-too-slow", "took longer than"),
        (
            stage.script("echo 'error: the font lacks a letter' >&2; exit 3"),
            Duration::MAX,
            422,
            "render-refused",
            "the font lacks a letter",
        ),
        (
            stage.script("echo \"thread 'main' panicked\" >&2; exit 101"),
            Duration::MAX,
            500,
            "internal",
            "logged under job 2",
        ),
        (stage.script("exit 0"), Duration::MAX, 500, "internal", "logged under job 2"),
        (stage.script("kill -KILL $$"), Duration::MAX, 422, "render-too-large", "memory"),
    ] {
        let app = app_with(|renderer| (renderer.program, renderer.time) = (program.clone(), time)).await;
        let provider = acme(&app).await;
        let (_, built) = provider.build(&october()).await;
        let (found, refused) = provider.publish_version(&built).await;
        assert_eq!((found, &refused["code"]), (status, &json!(code)), "{refused}");
        assert!(refused["detail"].as_str().unwrap().contains(detail), "{refused}");
        assert_eq!(app.get("/readyz").await.status(), 200);
        assert_eq!(published(&app).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_that_passes_is_tried_again() {
    let stage = Stage::new();
    let missing = stage.path("later");
    let app = app_with(|renderer| renderer.program.clone_from(&missing)).await;
    let provider = acme(&app).await;
    let (_, built) = provider.build(&october()).await;
    let job = begin_publishing(&provider, &built).await;
    loop {
        let found = job_now(&provider, &job).await;
        if found["attempts"].as_i64().unwrap() > 0 && found["state"] == "queued" {
            break;
        }
        assert!(["queued", "running"].contains(&found["state"].as_str().unwrap()), "{found}");
    }
    std::os::unix::fs::symlink(PROGRAM, &missing).unwrap();
    let done = ended(&provider, &job).await;
    assert_eq!(done["state"], "done", "{done}");
    assert!(done["attempts"].as_i64().unwrap() > 1, "{done}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_a_job_can_settle_nothing() {
    let app = TestApp::start().await;
    let provider = acme(&app).await;
    app.worker.abort();
    let (pool, body) = (&app.pool, october().to_string());
    let new = NewJob {
        provider: provider.id,
        kind: JobKind::Build,
        request: &body,
        public_url: "http://a.example",
    };
    let id = job::enqueue(pool, new, now()).await.unwrap();
    let claim = async || job::claim(pool, JobKind::Build, Uuid::new_v4(), now()).await.unwrap();
    assert!(job::claim(pool, JobKind::Publish, Uuid::new_v4(), now()).await.unwrap().is_none());
    let first = claim().await.unwrap();
    assert_eq!((first.claim.job, first.claim.attempt, &first.request), (id, 1, &body));
    assert!(claim().await.is_none(), "it is held");
    sqlx::query("UPDATE job SET lease_until = clock_timestamp() - interval '1 second'")
        .execute(pool)
        .await
        .unwrap();
    let second = claim().await.unwrap();
    assert_eq!(second.claim.attempt, 2);
    let progress = Progress { step: 1, of: 2 };
    assert!(!job::beat(pool, first.claim, progress).await.unwrap());
    job::fail(pool, first.claim, &JobProblem::new(ProblemCode::Internal, "late"), now()).await.unwrap();
    job::postpone(pool, first.claim, 0).await.unwrap();
    assert!(job::beat(pool, second.claim, progress).await.unwrap());
    // Nor can it store what it made.
    let (provider_now, service) = (
        registry::find_provider(pool, &first.provider_key).await.unwrap().unwrap(),
        registry::find_service(pool, provider.id, &"chat".parse().unwrap()).await.unwrap().unwrap(),
    );
    let wanted = Request {
        provider: &provider_now,
        service: &service,
        period: Period::parse("2025-10-01", "2025-11-01").unwrap(),
        basis: Basis::Lifecycle,
        perimeter: Perimeter::Production,
        baseline: None,
        small_cells: SmallCells::Sites,
        stated: &Stated::NOTHING,
        household: None,
    };
    let prepared = prepare(pool, wanted).await.unwrap();
    let lost = prepared.store(pool, "http://a.example", Some(first.claim), now()).await;
    assert!(matches!(lost, Err(BuildError::JobLost)), "{lost:?}");
    assert_eq!(app.count("disclosure").await, 0);
    prepared.store(pool, "http://a.example", Some(second.claim), now()).await.unwrap();
    assert_eq!(app.count("disclosure").await, 1);
    assert_eq!(app.count("job WHERE job_state = 'done'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_became_of_a_job_can_be_asked_for_some_days() {
    let app = TestApp::start().await;
    let provider = acme(&app).await;
    provider.build(&october()).await;
    let kept = maintenance::JOBS_KEPT;
    maintenance::run(&app.pool, now() + kept - TimeDelta::seconds(1)).await.unwrap();
    assert_eq!(provider.get_json("/v1/jobs/1").await.0, 200);
    maintenance::run(&app.pool, now() + kept + TimeDelta::seconds(1)).await.unwrap();
    assert_eq!(provider.get_json("/v1/jobs/1").await.0, 404);
    // The draft stays.
    assert_eq!(app.count("disclosure").await, 1);
}
