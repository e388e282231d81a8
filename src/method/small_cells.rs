//! Small cells: groups of so few tasks or sites that their figures would tell about single ones.

use crate::domain::factor::Rung;
use crate::domain::ids::SiteId;
use crate::domain::terms::{MarketPart, SiteFactorKind};
use std::collections::{BTreeMap, BTreeSet};

/// Fewest sites of a group of sites that is shown apart.
pub const MIN_SITES: usize = 3;
/// Fewest completed tasks of a group that is shown apart.
pub const MIN_TASKS: i128 = 100;

/// What is behind the figures of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    pub sites: usize,
    pub tasks: i128,
}

impl Cell {
    fn is_small(self, min_sites: usize) -> bool {
        self.sites < min_sites || self.tasks < MIN_TASKS
    }
}

/// Which groups of one whole are left out. `min_sites` is 0 where groups are not groups of sites.
///
/// What is left out is at least two groups, and together no small one, because the whole is shown and tells the rest by
/// subtraction: the groups with the fewest tasks join until that holds. A whole of one group is shown.
pub fn left_out<K: Ord + Clone>(cells: &BTreeMap<K, Cell>, min_sites: usize) -> BTreeSet<K> {
    let join = |together: &mut Cell, cell: &Cell| {
        together.sites += cell.sites;
        together.tasks += cell.tasks;
    };
    until_no_small_one(cells, |cell| cell.is_small(min_sites), |cell| cell.tasks, join)
}

/// What is behind a part of the energy of several sites: where it was used, and tasks that were completed there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Behind {
    pub sites: BTreeSet<SiteId>,
    pub tasks: i128,
}

impl Behind {
    pub fn add(&mut self, site: SiteId, completed: i64) {
        self.sites.insert(site);
        self.tasks += i128::from(completed);
    }

    /// Both together. Tasks of a common site may be the same ones.
    pub fn join(&mut self, other: &Behind) {
        let is_apart = self.sites.is_disjoint(&other.sites);
        self.tasks = if is_apart { self.tasks + other.tasks } else { self.tasks.max(other.tasks) };
        self.sites.extend(&other.sites);
    }

    /// Whether it tells about few of all sites. Where all have a part in it, it tells about none of them.
    fn is_small(&self, all: &BTreeSet<SiteId>) -> bool {
        self.sites != *all && (self.sites.len() < MIN_SITES || self.tasks < MIN_TASKS)
    }
}

/// What is behind a figure that is known of a part of the sites and days alone, and behind the rest of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parted {
    pub known: Behind,
    pub unknown: Behind,
}

impl Parted {
    /// Whether the figure, or the whole without it, tells about few of the sites.
    pub fn tells_about_few(&self) -> bool {
        let all: BTreeSet<SiteId> = self.known.sites.union(&self.unknown.sites).copied().collect();
        let parts = [(true, &self.known), (false, &self.unknown)].into_iter();
        let parts = parts.filter(|(_, part)| !part.sites.is_empty()).map(|(key, part)| (key, part.clone()));
        !parts_left_out(&parts.collect(), &all).is_empty()
    }
}

/// What is behind the parts that the energy of a service is told in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartsBehind {
    pub all: BTreeSet<SiteId>,
    pub rungs: BTreeMap<Rung, Behind>,
    pub market: BTreeMap<MarketPart, Behind>,
    /// Energy that contracts cover, by the place of the contract in [`super::Market::claims`].
    pub contracts: BTreeMap<usize, Behind>,
    /// By the factors that were taken by default.
    pub defaults: BTreeMap<BTreeSet<SiteFactorKind>, Behind>,
}

/// Which parts of one whole of all these sites are left out; a site may stand behind several parts.
pub fn parts_left_out<K: Ord + Clone>(parts: &BTreeMap<K, Behind>, all: &BTreeSet<SiteId>) -> BTreeSet<K> {
    until_no_small_one(parts, |part| part.is_small(all), |part| part.tasks, Behind::join)
}

