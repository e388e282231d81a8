//! What stands around the figures of a disclosure: who the provider is, its own words, hardware, the boundary, exclusions,
//! equivalents, budgets, the quality of the records, verification and versions.

use crate::disclosures::{built, fact, october};
use crate::registry::{faults, get, post, put, registrar, send};
use crate::support::{Provider, TestApp, open_schema, record, record_with_all};
use reqwest::Method;
use serde_json::{Value, json};
use std::sync::Arc;
use taskwatt::db::registry::{find_provider, update_provider};
use taskwatt::domain::equivalent::Household;
use taskwatt::domain::lei::Lei;
use taskwatt::domain::names::Slug;
use taskwatt::domain::registry::ProviderRole;
use taskwatt::units::EnergyVolume;

/// The request with some fields set.
fn october_with(fields: &Value) -> Value {
    let mut request = october();
    request.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    request
}

/// A task of the whole facility, by its meter: no factor comes in.
fn metered(id: &str, at: &str, wh: &str, fields: &Value) -> Value {
    let mut all = json!({"energy_wh": wh, "boundary": "facility", "evidence": "metered", "started_at": at});
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    record_with_all(id, &all)
}

async fn store(provider: &Provider<'_>, records: &[Value]) {
    let (status, answer) = provider.post_records(&json!(records)).await;
    assert_eq!((status, &answer["accepted"]), (200, &json!(records.len())), "{answer}");
}

async fn page_of(provider: &Provider<'_>, request: &Value) -> String {
    let address = provider.publish(request).await;
    provider.app.text(&address).await
}

