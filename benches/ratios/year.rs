//! A document of a year of 1,000 groups, from totals as one and ten million records make them.

use crate::reference::psql;
use crate::service::Service;
use crate::{Outcome, line};
use serde_json::json;
use std::time::{Duration, Instant};
use taskwatt::app::Clock;
use taskwatt::db::registry;
use taskwatt::db::total::pack_months;
use taskwatt::disclosure::build::{Request, prepare};
use taskwatt::disclosure::stated::Stated;
use taskwatt::domain::period::Period;
use taskwatt::domain::terms::{Basis, Perimeter, SmallCells};
use taskwatt::render::json;

/// What a document of a year and 1,000 groups may take.
const DOCUMENT_LIMIT: Duration = Duration::from_secs(1);
const RECORDS: [i64; 2] = [1_000_000, 10_000_000];
const RUNS: usize = 5;

pub async fn measure(service: &Service) -> Outcome<()> {
    for records in RECORDS {
        fill(service, records).await?;
        let millions = records / 1_000_000;
        // The service may have packed some of it meanwhile.
        psql(service, "TRUNCATE total_month").await?;
        let of_rows = document(service).await?;
        line(&format!("document_of_{millions}M_records_by_rows"), ms(of_rows), "ms", ratio(of_rows));
        let started = Instant::now();
        let packs = pack_months(service.pool(), Clock::System.now()).await?;
        // The service packs beside it.
        println!(
            "packing took {:.1} s, {packs} months of groups of it here",
            started.elapsed().as_secs_f64()
        );
        psql(service, "VACUUM ANALYZE total_month").await?;
        let time = several(service).await?;
        line(&format!("document_of_{millions}M_records"), ms(time), "ms", ratio(time));
        psql(
            service,
            "INSERT INTO contract (provider_id, contract_key, revision, instrument, zone_key, valid_from, valid_to,
                matching, volume_wh, lifecycle_ug_per_kwh, reference, recorded_at)
            SELECT provider_id, 'wind', 1, 'guarantee_of_origin', 'DE', '2025-01-01', '2026-01-01', 'annual',
                (sum(energy_uj) / 7200000000)::bigint, 12000000, 'bench', now() FROM total_month GROUP BY provider_id",
        )
        .await?;
        let time = several(service).await?;
        line(&format!("document_of_{millions}M_records_with_a_contract"), ms(time), "ms", ratio(time));
        psql(service, "DELETE FROM contract").await?;
        let draft = draft(service).await?;
        line(&format!("draft_of_{millions}M_records_over_http_with_evidence"), ms(draft), "ms", ratio(draft));
        psql(service, "TRUNCATE total_hour, histogram_day, total_month").await?;
    }
    Ok(())
}

fn ms(time: Duration) -> f64 {
    1000.0 * time.as_secs_f64()
}

fn ratio(time: Duration) -> f64 {
    time.as_secs_f64() / DOCUMENT_LIMIT.as_secs_f64()
}

/// The median of several documents.
async fn several(service: &Service) -> Outcome<Duration> {
    let mut times = Vec::new();
    for _ in 0..RUNS {
        times.push(document(service).await?);
    }
    Ok(median(&mut times))
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The totals of so many records, spread evenly over 1,000 groups and the hours of a year: one completed task each,
/// between 1 and 2 kilojoules.
async fn fill(service: &Service, records: i64) -> Outcome<()> {
    psql(
        service,
        &format!(
            "INSERT INTO record_group (provider_id, service_id, model_id, site_id, task_type, boundary, evidence)
            SELECT service.provider_id, service_id, model_id, site_id, task_type, 'server', evidence
            FROM service CROSS JOIN model CROSS JOIN site
            CROSS JOIN unnest(ARRAY['chat', 'reasoning', 'code', 'agent', 'summarisation', 'translation',
                'classification', 'embedding', 'retrieval', 'ocr']) AS task_type
            CROSS JOIN unnest(ARRAY['metered', 'counter']) AS evidence
            ON CONFLICT DO NOTHING;
            CREATE TEMPORARY TABLE made AS
            SELECT provider_id, groups[1 + number % cardinality(groups)] AS group_id,
                timestamptz '2025-01-01Z' + interval '1 hour' * (abs(hashint8(number)::bigint) % 8760) AS hour,
                1000000000 + abs(hashint8(number + 1000000000000)::bigint) % 1000000000 AS energy_uj
            FROM (SELECT provider_id, array_agg(group_id) AS groups FROM record_group GROUP BY provider_id) AS all_groups,
                generate_series(0, {records} - 1) AS number;
            INSERT INTO total_hour (provider_id, group_id, hour, tasks_completed, tasks_failed, tasks_cancelled,
                energy_uj, energy_sq_uj2, input_tokens, output_tokens, output_tokens_energy_uj)
            SELECT provider_id, group_id, hour, count(*), 0, 0, sum(energy_uj), sum(energy_uj::numeric * energy_uj),
                100 * count(*), 100 * count(*), sum(energy_uj)
            FROM made GROUP BY provider_id, group_id, hour;
            -- Energy between 2^29.9 and 2^31 µJ: the leading seven bits, above the number of the octave.
            INSERT INTO histogram_day (provider_id, group_id, day, buckets, tasks)
            SELECT provider_id, group_id, day, array_agg(bucket ORDER BY bucket), array_agg(counted ORDER BY bucket)
            FROM (
                SELECT provider_id, group_id, (hour AT TIME ZONE 'UTC')::date AS day,
                    ((digits - 7) * 64 + (energy_uj >> (digits - 7)))::smallint AS bucket, count(*) AS counted
                FROM (
                    SELECT *, length(ltrim(energy_uj::bit(64)::text, '0')) AS digits FROM made
                ) AS of_record
                GROUP BY 1, 2, 3, 4
            ) AS of_bucket
            GROUP BY provider_id, group_id, day"
        ),
    )
    .await?;
    psql(service, "VACUUM ANALYZE total_hour").await?;
    psql(service, "VACUUM ANALYZE histogram_day").await?;
    Ok(())
}

/// Computes the document and writes it, as a job does before it gathers evidence and stores both.
async fn document(service: &Service) -> Outcome<Duration> {
    let started = Instant::now();
    let pool = service.pool();
    let provider = registry::find_provider(pool, &"bench".parse()?).await?.ok_or("no provider")?;
    let of_provider =
        registry::find_service(pool, provider.id, &"chat".parse()?).await?.ok_or("no service")?;
    let request = Request {
        provider: &provider,
        service: &of_provider,
        period: Period::parse("2025-01-01", "2026-01-01")?,
        basis: Basis::Lifecycle,
        perimeter: Perimeter::Consumption,
        baseline: None,
        small_cells: SmallCells::All,
        stated: &Stated::NOTHING,
        household: None,
    };
    let prepared = prepare(pool, request).await?;
    let document = prepared.document(pool, "https://energy.example.org", Clock::System.now()).await?;
    let bytes = json::render(&document);
    let time = started.elapsed();
    assert!(bytes.len() > 10_000, "a document of a year is longer");
    Ok(time)
}

/// A draft over HTTP, with its evidence.
async fn draft(service: &Service) -> Outcome<Duration> {
    let client = taskwatt::cli::http_client::local().build()?;
    let request = json!({"service": "chat", "from": "2025-01-01", "to": "2026-01-01"});
    let started = Instant::now();
    let post = client.post(format!("http://{}/v1/disclosures", service.address)).bearer_auth(&service.key);
    post.json(&request).send().await?.error_for_status()?;
    Ok(started.elapsed())
}
