//! The records that the service refused: the first are printed, all are listed in a file.

use super::client::{Fault, Outcome};
use super::ledger::beside;
use crate::cli::record_file::{Batch, field_of};
use anyhow::Context;
use indicatif::ProgressBar;
use serde::Serialize;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Faults that are printed in one run; all stand in the file.
const MAX_PRINTED: u64 = 20;

/// Refused records of one file; in `FILE.refused.ndjson` in the order of the answers.
pub struct Refusals {
    source: String,
    path: PathBuf,
    list: Option<BufWriter<File>>,
    listed: u64,
    /// Faults that the service found and did not name.
    unlisted: u64,
}

#[derive(Serialize)]
struct Line<'a> {
    /// Line of the file, counted from 1.
    line: u64,
    /// JSON pointer within the record.
    pointer: &'a str,
    code: &'a str,
    detail: &'a str,
}

impl Refusals {
    pub fn new(file: &Path, source: &str) -> Refusals {
        let path = beside(file, ".refused.ndjson");
        Refusals { source: source.to_owned(), path, list: None, listed: 0, unlisted: 0 }
    }

    /// Takes the faults of a batch; `printed` counts those of all files.
    pub fn add(
        &mut self,
        batch: &Batch,
        outcome: &Outcome,
        printed: &mut u64,
        bar: &ProgressBar,
    ) -> anyhow::Result<()> {
        self.unlisted += outcome.unlisted;
        if outcome.faults.is_empty() {
            return Ok(());
        }
        for fault in &outcome.faults {
            if *printed < MAX_PRINTED {
                let (line, pointer) = batch.place(&fault.pointer);
                let field = field_of(pointer);
                bar.suspend(|| eprintln!("{} line {line}{field}: {}", self.source, fault.detail));
                *printed += 1;
            }
        }
        self.write(batch, &outcome.faults).with_context(|| format!("cannot write {}", self.path.display()))
    }

    fn write(&mut self, batch: &Batch, faults: &[Fault]) -> std::io::Result<()> {
        let list = match &mut self.list {
            Some(list) => list,
            none => none.insert(BufWriter::new(File::create(&self.path)?)),
        };
        for fault in faults {
            let (line, pointer) = batch.place(&fault.pointer);
            let (code, detail) = (&fault.code, &fault.detail);
            serde_json::to_writer(&mut *list, &Line { line, pointer, code, detail })?;
            list.write_all(b"\n")?;
        }
        self.listed += faults.len() as u64;
        list.flush()
    }

    /// Says where the faults are listed.
    pub fn sum_up(&self) {
        let Refusals { listed, unlisted, .. } = self;
        if *listed > 0 {
            eprintln!("{listed} fault(s) are listed in {}", self.path.display());
        }
        if *unlisted > 0 {
            eprintln!("{unlisted} further fault(s) were found; correct those listed and send the file again");
        }
    }

    /// Takes away the list of an earlier run, where everything is stored now.
    pub fn clear(&self) {
        drop(fs::remove_file(&self.path));
    }
}
