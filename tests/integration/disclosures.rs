//! Disclosures: figures against a computation by hand, drafts, and every refusal on the way.

mod beside;
mod estimates;
mod left_out;
pub mod market;
mod published;

use crate::support::{Provider, TestApp, answer, record_with_all};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use taskwatt::domain::terms::{Scope, SiteFactorKind};
use taskwatt::render::files::Format;

/// October 2025 of the service `chat`.
pub(crate) fn october() -> Value {
    json!({"service": "chat", "from": "2025-10-01", "to": "2025-11-01"})
}

async fn send(provider: &Provider<'_>, id: &str, fields: Value) {
    let (status, counts) = provider.post_records(&json!([record_with_all(id, &fields)])).await;
    assert_eq!((status, &counts["accepted"]), (200, &json!(1)), "{counts}");
}

/// The stored document of a draft or a published version.
async fn document(app: &TestApp, built: &Value) -> Value {
    let bytes: Vec<u8> =
        sqlx::query_scalar("SELECT document FROM disclosure WHERE number = $1 AND version = $2")
            .bind(i32::try_from(built["number"].as_i64().unwrap()).unwrap())
            .bind(i32::try_from(built["version"].as_i64().unwrap()).unwrap())
            .fetch_one(&app.pool)
            .await
            .unwrap();
    assert_eq!(built["document_sha256"], hex::encode(Sha256::digest(&bytes)));
    serde_json::from_slice(&bytes).unwrap()
}

pub(crate) async fn built(provider: &Provider<'_>, request: &Value) -> Value {
    let (status, built) = provider.build(request).await;
    assert_eq!(status, 201, "{built}");
    document(provider.app, &built).await
}

/// The value of one figure; `member` names the part that a share is of.
pub(crate) fn fact<'a>(document: &'a Value, concept: &str, task_type: &str, member: Option<&str>) -> &'a str {
    let facts = document["facts"].as_array().unwrap();
    let found: Vec<&Value> = facts
        .iter()
        .filter(|fact| fact["concept"] == concept && fact["task_type"] == task_type)
        .filter(|fact| fact["model"].is_null() && fact["month"].is_null())
        .filter(|fact| fact["member"]["name"].as_str() == member)
        .collect();
    assert_eq!(found.len(), 1, "{concept} of {task_type}, {member:?}");
    found[0]["value"].as_str().unwrap()
}

/// Two sites: s-1 in Germany declares a PUE of 1.2, s-2 in Sweden declares nothing.
pub(crate) async fn two_sites(app: &TestApp) -> Provider<'_> {
    let provider = app.provider("acme").await;
    provider.site("s-2", "SE").await;
    provider.declare("s-1", SiteFactorKind::Pue, "1.2", "2025-01-01", "2026-01-01").await;
    let none = Value::Null;
    send(&provider, "a", json!({"energy_wh": 1, "output_tokens": 500})).await;
    send(&provider, "b", json!({"energy_wh": 0.5, "outcome": "failed", "output_tokens": none})).await;
    let code = json!({"site": "s-2", "task_type": "code", "energy_wh": 2, "output_tokens": none});
    send(&provider, "c", code).await;
    let facility = json!({"site": "s-2", "task_type": "code", "boundary": "facility", "energy_wh": 1.36,
        "evidence": "metered", "output_tokens": none});
    send(&provider, "d", facility).await;
    provider
}

