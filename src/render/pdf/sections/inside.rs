//! Inside a task: its steps, where it ran, and the change against the baseline.

use super::super::content::{Block, Cell, Column, Row, Table, Words};
use super::super::say::Say;
use super::{heading, paragraph, shares};
use crate::domain::disclosure::ChangeLine;
use crate::domain::fact::{Concept, FactValue, Of};
use crate::render::chart::Charts;
use crate::render::number::TABLE;
use crate::text::fill;

pub(super) fn blocks(say: &Say<'_>, charts: &Charts) -> Vec<Block> {
    let words = &say.at.words.inside;
    let mut blocks: Vec<Block> = charts.stages.iter().map(|chart| say.chart(chart, 120)).collect();
    match shares(say, Concept::StageShare, words.stages, [words.step, words.share]) {
        Some(table) => {
            blocks.push(Block::Table(table));
            let overhead = say.share(say.of_all(Concept::VerificationOverhead));
            blocks.push(paragraph(fill(words.overhead, &[&overhead])));
        }
        None => blocks.extend([heading(words.stages), paragraph(words.no_stages)]),
    }
    blocks.extend(places(say));
    blocks.extend(changes(say).map(Block::Table));
    blocks
}

fn places(say: &Say<'_>) -> Vec<Block> {
    let words = &say.at.words.inside;
    let energy = |member| say.d.shares(Concept::PlaceEnergyShare).find(|(other, _)| *other == member);
    let rows: Vec<Row> = say
        .d
        .shares(Concept::PlaceTaskShare)
        .map(|(member, tasks)| {
            let energy = energy(member).map_or(FactValue::Unknown, |(_, energy)| FactValue::Known(energy));
            Row::plain(vec![
                Cell::new(say.at.labels.member(member)),
                Cell::new(say.percent(tasks)),
                Cell::new(say.share(energy)),
            ])
        })
        .collect();
    if rows.is_empty() {
        return Vec::new();
    }
    let columns = vec![
        Column::words(words.place, 3),
        Column::number(words.share_of_tasks, 2),
        Column::number(words.share_of_energy, 2),
    ];
    let mut blocks = vec![Block::Table(Table::new(words.places, columns, rows).narrow())];
    if let FactValue::Known(saving) = say.of_all(Concept::PlaceSavingModelled) {
        let sentence = words.saving[usize::from(saving.is_negative())];
        let amount = say.with_unit(FactValue::Known(saving.abs()), TABLE, "Wh");
        blocks.push(paragraph(fill(sentence, &[&amount])));
    }
    blocks
}

fn changes(say: &Say<'_>) -> Option<Table> {
    let words = &say.at.words.inside;
    let rows: Vec<Row> = say.d.changes.iter().map(|line| change(say, line)).collect();
    let columns =
        vec![Column::words(words.what, 3), Column::words(words.baseline, 3), Column::words(words.times, 4)];
    (!rows.is_empty()).then(|| Table::new(words.changes, columns, rows).note(words.changes_note))
}

fn change(say: &Say<'_>, line: &ChangeLine) -> Row {
    let words = &say.at.words.inside;
    let model = line.model.as_deref().map_or(words.all_models.to_owned(), |key| say.model_name(key));
    let what = format!("{model}, {}", (say.at.labels.task_type)(line.task_type));
    let period = say.at.words.dates.period(line.baseline_period);
    let baseline = match &line.baseline_model {
        Some(key) if line.baseline_period == say.d.period => say.model_name(key),
        Some(key) => format!("{}, {period}", say.model_name(key)),
        None => period,
    };
    Row::plain(vec![Cell::new(what), Cell::new(baseline), ratio(say, line)])
}

fn ratio(say: &Say<'_>, line: &ChangeLine) -> Cell {
    let words = &say.at.words.inside;
    if !line.reasons.is_empty() {
        let reasons: Vec<&str> =
            line.reasons.iter().map(|why| (say.at.words.terms.incomparable)(*why)).collect();
        return Cell::new(words.not_compared).below(Words::new(reasons.join(" ")));
    }
    let of = Of { task_type: Some(line.task_type), model: line.model.clone(), month: None };
    let value = |concept| say.d.value_of(concept, &of);
    let ends = [value(Concept::EnergyChangeLow), value(Concept::EnergyChangeHigh)];
    match (value(Concept::EnergyChangeRatio), ends) {
        (ratio @ FactValue::Known(_), [low @ FactValue::Known(_), high @ FactValue::Known(_)]) => {
            Cell::new(fill(words.ratio[1], &[&say.cell(ratio), &say.cell(low), &say.cell(high)]))
        }
        (ratio @ FactValue::Known(_), _) => Cell::new(fill(words.ratio[0], &[&say.cell(ratio)])),
        // It was compared, and the figures of the model are left out.
        _ => Cell::new(say.cell(FactValue::NotIncluded)),
    }
}
