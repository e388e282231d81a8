//! What a receipt vouches for: a digest of every record and window that is stored, which anyone can compute
//! from what was sent. `docs/receipts.md` tells how, with a program that a test runs.

use crate::domain::group::GroupNames;
use crate::domain::names::Name;
use crate::domain::record::{Record, Tokens};
use crate::domain::terms::{NaturalUnit, Place};
use crate::domain::window::Window;
use crate::units::{Energy, Span};
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Fields divided by tabs, in a fixed order; what is not stated is empty.
struct Line(String);

impl Line {
    fn new(kind: &str) -> Line {
        let mut line = String::with_capacity(320);
        line.push_str(kind);
        Line(line)
    }

    fn push(&mut self, value: impl std::fmt::Display) {
        // Writing to a string cannot fail.
        let _ = write!(self.0, "\t{value}");
    }

    fn push_optional(&mut self, value: Option<i64>) {
        self.0.push('\t');
        if let Some(value) = value {
            let _ = write!(self.0, "{value}");
        }
    }

    fn push_names(&mut self, names: &GroupNames) {
        // A task without energy states neither.
        let (boundary, evidence) = if names.terms.is_estimated() { ("", "") } else { names.terms.words() };
        for name in [
            names.service.as_str(),
            names.model.as_str(),
            names.task_type.as_str(),
            names.site.as_str(),
            boundary,
            evidence,
            names.accelerator.as_ref().map_or("", Name::as_str),
            names.place.map_or("", Place::as_str),
        ] {
            self.0.push('\t');
            self.0.push_str(name);
        }
    }

    fn push_tokens(&mut self, tokens: &Tokens) {
        for count in [tokens.input, tokens.cached, tokens.output, tokens.reasoning] {
            self.push_optional(count);
        }
    }

    fn sha256(self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

/// The digest of one record.
pub fn record_sha256(names: &GroupNames, record: &Record) -> [u8; 32] {
    let mut line = Line::new("record");
    line.push(record.record_key);
    line.push(record.started_at.timestamp_micros());
    line.push_optional(record.duration.map(Span::microseconds));
    line.0.push('\t');
    line.0.push_str(record.outcome.as_str());
    line.push_names(names);
    line.push_optional(record.energy.map(Energy::microjoules));
    line.push_optional(record.energy_interval.map(|(low, _)| low.microjoules()));
    line.push_optional(record.energy_interval.map(|(_, high)| high.microjoules()));
    line.push_tokens(&record.tokens);
    for unit in NaturalUnit::ALL {
        let amount = record.units.iter().find(|(stated, _)| stated == unit);
        line.push_optional(amount.map(|(_, amount)| *amount));
    }
    line.push_optional(record.accelerator_time.map(Span::microseconds));
    line.0.push('\t');
    for (index, step) in record.steps.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let retry = if step.is_retry { ":retry" } else { "" };
        let _ = write!(line.0, "{comma}{}:{}{retry}", step.kind.as_str(), step.energy.microjoules());
    }
    line.sha256()
}

/// The digest of one window.
pub fn window_sha256(names: &GroupNames, window: &Window) -> [u8; 32] {
    let mut line = Line::new("window");
    line.push(window.window_key);
    line.push(window.from.timestamp_micros());
    line.push(window.to.timestamp_micros());
    line.push_names(names);
    line.push(window.tasks.completed);
    line.push(window.tasks.failed);
    line.push(window.tasks.cancelled);
    line.push(window.energy.microjoules());
    line.0.push('\t');
    if let Some(squared) = window.energy_squared_uj2 {
        let _ = write!(line.0, "{squared}");
    }
    line.push_tokens(&window.tokens);
    line.0.push('\t');
    for (index, (bucket, tasks)) in window.histogram.iter().flatten().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let _ = write!(line.0, "{comma}{}:{tasks}", bucket.get());
    }
    line.sha256()
}
