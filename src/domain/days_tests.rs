use super::*;
use crate::domain::ids::{ModelId, ServiceId};
use crate::domain::terms::{Boundary, CountedFrom, EnergyTerms, Evidence, TaskType};
use proptest::prelude::*;

fn group(site: i32) -> Group {
    Group {
        service: ServiceId::from_db(1),
        model: ModelId::from_db(1),
        site: SiteId::from_db(site),
        task_type: TaskType::Chat,
        terms: EnergyTerms::Stated(Boundary::It, Evidence::Counter),
        place: None,
        counted_from: CountedFrom::Records,
    }
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn uj(amount: i128) -> EnergyTotal {
    EnergyTotal::from_microjoules(amount)
}

fn total(site: i32, hour: &str, number: i64) -> HourTotal {
    let many = i128::from(number);
    HourTotal {
        group: group(site),
        hour: at(hour),
        tasks: TaskCounts { completed: number, failed: 2 * number, cancelled: 3 * number },
        tasks_without_histogram: 4 * number,
        energy: uj(10 * many),
        unfinished_energy: uj(5 * many),
        output_tokens: 6 * many,
        output_tokens_energy: uj(7 * many),
    }
}

#[test]
fn hours_of_one_group_and_utc_day_become_one_day() {
    let hours = [
        total(1, "2025-10-01T00:00:00Z", 1),
        total(1, "2025-10-01T23:00:00Z", 10),
        total(1, "2025-10-02T00:00:00Z", 100),
        total(2, "2025-10-02T00:00:00Z", 1_000),
    ];
    let days = DayTotal::of_hours(&hours);
    let said: Vec<(i32, String, i64)> =
        days.iter().map(|one| (one.group.site.get(), one.day.to_string(), one.tasks.completed)).collect();
    let day = |site, day: &str, completed| (site, day.to_owned(), completed);
    assert_eq!(said, [day(1, "2025-10-01", 11), day(1, "2025-10-02", 100), day(2, "2025-10-02", 1_000)]);
    let first = &days[0];
    assert_eq!(first.tasks, TaskCounts { completed: 11, failed: 22, cancelled: 33 });
    assert_eq!((first.tasks_without_histogram, first.output_tokens), (44, 66));
    assert_eq!([first.energy, first.unfinished_energy, first.output_tokens_energy], [110, 55, 77].map(uj));
    let parts: Vec<(&str, i64, i128)> = first
        .hours
        .iter()
        .map(|part| (part.hour.as_str(), part.completed, part.energy.microjoules()))
        .collect();
    assert_eq!(parts, [("00", 1, 10), ("23", 10, 100)]);
    assert_eq!(first.hours.bits(), 1 | 1 << 23);
    assert_eq!(DayTotal::of_hours(&[]), []);
}

#[test]
fn hours_that_are_cut_or_changed_do_not_add_up_to_their_day() {
    let [day] = &DayTotal::of_hours(&[
        total(1, "2025-10-01T07:00:00Z", 1_000_000),
        total(1, "2025-10-01T08:00:00Z", 9),
    ])[..] else {
        panic!("one day")
    };
    let adds_up = |packed: &[u8]| {
        let hours = DayHours::from_packed(Bytes::copy_from_slice(packed));
        let completed: i128 = hours.iter().map(|part| i128::from(part.completed)).sum();
        let energy_uj: i128 = hours.iter().map(|part| part.energy.microjoules()).sum();
        (completed, energy_uj) == (i128::from(day.tasks.completed), day.energy.microjoules())
    };
    let packed = day.hours.packed();
    assert!(adds_up(packed));
    for end in 0..packed.len() {
        assert!(!adds_up(&packed[..end]), "cut at {end}");
    }
    for place in 0..packed.len() {
        let mut changed = packed.to_vec();
        changed[place] ^= 2;
        // Which hours they were is the one thing that sums do not say.
        let bits = DayHours::from_packed(Bytes::copy_from_slice(&changed)).bits();
        assert!(!adds_up(&changed) || bits != day.hours.bits(), "changed at {place}");
    }
}

#[test]
fn hours_with_tasks_are_those_of_all_groups_of_a_site() {
    let mut hours = SiteHours::default();
    for day in DayTotal::of_hours(&[
        total(2, "2025-10-01T05:00:00Z", 1),
        total(1, "2025-10-01T07:00:00Z", 1),
        total(1, "2025-10-02T08:00:00Z", 1),
    ]) {
        hours.add_day(&day);
    }
    hours.add_hour(SiteId::from_db(1), at("2025-10-01T06:00:00Z"));
    hours.add_hour(SiteId::from_db(1), at("2025-10-01T07:00:00Z"));
    let said: Vec<(i32, DateTime<Utc>)> = hours.iter().map(|(site, hour)| (site.get(), hour)).collect();
    let expected = [
        (1, at("2025-10-01T06:00:00Z")),
        (1, at("2025-10-01T07:00:00Z")),
        (1, at("2025-10-02T08:00:00Z")),
        (2, at("2025-10-01T05:00:00Z")),
    ];
    assert_eq!(said, expected);
}

fn some_hours() -> impl Strategy<Value = Vec<HourPart>> {
    let part = (0..24_usize, 0..=i64::MAX, 0..=i128::MAX / 24);
    prop::collection::vec(part, 0..24).prop_map(|mut parts| {
        parts.sort_unstable();
        parts.dedup_by_key(|part| part.0);
        let all: Vec<HourOfDay> = HourOfDay::all().collect();
        parts
            .into_iter()
            .map(|(hour, completed, energy)| HourPart { hour: all[hour], completed, energy: uj(energy) })
            .collect()
    })
}

proptest! {
    #[test]
    fn packed_hours_are_read_as_they_were(parts in some_hours()) {
        let hours = DayHours::new(parts.iter().copied());
        let again = DayHours::from_packed(Bytes::copy_from_slice(hours.packed()));
        prop_assert_eq!(again.iter().collect::<Vec<_>>(), parts);
    }

    #[test]
    fn packed_buckets_are_read_as_they_were(
        energies in prop::collection::btree_map(0..=i64::MAX, 1..1_000_000_i64, 0..200)
    ) {
        let buckets: BTreeMap<Bucket, i64> =
            energies.into_iter().map(|(energy, tasks)| (Bucket::of(energy), tasks)).collect();
        let day = at("2025-10-01T00:00:00Z").date_naive();
        let made = DayHistogram::new(group(1), day, buckets.iter().map(|(bucket, tasks)| (*bucket, *tasks)));
        prop_assert_eq!(made.tasks, buckets.values().sum::<i64>());
        let again =
            DayHistogram::from_packed(group(1), day, made.tasks, Bytes::copy_from_slice(made.packed()));
        prop_assert_eq!(again.iter().collect::<BTreeMap<_, _>>(), buckets);
    }
}
