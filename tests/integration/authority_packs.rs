//! Authority packs: what they hold, what they refuse, and that nobody else sees them.

use crate::cli::run;
use crate::disclosures::{fact, october, two_sites};
use crate::formats::readers::{python, read_back, write_template};
use crate::formats::rich_pack::rich_pack;
use crate::pdf;
use crate::registry::registrar;
use crate::send::dir::Dir;
use crate::support::{Provider, TestApp, answer, database_url_of, make_schema, open_schema};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use taskwatt::domain::terms::Scope;
use taskwatt::render::pack::{self, PackFormat};

async fn post(provider: &Provider<'_>, path: &str, body: &Value) -> (u16, Value) {
    answer(provider.post(path).json(body).send().await.unwrap()).await
}

async fn build(provider: &Provider<'_>) -> (u16, Value) {
    post(provider, "/v1/authority-packs", &json!({"models": ["m-1"]})).await
}

/// The provider with a key that may do everything.
async fn with_all_scopes(provider: Provider<'_>) -> Provider<'_> {
    Provider { secret: provider.key(Scope::ALL).await, ..provider }
}

/// What the form asks, told of the model `m-1`.
async fn tell(provider: &Provider<'_>) {
    let training = json!({
        "energy_mwh": "1200.0", "compute_not_available_reason": "=It was not counted.", "from": "2024-01-01",
        "to": "2024-06-01", "evidence": "estimated", "method": "By hours and mean power.",
    });
    assert_eq!(post(provider, "/v1/models/m-1/training", &training).await.0, 201);
    let compute = json!({
        "task_type": "chat", "hardware": "NVIDIA H100 SXM", "task": "1,000 tokens in, 300 out",
        "compute_flops": "1.4e15", "method": "Two operations for each parameter and token.",
    });
    assert_eq!(post(provider, "/v1/models/m-1/inference-compute", &compute).await.0, 201);
}

async fn file(provider: &Provider<'_>, version: i32, format: &str) -> Vec<u8> {
    let response = provider.get(&format!("/v1/authority-packs/1/v{version}/pack.{format}")).await;
    assert_eq!(response.status(), 200, "{format}");
    assert_eq!(response.headers()["cache-control"], "private, no-store");
    response.bytes().await.unwrap().to_vec()
}

/// The fact of a concept, which stands once.
fn of<'a>(pack: &'a Value, concept: &str) -> &'a Value {
    let mut found = pack["facts"].as_array().unwrap().iter().filter(|fact| fact["concept"] == concept);
    let first = found.next().unwrap();
    assert_eq!(found.next(), None, "{concept}");
    first
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_holds_the_digits_that_were_told_and_the_reason_where_there_are_none() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    tell(&acme).await;
    let (status, built) = build(&acme).await;
    assert_eq!((status, &built["number"], &built["version"]), (201, &json!(1), &json!(1)), "{built}");
    let bytes = file(&acme, 1, "json").await;
    assert_eq!(built["document_sha256"], hex::encode(Sha256::digest(&bytes)));
    let pack: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(serde_json_canonicalizer::to_vec(&pack).unwrap(), bytes);

    let energy = of(&pack, "training_energy");
    assert_eq!((&energy["value"], &energy["unit"]), (&json!("1200.0"), &json!("MWh")));
    assert_eq!((&energy["significant_figures"], &energy["knowledge"]), (&json!(5), &json!("estimated")));
    let compute = of(&pack, "training_compute");
    assert_eq!((&compute["value"], &compute["reason"]), (&json!("N/A"), &json!("=It was not counted.")));
    let task = of(&pack, "inference_compute");
    assert_eq!(
        (&task["value"], &task["unit"], &task["task_type"]),
        (&json!("1.4e15"), &json!("FLOP"), &json!("chat"))
    );
    assert_eq!(task["hardware"], "NVIDIA H100 SXM");
    let in_use = of(&pack, "energy_in_use");
    assert_eq!(in_use["value"], "N/A");
    assert_eq!(in_use["reason"], "no disclosure with tasks of this model is published");
    for one in pack["facts"].as_array().unwrap().iter().chain(pack["texts"].as_array().unwrap()) {
        assert_eq!(one["confidentiality"], "authority");
        assert_eq!(one["recipients"], json!(["ai_office", "national_authorities"]));
    }
    let texts: Vec<&str> =
        pack["texts"].as_array().unwrap().iter().map(|text| text["field"].as_str().unwrap()).collect();
    assert_eq!(texts, ["training_energy_method", "inference_compute_method"]);
    assert_eq!(pack["template"]["legal_status"], "law");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_readers_find_the_same_in_every_format_of_a_pack() {
    let Some(python) = python() else { return };
    let app = TestApp::start().await;
    let acme = with_all_scopes(two_sites(&app).await).await;
    acme.publish(&october()).await;
    tell(&acme).await;
    assert_eq!(build(&acme).await.0, 201);
    let dir = Dir::new();
    write_template(&dir, "ai-act-annex-xi", "0.1");
    for format in PackFormat::ALL {
        let bytes = file(&acme, 1, format.as_str()).await;
        dir.write(&format!("pack.{}", format.as_str()), bytes);
    }
    read_back(&python, &dir);
    if let Some(python) = pdf::python() {
        pdf::read_back(&python, &dir);
    }
}

