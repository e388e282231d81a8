//! Whether the process lives, and whether it can serve.

use crate::app::App;
use crate::db;
use crate::http::problem::Problem;
use actix_web::{HttpResponse, web};

/// The process answers.
pub async fn alive() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("alive\n")
}

/// The database answers too.
pub async fn ready(app: web::Data<App>) -> Result<HttpResponse, Problem> {
    db::ping(&app.pool).await?;
    Ok(HttpResponse::Ok().content_type("text/plain; charset=utf-8").body("ready\n"))
}
