//! What stands apart from the energy of a task: water, embodied carbon, training.

use super::super::content::{Block, Cell, Column, Pair, Row, Table, Words};
use super::super::say::{Say, breakable, thousandth};
use super::{heading, paragraph};
use crate::domain::disclosure::TrainingLine;
use crate::domain::fact::{Concept, FactValue, Of};
use crate::domain::terms::WaterDefinition;
use crate::domain::training::Stated;
use crate::domain::water::WueDefinition;
use crate::render::number::TABLE;
use crate::text::{fill, scientific};

/// Documents of earlier methods say nothing of water.
pub(super) fn water(say: &Say<'_>) -> Vec<Block> {
    if !say.has(Concept::WaterOnSiteTotal) {
        return Vec::new();
    }
    let words = &say.at.words.apart;
    let litres = |concept| Pair::new(say.label(concept), say.with_unit(say.of_all(concept), TABLE, "L"));
    let mut pairs = vec![
        litres(Concept::WaterOnSitePerTask),
        litres(Concept::WaterOnSiteTotal),
        litres(Concept::WaterIndirectPerTask),
        litres(Concept::WaterIndirectTotal),
    ];
    for concept in [Concept::WaterOnSiteCovered, Concept::WaterIndirectCovered] {
        if say.has(concept) {
            pairs.push(Pair::new(say.label(concept), say.share(say.of_all(concept))));
        }
    }
    let mut blocks = vec![heading(words.water), paragraph(words.water_note), Block::Pairs { pairs }];
    blocks.extend(definitions(say).map(Block::Table));
    blocks.extend(water_factors(say).map(Block::Table));
    blocks
}

fn definitions(say: &Say<'_>) -> Option<Table> {
    let words = &say.at.words.apart;
    let rows: Vec<Row> = say
        .d
        .water_definitions
        .iter()
        .map(|line| {
            let share = line.share.map_or(FactValue::Unknown, FactValue::Known);
            Row::plain(vec![Cell::new(definition(say, &line.definition)), Cell::new(say.share(share))])
        })
        .collect();
    let columns =
        vec![Column::words(words.definition, 3), Column::number(say.at.words.inside.share_of_energy, 1)];
    (!rows.is_empty()).then(|| Table::new(words.definitions, columns, rows).narrow())
}

fn definition(say: &Say<'_>, definition: &WueDefinition) -> String {
    let words = &say.at.words.apart;
    match definition.word() {
        WaterDefinition::Eu20241364 => words.known_definitions[0].to_owned(),
        WaterDefinition::EuC20263472 => words.known_definitions[1].to_owned(),
        WaterDefinition::IsoIec301349 => words.known_definitions[2].to_owned(),
        WaterDefinition::Other => definition.text().map_or(words.other_definition.to_owned(), breakable),
        WaterDefinition::NotStated => say.at.words.page.not_stated.to_owned(),
    }
}

fn water_factors(say: &Say<'_>) -> Option<Table> {
    let words = &say.at.words.apart;
    let rows: Vec<Row> = say
        .d
        .water_factors
        .iter()
        .map(|line| {
            let factor = &line.factor;
            Row::plain(vec![
                Cell::new(breakable(&factor.zone)),
                Cell::new(say.exact(factor.value.litres_per_kwh())),
                Cell::new(say.at.words.dates.days(factor.valid)),
                Cell::new(breakable(&factor.source)).below(Words::new(breakable(&factor.licence))),
            ])
        })
        .collect();
    let columns = vec![
        Column::words(words.zone, 2),
        Column::number(words.litres_per_kwh, 1),
        Column::words(say.at.words.identity.valid, 4),
        Column::words(say.at.words.carbon.source, 3),
    ];
    (!rows.is_empty()).then(|| Table::new(words.water_factors, columns, rows))
}

