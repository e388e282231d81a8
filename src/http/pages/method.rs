//! `/method`: how every figure is made.

use super::{STYLESHEET, html};
use crate::http::problem::Problem;
use crate::intensity::ladder::MAX_AGE_YEARS;
use crate::render::method_page::method_page;
use actix_web::HttpResponse;

pub async fn show() -> Result<HttpResponse, Problem> {
    html(&method_page("", STYLESHEET, MAX_AGE_YEARS))
}
