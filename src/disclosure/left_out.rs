//! What a document leaves out because little is behind it, decided once for all of its parts: what one table leaves out
//! must not be told by another.
//!
//! Task types, models and their months are cells of one table: months add up to the period, and to the baseline where
//! it holds whole months. Shares of energy that only some of the sites have a part in, and what is known of some of the
//! sites alone, are left out with the grid zones. Totals of energy, carbon and water are always told.

use super::build::Computed;
use super::few_sites::FewSites;
use super::series::{Compared, EnergyOf};
use crate::domain::fact::Concept;
use crate::domain::ids::ModelId;
use crate::domain::period::Period;
use crate::domain::terms::{NaturalUnit, SmallCells, TaskType};
use crate::method::small_cells::MIN_TASKS;
use crate::method::suppression::Table;
use crate::method::{Figures, ScopeFigures};
use std::collections::{BTreeMap, BTreeSet};

/// When the tasks of a cell were done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Time {
    /// A month of the series, by its place.
    Month(usize),
    /// What whole months of the series leave of a period.
    RestOfBaseline,
    RestOfPeriod,
    Baseline,
    Period,
}

/// A cell of the table. Those of many come first: the table is solved in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Both(Time, ModelId, TaskType),
    TaskType(Time, TaskType),
    Model(ModelId),
}

/// What is not shown of a document.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    cells: BTreeSet<Key>,
    pub(super) sites: FewSites,
}

impl LeftOut {
    pub(super) fn of(computed: &Computed, small_cells: SmallCells, period: Period) -> LeftOut {
        let cells = match small_cells {
            SmallCells::Shown => return LeftOut::default(),
            SmallCells::Sites => BTreeSet::new(),
            SmallCells::All => table(computed, period).left_out(),
        };
        LeftOut { cells, sites: FewSites::of(computed) }
    }

    pub(super) fn task_type(&self, time: Time, task_type: TaskType) -> bool {
        self.cells.contains(&Key::TaskType(time, task_type))
    }

    pub(super) fn model(&self, model: ModelId) -> bool {
        self.cells.contains(&Key::Model(model))
    }

    pub(super) fn both(&self, time: Time, model: ModelId, task_type: TaskType) -> bool {
        self.cells.contains(&Key::Both(time, model, task_type))
    }

    /// Whether a change is left out: either mean tells the other by the ratio.
    pub(super) fn change(&self, compared: &Compared) -> bool {
        let task_type = compared.line.task_type;
        let is_gone = |time: Time, model: Option<ModelId>| match model {
            Some(model) => self.both(time, model, task_type),
            None => self.task_type(time, task_type),
        };
        let at = if compared.is_of_other_period { Time::Baseline } else { Time::Period };
        is_gone(Time::Period, compared.model) || is_gone(at, compared.baseline_model)
    }

    /// Figures of all tasks that are those of a part which is not shown, because no other task has them.
    pub(super) fn of_total(&self, figures: &Figures) -> Vec<Concept> {
        let types = figures.by_task_type.iter();
        let types = types.map(|(task_type, scope)| (self.task_type(Time::Period, *task_type), scope));
        let models = figures.by_model.iter().map(|(model, scope)| (self.model(*model), scope));
        [of_one_hidden(&types.collect::<Vec<_>>()), of_one_hidden(&models.collect::<Vec<_>>())].concat()
    }

    /// The same of a task type and of a model.
    pub(super) fn of_part(
        &self,
        figures: &Figures,
        is_part: impl Fn(ModelId, TaskType) -> bool,
    ) -> Vec<Concept> {
        let parts = figures.by_model_task_type.iter().filter(|((model, kind), _)| is_part(*model, *kind));
        let parts = parts.map(|((model, kind), scope)| (self.both(Time::Period, *model, *kind), scope));
        of_one_hidden(&parts.collect::<Vec<_>>())
    }
}

/// Whether tasks have a figure.
type Has = fn(&ScopeFigures) -> bool;

/// Figures that only some tasks may have, with how that is seen.
const OF_SOME: [(Concept, Has); 10] = [
    (Concept::EnergyPerTaskP10, has_percentiles),
    (Concept::EnergyPerTaskMedian, has_percentiles),
    (Concept::EnergyPerTaskP90, has_percentiles),
    (Concept::EnergyPerTaskP95, has_percentiles),
    (Concept::EnergyPerTaskP99, has_percentiles),
    (Concept::EnergyPer1000OutputTokens, |scope| scope.per_1000_output_tokens_wh.is_some()),
    (Concept::EnergyPerImage, |scope| scope.per_unit_wh.contains_key(&NaturalUnit::Images)),
    (Concept::EnergyPerPage, |scope| scope.per_unit_wh.contains_key(&NaturalUnit::Pages)),
    (Concept::EnergyPerAudioSecond, |scope| scope.per_unit_wh.contains_key(&NaturalUnit::AudioUs)),
    (Concept::EnergyPerVideoSecond, |scope| scope.per_unit_wh.contains_key(&NaturalUnit::VideoUs)),
];

fn has_percentiles(scope: &ScopeFigures) -> bool {
    scope.percentiles_wh.is_some()
}

