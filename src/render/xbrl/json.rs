//! xBRL-JSON (OIM 1.0): the facts of a report as one JSON object.

use super::names::{BASE, ENTRY_FILE, LEI_SCHEME, NAMESPACE, PREFIX, Unit};
use super::report::{Context, Entity, Entry, Report, Value};
use crate::units::Decimal;
use chrono::{DateTime, Utc};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    document_info: Info,
    facts: BTreeMap<&'a str, JsonFact<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    document_type: &'static str,
    namespaces: BTreeMap<&'static str, &'static str>,
    taxonomy: [String; 1],
}

#[derive(Serialize)]
struct JsonFact<'a> {
    /// `null` is a figure without a value.
    value: Option<String>,
    /// Missing where the value is exactly true, and where it is no number.
    #[serde(skip_serializing_if = "Option::is_none")]
    decimals: Option<u32>,
    dimensions: BTreeMap<String, Cow<'a, str>>,
}

/// Canonical JSON (RFC 8785): the same facts are the same bytes.
pub(super) fn render(report: &Report) -> Vec<u8> {
    let figures = report.figures.iter().flat_map(|figure| [Some(&figure.entry), figure.why.as_ref()]);
    let entries = figures.flatten().chain(report.words.iter().map(|(_, entry)| entry));
    let document = Document {
        document_info: Info {
            document_type: "https://xbrl.org/2021/xbrl-json",
            namespaces: BTreeMap::from([
                (PREFIX, NAMESPACE),
                (entity_prefix(&report.entity), report.entity.scheme),
                ("utr", "http://www.xbrl.org/2009/utr"),
                ("xbrl", "https://xbrl.org/2021"),
            ]),
            taxonomy: [format!("{BASE}{ENTRY_FILE}")],
        },
        facts: entries.map(|entry| (entry.id.as_str(), fact(report, entry))).collect(),
    };
    // The structs above hold only what JSON can.
    serde_json_canonicalizer::to_vec(&document).expect("JSON in memory")
}

/// The prefix of identifiers; `lei` is kept for LEI codes by the specification.
fn entity_prefix(entity: &Entity) -> &'static str {
    if entity.scheme == LEI_SCHEME { "lei" } else { "provider" }
}

fn fact<'a>(report: &'a Report, entry: &'a Entry) -> JsonFact<'a> {
    let mut dimensions = dimensions(report, &report.contexts[entry.context]);
    dimensions.insert("concept".to_owned(), format!("{PREFIX}:{}", entry.name).into());
    let (value, decimals, unit) = match &entry.value {
        Value::Number { shown, decimals, unit } => (Some(in_unit(*shown, *unit)), *decimals, Some(*unit)),
        Value::Nil { unit } => (None, None, Some(*unit)),
        Value::Text { text, .. } => (Some(text.clone()), None, None),
    };
    if let Value::Text { language: Some(language), .. } = &entry.value {
        // OIM wants tags in small letters.
        dimensions.insert("language".to_owned(), language.to_ascii_lowercase().into());
    }
    // A number without a unit is a pure number.
    if let Some(unit) = unit.filter(|unit| *unit != Unit::One) {
        dimensions.insert("unit".to_owned(), unit.measure().into());
    }
    JsonFact { value, decimals, dimensions }
}

fn dimensions<'a>(report: &'a Report, context: &'a Context) -> BTreeMap<String, Cow<'a, str>> {
    let instant = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%S").to_string();
    let period = format!("{}/{}", instant(context.period.from()), instant(context.period.to()));
    let entity = format!("{}:{}", entity_prefix(&report.entity), report.entity.identifier);
    let own = context.dimensions.iter().map(|(axis, member)| {
        let member = if axis.is_typed() { member.into() } else { format!("{PREFIX}:{member}").into() };
        (format!("{PREFIX}:{}", axis.name()), member)
    });
    let core = [("entity", entity), ("period", period)];
    core.into_iter().map(|(name, value)| (name.to_owned(), value.into())).chain(own).collect()
}

/// A number of the document in the unit of the report, exactly. The point is moved in the text, because a decimal holds
/// only so many places.
fn in_unit(shown: Decimal, unit: Unit) -> String {
    let decimals = shown.decimals().saturating_add_signed(-unit.scale()) as usize;
    let sign = if shown.is_negative() { "-" } else { "" };
    let digits = format!("{:0>width$}", shown.mantissa().unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}
