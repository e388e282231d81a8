//! Whether shares of the energy of several sites tell, taken together, what few of them used.
//!
//! A share of its own may be of many sites, and still be that of another share and one site more. What a document tells
//! are sums over sites, whole ones or the parts of their energy in one hour or under one contract; they are solved
//! as in [`super::suppression`].

use super::small_cells::MIN_SITES;
use super::suppression::Table;
use crate::domain::ids::SiteId;
use std::collections::BTreeSet;

/// One way in which the energy of all sites is told in parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partition {
    /// The sites behind each part; a site may have energy in several.
    pub parts: Vec<BTreeSet<SiteId>>,
    /// Parts of which the sum is told, by their places.
    pub told: Vec<Vec<usize>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cell {
    /// What a site has in one part of one partition.
    Piece(usize, usize, SiteId),
    Site(SiteId),
}

/// Whether what is told of partitions of the energy of all these sites tells the sum of fewer than [`MIN_SITES`] of them,
/// or of their pieces of one part. That of all of them is always told.
pub fn tell_about_few(all: &BTreeSet<SiteId>, partitions: &[Partition]) -> bool {
    let mut table = Table::default();
    let mut groups: Vec<Vec<Cell>> = vec![all.iter().map(|site| Cell::Site(*site)).collect()];
    table.total(groups[0].iter().copied());
    for (place, partition) in partitions.iter().enumerate() {
        let pieces: Vec<Vec<Cell>> = partition
            .parts
            .iter()
            .enumerate()
            .map(|(part, sites)| sites.iter().map(|site| Cell::Piece(place, part, *site)).collect())
            .collect();
        for site in all {
            let is_own = |cell: &&Cell| matches!(cell, Cell::Piece(_, _, of) if of == site);
            let own: Vec<Cell> = pieces.iter().flatten().filter(is_own).copied().collect();
            if !own.is_empty() {
                table.sum(Cell::Site(*site), own);
            }
        }
        for told in &partition.told {
            table.total(told.iter().flat_map(|part| pieces[*part].iter().copied()));
        }
        groups.extend(pieces);
    }
    groups.iter().flatten().for_each(|cell| table.untold(*cell, 0));
    let open = table.open();
    let few = |group: &Vec<Cell>| -> bool {
        let is_told = |cells: &[Cell]| cells.len() < all.len() && open.tells(cells);
        (1..MIN_SITES).any(|size| any_of(group, size, &mut Vec::new(), &is_told))
    };
    groups.iter().any(few)
}

/// Whether something holds of any so many of these, put after those that were chosen.
fn any_of(from: &[Cell], size: usize, chosen: &mut Vec<Cell>, holds: &impl Fn(&[Cell]) -> bool) -> bool {
    if size == 0 {
        return holds(chosen);
    }
    (0..from.len()).any(|place| {
        chosen.push(from[place]);
        let found = any_of(&from[place + 1..], size - 1, chosen, holds);
        chosen.pop();
        found
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sites(numbers: &[i32]) -> BTreeSet<SiteId> {
        numbers.iter().map(|number| SiteId::from_db(*number)).collect()
    }

    /// Parts that are each told.
    fn parts(parts: &[&[i32]]) -> Partition {
        Partition {
            parts: parts.iter().map(|numbers| sites(numbers)).collect(),
            told: (0..parts.len()).map(|part| vec![part]).collect(),
        }
    }

    #[test]
    fn a_share_and_the_same_with_one_site_more_tell_about_that_site() {
        let all = sites(&[1, 2, 3, 4, 5, 6, 7, 8]);
        let rungs = parts(&[&[1, 2, 3, 4], &[5, 6, 7, 8]]);
        let water = parts(&[&[1, 2, 3], &[4, 5, 6, 7, 8]]);
        assert!(!tell_about_few(&all, std::slice::from_ref(&rungs)));
        assert!(!tell_about_few(&all, std::slice::from_ref(&water)));
        assert!(tell_about_few(&all, &[rungs.clone(), water.clone()]));
        let hidden = Partition { told: Vec::new(), ..water };
        assert!(!tell_about_few(&all, &[rungs, hidden]));
    }

    #[test]
    fn three_sites_are_not_few_and_two_are() {
        let all = sites(&[1, 2, 3, 4, 5, 6]);
        assert!(!tell_about_few(&all, &[parts(&[&[1, 2, 3], &[4, 5, 6]])]));
        assert!(tell_about_few(&all, &[parts(&[&[1, 2], &[3, 4, 5, 6]])]));
        assert!(tell_about_few(&all, &[parts(&[&[1, 2, 3, 4, 5], &[6]])]));
    }

    #[test]
    fn parts_that_every_site_has_energy_in_tell_about_none() {
        for all in [sites(&[1]), sites(&[1, 2]), sites(&[1, 2, 3])] {
            let numbers: Vec<i32> = all.iter().map(|site| site.get()).collect();
            assert!(!tell_about_few(&all, &[parts(&[&numbers, &numbers])]), "{all:?}");
        }
        let all = sites(&[1, 2, 3]);
        // The second part of site 3 is told, which had little.
        assert!(tell_about_few(&all, &[parts(&[&[1, 2, 3], &[3]])]));
    }

    #[test]
    fn a_site_with_energy_in_two_parts_is_not_told_by_one_of_them() {
        let all = sites(&[1, 2, 3, 4, 5, 6]);
        // Of site 4 the rungs tell a piece, and the zones the whole: what is left over is of nobody alone.
        let rungs = parts(&[&[1, 2, 3, 4], &[4, 5, 6]]);
        let zones = parts(&[&[1, 2, 3], &[4, 5, 6]]);
        assert!(
            tell_about_few(&all, &[rungs, zones.clone()]),
            "the first rung less the first zone is a piece of site 4"
        );
        let rungs = parts(&[&[1, 2, 4, 5], &[3, 4, 5, 6]]);
        assert!(!tell_about_few(&all, &[rungs, zones]));
    }

    #[test]
    fn what_is_told_of_several_parts_together_counts() {
        let all = sites(&[1, 2, 3, 4, 5, 6, 7]);
        let mut patterns = parts(&[&[1, 2, 3], &[4], &[5, 6, 7]]);
        patterns.told = vec![vec![0, 1]];
        assert!(!tell_about_few(&all, std::slice::from_ref(&patterns)));
        patterns.told = vec![vec![0, 1], vec![1, 2]];
        assert!(tell_about_few(&all, &[patterns]), "both together less all are those of site 4");
    }
}
