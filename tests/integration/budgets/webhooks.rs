//! Messages about budgets: who they are from, and what becomes of those that nobody takes.

use super::alerts::{round_after, sender};
use super::{energy_with, send, task, tell};
use crate::cli::Ended;
use crate::examples::skip;
use crate::registry::{get, post, registrar};
use crate::send::dir::Dir;
use crate::send::stand_in::{Reply, Request, StandIn};
use crate::support::{Provider, TestApp, make_schema, now, open_schema};
use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;
use taskwatt::cli::budget::alerts::{ATTEMPTS, Looks, Outcome, round};
use taskwatt::cli::budget::webhook::{PrivateNetworks, Sender};
use tokio::process::Command;

fn taken() -> Reply {
    Reply::Answer(204, "", String::new())
}

/// A budget of 1 kWh in 2026 of which 90 % are used, with messages to an address; answers their secret.
async fn used(provider: &Provider<'_>, webhook: &str, thresholds: &[i32]) -> String {
    send(provider, &[task("a", "2026-01-14T12:00:00Z", 900)]).await;
    let body = energy_with(&json!({
        "year": 2026, "energy_kwh": 1, "webhook": webhook, "thresholds_percent": thresholds, "service": "chat",
    }));
    let told = tell(provider, &body).await;
    told["webhook_secret"].as_str().unwrap().to_owned()
}

/// The events of the budget.
async fn events(provider: &Provider<'_>) -> Vec<Value> {
    get(provider, "/v1/budgets/all/events").await.1["events"].as_array().unwrap().clone()
}

fn deliveries(outcome: &Outcome) -> (usize, usize) {
    (outcome.delivered, outcome.failed)
}

/// HMAC-SHA-256 as RFC 2104 writes it down.
fn hmac(key: &[u8], message: &[u8]) -> String {
    let mut block = [0; 64];
    match key.len() {
        ..=64 => block[..key.len()].copy_from_slice(key),
        _ => block[..32].copy_from_slice(&Sha256::digest(key)),
    }
    let padded = |byte: u8| block.map(|one| one ^ byte);
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    hex::encode(Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize())
}

