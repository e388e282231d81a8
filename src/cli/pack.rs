//! `taskwatt pack …`: authority packs by Annex XI of the AI Act.

use super::provider_of;
use crate::db::{Pool, authority_pack as table};
use crate::disclosure::authority_pack::{PackState, build};
use crate::domain::disclosure::Reference;
use crate::domain::names::{Name, Slug};
use crate::render::pack::PackFormat;
use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum PackCommand {
    /// Build a pack from what is declared of training and compute, and freeze it; nothing of it is public.
    Build(PackBuild),
    /// List the packs of a provider, the latest first.
    List(PackList),
    /// Write the files of a pack.
    Write(PackWrite),
}

#[derive(Args, Debug)]
pub struct PackBuild {
    #[arg(long)]
    provider: Slug,
    /// A model that it is about; may be given several times.
    #[arg(long = "model", required = true)]
    models: Vec<Name>,
}

#[derive(Args, Debug)]
pub struct PackList {
    #[arg(long)]
    provider: Slug,
}

#[derive(Args, Debug)]
pub struct PackWrite {
    #[arg(long)]
    provider: Slug,
    /// The number that 'pack build' printed.
    number: i32,
    /// The version that 'pack build' printed.
    version: i32,
    /// The directory to write to.
    #[arg(long, default_value = ".")]
    dir: PathBuf,
}

pub async fn run(pool: &Pool, command: PackCommand, now: DateTime<Utc>) -> anyhow::Result<()> {
    match command {
        PackCommand::Build(args) => {
            let provider = provider_of(pool, &args.provider).await?;
            let built = build(pool, &provider, &args.models, now).await?;
            let Reference { number, version } = built.pack.reference;
            match built.state {
                PackState::New => println!("authority pack {number}, version {version}"),
                PackState::Unchanged => {
                    println!("authority pack {number}, version {version}: nothing was told since, it stands");
                }
            }
            println!("SHA-256 {}", hex::encode(built.document_sha256));
            let provider = &args.provider;
            println!("write its files with 'taskwatt pack write --provider {provider} {number} {version}'");
        }
        PackCommand::List(args) => {
            let provider = provider_of(pool, &args.provider).await?;
            for line in table::list(pool, provider.id, i64::MAX).await? {
                let Reference { number, version } = line.reference;
                let built_on = line.built_at.format("%Y-%m-%d");
                println!("{number} version {version}, built on {built_on}: {}", line.models.join(", "));
            }
        }
        PackCommand::Write(args) => write(pool, args).await?,
    }
    Ok(())
}

async fn write(pool: &Pool, args: PackWrite) -> anyhow::Result<()> {
    let provider = provider_of(pool, &args.provider).await?;
    let PackWrite { number, version, dir, .. } = args;
    for format in PackFormat::ALL {
        let found = table::file(pool, provider.id, Reference { number, version }, format.as_str()).await?;
        let Some(found) = found else { bail!("there is no authority pack {number}, version {version}") };
        let path = dir.join(format!("taskwatt-authority-pack-{number}-v{version}.{}", format.as_str()));
        std::fs::write(&path, found.bytes)
            .with_context(|| format!("{} cannot be written", path.display()))?;
        println!("{}", path.display());
    }
    Ok(())
}
