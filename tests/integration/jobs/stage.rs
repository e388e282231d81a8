//! A program in the place of the one that makes files, which says that it began and goes on when it is told to; and
//! processes of the service that use it. Pipes tell what happens, so nothing is waited for by the clock.

use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, mkfifo};
use serde_json::Value;
use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::AsyncBufReadExt;
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long something may take that must happen.
const PATIENCE: Duration = Duration::from_mins(2);

/// Where the program waits.
pub struct Stage {
    dir: PathBuf,
    /// Lines with the numbers of processes that began.
    began: Arc<Mutex<BufReader<File>>>,
    taken: AtomicUsize,
    scripts: AtomicUsize,
}

impl Stage {
    pub fn new() -> Stage {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("taskwatt-stage-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let dir = std::env::temp_dir().join(name);
        fs::create_dir(&dir).unwrap();
        let began = dir.join("began");
        mkfifo(&began, Mode::S_IRWXU).unwrap();
        // Open at both ends, so that opening waits for nobody and the pipe has no end.
        let began = File::options().read(true).write(true).open(began).unwrap();
        let began = Arc::new(Mutex::new(BufReader::new(began)));
        let stage = Stage { dir, began, taken: AtomicUsize::new(0), scripts: AtomicUsize::new(0) };
        // Each process has two pipes of its own: it holds one open while it lives, and reads a line from the other before
        // it does what the real program does.
        let (dir, real) = (stage.dir.display(), crate::support::PROGRAM);
        let text = format!(
            "/usr/bin/mkfifo {dir}/alive-$$ {dir}/go-$$\n\
             echo $$ > {dir}/began\n\
             exec 3> {dir}/alive-$$\n\
             read line < {dir}/go-$$\n\
             exec {real} \"$@\"\n"
        );
        stage.write("program", &text);
        stage
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The program that waits.
    pub fn program(&self) -> PathBuf {
        self.path("program")
    }

    /// Another program.
    pub fn script(&self, text: &str) -> PathBuf {
        let name = format!("script-{}", self.scripts.fetch_add(1, Ordering::Relaxed));
        self.write(&name, &format!("{text}\n"));
        self.path(&name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::write(&path, format!("#!/bin/sh\n{text}")).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    }

    /// The next process that began; answers when there is one.
    pub async fn actor(&self) -> Actor {
        let (dir, pipe) = (self.dir.clone(), self.began.clone());
        let began = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            pipe.lock().unwrap().read_line(&mut line).unwrap();
            let pid: i32 = line.trim().parse().unwrap();
            let alive = File::open(dir.join(format!("alive-{pid}"))).unwrap();
            Actor { pid, alive, go: dir.join(format!("go-{pid}")) }
        });
        let actor = timeout(PATIENCE, began).await.expect("no process began").unwrap();
        self.taken.fetch_add(1, Ordering::Relaxed);
        actor
    }

    /// Processes that began and were not asked for yet.
    pub fn waiting(&self) -> usize {
        let names = fs::read_dir(&self.dir).unwrap().map(|entry| entry.unwrap().file_name());
        let began = names.filter(|name| name.to_string_lossy().starts_with("alive-")).count();
        began - self.taken.load(Ordering::Relaxed)
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.dir));
    }
}

/// One process that waits.
pub struct Actor {
    pid: i32,
    /// Ends when the process does.
    alive: File,
    go: PathBuf,
}

impl Actor {
    /// Lets it go on.
    pub fn go_on(&self) {
        fs::write(&self.go, "\n").unwrap();
    }

    /// Lets it go on, and answers when it ended.
    pub async fn go_on_to_the_end(self) {
        self.go_on();
        self.exit().await;
    }

    /// Answers when it ended.
    pub async fn exit(mut self) {
        let ended = tokio::task::spawn_blocking(move || self.alive.read_to_end(&mut Vec::new()).unwrap());
        timeout(PATIENCE, ended).await.expect("the process does not end").unwrap();
    }

    /// SIGKILL, as to a process of which nobody takes care any more.
    pub fn kill(self) {
        kill(Pid::from_raw(self.pid), Signal::SIGKILL).unwrap();
    }
}

/// One process of the service.
pub struct Service {
    /// Where it listens, as `127.0.0.1:40123`.
    pub address: String,
    child: Child,
}

impl Service {
    /// Starts a service, with another program that makes files where one is given; answers when it listens.
    pub async fn start(database_url: &str, program: Option<PathBuf>) -> Service {
        Service::start_in(database_url, program, &std::env::temp_dir()).await
    }

    /// The same, with this temporary folder.
    pub async fn start_in(database_url: &str, program: Option<PathBuf>, tmp: &Path) -> Service {
        let mut serve = Command::new(crate::support::PROGRAM);
        serve.env_clear().env("DATABASE_URL", database_url).env("TMPDIR", tmp);
        serve.args(["serve", "--bind", "127.0.0.1:0"]);
        if let Some(program) = program {
            serve.arg("--render-program").arg(program);
        }
        serve.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = serve.spawn().unwrap();
        let mut lines = tokio::io::BufReader::new(child.stderr.take().unwrap()).lines();
        let (tell, told) = oneshot::channel();
        tokio::spawn(async move {
            let mut tell = Some(tell);
            // Read to its end, so that the service never waits for us.
            while let Ok(Some(line)) = lines.next_line().await {
                let line: Value = serde_json::from_str(&line).unwrap_or_default();
                if line["message"] == "serving"
                    && let Some(tell) = tell.take()
                {
                    // The test may have given up meanwhile.
                    let _ = tell.send(line["address"].as_str().unwrap_or_default().to_owned());
                }
            }
        });
        let address = timeout(PATIENCE, told).await.expect("the service does not start");
        Service { address: address.expect("the service ended before it listened"), child }
    }

    /// SIGKILL; answers when the process is gone.
    pub async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// SIGTERM; answers when the service has stopped without an error.
    pub async fn stop(mut self) {
        kill(Pid::from_raw(self.child.id().unwrap().cast_signed()), Signal::SIGTERM).unwrap();
        let status = timeout(PATIENCE, self.child.wait()).await.expect("the service does not stop").unwrap();
        assert!(status.success(), "the service stopped with {status}");
    }
}
