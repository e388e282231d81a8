use super::*;
use crate::domain::period::Days;
use crate::domain::terms::Instrument;
use crate::units::EnergyVolume;
use chrono::NaiveDate;
use proptest::prelude::*;

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn wh(amount: i128) -> ScaledEnergy {
    ScaledEnergy::from_raw(I256::new(amount * 3_600_000_000) * I256::new(1_000_000_000_000_000_000))
}

fn volume(watt_hours: i64) -> EnergyVolume {
    EnergyVolume::from_watt_hours(watt_hours).unwrap()
}

fn claim(zones: &[&str], from: &str, to: &str, volume: ContractVolume) -> Claim {
    let grams = Intensity::parse_grams_per_kwh("10").unwrap();
    Claim {
        contract: Contract {
            key: "ppa".parse().unwrap(),
            instrument: Instrument::PowerPurchaseAgreement,
            zone: zones[0].to_owned(),
            valid: Days::new(date(from), date(to)).unwrap(),
            volume,
            lifecycle: Some(grams),
            direct: None,
            reference: "test".to_owned(),
        },
        revision: 1,
        intensity: grams,
        zones: zones.iter().map(|zone| (*zone).to_owned()).collect(),
    }
}

fn day() -> Period {
    Period::parse("2025-10-01", "2025-10-02").unwrap()
}

/// Watt-hours consumed by zone and hour of the first of October.
fn consumed(amounts: &[(&str, i64, i128)]) -> BTreeMap<Place, ScaledEnergy> {
    let midnight = instant("2025-10-01T00:00:00Z");
    amounts
        .iter()
        .map(|(zone, hour, amount)| (((*zone).to_owned(), midnight + TimeDelta::hours(*hour)), wh(*amount)))
        .collect()
}

fn parts_wh(covered: &BTreeMap<Place, Covered>, zone: &str, hour: i64) -> Vec<(usize, i128)> {
    let place = (zone.to_owned(), instant("2025-10-01T00:00:00Z") + TimeDelta::hours(hour));
    covered[&place].parts.iter().map(|(index, part)| (*index, part / 3_600_000_000)).collect()
}

#[test]
fn a_contract_is_spread_over_its_time_in_proportion_to_what_was_consumed() {
    let claims = [claim(&["DE"], "2025-10-01", "2025-10-02", ContractVolume::Annual(volume(30)))];
    let covered = allocate(&consumed(&[("DE", 0, 40), ("DE", 1, 20), ("FR", 1, 50)]), &claims, day());
    assert_eq!(parts_wh(&covered, "DE", 0), [(0, 20)]);
    assert_eq!(parts_wh(&covered, "DE", 1), [(0, 10)]);
    assert_eq!(parts_wh(&covered, "FR", 1), [], "another zone is not covered");
}

#[test]
fn no_more_is_covered_than_was_consumed() {
    let claims = [
        claim(&["DE"], "2025-10-01", "2025-10-02", ContractVolume::Annual(volume(50))),
        claim(&["DE"], "2025-10-01", "2025-10-02", ContractVolume::Annual(volume(1_000_000))),
    ];
    let covered = allocate(&consumed(&[("DE", 0, 40), ("DE", 1, 20)]), &claims, day());
    let all: i128 =
        [0, 1].iter().flat_map(|hour| parts_wh(&covered, "DE", *hour)).map(|(_, part)| part).sum();
    assert!((58..=60).contains(&all), "{all}: all of it, but for rounding down to a microjoule");
    assert!(covered.values().all(|one| one.rest_uj() >= 0));
}

#[test]
fn a_period_gets_as_much_of_a_contract_as_it_has_of_its_time() {
    // A tenth of ten days.
    let claims = [claim(&["DE"], "2025-09-25", "2025-10-05", ContractVolume::Annual(volume(100)))];
    let covered = allocate(&consumed(&[("DE", 0, 40)]), &claims, day());
    assert_eq!(parts_wh(&covered, "DE", 0), [(0, 10)]);
}

/// Energy of one site and hour by how it is counted.
struct Split {
    contracts: Vec<(usize, ScaledEnergy)>,
    rest: ScaledEnergy,
    rest_part: MarketPart,
    rest_intensity: Intensity,
}

/// Watt-hours at the facility.
fn split_of(hour: HourMarket<'_>, watt_hours: i128) -> Split {
    let factor = FacilityFactor::new(ethnum::I256::new(ScaledEnergy::PER_MICROJOULE));
    let mut contracts = Vec::new();
    let rest =
        hour.split(watt_hours * 3_600_000_000, factor, |index, energy| contracts.push((index, energy)));
    let HourMarket { rest_part, rest_intensity, .. } = hour;
    Split { contracts, rest, rest_part, rest_intensity }
}