fn until_no_small_one<K: Ord + Clone, C: Clone + Default>(
    cells: &BTreeMap<K, C>,
    is_small: impl Fn(&C) -> bool,
    tasks: impl Fn(&C) -> i128,
    join: impl Fn(&mut C, &C),
) -> BTreeSet<K> {
    let mut left_out: BTreeSet<K> = BTreeSet::new();
    if cells.len() < 2 {
        return left_out;
    }
    let mut together = C::default();
    let mut by_size: Vec<(&K, &C)> = cells.iter().collect();
    // Small ones first; then the fewest tasks.
    by_size.sort_by_key(|(_, cell)| (!is_small(cell), tasks(cell)));
    for (key, cell) in by_size {
        let is_enough = left_out.len() >= 2 && !is_small(&together);
        if !is_small(cell) && (left_out.is_empty() || is_enough) {
            break;
        }
        left_out.insert(key.clone());
        join(&mut together, cell);
    }
    left_out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn left_out_of(tasks: &[i128]) -> Vec<usize> {
        let cells = tasks.iter().enumerate().map(|(index, tasks)| (index, Cell { sites: 9, tasks: *tasks }));
        left_out(&cells.collect(), 0).into_iter().collect()
    }

    #[test]
    fn a_single_small_group_takes_the_next_with_it() {
        assert_eq!(left_out_of(&[99, 5000, 100]), [0, 2]);
        assert_eq!(left_out_of(&[100, 5000, 100]), [] as [usize; 0]);
    }

    #[test]
    fn what_is_left_out_is_together_no_small_group() {
        assert_eq!(left_out_of(&[1, 1, 5000, 300]), [0, 1, 3]);
        assert_eq!(left_out_of(&[60, 60, 5000, 300]), [0, 1]);
    }

    #[test]
    fn a_whole_of_one_group_is_shown() {
        assert_eq!(left_out_of(&[3]), [] as [usize; 0]);
    }

    #[test]
    fn groups_of_few_sites_are_left_out_whatever_they_did() {
        let cell = |sites| Cell { sites, tasks: 1_000_000 };
        let cells = BTreeMap::from([("DE", cell(2)), ("FR", cell(5)), ("SE", cell(3))]);
        assert_eq!(left_out(&cells, MIN_SITES), BTreeSet::from(["DE", "FR"]));
    }

    fn behind(sites: &[i32], tasks: i128) -> Behind {
        Behind { sites: sites.iter().map(|site| SiteId::from_db(*site)).collect(), tasks }
    }

    #[test]
    fn a_part_that_all_sites_have_a_share_in_tells_about_none_of_them() {
        let all = behind(&[1, 2], 0).sites;
        let parts = BTreeMap::from([("measured", behind(&[1, 2], 5)), ("annual", behind(&[1, 2], 1))]);
        assert_eq!(parts_left_out(&parts, &all), BTreeSet::new());
        let parts = BTreeMap::from([("measured", behind(&[1, 2], 500)), ("annual", behind(&[2], 500))]);
        assert_eq!(parts_left_out(&parts, &all), BTreeSet::from(["annual", "measured"]));
    }

    #[test]
    fn sites_behind_two_parts_are_counted_once() {
        let all = behind(&[1, 2, 3, 4, 5], 0).sites;
        let parts = BTreeMap::from([
            ("hour", behind(&[1], 200)),
            ("month", behind(&[1], 300)),
            ("year", behind(&[2, 3, 4, 5], 900)),
        ]);
        // Hour and month together are of one site: with the year shown the rest would tell of it.
        assert_eq!(parts_left_out(&parts, &all).len(), 3);
        let parts = BTreeMap::from([
            ("hour", behind(&[1], 200)),
            ("month", behind(&[2, 3], 300)),
            ("year", behind(&[2, 3, 4, 5], 900)),
        ]);
        assert_eq!(parts_left_out(&parts, &all), BTreeSet::from(["hour", "month"]));
        let known = |known: &[i32], unknown: &[i32]| Parted {
            known: behind(known, 500),
            unknown: behind(unknown, 500),
        };
        assert!(known(&[1], &[2, 3, 4]).tells_about_few());
        assert!(known(&[2, 3, 4], &[1]).tells_about_few(), "the rest tells about one");
        assert!(!known(&[2, 3, 4], &[5, 6, 7]).tells_about_few());
        assert!(!known(&[1], &[]).tells_about_few(), "all of it is known");
        let mut both = behind(&[1], 60);
        both.join(&behind(&[1], 60));
        assert_eq!((both.sites.len(), both.tasks), (1, 60));
    }

    proptest! {
        #[test]
        fn nothing_small_can_be_found_by_subtraction(tasks in prop::collection::vec(0i128..400, 2..12)) {
            let gone = left_out_of(&tasks);
            let small = tasks.iter().filter(|tasks| **tasks < MIN_TASKS).count();
            prop_assert!(tasks.iter().enumerate().all(|(index, tasks)| *tasks >= MIN_TASKS || gone.contains(&index)));
            prop_assert_eq!(gone.is_empty(), small == 0);
            if small > 0 {
                let together: i128 = gone.iter().map(|index| tasks[*index]).sum();
                prop_assert!(gone.len() == tasks.len() || (gone.len() >= 2 && together >= MIN_TASKS));
            }
        }
    }
}
