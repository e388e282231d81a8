//! The cluster (the files of one Postgres server) and the life of its server process.
//!
//! Everything here runs under the start lock, so no other Taskwatt process makes, starts or stops
//! the same cluster at the same time.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::thread;
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::sys::signal;
use nix::unistd::Pid;

use super::PrivatePostgresError as Error;
use super::account::{self, Account, PORT, last_lines, run, socket_file};
use super::find::{self, Binaries};
use super::{DATABASE, USER};

/// How long a server may take to start or to stop before we give up on it.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often a server is asked that somebody else started and that is not ready yet.
const ASK_AGAIN: Duration = Duration::from_millis(100);

/// The settings of the server, beside the place of its socket. Durability keeps its defaults.
const SETTINGS: &str = "\
listen_addresses = ''
unix_socket_permissions = 0700
timezone = 'UTC'
log_timezone = 'UTC'
max_connections = 100
shared_buffers = '256MB'
max_wal_size = '4GB'
checkpoint_timeout = '15min'
";

/// A cluster with the programs that can run it.
#[derive(Debug)]
pub(super) struct Cluster {
    data_dir: PathBuf,
    dir: PathBuf,
    account: Account,
    binaries: Binaries,
}

/// What a server answers when it is asked for a connection.
enum Answer {
    Ready(PathBuf),
    NotYet,
    NoServer,
}

/// The lines of `postmaster.pid` that matter here.
struct PidFile {
    pid: i32,
    cluster: PathBuf,
    socket_dir: PathBuf,
}

impl Cluster {
    /// Finds the programs and makes the cluster if it is missing.
    pub(super) fn open_or_create(data_dir: &Path, account: Account) -> Result<Self, Error> {
        let dir = data_dir.join("postgres");
        let binaries = find::choose(&find::candidate_dirs(), account, &dir)?;
        account.check_reach(data_dir, &binaries.program("postgres"))?;
        let cluster = Self { data_dir: data_dir.to_path_buf(), dir, account, binaries };
        if cluster.dir.join("PG_VERSION").exists() {
            account.check_private(&cluster.dir)?;
        } else {
            cluster.create()?;
        }
        Ok(cluster)
    }

