//! A made-up disclosure that holds every field: 12 task types, as many models as asked for, a year of months, texts in
//! several scripts, and values of all four kinds that are no number. Its sums are true: a mean is its total divided by
//! its tasks, and shares add up to one. Tests of the formats, the benchmark and the fuzz corpus read it.

use chrono::{DateTime, NaiveDate, Utc};
use std::sync::Arc;
use taskwatt::disclosure::template_use;
use taskwatt::domain::disclosure::*;
use taskwatt::domain::embodied::Embodied;
use taskwatt::domain::fact::{Concept, Fact, FactValue, HourOfDay, Member, Of};
use taskwatt::domain::factor::Rung;
use taskwatt::domain::meter::MeterClass;
use taskwatt::domain::period::{Days, Month, Period};
use taskwatt::domain::registry::{ProviderKind, ProviderRole};
use taskwatt::domain::terms::*;
use taskwatt::domain::training::{Emissions, Stated, Training, parse_compute_flops, parse_energy_mwh};
use taskwatt::domain::water::{WaterFactor, WueDefinition};
use taskwatt::method::METHOD_VERSION;
use taskwatt::method::figures::FIGURE_DECIMALS;
use taskwatt::units::{CarbonMass, Decimal, EnergyVolume, Intensity, MICROJOULES_PER_WH, Ratio, WaterUse};

/// The task types of the document.
pub const TASK_TYPES: [TaskType; 12] = [
    TaskType::Chat,
    TaskType::Reasoning,
    TaskType::Code,
    TaskType::Agent,
    TaskType::Summarisation,
    TaskType::Translation,
    TaskType::QuestionAnswering,
    TaskType::ImageGeneration,
    TaskType::VideoGeneration,
    TaskType::SpeechToText,
    TaskType::Ocr,
    TaskType::Other,
];

