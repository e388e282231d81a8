use super::*;

fn paths(feed: Feed, zone: &str, from: &str, to: &str) -> Vec<String> {
    let request = request(feed, zone, Some(Period::parse(from, to).unwrap())).unwrap();
    request.pages.into_iter().map(|page| page.path).collect()
}

fn request(feed: Feed, zone: &str, period: Option<Period>) -> Result<Request, RequestError> {
    let now = "2026-01-15T00:00:00Z".parse().unwrap();
    Request::new(&Zones::built_in(), feed, zone, Basis::Lifecycle, period, now)
}

fn problem(feed: Feed, zone: &str, period: Option<Period>) -> String {
    request(feed, zone, period).unwrap_err().to_string()
}

fn october() -> Option<Period> {
    Some(Period::parse("2025-10-01", "2025-11-01").unwrap())
}

#[test]
fn hours_of_electricity_maps_are_asked_for_in_pages_of_ten_days() {
    let pages = paths(Feed::ElectricityMaps, "DEU", "2025-10-01", "2025-10-22");
    assert_eq!(pages.len(), 3);
    assert_eq!(
        pages[2],
        "/carbon-intensity/past-range?zone=DE&start=2025-10-21T00%3A00Z&end=2025-10-22T00%3A00Z\
         &temporalGranularity=hourly&emissionFactorType=lifecycle"
    );
    let latest = request(Feed::ElectricityMapsLatest, "SE-SE3", None).unwrap();
    assert_eq!(latest.pages[0].path, "/carbon-intensity/latest?zone=SE-SE3&emissionFactorType=lifecycle");
}

#[test]
fn ember_is_asked_for_a_country_and_both_its_ends_are_inside() {
    assert_eq!(
        paths(Feed::EmberMonthly, "FR", "2025-01-01", "2025-10-01"),
        [
            "/carbon-intensity/monthly?entity_code=FRA&is_aggregate_entity=false&start_date=2025-01&end_date=2025-09"
        ]
    );
    assert_eq!(
        paths(Feed::EmberYearly, "XK", "2024-01-01", "2025-01-01"),
        ["/carbon-intensity/yearly?entity_code=XKX&is_aggregate_entity=false&start_date=2024&end_date=2024"]
    );
    assert_eq!(
        problem(Feed::EmberYearly, "SE-SE3", october()),
        "ember-yearly: 'SE-SE3' has no iso3 code at 2025-10-01T00:00Z"
    );
}

#[test]
fn entsoe_is_asked_for_the_area_that_the_zone_was_at_that_time() {
    let pages = paths(Feed::Entsoe, "DE", "2018-09-30", "2018-10-02");
    let asked = |eic: &str, from: &str, to: &str| {
        format!("?documentType=A75&processType=A16&in_Domain={eic}&periodStart={from}&periodEnd={to}")
    };
    assert_eq!(
        pages,
        [
            asked("10Y1001A1001A63L", "201809300000", "201809302200"),
            asked("10Y1001A1001A82H", "201809302200", "201810020000"),
        ]
    );
    assert_eq!(paths(Feed::Entsoe, "10YFR-RTE------C", "2025-01-01", "2026-01-01").len(), 4);
}

#[test]
fn great_britain_is_asked_for_itself_or_for_one_of_its_regions() {
    let pages = paths(Feed::Gb, "UK", "2025-10-01", "2025-10-16");
    assert_eq!(pages[1], "/intensity/2025-10-15T00:00Z/2025-10-16T00:00Z");
    assert_eq!(
        paths(Feed::Gb, "gb-region-11", "2025-10-01", "2025-10-02"),
        ["/regional/intensity/2025-10-01T00:00Z/2025-10-02T00:00Z/regionid/11"]
    );
    assert!(problem(Feed::Gb, "FR", october()).contains("neither Great Britain"));
}

#[test]
fn energy_charts_is_asked_for_countries() {
    assert_eq!(
        paths(Feed::EnergyCharts, "DE", "2025-10-01", "2025-10-02"),
        ["/co2eq?country=de&start=2025-10-01T00%3A00Z&end=2025-10-02T00%3A00Z"]
    );
    assert!(problem(Feed::EnergyCharts, "SE-SE3", october()).contains("'SE-SE3' is none"));
}

#[test]
fn a_period_is_asked_for_where_there_is_one() {
    assert!(problem(Feed::Gb, "GB", None).contains("say its beginning"));
    assert!(problem(Feed::ElectricityMapsHistory, "DE", october()).contains("cannot be asked for"));
    assert!(problem(Feed::Gb, "Atlantis", october()).contains("there is no zone 'Atlantis'"));
}

#[test]
fn an_interval_that_two_pages_hold_is_taken_once() {
    let request = request(
        Feed::EnergyCharts,
        "DE",
        Some(Period::parse("2025-10-01T01:00:00Z", "2025-10-01T02:00:00Z").unwrap()),
    )
    .unwrap();
    // From 00:00 to 03:00 by the hour; 1759276800 is the first of October.
    let body = br#"{"unix_seconds": [1759276800, 1759280400, 1759284000], "co2eq": [1, 2, 3]}"#;
    let readings = request.read(&request.pages[0], body).unwrap().unwrap();
    assert_eq!((readings.values.len(), readings.left_out), (1, 2));
    assert_eq!(readings.values[0].grams_per_kwh.to_string(), "2");
}

#[test]
fn an_answer_of_another_country_is_refused() {
    let request = request(Feed::EmberYearly, "FR", october()).unwrap();
    let body = br#"{"data": [{"entity": "Germany", "entity_code": "DEU", "is_aggregate_entity": false,
        "date": "2025", "emissions_intensity_gco2_per_kwh": 330}]}"#;
    let error = request.read(&request.pages[0], body).unwrap_err().to_string();
    assert_eq!(error, "data[0] is of 'DE', and 'FR' was asked for");
}
