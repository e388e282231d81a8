//! Budgets: how much energy or carbon a provider means to use in a UTC year, and who is told when a share of it
//! is used.

use super::ids::ServiceId;
use super::names::Slug;
use super::period::Period;
use super::terms::{Basis, Perimeter, terms};
use crate::units::{CarbonMass, Decimal, EnergyVolume};
use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use std::fmt;
use std::ops::RangeInclusive;
use thiserror::Error;
use url::{Host, Url};
use uuid::Uuid;

/// The years that a budget may be of.
pub const YEARS: RangeInclusive<i64> = 2020..=2200;
/// The shares, in percent, of which somebody may be told.
pub const THRESHOLD_PERCENTS: RangeInclusive<i64> = 1..=1000;
/// Most of them.
pub const MAX_THRESHOLDS: usize = 20;
/// Those of a budget that names none.
pub const DEFAULT_THRESHOLDS: &[i32] = &[50, 80, 100];

/// One budget as its provider told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    pub key: Slug,
    /// `None` where it is of all services of the provider.
    pub service: Option<BudgetService>,
    pub year: i32,
    pub allowance: Allowance,
    /// Percents, rising, each once.
    pub thresholds: Vec<i32>,
    pub webhook: Option<WebhookUrl>,
    pub note: Option<String>,
    pub is_withdrawn: bool,
}

/// The service of a budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetService {
    pub id: ServiceId,
    pub key: Slug,
}

/// How much of what. Either is of whole facilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowance {
    Energy(EnergyVolume),
    /// Location-based, with grid factors of this basis and perimeter.
    Carbon(CarbonMass, Basis, Perimeter),
}

impl Budget {
    /// The UTC year; `None` for one that has no calendar.
    pub fn period(&self) -> Option<Period> {
        let new_year = |year| Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0).single();
        Period::new(new_year(self.year)?, new_year(self.year + 1)?).ok()
    }
}

terms! {
    /// What became of a share of a budget.
    BudgetEventKind {
        /// That much is used.
        Passed = "passed",
        /// That much will be used before the year is over, if use goes on as in the last weeks.
        ForecastToPass = "forecast_to_pass",
    }
}

terms! {
    /// What became of the message about an event.
    Delivery {
        /// The budget names no address.
        None = "none",
        Pending = "pending",
        Delivered = "delivered",
        /// Every attempt failed.
        GivenUp = "given_up",
        /// The budget was withdrawn, or names no address any more.
        Dropped = "dropped",
    }
}

/// That a share of a budget was used, or is forecast to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetEvent {
    pub id: Uuid,
    pub revision: i32,
    pub threshold_percent: i32,
    pub kind: BudgetEventKind,
    pub found_at: DateTime<Utc>,
    /// The UTC day on which the share was or will be used.
    pub day: NaiveDate,
    /// What was used when it was found, in the unit of the allowance: kilowatt-hours or kilograms.
    pub used: Decimal,
    /// The same as a share of the budget; `None` for a budget of 0.
    pub share: Option<Decimal>,
}

/// An event, and what became of its message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLine {
    pub event: BudgetEvent,
    /// What it is an event of, in the terms of its revision.
    pub allowance: Allowance,
    pub delivery: Delivery,
    pub attempts: i32,
    pub delivered_at: Option<DateTime<Utc>>,
    pub last_error: Option<String>,
}

/// Where messages go: https anywhere, http on this machine alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookUrl(String);

/// Why an address cannot be told to.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum WebhookUrlError {
    #[error("must be an address of at most {} characters", WebhookUrl::MAX_CHARS)]
    NotAnAddress,
    #[error("must begin with https:// (http:// is taken for localhost alone)")]
    NotHttps,
    #[error("must hold no user or password: they would stand in lists; a receiver checks the signature")]
    HasUser,
}

impl WebhookUrl {
    pub const MAX_CHARS: usize = 500;

