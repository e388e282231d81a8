//! The header `Prefer` (RFC 7240): how long a client wants to wait for an answer that takes its time.

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use std::time::Duration;

/// The longest that a request waits, whatever it asks for: what stands between often ends it after a minute.
pub const MAX_WAIT: Duration = Duration::from_secs(30);

/// What of the header is understood; the rest of it is no fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefer {
    /// `respond-async`: not to wait at all.
    Async,
    /// `wait=…`: to wait so long, at most [`MAX_WAIT`].
    Wait(Duration),
    /// Nothing is said.
    Silent,
}

impl Prefer {
    pub fn of(request: &HttpRequest) -> Prefer {
        let values = request.headers().get_all(HeaderName::from_static("prefer"));
        let texts = values.filter_map(|value| value.to_str().ok());
        let mut wait = None;
        for preference in texts.flat_map(|text| text.split(',')) {
            let (token, value) = match preference.split(';').next().unwrap_or_default().split_once('=') {
                Some((token, value)) => (token.trim(), value.trim().trim_matches('"')),
                None => (preference.split(';').next().unwrap_or_default().trim(), ""),
            };
            if token.eq_ignore_ascii_case("respond-async") {
                return Prefer::Async;
            }
            if token.eq_ignore_ascii_case("wait") && wait.is_none() {
                wait = value.parse().ok().map(|seconds| Duration::from_secs(seconds).min(MAX_WAIT));
            }
        }
        wait.map_or(Prefer::Silent, Prefer::Wait)
    }

    /// The header `Preference-Applied` of an answer that came as was preferred.
    pub fn applied(self) -> Option<(&'static str, String)> {
        let applied = match self {
            Prefer::Async => "respond-async".to_owned(),
            Prefer::Wait(time) => format!("wait={}", time.as_secs()),
            Prefer::Silent => return None,
        };
        Some(("Preference-Applied", applied))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn preferences_are_read_as_the_standard_writes_them() {
        let wait = |seconds| Prefer::Wait(Duration::from_secs(seconds));
        for (header, expected) in [
            ("respond-async", Prefer::Async),
            ("Respond-Async; x=1", Prefer::Async),
            ("return=minimal, respond-async, wait=10", Prefer::Async),
            ("wait=7", wait(7)),
            ("WAIT = \"5\"", wait(5)),
            ("wait=86400", wait(30)),
            ("wait=0", wait(0)),
            ("wait=-1", Prefer::Silent),
            ("wait", Prefer::Silent),
            ("", Prefer::Silent),
            ("handling=lenient", Prefer::Silent),
        ] {
            let request = TestRequest::default().insert_header(("Prefer", header)).to_http_request();
            assert_eq!(Prefer::of(&request), expected, "{header}");
        }
        assert_eq!(Prefer::of(&TestRequest::default().to_http_request()), Prefer::Silent);
    }
}
