//! The market-based figure: contracts allocated to all services of a provider, residual mixes, and the fallback.

use super::{built, fact, october, send};
use crate::support::{Provider, TestApp, answer, now, record_with_all};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use taskwatt::db::{contract, factor};
use taskwatt::domain::contract::{Contract, ContractVolume};
use taskwatt::domain::factor::{FactorSet, FactorValue};
use taskwatt::domain::period::Days;
use taskwatt::domain::terms::{Basis, FactorKind, Instrument, Perimeter, Resolution};
use taskwatt::render::json as document;
use taskwatt::units::{EnergyVolume, Intensity};

fn wh(watt_hours: i64) -> EnergyVolume {
    EnergyVolume::from_watt_hours(watt_hours).unwrap()
}

/// A contract for Germany on 1 October 2025.
pub fn contract(key: &str, volume: ContractVolume, lifecycle: Option<&str>) -> Contract {
    let grams = |text: &str| Intensity::parse_grams_per_kwh(text).unwrap();
    Contract {
        key: key.parse().unwrap(),
        instrument: Instrument::GuaranteeOfOrigin,
        zone: "DE".to_owned(),
        valid: Days::new("2025-10-01".parse().unwrap(), "2025-10-02".parse().unwrap()).unwrap(),
        volume,
        lifecycle: lifecycle.map(grams),
        direct: Some(grams("0")),
        reference: "Registry of examples, 1 to 9".to_owned(),
    }
}

async fn tell(provider: &Provider<'_>, contract: &Contract) {
    assert!(contract::tell(&provider.app.pool, provider.id, contract, now()).await.unwrap().is_new);
}

/// The residual mix of Germany in 2025.
async fn residual(app: &TestApp, grams: &str) {
    let set = FactorSet {
        key: "residual-2025".parse().unwrap(),
        source: "A body".to_owned(),
        licence: "CC BY 4.0".to_owned(),
        attribution: "Data by a body".to_owned(),
        release: "2026-05".to_owned(),
        kind: FactorKind::Residual,
        basis: Basis::Lifecycle,
        perimeter: Perimeter::Consumption,
        resolution: Resolution::Year,
    };
    let from: DateTime<Utc> = "2025-01-01T00:00:00Z".parse().unwrap();
    let value = FactorValue {
        zone: "DE".to_owned(),
        valid_from: from,
        valid_to: from + TimeDelta::days(365),
        intensity: Intensity::parse_grams_per_kwh(grams).unwrap(),
        is_estimated: false,
        estimation_method: String::new(),
    };
    factor::import(&app.pool, &set, &[value], &[], now(), &|_| ()).await.unwrap();
}

/// Facility energy on 1 October in Germany: chat 1 Wh at noon and 2 Wh an hour later, search 3 Wh at noon.
async fn two_services(app: &TestApp) -> Provider<'_> {
    let provider = app.provider("acme").await;
    provider.service("search").await;
    let at = |service: &str, hour: &str, energy: u32| {
        json!({"service": service, "started_at": format!("2025-10-01T{hour}:10:00Z"), "energy_wh": energy,
            "boundary": "facility", "evidence": "metered"})
    };
    send(&provider, "a", at("chat", "12", 1)).await;
    send(&provider, "b", at("chat", "13", 2)).await;
    send(&provider, "c", at("search", "12", 3)).await;
    provider
}

#[tokio::test(flavor = "multi_thread")]
async fn without_contracts_and_residual_mix_the_fallback_is_flagged() {
    let app = TestApp::start().await;
    let provider = two_services(&app).await;
    let document = built(&provider, &october()).await;
    // 3 Wh · 334.1 g/kWh.
    assert_eq!(fact(&document, "carbon_location_total", "all", None), "1.002300000000");
    assert_eq!(fact(&document, "carbon_market_total", "all", None), "1.002300000000");
    assert_eq!(fact(&document, "market_share", "all", Some("location_based")), "1.000000");
    assert_eq!(fact(&document, "hourly_matched_share", "all", None), "0.000000");
    let said = "100\u{a0}% of the energy is counted at the location-based factor in the market-based figure too, because \
                no residual mix is loaded for its zone and time.";
    assert!(document["limits"].as_array().unwrap().contains(&json!(said)), "{}", document["limits"]);
    assert_eq!((&document["contracts"], &document["residual_mixes"]), (&json!([]), &json!([])));
}

