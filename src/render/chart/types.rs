//! Bars of the mean energy by task type, with the interval of each mean as a line.

use super::scale::Scale;
use super::{Chart, Frame, In, tenths};
use crate::domain::disclosure::Disclosure;
use crate::domain::fact::{Concept, FactValue};
use crate::domain::terms::TaskType;
use crate::text::fill;
use crate::units::Decimal;
use askama::Template;

/// The longest bar or line, in tenths of a unit: beside it there is room for a value in large letters.
const LONGEST: i128 = 5_000;
/// From one bar to the next: the letters of narrow screens fit between them.
const ROW: i128 = 54;

#[derive(Template)]
#[template(path = "charts/types.svg")]
struct Drawing<'a> {
    frame: &'a Frame,
    bars: Vec<Bar>,
}

struct Bar {
    label: &'static str,
    label_y: i128,
    bar_y: i128,
    width: String,
    /// A line with its two ends; nothing where the method states no interval.
    interval: Option<String>,
    value: String,
    value_x: String,
    value_y: i128,
}

struct Mean {
    task_type: TaskType,
    mean: Decimal,
    interval: Option<[Decimal; 2]>,
}

/// `None` where no task type has a mean.
pub(super) fn chart(d: &Disclosure, at: In) -> Result<Option<Chart>, askama::Error> {
    let means: Vec<Mean> = d.task_types().filter_map(|task_type| mean(d, task_type)).collect();
    let ends = means.iter().filter_map(|mean| mean.interval).flatten();
    let Some(scale) = Scale::of(means.iter().map(|mean| mean.mean).chain(ends), LONGEST) else {
        return Ok(None);
    };
    let bars =
        means.iter().enumerate().map(|(index, mean)| bar(mean, index as i128 * ROW, scale, at)).collect();
    let words: Vec<String> = means.iter().map(|mean| words(mean, at)).collect();
    let chart = &at.words.chart;
    let height = means.len() as i128 * ROW - 8;
    let frame = Frame::new("chart-types", chart.types, chart.types_caption, height).describe(&words, at);
    let drawing = Drawing { frame: &frame, bars };
    let svg = drawing.render()?;
    Ok(Some(frame.with(svg)))
}

fn mean(d: &Disclosure, task_type: TaskType) -> Option<Mean> {
    let value = |concept| match d.value(concept, Some(task_type)) {
        FactValue::Known(value) => Some(value),
        _ => None,
    };
    let ends = [value(Concept::EnergyPerTaskLow), value(Concept::EnergyPerTaskHigh)];
    let interval = match ends {
        [Some(low), Some(high)] => Some([low, high]),
        _ => None,
    };
    Some(Mean { task_type, mean: value(Concept::EnergyPerTaskMean)?, interval })
}

fn bar(mean: &Mean, top: i128, scale: Scale, at: In) -> Bar {
    let width = scale.at(mean.mean);
    let line = mean.interval.map(|ends| ends.map(|end| scale.at(end)));
    let middle = top + 36;
    let interval = line.map(|[low, high]| {
        let (low, high) = (tenths(low), tenths(high));
        let (upper, lower) = (middle - 4, middle + 4);
        format!("M{low} {upper}V{lower}M{low} {middle}H{high}M{high} {upper}V{lower}")
    });
    Bar {
        label: (at.labels.task_type)(mean.task_type),
        label_y: top + 20,
        bar_y: top + 29,
        width: tenths(width),
        interval,
        value: at.figure(mean.mean),
        value_x: tenths(line.map_or(width, |[_, high]| high.max(width)) + 100),
        value_y: top + 42,
    }
}

fn words(mean: &Mean, at: In) -> String {
    let name = (at.labels.task_type)(mean.task_type);
    let value = format!("{}\u{a0}Wh", at.figure(mean.mean));
    match mean.interval {
        Some([low, high]) => {
            fill(at.words.chart.item_interval, &[name, &value, &at.figure(low), &at.figure(high)])
        }
        None => at.item(name, &value),
    }
}