/// The document with so many models.
pub fn rich(models: usize) -> Disclosure {
    let names: Vec<Arc<str>> = (1..=models).map(|index| model_key(index).into()).collect();
    let cells = cells(models);
    Disclosure {
        reference: Reference { number: 12, version: 3 },
        template: template_use(),
        method_version: METHOD_VERSION.to_owned(),
        built_on: date(2026, 1, 15),
        provider: provider(),
        service: ServiceLine {
            key: "polyglot-assistant".to_owned(),
            name: "Polyglot Assistant – Ассистент, Βοηθός, 助手".to_owned(),
            energy_method: Some("Counters of every node, added up by job.".to_owned()),
        },
        period: Period::parse("2025-01-01", "2026-01-01").unwrap(),
        basis: Basis::Lifecycle,
        perimeter: Perimeter::Consumption,
        models: (1..=models).map(model_line).collect(),
        sites: sites(),
        small_cells: SmallCells::All,
        zones: ["DE", "FR", "SE-SE3"]
            .map(|key| ZoneLine { key: key.to_owned(), name: zone_name(key), sites: 3 })
            .to_vec(),
        boundary: boundary(),
        facts: facts(&names, &cells),
        factor_uses: factor_uses(),
        contract_uses: contract_uses(),
        residual_uses: vec![factor_use("DE", "DE", Rung::Annual)],
        interval: Some(IntervalLine { largest: IntervalSource::DefaultPue, has_sampling: true }),
        estimates: vec![
            EstimateLine {
                model: model_key(1),
                coefficient: Some(3),
                energy_wh: FactValue::Known(figure(81_234_567, 3)),
            },
            EstimateLine { model: model_key(2), coefficient: None, energy_wh: FactValue::NotIncluded },
        ],
        defaults: vec![DefaultUse {
            kind: SiteFactorKind::ItPerServer,
            value: Ratio::from_ppm(1_120_000),
            share: FactValue::Known(Decimal::new(35_000, 6)),
        }],
        changes: changes(&names),
        gaps: vec![SeriesGap { month: month(3), why: GapReason::NoEstimate }],
        training: training(),
        water_definitions: vec![WaterDefinitionLine {
            definition: WueDefinition::new(WaterDefinition::Other, Some("Handbook of 2024".to_owned()))
                .unwrap(),
            share: Some(Decimal::new(750_000, 6)),
        }],
        water_factors: vec![WaterFactorLine {
            revision: 1,
            factor: WaterFactor {
                zone: "FR".to_owned(),
                valid: days((2025, 1, 1), (2026, 1, 1)),
                value: WaterUse::parse_litres_per_kwh("1.8").unwrap(),
                source: "A national table".to_owned(),
                licence: "CC BY 4.0".to_owned(),
            },
        }],
        embodied: vec![EmbodiedLine {
            site: "paris-1".to_owned(),
            revision: 4,
            embodied: Embodied {
                accelerator: "H100".parse().unwrap(),
                carbon: CarbonMass::parse_kilograms("164.5").unwrap(),
                lifetime_hours: 35_040,
                includes: "the card alone".to_owned(),
                source: "A study".to_owned(),
            },
        }],
        hardware: hardware(),
        texts: texts(),
        exclusions: exclusions(),
        equivalents: vec![
            EquivalentLine {
                concept: Concept::EnergyPerTaskMean,
                sentence: "0.43 Wh, as much as a 10 W LED lamp uses in 2.6 minutes".to_owned(),
                source: "Table of appliances".to_owned(),
            },
            EquivalentLine {
                concept: Concept::EnergyFacilityTotal,
                sentence: "37 MWh, as much as 420 LED lamps of 10 W use that are lit for a year".to_owned(),
                source: "Table of appliances".to_owned(),
            },
        ],
        budgets: vec![BudgetLine {
            key: "all-2025".to_owned(),
            revision: 2,
            year: 2025,
            service: None,
            unit: BudgetLine::UNITS[0],
            allowance: Decimal::new(50_000, 0),
            used: Decimal::new(37_158_646, 3),
            share: Some(Decimal::new(743_173, 6)),
        }],
        verification: Verification {
            kind: VerificationKind::ThirdParty,
            standard: Some("ISO 14064-3".to_owned()),
            verifier: Some("Prüfgesellschaft für Energie mbH".to_owned()),
            verified_on: Some(date(2026, 2, 10)),
        },
        history: vec![
            HistoryLine {
                version: 1,
                published_on: date(2026, 1, 20),
                document_sha256: "0123456789abcdef".repeat(4),
                reason: None,
            },
            HistoryLine {
                version: 2,
                published_on: date(2026, 2, 1),
                document_sha256: "fedcba9876543210".repeat(4),
                reason: Some("A site reported late.".to_owned()),
            },
        ],
        reason: Some("The PUE of one site was told again, by a meter.".to_owned()),
        limits: vec![
            "Median and percentiles are of completed tasks, from a histogram.".to_owned(),
            "Training, embodied carbon and water are never part of the energy of a task.".to_owned(),
        ],
        address: "https://taskwatt.example/disclosures/12/v3".to_owned(),
    }
}

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn days(from: (i32, u32, u32), to: (i32, u32, u32)) -> Days {
    Days::new(date(from.0, from.1, from.2), date(to.0, to.1, to.2)).unwrap()
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A month of 2025.
fn month(number: u32) -> Period {
    let to = if number == 12 { date(2026, 1, 1) } else { date(2025, number + 1, 1) };
    Period::parse(&date(2025, number, 1).to_string(), &to.to_string()).unwrap()
}

/// Names of all lengths, so that tables have something to break.
fn model_key(index: usize) -> String {
    match index % 7 {
        3 => format!(
            "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8-long-context-edition-{index}@2025-04-05"
        ),
        5 => format!("m{index}"),
        _ => format!("acme-large-{index}"),
    }
}

fn model_line(index: usize) -> ModelLine {
    ModelLine {
        key: model_key(index),
        name: if index % 7 == 3 {
            format!("Llama 4 Maverick, edition {index}")
        } else {
            format!("Acme Large {index}")
        },
        version: (!index.is_multiple_of(4)).then(|| format!("{index}.0")),
        released_on: (!index.is_multiple_of(5)).then(|| date(2025, 1 + index as u32 % 12, 1)),
        baseline: (index == 2).then(|| model_key(1)),
    }
}

fn provider() -> ProviderLine {
    ProviderLine {
        key: "polyglot".to_owned(),
        legal_name: "=Polyglot <AI> & \"Söhne\" Ö.A.".to_owned(),
        contact: Some("energy@polyglot.example".to_owned()),
        public_note: Some("A made-up provider for tests.".to_owned()),
        kind: ProviderKind::Fictitious,
        lei: Some("506700GE1G29325QX363".to_owned()),
        role: Some(ProviderRole::Modifier),
    }
}

fn zone_name(key: &str) -> String {
    match key {
        "DE" => "Germany",
        "FR" => "France",
        _ => "Stockholm (SE3)",
    }
    .to_owned()
}

fn sites() -> Vec<SiteLine> {
    let line = |key: &str, name: &str, zone: &str| SiteLine {
        key: key.to_owned(),
        name: name.to_owned(),
        zone: zone.to_owned(),
        zone_name: zone_name(zone),
        factors: vec![SiteFactorLine {
            kind: SiteFactorKind::Pue,
            value: Ratio::from_ppm(1_150_000),
            valid_from: instant("2025-01-01T00:00:00Z"),
            valid_to: instant("2026-01-01T00:00:00Z"),
            revision: 3,
        }],
        meter_classes: vec![MeterClassLine {
            kind: MeterClassKind::Metered,
            class: MeterClass::from_ppm(20_000).unwrap(),
            valid: days((2025, 1, 1), (2026, 1, 1)),
            revision: 1,
        }],
    };
    vec![
        line("fra-1", "Frankfurt 1", "DE"),
        line("fra-2", "Frankfurt 2", "DE"),
        line("ber-1", "Berlin 1", "DE"),
        line("paris-1", "Paris 1", "FR"),
        line("lyon-1", "Lyon 1", "FR"),
        line("lille-1", "Lille 1", "FR"),
        line("sto-1", "Stockholm 1", "SE-SE3"),
        line("sto-2", "Stockholm 2", "SE-SE3"),
        line("upp-1", "Uppsala 1", "SE-SE3"),
    ]
}

fn boundary() -> Vec<BoundaryLine> {
    let answers = [Included::Yes, Included::Yes, Included::Yes, Included::Yes, Included::Yes, Included::Yes];
    let answers = answers.into_iter().chain([Included::Unknown, Included::No]);
    BoundaryLine::ITEMS
        .into_iter()
        .zip(answers)
        .map(|(item, included)| BoundaryLine { item, included })
        .collect()
}

fn factor_use(zone: &str, value_zone: &str, rung: Rung) -> FactorUse {
    FactorUse {
        set_key: "electricity-maps-hourly".to_owned(),
        source: "Electricity Maps".to_owned(),
        licence: "ODbL 1.0".to_owned(),
        attribution: "Electricity Maps (electricitymaps.com), ODbL 1.0".to_owned(),
        release: "2025".to_owned(),
        resolution: Resolution::Hour,
        zone: zone.to_owned(),
        value_zone: value_zone.to_owned(),
        rung,
        hours: Some(8_760),
        lowest_revision: 1,
        highest_revision: 4,
    }
}

fn factor_uses() -> Vec<FactorUse> {
    vec![
        factor_use("DE", "DE", Rung::HourlyMeasured),
        factor_use("FR", "FR", Rung::HourlyEstimated),
        factor_use("SE-SE3", "SE", Rung::ParentZone),
    ]
}

fn contract_uses() -> Vec<ContractUse> {
    let used = |key: &str, instrument, matching| ContractUse {
        key: key.to_owned(),
        revision: 2,
        instrument,
        matching,
        zone: "DE".to_owned(),
        valid: days((2025, 1, 1), (2026, 1, 1)),
        volume: EnergyVolume::from_watt_hours(1_234_500).unwrap(),
        intensity: Intensity::parse_grams_per_kwh("11.5").unwrap(),
        covered_wh: FactValue::Known(Decimal::new(12_345, 2)),
        reference: "Certificates 1 to 9".to_owned(),
    };
    vec![
        used("wind-north", Instrument::PowerPurchaseAgreement, Matching::Hourly),
        used("hydro", Instrument::GuaranteeOfOrigin, Matching::Annual),
    ]
}

fn hardware() -> Vec<HardwareLine> {
    let line = |site: &str, accelerator: &str, accelerators| HardwareLine {
        site: site.to_owned(),
        accelerator: accelerator.to_owned(),
        accelerators,
        valid: days((2025, 1, 1), (2026, 1, 1)),
        revision: 1,
    };
    vec![line("fra-1", "NVIDIA H100 SXM", 512), line("paris-1", "AMD Instinct MI300X", 1_024)]
}

fn texts() -> Vec<ProviderText> {
    let text = |field, language: &str, text: &str| ProviderText {
        field,
        language: language.to_owned(),
        text: text.to_owned(),
    };
    vec![
        text(TextField::Method, "en", "Energy is read from the counters of every node and added up by job."),
        text(
            TextField::Method,
            "de",
            "Die Energie wird an den Zählern jedes Knotens abgelesen und je Auftrag addiert.",
        ),
        text(TextField::Method, "el", "Η ενέργεια διαβάζεται από τους μετρητές κάθε κόμβου."),
        text(TextField::Method, "bg", "Енергията се отчита от броячите на всеки възел."),
        text(TextField::Method, "zh-Hans", "能量由每个节点的计数器读取，并按作业相加。"),
        text(TextField::Method, "zh-Hant", "能量由每個節點的計數器讀取，並按作業相加。"),
        text(TextField::AllocationRule, "en", "Idle capacity is shared by accelerator-seconds."),
        text(TextField::AllocationRule, "mt", "Il-kapaċità mhux użata tinqasam skont is-sekondi."),
        text(
            TextField::Exclusions,
            "en",
            "Tasks of internal tests are left out: ≤ 0.1 % of all → none of them is public.",
        ),
        text(TextField::Hardware, "fr", "Œuvre de nœuds à huit accélérateurs, sans virtualisation."),
        text(TextField::Remarks, "pl", "Zażółć gęślą jaźń."),
    ]
}

fn exclusions() -> Vec<ExclusionLine> {
    let line = |month: &str, what: &str, tasks| ExclusionLine {
        month: Month::parse(month).unwrap(),
        what: what.to_owned(),
        tasks,
    };
    vec![
        line("2025-02", "Tasks of a pilot without meters", Some(1_234)),
        line("2025-11", "=Tasks of internal tests, \"dry runs\"", None),
    ]
}

fn changes(names: &[Arc<str>]) -> Vec<ChangeLine> {
    let baseline_period = Period::parse("2024-01-01", "2025-01-01").unwrap();
    vec![
        ChangeLine {
            task_type: TaskType::Chat,
            model: None,
            baseline_model: None,
            baseline_period,
            reasons: Vec::new(),
        },
        ChangeLine {
            task_type: TaskType::Code,
            model: names.get(1).cloned(),
            baseline_model: names.first().map(|name| name.to_string()),
            baseline_period,
            reasons: vec![Incomparable::Evidence, Incomparable::Boundary],
        },
    ]
}

fn training() -> Vec<TrainingLine> {
    let told = |energy, compute| Training {
        energy,
        compute,
        emissions: Some(Emissions {
            carbon: CarbonMass::parse_kilograms("12000").unwrap(),
            basis: "location-based".to_owned(),
        }),
        trained: days((2024, 1, 1), (2024, 6, 1)),
        zone: Some("SE-SE3".to_owned()),
        evidence: Some(TrainingEvidence::Estimated),
        method: Some("By hours and mean power.".to_owned()),
        compute_method: Some("By counting of operations.".to_owned()),
        lifetime_tasks: Some(1_000_000_000_000),
        is_public: true,
    };
    let known = told(
        Stated::Known(parse_energy_mwh("1200.0").unwrap()),
        Stated::Known(parse_compute_flops("3.8e25").unwrap()),
    );
    let not_available = told(
        Stated::NotAvailable("trained by somebody else".to_owned()),
        Stated::NotAvailable("not counted".to_owned()),
    );
    vec![
        TrainingLine { model: model_key(1), revision: 2, training: known },
        TrainingLine { model: model_key(2), revision: 1, training: not_available },
    ]
}

/// Tasks and energy of one model and task type, in exact units.
#[derive(Clone, Copy, Default)]
struct Cell {
    completed: i128,
    failed: i128,
    cancelled: i128,
    /// Facility energy.
    energy_uj: i128,
    carbon_ug: i128,
}

impl Cell {
    fn add(mut self, other: Cell) -> Cell {
        self.completed += other.completed;
        self.failed += other.failed;
        self.cancelled += other.cancelled;
        self.energy_uj += other.energy_uj;
        self.carbon_ug += other.carbon_ug;
        self
    }
}

/// A table of models and task types; a linear congruence stands in for chance.
fn cells(models: usize) -> Vec<Vec<Cell>> {
    let mut state: u64 = 0x5eed;
    let mut next = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i128::from((state >> 33) % below)
    };
    let mut row = |model: usize| {
        let mut cell = |index: usize| {
            // Each model serves some types only.
            if !(model + index).is_multiple_of(3) {
                return Cell::default();
            }
            let completed = 1_000 + next(2_000_000);
            Cell {
                completed,
                failed: next(9_000),
                cancelled: next(5_000),
                energy_uj: completed * (400_000_000 + next(9_000_000_000)) + next(1_000_000),
                carbon_ug: completed * (90_000 + next(200_000)),
            }
        };
        (0..TASK_TYPES.len()).map(&mut cell).collect()
    };
    (0..models).map(&mut row).collect()
}

