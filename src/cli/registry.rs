//! `taskwatt provider …`, and what the commands of services, models and sites share.

use crate::db::declared::Told;
use crate::db::registry::{self, NewProvider};
use crate::db::{DbError, Pool};
use crate::domain::names::Slug;
use crate::domain::period::Days;
use crate::domain::registry::ProviderKind;
use crate::intensity::zones::Zones;
use anyhow::{Context, bail};
use chrono::{DateTime, NaiveDate, Utc};
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum ProviderCommand {
    /// Add a provider.
    Add(ProviderAdd),
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
    let ProviderCommand::Add(add) = command;
    let new = NewProvider {
        key: &add.key,
        legal_name: &add.name,
        contact: add.contact.as_deref(),
        public_note: add.note.as_deref(),
        kind: add.kind,
    };
    added(registry::insert_provider(pool, new, now).await, "provider", &add.key)?;
    Ok(())
}

/// The key of the zone that is meant; refused with what is near where there is none.
pub async fn zone_of(pool: &Pool, zone: &str, at: DateTime<Utc>) -> anyhow::Result<String> {
    Ok(Zones::load(pool).await?.resolve(zone, at)?)
}
