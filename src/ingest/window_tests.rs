use super::*;
use crate::domain::names::Slug;
use crate::domain::record::KeySpace;
use crate::ingest::json::read_text;
use crate::ingest::{Parsed, WINDOWS};

const GOOD: &str = r#"{"id":"w-1","service":"chat","model":"m-1","task_type":"chat","site":"s-1",
    "from":"2025-10-01T12:00:00Z","to":"2025-10-01T13:00:00Z","tasks_completed":3,"tasks_failed":"1",
    "boundary":"server","evidence":"metered","energy_j":"10","energy_sq_j2":"30.000000000001",
    "histogram":[{"energy_j":2,"tasks":2},{"energy_j":4,"tasks":1}],
    "input_tokens":100,"cached_tokens":40,"output_tokens":50}"#;

fn read(text: &str) -> Parsed<Window> {
    let context = Context {
        keys: KeySpace::of(&Slug::parse("acme").unwrap()),
        now: "2026-01-01T00:00:00Z".parse().unwrap(),
    };
    read_text(text, At { root: "/windows", index: 3 }, &WINDOWS, &context)
}

/// The one fault that the window has with one fragment replaced.
fn one(from: &str, to: &str) -> (String, ProblemCode) {
    assert!(GOOD.contains(from), "{from} is not part of the window");
    let faults = read(&GOOD.replacen(from, to, 1)).expect_err(to);
    assert_eq!(faults.len(), 1, "{faults:?}");
    (faults[0].pointer.clone(), faults[0].code)
}

#[test]
fn a_good_window_is_read_exactly() {
    let window = read(GOOD).unwrap().item;
    assert_eq!(window.tasks, TaskCounts { completed: 3, failed: 1, cancelled: 0 });
    assert_eq!(window.energy.microjoules(), 10_000_000);
    assert_eq!(window.energy_squared_uj2, Some(30_000_000_000_001));
    let buckets = [(Bucket::of(2_000_000), 2), (Bucket::of(4_000_000), 1)];
    assert_eq!(window.histogram.as_deref(), Some(&buckets[..]));
    assert_eq!(window.tokens.reasoning, None);
}

#[test]
fn a_window_keeps_to_one_hour() {
    let to = "\"to\":\"2025-10-01T13:00:00Z\"";
    let crosses = ("/windows/3/to".to_owned(), ProblemCode::WindowCrossesHour);
    assert_eq!(one(to, "\"to\":\"2025-10-01T13:00:00.000001Z\""), crosses);
    let empty = ("/windows/3/to".to_owned(), ProblemCode::PeriodInvalid);
    assert_eq!(one(to, "\"to\":\"2025-10-01T12:00:00Z\""), empty);
    assert!(read(&GOOD.replacen(to, "\"to\":\"2025-10-01T12:10:00Z\"", 1)).is_ok());
}

#[test]
fn a_histogram_counts_every_completed_task_once() {
    let incomplete = ("/windows/3/histogram".to_owned(), ProblemCode::HistogramIncomplete);
    assert_eq!(one("\"tasks\":2", "\"tasks\":1"), incomplete);
    let wrong = ("/windows/3/histogram/1/energy_j".to_owned(), ProblemCode::OutOfRange);
    assert_eq!(one("\"energy_j\":4", "\"energy_j\":-4"), wrong);
    let unknown = ("/windows/3/histogram/0/bucket".to_owned(), ProblemCode::UnknownField);
    assert_eq!(one("{\"energy_j\":2,", "{\"energy_j\":2,\"bucket\":1,"), unknown);
}

#[test]
fn squares_that_no_tasks_can_have_are_refused() {
    let slip = ("/windows/3/energy_sq_j2".to_owned(), ProblemCode::OutOfRange);
    // Four tasks with 10 J together have squares of 25 J² to 100 J².
    assert_eq!(one("30.000000000001", "24.999999999999"), slip);
    assert_eq!(one("30.000000000001", "100.000000000001"), slip);
    for possible in ["25", "100"] {
        assert!(read(&GOOD.replacen("30.000000000001", possible, 1)).is_ok());
    }
    let fine = ("/windows/3/energy_sq_j2".to_owned(), ProblemCode::TooManyDecimals);
    assert_eq!(one("30.000000000001", "30.0000000000001"), fine);
}

#[test]
fn a_window_without_tasks_is_refused() {
    let text = GOOD.replacen("\"tasks_completed\":3", "\"tasks_completed\":0", 1).replacen("\"1\"", "0", 1);
    let faults = read(&text).unwrap_err();
    assert_eq!(faults[0].pointer, "/windows/3/tasks_completed");
}
