use super::*;
use crate::intensity::source::Reading;

/// A series: its type, whether it generates, its curve, and its periods.
fn series(psr_type: &str, generates: bool, curve: &str, periods: &[String]) -> String {
    let direction = if generates { "in" } else { "out" };
    format!(
        "<TimeSeries><mRID>7</mRID><businessType>A01</businessType>\
         <{direction}BiddingZone_Domain.mRID codingScheme=\"A01\">10YFR-RTE------C</{direction}BiddingZone_Domain.mRID>\
         <quantity_Measure_Unit.name>MAW</quantity_Measure_Unit.name><curveType>{curve}</curveType>\
         <MktPSRType><psrType>{psr_type}</psrType></MktPSRType>{}</TimeSeries>",
        periods.concat()
    )
}

/// A period of 1 January 2023 from and to a time of day, with quantities at positions.
fn period(from: &str, to: &str, resolution: &str, points: &[(u32, &str)]) -> String {
    let points: String = points
        .iter()
        .map(|(position, quantity)| {
            format!("<Point>\n<position>{position}</position>\n<quantity>{quantity}</quantity>\n</Point>\n")
        })
        .collect();
    format!(
        "<Period><timeInterval><start>2023-01-01T{from}Z</start><end>2023-01-01T{to}Z</end></timeInterval>\
         <resolution>{resolution}</resolution>{points}</Period>"
    )
}

/// One hourly generation series, from midnight on.
fn hourly(psr_type: &str, quantities: &[&str]) -> String {
    let points: Vec<(u32, &str)> = (1..).zip(quantities.iter().copied()).collect();
    let to = format!("{:02}:00", quantities.len());
    series(psr_type, true, "A01", &[period("00:00", &to, "PT60M", &points)])
}

fn document(series: &[String]) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <GL_MarketDocument xmlns=\"urn:iec62325.351:tc57wg16:451-6:generationloaddocument:3:0\">\
         <mRID>d</mRID><type>A75</type><process.processType>A16</process.processType>\n{}</GL_MarketDocument>",
        series.join("\n")
    )
}

fn areas() -> Vec<String> {
    vec!["10YFR-RTE------C".to_owned()]
}

fn try_read(document: &str) -> Result<Readings, EntsoeError> {
    read(document.as_bytes(), "FR", &areas(), &GenerationFactors::built_in(), Basis::Lifecycle)
}

fn readings(all: &[String]) -> Readings {
    try_read(&document(all)).unwrap()
}

fn problem(document: &str) -> String {
    try_read(document).unwrap_err().to_string()
}

/// The values as `HH:MM-HH:MM grams`.
fn values(readings: &Readings) -> Vec<String> {
    let text = |value: &Reading| {
        let (from, to) = (value.valid_from.format("%H:%M"), value.valid_to.format("%H:%M"));
        format!("{from}-{to} {}", value.grams_per_kwh)
    };
    readings.values.iter().map(text).collect()
}

#[test]
fn the_worked_example_is_met_and_pumping_is_no_generation() {
    let pumping =
        series("B10", false, "A01", &[period("00:00", "02:00", "PT60M", &[(1, "500"), (2, "500")])]);
    let types = [hourly("B14", &["40000", "41000"]), hourly("B04", &["2000", "2000"]), pumping];
    let read = readings(&types);
    assert_eq!(values(&read), ["00:00-01:00 34.761905", "01:00-02:00 34.232558"]);
    assert_eq!(read.without_value, 0);
    let rounded: Vec<_> =
        read.values.iter().map(|value| value.grams_per_kwh.round_decimals(3).to_string()).collect();
    assert_eq!(rounded, ["34.762", "34.233"]);
    assert_eq!(values(&readings(&types[..2])), values(&read));
    assert!(read.values.iter().all(|value| value.zone == "FR" && !value.is_estimated));
}

#[test]
fn direct_emissions_use_direct_factors_and_may_be_zero() {
    let text = document(&[hourly("B14", &["40000", "100"]), hourly("B04", &["2000", "0"])]);
    let read = read(text.as_bytes(), "FR", &areas(), &GenerationFactors::built_in(), Basis::Direct).unwrap();
    assert_eq!(values(&read), ["00:00-01:00 17.619048", "01:00-02:00 0.000000"]);
}

#[test]
fn pumped_storage_that_generates_counts_with_the_factor_of_its_plant() {
    let read = readings(&[hourly("B14", &["100"]), hourly("B10", &["100"])]);
    assert_eq!(values(&read), ["00:00-01:00 18.000000"]);
}

