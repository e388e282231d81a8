//! Energy per task: by task type, its spread, by month and model, and what is inside the number.

use super::super::content::{Block, Cell, Column, Row, Table, Words};
use super::super::say::{Say, breakable};
use super::{by_task_type, models, paragraph};
use crate::domain::disclosure::BoundaryLine;
use crate::domain::fact::{Concept, Of};
use crate::domain::period::Period;
use crate::render::chart::{Charts, months};
use crate::text::fill;

pub(super) fn blocks(say: &Say<'_>, charts: &Charts) -> Vec<Block> {
    let mut blocks: Vec<Block> = charts.types.iter().map(|chart| say.chart(chart, 120)).collect();
    blocks.push(Block::Table(task_types(say)));
    blocks.push(Block::Table(spread(say)));
    blocks.extend(units(say).map(Block::Table));
    blocks.extend(charts.months.iter().map(|chart| say.chart(chart, 150)));
    blocks.extend(by_month(say).map(Block::Table));
    blocks.extend(models::table(say).map(Block::Table));
    blocks.push(Block::Table(boundary(say)));
    blocks.extend(factors(say));
    blocks
}

fn task_types(say: &Say<'_>) -> Table {
    let words = &say.at.words.energy;
    let columns = vec![
        Column::words(words.task_type, 5),
        Column::number(words.completed, 4),
        Column::number(words.mean, 3),
        Column::number(words.low, 4),
        Column::number(words.high, 4),
        Column::number(words.it_mean, 4),
        Column::number(words.per_tokens, 4),
    ];
    let row = |task_type| {
        let cell = |concept| say.cell(say.d.value(concept, task_type));
        vec![
            say.count(say.d.value(Concept::TasksCompleted, task_type)),
            cell(Concept::EnergyPerTaskMean),
            cell(Concept::EnergyPerTaskLow),
            cell(Concept::EnergyPerTaskHigh),
            cell(Concept::EnergyPerTaskItMean),
            cell(Concept::EnergyPer1000OutputTokens),
        ]
    };
    by_task_type(say, words.by_type, columns, row).note(words.by_type_note)
}

fn spread(say: &Say<'_>) -> Table {
    let words = &say.at.words.energy;
    let has_left_out = say.d.facts.iter().any(|fact| fact.concept == Concept::PercentileLeftOutShare);
    let mut columns = vec![Column::words(words.task_type, 5)];
    columns.extend(["p10", words.median, "p90", "p95", "p99"].map(|head| Column::number(head, 3)));
    columns.extend(has_left_out.then(|| Column::number(words.left_out, 4)));
    let row = |task_type| {
        let concepts = [
            Concept::EnergyPerTaskP10,
            Concept::EnergyPerTaskMedian,
            Concept::EnergyPerTaskP90,
            Concept::EnergyPerTaskP95,
            Concept::EnergyPerTaskP99,
        ];
        let mut cells: Vec<String> =
            concepts.iter().map(|concept| say.cell(say.d.value(*concept, task_type))).collect();
        cells.extend(has_left_out.then(|| {
            let left_out = |fact: &&crate::domain::fact::Fact| {
                fact.concept == Concept::PercentileLeftOutShare && fact.of == Of { task_type, ..Of::ALL }
            };
            // Where nothing is left out, documents do not say so.
            let found = say.d.facts.iter().find(left_out);
            found.map_or_else(|| say.percent(crate::units::Decimal::new(0, 0)), |fact| say.share(fact.value))
        }));
        cells
    };
    by_task_type(say, words.spread, columns, row).note(words.spread_note)
}

