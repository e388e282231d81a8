//! `POST /v1/records` and `POST /v1/windows`.

use crate::app::App;
use crate::db::idempotency::{self, Claim, Claimed};
use crate::db::record::Mode;
use crate::domain::batch::Content;
use crate::domain::key::ApiKey;
use crate::domain::problem::{Fault, ProblemCode};
use crate::domain::record::{KeySpace, Record};
use crate::domain::terms::Scope;
use crate::domain::window::Window;
use crate::http::auth::authorise;
use crate::http::body::{self, Encoding};
use crate::http::limit::charge_records;
use crate::http::observe::RequestId;
use crate::http::problem::Problem;
use crate::http::stream::{self, Stream};
use crate::ingest::intake::{IngestError, Intake, Receipt};
use crate::ingest::object::Context;
use crate::ingest::{Chunks, Format, Kind, MAX_RECORDS, Parsed, RECORDS, WINDOWS};
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

/// What became of a request.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Receipt)]
pub struct WireReceipt {
    /// The number of its batch, for `/v1/batches/{batch}`; small requests of one key and minute share one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch: Option<i32>,
    /// Records or windows in the body.
    pub records: u64,
    /// New, and counted.
    pub accepted: u64,
    /// There already with the same content; counted once.
    pub duplicates: u64,
    /// There already with other content; refused.
    pub conflicts: u64,
    /// Refused for what they hold.
    pub invalid: u64,
    /// Not stored, because the request is stored whole or not at all.
    #[serde(skip_serializing_if = "is_zero")]
    pub withheld: u64,
    /// `sha256:` and the digest of what is stored of the request (`docs/receipts.md`).
    pub digest: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

impl From<&Receipt> for WireReceipt {
    fn from(receipt: &Receipt) -> WireReceipt {
        WireReceipt {
            batch: receipt.batch.map(|batch| batch.get()),
            records: receipt.counts.all() + receipt.withheld,
            accepted: receipt.counts.accepted,
            duplicates: receipt.counts.duplicates,
            conflicts: receipt.counts.conflicts,
            invalid: receipt.counts.invalid,
            withheld: receipt.withheld,
            digest: format!("sha256:{}", hex::encode(receipt.stored_sha256)),
        }
    }
}

/// Bodies up to this length are read whole, and parsed at once where they are plain.
const SMALL_BYTES: usize = 64 * 1024;

/// Stores records, and answers after the commit. Everything stored: 200 with the receipt. Otherwise a
/// problem that points at every fault and says how many records were stored all the same.
pub async fn records(
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    ingest(&app, &request, payload, &RECORDS, push_records).await
}

/// Stores windows, as [`records`] does records.
pub async fn windows(
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    ingest(&app, &request, payload, &WINDOWS, push_windows).await
}

async fn push_records(
    intake: &mut Intake<'_>,
    chunk: Vec<Parsed<Record>>,
    is_last: bool,
) -> Result<(), IngestError> {
    intake.push_records(chunk, is_last).await
}

async fn push_windows(
    intake: &mut Intake<'_>,
    chunk: Vec<Parsed<Window>>,
    is_last: bool,
) -> Result<(), IngestError> {
    intake.push_windows(chunk, is_last).await
}

/// Stores a chunk of one kind.
trait Push<T>: AsyncFn(&mut Intake<'_>, Vec<Parsed<T>>, bool) -> Result<(), IngestError> {}
impl<T, F> Push<T> for F where F: AsyncFn(&mut Intake<'_>, Vec<Parsed<T>>, bool) -> Result<(), IngestError> {}

/// A request, and what its head says of its body.
#[derive(Clone, Copy)]
struct Ask<'a> {
    app: &'a App,
    request: &'a HttpRequest,
    key: &'a ApiKey,
    format: Format,
    encoding: Encoding,
    mode: Mode,
    now: DateTime<Utc>,
    /// Of its Idempotency-Key.
    claim: Option<Claim<'a>>,
}

async fn ingest<T: Send + 'static>(
    app: &App,
    request: &HttpRequest,
    payload: web::Payload,
    kind: &'static Kind<T>,
    push: impl Push<T>,
) -> Result<HttpResponse, Problem> {
    let key = authorise(app, request, Scope::RecordsWrite).await?;
    let ask = Ask {
        app,
        request,
        key: &key,
        format: format(request)?,
        encoding: body::encoding(request)?,
        mode: mode(request)?,
        now: app.clock.now(),
        claim: None,
    };
    let Some(idempotency_key) = idempotency_key(request)? else {
        return answer(take(ask, payload, kind, push).await?.outcome);
    };
    let claim = Claim { provider: key.provider, key: &idempotency_key, by: app.instance };
    match idempotency::claim(&app.pool, claim, ask.now).await? {
        Claimed::Yes => {}
        Claimed::Running => {
            let detail = "the first request with this key has not been answered yet";
            return Err(Problem::new(ProblemCode::IdempotencyRunning, detail));
        }
        Claimed::Answered { request_sha256, status, answer } => {
            return replay(request, payload, &request_sha256, status, answer).await;
        }
    }
    match take(Ask { claim: Some(claim), ..ask }, payload, kind, push).await {
        Ok(Taken { outcome, body_sha256: Some(body_sha256) }) => {
            let sha256 = request_sha256(request, &body_sha256);
            let (status, bytes) = match &outcome {
                Ok(receipt) => (200, serde_json::to_vec(receipt).unwrap_or_default()),
                Err(problem) => (problem.status(), problem.bytes(RequestId::of(request))),
            };
            idempotency::settle(&app.pool, claim, &sha256, status, &bytes).await?;
            answer(outcome)
        }
        // Nothing final was said, so the next request with this key is the first.
        other => {
            idempotency::give_up(&app.pool, claim).await?;
            answer(other?.outcome)
        }
    }
}

fn answer(outcome: Result<WireReceipt, Problem>) -> Result<HttpResponse, Problem> {
    Ok(HttpResponse::Ok().json(outcome?))
}

/// What became of a body.
struct Taken {
    /// The answer to its records.
    outcome: Result<WireReceipt, Problem>,
    /// Of the body as it was sent, where it came to its end and its answer is final.
    body_sha256: Option<[u8; 32]>,
}

async fn take<T: Send + 'static>(
    ask: Ask<'_>,
    payload: web::Payload,
    kind: &'static Kind<T>,
    push: impl Push<T>,
) -> Result<Taken, Problem> {
    let Ask { app, request, key, format, encoding, mode, now, claim } = ask;
    let content = if kind.name == WINDOWS.name { Content::Windows } else { Content::Records };
    let context = Context { keys: KeySpace::of(&key.provider_key), now };
    let mut intake = Intake::new(&app.store, key, content, mode, now);
    let is_small = body::declared_length(request).is_some_and(|length| length <= SMALL_BYTES);
    if format == Format::Json || mode == Mode::AllOrNothing || is_small {
        let body = body::read(request, payload).await?;
        let body_sha256 = claim.map(|_| Sha256::digest(body.sent()).into());
        let parsed = if is_small && encoding == Encoding::Identity {
            parse_whole(&body, format, kind, context)?
        } else {
            // Unpacking and parsing takes milliseconds, in which this worker can answer others.
            web::block(move || parse_whole(&body, format, kind, context))
                .await
                .map_err(|error| Problem::internal(&error))??
        };
        charge_records(app, request, key, parsed.len() as u64)?;
        push(&mut intake, parsed, true).await?;
        return Ok(Taken { outcome: outcome(intake.finish()), body_sha256 });
    }
    let take = async |chunks| take_chunks(ask, intake, chunks, push).await;
    // Only a repeated Idempotency-Key asks for the body's digest.
    let digest = claim.map(|_| Sha256::new());
    let (taken, body_sha256) = stream::run(payload, (format, encoding), kind, context, digest, take).await?;
    Ok(Taken { outcome: taken?, body_sha256 })
}

