//! Keys: how long they hold, what takes their place, and how much they may send.

use crate::support::{TestApp, answer, make_schema, now, open_schema};
use actix_web::test::TestRequest;
use actix_web::web;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::Response;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::time::Duration;
use taskwatt::app::{App, Clock};
use taskwatt::cli::key::{KeyTerms, make_with};
use taskwatt::db::Pool;
use taskwatt::db::key::{self, Named, Rotated};
use taskwatt::domain::ids::ProviderId;
use taskwatt::domain::key::KeyLimits;
use taskwatt::domain::terms::Scope;
use taskwatt::http::auth::{Gate, authorise};
use taskwatt::http::limit::charge_records;
use taskwatt::http::problem::Problem;

/// A service whose clock stands at a time, and that asks the database for the key of every request.
async fn serve_at(pool: &Pool, time: DateTime<Utc>) -> TestApp {
    TestApp::serve_with(pool.clone(), |app| {
        app.clock = Clock::Fixed(time);
        app.key_life = Duration::ZERO;
    })
    .await
}

/// Sends a request that a key lets in, and that is then refused for its body.
async fn send(app: &TestApp, key: &str) -> Response {
    let request = app.http.post(format!("{}/v1/disclosures", app.url)).bearer_auth(key).json(&json!({}));
    request.send().await.unwrap()
}

async fn is_let_in(app: &TestApp, key: &str) -> bool {
    let (status, problem) = answer(send(app, key).await).await;
    match status {
        422 => true,
        401 => {
            assert_eq!(problem["code"], "key-invalid");
            false
        }
        _ => panic!("{status} {problem}"),
    }
}

async fn key_with(pool: &Pool, provider: ProviderId, terms: KeyTerms) -> String {
    make_with(pool, provider, "limited", Scope::ALL, terms, now()).await.unwrap()
}

