//! `taskwatt serve`.

use super::budget::{self, alerts};
use super::fetch::schedule::Schedule;
use crate::app::{App, Clock, Database};
use crate::config::{DatabaseArgs, ServeArgs};
use crate::http::{Listening, Signals};
use crate::jobs;
use crate::publish::room;
use anyhow::Context;
use std::process::ExitCode;
use std::sync::Arc;

pub async fn run(database: &DatabaseArgs, args: &ServeArgs) -> anyhow::Result<ExitCode> {
    // The port comes first: a second service on it should not first open a database.
    let listening = Listening::on(args.bind).with_context(|| {
        format!("cannot listen on {}; choose another port with --bind, e.g. --bind 127.0.0.1:8081", args.bind)
    })?;
    let public_url = args.public_url()?;
    let household = args.household.household()?.map(Arc::new);
    let schedule = args.factor_plan.as_deref().map(Schedule::open).transpose()?;
    let sender = budget::sender()?;
    let database = Database::open(&database.config()?, Clock::System).await?;
    if let Some(schedule) = &schedule
        && let Err(refused) = schedule.check(&database.pool, Clock::System.now()).await
    {
        database.close().await?;
        return Err(refused);
    }
    room::remove_abandoned();
    let renderer = args.renderer();
    let app =
        App { household, renderer, ..App::new(database.pool.clone(), Clock::System, public_url.as_str()) };
    let maintenance = tokio::spawn(app.clone().maintain());
    let working = tokio::spawn(jobs::run(app.clone()));
    let alerts = tokio::spawn(alerts::run(app.clone(), sender));
    let fetching = schedule.map(|schedule| tokio::spawn(schedule.run(app.clone())));
    tracing::info!(address = %listening.address, public_url = public_url.as_str(), "serving");
    let served = match listening.serve(app.clone(), Signals::Handled) {
        Ok(server) => server.await,
        Err(error) => Err(error),
    };
    maintenance.abort();
    alerts.abort();
    if let Some(fetching) = fetching {
        fetching.abort();
    }
    working.abort();
    // It ends with an error, because it was told to.
    drop(working.await);
    jobs::release(&app).await;
    drop(app);
    database.close().await?;
    served?;
    Ok(ExitCode::SUCCESS)
}
