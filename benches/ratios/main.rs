//! Speed as ratios: each figure of the service beside a reference that is measured in the same run, on
//! the same machine and the same Postgres, so that the ratio means the same elsewhere.
//!
//! `scripts/bench` runs it; one line a figure: name, value, unit, ratio to the reference (or to the limit).

mod client;
mod factors;
mod load;
mod pages;
mod reference;
mod service;
mod year;

use load::Load;
use service::Service;
use std::time::Instant;

pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const BULK_RECORDS: usize = 1_000_000;
const BULK_BATCH: usize = 5_000;
const BULK_CONNECTIONS: usize = 4;
const SINGLE_CLIENTS: usize = 64;
const SINGLE_RECORDS: usize = 200_000;
const UPLOADS: usize = 64;
const STREAM_BYTES: usize = 2_000_000_000;
const DISK_RECORDS: usize = 10_000_000;
/// The service's memory may grow to this.
const MAX_RESIDENT_MB: f64 = 256.0;
/// A record may take this on disk, with its share of indexes, totals and histograms.
const MAX_DISK_BYTES: f64 = 140.0;

const MEASURES: &[&str] = &["bulk", "single", "memory", "disk", "pages", "factors", "year"];

fn main() -> Outcome<()> {
    // Cargo passes --bench; what else is given names the measures.
    let wanted: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if let Some(unknown) = wanted.iter().find(|name| !MEASURES.contains(&name.as_str())) {
        return Err(format!("'{unknown}' is not one of {}", MEASURES.join(", ")).into());
    }
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut next = Load::default();
        if is_wanted("bulk") || is_wanted("single") || is_wanted("memory") || is_wanted("pages") {
            let service = Service::start().await?;
            if is_wanted("bulk") {
                bulk(&service, &mut next).await?;
            }
            if is_wanted("single") {
                single(&service, &mut next).await?;
            }
            if is_wanted("memory") {
                memory(&service, &mut next).await?;
            }
            if is_wanted("pages") {
                pages::measure(&service, &mut next).await?;
            }
            service.stop(next.taken()).await?;
        }
        if is_wanted("factors") {
            let service = Service::start().await?;
            factors::measure(&service).await?;
            service.stop(0).await?;
        }
        if is_wanted("year") {
            let service = Service::start().await?;
            year::measure(&service).await?;
            service.stop(0).await?;
        }
        if is_wanted("disk") {
            let service = Service::start().await?;
            let mut next = Load::default();
            disk(&service, &mut next).await?;
            service.stop(next.taken()).await?;
        }
        Ok(())
    })
}

pub fn line(name: &str, value: f64, unit: &str, ratio: f64) {
    println!("{name} {value:.0} {unit} {ratio:.3}");
}

/// Records per second in NDJSON batches over some connections, beside `psql \copy` of the same rows.
async fn bulk(service: &Service, next: &mut Load) -> Outcome<()> {
    let first = next.taken();
    let bodies: Vec<Vec<u8>> = (0..BULK_RECORDS / BULK_BATCH).map(|_| next.ndjson(BULK_BATCH)).collect();
    let started = Instant::now();
    let posts = (0..BULK_CONNECTIONS).map(|lane| {
        let own: Vec<&Vec<u8>> = bodies.iter().skip(lane).step_by(BULK_CONNECTIONS).collect();
        async move {
            let mut connection = service.connect().await?;
            for body in own {
                connection.post_records("application/x-ndjson", body).await?;
            }
            Outcome::Ok(())
        }
    });
    futures_util::future::try_join_all(posts).await?;
    let bulk = BULK_RECORDS as f64 / started.elapsed().as_secs_f64();
    assert_eq!(service.count_records().await?, (first + BULK_RECORDS) as i64);
    let copy = reference::copy(service).await?;
    line("bulk_ingest", bulk, "records/s", bulk / copy);
    line("bulk_reference_copy", copy, "rows/s", 1.0);
    Ok(())
}

/// Single posts per second by many clients that keep their connections, beside prepared inserts by as many.
async fn single(service: &Service, next: &mut Load) -> Outcome<()> {
    let each = SINGLE_RECORDS / SINGLE_CLIENTS;
    let mut clients = Vec::new();
    for _ in 0..SINGLE_CLIENTS {
        let bodies: Vec<Vec<u8>> = (0..each).map(|_| next.ndjson(1)).collect();
        clients.push((service.connect().await?, bodies));
    }
    let started = Instant::now();
    // One thread, as light as the reference's client: what is measured is the service.
    let mut latencies = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(client::post_all(clients))
    })
    .join()
    .map_err(|_| "the clients panicked")??;
    let seconds = started.elapsed().as_secs_f64();
    latencies.sort_unstable();
    let percentile = |share: usize| latencies[latencies.len() * share / 100].as_micros() as f64 / 1000.0;
    let single = (each * SINGLE_CLIENTS) as f64 / seconds;
    let inserts = reference::inserts(service, SINGLE_CLIENTS, each).await?;
    line("single_posts_64_clients", single, "records/s", single / inserts);
    line("single_reference_pgbench", inserts, "rows/s", 1.0);
    println!("single_post_latency p50 {:.1} ms, p99 {:.1} ms", percentile(50), percentile(99));
    Ok(())
}

/// Memory of the service under many uploads at once, and under a long one.
async fn memory(service: &Service, next: &mut Load) -> Outcome<()> {
    let bodies: Vec<Vec<u8>> = (0..UPLOADS * 4).map(|_| next.ndjson(BULK_BATCH)).collect();
    service.forget_peak_memory()?;
    let uploads = (0..UPLOADS).map(|lane| {
        let own: Vec<&Vec<u8>> = bodies.iter().skip(lane).step_by(UPLOADS).collect();
        async move {
            let mut connection = service.connect().await?;
            for body in own {
                connection.post_records("application/x-ndjson", body).await?;
            }
            Outcome::Ok(())
        }
    });
    futures_util::future::try_join_all(uploads).await?;
    let peak = service.peak_memory_mb()?;
    line("memory_64_uploads", peak, "MB", peak / MAX_RESIDENT_MB);
    drop(bodies);
    service.forget_peak_memory()?;
    let mut connection = service.connect().await?;
    connection.post_stream(STREAM_BYTES, next).await?;
    let peak = service.peak_memory_mb()?;
    line("memory_2_gb_upload", peak, "MB", peak / MAX_RESIDENT_MB);
    Ok(())
}

/// Bytes on disk for each of ten million records, everything that grows with them included.
async fn disk(service: &Service, next: &mut Load) -> Outcome<()> {
    let empty = service.database_bytes().await?;
    let mut connections = Vec::new();
    for _ in 0..BULK_CONNECTIONS {
        connections.push(service.connect().await?);
    }
    while next.taken() < DISK_RECORDS {
        let bodies: Vec<Vec<u8>> = connections.iter().map(|_| next.ndjson(BULK_BATCH)).collect();
        let posts = connections.iter_mut().zip(&bodies);
        let posts = posts.map(|(connection, body)| connection.post_records("application/x-ndjson", body));
        futures_util::future::try_join_all(posts).await?;
    }
    service.settle().await?;
    let each = (service.database_bytes().await? - empty) / next.taken() as f64;
    line("disk_bytes_a_record", each, "B", each / MAX_DISK_BYTES);
    for part in service.largest_relations().await? {
        println!("  {part}");
    }
    Ok(())
}
