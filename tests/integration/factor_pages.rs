//! What there is of grid factors, as the API and the pages tell it.

use crate::support::{TestApp, make_schema, now, open_schema};
use chrono::{DateTime, Months, TimeDelta, Utc};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use taskwatt::db::factor;
use taskwatt::db::quarantine;
use taskwatt::domain::factor::{FactorSet, FactorValue, Quarantine, QuarantinedValue};
use taskwatt::domain::terms::{Basis, FactorKind, Perimeter, QuarantineReason, Resolution};
use taskwatt::units::Intensity;

fn set(key: &str, resolution: Resolution) -> FactorSet {
    FactorSet {
        key: key.parse().unwrap(),
        source: "A source".to_owned(),
        licence: "CC BY 4.0".to_owned(),
        attribution: "Data by <a source>".to_owned(),
        release: "2026-01".to_owned(),
        kind: FactorKind::Average,
        basis: Basis::Direct,
        perimeter: Perimeter::Production,
        resolution,
    }
}

/// So many values of a length in minutes from an instant on.
fn values(zone: &str, from: &str, minutes: i64, count: i64, grams: &str) -> Vec<FactorValue> {
    let from: DateTime<Utc> = from.parse().unwrap();
    (0..count)
        .map(|index| FactorValue {
            zone: zone.to_owned(),
            valid_from: from + TimeDelta::minutes(minutes * index),
            valid_to: from + TimeDelta::minutes(minutes * (index + 1)),
            intensity: Intensity::parse_grams_per_kwh(grams).unwrap(),
            is_estimated: index % 2 == 1,
            estimation_method: String::new(),
        })
        .collect()
}

async fn import(app: &TestApp, set: &FactorSet, values: &[FactorValue]) {
    factor::import(&app.pool, set, values, &[], now(), &|_| ()).await.unwrap();
}

async fn read(app: &TestApp, path: &str) -> Value {
    let response = app.get(path).await;
    let status = response.status();
    let text = response.text().await.unwrap();
    assert_eq!(status, 200, "{path}: {text}");
    serde_json::from_str(&text).unwrap()
}

async fn refused(app: &TestApp, path: &str) -> (String, String) {
    let response = app.get(path).await;
    assert_eq!(response.status(), 422, "{path}");
    let problem: Value = response.json().await.unwrap();
    let fault = &problem["errors"][0];
    (format!("{} {}", fault["pointer"], fault["code"]).replace('"', ""), fault["detail"].to_string())
}

/// Rows of the coverage of a zone in a set: year, covered hours, values, estimated ones, highest revision.
async fn covered(app: &TestApp, zone: &str, set: &str) -> Vec<[i64; 5]> {
    let answer = read(app, &format!("/v1/factors/coverage?zone={zone}")).await;
    let rows = answer["coverage"].as_array().unwrap().iter().filter(|row| row["set"] == set);
    let number = |row: &Value, name: &str| row[name].as_i64().unwrap();
    let of = |row: &Value| {
        ["year", "covered_hours", "values", "values_estimated", "highest_revision"]
            .map(|name| number(row, name))
    };
    rows.map(of).collect()
}

