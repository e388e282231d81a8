//! The client of the sources of grid intensity, against a stand-in that fails as real services do; and what
//! fetches with it: the command, and the job of a service.

mod command;
mod faults;
mod schedule;
mod services;

use crate::send::stand_in::{Reply, StandIn};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use taskwatt::cli::fetch::{Client, FetchError, Limits, Token, TokenPlace, Why};

pub const SECRET: &str = "hunter2/+secret";

/// A client that notes how long it would wait, and does not.
struct Quick {
    client: Client,
    waits: Arc<Mutex<Vec<Duration>>>,
}

impl Quick {
    fn new(stand_in: &StandIn, place: TokenPlace, limits: Limits) -> Quick {
        let token = Token { secret: SECRET.parse().unwrap(), place };
        let waits = Arc::<Mutex<Vec<Duration>>>::default();
        let noted = Arc::clone(&waits);
        let client = Client::new(&stand_in.url, Some(token), limits).unwrap().with_sleep(move |time| {
            noted.lock().unwrap().push(time);
            Box::pin(std::future::ready(()))
        });
        Quick { client, waits }
    }

    async fn fetch(&self, pages: usize) -> Result<Vec<Vec<u8>>, FetchError> {
        let pages: Vec<String> = (1..=pages).map(|page| format!("/v1/x?page={page}")).collect();
        let pages: Vec<&str> = pages.iter().map(String::as_str).collect();
        self.client.fetch(&pages, |_, body| Ok(body.to_vec())).await
    }

    fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap().clone()
    }
}

fn answer(body: &str) -> Reply {
    Reply::Answer(200, "Content-Type: application/json\r\n", body.to_owned())
}

