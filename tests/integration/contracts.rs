//! Contracts for electricity as they are told by the API: nothing is overwritten, the latest terms count.

use crate::registry::{faults, get, post, registrar};
use crate::support::{Provider, TestApp};
use futures_util::future::join_all;
use serde_json::{Value, json};
use taskwatt::db::contract::in_period;
use taskwatt::domain::contract::ContractVolume;
use taskwatt::domain::period::Period;
use taskwatt::domain::terms::Scope;

const PATH: &str = "/v1/contracts";

fn wind() -> Value {
    json!({
        "contract": "wind-2025", "instrument": "power_purchase_agreement", "zone": "DE", "from": "2025-01-01",
        "to": "2026-01-01", "volume_kwh": "1250000.125", "lifecycle_g_per_kwh": "11.500000",
        "direct_g_per_kwh": 0, "reference": "Agreement 7 of 2024-11-02",
    })
}

/// The wind contract with one field another; `null` takes it away.
fn wind_with(changes: &Value) -> Value {
    let mut body = wind();
    for (field, value) in changes.as_object().unwrap() {
        body[field.as_str()] = value.clone();
    }
    body
}

fn two_days(hours: Value) -> Value {
    wind_with(&json!({
        "contract": "night", "from": "2025-10-26", "to": "2025-10-28", "volume_kwh": null, "hours_kwh": hours,
    }))
}

async fn refused(provider: &Provider<'_>, body: &Value) -> (String, Value) {
    let (status, problem) = post(provider, PATH, body).await;
    assert_eq!((status, &problem["code"]), (422, &json!("invalid-fields")), "{problem}");
    (faults(&problem), problem)
}

