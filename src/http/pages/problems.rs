//! `/problems`: the table of problem codes, which every problem document points at.

use super::{STYLESHEET, html};
use crate::domain::problem::ProblemCode;
use crate::http::problem::Problem;
use actix_web::HttpResponse;
use askama::Template;

#[derive(Template)]
#[template(path = "problems.html")]
struct ProblemsPage<'a> {
    home: &'a str,
    stylesheet: &'a str,
    codes: &'a [ProblemCode],
}

pub async fn show() -> Result<HttpResponse, Problem> {
    html(&ProblemsPage { home: "", stylesheet: STYLESHEET, codes: ProblemCode::ALL })
}
