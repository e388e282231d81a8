//! `taskwatt findings`: what is odd about the data of a provider, before anybody builds a disclosure.

use super::provider_of;
use crate::db::{Pool, registry};
use crate::disclosure::findings::{Look, look};
use crate::domain::finding::{Finding, FindingKind, Severity};
use crate::domain::names::Slug;
use crate::domain::period::Period;
use anyhow::Context;
use chrono::{DateTime, Utc};
use clap::Args;
use std::process::ExitCode;

#[derive(Args, Debug)]
pub struct FindingsArgs {
    #[arg(long)]
    provider: Slug,
    /// Look at one service; what is known of batches alone is found for all.
    #[arg(long)]
    service: Option<Slug>,
    /// The period's beginning (UTC): a date, or an instant on the hour.
    #[arg(long)]
    from: String,
    /// The first instant that is no longer inside.
    #[arg(long)]
    to: String,
}

/// Prints every finding; fails where one of them blocks.
pub async fn run(pool: &Pool, args: &FindingsArgs, now: DateTime<Utc>) -> anyhow::Result<ExitCode> {
    let provider = provider_of(pool, &args.provider).await?.id;
    let service = match &args.service {
        None => None,
        Some(key) => {
            let service = registry::find_service(pool, provider, key).await?;
            Some(service.with_context(|| format!("there is no service '{key}'"))?.id)
        }
    };
    let period = Period::parse(&args.from, &args.to)?;
    let found =
        look(pool, &Look { provider, service, kinds: FindingKind::ALL.to_vec(), period }, now).await?;
    for finding in &found {
        print(finding);
    }
    let blocking = found.iter().filter(|finding| finding.kind.severity() == Severity::Blocks).count();
    println!("{} finding(s), of which {blocking} block(s)", found.len());
    Ok(if blocking == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(finding: &Finding) {
    let Finding { kind, scope, from, to, what, examples, .. } = finding;
    let names = [
        scope.service.as_ref().map(|name| format!(", service {name}")),
        scope.model.as_ref().map(|name| format!(", model {name}")),
        scope.site.as_ref().map(|name| format!(", site {name}")),
        scope.task_type.map(|task_type| format!(", {}", task_type.as_str())),
    ];
    let names: String = names.into_iter().flatten().collect();
    let time = |at: &DateTime<Utc>| at.format("%Y-%m-%d %H:%M");
    println!("{} {}, {} to {} UTC{names}", kind.severity().as_str(), kind.as_str(), time(from), time(to));
    println!("  {what}");
    for key in examples {
        let (first, last) = (time(&key.first_started_at), time(&key.last_started_at));
        println!("    {} in {} records, {first} to {last}", key.record_key, key.records);
    }
    println!("  {}", kind.what_to_do());
}
