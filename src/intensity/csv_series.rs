//! Series from a CSV file with a header: which column holds the time, which the value.

use super::step::Step;
use crate::domain::factor::FactorValue;
use crate::domain::period::{Month, beginning_of, parse_date};
use crate::domain::terms::{Basis, FactorKind};
use crate::units::{DecimalError, Intensity};
use chrono::{DateTime, MappedLocalTime, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Read};
use std::str::FromStr;
use thiserror::Error;

/// How to read a file.
#[derive(Clone, Debug)]
pub struct Columns {
    pub time: String,
    /// Grams of CO2e per kilowatt-hour.
    pub value: String,
    /// `true` or `false`; without it every value counts as measured.
    pub estimated: Option<String>,
    /// The zone of each row, as a key or a code; without it all rows are of one zone.
    pub zone: Option<String>,
    pub local_times: LocalTimes,
    pub kind: FactorKind,
    pub basis: Basis,
}

/// What a time without an offset means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocalTimes {
    Refused,
    Utc,
    In { time_zone: Tz, doubled: DoubledHour },
}

/// Which of the two is meant where a time stood on the clocks twice, because they were put back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DoubledHour {
    /// Nobody has said.
    #[default]
    Refused,
    /// The first row with this time is the first (summer time), the next one the second (winter time).
    InOrder,
    First,
    Second,
}

impl FromStr for DoubledHour {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<DoubledHour, &'static str> {
        match text {
            "in-order" => Ok(DoubledHour::InOrder),
            "first" => Ok(DoubledHour::First),
            "second" => Ok(DoubledHour::Second),
            _ => Err("must be one of in-order, first, second"),
        }
    }
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
    #[error("the file divides columns by {0}; divide them by commas, and write decimals with a point")]
    Delimiter(&'static str),
    #[error("the file cannot be read as CSV: {0}")]
    Csv(#[from] csv::Error),
    #[error("the file cannot be read: {0}")]
    Io(#[from] std::io::Error),
    #[error("line {line}: the value '{text}' {error}")]
    Value { line: u64, text: String, error: DecimalError },
    #[error(
        "line {line}: a life-cycle intensity of 0 cannot be true; leave the value empty where there is none"
    )]
    ZeroLifecycle { line: u64 },
    #[error(
        "line {line}: '{text}' is not an RFC 3339 time; a time without an offset needs --time-zone or \
         --times-are-utc"
    )]
    Time { line: u64, text: String },
    #[error("line {line}: '{text}' is not a time such as 2025-10-26 02:15 or 2025-10-26T02:15:00")]
    LocalTime { line: u64, text: String },
    #[error(
        "line {line}: there was no '{text}' in {time_zone}, where clocks were put forward over it: the time or \
         the time zone is wrong"
    )]
    Skipped { line: u64, text: String, time_zone: Tz },
    #[error(
        "line {line}: '{text}' stood on the clocks of {time_zone} twice. Say which is meant: --doubled-hour \
         in-order, where the first row of the two is summer time and the next one winter time; or first or \
         second, where the file holds one of the two alone"
    )]
    Doubled { line: u64, text: String, time_zone: Tz },
    #[error(
        "line {line}: '{text}' stood on the clocks of {time_zone} twice and stands in the file once, so its \
         order does not say which is meant: say --doubled-hour first or second, or add the row that is missing"
    )]
    DoubledOnce { line: u64, text: String, time_zone: Tz },
    #[error(
        "line {line}: '{text}' is earlier than the row before it, so the order of the rows does not say which \
         of two equal times came first: sort the rows by time, or write times with their offset"
    )]
    Backwards { line: u64, text: String },
    #[error(
        "line {line}: '{text}' is {minutes} minutes after the time before it; values hold for an hour, half an \
         hour or a quarter, all alike"
    )]
    Step { line: u64, text: String, minutes: i64 },
    #[error("line {line}: '{text}' is not the beginning of {step}")]
    OffStep { line: u64, text: String, step: &'static str },
    #[error("line {line}: '{text}' is neither true nor false")]
    Estimated { line: u64, text: String },
    #[error("line {line}: the time {text} stands in the file already, in line {first}")]
    Twice { line: u64, first: u64, text: String },
    #[error(
        "line {line}: '{text}' is of another kind than the times before it: write years (2024), months (2024-05) or \
         instants throughout"
    )]
    Mixed { line: u64, text: String },
    #[error("line {line}: the zone is empty")]
    NoZone { line: u64 },
    #[error("the file holds no value")]
    Empty,
}