fn figure(mantissa: i128, decimals: u32) -> Decimal {
    Decimal::new(mantissa, decimals)
        .to_scaled(FIGURE_DECIMALS)
        .map(|scaled| Decimal::new(scaled, FIGURE_DECIMALS))
        .unwrap()
}

/// `numerator ÷ denominator` with the decimals of a figure, half to even.
fn quotient(numerator: i128, denominator: i128) -> Option<Decimal> {
    Decimal::from_ratio(numerator.into(), denominator.into(), FIGURE_DECIMALS)
}

fn watt_hours(microjoules: i128) -> Decimal {
    quotient(microjoules, i128::from(MICROJOULES_PER_WH)).unwrap()
}

fn known(concept: Concept, of: &Of, value: Option<Decimal>) -> Fact {
    let value = value.map_or(FactValue::NotApplicable, FactValue::Known);
    Fact { concept, of: of.clone(), member: None, value }
}

fn no_value(concept: Concept, of: &Of, value: FactValue) -> Fact {
    Fact { concept, of: of.clone(), member: None, value }
}

fn facts(names: &[Arc<str>], cells: &[Vec<Cell>]) -> Vec<Fact> {
    let column = |index: usize| cells.iter().map(|row| row[index]).fold(Cell::default(), Cell::add);
    let all = (0..TASK_TYPES.len()).map(column).fold(Cell::default(), Cell::add);
    let mut facts = scope(&Of::ALL, all);
    for (index, task_type) in TASK_TYPES.into_iter().enumerate() {
        facts.extend(scope(&Of::task_type(task_type), column(index)));
    }
    for (row, name) in cells.iter().zip(names) {
        let of = Of::model(name);
        facts.extend(model(&of, row.iter().copied().fold(Cell::default(), Cell::add)));
        for (cell, task_type) in row.iter().zip(TASK_TYPES).filter(|(cell, _)| cell.completed > 0) {
            facts.extend(model(&Of::task_type(task_type).of_model(name), *cell));
        }
    }
    facts.extend(shares());
    facts.extend(hours(all));
    facts.extend(apart());
    let chat = Of::task_type(TaskType::Chat);
    facts.push(known(Concept::EnergyChangeRatio, &chat, Some(Decimal::new(20_125_000, 6))));
    facts.push(known(Concept::EnergyChangeLow, &chat, Some(Decimal::new(16_500_000, 6))));
    facts.push(known(Concept::EnergyChangeHigh, &chat, Some(Decimal::new(24_750_000, 6))));
    for number in (1..=12).filter(|number| *number != 3) {
        facts.extend(months(number, all));
    }
    facts
}

