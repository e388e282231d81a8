//! What became of shares of budgets, and the messages about it.

use super::budget::allowance;
use super::declared::Page;
use super::error::known;
use super::{DbError, Pool};
use crate::domain::budget::{
    Allowance, BudgetEvent, BudgetEventKind, Delivery, EventLine, WebhookSecret, WebhookUrl,
};
use crate::domain::ids::ProviderId;
use crate::domain::names::Slug;
use crate::units::Decimal;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use uuid::Uuid;

/// Decimals of what is kept as used, in kilowatt-hours or kilograms, and of its share.
pub const DECIMALS: u32 = 6;

/// Longest text of an error that is kept, in bytes: some servers count letters so.
const MAX_ERROR: usize = 500;

fn decimal(text: &str, what: &str) -> Result<Decimal, DbError> {
    known(text.parse().ok().map(|number: i128| Decimal::new(number, DECIMALS)), what)
}

/// Notes an event, unless the same was noted before; answers whether it is new. A message about it is to be sent at
/// once where the budget has a webhook.
pub async fn note(
    pool: &Pool,
    provider: ProviderId,
    budget: &Slug,
    event: &BudgetEvent,
    has_webhook: bool,
) -> Result<bool, DbError> {
    let text = |value: Decimal| value.to_scaled(DECIMALS).map(|number| number.to_string()).ok();
    let delivery = if has_webhook { Delivery::Pending } else { Delivery::None };
    let noted = sqlx::query!(
        "INSERT INTO budget_event (provider_id, budget_key, revision, threshold_percent, what, event_id, found_at,
            day, used_millionths, share_ppm, delivery, next_attempt_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::text::numeric, $10::text::numeric, $11, $12)
         ON CONFLICT (provider_id, budget_key, revision, threshold_percent, what) DO NOTHING",
        provider.get(),
        budget.as_str(),
        event.revision,
        event.threshold_percent,
        event.kind.as_str(),
        event.id,
        event.found_at,
        event.day,
        known(text(event.used), "used")?,
        event.share.and_then(text),
        delivery.as_str(),
        has_webhook.then_some(event.found_at),
    )
    .execute(pool)
    .await?;
    Ok(noted.rows_affected() == 1)
}

/// An event as it stands in a row.
struct EventRow {
    event_id: Uuid,
    revision: i32,
    threshold_percent: i32,
    what: String,
    found_at: DateTime<Utc>,
    day: NaiveDate,
    used: String,
    share: Option<String>,
}

impl EventRow {
    fn event(self) -> Result<BudgetEvent, DbError> {
        Ok(BudgetEvent {
            id: self.event_id,
            revision: self.revision,
            threshold_percent: self.threshold_percent,
            kind: known(BudgetEventKind::parse(&self.what), &self.what)?,
            found_at: self.found_at,
            day: self.day,
            used: decimal(&self.used, "used_millionths")?,
            share: self.share.map(|text| decimal(&text, "share_ppm")).transpose()?,
        })
    }
}

/// The events of all revisions of a budget, in the order in which they were found.
pub async fn list(
    pool: &Pool,
    provider: ProviderId,
    budget: &Slug,
    page: Page,
) -> Result<Vec<EventLine>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT event_id, revision, threshold_percent, what, found_at, day, used_millionths::text AS "used!",
            share_ppm::text AS share, delivery, attempts, delivered_at, last_error, energy_wh, carbon_mg, basis,
            perimeter
         FROM budget_event JOIN budget USING (provider_id, budget_key, revision)
         WHERE provider_id = $1 AND budget_key = $2
         ORDER BY found_at, revision, threshold_percent, what OFFSET $3 LIMIT $4"#,
        provider.get(),
        budget.as_str(),
        page.skip,
        page.limit,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let event = EventRow {
                event_id: row.event_id,
                revision: row.revision,
                threshold_percent: row.threshold_percent,
                what: row.what,
                found_at: row.found_at,
                day: row.day,
                used: row.used,
                share: row.share,
            };
            Ok(EventLine {
                event: event.event()?,
                allowance: allowance(
                    row.energy_wh,
                    row.carbon_mg,
                    row.basis.as_deref(),
                    row.perimeter.as_deref(),
                )?,
                delivery: known(Delivery::parse(&row.delivery), &row.delivery)?,
                attempts: row.attempts,
                delivered_at: row.delivered_at,
                last_error: row.last_error,
            })
        })
        .collect()
}

/// A message that it is the caller's turn to send.
#[derive(Clone, Debug)]
pub struct Message {
    pub provider_key: String,
    pub budget_key: String,
    /// `None` where the budget is of all services.
    pub service_key: Option<String>,
    pub year: i32,
    pub allowance: Allowance,
    pub event: BudgetEvent,
    /// Where the latest terms of the budget send it.
    pub webhook: WebhookUrl,
    pub secret: WebhookSecret,
    /// Attempts with this one.
    pub attempts: i32,
}

/// How often and how far apart a message is sent.
#[derive(Clone, Copy, Debug)]
pub struct Attempts {
    pub most: i32,
    /// After the first attempt; it doubles with each.
    pub first_wait: TimeDelta,
    pub longest_wait: TimeDelta,
}

