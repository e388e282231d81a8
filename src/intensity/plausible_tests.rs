use super::*;

fn reading(zone: &str, from: &str, hours: i64, grams: &str) -> Reading {
    let valid_from: DateTime<Utc> = from.parse().unwrap();
    Reading {
        zone: zone.to_owned(),
        valid_from,
        valid_to: valid_from + chrono::TimeDelta::hours(hours),
        grams_per_kwh: Decimal::parse(grams).unwrap(),
        is_estimated: false,
        estimation_method: None,
    }
}

fn reason_of(grams: &str, basis: Basis, known: &Known) -> Option<(QuarantineReason, String)> {
    let mut judged = judge(
        vec![reading("DE", "2024-06-01T00:00:00Z", 1, grams)],
        FactorKind::Average,
        basis,
        false,
        known,
    );
    assert_eq!(judged.values.len() + judged.quarantined.len(), 1, "nothing is dropped");
    judged.quarantined.pop().map(|one| (one.reason, one.detail))
}

#[test]
fn what_cannot_be_true_is_set_apart_with_the_reason() {
    let known = Known::default();
    for (grams, basis, reason) in [
        ("-0.000001", Basis::Direct, Some(QuarantineReason::Negative)),
        ("-36.4", Basis::Lifecycle, Some(QuarantineReason::Negative)),
        ("0", Basis::Lifecycle, Some(QuarantineReason::ZeroForNoData)),
        ("0.0000004", Basis::Lifecycle, Some(QuarantineReason::ZeroForNoData)),
        ("0", Basis::Direct, None),
        ("2000", Basis::Lifecycle, None),
        ("2000.000001", Basis::Lifecycle, Some(QuarantineReason::Absurd)),
        ("1e30", Basis::Direct, Some(QuarantineReason::Absurd)),
        ("412.345678", Basis::Lifecycle, None),
    ] {
        let found = reason_of(grams, basis, &known).map(|(reason, _)| reason);
        assert_eq!(found, reason, "{grams} {basis:?}");
    }
    let (_, detail) = reason_of("2345.5", Basis::Lifecycle, &known).unwrap();
    assert!(detail.starts_with("2345.5 g/kWh: no grid is known"), "{detail}");
}

#[test]
fn a_life_cycle_is_at_least_what_is_emitted_directly() {
    let hour = "2024-06-01T00:00:00Z".parse().unwrap();
    let direct = Intensity::parse_grams_per_kwh("100").unwrap();
    let known = Known { direct: HashMap::from([(("DE".to_owned(), hour), direct)]), ..Known::default() };
    assert_eq!(reason_of("100", Basis::Lifecycle, &known), None);
    let found = reason_of("99.999999", Basis::Lifecycle, &known).map(|(reason, _)| reason);
    assert_eq!(found, Some(QuarantineReason::BelowDirect));
    assert_eq!(reason_of("99", Basis::Direct, &known), None);
}

#[test]
fn a_year_far_from_its_yearly_value_is_set_apart_whole_and_a_winter_is_not_compared() {
    let annual = Intensity::parse_grams_per_kwh("100").unwrap();
    let known = Known { annual: HashMap::from([(("DE".to_owned(), 2024), annual)]), ..Known::default() };
    let judged = |hours: i64, grams: &str| {
        let readings = vec![
            reading("DE", "2024-01-01T00:00:00Z", hours, grams),
            reading("FR", "2024-01-01T00:00:00Z", hours, grams),
        ];
        let judged = judge(readings, FactorKind::Average, Basis::Lifecycle, false, &known);
        (judged.values.len(), judged.quarantined)
    };
    let year = 366 * 24;
    for grams in ["130", "76.93"] {
        assert_eq!(judged(year, grams).0, 2, "{grams}");
    }
    for grams in ["130.000001", "76.92"] {
        let (values, quarantined) = judged(year, grams);
        assert_eq!((values, quarantined.len()), (1, 1), "{grams}");
        assert_eq!((quarantined[0].zone.as_str(), quarantined[0].values.len()), ("DE", 1));
    }
    assert_eq!(judged(year, "200").1[0].reason, QuarantineReason::FarFromAnnual);
    assert_eq!(judged(90 * 24, "200").0, 2);
    // Yearly values are not compared with themselves.
    let readings = vec![reading("DE", "2024-01-01T00:00:00Z", year, "200")];
    let yearly = judge(readings, FactorKind::Average, Basis::Lifecycle, true, &known);
    assert_eq!(yearly.values.len(), 1);
}

#[test]
fn a_residual_mix_of_zero_is_no_data_on_any_basis() {
    for (grams, basis, reason) in [
        ("0", Basis::Direct, Some(QuarantineReason::ZeroForNoData)),
        ("0.00", Basis::Lifecycle, Some(QuarantineReason::ZeroForNoData)),
        ("0.000001", Basis::Direct, None),
        ("-1", Basis::Direct, Some(QuarantineReason::Negative)),
        ("2000.1", Basis::Direct, Some(QuarantineReason::Absurd)),
    ] {
        let readings = vec![reading("NO", "2024-01-01T00:00:00Z", 8784, grams)];
        let judged = judge(readings, FactorKind::Residual, basis, true, &Known::default());
        assert_eq!(judged.values.len() + judged.quarantined.len(), 1, "nothing is dropped");
        assert_eq!(judged.quarantined.first().map(|one| one.reason), reason, "{grams} {basis:?}");
        if reason == Some(QuarantineReason::ZeroForNoData) {
            assert_eq!(
                judged.quarantined[0].detail,
                "0 g/kWh: sources of residual mixes write zero for no data"
            );
        }
    }
}