fn units(say: &Say<'_>) -> Option<Table> {
    let words = &say.at.words.energy;
    let piece = |concept| match concept {
        Concept::EnergyPerImage => Some(words.pieces[0]),
        Concept::EnergyPerPage => Some(words.pieces[1]),
        Concept::EnergyPerAudioSecond => Some(words.pieces[2]),
        Concept::EnergyPerVideoSecond => Some(words.pieces[3]),
        _ => None,
    };
    let rows: Vec<Row> = say
        .d
        .facts
        .iter()
        .filter(|fact| fact.of.model.is_none() && fact.of.month.is_none())
        .filter_map(|fact| {
            Some(Row::plain(vec![
                Cell::new(say.task_type(fact.of.task_type)),
                Cell::new(piece(fact.concept)?),
                Cell::new(say.cell(fact.value)),
            ]))
        })
        .collect();
    let columns = vec![
        Column::words(words.task_type, 3),
        Column::words(words.per, 2),
        Column::number(words.energy_wh, 2),
    ];
    (!rows.is_empty()).then(|| Table::new(words.units, columns, rows).narrow().note(words.units_note))
}

fn by_month(say: &Say<'_>) -> Option<Table> {
    let words = &say.at.words.energy;
    let columns = vec![
        Column::words(words.month, 4),
        Column::number(words.completed, 4),
        Column::number(words.mean, 3),
        Column::number(words.low, 3),
        Column::number(words.high, 3),
    ];
    let rows: Vec<Row> = months(say.d).into_iter().map(|month| month_row(say, month)).collect();
    (!rows.is_empty()).then(|| Table::new(words.by_month, columns, rows).note(words.by_month_note))
}

fn month_row(say: &Say<'_>, month: Period) -> Row {
    let name = Cell::new(say.at.words.dates.month(month.from().date_naive()));
    if let Some(gap) = say.d.gaps.iter().find(|gap| gap.month == month) {
        return Row::plain(vec![name, Cell::new((say.at.words.terms.gap)(gap.why)).spanning(4)]);
    }
    let of = Of::ALL.in_month(month);
    let cell = |concept| Cell::new(say.cell(say.d.value_of(concept, &of)));
    Row::plain(vec![
        name,
        Cell::new(say.count(say.d.value_of(Concept::TasksCompleted, &of))),
        cell(Concept::EnergyPerTaskMean),
        cell(Concept::EnergyPerTaskLow),
        cell(Concept::EnergyPerTaskHigh),
    ])
}

fn boundary(say: &Say<'_>) -> Table {
    let words = &say.at.words.energy;
    let rows = say.d.boundary.iter().map(|line| {
        let place = BoundaryLine::ITEMS.iter().position(|item| *item == line.item);
        let name = place.map_or(line.item, |place| words.boundary_items[place]);
        Row::plain(vec![Cell::new(name), Cell::new((say.at.words.terms.included)(line.included))])
    });
    let columns = vec![Column::words(words.part, 3), Column::words(words.included, 1)];
    Table::new(words.boundary, columns, rows.collect()).narrow().note(words.boundary_note)
}

fn factors(say: &Say<'_>) -> Vec<Block> {
    let words = &say.at.words.energy;
    let declared = say.d.sites.iter().flat_map(|site| site.factors.iter().map(move |factor| (site, factor)));
    let mut rows: Vec<Row> = declared
        .map(|(site, factor)| {
            let held = say.at.words.dates.range(factor.valid_from.date_naive(), factor.valid_to.date_naive());
            let revision = fill(words.revision, &[&factor.revision.to_string()]);
            Row::plain(vec![
                Cell::new((say.at.words.terms.site_factor)(factor.kind)),
                Cell::new(say.exact(factor.value.decimal())),
                Cell::new(breakable(&site.name)),
                Cell::new(words.declared).below(Words::new(format!("{held}, {revision}"))),
            ])
        })
        .collect();
    rows.extend(say.d.defaults.iter().map(|used| {
        Row::plain(vec![
            Cell::new((say.at.words.terms.site_factor)(used.kind)),
            Cell::new(say.exact(used.value.decimal())),
            Cell::new(words.without_declared),
            Cell::new(words.default).below(Words::new(fill(words.of_energy, &[&say.share(used.share)]))),
        ])
    }));
    if rows.is_empty() {
        return vec![super::heading(words.factors), paragraph(words.no_factors)];
    }
    let columns = vec![
        Column::words(words.factor, 3),
        Column::number(words.value, 1),
        Column::words(say.at.words.identity.site, 2),
        Column::words(words.origin, 4),
    ];
    vec![Block::Table(Table::new(words.factors, columns, rows).note(words.factors_note))]
}
