//! Shares of a whole: steps as bars, kinds of evidence as the parts of one bar.

use super::scale::Scale;
use super::{Chart, Frame, In, WIDTH, tenths};
use crate::domain::disclosure::Disclosure;
use crate::domain::fact::{Concept, Member};
use crate::domain::terms::{Evidence, StepKind};
use crate::text::percent;
use crate::units::Decimal;
use askama::Template;

const LONGEST: i128 = 5_000;
const ROW: i128 = 54;
/// Distance of hatching lines, in tenths of a unit.
const HATCH: i128 = 60;

#[derive(Template)]
#[template(path = "charts/stages.svg")]
struct Stages<'a> {
    frame: &'a Frame,
    bars: Vec<Bar>,
}

struct Bar {
    label: &'static str,
    label_y: i128,
    bar_y: i128,
    width: String,
    /// Lines over the bar; empty where it is not hatched.
    hatch: String,
    value: String,
    value_x: String,
    value_y: i128,
}

/// Bars by kind of step; `None` where no record has steps.
pub(super) fn stages(d: &Disclosure, at: In) -> Result<Option<Chart>, askama::Error> {
    let shares: Vec<(&Member, Decimal)> = d.shares(Concept::StageShare).collect();
    let Some(scale) = Scale::of(shares.iter().map(|(_, share)| *share), LONGEST) else { return Ok(None) };
    let name = |member: &Member| match member {
        Member::Step(kind) => (at.labels.step_kind)(*kind),
        _ => at.labels.unattributed,
    };
    let bars = shares.iter().enumerate().map(|(index, (member, share))| {
        let (top, width) = (index as i128 * ROW, scale.at(*share));
        let bar_y = top + 29;
        Bar {
            label: name(member),
            label_y: top + 20,
            bar_y,
            width: tenths(width),
            hatch: if is_checking(member) { diagonals([0, bar_y * 10, width, 140]) } else { String::new() },
            value: percent(at.language, *share),
            value_x: tenths(width + 100),
            value_y: top + 42,
        }
    });
    let bars: Vec<Bar> = bars.collect();
    let words: Vec<String> = bars.iter().map(|bar| at.item(bar.label, &bar.value)).collect();
    let chart = &at.words.chart;
    let height = shares.len() as i128 * ROW - 8;
    let frame = Frame::new("chart-stages", chart.stages, chart.stages_caption, height).describe(&words, at);
    let svg = Stages { frame: &frame, bars }.render()?;
    Ok(Some(frame.with(svg)))
}

/// What a service spends on keeping its answers true.
fn is_checking(member: &Member) -> bool {
    matches!(member, Member::Step(StepKind::Retrieval | StepKind::Reranking | StepKind::Verification))
}

#[derive(Template)]
#[template(path = "charts/evidence.svg")]
struct Parts<'a> {
    frame: &'a Frame,
    parts: Vec<Part>,
}

struct Part {
    /// Filled, hatched, striped or empty.
    class: &'static str,
    fill: &'static str,
    x: String,
    width: String,
    hatch: String,
    /// The same beside the name.
    sample_hatch: String,
    sample_y: i128,
    text_y: i128,
    label: &'static str,
    value: String,
}

/// The whole bar of evidence: its upper edge and height, in units.
const BAR: [i128; 2] = [2, 44];
/// The samples of the key.
const SAMPLE: [i128; 2] = [36, 20];
const KEY_ROW: i128 = 38;

