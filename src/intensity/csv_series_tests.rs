use super::*;

fn columns(local_times: LocalTimes) -> Columns {
    Columns {
        time: "t".to_owned(),
        value: "g".to_owned(),
        estimated: Some("e".to_owned()),
        zone: None,
        local_times,
        kind: FactorKind::Average,
        basis: Basis::Lifecycle,
    }
}

#[test]
fn zero_is_a_value_of_direct_emissions_only() {
    let text = "t,g,e\n2023-01-01T05:00:00Z,0,false\n";
    assert!(problem(text).contains("line 2: a life-cycle intensity of 0 cannot be true"));
    let direct = Columns { basis: Basis::Direct, ..columns(LocalTimes::Refused) };
    let series = read(text.as_bytes(), "NO", &direct).unwrap();
    assert_eq!(series.values[0].intensity.micrograms_per_kwh(), 0);
}

fn problem(text: &str) -> String {
    read(text.as_bytes(), "DE", &columns(LocalTimes::Refused)).unwrap_err().to_string()
}

#[test]
fn hours_are_read_and_gaps_stay_gaps() {
    let text = "\u{feff}t,g,e\r\n2023-01-01T00:00:00Z,186.14,false\r\n2023-01-01T02:00:00+01:00,,true\r\n";
    let series = read(text.as_bytes(), "DE", &columns(LocalTimes::Refused)).unwrap();
    assert_eq!(series.values.len(), 1);
    assert_eq!(series.rows_without_value, 1);
    assert_eq!(series.values[0].intensity.micrograms_per_kwh(), 186_140_000);
}

#[test]
fn a_fault_names_its_line_and_refuses_the_file() {
    assert!(problem("t,g\n").contains("no column 'e'"));
    assert_eq!(problem("t,g,e\n"), "the file holds no value");
    assert!(problem("t,g,e\n2023-01-01T00:00:00Z,-1,false\n").starts_with("line 2: the value '-1'"));
    assert!(problem("t,g,e\n2023-01-01T00:00:00Z,\"1,5\",false\n").contains("is not a decimal"));
    assert!(problem("t,g,e\n2023-01-01 00:00:00,1,false\n").contains("--times-are-utc"));
    assert!(problem("t,g,e\n2023-01-01T00:15:00Z,1,false\n").contains("beginning of an hour"));
    assert!(problem("t,g,e\n2023-01-01T00:00:00Z,1,maybe\n").contains("neither true nor false"));
    let twice = "t,g,e\n2023-01-01T00:00:00Z,1,false\n2023-01-01T01:00:00+01:00,2,false\n";
    assert!(problem(twice).contains("in line 2"));
    assert!(problem("<html><body>error</body></html>\n").contains("no column 't'"));
}

#[test]
fn times_without_a_zone_are_utc_only_where_that_is_said() {
    let text = "t,g,e\n2023-01-01 05:00:00,1,false\n";
    let series = read(text.as_bytes(), "DE", &columns(LocalTimes::Utc)).unwrap();
    assert_eq!(series.values[0].valid_from.to_rfc3339(), "2023-01-01T05:00:00+00:00");
}

/// Reads a table of times alone, each with a value of its own, as times of Berlin; answers the instants in the
/// order of the rows, each with its value and its length in minutes.
fn berlin(times: &[&str], doubled: DoubledHour) -> Result<Vec<String>, String> {
    let rows = times.iter().enumerate().map(|(index, time)| format!("{time},{},false\n", index + 1));
    let text = format!("t,g,e\n{}", rows.collect::<String>());
    let local_times = LocalTimes::In { time_zone: Tz::Europe__Berlin, doubled };
    let series = read(text.as_bytes(), "DE", &columns(local_times)).map_err(|error| error.to_string())?;
    let line = |value: &FactorValue| {
        let minutes = (value.valid_to - value.valid_from).num_minutes();
        let grams = value.intensity.micrograms_per_kwh() / 1_000_000;
        format!("{} {minutes} {grams}", value.valid_from.format("%dT%H:%M"))
    };
    Ok(series.values.iter().map(line).collect())
}

