//! Finds the programs of Postgres on this machine.

use std::env;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::PrivatePostgresError as Error;
use super::account::{Account, run};

/// The oldest major version Taskwatt is tested with.
pub(super) const MINIMUM_MAJOR: u32 = 14;

/// The programs that have to lie beside each other. Postgres looks for its own parts relative to
/// the directory it was started from, so a lone symbolic link to one of them is not enough.
const PROGRAMS: [&str; 5] = ["initdb", "pg_ctl", "postgres", "pg_isready", "psql"];

/// Install commands with the systems they are for, as `/etc/os-release` names them.
const INSTALL_COMMANDS: [(&str, &[&str]); 3] = [
    ("`apt-get install postgresql` (Debian, Ubuntu)", &["debian", "ubuntu"]),
    ("`dnf install postgresql-server` (Fedora)", &["fedora", "rhel", "centos"]),
    ("`brew install postgresql@17` (macOS)", &["macos"]),
];

/// A directory that holds the programs of one installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    dir: PathBuf,
    major: u32,
}

impl Binaries {
    /// The program of that name.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

/// Picks the first candidate that is new enough or, for data that exists already, the first of the
/// same major version, since only that one can read it.
pub(super) fn choose(candidates: &[PathBuf], account: Account, cluster: &Path) -> Result<Binaries, Error> {
    let wanted = cluster_major(cluster)?;
    let mut found: Vec<u32> = Vec::new();
    for dir in candidates {
        let Some(binaries) = inspect(dir, account) else {
            continue;
        };
        let fits = match wanted {
            Some(major) => binaries.major == major,
            None => binaries.major >= MINIMUM_MAJOR,
        };
        if fits {
            return Ok(binaries);
        }
        found.push(binaries.major);
    }
    Err(nothing_fits(cluster, wanted, found))
}

/// The error that says what is there and what is needed.
fn nothing_fits(cluster: &Path, wanted: Option<u32>, mut found: Vec<u32>) -> Error {
    found.sort_unstable();
    found.dedup();
    let versions: Vec<String> = found.iter().map(u32::to_string).collect();
    let found = match versions.as_slice() {
        [] => "none".to_owned(),
        versions => format!("only version {}", versions.join(", ")),
    };
    let install = install_commands(&system_ids());
    match wanted {
        None => Error::NoPostgres { minimum: MINIMUM_MAJOR, found, install },
        Some(major) => Error::OtherVersion { cluster: cluster.to_path_buf(), major, found, install },
    }
}

/// Every directory where the programs may lie, the most deliberate choice first.
pub(super) fn candidate_dirs() -> Vec<PathBuf> {
    let mut dirs = Vec::new();
    // A missing or failing `pg_config` only means that we look elsewhere.
    if let Ok(output) = run(Command::new("pg_config").arg("--bindir")) {
        dirs.push(PathBuf::from(output.trim()));
    }
    #[expect(clippy::disallowed_methods, reason = "the search path is no setting of ours")]
    let path = env::var_os("PATH");
    if let Some(path) = path {
        // A relative directory would mean another one to a program that starts in `/`.
        dirs.extend(env::split_paths(&path).filter(|dir| dir.is_absolute()));
    }
    for (parent, prefix) in [
        ("/usr/lib/postgresql", ""),
        ("/usr", "pgsql-"),
        ("/opt/homebrew/opt", "postgresql@"),
        ("/usr/local/opt", "postgresql@"),
    ] {
        dirs.extend(versioned_dirs(Path::new(parent), prefix));
    }
    dirs
}

/// The `bin` directories under `parent` whose names are `prefix` and a version, highest first.
fn versioned_dirs(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else {
        return Vec::new();
    };
    let mut dirs: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let version = name.to_str()?.strip_prefix(prefix)?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    dirs.sort_by(|a, b| b.cmp(a));
    dirs.into_iter().map(|(_, dir)| dir).collect()
}

/// The installation in `dir`, or the one that the `postgres` in `dir` is a link to.
fn inspect(dir: &Path, account: Account) -> Option<Binaries> {
    let target = fs::canonicalize(dir.join("postgres")).ok();
    let target_dir = target.as_deref().and_then(Path::parent);
    let complete = |dir: &&Path| PROGRAMS.iter().all(|name| is_executable(&dir.join(name)));
    let dir = target_dir.into_iter().chain([dir]).find(complete)?;
    // Run as the server's user, so that programs which that user may not run do not count.
    let version = run(account.command(&dir.join("postgres")).arg("--version")).ok()?;
    Some(Binaries { dir: dir.to_path_buf(), major: parse_version(&version)? })
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// The major version in words like `postgres (PostgreSQL) 17.2 (Debian 17.2-1)` or `… 18beta1`.
fn parse_version(text: &str) -> Option<u32> {
    let (_, version) = text.split_once("(PostgreSQL) ")?;
    version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// The major version that made the cluster, if there is a cluster.
fn cluster_major(cluster: &Path) -> Result<Option<u32>, Error> {
    let path = cluster.join("PG_VERSION");
    match fs::read_to_string(&path) {
        Ok(text) => match text.trim().parse() {
            Ok(major) => Ok(Some(major)),
            Err(error) => {
                let reason = io::Error::new(ErrorKind::InvalidData, error);
                Err(Error::file("understand", &path)(reason))
            }
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::file("read", &path)(error)),
    }
}

/// The names this system goes by: `ID` and `ID_LIKE` of `/etc/os-release`, or `macos`.
fn system_ids() -> String {
    let os_release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let ids = os_release.lines().filter_map(|line| {
        line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")).map(|id| id.trim_matches('"'))
    });
    ids.chain([env::consts::OS]).collect::<Vec<_>>().join(" ")
}

/// All install commands in one phrase, the one for this system first.
fn install_commands(system_ids: &str) -> String {
    let here = |systems: &[&str]| system_ids.split(' ').any(|id| systems.contains(&id));
    let mut commands = INSTALL_COMMANDS;
    // The sort is stable: the others keep their order.
    commands.sort_by_key(|(_, systems)| !here(systems));
    let [first, second, third] = commands.map(|(command, _)| command);
    format!("{first}, {second} or {third}")
}

#[cfg(test)]
mod tests {
    use super::super::tests::TestDir;
    use super::*;

    /// A directory of scripts that answer like an installation of that version.
    fn fake_installation(dir: &Path, version: &str) {
        fs::create_dir_all(dir).unwrap();
        for name in PROGRAMS {
            // A shell writes them: a program cannot be started while it is open for writing, and a
            // file that is open here is open for a moment in all that other tests just start.
            let script = "printf '#!/bin/sh\\necho \"%s (PostgreSQL) %s\"\\n' $1 \"$2\" >$1; chmod 755 $1";
            let mut shell = Command::new("sh");
            shell.current_dir(dir).args(["-c", script, "sh", name, version]);
            run(&mut shell).unwrap();
        }
    }

    #[test]
    fn nothing_found_names_the_install_command() {
        let test = TestDir::new();
        let account = Account::of_server().unwrap();
        let error = choose(std::slice::from_ref(&test.path), account, &test.path).unwrap_err();
        let message = error.to_string();
        assert!(message.starts_with("Taskwatt needs PostgreSQL 14 or newer and found none"), "{message}");
        assert!(message.contains("`apt-get install postgresql`"), "{message}");
        assert!(message.ends_with("or set DATABASE_URL to a running server."), "{message}");
    }

    #[test]
    fn the_install_command_of_this_system_comes_first() {
        assert!(install_commands("ubuntu debian linux").starts_with("`apt-get"));
        assert!(install_commands("rocky rhel centos fedora linux").starts_with("`dnf"));
        assert!(install_commands("macos").starts_with("`brew"));
        assert!(install_commands("linux").starts_with("`apt-get"));
    }

    #[test]
    fn the_first_complete_and_new_enough_installation_is_taken() {
        let test = TestDir::new();
        let account = Account::of_server().unwrap();
        let [old, partial, links, good] = ["old", "partial", "links", "good"].map(|n| test.path.join(n));
        fake_installation(&old, "13.9");
        fake_installation(&partial, "17.0");
        fs::remove_file(partial.join("initdb")).unwrap();
        fake_installation(&good, "16.4 (Debian 16.4-1)");
        fs::create_dir(&links).unwrap();
        std::os::unix::fs::symlink(good.join("postgres"), links.join("postgres")).unwrap();

        let cluster = test.path.join("postgres");
        let found = choose(&[old.clone(), partial, links], account, &cluster).unwrap();
        assert_eq!(found.major, 16);
        assert_eq!(found.dir, fs::canonicalize(&good).unwrap());

        let message = choose(&[old], account, &cluster).unwrap_err().to_string();
        assert!(message.contains("found only version 13 on this machine"), "{message}");
    }

    #[test]
    fn existing_data_wants_its_own_version() {
        let test = TestDir::new();
        let account = Account::of_server().unwrap();
        let [newer, same] = ["newer", "same"].map(|n| test.path.join(n));
        fake_installation(&newer, "17.0");
        fake_installation(&same, "15.2");
        fs::write(test.path.join("PG_VERSION"), "15\n").unwrap();

        assert_eq!(choose(&[newer.clone(), same], account, &test.path).unwrap().major, 15);
        let message = choose(&[newer], account, &test.path).unwrap_err().to_string();
        assert!(
            message.contains("made by PostgreSQL 15, but of PostgreSQL this machine has only version 17"),
            "{message}"
        );
    }

    #[test]
    fn versions_are_ordered_as_numbers() {
        let test = TestDir::new();
        for name in ["pgsql-9", "pgsql-17", "pgsql-15", "pgsql-old", "other"] {
            fs::create_dir(test.path.join(name)).unwrap();
        }
        let expected = ["pgsql-17/bin", "pgsql-15/bin", "pgsql-9/bin"].map(|n| test.path.join(n));
        assert_eq!(versioned_dirs(&test.path, "pgsql-"), expected);
        assert_eq!(parse_version("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(parse_version("postgres 9"), None);
    }
}
