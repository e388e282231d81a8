//! Speed as ratios: each figure of the service beside a reference that is measured in the same run, on
//! the same machine and the same Postgres, so that the ratio means the same elsewhere.
//!
//! `scripts/bench` runs it; one line a figure: name, value, unit, ratio to the reference.

use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use taskwatt::app::{App, Clock};
use taskwatt::cli::key;
use taskwatt::db::private_postgres::PrivatePostgres;
use taskwatt::db::registry::{self, NewModel, NewProvider};
use taskwatt::db::{self, Address, Pool};
use taskwatt::domain::registry::ProviderKind;
use taskwatt::domain::terms::Scope;
use taskwatt::http::{Listening, Signals};
use taskwatt::intensity::builtin;

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const BULK_RECORDS: usize = 500_000;
const BULK_BATCH: usize = 5_000;
const BULK_CONNECTIONS: usize = 4;
const SINGLE_CLIENTS: usize = 64;
const SINGLE_PER_CLIENT: usize = 300;
const PAGE_CLIENTS: usize = 16;
const PAGES_PER_CLIENT: usize = 500;

fn main() -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run())
}

async fn run() -> Outcome<()> {
    let directory = std::env::temp_dir().join(format!("taskwatt-bench-{}", std::process::id()));
    std::fs::create_dir_all(&directory)?;
    let data_dir = directory.join("data");
    let postgres = tokio::task::spawn_blocking(move || PrivatePostgres::start(&data_dir)).await??;
    let address = Address::Socket {
        directory: postgres.socket_dir(),
        port: postgres.port(),
        user: postgres.user(),
        database: postgres.database(),
    };
    let pool = db::connect(address, 10, None).await?;
    let outcome = measure(&pool, &postgres, &directory).await;
    pool.close().await;
    tokio::task::spawn_blocking(move || postgres.release()).await??;
    std::fs::remove_dir_all(&directory)?;
    outcome
}

async fn measure(pool: &Pool, postgres: &PrivatePostgres, directory: &Path) -> Outcome<()> {
    db::migrate(pool).await?;
    builtin::load(pool, Clock::System.now()).await?;
    let listening = Listening::on("127.0.0.1:0".parse()?)?;
    let url = format!("http://{}", listening.address);
    let app = App::new(pool.clone(), Clock::System, &url);
    tokio::spawn(listening.serve(app, Signals::LeftToCaller)?);
    let client = Client { http: reqwest::Client::new(), url, key: register(pool).await? };

    let bulk = bulk(&client).await?;
    let copy = copy(postgres, directory).await?;
    line("bulk_ingest", bulk, "records/s", bulk, copy);
    line("bulk_reference_copy", copy, "rows/s", copy, copy);

    let single = single(&client).await?;
    let inserts = pgbench(postgres, directory).await?;
    line("single_posts_64_clients", single, "records/s", single, inserts);
    line("single_reference_pgbench", inserts, "rows/s", inserts, inserts);

    let path = publish(&client).await?;
    let page = pages(&client, &path).await?;
    let static_handler = pages(&client, "/assets/site.css").await?;
    line("disclosure_page", page, "requests/s", page, static_handler);
    line("page_reference_static", static_handler, "requests/s", static_handler, static_handler);

    let checked = db::check::check_totals(pool, &|_, _| ()).await?;
    assert!(checked.differences.is_empty(), "totals differ from records: {:?}", checked.differences);
    assert_eq!(checked.records, (BULK_RECORDS + SINGLE_CLIENTS * SINGLE_PER_CLIENT) as i64);
    Ok(())
}

fn line(name: &str, value: f64, unit: &str, measured: f64, reference: f64) {
    println!("{name} {value:.0} {unit} {:.3}", measured / reference);
}

struct Client {
    http: reqwest::Client,
    url: String,
    key: String,
}

impl Client {
    fn post(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.post(format!("{}{path}", self.url)).bearer_auth(&self.key)
    }
}

