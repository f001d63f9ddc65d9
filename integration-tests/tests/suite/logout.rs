//! Signing out by what OpenID Connect has for it: with and without an app that begins it, and with
//! apps that want to hear of it.

use crate::tokens::App;
use database::scratch::Engine;
use hydra_admin::Client;
use latchkey_integration_tests::{
    Addresses, ONE, Page, Suite, Visitor,
    browser::{self, Setup},
    visitor::Choice,
};
use reqwest::StatusCode;
use thirtyfour::{By, WebDriver, prelude::ElementQueryable as _};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use url::Url;

const CODE: &[&str] = &["authorization_code", "refresh_token"];
const REMEMBER: Choice<'_> = Choice { untick: &[], remember: true, refuse: false };
const OUT: &str = "http://127.0.0.1/out";

/// An app, somebody who is signed in to it, and the ID token that proves it.
async fn signed_in(at: &Addresses, id: &str, more: Client) -> (App, Visitor, String) {
    let more = Client { post_logout_redirect_uris: vec![OUT.to_owned()], ..more };
    let app = App::like(at, id, CODE, more).await;
    let visitor = Visitor::new().stopping_at("/seen");
    let login = visitor.open(app.start(&[])).await;
    let consent = visitor.answer(&login, ONE, REMEMBER).await;
    let seen = visitor.answer(&consent, ONE, REMEMBER).await;
    let tokens = app.exchange(&seen).await;
    (app, visitor.stopping_at("/out"), tokens["id_token"].as_str().unwrap().to_owned())
}

fn logout(at: &Addresses, id_token: &str) -> Url {
    let mut url = at.hydra.join("oauth2/sessions/logout").unwrap();
    url.query_pairs_mut()
        .append_pair("id_token_hint", id_token)
        .append_pair("post_logout_redirect_uri", OUT)
        .append_pair("state", "a-state");
    url
}

#[track_caller]
fn came_back(page: &Page) {
    assert_eq!(page.url.as_str(), format!("{OUT}?state=a-state"), "{}", page.text());
}

#[tokio::test]
async fn an_app_that_may_signs_out_without_a_question() {
    let at = Suite::shared(Engine::Sqlite).await;
    let may = Client { skip_logout_consent: true, ..Client::default() };
    let (app, visitor, id_token) = signed_in(at, "may-sign-out", may).await;
    came_back(&visitor.open(logout(at, &id_token)).await);
    visitor.open(app.start(&[])).await.says("Password");
    came_back(&visitor.open(logout(at, &id_token)).await);
}

#[tokio::test]
async fn another_app_has_to_ask_and_no_means_no() {
    let at = Suite::shared(Engine::Sqlite).await;
    let (app, visitor, id_token) = signed_in(at, "asks-to-sign-out", Client::default()).await;
    let asked = visitor.open(logout(at, &id_token)).await;
    asked.says("asks-to-sign-out wants to sign you out");
    let form = asked.form();
    visitor.submit(&form, form.button("reject")).await.says("You are still signed in");
    let still = visitor.stopping_at("/seen").open(app.start(&[])).await;
    assert_eq!(still.url.path(), "/seen", "{}", still.text());

    let asked = visitor.open(logout(at, &id_token)).await;
    let form = asked.form();
    came_back(&visitor.submit(&form, form.button("accept")).await);
    visitor.open(app.start(&[])).await.says("Password");

    // Back, and pressed again: it is over, and leads on.
    let again = visitor.submit(&form, form.button("accept")).await;
    assert!(!again.status.is_server_error(), "{}", again.text());
    let used = visitor.open(asked.url).await;
    assert!(!used.status.is_server_error(), "{} {}", used.status, used.text());
}

#[tokio::test]
async fn the_landing_page_says_that_it_is_done() {
    let at = Suite::shared(Engine::Sqlite).await;
    let page = Visitor::new().open(at.consent.join("authentication/signed-out").unwrap()).await;
    assert_eq!(page.status, StatusCode::OK);
    page.says("You are signed out");
}

/// Apps that listen: one is called by Hydra, the other is opened in the person's browser.
#[tokio::test]
async fn apps_that_listen_hear_of_it() {
    let at = Suite::shared(Engine::Sqlite).await;
    let (back, front) = (Listening::start().await, Listening::start().await);
    let more = Client {
        skip_logout_consent: true,
        backchannel_logout_uri: back.url("back"),
        frontchannel_logout_uri: front.url("front"),
        ..Client::default()
    };
    let (_, visitor, id_token) = signed_in(at, "listening", more).await;
    let told = visitor.open(logout(at, &id_token)).await;
    assert!(told.html.contains("<iframe"), "{}", told.html);
    let called = back.hears().await;
    assert!(called.starts_with("POST /back ") && called.contains("logout_token="), "{called}");

    let frames = told.html.split("src=\"").nth(1).unwrap().split('"').next().unwrap();
    let frame = Url::parse(&frames.replace("&amp;", "&")).unwrap();
    let (_, opened) = tokio::join!(visitor.peek(frame), front.hears());
    assert!(opened.starts_with("GET /front?") && opened.contains("sid="), "{opened}");
}

/// In a browser, which applies the Content-Security-Policy to where a form leads in the end.
#[tokio::test]
async fn a_logout_that_no_app_began_ends_at_the_landing_page() {
    let at = Suite::shared(Engine::Sqlite).await;
    browser::with(Setup::default(), async |chromium| {
        chromium.goto(at.client.join("sign-in").unwrap().as_str()).await.unwrap();
        let email = chromium.query(By::Id("email")).first().await.unwrap();
        email.send_keys(ONE.email).await.unwrap();
        chromium.find(By::Id("password")).await.unwrap().send_keys(ONE.password).await.unwrap();
        click(chromium, "remember").await;
        click(chromium, "accept").await;
        chromium.query(By::Id("users.read")).first().await.unwrap();
        click(chromium, "accept").await;
        chromium.query(By::Css("form button")).first().await.unwrap();

        let logout = at.hydra.join("oauth2/sessions/logout").unwrap();
        chromium.goto(logout.as_str()).await.unwrap();
        click(chromium, "accept").await;
        for _ in 0..100 {
            if chromium.current_url().await.unwrap().path() == "/signed-out" {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("not signed out: {}", chromium.source().await.unwrap());
    })
    .await;
}

async fn click(chromium: &WebDriver, id: &str) {
    chromium.query(By::Id(id)).first().await.unwrap().click().await.unwrap();
}

/// An app's own address.
struct Listening(TcpListener);

impl Listening {
    async fn start() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.0.local_addr().unwrap())
    }

    /// The request that comes, after saying that all is well.
    async fn hears(&self) -> String {
        let (mut stream, _) = self.0.accept().await.unwrap();
        let mut heard = String::new();
        let complete = |heard: &str| match heard.split_once("\r\n\r\n") {
            Some((start, body)) => !start.starts_with("POST") || body.contains("logout_token="),
            None => false,
        };
        while !complete(&heard) {
            let mut more = [0; 4096];
            let length = stream.read(&mut more).await.unwrap();
            assert!(length > 0, "cut off: {heard}");
            heard.push_str(&String::from_utf8_lossy(&more[..length]));
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
        heard
    }
}