/// Gives up messages whose last attempt did not end, and drops those of budgets that were withdrawn or name no
/// address any more.
pub async fn sweep(pool: &Pool, attempts: Attempts, now: DateTime<Utc>) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE budget_event SET delivery = 'given_up', next_attempt_at = NULL
         WHERE delivery = 'pending' AND attempts >= $1 AND next_attempt_at <= $2",
        attempts.most,
        now,
    )
    .execute(pool)
    .await?;
    sqlx::query!(
        "UPDATE budget_event SET delivery = 'dropped', next_attempt_at = NULL
         WHERE delivery = 'pending' AND EXISTS (
            SELECT FROM (
                SELECT webhook, is_withdrawn FROM budget
                WHERE (budget.provider_id, budget.budget_key)
                    = (budget_event.provider_id, budget_event.budget_key)
                ORDER BY revision DESC LIMIT 1
            ) AS latest
            WHERE is_withdrawn OR webhook IS NULL)",
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Takes up to `most` messages that are due, the longest first. Each attempt is counted, and the next one put ahead,
/// so that nobody else sends the same meanwhile.
pub async fn take(
    pool: &Pool,
    most: i64,
    attempts: Attempts,
    now: DateTime<Utc>,
) -> Result<Vec<Message>, DbError> {
    let rows = sqlx::query!(
        r#"WITH taken AS (
            UPDATE budget_event SET attempts = attempts + 1,
                next_attempt_at = $2 + least($3::bigint << least(attempts, 20), $4) * interval '1 second'
            WHERE event_id IN (
                SELECT event_id FROM budget_event
                WHERE delivery = 'pending' AND next_attempt_at <= $2 AND attempts < $5
                ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED)
            RETURNING *
        )
        SELECT provider_key, taken.budget_key, service_key AS "service_key?", told.year, told.energy_wh,
            told.carbon_mg, told.basis, told.perimeter, event_id, taken.revision, threshold_percent, what, found_at,
            day, used_millionths::text AS "used!", share_ppm::text AS share, latest.webhook AS "webhook!",
            webhook_secret AS "webhook_secret!", attempts
        FROM taken JOIN provider USING (provider_id)
        JOIN budget AS told USING (provider_id, budget_key, revision)
        LEFT JOIN service USING (service_id)
        JOIN budget_state AS state
            ON (state.provider_id, state.budget_key) = (taken.provider_id, taken.budget_key)
        CROSS JOIN LATERAL (
            SELECT webhook FROM budget
            WHERE (budget.provider_id, budget.budget_key) = (taken.provider_id, taken.budget_key)
            ORDER BY revision DESC LIMIT 1
        ) AS latest
        WHERE latest.webhook IS NOT NULL AND webhook_secret IS NOT NULL
        ORDER BY found_at, threshold_percent"#,
        most,
        now,
        attempts.first_wait.num_seconds(),
        attempts.longest_wait.num_seconds(),
        attempts.most,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let event = EventRow {
                event_id: row.event_id,
                revision: row.revision,
                threshold_percent: row.threshold_percent,
                what: row.what,
                found_at: row.found_at,
                day: row.day,
                used: row.used,
                share: row.share,
            };
            Ok(Message {
                provider_key: row.provider_key,
                budget_key: row.budget_key,
                service_key: row.service_key,
                year: row.year,
                allowance: allowance(
                    row.energy_wh,
                    row.carbon_mg,
                    row.basis.as_deref(),
                    row.perimeter.as_deref(),
                )?,
                event: event.event()?,
                webhook: known(WebhookUrl::parse(&row.webhook).ok(), "webhook")?,
                secret: known(WebhookSecret::parse(&row.webhook_secret), "webhook_secret")?,
                attempts: row.attempts,
            })
        })
        .collect()
}

/// Notes that a message was taken by its receiver.
pub async fn delivered(pool: &Pool, event: Uuid, now: DateTime<Utc>) -> Result<(), DbError> {
    sqlx::query!(
        "UPDATE budget_event SET delivery = 'delivered', delivered_at = $2, next_attempt_at = NULL,
            last_error = NULL
         WHERE event_id = $1 AND delivery IN ('pending', 'given_up', 'dropped')",
        event,
        now,
    )
    .execute(pool)
    .await?;
    Ok(())
}

/// Notes why an attempt failed; a long text is cut. After the last attempt the message is given up.
pub async fn failed(pool: &Pool, event: Uuid, attempts: Attempts, error: &str) -> Result<(), DbError> {
    // Postgres takes no NUL in a text, and a list has one line for each error.
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    let error: String = error.chars().map(plain).collect();
    let error = &error[..error.floor_char_boundary(MAX_ERROR)];
    sqlx::query!(
        "UPDATE budget_event SET last_error = $2,
            delivery = CASE WHEN attempts >= $3 THEN 'given_up' ELSE delivery END,
            next_attempt_at = CASE WHEN attempts < $3 THEN next_attempt_at END
         WHERE event_id = $1 AND delivery = 'pending'",
        event,
        error,
        attempts.most,
    )
    .execute(pool)
    .await?;
    Ok(())
}
