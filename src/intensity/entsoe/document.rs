//! The XML of the platform: what a document says was generated, before anything is worked out of it.

use super::{EntsoeError, MAX_BYTES, factors};
use crate::units::{Decimal, DecimalError};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use roxmltree::{Document, Node, ParsingOptions};
use std::collections::BTreeMap;
use thiserror::Error;

/// Most values of one document, with those that a curve repeats: a leap year of quarter hours of 24 series
/// has 843,264.
const MAX_VALUES: usize = 2_000_000;
/// Most parts of the XML. The smallest point has five; those of a document as the platform writes it have nine.
const MAX_NODES: u32 = 6_000_000;
/// Longest span of one document: the platform answers for a year at most, in local days.
const MAX_DAYS: i64 = 367;
/// One terawatt: more than Europe generates, so a larger power is a slip of the unit.
const MAX_POWER_W: i64 = 1_000_000_000_000;

/// What was generated, by `psrType` code. Consumption (pumping) is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    /// The EIC code of the area that all of it is of.
    pub area: String,
    /// Every type that the document names as generation; its slots by their beginning, without overlap.
    pub types: BTreeMap<String, BTreeMap<DateTime<Utc>, Slot>>,
    /// The beginning of the first slot.
    pub from: DateTime<Utc>,
    /// The end of the last slot.
    pub to: DateTime<Utc>,
}

/// One interval of one type as the source delivers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// 15, 30 or 60; the slot begins at a multiple of it in the hour.
    pub minutes: i64,
    /// Mean power in watts, exact; `None` where the source has a gap.
    pub power_w: Option<i64>,
}