#[test]
fn a_type_without_a_factor_is_refused_by_name_where_it_generates() {
    let text = problem(&document(&[hourly("B14", &["1"]), hourly("B25", &["0"])]));
    assert!(text.contains("B25 (Energy storage)") && text.contains("ipcc-ar5-1"), "{text}");
    let charging = series("B25", false, "A01", &[period("00:00", "01:00", "PT60M", &[(1, "5")])]);
    assert_eq!(readings(&[hourly("B14", &["1"]), charging]).values.len(), 1);
    assert!(problem(&document(&[hourly("B99", &["1"])])).contains("psrType 'B99'"));
}

#[test]
fn a_missing_position_is_a_gap_in_fixed_blocks() {
    let nuclear = series("B14", true, "A01", &[period("00:00", "03:00", "PT60M", &[(1, "10"), (3, "10")])]);
    let read = readings(&[nuclear, hourly("B04", &["10", "10", "10"])]);
    assert_eq!(values(&read), ["00:00-01:00 251.000000", "02:00-03:00 251.000000"]);
    assert_eq!(read.without_value, 1);
}

#[test]
fn a_series_that_names_no_curve_is_of_fixed_blocks() {
    let nuclear = series("B14", true, "A03", &[period("00:00", "03:00", "PT60M", &[(1, "10")])]);
    let read = readings(&[nuclear.replace("<curveType>A03</curveType>", "")]);
    assert_eq!((read.values.len(), read.without_value), (1, 2));
}

#[test]
fn a_missing_position_repeats_the_last_in_variable_blocks_to_the_end_of_the_period() {
    let nuclear = series("B14", true, "A03", &[period("00:00", "04:00", "PT60M", &[(1, "10"), (3, "30")])]);
    let read = readings(&[nuclear, hourly("B04", &["10", "10", "10", "10"])]);
    let expected = [
        "00:00-01:00 251.000000",
        "01:00-02:00 251.000000",
        "02:00-03:00 131.500000",
        "03:00-04:00 131.500000",
    ];
    assert_eq!(values(&read), expected);
}

#[test]
fn variable_blocks_do_not_repeat_before_the_first_nor_beyond_the_period() {
    let periods =
        [period("00:00", "02:00", "PT60M", &[(2, "10")]), period("03:00", "04:00", "PT60M", &[(1, "10")])];
    let read = readings(&[series("B14", true, "A03", &periods)]);
    assert_eq!(values(&read), ["01:00-02:00 12.000000", "03:00-04:00 12.000000"]);
    assert_eq!(read.without_value, 2);
}

#[test]
fn positions_may_come_in_any_order() {
    let nuclear = series("B14", true, "A03", &[period("00:00", "03:00", "PT60M", &[(3, "0"), (1, "10")])]);
    let read = readings(&[nuclear, hourly("B04", &["10", "10", "10"])]);
    assert_eq!(values(&read)[1..], ["01:00-02:00 251.000000", "02:00-03:00 490.000000"]);
}

#[test]
fn a_type_that_is_missing_in_an_interval_takes_its_value_away() {
    let solar = series("B16", true, "A01", &[period("01:00", "02:00", "PT60M", &[(1, "10")])]);
    let read = readings(&[hourly("B14", &["10", "10", "10"]), solar]);
    assert_eq!(values(&read), ["01:00-02:00 28.500000"]);
    assert_eq!(read.without_value, 2);
}

#[test]
fn nothing_generated_is_no_value() {
    let read = readings(&[hourly("B14", &["0", "5"]), hourly("B04", &["0.000", "0"])]);
    assert_eq!(values(&read), ["01:00-02:00 12.000000"]);
    assert_eq!(read.without_value, 1);
}

#[test]
fn an_hour_of_several_resolutions_is_cut_as_its_coarsest() {
    // Solar: (0 + 40 + 80 + 120) / 4 = 60 MW over the hour, (0 + 40) / 2 = 20 in its first half.
    let quarters = [(1, "0"), (2, "40"), (3, "80"), (4, "120"), (5, "10"), (6, "10"), (7, "30"), (8, "30")];
    let solar = series("B16", true, "A01", &[period("00:00", "02:00", "PT15M", &quarters)]);
    let halves = [
        period("00:00", "01:00", "PT60M", &[(1, "60")]),
        period("01:00", "02:00", "PT30M", &[(1, "10"), (2, "90")]),
    ];
    let nuclear = series("B14", true, "A01", &halves);
    let read = readings(&[solar.clone(), nuclear]);
    let expected = ["00:00-01:00 28.500000", "01:00-01:30 28.500000", "01:30-02:00 20.250000"];
    assert_eq!(values(&read), expected);
    assert_eq!(values(&readings(&[solar])).len(), 7, "a quarter hour without generation has no value");
}

