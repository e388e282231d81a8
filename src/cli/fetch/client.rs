//! Asks a source of grid intensity for its pages: all of them, or an error that names the one that failed.

use crate::cli::http_client;
use crate::config::Secret;
use crate::intensity::import::ImportError;
use futures_util::future::BoxFuture;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{RequestBuilder, Response, StatusCode};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use thiserror::Error;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const FIRST_WAIT_MS: u64 = 1_000;
const LONGEST_WAIT_MS: u64 = 60_000;
/// Most characters of an answer that are shown.
const MAX_SHOWN: usize = 200;

/// A token, and where the source wants it.
#[derive(Clone, Debug)]
pub struct Token {
    pub secret: Secret,
    pub place: TokenPlace,
}

/// Where a token goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenPlace {
    /// `auth-token` of Electricity Maps.
    Header(&'static str),
    Bearer,
    /// `api_key` of Ember, `securityToken` of ENTSO-E: in the address, which therefore is never shown.
    Query(&'static str),
}

/// How a source may be asked, and how much it may answer.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Requests a minute; they follow each other and are spaced evenly.
    pub per_minute: u32,
    /// Attempts for one page, at least 1.
    pub attempts: u32,
    /// For one attempt, from the connection to the last byte.
    pub timeout: Duration,
    pub max_body_bytes: usize,
    /// Longest time that the source may ask to wait.
    pub longest_retry_after: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            per_minute: 60,
            attempts: 6,
            timeout: Duration::from_secs(120),
            max_body_bytes: 64 * 1024 * 1024,
            longest_retry_after: Duration::from_secs(900),
        }
    }
}

/// How the client waits; tests hand in another way.
pub type Sleep = dyn Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync;

/// A client of one source.
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<Token>,
    limits: Limits,
    sleep: Box<Sleep>,
    /// Whether the source was asked before, and may have to be left in peace for a while.
    has_asked: AtomicBool,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Client { base, token, limits, .. } = self;
        f.debug_struct("Client")
            .field("base", base)
            .field("token", token)
            .field("limits", limits)
            .finish_non_exhaustive()
    }
}

/// Why a client cannot be made.
#[derive(Debug, Error)]
pub enum ClientError {
    #[error(
        "the address of a source begins with https:// (http:// for one on this machine) and has no user, '?' or '#'"
    )]
    Address,
    #[error("https needs the certificates of the system (package ca-certificates), or SSL_CERT_FILE")]
    Certificates(#[source] reqwest::Error),
}

/// Which page has no answer, and why. Nothing of the other pages is handed on.
#[derive(Debug, Error)]
#[error("page {page} of {pages} ({path}): {why}")]
pub struct FetchError {
    /// Counted from 1.
    pub page: usize,
    pub pages: usize,
    /// As it was asked for, without the token.
    pub path: String,
    pub why: Why,
}

/// Why a page has no answer. No text in it holds the token.
#[derive(Debug, Error)]
pub enum Why {
    #[error("the token was refused or has expired ({status}): {said}")]
    TokenRefused { status: StatusCode, said: String },
    #[error("the source answered with a web page instead of data: {start}")]
    WebPage { start: String },
    #[error("the answer has more than {max} bytes; ask for a shorter period")]
    TooLarge { max: usize },
    #[error("the source answered {status}: {said}")]
    Status { status: StatusCode, said: String },
    #[error("the source asks to wait {} s, which is too long; try again later", asked.as_secs())]
    LongWait { asked: Duration },
    #[error("no answer: {0}")]
    NoAnswer(String),
    #[error("gave up after {attempts} attempts; the last one: {last}")]
    GaveUp { attempts: u32, last: Box<Why> },
    /// It came, and is not what was asked for.
    #[error("{0}")]
    Unreadable(Box<ImportError>),
}

impl Why {
    /// Whether the source is not there at all, so that asking it for something else is of no use now.
    pub fn is_of_the_source(&self) -> bool {
        matches!(self, Why::GaveUp { .. } | Why::LongWait { .. } | Why::NoAnswer(_) | Why::WebPage { .. })
    }
}

/// What became of one attempt that has no answer.
struct Failure {
    why: Why,
    /// It may be different the next time.
    may_pass: bool,
    /// How long the source asks to wait.
    wait: Option<Duration>,
}

