//! The style sheet, and the icon that browsers ask for unasked.

use crate::render::html::STYLESHEET;
use actix_web::HttpResponse;
use actix_web::http::header;

pub async fn stylesheet() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .body(STYLESHEET)
}

/// The styles of `/docs` alone.
pub async fn docs_stylesheet() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .body(include_str!("../../../templates/docs.css"))
}

/// The styles of `/factors` and the pages below it.
pub async fn factors_stylesheet() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=300"))
        .body(include_str!("../../../templates/factors.css"))
}

/// There is none.
pub async fn favicon() -> HttpResponse {
    HttpResponse::NoContent().finish()
}
