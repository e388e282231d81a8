//! The command line: the real program against a database of its own, in the order in which a person
//! uses it.

mod apart;
mod around;
mod budgets;
mod contracts;
mod registry;
mod residual;

use crate::records::{gzip, zstd};
use crate::support::{database_url_of, make_schema, open_schema, record, record_with};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Output;
use taskwatt::db::Pool;
use tokio::process::Command;

/// A schema, the program on it, and a directory for files.
struct Cli {
    database: String,
    pool: Pool,
    dir: PathBuf,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Ended {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Cli {
    async fn new() -> Cli {
        let schema = make_schema().await;
        let database = database_url_of(&schema);
        let dir = std::env::temp_dir().join(format!("taskwatt-cli-{schema}"));
        std::fs::create_dir(&dir).unwrap();
        Cli { database, pool: open_schema(&schema).await, dir }
    }

    async fn run(&self, arguments: &[&str]) -> Ended {
        run(&self.database, arguments).await
    }

    /// Runs a command that must succeed; answers what it printed.
    async fn ok(&self, line: &str) -> String {
        let ended = self.run(&words(line)).await;
        assert_eq!(ended.code, Some(0), "{line}: {ended:?}");
        ended.out
    }

    /// Runs a command that must fail in plain words; answers what it said.
    async fn fails(&self, line: &str) -> String {
        let ended = self.run(&words(line)).await;
        assert_eq!(ended.code, Some(1), "{line}: {ended:?}");
        assert!(ended.err.contains("error: ") || ended.err.contains("line "), "{line}: {ended:?}");
        for inside in ["panicked", "src/", "RUST_BACKTRACE", "sqlx"] {
            assert!(!ended.err.contains(inside), "{line}: {ended:?}");
        }
        format!("{}{}", ended.out, ended.err)
    }

    /// A provider with the names that [`record`] uses.
    async fn provider(&self) {
        self.ok("provider add acme --name Acme_Ltd --contact energy@example.org").await;
        self.ok("service add chat --provider acme --name Chat --energy-method Counters.").await;
        self.ok("model add m-1 --provider acme --name Model --version 1.0 --released-on 2025-09-18").await;
        self.ok("site add s-1 --provider acme --name Hall_1 --zone DE").await;
    }

    fn file(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.dir.join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    async fn number(&self, sql: &str) -> i64 {
        sqlx::query_scalar(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(&self.pool).await.unwrap()
    }
}

impl Drop for Cli {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.dir));
    }
}

/// The words of a line.
fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

pub async fn run(database: &str, arguments: &[&str]) -> Ended {
    let mut command = Command::new(env!("CARGO_BIN_EXE_taskwatt"));
    command.args(arguments).env("DATABASE_URL", database);
    for variable in [
        "TASKWATT_DATA_DIR",
        "TASKWATT_BIND",
        "TASKWATT_PUBLIC_URL",
        "TASKWATT_HOUSEHOLD_KWH",
        "TASKWATT_HOUSEHOLD_SOURCE",
        "RUST_LOG",
    ] {
        command.env_remove(variable);
    }
    command.output().await.unwrap().into()
}

fn lines(records: &[Value]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_job_runs_from_the_command_line() {
    let cli = Cli::new().await;
    assert!(cli.ok("db migrate").await.starts_with("the schema is at version "));
    cli.provider().await;
    cli.ok("site declare s-1 --provider acme --factor pue --value 1.2 --from 2025-01-01 --to 2026-01-01")
        .await;
    let file = cli.file("records.ndjson", lines(&[record("a"), record("b")]).as_bytes());
    let import = format!("import records {file} --provider acme");
    assert_eq!(cli.ok(&import).await, "2 accepted, 0 duplicates, 0 conflicts, 0 invalid\n");
    assert_eq!(cli.ok(&import).await, "0 accepted, 2 duplicates, 0 conflicts, 0 invalid\n");

    let period = "--from 2025-10-01 --to 2025-11-01 --public-url https://energy.example.org";
    let built = cli.ok(&format!("disclosure build --provider acme --service chat {period}")).await;
    // 0.25 Wh · 1.12 · 1.2
    assert!(
        built.starts_with("draft of disclosure 1, version 1: mean 0.336000000000 Wh per task\n"),
        "{built}"
    );
    assert_eq!(cli.number("SELECT count(*) FROM disclosure WHERE state = 'draft'").await, 1);
    assert!(built.contains("taskwatt disclosure publish 1 1"), "{built}");
    let published = cli.ok("disclosure publish 1 1").await;
    assert_eq!(published, "published: https://energy.example.org/disclosures/1/v1\n");
    assert!(cli.fails("disclosure publish 1 1").await.contains("published already"));
    assert!(cli.fails("disclosure publish 7 1").await.contains("there is no disclosure 7, version 1"));

    let checked = cli.ok("totals check").await;
    assert_eq!(
        checked,
        "totals = records: 2 records in 1 hourly totals and 0 packs of months over 1 month(s)\n"
    );
    sqlx::query("UPDATE total_hour SET energy_uj = energy_uj + 1").execute(&cli.pool).await.unwrap();
    let ended = cli.run(&["totals", "check"]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.out.contains("total_hour provider 1") && ended.out.contains("1 difference(s)"),
        "{ended:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_faulty_line_is_told_by_its_number_and_the_others_are_stored() {
    let cli = Cli::new().await;
    cli.provider().await;
    let faulty = record_with("b", "energy_wh", json!(-1));
    let text = format!("{}\r\n\r\n{faulty}\nnonsense\n{}", record("a"), record("c"));
    let file = cli.file("records.ndjson", text.as_bytes());
    let said = cli.fails(&format!("import records {file} --provider acme")).await;
    assert!(said.starts_with("2 accepted, 0 duplicates, 0 conflicts, 2 invalid\n"), "{said}");
    assert!(said.contains("line 3, energy_wh: is out of range"), "{said}");
    assert!(said.contains("line 4: not JSON"), "{said}");
    // Beyond the first chunk, lines are still counted from the beginning of the file.
    let mut many: Vec<Value> = (0..6_000).map(|number| record(&number.to_string())).collect();
    many[5_500] = record_with("5500", "site", json!("s-9"));
    let file = cli.file("many.ndjson.gz", &gzip(lines(&many).as_bytes()));
    let said = cli.fails(&format!("import records {file} --provider acme")).await;
    assert!(said.starts_with("5999 accepted, 0 duplicates, 0 conflicts, 1 invalid\n"), "{said}");
    assert!(said.contains("line 5501, site: provider 'acme' has no site 's-9'"), "{said}");
    let conflict =
        cli.file("conflict.ndjson", lines(&[record_with("a", "outcome", json!("failed"))]).as_bytes());
    let said = cli.fails(&format!("import records {conflict} --provider acme")).await;
    assert!(said.contains("1 conflicts") && said.contains("line 1: "), "{said}");
    assert!(cli.ok("totals check").await.contains("6001 records"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compressed_file_is_imported_whole_or_its_end_is_missed() {
    let cli = Cli::new().await;
    cli.provider().await;
    // Two members, as `cat a.gz b.gz` makes them.
    let parts = [gzip(lines(&[record("a")]).as_bytes()), gzip(lines(&[record("b")]).as_bytes())].concat();
    let file = cli.file("records.ndjson.gz", &parts);
    let import = format!("import records {file} --provider acme");
    assert_eq!(cli.ok(&import).await, "2 accepted, 0 duplicates, 0 conflicts, 0 invalid\n");
    let cut = cli.file("cut.ndjson.gz", &parts[..parts.len() - 20]);
    let said = cli.fails(&format!("import records {cut} --provider acme")).await;
    assert!(said.contains("cannot read the file"), "{said}");
    // What was stored before the fault is told all the same.
    let mut many = lines(&(0..5_000).map(|n| record(&n.to_string())).collect::<Vec<_>>()).into_bytes();
    many.resize(many.len() + 1024 * 1024, b'x');
    let said = cli.fails(&format!("import records {} --provider acme", cli.file("long.ndjson", &many))).await;
    assert!(said.starts_with("5000 accepted, 0 duplicates, 0 conflicts, 0 invalid\n"), "{said}");
    assert!(said.contains("line 5001: the record is longer than 1 MiB"), "{said}");
    let zst = cli.file("records.ndjson.zst", &zstd(&[lines(&[record("a"), record("c")]).as_bytes()]));
    let stored = cli.ok(&format!("import records {zst} --provider acme")).await;
    assert_eq!(stored, "1 accepted, 1 duplicates, 0 conflicts, 0 invalid\n");
    let empty = cli.file("empty.ndjson", b"\n");
    assert_eq!(
        cli.ok(&format!("import records {empty} --provider acme")).await,
        "0 accepted, 0 duplicates, 0 conflicts, 0 invalid\n"
    );
    let missing = cli.fails("import records /nowhere/records.ndjson --provider acme").await;
    assert!(missing.contains("cannot open /nowhere/records.ndjson"), "{missing}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_and_kept_only_as_a_digest() {
    let cli = Cli::new().await;
    cli.provider().await;
    let ended = cli.run(&words("key create --provider acme --label test --scope records:write")).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let key = ended.out.trim();
    assert!(key.starts_with("twk_") && key.len() == 68 && ended.out.lines().count() == 1, "{ended:?}");
    assert!(!ended.err.contains(key), "{ended:?}");
    let tables: Vec<String> =
        sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()")
            .fetch_all(&cli.pool)
            .await
            .unwrap();
    assert!(tables.len() > 10, "{tables:?}");
    // The digest is there, and so are the first characters that tell keys apart.
    assert_eq!(
        cli.number(&format!("SELECT count(*) FROM api_key WHERE key_sha256 = sha256('{key}')")).await,
        1
    );
    for table in tables {
        let found = format!("SELECT count(*) FROM {table} WHERE {table}::text LIKE '%{}%'", &key[12..]);
        assert_eq!(cli.number(&found).await, 0, "{table}");
    }
    assert_eq!(cli.ok(&format!("key revoke --provider acme {}", &key[..12])).await, "revoked\n");
    assert_eq!(cli.number("SELECT count(*) FROM api_key WHERE revoked_at IS NULL").await, 0);
    assert!(cli.fails(&format!("key revoke --provider acme {key}")).await.contains("revoked already"));
    assert!(cli.fails("key revoke --provider acme twk_").await.contains("has no such key"));
    let ended = cli.run(&words("key create --provider acme --scope everything")).await;
    assert_eq!(ended.code, Some(2));
    assert!(ended.err.contains("records:write, read, registry:write, disclosures:write"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn local_times_are_imported_in_the_time_zone_that_is_named() {
    let cli = Cli::new().await;
    let import = |file: &str, options: &str| {
        format!(
            "import factors {file} --zone DE --licence CC0 --set grid --source A --attribution A --release 1 --basis \
             lifecycle --perimeter consumption --value-column g --time-column t {options}"
        )
    };
    let rows: String = (0..12)
        .map(|quarter| {
            // From one o'clock to three, through the hour that stood on the clocks twice.
            let (hour, minute) = ([1, 2, 2][quarter / 4], quarter % 4 * 15);
            format!("2025-10-26 {hour:02}:{minute:02},{}\n", 100 + quarter)
        })
        .collect();
    let file = cli.file("local.csv", format!("t,g\n{rows}").as_bytes());
    assert!(cli.fails(&import(&file, "")).await.contains("needs --time-zone or"));
    let asked = cli.fails(&import(&file, "--time-zone Europe/Berlin")).await;
    assert!(
        asked.contains("line 6: '2025-10-26 02:00' stood on the clocks") && asked.contains("in-order"),
        "{asked}"
    );
    let told = cli.ok(&import(&file, "--time-zone Europe/Berlin --doubled-hour in-order")).await;
    assert_eq!(told, "12 values written, 0 unchanged, 0 rows without a value\n");
    let as_hours =
        "SELECT count(*) FROM grid_factor JOIN factor_set USING (factor_set_id) WHERE set_key = 'grid' AND
        resolution = 'quarter_hour' AND intensity_ug_per_kwh / 1000000 - 100
            = extract(epoch FROM valid_from - '2025-10-25T23:00:00Z') / 900";
    assert_eq!(cli.number(as_hours).await, 12);
    for (options, says) in [
        ("--time-zone Berlin", "there are such as Europe/Berlin"),
        ("--time-zone Europe/Berlin --doubled-hour both", "in-order, first, second"),
        ("--time-zone Europe/Berlin --times-are-utc", "cannot be used with"),
        ("--doubled-hour first", "--time-zone"),
    ] {
        let ended = cli.run(&words(&import(&file, options))).await;
        assert!(ended.code == Some(2) && ended.err.contains(says), "{options}: {ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn factors_are_imported_whole_or_not_at_all() {
    let cli = Cli::new().await;
    let terms = "--set grid --source A_source --attribution A_source --release 2026-01 --basis lifecycle \
                 --perimeter consumption --value-column g --estimated-column e";
    let import = |file: &str, zone: &str, licence: &str| {
        format!("import factors {file} --zone {zone} --licence {licence} {terms}")
    };
    let good = "\u{feff}datetime_utc,g,e\r\n2025-10-01T00:00:00Z,100.5,false\r\n2025-10-01T01:00:00Z,,false\r\n\
                2025-10-01T02:00:00Z,99,true";
    let plain = cli.file("good.csv", good.as_bytes());
    let packed = cli.file("good.csv.gz", &gzip(good.as_bytes()));
    let first = cli.ok(&import(&plain, "DE", "CC0")).await;
    assert_eq!(first, "2 values written, 0 unchanged, 1 rows without a value\n");
    let again = cli.ok(&import(&packed, "DE", "CC0")).await;
    assert_eq!(again, "0 values written, 2 unchanged, 1 rows without a value\n");
    assert!(
        cli.fails(&import(&plain, "DE", "ODbL")).await.contains("a set named 'grid' is there with another")
    );
    let near = cli.fails(&import(&plain, "SE-SE9", "CC0")).await;
    assert!(near.contains("there is no zone 'SE-SE9'") && near.contains("SE-SE3"), "{near}");
    let bad = cli.file("bad.csv", good.replace("99", "1e9").as_bytes());
    let said = cli.fails(&import(&bad, "FR", "CC0")).await;
    assert!(said.contains("line 4: the value '1e9' is out of range"), "{said}");
    assert_eq!(
        cli.number(
            "SELECT count(*) FROM grid_factor JOIN factor_set USING (factor_set_id)
             WHERE zone_key = 'FR' AND set_key = 'grid'"
        )
        .await,
        0
    );
    let marginal = import(&plain, "DE", "CC0").replace("lifecycle", "marginal");
    assert_eq!(cli.run(&words(&marginal)).await.code, Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_or_there_already_is_told_in_plain_words() {
    let cli = Cli::new().await;
    for line in [
        "service add chat --provider nobody --name Chat",
        "model add m-1 --provider nobody --name M",
        "site add s-1 --provider nobody --name S --zone DE",
        "key create --provider nobody",
        "import records /dev/null --provider nobody",
        "disclosure build --provider nobody --service chat --from 2025-10-01 --to 2025-11-01 --public-url http://x",
    ] {
        let said = cli.fails(line).await;
        assert!(
            said.contains("there is no provider 'nobody'") && said.contains("taskwatt provider add nobody"),
            "{said}"
        );
    }
    cli.provider().await;
    for (line, expected) in [
        ("provider add acme --name Again", "provider 'acme' is there already"),
        ("service add chat --provider acme --name Again", "service 'chat' is there already"),
        ("model add m-1 --provider acme --name Again", "model 'm-1' is there already"),
        ("site add s-1 --provider acme --name Again --zone DE", "site 's-1' is there already"),
        ("site add s-2 --provider acme --name S --zone DE-XX", "there is no zone 'DE-XX'; near it are DE"),
        ("site add s-2 --provider acme --name S --zone Q", "there is no zone 'Q'"),
        ("site add s-2 --provider acme --name S --zone SE-SE9", "SE-SE1"),
        (
            "site declare s-2 --provider acme --factor pue --value 1.2 --from 2025-01-01 --to 2026-01-01",
            "there is no site 's-2'",
        ),
        (
            "site declare s-1 --provider acme --factor pue --value 0.9 --from 2025-01-01 --to 2026-01-01",
            "--value must be from 1 to 10",
        ),
        (
            "site declare s-1 --provider acme --factor pue --value 1,2 --from 2025-01-01 --to 2026-01-01",
            "--value is not a decimal number",
        ),
        (
            "site declare s-1 --provider acme --factor pue --value 1.2 --from 2026-01-01 --to 2025-01-01",
            "end must be later",
        ),
        (
            "disclosure build --provider acme --service code --from 2025-10-01 --to 2025-11-01 --public-url http://x",
            "there is no service 'code'",
        ),
        (
            "disclosure build --provider acme --service chat --from x --to 2025-11-01 --public-url http://x",
            "must be a date",
        ),
        (
            "disclosure build --provider acme --service chat --from 2025-10-01 --to 2025-11-01 --public-url http://x",
            "no task of this service was completed",
        ),
    ] {
        let said = cli.fails(line).await;
        assert!(said.contains(expected), "{line}: {said}");
    }
    let long = "x".repeat(201);
    assert!(cli.fails(&format!("provider add long --name {long}")).await.contains("empty or too long"));
    for line in
        ["provider add Not_A_Slug --name N", "provider add acme", "site declare s-1 --factor wue", "nonsense"]
    {
        let ended = cli.run(&words(line)).await;
        assert_eq!(ended.code, Some(2), "{line}: {ended:?}");
        assert!(ended.err.contains("Usage") || ended.err.contains("--help"), "{line}: {ended:?}");
    }
    assert_eq!(cli.number("SELECT count(*) FROM provider").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_explains_itself_without_a_database() {
    for line in [
        "",
        "serve",
        "demo",
        "provider",
        "provider add",
        "service",
        "service add",
        "site",
        "site add",
        "site declare",
        "contract",
        "contract tell",
        "contract list",
        "model",
        "model add",
        "key",
        "key create",
        "key revoke",
        "import",
        "import records",
        "import factors",
        "disclosure",
        "disclosure build",
        "disclosure publish",
        "db",
        "db migrate",
        "totals",
        "totals check",
        "send",
        "healthcheck",
    ] {
        let mut arguments = words(line);
        arguments.push("--help");
        let ended = run("postgres://user:hunter2@127.0.0.1:1/none", &arguments).await;
        assert_eq!(ended.code, Some(0), "{line}: {ended:?}");
        assert!(ended.out.contains("Usage: taskwatt"), "{line}: {ended:?}");
        assert!(!ended.out.contains("hunter2"), "{line}: help shows the password");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_away_is_told_without_its_password() {
    for database in ["postgres://user:hunter2@127.0.0.1:1/none", "postgres://user:hunter2@[/none", "hunter2"]
    {
        let ended = run(database, &["totals", "check"]).await;
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.err.contains("DATABASE_URL"), "{ended:?}");
        assert!(!ended.err.contains("hunter2") && !ended.out.contains("hunter2"), "{ended:?}");
    }
    let ended = run("", &["healthcheck", "--bind", "127.0.0.1:1"]).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("no answer from http://127.0.0.1:1/readyz"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_are_printed_and_fail_the_command_where_one_blocks() {
    let cli = Cli::new().await;
    cli.provider().await;
    let file = cli.dir.join("records.ndjson");
    let import = format!("import records {} --provider acme", file.display());
    std::fs::write(&file, format!("{}\n", record("a"))).unwrap();
    cli.ok(&import).await;
    let findings = "findings --provider acme --from 2025-10-01 --to 2025-10-02";
    let out = cli.ok(findings).await;
    assert!(out.contains("look late, 2025-10-01 12:00 to"), "{out}");
    assert!(out.contains("1 finding(s), of which 0 block(s)"), "{out}");
    let again = record_with("a", "started_at", json!("2025-10-01T15:30:00Z"));
    std::fs::write(&file, format!("{again}\n")).unwrap();
    cli.ok(&import).await;
    let ended = cli.run(&words(&format!("{findings} --service chat"))).await;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.out.contains("blocks same_id_twice"), "{ended:?}");
    assert!(ended.out.contains("in 2 records, 2025-10-01 12:00 to 2025-10-01 15:30"), "{ended:?}");
    let said = cli.fails("findings --provider acme --from 2025-10-02 --to 2025-10-01").await;
    assert!(said.contains("must be later"), "{said}");
    cli.fails("findings --provider acme --from 2025-10-01 --to 2025-10-02 --service nobody").await;
}