/// Reads a series of one zone, or of those that a column names. A row with an empty value is no value: missing is
/// never zero. Values hold for as long as the times are apart: an hour, half an hour or a quarter; or for the year
/// (`2024`) or month (`2024-05`, both UTC) that stands in the place of the time. Rows may stand in any order.
pub fn read(file: impl Read, zone: &str, columns: &Columns) -> Result<Series, SeriesError> {
    let mut file = BufReader::new(file);
    let delimiter = foreign_delimiter(file.fill_buf()?);
    let mut reader = csv::Reader::from_reader(file);
    let header: Vec<String> =
        reader.headers()?.iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
    if let (1, Some(delimiter)) = (header.len(), delimiter) {
        return Err(SeriesError::Delimiter(delimiter));
    }
    let column = |name: &str| {
        header
            .iter()
            .position(|found| found == name)
            .ok_or_else(|| SeriesError::NoColumn { column: name.to_owned(), found: header.clone() })
    };
    let time_column = column(&columns.time)?;
    let value_column = column(&columns.value)?;
    let estimated_column = columns.estimated.as_deref().map(column).transpose()?;
    let zone_column = columns.zone.as_deref().map(column).transpose()?;
    // The reader leaves the line feed of CRLF unread until the next row, and counts lines by line feeds.
    let unread_line_feed = u64::from(reader.position().line() == 1);

    let mut series = Series::default();
    let mut times: BTreeMap<String, Times> = BTreeMap::new();
    for row in reader.records() {
        let row = row?;
        let line = row.position().map_or(0, csv::Position::line) + unread_line_feed;
        let cell = |index: usize| row.get(index).unwrap_or_default().trim();
        let zone = zone_column.map_or(zone, cell);
        if zone.is_empty() {
            return Err(SeriesError::NoZone { line });
        }
        let of_zone = times.entry(zone.to_owned()).or_insert_with(|| Times::of(columns.local_times));
        let valid_from = of_zone.read(cell(time_column), line)?;
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
        // Building any plant emits something, so zero here is a source's way to say "no data". Tables of residual
        // mixes are full of it: there it is kept apart with the reason.
        let is_of_averages = columns.kind == FactorKind::Average && columns.basis == Basis::Lifecycle;
        if is_of_averages && intensity.micrograms_per_kwh() == 0 {
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
            // Known when all times are.
            valid_to: valid_from,
            intensity,
            is_estimated,
            estimation_method: String::new(),
        });
    }
    let mut steps: HashMap<String, Step> = HashMap::new();
    for (zone, times) in times {
        steps.insert(zone, times.step()?);
    }
    for value in &mut series.values {
        let end = steps.get(&value.zone).and_then(|step| step.end(value.valid_from));
        value.valid_to = end.unwrap_or(value.valid_from);
    }
    if series.values.is_empty() {
        return Err(SeriesError::Empty);
    }
    Ok(series)
}

/// What the first line seems to be divided by, where that is not commas.
fn foreign_delimiter(beginning: &[u8]) -> Option<&'static str> {
    let first_line = beginning.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    [(b';', "semicolons"), (b'\t', "tabs"), (b'|', "upright strokes")]
        .into_iter()
        .find(|(delimiter, _)| first_line.contains(delimiter))
        .map(|(_, name)| name)
}

/// The times of a file, which say together what one of them cannot.
struct Times {
    local_times: LocalTimes,
    /// The line and the text of each.
    rows: HashMap<DateTime<Utc>, (u64, String)>,
    order: Order,
    /// Months or years, where they stand in the place of instants.
    calendar: Option<Step>,
}

/// What the order of rows says of local times that stood on the clocks twice.
#[derive(Default)]
struct Order {
    /// The line and the text of the first row with such a time, until the second one comes.
    alone: HashMap<NaiveDateTime, (u64, String)>,
    /// The row before, where its time stood on the clocks once.
    single: Option<DateTime<Utc>>,
    /// The rows since then that were taken as the first and as the second of two.
    doubled: [Option<DateTime<Utc>>; 2],
}

impl Times {
    fn of(local_times: LocalTimes) -> Times {
        Times { local_times, rows: HashMap::new(), order: Order::default(), calendar: None }
    }

    /// The instant of a row; each stands in a file once.
    fn read(&mut self, text: &str, line: u64) -> Result<DateTime<Utc>, SeriesError> {
        let (instant, calendar) = match of_calendar(text) {
            Some((beginning, step)) => (beginning, Some(step)),
            None => (self.instant(text, line)?, None),
        };
        if !self.rows.is_empty() && self.calendar != calendar {
            return Err(SeriesError::Mixed { line, text: text.to_owned() });
        }
        self.calendar = calendar;
        match self.rows.insert(instant, (line, text.to_owned())) {
            Some((first, _)) => Err(SeriesError::Twice { line, first, text: text.to_owned() }),
            None => Ok(instant),
        }
    }

