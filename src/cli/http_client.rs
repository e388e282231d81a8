//! Clients of the API: ours on this machine, and `taskwatt send` to a service anywhere.

use reqwest::ClientBuilder;
use reqwest::redirect::Policy;

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
