//! Who provides what, and where it runs.

use super::disclosure::{Included, TextField};
use super::ids::{ModelId, ProviderId, ServiceId, SiteId};
use super::lei::Lei;
use super::meter::MeterClass;
use super::names::{Name, Slug};
use super::period::{Days, Month};
use super::terms::{Boundary, MeterClassKind, SiteFactorKind, SiteSeries};
use super::water::{SiteWater, WueDefinition};
use crate::units::{Decimal, DecimalError, PPM, Power, Ratio, TokenEnergy, WaterUse};
use chrono::{DateTime, NaiveDate, Utc};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    pub id: ProviderId,
    pub key: Slug,
    pub legal_name: String,
    pub contact: Option<String>,
    /// A plain sentence shown to the public on every page of this provider.
    pub public_note: Option<String>,
    /// Said on every page, unless it is an operator.
    pub kind: ProviderKind,
    /// Its Legal Entity Identifier (ISO 17442).
    pub lei: Option<Lei>,
    pub role: Option<ProviderRole>,
}

super::terms::terms! {
    /// What a provider is to the models behind its services, in the words of the AI Act.
    ProviderRole {
        /// It developed the models, or had them developed.
        Provider = "provider",
        /// It changed a model of somebody else.
        Modifier = "modifier",
        /// It uses models of others.
        Deployer = "deployer",
    }
}

impl ProviderRole {
    /// What it says to people.
    pub fn label(self) -> &'static str {
        match self {
            ProviderRole::Provider => "provider of the models: it developed them, or had them developed",
            ProviderRole::Modifier => "modifier: it changed models of others",
            ProviderRole::Deployer => "deployer: it uses models of others",
        }
    }
}

super::terms::terms! {
    /// Whose figures they are.
    ProviderKind {
        /// The operator of the services answers for the records.
        Operator = "operator",
        /// Records made from public data; the operator has no part in them.
        PublicData = "public_data",
        /// Made up, with generated records.
        Fictitious = "fictitious",
    }
}

impl ProviderKind {
    /// What a reader must know before reading a figure; `None` for an operator.
    pub fn mark(self) -> Option<&'static str> {
        match self {
            ProviderKind::Operator => None,
            ProviderKind::PublicData => Some("public data set, not the operator\u{2019}s figures"),
            ProviderKind::Fictitious => Some("fictitious provider, generated data"),
        }
    }

    /// The same in a heading and a sentence.
    pub fn notice(self) -> Option<(&'static str, &'static str)> {
        match self {
            ProviderKind::Operator => None,
            ProviderKind::PublicData => Some((
                "Public data set, not the operator\u{2019}s figures",
                "The records were made from published data. The operator of the service has no part in these \
                 figures and does not answer for them.",
            )),
            ProviderKind::Fictitious => Some((
                "Fictitious provider, generated data",
                "This provider does not exist. The figures were generated to show how a disclosure works and \
                 say nothing about any real service.",
            )),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    pub id: ServiceId,
    pub key: Slug,
    pub name: String,
    /// How the provider comes by its energy figures, in about 100 words.
    pub energy_method: Option<String>,
    pub inside: DeclaredInside,
}

/// What a provider declares to be inside the energy of a service, of the parts that no factor adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeclaredInside {
    /// Retrieval and tool calls that a task triggers.
    pub retrieval_and_tools: Included,
    /// The device of the user.
    pub user_device: Included,
}

impl DeclaredInside {
    /// Nothing was declared.
    pub const UNKNOWN: DeclaredInside =
        DeclaredInside { retrieval_and_tools: Included::Unknown, user_device: Included::Unknown };
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    pub id: ModelId,
    pub key: Name,
    pub name: String,
    pub version: Option<String>,
    pub released_on: Option<NaiveDate>,
    /// The model that a change is told against.
    pub baseline: Option<(ModelId, Name)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    pub id: SiteId,
    pub key: Name,
    pub name: String,
    /// The data centre's zone, not the user's.
    pub zone: String,
    pub zone_name: String,
}

