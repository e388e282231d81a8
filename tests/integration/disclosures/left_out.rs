//! What is left out because little is behind it cannot be computed from the rest of the document.

use super::market::contract;
use super::{built, fact, october};
use crate::registry::{post, put, registrar};
use crate::support::{Provider, TestApp, now, record_with_all, window_with};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use taskwatt::db::{contract, factor};
use taskwatt::domain::contract::{Contract, ContractVolume};
use taskwatt::domain::factor::{FactorSet, FactorValue};
use taskwatt::domain::terms::{Basis, FactorKind, Perimeter, Resolution, SiteFactorKind};
use taskwatt::units::{EnergyVolume, Intensity};

const HIDDEN: &str = "not included";

/// A window of so many completed tasks of 1 Wh each, at the facility.
async fn tasks(provider: &Provider<'_>, id: &str, completed: i64, fields: Value) {
    let mut all = json!({"tasks_completed": completed, "tasks_failed": 0, "energy_j": null, "energy_sq_j2": null,
        "energy_wh": completed, "histogram": null, "boundary": "facility", "evidence": "metered"});
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let (status, answer) = provider.post_windows(&json!([window_with(id, &all)])).await;
    assert_eq!(status, 200, "{answer}");
}

async fn in_month(provider: &Provider<'_>, month: &str, task_type: &str, completed: i64, model: &str) {
    let at = |minutes: &str| format!("{month}-01T12:{minutes}:00Z");
    let fields = json!({"from": at("00"), "to": at("10"), "task_type": task_type, "model": model});
    tasks(provider, &format!("{month}-{task_type}-{model}"), completed, fields).await;
}

fn all_cells(mut request: Value) -> Value {
    request["small_cells"] = json!("all");
    request
}

async fn model(provider: &Provider<'_>, key: &str, baseline: Option<&str>) {
    let mut body = json!({"name": key});
    if let Some(baseline) = baseline {
        body["baseline"] = json!(baseline);
    }
    let (status, told) = put(provider, &format!("/v1/models/{key}"), &body).await;
    assert_eq!(status, 201, "{told}");
}

