//! Who is asking: an API key in the `Authorization` header.

use super::problem::Problem;
use crate::app::App;
use crate::db;
use crate::domain::key::ApiKey;
use crate::domain::problem::ProblemCode;
use crate::domain::terms::Scope;
use actix_web::HttpRequest;
use actix_web::http::header;
use sha2::{Digest, Sha256};

/// The key of a request, where it is valid and may do this.
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
    // The key is looked up by its digest, so comparing takes the same time whatever was presented.
    let digest = Sha256::digest(presented).into();
    let Some(key) = db::key::find(&app.pool, &digest).await? else {
        return Err(Problem::new(ProblemCode::KeyInvalid, "the key is not known, or was revoked"));
    };
    if !key.scopes.contains(&scope) {
        let detail = format!("this needs a key with the scope '{}'", scope.as_str());
        return Err(Problem::new(ProblemCode::ScopeMissing, detail));
    }
    Ok(key)
}