/// What is wrong with one series.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SeriesFault {
    #[error("{element} is missing")]
    Missing { element: &'static str },
    #[error("{element} stands there twice")]
    Repeated { element: &'static str },
    #[error("{element} holds more than text")]
    NotPlain { element: &'static str },
    #[error("psrType '{code}' is not in ENTSO-E's list")]
    PsrType { code: String },
    #[error("it names both inBiddingZone_Domain.mRID and outBiddingZone_Domain.mRID")]
    BothDirections,
    #[error("it names neither inBiddingZone_Domain.mRID nor outBiddingZone_Domain.mRID")]
    NoDirection,
    #[error("its unit is '{unit}', not MAW (megawatts)")]
    Unit { unit: String },
    #[error("curveType '{curve}' is neither A01 nor A03")]
    Curve { curve: String },
    #[error("resolution '{resolution}' is none of PT15M, PT30M, PT60M and PT1H")]
    Resolution { resolution: String },
    #[error("'{text}' is not an instant in UTC such as 2023-01-01T00:00Z")]
    Instant { text: String },
    #[error("the period from {from} to {to} is not made of whole intervals of {minutes} minutes")]
    NotOnTheGrid { from: DateTime<Utc>, to: DateTime<Utc>, minutes: i64 },
    #[error("the period from {from} to {to} is empty or longer than {MAX_DAYS} days")]
    Length { from: DateTime<Utc>, to: DateTime<Utc> },
    #[error("position '{text}' is not within 1 to {last}")]
    Position { text: String, last: usize },
    #[error("position {position} stands there twice")]
    PositionTwice { position: usize },
    #[error("the quantity '{text}' at position {position} {error}")]
    Quantity { position: usize, text: String, error: DecimalError },
    #[error("the quantity '{text}' at position {position} is negative; generation cannot be")]
    Negative { position: usize, text: String },
    #[error("the interval at {at} has another value or resolution already")]
    Contradiction { at: DateTime<Utc> },
    #[error("the interval at {at} reaches into the one at {next}")]
    Overlap { at: DateTime<Utc>, next: DateTime<Utc> },
}

/// Reads what a document says was generated. Namespaces are of no matter: every version of the schema names
/// these elements alike.
pub fn generation(document: &[u8]) -> Result<Generation, EntsoeError> {
    if document.len() > MAX_BYTES {
        return Err(EntsoeError::TooLarge { bytes: document.len() });
    }
    let beginning = || beginning_of(document);
    let text = std::str::from_utf8(document).map_err(|_| EntsoeError::NotText { beginning: beginning() })?;
    // Definitions of entities are refused: nothing here needs them, and they can make a text grow without end.
    let options = ParsingOptions { allow_dtd: false, nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    let tree = Document::parse_with_options(text, options)
        .map_err(|error| EntsoeError::Xml { error, beginning: beginning() })?;
    let root = tree.root_element();
    match root.tag_name().name() {
        "GL_MarketDocument" => {}
        "Acknowledgement_MarketDocument" => return Err(acknowledgement(root)),
        other => {
            return Err(EntsoeError::Unexpected { root: shortened(other), beginning: beginning() });
        }
    }
    for (element, wanted) in [("type", "A75"), ("process.processType", "A16")] {
        let found = children(root, element).next().and_then(|node| node.text()).unwrap_or_default().trim();
        if found != wanted {
            return Err(EntsoeError::OtherDocument { element, wanted, found: shortened(found) });
        }
    }
    collect(&tree, root)
}

/// An acknowledgement says why there is no document. The platform gives code 999 to most refusals, among them
/// "too much requested", so only its text tells that there is no data.
fn acknowledgement(root: Node<'_, '_>) -> EntsoeError {
    let part = |reason: Node<'_, '_>, name| {
        let text = children(reason, name).next().and_then(|node| node.text()).unwrap_or_default();
        shortened(text.trim())
    };
    let reasons: Vec<(String, String)> =
        children(root, "Reason").map(|reason| (part(reason, "code"), part(reason, "text"))).collect();
    let is_no_data =
        |(code, text): &(String, String)| code == "999" && text.to_lowercase().contains("no matching data");
    let texts = reasons.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join("; ");
    if !reasons.is_empty() && reasons.iter().all(is_no_data) {
        return EntsoeError::NoData { reason: texts };
    }
    let code = reasons.into_iter().next().map(|(code, _)| code).unwrap_or_default();
    EntsoeError::Refused { code, reason: texts }
}

fn collect(tree: &Document<'_>, root: Node<'_, '_>) -> Result<Generation, EntsoeError> {
    let mut types: BTreeMap<String, BTreeMap<DateTime<Utc>, Slot>> = BTreeMap::new();
    let mut area: Option<&str> = None;
    let mut values = 0usize;
    for series in children(root, "TimeSeries") {
        let named = |fault| EntsoeError::Series { series: describe(tree, series), fault };
        let Some(found) = area_of_generation(series).map_err(named)? else { continue };
        let first = *area.get_or_insert(found);
        if first != found {
            return Err(EntsoeError::SeveralAreas { first: shortened(first), other: shortened(found) });
        }
        let psr_type = psr_type(series).map_err(named)?;
        let is_repeating = is_repeating(series).map_err(named)?;
        let slots = types.entry(psr_type.to_owned()).or_default();
        let mut periods = 0;
        for period in children(series, "Period") {
            periods += 1;
            let grid = grid(period).map_err(named)?;
            values += grid.count;
            if values > MAX_VALUES {
                return Err(EntsoeError::TooManyValues { limit: MAX_VALUES });
            }
            for (index, power_w) in powers(period, grid.count, is_repeating).map_err(named)?.enumerate() {
                let at = grid.from + TimeDelta::minutes(grid.minutes * index as i64);
                insert(slots, at, Slot { minutes: grid.minutes, power_w }).map_err(named)?;
            }
        }
        if periods == 0 {
            return Err(named(SeriesFault::Missing { element: "Period" }));
        }
    }
    for (psr_type, slots) in &types {
        // Not of one series: two may overlap.
        without_overlap(slots)
            .map_err(|fault| EntsoeError::Series { series: type_and_name(psr_type), fault })?;
    }
    let from = types.values().filter_map(|slots| slots.keys().next()).min();
    let last = types.values().filter_map(BTreeMap::last_key_value);
    let to = last.map(|(at, slot)| *at + TimeDelta::minutes(slot.minutes)).max();
    let (Some(from), Some(to), Some(area)) = (from.copied(), to, area) else {
        return Err(EntsoeError::NoGeneration);
    };
    if to - from > TimeDelta::days(MAX_DAYS) {
        return Err(EntsoeError::TooLong { days: MAX_DAYS });
    }
    Ok(Generation { area: shortened(area), types, from, to })
}

/// The area of a series of generation; `None` for one of consumption.
fn area_of_generation<'a>(series: Node<'a, '_>) -> Result<Option<&'a str>, SeriesFault> {
    let generates = optional(series, "inBiddingZone_Domain.mRID")?;
    let consumes = optional(series, "outBiddingZone_Domain.mRID")?;
    match (generates, consumes) {
        (Some(area), None) => Ok(Some(area)),
        (None, Some(_)) => Ok(None),
        (Some(_), Some(_)) => Err(SeriesFault::BothDirections),
        (None, None) => Err(SeriesFault::NoDirection),
    }
}

fn psr_type<'a>(series: Node<'a, '_>) -> Result<&'a str, SeriesFault> {
    let code = required(only(series, "MktPSRType")?, "psrType")?;
    // Megawatts are what the platform documents; a series that says nothing is in them.
    match optional(series, "quantity_Measure_Unit.name")? {
        None | Some("MAW") => {}
        Some(unit) => return Err(SeriesFault::Unit { unit: shortened(unit) }),
    }
    match factors::name_of(code) {
        Some(_) => Ok(code),
        None => Err(SeriesFault::PsrType { code: shortened(code) }),
    }
}

/// Whether a missing position repeats the last. A series that does not say is of fixed blocks (A01), as the
/// standard has it, and then a missing position is a gap.
fn is_repeating(series: Node<'_, '_>) -> Result<bool, SeriesFault> {
    match optional(series, "curveType")? {
        None | Some("A01") => Ok(false),
        Some("A03") => Ok(true),
        Some(curve) => Err(SeriesFault::Curve { curve: shortened(curve) }),
    }
}

/// Where the positions of a period stand: `count` intervals of so many minutes.
struct Grid {
    from: DateTime<Utc>,
    minutes: i64,
    count: usize,
}

fn grid(period: Node<'_, '_>) -> Result<Grid, SeriesFault> {
    let minutes = match required(period, "resolution")? {
        "PT15M" => 15,
        "PT30M" => 30,
        "PT60M" | "PT1H" => 60,
        other => return Err(SeriesFault::Resolution { resolution: shortened(other) }),
    };
    let interval = only(period, "timeInterval")?;
    let (from, to) = (instant(required(interval, "start")?)?, instant(required(interval, "end")?)?);
    let length = to - from;
    if length <= TimeDelta::zero() || length > TimeDelta::days(MAX_DAYS) {
        return Err(SeriesFault::Length { from, to });
    }
    let seconds = minutes * 60;
    if from.timestamp() % seconds != 0 || to.timestamp() % seconds != 0 {
        return Err(SeriesFault::NotOnTheGrid { from, to, minutes });
    }
    let count = usize::try_from(length.num_minutes() / minutes).unwrap_or(0);
    Ok(Grid { from, minutes, count })
}

/// The platform writes instants without seconds, which RFC 3339 does not know.
fn instant(text: &str) -> Result<DateTime<Utc>, SeriesFault> {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%MZ")
        .map(|naive| naive.and_utc())
        .or_else(|_| DateTime::parse_from_rfc3339(text).map(|instant| instant.to_utc()))
        .map_err(|_| SeriesFault::Instant { text: shortened(text) })
}

/// The powers of a period by position, in watts.
fn powers(
    period: Node<'_, '_>,
    count: usize,
    is_repeating: bool,
) -> Result<impl Iterator<Item = Option<i64>>, SeriesFault> {
    let mut powers_w: Vec<Option<i64>> = vec![None; count];
    for point in children(period, "Point") {
        let text = required(point, "position")?;
        let position = text
            .parse::<usize>()
            .ok()
            .filter(|position| (1..=count).contains(position))
            .ok_or_else(|| SeriesFault::Position { text: shortened(text), last: count })?;
        let power_w = watts(required(point, "quantity")?, position)?;
        if powers_w[position - 1].replace(power_w).is_some() {
            return Err(SeriesFault::PositionTwice { position });
        }
    }
    Ok(powers_w.into_iter().scan(None, move |last, power_w| {
        *last = power_w.or(last.filter(|_| is_repeating));
        Some(*last)
    }))
}

fn watts(text: &str, position: usize) -> Result<i64, SeriesFault> {
    let quantity = |error| SeriesFault::Quantity { position, text: shortened(text), error };
    let watts = Decimal::parse(text).and_then(|megawatts| megawatts.to_scaled(6)).map_err(quantity)?;
    if watts < 0 {
        return Err(SeriesFault::Negative { position, text: shortened(text) });
    }
    let watts = i64::try_from(watts).ok().filter(|watts| *watts <= MAX_POWER_W);
    watts.ok_or_else(|| quantity(DecimalError::OutOfRange))
}

/// The platform may say the same interval twice, alike; and one series may have what another has not.
fn insert(
    slots: &mut BTreeMap<DateTime<Utc>, Slot>,
    at: DateTime<Utc>,
    new: Slot,
) -> Result<(), SeriesFault> {
    let slot = slots.entry(at).or_insert(new);
    if slot.minutes != new.minutes {
        return Err(SeriesFault::Contradiction { at });
    }
    match (slot.power_w, new.power_w) {
        (Some(first), Some(second)) if first != second => Err(SeriesFault::Contradiction { at }),
        (first, second) => {
            slot.power_w = first.or(second);
            Ok(())
        }
    }
}

fn without_overlap(slots: &BTreeMap<DateTime<Utc>, Slot>) -> Result<(), SeriesFault> {
    for ((at, slot), next) in slots.iter().zip(slots.keys().skip(1)) {
        if *at + TimeDelta::minutes(slot.minutes) > *next {
            return Err(SeriesFault::Overlap { at: *at, next: *next });
        }
    }
    Ok(())
}

fn children<'a, 'input>(
    node: Node<'a, 'input>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'input>> + use<'a, 'input> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

fn at_most_one<'a, 'input>(
    node: Node<'a, 'input>,
    element: &'static str,
) -> Result<Option<Node<'a, 'input>>, SeriesFault> {
    let mut found = children(node, element);
    let first = found.next();
    if found.next().is_some() { Err(SeriesFault::Repeated { element }) } else { Ok(first) }
}

fn only<'a, 'input>(node: Node<'a, 'input>, element: &'static str) -> Result<Node<'a, 'input>, SeriesFault> {
    at_most_one(node, element)?.ok_or(SeriesFault::Missing { element })
}

/// The trimmed text of a child; `None` where it is not there or empty.
fn optional<'a>(node: Node<'a, '_>, element: &'static str) -> Result<Option<&'a str>, SeriesFault> {
    let Some(child) = at_most_one(node, element)? else { return Ok(None) };
    // A comment or an element within would split the text, and its first part alone is another number.
    if child.children().any(|part| !part.is_text()) {
        return Err(SeriesFault::NotPlain { element });
    }
    Ok(child.text().map(str::trim).filter(|text| !text.is_empty()))
}

fn required<'a>(node: Node<'a, '_>, element: &'static str) -> Result<&'a str, SeriesFault> {
    optional(node, element)?.ok_or(SeriesFault::Missing { element })
}

/// Names a series for people: `TimeSeries 3 in line 210 (B14 Nuclear)`.
fn describe(tree: &Document<'_>, series: Node<'_, '_>) -> String {
    let line = tree.text_pos_at(series.range().start).row;
    let id = optional(series, "mRID").ok().flatten().unwrap_or("without mRID");
    let code = only(series, "MktPSRType").and_then(|node| required(node, "psrType")).unwrap_or("no psrType");
    format!("TimeSeries {} in line {line} ({})", shortened(id), type_and_name(code))
}

/// `B14 Nuclear`
fn type_and_name(code: &str) -> String {
    let name = factors::name_of(code).map(|name| format!(" {name}")).unwrap_or_default();
    format!("{}{name}", shortened(code))
}

/// The first characters of whatever came, on one line.
fn beginning_of(document: &[u8]) -> String {
    let text = String::from_utf8_lossy(&document[..document.len().min(1000)]);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(80).filter(|letter| !letter.is_control()).collect()
}

/// A text of the source as far as a message quotes it.
fn shortened(text: &str) -> String {
    text.chars().take(300).filter(|letter| !letter.is_control()).collect()
}
