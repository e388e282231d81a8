//! Bodies: read whole, decompressed, and never larger than the limit.

use super::problem::Problem;
use crate::domain::problem::ProblemCode;
use actix_web::dev::Decompress;
use actix_web::error::PayloadError;
use actix_web::http::header::{self, ContentEncoding};
use actix_web::{HttpRequest, web};
use futures_util::StreamExt;

/// Most bytes of a body, as sent and after decompression.
pub const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;

/// Reads a body. The limit holds for what was decompressed, and is checked while it is: a small body
/// that unfolds into gigabytes is refused after the first 32 MiB.
pub async fn read(request: &HttpRequest, payload: web::Payload) -> Result<Vec<u8>, Problem> {
    let encoding = encoding(request)?;
    let declared = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok())
        .and_then(|length| length.parse::<u64>().ok());
    if declared.is_some_and(|length| length > MAX_BODY_BYTES as u64) {
        return Err(too_large());
    }
    let mut decoded = Decompress::new(payload, encoding);
    let mut body = Vec::new();
    while let Some(chunk) = decoded.next().await {
        let chunk = chunk.map_err(|error| cannot_read(&error))?;
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The essence of the content type: `application/json` of `application/json; charset=utf-8`.
pub fn media_type(request: &HttpRequest) -> String {
    let value = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = value.unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

fn encoding(request: &HttpRequest) -> Result<ContentEncoding, Problem> {
    let value = request.headers().get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("?"));
    match value.map(|value| value.trim().to_ascii_lowercase()).as_deref() {
        None | Some("" | "identity") => Ok(ContentEncoding::Identity),
        Some("gzip" | "x-gzip") => Ok(ContentEncoding::Gzip),
        Some("zstd") => Ok(ContentEncoding::Zstd),
        Some(_) => Err(Problem::new(
            ProblemCode::UnsupportedEncoding,
            "send the body plain, or with Content-Encoding gzip or zstd",
        )),
    }
}

fn too_large() -> Problem {
    let detail = format!("a body holds at most {MAX_BODY_BYTES} bytes, counted after decompression");
    Problem::new(ProblemCode::BodyTooLarge, detail)
}

fn cannot_read(error: &PayloadError) -> Problem {
    let detail = match error {
        PayloadError::Overflow => return too_large(),
        PayloadError::Io(_) => "the body cannot be decompressed; was it sent whole?",
        _ => "the body was not sent whole",
    };
    Problem::new(ProblemCode::InvalidRequest, detail)
}
