//! Records as CSV: everything that other forms of body say, and what goes wrong in tables alone.

use crate::records::{gzip, stored_text};
use crate::support::{Provider, TestApp, answer, counts, csv_of, ndjson_of, record, record_with_all};
use serde_json::{Value, json};

async fn post_csv(provider: &Provider<'_>, table: &str) -> (u16, Value) {
    answer(provider.post_body("/v1/records", "text/csv", table).send().await.unwrap()).await
}

fn uuid(number: usize) -> String {
    format!("0e0e0e0e-10b1-426f-9247-{number:012x}")
}

/// Records that have every field among them, each in several shapes.
pub fn records_with_everything() -> Vec<Value> {
    let fields = [
        json!({}),
        json!({
            "accelerator": "H100-SXM@8", "accelerator_seconds": "12.345678", "place": "cloud", "images": 3,
            "duration_ms": 1234.567, "outcome": "failed", "cached_tokens": 10, "reasoning_tokens": 50,
        }),
        json!({
            "place": "device", "pages": "7", "audio_seconds": 0.000001, "video_seconds": 604_800,
            "ended_at": "2025-10-01T12:00:01.5+00:00", "outcome": "cancelled", "input_tokens": null,
        }),
        json!({
            "energy_wh": null, "energy_kwh": "0.00025", "energy_low_j": 899, "energy_high_wh": "0.26",
            "task_type": "agent", "evidence": "metered", "boundary": "facility",
            "steps": [
                {"kind": "generation", "energy_j": 300}, {"kind": "tool", "energy_wh": 0.01},
                {"kind": "generation", "energy_kwh": "0.00001", "retry": true},
            ],
        }),
        json!({
            "energy_wh": null, "energy_j": "0.000001", "accelerator_seconds": 0, "duration_ms": 0,
            "started_at": "2025-10-31T23:59:59.9999999-01:00", "output_tokens": "1e3", "steps": [],
        }),
        json!({"energy_wh": 0, "energy_low_kwh": 0, "energy_high_kwh": 0, "images": 0, "pages": 0}),
    ];
    fields.iter().enumerate().map(|(index, fields)| record_with_all(&uuid(index), fields)).collect()
}

