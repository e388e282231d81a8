//! Bodies that are read whole: decompressed, and never larger than the limit, longer than the time, or more
//! of them at once than memory allows. Bodies of any length are read by [`super::stream`].

use super::problem::Problem;
use crate::domain::problem::ProblemCode;
use actix_web::http::header;
use actix_web::{HttpRequest, web};
use flate2::read::MultiGzDecoder;
use futures_util::StreamExt;
use std::borrow::Cow;
use std::io::{self, Read};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Most bytes of a body, as sent and after decompression.
pub const MAX_BODY_BYTES: usize = 32 * 1024 * 1024;
/// How long a client may take to send a body.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a request waits for memory before it is told to come again.
const ROOM_TIMEOUT: Duration = Duration::from_secs(5);
/// Memory that bodies may take at once, in KiB: two of the largest.
const ROOM_KIB: usize = 2 * MAX_BODY_BYTES / 1024;

static ROOM: Semaphore = Semaphore::const_new(ROOM_KIB);

/// A body as it was sent.
#[derive(Debug)]
pub struct Body {
    bytes: Vec<u8>,
    encoding: Encoding,
    /// Given back when the body is dropped.
    _room: SemaphorePermit<'static>,
}

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Identity,
    Gzip,
    Zstd,
}

/// Reads a body as it is sent. It is decompressed by [`Body::decode`], beside the runtime.
pub async fn read(request: &HttpRequest, mut payload: web::Payload) -> Result<Body, Problem> {
    let encoding = encoding(request)?;
    let declared = declared_length(request);
    if declared.is_some_and(|length| length > MAX_BODY_BYTES) {
        return Err(too_large());
    }
    let room = room(match encoding {
        Encoding::Identity => declared.unwrap_or(MAX_BODY_BYTES),
        // What it unfolds to is not known yet.
        Encoding::Gzip | Encoding::Zstd => MAX_BODY_BYTES,
    })
    .await?;
    let reading = async {
        let mut bytes = Vec::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| unreadable("the body was not sent whole"))?;
            if bytes.len() + chunk.len() > MAX_BODY_BYTES {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    let bytes = tokio::time::timeout(READ_TIMEOUT, reading)
        .await
        .map_err(|_| unreadable("the body took longer than a minute to arrive"))??;
    Ok(Body { bytes, encoding, _room: room })
}

/// The length that the head of a request states.
pub fn declared_length(request: &HttpRequest) -> Option<usize> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

impl Body {
    /// The bytes as they were sent.
    pub fn sent(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes after decompression; a plain body is not copied. Decoding stops at the limit: a small
    /// body that unfolds into gigabytes costs no more memory than the largest body that is taken.
    pub fn decode(&self) -> Result<Cow<'_, [u8]>, Problem> {
        match self.encoding {
            Encoding::Identity => Ok(Cow::Borrowed(&self.bytes)),
            Encoding::Gzip => read_limited(MultiGzDecoder::new(self.bytes.as_slice())).map(Cow::Owned),
            Encoding::Zstd => read_limited(zstd_decoder(self.bytes.as_slice()).map_err(|_| not_decodable())?)
                .map(Cow::Owned),
        }
    }
}

/// A decoder that takes windows of up to 8 MiB, as RFC 8878 recommends, and refuses larger ones.
pub(super) fn zstd_decoder<R: Read>(bytes: R) -> io::Result<impl Read> {
    const WINDOW_LOG_MAX: u32 = 23;
    let mut decoder = zstd::stream::read::Decoder::new(bytes)?;
    decoder.window_log_max(WINDOW_LOG_MAX)?;
    Ok(decoder)
}

fn read_limited(decoder: impl Read) -> Result<Vec<u8>, Problem> {
    let mut decoded = Vec::new();
    let limit = MAX_BODY_BYTES as u64 + 1;
    decoder.take(limit).read_to_end(&mut decoded).map_err(|_| not_decodable())?;
    if decoded.len() > MAX_BODY_BYTES {
        return Err(too_large());
    }
    Ok(decoded)
}

async fn room(bytes: usize) -> Result<SemaphorePermit<'static>, Problem> {
    let wanted = u32::try_from(bytes.div_ceil(1024).max(1)).unwrap_or(u32::MAX);
    match tokio::time::timeout(ROOM_TIMEOUT, ROOM.acquire_many(wanted)).await {
        Ok(Ok(room)) => Ok(room),
        _ => Err(Problem::new(ProblemCode::Busy, "too many large bodies are being read")),
    }
}

/// The essence of the content type: `application/json` of `application/json; charset=utf-8`.
pub fn media_type(request: &HttpRequest) -> String {
    let value = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = value.unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// How the head of a request says that its body is packed.
pub fn encoding(request: &HttpRequest) -> Result<Encoding, Problem> {
    let value = request.headers().get(header::CONTENT_ENCODING).map(|value| value.to_str().unwrap_or("?"));
    match value.map(|value| value.trim().to_ascii_lowercase()).as_deref() {
        None | Some("" | "identity") => Ok(Encoding::Identity),
        Some("gzip" | "x-gzip") => Ok(Encoding::Gzip),
        Some("zstd") => Ok(Encoding::Zstd),
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

fn unreadable(detail: &str) -> Problem {
    Problem::new(ProblemCode::InvalidRequest, detail)
}

fn not_decodable() -> Problem {
    unreadable("the body cannot be decompressed; was it sent whole, and as Content-Encoding says?")
}
