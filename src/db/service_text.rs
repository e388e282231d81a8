//! What providers say of their services in their own words, told as other declarations are: nothing is overwritten.

use super::declared::{Page, Told};
use super::error::known;
use super::{DbError, Pool};
use crate::domain::disclosure::TextField;
use crate::domain::ids::ServiceId;
use crate::domain::registry::{ServiceText, Telling};
use chrono::{DateTime, Utc};

/// Tells a text, or takes it back. What holds already makes no revision; a text that was never told cannot be taken
/// back, which the answer `None` says.
pub async fn tell(
    pool: &Pool,
    service: ServiceId,
    told: &ServiceText,
    now: DateTime<Utc>,
) -> Result<Option<Told>, DbError> {
    let mut transaction = pool.begin().await?;
    // Those who tell of one service wait for each other, so that revisions follow each other.
    sqlx::query!("SELECT service_id FROM service WHERE service_id = $1 FOR NO KEY UPDATE", service.get())
        .fetch_one(&mut *transaction)
        .await?;
    let latest = sqlx::query!(
        "SELECT revision, recorded_at, content FROM service_text
         WHERE service_id = $1 AND field = $2 AND language = $3 ORDER BY revision DESC LIMIT 1",
        service.get(),
        told.field.as_str(),
        told.language,
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let earlier = latest.as_ref().map_or(0, |row| row.revision);
    let holds = latest.as_ref().and_then(|row| row.content.as_ref());
    if told.text.is_none() && holds.is_none() {
        return Ok(None);
    }
    if let Some(row) = latest.filter(|row| row.content == told.text) {
        return Ok(Some(Told { is_new: false, revision: row.revision, recorded_at: row.recorded_at }));
    }
    let revision = earlier + 1;
    sqlx::query!(
        "INSERT INTO service_text (service_id, field, language, revision, content, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        service.get(),
        told.field.as_str(),
        told.language,
        revision,
        told.text,
        now,
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Some(Told { is_new: true, revision, recorded_at: now }))
}

/// Every telling of the texts of a service, in the order of telling.
pub async fn list(pool: &Pool, service: ServiceId, page: Page) -> Result<Vec<Telling<ServiceText>>, DbError> {
    let rows = sqlx::query!(
        "SELECT field, language, revision, content, recorded_at FROM service_text
         WHERE service_id = $1 ORDER BY recorded_at, field, language, revision OFFSET $2 LIMIT $3",
        service.get(),
        page.skip,
        page.limit,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let field = known(TextField::parse(&row.field), &row.field)?;
            let what = ServiceText { field, language: row.language, text: row.content };
            Ok(Telling { what, revision: row.revision, recorded_at: row.recorded_at })
        })
        .collect()
}

/// The texts of a service that hold, in no order that means anything.
pub async fn latest(pool: &Pool, service: ServiceId) -> Result<Vec<Telling<ServiceText>>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT field AS "field!", language AS "language!", revision AS "revision!", content AS "content!",
            recorded_at AS "recorded_at!"
        FROM (
            SELECT DISTINCT ON (field, language) field, language, revision, content, recorded_at
            FROM service_text WHERE service_id = $1 ORDER BY field, language, revision DESC
        ) AS told WHERE content IS NOT NULL"#,
        service.get(),
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let field = known(TextField::parse(&row.field), &row.field)?;
            let what = ServiceText { field, language: row.language, text: Some(row.content) };
            Ok(Telling { what, revision: row.revision, recorded_at: row.recorded_at })
        })
        .collect()
}
