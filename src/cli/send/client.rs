//! Posts one batch until it has an answer that counts.

use super::ledger::Counts;
use crate::cli::http_client;
use crate::cli::record_file::Format;
use crate::config::Secret;
use anyhow::{Context, anyhow, bail, ensure};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, LOCATION};
use reqwest::{RequestBuilder, StatusCode};
use serde::Deserialize;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// For sending a batch over a slow line and for storing it on a busy service.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(300);
const FIRST_WAIT_MS: u64 = 250;
const LONGEST_WAIT_MS: u64 = 30_000;
/// Most characters of an answer that is not ours and is shown.
const MAX_SHOWN: usize = 300;

pub struct Client {
    http: reqwest::Client,
    url: String,
    key: Secret,
    retry_for: Duration,
    /// Of all connections together.
    state: Mutex<Progress>,
}

struct Progress {
    /// When a batch was last answered.
    answered_at: Instant,
    /// Why a request was last repeated: told once, not for every attempt.
    told: String,
}

/// One fault of a batch, as the service told it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
pub struct Fault {
    pub pointer: String,
    pub code: String,
    pub detail: String,
}

/// What became of a batch.
#[derive(Debug)]
pub struct Outcome {
    pub counts: Counts,
    /// None where the batch was stored whole.
    pub faults: Vec<Fault>,
    /// Faults that the service found and does not list.
    pub unlisted: u64,
}

/// The counts of a batch, of 200 and of the problems 409 and 422 alike.
#[derive(Deserialize)]
struct Answer {
    accepted: u64,
    duplicates: u64,
    #[serde(default)]
    conflicts: u64,
    #[serde(default)]
    invalid: u64,
    #[serde(default)]
    errors_total: u64,
    #[serde(default)]
    errors: Vec<Fault>,
    errors_address: Option<String>,
}

/// A problem in the service's words (RFC 9457).
#[derive(Deserialize)]
struct Problem {
    title: String,
    detail: String,
    advice: Option<String>,
    request_id: Option<String>,
}

/// Why an attempt has no answer that counts.
enum Failure {
    /// It may be different the next time; the service may say how long to wait.
    Passing {
        why: String,
        wait: Option<Duration>,
    },
    Final(anyhow::Error),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Failure {
        Failure::Final(error)
    }
}

impl Client {
    pub fn new(url: &str, key: Secret, retry_for: Duration) -> anyhow::Result<Client> {
        let builder = if url.starts_with("https:") { http_client::anywhere() } else { http_client::local() };
        let http = builder.connect_timeout(CONNECT_TIMEOUT).timeout(ANSWER_TIMEOUT).build();
        let http = http.context(
            "https needs the certificates of the system (package ca-certificates), or SSL_CERT_FILE",
        )?;
        let state = Mutex::new(Progress { answered_at: Instant::now(), told: String::new() });
        Ok(Client { http, url: url.to_owned(), key, retry_for, state })
    }

