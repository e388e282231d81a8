//! How much a key may send: requests in a minute, records in a UTC day.
//!
//! Both are counted in the memory of the process, in windows that begin with the minute and the day; with
//! several processes each counts its own requests. Records are also added up in the database, about a
//! second after the fact, so that a restart does not give the day's limit once more; a crash loses that
//! second.

use super::auth::Gate;
use super::problem::Problem;
use crate::app::App;
use crate::db::key::{DayRecords, add_records_of_day, records_of_day};
use crate::db::{DbError, Pool};
use crate::domain::ids::ApiKeyId;
use crate::domain::key::{ApiKey, KeyLimits};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

/// Seconds of a minute and of a day.
const MINUTE_S: i64 = 60;
const DAY_S: i64 = 86_400;
/// How often at most the records of the day are written down.
const WRITE_INTERVAL: Duration = Duration::from_secs(1);

/// A fixed window of time, and what was used in it. Windows begin at multiples of their length since the
/// epoch: with the minute and with the UTC day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    length_s: i64,
    /// Which window it is, counted from the epoch.
    index: i64,
    used: i64,
}

/// How a window stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Standing {
    quota: i64,
    length_s: i64,
    remaining: i64,
    /// Seconds until the next window begins.
    resets_in_s: i64,
}

impl Window {
    fn new(length_s: i64) -> Window {
        Window { length_s, index: i64::MIN, used: 0 }
    }

    /// Enters the window that holds `now`. A clock that was set back does not open an earlier one.
    fn enter(&mut self, now: DateTime<Utc>) {
        let index = now.timestamp().div_euclid(self.length_s);
        if index > self.index {
            *self = Window { index, used: 0, ..*self };
        }
    }

    /// Takes an amount, or nothing where less is left.
    fn charge(&mut self, amount: i64, quota: i64) -> bool {
        let fits = amount <= quota - self.used.min(quota);
        if fits {
            self.used += amount;
        }
        fits
    }

    fn standing(&self, now: DateTime<Utc>, quota: i64) -> Standing {
        let end = (self.index + 1) * self.length_s;
        Standing {
            quota,
            length_s: self.length_s,
            remaining: (quota - self.used).max(0),
            resets_in_s: (end - now.timestamp()).max(1),
        }
    }
}

/// How the limits of the key of a request stand; the answer tells it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quota {
    requests: Standing,
    records: Option<Standing>,
}

static RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
static RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

impl Quota {
    /// The headers of draft-ietf-httpapi-ratelimit-headers.
    pub(super) fn add_headers(&self, headers: &mut HeaderMap) {
        let (mut policy, mut state) = (String::new(), String::new());
        for (name, standing) in [("requests", Some(self.requests)), ("records", self.records)] {
            let Some(Standing { quota, length_s, remaining, resets_in_s }) = standing else { continue };
            let comma = if policy.is_empty() { "" } else { ", " };
            policy += &format!("{comma}\"{name}\";q={quota};w={length_s}");
            state += &format!("{comma}\"{name}\";r={remaining};t={resets_in_s}");
        }
        for (header, text) in [(&RATE_LIMIT_POLICY, policy), (&RATE_LIMIT, state)] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(header.clone(), value);
            }
        }
    }
}

/// What one key used.
#[derive(Debug)]
struct Used {
    requests: Window,
    records: Window,
    /// Whether the records that were sent before this process met the key are counted.
    day_was_read: bool,
}

impl Used {
    fn quota(&self, now: DateTime<Utc>, limits: KeyLimits) -> Quota {
        Quota {
            requests: self.requests.standing(now, limits.requests_per_minute.into()),
            records: limits.records_per_day.map(|quota| self.records.standing(now, quota)),
        }
    }
}

#[derive(Debug, Default)]
struct Counts {
    keys: HashMap<ApiKeyId, Used>,
    /// Records that are counted and not yet written down.
    unwritten: HashMap<(ApiKeyId, NaiveDate), i64>,
}

impl Counts {
    /// What a key used in the windows of `now`.
    fn of(&mut self, key: ApiKeyId, now: DateTime<Utc>) -> &mut Used {
        let used = self.keys.entry(key).or_insert_with(|| Used {
            requests: Window::new(MINUTE_S),
            records: Window::new(DAY_S),
            day_was_read: false,
        });
        used.requests.enter(now);
        used.records.enter(now);
        used
    }
}

/// What the keys used that this process has met.
#[derive(Debug)]
pub(super) struct Usage {
    counts: Arc<Mutex<Counts>>,
    /// Tells the task that writes down; it ends with the last sender.
    changed: mpsc::Sender<()>,
}

