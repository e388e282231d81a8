//! Carbon, with the grid factors and contracts behind it; then water and embodied carbon.

use super::super::content::{Block, Cell, Column, Pair, Row, Table, Words};
use super::super::say::{Say, breakable, thousandth};
use super::{apart, by_task_type, shares};
use crate::domain::disclosure::FactorUse;
use crate::domain::fact::{Concept, FactValue, Member};
use crate::render::chart::{Charts, hours};
use crate::text::fill;
use crate::units::Decimal;

pub(super) fn blocks(say: &Say<'_>, charts: &Charts) -> Vec<Block> {
    let words = &say.at.words.carbon;
    let basis = format!(
        "{}; {}",
        (say.at.words.terms.basis)(say.d.basis),
        (say.at.words.terms.perimeter)(say.d.perimeter)
    );
    let mut pairs = vec![Pair::new(words.basis, basis)];
    if say.has(Concept::HourlyMatchedShare) {
        let share = say.share(say.of_all(Concept::HourlyMatchedShare));
        pairs.push(Pair::new(say.label(Concept::HourlyMatchedShare), share));
    }
    let mut blocks = vec![Block::Pairs { pairs }, Block::Table(task_types(say))];
    blocks.extend(charts.hours.iter().map(|chart| say.chart(chart, 150)));
    blocks.extend(by_hour(say).map(Block::Table));
    let of_zones = [words.factors, words.residuals];
    blocks.extend(factor_uses(say, &say.d.factor_uses, of_zones[0]).map(Block::Table));
    let head = [words.value_taken, say.at.words.inside.share];
    blocks.extend(shares(say, Concept::FactorRungShare, words.ladder, head).map(Block::Table));
    blocks.extend(zones(say).map(Block::Table));
    let head = [words.counted_at, say.at.words.inside.share];
    let market = shares(say, Concept::MarketShare, words.market_title, head);
    blocks.extend(market.map(|table| Block::Table(table.note(words.market_note))));
    blocks.extend(contracts(say).map(Block::Table));
    blocks.extend(factor_uses(say, &say.d.residual_uses, of_zones[1]).map(Block::Table));
    blocks.extend(apart::water(say));
    blocks.extend(apart::embodied(say));
    blocks
}

fn task_types(say: &Say<'_>) -> Table {
    let words = &say.at.words.carbon;
    let head = |which: &str, what: &str| format!("{which}, {what}");
    let columns = vec![
        Column::words(say.at.words.energy.task_type, 4),
        Column::number(head(words.location, words.per_task), 3),
        Column::number(head(words.location, words.total), 3),
        Column::number(head(words.market, words.per_task), 3),
        Column::number(head(words.market, words.total), 3),
    ];
    let row = |task_type| {
        let value = |concept| say.d.value(concept, task_type);
        vec![
            say.cell(value(Concept::CarbonLocationPerTask)),
            say.cell(thousandth(value(Concept::CarbonLocationTotal))),
            say.cell(value(Concept::CarbonMarketPerTask)),
            say.cell(thousandth(value(Concept::CarbonMarketTotal))),
        ]
    };
    by_task_type(say, words.carbon, columns, row).note(words.carbon_note)
}

fn by_hour(say: &Say<'_>) -> Option<Table> {
    let words = &say.at.words.carbon;
    let per_task = hours(say.d, Concept::CarbonHourPerTask);
    let share_of = |hour| {
        let shares = hours(say.d, Concept::CarbonHourShare);
        shares.into_iter().find(|(other, _)| *other == hour).map_or(FactValue::Unknown, |(_, share)| share)
    };
    let rows: Vec<Row> = per_task
        .into_iter()
        .map(|(hour, value)| {
            Row::plain(vec![
                Cell::new(format!("{}:00", hour.as_str())),
                Cell::new(say.cell(value)),
                Cell::new(say.share(share_of(hour))),
            ])
        })
        .collect();
    let columns = vec![
        Column::words(words.hour, 2),
        Column::number(words.hour_per_task, 3),
        Column::number(words.share, 3),
    ];
    (!rows.is_empty()).then(|| Table::new(words.hours, columns, rows).narrow().note(words.hours_note))
}

