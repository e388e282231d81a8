//! The closed vocabularies, each with the one spelling used in the API, the database and the files.

macro_rules! terms {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_meta])* $variant),* }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),* }
            }

            /// `None` for a word that is not in the vocabulary.
            pub fn parse(text: &str) -> Option<$name> {
                match text { $($text => Some($name::$variant),)* _ => None }
            }

            /// The words a caller may choose from, for messages.
            pub const CHOICES: &'static [&'static str] = &[$($text),*];
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<$name, String> {
                $name::parse(text).ok_or_else(|| format!("must be one of {}", $name::CHOICES.join(", ")))
            }
        }
    };
}

pub(crate) use terms;

terms! {
    /// What a user asked for. `other` is a type of its own, never a default.
    TaskType {
        Chat = "chat",
        Reasoning = "reasoning",
        Code = "code",
        Agent = "agent",
        Summarisation = "summarisation",
        Translation = "translation",
        QuestionAnswering = "question_answering",
        Classification = "classification",
        Embedding = "embedding",
        Retrieval = "retrieval",
        ImageGeneration = "image_generation",
        ImageUnderstanding = "image_understanding",
        VideoGeneration = "video_generation",
        SpeechToText = "speech_to_text",
        TextToSpeech = "text_to_speech",
        Ocr = "ocr",
        Other = "other",
    }
}

terms! {
    /// Which layers of the data centre an energy value includes; each holds the one before.
    Boundary {
        /// The accelerators alone.
        Accelerator = "accelerator",
        /// And host processors and memory.
        Server = "server",
        /// And network, storage, idle and reserved capacity.
        It = "it",
        /// And cooling and distribution: PUE is already inside and is never applied again.
        Facility = "facility",
    }
}

terms! {
    /// How an energy value is known, best first (tiers T1 to T4 of the method).
    Evidence {
        Metered = "metered",
        Counter = "counter",
        Modelled = "modelled",
        Declared = "declared",
    }
}

terms! {
    /// How a task ended. Failed and cancelled tasks used energy too.
    Outcome { Completed = "completed", Failed = "failed", Cancelled = "cancelled" }
}

terms! {
    /// Where a task was computed.
    Place { Cloud = "cloud", Edge = "edge", Device = "device" }
}

impl Place {
    /// Plain words for people.
    pub fn label(self) -> &'static str {
        match self {
            Place::Cloud => "in a data centre",
            Place::Edge => "at the edge of the network",
            Place::Device => "on the user’s device",
        }
    }
}

terms! {
    /// What stands beside the task as a measure of its work, each with the unit in which it is stored.
    NaturalUnit { Images = "images", Pages = "pages", AudioUs = "audio_us", VideoUs = "video_us" }
}

terms! {
    /// Whether the tasks of a group came as single records or as sums over windows; never both for the
    /// same tasks.
    CountedFrom { Records = "records", Windows = "windows" }
}

terms! {
    /// What a step inside a task does.
    StepKind {
        Generation = "generation",
        Reasoning = "reasoning",
        Retrieval = "retrieval",
        Reranking = "reranking",
        Tool = "tool",
        Verification = "verification",
        ImageGeneration = "image_generation",
        Embedding = "embedding",
        Orchestration = "orchestration",
        Other = "other",
    }
}

terms! {
    /// Whether an intensity counts the whole life cycle of power plants or what they emit directly.
    Basis { Lifecycle = "lifecycle", Direct = "direct" }
}

terms! {
    /// Whether an intensity is of the electricity consumed in a zone or of that produced in it.
    Perimeter { Consumption = "consumption", Production = "production" }
}

terms! {
    /// How long one value of a factor set holds.
    Resolution {
        QuarterHour = "quarter_hour",
        HalfHour = "half_hour",
        Hour = "hour",
        Month = "month",
        Year = "year",
    }
}

terms! {
    /// What the values of a factor set are of. Residual mixes serve market-based figures alone; marginal
    /// values have no place in an inventory.
    FactorKind { Average = "average", Residual = "residual", Marginal = "marginal" }
}

