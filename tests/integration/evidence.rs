//! The evidence of published versions: what auditors get, what it proves, and who does not get it.

use crate::cli::Ended;
use crate::disclosures::october;
use crate::examples::{repository, skip};
use crate::send::dir::Dir;
use crate::support::{Provider, TestApp, answer, record, record_with_all};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use taskwatt::domain::terms::{Scope, SiteFactorKind};
use tokio::process::Command;
use zip::ZipArchive;
use zip::write::SimpleFileOptions;

const EVIDENCE: &str = "/v1/disclosures/1/versions/1/evidence.zip";

async fn send(provider: &Provider<'_>, id: &str, fields: Value) {
    let (status, counts) = provider.post_records(&json!([record_with_all(id, &fields)])).await;
    assert_eq!((status, &counts["accepted"]), (200, &json!(1)), "{counts}");
}

/// Two sites, one of which declares a PUE; several hours, outcomes, boundaries and types of tasks.
async fn two_sites(app: &TestApp) -> Provider<'_> {
    let provider = app.provider("acme").await;
    provider.site("s-2", "SE").await;
    provider.declare("s-1", SiteFactorKind::Pue, "1.2", "2025-01-01", "2026-01-01").await;
    provider.declare("s-1", SiteFactorKind::Pue, "1.1", "2025-10-20", "2025-11-01").await;
    send(&provider, "a", json!({"energy_wh": 1, "output_tokens": 500})).await;
    send(&provider, "b", json!({"energy_wh": 0.5, "outcome": "failed"})).await;
    send(
        &provider,
        "c",
        json!({"site": "s-2", "task_type": "code", "energy_wh": 2, "boundary": "accelerator"}),
    )
    .await;
    let facility = json!({"site": "s-2", "boundary": "facility", "energy_wh": 1.36, "evidence": "metered"});
    send(&provider, "d", facility).await;
    let steps = json!([{"kind": "tool", "energy_wh": 0.125}]);
    send(
        &provider,
        "e",
        json!({"started_at": "2025-10-21T03:10:00Z", "energy_wh": "0.33333333", "steps": steps}),
    )
    .await;
    provider
}

async fn evidence(provider: &Provider<'_>) -> Vec<u8> {
    let response = provider.get(EVIDENCE).await;
    assert_eq!(response.status(), 200);
    response.bytes().await.unwrap().to_vec()
}

/// The files of an archive by name.
fn unpacked(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).unwrap();
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        assert!(files.insert(file.name().unwrap().into_owned(), bytes).is_none());
    }
    files
}

fn table(files: &BTreeMap<String, Vec<u8>>, name: &str) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_reader(files[name].as_slice()).deserialize().map(Result::unwrap).collect()
}

