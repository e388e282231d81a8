//! Grid factors: revisions beside each other, and the ladder from the hour down to the country.

use crate::support::{Provider, TestApp, now, record_with_all};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use taskwatt::db::factor::{self, Imported};
use taskwatt::db::{DbError, Pool};
use taskwatt::domain::factor::{FactorSet, FactorValue};
use taskwatt::domain::names::Slug;
use taskwatt::domain::terms::{Basis, FactorKind, Perimeter, Resolution, SiteFactorKind};
use taskwatt::units::Intensity;

fn hourly_set() -> FactorSet {
    FactorSet {
        key: Slug::parse("grid-hourly").unwrap(),
        source: "A source".to_owned(),
        licence: "CC BY 4.0".to_owned(),
        attribution: "Data by a source".to_owned(),
        release: "2026-01".to_owned(),
        kind: FactorKind::Average,
        basis: Basis::Lifecycle,
        perimeter: Perimeter::Production,
        resolution: Resolution::Hour,
    }
}

fn value(zone: &str, hour: &str, grams: &str, is_estimated: bool) -> FactorValue {
    let valid_from: DateTime<Utc> = hour.parse().unwrap();
    FactorValue {
        zone: zone.to_owned(),
        valid_from,
        valid_to: valid_from + TimeDelta::hours(1),
        intensity: Intensity::parse_grams_per_kwh(grams).unwrap(),
        is_estimated,
        estimation_method: String::new(),
    }
}

/// The 24 hours of 1 October 2025 in Germany: 100 g/kWh at midnight, 101 at one o'clock, …
fn day() -> Vec<FactorValue> {
    (0..24)
        .map(|hour| value("DE", &format!("2025-10-01T{hour:02}:00:00Z"), &(100 + hour).to_string(), false))
        .collect()
}

async fn import(pool: &Pool, set: &FactorSet, values: &[FactorValue]) -> Result<Imported, DbError> {
    factor::import(pool, set, values, &[], now(), &|_| ()).await
}

async fn import_well(app: &TestApp, values: &[FactorValue]) -> (u64, u64) {
    let imported = import(&app.pool, &hourly_set(), values).await.unwrap();
    (imported.written, imported.unchanged)
}

/// What the set holds for noon: revision and grams per kWh of each telling.
async fn noon(app: &TestApp) -> Vec<(i32, i64)> {
    sqlx::query_as(
        "SELECT revision, intensity_ug_per_kwh / 1000000 FROM grid_factor JOIN factor_set USING (factor_set_id)
         WHERE set_key = 'grid-hourly' AND zone_key = 'DE' AND valid_from = '2025-10-01T12:00:00Z'
         ORDER BY revision",
    )
    .fetch_all(&app.pool)
    .await
    .unwrap()
}

async fn send(provider: &Provider<'_>, site: &str, starts: &[&str]) {
    let record = |at: &&str| {
        record_with_all(
            &format!("{site} {at}"),
            &json!({"site": site, "started_at": at, "boundary": "facility"}),
        )
    };
    let records: Vec<Value> = starts.iter().map(record).collect();
    assert_eq!(provider.post_records(&json!(records)).await.0, 200);
}

fn first_of_october() -> Value {
    json!({"service": "chat", "from": "2025-10-01", "to": "2025-10-02"})
}

async fn publish(provider: &Provider<'_>, request: &Value) -> (String, Value) {
    let page = provider.publish(request).await;
    let text = provider.app.text(&format!("{page}/disclosure.json")).await;
    let document = serde_json::from_str(&text).unwrap();
    (text, document)
}

/// The shares of the rungs, as the document lists them.
fn rungs(document: &Value) -> Vec<String> {
    let facts = document["facts"].as_array().unwrap().iter();
    let shares = facts.filter(|fact| fact["concept"] == "factor_rung_share");
    shares.map(|fact| format!("{} {}", fact["member"]["name"], fact["value"]).replace('"', "")).collect()
}

