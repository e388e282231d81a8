//! The readers of sources of grid intensity: real files of the shared fixtures, and what goes wrong.

use crate::support::fixture;
use flate2::read::GzDecoder;
use std::fs;
use std::io::Read;
use taskwatt::domain::period::Period;
use taskwatt::domain::terms::Basis::{Direct, Lifecycle};
use taskwatt::intensity::detect::{DetectError, Format, detect};
use taskwatt::intensity::gb::{self, Area};
use taskwatt::intensity::read_error::ReadError;
use taskwatt::intensity::source::{Reading, Readings, Wanted};
use taskwatt::intensity::step::Step;
use taskwatt::intensity::{electricity_maps, ember, energy_charts, watttime};

/// A fixture, decompressed where it must be; `None` (and a line that says so) where it is not there.
fn bytes(name: &str) -> Option<Vec<u8>> {
    let raw = fs::read(fixture(name)?).unwrap();
    if !name.ends_with(".gz") {
        return Some(raw);
    }
    let mut text = Vec::new();
    GzDecoder::new(raw.as_slice()).read_to_end(&mut text).unwrap();
    Some(text)
}

/// A value in one line.
fn line(reading: &Reading) -> String {
    let Reading { zone, valid_from, valid_to, grams_per_kwh, is_estimated, estimation_method } = reading;
    let minutes = (*valid_to - *valid_from).num_minutes();
    let how = if *is_estimated { estimation_method.as_deref().unwrap_or("estimated") } else { "measured" };
    format!("{zone} {} {minutes} {grams_per_kwh} {how}", valid_from.format("%Y-%m-%dT%H:%M"))
}

fn lines(readings: &Readings) -> Vec<String> {
    readings.values.iter().map(line).collect()
}

fn wanted(zone: &str, from: &str, to: &str) -> Wanted {
    Wanted { zone: zone.to_owned(), period: Period::parse(from, to).unwrap() }
}

fn problem(result: Result<Readings, ReadError>) -> String {
    result.unwrap_err().to_string()
}

const PORTAL: &str = "Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),\
                      Carbon intensity gCO₂eq/kWh (Life cycle),Data estimated,Data estimation method\n";

fn portal(rows: &str) -> Vec<u8> {
    format!("{PORTAL}{rows}").into_bytes()
}

#[test]
fn a_year_of_the_portal_is_read_whole_and_each_basis_from_its_column() {
    let Some(file) = bytes("intensity/electricity_maps_portal_ES_2023_hourly.csv.gz") else { return };
    assert_eq!(detect(&file), Ok(Format::ElectricityMapsPortal));
    let readings = electricity_maps::read_csv(&file, Some("ES"), Lifecycle, None).unwrap();
    assert_eq!(readings.values.len() + readings.without_value, 8_760);
    assert_eq!(line(&readings.values[0]), "ES 2023-01-01T00:00 60 114.42 measured");
    let direct = electricity_maps::read_csv(&file, None, Direct, None).unwrap();
    assert_eq!(line(&direct.values[1]), "ES 2023-01-01T01:00 60 85.96 measured");
    let other = problem(electricity_maps::read_csv(&file, Some("FR"), Direct, None));
    assert_eq!(other, "line 2 is of 'ES', and 'FR' was asked for");
}

#[test]
fn every_value_of_the_yearly_file_is_read() {
    let name = "../reference/intensity/electricity_maps_annual_2021-2025.csv";
    let Some(file) = bytes(name) else { return };
    assert_eq!(detect(&file), Ok(Format::ElectricityMapsAnnual));
    let readings = electricity_maps::read_annual(&file, Lifecycle).unwrap();
    let rows = file.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count() - 1;
    assert_eq!(readings.values.len() + readings.without_value + readings.repeated, rows);
    assert_eq!(line(&readings.values[0]), "AE 2021-01-01T00:00 525600 447 measured");
    let leap = readings.values.iter().find(|value| line(value).starts_with("ZA 2024")).unwrap();
    assert_eq!((leap.valid_to - leap.valid_from).num_days(), 366);
    assert!(problem(electricity_maps::read_annual(&file, Direct)).contains("direct was asked for"));
}

