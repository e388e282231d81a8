use super::*;
use crate::domain::fact::HourOfDay;
use crate::domain::ids::{ModelId, ServiceId, SiteId};
use crate::domain::terms::{Boundary, CountedFrom, EnergyTerms, Evidence, TaskType};
use crate::domain::totals::{Bucket, HourTotal};

fn group(terms: EnergyTerms) -> Group {
    Group {
        service: ServiceId::from_db(1),
        model: ModelId::from_db(2),
        site: SiteId::from_db(3),
        task_type: TaskType::Chat,
        terms,
        place: None,
        counted_from: CountedFrom::Windows,
    }
}

fn uj(amount: i128) -> EnergyTotal {
    EnergyTotal::from_microjoules(amount)
}

/// Everything that a group can have, on the first and the last day of a month, and sums that need more than 64 bits.
fn parts(group: Group, month: Month) -> Parts {
    let last = month.ends().1.date_naive().pred_opt().unwrap();
    let huge = i128::from(i64::MAX) * 1_000;
    let hour = |number: usize, day: NaiveDate| HourTotal {
        group,
        hour: HourOfDay::all().nth(number).unwrap().on(day),
        tasks: TaskCounts { completed: 1, failed: 2, cancelled: 3 },
        tasks_without_histogram: 1,
        energy: uj(huge + 1),
        unfinished_energy: uj(huge + 2),
        output_tokens: huge + 3,
        output_tokens_energy: uj(huge + 4),
    };
    let (first, energy) = (month.first_day(), uj(huge));
    let unmeasured = |number: usize, day: NaiveDate| UnmeasuredHour {
        group,
        accelerator: "H100".to_owned(),
        hour: HourOfDay::all().nth(number).unwrap().on(day),
        tasks: TaskCounts { completed: 4, failed: 5, cancelled: 6 },
        input_tokens: huge + 5,
        output_tokens: huge + 6,
        accelerator_us: huge + 7,
    };
    Parts {
        days: DayTotal::of_hours(&[hour(0, first), hour(5, first), hour(23, last)]),
        histograms: vec![DayHistogram::new(group, last, [(Bucket::of(7), 1), (Bucket::of(i64::MAX), 2)])],
        squares: vec![SquareTotal {
            group,
            day: last,
            energy_squared_uj2: I256::new(huge) * I256::new(huge),
            tasks_without_squares: 8,
        }],
        stages: vec![StageTotal { group, day: last, kind: StepKind::Tool, energy, retry_energy: uj(9) }],
        units: vec![UnitTotal { group, day: first, unit: NaturalUnit::Images, amount: huge, energy }],
        intervals: vec![IntervalTotal { group, day: last, energy, low: uj(huge - 1), high: uj(huge + 1) }],
        unmeasured: vec![unmeasured(0, first), unmeasured(23, last)],
    }
}

#[test]
fn what_is_packed_of_a_month_is_read_as_it_was() {
    let group = group(EnergyTerms::Stated(Boundary::It, Evidence::Counter));
    for month in ["2024-02", "2025-02", "2025-12"] {
        let month = Month::parse(month).unwrap();
        let parts = parts(group, month);
        let packed = pack(&parts, month).unwrap();
        assert_eq!(unpack(group, "H100", month, packed).unwrap(), parts);
    }
    let month = Month::parse("2025-10").unwrap();
    let nothing = pack(&Parts::default(), month).unwrap();
    assert_eq!(nothing, Pack::default());
    assert_eq!(unpack(group, "", month, nothing).unwrap(), Parts::default());
}

#[test]
fn bytes_that_are_no_pack_are_refused() {
    let group = group(EnergyTerms::Stated(Boundary::It, Evidence::Counter));
    let month = Month::parse("2025-02").unwrap();
    let good = || pack(&parts(group, month), month).unwrap();
    let is_refused = |pack: Pack| matches!(unpack(group, "", month, pack), Err(DbError::Unreadable(_)));
    let fields: [fn(&mut Pack) -> &mut Vec<u8>; 7] = [
        |pack| &mut pack.days,
        |pack| &mut pack.histograms,
        |pack| &mut pack.squares,
        |pack| &mut pack.stages,
        |pack| &mut pack.units,
        |pack| &mut pack.intervals,
        |pack| &mut pack.unmeasured,
    ];
    for (number, field) in fields.into_iter().enumerate() {
        let mut cut = good();
        field(&mut cut).pop();
        assert!(is_refused(cut), "cut in field {number}");
    }
    // There is no 31st of February.
    let mut other_day = good();
    other_day.stages[0] = 31;
    assert!(is_refused(other_day));
    // An hour of another month is not packed.
    assert!(pack(&parts(group, month), Month::parse("2025-03").unwrap()).is_err());
}
