//! The sheet of all figures: the columns of the CSV file, with numbers as numbers.

use super::number::Kept;
use super::sheet::{Book, Column};
use crate::domain::disclosure::Disclosure;
use crate::domain::fact::FactValue;
use crate::render::csv::{HEADER, rows, value_text};
use rust_xlsxwriter::XlsxError;

/// What stands beside the columns of the CSV file: the digits of values that a double does not keep.
const EXACT: &str = "value_exact";

pub(super) fn fill(book: &mut Book, d: &Disclosure) -> Result<(), XlsxError> {
    let mut columns: Vec<Column> = HEADER.iter().map(|head| Column::new(head, width(head))).collect();
    columns.push(Column::new(EXACT, 30));
    let mut sheet = book.sheet("Data", &columns, 0)?;
    for (fact, row) in d.facts.iter().zip(rows(d)) {
        let mut kept = Kept::Exactly;
        for ((column, head), cell) in (0..).zip(HEADER).zip(&row) {
            match head {
                "disclosure" => sheet.whole(column, d.reference.number.into())?,
                "version" => sheet.whole(column, d.reference.version.into())?,
                "value" => kept = sheet.figure(column, fact.value)?,
                _ => sheet.text(column, cell)?,
            }
        }
        if kept == Kept::Nearly && matches!(fact.value, FactValue::Known(_)) {
            // All columns are few.
            let column = u16::try_from(HEADER.len()).unwrap_or_default();
            sheet.text(column, &value_text(fact.value))?;
        }
        sheet.next_row();
    }
    Ok(())
}

fn width(head: &str) -> u16 {
    match head {
        "template" | "concept" | "model" => 34,
        "period_from" | "period_to" => 22,
        "provider" | "service" | "value" => 20,
        "task_type" | "member" => 20,
        _ => 12,
    }
}
