//! The log: one line an event, to standard error.

use std::io::IsTerminal;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// Starts the log: coloured text at a terminal, JSON lines elsewhere. `filter` says what is logged, as
/// `taskwatt=info,warn`; one that cannot be read is told and replaced by `warn`.
pub fn start(filter: &str) {
    let targets = filter.parse::<Targets>().unwrap_or_else(|error| {
        eprintln!("the log filter '{filter}' cannot be read ({error}); logging warnings");
        Targets::new().with_default(tracing::Level::WARN)
    });
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let layer = if std::io::stderr().is_terminal() {
        lines.with_target(false).boxed()
    } else {
        lines.json().flatten_event(true).boxed()
    };
    tracing_subscriber::registry().with(layer.with_filter(targets)).init();
}
