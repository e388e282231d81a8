//! The main job on real input: both Azure traces of 2023 through the API, and every published figure
//! against an independent computation: a straight loop over the files in exact integers.

use crate::support::{Provider, TestApp, fixture, now};
use chrono::{DateTime, NaiveDateTime, Timelike, Utc};
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use taskwatt::db::factor;
use taskwatt::domain::factor::FactorSet;
use taskwatt::domain::names::Slug;
use taskwatt::domain::terms::{Basis, FactorKind, Perimeter, Resolution, SiteFactorKind};
use taskwatt::intensity::csv_series::{self, Columns, LocalTimes};

/// 1.3127 J per output token.
const UJ_PER_OUTPUT_TOKEN: i128 = 1_312_700;
/// server ÷ accelerator, IT ÷ server, PUE: 1.43 · 1.12 · 1.15, in millionths of each.
const FACILITY_PPM3: i128 = 1_430_000 * 1_120_000 * 1_150_000;
const IT_PPM3: i128 = 1_430_000 * 1_120_000 * 1_000_000;

/// One request of a trace.
struct Request {
    started_at: DateTime<Utc>,
    /// As the file writes it, with seven digits of a second, and Z for UTC.
    text: String,
    context: i64,
    generated: i64,
}

fn read_gz(path: &Path) -> String {
    let mut text = String::new();
    GzDecoder::new(File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text
}

fn read_trace(path: &Path) -> Vec<Request> {
    read_gz(path)
        .lines()
        .skip(1)
        .map(|line| {
            let mut cells = line.trim_end_matches('\r').split(',');
            let time = cells.next().unwrap();
            let naive = NaiveDateTime::parse_from_str(time, "%Y-%m-%d %H:%M:%S%.f").unwrap();
            Request {
                started_at: naive.and_utc(),
                text: format!("{}Z", time.replace(' ', "T")),
                context: cells.next().unwrap().parse().unwrap(),
                generated: cells.next().unwrap().parse().unwrap(),
            }
        })
        .collect()
}

/// Hour → µg/kWh, read by hand.
fn read_intensities(path: &Path) -> HashMap<DateTime<Utc>, i128> {
    let text = read_gz(path);
    let header: Vec<&str> = text.lines().next().unwrap().split(',').collect();
    let column = header.iter().position(|name| *name == "ci_lca").unwrap();
    text.lines()
        .skip(1)
        .map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let (whole, fraction) = cells[column].split_once('.').unwrap_or((cells[column], ""));
            let micrograms = format!("{whole}{fraction:0<6}").parse().unwrap();
            (cells[0].parse().unwrap(), micrograms)
        })
        .collect()
}

async fn post(provider: &Provider<'_>, service: &str, task_type: &str, trace: &[Request]) -> (u64, u64) {
    let (mut accepted, mut duplicates) = (0, 0);
    for (chunk, requests) in trace.chunks(5_000).enumerate() {
        let lines: Vec<String> = requests
            .iter()
            .enumerate()
            .map(|(index, request)| {
                let joules = format!(
                    "{}.{:06}",
                    i128::from(request.generated) * UJ_PER_OUTPUT_TOKEN / 1_000_000,
                    i128::from(request.generated) * UJ_PER_OUTPUT_TOKEN % 1_000_000
                );
                format!(
                    r#"{{"id":"{service}-{}","service":"{service}","model":"m-1","task_type":"{task_type}","site":"s-1","started_at":"{}","outcome":"completed","boundary":"accelerator","evidence":"modelled","energy_j":{joules},"input_tokens":{},"output_tokens":{}}}"#,
                    chunk * 5_000 + index,
                    request.text,
                    request.context,
                    request.generated
                )
            })
            .collect();
        let (status, answer) = provider.post_ndjson(lines.join("\r\n")).await;
        assert_eq!(status, 200, "{answer}");
        accepted += answer["accepted"].as_u64().unwrap();
        duplicates += answer["duplicates"].as_u64().unwrap();
    }
    (accepted, duplicates)
}

/// numerator ÷ denominator with 12 decimals, rounded half to even, as text.
fn decimal(numerator: i128, denominator: i128) -> String {
    // Scaled in two steps, so that i128 holds it.
    let whole = numerator / denominator;
    let mut remainder = numerator % denominator;
    let mut digits = String::new();
    for _ in 0..12 {
        remainder *= 10;
        digits.push(char::from_digit((remainder / denominator) as u32, 10).unwrap());
        remainder %= denominator;
    }
    let mut scaled: i128 = format!("{whole}{digits}").parse().unwrap();
    let twice = remainder * 2;
    if twice > denominator || twice == denominator && scaled % 2 == 1 {
        scaled += 1;
    }
    let text = format!("{scaled:0>13}");
    format!("{}.{}", &text[..text.len() - 12], &text[text.len() - 12..])
}