pub(super) fn embodied(say: &Say<'_>) -> Vec<Block> {
    if !say.has(Concept::EmbodiedCarbonTotal) {
        return Vec::new();
    }
    let words = &say.at.words.apart;
    let total = say.with_unit(thousandth(say.of_all(Concept::EmbodiedCarbonTotal)), TABLE, "kg\u{a0}CO₂e");
    let per_task = say.with_unit(say.of_all(Concept::EmbodiedCarbonPerTask), TABLE, "g\u{a0}CO₂e");
    let mut pairs = vec![
        Pair::new(say.label(Concept::EmbodiedCarbonPerTask), per_task),
        Pair::new(say.label(Concept::EmbodiedCarbonTotal), total),
    ];
    if say.has(Concept::EmbodiedCarbonCovered) {
        let covered = say.share(say.of_all(Concept::EmbodiedCarbonCovered));
        pairs.push(Pair::new(say.label(Concept::EmbodiedCarbonCovered), covered));
    }
    let mut blocks = vec![heading(words.embodied), paragraph(words.embodied_note), Block::Pairs { pairs }];
    let rows: Vec<Row> = say
        .d
        .embodied
        .iter()
        .map(|line| {
            let made = &line.embodied;
            Row::plain(vec![
                Cell::new(breakable(made.accelerator.as_str())),
                Cell::code(breakable(&line.site)),
                Cell::new(say.exact(made.carbon.kilograms())),
                Cell::new(say.whole(made.lifetime_hours)),
                Cell::new(breakable(&made.includes)).below(Words::new(breakable(&made.source))),
            ])
        })
        .collect();
    let columns = vec![
        Column::words(say.at.words.identity.accelerator, 2),
        Column::words(say.at.words.identity.site, 2),
        Column::number("kg CO₂e", 2),
        Column::number(words.lifetime, 2),
        Column::words(words.includes, 4),
    ];
    blocks.extend((!rows.is_empty()).then(|| Block::Table(Table::new(words.embodied_table, columns, rows))));
    blocks
}

pub(super) fn training(say: &Say<'_>) -> Vec<Block> {
    let words = &say.at.words.apart;
    if say.d.training.is_empty() {
        return vec![paragraph(words.no_training)];
    }
    let mut blocks = vec![paragraph(words.training_note)];
    for line in &say.d.training {
        blocks.push(heading(&say.model_name(&line.model)));
        blocks.push(Block::Pairs { pairs: training_pairs(say, line) });
    }
    blocks
}

fn training_pairs(say: &Say<'_>, line: &TrainingLine) -> Vec<Pair> {
    let (words, training) = (&say.at.words.apart, &line.training);
    let stated = |stated: &Stated, unit: &str| match stated {
        Stated::Known(value) => {
            format!("{}\u{a0}{unit}", scientific(say.at.language, &value.to_string()))
        }
        // The reason stands beside the word.
        Stated::NotAvailable(reason) => format!("{}: {}", say.at.labels.no_value[1], breakable(reason)),
    };
    let emissions = training.emissions.as_ref().map(|emissions| {
        let kilograms = say.exact(emissions.carbon.kilograms());
        format!("{kilograms}\u{a0}kg\u{a0}CO₂e, {}", breakable(&emissions.basis))
    });
    let how = training.evidence.map(say.at.words.terms.training);
    let mut pairs = vec![
        Pair::new(words.energy, stated(&training.energy, "MWh")),
        Pair::new(words.compute, stated(&training.compute, words.operations)),
        Pair::new(words.emissions, say.or_not_stated(emissions.as_deref())),
        Pair::new(words.trained, say.at.words.dates.days(training.trained)),
        Pair::new(words.zone, say.or_not_stated(training.zone.as_deref())),
        Pair::new(words.how, say.or_not_stated(how)),
        Pair::new(words.method, say.or_not_stated(training.method.as_deref())),
    ];
    let share = say.d.value_of(Concept::TrainingEnergyPerTask, &Of::model(&line.model.as_str().into()));
    if let (Some(tasks), FactValue::Known(_)) = (training.lifetime_tasks, share) {
        let sentence = fill(words.share_sentence, &[&say.cell(share), &say.whole(tasks)]);
        pairs.push(Pair::new(words.share_of_task, sentence));
    }
    pairs
}
