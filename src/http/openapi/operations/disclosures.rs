//! Disclosures: the list, building, publishing, and the files of what is published.

use crate::domain::problem::ProblemCode;
use crate::http::api::disclosures::{WireList, WireVersion};
use crate::http::api::impacts::WireImpacts;
use crate::http::api::jobs::{MAX_LIMIT, WireJob, WireJobs};
use crate::http::api::model_energy::WireModelEnergy;
use crate::http::api::notes::WireNote;
use crate::http::openapi::fields::{Value, end, integer, pattern, slug, word};
use crate::http::openapi::headers;
use crate::http::openapi::operation::{Op, Refusal};
use crate::http::openapi::vocabulary;
use crate::render::difference::WireDifference;
use crate::render::{pdf, xbrl, xlsx};
use serde_json::json;
use utoipa::openapi::ContentBuilder;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema};

pub(super) fn operations() -> Vec<Op> {
    use ProblemCode as Code;
    let list = Op::get("/v1/disclosures", "list-disclosures", "List published disclosures")
        .says("Those in force, the latest first; at most 500.")
        .answers_json::<WireList>(200, "The list.")
        .refuses(&[Code::Internal, Code::Unavailable]);
    let build = Op::post("/v1/disclosures", "build-disclosure", "Build a draft")
        .says(
            "Computes every figure from the records of the period. A draft can be built at any time, is not public, \
             and replaces an earlier draft of the same service and period. Who verified the figures, and why a version \
             takes the place of the one before, are stated here and printed. It is built in the background; the request \
             waits for it some seconds, or as its header `Prefer` says.",
        )
        .header("Prefer", prefer())
        .takes_object("NewDisclosure", json!({"service": "chat", "from": "2025-10-01", "to": "2025-11-01"}))
        .answers_json::<WireVersion>(201, "The draft.");
    let build = answers_job(build).refuses(&[
        Code::JobCancelled,
        Code::JobAbandoned,
        Code::PueUnknown,
        Code::NoEstimate,
        Code::NotFound,
        Code::NothingToDisclose,
        Code::FactorsMissing,
        Code::PeriodCutsDay,
        Code::BuiltMeanwhile,
    ]);
    let publish = Op::post(
        "/v1/disclosures/{number}/versions/{version}/publish",
        "publish-disclosure",
        "Publish a draft",
    )
    .says(
        "Makes every file and freezes its bytes. What is published never changes: a correction becomes the next version. \
         The files are made in the background; the request waits for them some seconds, or as its header `Prefer` says.",
    )
    .header("Prefer", prefer())
    .answers_json::<WireVersion>(200, "It is published.");
    let publish = answers_job(publish).refuses(&[
        Code::DisclosurePublished,
        Code::PeriodNotOver,
        Code::DraftOutdated,
        Code::BuiltMeanwhile,
        Code::RenderRefused,
        Code::RenderTooLarge,
        Code::RenderTooSlow,
        Code::JobCancelled,
        Code::JobAbandoned,
    ]);
    let impacts = Op::get("/v1/impacts", "impacts", "List published disclosures that would differ today")
        .says(
            "Those in force of the key's provider about which something new was told since they were built: grid \
             factors, site factors, contracts, coefficients, served tasks, records. Each is computed again, at most \
             20 for one answer, and the figures that differ are listed. Nothing published moves: \
             build and publish the next version where it should.",
        )
        .query("cursor", pattern("^[A-Za-z0-9_-]+$", "The `next_cursor` of the answer before."))
        .answers_json::<WireImpacts>(200, "A part of the list.")
        .refuses(&[Code::InvalidFields, Code::NotFound]);
    let mut all =
        vec![list, build, publish, file(), evidence(), difference(), impacts, model_energy(), note()];
    all.extend(jobs());
    all.extend(templates());
    all
}

