//! The addresses of templates, and disclosures that were published by an earlier version of one.

use crate::support::{TestApp, now};
use serde_json::Value;
use sha2::{Digest, Sha256};
use taskwatt::disclosure::difference::difference;
use taskwatt::disclosure::template::{find, templates};
use taskwatt::domain::disclosure::Verification;
use taskwatt::render::json;

/// A document of the first layout by template 0.1, as it was published.
const FIRST: &str = include_str!("../golden/disclosure-0.1.json");

#[tokio::test(flavor = "multi_thread")]
async fn every_version_of_a_template_has_its_file_and_schema_at_a_stable_address() {
    let app = TestApp::start().await;
    let page = app.text("/templates").await;
    for one in templates() {
        let (id, version) = (&one.template.id, &one.template.version);
        assert!(page.contains(&format!("href=\"/templates/{id}/{version}.json\"")), "{page}");
        assert!(page.contains(&one.template.status_line()), "{page}");
        let file: Value =
            serde_json::from_str(&app.text(&format!("/templates/{id}/{version}.json")).await).unwrap();
        assert_eq!(
            (&file["id"], &file["version"]),
            (&Value::from(id.as_str()), &Value::from(version.as_str()))
        );
        let response = app.get(&format!("/templates/{id}/{version}/schema.json")).await;
        assert_eq!(response.headers()["content-type"], "application/schema+json");
        let tag = response.headers()["etag"].to_str().unwrap().to_owned();
        assert_eq!(response.text().await.unwrap(), one.schema);
        let address = format!("{}/templates/{id}/{version}/schema.json", app.url);
        let again = app.http.get(address).header("if-none-match", tag).send().await.unwrap();
        assert_eq!(again.status(), 304);
    }
    let own = "/templates/eu-draft-average-energy-per-task";
    for missing in [format!("{own}/0.9.json"), format!("{own}/0.2"), "/templates/another/0.2.json".to_owned()]
    {
        assert_eq!(app.get(&missing).await.status(), 404, "{missing}");
    }
}

#[test]
fn a_document_of_the_first_layout_is_read_with_what_it_lacks_left_empty() {
    let read = json::read(FIRST.as_bytes()).unwrap();
    assert_eq!((read.template.version.as_str(), read.reference.number), ("0.1", 50));
    assert!(read.template.status_line.contains("eu-draft-average-energy-per-task 0.1."));
    assert_eq!(read.verification, Verification::NONE);
    assert_eq!((read.texts.len(), read.hardware.len(), read.history.len()), (0, 0, 0));
    assert!(find(&read.template.id, "0.1").is_some());
    assert!(read.facts.len() > 100);
}

/// Stores a document as published.
async fn store(app: &TestApp, version: i32, state: &str, document: &[u8]) {
    sqlx::query(
        "INSERT INTO disclosure (number, version, provider_id, service_id, template_id, template_version, period_from,
            period_to, state, built_at, published_at, document, document_sha256, mean_energy_wh, evidence_summary)
         SELECT 50, $1, provider_id, service_id, 'eu-draft-average-energy-per-task', '0.1', '2025-01-01', '2026-01-01',
            'draft', $2, NULL, $3, sha256($3), '0.98', 'Metered' FROM service",
    )
    .bind(version)
    .bind(now())
    .bind(document)
    .execute(&app.pool)
    .await
    .unwrap();
    for (format, bytes) in
        [("json", document), ("html", b"<!DOCTYPE html><!-- taskwatt:state --><p>As it was.</p>")]
    {
        sqlx::query(
            "INSERT INTO disclosure_file (disclosure_id, format, media_type, bytes, sha256)
             SELECT disclosure_id, $1, 'text/plain', $2, sha256($2) FROM disclosure WHERE version = $3",
        )
        .bind(format)
        .bind(bytes)
        .bind(version)
        .execute(&app.pool)
        .await
        .unwrap();
    }
    sqlx::query("UPDATE disclosure SET state = 'published', published_at = $2 WHERE version = $1")
        .bind(version)
        .bind(now())
        .execute(&app.pool)
        .await
        .unwrap();
    if state == "superseded" {
        sqlx::query("UPDATE disclosure SET state = 'superseded' WHERE version = $1")
            .bind(version)
            .execute(&app.pool)
            .await
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disclosure_by_an_earlier_template_is_served_as_it_was_and_compared_with_a_later_one() {
    let app = TestApp::start().await;
    let _acme = app.provider("acme").await;
    store(&app, 1, "superseded", FIRST.as_bytes()).await;
    let mut later = json::read(FIRST.as_bytes()).unwrap();
    later.reference.version = 2;
    later.template = taskwatt::disclosure::template_use();
    later.reason = Some("A later template.".to_owned());
    store(&app, 2, "published", &json::render(&later)).await;

    let served = app.get("/disclosures/50/v1/disclosure.json").await.bytes().await.unwrap();
    assert_eq!(hex::encode(Sha256::digest(&served)), hex::encode(Sha256::digest(FIRST)));
    let page = app.text("/disclosures/50/v1").await;
    assert!(page.contains("As it was.") && page.contains("Superseded"), "{page}");
    assert!(app.text("/disclosures/50/v2").await.contains("/disclosures/50/v2/changes"));

    let found: Value =
        serde_json::from_str(&app.text("/v1/disclosures/50/difference?from=1&to=2").await).unwrap();
    assert_eq!(found["facts"], Value::Array(Vec::new()));
    assert_eq!(found["reason"], "A later template.");
    let pointers: Vec<&str> = found["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| member["pointer"].as_str().unwrap())
        .collect();
    assert_eq!(pointers, ["/reason", "/template/status_line", "/template/version"]);
    let first = json::read(FIRST.as_bytes()).unwrap();
    assert_eq!(found["facts_unchanged"], difference(&first, &later).facts_unchanged);
}
