use super::*;
use ethnum::I256;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn household() -> Household {
    Household::new(EnergyVolume::parse_kwh("3500").unwrap(), "Statistics").unwrap()
}

/// Quantity, unit and key of what so many watt-hours are as much as.
fn of_wh(text: &str, household: Option<&Household>) -> String {
    let found = equivalent(EnergyTotal::parse_wh(text).unwrap(), household).unwrap();
    let Equivalent { energy, energy_unit, quantity, yardstick, .. } = found;
    let (unit, key) = (yardstick.unit(), yardstick.key());
    format!("{energy} {} = {quantity} {unit} {key}", energy_unit.as_str())
}

#[test]
fn the_built_in_table_is_whole() {
    let table = read(APPLIANCES).unwrap();
    let (hair_dryer, source) = table.power(Appliance::HairDryer).unwrap();
    assert_eq!(hair_dryer.watts().to_string(), "1500");
    assert!(source.contains("US DOE"));
    assert_eq!(table.power(Appliance::LedLamp).unwrap().0.watts().to_string(), "8.5");
    assert_eq!(table.power(Appliance::Laptop).unwrap().0.watts().to_string(), "50");
    assert_eq!(table.per_litre.0.watt_hours(), 110);
}

#[test]
fn every_row_of_the_table_says_how_its_value_is_known() {
    let mut rows = csv::Reader::from_reader(APPLIANCES.as_bytes());
    let header = rows.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|title| title == name).unwrap();
    let (key, evidence, source) = (column("key"), column("evidence"), column("source"));
    let mut keys = BTreeSet::new();
    for row in rows.records() {
        let row = row.unwrap();
        assert!(keys.insert(row[key].to_owned()), "{row:?}");
        assert!(["public table", "computed", "definition"].contains(&&row[evidence]), "{row:?}");
        assert!(!row[source].is_empty(), "{row:?}");
    }
    assert_eq!(keys.len(), 9);
}

#[test]
fn a_table_that_lacks_something_is_refused() {
    let without =
        |key: &str| APPLIANCES.lines().filter(|line| !line.starts_with(key)).collect::<Vec<_>>().join("\n");
    for key in ["led_lamp", "hair_dryer", "laptop", "boiled_water"] {
        let line = APPLIANCES.lines().find(|line| line.starts_with(key)).unwrap();
        assert!(read(&without(key)).is_err(), "{key} is missing");
        assert!(read(&format!("{APPLIANCES}{line}\n")).is_err(), "{key} stands twice");
    }
    for (right, wrong) in
        [(",1500,W", ",1500,kW"), (",1500,W", ",-1,W"), (",110,Wh", ",0,Wh"), (",110,", ",x,")]
    {
        assert!(APPLIANCES.contains(right));
        assert!(read(&APPLIANCES.replace(right, wrong)).is_err(), "{wrong}");
    }
}

#[test]
fn the_example_of_the_method_comes_out_as_written() {
    assert_eq!(of_wh("2", None), "0.002 kWh = 4.8 s hair_dryer");
}

#[test]
fn each_size_has_a_unit_that_can_be_read() {
    for (joules, expected) in [
        ("0.001", "1 mJ = 0.12 ms led_lamp"),
        ("0.5", "500 mJ = 59 ms led_lamp"),
        ("0.849999", "850 mJ = 100 ms led_lamp"),
        ("0.85", "850 mJ = 0.1 s led_lamp"),
        ("8.3", "0.0023 Wh = 1 s led_lamp"),
        ("374.999999", "0.1 Wh = 44 s led_lamp"),
        ("375", "0.1 Wh = 0.2 s hair_dryer"),
        ("864", "0.24 Wh = 0.6 s hair_dryer"),
        ("1425", "0.4 Wh = 1 s hair_dryer"),
    ] {
        let wh = equivalent(EnergyTotal::parse_joules(joules).unwrap(), None).unwrap();
        let told = format!(
            "{} {} = {} {} {}",
            wh.energy,
            wh.energy_unit.as_str(),
            wh.quantity,
            wh.yardstick.unit(),
            wh.yardstick.key()
        );
        assert_eq!(told, expected, "{joules} J");
    }
    for (wh, expected) in [
        ("10", "0.01 kWh = 24 s hair_dryer"),
        ("60", "0.06 kWh = 2.4 min hair_dryer"),
        ("100", "0.1 kWh = 2 h laptop"),
        ("1199", "1.2 kWh = 24 h laptop"),
        ("1200", "1.2 kWh = 11 litre boiled_water"),
        ("999999", "1000 kWh = 9100 litre boiled_water"),
        ("1000000", "1 MWh = 13 lamp_year led_lamp"),
        ("2300000000", "2.3 GWh = 31000 lamp_year led_lamp"),
        ("1000000000000", "1 TWh = 13000000 lamp_year led_lamp"),
    ] {
        assert_eq!(of_wh(wh, None), expected, "{wh} Wh");
    }
}

#[test]
fn a_household_counts_where_one_is_declared_and_from_the_use_of_a_day() {
    let household = household();
    for (wh, expected) in [
        ("9589", "9.6 kWh = 87 litre boiled_water"),
        ("9590", "9.6 kWh = 1 household_day household"),
        ("3499999", "3.5 MWh = 360 household_day household"),
        ("3500000", "3.5 MWh = 1 household_year household"),
        ("11200000000", "11 GWh = 3200 household_year household"),
        ("1000000000000", "1 TWh = 290000 household_year household"),
    ] {
        assert_eq!(of_wh(wh, Some(&household)), expected, "{wh} Wh");
    }
    let found = equivalent(EnergyTotal::parse_kwh("7000").unwrap(), Some(&household)).unwrap();
    assert_eq!(found.source, "Statistics");
}

