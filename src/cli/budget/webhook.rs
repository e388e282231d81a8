//! Sends messages about budgets to the addresses that providers name. An address is a stranger's choice, so a message
//! goes to public addresses alone, follows no redirect, waits ten seconds, and no answer is read but its status.

use crate::cli::http_client;
use crate::db::budget_event::Message;
use crate::domain::budget::{Allowance, WebhookSecret, WebhookUrl};
use chrono::{DateTime, SecondsFormat, Utc};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::CONTENT_TYPE;
use reqwest::{ClientBuilder, Url};
use serde::Serialize;
use sha2::Sha256;
use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error as ThisError;

/// From the connection to the status of the answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The header that holds the time and the signature.
pub const SIGNATURE: &str = "Taskwatt-Signature";

/// Whether messages may go to addresses of this machine and of private networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrivateNetworks {
    Refused,
    Allowed,
}

/// The client that sends messages.
#[derive(Debug)]
pub struct Sender {
    private: PrivateNetworks,
    /// For this machine, without certificates.
    plain: reqwest::Client,
    /// `None` where the system has no certificates.
    tls: Option<reqwest::Client>,
}

/// Why a message was not taken. No text in it holds a secret, nor the address, of which a part may be one.
#[derive(Debug, ThisError, PartialEq, Eq)]
pub enum SendError {
    #[error(
        "the address lies within a private network or on the machine of the service; its operator can allow that \
         with TASKWATT_WEBHOOK_PRIVATE=allow"
    )]
    Private,
    #[error("https needs the certificates of the system (package ca-certificates), or SSL_CERT_FILE")]
    Certificates,
    #[error("the receiver answered {0}")]
    Status(u16),
    #[error("there was no answer within {} s", TIMEOUT.as_secs())]
    TimedOut,
    #[error("no answer: {0}")]
    NoAnswer(String),
}

/// A message as it is sent.
#[derive(Serialize)]
struct Body<'a> {
    /// The same in every attempt.
    id: String,
    #[serde(rename = "type")]
    kind: String,
    found_at: String,
    provider: &'a str,
    budget: &'a str,
    revision: i32,
    service: Option<&'a str>,
    year: i32,
    amount: Amount,
    threshold_percent: i32,
    used: Amount,
    share: Option<String>,
    day: String,
}

/// Decimal text under the name of its unit.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Amount {
    Kwh(String),
    Kg(String),
}

/// The bytes of a message.
pub fn body(message: &Message) -> Vec<u8> {
    let event = &message.event;
    let used = event.used.without_trailing_zeros().to_string();
    let (amount, used) = match message.allowance {
        Allowance::Energy(volume) => (Amount::Kwh(volume.kilowatt_hours().to_string()), Amount::Kwh(used)),
        Allowance::Carbon(mass, _, _) => (Amount::Kg(mass.kilograms().to_string()), Amount::Kg(used)),
    };
    let body = Body {
        id: event.id.to_string(),
        kind: format!("budget.{}", event.kind.as_str()),
        found_at: event.found_at.to_rfc3339_opts(SecondsFormat::Secs, true),
        provider: &message.provider_key,
        budget: &message.budget_key,
        revision: event.revision,
        service: message.service_key.as_deref(),
        year: message.year,
        amount,
        threshold_percent: event.threshold_percent,
        used,
        share: event.share.map(|share| share.to_string()),
        day: event.day.to_string(),
    };
    // Texts and numbers always have a JSON form.
    serde_json::to_vec(&body).unwrap_or_default()
}

/// The value of [`SIGNATURE`]: the HMAC-SHA-256, with the whole text of the secret, of the seconds, a point and the
/// body. The time is signed too, so that a receiver can refuse a message that somebody else kept and sends again.
pub fn signature(secret: &WebhookSecret, at: DateTime<Utc>, body: &[u8]) -> String {
    let seconds = at.timestamp();
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()).expect("any length");
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    format!("t={seconds},v1={}", hex::encode(mac.finalize().into_bytes()))
}

