//! One operation of the document. What it shares with others follows from the table of routes: who may use
//! it, its parameters within the address, the refusals that any such operation may answer, and the headers.

use super::fields::{Value, choice, integer, month, name, pattern, slug};
use super::headers;
use crate::disclosure::template::{Registered, public, templates};
use crate::domain::disclosure::TextField;
use crate::domain::problem::ProblemCode;
use crate::http::routes::{Access, ROUTES};
use crate::render::files::Format;
use crate::render::pack::PackFormat;
use crate::text::Language;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::{ResponseBuilder, ResponsesBuilder};
use utoipa::openapi::schema::Schema;
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{ContentBuilder, Header, Ref, RefOr, Required};

/// The name of the security scheme.
pub(super) const KEY: &str = "key";

/// The media type of problems.
const PROBLEM: &str = "application/problem+json";

/// A form of a body: its media type, its schema, and an example that works.
pub(super) struct Form {
    pub media_type: &'static str,
    pub schema: RefOr<Schema>,
    pub example: serde_json::Value,
}

/// A refusal's body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// A problem.
    Problem,
    /// A problem that says what was stored of the records that were sent.
    OfRecords,
    /// A page, at addresses for people.
    Page,
}

/// A parameter of the query or a header. One that must be there has an example.
struct OpParameter {
    place: ParameterIn,
    name: &'static str,
    value: Value,
    is_required: bool,
    example: Option<&'static str>,
}

/// An operation as it is written down.
pub(super) struct Op {
    pub method: &'static str,
    pub path: &'static str,
    tag: &'static str,
    id: &'static str,
    summary: &'static str,
    says: &'static str,
    parameters: Vec<OpParameter>,
    body: Vec<Form>,
    answers: Vec<(u16, &'static str, ResponseBuilder)>,
    refuses: BTreeSet<ProblemCode>,
    refusal: Refusal,
    /// Schemas that its answers name.
    pub schemas: Vec<(String, RefOr<Schema>)>,
}

impl Op {
    /// An operation with the refusals that every one of its kind may answer.
    fn new(method: &'static str, path: &'static str, id: &'static str, summary: &'static str) -> Op {
        let mut op = Op {
            method,
            path,
            tag: "",
            id,
            summary,
            says: "",
            parameters: Vec::new(),
            body: Vec::new(),
            answers: Vec::new(),
            refuses: BTreeSet::new(),
            refusal: Refusal::Problem,
            schemas: Vec::new(),
        };
        if let Some(Access::Key(_)) = op.access() {
            use ProblemCode::{Internal, KeyInvalid, KeyMissing, RateLimited, ScopeMissing, Unavailable};
            op.refuses.extend([KeyMissing, KeyInvalid, ScopeMissing, RateLimited, Internal, Unavailable]);
        }
        if path.contains('{') {
            op.refuses.insert(ProblemCode::NotFound);
        }
        op
    }

    pub fn get(path: &'static str, id: &'static str, summary: &'static str) -> Op {
        Op::new("GET", path, id, summary)
    }

    pub fn post(path: &'static str, id: &'static str, summary: &'static str) -> Op {
        Op::new("POST", path, id, summary)
    }

    pub fn put(path: &'static str, id: &'static str, summary: &'static str) -> Op {
        Op::new("PUT", path, id, summary)
    }

    pub fn delete(path: &'static str, id: &'static str, summary: &'static str) -> Op {
        Op::new("DELETE", path, id, summary)
    }

    /// Who may use it; `None` where the table of routes lacks it, which a test finds.
    fn access(&self) -> Option<Access> {
        let found = ROUTES.iter().find(|route| route.method == self.method && route.path == self.path);
        found.map(|route| route.access)
    }

    pub fn tagged(self, tag: &'static str) -> Op {
        Op { tag, ..self }
    }

    /// What more there is to say than the summary.
    pub fn says(self, says: &'static str) -> Op {
        Op { says, ..self }
    }

    /// A parameter of the query.
    pub fn query(self, name: &'static str, value: Value) -> Op {
        self.parameter(ParameterIn::Query, name, value, false, None)
    }

    /// A parameter of the query that may be left out for another, and an example.
    pub fn query_like(self, name: &'static str, value: Value, example: &'static str) -> Op {
        self.parameter(ParameterIn::Query, name, value, false, Some(example))
    }

    /// A parameter of the query that must be there, and an example.
    pub fn required_query(self, name: &'static str, value: Value, example: &'static str) -> Op {
        self.parameter(ParameterIn::Query, name, value, true, Some(example))
    }

    /// A header of the request.
    pub fn header(self, name: &'static str, value: Value) -> Op {
        self.parameter(ParameterIn::Header, name, value, false, None)
    }

    fn parameter(
        mut self,
        place: ParameterIn,
        name: &'static str,
        value: Value,
        is_required: bool,
        example: Option<&'static str>,
    ) -> Op {
        self.parameters.push(OpParameter { place, name, value, is_required, example });
        self
    }

