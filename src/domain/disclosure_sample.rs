//! A document with something in every field, for the tests of the renderings.

use super::*;
use crate::domain::fact::HourOfDay;
use crate::domain::meter::MeterClass;
use crate::domain::terms::{Evidence, MeterClassKind, TrainingEvidence, WaterDefinition};
use crate::domain::training::{Emissions, Stated, parse_energy_mwh};
use crate::units::{CarbonMass, WaterUse};

pub(crate) fn sample() -> Disclosure {
    let instant = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let known = |mantissa, decimals| FactValue::Known(Decimal::new(mantissa, decimals));
    let fact = |concept, of, member, value| Fact { concept, of, member, value };
    let chat = Of::task_type(TaskType::Chat);
    let days = |from: (i32, u32, u32), to: (i32, u32, u32)| {
        let date = |(year, month, day)| NaiveDate::from_ymd_opt(year, month, day).unwrap();
        Days::new(date(from), date(to)).unwrap()
    };
    let september = Period::parse("2025-09-01", "2025-10-01").unwrap();
    let model: Arc<str> = "m-1".into();
    let one = Decimal::new(1_000_000, 6);
    Disclosure {
        reference: Reference { number: 7, version: 2 },
        template: TemplateUse {
            id: "eu-draft-average-energy-per-task".to_owned(),
            version: "0.1".to_owned(),
            legal_status: "draft".to_owned(),
            status_line: "As of 1 November 2025, no EU act prescribes a method.".to_owned(),
        },
        method_version: "0.1.0".to_owned(),
        built_on: NaiveDate::from_ymd_opt(2025, 11, 1).unwrap(),
        provider: ProviderLine {
            key: "acme".to_owned(),
            legal_name: "=Acme <b>&\"Co\"</b>".to_owned(),
            contact: Some("energy@example.org".to_owned()),
            public_note: Some("A note.".to_owned()),
            kind: ProviderKind::Fictitious,
            lei: Some("506700GE1G29325QX363".to_owned()),
            role: Some(ProviderRole::Deployer),
        },
        service: ServiceLine {
            key: "chat".to_owned(),
            name: "Acme Chat".to_owned(),
            energy_method: Some("Counters.".to_owned()),
        },
        period: Period::parse("2025-10-01", "2025-11-01").unwrap(),
        basis: Basis::Lifecycle,
        perimeter: Perimeter::Production,
        models: vec![ModelLine {
            key: "m-1".to_owned(),
            name: "Model One".to_owned(),
            version: None,
            released_on: NaiveDate::from_ymd_opt(2025, 2, 3),
            baseline: Some("m-0".to_owned()),
        }],
        sites: vec![SiteLine {
            key: "s-1".to_owned(),
            name: "Site".to_owned(),
            zone: "SE-SE1".to_owned(),
            zone_name: "SE1".to_owned(),
            factors: vec![SiteFactorLine {
                kind: SiteFactorKind::Pue,
                value: Ratio::from_ppm(1_150_000),
                valid_from: instant("2025-01-01T00:00:00Z"),
                valid_to: instant("2026-01-01T00:00:00Z"),
                revision: 3,
            }],
            meter_classes: vec![MeterClassLine {
                kind: MeterClassKind::Counter,
                class: MeterClass::from_ppm(23_456).unwrap(),
                valid: days((2025, 1, 1), (2026, 1, 1)),
                revision: 2,
            }],
        }],
        small_cells: SmallCells::Sites,
        zones: vec![ZoneLine { key: "SE-SE1".to_owned(), name: "SE1".to_owned(), sites: 1 }],
        boundary: vec![BoundaryLine { item: BoundaryLine::ITEMS[7], included: Included::No }],
        facts: vec![
            fact(Concept::TasksCompleted, Of::ALL, None, known(1_234, 0)),
            fact(Concept::EnergyPerTaskMean, Of::ALL, None, known(246_813_579_246, 12)),
            fact(Concept::TasksCompleted, chat.clone(), None, known(1_234, 0)),
            fact(Concept::EnergyPerTaskMean, chat.clone(), None, known(246_813_579_246, 12)),
            fact(Concept::EnergyPer1000OutputTokens, chat.clone(), None, FactValue::NotApplicable),
            fact(
                Concept::EvidenceShare,
                Of::ALL,
                Some(Member::Evidence(Evidence::Modelled)),
                FactValue::Known(one),
            ),
            fact(Concept::StageShare, Of::ALL, Some(Member::Unattributed), FactValue::Known(one)),
            fact(
                Concept::FactorRungShare,
                Of::ALL,
                Some(Member::Rung(Rung::ParentZone)),
                FactValue::Known(one),
            ),
            fact(Concept::Coverage, Of::ALL, None, FactValue::Unknown),
            fact(Concept::EnergyPerTaskMean, Of::model(&model), None, known(246_813_579_246, 12)),
            fact(Concept::EnergyPerTaskMean, chat.clone().of_model(&model), None, FactValue::NotIncluded),
            fact(Concept::EnergyPerTaskMean, chat.clone().in_month(september), None, known(5, 1)),
            fact(Concept::EnergyChangeRatio, chat.clone(), None, known(493_627, 6)),
            fact(
                Concept::ZoneEnergyShare,
                Of::ALL,
                Some(Member::Zone(Some("SE-SE1".into()))),
                FactValue::Known(one),
            ),
            fact(
                Concept::CarbonHourPerTask,
                Of::ALL,
                Some(Member::HourOfDay(HourOfDay::parse("17").unwrap())),
                known(81_250, 6),
            ),
            fact(Concept::WaterOnSiteTotal, Of::ALL, None, known(1_500_000, 6)),
            fact(Concept::EmbodiedCarbonPerTask, Of::ALL, None, known(12, 3)),
        ],
        factor_uses: vec![FactorUse {
            set_key: "set".to_owned(),
            source: "Source".to_owned(),
            licence: "CC BY 4.0".to_owned(),
            attribution: "Credit".to_owned(),
            release: "2025".to_owned(),
            resolution: Resolution::Hour,
            zone: "SE-SE1".to_owned(),
            value_zone: "SE".to_owned(),
            rung: Rung::ParentZone,
            hours: Some(744),
            lowest_revision: 1,
            highest_revision: 2,
        }],
        contract_uses: vec![ContractUse {
            key: "wind".to_owned(),
            revision: 2,
            instrument: Instrument::PowerPurchaseAgreement,
            matching: Matching::Hourly,
            zone: "SE".to_owned(),
            valid: Days::new(
                NaiveDate::from_ymd_opt(2025, 1, 1).unwrap(),
                NaiveDate::from_ymd_opt(2026, 1, 1).unwrap(),
            )
            .unwrap(),
            volume: EnergyVolume::from_watt_hours(1_234_500).unwrap(),
            intensity: Intensity::parse_grams_per_kwh("11.5").unwrap(),
            covered_wh: known(12_345, 2),
            reference: "Certificates 1 to 9".to_owned(),
        }],
        residual_uses: Vec::new(),
        interval: Some(IntervalLine { largest: IntervalSource::DefaultPue, has_sampling: false }),
        estimates: vec![EstimateLine {
            model: "m-1".to_owned(),
            coefficient: Some(3),
            energy_wh: FactValue::NotIncluded,
        }],
        defaults: vec![DefaultUse {
            kind: SiteFactorKind::ItPerServer,
            value: Ratio::from_ppm(1_120_000),
            share: known(500_000, 6),
        }],
        changes: vec![
            ChangeLine {
                task_type: TaskType::Chat,
                model: None,
                baseline_model: None,
                baseline_period: september,
                reasons: Vec::new(),
            },
            ChangeLine {
                task_type: TaskType::Code,
                model: Some(Arc::clone(&model)),
                baseline_model: Some("m-0".to_owned()),
                baseline_period: september,
                reasons: vec![Incomparable::Evidence, Incomparable::NoCompletedTask],
            },
        ],
        gaps: vec![SeriesGap { month: september, why: GapReason::NoTask }],
        training: vec![TrainingLine {
            model: "m-1".to_owned(),
            revision: 2,
            training: Training {
                energy: Stated::Known(parse_energy_mwh("1200.0").unwrap()),
                compute: Stated::NotAvailable("not counted".to_owned()),
                emissions: Some(Emissions {
                    carbon: CarbonMass::parse_kilograms("12000").unwrap(),
                    basis: "location-based".to_owned(),
                }),
                trained: days((2024, 1, 1), (2024, 6, 1)),
                zone: Some("SE".to_owned()),
                evidence: Some(TrainingEvidence::Estimated),
                method: Some("By hours and mean power.".to_owned()),
                compute_method: Some("By counting of operations.".to_owned()),
                lifetime_tasks: Some(1_000_000_000_000),
                is_public: true,
            },
        }],
        water_definitions: vec![WaterDefinitionLine {
            definition: WueDefinition::new(WaterDefinition::Other, Some("Handbook".to_owned())).unwrap(),
            share: Some(one),
        }],
        water_factors: vec![WaterFactorLine {
            revision: 1,
            factor: WaterFactor {
                zone: "SE".to_owned(),
                valid: days((2025, 1, 1), (2026, 1, 1)),
                value: WaterUse::parse_litres_per_kwh("1.8").unwrap(),
                source: "A table".to_owned(),
                licence: "CC BY 4.0".to_owned(),
            },
        }],
        embodied: vec![EmbodiedLine {
            site: "s-1".to_owned(),
            revision: 4,
            embodied: Embodied {
                accelerator: "H100".parse().unwrap(),
                carbon: CarbonMass::parse_kilograms("164.5").unwrap(),
                lifetime_hours: 35_040,
                includes: "the card alone".to_owned(),
                source: "A study".to_owned(),
            },
        }],
        hardware: vec![HardwareLine {
            site: "s-1".to_owned(),
            accelerator: "NVIDIA H100 SXM".to_owned(),
            accelerators: 512,
            valid: days((2025, 1, 1), (2026, 1, 1)),
            revision: 2,
        }],
        texts: vec![
            ProviderText {
                field: TextField::Method,
                language: "en".to_owned(),
                text: "Counters of every node.".to_owned(),
            },
            ProviderText {
                field: TextField::Method,
                language: "el".to_owned(),
                text: "Μετρητές κάθε κόμβου.".to_owned(),
            },
        ],
        exclusions: vec![
            ExclusionLine {
                month: Month::parse("2025-10").unwrap(),
                what: "A pilot".to_owned(),
                tasks: Some(12),
            },
            ExclusionLine { month: Month::parse("2025-10").unwrap(), what: "Tests".to_owned(), tasks: None },
        ],
        equivalents: vec![EquivalentLine {
            concept: Concept::EnergyPerTaskMean,
            sentence: "0.25 Wh, as much as a 10 W LED lamp uses in 1.5 minutes".to_owned(),
            source: "A table".to_owned(),
        }],
        budgets: vec![BudgetLine {
            key: "year".to_owned(),
            revision: 1,
            year: 2025,
            service: Some("chat".to_owned()),
            unit: BudgetLine::UNITS[0],
            allowance: Decimal::new(5_000, 0),
            used: Decimal::new(1_234_567, 3),
            share: Some(Decimal::new(246_913, 6)),
        }],
        verification: Verification {
            kind: VerificationKind::ThirdParty,
            standard: Some("ISO 14064-3".to_owned()),
            verifier: Some("Checkers plc".to_owned()),
            verified_on: NaiveDate::from_ymd_opt(2025, 11, 20),
        },
        history: vec![HistoryLine {
            version: 1,
            published_on: NaiveDate::from_ymd_opt(2025, 11, 10).unwrap(),
            document_sha256: "00ff".repeat(16),
            reason: None,
        }],
        reason: Some("A site reported late.".to_owned()),
        limits: vec!["A limit.".to_owned()],
        address: "https://taskwatt.example/disclosures/7/v2".to_owned(),
    }
}
