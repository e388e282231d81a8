//! Equivalents over HTTP and on the command line.

use crate::cli::run;
use crate::support::{TestApp, answer, make_schema, open_schema};
use serde_json::{Value, json};
use std::sync::Arc;
use taskwatt::domain::equivalent::Household;
use taskwatt::http::routes::{Access, ROUTES};
use taskwatt::text::Language;
use taskwatt::units::EnergyVolume;

async fn app_with_household() -> TestApp {
    let household = Household::new(EnergyVolume::parse_kwh("3500").unwrap(), "Statistics 2024").unwrap();
    let pool = open_schema(&make_schema().await).await;
    TestApp::serve_with(pool, |app| app.household = Some(Arc::new(household))).await
}

async fn told(app: &TestApp, query: &str) -> Value {
    let (status, body) = answer(app.get(&format!("/v1/equivalents?{query}")).await).await;
    assert_eq!(status, 200, "{query}: {body}");
    body
}

/// The faults of a question that is refused, as parameter and code.
async fn refused(app: &TestApp, query: &str) -> Vec<(String, String)> {
    let (status, body) = answer(app.get(&format!("/v1/equivalents?{query}")).await).await;
    assert_eq!(status, 422, "{query}: {body}");
    assert_eq!(body["code"], "invalid-fields");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    body["errors"].as_array().unwrap().iter().map(|e| (text(&e["pointer"]), text(&e["code"]))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_energy_in_any_unit_has_the_same_equivalent() {
    let app = TestApp::start().await;
    let expected = json!({
        "text": "0.002\u{a0}kWh, as much as a 1,500\u{a0}W hair dryer uses in 4.8\u{a0}s",
        "language": "en",
        "energy": "0.002",
        "energy_unit": "kWh",
        "appliance": "hair_dryer",
        "quantity": "4.8",
        "unit": "s",
        "power_w": "1500",
        "source": "US DOE table (public domain) as copied by e-education.psu.edu/egee102 and midwestecc.com",
    });
    for query in ["energy_wh=2", "energy_kwh=0.002", "energy_j=7200", "energy_wh=2&language=en-IE"] {
        assert_eq!(told(&app, query).await, expected, "{query}");
    }
    let water = told(&app, "energy_kwh=5&language=de").await;
    assert_eq!((&water["litre_wh"], &water["unit"]), (&json!("110"), &json!("litre")));
    assert!(water["text"].as_str().unwrap().contains("45\u{a0}Liter Wasser"), "{water}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_language_is_answered_in_itself() {
    let app = TestApp::start().await;
    let mut texts = std::collections::HashSet::new();
    for language in Language::ALL {
        let body = told(&app, &format!("energy_wh=0.24&language={}", language.as_str())).await;
        assert_eq!(body["language"], language.as_str());
        assert!(texts.insert(body["text"].as_str().unwrap().to_owned()), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn households_are_compared_with_only_where_one_is_declared() {
    let query = "energy_kwh=11200000";
    let without = told(&TestApp::start().await, query).await;
    assert_eq!((&without["appliance"], &without["unit"]), (&json!("led_lamp"), &json!("lamp_year")));
    let app = app_with_household().await;
    let with = told(&app, query).await;
    assert_eq!(
        with["text"],
        "11\u{a0}GWh, as much as 3,200\u{a0}households use in a year (3,500\u{a0}kWh each)"
    );
    assert_eq!((&with["household_kwh"], &with["source"]), (&json!("3500"), &json!("Statistics 2024")));
    assert_eq!(with.get("power_w"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_the_question_is_named_by_its_parameter() {
    let app = TestApp::start().await;
    for (query, pointer, code) in [
        ("", "/energy_wh", "energy-missing"),
        ("energy_wh=2&energy_j=7200", "/energy_j", "energy-twice"),
        ("energy_wh=", "/energy_wh", "not-a-number"),
        ("energy_kwh=1,5", "/energy_kwh", "not-a-number"),
        ("energy_j=0.0000001", "/energy_j", "too-many-decimals"),
        ("energy_j=0", "/energy_j", "out-of-range"),
        ("energy_j=0.000999", "/energy_j", "out-of-range"),
        ("energy_wh=-1", "/energy_wh", "out-of-range"),
        ("energy_kwh=1000000000.00001", "/energy_kwh", "out-of-range"),
        ("energy_kwh=1e38", "/energy_kwh", "out-of-range"),
        ("energy_wh=2&language=tlh", "/language", "unknown-word"),
        ("energy_wh=2&lang=de", "/lang", "unknown-field"),
        ("energy_wh=2&energy_wh=3", "/energy_wh", "duplicate-field"),
    ] {
        assert_eq!(refused(&app, query).await, [(pointer.to_owned(), code.to_owned())], "{query}");
    }
    // All faults at once.
    assert_eq!(refused(&app, "energy_wh=x&language=").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_public_and_need_not_be_sent_again() {
    let route = ROUTES.iter().find(|route| route.path == "/v1/equivalents").unwrap();
    assert_eq!(route.access, Access::Public);
    let app = TestApp::start().await;
    let response = app.get("/v1/equivalents?energy_wh=2").await;
    assert_eq!(response.headers()["cache-control"], "public, max-age=300");
    let tag = response.headers()["etag"].to_str().unwrap().to_owned();
    for (query, status) in [("energy_wh=2", 304), ("energy_wh=3", 200), ("energy_wh=2&language=fr", 200)] {
        let again = app.http.get(format!("{}/v1/equivalents?{query}", app.url)).header("if-none-match", &tag);
        let again = again.send().await.unwrap();
        assert_eq!(again.status(), status, "{query}");
        assert_eq!(again.headers()["cache-control"], "public, max-age=300");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_says_the_same_and_needs_no_database() {
    let nowhere = "postgres://nobody@127.0.0.1:1/none";
    let ended = run(nowhere, &["equivalent", "--wh", "2", "--language", "de"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let said = ended.out.replace('\u{a0}', " ");
    let (sentence, source) = said.split_once('\n').unwrap();
    assert_eq!(sentence, "0,002 kWh, so viel, wie ein Haartrockner mit 1.500 W in 4,8 s verbraucht");
    assert!(source.contains("US DOE"), "{source}");
    let household = ["--household-kwh", "3500", "--household-source", "Statistics"];
    let ended = run(nowhere, &[&["equivalent", "--kwh", "11200000"], &household[..]].concat()).await;
    assert!(ended.out.contains("3,200\u{a0}households"), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_refuses_in_plain_words() {
    for (arguments, code, expected) in [
        (&["equivalent"][..], 2, "--wh"),
        (&["equivalent", "--wh", "2", "--j", "1"], 2, "cannot be used with"),
        (&["equivalent", "--wh", "2", "--language", "tlh"], 2, "must be one of the languages bg, cs"),
        (&["equivalent", "--j", "0.0001"], 1, "from 1 mJ to 1 TWh"),
        (&["equivalent", "--kwh", "many"], 1, "--kwh is not a decimal number"),
        (&["equivalent", "--wh", "2", "--household-kwh", "3500"], 1, "TASKWATT_HOUSEHOLD_SOURCE"),
        (
            &["serve", "--bind", "127.0.0.1:0", "--household-source", "Statistics"],
            1,
            "TASKWATT_HOUSEHOLD_KWH",
        ),
    ] {
        let ended = run("postgres://nobody@127.0.0.1:1/none", arguments).await;
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(ended.err.contains(expected), "{arguments:?}: {ended:?}");
    }
}
