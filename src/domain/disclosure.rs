//! The format-neutral document of a disclosure: one list of facts, and the words around them. Every
//! format is rendered from this and from nothing else.

use super::factor::Rung;
use super::period::{Days, Period};
use super::registry::ProviderKind;
use super::terms::{
    Basis, Evidence, Instrument, IntervalSource, MarketPart, Matching, Perimeter, Place, Resolution,
    SiteFactorKind, StepKind, TaskType,
};
use crate::units::{Decimal, EnergyVolume, Intensity, Ratio};
use chrono::{DateTime, NaiveDate, Utc};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosure {
    pub reference: Reference,
    pub template: TemplateUse,
    pub method_version: String,
    /// The UTC day on which the document was built.
    pub built_on: NaiveDate,
    pub provider: ProviderLine,
    pub service: ServiceLine,
    pub period: Period,
    pub basis: Basis,
    pub perimeter: Perimeter,
    pub models: Vec<ModelLine>,
    pub sites: Vec<SiteLine>,
    pub boundary: Vec<BoundaryLine>,
    pub facts: Vec<Fact>,
    pub factor_uses: Vec<FactorUse>,
    /// Contracts that the market-based figure counts.
    pub contract_uses: Vec<ContractUse>,
    /// Residual mixes that the market-based figure counts.
    pub residual_uses: Vec<FactorUse>,
    /// What the intervals of the means come from; `None` in documents of methods without intervals.
    pub interval: Option<IntervalLine>,
    /// What tasks that came without energy were estimated from.
    pub estimates: Vec<EstimateLine>,
    /// Multipliers taken from the method because the provider declared none.
    pub defaults: Vec<DefaultUse>,
    /// What the figures do not say, one sentence each.
    pub limits: Vec<String>,
    /// Where the published disclosure stands.
    pub address: String,
}

/// Which disclosure this is; a correction has the same number and the next version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    pub number: i32,
    pub version: i32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateUse {
    pub id: String,
    pub version: String,
    pub legal_status: String,
    pub status_line: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderLine {
    pub key: String,
    pub legal_name: String,
    pub contact: Option<String>,
    pub public_note: Option<String>,
    pub kind: ProviderKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceLine {
    pub key: String,
    pub name: String,
    pub energy_method: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelLine {
    pub key: String,
    pub name: String,
    pub version: Option<String>,
    pub released_on: Option<NaiveDate>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteLine {
    pub key: String,
    pub name: String,
    pub zone: String,
    pub zone_name: String,
    /// Declared multipliers that were applied, or that told the IT part of facility energy.
    pub factors: Vec<SiteFactorLine>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteFactorLine {
    pub kind: SiteFactorKind,
    pub value: Ratio,
    pub valid_from: DateTime<Utc>,
    pub valid_to: DateTime<Utc>,
    pub revision: i32,
}

/// One line of the boundary checklist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BoundaryLine {
    /// One of [`BoundaryLine::ITEMS`].
    pub item: &'static str,
    pub included: Included,
}

impl BoundaryLine {
    /// What the template asks about, in its order.
    pub const ITEMS: [&'static str; 8] = [
        "Accelerators",
        "Host processors and memory",
        "Network",
        "Storage",
        "Idle and reserved capacity",
        "Cooling and power distribution",
        "Retrieval and tools",
        "The user\u{2019}s device",
    ];
}

super::terms::terms! {
    /// Whether something is inside the published mean.
    Included { Yes = "yes", No = "no", Unknown = "unknown" }
}

/// Which values of which factor set were used for a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorUse {
    pub set_key: String,
    pub source: String,
    pub licence: String,
    pub attribution: String,
    pub release: String,
    pub resolution: Resolution,
    /// The site's zone.
    pub zone: String,
    /// The zone whose value was taken: the same, or its parent.
    pub value_zone: String,
    pub rung: Rung,
    /// Hours of use that took such a value.
    pub hours: i64,
    pub lowest_revision: i32,
    pub highest_revision: i32,
}

/// What a market-based figure counts of a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractUse {
    pub key: String,
    pub revision: i32,
    pub instrument: Instrument,
    pub matching: Matching,
    pub zone: String,
    pub valid: Days,
    /// All that was bought.
    pub volume: EnergyVolume,
    /// Its factor on the basis of the disclosure.
    pub intensity: Intensity,
    /// Facility energy of this service and period that it covers, in watt-hours.
    pub covered_wh: Decimal,
    /// Where it can be looked up.
    pub reference: String,
}

/// What widens the interval of the mean of all tasks most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntervalLine {
    pub largest: IntervalSource,
    /// Whether tasks that were not reported are counted in.
    pub has_sampling: bool,
}

/// What some tasks were estimated from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EstimateLine {
    pub model: String,
    /// The revision of a coefficient; `None` is the formula over the model's parameters.
    pub coefficient: Option<i32>,
    /// Facility energy, in watt-hours.
    pub energy_wh: Decimal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DefaultUse {
    pub kind: SiteFactorKind,
    pub value: Ratio,
    /// Share of the facility energy that was computed with this default.
    pub share: Decimal,
}

/// One figure: what it is, of what, and its exact value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact {
    pub concept: Concept,
    /// `None` is all task types together.
    pub task_type: Option<TaskType>,
    pub member: Option<Member>,
    pub value: FactValue,
}

