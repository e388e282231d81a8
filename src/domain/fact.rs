//! One figure of a disclosure: what it measures, of which tasks, and its exact value or why there is none.

use super::factor::Rung;
use super::period::{Period, beginning_of};
use super::terms::{Evidence, MarketPart, Place, StepKind, TaskType, terms};
use crate::units::Decimal;
use chrono::{DateTime, NaiveDate, TimeDelta, Timelike, Utc};
use std::sync::Arc;

/// One figure: what it is, of what, and its exact value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    pub concept: Concept,
    pub of: Of,
    pub member: Option<Member>,
    pub value: FactValue,
}

/// Which tasks a figure is of.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Of {
    /// `None` is all task types together.
    pub task_type: Option<TaskType>,
    /// The name of a model; `None` is all models together.
    pub model: Option<Arc<str>>,
    /// `None` is the period of the disclosure; otherwise a month of the series.
    pub month: Option<Period>,
}

impl Of {
    /// All tasks of the period.
    pub const ALL: Of = Of { task_type: None, model: None, month: None };

    pub fn task_type(task_type: TaskType) -> Of {
        Of { task_type: Some(task_type), ..Of::ALL }
    }

    pub fn model(model: &Arc<str>) -> Of {
        Of { model: Some(Arc::clone(model)), ..Of::ALL }
    }

    /// The same of another model.
    pub fn of_model(self, model: &Arc<str>) -> Of {
        Of { model: Some(Arc::clone(model)), ..self }
    }

    /// The same of a month.
    pub fn in_month(self, month: Period) -> Of {
        Of { month: Some(month), ..self }
    }
}

/// A part of a whole that a share is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Member {
    Evidence(Evidence),
    Rung(Rung),
    Market(MarketPart),
    Step(StepKind),
    /// `None` is not stated.
    Place(Option<Place>),
    /// The rest of a task that no step explains.
    Unattributed,
    /// A grid zone; `None` are the zones that are not shown apart.
    Zone(Option<Arc<str>>),
    HourOfDay(HourOfDay),
}

/// An hour of the day in UTC, over all days of a period: 0 is from midnight to before one o'clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HourOfDay(u8);

impl HourOfDay {
    /// The hours, in order, by what they are called.
    pub const NAMES: [&'static str; 24] = [
        "00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16",
        "17", "18", "19", "20", "21", "22", "23",
    ];

    /// All hours, in order.
    pub fn all() -> impl Iterator<Item = HourOfDay> {
        (0..24).map(HourOfDay)
    }

    /// The hour that an instant lies in.
    pub fn of(instant: DateTime<Utc>) -> HourOfDay {
        // chrono counts hours of a day from 0 to 23.
        HourOfDay(u8::try_from(instant.hour()).unwrap_or_default())
    }

    /// From 0 to 23.
    pub fn get(self) -> u8 {
        self.0
    }

    /// The instant at which it begins on a day.
    pub fn on(self, day: NaiveDate) -> DateTime<Utc> {
        beginning_of(day) + TimeDelta::hours(self.0.into())
    }

    /// Two digits.
    pub fn as_str(self) -> &'static str {
        Self::NAMES[usize::from(self.0)]
    }

    /// `None` for what is not two digits of an hour.
    pub fn parse(text: &str) -> Option<HourOfDay> {
        HourOfDay::all().find(|hour| hour.as_str() == text)
    }
}

/// A value, or why there is none. These are different things and are never shown alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FactValue {
    Known(Decimal),
    /// It exists, and we were not told.
    Unknown,
    /// It cannot exist here, such as a mean over no tasks.
    NotApplicable,
    /// It exists and is known, and is left out on purpose; the document says why.
    NotIncluded,
}

