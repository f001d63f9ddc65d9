//! A server that is not Hydra, or not well: what it answers is told apart, and never believed.

use crate::{Challenge, Error, HydraAdmin};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use url::Url;

const JSON: &str = "content-type: application/json\r\n";

/// A server that gives this one answer, or none, and what the client makes of it.
async fn outcome(answer: impl Into<Option<String>>) -> Result<Url, Error> {
    let answer = answer.into();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let admin = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let server = async {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await.unwrap();
            match &answer {
                Some(answer) => drop(stream.write_all(answer.as_bytes()).await),
                None => std::future::pending().await,
            }
        }
    };
    let public = Url::parse("https://sso.example.com/").unwrap();
    let hydra = HydraAdmin::new(admin, public, Duration::from_secs(3)).unwrap();
    let challenge = Challenge::parse("abc").unwrap();
    tokio::select! {
        outcome = hydra.accept_logout(&challenge) => outcome,
        () = server => unreachable!(),
    }
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

#[tokio::test]
async fn a_redirect_stays_at_hydras_public_address() {
    let to = |to: &str| answer("200 OK", JSON, &format!(r#"{{"redirect_to":"{to}"}}"#));
    let good = outcome(to("https://sso.example.com/oauth2/sessions/logout?a=b")).await.unwrap();
    assert_eq!(good.path(), "/oauth2/sessions/logout");
    for wrong in [
        "https://evil.test/",
        "http://sso.example.com/",
        "https://sso.example.com:8443/",
        "https://sso.example.com@evil.test/",
        "//evil.test/",
        "javascript:alert(1)",
    ] {
        let error = outcome(to(wrong)).await.unwrap_err();
        assert!(matches!(error, Error::Unexpected(_)), "{wrong}: {error}");
    }
}

#[tokio::test]
async fn what_is_no_answer_of_hydras_is_told_apart() {
    let huge = format!(r#"{{"redirect_to":"{}"}}"#, "a".repeat(10 << 20));
    let elsewhere = "location: http://169.254.169.254/\r\n";
    for (wrong, name) in [
        (answer("200 OK", "", "<html>"), "HTML"),
        (answer("200 OK", JSON, "{}"), "no field"),
        (answer("200 OK", JSON, r#"{"redirect_to":7}"#), "a number"),
        (answer("200 OK", JSON, &huge), "10 MiB"),
        (answer("410 Gone", JSON, "{}"), "410 without an address"),
    ] {
        let error = outcome(wrong).await.unwrap_err();
        assert!(matches!(error, Error::Unexpected(_)), "{name}: {error}");
    }
    let error = outcome(answer("302 Found", elsewhere, "")).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable(_)), "a redirect is not followed: {error}");
}

#[tokio::test]
async fn each_status_has_its_meaning() {
    let error = async |status: &str| outcome(answer(status, JSON, "{}")).await.unwrap_err();
    assert!(matches!(error("404 Not Found").await, Error::Unknown(_)));
    assert!(matches!(error("400 Bad Request").await, Error::Refused(_)));
    assert!(matches!(error("401 Unauthorized").await, Error::Expired));
    assert!(matches!(error("409 Conflict").await, Error::Refused(_)));
    assert!(matches!(error("500 Oh No").await, Error::Unreachable(_)));
    let used = answer("410 Gone", JSON, r#"{"redirect_to":"/oauth2/sessions/logout?a=b"}"#);
    let Err(Error::Handled(to)) = outcome(used).await else { panic!("410") };
    assert_eq!(to.as_str(), "https://sso.example.com/oauth2/sessions/logout?a=b");
}

#[tokio::test]
async fn a_server_that_hangs_is_not_waited_for() {
    let error = outcome(None).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable(_)), "{error}");
}

/// Hydra starts anew while it is asked: the second try gets through.
#[tokio::test]
async fn a_call_that_did_not_get_through_is_tried_once_more() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let admin: Url = format!("http://{port}").parse().unwrap();
    let hydra = HydraAdmin::new(admin.clone(), admin, Duration::from_secs(3)).unwrap();
    let late = async {
        tokio::time::sleep(telemetry::http_client::PAUSE / 4).await;
        let listener = TcpListener::bind(port).await.unwrap();
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await.unwrap();
        stream.write_all(answer("200 OK", JSON, "{}").as_bytes()).await.unwrap();
    };
    let (ready, ()) = tokio::join!(hydra.ready(), late);
    ready.unwrap();
}

/// Hydra closes a connection while something is on its way: what is idempotent is sent again, and
/// nothing else.
#[tokio::test]
async fn a_connection_that_was_being_closed_is_replaced() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let admin: Url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let hydra = HydraAdmin::new(admin.clone(), admin, Duration::from_secs(3)).unwrap();
    let closes_first = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await.unwrap();
        drop(stream);
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await.unwrap();
        stream.write_all(answer("200 OK", JSON, "{}").as_bytes()).await.unwrap();
    };
    let (ready, ()) = tokio::join!(hydra.ready(), closes_first);
    ready.unwrap();

    let closes = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await.unwrap();
    };
    let post = hydra.http.post(hydra.url("/admin/clients"));
    let (posted, ()) = tokio::join!(hydra.send(post, "/admin/clients"), closes);
    let error = posted.unwrap_err();
    assert!(matches!(error, Error::Unreachable(_)), "{error}");
}
