//! Grid sources: from their files to stored factors, what is kept apart, and what is near an unknown zone.

use crate::support::{TestApp, fixture, now};
use chrono::{DateTime, Utc};
use flate2::read::GzDecoder;
use std::fs::File;
use std::io::Read;
use taskwatt::db::factor::Imported;
use taskwatt::db::quarantine::{self, Release};
use taskwatt::domain::factor::FactorSet;
use taskwatt::domain::period::Period;
use taskwatt::domain::terms::{Basis, FactorKind, Perimeter, QuarantineReason};
use taskwatt::intensity::import::{self, ImportError, resolution_of, terms_of};
use taskwatt::intensity::zones::Zones;
use taskwatt::intensity::{Ladder, builtin};

const LINES: &str = "Datetime (UTC),Country,Zone Name,Zone Id,Carbon Intensity gCO₂eq/kWh (direct),\
    Carbon Intensity gCO₂eq/kWh (LCA),Low Carbon Percentage,Renewable Percentage,Data Source,Data Estimated,\
    Data Estimation Method\n";

fn line(hour: u32, zone: &str, grams: &str) -> String {
    format!("2024-06-01 {hour:02}:00:00,X,X,{zone},0,{grams},,,x,true,TIME_SLICER_AVERAGE\n")
}

async fn import(app: &TestApp, bytes: &[u8], basis: Basis) -> Result<Imported, ImportError> {
    let (format, readings) = import::read(bytes, None, basis, &Zones::load(&app.pool).await.unwrap())?;
    let terms = terms_of(format).unwrap();
    let set = FactorSet {
        key: format!("grid-{}", basis.as_str()).parse().unwrap(),
        source: terms.source.to_owned(),
        licence: terms.licence.to_owned(),
        attribution: terms.attribution.to_owned(),
        release: "1".to_owned(),
        kind: FactorKind::Average,
        basis,
        perimeter: terms.perimeter,
        resolution: resolution_of(&readings.values)?,
    };
    import::store(&app.pool, &set, readings.values, now(), &|_| ()).await
}

fn counts(imported: Imported) -> (u64, u64, u64) {
    (imported.written, imported.unchanged, imported.quarantined)
}

async fn at(app: &TestApp, zone: &str, hour: &str) -> Option<i64> {
    let hour: DateTime<Utc> = hour.parse().unwrap();
    let period = Period::new(hour, hour + chrono::TimeDelta::hours(1)).unwrap();
    let zones = [zone.to_owned()];
    let ladder =
        Ladder::load(&app.pool, &zones, Basis::Lifecycle, Perimeter::Consumption, period).await.unwrap();
    ladder.at(zone, hour).map(|found| found.intensity.micrograms_per_kwh())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_true_waits_for_a_person_and_an_unchanged_import_changes_nothing() {
    let app = TestApp::start().await;
    let text = [
        LINES.to_owned(),
        line(0, "ES", "100"),
        line(1, "ES", "-1"),
        line(2, "ES", "2000.5"),
        line(3, "ES", "0"),
        line(4, "ES", ""),
    ]
    .concat();
    let first = import(&app, text.as_bytes(), Basis::Lifecycle).await.unwrap();
    assert_eq!(counts(first), (1, 0, 3));
    let again = import(&app, text.as_bytes(), Basis::Lifecycle).await.unwrap();
    assert_eq!(counts(again), (0, 4, 0));
    let items = quarantine::list(&app.pool, false).await.unwrap();
    let number = |reason| items.iter().find(|item| item.reason == reason).unwrap().number;
    assert_eq!(items.len(), 3);

    // The year of the zone stands in for the hour, until a person says that the value is true.
    let hour = "2024-06-01T02:00:00Z";
    let yearly = at(&app, "ES", hour).await.unwrap();
    assert_ne!(yearly, 2_000_500_000);
    let absurd = number(QuarantineReason::Absurd);
    let release = |number| quarantine::release(&app.pool, number, "Ada", "seen at the source", now());
    assert_eq!(release(absurd).await.unwrap(), Release::Released(1));
    assert_eq!(at(&app, "ES", hour).await, Some(2_000_500_000));
    assert_eq!(release(absurd).await.unwrap(), Release::AlreadyReleased);
    assert_eq!(release(number(QuarantineReason::Negative)).await.unwrap(), Release::Impossible);
    assert_eq!(release(9_999).await.unwrap(), Release::Unknown);
    let left: Vec<i32> =
        quarantine::list(&app.pool, false).await.unwrap().iter().map(|item| item.number).collect();
    assert!(!left.contains(&absurd) && left.len() == 2);
    // What a person released is not asked about again.
    let again = import(&app, text.as_bytes(), Basis::Lifecycle).await.unwrap();
    assert_eq!(counts(again), (0, 4, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_life_cycle_below_the_direct_emissions_of_its_source_is_kept_apart() {
    let app = TestApp::start().await;
    let text =
        [LINES.to_owned(), line(0, "ES", "100").replace("ES,0,", "ES,101,"), line(1, "ES", "100")].concat();
    assert_eq!(counts(import(&app, text.as_bytes(), Basis::Direct).await.unwrap()), (2, 0, 0));
    assert_eq!(counts(import(&app, text.as_bytes(), Basis::Lifecycle).await.unwrap()), (1, 0, 1));
    let items = quarantine::list(&app.pool, false).await.unwrap();
    assert_eq!(items[0].reason, QuarantineReason::BelowDirect);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_file_with_an_unknown_zone_is_imported() {
    let app = TestApp::start().await;
    let text =
        [LINES.to_owned(), line(0, "ES", "100"), line(1, "ES", "100"), line(0, "SE-SE7", "100")].concat();
    let error = import(&app, text.as_bytes(), Basis::Lifecycle).await.unwrap_err().to_string();
    assert!(error.contains("there is no zone 'SE-SE7'") && error.contains("SE-SE1"), "{error}");
    let sets: i64 = sqlx::query_scalar("SELECT count(*) FROM factor_set WHERE set_key LIKE 'grid-%'")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert_eq!(sets, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_year_of_the_portal_is_imported_whole() {
    let app = TestApp::start().await;
    let Some(path) = fixture("intensity/electricity_maps_portal_ES_2023_hourly.csv.gz") else { return };
    let mut bytes = Vec::new();
    GzDecoder::new(File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    let rows = bytes.iter().filter(|byte| **byte == b'\n').count() as u64 - 1;
    let imported = import(&app, &bytes, Basis::Lifecycle).await.unwrap();
    assert_eq!(imported.written + imported.unchanged + imported.quarantined, rows);
    assert_eq!(at(&app, "ES", "2023-01-01T00:00:00Z").await, Some(114_420_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn zones_that_a_later_version_has_reach_a_database_that_is_filled() {
    let app = TestApp::start().await;
    let zones = app.count("zone").await;
    for statement in [
        "DELETE FROM zone_parent WHERE zone_key LIKE 'GB-REGION-%'",
        "DELETE FROM zone WHERE zone_key LIKE 'GB-REGION-%'",
    ] {
        sqlx::query(statement).execute(&app.pool).await.unwrap();
    }
    assert_eq!(app.count("zone").await, zones - 17);
    builtin::load(&app.pool, now()).await.unwrap();
    assert_eq!(app.count("zone").await, zones);
}
