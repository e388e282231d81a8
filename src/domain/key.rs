//! API keys: who they belong to, what they allow and how much.

use super::ids::{ApiKeyId, ProviderId};
use super::names::Slug;
use super::terms::Scope;
use chrono::{DateTime, Utc};

/// A key that was presented, found and not revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// `None` at the command line, where the operator of the database needs no key.
    pub id: Option<ApiKeyId>,
    pub provider: ProviderId,
    pub provider_key: Slug,
    pub scopes: Vec<Scope>,
    /// The first instant at which it is no longer taken.
    pub expires_at: Option<DateTime<Utc>>,
    pub limits: KeyLimits,
}

/// How much a key may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyLimits {
    pub requests_per_minute: i32,
    /// Records in a UTC day; `None` is without limit.
    pub records_per_day: Option<i64>,
}

/// Requests a minute of a key that was given no other limit: more than one honest client sends, and
/// less than what keeps the service from others.
pub const DEFAULT_REQUESTS_PER_MINUTE: i32 = 60_000;

impl Default for KeyLimits {
    fn default() -> KeyLimits {
        KeyLimits { requests_per_minute: DEFAULT_REQUESTS_PER_MINUTE, records_per_day: None }
    }
}