fn difference() -> Op {
    use ProblemCode as Code;
    let version = |meaning| integer(1..=i32::MAX.into(), meaning);
    Op::get("/v1/disclosures/{number}/difference", "difference", "Compare two versions of a disclosure")
        .says(
            "Figure by figure, with the exact change, and every other member of the document. Published versions are \
             public; a key with the scope `read` also sees the drafts of its provider.",
        )
        .required_query("from", version("The earlier version."), "1")
        .required_query("to", version("The later version."), "1")
        .answers_tagged::<WireDifference>("What differs.")
        .refuses(&[
            Code::InvalidFields,
            Code::KeyInvalid,
            Code::ScopeMissing,
            Code::RateLimited,
            Code::Internal,
            Code::Unavailable,
        ])
}

fn templates() -> [Op; 2] {
    let free = |meaning: &str| {
        let object = ObjectBuilder::new().description(Some(meaning));
        let object = object.additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)));
        ContentBuilder::new().schema(Some(object)).build()
    };
    let file = Op::get("/templates/{template}/{file}", "template", "Read a version of a template")
        .says("Its legal status, its rounding, and every field with its confidentiality. A version never changes.")
        .answers_with(200, "The template.", |response| {
            response
                .content("application/json", free("The template of documents."))
                .header("ETag", headers::etag())
        })
        .answers_not_modified()
        .refuses_as(Refusal::Page);
    let schema = Op::get(
        "/templates/{template}/{version}/schema.json",
        "template-schema",
        "Read the JSON Schema of the documents of a template",
    )
    .says("Draft 2020-12; its `$id` stays the same wherever it is served.")
    .answers_with(200, "The schema.", |response| {
        response.content("application/schema+json", free("A JSON Schema.")).header("ETag", headers::etag())
    })
    .answers_not_modified()
    .refuses_as(Refusal::Page);
    [file, schema]
}

fn prefer() -> Value {
    Value::text(
        "RFC 7240: `respond-async` answers 202 with the job at once, `wait=10` waits so many seconds, at most 30.",
    )
}

/// The answer where the work goes on in the background.
fn answers_job(op: Op) -> Op {
    op.answers_json::<WireJob>(202, "The work goes on; ask for its job.")
        .with_header("Location", headers::job_address())
        .with_header("Retry-After", headers::retry_after())
        .with_header("Preference-Applied", headers::preference_applied())
}

fn jobs() -> Vec<Op> {
    let list = Op::get("/v1/jobs", "list-jobs", "List jobs")
        .says("Work in the background of the key's provider, the latest first; what ended stays for 7 days.")
        .query("limit", integer(1..=MAX_LIMIT as i64, "Jobs of one answer; 100 where missing."))
        .query("cursor", pattern("^[A-Za-z0-9_-]+$", "The `next` of the answer before."))
        .answers_json::<WireJobs>(200, "A part of the list.")
        .with_header("Link", headers::link())
        .refuses(&[ProblemCode::InvalidFields]);
    let show = Op::get("/v1/jobs/{job}", "show-job", "Ask what became of a job")
        .says(
            "Its state, how far it is, and what it came to: the version that it built or published, or the problem that \
             the request would have been refused with.",
        )
        .header("Prefer", Value::text("RFC 7240: `wait=10` answers when the job ends, or after so many seconds, at most 30."))
        .answers_json::<WireJob>(200, "The job.")
        .with_header("Retry-After", headers::retry_after())
        .with_header("Preference-Applied", headers::preference_applied());
    let cancel = Op::delete("/v1/jobs/{job}", "cancel-job", "Cancel a job")
        .says("Ends a job that waits or runs, and what it was doing; nothing of it is stored.")
        .answers_json::<WireJob>(200, "It is cancelled.")
        .refuses(&[ProblemCode::JobFinished]);
    vec![list, show, cancel]
}