/// A part of a whole that a share is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    Evidence(Evidence),
    Rung(Rung),
    Market(MarketPart),
    Step(StepKind),
    /// `None` is not stated.
    Place(Option<Place>),
    /// The rest of a task that no step explains.
    Unattributed,
}

/// A value, or why there is none. These are different things and are never shown alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactValue {
    Known(Decimal),
    /// It exists, and we were not told.
    Unknown,
    /// It cannot exist here, such as a mean over no tasks.
    NotApplicable,
}

super::terms::terms! {
    /// What a figure measures. The words are the concepts of the template.
    Concept {
        TasksCompleted = "tasks_completed",
        TasksFailed = "tasks_failed",
        TasksCancelled = "tasks_cancelled",
        EnergyReportedTotal = "energy_reported_total",
        EnergyItTotal = "energy_it_total",
        EnergyFacilityTotal = "energy_facility_total",
        EnergyPerTaskMean = "energy_per_task_mean",
        /// Lower and upper end of the 95 % interval of the mean.
        EnergyPerTaskLow = "energy_per_task_low",
        EnergyPerTaskHigh = "energy_per_task_high",
        EnergyPerTaskItMean = "energy_per_task_it_mean",
        EnergyPerTaskMedian = "energy_per_task_median",
        EnergyPerTaskP10 = "energy_per_task_p10",
        EnergyPerTaskP90 = "energy_per_task_p90",
        EnergyPerTaskP95 = "energy_per_task_p95",
        EnergyPerTaskP99 = "energy_per_task_p99",
        EnergyPer1000OutputTokens = "energy_per_1000_output_tokens",
        EnergyPerImage = "energy_per_image",
        EnergyPerPage = "energy_per_page",
        EnergyPerAudioSecond = "energy_per_audio_second",
        EnergyPerVideoSecond = "energy_per_video_second",
        CarbonLocationTotal = "carbon_location_total",
        CarbonLocationPerTask = "carbon_location_per_task",
        CarbonMarketTotal = "carbon_market_total",
        CarbonMarketPerTask = "carbon_market_per_task",
        EvidenceShare = "evidence_share",
        StageShare = "stage_share",
        /// Retrieval, reranking and verification ÷ facility energy.
        VerificationOverhead = "verification_overhead",
        /// Energy of failed and cancelled tasks ÷ facility energy.
        UnfinishedShare = "unfinished_share",
        PlaceTaskShare = "place_task_share",
        PlaceEnergyShare = "place_energy_share",
        /// Modelled: what tasks at the edge and on devices would have used more at the mean of the cloud.
        PlaceSavingModelled = "place_saving_modelled",
        /// Energy that Taskwatt estimated because tasks came without ÷ facility energy.
        EstimatedShare = "estimated_share",
        FactorRungShare = "factor_rung_share",
        MarketShare = "market_share",
        /// Facility energy that contracts cover hour by hour ÷ facility energy.
        HourlyMatchedShare = "hourly_matched_share",
        DefaultFactorShare = "default_factor_share",
        Coverage = "coverage",
        /// Completed tasks that percentiles leave out ÷ completed tasks.
        PercentileLeftOutShare = "percentile_left_out_share",
    }
}

impl Concept {
    /// The unit of every value of this concept.
    pub fn unit(self) -> &'static str {
        match self {
            Concept::TasksCompleted | Concept::TasksFailed | Concept::TasksCancelled => "task",
            Concept::EnergyReportedTotal => "uJ",
            Concept::CarbonLocationTotal
            | Concept::CarbonLocationPerTask
            | Concept::CarbonMarketTotal
            | Concept::CarbonMarketPerTask => "gCO2e",
            Concept::EvidenceShare
            | Concept::StageShare
            | Concept::VerificationOverhead
            | Concept::UnfinishedShare
            | Concept::PlaceTaskShare
            | Concept::PlaceEnergyShare
            | Concept::EstimatedShare
            | Concept::FactorRungShare
            | Concept::MarketShare
            | Concept::HourlyMatchedShare
            | Concept::DefaultFactorShare
            | Concept::Coverage
            | Concept::PercentileLeftOutShare => "1",
            _ => "Wh",
        }
    }
}

