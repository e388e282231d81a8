//! How good the figures are: how energy is known, coverage, what was estimated, and what the provider says itself.

use super::super::content::{Block, Cell, Column, Pair, Row, Table, Words};
use super::super::say::{Say, breakable, in_language};
use super::{heading, paragraph};
use crate::domain::disclosure::TextField;
use crate::domain::fact::{Concept, FactValue, Member};
use crate::domain::terms::{Evidence, MeterClassKind};
use crate::render::chart::Charts;
use crate::text::{Language, fill};
use crate::units::Decimal;

pub(super) fn blocks(say: &Say<'_>, charts: &Charts) -> Vec<Block> {
    let words = &say.at.words.quality;
    let mut blocks: Vec<Block> = charts.evidence.iter().map(|chart| say.chart(chart, 120)).collect();
    blocks.push(Block::Table(evidence(say)));
    blocks.extend([heading(words.figures), Block::Pairs { pairs: shares(say) }]);
    blocks.extend(exclusions(say).map(Block::Table));
    blocks.extend(meters(say).map(Block::Table));
    blocks.extend(estimates(say).map(Block::Table));
    if let Some(interval) = say.d.interval {
        let largest = (say.at.words.terms.interval)(interval.largest);
        let sampling = if interval.has_sampling { words.sampling } else { words.no_sampling };
        blocks.push(heading(words.interval));
        blocks.push(paragraph(format!("{} {sampling}", fill(words.interval_note, &[largest]))));
    }
    blocks.push(heading(words.small_cells));
    blocks.push(paragraph((say.at.words.terms.small_cells)(say.d.small_cells)));
    blocks.extend([heading(words.method), paragraph(words.method_text)]);
    blocks.extend(texts(say));
    blocks
}

/// All kinds of evidence, also those of which there is none.
fn evidence(say: &Say<'_>) -> Table {
    let words = &say.at.words.quality;
    let rows = Evidence::ALL.iter().map(|tier| {
        let found =
            say.d.shares(Concept::EvidenceShare).find(|(member, _)| **member == Member::Evidence(*tier));
        let share = found.map_or(Decimal::new(0, 6), |(_, share)| share);
        Row::plain(vec![
            Cell::new((say.at.labels.evidence)(*tier)),
            Cell::new(say.percent(share)),
            Cell::new((say.at.words.terms.evidence)(*tier)),
        ])
    });
    let columns = vec![
        Column::words(words.kind, 2),
        Column::number(say.at.words.inside.share, 1),
        Column::words(words.meaning, 6),
    ];
    Table::new(words.evidence, columns, rows.collect())
}

fn shares(say: &Say<'_>) -> Vec<Pair> {
    let concepts = [
        Concept::Coverage,
        Concept::EstimatedShare,
        Concept::DefaultFactorShare,
        Concept::UnfinishedShare,
        Concept::RetryShare,
        Concept::PercentileLeftOutShare,
    ];
    let shown = concepts.into_iter().filter(|concept| say.has(*concept));
    let shares = shown.map(|concept| Pair::new(say.label(concept), say.share(say.of_all(concept))));
    let counted = [Concept::RecordsInConflict, Concept::HoursWithoutRecords];
    let counts = counted.into_iter().filter(|concept| say.has(*concept));
    let counts = counts.map(|concept| Pair::new(say.label(concept), say.count(say.of_all(concept))));
    shares.chain(counts).collect()
}

fn estimates(say: &Say<'_>) -> Option<Table> {
    let words = &say.at.words.quality;
    let rows: Vec<Row> = say
        .d
        .estimates
        .iter()
        .map(|line| {
            let from = match line.coefficient {
                Some(revision) => fill(words.coefficient, &[&revision.to_string()]),
                None => words.formula.to_owned(),
            };
            Row::plain(vec![
                Cell::new(say.model_name(&line.model)),
                Cell::new(from),
                Cell::new(say.cell(line.energy_wh)),
            ])
        })
        .collect();
    let columns = vec![
        Column::words(say.at.words.identity.model, 3),
        Column::words(words.estimated_from, 3),
        Column::number(say.at.words.energy.energy_wh, 2),
    ];
    (!rows.is_empty()).then(|| Table::new(words.estimates, columns, rows).note(words.estimates_note))
}

/// Tasks that the provider says are not described, by month.
fn exclusions(say: &Say<'_>) -> Option<Table> {
    let words = &say.at.words.quality;
    let rows: Vec<Row> = say
        .d
        .exclusions
        .iter()
        .map(|line| {
            let tasks = line
                .tasks
                .map_or(FactValue::Unknown, |tasks| FactValue::Known(Decimal::new(tasks.into(), 0)));
            Row::plain(vec![
                Cell::new(say.at.words.dates.month(line.month.first_day())),
                Cell::new(breakable(&line.what)),
                Cell::new(say.count(tasks)),
            ])
        })
        .collect();
    let columns = vec![
        Column::words(say.at.words.energy.month, 2),
        Column::words(words.which_tasks, 5),
        Column::number(words.tasks, 2),
    ];
    (!rows.is_empty()).then(|| Table::new(words.exclusions, columns, rows))
}

/// Within what the instruments of the sites tell energy.
fn meters(say: &Say<'_>) -> Option<Table> {
    let words = &say.at.words.quality;
    let lines = say.d.sites.iter().flat_map(|site| site.meter_classes.iter().map(move |line| (site, line)));
    let rows: Vec<Row> = lines
        .map(|(site, line)| {
            let instrument = match line.kind {
                MeterClassKind::Metered => words.instruments[0],
                MeterClassKind::Counter => words.instruments[1],
            };
            Row::plain(vec![
                Cell::new(breakable(&site.name)),
                Cell::new(instrument),
                Cell::new(format!("±\u{a0}{}\u{a0}%", say.exact(line.class.percent()))),
                Cell::new(say.at.words.dates.days(line.valid)),
            ])
        })
        .collect();
    let columns = vec![
        Column::words(say.at.words.identity.site, 3),
        Column::words(words.instrument, 2),
        Column::number(words.class, 1),
        Column::words(say.at.words.identity.valid, 4),
    ];
    (!rows.is_empty()).then(|| Table::new(words.meters, columns, rows).note(words.meters_note))
}

/// What the provider wrote, each text in its language and under its name.
fn texts(say: &Say<'_>) -> Vec<Block> {
    let words = &say.at.words.quality;
    let mut blocks = Vec::new();
    if let Some(method) = &say.d.service.energy_method {
        blocks.push(Block::Label { text: words.service_method.to_owned() });
        blocks.push(Block::Paragraph { text: Words::new(breakable(method)) });
    }
    for field in TextField::ALL {
        for text in say.d.texts.iter().filter(|text| text.field == *field) {
            let name = (say.at.words.terms.text_field)(*field);
            let language = Language::parse(&text.language).map(Language::own_name);
            let language = language.map_or_else(|| text.language.clone(), str::to_owned);
            blocks.push(Block::Label { text: format!("{name} ({language})") });
            blocks.push(Block::Paragraph { text: in_language(&text.text, &text.language) });
        }
    }
    if !blocks.is_empty() {
        blocks.insert(0, heading(words.provider_says));
    }
    blocks
}