#[test]
fn one_missing_quarter_takes_the_value_of_the_whole_coarser_interval() {
    let solar =
        series("B16", true, "A01", &[period("00:00", "01:00", "PT15M", &[(1, "1"), (2, "1"), (4, "1")])]);
    let read = readings(&[solar, hourly("B14", &["10"])]);
    assert_eq!((read.values.len(), read.without_value), (0, 1));
}

#[test]
fn one_hour_is_also_written_pt1h_and_days_are_refused() {
    let text = document(&[hourly("B14", &["10"])]);
    assert_eq!(try_read(&text.replace("PT60M", "PT1H")).unwrap(), try_read(&text).unwrap());
    for other in ["P1D", "PT1M", "P1Y", "pt60m"] {
        assert!(problem(&text.replace("PT60M", other)).contains(&format!("resolution '{other}'")));
    }
}

#[test]
fn an_hour_that_no_type_names_between_others_is_without_value() {
    let periods =
        [period("00:30", "01:00", "PT30M", &[(1, "10")]), period("03:00", "03:30", "PT30M", &[(1, "10")])];
    let read = readings(&[series("B14", true, "A01", &periods)]);
    assert_eq!(values(&read), ["00:30-01:00 12.000000", "03:00-03:30 12.000000"]);
    assert_eq!(read.without_value, 4);
}

#[test]
fn decimals_of_a_quantity_are_exact_and_the_quotient_is_rounded_half_to_even() {
    let read = readings(&[hourly("B14", &["0.1"]), hourly("B04", &["0.2"])]);
    assert_eq!(values(&read), ["00:00-01:00 330.666667"]);
    // 12 + 12 × 1 ÷ 8,000,000 is 12.0000015, and 12 + 12 × 3 ÷ 8,000,000 is 12.0000045.
    for (nuclear, hydro, expected) in
        [("7.999999", "0.000001", "12.000002"), ("7.999997", "0.000003", "12.000004")]
    {
        let read = readings(&[hourly("B14", &[nuclear]), hourly("B11", &[hydro])]);
        assert_eq!(read.values[0].grams_per_kwh.to_string(), expected);
    }
}

#[test]
fn the_same_interval_twice_is_taken_once_if_it_is_the_same() {
    let twice = [hourly("B14", &["10", "20"]), hourly("B14", &["10", "20"])];
    assert_eq!(readings(&twice), readings(&twice[..1]));
    let gap = series("B14", true, "A01", &[period("00:00", "02:00", "PT60M", &[(2, "20")])]);
    assert_eq!(readings(&[gap, twice[0].clone()]), readings(&twice[..1]));
    let other = problem(&document(&[hourly("B14", &["10"]), hourly("B14", &["11"])]));
    assert!(other.contains("another value"), "{other}");
    let quarter = series("B14", true, "A01", &[period("00:15", "00:30", "PT15M", &[(1, "10")])]);
    let overlap = problem(&document(&[hourly("B14", &["10"]), quarter]));
    assert!(
        overlap.starts_with("B14 Nuclear: the interval at") && overlap.contains("reaches into"),
        "{overlap}"
    );
}

#[test]
fn any_version_of_the_namespace_is_read() {
    let text = document(&[hourly("B14", &["10"])]);
    let plain = text.replace(" xmlns=\"urn:iec62325.351:tc57wg16:451-6:generationloaddocument:3:0\"", "");
    assert_eq!(try_read(&plain).unwrap(), try_read(&text).unwrap());
    let prefixed = text.replace("xmlns=", "xmlns:n=").replace("</", "</n:").replace('<', "<n:");
    let prefixed = prefixed.replace("<n:/n:", "</n:").replace("<n:?", "<?");
    assert_eq!(try_read(&prefixed).unwrap(), try_read(&text).unwrap());
    assert_eq!(try_read(&format!("\u{feff}{text}")).unwrap(), try_read(&text).unwrap());
}