/// What of the groups [`stored_text`] leaves out.
async fn groups(provider: &Provider<'_>) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT concat_ws(' ', task_type, accelerator, place, counted_from, record_key)
         FROM task_record JOIN record_group USING (provider_id, group_id) WHERE provider_id = $1 ORDER BY 1",
    )
    .bind(provider.id.get())
    .fetch_all(&provider.app.pool)
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_is_stored_the_same_from_every_form_of_body() {
    let app = TestApp::start().await;
    let records = records_with_everything();
    let table = csv_of(&records);
    let spread = table.replace("\r\n", " \r\n\r\n").replace(",chat,", ", chat ,");
    let forms: [(&str, Option<&str>, Vec<u8>); 8] = [
        ("application/json", None, json!(records).to_string().into()),
        ("application/x-ndjson", None, ndjson_of(&records).into()),
        ("text/csv", None, table.clone().into()),
        ("text/csv; charset=utf-8", None, format!("\u{feff}{table}\r\n").into()),
        ("text/csv", None, table.replace("\r\n", "\n").into()),
        ("text/csv", None, spread.into()),
        ("text/csv", Some("gzip"), gzip(table.as_bytes())),
        ("text/csv", Some("zstd"), zstd::encode_all(table.as_bytes(), 0).unwrap()),
    ];
    let mut expected = None;
    for (index, (content_type, encoding, body)) in forms.into_iter().enumerate() {
        let provider = app.provider(&format!("p{index}")).await;
        let mut request = provider.post_body("/v1/records", content_type, body);
        if let Some(encoding) = encoding {
            request = request.header("content-encoding", encoding);
        }
        let (status, receipt) = answer(request.send().await.unwrap()).await;
        assert_eq!((status, counts(&receipt)), (200, [6, 0, 0, 0]), "form {index}: {receipt}");
        let stored = (stored_text(&provider).await, groups(&provider).await, receipt["digest"].clone());
        assert!(stored.0.contains("\"units\":{\"pages\":7,\"audio_us\":1,\"video_us\":604800000000}"));
        assert!(stored.1.iter().any(|group| group.starts_with("chat H100-SXM@8 cloud records")));
        assert_eq!(&stored, expected.get_or_insert_with(|| stored.clone()), "form {index}");
    }
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cell_may_hold_line_breaks_quotes_and_nothing() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let head = "id,service,model,task_type,site,started_at,outcome,boundary,evidence,energy_wh,steps";
    let rest = "chat,m-1,chat,s-1,2025-10-01T12:00:00Z,completed,server,counter,0.25";
    let steps = "\"[\n  {\"\"kind\"\": \"\"tool\"\",\r\n \"\"energy_wh\"\": 0.1}\n]\"";
    let table = format!("{head}\n\"say \"\"hi\"\", you\",{rest},{steps}\n\"b\",\"chat\",{}\n", &rest[5..])
        .replace("\n\"b\"", ",\n\"b\"");
    // The first row has a cell too many, the second one too few.
    let (status, problem) = post_csv(&provider, &table).await;
    assert_eq!((status, counts(&problem)), (422, [0, 0, 0, 2]), "{problem}");
    let detail = |index: usize| problem["errors"][index]["detail"].as_str().unwrap().to_owned();
    assert!(detail(0).contains("12 cells, the header 11"), "{problem}");
    assert!(detail(1).contains("10 cells, the header 11"), "{problem}");
    assert_eq!(problem["errors"][1]["pointer"], "/1");
    let table = format!("{head}\n\"say \"\"hi\"\", you\",{rest},{steps}\n\"b\",{rest},\nc,{rest},\"\"");
    let (status, receipt) = post_csv(&provider, &table).await;
    assert_eq!((status, counts(&receipt)), (200, [3, 0, 0, 0]), "{receipt}");
    let (_, receipt) = provider.post_records(&json!([
        record_with_all("say \"hi\", you", &json!({
            "steps": [{"kind": "tool", "energy_wh": 0.1}], "input_tokens": null, "output_tokens": null,
        })),
        record_with_all("c", &json!({"input_tokens": null, "output_tokens": null})),
    ]))
    .await;
    assert_eq!(counts(&receipt), [0, 2, 0, 0], "{receipt}");
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_cannot_be_read_is_refused_in_words_that_help() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let row = "a,chat,m-1,chat,s-1,2025-10-01T12:00:00Z,completed,server,counter,0.25";
    let head = "id,service,model,task_type,site,started_at,outcome,boundary,evidence,energy_wh";
    let many = (0..65).map(|n| format!("c{n}")).collect::<Vec<_>>().join(",");
    for (table, says) in [
        (String::new(), "the body is empty"),
        ("\u{feff}".to_owned(), "the body is empty"),
        (head.to_owned(), "no records below its header"),
        (format!("{head}\r\n"), "no records below its header"),
        (format!("{head},colour\n{row},red"), "column 11 is called 'colour', which is no field"),
        (format!("{head},energy_wh\n{row},1"), "the column 'energy_wh' stands twice"),
        (format!("{}\n{}", head.replace(',', ";"), row.replace(',', ";")), "divide columns by commas"),
        (format!("{many}\n"), "65 columns"),
        (format!("{row}\n"), "column 1 is called 'a'"),
        (format!("{}\n{row}", head.to_uppercase()), "column 1 is called 'ID'"),
        ("\u{0}\u{1}\n".to_owned(), "column 1 is called"),
    ] {
        let (status, problem) = post_csv(&provider, &table).await;
        assert_eq!((status, &problem["code"]), (400, &json!("invalid-csv")), "{table}: {problem}");
        assert!(problem["detail"].as_str().unwrap().contains(says), "{table}: {problem}");
    }
    assert_eq!(app.count("ingest_batch").await, 0);
    // Only a row is wrong: the others are stored.
    for (index, (row, code)) in [
        (row.replace(",0.25", ",0,25"), "invalid-csv"),
        (row.replace("0.25", "\"0,25\""), "not-a-number"),
        (row.replace("0.25", ""), "energy-missing"),
        (row.replace("chat,m-1", "chat,"), "missing-field"),
        (row.replace("a,", ","), "missing-field"),
        ("\"open quote, and all the rest of the table is in this cell".to_owned(), "invalid-csv"),
    ]
    .into_iter()
    .enumerate()
    {
        let good = |id: &str| {
            format!("{id}{index},chat,m-1,chat,s-1,2025-10-01T12:00:00Z,completed,server,counter,1")
        };
        let table = format!("{head}\n{}\n{row}\n{}\n", good("x"), good("y"));
        let (status, problem) = post_csv(&provider, &table).await;
        assert_eq!(status, 422, "{row}: {problem}");
        assert_eq!(counts(&problem)[3], 1, "{row}: {problem}");
        assert_eq!(problem["errors"][0]["pointer"].as_str().unwrap()[..2], *"/1", "{row}: {problem}");
        assert_eq!(problem["errors"][0]["code"], code, "{row}: {problem}");
        assert_eq!(counts(&problem)[0], if row.starts_with('"') { 1 } else { 2 }, "{row}: {problem}");
    }
    let (status, problem) = {
        let bytes = format!("{head}\n{row}\n").into_bytes();
        let mut broken = bytes.clone();
        broken[head.len() + 1] = 0xff;
        let sent = provider.post_body("/v1/records", "text/csv", broken).send().await.unwrap();
        answer(sent).await
    };
    assert_eq!((status, &problem["errors"][0]["detail"]), (422, &json!("the row is not UTF-8")));
    app.assert_totals().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_before_a_quote_that_is_never_closed_are_stored() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let records: Vec<Value> = (0..700).map(|n| record(&uuid(n))).collect();
    let table = csv_of(&records);
    let end = format!("\r\n\"{}", "open\r\n".repeat(400_000));
    let sent = provider.post_body("/v1/records", "text/csv", format!("{table}{end}")).send().await.unwrap();
    let (status, problem) = answer(sent).await;
    assert_eq!((status, &problem["code"]), (413, &json!("body-too-large")), "{problem}");
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.contains("is a quote not closed?") && detail.contains("700 that came before"),
        "{problem}"
    );
    assert_eq!(counts(&problem), [700, 0, 0, 0]);
    let (status, receipt) = post_csv(&provider, &table).await;
    assert_eq!((status, counts(&receipt)), (200, [0, 700, 0, 0]), "{receipt}");
    assert_eq!(receipt["digest"], problem["digest"]);
    app.assert_totals().await;
}
