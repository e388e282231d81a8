//! Making files in a process of its own: what takes much time or memory, or breaks, takes the service with it
//! nowhere.
//!
//! The process is `taskwatt render`, which anybody can run with a published document to make the same files. It gets
//! the document in a directory of its own, no environment, and an input that closes when the service ends, whereupon
//! it ends too.

use super::room::Room;
use crate::domain::disclosure::Reference;
use crate::domain::problem::ProblemCode;
use crate::render::files::{FileFormat, Format};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Memory of one process. A document of 30 pages takes less than 300 MB with all formats; three times that leaves room
/// for a year with 40 models and the fonts for Chinese, which are 20 MB and unfolded a few times over.
pub const MEMORY_BYTES: u64 = 1024 * 1024 * 1024;
/// How long one process may take. A document of 30 pages takes less than 3 s; a busy machine may be twenty times
/// slower.
pub const TIME: Duration = Duration::from_secs(120);
/// Processes at a time where the settings do not say how many.
pub const DEFAULT_AT_ONCE: usize = 2;
/// Exit status of `taskwatt render` for a document of which a file cannot be made.
pub const REFUSED: u8 = 3;
/// What the process says on its output when it begins a format; the name of the format follows.
pub const BEGINS: &str = "begin ";

/// Makes files, so many documents at a time.
#[derive(Clone, Debug)]
pub struct Renderer {
    /// The program: this one, unless a test puts another in its place.
    pub program: PathBuf,
    pub memory_bytes: u64,
    pub time: Duration,
    turns: Arc<Semaphore>,
    at_once: usize,
}

/// One file of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeFile<F = Format> {
    pub format: F,
    pub bytes: Vec<u8>,
    pub sha256: [u8; 32],
}

/// Why files were not made.
#[derive(Debug, Error)]
pub enum WorkerError {
    #[error("making its files takes more than the {} MiB of memory that one disclosure may take", .0 / 1_048_576)]
    TooLarge(u64),
    #[error("making its files took longer than {} seconds", .0.as_secs())]
    TooSlow(Duration),
    /// With what stands in the way, in plain words.
    #[error("{0}")]
    Refused(String),
    /// With what it said last, for the log.
    #[error("the process that makes files ended without them: {0}")]
    Died(String),
    #[error("the process that makes files could not be run: {0}")]
    Io(#[from] io::Error),
}

impl WorkerError {
    /// The code of a refusal; `None` where something of ours failed.
    pub fn code(&self) -> Option<ProblemCode> {
        match self {
            WorkerError::TooLarge(_) => Some(ProblemCode::RenderTooLarge),
            WorkerError::TooSlow(_) => Some(ProblemCode::RenderTooSlow),
            WorkerError::Refused(_) => Some(ProblemCode::RenderRefused),
            WorkerError::Died(_) | WorkerError::Io(_) => None,
        }
    }
}

impl Renderer {
    /// Runs at most so many processes at a time; at least one.
    pub fn new(at_once: usize) -> Renderer {
        let at_once = at_once.max(1);
        let turns = Arc::new(Semaphore::new(at_once));
        Renderer { program: own_program(), memory_bytes: MEMORY_BYTES, time: TIME, turns, at_once }
    }

    /// How many documents are made at a time.
    pub fn at_once(&self) -> usize {
        self.at_once
    }

    /// Makes every file of a canonical document, in the order of [`FileFormat::all`]. `begins` is told the place of each
    /// format when it begins. Dropping the future ends the process.
    pub async fn render<F: FileFormat>(
        &self,
        document: &[u8],
        reference: Reference,
        begins: impl FnMut(usize),
    ) -> Result<Vec<MadeFile<F>>, WorkerError> {
        // The semaphore is never closed.
        let _turn = self.turns.acquire().await.map_err(|error| WorkerError::Died(error.to_string()))?;
        let room = Room::new()?;
        let path = room.path.join("document.json");
        fs::write(&path, document)?;
        let out = room.path.join("files");
        let said = room.path.join("said");
        let mut child = Command::new(&self.program)
            .arg("render")
            .arg(&path)
            .arg("--out")
            .arg(&out)
            .args(["--worker", "--memory-bytes", &self.memory_bytes.to_string()])
            .env_clear()
            .current_dir(&room.path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(&said)?)
            .kill_on_drop(true)
            .spawn()?;
        let running = async {
            if let Some(output) = child.stdout.take() {
                listen::<F>(output, begins).await?;
            }
            // Kept open until here: the process ends where its input does.
            let input = child.stdin.take();
            let status = child.wait().await;
            drop(input);
            status
        };
        let Ok(status) = timeout(self.time, running).await else {
            child.kill().await?;
            return Err(WorkerError::TooSlow(self.time));
        };
        let status = status?;
        if !status.success() {
            return Err(self.judge(status, &last_words(&said)));
        }
        F::all().iter().map(|format| made(&out, reference, *format)).collect()
    }

