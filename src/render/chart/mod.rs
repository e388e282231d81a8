//! The charts of a disclosure as SVG, the same for the page and the PDF: positions and words are made here, a template
//! draws them. Colours are presentation attributes, which the style sheet of the page may override; what tells parts
//! apart are places, printed values and hatching, never colour alone.

mod hours;
mod months;
mod scale;
mod shares;
mod types;

pub(super) use hours::hours;
pub(super) use months::months;

use super::number::TABLE;
use crate::domain::disclosure::Disclosure;
use crate::text::{Labels, Language, Report, fill, labels, number, report, significant};
use crate::units::Decimal;

/// Width of every chart in its own units; heights differ.
pub const WIDTH: i128 = 640;

/// A drawn chart, and the same in words for those who do not see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chart {
    /// Unique among the charts of a document.
    pub id: &'static str,
    pub title: &'static str,
    /// What stands above it.
    pub caption: &'static str,
    pub description: String,
    pub height: i128,
    pub svg: String,
}

/// The charts of a document, each where it has figures for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Charts {
    /// Mean energy per task by task type, with intervals.
    pub types: Option<Chart>,
    /// Mean energy per task by month.
    pub months: Option<Chart>,
    /// Share of energy by kind of step.
    pub stages: Option<Chart>,
    /// Share of energy by how it is known.
    pub evidence: Option<Chart>,
    /// Carbon by hour of the day.
    pub hours: Option<Chart>,
}

impl Charts {
    /// Those that there are.
    pub fn all(&self) -> impl Iterator<Item = &Chart> {
        [&self.types, &self.months, &self.stages, &self.evidence, &self.hours].into_iter().flatten()
    }
}

/// The language that a chart is labelled in.
#[derive(Clone, Copy, Debug)]
pub struct In {
    pub language: Language,
    pub labels: &'static Labels,
    pub words: &'static Report,
}

/// Draws the charts of a document.
///
/// # Errors
///
/// A template cannot be filled.
pub fn charts(d: &Disclosure, at: In) -> Result<Charts, askama::Error> {
    Ok(Charts {
        types: types::chart(d, at)?,
        months: months::chart(d, at)?,
        stages: shares::stages(d, at)?,
        evidence: shares::evidence(d, at)?,
        hours: hours::chart(d, at)?,
    })
}

/// What every chart has beside its drawing.
struct Frame {
    id: &'static str,
    title: &'static str,
    caption: &'static str,
    description: String,
    height: i128,
}

impl Frame {
    fn new(id: &'static str, title: &'static str, caption: &'static str, height: i128) -> Frame {
        Frame { id, title, caption, description: String::new(), height }
    }

    /// Items in words, and where the same figures stand.
    fn describe(mut self, items: &[String], at: In) -> Frame {
        self.description = format!("{}. {}", items.join("; "), at.words.chart.same_in_table);
        self
    }

    fn with(self, svg: String) -> Chart {
        let Frame { id, title, caption, description, height } = self;
        Chart { id, title, caption, description, height, svg }
    }
}

impl In {
    /// The language of the page.
    pub(super) fn english() -> In {
        In::of(Language::English).expect("English names figures")
    }

    /// `None` where reports are not written in the language.
    pub fn of(language: Language) -> Option<In> {
        Some(In { language, labels: labels(language)?, words: report(language)? })
    }

    /// A figure as tables show it.
    fn figure(self, value: Decimal) -> String {
        significant(self.language, value, TABLE)
    }

    /// A number with all its digits.
    fn exact(self, value: Decimal) -> String {
        number(self.language, &value.without_trailing_zeros())
    }

    /// A name with its value in words.
    fn item(self, name: &str, value: &str) -> String {
        fill(self.words.chart.item, &[name, value])
    }
}

/// A length in tenths of a unit, as the drawing writes it.
fn tenths(length: i128) -> String {
    Decimal::new(length, 1).without_trailing_zeros().to_string()
}

#[cfg(test)]
#[path = "chart_tests.rs"]
mod tests;
