//! Properties through the whole service: however the same tasks are ordered, split, repeated, written down or summed up
//! before they are sent, not a digit of a figure changes.

use super::{document, october, send};
use crate::registry::{put, registrar};
use crate::support::{Provider, TestApp, answer, csv_of, ndjson_of};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use taskwatt::domain::terms::SiteFactorKind;

/// 10⁻⁸ Wh: what all three units hold exactly.
const STEP_UJ: i64 = 36;

/// One task. Energies are in steps of 36 µJ.
#[derive(Clone, Debug)]
struct Task {
    hour: i64,
    milli: i64,
    energy: i64,
    task_type: &'static str,
    site: &'static str,
    boundary: &'static str,
    evidence: &'static str,
    outcome: &'static str,
    output_tokens: Option<i64>,
    place: &'static str,
    /// In per cent of the energy: a step, and how far an interval reaches.
    step: i64,
    interval: Option<i64>,
}

/// In which unit and spelling an energy is written.
#[derive(Clone, Copy, Debug)]
enum Written {
    Wh,
    Kwh,
    Joules,
    Exponent,
}

fn tasks() -> impl Strategy<Value = Vec<Task>> {
    let when = (0..48i64, 0..3_600_000i64, 1..3_000_000_000i64);
    let group = (
        select(vec!["chat", "code", "agent"]),
        select(vec!["s-1", "s-2"]),
        select(vec!["accelerator", "server", "it", "facility"]),
        select(vec!["metered", "counter", "modelled", "declared"]),
        select(vec!["cloud", "device"]),
    );
    let rest = (
        select(vec!["completed", "completed", "failed", "cancelled"]),
        proptest::option::of(0..5_000i64),
        0..100i64,
        proptest::option::of(1..100i64),
    );
    let task = (when, group, rest).prop_map(|(when, group, rest)| Task {
        hour: when.0,
        milli: when.1,
        energy: when.2,
        task_type: group.0,
        site: group.1,
        boundary: group.2,
        evidence: group.3,
        place: group.4,
        outcome: rest.0,
        output_tokens: rest.1,
        step: rest.2,
        interval: rest.3,
    });
    vec(task, 3..60).prop_map(|mut tasks| {
        // A disclosure needs a completed task, and a declared PUE of a facility makes its IT energy known.
        tasks[0].outcome = "completed";
        tasks
    })
}

