//! Impact lists: what was told since a disclosure was published, and which of its figures would differ.

use crate::disclosures::october;
use crate::support::{Provider, TestApp, now, record_with_all};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use taskwatt::db::{declared, factor, factor_list};
use taskwatt::domain::factor::{FactorSet, FactorValue};
use taskwatt::domain::ids::SiteId;
use taskwatt::domain::names::Name;
use taskwatt::domain::period::Days;
use taskwatt::domain::registry::{Coefficient, SiteDeclaration, SiteValue};
use taskwatt::domain::terms::{
    Basis, Boundary, FactorKind, Perimeter, Resolution, SiteFactorKind, SiteSeries,
};
use taskwatt::units::{Intensity, TokenEnergy};

/// One task of 1 Wh at the facility in Germany at noon of 1 October, published: 0.3341 g.
async fn published(app: &TestApp) -> Provider<'_> {
    let provider = app.provider("acme").await;
    send(&provider, "a", "server", 1).await;
    provider.declare("s-1", SiteFactorKind::Pue, "1.25", "2025-01-01", "2026-01-01").await;
    provider.declare("s-1", SiteFactorKind::ItPerServer, "1", "2025-01-01", "2026-01-01").await;
    provider.publish(&october()).await;
    provider
}

async fn send(provider: &Provider<'_>, id: &str, boundary: &str, energy_wh: u32) {
    let fields = json!({"energy_wh": energy_wh, "boundary": boundary});
    let (status, counts) = provider.post_records(&json!([record_with_all(id, &fields)])).await;
    assert_eq!((status, &counts["accepted"]), (200, &json!(1)), "{counts}");
}

/// An hourly set, told some days after the disclosures were built.
async fn hour(app: &TestApp, zone: &str, from: &str, grams: &str, days_later: i64) {
    hour_of("grid-hourly", app, zone, from, grams, days_later).await;
}

async fn hour_of(set: &str, app: &TestApp, zone: &str, from: &str, grams: &str, days_later: i64) {
    let set = FactorSet {
        key: set.parse().unwrap(),
        source: "A source".to_owned(),
        licence: "CC BY 4.0".to_owned(),
        attribution: "Data by a source".to_owned(),
        release: "2026-01".to_owned(),
        kind: FactorKind::Average,
        basis: Basis::Lifecycle,
        perimeter: Perimeter::Production,
        resolution: Resolution::Hour,
    };
    let valid_from: DateTime<Utc> = from.parse().unwrap();
    let value = FactorValue {
        zone: zone.to_owned(),
        valid_from,
        valid_to: valid_from + TimeDelta::hours(1),
        intensity: Intensity::parse_grams_per_kwh(grams).unwrap(),
        is_estimated: false,
        estimation_method: String::new(),
    };
    let at = now() + TimeDelta::days(days_later);
    factor::import(&app.pool, &set, &[value], &[], at, &|_| ()).await.unwrap();
}

async fn impacts(provider: &Provider<'_>) -> Vec<Value> {
    let (status, list) = provider.get_json("/v1/impacts").await;
    assert_eq!(status, 200, "{list}");
    assert!(list.get("next_cursor").is_none(), "{list}");
    list["impacts"].as_array().unwrap().clone()
}

fn figure<'a>(impact: &'a Value, concept: &str, task_type: &str) -> Option<(&'a str, &'a str)> {
    let figures = impact["figures"].as_array().unwrap();
    let found = figures.iter().find(|one| one["concept"] == concept && one["task_type"] == task_type)?;
    Some((found["published"].as_str().unwrap(), found["now"].as_str().unwrap()))
}

