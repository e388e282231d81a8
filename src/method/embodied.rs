//! Embodied carbon, apart: the time that a service's tasks took on accelerators ÷ their lifetime × what it took to
//! make them.
//!
//! Time is summed for each lifetime before anything is divided; the sums of different lifetimes are then rounded to
//! 10⁻¹⁸ mg, so that they can be added. Tasks of which no accelerator time is known, or no declaration of what their
//! accelerators took, are left out of the figure and counted beside it.

use super::small_cells::Parted;
use crate::domain::embodied::{AcceleratorTime, SiteEmbodied};
use crate::domain::ids::SiteId;
use crate::domain::names::Name;
use crate::units::{Decimal, divide_half_even};
use ethnum::I256;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Parts of a milligram that sums of different lifetimes are rounded to.
const PER_MILLIGRAM: i128 = 1_000_000_000_000_000_000;
const MICROSECONDS_PER_HOUR: i64 = 3_600_000_000;
const MILLIGRAMS_PER_KG: i128 = 1_000_000;
const MILLIGRAMS_PER_G: i128 = 1_000;

/// What embodied carbon can be told of a service and period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbodiedFigures {
    /// `None` where nothing that was used is declared: unknown, not zero.
    pub carbon: Option<EmbodiedCarbon>,
    /// Completed tasks that the figure is made of.
    pub tasks: i128,
    /// Completed tasks of which no accelerator time is known.
    pub tasks_without_time: i128,
    /// Completed tasks with accelerator time of which no embodied carbon is declared.
    pub tasks_undeclared: i128,
    /// Their sites, and the kinds of accelerator where records name them.
    pub undeclared: BTreeSet<(SiteId, Option<Name>)>,
    /// The declarations that were used, by site and accelerator.
    pub used: Vec<SiteEmbodied>,
    /// Sites and tasks behind it.
    pub behind: Parted,
}

/// The carbon of what the figure is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmbodiedCarbon {
    /// With 6 decimals.
    pub kg: Decimal,
    /// Grams for a completed task, with 12 decimals; `None` where none was completed.
    pub g_per_task: Option<Decimal>,
}

impl EmbodiedFigures {
    /// The share of completed tasks that the figure is made of, with six decimals; `None` where none was completed.
    pub fn covered(&self) -> Option<Decimal> {
        let whole = self.tasks + self.tasks_without_time + self.tasks_undeclared;
        Decimal::from_ratio(I256::new(self.tasks), I256::new(whole), 6)
    }
}

