//! Groups of records: made once, never changed.

use super::{DbError, Pool};
use crate::domain::group::GroupNames;
use crate::domain::ids::{GroupId, ProviderId};
use crate::domain::names::Name;
use crate::domain::terms::Place;

/// Which of a group's names are registered with the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundGroup {
    Found(GroupId),
    /// At least one name is not registered with this provider.
    Unknown {
        service: Registered,
        model: Registered,
        site: Registered,
    },
}

/// Whether a name is registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registered {
    Yes,
    No,
}

impl Registered {
    fn from_id(id: Option<i32>) -> Registered {
        if id.is_some() { Registered::Yes } else { Registered::No }
    }
}

/// Finds the group with these names, and makes it where its names are registered and it is new.
///
/// A group is committed on its own, before the records that name it: its number can then be kept in
/// memory whatever becomes of their transaction.
pub async fn find_or_insert(
    pool: &Pool,
    provider: ProviderId,
    names: &GroupNames,
) -> Result<FoundGroup, DbError> {
    let ids = sqlx::query!(
        r#"SELECT
            (SELECT service_id FROM service WHERE provider_id = $1 AND service_key = $2) AS service_id,
            (SELECT model_id FROM model WHERE provider_id = $1 AND model_key = $3) AS model_id,
            (SELECT site_id FROM site WHERE provider_id = $1 AND site_key = $4) AS site_id"#,
        provider.get(),
        names.service.as_str(),
        names.model.as_str(),
        names.site.as_str(),
    )
    .fetch_one(pool)
    .await?;
    let (Some(service), Some(model), Some(site)) = (ids.service_id, ids.model_id, ids.site_id) else {
        return Ok(FoundGroup::Unknown {
            service: Registered::from_id(ids.service_id),
            model: Registered::from_id(ids.model_id),
            site: Registered::from_id(ids.site_id),
        });
    };
    let (task_type, (boundary, evidence)) = (names.task_type.as_str(), names.terms.words());
    let accelerator = names.accelerator.as_ref().map_or("", Name::as_str);
    let place = names.place.map_or("unstated", Place::as_str);
    sqlx::query!(
        "INSERT INTO record_group (provider_id, service_id, model_id, site_id, task_type, boundary, evidence,
            accelerator, place, counted_from)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
        provider.get(),
        service,
        model,
        site,
        task_type,
        boundary,
        evidence,
        accelerator,
        place,
        names.counted_from.as_str(),
    )
    .execute(pool)
    .await?;
    let id = sqlx::query_scalar!(
        "SELECT group_id FROM record_group
         WHERE provider_id = $1 AND service_id = $2 AND model_id = $3 AND site_id = $4 AND task_type = $5
           AND boundary = $6 AND evidence = $7 AND accelerator = $8 AND place = $9 AND counted_from = $10",
        provider.get(),
        service,
        model,
        site,
        task_type,
        boundary,
        evidence,
        accelerator,
        place,
        names.counted_from.as_str(),
    )
    .fetch_one(pool)
    .await?;
    Ok(FoundGroup::Found(GroupId::from_db(id)))
}
