//! Files to send, and the program that sends them.

use crate::cli::Ended;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::process::Command;

/// A directory that goes away with the test.
pub struct Dir(pub PathBuf);

impl Dir {
    pub fn new() -> Dir {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("taskwatt-send-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let dir = std::env::temp_dir().join(name);
        fs::create_dir(&dir).unwrap();
        Dir(dir)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.0.join(name), bytes).unwrap();
    }

    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    /// The program, in this directory.
    pub fn command(&self, url: &str, line: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_taskwatt"));
        command.arg("send").args(line.split_whitespace()).current_dir(&self.0);
        for variable in ["RUST_LOG", "http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"] {
            command.env_remove(variable);
        }
        // Without TLS, no certificates are needed.
        command.env("SSL_CERT_FILE", "/nowhere").env("SSL_CERT_DIR", "/nowhere");
        command.env("TASKWATT_URL", url).env("TASKWATT_KEY", "twk_0123456789");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    pub async fn send(&self, url: &str, line: &str) -> Ended {
        self.command(url, line).output().await.unwrap().into()
    }

    pub async fn send_with_key(&self, url: &str, key: &str, line: &str) -> Ended {
        self.command(url, line).env("TASKWATT_KEY", key).output().await.unwrap().into()
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