#[test]
fn what_is_matched_by_the_hour_stays_in_its_hour_and_comes_first() {
    let mut hours = vec![volume(0); 24];
    hours[0] = volume(100);
    let claims = [
        claim(&["DE"], "2025-10-01", "2025-10-02", ContractVolume::Annual(volume(10))),
        claim(&["DE"], "2025-10-01", "2025-10-02", ContractVolume::Hourly(hours)),
    ];
    let covered = allocate(&consumed(&[("DE", 0, 40), ("DE", 1, 20)]), &claims, day());
    assert_eq!(parts_wh(&covered, "DE", 0), [(1, 40)], "60 Wh of the first hour are not used elsewhere");
    assert_eq!(parts_wh(&covered, "DE", 1), [(0, 10)]);
}

#[test]
fn a_contract_of_a_country_covers_the_bidding_zones_inside_it() {
    let claims = [claim(&["SE", "SE-SE3"], "2025-10-01", "2025-10-02", ContractVolume::Annual(volume(30)))];
    let covered = allocate(&consumed(&[("SE", 0, 30), ("SE-SE3", 0, 30)]), &claims, day());
    assert_eq!(parts_wh(&covered, "SE", 0), [(0, 15)]);
    assert_eq!(parts_wh(&covered, "SE-SE3", 0), [(0, 15)]);
}

#[test]
fn the_rest_is_counted_at_the_residual_mix_or_flagged() {
    let site = SiteId::from_db(1);
    let hour = instant("2025-10-01T00:00:00Z");
    let grams = |text: &str| Intensity::parse_grams_per_kwh(text).unwrap();
    let claims = vec![claim(&["DE"], "2025-10-01", "2025-10-02", ContractVolume::Annual(volume(10)))];
    let covered = allocate(&consumed(&[("DE", 0, 40)]), &claims, day());
    let mut market =
        Market { claims, covered, zones: HashMap::from([(site, "DE".to_owned())]), residual: HashMap::new() };
    // The service is half of the provider's consumption, so it has half of the contract.
    let split = split_of(market.at(site, hour, grams("400")), 20);
    assert_eq!((split.contracts, split.rest), (vec![(0, wh(5))], wh(15)));
    assert_eq!((split.rest_part, split.rest_intensity), (MarketPart::LocationBased, grams("400")));
    market.residual.insert(("DE".to_owned(), hour), grams("600"));
    let split = split_of(market.at(site, hour, grams("400")), 20);
    assert_eq!((split.rest_part, split.rest_intensity), (MarketPart::ResidualMix, grams("600")));
}

#[test]
fn a_contract_covers_its_own_days_alone() {
    let claims = [claim(&["DE"], "2025-10-01", "2025-10-02", ContractVolume::Annual(volume(60)))];
    let three_days = Period::parse("2025-09-30", "2025-10-03").unwrap();
    let covered = allocate(&consumed(&[("DE", -1, 40), ("DE", 0, 40), ("DE", 24, 40)]), &claims, three_days);
    assert_eq!(parts_wh(&covered, "DE", -1), []);
    assert_eq!(parts_wh(&covered, "DE", 0), [(0, 40)]);
    assert_eq!(parts_wh(&covered, "DE", 24), []);
    // A contract that is over when the period begins gives it nothing.
    let earlier = [claim(&["DE"], "2025-09-29", "2025-09-30", ContractVolume::Annual(volume(60)))];
    assert_eq!(parts_wh(&allocate(&consumed(&[("DE", 0, 40)]), &earlier, day()), "DE", 0), []);
}

#[test]
fn where_nothing_was_consumed_or_bought_no_contract_has_a_part() {
    let annual =
        |watt_hours| claim(&["DE"], "2025-10-01", "2025-10-02", ContractVolume::Annual(volume(watt_hours)));
    let covered = allocate(&consumed(&[("DE", 0, 0)]), &[annual(30)], day());
    assert_eq!(parts_wh(&covered, "DE", 0), []);
    let covered =
        allocate(&consumed(&[("DE", 0, 40)]), &[annual(0), annual(30), annual(10), annual(5)], day());
    assert_eq!(parts_wh(&covered, "DE", 0), [(1, 30), (2, 10)], "the last has nothing left to cover");
}

#[test]
fn a_place_is_covered_where_contracts_leave_nothing_of_what_was_consumed() {
    let claims = [claim(&["DE"], "2025-10-01", "2025-10-02", ContractVolume::Annual(volume(40)))];
    let market_of = |amounts: &[(&str, i64, i128)]| Market {
        covered: allocate(&consumed(amounts), &claims, day()),
        ..Market::default()
    };
    let place = ("DE".to_owned(), instant("2025-10-01T00:00:00Z"));
    assert!(market_of(&[("DE", 0, 40)]).is_covered(&place));
    assert!(!market_of(&[("DE", 0, 41)]).is_covered(&place));
    assert!(!market_of(&[("DE", 0, 0)]).is_covered(&place));
    assert!(!market_of(&[("FR", 0, 40)]).is_covered(&place));
}

