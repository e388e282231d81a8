//! What providers tell of the training of their models, and of the compute of a task.

use super::declared::{Page, Told};
use super::error::known;
use super::{DbError, Pool};
use crate::domain::ids::ModelId;
use crate::domain::period::Days;
use crate::domain::registry::Telling;
use crate::domain::terms::{TaskType, TrainingEvidence};
use crate::domain::training::{Emissions, InferenceCompute, Stated, Training};
use crate::units::{CarbonMass, Significant};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{Postgres, Transaction};

/// A row of `model_training`, as every query here selects it.
struct TrainingRow {
    model_id: i32,
    revision: i32,
    energy_mwh_digits: Option<i64>,
    energy_mwh_exponent: Option<i16>,
    energy_na_reason: Option<String>,
    compute_digits: Option<String>,
    compute_exponent: Option<i16>,
    compute_na_reason: Option<String>,
    emissions_mg: Option<i64>,
    emissions_basis: Option<String>,
    trained_from: NaiveDate,
    trained_to: NaiveDate,
    zone_key: Option<String>,
    evidence: Option<String>,
    method: Option<String>,
    compute_method: Option<String>,
    lifetime_tasks: Option<i64>,
    is_public: bool,
    recorded_at: DateTime<Utc>,
}

impl TrainingRow {
    fn telling(self) -> Result<(ModelId, Telling<Training>), DbError> {
        let emissions = match (self.emissions_mg, self.emissions_basis) {
            (Some(mg), Some(basis)) => {
                Some(Emissions { carbon: known(CarbonMass::from_milligrams(mg), "emissions_mg")?, basis })
            }
            _ => None,
        };
        let evidence = self.evidence.map(|word| known(TrainingEvidence::parse(&word), &word)).transpose()?;
        let what = Training {
            energy: stated(
                self.energy_mwh_digits.map(i128::from),
                self.energy_mwh_exponent,
                self.energy_na_reason,
            )?,
            compute: compute(self.compute_digits, self.compute_exponent, self.compute_na_reason)?,
            emissions,
            trained: known(Days::new(self.trained_from, self.trained_to), "trained_from and trained_to")?,
            zone: self.zone_key,
            evidence,
            method: self.method,
            compute_method: self.compute_method,
            lifetime_tasks: self.lifetime_tasks,
            is_public: self.is_public,
        };
        let telling = Telling { what, revision: self.revision, recorded_at: self.recorded_at };
        Ok((ModelId::from_db(self.model_id), telling))
    }
}

fn compute(digits: Option<String>, exponent: Option<i16>, reason: Option<String>) -> Result<Stated, DbError> {
    let digits = digits.map(|text| known(text.parse().ok(), "compute_digits")).transpose()?;
    stated(digits, exponent, reason)
}

fn stated(digits: Option<i128>, exponent: Option<i16>, reason: Option<String>) -> Result<Stated, DbError> {
    let value = digits.zip(exponent).and_then(|(digits, exponent)| Significant::new(digits, exponent));
    match (value, reason) {
        (Some(value), None) => Ok(Stated::Known(value)),
        (None, Some(reason)) => Ok(Stated::NotAvailable(reason)),
        _ => Err(DbError::Unreadable("digits, exponent and reason".to_owned())),
    }
}

/// Digits and exponent, as columns.
fn columns(stated: &Stated) -> (Option<i128>, Option<i16>) {
    let value = stated.known();
    // An exponent of at most two digits.
    (value.map(Significant::digits), value.and_then(|value| i16::try_from(value.exponent()).ok()))
}

/// Makes those who tell of one model wait for each other, so that revisions follow each other.
async fn lock_model(transaction: &mut Transaction<'_, Postgres>, model: ModelId) -> Result<(), DbError> {
    sqlx::query!("SELECT model_id FROM model WHERE model_id = $1 FOR NO KEY UPDATE", model.get())
        .fetch_one(&mut **transaction)
        .await?;
    Ok(())
}