fn assert_no_secret(error: &FetchError, client: &Client) {
    for text in [error.to_string(), format!("{error:?}"), format!("{client:?}")] {
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_out_in_page_7_of_12_is_tried_again_and_all_pages_arrive_in_order() {
    let stand_in = StandIn::start(|number, request| match number {
        6 => Reply::Hold,
        _ => answer(&request.line),
    })
    .await;
    let limits = Limits { timeout: Duration::from_secs(2), per_minute: 60, ..Limits::default() };
    let quick = Quick::new(&stand_in, TokenPlace::Header("auth-token"), limits);
    let bodies = quick.fetch(12).await.unwrap();
    let expected: Vec<String> = (1..=12).map(|page| format!("GET /v1/x?page={page}")).collect();
    assert_eq!(bodies, expected.iter().map(|line| line.as_bytes().to_vec()).collect::<Vec<_>>());
    let seen = stand_in.seen();
    assert_eq!(seen.len(), 13);
    assert!(seen.iter().all(|request| request.headers["auth-token"] == SECRET));
    // Eleven times between pages, and once before the page was asked for again; never faster than allowed.
    let waits = quick.waits();
    assert_eq!(waits.len(), 12);
    assert!(waits.iter().all(|wait| *wait >= Duration::from_secs(1)), "{waits:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_never_answers_fails_the_whole_and_is_named() {
    let stand_in = StandIn::start(|_, request| match request.line.contains("page=7") {
        true => Reply::Answer(503, "", "busy".to_owned()),
        false => answer("{}"),
    })
    .await;
    let limits = Limits { attempts: 3, ..Limits::default() };
    let quick = Quick::new(&stand_in, TokenPlace::Query("api_key"), limits);
    let error = quick.fetch(12).await.unwrap_err();
    assert_eq!((error.page, error.pages), (7, 12));
    assert_eq!(
        error.to_string(),
        "page 7 of 12 (/v1/x?page=7): gave up after 3 attempts; the last one: the source answered 503 Service \
         Unavailable: busy"
    );
    assert_eq!(stand_in.seen().len(), 9, "pages after the one that failed are not asked for");
    assert_no_secret(&error, &quick.client);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_is_told_at_once_and_never_shown() {
    for (status, place) in [
        (401, TokenPlace::Query("securityToken")),
        (403, TokenPlace::Header("auth-token")),
        (401, TokenPlace::Bearer),
    ] {
        // Services repeat the address or the token in what they say.
        let stand_in = StandIn::start(move |_, request| {
            let said = format!("no access: {} {SECRET} {:?}", request.line, request.headers);
            Reply::Answer(status, "", said)
        })
        .await;
        let quick = Quick::new(&stand_in, place, Limits::default());
        let error = quick.fetch(2).await.unwrap_err();
        assert!(error.to_string().contains("the token was refused or has expired"), "{error}");
        assert!(matches!(error.why, Why::TokenRefused { .. }));
        assert_eq!(stand_in.seen().len(), 1, "asking again does not help");
        assert_no_secret(&error, &quick.client);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_in_the_address_arrives_whole_and_stays_out_of_errors() {
    let stand_in = StandIn::start(|number, _| match number {
        0 => answer("{}"),
        _ => Reply::Cut,
    })
    .await;
    let quick =
        Quick::new(&stand_in, TokenPlace::Query("api_key"), Limits { attempts: 2, ..Limits::default() });
    let error = quick.fetch(2).await.unwrap_err();
    assert_eq!(stand_in.seen()[0].line, "GET /v1/x?page=1&api_key=hunter2%2F%2Bsecret");
    assert!(matches!(&error.why, Why::GaveUp { last, .. } if matches!(**last, Why::NoAnswer(_))), "{error}");
    assert_no_secret(&error, &quick.client);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_says_how_long_to_wait_is_obeyed() {
    let stand_in = StandIn::start(|number, _| match number {
        0 => Reply::Answer(429, "Retry-After: 37\r\n", "slow down".to_owned()),
        _ => answer("{}"),
    })
    .await;
    let quick = Quick::new(&stand_in, TokenPlace::Bearer, Limits::default());
    assert_eq!(quick.fetch(1).await.unwrap(), [b"{}"]);
    assert_eq!(quick.waits(), [Duration::from_secs(37)]);
    assert_eq!(stand_in.seen()[1].headers["authorization"], format!("Bearer {SECRET}"));

    let tomorrow = Reply::Answer(429, "Retry-After: 86400\r\n", String::new());
    let stand_in = StandIn::scripted(vec![tomorrow]).await;
    let quick = Quick::new(&stand_in, TokenPlace::Bearer, Limits::default());
    let error = quick.fetch(1).await.unwrap_err();
    assert!(error.to_string().contains("asks to wait 86400 s"), "{error}");
    assert_eq!(quick.waits().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_data_is_refused_whatever_its_status() {
    let page = "<!doctype html><title>Sign in</title>".to_owned();
    for (reply, expected) in [
        (
            Reply::Answer(200, "Content-Type: text/html; charset=utf-8\r\n", "Sign in".to_owned()),
            "a web page",
        ),
        (Reply::Answer(200, "Content-Type: application/json\r\n", page), "a web page"),
        (Reply::Answer(302, "Location: http://elsewhere.example/\r\n", String::new()), "302 Found"),
        (Reply::Answer(400, "", "bad zone".to_owned()), "400 Bad Request: bad zone"),
        (answer(&"x".repeat(1_001)), "more than 1000 bytes"),
    ] {
        let stand_in = StandIn::scripted(vec![reply]).await;
        let limits = Limits { max_body_bytes: 1_000, ..Limits::default() };
        let quick = Quick::new(&stand_in, TokenPlace::Bearer, limits);
        let error = quick.fetch(1).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(stand_in.seen().len(), 1, "{expected}");
    }
    let xml = "<?xml version=\"1.0\"?><GL_MarketDocument/>";
    let stand_in = StandIn::scripted(vec![Reply::Answer(200, "", xml.to_owned())]).await;
    let quick = Quick::new(&stand_in, TokenPlace::Query("securityToken"), Limits::default());
    assert_eq!(quick.fetch(1).await.unwrap(), [xml.as_bytes()]);
}
