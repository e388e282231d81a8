//! The difference between two versions of a disclosure: figure by figure, and every other member of the document.

use crate::domain::difference::{Difference, FactChange, MemberChange};
use crate::domain::disclosure::Disclosure;
use crate::domain::fact::{Concept, Fact, FactValue, Member, Of};
use crate::domain::problem::child;
use crate::render::json;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Compares two versions.
pub fn difference(old: &Disclosure, new: &Disclosure) -> Difference {
    let facts = facts(&old.facts, &new.facts);
    let differ = facts.iter().filter(|change| change.old.is_some()).count();
    Difference {
        from: old.reference,
        to: new.reference,
        reason: new.reason.clone(),
        facts_unchanged: old.facts.len() - differ,
        facts,
        members: members(old, new),
    }
}

/// Facts that differ, in the order of the old list; then those that only stand in the new one.
pub(super) fn facts(old: &[Fact], new: &[Fact]) -> Vec<FactChange> {
    let (before, after) = (by_key(old), by_key(new));
    let change = |fact: &Fact, old, new| FactChange {
        concept: fact.concept,
        of: fact.of.clone(),
        member: fact.member.clone(),
        old,
        new,
    };
    let differing = old.iter().filter_map(|fact| {
        let new = after.get(&key(fact)).copied();
        (new != Some(fact.value)).then(|| change(fact, Some(fact.value), new))
    });
    let added = new.iter().filter(|fact| !before.contains_key(&key(fact)));
    differing.chain(added.map(|fact| change(fact, None, Some(fact.value)))).collect()
}

/// What a fact is of: no two facts of a document have the same.
type Key<'a> = (Concept, &'a Of, Option<(&'static str, &'a str)>);

fn key(fact: &Fact) -> Key<'_> {
    (fact.concept, &fact.of, fact.member.as_ref().map(Member::as_pair))
}

fn by_key(facts: &[Fact]) -> BTreeMap<Key<'_>, FactValue> {
    facts.iter().map(|fact| (key(fact), fact.value)).collect()
}

/// Members that always differ, because they say which version it is; figures are compared by themselves.
const LEFT_OUT: [&str; 3] = ["version", "address", "facts"];

fn members(old: &Disclosure, new: &Disclosure) -> Vec<MemberChange> {
    // Canonical JSON is always JSON.
    let parse = |of: &Disclosure| -> Value { serde_json::from_slice(&json::render(of)).unwrap_or_default() };
    let without = |mut document: Value| {
        if let Some(members) = document.as_object_mut() {
            members.retain(|name, _| !LEFT_OUT.contains(&name.as_str()));
        }
        document
    };
    let mut changes = Vec::new();
    compare("", "", Some(&without(parse(old))), Some(&without(parse(new))), &mut changes);
    changes
}

/// By which members the elements of a list are known; a list without has texts as elements.
fn known_by(list: &str) -> &'static [&'static str] {
    match list {
        "models" | "sites" | "zones" => &["key"],
        "declared_factors" => &["kind", "valid_from", "valid_to"],
        "boundary" => &["item"],
        "factors" | "residual_mixes" => &["set", "zone", "value_zone", "rung"],
        "contracts" => &["contract"],
        "estimates" => &["model", "coefficient_revision"],
        "defaults" => &["kind"],
        "changes" => &["task_type", "model"],
        "not_compared" => &["reason"],
        "series_gaps" => &["month"],
        "training" => &["model"],
        "water_definitions" => &["definition", "name"],
        "water_factors" => &["zone", "from", "to"],
        "embodied_carbon" => &["site", "accelerator"],
        "hardware" => &["site", "accelerator", "from"],
        "texts" => &["field", "language"],
        "equivalents" => &["concept"],
        "budgets" => &["budget"],
        "history" => &["version"],
        _ => &[],
    }
}

/// Notes what differs between two values; `name` is that of the member that holds them.
fn compare(at: &str, name: &str, old: Option<&Value>, new: Option<&Value>, changes: &mut Vec<MemberChange>) {
    match (old, new) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            for member in names {
                compare(&child(at, member), member, before.get(member), after.get(member), changes);
            }
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) => {
            let (before, after) = (elements(name, before), elements(name, after));
            for (key, element) in &before.1 {
                compare(&child(at, key), "", Some(element), after.0.get(key).copied(), changes);
            }
            for (key, element) in after.1.iter().filter(|(key, _)| !before.0.contains_key(key)) {
                compare(&child(at, key), "", None, Some(element), changes);
            }
        }
        // A list that is left out where it is empty is told element by element all the same.
        (Some(Value::Array(_)), None) => compare(at, name, old, Some(&Value::Array(Vec::new())), changes),
        (None, Some(Value::Array(_))) => compare(at, name, Some(&Value::Array(Vec::new())), new, changes),
        (old, new) if old == new => {}
        (old, new) => {
            changes.push(MemberChange { pointer: at.to_owned(), old: old.map(text), new: new.map(text) });
        }
    }
}

/// The elements of a list by what they are known by, and in their order.
type Elements<'a> = (HashMap<String, &'a Value>, Vec<(String, &'a Value)>);

fn elements<'a>(list: &str, all: &'a [Value]) -> Elements<'a> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut ordered = Vec::with_capacity(all.len());
    for element in all {
        let parts = known_by(list).iter().filter_map(|member| element.get(member)).map(text);
        let key = match known_by(list) {
            [] => text(element),
            _ => parts.collect::<Vec<_>>().join(","),
        };
        let times = seen.entry(key.clone()).or_default();
        *times += 1;
        ordered.push((if *times == 1 { key } else { format!("{key} ({times})") }, element));
    }
    (ordered.iter().map(|(key, element)| (key.clone(), *element)).collect(), ordered)
}

/// A text as it is; everything else as JSON.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
#[path = "difference_tests.rs"]
mod tests;
