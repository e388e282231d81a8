//! The headers of answers.

use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{Header, HeaderBuilder};

fn text(meaning: &str, pattern: &str) -> Header {
    let schema = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern));
    HeaderBuilder::new().description(Some(meaning)).schema(Some(schema)).build()
}

/// Headers of every answer, and of those to a key.
pub(super) fn common(response: ResponseBuilder, is_limited: bool) -> ResponseBuilder {
    let id = ObjectBuilder::new().schema_type(Type::String);
    let id = id.format(Some(SchemaFormat::Custom("uuid".to_owned())));
    let meaning = "Names this request; quote it when you report a problem.";
    let id = HeaderBuilder::new().description(Some(meaning)).schema(Some(id)).build();
    let response = response.header("X-Request-Id", id);
    if !is_limited {
        return response;
    }
    response
        .header(
            "RateLimit-Policy",
            text(
                "The limits of the key: `q` requests or records in `w` seconds.",
                "^\"requests\";q=[0-9]+;w=60(, \"records\";q=[0-9]+;w=86400)?$",
            ),
        )
        .header(
            "RateLimit",
            text(
                "What is left: `r` requests or records for the next `t` seconds.",
                "^\"requests\";r=[0-9]+;t=[0-9]+(, \"records\";r=[0-9]+;t=[0-9]+)?$",
            ),
        )
}

pub(super) fn etag() -> Header {
    text("Changes with the answer; send it as `If-None-Match`.", "^\"[0-9a-f]{64}\"$")
}

pub(super) fn retry_after() -> Header {
    let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
    let meaning = "Seconds to wait before the same request is sent again.";
    HeaderBuilder::new().description(Some(meaning)).schema(Some(seconds)).build()
}

pub(super) fn www_authenticate() -> Header {
    text("How to present a key.", "^Bearer ")
}

/// Where a job can be asked for.
pub(super) fn job_address() -> Header {
    text("The address of the job.", "^/v1/jobs/[0-9]+$")
}

/// Which preference an answer followed.
pub(super) fn preference_applied() -> Header {
    text("The preference of the request that was followed.", "^(respond-async|wait=[0-9]+)$")
}

/// Where a list goes on.
pub(super) fn link() -> Header {
    text("The address of the next page, where there is one.", "^<[^>]*>; rel=\"next\"$")
}

/// Whether an answer is a first answer given again.
pub(super) fn replayed() -> Header {
    let meaning = "`true` where this is the answer to the first request with this `Idempotency-Key`.";
    text(meaning, "^true$")
}
