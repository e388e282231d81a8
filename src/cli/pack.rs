//! `taskwatt pack …`: authority packs by Annex XI of the AI Act.

use super::provider_of;
use crate::db::{Pool, authority_pack as table};
use crate::domain::disclosure::Reference;
use crate::domain::names::{Name, Slug};
use crate::publish::pack::{PackState, build};
use crate::publish::worker::Renderer;
use crate::render::pack::{PackFormat, download_name};
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
            let built = build(pool, &Renderer::new(1), &provider, &args.models, now).await?;
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
    let reference = Reference { number, version };
    let mut written = 0;
    for format in PackFormat::ALL {
        let found = table::file(pool, provider.id, reference, format.as_str()).await?;
        // A pack of an earlier version of the program lacks what came later; 'taskwatt render' makes it from the JSON.
        let Some(found) = found else { continue };
        let path = dir.join(download_name(reference, format.as_str()));
        std::fs::write(&path, found.bytes)
            .with_context(|| format!("{} cannot be written", path.display()))?;
        println!("{}", path.display());
        written += 1;
    }
    if written == 0 {
        bail!("there is no authority pack {number}, version {version}");
    }
    Ok(())
}