fn evidence() -> Op {
    let archive = ContentBuilder::new()
        .schema(Some(Value::text("A ZIP archive; `README.txt` in it says what is what.").schema()));
    Op::get(
        "/v1/disclosures/{number}/versions/{version}/evidence.zip",
        "evidence",
        "Read the evidence of a published version",
    )
    .says(
        "Everything that the version was computed from, for auditors: totals by group and hour, the grid intensity of each \
         zone and hour with its revision, declared factors, coefficients, contracts, and the change log. It holds what public \
         files leave out, so it is for the provider alone.",
    )
    .answers_with(200, "The archive.", |response| {
        response.content("application/zip", archive.build()).header("ETag", headers::etag())
    })
    .answers_not_modified()
}

fn note() -> Op {
    use ProblemCode as Code;
    let example = json!({"service": "chat", "model": "m-1", "task_type": "chat", "site": "s-1", "energy_wh": 0.25,
        "boundary": "server", "evidence": "counter", "started_at": "2025-10-01T12:00:00Z"});
    Op::post("/v1/notes", "note", "Compute the note for one answer")
        .says(
            "What one answer used at the boundary of the data centre, by the method of disclosures, for the note that is \
             shown under it. Send `id` and `started_at` of a record that was sent, or the energy of an answer with everything \
             that a record says of it. Nothing is stored.",
        )
        .takes_object("NewNote", example)
        .answers_json::<WireNote>(200, "What the answer used.")
        .refuses(&[Code::NotFound, Code::PueUnknown, Code::NoEstimate])
}

fn model_energy() -> Op {
    use ProblemCode as Code;
    let day = "A date or an instant on the hour with its zone. With a key of the provider, both ask for the figures of a \
               period at this moment, which nobody signed off.";
    Op::get(
        "/v1/services/{service}/models/{model}/energy",
        "model-energy",
        "Read the energy of a task of one model",
    )
    .says(
        "The mean with its 95 % interval, for use as a term in the evaluation of models and in routing. Without `from` and \
         `to` it is that of the disclosure in force whose period ends last, and may be kept for 5 minutes.",
    )
    .query("provider", slug("The provider of the service; needed without a key."))
    .query("task_type", word::<vocabulary::TaskType>("One task type; all of the model's tasks where missing."))
    .query_like("from", end(day), "2025-10-01")
    .query_like("to", end(day), "2025-11-01")
    .answers_json::<WireModelEnergy>(200, "The energy of a task.")
    .answers_not_modified()
    .refuses(&[
        Code::InvalidFields,
        Code::NotFound,
        Code::KeyMissing,
        Code::KeyInvalid,
        Code::ScopeMissing,
        Code::NothingToDisclose,
        Code::PeriodCutsDay,
        Code::PueUnknown,
        Code::NoEstimate,
        Code::Internal,
        Code::Unavailable,
    ])
}

fn file() -> Op {
    let document = ObjectBuilder::new()
        .description(Some("The disclosure with every figure, its method and what it was computed from."))
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)));
    let text = |meaning: &str| ContentBuilder::new().schema(Some(Value::text(meaning).schema())).build();
    Op::get("/disclosures/{number}/{version}/{file}", "disclosure-file", "Read a file of a published version")
        .says("The frozen bytes, for ever the same. `SHA256SUMS` holds the digests of the others.")
        .answers_with(200, "The file.", |response| {
            response
                .content("application/json", ContentBuilder::new().schema(Some(document)).build())
                .content("text/csv", text("Every figure as a row."))
                .content(xlsx::MEDIA_TYPE, text("A workbook."))
                .content(pdf::MEDIA_TYPE, text("A report."))
                .content(xbrl::XBRI_MEDIA_TYPE, text("A tagged page with its taxonomy."))
                .content("text/html", text("The page of the disclosure."))
                .content("text/plain", text("Digests, as `sha256sum -c` reads them."))
                .header("ETag", headers::etag())
        })
        .answers_not_modified()
        .refuses(&[ProblemCode::Internal, ProblemCode::Unavailable])
        .refuses_as(Refusal::Page)
}