/// The value of a figure of one task type and model, in a month where one is named.
fn of<'a>(
    document: &'a Value,
    concept: &str,
    task_type: &str,
    model: Option<&str>,
    month: Option<&str>,
) -> &'a str {
    let month = month.map(|month| format!("{month}-01T00:00:00Z"));
    let facts = document["facts"].as_array().unwrap().iter();
    let found: Vec<&Value> = facts
        .filter(|fact| {
            fact["concept"] == concept && fact["task_type"] == task_type && fact["member"].is_null()
        })
        .filter(|fact| fact["model"].as_str() == model && fact["month"]["from"].as_str() == month.as_deref())
        .collect();
    assert_eq!(found.len(), 1, "{concept} of {task_type}, {model:?}, {month:?}");
    found[0]["value"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_against_a_model_that_is_left_out_is_left_out() {
    let app = TestApp::start().await;
    let provider = registrar(&app, "acme").await;
    for (key, baseline) in [("m-2", Some("m-1")), ("m-3", None), ("m-5", None), ("m-4", Some("m-5"))] {
        model(&provider, key, baseline).await;
    }
    for (key, completed) in [("m-1", 50), ("m-2", 900), ("m-3", 200), ("m-4", 2_000), ("m-5", 1_000)] {
        in_month(&provider, "2025-10", "chat", completed, key).await;
    }
    let shown = built(&provider, &october()).await;
    assert_eq!(of(&shown, "energy_change_ratio", "chat", Some("m-2"), None), "1.000000");
    let document = built(&provider, &all_cells(october())).await;
    let mean = |key| of(&document, "energy_per_task_mean", "chat", Some(key), None);
    assert_eq!((mean("m-1"), mean("m-2")), (HIDDEN, "1.000000000000"));
    for concept in ["energy_change_ratio", "energy_change_low", "energy_change_high"] {
        assert_eq!(
            of(&document, concept, "chat", Some("m-2"), None),
            HIDDEN,
            "shown ÷ ratio is what is hidden"
        );
        assert_ne!(of(&document, concept, "chat", Some("m-4"), None), HIDDEN);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_against_a_small_cell_of_the_baseline_period_is_left_out() {
    let app = TestApp::start().await;
    let provider = registrar(&app, "acme").await;
    for (task_type, september, october) in [("chat", 50, 700), ("code", 200, 700), ("agent", 5_000, 700)] {
        in_month(&provider, "2025-09", task_type, september, "m-1").await;
        in_month(&provider, "2025-10", task_type, october, "m-1").await;
    }
    // What was told in another way then: the reason is of the same mean, and not told either.
    let counter = json!({"task_type": "ocr", "from": "2025-09-02T12:00:00Z", "to": "2025-09-02T12:10:00Z",
        "evidence": "declared"});
    tasks(&provider, "ocr", 60, counter).await;
    in_month(&provider, "2025-10", "ocr", 700, "m-1").await;
    let mut request = all_cells(october());
    request["baseline_from"] = json!("2025-09-01");
    request["baseline_to"] = json!("2025-10-01");
    let document = built(&provider, &request).await;
    for model in [None, Some("m-1")] {
        let ratio = |task_type| of(&document, "energy_change_ratio", task_type, model, None);
        assert_eq!((ratio("chat"), ratio("ocr"), ratio("agent")), (HIDDEN, HIDDEN, "1.000000"), "{model:?}");
    }
    assert_eq!(of(&document, "energy_per_task_mean", "chat", None, None), "1.000000000000");
    let lines = document["changes"].as_array().unwrap();
    assert!(lines.iter().all(|line| line["not_compared"] == json!([])), "{lines:?}");
    request["small_cells"] = json!("sites");
    let document = built(&provider, &request).await;
    assert_eq!(of(&document, "energy_change_ratio", "chat", None, None), "1.000000");
    assert!(document["changes"].to_string().contains("evidence"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_months_of_a_quarter_do_not_tell_a_small_one() {
    let app = TestApp::start().await;
    let provider = registrar(&app, "acme").await;
    let months = ["2025-07", "2025-08", "2025-09"];
    for (month, completed) in months.iter().zip([300, 200, 50]) {
        in_month(&provider, month, "code", completed, "m-1").await;
        in_month(&provider, month, "chat", 5_000, "m-1").await;
        in_month(&provider, month, "agent", 4_000, "m-1").await;
    }
    let quarter = json!({"service": "chat", "from": "2025-07-01", "to": "2025-10-01"});
    let document = built(&provider, &all_cells(quarter)).await;
    assert_eq!(
        of(&document, "tasks_completed", "code", None, None),
        "550",
        "the quarter itself is not small"
    );
    for concept in ["tasks_completed", "energy_per_task_mean"] {
        for model in [None, Some("m-1")] {
            let is_hidden =
                |task_type, month: &str| of(&document, concept, task_type, model, Some(month)) == HIDDEN;
            assert!(is_hidden("code", "2025-09"), "{concept}");
            // Two unknown in every sum: of the type over the months, and of the month over the types.
            let of_code = months.iter().filter(|month| is_hidden("code", month)).count();
            assert!(of_code >= 2, "quarter − July − August is September: {concept}, {model:?}");
            for month in months {
                let of_month = ["code", "chat", "agent"].iter().filter(|kind| is_hidden(kind, month)).count();
                assert_ne!(of_month, 1, "{month}: {concept}, {model:?}");
            }
        }
    }
    assert_eq!(of(&document, "tasks_completed", "all", None, Some("2025-09")), "9050", "totals are whole");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_that_is_no_whole_months_does_not_tell_its_rest() {
    let app = TestApp::start().await;
    let provider = registrar(&app, "acme").await;
    for (task_type, rest, october) in [("chat", 5_000, 5_000), ("code", 40, 600), ("agent", 800, 900)] {
        let fields =
            json!({"task_type": task_type, "from": "2025-09-29T12:00:00Z", "to": "2025-09-29T12:10:00Z"});
        tasks(&provider, &format!("rest-{task_type}"), rest, fields).await;
        in_month(&provider, "2025-10", task_type, october, "m-1").await;
        in_month(&provider, "2025-09", task_type, 3_000, "m-1").await;
    }
    let request = json!({"service": "chat", "from": "2025-09-28", "to": "2025-11-01"});
    let document = built(&provider, &all_cells(request)).await;
    let completed = |task_type, month| of(&document, "tasks_completed", task_type, None, month);
    let is_open =
        |task_type| completed(task_type, None) == HIDDEN || completed(task_type, Some("2025-10")) == HIDDEN;
    assert!(is_open("code"), "the period less October would be the 40 tasks of three days");
    let open = ["chat", "code", "agent"].iter().filter(|task_type| is_open(task_type)).count();
    assert_eq!(open, 2, "{document}");
}

/// Tasks of a model without energy, 100 output tokens each.
async fn bare(provider: &Provider<'_>, model: &str, count: usize) {
    let records: Vec<Value> = (0..count)
        .map(|index| {
            let fields = json!({"model": model, "output_tokens": 100, "started_at": "2025-10-02T12:00:00Z"});
            let mut record = record_with_all(&format!("{model}-{index}"), &fields);
            record
                .as_object_mut()
                .unwrap()
                .retain(|name, _| !["energy_wh", "boundary", "evidence"].contains(&name.as_str()));
            record
        })
        .collect();
    let (status, answer) = provider.post_records(&json!(records)).await;
    assert_eq!(status, 200, "{answer}");
    let coefficient = json!({"from": "2025-01-01", "to": "2026-01-01", "output_token_j": "3.6", "boundary": "facility",
        "hardware": "H100", "source": "Our bench", "licence": "CC0-1.0"});
    assert_eq!(post(provider, &format!("/v1/models/{model}/coefficients"), &coefficient).await.0, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_energy_estimated_of_a_model_that_is_left_out_is_left_out() {
    let app = TestApp::start().await;
    let provider = registrar(&app, "acme").await;
    for key in ["m-2", "m-3", "m-4"] {
        model(&provider, key, None).await;
    }
    bare(&provider, "m-2", 40).await;
    for (key, completed) in [("m-1", 2_000), ("m-3", 200), ("m-4", 3_000)] {
        in_month(&provider, "2025-10", "chat", completed, key).await;
    }
    let estimates = |document: &Value| -> Vec<(String, String)> {
        let lines = document["estimates"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        lines.iter().map(|line| (text(&line["model"]), text(&line["energy_wh"]))).collect()
    };
    let pair = |model: &str, energy: &str| (model.to_owned(), energy.to_owned());
    // 40 · 100 · 3.6 J.
    assert_eq!(estimates(&built(&provider, &october()).await), [pair("m-2", "4.000000000000")]);
    let document = built(&provider, &all_cells(october())).await;
    assert_eq!(fact(&document, "energy_facility_total", "all", None), "5204.000000000000");
    assert_eq!(of(&document, "energy_facility_total", "all", Some("m-2"), None), HIDDEN);
    // The share that is estimated is a total; that all of it is of this model is not told.
    assert_eq!(estimates(&document), []);
    assert_eq!(fact(&document, "estimated_share", "all", None), "0.000769");
    bare(&provider, "m-4", 1).await;
    bare(&provider, "m-1", 2).await;
    let document = built(&provider, &all_cells(october())).await;
    // The model with the least beside it goes with it.
    let expected = [pair("m-1", "0.200000000000"), pair("m-2", HIDDEN), pair("m-4", HIDDEN)];
    assert_eq!(estimates(&document), expected);
}

/// Two sites, each alone in its zone: of Sweden alone there is a water factor, a contract, a declared PUE, embodied
/// carbon, and a factor of the hour.
async fn two_zones(app: &TestApp) -> Provider<'_> {
    let provider = registrar(app, "acme").await;
    provider.site("s-2", "SE").await;
    for (site, completed) in [("s-1", 600), ("s-2", 400)] {
        let it = json!({"boundary": "it", "site": site});
        tasks(&provider, site, completed, it).await;
    }
    provider.declare("s-2", SiteFactorKind::Pue, "1.1", "2025-01-01", "2026-01-01").await;
    let water = json!({"zone": "SE", "litres_per_kwh": "2", "from": "2025-01-01", "to": "2026-01-01",
        "source": "A table", "licence": "CC0-1.0"});
    assert_eq!(post(&provider, "/v1/water-factors", &water).await.0, 201);
    let wue = json!({"kind": "wue", "value": "1.5", "from": "2025-01-01", "to": "2026-01-01",
        "definition": "iso_iec_30134_9"});
    assert_eq!(post(&provider, "/v1/sites/s-2/factors", &wue).await.0, 201);
    let volume = ContractVolume::Annual(EnergyVolume::from_watt_hours(1_000_000).unwrap());
    let of_sweden = Contract { zone: "SE".to_owned(), ..contract("wind", volume, Some("10")) };
    contract::tell(&app.pool, provider.id, &of_sweden, now()).await.unwrap();
    let set = FactorSet {
        key: "hours".parse().unwrap(),
        source: "A body".to_owned(),
        licence: "CC BY 4.0".to_owned(),
        attribution: "Data by a body".to_owned(),
        release: "1".to_owned(),
        kind: FactorKind::Average,
        basis: Basis::Lifecycle,
        perimeter: Perimeter::Consumption,
        resolution: Resolution::Hour,
    };
    let from: DateTime<Utc> = "2025-10-01T12:00:00Z".parse().unwrap();
    let value = FactorValue {
        zone: "SE".to_owned(),
        valid_from: from,
        valid_to: from + TimeDelta::hours(1),
        intensity: Intensity::parse_grams_per_kwh("20").unwrap(),
        is_estimated: false,
        estimation_method: String::new(),
    };
    factor::import(&app.pool, &set, &[value], &[], now(), &|_| ()).await.unwrap();
    provider
}

/// Every figure of a document that is the part of one of the two sites, in the words of the document.
fn of_few(document: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let concepts = [
        "factor_rung_share",
        "market_share",
        "default_factor_share",
        "water_on_site_total",
        "water_on_site_per_task",
        "water_on_site_covered",
        "water_indirect_total",
        "water_indirect_per_task",
        "water_indirect_covered",
    ];
    for fact in document["facts"].as_array().unwrap() {
        let concept = fact["concept"].as_str().unwrap();
        if concepts.contains(&concept) {
            found.push((concept.to_owned(), fact["value"].as_str().unwrap().to_owned()));
        }
    }
    let lines = |list: &str| document[list].as_array().cloned().unwrap_or_default();
    for (list, field) in [("contracts", "covered_wh"), ("defaults", "share")] {
        for line in lines(list) {
            found.push((list.to_owned(), line[field].as_str().unwrap().to_owned()));
        }
    }
    for line in lines("factors") {
        found.push((
            "factors".to_owned(),
            line["site_hours"].as_i64().map_or(HIDDEN.to_owned(), |hours| hours.to_string()),
        ));
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn no_figure_tells_what_one_of_two_sites_used() {
    let app = TestApp::start().await;
    let provider = two_zones(&app).await;
    let mut request = october();
    request["perimeter"] = json!("consumption");
    let document = built(&provider, &request).await;
    let told = of_few(&document);
    let kinds: BTreeSet<&str> = told.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(kinds.len(), 12, "{kinds:?}");
    assert!(told.iter().all(|(_, value)| value == HIDDEN), "{told:?}");
    assert!(!document["facts"].to_string().contains("zone_energy_share"));
    // 600 · 1.36 + 400 · 1.1; all totals are there, the weighted ones too.
    assert_eq!(fact(&document, "energy_facility_total", "all", None), "1256.000000000000");
    assert_eq!(fact(&document, "energy_it_total", "all", None), "1000.000000000000");
    assert_ne!(fact(&document, "carbon_location_total", "all", None), HIDDEN);
    assert_ne!(fact(&document, "carbon_market_total", "all", None), HIDDEN);
    let limits = document["limits"].to_string();
    for said in [
        "nor any other part of the energy that few of several sites have a share in",
        "All totals hold them.",
        "Whoever knows the factors of two sites or zones can work out",
        "Part of the energy was brought to the facility boundary with at least one default factor",
        "Part of the energy is counted at the location-based factor",
    ] {
        assert!(limits.contains(said), "{said}: {limits}");
    }
    for share in ["35\u{a0}%", "65\u{a0}%"] {
        assert!(!limits.contains(share), "no share of a site stands in a sentence: {limits}");
    }

    request["small_cells"] = json!("shown");
    let shown = built(&provider, &request).await;
    assert!(of_few(&shown).iter().all(|(_, value)| value != HIDDEN));
    // 440 ÷ 1,256.
    assert_eq!(fact(&shown, "water_indirect_covered", "all", None), "0.350318");
    assert_eq!(fact(&shown, "factor_rung_share", "all", Some("hourly_measured")), "0.350318");
    assert_eq!(fact(&shown, "market_share", "all", Some("contract")), "0.350318");
    assert_eq!(fact(&shown, "default_factor_share", "all", None), "0.649682");
    assert_eq!(shown["contracts"][0]["covered_wh"], "440.000000000000");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_share_does_not_tell_what_another_leaves_out() {
    let app = TestApp::start().await;
    let provider = two_zones(&app).await;
    // Three sites in Germany and in Poland, one in Sweden. The zones of Sweden and of Poland are added up; but the factor
    // of the year is that of Germany and Poland, so that with it the zone of Germany would tell Poland and then Sweden.
    for (site, zone, completed) in
        [("s-3", "DE", 600), ("s-4", "DE", 600), ("s-5", "PL", 200), ("s-6", "PL", 200), ("s-7", "PL", 200)]
    {
        provider.site(site, zone).await;
        tasks(&provider, site, completed, json!({"site": site})).await;
    }
    let mut request = october();
    request["perimeter"] = json!("consumption");
    let document = built(&provider, &request).await;
    assert_ne!(fact(&document, "zone_energy_share", "all", Some("DE")), HIDDEN);
    for rung in ["annual", "hourly_measured"] {
        assert_eq!(fact(&document, "factor_rung_share", "all", Some(rung)), HIDDEN);
    }
    // Of two sites the hours would tell, too; of three in a shown zone they do not.
    let hours = |zone: &str| {
        let lines = document["factors"].as_array().unwrap();
        lines.iter().find(|line| line["zone"] == zone).unwrap()["site_hours"].clone()
    };
    assert_eq!((hours("DE"), hours("SE"), hours("PL")), (json!(3), Value::Null, Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_both_of_two_sites_have_a_part_in_is_told() {
    let app = TestApp::start().await;
    let provider = registrar(&app, "acme").await;
    provider.site("s-2", "SE").await;
    for (site, completed) in [("s-1", 600), ("s-2", 400)] {
        tasks(&provider, site, completed, json!({"boundary": "it", "site": site})).await;
    }
    let document = built(&provider, &october()).await;
    assert_eq!(fact(&document, "factor_rung_share", "all", Some("annual")), "1.000000");
    assert_eq!(fact(&document, "default_factor_share", "all", None), "1.000000");
    assert_eq!(fact(&document, "market_share", "all", Some("location_based")), "1.000000");
    assert_eq!(document["defaults"][0]["share"], "1.000000");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_says_not_included_where_a_share_would_tell_about_one_site() {
    let app = TestApp::start().await;
    let provider = two_zones(&app).await;
    let mut request = october();
    request["perimeter"] = json!("consumption");
    let address = provider.publish(&request).await;
    let page = app.text(&address).await;
    assert!(page.contains("What share of the energy rests on default factors is not included"), "{page}");
    for share in ["35\u{a0}%", "65\u{a0}%", ">0.440<"] {
        assert!(!page.contains(share), "{share}");
    }
    let embodied = json!({"accelerator": "H100", "embodied_kg": "150", "lifetime_hours": 30_000,
        "includes": "the card", "source": "a study"});
    assert_eq!(post(&provider, "/v1/sites/s-2/embodied", &embodied).await.0, 201);
    let of_accelerator = json!({"site": "s-2", "boundary": "facility", "evidence": "metered", "energy_wh": 1,
        "accelerator": "H100", "accelerator_seconds": "36", "started_at": "2025-10-03T12:00:00Z"});
    let (status, answer) = provider.post_records(&json!([record_with_all("a", &of_accelerator)])).await;
    assert_eq!(status, 200, "{answer}");
    let document = built(&provider, &request).await;
    for concept in ["embodied_carbon_total", "embodied_carbon_per_task", "embodied_carbon_covered"] {
        assert_eq!(fact(&document, concept, "all", None), HIDDEN);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_figure_of_all_tasks_is_not_that_of_a_type_which_is_left_out() {
    let app = TestApp::start().await;
    let provider = registrar(&app, "acme").await;
    in_month(&provider, "2025-10", "chat", 5_000, "m-1").await;
    in_month(&provider, "2025-10", "code", 200, "m-1").await;
    // Pictures alone are counted, and few of them were made.
    let pictures: Vec<Value> = (0..40)
        .map(|index| {
            let fields = json!({"task_type": "image_generation", "images": 1, "energy_wh": 1, "boundary": "facility",
                "evidence": "metered", "started_at": "2025-10-02T12:00:00Z"});
            record_with_all(&format!("picture-{index}"), &fields)
        })
        .collect();
    let (status, answer) = provider.post_records(&json!(pictures)).await;
    assert_eq!(status, 200, "{answer}");
    let shown = built(&provider, &october()).await;
    assert_eq!(fact(&shown, "energy_per_image", "all", None), "1.000000000000");
    let document = built(&provider, &all_cells(october())).await;
    assert_eq!(fact(&document, "energy_per_image", "image_generation", None), HIDDEN);
    assert_eq!(fact(&document, "energy_per_image", "all", None), HIDDEN, "no other task has images");
    assert_ne!(fact(&document, "energy_per_1000_output_tokens", "all", None), HIDDEN);
}
