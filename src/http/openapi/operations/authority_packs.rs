//! Authority packs: building, listing, and their files.

use crate::domain::problem::ProblemCode as Code;
use crate::http::api::authority_packs::{WireBuilt, WirePacks};
use crate::http::openapi::fields::Value;
use crate::http::openapi::headers;
use crate::http::openapi::operation::Op;
use crate::render::pack::PackFormat;
use serde_json::json;
use utoipa::openapi::ContentBuilder;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema};

pub(super) fn operations() -> Vec<Op> {
    let build = Op::post("/v1/authority-packs", "build-authority-pack", "Build an authority pack")
        .says(
            "Energy and compute of training, compute of a task, the energy of the models in use as published \
             disclosures say, and how each is known. Training and compute must be told of each model, or why there is \
             no value. A pack is frozen at once; where nothing was told since the latest, that one stands (200).",
        )
        .takes_object("NewAuthorityPack", json!({"models": ["m-1"]}))
        .answers_json::<WireBuilt>(200, "The latest version stands.")
        .answers_json::<WireBuilt>(201, "A new version.")
        .refuses(&[
            Code::NotFound,
            Code::BuiltMeanwhile,
            Code::RenderTooLarge,
            Code::RenderTooSlow,
            Code::RenderRefused,
        ]);
    let list = Op::get("/v1/authority-packs", "list-authority-packs", "List authority packs")
        .says("Those of the key's provider, the latest first; at most 500.")
        .answers_json::<WirePacks>(200, "The list.");
    vec![build, list, file()]
}

fn file() -> Op {
    let document = ObjectBuilder::new()
        .description(Some("The pack with every figure and text."))
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)));
    let text = |meaning: &str| ContentBuilder::new().schema(Some(Value::text(meaning).schema())).build();
    Op::get(
        "/v1/authority-packs/{number}/{version}/{file}",
        "authority-pack-file",
        "Read a file of an authority pack",
    )
    .says("The frozen bytes. The JSON follows the schema of its template.")
    .answers_with(200, "The file.", |response| {
        response
            .content(PackFormat::Json.media_type(), ContentBuilder::new().schema(Some(document)).build())
            .content("text/csv", text("Every figure and text as a row."))
            .content(PackFormat::Xlsx.media_type(), text("A workbook."))
            .content(PackFormat::Pdf.media_type(), text("A tagged report with the JSON attached."))
            .content("text/html", text("A page to print."))
            .header("ETag", headers::etag())
    })
    .answers_not_modified()
}
