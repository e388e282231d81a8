//! `taskwatt demo`: the whole job on example data, through the service's own HTTP API.
//!
//! It keeps a database of its own, apart from real data. What was loaded is recognised, so that a
//! second start serves at once and an interrupted one goes on where it was.

mod client;
mod fiction;
mod plan;
mod trace;

use crate::app::{App, Clock, Database};
use crate::config::{DatabaseArgs, ServeArgs};
use crate::db::disclosure::{Listing, State};
use crate::db::private_postgres::default_data_dir;
use crate::db::{self, Pool};
use crate::http::{Listening, Signals};
use crate::jobs;
use crate::publish::room;
use anyhow::{Context, bail};
use clap::Args;
use client::Client;
use plan::DemoProvider;
use std::process::ExitCode;
use std::sync::Arc;

#[derive(Args, Debug)]
pub struct DemoArgs {
    #[command(flatten)]
    serve: ServeArgs,
}

pub async fn run(database: &DatabaseArgs, args: &DemoArgs) -> anyhow::Result<ExitCode> {
    let bind = args.serve.bind;
    let listening = Listening::on(bind).with_context(|| {
        format!("cannot listen on {bind}; choose another port: scripts/demo --bind 127.0.0.1:8081")
    })?;
    let household = args.serve.household.household()?.map(Arc::new);
    println!("Starting the database…");
    let database = Database::open(&own_data_dir(database)?.config()?, Clock::System).await?;
    if let Some(other) = other_provider(&database.pool).await? {
        database.close().await?;
        bail!(
            "this database holds the provider '{other}', which is not of the demonstration; fictitious data \
             must not get in among real data, so choose a directory of its own with --data-dir and leave \
             DATABASE_URL unset"
        );
    }
    let public_url = args.serve.public_url()?;
    room::remove_abandoned();
    let renderer = args.serve.renderer();
    let app =
        App { household, renderer, ..App::new(database.pool.clone(), Clock::System, public_url.as_str()) };
    let maintenance = tokio::spawn(app.clone().maintain());
    let working = tokio::spawn(jobs::run(app.clone()));
    let address = format!("http://{}", listening.address);
    let server = listening.serve(app.clone(), Signals::Handled)?;
    println!("Serving on {address}/");
    let loading = async {
        load(&database.pool, &address).await?;
        print_addresses(&database.pool, &address).await?;
        // The server ends the command, not the loading.
        std::future::pending::<anyhow::Result<()>>().await
    };
    let outcome = tokio::select! {
        served = server => served.map_err(anyhow::Error::from),
        failed = loading => failed,
    };
    maintenance.abort();
    working.abort();
    // It ends with an error, because it was told to.
    drop(working.await);
    jobs::release(&app).await;
    drop(app);
    database.close().await?;
    outcome?;
    println!("Stopped. The demonstration's data stays for the next start.");
    Ok(ExitCode::SUCCESS)
}

/// A provider that the demonstration did not make.
async fn other_provider(pool: &Pool) -> anyhow::Result<Option<String>> {
    let own = plan::providers();
    let keys = db::registry::provider_keys(pool).await?;
    Ok(keys.into_iter().find(|key| own.iter().all(|provider| provider.key != key)))
}

/// Without a directory or a database named, the demonstration keeps beside the default one.
fn own_data_dir(database: &DatabaseArgs) -> anyhow::Result<DatabaseArgs> {
    if database.database_url.is_some() || database.data_dir.is_some() {
        return Ok(database.clone());
    }
    let data_dir = default_data_dir()?.with_file_name("taskwatt-demo");
    Ok(DatabaseArgs { database_url: None, data_dir: Some(data_dir) })
}

/// Loads and publishes what is not published yet.
async fn load(pool: &Pool, address: &str) -> anyhow::Result<()> {
    for provider in plan::providers() {
        let open = unpublished(pool, &provider).await?;
        if open.is_empty() {
            continue;
        }
        println!("\n{}", provider.name);
        let key = plan::register(pool, &provider).await?;
        let client = Client::new(address, key)?;
        for disclosure in &open {
            let records = (disclosure.records)()?;
            client.post_records(disclosure.service, &records).await?;
            let published = client.publish(disclosure).await?;
            println!("  published {published}");
        }
    }
    Ok(())
}

async fn unpublished(pool: &Pool, provider: &DemoProvider) -> anyhow::Result<Vec<plan::DemoDisclosure>> {
    let published = match db::registry::find_provider(pool, &provider.key.parse()?).await? {
        Some(found) => db::disclosure::list(pool, Listing::Provider(found.id)).await?,
        None => Vec::new(),
    };
    let is_open = |disclosure: &plan::DemoDisclosure| {
        !published.iter().any(|line| line.state == State::Published && line.service_key == disclosure.service)
    };
    Ok(provider.disclosures.iter().filter(|disclosure| is_open(disclosure)).copied().collect())
}

async fn print_addresses(pool: &Pool, address: &str) -> anyhow::Result<()> {
    println!("\nPublished disclosures:");
    for line in db::disclosure::list(pool, Listing::Register { limit: 100 }).await? {
        let reference = line.reference;
        let page = format!("{address}/disclosures/{}/v{}", reference.number, reference.version);
        println!("  {page}  {} ({})", line.service_name, line.provider_name);
    }
    println!("\nRegister: {address}/\nStop with Ctrl-C.");
    Ok(())
}
