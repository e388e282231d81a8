//! What was counted: totals, batches and findings.

use crate::domain::breakdown::GroupColumn;
use crate::domain::finding::FindingKind;
use crate::domain::problem::ProblemCode as Code;
use crate::http::api::batches::{self, WireBatch, WireBatchFault, WireBatches};
use crate::http::api::findings::WireFindings;
use crate::http::api::totals::{self, WireStage, WireTotal, WireTotals, WireUnit};
use crate::http::openapi::fields::{Value, choice, end, integer, name, pattern, slug, word};
use crate::http::openapi::headers;
use crate::http::openapi::operation::Op;
use crate::http::openapi::vocabulary;
use utoipa::ToSchema;
use utoipa::openapi::ContentBuilder;

pub(super) fn operations() -> Vec<Op> {
    vec![
        total::<WireTotal>(Op::get("/v1/totals", "totals", "Add up tasks")),
        total::<WireStage>(Op::get("/v1/totals/stages", "stages", "Add up the steps of tasks")),
        total::<WireUnit>(Op::get("/v1/totals/units", "units", "Add up natural units")),
        paged(
            Op::get("/v1/batches", "list-batches", "List batches"),
            batches::DEFAULT_LIMIT,
            batches::MAX_LIMIT,
        )
        .says("What became of what was sent, the latest first.")
        .answers_rows::<WireBatches>(&WireBatches::name(), "A page of batches."),
        Op::get("/v1/batches/{batch}", "show-batch", "Read a batch")
            .query("format", form())
            .answers_rows::<WireBatch>(&WireBatch::name(), "The batch.")
            .refuses(&[Code::InvalidFields]),
        faults(),
        Op::get("/v1/findings", "findings", "Ask what is odd about the data of a period")
            .says("Looks at the data as it is stored at this moment; the period is at most 366 days.")
            .required_query("from", end("The beginning of the period."), "2025-10-01")
            .required_query("to", end("Its end, no longer inside."), "2025-11-01")
            .query("service", slug("One service alone."))
            .query("kind", words(FindingKind::CHOICES, "Some kinds alone, with commas between them."))
            .query("format", form())
            .answers_rows::<WireFindings>(&WireFindings::name(), "The findings.")
            .refuses(&[Code::InvalidFields]),
    ]
}

/// A question for totals.
fn total<T: ToSchema>(op: Op) -> Op
where
    WireTotals<T>: ToSchema,
{
    paged(op, totals::DEFAULT_LIMIT, totals::MAX_LIMIT)
        .says(
            "Sums over the tasks that started within each window, grouped as asked. A period by the hour is at \
             most 366 days long, and ten years by longer windows.",
        )
        .required_query("from", end("The beginning of the period."), "2025-10-01")
        .required_query("to", end("Its end, no longer inside."), "2025-11-01")
        .required_query("window", word::<vocabulary::WindowLength>("How long each window is."), "day")
        .query(
            "group_by",
            words(GroupColumn::CHOICES, "What rows are grouped by, each once, with commas between them."),
        )
        .query("service", slug("One service alone."))
        .query("model", name("One model alone."))
        .query("site", name("One site alone."))
        .query("task_type", word::<vocabulary::TaskType>("One task type alone."))
        .names::<T>()
        .answers_rows::<WireTotals<T>>(&format!("{}List", T::name()), "A page of rows.")
}

/// A part of a list of rows.
fn paged(op: Op, default: usize, most: usize) -> Op {
    let meaning = format!("Rows of the answer; {default} where missing.");
    op.query("limit", integer(1..=most as i64, &meaning))
        .query(
            "cursor",
            pattern("^[A-Za-z0-9_-]+$", "The `next` of the answer before, with the same question."),
        )
        .query("format", form())
        .refuses(&[Code::InvalidFields])
}

/// The faults of a batch.
fn faults() -> Op {
    let lines = ContentBuilder::new().schema(Some(Value::text("One `BatchFault` a line.").schema())).build();
    Op::get("/v1/batches/{batch}/faults", "batch-faults", "Read why records of a batch were refused")
        .says("One fault a line, in the order of the body; the first of them are kept for 30 days.")
        .query("from", integer(0..=u32::MAX.into(), "The first line that is wanted, counted from 0."))
        .names::<WireBatchFault>()
        .answers_with(200, "The faults.", |response| response.content("application/x-ndjson", lines))
        .refuses(&[Code::InvalidFields])
}

pub(super) fn form() -> Value {
    choice(&["json", "csv"], "The form of the answer, before what the header `Accept` says.")
}

/// Words of a vocabulary with commas between them.
fn words(choices: &[&str], meaning: &str) -> Value {
    let one = choices.join("|");
    pattern(&format!("^({one})(,({one}))*$"), meaning)
}

/// Used by the answers of this file alone.
impl Op {
    /// An answer of rows: JSON, or the same as CSV.
    fn answers_rows<T: ToSchema>(self, name: &str, meaning: &'static str) -> Op {
        self.answers_json_as::<T>(name, 200, meaning)
            .with_content("text/csv", Value::text("The same rows, with a header.").schema())
            .with_header("Link", headers::link())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_parameters_of_totals_are_those_that_are_read() {
        let document = crate::http::openapi::DOCUMENT.to_json().unwrap();
        let document: serde_json::Value = serde_json::from_str(&document).unwrap();
        for path in ["/v1/totals", "/v1/totals/stages", "/v1/totals/units"] {
            let described = document["paths"][path]["get"]["parameters"].as_array().unwrap();
            let described: BTreeSet<&str> =
                described.iter().map(|parameter| parameter["name"].as_str().unwrap()).collect();
            assert_eq!(described, totals::PARAMETERS.iter().copied().collect(), "{path}");
        }
    }
}