fn expected_signature(secret: &str, request: &Request, seconds: i64) -> String {
    format!("t={seconds},v1={}", hmac(secret.as_bytes(), format!("{seconds}.{}", request.body).as_bytes()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_signed_as_another_computation_signs_it() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let stand_in = StandIn::start(|_, _| taken()).await;
    let secret = used(&acme, &format!("{}/hook?team=7", stand_in.url), &[50, 100]).await;
    assert_eq!(deliveries(&round_after(&app.pool, 0).await), (1, 0));
    let seen = stand_in.seen();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(
        (&*seen[0].line, &*seen[0].headers["content-type"]),
        ("POST /hook?team=7", "application/json")
    );
    let expected = expected_signature(&secret, &seen[0], now().timestamp());
    assert_eq!(seen[0].headers["taskwatt-signature"], expected);
    let event = &events(&acme).await[0];
    let body: Value = serde_json::from_str(&seen[0].body).unwrap();
    assert_eq!(
        body,
        json!({
            "id": event["id"], "type": "budget.passed", "found_at": "2026-01-15T00:00:00Z", "provider": "acme",
            "budget": "all", "revision": 1, "service": "chat", "year": 2026, "amount": {"kwh": "1"},
            "threshold_percent": 50, "used": {"kwh": "0.9"}, "share": "0.900000", "day": "2026-01-14",
        })
    );
    assert_eq!(
        (&event["delivery"], &event["attempts"], &event["delivered_at"]),
        (&json!("delivered"), &json!(1), &json!("2026-01-15T00:00:00Z"))
    );
    assert_eq!(deliveries(&round_after(&app.pool, 90_000).await), (0, 0), "it is sent once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_checks_as_the_documentation_says_takes_our_messages_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = fs::read_to_string(root.join("docs/webhooks.md")).unwrap();
    let snippet = document.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let stand_in = StandIn::start(|_, _| taken()).await;
    let secret = used(&acme, &stand_in.url, &[50]).await;
    round_after(&app.pool, 0).await;
    let request = &stand_in.seen()[0];
    let header = &*request.headers["taskwatt-signature"];
    let dir = Dir::new();
    let harness = "import pathlib, sys\nsecret, header, body, now = sys.argv[1:]\n\
                   print(is_ours(secret, header, pathlib.Path(body).read_bytes(), int(now)))\n";
    dir.write("check.py", format!("{snippet}\n{harness}"));
    dir.write("body", &request.body);
    dir.write("other", request.body.replace("\"0.9\"", "\"0.8\""));
    let (at, other_secret) = (now().timestamp(), format!("whsec_{}", "0".repeat(64)));
    let other_time = header.replace("t=", "t=1");
    for (secret, header, body, seconds, expected) in [
        (&secret, header, "body", at + 299, "True"),
        (&secret, header, "body", at + 301, "False"),
        (&secret, header, "body", at - 301, "False"),
        (&secret, header, "other", at, "False"),
        (&other_secret, header, "body", at, "False"),
        (&secret, &other_time, "body", at, "False"),
        (&secret, "v1=é,t", "body", at, "False"),
        (&secret, "", "body", at, "False"),
    ] {
        let mut command = Command::new("python3");
        command.arg("check.py").args([secret, header, body, &seconds.to_string()]).current_dir(&dir.0);
        let Ok(output) = command.output().await else {
            return skip("python3 is not there to run the snippet of docs/webhooks.md");
        };
        let ended = Ended::from(output);
        assert_eq!(
            (ended.code, ended.out.trim()),
            (Some(0), expected),
            "{header} {body} {seconds}: {ended:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_was_not_taken_comes_again_with_the_same_id_and_after_growing_waits() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let elsewhere = StandIn::start(|_, _| taken()).await;
    let location: &'static str = format!("Location: {}\r\n", elsewhere.url).leak();
    let stand_in = StandIn::start(move |number, _| match number {
        0 => Reply::Answer(500, "", "no".to_owned()),
        1 => Reply::Answer(307, location, String::new()),
        2 => Reply::Cut,
        _ => taken(),
    })
    .await;
    let secret = used(&acme, &stand_in.url, &[50]).await;
    let mut errors = Vec::new();
    for (seconds, expected) in
        [(0, (0, 1)), (59, (0, 0)), (60, (0, 1)), (179, (0, 0)), (180, (0, 1)), (419, (0, 0)), (420, (1, 0))]
    {
        assert_eq!(deliveries(&round_after(&app.pool, seconds).await), expected, "after {seconds} s");
        errors.push(events(&acme).await[0]["last_error"].clone());
    }
    assert_eq!(
        (&errors[0], &errors[2]),
        (&json!("the receiver answered 500"), &json!("the receiver answered 307"))
    );
    assert!(errors[4].as_str().unwrap().starts_with("no answer: "), "{errors:?}");
    assert_eq!(errors[6], Value::Null);
    assert_eq!(elsewhere.seen().len(), 0, "no redirect is followed");
    let seen = stand_in.seen();
    assert_eq!(seen.len(), 4);
    assert!(seen.iter().all(|request| request.body == seen[0].body));
    for (request, seconds) in seen.iter().zip([0, 60, 180, 420]) {
        let expected = expected_signature(&secret, request, now().timestamp() + seconds);
        assert_eq!(request.headers["taskwatt-signature"], expected);
    }
    let event = &events(&acme).await[0];
    assert_eq!((&event["delivery"], &event["attempts"]), (&json!("delivered"), &json!(4)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_down_is_given_up_after_the_last_attempt_and_no_secret_is_told() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    // A port on which nobody listens any more.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let secret = used(&acme, &format!("http://localhost:{port}/T0KEN"), &[50, 80]).await;
    for attempt in 1..=ATTEMPTS.most {
        let after = (ATTEMPTS.longest_wait * (attempt - 1)).num_seconds();
        assert_eq!(deliveries(&round_after(&app.pool, after).await), (0, 2), "attempt {attempt}");
    }
    assert_eq!(deliveries(&round_after(&app.pool, 10_000_000).await), (0, 0));
    let events = events(&acme).await;
    for event in &events {
        assert_eq!((&event["delivery"], &event["attempts"]), (&json!("given_up"), &json!(ATTEMPTS.most)));
        let error = event["last_error"].as_str().unwrap();
        assert!(error.starts_with("no answer: ") && !error.contains("T0KEN"), "{error}");
    }
    let (_, list) = get(&acme, "/v1/budgets").await;
    let (_, one) = get(&acme, "/v1/budgets/all").await;
    for answer in [json!(events), list, one] {
        assert!(!answer.to_string().contains(&secret[6..]), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_a_private_network_is_refused_unless_the_operator_allows_it() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let stand_in = StandIn::start(|_, _| taken()).await;
    let by_name = stand_in.url.replace("127.0.0.1", "localhost");
    let body = |webhook: &str| {
        energy_with(&json!({"year": 2026, "energy_kwh": 1, "webhook": webhook, "thresholds_percent": [50]}))
    };
    send(&acme, &[task("a", "2026-01-14T12:00:00Z", 900)]).await;
    let careful = Sender::new(PrivateNetworks::Refused).unwrap();
    for (index, webhook) in [stand_in.url.as_str(), &by_name].into_iter().enumerate() {
        tell(&acme, &body(webhook)).await;
        let outcome = round(&app.pool, now(), &careful, Looks::Due).await.unwrap();
        assert_eq!(deliveries(&outcome), (0, 1), "{webhook}");
        let event = &events(&acme).await[index];
        let error = event["last_error"].as_str().unwrap();
        assert!(error.contains("private network") && error.contains("TASKWATT_WEBHOOK_PRIVATE"), "{error}");
    }
    assert_eq!(stand_in.seen().len(), 0);
    assert_eq!(deliveries(&round_after(&app.pool, 60).await), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn instances_that_share_a_database_send_each_message_once() {
    let schema = make_schema().await;
    let app = TestApp::serve(open_schema(&schema).await).await;
    let other = open_schema(&schema).await;
    let acme = registrar(&app, "acme").await;
    let stand_in = StandIn::start(|_, _| taken()).await;
    let thresholds: Vec<i32> = (1..=20).collect();
    used(&acme, &stand_in.url, &thresholds).await;
    let sender = sender();
    let rounds = (0..6).map(|index| {
        let pool = if index % 2 == 0 { &app.pool } else { &other };
        round(pool, now(), &sender, Looks::All)
    });
    let delivered: usize = join_all(rounds).await.into_iter().map(|outcome| outcome.unwrap().delivered).sum();
    // One that came before the events were noted leaves the rest to the next round.
    let delivered = delivered + round_after(&app.pool, 0).await.delivered;
    assert_eq!((delivered, stand_in.seen().len()), (20, 20));
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_follow_the_latest_terms_and_a_new_secret_comes_with_a_new_webhook() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let first = StandIn::start(|_, _| Reply::Answer(503, "", String::new())).await;
    let second = StandIn::start(|_, _| taken()).await;
    let secret = used(&acme, &first.url, &[50]).await;
    assert_eq!(deliveries(&round_after(&app.pool, 0).await), (0, 1));

    // Another address: the waiting message goes there, with the secret that the budget has.
    let body = |changes: Value| {
        let mut all = energy_with(&json!({"year": 2026, "energy_kwh": 1, "thresholds_percent": [95]}));
        all.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        all
    };
    let told = tell(&acme, &body(json!({"webhook": second.url}))).await;
    assert_eq!(told["webhook_secret"], Value::Null);
    assert_eq!(deliveries(&round_after(&app.pool, 60).await), (1, 0));
    let request = &second.seen()[0];
    let expected = expected_signature(&secret, request, now().timestamp() + 60);
    assert_eq!(request.headers["taskwatt-signature"], expected);

    // Without a webhook nothing waits, and the secret is forgotten.
    tell(&acme, &body(json!({"webhook": first.url, "thresholds_percent": [60]}))).await;
    assert_eq!(deliveries(&round_after(&app.pool, 120).await), (0, 1));
    tell(&acme, &body(json!({"note": "quiet"}))).await;
    assert_eq!(deliveries(&round_after(&app.pool, 7_200).await), (0, 0));
    assert_eq!(events(&acme).await[1]["delivery"], "dropped");
    let again = tell(&acme, &body(json!({"webhook": second.url, "thresholds_percent": [70]}))).await;
    let renewed = again["webhook_secret"].as_str().unwrap().to_owned();
    assert_ne!(renewed, secret);
    let repeated = body(json!({"webhook": second.url, "thresholds_percent": [70]}));
    let repeated = post(&acme, "/v1/budgets", &repeated);
    let (status, repeated) = repeated.await;
    assert_eq!((status, &repeated["webhook_secret"]), (200, &Value::Null), "a secret is shown once");
    assert_eq!(deliveries(&round_after(&app.pool, 7_260).await), (1, 0));
    let request = &second.seen()[1];
    let at = now() + TimeDelta::seconds(7_260);
    assert_eq!(request.headers["taskwatt-signature"], expected_signature(&renewed, request, at.timestamp()));
}
