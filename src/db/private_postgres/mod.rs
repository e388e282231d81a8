//! The private Postgres server of an installation without `DATABASE_URL`.
//!
//! Several Taskwatt processes may use one data directory at once, say `taskwatt serve` and
//! `taskwatt key create`. The first one starts the server, the last one stops it. Two lock files
//! keep the count, because the kernel drops the locks of a process that is killed:
//!
//! - `start.lock` is held exclusively while a process starts or stops the server,
//! - `users.lock` is held shared for as long as a process uses the server. Who can get it
//!   exclusively on leaving was the last user.
//!
//! A server that outlives killed users is simply joined by the next one.
//!
//! In the data directory lie, beside the locks: the cluster `postgres`, its settings
//! `postgres.conf`, its log `postgres.log` and the directory `socket`.

mod account;
mod cluster;
mod error;
mod find;
#[cfg(test)]
mod tests;

use std::env;
use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use account::Account;
use cluster::Cluster;

pub use error::PrivatePostgresError;

/// The database role, made with the cluster as its superuser.
const USER: &str = "taskwatt";

/// The database.
const DATABASE: &str = "taskwatt";

/// One use of the private server of a data directory. All its functions block.
///
/// Dropping it leaves the server like [`release`](Self::release), with failures only logged.
#[derive(Debug)]
pub struct PrivatePostgres {
    cluster: Cluster,
    socket_dir: PathBuf,
    start_lock: PathBuf,
    /// Held shared until we leave; then it is gone.
    users: Option<LockFile>,
}

impl PrivatePostgres {
    /// Joins the server of this data directory, or makes and starts it.
    ///
    /// # Errors
    ///
    /// When Postgres is not installed, the directory cannot be used or the server does not start;
    /// the message says what to do.
    pub fn start(data_dir: &Path) -> Result<Self, PrivatePostgresError> {
        let account = Account::of_server()?;
        let data_dir = account::prepare_data_dir(data_dir)?;
        let start_lock = data_dir.join("start.lock");
        let starting = LockFile::exclusive(&start_lock)?;
        let cluster = Cluster::open_or_create(&data_dir, account)?;
        let users = LockFile::shared(&data_dir.join("users.lock"))?;
        let socket_dir = cluster.ensure_running()?;
        let postgres = Self { cluster, socket_dir, start_lock, users: Some(users) };
        let created = postgres.cluster.create_database(&postgres.socket_dir);
        // On failure `postgres` is dropped and takes this lock again to leave.
        drop(starting);
        created.map(|()| postgres)
    }

    /// The directory of the server's socket, to be given to a client as the host.
    #[must_use]
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    /// The port, which for a socket is just a part of its name.
    #[must_use]
    pub fn port(&self) -> u16 {
        account::PORT
    }

    /// The database role.
    #[must_use]
    pub fn user(&self) -> &str {
        USER
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &str {
        DATABASE
    }

    /// Leaves the server; the last user stops it and waits for its end. Connections of this
    /// process should be closed before.
    ///
    /// # Errors
    ///
    /// When the locks cannot be taken or the server does not stop in time.
    pub fn release(mut self) -> Result<(), PrivatePostgresError> {
        self.leave()
    }

    fn leave(&mut self) -> Result<(), PrivatePostgresError> {
        let Some(users) = self.users.take() else {
            return Ok(());
        };
        // With the start lock held nobody can join between our count and the stop.
        let _stopping = LockFile::exclusive(&self.start_lock)?;
        if users.is_the_only_one()? { self.cluster.stop() } else { Ok(()) }
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        if let Err(error) = self.leave() {
            tracing::warn!(%error, "leaving the private PostgreSQL server failed");
        }
    }
}

/// The data directory for a user who chose none: `/var/lib/taskwatt` for root, else `taskwatt` in
/// `$XDG_DATA_HOME` or `~/.local/share`.
///
/// # Errors
///
/// When the user has no home directory.
#[expect(clippy::disallowed_methods, reason = "where the system keeps its directories is no setting of ours")]
pub fn default_data_dir() -> Result<PathBuf, PrivatePostgresError> {
    let xdg_data_home = env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    account::default_data_dir(nix::unistd::geteuid(), xdg_data_home, env::home_dir())
}

/// A locked file. Each value opens the file anew, so locks of one process exclude each other, too.
#[derive(Debug)]
struct LockFile {
    file: File,
    path: PathBuf,
}

impl LockFile {
    fn open(path: &Path) -> Result<Self, PrivatePostgresError> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
        let file = file.map_err(PrivatePostgresError::file("open", path))?;
        Ok(Self { file, path: path.to_path_buf() })
    }

    fn exclusive(path: &Path) -> Result<Self, PrivatePostgresError> {
        let lock = Self::open(path)?;
        if !lock.try_exclusive()? {
            tracing::info!("waiting for another Taskwatt process that starts or stops PostgreSQL");
            lock.file.lock().map_err(PrivatePostgresError::file("lock", path))?;
        }
        Ok(lock)
    }

    fn shared(path: &Path) -> Result<Self, PrivatePostgresError> {
        let lock = Self::open(path)?;
        lock.file.lock_shared().map_err(PrivatePostgresError::file("lock", path))?;
        Ok(lock)
    }

    /// Gives up a shared lock and tells whether no other process holds one.
    fn is_the_only_one(&self) -> Result<bool, PrivatePostgresError> {
        self.file.unlock().map_err(PrivatePostgresError::file("unlock", &self.path))?;
        self.try_exclusive()
    }

    fn try_exclusive(&self) -> Result<bool, PrivatePostgresError> {
        match self.file.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(PrivatePostgresError::file("lock", &self.path)(error)),
        }
    }
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // Closing the file is not enough: a program that another thread is just starting may hold a
        // copy of it for a moment, and the lock with it. If even this fails, closing has to do.
        let _ = self.file.unlock();
    }
}
