//! What a document leaves out because it would tell about few of several sites: grid zones, shares of energy that only
//! some sites have a part in, and what is known of some sites alone.

use super::build::Computed;
use crate::domain::factor::Rung;
use crate::domain::ids::SiteId;
use crate::domain::registry::Site;
use crate::domain::terms::{MarketPart, Matching, SiteFactorKind};
use crate::method::Market;
use crate::method::few_sites::{Partition, tell_about_few};
use crate::method::small_cells::{Behind, Cell, MIN_SITES, Parted, left_out, parts_left_out};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What is left out because it would tell about few of several sites.
#[derive(Clone, Debug, Default)]
pub(super) struct FewSites {
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

impl FewSites {
    pub(super) fn of(computed: &Computed) -> FewSites {
        let behind = &computed.figures.behind;
        let market = parts_left_out(&behind.market, &behind.all);
        let contracts = if market.contains(&MarketPart::Contract) {
            behind.contracts.keys().copied().collect()
        } else {
            parts_left_out(&behind.contracts, &behind.all)
        };
        let water = &computed.apart.water;
        let mut few = FewSites {
            zones: left_out(&zone_cells(computed), MIN_SITES).into_iter().map(str::to_owned).collect(),
            rungs: parts_left_out(&behind.rungs, &behind.all),
            hourly_matched: tells_hourly(computed, &contracts),
            market,
            contracts,
            defaults: !parts_left_out(&behind.defaults, &behind.all).is_empty(),
            water_on_site: water.on_site_behind.tells_about_few(),
            water_indirect: water.indirect_behind.tells_about_few(),
            water_definitions: false,
            embodied: computed.apart.embodied.behind.tells_about_few(),
        };
        until_safe(computed, &mut few);
        let definitions: BTreeMap<usize, Behind> =
            water.definitions_behind.iter().cloned().enumerate().collect();
        let sites: BTreeSet<SiteId> = definitions.values().flat_map(|one| &one.sites).copied().collect();
        few.water_definitions =
            few.water_on_site && definitions.len() > 1 || !parts_left_out(&definitions, &sites).is_empty();
        few
    }
}

/// Each share keeps what it tells of itself, but one may tell of another: then one goes that is enough, of several the
/// one that is missed least.
fn until_safe(computed: &Computed, few: &mut FewSites) {
    let all = &computed.figures.behind.all;
    let is_safe = |few: &FewSites| !tell_about_few(all, &partitions(computed, few));
    let mut least_first: Vec<fn(&mut FewSites, &Computed)> = vec![
        |few, _| few.defaults = true,
        |few, _| few.water_on_site = true,
        |few, _| few.water_indirect = true,
        |few, computed| {
            few.market = computed.figures.behind.market.keys().copied().collect();
            few.contracts = computed.figures.behind.contracts.keys().copied().collect();
            few.hourly_matched = true;
        },
        |few, computed| few.rungs = computed.figures.behind.rungs.keys().copied().collect(),
        |few, computed| few.zones = zone_cells(computed).into_keys().map(str::to_owned).collect(),
    ];
    while !is_safe(few) && !least_first.is_empty() {
        let is_enough = |go: &fn(&mut FewSites, &Computed)| {
            let mut tried = few.clone();
            go(&mut tried, computed);
            is_safe(&tried)
        };
        let place = least_first.iter().position(is_enough).unwrap_or(0);
        least_first.remove(place)(few, computed);
    }
}

/// The ways in which a document tells the energy of sites in parts, with what it tells of each.
fn partitions(computed: &Computed, few: &FewSites) -> Vec<Partition> {
    let behind = &computed.figures.behind;
    let water = &computed.apart.water;
    let parted = |parted: &Parted, is_hidden: bool| Partition {
        parts: vec![parted.known.sites.clone(), parted.unknown.sites.clone()],
        told: if is_hidden { Vec::new() } else { vec![vec![0]] },
    };
    vec![
        of_zones(computed, few),
        told_each(&behind.rungs, |rung| !few.rungs.contains(rung)),
        of_market(computed, few),
        of_defaults(&behind.defaults, few),
        parted(&water.on_site_behind, few.water_on_site),
        parted(&water.indirect_behind, few.water_indirect),
    ]
}

fn told_each<K: Ord>(parts: &BTreeMap<K, Behind>, is_told: impl Fn(&K) -> bool) -> Partition {
    let told = parts.keys().enumerate().filter(|(_, key)| is_told(key));
    Partition {
        told: told.map(|(place, _)| vec![place]).collect(),
        parts: parts.values().map(|part| part.sites.clone()).collect(),
    }
}

fn of_zones(computed: &Computed, few: &FewSites) -> Partition {
    let mut zones: BTreeMap<&str, Behind> = BTreeMap::new();
    let zone_of = zone_of(&computed.sites);
    for site in &computed.figures.behind.all {
        if let Some(zone) = zone_of.get(site) {
            zones.entry(zone).or_default().sites.insert(*site);
        }
    }
    told_each(&zones, |zone| !few.zones.contains(*zone))
}

/// Each contract, then what is at the residual mix and at the location.
fn of_market(computed: &Computed, few: &FewSites) -> Partition {
    let behind = &computed.figures.behind;
    let contracts = behind.contracts.len();
    let mut partition = told_each(&behind.contracts, |index| !few.contracts.contains(index));
    if !few.market.contains(&MarketPart::Contract) {
        partition.told.push((0..contracts).collect());
    }
    let claims = &computed.market.market.claims;
    if !few.hourly_matched {
        let is_hourly = |index: usize| claims[index].contract.volume.matching() == Matching::Hourly;
        let hourly = behind.contracts.keys().enumerate().filter(|(_, index)| is_hourly(**index));
        partition.told.push(hourly.map(|(place, _)| place).collect());
    }
    for (part, behind) in behind.market.iter().filter(|(part, _)| **part != MarketPart::Contract) {
        if !few.market.contains(part) {
            partition.told.push(vec![partition.parts.len()]);
        }
        partition.parts.push(behind.sites.clone());
    }
    partition
}

/// Energy by the defaults that it took: told is what took each of them, and what took any.
fn of_defaults(patterns: &BTreeMap<BTreeSet<SiteFactorKind>, Behind>, few: &FewSites) -> Partition {
    let mut partition = told_each(patterns, |_| false);
    if !few.defaults {
        let with = |holds: &dyn Fn(&BTreeSet<SiteFactorKind>) -> bool| -> Vec<usize> {
            patterns.keys().enumerate().filter(|(_, kinds)| holds(kinds)).map(|(place, _)| place).collect()
        };
        let each = SiteFactorKind::ALL.iter().map(|kind| with(&|kinds| kinds.contains(kind)));
        partition.told = each.chain([with(&|kinds| !kinds.is_empty())]).collect();
    }
    partition
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