#[test]
fn the_rows_of_the_portal_tell_how_long_a_value_holds() {
    let read = |rows: &str, step| {
        electricity_maps::read_csv(&portal(rows), None, Lifecycle, step).map(|readings| lines(&readings))
    };
    // Not sorted, with a gap, and two zones that have the same times.
    let days = "2024-01-05,S,S,SE,1,12,false,\n2024-01-02,S,S,SE,1,10.50,true,METHOD\n\
                2024-01-02,N,N,NO,1,9,,\n2024-01-03,S,S,SE,1,-3,false,\n";
    let expected = [
        "SE 2024-01-05T00:00 1440 12 measured",
        "SE 2024-01-02T00:00 1440 10.5 METHOD",
        "NO 2024-01-02T00:00 1440 9 measured",
        "SE 2024-01-03T00:00 1440 -3 measured",
    ];
    assert_eq!(read(days, None).unwrap(), expected);
    let months = "2024-01-01 00:00:00,S,S,SE,1,1,false,\n2024-02-01 00:00:00,S,S,SE,1,2,false,\n";
    assert_eq!(read(months, None).unwrap()[1], "SE 2024-02-01T00:00 41760 2 measured");
    let years = "2023-01-01 00:00:00,S,S,SE,1,1,false,\n2024-01-01 00:00:00,S,S,SE,1,2,false,\n";
    assert_eq!(read(years, None).unwrap()[1], "SE 2024-01-01T00:00 527040 2 measured");
    let one = "2024-01-01 00:00:00,S,S,SE,1,1,false,\n";
    assert!(read(one, None).unwrap_err().to_string().contains("say the resolution"));
    assert_eq!(read(one, Some(Step::Year)).unwrap(), ["SE 2024-01-01T00:00 527040 1 measured"]);
    let odd = "2024-01-01 00:00:00,S,S,SE,1,1,false,\n2024-01-01 00:07:00,S,S,SE,1,2,false,\n";
    assert!(read(odd, None).unwrap_err().to_string().contains("7 minutes"));
    assert_eq!(
        read(odd, Some(Step::HOUR)).unwrap_err().to_string(),
        "line 3: 2024-01-01 00:07:00 UTC does not begin an hour"
    );
}