    /// Sends a body of so many records, compressed with gzip, again and again while what hinders it may
    /// pass. `tell` is handed what a person should know while waiting.
    ///
    /// # Errors
    ///
    /// The service refuses the request as a whole, or nothing was answered for as long as is retried.
    pub async fn post(
        &self,
        body: Vec<u8>,
        records: u64,
        format: Format,
        tell: &dyn Fn(&str),
    ) -> anyhow::Result<Outcome> {
        let request = self
            .http
            .post(format!("{}/v1/records", self.url))
            .bearer_auth(self.key.reveal())
            .header(CONTENT_TYPE, format.content_type())
            .header(CONTENT_ENCODING, "gzip")
            .body(body);
        let begun = Instant::now();
        let mut attempts = 0;
        loop {
            attempts += 1;
            match self.attempt(&request, records, tell).await {
                Ok(mut outcome) => {
                    self.state().answered_at = Instant::now();
                    outcome.counts.requests = attempts;
                    outcome.counts.retries = attempts - 1;
                    return Ok(outcome);
                }
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Passing { why, wait }) => {
                    let delay = backoff(attempts).max(wait.unwrap_or_default());
                    let since = begun.max(self.state().answered_at);
                    if since.elapsed() + delay > self.retry_for {
                        bail!("{why}; gave up, as --retry-for says, after {attempts} attempt(s)");
                    }
                    self.tell_once(&why, tell);
                    http_client::pause(delay).await;
                }
            }
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell_once(&self, why: &str, tell: &dyn Fn(&str)) {
        let mut state = self.state();
        if state.told != why {
            why.clone_into(&mut state.told);
            tell(&format!("{why}; trying again"));
        }
    }

    async fn attempt(
        &self,
        request: &RequestBuilder,
        records: u64,
        tell: &dyn Fn(&str),
    ) -> Result<Outcome, Failure> {
        let request = request.try_clone().ok_or_else(|| anyhow!("the request cannot be repeated"))?;
        let response = request.send().await.map_err(|error| self.no_answer(error))?;
        let status = response.status();
        let wait = http_client::retry_after(&response);
        if let Some(elsewhere) = response.headers().get(LOCATION).filter(|_| status.is_redirection()) {
            let elsewhere = elsewhere.to_str().unwrap_or_default();
            return Err(anyhow!("{} leads to {elsewhere}; name that service with --url", self.url).into());
        }
        let text = response.text().await.map_err(|error| self.no_answer(error))?;
        match status {
            status if status.is_success() => {}
            StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => {}
            StatusCode::REQUEST_TIMEOUT
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => {
                return Err(Failure::Passing { why: words(status, &text), wait });
            }
            status => return Err(anyhow!(words(status, &text)).into()),
        }
        let answer: Answer = serde_json::from_str(&text).map_err(|_| anyhow!(words(status, &text)))?;
        let counts = Counts {
            accepted: answer.accepted,
            duplicates: answer.duplicates,
            conflicts: answer.conflicts,
            invalid: answer.invalid,
            ..Counts::default()
        };
        if counts.records() != records {
            let told = counts.records();
            return Err(anyhow!("{records} records were sent, and the service speaks of {told}").into());
        }
        if !status.is_success() && counts.conflicts + counts.invalid == 0 {
            return Err(anyhow!(words(status, &text)).into());
        }
        let mut faults = answer.errors;
        let total = answer.errors_total.max(faults.len() as u64);
        if let Some(address) = answer.errors_address.filter(|_| total > faults.len() as u64)
            && let Err(error) = self.fetch_faults(&address, &mut faults).await
        {
            tell(&format!("the rest of the faults cannot be fetched: {error:#}"));
        }
        let unlisted = total.saturating_sub(faults.len() as u64);
        Ok(Outcome { counts, faults, unlisted })
    }

    /// Adds the faults that stand at an address of the service, NDJSON, and were not listed.
    async fn fetch_faults(&self, address: &str, faults: &mut Vec<Fault>) -> anyhow::Result<()> {
        // The key goes to no other host.
        ensure!(address.starts_with('/') && !address.starts_with("//"), "{address} is not on this service");
        let request = self.http.get(format!("{}{address}", self.url)).bearer_auth(self.key.reveal());
        let response = request.send().await.map_err(reqwest::Error::without_url)?;
        let status = response.status();
        let text = response.text().await.map_err(reqwest::Error::without_url)?;
        ensure!(status == StatusCode::OK, words(status, &text));
        let known: HashSet<Fault> = faults.iter().cloned().collect();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let fault: Fault =
                serde_json::from_str(line).with_context(|| format!("{address} does not hold faults"))?;
            if !known.contains(&fault) {
                faults.push(fault);
            }
        }
        Ok(())
    }

    fn no_answer(&self, error: reqwest::Error) -> Failure {
        let will_stay = error.is_builder() || http_client::is_no_trust(&error);
        let why = format!("no answer from {}: {:#}", self.url, anyhow::Error::from(error.without_url()));
        if will_stay { Failure::Final(anyhow!(why)) } else { Failure::Passing { why, wait: None } }
    }
}

/// What an answer says, for people.
fn words(status: StatusCode, text: &str) -> String {
    match serde_json::from_str::<Problem>(text) {
        Ok(problem) => {
            let id = problem.request_id.map_or_else(String::new, |id| format!(" (request {id})"));
            let advice = problem.advice.map_or_else(String::new, |advice| format!(". {advice}"));
            let Problem { title, detail, .. } = problem;
            format!("the service answered {status}: {title}: {}{advice}{id}", detail.trim_end_matches('.'))
        }
        Err(_) => {
            let shown: String = text.trim().chars().take(MAX_SHOWN).collect();
            format!("the service answered {status}, which is not an answer of Taskwatt: {shown}")
        }
    }
}

/// A wait that doubles with each attempt; half of it is left to chance, so that connections which failed
/// together do not come back together.
fn backoff(attempts: u64) -> Duration {
    let longest = (FIRST_WAIT_MS << attempts.min(16)).min(LONGEST_WAIT_MS);
    let chance = getrandom::u64().unwrap_or_default() % (longest / 2);
    Duration::from_millis(longest / 2 + chance)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit_and_differ() {
        for attempts in 1..80 {
            let longest = (FIRST_WAIT_MS << attempts.min(16)).min(LONGEST_WAIT_MS);
            let wait = backoff(attempts).as_millis() as u64;
            assert!((longest / 2..longest).contains(&wait), "{attempts}: {wait}");
        }
        let waits: HashSet<Duration> = (0..50).map(|_| backoff(20)).collect();
        assert!(waits.len() > 1);
    }

    #[test]
    fn the_service_is_quoted_and_what_is_no_answer_of_it_is_shown_in_part() {
        let problem = r#"{"title": "T", "detail": "d.", "advice": "Do this.", "request_id": "7"}"#;
        let quoted = words(StatusCode::FORBIDDEN, problem);
        assert_eq!(quoted, "the service answered 403 Forbidden: T: d. Do this. (request 7)");
        let page = words(StatusCode::NOT_FOUND, &"x".repeat(10_000));
        assert!(page.len() < 500 && page.contains("404 Not Found"), "{page}");
    }
}
