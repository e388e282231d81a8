//! API keys: who they belong to and what they allow.

use super::ids::ProviderId;
use super::names::Slug;
use super::terms::Scope;

/// A key that was presented, found and not revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    pub provider: ProviderId,
    pub provider_key: Slug,
    pub scopes: Vec<Scope>,
}
