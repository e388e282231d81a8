//! What was counted: sums by group and day, energy by hour, histograms by day, and what became of what was sent.

use super::{Archive, EvidenceError, Names, instant};
use crate::disclosure::build::Computed;
use crate::domain::days::{DayHistogram, DayTotal, HourPart};
use crate::domain::group::Group;
use crate::domain::terms::Place;
use crate::domain::totals::{Bucket, UnmeasuredHour};
use crate::method::estimate::{Estimate, EstimatedBy};
use crate::units::Decimal;
use std::collections::BTreeMap;
use std::io::Write;

/// The tables of what was counted. Energy is in microjoules as it was told, within the boundary that the row names.
pub(super) fn write(
    archive: &mut Archive,
    names: &Names<'_>,
    computed: &Computed,
) -> Result<(), EvidenceError> {
    let groups = groups(computed);
    let number = |group: &Group| groups.get(group).map_or_else(String::new, ToString::to_string);
    let columns = [
        "group",
        "service",
        "model",
        "site",
        "zone",
        "task_type",
        "place",
        "counted_from",
        "boundary_told",
        "evidence_told",
    ];
    archive.table(
        "inputs/groups.csv",
        &columns,
        groups.iter().map(|(group, number)| row(*number, group, names)),
    )?;
    let totals = &computed.counted.totals;
    days(archive, computed, &groups)?;
    hours(archive, &totals.days, &groups)?;
    estimates(archive, computed, &groups)?;
    histograms(archive, &totals.buckets, &groups)?;
    let stages = totals.stages.iter().map(|one| {
        let [energy, retries] = [one.energy, one.retry_energy].map(|energy| energy.microjoules().to_string());
        vec![number(&one.group), one.day.to_string(), one.kind.as_str().to_owned(), energy, retries]
    });
    archive.table(
        "inputs/stages.csv",
        &["group", "day", "step_kind", "energy_uj", "retry_energy_uj"],
        stages,
    )?;
    let units = totals.units.iter().map(|one| {
        let (unit, energy) = (one.unit.as_str().to_owned(), one.energy.microjoules().to_string());
        vec![number(&one.group), one.day.to_string(), unit, one.amount.to_string(), energy]
    });
    archive.table("inputs/units.csv", &["group", "day", "natural_unit", "amount", "energy_uj"], units)?;
    let intervals = totals.intervals.iter().map(|one| {
        let [energy, low, high] =
            [one.energy, one.low, one.high].map(|energy| energy.microjoules().to_string());
        vec![number(&one.group), one.day.to_string(), energy, low, high]
    });
    archive.table("inputs/intervals.csv", &["group", "day", "energy_uj", "low_uj", "high_uj"], intervals)?;
    let is_own = |hour: &&UnmeasuredHour| groups.contains_key(&hour.group);
    let unmeasured = totals.unmeasured.iter().filter(is_own).map(|one| {
        let tasks =
            [one.tasks.completed, one.tasks.failed, one.tasks.cancelled].map(|count| count.to_string());
        let used = [one.input_tokens, one.output_tokens, one.accelerator_us].map(|amount| amount.to_string());
        let head = [number(&one.group), one.accelerator.clone(), instant(one.hour)];
        head.into_iter().chain(tasks).chain(used).collect()
    });
    let columns = [
        "group",
        "accelerator",
        "hour",
        "tasks_completed",
        "tasks_failed",
        "tasks_cancelled",
        "input_tokens",
        "output_tokens",
        "accelerator_us",
    ];
    archive.table("inputs/without_energy.csv", &columns, unmeasured)?;
    counts(archive, computed)
}

/// Numbers of the groups of the service, from 1: those that were told, and those that estimates make.
fn groups(computed: &Computed) -> BTreeMap<Group, usize> {
    let counted = &computed.counted;
    let own = counted.estimates.first().map(|estimate| estimate.total.group.service);
    let own = own.or(counted.totals.days.first().map(|total| total.group.service));
    let unmeasured = counted.totals.unmeasured.iter().map(|hour| hour.group);
    let unmeasured = unmeasured.filter(|group| Some(group.service) == own);
    let told = counted.totals.days.iter().map(|total| total.group);
    let estimated = counted.estimates.iter().map(|estimate| estimate.total.group);
    let mut groups: BTreeMap<Group, usize> =
        told.chain(estimated).chain(unmeasured).map(|group| (group, 0)).collect();
    for (number, place) in groups.values_mut().enumerate() {
        *place = number + 1;
    }
    groups
}

fn row(number: usize, group: &Group, names: &Names<'_>) -> Vec<String> {
    let (boundary, evidence) = group.terms.words();
    let cells = [
        names.service.as_str(),
        names.model(group.model),
        names.site(group.site),
        names.zone(group.site),
        group.task_type.as_str(),
        group.place.map_or("", Place::as_str),
        group.counted_from.as_str(),
        boundary,
        evidence,
    ];
    std::iter::once(number.to_string()).chain(cells.map(ToOwned::to_owned)).collect()
}

/// Sums over days, with the boundary that counts on the day.
const SUMS: &str = "boundary,evidence,tasks_completed,tasks_failed,tasks_cancelled,tasks_without_histogram,energy_uj,\
                    unfinished_energy_uj,output_tokens,output_tokens_energy_uj";

