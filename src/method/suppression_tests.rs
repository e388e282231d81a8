use super::*;
use proptest::prelude::*;

type Key = (usize, usize, usize);

/// Stands for "all" in a place of a key.
const ALL: usize = 99;

/// Months × models × task types as a document has them: a month tells each task type, and each model and task type; the
/// whole tells models too. `of` gives the tasks of each, and 0 is no cell.
fn document(
    months: usize,
    models: usize,
    types: usize,
    of: impl Fn(usize, usize, usize) -> i128,
) -> Table<Key> {
    let mut table = Table::default();
    let sum = |month: usize, model: usize, kind: usize| -> i128 {
        let pick = |place: usize, length: usize| if place == ALL { 0..length } else { place..place + 1 };
        let all = pick(month, months).flat_map(|month| pick(model, models).map(move |model| (month, model)));
        all.flat_map(|(month, model)| pick(kind, types).map(move |kind| (month, model, kind)))
            .map(|(month, model, kind)| of(month, model, kind))
            .sum()
    };
    let there =
        |keys: Vec<Key>| keys.into_iter().filter(|(a, b, c)| sum(*a, *b, *c) > 0).collect::<Vec<Key>>();
    for month in (0..months).chain([ALL]) {
        let kinds = there((0..types).map(|kind| (month, ALL, kind)).collect());
        table.total(kinds.clone());
        for whole in kinds {
            table.cell(whole, sum(whole.0, whole.1, whole.2));
            let parts = there((0..models).map(|model| (month, model, whole.2)).collect());
            parts.iter().for_each(|part| table.cell(*part, sum(part.0, part.1, part.2)));
            table.sum(whole, parts);
        }
    }
    let of_models = there((0..models).map(|model| (ALL, model, ALL)).collect());
    table.total(of_models.clone());
    for whole in of_models {
        table.cell(whole, sum(whole.0, whole.1, whole.2));
        table.sum(whole, there((0..types).map(|kind| (ALL, whole.1, kind)).collect()));
    }
    let shown: Vec<Key> = table.cells.keys().copied().filter(|key| key.0 == ALL && key.2 != ALL).collect();
    for whole in shown {
        table.sum(whole, there((0..months).map(|month| (month, whole.1, whole.2)).collect()));
    }
    table
}

/// One month, one model, these task types.
fn types(tasks: &[i128]) -> BTreeSet<usize> {
    let mut table = Table::default();
    table.total(0..tasks.len());
    tasks.iter().enumerate().for_each(|(index, tasks)| table.cell(index, *tasks));
    table.left_out()
}

#[test]
fn cells_of_one_sum_are_left_out_as_pairs_that_are_together_no_small_one() {
    assert_eq!(types(&[5000, 99, 100, 3000]), BTreeSet::from([1, 2]));
    assert_eq!(types(&[5000, 1, 1, 3000]), BTreeSet::from([1, 2, 3]));
    assert_eq!(types(&[5000, 60, 60, 3000]), BTreeSet::from([1, 2]));
    assert_eq!(types(&[5000, 100]), BTreeSet::new());
}

#[test]
fn what_the_totals_tell_is_shown() {
    assert_eq!(types(&[3]), BTreeSet::new());
}

#[test]
fn a_small_month_takes_a_second_one_with_it() {
    // Of code July and August were large and September small; chat is large throughout.
    let code = [300, 200, 50];
    let table =
        document(3, 1, 2, |month, _, kind| if kind == 0 { 5_000 + month as i128 } else { code[month] });
    let gone = table.left_out();
    let months =
        |kind: usize| gone.iter().filter(|key| key.1 == ALL && key.2 == kind && key.0 != ALL).count();
    assert!(gone.contains(&(2, ALL, 1)) && months(1) == 2 && months(0) == 2, "{gone:?}");
    assert!(!gone.contains(&(ALL, ALL, 1)), "the quarter is not small: {gone:?}");
}

#[test]
fn the_rest_of_a_period_is_not_told_by_its_months() {
    let quarter = |rest: i128| {
        let mut table = Table::default();
        for (kind, months, rest) in [("chat", [5_000, 6_000], 900), ("code", [400, 500], rest)] {
            months.iter().enumerate().for_each(|(month, tasks)| table.cell((kind, month), *tasks));
            table.untold((kind, 8), rest);
            table.cell((kind, 9), months.iter().sum::<i128>() + rest);
            table.sum((kind, 9), [(kind, 0), (kind, 1), (kind, 8)]);
        }
        for month in [0, 1, 8, 9] {
            table.total([("chat", month), ("code", month)]);
        }
        table.left_out()
    };
    assert_eq!(quarter(100), BTreeSet::new());
    let gone = quarter(99);
    assert!(gone.iter().any(|(kind, month)| *kind == "code" && *month != 8), "{gone:?}");
    assert!(gone.iter().all(|(_, month)| *month != 8), "it is not shown anyway");
}

#[test]
fn rows_and_columns_together_do_not_tell_a_small_cell() {
    // Rows (models) by columns (task types). Each row and column alone would keep model 0's 50 tasks of type 1 with the
    // 200 of type 2 and the 500 of model 1; but those of model 1 are told by its row, and then the 50 too.
    let tasks = [[5_000, 50, 200], [5_000, 500, 0]];
    let table = document(1, 2, 3, |_, model, kind| tasks[model][kind]);
    let gone = table.left_out();
    assert!(gone.contains(&(ALL, 0, 1)));
    let open = table.told(&gone);
    assert!(!open.contains(&(ALL, 0, 1)), "{gone:?} leave {open:?} told");
}

