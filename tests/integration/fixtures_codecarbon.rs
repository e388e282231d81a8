//! Real measurements: 4,170 runs of 1,000 inferences each, measured with CodeCarbon (Luccioni et al., FAccT 2024;
//! `shared/fixtures/SOURCES.md`). Each run is a window of 1,000 tasks, and the mean of every task family is **per
//! inference**.
//!
//! The file tells kWh of 1,000 inferences. The same number is the watt-hours of one inference, which is why one is so
//! easily read as the other: kWh of a run taken for kWh of a task would be 1,000 times too much.

use crate::method::{document, fact};
use crate::support::{Provider, TestApp, answer, counts, fixture, now};
use flate2::read::GzDecoder;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use taskwatt::db::registry::{self, NewModel};
use taskwatt::domain::names::Name;

/// Decimals that every energy of the file is read with; it has at most 22.
const DECIMALS: usize = 22;

/// One run: 1,000 inferences of a model on a data set.
struct Run {
    family: String,
    task_type: &'static str,
    model: String,
    id: String,
    /// The UTC hour in which it ended. Runs of hours are told in their last hour: a window lies within one.
    hour: String,
    site: &'static str,
    inferences: i64,
    /// Of the inferences alone, without loading the model, in kWh · 10²².
    query: i128,
    /// What was measured of the whole run, and its three parts.
    consumed: [i128; 4],
}

/// Digits of a decimal as a whole number of 10⁻²², read by hand.
fn digits(text: &str) -> i128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    assert!(fraction.len() <= DECIMALS, "{text}");
    format!("{whole}{fraction:0<DECIMALS$}").parse().unwrap()
}

/// kWh · 10²² to microjoules, half to even: 1 kWh is 3.6·10¹² µJ.
fn microjoules(kwh: i128) -> i128 {
    let (numerator, denominator) = (kwh * 36, 100_000_000_000);
    let (whole, twice) = (numerator / denominator, 2 * (numerator % denominator));
    whole + i128::from(twice > denominator || (twice == denominator && whole % 2 == 1))
}

/// Our type of a task that the file names by the task of a public model catalogue.
fn task_type(task: &str) -> &'static str {
    match task {
        "text-generation" => "chat",
        "summarization" => "summarisation",
        "question-answering" => "question_answering",
        "text-classification" | "token-classification" => "classification",
        "image-classification" | "object-detection" | "image-to-text" => "image_understanding",
        "text-to-image" => "image_generation",
        "fill-mask" => "other",
        unknown => panic!("{unknown} is no task of the file that this test knows"),
    }
}

