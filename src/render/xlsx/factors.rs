//! The sheet of what the figures were computed with: grid factors, residual mixes, contracts, factors of sites,
//! defaults, water, embodied carbon and hardware, one number a row.

use super::sheet::{Book, Column, Sheet};
use crate::domain::disclosure::{Disclosure, FactorUse};
use crate::domain::fact::FactValue;
use crate::domain::period::Days;
use crate::render::csv::value_text;
use crate::units::Decimal;
use rust_xlsxwriter::XlsxError;

/// One row; what does not apply is empty.
#[derive(Default)]
struct Line {
    kind: &'static str,
    name: String,
    site: String,
    zone: String,
    /// What the number is.
    measure: &'static str,
    value: Option<FactValue>,
    unit: &'static str,
    from: String,
    to: String,
    revisions: Option<(i32, i32)>,
    resolution: &'static str,
    value_taken: String,
    source: String,
    release: String,
    licence: String,
    remark: String,
}

const COLUMNS: [(&str, u16); 17] = [
    ("kind", 18),
    ("name", 28),
    ("site", 16),
    ("zone", 12),
    ("measure", 22),
    ("value", 16),
    ("unit", 12),
    ("from", 12),
    ("before", 12),
    ("lowest_revision", 10),
    ("highest_revision", 10),
    ("resolution", 12),
    ("value_taken", 30),
    ("source", 34),
    ("release", 12),
    ("licence", 16),
    ("remark", 44),
];

pub(super) fn fill(book: &mut Book, d: &Disclosure) -> Result<(), XlsxError> {
    let columns: Vec<Column> = COLUMNS.iter().map(|(head, width)| Column::new(head, *width)).collect();
    let mut sheet = book.sheet("Factors", &columns, 2)?;
    let grid = d.factor_uses.iter().map(|used| of_grid("grid_factor", used));
    let residual = d.residual_uses.iter().map(|used| of_grid("residual_mix", used));
    let lines = grid
        .chain(residual)
        .chain(contracts(d))
        .chain(sites(d))
        .chain(meters(d))
        .chain(defaults(d))
        .chain(apart(d));
    lines.into_iter().try_for_each(|line| write(&mut sheet, &line))
}

fn write(sheet: &mut Sheet<'_>, line: &Line) -> Result<(), XlsxError> {
    for (column, text) in (0..).zip([&line.name, &line.site, &line.zone]) {
        sheet.text(column + 1, text)?;
    }
    sheet.text(0, line.kind)?;
    sheet.text(4, line.measure)?;
    match line.value {
        Some(FactValue::Known(value)) => drop(sheet.number(5, value)?),
        Some(none) => sheet.text(5, &value_text(none))?,
        None => {}
    }
    sheet.text(6, line.unit)?;
    sheet.text(7, &line.from)?;
    sheet.text(8, &line.to)?;
    if let Some((lowest, highest)) = line.revisions {
        sheet.whole(9, lowest.into())?;
        sheet.whole(10, highest.into())?;
    }
    sheet.text(11, line.resolution)?;
    for (column, text) in
        (12..).zip([&line.value_taken, &line.source, &line.release, &line.licence, &line.remark])
    {
        sheet.text(column, text)?;
    }
    sheet.next_row();
    Ok(())
}

fn of_grid(kind: &'static str, used: &FactorUse) -> Line {
    Line {
        kind,
        name: used.set_key.clone(),
        zone: used.zone.clone(),
        measure: "hours of sites",
        value: Some(
            used.hours
                .map_or(FactValue::NotIncluded, |hours| FactValue::Known(Decimal::new(hours.into(), 0))),
        ),
        unit: "h",
        revisions: Some((used.lowest_revision, used.highest_revision)),
        resolution: used.resolution.as_str(),
        value_taken: format!("{}, of {}", used.rung.label(), used.value_zone),
        source: used.source.clone(),
        release: used.release.clone(),
        licence: used.licence.clone(),
        remark: used.attribution.clone(),
        ..Line::default()
    }
}

/// A line that holds for some days.
fn dated(kind: &'static str, name: &str, valid: Days, revision: i32) -> Line {
    Line {
        kind,
        name: name.to_owned(),
        from: valid.from().to_string(),
        to: valid.to().to_string(),
        revisions: Some((revision, revision)),
        ..Line::default()
    }
}