/// A declared, dated multiplier of one site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteFactor {
    pub site: SiteId,
    pub kind: SiteFactorKind,
    pub valid_from: DateTime<Utc>,
    pub valid_to: DateTime<Utc>,
    pub revision: i32,
    pub value: Ratio,
}

/// What is registered of a service; all of it may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceFacts {
    pub name: String,
    /// How the provider comes by its energy figures, in about 100 words.
    pub energy_method: Option<String>,
    pub inside: DeclaredInside,
    /// A remark for the provider's own use.
    pub note: Option<String>,
}

/// A text that a provider tells of a service in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceText {
    pub field: TextField,
    /// A BCP 47 tag of one of the languages of files.
    pub language: String,
    /// `None` takes the text back.
    pub text: Option<String>,
}

/// What is registered of a model. Its version cannot change once it was told and records name the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFacts {
    pub name: String,
    pub version: Option<String>,
    pub released_on: Option<NaiveDate>,
    pub parameters_total: Option<i64>,
    /// Parameters that work on one token, at most all of them.
    pub parameters_active: Option<i64>,
    /// Requests that are computed together, bits of a parameter and accelerators of one instance: how the model runs
    /// where tasks are estimated from its parameters.
    pub batch_size: Option<i32>,
    pub precision_bits: Option<i16>,
    pub accelerators: Option<i32>,
    /// The model of the same provider that a change is told against.
    pub baseline: Option<Name>,
    /// A remark for the provider's own use.
    pub note: Option<String>,
}

/// What the formula over a model's parameters asks: all parameters, those that work on one token, and how the model
/// runs where that is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    pub total: i64,
    pub active: i64,
    pub batch_size: Option<i32>,
    pub precision_bits: Option<i16>,
    pub accelerators: Option<i32>,
}

/// How a model runs, as far as it is registered: of several coefficients it singles one out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Running {
    pub batch_size: Option<i32>,
    pub precision_bits: Option<i16>,
}

/// What is registered of a site. Its zone cannot change once records name the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteFacts {
    pub name: String,
    pub zone: String,
    /// A remark for the provider's own use.
    pub note: Option<String>,
}

/// One telling of something that is declared over time. Later tellings count where two overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telling<T> {
    pub what: T,
    pub revision: i32,
    pub recorded_at: DateTime<Utc>,
}

/// A declared number of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SiteValue {
    Factor(SiteFactorKind, Ratio),
    Class(MeterClassKind, MeterClass),
    Water(SiteWater),
}

impl SiteValue {
    /// Reads a value of a series. A factor is from 1 to 10, since an outer layer holds the inner. By whose
    /// definition water was measured is not in its number: see [`SiteValue::defined_by`].
    pub fn parse(series: SiteSeries, text: &str) -> Result<SiteValue, DecimalError> {
        let class = |kind| MeterClass::parse_percent(text).map(|class| SiteValue::Class(kind, class));
        let kind = match series {
            SiteSeries::Wue => {
                let water =
                    |value| SiteValue::Water(SiteWater { value, definition: WueDefinition::default() });
                return WaterUse::parse_litres_per_kwh(text).map(water);
            }
            SiteSeries::MeteredClass => return class(MeterClassKind::Metered),
            SiteSeries::CounterClass => return class(MeterClassKind::Counter),
            SiteSeries::Pue => SiteFactorKind::Pue,
            SiteSeries::ServerPerAccelerator => SiteFactorKind::ServerPerAccelerator,
            SiteSeries::ItPerServer => SiteFactorKind::ItPerServer,
        };
        let ratio = Ratio::parse(text)?;
        let is_plausible = (Ratio::ONE..=Ratio::from_ppm(10 * PPM)).contains(&ratio);
        is_plausible.then_some(SiteValue::Factor(kind, ratio)).ok_or(DecimalError::OutOfRange)
    }

