//! What we read from documents of generation per type is what entsoe-py reads, an independent client.

use crate::examples::skip;
use crate::send::dir::Dir;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use taskwatt::intensity::entsoe::{Generation, generation};
use taskwatt::units::Decimal;

/// The Python that has what `tests/entsoe/requirements.txt` names.
#[expect(clippy::disallowed_methods, reason = "set by scripts/test, which installs it")]
pub fn python() -> Option<PathBuf> {
    let python = std::env::var_os("TEST_ENTSOE_PYTHON").map(PathBuf::from);
    if python.is_none() {
        skip("TEST_ENTSOE_PYTHON is not set, so entsoe-py checks nothing; scripts/test installs it");
    }
    python
}

/// A beginning, an end, a resolution and the points: quantities at positions.
type Period = (String, String, &'static str, Vec<(usize, String)>);

/// A series of a document.
struct Series {
    psr_type: &'static str,
    generates: bool,
    curve: &'static str,
    periods: Vec<Period>,
}

/// Writes a document as the platform does, with its white space and empty attributes.
fn document(all: &[Series]) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <GL_MarketDocument xmlns=\"urn:iec62325.351:tc57wg16:451-6:generationloaddocument:3:0\">\n\
         \t<mRID>0a1b</mRID>\n\t<revisionNumber>1</revisionNumber>\n\t<type>A75</type>\n\
         \t<process.processType>A16</process.processType>\n\
         \t<createdDateTime>2024-01-08T10:00:00Z</createdDateTime>\n\
         \t<time_Period.timeInterval>\n\t\t<start>2024-03-30T23:00Z</start>\n\
         \t\t<end>2024-04-01T22:00Z</end>\n\t</time_Period.timeInterval>\n",
    );
    for (number, series) in (1..).zip(all) {
        let (business, direction) = if series.generates { ("A01", "in") } else { ("A04", "out") };
        write!(
            text,
            "\t<TimeSeries>\n\t\t<mRID>{number}</mRID>\n\t\t<businessType>{business}</businessType>\n\
             \t\t<objectAggregation>A08</objectAggregation>\n\
             \t\t<{direction}BiddingZone_Domain.mRID codingScheme=\"A01\">10Y1001A1001A82H\
             </{direction}BiddingZone_Domain.mRID>\n\
             \t\t<quantity_Measure_Unit.name>MAW</quantity_Measure_Unit.name>\n\
             \t\t<curveType>{}</curveType>\n\
             \t\t<MktPSRType>\n\t\t\t<psrType>{}</psrType>\n\t\t</MktPSRType>\n",
            series.curve, series.psr_type
        )
        .unwrap();
        for (from, to, resolution, points) in &series.periods {
            write!(
                text,
                "\t\t<Period>\n\t\t\t<timeInterval>\n\t\t\t\t<start>{from}</start>\n\
                 \t\t\t\t<end>{to}</end>\n\t\t\t</timeInterval>\n\
                 \t\t\t<resolution>{resolution}</resolution>\n"
            )
            .unwrap();
            for (position, quantity) in points {
                write!(
                    text,
                    "\t\t\t<Point>\n\t\t\t\t<position>{position}</position>\n\
                     \t\t\t\t<quantity>{quantity}</quantity>\n\t\t\t</Point>\n"
                )
                .unwrap();
            }
            text += "\t\t</Period>\n";
        }
        text += "\t</TimeSeries>\n";
    }
    text + "</GL_MarketDocument>\n"
}

/// Quantities at the positions that are not left out; some have decimals, some repeat, some are 0.
fn points(count: usize, seed: usize, is_left_out: impl Fn(usize) -> bool) -> Vec<(usize, String)> {
    let quantity = |position: usize| {
        let whole = (position * 7919 + seed * 104_729) % 4_001;
        if position.is_multiple_of(3) { format!("{whole}.{:03}", position % 1000) } else { whole.to_string() }
    };
    (1..=count)
        .filter(|position| !is_left_out(*position))
        .map(|position| (position, quantity(position)))
        .collect()
}

