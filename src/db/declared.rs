//! What providers declare of their sites and models over time. Nothing is overwritten: a
//! changed value becomes the next revision, and the same value told again makes none.
//!
//! "The same again" is told from the latest telling that touches the same days: where something else was
//! told in between for some of those days, telling the first value again is a new telling.

use super::error::known;
use super::meter_class::tell_site_class;
use super::water::{site_water, tell_site_wue};
use super::{DbError, Pool};
use crate::domain::ids::{ModelId, SiteId};
use crate::domain::meter::MeterClass;
use crate::domain::period::{Days, Period, beginning_of};
use crate::domain::registry::{
    Coefficient, Hardware, Parameters, Running, SiteBoundary, SiteDeclaration, SiteValue, Telling,
};
use crate::domain::terms::{Boundary, MeterClassKind, SiteFactorKind};
use crate::units::{Power, Ratio, TokenEnergy};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{Postgres, Transaction};
use std::collections::HashMap;

/// What became of a telling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// Whether it made a revision; otherwise it repeats this one.
    pub is_new: bool,
    pub revision: i32,
    pub recorded_at: DateTime<Utc>,
}

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Tellings before it. None is ever taken away or put in between, so this is a place in the list.
    pub skip: i64,
    pub limit: i64,
}

fn days(from: NaiveDate, to: NaiveDate) -> Result<Days, DbError> {
    known(Days::new(from, to), "valid_from and valid_to")
}

/// Makes those who tell of one site wait for each other, so that revisions follow each other.
pub(super) async fn lock_site(
    transaction: &mut Transaction<'_, Postgres>,
    site: SiteId,
) -> Result<(), DbError> {
    sqlx::query!("SELECT site_id FROM site WHERE site_id = $1 FOR NO KEY UPDATE", site.get())
        .fetch_one(&mut **transaction)
        .await?;
    Ok(())
}

/// Tells a number of a site.
pub async fn tell_site(
    pool: &Pool,
    site: SiteId,
    told: SiteDeclaration,
    now: DateTime<Utc>,
) -> Result<Told, DbError> {
    match told.value {
        SiteValue::Factor(kind, value) => tell_site_factor(pool, site, kind, value, told.valid, now).await,
        SiteValue::Class(kind, class) => tell_site_class(pool, site, kind, class, told.valid, now).await,
        SiteValue::Water(water) => tell_site_wue(pool, site, &water, told.valid, now).await,
    }
}

async fn tell_site_factor(
    pool: &Pool,
    site: SiteId,
    kind: SiteFactorKind,
    value: Ratio,
    valid: Days,
    now: DateTime<Utc>,
) -> Result<Told, DbError> {
    let (from, to) = (beginning_of(valid.from()), beginning_of(valid.to()));
    let mut transaction = pool.begin().await?;
    lock_site(&mut transaction, site).await?;
    let latest = sqlx::query!(
        "SELECT revision, recorded_at, valid_from, valid_to, value_ppm FROM site_factor
         WHERE site_id = $1 AND factor_kind = $2 AND valid_from < $4 AND valid_to > $3
         ORDER BY revision DESC LIMIT 1",
        site.get(),
        kind.as_str(),
        from,
        to,
    )
    .fetch_optional(&mut *transaction)
    .await?;
    if let Some(row) = latest
        && (row.valid_from, row.valid_to, row.value_ppm) == (from, to, value.ppm())
    {
        return Ok(Told { is_new: false, revision: row.revision, recorded_at: row.recorded_at });
    }
    let revision = sqlx::query_scalar!(
        "INSERT INTO site_factor (site_id, factor_kind, valid_from, valid_to, revision, value_ppm, recorded_at)
         SELECT $1, $2, $3, $4, coalesce(max(revision), 0) + 1, $5, $6
         FROM site_factor WHERE site_id = $1 AND factor_kind = $2
         RETURNING revision",
        site.get(),
        kind.as_str(),
        from,
        to,
        value.ppm(),
        now,
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Told { is_new: true, revision, recorded_at: now })
}