fn contracts(d: &Disclosure) -> Vec<Line> {
    let mut lines = Vec::new();
    for used in &d.contract_uses {
        let numbers = [
            ("intensity", FactValue::Known(used.intensity.grams_per_kwh()), "gCO2e/kWh"),
            ("volume bought", FactValue::Known(used.volume.kilowatt_hours()), "kWh"),
            ("counted here", used.covered_wh, "Wh"),
        ];
        lines.extend(numbers.map(|(measure, value, unit)| Line {
            zone: used.zone.clone(),
            measure,
            value: Some(value),
            unit,
            source: used.reference.clone(),
            remark: format!("{}, matched: {}", used.instrument.as_str(), used.matching.as_str()),
            ..dated("contract", &used.key, used.valid, used.revision)
        }));
    }
    lines
}

fn sites(d: &Disclosure) -> Vec<Line> {
    let factors = d.sites.iter().flat_map(|site| site.factors.iter().map(move |factor| (site, factor)));
    factors
        .map(|(site, factor)| Line {
            kind: "site_factor",
            name: factor.kind.as_str().to_owned(),
            site: site.key.clone(),
            zone: site.zone.clone(),
            measure: "ratio",
            value: Some(FactValue::Known(factor.value.decimal())),
            unit: "1",
            from: factor.valid_from.format("%Y-%m-%d").to_string(),
            to: factor.valid_to.format("%Y-%m-%d").to_string(),
            revisions: Some((factor.revision, factor.revision)),
            remark: "declared by the provider".to_owned(),
            ..Line::default()
        })
        .collect()
}

fn meters(d: &Disclosure) -> Vec<Line> {
    let lines = d.sites.iter().flat_map(|site| site.meter_classes.iter().map(move |line| (site, line)));
    lines
        .map(|(site, line)| Line {
            site: site.key.clone(),
            zone: site.zone.clone(),
            measure: "error, either way",
            value: Some(FactValue::Known(line.class.percent())),
            unit: "%",
            remark: "declared by the provider".to_owned(),
            ..dated("meter_class", line.kind.as_str(), line.valid, line.revision)
        })
        .collect()
}

fn defaults(d: &Disclosure) -> Vec<Line> {
    let line = |name: &str, measure, value| Line {
        kind: "default_factor",
        name: name.to_owned(),
        measure,
        value: Some(value),
        unit: "1",
        remark: "default of the method".to_owned(),
        ..Line::default()
    };
    d.defaults
        .iter()
        .flat_map(|used| {
            let name = used.kind.as_str();
            [
                line(name, "ratio", FactValue::Known(used.value.decimal())),
                line(name, "share of energy", used.share),
            ]
        })
        .collect()
}

fn apart(d: &Disclosure) -> Vec<Line> {
    let mut lines = Vec::new();
    lines.extend(d.water_factors.iter().map(|line| Line {
        zone: line.factor.zone.clone(),
        measure: "water at power plants",
        value: Some(FactValue::Known(line.factor.value.litres_per_kwh())),
        unit: "L/kWh",
        source: line.factor.source.clone(),
        licence: line.factor.licence.clone(),
        ..dated("water_factor", &line.factor.zone, line.factor.valid, line.revision)
    }));
    for line in &d.embodied {
        let numbers = [
            ("embodied carbon", line.embodied.carbon.kilograms(), "kgCO2e"),
            ("hours of life", Decimal::new(line.embodied.lifetime_hours.into(), 0), "h"),
        ];
        lines.extend(numbers.map(|(measure, value, unit)| Line {
            kind: "embodied_carbon",
            name: line.embodied.accelerator.to_string(),
            site: line.site.clone(),
            measure,
            value: Some(FactValue::Known(value)),
            unit,
            revisions: Some((line.revision, line.revision)),
            source: line.embodied.source.clone(),
            remark: line.embodied.includes.clone(),
            ..Line::default()
        }));
    }
    lines.extend(d.hardware.iter().map(|line| Line {
        site: line.site.clone(),
        measure: "accelerators",
        value: Some(FactValue::Known(Decimal::new(line.accelerators.into(), 0))),
        unit: "1",
        ..dated("hardware", &line.accelerator, line.valid, line.revision)
    }));
    lines
}
