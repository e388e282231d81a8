//! The job of a service that fetches what its plan names, when it is due; and the list of how that went.

use super::plan::{self, Entry};
use super::{Client, Limits, ZoneError, connect, fetch_zone};
use crate::app::App;
use crate::db::factor_fetch::{self, FetchLock, FetchState};
use crate::db::{DbError, Pool};
use crate::intensity::zones::Zones;
use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use std::path::Path;
use std::time::Duration;
use tokio::time::MissedTickBehavior;

/// Time from one look at the plan to the next.
const ROUND: Duration = Duration::from_secs(60);
/// After a first failure; it doubles with each, up to the time between two fetches.
const FIRST_WAIT: TimeDelta = TimeDelta::minutes(10);

/// A source that does not answer is asked again at a later round; meanwhile the others have their turn.
const ATTEMPTS: u32 = 3;
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(120);

/// A plan with a client for each entry.
#[derive(Debug)]
pub struct Schedule {
    entries: Vec<(Entry, Client)>,
}

impl Schedule {
    /// Reads a plan, and the addresses and tokens of its sources from the environment.
    ///
    /// # Errors
    ///
    /// Something in the plan is wrong, with its place; a token is missing.
    pub fn open(path: &Path) -> anyhow::Result<Schedule> {
        Schedule::new(plan::load(path)?, |entry| {
            let limits = Limits {
                per_minute: entry.per_minute,
                attempts: ATTEMPTS,
                longest_retry_after: LONGEST_RETRY_AFTER,
                ..Limits::default()
            };
            connect(entry.order.feed, None, limits)
        })
    }

    /// The same for clients of the caller's.
    ///
    /// # Errors
    ///
    /// There is no client for an entry, which is named.
    pub fn new(
        entries: Vec<Entry>,
        client: impl Fn(&Entry) -> anyhow::Result<Client>,
    ) -> anyhow::Result<Schedule> {
        let with_client = |(index, entry): (usize, Entry)| {
            let client =
                client(&entry).with_context(|| format!("the plan is refused:\n  /entries/{index}/source"))?;
            Ok((entry, client))
        };
        let entries = entries.into_iter().enumerate().map(with_client).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Schedule { entries })
    }

    /// Refuses a plan with a zone that is not known, or that its source has none of.
    ///
    /// # Errors
    ///
    /// The first such zone with its place.
    pub async fn check(&self, pool: &Pool, now: DateTime<Utc>) -> anyhow::Result<()> {
        let zones = Zones::load(pool).await?;
        let entries: Vec<Entry> = self.entries.iter().map(|(entry, _)| entry.clone()).collect();
        plan::check_zones(&entries, &zones, now)
    }

    /// Fetches what is due, again and again. It never ends; a service runs it.
    pub async fn run(self, app: App) {
        let mut rounds = tokio::time::interval(ROUND);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            rounds.tick().await;
            self.round(&app).await;
        }
    }

    /// Fetches each entry that is due and that no other instance is fetching. What fails is logged and noted,
    /// and the next entry has its turn.
    pub async fn round(&self, app: &App) {
        for (entry, client) in &self.entries {
            if let Err(error) = turn(app, entry, client).await {
                tracing::warn!(entry = entry.name.as_str(), %error, "grid factors will be asked for again");
            }
        }
    }
}

/// When an entry is fetched next; `None` where it never was, and is due at once.
pub fn next_due(entry: &Entry, state: Option<&FetchState>) -> Option<DateTime<Utc>> {
    let state = state?;
    match (state.failures, state.last_success_at) {
        (0, Some(last_success_at)) => Some(last_success_at + entry.every),
        (failures, _) => {
            // Ten doublings are a week, which is longer than most entries wait anyway.
            let doubled = FIRST_WAIT * (1 << (failures - 1).clamp(0, 10));
            Some(state.last_attempt_at + doubled.min(entry.every))
        }
    }
}

async fn is_due(app: &App, entry: &Entry) -> Result<bool, DbError> {
    let state = factor_fetch::state(&app.pool, &entry.name).await?;
    Ok(next_due(entry, state.as_ref()).is_none_or(|due| due <= app.clock.now()))
}

