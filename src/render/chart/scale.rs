//! From figures to lengths, in exact integers.

use crate::method::figures::FIGURE_DECIMALS;
use crate::units::Decimal;

/// Values from zero to `largest`, drawn over a length.
#[derive(Clone, Copy)]
pub(super) struct Scale {
    /// In units of the last decimal of a figure.
    largest: i128,
    /// In tenths of a unit of the drawing.
    length: i128,
}

/// Most steps of an axis.
const MOST_STEPS: i128 = 4;

/// A value in units of the last decimal of a figure; what has more decimals is rounded.
pub(super) fn scaled(value: Decimal) -> i128 {
    value.round_decimals(FIGURE_DECIMALS).to_scaled(FIGURE_DECIMALS).unwrap_or(i128::MAX / 1_000_000)
}

impl Scale {
    /// From zero to the largest of some values; `None` where all are zero.
    pub(super) fn of(values: impl Iterator<Item = Decimal>, length: i128) -> Option<Scale> {
        let largest = values.map(scaled).max().filter(|largest| *largest > 0)?;
        Some(Scale { largest, length })
    }

    /// The same up to the end of the last step of its axis.
    pub(super) fn to_whole_steps(self) -> Scale {
        let step = self.step();
        let steps = self.largest / step + i128::from(self.largest % step != 0);
        Scale { largest: step * steps, ..self }
    }

    /// How far a value lies from zero, in tenths of a unit.
    pub(super) fn at(self, value: Decimal) -> i128 {
        let value = scaled(value).clamp(0, self.largest);
        // Both are shortened together, so that the product fits.
        let shrink = (self.largest / 1_000_000_000_000_000).max(1);
        (value / shrink) * self.length / (self.largest / shrink)
    }

    /// The values at the steps of its axis, zero first.
    pub(super) fn ticks(self) -> Vec<Decimal> {
        let step = self.step();
        (0..=self.largest / step).map(|index| Decimal::new(index * step, FIGURE_DECIMALS)).collect()
    }

    /// 1, 2 or 5 times a power of ten, so that there are a few steps.
    fn step(self) -> i128 {
        let mut step = 1;
        loop {
            for times in [1, 2, 5] {
                if self.largest <= times * step * MOST_STEPS {
                    return times * step;
                }
            }
            step *= 10;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scale(largest: &str) -> Scale {
        Scale::of([Decimal::parse(largest).unwrap()].into_iter(), 1_000).unwrap()
    }

    #[test]
    fn lengths_are_in_proportion() {
        for (value, expected) in [("0", 0), ("1", 250), ("4", 1_000), ("9", 1_000), ("0.001", 0)] {
            assert_eq!(scale("4").at(Decimal::parse(value).unwrap()), expected, "{value}");
        }
        assert!(Scale::of([Decimal::new(0, 3)].into_iter(), 1_000).is_none());
    }

    #[test]
    fn an_axis_has_few_round_steps() {
        for (largest, expected) in [
            ("0.98", "0 0.5 1"),
            ("3.9", "0 1 2 3 4"),
            ("4.1", "0 2 4 6"),
            ("123456", "0 50000 100000 150000"),
            ("0.000000000001", "0 0.000000000001"),
        ] {
            let ticks = scale(largest).to_whole_steps().ticks();
            let told: Vec<String> =
                ticks.iter().map(|tick| tick.without_trailing_zeros().to_string()).collect();
            assert_eq!(told.join(" "), expected);
        }
    }

    #[test]
    fn the_largest_values_do_not_overflow() {
        let huge = Decimal::new(i128::MAX / 10_000_000, 12);
        let scale = Scale::of([huge].into_iter(), 5_000).unwrap();
        assert_eq!(scale.at(huge), 5_000);
        assert!(scale.ticks().len() <= 5);
    }
}
