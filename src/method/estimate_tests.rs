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
    Coefficients { told: HashMap::from([(model(), tellings)]), ..Coefficients::default() }
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

fn by_parameters(parameters: Parameters) -> Coefficients {
    Coefficients { parameters: HashMap::from([(model(), parameters)]), ..Coefficients::default() }
}

fn way(hardware: &str, batch_size: Option<i32>, precision_bits: Option<i16>, boundary: Boundary) -> Way {
    Way { hardware: hardware.to_owned(), batch_size, precision_bits, boundary }
}

/// A telling of one way of running the model.
fn told_way(revision: i32, way: Way, output_j: &str) -> Telling<Coefficient> {
    let mut telling = told(revision, &way.hardware, output_j);
    telling.what.batch_size = way.batch_size;
    telling.what.precision_bits = way.precision_bits;
    telling.what.boundary = way.boundary;
    telling
}

/// The same model, registered to run like this.
fn runs(coefficients: &Coefficients, batch_size: Option<i32>, precision_bits: Option<i16>) -> Coefficients {
    let running = HashMap::from([(model(), Running { batch_size, precision_bits })]);
    Coefficients { running, ..coefficients.clone() }
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
    let ways = vec![way("A100", None, None, Boundary::Server), way("H100", None, None, Boundary::Server)];
    assert_eq!(why(&hour(EnergyTerms::FromTokens, "TPU"), &coefficients), NoEstimate::Several { ways });
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
    let formula = by_parameters(seven_billion());
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
        estimate(&[hour(EnergyTerms::FromTokens, accelerator)], &by_parameters(parameters)).unwrap()[0].error
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

#[test]
fn input_tokens_alone_are_multiplied_by_the_energy_of_one_and_by_nothing_else() {
    let input = UnmeasuredHour { output_tokens: 0, ..hour(EnergyTerms::FromInputTokens, "") };
    let mut telling = told(1, "H100", "0.5");
    // A coefficient of output tokens says nothing of tasks that write none, nor do parameters.
    assert_eq!(why(&input, &with(vec![telling.clone()])), NoEstimate::Nothing);
    assert_eq!(why(&input, &by_parameters(seven_billion())), NoEstimate::Nothing);
    telling.what.input_token = Some(TokenEnergy::parse_joules("0.01").unwrap());
    // 1,000 · 0.01 J.
    assert_eq!(uj(&input, &with(vec![telling.clone()])), 10_000_000);
    telling.what.output_token = None;
    let alone = with(vec![telling]);
    assert_eq!(uj(&input, &alone), 10_000_000);
    // And it says nothing of tasks that write: their output would be left out.
    assert_eq!(why(&hour(EnergyTerms::FromTokens, ""), &alone), NoEstimate::Nothing);
}

#[test]
fn tokens_are_taken_before_time_and_time_before_parameters() {
    let mut power = told(1, "H100", "0.5");
    power.what.accelerator_power = Power::from_milliwatts(600_000);
    power.what.output_token = None;
    let mut coefficients = with(vec![power.clone()]);
    coefficients.parameters = HashMap::from([(model(), seven_billion())]);
    for terms in [EnergyTerms::FromTokensOrTime, EnergyTerms::FromInputTokensOrTime, EnergyTerms::FromTime] {
        // 7 s · 600 W.
        let estimates = estimate(&[hour(terms, "")], &coefficients).unwrap();
        assert_eq!(estimates[0].total.energy.microjoules(), 4_200_000_000, "{terms:?}");
        assert_eq!(estimates[0].by, EstimatedBy::Coefficient { model: model(), revision: 1 });
    }
    // Not every task of an hour that is from tokens states its time.
    let formula = estimate(&[hour(EnergyTerms::FromTokens, "")], &coefficients).unwrap();
    assert_eq!(formula[0].by, EstimatedBy::Formula { model: model() });
    let both = with(vec![power, told(2, "A100", "0.5")]);
    assert_eq!(uj(&hour(EnergyTerms::FromTokensOrTime, ""), &both), 150_000_000);
    let formula = by_parameters(seven_billion());
    let estimates = estimate(&[hour(EnergyTerms::FromTokensOrTime, "")], &formula).unwrap();
    assert_eq!(
        (estimates[0].by, estimates[0].by.from()),
        (EstimatedBy::Formula { model: model() }, EstimatedFrom::Formula)
    );
    assert_eq!(why(&hour(EnergyTerms::FromTime, ""), &formula), NoEstimate::Nothing);
}

#[test]
fn what_comes_to_nothing_is_no_estimate() {
    let nothing = UnmeasuredHour {
        input_tokens: 0,
        output_tokens: 0,
        accelerator_us: 0,
        ..hour(EnergyTerms::FromTokens, "")
    };
    assert_eq!(why(&nothing, &with(vec![told(1, "H100", "0.5")])), NoEstimate::Zero);
    assert_eq!(why(&nothing, &by_parameters(seven_billion())), NoEstimate::Zero);
    // 300 nJ and 600 nJ: less and more than half a microjoule.
    let few = |tokens| UnmeasuredHour { output_tokens: tokens, ..hour(EnergyTerms::FromTokens, "") };
    let tiny = with(vec![told(1, "H100", "0.000000001")]);
    assert_eq!(why(&few(300), &tiny), NoEstimate::Zero);
    assert_eq!(uj(&few(600), &tiny), 1);
}

#[test]
fn a_coefficient_of_another_accelerator_than_the_records_name_is_less_sure() {
    let error = |hardware: &str, accelerator: &str| {
        let hour = hour(EnergyTerms::FromTokens, accelerator);
        estimate(&[hour], &with(vec![told(1, hardware, "0.5")])).unwrap()[0].error
    };
    for (hardware, accelerator) in [
        ("H100", ""),
        ("H100", "h100"),
        ("H100", "NVIDIA H100"),
        ("NVIDIA H100 SXM", "nvidia-h100-80gb"),
        ("TPU v5e", "google-tpu-v5e"),
        ("NVIDIA L40", "L40"),
        ("AMD Instinct MI300X", "MI300X"),
        ("NVIDIA", "nvidia"),
    ] {
        assert_eq!(error(hardware, accelerator), EnergyError::Coefficient, "{hardware} and {accelerator}");
    }
    for (hardware, accelerator) in [
        ("H100", "A100"),
        ("L4", "L40"),
        ("MI300A", "MI300X"),
        ("NVIDIA", "NVIDIA H100"),
        ("TPU v5e", "TPU v5p"),
    ] {
        assert_eq!(error(hardware, accelerator), EnergyError::Outside, "{hardware} and {accelerator}");
    }
}

#[test]
fn hardware_is_found_in_whatever_way_the_records_write_it() {
    let sxm = || told(1, "H100 SXM", "0.4");
    let coefficients = with(vec![sxm(), told(2, "H100 PCIe", "0.8"), told(3, "A100", "1.6")]);
    for (accelerator, microjoules) in
        [("h100 sxm", 120_000_000), ("nvidia-h100-sxm-80gb", 120_000_000), ("A100-40GB", 480_000_000)]
    {
        let hour = hour(EnergyTerms::FromTokens, accelerator);
        assert_eq!(uj(&hour, &coefficients), microjoules, "{accelerator}");
    }
    // An H100 of which nobody says which one.
    let ways = ["H100 PCIe", "H100 SXM"].map(|name| way(name, None, None, Boundary::Server)).to_vec();
    assert_eq!(why(&hour(EnergyTerms::FromTokens, "H100"), &coefficients), NoEstimate::Several { ways });
    // The name itself comes before another that holds it.
    let both = with(vec![sxm(), told(2, "H100", "0.8")]);
    assert_eq!(uj(&hour(EnergyTerms::FromTokens, "H100"), &both), 240_000_000);
}

#[test]
fn batch_and_precision_of_the_model_single_a_coefficient_out_or_nothing_does() {
    let server = Boundary::Server;
    let (small, large) = (way("H100", Some(8), Some(16), server), way("H100", Some(64), Some(16), server));
    let quantised = way("H100", Some(64), Some(8), server);
    let told = |ways: &[&Way]| {
        let one =
            |(at, way): (usize, &&Way)| told_way(at as i32 + 1, (*way).clone(), ["0.1", "0.2", "0.3"][at]);
        with(ways.iter().enumerate().map(one).collect())
    };
    let coefficients = told(&[&small, &large, &quantised]);
    let tokens = hour(EnergyTerms::FromTokens, "");
    for (batch_size, precision_bits, microjoules) in [
        (Some(8), None, 30_000_000),
        (Some(64), Some(16), 60_000_000),
        (Some(64), Some(8), 90_000_000),
        (None, Some(8), 90_000_000),
        // No coefficient is of that batch, and the precision still tells.
        (Some(32), Some(8), 90_000_000),
    ] {
        let coefficients = runs(&coefficients, batch_size, precision_bits);
        assert_eq!(uj(&tokens, &coefficients), microjoules, "{batch_size:?} {precision_bits:?}");
    }
    let several = |ways: &[&Way]| {
        let mut ways: Vec<Way> = ways.iter().map(|way| (*way).clone()).collect();
        ways.sort();
        NoEstimate::Several { ways }
    };
    assert_eq!(why(&tokens, &coefficients), several(&[&small, &large, &quantised]));
    assert_eq!(why(&tokens, &runs(&coefficients, Some(64), None)), several(&[&large, &quantised]));
    assert_eq!(why(&tokens, &runs(&coefficients, Some(32), None)), several(&[&small, &large, &quantised]));
    // A coefficient that states none is not of the registered batch.
    let unstated = way("H100", None, Some(16), server);
    assert_eq!(uj(&tokens, &runs(&told(&[&unstated, &large]), Some(64), None)), 60_000_000);
    assert_eq!(why(&tokens, &told(&[&unstated, &large])), several(&[&unstated, &large]));
}

#[test]
fn of_two_boundaries_of_one_way_the_outer_is_taken() {
    let at = |boundary| way("H100", Some(8), None, boundary);
    let coefficients = with(vec![
        told_way(1, at(Boundary::It), "0.3"),
        told_way(2, at(Boundary::Accelerator), "0.1"),
        told_way(3, at(Boundary::Server), "0.2"),
    ]);
    let tokens = hour(EnergyTerms::FromTokens, "");
    let estimates = estimate(std::slice::from_ref(&tokens), &coefficients).unwrap();
    assert_eq!(estimates[0].total.energy.microjoules(), 90_000_000);
    assert_eq!(estimates[0].total.group.terms, EnergyTerms::Stated(Boundary::It, Evidence::Modelled));
    // Which hardware is meant, its boundary does not tell.
    let other = told_way(4, way("B200", Some(8), None, Boundary::Facility), "0.05");
    let all: Vec<_> = coefficients.told[&model()].iter().cloned().chain([other]).collect();
    assert!(matches!(why(&tokens, &with(all)), NoEstimate::Several { ways } if ways.len() == 4));
}

#[test]
fn what_cannot_be_estimated_is_told_with_what_the_tasks_state() {
    let hours = [hour(EnergyTerms::FromTime, ""), hour(EnergyTerms::FromInputTokens, "")];
    let unsupported = estimate(&hours, &Coefficients::default()).unwrap_err();
    let keys: Vec<_> = unsupported.into_keys().collect();
    let lacking = |terms| (model(), NoEstimate::Nothing, terms);
    assert_eq!(keys, [lacking(EnergyTerms::FromInputTokens), lacking(EnergyTerms::FromTime)]);
}
