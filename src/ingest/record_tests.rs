use super::*;
use crate::domain::names::Slug;
use crate::domain::record::KeySpace;
use crate::domain::terms::Evidence;
use crate::ingest::json::read_text;
use crate::ingest::{Parsed, RECORDS};

const GOOD: &str = r#"{"id":"r-1","service":"chat","model":"m-1","task_type":"chat","site":"s-1",
    "started_at":"2025-10-01T12:34:56.1234567+02:00","duration_ms":"1500.5","outcome":"completed",
    "boundary":"server","evidence":"counter","energy_wh":0.25,"energy_low_wh":0.2,"energy_high_j":1000,
    "input_tokens":100,"cached_tokens":40,"output_tokens":"50","reasoning_tokens":null,
    "steps":[{"kind":"retrieval","energy_j":90},{"kind":"generation","energy_j":800}]}"#;

fn read(text: &str) -> Parsed<Record> {
    let context = Context {
        keys: KeySpace::of(&Slug::parse("acme").unwrap()),
        now: "2026-01-01T00:00:00Z".parse().unwrap(),
    };
    read_text(text, At { root: "", index: 7 }, &RECORDS, &context)
}

/// The good record with one fragment replaced: the faults it then has.
fn faults(from: &str, to: &str) -> Vec<(String, ProblemCode)> {
    assert!(GOOD.contains(from), "{from} is not part of the record");
    let faults = read(&GOOD.replacen(from, to, 1)).expect_err(to);
    faults.into_iter().map(|fault| (fault.pointer, fault.code)).collect()
}

fn one(from: &str, to: &str) -> (String, ProblemCode) {
    let faults = faults(from, to);
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults.into_iter().next().unwrap()
}

#[test]
fn a_good_record_is_read_exactly() {
    let draft = read(GOOD).unwrap();
    let record = draft.item;
    assert_eq!(record.energy.map(Energy::microjoules), Some(900_000_000));
    assert_eq!(record.started_at.to_rfc3339(), "2025-10-01T10:34:56.123456+00:00");
    assert_eq!(record.duration.unwrap().microseconds(), 1_500_500);
    let (low, high) = record.energy_interval.unwrap();
    assert_eq!((low.microjoules(), high.microjoules()), (720_000_000, 1_000_000_000));
    assert_eq!(record.tokens.output, Some(50));
    assert_eq!(record.tokens.reasoning, None);
    assert_eq!(record.steps.len(), 2);
    assert_eq!(draft.names.terms.words(), ("server", "counter"));
}

#[test]
fn every_required_field_is_missed_by_name() {
    let faults = read("{}").unwrap_err();
    let pointers: Vec<&str> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
    for field in ["id", "service", "model", "site", "task_type", "started_at", "outcome"] {
        assert!(pointers.contains(&format!("/7/{field}").as_str()), "{field}: {pointers:?}");
    }
    assert!(faults.iter().any(|fault| fault.code == ProblemCode::EnergyMissing && fault.pointer == "/7"));
}

#[test]
fn all_faults_of_a_record_are_reported_together() {
    let text = GOOD.replacen("\"r-1\"", "7", 1).replacen("0.25", "-1", 1).replacen("\"chat\"", "\"Chat\"", 2);
    let codes: Vec<_> =
        read(&text).unwrap_err().into_iter().map(|fault| (fault.pointer, fault.code)).collect();
    assert_eq!(
        codes,
        [
            ("/7/id".to_owned(), ProblemCode::WrongType),
            ("/7/energy_wh".to_owned(), ProblemCode::OutOfRange),
            ("/7/service".to_owned(), ProblemCode::InvalidName),
            ("/7/task_type".to_owned(), ProblemCode::UnknownWord),
        ]
    );
}