terms! {
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
        /// Location-based carbon by hour of the day (UTC) ÷ that of all tasks.
        CarbonHourShare = "carbon_hour_share",
        /// Location-based carbon of an hour of the day ÷ the tasks completed in it.
        CarbonHourPerTask = "carbon_hour_per_task",
        EvidenceShare = "evidence_share",
        StageShare = "stage_share",
        /// Retrieval, reranking and verification ÷ facility energy.
        VerificationOverhead = "verification_overhead",
        /// Energy of failed and cancelled tasks ÷ facility energy.
        UnfinishedShare = "unfinished_share",
        /// Energy of calls that were made again ÷ facility energy, as far as steps are told.
        RetryShare = "retry_share",
        PlaceTaskShare = "place_task_share",
        PlaceEnergyShare = "place_energy_share",
        /// Modelled: what tasks at the edge and on devices would have used more at the mean of the cloud.
        PlaceSavingModelled = "place_saving_modelled",
        /// Tasks at the edge and on devices that it says nothing of, because none of their type ran in the cloud ÷ all of
        /// them.
        PlaceSavingLeftOutShare = "place_saving_left_out_share",
        /// Energy that Taskwatt estimated because tasks came without ÷ facility energy.
        EstimatedShare = "estimated_share",
        FactorRungShare = "factor_rung_share",
        MarketShare = "market_share",
        /// Facility energy that contracts cover hour by hour ÷ facility energy.
        HourlyMatchedShare = "hourly_matched_share",
        DefaultFactorShare = "default_factor_share",
        /// Share of the facility energy by grid zone of the site.
        ZoneEnergyShare = "zone_energy_share",
        /// The mean ÷ the mean of the baseline, with the ends of its 95 % interval.
        EnergyChangeRatio = "energy_change_ratio",
        EnergyChangeLow = "energy_change_low",
        EnergyChangeHigh = "energy_change_high",
        /// Water on site and at power plants, of the tasks of which it is known.
        WaterOnSiteTotal = "water_on_site_total",
        WaterOnSitePerTask = "water_on_site_per_task",
        WaterOnSiteCovered = "water_on_site_covered",
        WaterIndirectTotal = "water_indirect_total",
        WaterIndirectPerTask = "water_indirect_per_task",
        WaterIndirectCovered = "water_indirect_covered",
        /// Carbon of making the accelerators, spread over their lifetime; never part of the carbon per task.
        EmbodiedCarbonTotal = "embodied_carbon_total",
        EmbodiedCarbonPerTask = "embodied_carbon_per_task",
        EmbodiedCarbonCovered = "embodied_carbon_covered",
        /// The share of one task in the energy of training, by the declared number of tasks of the model's life.
        TrainingEnergyPerTask = "training_energy_per_task",
        Coverage = "coverage",
        /// Records whose id also stands at another time of the period: probably one task counted twice.
        RecordsInConflict = "records_in_conflict",
        /// Hours without a record of a service that otherwise has them in nearly every hour.
        HoursWithoutRecords = "hours_without_records",
        /// Completed tasks that percentiles leave out ÷ completed tasks.
        PercentileLeftOutShare = "percentile_left_out_share",
    }
}