#[test]
fn a_residual_mix_counts_without_any_contract() {
    let site = SiteId::from_db(1);
    let hour = instant("2025-10-01T00:00:00Z");
    let grams = |text: &str| Intensity::parse_grams_per_kwh(text).unwrap();
    let market = Market {
        zones: HashMap::from([(site, "DE".to_owned())]),
        residual: HashMap::from([(("DE".to_owned(), hour), grams("600"))]),
        ..Market::default()
    };
    assert_eq!((market.zone_of(site), market.zone_of(SiteId::from_db(2))), ("DE".to_owned(), String::new()));
    let split = split_of(market.at(site, hour, grams("400")), 20);
    assert_eq!((split.rest_part, split.rest_intensity), (MarketPart::ResidualMix, grams("600")));
    let elsewhere = split_of(market.at(SiteId::from_db(2), hour, grams("400")), 20);
    assert_eq!((elsewhere.rest_part, elsewhere.rest_intensity), (MarketPart::LocationBased, grams("400")));
}

#[test]
fn where_all_is_covered_the_last_contract_has_what_the_others_were_rounded_by() {
    let site = SiteId::from_db(1);
    let annual =
        |watt_hours| claim(&["DE"], "2025-10-01", "2025-10-02", ContractVolume::Annual(volume(watt_hours)));
    let claims = vec![annual(3), annual(4)];
    let market = Market {
        covered: allocate(&consumed(&[("DE", 0, 7)]), &claims, day()),
        claims,
        zones: HashMap::from([(site, "DE".to_owned())]),
        residual: HashMap::new(),
    };
    let location = Intensity::parse_grams_per_kwh("400").unwrap();
    let split = split_of(market.at(site, instant("2025-10-01T00:00:00Z"), location), 1);
    // 3 and 4 sevenths of 3.6·10²⁷ of the unit, rounded down, leave one unit.
    let raw = |text: &str| ScaledEnergy::from_raw(text.parse().unwrap());
    assert_eq!(
        split.contracts,
        [(0, raw("1542857142857142857142857142")), (1, raw("2057142857142857142857142858"))]
    );
    assert_eq!(split.rest, ScaledEnergy::ZERO);
}

proptest! {
    #[test]
    fn allocation_never_exceeds_volume_or_consumption(
        amounts in prop::collection::vec((0_i64..24, 0_i128..1_000_000), 1..24),
        volumes in prop::collection::vec(0_i64..3_000_000, 1..5),
        hourly in prop::collection::vec(0_i64..1_000_000, 24),
    ) {
        let amounts: Vec<(&str, i64, i128)> = amounts.iter().map(|(hour, amount)| ("DE", *hour, *amount)).collect();
        let consumed = consumed(&amounts);
        let contract = |volume| claim(&["DE"], "2025-10-01", "2025-10-02", volume);
        let mut claims: Vec<Claim> =
            volumes.iter().map(|amount| contract(ContractVolume::Annual(volume(*amount)))).collect();
        claims.push(contract(ContractVolume::Hourly(hourly.iter().map(|amount| volume(*amount)).collect())));
        let covered = allocate(&consumed, &claims, day());
        let mut used = vec![0_i128; claims.len()];
        for one in covered.values() {
            prop_assert!(one.rest_uj() >= 0);
            for (index, part) in &one.parts {
                used[*index] += part;
            }
        }
        for (claim, used) in claims.iter().zip(used) {
            prop_assert!(used <= claim.contract.volume.total().unwrap().microjoules());
        }
    }

    #[test]
    fn the_parts_of_a_split_add_up_to_the_energy(own in 1_i128..1_000_000, all in 1_i128..1_000_000, bought in 0_i64..1_000_000) {
        let site = SiteId::from_db(1);
        let claims = vec![claim(&["DE"], "2025-10-01", "2025-10-02", ContractVolume::Annual(volume(bought)))];
        let covered = allocate(&consumed(&[("DE", 0, all)]), &claims, day());
        let zones = HashMap::from([(site, "DE".to_owned())]);
        let market = Market { claims, covered, zones, residual: HashMap::new() };
        let location = Intensity::parse_grams_per_kwh("400").unwrap();
        let split = split_of(market.at(site, instant("2025-10-01T00:00:00Z"), location), own);
        let parts: ScaledEnergy = split.contracts.iter().map(|(_, part)| *part).sum();
        prop_assert_eq!(parts + split.rest, wh(own));
        prop_assert!(split.rest >= ScaledEnergy::ZERO);
    }
}
