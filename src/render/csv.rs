//! CSV: tidy long form, one figure a row, with its unit. The values are the document's, not rounded.

use super::json::decimals_text;
use crate::domain::disclosure::Disclosure;
use crate::domain::fact::FactValue;
use crate::units::Decimal;
use chrono::SecondsFormat;

pub const MEDIA_TYPE: &str = "text/csv; charset=utf-8; header=present";

/// The columns. New ones come last, so that no reader of the others has to move.
pub const HEADER: [&str; 19] = [
    "disclosure",
    "version",
    "template",
    "template_version",
    "provider",
    "service",
    "period_from",
    "period_to",
    "concept",
    "task_type",
    "dimension",
    "member",
    "value",
    "unit",
    "provider_kind",
    "model",
    "decimals",
    "provenance",
    "series",
];

pub fn render(disclosure: &Disclosure) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    // Writing to memory does not fail.
    writer.write_record(HEADER).expect("a row in memory");
    for row in rows(disclosure) {
        writer.write_record(row.map(neutralise)).expect("a row in memory");
    }
    writer.into_inner().expect("a buffer in memory")
}

/// The cells of each fact, as they are.
pub fn rows(disclosure: &Disclosure) -> impl Iterator<Item = [String; HEADER.len()]> + '_ {
    disclosure.facts.iter().map(move |fact| {
        let (dimension, member) = fact.member.as_ref().map_or(("", ""), |member| member.as_pair());
        let period = fact.of.month.unwrap_or(disclosure.period);
        let [from, to] =
            [period.from(), period.to()].map(|instant| instant.to_rfc3339_opts(SecondsFormat::Secs, true));
        [
            disclosure.reference.number.to_string(),
            disclosure.reference.version.to_string(),
            disclosure.template.id.clone(),
            disclosure.template.version.clone(),
            disclosure.provider.key.clone(),
            disclosure.service.key.clone(),
            from,
            to,
            fact.concept.as_str().to_owned(),
            fact.of.task_type.map_or("all", |task_type| task_type.as_str()).to_owned(),
            dimension.to_owned(),
            member.to_owned(),
            value_text(fact.value),
            fact.concept.unit().to_owned(),
            disclosure.provider.kind.as_str().to_owned(),
            fact.of.model.as_deref().unwrap_or("all").to_owned(),
            decimals_text(fact).unwrap_or_default(),
            fact.concept.provenance().as_str().to_owned(),
            // A disclosure of one month holds that month as a part of its series too.
            fact.of.month.map_or("period", |_| "month").to_owned(),
        ]
    })
}

/// The exact value, or the word for there being none.
pub fn value_text(value: FactValue) -> String {
    match value {
        FactValue::Known(decimal) => decimal.to_string(),
        FactValue::Unknown => "unknown".to_owned(),
        FactValue::NotApplicable => "N/A".to_owned(),
        FactValue::NotIncluded => "not included".to_owned(),
    }
}

/// A spreadsheet would run a cell that begins like a formula; an apostrophe makes it text. A number below zero is none.
pub fn neutralise(cell: String) -> String {
    if Decimal::parse(&cell).is_ok() {
        return cell;
    }
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::disclosure::sample;

    #[test]
    fn one_row_for_each_fact_with_the_exact_value() {
        let bytes = render(&sample());
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), sample().facts.len());
        assert_eq!(&rows[3][12], "0.246813579246");
        assert_eq!(&rows[4][12], "N/A");
        assert_eq!(&rows[8][12], "unknown");
        assert_eq!(&rows[0][14], "fictitious");
        assert_eq!((&rows[0][16], &rows[0][17], &rows[0][18]), ("exact", "reported", "period"));
        assert_eq!((&rows[3][16], &rows[3][17]), ("12", "computed"));
        assert_eq!(&rows[4][16], "");
        assert_eq!((&rows[6][10], &rows[6][11]), ("step_kind", "unattributed"));
    }

    #[test]
    fn cells_that_begin_like_a_formula_are_text() {
        assert_eq!(neutralise("=1+1".to_owned()), "'=1+1");
        assert_eq!(neutralise("@x".to_owned()), "'@x");
        assert_eq!(neutralise("1.5".to_owned()), "1.5");
        assert_eq!(neutralise("-12.34".to_owned()), "-12.34");
        assert_eq!(neutralise("-12.34+A1".to_owned()), "'-12.34+A1");
    }
}
