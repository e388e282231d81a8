//! Tests with real servers. As root they run the servers as `postgres`, so the directories must be
//! open to that user.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{fs, process, thread};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User, geteuid};

use super::account::run;
use super::*;

/// A directory that goes away at the end of a test, and the server in it before that.
pub(super) struct TestDir {
    pub(super) path: PathBuf,
}

impl TestDir {
    pub(super) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("taskwatt-test-{}-{number}", process::id());
        let path = env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        Self { path: fs::canonicalize(path).unwrap() }
    }

    fn pid_file(&self) -> PathBuf {
        self.path.join("postgres/postmaster.pid")
    }

    fn pid(&self) -> Option<i32> {
        fs::read_to_string(self.pid_file()).ok()?.lines().next()?.parse().ok()
    }
}

impl Drop for TestDir {
    fn drop(&mut self) {
        // No panic here: during another one it would end the whole test run at once.
        if self.pid_file().exists() {
            let stopped = Account::of_server()
                .and_then(|account| Cluster::open_or_create(&self.path, account))
                .and_then(|cluster| cluster.stop());
            if let Err(error) = stopped {
                eprintln!("a server of the tests may be left running: {error}");
            }
        }
        if let Err(error) = fs::remove_dir_all(&self.path) {
            eprintln!("{} is left behind: {error}", self.path.display());
        }
    }
}

/// A process that has nothing to do with Postgres, of the same user as the server: Postgres minds
/// only the processes of its own user.
struct Stranger(Child);

