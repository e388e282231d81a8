//! Who is asking: an API key in the `Authorization` header.

use super::limit::Usage;
use super::problem::Problem;
use crate::app::App;
use crate::db::{self, DbError};
use crate::domain::key::ApiKey;
use crate::domain::problem::ProblemCode;
use crate::domain::terms::Scope;
use actix_web::http::header;
use actix_web::{HttpRequest, web};
use chrono::SecondsFormat;
use moka::future::Cache;
use sha2::{Digest, Sha256};

/// What the process remembers of keys: those it found lately, and what each used.
#[derive(Debug)]
pub struct Gate {
    /// By digest. An entry lives [`App::key_life`], so a revocation is noticed after that time at the
    /// latest; keys that are not known are not remembered.
    keys: Cache<[u8; 32], ApiKey>,
    pub(super) usage: Usage,
}

/// Most keys remembered at a time.
const MAX_KEYS: u64 = 10_000;

impl Gate {
    /// Starts the task that writes down what is used, on the current runtime.
    pub fn new(app: &App) -> Gate {
        let keys = Cache::builder().max_capacity(MAX_KEYS).time_to_live(app.key_life).build();
        Gate { keys, usage: Usage::new(&app.pool) }
    }

    /// The gate of the service that a request came to.
    pub(super) fn of(request: &HttpRequest) -> Result<&Gate, Problem> {
        let gate = request.app_data::<web::Data<Gate>>();
        gate.map(|gate| gate.get_ref()).ok_or_else(|| Problem::internal(&NoGate))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the service was started without a gate")]
struct NoGate;

/// Why a key was not found.
#[derive(Debug, thiserror::Error)]
enum KeyError {
    #[error("the key is not known, or was revoked")]
    Unknown,
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The key of a request, where it is valid, may do this and is within its limits. A request usually
/// costs no query: see [`Gate`].
pub async fn authorise(app: &App, request: &HttpRequest, scope: Scope) -> Result<ApiKey, Problem> {
    let presented = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, key)| key.trim());
    let Some(presented) = presented else {
        return Err(Problem::new(ProblemCode::KeyMissing, "the header 'Authorization: Bearer …' is missing"));
    };
    let gate = Gate::of(request)?;
    // The key is looked up by its digest, so comparing takes the same time whatever was presented.
    let digest: [u8; 32] = Sha256::digest(presented).into();
    let now = app.clock.now();
    // Requests that miss together wait for one query.
    let found = gate.keys.try_get_with(digest, async {
        db::key::find_and_note_use(&app.pool, &digest, now).await?.ok_or(KeyError::Unknown)
    });
    let key = found.await.map_err(|error| match &*error {
        KeyError::Unknown => Problem::new(ProblemCode::KeyInvalid, error.to_string()),
        KeyError::Db(error) => Problem::from(error),
    })?;
    if let Some(expired_at) = key.expires_at.filter(|expires_at| *expires_at <= now) {
        // Only who holds the whole key learns that it was one.
        let detail = format!("the key expired at {}", expired_at.to_rfc3339_opts(SecondsFormat::Secs, true));
        return Err(Problem::new(ProblemCode::KeyInvalid, detail));
    }
    gate.usage.charge_request(app, request, &key).await?;
    if !key.scopes.contains(&scope) {
        let detail = format!("this needs a key with the scope '{}'", scope.as_str());
        return Err(Problem::new(ProblemCode::ScopeMissing, detail));
    }
    Ok(key)
}
