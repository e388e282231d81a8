//! Sending records and windows.

use crate::domain::problem::ProblemCode;
use crate::http::api::ingest::{MAX_KEY_BYTES, WireReceipt};
use crate::http::openapi::bodies::envelope;
use crate::http::openapi::fields::{Value, array, boolean, choice, list, pattern};
use crate::http::openapi::headers;
use crate::http::openapi::operation::{Op, Refusal};
use crate::ingest::MAX_RECORDS;
use serde_json::{Value as Json, json};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{OneOfBuilder, Schema};

pub(super) fn operations() -> Vec<Op> {
    let records = Op::post("/v1/records", "send-records", "Send records of tasks").says(
        "Answers after the commit: 200 where everything is stored, else a problem that points at every fault and \
         says how many records were stored all the same. Sending the same records again is always safe: each is \
         counted once. A JSON body is read whole; NDJSON and CSV may be of any length and are stored as they arrive.",
    );
    let windows = Op::post("/v1/windows", "send-windows", "Send sums over tasks").says(
        "For services whose tasks are counted before they are sent. A window lies within one UTC hour, and no task \
         may be sent both singly and within a window.",
    );
    vec![
        forms(records, "records", "Record", &record_example(), RECORDS_CSV)
            .refuses(&[ProblemCode::CountedByWindow]),
        forms(windows, "windows", "Window", &window_example(), WINDOWS_CSV)
            .refuses(&[ProblemCode::CountedByRecords]),
    ]
}

const RECORDS_CSV: &str = "\
id,service,model,task_type,site,started_at,outcome,boundary,evidence,energy_wh,input_tokens,output_tokens
csv-1,chat,m-1,chat,s-1,2025-10-01T14:00:00Z,completed,server,counter,0.31,812,344
csv-2,chat,m-1,code,s-1,2025-10-01T14:00:02Z,failed,server,counter,0.02,95,
";

const WINDOWS_CSV: &str = "\
id,service,model,task_type,site,from,to,tasks_completed,boundary,evidence,energy_kwh
csv-w-1,chat,m-1,translation,s-1,2025-10-01T16:00:00Z,2025-10-01T17:00:00Z,1200,server,counter,0.4
";

fn record_example() -> Json {
    json!({
        "id": "0d7f3c4e-52a1-4f0e-9a3b-6a3b1f6f2c11", "service": "chat", "model": "m-1", "task_type": "chat",
        "site": "s-1", "started_at": "2025-10-01T12:00:00Z", "duration_ms": 2140, "outcome": "completed",
        "boundary": "server", "evidence": "counter", "energy_wh": "0.2513", "input_tokens": 412,
        "output_tokens": 288,
        "steps": [{"kind": "retrieval", "energy_wh": "0.01"}, {"kind": "generation", "energy_wh": "0.24"}],
    })
}

fn window_example() -> Json {
    json!({
        "id": "2025-10-01T15/summarisation", "service": "chat", "model": "m-1", "task_type": "summarisation",
        "site": "s-1", "from": "2025-10-01T15:00:00Z", "to": "2025-10-01T16:00:00Z", "tasks_completed": 3,
        "boundary": "server", "evidence": "metered", "energy_wh": "0.9",
        "histogram": [{"energy_wh": "0.2", "tasks": 1}, {"energy_wh": "0.35", "tasks": 2}],
    })
}

/// What both have in common: their forms, their headers and their answers.
fn forms(op: Op, field: &'static str, object: &str, example: &Json, table: &str) -> Op {
    use ProblemCode as Code;
    let all = || list(object, MAX_RECORDS, "At most 20,000; NDJSON and CSV may hold any number.");
    let bare: RefOr<Schema> = array(object, MAX_RECORDS).into();
    let whole = OneOfBuilder::new().item(bare).item(envelope(field, all()));
    let mut line = example.clone();
    line["id"] = json!("ndjson-1");
    let lines = format!("{line}\n");
    let text = |meaning: &str| Value::text(meaning).schema();
    let printable = format!("^[!-~]([ -~]{{0,{}}}[!-~])?$", MAX_KEY_BYTES - 2);
    op.query("atomic", boolean("Whether all is stored or nothing, for at most 20,000; `false` where missing."))
        .header(
            "Idempotency-Key",
            pattern(
                &printable,
                "Names the request, so that a repeated one gets the first answer again: a UUID is best.",
            ),
        )
        .header("Content-Encoding", choice(&["identity", "gzip", "zstd"], "How the body is packed."))
        .takes("application/json", whole, json!({ field: [example] }))
        .takes(
            "application/x-ndjson",
            text("One JSON object a line; the last line may lack its end."),
            lines.into(),
        )
        .takes(
            "text/csv",
            text("A header with the names of fields, then one row each (RFC 4180); an empty cell is a missing field."),
            table.into(),
        )
        .answers_json::<WireReceipt>(200, "Everything is stored.")
        .with_header("Idempotency-Replayed", headers::replayed())
        .refuses(&[
            Code::InvalidCsv,
            Code::TooManyRecords,
            Code::RecordConflict,
            Code::RecordsRefused,
            Code::NothingStored,
            Code::IdempotencyRunning,
            Code::IdempotencyMismatch,
        ])
        .refuses_as(Refusal::OfRecords)
}