/// The figures of one trace, from its lines alone.
struct Expected {
    tasks: usize,
    reported_uj: i128,
    facility_wh: String,
    mean_wh: String,
    it_mean_wh: String,
    carbon_g: String,
    carbon_per_task_g: String,
    median_uj: i128,
}

fn expect(trace: &[Request], intensities: &HashMap<DateTime<Utc>, i128>) -> Expected {
    let mut reported_uj = 0;
    let mut weighted = 0;
    let mut energies: Vec<i128> = Vec::new();
    for request in trace {
        let energy = i128::from(request.generated) * UJ_PER_OUTPUT_TOKEN;
        let hour =
            request.started_at.with_minute(0).unwrap().with_second(0).unwrap().with_nanosecond(0).unwrap();
        reported_uj += energy;
        weighted += energy * intensities[&hour];
        energies.push(energy);
    }
    energies.sort_unstable();
    let tasks = trace.len() as i128;
    // Facility factor 1.43 · 1.12 · 1.15 = 1.84184 exactly; 1 Wh = 3.6·10⁹ µJ.
    assert_eq!(FACILITY_PPM3 % 10_i128.pow(13), 0);
    let (facility, it) = (FACILITY_PPM3 / 10_i128.pow(13), IT_PPM3 / 10_i128.pow(13));
    let wh = 3_600_000_000 * 100_000;
    // µg/kWh · µJ ÷ 3.6·10¹² µJ/kWh = µg; ÷ 10⁶ = g.
    let gram = 3_600_000_000_000 * 100_000 * 1_000_000;
    Expected {
        tasks: trace.len(),
        reported_uj,
        facility_wh: decimal(reported_uj * facility, wh),
        mean_wh: decimal(reported_uj * facility, wh * tasks),
        it_mean_wh: decimal(reported_uj * it, wh * tasks),
        carbon_g: decimal(weighted * facility, gram),
        carbon_per_task_g: decimal(weighted * facility, gram * tasks),
        median_uj: energies[trace.len().div_ceil(2) - 1],
    }
}

fn fact<'a>(document: &'a Value, concept: &str, task_type: &str) -> &'a str {
    let facts = document["facts"].as_array().unwrap();
    let found: Vec<&Value> = facts
        .iter()
        .filter(|fact| {
            let is_of_part = ["member", "model", "month"].iter().any(|part| fact.get(part).is_some());
            fact["concept"] == concept && fact["task_type"] == task_type && !is_of_part
        })
        .collect();
    assert_eq!(found.len(), 1, "{concept} of {task_type}");
    found[0]["value"].as_str().unwrap()
}

/// The value of one figure in the CSV.
fn cell(csv: &str, concept: &str, task_type: &str) -> String {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let is_of = |row: &&csv::StringRecord| {
        &row[8] == concept && &row[9] == task_type && row[10].is_empty() && &row[15] == "all"
    };
    let found: Vec<&csv::StringRecord> = rows.iter().filter(is_of).collect();
    assert_eq!(found.len(), 1, "{concept} of {task_type}");
    found[0][12].to_owned()
}

/// A decimal text at so many significant figures, as a person would round it (no ties occur here).
fn significant(text: &str, figures: usize) -> String {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{fraction}");
    let first = digits.find(|digit| digit != '0').unwrap();
    let kept: i128 = digits[first..first + figures].parse().unwrap();
    let next = digits.as_bytes()[first + figures];
    let rounded = if next >= b'5' { kept + 1 } else { kept };
    let decimals = (first + figures).saturating_sub(whole.len());
    assert!(decimals > 0, "{text} is too large for this helper");
    let padded = format!("{rounded:0>width$}", width = decimals + 1);
    format!("{}.{}", &padded[..padded.len() - decimals], &padded[padded.len() - decimals..])
}

