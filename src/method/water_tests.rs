use super::*;
use crate::domain::registry::SiteFactor;
use crate::domain::terms::{Boundary, SiteFactorKind, WaterDefinition};
use crate::method::LayerTable;
use crate::units::{EnergyTotal, Ratio};

fn site(number: i32) -> SiteId {
    SiteId::from_db(number)
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn days(from: &str, to: &str) -> Days {
    Days::new(date(from), date(to)).unwrap()
}

/// Energy of so many kilowatt-hours of IT at a PUE of 1.25.
fn energy(site_number: i32, day: &str, it_kwh: i128, completed: i64) -> SiteDay {
    let pue = SiteFactor {
        site: site(site_number),
        kind: SiteFactorKind::Pue,
        valid_from: "2025-01-01T00:00:00Z".parse().unwrap(),
        valid_to: "2026-01-01T00:00:00Z".parse().unwrap(),
        revision: 1,
        value: Ratio::from_ppm(1_250_000),
    };
    let noon = date(day).and_hms_opt(12, 0, 0).unwrap().and_utc();
    let amount = EnergyTotal::from_microjoules(it_kwh * i128::from(MICROJOULES_PER_KWH));
    let normalised = LayerTable::new(vec![pue]).at(site(site_number), noon).normalise(Boundary::It, amount);
    SiteDay {
        site: site(site_number),
        day: date(day),
        it: Some(normalised.it),
        facility: normalised.facility,
        completed,
    }
}

fn wue(site_number: i32, litres: &str, valid: Days, revision: i32, definition: WueDefinition) -> SiteWue {
    let value = WaterUse::parse_litres_per_kwh(litres).unwrap();
    SiteWue { site: site(site_number), valid, revision, water: SiteWater { value, definition } }
}

fn eu() -> WueDefinition {
    WueDefinition::new(WaterDefinition::Eu20241364, None).unwrap()
}

fn factor(zone: &str, litres: &str, valid: Days, revision: i32) -> Telling<WaterFactor> {
    let what = WaterFactor {
        zone: zone.to_owned(),
        valid,
        value: WaterUse::parse_litres_per_kwh(litres).unwrap(),
        source: "Study".to_owned(),
        licence: "CC-BY-4.0".to_owned(),
    };
    Telling { what, revision, recorded_at: "2026-01-01T00:00:00Z".parse().unwrap() }
}

fn zones() -> HashMap<SiteId, &'static str> {
    HashMap::from([(site(1), "DE"), (site(2), "FR")])
}

