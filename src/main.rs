//! Parses the command line and runs one command.

use clap::Parser;
use std::process::ExitCode;
use taskwatt::cli::{self, Cli};

fn main() -> ExitCode {
    let cli = Cli::parse();
    taskwatt::telemetry::start(cli.log_filter());
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(cli::run(cli)),
        Err(error) => {
            eprintln!("error: the runtime cannot start: {error}");
            ExitCode::FAILURE
        }
    }
}
