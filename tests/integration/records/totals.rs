//! Totals: the same whatever the order, the splits, the repetitions and the number of writers, and
//! checked against the records.

use super::{stored_text, uuid};
use crate::support::{
    Provider, TestApp, answer, make_schema, open_schema, record, record_with, record_with_all,
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use taskwatt::db::check::check_totals;

/// A small generator, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        // Knuth's multiplier; the upper bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn choose<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            items.swap(index, self.below(index as u64 + 1) as usize);
        }
    }

    fn record(&mut self, number: u64) -> Value {
        let energy = self.below(1_000_000_000_000);
        let second = self.below(3 * 24 * 3600);
        let (days, rest) = (second / 86_400, second % 86_400);
        let at = format!(
            "2025-10-{:02}T{:02}:{:02}:{:02}Z",
            30 + days.min(1),
            rest / 3600,
            rest / 60 % 60,
            rest % 60
        );
        let mut record = record_with_all(
            &uuid(number),
            &json!({
                "started_at": at,
                "energy_j": format!("{}.{:06}", energy / 1_000_000, energy % 1_000_000),
                "task_type": self.choose(&["chat", "code", "agent"]),
                "boundary": self.choose(&["server", "facility"]),
                "outcome": self.choose(&["completed", "completed", "failed", "cancelled"]),
                "output_tokens": if self.below(4) == 0 { Value::Null } else { json!(self.below(5_000)) },
                "steps": [
                    {"kind": self.choose(&["generation", "tool"]), "energy_j": energy / 2_000_000},
                    {"kind": "generation", "energy_j": energy / 3_000_000},
                ],
            }),
        );
        record.as_object_mut().unwrap().remove("energy_wh");
        record
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn order_splits_and_repetitions_do_not_change_the_totals() {
    let app = TestApp::start().await;
    let mut random = Random(7);
    let mut records: Vec<Value> = (0..200).map(|number| random.record(number)).collect();
    let mut expected = None;
    for round in 0..8 {
        let provider = app.provider(&format!("p{round}")).await;
        random.shuffle(&mut records);
        let (mut accepted, mut sent) = (0, 0);
        while sent < records.len() {
            let end = (sent + 1 + random.below(60) as usize).min(records.len());
            // A part of what was sent before comes again, in front of what is new.
            let from = sent.saturating_sub(random.below(30) as usize);
            let (status, counts) = provider.post_records(&json!(records[from..end])).await;
            assert_eq!(status, 200, "{counts}");
            accepted += counts["accepted"].as_u64().unwrap();
            assert_eq!(counts["duplicates"], sent - from);
            sent = end;
        }
        assert_eq!(accepted, 200);
        let stored = stored_text(&provider).await;
        assert_eq!(&stored, expected.get_or_insert_with(|| stored.clone()), "round {round}");
    }
    app.assert_totals().await;
}

/// 16 tasks send the same 800 records, four times each, through these addresses: forwards, backwards
/// and shifted, so that their batches overlap in opposite orders.
async fn send_from_all_sides(provider: &Provider<'_>, urls: &[&str]) {
    const BLOCK: u64 = 200;
    let one = |number: u64| {
        let task_type =
            ["chat", "code", "agent", "ocr", "other", "translation", "embedding"][number as usize % 7];
        let at = format!("2025-{:02}-01T{:02}:00:00Z", 9 + number % 2, number % 3);
        let step = json!([{"kind": "tool", "energy_wh": 0.1}]);
        record_with_all(&uuid(number), &json!({"task_type": task_type, "started_at": at, "steps": step}))
    };
    let senders = (0..16u64).map(|task| async move {
        let base = task / 4 * BLOCK;
        let (backwards, shift) = (task % 2 == 1, task % 4 / 2 * BLOCK / 2);
        let ids: Vec<u64> = (0..BLOCK)
            .map(|index| if backwards { BLOCK - 1 - index } else { index })
            .map(|index| base + (index + shift) % BLOCK)
            .collect();
        let (mut accepted, mut duplicates) = (0, 0);
        for (index, ids) in ids.chunks(10).enumerate() {
            let url = urls[(task as usize + index) % urls.len()];
            let request = provider.app.http.post(format!("{url}/v1/records")).bearer_auth(&provider.secret);
            let records: Vec<Value> = ids.iter().map(|id| one(*id)).collect();
            let (status, counts) = answer(request.json(&records).send().await.unwrap()).await;
            assert_eq!(status, 200, "{counts}");
            accepted += counts["accepted"].as_u64().unwrap();
            duplicates += counts["duplicates"].as_u64().unwrap();
        }
        (accepted, duplicates)
    });
    let counts = join_all(senders).await;
    assert_eq!(counts.iter().map(|(accepted, _)| accepted).sum::<u64>(), 4 * BLOCK);
    assert_eq!(counts.iter().map(|(_, duplicates)| duplicates).sum::<u64>(), 12 * BLOCK);
    let counted: String = sqlx::query_scalar(
        "SELECT concat_ws(' ', (SELECT count(*) FROM task_record), sum(tasks_completed), sum(energy_uj))
         FROM total_hour",
    )
    .fetch_one(&provider.app.pool)
    .await
    .unwrap();
    assert_eq!(counted, "800 800 720000000000");
    provider.app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_at_once_count_each_record_once() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    send_from_all_sides(&provider, &[&app.url]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_on_one_database_count_each_record_once() {
    let schema = make_schema().await;
    let first = TestApp::serve(open_schema(&schema).await).await;
    let second = TestApp::serve(open_schema(&schema).await).await;
    let provider = first.provider("acme").await;
    send_from_all_sides(&provider, &[&first.url, &second.url]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_check_of_totals_finds_every_change_behind_its_back() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let steps = json!([{"kind": "tool", "energy_j": 10}]);
    provider.post_records(&json!([record_with("a", "steps", steps), record("b")])).await;
    app.assert_totals().await;
    let hour = "2025-10-01 12:00:00+00";
    for (change, row, total, records) in [
        (
            "UPDATE total_hour SET energy_uj = energy_uj + 1",
            format!("total_hour provider 1 group 1 hour {hour}"),
            "(2,0,0,1800000001,",
            "(2,0,0,1800000000,",
        ),
        (
            "UPDATE total_hour SET tasks_completed = 1, tasks_failed = 1",
            format!("total_hour provider 1 group 1 hour {hour}"),
            "(1,1,0,1800000000,",
            "(2,0,0,1800000000,",
        ),
        (
            "UPDATE stage_hour SET energy_uj = energy_uj - 1",
            format!("stage_hour provider 1 group 1 hour {hour} step tool"),
            "(1,9999999,0)",
            "(1,10000000,0)",
        ),
        (
            "UPDATE histogram_day SET tasks = '{3}'",
            "histogram_day provider 1 group 1 day 2025-10-01 bucket 1579".to_owned(),
            "3",
            "2",
        ),
        (
            "DELETE FROM stage_hour",
            format!("stage_hour provider 1 group 1 hour {hour} step tool"),
            "no row",
            "(1,",
        ),
        (
            "INSERT INTO histogram_day VALUES (1, 1, '2024-02-29', DEFAULT, '{5}', '{1}')",
            "histogram_day provider 1 group 1 day 2024-02-29 bucket 5".to_owned(),
            "1",
            "no record",
        ),
    ] {
        let saved = ["total_hour", "stage_hour", "histogram_day"];
        for table in saved {
            execute(&app, &format!("CREATE TABLE saved_{table} AS TABLE {table}")).await;
        }
        execute(&app, change).await;
        let differences = check_totals(&app.pool, &|_, _| ()).await.unwrap().differences;
        assert_eq!(differences.len(), 1, "{change}: {differences:?}");
        assert_eq!(differences[0].row, row, "{change}");
        assert!(differences[0].total.starts_with(total), "{change}: {differences:?}");
        assert!(differences[0].records.starts_with(records), "{change}: {differences:?}");
        for table in saved {
            execute(&app, &format!("TRUNCATE {table}")).await;
            execute(
                &app,
                &format!("INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM saved_{table}"),
            )
            .await;
            execute(&app, &format!("DROP TABLE saved_{table}")).await;
        }
        app.assert_totals().await;
    }
    execute(&app, "DELETE FROM task_record").await;
    let differences = check_totals(&app.pool, &|_, _| ()).await.unwrap().differences;
    assert_eq!(differences.len(), 3, "a lost record shows in every table: {differences:?}");
}

async fn execute(app: &TestApp, sql: &str) {
    sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(&app.pool).await.unwrap();
}
