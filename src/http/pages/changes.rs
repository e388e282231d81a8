//! `/disclosures/{number}/v{version}/changes`: what a published version says otherwise than the one before it.

use super::disclosure::{no_disclosure, reference};
use super::{STYLESHEET, html};
use crate::app::App;
use crate::db;
use crate::db::disclosure::{Listing, RegisterLine};
use crate::disclosure::difference::difference;
use crate::domain::difference::{FactChange, MemberChange};
use crate::domain::disclosure::{Disclosure, Reference};
use crate::domain::fact::FactValue;
use crate::domain::terms::TaskType;
use crate::http::problem::Problem;
use crate::render::json;
use crate::render::number::{TABLE, figure, group};
use crate::text::{Labels, Language, labels};
use crate::units::Decimal;
use actix_web::{HttpResponse, web};
use askama::Template;

#[derive(Template)]
#[template(path = "changes.html")]
struct ChangesPage<'a> {
    home: &'a str,
    stylesheet: &'a str,
    status_line: String,
    service: String,
    number: i32,
    from: i32,
    to: i32,
    reason: Option<String>,
    facts: Vec<FactGroup>,
    months: usize,
    unchanged: String,
    members: Vec<MemberRow>,
}

/// Figures of the same tasks.
struct FactGroup {
    of: String,
    rows: Vec<FactRow>,
}

struct FactRow {
    name: &'static str,
    unit: &'static str,
    old: String,
    new: String,
    absolute: String,
    relative: String,
}

struct MemberRow {
    pointer: String,
    change: &'static str,
    old: String,
    new: String,
}

pub async fn show(app: web::Data<App>, path: web::Path<(String, String)>) -> Result<HttpResponse, Problem> {
    let to = reference(&path.0, &path.1)?;
    let versions = db::disclosure::list(&app.pool, Listing::Number(to.number)).await?;
    if !versions.iter().any(|line| line.reference == to) {
        return Err(no_disclosure(&path.0));
    }
    let Some(from) = before(&versions, to) else {
        return Err(Problem::not_found("this is the first version of the disclosure"));
    };
    let (old, new) = (document(&app, from).await?, document(&app, to).await?);
    html(&page(&old, &new))
}

/// The published version before this one.
pub(super) fn before(versions: &[RegisterLine], to: Reference) -> Option<Reference> {
    let earlier = versions.iter().map(|line| line.reference).filter(|one| one.version < to.version);
    earlier.max_by_key(|one| one.version)
}

async fn document(app: &App, reference: Reference) -> Result<Disclosure, Problem> {
    let found = db::disclosure::find(&app.pool, reference).await?;
    let found = found.ok_or_else(|| no_disclosure(&reference.number.to_string()))?;
    json::read(&found.document).map_err(|error| Problem::internal(&error))
}

fn page(old: &Disclosure, new: &Disclosure) -> ChangesPage<'static> {
    let found = difference(old, new);
    // Every figure has a name in English.
    let names = labels(Language::English);
    let (of_period, of_months): (Vec<_>, Vec<_>) =
        found.facts.iter().partition(|change| change.of.month.is_none());
    ChangesPage {
        home: "",
        stylesheet: STYLESHEET,
        status_line: new.template.status_line.clone(),
        service: new.service.name.clone(),
        number: found.to.number,
        from: found.from.version,
        to: found.to.version,
        reason: found.reason,
        facts: fact_groups(&of_period, names),
        months: of_months.len(),
        unchanged: group(&found.facts_unchanged.to_string()),
        members: found.members.iter().map(member_row).collect(),
    }
}

/// In the order of the document.
fn fact_groups(changes: &[&FactChange], names: Option<&'static Labels>) -> Vec<FactGroup> {
    let mut groups: Vec<FactGroup> = Vec::new();
    for change in changes {
        let (of, row) = (of_what(change, names), fact_row(change, names));
        match groups.iter_mut().find(|group| group.of == of) {
            Some(group) => group.rows.push(row),
            None => groups.push(FactGroup { of, rows: vec![row] }),
        }
    }
    groups
}

/// "All tasks", "Chat, model".
fn of_what(change: &FactChange, names: Option<&'static Labels>) -> String {
    let task_type = change.of.task_type.map_or("All tasks", TaskType::label);
    let parts = [
        Some(task_type.to_owned()),
        change.of.model.as_deref().map(str::to_owned),
        change.member.as_ref().map(|member| match names {
            Some(names) => names.member(member).to_owned(),
            None => member.as_pair().1.to_owned(),
        }),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn fact_row(change: &FactChange, names: Option<&'static Labels>) -> FactRow {
    let value =
        |value: Option<FactValue>| value.map_or("not stated".to_owned(), |value| figure(value, TABLE));
    let number = |value: Option<Decimal>| match value {
        Some(value) if value.is_negative() => {
            format!("\u{2212}{}", figure(FactValue::Known(value.abs()), TABLE))
        }
        Some(value) if value.is_zero() => "0".to_owned(),
        Some(value) => format!("+{}", figure(FactValue::Known(value), TABLE)),
        None => String::new(),
    };
    // A hundredth of the whole has two decimals fewer.
    let percent = change.relative().map(|ratio| Decimal::new(ratio.mantissa(), ratio.decimals() - 2));
    FactRow {
        name: names.map_or(change.concept.as_str(), |names| (names.concept)(change.concept)),
        unit: change.concept.unit(),
        old: value(change.old),
        new: value(change.new),
        absolute: number(change.absolute()),
        relative: percent.map_or(String::new(), |percent| format!("{}\u{a0}%", number(Some(percent)))),
    }
}

fn member_row(change: &MemberChange) -> MemberRow {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    MemberRow {
        pointer: change.pointer.clone(),
        change: change.kind().as_str(),
        old: text(&change.old),
        new: text(&change.new),
    }
}
