//! What a document leaves out because little is behind it, decided once for all of its parts: what one table leaves out
//! must not be told by another.
//!
//! Task types, models and their months are cells of one table: months add up to the period, and to the baseline where
//! it holds whole months. Shares of energy that only some of the sites have a part in, and what is known of some of the
//! sites alone, are left out with the grid zones. Totals of energy, carbon and water are always told.

use super::build::Computed;
use super::series::{Compared, EnergyOf};
use crate::domain::fact::Concept;
use crate::domain::factor::Rung;
use crate::domain::ids::{ModelId, SiteId};
use crate::domain::period::Period;
use crate::domain::registry::Site;
use crate::domain::terms::{MarketPart, Matching, NaturalUnit, SmallCells, TaskType};
use crate::method::small_cells::{Behind, Cell, MIN_SITES, MIN_TASKS, Parted, left_out, parts_left_out};
use crate::method::suppression::Table;
use crate::method::{Figures, Market, ScopeFigures};
use std::collections::{BTreeMap, BTreeSet, HashMap};

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
    /// Grid zones, by key.
    pub(super) zones: BTreeSet<String>,
    pub(super) rungs: BTreeSet<Rung>,
    pub(super) market: BTreeSet<MarketPart>,
    /// What these contracts cover, by their places among the claims.
    pub(super) contracts: BTreeSet<usize>,
    pub(super) hourly_matched: bool,
    /// Shares of energy that took a default.
    pub(super) defaults: bool,
    pub(super) water_on_site: bool,
    pub(super) water_indirect: bool,
    pub(super) water_definitions: bool,
    pub(super) embodied: bool,
}

impl LeftOut {
    pub(super) fn of(computed: &Computed, small_cells: SmallCells, period: Period) -> LeftOut {
        let mut left_out = match small_cells {
            SmallCells::Shown => return LeftOut::default(),
            SmallCells::Sites | SmallCells::All => of_sites(computed),
        };
        if small_cells == SmallCells::All {
            left_out.cells = table(computed, period).left_out();
        }
        left_out
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

/// What would tell about few of several sites.
fn of_sites(computed: &Computed) -> LeftOut {
    let behind = &computed.figures.behind;
    let market = parts_left_out(&behind.market, &behind.all);
    let contracts = if market.contains(&MarketPart::Contract) {
        behind.contracts.keys().copied().collect()
    } else {
        parts_left_out(&behind.contracts, &behind.all)
    };
    let water = &computed.apart.water;
    let definitions: BTreeMap<usize, Behind> = water.definitions_behind.iter().cloned().enumerate().collect();
    let of_definitions: BTreeSet<SiteId> = definitions.values().flat_map(|one| &one.sites).copied().collect();
    let water_on_site = water.on_site_behind.tells_about_few();
    LeftOut {
        cells: BTreeSet::new(),
        zones: left_out(&zone_cells(computed), MIN_SITES).into_iter().map(str::to_owned).collect(),
        rungs: parts_left_out(&behind.rungs, &behind.all),
        hourly_matched: tells_hourly(computed, &contracts),
        market,
        contracts,
        // Shares of defaults overlap, so that one tells of another.
        defaults: !parts_left_out(&behind.defaults, &behind.all).is_empty(),
        water_on_site,
        water_indirect: water.indirect_behind.tells_about_few(),
        water_definitions: water_on_site && definitions.len() > 1
            || !parts_left_out(&definitions, &of_definitions).is_empty(),
        embodied: computed.apart.embodied.behind.tells_about_few(),
    }
}

/// Whether the share that contracts cover hour by hour would tell about few of the sites, or of a contract that is left
/// out.
fn tells_hourly(computed: &Computed, contracts: &BTreeSet<usize>) -> bool {
    let Market { claims, .. } = &computed.market.market;
    let behind = &computed.figures.behind;
    let mut parted = Parted::default();
    for (index, part) in &behind.contracts {
        match claims[*index].contract.volume.matching() {
            Matching::Hourly => parted.known.join(part),
            Matching::Annual => parted.unknown.join(part),
        }
    }
    let others = behind.market.iter().filter(|(part, _)| **part != MarketPart::Contract);
    others.for_each(|(_, part)| parted.unknown.join(part));
    !parted.known.sites.is_empty() && (!contracts.is_empty() || parted.tells_about_few())
}

/// Sites and completed tasks by grid zone.
pub(super) fn zone_cells(computed: &Computed) -> BTreeMap<&str, Cell> {
    let mut cells: BTreeMap<&str, Cell> = BTreeMap::new();
    let zone_of: HashMap<SiteId, &str> = zone_of(&computed.sites);
    for zone in zone_of.values() {
        cells.entry(zone).or_default().sites += 1;
    }
    for day in &computed.figures.site_days {
        if let Some(zone) = zone_of.get(&day.site) {
            cells.entry(zone).or_default().tasks += i128::from(day.completed);
        }
    }
    cells
}

pub(super) fn zone_of(sites: &[Site]) -> HashMap<SiteId, &str> {
    sites.iter().map(|site| (site.id, site.zone.as_str())).collect()
}
