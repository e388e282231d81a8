//! Embodied carbon: what it took to make the accelerators of a site, and over which time it is spread.

use super::ids::SiteId;
use super::names::Name;
use crate::units::CarbonMass;

/// Longest lifetime: a hundred years of hours.
pub const MAX_LIFETIME_HOURS: i64 = 876_000;

/// Most embodied carbon of one accelerator, 100 tonnes; more is a slip of units.
pub const MAX_EMBODIED_MG: i64 = 100_000_000_000;
/// Most characters of what is included.
pub const MAX_INCLUDES_CHARS: usize = 500;

/// What it took to make one accelerator of a kind with its part of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embodied {
    /// The kind, as records name it.
    pub accelerator: Name,
    /// Of one accelerator; not zero.
    pub carbon: CarbonMass,
    /// Hours of accelerator time over which it is spread.
    pub lifetime_hours: i32,
    /// What beside the accelerator itself is in it, such as its part of the server.
    pub includes: String,
    pub source: String,
}

/// The same as it counts for a site: its latest telling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteEmbodied {
    pub site: SiteId,
    pub revision: i32,
    pub embodied: Embodied,
}

/// Accelerator time of one service at one site on accelerators of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceleratorTime {
    pub site: SiteId,
    /// `None` where records do not name it.
    pub accelerator: Option<Name>,
    pub time_us: i128,
    /// Completed tasks of hours that have accelerator time.
    pub tasks_with_time: i64,
    /// Completed tasks of hours that have none: nothing is known of what they took.
    pub tasks_without_time: i64,
}