#[test]
fn unknown_and_repeated_fields_are_refused_by_name() {
    assert_eq!(
        one("\"outcome\"", "\"prompt\":\"x\",\"outcome\""),
        ("/7/prompt".into(), ProblemCode::UnknownField)
    );
    assert_eq!(one("\"outcome\"", "\"a/b\":1,\"outcome\""), ("/7/a~1b".into(), ProblemCode::UnknownField));
    assert_eq!(
        one("\"outcome\"", "\"id\":\"r-1\",\"outcome\""),
        ("/7/id".into(), ProblemCode::DuplicateField)
    );
}

#[test]
fn energy_slips_are_told_apart() {
    for (to, code) in [
        ("-0.25", ProblemCode::OutOfRange),
        ("1e400", ProblemCode::OutOfRange),
        ("\"NaN\"", ProblemCode::NotANumber),
        ("true", ProblemCode::WrongType),
        ("0.12345678987654321", ProblemCode::TooManyDecimals),
        ("1e12", ProblemCode::OutOfRange),
    ] {
        assert_eq!(one("0.25", to), ("/7/energy_wh".into(), code), "{to}");
    }
    let twice = one("\"energy_wh\":0.25", "\"energy_wh\":0.25,\"energy_j\":900");
    assert_eq!(twice, ("/7/energy_j".into(), ProblemCode::EnergyTwice));
}

#[test]
fn zero_energy_is_taken_with_its_evidence() {
    let steps_at = GOOD.find("\"steps\"").unwrap();
    let text =
        format!("{}\"steps\":[]}}", &GOOD[..steps_at]).replacen("0.25", "0", 1).replacen("0.2,", "0,", 1);
    assert_eq!(read(&text).unwrap().item.energy, Some(Energy::ZERO));
}

#[test]
fn an_interval_has_two_ends_around_the_energy() {
    assert_eq!(one("\"energy_low_wh\":0.2,", ""), ("/7".into(), ProblemCode::IntervalIncomplete));
    assert_eq!(one("0.2,", "0.26,"), ("/7".into(), ProblemCode::IntervalDisordered));
    assert_eq!(one("1000,", "899.999999,"), ("/7".into(), ProblemCode::IntervalDisordered));
}

#[test]
fn times_need_a_zone_and_a_sane_date() {
    let time = "2025-10-01T12:34:56.1234567+02:00";
    for (to, code) in [
        ("2025-10-01T12:34:56", ProblemCode::TimeWithoutZone),
        ("2025-10-01 12:34:56.123", ProblemCode::TimeWithoutZone),
        ("9999-12-31T23:59:59Z", ProblemCode::TimeInFuture),
        ("2026-01-01T00:06:00Z", ProblemCode::TimeInFuture),
        ("2019-12-31T23:59:59Z", ProblemCode::TimeTooEarly),
        ("-9999-12-31T23:59:59Z", ProblemCode::TimeInvalid),
        ("2025-02-30T00:00:00Z", ProblemCode::TimeInvalid),
        ("yesterday", ProblemCode::TimeInvalid),
    ] {
        assert_eq!(one(time, to), ("/7/started_at".into(), code), "{to}");
    }
}

#[test]
fn subsets_of_tokens_cannot_exceed_their_whole() {
    assert_eq!(
        one("\"cached_tokens\":40", "\"cached_tokens\":101"),
        ("/7/cached_tokens".into(), ProblemCode::SubsetExceedsWhole)
    );
    assert_eq!(
        one("\"reasoning_tokens\":null", "\"reasoning_tokens\":51"),
        ("/7/reasoning_tokens".into(), ProblemCode::SubsetExceedsWhole)
    );
    assert_eq!(
        one("\"input_tokens\":100,", ""),
        ("/7/cached_tokens".into(), ProblemCode::SubsetExceedsWhole)
    );
    assert_eq!(
        one("\"input_tokens\":100", "\"input_tokens\":-1"),
        ("/7/input_tokens".into(), ProblemCode::OutOfRange)
    );
    assert_eq!(one("\"50\"", "1.5"), ("/7/output_tokens".into(), ProblemCode::TooManyDecimals));
}

