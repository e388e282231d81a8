//! What the tests share: an application in a schema of its own, and a provider with everything that
//! a record names.

use chrono::{DateTime, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use taskwatt::app::{App, Clock};
use taskwatt::cli;
use taskwatt::db::registry::{self, NewModel, NewProvider};
use taskwatt::db::{self, Address, Pool, batch, declared};
use taskwatt::domain::batch::Batch;
use taskwatt::domain::ids::{BatchId, ProviderId, SiteId};
use taskwatt::domain::names::{Name, Slug};
use taskwatt::domain::period::Days;
use taskwatt::domain::registry::{ProviderKind, SiteDeclaration, SiteValue};
use taskwatt::domain::terms::{Scope, SiteFactorKind};
use taskwatt::http::{Listening, Signals};
use taskwatt::intensity::builtin;
use taskwatt::jobs;
use taskwatt::units::Ratio;
use tokio::task::AbortHandle;

/// The time in every test.
pub const NOW: &str = "2026-01-15T00:00:00Z";

/// The program that these tests are of.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_taskwatt");

/// A running service on a schema of its own.
pub struct TestApp {
    pub pool: Pool,
    pub url: String,
    pub http: Client,
    /// What does its jobs.
    pub worker: AbortHandle,
}

/// The address of the test database; `scripts/test` and `scripts/with-postgres` set it.
#[expect(clippy::disallowed_methods, reason = "tests have no configuration but this")]
pub fn database_url() -> String {
    std::env::var("TEST_DATABASE_URL").expect(
        "TEST_DATABASE_URL is not set; run the tests with scripts/test or scripts/with-postgres cargo test",
    )
}

/// The address of one schema of the test database, for a process of its own.
pub fn database_url_of(schema: &str) -> String {
    let url = database_url();
    let mark = if url.contains('?') { '&' } else { '?' };
    format!("{url}{mark}options[search_path]={schema}")
}

/// A schema that no other test uses.
fn new_schema() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Makes a new, empty schema and answers its name.
pub async fn make_schema() -> String {
    let schema = new_schema();
    let outside =
        db::connect(Address::Url(&database_url()), 1, None).await.expect("the test database answers");
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}")))
        .execute(&outside)
        .await
        .expect("a new schema");
    outside.close().await;
    schema
}

/// A pool on a schema; several may be open on one, as with several instances of the service.
pub async fn open_schema(schema: &str) -> Pool {
    db::connect(Address::Url(&database_url()), 6, Some(schema)).await.unwrap()
}

pub fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

impl TestApp {
    pub async fn start() -> TestApp {
        TestApp::serve(open_schema(&make_schema().await).await).await
    }

    /// Serves what is behind a pool, migrated and with the built-in data.
    pub async fn serve(pool: Pool) -> TestApp {
        TestApp::serve_with(pool, |_| ()).await
    }

    /// The same for an application that is special in some way, such as its clock.
    pub async fn serve_with(pool: Pool, adjust: impl FnOnce(&mut App)) -> TestApp {
        db::migrate(&pool).await.unwrap();
        builtin::load(&pool, now()).await.unwrap();
        let listening = Listening::on("127.0.0.1:0".parse().unwrap()).unwrap();
        let url = format!("http://{}", listening.address);
        let mut app = App::new(pool.clone(), Clock::Fixed(now()), &url);
        // The tests are not the program, and wait for as long as it takes.
        app.renderer.program = PROGRAM.into();
        app.job_patience = Duration::from_mins(5);
        adjust(&mut app);
        let worker = tokio::spawn(jobs::run(app.clone())).abort_handle();
        let server = listening.serve(app, Signals::LeftToCaller).unwrap();
        tokio::spawn(server);
        // It follows no redirect: a test looks at the answers themselves.
        let http = cli::http_client::local().build().unwrap();
        TestApp { pool, url, http, worker }
    }

    /// Adds a provider with the service `chat`, the model `m-1`, and the site `s-1` in Germany.
    pub async fn provider(&self, key: &str) -> Provider<'_> {
        let slug = Slug::parse(key).unwrap();
        self.add_provider(NewProvider {
            key: &slug,
            legal_name: &format!("{key} Ltd"),
            contact: Some("energy@example.org"),
            public_note: None,
            kind: ProviderKind::Operator,
            lei: None,
            role: None,
        })
        .await
    }

    /// The same for a provider that is special in some way.
    pub async fn add_provider(&self, new: NewProvider<'_>) -> Provider<'_> {
        let id = registry::insert_provider(&self.pool, new, now()).await.unwrap();
        let provider = Provider { app: self, id, secret: String::new() };
        provider.service("chat").await;
        let model = Name::parse("m-1").unwrap();
        let new = NewModel { key: &model, name: "Model One", version: Some("1.0"), released_on: None };
        registry::insert_model(&self.pool, id, new, now()).await.unwrap();
        provider.site("s-1", "DE").await;
        let secret = provider.key(&[Scope::RecordsWrite, Scope::Read, Scope::DisclosuresWrite]).await;
        Provider { secret, ..provider }
    }

    pub async fn get(&self, path: &str) -> Response {
        self.http.get(format!("{}{path}", self.url)).send().await.unwrap()
    }

    pub async fn text(&self, path: &str) -> String {
        let response = self.get(path).await;
        assert_eq!(response.status(), 200, "{path}");
        response.text().await.unwrap()
    }

    /// Number of rows of a table, and of everything that is written with it.
    pub async fn count(&self, table: &str) -> i64 {
        let sql = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.unwrap()
    }

    /// Fails the test where a total is not the sum of its records.
    pub async fn assert_totals(&self) {
        let checked = db::check::check_totals(&self.pool, &|_, _| ()).await.unwrap();
        assert_eq!(checked.differences, []);
    }
}

