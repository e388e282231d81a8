//! The rounds that look what became of budgets: each share is noted once, however many look.

use super::{PATH, energy_with, send, task, tell};
use crate::registry::{get, registrar};
use crate::support::{TestApp, make_schema, now, open_schema};
use chrono::TimeDelta;
use futures_util::future::join_all;
use serde_json::{Value, json};
use taskwatt::cli::budget::alerts::{Looks, Outcome, round};
use taskwatt::cli::budget::webhook::{PrivateNetworks, Sender};
use taskwatt::db::Pool;

pub fn sender() -> Sender {
    Sender::new(PrivateNetworks::Allowed).unwrap()
}

/// One round so many seconds after the time of every test.
pub async fn round_after(pool: &Pool, seconds: i64) -> Outcome {
    round(pool, now() + TimeDelta::seconds(seconds), &sender(), Looks::Due).await.unwrap()
}

/// Percent and kind of every event in a list.
fn brief(list: &Value) -> Value {
    let lines = list["events"].as_array().unwrap().iter();
    lines.map(|one| json!([one["threshold_percent"], one["what"], one["revision"]])).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_is_noted_once_for_each_revision_and_again_when_it_is_passed_after_it_was_forecast() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let days: Vec<Value> = (1..=28)
        .map(|ago| task(&format!("d{ago}"), &(now() - TimeDelta::days(ago)).to_rfc3339(), 100))
        .collect();
    send(&acme, &days).await;
    // 1.4 kWh are used, 36.5 kWh forecast.
    let body = energy_with(&json!({"year": 2026, "energy_kwh": 2, "thresholds_percent": [50, 90, 2000 / 2]}));
    tell(&acme, &body).await;
    let outcome = round_after(&app.pool, 0).await;
    assert_eq!((outcome.budgets, outcome.events.len(), outcome.unclear.len()), (1, 3, 0), "{outcome:?}");
    assert_eq!(outcome.events[0], "acme/all: 50 % was used on 2026-01-10; 1.4 kWh are used");
    let (_, list) = get(&acme, "/v1/budgets/all/events").await;
    let first = json!([[50, "passed", 1], [90, "forecast_to_pass", 1], [1000, "forecast_to_pass", 1]]);
    assert_eq!(brief(&list), first);
    let event = &list["events"][0];
    assert_eq!((&event["used"], &event["share"]), (&json!({"kwh": "1.4"}), &json!("0.700000")));
    assert_eq!((&event["day"], &event["found_at"]), (&json!("2026-01-10"), &json!("2026-01-15T00:00:00Z")));
    assert_eq!((&event["delivery"], &event["attempts"]), (&json!("none"), &json!(0)));

    assert_eq!(round_after(&app.pool, 299).await.budgets, 0, "it is looked at every five minutes");
    assert_eq!(round_after(&app.pool, 300).await.events, [] as [String; 0]);
    send(&acme, &[task("today", "2026-01-15T00:00:00Z", 400)]).await;
    assert_eq!(round_after(&app.pool, 600).await.events.len(), 1);
    let (_, list) = get(&acme, "/v1/budgets/all/events").await;
    assert_eq!(brief(&list)[3], json!([90, "passed", 1]));

    // A new revision begins anew; one that is withdrawn says nothing.
    tell(&acme, &energy_with(&json!({"year": 2026, "energy_kwh": 3}))).await;
    assert_eq!(round_after(&app.pool, 601).await.events.len(), 3);
    tell(&acme, &energy_with(&json!({"year": 2026, "energy_kwh": 1, "withdrawn": true}))).await;
    assert_eq!(round_after(&app.pool, 90_000).await, Outcome::default());
    let page = get(&acme, "/v1/budgets/all/events?limit=5").await.1;
    assert_eq!((brief(&page).as_array().unwrap().len(), &page["next_cursor"]), (5, &json!("5")));
    let rest = get(&acme, "/v1/budgets/all/events?limit=5&cursor=5").await.1;
    assert_eq!((brief(&rest).as_array().unwrap().len(), &rest["next_cursor"]), (2, &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_look_at_the_same_time_note_each_share_once() {
    let schema = make_schema().await;
    let app = TestApp::serve(open_schema(&schema).await).await;
    let other = open_schema(&schema).await;
    let acme = registrar(&app, "acme").await;
    send(&acme, &[task("a", "2026-01-14T12:00:00Z", 900)]).await;
    for budget in ["a", "b", "c"] {
        tell(&acme, &energy_with(&json!({"budget": budget, "year": 2026, "energy_kwh": 1}))).await;
    }
    // Each has a time of its own, at which every budget is due again: all look at all, at once.
    let sender = sender();
    let rounds = (0..8).map(|index| {
        let pool = if index % 2 == 0 { &app.pool } else { &other };
        round(pool, now() + TimeDelta::hours(index), &sender, Looks::All)
    });
    let outcomes: Vec<Outcome> = join_all(rounds).await.into_iter().map(Result::unwrap).collect();
    let found: usize = outcomes.iter().map(|outcome| outcome.events.len()).sum();
    assert_eq!(found, 6, "50 and 80 % of each of three: {outcomes:?}");
    assert_eq!(app.count("budget_event").await, 6);
    assert!(outcomes.iter().map(|outcome| outcome.budgets).sum::<usize>() >= 3);

    // At one time each budget has one turn.
    let at_once = (0..4).map(|index| {
        let pool = if index % 2 == 0 { &app.pool } else { &other };
        round(pool, now() + TimeDelta::days(1), &sender, Looks::All)
    });
    let turns: usize = join_all(at_once).await.into_iter().map(|outcome| outcome.unwrap().budgets).sum();
    assert_eq!(turns, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_of_which_nothing_can_be_said_keeps_no_other_from_its_turn() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    send(&acme, &[task("a", "2026-01-14T12:00:00Z", 900)]).await;
    let carbon = json!({
        "budget": "carbon", "year": 2026, "carbon_kg": 1, "basis": "direct", "perimeter": "consumption",
    });
    tell(&acme, &carbon).await;
    tell(&acme, &energy_with(&json!({"year": 2026, "energy_kwh": 1}))).await;
    let outcome = round_after(&app.pool, 0).await;
    assert_eq!(outcome.unclear, ["acme/carbon: zone DE has no value for 1 hour(s)"]);
    assert_eq!((outcome.budgets, outcome.events.len()), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_is_looked_at_for_two_months_after_its_end_and_not_before_it_begins() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    send(&acme, &[task("a", "2025-12-31T12:00:00Z", 900)]).await;
    for year in [2024, 2025, 2026, 2027] {
        let budget = format!("of-{year}");
        tell(&acme, &energy_with(&json!({"budget": budget, "year": year, "energy_kwh": 1}))).await;
    }
    assert_eq!(round_after(&app.pool, 0).await.budgets, 2);
    assert_eq!(round_after(&app.pool, 60 * 86_400).await.budgets, 1);
    for (year, events) in [(2024, 0), (2025, 2), (2026, 0), (2027, 0)] {
        let (_, list) = get(&acme, &format!("{PATH}/of-{year}/events")).await;
        assert_eq!(list["events"].as_array().unwrap().len(), events, "{year}");
    }
}
