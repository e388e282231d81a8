//! `GET /v1/findings`: what is odd is found, and nothing is where all is well.

use crate::support::{
    Provider, TestApp, answer, assert_same_rows, make_schema, open_schema, record_with_all, stored_gzip,
};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use taskwatt::app::Clock;

const PERIOD: &str = "from=2025-10-09&to=2025-10-15";

/// A service whose clock stands at the end of the period, so that its records are not late.
async fn start() -> TestApp {
    let pool = open_schema(&make_schema().await).await;
    TestApp::serve_with(pool, |app| app.clock = Clock::Fixed("2025-10-15T00:00:00Z".parse().unwrap())).await
}

fn hour(day: u32, hour: u32) -> DateTime<Utc> {
    format!("2025-10-{day:02}T{hour:02}:00:00Z").parse().unwrap()
}

/// So many tasks in each of some hours, with these fields.
fn tasks(name: &str, hours: impl Iterator<Item = DateTime<Utc>>, each: i64, fields: &Value) -> Vec<Value> {
    let one = |hour: DateTime<Utc>, index: i64| {
        let at = hour + TimeDelta::seconds(index * 7);
        let mut record = record_with_all(&format!("{name}-{}-{index}", hour.timestamp()), fields);
        record["started_at"] = json!(at.to_rfc3339());
        record
    };
    hours.flat_map(|hour| (0..each).map(move |index| one(hour, index))).collect()
}

fn all_hours(days: std::ops::RangeInclusive<u32>) -> impl Iterator<Item = DateTime<Utc>> {
    days.flat_map(|day| (0..24).map(move |at| hour(day, at)))
}

async fn send(provider: &Provider<'_>, records: &[Value]) {
    for part in records.chunks(5_000) {
        let (status, receipt) = provider.post_records(&json!(part)).await;
        assert_eq!(status, 200, "{receipt}");
    }
}

/// A provider whose service had five tasks in every hour of the period.
async fn well<'a>(app: &'a TestApp, key: &str) -> Provider<'a> {
    let provider = app.provider(key).await;
    send(&provider, &tasks("well", all_hours(9..=14), 5, &json!({}))).await;
    provider
}

async fn findings(provider: &Provider<'_>, query: &str) -> Vec<Value> {
    let path = format!("/v1/findings?{query}");
    let (status, body) = provider.get_json(&path).await;
    assert_eq!(status, 200, "{body}");
    let found = body["findings"].as_array().unwrap().clone();
    let blocking = found.iter().filter(|finding| finding["severity"] == "blocks").count();
    assert_eq!(body["blocking"], blocking);
    found
}

/// What there is of some members of findings.
fn brief<const N: usize>(found: &[Value], members: [&str; N]) -> Value {
    found.iter().map(|finding| json!(members.map(|member| &finding[member]).as_slice())).collect()
}

