//! The main figures side by side: a row for all tasks, each task type, model and month. Where a figure is the quotient
//! of two others of its row, its cell holds that formula.

use super::sheet::{Book, Column};
use crate::domain::disclosure::Disclosure;
use crate::domain::fact::{Concept, FactValue, Of};
use crate::text::{Language, labels};
use rust_xlsxwriter::XlsxError;
use std::collections::{BTreeMap, BTreeSet};

/// Figures that are told of task types, models or months, in the order of the columns.
const MAIN: [Concept; 24] = [
    Concept::TasksCompleted,
    Concept::TasksFailed,
    Concept::TasksCancelled,
    Concept::EnergyFacilityTotal,
    Concept::EnergyItTotal,
    Concept::EnergyPerTaskMean,
    Concept::EnergyPerTaskLow,
    Concept::EnergyPerTaskHigh,
    Concept::EnergyPerTaskItMean,
    Concept::EnergyPerTaskP10,
    Concept::EnergyPerTaskMedian,
    Concept::EnergyPerTaskP90,
    Concept::EnergyPerTaskP95,
    Concept::EnergyPerTaskP99,
    Concept::EnergyPer1000OutputTokens,
    Concept::EnergyPerImage,
    Concept::EnergyPerPage,
    Concept::EnergyPerAudioSecond,
    Concept::EnergyPerVideoSecond,
    Concept::CarbonLocationTotal,
    Concept::CarbonLocationPerTask,
    Concept::CarbonMarketTotal,
    Concept::CarbonMarketPerTask,
    Concept::PercentileLeftOutShare,
];

/// Columns that say of which tasks a row is.
const OF_COLUMNS: u16 = 5;

pub(super) fn fill(book: &mut Book, d: &Disclosure) -> Result<(), XlsxError> {
    let mut values: BTreeMap<(&Of, Concept), FactValue> = BTreeMap::new();
    let (mut rows, mut seen) = (Vec::new(), BTreeSet::new());
    let facts = d.facts.iter().filter(|fact| fact.member.is_none() && MAIN.contains(&fact.concept));
    for fact in facts {
        values.insert((&fact.of, fact.concept), fact.value);
        if seen.insert(&fact.of) {
            rows.push(&fact.of);
        }
    }
    let told: BTreeSet<Concept> = values.keys().map(|(_, concept)| *concept).collect();
    let concepts: Vec<(u16, Concept)> =
        (OF_COLUMNS..).zip(MAIN.into_iter().filter(|concept| told.contains(concept))).collect();
    let mut sheet = book.sheet("Figures", &columns(&concepts), OF_COLUMNS)?;
    let column_of =
        |concept: Concept| concepts.iter().find(|(_, own)| *own == concept).map(|(column, _)| *column);
    for of in rows {
        let value = |concept: Concept| values.get(&(of, concept)).copied();
        for (column, text) in (0..).zip(names(d, of)) {
            sheet.text(column, &text)?;
        }
        for (column, concept) in &concepts {
            let Some(own) = value(*concept) else { continue };
            let parts = match concept.made_of() {
                [numerator, denominator] => [*numerator, *denominator]
                    .map(|part| column_of(part).filter(|_| matches!(value(part), Some(FactValue::Known(_))))),
                _ => [None, None],
            };
            match (own, parts) {
                (FactValue::Known(result), [Some(numerator), Some(denominator)]) => {
                    sheet.quotient(*column, (numerator, denominator), result)?;
                }
                _ => drop(sheet.figure(*column, own)?),
            }
        }
        sheet.next_row();
    }
    Ok(())
}

/// Each with its name, its word in the document and its unit.
fn columns(concepts: &[(u16, Concept)]) -> Vec<Column> {
    let own =
        |name: &str, word: &str, width| Column { head: [name, word, ""].map(str::to_owned).to_vec(), width };
    let mut columns = vec![
        own("Task type", "task_type", 20),
        own("Model", "model", 34),
        own("Period or month", "series", 10),
        own("From (UTC)", "period_from", 12),
        own("Before (UTC)", "period_to", 12),
    ];
    let names = labels(Language::English);
    columns.extend(concepts.iter().map(|(_, concept)| Column {
        head: vec![
            names.map_or(concept.as_str(), |names| (names.concept)(*concept)).to_owned(),
            concept.as_str().to_owned(),
            concept.unit().to_owned(),
        ],
        width: 20,
    }));
    columns
}

fn names(d: &Disclosure, of: &Of) -> [String; 5] {
    let period = of.month.unwrap_or(d.period);
    [
        of.task_type.map_or("all", |task_type| task_type.as_str()).to_owned(),
        of.model.as_deref().unwrap_or("all").to_owned(),
        of.month.map_or("period", |_| "month").to_owned(),
        period.from().format("%Y-%m-%d").to_string(),
        period.to().format("%Y-%m-%d").to_string(),
    ]
}