impl Failure {
    fn lasting(why: Why) -> Failure {
        Failure { why, may_pass: false, wait: None }
    }
}

impl Client {
    /// A client of the source at an address, without a slash at its end.
    ///
    /// # Errors
    ///
    /// The address is none, or the system has no certificates.
    pub fn new(base: &str, token: Option<Token>, limits: Limits) -> Result<Client, ClientError> {
        let builder = match base.split_once("://") {
            Some(("https", _)) => http_client::anywhere(),
            Some(("http", _)) => http_client::local(),
            _ => return Err(ClientError::Address),
        };
        if base.contains(['?', '#', '@', ' ']) {
            return Err(ClientError::Address);
        }
        let http = builder.connect_timeout(CONNECT_TIMEOUT).timeout(limits.timeout).build();
        let http = http.map_err(ClientError::Certificates)?;
        let base = base.trim_end_matches('/').to_owned();
        let sleep: Box<Sleep> = Box::new(|time| Box::pin(http_client::pause(time)));
        Ok(Client { http, base, token, limits, sleep, has_asked: AtomicBool::new(false) })
    }

    /// The same client, which waits in another way.
    pub fn with_sleep(
        self,
        sleep: impl Fn(Duration) -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Client {
        Client { sleep: Box::new(sleep), ..self }
    }

    /// What is read from the pages, in their order. Each page is a path with its query, such as
    /// `/carbon-intensity/past-range?zone=DE&…`, without the token; `read` is handed its index and its body as
    /// soon as it is there, so that no more than one body is held.
    ///
    /// # Errors
    ///
    /// The first page that has no answer, or one that cannot be read; there is no answer in part.
    pub async fn fetch<T>(
        &self,
        pages: &[&str],
        mut read: impl FnMut(usize, &[u8]) -> Result<T, ImportError>,
    ) -> Result<Vec<T>, FetchError> {
        let mut answers = Vec::with_capacity(pages.len());
        for (index, path) in pages.iter().enumerate() {
            if self.has_asked.swap(true, Ordering::Relaxed) {
                (self.sleep)(self.spacing()).await;
            }
            let body = self.page(path).await;
            let answer =
                body.and_then(|body| read(index, &body).map_err(|error| Why::Unreadable(error.into())));
            answers.push(answer.map_err(|why| FetchError {
                page: index + 1,
                pages: pages.len(),
                path: self.redacted(path),
                why,
            })?);
        }
        Ok(answers)
    }

    /// Time from one request to the next.
    fn spacing(&self) -> Duration {
        Duration::from_secs(60) / self.limits.per_minute.max(1)
    }

    async fn page(&self, path: &str) -> Result<Vec<u8>, Why> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let failure = match self.attempt(path).await {
                Ok(body) => return Ok(body),
                Err(failure) => failure,
            };
            if !failure.may_pass {
                return Err(failure.why);
            }
            if attempts >= self.limits.attempts {
                return Err(Why::GaveUp { attempts, last: Box::new(failure.why) });
            }
            let asked = failure.wait.unwrap_or_default();
            if asked > self.limits.longest_retry_after {
                return Err(Why::LongWait { asked });
            }
            tracing::debug!(page = self.redacted(path), why = %failure.why, "asking again");
            (self.sleep)(backoff(attempts).max(asked).max(self.spacing())).await;
        }
    }

    async fn attempt(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let response = self.request(path).send().await.map_err(|error| self.no_answer(error))?;
        let status = response.status();
        let wait = http_client::retry_after(&response);
        let is_page = response.headers().get(CONTENT_TYPE).is_some_and(is_html);
        let body = self.body(response).await?;
        let said = || self.said(&body);
        match status {
            StatusCode::OK if is_page || begins_web_page(&body) => {
                Err(Failure::lasting(Why::WebPage { start: said() }))
            }
            StatusCode::OK => Ok(body),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(Failure::lasting(Why::TokenRefused { status, said: said() }))
            }
            status => Err(Failure {
                may_pass: status.is_server_error()
                    || [StatusCode::TOO_MANY_REQUESTS, StatusCode::REQUEST_TIMEOUT].contains(&status),
                why: Why::Status { status, said: said() },
                wait,
            }),
        }
    }

    fn request(&self, path: &str) -> RequestBuilder {
        let address = format!("{}{path}", self.base);
        let Some(Token { secret, place }) = &self.token else { return self.http.get(address) };
        match place {
            TokenPlace::Bearer => self.http.get(address).bearer_auth(secret.reveal()),
            TokenPlace::Header(name) => {
                // A text that is no header value makes a request that cannot be sent, and an error says so.
                let request = self.http.get(address);
                match HeaderValue::from_str(secret.reveal()) {
                    Ok(mut value) => {
                        value.set_sensitive(true);
                        request.header(*name, value)
                    }
                    Err(_) => request.header(*name, "\n"),
                }
            }
            TokenPlace::Query(name) => {
                let separator = if path.contains('?') { '&' } else { '?' };
                let pair = form_urlencoded::Serializer::new(String::new())
                    .append_pair(name, secret.reveal())
                    .finish();
                self.http.get(format!("{address}{separator}{pair}"))
            }
        }
    }

    /// The body, as long as it is not too long.
    async fn body(&self, mut response: Response) -> Result<Vec<u8>, Failure> {
        let max = self.limits.max_body_bytes;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.no_answer(error))? {
            if body.len() + chunk.len() > max {
                return Err(Failure::lasting(Why::TooLarge { max }));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn no_answer(&self, error: reqwest::Error) -> Failure {
        let may_pass = !error.is_builder() && !http_client::is_no_trust(&error);
        // The address holds the token of some sources.
        let text = format!("{:#}", anyhow::Error::from(error.without_url()));
        Failure { why: Why::NoAnswer(self.redacted(&text)), may_pass, wait: None }
    }

    /// The beginning of an answer. A service may repeat the token in it.
    fn said(&self, body: &[u8]) -> String {
        let text = self.redacted(&String::from_utf8_lossy(body));
        text.trim()
            .chars()
            .take(MAX_SHOWN)
            .map(|letter| if letter.is_control() { ' ' } else { letter })
            .collect()
    }

    /// A text without the token, plain or as it stands in an address.
    pub fn redacted(&self, text: &str) -> String {
        let Some(secret) = self.token.as_ref().map(|token| token.secret.reveal()) else {
            return text.to_owned();
        };
        if secret.is_empty() {
            return text.to_owned();
        }
        let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        text.replace(secret, "…").replace(&encoded, "…")
    }
}

fn is_html(content_type: &HeaderValue) -> bool {
    content_type.to_str().is_ok_and(|text| text.trim_start().to_ascii_lowercase().starts_with("text/html"))
}

/// Whether a body is HTML, whatever it is called. XML is data.
fn begins_web_page(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    let begins = |start: &[u8]| body.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start));
    begins(b"<!doctype html") || begins(b"<html") || begins(b"<head") || begins(b"<body")
}

