//! The service on HTTP: the one place, with start-up, that knows actix.
//!
//! `routes` is the table of everything that is served.

pub mod api;
mod auth;
mod body;
mod observe;
pub mod pages;
pub mod problem;
mod stream;

use crate::app::App;
use actix_web::dev::{Server, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, HttpResponse, HttpServer, Resource, Route, guard, web};
use problem::Problem;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long a client may take to send the head of a request.
const REQUEST_HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long running requests may take to finish when the service stops.
const SHUTDOWN_TIMEOUT_S: u64 = 30;

/// A listening service that has not started to answer.
pub struct Listening {
    listener: TcpListener,
    pub address: SocketAddr,
}

impl Listening {
    /// Takes the port, so that its number is known and "in use" is found before anything else starts.
    pub fn on(bind: SocketAddr) -> std::io::Result<Listening> {
        let listener = TcpListener::bind(bind)?;
        let address = listener.local_addr()?;
        Ok(Listening { listener, address })
    }

    /// Starts to answer. The server runs while the returned future is polled.
    pub fn serve(self, app: App, handle_signals: Signals) -> std::io::Result<Server> {
        let mut server = HttpServer::new(move || {
            actix_web::App::new()
                .app_data(web::Data::new(app.clone()))
                .wrap(from_fn(observe::observe))
                .configure(routes)
                .default_service(web::to(nothing_here))
        })
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(REQUEST_HEAD_TIMEOUT)
        .shutdown_timeout(SHUTDOWN_TIMEOUT_S);
        if handle_signals == Signals::LeftToCaller {
            server = server.disable_signals();
        }
        Ok(server.listen(self.listener)?.run())
    }
}

/// Who ends the service on SIGINT and SIGTERM.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signals {
    Handled,
    LeftToCaller,
}

/// Everything that is served.
fn routes(config: &mut web::ServiceConfig) {
    config
        .service(resource("/v1/records", "POST").route(web::post().to(api::ingest::records)))
        .service(resource("/v1/windows", "POST").route(web::post().to(api::ingest::windows)))
        .service(
            resource("/v1/disclosures", "GET, HEAD, POST")
                .route(get().to(api::disclosures::list))
                .route(web::post().to(api::disclosures::build)),
        )
        .service(
            resource("/v1/disclosures/{number}/versions/{version}/publish", "POST")
                .route(web::post().to(api::disclosures::publish)),
        )
        .service(resource("/", "GET, HEAD").route(get().to(pages::register::show)))
        .service(resource("/providers/{provider}", "GET, HEAD").route(get().to(pages::provider::show)))
        .service(resource("/disclosures/{number}", "GET, HEAD").route(get().to(pages::disclosure::latest)))
        .service(
            resource("/disclosures/{number}/{version}", "GET, HEAD").route(get().to(pages::disclosure::show)),
        )
        .service(
            resource("/disclosures/{number}/{version}/{file}", "GET, HEAD")
                .route(get().to(pages::disclosure::file)),
        )
        .service(resource("/problems", "GET, HEAD").route(get().to(pages::problems::show)))
        .service(resource("/assets/site.css", "GET, HEAD").route(get().to(pages::assets::stylesheet)))
        .service(resource("/favicon.ico", "GET, HEAD").route(get().to(pages::assets::favicon)))
        .service(resource("/healthz", "GET, HEAD").route(get().to(api::health::alive)))
        .service(resource("/readyz", "GET, HEAD").route(get().to(api::health::ready)));
}

/// A path that refuses, by name, the methods it does not take.
fn resource(path: &str, allow: &'static str) -> Resource {
    web::resource(path).default_service(web::to(move |request| method_not_allowed(request, allow)))
}

/// GET, and HEAD as its body-less twin.
fn get() -> Route {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

async fn nothing_here(request: HttpRequest) -> Result<HttpResponse, Problem> {
    Err(Problem::not_found(format!("there is nothing at {}", request.path())))
}

async fn method_not_allowed(request: HttpRequest, allow: &str) -> Result<HttpResponse, Problem> {
    let detail = format!("{} is not taken at this address", request.method());
    Err(Problem::method_not_allowed(detail, allow))
}

/// Headers that every answer carries.
fn add_common_headers<B>(response: &mut ServiceResponse<B>) {
    let is_success = matches!(response.status(), StatusCode::OK | StatusCode::NOT_MODIFIED);
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        // The strictest policy stands wherever a page does not name its own.
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'"));
    }
    if !is_success || !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    }
}