/// Every telling of the numbers of a site, in the order of telling.
pub async fn site_declarations(
    pool: &Pool,
    site: SiteId,
    page: Page,
) -> Result<Vec<Telling<SiteDeclaration>>, DbError> {
    let rows = sqlx::query!(
        r#"SELECT factor_kind AS "factor_kind?", (valid_from AT TIME ZONE 'UTC')::date AS "valid_from!",
            (valid_to AT TIME ZONE 'UTC')::date AS "valid_to!", value_ppm AS "value!",
            revision AS "revision!", recorded_at AS "recorded_at!", NULL AS definition, NULL AS definition_text
         FROM site_factor WHERE site_id = $1
         UNION ALL
         SELECT NULL, valid_from, valid_to, wue_ul_per_kwh, revision, recorded_at, definition, definition_text
         FROM site_wue WHERE site_id = $1
         UNION ALL
         SELECT class_kind, valid_from, valid_to, class_ppm, revision, recorded_at, NULL, NULL
         FROM site_meter_class WHERE site_id = $1
         ORDER BY 6, 1, 5 OFFSET $2 LIMIT $3"#,
        site.get(),
        page.skip,
        page.limit,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let value = match row.factor_kind {
                Some(text) => match MeterClassKind::parse(&text) {
                    Some(kind) => {
                        SiteValue::Class(kind, known(MeterClass::from_ppm(row.value), "class_ppm")?)
                    }
                    None => {
                        let kind = known(SiteFactorKind::parse(&text), &text)?;
                        SiteValue::Factor(kind, Ratio::from_ppm(row.value))
                    }
                },
                None => {
                    let definition = known(row.definition, "definition")?;
                    SiteValue::Water(site_water(row.value, &definition, row.definition_text)?)
                }
            };
            Ok(Telling {
                what: SiteDeclaration { value, valid: days(row.valid_from, row.valid_to)? },
                revision: row.revision,
                recorded_at: row.recorded_at,
            })
        })
        .collect()
}

/// Tells how many accelerators of one kind stand in a site.
pub async fn tell_hardware(
    pool: &Pool,
    site: SiteId,
    told: &Hardware,
    now: DateTime<Utc>,
) -> Result<Told, DbError> {
    let mut transaction = pool.begin().await?;
    lock_site(&mut transaction, site).await?;
    let latest = sqlx::query!(
        "SELECT revision, recorded_at, valid_from, valid_to, accelerators, note FROM site_hardware
         WHERE site_id = $1 AND accelerator = $2 AND valid_from < $4 AND valid_to > $3
         ORDER BY revision DESC LIMIT 1",
        site.get(),
        told.accelerator,
        told.valid.from(),
        told.valid.to(),
    )
    .fetch_optional(&mut *transaction)
    .await?;
    if let Some(row) = latest
        && (row.valid_from, row.valid_to, row.accelerators, &row.note)
            == (told.valid.from(), told.valid.to(), told.accelerators, &told.note)
    {
        return Ok(Told { is_new: false, revision: row.revision, recorded_at: row.recorded_at });
    }
    let revision = sqlx::query_scalar!(
        "INSERT INTO site_hardware (site_id, revision, valid_from, valid_to, accelerator, accelerators, note,
            recorded_at)
         SELECT $1, coalesce(max(revision), 0) + 1, $2, $3, $4, $5, $6, $7
         FROM site_hardware WHERE site_id = $1
         RETURNING revision",
        site.get(),
        told.valid.from(),
        told.valid.to(),
        told.accelerator,
        told.accelerators,
        told.note,
        now,
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Told { is_new: true, revision, recorded_at: now })
}