    /// Joins the server if it runs, else starts it; returns the directory of its socket.
    pub(super) fn ensure_running(&self) -> Result<PathBuf, Error> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.ask()? {
                Answer::Ready(socket_dir) => return Ok(socket_dir),
                Answer::NotYet => {}
                Answer::NoServer => match self.launch() {
                    // The children of a killed server end on their own, but not in the same
                    // instant; until then Postgres refuses to start, and rightly so.
                    Err(Error::NotStarted { log_end, .. })
                        if log_end.contains("pre-existing shared memory block")
                            && Instant::now() < deadline => {}
                    result => return result,
                },
            }
            if Instant::now() >= deadline {
                return Err(self.not_ready());
            }
            // No tool waits for a server that another process started.
            #[expect(clippy::disallowed_methods, reason = "there is no event to wait for")]
            thread::sleep(ASK_AGAIN);
        }
    }

    /// Makes our database if it is missing.
    pub(super) fn create_database(&self, socket_dir: &Path) -> Result<(), Error> {
        let query = format!("SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'");
        if self.psql(socket_dir, &query)?.trim().is_empty() {
            self.psql(socket_dir, &format!("CREATE DATABASE {DATABASE}"))?;
        }
        Ok(())
    }

    /// Stops the server, if there is one, and waits for its end.
    pub(super) fn stop(&self) -> Result<(), Error> {
        match self.pid_file()? {
            // `pg_ctl stop` signals whatever process has the number, so it must be the right one.
            Some(file) if self.is_postmaster(file.pid) => {
                run(self.pg_ctl().args(["stop", "-m", "fast"])).map(drop)
            }
            _ => Ok(()),
        }
    }

    /// Makes the cluster under another name and renames it when it is whole, so that an
    /// interruption leaves no half-made cluster behind.
    fn create(&self) -> Result<(), Error> {
        self.remove_leftovers()?;
        let new = self.data_dir.join(format!("postgres.new-{}", process::id()));
        self.account.private_dir(&new)?;
        let mut initdb = self.account.command(&self.program("initdb"));
        initdb.arg("-D").arg(&new).arg(format!("--username={USER}"));
        // Trust is safe, because only the server's user can enter the directory of the socket.
        initdb.args(["--encoding=UTF8", "--locale=C", "--auth=trust", "--no-instructions"]);
        run(&mut initdb)?;

        // Root writes into a directory of another user here, so it must not follow a link.
        let conf = new.join("postgresql.conf");
        OpenOptions::new()
            .append(true)
            .custom_flags(OFlag::O_NOFOLLOW.bits())
            .open(&conf)
            .and_then(|mut file| {
                file.write_all(b"\n# Taskwatt's settings; the file is written anew at each start.\n")?;
                file.write_all(b"include '../postgres.conf'\n")?;
                file.sync_all()
            })
            .map_err(Error::file("write", &conf))?;
        fs::rename(&new, &self.dir).map_err(Error::file("move a new cluster to", &self.dir))?;
        let data_dir = File::open(&self.data_dir).and_then(|dir| dir.sync_all());
        data_dir.map_err(Error::file("sync", &self.data_dir))
    }

    /// Removes what interrupted processes left. We hold the start lock: nobody else is at work.
    fn remove_leftovers(&self) -> Result<(), Error> {
        let entries = fs::read_dir(&self.data_dir).map_err(Error::file("read", &self.data_dir))?;
        for entry in entries.flatten() {
            if entry.file_name().as_encoded_bytes().starts_with(b"postgres.new-") {
                let path = entry.path();
                fs::remove_dir_all(&path).map_err(Error::file("remove", &path))?;
            }
        }
        Ok(())
    }

    /// Asks the server named in `postmaster.pid`, if any, whether it takes connections.
    fn ask(&self) -> Result<Answer, Error> {
        let Some(file) = self.pid_file()? else {
            return Ok(Answer::NoServer);
        };
        // A copied data directory has the pid file of the original, whose server is not ours.
        if file.cluster == self.dir && file.socket_dir.is_absolute() {
            let output = self.client("pg_isready", &file.socket_dir).output();
            let program = self.program("pg_isready");
            match output.map_err(Error::file("run", &program))?.status.code() {
                Some(0) => return Ok(Answer::Ready(file.socket_dir)),
                // It lives, but is starting up or shutting down.
                Some(1) => return Ok(Answer::NotYet),
                _ => {}
            }
        }
        Ok(if self.is_postmaster(file.pid) { Answer::NotYet } else { Answer::NoServer })
    }

    /// Starts the server and waits until it takes connections.
    fn launch(&self) -> Result<PathBuf, Error> {
        let socket_dir = self.account.socket_dir(&self.data_dir, &account::temporary_dir())?;
        self.account.check_reach(&socket_dir, &self.program("postgres"))?;
        self.remove_stale_files(&socket_dir)?;
        self.write_settings(&socket_dir)?;
        let log = self.log();
        self.create_log(&log)?;
        match run(self.pg_ctl().arg("start").arg("-l").arg(&log)) {
            Ok(_) => Ok(socket_dir),
            Err(_) if self.pid_file()?.is_some_and(|file| self.is_postmaster(file.pid)) => {
                // A long recovery goes on, so that the next start finds it further on.
                Err(self.not_ready())
            }
            Err(Error::Program { detail, .. }) => {
                let complaint = detail.replace('\n', " ");
                Err(Error::NotStarted { complaint, log, log_end: self.log_end() })
            }
            Err(error) => Err(error),
        }
    }

    /// Removes what a killed server left and its successor would stumble over. Called when no
    /// server runs for this cluster.
    fn remove_stale_files(&self, socket_dir: &Path) -> Result<(), Error> {
        let mut stale = vec![socket_dir.join(format!(".s.PGSQL.{PORT}.lock")), socket_file(socket_dir)];
        // Postgres itself replaces the pid file of a process that is gone. But it believes that its
        // predecessor still runs when the number belongs to another process, as happens after a
        // restart of a container, or to a dead one that nobody has waited for yet. A file that
        // cannot be understood stops it, too.
        let taken = |file: PidFile| signal::kill(Pid::from_raw(file.pid), None) != Err(nix::Error::ESRCH);
        if self.pid_file()?.is_none_or(taken) {
            stale.push(self.dir.join("postmaster.pid"));
        }
        for path in stale {
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(Error::file("remove", &path)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Writes the settings that `postgresql.conf` includes. The file lies outside the cluster,
    /// because inside it root would write where another user can plant links.
    fn write_settings(&self, socket_dir: &Path) -> Result<(), Error> {
        let path = self.data_dir.join("postgres.conf");
        let text = format!(
            "# Written by Taskwatt at each start; changes here are lost.\n\
             {SETTINGS}port = {PORT}\nunix_socket_directories = '{}'\n",
            socket_dir.display()
        );
        fs::write(&path, text).map_err(Error::file("write", &path))?;
        // The server may be another user, whatever our umask says.
        let permissions = fs::Permissions::from_mode(0o644);
        fs::set_permissions(&path, permissions).map_err(Error::file("chmod", &path))
    }

    /// Makes the log, which the server's user could not make in a directory of root.
    fn create_log(&self, log: &Path) -> Result<(), Error> {
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(log) {
            Ok(file) => fchown(&file, Some(self.account.uid), Some(self.account.gid))
                .map_err(Error::file("chown", log)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(Error::file("create", log)(error)),
        }
    }

    /// Reads `postmaster.pid`; `None` if there is none or it makes no sense.
    fn pid_file(&self) -> Result<Option<PidFile>, Error> {
        let path = self.dir.join("postmaster.pid");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::file("read", &path)(error)),
        };
        // Its lines: pid, data directory, start time, port, socket directory, …
        let line = |number: usize| text.lines().nth(number - 1).unwrap_or_default();
        Ok(line(1).trim().parse().ok().filter(|pid| *pid > 1).map(|pid| PidFile {
            pid,
            cluster: PathBuf::from(line(2)),
            socket_dir: PathBuf::from(line(5)),
        }))
    }

    /// Whether the process is the chief process of this cluster's server. Its command line tells,
    /// and unlike its working directory everybody may read that, root without privileges included.
    fn is_postmaster(&self, pid: i32) -> bool {
        if !Path::new("/proc/self/cmdline").exists() {
            return run(self.pg_ctl().arg("status")).is_ok();
        }
        let command_line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let mut words = command_line.split(|byte| *byte == 0);
        let is_postgres = words.next().is_some_and(|program| program.ends_with(b"postgres"));
        is_postgres && words.any(|word| word == self.dir.as_os_str().as_encoded_bytes())
    }

    /// The program of that name that goes with this cluster.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.binaries.program(name)
    }

    fn pg_ctl(&self) -> Command {
        let mut command = self.account.command(&self.program("pg_ctl"));
        command.args(["-w", "-s", "-t"]).arg(PATIENCE.as_secs().to_string()).arg("-D").arg(&self.dir);
        command
    }

    /// A client program, set to connect to the database that every cluster has.
    fn client(&self, program: &str, socket_dir: &Path) -> Command {
        let mut command = self.account.command(&self.program(program));
        command.arg("-h").arg(socket_dir).args(["-p", &PORT.to_string(), "-U", USER, "-d", "postgres"]);
        command
    }

    fn psql(&self, socket_dir: &Path, sql: &str) -> Result<String, Error> {
        run(self.client("psql", socket_dir).args(["--no-psqlrc", "--tuples-only", "-c", sql]))
    }

    fn log(&self) -> PathBuf {
        self.data_dir.join("postgres.log")
    }

    /// The last lines of the log, read from its end, since it may be long.
    fn log_end(&self) -> String {
        const END_BYTES: u64 = 4096;
        let mut bytes = Vec::new();
        let read = File::open(self.log()).and_then(|mut file| {
            let start = file.metadata()?.len().saturating_sub(END_BYTES);
            file.seek(SeekFrom::Start(start))?;
            file.take(END_BYTES).read_to_end(&mut bytes)
        });
        match read {
            Ok(_) => last_lines(&String::from_utf8_lossy(&bytes)),
            Err(error) => format!("(the log cannot be read: {error})"),
        }
    }

    fn not_ready(&self) -> Error {
        Error::NotReady {
            seconds: PATIENCE.as_secs(),
            cluster: self.dir.clone(),
            log: self.log(),
            log_end: self.log_end(),
        }
    }
}
