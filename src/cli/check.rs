//! `taskwatt db migrate` and `taskwatt totals check`.

use super::progress::bar;
use crate::db::check::{MAX_DIFFERENCES, check_totals};
use crate::db::{self, Pool};
use clap::Subcommand;
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub enum DbCommand {
    /// Bring the schema up to date. Every command does so by itself; this one only does that.
    Migrate,
}

#[derive(Debug, Subcommand)]
pub enum TotalsCommand {
    /// Add up all records once more and compare with the totals, row by row.
    Check,
}

pub async fn migrate(pool: &Pool) -> anyhow::Result<()> {
    let version = db::migrate(pool).await?;
    println!("the schema is at version {version}");
    Ok(())
}

/// Fails where a total is not the sum of its records.
pub async fn totals(pool: &Pool) -> anyhow::Result<ExitCode> {
    let progress = bar(0, "Checking", "months");
    let checked = check_totals(pool, &|done, months| {
        progress.set_length(months);
        progress.set_position(done);
    })
    .await?;
    progress.finish_and_clear();
    if checked.differences.is_empty() {
        println!(
            "totals = records: {} records in {} hourly totals and {} packs of months over {} month(s)",
            checked.records, checked.total_rows, checked.packs, checked.months
        );
        return Ok(ExitCode::SUCCESS);
    }
    for difference in &checked.differences {
        println!("{}: total {} records {}", difference.row, difference.total, difference.records);
    }
    println!("{} difference(s); at most {MAX_DIFFERENCES} are listed", checked.differences.len());
    Ok(ExitCode::FAILURE)
}
