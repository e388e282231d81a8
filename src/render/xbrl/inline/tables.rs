//! The tables of figures on the inline page: every fact of the document stands in one cell of one of them.

use super::super::names::{Axis, Unit};
use super::super::report::{Figure, Report};
use super::{NumberTag, TextTag, month_name};
use crate::domain::disclosure::Disclosure;
use crate::domain::fact::{Concept, Fact, Of};
use crate::text::{Labels, Language, labels};
use std::collections::BTreeMap;

/// Figures that are read side by side. Every figure that is no part of a whole stands in one of them.
pub(super) const BLOCKS: [(&str, &[Concept]); 11] = [
    ("Tasks", &[Concept::TasksCompleted, Concept::TasksFailed, Concept::TasksCancelled]),
    (
        "Energy per task",
        &[
            Concept::EnergyPerTaskMean,
            Concept::EnergyPerTaskLow,
            Concept::EnergyPerTaskHigh,
            Concept::EnergyPerTaskItMean,
        ],
    ),
    (
        "Energy per task, distribution",
        &[
            Concept::EnergyPerTaskP10,
            Concept::EnergyPerTaskMedian,
            Concept::EnergyPerTaskP90,
            Concept::EnergyPerTaskP95,
            Concept::EnergyPerTaskP99,
            Concept::PercentileLeftOutShare,
        ],
    ),
    (
        "Energy by work done",
        &[
            Concept::EnergyPer1000OutputTokens,
            Concept::EnergyPerImage,
            Concept::EnergyPerPage,
            Concept::EnergyPerAudioSecond,
            Concept::EnergyPerVideoSecond,
        ],
    ),
    (
        "Energy in total",
        &[Concept::EnergyReportedTotal, Concept::EnergyItTotal, Concept::EnergyFacilityTotal],
    ),
    (
        "Carbon",
        &[
            Concept::CarbonLocationPerTask,
            Concept::CarbonLocationTotal,
            Concept::CarbonMarketPerTask,
            Concept::CarbonMarketTotal,
        ],
    ),
    (
        "Change against the baseline",
        &[Concept::EnergyChangeRatio, Concept::EnergyChangeLow, Concept::EnergyChangeHigh],
    ),
    (
        "Quality and shares",
        &[
            Concept::Coverage,
            Concept::EstimatedShare,
            Concept::DefaultFactorShare,
            Concept::UnfinishedShare,
            Concept::RetryShare,
            Concept::RecordsInConflict,
            Concept::HoursWithoutRecords,
            Concept::VerificationOverhead,
            Concept::HourlyMatchedShare,
            Concept::PlaceSavingModelled,
            Concept::PlaceSavingLeftOutShare,
        ],
    ),
    (
        "Water",
        &[
            Concept::WaterOnSitePerTask,
            Concept::WaterOnSiteTotal,
            Concept::WaterOnSiteCovered,
            Concept::WaterIndirectPerTask,
            Concept::WaterIndirectTotal,
            Concept::WaterIndirectCovered,
        ],
    ),
    (
        "Making of accelerators",
        &[Concept::EmbodiedCarbonPerTask, Concept::EmbodiedCarbonTotal, Concept::EmbodiedCarbonCovered],
    ),
    ("Training, apart", &[Concept::TrainingEnergyPerTask]),
];

pub(super) struct Table {
    pub(super) title: String,
    /// Names of the columns that say of what a row is.
    pub(super) heads: Vec<&'static str>,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
}

pub(super) struct Column {
    pub(super) label: &'static str,
    /// `None` for numbers without one.
    pub(super) unit: Option<&'static str>,
}

pub(super) struct Row {
    pub(super) heads: Vec<String>,
    pub(super) cells: Vec<Cell>,
}

/// A place in a table.
pub(super) enum Cell {
    /// The document has no such fact.
    Empty,
    Number(NumberTag),
    /// A figure without a value, and why.
    Missing(NumberTag, WhyTag),
}

/// The word for a figure without a value, which is a fact itself.
pub(super) struct WhyTag {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) context: String,
    pub(super) text: String,
}

/// A fact of the document with the entry of the report.
type Told<'a> = (&'a Fact, &'a Figure);

