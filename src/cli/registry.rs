//! `taskwatt provider …`, and what the commands of services, models and sites share.

use crate::db::declared::Told;
use crate::db::registry::{self, NewProvider};
use crate::db::{DbError, Pool};
use crate::domain::lei::Lei;
use crate::domain::names::Slug;
use crate::domain::period::Days;
use crate::domain::registry::{MAX_NAME_CHARS, ProviderKind, ProviderRole};
use crate::intensity::zones::Zones;
use anyhow::{Context, bail};
use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub enum ProviderCommand {
    /// Add a provider.
    Add(ProviderAdd),
    /// Change what is registered of a provider; what is published keeps what it says.
    Set(ProviderSet),
}

#[derive(Args, Debug)]
pub struct ProviderAdd {
    /// Its name in addresses and keys: a-z, 0-9 and -.
    key: Slug,
    /// Its legal name.
    #[arg(long)]
    name: String,
    /// How the public reaches it about its figures.
    #[arg(long)]
    contact: Option<String>,
    /// A plain sentence shown on every page of this provider.
    #[arg(long)]
    note: Option<String>,
    /// Whose figures they are: operator, public_data or fictitious. All but the first are said to be so
    /// on every page.
    #[arg(long, default_value = "operator")]
    kind: ProviderKind,
    /// Its Legal Entity Identifier (ISO 17442): 20 letters and digits.
    #[arg(long, value_parser = Lei::parse)]
    lei: Option<Lei>,
    /// What it is to the models behind its services: provider, modifier or deployer.
    #[arg(long)]
    role: Option<ProviderRole>,
}

#[derive(Args, Debug)]
pub struct ProviderSet {
    /// The provider.
    key: Slug,
    /// Its legal name.
    #[arg(long)]
    name: Option<String>,
    /// How the public reaches it about its figures.
    #[arg(long)]
    contact: Option<String>,
    /// A plain sentence shown on every page of this provider.
    #[arg(long)]
    note: Option<String>,
    /// Its Legal Entity Identifier (ISO 17442): 20 letters and digits.
    #[arg(long, value_parser = Lei::parse)]
    lei: Option<Lei>,
    /// What it is to the models behind its services: provider, modifier or deployer.
    #[arg(long)]
    role: Option<ProviderRole>,
    /// Take something away that was registered.
    #[arg(long, value_enum, value_name = "WHAT")]
    clear: Vec<Clearable>,
}

/// What a provider may be without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Clearable {
    Contact,
    Note,
    Lei,
    Role,
}

/// Tells "it is there already" from other errors.
pub(super) fn added<T>(
    result: Result<T, DbError>,
    what: &str,
    key: &dyn std::fmt::Display,
) -> anyhow::Result<T> {
    match result {
        Ok(done) => {
            println!("{what} '{key}' added");
            Ok(done)
        }
        Err(DbError::Taken { .. }) => bail!("{what} '{key}' is there already"),
        Err(DbError::Refused(_)) => bail!("{what} '{key}': a text is empty or too long"),
        Err(error) => Err(error.into()),
    }
}

/// Says what became of a declaration.
pub(super) fn said(told: Result<Told, DbError>, what: &str) -> anyhow::Result<()> {
    match told {
        Ok(told) if told.is_new => println!("{what} declared"),
        Ok(_) => println!("{what} was declared so already; nothing changed"),
        Err(DbError::Refused(_)) => bail!("{what}: a text is empty or too long"),
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// A text of one line, as the API takes it: one that may stand in a terminal and on a page.
pub(super) fn line(argument: &str, text: String, most: usize) -> anyhow::Result<String> {
    checked(argument, text, most, char::is_control)
}

/// The same that may have several lines.
pub(super) fn prose(argument: &str, text: String, most: usize) -> anyhow::Result<String> {
    checked(argument, text, most, |character| character.is_control() && character != '\n')
}

fn checked(
    argument: &str,
    text: String,
    most: usize,
    is_refused: fn(char) -> bool,
) -> anyhow::Result<String> {
    if text.trim().is_empty() || text.chars().count() > most || text.contains(is_refused) {
        bail!("{argument} must be a text of 1 to {most} characters without control characters");
    }
    Ok(text)
}

/// The days from `--from` to `--to`.
pub(super) fn days(from: NaiveDate, to: NaiveDate) -> anyhow::Result<Days> {
    Days::new(from, to)
        .context("the end must be later than the beginning: --to is the first day that is no longer inside")
}

pub async fn provider(pool: &Pool, command: ProviderCommand, now: DateTime<Utc>) -> anyhow::Result<()> {
    let add = match command {
        ProviderCommand::Add(add) => add,
        ProviderCommand::Set(set) => return set_provider(pool, set).await,
    };
    let new = NewProvider {
        key: &add.key,
        legal_name: &add.name,
        contact: add.contact.as_deref(),
        public_note: add.note.as_deref(),
        kind: add.kind,
        lei: add.lei.as_ref(),
        role: add.role,
    };
    added(registry::insert_provider(pool, new, now).await, "provider", &add.key)?;
    Ok(())
}

/// Most characters of a provider's public note.
const MAX_PUBLIC_NOTE_CHARS: usize = 1000;

async fn set_provider(pool: &Pool, set: ProviderSet) -> anyhow::Result<()> {
    let mut provider = super::provider_of(pool, &set.key).await?;
    for what in &set.clear {
        let (is_set, flag) = match what {
            Clearable::Contact => (set.contact.is_some(), "--contact"),
            Clearable::Note => (set.note.is_some(), "--note"),
            Clearable::Lei => (set.lei.is_some(), "--lei"),
            Clearable::Role => (set.role.is_some(), "--role"),
        };
        if is_set {
            bail!("{flag} is given and cleared at the same time");
        }
        match what {
            Clearable::Contact => provider.contact = None,
            Clearable::Note => provider.public_note = None,
            Clearable::Lei => provider.lei = None,
            Clearable::Role => provider.role = None,
        }
    }
    if let Some(name) = set.name {
        provider.legal_name = line("--name", name, MAX_NAME_CHARS)?;
    }
    if let Some(contact) = set.contact {
        provider.contact = Some(line("--contact", contact, MAX_NAME_CHARS)?);
    }
    if let Some(note) = set.note {
        provider.public_note = Some(line("--note", note, MAX_PUBLIC_NOTE_CHARS)?);
    }
    provider.lei = set.lei.or(provider.lei);
    provider.role = set.role.or(provider.role);
    registry::update_provider(pool, &provider).await?;
    println!("provider '{}' changed; build and publish the next version of a disclosure to say so", set.key);
    Ok(())
}

/// The key of the zone that is meant; refused with what is near where there is none.
pub async fn zone_of(pool: &Pool, zone: &str, at: DateTime<Utc>) -> anyhow::Result<String> {
    Ok(Zones::load(pool).await?.resolve(zone, at)?)
}
