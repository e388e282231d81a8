//! English.

use super::super::language::Language;
use super::Labels;
use crate::domain::fact::Concept;
use crate::domain::factor::Rung;
use crate::domain::terms::{Evidence, MarketPart, Place, StepKind, TaskType};

pub(super) static LABELS: Labels = Labels {
    language: Language::English,
    concept,
    task_type,
    evidence,
    rung,
    market_part,
    step_kind,
    place,
    unattributed: "not explained by steps",
    unstated: "not stated",
    other_zones: "other zones",
    all_task_types: "all task types",
    all_models: "all models",
    no_value: ["unknown", "N/A", "not included"],
};

fn concept(concept: Concept) -> &'static str {
    match concept {
        Concept::TasksCompleted => "Completed tasks",
        Concept::TasksFailed => "Failed tasks",
        Concept::TasksCancelled => "Cancelled tasks",
        Concept::EnergyReportedTotal => "Energy as reported, within the boundaries of the records",
        Concept::EnergyItTotal => "IT energy, all tasks",
        Concept::EnergyFacilityTotal => "Facility energy, all tasks",
        Concept::EnergyPerTaskMean => "Mean facility energy per completed task",
        Concept::EnergyPerTaskLow => "Mean energy per task, lower end of the 95 % interval",
        Concept::EnergyPerTaskHigh => "Mean energy per task, upper end of the 95 % interval",
        Concept::EnergyPerTaskItMean => "Mean IT energy per completed task",
        Concept::EnergyPerTaskMedian => "Median energy per task",
        Concept::EnergyPerTaskP10 => "Energy per task, 10th percentile",
        Concept::EnergyPerTaskP90 => "Energy per task, 90th percentile",
        Concept::EnergyPerTaskP95 => "Energy per task, 95th percentile",
        Concept::EnergyPerTaskP99 => "Energy per task, 99th percentile",
        Concept::EnergyPer1000OutputTokens => "Energy per 1,000 output tokens",
        Concept::EnergyPerImage => "Energy per image",
        Concept::EnergyPerPage => "Energy per page",
        Concept::EnergyPerAudioSecond => "Energy per second of audio",
        Concept::EnergyPerVideoSecond => "Energy per second of video",
        Concept::CarbonLocationTotal => "Location-based carbon, all tasks",
        Concept::CarbonLocationPerTask => "Location-based carbon per completed task",
        Concept::CarbonMarketTotal => "Market-based carbon, all tasks",
        Concept::CarbonMarketPerTask => "Market-based carbon per completed task",
        Concept::CarbonHourShare => "Share of location-based carbon by hour of the day (UTC)",
        Concept::CarbonHourPerTask => "Location-based carbon per task completed in an hour of the day (UTC)",
        Concept::EvidenceShare => "Share of energy by how it is known",
        Concept::StageShare => "Share of energy by kind of step",
        Concept::VerificationOverhead => "Share of energy of retrieval, reranking and verification",
        Concept::UnfinishedShare => "Share of energy of failed and cancelled tasks",
        Concept::RetryShare => "Share of energy of calls made again",
        Concept::PlaceTaskShare => "Share of completed tasks by where they ran",
        Concept::PlaceEnergyShare => "Share of energy by where tasks ran",
        Concept::PlaceSavingModelled => "Modelled saving of tasks outside data centres",
        Concept::PlaceSavingLeftOutShare => "Share of such tasks that the modelled saving leaves out",
        Concept::EstimatedShare => "Share of energy that is estimated",
        Concept::FactorRungShare => "Share of energy by kind of grid value",
        Concept::MarketShare => "Share of energy by how the market-based figure counts it",
        Concept::HourlyMatchedShare => "Share of energy covered by contracts hour by hour",
        Concept::DefaultFactorShare => "Share of energy that rests on a default factor",
        Concept::ZoneEnergyShare => "Share of energy by grid zone",
        Concept::EnergyChangeRatio => "Mean energy per task divided by that of the baseline",
        Concept::EnergyChangeLow => "Ratio to the baseline, lower end of the 95 % interval",
        Concept::EnergyChangeHigh => "Ratio to the baseline, upper end of the 95 % interval",
        Concept::WaterOnSiteTotal => "Water on site, all tasks",
        Concept::WaterOnSitePerTask => "Water on site per completed task",
        Concept::WaterOnSiteCovered => "Share of energy of which water on site is known",
        Concept::WaterIndirectTotal => "Water at power plants, all tasks",
        Concept::WaterIndirectPerTask => "Water at power plants per completed task",
        Concept::WaterIndirectCovered => "Share of energy of which water at power plants is known",
        Concept::EmbodiedCarbonTotal => "Embodied carbon of accelerators, all tasks",
        Concept::EmbodiedCarbonPerTask => "Embodied carbon of accelerators per completed task",
        Concept::EmbodiedCarbonCovered => "Share of accelerator time of which embodied carbon is known",
        Concept::TrainingEnergyPerTask => "Training energy divided by the declared number of tasks",
        Concept::Coverage => "Coverage: tasks reported divided by tasks served",
        Concept::RecordsInConflict => "Records whose id also stands at another time",
        Concept::HoursWithoutRecords => "Hours without records between hours with records",
        Concept::PercentileLeftOutShare => "Share of tasks that percentiles leave out",
    }
}

