//! A lane: one client that sends its requests one after the other, and each again until it is answered
//! for good.

use crate::journal::{Counts, Journal, Violation};
use crate::records::Draft;
use crate::request::{Request, Source};
use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use reqwest::{Client, Response};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::timeout;

/// How long a client waits for an answer before it sends the request again.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Tries after which a request that never fails for good is a fault of the service.
const MAX_TRIES: usize = 500;

/// How far all lanes together have come; the faults wait for it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Requests answered for good.
    pub answered: usize,
    /// Requests answered, or given up for good.
    pub settled: usize,
    /// Tries that got no final answer.
    pub failed: usize,
}

/// What one lane has done.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub requests: usize,
    pub records: usize,
    pub retries: usize,
    pub cuts: usize,
    /// Answers 500, which say that the service did not know what to do.
    pub internal: Vec<String>,
}

pub struct Lane {
    pub name: String,
    pub requests: usize,
    pub max_records: usize,
    /// One try in so many is cut; 0 for none.
    pub one_cut_in: usize,
    pub key: String,
    pub shared: Arc<Vec<Arc<Draft>>>,
    pub addresses: watch::Receiver<Vec<String>>,
    pub progress: Arc<watch::Sender<Progress>>,
    pub journal: Arc<Mutex<Journal>>,
    pub random: ChaCha8Rng,
}

/// What came of one try.
enum Try {
    Final(Counts),
    /// No answer, or one that says to come again.
    Again,
    /// The client itself broke off.
    Cut,
}

/// Where a client breaks off.
#[derive(Clone, Copy)]
enum Cut {
    InHead,
    InBody,
    /// Everything is sent, and the answer not waited for.
    BeforeAnswer,
    /// Half a compressed body, sent as if it were all.
    HalfPacked,
}

impl Lane {
    pub async fn run(mut self) -> Result<Tally, Violation> {
        // A client of its own: its connections are the lane's.
        let http = taskwatt::cli::http_client::local().timeout(REQUEST_TIMEOUT).build().unwrap();
        let mut tally = Tally::default();
        for number in 0..self.requests {
            let source = Source {
                name: format!("{}-{number}", self.name),
                shared: &self.shared,
                max_records: self.max_records,
            };
            let request = Request::compose(&source, &mut self.journal.lock().unwrap(), &mut self.random);
            self.send(&http, &request, &mut tally)
                .await
                .map_err(|violation| format!("lane {} request {number}: {violation}", self.name))?;
        }
        Ok(tally)
    }

    /// Sends one request until it is answered, or was cut and is given up.
    async fn send(&mut self, http: &Client, request: &Request, tally: &mut Tally) -> Result<(), Violation> {
        tally.requests += 1;
        for tries in 1..=MAX_TRIES {
            let outcome = if self.one_cut_in > 0 && self.random.random_range(0..self.one_cut_in) == 0 {
                tally.cuts += 1;
                self.cut(request).await?
            } else {
                self.post(http, request, tally).await?
            };
            match outcome {
                Try::Final(counts) => {
                    request.composition.check(counts, tries)?;
                    tally.records += self.journal.lock().unwrap().note_answer(&request.drafts, counts);
                    self.progress.send_modify(|progress| {
                        progress.answered += 1;
                        progress.settled += 1;
                    });
                    return Ok(());
                }
                Try::Cut if self.random.random_range(0..3) == 0 => {
                    self.journal.lock().unwrap().note_abandoned(&request.drafts);
                    self.progress.send_modify(|progress| progress.settled += 1);
                    return Ok(());
                }
                Try::Again | Try::Cut => {
                    tally.retries += 1;
                    self.progress.send_modify(|progress| progress.failed += 1);
                    self.back_off(tries).await;
                }
            }
        }
        Err(format!("no final answer after {MAX_TRIES} tries"))
    }

    /// Waits before the next try, a little longer each time, as a client should; at once where an
    /// instance of the service has been started.
    async fn back_off(&mut self, tries: usize) {
        let longest_ms = 40 * (tries.min(10) as u64);
        let rest = Duration::from_millis(self.random.random_range(5..=longest_ms));
        // Either end is as good: the time is over, or there is a new address.
        let _ = timeout(rest, self.addresses.changed()).await;
    }

    fn address(&mut self) -> String {
        self.addresses.borrow_and_update().choose(&mut self.random).cloned().expect("an instance")
    }