/// One bar whose parts are told apart by how they are filled; `None` where there is no energy.
pub(super) fn evidence(d: &Disclosure, at: In) -> Result<Option<Chart>, askama::Error> {
    let share_of = |tier: Evidence| {
        let found = d.shares(Concept::EvidenceShare).find(|(member, _)| **member == Member::Evidence(tier));
        found.map_or(Decimal::new(0, 6), |(_, share)| share)
    };
    let shares: Vec<(Evidence, Decimal)> =
        Evidence::ALL.iter().map(|tier| (*tier, share_of(*tier))).collect();
    // Of a whole, not of the largest.
    let Some(scale) = Scale::of([Decimal::new(1, 0)].into_iter(), WIDTH * 10 - 20) else { return Ok(None) };
    if shares.iter().all(|(_, share)| share.is_zero()) {
        return Ok(None);
    }
    let mut left = 10;
    let mut parts = Vec::new();
    for (index, (tier, share)) in shares.iter().enumerate() {
        let (width, sample_y) = (scale.at(*share), BAR[0] + BAR[1] + 18 + index as i128 * KEY_ROW);
        let (class, fill) = fill_of(*tier);
        parts.push(Part {
            class,
            fill,
            x: tenths(left),
            width: tenths(width),
            hatch: hatch(*tier, [left, BAR[0] * 10, width, BAR[1] * 10]),
            sample_hatch: hatch(*tier, [10, sample_y * 10, SAMPLE[0] * 10, SAMPLE[1] * 10]),
            sample_y,
            text_y: sample_y + 16,
            label: (at.labels.evidence)(*tier),
            value: percent(at.language, *share),
        });
        left += width;
    }
    let words: Vec<String> = parts.iter().map(|part| at.item(part.label, &part.value)).collect();
    let chart = &at.words.chart;
    let height = BAR[0] + BAR[1] + 18 + KEY_ROW * parts.len() as i128 - 10;
    let frame =
        Frame::new("chart-evidence", chart.evidence, chart.evidence_caption, height).describe(&words, at);
    let svg = Parts { frame: &frame, parts }.render()?;
    Ok(Some(frame.with(svg)))
}

fn fill_of(tier: Evidence) -> (&'static str, &'static str) {
    match tier {
        Evidence::Metered => ("firm", "#2c5480"),
        Evidence::Counter => ("soft", "#c3d3e6"),
        Evidence::Modelled | Evidence::Declared => ("empty", "#ffffff"),
    }
}

/// Lines over a part of a bar, so that kinds differ without colour.
fn hatch(tier: Evidence, area: [i128; 4]) -> String {
    match tier {
        Evidence::Metered | Evidence::Declared => String::new(),
        Evidence::Counter => diagonals(area),
        Evidence::Modelled => levels(area),
    }
}

/// Rising lines within a rectangle (left, top, width, height), in tenths of a unit.
fn diagonals([left, top, width, height]: [i128; 4]) -> String {
    let mut path = String::new();
    let mut start = HATCH / 2;
    // A line begins at the lower edge, or where it enters at the left.
    while start < width + height {
        let begin = (start - height).max(0);
        let end = start.min(width);
        let y = |x: i128| top + height - (x - (start - height));
        if begin < end {
            path.push_str(&format!(
                "M{} {}L{} {}",
                tenths(left + begin),
                tenths(y(begin)),
                tenths(left + end),
                tenths(y(end))
            ));
        }
        start += HATCH;
    }
    path
}

/// Level lines within a rectangle.
fn levels([left, top, width, height]: [i128; 4]) -> String {
    if width == 0 {
        return String::new();
    }
    let lines = (1..).map(|index| index * HATCH).take_while(|y| *y < height);
    lines.map(|y| format!("M{} {}H{}", tenths(left), tenths(top + y), tenths(left + width))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hatching_stays_within_its_rectangle() {
        for area in [[0, 0, 5_000, 140], [100, 20, 30, 440], [10, 20, 0, 440], [0, 0, 61, 61]] {
            let [left, top, width, height] = area;
            let numbers = diagonals(area);
            for pair in numbers.split(['M', 'L']).filter(|pair| !pair.is_empty()) {
                let (x, y) = pair.split_once(' ').unwrap();
                let tenth = |text: &str| Decimal::parse(text).unwrap().to_scaled(1).unwrap();
                assert!((left..=left + width).contains(&tenth(x)), "{area:?}: {pair}");
                assert!((top..=top + height).contains(&tenth(y)), "{area:?}: {pair}");
            }
        }
        assert_eq!(diagonals([0, 0, 0, 100]), "");
    }
}