#[test]
fn a_fault_of_a_portal_file_names_its_line() {
    let read = |file: &[u8]| problem(electricity_maps::read_csv(file, None, Lifecycle, Some(Step::HOUR)));
    for (rows, expected) in [
        ("2024-01-01 00:00:00,S,S,SE,1,\"142,01\",false,\n", "line 2: '142,01' has a decimal comma"),
        ("2024-01-01 00:00:00,S,S,SE,1,142,01,false,\n", "line 2 has 9 columns where the header has 8"),
        ("2024-01-01 00:00:00,S,S,SE,1,n/a,false,\n", "line 2: the value n/a is not a decimal number"),
        ("01/02/2024 00:00,S,S,SE,1,1,false,\n", "line 2: '01/02/2024 00:00' is not a time"),
        ("2024-01-01 00:00:00,S,S,SE,1,1,maybe,\n", "'Data estimated' is 'maybe'"),
        ("2024-01-01 00:00:00,S,S,,1,1,false,\n", "line 2: the zone is missing"),
        ("", "the file holds no value"),
        (
            "2024-01-01 00:00:00,S,S,SE,1,1,false,\n2024-01-01 00:00:00,S,S,SE,1,2,false,\n",
            "line 3: the value of SE from 2024-01-01 00:00:00 UTC is 2 g/kWh, and 1 g/kWh in line 2",
        ),
        (
            "2024-01-01 00:00:00,S,S,SE,1,1,false,\n2024-01-01 00:00:00,S,S,SE,1,1,true,\n",
            "is 1 g/kWh (estimated), and 1 g/kWh in line 2",
        ),
    ] {
        let said = read(&portal(rows));
        assert!(said.contains(expected), "{said}");
        let with_crlf = read(&portal(rows).split(|b| *b == b'\n').collect::<Vec<_>>().join(&b"\r\n"[..]));
        assert_eq!(said, with_crlf);
    }
    let semicolons = PORTAL.replace(',', ";");
    assert_eq!(read(semicolons.as_bytes()), "line 1: the columns are separated by ';', and must be by ','");
    assert_eq!(detect(semicolons.as_bytes()), Ok(Format::ElectricityMapsPortal));
    assert!(read(b"a,b\n1,2\n").contains("no column 'datetime (utc)'; its columns are a, b"));
    assert!(read(b"<html><body>x</body></html>").contains("web page"));
    let kilograms = portal("").as_slice().to_vec();
    let kilograms = String::from_utf8(kilograms).unwrap().replace("gCO₂eq/kWh", "kgCO₂eq/kWh");
    let kilograms = format!("{kilograms}2024-01-01 00:00:00,S,S,SE,1,1,false,\n");
    assert!(read(kilograms.as_bytes()).contains("no column"), "another unit is another column");

    let twice =
        portal(&"2024-01-01 00:00:00,S,S,SE,1,1.0,false,\n2024-01-01T00:00:00Z,S,S,SE,1,,,\n".repeat(2));
    let readings = electricity_maps::read_csv(&twice, None, Lifecycle, Some(Step::HOUR)).unwrap();
    assert_eq!((readings.values.len(), readings.repeated, readings.without_value), (1, 1, 2));
}

#[test]
fn answers_of_electricity_maps_are_read_and_must_be_what_was_asked_for() {
    let Some(history) = bytes("intensity/carbon_intensity_history.json") else { return };
    assert_eq!(detect(&history), Ok(Format::ElectricityMapsApi));
    let readings = electricity_maps::read_json(&history, Some("DE"), Lifecycle).unwrap();
    assert_eq!(readings.values.len(), 24);
    assert_eq!(line(&readings.values[0]), "DE 2024-03-05T20:00 60 599 measured");
    assert_eq!(line(&readings.values[23]), "DE 2024-03-06T19:00 60 689 TIME_SLICER_AVERAGE");
    let other = problem(electricity_maps::read_json(&history, Some("DE-LU"), Lifecycle));
    assert_eq!(other, "the answer is of 'DE', and 'DE-LU' was asked for");
    let basis = problem(electricity_maps::read_json(&history, Some("DE"), Direct));
    assert_eq!(basis, "history[0]: the values count lifecycle emissions, and direct was asked for");

    let latest = bytes("intensity/latest_carbon_intensity.json").unwrap();
    assert_eq!(detect(&latest), Ok(Format::ElectricityMapsApi));
    let readings = electricity_maps::read_json(&latest, Some("US-CAR-DUK"), Lifecycle).unwrap();
    assert_eq!(lines(&readings), ["US-CAR-DUK 2024-03-06T19:00 60 216 TIME_SLICER_AVERAGE"]);
    let none = bytes("intensity/no-data-response.json").unwrap();
    assert_eq!(detect(&none), Ok(Format::ElectricityMapsApi));
    let none = electricity_maps::read_json(&none, Some("DE"), Lifecycle).unwrap_err();
    assert!(matches!(none, ReadError::NoData { zone } if zone == "DE"));
}

