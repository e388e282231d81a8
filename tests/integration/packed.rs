//! Months that are over are packed, and what is read of packs is what the rows say.

use crate::disclosures::built;
use crate::registry::{self, registrar};
use crate::support::{Provider, TestApp, now, record_with_all, window_with};
use futures_util::future::join_all;
use futures_util::join;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, Ordering};
use taskwatt::db::check::check_totals;
use taskwatt::db::total::{accelerator_times, gaps, pack_months, period_squares, period_sums};
use taskwatt::domain::ids::ServiceId;
use taskwatt::domain::period::Period;
use taskwatt::domain::terms::SiteFactorKind;

/// Three months of tasks of every kind: steps, natural units, intervals, tasks without energy, windows, several sites,
/// accelerators and places, and amounts that need more than 64 bits in an hour.
async fn three_months(app: &TestApp) -> Provider<'_> {
    let provider = registrar(app, "acme").await;
    provider.service("other").await;
    provider.site("s-2", "SE").await;
    provider.declare("s-1", SiteFactorKind::Pue, "1.2", "2025-01-01", "2026-01-01").await;
    provider.declare("s-1", SiteFactorKind::Pue, "1.3", "2025-09-11", "2025-09-21").await;
    let coefficient = json!({"from": "2025-01-01", "to": "2026-01-01", "output_token_j": "0.7", "boundary": "server",
        "hardware": "H100", "source": "Our bench", "licence": "CC0-1.0"});
    assert_eq!(registry::post(&provider, "/v1/models/m-1/coefficients", &coefficient).await.0, 201);
    let none = Value::Null;
    let kinds = [
        json!({}),
        json!({"site": "s-2", "boundary": "facility", "evidence": "metered", "energy_wh": "1.5"}),
        json!({"task_type": "code", "outcome": "failed", "accelerator": "H100", "accelerator_seconds": 2}),
        json!({"task_type": "code", "accelerator": "L40S", "accelerator_seconds": 3, "place": "edge"}),
        json!({"energy_wh": "2", "energy_low_wh": "1.5", "energy_high_wh": "3", "evidence": "modelled"}),
        json!({"steps": [{"kind": "tool", "energy_wh": 0.1}, {"kind": "generation", "energy_wh": 0.05, "retry": true}]}),
        json!({"task_type": "image_generation", "images": 3, "output_tokens": none}),
        json!({"service": "other", "energy_wh": "7"}),
        json!({"energy_wh": none, "boundary": none, "evidence": none, "output_tokens": 321}),
        json!({"energy_wh": "2500000000", "evidence": "declared"}),
    ];
    let mut records = Vec::new();
    for month in [8, 9, 10] {
        for (number, kind) in kinds.iter().enumerate() {
            for (day, hour) in [(1, 0), (10, 23), (11, 0), (20, 7), (30, 23)] {
                let mut record = record_with_all(&format!("{month}-{number}-{day}"), kind);
                record["started_at"] = json!(format!("2025-{month:02}-{day:02}T{hour:02}:{number:02}:00Z"));
                record.as_object_mut().unwrap().retain(|_, value| !value.is_null());
                records.push(record);
            }
        }
    }
    let (status, counts) = provider.post_records(&json!(records)).await;
    assert_eq!((status, &counts["accepted"]), (200, &json!(150)), "{counts}");
    let windows: Vec<Value> = (8..11)
        .map(|month| {
            let at = |minute: u32| format!("2025-{month:02}-15T12:{minute:02}:00Z");
            window_with(&format!("w{month}"), &json!({"from": at(0), "to": at(10), "task_type": "ocr"}))
        })
        .collect();
    assert_eq!(provider.post_windows(&json!(windows)).await.0, 200);
    provider
}