async fn register(pool: &Pool) -> Outcome<String> {
    let now = Clock::System.now();
    let provider = "bench".parse()?;
    let new = NewProvider {
        key: &provider,
        legal_name: "Bench",
        contact: None,
        public_note: None,
        kind: ProviderKind::Fictitious,
    };
    let id = registry::insert_provider(pool, new, now).await?;
    registry::insert_service(pool, id, &"chat".parse()?, "Chat", None, now).await?;
    for model in 0..5 {
        let key = format!("m-{model}").parse()?;
        let new = NewModel { key: &key, name: "Model", version: None, released_on: None };
        registry::insert_model(pool, id, new, now).await?;
    }
    registry::insert_site(pool, id, &"s-1".parse()?, "Site", "DE", now).await?;
    Ok(key::make(pool, id, "bench", &[Scope::RecordsWrite, Scope::DisclosuresWrite], now).await?)
}

/// A record of a month with 31 days; times and energies spread without a random generator.
fn record(index: usize) -> String {
    let second = (index * 7919) % (31 * 24 * 3600);
    let (day, hour, minute) = (second / 86_400 + 1, second / 3600 % 24, second / 60 % 60);
    let energy_uj = 300_000_000 + (index * 104_729) % 1_700_000_000;
    format!(
        r#"{{"id":"bench-{index}","service":"chat","model":"m-{}","task_type":"chat","site":"s-1","started_at":"2025-10-{day:02}T{hour:02}:{minute:02}:{:02}.{:06}Z","outcome":"completed","boundary":"server","evidence":"counter","energy_j":{}.{:06},"input_tokens":{},"output_tokens":{}}}"#,
        index % 5,
        second % 60,
        index % 1_000_000,
        energy_uj / 1_000_000,
        energy_uj % 1_000_000,
        index % 4_000,
        index % 900,
    )
}

/// Records per second through the API, in NDJSON batches over some connections.
async fn bulk(client: &Client) -> Outcome<f64> {
    let batches: Vec<String> = (0..BULK_RECORDS / BULK_BATCH)
        .map(|batch| (0..BULK_BATCH).map(|i| record(batch * BULK_BATCH + i) + "\n").collect())
        .collect();
    let started = Instant::now();
    let posts = (0..BULK_CONNECTIONS).map(|connection| {
        let own = batches.iter().skip(connection).step_by(BULK_CONNECTIONS);
        async move {
            for batch in own {
                let request = client.post("/v1/records").header("content-type", "application/x-ndjson");
                let answer = request.body(batch.clone()).send().await?;
                assert_eq!(answer.status(), 200, "{}", answer.text().await?);
            }
            Ok::<(), reqwest::Error>(())
        }
    });
    futures_util::future::try_join_all(posts).await?;
    Ok(BULK_RECORDS as f64 / started.elapsed().as_secs_f64())
}

/// Rows per second of `psql \copy` of the same rows into a table with the same primary key.
async fn copy(postgres: &PrivatePostgres, directory: &Path) -> Outcome<f64> {
    let file = directory.join("rows.csv");
    psql(
        postgres,
        "CREATE TABLE copy_reference (LIKE task_record, PRIMARY KEY (provider_id, started_at, record_key))",
    )
    .await?;
    // In the order of arrival, which is not that of the key.
    psql(postgres, &format!("\\copy (SELECT * FROM task_record ORDER BY ctid) TO '{}' CSV", file.display()))
        .await?;
    let started = Instant::now();
    psql(postgres, &format!("\\copy copy_reference FROM '{}' CSV", file.display())).await?;
    Ok(BULK_RECORDS as f64 / started.elapsed().as_secs_f64())
}

