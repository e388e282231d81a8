//! The bar chart of a disclosure's page: positions and words; the template draws it as SVG.

use super::number::{TABLE, figure};
use crate::domain::disclosure::Disclosure;
use crate::domain::fact::{Concept, FactValue};
use crate::domain::terms::TaskType;
use crate::units::Decimal;

/// Bars with their labels, and the same in words for those who do not see them.
pub(super) struct Chart {
    pub(super) height: usize,
    pub(super) description: String,
    pub(super) bars: Vec<Bar>,
}

/// Positions in the chart's own units: 640 wide, 74 for each bar.
pub(super) struct Bar {
    pub(super) label: &'static str,
    pub(super) label_y: usize,
    pub(super) bar_y: usize,
    pub(super) width: String,
    pub(super) value: String,
    pub(super) value_x: String,
    pub(super) value_y: usize,
}

/// Bars of the means by task type; `None` where no task type has one.
pub(super) fn chart(d: &Disclosure) -> Option<Chart> {
    const LONGEST: i128 = 5_200;
    let means: Vec<(TaskType, Decimal)> = d
        .task_types()
        .filter_map(|task_type| match d.value(Concept::EnergyPerTaskMean, Some(task_type)) {
            FactValue::Known(mean) => Some((task_type, mean)),
            _ => None,
        })
        .collect();
    // All means have the same decimals, so their digits compare as they are.
    let longest = means.iter().map(|(_, mean)| mean.mantissa()).max().filter(|mantissa| *mantissa > 0)?;
    let tenths = |tenths: i128| Decimal::new(tenths, 1).to_string();
    let bars: Vec<Bar> = means
        .iter()
        .enumerate()
        .map(|(index, (task_type, mean))| {
            let top = index * 74;
            let width = mean.mantissa() * LONGEST / longest;
            Bar {
                label: task_type.label(),
                label_y: top + 27,
                bar_y: top + 38,
                width: tenths(width),
                value: figure(FactValue::Known(*mean), TABLE),
                value_x: tenths(width + 100),
                value_y: top + 48,
            }
        })
        .collect();
    let words: Vec<String> = bars.iter().map(|bar| format!("{} {} Wh", bar.label, bar.value)).collect();
    Some(Chart { height: bars.len() * 74 - 12, description: format!("{}.", words.join("; ")), bars })
}