fn started_at(task: &Task) -> String {
    let (day, hour) = (30 + task.hour / 24, task.hour % 24);
    let (minute, second, milli) = (task.milli / 60_000, task.milli / 1_000 % 60, task.milli % 1_000);
    format!("2025-10-{day}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// A whole number with the decimal point moved.
fn scaled(number: i64, decimals: usize) -> String {
    let digits = format!("{number:0>width$}", width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    format!("{whole}.{fraction}")
}

fn write_energy(fields: &mut Map<String, Value>, name: &str, energy: i64, written: Written) {
    let (unit, text) = match written {
        Written::Wh => ("wh", scaled(energy, 8)),
        Written::Kwh => ("kwh", scaled(energy, 11)),
        Written::Joules => ("j", scaled(energy * STEP_UJ, 6)),
        Written::Exponent => ("kwh", format!("{energy}E-11")),
    };
    fields.insert(format!("{name}_{unit}"), json!(text));
}

fn record(number: usize, task: &Task, written: Written) -> Value {
    let mut record = json!({
        "id": format!("task-{number}"), "service": "chat", "model": "m-1", "task_type": task.task_type,
        "site": task.site, "started_at": started_at(task), "outcome": task.outcome, "boundary": task.boundary,
        "evidence": task.evidence, "output_tokens": task.output_tokens, "place": task.place,
    });
    let fields = record.as_object_mut().unwrap();
    write_energy(fields, "energy", task.energy, written);
    if let Some(per_cent) = task.interval {
        write_energy(fields, "energy_low", task.energy * (100 - per_cent) / 100, written);
        write_energy(fields, "energy_high", task.energy * (100 + per_cent) / 100, written);
    }
    let mut step = json!({"kind": "retrieval"});
    write_energy(step.as_object_mut().unwrap(), "energy", task.energy * task.step / 100, written);
    fields.insert("steps".to_owned(), json!([step]));
    record
}

/// A provider with two sites, of which one declares its PUE, and so many tasks served in October.
async fn provider<'a>(app: &'a TestApp, key: &str, served: usize) -> Provider<'a> {
    let provider = registrar(app, key).await;
    provider.site("s-2", "SE").await;
    provider.declare("s-1", SiteFactorKind::Pue, "1.234567", "2025-01-01", "2026-01-01").await;
    provider.declare("s-2", SiteFactorKind::ItPerServer, "1.000001", "2025-10-31", "2025-11-01").await;
    let (status, told) = put(&provider, "/v1/services/chat/served/2025-10", &json!({"tasks": served})).await;
    assert!(matches!(status, 200 | 201), "{told}");
    provider
}

async fn figures(provider: &Provider<'_>) -> Value {
    document(provider, &october()).await["facts"].clone()
}

/// Runs a property over some cases in one runtime and application.
fn check<S: Strategy>(
    strategy: S,
    property: impl AsyncFn(&TestApp, usize, S::Value) -> Result<(), TestCaseError>,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let app = runtime.block_on(TestApp::start());
    let case = std::cell::Cell::new(0);
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    let outcome =
        runner.run(&strategy, |value| runtime.block_on(property(&app, case.replace(case.get() + 1), value)));
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
    runtime.block_on(app.assert_totals());
}

#[test]
fn order_splits_repetitions_and_units_of_entry_do_not_change_a_digit_of_a_figure() {
    let written = select(vec![Written::Wh, Written::Kwh, Written::Joules, Written::Exponent]);
    let requests = vec((any::<Index>(), 1..30usize, select(vec!["json", "ndjson", "csv"])), 1..6);
    let strategy = tasks().prop_flat_map(move |tasks| {
        let order: Vec<usize> = (0..tasks.len()).collect();
        let writings = vec(written.clone(), tasks.len());
        (Just(tasks), Just(order).prop_shuffle(), writings, requests.clone())
    });
    check(strategy, async |app: &TestApp, case, (tasks, order, writings, requests)| {
        let straight = provider(app, &format!("straight-{case}"), tasks.len() * 2).await;
        let plain: Value =
            tasks.iter().enumerate().map(|(number, task)| record(number, task, Written::Joules)).collect();
        send(&straight, &plain).await;
        let other = provider(app, &format!("other-{case}"), tasks.len() * 2).await;
        let shuffled: Vec<Value> =
            order.iter().map(|number| record(*number, &tasks[*number], writings[*number])).collect();
        // Parts that overlap and repeat, then everything from the end.
        for (at, count, form) in requests {
            let from = at.index(shuffled.len());
            let part = &shuffled[from..shuffled.len().min(from + count)];
            let (content_type, body) = match form {
                "json" => ("application/json", json!(part).to_string()),
                "ndjson" => ("application/x-ndjson", ndjson_of(part)),
                _ => ("text/csv", csv_of(part)),
            };
            let sent = other.post_body("/v1/records", content_type, body).send().await.unwrap();
            let (status, receipt) = answer(sent).await;
            prop_assert_eq!(status, 200, "{}", receipt);
        }
        for one in shuffled.chunks(7).rev() {
            let (status, receipt) = other.post_records(&json!(one)).await;
            prop_assert_eq!(status, 200, "{}", receipt);
        }
        let (expected, found) = (figures(&straight).await, figures(&other).await);
        prop_assert_eq!(expected, found);
        Ok(())
    });
}

/// The same tasks as windows of an hour, each with the sums, the squares and the histogram of its tasks.
fn windows(tasks: &[Task]) -> Value {
    let mut groups: BTreeMap<[&str; 6], Vec<&Task>> = BTreeMap::new();
    let hours: Vec<String> = tasks.iter().map(|task| started_at(task)[..13].to_owned()).collect();
    for (task, hour) in tasks.iter().zip(&hours) {
        let group = [task.task_type, task.site, task.boundary, task.evidence, task.place, hour.as_str()];
        groups.entry(group).or_default().push(task);
    }
    let window = |(number, ([task_type, site, boundary, evidence, place, hour], tasks)): (
        usize,
        ([&str; 6], Vec<&Task>),
    )| {
        let uj = |task: &Task| task.energy * STEP_UJ;
        let squared: i128 = tasks.iter().map(|task| i128::from(uj(task)).pow(2)).sum();
        let histogram: Value =
            tasks.iter().map(|task| json!({"energy_j": scaled(uj(task), 6), "tasks": 1})).collect();
        let squared = format!("{squared:0>13}");
        let (whole, fraction) = squared.split_at(squared.len() - 12);
        let end = if let Some(next) = hour.strip_suffix("23") {
            let day: u32 = next[8..10].parse().unwrap();
            if day == 31 { "2025-11-01T00".to_owned() } else { format!("2025-10-{:02}T00", day + 1) }
        } else {
            format!("{}T{:02}", &hour[..10], hour[11..].parse::<u32>().unwrap() + 1)
        };
        json!({
            "id": format!("window-{number}"), "service": "chat", "model": "m-1", "task_type": task_type, "site": site,
            "from": format!("{hour}:00:00Z"), "to": format!("{end}:00:00Z"), "boundary": boundary, "evidence": evidence,
            "place": place, "tasks_completed": tasks.len(), "histogram": histogram,
            "energy_j": scaled(tasks.iter().map(|task| uj(task)).sum(), 6), "energy_sq_j2": format!("{whole}.{fraction}"),
            "output_tokens": tasks.iter().filter_map(|task| task.output_tokens).sum::<i64>(),
        })
    };
    groups.into_iter().enumerate().map(window).collect()
}

#[test]
fn windows_with_the_sums_of_completed_tasks_give_every_digit_that_the_tasks_give() {
    check(tasks(), async |app: &TestApp, case, mut tasks: Vec<Task>| {
        // What windows do not tell: steps, intervals, and which tasks failed or state no tokens.
        for task in &mut tasks {
            task.outcome = "completed";
            task.output_tokens = task.output_tokens.or(Some(1));
            task.interval = None;
        }
        let single = provider(app, &format!("single-{case}"), tasks.len() * 2).await;
        let mut records: Vec<Value> =
            tasks.iter().enumerate().map(|(number, task)| record(number, task, Written::Wh)).collect();
        records.iter_mut().for_each(|record| drop(record.as_object_mut().unwrap().remove("steps")));
        send(&single, &json!(records)).await;
        let summed = provider(app, &format!("summed-{case}"), tasks.len() * 2).await;
        let (status, receipt) = summed.post_windows(&windows(&tasks)).await;
        prop_assert_eq!(status, 200, "{}", receipt);
        let (expected, found) = (figures(&single).await, figures(&summed).await);
        prop_assert_eq!(expected, found);
        Ok(())
    });
}