fn read(path: &Path) -> Vec<Run> {
    let mut text = String::new();
    GzDecoder::new(File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let rows: Vec<BTreeMap<String, String>> = reader.deserialize().map(Result::unwrap).collect();
    let run = |row: &BTreeMap<String, String>| {
        // `2023-10-06 0:05:27` beside `2023-10-06T00:05:27`; no zone is stated, and UTC is meant by the authors' tool.
        let (day, time) = row["timestamp"].split_once(['T', ' ']).unwrap();
        let hour: u32 = time.split(':').next().unwrap().parse().unwrap();
        Run {
            family: row["task_family"].replace('_', "-"),
            task_type: task_type(&row["hf_task"]),
            model: row["project_name"].clone(),
            id: row["run_id"].clone(),
            hour: format!("{day}T{hour:02}"),
            site: if row["country_iso_code"] == "CAN" { "quebec" } else { "oregon" },
            inferences: row["inferences"].parse().unwrap(),
            query: digits(&row["query_model_kwh"]),
            consumed: ["energy_consumed", "cpu_energy", "gpu_energy", "ram_energy"]
                .map(|name| digits(&row[name])),
        }
    };
    rows.iter().map(run).collect()
}

/// A run as a window. CodeCarbon measures the accelerators and adds processors and memory, and nothing outside of the
/// machine: that is `server`. Processors (42.5 W) and memory (430.8 W) are constants in every run of the file, so that
/// as a whole the energy is modelled and not measured.
fn window(run: &Run) -> Value {
    let uj = microjoules(run.query);
    json!({
        "id": run.id, "service": run.family, "model": run.model, "site": run.site, "task_type": run.task_type,
        "from": format!("{}:00:00Z", run.hour), "to": format!("{}:59:59Z", run.hour),
        "tasks_completed": run.inferences, "boundary": "server", "evidence": "modelled",
        "energy_j": format!("{}.{:06}", uj / 1_000_000, uj % 1_000_000),
    })
}

/// Watt-hours per inference at the facility, with 12 decimals, half to even: server energy by the default layers
/// 1.12 and 1.36.
fn mean_wh(energy_uj: i128, inferences: i64) -> String {
    let numerator = energy_uj * 112 * 136 * 1_000_000_000_000;
    let denominator = 3_600_000_000 * 10_000 * i128::from(inferences);
    let (whole, twice) = (numerator / denominator, 2 * (numerator % denominator));
    let rounded = whole + i128::from(twice > denominator || (twice == denominator && whole % 2 == 1));
    format!("{}.{:012}", rounded / 1_000_000_000_000, rounded % 1_000_000_000_000)
}

/// What a straight loop over the file adds up for a family.
#[derive(Default)]
struct Sums {
    runs: i64,
    inferences: i64,
    /// As sent, in whole microjoules, and as the file has it, in kWh · 10²².
    sent_uj: i128,
    kwh: i128,
}

async fn register(provider: &Provider<'_>, runs: &[Run]) {
    provider.site("oregon", "US").await;
    provider.site("quebec", "CA-QC").await;
    for family in runs.iter().map(|run| run.family.as_str()).collect::<BTreeSet<_>>() {
        provider.service(family).await;
    }
    for model in runs.iter().map(|run| run.model.as_str()).collect::<BTreeSet<_>>() {
        let key = Name::parse(model).unwrap();
        let new = NewModel { key: &key, name: model, version: None, released_on: None };
        registry::insert_model(&provider.app.pool, provider.id, new, now()).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mean_of_each_task_family_of_4170_measured_runs_is_per_inference() {
    let Some(path) = fixture("energy/co2_inference_runs.csv.gz") else { return };
    let runs = read(&path);
    assert_eq!(runs.len(), 4_170, "the fixture is the one that this test knows");
    for run in &runs {
        // What is measured is GPU, CPU and memory: the whole is the sum of the three, within what floats lose.
        let [consumed, cpu, gpu, ram] = run.consumed;
        assert!((consumed - cpu - gpu - ram).abs() * 1_000 <= consumed, "{}", run.id);
    }
    let mut families: BTreeMap<&str, Sums> = BTreeMap::new();
    let mut body = String::new();
    for run in &runs {
        let sums = families.entry(&run.family).or_default();
        sums.runs += 1;
        sums.inferences += run.inferences;
        sums.sent_uj += microjoules(run.query);
        sums.kwh += run.query;
        writeln!(body, "{}", window(run)).unwrap();
    }
    assert_eq!(families.len(), 13);

    let app = TestApp::start().await;
    let provider = app.provider("codecarbon").await;
    register(&provider, &runs).await;
    let post = async |body: String| {
        let sent = provider.post_body("/v1/windows", "application/x-ndjson", body).send().await.unwrap();
        answer(sent).await
    };
    let (status, receipt) = post(body.clone()).await;
    assert_eq!((status, counts(&receipt)), (200, [4_170, 0, 0, 0]), "{receipt}");
    let (status, receipt) = post(body).await;
    assert_eq!((status, counts(&receipt)), (200, [0, 4_170, 0, 0]), "{receipt}");

    let mut means: BTreeMap<&str, f64> = BTreeMap::new();
    for (family, sums) in &families {
        let request =
            json!({"service": family, "from": "2023-09-01", "to": "2023-12-01", "perimeter": "consumption"});
        let document = document(&provider, &request).await;
        let all = |concept| fact(&document, concept, "all", None).to_owned();
        assert_eq!(all("tasks_completed"), (sums.runs * 1_000).to_string(), "{family}");
        assert_eq!(all("energy_reported_total"), sums.sent_uj.to_string(), "{family}");
        let mean = all("energy_per_task_mean");
        assert_eq!(mean, mean_wh(sums.sent_uj, sums.inferences), "{family}");
        assert_ne!(
            mean,
            mean_wh(sums.sent_uj, sums.inferences / 1_000),
            "{family}: that is of 1,000 inferences"
        );
        // Whole microjoules lose at most half of one a run of what the file says.
        let exact_uj = sums.kwh * 36 / 100_000_000_000;
        assert!((sums.sent_uj - exact_uj).abs() <= i128::from(sums.runs), "{family}");
        assert_eq!(fact(&document, "evidence_share", "all", Some("modelled")), "1.000000");
        assert_eq!(all("energy_per_task_median"), "unknown", "sums tell no percentile");
        means.insert(family, mean.parse::<f64>().unwrap() / 1.12 / 1.36);
    }
    app.assert_totals().await;

    // The authors print kWh of 1,000 inferences, which are watt-hours of one: within a few per cent of ours.
    for (family, kwh_of_1000) in [
        ("text-classif", 0.002),
        ("token-classif", 0.004),
        ("qa", 0.003),
        ("fillmask", 0.003),
        ("image-class", 0.007),
        ("obj-detection", 0.038),
        ("textgen", 0.047),
        ("summarize", 0.049),
        ("itt", 0.063),
        ("tti", 2.907),
    ] {
        let ratio = means[family] / kwh_of_1000;
        assert!((0.8..1.2).contains(&ratio), "{family}: {} Wh per inference", means[family]);
    }
}
