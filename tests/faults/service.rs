//! Processes of the service, and commands of its program.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long a process may take to begin or to end.
const PATIENCE: Duration = Duration::from_mins(1);

/// One process of the service.
pub struct Service {
    /// Where it listens, as `127.0.0.1:40123`.
    pub address: String,
    child: Child,
}

impl Service {
    /// Starts a service and answers when it listens.
    pub async fn start(database_url: &str, log: &Path) -> Service {
        let mut serve = program(database_url);
        serve.args(["serve", "--bind", "127.0.0.1:0", "--log", "taskwatt=info,taskwatt::http=warn,warn"]);
        let mut child = serve.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut log = std::fs::File::options().create(true).append(true).open(log).unwrap();
        let (tell, told) = oneshot::channel();
        tokio::spawn(async move {
            let mut tell = Some(tell);
            while let Ok(Some(line)) = lines.next_line().await {
                writeln!(log, "{line}").unwrap();
                if let Some(address) = address_in(&line)
                    && let Some(tell) = tell.take()
                {
                    // The harness may have given up meanwhile.
                    let _ = tell.send(address);
                }
            }
        });
        let address = timeout(PATIENCE, told).await.expect("the service does not start");
        Service { address: address.expect("the service ended before it listened; see service.log"), child }
    }

    /// SIGKILL; answers when the process is gone.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// SIGTERM; the service finishes what runs and says that all went well.
    pub async fn stop(mut self) {
        kill(Pid::from_raw(self.child.id().unwrap().cast_signed()), Signal::SIGTERM).unwrap();
        let status = timeout(PATIENCE, self.child.wait()).await.expect("the service does not stop").unwrap();
        assert!(status.success(), "the service stopped with {status}");
    }

    /// Whether the process lives; it must, unless we ended it.
    pub fn lives(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

/// The address in the line of the log that says that the service listens.
fn address_in(line: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok()?;
    (line["message"] == "serving").then(|| line["address"].as_str().map(str::to_owned))?
}

fn program(database_url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_taskwatt"));
    command.env_clear().env("DATABASE_URL", database_url).stdin(Stdio::null()).kill_on_drop(true);
    command
}

/// Runs one command to its end.
pub async fn run(database_url: &str, arguments: &[&str]) -> Output {
    let run = program(database_url).args(arguments).output();
    timeout(PATIENCE, run).await.unwrap_or_else(|_| panic!("{arguments:?} does not end")).unwrap()
}

/// Runs a command that must succeed, and answers what it printed.
pub async fn run_well(database_url: &str, arguments: &[&str]) -> String {
    let output = run(database_url, arguments).await;
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
