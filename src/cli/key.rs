//! `taskwatt key …`.

use super::provider_of;
use crate::db::Pool;
use crate::db::key::{self, KeyLine, Named, NewKey, Rotated};
use crate::domain::ids::ProviderId;
use crate::domain::key::{DEFAULT_REQUESTS_PER_MINUTE, KeyLimits};
use crate::domain::names::Slug;
use crate::domain::terms::Scope;
use anyhow::{Context, anyhow, bail, ensure};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use clap::{Args, Subcommand};
use sha2::{Digest, Sha256};
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a key for one provider. It is printed once and kept only as a digest.
    Create(KeyCreate),
    /// List the keys of a provider, without what is secret of them.
    List(KeyList),
    /// Make a key that takes the place of another, which expires after an overlap.
    Rotate(KeyRotate),
    /// Revoke a key; within a second every request with it is refused.
    Revoke(KeyRevoke),
}

#[derive(Args, Debug)]
pub struct KeyCreate {
    #[arg(long)]
    provider: Slug,
    /// What the key is for, so that a person can tell keys apart.
    #[arg(long, default_value = "unnamed")]
    label: String,
    /// What the key may do: records:write, read, registry:write, disclosures:write. May be given several
    /// times.
    #[arg(long = "scope", default_values = ["records:write"])]
    scopes: Vec<Scope>,
    /// How long it is taken, such as 90d or 12h [default: until it is revoked].
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    expires_in: Option<Duration>,
    /// Most requests in a minute.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_REQUESTS_PER_MINUTE,
        value_parser = clap::value_parser!(i32).range(1..))]
    requests_per_minute: i32,
    /// Most records in a UTC day [default: no limit].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    records_per_day: Option<i64>,
}

#[derive(Args, Debug)]
pub struct KeyList {
    #[arg(long)]
    provider: Slug,
}

#[derive(Args, Debug)]
pub struct KeyRotate {
    /// The key, or its first 12 characters.
    key: String,
    /// How long both keys are taken, such as 24h; 0s ends the earlier one at once.
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = humantime::parse_duration)]
    overlap: Duration,
}

#[derive(Args, Debug)]
pub struct KeyRevoke {
    #[arg(long)]
    provider: Slug,
    /// The key, or its first 12 characters.
    key: String,
}

pub async fn run(pool: &Pool, command: KeyCommand, now: DateTime<Utc>) -> anyhow::Result<()> {
    match command {
        KeyCommand::Create(create) => {
            let provider = provider_of(pool, &create.provider).await?;
            let terms = KeyTerms {
                expires_at: create.expires_in.map(|life| later(now, life)).transpose()?,
                limits: KeyLimits {
                    requests_per_minute: create.requests_per_minute,
                    records_per_day: create.records_per_day,
                },
            };
            let key = make_with(pool, provider.id, &create.label, &create.scopes, terms, now).await?;
            eprintln!("This key is shown once; keep it safe. It belongs to provider '{}'.", provider.key);
            println!("{key}");
        }
        KeyCommand::List(list) => {
            let provider = provider_of(pool, &list.provider).await?;
            print_list(&key::list(pool, provider.id).await?);
        }
        KeyCommand::Rotate(rotate) => {
            let sha256 = digest_of(&rotate.key);
            let (secret, new_sha256) = random_key()?;
            let overlap = later(now, rotate.overlap)? - now;
            let named = named(&rotate.key, &sha256);
            let start = &secret[..KEY_START];
            match key::rotate(pool, named, &new_sha256, start, overlap, now).await? {
                Rotated::Done { earlier_expires_at } => {
                    eprintln!(
                        "This key is shown once; keep it safe. The earlier one is taken until {}.",
                        instant(earlier_expires_at)
                    );
                    println!("{secret}");
                }
                Rotated::NotFound => {
                    bail!("there is no such key, or it was revoked, replaced or has expired already")
                }
                Rotated::Ambiguous => bail!("several keys begin so; give the whole key"),
            }
        }
        KeyCommand::Revoke(revoke) => {
            let provider = provider_of(pool, &revoke.provider).await?;
            let sha256 = digest_of(&revoke.key);
            let revoked = key::revoke(pool, provider.id, named(&revoke.key, &sha256), now).await?;
            ensure!(revoked > 0, "provider '{}' has no such key, or it is revoked already", provider.key);
            println!("revoked");
        }
    }
    Ok(())
}

fn later(now: DateTime<Utc>, duration: Duration) -> anyhow::Result<DateTime<Utc>> {
    let delta = TimeDelta::from_std(duration).ok();
    delta.and_then(|delta| now.checked_add_signed(delta)).context("the duration is too long")
}

fn instant(instant: DateTime<Utc>) -> String {
    instant.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn digest_of(key: &str) -> [u8; 32] {
    Sha256::digest(key).into()
}

fn named<'a>(key: &'a str, sha256: &'a [u8; 32]) -> Named<'a> {
    if key.len() == KEY_START { Named::Start(key) } else { Named::Sha256(sha256) }
}

fn print_list(keys: &[KeyLine]) {
    let never = |time: Option<DateTime<Utc>>| time.map_or_else(|| "-".to_owned(), instant);
    println!("start\tlabel\tscopes\tcreated\texpires\tlast used\trevoked");
    for key in keys {
        let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
        println!(
            "{}\t{}\t{}\t{}\t{}\t{}\t{}",
            key.start,
            // A label is a person's text: what is no plain character must not steer a terminal.
            key.label.escape_debug(),
            scopes.join(","),
            instant(key.created_at),
            never(key.expires_at),
            never(key.last_used_at),
            never(key.revoked_at),
        );
    }
}

/// Characters of a key that are kept readable.
const KEY_START: usize = 12;

/// Until when a key is taken, and how much it may send.
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyTerms {
    pub expires_at: Option<DateTime<Utc>>,
    pub limits: KeyLimits,
}

/// Makes and stores a key that never expires, with the limits of every key.
pub async fn make(
    pool: &Pool,
    provider: ProviderId,
    label: &str,
    scopes: &[Scope],
    now: DateTime<Utc>,
) -> anyhow::Result<String> {
    make_with(pool, provider, label, scopes, KeyTerms::default(), now).await
}

/// Makes and stores a key.
pub async fn make_with(
    pool: &Pool,
    provider: ProviderId,
    label: &str,
    scopes: &[Scope],
    terms: KeyTerms,
    now: DateTime<Utc>,
) -> anyhow::Result<String> {
    let (secret, sha256) = random_key()?;
    let mut scopes = scopes.to_vec();
    scopes.sort();
    scopes.dedup();
    let new = NewKey {
        provider,
        sha256: &sha256,
        start: &secret[..KEY_START],
        label,
        scopes: &scopes,
        expires_at: terms.expires_at,
        limits: terms.limits,
    };
    key::insert(pool, new, now).await?;
    Ok(secret)
}

/// A key (`twk_` and 256 random bits) and its digest.
fn random_key() -> anyhow::Result<(String, [u8; 32])> {
    let mut random = [0u8; 32];
    getrandom::fill(&mut random).map_err(|error| anyhow!("no random numbers: {error}"))?;
    let secret = format!("twk_{}", hex::encode(random));
    let sha256 = digest_of(&secret);
    Ok((secret, sha256))
}
