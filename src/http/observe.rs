//! One line of log for each request, a request id on every answer, and the common headers.

use super::add_common_headers;
use super::limit::Quota;
use super::problem::Problem;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest};
use std::time::Instant;
use uuid::Uuid;

/// Names one request in its answer and in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

impl RequestId {
    /// The id that [`observe`] gave to a request.
    pub fn of(request: &HttpRequest) -> RequestId {
        request.extensions().get::<RequestId>().copied().unwrap_or(RequestId(Uuid::nil()))
    }
}

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub(super) async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    let started = Instant::now();
    let id = RequestId(Uuid::new_v4());
    request.extensions_mut().insert(id);
    let method = request.method().clone();
    // The path alone: a query may hold what does not belong into a log.
    let path = request.path().to_owned();
    let response = next.call(request).await?.map_into_boxed_body();
    let problem = response.response().error().and_then(|error| error.as_error::<Problem>());
    let refusal = problem.map(|problem| problem.respond(response.request()));
    let mut response = match refusal {
        Some(refusal) => response.into_response(refusal),
        None => response,
    };
    add_common_headers(&mut response);
    let quota = response.request().extensions().get::<Quota>().copied();
    if let Some(quota) = quota {
        quota.add_headers(response.headers_mut());
    }
    if let Ok(value) = HeaderValue::from_str(&id.0.to_string()) {
        response.headers_mut().insert(REQUEST_ID.clone(), value);
    }
    let duration_ms = started.elapsed().as_millis();
    let status = response.status().as_u16();
    tracing::info!(request_id = %id.0, %method, path, status, duration_ms, "answered");
    Ok(response)
}