fn lock(counts: &Mutex<Counts>) -> MutexGuard<'_, Counts> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Usage {
    /// Starts the task that writes down the records of the day, on the current runtime.
    pub(super) fn new(pool: &Pool) -> Usage {
        let counts = Arc::new(Mutex::new(Counts::default()));
        let (changed, mut wake) = mpsc::channel(1);
        let (pool, written) = (pool.clone(), Arc::clone(&counts));
        tokio::spawn(async move {
            let mut pace = interval(WRITE_INTERVAL);
            pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
            while let Some(()) = wake.recv().await {
                pace.tick().await;
                write_down(&pool, &written).await;
            }
        });
        Usage { counts, changed }
    }

    /// Counts one request of a key; refuses it where the minute's are used up.
    pub(super) async fn charge_request(
        &self,
        app: &App,
        request: &HttpRequest,
        key: &ApiKey,
    ) -> Result<(), Problem> {
        let Some(id) = key.id else { return Ok(()) };
        let now = app.clock.now();
        if key.limits.records_per_day.is_some() {
            self.read_day(&app.pool, id, now).await?;
        }
        let (fits, quota) = {
            let mut counts = lock(&self.counts);
            let used = counts.of(id, now);
            let fits = used.requests.charge(1, key.limits.requests_per_minute.into());
            (fits, used.quota(now, key.limits))
        };
        request.extensions_mut().insert(quota);
        if fits {
            return Ok(());
        }
        let detail = format!("this key may send {} requests a minute", key.limits.requests_per_minute);
        Err(Problem::rate_limited(detail, quota.requests.resets_in_s))
    }

    /// On the first use of a key: counts what was sent today before this process met it.
    async fn read_day(&self, pool: &Pool, key: ApiKeyId, now: DateTime<Utc>) -> Result<(), DbError> {
        if lock(&self.counts).of(key, now).day_was_read {
            return Ok(());
        }
        let records = records_of_day(pool, key, now.date_naive()).await?;
        let mut counts = lock(&self.counts);
        let used = counts.of(key, now);
        // Of several requests that asked together, one counts.
        if !used.day_was_read {
            used.day_was_read = true;
            used.records.used += records;
        }
        Ok(())
    }
}

/// Counts records of a request that [`super::auth::authorise`] let in, before they are stored. Where
/// fewer are left for the day, refuses them all and counts none. Call it once for each part of a body
/// that is read in parts.
pub fn charge_records(app: &App, request: &HttpRequest, key: &ApiKey, records: u64) -> Result<(), Problem> {
    let (Some(id), Some(limit)) = (key.id, key.limits.records_per_day) else { return Ok(()) };
    let usage = &Gate::of(request)?.usage;
    let now = app.clock.now();
    let amount = i64::try_from(records).unwrap_or(i64::MAX);
    let (fits, quota) = {
        let mut counts = lock(&usage.counts);
        let used = counts.of(id, now);
        let fits = used.records.charge(amount, limit);
        let quota = used.quota(now, key.limits);
        if fits {
            *counts.unwritten.entry((id, now.date_naive())).or_default() += amount;
        }
        (fits, quota)
    };
    request.extensions_mut().insert(quota);
    if fits {
        // A full channel means that the task will wake anyway.
        usage.changed.try_send(()).ok();
        return Ok(());
    }
    let standing = quota.records.unwrap_or(quota.requests);
    let detail = format!(
        "this key may send {limit} records a UTC day; {} are left today, and this part holds {records}",
        standing.remaining
    );
    Err(Problem::rate_limited(detail, standing.resets_in_s))
}

/// Adds to the database what was counted since the last time. What cannot be written is kept for the
/// next time.
async fn write_down(pool: &Pool, counts: &Mutex<Counts>) {
    let unwritten = std::mem::take(&mut lock(counts).unwritten);
    let lines: Vec<DayRecords> =
        unwritten.iter().map(|(&(key, day), &records)| DayRecords { key, day, records }).collect();
    if let Err(error) = add_records_of_day(pool, &lines).await {
        tracing::warn!(%error, "the records of the day cannot be written down; they are kept in memory");
        let mut counts = lock(counts);
        for (place, records) in unwritten {
            *counts.unwritten.entry(place).or_default() += records;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_window_takes_its_quota_and_begins_anew_with_the_next() {
        let mut window = Window::new(MINUTE_S);
        window.enter(at("2026-01-15T12:00:23Z"));
        assert!(window.charge(2, 3));
        assert!(!window.charge(2, 3), "what is larger than the rest is refused whole");
        assert!(window.charge(1, 3));
        assert!(!window.charge(1, 3));
        let standing = window.standing(at("2026-01-15T12:00:23Z"), 3);
        assert_eq!(standing, Standing { quota: 3, length_s: 60, remaining: 0, resets_in_s: 37 });
        window.enter(at("2026-01-15T12:00:59Z"));
        assert!(!window.charge(1, 3));
        window.enter(at("2026-01-15T12:01:00Z"));
        assert!(window.charge(3, 3));
    }

    #[test]
    fn a_clock_that_is_set_back_opens_no_window() {
        let mut window = Window::new(MINUTE_S);
        window.enter(at("2026-01-15T12:00:00Z"));
        assert!(window.charge(3, 3));
        window.enter(at("2026-01-15T11:58:00Z"));
        assert!(!window.charge(1, 3));
    }

    #[test]
    fn more_than_the_quota_used_elsewhere_leaves_nothing_and_does_not_overflow() {
        let mut window = Window { length_s: DAY_S, index: 0, used: i64::MAX };
        assert!(!window.charge(1, 10));
        assert!(!window.charge(i64::MAX, 10));
        assert_eq!(window.standing(at("1970-01-01T23:00:00Z"), 10).remaining, 0);
        assert_eq!(window.standing(at("1970-01-01T23:00:00Z"), 10).resets_in_s, 3600);
    }

    #[test]
    fn headers_name_both_windows() {
        let mut used =
            Used { requests: Window::new(MINUTE_S), records: Window::new(DAY_S), day_was_read: true };
        let now = at("2026-01-15T23:59:30Z");
        used.requests.enter(now);
        used.records.enter(now);
        used.records.charge(25, 100);
        let limits = KeyLimits { requests_per_minute: 60, records_per_day: Some(100) };
        let mut headers = HeaderMap::new();
        used.quota(now, limits).add_headers(&mut headers);
        assert_eq!(
            headers.get("RateLimit-Policy").unwrap(),
            r#""requests";q=60;w=60, "records";q=100;w=86400"#
        );
        assert_eq!(headers.get("RateLimit").unwrap(), r#""requests";r=60;t=30, "records";r=75;t=30"#);
    }
}