/// Every telling of the hardware of a site, in the order of telling.
pub async fn hardware(pool: &Pool, site: SiteId, page: Page) -> Result<Vec<Telling<Hardware>>, DbError> {
    let rows = sqlx::query!(
        "SELECT revision, valid_from, valid_to, accelerator, accelerators, note, recorded_at
         FROM site_hardware WHERE site_id = $1 ORDER BY revision OFFSET $2 LIMIT $3",
        site.get(),
        page.skip,
        page.limit,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Telling {
                what: Hardware {
                    valid: days(row.valid_from, row.valid_to)?,
                    accelerator: row.accelerator,
                    accelerators: row.accelerators,
                    note: row.note,
                },
                revision: row.revision,
                recorded_at: row.recorded_at,
            })
        })
        .collect()
}

/// Every telling of the hardware of some sites that touches a period, by site and in the order of telling.
pub async fn hardware_in(
    pool: &Pool,
    sites: &[SiteId],
    period: Period,
) -> Result<Vec<(SiteId, Telling<Hardware>)>, DbError> {
    let ids: Vec<i32> = sites.iter().map(|id| id.get()).collect();
    let rows = sqlx::query!(
        "SELECT site_id, revision, valid_from, valid_to, accelerator, accelerators, note, recorded_at
         FROM site_hardware
         WHERE site_id = ANY ($1) AND valid_from < ($3::timestamptz AT TIME ZONE 'UTC')
           AND valid_to > ($2::timestamptz AT TIME ZONE 'UTC')
         ORDER BY site_id, revision",
        &ids,
        period.from(),
        period.to(),
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let what = Hardware {
                valid: days(row.valid_from, row.valid_to)?,
                accelerator: row.accelerator,
                accelerators: row.accelerators,
                note: row.note,
            };
            let telling = Telling { what, revision: row.revision, recorded_at: row.recorded_at };
            Ok((SiteId::from_db(row.site_id), telling))
        })
        .collect()
}

/// Tells the energy per token of a model. Tellings of other boundaries, hardware, batch sizes or
/// precisions stand beside it.
pub async fn tell_coefficient(
    pool: &Pool,
    model: ModelId,
    told: &Coefficient,
    now: DateTime<Utc>,
) -> Result<Told, DbError> {
    let mut transaction = pool.begin().await?;
    sqlx::query!("SELECT model_id FROM model WHERE model_id = $1 FOR NO KEY UPDATE", model.get())
        .fetch_one(&mut *transaction)
        .await?;
    let latest = sqlx::query!(
        r#"SELECT revision, recorded_at,
            (valid_from, valid_to, source, licence) = ($6::date, $7::date, $9::text, $10::text)
            AND output_token_nj IS NOT DISTINCT FROM $8 AND input_token_nj IS NOT DISTINCT FROM $11
            AND published_on IS NOT DISTINCT FROM $12 AND accelerator_mw IS NOT DISTINCT FROM $13 AS "is_same!"
         FROM model_coefficient
         WHERE model_id = $1 AND boundary = $2 AND hardware = $3 AND batch_size IS NOT DISTINCT FROM $4
           AND precision_bits IS NOT DISTINCT FROM $5 AND valid_from < $7 AND valid_to > $6
         ORDER BY revision DESC LIMIT 1"#,
        model.get(),
        told.boundary.as_str(),
        told.hardware,
        told.batch_size,
        told.precision_bits,
        told.valid.from(),
        told.valid.to(),
        told.output_token.map(TokenEnergy::nanojoules),
        told.source,
        told.licence,
        told.input_token.map(TokenEnergy::nanojoules),
        told.published_on,
        told.accelerator_power.map(Power::milliwatts),
    )
    .fetch_optional(&mut *transaction)
    .await?;
    if let Some(row) = latest.filter(|row| row.is_same) {
        return Ok(Told { is_new: false, revision: row.revision, recorded_at: row.recorded_at });
    }
    let revision = sqlx::query_scalar!(
        "INSERT INTO model_coefficient (model_id, revision, valid_from, valid_to, output_token_nj,
            input_token_nj, boundary, hardware, batch_size, precision_bits, source, licence, published_on,
            recorded_at, accelerator_mw)
         SELECT $1, coalesce(max(revision), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
         FROM model_coefficient WHERE model_id = $1
         RETURNING revision",
        model.get(),
        told.valid.from(),
        told.valid.to(),
        told.output_token.map(TokenEnergy::nanojoules),
        told.input_token.map(TokenEnergy::nanojoules),
        told.boundary.as_str(),
        told.hardware,
        told.batch_size,
        told.precision_bits,
        told.source,
        told.licence,
        told.published_on,
        now,
        told.accelerator_power.map(Power::milliwatts),
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Told { is_new: true, revision, recorded_at: now })
}

