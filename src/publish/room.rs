//! Directories in which files are made. A service that is killed cannot remove its own, so the next one does: a
//! directory is locked as long as it is in use, and the system takes the lock away with the process that held it.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// How the name of each begins. Versions before held no lock and named theirs `taskwatt-render-` and hexadecimal
/// digits; those are left alone, since nobody can tell whether they are in use.
const PREFIX: &str = "taskwatt-render-held-";

/// A directory that goes away with it, which nobody else may enter: what is not published yet stands in it.
pub(super) struct Room {
    pub(super) path: PathBuf,
    /// The directory itself, locked.
    _lock: File,
}

impl Room {
    /// Makes one in the temporary folder of this process.
    pub(super) fn new() -> io::Result<Room> {
        Room::new_in(&std::env::temp_dir())
    }

    fn new_in(dir: &Path) -> io::Result<Room> {
        loop {
            let path = dir.join(format!("{PREFIX}{}", Uuid::new_v4()));
            DirBuilder::new().mode(0o700).create(&path)?;
            // Whoever starts at this moment may take it for abandoned, because it is not locked yet. Then the next is
            // ours.
            if let Some(lock) = hold(&path)? {
                return Ok(Room { path, _lock: lock });
            }
        }
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            tracing::warn!(%error, path = %self.path.display(), "a directory of files stays behind");
        }
    }
}

/// Locks a directory that was just made; `None` where somebody else has it or removed it meanwhile.
fn hold(path: &Path) -> io::Result<Option<File>> {
    let found = |error: io::Error| if error.kind() == ErrorKind::NotFound { Ok(None) } else { Err(error) };
    let lock = match File::open(path) {
        Ok(lock) => lock,
        Err(error) => return found(error),
    };
    match lock.try_lock() {
        // Where a file system has no locks, nobody gets one to remove it either.
        Ok(()) | Err(TryLockError::Error(_)) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
    }
    let own = lock.metadata()?;
    match fs::metadata(path) {
        Ok(there) => Ok(((own.dev(), own.ino()) == (there.dev(), there.ino())).then_some(lock)),
        Err(error) => found(error),
    }
}

/// Removes what killed processes left in the temporary folder. What a living process holds, or another user's, stays.
pub fn remove_abandoned() {
    remove_abandoned_in(&std::env::temp_dir());
}

fn remove_abandoned_in(dir: &Path) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let is_room = entry.file_name().to_string_lossy().starts_with(PREFIX)
            && entry.file_type().is_ok_and(|kind| kind.is_dir());
        if !is_room {
            continue;
        }
        let path = entry.path();
        let Ok(lock) = File::open(&path) else { continue };
        if lock.try_lock().is_err() {
            continue;
        }
        match fs::remove_dir_all(&path) {
            Ok(()) => {
                tracing::info!(path = %path.display(), "removed a directory that a killed process left");
            }
            // Its owner was just done.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                tracing::warn!(%error, path = %path.display(), "a directory of files stays behind");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own for a test, which goes away with it.
    struct Folder(PathBuf);

    impl Folder {
        fn new() -> Folder {
            let path = std::env::temp_dir().join(format!("taskwatt-room-test-{}", Uuid::new_v4()));
            fs::create_dir(&path).unwrap();
            Folder(path)
        }

        fn names(&self) -> Vec<String> {
            let names = fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name());
            let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
            names.sort();
            names
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            drop(fs::remove_dir_all(&self.0));
        }
    }

    #[test]
    fn a_room_in_use_stays_and_goes_away_with_its_owner() {
        let folder = Folder::new();
        let room = Room::new_in(&folder.0).unwrap();
        fs::write(room.path.join("document.json"), "{}").unwrap();
        remove_abandoned_in(&folder.0);
        assert!(room.path.join("document.json").exists());
        drop(room);
        assert_eq!(folder.names(), [] as [String; 0]);
    }

    #[test]
    fn what_nobody_holds_is_removed_and_what_is_not_ours_stays() {
        let folder = Folder::new();
        let abandoned = folder.0.join(format!("{PREFIX}{}", Uuid::nil()));
        fs::create_dir_all(abandoned.join("files")).unwrap();
        fs::write(abandoned.join("files/a.pdf"), "%PDF").unwrap();
        // Of a version that held no lock, a file, and a link to a directory of somebody else.
        fs::create_dir(folder.0.join("taskwatt-render-0123abcd")).unwrap();
        fs::write(folder.0.join(format!("{PREFIX}file")), "").unwrap();
        fs::create_dir(folder.0.join("elsewhere")).unwrap();
        let link = folder.0.join(format!("{PREFIX}link"));
        std::os::unix::fs::symlink(folder.0.join("elsewhere"), &link).unwrap();
        remove_abandoned_in(&folder.0);
        let left =
            ["elsewhere", &format!("{PREFIX}file"), &format!("{PREFIX}link"), "taskwatt-render-0123abcd"];
        let mut left = left.map(str::to_owned);
        left.sort();
        assert_eq!(folder.names(), left);
    }

    #[test]
    fn a_room_that_is_taken_for_abandoned_before_it_is_locked_is_not_used() {
        let folder = Folder::new();
        let path = folder.0.join(format!("{PREFIX}new"));
        fs::create_dir(&path).unwrap();
        let other = File::open(&path).unwrap();
        other.try_lock().unwrap();
        assert!(hold(&path).unwrap().is_none(), "somebody else has it");
        drop(other);
        assert!(hold(&path).unwrap().is_some());
        fs::remove_dir(&path).unwrap();
        assert!(hold(&path).unwrap().is_none(), "it is gone");
    }
}
