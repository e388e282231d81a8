//! The database goes away in the middle of the work and comes back: clients are told to come again,
//! and after sending everything again each record is counted once.

use crate::support::{Provider, TestApp, answer, record_with_all};
use futures_util::future::join_all;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use taskwatt::db::private_postgres::PrivatePostgres;
use taskwatt::db::{self, Address};
use tokio::sync::Notify;

/// A server of our own, in a directory that goes away with it.
struct Server {
    dir: PathBuf,
    postgres: Option<PrivatePostgres>,
}

impl Server {
    fn new() -> Server {
        let dir = std::env::temp_dir().join(format!("taskwatt-outage-{}", std::process::id()));
        fs::create_dir(&dir).unwrap();
        // As root, the server runs as another user, who must be able to enter.
        fs::set_permissions(&dir, Permissions::from_mode(0o755)).unwrap();
        Server { dir, postgres: None }
    }

    async fn start(&mut self) {
        let (dir, old) = (self.dir.clone(), self.postgres.take());
        let started = tokio::task::spawn_blocking(move || {
            drop(old);
            PrivatePostgres::start(&dir)
        });
        self.postgres = Some(started.await.unwrap().unwrap());
    }

    async fn connect(&self) -> db::Pool {
        let postgres = self.postgres.as_ref().unwrap();
        let address = Address::Socket {
            directory: postgres.socket_dir(),
            port: postgres.port(),
            user: postgres.user(),
            database: postgres.database(),
        };
        db::connect(address, 6, None).await.unwrap()
    }

    /// SIGQUIT ends every connection at once without a checkpoint, as `pg_ctl stop -m immediate` does;
    /// SIGKILL leaves everything lying about, as a crash does.
    fn crash(&self, signal: Signal) {
        kill(Pid::from_raw(pid_of(&self.dir).unwrap()), signal).unwrap();
    }
}

fn pid_of(dir: &Path) -> Option<i32> {
    fs::read_to_string(dir.join("postgres/postmaster.pid")).ok()?.lines().next()?.parse().ok()
}

impl Drop for Server {
    fn drop(&mut self) {
        // The last user stops the server.
        drop(self.postgres.take());
        if let Err(error) = fs::remove_dir_all(&self.dir) {
            eprintln!("{} is left behind: {error}", self.dir.display());
        }
    }
}

const LANES: usize = 4;
const REQUESTS: usize = 2_000;

/// One request of ten records; the same numbers always make the same request.
fn records(lane: usize, request: usize) -> Value {
    let record = |index: usize| {
        let at = format!("2025-10-{:02}T12:00:{:02}Z", 1 + lane, index % 60);
        let steps = json!([{"kind": "tool", "energy_wh": 0.05}]);
        record_with_all(&format!("{lane}-{request}-{index}"), &json!({"started_at": at, "steps": steps}))
    };
    Value::Array((0..10).map(record).collect())
}

/// Posts from `first` on until the service says that it has no database; answers the first request
/// that was not confirmed.
async fn post_until_away(provider: &Provider<'_>, lane: usize, first: usize, flowing: &Notify) -> usize {
    for request in first..REQUESTS {
        let response = provider.post("/v1/records").json(&records(lane, request)).send().await.unwrap();
        let retry_after = response.headers().get("retry-after").cloned();
        let (status, body) = answer(response).await;
        if status == 503 {
            assert_eq!(body["code"], "unavailable", "{body}");
            assert!(retry_after.is_some_and(|value| value.to_str().unwrap().parse::<u32>().unwrap() > 0));
            return request;
        }
        assert_eq!((status, &body["accepted"]), (200, &json!(10)), "{body}");
        if request >= first + 5 {
            flowing.notify_one();
        }
    }
    panic!("the outage was not noticed");
}

async fn assert_away(app: &TestApp, provider: &Provider<'_>) {
    assert_eq!(app.get("/healthz").await.status(), 200, "the process lives");
    // Each may wait for a connection until its patience ends, so they are asked together.
    let paths = ["/", "/providers/acme", "/disclosures/1", "/disclosures/1/v1"];
    let request = json!({"service": "chat", "from": "2025-10-01", "to": "2025-10-02"});
    // A process of the server that worked when the server was killed notices it only when it is done, and may
    // answer once more.
    while join_all(paths.map(|path| app.get(path))).await.iter().any(|response| response.status() == 200) {}
    let pages = join_all(paths.map(|path| app.get(path)));
    let (responses, (status, body), ready) =
        tokio::join!(pages, provider.build(&request), app.get("/readyz"));
    let (ready, why) = answer(ready).await;
    assert_eq!((ready, &why["code"]), (503, &json!("unavailable")));
    assert_eq!((status, &body["code"]), (503, &json!("unavailable")));
    for (path, response) in paths.into_iter().zip(responses) {
        assert_eq!(response.status(), 503, "{path}");
        assert!(response.headers().contains_key("retry-after"), "{path}");
        assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8", "{path}");
        let page = response.text().await.unwrap();
        assert!(page.contains("The database cannot be reached"), "{path}: {page}");
    }
}

/// Asks until the service is ready; each round waits for an answer.
async fn wait_until_ready(app: &TestApp) {
    for _ in 0..50 {
        if app.get("/readyz").await.status() == 200 {
            return;
        }
    }
    panic!("the service did not find its database again");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_survive_a_crash_of_the_database_and_are_counted_once() {
    let mut server = Server::new();
    server.start().await;
    let app = TestApp::serve(server.connect().await).await;
    let provider = app.provider("acme").await;
    let mut next = [0; LANES];
    for signal in [Signal::SIGQUIT, Signal::SIGKILL] {
        let flowing = Notify::new();
        let lanes = (0..LANES).map(|lane| post_until_away(&provider, lane, next[lane], &flowing));
        let crash = async {
            flowing.notified().await;
            server.crash(signal);
        };
        let (unconfirmed, ()) = tokio::join!(join_all(lanes), crash);
        assert_away(&app, &provider).await;

        server.start().await;
        wait_until_ready(&app).await;
        for (lane, unconfirmed) in unconfirmed.into_iter().enumerate() {
            for request in 0..=unconfirmed {
                let (status, counts) = provider.post_records(&records(lane, request)).await;
                assert_eq!(status, 200, "{counts}");
                if request < unconfirmed {
                    assert_eq!(counts["duplicates"], 10, "a confirmed record was lost: {counts}");
                }
            }
            next[lane] = unconfirmed + 1;
        }
        let expected = 10 * next.iter().sum::<usize>() as i64;
        assert_eq!(app.count("task_record").await, expected);
        let counted: i64 = sqlx::query_scalar("SELECT sum(tasks_completed)::bigint FROM total_hour")
            .fetch_one(&app.pool)
            .await
            .unwrap();
        assert_eq!(counted, expected);
        app.assert_totals().await;
    }
    // The connections are closed before the server is stopped.
    app.pool.close().await;
}
