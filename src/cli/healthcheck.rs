//! `taskwatt healthcheck`: for containers, which have no other client at hand.

use super::http_client;
use anyhow::{Context, ensure};
use clap::Args;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

#[derive(Args, Debug)]
pub struct HealthcheckArgs {
    /// Where the service listens.
    #[arg(long, env = "TASKWATT_BIND", default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    bind: SocketAddr,
}

const TIMEOUT: Duration = Duration::from_secs(5);

pub async fn run(args: &HealthcheckArgs) -> anyhow::Result<ExitCode> {
    let mut address = args.bind;
    // A service that listens on every address is asked on the local one.
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let url = format!("http://{address}/readyz");
    let client = http_client::local().timeout(TIMEOUT).build()?;
    let answer = client.get(&url).send().await.with_context(|| format!("no answer from {url}"))?;
    ensure!(answer.status().is_success(), "{url} answered {}", answer.status());
    println!("ready");
    Ok(ExitCode::SUCCESS)
}
