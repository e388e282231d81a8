//! `taskwatt render`: every file of a disclosure or an authority pack from its document, in this process. The service runs it as its worker.

use crate::domain::disclosure::Reference;
use crate::publish::worker::{BEGINS, REFUSED};
use crate::render::files::{File, FileFormat, Format, RenderError, files};
use crate::render::{json, pack};
use anyhow::{Context, bail, ensure};
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
    /// The canonical document of a disclosure, as disclosure.json of a published version is, or of an authority pack
    /// (pack.json).
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
    if pack::is_pack(&document) {
        let own = pack::read(&document).with_context(|| format!("{name} is not an authority pack"))?;
        ensure!(pack::canonical(&own) == document, not_canonical(args));
        return make(args, own.reference, |begin| pack::files(&own, begin));
    }
    let own = json::read(&document).with_context(|| format!("{name} is not the document of a disclosure"))?;
    ensure!(json::render(&own) == document, not_canonical(args));
    make(args, own.reference, |begin| files(&own, begin))
}

fn not_canonical(args: &RenderArgs) -> String {
    format!(
        "{} is not as this version of the program writes it: take disclosure.json of a published version, or pack.json, \
         unchanged, and the version of the program that made it",
        args.document.display()
    )
}

/// Makes the files of a document and writes those that are asked for.
fn make<F: FileFormat>(
    args: &RenderArgs,
    reference: Reference,
    files: impl FnOnce(&mut dyn FnMut(F)) -> Result<Vec<File<F>>, RenderError>,
) -> anyhow::Result<ExitCode> {
    let is_known = |asked: &&Format| F::all().iter().any(|format| format.word() == asked.as_str());
    if let Some(missing) = args.formats.iter().find(|asked| !is_known(asked)) {
        bail!("an authority pack has no file '{}'", missing.as_str());
    }
    let mut begins = |format: F| {
        if args.worker {
            say(format_args!("{BEGINS}{}", format.word()));
        }
    };
    let made = match files(&mut begins) {
        Ok(made) => made,
        Err(refused) => {
            eprintln!("error: {refused}");
            return Ok(ExitCode::from(REFUSED));
        }
    };
    fs::create_dir_all(&args.out).with_context(|| format!("cannot make {}", args.out.display()))?;
    let is_asked = |format: F| {
        args.formats.is_empty() || args.formats.iter().any(|asked| asked.as_str() == format.word())
    };
    for file in made.iter().filter(|file| is_asked(file.format)) {
        let name = file.format.file_name(reference);
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
