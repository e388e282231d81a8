//! Sheets with a header that stays, widths that fit and a set-up for print, filled row by row.

use super::number::{self, Kept};
use crate::domain::fact::FactValue;
use crate::render::csv::value_text;
use crate::units::Decimal;
use chrono::{Datelike, NaiveDate};
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet, XlsxError,
};

/// A workbook in the making.
pub(in crate::render) struct Book {
    workbook: Workbook,
    styles: Styles,
    title: String,
}

struct Styles {
    header: Format,
    number: Format,
    text: Format,
    wrapped: Format,
    missing: Format,
}

/// The head of a column, from the top row down, and its width in characters.
pub(in crate::render) struct Column {
    pub(in crate::render) head: Vec<String>,
    pub(in crate::render) width: u16,
}

impl Column {
    /// A column with one word in its head.
    pub(in crate::render) fn new(head: &str, width: u16) -> Column {
        Column { head: vec![head.to_owned()], width }
    }
}

/// A sheet and the row that is filled next.
pub(in crate::render) struct Sheet<'a> {
    sheet: &'a mut Worksheet,
    styles: &'a Styles,
    row: u32,
}

/// A4, by the number that the format has for it.
const A4: u8 = 9;

impl Book {
    pub(in crate::render) fn new(title: &str, made_on: NaiveDate) -> Result<Book, XlsxError> {
        // Days of documents lie in this age.
        let year = u16::try_from(made_on.year()).unwrap_or_default();
        let (month, day) = (made_on.month(), made_on.day());
        let made_on = ExcelDateTime::from_ymd(
            year,
            u8::try_from(month).unwrap_or_default(),
            u8::try_from(day).unwrap_or_default(),
        )?;
        let mut workbook = Workbook::new();
        workbook.set_properties(
            &DocProperties::new().set_title(title).set_author("Taskwatt").set_creation_datetime(&made_on),
        );
        let top = || Format::new().set_align(FormatAlign::Top);
        let styles = Styles {
            header: top().set_bold().set_text_wrap().set_border_bottom(FormatBorder::Thin),
            number: top().set_align(FormatAlign::Right),
            text: top(),
            wrapped: top().set_text_wrap(),
            missing: top().set_align(FormatAlign::Right).set_italic(),
        };
        Ok(Book { workbook, styles, title: title.to_owned() })
    }

    /// A new sheet, of which the first columns stay in sight as its head does.
    pub(in crate::render) fn sheet(
        &mut self,
        name: &str,
        columns: &[Column],
        columns_that_stay: u16,
    ) -> Result<Sheet<'_>, XlsxError> {
        let sheet = self.workbook.add_worksheet();
        sheet.set_name(name)?;
        let head_rows = columns.iter().map(|column| column.head.len()).max().unwrap_or_default();
        let head_rows = u32::try_from(head_rows).unwrap_or_default();
        for (index, column) in (0..).zip(columns) {
            sheet.set_column_width(index, column.width)?;
            for (row, text) in (0..).zip(&column.head) {
                sheet.write_string_with_format(row, index, text, &self.styles.header)?;
            }
        }
        sheet.set_freeze_panes(head_rows, columns_that_stay)?;
        sheet.set_repeat_rows(0, head_rows.saturating_sub(1))?;
        sheet.set_landscape().set_paper_size(A4).set_print_fit_to_pages(1, 0);
        // An ampersand begins a code in a footer.
        sheet.set_footer(format!("&L{}: &A&RPage &P of &N", self.title.replace('&', "&&")));
        Ok(Sheet { sheet, styles: &self.styles, row: head_rows })
    }

    pub(in crate::render) fn finish(mut self) -> Result<Vec<u8>, XlsxError> {
        self.workbook.save_to_buffer()
    }
}

impl Sheet<'_> {
    /// A text; one that begins like a formula stays a text.
    pub(in crate::render) fn text(&mut self, column: u16, text: &str) -> Result<(), XlsxError> {
        if text.is_empty() {
            return Ok(());
        }
        self.sheet.write_string_with_format(self.row, column, text, &self.styles.text).map(drop)
    }

    /// A text of several lines.
    pub(in crate::render) fn prose(&mut self, column: u16, text: &str) -> Result<(), XlsxError> {
        self.sheet.write_string_with_format(self.row, column, text, &self.styles.wrapped).map(drop)
    }

    pub(in crate::render) fn number(&mut self, column: u16, value: Decimal) -> Result<Kept, XlsxError> {
        number::write(self.sheet, (self.row, column), value, &self.styles.number)
    }

    pub(in crate::render) fn whole(&mut self, column: u16, value: i64) -> Result<(), XlsxError> {
        self.number(column, Decimal::new(value.into(), 0)).map(drop)
    }

    /// A figure as a number, or the word for there being none.
    pub(in crate::render) fn figure(&mut self, column: u16, value: FactValue) -> Result<Kept, XlsxError> {
        if let FactValue::Known(value) = value {
            return self.number(column, value);
        }
        let word = value_text(value);
        self.sheet.write_string_with_format(self.row, column, word, &self.styles.missing)?;
        Ok(Kept::Exactly)
    }

    /// One cell of this row divided by another; the result stands in the cell before anything computes it again.
    pub(in crate::render) fn quotient(
        &mut self,
        column: u16,
        (numerator, denominator): (u16, u16),
        result: Decimal,
    ) -> Result<(), XlsxError> {
        let cell = |column| format!("{}{}", letters(column), self.row + 1);
        let formula = Formula::new(format!("={}/{}", cell(numerator), cell(denominator)));
        let formula = formula.set_result(result.to_string());
        self.sheet.write_formula_with_format(self.row, column, formula, &self.styles.number).map(drop)
    }

    pub(in crate::render) fn next_row(&mut self) {
        self.row += 1;
    }
}

/// What a spreadsheet calls a column: A to Z, AA and so on.
fn letters(column: u16) -> String {
    let (before, last) = (column / 26, column % 26);
    let letter = char::from(b'A' + u8::try_from(last).unwrap_or_default());
    if before == 0 { letter.to_string() } else { format!("{}{letter}", letters(before - 1)) }
}

#[cfg(test)]
mod tests {
    use super::letters;

    #[test]
    fn columns_are_called_as_spreadsheets_call_them() {
        for (column, expected) in
            [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")]
        {
            assert_eq!(letters(column), expected);
        }
    }
}