fn carbon(document: &Value) -> &str {
    let facts = document["facts"].as_array().unwrap();
    let found =
        facts.iter().find(|fact| fact["concept"] == "carbon_location_total" && fact["task_type"] == "all");
    found.unwrap()["value"].as_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unchanged_import_makes_no_revision_and_a_changed_value_stands_beside_the_old() {
    let app = TestApp::start().await;
    let mut values = day();
    assert_eq!(import_well(&app, &values).await, (24, 0));
    assert_eq!(import_well(&app, &values).await, (0, 24));
    values[12] = value("DE", "2025-10-01T12:00:00Z", "250", false);
    assert_eq!(import_well(&app, &values).await, (1, 23));
    assert_eq!(noon(&app).await, [(1, 112), (2, 250)]);
    assert_eq!(import_well(&app, &values).await, (0, 24));
    // The old value told anew is a telling of its own; so is one that became an estimate.
    assert_eq!(import_well(&app, &day()).await, (1, 23));
    values[12] = value("DE", "2025-10-01T12:00:00Z", "112", true);
    assert_eq!(import_well(&app, &values).await, (1, 23));
    assert_eq!(noon(&app).await, [(1, 112), (2, 250), (3, 112), (4, 112)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_later_revision_leaves_what_is_published_and_counts_in_the_next_version() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    send(&provider, "s-1", &["2025-10-01T12:30:00Z"]).await;
    import_well(&app, &day()).await;
    let (first, document) = publish(&provider, &first_of_october()).await;
    // 0.25 Wh · 112 g/kWh.
    assert_eq!(carbon(&document), "0.028000000000");
    let used = &document["factors"][0];
    assert_eq!((&used["lowest_revision"], &used["highest_revision"]), (&json!(1), &json!(1)));
    assert_eq!((&used["set"], &used["rung"]), (&json!("grid-hourly"), &json!("hourly_measured")));

    import_well(&app, &[value("DE", "2025-10-01T12:00:00Z", "250", false)]).await;
    assert_eq!(app.text("/disclosures/1/v1/disclosure.json").await, first);
    let (_, document) = publish(&provider, &first_of_october()).await;
    assert_eq!(document["version"], 2);
    assert_eq!(carbon(&document), "0.062500000000");
    let used = &document["factors"][0];
    assert_eq!((&used["lowest_revision"], &used["highest_revision"]), (&json!(2), &json!(2)));
    assert_eq!(app.text("/disclosures/1/v1/disclosure.json").await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ladder_takes_the_hour_then_the_month_then_the_year_and_tells_the_shares() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    let hours =
        ["2025-09-30T23:00:00Z", "2025-10-01T12:00:00Z", "2025-10-01T13:00:00Z", "2025-10-01T14:00:00Z"];
    send(&provider, "s-1", &hours).await;
    // 12:00 measured, 13:00 estimated and zero, 14:00 only in October's mean, September only in the year's.
    let values =
        [value("DE", "2025-10-01T12:00:00Z", "100", false), value("DE", "2025-10-01T13:00:00Z", "0", true)];
    import_well(&app, &values).await;
    let monthly = FactorSet {
        key: Slug::parse("grid-monthly").unwrap(),
        resolution: Resolution::Month,
        ..hourly_set()
    };
    let october = FactorValue {
        valid_to: "2025-11-01T00:00:00Z".parse().unwrap(),
        ..value("DE", "2025-10-01T00:00:00Z", "200", false)
    };
    import(&app.pool, &monthly, &[october]).await.unwrap();
    let request = json!({"service": "chat", "from": "2025-09-30", "to": "2025-10-02"});
    let (_, document) = publish(&provider, &request).await;
    let expected =
        ["hourly_measured 0.250000", "hourly_estimated 0.250000", "monthly 0.250000", "annual 0.250000"];
    assert_eq!(rungs(&document), expected);
    // 0.25 Wh · (100 + 0 + 200 + 334.1) g/kWh.
    assert_eq!(carbon(&document), "0.158525000000");
    let credited: Vec<&str> = document["factors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|used| used["attribution"].as_str().unwrap())
        .collect();
    assert!(credited.contains(&"Data by a source") && credited.iter().any(|text| text.contains("Ember")));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_value_of_the_year_an_earlier_year_is_taken_and_named() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    send(&provider, "s-1", &["2026-01-10T12:00:00Z"]).await;
    let request = json!({"service": "chat", "from": "2026-01-10", "to": "2026-01-11"});
    let (_, document) = publish(&provider, &request).await;
    assert_eq!(rungs(&document), ["earlier_annual 1.000000"]);
    assert_eq!(carbon(&document), "0.083525000000");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bidding_zone_falls_back_to_its_country() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    provider.site("north", "SE-SE1").await;
    provider.site("south", "SE-SE4").await;
    send(&provider, "north", &["2025-10-01T12:00:00Z"]).await;
    send(&provider, "south", &["2025-10-01T12:00:00Z"]).await;
    import_well(&app, &[value("SE-SE4", "2025-10-01T12:00:00Z", "50", false)]).await;
    // Each rung is of one site, which is not told unless it is asked for.
    let mut request = first_of_october();
    request["small_cells"] = json!("shown");
    let (_, document) = publish(&provider, &request).await;
    assert_eq!(rungs(&document), ["hourly_measured 0.500000", "parent_zone 0.500000"]);
    // 0.25 Wh · (35.4 + 50) g/kWh.
    assert_eq!(carbon(&document), "0.021350000000");
    let fallback = document["factors"].as_array().unwrap().iter().find(|used| used["rung"] == "parent_zone");
    let fallback = fallback.unwrap();
    assert_eq!((&fallback["zone"], &fallback["value_zone"]), (&json!("SE-SE1"), &json!("SE")));
}

#[tokio::test(flavor = "multi_thread")]
async fn factors_of_another_basis_or_perimeter_are_not_taken_instead() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    send(&provider, "s-1", &["2025-10-01T12:00:00Z"]).await;
    import_well(&app, &day()).await;
    for perimeter in ["consumption", "production"] {
        let mut request = first_of_october();
        request["perimeter"] = json!(perimeter);
        request["basis"] = json!("direct");
        let (status, problem) = provider.build(&request).await;
        assert_eq!((status, &problem["code"]), (422, &json!("factors-missing")), "{problem}");
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("zone DE has no value for 1 hour(s)"), "{detail}");
        assert!(detail.contains("[2025-10-01T12:00:00Z, 2025-10-01T13:00:00Z)"), "{detail}");
    }
    // Of what is consumed there is the yearly value that is built in; the hours are of what is produced.
    let mut request = first_of_october();
    request["perimeter"] = json!("consumption");
    let (_, document) = publish(&provider, &request).await;
    assert_eq!(rungs(&document), ["annual 1.000000"]);
    let direct = FactorSet { key: Slug::parse("grid-direct").unwrap(), basis: Basis::Direct, ..hourly_set() };
    import(&app.pool, &direct, &[value("DE", "2025-10-01T12:00:00Z", "0", false)]).await.unwrap();
    let mut request = first_of_october();
    request["basis"] = json!("direct");
    let (_, document) = publish(&provider, &request).await;
    assert_eq!(carbon(&document), "0.000000000000", "a genuine zero of direct emissions is a value");
    assert_eq!(document["carbon_basis"], "direct");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_does_not_change_its_terms_in_silence() {
    let app = TestApp::start().await;
    import_well(&app, &day()).await;
    let rows = app.count("grid_factor").await;
    let other = || "another".to_owned();
    for set in [
        FactorSet { source: other(), ..hourly_set() },
        FactorSet { licence: other(), ..hourly_set() },
        FactorSet { attribution: other(), ..hourly_set() },
        FactorSet { release: other(), ..hourly_set() },
        FactorSet { basis: Basis::Direct, ..hourly_set() },
        FactorSet { perimeter: Perimeter::Consumption, ..hourly_set() },
        FactorSet { resolution: Resolution::Month, ..hourly_set() },
    ] {
        let values = [value("DE", "2025-10-01T12:00:00Z", "1", false)];
        let refused = import(&app.pool, &set, &values).await;
        assert!(matches!(refused, Err(DbError::Taken { .. })), "{set:?}: {refused:?}");
    }
    assert_eq!(app.count("grid_factor").await, rows);
    assert_eq!(noon(&app).await, [(1, 112)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_fails_leaves_nothing_behind() {
    let app = TestApp::start().await;
    let rows = app.count("grid_factor").await;
    let sets = app.count("factor_set").await;
    let mut values = day();
    values.push(value("ZZ-NOWHERE", "2025-10-01T12:00:00Z", "1", false));
    let refused = import(&app.pool, &hourly_set(), &values).await;
    assert!(matches!(refused, Err(DbError::Unreadable(_))), "{refused:?}");
    assert_eq!(app.count("grid_factor").await, rows);
    assert_eq!(app.count("factor_set").await, sets);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_factor_holds_for_whole_days_because_percentiles_do() {
    let app = TestApp::start().await;
    let provider = app.provider("acme").await;
    provider.declare("s-1", SiteFactorKind::Pue, "1.1", "2025-10-01", "2025-10-02").await;
    let within_a_day =
        "INSERT INTO site_factor SELECT site_id, factor_kind, valid_from + interval '12 hours',
        valid_to, revision + 1, value_ppm, recorded_at FROM site_factor";
    let refused = sqlx::query(within_a_day).execute(&app.pool).await.unwrap_err().to_string();
    assert!(refused.contains("check constraint"), "{refused}");
}
