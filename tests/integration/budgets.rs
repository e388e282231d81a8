//! Budgets: telling them, what was used of them, and what is forecast.

mod alerts;
mod webhooks;

use crate::registry::{faults, get, post, registrar};
use crate::support::{Provider, TestApp, now, record_with_all};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use serde_json::{Value, json};
use taskwatt::db::factor;
use taskwatt::domain::factor::{FactorSet, FactorValue};
use taskwatt::domain::terms::{Basis, FactorKind, Perimeter, Resolution, SiteFactorKind};
use taskwatt::units::Intensity;

const PATH: &str = "/v1/budgets";

/// A budget of 0.5 kWh of all services in 2025.
fn energy() -> Value {
    json!({"budget": "all", "year": 2025, "energy_kwh": "0.5"})
}

/// The budget with some fields set, or taken away where the value is null.
fn energy_with(changes: &Value) -> Value {
    let mut body = energy();
    for (field, value) in changes.as_object().unwrap() {
        body[field.as_str()] = value.clone();
    }
    body
}

async fn tell(provider: &Provider<'_>, body: &Value) -> Value {
    let (status, told) = post(provider, PATH, body).await;
    assert_eq!(status, 201, "{told}");
    told
}

/// A task at a time that used so many watt-hours of the whole facility.
fn task(id: &str, at: &str, energy_wh: u32) -> Value {
    let fields = json!({
        "started_at": at, "energy_wh": energy_wh, "boundary": "facility", "evidence": "metered",
    });
    record_with_all(id, &fields)
}

async fn send(provider: &Provider<'_>, records: &[Value]) {
    let (status, answer) = provider.post_records(&json!(records)).await;
    assert_eq!(status, 200, "{answer}");
}

async fn burn(provider: &Provider<'_>, budget: &str) -> Value {
    let (status, burn) = get(provider, &format!("{PATH}/{budget}/burn")).await;
    assert_eq!(status, 200, "{burn}");
    burn
}

