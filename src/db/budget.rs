//! Budgets, told as contracts are: nothing is overwritten, changed terms are the next revision. Beside them stands
//! what changes: when each is looked at next, and the secret of its messages.

use super::declared::{Page, Told};
use super::error::known;
use super::{DbError, Pool};
use crate::domain::budget::{Allowance, Budget, BudgetService, WebhookSecret, WebhookUrl};
use crate::domain::ids::{ProviderId, ServiceId};
use crate::domain::names::Slug;
use crate::domain::registry::Telling;
use crate::domain::terms::{Basis, Perimeter};
use crate::units::{CarbonMass, EnergyVolume};
use chrono::{DateTime, Utc};
use sqlx::PgExecutor;

/// A row of the table with the name of its service, as every query here selects it.
struct Row {
    budget_key: String,
    revision: i32,
    service_id: Option<i32>,
    service_key: Option<String>,
    year: i32,
    energy_wh: Option<i64>,
    carbon_mg: Option<i64>,
    basis: Option<String>,
    perimeter: Option<String>,
    thresholds_percent: Vec<i32>,
    webhook: Option<String>,
    note: Option<String>,
    is_withdrawn: bool,
    recorded_at: DateTime<Utc>,
}

/// Reads an allowance from its columns.
pub(super) fn allowance(
    energy_wh: Option<i64>,
    carbon_mg: Option<i64>,
    basis: Option<&str>,
    perimeter: Option<&str>,
) -> Result<Allowance, DbError> {
    if let Some(energy_wh) = energy_wh {
        return known(EnergyVolume::from_watt_hours(energy_wh).map(Allowance::Energy), "energy_wh");
    }
    Ok(Allowance::Carbon(
        known(carbon_mg.and_then(CarbonMass::from_milligrams), "carbon_mg")?,
        known(basis.and_then(Basis::parse), "basis")?,
        known(perimeter.and_then(Perimeter::parse), "perimeter")?,
    ))
}

impl Row {
    fn telling(self) -> Result<Telling<Budget>, DbError> {
        let service = match (self.service_id, self.service_key) {
            (Some(id), Some(key)) => {
                let key = known(Slug::parse(&key).ok(), "service_key")?;
                Some(BudgetService { id: ServiceId::from_db(id), key })
            }
            _ => None,
        };
        let budget = Budget {
            key: known(Slug::parse(&self.budget_key).ok(), "budget_key")?,
            service,
            year: self.year,
            allowance: allowance(
                self.energy_wh,
                self.carbon_mg,
                self.basis.as_deref(),
                self.perimeter.as_deref(),
            )?,
            thresholds: self.thresholds_percent,
            webhook: self.webhook.map(|url| known(WebhookUrl::parse(&url).ok(), "webhook")).transpose()?,
            note: self.note,
            is_withdrawn: self.is_withdrawn,
        };
        Ok(Telling { what: budget, revision: self.revision, recorded_at: self.recorded_at })
    }
}

/// The latest telling of a budget.
pub async fn latest(
    executor: impl PgExecutor<'_>,
    provider: ProviderId,
    key: &Slug,
) -> Result<Option<Telling<Budget>>, DbError> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT budget_key, revision, budget.service_id, service_key AS "service_key?", year, energy_wh,
            carbon_mg, basis, perimeter, thresholds_percent, webhook, budget.note, is_withdrawn, recorded_at
         FROM budget LEFT JOIN service USING (service_id)
         WHERE budget.provider_id = $1 AND budget_key = $2 ORDER BY revision DESC LIMIT 1"#,
        provider.get(),
        key.as_str(),
    )
    .fetch_optional(executor)
    .await?;
    row.map(Row::telling).transpose()
}

/// Every telling of the budgets of a provider, in the order of telling.
pub async fn list(pool: &Pool, provider: ProviderId, page: Page) -> Result<Vec<Telling<Budget>>, DbError> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT budget_key, revision, budget.service_id, service_key AS "service_key?", year, energy_wh,
            carbon_mg, basis, perimeter, thresholds_percent, webhook, budget.note, is_withdrawn, recorded_at
         FROM budget LEFT JOIN service USING (service_id)
         WHERE budget.provider_id = $1 ORDER BY recorded_at, budget_key, revision OFFSET $2 LIMIT $3"#,
        provider.get(),
        page.skip,
        page.limit,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(Row::telling).collect()
}

/// The latest tellings of the budgets of a year that cover a service and were not withdrawn, by name.
pub async fn covering(
    pool: &Pool,
    provider: ProviderId,
    service: ServiceId,
    year: i32,
) -> Result<Vec<Telling<Budget>>, DbError> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT budget_key AS "budget_key!", revision AS "revision!", latest.service_id,
            service_key AS "service_key?", year AS "year!", energy_wh, carbon_mg, basis, perimeter,
            thresholds_percent AS "thresholds_percent!", webhook, latest.note, is_withdrawn AS "is_withdrawn!",
            recorded_at AS "recorded_at!"
         FROM (
            SELECT DISTINCT ON (budget_key) * FROM budget WHERE provider_id = $1
            ORDER BY budget_key, revision DESC
         ) AS latest LEFT JOIN service USING (service_id)
         WHERE year = $3 AND NOT is_withdrawn AND (latest.service_id IS NULL OR latest.service_id = $2)
         ORDER BY budget_key"#,
        provider.get(),
        service.get(),
        year,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(Row::telling).collect()
}

