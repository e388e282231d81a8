//! One window as it arrives: sums over tasks, checked like a record.

use super::Draft;
use super::digest::window_sha256;
use super::object::{At, Context, Field, Fields, Object, Reader};
use super::value::{number_fault, number_text, parse_whole};
use crate::domain::period::hour_of;
use crate::domain::problem::{Fault, ProblemCode};
use crate::domain::terms::CountedFrom;
use crate::domain::totals::{Bucket, TaskCounts};
use crate::domain::window::{MAX_HISTOGRAM, MAX_WINDOW_TASKS, MAX_WINDOW_TOKENS, Window};
use crate::units::{Decimal, Energy};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::value::RawValue;

/// The fields of a window.
pub static WINDOW_FIELDS: Fields = Fields(&[
    "id",
    "service",
    "model",
    "task_type",
    "site",
    "from",
    "to",
    "tasks_completed",
    "tasks_failed",
    "tasks_cancelled",
    "boundary",
    "evidence",
    "energy_wh",
    "energy_kwh",
    "energy_j",
    "energy_sq_j2",
    "histogram",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "reasoning_tokens",
    "accelerator",
    "place",
]);

/// The fields of an entry of a histogram: completed tasks that used this energy each.
pub static HISTOGRAM_FIELDS: Fields = Fields(&["energy_wh", "energy_kwh", "energy_j", "tasks"]);

/// Reads one window. Every fault is found in one pass.
pub fn read(object: Object<'_>, at: At, context: &Context) -> Result<Draft<Window>, Vec<Fault>> {
    let mut reader = Reader::new(object, at, String::new());
    let window_key = reader.key(context.keys);
    let terms = reader.energy_terms();
    let names = reader.group_names(CountedFrom::Windows, terms);
    let from = reader.instant("from", context.now);
    let to = reader.instant("to", context.now);
    check_times(&mut reader, from, to);
    let tasks = TaskCounts {
        completed: count(&mut reader, "tasks_completed", true),
        failed: count(&mut reader, "tasks_failed", false),
        cancelled: count(&mut reader, "tasks_cancelled", false),
    };
    if reader.faults.is_empty() && tasks == TaskCounts::default() {
        reader.fault("tasks_completed", ProblemCode::OutOfRange, "a window holds at least one task");
    }
    let energy = reader.required_energy();
    let energy_squared_uj2 = squares(&mut reader, tasks, energy);
    let tokens = reader.tokens(MAX_WINDOW_TOKENS);
    let histogram = histogram(&mut reader, tasks);
    match (window_key, names, from, to, energy) {
        (Some(window_key), Some(names), Some(from), Some(to), Some(energy)) if reader.faults.is_empty() => {
            let window =
                Window { window_key, from, to, tasks, energy, energy_squared_uj2, tokens, histogram };
            let sha256 = window_sha256(&names, &window);
            Ok(Draft { at, names, sha256, item: window })
        }
        _ => Err(reader.faults),
    }
}

/// A window lies within one UTC hour, because carbon is counted by the hour and nobody could say how its
/// energy is spread over two.
fn check_times(reader: &mut Reader<'_>, from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>>) {
    let (Some(from), Some(to)) = (from, to) else { return };
    if to <= from {
        reader.fault("to", ProblemCode::PeriodInvalid, "a window ends after it began");
    } else if to > hour_of(from) + TimeDelta::hours(1) {
        let detail = "a window lies within one UTC hour; cut it at the full hour";
        reader.fault("to", ProblemCode::WindowCrossesHour, detail);
    }
}

fn count(reader: &mut Reader<'_>, field: &str, is_required: bool) -> i64 {
    let whole = |value| parse_whole(value, MAX_WINDOW_TASKS);
    let count = if is_required { reader.required(field, whole) } else { reader.optional(field, whole) };
    count.unwrap_or(0)
}

/// The sum of squares in J² with at most 12 decimals, which is exact in µJ². It lies between what equal and
/// what most unequal tasks give: E²/n and E².
fn squares(reader: &mut Reader<'_>, tasks: TaskCounts, energy: Option<Energy>) -> Option<i128> {
    let squared = reader.optional("energy_sq_j2", |value| {
        Decimal::parse(&number_text(value)?).and_then(|number| number.to_scaled(12)).map_err(number_fault)
    })?;
    let energy = i128::from(energy?.microjoules());
    let tasks = i128::from(tasks.completed + tasks.failed + tasks.cancelled);
    let possible = energy.checked_mul(energy).is_some_and(|most| {
        squared <= most && squared.checked_mul(tasks).is_none_or(|scaled| scaled >= most)
    });
    if !possible {
        let detail = "no tasks with this sum of energy have this sum of squares; both are over all tasks";
        reader.fault("energy_sq_j2", ProblemCode::OutOfRange, detail);
    }
    Some(squared)
}

/// Completed tasks by bucket of their energy; together as many as the window says.
fn histogram(reader: &mut Reader<'_>, tasks: TaskCounts) -> Option<Vec<(Bucket, i64)>> {
    let text = match reader.field("histogram")? {
        Field::Json(text) | Field::Text(text) => text,
    };
    let Ok(elements) = serde_json::from_str::<Vec<&RawValue>>(text) else {
        reader.fault("histogram", ProblemCode::WrongType, "histogram is an array of objects");
        return None;
    };
    if elements.len() > MAX_HISTOGRAM {
        let detail = format!("a histogram has at most {MAX_HISTOGRAM} entries");
        reader.fault("histogram", ProblemCode::OutOfRange, detail);
        return None;
    }
    let mut counted: Vec<(Bucket, i64)> = Vec::with_capacity(elements.len());
    for (index, element) in elements.into_iter().enumerate() {
        match read_entry(element.get(), reader.at(), format!("{}/{index}", reader.path_of("histogram"))) {
            Ok(entry) => counted.push(entry),
            Err(faults) => reader.faults.extend(faults),
        }
    }
    let sum: i128 = counted.iter().map(|(_, tasks)| i128::from(*tasks)).sum();
    if reader.faults.is_empty() && sum != i128::from(tasks.completed) {
        let detail = format!("the histogram holds {sum} tasks, the window {}", tasks.completed);
        reader.fault("histogram", ProblemCode::HistogramIncomplete, detail);
    }
    Some(merge(counted))
}

/// Each bucket once, in order, and none without tasks: the same histogram is always the same content.
fn merge(mut counted: Vec<(Bucket, i64)>) -> Vec<(Bucket, i64)> {
    counted.retain(|(_, tasks)| *tasks > 0);
    counted.sort_unstable();
    counted.dedup_by(|next, kept| {
        let is_same = next.0 == kept.0;
        if is_same {
            kept.1 += next.1;
        }
        is_same
    });
    counted
}

fn read_entry(text: &str, at: At, path: String) -> Result<(Bucket, i64), Vec<Fault>> {
    let object = Object::parse(text, &HISTOGRAM_FIELDS)
        .map_err(|(code, detail)| vec![Fault::new(format!("{}{path}", at.pointer()), code, detail)])?;
    let mut reader = Reader::new(object, at, path);
    let energy = reader.required_energy();
    let tasks = count(&mut reader, "tasks", true);
    match energy {
        Some(energy) if reader.faults.is_empty() => Ok((Bucket::of(energy.microjoules()), tasks)),
        _ => Err(reader.faults),
    }
}

#[cfg(test)]
#[path = "window_tests.rs"]
mod tests;
