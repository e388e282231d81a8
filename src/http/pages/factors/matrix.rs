//! Zones down, years across: the best that the ladder has for each, and how complete it is.

use super::display_name;
use crate::db::factor_list::Best;
use crate::db::zone::{Zone, ZoneParent};
use crate::domain::period::hours_of_year;
use crate::domain::terms::Resolution;
use crate::intensity::builtin::is_in_eea;
use crate::intensity::ladder::MAX_AGE_YEARS;
use crate::intensity::zones::Zones;
use crate::render::number::percent;
use crate::units::Decimal;
use chrono::{DateTime, Datelike, Utc};
use std::collections::{BTreeMap, HashMap};

/// Countries that belong together, each with the zones inside it.
pub(super) struct Group {
    pub(super) name: &'static str,
    pub(super) rows: Vec<Row>,
}

/// One zone and its years.
pub(super) struct Row {
    pub(super) key: String,
    pub(super) name: String,
    /// How many zones it lies within.
    pub(super) depth: usize,
    pub(super) cells: Vec<Cell>,
}

/// What there is of a zone in a year. The text says everything; the shade only repeats it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// The class of the shade.
    pub(super) shade: &'static str,
    pub(super) text: String,
}

/// The best of each zone and year.
pub(super) struct Matrix<'a> {
    /// By zone and year: resolutions from the finest, each with the hours that it covers.
    covered: HashMap<(&'a str, i32), Vec<(Resolution, i32)>>,
    parents: HashMap<&'a str, &'a str>,
    first_year: i32,
    last_year: i32,
}

impl<'a> Matrix<'a> {
    /// The years begin with the first that has a value, and end with the present one.
    pub(super) fn new(best: &'a [Best], parents: &'a [ZoneParent], now: DateTime<Utc>) -> Matrix<'a> {
        let mut covered: HashMap<(&str, i32), Vec<(Resolution, i32)>> = HashMap::new();
        for one in best {
            covered.entry((&one.zone, one.year)).or_default().push((one.resolution, one.covered_hours));
        }
        for parts in covered.values_mut() {
            parts.sort_unstable_by_key(|(resolution, _)| *resolution);
        }
        let years = || best.iter().map(|one| one.year);
        let last_year = years().max().unwrap_or(now.year()).max(now.year());
        let parents = parents
            .iter()
            .filter(|one| one.valid_to.is_none_or(|valid_to| now < valid_to) && one.valid_from <= now)
            .map(|one| (one.zone.as_str(), one.parent.as_str()))
            .collect();
        Matrix { covered, parents, first_year: years().min().unwrap_or(last_year), last_year }
    }

    pub(super) fn years(&self) -> impl Iterator<Item = i32> {
        self.first_year..=self.last_year
    }

    /// The zones that a search finds, countries by name: those of the EU and the EEA, then the others.
    pub(super) fn groups(&self, zones: &Zones, search: &str, now: DateTime<Utc>) -> Vec<Group> {
        let mut countries: BTreeMap<(bool, &str, &str), Vec<&Zone>> = BTreeMap::new();
        for zone in zones.all() {
            let root = self.root(&zone.key);
            let name = zones.name_of(root).unwrap_or_default();
            countries.entry((!is_in_eea(root), name, root)).or_default().push(zone);
        }
        let resolved = zones.resolve(search, now).ok();
        let search = search.to_lowercase();
        let is_meant = |zone: &Zone| {
            search.is_empty()
                || resolved.as_deref() == Some(&zone.key)
                || zone.key.to_lowercase().contains(&search)
                || zone.name.to_lowercase().contains(&search)
        };
        let mut groups = [
            Group { name: "European Union and European Economic Area", rows: Vec::new() },
            Group { name: "Other countries and territories", rows: Vec::new() },
        ];
        for ((is_elsewhere, _, root), zones) in countries {
            // A country brings its zones along, and a zone its country.
            let is_whole = zones.iter().any(|zone| zone.key == root && is_meant(zone));
            let is_any = zones.iter().any(|zone| is_meant(zone));
            let wanted =
                zones.into_iter().filter(|zone| is_whole || is_any && (zone.key == root || is_meant(zone)));
            groups[usize::from(is_elsewhere)].rows.extend(wanted.map(|zone| self.row(zone)));
        }
        groups.into_iter().filter(|group| !group.rows.is_empty()).collect()
    }

    fn row(&self, zone: &Zone) -> Row {
        let mut depth = 0;
        let mut key = zone.key.as_str();
        while let Some(parent) = self.parents.get(key) {
            depth += 1;
            key = parent;
        }
        let cells = self.years().map(|year| self.cell(&zone.key, year)).collect();
        Row { key: zone.key.clone(), name: display_name(&zone.name).to_owned(), depth, cells }
    }

    fn root<'z>(&'z self, zone: &'z str) -> &'z str {
        self.parents.get(zone).map_or(zone, |parent| self.root(parent))
    }

    /// What the ladder has for a year: of the zone itself, else of an earlier year, else of the zone around.
    fn cell(&self, zone: &str, year: i32) -> Cell {
        let cell = |shade, text| Cell { shade, text };
        if let Some(parts) = self.covered.get(&(zone, year)) {
            return self.own(zone, year, parts);
        }
        if let Some(earlier) = self.earlier_year(zone, year) {
            return cell("s0", format!("year {earlier}"));
        }
        match self.parents.get(zone) {
            Some(parent) => match self.cell(parent, year) {
                none if none.shade == "none" => none,
                // A parent's cell that is of its own parent names that already.
                around if around.shade == "around" => around,
                found => cell("around", format!("{parent}: {}", found.text)),
            },
            None => cell("none", "none".to_owned()),
        }
    }

    fn own(&self, zone: &str, year: i32, parts: &[(Resolution, i32)]) -> Cell {
        let hours = hours_of_year(year);
        let mut words = Vec::new();
        let mut is_whole = false;
        for (resolution, covered) in parts {
            is_whole = *covered >= hours;
            words.push(part_words(*resolution, *covered, hours));
            if is_whole {
                break;
            }
        }
        if let (false, Some(earlier)) = (is_whole, self.earlier_year(zone, year)) {
            words.push(format!("year {earlier}"));
        }
        let shade = match parts.first() {
            Some((Resolution::Year, _)) | None => "s1",
            Some((Resolution::Month, _)) => "s2",
            Some((_, covered)) if *covered < hours => "s3",
            Some(_) => "s4",
        };
        Cell { shade, text: words.join(", else ") }
    }

    /// The latest year before this one, not too old, for which there is a yearly value.
    fn earlier_year(&self, zone: &str, year: i32) -> Option<i32> {
        let has_year = |year: &i32| {
            let parts = self.covered.get(&(zone, *year));
            parts.is_some_and(|parts| parts.iter().any(|(resolution, _)| *resolution == Resolution::Year))
        };
        (year - MAX_AGE_YEARS..year).rev().find(has_year)
    }
}

