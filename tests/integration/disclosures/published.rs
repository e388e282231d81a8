//! Published versions: frozen bytes, digests, supersession, and what pages say.

use super::{october, send, two_sites};
use crate::support::{Provider, TestApp, answer, now, record};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use taskwatt::db::registry::{self, NewModel, NewProvider};
use taskwatt::domain::names::{Name, Slug};
use taskwatt::domain::registry::ProviderKind;
use taskwatt::render::files::Format;

async fn bytes(app: &TestApp, path: &str) -> Vec<u8> {
    let response = app.get(path).await;
    assert_eq!(response.status(), 200, "{path}");
    response.bytes().await.unwrap().to_vec()
}

async fn files(app: &TestApp, page: &str) -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for name in ["disclosure.html", "disclosure.json", "disclosure.csv", "disclosure.xlsx", "SHA256SUMS"] {
        files.push(bytes(app, &format!("{page}/{name}")).await);
    }
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn the_files_match_their_digests_and_never_change() {
    let app = TestApp::start().await;
    let provider = two_sites(&app).await;
    let (_, built) = provider.build(&october()).await;
    provider.publish_version(&built).await;
    let page = "/disclosures/1/v1";
    let before = files(&app, page).await;
    assert_eq!(built["document_sha256"], hex::encode(Sha256::digest(&before[1])));

    let sums = String::from_utf8(before[4].clone()).unwrap();
    let sums: HashMap<&str, &str> =
        sums.lines().map(|line| line.split_once("  ").unwrap()).map(|(sum, name)| (name, sum)).collect();
    assert_eq!(sums.len(), Format::ALL.len());
    for (index, format) in ["html", "json", "csv", "xlsx"].into_iter().enumerate() {
        let name = format!("taskwatt-1-v1-disclosure.{format}");
        assert_eq!(sums[name.as_str()], hex::encode(Sha256::digest(&before[index])), "{name}");
        let response = app.get(&format!("{page}/disclosure.{format}")).await;
        let disposition = response.headers()["content-disposition"].to_str().unwrap().to_owned();
        assert_eq!(disposition, format!("attachment; filename=\"{name}\""));
    }

    send(&provider, "more", json!({"energy_wh": 9})).await;
    assert_eq!(provider.publish(&october()).await, "/disclosures/1/v2");
    assert_eq!(files(&app, page).await, before, "version 1 after version 2 was published");
    assert_ne!(files(&app, "/disclosures/1/v2").await[1], before[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_is_canonical_json() {
    let app = TestApp::start().await;
    let page = two_sites(&app).await.publish(&october()).await;
    let document = bytes(&app, &format!("{page}/disclosure.json")).await;
    let parsed: Value = serde_json::from_slice(&document).unwrap();
    assert_eq!(serde_json_canonicalizer::to_vec(&parsed).unwrap(), document);
    // Sorted keys and no blanks, seen without the library that wrote it.
    assert_eq!(serde_json::to_vec(&parsed).unwrap(), document);
    let text = String::from_utf8(document).unwrap();
    let keys: Vec<usize> = ["\"address\":", "\"boundary\":", "\"facts\":", "\"version\":"]
        .iter()
        .map(|key| text.rfind(key).unwrap())
        .collect();
    assert!(keys[0] < keys[1] && keys[1] < keys[2], "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_file_is_sent_once_to_a_client_that_keeps_it() {
    let app = TestApp::start().await;
    let page = two_sites(&app).await.publish(&october()).await;
    for name in ["disclosure.html", "disclosure.json", "disclosure.csv"] {
        let url = format!("{}{page}/{name}", app.url);
        let first = app.http.get(&url).send().await.unwrap();
        let etag = first.headers()["etag"].clone();
        let digest = hex::encode(Sha256::digest(first.bytes().await.unwrap()));
        assert_eq!(etag.to_str().unwrap(), format!("\"{digest}\""));
        for known in [etag.to_str().unwrap().to_owned(), format!("\"x\", \"{digest}\"")] {
            let again = app.http.get(&url).header("if-none-match", &known).send().await.unwrap();
            assert_eq!((again.status().as_u16(), &again.headers()["etag"]), (304, &etag), "{known}");
            assert!(again.bytes().await.unwrap().is_empty());
        }
        let other = app.http.get(&url).header("if-none-match", "\"x\"").send().await.unwrap();
        assert_eq!(other.status(), 200);
        let head = app.http.head(&url).send().await.unwrap();
        assert_eq!((head.status().as_u16(), &head.headers()["etag"]), (200, &etag));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_refuses_to_change_what_is_published() {
    let app = TestApp::start().await;
    let provider = two_sites(&app).await;
    let page = provider.publish(&october()).await;
    send(&provider, "more", json!({"energy_wh": 9})).await;
    provider.publish(&october()).await;
    let before = files(&app, &page).await;
    for sql in [
        "UPDATE disclosure SET mean_energy_wh = '0.1' WHERE version = 2",
        "UPDATE disclosure SET state = 'draft', published_at = NULL WHERE version = 2",
        "UPDATE disclosure SET state = 'superseded', mean_energy_wh = '0.1' WHERE version = 2",
        "UPDATE disclosure SET published_at = '2020-01-01' WHERE version = 2",
        "UPDATE disclosure SET document = ' ', document_sha256 = sha256(' ') WHERE version = 2",
        "UPDATE disclosure SET state = 'published' WHERE version = 1",
        "UPDATE disclosure SET evidence_summary = 'Metered' WHERE version = 1",
        "DELETE FROM disclosure WHERE version = 1",
        "DELETE FROM disclosure",
        "UPDATE disclosure_file SET bytes = ' ', sha256 = sha256(' ')",
        "UPDATE disclosure_file SET media_type = 'text/plain'",
        "DELETE FROM disclosure_file",
        "DELETE FROM disclosure_file WHERE format = 'csv'",
    ] {
        let refused = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(&app.pool).await;
        let error = refused.expect_err(sql).to_string();
        assert!(error.contains("published disclosure"), "{sql}: {error}");
    }
    assert_eq!(files(&app, &page).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_version_takes_the_place_of_the_earlier_which_stays_readable() {
    let app = TestApp::start().await;
    let provider = two_sites(&app).await;
    let first = provider.publish(&october()).await;
    assert!(app.text(&first).await.contains("This version is in force"));
    send(&provider, "more", json!({"energy_wh": 9})).await;
    let second = provider.publish(&october()).await;
    assert_eq!((first.as_str(), second.as_str()), ("/disclosures/1/v1", "/disclosures/1/v2"));

    // What changed is told of the later version.
    assert!(!app.text(&first).await.contains("/v1/changes"));
    let changes = app.text("/disclosures/1/v2/changes").await;
    assert!(app.text(&second).await.contains("href=\"/disclosures/1/v2/changes\""));
    assert!(changes.contains("Mean facility energy per completed task"), "{changes}");
    assert_eq!(
        changes.matches(">All tasks</th>").count(),
        1,
        "figures of the same tasks stand together: {changes}"
    );
    for missing in ["/disclosures/1/v1/changes", "/disclosures/1/v3/changes", "/disclosures/x/v2/changes"] {
        assert_eq!(app.get(missing).await.status(), 404, "{missing}");
    }

    let old = app.text(&first).await;
    assert!(old.contains("Superseded") && old.contains("href=\"/disclosures/1/v2\""), "{old}");
    assert!(old.contains("2.1<span class=\"unit\">"), "its figures stand as they were published");
    assert!(app.text(&second).await.contains("This version is in force"));
    let latest = app.get("/disclosures/1").await;
    assert_eq!((latest.status().as_u16(), &latest.headers()["location"]), (302, &second.parse().unwrap()));
    let register = app.text("/").await;
    assert!(register.contains(&second) && !register.contains(&first), "{register}");
    let of_provider = app.text("/providers/acme").await;
    assert!(of_provider.contains(&second) && of_provider.contains(&first));
    assert!(of_provider.contains("superseded by a later version"));
    let list: Value = serde_json::from_str(&app.text("/v1/disclosures").await).unwrap();
    assert_eq!(list["disclosures"].as_array().unwrap().len(), 1);
    assert_eq!(list["disclosures"][0]["version"], 2);
    assert_eq!(list["disclosures"][0]["address"], format!("{}{second}", app.url));
}

/// Every public page and file of the first disclosure of a provider.
async fn public_texts(app: &TestApp, provider: &str) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for path in
        ["/", &format!("/providers/{provider}"), "/disclosures/1/v1", "/disclosures/1/v1/disclosure.html"]
    {
        texts.push((path.to_owned(), app.text(path).await));
    }
    texts
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_states_the_law_and_claims_nothing_that_it_does_not_allow() {
    let app = TestApp::start().await;
    let provider = two_sites(&app).await;
    provider.publish(&october()).await;
    send(&provider, "more", json!({"energy_wh": 9, "evidence": "modelled"})).await;
    provider.publish(&october()).await;
    let mut texts = public_texts(&app, "acme").await;
    for (path, text) in &texts {
        if !path.starts_with("/providers/") {
            assert!(text.contains(", no EU act prescribes a method or format"), "{path}");
            assert!(
                text.contains("It is not an EU label, certification or conformity assessment."),
                "{path}"
            );
        }
    }
    texts.push(("/disclosures/1/v2".to_owned(), app.text("/disclosures/1/v2").await));
    texts.push(("/problems".to_owned(), app.text("/problems").await));
    texts.push(("/nothing".to_owned(), app.get("/nothing").await.text().await.unwrap()));
    for (path, text) in &texts {
        let lower = text.to_lowercase();
        for claim in [
            "energy efficient",
            "energy-efficient",
            "sustainable",
            "climate neutral",
            "climate-neutral",
            "eu-compliant",
            "eu compliant",
            "certified",
        ] {
            assert!(!lower.contains(claim), "{path}: {claim}");
        }
        let mut words = lower.split(|letter: char| !letter.is_alphabetic());
        assert!(!words.any(|word| word == "green"), "{path}: green");
        assert!(!lower.contains("<script"), "{path}");
    }
}

/// A provider with these texts, one record and one published disclosure.
async fn publish_with(app: &TestApp, new: NewProvider<'_>, text: &str) {
    let provider: Provider<'_> = app.add_provider(new).await;
    let slug = Slug::parse("odd").unwrap();
    registry::insert_service(&app.pool, provider.id, &slug, text, Some(text), now()).await.unwrap();
    let model = Name::parse("m-2").unwrap();
    let new = NewModel { key: &model, name: text, version: Some("=1+1"), released_on: None };
    registry::insert_model(&app.pool, provider.id, new, now()).await.unwrap();
    let site = Name::parse("s-2").unwrap();
    registry::insert_site(&app.pool, provider.id, &site, text, "FR", now()).await.unwrap();
    send(&provider, "a", json!({"service": "odd", "model": "m-2", "site": "s-2"})).await;
    provider.publish(&json!({"service": "odd", "from": "2025-10-01", "to": "2025-11-01"})).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fictitious_provider_is_called_so_everywhere() {
    let app = TestApp::start().await;
    let key = Slug::parse("example").unwrap();
    let new = NewProvider {
        key: &key,
        legal_name: "Example",
        contact: None,
        public_note: Some("A note for the public."),
        kind: ProviderKind::Fictitious,
        lei: None,
        role: None,
    };
    publish_with(&app, new, "Example service").await;
    for (path, text) in public_texts(&app, "example").await {
        assert!(text.to_lowercase().contains("fictitious provider, generated data"), "{path}: {text}");
        assert!(path == "/" || text.contains("A note for the public."), "{path}");
    }
    let document: Value = serde_json::from_str(&app.text("/disclosures/1/v1/disclosure.json").await).unwrap();
    assert_eq!(document["provider"]["kind"], "fictitious");
    let list: Value = serde_json::from_str(&app.text("/v1/disclosures").await).unwrap();
    assert_eq!(list["disclosures"][0]["provider_kind"], "fictitious");

    let real = TestApp::start().await;
    two_sites(&real).await.publish(&october()).await;
    for (path, text) in public_texts(&real, "acme").await {
        assert!(!text.to_lowercase().contains("fictitious"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_of_a_provider_are_shown_as_text() {
    let app = TestApp::start().await;
    let key = Slug::parse("odd").unwrap();
    let text = "=<script>alert(\"x\")</script> & 'Sons' <!-- taskwatt:state --> {{ 7 * 7 }}";
    let new = NewProvider {
        key: &key,
        legal_name: text,
        contact: Some(text),
        public_note: Some(text),
        kind: ProviderKind::Operator,
        lei: None,
        role: None,
    };
    publish_with(&app, new, text).await;
    for (path, page) in public_texts(&app, "odd").await {
        assert!(!page.contains("<script"), "{path}: {page}");
        assert!(
            page.contains("script&#62;alert(&#34;x&#34;)") || page.contains("script&gt;alert(&quot;x&quot;)"),
            "{path}: {page}"
        );
        assert!(page.contains("{{ 7 * 7 }}"), "{path}");
        assert!(page.matches("<!-- taskwatt:state -->").count() <= 1, "{path}");
    }
    let csv = app.text("/disclosures/1/v1/disclosure.csv").await;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    for row in reader.records() {
        for cell in &row.unwrap() {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
        }
    }
    let document: Value = serde_json::from_str(&app.text("/disclosures/1/v1/disclosure.json").await).unwrap();
    assert_eq!(document["provider"]["legal_name"], text);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_file_can_be_added_to_what_is_published_and_no_table_emptied() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let (status, answer) = provider.post_records(&json!([record("r-1")])).await;
    assert_eq!(status, 200, "{answer}");
    provider.publish(&json!({"service": "chat", "from": "2025-10-01", "to": "2025-11-01"})).await;
    for statement in [
        "INSERT INTO disclosure_file SELECT disclosure_id, 'html', 'text/html', 'x', sha256('x') FROM disclosure",
        "TRUNCATE disclosure_file",
        "TRUNCATE disclosure CASCADE",
        "UPDATE disclosure SET state = 'draft', published_at = NULL",
    ] {
        let refused = sqlx::query(statement).execute(&app.pool).await.unwrap_err().to_string();
        assert!(
            refused.contains("frozen") || refused.contains("cannot be changed"),
            "{statement}: {refused}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_lacks_records_of_its_period_is_not_published() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    provider.post_records(&json!([record("r-1")])).await;
    let request = json!({"service": "chat", "from": "2025-10-01", "to": "2025-11-01"});
    let built = answer(provider.post("/v1/disclosures").json(&request).send().await.unwrap()).await;
    assert_eq!(built.0, 201);
    provider.post_records(&json!([record("r-2")])).await;
    let publish = provider.post("/v1/disclosures/1/versions/1/publish");
    let (status, problem) = answer(publish.send().await.unwrap()).await;
    assert_eq!((status, &problem["code"]), (409, &json!("draft-outdated")));
    // Built again, it holds both.
    assert_eq!(provider.publish(&request).await, "/disclosures/1/v1");
}
