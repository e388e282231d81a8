use super::*;
use crate::domain::group::Group;
use crate::domain::ids::{ServiceId, SiteId};
use crate::domain::period::Days;
use crate::domain::terms::{CountedFrom, TaskType};
use crate::domain::totals::TaskCounts;
use crate::units::{Power, TokenEnergy};

fn model() -> ModelId {
    ModelId::from_db(1)
}

fn hour(terms: EnergyTerms, accelerator: &str) -> UnmeasuredHour {
    UnmeasuredHour {
        group: Group {
            service: ServiceId::from_db(1),
            model: model(),
            site: SiteId::from_db(1),
            task_type: TaskType::Chat,
            terms,
            place: None,
            counted_from: CountedFrom::Records,
        },
        accelerator: accelerator.to_owned(),
        hour: "2025-10-01T12:00:00Z".parse().unwrap(),
        tasks: TaskCounts { completed: 2, failed: 0, cancelled: 0 },
        input_tokens: 1_000,
        output_tokens: 300,
        accelerator_us: 7_000_000,
    }
}

fn told(revision: i32, hardware: &str, output_j: &str) -> Telling<Coefficient> {
    Telling {
        what: Coefficient {
            valid: Days::new("2025-01-01".parse().unwrap(), "2026-01-01".parse().unwrap()).unwrap(),
            output_token: Some(TokenEnergy::parse_joules(output_j).unwrap()),
            input_token: None,
            accelerator_power: None,
            boundary: Boundary::Server,
            hardware: hardware.to_owned(),
            batch_size: None,
            precision_bits: None,
            source: "A bench".to_owned(),
            licence: "CC0-1.0".to_owned(),
            published_on: None,
        },
        revision,
        recorded_at: "2025-11-01T00:00:00Z".parse().unwrap(),
    }
}

fn with(tellings: Vec<Telling<Coefficient>>) -> Coefficients {
    Coefficients { told: HashMap::from([(model(), tellings)]), parameters: HashMap::new() }
}

fn seven_billion() -> Parameters {
    Parameters {
        total: 7_300_000_000,
        active: 7_300_000_000,
        batch_size: None,
        precision_bits: None,
        accelerators: None,
    }
}

fn uj(hour: &UnmeasuredHour, coefficients: &Coefficients) -> i128 {
    estimate(std::slice::from_ref(hour), coefficients).unwrap()[0].total.energy.microjoules()
}

fn why(hour: &UnmeasuredHour, coefficients: &Coefficients) -> NoEstimate {
    let unsupported = estimate(std::slice::from_ref(hour), coefficients).unwrap_err();
    unsupported.into_keys().next().unwrap().1
}

#[test]
fn tokens_are_multiplied_by_the_energy_of_a_token() {
    let mut telling = told(1, "H100", "0.5");
    telling.what.input_token = Some(TokenEnergy::parse_joules("0.01").unwrap());
    let tokens = hour(EnergyTerms::FromTokens, "");
    // 300 · 0.5 J + 1,000 · 0.01 J.
    assert_eq!(uj(&tokens, &with(vec![telling])), 160_000_000);
    let estimates = estimate(&[tokens], &with(vec![told(1, "H100", "0.5")])).unwrap();
    let estimate = &estimates[0];
    assert_eq!(estimate.total.group.terms, EnergyTerms::Stated(Boundary::Server, Evidence::Modelled));
    assert_eq!((estimate.error, estimate.total.tasks_without_histogram), (EnergyError::Coefficient, 2));
}

#[test]
fn the_latest_telling_of_one_way_of_running_counts() {
    let tokens = hour(EnergyTerms::FromTokens, "");
    let (earlier, later) = (told(1, "H100", "0.5"), told(2, "H100", "0.4"));
    assert_eq!(uj(&tokens, &with(vec![later.clone(), earlier.clone()])), 120_000_000);
    assert_eq!(uj(&tokens, &with(vec![earlier, later])), 120_000_000);
}

#[test]
fn a_coefficient_holds_from_its_first_day_to_the_day_before_its_end() {
    let tokens = hour(EnergyTerms::FromTokens, "");
    let of = |from: &str, to: &str| {
        let mut telling = told(1, "H100", "0.5");
        telling.what.valid = Days::new(from.parse().unwrap(), to.parse().unwrap()).unwrap();
        estimate(std::slice::from_ref(&tokens), &with(vec![telling])).is_ok()
    };
    assert!(of("2025-10-01", "2025-10-02"));
    assert!(!of("2025-09-01", "2025-10-01"));
    assert!(!of("2025-10-02", "2025-11-01"));
}

