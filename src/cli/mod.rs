//! The command line: one file a group of commands. Each calls the same functions as HTTP does.

pub mod budget;
mod check;
mod contract;
mod demo;
mod disclosure;
mod equivalent;
mod factors;
pub mod fetch;
mod findings;
mod healthcheck;
pub mod http_client;
mod import;
pub mod key;
mod model;
mod pack;
mod progress;
mod record_file;
mod registry;
mod render;
mod send;
mod serve;
mod service;
mod site;
mod training;
mod water_factor;

use crate::app::{Clock, Database};
use crate::config::DatabaseArgs;
use crate::db::registry::find_provider;
use crate::domain::names::Slug;
use crate::domain::registry::Provider;
use anyhow::Context;
use clap::{Parser, Subcommand};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// Turns per-task energy records of AI services into published disclosures that anyone can check.
#[derive(Debug, Parser)]
#[command(version, about)]
pub struct Cli {
    #[command(flatten)]
    database: DatabaseArgs,
    /// What is logged, such as taskwatt=debug,warn [default: requests for 'serve', else warnings].
    #[arg(long, env = "RUST_LOG", global = true, value_name = "FILTER")]
    log: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service: the API and the public pages.
    Serve(crate::config::ServeArgs),
    /// Show the whole job on example data: fill a database of its own through the API, and serve it.
    Demo(demo::DemoArgs),
    /// Providers.
    #[command(subcommand)]
    Provider(registry::ProviderCommand),
    /// Services of a provider.
    #[command(subcommand)]
    Service(service::ServiceCommand),
    /// Sites of a provider, and what is declared of them.
    #[command(subcommand)]
    Site(site::SiteCommand),
    /// Models of a provider.
    #[command(subcommand)]
    Model(model::ModelCommand),
    /// Water that the power plants of a zone use, for the indirect water of disclosures.
    #[command(subcommand)]
    WaterFactor(water_factor::WaterFactorCommand),
    /// Contracts for electricity: guarantees of origin and power purchase agreements.
    #[command(subcommand)]
    Contract(contract::ContractCommand),
    /// Budgets of energy or carbon, and what became of them.
    #[command(subcommand)]
    Budget(budget::BudgetCommand),
    /// API keys.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Import records or grid factors from a file.
    #[command(subcommand)]
    Import(import::ImportCommand),
    /// Grid factors: fetching them from their sources, and those that are kept apart.
    #[command(subcommand)]
    Factors(factors::FactorsCommand),
    /// Say what is odd about the data of a period; fails where something must be clear before publishing.
    Findings(findings::FindingsArgs),
    /// Build and publish disclosures, and see which published ones would differ today.
    #[command(subcommand)]
    Disclosure(disclosure::DisclosureCommand),
    /// Make every file of a disclosure from its document: the same bytes as were published.
    Render(render::RenderArgs),
    /// Authority packs: what Annex XI of the AI Act asks of models, for authorities alone.
    #[command(subcommand)]
    Pack(pack::PackCommand),
    /// Say what an amount of energy is as much as: how long an appliance runs on it, how many households use it.
    Equivalent(equivalent::EquivalentArgs),
    /// The database.
    #[command(subcommand)]
    Db(check::DbCommand),
    /// The totals.
    #[command(subcommand)]
    Totals(check::TotalsCommand),
    Send(send::SendArgs),
    /// Ask a running service whether it is ready; for containers.
    Healthcheck(healthcheck::HealthcheckArgs),
}

impl Cli {
    /// What is logged. By default a service logs every request; a command, and the demonstration with
    /// its own story to tell, only what goes wrong.
    pub fn log_filter(&self) -> &str {
        match (&self.log, &self.command) {
            (Some(filter), _) => filter,
            (None, Command::Serve(_)) => "taskwatt=info,warn",
            (None, _) => "warn",
        }
    }
}

/// Exit status of a command that a person or the system ended.
const INTERRUPTED: u8 = 130;

/// Runs one command; every error is told in plain words, with its causes.
pub async fn run(cli: Cli) -> ExitCode {
    match dispatch(cli).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(cli: Cli) -> anyhow::Result<ExitCode> {
    match cli.command {
        // These two handle signals themselves: they finish the requests that are running.
        Command::Serve(args) => serve::run(&cli.database, &args).await,
        Command::Demo(args) => demo::run(&cli.database, &args).await,
        // These need no database.
        Command::Send(args) => send::run(&args).await,
        Command::Healthcheck(args) => healthcheck::run(&args).await,
        Command::Equivalent(args) => equivalent::run(&args),
        Command::Render(args) => render::run(&args),
        command => {
            let database = Database::open(&cli.database.config()?, Clock::System).await?;
            // Every step of a command is one transaction, so it can be dropped at any point.
            let outcome = tokio::select! {
                outcome = run_command(command, &database) => outcome,
                () = interrupted() => {
                    eprintln!("interrupted; what was finished is stored, and the command can be run again");
                    Ok(ExitCode::from(INTERRUPTED))
                }
            };
            database.close().await?;
            outcome
        }
    }
}

async fn run_command(command: Command, database: &Database) -> anyhow::Result<ExitCode> {
    let (pool, now) = (&database.pool, Clock::System.now());
    match command {
        Command::Provider(command) => registry::provider(pool, command, now).await?,
        Command::Service(command) => service::run(pool, command, now).await?,
        Command::Site(command) => site::run(pool, command, now).await?,
        Command::Model(command) => model::run(pool, command, now).await?,
        Command::WaterFactor(command) => water_factor::run(pool, command, now).await?,
        Command::Contract(command) => contract::run(pool, command, now).await?,
        Command::Budget(command) => budget::run(pool, command, now).await?,
        Command::Key(command) => key::run(pool, command, now).await?,
        Command::Import(command) => return import::run(pool, command).await,
        Command::Factors(command) => return factors::run(pool, command, now).await,
        Command::Findings(args) => return findings::run(pool, &args, now).await,
        Command::Disclosure(command) => disclosure::run(pool, command, now).await?,
        Command::Pack(command) => pack::run(pool, command, now).await?,
        Command::Db(check::DbCommand::Migrate) => check::migrate(pool).await?,
        Command::Totals(check::TotalsCommand::Check) => return check::totals(pool).await,
        Command::Serve(_)
        | Command::Demo(_)
        | Command::Send(_)
        | Command::Healthcheck(_)
        | Command::Render(_)
        | Command::Equivalent(_) => unreachable!("dispatched before"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Waits for SIGINT or SIGTERM.
async fn interrupted() {
    let mut terminate = match signal(SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(_) => return std::future::pending().await,
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// The provider of this key, or a plain sentence that says how to add it.
async fn provider_of(pool: &crate::db::Pool, key: &Slug) -> anyhow::Result<Provider> {
    find_provider(pool, key)
        .await?
        .with_context(|| format!("there is no provider '{key}'; add it with 'taskwatt provider add {key} …'"))
}

#[cfg(test)]
mod tests {
    use super::Cli;
    use clap::CommandFactory;

    #[test]
    fn every_command_and_argument_fits_together() {
        Cli::command().debug_assert();
    }
}
