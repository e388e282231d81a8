//! What a forecast cannot rest on: weeks of which something is not counted.

use chrono::NaiveDate;
use std::collections::BTreeSet;

/// Why something of a day is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    Unsettled,
    NoEstimate,
    NoFactor,
}

impl Gap {
    /// The reason for people.
    pub fn describe(self) -> &'static str {
        match self {
            Gap::Unsettled => "it is not settled whether energy includes the PUE",
            Gap::NoEstimate => "nothing supports an estimate of tasks without energy",
            Gap::NoFactor => "grid factors are missing",
        }
    }
}

/// Weeks that a forecast would rest on if all of them were counted, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOutWeeks {
    /// The first and last day of each.
    pub weeks: Vec<(NaiveDate, NaiveDate)>,
    pub why: BTreeSet<Gap>,
}

impl LeftOutWeeks {
    /// One sentence for people; `None` where there are none.
    pub fn describe(&self) -> Option<String> {
        let ((_, last), (first, _)) = self.weeks.first().zip(self.weeks.last())?;
        let why: Vec<&str> = self.why.iter().map(|gap| gap.describe()).collect();
        Some(format!(
            "{} week(s) between {first} and {last} are left out of what a forecast rests on, because not all of it is \
             counted: {}.",
            self.weeks.len(),
            why.join(", ")
        ))
    }
}
