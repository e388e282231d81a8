//! The traps of the method's list, each kept by a test whose name states it.
//!
//! | trap | kept by |
//! | --- | --- |
//! | kWh, Wh and J mixed up: 1,000, 3,600 and 3.6 | [`slips`]: against the group's own history, the hours of a day, the model's coefficient |
//! | PUE twice | `disclosures::pue_is_never_applied_to_energy_that_holds_it`, `disclosures::estimates::energy_of_unknown_pue_…`, and the vectors of §2 |
//! | "per 1,000 inferences" read as per inference | [`slips`], `fixtures_codecarbon` on real runs |
//! | joules per token against per request | [`slips`], both ways |
//! | cached and reasoning tokens are subsets | below, and `ingest::record::tests::subsets_of_tokens_cannot_exceed_their_whole` |
//! | an agent span repeats its children's tokens | steps: below, and `ingest::record::tests::steps_explain_the_task_and_no_more`; spans: with the ingestion of OTLP |
//! | counters that reset or run backwards | with the ingestion of OTLP: records and windows hold amounts, never readings |
//! | gauges that are not sums | with the ingestion of OTLP |
//! | 7-digit fractions of a second | below, `records::digits_beyond_the_microsecond_are_cut_and_never_move_a_task`, `azure_trace` |
//! | CRLF, no final newline, byte-order mark, quoted line breaks | below, `records::every_form_of_body_stores_the_same`, `tables`, `send`, `cli` |
//! | 64-bit integers as numbers or strings | below, `ingest::fields::tests::numbers_are_read_from_their_text` |
//! | sums beyond 2⁶³ of squares | below, `totals_query::sums_beyond_64_bits_are_exact`, `windows::the_largest_amounts_of_a_full_request_are_summed_up` |
//! | the same hour again with a new `updatedAt` | below, `fetch::command::hours_of_electricity_maps_arrive_once_and_a_revised_one_is_a_revision` |
//! | a year with 8,784 hours | below, `contracts::a_leap_year_of_hours_is_taken`, `cli::residual`, `domain::period::tests` |

mod slips;

use super::{document, fact, october, send};
use crate::registry::{post, put, registrar};
use crate::support::{TestApp, answer, now, record_with_all};
use serde_json::{Value, json};
use taskwatt::domain::factor::FactorSet;
use taskwatt::domain::terms::{Basis, FactorKind, SiteFactorKind};
use taskwatt::intensity::import::{self, resolution_of, terms_of};
use taskwatt::intensity::zones::Zones;

/// A task at the facility, with some fields set and those that are null taken away.
fn task(id: &str, fields: &Value) -> Value {
    let mut record = record_with_all(id, &json!({"boundary": "facility", "evidence": "metered"}));
    for (field, value) in fields.as_object().unwrap() {
        record[field.as_str()] = value.clone();
    }
    record.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    record
}

