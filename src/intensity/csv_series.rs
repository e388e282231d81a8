//! Hourly series from a CSV file with a header: which column holds the time, which the value.

use crate::domain::factor::FactorValue;
use crate::domain::terms::Basis;
use crate::units::{DecimalError, Intensity};
use chrono::{DateTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use std::collections::HashMap;
use std::io::Read;
use thiserror::Error;

/// How to read a file.
#[derive(Clone, Debug)]
pub struct Columns {
    pub time: String,
    /// Grams of CO2e per kilowatt-hour.
    pub value: String,
    /// `true` or `false`; without it every value counts as measured.
    pub estimated: Option<String>,
    pub local_times: LocalTimes,
    pub basis: Basis,
}

/// What a time without a zone means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalTimes {
    Refused,
    Utc,
}

/// A file read whole: its values, and how many rows had none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Series {
    pub values: Vec<FactorValue>,
    pub rows_without_value: usize,
}

/// Why a file was refused; nothing of it is imported.
#[derive(Debug, Error)]
pub enum SeriesError {
    #[error("the file has no column '{column}'; its columns are {}", found.join(", "))]
    NoColumn { column: String, found: Vec<String> },
    #[error("the file cannot be read as CSV: {0}")]
    Csv(#[from] csv::Error),
    #[error("line {line}: the value '{text}' {error}")]
    Value { line: u64, text: String, error: DecimalError },
    #[error(
        "line {line}: a life-cycle intensity of 0 cannot be true; leave the value empty where there is none"
    )]
    ZeroLifecycle { line: u64 },
    #[error("line {line}: '{text}' is not an RFC 3339 time; a time without a zone needs --times-are-utc")]
    Time { line: u64, text: String },
    #[error("line {line}: '{text}' is not the beginning of an hour")]
    NotOnTheHour { line: u64, text: String },
    #[error("line {line}: '{text}' is neither true nor false")]
    Estimated { line: u64, text: String },
    #[error("line {line}: the hour {text} stands in the file already, in line {first}")]
    Twice { line: u64, first: u64, text: String },
    #[error("the file holds no value")]
    Empty,
}

/// Reads an hourly series of one zone. A row with an empty value is no value: missing is never zero.
pub fn read(file: impl Read, zone: &str, columns: &Columns) -> Result<Series, SeriesError> {
    let mut reader = csv::Reader::from_reader(file);
    let header: Vec<String> =
        reader.headers()?.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
    let column = |name: &str| {
        header
            .iter()
            .position(|found| found == name)
            .ok_or_else(|| SeriesError::NoColumn { column: name.to_owned(), found: header.clone() })
    };
    let time_column = column(&columns.time)?;
    let value_column = column(&columns.value)?;
    let estimated_column = columns.estimated.as_deref().map(column).transpose()?;
    // The reader leaves the line feed of CRLF unread until the next row, and counts lines by line feeds.
    let unread_line_feed = u64::from(reader.position().line() == 1);

    let mut series = Series::default();
    let mut lines: HashMap<DateTime<Utc>, u64> = HashMap::new();
    for row in reader.records() {
        let row = row?;
        let line = row.position().map_or(0, csv::Position::line) + unread_line_feed;
        let cell = |index: usize| row.get(index).unwrap_or_default().trim();
        let valid_from = parse_hour(cell(time_column), columns.local_times, line)?;
        if let Some(first) = lines.insert(valid_from, line) {
            return Err(SeriesError::Twice { line, first, text: cell(time_column).to_owned() });
        }
        let text = cell(value_column);
        if text.is_empty() {
            series.rows_without_value += 1;
            continue;
        }
        let intensity = Intensity::parse_grams_per_kwh(text).map_err(|error| SeriesError::Value {
            line,
            text: text.to_owned(),
            error,
        })?;
        // Building any plant emits something, so zero here is a source's way to say "no data".
        if columns.basis == Basis::Lifecycle && intensity.micrograms_per_kwh() == 0 {
            return Err(SeriesError::ZeroLifecycle { line });
        }
        let is_estimated = match estimated_column.map(cell) {
            None | Some("false" | "False" | "FALSE" | "0") => false,
            Some("true" | "True" | "TRUE" | "1") => true,
            Some(text) => return Err(SeriesError::Estimated { line, text: text.to_owned() }),
        };
        series.values.push(FactorValue {
            zone: zone.to_owned(),
            valid_from,
            valid_to: valid_from + TimeDelta::hours(1),
            intensity,
            is_estimated,
            estimation_method: String::new(),
        });
    }
    if series.values.is_empty() {
        return Err(SeriesError::Empty);
    }
    Ok(series)
}

fn parse_hour(text: &str, local_times: LocalTimes, line: u64) -> Result<DateTime<Utc>, SeriesError> {
    let instant = match (DateTime::parse_from_rfc3339(text), local_times) {
        (Ok(instant), _) => instant.to_utc(),
        (Err(_), LocalTimes::Utc) => ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"]
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
            .map(|naive| Utc.from_utc_datetime(&naive))
            .ok_or_else(|| SeriesError::Time { line, text: text.to_owned() })?,
        (Err(_), LocalTimes::Refused) => return Err(SeriesError::Time { line, text: text.to_owned() }),
    };
    if crate::domain::period::hour_of(instant) != instant {
        return Err(SeriesError::NotOnTheHour { line, text: text.to_owned() });
    }
    Ok(instant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(local_times: LocalTimes) -> Columns {
        Columns {
            time: "t".to_owned(),
            value: "g".to_owned(),
            estimated: Some("e".to_owned()),
            local_times,
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
        let text =
            "\u{feff}t,g,e\r\n2023-01-01T00:00:00Z,186.14,false\r\n2023-01-01T02:00:00+01:00,,true\r\n";
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
}