/// Any time up to a limit that doubles with each attempt, so that clients that failed together do not come
/// back together.
fn backoff(attempts: u32) -> Duration {
    let longest = (FIRST_WAIT_MS << attempts.min(16)).min(LONGEST_WAIT_MS);
    Duration::from_millis(getrandom::u64().unwrap_or_default() % (longest + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_anywhere_below_a_limit_that_doubles() {
        for attempts in 1..40 {
            let longest = (FIRST_WAIT_MS << attempts.min(16)).min(LONGEST_WAIT_MS);
            assert!(backoff(attempts) <= Duration::from_millis(longest), "{attempts}");
        }
    }

    #[test]
    fn an_address_that_could_hide_a_secret_or_is_none_is_refused() {
        for bad in ["ftp://a.example", "a.example", "https://u:p@a.example", "https://a.example?key=1", ""] {
            assert!(matches!(Client::new(bad, None, Limits::default()), Err(ClientError::Address)), "{bad}");
        }
    }

    #[test]
    fn xml_is_no_web_page() {
        assert!(!begins_web_page(b"<?xml version=\"1.0\"?><GL_MarketDocument/>"));
        assert!(begins_web_page(b"\n <!DOCTYPE HTML><html>"));
        assert!(begins_web_page(b"<HTML>"));
    }
}
