//! The golden vectors of `tests/golden/method.json`: each is sent to the service as a provider would send it, and every
//! figure of the stored document is the one that `tests/golden/method.py` worked out by hand, to the last digit.

use super::{document, fact};
use crate::registry::{registrar, send};
use crate::support::{Provider, TestApp, now};
use chrono::{DateTime, Utc};
use reqwest::Method;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use taskwatt::db::factor;
use taskwatt::domain::embodied::{AcceleratorTime, Embodied, SiteEmbodied};
use taskwatt::domain::fact::FactValue;
use taskwatt::domain::factor::{FactorSet, FactorValue};
use taskwatt::domain::ids::SiteId;
use taskwatt::domain::names::Name;
use taskwatt::domain::period::Days;
use taskwatt::domain::registry::{SiteFactor, Telling};
use taskwatt::domain::terms::{
    Basis, Boundary, FactorKind, Perimeter, Resolution, SiteFactorKind, WaterDefinition,
};
use taskwatt::domain::training::{Stated, Training, parse_energy_mwh};
use taskwatt::domain::water::{SiteWater, SiteWue, WaterFactor, WueDefinition};
use taskwatt::method::LayerTable;
use taskwatt::method::embodied::embodied;
use taskwatt::method::regression::Run;
use taskwatt::method::training::task_share;
use taskwatt::method::water::{SiteDay, WaterFigure, WaterTable, water};
use taskwatt::render::number;
use taskwatt::units::{CarbonMass, Decimal, EnergyTotal, Intensity, Ratio, Span, WaterUse};

fn golden() -> Value {
    serde_json::from_str(include_str!("../../golden/method.json")).unwrap()
}