/// By hand, in Wh, with IT ÷ server 1.12 (default), PUE 1.2 (s-1) and 1.36 (s-2, default):
///
/// | task | reported | IT | facility |
/// | a, server, s-1 | 1 | 1.12 | 1.344 |
/// | b, server, s-1, failed | 0.5 | 0.56 | 0.672 |
/// | c, server, s-2 | 2 | 2.24 | 3.0464 |
/// | d, facility, s-2 | 1.36 | unknown: a default PUE is not divided out | 1.36 |
///
/// Grid 2025: DE 334.1 g/kWh · 2.016 Wh = 0.6735456 g, SE 35.4 · 4.4064 Wh = 0.15598656 g.
#[tokio::test(flavor = "multi_thread")]
async fn the_figures_of_two_sites_are_those_computed_by_hand() {
    let app = TestApp::start().await;
    let provider = two_sites(&app).await;
    let mut request = october();
    // With what would otherwise be left out, because it is of one of the two sites.
    request["small_cells"] = json!("shown");
    let document = built(&provider, &request).await;
    for (concept, all, chat, code) in [
        ("tasks_completed", "3", "1", "2"),
        ("tasks_failed", "1", "1", "0"),
        ("tasks_cancelled", "0", "0", "0"),
        ("energy_reported_total", "17496000000", "5400000000", "12096000000"),
        ("energy_it_total", "unknown", "1.680000000000", "unknown"),
        ("energy_facility_total", "6.422400000000", "2.016000000000", "4.406400000000"),
        ("energy_per_task_mean", "2.140800000000", "2.016000000000", "2.203200000000"),
        ("energy_per_task_it_mean", "unknown", "1.680000000000", "unknown"),
        ("energy_per_1000_output_tokens", "2.688000000000", "2.688000000000", "N/A"),
        ("carbon_location_total", "0.829532160000", "0.673545600000", "0.155986560000"),
        ("carbon_location_per_task", "0.276510720000", "0.673545600000", "0.077993280000"),
    ] {
        for (task_type, value) in [("all", all), ("chat", chat), ("code", code)] {
            assert_eq!(fact(&document, concept, task_type, None), value, "{concept} of {task_type}");
        }
    }
    // 5.0624 ÷ 6.4224 took a default; d alone took none. 3.0464 ÷ 6.4224 took the default PUE.
    assert_eq!(fact(&document, "default_factor_share", "all", None), "0.788241");
    let defaults: Vec<String> = document["defaults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|used| format!("{} {} {}", used["kind"], used["value"], used["share"]).replace('"', ""))
        .collect();
    assert_eq!(defaults, ["pue 1.360000 0.474340", "it_per_server 1.120000 0.788241"]);
    // 1.36 ÷ 6.4224 was metered.
    assert_eq!(fact(&document, "evidence_share", "all", Some("metered")), "0.211759");
    assert_eq!(fact(&document, "evidence_share", "all", Some("counter")), "0.788241");
    assert_eq!(fact(&document, "factor_rung_share", "all", Some("annual")), "1.000000");
    assert_eq!(fact(&document, "coverage", "all", None), "unknown");
    let declared = &document["sites"][0]["declared_factors"];
    assert_eq!((&declared[0]["kind"], &declared[0]["value"]), (&json!("pue"), &json!("1.200000")));
    assert_eq!(document["sites"][1]["declared_factors"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn pue_is_never_applied_to_energy_that_holds_it() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    send(&provider, "a", json!({"boundary": "facility", "energy_wh": 3})).await;
    let total = |document: &Value, concept| fact(document, concept, "all", None).to_owned();
    let with_default = built(&provider, &october()).await;
    assert_eq!(total(&with_default, "energy_facility_total"), "3.000000000000");
    assert_eq!(total(&with_default, "energy_it_total"), "unknown");
    provider.declare("s-1", SiteFactorKind::Pue, "2", "2025-10-01", "2025-11-01").await;
    let declared = built(&provider, &october()).await;
    assert_eq!(total(&declared, "energy_facility_total"), "3.000000000000");
    assert_eq!(total(&declared, "energy_it_total"), "1.500000000000");
    assert_eq!(total(&declared, "default_factor_share"), "0.000000");
}

#[tokio::test(flavor = "multi_thread")]
async fn building_again_replaces_the_draft() {
    let app = TestApp::start().await;
    let provider = two_sites(&app).await;
    let (_, first) = provider.build(&october()).await;
    let (_, same) = provider.build(&october()).await;
    assert_eq!(same, first, "the same totals make the same document");
    assert_eq!(
        (&first["number"], &first["version"], &first["state"]),
        (&json!(1), &json!(1), &json!("draft"))
    );
    send(&provider, "more", json!({"energy_wh": 9})).await;
    let (_, second) = provider.build(&october()).await;
    assert_eq!((&second["number"], &second["version"]), (&json!(1), &json!(1)));
    assert_ne!(second["document_sha256"], first["document_sha256"]);
    assert_eq!(document(&app, &second).await["facts"][0]["value"], "4");
    assert_eq!(app.count("disclosure").await, 1);
    let (_, other_period) =
        provider.build(&json!({"service": "chat", "from": "2025-10-01", "to": "2025-10-02"})).await;
    assert_eq!((&other_period["number"], &other_period["version"]), (&json!(2), &json!(1)));
}

/// Checks a refusal's status and code, and answers its pointers with their codes and its detail.
fn refusal(answer: (u16, Value), status: u16, code: &str) -> (Vec<String>, String) {
    let (found, problem) = answer;
    assert_eq!((found, &problem["code"]), (status, &json!(code)), "{problem}");
    assert_eq!(problem["type"], format!("/problems#{code}"));
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    let pointers =
        errors.iter().map(|error| format!("{} {}", error["pointer"], error["code"]).replace('"', ""));
    (pointers.collect(), problem["detail"].as_str().unwrap().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_request_is_refused_with_a_pointer_to_each_field() {
    let app = TestApp::start().await;
    let provider = two_sites(&app).await;
    for (field, value, pointer) in [
        ("service", "Not a slug", "/service invalid-name"),
        ("service", "nobody", "/service unknown-service"),
        ("from", "yesterday", "/from period-invalid"),
        ("from", "2025-10-01T00:30:00Z", "/from period-invalid"),
        ("from", "2025-11-01", "/to period-invalid"),
        ("from", "2024-10-01", "/to period-invalid"),
        ("to", "2025-02-30", "/to period-invalid"),
        ("to", "2025-10-01T00:30:00Z", "/to period-invalid"),
        ("basis", "marginal", "/basis unknown-word"),
        ("perimeter", "Production", "/perimeter unknown-word"),
    ] {
        let mut request = october();
        request[field] = json!(value);
        let (pointers, _) = refusal(provider.build(&request).await, 422, "invalid-fields");
        assert_eq!(pointers, [pointer], "{field} {value}");
    }
    let all = json!({"service": "", "from": "x", "to": "y", "basis": "", "perimeter": ""});
    let (pointers, _) = refusal(provider.build(&all).await, 422, "invalid-fields");
    for field in ["/service", "/from", "/to", "/basis", "/perimeter"] {
        assert!(pointers.iter().any(|pointer| pointer.starts_with(field)), "{field}: {pointers:?}");
    }
    let send = async |body: &'static str| {
        let request = provider.post("/v1/disclosures").header("content-type", "application/json").body(body);
        answer(request.send().await.unwrap()).await
    };
    for body in ["", "{", "nonsense"] {
        refusal(send(body).await, 400, "invalid-json");
    }
    refusal(send("[]").await, 422, "wrong-type");
    let (pointers, _) = refusal(send(r#"{"from": 5, "to": null, "colour": 1}"#).await, 422, "invalid-fields");
    let expected =
        ["/colour unknown-field", "/service missing-field", "/from wrong-type", "/to missing-field"];
    assert_eq!(pointers, expected);
    let text = provider.post("/v1/disclosures").body(october().to_string());
    refusal(answer(text.send().await.unwrap()).await, 415, "unsupported-media-type");
    assert_eq!(app.count("disclosure").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_disclosed_is_refused_and_says_why() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    refusal(provider.build(&october()).await, 422, "nothing-to-disclose");
    send(&provider, "failed", json!({"outcome": "failed"})).await;
    refusal(provider.build(&october()).await, 422, "nothing-to-disclose");

    send(&provider, "morning", json!({"started_at": "2025-10-03T06:00:00Z"})).await;
    send(&provider, "noon", json!({"started_at": "2025-10-03T12:00:00Z"})).await;
    for (from, to) in [("2025-10-03T12:00:00Z", "2025-10-04"), ("2025-10-01", "2025-10-03T12:00:00Z")] {
        let cut = json!({"service": "chat", "from": from, "to": to});
        refusal(provider.build(&cut).await, 422, "period-cuts-day");
    }
    let around = json!({"service": "chat", "from": "2025-10-03T06:00:00Z", "to": "2025-10-03T13:00:00Z"});
    assert_eq!(provider.build(&around).await.0, 201, "no task of that day lies outside");

    // Antarctica has a zone and no factor.
    provider.site("s-aq", "AQ").await;
    for (id, at) in
        [("x", "2025-10-05T01:00:00Z"), ("y", "2025-10-05T02:59:00Z"), ("z", "2025-10-06T00:00:00Z")]
    {
        send(&provider, id, json!({"site": "s-aq", "started_at": at})).await;
    }
    let (_, detail) = refusal(provider.build(&october()).await, 422, "factors-missing");
    let expected = "zone AQ has no value for 3 hour(s): [2025-10-05T01:00:00Z, 2025-10-05T03:00:00Z), \
                    [2025-10-06T00:00:00Z, 2025-10-06T01:00:00Z)";
    assert_eq!(detail, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_provider_itself_builds_and_publishes_and_only_once() {
    let app = TestApp::start().await;
    let provider = two_sites(&app).await;
    let other = app.provider("other").await;
    let (_, built) = provider.build(&october()).await;
    refusal(other.publish_version(&built).await, 404, "not-found");
    refusal(other.build(&october()).await, 422, "nothing-to-disclose");
    let records_only = provider.key(&[Scope::RecordsWrite]).await;
    let records_only = Provider { app: &app, id: provider.id, secret: records_only };
    refusal(records_only.build(&october()).await, 403, "scope-missing");
    refusal(records_only.publish_version(&built).await, 403, "scope-missing");
    let nobody = Provider { app: &app, id: provider.id, secret: String::new() };
    assert_eq!(nobody.publish_version(&built).await.0, 401);
    assert_eq!(app.count("disclosure_file").await, 0);

    assert_eq!(provider.publish_version(&built).await.0, 200);
    refusal(provider.publish_version(&built).await, 409, "disclosure-published");
    refusal(other.publish_version(&built).await, 404, "not-found");
    refusal(provider.publish_version(&json!({"number": 1, "version": 2})).await, 404, "not-found");
    assert_eq!(app.count("disclosure_file").await, Format::ALL.len() as i64);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_that_is_not_over_can_be_built_and_not_published() {
    let app = TestApp::start().await;
    let provider = two_sites(&app).await;
    let (status, built) =
        provider.build(&json!({"service": "chat", "from": "2025-10-01", "to": "2026-01-15T01:00:00Z"})).await;
    assert_eq!(status, 201, "{built}");
    let (_, detail) = refusal(provider.publish_version(&built).await, 409, "period-not-over");
    assert!(detail.contains("2026-01-15"), "{detail}");
    let over = json!({"service": "chat", "from": "2025-10-01", "to": "2026-01-15"});
    provider.publish(&over).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_nowhere_public() {
    let app = TestApp::start().await;
    let provider = two_sites(&app).await;
    let (_, built) = provider.build(&october()).await;
    assert!(built["mean_energy_wh"].as_str().is_some_and(|mean| mean == "2.140800000000"));
    for path in ["/", "/providers/acme", "/v1/disclosures"] {
        let text = app.text(path).await;
        assert!(!text.contains("disclosures/1") && !text.contains("2.1"), "{path}: {text}");
    }
    for path in [
        "",
        "/v1",
        "/1",
        "/v1/disclosure.json",
        "/v1/disclosure.csv",
        "/v1/disclosure.html",
        "/v1/SHA256SUMS",
    ] {
        assert_eq!(app.get(&format!("/disclosures/1{path}")).await.status(), 404, "{path}");
    }
    // Nor is a draft beside a published version.
    provider.publish_version(&built).await;
    send(&provider, "more", json!({"energy_wh": 9})).await;
    provider.build(&october()).await;
    assert_eq!(app.get("/disclosures/1/v2").await.status(), 404);
    assert_eq!(app.get("/disclosures/1").await.headers()["location"], "/disclosures/1/v1");
    assert!(!app.text("/providers/acme").await.contains("v2"));
}
