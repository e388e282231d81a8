//! Who looked at the figures, how to check them, what came before, and what they do not say.

use super::super::content::{Attachment, Block, Cell, Column, Pair, Row, Table};
use super::super::say::{Say, breakable};
use super::{heading, paragraph};
use crate::domain::disclosure::VerificationKind;
use crate::text::AssuranceWords;

pub(super) fn blocks(say: &Say<'_>, attachments: &[&Attachment], digest: &str) -> Vec<Block> {
    let words = &say.at.words.assurance;
    let mut blocks = vec![heading(words.verification), Block::Pairs { pairs: verification(say) }];
    blocks.extend([heading(words.digests), paragraph(words.digests_note)]);
    blocks.push(Block::Pairs { pairs: vec![Pair::code(words.digest, breakable(digest))] });
    match history(say) {
        Some(table) => blocks.push(Block::Table(table)),
        None => blocks.extend([heading(words.history), paragraph(words.no_history)]),
    }
    if !say.d.limits.is_empty() {
        blocks.push(heading(words.limits));
        blocks.push(Block::List { items: say.d.limits.iter().map(|limit| say.english(limit)).collect() });
    }
    blocks.extend(files(words, words.files_note, attachments).map(Block::Table));
    blocks
}

fn verification(say: &Say<'_>) -> Vec<Pair> {
    let (words, told) = (&say.at.words.assurance, &say.d.verification);
    let mut pairs = vec![Pair::new(words.kind, (say.at.words.terms.verification)(told.kind))];
    if told.kind != VerificationKind::None {
        let day = told.verified_on.map(|day| say.at.words.dates.day(day));
        pairs.push(Pair::new(words.standard, say.or_not_stated(told.standard.as_deref())));
        pairs.push(Pair::new(words.verifier, say.or_not_stated(told.verifier.as_deref())));
        pairs.push(Pair::new(words.date, say.or_not_stated(day.as_deref())));
    }
    pairs
}

fn history(say: &Say<'_>) -> Option<Table> {
    let words = &say.at.words.assurance;
    let rows: Vec<Row> = say
        .d
        .history
        .iter()
        .map(|line| {
            Row::plain(vec![
                Cell::new(line.version.to_string()),
                Cell::new(say.at.words.dates.day(line.published_on)),
                Cell::new(say.or_not_stated(line.reason.as_deref())),
                Cell::code(breakable(&line.document_sha256)),
            ])
        })
        .collect();
    let columns = vec![
        Column::words(say.at.words.identity.version, 1),
        Column::words(words.published, 2),
        Column::words(words.reason, 3),
        Column::words("SHA-256", 4),
    ];
    (!rows.is_empty()).then(|| Table::new(words.history, columns, rows))
}

/// The files inside the document, and what each holds.
pub(in crate::render::pdf) fn files(
    words: &AssuranceWords,
    note: &'static str,
    attachments: &[&Attachment],
) -> Option<Table> {
    let rows: Vec<Row> = attachments
        .iter()
        .map(|attached| {
            Row::plain(vec![
                Cell::code(&attached.name),
                Cell::new(attached.description),
                Cell::new(&attached.size),
            ])
        })
        .collect();
    let columns =
        vec![Column::words(words.file, 3), Column::words(words.holds, 5), Column::number(words.size, 1)];
    (!rows.is_empty()).then(|| Table::new(words.files, columns, rows).note(note))
}
