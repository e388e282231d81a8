//! `/`: the register of published disclosures.

use super::{Line, STYLESHEET, html};
use crate::app::App;
use crate::db;
use crate::db::disclosure::Listing;
use crate::disclosure::template;
use crate::http::problem::Problem;
use crate::render::number::group;
use actix_web::{HttpResponse, web};
use askama::Template;

/// Most lines of the register's page; `/v1/disclosures` lists as many.
const LIMIT: i64 = 500;

#[derive(Template)]
#[template(path = "register.html")]
struct RegisterPage<'a> {
    home: &'a str,
    stylesheet: &'a str,
    status_line: String,
    count: String,
    lines: Vec<Line>,
}

pub async fn show(app: web::Data<App>) -> Result<HttpResponse, Problem> {
    let lines = db::disclosure::list(&app.pool, Listing::Register { limit: LIMIT }).await?;
    let lines: Vec<Line> = lines.into_iter().map(Line::from).collect();
    html(&RegisterPage {
        home: "",
        stylesheet: STYLESHEET,
        status_line: template::public().status_line(),
        count: match lines.len() {
            1 => "1 disclosure".to_owned(),
            many => format!("{} disclosures", group(&many.to_string())),
        },
        lines,
    })
}