#[test]
fn a_fault_names_its_series_and_refuses_the_document() {
    let good = document(&[hourly("B04", &["20", "30"]), hourly("B14", &["10", "10"])]);
    assert!(try_read(&good).is_ok());
    let quantity = "<quantity>10</quantity>";
    for (from, to, expected) in [
        (quantity, "<quantity>-0.5</quantity>", "the quantity '-0.5' at position 1 is negative"),
        (quantity, "<quantity>1,5</quantity>", "at position 1 is not a decimal number"),
        (quantity, "<quantity>NaN</quantity>", "at position 1 is not a decimal number"),
        (quantity, "<quantity>0.0000001</quantity>", "more than 6 decimals"),
        (quantity, "<quantity>1000000.1</quantity>", "at position 1 is out of range"),
        (quantity, "<quantity>1<!-- -->0</quantity>", "quantity holds more than text"),
        (quantity, "<quantity/>", "quantity is missing"),
        (quantity, "", "quantity is missing"),
        (quantity, "<quantity>1</quantity><quantity>1</quantity>", "quantity stands there twice"),
        ("<psrType>B14</psrType>", "", "psrType is missing"),
    ] {
        assert!(good.contains(from));
        let text = problem(&good.replacen(from, to, 1));
        assert!(text.starts_with("TimeSeries 7 in line ") && text.contains(expected), "{to}: {text}");
        assert!(text.contains("B14 Nuclear") || text.contains("no psrType"), "{text}");
    }
    for (from, to, expected) in [
        ("<position>2</position>", "<position>3</position>", "position '3' is not within 1 to 2"),
        ("<position>2</position>", "<position>0</position>", "position '0'"),
        ("<position>2</position>", "<position>1</position>", "position 1 stands there twice"),
        ("MAW", "MWH", "unit is 'MWH'"),
        ("A01</curveType>", "A02</curveType>", "curveType 'A02'"),
        ("T00:00Z", "T00:10Z", "whole intervals of 60 minutes"),
        ("T00:00Z", "T02:00Z", "is empty or longer"),
        ("2023-01-01T00:00Z", "1023-01-01T00:00Z", "is empty or longer"),
        ("2023-01-01T00:00Z", "2023-01-01", "'2023-01-01' is not an instant"),
        ("<resolution>PT60M</resolution>", "", "resolution is missing"),
        ("inBiddingZone_Domain.mRID", "area_Domain.mRID", "names neither"),
    ] {
        assert!(good.contains(from));
        let text = problem(&good.replace(from, to));
        assert!(text.contains(expected) && text.contains("B04 Fossil Gas"), "{to}: {text}");
    }
    let both = good.replacen(
        "<curveType>",
        "<outBiddingZone_Domain.mRID>X</outBiddingZone_Domain.mRID><curveType>",
        1,
    );
    assert!(problem(&both).contains("names both"));
    let empty = document(&[series("B14", true, "A01", &[])]);
    assert!(problem(&empty).contains("Period is missing"));
}

#[test]
fn a_document_of_something_else_is_refused() {
    let good = document(&[hourly("B14", &["10"])]);
    assert!(problem(&good.replace("A75", "A65")).contains("type is 'A65', not A75"));
    assert!(problem(&good.replace(">A16<", "><")).contains("processType is '', not A16"));
    let other_area = hourly("B04", &["10"]).replace("10YFR-RTE------C", "10YBE----------2");
    let areas = problem(&document(&[hourly("B14", &["10"]), other_area]));
    assert!(areas.contains("10YFR-RTE------C and 10YBE----------2"), "{areas}");
    let pumping = series("B10", false, "A01", &[period("00:00", "01:00", "PT60M", &[(1, "500")])]);
    for nothing in [document(&[]), document(&[pumping])] {
        assert!(matches!(try_read(&nothing), Err(EntsoeError::NoGeneration)));
    }
}

#[test]
fn a_document_of_another_area_is_refused() {
    let text = document(&[hourly("B14", &["10"])]);
    let asked = ["10YBE----------2".to_owned(), "10YNL----------L".to_owned()];
    let answer = read(text.as_bytes(), "BE", &asked, &GenerationFactors::built_in(), Basis::Direct);
    assert_eq!(
        answer.unwrap_err().to_string(),
        "the document is of the area 10YFR-RTE------C, and 10YBE----------2 or 10YNL----------L was asked for"
    );
}

fn acknowledgement(reasons: &[(&str, &str)]) -> String {
    let reasons: String = reasons
        .iter()
        .map(|(code, text)| format!("<Reason><code>{code}</code><text>{text}</text></Reason>"))
        .collect();
    format!(
        "<Acknowledgement_MarketDocument xmlns=\"urn:iec62325.351:tc57wg16:451-1:acknowledgementdocument:7:0\">\
         <mRID>a</mRID>{reasons}</Acknowledgement_MarketDocument>"
    )
}