/// What became of a telling, and the secret of its messages where it is one of the budget's from now on: it is
/// handed out this once.
#[derive(Clone, Debug)]
pub struct ToldBudget {
    pub told: Told,
    pub new_secret: Option<WebhookSecret>,
}

/// Tells a budget. The same terms again make no revision. `random` becomes the secret where the budget has a webhook
/// and no secret yet; a budget without a webhook loses its own.
pub async fn tell(
    pool: &Pool,
    provider: ProviderId,
    budget: &Budget,
    random: WebhookSecret,
    now: DateTime<Utc>,
) -> Result<ToldBudget, DbError> {
    let mut transaction = pool.begin().await?;
    // Those who tell of one provider wait for each other, so that revisions follow each other.
    sqlx::query!("SELECT provider_id FROM provider WHERE provider_id = $1 FOR NO KEY UPDATE", provider.get())
        .fetch_one(&mut *transaction)
        .await?;
    let latest = latest(&mut *transaction, provider, &budget.key).await?;
    if let Some(latest) = latest.as_ref().filter(|latest| latest.what == *budget) {
        let told = Told { is_new: false, revision: latest.revision, recorded_at: latest.recorded_at };
        return Ok(ToldBudget { told, new_secret: None });
    }
    let revision = latest.map_or(0, |latest| latest.revision) + 1;
    let (energy, carbon, basis, perimeter) = match budget.allowance {
        Allowance::Energy(volume) => (Some(volume.watt_hours()), None, None, None),
        Allowance::Carbon(mass, basis, perimeter) => {
            (None, Some(mass.milligrams()), Some(basis.as_str()), Some(perimeter.as_str()))
        }
    };
    sqlx::query!(
        "INSERT INTO budget (provider_id, budget_key, revision, service_id, year, energy_wh, carbon_mg, basis,
            perimeter, thresholds_percent, webhook, note, is_withdrawn, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        provider.get(),
        budget.key.as_str(),
        revision,
        budget.service.as_ref().map(|service| service.id.get()),
        budget.year,
        energy,
        carbon,
        basis,
        perimeter,
        &budget.thresholds,
        budget.webhook.as_ref().map(WebhookUrl::as_str),
        budget.note,
        budget.is_withdrawn,
        now,
    )
    .execute(&mut *transaction)
    .await?;
    let random = budget.webhook.as_ref().map(|_| random);
    // It is looked at in the next round. A secret that is there stays while there is a webhook.
    let stored = sqlx::query_scalar!(
        "INSERT INTO budget_state AS state (provider_id, budget_key, check_due_at, webhook_secret)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (provider_id, budget_key) DO UPDATE SET check_due_at = $3,
            webhook_secret = CASE WHEN $4::text IS NOT NULL THEN coalesce(state.webhook_secret, $4) END
         RETURNING webhook_secret",
        provider.get(),
        budget.key.as_str(),
        now,
        random.as_ref().map(WebhookSecret::reveal),
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    let new_secret = random.filter(|random| stored.as_deref() == Some(random.reveal()));
    Ok(ToldBudget { told: Told { is_new: true, revision, recorded_at: now }, new_secret })
}

/// A budget that it is the caller's turn to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    pub provider: ProviderId,
    pub provider_key: String,
    pub key: Slug,
}

/// Takes the turn of the budget that is due for longest, and puts its next turn to `next`, so that nobody else
/// looks meanwhile. Passed over are budgets that were withdrawn and those whose year is none of `years`.
pub async fn take_turn(
    pool: &Pool,
    years: &[i32],
    due: DateTime<Utc>,
    next: DateTime<Utc>,
) -> Result<Option<Turn>, DbError> {
    let row = sqlx::query!(
        "UPDATE budget_state SET check_due_at = $3
         FROM (
            SELECT provider_id, budget_key FROM budget_state
            WHERE check_due_at <= $2 AND EXISTS (
                SELECT FROM (
                    SELECT year, is_withdrawn FROM budget
                    WHERE (budget.provider_id, budget.budget_key)
                        = (budget_state.provider_id, budget_state.budget_key)
                    ORDER BY revision DESC LIMIT 1
                ) AS latest
                WHERE NOT is_withdrawn AND year = ANY ($1))
            ORDER BY check_due_at LIMIT 1 FOR UPDATE SKIP LOCKED
         ) AS due JOIN provider USING (provider_id)
         WHERE (budget_state.provider_id, budget_state.budget_key) = (due.provider_id, due.budget_key)
         RETURNING budget_state.provider_id, budget_state.budget_key, provider_key",
        years,
        due,
        next,
    )
    .fetch_optional(pool)
    .await?;
    row.map(|row| {
        Ok(Turn {
            provider: ProviderId::from_db(row.provider_id),
            provider_key: row.provider_key,
            key: known(Slug::parse(&row.budget_key).ok(), "budget_key")?,
        })
    })
    .transpose()
}