    async fn post(&mut self, http: &Client, request: &Request, tally: &mut Tally) -> Result<Try, Violation> {
        let mut post = http.post(format!("http://{}/v1/records", self.address())).bearer_auth(&self.key);
        post = post.header("content-type", request.media_type);
        if let Some(encoding) = request.encoding {
            post = post.header("content-encoding", encoding);
        }
        let Ok(response) = post.body(request.body.clone()).send().await else { return Ok(Try::Again) };
        read_answer(response, tally).await
    }

    /// Sends a part of a request over a connection of its own and closes it.
    async fn cut(&mut self, request: &Request) -> Result<Try, Violation> {
        let cuts: &[Cut] = match request.encoding {
            None => &[Cut::InHead, Cut::InBody, Cut::InBody, Cut::BeforeAnswer, Cut::BeforeAnswer],
            Some(_) => &[Cut::InBody, Cut::BeforeAnswer, Cut::HalfPacked],
        };
        let cut = *cuts.choose(&mut self.random).unwrap();
        let part = self.random.random_range(0..request.body.len());
        let sent_as = if matches!(cut, Cut::HalfPacked) { part } else { request.body.len() };
        let head = self.head(request, sent_as);
        let bytes = match cut {
            Cut::InHead => head.as_bytes()[..self.random.random_range(1..head.len())].to_vec(),
            Cut::InBody | Cut::HalfPacked => [head.as_bytes(), &request.body[..part]].concat(),
            Cut::BeforeAnswer => [head.as_bytes(), &request.body].concat(),
        };
        // A service that is away or breaks off itself is one more way for the connection to end.
        let Ok(mut stream) = TcpStream::connect(self.address()).await else { return Ok(Try::Cut) };
        if stream.write_all(&bytes).await.is_err() {
            return Ok(Try::Cut);
        }
        if matches!(cut, Cut::HalfPacked) {
            return refused_half(stream).await;
        }
        if self.random.random_range(0..2) == 0 {
            // The connection is reset instead of closed in order.
            let _ = stream.set_zero_linger();
        }
        Ok(Try::Cut)
    }

    fn head(&self, request: &Request, length: usize) -> String {
        let encoding = request.encoding.map(|encoding| format!("Content-Encoding: {encoding}\r\n"));
        format!(
            "POST /v1/records HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
             Content-Type: {}\r\n{}Content-Length: {length}\r\nConnection: close\r\n\r\n",
            self.key,
            request.media_type,
            encoding.unwrap_or_default(),
        )
    }
}

/// Reads the answer to half a compressed body, which must not be a success.
async fn refused_half(mut stream: TcpStream) -> Result<Try, Violation> {
    let mut answer = Vec::new();
    let read = timeout(REQUEST_TIMEOUT, stream.read_to_end(&mut answer)).await;
    if matches!(read, Ok(Ok(_))) && answer.starts_with(b"HTTP/1.1 2") {
        let answer = String::from_utf8_lossy(&answer).into_owned();
        return Err(format!("half a compressed body was taken for the whole: {answer}"));
    }
    Ok(Try::Cut)
}

async fn read_answer(response: Response, tally: &mut Tally) -> Result<Try, Violation> {
    let status = response.status().as_u16();
    let retry_after = response.headers().get("retry-after").cloned();
    // An answer that breaks off is no answer.
    let Ok(text) = response.text().await else { return Ok(Try::Again) };
    match status {
        200 | 409 | 422 => {}
        429 | 503 => {
            let seconds = retry_after.and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
            return match seconds {
                Some(1..) => Ok(Try::Again),
                _ => Err(format!("an answer {status} without a Retry-After in seconds: {text}")),
            };
        }
        500..=599 => {
            tally.internal.push(format!("{status}: {text}"));
            return Ok(Try::Again);
        }
        _ => return Err(format!("a whole request was answered with {status}: {text}")),
    }
    let body: Value =
        serde_json::from_str(&text).map_err(|error| format!("an answer {status}, {error}: {text}"))?;
    let count = |member: &str| match &body[member] {
        Value::Null => Ok(0),
        number => number
            .as_u64()
            .and_then(|number| usize::try_from(number).ok())
            .ok_or_else(|| format!("{member} of an answer {status}: {text}")),
    };
    Ok(Try::Final(Counts {
        status,
        accepted: count("accepted")?,
        duplicates: count("duplicates")?,
        conflicts: count("conflicts")?,
        invalid: count("invalid")?,
    }))
}