    pub fn parse(text: &str) -> Result<WebhookUrl, WebhookUrlError> {
        let is_plain = |letter: char| letter.is_ascii_graphic();
        if text.len() > WebhookUrl::MAX_CHARS || !text.chars().all(is_plain) {
            return Err(WebhookUrlError::NotAnAddress);
        }
        let url = Url::parse(text).map_err(|_| WebhookUrlError::NotAnAddress)?;
        let host = url.host().ok_or(WebhookUrlError::NotHttps)?;
        match url.scheme() {
            "https" => {}
            "http" if is_this_machine(&host) => {}
            _ => return Err(WebhookUrlError::NotHttps),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(WebhookUrlError::HasUser);
        }
        Ok(WebhookUrl(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

impl std::str::FromStr for WebhookUrl {
    type Err = WebhookUrlError;
    fn from_str(text: &str) -> Result<WebhookUrl, WebhookUrlError> {
        WebhookUrl::parse(text)
    }
}

/// With what messages are signed. It is shown once, when it is made, and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(String);

impl WebhookSecret {
    const START: &str = "whsec_";

    pub fn from_random(bytes: [u8; 32]) -> WebhookSecret {
        WebhookSecret(format!("{}{}", WebhookSecret::START, hex::encode(bytes)))
    }

    /// `None` for what [`WebhookSecret::from_random`] never makes.
    pub fn parse(text: &str) -> Option<WebhookSecret> {
        let digits = text.strip_prefix(WebhookSecret::START)?;
        let is_hex = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hex.then(|| WebhookSecret(text.to_owned()))
    }

    /// The text itself, for signing, storing, and showing it once.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

/// Puts shares in order, each once.
pub fn in_order(mut thresholds: Vec<i32>) -> Vec<i32> {
    thresholds.sort_unstable();
    thresholds.dedup();
    thresholds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_go_to_https_or_to_this_machine() {
        for good in [
            "https://alerts.example.org/taskwatt?team=7",
            "https://alerts.example.org:8443",
            "http://localhost:9000/hook",
            "http://127.0.0.1/",
            "http://[::1]:80/",
        ] {
            assert_eq!(WebhookUrl::parse(good).map(|url| url.as_str().to_owned()), Ok(good.to_owned()));
        }
        for (bad, error) in [
            ("http://alerts.example.org/", WebhookUrlError::NotHttps),
            ("http://localhost.example.org/", WebhookUrlError::NotHttps),
            ("http://10.0.0.1/", WebhookUrlError::NotHttps),
            ("ftp://localhost/", WebhookUrlError::NotHttps),
            ("file:///etc/passwd", WebhookUrlError::NotHttps),
            ("alerts.example.org", WebhookUrlError::NotAnAddress),
            ("https://", WebhookUrlError::NotAnAddress),
            ("https://a b.example/", WebhookUrlError::NotAnAddress),
            ("https://a.example/\u{1b}[2J", WebhookUrlError::NotAnAddress),
            ("https://user:word@a.example/", WebhookUrlError::HasUser),
            ("https://user@a.example/", WebhookUrlError::HasUser),
        ] {
            assert_eq!(WebhookUrl::parse(bad), Err(error), "{bad}");
        }
        let long = format!("https://a.example/{}", "x".repeat(WebhookUrl::MAX_CHARS));
        assert_eq!(WebhookUrl::parse(&long), Err(WebhookUrlError::NotAnAddress));
    }

    #[test]
    fn a_secret_is_known_again_and_does_not_print() {
        let secret = WebhookSecret::from_random([0xab; 32]);
        assert_eq!(WebhookSecret::parse(secret.reveal()), Some(secret.clone()));
        assert_eq!(format!("{secret:?}"), "WebhookSecret(…)");
        assert_eq!(WebhookSecret::parse("whsec_abc"), None);
    }

    #[test]
    fn shares_stand_in_order_and_once() {
        assert_eq!(in_order(vec![100, 50, 100, 7]), [7, 50, 100]);
    }
}
