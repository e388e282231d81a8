//! The log: one line an event, to standard error.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Starts the log: coloured text at a terminal, JSON lines elsewhere. `default_filter` is what is
/// logged where `RUST_LOG` says nothing.
pub fn start(default_filter: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default_filter));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        log.with_target(false).init();
    } else {
        log.json().flatten_event(true).init();
    }
}