    /// One form of its body.
    pub fn takes(
        mut self,
        media_type: &'static str,
        schema: impl Into<RefOr<Schema>>,
        example: serde_json::Value,
    ) -> Op {
        use ProblemCode as Code;
        self.refuses.extend([
            Code::InvalidRequest,
            Code::InvalidJson,
            Code::WrongType,
            Code::InvalidFields,
            Code::BodyTooLarge,
            Code::UnsupportedMediaType,
            Code::UnsupportedEncoding,
            Code::Busy,
        ]);
        self.body.push(Form { media_type, schema: schema.into(), example });
        self
    }

    /// A small body: one JSON object of a name.
    pub fn takes_object(self, name: &str, example: serde_json::Value) -> Op {
        self.takes("application/json", Ref::from_schema_name(name), example)
    }

    /// An answer that is described further.
    pub fn answers_with(
        mut self,
        status: u16,
        meaning: &'static str,
        describe: impl FnOnce(ResponseBuilder) -> ResponseBuilder,
    ) -> Op {
        self.answers.push((status, meaning, describe(ResponseBuilder::new())));
        self
    }

    /// A schema that texts of the operation name.
    pub fn names<T: ToSchema>(self) -> Op {
        self.names_as::<T>(&T::name())
    }

    fn names_as<T: ToSchema>(mut self, name: &str) -> Op {
        self.schemas.push((name.to_owned(), T::schema()));
        T::schemas(&mut self.schemas);
        self
    }

    /// An answer in JSON.
    pub fn answers_json<T: ToSchema>(self, status: u16, meaning: &'static str) -> Op {
        self.answers_json_as::<T>(&T::name(), status, meaning)
    }

    /// An answer in JSON whose schema has this name: a generic type would give the same to several.
    pub fn answers_json_as<T: ToSchema>(self, name: &str, status: u16, meaning: &'static str) -> Op {
        let schema = Ref::from_schema_name(name);
        self.names_as::<T>(name).answers_with(status, meaning, |response| {
            response.content("application/json", ContentBuilder::new().schema(Some(schema)).build())
        })
    }

    /// Answers one thing in JSON with its tag, or 304.
    pub fn answers_tagged<T: ToSchema>(self, meaning: &'static str) -> Op {
        self.answers_json::<T>(200, meaning).with_header("ETag", headers::etag()).answers_not_modified()
    }

    /// Another form of the answer that was described last.
    pub fn with_content(mut self, media_type: &'static str, schema: RefOr<Schema>) -> Op {
        if let Some((status, meaning, response)) = self.answers.pop() {
            let content = ContentBuilder::new().schema(Some(schema)).build();
            self.answers.push((status, meaning, response.content(media_type, content)));
        }
        self
    }

    /// A header of the answer that was described last.
    pub fn with_header(mut self, name: &'static str, header: Header) -> Op {
        if let Some((status, meaning, response)) = self.answers.pop() {
            self.answers.push((status, meaning, response.header(name, header)));
        }
        self
    }

    /// 304 to who holds the answer already.
    pub fn answers_not_modified(self) -> Op {
        let value = Value::text("The `ETag` of the answer that is held already.");
        self.header("If-None-Match", value)
            .answers_with(304, "It has not changed.", |response| response.header("ETag", headers::etag()))
    }

    /// Refusals beside those that follow from its kind.
    pub fn refuses(mut self, codes: &[ProblemCode]) -> Op {
        self.refuses.extend(codes);
        self
    }

    pub fn refuses_as(self, refusal: Refusal) -> Op {
        Op { refusal, ..self }
    }

    pub fn http_method(&self) -> HttpMethod {
        match self.method {
            "POST" => HttpMethod::Post,
            "PUT" => HttpMethod::Put,
            "DELETE" => HttpMethod::Delete,
            _ => HttpMethod::Get,
        }
    }

    pub fn build(self) -> OperationBuilder {
        let access = self.access();
        let description = match access {
            Some(Access::Key(scope)) => {
                format!("{}\n\nNeeds a key with the scope `{}`.", self.says, scope.as_str())
            }
            _ => format!("{}\n\nPublic: needs no key.", self.says),
        };
        let mut operation = OperationBuilder::new()
            .tag(self.tag)
            .operation_id(Some(self.id))
            .summary(Some(self.summary))
            .description(Some(description.trim().to_owned()));
        operation = match access {
            Some(Access::Key(scope)) => operation.security(SecurityRequirement::new(KEY, [scope.as_str()])),
            _ => operation.securities(Some([])),
        };
        for part in self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
            let parameter = ParameterBuilder::new().name(part).parameter_in(ParameterIn::Path);
            let (value, example) = of_path(self.path, part);
            let parameter = parameter.required(Required::True).schema(Some(value.schema()));
            operation = operation.parameter(parameter.example(Some(example)));
        }
        for OpParameter { place, name, value, is_required, example } in self.parameters {
            let required = if is_required { Required::True } else { Required::False };
            let parameter = ParameterBuilder::new().name(name).parameter_in(place).required(required);
            let parameter = parameter.schema(Some(value.schema()));
            operation = operation.parameter(parameter.example(example.map(Into::into)));
        }
        if !self.body.is_empty() {
            let mut body = RequestBodyBuilder::new().required(Some(Required::True));
            for Form { media_type, schema, example } in self.body {
                let content = ContentBuilder::new().schema(Some(schema)).example(Some(example));
                body = body.content(media_type, content.build());
            }
            operation = operation.request_body(Some(body.build()));
        }
        let mut responses = ResponsesBuilder::new();
        let is_limited = matches!(access, Some(Access::Key(_)));
        for (status, meaning, response) in self.answers {
            let response = headers::common(response.description(meaning), is_limited);
            responses = responses.response(status.to_string(), response.build());
        }
        let mut by_status: BTreeMap<u16, Vec<ProblemCode>> = BTreeMap::new();
        for code in self.refuses {
            by_status.entry(code.status()).or_default().push(code);
        }
        for (status, codes) in by_status {
            responses =
                responses.response(status.to_string(), refusal(status, &codes, self.refusal, is_limited));
        }
        operation.responses(responses.build())
    }
}

