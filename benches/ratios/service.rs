//! The service as users run it: its own process on a private Postgres.

use crate::Outcome;
use crate::client::Connection;
use crate::load::{MODELS, SITES};
use std::path::PathBuf;
use std::process::Stdio;
use taskwatt::app::Clock;
use taskwatt::cli::key;
use taskwatt::db::private_postgres::PrivatePostgres;
use taskwatt::db::registry::{self, NewModel, NewProvider};
use taskwatt::db::{self, Address, Pool};
use taskwatt::domain::key::KeyLimits;
use taskwatt::domain::registry::ProviderKind;
use taskwatt::domain::terms::Scope;
use taskwatt::intensity::builtin;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

pub struct Service {
    process: Child,
    pub postgres: PrivatePostgres,
    pool: Pool,
    pub directory: PathBuf,
    pub address: String,
    pub key: String,
}

impl Service {
    pub async fn start() -> Outcome<Service> {
        let directory = std::env::temp_dir().join(format!("taskwatt-bench-{}", std::process::id()));
        std::fs::create_dir_all(&directory)?;
        let data_dir = directory.join("data");
        let own = data_dir.clone();
        let postgres = tokio::task::spawn_blocking(move || PrivatePostgres::start(&own)).await??;
        let address = Address::Socket {
            directory: postgres.socket_dir(),
            port: postgres.port(),
            user: postgres.user(),
            database: postgres.database(),
        };
        let pool = db::connect(address, 2, None).await?;
        db::migrate(&pool).await?;
        builtin::load(&pool, Clock::System.now()).await?;
        let key = register(&pool).await?;
        let mut process = Command::new(env!("CARGO_BIN_EXE_taskwatt"))
            .args(["serve", "--bind", "127.0.0.1:0", "--log", "taskwatt::cli=info,warn", "--data-dir"])
            .arg(&data_dir)
            .env_remove("DATABASE_URL")
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let log = process.stderr.take().ok_or("no log of the service")?;
        let mut lines = BufReader::new(log).lines();
        let address = loop {
            let line = lines.next_line().await?.ok_or("the service ended")?;
            let line: serde_json::Value = serde_json::from_str(&line)?;
            if let Some(address) = line["fields"]["address"].as_str().or(line["address"].as_str()) {
                break address.to_owned();
            }
            eprintln!("{line}");
        };
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                eprintln!("{line}");
            }
        });
        Ok(Service { process, postgres, pool, directory, address, key })
    }

    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    pub fn data_dir(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// The first keys of grid zones.
    pub async fn zones(&self, count: usize) -> Outcome<Vec<String>> {
        let sql = "SELECT zone_key FROM zone ORDER BY zone_key LIMIT $1";
        Ok(sqlx::query_scalar(sql).bind(count as i64).fetch_all(&self.pool).await?)
    }

    pub async fn connect(&self) -> Outcome<Connection> {
        Connection::open(&self.address, &self.key).await
    }

    pub async fn count_records(&self) -> Outcome<i64> {
        Ok(sqlx::query_scalar("SELECT count(*) FROM task_record").fetch_one(&self.pool).await?)
    }

    fn status(&self, field: &str) -> Outcome<f64> {
        let pid = self.process.id().ok_or("the service ended")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix(field)).ok_or("no such field")?;
        Ok(line.trim().trim_end_matches(" kB").trim().parse::<f64>()? * 1024.0 / 1e6)
    }

    pub fn peak_memory_mb(&self) -> Outcome<f64> {
        self.status("VmHWM:")
    }

    /// Sets the peak to what the service holds now.
    pub fn forget_peak_memory(&self) -> Outcome<()> {
        let pid = self.process.id().ok_or("the service ended")?;
        Ok(std::fs::write(format!("/proc/{pid}/clear_refs"), "5")?)
    }

    pub async fn database_bytes(&self) -> Outcome<f64> {
        let bytes: i64 =
            sqlx::query_scalar("SELECT pg_database_size(current_database())").fetch_one(&self.pool).await?;
        Ok(bytes as f64)
    }

    /// Puts parts of histograms together, and lets space that became free be used again, as autovacuum does.
    pub async fn settle(&self) -> Outcome<()> {
        db::maintenance::run(&self.pool, Clock::System.now()).await?;
        sqlx::query("VACUUM").execute(&self.pool).await?;
        Ok(())
    }

    pub async fn largest_relations(&self) -> Outcome<Vec<String>> {
        Ok(sqlx::query_scalar(
            "SELECT format('%s %s MB', relname, pg_relation_size(oid) / 1000000) FROM pg_class
             WHERE relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 5000000
             ORDER BY pg_relation_size(oid) DESC",
        )
        .fetch_all(&self.pool)
        .await?)
    }

    /// Checks the totals against the records, and stops everything.
    pub async fn stop(mut self, records: usize) -> Outcome<()> {
        self.process.start_kill()?;
        self.process.wait().await?;
        let checked = db::check::check_totals(&self.pool, &|_, _| ()).await?;
        assert!(checked.differences.is_empty(), "totals differ from records: {:?}", checked.differences);
        assert_eq!(checked.records, records as i64, "records were lost or counted twice");
        self.pool.close().await;
        let postgres = self.postgres;
        tokio::task::spawn_blocking(move || postgres.release()).await??;
        Ok(std::fs::remove_dir_all(&self.directory)?)
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
        lei: None,
        role: None,
    };
    let id = registry::insert_provider(pool, new, now).await?;
    registry::insert_service(pool, id, &"chat".parse()?, "Chat", None, now).await?;
    for model in 0..MODELS {
        let key = format!("m-{model}").parse()?;
        let new = NewModel { key: &key, name: "Model", version: None, released_on: None };
        registry::insert_model(pool, id, new, now).await?;
    }
    for site in 0..SITES {
        registry::insert_site(pool, id, &format!("s-{site}").parse()?, "Site", "DE", now).await?;
    }
    // The limit on requests is not what is measured.
    let limits = KeyLimits { requests_per_minute: i32::MAX, records_per_day: None };
    let terms = key::KeyTerms { expires_at: None, limits };
    Ok(key::make_with(pool, id, "bench", &[Scope::RecordsWrite, Scope::DisclosuresWrite], terms, now).await?)
}
