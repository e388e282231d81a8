//! Small cells: groups of so few tasks or sites that their figures would tell about single ones.

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
    let mut left_out: BTreeSet<K> = BTreeSet::new();
    if cells.len() < 2 {
        return left_out;
    }
    let mut together = Cell::default();
    let mut by_size: Vec<(&K, Cell)> = cells.iter().map(|(key, cell)| (key, *cell)).collect();
    // Small ones first; then the fewest tasks.
    by_size.sort_by_key(|(_, cell)| (!cell.is_small(min_sites), cell.tasks));
    for (key, cell) in by_size {
        let is_enough = left_out.len() >= 2 && !together.is_small(min_sites);
        if !cell.is_small(min_sites) && (left_out.is_empty() || is_enough) {
            break;
        }
        left_out.insert(key.clone());
        together.sites += cell.sites;
        together.tasks += cell.tasks;
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