/// The sums that the mean is made of. There may be hundreds of thousands of rows, and millions of hours and buckets, so
/// they are written without tables in between.
fn days(
    archive: &mut Archive,
    computed: &Computed,
    groups: &BTreeMap<Group, usize>,
) -> Result<(), EvidenceError> {
    archive.file("inputs/days.csv", |out| {
        write!(out, "group,day,{SUMS}\r\n")?;
        for total in &computed.counted.totals.days {
            write!(out, "{},{},", place(groups, &total.group), total.day)?;
            sums(out, computed, total)?;
        }
        Ok(())
    })
}

/// What carbon is made of.
fn hours(
    archive: &mut Archive,
    days: &[DayTotal],
    groups: &BTreeMap<Group, usize>,
) -> Result<(), EvidenceError> {
    archive.file("inputs/hours.csv", |out| {
        out.write_all(b"group,hour,tasks_completed,energy_uj\r\n")?;
        for total in days {
            let day = format!("{},{}T", place(groups, &total.group), total.day);
            for HourPart { hour, completed, energy } in total.hours.iter() {
                write!(out, "{day}{}:00:00Z,{completed},{}\r\n", hour.as_str(), energy.microjoules())?;
            }
        }
        Ok(())
    })
}

/// Tasks that came without energy, with what was estimated.
fn estimates(
    archive: &mut Archive,
    computed: &Computed,
    groups: &BTreeMap<Group, usize>,
) -> Result<(), EvidenceError> {
    archive.file("inputs/estimates.csv", |out| {
        write!(out, "group,hour,estimated_by,{SUMS}\r\n")?;
        for Estimate { total, by, .. } in &computed.counted.estimates {
            let by = match by {
                EstimatedBy::Coefficient { revision, .. } => format!("coefficient {revision}"),
                EstimatedBy::Formula { .. } => "formula".to_owned(),
            };
            write!(out, "{},{},{by},", place(groups, &total.group), instant(total.hour))?;
            sums(out, computed, &DayTotal::from(total))?;
        }
        Ok(())
    })
}

fn sums(out: &mut dyn Write, computed: &Computed, total: &DayTotal) -> Result<(), EvidenceError> {
    let DayTotal { group, day, tasks, .. } = total;
    // What is not settled was refused before.
    let terms = computed.counted.settlement.terms(group.terms, group.site, *day);
    let (boundary, evidence) =
        terms.map_or(("", ""), |(boundary, evidence)| (boundary.as_str(), evidence.as_str()));
    write!(
        out,
        "{boundary},{evidence},{},{},{},{},{},{},{},{}\r\n",
        tasks.completed,
        tasks.failed,
        tasks.cancelled,
        total.tasks_without_histogram,
        total.energy.microjoules(),
        total.unfinished_energy.microjoules(),
        total.output_tokens,
        total.output_tokens_energy.microjoules(),
    )?;
    Ok(())
}

fn place(groups: &BTreeMap<Group, usize>, group: &Group) -> usize {
    groups.get(group).copied().unwrap_or_default()
}

fn histograms(
    archive: &mut Archive,
    histograms: &[DayHistogram],
    groups: &BTreeMap<Group, usize>,
) -> Result<(), EvidenceError> {
    let mut middles: BTreeMap<Bucket, String> = BTreeMap::new();
    archive.file("inputs/histograms.csv", |out| {
        out.write_all(b"group,day,bucket,middle_uj,tasks_completed\r\n")?;
        for one in histograms {
            let day = format!("{},{}", place(groups, &one.group), one.day);
            for (bucket, tasks) in one.iter() {
                let middle = middles.entry(bucket).or_insert_with(|| {
                    Decimal::new(bucket.twice_middle_uj() * 5, 1).without_trailing_zeros().to_string()
                });
                write!(out, "{day},{},{middle},{tasks}\r\n", bucket.get())?;
            }
        }
        Ok(())
    })
}

/// Tasks by outcome, and what became of what was sent.
fn counts(archive: &mut Archive, computed: &Computed) -> Result<(), EvidenceError> {
    let total = ("all", &computed.figures.total);
    let by_type = computed.figures.by_task_type.iter().map(|(kind, figures)| (kind.as_str(), figures));
    let tasks = std::iter::once(total).chain(by_type).map(|(scope, figures)| {
        let counts = [figures.completed, figures.failed, figures.cancelled].map(|count| count.to_string());
        std::iter::once(scope.to_owned()).chain(counts).collect()
    });
    archive.table("inputs/tasks.csv", &["task_type", "completed", "failed", "cancelled"], tasks)?;
    let batches = computed.counted.totals.batches.iter().map(|one| {
        let counts = one.counts;
        let counts = [one.batches, counts.accepted, counts.duplicates, counts.conflicts, counts.invalid];
        std::iter::once(one.content.as_str().to_owned())
            .chain(counts.map(|count| count.to_string()))
            .collect()
    });
    let columns = ["content", "batches", "accepted", "duplicates", "conflicts", "invalid"];
    archive.table("inputs/batches.csv", &columns, batches)
}
