//! Energy by model: each model is a group of rows, with its task types.

use super::super::content::{Cell, Column, Row, Table, Words};
use super::super::say::{Say, breakable};
use crate::domain::fact::{Concept, Of};
use std::collections::BTreeMap;

/// `None` where the document tells nothing of single models.
pub(super) fn table(say: &Say<'_>) -> Option<Table> {
    let words = &say.at.words.energy;
    let columns = vec![
        Column::words(words.task_type, 10),
        Column::number(words.completed, 8),
        Column::number(words.mean, 6),
        Column::number(words.low, 6),
        Column::number(words.high, 6),
        Column::number(words.median, 6),
        Column::number(words.it_mean, 8),
        Column::number(words.per_tokens, 8),
        Column::number(words.carbon, 6),
    ];
    let mut of_models: BTreeMap<(usize, &str), Vec<&Of>> = BTreeMap::new();
    let counted = say.d.facts.iter().filter(|fact| fact.concept == Concept::TasksCompleted);
    for of in counted.map(|fact| &fact.of).filter(|of| of.month.is_none()) {
        if let Some(key) = of.model.as_deref() {
            // In the order in which the document lists them.
            let place = say.d.models.iter().position(|model| model.key == key).unwrap_or(usize::MAX);
            of_models.entry((place, key)).or_default().push(of);
        }
    }
    let mut rows = Vec::new();
    for ((_, key), mut group) in of_models {
        // The task types in their order, all of them together last.
        group.sort_by_key(|of| (of.task_type.is_none(), of.task_type));
        let head = Cell::new(say.model_name(key)).below(Words::new(breakable(key)));
        rows.push(Row::group(head, columns.len()));
        // Of one task type, both rows are the same.
        let is_single = group.len() == 2;
        rows.extend(
            group.into_iter().filter(|of| !is_single || of.task_type.is_some()).map(|of| row(say, of)),
        );
    }
    (!rows.is_empty()).then(|| Table::new(words.by_model, columns, rows).note(words.by_model_note))
}

fn row(say: &Say<'_>, of: &Of) -> Row {
    let cell = |concept| Cell::new(say.cell(say.d.value_of(concept, of)));
    let name = match of.task_type {
        Some(task_type) => (say.at.labels.task_type)(task_type),
        None => say.at.words.energy.all_of_model,
    };
    Row::plain(vec![
        Cell::new(name),
        Cell::new(say.count(say.d.value_of(Concept::TasksCompleted, of))),
        cell(Concept::EnergyPerTaskMean),
        cell(Concept::EnergyPerTaskLow),
        cell(Concept::EnergyPerTaskHigh),
        cell(Concept::EnergyPerTaskMedian),
        cell(Concept::EnergyPerTaskItMean),
        cell(Concept::EnergyPer1000OutputTokens),
        cell(Concept::CarbonLocationPerTask),
    ])
}