fn scope(of: &Of, cell: Cell) -> Vec<Fact> {
    let count = |number| Some(Decimal::new(number, 0));
    let per_task = |numerator: i128| quotient(numerator, cell.completed * i128::from(MICROJOULES_PER_WH));
    let percentile = |percent: i128| per_task(cell.energy_uj * percent / 100);
    let grams = |micrograms| quotient(micrograms, 1_000_000);
    let carbon_per_task = |micrograms| quotient(micrograms, cell.completed * 1_000_000);
    let mut facts = vec![
        known(Concept::TasksCompleted, of, count(cell.completed)),
        known(Concept::TasksFailed, of, count(cell.failed)),
        known(Concept::TasksCancelled, of, count(cell.cancelled)),
        known(Concept::EnergyReportedTotal, of, count(cell.energy_uj / 2)),
        no_value(Concept::EnergyItTotal, of, FactValue::Unknown),
        known(Concept::EnergyFacilityTotal, of, Some(watt_hours(cell.energy_uj))),
        known(Concept::EnergyPerTaskMean, of, per_task(cell.energy_uj)),
        known(Concept::EnergyPerTaskLow, of, percentile(81)),
        known(Concept::EnergyPerTaskHigh, of, percentile(124)),
        no_value(Concept::EnergyPerTaskItMean, of, FactValue::Unknown),
        known(Concept::EnergyPerTaskP10, of, percentile(20)),
        known(Concept::EnergyPerTaskMedian, of, percentile(70)),
        known(Concept::EnergyPerTaskP90, of, percentile(210)),
        known(Concept::EnergyPerTaskP95, of, percentile(340)),
        known(Concept::EnergyPerTaskP99, of, percentile(900)),
        known(
            Concept::EnergyPer1000OutputTokens,
            of,
            percentile(150).filter(|_| of.task_type != Some(TaskType::Ocr)),
        ),
        known(Concept::CarbonLocationTotal, of, grams(cell.carbon_ug)),
        known(Concept::CarbonLocationPerTask, of, carbon_per_task(cell.carbon_ug)),
        known(Concept::CarbonMarketTotal, of, grams(cell.carbon_ug / 3)),
        known(Concept::CarbonMarketPerTask, of, carbon_per_task(cell.carbon_ug / 3)),
    ];
    let unit = match of.task_type {
        Some(TaskType::ImageGeneration) => Some(Concept::EnergyPerImage),
        Some(TaskType::Ocr) => Some(Concept::EnergyPerPage),
        Some(TaskType::SpeechToText) => Some(Concept::EnergyPerAudioSecond),
        Some(TaskType::VideoGeneration) => Some(Concept::EnergyPerVideoSecond),
        _ => None,
    };
    facts.extend(unit.map(|concept| known(concept, of, percentile(55))));
    facts.push(known(Concept::PercentileLeftOutShare, of, Some(Decimal::new(12_500, 6))));
    facts
}