/// A provider and a key of its own.
pub struct Provider<'a> {
    pub app: &'a TestApp,
    pub id: ProviderId,
    pub secret: String,
}

impl Provider<'_> {
    pub async fn service(&self, key: &str) {
        let slug = Slug::parse(key).unwrap();
        let method = Some("Counters of the accelerators, allocated by time.");
        registry::insert_service(&self.app.pool, self.id, &slug, &format!("Service {key}"), method, now())
            .await
            .unwrap();
    }

    pub async fn site(&self, key: &str, zone: &str) -> SiteId {
        let name = Name::parse(key).unwrap();
        registry::insert_site(&self.app.pool, self.id, &name, &format!("Site {key}"), zone, now())
            .await
            .unwrap()
    }

    pub async fn declare(&self, site: &str, kind: SiteFactorKind, value: &str, from: &str, to: &str) {
        let name = Name::parse(site).unwrap();
        let site = registry::find_site(&self.app.pool, self.id, &name).await.unwrap().unwrap();
        let value = SiteValue::Factor(kind, Ratio::parse(value).unwrap());
        let valid = Days::new(from.parse().unwrap(), to.parse().unwrap()).unwrap();
        declared::tell_site(&self.app.pool, site, SiteDeclaration { value, valid }, now()).await.unwrap();
    }

    pub async fn key(&self, scopes: &[Scope]) -> String {
        cli::key::make(&self.app.pool, self.id, "test", scopes, now()).await.unwrap()
    }

    /// A POST with this provider's key.
    pub fn post(&self, path: &str) -> RequestBuilder {
        self.app.http.post(format!("{}{path}", self.app.url)).bearer_auth(&self.secret)
    }

    /// A GET with this provider's key.
    pub async fn get(&self, path: &str) -> Response {
        let request = self.app.http.get(format!("{}{path}", self.app.url)).bearer_auth(&self.secret);
        request.send().await.unwrap()
    }

    pub async fn get_json(&self, path: &str) -> (u16, Value) {
        answer(self.get(path).await).await
    }

    /// The rows of a CSV answer, by the names of their columns.
    pub async fn get_csv(&self, path: &str) -> Vec<HashMap<String, String>> {
        let response = self.get(path).await;
        assert_eq!(response.headers()["content-type"], "text/csv; charset=utf-8; header=present", "{path}");
        let text = response.text().await.unwrap();
        csv::Reader::from_reader(text.as_bytes()).deserialize().map(Result::unwrap).collect()
    }

    pub async fn post_records(&self, records: &Value) -> (u16, Value) {
        let response = self.post("/v1/records").json(records).send().await.unwrap();
        answer(response).await
    }

    pub async fn post_ndjson(&self, body: String) -> (u16, Value) {
        let request = self.post("/v1/records").header("content-type", "application/x-ndjson").body(body);
        answer(request.send().await.unwrap()).await
    }

    /// A POST of a body as it stands.
    pub fn post_body(&self, path: &str, content_type: &str, body: impl Into<Vec<u8>>) -> RequestBuilder {
        self.post(path).header("content-type", content_type).body(body.into())
    }

    pub async fn post_windows(&self, windows: &Value) -> (u16, Value) {
        answer(self.post("/v1/windows").json(windows).send().await.unwrap()).await
    }

    /// Every fault that is kept of the batch of an answer, as pointer and code.
    pub async fn faults(&self, answer: &Value) -> Vec<(String, &'static str)> {
        let faults = batch::faults(&self.app.pool, self.id, batch_of(answer), 0, 100_000).await.unwrap();
        faults.into_iter().map(|fault| (fault.pointer, fault.code.as_str())).collect()
    }

    /// The batch of an answer.
    pub async fn batch(&self, answer: &Value) -> Batch {
        batch::find(&self.app.pool, self.id, batch_of(answer)).await.unwrap().expect("the batch is there")
    }

    /// Asks for a draft.
    pub async fn build(&self, request: &Value) -> (u16, Value) {
        answer(self.post("/v1/disclosures").json(request).send().await.unwrap()).await
    }

    /// Asks to publish what a build answered with.
    pub async fn publish_version(&self, built: &Value) -> (u16, Value) {
        let path = format!("/v1/disclosures/{}/versions/{}/publish", built["number"], built["version"]);
        answer(self.post(&path).send().await.unwrap()).await
    }

    /// Builds and publishes; answers the path of the published page.
    pub async fn publish(&self, request: &Value) -> String {
        let (status, built) = self.build(request).await;
        assert_eq!(status, 201, "{built}");
        let (status, published) = self.publish_version(&built).await;
        assert_eq!(status, 200, "{published}");
        format!("/disclosures/{}/v{}", built["number"], built["version"])
    }
}