#[test]
fn steps_explain_the_task_and_no_more() {
    assert_eq!(
        one("\"energy_j\":800", "\"energy_j\":810.000001"),
        ("/7/steps".into(), ProblemCode::StepsExceedTask)
    );
    assert!(read(&GOOD.replacen("\"energy_j\":800", "\"energy_j\":810", 1)).is_ok());
    assert_eq!(one("\"retrieval\"", "\"search\""), ("/7/steps/0/kind".into(), ProblemCode::UnknownWord));
    assert_eq!(
        one("\"kind\":\"generation\",", "\"kind\":\"generation\",\"text\":\"x\","),
        ("/7/steps/1/text".into(), ProblemCode::UnknownField)
    );
    assert_eq!(
        one("\"kind\":\"generation\",", "\"kind\":\"generation\",\"retry\":1,"),
        ("/7/steps/1/retry".into(), ProblemCode::WrongType)
    );
    assert_eq!(
        one("{\"kind\":\"retrieval\",\"energy_j\":90}", "3"),
        ("/7/steps/0".into(), ProblemCode::NotAnObject)
    );
}

#[test]
fn a_step_is_a_retry_where_it_says_so() {
    for (retry, expected) in [("true", true), ("false", false), ("null", false)] {
        let text = GOOD.replacen(
            "\"kind\":\"generation\",",
            &format!("\"kind\":\"generation\",\"retry\":{retry},"),
            1,
        );
        let retries: Vec<bool> = read(&text).unwrap().item.steps.iter().map(|step| step.is_retry).collect();
        assert_eq!(retries, [false, expected], "{retry}");
    }
}

#[test]
fn a_huge_id_is_refused_without_repeating_it() {
    let faults = read(&GOOD.replacen("r-1", &"x".repeat(10_000_000), 1)).unwrap_err();
    assert_eq!(faults[0].code, ProblemCode::InvalidId);
    assert!(faults[0].detail.len() < 200);
}

#[test]
fn what_is_no_object_says_so() {
    assert_eq!(read("[1]").unwrap_err()[0].code, ProblemCode::NotAnObject);
    assert_eq!(read("{\"id\":").unwrap_err()[0].code, ProblemCode::InvalidJson);
    assert_eq!(read("NaN").unwrap_err()[0].code, ProblemCode::InvalidJson);
}

#[test]
fn a_leap_second_is_refused_because_the_database_would_move_it() {
    let time = "2025-10-01T12:34:56.1234567+02:00";
    for leap in ["2025-10-01T12:34:60Z", "2016-12-31T23:59:60Z"] {
        assert_eq!(one(time, leap), ("/7/started_at".into(), ProblemCode::TimeInvalid), "{leap}");
    }
}

#[test]
fn a_null_whole_is_a_missing_whole() {
    let fault = one("\"input_tokens\":100", "\"input_tokens\":null");
    assert_eq!(fault, ("/7/cached_tokens".into(), ProblemCode::SubsetExceedsWhole));
}

#[test]
fn a_flood_of_unknown_fields_costs_no_more_than_its_reading() {
    let flood: Vec<String> = (0..200_000).map(|number| format!("\"x{number}\":0")).collect();
    let faults = read(&format!("{{{}}}", flood.join(","))).unwrap_err();
    assert!(faults.len() < 100, "{}", faults.len());
    assert!(faults.iter().any(|fault| fault.detail.contains("199960 unknown or repeated fields more")));
}

#[test]
fn a_long_name_is_not_repeated_in_full() {
    let name = "n".repeat(1_000_000);
    let faults = faults("\"outcome\"", &format!("\"{name}\":1,\"{name}\":2,\"outcome\""));
    assert_eq!(faults.len(), 2);
    assert!(faults.iter().all(|(pointer, _)| pointer.len() < 60));
}

