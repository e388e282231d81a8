//! Clients: of the API on this machine, of a service anywhere (`taskwatt send`), and of the sources of grid
//! intensity; and what they have in common when a service does not answer.

use crate::app::Clock;
use chrono::DateTime;
use reqwest::header::RETRY_AFTER;
use reqwest::redirect::Policy;
use reqwest::{ClientBuilder, Response};
use std::error::Error;
use std::io;
use std::time::Duration;

/// A client of a service on this machine, over plain HTTP. It trusts no certificate, so it also starts
/// where the system has none.
pub fn local() -> ClientBuilder {
    anywhere().tls_certs_only([])
}

/// A client that trusts the certificates of the system (`SSL_CERT_FILE` and `SSL_CERT_DIR` name others).
/// It follows no redirect: a body must not be dropped on the way, nor a key reach another host.
pub fn anywhere() -> ClientBuilder {
    // The same cryptography that connections to Postgres use. It is installed once for the process, and
    // a second call that finds it in its place is no error.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder().redirect(Policy::none())
}

/// Whether the service has no certificate that we trust, or speaks no TLS.
pub fn is_no_trust(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(rustls::Error::InvalidCertificate(_) | rustls::Error::InvalidMessage(_)) =
            error.downcast_ref()
        {
            return true;
        }
        cause = match error.downcast_ref::<io::Error>() {
            // The source of such an error is that of the one inside.
            Some(error) => error.get_ref().map(|inner| inner as &(dyn Error + 'static)),
            None => error.source(),
        };
    }
    false
}

/// How long the service asks to wait: seconds, or a date as some proxies send.
pub fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let instant = DateTime::parse_from_rfc2822(text).ok()?;
    (instant.to_utc() - Clock::System.now()).to_std().ok()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a service that asks to come again later gives nothing to wait for but the time"
)]
/// Waits before asking again.
pub async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}