/// The embodied carbon of a service. `declared` holds what counts for each site and accelerator.
///
/// `None` where the carbon does not fit a decimal.
pub fn embodied(times: &[AcceleratorTime], declared: &[SiteEmbodied]) -> Option<EmbodiedFigures> {
    let by_kind: HashMap<(SiteId, &Name), &SiteEmbodied> =
        declared.iter().map(|one| ((one.site, &one.embodied.accelerator), one)).collect();
    // Accelerator time × carbon, in µs · mg, by lifetime in hours.
    let mut sums: BTreeMap<i32, I256> = BTreeMap::new();
    let mut used: BTreeMap<(SiteId, &Name), &SiteEmbodied> = BTreeMap::new();
    let mut figures = EmbodiedFigures {
        carbon: None,
        tasks: 0,
        tasks_without_time: 0,
        tasks_undeclared: 0,
        undeclared: BTreeSet::new(),
        used: Vec::new(),
        behind: Parted::default(),
    };
    for time in times {
        figures.tasks_without_time += i128::from(time.tasks_without_time);
        if time.tasks_without_time > 0 {
            figures.behind.unknown.add(time.site, time.tasks_without_time);
        }
        if time.time_us == 0 {
            continue;
        }
        let kind = time.accelerator.as_ref().map(|accelerator| (time.site, accelerator));
        let Some((kind, found)) = kind.and_then(|kind| Some((kind, *by_kind.get(&kind)?))) else {
            figures.tasks_undeclared += i128::from(time.tasks_with_time);
            figures.behind.unknown.add(time.site, time.tasks_with_time);
            figures.undeclared.insert((time.site, time.accelerator.clone()));
            continue;
        };
        figures.tasks += i128::from(time.tasks_with_time);
        figures.behind.known.add(time.site, time.tasks_with_time);
        let carbon = I256::from(found.embodied.carbon.milligrams());
        *sums.entry(found.embodied.lifetime_hours).or_insert(I256::ZERO) += I256::new(time.time_us) * carbon;
        used.insert(kind, found);
    }
    if !used.is_empty() {
        let mut scaled = I256::ZERO;
        for (lifetime_hours, sum) in sums {
            let lifetime_us = I256::from(lifetime_hours) * I256::from(MICROSECONDS_PER_HOUR);
            scaled += divide_half_even(sum.checked_mul(I256::new(PER_MILLIGRAM))?, lifetime_us)?;
        }
        let unit = |milligrams: i128| I256::new(PER_MILLIGRAM) * I256::new(milligrams);
        figures.carbon = Some(EmbodiedCarbon {
            kg: Decimal::from_ratio(scaled, unit(MILLIGRAMS_PER_KG), 6)?,
            g_per_task: Decimal::from_ratio(scaled, unit(MILLIGRAMS_PER_G) * I256::new(figures.tasks), 12),
        });
        figures.used = used.into_values().cloned().collect();
    }
    Some(figures)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::embodied::Embodied;
    use crate::units::CarbonMass;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    fn declared(site: i32, accelerator: &str, kg: &str, lifetime_hours: i32) -> SiteEmbodied {
        let embodied = Embodied {
            accelerator: name(accelerator),
            carbon: CarbonMass::parse_kilograms(kg).unwrap(),
            lifetime_hours,
            includes: "An eighth of the server".to_owned(),
            source: "Study".to_owned(),
        };
        SiteEmbodied { site: SiteId::from_db(site), revision: 1, embodied }
    }

    fn time(site: i32, accelerator: &str, seconds: i128, with: i64, without: i64) -> AcceleratorTime {
        AcceleratorTime {
            site: SiteId::from_db(site),
            accelerator: (!accelerator.is_empty()).then(|| name(accelerator)),
            time_us: seconds * 1_000_000,
            tasks_with_time: with,
            tasks_without_time: without,
        }
    }

    fn text(figures: &EmbodiedFigures) -> (String, Option<String>) {
        let carbon = figures.carbon.unwrap();
        (carbon.kg.to_string(), carbon.g_per_task.map(|value| value.to_string()))
    }

    #[test]
    fn time_divided_by_the_lifetime_is_the_part_of_the_carbon() {
        // 36,000 s are 10 of 40,000 hours: 10 ÷ 40,000 × 200 kg = 0.05 kg, over 1,000 tasks.
        let figures = embodied(&[time(1, "H100", 36_000, 1_000, 0)], &[declared(1, "H100", "200", 40_000)]);
        let figures = figures.unwrap();
        assert_eq!(text(&figures), ("0.050000".to_owned(), Some("0.050000000000".to_owned())));
        assert_eq!((figures.tasks, figures.covered()), (1_000, Some(Decimal::new(1_000_000, 6))));
    }

    #[test]
    fn lifetimes_that_do_not_divide_are_summed_first() {
        // Three times a third of a milligram: 1 µs of 3 h · 3,600,000,000 mg each.
        let (first, second) = (declared(1, "A", "3600", 3), declared(2, "A", "3600", 3));
        let one = |site| AcceleratorTime { time_us: 1, ..time(site, "A", 0, 1, 0) };
        let figures = embodied(&[one(1), one(1), one(2)], &[first, second]).unwrap();
        assert_eq!(text(&figures), ("0.000001".to_owned(), Some("0.000333333333".to_owned())));
        assert_eq!(figures.used.len(), 2);
        // 1 h of 3 · 1 kg and 1 h of 7 · 1 kg: 10 ÷ 21 kg.
        let figures = embodied(
            &[time(1, "A", 3_600, 1, 0), time(1, "B", 3_600, 0, 0)],
            &[declared(1, "A", "1", 3), declared(1, "B", "1", 7)],
        );
        assert_eq!(text(&figures.unwrap()), ("0.476190".to_owned(), Some("476.190476190476".to_owned())));
    }

    #[test]
    fn what_is_not_known_is_counted_and_left_out() {
        let times = [
            time(1, "H100", 3_600, 6, 1),
            time(1, "B200", 3_600, 1, 0),
            time(2, "H100", 3_600, 1, 0),
            time(1, "", 3_600, 1, 0),
            time(1, "L4", 0, 0, 2),
        ];
        let figures = embodied(&times, &[declared(1, "H100", "100", 1_000)]).unwrap();
        // An hour of 1,000 · 100 kg over the six tasks.
        assert_eq!(text(&figures), ("0.100000".to_owned(), Some("16.666666666667".to_owned())));
        assert_eq!((figures.tasks, figures.tasks_without_time, figures.tasks_undeclared), (6, 3, 3));
        assert_eq!(figures.covered(), Some(Decimal::new(500_000, 6)));
        let sites: Vec<(i32, Option<&str>)> = figures
            .undeclared
            .iter()
            .map(|(site, kind)| (site.get(), kind.as_ref().map(Name::as_str)))
            .collect();
        assert_eq!(sites, [(1, None), (1, Some("B200")), (2, Some("H100"))]);
    }

    #[test]
    fn nothing_declared_is_unknown() {
        let figures = embodied(&[time(1, "H100", 3_600, 6, 1)], &[]).unwrap();
        assert_eq!((figures.carbon, figures.covered()), (None, Some(Decimal::new(0, 6))));
        let nothing = embodied(&[], &[declared(1, "H100", "100", 1_000)]).unwrap();
        assert_eq!((nothing.carbon, nothing.covered(), nothing.used), (None, None, vec![]));
    }
}
