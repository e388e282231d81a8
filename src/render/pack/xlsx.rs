//! A workbook of a pack: every figure and text as a row, and the notes. The digits that were told stand as text, because
//! 5.0 is not 5; beside them stands the same as a number.

use super::csv::{HEADER, rows};
use crate::domain::authority_pack::{AuthorityPack, PackValue};
use crate::domain::period::day;
use crate::render::xlsx::{Book, Column, Sheet};
use crate::units::Decimal;
use rust_xlsxwriter::XlsxError;

pub(super) fn render(pack: &AuthorityPack) -> Result<Vec<u8>, XlsxError> {
    let title = format!("Authority pack {}, version {}", pack.reference.number, pack.reference.version);
    let mut book = Book::new(&title, pack.built_on)?;
    let mut columns: Vec<Column> = HEADER.iter().map(|head| Column::new(head, width(head))).collect();
    columns.push(Column::new("number", 20));
    let mut sheet = book.sheet("Fields", &columns, 0)?;
    let numbers = pack.facts.iter().map(|fact| number(&fact.value)).chain(pack.texts.iter().map(|_| None));
    for (row, number) in rows(pack).zip(numbers) {
        for ((column, head), cell) in (0..).zip(HEADER).zip(&row) {
            match head {
                "value" | "reason" | "task" => sheet.prose(column, cell)?,
                _ => sheet.text(column, cell)?,
            }
        }
        if let Some(number) = number {
            // All columns are few.
            sheet.number(u16::try_from(HEADER.len()).unwrap_or_default(), number)?;
        }
        sheet.next_row();
    }
    let columns = [("item", 24), ("text", 120)].map(|(head, width)| Column::new(head, width));
    notes(&mut book.sheet("Notes", &columns, 0)?, pack)?;
    book.finish()
}

fn notes(sheet: &mut Sheet<'_>, pack: &AuthorityPack) -> Result<(), XlsxError> {
    let provider = &pack.provider;
    let template = format!("{} {} ({})", pack.template.id, pack.template.version, pack.template.legal_status);
    let lines = [
        ("status line", Some(pack.template.status_line.clone())),
        ("confidentiality", Some("authority: not for the public, nor for downstream providers".to_owned())),
        ("template", Some(template)),
        ("built on", Some(day(pack.built_on))),
        ("provider", Some(provider.legal_name.clone())),
        ("whose figures", provider.kind.mark().map(str::to_owned)),
        ("LEI", provider.lei.clone()),
        ("role", provider.role.map(|role| role.as_str().to_owned())),
        ("contact", provider.contact.clone()),
    ];
    let models = pack.models.iter().map(|model| {
        let version = model.version.as_deref().unwrap_or("not stated");
        let released = model.released_on.map_or_else(|| "not stated".to_owned(), day);
        ("model", Some(format!("{}: {}, version {version}, released on {released}", model.key, model.name)))
    });
    for (item, text) in lines.into_iter().chain(models) {
        let Some(text) = text else { continue };
        sheet.text(0, item)?;
        sheet.prose(1, &text)?;
        sheet.next_row();
    }
    Ok(())
}

/// `None` where there is no number, or none of as many digits as are kept exactly.
fn number(value: &PackValue) -> Option<Decimal> {
    match value {
        PackValue::Told(value) => {
            let exponent = value.exponent();
            let decimals = u32::try_from(-exponent).unwrap_or_default();
            let power = 10i128.checked_pow(u32::try_from(exponent).unwrap_or_default())?;
            Some(Decimal::new(value.digits().checked_mul(power)?, decimals))
        }
        PackValue::Disclosed(value) => Some(*value),
        PackValue::NotAvailable(_) => None,
    }
}

fn width(head: &str) -> u16 {
    match head {
        "value" | "reason" => 48,
        "field" | "model" | "hardware" | "task" | "source" => 30,
        "template" | "provider" | "recipients" => 22,
        _ => 14,
    }
}
