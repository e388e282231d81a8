//! Public pages beside a static file.

use crate::load::Load;
use crate::service::Service;
use crate::{BULK_BATCH, Outcome, line};
use serde_json::{Value, json};
use std::time::Instant;

const CLIENTS: usize = 16;
const PAGES_PER_CLIENT: usize = 500;

pub async fn measure(service: &Service, next: &mut Load) -> Outcome<()> {
    service.connect().await?.post_records("application/x-ndjson", &next.ndjson(BULK_BATCH)).await?;
    let path = publish(service).await?;
    let page = per_second(service, &path).await?;
    let file = per_second(service, "/assets/site.css").await?;
    line("disclosure_page", page, "requests/s", page / file);
    line("page_reference_static", file, "requests/s", 1.0);
    Ok(())
}

async fn publish(service: &Service) -> Outcome<String> {
    let client = taskwatt::cli::http_client::local().build()?;
    let post =
        |path: &str| client.post(format!("http://{}{path}", service.address)).bearer_auth(&service.key);
    let request = json!({"service": "chat", "from": "2025-10-01", "to": "2025-11-01"});
    let built: Value =
        post("/v1/disclosures").json(&request).send().await?.error_for_status()?.json().await?;
    let (number, version) = (&built["number"], &built["version"]);
    let publish = format!("/v1/disclosures/{number}/versions/{version}/publish");
    post(&publish).send().await?.error_for_status()?;
    Ok(format!("/disclosures/{number}/v{version}"))
}

async fn per_second(service: &Service, path: &str) -> Outcome<f64> {
    let started = Instant::now();
    let gets = (0..CLIENTS).map(|_| async move {
        let mut connection = service.connect().await?;
        for _ in 0..PAGES_PER_CLIENT {
            connection.get(path).await?;
        }
        Outcome::Ok(())
    });
    futures_util::future::try_join_all(gets).await?;
    Ok((CLIENTS * PAGES_PER_CLIENT) as f64 / started.elapsed().as_secs_f64())
}