/// The good record without energy, boundary and evidence, and what an energy needs.
fn without_energy() -> serde_json::Value {
    let mut record: serde_json::Value = serde_json::from_str(GOOD).unwrap();
    let fields = record.as_object_mut().unwrap();
    fields.retain(|name, _| {
        !name.starts_with("energy") && !["boundary", "evidence", "steps"].contains(&name.as_str())
    });
    record
}

/// The same with these amounts alone.
fn supported_by(input_tokens: i64, output_tokens: i64, accelerator_seconds: i64) -> serde_json::Value {
    let mut record = without_energy();
    let fields = record.as_object_mut().unwrap();
    fields.retain(|name, _| !name.ends_with("_tokens") && name != "accelerator_seconds");
    for (field, amount) in [
        ("input_tokens", input_tokens),
        ("output_tokens", output_tokens),
        ("accelerator_seconds", accelerator_seconds),
    ] {
        if amount >= 0 {
            fields.insert(field.to_owned(), amount.into());
        }
    }
    record
}

#[test]
fn a_task_without_energy_is_estimated_from_all_that_it_states_above_zero() {
    use EnergyTerms::{FromInputTokens, FromInputTokensOrTime, FromTime, FromTokens, FromTokensOrTime};
    // Less than 0 is not stated.
    for (input, output, seconds, terms) in [
        (-1, 10, -1, FromTokens),
        (400, 10, 0, FromTokens),
        (-1, 10, 2, FromTokensOrTime),
        (400, -1, -1, FromInputTokens),
        (400, 0, 0, FromInputTokens),
        (400, 0, 2, FromInputTokensOrTime),
        (-1, -1, 2, FromTime),
        (0, 0, 2, FromTime),
    ] {
        let record = supported_by(input, output, seconds);
        let draft = read(&record.to_string()).unwrap();
        assert_eq!((draft.names.terms, draft.item.energy), (terms, None), "{record}");
    }
}

#[test]
fn nothing_is_estimated_from_zero_or_from_nothing() {
    for (input, output, seconds, said) in [
        (-1, -1, -1, "can be estimated from output_tokens, input_tokens or accelerator_seconds alone"),
        (-1, 0, -1, "are 0, which supports no estimate: send exactly one of energy_wh"),
        (0, -1, -1, "output_tokens, input_tokens or accelerator_seconds above 0"),
        (-1, -1, 0, "above 0"),
        (0, 0, 0, "above 0"),
    ] {
        let faults = read(&supported_by(input, output, seconds).to_string()).unwrap_err();
        assert_eq!((faults.len(), faults[0].code), (1, ProblemCode::EnergyMissing), "{faults:?}");
        assert!(faults[0].detail.contains(said), "{faults:?}");
    }
}

#[test]
fn tokens_that_cannot_be_read_are_one_fault() {
    let mut record = supported_by(-1, 0, -1);
    record["input_tokens"] = "many".into();
    let faults = read(&record.to_string()).unwrap_err();
    assert_eq!((faults.len(), faults[0].code), (1, ProblemCode::NotANumber), "{faults:?}");
}

#[test]
fn what_is_of_an_energy_needs_one() {
    for (field, value) in [
        ("boundary", serde_json::json!("server")),
        ("evidence", serde_json::json!("metered")),
        ("energy_low_wh", serde_json::json!(1)),
        ("steps", serde_json::json!([{"kind": "tool", "energy_wh": 1}])),
    ] {
        let mut record = without_energy();
        record["output_tokens"] = 10.into();
        record[field] = value;
        let faults = read(&record.to_string()).unwrap_err();
        assert!(faults.iter().any(|fault| fault.code == ProblemCode::EnergyMissing), "{field}: {faults:?}");
    }
}

#[test]
fn energy_of_which_nobody_knows_whether_the_pue_is_inside_is_taken() {
    let text = GOOD.replace("\"boundary\":\"server\"", "\"boundary\":\"it_or_facility\"");
    assert_eq!(read(&text).unwrap().names.terms, EnergyTerms::PueUnknown(Evidence::Counter));
}