fn list<'a>(golden: &'a Value, name: &str) -> &'a Vec<Value> {
    golden[name].as_array().filter(|list| !list.is_empty()).unwrap_or_else(|| panic!("no {name}"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn whole(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("{value} is no whole number"))
}

async fn load_grid(app: &TestApp, sets: &[Value]) {
    for set in sets {
        let of_set = FactorSet {
            key: text(&set["set"]).parse().unwrap(),
            source: "Golden vectors".to_owned(),
            licence: "CC0-1.0".to_owned(),
            attribution: "Golden vectors".to_owned(),
            release: "1".to_owned(),
            kind: FactorKind::parse(text(&set["kind"])).unwrap(),
            basis: Basis::parse(text(&set["basis"])).unwrap(),
            perimeter: Perimeter::Consumption,
            resolution: Resolution::parse(text(&set["resolution"])).unwrap(),
        };
        let value = |row: &Value| FactorValue {
            zone: text(&row[0]).to_owned(),
            valid_from: text(&row[1]).parse().unwrap(),
            valid_to: text(&row[2]).parse().unwrap(),
            intensity: Intensity::parse_grams_per_kwh(text(&row[3])).unwrap(),
            is_estimated: false,
            estimation_method: String::new(),
        };
        let values: Vec<FactorValue> = list(set, "values").iter().map(value).collect();
        factor::import(&app.pool, &of_set, &values, &[], now(), &|_| ()).await.unwrap();
    }
}

/// Tells, sends and builds what a vector says, and answers what differs from it.
async fn run(provider: &Provider<'_>, vector: &Value) -> Vec<String> {
    for tell in vector["tell"].as_array().unwrap() {
        let method: Method = text(&tell[0]).parse().unwrap();
        let (status, told) = send(provider, method, text(&tell[1]), Some(&tell[2])).await;
        assert!(matches!(status, 200 | 201), "{}: {tell}: {told}", vector["name"]);
    }
    for (path, items) in [("/v1/records", &vector["records"]), ("/v1/windows", &vector["windows"])] {
        if items.as_array().unwrap().is_empty() {
            continue;
        }
        let (status, receipt) = send(provider, Method::POST, path, Some(items)).await;
        let accepted = whole(&receipt["accepted"]) as usize;
        assert_eq!(
            (status, accepted),
            (200, items.as_array().unwrap().len()),
            "{}: {receipt}",
            vector["name"]
        );
    }
    let mut request = super::october();
    request["perimeter"] = "consumption".into();
    // Every figure is looked at, those of few sites too.
    request["small_cells"] = "shown".into();
    for (field, value) in vector["request"].as_object().unwrap() {
        request[field.as_str()] = value.clone();
    }
    let document = document(provider, &request).await;
    let found = |wanted: &Value| {
        fact(&document, text(&wanted["concept"]), text(&wanted["task_type"]), wanted["member"].as_str())
            .to_owned()
    };
    let mut differences = Vec::new();
    for wanted in vector["facts"].as_array().unwrap() {
        if found(wanted) != text(&wanted["value"]) {
            differences.push(format!("{wanted} is {}", found(wanted)));
        }
    }
    for wanted in vector["near"].as_array().unwrap() {
        let scaled = |text: &str| Decimal::parse(text).unwrap().to_scaled(12).unwrap();
        let (is, exact) = (scaled(&found(wanted)), scaled(text(&wanted["value"])));
        if (is - exact).abs() * 100 > exact {
            differences.push(format!("{wanted} is {}, which is further than 1 %", found(wanted)));
        }
    }
    differences
}

#[tokio::test(flavor = "multi_thread")]
async fn every_vector_gives_the_figures_worked_out_by_hand() {
    let golden = golden();
    let app = TestApp::start().await;
    load_grid(&app, list(&golden, "grid")).await;
    let mut differences = Vec::new();
    for (number, vector) in list(&golden, "vectors").iter().enumerate() {
        let provider = registrar(&app, &format!("vector-{number}")).await;
        for difference in run(&provider, vector).await {
            differences.push(format!("§{} {}: {difference}", text(&vector["section"]), vector["name"]));
        }
        let checked = vector["facts"].as_array().unwrap().len() + vector["near"].as_array().unwrap().len();
        assert!(checked > 0, "{} checks nothing", vector["name"]);
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    app.assert_totals().await;
}

#[test]
fn there_are_vectors_of_every_section_with_formulas() {
    let golden = golden();
    let mut sections = BTreeSet::new();
    for name in ["vectors", "regression", "water", "embodied", "training"] {
        sections.extend(list(&golden, name).iter().map(|vector| text(&vector["section"])));
    }
    assert_eq!(sections, BTreeSet::from(["2", "3", "4", "5", "6", "7"]));
}

#[test]
fn the_regression_gives_the_digits_of_its_vectors() {
    for vector in list(&golden(), "regression") {
        let run = Run {
            parameters_total: whole(&vector["parameters_total"]),
            parameters_active: whole(&vector["parameters_active"]),
            batch: whole(&vector["batch"]),
            bits: whole(&vector["bits"]),
            accelerators: None,
        };
        assert_eq!(run.accelerators(), whole(&vector["accelerators"]), "{vector}");
        let latency = vector["latency_s"].as_i64().map(|s| Span::from_microseconds(s * 1_000_000).unwrap());
        let it = run.energy(whole(&vector["output_tokens"]).into(), latency);
        let it_kwh = it.wh_per(1_000, 24).unwrap().mantissa();
        let pue = Ratio::parse(text(&vector["pue"])).unwrap().ppm();
        // Both are cut after so many digits that the last one of the vector may differ by one.
        let facility = it_kwh * i128::from(pue) / 1_000_000_000_000;
        let expected: i128 = text(&vector["facility_kwh"]).replace('.', "").parse().unwrap();
        assert!((facility - expected).abs() <= 1, "{vector}: {facility}");
    }
}

fn year() -> Days {
    Days::new("2025-01-01".parse().unwrap(), "2026-01-01".parse().unwrap()).unwrap()
}

fn known(figure: WaterFigure) -> [String; 2] {
    let WaterFigure::Known(known) = figure else { panic!("the water is unknown") };
    [known.litres.to_string(), known.litres_per_task.unwrap().to_string()]
}

#[test]
fn water_is_that_of_its_vectors() {
    let site = SiteId::from_db(1);
    let hour: DateTime<Utc> = "2025-10-01T12:00:00Z".parse().unwrap();
    let pue = SiteFactor {
        site,
        kind: SiteFactorKind::Pue,
        valid_from: "2025-01-01T00:00:00Z".parse().unwrap(),
        valid_to: "2026-01-01T00:00:00Z".parse().unwrap(),
        revision: 1,
        value: Ratio::parse("1.25").unwrap(),
    };
    let layers = LayerTable::new(vec![pue]);
    for vector in list(&golden(), "water") {
        let litres = |field: &str| WaterUse::parse_litres_per_kwh(text(&vector[field])).unwrap();
        let definition = WueDefinition::new(WaterDefinition::Eu20241364, None).unwrap();
        let wue = SiteWue {
            site,
            valid: year(),
            revision: 1,
            water: SiteWater { value: litres("wue"), definition },
        };
        let what = WaterFactor {
            zone: "DE".to_owned(),
            valid: year(),
            value: litres("grid"),
            source: "Study".to_owned(),
            licence: "CC0-1.0".to_owned(),
        };
        let factor = Telling { what, revision: 1, recorded_at: now() };
        let energy = EnergyTotal::from_microjoules(i128::from(whole(&vector["it_wh"])) * 3_600_000_000);
        let normalised = layers.at(site, hour).normalise(Boundary::It, energy);
        let day = SiteDay {
            site,
            day: hour.date_naive(),
            it: Some(normalised.it),
            facility: normalised.facility,
            completed: whole(&vector["completed"]),
        };
        let table = WaterTable::new(vec![wue], vec![factor]);
        let figures = water([day], &HashMap::from([(site, "DE")]), &table).unwrap();
        let expected = |name: &str| [text(&vector[name][0]).to_owned(), text(&vector[name][1]).to_owned()];
        assert_eq!(known(figures.on_site), expected("on_site"), "{vector}");
        assert_eq!(known(figures.indirect), expected("indirect"), "{vector}");
    }
}

#[test]
fn embodied_carbon_is_that_of_its_vectors() {
    for vector in list(&golden(), "embodied") {
        let accelerator = Name::parse("H100").unwrap();
        let time = AcceleratorTime {
            site: SiteId::from_db(1),
            accelerator: Some(accelerator.clone()),
            time_us: i128::from(whole(&vector["seconds"])) * 1_000_000,
            tasks_with_time: whole(&vector["tasks"]),
            tasks_without_time: 0,
        };
        let told = Embodied {
            accelerator,
            carbon: CarbonMass::parse_kilograms(text(&vector["kg"])).unwrap(),
            lifetime_hours: i32::try_from(whole(&vector["lifetime_hours"])).unwrap(),
            includes: "An eighth of the server".to_owned(),
            source: "Study".to_owned(),
        };
        let declared = SiteEmbodied { site: SiteId::from_db(1), revision: 1, embodied: told };
        let carbon = embodied(&[time], &[declared]).unwrap().carbon.unwrap();
        assert_eq!(carbon.kg.to_string(), text(&vector["carbon_kg"]), "{vector}");
        assert_eq!(carbon.g_per_task.unwrap().to_string(), text(&vector["g_per_task"]), "{vector}");
    }
}

#[test]
fn the_share_of_training_is_that_of_its_vectors() {
    for vector in list(&golden(), "training") {
        let training = Training {
            energy: Stated::Known(parse_energy_mwh(text(&vector["energy_mwh"])).unwrap()),
            compute: Stated::NotAvailable("Not counted.".to_owned()),
            emissions: None,
            trained: year(),
            zone: None,
            evidence: None,
            method: None,
            compute_method: None,
            lifetime_tasks: Some(whole(&vector["lifetime_tasks"])),
            is_public: false,
        };
        let share = task_share(&training).unwrap();
        assert_eq!(share.energy_wh.to_string(), text(&vector["share_wh"]), "{vector}");
        assert_eq!(share.lifetime_tasks, whole(&vector["lifetime_tasks"]), "{vector}");
    }
}

#[test]
fn figures_are_shown_with_the_digits_of_their_vectors() {
    for vector in list(&golden(), "showing") {
        let value = FactValue::Known(Decimal::parse(text(&vector[0])).unwrap());
        let digits = u32::try_from(whole(&vector[1])).unwrap();
        assert_eq!(number::figure(value, digits), text(&vector[2]), "{vector}");
    }
}
