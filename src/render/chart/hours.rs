//! Columns of carbon per task by hour of the day.

use super::months::{Tick, ticks};
use super::scale::Scale;
use super::{Chart, Frame, In, tenths};
use crate::domain::disclosure::Disclosure;
use crate::domain::fact::{Concept, FactValue, HourOfDay, Member, Of};
use crate::units::Decimal;
use askama::Template;

const HEIGHT: i128 = 320;
const LEFT: i128 = 640;
const RIGHT: i128 = 6_400;
const TOP: i128 = 450;
const BOTTOM: i128 = 2_600;

#[derive(Template)]
#[template(path = "charts/hours.svg")]
struct Drawing<'a> {
    frame: &'a Frame,
    ticks: Vec<Tick>,
    columns: Vec<Column>,
    left: String,
    axis: &'static str,
}

struct Column {
    x: String,
    y: String,
    width: String,
    height: String,
    /// Where there is no value: a dash stands in the place of the column.
    missing: bool,
    /// Printed upright above the column.
    value: String,
    value_x: String,
    value_y: String,
    middle: String,
    /// Under every third hour.
    name: Option<&'static str>,
}

/// The value of each hour of the day, of those that the document tells of.
pub(in crate::render) fn hours(d: &Disclosure, concept: Concept) -> Vec<(HourOfDay, FactValue)> {
    let of = d.facts.iter().filter(|fact| fact.concept == concept && fact.of == Of::ALL);
    of.filter_map(|fact| match fact.member {
        Some(Member::HourOfDay(hour)) => Some((hour, fact.value)),
        _ => None,
    })
    .collect()
}

/// `None` where fewer than two hours have a value.
pub(super) fn chart(d: &Disclosure, at: In) -> Result<Option<Chart>, askama::Error> {
    let told = hours(d, Concept::CarbonHourPerTask);
    let known = |value| match value {
        FactValue::Known(value) => Some(value),
        _ => None,
    };
    let values: Vec<Decimal> = told.iter().filter_map(|(_, value)| known(*value)).collect();
    let scale = Scale::of(values.iter().copied(), BOTTOM - TOP).filter(|_| values.len() > 1);
    let Some(scale) = scale else { return Ok(None) };
    let scale = scale.to_whole_steps();
    let pitch = (RIGHT - LEFT) / 24;
    let columns = HourOfDay::all().enumerate().map(|(index, hour)| {
        let value = told.iter().find(|(other, _)| *other == hour).and_then(|(_, value)| known(*value));
        let height = value.map_or(0, |value| scale.at(value));
        let left = LEFT + pitch * index as i128;
        Column {
            x: tenths(left + 30),
            y: tenths(BOTTOM - height),
            width: tenths(pitch - 60),
            height: tenths(height),
            missing: value.is_none(),
            value: value.map_or(String::new(), |value| at.figure(value)),
            value_x: tenths(left + pitch / 2 + 40),
            value_y: tenths(BOTTOM - height - 50),
            middle: tenths(left + pitch / 2),
            name: index.is_multiple_of(3).then_some(hour.as_str()),
        }
    });
    let columns = columns.collect();
    let words: Vec<String> = told.iter().map(|(hour, value)| words(*hour, *value, at)).collect();
    let chart = &at.words.chart;
    let frame = Frame::new("chart-hours", chart.hours, chart.hours_caption, HEIGHT).describe(&words, at);
    let ticks = ticks(scale, BOTTOM, at);
    let svg =
        Drawing { frame: &frame, ticks, columns, left: tenths(LEFT), axis: chart.hour_axis }.render()?;
    Ok(Some(frame.with(svg)))
}

fn words(hour: HourOfDay, value: FactValue, at: In) -> String {
    let name = format!("{}:00", hour.as_str());
    match value {
        FactValue::Known(value) => at.item(&name, &format!("{}\u{a0}g", at.figure(value))),
        other => at.item(&name, at.labels.no_value(other).unwrap_or_default()),
    }
}