#[test]
fn what_is_too_little_or_too_much_has_no_equivalent() {
    for microjoules in [i128::MIN, -1, 0, LEAST - 1, MOST + 1, i128::MAX] {
        assert_eq!(equivalent(EnergyTotal::from_microjoules(microjoules), None), None, "{microjoules}");
        assert_eq!(equivalent(EnergyTotal::from_microjoules(microjoules), Some(&household())), None);
    }
    for microjoules in [LEAST, MOST] {
        assert!(equivalent(EnergyTotal::from_microjoules(microjoules), None).is_some());
    }
}

#[test]
fn ties_go_to_the_even_figure_and_nothing_is_rounded_twice() {
    for (numerator, denominator, expected) in [
        (485, 100, "4.8"),
        (4_850_000_000_000_001, 1_000_000_000_000_000, "4.9"),
        (995, 10, "100"),
        (994, 10, "99"),
        (9_960, 1_000, "10"),
        (12_500, 1, "12000"),
        (1, 3, "0.33"),
    ] {
        assert_eq!(two_figures(numerator, denominator).unwrap().to_string(), expected);
    }
}

/// The energy of one of what is counted, in µJ; a day of a household is a part of its year.
fn energy_of_one(yardstick: Yardstick) -> (i128, i128) {
    match yardstick {
        Yardstick::Running { power, unit, .. } => {
            let milliseconds = match unit {
                TimeUnit::Millisecond => 1,
                TimeUnit::Second => 1_000,
                TimeUnit::Minute => 60_000,
                TimeUnit::Hour => 3_600_000,
            };
            (i128::from(power.milliwatts()) * milliseconds, 1)
        }
        Yardstick::LitresBoiled { per_litre } => (per_litre.microjoules(), 1),
        Yardstick::LampYears { power } => (i128::from(power.milliwatts()) * 365 * 86_400_000, 1),
        Yardstick::HouseholdDays { per_year } => (per_year.microjoules(), 365),
        Yardstick::HouseholdYears { per_year } => (per_year.microjoules(), 1),
    }
}

/// The least and the most that may be printed of a unit.
fn readable(unit: &str) -> (&'static str, &'static str) {
    match unit {
        "ms" => ("0.11", "100"),
        "s" => ("0.1", "60"),
        "min" => ("1", "4"),
        "h" => ("2", "24"),
        "litre" => ("11", "9100"),
        "lamp_year" => ("13", "13000000"),
        "household_day" => ("1", "360"),
        _ => ("1", "2000000"),
    }
}

proptest! {
    /// Energies of every size are as likely as each other.
    #[test]
    fn what_is_printed_is_true_at_every_size(
        digits in 1_000_000i128..10_000_000, power in 0u32..19, household_kwh in proptest::option::of(500i64..=50_000),
    ) {
        let microjoules = (digits * 10i128.pow(power) / 1_000).clamp(LEAST, MOST);
        let household = household_kwh.map(|kwh| {
            Household::new(EnergyVolume::from_watt_hours(kwh * 1_000).unwrap(), "Statistics").unwrap()
        });
        let found = equivalent(EnergyTotal::from_microjoules(microjoules), household.as_ref()).unwrap();
        let (one, parts) = energy_of_one(found.yardstick);
        // Compared as quantity × one against energy × parts, both times 10 to the decimals.
        let scale = I256::from(10i128.pow(found.quantity.decimals()));
        let printed = I256::from(found.quantity.mantissa()) * I256::from(one);
        let exact = I256::from(microjoules) * I256::from(parts) * scale;
        let error = (printed - exact).abs();
        if found.yardstick.unit() == "s" && microjoules < one {
            prop_assert!(error * 20 <= I256::from(one) * scale, "more than 0.05 s off: {found:?}");
        } else {
            prop_assert!(error * 20 <= exact, "more than 5 % off: {found:?}");
        }
        let value = found.quantity.to_scaled(6).unwrap();
        let (least, most) = readable(found.yardstick.unit());
        let bound = |text: &str| Decimal::parse(text).unwrap().to_scaled(6).unwrap();
        prop_assert!(bound(least) <= value && value <= bound(most), "{found:?}");
        prop_assert!(!found.source.is_empty());
    }

    #[test]
    fn the_energy_beside_it_is_the_energy(digits in 1_000_000i128..10_000_000, power in 0u32..19) {
        let microjoules = (digits * 10i128.pow(power) / 1_000).clamp(LEAST, MOST);
        let (value, unit) = shown(microjoules).unwrap();
        let one = match unit {
            EnergyUnit::Millijoule => 1_000,
            EnergyUnit::Joule => 1_000_000,
            EnergyUnit::WattHour => WH,
            EnergyUnit::KilowattHour => 1_000 * WH,
            EnergyUnit::MegawattHour => 1_000_000 * WH,
            EnergyUnit::GigawattHour => 1_000_000_000 * WH,
            EnergyUnit::TerawattHour => 1_000_000_000_000 * WH,
        };
        let scale = 10i128.pow(value.decimals());
        prop_assert!((value.mantissa() * one - microjoules * scale).abs() * 20 <= microjoules * scale);
        prop_assert!(value.to_scaled(6).unwrap() >= 1_000 && value.to_scaled(6).unwrap() <= 1_000_000_000);
    }
}