terms! {
    /// Why values were kept apart instead of being used.
    QuarantineReason {
        Negative = "negative",
        Absurd = "absurd",
        ZeroForNoData = "zero_for_no_data",
        BelowDirect = "below_direct",
        FarFromAnnual = "far_from_annual",
    }
}

terms! {
    /// Who calls a zone by a code of its own.
    CodeKind {
        Eic = "eic",
        Iso3 = "iso3",
        Eurostat = "eurostat",
        Entsoe = "entsoe",
        CloudRegion = "cloud_region",
    }
}

terms! {
    /// Multipliers from one layer of a site to the next.
    SiteFactorKind {
        Pue = "pue",
        ServerPerAccelerator = "server_per_accelerator",
        ItPerServer = "it_per_server",
    }
}

terms! {
    /// By which instruments energy is known whose error a provider may declare.
    MeterClassKind { Metered = "metered_class", Counter = "counter_class" }
}

impl MeterClassKind {
    /// The instruments by which energy of this tier is known; `None` where none measured it.
    pub fn of(evidence: Evidence) -> Option<MeterClassKind> {
        match evidence {
            Evidence::Metered => Some(MeterClassKind::Metered),
            Evidence::Counter => Some(MeterClassKind::Counter),
            Evidence::Modelled | Evidence::Declared => None,
        }
    }
}

terms! {
    /// What is declared of a site over time as one number: its factors, the classes of its meters, and its water.
    SiteSeries {
        Pue = "pue",
        ServerPerAccelerator = "server_per_accelerator",
        ItPerServer = "it_per_server",
        /// Per cent either way within which its meters tell energy.
        MeteredClass = "metered_class",
        /// The same of the counters in its devices.
        CounterClass = "counter_class",
        /// Litres of water on site per kilowatt-hour of IT energy.
        Wue = "wue",
    }
}

terms! {
    /// By whose definition a WUE was measured: they differ in which water they count.
    WaterDefinition {
        /// Delegated Regulation (EU) 2024/1364.
        Eu20241364 = "eu_2024_1364",
        /// The rating scheme C(2026) 3472, which defines it anew.
        EuC20263472 = "eu_c_2026_3472",
        /// ISO/IEC 30134-9.
        IsoIec301349 = "iso_iec_30134_9",
        /// Another one, which is named beside it.
        Other = "other",
        NotStated = "not_stated",
    }
}

terms! {
    /// How the energy of training is known.
    TrainingEvidence { Measured = "measured", Estimated = "estimated" }
}

terms! {
    /// Which figures with little behind them public documents leave out.
    SmallCells {
        /// Those of few sites.
        Sites = "sites",
        /// Those of few sites and those of few tasks.
        All = "all",
        /// None.
        Shown = "shown",
    }
}

terms! {
    /// What an API key may do.
    Scope {
        /// Send records.
        RecordsWrite = "records:write",
        /// Read what is the provider's own.
        Read = "read",
        /// Register services, models and sites, and declare what is known of them.
        RegistryWrite = "registry:write",
        /// Build and publish disclosures.
        DisclosuresWrite = "disclosures:write",
    }
}

impl TaskType {
    /// Plain words for people.
    pub fn label(self) -> &'static str {
        match self {
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
}

impl Evidence {
    /// Plain words for people.
    pub fn label(self) -> &'static str {
        match self {
            Evidence::Metered => "Metered",
            Evidence::Counter => "Device counters",
            Evidence::Modelled => "Modelled",
            Evidence::Declared => "Declared",
        }
    }

    /// One sentence that says what the tier means.
    pub fn explanation(self) -> &'static str {
        match self {
            Evidence::Metered => "read from a meter at a node, rack or site and shared out to tasks",
            Evidence::Counter => "read from counters in the devices, such as NVML or RAPL",
            Evidence::Modelled => "calculated from tokens or time and a measured coefficient",
            Evidence::Declared => {
                "derived from compute or spending, or estimated from the parameters of a model"
            }
        }
    }
}

impl StepKind {
    /// Plain words for people.
    pub fn label(self) -> &'static str {
        match self {
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
}

impl Basis {
    /// Plain words for people.
    pub fn label(self) -> &'static str {
        match self {
            Basis::Lifecycle => "life cycle",
            Basis::Direct => "direct emissions",
        }
    }
}