/// A model tells fewer figures; the last task type of each is left out on purpose.
fn model(of: &Of, cell: Cell) -> Vec<Fact> {
    let wanted = [
        Concept::TasksCompleted,
        Concept::EnergyFacilityTotal,
        Concept::EnergyPerTaskMean,
        Concept::EnergyPerTaskLow,
        Concept::EnergyPerTaskHigh,
        Concept::EnergyPerTaskItMean,
        Concept::EnergyPerTaskMedian,
        Concept::EnergyPer1000OutputTokens,
        Concept::CarbonLocationPerTask,
    ];
    let mut facts = scope(of, cell);
    facts.retain(|fact| wanted.contains(&fact.concept));
    facts.push(Fact {
        concept: Concept::EvidenceShare,
        of: of.clone(),
        member: Some(Member::Evidence(Evidence::Counter)),
        value: FactValue::Known(Decimal::new(1_000_000, 6)),
    });
    if of.task_type == Some(TaskType::Other) {
        facts.iter_mut().for_each(|fact| fact.value = FactValue::NotIncluded);
    }
    facts
}

fn shares() -> Vec<Fact> {
    let share = |concept, member, parts| Fact {
        concept,
        of: Of::ALL,
        member: Some(member),
        value: FactValue::Known(Decimal::new(parts, 6)),
    };
    let single = |concept, parts| known(concept, &Of::ALL, Some(Decimal::new(parts, 6)));
    vec![
        share(Concept::EvidenceShare, Member::Evidence(Evidence::Metered), 412_000),
        share(Concept::EvidenceShare, Member::Evidence(Evidence::Counter), 500_000),
        share(Concept::EvidenceShare, Member::Evidence(Evidence::Modelled), 88_000),
        share(Concept::EvidenceShare, Member::Evidence(Evidence::Declared), 0),
        share(Concept::StageShare, Member::Step(StepKind::Generation), 611_500),
        share(Concept::StageShare, Member::Step(StepKind::Reasoning), 204_000),
        share(Concept::StageShare, Member::Step(StepKind::Retrieval), 51_000),
        share(Concept::StageShare, Member::Step(StepKind::Verification), 33_250),
        share(Concept::StageShare, Member::Unattributed, 100_250),
        single(Concept::VerificationOverhead, 84_250),
        single(Concept::UnfinishedShare, 9_125),
        single(Concept::RetryShare, 4_250),
        share(Concept::PlaceTaskShare, Member::Place(Some(Place::Cloud)), 900_000),
        share(Concept::PlaceTaskShare, Member::Place(Some(Place::Edge)), 75_000),
        share(Concept::PlaceTaskShare, Member::Place(None), 25_000),
        share(Concept::PlaceEnergyShare, Member::Place(Some(Place::Cloud)), 985_000),
        share(Concept::PlaceEnergyShare, Member::Place(Some(Place::Edge)), 10_000),
        share(Concept::PlaceEnergyShare, Member::Place(None), 5_000),
        known(Concept::PlaceSavingModelled, &Of::ALL, Some(figure(-12_345, 2))),
        single(Concept::PlaceSavingLeftOutShare, 12_000),
        single(Concept::EstimatedShare, 52_000),
        share(Concept::FactorRungShare, Member::Rung(Rung::HourlyMeasured), 700_000),
        share(Concept::FactorRungShare, Member::Rung(Rung::HourlyEstimated), 200_000),
        share(Concept::FactorRungShare, Member::Rung(Rung::ParentZone), 100_000),
        share(Concept::MarketShare, Member::Market(MarketPart::Contract), 300_000),
        share(Concept::MarketShare, Member::Market(MarketPart::ResidualMix), 450_000),
        share(Concept::MarketShare, Member::Market(MarketPart::LocationBased), 250_000),
        single(Concept::HourlyMatchedShare, 300_000),
        single(Concept::DefaultFactorShare, 35_000),
        known(Concept::Coverage, &Of::ALL, Some(Decimal::new(931_000, 6))),
        no_value(Concept::RecordsInConflict, &Of::ALL, FactValue::Unknown),
        known(Concept::HoursWithoutRecords, &Of::ALL, Some(Decimal::new(7, 0))),
        share(Concept::ZoneEnergyShare, Member::Zone(Some("DE".into())), 500_000),
        share(Concept::ZoneEnergyShare, Member::Zone(Some("FR".into())), 300_000),
        share(Concept::ZoneEnergyShare, Member::Zone(None), 200_000),
    ]
}

