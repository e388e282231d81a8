//! The plan file: which grid factors a service fetches again and again.
//!
//! ```json
//! {"entries": [
//!   {"name": "de-hours", "source": "electricity-maps", "zones": ["DE", "FR"], "set": "grid-hours",
//!    "release": "v3", "basis": "lifecycle", "look_back_days": 10, "every_hours": 6}
//! ]}
//! ```

use super::Order;
use crate::domain::names::Slug;
use crate::domain::period::{Period, beginning_of, hour_of};
use crate::domain::problem::{Fault, ProblemCode, child};
use crate::domain::terms::Basis;
use crate::ingest::fields::{Fields, ValueFault, line, slug, string, whole, word};
use crate::intensity::feed::{self, Feed};
use crate::intensity::request::{Request, RequestError};
use crate::intensity::step::Step;
use crate::intensity::zones::Zones;
use anyhow::{Context, bail};
use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Utc};
use serde_json::value::RawValue;
use std::fs;
use std::path::Path;

/// Most entries of a plan, and zones of an entry.
const MAX_ENTRIES: usize = 200;
const MAX_ZONES: usize = 100;
/// A longer look back is for the command, which shows how far it is.
const MAX_LOOK_BACK_DAYS: i64 = 3_660;
const MAX_EVERY_HOURS: i64 = 24 * 366;
const MAX_PER_MINUTE: i64 = 6_000;

const ENTRY: &[&str] =
    &["name", "source", "zones", "set", "release", "basis", "look_back_days", "every_hours", "per_minute"];

/// What is fetched again and again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// By which its state is known, also after the plan was changed.
    pub name: Slug,
    pub order: Order,
    /// As they stand in the plan.
    pub zones: Vec<String>,
    /// How far back it asks each time, since sources revise; `None` for a feed that answers for the time that
    /// has just passed.
    pub look_back: Option<TimeDelta>,
    pub every: TimeDelta,
    /// Requests a minute.
    pub per_minute: u32,
}

impl Entry {
    /// The requests that are due at an instant.
    ///
    /// # Errors
    ///
    /// A zone is not known, or the source has none of it; the place of the first among the zones.
    pub fn requests(&self, zones: &Zones, now: DateTime<Utc>) -> Result<Vec<Request>, (usize, RequestError)> {
        let Order { feed, basis, .. } = self.order;
        let period = self.look_back.and_then(|look_back| period_before(now, look_back, feed));
        let request = |(index, zone): (usize, &String)| {
            Request::new(zones, feed, zone, basis, period, now).map_err(|error| (index, error))
        };
        self.zones.iter().enumerate().map(request).collect()
    }
}

/// So much time up to the last full hour; from the beginning of its month or year, where values hold for one.
fn period_before(now: DateTime<Utc>, look_back: TimeDelta, feed: Feed) -> Option<Period> {
    let to = hour_of(now);
    let from = to - look_back;
    let first = match feed.calendar_step() {
        Some(Step::Month) => NaiveDate::from_ymd_opt(from.year(), from.month(), 1),
        Some(Step::Year) => NaiveDate::from_ymd_opt(from.year(), 1, 1),
        _ => None,
    };
    let from = first.map_or(from, beginning_of);
    Period::of_at_most(MAX_LOOK_BACK_DAYS + 366, from, to).ok()
}

/// Reads a plan file.
///
/// # Errors
///
/// It cannot be read, or something in it is wrong: every fault with its place as a JSON pointer.
pub fn load(path: &Path) -> anyhow::Result<Vec<Entry>> {
    let shown = path.display();
    let text = fs::read(path).with_context(|| format!("cannot read the plan {shown}"))?;
    match parse(&text) {
        Ok(entries) => Ok(entries),
        Err(faults) => {
            let lines: Vec<String> =
                faults.iter().map(|fault| format!("\n  {}: {}", fault.pointer, fault.detail)).collect();
            bail!("the plan {shown} is refused:{}", lines.concat())
        }
    }
}

/// Refuses zones that are not known or that the source has none of, at the time of the start.
///
/// # Errors
///
/// The first such zone, with its place.
pub fn check_zones(entries: &[Entry], zones: &Zones, now: DateTime<Utc>) -> anyhow::Result<()> {
    for (index, entry) in entries.iter().enumerate() {
        if let Err((zone, error)) = entry.requests(zones, now) {
            bail!("the plan is refused:\n  /entries/{index}/zones/{zone}: {error}");
        }
    }
    Ok(())
}

/// The entries of a plan, or every fault of it.
pub fn parse(text: &[u8]) -> Result<Vec<Entry>, Vec<Fault>> {
    let whole = |fault: crate::ingest::BodyFault| vec![Fault::new("", fault.code, fault.detail)];
    let mut fields = Fields::read(text, &["entries"]).map_err(whole)?;
    let items = fields.required("entries", |raw| array(raw, MAX_ENTRIES));
    let items = fields.finish(items)?;
    let (mut entries, mut faults) = (Vec::<Entry>::new(), Vec::new());
    for (index, item) in items.iter().enumerate() {
        let place = format!("/entries/{index}");
        match entry(item) {
            Ok(entry) => {
                if let Some(first) = entries.iter().position(|other| other.name == entry.name) {
                    let detail = format!("the entry /entries/{first} has this name already");
                    faults.push(Fault::new(child(&place, "name"), ProblemCode::DuplicateField, detail));
                }
                entries.push(entry);
            }
            Err(of_entry) => faults.extend(
                of_entry
                    .into_iter()
                    .map(|fault| Fault { pointer: format!("{place}{}", fault.pointer), ..fault }),
            ),
        }
    }
    if faults.is_empty() { Ok(entries) } else { Err(faults) }
}