/// Every document that reads packs, whole months and parts of them; and the archives of their inputs.
async fn everything(provider: &Provider<'_>) -> Vec<(Value, Vec<u8>)> {
    let mut all = Vec::new();
    for (from, to) in [
        ("2025-10-01", "2025-11-01"),
        ("2025-08-01", "2025-11-01"),
        ("2025-08-10", "2025-10-21"),
        ("2025-09-11", "2025-09-12"),
    ] {
        let request = json!({"service": "chat", "from": from, "to": to, "small_cells": "shown"});
        let mut document = built(provider, &request).await;
        let inputs: Vec<u8> = sqlx::query_scalar(
            "SELECT string_agg(bytes, ''::bytea ORDER BY part) FROM disclosure_evidence_part
             WHERE disclosure_id = (SELECT max(disclosure_id) FROM disclosure)",
        )
        .fetch_one(&provider.app.pool)
        .await
        .unwrap();
        // What a draft is called is not what it says.
        for name in ["reference", "number", "version", "address", "id"] {
            document.as_object_mut().unwrap().remove(name);
        }
        all.push((document, inputs));
    }
    all
}

/// Sums that are read without documents.
async fn sums(provider: &Provider<'_>) -> String {
    let (pool, id) = (&provider.app.pool, provider.id);
    let service: i32 = sqlx::query_scalar("SELECT service_id FROM service WHERE service_key = 'chat'")
        .fetch_one(pool)
        .await
        .unwrap();
    let service = ServiceId::from_db(service);
    let mut said = String::new();
    for (from, to) in [
        ("2025-08-01", "2025-11-01"),
        ("2025-08-10", "2025-10-21"),
        ("2025-08-31T23:00:00Z", "2025-09-30T07:00:00Z"),
    ] {
        let period = Period::parse(from, to).unwrap();
        said.push_str(&format!(
            "{:?} {:?} {:?} {:?}\n",
            period_sums(pool, id, service, period).await.unwrap(),
            accelerator_times(pool, id, service, period).await.unwrap(),
            gaps(pool, id, None, period).await.unwrap(),
            period_squares(pool, id, service, period).await.unwrap(),
        ));
    }
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_evidence_and_sums_of_packs_are_those_of_rows() {
    let app = TestApp::start().await;
    let provider = three_months(&app).await;
    let of_rows = (everything(&provider).await, sums(&provider).await);
    // Groups of both services and three months.
    let packed = pack_months(&app.pool, now()).await.unwrap();
    assert_eq!(packed, 3 * u64::try_from(app.count("record_group").await).unwrap());
    assert_eq!(pack_months(&app.pool, now()).await.unwrap(), 0, "nothing is left to pack");
    let of_packs = (everything(&provider).await, sums(&provider).await);
    assert_eq!(of_rows.1, of_packs.1);
    for (number, (rows, packs)) in of_rows.0.iter().zip(&of_packs.0).enumerate() {
        assert!(rows.0 == packs.0, "document {number} differs");
        assert!(rows.1 == packs.1, "evidence {number} differs");
    }
    app.assert_totals().await;
    // Where some groups are packed in a month and others are not, too.
    for (place, month) in [(0, "2025-08-01"), (1, "2025-09-01"), (1, "2025-10-01")] {
        let sql = format!("DELETE FROM total_month WHERE group_id % 2 = {place} AND month = '{month}'");
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&app.pool).await.unwrap();
    }
    let of_both = (everything(&provider).await, sums(&provider).await);
    assert!(of_both == of_rows, "some groups are packed and others are not");
    assert!(pack_months(&app.pool, now()).await.unwrap() > 0);
    // Rows are really not read: without them packs say the same.
    let request =
        json!({"service": "chat", "from": "2025-08-01", "to": "2025-11-01", "small_cells": "shown"});
    let before = built(&provider, &request).await;
    sqlx::raw_sql(
        "DELETE FROM total_hour; DELETE FROM stage_hour; DELETE FROM unit_hour; DELETE FROM histogram_day",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    assert!(built(&provider, &request).await == before);
}

/// Which months of which groups have packs, as text.
async fn packs(app: &TestApp) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT concat_ws(' ', to_char(month, 'YYYY-MM'), task_type, packing) FROM total_month
         JOIN record_group USING (provider_id, group_id) ORDER BY 1",
    )
    .fetch_all(&app.pool)
    .await
    .unwrap()
}

