//! Bodies of any length: bytes go to a thread that unpacks and parses them, chunks of records come back,
//! and memory does not grow with the body.
//!
//! Who sends faster than records can be stored is made to wait by TCP, and so is everybody while all
//! requests together hold as many records as memory allows.

use super::body::{Encoding, zstd_decoder};
use crate::domain::problem::ProblemCode;
use crate::ingest::object::Context;
use crate::ingest::{BodyFault, CHUNK_RECORDS, Chunks, Format, Kind, Parsed};
use actix_web::web::{Bytes, Payload};
use flate2::read::MultiGzDecoder;
use futures_util::StreamExt;
use sha2::{Digest, Sha256};
use std::io::{self, BufReader, Read};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

/// Most bytes of a body after it was unpacked, and as it is sent.
pub const MAX_STREAM_BYTES: u64 = 8 * 1024 * 1024 * 1024;
/// How long a client may send nothing.
const SILENCE: Duration = Duration::from_secs(60);
/// Pieces of a body, as the network delivers them, that wait for the parser.
const PIECES: usize = 4;
/// Records that are parsed before the room for them is looked at again.
const STEP_RECORDS: usize = 500;
/// Records in memory, of all requests together. More than every stream's step, so that streams that wait
/// for their clients cannot hold it all.
const ROOM_RECORDS: usize = 60_000;
/// Bodies that are streamed at once.
const MAX_STREAMS: usize = 100;

static ROOM: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(ROOM_RECORDS)));
static STREAMS: Semaphore = Semaphore::const_new(MAX_STREAMS);

/// Some records of a body.
pub struct Chunk<T> {
    pub parsed: Vec<Parsed<T>>,
    /// Whether the body ended with them.
    pub is_last: bool,
    /// Their room in memory, given back when they are stored.
    _room: Option<OwnedSemaphorePermit>,
}

/// A chunk, or why there is none.
type Next<T> = Result<Chunk<T>, BodyFault>;

/// Chunks as they come from the parser.
pub struct Stream<T>(mpsc::Receiver<Next<T>>);

impl<T> Stream<T> {
    /// The next chunk; `None` after the last, or after a fault.
    pub async fn next(&mut self) -> Option<Next<T>> {
        self.0.recv().await
    }
}

