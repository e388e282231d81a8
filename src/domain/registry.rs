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
    /// Made up for a demonstration; said on every page.
    pub kind: ProviderKind,
}

/// Whether a provider exists outside this installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderKind {
    Real,
    Fictitious,
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