impl Stranger {
    fn new() -> Self {
        let mut sleep = Account::of_server().unwrap().command(Path::new("sleep"));
        Self(sleep.arg("600").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Kills the server and gives its number to this process, as far as the files can tell.
    fn takes_the_number_of(&self, server: &TestDir) {
        let pid = server.pid().unwrap();
        kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
        for path in [server.pid_file(), server.path.join("socket/.s.PGSQL.5432.lock")] {
            let text = fs::read_to_string(&path).unwrap();
            let text = text.replacen(&pid.to_string(), &self.0.id().to_string(), 1);
            fs::write(&path, text).unwrap();
        }
    }

    fn lives(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Asks the server as the user of this process, the way Taskwatt itself connects.
fn query(postgres: &PrivatePostgres, sql: &str) -> String {
    let mut psql = Command::new(postgres.cluster.program("psql"));
    psql.arg("-h").arg(postgres.socket_dir()).args(["-p", &postgres.port().to_string()]);
    psql.args(["-U", postgres.user(), "-d", postgres.database(), "-XAtc", sql]);
    run(&mut psql).unwrap().trim().to_owned()
}

fn start(test: &TestDir) -> PrivatePostgres {
    PrivatePostgres::start(&test.path).unwrap()
}

/// Leaves as `kill -9` would: the kernel drops the lock and nothing else happens.
fn vanish(mut postgres: PrivatePostgres) {
    drop(postgres.users.take());
}

#[test]
fn data_outlives_the_server() {
    let test = TestDir::new();
    // What an interrupted first start leaves.
    fs::create_dir_all(test.path.join("postgres.new-1/base")).unwrap();

    let postgres = start(&test);
    assert_eq!(query(&postgres, "CREATE TABLE kept AS SELECT 7 AS n; SELECT n FROM kept"), "SELECT 1\n7");
    assert_eq!(query(&postgres, "SHOW shared_buffers"), "256MB");
    assert_eq!(query(&postgres, "SHOW fsync"), "on");
    assert_eq!(query(&postgres, "SHOW listen_addresses"), "");
    assert_eq!(query(&postgres, "SHOW server_encoding"), "UTF8");
    assert!(!test.path.join("postgres.new-1").exists());
    postgres.release().unwrap();
    assert!(!test.pid_file().exists());

    let postgres = start(&test);
    assert_eq!(query(&postgres, "SELECT n FROM kept"), "7");
    postgres.release().unwrap();
}

#[test]
fn the_last_user_stops_the_server() {
    let test = TestDir::new();
    // All at once, so that they race to make the cluster.
    let users: Vec<PrivatePostgres> = thread::scope(|scope| {
        let threads = [(); 3].map(|()| scope.spawn(|| start(&test)));
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let pid = test.pid().unwrap();
    let [first, second, last] = <[PrivatePostgres; 3]>::try_from(users).unwrap();
    first.release().unwrap();
    assert_eq!(query(&last, "SELECT 1"), "1");
    drop(second);
    assert_eq!(query(&last, "SELECT 1"), "1");
    assert_eq!(test.pid(), Some(pid));
    last.release().unwrap();
    assert!(!test.pid_file().exists());
}

#[test]
fn a_server_left_by_a_killed_user_is_joined() {
    let test = TestDir::new();
    vanish(start(&test));
    let pid = test.pid().unwrap();
    let postgres = start(&test);
    assert_eq!(test.pid(), Some(pid));
    assert_eq!(query(&postgres, "SELECT 1"), "1");
    postgres.release().unwrap();
    assert!(!test.pid_file().exists());
}

#[test]
fn a_killed_server_is_started_again() {
    let test = TestDir::new();
    let postgres = start(&test);
    query(&postgres, "CREATE TABLE kept AS SELECT 7 AS n");
    vanish(postgres);
    kill(Pid::from_raw(test.pid().unwrap()), Signal::SIGKILL).unwrap();

    let postgres = start(&test);
    assert_eq!(query(&postgres, "SELECT n FROM kept"), "7");
    postgres.release().unwrap();
}

#[test]
fn a_stale_pid_that_belongs_to_a_stranger_is_survived() {
    let test = TestDir::new();
    let mut stranger = Stranger::new();
    vanish(start(&test));
    stranger.takes_the_number_of(&test);

    let postgres = start(&test);
    assert_eq!(query(&postgres, "SELECT 1"), "1");
    assert!(stranger.lives());

    stranger.takes_the_number_of(&test);
    postgres.release().unwrap();
    assert!(stranger.lives(), "the stranger was taken for the server and stopped");
}

#[test]
fn a_long_path_and_a_space_are_no_obstacle() {
    let test = TestDir::new();
    let long = test.path.join("long name ".repeat(12));
    let postgres = PrivatePostgres::start(&long).unwrap();
    assert!(!postgres.socket_dir().starts_with(&long));
    assert_eq!(query(&postgres, "SELECT 1"), "1");
    let socket_dir = postgres.socket_dir().to_path_buf();
    postgres.release().unwrap();
    fs::remove_dir(socket_dir).unwrap();
}

#[test]
fn a_failing_start_shows_the_log() {
    let test = TestDir::new();
    start(&test).release().unwrap();
    let conf = test.path.join("postgres/postgresql.conf");
    let settings = fs::read_to_string(&conf).unwrap();
    fs::write(&conf, format!("{settings}no_such_setting = 1\n")).unwrap();
    let message = PrivatePostgres::start(&test.path).unwrap_err().to_string();
    assert!(message.contains("no_such_setting"), "{message}");
}

#[test]
fn root_is_told_when_its_server_cannot_enter_the_directory() {
    if !geteuid().is_root() {
        return;
    }
    let test = TestDir::new();
    fs::set_permissions(&test.path, Permissions::from_mode(0o700)).unwrap();
    let error = PrivatePostgres::start(&test.path.join("data")).unwrap_err();
    assert!(matches!(error, PrivatePostgresError::Unreachable { .. }), "{error}");
}

/// Root repeats the main test as an ordinary user; an ordinary user has run it as itself.
#[test]
fn an_ordinary_user_can_do_it() {
    let Some(nobody) = User::from_name("nobody").unwrap().filter(|_| geteuid().is_root()) else {
        return;
    };
    let test = TestDir::new();
    let home = test.path.join("home");
    fs::create_dir(&home).unwrap();
    chown(&home, Some(nobody.uid.as_raw()), Some(nobody.gid.as_raw())).unwrap();
    // The directory of the test binary may be closed to others.
    let program = test.path.join("tests");
    // A program copies it: what is open for writing here could not be started.
    run(Command::new("cp").arg(env::current_exe().unwrap()).arg(&program)).unwrap();

    let (_, module) = module_path!().split_once("::").unwrap();
    let name = format!("{module}::data_outlives_the_server");
    let mut again = Command::new(program);
    again.uid(nobody.uid.as_raw()).gid(nobody.gid.as_raw()).current_dir(&home);
    again.env("TMPDIR", &home).env_remove("XDG_RUNTIME_DIR").args(["--exact", &name]);
    let output = run(&mut again).unwrap();
    assert!(output.contains("1 passed"), "{output}");
}
