//! The writer under many hands: several instances and lanes at once, months that are new, histograms that are
//! put together meanwhile, and a record that the database refuses.

use crate::support::{
    NOW, Provider, TestApp, answer, counts, make_schema, ndjson_of, open_schema, record, record_with,
    record_with_all, window_with,
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use taskwatt::db::maintenance;
use taskwatt::domain::batch::BatchKind;

/// Several instances of the service on one schema.
async fn instances(count: usize) -> Vec<TestApp> {
    let schema = make_schema().await;
    let mut apps = Vec::new();
    for _ in 0..count {
        apps.push(TestApp::serve(open_schema(&schema).await).await);
    }
    apps
}

/// The same provider at another instance.
fn at<'a>(app: &'a TestApp, provider: &Provider<'_>) -> Provider<'a> {
    Provider { app, id: provider.id, secret: provider.secret.clone() }
}

/// Records in several months, hours and groups; the same number is always the same record.
fn numbered(number: usize) -> Value {
    record_with_all(
        &format!("r{number}"),
        &json!({
            "started_at": format!("2025-{:02}-1{}T{:02}:00:00Z", 8 + number % 3, number % 4, number % 24),
            "energy_j": format!("{}.{:06}", number % 97, number), "energy_wh": null,
            "task_type": (["chat", "agent", "ocr"][number % 3]), "outcome": (["completed", "failed"][number / 7 % 2]),
            "steps": [{"kind": "tool", "energy_j": format!("0.{:06}", number)}], "images": number % 5,
        }),
    )
}

/// Numbers from 0 to `count` in an order of the lane's own.
fn shuffled(count: usize, lane: usize) -> Vec<usize> {
    // A step that shares no factor with the count meets every number once.
    let steps = [7, 11, 13, 17, 19, 23, 29, 31, 37, 41];
    (0..count).map(|index| (index * steps[lane % steps.len()] + lane * 101) % count).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_lanes_of_several_instances_stand_in_nobodys_way() {
    const RECORDS: usize = 3_000;
    let apps = instances(3).await;
    let providers = [apps[0].provider("acme").await, apps[0].provider("other").await];
    let lanes = (0..9).map(|lane| {
        let app = &apps[lane % 3];
        let mine = [at(app, &providers[lane % 2]), at(app, &providers[(lane + 1) % 2])];
        async move {
            let mut answers = Vec::new();
            let order = shuffled(RECORDS, lane);
            // Sizes below and above the one from which on records are copied.
            let mut rest = order.as_slice();
            for size in [3, 700, 40, 1, 299, 300, 500, 90, 1_000, 67].into_iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (part, left) = rest.split_at(size.min(rest.len()));
                rest = left;
                let records: Vec<Value> = part.iter().map(|number| numbered(*number)).collect();
                let provider = &mine[answers.len() % 2];
                answers.push(provider.post_ndjson(ndjson_of(&records)).await);
                let window = json!([window_with(
                    &format!("w{}", part[0] % 50),
                    &json!({
                        "task_type": "code", "from": format!("2025-09-1{}T10:00:00Z", part[0] % 50 % 4),
                        "to": format!("2025-09-1{}T11:00:00Z", part[0] % 50 % 4),
                    }),
                )]);
                answers.push(provider.post_windows(&window).await);
                if lane < 3 {
                    maintenance::merge_histograms(&app.pool).await.unwrap();
                }
            }
            answers
        }
    });
    let mut accepted = 0;
    for (status, receipt) in join_all(lanes).await.into_iter().flatten() {
        assert_eq!(status, 200, "{receipt}");
        accepted += counts(&receipt)[0];
    }
    let stored = apps[0].count("task_record").await + apps[0].count("usage_window").await;
    assert_eq!(i64::try_from(accepted).unwrap(), stored, "each is accepted by one answer");
    // What no lane has sent to both providers is sent now; then each has every record once.
    for provider in &providers {
        let records: Vec<Value> = (0..RECORDS).map(numbered).collect();
        assert_eq!(provider.post_ndjson(ndjson_of(&records)).await.0, 200);
    }
    assert_eq!(apps[0].count("task_record").await, 2 * RECORDS as i64);
    apps[0].assert_totals().await;
    while maintenance::merge_histograms(&apps[0].pool).await.unwrap() > 0 {}
    apps[0].assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn months_get_their_partition_when_two_instances_meet_their_first_records() {
    let apps = instances(2).await;
    let provider = apps[0].provider("acme").await;
    let posts = (0..24).flat_map(|month| {
        let start = format!("20{}-{:02}-01T00:00:00Z", 23 + month / 12, 1 + month % 12);
        apps.iter().enumerate().map(move |(lane, app)| (start.clone(), lane, app))
    });
    let provider = &provider;
    let posts = posts.map(|(start, lane, app)| async move {
        let records = json!([record_with_all(&format!("{start} {lane}"), &json!({ "started_at": start }))]);
        at(app, provider).post_records(&records).await
    });
    let maintained = apps.iter().map(|app| maintenance::run(&app.pool, NOW.parse().unwrap()));
    let (answers, maintained) = tokio::join!(join_all(posts), join_all(maintained));
    assert!(maintained.iter().all(Result::is_ok), "{maintained:?}");
    assert!(
        answers.iter().all(|(status, receipt)| (*status, counts(receipt)) == (200, [1, 0, 0, 0])),
        "{answers:?}"
    );
    let partitions: Vec<String> = sqlx::query_scalar(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'task_record'::regclass ORDER BY 1",
    )
    .fetch_all(&apps[0].pool)
    .await
    .unwrap();
    let mut expected: Vec<String> =
        (0..24).map(|month| format!("task_record_m20{}_{:02}", 23 + month / 12, 1 + month % 12)).collect();
    // Ahead of their first record.
    expected.extend(["2026_01", "2026_02", "2026_03"].map(|month| format!("task_record_m{month}")));
    assert_eq!(partitions, expected);
    apps[0].assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_of_a_histogram_are_put_together_beside_writers() {
    let apps = instances(2).await;
    let provider = apps[0].provider("acme").await;
    let (provider, apps) = (&provider, &apps);
    let lanes = (0..6).map(|lane| async move {
        for round in 0..12 {
            let energy = json!(0.1 + f64::from(round));
            let records = json!([record_with(&format!("r{lane}-{round}"), "energy_wh", energy)]);
            assert_eq!(at(&apps[lane % 2], provider).post_records(&records).await.0, 200);
            if lane < 2 {
                maintenance::merge_histograms(&apps[lane].pool).await.unwrap();
            }
        }
    });
    join_all(lanes).await;
    apps[0].assert_totals().await;
    while maintenance::merge_histograms(&apps[0].pool).await.unwrap() > 0 {}
    assert!(apps[0].count("histogram_day").await < 8, "few parts are left");
    let tasks: i64 =
        sqlx::query_scalar("SELECT sum(counted)::bigint FROM histogram_day, unnest(tasks) AS counted")
            .fetch_one(&apps[0].pool)
            .await
            .unwrap();
    assert_eq!(tasks, 72);
    apps[0].assert_totals().await;
}

/// A service whose database refuses records of exactly 666 µJ.
async fn with_poison() -> TestApp {
    let app = TestApp::start().await;
    sqlx::query("SELECT ensure_task_record_partition('2025-10-01')").execute(&app.pool).await.unwrap();
    sqlx::query("ALTER TABLE task_record_m2025_10 ADD CONSTRAINT poison CHECK (energy_uj <> 666)")
        .execute(&app.pool)
        .await
        .unwrap();
    app
}

fn poison(id: &str) -> Value {
    record_with_all(id, &json!({"energy_wh": null, "energy_j": "0.000666"}))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_the_database_refuses_is_refused_alone() {
    let app = with_poison().await;
    let provider = app.provider("acme").await;
    for (round, size) in [20, 2_000, 12_000].into_iter().enumerate() {
        let good: Vec<Value> = (0..size).map(|n| record(&format!("r{round}-{n}"))).collect();
        let mut records = good.clone();
        records.insert(size / 3, poison("p-1"));
        records.insert(size - 1, poison("p-2"));
        records.insert(5, record_with("wrong", "site", Value::Null));
        let (status, problem) = provider.post_ndjson(ndjson_of(&records)).await;
        assert_eq!((status, &problem["code"]), (422, &json!("records-refused")), "{problem}");
        assert_eq!(counts(&problem), [size as u64, 0, 0, 3], "{problem}");
        let expected = ["/5".to_owned(), format!("/{}", size / 3 + 1), format!("/{size}")];
        let errors = problem["errors"].as_array().unwrap();
        let pointers: Vec<&str> = errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect();
        assert_eq!(pointers, [&format!("{}/site", expected[0]), &expected[1], &expected[2]]);
        assert_eq!(
            (&errors[1]["code"], &errors[2]["code"]),
            (&json!("record-unstorable"), &json!("record-unstorable"))
        );
        let batch = provider.batch(&problem).await;
        assert_eq!(
            (batch.requests, batch.faults, batch.counts.accepted, batch.counts.invalid),
            (1, 3, size as u64, 3)
        );
        let (_, again) = provider.post_ndjson(ndjson_of(&good)).await;
        assert_eq!((counts(&again), &again["digest"]), ([0, size as u64, 0, 0], &problem["digest"]));
        if let Some(sha256) = batch.stored_sha256 {
            assert_eq!(problem["digest"], format!("sha256:{}", hex::encode(sha256)));
        }
        assert_eq!(batch.kind, if size == 20 { BatchKind::Gathered } else { BatchKind::Request });
        // The gathered batch of this minute begins anew with the next round's requests of their own.
        if batch.kind == BatchKind::Request {
            assert_eq!(provider.faults(&problem).await.len(), 3);
        }
    }
    let (status, problem) = provider.post_records(&json!([poison("alone")])).await;
    assert_eq!((status, counts(&problem)), (422, [0, 0, 0, 1]), "{problem}");
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_written_together_with_a_refused_record_are_stored() {
    let app = with_poison().await;
    let (one, other) = (app.provider("acme").await, app.provider("other").await);
    let (one, other) = (&one, &other);
    let posts = (0..40).map(|n| async move {
        let provider = if n % 2 == 0 { one } else { other };
        let mut records = vec![record(&format!("r{n}-1")), record(&format!("r{n}-2"))];
        if n % 10 == 3 {
            records.insert(1, poison(&format!("p{n}")));
        }
        (n, provider.post_records(&json!(records)).await)
    });
    let mut batches = Vec::new();
    for (n, (status, answer)) in join_all(posts).await {
        let expected = if n % 10 == 3 { (422, [2, 0, 0, 1]) } else { (200, [2, 0, 0, 0]) };
        assert_eq!((status, counts(&answer)), expected, "{answer}");
        let provider = if n % 2 == 0 { one } else { other };
        batches.push(provider.batch(&answer).await);
    }
    // The last look at each of the two batches, which small requests share.
    let mut sums = [0; 4];
    batches.sort_by_key(|batch| (batch.batch, batch.requests));
    batches.dedup_by_key(|batch| batch.batch);
    for batch in &batches {
        let counted = [batch.requests, batch.counts.accepted, batch.counts.invalid, batch.faults];
        sums.iter_mut().zip(counted).for_each(|(sum, count)| *sum += count);
    }
    assert_eq!((batches.len(), sums), (2, [40, 80, 4, 4]));
    assert_eq!(app.count("task_record").await, 80);
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_stored_of_a_whole_request_with_a_record_that_the_database_refuses() {
    let app = with_poison().await;
    let provider = app.provider("acme").await;
    let records = json!([record("a"), poison("p"), record("b")]);
    let sent = provider.post("/v1/records?atomic=true").json(&records).send().await.unwrap();
    let (status, problem) = answer(sent).await;
    assert_eq!((status, app.count("task_record").await), (500, 0), "{problem}");
    assert_eq!(provider.post_records(&json!([record("a")])).await.0, 200, "the writer goes on");
    app.assert_totals().await;
}
