//! Whom the server runs as, and the directories that belong to that user.

use std::env;
use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::unistd::{Uid, User, getegid, geteuid};

use super::PrivatePostgresError as Error;

/// The number in the name of the socket; no TCP port is ever opened.
pub(super) const PORT: u16 = 5432;

/// The longest path a socket can have: the size of `sun_path` without its closing zero.
const SOCKET_PATH_MAX_BYTES: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// The OS user that runs the programs of Postgres: ourselves or, for root, `postgres`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Account {
    /// The account for the user of this process.
    pub(super) fn of_server() -> Result<Self, Error> {
        if !geteuid().is_root() {
            return Ok(Self { uid: geteuid().as_raw(), gid: getegid().as_raw() });
        }
        match User::from_name("postgres") {
            Ok(Some(user)) => Ok(Self { uid: user.uid.as_raw(), gid: user.gid.as_raw() }),
            Ok(None) | Err(_) => Err(Error::NoServerUser),
        }
    }

    /// A command that runs as this user and is deaf to our own environment's Postgres settings.
    pub(super) fn command(self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // Our working directory may be closed to the user, and the server must not pin it.
        command.uid(self.uid).gid(self.gid).current_dir("/");
        for (name, _) in env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"PG") {
                command.env_remove(name);
            }
        }
        command.env("LC_ALL", "C");
        command
    }

    /// Makes a directory that only this user may enter, or checks that the one there is such.
    pub(super) fn private_dir(self, dir: &Path) -> Result<(), Error> {
        match DirBuilder::new().mode(0o700).create(dir) {
            // Only what we have just made is given away, never what somebody else put there.
            Ok(()) => chown(dir, Some(self.uid), Some(self.gid)).map_err(Error::file("chown", dir)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => self.check_private(dir),
            Err(error) => Err(Error::file("create", dir)(error)),
        }
    }

    /// Refuses a directory that others own, can enter or have replaced by a link.
    pub(super) fn check_private(self, dir: &Path) -> Result<(), Error> {
        let meta = fs::symlink_metadata(dir).map_err(Error::file("look at", dir))?;
        let mode = meta.mode() & 0o7777;
        if meta.is_dir() && meta.uid() == self.uid && mode & 0o077 == 0 {
            return Ok(());
        }
        Err(Error::NotPrivate { dir: dir.to_path_buf(), owner: meta.uid(), mode, wanted: self.uid })
    }

    /// Checks that this user may enter `dir`, by running `program` (which did run in `/`) there.
    pub(super) fn check_reach(self, dir: &Path, program: &Path) -> Result<(), Error> {
        match self.command(program).arg("--version").current_dir(dir).output() {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                Err(Error::Unreachable { dir: dir.to_path_buf(), uid: self.uid })
            }
            Err(error) => Err(Error::file("enter", dir)(error)),
        }
    }

    /// Where the socket goes: beside the data or, if that path is too long, into a directory for
    /// temporary files. The name there is made from the user and the data directory, so that every
    /// process finds the same one.
    pub(super) fn socket_dir(self, data_dir: &Path, temporary: &Path) -> Result<PathBuf, Error> {
        let mut dir = data_dir.join("socket");
        if socket_file(&dir).as_os_str().len() > SOCKET_PATH_MAX_BYTES {
            let digest = fnv1a(data_dir.as_os_str().as_encoded_bytes());
            dir = temporary.join(format!("taskwatt-{}-{digest:016x}", self.uid));
            check_characters(&dir)?;
        }
        let socket = socket_file(&dir);
        if socket.as_os_str().len() > SOCKET_PATH_MAX_BYTES {
            return Err(Error::SocketPathTooLong { socket, limit: SOCKET_PATH_MAX_BYTES });
        }
        self.private_dir(&dir)?;
        Ok(dir)
    }
}

/// The socket that the server makes in its socket directory.
pub(super) fn socket_file(dir: &Path) -> PathBuf {
    dir.join(format!(".s.PGSQL.{PORT}"))
}

/// The directory for temporary files. `XDG_RUNTIME_DIR` is closed to other users, so it does not
/// serve root, whose server is another user.
#[expect(clippy::disallowed_methods, reason = "where the system keeps its directories is no setting of ours")]
pub(super) fn temporary_dir() -> PathBuf {
    match env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from) {
        Some(dir) if dir.is_absolute() && !geteuid().is_root() => dir,
        _ => env::temp_dir(),
    }
}

