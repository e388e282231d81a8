//! A stand-in for the service that fails as it is told to: a few lines of HTTP, and a list of the
//! records that it took.

use flate2::read::GzDecoder;
use serde_json::json;
use std::collections::HashMap;
use std::io::Read;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// A request with its body decompressed.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method and path: `POST /v1/records`.
    pub line: String,
    pub headers: HashMap<String, String>,
    pub body: String,
}

/// What the stand-in does with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Takes each line as a record, and counts those that it has as duplicates.
    Stored,
    /// Takes the records, and ends the connection without an answer.
    StoredAndCut,
    /// Ends the connection.
    Cut,
    /// Never answers.
    Hold,
    /// Status, headers with their line ends, and body.
    Answer(u16, &'static str, String),
}

pub struct StandIn {
    pub url: String,
    inside: Arc<Inside>,
}

/// What to do with a request of this number, counted from 0.
type Script = dyn Fn(usize, &Request) -> Reply + Send + Sync;

struct Inside {
    reply: Box<Script>,
    seen: Mutex<Vec<Request>>,
    records: Mutex<Vec<String>>,
    /// One permit for each request that is held.
    held: Semaphore,
}

impl StandIn {
    pub async fn start(reply: impl Fn(usize, &Request) -> Reply + Send + Sync + 'static) -> StandIn {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let inside = Arc::new(Inside {
            reply: Box::new(reply),
            seen: Mutex::default(),
            records: Mutex::default(),
            held: Semaphore::new(0),
        });
        let shared = Arc::clone(&inside);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        });
        StandIn { url, inside }
    }

    /// Does these one after the other, and then takes everything.
    pub async fn scripted(replies: Vec<Reply>) -> StandIn {
        StandIn::start(move |number, _| replies.get(number).cloned().unwrap_or(Reply::Stored)).await
    }

    /// All requests so far.
    pub fn seen(&self) -> Vec<Request> {
        self.inside.seen.lock().unwrap().clone()
    }

    /// The lines taken, each once, in ascending order.
    pub fn records(&self) -> Vec<String> {
        let mut records = self.inside.records.lock().unwrap().clone();
        records.sort();
        records
    }

    /// Waits until so many more requests are held.
    pub async fn held(&self, requests: u32) {
        self.inside.held.acquire_many(requests).await.unwrap().forget();
    }
}

impl Inside {
    fn take(&self, body: &str) -> String {
        let mut records = self.records.lock().unwrap();
        let (mut accepted, mut duplicates) = (0, 0);
        for line in body.lines() {
            if records.iter().any(|record| record == line) {
                duplicates += 1;
            } else {
                records.push(line.to_owned());
                accepted += 1;
            }
        }
        json!({"accepted": accepted, "duplicates": duplicates}).to_string()
    }
}

async fn serve(mut stream: TcpStream, inside: Arc<Inside>) {
    let mut bytes = Vec::new();
    while let Some(request) = read_request(&mut stream, &mut bytes).await {
        let reply = {
            let mut seen = inside.seen.lock().unwrap();
            seen.push(request.clone());
            (inside.reply)(seen.len() - 1, &request)
        };
        let (status, headers, body) = match reply {
            Reply::Stored => (200, "", inside.take(&request.body)),
            Reply::Answer(status, headers, body) => (status, headers, body),
            Reply::Cut => return,
            Reply::StoredAndCut => {
                inside.take(&request.body);
                return;
            }
            Reply::Hold => {
                inside.held.add_permits(1);
                return std::future::pending().await;
            }
        };
        let answer = format!("HTTP/1.1 {status} -\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len());
        if stream.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The next request of a connection; `bytes` keeps what was read beyond it.
async fn read_request(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<Request> {
    let head = loop {
        match bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            Some(end) => break String::from_utf8(bytes.drain(..end + 4).collect()).unwrap(),
            None if stream.read_buf(bytes).await.ok()? == 0 => return None,
            None => {}
        }
    };
    let mut lines = head.lines();
    let line = lines.next()?.trim_end_matches(" HTTP/1.1").to_owned();
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    while bytes.len() < length {
        if stream.read_buf(bytes).await.ok()? == 0 {
            return None;
        }
    }
    let raw: Vec<u8> = bytes.drain(..length).collect();
    let mut body = String::new();
    match headers.get("content-encoding").map(String::as_str) {
        Some("gzip") => drop(GzDecoder::new(raw.as_slice()).read_to_string(&mut body).unwrap()),
        _ => body = String::from_utf8(raw).unwrap(),
    }
    Some(Request { line, headers, body })
}
