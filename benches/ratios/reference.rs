//! What the same machine and Postgres do without the service.

use crate::Outcome;
use crate::service::Service;
use std::process::Command;
use std::time::Instant;

/// Rows per second of `psql \copy` of the stored rows into a table with the same primary key, in the order in
/// which they arrived.
pub async fn copy(service: &Service) -> Outcome<f64> {
    let file = service.directory.join("rows.csv");
    psql(
        service,
        "CREATE TABLE copy_reference (LIKE task_record, PRIMARY KEY (provider_id, started_at, record_key))",
    )
    .await?;
    psql(
        service,
        &format!("\\copy (SELECT * FROM task_record ORDER BY tableoid, ctid) TO '{}' CSV", file.display()),
    )
    .await?;
    let rows = service.count_records().await? as f64;
    let started = Instant::now();
    psql(service, &format!("\\copy copy_reference FROM '{}' CSV", file.display())).await?;
    Ok(rows / started.elapsed().as_secs_f64())
}

/// Prepared single-row inserts per second by many clients, as pgbench reports them.
pub async fn inserts(service: &Service, clients: usize, each: usize) -> Outcome<f64> {
    psql(
        service,
        "CREATE TABLE insert_reference (LIKE task_record, PRIMARY KEY (provider_id, started_at, record_key))",
    )
    .await?;
    let script = service.directory.join("insert.sql");
    std::fs::write(
        &script,
        "\\set energy random(300000000, 2000000000)\n\
         INSERT INTO insert_reference (started_at, record_key, energy_uj, duration_us, provider_id, group_id, \
         batch_id, input_tokens, output_tokens, cached_tokens, reasoning_tokens, outcome, details) VALUES \
         (clock_timestamp(), gen_random_uuid(), :energy, -1, 1, 1, 1, 100, 200, -1, -1, 'c', '{}');\n",
    )?;
    let mut arguments = ["-n", "-M", "prepared", "-j", "2"].map(str::to_owned).to_vec();
    arguments.extend(["-c".to_owned(), clients.to_string(), "-t".to_owned(), each.to_string()]);
    arguments.extend(["-f".to_owned(), script.display().to_string()]);
    let output = client_program(service, "pgbench", &arguments).await?;
    let tps = output.lines().find_map(|line| line.strip_prefix("tps = ")).ok_or("pgbench printed no tps")?;
    Ok(tps.split(' ').next().unwrap_or_default().parse()?)
}

pub async fn psql(service: &Service, command: &str) -> Outcome<String> {
    let arguments = ["-qX", "-v", "ON_ERROR_STOP=1", "-c", command].map(str::to_owned);
    client_program(service, "psql", &arguments).await
}

async fn client_program(service: &Service, name: &'static str, arguments: &[String]) -> Outcome<String> {
    let postgres = &service.postgres;
    let mut command = Command::new(name);
    command.arg("-h").arg(postgres.socket_dir()).arg("-p").arg(postgres.port().to_string());
    command.arg("-U").arg(postgres.user()).args(arguments).arg(postgres.database());
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    if !output.status.success() {
        return Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
