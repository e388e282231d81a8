//! Who provides what, and where it runs.

use super::ids::{ModelId, ProviderId, ServiceId, SiteId};
use super::names::{Name, Slug};
use super::terms::SiteFactorKind;
use crate::units::Ratio;
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
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    pub id: ModelId,
    pub key: Name,
    pub name: String,
    pub version: Option<String>,
    pub released_on: Option<NaiveDate>,
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