    /// What the end of a process means.
    fn judge(&self, status: ExitStatus, said: &str) -> WorkerError {
        // What the allocator says, and what starting a thread does where no memory is left. The system ends the largest
        // process where all memory is used up.
        let out_of_memory = [
            "memory allocation of",
            "out of memory",
            "Cannot allocate memory",
            "Resource temporarily unavailable",
        ];
        if status.signal() == Some(9) || out_of_memory.iter().any(|words| said.contains(words)) {
            return WorkerError::TooLarge(self.memory_bytes);
        }
        if status.code() == Some(REFUSED.into()) {
            return WorkerError::Refused(said.strip_prefix("error: ").unwrap_or(said).to_owned());
        }
        WorkerError::Died(format!("{status}: {said}"))
    }
}

/// This program itself. On Linux by the name under which a process finds its own, also where the file was replaced
/// by a later version meanwhile.
fn own_program() -> PathBuf {
    let own = PathBuf::from("/proc/self/exe");
    if own.exists() { own } else { std::env::current_exe().unwrap_or_else(|_| PathBuf::from("taskwatt")) }
}

/// Tells which formats begin, until the output ends.
async fn listen<F: FileFormat>(
    output: impl AsyncRead + Unpin,
    mut begins: impl FnMut(usize),
) -> io::Result<()> {
    let mut lines = BufReader::new(output).lines();
    while let Some(line) = lines.next_line().await? {
        let Some(word) = line.strip_prefix(BEGINS) else { continue };
        if let Some(place) = F::all().iter().position(|format| format.word() == word) {
            begins(place);
        }
    }
    Ok(())
}

fn made<F: FileFormat>(out: &Path, reference: Reference, format: F) -> Result<MadeFile<F>, WorkerError> {
    let name = format.file_name(reference);
    let bytes = fs::read(out.join(&name)).map_err(|error| match error.kind() {
        ErrorKind::NotFound => WorkerError::Died(format!("there is no file {name}")),
        _ => WorkerError::Io(error),
    })?;
    let sha256 = Sha256::digest(&bytes).into();
    Ok(MadeFile { format, bytes, sha256 })
}

/// The end of what a process said about its failure.
fn last_words(path: &Path) -> String {
    const MOST: usize = 2_000;
    let said = fs::read(path).unwrap_or_default();
    let said = String::from_utf8_lossy(&said[said.len().saturating_sub(MOST)..]).trim().to_owned();
    if said.is_empty() { "it said nothing".to_owned() } else { said }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_process_says_what_was_wrong_with_the_document() {
        let renderer = Renderer::new(1);
        let exit = |code: i32| ExitStatus::from_raw(code << 8);
        let judged = |status, said| renderer.judge(status, said);
        let refused = judged(exit(3), "error: the font lacks a letter");
        assert!(matches!(refused, WorkerError::Refused(why) if why == "the font lacks a letter"));
        let aborted = ExitStatus::from_raw(6);
        assert!(matches!(judged(aborted, "memory allocation of 8 bytes failed"), WorkerError::TooLarge(_)));
        let unread = "error: cannot read document.json: out of memory";
        assert!(matches!(judged(exit(1), unread), WorkerError::TooLarge(_)));
        assert!(matches!(judged(ExitStatus::from_raw(9), "it said nothing"), WorkerError::TooLarge(_)));
        assert!(matches!(judged(exit(101), "thread 'main' panicked"), WorkerError::Died(_)));
        assert!(matches!(judged(aborted, "fatal runtime error: stack overflow"), WorkerError::Died(_)));
    }
}
