//! Requests that nobody sends in good faith.

use crate::{
    browser::{Browser, parameter},
    issuer::Tokens,
    suite::Suite,
};
use database::scratch::Engine;
use reqwest::{Method, StatusCode};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

database::both_databases!(
    a_cookie_that_was_tampered_with_is_none,
    cookies_of_two_people_are_not_mixed,
    oversized_requests_are_refused_and_the_app_goes_on,
    a_database_that_is_gone_lets_nobody_in,
);

async fn signed_in(suite: &Suite) -> Browser {
    let mut browser = suite.browser();
    let to = browser.get("/sign-in").await.location();
    suite.issuer.answers(Tokens::Granted { expires_in: 3600, nonce: parameter(&to, "nonce") });
    let callback = format!("/callbacks?code=x&state={}", parameter(&to, "state"));
    assert_eq!(browser.get(&callback).await.status, StatusCode::SEE_OTHER);
    browser
}

async fn a_cookie_that_was_tampered_with_is_none(engine: Engine) {
    let suite = Suite::start(engine).await;
    let browser = signed_in(&suite).await;
    let good = browser.cookies["latchkey_session"].clone();
    let mut flipped = good.clone().into_bytes();
    flipped[7] = if flipped[7] == b'A' { b'B' } else { b'A' };
    let flipped = String::from_utf8(flipped).unwrap();
    for bad in [&flipped, &good[1..], &format!("{good}A"), "", "\"", "../..", &"A".repeat(43)] {
        let mut other = browser.clone();
        other.cookies.insert("latchkey_session".to_owned(), bad.to_owned());
        let home = other.get("/").await;
        assert_eq!((home.status, home.heading()), (StatusCode::OK, "Welcome to MyApp"), "{bad}");
    }
    let twice = format!("latchkey_session={good}; latchkey_session={good}");
    let home =
        suite.browser().send(Method::GET, "/", |request| request.header("cookie", twice)).await;
    assert_eq!(home.heading(), "Welcome to MyApp");
    suite.stop().await;
}

/// A session's cookie is no sign-in's and the other way round, and nobody's form is another's.
async fn cookies_of_two_people_are_not_mixed(engine: Engine) {
    let suite = Suite::start(engine).await;
    let (one, two) = (signed_in(&suite).await, signed_in(&suite).await);
    let mut mixed = suite.browser();
    mixed.cookies.insert("latchkey_session".to_owned(), one.cookies["latchkey_sign_in"].clone());
    mixed.cookies.insert("latchkey_sign_in".to_owned(), two.cookies["latchkey_session"].clone());
    assert_eq!(mixed.get("/").await.heading(), "Welcome to MyApp");

    let to = one.clone().get("/sign-in").await.location();
    let callback = format!("/callbacks?code=x&state={}", parameter(&to, "state"));
    assert_eq!(two.clone().get(&callback).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(mixed.get(&callback).await.status, StatusCode::BAD_REQUEST);

    let form_of_two = two.clone().get("/").await.form_token().to_owned();
    let refused = one.clone().post("/sign-out", &[("form_token", &form_of_two)]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    for mut browser in [one, two] {
        assert!(browser.get("/").await.heading().starts_with("Hello"));
    }
    suite.stop().await;
}

async fn oversized_requests_are_refused_and_the_app_goes_on(engine: Engine) {
    let suite = Suite::start(engine).await;
    let mut browser = signed_in(&suite).await;
    let long = "a".repeat(1024 * 1024);
    let form = [("logout_token", long.as_str())];
    let posted = suite.browser().post("/back-channel-logout", &form).await;
    assert_eq!(posted.status, StatusCode::PAYLOAD_TOO_LARGE);
    let address = suite.replicas[0].address("http").unwrap();
    for request in [
        format!("GET / HTTP/1.1\r\nhost: x\r\ncookie: {long}\r\n\r\n"),
        format!("GET /{long} HTTP/1.1\r\nhost: x\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(1000)),
        "GET / HTTP/1.1\r\nhost: x\r\ncookie: a\r\n evil: folded\r\n\r\n".to_owned(),
        "GET /\0 HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        "POST /sign-out HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\na"
            .to_owned(),
    ] {
        let answer = raw(address, request.as_bytes()).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    assert!(browser.get("/").await.heading().starts_with("Hello"));
    suite.stop().await;
}

/// What the server answers before it hangs up. One that hangs up early cuts the writing short.
async fn raw(address: std::net::SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let _ = stream.write_all(request).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let _ = tokio::time::timeout(Duration::from_mins(1), read).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// No header of an answer can be made by what a request says.
#[tokio::test]
async fn a_request_writes_no_header() {
    let suite = Suite::start(Engine::Sqlite).await;
    for path in [
        "/sign-in?return_to=/a%0d%0aSet-Cookie:%20evil=1",
        "/sign-in?return_to=%2Fa%0AX-Evil%3A1",
        "/callbacks?error=a%0d%0aX-Evil:%201&state=b",
        "/front-channel-logout?iss=a%0d%0aX-Evil:1&sid=b",
        "/%0d%0aX-Evil:%201",
    ] {
        let mut browser = suite.browser();
        let visit = browser.get(path).await;
        assert!(visit.headers.get("x-evil").is_none(), "{path}");
        assert!(!browser.cookies.contains_key("evil"), "{path}");
        for value in visit.headers.values() {
            assert!(!value.as_bytes().iter().any(|byte| matches!(byte, b'\r' | b'\n')), "{path}");
        }
    }
    suite.stop().await;
}

/// One replica is gone, then the tables: the first costs nobody anything, the second lets nobody in.
async fn a_database_that_is_gone_lets_nobody_in(engine: Engine) {
    let mut suite = Suite::start(engine).await;
    let mut browser = signed_in(&suite).await;
    let mut stranger = suite.browser();
    suite.add_replica(&[]).await;
    suite.replicas[0].stop(Duration::from_secs(10)).await;
    browser = browser.at(&suite.browser_at(1));
    stranger = stranger.at(&suite.browser_at(1));
    assert!(browser.get("/").await.heading().starts_with("Hello"));
    assert_eq!(stranger.get("/").await.heading(), "Welcome to MyApp");

    suite.break_database().await;
    for browser in [&mut browser, &mut stranger] {
        for path in ["/sign-in", "/callbacks?code=x&state=a"] {
            let visit = browser.get(path).await;
            assert!(!visit.status.is_success(), "{path}: {}", visit.status);
        }
    }
    assert_eq!(browser.get("/").await.status, StatusCode::SERVICE_UNAVAILABLE);
    suite.stop().await;
}