/// What the energy of a task includes and how it is known; or, of a task that was sent without energy, what an
/// estimate is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EnergyTerms {
    Stated(Boundary, Evidence),
    /// Within the IT equipment or at the whole facility: nobody knows yet whether the PUE is inside.
    PueUnknown(Evidence),
    /// Sent without energy. Every such task states above zero what its terms name, so that a sum over them leaves none
    /// out: output tokens, and perhaps input tokens.
    FromTokens,
    /// Input tokens and no output.
    FromInputTokens,
    /// Time on accelerators and no tokens.
    FromTime,
    /// Output tokens and time on accelerators.
    FromTokensOrTime,
    /// Input tokens, no output, and time on accelerators.
    FromInputTokensOrTime,
}

impl EnergyTerms {
    /// The word for a boundary of which it is not known whether it holds the PUE.
    pub const IT_OR_FACILITY: &str = "it_or_facility";
    const ESTIMATED: &str = "estimated";

    /// The words under which it is stored: of the boundary and of the evidence.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            EnergyTerms::Stated(boundary, evidence) => (boundary.as_str(), evidence.as_str()),
            EnergyTerms::PueUnknown(evidence) => (EnergyTerms::IT_OR_FACILITY, evidence.as_str()),
            EnergyTerms::FromTokens => (EnergyTerms::ESTIMATED, "from_tokens"),
            EnergyTerms::FromInputTokens => (EnergyTerms::ESTIMATED, "from_input_tokens"),
            EnergyTerms::FromTime => (EnergyTerms::ESTIMATED, "from_time"),
            EnergyTerms::FromTokensOrTime => (EnergyTerms::ESTIMATED, "from_tokens_or_time"),
            EnergyTerms::FromInputTokensOrTime => (EnergyTerms::ESTIMATED, "from_input_tokens_or_time"),
        }
    }

    pub fn parse(boundary: &str, evidence: &str) -> Option<EnergyTerms> {
        match (boundary, evidence) {
            (EnergyTerms::ESTIMATED, _) => {
                EnergyTerms::ALL_ESTIMATED.into_iter().find(|terms| terms.words().1 == evidence)
            }
            (EnergyTerms::IT_OR_FACILITY, _) => Some(EnergyTerms::PueUnknown(Evidence::parse(evidence)?)),
            _ => Some(EnergyTerms::Stated(Boundary::parse(boundary)?, Evidence::parse(evidence)?)),
        }
    }

    /// Those of tasks that come without energy.
    pub const ALL_ESTIMATED: [EnergyTerms; 5] = [
        EnergyTerms::FromTokens,
        EnergyTerms::FromInputTokens,
        EnergyTerms::FromTime,
        EnergyTerms::FromTokensOrTime,
        EnergyTerms::FromInputTokensOrTime,
    ];

    /// Whether tasks of these terms come without energy.
    pub fn is_estimated(self) -> bool {
        !matches!(self, EnergyTerms::Stated(..) | EnergyTerms::PueUnknown(_))
    }

    /// The terms of a task without energy, by what it states above zero; `None` where that supports no estimate.
    pub fn supported_by(input_tokens: i64, output_tokens: i64, accelerator_us: i64) -> Option<EnergyTerms> {
        match (output_tokens > 0, input_tokens > 0, accelerator_us > 0) {
            (true, _, true) => Some(EnergyTerms::FromTokensOrTime),
            (true, _, false) => Some(EnergyTerms::FromTokens),
            (false, true, true) => Some(EnergyTerms::FromInputTokensOrTime),
            (false, true, false) => Some(EnergyTerms::FromInputTokens),
            (false, false, true) => Some(EnergyTerms::FromTime),
            (false, false, false) => None,
        }
    }
}

terms! {
    /// What the energy of tasks that came without any is estimated from.
    EstimatedFrom {
        /// A coefficient that was measured, with tokens or time on accelerators (T3).
        Coefficient = "coefficient",
        /// The published formula, with output tokens and the parameters of the model (T4).
        Formula = "formula",
    }
}