fn entry(text: &str) -> Result<Entry, Vec<Fault>> {
    let mut fields = Fields::read(text.as_bytes(), ENTRY)
        .map_err(|fault| vec![Fault::new("", fault.code, fault.detail)])?;
    let name = fields.required("name", slug);
    let feed = fields.required("source", |raw| {
        feed::named(&string(raw)?).map_err(|error| (ProblemCode::UnknownWord, error.to_string()))
    });
    let zones = fields.required("zones", |raw| {
        array(raw, MAX_ZONES)?.iter().map(|zone| line(zone, 64)).collect::<Result<Vec<String>, ValueFault>>()
    });
    let set = fields.required("set", slug);
    let release = fields.required("release", |raw| line(raw, 100));
    let basis = fields.required("basis", |raw| word(raw, Basis::CHOICES, Basis::parse));
    let every_hours = fields.required("every_hours", |raw| whole(raw, 1..=MAX_EVERY_HOURS));
    let per_minute = fields.optional("per_minute", |raw| whole(raw, 1..=MAX_PER_MINUTE));
    let days = |raw: &str| whole(raw, 1..=MAX_LOOK_BACK_DAYS);
    let look_back_days = match feed.map(Feed::takes_period) {
        Some(true) => fields.required("look_back_days", days),
        _ => fields.optional("look_back_days", days),
    };
    if let (Some(feed), Some(_)) = (feed.filter(|feed| !feed.takes_period()), look_back_days) {
        let detail = format!("{} answers for the time that has just passed; leave it out", feed.as_str());
        fields.fault("look_back_days", ProblemCode::UnknownField, detail);
    }
    let make = || {
        let feed = feed?;
        let usual = feed.service().per_minute();
        Some(Entry {
            name: name?,
            order: Order { feed, set: set?, release: release?, basis: basis? },
            zones: zones?,
            look_back: look_back_days.map(TimeDelta::days),
            every: TimeDelta::hours(every_hours?),
            per_minute: per_minute.and_then(|rate| u32::try_from(rate).ok()).unwrap_or(usual),
        })
    };
    fields.finish(make())
}

/// The items of an array, at least one, each as its text.
fn array(raw: &str, most: usize) -> Result<Vec<String>, ValueFault> {
    let items: Vec<&RawValue> =
        serde_json::from_str(raw).map_err(|_| (ProblemCode::WrongType, "must be an array".to_owned()))?;
    if !(1..=most).contains(&items.len()) {
        return Err((ProblemCode::OutOfRange, format!("must have 1 to {most} items")));
    }
    Ok(items.into_iter().map(|item| item.get().to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"{"name": "a", "source": "ember-monthly", "zones": ["FR"], "set": "s", "release": "1",
        "basis": "lifecycle", "look_back_days": 40, "every_hours": 24}"#;

    fn faults(entries: &str) -> Vec<String> {
        let plan = format!("{{\"entries\": [{entries}]}}");
        let faults = parse(plan.as_bytes()).unwrap_err();
        faults.into_iter().map(|fault| format!("{}: {}", fault.pointer, fault.detail)).collect()
    }

    #[test]
    fn a_plan_is_read() {
        let entries = parse(format!("{{\"entries\": [{GOOD}]}}").as_bytes()).unwrap();
        assert_eq!(entries[0].look_back, Some(TimeDelta::days(40)));
        assert_eq!((entries[0].every, entries[0].per_minute), (TimeDelta::hours(24), 60));
        assert_eq!(entries[0].order.feed, Feed::EmberMonthly);
    }

    #[test]
    fn every_fault_of_a_plan_is_told_with_its_place() {
        let bad = r#"{"name": "B", "source": "watttime", "zones": [], "release": "", "basis": "marginal",
            "every_hours": 0, "token": "x"}"#;
        let told = faults(&format!("{GOOD}, {GOOD}, {bad}, 7"));
        let places: Vec<&str> = told.iter().map(|fault| fault.split(": ").next().unwrap()).collect();
        assert_eq!(
            places,
            [
                "/entries/1/name",
                "/entries/2/token",
                "/entries/2/name",
                "/entries/2/source",
                "/entries/2/zones",
                "/entries/2/set",
                "/entries/2/release",
                "/entries/2/basis",
                "/entries/2/every_hours",
                "/entries/3",
            ]
        );
        assert!(told[3].contains("marginal factors have no place"), "{}", told[3]);
        let latest = GOOD.replace("ember-monthly", "electricity-maps-latest");
        assert!(faults(&latest)[0].starts_with("/entries/0/look_back_days: electricity-maps-latest answers"));
        let without = GOOD.replace("\"look_back_days\": 40, ", "");
        assert_eq!(faults(&without), ["/entries/0/look_back_days: 'look_back_days' is required"]);
        assert!(parse(b"{").is_err() && parse(b"[]").is_err() && parse(b"{\"entries\": []}").is_err());
    }

    #[test]
    fn months_are_asked_for_whole() {
        let now = "2026-01-15T10:20:00Z".parse().unwrap();
        let from = |feed| period_before(now, TimeDelta::days(10), feed).unwrap().from().to_rfc3339();
        assert_eq!(from(Feed::Entsoe), "2026-01-05T10:00:00+00:00");
        assert_eq!(from(Feed::EmberMonthly), "2026-01-01T00:00:00+00:00");
        assert_eq!(from(Feed::EmberYearly), "2026-01-01T00:00:00+00:00");
        let midnight = "2026-01-01T00:00:00Z".parse().unwrap();
        let period = period_before(midnight, TimeDelta::days(10), Feed::EmberMonthly).unwrap();
        assert_eq!(period.hours(), 31 * 24);
    }
}
