//! Impact: what was told since a disclosure was published, and which of its figures would differ today. Nothing
//! published moves by itself.

use super::fact::{Concept, FactValue, Member, Of};
use super::period::day;
use super::terms::terms;
use chrono::{DateTime, Utc};

terms! {
    /// What a disclosure was computed from and has been told anew.
    CauseKind {
        GridFactor = "grid_factor",
        ResidualMix = "residual_mix",
        /// An operator said that a set is to be preferred.
        FactorPreference = "factor_preference",
        SiteFactor = "site_factor",
        Contract = "contract",
        Coefficient = "coefficient",
        ServedTasks = "served_tasks",
        /// Records that came, or were taken back.
        Records = "records",
        /// The program computes by another version of the method.
        Method = "method",
    }
}

/// Why a disclosure may say something else today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    pub kind: CauseKind,
    /// The key of the set, site, contract, model or service; the version of the method that is used now.
    pub name: String,
    /// The zone of a grid factor, or the kind of a site factor or class of meters.
    pub part: Option<String>,
    /// How many values were told; tasks more or fewer than published, of records.
    pub tellings: i64,
    /// The highest revision of them.
    pub revision: Option<i32>,
    /// From when until when the values hold.
    pub valid: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// When the last of them was told.
    pub recorded_at: Option<DateTime<Utc>>,
}

impl Cause {
    /// One sentence for people.
    pub fn sentence(&self) -> String {
        let Cause { name, tellings, .. } = self;
        let part = self.part.as_deref().unwrap_or_default();
        let values = if *tellings == 1 { "value" } else { "values" };
        let tail = self.tail();
        match self.kind {
            CauseKind::GridFactor => {
                format!("{tellings} {values} of factor set {name} for zone {part}{tail}")
            }
            CauseKind::ResidualMix => {
                format!("{tellings} {values} of the residual mixes {name} for zone {part}{tail}")
            }
            CauseKind::FactorPreference => format!("factor set {name} was given another preference{tail}"),
            CauseKind::SiteFactor => format!("{part} of site {name}{tail}"),
            CauseKind::Contract => format!("contract {name}{tail}"),
            CauseKind::Coefficient => format!("energy coefficients of model {name}{tail}"),
            CauseKind::ServedTasks => format!("tasks served by {name}{tail}"),
            CauseKind::Records if *tellings < 0 => format!("{} tasks fewer than published", -tellings),
            CauseKind::Records if *tellings > 0 => format!("{tellings} tasks more than published"),
            CauseKind::Records => "as many tasks as published, with other energy".to_owned(),
            CauseKind::Method => format!("the method is now version {name}"),
        }
    }

    fn tail(&self) -> String {
        let mut tail = String::new();
        if let Some((from, to)) = self.valid {
            tail.push_str(&format!(", valid from {} until before {}", moment(from), moment(to)));
        }
        if let Some(revision) = self.revision {
            tail.push_str(&format!(", up to revision {revision}"));
        }
        if let Some(at) = self.recorded_at {
            tail.push_str(&format!(", last told at {}", moment(at)));
        }
        tail
    }
}

/// A date where it is midnight, an instant elsewhere.
fn moment(at: DateTime<Utc>) -> String {
    if at.time() == chrono::NaiveTime::MIN {
        return day(at.date_naive());
    }
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// One figure that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub concept: Concept,
    pub of: Of,
    pub member: Option<Member>,
    /// As published; `None` where it was not stated.
    pub published: Option<FactValue>,
    /// As it would be built now; `None` where it would not be stated.
    pub now: Option<FactValue>,
}
