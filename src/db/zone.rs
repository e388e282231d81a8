//! Zones: places with a grid of their own, what is around them, and what others call them.

use super::error::known;
use super::{DbError, Pool};
use crate::domain::terms::CodeKind;
use chrono::{DateTime, Utc};

/// A place with a grid of its own: a country, a bidding zone or a region. A bidding zone is not a country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    pub key: String,
    pub name: String,
}

/// The zone around a zone, in an interval that may be open: where the ladder looks next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneParent {
    pub zone: String,
    pub parent: String,
    pub valid_from: DateTime<Utc>,
    pub valid_to: Option<DateTime<Utc>>,
}

/// What others call a zone, in an interval that may be open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneCode {
    pub kind: CodeKind,
    pub code: String,
    pub zone: String,
    pub valid_from: DateTime<Utc>,
    pub valid_to: Option<DateTime<Utc>>,
}

/// Adds what is new of zones, parents and codes, in one transaction. What is there stays as it is.
pub async fn insert(
    pool: &Pool,
    zones: &[Zone],
    parents: &[ZoneParent],
    codes: &[ZoneCode],
) -> Result<(), DbError> {
    let mut transaction = pool.begin().await?;
    sqlx::query!(
        "INSERT INTO zone (zone_key, name) SELECT * FROM unnest($1::text[], $2::text[])
         ON CONFLICT (zone_key) DO NOTHING",
        &zones.iter().map(|zone| zone.key.as_str()).collect::<Vec<_>>() as _,
        &zones.iter().map(|zone| zone.name.as_str()).collect::<Vec<_>>() as _,
    )
    .execute(&mut *transaction)
    .await?;
    sqlx::query!(
        "INSERT INTO zone_parent (zone_key, parent_zone, valid_from, valid_to)
         SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[])
         ON CONFLICT (zone_key, valid_from) DO NOTHING",
        &parents.iter().map(|one| one.zone.as_str()).collect::<Vec<_>>() as _,
        &parents.iter().map(|one| one.parent.as_str()).collect::<Vec<_>>() as _,
        &parents.iter().map(|one| one.valid_from).collect::<Vec<_>>(),
        &parents.iter().map(|one| one.valid_to).collect::<Vec<_>>() as _,
    )
    .execute(&mut *transaction)
    .await?;
    sqlx::query!(
        "INSERT INTO zone_code (code_kind, code, zone_key, valid_from, valid_to)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[])
         ON CONFLICT (code_kind, code, valid_from) DO NOTHING",
        &codes.iter().map(|one| one.kind.as_str()).collect::<Vec<_>>() as _,
        &codes.iter().map(|one| one.code.as_str()).collect::<Vec<_>>() as _,
        &codes.iter().map(|one| one.zone.as_str()).collect::<Vec<_>>() as _,
        &codes.iter().map(|one| one.valid_from).collect::<Vec<_>>(),
        &codes.iter().map(|one| one.valid_to).collect::<Vec<_>>() as _,
    )
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(())
}

/// Whether there is a zone with this key.
pub async fn has(pool: &Pool, key: &str) -> Result<bool, DbError> {
    let found =
        sqlx::query_scalar!(r#"SELECT EXISTS (SELECT FROM zone WHERE zone_key = $1) AS "found!""#, key,)
            .fetch_one(pool)
            .await?;
    Ok(found)
}

/// All zones by key.
pub async fn zones(pool: &Pool) -> Result<Vec<Zone>, DbError> {
    Ok(sqlx::query_as!(Zone, "SELECT zone_key AS key, name FROM zone ORDER BY zone_key")
        .fetch_all(pool)
        .await?)
}

/// What is around these zones, and around those in turn, in the order of their beginning.
pub async fn parents(pool: &Pool, zones: &[String]) -> Result<Vec<ZoneParent>, DbError> {
    let parents = sqlx::query_as!(
        ZoneParent,
        r#"WITH RECURSIVE around (zone_key) AS (
            SELECT unnest($1::text[])
            UNION SELECT parent_zone FROM around JOIN zone_parent USING (zone_key)
        )
        SELECT zone_key AS "zone!", parent_zone AS parent, valid_from, valid_to
        FROM around JOIN zone_parent USING (zone_key) ORDER BY zone_key, valid_from"#,
        zones,
    )
    .fetch_all(pool)
    .await?;
    Ok(parents)
}

/// All codes, by kind and code.
pub async fn codes(pool: &Pool) -> Result<Vec<ZoneCode>, DbError> {
    let rows = sqlx::query!(
        "SELECT code_kind, code, zone_key, valid_from, valid_to FROM zone_code
         ORDER BY code_kind, code, valid_from"
    )
    .fetch_all(pool)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(ZoneCode {
                kind: known(CodeKind::parse(&row.code_kind), &row.code_kind)?,
                code: row.code,
                zone: row.zone_key,
                valid_from: row.valid_from,
                valid_to: row.valid_to,
            })
        })
        .collect()
}
