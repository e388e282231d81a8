//! From the names in a record to the number of its group.
//!
//! Groups and the names they hold never change, so a number once found is kept in memory; only a
//! group that was not met before asks the database.

use super::object::At;
use crate::db::group::{FoundGroup, Registered, find_or_insert};
use crate::db::{DbError, Pool};
use crate::domain::group::GroupNames;
use crate::domain::ids::{GroupId, ProviderId};
use crate::domain::names::Slug;
use crate::domain::problem::{Fault, ProblemCode, child};
use std::collections::HashMap;
use std::sync::{Arc, RwLock};

type Known = HashMap<(ProviderId, GroupNames), GroupId>;

/// The groups met so far, shared by all requests.
#[derive(Clone, Debug, Default)]
pub struct GroupCache(Arc<RwLock<Known>>);

/// Most groups kept in memory; beyond, the cache starts anew.
const MAX_GROUPS: usize = 100_000;

/// A group with names that are not registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownNames {
    service: Registered,
    model: Registered,
    site: Registered,
}

impl GroupCache {
    /// A resolver for one batch: a name that is unknown is asked for once, not once a record.
    pub fn resolver<'a>(&'a self, pool: &'a Pool, provider: ProviderId) -> Resolver<'a> {
        Resolver { cache: self, pool, provider, batch: HashMap::new() }
    }

    fn get(&self, key: &(ProviderId, GroupNames)) -> Option<GroupId> {
        let known = self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        known.get(key).copied()
    }

    fn insert(&self, key: (ProviderId, GroupNames), group: GroupId) {
        let mut known = self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        if known.len() >= MAX_GROUPS {
            known.clear();
        }
        known.insert(key, group);
    }
}

/// Resolves the groups of one batch.
#[derive(Debug)]
pub struct Resolver<'a> {
    cache: &'a GroupCache,
    pool: &'a Pool,
    provider: ProviderId,
    batch: HashMap<GroupNames, Result<GroupId, UnknownNames>>,
}

impl Resolver<'_> {
    pub async fn group(&mut self, names: &GroupNames) -> Result<Result<GroupId, UnknownNames>, DbError> {
        if let Some(found) = self.batch.get(names) {
            return Ok(*found);
        }
        let key = (self.provider, names.clone());
        let found = match self.cache.get(&key) {
            Some(group) => Ok(group),
            None => match find_or_insert(self.pool, self.provider, names).await? {
                FoundGroup::Found(group) => {
                    self.cache.insert(key, group);
                    Ok(group)
                }
                FoundGroup::Unknown { service, model, site } => Err(UnknownNames { service, model, site }),
            },
        };
        self.batch.insert(names.clone(), found);
        Ok(found)
    }
}

impl UnknownNames {
    /// One fault for each name that is not registered.
    pub fn faults(self, names: &GroupNames, at: At, provider: &Slug) -> Vec<Fault> {
        [
            (self.service, "service", names.service.as_str(), ProblemCode::UnknownService),
            (self.model, "model", names.model.as_str(), ProblemCode::UnknownModel),
            (self.site, "site", names.site.as_str(), ProblemCode::UnknownSite),
        ]
        .into_iter()
        .filter(|(registered, ..)| *registered == Registered::No)
        .map(|(_, field, name, code)| {
            let detail = format!("provider '{provider}' has no {field} '{name}'");
            Fault::new(child(&at.pointer(), field), code, detail)
        })
        .collect()
    }
}
