//! A command that sends the example of an operation.

use super::{content_of, parameters};
use std::fmt::Write;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::{Operation, ParameterIn};

/// The command, over several lines.
pub(super) fn command(method: &str, path: &str, operation: &Operation, address: &str) -> String {
    let mut path = path.to_owned();
    let mut query = Vec::new();
    for parameter in parameters(operation) {
        // The library shows this field in its JSON alone.
        let example = serde_json::to_value(parameter).unwrap_or_default()["example"].take();
        if example.is_null() {
            continue;
        }
        let example = example.as_str().map_or_else(|| example.to_string(), ToOwned::to_owned);
        match parameter.parameter_in {
            ParameterIn::Path => path = path.replace(&format!("{{{}}}", parameter.name), &example),
            ParameterIn::Query => query.push(format!("{}={example}", parameter.name)),
            _ => {}
        }
    }
    let mark = if query.is_empty() { "" } else { "?" };
    let mut command = match method {
        "GET" => "curl".to_owned(),
        other => format!("curl -X {other}"),
    };
    // Writing to a string does not fail.
    let _ = write!(command, " '{address}{path}{mark}{}'", query.join("&"));
    if operation.security.iter().flatten().next().is_some() {
        command += " \\\n  -H \"Authorization: Bearer $TASKWATT_KEY\"";
    }
    let body = match &operation.request_body {
        Some(RefOr::T(body)) => body.content.iter().next(),
        _ => None,
    };
    if let Some((media_type, content)) = body {
        let example = content_of(content).and_then(|content| content.example.as_ref());
        let example = example.map(ToString::to_string).unwrap_or_default();
        let _ = write!(command, " \\\n  -H 'Content-Type: {media_type}' \\\n  --data '{example}'");
    }
    command
}