    /// What a value of a series must be, for messages.
    pub fn range(series: SiteSeries) -> &'static str {
        match series {
            SiteSeries::Wue => "must be from 0 to 100 litres per kilowatt-hour",
            SiteSeries::MeteredClass | SiteSeries::CounterClass => {
                "must be from 0.1 to 50 per cent; a meter of class 0.5 is declared as 0.5"
            }
            SiteSeries::Pue | SiteSeries::ServerPerAccelerator | SiteSeries::ItPerServer => {
                "must be from 1 to 10; an outer layer holds the inner"
            }
        }
    }

    /// The same with the definition of a water use; the others have none.
    pub fn defined_by(self, definition: WueDefinition) -> SiteValue {
        match self {
            SiteValue::Water(water) => SiteValue::Water(SiteWater { definition, ..water }),
            other => other,
        }
    }

    pub fn series(&self) -> &'static str {
        match self {
            SiteValue::Factor(kind, _) => kind.as_str(),
            SiteValue::Class(kind, _) => kind.as_str(),
            SiteValue::Water(_) => SiteSeries::Wue.as_str(),
        }
    }

    /// The number as it is told: a plain ratio, per cent, or litres per kilowatt-hour.
    pub fn decimal(&self) -> Decimal {
        match self {
            SiteValue::Factor(_, ratio) => ratio.decimal().without_trailing_zeros(),
            SiteValue::Class(_, class) => class.percent(),
            SiteValue::Water(water) => water.value.litres_per_kwh(),
        }
    }
}

/// A declared number of a site and the days for which it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteDeclaration {
    pub value: SiteValue,
    pub valid: Days,
}

/// Accelerators of one kind in a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hardware {
    pub valid: Days,
    /// Their name, such as "NVIDIA H100 SXM".
    pub accelerator: String,
    /// How many; zero says that there are none any more.
    pub accelerators: i32,
    pub note: Option<String>,
}

/// Measured energy per token of a model, or power, for one way of running it. At least one of the three is stated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coefficient {
    pub valid: Days,
    pub output_token: Option<TokenEnergy>,
    /// Alone, it tells of tasks that write no tokens: embedding, classification.
    pub input_token: Option<TokenEnergy>,
    /// Mean power of one accelerator while it works on this model.
    pub accelerator_power: Option<Power>,
    pub boundary: Boundary,
    pub hardware: String,
    pub batch_size: Option<i32>,
    pub precision_bits: Option<i16>,
    pub source: String,
    pub licence: String,
    pub published_on: Option<NaiveDate>,
}

/// What energy that came as `it_or_facility` includes at a site in some days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteBoundary {
    pub site: SiteId,
    pub valid: Days,
    pub revision: i32,
    /// `it` or `facility`.
    pub boundary: Boundary,
}

/// Tasks that a service served in a month, as its provider declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    pub month: Month,
    pub tasks: i64,
    /// Which of them, or which others, the figures do not describe.
    pub exclusions: Vec<Exclusion>,
}

/// Most parameters of a model. None comes near, and with so many the energy of any hour still fits what it is kept in.
pub const MAX_PARAMETERS: i64 = 10_000_000_000_000_000;

/// Tasks that the figures of a month do not describe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclusion {
    /// Which tasks, and why, in one line.
    pub what: String,
    /// How many they are; `None` where that is not known.
    pub tasks: Option<i64>,
}

/// Most exclusions of one month, and most characters of one.
pub const MAX_EXCLUSIONS: usize = 50;
pub const MAX_EXCLUSION_CHARS: usize = 500;

/// Most requests that are computed together, bits of a parameter, and accelerators of one instance of a model.
pub const MAX_BATCH_SIZE: i64 = 1_000_000;
pub const MAX_PRECISION_BITS: i64 = 64;
pub const MAX_INSTANCE_ACCELERATORS: i64 = 100_000;

/// Most characters of where something was found or published, and of its licence.
pub const MAX_SOURCE_CHARS: usize = 500;
pub const MAX_LICENCE_CHARS: usize = 100;

/// Most characters of how energy is known, about 100 words with room.
pub const MAX_METHOD_CHARS: usize = 2000;

/// Most characters of a name for people.
pub const MAX_NAME_CHARS: usize = 200;

/// Most tasks of one service in one month.
pub const MAX_SERVED_TASKS: i64 = 1_000_000_000_000_000;
