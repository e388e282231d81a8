//! What of a file was stored, kept beside it in `FILE.taskwatt-sent`, so that sending it again goes on
//! where the last run ended. It only saves time: the service counts each record once anyway.

use anyhow::Context;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::{AddAssign, Range};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Form of the file; another one is not read.
const VERSION: u32 = 1;
const SAVE_INTERVAL: Duration = Duration::from_secs(1);
/// Bytes at either end of the file that its digest is of.
const ENDS_BYTES: u64 = 64 * 1024;

/// What became of records, and what it took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub accepted: u64,
    pub duplicates: u64,
    pub conflicts: u64,
    pub invalid: u64,
    pub requests: u64,
    pub retries: u64,
}

impl Counts {
    pub fn records(&self) -> u64 {
        self.accepted + self.duplicates + self.conflicts + self.invalid
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Counts) {
        self.accepted += other.accepted;
        self.duplicates += other.duplicates;
        self.conflicts += other.conflicts;
        self.invalid += other.invalid;
        self.requests += other.requests;
        self.retries += other.retries;
    }
}

/// The file, and the provider's account that it goes to; where one of these changed, all is sent again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    size: u64,
    modified_s: i64,
    modified_ns: i64,
    /// SHA-256 of the first and the last 64 KiB.
    digest: String,
    url: String,
    /// The beginning of the key, by which keys are told apart; the rest stays secret.
    key_start: String,
}

#[derive(Serialize, Deserialize)]
struct State {
    version: u32,
    #[serde(flatten)]
    subject: Subject,
    /// Parts that were stored whole, as byte offsets into the decompressed file, in ascending order.
    finished: Vec<Range<u64>>,
    /// Of the finished parts.
    counts: Counts,
    complete: bool,
}

/// Why a run begins where it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// There was no earlier run, or it is to be ignored.
    First,
    /// The file, the service or the key is another than in the earlier run, or its record is unreadable.
    Changed,
    /// Something was sent before.
    Resumed,
    /// All was sent before.
    Complete,
}

#[derive(Debug, Default)]
pub struct Ledger {
    /// Where it is saved, and for what; nowhere for what can be read once only.
    kept: Option<(PathBuf, Subject)>,
    finished: Vec<Range<u64>>,
    pub counts: Counts,
    is_complete: bool,
    saved_at: Option<Instant>,
}

/// `FILE.ending`, beside the file.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

impl Subject {
    pub fn of(path: &Path, url: &str, key_start: &str) -> io::Result<Subject> {
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        let mut ends = Vec::new();
        file.by_ref().take(ENDS_BYTES).read_to_end(&mut ends)?;
        file.seek(SeekFrom::Start(metadata.len().saturating_sub(ENDS_BYTES)))?;
        file.take(ENDS_BYTES).read_to_end(&mut ends)?;
        Ok(Subject {
            size: metadata.len(),
            modified_s: metadata.mtime(),
            modified_ns: metadata.mtime_nsec(),
            digest: format!("sha256:{}", hex::encode(Sha256::digest(&ends))),
            url: url.to_owned(),
            key_start: key_start.to_owned(),
        })
    }
}

impl Ledger {
    /// Of one run alone.
    pub fn unkept() -> Ledger {
        Ledger::default()
    }

    /// Reads what is known of a file; with `restart`, begins anew.
    pub fn open(file: &Path, subject: Subject, restart: bool) -> anyhow::Result<(Ledger, Beginning)> {
        let path = beside(file, ".taskwatt-sent");
        let text = match fs::read(&path) {
            Ok(text) if !restart => Some(text),
            Ok(_) => None,
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let state = text.as_ref().map(|text| serde_json::from_slice::<State>(text));
        let kept = Some((path, subject.clone()));
        let ledger = Ledger { kept, ..Ledger::default() };
        Ok(match state {
            None => (ledger, Beginning::First),
            Some(Ok(state)) if state.version == VERSION && state.subject == subject => {
                let State { finished, counts, complete: is_complete, .. } = state;
                let beginning = match (is_complete, finished.is_empty()) {
                    (true, _) => Beginning::Complete,
                    (false, true) => Beginning::First,
                    (false, false) => Beginning::Resumed,
                };
                (Ledger { finished, counts, is_complete, ..ledger }, beginning)
            }
            Some(_) => (ledger, Beginning::Changed),
        })
    }

    pub fn finished(&self) -> &[Range<u64>] {
        &self.finished
    }

    /// A batch was stored whole. Batches finish in any order; parts that touch become one.
    pub fn finish(&mut self, range: Range<u64>, counts: Counts) {
        self.counts += counts;
        let at = self.finished.partition_point(|other| other.start < range.start);
        self.finished.insert(at, range);
        self.finished.dedup_by(|next, part| {
            let touches = part.end == next.start;
            if touches {
                part.end = next.end;
            }
            touches
        });
    }

    /// Every batch was stored whole.
    pub fn complete(&mut self) {
        self.is_complete = true;
    }

    pub fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// Saves unless that was done within the last second.
    pub fn save_now_and_then(&mut self) {
        if self.saved_at.is_none_or(|saved_at| saved_at.elapsed() >= SAVE_INTERVAL) {
            self.save();
        }
    }

    /// Saves what is finished. A directory that cannot be written is told, once, and hinders nothing.
    pub fn save(&mut self) {
        self.saved_at = Some(Instant::now());
        if let Some((path, subject)) = &self.kept
            && let Err(error) = self.write(path, subject)
        {
            eprintln!("{} cannot be written, so a new run would start anew: {error}", path.display());
            self.kept = None;
        }
    }

    /// Writes a new file in the place of the old one, so that there is always a whole one.
    fn write(&self, path: &Path, subject: &Subject) -> io::Result<()> {
        let state = State {
            version: VERSION,
            subject: subject.clone(),
            finished: self.finished.clone(),
            counts: self.counts,
            complete: self.is_complete,
        };
        let new = beside(path, &format!(".{}", std::process::id()));
        let mut text = serde_json::to_vec_pretty(&state)?;
        text.push(b'\n');
        fs::write(&new, text)?;
        fs::rename(&new, path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(size: u64) -> Subject {
        let (digest, url, key_start) = (String::new(), String::new(), String::new());
        Subject { size, modified_s: 0, modified_ns: 0, digest, url, key_start }
    }

    #[test]
    fn parts_that_touch_become_one_in_whatever_order_they_finish() {
        let nowhere = Path::new("/nowhere/records.ndjson");
        let (mut ledger, beginning) = Ledger::open(nowhere, subject(1), false).unwrap();
        assert_eq!((beginning, ledger.is_complete()), (Beginning::First, false));
        let one = Counts { accepted: 1, ..Counts::default() };
        for (range, expected) in [
            (10..20, "[10..20]"),
            (30..40, "[10..20, 30..40]"),
            (0..10, "[0..20, 30..40]"),
            (20..30, "[0..40]"),
        ] {
            ledger.finish(range, one);
            assert_eq!(format!("{:?}", ledger.finished()), expected);
        }
        assert_eq!(ledger.counts.records(), 4);
    }

    #[test]
    fn the_name_is_kept_whole_and_the_directory_too() {
        assert_eq!(beside(Path::new("d/a.csv.gz"), ".x"), Path::new("d/a.csv.gz.x"));
        assert_eq!(beside(Path::new("a"), ".x"), Path::new("a.x"));
    }
}