/// A row of coefficients, as both lists select it.
struct CoefficientRow {
    model_id: i32,
    revision: i32,
    valid_from: NaiveDate,
    valid_to: NaiveDate,
    output_token_nj: Option<i64>,
    input_token_nj: Option<i64>,
    accelerator_mw: Option<i64>,
    boundary: String,
    hardware: String,
    batch_size: Option<i32>,
    precision_bits: Option<i16>,
    source: String,
    licence: String,
    published_on: Option<NaiveDate>,
    recorded_at: DateTime<Utc>,
}

impl CoefficientRow {
    fn telling(self) -> Result<Telling<Coefficient>, DbError> {
        let energy = |nanojoules| known(TokenEnergy::from_nanojoules(nanojoules), "energy of a token");
        let power = |milliwatts| known(Power::from_milliwatts(milliwatts), "accelerator_mw");
        Ok(Telling {
            what: Coefficient {
                valid: days(self.valid_from, self.valid_to)?,
                output_token: self.output_token_nj.map(energy).transpose()?,
                input_token: self.input_token_nj.map(energy).transpose()?,
                accelerator_power: self.accelerator_mw.map(power).transpose()?,
                boundary: known(Boundary::parse(&self.boundary), &self.boundary)?,
                hardware: self.hardware,
                batch_size: self.batch_size,
                precision_bits: self.precision_bits,
                source: self.source,
                licence: self.licence,
                published_on: self.published_on,
            },
            revision: self.revision,
            recorded_at: self.recorded_at,
        })
    }
}

