//! `taskwatt factors fetch`, and what it shares with the scheduled job of a service: one zone of a source,
//! from its pages to stored factors.

mod client;
pub mod plan;
pub mod schedule;

pub use client::{Client, ClientError, FetchError, Limits, Token, TokenPlace, Why};

use super::progress::bar;
use crate::app::Clock;
use crate::config::{service_settings, service_variable};
use crate::db::Pool;
use crate::db::factor::Imported;
use crate::domain::factor::FactorSet;
use crate::domain::names::Slug;
use crate::domain::period::{Period, parse_end};
use crate::domain::terms::{Basis, FactorKind};
use crate::intensity::feed::{self, Feed, Service};
use crate::intensity::import::{self, ImportError, resolution_of, terms_of};
use crate::intensity::request::Request;
use crate::intensity::source::Readings;
use crate::intensity::zones::Zones;
use anyhow::{Context, bail, ensure};
use chrono::{DateTime, Utc};
use clap::Args;
use std::process::ExitCode;
use std::time::Duration;
use thiserror::Error;

/// Longest period that is fetched at once.
const MAX_DAYS: i64 = 50 * 366;

#[derive(Args, Debug)]
pub struct FetchArgs {
    /// The source: electricity-maps (any period), electricity-maps-history (the last 24 hours),
    /// electricity-maps-latest (the newest hour), ember-monthly, ember-yearly, entsoe, gb or energy-charts.
    #[arg(value_name = "SOURCE", value_parser = feed::named)]
    source: Feed,
    /// The zones, by any of their names: DE, SE-SE3, an EIC, GB-REGION-11, a region of a cloud.
    #[arg(long = "zone", value_name = "ZONE", required = true, num_args = 1..)]
    zones: Vec<String>,
    /// The beginning of the period: a date or an hour with its offset. Not for history and latest.
    #[arg(long, value_parser = parse_end, requires = "to")]
    from: Option<DateTime<Utc>>,
    /// The end of the period, which is no longer inside; it must have passed.
    #[arg(long, value_parser = parse_end, requires = "from")]
    to: Option<DateTime<Utc>>,
    /// The name of the factor set; a set has one source, release, basis and resolution.
    #[arg(long)]
    set: Slug,
    /// The edition of the source, such as v3.
    #[arg(long)]
    release: String,
    #[arg(long)]
    basis: Basis,
    /// Where the service is, if not at its usual address or at the one of TASKWATT_(service)_ADDRESS.
    #[arg(long, value_name = "URL")]
    address: Option<String>,
    /// Requests a minute.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=6_000))]
    per_minute: Option<u32>,
    /// Attempts for each page.
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=20))]
    attempts: u32,
    /// Seconds that one attempt may take.
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: u64,
}

/// What is fetched, and the set that it becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub feed: Feed,
    pub set: Slug,
    pub release: String,
    pub basis: Basis,
}

/// What became of one zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    pub imported: Imported,
    /// Intervals that the source names and has no value for.
    pub without_value: usize,
    pub pages: usize,
    /// Pages for which the source said that it has no data.
    pub pages_without_data: usize,
}

/// Why nothing of a zone was imported.
#[derive(Debug, Error)]
pub enum ZoneError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Store(#[from] ImportError),
}

impl ZoneError {
    /// Whether the next zone would fare alike.
    pub fn is_of_the_source(&self) -> bool {
        matches!(self, ZoneError::Fetch(error) if error.why.is_of_the_source())
    }
}

/// A client of the service of a feed, with the token and the address that the settings name. The address
/// given here comes first.
///
/// # Errors
///
/// The service needs a token and the settings have none; the address is none.
pub fn connect(feed: Feed, address: Option<&str>, limits: Limits) -> anyhow::Result<Client> {
    let service = feed.service();
    let settings = service_settings(service.as_str())?;
    let place = match service {
        Service::ElectricityMaps => Some(TokenPlace::Header("auth-token")),
        Service::Ember => Some(TokenPlace::Query("api_key")),
        Service::Entsoe => Some(TokenPlace::Query("securityToken")),
        Service::Gb | Service::EnergyCharts => None,
    };
    let token = match place {
        None => None,
        Some(place) => {
            let [token, file] = ["TOKEN", "TOKEN_FILE"].map(|what| service_variable(service.as_str(), what));
            let secret = settings.token.with_context(|| {
                format!("{} needs a token: set {token}, or {file} to a file that holds it", service.as_str())
            })?;
            Some(Token { secret, place })
        }
    };
    let address = address.or(settings.address.as_deref()).unwrap_or(service.address());
    Client::new(address, token, limits)
        .with_context(|| format!("the address of {} is refused", service.as_str()))
}