terms! {
    /// What widens an interval: how energy is known, what was added to it, and tasks that were not reported.
    IntervalSource {
        Metered = "metered",
        Counter = "counter",
        Coefficient = "coefficient",
        Formula = "formula",
        Defaults = "defaults",
        Outside = "outside_measured",
        StatedIntervals = "stated_intervals",
        ServerPerAcceleratorDefault = "server_per_accelerator_default",
        ItPerServerDefault = "it_per_server_default",
        DeclaredPue = "declared_pue",
        DefaultPue = "default_pue",
        Sampling = "sampling",
    }
}

impl IntervalSource {
    /// Plain words for people.
    pub fn label(self) -> &'static str {
        match self {
            IntervalSource::Metered => "the error of meters",
            IntervalSource::Counter => "the error of device counters",
            IntervalSource::Coefficient => "energy that is modelled with a coefficient measured elsewhere",
            IntervalSource::Formula => {
                "energy that is estimated from a model’s parameters, batch and number of accelerators"
            }
            IntervalSource::Defaults => {
                "energy that is derived from compute, spending or a model’s parameters"
            }
            IntervalSource::Outside => {
                "energy that is estimated beyond what was ever measured, or with a coefficient of another accelerator"
            }
            IntervalSource::StatedIntervals => "the intervals that records state themselves",
            IntervalSource::ServerPerAcceleratorDefault => {
                "the default factor from accelerators to servers, because the provider declared none"
            }
            IntervalSource::ItPerServerDefault => {
                "the default factor from servers to all IT equipment, because the provider declared none"
            }
            IntervalSource::DeclaredPue => "the declared PUE",
            IntervalSource::DefaultPue => "the default PUE, because the provider declared none",
            IntervalSource::Sampling => "tasks that were not reported",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_as_itself() {
        assert!(TaskType::ALL.iter().all(|term| TaskType::parse(term.as_str()) == Some(*term)));
        assert!(StepKind::ALL.iter().all(|term| StepKind::parse(term.as_str()) == Some(*term)));
        assert_eq!(Evidence::parse("Metered"), None);
        for terms in EnergyTerms::ALL_ESTIMATED {
            let (boundary, evidence) = terms.words();
            assert_eq!(EnergyTerms::parse(boundary, evidence), Some(terms));
            assert!(terms.is_estimated());
        }
        assert_eq!(EnergyTerms::parse("estimated", "metered"), None);
        assert_eq!(EnergyTerms::parse("it", "from_time"), None);
        assert_eq!("marginal".parse::<Perimeter>().unwrap_err(), "must be one of consumption, production");
    }
}

terms! {
    /// What a provider bought to say where its power comes from.
    Instrument {
        GuaranteeOfOrigin = "guarantee_of_origin",
        PowerPurchaseAgreement = "power_purchase_agreement",
        OtherCertificate = "other_certificate",
    }
}

impl Instrument {
    /// Plain words for people.
    pub fn label(self) -> &'static str {
        match self {
            Instrument::GuaranteeOfOrigin => "guarantees of origin",
            Instrument::PowerPurchaseAgreement => "power purchase agreement",
            Instrument::OtherCertificate => "other certificates",
        }
    }
}

terms! {
    /// How the volume of a contract meets what is consumed.
    Matching {
        /// Spread over the contract's time, whatever the hour in which the power was made.
        Annual = "annual",
        /// Hour by hour: what was made in an hour counts for that hour alone.
        Hourly = "hourly",
    }
}

terms! {
    /// By which factor energy is counted in a market-based figure.
    MarketPart {
        Contract = "contract",
        ResidualMix = "residual_mix",
        /// Where no residual mix is loaded.
        LocationBased = "location_based",
    }
}

impl MarketPart {
    /// Plain words for people.
    pub fn label(self) -> &'static str {
        match self {
            MarketPart::Contract => "factor of a contract",
            MarketPart::ResidualMix => "residual mix",
            MarketPart::LocationBased => "location-based factor, because no residual mix is loaded",
        }
    }
}