/// The part of a page below one heading, without the markup of its lines.
fn section<'a>(page: &'a str, id: &str) -> &'a str {
    let from = page.find(&format!("<h2 id=\"{id}\">")).unwrap_or_else(|| panic!("no section {id}"));
    let to = page[from..].find("</section>").unwrap();
    &page[from..from + to]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_identity_holds_lei_and_role_where_they_are_registered() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    store(&acme, &[record("a")]).await;
    let before = built(&acme, &october()).await;
    assert_eq!((&before["provider"]["lei"], &before["provider"]["role"]), (&Value::Null, &Value::Null));
    let mut provider = find_provider(&app.pool, &Slug::parse("acme").unwrap()).await.unwrap().unwrap();
    provider.lei = Some(Lei::parse("506700GE1G29325QX363").unwrap());
    provider.role = Some(ProviderRole::Deployer);
    update_provider(&app.pool, &provider).await.unwrap();
    let document = built(&acme, &october()).await;
    assert_eq!(document["provider"]["lei"], "506700GE1G29325QX363");
    assert_eq!(document["provider"]["role"], "deployer");
    let page = page_of(&acme, &october()).await;
    assert!(page.contains("<dt>Legal Entity Identifier (LEI)</dt><dd>506700GE1G29325QX363</dd>"), "{page}");
    assert!(page.contains("<dt>Role</dt><dd>deployer: it uses models of others</dd>"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verification_stands_in_the_document_and_on_the_page() {
    let app = TestApp::start().await;
    let acme = app.provider("acme").await;
    store(&acme, &[record("a")]).await;
    let nobody = built(&acme, &october()).await;
    assert_eq!(nobody["verification"], json!({"kind": "none"}));
    let request = october_with(&json!({
        "verification": "third_party", "verification_standard": "ISO 14064-3", "verifier": "Auditors Ltd",
        "verified_on": "2025-12-01",
    }));
    let document = built(&acme, &request).await;
    let expected = json!({
        "kind": "third_party", "standard": "ISO 14064-3", "verifier": "Auditors Ltd", "verified_on": "2025-12-01",
    });
    assert_eq!(document["verification"], expected);
    assert_eq!(built(&acme, &request).await, document, "the same inputs make the same document");
    let page = page_of(&acme, &request).await;
    assert!(
        section(&page, "assurance").contains(
            "The provider states that a third party verified these figures: Auditors Ltd, by ISO 14064-3, on \
             1 December 2025."
        ),
        "{page}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_of_a_verification_that_do_not_fit_are_refused_by_their_pointers() {
    let app = TestApp::start().await;
    let acme = app.provider("acme").await;
    store(&acme, &[record("a")]).await;
    for (fields, expected) in [
        (json!({"verification": "certified"}), "/verification unknown-word"),
        (json!({"verifier": "A"}), "/verifier field-misplaced"),
        (
            json!({"verification": "none", "verification_standard": "S", "verified_on": "2025-12-01"}),
            "/verification_standard field-misplaced, /verified_on field-misplaced",
        ),
        (json!({"verification": "internal"}), "/verified_on missing-field"),
        (
            json!({"verification": "third_party", "verified_on": "2025-12-01"}),
            "/verification_standard missing-field, /verifier missing-field",
        ),
        (json!({"verification": "internal", "verified_on": "2025-10-31"}), "/verified_on date-invalid"),
        // Tomorrow.
        (json!({"verification": "internal", "verified_on": "2026-01-16"}), "/verified_on date-invalid"),
        (json!({"verification": "internal", "verified_on": "soon"}), "/verified_on date-invalid"),
        (
            json!({"verification": "internal", "verified_on": "2025-12-01", "verifier": " "}),
            "/verifier invalid-text",
        ),
        (json!({"reason": "x".repeat(1001)}), "/reason invalid-text"),
        // There is no version whose place it takes.
        (json!({"reason": "A site reported late."}), "/reason field-misplaced"),
    ] {
        let (status, problem) = acme.build(&october_with(&fields)).await;
        assert_eq!((status, faults(&problem).as_str()), (422, expected), "{fields}");
    }
    assert_eq!(app.count("disclosure").await, 0);
    let internal = json!({"verification": "internal", "verified_on": "2026-01-15"});
    assert_eq!(built(&acme, &october_with(&internal)).await["verification"]["kind"], "internal");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_names_the_earlier_ones_and_why_each_took_the_place_of_the_one_before() {
    let app = TestApp::start().await;
    let acme = app.provider("acme").await;
    store(&acme, &[record("a")]).await;
    let (_, first) = acme.build(&october()).await;
    acme.publish_version(&first).await;
    store(&acme, &[record("b")]).await;
    let second = october_with(&json!({"reason": "A record came late.\nIt counts."}));
    let (_, second) = acme.build(&second).await;
    acme.publish_version(&second).await;
    store(&acme, &[record("c")]).await;
    let document = built(&acme, &october()).await;
    assert_eq!((&document["version"], &document["reason"]), (&json!(3), &Value::Null));
    let expected = json!([
        {"version": 1, "published_on": "2026-01-15", "document_sha256": first["document_sha256"]},
        {
            "version": 2, "published_on": "2026-01-15", "document_sha256": second["document_sha256"],
            "reason": "A record came late.\nIt counts.",
        },
    ]);
    assert_eq!(document["history"], expected);
    assert_eq!(built(&acme, &october()).await, document);
    let published = app.text("/disclosures/1/v2").await;
    let assurance = section(&published, "assurance");
    assert!(assurance.contains("as the provider says: A record came late."), "{assurance}");
    assert!(assurance.contains(first["document_sha256"].as_str().unwrap()), "{assurance}");
    assert!(!assurance.contains(second["document_sha256"].as_str().unwrap()), "it cannot hold its own");
    // A first version replaces nothing.
    let first: Value = serde_json::from_str(&app.text("/disclosures/1/v1/disclosure.json").await).unwrap();
    assert_eq!(first["history"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_are_told_by_field_and_language_and_taken_back() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let path = "/v1/services/chat/texts";
    let text = |text: &str| json!({"text": text});
    let german = format!("{path}/method/de");
    let (status, told) = put(&acme, &german, &text("Zähler je Rack.")).await;
    assert_eq!(status, 201);
    let expected = json!({
        "field": "method", "language": "de", "text": "Zähler je Rack.", "revision": 1,
        "recorded_at": "2026-01-15T00:00:00Z",
    });
    assert_eq!(told, expected);
    assert_eq!(put(&acme, &german, &text("Zähler je Rack.")).await, (200, told.clone()));
    assert_eq!(get(&acme, &german).await, (200, told));
    assert_eq!(put(&acme, &german, &text("Zähler je Halle.")).await.1["revision"], 2);
    let delete = async |path: &str| {
        let request = app.http.delete(format!("{}{path}", app.url)).bearer_auth(&acme.secret);
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(delete(&german).await, 204);
    assert_eq!(delete(&german).await, 404, "there is none any more");
    assert_eq!(get(&acme, &german).await.0, 404);
    assert_eq!(put(&acme, &german, &text("Zähler je Rack.")).await.1["revision"], 4);
    let (_, list) = get(&acme, path).await;
    let told: Vec<Value> = list["texts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| json!([line["revision"], line["text"]]))
        .collect();
    assert_eq!(
        json!(told),
        json!([[1, "Zähler je Rack."], [2, "Zähler je Halle."], [3, null], [4, "Zähler je Rack."]])
    );
    let (_, page) = get(&acme, &format!("{path}?limit=3")).await;
    let (_, rest) =
        get(&acme, &format!("{path}?limit=3&cursor={}", page["next_cursor"].as_str().unwrap())).await;
    assert_eq!(rest["texts"], json!([list["texts"][3]]));

    for (bad, body, code) in [
        ("methods/de", text("x"), "not-found"),
        ("method/de-AT", text("x"), "not-found"),
        ("method/tlh", text("x"), "not-found"),
        ("method/de", text(" "), "/text invalid-text"),
        ("method/de", text(&"x".repeat(2001)), "/text invalid-text"),
        ("method/de", json!({"words": "x"}), "/text missing-field, /words unknown-field"),
    ] {
        let (status, problem) = put(&acme, &format!("{path}/{bad}"), &body).await;
        let told =
            if status == 404 { problem["code"].as_str().unwrap().to_owned() } else { faults(&problem) };
        assert_eq!(told, code, "{bad} {body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_stand_in_the_document_by_field_and_language_and_on_the_page_with_their_language() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    store(&acme, &[record("a")]).await;
    let method = json!({
        "field": "method", "language": "en", "text": "Counters of the accelerators, allocated by time.",
    });
    // The method that the service is registered with is the English one.
    assert_eq!(built(&acme, &october()).await["texts"], json!([method]));
    for (address, text) in [
        ("remarks/fr", "Rien à ajouter."),
        ("method/zh-Hant", "由計數器讀取。"),
        ("method/el", "Από μετρητές."),
        ("exclusions/en", "Internal tests are left out."),
        ("allocation_rule/de", "Nach Rechenzeit.\nLeerlauf ebenso."),
    ] {
        let path = format!("/v1/services/chat/texts/{address}");
        assert_eq!(put(&acme, &path, &json!({"text": text})).await.0, 201, "{address}");
    }
    let document = built(&acme, &october()).await;
    let told: Vec<String> = document["texts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|text| format!("{} {}", text["field"], text["language"]).replace('"', ""))
        .collect();
    let expected =
        ["method el", "method en", "method zh-Hant", "allocation_rule de", "exclusions en", "remarks fr"];
    assert_eq!(told, expected);
    assert_eq!(document["texts"][1], method);
    put(&acme, "/v1/services/chat/texts/method/en", &json!({"text": "Meters of the racks."})).await;
    let document = built(&acme, &october()).await;
    assert_eq!(document["texts"][1]["text"], "Meters of the racks.");
    assert_eq!(
        document["service"]["energy_method"], "Counters of the accelerators, allocated by time.",
        "the service is registered as before"
    );

    let page = page_of(&acme, &october()).await;
    let words = section(&page, "words");
    for part in [
        "<div lang=\"el\"><p>Από μετρητές.</p></div>",
        "<div lang=\"en\"><p>Meters of the racks.</p></div>",
        "<div lang=\"zh-Hant\"><p>由計數器讀取。</p></div>",
        "<div lang=\"de\"><p>Nach Rechenzeit.</p><p>Leerlauf ebenso.</p></div>",
        "<div lang=\"fr\"><p>Rien à ajouter.</p></div>",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert!(!words.contains("Internal tests"), "exclusions stand with the coverage");
    let coverage = section(&page, "coverage");
    assert!(coverage.contains("<div lang=\"en\"><p>Internal tests are left out.</p></div>"), "{coverage}");
}

#[tokio::test(flavor = "multi_thread")]
async fn hardware_of_the_sites_is_listed_for_the_days_of_the_period_on_which_it_holds() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    acme.site("s-2", "SE").await;
    store(&acme, &[record("a")]).await;
    let told = async |site: &str, accelerator: &str, accelerators: i64, from: &str, to: &str| {
        let body = json!({"accelerator": accelerator, "accelerators": accelerators, "from": from, "to": to});
        assert_eq!(post(&acme, &format!("/v1/sites/{site}/hardware"), &body).await.0, 201);
    };
    told("s-1", "NVIDIA H100 SXM", 1024, "2024-01-01", "2030-01-01").await;
    told("s-1", "NVIDIA H100 SXM", 512, "2025-10-20", "2025-12-01").await;
    told("s-1", "AMD MI300X", 8, "2025-11-01", "2026-01-01").await;
    told("s-2", "NVIDIA H100 SXM", 64, "2025-01-01", "2026-01-01").await;
    let document = built(&acme, &october()).await;
    let line = |accelerators: i32, from: &str, to: &str, revision: i32| {
        json!({
            "site": "s-1", "accelerator": "NVIDIA H100 SXM", "accelerators": accelerators, "from": from, "to": to,
            "revision": revision,
        })
    };
    // Those of November and of a site without tasks are none of this period's.
    let expected =
        json!([line(1024, "2025-10-01", "2025-10-20", 1), line(512, "2025-10-20", "2025-11-01", 2)]);
    assert_eq!(document["hardware"], expected);
    let page = page_of(&acme, &october()).await;
    let row = "<th scope=\"row\">NVIDIA H100 SXM</th><td>Site s-1</td><td class=\"num\">1,024</td><td>1 October 2025 until \
               before 20 October 2025</td>";
    assert!(section(&page, "models").contains(row), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_boundary_is_unknown_where_nothing_is_declared_and_a_no_that_records_contradict_does_not_count() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    store(&acme, &[record("a")]).await;
    let answers = |document: &Value| -> Vec<String> {
        let lines = document["boundary"].as_array().unwrap().iter();
        lines.map(|line| line["included"].as_str().unwrap().to_owned()).collect()
    };
    let layers = ["yes"; 6];
    let of = |last: [&str; 2]| -> Vec<String> { layers.into_iter().chain(last).map(str::to_owned).collect() };
    assert_eq!(answers(&built(&acme, &october()).await), of(["unknown", "unknown"]));
    let declare = async |retrieval_and_tools: &str, user_device: &str| {
        let body =
            json!({"name": "Chat", "retrieval_and_tools": retrieval_and_tools, "user_device": user_device});
        put(&acme, "/v1/services/chat", &body).await
    };
    let (status, told) = declare("no", "no").await;
    assert_eq!(
        (status, &told["retrieval_and_tools"], &told["user_device"]),
        (200, &json!("no"), &json!("no"))
    );
    assert_eq!(declare("maybe", "no").await.0, 422);
    let document = built(&acme, &october()).await;
    assert_eq!(answers(&document), of(["no", "no"]));
    assert!(!document["limits"].to_string().contains("The provider declares that"), "{document}");
    // The records say otherwise.
    let step = json!([{"kind": "retrieval", "energy_wh": 0.01}]);
    store(
        &acme,
        &[record_with_all("b", &json!({"steps": step})), record_with_all("c", &json!({"place": "device"}))],
    )
    .await;
    let document = built(&acme, &october()).await;
    assert_eq!(answers(&document), of(["unknown", "unknown"]));
    let limits = document["limits"].to_string();
    for what in [
        "that retrieval and tools are not in the energy",
        "that the user\u{2019}s device is not in the energy",
    ] {
        assert!(limits.contains(what), "{limits}");
    }
    declare("yes", "yes").await;
    assert_eq!(answers(&built(&acme, &october()).await), of(["yes", "yes"]));
    let page = page_of(&acme, &october()).await;
    let boundary = section(&page, "boundary");
    assert!(boundary.contains("Retrieval and tools</th><td class=\"key\">yes</td>"), "{boundary}");
    assert!(boundary.contains("they are as the provider declares"), "{boundary}");
}

#[tokio::test(flavor = "multi_thread")]
async fn exclusions_of_the_months_of_the_period_are_listed_with_the_coverage() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    store(&acme, &[record("a"), record("b")]).await;
    let path = |month: &str| format!("/v1/services/chat/served/{month}");
    let body = json!({
        "tasks": 2000, "exclusions": [{"what": "A pilot without meters", "tasks": 1998}, {"what": "Internal tests"}],
    });
    let (status, told) = put(&acme, &path("2025-10"), &body).await;
    assert_eq!((status, &told["exclusions"]), (201, &body["exclusions"]));
    assert_eq!(put(&acme, &path("2025-10"), &body).await.0, 200, "the same again");
    put(&acme, &path("2025-11"), &json!({"tasks": 1, "exclusions": [{"what": "Of November"}]})).await;
    let (_, list) = get(&acme, "/v1/services/chat/served").await;
    assert_eq!(list["served"][0]["exclusions"], body["exclusions"]);
    let document = built(&acme, &october()).await;
    let expected = json!([
        {"month": "2025-10", "what": "A pilot without meters", "tasks": 1998},
        {"month": "2025-10", "what": "Internal tests"},
    ]);
    assert_eq!(document["exclusions"], expected);
    assert_eq!(fact(&document, "coverage", "all", None), "0.001000000000");
    let page = page_of(&acme, &october()).await;
    let coverage = section(&page, "coverage");
    let row = "<th scope=\"row\">A pilot without meters</th><td class=\"nowrap\">October 2025</td><td \
               class=\"num\">1,998</td>";
    assert!(coverage.contains(row), "{coverage}");
    assert!(
        coverage
            .contains("Internal tests</th><td class=\"nowrap\">October 2025</td><td class=\"num\">unknown<")
    );

    assert_eq!(
        put(&acme, &path("2025-10"), &json!({"tasks": 2000})).await.1["revision"],
        2,
        "none is a change"
    );
    assert_eq!(built(&acme, &october()).await["exclusions"], Value::Null);
    for (exclusions, expected) in [
        (json!("pilot"), "/exclusions wrong-type"),
        (json!([{"tasks": 1}]), "/exclusions/0/what missing-field"),
        (
            json!([{"what": "A", "tasks": -1, "why": 1}]),
            "/exclusions/0/tasks out-of-range, /exclusions/0/why unknown-field",
        ),
        (json!(vec![json!({"what": "A"}); 51]), "/exclusions out-of-range"),
    ] {
        let (status, problem) =
            put(&acme, &path("2025-10"), &json!({"tasks": 1, "exclusions": exclusions})).await;
        assert_eq!((status, faults(&problem).as_str()), (422, expected), "{exclusions}");
    }
}

/// 2 kWh of three tasks: a mean of 666.67 Wh.
async fn two_kilowatt_hours(acme: &Provider<'_>) {
    let noon = "2025-10-01T12:00:00Z";
    let none = json!({});
    store(
        acme,
        &[
            metered("a", noon, "500", &none),
            metered("b", noon, "500", &none),
            metered("c", noon, "1000", &none),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mean_and_total_are_as_much_as_something_with_its_source() {
    let app = TestApp::start().await;
    let acme = app.provider("acme").await;
    two_kilowatt_hours(&acme).await;
    let document = built(&acme, &october()).await;
    let lines: Vec<(&str, &str)> = document["equivalents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["concept"].as_str().unwrap(), line["sentence"].as_str().unwrap()))
        .collect();
    let asked = async |wh: &str| {
        let answer = app.text(&format!("/v1/equivalents?energy_wh={wh}")).await;
        serde_json::from_str::<Value>(&answer).unwrap()
    };
    // 2,000 Wh ÷ 3 is 666.666… Wh.
    let (mean, total) = (asked("666.66666667").await, asked("2000").await);
    let text = |answer: &Value| answer["text"].as_str().unwrap().to_owned();
    assert_eq!(
        lines,
        [("energy_per_task_mean", text(&mean).as_str()), ("energy_facility_total", text(&total).as_str())]
    );
    assert_eq!(document["equivalents"][0]["source"], mean["source"]);
    let page = page_of(&acme, &october()).await;
    assert!(section(&page, "scale").contains(&text(&total)), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_household_of_the_settings_is_stated_where_it_is_used() {
    let schema = crate::support::make_schema().await;
    let household = Household::new(EnergyVolume::parse_kwh("500").unwrap(), "Statistics 2024").unwrap();
    let app =
        TestApp::serve_with(open_schema(&schema).await, |app| app.household = Some(Arc::new(household)))
            .await;
    let acme = app.provider("acme").await;
    two_kilowatt_hours(&acme).await;
    let document = built(&acme, &october()).await;
    let total = &document["equivalents"][1];
    // 2 kWh are more than the 500 ÷ 365 kWh of a day.
    let sentence = total["sentence"].as_str().unwrap();
    assert!(sentence.contains("1.5") && sentence.contains("500\u{a0}kWh"), "{sentence}");
    assert_eq!(total["source"], "Statistics 2024");
}

#[tokio::test(flavor = "multi_thread")]
async fn budgets_that_cover_the_service_say_what_was_used_by_the_end_of_the_period() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    acme.service("search").await;
    let none = json!({});
    store(
        &acme,
        &[
            metered("old", "2024-12-31T23:00:00Z", "1000", &none),
            metered("jan", "2025-01-01T00:00:00Z", "250", &none),
            metered("oct", "2025-10-31T23:00:00Z", "500.5", &none),
            metered("nov", "2025-11-01T00:00:00Z", "4000", &none),
            metered("other", "2025-03-01T00:00:00Z", "1250", &json!({"service": "search"})),
        ],
    )
    .await;
    for budget in [
        json!({"budget": "all", "year": 2025, "energy_kwh": "4"}),
        json!({"budget": "chat", "year": 2025, "energy_kwh": "0.5", "service": "chat"}),
        json!({"budget": "search", "year": 2025, "energy_kwh": "1", "service": "search"}),
        json!({"budget": "next", "year": 2026, "energy_kwh": "1"}),
        json!({"budget": "gone", "year": 2025, "energy_kwh": "1"}),
        json!({"budget": "carbon", "year": 2025, "carbon_kg": "1", "service": "chat"}),
        json!({"budget": "zero", "year": 2025, "energy_kwh": "0", "service": "chat"}),
    ] {
        assert_eq!(post(&acme, "/v1/budgets", &budget).await.0, 201, "{budget}");
    }
    let withdrawn = json!({"budget": "gone", "year": 2025, "energy_kwh": "1", "withdrawn": true});
    assert_eq!(post(&acme, "/v1/budgets", &withdrawn).await.0, 201);
    let document = built(&acme, &october()).await;
    // Germany in 2025: 334.1 g/kWh · 0.7505 kWh = 250.74205 g. Of the year, up to October: 0.25 + 0.5005 kWh of chat, and
    // 1.25 kWh of search.
    let expected = json!([
        {"budget": "all", "revision": 1, "year": 2025, "unit": "kWh", "allowance": "4", "used": "2.000500", "share": "0.500125"},
        {
            "budget": "carbon", "revision": 1, "year": 2025, "service": "chat", "unit": "kgCO2e", "allowance": "1",
            "used": "0.250742", "share": "0.250742",
        },
        {
            "budget": "chat", "revision": 1, "year": 2025, "service": "chat", "unit": "kWh", "allowance": "0.5",
            "used": "0.750500", "share": "1.501000",
        },
        {"budget": "zero", "revision": 1, "year": 2025, "service": "chat", "unit": "kWh", "allowance": "0", "used": "0.750500"},
    ]);
    assert_eq!(document["budgets"], expected);
    let page = page_of(&acme, &october()).await;
    let scale = section(&page, "scale");
    let row = "<th scope=\"row\">chat</th><td>this service</td><td class=\"num\">2025</td><td class=\"nowrap\">kWh</td><td \
               class=\"num\">0.5</td><td class=\"num\">0.750</td><td class=\"num\">150";
    // 0.7505 lies between 0.750 and 0.751, and goes to the even one.
    assert!(scale.contains(row), "{scale}");
    // A period up to New Year ends in the old year.
    let year = json!({"service": "chat", "from": "2025-12-01", "to": "2026-01-01"});
    store(&acme, &[metered("dec", "2025-12-05T00:00:00Z", "1", &none)]).await;
    let document = built(&acme, &year).await;
    assert_eq!(document["budgets"][0]["used"], "6.001500");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_carbon_budget_whose_factors_are_missing_is_said_not_to_be_known() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    // Antarctica has a zone and no factor.
    acme.site("s-aq", "AQ").await;
    let none = json!({});
    store(
        &acme,
        &[
            metered("a", "2025-10-01T12:00:00Z", "1", &none),
            metered("b", "2025-03-01T12:00:00Z", "1", &json!({"site": "s-aq"})),
        ],
    )
    .await;
    post(&acme, "/v1/budgets", &json!({"budget": "carbon", "year": 2025, "carbon_kg": "1"})).await;
    let document = built(&acme, &october()).await;
    assert_eq!(document["budgets"], Value::Null);
    let limits = document["limits"].to_string();
    assert!(limits.contains("What was used of the carbon budget carbon is not known"), "{limits}");
}

#[tokio::test(flavor = "multi_thread")]
async fn conflicts_and_gaps_of_the_records_are_counted_as_the_findings_count_them() {
    let app = TestApp::start().await;
    let acme = app.provider("acme").await;
    // Every hour of eight days but three.
    let mut records: Vec<Value> = (0..192)
        .filter(|hour| !(100..103).contains(hour))
        .map(|hour| {
            let at = format!("2025-10-{:02}T{:02}:10:00Z", 1 + hour / 24, hour % 24);
            metered(&format!("r-{hour}"), &at, "1", &json!({}))
        })
        .collect();
    for (id, at) in
        [("r-0", "2025-10-02T00:20:00Z"), ("r-0", "2025-10-03T00:20:00Z"), ("r-5", "2025-10-02T00:30:00Z")]
    {
        records.push(metered(id, at, "1", &json!({})));
    }
    store(&acme, &records).await;
    let document = built(&acme, &october()).await;
    // Three records of r-0 and two of r-5.
    assert_eq!(fact(&document, "records_in_conflict", "all", None), "5");
    assert_eq!(fact(&document, "hours_without_records", "all", None), "3");
    let of = |concept: &str| {
        document["facts"].as_array().unwrap().iter().find(|fact| fact["concept"] == concept).unwrap().clone()
    };
    assert_eq!(
        (&of("records_in_conflict")["unit"], &of("hours_without_records")["unit"]),
        (&json!("record"), &json!("h"))
    );
    assert_eq!(of("records_in_conflict")["decimals"], "exact");
    let path = "/v1/findings?from=2025-10-01&to=2025-11-01&kind=gap";
    let (status, findings) = acme.get_json(path).await;
    assert_eq!((status, &findings["findings"][0]["count"]), (200, &json!(3)), "{findings}");
    let page = page_of(&acme, &october()).await;
    let quality = section(&page, "quality");
    assert!(quality.contains("<dt>Records whose id also stands at another time</dt><dd>5</dd>"), "{quality}");
    assert!(quality.contains("<dd>3</dd>"), "{quality}");
    // All records of a longer period are not looked through.
    let long = json!({"service": "chat", "from": "2025-09-01", "to": "2026-01-01"});
    let document = built(&acme, &long).await;
    assert_eq!(fact(&document, "records_in_conflict", "all", None), "unknown");
    assert_eq!(fact(&document, "hours_without_records", "all", None), "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_share_of_calls_made_again_is_unknown_until_steps_are_told() {
    let app = TestApp::start().await;
    let acme = app.provider("acme").await;
    let noon = "2025-10-01T12:00:00Z";
    store(&acme, &[metered("a", noon, "6", &json!({}))]).await;
    assert_eq!(fact(&built(&acme, &october()).await, "retry_share", "all", None), "unknown");
    let steps = json!([
        {"kind": "generation", "energy_wh": 1}, {"kind": "generation", "energy_wh": "0.5", "retry": true},
    ]);
    store(&acme, &[metered("b", noon, "2", &json!({"steps": steps}))]).await;
    let document = built(&acme, &october()).await;
    // 0.5 of 8 Wh.
    assert_eq!(fact(&document, "retry_share", "all", None), "0.062500");
    assert_eq!(fact(&document, "stage_share", "all", Some("generation")), "0.187500");
    let page = page_of(&acme, &october()).await;
    let tasks = section(&page, "tasks");
    assert!(tasks.contains("as far as tasks tell their steps</span></dt><dd>6.2"), "{tasks}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_odd_about_records_is_not_looked_for_again_in_an_impact_list() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    store(&acme, &[metered("a", "2025-10-01T12:00:00Z", "1", &json!({}))]).await;
    acme.publish(&october()).await;
    store(&acme, &[metered("a", "2025-10-02T12:00:00Z", "1", &json!({}))]).await;
    let (status, list) = send(&acme, Method::GET, "/v1/impacts", None).await;
    assert_eq!(status, 200, "{list}");
    let changes = list["impacts"][0]["figures"].to_string();
    assert!(changes.contains("tasks_completed") && !changes.contains("records_in_conflict"), "{changes}");
}