/// Carbon by hour of the day: most of it in the evening; two hours are left out on purpose.
fn hours(all: Cell) -> Vec<Fact> {
    let weight = |hour: usize| 2 + ((hour + 5) * (hour + 5) % 29) as i128 + if hour >= 17 { 12 } else { 0 };
    let weights: i128 = (0..24).map(weight).sum();
    let fact = |concept, hour: HourOfDay, value| Fact {
        member: Some(Member::HourOfDay(hour)),
        ..known(concept, &Of::ALL, value)
    };
    let mut facts = Vec::new();
    for (index, hour) in HourOfDay::all().enumerate() {
        let carbon_ug = all.carbon_ug * weight(index) / weights;
        let completed = all.completed * (20 + index as i128) / (20 * 24 + 276);
        let share = Decimal::from_ratio(weight(index).into(), weights.into(), 6);
        facts.push(fact(Concept::CarbonHourShare, hour, share));
        let per_task = quotient(carbon_ug, completed * 1_000_000);
        facts.push(fact(Concept::CarbonHourPerTask, hour, per_task));
        if index == 2 || index == 3 {
            facts.iter_mut().rev().take(2).for_each(|fact| fact.value = FactValue::NotIncluded);
        }
    }
    facts
}

fn apart() -> Vec<Fact> {
    let of = Of::ALL;
    vec![
        known(Concept::WaterOnSiteTotal, &of, Some(Decimal::new(1_500_000, 6))),
        known(Concept::WaterOnSitePerTask, &of, Some(figure(123, 6))),
        known(Concept::WaterOnSiteCovered, &of, Some(Decimal::new(750_000, 6))),
        no_value(Concept::WaterIndirectTotal, &of, FactValue::Unknown),
        no_value(Concept::WaterIndirectPerTask, &of, FactValue::Unknown),
        known(Concept::WaterIndirectCovered, &of, Some(Decimal::new(0, 6))),
        known(Concept::EmbodiedCarbonTotal, &of, Some(Decimal::new(12_345_678, 3))),
        known(Concept::EmbodiedCarbonPerTask, &of, Some(figure(12, 3))),
        known(Concept::EmbodiedCarbonCovered, &of, Some(Decimal::new(400_000, 6))),
        known(
            Concept::TrainingEnergyPerTask,
            &Of { model: Some(model_key(1).into()), ..Of::ALL },
            Some(figure(12, 4)),
        ),
    ]
}

/// A month has a twelfth of the year, more or less.
fn months(number: u32, all: Cell) -> Vec<Fact> {
    let part = i128::from(number) + 6;
    let of = Of::ALL.in_month(month(number));
    let cell = Cell { completed: all.completed / 12, energy_uj: all.energy_uj / 144 * part, ..all };
    let wanted = [
        Concept::TasksCompleted,
        Concept::EnergyFacilityTotal,
        Concept::EnergyPerTaskMean,
        Concept::EnergyPerTaskLow,
        Concept::EnergyPerTaskHigh,
    ];
    let mut facts = scope(&of, cell);
    facts.retain(|fact| wanted.contains(&fact.concept));
    facts
}
