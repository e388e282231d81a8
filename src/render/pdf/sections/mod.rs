//! The sections of the report: the eight groups of fields of the template, in its order.

mod apart;
pub(super) mod assurance;
mod carbon;
mod energy;
mod identity;
mod inside;
mod models;
mod quality;
mod scale;

use super::content::{Attachment, Block, Cell, Column, Row, Section, Table, Words};
use super::say::Say;
use crate::domain::fact::Concept;
use crate::domain::terms::TaskType;
use crate::render::chart::Charts;

/// All sections.
pub(super) fn sections(
    say: &Say<'_>,
    charts: &Charts,
    attachments: &[&Attachment],
    digest: &str,
) -> Vec<Section> {
    let words = say.at.words;
    let section = |title: &str, blocks| Section { title: Words::new(title), blocks };
    vec![
        section(words.identity.title, identity::blocks(say)),
        section(words.energy.title, energy::blocks(say, charts)),
        section(words.inside.title, inside::blocks(say, charts)),
        section(words.quality.title, quality::blocks(say, charts)),
        section(words.carbon.title, carbon::blocks(say, charts)),
        section(words.apart.training, apart::training(say)),
        section(words.scale.title, scale::blocks(say)),
        section(words.assurance.title, assurance::blocks(say, attachments, digest)),
    ]
}

pub(super) fn heading(text: &str) -> Block {
    Block::Heading { text: Words::new(text) }
}

pub(super) fn paragraph(text: impl Into<String>) -> Block {
    Block::Paragraph { text: Words::new(text) }
}

/// A table of figures by task type, and of all tasks together at its end.
fn by_task_type(
    say: &Say<'_>,
    caption: &'static str,
    columns: Vec<Column>,
    row: impl Fn(Option<TaskType>) -> Vec<String>,
) -> Table {
    let cells = |task_type| {
        let figures = row(task_type).into_iter().map(Cell::new);
        std::iter::once(Cell::new(say.task_type(task_type))).chain(figures).collect()
    };
    let mut rows: Vec<Row> = say.d.task_types().map(|task_type| Row::plain(cells(Some(task_type)))).collect();
    rows.push(Row::total(cells(None)));
    Table::new(caption, columns, rows)
}

/// A table of the shares of one concept.
fn shares(say: &Say<'_>, concept: Concept, caption: &'static str, heads: [&'static str; 2]) -> Option<Table> {
    let rows: Vec<Row> = say
        .d
        .shares(concept)
        .map(|(member, share)| {
            Row::plain(vec![Cell::new(say.at.labels.member(member)), Cell::new(say.percent(share))])
        })
        .collect();
    let columns = vec![Column::words(heads[0], 3), Column::number(heads[1], 1)];
    (!rows.is_empty()).then(|| Table::new(caption, columns, rows).narrow())
}