/// Makes the data directory if it is missing and returns its one true path: the server is
/// recognised by it, so two spellings must not occur.
pub(super) fn prepare_data_dir(data_dir: &Path) -> Result<PathBuf, Error> {
    check_characters(data_dir)?;
    if !data_dir.exists() {
        // The server of root is another user, who has to pass through but not to look around.
        let mode = if geteuid().is_root() { 0o711 } else { 0o700 };
        let created = DirBuilder::new().recursive(true).mode(mode).create(data_dir);
        created.map_err(Error::file("create", data_dir))?;
        // A strict umask must not take the passage away.
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(data_dir, permissions).map_err(Error::file("chmod", data_dir))?;
    }
    let path = fs::canonicalize(data_dir).map_err(Error::file("enter", data_dir))?;
    check_characters(&path)?;
    Ok(path)
}

/// The default data directory of a user with these settings.
pub(super) fn default_data_dir(
    uid: Uid,
    xdg_data_home: Option<PathBuf>,
    home: Option<PathBuf>,
) -> Result<PathBuf, Error> {
    if uid.is_root() {
        return Ok(PathBuf::from("/var/lib/taskwatt"));
    }
    let base = match xdg_data_home.filter(|dir| dir.is_absolute()) {
        Some(dir) => dir,
        None => home.filter(|dir| dir.is_absolute()).ok_or(Error::NoHome)?.join(".local/share"),
    };
    Ok(base.join("taskwatt"))
}

/// Runs a program to its end and returns what it printed; a failure carries what it complained of.
pub(super) fn run(command: &mut Command) -> Result<String, Error> {
    let program = command.get_program().to_string_lossy().into_owned();
    let failed = |detail: String| Error::Program { program: program.clone(), detail };
    let output = command.output().map_err(|error: io::Error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let complaint = String::from_utf8_lossy(&output.stderr);
    Err(failed(format!("{} ({})", last_lines(&complaint), output.status)))
}

/// The last five lines, which is where programs name the cause.
pub(super) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(5)..].join("\n")
}

/// `pg_ctl` and `initdb` hand paths to a shell between double quotes, the server splits its socket
/// directories at commas, and its configuration file has quotes and escapes of its own.
fn check_characters(path: &Path) -> Result<(), Error> {
    let usable = |text: &str| !text.contains(|c: char| c.is_control() || "\"'`$\\,".contains(c));
    if path.to_str().is_some_and(usable) {
        return Ok(());
    }
    Err(Error::UnusablePath { path: path.to_path_buf() })
}

/// The FNV-1a hash: short, and the same in every build, which the standard hasher does not promise.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::TestDir;
    use super::*;

    #[test]
    fn the_default_directory_follows_the_user() {
        let root = Uid::from_raw(0);
        let user = Uid::from_raw(1000);
        let path = |text: &str| Some(PathBuf::from(text));
        let of = |uid, xdg, home| default_data_dir(uid, xdg, home).unwrap();
        assert_eq!(of(root, path("/x"), path("/root")), Path::new("/var/lib/taskwatt"));
        assert_eq!(of(user, path("/x"), path("/home/u")), Path::new("/x/taskwatt"));
        assert_eq!(of(user, path("relative"), path("/home/u")), Path::new("/home/u/.local/share/taskwatt"));
        assert!(matches!(default_data_dir(user, None, None), Err(Error::NoHome)));
    }

    #[test]
    fn a_long_path_moves_the_socket_to_the_temporary_directory() {
        let test = TestDir::new();
        let account = Account::of_server().unwrap();
        let long = test.path.join("x".repeat(100));
        let dir = account.socket_dir(&long, &test.path).unwrap();
        assert_eq!(dir.parent(), Some(test.path.as_path()));
        assert_eq!(account.socket_dir(&long, &test.path).unwrap(), dir, "the name is stable");
        let error = account.socket_dir(&long, &long).unwrap_err();
        assert!(matches!(error, Error::SocketPathTooLong { .. }), "{error}");
    }

    #[test]
    fn a_socket_directory_open_to_others_is_refused() {
        let test = TestDir::new();
        let account = Account::of_server().unwrap();
        let dir = account.socket_dir(&test.path, &test.path).unwrap();
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
        let error = account.socket_dir(&test.path, &test.path).unwrap_err();
        assert!(error.to_string().contains("with mode 0755"), "{error}");
        fs::remove_dir(&dir).unwrap();
        std::os::unix::fs::symlink("/", &dir).unwrap();
        let error = account.socket_dir(&test.path, &test.path).unwrap_err();
        assert!(matches!(error, Error::NotPrivate { .. }), "{error}");
    }

    #[test]
    fn paths_that_a_shell_would_read_are_refused() {
        for bad in ["/a/$HOME", "/a/b\"c", "/a/`id`", "/a,b", "/a\nb", "/it's"] {
            let error = check_characters(Path::new(bad)).unwrap_err();
            assert!(matches!(error, Error::UnusablePath { .. }), "{error}");
        }
        check_characters(Path::new("/home/Jörg Ångström/task watt")).unwrap();
    }
}
