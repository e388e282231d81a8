//! Answers that a client may hold already.

use super::problem::Problem;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Whether the client says in `If-None-Match` that it holds what has this tag. Compared weakly, as RFC
/// 9110 says for this header.
pub fn is_known(request: &HttpRequest, etag: &str) -> bool {
    let held = request.headers().get_all(header::IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    held.flat_map(|value| value.split(',')).any(|tag| {
        let tag = tag.trim();
        tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag
    })
}

/// A JSON answer with a tag, or 304 where the client holds it.
pub fn json(request: &HttpRequest, value: &impl Serialize) -> Result<HttpResponse, Problem> {
    let body = serde_json::to_vec(value).map_err(|error| Problem::internal(&error))?;
    let etag = format!("\"{}\"", hex::encode(Sha256::digest(&body)));
    if is_known(request, &etag) {
        return Ok(HttpResponse::NotModified().insert_header((header::ETAG, etag)).finish());
    }
    let mut response = HttpResponse::Ok();
    Ok(response.insert_header((header::ETAG, etag)).content_type("application/json").body(body))
}
