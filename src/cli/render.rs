//! `taskwatt render`: every file of a disclosure from its document, in this process. The service runs it as its worker.

use crate::publish::worker::{BEGINS, REFUSED};
use crate::render::files::{Format, download_name, files};
use crate::render::json;
use anyhow::{Context, ensure};
use clap::Args;
use rustix::process::{Resource, Rlimit, nice, setrlimit};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fs;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Args, Debug)]
pub struct RenderArgs {
    /// The canonical document of a disclosure, as disclosure.json of a published version is.
    document: PathBuf,
    /// The directory for the files; it is made where it is missing.
    #[arg(long, value_name = "DIRECTORY")]
    out: PathBuf,
    /// Write only these formats; all where none is named.
    #[arg(long = "format", value_name = "FORMAT")]
    formats: Vec<Format>,
    /// Works for a service: says how far it is, gives way to other processes, and ends when its input does.
    #[arg(long, hide = true)]
    worker: bool,
    /// Most memory that it may take.
    #[arg(long, hide = true, value_name = "BYTES")]
    memory_bytes: Option<u64>,
}

/// How much less than others a worker presses for the processor.
const NICENESS: i32 = 10;

/// Writes the files and prints their digests as `sha256sum` does.
pub fn run(args: &RenderArgs) -> anyhow::Result<ExitCode> {
    if args.worker {
        // It works in any case, only less politely.
        let _ = nice(NICENESS);
        std::thread::spawn(end_with_the_service);
    }
    if let Some(bytes) = args.memory_bytes {
        // Only what is written counts, not the program and its fonts, nor addresses that are merely set aside.
        setrlimit(Resource::Data, Rlimit { current: Some(bytes), maximum: Some(bytes) })
            .context("the memory cannot be limited")?;
    }
    let name = args.document.display();
    let document = fs::read(&args.document).with_context(|| format!("cannot read {name}"))?;
    let disclosure =
        json::read(&document).with_context(|| format!("{name} is not the document of a disclosure"))?;
    ensure!(
        json::render(&disclosure) == document,
        "{name} is not as this version of the program writes it: take disclosure.json of a published version \
         unchanged, and the version of the program that published it"
    );
    let begins = |format: Format| {
        if args.worker {
            say(format_args!("{BEGINS}{}", format.as_str()));
        }
    };
    let made = match files(&disclosure, begins) {
        Ok(made) => made,
        Err(refused) => {
            eprintln!("error: {refused}");
            return Ok(ExitCode::from(REFUSED));
        }
    };
    fs::create_dir_all(&args.out).with_context(|| format!("cannot make {}", args.out.display()))?;
    for file in made.iter().filter(|file| args.formats.is_empty() || args.formats.contains(&file.format)) {
        let name = download_name(disclosure.reference, file.format.as_str());
        let path = args.out.join(&name);
        fs::write(&path, &file.bytes).with_context(|| format!("cannot write {}", path.display()))?;
        say(format_args!("{}  {name}", hex::encode(Sha256::digest(&file.bytes))));
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes a line for whoever reads it. Who stops reading, as `head` does, still gets all files.
fn say(line: fmt::Arguments<'_>) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Ends this process when its input ends, which the service holds open while it lives.
fn end_with_the_service() {
    let ended = io::stdin().lock().read_to_end(&mut Vec::new());
    drop(ended);
    std::process::exit(1);
}