/// What the summary says, and what the values themselves say, counted in another way: by hours.
async fn assert_summary_is_that_of_the_values(app: &TestApp) {
    let summary: Vec<(i32, String, i32, i32, i32, i32)> = sqlx::query_as(
        "SELECT factor_set_id, zone_key, year, covered_hours, values_total, highest_revision FROM factor_coverage
         ORDER BY factor_set_id, zone_key, year",
    )
    .fetch_all(&app.pool)
    .await
    .unwrap();
    let counted: Vec<(i32, String, i32, i32, i32, i32)> = sqlx::query_as(
        "WITH latest AS (
            SELECT DISTINCT ON (factor_set_id, zone_key, valid_from) * FROM grid_factor
            ORDER BY factor_set_id, zone_key, valid_from, revision DESC
        ), part AS (
            SELECT factor_set_id, zone_key, valid_from, minute FROM latest,
                generate_series(valid_from, valid_to - interval '15 minutes', interval '15 minutes') AS minute
        ), whole AS (
            SELECT factor_set_id, zone_key, date_trunc('hour', minute, 'UTC') AS hour FROM part
            GROUP BY 1, 2, 3 HAVING count(DISTINCT minute) = 4
        )
        SELECT factor_set_id, zone_key, year::integer,
            (SELECT count(*) FROM whole WHERE (whole.factor_set_id, whole.zone_key) = (one.factor_set_id, one.zone_key)
                AND extract(year FROM hour AT TIME ZONE 'UTC') = one.year)::integer,
            count(*)::integer, max(revision)
        FROM (SELECT *, extract(year FROM valid_from AT TIME ZONE 'UTC') AS year FROM latest) AS one
        WHERE factor_set_id > 2
        GROUP BY factor_set_id, zone_key, year ORDER BY factor_set_id, zone_key, year",
    )
    .fetch_all(&app.pool)
    .await
    .unwrap();
    let summary: Vec<_> = summary.into_iter().filter(|row| row.0 > 2).collect();
    assert!(!summary.is_empty());
    assert_eq!(summary, counted);
}

