//! The public pages. They read what is published and nothing else; they need no script.

pub mod assets;
pub mod changes;
pub mod disclosure;
pub mod docs;
pub mod factors;
pub mod method;
pub mod problems;
pub mod provider;
pub mod register;
pub mod templates;

use super::observe::RequestId;
use super::problem::Problem;
use crate::db::disclosure::{RegisterLine, State};
use crate::domain::fact::FactValue;
use crate::domain::period::day;
use crate::domain::problem::ProblemCode;
use crate::render::number::{HEADLINE, figure};
use crate::units::Decimal;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder};
use askama::Template;

/// The policy of every page that links the style sheet: our own styles, and nothing else.
const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// The address of the style sheet.
const STYLESHEET: &str = "/assets/site.css";

/// A page as an answer.
fn html(page: &impl Template) -> Result<HttpResponse, Problem> {
    let body = page.render().map_err(|error| Problem::internal(&error))?;
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .body(body))
}

/// The same of a page with a form that asks this site.
fn html_with_form(page: &impl Template) -> Result<HttpResponse, Problem> {
    let policy = CONTENT_SECURITY_POLICY.replace("form-action 'none'", "form-action 'self'");
    let policy = HeaderValue::from_str(&policy).map_err(|error| Problem::internal(&error))?;
    let mut response = html(page)?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    Ok(response)
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    home: &'a str,
    stylesheet: &'a str,
    title: &'a str,
    detail: &'a str,
    advice: &'a str,
    status: u16,
    request_id: String,
}

/// A refusal for people: what happened, and ways on.
pub(super) fn problem_page(
    mut response: HttpResponseBuilder,
    code: ProblemCode,
    detail: &str,
    id: RequestId,
) -> HttpResponse {
    let page = ProblemPage {
        home: "",
        stylesheet: STYLESHEET,
        title: code.title(),
        detail: &sentence(detail),
        advice: code.advice(),
        status: code.status(),
        request_id: id.0.to_string(),
    };
    // The plain title is better than nothing, should the page itself fail.
    let body = page.render().unwrap_or_else(|_| code.title().to_owned());
    response
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY))
        .body(body)
}

/// Details are written to stand within a JSON field; on a page they are a sentence.
fn sentence(detail: &str) -> String {
    let mut letters = detail.chars();
    let first: String = letters.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
    let end = if detail.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

/// One published version, as the lists show it.
struct Line {
    address: String,
    number: i32,
    version: i32,
    provider: String,
    provider_key: String,
    service: String,
    service_key: String,
    mark: Option<&'static str>,
    mean_wh: String,
    evidence: String,
    period: String,
    published_on: String,
    state: &'static str,
}

impl From<RegisterLine> for Line {
    fn from(line: RegisterLine) -> Line {
        let mean = Decimal::parse(&line.mean_energy_wh).map_or(FactValue::Unknown, FactValue::Known);
        let reference = line.reference;
        Line {
            address: format!("/disclosures/{}/v{}", reference.number, reference.version),
            number: reference.number,
            version: reference.version,
            provider: line.provider_name,
            provider_key: line.provider_key,
            service: line.service_name,
            service_key: line.service_key,
            mark: line.provider_kind.mark(),
            mean_wh: figure(mean, HEADLINE),
            evidence: line.evidence_summary,
            period: line.period.describe().replace(" (UTC)", ""),
            published_on: day(line.published_at.date_naive()),
            state: match line.state {
                State::Superseded => "superseded by a later version",
                State::Draft | State::Published => "in force",
            },
        }
    }
}
