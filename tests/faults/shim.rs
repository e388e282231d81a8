//! The library that is preloaded into Postgres (`shim.c`), and the words by which it is told what to do.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The words of the control file, in the order of `struct control`.
#[derive(Clone, Copy)]
enum Word {
    Full,
    BytesLeft,
    SyncDelayMs,
    RefusedWal,
    RefusedHeap,
    RefusedOther,
    Delayed,
}

/// What a full disk refuses.
#[derive(Clone, Copy, Debug)]
pub enum Refusal {
    /// Files cannot grow, as on most file systems.
    Growth = 1,
    /// Nothing can be written, as where every write takes new room (copy on write).
    Writes = 2,
}

/// How often the shim struck since it was built.
#[derive(Clone, Copy, Debug, Default)]
pub struct Struck {
    pub refused_wal: i64,
    pub refused_heap: i64,
    pub refused_other: i64,
    pub delayed: i64,
}

pub struct Shim {
    pub library: PathBuf,
    pub control: PathBuf,
    words: File,
}

impl Shim {
    /// Compiles the library into `dir` and makes a control file that says: no fault.
    pub fn build(dir: &Path) -> Shim {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/shim.c");
        let (library, control) = (dir.join("shim.so"), dir.join("control"));
        let mut compiler = Command::new("cc");
        compiler.args(["-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o"]);
        let compiled = compiler.arg(&library).arg(source).arg("-ldl").output().expect("cc is installed");
        assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
        fs::write(&control, [0; 8 * (Word::Delayed as usize + 1)]).unwrap();
        // The server may run as another user. The directory is ours alone to write to.
        fs::set_permissions(&control, Permissions::from_mode(0o666)).unwrap();
        let words = File::options().read(true).write(true).open(&control).unwrap();
        Shim { library, control, words }
    }

    /// From now on the data directory takes this many more bytes.
    pub fn fill_disk(&self, refusal: Refusal, bytes_left: i64) {
        self.set(Word::BytesLeft, bytes_left);
        self.set(Word::Full, refusal as i64);
    }

    /// From now on every fsync takes this long, and a commit with it.
    pub fn delay_syncs(&self, ms: i64) {
        self.set(Word::SyncDelayMs, ms);
    }

    /// Ends all faults.
    pub fn heal(&self) {
        self.set(Word::Full, 0);
        self.set(Word::SyncDelayMs, 0);
    }

    pub fn struck(&self) -> Struck {
        Struck {
            refused_wal: self.get(Word::RefusedWal),
            refused_heap: self.get(Word::RefusedHeap),
            refused_other: self.get(Word::RefusedOther),
            delayed: self.get(Word::Delayed),
        }
    }

    fn set(&self, word: Word, value: i64) {
        self.words.write_all_at(&value.to_ne_bytes(), 8 * word as u64).unwrap();
    }

    fn get(&self, word: Word) -> i64 {
        let mut bytes = [0; 8];
        self.words.read_exact_at(&mut bytes, 8 * word as u64).unwrap();
        i64::from_ne_bytes(bytes)
    }
}

impl std::ops::Sub for Struck {
    type Output = Struck;

    fn sub(self, before: Struck) -> Struck {
        Struck {
            refused_wal: self.refused_wal - before.refused_wal,
            refused_heap: self.refused_heap - before.refused_heap,
            refused_other: self.refused_other - before.refused_other,
            delayed: self.delayed - before.delayed,
        }
    }
}

impl Struck {
    pub fn refused(self) -> i64 {
        self.refused_wal + self.refused_heap + self.refused_other
    }
}
