//! One record, found again by what its client knows of it.

use crate::db::error::known;
use crate::db::{DbError, Pool};
use crate::domain::group::Group;
use crate::domain::ids::{ModelId, ProviderId, ServiceId, SiteId};
use crate::domain::period::hour_of;
use crate::domain::terms::{CountedFrom, EnergyTerms, Outcome, Place, TaskType};
use crate::domain::totals::{HourTotal, IntervalTotal, TaskCounts, UnmeasuredHour};
use crate::units::EnergyTotal;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A record as figures count it: the totals of an hour that holds it alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundRecord {
    pub outcome: Outcome,
    pub energy: FoundEnergy,
}

/// Energy that was told, with the interval of the record where it states one; or what it is estimated from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FoundEnergy {
    Told(HourTotal, Option<IntervalTotal>),
    Untold(UnmeasuredHour),
}

/// The record of a provider with this key and start.
pub async fn find(
    pool: &Pool,
    provider: ProviderId,
    record_key: Uuid,
    started_at: DateTime<Utc>,
) -> Result<Option<FoundRecord>, DbError> {
    // By the expressions of the index; the columns themselves then tell the one record.
    let row = sqlx::query!(
        r#"SELECT service_id, model_id, site_id, task_type, boundary, evidence, place, accelerator,
            task_record.energy_uj, outcome::text AS "outcome!", input_tokens, output_tokens,
            (details ->> 'accelerator_us')::bigint AS accelerator_us,
            (details ->> 'energy_low_uj')::bigint AS low_uj, (details ->> 'energy_high_uj')::bigint AS high_uj
        FROM task_record JOIN record_group USING (provider_id, group_id)
        WHERE provider_id = $1 AND second_of(started_at) = second_of($2)
          AND uuid_hash_extended(record_key, 0) = uuid_hash_extended($3, 0)
          AND started_at = $2 AND record_key = $3"#,
        provider.get(),
        started_at,
        record_key,
    )
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let group = Group {
        service: ServiceId::from_db(row.service_id),
        model: ModelId::from_db(row.model_id),
        site: SiteId::from_db(row.site_id),
        task_type: known(TaskType::parse(&row.task_type), &row.task_type)?,
        terms: known(EnergyTerms::parse(&row.boundary, &row.evidence), &row.evidence)?,
        place: Place::parse(&row.place),
        counted_from: CountedFrom::Records,
    };
    let outcome = match row.outcome.as_str() {
        "c" => Outcome::Completed,
        "f" => Outcome::Failed,
        _ => Outcome::Cancelled,
    };
    let hour = hour_of(started_at);
    let tasks = TaskCounts { completed: 1, failed: 0, cancelled: 0 };
    // What a record does not state is −1.
    let stated = |count: i32| i128::from(count.max(0));
    if group.terms.is_estimated() {
        let untold = UnmeasuredHour {
            group,
            accelerator: row.accelerator,
            hour,
            tasks,
            input_tokens: stated(row.input_tokens),
            output_tokens: stated(row.output_tokens),
            accelerator_us: i128::from(row.accelerator_us.unwrap_or(0)),
        };
        return Ok(Some(FoundRecord { outcome, energy: FoundEnergy::Untold(untold) }));
    }
    let uj = |energy: i64| EnergyTotal::from_microjoules(i128::from(energy));
    let interval = row.low_uj.zip(row.high_uj).map(|(low, high)| IntervalTotal {
        group,
        day: hour.date_naive(),
        energy: uj(row.energy_uj),
        low: uj(low),
        high: uj(high),
    });
    let output_tokens_energy = if row.output_tokens > 0 { uj(row.energy_uj) } else { EnergyTotal::ZERO };
    let total = HourTotal {
        group,
        hour,
        tasks,
        tasks_without_histogram: 1,
        energy: uj(row.energy_uj),
        unfinished_energy: EnergyTotal::ZERO,
        output_tokens: stated(row.output_tokens),
        output_tokens_energy,
    };
    Ok(Some(FoundRecord { outcome, energy: FoundEnergy::Told(total, interval) }))
}
