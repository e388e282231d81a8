//! Which cells of a table are left out, so that no small one can be computed from what is shown.
//!
//! A reader of a document knows every cell that it shows, and which cells add up to which: task types to all tasks,
//! models to a task type, months to a period. What is left out is therefore the solution of linear equations. Cells are
//! left out until in every sum at least two are unknown, together no small one, and until the equations leave every
//! small cell open. What cannot be kept, because the totals that are always shown tell it, is shown.
//!
//! Kept is the exact value. That a cell lies between nothing and the rest of its sum is plain to everybody.

use super::small_cells::MIN_TASKS;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Cells by the number of completed tasks behind them, and the sums that they stand in.
#[derive(Clone, Debug)]
pub struct Table<K> {
    cells: BTreeMap<K, Tasks>,
    sums: Vec<Sum<K>>,
}

#[derive(Clone, Copy, Debug)]
struct Tasks {
    completed: i128,
    /// Not shown in any case, but in a sum.
    is_untold: bool,
}

/// Cells that add up to a whole; `None` is a total that is always shown.
#[derive(Clone, Debug)]
struct Sum<K> {
    whole: Option<K>,
    parts: Vec<K>,
}

impl<K> Default for Table<K> {
    fn default() -> Table<K> {
        Table { cells: BTreeMap::new(), sums: Vec::new() }
    }
}

impl<K: Ord + Copy> Table<K> {
    /// A cell that is shown where nothing speaks against it.
    pub fn cell(&mut self, key: K, completed: i128) {
        self.cells.insert(key, Tasks { completed, is_untold: false });
    }

    /// A cell that is never shown, such as the days of a period outside its whole months, but could be computed.
    pub fn untold(&mut self, key: K, completed: i128) {
        self.cells.insert(key, Tasks { completed, is_untold: true });
    }

    /// Cells that add up to a total that is always shown.
    pub fn total(&mut self, parts: impl IntoIterator<Item = K>) {
        self.sums.push(Sum { whole: None, parts: parts.into_iter().collect() });
    }

    /// Cells that add up to another one.
    pub fn sum(&mut self, whole: K, parts: impl IntoIterator<Item = K>) {
        self.sums.push(Sum { whole: Some(whole), parts: parts.into_iter().collect() });
    }

    /// The cells that are left out.
    pub fn left_out(&self) -> BTreeSet<K> {
        let every: BTreeSet<K> = self.cells.keys().copied().collect();
        // What the totals tell while nothing else is shown.
        let plain = self.told(&every);
        let is_kept = |key: &&K| {
            let tasks = self.cells[key];
            !plain.contains(key) && (tasks.is_untold || tasks.completed < MIN_TASKS)
        };
        let mut gone: BTreeSet<K> = every.iter().filter(is_kept).copied().collect();
        while let Some(more) = self.next(&mut gone, &plain) {
            gone.insert(more);
        }
        gone.retain(|key| !self.cells[key].is_untold);
        gone
    }

    /// One more cell that has to go; `None` where nothing small is told.
    fn next(&self, gone: &mut BTreeSet<K>, plain: &BTreeSet<K>) -> Option<K> {
        self.close(gone, plain);
        let nothing = BTreeSet::new();
        if let Some(more) = self.weakest(gone, &nothing, plain) {
            return Some(more);
        }
        let told = self.told(gone);
        if told.is_empty() {
            return None;
        }
        if let Some(more) = self.weakest(gone, &told, plain) {
            return Some(more);
        }
        let small = told.iter().find(|key| self.cells[key].completed < MIN_TASKS)?;
        let near: Vec<&Sum<K>> = self.sums.iter().filter(|sum| sum.holds(small)).collect();
        let all: Vec<&Sum<K>> = self.sums.iter().collect();
        self.cheapest(&near, &[], gone, plain).or_else(|| self.cheapest(&all, &[], gone, plain))
    }

    /// The parts of what is gone are gone.
    fn close(&self, gone: &mut BTreeSet<K>, plain: &BTreeSet<K>) {
        loop {
            let of_gone = self.sums.iter().filter(|sum| sum.whole.is_some_and(|whole| gone.contains(&whole)));
            let parts = of_gone.flat_map(|sum| sum.parts.iter().copied());
            let more: Vec<K> = parts.filter(|key| !gone.contains(key) && !plain.contains(key)).collect();
            if more.is_empty() {
                return;
            }
            gone.extend(more);
        }
    }

    /// A cell for the sums that keep too little; what is told anyway keeps nothing.
    fn weakest(&self, gone: &BTreeSet<K>, told: &BTreeSet<K>, plain: &BTreeSet<K>) -> Option<K> {
        let weak: Vec<&Sum<K>> = self.sums.iter().filter(|sum| self.is_weak(sum, gone, told)).collect();
        self.cheapest(&weak, &weak, gone, plain)
    }

    fn is_weak(&self, sum: &Sum<K>, gone: &BTreeSet<K>, told: &BTreeSet<K>) -> bool {
        let is_unknown = |key: &K| gone.contains(key) && !told.contains(key);
        if sum.whole.is_some_and(|whole| is_unknown(&whole)) {
            return false;
        }
        let unknown: Vec<Tasks> =
            sum.parts.iter().filter(|key| is_unknown(key)).map(|key| self.cells[key]).collect();
        let together: i128 = unknown.iter().map(|tasks| tasks.completed).sum();
        match unknown[..] {
            [] => false,
            // What is not shown and not small may be told.
            [one] => !one.is_untold || together < MIN_TASKS,
            _ => together < MIN_TASKS,
        }
    }