impl Sender {
    /// # Errors
    ///
    /// The client for plain HTTP cannot be made.
    pub fn new(private: PrivateNetworks) -> reqwest::Result<Sender> {
        let build = |builder: ClientBuilder| {
            // A proxy would look names up itself, beyond our check of the address.
            let builder = builder.no_proxy().timeout(TIMEOUT).user_agent("Taskwatt");
            builder.dns_resolver(Arc::new(Checked(private))).build()
        };
        let tls = build(http_client::anywhere()).ok();
        Ok(Sender { private, plain: build(http_client::local())?, tls })
    }

    /// Sends a message once.
    ///
    /// # Errors
    ///
    /// The receiver did not answer with a status of success.
    pub async fn send(&self, message: &Message, now: DateTime<Utc>) -> Result<(), SendError> {
        let body = body(message);
        let client = self.client(&message.webhook)?;
        let request = client.post(message.webhook.as_str()).header(CONTENT_TYPE, "application/json");
        let request = request.header(SIGNATURE, signature(&message.secret, now, &body)).body(body);
        let response = request.send().await.map_err(no_answer)?;
        if response.status().is_success() {
            Ok(())
        } else {
            Err(SendError::Status(response.status().as_u16()))
        }
    }

    /// The client for an address, unless the address is a number that may not be reached: such a one is not looked
    /// up, so that [`Checked`] does not see it.
    fn client(&self, address: &WebhookUrl) -> Result<&reqwest::Client, SendError> {
        let url = Url::parse(address.as_str()).map_err(|_| SendError::NoAnswer("no address".to_owned()))?;
        let number = match url.host() {
            Some(url::Host::Ipv4(number)) => Some(IpAddr::V4(number)),
            Some(url::Host::Ipv6(number)) => Some(IpAddr::V6(number)),
            _ => None,
        };
        if self.private == PrivateNetworks::Refused && number.is_some_and(|number| !is_public(number)) {
            return Err(SendError::Private);
        }
        if url.scheme() == "http" {
            Ok(&self.plain)
        } else {
            self.tls.as_ref().ok_or(SendError::Certificates)
        }
    }
}

fn no_answer(error: reqwest::Error) -> SendError {
    let error = error.without_url();
    if error.is_timeout() {
        return SendError::TimedOut;
    }
    let mut said = Vec::new();
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(error) = cause {
        if error.is::<PrivateAddress>() {
            return SendError::Private;
        }
        said.push(error.to_string());
        cause = error.source();
    }
    SendError::NoAnswer(said.join(": "))
}

/// Looks a name up, and hands on only addresses that may be reached: the same answer is checked and connected to, so
/// that a name which changes its address in between gains nothing.
struct Checked(PrivateNetworks);

/// Every address of a name is private.
#[derive(Debug, ThisError)]
#[error("every address of the name is private")]
struct PrivateAddress;

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let private = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found
                .filter(|address| private == PrivateNetworks::Allowed || is_public(address.ip()))
                .collect();
            if allowed.is_empty() {
                return Err(Box::from(PrivateAddress));
            }
            let addresses: Addrs = Box::new(allowed.into_iter());
            Ok(addresses)
        })
    }
}

/// Whether an address is one of the public internet, by the registries of special addresses (IANA).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        [0 | 10 | 127 | 224.., ..]
        | [169, 254, ..]
        | [192, 168, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => true,
        // Shared among the customers of a carrier, and private networks.
        [100, second, ..] => (64..128).contains(&second),
        [172, second, ..] => (16..32).contains(&second),
        _ => false,
    };
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let carried = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        // An IPv4 address in other clothes: mapped, translated (NAT64), or within 6to4.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => carried(high, low),
        [0x2002, high, low, ..] => carried(high, low),
        // Protocols (Teredo among them), documentation, and what is no unicast of the internet.
        [0x2001, second, ..] => second >= 0x200 && second != 0xdb8,
        [0x3fff, second, ..] => second >= 0x1000,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;
