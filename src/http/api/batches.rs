//! `/v1/batches`: what became of what was sent, and why it was refused.

use super::exact_instant;
use crate::app::App;
use crate::db::{self, DbError};
use crate::domain::batch::{Batch, BatchState};
use crate::domain::ids::{BatchId, ProviderId};
use crate::domain::problem::{Fault, ProblemCode};
use crate::domain::terms::Scope;
use crate::http::auth::authorise;
use crate::http::openapi::vocabulary;
use crate::http::problem::Problem;
use crate::http::query::Query;
use crate::http::table::{answer, form};
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Datelike};
use futures_util::stream;
use serde::Serialize;
use utoipa::ToSchema;

/// Batches of one answer where the query does not say how many, and at most.
pub const DEFAULT_LIMIT: usize = 100;
pub const MAX_LIMIT: usize = 1_000;
/// Faults that are read, and sent on, at a time.
const FAULTS_AT_A_TIME: usize = 1_000;

/// A page of batches, the latest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchList)]
pub struct WireBatches {
    batches: Vec<WireBatch>,
    /// Send it as `cursor` to go on; missing on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// What one request brought, or what small requests of one key brought within a minute.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Batch)]
pub struct WireBatch {
    batch: i32,
    /// `request`, or `gathered` from small requests.
    kind: &'static str,
    /// `open` while the body arrives, then `complete`; `broken` where it broke off: what came before is stored.
    state: &'static str,
    /// `records` or `windows`.
    content: &'static str,
    /// The first characters of the key; missing where a command imported.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_start: Option<String>,
    received_at: String,
    /// Missing while the batch is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_at: Option<String>,
    requests: u64,
    /// Records or windows: the sum of the four counts that follow.
    records: u64,
    /// New, and counted.
    accepted: u64,
    /// There already with the same content; counted once.
    duplicates: u64,
    /// There already with other content; refused.
    conflicts: u64,
    /// Refused for what they hold.
    invalid: u64,
    /// Faults of what was refused; the first of them can be fetched for 30 days.
    faults: u64,
    /// Accepted tasks that started more than 7 days before they were received.
    late: u64,
    /// Accepted tasks that started after they were received.
    future: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_started_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_started_at: Option<String>,
    /// `sha256:` and the digest of what is stored of the request; missing where small requests were
    /// gathered, whose receipts carry their own.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
}

const COLUMNS: &[&str] = &[
    "batch",
    "kind",
    "state",
    "content",
    "key_start",
    "received_at",
    "finished_at",
    "requests",
    "records",
    "accepted",
    "duplicates",
    "conflicts",
    "invalid",
    "faults",
    "late",
    "future",
    "first_started_at",
    "last_started_at",
    "digest",
];

/// Why one thing was refused: a line of `/v1/batches/{batch}/faults`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BatchFault)]
pub struct WireBatchFault {
    /// JSON pointer into the body; in NDJSON and CSV its first token is the record, counted from 0.
    pointer: String,
    #[schema(value_type = vocabulary::ProblemCode)]
    code: &'static str,
    detail: String,
}

fn wire(batch: Batch) -> WireBatch {
    WireBatch {
        batch: batch.batch.get(),
        kind: batch.kind.as_str(),
        state: batch.state.as_str(),
        content: batch.content.as_str(),
        key_start: batch.key_start,
        received_at: exact_instant(batch.received_at),
        finished_at: batch.finished_at.map(exact_instant),
        requests: batch.requests,
        records: batch.counts.all(),
        accepted: batch.counts.accepted,
        duplicates: batch.counts.duplicates,
        conflicts: batch.counts.conflicts,
        invalid: batch.counts.invalid,
        faults: batch.faults,
        late: batch.times.late,
        future: batch.times.future,
        first_started_at: batch.times.range.map(|(first, _)| exact_instant(first)),
        last_started_at: batch.times.range.map(|(_, last)| exact_instant(last)),
        digest: batch.stored_sha256.map(|sha256| format!("sha256:{}", hex::encode(sha256))),
    }
}

/// The batches of the key's provider.
pub async fn list(app: web::Data<App>, request: HttpRequest) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let mut query = Query::read(&request, &["limit", "cursor", "format"]);
    let limit = query.limit(DEFAULT_LIMIT, MAX_LIMIT);
    let form = form(&request, &mut query);
    let before = query.cursor(|parts| {
        let [received_at, batch] = parts else { return None };
        let received_at = DateTime::parse_from_rfc3339(received_at).ok()?.to_utc();
        let is_ours = (2000..=2200).contains(&received_at.year());
        is_ours.then_some((received_at, BatchId::from_db(batch.parse().ok()?)))
    });
    query.finish(Some(()))?;
    let mut found = db::batch::list(&app.pool, key.provider, before, limit + 1).await?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| has_more).map(|last| {
        let (received_at, batch) = (exact_instant(last.received_at), last.batch.get().to_string());
        query.cursor_after([received_at.as_str(), batch.as_str()])
    });
    let next_address = next.as_deref().map(|cursor| query.address_of(cursor));
    let batches = WireBatches { batches: found.into_iter().map(wire).collect(), next };
    answer(form, &batches, &batches.batches, COLUMNS, next_address.as_deref())
}

