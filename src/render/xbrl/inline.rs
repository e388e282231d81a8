//! The inline page (Inline XBRL 1.1): XHTML that people read, in which every fact of the report is tagged where it
//! stands.

mod tables;

use super::names::{Axis, BASE, ENTRY_FILE, NAMESPACE, PREFIX, Unit};
use super::report::{Context, Entry, Report, Value};
use super::words::{Group, Word};
use crate::domain::disclosure::Disclosure;
use crate::domain::period::Period;
use crate::render::number::group as grouped;
use askama::Template;
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use tables::{Cell, Table, tables};

/// The page.
///
/// # Errors
///
/// The template could not be filled.
pub(super) fn render(d: &Disclosure, report: &Report) -> Result<Vec<u8>, askama::Error> {
    let words = |group: Group| {
        let of = report.words.iter().filter(move |(word, _)| word.group() == group);
        of.map(|(word, entry)| WordRow::new(d, *word, entry, &report.contexts[entry.context])).collect()
    };
    let page = Page {
        namespace: NAMESPACE,
        schema: format!("{BASE}{ENTRY_FILE}"),
        title: format!("{} – {}", d.service.name, d.provider.legal_name),
        service: &d.service.name,
        period: d.period.describe(),
        notice: d.provider.kind.notice(),
        scheme: report.entity.scheme,
        identifier: &report.entity.identifier,
        contexts: report.contexts.iter().zip(1..).map(|(context, at)| ContextRow::new(context, at)).collect(),
        units: Unit::ALL.map(|unit| (unit_id(unit), unit.measure())),
        about: words(Group::About),
        tables: tables(d, report),
        boundary: words(Group::Boundary),
        models: words(Group::Model),
        gaps: words(Group::Gap),
        texts: words(Group::Text),
        equivalents: words(Group::Equivalent),
        limits: words(Group::Limit),
    };
    Ok(page.render()?.into_bytes())
}

#[derive(Template)]
#[template(path = "xbrl/inline.xml")]
struct Page<'a> {
    namespace: &'a str,
    schema: String,
    title: String,
    service: &'a str,
    period: String,
    /// A heading and a sentence on whose figures these are.
    notice: Option<(&'static str, &'static str)>,
    scheme: &'a str,
    identifier: &'a str,
    contexts: Vec<ContextRow>,
    units: [(&'static str, &'static str); Unit::ALL.len()],
    about: Vec<WordRow<'a>>,
    tables: Vec<Table>,
    boundary: Vec<WordRow<'a>>,
    models: Vec<WordRow<'a>>,
    gaps: Vec<WordRow<'a>>,
    texts: Vec<WordRow<'a>>,
    equivalents: Vec<WordRow<'a>>,
    limits: Vec<WordRow<'a>>,
}

struct ContextRow {
    id: String,
    from: String,
    to: String,
    dimensions: Vec<DimensionRow>,
}

struct DimensionRow {
    axis: String,
    /// The element of the key, where the axis is typed.
    key: Option<String>,
    member: String,
}

impl ContextRow {
    fn new(context: &Context, number: usize) -> ContextRow {
        let dimensions = context.dimensions.iter().map(|(axis, member)| DimensionRow {
            axis: format!("{PREFIX}:{}", axis.name()),
            key: axis.is_typed().then(|| format!("{PREFIX}:{}", axis.domain())),
            member: if axis.is_typed() { member.clone() } else { format!("{PREFIX}:{member}") },
        });
        let (from, to) = ends(context.period);
        ContextRow { id: format!("c{number}"), from, to, dimensions: dimensions.collect() }
    }
}

/// Whole days as their first and last; other periods as instants, which are UTC.
fn ends(period: Period) -> (String, String) {
    let is_midnight = |at: DateTime<Utc>| at.hour() == 0;
    if is_midnight(period.from()) && is_midnight(period.to()) {
        let last = period.to() - TimeDelta::hours(1);
        return (period.from().date_naive().to_string(), last.date_naive().to_string());
    }
    let instant = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%S").to_string();
    (instant(period.from()), instant(period.to()))
}

/// The name of a calendar month; other periods by their ends.
fn month_name(period: Period) -> String {
    match period.whole_months() {
        Some(1) => period.from().format("%B %Y").to_string(),
        _ => period.describe(),
    }
}

fn unit_id(unit: Unit) -> &'static str {
    unit.measure().rsplit(':').next().unwrap_or_default()
}

fn context_id(entry: &Entry) -> String {
    format!("c{}", entry.context + 1)
}

/// A word in its place: what it is called, of what, and its tag.
struct WordRow<'a> {
    label: String,
    /// The key of its model, or its month.
    of: String,
    tag: TextTag<'a>,
}

impl<'a> WordRow<'a> {
    fn new(d: &Disclosure, word: Word, entry: &'a Entry, context: &Context) -> WordRow<'a> {
        let of = match context.dimensions.first() {
            Some((Axis::Model, model)) => model.clone(),
            _ if context.period != d.period => month_name(context.period),
            _ => String::new(),
        };
        let [label, ..] = word.labels();
        WordRow { label, of, tag: TextTag::new(entry) }
    }
}

/// The tag of a text.
struct TextTag<'a> {
    id: &'a str,
    name: &'a str,
    context: String,
    language: Option<&'a str>,
    text: &'a str,
}

impl<'a> TextTag<'a> {
    fn new(entry: &'a Entry) -> TextTag<'a> {
        let (text, language) = match &entry.value {
            Value::Text { text, language } => (text.as_str(), language.as_deref()),
            // Words and reasons are texts.
            Value::Number { .. } | Value::Nil { .. } => ("", None),
        };
        TextTag { id: &entry.id, name: &entry.name, context: context_id(entry), language, text }
    }
}

/// The tag of a number, as attributes and as what stands in it. The digits are grouped with commas, which the number
/// format of Inline XBRL reads in every country.
struct NumberTag {
    attributes: String,
    is_negative: bool,
    digits: String,
}

impl NumberTag {
    fn new(entry: &Entry) -> NumberTag {
        let mut attributes = format!(
            "id=\"{}\" name=\"{PREFIX}:{}\" contextRef=\"{}\"",
            entry.id,
            entry.name,
            context_id(entry)
        );
        let (mut is_negative, mut digits) = (false, String::new());
        match &entry.value {
            Value::Number { shown, decimals, unit } => {
                is_negative = shown.is_negative();
                digits = grouped(&shown.abs().to_string());
                let decimals = decimals.map_or("INF".to_owned(), |decimals| decimals.to_string());
                attributes += &format!(" unitRef=\"{}\" decimals=\"{decimals}\"", unit_id(*unit));
                attributes += " format=\"ixt:num-dot-decimal\"";
                if unit.scale() != 0 {
                    attributes += &format!(" scale=\"{}\"", unit.scale());
                }
                if is_negative {
                    attributes += " sign=\"-\"";
                }
            }
            Value::Nil { unit } => attributes += &format!(" unitRef=\"{}\" xsi:nil=\"true\"", unit_id(*unit)),
            Value::Text { .. } => {}
        }
        NumberTag { attributes, is_negative, digits }
    }
}
