//! The hours of a zone with what the ladder has for each, for those who look at factors and not at tasks.

use super::ladder::Ladder;
use crate::db::{DbError, Pool, factor};
use crate::domain::factor::{FactorSet, Rung};
use crate::domain::ids::FactorSetId;
use crate::domain::period::Period;
use crate::domain::terms::{Basis, Perimeter};
use crate::units::Intensity;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;

/// Every hour of a period, and the sets that their values are of.
#[derive(Clone, Debug)]
pub struct Hours {
    pub hours: Vec<Hour>,
    pub sets: BTreeMap<FactorSetId, FactorSet>,
}

/// One UTC hour; `None` where no rung of the ladder has a value, which is not zero.
#[derive(Clone, Debug)]
pub struct Hour {
    pub from: DateTime<Utc>,
    pub found: Option<HourValue>,
}

/// What the ladder found, and which value of which set it is.
#[derive(Clone, Debug)]
pub struct HourValue {
    pub intensity: Intensity,
    pub rung: Rung,
    pub set: FactorSetId,
    /// The zone itself, or one around it.
    pub zone: String,
    pub valid_from: DateTime<Utc>,
    pub valid_to: DateTime<Utc>,
    pub revision: i32,
    pub is_estimated: bool,
}

/// Asks the ladder for every hour of a period in a zone.
pub async fn hours(
    pool: &Pool,
    zone: &str,
    basis: Basis,
    perimeter: Perimeter,
    period: Period,
) -> Result<Hours, DbError> {
    let ladder = Ladder::load(pool, &[zone.to_owned()], basis, perimeter, period).await?;
    let hours: Vec<Hour> = (0..period.hours())
        .map(|hour| {
            let from = period.from() + TimeDelta::hours(hour);
            Hour { from, found: value_at(&ladder, zone, from) }
        })
        .collect();
    let mut ids: Vec<FactorSetId> =
        hours.iter().filter_map(|hour| hour.found.as_ref()).map(|found| found.set).collect();
    ids.sort_unstable();
    ids.dedup();
    let sets = factor::sets(pool, &ids).await?.into_iter().collect();
    Ok(Hours { hours, sets })
}

fn value_at(ladder: &Ladder, zone: &str, hour: DateTime<Utc>) -> Option<HourValue> {
    let found = ladder.at(zone, hour)?;
    let (series, value) = ladder.factor(found.factor);
    Some(HourValue {
        intensity: found.intensity,
        rung: found.rung,
        set: series.set,
        zone: series.zone.clone(),
        valid_from: value.valid_from,
        valid_to: value.valid_to,
        revision: value.revision,
        is_estimated: value.is_estimated,
    })
}
