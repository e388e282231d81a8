//! `POST /v1/records`.

use crate::app::App;
use crate::domain::problem::ProblemCode;
use crate::domain::terms::Scope;
use crate::http::auth::authorise;
use crate::http::body;
use crate::http::problem::Problem;
use crate::ingest::{self, json, ndjson};
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;

/// What became of a batch that was stored whole.
#[derive(Serialize)]
struct Answer {
    accepted: usize,
    duplicates: usize,
}

/// Stores records, and answers after the commit. Everything stored: 200 with the counts. Otherwise a
/// problem that points at every fault and says how many records were stored all the same.
pub async fn post(
    app: web::Data<App>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let key = authorise(&app, &request, Scope::RecordsWrite).await?;
    let parse = match body::media_type(&request).as_str() {
        "application/json" => json::parse,
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => ndjson::parse,
        _ => {
            let detail = "send Content-Type application/json or application/x-ndjson";
            return Err(Problem::new(ProblemCode::UnsupportedMediaType, detail));
        }
    };
    let body = body::read(&request, payload).await?;
    let now = app.clock.now();
    let provider = key.provider_key.clone();
    // Unfolding and parsing a large body takes milliseconds, in which this worker can answer others.
    let batch = web::block(move || {
        let body = body.decode()?;
        parse(&body, &provider, now).map_err(Problem::from)
    })
    .await
    .map_err(|error| Problem::internal(&error))??;
    let receipt = ingest::store(&app.pool, &app.groups, &app.writer, &key, batch, now).await?;
    if receipt.faults.is_empty() {
        let answer = Answer { accepted: receipt.accepted, duplicates: receipt.duplicates };
        return Ok(HttpResponse::Ok().json(answer));
    }
    Err(Problem::records_refused(receipt))
}