fn task_type(task_type: TaskType) -> &'static str {
    match task_type {
        TaskType::Chat => "Chat",
        TaskType::Reasoning => "Reasoning",
        TaskType::Code => "Code",
        TaskType::Agent => "Agent",
        TaskType::Summarisation => "Summarisation",
        TaskType::Translation => "Translation",
        TaskType::QuestionAnswering => "Question answering",
        TaskType::Classification => "Classification",
        TaskType::Embedding => "Embedding",
        TaskType::Retrieval => "Retrieval",
        TaskType::ImageGeneration => "Image generation",
        TaskType::ImageUnderstanding => "Image understanding",
        TaskType::VideoGeneration => "Video generation",
        TaskType::SpeechToText => "Speech to text",
        TaskType::TextToSpeech => "Text to speech",
        TaskType::Ocr => "Text recognition (OCR)",
        TaskType::Other => "Other",
    }
}

fn evidence(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Metered => "Metered",
        Evidence::Counter => "Device counters",
        Evidence::Modelled => "Modelled",
        Evidence::Declared => "Declared",
    }
}

fn rung(rung: Rung) -> &'static str {
    match rung {
        Rung::HourlyMeasured => "value of the hour, from measured generation",
        Rung::HourlyEstimated => "value of the hour, estimated by the source",
        Rung::Monthly => "average of the month",
        Rung::Annual => "average of the year",
        Rung::EarlierAnnual => "average of an earlier year, at most three years old",
        Rung::ParentZone => "value of the country around the zone",
    }
}

fn market_part(market_part: MarketPart) -> &'static str {
    match market_part {
        MarketPart::Contract => "factor of a contract",
        MarketPart::ResidualMix => "residual mix",
        MarketPart::LocationBased => "location-based factor, because no residual mix is loaded",
    }
}

fn step_kind(step_kind: StepKind) -> &'static str {
    match step_kind {
        StepKind::Generation => "Generation",
        StepKind::Reasoning => "Reasoning",
        StepKind::Retrieval => "Retrieval",
        StepKind::Reranking => "Reranking",
        StepKind::Tool => "Tools",
        StepKind::Verification => "Verification",
        StepKind::ImageGeneration => "Image generation",
        StepKind::Embedding => "Embedding",
        StepKind::Orchestration => "Orchestration",
        StepKind::Other => "Other steps",
    }
}

fn place(place: Place) -> &'static str {
    match place {
        Place::Cloud => "in a data centre",
        Place::Edge => "at the edge of the network",
        Place::Device => "on the user’s device",
    }
}
