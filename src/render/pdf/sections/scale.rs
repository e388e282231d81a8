//! How much it is in all: totals of the period, what they are as much as, and budgets.

use super::super::content::{Block, Cell, Column, Row, Table};
use super::super::say::{Say, breakable, thousandth};
use super::by_task_type;
use crate::domain::fact::{Concept, FactValue};

pub(super) fn blocks(say: &Say<'_>) -> Vec<Block> {
    let mut blocks = vec![Block::Table(totals(say))];
    blocks.extend(equivalents(say).map(Block::Table));
    blocks.extend(budgets(say).map(Block::Table));
    blocks
}

fn totals(say: &Say<'_>) -> Table {
    let (words, energy) = (&say.at.words.scale, &say.at.words.energy);
    let columns = vec![
        Column::words(energy.task_type, 4),
        Column::number(energy.completed, 4),
        Column::number(words.failed, 3),
        Column::number(words.cancelled, 3),
        Column::number(words.facility, 4),
        Column::number(words.it, 3),
    ];
    let row = |task_type| {
        let value = |concept| say.d.value(concept, task_type);
        vec![
            say.count(value(Concept::TasksCompleted)),
            say.count(value(Concept::TasksFailed)),
            say.count(value(Concept::TasksCancelled)),
            say.cell(thousandth(value(Concept::EnergyFacilityTotal))),
            say.cell(thousandth(value(Concept::EnergyItTotal))),
        ]
    };
    by_task_type(say, words.totals, columns, row).note(words.totals_note)
}

fn equivalents(say: &Say<'_>) -> Option<Table> {
    let words = &say.at.words.scale;
    let rows: Vec<Row> = say
        .d
        .equivalents
        .iter()
        .map(|line| {
            let sentence = Cell::of(say.english(&line.sentence));
            Row::plain(vec![
                Cell::new(say.label(line.concept)),
                sentence.below(super::Words::new(breakable(&line.source))),
            ])
        })
        .collect();
    let columns = vec![Column::words(words.of_what, 2), Column::words(words.as_much_as, 3)];
    (!rows.is_empty()).then(|| Table::new(words.equivalents, columns, rows).note(words.equivalents_note))
}

fn budgets(say: &Say<'_>) -> Option<Table> {
    let words = &say.at.words.scale;
    let rows: Vec<Row> = say
        .d
        .budgets
        .iter()
        .map(|line| {
            let amount = |value| say.with_unit(FactValue::Known(value), 3, line.unit);
            let share = line.share.map_or(FactValue::NotApplicable, FactValue::Known);
            Row::plain(vec![
                Cell::new(breakable(&line.key)),
                Cell::new(line.year.to_string()),
                Cell::new(line.service.as_deref().map_or(words.all_services.to_owned(), breakable)),
                Cell::new(format!("{}\u{a0}{}", say.exact(line.allowance), line.unit)),
                Cell::new(amount(line.used)),
                Cell::new(say.share(share)),
            ])
        })
        .collect();
    let columns = vec![
        Column::words(words.budget, 3),
        Column::words(words.year, 1),
        Column::words(say.at.words.identity.service, 3),
        Column::number(words.allowance, 2),
        Column::number(words.used, 2),
        Column::number(say.at.words.inside.share, 2),
    ];
    (!rows.is_empty()).then(|| Table::new(words.budgets, columns, rows).note(words.budgets_note))
}