/// Reads a body while `take` takes its chunks. Answers what `take` does, and the digest of the body as it was
/// sent, where one was asked for and the body came to its end.
pub async fn run<T: Send + 'static, A>(
    payload: Payload,
    (format, encoding): (Format, Encoding),
    kind: &'static Kind<T>,
    context: Context,
    digest: Option<Sha256>,
    take: impl AsyncFnOnce(Stream<T>) -> A,
) -> Result<(A, Option<[u8; 32]>), BodyFault> {
    let Ok(_stream) = STREAMS.try_acquire() else {
        let detail = "too many long bodies are being read".to_owned();
        return Err(BodyFault { code: ProblemCode::Busy, detail });
    };
    let (pieces, body) = mpsc::channel(PIECES);
    let (chunks, parsed) = mpsc::channel(1);
    let runtime = Handle::current();
    let parsing = tokio::task::spawn_blocking(move || {
        let pipe = Pipe { pieces: body, piece: Bytes::new() };
        if let Err(fault) = parse(pipe, (format, encoding), kind, context, &runtime, &chunks) {
            // Nobody may be left who wants to know.
            drop(chunks.blocking_send(Err(fault)));
        }
    });
    let (sha256, taken, parsing) = tokio::join!(feed(payload, pieces, digest), take(Stream(parsed)), parsing);
    match parsing {
        Ok(()) => Ok((taken, sha256)),
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// Sends a body's bytes to the parser as they come; ends when the body does, or when the parser wants no
/// more. Answers the digest, where one was asked for and the body came to its end.
async fn feed(
    mut payload: Payload,
    pieces: mpsc::Sender<Result<Bytes, BodyFault>>,
    mut digest: Option<Sha256>,
) -> Option<[u8; 32]> {
    let mut sent = 0;
    loop {
        let fault = match tokio::time::timeout(SILENCE, payload.next()).await {
            Ok(None) => return digest.map(|digest| digest.finalize().into()),
            Ok(Some(Ok(piece))) => {
                sent += piece.len() as u64;
                if sent <= MAX_STREAM_BYTES {
                    if let Some(digest) = &mut digest {
                        digest.update(&piece);
                    }
                    if pieces.send(Ok(piece)).await.is_err() {
                        return None;
                    }
                    continue;
                }
                too_large()
            }
            Ok(Some(Err(_))) => unreadable("the body was not sent whole"),
            Err(_) => unreadable("nothing of the body arrived for a minute"),
        };
        drop(pieces.send(Err(fault)).await);
        return None;
    }
}

/// The digest of a body that is not parsed, because its answer is known.
pub async fn digest(payload: Payload) -> Result<[u8; 32], BodyFault> {
    let (pieces, mut body) = mpsc::channel(PIECES);
    let drain = async {
        while let Some(piece) = body.recv().await {
            piece?;
        }
        Ok::<(), BodyFault>(())
    };
    let (sha256, drained) = tokio::join!(feed(payload, pieces, Some(Sha256::new())), drain);
    drained?;
    sha256.ok_or_else(|| unreadable("the body was not sent whole"))
}

fn parse<T>(
    pipe: Pipe,
    (format, encoding): (Format, Encoding),
    kind: &Kind<T>,
    context: Context,
    runtime: &Handle,
    chunks: &mpsc::Sender<Next<T>>,
) -> Result<(), BodyFault> {
    let unpacked: Box<dyn Read> = match encoding {
        Encoding::Identity => Box::new(pipe),
        Encoding::Gzip => Box::new(MultiGzDecoder::new(pipe)),
        Encoding::Zstd => Box::new(zstd_decoder(pipe)?),
    };
    let bounded = Bounded { body: unpacked, left: MAX_STREAM_BYTES };
    let mut body = Chunks::new(format, BufReader::with_capacity(64 * 1024, bounded));
    let (mut gathered, mut room): (Vec<Parsed<T>>, Option<OwnedSemaphorePermit>) = (Vec::new(), None);
    loop {
        let step = match Arc::clone(&ROOM).try_acquire_many_owned(STEP_RECORDS as u32) {
            Ok(step) => step,
            // Memory is short: what is gathered goes on its way before more is parsed.
            Err(_) => {
                if !gathered.is_empty() && !send(chunks, &mut gathered, &mut room, false) {
                    return Ok(());
                }
                match runtime.block_on(Arc::clone(&ROOM).acquire_many_owned(STEP_RECORDS as u32)) {
                    Ok(step) => step,
                    Err(_) => return Ok(()),
                }
            }
        };
        match &mut room {
            Some(room) => room.merge(step),
            None => room = Some(step),
        }
        let (parsed, is_last) = match body.next(STEP_RECORDS, kind, &context) {
            Ok(step) => step,
            Err(fault) => {
                // What arrived whole before the fault is stored, and the answer says so.
                if !gathered.is_empty() && !send(chunks, &mut gathered, &mut room, false) {
                    return Ok(());
                }
                return Err(fault);
            }
        };
        gathered.extend(parsed);
        let is_full = is_last || gathered.len() + STEP_RECORDS > CHUNK_RECORDS;
        if is_full && (!send(chunks, &mut gathered, &mut room, is_last) || is_last) {
            return Ok(());
        }
    }
}

/// Sends what is gathered; whether somebody takes it.
fn send<T>(
    chunks: &mpsc::Sender<Next<T>>,
    gathered: &mut Vec<Parsed<T>>,
    room: &mut Option<OwnedSemaphorePermit>,
    is_last: bool,
) -> bool {
    let chunk = Chunk { parsed: std::mem::take(gathered), is_last, _room: room.take() };
    chunks.blocking_send(Ok(chunk)).is_ok()
}

/// The bytes of a body, as a reader for a thread of its own.
struct Pipe {
    pieces: mpsc::Receiver<Result<Bytes, BodyFault>>,
    piece: Bytes,
}

impl Read for Pipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.pieces.blocking_recv() {
                Some(Ok(piece)) => self.piece = piece,
                Some(Err(fault)) => return Err(io::Error::other(fault)),
                None => return Ok(0),
            }
        }
        let length = self.piece.len().min(buffer.len());
        buffer[..length].copy_from_slice(&self.piece.split_to(length));
        Ok(length)
    }
}

/// A reader that ends with a fault at the limit: a small body may unfold into far more.
struct Bounded<R> {
    body: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.body.read(buffer)?;
        match self.left.checked_sub(read as u64) {
            Some(left) => self.left = left,
            None => return Err(io::Error::other(too_large())),
        }
        Ok(read)
    }
}

fn too_large() -> BodyFault {
    let detail = format!("a body holds at most {MAX_STREAM_BYTES} bytes, counted after decompression");
    BodyFault { code: ProblemCode::BodyTooLarge, detail }
}

fn unreadable(detail: &str) -> BodyFault {
    BodyFault { code: ProblemCode::InvalidRequest, detail: detail.to_owned() }
}