/// Contract, volume and revision of every telling in a list.
fn tellings(list: &Value) -> Value {
    let lines = list["contracts"].as_array().unwrap().iter();
    lines.map(|one| json!([one["contract"], one["volume_kwh"], one["revision"]])).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_told_again_makes_no_revision_and_a_changed_or_withdrawn_one_does() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let (status, first) = post(&acme, PATH, &wind()).await;
    assert_eq!(status, 201, "{first}");
    let expected = json!({
        "contract": "wind-2025", "instrument": "power_purchase_agreement", "zone": "DE", "from": "2025-01-01",
        "to": "2026-01-01", "matching": "annual", "volume_kwh": "1250000.125", "lifecycle_g_per_kwh": "11.5",
        "direct_g_per_kwh": "0", "reference": "Agreement 7 of 2024-11-02", "revision": 1,
        "recorded_at": "2026-01-15T00:00:00Z",
    });
    assert_eq!(first, expected);
    let same = wind_with(&json!({"volume_kwh": 1250000.125, "zone": "DEU", "direct_g_per_kwh": "0.0"}));
    assert_eq!(post(&acme, PATH, &same).await, (200, expected.clone()));
    assert_eq!(get(&acme, "/v1/contracts/wind-2025").await, (200, expected));

    for (revision, change) in [
        (2, json!({"volume_kwh": "1250000.126"})),
        (3, json!({"lifecycle_g_per_kwh": null})),
        (4, json!({"zone": "SE-SE3"})),
        (5, json!({"volume_kwh": 0})),
        (6, json!({})),
    ] {
        let (status, told) = post(&acme, PATH, &wind_with(&change)).await;
        assert_eq!((status, &told["revision"]), (201, &json!(revision)), "{change}: {told}");
        assert_eq!(post(&acme, PATH, &wind_with(&change)).await.0, 200, "{change}");
        if revision == 5 {
            assert_eq!(get(&acme, "/v1/contracts/wind-2025").await.1["volume_kwh"], "0", "it is withdrawn");
            let year = Period::parse("2025-01-01", "2026-01-01").unwrap();
            assert_eq!(in_period(&app.pool, acme.id, year).await.unwrap(), []);
        }
    }
    let (_, list) = get(&acme, PATH).await;
    assert_eq!(list["contracts"].as_array().unwrap().len(), 6, "every telling is listed: {list}");
    assert_eq!(list["contracts"][2]["lifecycle_g_per_kwh"], Value::Null);
    let (status, problem) = get(&acme, "/v1/contracts/nothing").await;
    assert_eq!((status, &problem["code"]), (404, &json!("not-found")));
    assert_eq!(get(&acme, "/v1/contracts/Not%20A%20Name").await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn hours_are_exact_and_stand_in_the_answer_of_one_contract_alone() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let mut hours: Vec<Value> = (0..48).map(|hour| json!(hour)).collect();
    hours[47] = json!("0.001");
    let (status, told) = post(&acme, PATH, &two_days(json!(hours))).await;
    assert_eq!(status, 201, "{told}");
    // 0 + 1 + … + 46 = 1081.
    assert_eq!((&told["matching"], &told["volume_kwh"]), (&json!("hourly"), &json!("1081.001")));
    assert_eq!(told["hours_kwh"], Value::Null);
    assert_eq!(post(&acme, PATH, &two_days(json!(hours))).await, (200, told.clone()));
    let (_, list) = get(&acme, PATH).await;
    assert_eq!(list, json!({"contracts": [told]}));
    let (_, one) = get(&acme, "/v1/contracts/night").await;
    let mut expected: Vec<String> = (0..48).map(|hour| hour.to_string()).collect();
    expected[47] = "0.001".to_owned();
    assert_eq!(one["hours_kwh"], json!(expected));

    let period = Period::parse("2025-10-27", "2025-10-28").unwrap();
    let read = in_period(&app.pool, acme.id, period).await.unwrap();
    assert_eq!(read.len(), 1);
    let ContractVolume::Hourly(volumes) = &read[0].what.volume else { panic!("matched by the hour") };
    assert_eq!((volumes[46].watt_hours(), volumes[47].watt_hours()), (46_000, 1));

    hours.swap(0, 1);
    let (status, swapped) = post(&acme, PATH, &two_days(json!(hours))).await;
    assert_eq!((status, &swapped["revision"]), (201, &json!(2)), "the same sum in other hours is a change");
    let yearly = wind_with(&json!({"contract": "night", "from": "2025-10-26", "to": "2025-10-28"}));
    assert_eq!(post(&acme, PATH, &yearly).await.1["matching"], "annual");
    assert_eq!(get(&acme, "/v1/contracts/night").await.1["hours_kwh"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leap_year_of_hours_is_taken() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let hours = vec!["1250000.125"; 8_784];
    let body = wind_with(&json!({
        "from": "2024-01-01", "to": "2025-01-01", "volume_kwh": null, "hours_kwh": hours,
    }));
    let (status, told) = post(&acme, PATH, &body).await;
    assert_eq!((status, &told["volume_kwh"]), (201, &json!("10980001098")), "{told}");
    assert_eq!(get(&acme, "/v1/contracts/wind-2025").await.1["hours_kwh"].as_array().unwrap().len(), 8_784);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_field_is_told_at_once_and_nothing_is_stored() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let (told, problem) = refused(
        &acme,
        &json!({
            "contract": "Wind 2025", "instrument": "promise", "zone": "SE-SE7", "from": "2025-02-29",
            "to": "2026-01-01T00:00:00Z", "volume_kwh": "0.0001", "lifecycle_g_per_kwh": -1,
            "direct_g_per_kwh": "0.0000001", "reference": " ", "price": 3,
        }),
    )
    .await;
    assert_eq!(
        told,
        "/contract invalid-name, /direct_g_per_kwh too-many-decimals, /from date-invalid, \
         /instrument unknown-word, /lifecycle_g_per_kwh out-of-range, /price unknown-field, \
         /reference invalid-text, /to date-invalid, /volume_kwh too-many-decimals, /zone unknown-zone"
    );
    assert!(problem.to_string().contains("SE-SE1"), "what is near is told: {problem}");
    let (told, _) = refused(&acme, &json!({})).await;
    assert_eq!(
        told,
        "/contract missing-field, /from missing-field, /instrument missing-field, \
         /lifecycle_g_per_kwh missing-field, /reference missing-field, /to missing-field, \
         /volume_kwh volume-missing, /zone missing-field"
    );
    for (change, expected) in [
        (json!({"hours_kwh": []}), "/hours_kwh hours-incomplete, /volume_kwh volume-twice"),
        (json!({"volume_kwh": null}), "/volume_kwh volume-missing"),
        (json!({"volume_kwh": -1}), "/volume_kwh out-of-range"),
        (json!({"volume_kwh": "9223372036854775.808"}), "/volume_kwh out-of-range"),
        (json!({"volume_kwh": null, "hours_kwh": 3}), "/hours_kwh wrong-type"),
        (json!({"from": "2026-01-01"}), "/to date-invalid"),
        (json!({"to": "2024-01-01"}), "/to date-invalid"),
        (json!({"to": "2026-01-03"}), "/to period-invalid"),
        (
            json!({"lifecycle_g_per_kwh": null, "direct_g_per_kwh": null}),
            "/lifecycle_g_per_kwh missing-field",
        ),
        (json!({"direct_g_per_kwh": "10000.000001"}), "/direct_g_per_kwh out-of-range"),
        (json!({"reference": "a\u{1b}[2J"}), "/reference invalid-text"),
        (json!({"reference": "x".repeat(501)}), "/reference invalid-text"),
        (json!({"zone": "DE_AT_LU"}), "/zone unknown-zone"),
    ] {
        assert_eq!(refused(&acme, &wind_with(&change)).await.0, expected, "{change}");
    }
    // 366 days are taken, and what the code of a zone meant then.
    let old =
        json!({"from": "2017-01-01", "to": "2018-01-02", "zone": "DE_AT_LU", "reference": "x".repeat(500)});
    assert_eq!(post(&acme, PATH, &wind_with(&old)).await.1["zone"], "DE");
    assert_eq!(app.count("contract").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_wrong_hour_is_named_and_the_number_of_hours_must_fit() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let mut hours = vec![json!(1); 48];
    hours[3] = json!("1,5");
    hours[17] = Value::Null;
    hours[47] = json!(0.0001);
    let (told, _) = refused(&acme, &two_days(json!(hours))).await;
    assert_eq!(told, "/hours_kwh/17 wrong-type, /hours_kwh/3 not-a-number, /hours_kwh/47 too-many-decimals");
    for length in [0, 1, 47, 49, 50, 9_000] {
        let (told, problem) = refused(&acme, &two_days(json!(vec![1; length]))).await;
        assert_eq!(told, "/hours_kwh hours-incomplete", "{length}");
        let detail = format!("{length} volumes are given for 48 hours");
        assert!(problem["errors"][0]["detail"].as_str().unwrap().contains(&detail), "{problem}");
    }
    let (told, _) = refused(&acme, &two_days(json!(vec!["9223372036854775.807"; 48]))).await;
    assert_eq!(told, "/hours_kwh out-of-range");
    // Where the days are wrong, nothing is said of the number of hours.
    let mut reversed = two_days(json!([1]));
    reversed["to"] = json!("2025-10-25");
    assert_eq!(refused(&acme, &reversed).await.0, "/to date-invalid");
    // A flood of faults is counted, and the first hundred are told.
    let (_, problem) = refused(&acme, &two_days(json!(vec!["x"; 48 * 100]))).await;
    assert_eq!(problem["errors_total"], 4_801);
    assert_eq!(problem["errors"].as_array().unwrap().len(), 100);
    assert_eq!(app.count("contract").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_another_provider_sees_nothing_and_tells_contracts_of_its_own() {
    let app = TestApp::start().await;
    let (acme, rival) = (registrar(&app, "acme").await, registrar(&app, "rival").await);
    assert_eq!(post(&acme, PATH, &wind()).await.0, 201);
    assert_eq!(get(&rival, PATH).await, (200, json!({"contracts": []})));
    assert_eq!(get(&rival, "/v1/contracts/wind-2025").await.0, 404);
    let theirs = wind_with(&json!({"volume_kwh": 5}));
    assert_eq!(post(&rival, PATH, &theirs).await.1["revision"], 1);
    assert_eq!(get(&acme, "/v1/contracts/wind-2025").await.1["volume_kwh"], "1250000.125");
    let reader = acme.key(&[Scope::Read]).await;
    let request = app.http.post(format!("{}{PATH}", app.url)).bearer_auth(reader).json(&wind());
    assert_eq!(request.send().await.unwrap().status(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn tellings_that_come_together_get_revisions_in_a_row() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    let bodies: Vec<Value> = (1..=8).map(|step| wind_with(&json!({"volume_kwh": step}))).collect();
    let told = join_all(bodies.iter().map(|body| post(&acme, PATH, body))).await;
    let mut revisions: Vec<i64> = told
        .iter()
        .map(|(status, told)| {
            assert_eq!(*status, 201, "{told}");
            told["revision"].as_i64().unwrap()
        })
        .collect();
    revisions.sort_unstable();
    assert_eq!(revisions, [1, 2, 3, 4, 5, 6, 7, 8]);
    // The same terms from many sides at once are one telling.
    let last = wind_with(&json!({"volume_kwh": 100}));
    let told = join_all((0..6).map(|_| post(&acme, PATH, &last))).await;
    let mut statuses: Vec<u16> = told.iter().map(|(status, _)| *status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 201]);
    assert!(told.iter().all(|(_, told)| told["revision"] == 9), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_goes_on_from_its_cursor() {
    let app = TestApp::start().await;
    let acme = registrar(&app, "acme").await;
    for (name, volume) in [("b", 1), ("a", 2), ("b", 3), ("c", 0), ("a", 4)] {
        let body = wind_with(&json!({"contract": name, "volume_kwh": volume}));
        assert_eq!(post(&acme, PATH, &body).await.0, 201);
    }
    let (_, all) = get(&acme, PATH).await;
    assert_eq!(
        tellings(&all),
        json!([["a", "2", 1], ["a", "4", 2], ["b", "1", 1], ["b", "3", 2], ["c", "0", 1]])
    );
    let (_, page) = get(&acme, "/v1/contracts?limit=3").await;
    assert_eq!(tellings(&page).as_array().unwrap().len(), 3);
    let cursor = page["next_cursor"].as_str().unwrap();
    let (_, rest) = get(&acme, &format!("/v1/contracts?limit=3&cursor={cursor}")).await;
    assert_eq!(rest["contracts"].as_array().unwrap()[..], all["contracts"].as_array().unwrap()[3..]);
    assert_eq!(rest["next_cursor"], Value::Null);
    assert_eq!(get(&acme, "/v1/contracts?limit=0").await.0, 400);
}