#[tokio::test(flavor = "multi_thread")]
async fn hours_count_as_covered_where_there_is_a_value_for_all_of_them() {
    let app = TestApp::start().await;
    let quarters = set("quarters", Resolution::QuarterHour);
    // Ten whole hours over the end of a year, then an hour that lacks its last quarter, after a gap.
    let mut all = values("DE", "2024-12-31T20:00:00Z", 15, 40, "100");
    all.extend(values("DE", "2025-01-01T07:00:00Z", 15, 3, "100"));
    all.extend(values("FR", "2025-01-01T00:30:00Z", 15, 8, "100"));
    import(&app, &quarters, &all).await;
    assert_eq!(covered(&app, "DE", "quarters").await, [[2024, 4, 16, 8, 1], [2025, 6, 27, 13, 1]]);
    // Two hours that begin half past hold one whole hour.
    assert_eq!(covered(&app, "FR", "quarters").await, [[2025, 1, 8, 4, 1]]);
    // The missing quarter comes, and one value is corrected.
    let mut later = values("DE", "2025-01-01T07:45:00Z", 15, 1, "100");
    later.extend(values("DE", "2025-01-01T00:00:00Z", 15, 1, "101"));
    import(&app, &quarters, &later).await;
    assert_eq!(covered(&app, "DE", "quarters").await, [[2024, 4, 16, 8, 1], [2025, 7, 28, 13, 2]]);
    import(&app, &quarters, &later).await;
    assert_eq!(covered(&app, "DE", "quarters").await[1], [2025, 7, 28, 13, 2]);

    let months = set("months", Resolution::Month);
    let february: DateTime<Utc> = "2024-02-01T00:00:00Z".parse().unwrap();
    let days = (february + Months::new(1) - february).num_days();
    import(&app, &months, &values("DE", "2024-02-01T00:00:00Z", days * 1_440, 1, "100")).await;
    assert_eq!(covered(&app, "DE", "months").await, [[2024, 29 * 24, 1, 0, 1]]);
    assert_summary_is_that_of_the_values(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_apart_is_counted_apart_until_it_is_released() {
    let app = TestApp::start().await;
    let hours = set("hours", Resolution::Hour);
    let from: DateTime<Utc> = "2025-06-01T02:00:00Z".parse().unwrap();
    let apart = Quarantine {
        zone: "DE".to_owned(),
        reason: QuarantineReason::Absurd,
        detail: "3,000 g/kWh".to_owned(),
        values: vec![QuarantinedValue {
            valid_from: from,
            valid_to: from + TimeDelta::hours(1),
            micrograms_per_kwh: 3_000_000_000,
            is_estimated: false,
            estimation_method: String::new(),
        }],
    };
    let good = values("DE", "2025-06-01T00:00:00Z", 60, 2, "100");
    factor::import(&app.pool, &hours, &good, &[apart], now(), &|_| ()).await.unwrap();
    let told = async || {
        let answer = read(&app, "/v1/factors").await;
        let set =
            answer["sets"].as_array().unwrap().iter().find(|set| set["set"] == "hours").unwrap().clone();
        json!([set["values"], set["values_quarantined"], set["share_estimated"], set["to"], set["zones"]])
    };
    assert_eq!(told().await, json!([2, 1, "0.5", "2025-06-01T02:00:00Z", 1]));
    let number = quarantine::list(&app.pool, false).await.unwrap()[0].number;
    quarantine::release(&app.pool, number, "Ada", "seen at the source", now()).await.unwrap();
    assert_eq!(told().await, json!([3, 0, "0.333333", "2025-06-01T03:00:00Z", 1]));
    assert_eq!(covered(&app, "DE", "hours").await, [[2025, 3, 3, 1, 1]]);
    assert_summary_is_that_of_the_values(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn imports_into_one_set_at_the_same_time_are_counted_together() {
    let app = TestApp::start().await;
    let hours = set("hours", Resolution::Hour);
    import(&app, &hours, &values("DE", "2025-01-01T00:00:00Z", 60, 1, "100")).await;
    let tasks: Vec<_> = (1..=8)
        .map(|day| {
            let (pool, hours) = (app.pool.clone(), hours.clone());
            tokio::spawn(async move {
                let values = values("DE", &format!("2025-02-0{day}T00:00:00Z"), 60, 24, "100");
                factor::import(&pool, &hours, &values, &[], now(), &|_| ()).await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(covered(&app, "DE", "hours").await, [[2025, 1 + 8 * 24, 1 + 8 * 24, 8 * 12, 1]]);
    assert_summary_is_that_of_the_values(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_migration_counts_what_is_there_already() {
    let app = TestApp::serve(open_schema(&make_schema().await).await).await;
    let before: Vec<Value> = all_rows(&app).await;
    assert!(before.len() > 1_000);
    sqlx::raw_sql("DROP TABLE factor_coverage; DROP FUNCTION renew_factor_coverage")
        .execute(&app.pool)
        .await
        .unwrap();
    let migration = include_str!("../../migrations/0011_factor_coverage.sql");
    sqlx::raw_sql(migration).execute(&app.pool).await.unwrap();
    assert_eq!(all_rows(&app).await, before);
}

async fn all_rows(app: &TestApp) -> Vec<Value> {
    sqlx::query_scalar(
        "SELECT to_jsonb(one) FROM factor_coverage AS one ORDER BY factor_set_id, zone_key, year",
    )
    .fetch_all(&app.pool)
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_day_has_the_hours_of_its_clocks_with_what_the_ladder_has_for_each() {
    let app = TestApp::start().await;
    let hours = set("hours", Resolution::Hour);
    let mut day = values("DE", "2025-10-25T22:00:00Z", 60, 25, "100.5");
    day.remove(5);
    import(&app, &hours, &day).await;
    let answer = read(&app, "/v1/factors/hours?zone=DE_LU&date=2025-10-26&basis=direct").await;
    assert_eq!(answer["zone"], "DE");
    assert_eq!(answer["time_zone"], "Europe/Berlin");
    assert_eq!(
        (&answer["from"], &answer["to"]),
        (&json!("2025-10-25T22:00:00Z"), &json!("2025-10-26T23:00:00Z"))
    );
    let rows = answer["hours"].as_array().unwrap();
    assert_eq!((rows.len(), &answer["hours_without_value"]), (25, &json!(1)));
    let local: Vec<&str> = rows.iter().map(|row| row["local_from"].as_str().unwrap()).collect();
    assert_eq!(local[2..4], ["2025-10-26T02:00:00+02:00", "2025-10-26T02:00:00+01:00"]);
    assert_eq!((local[0], local[24]), ("2025-10-26T00:00:00+02:00", "2025-10-26T23:00:00+01:00"));
    assert_eq!(
        rows[3],
        json!({
            "from": "2025-10-26T01:00:00Z", "local_from": "2025-10-26T02:00:00+01:00",
            "intensity_g_per_kwh": "100.5", "rung": "hourly_estimated", "set": "hours", "value_zone": "DE",
            "value_from": "2025-10-26T01:00:00Z", "value_to": "2025-10-26T02:00:00Z", "revision": 1,
            "is_estimated": true,
        })
    );
    // Missing is named and is not zero.
    assert_eq!(rows[5]["intensity_g_per_kwh"], Value::Null);
    assert_eq!(rows[5]["rung"], Value::Null);
    assert_eq!(answer["sets"][0]["attribution"], "Data by <a source>");
    let csv = app.text("/v1/factors/hours?zone=DE&date=2025-10-26&basis=direct&format=csv").await;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 26);
    assert_eq!(lines[6], "2025-10-26T03:00:00Z,2025-10-26T04:00:00+01:00,,,,,,,,");
    let spring = read(&app, "/v1/factors/hours?zone=DE&date=2025-03-30").await;
    assert_eq!(spring["hours"].as_array().unwrap().len(), 23);
}

#[tokio::test(flavor = "multi_thread")]
async fn hours_of_a_zone_without_a_value_are_those_of_the_zone_around_and_say_so() {
    let app = TestApp::start().await;
    let answer = read(&app, "/v1/factors/hours?zone=SE-SE3&from=2025-01-01&to=2025-01-02").await;
    let row = &answer["hours"][0];
    assert_eq!((&row["rung"], &row["value_zone"]), (&json!("parent_zone"), &json!("SE")));
    assert_eq!(row["local_from"], "2025-01-01T01:00:00+01:00");
    let answer =
        read(&app, "/v1/factors/hours?zone=US-TEX-ERCO&from=2025-01-01&to=2025-02-01&perimeter=consumption")
            .await;
    assert_eq!(answer["hours"].as_array().unwrap().len(), 31 * 24);
    assert_eq!((&answer["time_zone"], &answer["hours"][0]["local_from"]), (&Value::Null, &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_cannot_be_answered_is_refused_with_a_way_on() {
    let app = TestApp::start().await;
    for (query, at, says) in [
        ("hours?zone=DE", "/date missing-field", "'from' and 'to'"),
        ("hours?zone=DE&from=2025-01-01", "/to missing-field", "required"),
        ("hours?zone=DE&from=2025-01-01&to=2025-02-02", "/to period-invalid", "31 days"),
        ("hours?zone=DE&date=2025-02-30", "/date date-invalid", "such as 2025-10-26"),
        ("hours?zone=DE&date=1999-12-31", "/date date-invalid", "2000 to 2099"),
        ("hours?zone=DE&date=2025-01-01&from=2025-01-01", "/from unknown-field", "not both"),
        ("hours?zone=WS&date=2011-12-30", "/date date-invalid", "there was no 2011-12-30 in Pacific/Apia"),
        ("hours?zone=US-TEX-ERCO&date=2025-01-01", "/date time-zone-unknown", "ask for hours in UTC"),
        ("hours?date=2025-01-01", "/zone missing-field", "required"),
        ("hours?zone=SE-SE7&date=2025-01-01", "/zone unknown-zone", "SE-SE1"),
        ("hours?zone=%00&date=2025-01-01", "/zone invalid-text", "1 to 64 characters"),
        ("hours?zone=DE&date=2025-01-01&basis=marginal", "/basis unknown-word", "lifecycle, direct"),
        ("hours?zone=DE&date=2025-01-01&hour=1", "/hour unknown-field", "is not a parameter"),
        ("coverage", "/zone missing-field", "required"),
        ("coverage?zone=Germny", "/zone unknown-zone", "DE (Germany)"),
    ] {
        let (found, detail) = refused(&app, &format!("/v1/factors/{query}")).await;
        assert_eq!(found, at, "{query}");
        assert!(detail.contains(says), "{query}: {detail}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_public_may_be_kept_and_is_not_sent_again() {
    let app = TestApp::start().await;
    for path in ["/v1/factors", "/v1/factors/coverage?zone=FR", "/v1/factors/hours?zone=FR&date=2025-01-01"] {
        let mut tags = BTreeSet::new();
        for accept in ["application/json", "text/csv"] {
            let get = || app.http.get(format!("{}{path}", app.url)).header("accept", accept);
            let response = get().send().await.unwrap();
            assert_eq!(response.headers()["cache-control"], "public, max-age=300");
            assert_eq!(response.headers()["vary"], "Accept");
            let tag = response.headers()["etag"].to_str().unwrap().to_owned();
            let again = get().header("if-none-match", &tag).send().await.unwrap();
            assert_eq!(again.status(), 304, "{path}");
            assert_eq!(again.text().await.unwrap(), "");
            assert!(tags.insert(tag), "{path}: two forms have one tag");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_show_every_set_and_zone_and_escape_what_sources_wrote() {
    let app = TestApp::start().await;
    import(&app, &set("hours", Resolution::Hour), &values("SE-SE3", "2025-01-01T00:00:00Z", 60, 876, "10"))
        .await;
    let page = app.text("/factors?basis=direct").await;
    assert!(page.contains("Data by &#60;a source&#62;") && !page.contains("<a source>"));
    assert!(page.contains("hourly 10\u{a0}%"), "the cell of SE-SE3");
    assert!(page.len() < 400_000, "{}", page.len());
    let zones: i64 = sqlx::query_scalar("SELECT count(*) FROM zone").fetch_one(&app.pool).await.unwrap();
    assert_eq!(page.matches("href=\"/factors/").count() as i64, zones);
    let search = app.text("/factors?search=%3Cb%3E").await;
    assert!(search.contains("No zone is called") && !search.contains("<b>"));
    let zone = app.text("/factors/SE-SE3?basis=direct").await;
    for text in ["Europe/Stockholm", "SE_3", "10Y1001A1001A46L", "azure:swedencentral", "876 of 8,760 hours"]
    {
        assert!(zone.contains(text), "{text}");
    }
    // The last whole day that the hours cover.
    assert!(zone.contains("5 February 2025: 24 hours"), "the day that is shown unasked");
    let direct = app.get("/factors/US?date=2025-01-01").await;
    let policy = direct.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("form-action 'self'") && policy.contains("default-src 'none'"), "{policy}");
    assert!(direct.text().await.unwrap().contains("several, or none known for certain"));
    let unknown = app.get("/factors/Germny").await;
    assert_eq!(unknown.status(), 404);
    assert!(unknown.text().await.unwrap().contains("DE (Germany)"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_matrix_and_the_ladder_agree_on_how_old_a_year_may_be() {
    let app = TestApp::start().await;
    let years = set("years", Resolution::Year);
    import(&app, &years, &values("DE", "2021-01-01T00:00:00Z", 365 * 1_440, 1, "100")).await;
    let page = app.text("/factors?basis=direct&search=DE").await;
    let row = page.split("href=\"/factors/DE\"").nth(1).unwrap().split("</tr>").next().unwrap();
    let cells: Vec<&str> =
        row.split("<td class=\"").skip(1).map(|cell| cell.split(['>', '<']).nth(1).unwrap()).collect();
    assert_eq!(cells, ["year", "year 2021", "year 2021", "year 2021", "none", "none"]);
    for (year, cell) in (2021..=2026).zip(cells) {
        let answer = read(&app, &format!("/v1/factors/hours?zone=DE&date={year}-06-01&basis=direct")).await;
        assert_eq!(answer["hours_without_value"] == 0, cell != "none", "{year}");
    }
}