    /// The shown part of these sums that serves most weak ones, then the one with the fewest tasks; where there is no
    /// part, a whole.
    fn cheapest(
        &self,
        sums: &[&Sum<K>],
        weak: &[&Sum<K>],
        gone: &BTreeSet<K>,
        plain: &BTreeSet<K>,
    ) -> Option<K> {
        let is_shown = |key: &K| !gone.contains(key) && !plain.contains(key);
        // The only part of a whole that is shown is told by it.
        let is_useless = |key: &K| {
            let is_it = |sum: &&Sum<K>| sum.parts == [*key];
            self.sums.iter().filter(is_it).any(|sum| sum.whole.is_none_or(|whole| !gone.contains(&whole)))
        };
        let price = |key: &K| {
            let served = weak.iter().filter(|sum| sum.parts.contains(key)).count();
            (is_useless(key), Reverse(served), self.cells[key].completed, *key)
        };
        let parts = sums.iter().flat_map(|sum| &sum.parts).filter(|key| is_shown(key));
        let wholes = sums.iter().filter_map(|sum| sum.whole).filter(|key| is_shown(key));
        parts.copied().min_by_key(price).or_else(|| wholes.min_by_key(price))
    }

    /// What the sums leave open while no cell is shown.
    pub fn open(&self) -> Open<K> {
        self.solve(&self.cells.keys().copied().collect())
    }

    /// Which of the unknown cells the sums tell.
    fn told(&self, unknown: &BTreeSet<K>) -> BTreeSet<K> {
        let open = self.solve(unknown);
        unknown.iter().filter(|key| open.tells(&[**key])).copied().collect()
    }

    /// Solves the sums with all known cells at 0.
    fn solve(&self, unknown: &BTreeSet<K>) -> Open<K> {
        let mut solved: BTreeMap<K, BTreeMap<K, u64>> = BTreeMap::new();
        for sum in &self.sums {
            let mut row = sum.row(unknown);
            while let Some((first, factor)) = row.first_key_value().map(|(key, factor)| (*key, *factor)) {
                let Some(other) = solved.get(&first) else {
                    let inverse = prime::inverse(factor);
                    row.values_mut().for_each(|factor| *factor = prime::times(*factor, inverse));
                    solved.insert(first, row);
                    break;
                };
                for (key, of_other) in other {
                    let entry = row.entry(*key).or_default();
                    *entry = prime::minus(*entry, prime::times(*of_other, factor));
                }
                row.retain(|_, factor| *factor != 0);
            }
        }
        let mut solution: BTreeMap<K, u64> = BTreeMap::new();
        for (key, place) in unknown.iter().rev().zip(1..) {
            let value = match solved.get(key) {
                None => prime::arbitrary(place),
                Some(row) => {
                    let rest = row.iter().filter(|(other, _)| *other != key);
                    rest.fold(0, |sum, (other, factor)| {
                        prime::minus(sum, prime::times(*factor, solution[other]))
                    })
                }
            };
            solution.insert(*key, value);
        }
        Open { solution }
    }
}

/// One of the solutions of sums whose known cells are 0: the cells that are free have arbitrary numbers.
///
/// A sum of cells is told where it is 0 in every solution. That it is 0 in this one by chance is as likely as to meet one
/// number in 2⁶¹.
#[derive(Clone, Debug)]
pub struct Open<K> {
    solution: BTreeMap<K, u64>,
}

impl<K: Ord> Open<K> {
    /// Whether the sum of these cells is told. Cells that are shown add nothing that is not known.
    pub fn tells(&self, cells: &[K]) -> bool {
        let values = cells.iter().filter_map(|cell| self.solution.get(cell));
        values.fold(0, |sum, value| prime::plus(sum, *value)) == 0
    }
}

impl<K: Ord + Copy> Sum<K> {
    fn holds(&self, key: &K) -> bool {
        self.whole.as_ref() == Some(key) || self.parts.contains(key)
    }

    /// Parts minus whole, as far as they are unknown.
    fn row(&self, unknown: &BTreeSet<K>) -> BTreeMap<K, u64> {
        let parts = self.parts.iter().map(|key| (*key, 1));
        let whole = self.whole.iter().map(|key| (*key, prime::minus(0, 1)));
        parts.chain(whole).filter(|(key, _)| unknown.contains(key)).collect()
    }
}

/// Numbers modulo the prime 2⁶¹ − 1: exact, and they do not grow while equations are solved.
mod prime {
    const PRIME: u64 = (1 << 61) - 1;

    pub(super) fn times(one: u64, other: u64) -> u64 {
        // Below the prime, so that it fits.
        (u128::from(one) * u128::from(other) % u128::from(PRIME)) as u64
    }

    pub(super) fn plus(one: u64, other: u64) -> u64 {
        (one + other) % PRIME
    }

    pub(super) fn minus(one: u64, other: u64) -> u64 {
        (one + PRIME - other) % PRIME
    }

    /// By Fermat: a number to the power of the prime less two.
    pub(super) fn inverse(number: u64) -> u64 {
        let (mut power, mut result, mut exponent) = (number, 1, PRIME - 2);
        while exponent > 0 {
            if exponent & 1 == 1 {
                result = times(result, power);
            }
            power = times(power, power);
            exponent >>= 1;
        }
        result
    }

    /// The number of this place in a series without pattern (splitmix64), never 0.
    pub(super) fn arbitrary(place: u64) -> u64 {
        let mut mixed = place.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % (PRIME - 1) + 1
    }
}

#[cfg(test)]
#[path = "suppression_tests.rs"]
mod tests;
