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
    an_id_that_was_planted_is_worth_nothing,
    no_answer_carries_a_token_or_a_secret,
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

/// Session fixation: whoever signs in gets an id that nobody knew before, and the old one ends.
async fn an_id_that_was_planted_is_worth_nothing(engine: Engine) {
    let suite = Suite::start(engine).await;
    let attacker = signed_in(&suite).await;
    for planted in [&attacker.cookies["latchkey_session"], &"A".repeat(43)] {
        let mut victim = suite.browser();
        victim.cookies.insert("latchkey_session".to_owned(), planted.clone());
        let to = victim.get("/sign-in").await.location();
        suite.issuer.answers(Tokens::Granted { expires_in: 3600, nonce: parameter(&to, "nonce") });
        let callback = format!("/callbacks?code=x&state={}", parameter(&to, "state"));
        assert_eq!(victim.get(&callback).await.status, StatusCode::SEE_OTHER);
        assert_ne!(victim.cookies["latchkey_session"], *planted);
        assert!(victim.get("/").await.heading().starts_with("Hello"));
        let mut knows = suite.browser();
        knows.cookies.insert("latchkey_session".to_owned(), planted.clone());
        assert_eq!(knows.get("/").await.heading(), "Welcome to MyApp");
    }
    suite.stop().await;
}

/// From the first page to the last, a refresh and a failure among them. The ID token is the exception:
/// it goes to the provider at the sign-out, as OpenID Connect has it.
async fn no_answer_carries_a_token_or_a_secret(engine: Engine) {
    let suite = Suite::start(engine).await;
    let mut browser = suite.browser();
    let begun = browser.get("/sign-in").await;
    let to = begun.location();
    let nonce = parameter(&to, "nonce");
    suite.issuer.answers(Tokens::Granted { expires_in: 10, nonce: nonce.clone() });
    let callback = format!("/callbacks?code=canary-code&state={}", parameter(&to, "state"));
    let mut visits = vec![begun, browser.get(&callback).await, browser.get(&callback).await];
    suite.issuer.answers(Tokens::Down);
    visits.push(browser.get("/").await);
    suite.issuer.answers(Tokens::Granted { expires_in: 3600, nonce });
    visits.push(browser.get("/").await);
    let form_token = visits[4].form_token().to_owned();
    visits.push(browser.post("/sign-out", &[("form_token", &form_token)]).await);
    assert_eq!(suite.issuer.token_calls().len(), 3, "a code, a failure, a refresh");
    for (number, visit) in visits.iter().enumerate() {
        let told = format!("{:?} {}", visit.headers, visit.body);
        assert!(!told.contains("canary"), "{number}: {told}");
    }
    suite.stop().await;
}

/// What goes to the token endpoint goes nowhere else, and one that is silent is not waited for.
#[tokio::test]
async fn a_provider_that_redirects_or_is_silent_is_given_up() {
    let suite = Suite::start(Engine::Sqlite).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let elsewhere = format!("http://{}/steal", listener.local_addr().unwrap());
    for (tokens, status) in [
        (Tokens::Elsewhere(elsewhere), StatusCode::BAD_REQUEST),
        (Tokens::Silent, StatusCode::SERVICE_UNAVAILABLE),
    ] {
        let mut browser = suite.browser();
        let to = browser.get("/sign-in").await.location();
        suite.issuer.answers(tokens);
        let callback = format!("/callbacks?code=x&state={}", parameter(&to, "state"));
        let visit = browser.get(&callback).await;
        assert_eq!(visit.status, status, "{}", visit.body);
        assert_eq!(browser.get("/").await.heading(), "Welcome to MyApp");
    }
    let nobody = tokio::time::timeout(Duration::from_millis(1), listener.accept()).await;
    assert!(nobody.is_err(), "the redirect was followed");
    suite.stop().await;
}

/// Sign-ins that nobody completes leave one cookie, and internal addresses are not to be had here.
#[tokio::test]
async fn cookies_stay_few_and_what_is_internal_is_not_public() {
    let suite = Suite::start(Engine::Sqlite).await;
    let mut browser = suite.browser();
    for _ in 0..50 {
        assert_eq!(browser.get("/sign-in").await.status, StatusCode::SEE_OTHER);
    }
    let sent: usize = browser.cookies.iter().map(|(name, value)| name.len() + value.len()).sum();
    assert!(browser.cookies.len() == 1 && sent < 100, "{:?}", browser.cookies);
    for path in ["/metrics", "/livez", "/readyz", "/admin/clients", "/grpc.health.v1.Health/Check"]
    {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
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
