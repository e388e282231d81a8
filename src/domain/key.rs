//! API keys: who they belong to and what they allow.

use super::ids::{ApiKeyId, ProviderId};
use super::names::Slug;
use super::terms::Scope;

/// A key that was presented, found and not revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// `None` where a command imports on behalf of the provider.
    pub id: Option<ApiKeyId>,
    pub provider: ProviderId,
    pub provider_key: Slug,
    pub scopes: Vec<Scope>,
}
