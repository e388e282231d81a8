//! `taskwatt factors fetch`: the real program asks each source as that source expects it.

use super::SECRET;
use super::services::{
    Program, asked, electricity_maps, generation, json_answer, no_generation, parts, xml_answer,
};
use crate::entsoe_reader::python;
use crate::send::dir::Dir;
use crate::send::stand_in::{Reply, StandIn};
use crate::support::fixture;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use tokio::process::Command;

const OCTOBER: &str = "--from 2025-10-01 --to 2025-11-01";
const QUICK: &str = "--per-minute 6000 --attempts 1";

#[tokio::test(flavor = "multi_thread")]
async fn hours_of_electricity_maps_arrive_once_and_a_revised_one_is_a_revision() {
    let program = Program::new().await;
    let stand_in = StandIn::start(|number, request| {
        // The fourth request is the first of the third run.
        electricity_maps(request, |hour| match (number, hour) {
            (6, 5) => json!(999.25),
            (_, 23) => Value::Null,
            _ => json!(100 + hour),
        })
    })
    .await;
    let line = format!(
        "fetch electricity-maps --zone DEU --from 2025-10-01 --to 2025-10-22 --set hours --release v3 \
         --basis lifecycle {QUICK}"
    );
    let out = program.ok(&stand_in, &line).await;
    // 21 days of 23 hours with a value. Of the hours beyond them, which the service also names, three have none.
    assert_eq!(out, "DE: 483 values written, 0 unchanged, 24 intervals without a value\n");
    let page = |start: &str, end: &str| {
        format!(
            "GET /carbon-intensity/past-range?zone=DE&start={start}T00%3A00Z&end={end}T00%3A00Z\
             &temporalGranularity=hourly&emissionFactorType=lifecycle"
        )
    };
    let pages = [
        page("2025-10-01", "2025-10-11"),
        page("2025-10-11", "2025-10-21"),
        page("2025-10-21", "2025-10-22"),
    ];
    assert_eq!(asked(&stand_in), pages);
    assert!(stand_in.seen().iter().all(|request| request.headers["auth-token"] == SECRET));
    assert_eq!(program.micrograms("hours", "DE").await[..2], [100_000_000, 101_000_000]);

    let out = program.ok(&stand_in, &line).await;
    assert!(out.starts_with("DE: 0 values written, 483 unchanged"), "{out}");
    let out = program.ok(&stand_in, &line).await;
    assert!(out.starts_with("DE: 10 values written, 473 unchanged"), "{out}");
    assert_eq!(program.values("hours").await, [("DE".to_owned(), 493)]);
    assert_eq!(program.micrograms("hours", "DE").await[5], 999_250_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_day_and_the_newest_hour_of_electricity_maps_are_read() {
    let item = |zone: &str, hour: u32, grams: u32| {
        json!({"zone": zone, "carbonIntensity": grams, "datetime": format!("2026-01-14T{hour:02}:00:00.000Z"),
            "emissionFactorType": "direct", "isEstimated": true, "estimationMethod": "TIME_SLICER_AVERAGE"})
    };
    let stand_in = StandIn::start(move |_, request| {
        let (path, query) = parts(request);
        assert_eq!(query["emissionFactorType"], "direct");
        let zone = query["zone"].as_str();
        match path.as_str() {
            "/carbon-intensity/history" => {
                json_answer(&json!({"zone": zone, "history": [item(zone, 1, 30), item(zone, 2, 31)]}))
            }
            "/carbon-intensity/latest" => json_answer(&item(zone, 3, 32)),
            other => panic!("{other}"),
        }
    })
    .await;
    let program = Program::new().await;
    let terms = format!("--zone SE-SE3 NO-NO1 --set now --release v3 --basis direct {QUICK}");
    let out = program.ok(&stand_in, &format!("fetch electricity-maps-history {terms}")).await;
    assert_eq!(out, "SE-SE3: 2 values written, 0 unchanged\nNO-NO1: 2 values written, 0 unchanged\n");
    let out = program.ok(&stand_in, &format!("fetch electricity-maps-latest {terms}")).await;
    assert_eq!(out, "SE-SE3: 1 values written, 0 unchanged\nNO-NO1: 1 values written, 0 unchanged\n");
    assert_eq!(program.micrograms("now", "SE-SE3").await, [30_000_000, 31_000_000, 32_000_000]);
    assert_eq!(asked(&stand_in)[3], "GET /carbon-intensity/latest?zone=NO-NO1&emissionFactorType=direct");
    let said = program.fails(&stand_in, &format!("fetch electricity-maps-latest {terms} {OCTOBER}")).await;
    assert!(said.contains("a period cannot be asked for"), "{said}");
    assert_eq!(stand_in.seen().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn months_and_years_of_ember_are_read_with_the_key_in_the_address() {
    let stand_in = StandIn::start(|_, request| {
        let (path, query) = parts(request);
        assert_eq!((query["api_key"].as_str(), query["is_aggregate_entity"].as_str()), (SECRET, "false"));
        let item = |date: &str, grams: Value| {
            json!({"entity": "X", "entity_code": query["entity_code"], "is_aggregate_entity": false,
                "date": date, "emissions_intensity_gco2_per_kwh": grams})
        };
        let data = match path.as_str() {
            "/carbon-intensity/monthly" => {
                vec![item("2025-01-01", json!(40.5)), item("2025-02-01", Value::Null)]
            }
            "/carbon-intensity/yearly" => vec![item("2023", json!(50)), item("2024", json!(51.25))],
            other => panic!("{other}"),
        };
        json_answer(&json!({"stats": {}, "data": data}))
    })
    .await;
    let program = Program::new().await;
    let terms = format!("--zone FR --release 2026 --basis lifecycle {QUICK}");
    let months = "fetch ember-monthly --from 2025-01-01 --to 2025-03-01 --set months";
    let out = program.ok(&stand_in, &format!("{months} {terms}")).await;
    assert_eq!(out, "FR: 1 values written, 0 unchanged, 1 intervals without a value\n");
    let years = "fetch ember-yearly --from 2023-01-01 --to 2025-01-01 --set years";
    assert_eq!(
        program.ok(&stand_in, &format!("{years} {terms}")).await,
        "FR: 2 values written, 0 unchanged\n"
    );
    assert_eq!(program.micrograms("years", "FR").await, [50_000_000, 51_250_000]);
    let key = "api_key=hunter2%2F%2Bsecret";
    let of = |name: &str, dates: &str| {
        format!("GET /carbon-intensity/{name}?entity_code=FRA&is_aggregate_entity=false&{dates}&{key}")
    };
    assert_eq!(
        asked(&stand_in),
        [of("monthly", "start_date=2025-01&end_date=2025-02"), of("yearly", "start_date=2023&end_date=2024")]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_entsoe_has_no_data_of_and_what_is_of_another_area_loses_no_other_zone() {
    let stand_in = StandIn::start(|_, request| {
        let (path, query) = parts(request);
        assert_eq!((path.as_str(), query["securityToken"].as_str()), ("/api", SECRET));
        assert_eq!((query["documentType"].as_str(), query["processType"].as_str()), ("A75", "A16"));
        let start = &query["periodStart"];
        match query["in_Domain"].as_str() {
            eic @ "10YBE----------2" => xml_answer(no_generation(eic)),
            "10YNL----------L" => xml_answer(generation("10YFR-RTE------C", start)),
            eic => xml_answer(generation(eic, start)),
        }
    })
    .await;
    let program = Program::new().await;
    let line = format!(
        "fetch entsoe --zone BE NL 10YFR-RTE------C DE --from 2018-09-01 --to 2018-12-31 --set mix --release 1 \
         --basis lifecycle --address {}/api {QUICK}",
        stand_in.url
    );
    let said = program.fails(&stand_in, &line).await;
    assert!(said.contains("BE: the source has no value, no data in 2 of 2 pages\n"), "{said}");
    let refused = "the document is of the area 10YFR-RTE------C, and 10YNL----------L was asked for; nothing of \
                   it is imported";
    assert!(said.contains("NL: page 1 of 2 (?documentType=A75") && said.contains(refused), "{said}");
    assert!(said.contains("error: not fetched: NL; what is finished is stored"), "{said}");
    assert_eq!(program.values("mix").await, [("DE".to_owned(), 2), ("FR".to_owned(), 2)]);
    assert_eq!(program.micrograms("mix", "FR").await, [34_761_905, 34_761_905]);
    let periods: Vec<_> = stand_in.seen().iter().map(|request| parts(request).1).collect();
    let of = |query: &std::collections::HashMap<String, String>| {
        ["in_Domain", "periodStart", "periodEnd"].map(|name| query[name].clone()).join(" ")
    };
    // Germany shared a zone with Austria until the end of September, by the clocks of Berlin.
    assert_eq!(
        periods.iter().rev().take(2).rev().map(of).collect::<Vec<_>>(),
        ["10Y1001A1001A63L 201809010000 201809302200", "10Y1001A1001A82H 201809302200 201812310000"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_entsoe_of_another_area_is_refused() {
    let program = Program::new().await;
    let dir = Dir::new();
    dir.write("fr.xml", generation("10YFR-RTE------C", "202501010000"));
    let import = async |zone: &str| {
        let mut command = program.command("http://127.0.0.1:1");
        command.current_dir(&dir.0).args(["import", "factors", "fr.xml", "--zone", zone]);
        command.args(["--set", "mix", "--release", "1", "--basis", "lifecycle"]);
        let output = command.output().await.unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let (code, said) = import("BE").await;
    assert_eq!(code, Some(1));
    assert!(said.contains("is of the area 10YFR-RTE------C, and 10YBE----------2 was asked for"), "{said}");
    assert_eq!(import("FR").await, (Some(0), String::new()));
}

/// The query of our request and of that of entsoe-py, the client that most people use.
#[tokio::test(flavor = "multi_thread")]
async fn entsoe_py_asks_the_same_and_reads_the_stand_in_alike() {
    let Some(python) = python() else { return };
    let stand_in = StandIn::start(|_, request| {
        let (_, query) = parts(request);
        xml_answer(generation(&query["in_Domain"], &query["periodStart"]))
    })
    .await;
    let program = Program::new().await;
    let line = format!(
        "fetch entsoe --zone FR --from 2025-03-01 --to 2025-03-02 --set mix --release 1 --basis lifecycle \
         --address {}/api {QUICK}",
        stand_in.url
    );
    program.ok(&stand_in, &line).await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/entsoe/ask.py");
    let output = Command::new(python)
        .arg(script)
        .args(["10YFR-RTE------C", "2025-03-01T00:00Z", "2025-03-02T00:00Z"])
        .env("ENTSOE_ENDPOINT_URL", format!("{}/api", stand_in.url))
        .env("ENTSOE_API_KEY", SECRET)
        .output()
        .await
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(read, json!({"Nuclear": 40_000.0, "Fossil Gas": 2_000.0}));
    let queries: Vec<(String, BTreeMap<String, String>)> =
        stand_in.seen().iter().map(parts).map(|(path, query)| (path, query.into_iter().collect())).collect();
    assert_eq!(queries.len(), 2);
    assert_eq!(queries[0], queries[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn half_hours_of_great_britain_and_of_a_region_are_read() {
    let half_hours = |region: Option<u8>| {
        let item = |from: &str, to: &str| {
            json!({"from": format!("2025-10-{from}Z"), "to": format!("2025-10-{to}Z"),
            "intensity": match region {
                None => json!({"forecast": 90, "actual": 95, "index": "low"}),
                Some(_) => json!({"forecast": 60, "index": "low"}),
            }})
        };
        // The service also answers the half hour that ends where the period begins.
        vec![item("09T23:30", "10T00:00"), item("10T00:00", "10T00:30"), item("10T00:30", "10T01:00")]
    };
    let stand_in = StandIn::start(move |_, request| match parts(request).0.as_str() {
        "/intensity/2025-10-10T00:00Z/2025-10-11T00:00Z" => json_answer(&json!({"data": half_hours(None)})),
        "/regional/intensity/2025-10-10T00:00Z/2025-10-11T00:00Z/regionid/11" => json_answer(&json!({
            "data": {"regionid": 11, "shortname": "South West England", "data": half_hours(Some(11))}
        })),
        other => panic!("{other}"),
    })
    .await;
    let program = Program::new().await;
    let line = format!(
        "fetch gb --zone UK GB-REGION-11 --from 2025-10-10 --to 2025-10-11 --set gb --release 1 --basis direct \
         {QUICK}"
    );
    let out = program.ok(&stand_in, &line).await;
    assert_eq!(out, "GB: 2 values written, 0 unchanged\nGB-REGION-11: 2 values written, 0 unchanged\n");
    assert_eq!(program.micrograms("gb", "GB").await, [95_000_000; 2]);
    assert_eq!(program.micrograms("gb", "GB-REGION-11").await, [60_000_000; 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn quarter_hours_of_energy_charts_are_read() {
    let stand_in = StandIn::start(|_, _| {
        // The first of October 2025, and the quarter hour before.
        let seconds: Vec<i64> = (-1..4).map(|quarter| 1_759_276_800 + 900 * quarter).collect();
        json_answer(
            &json!({"unix_seconds": seconds, "co2eq": [1, 300.5, 301, null, 302], "deprecated": false}),
        )
    })
    .await;
    let program = Program::new().await;
    let line =
        format!("fetch energy-charts --zone DE {OCTOBER} --set ec --release 1 --basis lifecycle {QUICK}");
    let out = program.ok(&stand_in, &line).await;
    assert_eq!(out, "DE: 3 values written, 0 unchanged, 1 intervals without a value\n");
    assert_eq!(asked(&stand_in), ["GET /co2eq?country=de&start=2025-10-01T00%3A00Z&end=2025-11-01T00%3A00Z"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn real_answers_of_electricity_maps_are_stored() {
    let Some(file) = fixture("intensity/carbon_intensity_history.json") else { return };
    let body = std::fs::read_to_string(file).unwrap();
    let stand_in =
        StandIn::start(move |_, _| Reply::Answer(200, "Content-Type: application/json\r\n", body.clone()))
            .await;
    let program = Program::new().await;
    let line =
        format!("fetch electricity-maps-history --zone DE --set em --release v3 --basis lifecycle {QUICK}");
    let out = program.ok(&stand_in, &line).await;
    assert!(out.starts_with("DE: ") && program.values("em").await[0].1 > 0, "{out}");
}