/// An answer for past times with one value, which `change` writes into.
fn past_range(granularity: &str, item: &str) -> String {
    let common = r#""zone":"DE","emissionFactorType":"lifecycle","isEstimated":false"#;
    format!(r#"{{"zone":"DE","temporalGranularity":"{granularity}","data":[{{{common},{item}}}]}}"#)
}

#[test]
fn numbers_of_an_answer_are_exact_and_null_is_no_value() {
    let read = |text: &str| electricity_maps::read_json(text.as_bytes(), Some("DE"), Lifecycle);
    for (granularity, datetime, minutes) in [
        ("5_minutes", "2025-01-01T00:05:00Z", 5),
        ("15_minutes", "2025-01-01T01:15:00+01:00", 15),
        ("hourly", "2025-01-01T00:00:00.000Z", 60),
        ("daily", "2025-01-01T00:00:00Z", 1_440),
        ("monthly", "2025-02-01T00:00:00Z", 28 * 1_440),
        ("yearly", "2025-01-01T00:00:00Z", 365 * 1_440),
    ] {
        let item = format!(r#""datetime":"{datetime}","carbonIntensity":0.1234567890123456789"#);
        let readings = read(&past_range(granularity, &item)).unwrap();
        let held = readings.values[0].valid_to - readings.values[0].valid_from;
        assert_eq!((held.num_minutes(), readings.values.len()), (minutes, 1), "{granularity}");
        assert_eq!(readings.values[0].grams_per_kwh.to_string(), "0.1234567890123456789");
    }
    let at = r#""datetime":"2025-01-01T00:00:00Z""#;
    let null = read(&past_range("hourly", &format!(r#"{at},"carbonIntensity":null"#))).unwrap();
    assert_eq!((null.values.len(), null.without_value), (0, 1));
    for (granularity, item, expected) in [
        ("hourly", at.to_owned(), "data[0]: carbonIntensity is missing"),
        ("hourly", format!(r#"{at},"carbonIntensity":"5""#), "is not a decimal number"),
        ("hourly", r#""carbonIntensity":5,"datetime":"2025-01-01T00:00:00""#.to_owned(), "its offset"),
        ("hourly", r#""carbonIntensity":5,"datetime":"2025-01-01T00:30:00Z""#.to_owned(), "begin an hour"),
        ("daily", r#""carbonIntensity":5,"datetime":"2024-12-31T23:00:00Z""#.to_owned(), "begin a day"),
        ("quarterly", format!(r#"{at},"carbonIntensity":5"#), "'quarterly', which is not known"),
        ("hourly", format!(r#"{at},"carbonIntensity":5,"temporalGranularity":"daily""#), "whole answer"),
    ] {
        let said = problem(read(&past_range(granularity, &item)));
        assert!(said.contains(expected), "{said}");
    }
    for (text, expected) in [
        (r#"{"zone":"DE","forecast":[]}"#, "forecasts"),
        (r#"{"error":"Invalid auth-token"}"#, "Invalid auth-token"),
        (r#"{"history":[],"data":[]}"#, "both"),
        (r#"{"zone":"DE","data":{"a":1}}"#, "expected a sequence"),
        ("[1]", "not an answer"),
        ("{}", "carbonIntensity is missing"),
        ("", "not an answer"),
    ] {
        let said = problem(read(text));
        assert!(said.to_lowercase().contains(&expected.to_lowercase()), "{text}: {said}");
    }
}

#[test]
fn ember_names_countries_and_leaves_out_groups_of_them() {
    let item = |code: &str, aggregate: bool, date: &str, value: &str| {
        format!(
            r#"{{"entity":"E","entity_code":{code},"is_aggregate_entity":{aggregate},"date":"{date}",
                "emissions_intensity_gco2_per_kwh":{value}}}"#
        )
    };
    let answer = |items: &[String]| format!(r#"{{"stats":{{}},"data":[{}]}}"#, items.join(","));
    let read = |items: &[String], step| ember::read_json(answer(items).as_bytes(), Lifecycle, step);
    let years = [
        item(r#""FRA""#, false, "2024", "41.440"),
        item("null", true, "2024", "300"),
        item(r#""XKX""#, false, "2024", "null"),
        item(r#""XKX""#, false, "2023", "900"),
    ];
    assert_eq!(detect(answer(&years).as_bytes()), Ok(Format::EmberApi));
    let readings = read(&years, None).unwrap();
    assert_eq!(
        lines(&readings),
        ["FR 2024-01-01T00:00 527040 41.44 measured", "XK 2023-01-01T00:00 525600 900 measured"]
    );
    assert_eq!((readings.left_out, readings.without_value), (1, 1));
    let months = [item(r#""FRA""#, false, "2024-02", "1"), item(r#""FRA""#, false, "2024-03-01", "2")];
    assert_eq!(read(&months, None).unwrap().values[0].valid_to.to_rfc3339(), "2024-03-01T00:00:00+00:00");
    let january = [item(r#""FRA""#, false, "2024-01-01", "1")];
    assert!(problem(read(&january, None)).contains("every date begins a year"));
    assert_eq!(lines(&read(&january, Some(Step::Year)).unwrap()), ["FR 2024-01-01T00:00 527040 1 measured"]);
    assert_eq!(lines(&read(&january, Some(Step::Month)).unwrap()), ["FR 2024-01-01T00:00 44640 1 measured"]);
    let unknown = problem(read(&[item(r#""QQQ""#, false, "2024", "1")], None));
    assert_eq!(unknown, "data[0]: 'QQQ' (E) is no ISO 3166 code of a country");
    assert!(problem(read(&[item(r#""FRA""#, false, "2024", "1")], Some(Step::Month))).contains("a month"));
    let direct = problem(ember::read_json(answer(&years).as_bytes(), Direct, None));
    assert!(direct.contains("count lifecycle emissions"));
}

#[test]
fn a_release_of_ember_is_read_by_its_variable_and_unit() {
    let head = "Area,ISO 3 code,Year,Area type,Category,Subcategory,Variable,Unit,Value\n";
    let read = |rows: &str| ember::read_csv(format!("{head}{rows}").as_bytes(), Lifecycle);
    let emissions = "Power sector emissions,CO2 intensity,CO2 intensity";
    let rows = format!(
        "France,FRA,2023,Country,{emissions},gCO2/kWh,56.04\n\
         France,FRA,2023,Country,Electricity demand,Demand,Demand,TWh,442.4\n\
         World,,2023,Region,{emissions},gCO2/kWh,480.79\n\
         Kosovo,XKX,2023,Country,{emissions},gCO2/kWh,\n"
    );
    let readings = read(&rows).unwrap();
    assert_eq!(lines(&readings), ["FR 2023-01-01T00:00 525600 56.04 measured"]);
    assert_eq!((readings.left_out, readings.without_value), (1, 1));
    assert_eq!(detect(format!("{head}{rows}").as_bytes()), Ok(Format::EmberRelease));
    for (row, expected) in [
        (format!("France,FRA,2023,Country,{emissions},kgCO2/kWh,1\n"), "line 2: the unit is 'kgCO2/kWh'"),
        (format!("Nowhere,NWH,2023,Country,{emissions},gCO2/kWh,1\n"), "'NWH' (Nowhere)"),
        (format!("France,FRA,2023,Planet,{emissions},gCO2/kWh,1\n"), "'planet'"),
        (format!("France,FRA,23,Country,{emissions},gCO2/kWh,1\n"), "'23' is not a year"),
        ("France,FRA,2023,Country,D,D,Demand,TWh,1\n".to_owned(), "holds no value"),
    ] {
        let said = problem(read(&row));
        assert!(said.contains(expected), "{said}");
    }
    let monthly = head.replace("Year", "Date");
    let read = |date: &str| {
        let file = format!("{monthly}France,FRA,{date},Country or economy,{emissions},gCO2/kWh,5\n");
        ember::read_csv(file.as_bytes(), Lifecycle)
    };
    assert_eq!(lines(&read("2024-02-01").unwrap()), ["FR 2024-02-01T00:00 41760 5 measured"]);
    assert!(
        problem(read("01/02/2024")).contains("is not a month"),
        "the day and the month are not told apart"
    );
}

#[test]
fn half_hours_of_a_british_region_begin_where_the_period_does() {
    let Some(file) = bytes("intensity/uk_regional_regionid11.json") else { return };
    assert_eq!(detect(&file), Ok(Format::Gb));
    let wanted = wanted("GB", "2023-01-01", "2023-01-02");
    let readings = gb::read(&file, &wanted, Area::Region(11), Direct).unwrap();
    assert_eq!((readings.values.len(), readings.left_out), (4, 1));
    assert_eq!(line(&readings.values[0]), "GB 2023-01-01T00:00 30 181 forecast by the source");
    let lifecycle = problem(gb::read(&file, &wanted, Area::Region(11), Lifecycle));
    assert!(
        lifecycle.contains("operational") && lifecycle.contains("lifecycle was asked for"),
        "{lifecycle}"
    );
    let national = problem(gb::read(&file, &wanted, Area::National, Direct));
    assert_eq!(
        national,
        "the answer is of 'region 11 (South West England)', and 'Great Britain' was asked for"
    );
}

#[test]
fn the_british_measured_value_goes_before_the_forecast() {
    let wanted = wanted("GB", "2018-01-20T12:00:00Z", "2018-01-20T14:00:00Z");
    let item = |from: &str, to: &str, intensity: &str| {
        format!(r#"{{"from":"2018-01-20T{from}Z","to":"2018-01-20T{to}Z","intensity":{intensity}}}"#)
    };
    let read = |items: &[String]| {
        let text = format!(r#"{{"data":[{}]}}"#, items.join(","));
        gb::read(text.as_bytes(), &wanted, Area::National, Direct)
    };
    let readings = read(&[
        item("11:30", "12:00", r#"{"forecast":1,"actual":1,"index":"low"}"#),
        item("12:00", "12:30", r#"{"forecast":266,"actual":263,"index":"moderate"}"#),
        item("12:30", "13:00", r#"{"forecast":270,"actual":null,"index":"moderate"}"#),
        item("13:00", "13:30", r#"{"forecast":null,"actual":null,"index":"moderate"}"#),
    ]);
    let readings = readings.unwrap();
    assert_eq!(
        lines(&readings),
        ["GB 2018-01-20T12:00 30 263 measured", "GB 2018-01-20T12:30 30 270 forecast by the source"]
    );
    assert_eq!((readings.left_out, readings.without_value), (1, 1));
    let hour = problem(read(&[item("12:00", "13:00", r#"{"forecast":1}"#)]));
    assert!(hour.contains("the end of the half hour"), "{hour}");
    let refused = gb::read(br#"{"error":{"code":"400"}}"#, &wanted, Area::National, Direct);
    assert!(problem(refused).contains("400"));
    let all = br#"{"data":[{"from":"a","to":"b","regions":[]}]}"#;
    assert!(problem(gb::read(all, &wanted, Area::National, Direct)).contains("all regions"));
    let listed = br#"{"data":[{"regionid":3,"data":[{"from":"2018-01-20T12:00Z","to":"2018-01-20T12:30Z",
                     "intensity":{"forecast":7}}]}]}"#;
    assert_eq!(gb::read(listed, &wanted, Area::Region(3), Direct).unwrap().values.len(), 1);
}

#[test]
fn lists_of_energy_charts_must_have_one_length_and_one_step() {
    let read = |text: &str| energy_charts::read(text.as_bytes(), "DE");
    let text = r#"{"unix_seconds":[1735689600,1735690500,1735692300],"co2eq":[301.25,null,null],
                   "co2eq_forecast":[300,310,320],"deprecated":false}"#;
    assert_eq!(detect(text.as_bytes()), Ok(Format::EnergyCharts));
    let readings = read(text).unwrap();
    assert_eq!(lines(&readings), ["DE 2025-01-01T00:00 15 301.25 measured"]);
    assert_eq!(readings.without_value, 2);
    for (text, expected) in [
        (r#"{"unix_seconds":[1735689600],"co2eq":[1,2]}"#, "1 times and 2 values"),
        (r#"{"unix_seconds":[1735689600],"co2eq":[1],"co2eq_forecast":[]}"#, "1 times and 0 values"),
        (r#"{"unix_seconds":[1735689600],"co2eq":[1]}"#, "there is one only"),
        (r#"{"unix_seconds":[1735689600,1735689660],"co2eq":[1,2]}"#, "60 seconds"),
        (r#"{"unix_seconds":[1735689600.5,1735689660],"co2eq":[1,2]}"#, "floating point"),
        (r#"{"unix_seconds":[1735689601,1735690501],"co2eq":[1,2]}"#, "does not begin a quarter"),
        (r#"{"unix_seconds":[1735689600,1735689600,1735690500],"co2eq":[1,2,3]}"#, "in co2eq[0]"),
        (r#"{"detail":[{"msg":"unknown country"}]}"#, "unknown country"),
        (r#"{"co2eq":[1]}"#, "unix_seconds is missing"),
    ] {
        let said = problem(read(text));
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn marginal_factors_have_no_place_in_an_inventory() {
    let answer = |meta: &str| {
        format!(
            r#"{{"data":[{{"point_time":"2025-01-01T00:05:00+00:00","value":1000.5}}],
                "meta":{{"region":"CAISO_NORTH","data_point_period_seconds":300,{meta}}}}}"#
        )
    };
    let read = |meta: &str, region: &str, basis| {
        watttime::read(answer(meta).as_bytes(), region, "US-CAL-CISO", basis)
    };
    let unit = r#""units":"lbs_co2_per_mwh""#;
    let average = format!(r#""signal_type":"co2_aoer",{unit}"#);
    assert_eq!(detect(answer(&average).as_bytes()), Ok(Format::WattTime));
    for meta in [format!(r#""signal_type":"co2_moer",{unit}"#), unit.to_owned()] {
        let error = read(&meta, "CAISO_NORTH", Direct).unwrap_err();
        assert!(matches!(error, ReadError::Marginal { .. }), "{error}");
        assert!(error.to_string().contains("no place in it"));
    }
    let readings = read(&average, "CAISO_NORTH", Direct).unwrap();
    assert_eq!(lines(&readings), ["US-CAL-CISO 2025-01-01T00:05 5 453.819166185 measured"]);
    let kilograms = r#""signal_type":"co2_aoer","units":"kg_co2_per_mwh""#;
    for (result, expected) in [
        (read(&average, "PJM_DC", Direct), "'PJM_DC' was asked for"),
        (read(&average, "CAISO_NORTH", Lifecycle), "lifecycle was asked for"),
        (
            read(r#""signal_type":"health_damage","units":"USD_per_mwh""#, "CAISO_NORTH", Direct),
            "health_damage",
        ),
        (read(kilograms, "CAISO_NORTH", Direct), "the unit is 'kg_co2_per_mwh'"),
    ] {
        let said = problem(result);
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn what_is_of_no_known_format_is_quoted() {
    assert_eq!(detect(b" \n"), Err(DetectError::Empty));
    let page = detect(b"<!DOCTYPE html>\n<html>Sign in").unwrap_err();
    assert!(matches!(page, DetectError::Page { .. }) && page.to_string().contains("<!DOCTYPE html>"));
    for unknown in [&b"hello"[..], b"{\"a\":1}", b"{\"data\":[]}", b"\xff\xfe\x00a,b", b"{\"data\":3}"] {
        assert!(matches!(detect(unknown), Err(DetectError::Unknown { .. })), "{unknown:?}");
    }
    let long = detect("x".repeat(10_000_000).as_bytes()).unwrap_err().to_string();
    assert!(long.len() < 200 && long.ends_with('…'), "{long}");
    let xml = b"<?xml version=\"1.0\"?>\n<GL_MarketDocument xmlns=\"urn\">";
    assert_eq!(detect(xml), Ok(Format::Entsoe));
    assert_eq!(detect(b"datetime_utc,g\n2023-01-01T00:00:00Z,5\n"), Ok(Format::OtherCsv));
}