#[test]
fn what_is_written_as_json_is_read_back_as_the_same_pack() {
    for models in [1, 4] {
        let document = rich_pack(models);
        let written = pack::canonical(&document);
        assert!(pack::is_pack(&written));
        assert_eq!(pack::read(&written).unwrap(), document);
    }
    assert!(!pack::is_pack(b"{}") && !pack::is_pack(b"[1"));
    let text = String::from_utf8(pack::canonical(&rich_pack(1))).unwrap();
    for (own, other) in [
        ("taskwatt-authority-pack/1", "taskwatt-authority-pack/2"),
        ("\"training_compute\"", "\"emissions\""),
        ("3.80e25", "3.80e"),
        ("\"ai_office\"", "\"everybody\""),
        ("\"declared\"", "\"guessed\""),
        ("\"chat\"", "\"smalltalk\""),
    ] {
        assert!(text.contains(own), "{own}");
        assert!(pack::read(text.replacen(own, other, 1).as_bytes()).is_err(), "{other}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_with_a_character_that_no_font_has_is_refused_with_its_place() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    tell(&acme).await;
    let compute = json!({"task_type": "chat", "hardware": "Beside the 😀", "compute_flops": "1.5e15"});
    assert_eq!(post(&acme, "/v1/models/m-1/inference-compute", &compute).await.0, 201);
    let (status, refused) = build(&acme).await;
    assert_eq!((status, &refused["code"]), (422, &json!("render-refused")), "{refused}");
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("U+1F600") && detail.contains("/hardware"), "{detail}");
    assert_eq!(app.count("authority_pack").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_energy_in_use_is_that_of_the_published_disclosure() {
    let app = TestApp::start().await;
    let acme = with_all_scopes(two_sites(&app).await).await;
    let page = acme.publish(&october()).await;
    tell(&acme).await;
    assert_eq!(build(&acme).await.0, 201);
    let pack: Value = serde_json::from_slice(&file(&acme, 1, "json").await).unwrap();
    let document = app.text(&format!("{page}/disclosure.json")).await;
    let disclosure: Value = serde_json::from_str(&document).unwrap();
    let in_use = of(&pack, "energy_in_use");
    // It is the only model of the service.
    assert_eq!(in_use["value"], fact(&disclosure, "energy_facility_total", "all", None));
    assert_eq!(in_use["source"]["document_sha256"], hex::encode(Sha256::digest(&document)));
    assert_eq!((&in_use["from"], &in_use["to"]), (&json!("2025-10-01"), &json!("2025-11-01")));
    assert!(["known", "estimated"].contains(&in_use["knowledge"].as_str().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_told_and_texts_that_are_too_long_are_refused_by_the_model() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let faults = |answer: &Value| -> Vec<(String, String)> {
        let text = |fault: &Value, name: &str| fault[name].as_str().unwrap().to_owned();
        let errors = answer["errors"].as_array().unwrap();
        errors.iter().map(|fault| (text(fault, "pointer"), text(fault, "code"))).collect()
    };
    let fault = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    let (status, answer) = build(&acme).await;
    assert_eq!(status, 422);
    assert_eq!(faults(&answer), [fault("/models/0", "reason-missing"), fault("/models/0", "reason-missing")]);
    let (_, answer) = post(&acme, "/v1/authority-packs", &json!({"models": ["m-1", "m-9"]})).await;
    assert_eq!(faults(&answer), [fault("/models/1", "unknown-model")]);
    for (body, code) in [
        (json!({}), "missing-field"),
        (json!({"models": []}), "out-of-range"),
        (json!({"models": "m-1"}), "wrong-type"),
        (json!({"models": ["m-1"], "public": true}), "unknown-field"),
    ] {
        let (status, answer) = post(&acme, "/v1/authority-packs", &body).await;
        assert_eq!((status, answer["errors"][0]["code"].as_str()), (422, Some(code)), "{body}: {answer}");
    }
    tell(&acme).await;
    for (words, status) in [(120, 201), (121, 422)] {
        let training = json!({
            "energy_mwh": "12", "compute_flops": "3.8e25", "from": "2024-01-01", "to": "2024-06-01",
            "evidence": "measured", "method": "word ".repeat(words).trim(),
        });
        post(&acme, "/v1/models/m-1/training", &training).await;
        let (answered, answer) = build(&acme).await;
        assert_eq!(answered, status, "{answer}");
        if status == 422 {
            assert_eq!(faults(&answer), [fault("/models/0", "invalid-text")]);
            assert!(answer["errors"][0]["detail"].as_str().unwrap().contains("has 121 words"), "{answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pack_stands_until_something_is_told_and_never_changes() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    tell(&acme).await;
    let (_, first) = build(&acme).await;
    let (status, again) = build(&acme).await;
    assert_eq!((status, &again), (200, &first));
    let before = file(&acme, 1, "xlsx").await;
    let compute = json!({"task_type": "chat", "hardware": "NVIDIA H100 SXM", "compute_flops": "1.5e15"});
    post(&acme, "/v1/models/m-1/inference-compute", &compute).await;
    let (status, second) = build(&acme).await;
    assert_eq!((status, &second["number"], &second["version"]), (201, &json!(1), &json!(2)));
    assert_eq!(file(&acme, 1, "xlsx").await, before);
    let (_, list) = acme.get_json("/v1/authority-packs").await;
    let versions: Vec<(&Value, &Value)> = list["authority_packs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["version"], &one["models"]))
        .collect();
    assert_eq!(versions, [(&json!(2), &json!(["m-1"])), (&json!(1), &json!(["m-1"]))]);
    for sql in [
        "UPDATE authority_pack SET version = 3 WHERE version = 2",
        "DELETE FROM authority_pack",
        "TRUNCATE authority_pack CASCADE",
        "UPDATE authority_pack_file SET bytes = ' ', sha256 = sha256(' ')",
        "DELETE FROM authority_pack_file",
        "INSERT INTO authority_pack_file SELECT pack_id, 'txt', 'text/plain', ' ', sha256(' ') FROM authority_pack",
    ] {
        let refused = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(&app.pool).await;
        let error = refused.expect_err(sql).to_string();
        assert!(error.contains("an authority pack is frozen"), "{sql}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_build_list_and_write_a_pack() {
    let schema = make_schema().await;
    let app = TestApp::serve(open_schema(&schema).await).await;
    let acme = registrar(&app, "acme").await;
    let database = database_url_of(&schema);
    let build = ["pack", "build", "--provider", "acme", "--model", "m-1"];
    let refused = run(&database, &build).await;
    assert_eq!(refused.code, Some(1));
    assert!(refused.err.contains("nothing is told of the training of model 'm-1'"), "{refused:?}");
    tell(&acme).await;
    let built = run(&database, &build).await;
    assert_eq!(built.code, Some(0), "{built:?}");
    assert!(built.out.starts_with("authority pack 1, version 1\nSHA-256 "), "{built:?}");
    assert!(run(&database, &build).await.out.contains("it stands"));
    let listed = run(&database, &["pack", "list", "--provider", "acme"]).await;
    assert!(
        listed.out.starts_with("1 version 1, built on ") && listed.out.ends_with(": m-1\n"),
        "{listed:?}"
    );
    let dir = Dir::new();
    let path = dir.0.to_str().unwrap();
    let written = run(&database, &["pack", "write", "--provider", "acme", "1", "1", "--dir", path]).await;
    assert_eq!(written.out.lines().count(), PackFormat::ALL.len(), "{written:?}");
    let bytes = std::fs::read(dir.0.join("taskwatt-authority-pack-1-v1.json")).unwrap();
    assert_eq!(bytes, file(&acme, 1, "json").await);
    let missing = run(&database, &["pack", "write", "--provider", "acme", "1", "2", "--dir", path]).await;
    assert!(missing.err.contains("there is no authority pack 1, version 2"), "{missing:?}");
}