/// Every telling of the coefficients of a model, in the order of telling.
pub async fn coefficients(
    pool: &Pool,
    model: ModelId,
    page: Page,
) -> Result<Vec<Telling<Coefficient>>, DbError> {
    let rows = sqlx::query_as!(
        CoefficientRow,
        "SELECT model_id, revision, valid_from, valid_to, output_token_nj, input_token_nj, accelerator_mw,
            boundary, hardware, batch_size, precision_bits, source, licence, published_on, recorded_at
         FROM model_coefficient WHERE model_id = $1 ORDER BY revision OFFSET $2 LIMIT $3",
        model.get(),
        page.skip,
        page.limit,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(CoefficientRow::telling).collect()
}

/// Coefficients of some models that hold on some day of a period, by model and in the order of telling.
pub async fn coefficients_in(
    pool: &Pool,
    models: &[ModelId],
    period: Period,
) -> Result<HashMap<ModelId, Vec<Telling<Coefficient>>>, DbError> {
    let ids: Vec<i32> = models.iter().map(|id| id.get()).collect();
    let rows = sqlx::query_as!(
        CoefficientRow,
        "SELECT model_id, revision, valid_from, valid_to, output_token_nj, input_token_nj, accelerator_mw,
            boundary, hardware, batch_size, precision_bits, source, licence, published_on, recorded_at
         FROM model_coefficient
         WHERE model_id = ANY ($1) AND valid_from < ($3::timestamptz AT TIME ZONE 'UTC')
           AND valid_to > ($2::timestamptz AT TIME ZONE 'UTC')
         ORDER BY model_id, revision",
        &ids,
        period.from(),
        period.to(),
    )
    .fetch_all(pool)
    .await?;
    let mut found: HashMap<ModelId, Vec<Telling<Coefficient>>> = HashMap::new();
    for row in rows {
        found.entry(ModelId::from_db(row.model_id)).or_default().push(row.telling()?);
    }
    Ok(found)
}

/// Parameters of some models and how they run, where both numbers of parameters are registered.
pub async fn parameters(pool: &Pool, models: &[ModelId]) -> Result<HashMap<ModelId, Parameters>, DbError> {
    let ids: Vec<i32> = models.iter().map(|id| id.get()).collect();
    let rows = sqlx::query!(
        r#"SELECT model_id, parameters_total AS "total!", parameters_active AS "active!",
            batch_size, precision_bits, accelerators
        FROM model
        WHERE model_id = ANY ($1) AND parameters_total IS NOT NULL AND parameters_active IS NOT NULL"#,
        &ids,
    )
    .fetch_all(pool)
    .await?;
    let found = rows.into_iter().map(|row| {
        let parameters = Parameters {
            total: row.total,
            active: row.active,
            batch_size: row.batch_size,
            precision_bits: row.precision_bits,
            accelerators: row.accelerators,
        };
        (ModelId::from_db(row.model_id), parameters)
    });
    Ok(found.collect())
}

/// How some models run, where anything of it is registered.
pub async fn running(pool: &Pool, models: &[ModelId]) -> Result<HashMap<ModelId, Running>, DbError> {
    let ids: Vec<i32> = models.iter().map(|id| id.get()).collect();
    let rows = sqlx::query!(
        "SELECT model_id, batch_size, precision_bits FROM model
        WHERE model_id = ANY ($1) AND num_nonnulls(batch_size, precision_bits) > 0",
        &ids,
    )
    .fetch_all(pool)
    .await?;
    let found = rows.into_iter().map(|row| {
        let running = Running { batch_size: row.batch_size, precision_bits: row.precision_bits };
        (ModelId::from_db(row.model_id), running)
    });
    Ok(found.collect())
}

/// Tells what energy that came as `it_or_facility` includes at a site.
pub async fn tell_boundary(
    pool: &Pool,
    site: SiteId,
    valid: Days,
    boundary: Boundary,
    now: DateTime<Utc>,
) -> Result<Told, DbError> {
    let mut transaction = pool.begin().await?;
    lock_site(&mut transaction, site).await?;
    let latest = sqlx::query!(
        "SELECT revision, recorded_at, valid_from, valid_to, boundary FROM site_boundary
         WHERE site_id = $1 AND valid_from < $3 AND valid_to > $2 ORDER BY revision DESC LIMIT 1",
        site.get(),
        valid.from(),
        valid.to(),
    )
    .fetch_optional(&mut *transaction)
    .await?;
    if let Some(row) = latest
        && (row.valid_from, row.valid_to, row.boundary.as_str())
            == (valid.from(), valid.to(), boundary.as_str())
    {
        return Ok(Told { is_new: false, revision: row.revision, recorded_at: row.recorded_at });
    }
    let revision = sqlx::query_scalar!(
        "INSERT INTO site_boundary (site_id, revision, valid_from, valid_to, boundary, recorded_at)
         SELECT $1, coalesce(max(revision), 0) + 1, $2, $3, $4, $5 FROM site_boundary WHERE site_id = $1
         RETURNING revision",
        site.get(),
        valid.from(),
        valid.to(),
        boundary.as_str(),
        now,
    )
    .fetch_one(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(Told { is_new: true, revision, recorded_at: now })
}

/// Every telling of what such energy includes at some sites, by site and in the order of telling.
pub async fn boundaries(pool: &Pool, sites: &[SiteId]) -> Result<Vec<Telling<SiteBoundary>>, DbError> {
    let ids: Vec<i32> = sites.iter().map(|id| id.get()).collect();
    let rows = sqlx::query!(
        "SELECT site_id, revision, valid_from, valid_to, boundary, recorded_at FROM site_boundary
         WHERE site_id = ANY ($1) ORDER BY site_id, revision",
        &ids,
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            let what = SiteBoundary {
                site: SiteId::from_db(row.site_id),
                valid: days(row.valid_from, row.valid_to)?,
                revision: row.revision,
                boundary: known(Boundary::parse(&row.boundary), &row.boundary)?,
            };
            Ok(Telling { what, revision: row.revision, recorded_at: row.recorded_at })
        })
        .collect()
}
