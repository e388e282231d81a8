//! What can go wrong with the private server, each told in one sentence that says what to do.

use std::io;
use std::path::{Path, PathBuf};

/// Why the private server could not be started, used or stopped.
#[derive(Debug, thiserror::Error)]
pub enum PrivatePostgresError {
    /// No usable installation on this machine.
    #[error(
        "Taskwatt needs PostgreSQL {minimum} or newer and found {found} on this machine; \
         install it with {install}, or set DATABASE_URL to a running server."
    )]
    NoPostgres {
        /// The oldest major version that will do.
        minimum: u32,
        /// What was found instead, as words.
        found: String,
        /// The commands that install it, the one for this system first.
        install: String,
    },
    /// The data was written by a version of Postgres that this machine does not have.
    #[error(
        "The data in {cluster} was made by PostgreSQL {major}, but of PostgreSQL this machine has \
         {found}; install PostgreSQL {major} beside it (the newest comes with {install}), or move \
         the data with `pg_upgrade`, or choose an empty directory with --data-dir."
    )]
    OtherVersion {
        /// The directory of the cluster.
        cluster: PathBuf,
        /// The major version that made it.
        major: u32,
        /// The versions found, as words.
        found: String,
        /// The commands that install some version, the one for this system first.
        install: String,
    },
    /// Postgres refuses to run as root, and there is nobody else to run it as.
    #[error(
        "PostgreSQL does not run as root and this machine has no user `postgres`; create it with \
         `useradd --system postgres`, or start Taskwatt as an ordinary user, or set DATABASE_URL \
         to a running server."
    )]
    NoServerUser,
    /// The server's user may not enter a directory that it needs.
    #[error(
        "The user that runs PostgreSQL (id {uid}) cannot enter {dir}; choose another directory \
         with --data-dir, for example /var/lib/taskwatt, or allow it with `chmod o+x` on {dir} \
         and the directories above it."
    )]
    Unreachable {
        /// The directory.
        dir: PathBuf,
        /// The user id of the server.
        uid: u32,
    },
    /// A directory that must be private belongs to somebody else or is open to others.
    #[error(
        "{dir} belongs to user id {owner} with mode {mode:04o}, but it must be a directory of user \
         id {wanted} with mode 0700; start Taskwatt as the user who made it, or set them right \
         with `chown` and `chmod`, or choose another directory with --data-dir."
    )]
    NotPrivate {
        /// The directory.
        dir: PathBuf,
        /// Who owns it.
        owner: u32,
        /// Its permission bits.
        mode: u32,
        /// Who has to own it.
        wanted: u32,
    },
    /// The path has characters that the programs of Postgres cannot take.
    #[error(
        "The path {path:?} cannot hold a database, because PostgreSQL's programs do not take \
         quotes, commas, dollar signs, backslashes or control characters in it; choose another \
         directory with --data-dir."
    )]
    UnusablePath {
        /// The path.
        path: PathBuf,
    },
    /// Neither the data directory nor the temporary directory is short enough for a socket.
    #[error(
        "The socket {socket} has a longer path than the system allows ({limit} bytes); set \
         XDG_RUNTIME_DIR or TMPDIR to a shorter directory."
    )]
    SocketPathTooLong {
        /// The path of the socket.
        socket: PathBuf,
        /// The limit of the system.
        limit: usize,
    },
    /// There is no home directory to put the data under.
    #[error("Taskwatt found no home directory for its data; choose a directory with --data-dir.")]
    NoHome,
    /// The file system refused something.
    #[error("Taskwatt cannot {action} {path} ({reason}); check its permissions and the free space.")]
    File {
        /// What was tried, as a verb.
        action: &'static str,
        /// On which file.
        path: PathBuf,
        /// The system's answer.
        reason: io::Error,
    },
    /// A program of Postgres could not be run or failed.
    #[error("The program `{program}` failed; mend the cause it names, then start again: {detail}")]
    Program {
        /// Its name.
        program: String,
        /// The end of what it said.
        detail: String,
    },
    /// The server ended while it started.
    #[error(
        "The private PostgreSQL server did not start ({complaint}); mend the cause, then start \
         again. {log} ends with:\n{log_end}"
    )]
    NotStarted {
        /// What `pg_ctl` said.
        complaint: String,
        /// The log of the server.
        log: PathBuf,
        /// Its last lines.
        log_end: String,
    },
    /// The server lives but takes no connections.
    #[error(
        "The private PostgreSQL server is not ready after {seconds} seconds; start again if its \
         log shows progress, else stop it with `pg_ctl stop -m fast -D {cluster}`. \
         {log} ends with:\n{log_end}"
    )]
    NotReady {
        /// How long we waited.
        seconds: u64,
        /// The directory of the cluster.
        cluster: PathBuf,
        /// The log of the server.
        log: PathBuf,
        /// Its last lines.
        log_end: String,
    },
}

impl PrivatePostgresError {
    /// For `map_err` on a file operation: `fs::read(path).map_err(Error::file("read", path))`.
    pub(super) fn file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |reason| Self::File { action, path, reason }
    }
}
