//! What becomes of records: every form of body, duplicates, conflicts and times.

mod totals;

use crate::support::{
    Provider, TestApp, answer, brief, counts, csv_of, record, record_with, record_with_all,
};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use std::io::Write;
use taskwatt::db::check::check_totals;

/// Every record and total of a provider, as text without the numbers of the provider and of its groups.
pub async fn stored_text(provider: &Provider<'_>) -> String {
    sqlx::query_scalar(
        "SELECT coalesce(string_agg(line, E'\\n' ORDER BY line), '') FROM (
            SELECT concat_ws(' ', 'record', started_at, record_key, energy_uj, outcome, duration_us, input_tokens,
                output_tokens, cached_tokens, reasoning_tokens, details, task_type, boundary, evidence)
            FROM task_record JOIN record_group USING (provider_id, group_id) WHERE provider_id = $1
            UNION ALL SELECT line FROM (SELECT $1 AS provider_id) AS wanted, LATERAL (
                SELECT concat_ws(' ', 'hour', task_type, boundary, evidence, hour, tasks_completed,
                    tasks_failed, tasks_cancelled, energy_uj, energy_sq_uj2, input_tokens,
                    output_tokens, output_tokens_energy_uj, cached_tokens, reasoning_tokens,
                    accelerator_us)
                FROM total_hour JOIN record_group USING (group_id)
                WHERE total_hour.provider_id = wanted.provider_id
                UNION ALL SELECT concat_ws(' ', 'stage', task_type, boundary, evidence, hour, step_kind,
                    steps, energy_uj, retry_energy_uj)
                FROM stage_hour JOIN record_group USING (group_id)
                WHERE stage_hour.provider_id = wanted.provider_id
                UNION ALL SELECT concat_ws(' ', 'unit', task_type, boundary, evidence, hour, natural_unit,
                    amount, energy_uj)
                FROM unit_hour JOIN record_group USING (group_id)
                WHERE unit_hour.provider_id = wanted.provider_id
                UNION ALL SELECT concat_ws(' ', 'bucket', task_type, boundary, evidence, day, bucket,
                    sum(counted))
                FROM histogram_day JOIN record_group USING (group_id),
                    unnest(buckets, tasks) AS part (bucket, counted)
                WHERE histogram_day.provider_id = wanted.provider_id
                GROUP BY task_type, boundary, evidence, day, bucket
            ) AS totals (line)
        ) AS lines (line)",
    )
    .bind(provider.id.get())
    .fetch_one(&provider.app.pool)
    .await
    .unwrap()
}

async fn post(provider: &Provider<'_>, headers: &[(&str, &str)], body: Vec<u8>) -> (u16, Value) {
    let mut request = provider.post("/v1/records").body(body);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    answer(request.send().await.unwrap()).await
}

fn uuid(number: u64) -> String {
    format!("67e55044-10b1-426f-9247-{number:012x}")
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A Zstandard frame (RFC 8878) whose blocks hold the parts as they are; no compression is needed to
/// test that the encoding is understood.
pub fn zstd(parts: &[&[u8]]) -> Vec<u8> {
    // The magic number, a descriptor without options, and a window of 1 MiB.
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50];
    for (index, part) in parts.iter().enumerate() {
        let is_last = u32::from(index + 1 == parts.len());
        frame.extend(&(u32::try_from(part.len() << 3).unwrap() | is_last).to_le_bytes()[..3]);
        frame.extend(*part);
    }
    frame
}