/// Two local days in Germany with the change of the clocks, in which a type changes its resolution.
fn two_days() -> Vec<Series> {
    let (from, middle, to) = ("2024-03-30T23:00Z", "2024-03-31T22:00Z", "2024-04-01T22:00Z");
    let period =
        |from: &str, to: &str, resolution, points| (from.to_owned(), to.to_owned(), resolution, points);
    let series = |psr_type, generates, curve, periods| Series { psr_type, generates, curve, periods };
    vec![
        series("B01", true, "A01", vec![period(from, to, "PT60M", points(47, 1, |_| false))]),
        series(
            "B04",
            true,
            "A03",
            vec![period(from, to, "PT60M", points(47, 2, |at| at % 5 > 2 || at > 40))],
        ),
        // A gap in the middle of fixed blocks, and at both ends.
        series(
            "B11",
            true,
            "A01",
            vec![period(from, to, "PT60M", points(47, 3, |at| [1, 20, 21, 47].contains(&at)))],
        ),
        series("B16", true, "A03", vec![period(from, to, "PT15M", points(188, 4, |at| at % 4 != 1))]),
        series(
            "B19",
            true,
            "A01",
            vec![
                period(from, middle, "PT60M", points(23, 5, |_| false)),
                period(middle, to, "PT15M", points(96, 6, |_| false)),
            ],
        ),
        // Two series of one type, with hours between them that neither has.
        series(
            "B10",
            true,
            "A03",
            vec![period(from, "2024-03-31T04:00Z", "PT30M", points(10, 7, |at| at > 2))],
        ),
        series("B10", true, "A03", vec![period("2024-03-31T07:00Z", to, "PT30M", points(78, 8, |_| false))]),
        series("B10", false, "A03", vec![period(from, to, "PT60M", points(47, 9, |at| at % 2 == 0))]),
    ]
}

/// What we read, in the form in which `check.py` prints: gaps left out.
fn ours(read: &Generation) -> Value {
    let list = include_str!("../../data/zones/entsoe_psr_types.csv");
    let names: HashMap<&str, &str> = list.lines().filter_map(|line| line.split_once(',')).collect();
    let types = read.types.iter().map(|(psr_type, slots)| {
        let values: Map<String, Value> = slots
            .iter()
            .filter_map(|(at, slot)| {
                Some((at.format("%Y-%m-%dT%H:%M:%SZ").to_string(), json!(slot.power_w?)))
            })
            .collect();
        (names[psr_type.as_str()].to_owned(), Value::Object(values))
    });
    Value::Object(types.collect())
}

/// What entsoe-py reads, in whole watts.
fn theirs(python: &Path, text: &str) -> Value {
    let dir = Dir::new();
    dir.write("document.xml", text);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/entsoe/check.py");
    let output = Command::new(python).arg(script).arg(dir.0.join("document.xml")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut read: Value = serde_json::from_slice(&output.stdout).unwrap();
    for values in read.as_object_mut().unwrap().values_mut() {
        for megawatts in values.as_object_mut().unwrap().values_mut() {
            let watts = Decimal::parse(&megawatts.to_string()).unwrap().to_scaled(6).unwrap();
            *megawatts = json!(i64::try_from(watts).unwrap());
        }
    }
    read
}

#[test]
fn entsoe_py_reads_the_same_generation_per_type_and_interval() {
    let Some(python) = python() else { return };
    let text = document(&two_days());
    let (ours, theirs) = (ours(&generation(text.as_bytes()).unwrap()), theirs(&python, &text));
    let count = |read: &Value| -> usize {
        read.as_object().unwrap().values().map(|values| values.as_object().unwrap().len()).sum()
    };
    // B01 and B04 have 47 hours, B11 43 of them, B16 188 quarters, B19 23 hours and 96 quarters, B10 88 halves.
    assert_eq!(count(&theirs), 47 + 47 + 43 + 188 + 23 + 96 + 88);
    assert_eq!(ours, theirs);
}
