//! Windows: sums that are sent instead of records. Each is counted once, and never beside the records of the
//! same tasks.

mod servegen;

use crate::records::stored_text;
use crate::support::{
    Provider, TestApp, answer, brief, counts, csv_of, make_schema, ndjson_of, open_schema, record,
    record_with_all, window, window_with,
};
use serde_json::{Value, json};
use taskwatt::db::check::check_totals;

/// Every window of a provider as text.
async fn windows_text(provider: &Provider<'_>) -> String {
    sqlx::query_scalar(
        "SELECT coalesce(string_agg(concat_ws(' ', window_key, task_type, accelerator, place, counted_from,
            window_from, window_to, tasks_completed, tasks_failed, tasks_cancelled, energy_uj, energy_sq_uj2,
            input_tokens, output_tokens, cached_tokens, reasoning_tokens, buckets, bucket_tasks),
            E'\\n' ORDER BY window_key), '')
         FROM usage_window JOIN record_group USING (provider_id, group_id) WHERE provider_id = $1",
    )
    .bind(provider.id.get())
    .fetch_one(&provider.app.pool)
    .await
    .unwrap()
}

fn uuid(number: u64) -> String {
    format!("0f0f0f0f-10b1-426f-9247-{number:012x}")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_body_stores_the_same_windows() {
    let app = TestApp::start().await;
    let bare = json!({
        "energy_sq_j2": null, "histogram": null, "input_tokens": null, "cached_tokens": null,
        "output_tokens": null, "tasks_failed": null, "from": "2025-10-01T13:00:00Z",
        "to": "2025-10-01T14:00:00Z",
    });
    let named = json!({
        "accelerator": "H100", "place": "edge", "tasks_cancelled": 2, "reasoning_tokens": 5,
        "from": "2025-10-01T23:59:59.999999Z", "to": "2025-10-02T02:00:00+02:00",
    });
    let windows = vec![window(&uuid(0)), window_with(&uuid(1), &bare), window_with(&uuid(2), &named)];
    let array = json!(windows).to_string();
    let forms = [
        ("application/json", array.clone()),
        ("application/json", json!({ "windows": windows }).to_string()),
        ("application/x-ndjson", ndjson_of(&windows)),
        ("text/csv", csv_of(&windows)),
    ];
    let mut expected = None;
    for (index, (content_type, body)) in forms.into_iter().enumerate() {
        let provider = app.provider(&format!("p{index}")).await;
        let sent = provider.post_body("/v1/windows", content_type, body).send().await.unwrap();
        let (status, receipt) = answer(sent).await;
        assert_eq!((status, counts(&receipt)), (200, [3, 0, 0, 0]), "{content_type}: {receipt}");
        let stored = (windows_text(&provider).await, stored_text(&provider).await, receipt["digest"].clone());
        assert!(stored.0.contains("10500000 30250000000000 400 200 100"), "{}", stored.0);
        assert_eq!(&stored, expected.get_or_insert_with(|| stored.clone()), "{content_type}");
    }
    app.assert_totals().await;
    let provider = app.provider("wrong").await;
    let sent = provider.post_body("/v1/windows", "application/json", json!({"records": windows}).to_string());
    assert_eq!(answer(sent.send().await.unwrap()).await.1["code"], "wrong-type");
    let sent = provider.post_body("/v1/records", "application/json", array).send().await.unwrap();
    let (_, problem) = answer(sent).await;
    assert_eq!((problem["code"].as_str(), counts(&problem)[3]), (Some("records-refused"), 3), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_window_again_is_a_duplicate_and_other_content_is_a_conflict() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    assert_eq!(counts(&provider.post_windows(&json!([window("a"), window("a")])).await.1), [1, 1, 0, 0]);
    let before = (windows_text(&provider).await, stored_text(&provider).await);
    // Other words for the same content.
    let again = json!({
        "energy_j": null, "energy_kwh": null, "energy_wh": "0.00291666", "from": "2025-10-01T14:00:00+02:00",
    });
    assert_eq!(provider.post_windows(&json!([window_with("a", &again)])).await.0, 409, "10.499976 J");
    let again = json!({
        "energy_j": 10.500000, "from": "2025-10-01T14:00:00+02:00", "tasks_cancelled": 0,
        "histogram": [
            {"energy_j": 4, "tasks": 1}, {"energy_j": 9, "tasks": 0}, {"energy_j": 2, "tasks": 1},
            {"energy_j": 2, "tasks": 1},
        ],
    });
    let twice = json!([window_with("a", &again), window("b"), window_with("b", &again)]);
    assert_eq!(counts(&provider.post_windows(&twice).await.1), [1, 2, 0, 0]);
    let before_b = windows_text(&provider).await;
    for fields in [
        json!({"to": "2025-10-01T12:10:00.000001Z"}),
        json!({"tasks_failed": 2}),
        json!({"energy_j": "10.500001"}),
        json!({"energy_sq_j2": null}),
        json!({"energy_sq_j2": "30.250000000001"}),
        json!({"histogram": null}),
        json!({"histogram": [{"energy_j": 2, "tasks": 3}]}),
        json!({"cached_tokens": null}),
        json!({"reasoning_tokens": 0}),
        json!({"task_type": "code"}),
        json!({"place": "cloud"}),
        json!({"accelerator": "H100"}),
    ] {
        let (status, problem) = provider.post_windows(&json!([window_with("a", &fields)])).await;
        assert_eq!((status, &problem["code"]), (409, &json!("record-conflict")), "{fields}: {problem}");
        assert_eq!(problem["errors"][0]["pointer"], "/0", "{fields}");
    }
    assert_eq!(windows_text(&provider).await, before_b);
    assert!(before_b.starts_with(&before.0) || before_b.ends_with(&before.0));
    // Within one body the first of an id stands.
    let disputed = json!([window("c"), window_with("c", &json!({"tasks_failed": 2})), window("c")]);
    let (_, problem) = provider.post_windows(&disputed).await;
    assert_eq!((counts(&problem), &problem["errors"][0]["pointer"]), ([1, 1, 1, 0], &json!("/1")));
    // Ids belong to a provider.
    let other = app.provider("other").await;
    assert_eq!(counts(&other.post_windows(&json!([window("a")])).await.1), [1, 0, 0, 0]);
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_of_one_time_under_several_ids_are_all_counted() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let bare = json!({"energy_sq_j2": null, "histogram": null});
    let windows: Vec<Value> = (0..50u64)
        .map(|n| if n % 5 == 0 { window_with(&uuid(n), &bare) } else { window(&uuid(n)) })
        .collect();
    assert_eq!(counts(&provider.post_windows(&json!(windows)).await.1), [50, 0, 0, 0]);
    let total: (i64, i64, String, String, i64, i64, String) = sqlx::query_as(
        "SELECT tasks_completed, tasks_failed, energy_uj::text, energy_sq_uj2::text, tasks_without_squares,
            tasks_without_histogram, output_tokens::text FROM total_hour",
    )
    .fetch_one(&app.pool)
    .await
    .unwrap();
    let squares = (40 * 30_250_000_000_000i64).to_string();
    assert_eq!(total, (150, 50, "525000000".to_owned(), squares, 40, 30, "10000".to_owned()));
    let tasks: (Vec<i16>, Vec<i64>) =
        sqlx::query_as("SELECT buckets, tasks FROM histogram_day").fetch_one(&app.pool).await.unwrap();
    assert_eq!(tasks.1, [80, 40]);
    app.assert_totals().await;
    // A total that is off by one microjoule is found.
    sqlx::query("UPDATE total_hour SET energy_uj = energy_uj + 1").execute(&app.pool).await.unwrap();
    let checked = check_totals(&app.pool, &|_, _| ()).await.unwrap();
    assert_eq!((checked.windows, checked.differences.len()), (50, 1), "{:?}", checked.differences);
    assert!(checked.differences[0].total.contains("525000001"), "{:?}", checked.differences);
}

#[tokio::test(flavor = "multi_thread")]
async fn records_within_a_stored_window_are_refused_and_their_batch_mates_stored() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    provider.site("s-2", "FR").await;
    provider.post_windows(&json!([window("w")])).await;
    let at = |id: &str, fields: Value| record_with_all(id, &fields);
    let records = vec![
        at("before", json!({"started_at": "2025-10-01T11:59:59.999999Z"})),
        at("first", json!({"started_at": "2025-10-01T12:00:00Z"})),
        at("last", json!({"started_at": "2025-10-01T12:09:59.999999Z"})),
        at("after", json!({"started_at": "2025-10-01T12:10:00Z"})),
        at("code", json!({"task_type": "code"})),
        at("site", json!({"site": "s-2"})),
        at("evidence", json!({"evidence": "metered"})),
        // What figures are grouped by beside these does not make other tasks of them.
        at("place", json!({"place": "cloud"})),
        at("accelerator", json!({"accelerator": "H100"})),
    ];
    let (status, problem) = provider.post_records(&json!(records)).await;
    assert_eq!((status, counts(&problem)), (422, [5, 0, 0, 4]), "{problem}");
    let errors: Vec<(&str, &str)> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap()))
        .collect();
    let covered = ["/1", "/2", "/7", "/8"].map(|pointer| (pointer, "counted-by-window"));
    assert_eq!(errors, covered);
    // The same in a batch that is large enough to be copied, where one record alone is covered.
    let mut many: Vec<Value> = (0..2_000)
        .map(|n| at(&format!("n{n}"), json!({"started_at": format!("2025-10-01T12:{}:00Z", 10 + n % 50)})))
        .collect();
    many.insert(1_234, at("covered", json!({"started_at": "2025-10-01T12:05:00Z"})));
    let (_, problem) = provider.post_ndjson(ndjson_of(&many)).await;
    assert_eq!((counts(&problem), problem["errors_total"].as_u64()), ([2_000, 0, 0, 1], Some(1)));
    assert_eq!(provider.faults(&problem).await, [("/1234".to_owned(), "counted-by-window")]);
    assert_eq!(app.count("task_record").await, 2_005);
    // Another provider's windows are nobody's business.
    let other = app.provider("other").await;
    assert_eq!(other.post_records(&json!([record("first")])).await.0, 200);
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_with_stored_records_of_its_tasks_is_refused() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    provider.post_records(&json!([record("a")])).await;
    let until = |from: &str, to: &str| json!({"from": from, "to": to});
    let windows = json!([
        window_with("until", &until("2025-10-01T11:50:00Z", "2025-10-01T12:00:00Z")),
        window_with("from", &until("2025-10-01T12:00:00Z", "2025-10-01T12:00:00.000001Z")),
        window_with("after", &until("2025-10-01T12:00:00.000001Z", "2025-10-01T13:00:00Z")),
        window_with("code", &json!({"task_type": "code"})),
        window_with("place", &json!({"place": "device", "accelerator": "H100"})),
    ]);
    let (status, problem) = provider.post_windows(&windows).await;
    assert_eq!((status, counts(&problem)), (422, [3, 0, 0, 2]), "{problem}");
    for (index, pointer) in ["/1", "/4"].into_iter().enumerate() {
        assert_eq!(problem["errors"][index]["pointer"], pointer);
        assert_eq!(problem["errors"][index]["code"], "counted-by-records");
    }
    // Stored windows and records can be sent again.
    assert_eq!(brief(provider.post_records(&json!([record("a")])).await).1["duplicates"], 1);
    let (_, problem) = provider.post_windows(&windows).await;
    assert_eq!(counts(&problem), [0, 3, 0, 2]);
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_and_a_record_that_arrive_together_are_never_both_counted() {
    let schema = make_schema().await;
    let one = TestApp::serve(open_schema(&schema).await).await;
    let two = TestApp::serve(open_schema(&schema).await).await;
    let provider = one.provider("acme").await;
    let elsewhere = Provider { app: &two, id: provider.id, secret: provider.secret.clone() };
    let mut windows_first = 0;
    for round in 0..60u32 {
        let hour = format!("2025-10-{:02}T{:02}", 1 + round / 24, round % 24);
        let records: Vec<Value> = (0..if round % 3 == 0 { 400 } else { 2 })
            .map(|n| {
                let at = format!("{hour}:{:02}:00Z", if n == 0 { 5 } else { 30 });
                record_with_all(&format!("r{round}-{n}"), &json!({ "started_at": at }))
            })
            .collect();
        let fields = json!({"from": format!("{hour}:00:00Z"), "to": format!("{hour}:10:00Z")});
        let windows = json!([window_with(&format!("w{round}"), &fields)]);
        let records = json!(records);
        let (records_answer, window_answer) = if round % 2 == 0 {
            tokio::join!(provider.post_records(&records), elsewhere.post_windows(&windows))
        } else {
            tokio::join!(elsewhere.post_records(&records), provider.post_windows(&windows))
        };
        let refused = (counts(&records_answer.1)[3], counts(&window_answer.1)[3]);
        assert!(matches!(refused, (0, 1) | (1, 0)), "round {round}: {records_answer:?} {window_answer:?}");
        windows_first += refused.0;
    }
    eprintln!("the window came first in {windows_first} of 60 rounds");
    one.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn windows_are_stored_whole_or_not_at_all_where_that_is_asked_for() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    provider.post_records(&json!([record("a")])).await;
    let later = json!({"from": "2025-10-01T15:00:00Z", "to": "2025-10-01T16:00:00Z"});
    let atomic = async |windows: Value| {
        let sent = provider.post("/v1/windows?atomic=true").json(&windows).send().await.unwrap();
        answer(sent).await
    };
    let (status, problem) = atomic(json!([window_with("late", &later), window("covered")])).await;
    assert_eq!((status, counts(&problem), &problem["withheld"]), (422, [0, 0, 0, 1], &json!(1)));
    assert_eq!(problem["code"], "nothing-stored");
    assert_eq!(app.count("usage_window").await, 0);
    let (status, receipt) = atomic(json!([window_with("late", &later)])).await;
    assert_eq!((status, counts(&receipt)), (200, [1, 0, 0, 0]));
    let mut changed = window_with("late", &later);
    changed["energy_j"] = json!("10.6");
    let (status, problem) = atomic(json!([window_with("other", &later), changed])).await;
    assert_eq!((status, counts(&problem), &problem["withheld"]), (422, [0, 0, 1, 0], &json!(1)));
    let (_, receipt) = atomic(json!([window_with("late", &later), window_with("other", &later)])).await;
    assert_eq!(counts(&receipt), [1, 1, 0, 0]);
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_largest_amounts_of_a_full_request_are_summed_up() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let most = json!({
        "id": "ID", "service": "chat", "model": "m-1", "task_type": "chat", "site": "s-1",
        "from": "2025-10-01T12:00:00Z", "to": "2025-10-01T13:00:00Z", "tasks_completed": 1_000_000_000_000i64,
        "tasks_failed": 1_000_000_000_000i64, "boundary": "server", "evidence": "counter",
        "energy_j": "9223372036854", "input_tokens": 100_000_000_000_000i64,
        "output_tokens": 100_000_000_000_000i64,
    })
    .to_string();
    let windows: Vec<String> = (0..20_000).map(|n| most.replace("ID", &format!("w{n}"))).collect();
    let body = format!("[{}]", windows.join(","));
    let sent = provider.post_body("/v1/windows", "application/json", body).send().await.unwrap();
    let (status, receipt) = answer(sent).await;
    assert_eq!((status, counts(&receipt)), (200, [20_000, 0, 0, 0]), "{receipt}");
    let fields = json!({"task_type": "code", "accelerator_seconds": 360_000_000, "output_tokens": 1_000_000_000,
        "energy_wh": null, "energy_kwh": "2562047.78801521", "audio_seconds": 604_800, "images": 1_000_000});
    let largest = record_with_all("ID", &fields).to_string();
    let records: Vec<String> = (0..20_000).map(|n| largest.replace("ID", &format!("r{n}"))).collect();
    let body = format!("[{}]", records.join(","));
    let sent = provider.post_body("/v1/records", "application/json", body).send().await.unwrap();
    let (status, receipt) = answer(sent).await;
    assert_eq!((status, counts(&receipt)), (200, [20_000, 0, 0, 0]), "{receipt}");
    let sums: (String, String) =
        sqlx::query_as("SELECT sum(accelerator_us)::text, sum(output_tokens)::text FROM total_hour")
            .fetch_one(&app.pool)
            .await
            .unwrap();
    assert_eq!(sums, ("7200000000000000000".to_owned(), "2000020000000000000".to_owned()));
    app.assert_totals().await;
}