#[test]
fn two_circles_that_one_cell_joins_tell_it_and_another_goes() {
    // Two blocks of two rows and columns are unknown; the cell between them stands in sums with two unknown cells each,
    // and is told by both blocks' sums all the same.
    let mut table = Table::default();
    let tasks = |row: usize, column: usize| match (row, column) {
        (0 | 1, 0 | 1) | (2 | 3, 2 | 3) | (1, 2) => 60,
        _ => 1_000,
    };
    for row in 0..4 {
        (0..4).for_each(|column| table.cell((row, column), tasks(row, column)));
        table.total((0..4).map(|column| (row, column)));
    }
    (0..4).for_each(|column| table.total((0..4).map(|row| (row, column))));
    let small: BTreeSet<(usize, usize)> =
        table.cells.keys().copied().filter(|(row, column)| tasks(*row, *column) < MIN_TASKS).collect();
    assert_eq!(table.told(&small), BTreeSet::from([(1, 2)]));
    let gone = table.left_out();
    assert!(table.told(&gone).is_empty() && gone.len() <= small.len() + 3, "{gone:?}");
}

#[test]
fn many_small_cells_take_few_large_ones_with_them() {
    // A fifth of the months of models and task types is small, here and there.
    let table = document(12, 8, 8, |month, model, kind| match (month * 7 + model * 5 + kind * 3) % 5 {
        0 => 40,
        _ => 1_000,
    });
    let (small, large): (Vec<_>, Vec<_>) =
        table.cells.values().copied().partition(|cell| cell.completed < MIN_TASKS);
    let gone = table.left_out();
    let taken = gone.len() - small.len();
    assert!(
        small.len() > 100 && taken < large.len() / 4,
        "{taken} of {} beside {}",
        large.len(),
        small.len()
    );
}

/// The rank of a matrix, in exact fractions: an oracle that shares nothing with the code.
fn rank(mut rows: Vec<Vec<(i128, i128)>>) -> usize {
    fn reduced((over, under): (i128, i128)) -> (i128, i128) {
        let (mut a, mut b) = (over.abs(), under.abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let sign = if under < 0 { -1 } else { 1 };
        (sign * over / a.max(1), sign * under / a.max(1))
    }
    let columns = rows.first().map_or(0, Vec::len);
    let mut rank = 0;
    for column in 0..columns {
        let Some(pivot) = (rank..rows.len()).find(|row| rows[*row][column].0 != 0) else { continue };
        rows.swap(rank, pivot);
        let lead = rows[rank].clone();
        for row in &mut rows[rank + 1..] {
            let ratio = reduced((row[column].0 * lead[column].1, row[column].1 * lead[column].0));
            for (cell, of_lead) in row.iter_mut().zip(&lead) {
                let product = reduced((ratio.0 * of_lead.0, ratio.1 * of_lead.1));
                *cell = reduced((cell.0 * product.1 - product.0 * cell.1, cell.1 * product.1));
            }
        }
        rank += 1;
    }
    rank
}

/// Whether what is shown tells a cell: another equation for it alone adds nothing.
fn tells(table: &Table<Key>, unknown: &BTreeSet<Key>, cell: &Key) -> bool {
    let columns: Vec<&Key> = unknown.iter().collect();
    let row = |sum: &Sum<Key>| -> Vec<(i128, i128)> {
        let factor = |key: &&Key| match () {
            () if sum.parts.contains(key) => (1, 1),
            () if sum.whole == Some(**key) => (-1, 1),
            () => (0, 1),
        };
        columns.iter().map(factor).collect()
    };
    let mut rows: Vec<Vec<(i128, i128)>> = table.sums.iter().map(row).collect();
    let before = rank(rows.clone());
    rows.push(columns.iter().map(|key| (i128::from(*key == cell), 1)).collect());
    rank(rows) == before
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_small_cell_can_be_computed_from_what_is_shown(
        tasks in prop::collection::vec(prop::sample::select(vec![0i128, 1, 30, 60, 99, 100, 150, 400, 5_000]), 24),
        shape in prop::sample::select(vec![(2, 3, 4), (3, 2, 4), (4, 3, 2), (1, 4, 6), (6, 2, 2)]),
    ) {
        let (months, models, types) = shape;
        let table = document(months, models, types, |month, model, kind| {
            tasks[(month * models + model) * types + kind]
        });
        let every: BTreeSet<Key> = table.cells.keys().copied().collect();
        let gone = table.left_out();
        for (key, cell) in &table.cells {
            if cell.completed >= MIN_TASKS || tells(&table, &every, key) {
                continue;
            }
            prop_assert!(gone.contains(key), "{key:?} is small and shown");
            prop_assert!(!tells(&table, &gone, key), "{key:?} is told while {gone:?} are left out");
        }
        if table.cells.values().all(|cell| cell.completed >= MIN_TASKS) {
            prop_assert!(gone.is_empty(), "{gone:?}");
        }
    }
}