/// Tells what training a model took; all of it each time. The same again makes no revision.
pub async fn tell(
    pool: &Pool,
    model: ModelId,
    training: &Training,
    now: DateTime<Utc>,
) -> Result<Told, DbError> {
    let mut transaction = pool.begin().await?;
    lock_model(&mut transaction, model).await?;
    let row = sqlx::query_as!(
        TrainingRow,
        r#"SELECT model_id, revision, energy_mwh_digits, energy_mwh_exponent, energy_na_reason,
            compute_digits::text, compute_exponent, compute_na_reason, emissions_mg, emissions_basis,
            trained_from, trained_to, zone_key, evidence, method, compute_method, lifetime_tasks, is_public,
            recorded_at
         FROM model_training WHERE model_id = $1 ORDER BY revision DESC LIMIT 1"#,
        model.get(),
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let latest = row.map(TrainingRow::telling).transpose()?.map(|(_, latest)| latest);
    if let Some(latest) = latest.as_ref().filter(|latest| latest.what == *training) {
        return Ok(Told { is_new: false, revision: latest.revision, recorded_at: latest.recorded_at });
    }
    let revision = latest.map_or(0, |latest| latest.revision) + 1;
    let (energy_digits, energy_exponent) = columns(&training.energy);
    let (compute_digits, compute_exponent) = columns(&training.compute);
    sqlx::query!(
        "INSERT INTO model_training (model_id, revision, energy_mwh_digits, energy_mwh_exponent, energy_na_reason,
            compute_digits, compute_exponent, compute_na_reason, emissions_mg, emissions_basis, trained_from,
            trained_to, zone_key, evidence, method, compute_method, lifetime_tasks, is_public, recorded_at)
         VALUES ($1, $2, $3, $4, $5, $6::text::numeric, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
        model.get(),
        revision,
        energy_digits.map(|digits| known(i64::try_from(digits).ok(), "energy_mwh_digits")).transpose()?,
        energy_exponent,
        training.energy.reason(),
        compute_digits.map(|digits| digits.to_string()),
        compute_exponent,
        training.compute.reason(),
        training.emissions.as_ref().map(|emissions| emissions.carbon.milligrams()),
        training.emissions.as_ref().map(|emissions| &emissions.basis),
        training.trained.from(),
        training.trained.to(),
        training.zone,
        training.evidence.map(TrainingEvidence::as_str),
        training.method,
        training.compute_method,
        training.lifetime_tasks,
        training.is_public,
        now,
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Told { is_new: true, revision, recorded_at: now })
}

/// Every telling of the training of a model, in the order of telling.
pub async fn list(pool: &Pool, model: ModelId, page: Page) -> Result<Vec<Telling<Training>>, DbError> {
    let rows = sqlx::query_as!(
        TrainingRow,
        r#"SELECT model_id, revision, energy_mwh_digits, energy_mwh_exponent, energy_na_reason,
            compute_digits::text, compute_exponent, compute_na_reason, emissions_mg, emissions_basis,
            trained_from, trained_to, zone_key, evidence, method, compute_method, lifetime_tasks, is_public,
            recorded_at
         FROM model_training WHERE model_id = $1 ORDER BY revision OFFSET $2 LIMIT $3"#,
        model.get(),
        page.skip,
        page.limit,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(|row| row.telling().map(|(_, telling)| telling)).collect()
}

/// What counts of the training of these models: the latest telling of each that has one.
pub async fn latest(pool: &Pool, models: &[ModelId]) -> Result<Vec<(ModelId, Telling<Training>)>, DbError> {
    let ids: Vec<i32> = models.iter().map(|model| model.get()).collect();
    let rows = sqlx::query_as!(
        TrainingRow,
        r#"SELECT DISTINCT ON (model_id) model_id, revision, energy_mwh_digits, energy_mwh_exponent,
            energy_na_reason, compute_digits::text, compute_exponent, compute_na_reason, emissions_mg,
            emissions_basis, trained_from, trained_to, zone_key, evidence, method, compute_method,
            lifetime_tasks, is_public,
            recorded_at
         FROM model_training WHERE model_id = ANY ($1) ORDER BY model_id, revision DESC"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(TrainingRow::telling).collect()
}

/// A row of `model_inference_compute`.
struct ComputeRow {
    model_id: i32,
    revision: i32,
    task_type: String,
    hardware: String,
    task: Option<String>,
    compute_digits: Option<String>,
    compute_exponent: Option<i16>,
    compute_na_reason: Option<String>,
    method: Option<String>,
    recorded_at: DateTime<Utc>,
}

impl ComputeRow {
    fn telling(self) -> Result<(ModelId, Telling<InferenceCompute>), DbError> {
        let what = InferenceCompute {
            task_type: known(TaskType::parse(&self.task_type), &self.task_type)?,
            hardware: self.hardware,
            task: self.task,
            compute: compute(self.compute_digits, self.compute_exponent, self.compute_na_reason)?,
            method: self.method,
        };
        let telling = Telling { what, revision: self.revision, recorded_at: self.recorded_at };
        Ok((ModelId::from_db(self.model_id), telling))
    }
}

/// Tells the compute of one task of a model. Tellings of other task types or hardware stand beside it.
pub async fn tell_inference_compute(
    pool: &Pool,
    model: ModelId,
    told: &InferenceCompute,
    now: DateTime<Utc>,
) -> Result<Told, DbError> {
    let mut transaction = pool.begin().await?;
    lock_model(&mut transaction, model).await?;
    let row = sqlx::query_as!(
        ComputeRow,
        r#"SELECT model_id, revision, task_type, hardware, task, compute_digits::text, compute_exponent,
            compute_na_reason, method, recorded_at
         FROM model_inference_compute WHERE model_id = $1 AND task_type = $2 AND hardware = $3
         ORDER BY revision DESC LIMIT 1"#,
        model.get(),
        told.task_type.as_str(),
        told.hardware,
    )
    .fetch_optional(&mut *transaction)
    .await?;
    let latest = row.map(ComputeRow::telling).transpose()?.map(|(_, latest)| latest);
    if let Some(latest) = latest.filter(|latest| latest.what == *told) {
        return Ok(Told { is_new: false, revision: latest.revision, recorded_at: latest.recorded_at });
    }
    let (digits, exponent) = columns(&told.compute);
    let revision = sqlx::query_scalar!(
        "INSERT INTO model_inference_compute (model_id, revision, task_type, hardware, task, compute_digits,
            compute_exponent, compute_na_reason, method, recorded_at)
         SELECT $1, coalesce(max(revision), 0) + 1, $2, $3, $4, $5::text::numeric, $6, $7, $8, $9
         FROM model_inference_compute WHERE model_id = $1
         RETURNING revision",
        model.get(),
        told.task_type.as_str(),
        told.hardware,
        told.task,
        digits.map(|digits| digits.to_string()),
        exponent,
        told.compute.reason(),
        told.method,
        now,
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Told { is_new: true, revision, recorded_at: now })
}

/// Every telling of the compute of tasks of a model, in the order of telling.
pub async fn list_inference_compute(
    pool: &Pool,
    model: ModelId,
    page: Page,
) -> Result<Vec<Telling<InferenceCompute>>, DbError> {
    let rows = sqlx::query_as!(
        ComputeRow,
        r#"SELECT model_id, revision, task_type, hardware, task, compute_digits::text, compute_exponent,
            compute_na_reason, method, recorded_at
         FROM model_inference_compute WHERE model_id = $1 ORDER BY revision OFFSET $2 LIMIT $3"#,
        model.get(),
        page.skip,
        page.limit,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(|row| row.telling().map(|(_, telling)| telling)).collect()
}

/// What counts of the compute of tasks of these models: the latest telling of each task type and hardware.
pub async fn latest_inference_compute(
    pool: &Pool,
    models: &[ModelId],
) -> Result<Vec<(ModelId, Telling<InferenceCompute>)>, DbError> {
    let ids: Vec<i32> = models.iter().map(|model| model.get()).collect();
    let rows = sqlx::query_as!(
        ComputeRow,
        r#"SELECT DISTINCT ON (model_id, task_type, hardware) model_id, revision, task_type, hardware, task,
            compute_digits::text, compute_exponent, compute_na_reason, method, recorded_at
         FROM model_inference_compute WHERE model_id = ANY ($1)
         ORDER BY model_id, task_type, hardware, revision DESC"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(ComputeRow::telling).collect()
}