/// A value of the whole year is complete by itself; of the others the share of the year's hours is said.
fn part_words(resolution: Resolution, covered: i32, hours: i32) -> String {
    let name = match resolution {
        Resolution::QuarterHour => "15 min",
        Resolution::HalfHour => "30 min",
        Resolution::Hour => "hourly",
        Resolution::Month => "monthly",
        Resolution::Year if covered >= hours => return "year".to_owned(),
        Resolution::Year => "year",
    };
    let share = Decimal::from_ratio(covered.into(), hours.into(), 6).map(percent).unwrap_or_default();
    format!("{name} {share}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(zone: &str, year: i32, resolution: Resolution, covered_hours: i32) -> Best {
        Best { zone: zone.to_owned(), year, resolution, covered_hours }
    }

    fn parent(zone: &str, parent: &str) -> ZoneParent {
        let valid_from = "2000-01-01T00:00:00Z".parse().unwrap();
        ZoneParent { zone: zone.to_owned(), parent: parent.to_owned(), valid_from, valid_to: None }
    }

    #[test]
    fn a_cell_says_what_the_ladder_has_and_how_much_of_it() {
        use Resolution::{Hour, Month, QuarterHour, Year};
        let best = [
            best("SE", 2022, Year, 8_760),
            best("SE", 2023, Year, 8_760),
            best("SE-SE3", 2023, Hour, 8_760),
            best("SE-SE3", 2024, QuarterHour, 8_784),
            best("SE-SE4", 2023, Month, 4_380),
            best("DE", 2023, Hour, 87),
            best("DE", 2023, Year, 8_760),
            best("DE", 2024, Hour, 8_783),
        ];
        let parents = [parent("SE-SE3", "SE"), parent("SE-SE4", "SE"), parent("SE-SE4-X", "SE-SE4")];
        let now = "2026-06-01T00:00:00Z".parse().unwrap();
        let matrix = Matrix::new(&best, &parents, now);
        assert_eq!(matrix.years().collect::<Vec<_>>(), [2022, 2023, 2024, 2025, 2026]);
        let cell = |zone: &str, year| {
            let Cell { shade, text } = matrix.cell(zone, year);
            (shade, text.replace('\u{a0}', " "))
        };
        for (zone, year, shade, text) in [
            ("SE", 2023, "s1", "year"),
            ("SE", 2026, "s0", "year 2023"),
            ("SE-SE3", 2022, "around", "SE: year"),
            ("SE-SE3", 2023, "s4", "hourly 100 %"),
            ("SE-SE3", 2024, "s4", "15 min 100 %"),
            ("SE-SE3", 2025, "around", "SE: year 2023"),
            ("SE-SE4", 2023, "s2", "monthly 50 %"),
            ("SE-SE4-X", 2023, "around", "SE-SE4: monthly 50 %"),
            ("SE-SE4-X", 2022, "around", "SE: year"),
            ("DE", 2022, "none", "none"),
            ("DE", 2023, "s3", "hourly 1 %, else year"),
            ("DE", 2024, "s3", "hourly > 99.9 %, else year 2023"),
            ("FR", 2023, "none", "none"),
        ] {
            assert_eq!(cell(zone, year), (shade, text.to_owned()), "{zone} {year}");
        }
    }

    #[test]
    fn without_values_there_is_the_present_year_alone() {
        let matrix = Matrix::new(&[], &[], "2026-06-01T00:00:00Z".parse().unwrap());
        assert_eq!(matrix.years().collect::<Vec<_>>(), [2026]);
    }
}