/// Those that only one of the parts has, or parts of few tasks, and no shown one; with each part whether it is hidden.
fn of_one_hidden(parts: &[(bool, &ScopeFigures)]) -> Vec<Concept> {
    let is_told = |(_, has): &(Concept, Has)| {
        let with = || parts.iter().filter(|(_, scope)| has(scope));
        let is_little =
            with().count() == 1 || with().map(|(_, scope)| scope.completed).sum::<i128>() < MIN_TASKS;
        with().count() > 0 && with().all(|(is_hidden, _)| *is_hidden) && is_little
    };
    OF_SOME.into_iter().filter(|one| is_told(one)).map(|(concept, _)| concept).collect()
}

/// The table of task types, models and months.
fn table(computed: &Computed, period: Period) -> Table<Key> {
    let mut table = Table::default();
    let figures = &computed.figures;
    add_time(&mut table, Time::Period, figures);
    table.total(figures.by_model.keys().map(|model| Key::Model(*model)));
    for (model, scope) in &figures.by_model {
        table.cell(Key::Model(*model), scope.completed);
        let own = figures.by_model_task_type.keys().filter(|(other, _)| other == model);
        table.sum(Key::Model(*model), own.map(|(model, kind)| Key::Both(Time::Period, *model, *kind)));
    }
    for (index, month) in computed.months.iter().enumerate() {
        if let Ok((_, figures)) = &month.energy {
            add_time(&mut table, Time::Month(index), figures);
        }
    }
    let of_months = &computed.months;
    add_months(&mut table, (Time::Period, Time::RestOfPeriod), period, figures, of_months);
    if let Some(baseline) = &computed.baseline
        && let Ok((_, figures)) = &baseline.energy
    {
        add_time(&mut table, Time::Baseline, figures);
        let times = (Time::Baseline, Time::RestOfBaseline);
        add_months(&mut table, times, baseline.period, figures, of_months);
    }
    table
}

/// The task types of a time, and the models of each.
fn add_time(table: &mut Table<Key>, time: Time, figures: &Figures) {
    table.total(figures.by_task_type.keys().map(|kind| Key::TaskType(time, *kind)));
    for (kind, scope) in &figures.by_task_type {
        table.cell(Key::TaskType(time, *kind), scope.completed);
        let own = figures.by_model_task_type.keys().filter(|(_, other)| other == kind);
        table.sum(Key::TaskType(time, *kind), own.map(|(model, kind)| Key::Both(time, *model, *kind)));
    }
    for ((model, kind), scope) in &figures.by_model_task_type {
        table.cell(Key::Both(time, *model, *kind), scope.completed);
    }
}

/// Tasks of a cell: completed, and all.
type Counts = (i128, i128);

/// Whole months within a period, and the rest of it, add up to it.
fn add_months(
    table: &mut Table<Key>,
    (whole, rest): (Time, Time),
    period: Period,
    figures: &Figures,
    months: &[EnergyOf],
) {
    let is_inside =
        |month: &EnergyOf| period.from() <= month.period.from() && month.period.to() <= period.to();
    let months = months.iter().enumerate().filter(|(_, month)| is_inside(month));
    let months: Vec<(Time, BTreeMap<Key, Counts>)> = months
        .filter_map(|(index, month)| {
            let (_, figures) = month.energy.as_ref().ok()?;
            Some((Time::Month(index), counts(figures)))
        })
        .collect();
    if months.is_empty() {
        return;
    }
    let mut of_rest = BTreeSet::new();
    for (key, (completed, all)) in counts(figures) {
        let inside = months.iter().filter_map(|(time, cells)| Some((*time, *cells.get(&key)?)));
        let inside: Vec<(Time, Counts)> = inside.collect();
        let (completed_inside, all_inside) =
            inside.iter().fold((0, 0), |sum, (_, counts)| (sum.0 + counts.0, sum.1 + counts.1));
        let mut parts: Vec<Key> = inside.iter().map(|(time, _)| key.at(*time)).collect();
        if all > all_inside {
            table.untold(key.at(rest), (completed - completed_inside).max(0));
            of_rest.insert(key.at(rest));
            parts.push(key.at(rest));
        }
        table.sum(key.at(whole), parts);
    }
    // The rest of all tasks is told by totals.
    let kinds = of_rest.iter().filter(|key| matches!(key, Key::TaskType(..)));
    table.total(kinds.copied());
    for kind in of_rest.iter().filter_map(|key| key.kind_alone()) {
        let own = of_rest.iter().filter(|key| matches!(key, Key::Both(_, _, other) if *other == kind));
        table.sum(Key::TaskType(rest, kind), own.copied());
    }
}

/// Every cell of a time that months have too, as one of the period.
fn counts(figures: &Figures) -> BTreeMap<Key, Counts> {
    let count = |scope: &ScopeFigures| (scope.completed, scope.completed + scope.failed + scope.cancelled);
    let kinds = figures.by_task_type.iter();
    let kinds = kinds.map(|(kind, scope)| (Key::TaskType(Time::Period, *kind), count(scope)));
    let both = figures.by_model_task_type.iter();
    let both = both.map(|((model, kind), scope)| (Key::Both(Time::Period, *model, *kind), count(scope)));
    kinds.chain(both).collect()
}

impl Key {
    fn at(self, time: Time) -> Key {
        match self {
            Key::Both(_, model, kind) => Key::Both(time, model, kind),
            Key::TaskType(_, kind) => Key::TaskType(time, kind),
            Key::Model(model) => Key::Model(model),
        }
    }

    fn kind_alone(&self) -> Option<TaskType> {
        match self {
            Key::TaskType(_, kind) => Some(*kind),
            Key::Both(..) | Key::Model(_) => None,
        }
    }
}
