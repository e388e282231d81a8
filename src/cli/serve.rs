//! `taskwatt serve`.

use crate::app::{App, Clock, Database};
use crate::config::{DatabaseArgs, ServeArgs};
use crate::http::{Listening, Signals};
use anyhow::Context;
use std::process::ExitCode;

pub async fn run(database: &DatabaseArgs, args: &ServeArgs) -> anyhow::Result<ExitCode> {
    // The port comes first: a second service on it should not first open a database.
    let listening = Listening::on(args.bind).with_context(|| {
        format!("cannot listen on {}; choose another port with --bind, e.g. --bind 127.0.0.1:8081", args.bind)
    })?;
    let public_url = args.public_url()?;
    let database = Database::open(&database.config()?, Clock::System).await?;
    let app = App::new(database.pool.clone(), Clock::System, public_url.as_str());
    let maintenance = tokio::spawn(app.clone().maintain());
    tracing::info!(address = %listening.address, public_url = public_url.as_str(), "serving");
    let served = match listening.serve(app, Signals::Handled) {
        Ok(server) => server.await,
        Err(error) => Err(error),
    };
    maintenance.abort();
    database.close().await?;
    served?;
    Ok(ExitCode::SUCCESS)
}