fn lines(records: &[Value], end: &str) -> String {
    records.iter().map(|record| format!("{record}{end}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_body_stores_the_same() {
    let app = TestApp::start().await;
    let records: Vec<Value> = (0..3u64)
        .map(|n| record_with_all(&uuid(n), &json!({"energy_wh": 1 + n, "output_tokens": 10 * n})))
        .collect();
    let array = json!(records).to_string();
    let object = json!({ "records": records }).to_string();
    let unix = lines(&records, "\n");
    let texts: Vec<Value> = (0..3u64)
        .map(|n| {
            let (wh, tokens) = (format!("{}.00", 1 + n), (10 * n).to_string());
            record_with_all(
                &uuid(n),
                &json!({"energy_wh": wh, "output_tokens": tokens, "input_tokens": "1e2"}),
            )
        })
        .collect();
    let (json, ndjson) = ("application/json", "application/x-ndjson");
    let forms: Vec<(&str, Option<&str>, Vec<u8>)> = vec![
        (json, None, array.clone().into()),
        ("Application/JSON; charset=utf-8", None, format!(" \r\n{array}\n").into()),
        (json, None, object.clone().into()),
        (json, None, serde_json::to_vec_pretty(&json!({ "records": records })).unwrap()),
        (json, None, json!(texts).to_string().into()),
        (json, Some("gzip"), gzip(array.as_bytes())),
        (json, Some("x-gzip"), gzip(object.as_bytes())),
        (json, Some("identity"), array.clone().into()),
        (ndjson, None, unix.clone().into()),
        ("application/ndjson", None, lines(&records, "\r\n").into()),
        ("application/jsonl", None, unix.trim_end().into()),
        (ndjson, None, format!("\u{feff}{unix}").into()),
        (ndjson, None, format!("\n\r\n{}\n \n", lines(&records, "\n\n\t\n")).into()),
        (ndjson, Some("gzip"), gzip(unix.as_bytes())),
        (ndjson, Some("zstd"), zstd(&[&unix.as_bytes()[..50], &unix.as_bytes()[50..]])),
        (json, Some("zstd"), zstd(&[array.as_bytes()])),
    ];
    let mut expected = None;
    for (index, (content_type, encoding, body)) in forms.into_iter().enumerate() {
        let provider = app.provider(&format!("p{index}")).await;
        let mut headers = vec![("content-type", content_type)];
        headers.extend(encoding.map(|encoding| ("content-encoding", encoding)));
        let posted = post(&provider, &headers, body).await;
        assert_eq!(brief(posted), (200, json!({"accepted": 3, "duplicates": 0})), "form {index}");
        let stored = stored_text(&provider).await;
        assert!(stored.contains("21600000000"), "6 Wh in µJ: {stored}");
        assert_eq!(&stored, expected.get_or_insert_with(|| stored.clone()), "form {index}");
    }
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_record_again_is_a_duplicate_and_changes_nothing() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let first = json!([record("a"), record("b")]);
    assert_eq!(brief(provider.post_records(&first).await), (200, json!({"accepted": 2, "duplicates": 0})));
    let before = stored_text(&provider).await;
    let again = json!([record("b"), record("a"), record("b")]);
    assert_eq!(brief(provider.post_records(&again).await), (200, json!({"accepted": 0, "duplicates": 3})));
    // The same amount in another unit, and the same instant in another zone, are the same content.
    let mut written_otherwise = record_with("a", "energy_wh", Value::Null);
    written_otherwise["energy_j"] = json!("900.0");
    written_otherwise["started_at"] = json!("2025-10-01T14:00:00.000+02:00");
    let posted = provider.post_records(&json!([written_otherwise, record("c")])).await;
    assert_eq!(brief(posted), (200, json!({"accepted": 1, "duplicates": 1})));
    assert_eq!(app.count("task_record").await, 3);
    assert_ne!(stored_text(&provider).await, before);
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_content_under_the_same_id_and_start_is_a_conflict_and_changes_nothing() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    provider.site("s-2", "FR").await;
    provider.post_records(&json!([record("a")])).await;
    let before = stored_text(&provider).await;
    for (field, value) in [
        ("energy_wh", json!(0.250_000_01)),
        ("outcome", json!("failed")),
        ("output_tokens", json!(51)),
        ("output_tokens", Value::Null),
        ("cached_tokens", json!(0)),
        ("duration_ms", json!(5)),
        ("task_type", json!("code")),
        ("boundary", json!("it")),
        ("evidence", json!("metered")),
        ("site", json!("s-2")),
        ("steps", json!([{"kind": "generation", "energy_wh": 0.1}])),
    ] {
        let (status, problem) = provider.post_records(&json!([record_with("a", field, value)])).await;
        assert_eq!((status, &problem["code"]), (409, &json!("record-conflict")), "{field}: {problem}");
        assert_eq!(problem["conflicts"], 1, "{field}");
        assert_eq!(problem["accepted"], 0, "{field}");
        assert_eq!(problem["errors_total"], 1, "{field}");
        assert_eq!(problem["errors"][0]["pointer"], "/0", "{field}");
        assert_eq!(problem["errors"][0]["code"], "record-conflict", "{field}");
        assert_eq!(stored_text(&provider).await, before, "{field}");
    }
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_twice_in_one_batch_counts_once_and_the_first_stands() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let twice = json!([record("a"), record("a")]);
    assert_eq!(brief(provider.post_records(&twice).await), (200, json!({"accepted": 1, "duplicates": 1})));
    let disputed =
        json!([record("b"), record_with("b", "energy_wh", json!(9)), record("b"), record("c"), record("a")]);
    let (status, problem) = provider.post_records(&disputed).await;
    assert_eq!((status, &problem["code"]), (409, &json!("record-conflict")), "{problem}");
    let counts = ["accepted", "duplicates", "conflicts", "invalid"].map(|count| problem[count].as_i64());
    assert_eq!(counts, [Some(2), Some(2), Some(1), Some(0)], "{problem}");
    assert_eq!(problem["errors"][0]["pointer"], "/1");
    let energy: String =
        sqlx::query_scalar("SELECT sum(energy_uj)::text FROM total_hour").fetch_one(&app.pool).await.unwrap();
    assert_eq!(energy, "2700000000");
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mixed_batch_stores_what_is_right_and_points_at_every_fault() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    provider.post_records(&json!([record("known")])).await;
    let records = json!([
        record("new"),
        record_with("x", "site", Value::Null),
        record("known"),
        record_with_all("y", &json!({"service": "nobody", "model": "m-9", "outcome": "completed"})),
        record_with("known", "outcome", json!("failed")),
        record_with_all("z", &json!({"energy_wh": -1, "a/b~c": 1})),
        17,
    ]);
    let expected = [
        ("/1/site", "missing-field"),
        ("/3/service", "unknown-service"),
        ("/3/model", "unknown-model"),
        ("/4", "record-conflict"),
        ("/5/a~1b~0c", "unknown-field"),
        ("/5/energy_wh", "out-of-range"),
        ("/6", "not-an-object"),
    ];
    let lines = lines(records.as_array().unwrap(), "\n");
    let forms = [
        ("application/json", records.to_string(), ""),
        ("application/json", json!({ "records": records }).to_string(), "/records"),
        ("application/x-ndjson", lines, ""),
    ];
    for (round, (content_type, body, root)) in forms.into_iter().enumerate() {
        let (status, problem) = post(&provider, &[("content-type", content_type)], body.into()).await;
        assert_eq!((status, &problem["code"]), (422, &json!("records-refused")), "{problem}");
        let counts = ["accepted", "duplicates", "conflicts", "invalid"].map(|count| problem[count].as_i64());
        let new = i64::from(round == 0);
        assert_eq!(counts, [Some(new), Some(2 - new), Some(1), Some(4)], "{problem}");
        let errors = problem["errors"].as_array().unwrap();
        assert_eq!(problem["errors_total"], expected.len(), "{problem}");
        for (pointer, code) in expected {
            let pointer = format!("{root}{pointer}");
            let found = errors.iter().any(|error| error["pointer"] == pointer && error["code"] == code);
            assert!(found, "{pointer} {code} is not in {problem}");
        }
    }
    assert_eq!(app.count("task_record").await, 2);
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_uuid_is_the_same_id_in_every_spelling_and_ids_belong_to_one_provider() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let plain = uuid(10);
    let spellings = [
        plain.clone(),
        plain.to_uppercase(),
        plain.replace('-', ""),
        format!("urn:uuid:{plain}"),
        format!("{{{plain}}}"),
    ];
    for (index, id) in spellings.iter().enumerate() {
        let posted = provider.post_records(&json!([record(id)])).await;
        let new = u8::from(index == 0);
        assert_eq!(brief(posted), (200, json!({"accepted": new, "duplicates": 1 - new})), "{id}");
    }
    let other = app.provider("other").await;
    for id in [plain.as_str(), "plain text"] {
        let records = json!([record_with(id, "energy_wh", json!(2))]);
        assert_eq!(other.post_records(&records).await.0, 200);
    }
    let posted = provider.post_records(&json!([record("plain text")])).await;
    assert_eq!(
        brief(posted),
        (200, json!({"accepted": 1, "duplicates": 0})),
        "another provider's id is not in the way"
    );
    assert_eq!(app.count("task_record").await, 4);
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_and_cancelled_tasks_count_with_their_energy_and_not_in_the_histogram() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let records: Vec<Value> = [("a", "completed"), ("b", "failed"), ("c", "failed"), ("d", "cancelled")]
        .into_iter()
        .map(|(id, outcome)| record_with(id, "outcome", json!(outcome)))
        .collect();
    assert_eq!(provider.post_records(&json!(records)).await.0, 200);
    let total: (i64, i64, i64, String, String) = sqlx::query_as(
        "SELECT tasks_completed, tasks_failed, tasks_cancelled, energy_uj::text, output_tokens::text FROM total_hour",
    )
    .fetch_one(&app.pool)
    .await
    .unwrap();
    assert_eq!(total, (1, 2, 1, "3600000000".to_owned(), "200".to_owned()));
    let tasks: Vec<Vec<i64>> =
        sqlx::query_scalar("SELECT tasks FROM histogram_day").fetch_all(&app.pool).await.unwrap();
    assert_eq!(tasks, [[1]]);
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_are_summed_by_hour_and_kind() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let step = |kind: &str, joules: u64| json!({"kind": kind, "energy_j": joules});
    let steps = json!([step("generation", 300), step("tool", 5), step("generation", 20)]);
    let later = json!({"started_at": "2025-10-01T13:00:00Z", "steps": [step("tool", 7)]});
    let records = json!([
        record_with("a", "steps", steps.clone()),
        record_with("b", "steps", steps),
        record_with_all("c", &later),
        record("d"),
    ]);
    assert_eq!(provider.post_records(&records).await.0, 200);
    let stages: Vec<(String, i64, String)> = sqlx::query_as(
        "SELECT to_char(hour, 'HH24') || ' ' || step_kind, steps, energy_uj::text FROM stage_hour ORDER BY hour, step_kind",
    )
    .fetch_all(&app.pool)
    .await
    .unwrap();
    let expected = [("12 generation", 4, "640000000"), ("12 tool", 2, "10000000"), ("13 tool", 1, "7000000")];
    assert_eq!(stages, expected.map(|(row, steps, energy)| (row.to_owned(), steps, energy.to_owned())));
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_made_again_are_summed_apart_in_every_form_and_make_another_record() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let step =
        |kind: &str, joules: u64, retry: Value| json!({"kind": kind, "energy_j": joules, "retry": retry});
    let steps = json!([
        step("generation", 300, json!(false)),
        step("generation", 20, json!(true)),
        step("tool", 5, Value::Null),
    ]);
    let retried = |id: &str| record_with(id, "steps", steps.clone());
    assert_eq!(provider.post_records(&json!([retried("a")])).await.0, 200);
    assert_eq!(provider.post_ndjson(format!("{}\n", retried("b"))).await.0, 200);
    let table = csv_of(&[retried("c")]);
    let sent = provider.post_body("/v1/records", "text/csv", table).send().await.unwrap();
    assert_eq!(sent.status(), 200);
    let again = provider.post_records(&json!([retried("a"), retried("b"), retried("c")])).await;
    assert_eq!(brief(again), (200, json!({"accepted": 0, "duplicates": 3})));
    // Without the word it is another record under the same id.
    let mut other = retried("a");
    other["steps"][1]["retry"] = json!(false);
    assert_eq!(provider.post_records(&json!([other])).await.1["errors"][0]["code"], "record-conflict");
    let path = "/v1/totals/stages?window=month&from=2025-10-01&to=2025-11-01";
    let (status, totals) = provider.get_json(path).await;
    assert_eq!(status, 200, "{totals}");
    let rows: Vec<Value> = totals["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| json!([row["step_kind"], row["steps"], row["energy_uj"], row["retry_energy_uj"]]))
        .collect();
    assert_eq!(
        json!(rows),
        json!([["generation", "6", "960000000", "60000000"], ["tool", "3", "15000000", "0"]])
    );
    assert_eq!(provider.get_csv(&format!("{path}&format=csv")).await[0]["retry_energy_uj"], "60000000");
    app.assert_totals().await;
    sqlx::query("UPDATE stage_hour SET retry_energy_uj = 1 WHERE step_kind = 'tool'")
        .execute(&app.pool)
        .await
        .unwrap();
    let differences = check_totals(&app.pool, &|_, _| ()).await.unwrap().differences;
    assert_eq!(differences.len(), 1);
    assert!(differences[0].row.contains("step tool"), "{differences:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn digits_beyond_the_microsecond_are_cut_and_never_move_a_task() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let at = |text: &str| json!([record_with("a", "started_at", json!(text))]);
    // The last instant of the day and of the month; one digit more than is kept.
    assert_eq!(provider.post_records(&at("2025-10-31T23:59:59.9999999Z")).await.0, 200);
    let same = provider.post_records(&at("2025-10-31T23:59:59.999999Z")).await;
    assert_eq!(brief(same), (200, json!({"accepted": 0, "duplicates": 1})));
    let stored: (String, String, String) = sqlx::query_as(
        "SELECT (SELECT started_at::text FROM task_record), (SELECT hour::text FROM total_hour),
            (SELECT day::text FROM histogram_day)",
    )
    .fetch_one(&app.pool)
    .await
    .unwrap();
    let expected = ("2025-10-31 23:59:59.999999+00", "2025-10-31 23:00:00+00", "2025-10-31");
    assert_eq!(stored, (expected.0.to_owned(), expected.1.to_owned(), expected.2.to_owned()));
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_utc_month_is_a_partition_of_its_own() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let records: Vec<Value> = [
        "2025-10-31T23:59:59Z",
        "2025-11-01T00:30:00+01:00",
        "2025-11-01T00:00:00Z",
        "2025-10-31T17:00:00-07:00",
    ]
    .iter()
    .enumerate()
    .map(|(index, at)| record_with(&format!("r{index}"), "started_at", json!(at)))
    .collect();
    assert_eq!(provider.post_records(&json!(records)).await.0, 200);
    let partitions: Vec<String> = sqlx::query_scalar(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'task_record'::regclass ORDER BY 1",
    )
    .fetch_all(&app.pool)
    .await
    .unwrap();
    assert_eq!(partitions, ["task_record_m2025_10", "task_record_m2025_11"]);
    assert_eq!(app.count("task_record_m2025_10").await, 2);
    assert_eq!(app.count("task_record_m2025_11").await, 2);
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_keys_of_one_hash_are_never_taken_for_each_other() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    // Made so that `uuid_hash_extended` gives the same for both; migration 0005 indexes by it.
    let [first, second] =
        ["0196f3a2-7c1d-7e55-8a3b-5d0c44a1b2c3", "b3a15a58-42d5-cd2f-14ce-22dcdd5b8fc2"].map(record);
    let (status, answer) = provider.post_records(&json!([first, record("a")])).await;
    assert_eq!((status, counts(&answer)), (200, [2, 0, 0, 0]));
    let (status, answer) = provider.post_records(&json!([second, record("b"), first])).await;
    assert_eq!((status, counts(&answer)), (422, [1, 1, 0, 1]), "{answer}");
    assert_eq!(answer["errors"][0]["pointer"], "/0");
    assert_eq!(answer["errors"][0]["code"], "record-unstorable");
    assert_eq!(app.count("task_record").await, 3);
    app.assert_totals().await;
}