const WHERE: [&str; 5] = ["kind", "from", "to", "count", "severity"];

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_found_where_all_is_well() {
    let app = start().await;
    let provider = well(&app, "acme").await;
    assert_eq!(findings(&provider, PERIOD).await, [] as [Value; 0]);
    let (_, body) = provider.get_json(&format!("/v1/findings?{PERIOD}&service=chat")).await;
    let expected = json!({
        "from": "2025-10-09T00:00:00Z", "to": "2025-10-15T00:00:00Z", "blocking": 0, "findings": [],
    });
    assert_eq!(body, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn ids_at_different_starts_block() {
    let app = start().await;
    let provider = well(&app, "acme").await;
    provider.service("other").await;
    let mut again: Vec<Value> =
        tasks("well", all_hours(10..=10), 5, &json!({})).into_iter().take(12).collect();
    for record in &mut again {
        let at: DateTime<Utc> = record["started_at"].as_str().unwrap().parse().unwrap();
        record["started_at"] = json!((at + TimeDelta::minutes(90)).to_rfc3339());
    }
    send(&provider, &again).await;
    // A third start of one of them, and the same id within its second, which is no other record.
    let mut third = again[0].clone();
    third["started_at"] = json!("2025-10-12T00:00:00Z");
    send(&provider, &[third]).await;
    let found = findings(&provider, &format!("{PERIOD}&kind=same_id_twice")).await;
    let expected = json!([["same_id_twice", "2025-10-09T00:00:00Z", "2025-10-15T00:00:00Z", 12, "blocks"]]);
    assert_eq!(brief(&found, WHERE), expected);
    assert!(found[0]["what"].as_str().unwrap().contains("13 records more"), "{}", found[0]);
    let examples = found[0]["examples"].as_array().unwrap();
    assert_eq!(examples.len(), 10);
    let of_three: Vec<&Value> = examples.iter().filter(|example| example["records"] == 3).collect();
    for example in of_three {
        assert_eq!(example["first_started_at"], "2025-10-10T00:00:00Z");
        assert_eq!(example["last_started_at"], "2025-10-12T00:00:00Z");
    }
    // Each within one of the two days only once.
    assert_eq!(findings(&provider, "from=2025-10-09&to=2025-10-10&kind=same_id_twice").await.len(), 0);
    assert_eq!(findings(&provider, &format!("{PERIOD}&kind=same_id_twice&service=other")).await.len(), 0);
    assert_eq!(findings(&provider, &format!("{PERIOD}&kind=same_id_twice&service=chat")).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_too_long_for_a_look_at_all_records_is_told() {
    let app = start().await;
    let provider = well(&app, "acme").await;
    let found = findings(&provider, "from=2025-09-01&to=2025-11-03&kind=same_id_twice").await;
    assert_eq!(brief(&found, ["kind", "severity"]), json!([["not_checked", "look"]]));
    assert_eq!(findings(&provider, "from=2025-09-01&to=2025-11-02&kind=same_id_twice").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn tasks_without_energy_block() {
    let app = start().await;
    let provider = well(&app, "acme").await;
    let none = json!({"task_type": "ocr", "energy_wh": 0, "output_tokens": null});
    send(&provider, &tasks("zero", [hour(10, 3), hour(11, 5)].into_iter(), 4, &none)).await;
    // Hours with some energy are no hours without.
    let mixed = tasks("mixed", [hour(12, 1)].into_iter(), 2, &json!({"task_type": "code", "energy_wh": 0}));
    send(&provider, &mixed).await;
    let some = tasks("some", [hour(12, 1)].into_iter(), 2, &json!({"task_type": "code"}));
    send(&provider, &some).await;
    let found = findings(&provider, &format!("{PERIOD}&kind=zero_energy")).await;
    let expected = json!([["zero_energy", "2025-10-10T03:00:00Z", "2025-10-11T06:00:00Z", 8, "blocks"]]);
    assert_eq!(brief(&found, WHERE), expected);
    let scope = json!([["chat", "m-1", "s-1", "ocr"]]);
    assert_eq!(brief(&found, ["service", "model", "site", "task_type"]), scope);
}

#[tokio::test(flavor = "multi_thread")]
async fn energy_per_token_beyond_any_model_is_found_by_runs_of_days() {
    let app = start().await;
    let provider = well(&app, "acme").await;
    let at = |days: [u32; 3]| days.map(|day| hour(day, 12)).into_iter();
    // 100 tokens are read and 50 written: 1.5 Wh are 10 mWh a token, and no more than that is plausible.
    let fits = json!({"task_type": "agent", "energy_wh": 1.5});
    send(&provider, &tasks("fits", at([10, 11, 12]), 2, &fits)).await;
    let most = json!({"task_type": "code", "energy_wh": 1.50000001});
    send(&provider, &tasks("most", at([10, 11, 13]), 2, &most)).await;
    let least = json!({"task_type": "translation", "energy_wh": 0.00004999});
    send(&provider, &tasks("least", at([9, 10, 11]), 2, &least)).await;
    let found = findings(&provider, &format!("{PERIOD}&kind=implausible_energy_per_token")).await;
    let expected = json!([
        ["code", "2025-10-10T00:00:00Z", "2025-10-12T00:00:00Z", 4],
        ["code", "2025-10-13T00:00:00Z", "2025-10-14T00:00:00Z", 2],
        ["translation", "2025-10-09T00:00:00Z", "2025-10-12T00:00:00Z", 6],
    ]);
    assert_eq!(brief(&found, ["task_type", "from", "to", "count"]), expected);
    assert!(found[0]["what"].as_str().unwrap().contains("more than 10 mWh"), "{}", found[0]);
    assert!(found[2]["what"].as_str().unwrap().contains("less than 1 µWh"), "{}", found[2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn hours_without_tasks_of_a_steady_service_are_gaps() {
    let app = start().await;
    let provider = app.provider("acme").await;
    provider.service("office").await;
    let holes = [hour(11, 4), hour(11, 5), hour(13, 20)];
    let steady = all_hours(9..=14).filter(|hour| !holes.contains(hour));
    send(&provider, &tasks("steady", steady, 1, &json!({}))).await;
    let office = (9..=14).flat_map(|day| (8..18).map(move |at| hour(day, at)));
    send(&provider, &tasks("office", office, 1, &json!({"service": "office"}))).await;
    let found = findings(&provider, &format!("{PERIOD}&kind=gap")).await;
    let expected = json!([
        ["chat", "2025-10-11T04:00:00Z", "2025-10-11T06:00:00Z", 2],
        ["chat", "2025-10-13T20:00:00Z", "2025-10-13T21:00:00Z", 1],
    ]);
    assert_eq!(brief(&found, ["service", "from", "to", "count"]), expected);
    assert_eq!(findings(&provider, &format!("{PERIOD}&kind=gap&service=office")).await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_gap_is_measured_by_the_week_before_it_and_cut_at_the_period() {
    let app = start().await;
    let provider = app.provider("acme").await;
    let hours = all_hours(4..=14).filter(|at| !(hour(12, 0)..hour(14, 22)).contains(at));
    send(&provider, &tasks("week", hours, 1, &json!({}))).await;
    let gap = |from: &str, to: &str| json!([[from, to]]);
    let found = findings(&provider, "from=2025-10-13&to=2025-10-15&kind=gap").await;
    assert_eq!(brief(&found, ["from", "to"]), gap("2025-10-13T00:00:00Z", "2025-10-14T22:00:00Z"));
    // It reaches beyond both ends, and there is no task in the period at all.
    let found = findings(&provider, "from=2025-10-13&to=2025-10-14&kind=gap").await;
    assert_eq!(brief(&found, ["from", "to"]), gap("2025-10-13T00:00:00Z", "2025-10-14T00:00:00Z"));
    assert_eq!(findings(&provider, "from=2025-10-05&to=2025-10-12&kind=gap").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_far_from_the_days_before_is_a_jump() {
    let app = start().await;
    let provider = app.provider("acme").await;
    let days = |days: std::ops::RangeInclusive<u32>| days.map(|day| hour(day, 9));
    for (task_type, each, before, after) in [
        ("chat", 100, 0.25, 0.75),
        ("code", 100, 0.25, 0.76),
        ("agent", 100, 0.25, 0.08),
        ("ocr", 99, 0.25, 9.0),
    ] {
        // With tokens, ten tasks would be enough: see `method::traps`.
        let fields =
            |energy: f64| json!({"task_type": task_type, "energy_wh": energy, "output_tokens": null});
        send(&provider, &tasks(&format!("{task_type}-a"), days(9..=12), each, &fields(before))).await;
        send(&provider, &tasks(&format!("{task_type}-b"), days(13..=14), each, &fields(after))).await;
    }
    let found = findings(&provider, &format!("{PERIOD}&kind=jump")).await;
    // The second day is far from the median too.
    let expected = json!([
        ["agent", "2025-10-13T00:00:00Z", "2025-10-15T00:00:00Z", 200],
        ["code", "2025-10-13T00:00:00Z", "2025-10-15T00:00:00Z", 200],
    ]);
    assert_eq!(brief(&found, ["task_type", "from", "to", "count"]), expected);
    assert!(found[0]["what"].as_str().unwrap().contains("below the median"), "{}", found[0]);
    assert!(found[1]["what"].as_str().unwrap().contains("above the median"), "{}", found[1]);
    // The days before may lie before the period; a day before the jump is none.
    assert_eq!(findings(&provider, "from=2025-10-13&to=2025-10-14&kind=jump").await.len(), 2);
    assert_eq!(findings(&provider, "from=2025-10-09&to=2025-10-13&kind=jump").await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn late_and_future_tasks_are_counted() {
    let app = start().await;
    let provider = well(&app, "acme").await;
    send(&provider, &tasks("late", [hour(7, 23), hour(8, 0)].into_iter(), 3, &json!({}))).await;
    let ahead: DateTime<Utc> = "2025-10-15T00:02:00Z".parse().unwrap();
    send(&provider, &tasks("ahead", [ahead].into_iter(), 2, &json!({}))).await;
    let kinds = "kind=future,late";
    let found = findings(&provider, &format!("from=2025-10-07&to=2025-10-16&{kinds}")).await;
    assert_eq!(
        brief(&found, ["kind", "count", "severity"]),
        json!([["late", 3, "look"], ["future", 2, "look"]])
    );
    assert_eq!(findings(&provider, &format!("from=2025-10-16&to=2025-10-17&{kinds}")).await.len(), 0);
    assert_eq!(findings(&provider, &format!("from=2025-10-01&to=2025-10-07&{kinds}")).await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_did_not_come_to_their_end_are_found() {
    let app = start().await;
    let provider = well(&app, "acme").await;
    let lines: String =
        tasks("cut", all_hours(9..=14), 100, &json!({})).iter().map(|record| format!("{record}\n")).collect();
    let packed = stored_gzip(lines.as_bytes());
    let request = provider.post("/v1/records").header("content-type", "application/x-ndjson");
    let cut = packed[..packed.len() * 2 / 3].to_vec();
    let (status, problem) =
        answer(request.header("content-encoding", "gzip").body(cut).send().await.unwrap()).await;
    assert_eq!(status, 400, "{problem}");
    let found = findings(&provider, &format!("{PERIOD}&kind=broken_batch,open_batch")).await;
    assert_eq!(
        brief(&found, ["kind", "count", "from"]),
        json!([["broken_batch", 1, "2025-10-15T00:00:00Z"]])
    );
    let what = found[0]["what"].as_str().unwrap();
    assert!(what.contains(&format!("{} that came before are stored", problem["accepted"])), "{what}");
    // What a process that was killed leaves behind: batches that are open for ever. One began just an hour ago.
    for minutes in [60, 61, 200] {
        sqlx::query(
            "INSERT INTO ingest_batch (provider_id, batch_id, batch_kind, batch_state, content, received_at,
                requests, accepted, duplicates, conflicts, invalid, faults, late, future)
             VALUES ($1, 1000 + $2, 'request', 'open', 'records',
                timestamptz '2025-10-15' - make_interval(mins => $2), 0, 7, 1, 0, 0, 0, 0, 0)",
        )
        .bind(provider.id.get())
        .bind(minutes)
        .execute(&app.pool)
        .await
        .unwrap();
    }
    let found = findings(&provider, &format!("{PERIOD}&kind=open_batch")).await;
    assert_eq!(brief(&found, ["kind", "count"]), json!([["open_batch", 2]]));
    assert!(
        found[0]["what"]
            .as_str()
            .unwrap()
            .ends_with("16 that came before are stored. The latest: 1061, 1200.")
    );
    // Long before the period, and long after it.
    assert_eq!(
        findings(&provider, "from=2025-10-16&to=2025-10-17&kind=broken_batch,open_batch").await.len(),
        0
    );
    assert_eq!(
        findings(&provider, "from=2025-09-01&to=2025-10-01&kind=broken_batch,open_batch").await.len(),
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_refused_is_counted_by_day() {
    let app = start().await;
    let provider = well(&app, "acme").await;
    let mut other: Vec<Value> = tasks("well", [hour(9, 0)].into_iter(), 2, &json!({"energy_wh": 3}));
    other.extend(tasks("bad", [hour(9, 0)].into_iter(), 3, &json!({"energy_wh": -1})));
    assert_eq!(provider.post_records(&json!(other)).await.0, 422);
    let found = findings(&provider, &format!("{PERIOD}&kind=refused_records")).await;
    let expected = json!([["refused_records", "2025-10-15T00:00:00Z", "2025-10-16T00:00:00Z", 5, "look"]]);
    assert_eq!(brief(&found, WHERE), expected);
    let what = found[0]["what"].as_str().unwrap();
    assert!(what.contains("3 were refused for what they hold and 2 because"), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_holds_the_same_and_another_provider_sees_nothing() {
    let app = start().await;
    let (acme, rival) = (well(&app, "acme").await, app.provider("rival").await);
    let zero = json!({"task_type": "ocr", "energy_wh": 0});
    send(&acme, &tasks("zero", [hour(10, 3)].into_iter(), 4, &zero)).await;
    send(&acme, &tasks("late", [hour(7, 3)].into_iter(), 4, &json!({}))).await;
    send(&acme, &tasks("zero", [hour(11, 3)].into_iter(), 4, &json!({}))).await;
    let query = "from=2025-10-07&to=2025-10-15";
    let found = findings(&acme, query).await;
    assert!(found.len() >= 3, "{found:?}");
    let csv = acme.get_csv(&format!("/v1/findings?{query}&format=csv")).await;
    assert_same_rows(&found, &csv);
    assert_eq!(findings(&rival, query).await, [] as [Value; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_faulty_parameter_is_pointed_at() {
    let app = start().await;
    let provider = app.provider("acme").await;
    for (query, pointer, code) in [
        ("to=2025-10-15", "/from", "missing-field"),
        ("from=2024-01-01&to=2025-10-15", "/to", "period-invalid"),
        ("from=2025-10-09&to=2025-10-15&service=nobody", "/service", "unknown-service"),
        ("from=2025-10-09&to=2025-10-15&kind=gap,odd", "/kind", "unknown-word"),
        ("from=2025-10-09&to=2025-10-15&limit=5", "/limit", "unknown-field"),
    ] {
        let (status, body) = provider.get_json(&format!("/v1/findings?{query}")).await;
        let fault = &body["errors"][0];
        assert_eq!(
            (status, &fault["pointer"], &fault["code"]),
            (422, &json!(pointer), &json!(code)),
            "{body}"
        );
    }
}
