//! Slips of units, which are right in form: nothing of them can be refused, so that findings have to say them loudly.

use super::super::{document, fact, findings, send};
use super::task;
use crate::registry::{post, put, registrar};
use crate::support::{Provider, TestApp, brief, window_with};
use serde_json::{Value, json};
use std::ops::RangeInclusive;

const PERIOD: &str = "from=2025-10-13&to=2025-10-15";

/// 20 tasks at nine o'clock of each of some days of October: too few for the mean of a task to say anything of a slip
/// of 3.6.
fn tasks(days: RangeInclusive<u32>, fields: &Value) -> Value {
    let one = |day: u32, index: u32| {
        let mut record = task(&format!("{day}-{index}"), &json!({"input_tokens": 100, "output_tokens": 200}));
        record["started_at"] = json!(format!("2025-10-{day:02}T09:00:{index:02}Z"));
        let record_of = record.as_object_mut().unwrap();
        record_of.remove("energy_wh");
        record_of.extend(fields.as_object().unwrap().clone());
        record
    };
    days.flat_map(|day| (0..20).map(move |index| one(day, index))).collect()
}

/// What is found of some kind in the days after four days of one kind of record and two of another.
async fn found(provider: &Provider<'_>, kind: &str, before: Value, after: Value) -> Vec<Value> {
    send(provider, &tasks(9..=12, &before)).await;
    send(provider, &tasks(13..=14, &after)).await;
    findings(provider, &format!("{PERIOD}&kind={kind}")).await
}

fn brief_of(found: &[Value]) -> Value {
    let one = |finding: &Value| {
        json!([finding["severity"], finding["model"], finding["from"], finding["to"], finding["count"]])
    };
    found.iter().map(one).collect()
}

/// Both days of the period, with all their tasks.
fn blocking() -> Value {
    json!([["blocks", "m-1", "2025-10-13T00:00:00Z", "2025-10-15T00:00:00Z", 40]])
}