/// Of the 2 Wh that are made at noon chat has a quarter, as of what is consumed then. The other contract's 2 Wh are
/// spread over the 2 Wh that are left at noon and the 2 Wh an hour later: of the first part chat has a quarter, of
/// the second all. The 1.25 Wh that are left of its 3 Wh are of the residual mix:
/// 0.5 · 10 + 1.25 · 20 + 1.25 · 600 = 780 Wh · g/kWh.
#[tokio::test(flavor = "multi_thread")]
async fn contracts_are_shared_by_all_services_and_the_rest_is_of_the_residual_mix() {
    let app = TestApp::start().await;
    let provider = two_services(&app).await;
    residual(&app, "600").await;
    let mut hours = vec![wh(0); 24];
    hours[12] = wh(2);
    // Made when nothing was consumed: it covers nothing.
    hours[3] = wh(1000);
    tell(&provider, &contract("hourly", ContractVolume::Hourly(hours), Some("10"))).await;
    tell(&provider, &contract("annual", ContractVolume::Annual(wh(2)), Some("20"))).await;
    tell(&provider, &contract("direct-only", ContractVolume::Annual(wh(1000)), None)).await;
    let other = app.provider("other").await;
    tell(&other, &contract("of-others", ContractVolume::Annual(wh(1000)), Some("1"))).await;

    let document = built(&provider, &october()).await;
    assert_eq!(fact(&document, "carbon_location_total", "all", None), "1.002300000000");
    assert_eq!(fact(&document, "carbon_market_total", "all", None), "0.780000000000");
    assert_eq!(fact(&document, "carbon_market_per_task", "chat", None), "0.390000000000");
    assert_eq!(fact(&document, "market_share", "all", Some("contract")), "0.583333");
    assert_eq!(fact(&document, "market_share", "all", Some("residual_mix")), "0.416667");
    assert_eq!(fact(&document, "hourly_matched_share", "all", None), "0.166667");

    let lines: Vec<Value> = document["contracts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| json!([line["contract"], line["matching"], line["volume_kwh"], line["covered_wh"]]))
        .collect();
    let annual = json!(["annual", "annual", "0.002", "1.250000000000"]);
    assert_eq!(lines, [annual, json!(["hourly", "hourly", "1.002", "0.500000000000"])]);
    let mixes: Vec<Value> = document["residual_mixes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| json!([line["set"], line["zone"], line["rung"], line["site_hours"]]))
        .collect();
    assert_eq!(mixes, [json!(["residual-2025", "DE", "annual", 2])]);
    let left_out = "Contracts that state no factor of the basis life cycle are not counted: direct-only.";
    let limits = document["limits"].as_array().unwrap();
    assert!(limits.contains(&json!(left_out)), "{limits:?}");
    assert!(!limits.iter().any(|limit| limit.as_str().unwrap().contains("location-based factor")));

    // The other service has what is left of each: together no more than was bought is counted.
    let search = json!({"service": "search", "from": "2025-10-01", "to": "2025-11-01"});
    let document = built(&provider, &search).await;
    let covered: Vec<&Value> =
        document["contracts"].as_array().unwrap().iter().map(|line| &line["covered_wh"]).collect();
    assert_eq!(covered, ["0.750000000000", "1.500000000000"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_bought_than_consumed_covers_all_and_no_more() {
    let app = TestApp::start().await;
    let provider = two_services(&app).await;
    tell(&provider, &contract("much", ContractVolume::Annual(wh(1_000_000)), Some("0"))).await;
    let document = built(&provider, &october()).await;
    assert_eq!(fact(&document, "carbon_market_total", "all", None), "0.000000000000");
    assert_eq!(fact(&document, "market_share", "all", Some("contract")), "1.000000");
    assert_eq!(document["contracts"][0]["covered_wh"], "3.000000000000");
    let facts = document["facts"].as_array().unwrap();
    assert!(
        !facts.iter().any(|fact| fact["member"]["name"] == "location_based"),
        "nothing is left to fall back"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_contract_covers_nothing() {
    let app = TestApp::start().await;
    let provider = two_services(&app).await;
    tell(&provider, &contract("wind", ContractVolume::Annual(wh(2)), Some("0"))).await;
    tell(&provider, &contract("wind", ContractVolume::Annual(wh(0)), Some("0"))).await;
    let document = built(&provider, &october()).await;
    assert_eq!(fact(&document, "market_share", "all", Some("location_based")), "1.000000");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_and_the_files_tell_contracts_and_residual_mixes() {
    let app = TestApp::start().await;
    let provider = two_services(&app).await;
    residual(&app, "600").await;
    tell(&provider, &contract("wind", ContractVolume::Annual(wh(2)), Some("12.5"))).await;
    let page = provider.publish(&october()).await;
    let html = app.text(&page).await;
    for said in
        ["Contracts counted", "Registry of examples, 1 to 9", "12.5", "Residual mixes used", "Data by a body"]
    {
        assert!(html.contains(said), "{said}");
    }
    let bytes = app.text(&format!("{page}/disclosure.json")).await.into_bytes();
    let read = document::read(&bytes).unwrap();
    assert_eq!((read.contract_uses.len(), read.residual_uses.len()), (1, 1));
    assert_eq!(document::render(&read), bytes);
    let csv = app.text(&format!("{page}/disclosure.csv")).await;
    assert!(csv.contains("carbon_market_total") && csv.contains("hourly_matched_share"), "{csv}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_of_another_zone_or_time_covers_nothing() {
    let app = TestApp::start().await;
    let provider = two_services(&app).await;
    let volume = || ContractVolume::Annual(wh(10));
    tell(&provider, &Contract { zone: "FR".to_owned(), ..contract("elsewhere", volume(), Some("0")) }).await;
    let later = Days::new("2025-10-02".parse().unwrap(), "2025-10-31".parse().unwrap()).unwrap();
    tell(&provider, &Contract { valid: later, ..contract("later", volume(), Some("0")) }).await;
    let document = built(&provider, &october()).await;
    assert_eq!(fact(&document, "market_share", "all", Some("location_based")), "1.000000");
    let request = record_with_all("late", &json!({"started_at": "2025-10-03T00:00:00Z"}));
    let (status, _) =
        answer(provider.post("/v1/records").json(&json!([request])).send().await.unwrap()).await;
    assert_eq!(status, 200);
    let document = built(&provider, &october()).await;
    assert_eq!(document["contracts"][0]["contract"], "later");
}