/// A body of one chunk.
fn parse_whole<T>(
    body: &body::Body,
    format: Format,
    kind: &Kind<T>,
    context: Context,
) -> Result<Vec<Parsed<T>>, Problem> {
    let bytes = body.decode()?;
    let mut chunks = Chunks::new(format, &*bytes);
    let (parsed, is_last) = chunks.next(MAX_RECORDS, kind, &context)?;
    // What follows may also be a fault of the body, or nothing but empty lines.
    if !is_last && !chunks.next(1, kind, &context)?.0.is_empty() {
        let detail =
            format!("a body that is read whole, because it is short or atomic, holds at most {MAX_RECORDS}");
        return Err(Problem::new(ProblemCode::TooManyRecords, detail));
    }
    Ok(parsed)
}

/// Stores chunks as they come. The outer error is one after which nothing final can be said.
async fn take_chunks<T>(
    ask: Ask<'_>,
    mut intake: Intake<'_>,
    mut chunks: Stream<T>,
    push: impl Push<T>,
) -> Result<Result<WireReceipt, Problem>, Problem> {
    let Ask { app, request, key, claim, .. } = ask;
    while let Some(chunk) = chunks.next().await {
        match chunk {
            Ok(chunk) => {
                let is_last = chunk.is_last;
                if let Err(limited) = charge_records(app, request, key, chunk.parsed.len() as u64) {
                    intake.break_off().await?;
                    return Err(limited);
                }
                push(&mut intake, chunk.parsed, is_last).await?;
                if is_last {
                    break;
                }
            }
            Err(fault) => {
                let receipt = intake.break_off().await?;
                return Err(Problem::broken_off(fault, receipt));
            }
        }
        if let Some(claim) = claim {
            idempotency::keep(&app.pool, claim, app.clock.now()).await?;
        }
    }
    Ok(outcome(intake.finish()))
}

