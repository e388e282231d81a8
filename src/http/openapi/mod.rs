//! The OpenAPI document of everything that is for machines. It is made of the code: schemas of answers from
//! the structs that are sent, of requests from the bounds that the parsers keep, and who may use what from
//! the table of routes.

mod bodies;
mod bodies_apart;
mod fields;
mod headers;
mod operation;
mod operations;
pub mod vocabulary;

use crate::http::etag;
use crate::http::problem::{WireFault, WireProblem};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use operation::KEY;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;
use utoipa::ToSchema;
use utoipa::openapi::schema::{AllOfBuilder, AnyOfBuilder, Components};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, PathsBuilder, Ref, ServerBuilder,
};

const INTRODUCTION: &str = "\
Taskwatt takes energy records of AI tasks and publishes disclosures that anyone can check.

Numbers are exact: nothing is rounded on the way in, and a value with more decimals than its unit holds is refused. \
A number may be sent as a JSON number or as a string with its digits. Unknown and repeated fields are refused by name. \
A field that may be missing may also be `null`.

Every refusal is a problem document (RFC 9457) with a `code`; the table of codes is at `/problems`. An address does not \
take other methods than those below (405, with the header `Allow`); HEAD is taken wherever GET is.";

/// The document.
pub static DOCUMENT: LazyLock<OpenApi> = LazyLock::new(build);

/// Its bytes and their tag.
static FROZEN: LazyLock<(Vec<u8>, String)> = LazyLock::new(|| {
    // A document of texts, numbers and lists always has a JSON form.
    let bytes = DOCUMENT.to_json().unwrap_or_default().into_bytes();
    let tag = format!("\"{}\"", hex::encode(Sha256::digest(&bytes)));
    (bytes, tag)
});

/// `/openapi.json`.
pub async fn show(request: HttpRequest) -> HttpResponse {
    let (bytes, tag) = &*FROZEN;
    if etag::is_known(&request, tag) {
        return HttpResponse::NotModified().insert_header((header::ETAG, tag.as_str())).finish();
    }
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::ETAG, tag.as_str()))
        .body(bytes.as_slice())
}

fn build() -> OpenApi {
    let mut paths = PathsBuilder::new().build();
    let mut components = components();
    for op in operations::all() {
        for (name, schema) in op.schemas.iter().cloned() {
            let before = components.schemas.insert(name.clone(), schema.clone());
            debug_assert!(before.is_none_or(|before| before == schema), "two schemas of the name {name}");
        }
        let (path, method) = (op.path, op.http_method());
        paths.add_path_operation(path, vec![method], op.build());
    }
    let tags = operations::PARTS
        .iter()
        .map(|(name, meaning, _)| TagBuilder::new().name(*name).description(Some(*meaning)).build());
    let licence = LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0"));
    let info = InfoBuilder::new()
        .title("Taskwatt")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(INTRODUCTION))
        .license(Some(licence.build()));
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([ServerBuilder::new().url("/").build()]))
        .tags(Some(tags))
        .paths(paths)
        .components(Some(components))
        .build()
}

fn components() -> Components {
    let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(
        "An API key of a provider, made by `taskwatt key create`. Each operation names the scope that it needs.",
    ));
    let mut components = ComponentsBuilder::new().security_scheme(KEY, SecurityScheme::Http(key.build()));
    for body in bodies::all() {
        components = components.schema(body.name, body.schema());
    }
    components = components.schemas_from_iter(vocabulary::all());
    components = components.schema_from::<WireProblem<'static>>().schema_from::<WireFault<'static>>();
    let of_records =
        AllOfBuilder::new().item(Ref::from_schema_name("Problem")).item(Ref::from_schema_name("Receipt"));
    let records = AnyOfBuilder::new()
        .description(Some("A problem; where records were read, with the members of their receipt."))
        .item(of_records)
        .item(Ref::from_schema_name(WireProblem::name()));
    components.schema("RecordsProblem", records).build()
}

#[cfg(test)]
mod tests;