/// Which facts a table takes, and what its title says of them.
type Scope = (&'static str, fn(&Of) -> bool);

const SCOPES: [Scope; 3] = [
    ("", |of| of.model.is_none() && of.month.is_none()),
    (", by month", |of| of.month.is_some()),
    (", by model", |of| of.model.is_some() && of.month.is_none()),
];

/// All tables in the order of the page.
pub(super) fn tables(d: &Disclosure, report: &Report) -> Vec<Table> {
    let Some(words) = labels(Language::English) else { return Vec::new() };
    let all: Vec<Told> = d.facts.iter().zip(&report.figures).collect();
    let mut tables = Vec::new();
    for (suffix, is_of) in SCOPES {
        for (title, concepts) in BLOCKS {
            let own = |(fact, _): &&Told| is_of(&fact.of) && concepts.contains(&fact.concept);
            let told: Vec<Told> = all.iter().filter(own).copied().collect();
            tables.extend(table(format!("{title}{suffix}"), concepts, None, &told, words));
        }
        for axis in Axis::OF_PARTS {
            let concepts: Vec<Concept> =
                Concept::ALL.iter().copied().filter(|concept| Axis::of(*concept) == Some(axis)).collect();
            let own = |(fact, _): &&Told| is_of(&fact.of) && concepts.contains(&fact.concept);
            let told: Vec<Told> = all.iter().filter(own).copied().collect();
            let [title, ..] = axis.labels();
            let what = if axis == Axis::Hour { "Carbon" } else { "Shares" };
            tables.extend(table(format!("{what}: {title}{suffix}"), &concepts, Some(title), &told, words));
        }
    }
    tables
}

/// One table; `None` where there are no facts for it.
fn table(
    title: String,
    concepts: &[Concept],
    part: Option<&'static str>,
    told: &[Told],
    words: &Labels,
) -> Option<Table> {
    let columns: Vec<Concept> = concepts
        .iter()
        .copied()
        .filter(|concept| told.iter().any(|(fact, _)| fact.concept == *concept))
        .collect();
    let has = |is_told: fn(&Of) -> bool| told.iter().any(|(fact, _)| is_told(&fact.of));
    let [by_month, by_model, by_type] =
        [has(|of| of.month.is_some()), has(|of| of.model.is_some()), has(|of| of.task_type.is_some())];
    let is_plain = !by_month && !by_model && part.is_none();
    let heads = [
        by_month.then_some("Month"),
        by_model.then_some("Model"),
        (by_type || is_plain).then_some("Task type"),
        part,
    ];
    let row_heads = |fact: &Fact| -> Vec<String> {
        let of = &fact.of;
        let month = by_month.then(|| of.month.map_or_else(String::new, month_name));
        let model = by_model.then(|| of.model.as_deref().unwrap_or(words.all_models).to_owned());
        let task_type = of.task_type.map_or(words.all_task_types, |task_type| (words.task_type)(task_type));
        let task_type = (by_type || is_plain).then(|| task_type.to_owned());
        let member = fact.member.as_ref().map(|member| words.member(member).to_owned());
        [month, model, task_type, member].into_iter().flatten().collect()
    };
    let mut rows: Vec<Row> = Vec::new();
    let mut places: BTreeMap<(&Of, Option<&str>), usize> = BTreeMap::new();
    for (fact, figure) in told {
        let key = (&fact.of, fact.member.as_ref().map(|member| member.as_pair().1));
        let place = *places.entry(key).or_insert_with(|| {
            let cells = columns.iter().map(|_| Cell::Empty).collect();
            rows.push(Row { heads: row_heads(fact), cells });
            rows.len() - 1
        });
        if let Some(column) = columns.iter().position(|concept| *concept == fact.concept) {
            rows[place].cells[column] = cell(figure);
        }
    }
    let columns = columns.into_iter().map(|concept| Column {
        label: (words.concept)(concept),
        unit: Some(Unit::of(concept)).filter(|unit| *unit != Unit::One).map(Unit::shown),
    });
    let heads = heads.into_iter().flatten().collect();
    (!rows.is_empty()).then(|| Table { title, heads, columns: columns.collect(), rows })
}

fn cell(figure: &Figure) -> Cell {
    let number = NumberTag::new(&figure.entry);
    match &figure.why {
        None => Cell::Number(number),
        Some(why) => {
            let TextTag { id, name, context, text, .. } = TextTag::new(why);
            let [id, name, text] = [id, name, text].map(str::to_owned);
            Cell::Missing(number, WhyTag { id, name, context, text })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_stands_in_one_block_or_is_a_part_of_a_whole() {
        for concept in Concept::ALL {
            let blocks = BLOCKS.iter().filter(|(_, concepts)| concepts.contains(concept)).count();
            assert_eq!(blocks, usize::from(Axis::of(*concept).is_none()), "{concept:?}");
        }
    }
}
