//! Which accelerators stood in the sites of a service in a period, from tellings that overlap.

use crate::domain::disclosure::HardwareLine;
use crate::domain::ids::SiteId;
use crate::domain::period::{Days, Period, beginning_of};
use crate::domain::registry::{Hardware, Site, Telling};
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};

/// A line for every run of days of the period on which one telling holds: of several that touch a day, the latest. A
/// telling of zero takes earlier ones away and makes no line. Sites stand in their order, accelerators by name.
pub(super) fn lines(
    sites: &[Site],
    told: &[(SiteId, Telling<Hardware>)],
    period: Period,
) -> Vec<HardwareLine> {
    let from = period.from().date_naive();
    let last = period.to().date_naive();
    let to = if beginning_of(last) < period.to() { last.succ_opt().unwrap_or(last) } else { last };
    let mut lines = Vec::new();
    for site in sites {
        let mut kinds: BTreeMap<&str, Vec<&Telling<Hardware>>> = BTreeMap::new();
        for (_, telling) in told.iter().filter(|(of, _)| *of == site.id) {
            kinds.entry(&telling.what.accelerator).or_default().push(telling);
        }
        for tellings in kinds.values() {
            let runs = runs(tellings, from, to);
            lines.extend(runs.into_iter().filter(|(telling, ..)| telling.what.accelerators > 0).filter_map(
                |(telling, from, to)| {
                    Some(HardwareLine {
                        site: site.key.to_string(),
                        accelerator: telling.what.accelerator.clone(),
                        accelerators: telling.what.accelerators,
                        valid: Days::new(from, to)?,
                        revision: telling.revision,
                    })
                },
            ));
        }
    }
    lines
}

/// Runs of days on which one of these tellings of one kind is the latest that holds.
fn runs<'a>(
    tellings: &[&'a Telling<Hardware>],
    from: NaiveDate,
    to: NaiveDate,
) -> Vec<(&'a Telling<Hardware>, NaiveDate, NaiveDate)> {
    let ends = tellings.iter().flat_map(|telling| [telling.what.valid.from(), telling.what.valid.to()]);
    let cuts: BTreeSet<NaiveDate> = ends.map(|end| end.clamp(from, to)).chain([from, to]).collect();
    let cuts: Vec<NaiveDate> = cuts.into_iter().collect();
    let mut runs: Vec<(&Telling<Hardware>, NaiveDate, NaiveDate)> = Vec::new();
    for (start, end) in cuts.iter().zip(cuts.iter().skip(1)) {
        let holds = |telling: &&&Telling<Hardware>| {
            telling.what.valid.from() <= *start && *start < telling.what.valid.to()
        };
        let Some(latest) = tellings.iter().filter(holds).max_by_key(|telling| telling.revision) else {
            continue;
        };
        match runs.last_mut() {
            Some((run, _, run_end)) if run.revision == latest.revision && *run_end == *start => {
                *run_end = *end
            }
            _ => runs.push((latest, *start, *end)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    fn telling(
        revision: i32,
        accelerator: &str,
        accelerators: i32,
        from: &str,
        to: &str,
    ) -> (SiteId, Telling<Hardware>) {
        let valid = Days::new(from.parse().unwrap(), to.parse().unwrap()).unwrap();
        let what = Hardware { valid, accelerator: accelerator.to_owned(), accelerators, note: None };
        (SiteId::from_db(1), Telling { what, revision, recorded_at: DateTime::UNIX_EPOCH })
    }

    fn said(told: &[(SiteId, Telling<Hardware>)], from: &str, to: &str) -> Vec<String> {
        let site = Site {
            id: SiteId::from_db(1),
            key: "s-1".parse().unwrap(),
            name: "Hall".to_owned(),
            zone: "DE".to_owned(),
            zone_name: "Germany".to_owned(),
        };
        let line = |line: HardwareLine| {
            let HardwareLine { site, accelerator, accelerators, valid, revision } = line;
            format!("{site} {accelerator} {accelerators} {}/{} r{revision}", valid.from(), valid.to())
        };
        lines(&[site], told, Period::parse(from, to).unwrap()).into_iter().map(line).collect()
    }

    #[test]
    fn the_latest_telling_of_a_day_counts_and_days_lie_within_the_period() {
        let told = [
            telling(1, "H100", 512, "2024-01-01", "2030-01-01"),
            telling(2, "B200", 72, "2025-10-20", "2025-12-01"),
            telling(3, "H100", 256, "2025-10-10", "2025-10-20"),
        ];
        assert_eq!(
            said(&told, "2025-10-01", "2025-11-01"),
            [
                "s-1 B200 72 2025-10-20/2025-11-01 r2",
                "s-1 H100 512 2025-10-01/2025-10-10 r1",
                "s-1 H100 256 2025-10-10/2025-10-20 r3",
                "s-1 H100 512 2025-10-20/2025-11-01 r1",
            ]
        );
        assert_eq!(
            said(&told, "2025-10-12T00:00:00Z", "2025-10-12T06:00:00Z"),
            ["s-1 H100 256 2025-10-12/2025-10-13 r3"]
        );
    }

    #[test]
    fn none_any_more_makes_no_line_and_adjoining_days_of_one_telling_are_one() {
        let told = [
            telling(1, "H100", 8, "2025-01-01", "2026-01-01"),
            telling(2, "A100", 4, "2025-10-15", "2025-10-16"),
            telling(3, "H100", 0, "2025-10-20", "2026-01-01"),
        ];
        assert_eq!(
            said(&told, "2025-10-01", "2025-11-01"),
            ["s-1 A100 4 2025-10-15/2025-10-16 r2", "s-1 H100 8 2025-10-01/2025-10-20 r1"]
        );
        assert!(said(&[], "2025-10-01", "2025-11-01").is_empty());
    }
}