async fn post(provider: &Provider<'_>, id: &str, fields: Value) {
    let (status, counts) = provider.post_records(&json!([record_with_all(id, &fields)])).await;
    assert_eq!((status, &counts["accepted"]), (200, &json!(1)), "{counts}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_is_packed_a_day_after_it_is_over() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    post(&provider, "a", json!({"started_at": "2025-10-31T23:59:59Z"})).await;
    let pack = async |at: &str| pack_months(&app.pool, at.parse().unwrap()).await.unwrap();
    assert_eq!(pack("2025-11-01T23:59:59Z").await, 0);
    assert_eq!(pack("2025-11-02T00:00:00Z").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_late_deletes_the_pack_it_is_in_and_no_other() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    for (id, at, task_type) in [
        ("a", "2025-09-30T23:59:59Z", "chat"),
        ("b", "2025-10-01T00:00:00Z", "chat"),
        ("c", "2025-10-01T00:00:00Z", "code"),
    ] {
        post(&provider, id, json!({"started_at": at, "task_type": task_type})).await;
    }
    let all = ["2025-09 chat 1", "2025-10 chat 1", "2025-10 code 1"];
    assert_eq!(pack_months(&app.pool, now()).await.unwrap(), 3);
    assert_eq!(packs(&app).await, all);
    // The same record again adds nothing.
    let again = record_with_all("a", &json!({"started_at": "2025-09-30T23:59:59Z"}));
    assert_eq!(provider.post_records(&json!([again])).await.1["duplicates"], 1);
    assert_eq!(packs(&app).await, all);

    post(&provider, "d", json!({"started_at": "2025-10-31T23:59:59Z"})).await;
    assert_eq!(packs(&app).await, ["2025-09 chat 1", "2025-10 code 1"]);
    let tasks = async || {
        let document =
            built(&provider, &json!({"service": "chat", "from": "2025-09-01", "to": "2025-11-01"})).await;
        let facts = document["facts"].as_array().unwrap();
        facts.iter().find(|fact| fact["concept"] == "tasks_completed").unwrap()["value"].clone()
    };
    assert_eq!(tasks().await, "4");
    assert_eq!(pack_months(&app.pool, now()).await.unwrap(), 1);
    assert_eq!(packs(&app).await, all);
    assert_eq!(tasks().await, "4");

    // A window is counted in a group of its own; a batch too large for the short way deletes packs too.
    let window = window_with("w", &json!({"from": "2025-09-30T12:00:00Z", "to": "2025-09-30T12:10:00Z"}));
    assert_eq!(provider.post_windows(&json!([window])).await.0, 200);
    assert_eq!(packs(&app).await, all);
    let many: Vec<Value> = (0..2_000)
        .map(|number| {
            let (month, day) = (9 + number % 2, 1 + number % 30);
            let at = format!("2025-{month:02}-{day:02}T12:00:00Z");
            record_with_all(&format!("many-{number}"), &json!({"started_at": at}))
        })
        .collect();
    assert_eq!(provider.post_records(&json!(many)).await.0, 200);
    assert_eq!(packs(&app).await, ["2025-10 code 1"]);
    assert_eq!(pack_months(&app.pool, now()).await.unwrap(), 3);
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn packs_of_another_number_are_not_read_and_only_older_ones_are_replaced() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    post(&provider, "a", json!({"started_at": "2025-09-30T12:00:00Z"})).await;
    post(&provider, "b", json!({"started_at": "2025-10-01T12:00:00Z"})).await;
    pack_months(&app.pool, now()).await.unwrap();
    sqlx::query(
        "UPDATE total_month SET days = '\\x00', tasks = 77,
            packing = CASE month WHEN '2025-09-01' THEN 0 ELSE 32767 END",
    )
    .execute(&app.pool)
    .await
    .unwrap();
    let document =
        built(&provider, &json!({"service": "chat", "from": "2025-09-01", "to": "2025-11-01"})).await;
    let facts = document["facts"].as_array().unwrap();
    assert_eq!(facts.iter().find(|fact| fact["concept"] == "tasks_completed").unwrap()["value"], "2");
    assert_eq!(pack_months(&app.pool, now()).await.unwrap(), 1);
    assert_eq!(packs(&app).await, ["2025-09 chat 1", "2025-10 chat 32767"]);
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_of_totals_names_a_pack_that_is_not_what_its_rows_make() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    post(&provider, "a", json!({"started_at": "2025-09-30T12:00:00Z"})).await;
    pack_months(&app.pool, now()).await.unwrap();
    for (change, named) in [
        ("days = set_byte(days, 1, 4)", "other days"),
        ("histograms = ''", "other histograms"),
        ("squares = ''", "other squares"),
        ("stages = '\\x00'", "other stages"),
        ("units = '\\x00'", "other units"),
        ("intervals = '\\x00'", "other intervals"),
        ("unmeasured = '\\x00'", "other unmeasured"),
        ("tasks = tasks + 1", "other sums"),
        ("energy_uj = energy_uj + 1", "other sums"),
        ("accelerator_us = 1", "other sums"),
        ("tasks_with_time = 1", "other sums"),
        ("tasks_without_time = 0", "other sums"),
        ("hours_with_tasks = set_bit(hours_with_tasks, 0, 1)", "other sums"),
    ] {
        let sql = sqlx::AssertSqlSafe(format!("UPDATE total_month SET {change}"));
        assert_eq!(sqlx::query(sql).execute(&app.pool).await.unwrap().rows_affected(), 1);
        let checked = check_totals(&app.pool, &|_, _| ()).await.unwrap();
        assert_eq!(checked.packs, 1);
        let said: Vec<&str> = checked.differences.iter().map(|one| one.total.as_str()).collect();
        assert_eq!(said, [named], "{change}");
        assert!(checked.differences[0].row.starts_with("total_month provider "), "{change}");
        sqlx::query("DELETE FROM total_month").execute(&app.pool).await.unwrap();
        assert_eq!(pack_months(&app.pool, now()).await.unwrap(), 1);
    }
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_come_while_months_are_packed_are_in_no_pack_or_in_all_of_it() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    const SENDERS: usize = 6;
    const REQUESTS: usize = 40;
    let one = |sender: usize, request: usize| {
        let kind = ["chat", "code"][sender % 2];
        let at = format!("2025-{:02}-{:02}T{:02}:00:00Z", 8 + request % 3, 1 + request % 28, sender);
        record_with_all(&format!("{sender}-{request}"), &json!({"started_at": at, "task_type": kind}))
    };
    let (provider, one) = (&provider, &one);
    let senders = (0..SENDERS).map(|sender| async move {
        for request in 0..REQUESTS {
            let (status, counts) = provider.post_records(&json!([one(sender, request)])).await;
            assert_eq!((status, &counts["accepted"]), (200, &json!(1)), "{counts}");
            let at = |minute: u32| {
                format!("2025-{:02}-{:02}T23:{minute:02}:00Z", 8 + request % 3, 1 + request % 28)
            };
            let fields =
                json!({"from": at(sender as u32 * 10), "to": at(sender as u32 * 10 + 9), "task_type": "ocr"});
            let window = window_with(&format!("w-{sender}-{request}"), &fields);
            assert_eq!(provider.post_windows(&json!([window])).await.0, 200);
        }
    });
    let is_done = AtomicBool::new(false);
    let sending = async {
        join_all(senders).await;
        is_done.store(true, Ordering::Relaxed);
    };
    let packing = async {
        while !is_done.load(Ordering::Relaxed) {
            pack_months(&app.pool, now()).await.unwrap();
        }
    };
    join!(sending, packing);
    app.assert_totals().await;
    pack_months(&app.pool, now()).await.unwrap();
    // Two kinds of tasks by records and one by windows, in three months.
    assert_eq!(packs(&app).await.len(), 9);
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn packing_gives_way_where_records_of_a_provider_hold_the_lock() {
    let app = TestApp::start().await;
    let (acme, other) = (app.provider("acme").await, app.provider("other").await);
    post(&acme, "a", json!({"started_at": "2025-09-30T12:00:00Z"})).await;
    post(&other, "a", json!({"started_at": "2025-09-30T12:00:00Z"})).await;
    let mut holder = app.pool.begin().await.unwrap();
    sqlx::query("SELECT hold_off_windows(ARRAY[$1::integer], now(), now())")
        .bind(acme.id.get())
        .execute(&mut *holder)
        .await
        .unwrap();
    assert_eq!(pack_months(&app.pool, now()).await.unwrap(), 1, "the other provider's");
    holder.rollback().await.unwrap();
    assert_eq!(pack_months(&app.pool, now()).await.unwrap(), 1);
}