async fn check_published(app: &TestApp, path: &str, task_type: &str, expected: &Expected) {
    let document: Value = serde_json::from_str(&app.text(&format!("{path}/disclosure.json")).await).unwrap();
    let csv = app.text(&format!("{path}/disclosure.csv")).await;
    let page = app.text(path).await;
    let exact = [
        ("tasks_completed", expected.tasks.to_string()),
        ("tasks_failed", "0".to_owned()),
        ("energy_reported_total", expected.reported_uj.to_string()),
        ("energy_facility_total", expected.facility_wh.clone()),
        ("energy_per_task_mean", expected.mean_wh.clone()),
        ("energy_per_task_it_mean", expected.it_mean_wh.clone()),
        ("carbon_location_total", expected.carbon_g.clone()),
        ("carbon_location_per_task", expected.carbon_per_task_g.clone()),
    ];
    for (concept, value) in &exact {
        for scope in ["all", task_type] {
            assert_eq!(fact(&document, concept, scope), value, "{concept} in JSON");
            assert_eq!(&cell(&csv, concept, scope), value, "{concept} in CSV");
        }
    }
    // The median is within 1 % of the sorted requests, and the same in every format.
    let median = fact(&document, "energy_per_task_median", "all");
    assert_eq!(cell(&csv, "energy_per_task_median", "all"), median);
    let median_scaled: i128 = median.replace('.', "").parse().unwrap();
    // Wh · 10¹² of the exact median: µJ · 1.84184 · 10¹² ÷ 3.6·10⁹.
    let exact_median = expected.median_uj * 184_184 / 360;
    assert!((median_scaled - exact_median).abs() * 100 <= exact_median, "{median_scaled} {exact_median}");

    let row = page.split("<tfoot>").nth(1).unwrap().split("</tfoot>").next().unwrap();
    for (what, text) in [
        ("mean", significant(&expected.mean_wh, 3)),
        ("IT mean", significant(&expected.it_mean_wh, 3)),
        ("carbon", significant(&expected.carbon_per_task_g, 3)),
        ("median", significant(median, 3)),
    ] {
        assert!(row.contains(&format!(">{text}<")), "{what} {text} is not in the total row: {row}");
    }
    let count = format!("{},{:03}", expected.tasks / 1000, expected.tasks % 1000);
    assert!(row.contains(&format!(">{count}<")), "{count} is not in {row}");
    let headline = format!("{}<span class=\"unit\">", significant(&expected.mean_wh, 2));
    assert!(page.contains(&headline), "{headline} is not the headline");
    assert!(page.contains("The energy is modelled, not measured"));
}

#[tokio::test(flavor = "multi_thread")]
async fn both_azure_traces_are_disclosed_to_the_digit() {
    let (Some(conv), Some(code), Some(grid)) = (
        fixture("usage/AzureLLMInferenceTrace_conv.csv.gz"),
        fixture("usage/AzureLLMInferenceTrace_code.csv.gz"),
        fixture("intensity/electricity_maps_hourly_DE.csv.gz"),
    ) else {
        return;
    };
    let traces = [("conversation", "chat", read_trace(&conv)), ("code", "code", read_trace(&code))];
    assert_eq!(traces.iter().map(|(_, _, trace)| trace.len()).sum::<usize>(), 28_185);

    let app = TestApp::start().await;
    let provider = app.provider("azure-trace").await;
    provider.declare("s-1", SiteFactorKind::Pue, "1.15", "2023-01-01", "2024-01-01").await;
    import_grid(&app, &grid).await;
    for (service, task_type, trace) in &traces {
        provider.service(service).await;
        assert_eq!(post(&provider, service, task_type, trace).await, (trace.len() as u64, 0));
    }
    let totals_before = totals_text(&app).await;
    for (service, task_type, trace) in &traces {
        assert_eq!(post(&provider, service, task_type, trace).await, (0, trace.len() as u64), "sent again");
    }
    assert_eq!(totals_text(&app).await, totals_before, "sending everything twice changes nothing");
    app.assert_totals().await;

    let intensities = read_intensities(&grid);
    for (service, task_type, trace) in &traces {
        let request = json!({
            "service": service, "from": "2023-11-16", "to": "2023-11-17", "perimeter": "consumption",
        });
        let path = provider.publish(&request).await;
        check_published(&app, &path, task_type, &expect(trace, &intensities)).await;
    }
}

async fn import_grid(app: &TestApp, path: &Path) {
    let columns = Columns {
        time: "datetime_utc".to_owned(),
        value: "ci_lca".to_owned(),
        estimated: Some("estimated".to_owned()),
        zone: None,
        local_times: LocalTimes::Refused,
        kind: FactorKind::Average,
        basis: Basis::Lifecycle,
    };
    let series = csv_series::read(GzDecoder::new(File::open(path).unwrap()), "DE", &columns).unwrap();
    assert_eq!(series.values.len(), 3 * 8_760);
    let set = FactorSet {
        key: Slug::parse("electricity-maps-hourly").unwrap(),
        source: "Electricity Maps".to_owned(),
        licence: "ODbL 1.0".to_owned(),
        attribution: "Electricity Maps".to_owned(),
        release: "2021-2023".to_owned(),
        kind: FactorKind::Average,
        basis: Basis::Lifecycle,
        perimeter: Perimeter::Consumption,
        resolution: Resolution::Hour,
    };
    let first = factor::import(&app.pool, &set, &series.values, &[], now(), &|_| ()).await.unwrap();
    assert_eq!((first.written, first.unchanged), (26_280, 0));
    let again = factor::import(&app.pool, &set, &series.values, &[], now(), &|_| ()).await.unwrap();
    assert_eq!((again.written, again.unchanged), (0, 26_280), "an unchanged import makes no revision");
}

/// Every total, as text.
async fn totals_text(app: &TestApp) -> String {
    sqlx::query_scalar(
        "SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
            SELECT total_hour::text FROM total_hour UNION ALL SELECT concat_ws(' ', provider_id, group_id, day, buckets, tasks) FROM histogram_day
            UNION ALL SELECT stage_hour::text FROM stage_hour) AS lines (line)",
    )
    .fetch_one(&app.pool)
    .await
    .unwrap()
}