fn known(figure: WaterFigure) -> (String, Option<String>, Option<String>, i128) {
    let WaterFigure::Known(known) = figure else { panic!("unknown") };
    let text = |value: Option<Decimal>| value.map(|value| value.to_string());
    (known.litres.to_string(), text(known.litres_per_task), text(known.covered), known.tasks)
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

const YEAR: (&str, &str) = ("2025-01-01", "2026-01-01");

#[test]
fn on_site_takes_the_it_energy_and_indirect_the_facility_energy() {
    let year = days(YEAR.0, YEAR.1);
    let table = WaterTable::new(vec![wue(1, "1.8", year, 1, eu())], vec![factor("DE", "0.000001", year, 1)]);
    // 1,000 kWh of IT · 1.8 L = 1,800 L over 7 tasks; 1,250 kWh of the facility · 1 µL = 1,250 µL.
    let figures = water([energy(1, "2025-10-01", 1_000, 7)], &zones(), &table).unwrap();
    assert_eq!(
        known(figures.on_site),
        ("1800.000000".to_owned(), some("257.142857142857"), some("1.000000"), 7)
    );
    assert_eq!(known(figures.indirect), ("0.001250".to_owned(), some("0.000178571429"), some("1.000000"), 7));
    assert_eq!(figures.definitions, [(eu(), Some(Decimal::new(1_000_000, 6)))]);
    assert_eq!(figures.factors, [factor("DE", "0.000001", year, 1)]);
}

#[test]
fn a_figure_is_made_of_what_is_declared_and_says_of_how_much() {
    let october = days("2025-10-01", "2025-11-01");
    let table = WaterTable::new(vec![wue(1, "2", october, 1, eu())], vec![factor("FR", "3", october, 1)]);
    let facility_only = SiteDay { it: None, ..energy(1, "2025-10-03", 200, 4) };
    let all = [
        energy(1, "2025-10-31", 600, 10),
        // A day after the declaration, another site, and a day whose IT energy is unknown.
        energy(1, "2025-11-01", 100, 20),
        energy(2, "2025-10-02", 100, 40),
        facility_only,
    ];
    let figures = water(all, &zones(), &table).unwrap();
    // 600 kWh · 2 L over the 10 tasks of the same day, of 1,000 kWh in all.
    assert_eq!(
        known(figures.on_site),
        ("1200.000000".to_owned(), some("120.000000000000"), some("0.600000"), 10)
    );
    // 125 kWh of the facility · 3 L over 40 tasks, of 1,250 kWh.
    assert_eq!(
        known(figures.indirect),
        ("375.000000".to_owned(), some("9.375000000000"), some("0.100000"), 40)
    );
}

#[test]
fn nothing_declared_is_unknown_and_a_dry_site_is_zero() {
    let year = days(YEAR.0, YEAR.1);
    let day = [energy(1, "2025-10-01", 1, 1)];
    let figures = water(day, &zones(), &WaterTable::default()).unwrap();
    assert_eq!((figures.on_site, figures.indirect), (WaterFigure::Unknown, WaterFigure::Unknown));
    assert!(figures.definitions.is_empty() && figures.factors.is_empty());
    let dry = WaterTable::new(vec![wue(1, "0", year, 1, eu())], Vec::new());
    let figures = water(day, &zones(), &dry).unwrap();
    assert_eq!(known(figures.on_site), ("0.000000".to_owned(), some("0.000000000000"), some("1.000000"), 1));
    assert_eq!(figures.indirect, WaterFigure::Unknown);
    // Failed tasks alone: litres, and no figure per task.
    let figures = water([energy(1, "2025-10-01", 5, 0)], &zones(), &dry).unwrap();
    assert_eq!(known(figures.on_site).1, None);
}

#[test]
fn the_latest_revision_of_a_day_counts_and_definitions_are_told_with_their_shares() {
    let (year, october) = (days(YEAR.0, YEAR.1), days("2025-10-01", "2025-11-01"));
    let other = WueDefinition::new(WaterDefinition::Other, Some("Handbook".to_owned())).unwrap();
    let table = WaterTable::new(
        vec![wue(1, "1", year, 1, eu()), wue(1, "5", october, 2, other.clone())],
        vec![factor("DE", "1", year, 2), factor("DE", "9", year, 1)],
    );
    let all = [energy(1, "2025-09-30", 300, 1), energy(1, "2025-10-01", 100, 1)];
    let figures = water(all, &zones(), &table).unwrap();
    // 300 · 1 + 100 · 5; 500 kWh of the facility · 1.
    assert_eq!(known(figures.on_site).0, "800.000000");
    assert_eq!(known(figures.indirect).0, "500.000000");
    let share = |ppm| Some(Decimal::new(ppm, 6));
    assert_eq!(figures.definitions, [(eu(), share(750_000)), (other, share(250_000))]);
    assert_eq!(figures.factors, [factor("DE", "1", year, 2)]);
}

#[test]
fn sums_come_first_and_the_division_last() {
    // A third of a microlitre a day: rounded each day, three days would be none.
    let year = days(YEAR.0, YEAR.1);
    let third = |day| {
        let whole = energy(1, day, 1, 1);
        SiteDay { it: whole.it.map(|it| ScaledEnergy::from_raw(it.raw() / ethnum::I256::new(3))), ..whole }
    };
    let table = WaterTable::new(vec![wue(1, "0.000001", year, 1, eu())], Vec::new());
    let figures =
        water([third("2025-10-01"), third("2025-10-02"), third("2025-10-03")], &zones(), &table).unwrap();
    assert_eq!(known(figures.on_site).0, "0.000001");
}
