//! What a record is counted under.

use super::ids::{ModelId, ServiceId, SiteId};
use super::names::{Name, Slug};
use super::terms::{CountedFrom, EnergyTerms, Place, TaskType};

/// The group of a record as its client names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupNames {
    pub service: Slug,
    pub model: Name,
    pub site: Name,
    pub task_type: TaskType,
    pub terms: EnergyTerms,
    /// The kind of accelerator, as the provider calls it.
    pub accelerator: Option<Name>,
    pub place: Option<Place>,
    pub counted_from: CountedFrom,
}

/// The same group with the registry's numbers, as figures are computed from it: what no figure is grouped
/// by yet is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Group {
    pub service: ServiceId,
    pub model: ModelId,
    pub site: SiteId,
    pub task_type: TaskType,
    pub terms: EnergyTerms,
    pub place: Option<Place>,
    pub counted_from: CountedFrom,
}