impl Member {
    /// The dimension and the member's word within it.
    pub fn as_pair(self) -> (&'static str, &'static str) {
        match self {
            Member::Evidence(evidence) => ("evidence", evidence.as_str()),
            Member::Rung(rung) => ("factor_rung", rung.as_str()),
            Member::Market(part) => ("market_part", part.as_str()),
            Member::Step(kind) => ("step_kind", kind.as_str()),
            Member::Place(place) => ("place", place.map_or("unstated", Place::as_str)),
            Member::Unattributed => ("step_kind", "unattributed"),
        }
    }
}

impl Disclosure {
    /// The value of a figure that the template holds once per task type (`None`: all together).
    pub fn value(&self, concept: Concept, task_type: Option<TaskType>) -> FactValue {
        self.facts
            .iter()
            .find(|fact| fact.concept == concept && fact.task_type == task_type && fact.member.is_none())
            .map_or(FactValue::Unknown, |fact| fact.value)
    }

    /// The shares of one concept over all task types, in the order of the document.
    pub fn shares(&self, concept: Concept) -> impl Iterator<Item = (Member, Decimal)> + '_ {
        self.facts.iter().filter_map(move |fact| match (fact.member, fact.value) {
            (Some(member), FactValue::Known(share))
                if fact.concept == concept && fact.task_type.is_none() =>
            {
                Some((member, share))
            }
            _ => None,
        })
    }

    /// The task types that the document has figures for, in the order of the document.
    pub fn task_types(&self) -> impl Iterator<Item = TaskType> + '_ {
        self.facts
            .iter()
            .filter(|fact| fact.concept == Concept::TasksCompleted)
            .filter_map(|fact| fact.task_type)
    }
}

/// A document with something in every field, for the tests of the renderings.
#[cfg(test)]
pub(crate) fn sample() -> Disclosure {
    use super::terms::Resolution::Hour;
    let instant = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let known = |mantissa, decimals| FactValue::Known(Decimal::new(mantissa, decimals));
    let fact = |concept, task_type, member, value| Fact { concept, task_type, member, value };
    let chat = Some(TaskType::Chat);
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
        }],
        boundary: vec![BoundaryLine { item: BoundaryLine::ITEMS[7], included: Included::No }],
        facts: vec![
            fact(Concept::TasksCompleted, None, None, known(1_234, 0)),
            fact(Concept::EnergyPerTaskMean, None, None, known(246_813_579_246, 12)),
            fact(Concept::TasksCompleted, chat, None, known(1_234, 0)),
            fact(Concept::EnergyPerTaskMean, chat, None, known(246_813_579_246, 12)),
            fact(Concept::EnergyPer1000OutputTokens, chat, None, FactValue::NotApplicable),
            fact(
                Concept::EvidenceShare,
                None,
                Some(Member::Evidence(Evidence::Modelled)),
                FactValue::Known(one),
            ),
            fact(Concept::StageShare, None, Some(Member::Unattributed), FactValue::Known(one)),
            fact(Concept::FactorRungShare, None, Some(Member::Rung(Rung::ParentZone)), FactValue::Known(one)),
            fact(Concept::Coverage, None, None, FactValue::Unknown),
        ],
        factor_uses: vec![FactorUse {
            set_key: "set".to_owned(),
            source: "Source".to_owned(),
            licence: "CC BY 4.0".to_owned(),
            attribution: "Credit".to_owned(),
            release: "2025".to_owned(),
            resolution: Hour,
            zone: "SE-SE1".to_owned(),
            value_zone: "SE".to_owned(),
            rung: Rung::ParentZone,
            hours: 744,
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
            covered_wh: Decimal::new(12_345, 2),
            reference: "Certificates 1 to 9".to_owned(),
        }],
        residual_uses: Vec::new(),
        interval: Some(IntervalLine { largest: IntervalSource::DefaultPue, has_sampling: false }),
        estimates: vec![EstimateLine {
            model: "m-1".to_owned(),
            coefficient: Some(3),
            energy_wh: Decimal::new(1_234, 2),
        }],
        defaults: vec![DefaultUse {
            kind: SiteFactorKind::ItPerServer,
            value: Ratio::from_ppm(1_120_000),
            share: Decimal::new(500_000, 6),
        }],
        limits: vec!["A limit.".to_owned()],
        address: "https://taskwatt.example/disclosures/7/v2".to_owned(),
    }
}