#[tokio::test(flavor = "multi_thread")]
async fn cached_and_reasoning_tokens_are_parts_of_the_others_and_never_added() {
    let app = TestApp::start().await;
    let coefficient = json!({
        "from": "2025-01-01", "to": "2026-01-01", "output_token_j": "2.4", "input_token_j": "0.01", "boundary": "facility",
        "hardware": "H100", "source": "A bench", "licence": "CC0-1.0",
    });
    let mut totals = Vec::new();
    for (key, cached, reasoning) in [("whole", json!(800), json!(250)), ("plain", Value::Null, Value::Null)] {
        let provider = registrar(&app, key).await;
        assert_eq!(post(&provider, "/v1/models/m-1/coefficients", &coefficient).await.0, 201);
        let tokens = json!({"input_tokens": 1_000, "cached_tokens": cached, "output_tokens": 300, "reasoning_tokens": reasoning});
        let estimated = json!({"energy_wh": null, "boundary": null, "evidence": null});
        let mut without_energy = task("a", &tokens);
        for field in estimated.as_object().unwrap().keys() {
            without_energy.as_object_mut().unwrap().remove(field);
        }
        send(&provider, &json!([without_energy, task("b", &tokens)])).await;
        let document = document(&provider, &october()).await;
        totals.push(
            ["energy_facility_total", "energy_per_1000_output_tokens"]
                .map(|concept| fact(&document, concept, "all", None).to_owned()),
        );
    }
    // 300 · 2.4 J + 1,000 · 0.01 J = 730 J, and 0.25 Wh; over 600 output tokens.
    assert_eq!(totals[0], ["0.452777777778", "0.754629629630"]);
    assert_eq!(totals[0], totals[1], "the parts changed a figure");
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_repeat_the_energy_of_their_task_and_add_nothing() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let steps = json!([{"kind": "generation", "energy_wh": "0.75"}, {"kind": "tool", "energy_wh": "0.25"}]);
    send(&provider, &json!([task("a", &json!({"task_type": "agent", "energy_wh": "1", "steps": steps}))]))
        .await;
    let document = document(&provider, &october()).await;
    assert_eq!(fact(&document, "tasks_completed", "all", None), "1");
    assert_eq!(fact(&document, "energy_facility_total", "all", None), "1.000000000000");
    assert_eq!(fact(&document, "stage_share", "all", Some("unattributed")), "0.000000");
    let too_much =
        json!([{"kind": "generation", "energy_wh": "1"}, {"kind": "tool", "energy_j": "0.000001"}]);
    let (status, problem) =
        provider.post_records(&json!([task("b", &json!({"energy_wh": "1", "steps": too_much}))])).await;
    assert_eq!((status, &problem["errors"][0]["code"]), (422, &json!("steps-exceed-task")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spreadsheet_with_mark_crlf_line_breaks_in_quotes_and_no_last_newline_gives_the_figures_of_json() {
    let app = TestApp::start().await;
    let (sheet, json) = (app.provider("sheet").await, app.provider("json").await);
    let head =
        "id,service,model,task_type,site,started_at,outcome,boundary,evidence,energy_wh,output_tokens,steps";
    let common = "chat,m-1,chat,s-1";
    let table = format!(
        "\u{feff}{head}\r\n\"a, \"\"b\"\"\",{common},2025-10-31T23:59:59.9999999Z,completed,server,counter,0.25,50,\
         \"[\r\n{{\"\"kind\"\": \"\"tool\"\",\n\"\"energy_j\"\": 90}}]\"\r\n\
         c,{common},2025-10-01T00:00:00.1234567Z,failed,server,counter,\"0.5\",,"
    );
    let sent = sheet.post_body("/v1/records", "text/csv", table).send().await.unwrap();
    let (status, receipt) = answer(sent).await;
    assert_eq!((status, &receipt["accepted"]), (200, &json!(2)), "{receipt}");
    let server = json!({"boundary": "server", "evidence": "counter", "input_tokens": null});
    let mut first = task("a, \"b\"", &server);
    first["started_at"] = json!("2025-10-31T23:59:59.999999Z");
    first["steps"] = json!([{"kind": "tool", "energy_j": 90}]);
    let mut second = task("c", &server);
    second["started_at"] = json!("2025-10-01T00:00:00.123456Z");
    second["outcome"] = json!("failed");
    second["energy_wh"] = json!(0.5);
    second.as_object_mut().unwrap().remove("output_tokens");
    send(&json, &json!([first, second])).await;
    let (of_sheet, of_json) = (document(&sheet, &october()).await, document(&json, &october()).await);
    assert_eq!(of_sheet["facts"], of_json["facts"]);
    assert_eq!(fact(&of_sheet, "energy_reported_total", "all", None), "2700000000");
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_numbers_of_64_bits_lose_no_digit_as_number_or_as_string() {
    let app = TestApp::start().await;
    // 2⁵³ + 1 is the first whole number that a float does not hold.
    for (key, energy, parameters) in [
        ("number", "9007199254.740993", "9007199254740993"),
        ("string", "\"9007199254.740993\"", "\"9007199254740993\""),
    ] {
        let provider = registrar(&app, key).await;
        let body = task("a", &json!({"energy_wh": null})).to_string();
        let body = format!("[{},\"energy_j\":{energy}}}]", body.strip_suffix('}').unwrap());
        let sent = provider.post_body("/v1/records", "application/json", body).send().await.unwrap();
        let (status, receipt) = answer(sent).await;
        assert_eq!(status, 200, "{receipt}");
        let document = document(&provider, &october()).await;
        assert_eq!(fact(&document, "energy_reported_total", "all", None), "9007199254740993", "{key}");
        // 9,007,199,254,740,993 µJ ÷ 3.6·10⁹.
        assert_eq!(fact(&document, "energy_per_task_mean", "all", None), "2501999.792983609167", "{key}");
        let model =
            serde_json::from_str(&format!("{{\"name\":\"M\",\"parameters_total\":{parameters}}}")).unwrap();
        let (status, made) = put(&provider, "/v1/models/large", &model).await;
        assert_eq!((status, &made["parameters_total"]), (201, &json!(9_007_199_254_740_993_i64)), "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn squares_beyond_64_bits_are_summed_to_the_last_digit() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let energies: [i128; 3] = [3_037_000_500, 3_000_000_000_000_001, 9_223_372_036_854_775_807];
    assert!(energies[0] * energies[0] > i128::from(i64::MAX));
    let records: Vec<Value> = energies
        .iter()
        .enumerate()
        .map(|(index, uj)| {
            let joules = format!("{}.{:06}", uj / 1_000_000, uj % 1_000_000);
            task(&format!("r{index}"), &json!({"energy_wh": null, "energy_j": joules}))
        })
        .collect();
    send(&provider, &json!(records)).await;
    let sums: (String, String) =
        sqlx::query_as("SELECT sum(energy_uj)::text, sum(energy_sq_uj2)::text FROM total_hour")
            .fetch_one(&app.pool)
            .await
            .unwrap();
    assert_eq!(sums.0, energies.iter().sum::<i128>().to_string());
    assert_eq!(sums.1, energies.iter().map(|uj| uj * uj).sum::<i128>().to_string());
    app.assert_totals().await;
}

/// An answer of Electricity Maps for noon of 1 October 2025 in Germany.
fn hour_of_germany(grams: i32, updated_at: &str) -> Vec<u8> {
    let item = json!({
        "zone": "DE", "carbonIntensity": grams, "datetime": "2025-10-01T12:00:00.000Z", "updatedAt": updated_at,
        "createdAt": "2025-10-01T11:00:00.000Z", "emissionFactorType": "lifecycle", "isEstimated": false,
        "estimationMethod": null,
    });
    json!({"zone": "DE", "history": [item]}).to_string().into_bytes()
}

async fn import(app: &TestApp, bytes: &[u8]) -> (u64, u64) {
    let zones = Zones::load(&app.pool).await.unwrap();
    let (format, readings) = import::read(bytes, None, Basis::Lifecycle, &zones).unwrap();
    let terms = terms_of(format).unwrap();
    let set = FactorSet {
        key: "hours".parse().unwrap(),
        source: terms.source.to_owned(),
        licence: terms.licence.to_owned(),
        attribution: terms.attribution.to_owned(),
        release: "1".to_owned(),
        kind: FactorKind::Average,
        basis: Basis::Lifecycle,
        perimeter: terms.perimeter,
        resolution: resolution_of(&readings.values).unwrap(),
    };
    let stored = import::store(&app.pool, &set, readings.values, now(), &|_| ()).await.unwrap();
    (stored.written, stored.unchanged)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_hour_with_a_new_updated_at_is_no_new_value_and_another_value_is_a_revision() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let mut request = october();
    request["perimeter"] = json!("consumption");
    send(&provider, &json!([task("a", &json!({"energy_wh": 1}))])).await;
    assert_eq!(import(&app, &hour_of_germany(300, "2025-10-02T00:00:00.000Z")).await, (1, 0));
    let published = provider.publish(&request).await;
    let bytes = app.text(&format!("{published}/disclosure.json")).await;
    assert!(bytes.contains("0.300000000000"), "{bytes}");

    assert_eq!(import(&app, &hour_of_germany(300, "2025-10-09T00:00:00.000Z")).await, (0, 1));
    let uses = |document: &Value| {
        json!([document["factors"][0]["lowest_revision"], document["factors"][0]["highest_revision"]])
    };
    let again = document(&provider, &request).await;
    assert_eq!(fact(&again, "carbon_location_total", "all", None), "0.300000000000");
    assert_eq!(import(&app, &hour_of_germany(305, "2025-10-10T00:00:00.000Z")).await, (1, 0));
    let revised = document(&provider, &request).await;
    assert_eq!(fact(&revised, "carbon_location_total", "all", None), "0.305000000000");
    assert_ne!(uses(&again), uses(&revised), "{revised}");
    assert_eq!(app.text(&format!("{published}/disclosure.json")).await, bytes, "what is published moved");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leap_year_has_8784_hours_and_its_29_february_a_part_of_366() {
    let app = TestApp::start().await;
    let provider = registrar(&app, "acme").await;
    provider.declare("s-1", SiteFactorKind::Pue, "1.5", "2024-02-29", "2024-03-01").await;
    let contract = json!({
        "contract": "year", "instrument": "power_purchase_agreement", "zone": "DE", "from": "2024-01-01",
        "to": "2025-01-01", "volume_kwh": "0.366", "lifecycle_g_per_kwh": "20", "direct_g_per_kwh": "0",
        "reference": "Agreement 7",
    });
    assert_eq!(post(&provider, "/v1/contracts", &contract).await.0, 201);
    let at = |id: &str, started_at: &str, boundary: &str| {
        task(id, &json!({"started_at": started_at, "energy_wh": "1", "boundary": boundary}))
    };
    send(
        &provider,
        &json!([
            at("first", "2024-01-01T00:00:00Z", "facility"),
            at("leap", "2024-02-29T23:59:59.999999Z", "it"),
            at("last", "2024-12-31T23:59:59.999999Z", "facility"),
        ]),
    )
    .await;
    let request =
        |from: &str, to: &str| json!({"service": "chat", "from": from, "to": to, "perimeter": "consumption"});
    // Of 366 Wh the day has 1; the other 0.5 Wh are at the 341 g/kWh of Germany in 2024.
    let day = document(&provider, &request("2024-02-29", "2024-03-01")).await;
    assert_eq!(fact(&day, "energy_facility_total", "all", None), "1.500000000000");
    assert_eq!(fact(&day, "carbon_market_total", "all", None), "0.190500000000");
    // The whole year holds every hour, the last one too.
    let year = document(&provider, &request("2024-01-01", "2025-01-01")).await;
    assert_eq!(fact(&year, "energy_facility_total", "all", None), "3.500000000000");
    assert_eq!(fact(&year, "carbon_location_total", "all", None), "1.193500000000");
    assert_eq!(fact(&year, "market_share", "all", Some("contract")), "1.000000");
    let (status, problem) = provider.build(&request("2024-01-01", "2025-01-01T01:00:00Z")).await;
    assert_eq!((status, &problem["errors"][0]["code"]), (422, &json!("period-invalid")), "8,785 hours");
}
