//! What was counted: sums by group and hour, histograms by day, and what became of what was sent.

use super::{Archive, EvidenceError, Names, instant};
use crate::disclosure::build::Computed;
use crate::domain::group::Group;
use crate::domain::terms::Place;
use crate::domain::totals::{HourTotal, UnmeasuredHour};
use crate::method::estimate::EstimatedBy;
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
    hours(archive, computed, &groups)?;
    let totals = &computed.counted.totals;
    let buckets = totals.buckets.iter().map(|one| {
        let middle = Decimal::new(one.bucket.twice_middle_uj() * 5, 1).without_trailing_zeros();
        let (group, bucket) = (number(&one.group), one.bucket.get().to_string());
        vec![group, one.day.to_string(), bucket, middle.to_string(), one.tasks.to_string()]
    });
    archive.table(
        "inputs/histograms.csv",
        &["group", "day", "bucket", "middle_uj", "tasks_completed"],
        buckets,
    )?;
    let stages = totals.stages.iter().map(|one| {
        let [energy, retries] = [one.energy, one.retry_energy].map(|energy| energy.microjoules().to_string());
        vec![number(&one.group), instant(one.hour), one.kind.as_str().to_owned(), energy, retries]
    });
    archive.table(
        "inputs/stages.csv",
        &["group", "hour", "step_kind", "energy_uj", "retry_energy_uj"],
        stages,
    )?;
    let units = totals.units.iter().map(|one| {
        let (unit, energy) = (one.unit.as_str().to_owned(), one.energy.microjoules().to_string());
        vec![number(&one.group), instant(one.hour), unit, one.amount.to_string(), energy]
    });
    archive.table("inputs/units.csv", &["group", "hour", "natural_unit", "amount", "energy_uj"], units)?;
    let intervals = totals.intervals.iter().map(|one| {
        let [energy, low, high] =
            [one.energy, one.low, one.high].map(|energy| energy.microjoules().to_string());
        vec![number(&one.group), instant(one.hour), energy, low, high]
    });
    archive.table("inputs/intervals.csv", &["group", "hour", "energy_uj", "low_uj", "high_uj"], intervals)?;
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
    let own = own.or(counted.totals.hours.first().map(|total| total.group.service));
    let unmeasured = counted.totals.unmeasured.iter().map(|hour| hour.group);
    let unmeasured = unmeasured.filter(|group| Some(group.service) == own);
    let told = counted.totals.hours.iter().map(|total| total.group);
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

/// The sums that the mean is made of. There may be a million rows, so they are written without tables in between.
fn hours(
    archive: &mut Archive,
    computed: &Computed,
    groups: &BTreeMap<Group, usize>,
) -> Result<(), EvidenceError> {
    let counted = &computed.counted;
    archive.file("inputs/hours.csv", |out| {
        out.write_all(
            b"group,hour,boundary,evidence,estimated_by,tasks_completed,tasks_failed,tasks_cancelled,\
              tasks_without_histogram,energy_uj,unfinished_energy_uj,output_tokens,output_tokens_energy_uj\r\n",
        )?;
        for total in &counted.totals.hours {
            hour(out, computed, groups, total, "")?;
        }
        for estimate in &counted.estimates {
            let by = match estimate.by {
                EstimatedBy::Coefficient { revision, .. } => format!("coefficient {revision}"),
                EstimatedBy::Formula { .. } => "formula".to_owned(),
            };
            hour(out, computed, groups, &estimate.total, &by)?;
        }
        Ok(())
    })
}

fn hour(
    out: &mut dyn Write,
    computed: &Computed,
    groups: &BTreeMap<Group, usize>,
    total: &HourTotal,
    estimated_by: &str,
) -> Result<(), EvidenceError> {
    let HourTotal { group, hour, tasks, .. } = total;
    // What is not settled was refused before.
    let terms = computed.counted.settlement.terms(group.terms, group.site, hour.date_naive());
    let (boundary, evidence) =
        terms.map_or(("", ""), |(boundary, evidence)| (boundary.as_str(), evidence.as_str()));
    write!(
        out,
        "{},{},{boundary},{evidence},{estimated_by},{},{},{},{},{},{},{},{}\r\n",
        groups.get(group).copied().unwrap_or_default(),
        hour.format("%Y-%m-%dT%H:%M:%SZ"),
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
