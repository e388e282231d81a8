//! Answers of rows: JSON, or CSV with the same columns.

use super::etag;
use super::problem::Problem;
use super::query::Query;
use crate::domain::problem::ProblemCode;
use actix_web::http::header::{self, Accept, Header};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Json,
    Csv,
}

const CSV: &str = "text/csv; charset=utf-8; header=present";

/// The form that the parameter `format` names, else the one that the header `Accept` prefers; JSON where
/// neither says so.
pub fn form(request: &HttpRequest, query: &mut Query) -> Form {
    let named = query.optional("format", ProblemCode::UnknownWord, |text| match text {
        "json" => Ok(Form::Json),
        "csv" => Ok(Form::Csv),
        _ => Err("must be one of json, csv"),
    });
    named.unwrap_or_else(|| preferred(request))
}

fn preferred(request: &HttpRequest) -> Form {
    // Of a header that cannot be read nothing is known.
    let Ok(accept) = Accept::parse(request) else { return Form::Json };
    let first = accept.ranked().into_iter().find_map(|media| match media.essence_str() {
        "text/csv" | "text/*" => Some(Form::Csv),
        "application/json" | "application/*" | "*/*" => Some(Form::Json),
        _ => None,
    });
    first.unwrap_or(Form::Json)
}

/// A page of rows. `json` is the whole answer and `rows` its rows; the columns of the CSV are those named.
/// Where there is a next page, the header `Link` names it.
pub fn answer<T: Serialize>(
    form: Form,
    json: &impl Serialize,
    rows: &[T],
    columns: &[&str],
    next: Option<&str>,
) -> Result<HttpResponse, Problem> {
    let mut response = HttpResponse::Ok();
    response.insert_header((header::VARY, "Accept"));
    if let Some(address) = next {
        response.insert_header((header::LINK, format!("<{address}>; rel=\"next\"")));
    }
    let (content_type, bytes) = body(form, json, rows, columns)?;
    Ok(response.content_type(content_type).body(bytes))
}

/// Rows that are the same for everybody: anyone may keep them for a while, and ask with their tag whether they
/// changed.
pub fn public_answer<T: Serialize>(
    request: &HttpRequest,
    form: Form,
    json: &impl Serialize,
    rows: &[T],
    columns: &[&str],
) -> Result<HttpResponse, Problem> {
    let (content_type, bytes) = body(form, json, rows, columns)?;
    let tag = format!("\"{}\"", hex::encode(Sha256::digest(&bytes)));
    let is_known = etag::is_known(request, &tag);
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::VARY, "Accept"))
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .insert_header((header::ETAG, tag));
    if is_known {
        return Ok(response.finish());
    }
    Ok(response.content_type(content_type).body(bytes))
}

fn body<T: Serialize>(
    form: Form,
    json: &impl Serialize,
    rows: &[T],
    columns: &[&str],
) -> Result<(&'static str, Vec<u8>), Problem> {
    match form {
        Form::Json => {
            let bytes = serde_json::to_vec(json).map_err(|error| Problem::internal(&error))?;
            Ok(("application/json", bytes))
        }
        Form::Csv => Ok((CSV, csv(rows, columns).map_err(|error| Problem::internal(&error))?)),
    }
}

/// Rows with the values of their JSON form: one cell a column, empty where a row has no such member.
fn csv<T: Serialize>(rows: &[T], columns: &[&str]) -> Result<Vec<u8>, std::io::Error> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(columns)?;
    for row in rows {
        let row = serde_json::to_value(row)?;
        writer.write_record(columns.iter().map(|column| cell(&row[*column])))?;
    }
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use serde_json::json;

    fn form_of(accept: &str, query: &str) -> Form {
        let request = TestRequest::with_uri(&format!("/v1/totals{query}")).insert_header(("accept", accept));
        let request = request.to_http_request();
        form(&request, &mut Query::read(&request, &["format"]))
    }

    #[test]
    fn the_address_decides_before_the_header_and_json_is_the_rest() {
        assert_eq!(form_of("text/csv", ""), Form::Csv);
        assert_eq!(form_of("text/csv;q=0.5, application/json", ""), Form::Json);
        assert_eq!(form_of("text/csv", "?format=json"), Form::Json);
        assert_eq!(form_of("*/*", "?format=csv"), Form::Csv);
        assert_eq!(form_of("text/html, */*;q=0.1", ""), Form::Json);
        assert_eq!(form_of(";;", ""), Form::Json);
    }

    #[test]
    fn cells_are_quoted_where_they_must_be_and_missing_members_are_empty() {
        let rows = [json!({"a": "x, \"y\"", "b": 1}), json!({"a": null, "b": true})];
        let text = String::from_utf8(csv(&rows, &["a", "b", "c"]).unwrap()).unwrap();
        assert_eq!(text, "a,b,c\r\n\"x, \"\"y\"\"\",1,\r\n,true,\r\n");
    }
}