#[test]
fn times_without_an_offset_are_of_the_time_zone_that_is_named() {
    for (time, expected) in [
        ("2025-01-15 12:00:00", "15T11:00 60 1"),
        ("2025-07-15T12:00:00", "15T10:00 60 1"),
        ("2025-07-15 12:00", "15T10:00 60 1"),
        ("2025-07-15T12:00:00Z", "15T12:00 60 1"),
        ("2025-07-15T12:00:00+05:00", "15T07:00 60 1"),
        ("2025-03-30 01:00", "30T00:00 60 1"),
        ("2025-03-30 03:00", "30T01:00 60 1"),
        ("2025-10-26 03:00", "26T02:00 60 1"),
    ] {
        assert_eq!(berlin(&[time], DoubledHour::Refused).unwrap(), [expected], "{time}");
    }
    let said = berlin(&["15.07.2025 12:00"], DoubledHour::Refused).unwrap_err();
    assert_eq!(
        said,
        "line 2: '15.07.2025 12:00' is not a time such as 2025-10-26 02:15 or 2025-10-26T02:15:00"
    );
}

#[test]
fn an_hour_that_the_clocks_skipped_is_refused_by_its_row() {
    for time in ["2025-03-30 02:00", "2025-03-30T02:45:00"] {
        let said = berlin(&["2025-03-30 01:00", time], DoubledHour::InOrder).unwrap_err();
        assert!(said.starts_with(&format!("line 3: there was no '{time}' in Europe/Berlin")), "{said}");
    }
}

#[test]
fn an_hour_that_stood_on_the_clocks_twice_is_asked_about() {
    let rows = ["2025-10-26 01:00", "2025-10-26 02:00", "2025-10-26 02:00", "2025-10-26 03:00"];
    let said = berlin(&rows, DoubledHour::Refused).unwrap_err();
    assert!(
        said.starts_with("line 3: '2025-10-26 02:00' stood on the clocks of Europe/Berlin twice"),
        "{said}"
    );
    for option in ["--doubled-hour in-order", "first", "second"] {
        assert!(said.contains(option), "{said}");
    }
    let hours = ["25T23:00 60 1", "26T00:00 60 2", "26T01:00 60 3", "26T02:00 60 4"];
    assert_eq!(berlin(&rows, DoubledHour::InOrder).unwrap(), hours);
    let once = [rows[0], rows[1], rows[3]];
    assert_eq!(
        berlin(&once, DoubledHour::First).unwrap(),
        ["25T23:00 60 1", "26T00:00 60 2", "26T02:00 60 3"]
    );
    assert_eq!(
        berlin(&once, DoubledHour::Second).unwrap(),
        ["25T23:00 60 1", "26T01:00 60 2", "26T02:00 60 3"]
    );
    let said = berlin(&once, DoubledHour::InOrder).unwrap_err();
    assert!(said.starts_with("line 3: ") && said.contains("stands in the file once"), "{said}");
    for doubled in [DoubledHour::First, DoubledHour::Second] {
        let said = berlin(&rows, doubled).unwrap_err();
        assert!(said.starts_with("line 4: ") && said.ends_with("in line 3"), "{said}");
    }
    let three = [rows[0], rows[1], rows[1], rows[1], rows[3]];
    let said = berlin(&three, DoubledHour::InOrder).unwrap_err();
    assert!(said.starts_with("line 5: ") && said.ends_with("in line 3"), "{said}");
}