#[tokio::test(flavor = "multi_thread")]
async fn kwh_and_wh_taken_for_each_other_block_in_both_directions() {
    let app = TestApp::start().await;
    let (up, down) = (app.provider("up").await, app.provider("down").await);
    let (right, slipped) = (json!({"energy_wh": "0.25"}), json!({"energy_kwh": "0.25"}));
    let found_up = found(&up, "unit_slip", right, slipped).await;
    assert_eq!(brief_of(&found_up), blocking());
    assert!(found_up[0]["what"].as_str().unwrap().contains("above"), "{found_up:?}");
    let (right, slipped) = (json!({"energy_kwh": "0.00025"}), json!({"energy_wh": "0.00025"}));
    let found_down = found(&down, "unit_slip", right, slipped).await;
    assert_eq!(brief_of(&found_down), blocking());
    assert!(found_down[0]["what"].as_str().unwrap().contains("below"), "{found_down:?}");
    // 4.5 mJ a token might be true of some model: only its own history tells.
    assert_eq!(
        findings(&down, &format!("{PERIOD}&kind=implausible_energy_per_token")).await,
        [] as [Value; 0]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn joules_and_wh_taken_for_each_other_block_in_both_directions() {
    let app = TestApp::start().await;
    let (up, down) = (app.provider("up").await, app.provider("down").await);
    let right = json!({"energy_j": "900"});
    assert_eq!(
        brief_of(&found(&up, "unit_slip", right.clone(), json!({"energy_wh": "900"})).await),
        blocking()
    );
    assert_eq!(brief_of(&found(&down, "unit_slip", right, json!({"energy_j": "0.25"})).await), blocking());
}

#[tokio::test(flavor = "multi_thread")]
async fn kilojoules_taken_for_wh_are_a_jump_by_token_where_shorter_answers_hide_them_by_task() {
    let app = TestApp::start().await;
    let right = json!({"energy_wh": "0.25"});
    // 3.6 times the energy, and as many tokens or half of them; the day after is as before.
    for (key, energy, tokens) in [("same", "0.9", 200), ("shorter", "0.45", 100)] {
        let provider = app.provider(key).await;
        let slipped = json!({"energy_wh": energy, "output_tokens": tokens});
        let found = found(&provider, "jump,unit_slip", right.clone(), slipped).await;
        let expected = json!([["look", "m-1", "2025-10-13T00:00:00Z", "2025-10-15T00:00:00Z", 40]]);
        assert_eq!(brief_of(&found), expected, "{key}");
        let what = found[0]["what"].as_str().unwrap();
        assert!(what.contains("energy per output token") && what.contains("above"), "{what}");
    }
    let down = app.provider("down").await;
    let found_down = found(&down, "jump", json!({"energy_wh": "0.9"}), json!({"energy_wh": "0.25"})).await;
    assert!(found_down[0]["what"].as_str().unwrap().contains("below"), "{found_down:?}");
    // Answers of twice the tokens with twice the energy are no slip, nor is a mean that is 2.5 times as high.
    let (longer, higher) = (app.provider("longer").await, app.provider("higher").await);
    let twice = json!({"energy_wh": "0.5", "output_tokens": 400});
    assert_eq!(found(&longer, "jump,unit_slip", right.clone(), twice).await, [] as [Value; 0]);
    let higher_found = found(&higher, "jump,unit_slip", right, json!({"energy_wh": "0.625"})).await;
    assert_eq!(higher_found, [] as [Value; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_of_a_thousand_from_the_first_day_on_is_unlike_the_model() {
    let app = TestApp::start().await;
    // A large model: a thousandth of its 7 J a token would be plausible for a small one.
    for (key, energy_j, way) in [("less", "1.4", "less"), ("more", "1400000", "more")] {
        let provider = registrar(&app, key).await;
        let coefficient = json!({
            "from": "2025-01-01", "to": "2026-01-01", "output_token_j": "7", "boundary": "accelerator",
            "hardware": "H100", "source": "A bench", "licence": "CC0-1.0",
        });
        assert_eq!(post(&provider, "/v1/models/m-1/coefficients", &coefficient).await.0, 201);
        send(&provider, &tasks(13..=14, &json!({"energy_j": energy_j}))).await;
        let found = findings(&provider, &format!("{PERIOD}&kind=unlike_model,unit_slip")).await;
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((&found[0]["kind"], &found[0]["count"]), (&json!("unlike_model"), &json!(40)));
        assert!(found[0]["what"].as_str().unwrap().contains(way), "{found:?}");
    }
    // A slip of 3.6 is within what batches and layers make of it: no coefficient can tell.
    let within = registrar(&app, "within").await;
    let parameters = json!({"name": "M", "version": "1.0", "parameters_total": 70_000_000_000_i64, "parameters_active": 70_000_000_000_i64});
    assert_eq!(put(&within, "/v1/models/m-1", &parameters).await.0, 200);
    // The regression says about 2 J a token of 70·10⁹ parameters: 394 J for 200.
    send(&within, &tasks(13..=13, &json!({"energy_j": "1418"}))).await;
    assert_eq!(findings(&within, &format!("{PERIOD}&kind=unlike_model")).await, [] as [Value; 0]);
    send(&within, &tasks(14..=14, &json!({"energy_j": "394000"}))).await;
    assert_eq!(findings(&within, &format!("{PERIOD}&kind=unlike_model")).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_day_of_a_thousandth_blocks_though_it_only_halves_the_mean_of_the_day() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    send(&provider, &tasks(9..=13, &json!({"energy_wh": "0.25"}))).await;
    let mut afternoon = tasks(13..=13, &json!({"energy_wh": "0.00025"}));
    for (index, record) in afternoon.as_array_mut().unwrap().iter_mut().enumerate() {
        record["id"] = json!(format!("afternoon-{index}"));
        record["started_at"] = json!(format!("2025-10-13T15:00:{index:02}Z"));
    }
    send(&provider, &afternoon).await;
    let found = findings(&provider, &format!("{PERIOD}&kind=jump,unit_slip")).await;
    let expected = json!([["blocks", "m-1", "2025-10-13T15:00:00Z", "2025-10-13T16:00:00Z", 20]]);
    assert_eq!(brief_of(&found), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_energy_of_a_thousand_inferences_is_of_a_thousand_tasks_and_blocks_where_it_is_told_of_one() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    // Half a watt-hour for 1,000 inferences, in windows of ten minutes.
    let windows: Vec<Value> = (9..=12)
        .map(|day| {
            let mut window = window_with(
                &format!("w{day}"),
                &json!({
                    "from": format!("2025-10-{day:02}T12:00:00Z"), "to": format!("2025-10-{day:02}T12:10:00Z"),
                    "tasks_completed": 1_000, "tasks_failed": 0, "task_type": "classification", "energy_wh": "0.5",
                    "boundary": "facility",
                }),
            );
            for field in ["energy_j", "energy_sq_j2", "histogram", "input_tokens", "cached_tokens", "output_tokens"] {
                window.as_object_mut().unwrap().remove(field);
            }
            window
        })
        .collect();
    let sent = brief(provider.post_windows(&json!(windows)).await);
    assert_eq!(sent, (200, json!({"accepted": 4, "duplicates": 0})));
    let days = json!({"service": "chat", "from": "2025-10-09", "to": "2025-10-13"});
    let per_inference = document(&provider, &days).await;
    assert_eq!(fact(&per_inference, "energy_per_task_mean", "all", None), "0.000500000000");
    assert_eq!(fact(&per_inference, "tasks_completed", "classification", None), "4000");

    let as_one = json!({"task_type": "classification", "energy_wh": "0.5", "input_tokens": null, "output_tokens": null});
    send(&provider, &tasks(13..=14, &as_one)).await;
    let found = findings(&provider, &format!("{PERIOD}&kind=unit_slip")).await;
    assert_eq!(brief_of(&found), blocking());
}

#[tokio::test(flavor = "multi_thread")]
async fn joules_of_a_token_told_as_those_of_a_request_are_implausible() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    // 0.4 J a token, in answers of 200 tokens: told of the request they are 2 mJ a token.
    send(&provider, &tasks(13..=14, &json!({"energy_j": "0.4"}))).await;
    let found = findings(&provider, &format!("{PERIOD}&kind=implausible_energy_per_token")).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0]["what"].as_str().unwrap().contains("less than 1 µWh (3.6 mJ)"), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn joules_of_a_request_told_as_those_of_a_token_are_implausible_until_the_coefficient_is_told_right() {
    let app = TestApp::start().await;
    let provider = registrar(&app, "acme").await;
    let coefficient = |joules: &str| {
        json!({
            "from": "2025-01-01", "to": "2026-01-01", "output_token_j": joules, "boundary": "it", "hardware": "H100",
            "source": "A bench", "licence": "CC0-1.0",
        })
    };
    let tell =
        async |joules: &str| post(&provider, "/v1/models/m-1/coefficients", &coefficient(joules)).await.0;
    let mut without_energy = task("a", &json!({"started_at": "2025-10-13T09:00:00Z"}));
    for field in ["energy_wh", "boundary", "evidence"] {
        without_energy.as_object_mut().unwrap().remove(field);
    }
    send(&provider, &json!([without_energy])).await;
    let odd = async || findings(&provider, &format!("{PERIOD}&kind=implausible_energy_per_token")).await;
    assert_eq!(tell("80").await, 201);
    let found = odd().await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0]["what"].as_str().unwrap().contains("says 80 J an output token"), "{found:?}");
    assert_eq!((&found[0]["model"], &found[0]["from"]), (&json!("m-1"), &json!("2025-10-13T00:00:00Z")));
    assert_eq!(tell("0.4").await, 201);
    assert_eq!(odd().await, [] as [Value; 0]);
    // A millijoule a token is as far off.
    assert_eq!(tell("0.001").await, 201);
    assert_eq!(odd().await.len(), 1);
}
