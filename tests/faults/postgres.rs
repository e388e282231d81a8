//! A Postgres server of our own, durable (fsync and synchronous_commit are on) and started with the
//! shim, that can be killed and brought back.

use crate::shim::Shim;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::{Connection, PgConnection};
use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use taskwatt::db::private_postgres::PrivatePostgres;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::timeout;

/// How long anything of Postgres may take before we give up on it.
const PATIENCE: Duration = Duration::from_mins(2);

/// Small limits, so that a short run sees checkpoints, evictions and new WAL segments.
const SETTINGS: &[&str] = &[
    "fsync=on",
    "synchronous_commit=on",
    "full_page_writes=on",
    "shared_buffers=16MB",
    "max_wal_size=64MB",
    "checkpoint_timeout=30s",
    "max_connections=60",
    "logging_collector=off",
];

/// What the server's log tells about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Starting,
    Ready,
    /// Every process of the server is gone: its log has no writer any more.
    Ended,
}

pub struct Server {
    pub shim: Shim,
    dir: PathBuf,
    programs: PathBuf,
    child: Child,
    life: watch::Receiver<Life>,
}

impl Server {
    /// Makes the cluster below `dir` and starts the server.
    pub async fn start(dir: &Path) -> Server {
        // As root, the server runs as another user, who must be able to enter.
        fs::set_permissions(dir, Permissions::from_mode(0o755)).unwrap();
        let (at, shim) = (dir.to_path_buf(), Shim::build(dir));
        // Taskwatt itself knows how to find Postgres and to make a cluster.
        let made = tokio::task::spawn_blocking(move || PrivatePostgres::start(&at).unwrap().release());
        made.await.unwrap().unwrap();
        let options = fs::read_to_string(dir.join("postgres/postmaster.opts")).unwrap();
        let (program, _) = options.split_once(" \"").expect("the program and its quoted arguments");
        let programs = Path::new(program).parent().unwrap().to_path_buf();
        let (child, life) = launch(dir, &programs, &shim);
        let mut server = Server { shim, dir: dir.to_path_buf(), programs, child, life };
        server.heal().await;
        server
    }

    /// The address of a database of this server.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://taskwatt@localhost/{database}?host={}", self.dir.join("socket").display())
    }

    /// SIGKILL for the postmaster: everything is left lying about. Answers when all its children have
    /// noticed.
    pub async fn kill(&mut self) {
        if let Some(pid) = self.child.id() {
            kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL).unwrap();
        }
        self.wait_for_end().await;
    }

    /// `pg_ctl stop -m immediate`: every connection ends at once, without a checkpoint.
    pub async fn stop_immediately(&mut self) {
        let mut stop = command(&self.dir, &self.programs.join("pg_ctl"));
        stop.args(["stop", "-w", "-s", "-m", "immediate", "-D"]).arg(self.dir.join("postgres"));
        let stopped = stop.output().await.unwrap();
        assert!(stopped.status.success(), "{}", String::from_utf8_lossy(&stopped.stderr));
        self.wait_for_end().await;
    }

    async fn wait_for_end(&mut self) {
        let is_over = timeout(PATIENCE, self.life.wait_for(|life| *life == Life::Ended)).await.is_ok();
        assert!(is_over, "processes of Postgres outlive it: {}", self.log_end());
        self.child.wait().await.unwrap();
    }

    /// Ends all faults and answers when the server takes connections, started again where it ended.
    pub async fn heal(&mut self) {
        self.shim.heal();
        loop {
            let mut life = self.life.clone();
            if *life.borrow_and_update() == Life::Ended {
                self.child.wait().await.unwrap();
                (self.child, self.life) = launch(&self.dir, &self.programs, &self.shim);
            } else if self.connect("postgres").await.is_ok() {
                return;
            } else {
                // It is starting, recovering or ending: its log will tell.
                let told = timeout(PATIENCE, life.changed()).await;
                assert!(told.is_ok(), "Postgres does not come back: {}", self.log_end());
            }
        }
    }

    /// A connection to a database of this server.
    pub async fn connect(&self, database: &str) -> sqlx::Result<PgConnection> {
        PgConnection::connect(&self.url(database)).await
    }

    /// The log from its last lines.
    fn log_end(&self) -> String {
        let log = fs::read_to_string(self.dir.join("postgres.log")).unwrap_or_default();
        let lines: Vec<&str> = log.lines().rev().take(30).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }
}

/// A program of Postgres, run as the owner of the cluster and deaf to our environment.
fn command(dir: &Path, program: &Path) -> Command {
    let owner = fs::metadata(dir.join("postgres")).unwrap();
    let mut command = Command::new(program);
    command.env_clear().env("LC_ALL", "C").current_dir("/").uid(owner.uid()).gid(owner.gid());
    command.kill_on_drop(true).stdin(Stdio::null());
    command
}

fn launch(dir: &Path, programs: &Path, shim: &Shim) -> (Child, watch::Receiver<Life>) {
    let data = dir.join("postgres");
    let mut postgres = command(dir, &programs.join("postgres"));
    postgres.env("LD_PRELOAD", &shim.library);
    postgres.env("FAULTS_CONTROL", &shim.control).env("FAULTS_DATA_DIR", &data);
    postgres.arg("-D").arg(&data).args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
    let mut child = postgres.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).split(b'\n');
    let mut log = fs::File::options().create(true).append(true).open(dir.join("postgres.log")).unwrap();
    let (tell, life) = watch::channel(Life::Starting);
    tokio::spawn(async move {
        while let Ok(Some(line)) = lines.next_segment().await {
            log.write_all(&[line.as_slice(), b"\n"].concat()).unwrap();
            if line.ends_with(b"database system is ready to accept connections") {
                tell.send_replace(Life::Ready);
            }
        }
        tell.send_replace(Life::Ended);
    });
    (child, life)
}
