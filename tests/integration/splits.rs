//! A property: however a set of records is split into requests, ordered, repeated and written down, the totals
//! are the same to the last character.

use crate::records::{gzip, stored_text};
use crate::support::{Provider, TestApp, answer, csv_of, ndjson_of, record_with_all};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Value, json};

/// How one request is written.
#[derive(Clone, Copy, Debug)]
enum Form {
    Json,
    Object,
    Ndjson,
    Csv,
    Gzip,
    Zstd,
    Whole,
}

/// Records by their number, so that none is there twice.
fn records() -> impl Strategy<Value = Vec<Value>> {
    let optional = |most: i64| prop_oneof![Just(Value::Null), (0..=most).prop_map(|number| json!(number))];
    let one = (
        (0..48i64, 0..3_600_000i64, 1..50_000_000_000i64),
        select(vec!["chat", "code", "ocr"]),
        select(vec!["completed", "completed", "failed", "cancelled"]),
        (optional(5_000), optional(90), optional(3), optional(7_200)),
        vec((select(vec!["generation", "tool", "other"]), 0..1_000i64), 0..3),
        select(vec![Value::Null, json!("cloud"), json!("edge")]),
    );
    let one = one.prop_map(|((hour, milli, energy), task_type, outcome, (tokens, gpu, images, audio), steps, place)| {
        let steps: Vec<Value> = steps
            .iter()
            .map(|(kind, share)| json!({"kind": kind, "energy_j": millionths(energy * share / 3_000), "retry": share % 2 == 0}))
            .collect();
        record_with_all(
            "",
            &json!({
                "started_at": format!(
                    "2025-{}T{:02}:{:02}:{:02}.{:03}Z", if hour < 24 { "10-31" } else { "11-01" }, hour % 24,
                    milli / 60_000, milli / 1_000 % 60, milli % 1_000
                ),
                "energy_wh": null, "energy_j": millionths(energy), "task_type": task_type, "outcome": outcome,
                "output_tokens": tokens, "accelerator_seconds": gpu, "images": images, "audio_seconds": audio,
                "steps": steps, "place": place,
            }),
        )
    });
    // Beyond 300 records a batch is copied.
    prop_oneof![vec(one.clone(), 1..40), vec(one, 300..420)].prop_map(|mut records| {
        for (number, record) in records.iter_mut().enumerate() {
            record["id"] = json!(format!("0a0a0a0a-10b1-426f-9247-{number:012x}"));
        }
        records
    })
}

fn millionths(number: i64) -> String {
    format!("{}.{:06}", number / 1_000_000, number % 1_000_000)
}

async fn post(provider: &Provider<'_>, form: Form, records: &[Value]) -> u16 {
    let (lines, table) = (ndjson_of(records), csv_of(records));
    let (json, ndjson) = ("application/json", "application/x-ndjson");
    let (content_type, body) = match form {
        Form::Json | Form::Whole => (json, json!(records).to_string().into_bytes()),
        Form::Object => (json, json!({ "records": records }).to_string().into_bytes()),
        Form::Ndjson => (ndjson, lines.into_bytes()),
        Form::Csv => ("text/csv", table.into_bytes()),
        Form::Gzip => (ndjson, gzip(lines.as_bytes())),
        Form::Zstd => ("text/csv", zstd::encode_all(table.as_bytes(), 0).unwrap()),
    };
    let path = if matches!(form, Form::Whole) { "/v1/records?atomic=true" } else { "/v1/records" };
    let mut request = provider.post_body(path, content_type, body);
    if matches!(form, Form::Gzip | Form::Zstd) {
        let encoding = if matches!(form, Form::Gzip) { "gzip" } else { "zstd" };
        request = request.header("content-encoding", encoding);
    }
    answer(request.send().await.unwrap()).await.0
}

#[test]
fn totals_do_not_depend_on_how_records_are_sent() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let app = runtime.block_on(TestApp::start());
    let forms =
        select(vec![Form::Json, Form::Object, Form::Ndjson, Form::Csv, Form::Gzip, Form::Zstd, Form::Whole]);
    let requests = vec((any::<Index>(), 1..150usize, forms), 1..8);
    let next = std::cell::Cell::new(0);
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let property =
        (records().prop_flat_map(|records| (Just(records.clone()), Just(records).prop_shuffle())), requests);
    let outcome = runner.run(&property, |((records, shuffled), requests)| {
        let case = next.replace(next.get() + 1);
        runtime.block_on(async {
            let straight = app.provider(&format!("straight-{case}")).await;
            prop_assert_eq!(post(&straight, Form::Json, &records).await, 200);
            let other = app.provider(&format!("other-{case}")).await;
            // Some parts, which overlap and repeat, and then what is left, from both ends.
            for (at, count, form) in requests {
                let from = at.index(shuffled.len());
                let part = &shuffled[from..shuffled.len().min(from + count)];
                prop_assert_eq!(post(&other, form, part).await, 200);
            }
            let (one, two) = shuffled.split_at(shuffled.len() / 2);
            if !one.is_empty() {
                prop_assert_eq!(post(&other, Form::Csv, one).await, 200);
            }
            prop_assert_eq!(post(&other, Form::Gzip, two).await, 200);
            let (expected, found) = (stored_text(&straight).await, stored_text(&other).await);
            prop_assert_eq!(expected, found);
            Ok::<(), TestCaseError>(())
        })
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    runtime.block_on(app.assert_totals());
}