#[test]
fn quarters_of_a_doubled_hour_are_told_apart_hour_after_hour_or_pair_by_pair() {
    let at = |minute: &str| format!("2025-10-26 02:{minute}");
    let quarters = ["00", "15", "30", "45"].map(at);
    let (first, last) = ("2025-10-26 01:45".to_owned(), "2025-10-26 03:00".to_owned());
    let times = |middle: Vec<&String>| {
        let all = std::iter::once(&first).chain(middle).chain([&last]);
        let all: Vec<&str> = all.map(String::as_str).collect();
        berlin(&all, DoubledHour::InOrder)
    };
    let hour_after_hour = times(quarters.iter().chain(&quarters).collect()).unwrap();
    assert_eq!(hour_after_hour[1..3], ["26T00:00 15 2", "26T00:15 15 3"]);
    assert_eq!(hour_after_hour[5..7], ["26T01:00 15 6", "26T01:15 15 7"]);
    assert_eq!(hour_after_hour[9], "26T02:00 15 10");
    let pair_by_pair = times(quarters.iter().flat_map(|quarter| [quarter, quarter]).collect()).unwrap();
    assert_eq!(pair_by_pair[1..4], ["26T00:00 15 2", "26T01:00 15 3", "26T00:15 15 4"]);
    let missing = times(quarters.iter().chain(&quarters[..3]).collect()).unwrap_err();
    assert!(missing.contains("'2025-10-26 02:45'") && missing.contains("in the file once"), "{missing}");
}

#[test]
fn the_order_of_rows_that_run_backwards_is_not_taken_for_that_of_time() {
    let rows = ["2025-10-26 03:00", "2025-10-26 02:00", "2025-10-26 02:00", "2025-10-26 01:00"];
    for rows in [&rows[..], &rows[1..]] {
        let said = berlin(rows, DoubledHour::InOrder).unwrap_err();
        assert!(said.contains("is earlier than the row before it"), "{said}");
    }
    let quarters = ["2025-10-26 02:30", "2025-10-26 02:15", "2025-10-26 02:30", "2025-10-26 02:15"];
    let said = berlin(&quarters, DoubledHour::InOrder).unwrap_err();
    assert!(said.starts_with("line 3: "), "{said}");
    // Away from a doubled hour the order of rows means nothing, and is free.
    let mixed =
        ["2025-07-02 12:00", "2025-07-01 12:00", "2025-10-26 01:00", rows[1], rows[1], "2025-11-01 00:00"];
    assert_eq!(berlin(&mixed, DoubledHour::InOrder).unwrap()[3..5], ["26T00:00 60 4", "26T01:00 60 5"]);
}