#[test]
fn nanojoules_become_microjoules_half_to_even() {
    for (nanojoules, microjoules) in [
        (0, 0),
        (499, 0),
        (500, 0),
        (501, 1),
        (1_000, 1),
        (1_499, 1),
        (1_500, 2),
        (2_500, 2),
        (2_501, 3),
        (3_500, 4),
    ] {
        assert_eq!(half_even(nanojoules, 1_000), microjoules, "{nanojoules} nJ");
    }
    // 3 tokens of 0.5 µJ.
    let three = UnmeasuredHour { output_tokens: 3, ..hour(EnergyTerms::FromTokens, "") };
    assert_eq!(uj(&three, &with(vec![told(1, "H100", "0.0000005")])), 2);
}

#[test]
fn energy_of_tokens_is_that_of_tasks_that_state_tokens() {
    let mut telling = told(1, "H100", "0.5");
    telling.what.accelerator_power = Power::from_milliwatts(600_000);
    let of = |output_tokens| {
        let time = UnmeasuredHour { output_tokens, ..hour(EnergyTerms::FromTime, "") };
        estimate(&[time], &with(vec![telling.clone()])).unwrap()[0].total.output_tokens_energy.microjoules()
    };
    assert_eq!((of(0), of(1)), (0, 4_200_000_000));
}

#[test]
fn of_several_ways_the_accelerator_of_the_records_decides_or_nothing_does() {
    let coefficients = with(vec![told(1, "H100", "0.4"), told(2, "A100", "0.8")]);
    assert_eq!(uj(&hour(EnergyTerms::FromTokens, "a100"), &coefficients), 240_000_000);
    let several = NoEstimate::Several { hardware: vec!["A100".to_owned(), "H100".to_owned()] };
    assert_eq!(why(&hour(EnergyTerms::FromTokens, "TPU"), &coefficients), several);
}

#[test]
fn time_is_multiplied_by_the_power_of_an_accelerator() {
    let mut telling = told(1, "H100", "0.5");
    telling.what.accelerator_power = Power::from_milliwatts(600_000);
    telling.what.output_token = None;
    let time = hour(EnergyTerms::FromTime, "");
    // 7 s · 600 W.
    assert_eq!(uj(&time, &with(vec![telling])), 4_200_000_000);
    // A coefficient of tokens says nothing of time.
    assert_eq!(why(&time, &with(vec![told(1, "H100", "0.5")])), NoEstimate::Nothing);
}

#[test]
fn without_a_coefficient_the_parameters_are_taken_and_without_both_nothing_is_estimated() {
    let tokens = hour(EnergyTerms::FromTokens, "");
    assert_eq!(why(&tokens, &Coefficients::default()), NoEstimate::Nothing);
    let mut late = told(1, "H100", "0.5");
    late.what.valid = Days::new("2025-10-02".parse().unwrap(), "2026-01-01".parse().unwrap()).unwrap();
    assert_eq!(why(&tokens, &with(vec![late])), NoEstimate::Nothing);
    let formula =
        Coefficients { told: HashMap::new(), parameters: HashMap::from([(model(), seven_billion())]) };
    let estimates = estimate(&[tokens], &formula).unwrap();
    assert_eq!(estimates[0].error, EnergyError::Defaults);
    assert_eq!(estimates[0].total.group.terms, EnergyTerms::Stated(Boundary::It, Evidence::Declared));
    assert_eq!(estimates[0].by, EstimatedBy::Formula { model: model() });
    assert!(estimates[0].total.energy.microjoules() > 0);
}

#[test]
fn an_estimate_from_parameters_is_surer_where_batch_and_accelerators_are_declared_and_less_on_other_hardware()
{
    let error = |parameters: Parameters, accelerator: &str| {
        let coefficients =
            Coefficients { told: HashMap::new(), parameters: HashMap::from([(model(), parameters)]) };
        estimate(&[hour(EnergyTerms::FromTokens, accelerator)], &coefficients).unwrap()[0].error
    };
    let silent = seven_billion();
    let declared = Parameters { batch_size: Some(32), accelerators: Some(1), ..silent };
    for accelerator in ["", "H100", "NVIDIA H100 SXM", "nvidia-h100-80gb"] {
        assert_eq!(error(silent, accelerator), EnergyError::Defaults, "{accelerator}");
        assert_eq!(error(declared, accelerator), EnergyError::Formula, "{accelerator}");
    }
    assert_eq!(error(Parameters { accelerators: None, ..declared }, ""), EnergyError::Defaults);
    assert_eq!(error(Parameters { batch_size: None, ..declared }, ""), EnergyError::Defaults);
    for parameters in [silent, declared] {
        assert_eq!(error(parameters, "A100"), EnergyError::Outside);
    }
    assert_eq!(error(Parameters { batch_size: Some(513), ..declared }, "H100"), EnergyError::Outside);
    assert_eq!(error(Parameters { total: 200_000_000_001, ..declared }, "H100"), EnergyError::Outside);
}
