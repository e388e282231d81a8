//! Grid carbon intensity factors.

use super::ids::FactorSetId;
use super::names::Slug;
use super::terms::{Basis, FactorKind, Perimeter, QuarantineReason, Resolution};
use crate::units::Intensity;
use chrono::{DateTime, Utc};

/// One publication of one source under one licence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorSet {
    pub key: Slug,
    pub source: String,
    pub licence: String,
    pub attribution: String,
    pub release: String,
    pub kind: FactorKind,
    pub basis: Basis,
    pub perimeter: Perimeter,
    pub resolution: Resolution,
}

/// One value of a set before it is stored: revision and time of recording are the database's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorValue {
    pub zone: String,
    pub valid_from: DateTime<Utc>,
    pub valid_to: DateTime<Utc>,
    pub intensity: Intensity,
    pub is_estimated: bool,
    /// How the source estimated it, in its own words; empty where it was not, or where that is not said.
    pub estimation_method: String,
}

/// Values of one zone that are kept apart for one reason, until a person releases them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quarantine {
    pub zone: String,
    pub reason: QuarantineReason,
    /// What was found, for the person who decides.
    pub detail: String,
    pub values: Vec<QuarantinedValue>,
}

/// A value as its source told it: it may be negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuarantinedValue {
    pub valid_from: DateTime<Utc>,
    pub valid_to: DateTime<Utc>,
    pub micrograms_per_kwh: i64,
    pub is_estimated: bool,
    pub estimation_method: String,
}

/// The latest tellings of one set for one zone, as the ladder reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorSeries {
    pub set: FactorSetId,
    pub resolution: Resolution,
    /// Of two sets with a value of the same rung, the one with the higher preference is taken.
    pub preference: i16,
    pub zone: String,
    /// In the order of their beginning, each beginning once.
    pub values: Vec<SeriesValue>,
}

/// One value of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesValue {
    pub valid_from: DateTime<Utc>,
    pub valid_to: DateTime<Utc>,
    pub intensity: Intensity,
    pub revision: i32,
    pub is_estimated: bool,
}

/// Where on the ladder a value was found; the order is the order of preference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rung {
    HourlyMeasured,
    HourlyEstimated,
    Monthly,
    Annual,
    EarlierAnnual,
    /// Any of the above, of the zone's parent.
    ParentZone,
}

impl Rung {
    pub const ALL: &'static [Rung] = &[
        Rung::HourlyMeasured,
        Rung::HourlyEstimated,
        Rung::Monthly,
        Rung::Annual,
        Rung::EarlierAnnual,
        Rung::ParentZone,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Rung::HourlyMeasured => "hourly_measured",
            Rung::HourlyEstimated => "hourly_estimated",
            Rung::Monthly => "monthly",
            Rung::Annual => "annual",
            Rung::EarlierAnnual => "earlier_annual",
            Rung::ParentZone => "parent_zone",
        }
    }

    /// Plain words for people.
    pub fn label(self) -> &'static str {
        match self {
            Rung::HourlyMeasured => "value of the hour, from measured generation",
            Rung::HourlyEstimated => "value of the hour, estimated by the source",
            Rung::Monthly => "average of the month",
            Rung::Annual => "average of the year",
            Rung::EarlierAnnual => "average of an earlier year, at most three years old",
            Rung::ParentZone => "value of the country around the zone",
        }
    }
}

/// What the ladder found for one zone and hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HourIntensity {
    pub intensity: Intensity,
    pub rung: Rung,
    pub factor: FactorIndex,
}

/// Which of the values that were searched it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FactorIndex {
    pub series: usize,
    pub value: usize,
}

/// A set, and what there is of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetSummary {
    pub set: FactorSet,
    /// Of two sets with a value of the same rung, the one with the higher preference is taken.
    pub preference: i16,
    pub zones: i64,
    /// In their latest revision; the same of those that the source estimated.
    pub values: i64,
    pub values_estimated: i64,
    /// Values that stand apart until a person releases them.
    pub values_quarantined: i64,
    /// 0 where the set has no value.
    pub highest_revision: i32,
    /// The first instant for which a value holds, and the end of the last; `None` where there is none.
    pub held: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// When the first and the last of its values were recorded, in any revision.
    pub recorded: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// What a set holds of one zone and UTC year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    pub set: Slug,
    pub kind: FactorKind,
    pub basis: Basis,
    pub perimeter: Perimeter,
    pub resolution: Resolution,
    pub year: i32,
    /// UTC hours of the year for all of which there is a value.
    pub covered_hours: i32,
    pub values: i32,
    pub values_estimated: i32,
    pub highest_revision: i32,
    pub held: (DateTime<Utc>, DateTime<Utc>),
    pub recorded: (DateTime<Utc>, DateTime<Utc>),
}