fn batch_of(answer: &Value) -> BatchId {
    let number = answer["batch"].as_i64().unwrap_or_else(|| panic!("no batch in {answer}"));
    BatchId::from_db(i32::try_from(number).unwrap())
}

/// Accepted, duplicates, conflicts and invalid of an answer, as its batch counts them.
pub fn counts(answer: &Value) -> [u64; 4] {
    ["accepted", "duplicates", "conflicts", "invalid"]
        .map(|count| answer[count].as_u64().unwrap_or_else(|| panic!("no {count} in {answer}")))
}

/// A table of records or windows: a column for every field that one of them has.
pub fn csv_of(items: &[Value]) -> String {
    let mut columns: Vec<&str> = Vec::new();
    for field in items.iter().flat_map(|item| item.as_object().unwrap().keys()) {
        if !columns.contains(&field.as_str()) {
            columns.push(field);
        }
    }
    let mut table = columns.join(",");
    for item in items {
        let cells: Vec<String> = columns.iter().map(|column| quoted_cell(&item[*column])).collect();
        table.push_str("\r\n");
        table.push_str(&cells.join(","));
    }
    table
}

fn quoted_cell(value: &Value) -> String {
    let text = cell(value);
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// One item a line.
pub fn ndjson_of(items: &[Value]) -> String {
    items.iter().map(|item| format!("{item}\n")).collect()
}

/// Status and JSON of an answer.
pub async fn answer(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let body = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status}: not JSON: {text}"));
    (status, body)
}

/// What was stored, of an answer with a receipt.
pub fn brief((status, receipt): (u16, Value)) -> (u16, Value) {
    (status, json!({"accepted": receipt["accepted"], "duplicates": receipt["duplicates"]}))
}

/// A gzip body as long as what it holds, so that a part of it is a long body that broke off.
pub fn stored_gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A member of a row as its cell in CSV.
pub fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Asserts that the rows of an answer in CSV are those of the one in JSON, in every member.
pub fn assert_same_rows(json: &[Value], csv: &[HashMap<String, String>]) {
    assert_eq!(json.len(), csv.len());
    for (row, cells) in json.iter().zip(csv) {
        let row = row.as_object().unwrap();
        for (name, value) in row {
            assert_eq!(cells.get(name), Some(&cell(value)), "{name}");
        }
        for (name, text) in cells.iter().filter(|(name, _)| !row.contains_key(*name)) {
            assert_eq!(text, "", "{name} stands in the CSV alone");
        }
    }
}

/// A record that is right in every field.
pub fn record(id: &str) -> Value {
    json!({
        "id": id, "service": "chat", "model": "m-1", "task_type": "chat", "site": "s-1",
        "started_at": "2025-10-01T12:00:00Z", "outcome": "completed", "boundary": "server",
        "evidence": "counter", "energy_wh": 0.25, "input_tokens": 100, "output_tokens": 50,
    })
}

/// The record with one field set, or taken away where the value is null.
pub fn record_with(id: &str, field: &str, value: Value) -> Value {
    let mut record = record(id);
    let fields = record.as_object_mut().unwrap();
    match value {
        Value::Null => drop(fields.remove(field)),
        value => drop(fields.insert(field.to_owned(), value)),
    }
    record
}

/// The record with several fields set.
pub fn record_with_all(id: &str, fields: &Value) -> Value {
    let mut record = record(id);
    for (field, value) in fields.as_object().unwrap() {
        record[field.as_str()] = value.clone();
    }
    record
}

/// A file of the shared fixtures; `None`, told loudly, where this machine has none.
pub fn fixture(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/fixtures").join(name);
    if path.exists() {
        return Some(path);
    }
    eprintln!("SKIPPED: {} is not there; this test needs the shared fixtures", path.display());
    None
}

/// A window of ten minutes that is right in every field.
pub fn window(id: &str) -> Value {
    json!({
        "id": id, "service": "chat", "model": "m-1", "task_type": "chat", "site": "s-1",
        "from": "2025-10-01T12:00:00Z", "to": "2025-10-01T12:10:00Z", "tasks_completed": 3,
        "tasks_failed": 1, "boundary": "server", "evidence": "counter", "energy_j": "10.5",
        "energy_sq_j2": "30.25", "histogram": [{"energy_j": 2, "tasks": 2}, {"energy_j": 4, "tasks": 1}],
        "input_tokens": 400, "cached_tokens": 100, "output_tokens": 200,
    })
}

/// The window with some fields set.
pub fn window_with(id: &str, fields: &Value) -> Value {
    let mut window = window(id);
    for (field, value) in fields.as_object().unwrap() {
        window[field.as_str()] = value.clone();
    }
    window
}