/// Runs the example on an archive; `None` where Python is not there.
async fn check(archive: &[u8]) -> Option<Ended> {
    let dir = Dir::new();
    dir.write("evidence.zip", archive);
    let program = repository().join("docs/examples/check_evidence.py");
    let output = Command::new("python3").arg(program).arg(dir.0.join("evidence.zip")).output().await;
    if output.is_err() {
        skip("python3 is not there to run docs/examples/check_evidence.py");
    }
    output.ok().map(Ended::from)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_short_program_computes_the_figures_from_the_evidence_to_the_last_digit() {
    let app = TestApp::start().await;
    let provider = two_sites(&app).await;
    provider.publish(&october()).await;
    let archive = evidence(&provider).await;
    let Some(checked) = check(&archive).await else { return };
    assert_eq!(checked.code, Some(0), "{checked:?}");
    // By hand, in Wh: a 1.344, b 0.672, c 2 · 1.43 · 1.12 · 1.36 = 4.356352, d 1.36, e 0.33333333 · 1.12 · 1.1 =
    // 0.41066666256. Together 8.14301866256, of 4 completed tasks.
    for line in [
        "document.json: has the digest of the published file",
        "tasks_completed: 4, as the document says",
        "energy_facility_total: 8.143018662560, as the document says",
        "energy_per_task_mean: 2.035754665640, as the document says",
    ] {
        assert!(checked.out.contains(line), "{line}: {checked:?}");
    }
    assert_eq!(checked.out.matches(", as the document says").count(), 6, "{checked:?}");

    // One microjoule more is noticed.
    let mut changed = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in unpacked(&archive) {
        changed.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let text =
            if name == "inputs/days.csv" { text.replace(",7200000000,", ",7200000001,") } else { text };
        // The hour of it too: hours that are not the day are refused before anything is computed.
        let text = match name.as_str() {
            "inputs/hours.csv" => text.replace(",7200000000\r", ",7200000001\r"),
            _ => text,
        };
        changed.write_all(text.as_bytes()).unwrap();
    }
    let checked = check(&changed.finish().unwrap().into_inner()).await.unwrap();
    assert_eq!(checked.code, Some(1), "{checked:?}");
    assert!(checked.out.contains("but the document says 2.035754665640"), "{checked:?}");
}

/// Tasks without energy, energy of which it was settled what it includes, and windows.
#[tokio::test(flavor = "multi_thread")]
async fn estimates_and_settled_energy_are_computed_from_the_evidence_too() {
    let app = TestApp::start().await;
    let provider = two_sites(&app).await;
    let key = provider.key(&[Scope::RegistryWrite]).await;
    let post = async |path: &str, body: Value| {
        let request = app.http.post(format!("{}{path}", app.url)).bearer_auth(&key).json(&body);
        let (status, told) = answer(request.send().await.unwrap()).await;
        assert_eq!(status, 201, "{told}");
    };
    let coefficient = json!({"from": "2025-01-01", "to": "2026-01-01", "output_token_j": "0.7", "boundary": "server",
        "hardware": "H100", "source": "Our bench", "licence": "CC0-1.0"});
    post("/v1/models/m-1/coefficients", coefficient).await;
    post("/v1/sites/s-2/boundary", json!({"boundary": "facility", "from": "2025-10-01", "to": "2025-11-01"}))
        .await;
    let none = Value::Null;
    send(
        &provider,
        "f",
        json!({"energy_wh": none, "boundary": none, "evidence": none, "output_tokens": 333}),
    )
    .await;
    send(&provider, "g", json!({"site": "s-2", "boundary": "it_or_facility", "energy_wh": 3})).await;
    let (status, built) = provider.build(&october()).await;
    assert_eq!(status, 201, "{built}");
    assert_eq!(provider.publish_version(&built).await.0, 200);
    let archive = evidence(&provider).await;
    let files = unpacked(&archive);
    let estimated = table(&files, "inputs/estimates.csv");
    assert_eq!(estimated.len(), 1);
    // 333 · 0.7 J.
    assert_eq!(
        (estimated[0]["energy_uj"].as_str(), estimated[0]["estimated_by"].as_str()),
        ("233100000", "coefficient 1")
    );
    assert_eq!(table(&files, "inputs/coefficients.csv")[0]["output_token_j"], "0.7");
    assert_eq!(table(&files, "inputs/without_energy.csv")[0]["output_tokens"], "333");
    let told: Vec<_> = table(&files, "inputs/groups.csv")
        .into_iter()
        .filter(|row| row["boundary_told"] == "it_or_facility")
        .collect();
    let settled: Vec<_> =
        table(&files, "inputs/days.csv").into_iter().filter(|row| row["group"] == told[0]["group"]).collect();
    assert_eq!(settled[0]["boundary"], "facility");
    let Some(checked) = check(&archive).await else { return };
    assert_eq!(checked.code, Some(0), "{checked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_of_another_method_is_not_published_with_the_words_of_this_one() {
    let app = TestApp::start().await;
    let provider = two_sites(&app).await;
    let (status, built) = provider.build(&october()).await;
    assert_eq!(status, 201, "{built}");
    sqlx::query(
        "WITH other AS (
            SELECT convert_to(replace(convert_from(document, 'UTF8'), $1, '0.6.0'), 'UTF8') AS document FROM disclosure
        )
        UPDATE disclosure SET document = other.document, document_sha256 = sha256(other.document) FROM other",
    )
    .bind(taskwatt::method::METHOD_VERSION)
    .execute(&app.pool)
    .await
    .unwrap();
    let (status, refused) = provider.publish_version(&built).await;
    assert_eq!((status, &refused["code"]), (409, &json!("draft-outdated")), "{refused}");
    assert!(refused["detail"].as_str().unwrap().contains("method 0.6.0"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_evidence_names_every_value_that_was_used() {
    let app = TestApp::start().await;
    let provider = two_sites(&app).await;
    provider.post_records(&json!([record("a")])).await;
    let page = provider.publish(&october()).await;
    let files = unpacked(&evidence(&provider).await);
    assert_eq!(
        files["document.json"],
        app.get(&format!("{page}/disclosure.json")).await.bytes().await.unwrap()
    );
    assert_eq!(files["SHA256SUMS"], app.get(&format!("{page}/SHA256SUMS")).await.bytes().await.unwrap());
    let grid = table(&files, "inputs/grid.csv");
    let used: Vec<String> = grid
        .iter()
        .map(|row| format!("{} {} {} {}", row["zone"], row["hour"], row["g_per_kwh"], row["rung"]))
        .collect();
    assert_eq!(
        used,
        [
            "DE 2025-10-01T12:00:00Z 334.1 annual",
            "DE 2025-10-21T03:00:00Z 334.1 annual",
            "SE 2025-10-01T12:00:00Z 35.4 annual",
        ]
    );
    let sets = table(&files, "inputs/factor_sets.csv");
    assert!(
        grid.iter().all(|row| row["revision"] == "1" && row["factor_set"] == sets[0]["factor_set"]),
        "{grid:?}"
    );
    let pue: Vec<String> = table(&files, "inputs/site_factors.csv")
        .iter()
        .map(|row| {
            format!("{} {} {} {} {}", row["site"], row["kind"], row["value"], row["revision"], row["used"])
        })
        .collect();
    assert_eq!(pue, ["s-1 pue 1.100000 2 yes", "s-1 pue 1.200000 1 yes"]);
    let tasks = table(&files, "inputs/tasks.csv");
    assert_eq!((tasks[0]["completed"].as_str(), tasks[0]["failed"].as_str()), ("4", "1"));
    let batches = table(&files, "inputs/batches.csv");
    // Small requests of one minute are one batch: five records, and one of them again with other content.
    assert_eq!(
        (batches[0]["accepted"].as_str(), batches[0]["conflicts"].as_str()),
        ("5", "1"),
        "{batches:?}"
    );
    let tasks: i64 = table(&files, "inputs/histograms.csv")
        .iter()
        .map(|row| row["tasks_completed"].parse::<i64>().unwrap())
        .sum();
    assert_eq!(tasks, 4);
    let stages = table(&files, "inputs/stages.csv");
    assert_eq!((stages[0]["step_kind"].as_str(), stages[0]["energy_uj"].as_str()), ("tool", "450000000"));
    let template: Value = serde_json::from_slice(&files["template.json"]).unwrap();
    assert_eq!(template["id"], "eu-draft-average-energy-per-task");
    assert!(String::from_utf8_lossy(&files["method.md"]).contains(taskwatt::method::METHOD_VERSION));
    let readme = String::from_utf8_lossy(&files["README.txt"]).into_owned();
    for name in files.keys().filter(|name| name.starts_with("inputs/")) {
        assert!(readme.contains(name.as_str()), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_evidence_is_of_the_moment_of_the_build_and_the_same_every_time() {
    let app = TestApp::start().await;
    let provider = two_sites(&app).await;
    let (_, built) = provider.build(&october()).await;
    let stored = async || -> Vec<u8> {
        sqlx::query_scalar("SELECT sha256 FROM disclosure_evidence").fetch_one(&app.pool).await.unwrap()
    };
    let first = stored().await;
    assert_eq!(provider.build(&october()).await.1, built);
    assert_eq!(stored().await, first, "the same inputs make the same bytes");
    // What is declared between the build and the publication is not in it.
    provider.declare("s-1", SiteFactorKind::Pue, "1.9", "2025-01-01", "2026-01-01").await;
    assert_eq!(provider.publish_version(&built).await.0, 200);
    let archive = evidence(&provider).await;
    assert!(
        table(&unpacked(&archive), "inputs/site_factors.csv").iter().all(|row| row["value"] != "1.900000")
    );
    if let Some(checked) = check(&archive).await {
        assert_eq!(checked.code, Some(0), "{checked:?}");
    }

    // The next version says what changed.
    assert_eq!(provider.publish(&october()).await, "/disclosures/1/v2");
    let response = provider.get("/v1/disclosures/1/versions/2/evidence.zip").await;
    let files = unpacked(&response.bytes().await.unwrap());
    let log = table(&files, "change_log.csv");
    let versions: Vec<&str> = log.iter().map(|row| row["version"].as_str()).collect();
    assert_eq!(versions, ["1", "2"]);
    assert_eq!(log[0]["document_sha256"], built["document_sha256"].as_str().unwrap());
    assert_eq!(log[1]["document_sha256"], hex::encode(Sha256::digest(&files["document.json"])));
    let difference = table(&files, "difference.csv");
    let is_mean = |row: &&BTreeMap<String, String>| {
        row["name"] == "energy_per_task_mean"
            && row["task_type"] == "all"
            && row["model"] == "all"
            && row["month"].is_empty()
    };
    let mean: Vec<_> = difference.iter().filter(is_mean).collect();
    assert_eq!((mean.len(), mean[0]["old"].as_str()), (1, "2.035754665640"));
    assert_eq!(evidence(&provider).await, archive, "version 1 stays as it is");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_evidence_is_for_a_key_of_its_provider_that_may_read_alone() {
    let app = TestApp::start().await;
    let provider = two_sites(&app).await;
    let (_, built) = provider.build(&october()).await;
    assert_eq!(provider.get(EVIDENCE).await.status(), 404, "a draft has none to show");
    assert_eq!(provider.publish_version(&built).await.0, 200);
    let response = provider.get(EVIDENCE).await;
    assert_eq!(response.headers()["content-type"], "application/zip");
    assert!(response.headers()["cache-control"].to_str().unwrap().starts_with("private"));
    let length: usize = response.headers()["content-length"].to_str().unwrap().parse().unwrap();
    let etag = response.headers()["etag"].clone();
    let archive = response.bytes().await.unwrap();
    assert_eq!(
        (archive.len(), etag.to_str().unwrap()),
        (length, format!("\"{}\"", hex::encode(Sha256::digest(&archive))).as_str())
    );
    let again = app
        .http
        .get(format!("{}{EVIDENCE}", app.url))
        .bearer_auth(&provider.secret)
        .header("if-none-match", etag);
    assert_eq!(again.send().await.unwrap().status(), 304);

    assert_eq!(app.get(EVIDENCE).await.status(), 401);
    let rival = app.provider("rival").await;
    assert_eq!(rival.get(EVIDENCE).await.status(), 404);
    for path in [
        "/disclosures/1/v1/evidence.zip",
        "/disclosures/1/v1/disclosure.evidence",
        "/disclosures/1/v1/disclosure.zip",
    ] {
        assert_eq!(app.get(path).await.status(), 404, "{path}");
    }
    assert!(!app.text("/disclosures/1/v1/SHA256SUMS").await.contains("evidence"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_refuses_to_change_the_evidence_of_what_is_published() {
    let app = TestApp::start().await;
    let provider = two_sites(&app).await;
    provider.publish(&october()).await;
    let before = evidence(&provider).await;
    for sql in [
        "UPDATE disclosure_evidence SET size = 1",
        "DELETE FROM disclosure_evidence",
        "UPDATE disclosure_evidence_part SET bytes = ' '",
        "DELETE FROM disclosure_evidence_part",
        "INSERT INTO disclosure_evidence_part SELECT disclosure_id, 99, ' ' FROM disclosure_evidence",
        "TRUNCATE disclosure_evidence CASCADE",
        "TRUNCATE disclosure_evidence_part",
    ] {
        let refused = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(&app.pool).await;
        let error = refused.expect_err(sql).to_string();
        assert!(error.contains("frozen"), "{sql}: {error}");
    }
    assert_eq!(evidence(&provider).await, before);
}