async fn turn(app: &App, entry: &Entry, client: &Client) -> Result<(), DbError> {
    if !is_due(app, entry).await? {
        return Ok(());
    }
    let Some(lock) = FetchLock::try_get(&app.pool, &entry.name).await? else { return Ok(()) };
    // Another instance may have fetched it before the lock was ours.
    let outcome = match is_due(app, entry).await {
        Ok(true) => attempt(app, entry, client).await,
        other => other.map(|_| ()),
    };
    lock.release().await?;
    outcome
}

/// One attempt, noted however it ends.
async fn attempt(app: &App, entry: &Entry, client: &Client) -> Result<(), DbError> {
    factor_fetch::begin(&app.pool, &entry.name, app.clock.now()).await?;
    match fetch_entry(app, entry, client).await {
        Ok(()) => factor_fetch::succeeded(&app.pool, &entry.name, app.clock.now()).await,
        Err(error) => {
            tracing::warn!(entry = entry.name.as_str(), error, "grid factors were not fetched");
            factor_fetch::failed(&app.pool, &entry.name, &error).await
        }
    }
}

/// Fetches the zones of an entry; a zone that fails does not keep the others from their turn.
///
/// # Errors
///
/// What failed, without the token.
async fn fetch_entry(app: &App, entry: &Entry, client: &Client) -> Result<(), String> {
    let zones = Zones::load(&app.pool).await.map_err(|error| error.to_string())?;
    let requests = entry
        .requests(&zones, app.clock.now())
        .map_err(|(index, error)| format!("{}: {error}", entry.zones[index]))?;
    let mut failed = Vec::new();
    for request in &requests {
        match fetch_zone(&app.pool, client, &entry.order, request, app.clock.now(), &|_| ()).await {
            Ok(fetched) => {
                let (entry, zone) = (entry.name.as_str(), request.zone.as_str());
                tracing::info!(entry, zone, "grid factors: {}", fetched.describe());
            }
            Err(error) => {
                let is_of_the_source = error.is_of_the_source();
                failed.push(format!("{}: {}", request.zone, shown(client, error)));
                if is_of_the_source {
                    break;
                }
            }
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(failed.join("; ")) }
}

/// An error with its causes, without the token.
pub(super) fn shown(client: &Client, error: ZoneError) -> String {
    client.redacted(&format!("{:#}", anyhow::Error::from(error)))
}

/// Prints how it went with each entry of a plan, and when it is due next.
///
/// # Errors
///
/// The plan cannot be read.
pub async fn list(pool: &Pool, path: &Path, now: DateTime<Utc>) -> anyhow::Result<()> {
    let time = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%MZ").to_string();
    for entry in plan::load(path)? {
        let state = factor_fetch::state(pool, &entry.name).await?;
        let due = match next_due(&entry, state.as_ref()) {
            Some(due) if now < due => time(due),
            _ => "now".to_owned(),
        };
        let success = state.as_ref().and_then(|state| state.last_success_at).map_or("never".to_owned(), time);
        let attempt = state.as_ref().map_or("never".to_owned(), |state| time(state.last_attempt_at));
        println!(
            "{} ({}: {}): last success {success}, last attempt {attempt}, next due {due}",
            entry.name,
            entry.order.feed.as_str(),
            entry.zones.join(", ")
        );
        if let Some(FetchState { failures: failures @ 1.., last_error, .. }) = state {
            let error = last_error.unwrap_or_else(|| "the last attempt did not end".to_owned());
            println!("    failed {failures} times: {error}");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_with_failures_up_to_the_time_between_two_fetches() {
        let text = r#"{"entries": [{"name": "a", "source": "gb", "zones": ["GB"], "set": "s", "release": "1",
            "basis": "direct", "look_back_days": 2, "every_hours": 2}]}"#;
        let entry = &plan::parse(text.as_bytes()).unwrap()[0];
        let at: DateTime<Utc> = "2026-01-15T00:00:00Z".parse().unwrap();
        let minutes = |failures, last_success_at| {
            let state = FetchState { last_attempt_at: at, last_success_at, failures, last_error: None };
            (next_due(entry, Some(&state)).unwrap() - at).num_minutes()
        };
        assert_eq!(next_due(entry, None), None);
        assert_eq!(
            [1, 2, 3, 4, 5, 1_000].map(|failures| minutes(failures, None)),
            [10, 20, 40, 80, 120, 120]
        );
        assert_eq!(minutes(0, Some(at)), 120);
        assert_eq!(minutes(2, Some(at - TimeDelta::days(9))), 20);
    }
}