/// Records per second of single posts by many clients.
async fn single(client: &Client) -> Outcome<f64> {
    let started = Instant::now();
    let posts = (0..SINGLE_CLIENTS).map(|number| async move {
        for i in 0..SINGLE_PER_CLIENT {
            let body = record(BULK_RECORDS + number * SINGLE_PER_CLIENT + i);
            let request = client.post("/v1/records").header("content-type", "application/x-ndjson");
            let answer = request.body(body).send().await?;
            assert_eq!(answer.status(), 200, "{}", answer.text().await?);
        }
        Ok::<(), reqwest::Error>(())
    });
    futures_util::future::try_join_all(posts).await?;
    Ok((SINGLE_CLIENTS * SINGLE_PER_CLIENT) as f64 / started.elapsed().as_secs_f64())
}

/// Prepared single-row inserts per second by as many clients, as pgbench reports them.
async fn pgbench(postgres: &PrivatePostgres, directory: &Path) -> Outcome<f64> {
    psql(postgres, "CREATE TABLE insert_reference (LIKE copy_reference INCLUDING INDEXES)").await?;
    let script = directory.join("insert.sql");
    std::fs::write(
        &script,
        "\\set energy random(300000000, 2000000000)\n\
         INSERT INTO insert_reference (started_at, record_key, energy_uj, provider_id, group_id, outcome, \
         received_at, input_tokens, output_tokens) VALUES (clock_timestamp(), gen_random_uuid(), :energy, 1, 1, \
         'completed', now(), 100, 200);\n",
    )?;
    let arguments: Vec<String> = vec![
        "-n".into(),
        "-M".into(),
        "prepared".into(),
        "-c".into(),
        SINGLE_CLIENTS.to_string(),
        "-j".into(),
        "2".into(),
        "-t".into(),
        SINGLE_PER_CLIENT.to_string(),
        "-f".into(),
        script.display().to_string(),
    ];
    let output = client_program(postgres, "pgbench", &arguments).await?;
    let tps = output.lines().find_map(|line| line.strip_prefix("tps = ")).ok_or("pgbench printed no tps")?;
    Ok(tps.split(' ').next().unwrap_or_default().parse()?)
}

async fn psql(postgres: &PrivatePostgres, command: &str) -> Outcome<String> {
    client_program(
        postgres,
        "psql",
        &["-qX".into(), "-v".into(), "ON_ERROR_STOP=1".into(), "-c".into(), command.into()],
    )
    .await
}

async fn client_program(postgres: &PrivatePostgres, name: &str, arguments: &[String]) -> Outcome<String> {
    let mut command = Command::new(name);
    command
        .arg("-h")
        .arg(postgres.socket_dir())
        .arg("-p")
        .arg(postgres.port().to_string())
        .arg("-U")
        .arg(postgres.user())
        .args(arguments)
        .arg(postgres.database());
    let name = PathBuf::from(name);
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    if !output.status.success() {
        return Err(format!("{}: {}", name.display(), String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

async fn publish(client: &Client) -> Outcome<String> {
    let request = json!({"service": "chat", "from": "2025-10-01", "to": "2025-11-01"});
    let built: serde_json::Value = client.post("/v1/disclosures").json(&request).send().await?.json().await?;
    let path = format!("/v1/disclosures/{}/versions/{}/publish", built["number"], built["version"]);
    client.post(&path).send().await?.error_for_status()?;
    Ok(format!("/disclosures/{}/v{}", built["number"], built["version"]))
}

async fn pages(client: &Client, path: &str) -> Outcome<f64> {
    let started = Instant::now();
    let gets = (0..PAGE_CLIENTS).map(|_| async move {
        for _ in 0..PAGES_PER_CLIENT {
            let answer = client.http.get(format!("{}{path}", client.url)).send().await?;
            assert_eq!(answer.status(), 200);
            answer.bytes().await?;
        }
        Ok::<(), reqwest::Error>(())
    });
    futures_util::future::try_join_all(gets).await?;
    Ok((PAGE_CLIENTS * PAGES_PER_CLIENT) as f64 / started.elapsed().as_secs_f64())
}