    fn instant(&mut self, text: &str, line: u64) -> Result<DateTime<Utc>, SeriesError> {
        if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
            return self.order.single(instant.to_utc(), text, line);
        }
        let formats = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"];
        let local = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
        let text_of = || text.to_owned();
        let (time_zone, doubled, local) = match (self.local_times, local) {
            (LocalTimes::Refused, _) => return Err(SeriesError::Time { line, text: text_of() }),
            (_, None) => return Err(SeriesError::LocalTime { line, text: text_of() }),
            (LocalTimes::Utc, Some(local)) => return Ok(local.and_utc()),
            (LocalTimes::In { time_zone, doubled }, Some(local)) => (time_zone, doubled, local),
        };
        match (time_zone.from_local_datetime(&local), doubled) {
            (MappedLocalTime::Single(instant), _) => self.order.single(instant.to_utc(), text, line),
            (MappedLocalTime::None, _) => Err(SeriesError::Skipped { line, text: text_of(), time_zone }),
            (MappedLocalTime::Ambiguous(first, _), DoubledHour::First) => Ok(first.to_utc()),
            (MappedLocalTime::Ambiguous(_, second), DoubledHour::Second) => Ok(second.to_utc()),
            (MappedLocalTime::Ambiguous(..), DoubledHour::Refused) => {
                Err(SeriesError::Doubled { line, text: text_of(), time_zone })
            }
            (MappedLocalTime::Ambiguous(first, second), DoubledHour::InOrder) => {
                self.order.one_of_two(local, [first.to_utc(), second.to_utc()], text, line)
            }
        }
    }

    /// How long values hold: the smallest distance of two times, if most times are that far apart. A single
    /// time off the hour is a slip, and no reason to take hours for quarters.
    fn step(&self) -> Result<Step, SeriesError> {
        if let Some(step) = self.calendar {
            return Ok(step);
        }
        if let (Some((line, text)), LocalTimes::In { time_zone, .. }) =
            (self.order.alone.values().min(), self.local_times)
        {
            return Err(SeriesError::DoubledOnce { line: *line, text: text.clone(), time_zone });
        }
        let mut times: Vec<DateTime<Utc>> = self.rows.keys().copied().collect();
        times.sort_unstable();
        let distances = || times.windows(2).map(|pair| (pair[1] - pair[0], pair[1]));
        let hour = TimeDelta::hours(1);
        let mut step = Step::HOUR;
        if let Some((smallest, at)) = distances().min().filter(|(smallest, _)| *smallest < hour) {
            let alike = distances().filter(|(distance, _)| *distance == smallest).count();
            step = match Step::of_length(smallest) {
                Some(Step::Minutes(minutes @ (15 | 30))) if alike * 2 > times.len() - 1 => {
                    Step::Minutes(minutes)
                }
                _ => {
                    let (line, text) = self.rows[&at].clone();
                    return Err(SeriesError::Step { line, text, minutes: smallest.num_minutes() });
                }
            };
        }
        let off_step = self.rows.iter().filter(|(at, _)| step.end(**at).is_none()).map(|(_, row)| row).min();
        match off_step {
            Some((line, text)) => {
                Err(SeriesError::OffStep { line: *line, text: text.clone(), step: step.name() })
            }
            None => Ok(step),
        }
    }
}

/// A year or a month: when it begins, and which of the two it is.
fn of_calendar(text: &str) -> Option<(DateTime<Utc>, Step)> {
    let (first, step) = match text.len() {
        4 => (parse_date(&format!("{text}-01-01"))?, Step::Year),
        _ => (Month::parse(text)?.first_day(), Step::Month),
    };
    Some((beginning_of(first), step))
}

impl Order {
    /// Notes a row whose time stood on the clocks once. After rows of a doubled hour it must be later.
    fn single(&mut self, at: DateTime<Utc>, text: &str, line: u64) -> Result<DateTime<Utc>, SeriesError> {
        let latest = self.doubled.iter().flatten().max().copied();
        self.doubled = [None, None];
        self.single = Some(at);
        later(at, &[latest], text, line)
    }

    /// Takes the first row with a local time as the first of its two instants, and the next one as the
    /// second. Where rows run backwards that would be the wrong way round, so they must not.
    fn one_of_two(
        &mut self,
        local: NaiveDateTime,
        instants: [DateTime<Utc>; 2],
        text: &str,
        line: u64,
    ) -> Result<DateTime<Utc>, SeriesError> {
        let which = match self.alone.remove(&local) {
            Some(_) => 1,
            None => {
                self.alone.insert(local, (line, text.to_owned()));
                0
            }
        };
        let at = later(instants[which], &[self.single, self.doubled[which]], text, line)?;
        self.doubled[which] = Some(at);
        Ok(at)
    }
}

fn later(
    at: DateTime<Utc>,
    than: &[Option<DateTime<Utc>>],
    text: &str,
    line: u64,
) -> Result<DateTime<Utc>, SeriesError> {
    match than.iter().flatten().any(|before| at < *before) {
        true => Err(SeriesError::Backwards { line, text: text.to_owned() }),
        false => Ok(at),
    }
}

#[cfg(test)]
#[path = "csv_series_tests.rs"]
mod tests;
