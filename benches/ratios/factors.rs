//! Grid factors: a large import, the ladder of a year, and a look-up over HTTP.

use crate::reference::psql;
use crate::service::Service;
use crate::{Outcome, line};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use taskwatt::domain::period::Period;
use taskwatt::domain::terms::{Basis, Perimeter};
use taskwatt::intensity::Ladder;

const IMPORT_ZONES: usize = 60;
const LADDER_ZONES: usize = 40;
const QUARTERS_A_YEAR: i64 = 4 * 8_760;
/// What the import may take at most.
const IMPORT_LIMIT: Duration = Duration::from_secs(60);
/// What the ladder of a year of 40 zones may take.
const LADDER_LIMIT: Duration = Duration::from_millis(300);
const RUNS: usize = 5;
const LOOKUPS: usize = 2_000;

pub async fn measure(service: &Service) -> Outcome<()> {
    let zones = service.zones(IMPORT_ZONES).await?;
    import(service, &zones).await?;
    ladder(service, &zones[..LADDER_ZONES]).await?;
    lookups(service).await
}

/// Seconds of `taskwatt import factors` of a year of quarter hours of 60 zones, beside `psql \copy` of as many rows
/// into a table with the same primary key; then the same file again.
async fn import(service: &Service, zones: &[String]) -> Outcome<()> {
    let file = service.directory.join("quarters.csv");
    write_quarters(&file, zones)?;
    let first = import_file(service, &file)?;
    let again = import_file(service, &file)?;
    psql(
        service,
        "CREATE TABLE factor_reference (t timestamptz, zone text, g numeric, PRIMARY KEY (zone, t))",
    )
    .await?;
    let started = Instant::now();
    psql(service, &format!("\\copy factor_reference FROM '{}' CSV HEADER", file.display())).await?;
    let copy = started.elapsed();
    psql(service, "DROP TABLE factor_reference").await?;
    let values = zones.len() as f64 * QUARTERS_A_YEAR as f64;
    let limit = IMPORT_LIMIT.as_secs_f64();
    let of = |time: Duration| (time.as_secs_f64(), time.as_secs_f64() / limit);
    println!(
        "factor_import_2.1M_quarters {:.1} s {:.3} of {limit:.0} s, {:.0} values/s, {:.2} times the reference",
        of(first).0,
        of(first).1,
        values / first.as_secs_f64(),
        first.as_secs_f64() / copy.as_secs_f64(),
    );
    println!("factor_import_again {:.1} s {:.3} of {limit:.0} s", of(again).0, of(again).1);
    println!("factor_reference_copy {:.1} s 1.000", copy.as_secs_f64());
    Ok(())
}

fn write_quarters(file: &Path, zones: &[String]) -> Outcome<()> {
    let mut out = BufWriter::new(std::fs::File::create(file)?);
    writeln!(out, "t,zone,g")?;
    let first: chrono::DateTime<chrono::Utc> = "2025-01-01T00:00:00Z".parse()?;
    for (number, zone) in zones.iter().enumerate() {
        for quarter in 0..QUARTERS_A_YEAR {
            let at = first + chrono::TimeDelta::minutes(15 * quarter);
            let grams = 200 + (number as i64 * 7 + quarter * 13) % 300;
            writeln!(out, "{},{zone},{grams}.{:03}", at.format("%Y-%m-%dT%H:%M:%SZ"), quarter % 1000)?;
        }
    }
    Ok(out.flush()?)
}

/// As an operator does it. The basis is one of which no yearly values are built in.
fn import_file(service: &Service, file: &Path) -> Outcome<Duration> {
    let terms = "--zone-column zone --time-column t --value-column g --set quarters --source Bench --licence CC0-1.0 \
                 --attribution Bench --release 1 --basis direct --perimeter production";
    let started = Instant::now();
    let done = Command::new(env!("CARGO_BIN_EXE_taskwatt"))
        .args(["import", "factors"])
        .arg(file)
        .args(terms.split_whitespace())
        .arg("--data-dir")
        .arg(service.data_dir())
        .env_remove("DATABASE_URL")
        .output()?;
    let time = started.elapsed();
    if !done.status.success() {
        return Err(format!("import: {}", String::from_utf8_lossy(&done.stderr)).into());
    }
    Ok(time)
}

/// Milliseconds in which the ladder reads a year of 40 zones and answers for every hour of it; the quarter hours of
/// the import are of the same zones and are not asked.
async fn ladder(service: &Service, zones: &[String]) -> Outcome<()> {
    let list = zones.iter().map(|zone| format!("'{zone}'")).collect::<Vec<_>>().join(",");
    psql(
        service,
        &format!(
            "INSERT INTO factor_set (set_key, source, licence, attribution, release, basis, perimeter, resolution,
                factor_kind, created_at) VALUES
                ('hours', 'Bench', 'CC0-1.0', 'Bench', '1', 'direct', 'consumption', 'hour', 'average', now());
            INSERT INTO grid_factor (factor_set_id, zone_key, valid_from, valid_to, revision, intensity_ug_per_kwh,
                is_estimated, estimation_method, recorded_at)
            SELECT factor_set_id, zone, at, at + interval '1 hour', 1, 300000000, false, '', now()
            FROM factor_set, unnest(ARRAY[{list}]) AS zone,
                generate_series('2024-01-01Z'::timestamptz, '2024-12-31T23:00Z', interval '1 hour') AS at
            WHERE set_key = 'hours'"
        ),
    )
    .await?;
    psql(service, "VACUUM ANALYZE grid_factor").await?;
    let period = Period::of_at_most(366, "2024-01-01T00:00:00Z".parse()?, "2025-01-01T00:00:00Z".parse()?)?;
    let mut times = Vec::new();
    for _ in 0..RUNS {
        let started = Instant::now();
        let ladder =
            Ladder::load(service.pool(), zones, Basis::Direct, Perimeter::Consumption, period).await?;
        let mut found = 0_i64;
        for zone in zones {
            for hour in 0..period.hours() {
                let at = period.from() + chrono::TimeDelta::hours(hour);
                found += i64::from(ladder.at(zone, at).is_some());
            }
        }
        times.push(started.elapsed());
        assert_eq!(found, 8_784 * zones.len() as i64, "an hour has no value");
    }
    let time = median(&mut times);
    line(
        "ladder_8784_hours_40_zones",
        1000.0 * time.as_secs_f64(),
        "ms",
        time.as_secs_f64() / LADDER_LIMIT.as_secs_f64(),
    );
    Ok(())
}

/// Requests a second for a day of a zone, beside a static file.
async fn lookups(service: &Service) -> Outcome<()> {
    let per_second = async |path: &str| {
        let mut connection = service.connect().await?;
        let started = Instant::now();
        for _ in 0..LOOKUPS {
            connection.get(path).await?;
        }
        Outcome::Ok(LOOKUPS as f64 / started.elapsed().as_secs_f64())
    };
    let zones = service.zones(1).await?;
    let day = per_second(&format!(
        "/v1/factors/hours?zone={}&date=2024-10-27&basis=direct&perimeter=consumption",
        zones[0]
    ))
    .await?;
    let file = per_second("/assets/site.css").await?;
    line("factor_hours_of_a_day", day, "requests/s", day / file);
    Ok(())
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
