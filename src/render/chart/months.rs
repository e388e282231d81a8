//! The series of months: a point for each mean on a line, with its interval; months without a figure break the line.

use super::scale::Scale;
use super::{Chart, Frame, In, tenths};
use crate::domain::disclosure::Disclosure;
use crate::domain::fact::{Concept, FactValue, Of};
use crate::domain::period::Period;
use crate::text::fill;
use crate::units::Decimal;
use askama::Template;
use chrono::Datelike;

const HEIGHT: i128 = 300;
/// The area in which values are drawn, in tenths of a unit.
const LEFT: i128 = 640;
const RIGHT: i128 = 6_400;
const TOP: i128 = 300;
const BOTTOM: i128 = 2_400;

#[derive(Template)]
#[template(path = "charts/months.svg")]
struct Drawing<'a> {
    frame: &'a Frame,
    ticks: Vec<Tick>,
    months: Vec<Month>,
    /// The line through the points.
    line: String,
    left: String,
}

/// A step of the axis.
pub(super) struct Tick {
    pub(super) y: String,
    pub(super) text_y: String,
    pub(super) text: String,
}

struct Month {
    x: String,
    name: &'static str,
    /// Under the first month and every January.
    year: Option<String>,
    point: Option<Point>,
    /// Whether its name stands on narrow screens too.
    class: &'static str,
}

struct Point {
    y: String,
    interval: Option<String>,
    value: String,
    value_y: String,
}

struct Mean {
    month: Period,
    mean: Option<Decimal>,
    interval: Option<[Decimal; 2]>,
}

/// Months of all tasks in order, with those that have no figure.
pub(in crate::render) fn months(d: &Disclosure) -> Vec<Period> {
    let of_facts = d.facts.iter().filter(|fact| fact.concept == Concept::EnergyPerTaskMean);
    let of_facts = of_facts.filter(|fact| fact.of.task_type.is_none() && fact.of.model.is_none());
    let mut months: Vec<Period> = of_facts.filter_map(|fact| fact.of.month).collect();
    months.extend(d.gaps.iter().map(|gap| gap.month));
    months.sort_unstable();
    months.dedup();
    months
}

/// `None` where fewer than two months have a figure: one point is no series.
pub(super) fn chart(d: &Disclosure, at: In) -> Result<Option<Chart>, askama::Error> {
    let means: Vec<Mean> = months(d).into_iter().map(|month| mean(d, month)).collect();
    if means.iter().filter(|mean| mean.mean.is_some()).count() < 2 {
        return Ok(None);
    }
    let ends = means.iter().filter_map(|mean| mean.interval).flatten();
    let values = means.iter().filter_map(|mean| mean.mean).chain(ends);
    let Some(scale) = Scale::of(values, BOTTOM - TOP) else { return Ok(None) };
    let scale = scale.to_whole_steps();
    let pitch = (RIGHT - LEFT) / means.len() as i128;
    let x_of = |index: usize| LEFT + pitch * index as i128 + pitch / 2;
    let drawn: Vec<Month> =
        means.iter().enumerate().map(|(index, mean)| drawn(mean, x_of(index), index, scale, at)).collect();
    let words: Vec<String> = means.iter().map(|mean| words(d, mean, at)).collect();
    let chart = &at.words.chart;
    let frame = Frame::new("chart-months", chart.months, chart.months_caption, HEIGHT).describe(&words, at);
    let line = line(&means, x_of, scale);
    let ticks = ticks(scale, BOTTOM, at);
    let svg = Drawing { frame: &frame, ticks, months: drawn, line, left: tenths(LEFT) }.render()?;
    Ok(Some(frame.with(svg)))
}

/// The steps of an upright axis above `bottom`.
pub(super) fn ticks(scale: Scale, bottom: i128, at: In) -> Vec<Tick> {
    let tick = |value: Decimal| {
        let y = bottom - scale.at(value);
        Tick { y: tenths(y), text_y: tenths(y + 50), text: at.exact(value) }
    };
    scale.ticks().into_iter().map(tick).collect()
}

fn mean(d: &Disclosure, month: Period) -> Mean {
    let of = Of::ALL.in_month(month);
    let value = |concept| match d.value_of(concept, &of) {
        FactValue::Known(value) => Some(value),
        _ => None,
    };
    let ends = [value(Concept::EnergyPerTaskLow), value(Concept::EnergyPerTaskHigh)];
    let interval = match ends {
        [Some(low), Some(high)] => Some([low, high]),
        _ => None,
    };
    Mean { month, mean: value(Concept::EnergyPerTaskMean), interval }
}

fn drawn(mean: &Mean, x: i128, index: usize, scale: Scale, at: In) -> Month {
    let from = mean.month.from().date_naive();
    let y_of = |value| BOTTOM - scale.at(value);
    let point = mean.mean.map(|value| {
        let ends = mean.interval.map(|ends| ends.map(y_of));
        let interval = ends.map(|[low, high]| {
            let (left, right) = (tenths(x - 50), tenths(x + 50));
            let (x, low, high) = (tenths(x), tenths(low), tenths(high));
            format!("M{left} {low}H{right}M{x} {low}V{high}M{left} {high}H{right}")
        });
        let top = ends.map_or(y_of(value) - 40, |[_, high]| high);
        Point { y: tenths(y_of(value)), interval, value: at.figure(value), value_y: tenths(top - 60) }
    });
    Month {
        x: tenths(x),
        name: at.words.dates.month_short(from),
        year: (index == 0 || from.month() == 1).then(|| from.year().to_string()),
        point,
        class: if index.is_multiple_of(3) { "label" } else { "label dense" },
    }
}

/// Strokes between neighbours that both have a figure.
fn line(means: &[Mean], x_of: impl Fn(usize) -> i128, scale: Scale) -> String {
    let mut line = String::new();
    let mut is_drawing = false;
    for (index, mean) in means.iter().enumerate() {
        let Some(value) = mean.mean else {
            is_drawing = false;
            continue;
        };
        let (x, y) = (tenths(x_of(index)), tenths(BOTTOM - scale.at(value)));
        line.push_str(&format!("{}{x} {y}", if is_drawing { 'L' } else { 'M' }));
        is_drawing = true;
    }
    line
}

fn words(d: &Disclosure, mean: &Mean, at: In) -> String {
    let name = at.words.dates.month(mean.month.from().date_naive());
    let gap = d.gaps.iter().find(|gap| gap.month == mean.month);
    match (mean.mean, mean.interval, gap) {
        (Some(value), Some([low, high]), _) => {
            let value = format!("{}\u{a0}Wh", at.figure(value));
            fill(at.words.chart.item_interval, &[&name, &value, &at.figure(low), &at.figure(high)])
        }
        (Some(value), None, _) => at.item(&name, &format!("{}\u{a0}Wh", at.figure(value))),
        (None, _, Some(gap)) => at.item(&name, (at.words.terms.gap)(gap.why).trim_end_matches('.')),
        (None, _, None) => at.item(&name, at.labels.no_value[0]),
    }
}