/// One batch.
pub async fn show(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let mut query = Query::read(&request, &["format"]);
    let form = form(&request, &mut query);
    query.finish(Some(()))?;
    let batch = wire(find(&app, key.provider, &path).await?);
    answer(form, &batch, std::slice::from_ref(&batch), COLUMNS, None)
}

async fn find(app: &App, provider: ProviderId, number: &str) -> Result<Batch, Problem> {
    let not_there = || {
        let number: String = number.chars().filter(|character| !character.is_control()).take(20).collect();
        Problem::not_found(format!("there is no batch {number}"))
    };
    let batch = BatchId::from_db(number.parse().map_err(|_| not_there())?);
    db::batch::find(&app.pool, provider, batch).await?.ok_or_else(not_there)
}

/// The faults of a batch in the order of its body, one a line of NDJSON; `from` is the number of the first
/// line that is wanted, counted from 0. They are sent as they are read.
pub async fn faults(
    app: web::Data<App>,
    request: HttpRequest,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::Read).await?;
    let mut query = Query::read(&request, &["from"]);
    let from = query.optional("from", ProblemCode::OutOfRange, |text| {
        text.parse::<u32>().map_err(|_| "must be a whole number, counted from 0")
    });
    query.finish(Some(()))?;
    let batch = find(&app, key.provider, &path).await?;
    let first = from.map_or(0, |from| from as usize);
    let (provider, number) = (key.provider, batch.batch);
    // The first part is read before the answer begins, so that a failure can still be told.
    let part = db::batch::faults(&app.pool, provider, number, first, FAULTS_AT_A_TIME).await?;
    if first == 0 && part.is_empty() && batch.faults > 0 && batch.state != BatchState::Open {
        let detail = format!(
            "the faults of batch {} are not kept: those of small requests stand in their answers alone, those of \
             others are kept for 30 days",
            number.get()
        );
        return Err(Problem::not_found(detail));
    }
    let pool = app.pool.clone();
    let next = first + part.len();
    let lines = stream::try_unfold((part, next), move |(part, next)| {
        let pool = pool.clone();
        async move {
            if part.is_empty() {
                return Ok::<_, DbError>(None);
            }
            let lines = web::Bytes::from(ndjson(part));
            let part = db::batch::faults(&pool, provider, number, next, FAULTS_AT_A_TIME).await?;
            let next = next + part.len();
            Ok(Some((lines, (part, next))))
        }
    });
    Ok(HttpResponse::Ok().content_type("application/x-ndjson").streaming(lines))
}

fn ndjson(faults: Vec<Fault>) -> Vec<u8> {
    let mut lines = Vec::new();
    for Fault { pointer, code, detail } in faults {
        let fault = WireBatchFault { pointer, code: code.as_str(), detail };
        // Texts always have a JSON form, and writing to memory does not fail.
        serde_json::to_writer(&mut lines, &fault).unwrap_or_default();
        lines.push(b'\n');
    }
    lines
}