fn kinds(impact: &Value) -> Vec<&str> {
    impact["causes"].as_array().unwrap().iter().map(|cause| cause["kind"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disclosure_about_which_nothing_was_told_since_is_not_listed() {
    let app = TestApp::start().await;
    let provider = published(&app).await;
    assert_eq!(impacts(&provider).await, Vec::<Value>::new());
    // Another zone, and a time outside the period.
    hour(&app, "FR", "2025-10-01T12:00:00Z", "50", 1).await;
    hour(&app, "DE", "2025-11-01T12:00:00Z", "50", 1).await;
    assert_eq!(impacts(&provider).await, Vec::<Value>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_grid_factor_lists_the_figures_that_would_differ_and_moves_nothing() {
    let app = TestApp::start().await;
    let provider = published(&app).await;
    let before = app.text("/disclosures/1/v1/disclosure.json").await;
    hour(&app, "DE", "2025-10-01T12:00:00Z", "400", 1).await;
    hour(&app, "DE", "2025-10-01T12:00:00Z", "200", 2).await;

    let [impact] = &impacts(&provider).await[..] else { panic!("one is listed") };
    assert_eq!(
        (&impact["number"], &impact["version"], &impact["service"]),
        (&json!(1), &json!(1), &json!("chat"))
    );
    assert_eq!(kinds(impact), ["grid_factor"]);
    let cause = &impact["causes"][0];
    assert_eq!(
        (&cause["name"], &cause["part"], &cause["revision"]),
        (&json!("grid-hourly"), &json!("DE"), &json!(2))
    );
    // 1.25 Wh · 334.1 and 200 g/kWh.
    assert_eq!(figure(impact, "carbon_location_total", "all"), Some(("0.417625000000", "0.250000000000")));
    assert_eq!(
        figure(impact, "carbon_location_per_task", "chat"),
        Some(("0.417625000000", "0.250000000000"))
    );
    assert_eq!(figure(impact, "energy_per_task_mean", "all"), None, "energy does not depend on it");
    assert_eq!(app.text("/disclosures/1/v1/disclosure.json").await, before);

    let other = app.provider("other").await;
    assert_eq!(impacts(&other).await, Vec::<Value>::new());
    // The next version says the new figure, and nothing was told since.
    provider.publish(&october()).await;
    let [impact] = &impacts(&provider).await[..] else {
        panic!("told by the clock of the test after it was built")
    };
    assert_eq!((&impact["version"], &impact["figures"]), (&json!(2), &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_pue_lists_energy_and_carbon() {
    let app = TestApp::start().await;
    let provider = published(&app).await;
    provider.declare("s-1", SiteFactorKind::Pue, "1.5", "2025-10-01", "2025-10-02").await;
    let [impact] = &impacts(&provider).await[..] else { panic!("one is listed") };
    assert!(kinds(impact).contains(&"site_factor"));
    assert_eq!(figure(impact, "energy_per_task_mean", "all"), Some(("1.250000000000", "1.500000000000")));
    assert_eq!(figure(impact, "carbon_location_total", "all"), Some(("0.417625000000", "0.501150000000")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_of_meters_that_is_declared_later_lists_the_interval_alone() {
    let app = TestApp::start().await;
    let provider = published(&app).await;
    let class = SiteValue::parse(SiteSeries::CounterClass, "2.5").unwrap();
    let days = Days::new("2025-10-01".parse().unwrap(), "2025-11-01".parse().unwrap()).unwrap();
    let site: i32 = sqlx::query_scalar("SELECT site_id FROM site WHERE site_key = 's-1'")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    let told = SiteDeclaration { value: class, valid: days };
    let later = now() + TimeDelta::days(1);
    declared::tell_site(&app.pool, SiteId::from_db(site), told, later).await.unwrap();
    let [impact] = &impacts(&provider).await[..] else { panic!("one is listed") };
    assert_eq!(kinds(impact), ["site_factor"]);
    assert!(
        impact["causes"][0]["what"].as_str().unwrap().starts_with("counter_class of site s-1, valid from")
    );
    // 1.25 Wh · 0.98 of the declared PUE · 0.9 and · 0.975.
    assert_eq!(figure(impact, "energy_per_task_low", "all"), Some(("1.102500000000", "1.194375000000")));
    assert_eq!(figure(impact, "energy_per_task_mean", "all"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_coefficient_lists_the_disclosure_though_no_figure_differs() {
    let app = TestApp::start().await;
    let provider = published(&app).await;
    let model = Name::parse("m-1").unwrap();
    let model: i32 = sqlx::query_scalar("SELECT model_id FROM model WHERE model_key = $1")
        .bind(model.as_str())
        .fetch_one(&app.pool)
        .await
        .unwrap();
    let told = Coefficient {
        valid: Days::new("2025-01-01".parse().unwrap(), "2026-01-01".parse().unwrap()).unwrap(),
        output_token: TokenEnergy::from_nanojoules(2_000_000_000),
        accelerator_power: None,
        input_token: None,
        boundary: Boundary::Server,
        hardware: "8 accelerators".to_owned(),
        batch_size: None,
        precision_bits: None,
        source: "A study".to_owned(),
        licence: "CC BY 4.0".to_owned(),
        published_on: None,
    };
    let later = now() + TimeDelta::days(1);
    let model = taskwatt::domain::ids::ModelId::from_db(model);
    declared::tell_coefficient(&app.pool, model, &told, later).await.unwrap();
    let [impact] = &impacts(&provider).await[..] else { panic!("one is listed") };
    assert_eq!((kinds(impact), &impact["figures"]), (vec!["coefficient"], &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn records_that_came_later_are_a_cause_of_their_own() {
    let app = TestApp::start().await;
    let provider = published(&app).await;
    send(&provider, "late", "server", 3).await;
    let [impact] = &impacts(&provider).await[..] else { panic!("one is listed") };
    assert_eq!(kinds(impact), ["records"]);
    assert_eq!(impact["causes"][0]["what"], "1 tasks more than published");
    assert_eq!(figure(impact, "tasks_completed", "all"), Some(("1", "2")));
    assert_eq!(figure(impact, "energy_per_task_mean", "all"), Some(("1.250000000000", "2.500000000000")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contract_that_is_told_later_changes_the_market_based_figure_alone() {
    let app = TestApp::start().await;
    let provider = published(&app).await;
    let volume = taskwatt::units::EnergyVolume::from_watt_hours(1_000).unwrap();
    let volume = taskwatt::domain::contract::ContractVolume::Annual(volume);
    let contract = crate::disclosures::market::contract("wind", volume, Some("0"));
    taskwatt::db::contract::tell(&app.pool, provider.id, &contract, now()).await.unwrap();
    let [impact] = &impacts(&provider).await[..] else { panic!("one is listed") };
    assert!(kinds(impact).contains(&"contract"));
    assert_eq!(figure(impact, "carbon_market_total", "all"), Some(("0.417625000000", "0.000000000000")));
    assert_eq!(figure(impact, "carbon_location_total", "all"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disclosure_that_cannot_be_built_any_more_says_why() {
    let app = TestApp::start().await;
    let provider = published(&app).await;
    // Another set takes the place of nothing; the records alone make the day one that the period cuts.
    sqlx::query("DELETE FROM total_hour").execute(&app.pool).await.unwrap();
    let [impact] = &impacts(&provider).await[..] else { panic!("one is listed") };
    assert_eq!(kinds(impact), ["records"]);
    assert_eq!(impact["cannot_be_built"], "no task of this service was completed in the period");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_comes_in_parts_and_a_wrong_cursor_is_refused() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    for day in 1..=21 {
        let fields = json!({"started_at": format!("2025-10-{day:02}T12:00:00Z")});
        provider.post_records(&json!([record_with_all(&format!("r{day}"), &fields)])).await;
        let request = json!({"service": "chat", "from": format!("2025-10-{day:02}"),
            "to": format!("2025-10-{:02}", day + 1)});
        provider.publish(&request).await;
    }
    provider.declare("s-1", SiteFactorKind::Pue, "1.5", "2025-10-01", "2025-11-01").await;
    let (status, first) = provider.get_json("/v1/impacts").await;
    assert_eq!((status, first["impacts"].as_array().unwrap().len()), (200, 20));
    let cursor = first["next_cursor"].as_str().unwrap();
    let (status, second) = provider.get_json(&format!("/v1/impacts?cursor={cursor}")).await;
    assert_eq!((status, second["impacts"].as_array().unwrap().len()), (200, 1));
    assert_eq!(second["impacts"][0]["number"], 21);
    let (status, problem) = provider.get_json("/v1/impacts?cursor=x").await;
    assert_eq!((status, &problem["errors"][0]["code"]), (422, &json!("invalid-cursor")), "{problem}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_that_is_preferred_later_is_taken_and_listed() {
    let app = TestApp::start().await;
    hour_of("first", &app, "DE", "2025-10-01T12:00:00Z", "400", 0).await;
    hour_of("second", &app, "DE", "2025-10-01T12:00:00Z", "200", 0).await;
    let provider = published(&app).await;
    assert_eq!(impacts(&provider).await, Vec::<Value>::new());
    let second = "second".parse().unwrap();
    let prefer = |rank, days| factor_list::prefer(&app.pool, &second, rank, now() + TimeDelta::days(days));
    assert_eq!(prefer(0, 1).await.unwrap(), Some(0));
    assert_eq!(impacts(&provider).await, Vec::<Value>::new(), "it is what it was");
    assert_eq!(prefer(1, 2).await.unwrap(), Some(0));
    let [impact] = &impacts(&provider).await[..] else { panic!("one is listed") };
    assert_eq!((kinds(impact), &impact["causes"][0]["name"]), (vec!["factor_preference"], &json!("second")));
    assert_eq!(figure(impact, "carbon_location_total", "all"), Some(("0.500000000000", "0.250000000000")));
    let unknown = "third".parse().unwrap();
    assert_eq!(factor_list::prefer(&app.pool, &unknown, 1, now()).await.unwrap(), None);
}
