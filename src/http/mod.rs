//! The service on HTTP: the one place, with start-up, that knows actix.
//!
//! [`routes`] is the table of everything that is served.

pub mod api;
pub mod auth;
mod body;
mod etag;
mod fields;
pub mod limit;
mod observe;
pub mod openapi;
pub mod pages;
mod prefer;
pub mod problem;
mod query;
pub mod routes;
mod stream;
mod table;

use crate::app::App;
use actix_web::dev::{Server, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::from_fn;
use actix_web::{HttpServer, web};
use auth::Gate;
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
        // One gate for all workers: a limit is of the process.
        let gate = web::Data::new(Gate::new(&app));
        let mut server = HttpServer::new(move || {
            actix_web::App::new()
                .app_data(web::Data::new(app.clone()))
                .app_data(gate.clone())
                .wrap(from_fn(observe::observe))
                .configure(routes::configure)
                .default_service(web::to(routes::nothing_here))
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