impl Concept {
    /// The unit of every value of this concept.
    pub fn unit(self) -> &'static str {
        match self {
            Concept::TasksCompleted | Concept::TasksFailed | Concept::TasksCancelled => "task",
            Concept::RecordsInConflict => "record",
            Concept::HoursWithoutRecords => "h",
            Concept::EnergyReportedTotal => "uJ",
            Concept::CarbonLocationTotal
            | Concept::CarbonLocationPerTask
            | Concept::CarbonMarketTotal
            | Concept::CarbonMarketPerTask
            | Concept::CarbonHourPerTask
            | Concept::EmbodiedCarbonTotal
            | Concept::EmbodiedCarbonPerTask => "gCO2e",
            Concept::WaterOnSiteTotal
            | Concept::WaterOnSitePerTask
            | Concept::WaterIndirectTotal
            | Concept::WaterIndirectPerTask => "L",
            Concept::EvidenceShare
            | Concept::StageShare
            | Concept::VerificationOverhead
            | Concept::UnfinishedShare
            | Concept::RetryShare
            | Concept::PlaceTaskShare
            | Concept::PlaceEnergyShare
            | Concept::PlaceSavingLeftOutShare
            | Concept::EstimatedShare
            | Concept::FactorRungShare
            | Concept::MarketShare
            | Concept::CarbonHourShare
            | Concept::HourlyMatchedShare
            | Concept::DefaultFactorShare
            | Concept::ZoneEnergyShare
            | Concept::EnergyChangeRatio
            | Concept::EnergyChangeLow
            | Concept::EnergyChangeHigh
            | Concept::WaterOnSiteCovered
            | Concept::WaterIndirectCovered
            | Concept::EmbodiedCarbonCovered
            | Concept::Coverage
            | Concept::PercentileLeftOutShare => "1",
            _ => "Wh",
        }
    }
}

terms! {
    /// Where a figure comes from.
    Provenance {
        /// A sum of what the records and windows say, changed by nothing.
        Reported = "reported",
        /// Made from them, and from factors, by the method.
        Computed = "computed",
        /// The end of an interval, from assumed and declared errors.
        Assessed = "assessed",
        /// What would have been, by a model of the method.
        Modelled = "modelled",
        /// Records against a number that the provider declares.
        Declared = "declared",
    }
}

impl Concept {
    /// Where every value of this concept comes from.
    pub fn provenance(self) -> Provenance {
        match self {
            Concept::TasksCompleted
            | Concept::TasksFailed
            | Concept::TasksCancelled
            | Concept::RecordsInConflict
            | Concept::HoursWithoutRecords
            | Concept::EnergyReportedTotal => Provenance::Reported,
            Concept::EnergyPerTaskLow
            | Concept::EnergyPerTaskHigh
            | Concept::EnergyChangeLow
            | Concept::EnergyChangeHigh => Provenance::Assessed,
            Concept::PlaceSavingModelled => Provenance::Modelled,
            Concept::Coverage | Concept::TrainingEnergyPerTask => Provenance::Declared,
            _ => Provenance::Computed,
        }
    }

    /// The figures that it is the quotient or the sum of, where those stand in the document too.
    pub fn made_of(self) -> &'static [Concept] {
        match self {
            Concept::EnergyPerTaskMean => &[Concept::EnergyFacilityTotal, Concept::TasksCompleted],
            Concept::EnergyPerTaskItMean => &[Concept::EnergyItTotal, Concept::TasksCompleted],
            Concept::CarbonLocationPerTask => &[Concept::CarbonLocationTotal, Concept::TasksCompleted],
            Concept::CarbonMarketPerTask => &[Concept::CarbonMarketTotal, Concept::TasksCompleted],
            _ => &[],
        }
    }

    /// Whether every value is an exact count; all others were divided or estimated, and rounded at their last decimal,
    /// half to even.
    pub fn is_exact(self) -> bool {
        self.provenance() == Provenance::Reported
    }
}

/// What the zones that are not shown apart are called.
pub const OTHER_ZONES: &str = "other";

impl Member {
    /// The dimension and the member's word within it.
    pub fn as_pair(&self) -> (&'static str, &str) {
        match self {
            Member::Evidence(evidence) => ("evidence", evidence.as_str()),
            Member::Rung(rung) => ("factor_rung", rung.as_str()),
            Member::Market(part) => ("market_part", part.as_str()),
            Member::Step(kind) => ("step_kind", kind.as_str()),
            Member::Place(place) => ("place", place.map_or("unstated", Place::as_str)),
            Member::Unattributed => ("step_kind", "unattributed"),
            Member::Zone(zone) => ("zone", zone.as_deref().unwrap_or(OTHER_ZONES)),
            Member::HourOfDay(hour) => ("hour_of_day", hour.as_str()),
        }
    }
}