fn factor_uses(say: &Say<'_>, uses: &[FactorUse], caption: &'static str) -> Option<Table> {
    let words = &say.at.words.carbon;
    let row =
        |used: &FactorUse| {
            let zone = Cell::new(breakable(&used.zone));
            let zone = if used.zone == used.value_zone {
                zone
            } else {
                zone.below(Words::new(fill(words.value_of, &[&used.value_zone])))
            };
            let release = fill(words.release, &[&breakable(&used.release)]);
            let revisions = if used.lowest_revision == used.highest_revision {
                used.lowest_revision.to_string()
            } else {
                fill(
                    say.at.words.page.range,
                    &[&used.lowest_revision.to_string(), &used.highest_revision.to_string()],
                )
            };
            Row::plain(vec![
                zone,
                Cell::new((say.at.labels.rung)(used.rung)),
                Cell::new(breakable(&used.source))
                    .below(Words::new(format!("{}; {release}", breakable(&used.attribution)))),
                Cell::new(breakable(&used.licence)),
                Cell::new(say.count(used.hours.map_or(FactValue::NotIncluded, |hours| {
                    FactValue::Known(Decimal::new(hours.into(), 0))
                }))),
                Cell::new(revisions),
            ])
        };
    let columns = vec![
        Column::words(say.at.words.identity.zone, 3),
        Column::words(words.value_taken, 4),
        Column::words(words.source, 5),
        Column::words(words.licence, 3),
        Column::number(words.hours_used, 2),
        Column::number(words.revision, 2),
    ];
    (!uses.is_empty()).then(|| Table::new(caption, columns, uses.iter().map(row).collect()))
}

fn zones(say: &Say<'_>) -> Option<Table> {
    let words = &say.at.words.carbon;
    let name = |member: &Member| match member {
        Member::Zone(Some(key)) => {
            let zone = say.d.zones.iter().find(|zone| zone.key == **key);
            zone.map_or_else(|| key.to_string(), |zone| format!("{} ({})", breakable(&zone.name), zone.key))
        }
        other => say.at.labels.member(other).to_owned(),
    };
    let rows: Vec<Row> = say
        .d
        .shares(Concept::ZoneEnergyShare)
        .map(|(member, share)| Row::plain(vec![Cell::new(name(member)), Cell::new(say.percent(share))]))
        .collect();
    let columns =
        vec![Column::words(say.at.words.identity.zone, 3), Column::number(say.at.words.inside.share, 1)];
    (!rows.is_empty()).then(|| Table::new(words.zones, columns, rows).narrow())
}

fn contracts(say: &Say<'_>) -> Option<Table> {
    let words = &say.at.words.carbon;
    let rows: Vec<Row> = say
        .d
        .contract_uses
        .iter()
        .map(|used| {
            let instrument = (say.at.words.terms.instrument)(used.instrument);
            Row::plain(vec![
                Cell::new(breakable(&used.key))
                    .below(Words::new(format!("{instrument}; {}", breakable(&used.reference)))),
                Cell::new(breakable(&used.zone)),
                Cell::new(say.at.words.dates.days(used.valid)),
                Cell::new((say.at.words.terms.matching)(used.matching)),
                Cell::new(say.cell(FactValue::Known(used.volume.kilowatt_hours()))),
                Cell::new(say.cell(thousandth(used.covered_wh))),
                Cell::new(say.exact(used.intensity.grams_per_kwh())),
            ])
        })
        .collect();
    let columns = vec![
        Column::words(words.contract, 4),
        Column::words(say.at.words.identity.zone, 2),
        Column::words(words.valid, 4),
        Column::words(words.matched, 2),
        Column::number(words.bought, 2),
        Column::number(words.counted, 2),
        Column::number("g/kWh", 2),
    ];
    (!rows.is_empty()).then(|| Table::new(words.contracts, columns, rows))
}
