//! Who discloses, what, and of which models, sites and hardware.

use super::super::content::{Block, Cell, Column, Pair, Row, Table};
use super::super::head::number_and_version;
use super::super::say::{Say, breakable};
use crate::text::fill;

pub(super) fn blocks(say: &Say<'_>) -> Vec<Block> {
    let mut blocks =
        vec![Block::Pairs { pairs: pairs(say) }, Block::Table(models(say)), Block::Table(sites(say))];
    blocks.extend(hardware(say).map(Block::Table));
    blocks
}

fn pairs(say: &Say<'_>) -> Vec<Pair> {
    let (d, words) = (say.d, &say.at.words.identity);
    let provider = &d.provider;
    let mut pairs = vec![
        Pair::new(words.legal_name, breakable(&provider.legal_name)),
        Pair::new(words.lei, say.or_not_stated(provider.lei.as_deref())),
        Pair::new(words.role, provider.role.map_or(say.at.words.page.not_stated, say.at.words.terms.role)),
        Pair::new(words.kind, (say.at.words.terms.provider_kind)(provider.kind)),
        Pair::new(words.contact, say.or_not_stated(provider.contact.as_deref())),
        Pair::new(words.service, breakable(&d.service.name)),
        Pair::new(words.period, say.at.words.dates.period(d.period)),
        Pair::new(words.number, number_and_version(say)),
        Pair::new(words.template, format!("{} {}", breakable(&d.template.id), d.template.version)),
        Pair::new(words.method, d.method_version.clone()),
        Pair::new(words.built_on, say.at.words.dates.day(d.built_on)),
        Pair::code(words.address, breakable(&d.address)),
    ];
    if let Some(last) = d.history.last() {
        let version = [d.reference.number.to_string(), last.version.to_string()];
        let told = fill(say.at.words.page.disclosure, &[&version[0], &version[1]]);
        pairs.push(Pair::new(words.supersedes, told));
        pairs.push(Pair::new(words.reason, say.or_not_stated(d.reason.as_deref())));
    }
    pairs
}

fn models(say: &Say<'_>) -> Table {
    let words = &say.at.words.identity;
    let columns = vec![
        Column::words(words.model, 3),
        Column::words(words.key, 4),
        Column::words(words.version, 2),
        Column::words(words.released, 2),
    ];
    let rows = say.d.models.iter().map(|model| {
        let released = model.released_on.map(|day| say.at.words.dates.day(day));
        Row::plain(vec![
            Cell::new(breakable(&model.name)),
            Cell::code(breakable(&model.key)),
            Cell::new(say.or_not_stated(model.version.as_deref())),
            Cell::new(released.unwrap_or_else(|| say.at.words.page.not_stated.to_owned())),
        ])
    });
    Table::new(words.models, columns, rows.collect())
}

fn sites(say: &Say<'_>) -> Table {
    let words = &say.at.words.identity;
    let columns =
        vec![Column::words(words.site, 3), Column::words(words.key, 3), Column::words(words.zone, 3)];
    let rows = say.d.sites.iter().map(|site| {
        Row::plain(vec![
            Cell::new(breakable(&site.name)),
            Cell::code(breakable(&site.key)),
            Cell::new(format!("{} ({})", breakable(&site.zone_name), breakable(&site.zone))),
        ])
    });
    Table::new(words.sites, columns, rows.collect())
}

fn hardware(say: &Say<'_>) -> Option<Table> {
    let words = &say.at.words.identity;
    let columns = vec![
        Column::words(words.accelerator, 3),
        Column::words(words.site, 2),
        Column::number(words.accelerators, 1),
        Column::words(words.valid, 4),
    ];
    let rows: Vec<Row> = say
        .d
        .hardware
        .iter()
        .map(|line| {
            Row::plain(vec![
                Cell::new(breakable(&line.accelerator)),
                Cell::code(breakable(&line.site)),
                Cell::new(say.whole(line.accelerators)),
                Cell::new(say.at.words.dates.days(line.valid)),
            ])
        })
        .collect();
    (!rows.is_empty()).then(|| Table::new(words.hardware, columns, rows).note(words.hardware_note))
}