/// A refusal with all its codes.
fn refusal(status: u16, codes: &[ProblemCode], body: Refusal, is_limited: bool) -> ResponseBuilder {
    let lines: Vec<String> =
        codes.iter().map(|code| format!("`{}`: {}.", code.as_str(), code.title())).collect();
    let response = ResponseBuilder::new().description(lines.join("\n"));
    // A key that was not found has no limits.
    let mut response = headers::common(response, is_limited && status != 401);
    if [429, 503].contains(&status) || codes.contains(&ProblemCode::IdempotencyRunning) {
        response = response.header("Retry-After", headers::retry_after());
    }
    if status == 401 {
        response = response.header("WWW-Authenticate", headers::www_authenticate());
    }
    let (media_type, schema): (_, RefOr<Schema>) = match body {
        Refusal::Page => {
            ("text/html", pattern("^<!DOCTYPE html>", "A page that says what happened.").schema())
        }
        Refusal::OfRecords if [400, 409, 413, 422].contains(&status) => {
            (PROBLEM, Ref::from_schema_name("RecordsProblem").into())
        }
        _ => (PROBLEM, Ref::from_schema_name("Problem").into()),
    };
    response.content(media_type, ContentBuilder::new().schema(Some(schema)).build())
}

/// What a part of an address is, and an example.
fn of_path(path: &str, part: &str) -> (Value, serde_json::Value) {
    let number = |meaning| integer(1..=i32::MAX.into(), meaning);
    match part {
        "service" => (slug("The service's name."), "chat".into()),
        "model" => (name("The model's name; `/` is sent as `%2F`."), "m-1".into()),
        "site" => (name("The site's name; `/` is sent as `%2F`."), "s-1".into()),
        "contract" => (slug("The contract's name."), "wind-2025".into()),
        "budget" => (slug("The budget's name."), "energy-2026".into()),
        "field" => (choice(TextField::CHOICES, "What the text is about."), "method".into()),
        "language" => (choice(Language::CHOICES, "The BCP 47 tag of its language."), "de".into()),
        "month" => (month("The UTC month."), "2025-10".into()),
        "file" if path.starts_with("/v1/authority-packs/") => {
            let files: Vec<String> =
                PackFormat::ALL.iter().map(|format| format!("pack.{}", format.as_str())).collect();
            let files: Vec<&str> = files.iter().map(String::as_str).collect();
            (choice(&files, "One of the files of the version."), "pack.json".into())
        }
        "template" | "file" | "version" if path.starts_with("/templates/") => of_template(part),
        "file" => {
            let files: Vec<String> =
                Format::CHOICES.iter().map(|format| format!("disclosure.{format}")).collect();
            let names: Vec<&str> = files.iter().map(String::as_str).chain(["SHA256SUMS"]).collect();
            (choice(&names, "One of the files of the version."), "disclosure.json".into())
        }
        "version" if path.ends_with("{file}") => {
            (pattern("^v[1-9][0-9]{0,8}$", "The version, with a `v` before its number."), "v1".into())
        }
        "number" if path.starts_with("/v1/authority-packs/") => (number("The number of the pack."), 1.into()),
        "number" => (number("The number of the disclosure."), 1.into()),
        "batch" => (number("The number of the batch."), 1.into()),
        "job" => (number("The number of the job."), 1.into()),
        _ => (number("The version of the disclosure."), 1.into()),
    }
}

/// The same of the addresses of templates.
fn of_template(part: &str) -> (Value, serde_json::Value) {
    let mut words: Vec<String> = templates()
        .iter()
        .map(|Registered { template, .. }| match part {
            "template" => template.id.clone(),
            "file" => format!("{}.json", template.version),
            _ => template.version.clone(),
        })
        .collect();
    words.sort();
    words.dedup();
    let current = public();
    let example = match part {
        "template" => current.id.clone(),
        "file" => format!("{}.json", current.version),
        _ => current.version.clone(),
    };
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    (
        choice(&words, "As the page `/templates` lists them; not every template has every version."),
        example.into(),
    )
}
