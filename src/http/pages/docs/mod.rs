//! `/docs`: the OpenAPI document as a page. All its text is of the document.

mod curl;
mod kind;

use super::{STYLESHEET, html};
use crate::app::App;
use crate::http::openapi::DOCUMENT;
use crate::http::problem::Problem;
use actix_web::{HttpResponse, web};
use askama::Template;
use kind::{Kind, Table, kind, table, tables_of};
use std::collections::BTreeSet;
use utoipa::openapi::path::{Operation, Parameter, ParameterIn};
use utoipa::openapi::{OpenApi, RefOr, Required, Response};

#[derive(Template)]
#[template(path = "docs.html")]
struct DocsPage<'a> {
    home: &'a str,
    stylesheet: &'a str,
    version: &'a str,
    introduction: Vec<Vec<Run>>,
    parts: Vec<Part>,
    objects: Vec<Table>,
}

/// The operations of one tag.
struct Part {
    anchor: String,
    name: String,
    meaning: String,
    operations: Vec<OperationView>,
}

struct OperationView {
    anchor: String,
    method: &'static str,
    path: String,
    summary: String,
    description: Vec<Vec<Run>>,
    parameters: Vec<ParameterView>,
    forms: Vec<FormView>,
    /// The objects that are sent.
    tables: Vec<Table>,
    answers: Vec<AnswerView>,
    curl: String,
}

struct ParameterView {
    name: String,
    place: &'static str,
    is_required: bool,
    kind: Kind,
    meaning: Vec<Run>,
}

/// One media type of a body.
struct FormView {
    media_type: String,
    kind: Kind,
    example: Option<String>,
}

struct AnswerView {
    status: String,
    lines: Vec<Vec<Run>>,
    forms: Vec<FormView>,
    headers: Vec<String>,
}

/// A piece of a text: plain, or code.
pub(super) struct Run {
    text: String,
    is_code: bool,
}

/// A text whose code stands between back quotes.
pub(super) fn runs(text: &str) -> Vec<Run> {
    let pieces = text.split('`').enumerate();
    pieces.map(|(index, text)| Run { text: text.to_owned(), is_code: index % 2 == 1 }).collect()
}

fn paragraphs(text: &str, between: &str) -> Vec<Vec<Run>> {
    text.split(between).filter(|text| !text.is_empty()).map(runs).collect()
}

pub async fn show(app: web::Data<App>) -> Result<HttpResponse, Problem> {
    let document = &*DOCUMENT;
    let tags = document.tags.iter().flatten();
    let parts: Vec<Part> = tags
        .map(|tag| Part {
            anchor: anchor_of(&tag.name),
            name: tag.name.clone(),
            meaning: tag.description.clone().unwrap_or_default(),
            operations: operations_of(document, &tag.name, &app.public_url),
        })
        .collect();
    html(&DocsPage {
        home: "",
        stylesheet: STYLESHEET,
        version: &document.info.version,
        introduction: paragraphs(document.info.description.as_deref().unwrap_or_default(), "\n\n"),
        objects: objects(document, &parts),
        parts,
    })
}

fn anchor_of(name: &str) -> String {
    format!("part-{}", name.to_lowercase()).replace(' ', "-")
}

/// Schemas that no operation shows as what it takes.
fn objects(document: &OpenApi, parts: &[Part]) -> Vec<Table> {
    let operations = parts.iter().flat_map(|part| &part.operations);
    let shown: BTreeSet<&str> =
        operations.flat_map(|operation| &operation.tables).map(|table| table.name.as_str()).collect();
    let schemas = document.components.iter().flat_map(|components| &components.schemas);
    let rest = schemas.filter(|(name, _)| !shown.contains(name.as_str()));
    rest.map(|(name, schema)| table(name, schema)).collect()
}

fn operations_of(document: &OpenApi, tag: &str, address: &str) -> Vec<OperationView> {
    let mut operations = Vec::new();
    for (path, item) in &document.paths.paths {
        let methods =
            [("GET", &item.get), ("PUT", &item.put), ("POST", &item.post), ("DELETE", &item.delete)];
        for (method, operation) in methods {
            let Some(operation) = operation else { continue };
            if operation.tags.iter().flatten().any(|of| of == tag) {
                operations.push(view(document, method, path, operation, address));
            }
        }
    }
    operations
}

fn view(
    document: &OpenApi,
    method: &'static str,
    path: &str,
    operation: &Operation,
    address: &str,
) -> OperationView {
    let body = match &operation.request_body {
        Some(RefOr::T(body)) => Some(body),
        _ => None,
    };
    let contents = body.iter().flat_map(|body| &body.content);
    let schemas = contents.clone().filter_map(|(_, content)| content_of(content)?.schema.as_ref());
    OperationView {
        anchor: operation.operation_id.clone().unwrap_or_default(),
        method,
        path: path.to_owned(),
        summary: operation.summary.clone().unwrap_or_default(),
        description: paragraphs(operation.description.as_deref().unwrap_or_default(), "\n\n"),
        parameters: parameters(operation).map(parameter).collect(),
        forms: contents.map(|(media_type, content)| form(media_type, content)).collect(),
        tables: tables_of(document, schemas),
        answers: operation
            .responses
            .responses
            .iter()
            .filter_map(|(status, response)| match response {
                RefOr::T(response) => Some(answer(status, response)),
                RefOr::Ref(_) => None,
            })
            .collect(),
        curl: curl::command(method, path, operation, address),
    }
}

fn parameters(operation: &Operation) -> impl Iterator<Item = &Parameter> {
    operation.parameters.iter().flatten().filter_map(|parameter| match parameter {
        RefOr::T(parameter) => Some(parameter),
        RefOr::Ref(_) => None,
    })
}

fn content_of(content: &RefOr<utoipa::openapi::Content>) -> Option<&utoipa::openapi::Content> {
    match content {
        RefOr::T(content) => Some(content),
        RefOr::Ref(_) => None,
    }
}

fn parameter(parameter: &Parameter) -> ParameterView {
    let kind = parameter.schema.as_ref().map(kind).unwrap_or_default();
    ParameterView {
        name: parameter.name.clone(),
        place: match parameter.parameter_in {
            ParameterIn::Path => "address",
            ParameterIn::Header => "header",
            _ => "query",
        },
        is_required: parameter.required == Required::True,
        meaning: runs(&kind.meaning),
        kind,
    }
}

fn form(media_type: &str, content: &RefOr<utoipa::openapi::Content>) -> FormView {
    let content = content_of(content);
    let schema = content.and_then(|content| content.schema.as_ref());
    let example = content.and_then(|content| content.example.as_ref()).map(|example| match example {
        serde_json::Value::String(text) => text.trim_end().to_owned(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    });
    FormView { media_type: media_type.to_owned(), kind: schema.map(kind).unwrap_or_default(), example }
}

fn answer(status: &str, response: &Response) -> AnswerView {
    AnswerView {
        status: status.to_owned(),
        lines: paragraphs(&response.description, "\n"),
        forms: response.content.iter().map(|(media_type, content)| form(media_type, content)).collect(),
        headers: response.headers.keys().cloned().collect(),
    }
}