#[test]
fn no_data_is_told_from_a_refusal_by_its_text_as_both_have_code_999() {
    let no_data = "No matching data found for Data item Actual Generation Per Type (10YFR-RTE------C)";
    match try_read(&acknowledgement(&[("999", no_data)])) {
        Err(EntsoeError::NoData { reason }) => assert_eq!(reason, no_data),
        other => panic!("{other:?}"),
    }
    for (reasons, expected) in [
        (
            vec![("999", "The amount of requested data exceeds allowed limit. Requested: 400")],
            "999: The amount",
        ),
        (vec![("A02", "No matching data found")], "code A02"),
        (vec![("999", no_data), ("B27", "Area is not valid")], "Area is not valid"),
        (vec![], "refused the request"),
    ] {
        let answer = try_read(&acknowledgement(&reasons)).unwrap_err();
        assert!(matches!(answer, EntsoeError::Refused { .. }), "{answer:?}");
        assert!(answer.to_string().contains(expected), "{answer}");
    }
}

#[test]
fn what_is_no_document_is_quoted() {
    for (text, expected) in [
        ("<!DOCTYPE html>\n<html><body>Service Unavailable</body></html>", "<!DOCTYPE html> <html>"),
        ("<html><body><br></body></html>", "it begins with '<html><body>"),
        ("{\"error\": 1}", "it begins with '{\"error\": 1}'"),
        ("", "it begins with ''"),
        ("<Publication_MarketDocument/>", "is a 'Publication_MarketDocument'"),
    ] {
        let told = problem(text);
        assert!(told.contains(expected), "{told}");
    }
    let bytes =
        read(b"\xff\xfeG\0L\0", "FR", &areas(), &GenerationFactors::built_in(), Basis::Direct).unwrap_err();
    assert!(bytes.to_string().contains("not UTF-8"), "{bytes}");
}

#[test]
fn a_truncated_document_gives_nothing() {
    let text = document(&[hourly("B14", &["10", "20"]), hourly("B04", &["10", "20"])]);
    let root_begins = text.find("<GL_").unwrap();
    for length in (root_begins + 1)..text.len() {
        assert!(matches!(try_read(&text[..length]), Err(EntsoeError::Xml { .. })), "{length}");
    }
    let joined = format!("{text}{text}");
    assert!(matches!(try_read(&joined), Err(EntsoeError::Xml { .. })));
}

#[test]
fn entities_of_a_document_are_refused() {
    let text = document(&[hourly("B14", &["&big;"])]);
    let root = text.find("<GL_").unwrap();
    let defined = format!("<!DOCTYPE x [<!ENTITY big \"1\">]>{}", &text[root..]);
    let external = format!("<!DOCTYPE x [<!ENTITY big SYSTEM \"file:///etc/passwd\">]>{}", &text[root..]);
    for bad in [text, defined, external] {
        assert!(matches!(try_read(&bad), Err(EntsoeError::Xml { .. })), "{bad}");
    }
}

#[test]
fn sizes_are_bounded() {
    let large = vec![b' '; MAX_BYTES + 1];
    let answer = read(&large, "FR", &areas(), &GenerationFactors::built_in(), Basis::Direct);
    assert!(matches!(answer, Err(EntsoeError::TooLarge { .. })));
    // One point that repeats over a year, sixty times: a small document of two million values.
    let year = "<Period><timeInterval><start>2023-01-01T00:00Z</start><end>2024-01-01T00:00Z</end></timeInterval>\
                <resolution>PT15M</resolution><Point><position>1</position><quantity>1</quantity></Point></Period>";
    let many = document(&[series("B14", true, "A03", &vec![year.to_owned(); 60])]);
    assert!(matches!(try_read(&many), Err(EntsoeError::TooManyValues { .. })));
    let far = hourly("B14", &["1"]).replace("2023", "2025");
    assert!(matches!(try_read(&document(&[hourly("B14", &["1"]), far])), Err(EntsoeError::TooLong { .. })));
    let deep = format!("{}{}", "<a>".repeat(200_000), "</a>".repeat(200_000));
    assert!(matches!(try_read(&deep), Err(EntsoeError::Unexpected { .. })));
}

#[test]
fn the_values_of_a_year_of_quarter_hours_are_all_there() {
    let year = "<Period><timeInterval><start>2023-12-31T23:00Z</start><end>2024-12-31T23:00Z</end></timeInterval>\
                <resolution>PT15M</resolution><Point><position>1</position><quantity>1</quantity></Point></Period>";
    let types = ["B01", "B14", "B16", "B19"].map(|code| series(code, true, "A03", &[year.to_owned()]));
    let read = readings(&types);
    assert_eq!((read.values.len(), read.without_value), (366 * 96, 0));
    assert!(read.values.windows(2).all(|pair| pair[0].valid_to == pair[1].valid_from));
}
