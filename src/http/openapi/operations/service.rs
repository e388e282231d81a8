//! What the service says of itself.

use crate::domain::problem::ProblemCode;
use crate::http::openapi::fields::Value;
use crate::http::openapi::headers;
use crate::http::openapi::operation::Op;
use utoipa::openapi::ContentBuilder;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema};

pub(super) fn operations() -> Vec<Op> {
    let text = |meaning: &str| ContentBuilder::new().schema(Some(Value::text(meaning).schema())).build();
    let document = ObjectBuilder::new()
        .description(Some("An OpenAPI 3.1 document."))
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)));
    vec![
        Op::get("/healthz", "alive", "Ask whether the process answers").answers_with(
            200,
            "It does.",
            |response| response.content("text/plain", text("A word.")),
        ),
        Op::get("/readyz", "ready", "Ask whether the database answers too")
            .answers_with(200, "It does.", |response| response.content("text/plain", text("A word.")))
            .refuses(&[ProblemCode::Internal, ProblemCode::Unavailable]),
        Op::get("/openapi.json", "openapi", "Read this document")
            .says("The same bytes until the service is updated. `/docs` shows it as a page.")
            .answers_with(200, "The document.", |response| {
                let content = ContentBuilder::new().schema(Some(document)).build();
                response.content("application/json", content).header("ETag", headers::etag())
            })
            .answers_not_modified(),
    ]
}