/// Direct factors of Germany by the hour, from an instant on.
async fn factors(app: &TestApp, from: &str, grams: &[&str]) {
    let set = FactorSet {
        key: "hours".parse().unwrap(),
        source: "A body".to_owned(),
        licence: "CC BY 4.0".to_owned(),
        attribution: "Data by a body".to_owned(),
        release: "1".to_owned(),
        kind: FactorKind::Average,
        basis: Basis::Direct,
        perimeter: Perimeter::Consumption,
        resolution: Resolution::Hour,
    };
    let from: DateTime<Utc> = from.parse().unwrap();
    let values: Vec<FactorValue> = (0..)
        .zip(grams)
        .map(|(hour, grams)| FactorValue {
            zone: "DE".to_owned(),
            valid_from: from + TimeDelta::hours(hour),
            valid_to: from + TimeDelta::hours(hour + 1),
            intensity: Intensity::parse_grams_per_kwh(grams).unwrap(),
            is_estimated: false,
            estimation_method: String::new(),
        })
        .collect();
    factor::import(&app.pool, &set, &values, &[], now(), &|_| ()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_told_again_makes_no_revision_and_a_changed_or_withdrawn_one_does() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let first = tell(&acme, &energy_with(&json!({"service": "chat", "note": "Board of 3 December"}))).await;
    let expected = json!({
        "budget": "all", "service": "chat", "year": 2025, "energy_kwh": "0.5", "thresholds_percent": [50, 80, 100],
        "note": "Board of 3 December", "withdrawn": false, "revision": 1, "recorded_at": "2026-01-15T00:00:00Z",
    });
    assert_eq!(first, expected);
    let same = energy_with(&json!({
        "service": "chat", "note": "Board of 3 December", "year": "2025", "energy_kwh": 0.500,
        "thresholds_percent": [100, 80, 50, 80], "withdrawn": false, "webhook": null,
    }));
    assert_eq!(post(&acme, PATH, &same).await, (200, expected.clone()));
    assert_eq!(get(&acme, "/v1/budgets/all").await, (200, expected));
    let carbon = json!({"energy_kwh": null, "carbon_kg": "0.000001"});
    for (revision, change) in [
        (2, json!({})),
        (3, json!({"thresholds_percent": [1, 1000]})),
        (4, carbon.clone()),
        (
            5,
            json!({"energy_kwh": null, "carbon_kg": "0.000001", "basis": "direct", "perimeter": "consumption"}),
        ),
        (6, json!({"energy_kwh": 0})),
        (7, json!({"withdrawn": true})),
    ] {
        let told = tell(&acme, &energy_with(&change)).await;
        assert_eq!(told["revision"], revision, "{change}");
        assert_eq!(post(&acme, PATH, &energy_with(&change)).await.0, 200, "{change}");
    }
    let (_, list) = get(&acme, PATH).await;
    let lines = list["budgets"].as_array().unwrap();
    assert_eq!(lines.len(), 7, "every telling is listed: {list}");
    assert_eq!(
        (&lines[3]["basis"], &lines[3]["perimeter"], &lines[3]["carbon_kg"], &lines[3]["energy_kwh"]),
        (&json!("lifecycle"), &json!("production"), &json!("0.000001"), &Value::Null)
    );
    assert_eq!((&lines[5]["energy_kwh"], &lines[6]["withdrawn"]), (&json!("0"), &json!(true)));
    for path in ["/v1/budgets/none", "/v1/budgets/none/burn", "/v1/budgets/none/events", "/v1/budgets/A%20B"]
    {
        let (status, problem) = get(&acme, path).await;
        assert_eq!((status, &problem["code"]), (404, &json!("not-found")), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn revisions_follow_each_other_when_many_tell_at_once() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let bodies: Vec<Value> = (1..=6)
        .map(|kwh| energy_with(&json!({"energy_kwh": kwh, "webhook": "https://alerts.example.org/"})))
        .collect();
    let told = join_all(bodies.iter().map(|body| tell(&acme, body))).await;
    let mut revisions: Vec<i64> = told.iter().map(|one| one["revision"].as_i64().unwrap()).collect();
    revisions.sort_unstable();
    assert_eq!(revisions, [1, 2, 3, 4, 5, 6]);
    let secrets = told.iter().filter(|one| one["webhook_secret"].is_string()).count();
    assert_eq!(secrets, 1, "the budget has one secret, and it is shown once");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_field_is_told_at_once_and_nothing_is_stored() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let refused = async |body: &Value| {
        let (status, problem) = post(&acme, PATH, body).await;
        assert_eq!((status, &problem["code"]), (422, &json!("invalid-fields")), "{problem}");
        faults(&problem)
    };
    let all = json!({
        "budget": "All of it", "service": 7, "year": 2019, "energy_kwh": "0.0001", "carbon_kg": -1, "basis": "green",
        "perimeter": "none", "thresholds_percent": [0, 50.5, 1001, "x"], "webhook": "http://example.org/",
        "note": "", "withdrawn": "yes", "owner": "Kim",
    });
    assert_eq!(
        refused(&all).await,
        "/basis unknown-word, /budget invalid-name, /carbon_kg budget-twice, /carbon_kg out-of-range, \
         /energy_kwh too-many-decimals, /note invalid-text, /owner unknown-field, /perimeter unknown-word, \
         /service wrong-type, /thresholds_percent/0 out-of-range, /thresholds_percent/1 too-many-decimals, \
         /thresholds_percent/2 out-of-range, /thresholds_percent/3 not-a-number, /webhook webhook-invalid, \
         /withdrawn wrong-type, /year out-of-range"
    );
    for (change, expected) in [
        (json!({"energy_kwh": null}), "/energy_kwh budget-missing"),
        (json!({"energy_kwh": "9223372036854776"}), "/energy_kwh out-of-range"),
        (json!({"basis": "direct"}), "/basis unknown-field"),
        (json!({"thresholds_percent": []}), "/thresholds_percent out-of-range"),
        (json!({"thresholds_percent": vec![5; 21]}), "/thresholds_percent out-of-range"),
        (json!({"thresholds_percent": 50}), "/thresholds_percent wrong-type"),
        (json!({"webhook": "https://user:word@example.org/"}), "/webhook webhook-invalid"),
        (json!({"webhook": "javascript:alert(1)"}), "/webhook webhook-invalid"),
        (json!({"service": "nothing"}), "/service unknown-service"),
    ] {
        assert_eq!(refused(&energy_with(&change)).await, expected, "{change}");
    }
    let other = registrar(&app, "other").await;
    other.service("theirs").await;
    assert_eq!(refused(&energy_with(&json!({"service": "theirs"}))).await, "/service unknown-service");
    assert_eq!((app.count("budget").await, app.count("budget_state").await), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_energy_of_whole_facilities_is_counted_by_month_and_share() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    acme.service("code").await;
    acme.declare("s-1", SiteFactorKind::Pue, "1.2", "2025-01-01", "2026-01-01").await;
    // 250 Wh of servers are 250 × 1.12 (default) × 1.2 = 336 Wh of the facility.
    let of_servers = record_with_all("a", &json!({"energy_wh": 250}));
    let mut of_facility = task("b", "2025-11-02T23:59:59Z", 64);
    of_facility["service"] = json!("code");
    let outside = [task("c", "2024-12-31T23:59:59Z", 9), task("d", "2026-01-01T00:00:00Z", 9)];
    send(&acme, &[of_servers, of_facility, outside[0].clone(), outside[1].clone()]).await;
    tell(&acme, &energy()).await;
    let all = burn(&acme, "all").await;
    assert_eq!((&all["used"], &all["share"]), (&json!({"kwh": "0.4"}), &json!("0.800000")));
    let months: Vec<&str> =
        all["months"].as_array().unwrap().iter().map(|one| one["used"]["kwh"].as_str().unwrap()).collect();
    assert_eq!(months, ["0", "0", "0", "0", "0", "0", "0", "0", "0", "0.336", "0.064", "0"]);
    assert_eq!(all["months"][9]["month"], "2025-10");
    assert_eq!((&all["days_with_data"], &all["last_day_with_data"]), (&json!(2), &json!("2025-11-02")));
    assert_eq!(
        all["thresholds"],
        json!([
            {"percent": 50, "passed_on": "2025-10-01"},
            {"percent": 80, "passed_on": "2025-11-02"},
            {"percent": 100},
        ])
    );
    assert_eq!(all["forecast"], Value::Null);
    assert_eq!(all["based_on"], "Nothing is forecast: the year is over.");
    assert_eq!(all["budget"]["revision"], 1);

    tell(&acme, &energy_with(&json!({"budget": "chat", "service": "chat"}))).await;
    assert_eq!(burn(&acme, "chat").await["share"], "0.672000");
    tell(&acme, &energy_with(&json!({"budget": "nothing", "energy_kwh": 0}))).await;
    let nothing = burn(&acme, "nothing").await;
    assert_eq!(nothing["share"], Value::Null);
    assert_eq!(nothing["thresholds"][2]["passed_on"], "2025-10-01");
    tell(&acme, &energy_with(&json!({"budget": "later", "year": 2027}))).await;
    let later = burn(&acme, "later").await;
    assert_eq!((&later["used"]["kwh"], &later["days_with_data"]), (&json!("0"), &json!(0)));
    assert_eq!(later["based_on"], "Nothing is forecast: the year has not begun.");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_year_is_forecast_with_an_interval_from_the_last_weeks() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    // 28 days up to Wednesday 14 January, 100 Wh each, and 200 Wh on the last.
    let days: Vec<Value> = (1..=28)
        .map(|ago| {
            let at = now() - TimeDelta::days(ago) + TimeDelta::hours(5);
            task(&format!("day-{ago}"), &at.to_rfc3339(), if ago == 1 { 200 } else { 100 })
        })
        .collect();
    send(&acme, &days).await;
    let body = json!({"budget": "all", "year": 2026, "energy_kwh": 20, "thresholds_percent": [50, 100, 250]});
    tell(&acme, &body).await;
    let all = burn(&acme, "all").await;
    // 13 × 100 + 200 = 1,500 Wh are used. Wednesdays are (3 × 100 + 200) ÷ 4 = 125 Wh, a week is 725 Wh, and 50 weeks
    // and a Thursday are left: 36,350 Wh.
    // The weeks' sums are 800, 700, 700, 700: s² = 2,500. 2,500 · 351 · 379 ÷ 196 = 1,696,798.5, root 1,302.612,
    // times 3.182 makes 4,144.912.
    assert_eq!(all["used"], json!({"kwh": "1.5"}));
    assert_eq!(
        all["forecast"],
        json!({
            "total": {"kwh": "37.85"}, "low": {"kwh": "33.705"}, "high": {"kwh": "41.995"}, "share": "1.892500",
            "days": 351, "level_from": "2025-12-18", "level_to": "2026-01-14", "level_days_with_data": 28, "weeks": 4,
        })
    );
    // 8.5 kWh more: 11 weeks are 7.975, then five days of 0.1 and Tuesday 7 April.
    // 18.5 kWh more: 25 weeks are 18.125, then Thursday to Sunday 12 July.
    assert_eq!(
        all["thresholds"],
        json!([
            {"percent": 50, "forecast_on": "2026-04-07"},
            {"percent": 100, "forecast_on": "2026-07-12"},
            {"percent": 250},
        ])
    );
    let based_on = all["based_on"].as_str().unwrap();
    assert!(based_on.contains("2025-12-18 to 2026-01-14; 28 of their 28 days had data"), "{based_on}");

    let thin = json!({"budget": "code", "service": "chat", "year": 2026, "energy_kwh": 20});
    let young = registrar(&app, "young").await;
    tell(&young, &thin).await;
    send(&young, &days[..20]).await;
    let young = burn(&young, "code").await;
    assert_eq!(
        young["based_on"],
        "Nothing is forecast: a forecast needs 4 whole weeks with data, all of it counted; there are 2."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_week_before_the_year_of_which_something_is_not_counted_is_no_basis_and_is_named() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    // 100 Wh a day over five weeks up to 14 January; of the hour of 26 December there is no factor.
    let from = now() - TimeDelta::days(35);
    let days: Vec<Value> = (0..35)
        .map(|day| {
            let at = from + TimeDelta::days(day) + TimeDelta::hours(5);
            task(&format!("day-{day}"), &at.to_rfc3339(), 100)
        })
        .collect();
    send(&acme, &days).await;
    let before = 15 * 24 + 5;
    factors(&app, &from.to_rfc3339(), &vec!["400"; before]).await;
    let after = from + TimeDelta::hours(before as i64 + 1);
    factors(&app, &after.to_rfc3339(), &vec!["400"; 35 * 24 - before - 1]).await;
    tell(&acme, &json!({
        "budget": "carbon", "year": 2026, "carbon_kg": "20", "basis": "direct", "perimeter": "consumption",
    }))
    .await;
    let carbon = burn(&acme, "carbon").await;
    // 40 g a day of 365 days. With the week each Friday would be forecast as three quarters of that.
    assert_eq!(carbon["forecast"]["total"], json!({"kg": "14.6"}), "{carbon}");
    assert_eq!(
        (&carbon["forecast"]["weeks"], &carbon["forecast"]["level_from"]),
        (&json!(4), &json!("2025-12-11"))
    );
    assert_eq!(
        carbon["not_counted"],
        json!([
            "1 week(s) between 2025-12-25 and 2025-12-31 are left out of what a forecast rests on, because not all of it is \
             counted: grid factors are missing."
        ])
    );
    tell(&acme, &json!({"budget": "energy", "year": 2026, "energy_kwh": 40})).await;
    let energy = burn(&acme, "energy").await;
    assert_eq!((&energy["forecast"]["weeks"], &energy["not_counted"]), (&json!(5), &json!([])));

    // The same of energy of which nobody knows what it includes, and of tasks that nothing supports an estimate of.
    let unknown = json!({"started_at": "2025-12-27T12:00:00Z", "energy_wh": 3, "boundary": "it_or_facility",
        "evidence": "metered"});
    let mut bare =
        record_with_all("bare", &json!({"started_at": "2025-12-19T12:00:00Z", "output_tokens": 1}));
    bare.as_object_mut()
        .unwrap()
        .retain(|field, _| !["energy_wh", "boundary", "evidence"].contains(&field.as_str()));
    send(&acme, &[record_with_all("unknown", &unknown), bare]).await;
    let energy = burn(&acme, "energy").await;
    assert_eq!(energy["forecast"], Value::Null);
    assert_eq!(
        energy["based_on"],
        "Nothing is forecast: a forecast needs 4 whole weeks with data, all of it counted; there are 3."
    );
    assert_eq!(
        energy["not_counted"],
        json!([
            "2 week(s) between 2025-12-18 and 2025-12-31 are left out of what a forecast rests on, because not all of it is \
             counted: it is not settled whether energy includes the PUE, nothing supports an estimate of tasks without energy."
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn carbon_is_counted_by_the_hour_and_an_hour_without_a_factor_is_named_and_never_zero() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    factors(&app, "2025-10-01T12:00:00Z", &["400", "100.5"]).await;
    // 0.5 kWh × 400 g = 200 g, and 2 kWh × 100.5 g = 201 g.
    send(&acme, &[task("a", "2025-10-01T12:30:00Z", 500), task("b", "2025-10-01T13:30:00Z", 2_000)]).await;
    let body = json!({
        "budget": "carbon", "year": 2025, "carbon_kg": "0.5", "basis": "direct", "perimeter": "consumption",
        "thresholds_percent": [80, 81],
    });
    tell(&acme, &body).await;
    let found = burn(&acme, "carbon").await;
    assert_eq!((&found["used"], &found["share"]), (&json!({"kg": "0.401"}), &json!("0.802000")));
    assert_eq!(found["thresholds"], json!([{"percent": 80, "passed_on": "2025-10-01"}, {"percent": 81}]));

    send(&acme, &[task("c", "2025-10-01T14:30:00Z", 1), task("d", "2025-10-01T15:30:00Z", 1)]).await;
    let (status, problem) = get(&acme, "/v1/budgets/carbon/burn").await;
    assert_eq!((status, &problem["code"]), (422, &json!("factors-missing")), "{problem}");
    assert_eq!(problem["detail"], "zone DE has no value for 2 hour(s)");
    // The built-in factors of the defaults reach every hour.
    tell(&acme, &json!({"budget": "default", "year": 2025, "carbon_kg": 1})).await;
    assert!(burn(&acme, "default").await["share"].is_string());
    // Hours of the year before count for the forecast alone, and nothing hangs on them.
    tell(&acme, &json!({
        "budget": "carbon", "year": 2026, "carbon_kg": "0.5", "basis": "direct", "perimeter": "consumption",
    }))
    .await;
    assert_eq!(burn(&acme, "carbon").await["used"], json!({"kg": "0"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_counts_energy_as_disclosures_do_and_says_what_it_leaves_out() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    tell(&acme, &energy()).await;
    let mut estimated = task("a", "2025-10-01T12:00:00Z", 0);
    let estimated_fields = estimated.as_object_mut().unwrap();
    estimated_fields.retain(|field, _| !["energy_wh", "boundary", "evidence"].contains(&field.as_str()));
    estimated_fields.insert("output_tokens".to_owned(), json!(1500));
    let unknown = json!({"started_at": "2025-10-02T12:00:00Z", "energy_wh": 3, "boundary": "it_or_facility",
        "evidence": "metered"});
    let server = json!({"started_at": "2025-10-03T12:00:00Z", "energy_wh": 10, "boundary": "server"});
    send(&acme, &[estimated, record_with_all("b", &unknown), record_with_all("c", &server)]).await;
    let before = burn(&acme, "all").await;
    // 10 Wh of servers at the defaults 1.12 and 1.36.
    assert_eq!(before["used"]["kwh"], "0.015232");
    assert_eq!(
        before["not_counted"],
        json!([
            "Energy of 1 site day(s) is not counted, because it is not settled whether it includes the PUE.",
            "1 task(s) without energy are not counted, because nothing supports an estimate."
        ])
    );
    let coefficient = json!({"from": "2025-01-01", "to": "2026-01-01", "output_token_j": "2.4", "boundary": "it",
        "hardware": "H100", "source": "Our bench", "licence": "CC0-1.0"});
    assert_eq!(post(&acme, "/v1/models/m-1/coefficients", &coefficient).await.0, 201);
    let settled = json!({"boundary": "it", "from": "2025-10-02", "to": "2025-10-03"});
    assert_eq!(post(&acme, "/v1/sites/s-1/boundary", &settled).await.0, 201);
    let after = burn(&acme, "all").await;
    // 1,500 · 2.4 J and 3 Wh, both of IT at 1.36, beside 15.232 Wh.
    assert_eq!((&after["used"]["kwh"], &after["not_counted"]), (&json!("0.020672"), &json!([])));
    assert_eq!(after["estimated"]["kwh"], "0.00136");
    let october = json!({"service": "chat", "from": "2025-10-01", "to": "2025-11-01"});
    let (status, built) = acme.build(&october).await;
    assert_eq!(status, 201, "{built}");
    let path = "/v1/services/chat/models/m-1/energy?from=2025-10-01&to=2025-11-01";
    let (_, energy) = get(&acme, path).await;
    // 20.672 Wh ÷ 3.
    assert_eq!(energy["energy_per_task_wh"], "6.890666666667");
}