/// Fetches all pages of one zone and stores them in one transaction: all of them or nothing. A value that is
/// stored already makes no revision. `progress` is told the pages that are there.
///
/// # Errors
///
/// A page has no answer or cannot be read, or the values cannot be stored; then nothing of the zone is.
pub async fn fetch_zone(
    pool: &Pool,
    client: &Client,
    order: &Order,
    request: &Request,
    now: DateTime<Utc>,
    progress: &(dyn Fn(usize) + Sync),
) -> Result<Fetched, ZoneError> {
    let paths: Vec<&str> = request.pages.iter().map(|page| page.path.as_str()).collect();
    let read = |index: usize, body: &[u8]| {
        let read = request.read(&request.pages[index], body);
        progress(index + 1);
        read
    };
    let mut fetched = Fetched { pages: paths.len(), ..Fetched::default() };
    let mut all = Readings::default();
    for page in client.fetch(&paths, read).await? {
        match page {
            Some(readings) => {
                all.without_value += readings.without_value;
                all.values.extend(readings.values);
            }
            None => fetched.pages_without_data += 1,
        }
    }
    fetched.without_value = all.without_value;
    if !all.values.is_empty() {
        let set = set_of(order, &all)?;
        fetched.imported = import::store(pool, &set, all.values, now, &|_| ()).await?;
    }
    Ok(fetched)
}

fn set_of(order: &Order, readings: &Readings) -> Result<FactorSet, ImportError> {
    // Every feed has terms; a test says so.
    let terms = terms_of(order.feed.format()).ok_or(ImportError::OtherCsv)?;
    Ok(FactorSet {
        key: order.set.clone(),
        source: terms.source.to_owned(),
        licence: terms.licence.to_owned(),
        attribution: terms.attribution.to_owned(),
        release: order.release.clone(),
        kind: FactorKind::Average,
        basis: order.basis,
        perimeter: terms.perimeter,
        resolution: resolution_of(&readings.values)?,
    })
}

impl Fetched {
    /// For people.
    pub fn describe(&self) -> String {
        let Imported { written, unchanged, quarantined } = self.imported;
        let mut text = match written + unchanged + quarantined {
            0 => "the source has no value".to_owned(),
            _ => format!("{written} values written, {unchanged} unchanged"),
        };
        if self.without_value > 0 {
            text += &format!(", {} intervals without a value", self.without_value);
        }
        if self.pages_without_data > 0 {
            text += &format!(", no data in {} of {} pages", self.pages_without_data, self.pages);
        }
        if quarantined > 0 {
            text += &format!(", {quarantined} kept apart ('taskwatt factors quarantine' lists them)");
        }
        text
    }
}

/// Fetches the zones one after the other; what is finished stays, whatever becomes of the next.
pub async fn run(pool: &Pool, args: &FetchArgs, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let period = match (args.from, args.to) {
        (Some(from), Some(to)) => {
            ensure!(to <= now, "the period has not ended: --to is later than now");
            Some(Period::of_at_most(MAX_DAYS, from, to)?)
        }
        _ => None,
    };
    ensure!(!args.release.trim().is_empty(), "--release must not be empty");
    let order =
        Order { feed: args.source, set: args.set.clone(), release: args.release.clone(), basis: args.basis };
    let zones = Zones::load(pool).await?;
    let requests =
        args.zones.iter().map(|zone| Request::new(&zones, order.feed, zone, order.basis, period, now));
    let requests = requests.collect::<Result<Vec<Request>, _>>()?;
    let limits = Limits {
        per_minute: args.per_minute.unwrap_or(order.feed.service().per_minute()),
        attempts: args.attempts,
        timeout: Duration::from_secs(args.timeout),
        ..Limits::default()
    };
    let client = connect(order.feed, args.address.as_deref(), limits)?;

    let mut failed = Vec::new();
    for (index, request) in requests.iter().enumerate() {
        let pages = bar(request.pages.len() as u64, &format!("Fetching {}", request.zone), "pages");
        let progress = |done: usize| pages.set_position(done as u64);
        let fetched = fetch_zone(pool, &client, &order, request, Clock::System.now(), &progress).await;
        pages.finish_and_clear();
        match fetched {
            Ok(fetched) => println!("{}: {}", request.zone, fetched.describe()),
            Err(error) => {
                let is_of_the_source = error.is_of_the_source();
                let text = schedule::shown(&client, error);
                eprintln!("{}: {text}; nothing of it is imported", request.zone);
                failed.push(request.zone.as_str());
                if is_of_the_source {
                    failed.extend(requests[index + 1..].iter().map(|request| request.zone.as_str()));
                    break;
                }
            }
        }
    }
    if !failed.is_empty() {
        bail!(
            "not fetched: {}; what is finished is stored, and the command can be run again",
            failed.join(", ")
        );
    }
    Ok(ExitCode::SUCCESS)
}
