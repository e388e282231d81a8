//! The demonstration as a client of the API.

use super::plan::DemoDisclosure;
use crate::cli::http_client;
use crate::cli::progress::bar;
use anyhow::{Context, ensure};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

/// Records in one request.
const BATCH: usize = 5_000;

pub struct Client {
    http: reqwest::Client,
    address: String,
    key: String,
}

#[derive(Deserialize)]
struct Version {
    number: i32,
    version: i32,
    address: String,
    mean_energy_wh: String,
}

impl Client {
    pub fn new(address: &str, key: String) -> anyhow::Result<Client> {
        Ok(Client { http: http_client::local().build()?, address: address.to_owned(), key })
    }

    fn post(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.post(format!("{}{path}", self.address)).bearer_auth(&self.key)
    }

    /// Posts records as NDJSON. Records that an interrupted run sent already count once.
    pub async fn post_records(&self, service: &str, records: &[String]) -> anyhow::Result<()> {
        let progress = bar(records.len() as u64, &format!("  {service}"), "records");
        for batch in records.chunks(BATCH) {
            let request = self.post("/v1/records").header("content-type", "application/x-ndjson");
            let answer =
                request.body(batch.join("\n")).send().await.context("the service does not answer")?;
            let status = answer.status();
            let text = answer.text().await?;
            ensure!(status.is_success(), "the service answered {status}: {text}");
            progress.inc(batch.len() as u64);
        }
        progress.finish_and_clear();
        println!("  {service}: {} records sent", records.len());
        Ok(())
    }

    /// Builds and publishes, and says where it stands.
    pub async fn publish(&self, disclosure: &DemoDisclosure) -> anyhow::Result<String> {
        let request = json!({
            "service": disclosure.service,
            "from": disclosure.from,
            "to": disclosure.to,
            "perimeter": disclosure.perimeter.as_str(),
        });
        let built = self.version(self.post("/v1/disclosures").json(&request)).await?;
        let path = format!("/v1/disclosures/{}/versions/{}/publish", built.number, built.version);
        let published = self.version(self.post(&path)).await?;
        Ok(format!("{} (mean {} Wh per task)", published.address, published.mean_energy_wh))
    }

    /// The version that a request builds or publishes. Where it takes longer than the service makes a request wait, its
    /// job is asked until it is done.
    async fn version(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Version> {
        let answer = request.send().await.context("the service does not answer")?;
        let status = answer.status();
        let text = answer.text().await?;
        ensure!(status.is_success(), "the service answered {status}: {text}");
        if status != reqwest::StatusCode::ACCEPTED {
            return serde_json::from_str(&text).context("the service answered something unexpected");
        }
        let Job { job, .. } =
            serde_json::from_str(&text).context("the service answered something unexpected")?;
        loop {
            let ask = self.http.get(format!("{}/v1/jobs/{job}", self.address)).bearer_auth(&self.key);
            let ask = ask.header("prefer", "wait=30").timeout(Duration::from_mins(1));
            let text = ask.send().await.context("the service does not answer")?.text().await?;
            let asked: Job =
                serde_json::from_str(&text).context("the service answered something unexpected")?;
            match asked.result {
                Some(version) => return Ok(version),
                None => ensure!(["queued", "running"].contains(&asked.state.as_str()), "job {job}: {text}"),
            }
        }
    }
}

#[derive(Deserialize)]
struct Job {
    job: i32,
    state: String,
    result: Option<Version>,
}
