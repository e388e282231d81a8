//! `taskwatt key …`.

use super::provider_of;
use crate::db::Pool;
use crate::db::key::{self, Named, NewKey};
use crate::domain::ids::ProviderId;
use crate::domain::names::Slug;
use crate::domain::terms::Scope;
use anyhow::{anyhow, ensure};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use sha2::{Digest, Sha256};

#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a key for one provider. It is printed once and kept only as a digest.
    Create(KeyCreate),
    /// Revoke a key; the next request with it is refused.
    Revoke(KeyRevoke),
}

#[derive(Args, Debug)]
pub struct KeyCreate {
    #[arg(long)]
    provider: Slug,
    /// What the key is for, so that a person can tell keys apart.
    #[arg(long, default_value = "unnamed")]
    label: String,
    /// What the key may do: records:write, disclosures:write. May be given several times.
    #[arg(long = "scope", default_values = ["records:write"])]
    scopes: Vec<Scope>,
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
            let key = make(pool, provider.id, &create.label, &create.scopes, now).await?;
            eprintln!("This key is shown once; keep it safe. It belongs to provider '{}'.", provider.key);
            println!("{key}");
        }
        KeyCommand::Revoke(revoke) => {
            let provider = provider_of(pool, &revoke.provider).await?;
            let sha256: [u8; 32] = Sha256::digest(&revoke.key).into();
            let named = if revoke.key.len() == KEY_START {
                Named::Start(&revoke.key)
            } else {
                Named::Sha256(&sha256)
            };
            let revoked = key::revoke(pool, provider.id, named, now).await?;
            ensure!(revoked > 0, "provider '{}' has no such key, or it is revoked already", provider.key);
            println!("revoked");
        }
    }
    Ok(())
}

/// Characters of a key that are kept readable.
const KEY_START: usize = 12;

/// Makes and stores a key: `twk_` and 256 random bits.
pub async fn make(
    pool: &Pool,
    provider: ProviderId,
    label: &str,
    scopes: &[Scope],
    now: DateTime<Utc>,
) -> anyhow::Result<String> {
    let mut random = [0u8; 32];
    getrandom::fill(&mut random).map_err(|error| anyhow!("no random numbers: {error}"))?;
    let key = format!("twk_{}", hex::encode(random));
    let sha256: [u8; 32] = Sha256::digest(&key).into();
    let mut scopes = scopes.to_vec();
    scopes.sort();
    scopes.dedup();
    let new = NewKey { provider, sha256: &sha256, start: &key[..KEY_START], label, scopes: &scopes };
    key::insert(pool, new, now).await?;
    Ok(key)
}