fn outcome(receipt: Receipt) -> Result<WireReceipt, Problem> {
    if receipt.faults_total == 0 { Ok(WireReceipt::from(&receipt)) } else { Err(Problem::refused(receipt)) }
}

fn format(request: &HttpRequest) -> Result<Format, Problem> {
    match body::media_type(request).as_str() {
        "application/json" => Ok(Format::Json),
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Ok(Format::Ndjson),
        "text/csv" => Ok(Format::Csv),
        _ => {
            let detail = "send Content-Type application/json, application/x-ndjson or text/csv";
            Err(Problem::new(ProblemCode::UnsupportedMediaType, detail))
        }
    }
}

/// `?atomic=true` stores all or nothing.
fn mode(request: &HttpRequest) -> Result<Mode, Problem> {
    match request.query_string() {
        "" | "atomic=false" => Ok(Mode::WhatCan),
        "atomic=true" => Ok(Mode::AllOrNothing),
        _ => {
            let fault =
                Fault::new("", ProblemCode::UnknownField, "the query may hold atomic=true or atomic=false");
            Err(Problem::invalid_fields(vec![fault]))
        }
    }
}

/// Longest Idempotency-Key.
pub const MAX_KEY_BYTES: usize = 255;

fn idempotency_key(request: &HttpRequest) -> Result<Option<String>, Problem> {
    let mut values = request.headers().get_all("idempotency-key");
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| {
        (1..=MAX_KEY_BYTES).contains(&key.len()) && key.bytes().all(|byte| (b' '..=b'~').contains(&byte))
    });
    match (key, values.next()) {
        (Some(key), None) => Ok(Some(key.to_owned())),
        _ => {
            let detail =
                format!("send one Idempotency-Key of 1 to {MAX_KEY_BYTES} printable ASCII characters");
            Err(Problem::new(ProblemCode::InvalidRequest, detail))
        }
    }
}

/// What a repeated request must share with the first: its address, how its body is to be read, and its body.
fn request_sha256(request: &HttpRequest, body_sha256: &[u8; 32]) -> [u8; 32] {
    let head =
        |name| request.headers().get(name).map_or(&b""[..], actix_web::http::header::HeaderValue::as_bytes);
    let parts = [
        request.path().as_bytes(),
        request.query_string().as_bytes(),
        head("content-type"),
        head("content-encoding"),
    ];
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.update(body_sha256);
    digest.finalize().into()
}

/// Gives the first answer again, to the same request.
async fn replay(
    request: &HttpRequest,
    payload: web::Payload,
    first_sha256: &[u8; 32],
    status: u16,
    answer: Vec<u8>,
) -> Result<HttpResponse, Problem> {
    let body_sha256 = stream::digest(payload).await?;
    if request_sha256(request, &body_sha256) != *first_sha256 {
        let detail = "the first request with this key had another address, content type or body";
        return Err(Problem::new(ProblemCode::IdempotencyMismatch, detail));
    }
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let media_type = if status == StatusCode::OK { "application/json" } else { "application/problem+json" };
    Ok(HttpResponse::build(status)
        .insert_header(("idempotency-replayed", "true"))
        .content_type(media_type)
        .body(answer))
}