fn header(response: &Response, name: &str) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_remembered_for_its_life_in_memory_and_no_longer() {
    let pool = open_schema(&make_schema().await).await;
    let forgetful = serve_at(&pool, now()).await;
    let remembering = TestApp::serve_with(pool, |app| app.key_life = Duration::from_secs(3600)).await;
    let provider = forgetful.provider("acme").await;
    assert!(is_let_in(&forgetful, &provider.secret).await);
    assert!(is_let_in(&remembering, &provider.secret).await);
    let named = Named::Start(&provider.secret[..12]);
    key::revoke(&forgetful.pool, provider.id, named, now()).await.unwrap();
    assert!(!is_let_in(&forgetful, &provider.secret).await);
    // It did not ask again, so its answer is the one before.
    assert!(is_let_in(&remembering, &provider.secret).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_was_unknown_is_taken_as_soon_as_it_is_made() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let secret = format!("twk_{}", "1".repeat(64));
    assert!(!is_let_in(&app, &secret).await);
    let new = key::NewKey {
        provider: provider.id,
        sha256: &Sha256::digest(&secret).into(),
        start: &secret[..12],
        label: "late",
        scopes: Scope::ALL,
        expires_at: None,
        limits: KeyLimits::default(),
    };
    key::insert(&app.pool, new, now()).await.unwrap();
    assert!(is_let_in(&app, &secret).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_key_is_refused_from_its_last_instant_even_where_it_is_remembered() {
    let pool = open_schema(&make_schema().await).await;
    let app = TestApp::serve(pool.clone()).await;
    let provider = app.provider("acme").await;
    let expires_at = Some(now() + TimeDelta::seconds(1));
    let secret = key_with(&pool, provider.id, KeyTerms { expires_at, ..KeyTerms::default() }).await;
    assert!(is_let_in(&app, &secret).await);
    let second_later = serve_at(&pool, now() + TimeDelta::seconds(1)).await;
    let (status, problem) = answer(send(&second_later, &secret).await).await;
    assert_eq!((status, &problem["code"]), (401, &json!("key-invalid")));
    assert_eq!(problem["detail"], "the key expired at 2026-01-15T00:00:01Z");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_and_the_one_in_its_place_overlap() {
    let pool = open_schema(&make_schema().await).await;
    let at = |hours: i64| serve_at(&pool, now() + TimeDelta::hours(hours));
    let (today, within, after) = (at(0).await, at(23).await, at(24).await);
    let provider = today.provider("acme").await;
    let limits = KeyLimits { requests_per_minute: 7, records_per_day: Some(11) };
    let terms = KeyTerms { expires_at: Some(now() + TimeDelta::days(90)), limits };
    let earlier = key_with(&pool, provider.id, terms).await;
    let later = format!("twk_{}", "2".repeat(64));
    let sha256: [u8; 32] = Sha256::digest(&later).into();
    let overlap = TimeDelta::hours(24);
    let rotate = || key::rotate(&pool, Named::Start(&earlier[..12]), &sha256, &later[..12], overlap, now());
    let done = Rotated::Done { earlier_expires_at: now() + overlap };
    assert_eq!(rotate().await.unwrap(), done);
    assert_eq!(rotate().await.unwrap(), Rotated::NotFound, "a key is replaced once");

    for app in [&today, &within] {
        assert!(is_let_in(app, &earlier).await);
        assert!(is_let_in(app, &later).await);
    }
    assert!(!is_let_in(&after, &earlier).await);
    let response = send(&after, &later).await;
    assert_eq!(response.status(), 422);
    assert_eq!(
        header(&response, "ratelimit-policy"),
        r#""requests";q=7;w=60, "records";q=11;w=86400"#,
        "the limits go along"
    );
    let keys = key::list(&pool, provider.id).await.unwrap();
    let [_, old, new] = &keys[..] else { panic!("{keys:?}") };
    assert_eq!((&new.label, &new.scopes), (&old.label, &old.scopes));
    assert_eq!(new.expires_at, terms.expires_at, "as long a life as the earlier one had");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overlap_does_not_lengthen_a_life_and_revoked_keys_are_not_replaced() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let ends = now() + TimeDelta::hours(1);
    let terms = KeyTerms { expires_at: Some(ends), ..KeyTerms::default() };
    let short = key_with(&app.pool, provider.id, terms).await;
    let rotate = async |key: &str, new: u8| {
        let overlap = TimeDelta::hours(24);
        key::rotate(&app.pool, Named::Start(&key[..12]), &[new; 32], "twk_00000000", overlap, now())
            .await
            .unwrap()
    };
    assert_eq!(rotate(&short, 1).await, Rotated::Done { earlier_expires_at: ends });
    key::revoke(&app.pool, provider.id, Named::Start(&provider.secret[..12]), now()).await.unwrap();
    assert_eq!(rotate(&provider.secret, 2).await, Rotated::NotFound);
    // The first of these is now the beginning of two keys.
    assert!(matches!(rotate("twk_00000000", 3).await, Rotated::Done { .. }));
    let again = key_with(&app.pool, provider.id, KeyTerms::default()).await;
    sqlx::query("UPDATE api_key SET key_start = 'twk_00000000' WHERE key_start = $1")
        .bind(&again[..12])
        .execute(&app.pool)
        .await
        .unwrap();
    assert_eq!(rotate("twk_00000000", 4).await, Rotated::Ambiguous);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_requests_of_a_minute_are_limited_and_every_answer_says_how_many_are_left() {
    let pool = open_schema(&make_schema().await).await;
    let app = serve_at(&pool, now() + TimeDelta::seconds(23)).await;
    let provider = app.provider("acme").await;
    let limits = KeyLimits { requests_per_minute: 3, records_per_day: None };
    let secret = key_with(&pool, provider.id, KeyTerms { expires_at: None, limits }).await;
    for left in [2, 1, 0] {
        let response = send(&app, &secret).await;
        assert_eq!(response.status(), 422);
        assert_eq!(header(&response, "ratelimit-policy"), r#""requests";q=3;w=60"#);
        assert_eq!(header(&response, "ratelimit"), format!(r#""requests";r={left};t=37"#));
    }
    let response = send(&app, &secret).await;
    assert_eq!(header(&response, "retry-after"), "37");
    assert_eq!(header(&response, "ratelimit"), r#""requests";r=0;t=37"#);
    let (status, problem) = answer(response).await;
    assert_eq!((status, &problem["code"]), (429, &json!("rate-limited")));
    assert!(is_let_in(&app, &provider.secret).await, "another key of the same provider goes on");
}

/// A process of its own with the key of a request: what handlers have in hand.
struct Process {
    app: App,
    gate: web::Data<Gate>,
}

impl Process {
    fn start(pool: &Pool, time: DateTime<Utc>) -> Process {
        let app = App::new(pool.clone(), Clock::Fixed(time), "http://localhost");
        let gate = web::Data::new(Gate::new(&app));
        Process { app, gate }
    }

    /// Sends records with a key, as the handler does that reads them.
    async fn charge(&self, secret: &str, records: u64) -> Result<(), Problem> {
        let request = TestRequest::default()
            .app_data(self.gate.clone())
            .insert_header(("authorization", format!("Bearer {secret}")))
            .to_http_request();
        let key = authorise(&self.app, &request, Scope::RecordsWrite).await.unwrap();
        charge_records(&self.app, &request, &key, records)
    }
}

/// Waits until so many records are written down; every look is a query, and the first write of a process
/// is on its way at once.
async fn written_down(pool: &Pool, records: i64) {
    let sum = "SELECT coalesce(sum(records), 0)::bigint FROM key_usage_day";
    for _ in 0..100_000 {
        if sqlx::query_scalar::<_, i64>(sum).fetch_one(pool).await.unwrap() == records {
            return;
        }
    }
    panic!("{records} records are not written down");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_records_of_a_day_are_limited_also_across_a_restart() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let limits = KeyLimits { records_per_day: Some(100), ..KeyLimits::default() };
    let secret = key_with(&app.pool, provider.id, KeyTerms { expires_at: None, limits }).await;
    let first = Process::start(&app.pool, now());
    first.charge(&secret, 60).await.unwrap();
    let refused = first.charge(&secret, 41).await.unwrap_err().to_string();
    assert_eq!(
        refused,
        "rate-limited: this key may send 100 records a UTC day; 40 are left today, and this part holds 41"
    );
    written_down(&app.pool, 60).await;
    drop(first);

    let second = Process::start(&app.pool, now() + TimeDelta::hours(23));
    assert!(second.charge(&secret, 41).await.is_err());
    second.charge(&secret, 40).await.unwrap();
    assert!(second.charge(&secret, 1).await.is_err());
    let next_day = Process::start(&app.pool, now() + TimeDelta::hours(24));
    next_day.charge(&secret, 100).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_without_a_daily_limit_is_not_counted() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let process = Process::start(&app.pool, now());
    process.charge(&provider.secret, u64::MAX).await.unwrap();
    process.charge(&provider.secret, u64::MAX).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_use_is_noted_at_most_once_a_minute() {
    let pool = open_schema(&make_schema().await).await;
    let app = serve_at(&pool, now()).await;
    let provider = app.provider("acme").await;
    let last_used = async || key::list(&pool, provider.id).await.unwrap()[0].last_used_at;
    assert_eq!(last_used().await, None);
    assert!(is_let_in(&app, &provider.secret).await);
    assert_eq!(last_used().await, Some(now()));
    for (seconds, noted) in [(59, 0), (60, 60), (119, 60)] {
        let later = serve_at(&pool, now() + TimeDelta::seconds(seconds)).await;
        assert!(is_let_in(&later, &provider.secret).await);
        assert_eq!(last_used().await, Some(now() + TimeDelta::seconds(noted)), "after {seconds} s");
    }
}
