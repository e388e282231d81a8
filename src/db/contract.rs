//! Contracts for electricity, told as sites and models are: nothing is overwritten, a changed telling is the
//! next revision.

use super::declared::{Page, Told};
use super::error::known;
use super::{DbError, Pool};
use crate::domain::contract::{Contract, ContractSummary, ContractVolume};
use crate::domain::ids::ProviderId;
use crate::domain::names::Slug;
use crate::domain::period::{Days, Period};
use crate::domain::registry::Telling;
use crate::domain::terms::{Instrument, Matching};
use crate::units::{EnergyVolume, Intensity};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgExecutor;

/// A row of the table, as every query here selects it; lists leave the hours out.
struct Row {
    contract_key: String,
    revision: i32,
    instrument: String,
    zone_key: String,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
    matching: String,
    volume_wh: i64,
    hours_wh: Option<Vec<i64>>,
    lifecycle_ug_per_kwh: Option<i64>,
    direct_ug_per_kwh: Option<i64>,
    reference: String,
    recorded_at: DateTime<Utc>,
}

fn volume(watt_hours: i64) -> Result<EnergyVolume, DbError> {
    known(EnergyVolume::from_watt_hours(watt_hours), "volume_wh")
}

impl Row {
    fn summary(self) -> Result<Telling<ContractSummary>, DbError> {
        let intensity = |ug: Option<i64>| {
            ug.map(|ug| known(Intensity::from_micrograms_per_kwh(ug), "ug_per_kwh")).transpose()
        };
        let summary = ContractSummary {
            key: known(Slug::parse(&self.contract_key).ok(), "contract_key")?,
            instrument: known(Instrument::parse(&self.instrument), &self.instrument)?,
            zone: self.zone_key,
            valid: known(Days::new(self.valid_from, self.valid_to), "valid_from and valid_to")?,
            matching: known(Matching::parse(&self.matching), &self.matching)?,
            volume: volume(self.volume_wh)?,
            lifecycle: intensity(self.lifecycle_ug_per_kwh)?,
            direct: intensity(self.direct_ug_per_kwh)?,
            reference: self.reference,
        };
        Ok(Telling { what: summary, revision: self.revision, recorded_at: self.recorded_at })
    }

    fn contract(mut self) -> Result<Telling<Contract>, DbError> {
        let hours_wh = self.hours_wh.take();
        let Telling { what, revision, recorded_at } = self.summary()?;
        let volume = match what.matching {
            Matching::Annual => ContractVolume::Annual(what.volume),
            Matching::Hourly => ContractVolume::Hourly(
                known(hours_wh, "hours_wh")?.into_iter().map(volume).collect::<Result<_, _>>()?,
            ),
        };
        let contract = Contract {
            key: what.key,
            instrument: what.instrument,
            zone: what.zone,
            valid: what.valid,
            volume,
            lifecycle: what.lifecycle,
            direct: what.direct,
            reference: what.reference,
        };
        Ok(Telling { what: contract, revision, recorded_at })
    }
}

/// The latest telling of a contract, with its hours.
pub async fn latest(
    executor: impl PgExecutor<'_>,
    provider: ProviderId,
    key: &Slug,
) -> Result<Option<Telling<Contract>>, DbError> {
    let row = sqlx::query_as!(
        Row,
        "SELECT contract_key, revision, instrument, zone_key, valid_from, valid_to, matching, volume_wh,
            hours_wh, lifecycle_ug_per_kwh, direct_ug_per_kwh, reference, recorded_at
         FROM contract WHERE provider_id = $1 AND contract_key = $2 ORDER BY revision DESC LIMIT 1",
        provider.get(),
        key.as_str(),
    )
    .fetch_optional(executor)
    .await?;
    row.map(Row::contract).transpose()
}

/// Tells a contract. The same terms again make no revision.
pub async fn tell(
    pool: &Pool,
    provider: ProviderId,
    contract: &Contract,
    now: DateTime<Utc>,
) -> Result<Told, DbError> {
    let mut transaction = pool.begin().await?;
    // Those who tell of one provider wait for each other, so that revisions follow each other.
    sqlx::query!("SELECT provider_id FROM provider WHERE provider_id = $1 FOR NO KEY UPDATE", provider.get())
        .fetch_one(&mut *transaction)
        .await?;
    let latest = latest(&mut *transaction, provider, &contract.key).await?;
    if let Some(latest) = latest.as_ref().filter(|latest| latest.what == *contract) {
        return Ok(Told { is_new: false, revision: latest.revision, recorded_at: latest.recorded_at });
    }
    let revision = latest.map_or(0, |latest| latest.revision) + 1;
    let hours_wh: Option<Vec<i64>> = match &contract.volume {
        ContractVolume::Annual(_) => None,
        ContractVolume::Hourly(hours) => Some(hours.iter().map(|hour| hour.watt_hours()).collect()),
    };
    sqlx::query!(
        "INSERT INTO contract (provider_id, contract_key, revision, instrument, zone_key, valid_from, valid_to,
            matching, volume_wh, hours_wh, lifecycle_ug_per_kwh, direct_ug_per_kwh, reference, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        provider.get(),
        contract.key.as_str(),
        revision,
        contract.instrument.as_str(),
        contract.zone,
        contract.valid.from(),
        contract.valid.to(),
        contract.volume.matching().as_str(),
        known(contract.volume.total(), "volume_wh")?.watt_hours(),
        hours_wh.as_deref(),
        contract.lifecycle.map(Intensity::micrograms_per_kwh),
        contract.direct.map(Intensity::micrograms_per_kwh),
        contract.reference,
        now,
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Told { is_new: true, revision, recorded_at: now })
}

/// Every telling of the contracts of a provider, in the order of telling. A year's hours are 70 kB, so they are
/// not read.
pub async fn list(
    pool: &Pool,
    provider: ProviderId,
    page: Page,
) -> Result<Vec<Telling<ContractSummary>>, DbError> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT contract_key, revision, instrument, zone_key, valid_from, valid_to, matching, volume_wh,
            NULL::bigint[] AS hours_wh, lifecycle_ug_per_kwh, direct_ug_per_kwh, reference, recorded_at
         FROM contract WHERE provider_id = $1
         ORDER BY recorded_at, contract_key, revision OFFSET $2 LIMIT $3",
        provider.get(),
        page.skip,
        page.limit,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(Row::summary).collect()
}

/// The contracts of a provider in their latest terms, of which some time lies within the period, by beginning
/// and key. One of volume zero was withdrawn.
pub async fn in_period(
    pool: &Pool,
    provider: ProviderId,
    period: Period,
) -> Result<Vec<Telling<Contract>>, DbError> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT contract_key AS "contract_key!", revision AS "revision!", instrument AS "instrument!",
            zone_key AS "zone_key!", valid_from AS "valid_from!", valid_to AS "valid_to!",
            matching AS "matching!", volume_wh AS "volume_wh!", hours_wh, lifecycle_ug_per_kwh,
            direct_ug_per_kwh, reference AS "reference!", recorded_at AS "recorded_at!"
        FROM (
            SELECT DISTINCT ON (contract_key) * FROM contract WHERE provider_id = $1
            ORDER BY contract_key, revision DESC
        ) AS latest
        WHERE volume_wh > 0 AND valid_from < ($3::timestamptz AT TIME ZONE 'UTC')
          AND valid_to > ($2::timestamptz AT TIME ZONE 'UTC')
        ORDER BY valid_from, contract_key"#,
        provider.get(),
        period.from(),
        period.to(),
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(Row::contract).collect()
}