#[test]
fn quarters_and_half_hours_are_known_by_their_distance_in_any_order() {
    let times =
        ["2025-07-01 12:45", "2025-07-01 12:00", "2025-07-01 14:00", "2025-07-01 12:15", "2025-07-01 12:30"];
    let values = berlin(&times, DoubledHour::Refused).unwrap();
    assert_eq!(values[..2], ["01T10:45 15 1", "01T10:00 15 2"]);
    let halves = ["2025-07-01 12:30", "2025-07-01 12:00", "2025-07-01 13:00"];
    assert_eq!(berlin(&halves, DoubledHour::Refused).unwrap()[0], "01T10:30 30 1");
    // One slip must not turn hours into quarters of which each hour has one.
    let slip = ["2025-07-01 12:00", "2025-07-01 13:00", "2025-07-01 13:15", "2025-07-01 14:00"];
    let said = berlin(&slip, DoubledHour::Refused).unwrap_err();
    assert!(said.starts_with("line 4: '2025-07-01 13:15' is 15 minutes after the time before it"), "{said}");
    for (times, expected) in [
        (&["2025-07-01 12:00", "2025-07-01 12:05"][..], "is 5 minutes after"),
        (&["2025-07-01 12:00", "2025-07-01 12:20", "2025-07-01 12:40"], "is 20 minutes after"),
        (
            &["2025-07-01 12:10", "2025-07-01 12:25"],
            "line 2: '2025-07-01 12:10' is not the beginning of a quarter",
        ),
        (&["2025-07-01 12:30", "2025-07-01 13:30"], "is not the beginning of an hour"),
    ] {
        let said = berlin(times, DoubledHour::Refused).unwrap_err();
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn a_table_with_other_delimiters_is_told_so() {
    for (delimiter, name) in [(';', "semicolons"), ('\t', "tabs"), ('|', "upright strokes")] {
        let text =
            format!("t,g,e\n2023-01-01T00:00:00Z,1{delimiter}5,false\n").replace(',', &delimiter.to_string());
        let said = problem(&text);
        assert!(said.contains(&format!("divides columns by {name}")) && said.contains("a point"), "{said}");
    }
    assert!(problem("").contains("no column 't'"));
}

#[test]
fn one_time_with_two_values_is_refused_also_where_they_are_the_same() {
    for second in ["1", "2", ""] {
        let text = format!("t,g,e\n2023-01-01T00:00:00Z,1,false\n2023-01-01T00:00:00+00:00,{second},false\n");
        assert!(problem(&text).ends_with("stands in the file already, in line 2"), "{second}");
    }
}

/// Zone, beginning and end of each value of a table with a column of zones.
fn by_zone(rows: &str, kind: FactorKind) -> Result<Vec<String>, String> {
    let columns =
        Columns { zone: Some("z".to_owned()), estimated: None, kind, ..columns(LocalTimes::Refused) };
    let text = format!("z,t,g\n{rows}");
    let series = read(text.as_bytes(), "", &columns).map_err(|error| error.to_string())?;
    let day = |at: DateTime<Utc>| at.format("%Y-%m-%d %H").to_string();
    let line =
        |value: &FactorValue| format!("{} {} to {}", value.zone, day(value.valid_from), day(value.valid_to));
    Ok(series.values.iter().map(line).collect())
}

#[test]
fn years_and_months_of_several_zones_hold_for_their_whole_time() {
    let years = by_zone("DE,2024,700\nFR,2024,60\nDE,2023,650\nAT,2024,\n", FactorKind::Residual).unwrap();
    assert_eq!(
        years,
        [
            "DE 2024-01-01 00 to 2025-01-01 00",
            "FR 2024-01-01 00 to 2025-01-01 00",
            "DE 2023-01-01 00 to 2024-01-01 00"
        ]
    );
    let months = by_zone("DE,2024-02,700\nDE,2024-12,60\n", FactorKind::Average).unwrap();
    assert_eq!(months, ["DE 2024-02-01 00 to 2024-03-01 00", "DE 2024-12-01 00 to 2025-01-01 00"]);
    let hours = by_zone("DE,2024-02-01T00:00:00Z,1\nFR,2024-02-01T00:00:00Z,2\n", FactorKind::Average);
    assert_eq!(hours.unwrap(), ["DE 2024-02-01 00 to 2024-02-01 01", "FR 2024-02-01 00 to 2024-02-01 01"]);
}

#[test]
fn a_zone_has_one_value_for_a_time_and_times_of_one_kind() {
    let problem = |rows: &str| by_zone(rows, FactorKind::Residual).unwrap_err();
    assert!(problem("DE,2024,1\nFR,2024,1\nDE,2024,2\n").contains("line 4: the time 2024 stands"));
    for other in ["2024-02", "2024-02-01T00:00:00Z"] {
        let said = problem(&format!("DE,2023,1\nDE,{other},1\n"));
        assert!(said.starts_with(&format!("line 3: '{other}' is of another kind")), "{said}");
    }
    assert_eq!(problem(" ,2024,1\n"), "line 2: the zone is empty");
    assert!(problem("DE,24,1\n").contains("is not an RFC 3339 time"));
    assert!(problem("DE,2024-13,1\n").contains("is not an RFC 3339 time"));
}

#[test]
fn a_residual_mix_of_zero_is_left_to_be_judged() {
    let rows = "NO,2024,0\nDE,2024,700\n";
    assert_eq!(by_zone(rows, FactorKind::Residual).unwrap().len(), 2);
    assert!(by_zone(rows, FactorKind::Average).unwrap_err().contains("life-cycle intensity of 0"));
}
