//! The difference between two versions of a disclosure as JSON and as CSV.

use super::csv::{neutralise, value_text};
use crate::domain::difference::{Difference, FactChange, MemberChange};
use crate::domain::terms::TaskType;
use chrono::SecondsFormat;
use serde::Serialize;
use utoipa::ToSchema;

/// What another version of a disclosure says otherwise.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Difference)]
pub struct WireDifference {
    /// The number of the disclosure.
    number: i32,
    from_version: i32,
    to_version: i32,
    /// Why the later version was made, as its provider says.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// Figures that differ.
    facts: Vec<WireFactChange>,
    /// How many figures both hold with the same value.
    facts_unchanged: usize,
    /// Other members of the document that differ.
    members: Vec<WireMemberChange>,
}

/// A figure that differs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FactChange)]
pub struct WireFactChange {
    /// `added`, `gone` or `changed`.
    change: &'static str,
    concept: &'static str,
    unit: &'static str,
    /// `all`, or one task type.
    task_type: &'static str,
    /// One model; missing for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    /// The beginning of a month of the series; missing for the period of the disclosure.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    month: Option<String>,
    /// The dimension and the part that a share is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    dimension: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    /// The exact value, `unknown`, `N/A` or `not included`; missing where it was not stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<String>,
    /// The same of the later version.
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<String>,
    /// New − old, exact.
    #[serde(skip_serializing_if = "Option::is_none")]
    absolute: Option<String>,
    /// The same divided by the amount of the old value, with 12 decimals, half to even.
    #[serde(skip_serializing_if = "Option::is_none")]
    relative: Option<String>,
}

/// Another member of the document that differs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MemberChange)]
pub struct WireMemberChange {
    /// `added`, `gone` or `changed`.
    change: &'static str,
    /// A JSON pointer in which elements of lists stand with what they are known by.
    pointer: String,
    /// A text as it is, everything else as JSON; missing where it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<String>,
}

const HEADER: [&str; 12] = [
    "what",
    "change",
    "name",
    "unit",
    "task_type",
    "model",
    "month",
    "member",
    "old",
    "new",
    "absolute",
    "relative",
];

/// The wire form.
pub fn wire(difference: &Difference) -> WireDifference {
    WireDifference {
        number: difference.to.number,
        from_version: difference.from.version,
        to_version: difference.to.version,
        reason: difference.reason.clone(),
        facts: difference.facts.iter().map(fact).collect(),
        facts_unchanged: difference.facts_unchanged,
        members: difference.members.iter().map(member).collect(),
    }
}

/// Canonical JSON (RFC 8785).
pub fn json(difference: &Difference) -> Vec<u8> {
    // Strings, integers and lists have a canonical form.
    serde_json_canonicalizer::to_vec(&wire(difference)).expect("a document of strings and integers")
}

/// One row for each figure and member that differs.
pub fn csv(difference: &Difference) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory does not fail.
    writer.write_record(HEADER).expect("a row in memory");
    let WireDifference { facts, members, .. } = wire(difference);
    let text = |value: Option<String>| value.unwrap_or_default();
    for one in facts {
        let row = [
            "fact".to_owned(),
            one.change.to_owned(),
            one.concept.to_owned(),
            one.unit.to_owned(),
            one.task_type.to_owned(),
            one.model.unwrap_or_else(|| "all".to_owned()),
            text(one.month),
            text(one.member),
            text(one.old),
            text(one.new),
            text(one.absolute),
            text(one.relative),
        ];
        writer.write_record(row.map(neutralise)).expect("a row in memory");
    }
    for one in members {
        let empty = String::new;
        let (old, new) = (text(one.old), text(one.new));
        let row = [
            "member".to_owned(),
            one.change.to_owned(),
            one.pointer,
            empty(),
            empty(),
            empty(),
            empty(),
            empty(),
        ];
        let row = row.into_iter().chain([old, new, empty(), empty()]).map(neutralise);
        writer.write_record(row).expect("a row in memory");
    }
    writer.into_inner().expect("a buffer in memory")
}

fn fact(change: &FactChange) -> WireFactChange {
    let pair = change.member.as_ref().map(|member| member.as_pair());
    let month = change.of.month.map(|month| month.from().to_rfc3339_opts(SecondsFormat::Secs, true));
    WireFactChange {
        change: change.kind().as_str(),
        concept: change.concept.as_str(),
        unit: change.concept.unit(),
        task_type: change.of.task_type.map_or("all", TaskType::as_str),
        model: change.of.model.as_deref().map(str::to_owned),
        month,
        dimension: pair.map(|(dimension, _)| dimension),
        member: pair.map(|(_, name)| name.to_owned()),
        old: change.old.map(value_text),
        new: change.new.map(value_text),
        absolute: change.absolute().map(|value| value.to_string()),
        relative: change.relative().map(|value| value.to_string()),
    }
}

fn member(change: &MemberChange) -> WireMemberChange {
    WireMemberChange {
        change: change.kind().as_str(),
        pointer: change.pointer.clone(),
        old: change.old.clone(),
        new: change.new.clone(),
    }
}
